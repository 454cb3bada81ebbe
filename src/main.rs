//! The `scenepress` program: everything is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    scenepress::cli::main()
}
