//! Why a hook's program cannot be started, and what to do about it.

use std::ffi::OsString;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::fsio::{self, FsError, ProgramFacts};
use crate::model::{HookProgram, Hooks};

/// Why a program cannot be started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartFault {
    /// What is wrong, with the program's name.
    pub what: String,
    /// What to do.
    pub remedy: String,
}

/// The hooks whose programs cannot be started, each with its fault. `path` is the variable `PATH`.
pub fn start_faults(hooks: &Hooks, path: Option<&OsString>) -> Vec<(&'static str, StartFault)> {
    let found = |(hook, program): (_, &HookProgram)| Some((hook, start_fault(&program.program, path)?));
    hooks.programs().filter_map(found).collect()
}

/// Why one program cannot be started. `None` if its file shows no reason.
pub(super) fn start_fault(program: &Path, path: Option<&OsString>) -> Option<StartFault> {
    if program.components().count() > 1 || program.is_absolute() {
        return of_file(program, fsio::program_facts(program));
    }
    // The system runs the first file that may be run. A file that may not is the best guess at what was meant.
    let folders = path.into_iter().flat_map(std::env::split_paths);
    let mut passed_over = None;
    for file in folders.map(|folder| folder.join(program)) {
        match fsio::program_facts(&file) {
            Ok(facts) if facts.may_run => return None,
            Ok(facts) if !facts.is_folder => {
                passed_over.get_or_insert((file, facts));
            }
            _ => {}
        }
    }
    match passed_over {
        Some((file, facts)) => of_file(&file, Ok(facts)),
        None => Some(StartFault {
            what: format!("there is no program {} in PATH", program.display()),
            remedy: "install it, or write where it is".to_owned(),
        }),
    }
}

fn of_file(file: &Path, facts: Result<ProgramFacts, FsError>) -> Option<StartFault> {
    // The folder of hooks.yaml joined with `./tell.sh` gives `campaigns/./tell.sh`.
    let file: PathBuf = file.components().collect();
    let name = file.display();
    let (what, remedy) = match facts {
        Err(error) if matches!(error.source.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => (
            format!("there is no program {name} on this machine"),
            "install it, or correct hooks.yaml".into(),
        ),
        Err(error) => (error.to_string(), "let this user into its folder, or correct hooks.yaml".into()),
        Ok(facts) if facts.is_folder => {
            (format!("{name} is a folder, not a program"), "correct hooks.yaml".into())
        }
        Ok(facts) if facts.may_run => return None,
        Ok(ProgramFacts { mode, .. }) if mode & 0o111 == 0 => {
            (format!("{name} is not executable"), format!("chmod +x {name}"))
        }
        Ok(ProgramFacts { mode, .. }) => (
            format!("{name} is not executable for this user, its mode is {mode:o}"),
            format!("chmod a+rx {name}, and look whether its disk is mounted noexec"),
        ),
    };
    Some(StartFault { what, remedy })
}
