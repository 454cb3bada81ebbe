//! The recipes of the documentation, followed: on an empty machine whose places lie in a temporary folder and whose platform
//! is the emulator. What only systemd, GitHub or GitLab could carry out is read and judged.
#![expect(clippy::disallowed_methods, reason = "tests write what the program reads, and read what it writes")]

mod commands;
mod cron;
mod machine;
#[path = "../readme/markdown.rs"]
#[allow(dead_code, reason = "tests/readme uses the rest")]
mod markdown;
mod recipes;
mod systemd;
mod workflows;

use markdown::Language;
use recipes::Recipes;

/// The English ones; the others are the same but for their comments, as tests/readme holds.
fn english() -> Recipes {
    Recipes::of(Language::English)
}

/// Those of each language.
fn both() -> [Recipes; 2] {
    Language::ALL.map(Recipes::of)
}
