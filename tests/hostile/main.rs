//! Sizes that nobody asked for, and ways that requests must not take: the program from outside, at bounded memory.
#![expect(clippy::disallowed_methods, reason = "tests write what the program reads")]

mod echoes;
mod files;
mod platform;
mod proxies;
mod server;
mod sizes;
#[path = "../support/mod.rs"]
mod support;
