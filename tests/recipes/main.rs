//! The recipes of the READMEs, followed: on an empty machine whose places lie in a temporary folder and whose platform
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

use recipes::Recipes;

/// The English README's; the other one's are the same but for their comments, as tests/readme holds.
fn english() -> Recipes {
    Recipes::of("README.md")
}

/// Each README's recipes.
fn both() -> [Recipes; 2] {
    ["README.md", "README.zh-CN.md"].map(Recipes::of)
}
