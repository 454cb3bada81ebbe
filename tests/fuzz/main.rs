//! Foreign bytes: whatever comes in, what is read of it is an error or values that keep their laws, never a panic.
//!
//! Each target tries the inputs of its folder in `tests/fuzz/corpus`, then a bounded number of them damaged at
//! random. A failure names the seed that brings it back (`BOLERO_RANDOM_SEED`); what was found and mended is stored
//! as an input of its own. The long run, a minute for each target, on the stable toolchain:
//! `BOLERO_RANDOM_ITERATIONS=1000000000 BOLERO_RANDOM_TEST_TIME_MS=60000 cargo test --test fuzz`.
#![expect(clippy::disallowed_methods, reason = "tests write what the program reads")]

mod answers;
mod bundles;
mod campaigns;
mod ledgers;
mod pictures;
mod support;
mod tickets;
