//! Each verb, as its users see it.

#[path = "../support/mod.rs"]
mod support;

mod bundle;
mod check;
mod credentials;
mod emulator;
mod help;
mod import;
mod init;
mod inspect;
mod ledger;
mod misuse;
mod packaging;
mod paper;
mod plan;
mod rehearsal;
mod schema;
mod status;
mod stored;
mod terminal;
mod verify;
