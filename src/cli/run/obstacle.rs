//! Why a program of a hook cannot be started: what its file tells, and what to do.

use std::ffi::OsString;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::campaign::{HookProgram, Hooks};
use crate::fsio::{self, FsError, ProgramFacts};

/// What stands in the way of a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Obstacle {
    /// What it is, with the program's name.
    pub what: String,
    /// What to do.
    pub remedy: String,
}

/// What stands in the way of hooks: each hook with its obstacle. `path` is the variable `PATH`.
pub fn obstacles(hooks: &Hooks, path: Option<&OsString>) -> Vec<(&'static str, Obstacle)> {
    let found = |(hook, program): (_, &HookProgram)| Some((hook, obstacle(&program.program, path)?));
    hooks.programs().filter_map(found).collect()
}

/// What stands in the way of one program; `None` where nothing does that its file tells.
pub fn obstacle(program: &Path, path: Option<&OsString>) -> Option<Obstacle> {
    if program.components().count() > 1 || program.is_absolute() {
        return of_file(program, fsio::program_facts(program));
    }
    // The first that may be run is run; of the others one is better than none.
    let folders = path.into_iter().flat_map(std::env::split_paths);
    let mut passed_over = None;
    for file in folders.map(|folder| folder.join(program)) {
        match fsio::program_facts(&file) {
            Ok(facts) if facts.may_run => return of_file(&file, Ok(facts)),
            Ok(facts) if !facts.is_folder => {
                passed_over.get_or_insert((file, facts));
            }
            _ => {}
        }
    }
    match passed_over {
        Some((file, facts)) => of_file(&file, Ok(facts)),
        None => Some(Obstacle {
            what: format!("there is no program {} in PATH", program.display()),
            remedy: "install it, or write where it is".to_owned(),
        }),
    }
}

fn of_file(file: &Path, facts: Result<ProgramFacts, FsError>) -> Option<Obstacle> {
    // `campaigns/./tell.sh` is how the file's folder and what stands in it come together.
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
        Ok(ProgramFacts { may_run: false, mode, .. }) if mode & 0o111 == 0 => {
            (format!("{name} is not executable"), format!("chmod +x {name}"))
        }
        Ok(ProgramFacts { may_run: false, mode, .. }) => (
            format!("{name} is not executable for this user, its mode is {mode:o}"),
            format!("chmod a+rx {name}, and look whether its disk is mounted noexec"),
        ),
        Ok(facts) => of_first_line(&name.to_string(), &facts.head?)?,
    };
    Some(Obstacle { what, remedy })
}

/// What is wrong with the first line of a script.
fn of_first_line(name: &str, head: &[u8]) -> Option<(String, String)> {
    let line = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let Some(interpreter) = line.strip_prefix(b"#!") else {
        let is_text = !head.iter().any(|byte| byte.is_ascii_control() && !byte.is_ascii_whitespace());
        let what = || format!("{name} does not begin with a line like #!/bin/sh");
        return is_text.then(|| (what(), "write which program reads it".to_owned()));
    };
    if line.ends_with(b"\r") {
        let what = format!("the first line of {name} ends as Windows ends lines");
        return Some((what, "save it with Unix line breaks".to_owned()));
    }
    let interpreter = String::from_utf8_lossy(interpreter);
    let interpreter = interpreter.split_whitespace().next().unwrap_or_default();
    let is_there = fsio::program_facts(Path::new(interpreter)).is_ok_and(|facts| facts.may_run);
    let what = || format!("{name} begins with #!{interpreter}, and there is no such program on this machine");
    (!is_there).then(|| (what(), "install it, or correct that line".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(head: &[u8]) -> Option<String> {
        of_first_line("tell.sh", head).map(|(what, remedy)| format!("{what}: {remedy}"))
    }

    #[test]
    fn a_first_line_that_names_no_program_is_told() {
        for fine in ["#!/bin/sh", "#!/bin/sh\n", "#! /bin/sh -e\r2\n", "\u{7f}ELF\u{2}\u{1}", "\u{0}"] {
            assert_eq!(said(fine.as_bytes()), None, "{fine:?}");
        }
        let no_line = "tell.sh does not begin with a line like #!/bin/sh: write which program reads it";
        for text in ["", "echo 门店\n", "\u{feff}#!/bin/sh\n", " #!/bin/sh\n"] {
            assert_eq!(said(text.as_bytes()).as_deref(), Some(no_line), "{text:?}");
        }
        assert_eq!(
            said(b"#!/bin/sh\r\necho\r\n").as_deref(),
            Some("the first line of tell.sh ends as Windows ends lines: save it with Unix line breaks")
        );
        assert_eq!(
            said(b"#!/usr/bin/no-such-python3 -I\n").as_deref(),
            Some(
                "tell.sh begins with #!/usr/bin/no-such-python3, and there is no such program on this machine: \
                 install it, or correct that line"
            )
        );
        assert!(said(b"#!\n").is_some() && said(b"#!").is_some());
    }
}
