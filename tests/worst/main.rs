//! The platform, the network and the machine at their worst, and what a run makes of it. With `--nocapture` the
//! figures are printed.
#![allow(clippy::disallowed_methods, reason = "tests read and write files as users do")]

mod cell;
mod faults;
mod nights;
mod place;
mod side_by_side;

#[path = "../support/night.rs"]
#[allow(dead_code, reason = "each test binary uses its part of it")]
mod night;
#[path = "../main_job/support/mod.rs"]
#[allow(dead_code, unused_imports, reason = "each test binary uses its part of it")]
mod support;
