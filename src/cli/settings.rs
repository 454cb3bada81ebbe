//! What the environment and the options say: where files are, and what kind of terminal this is.
//!
//! The only place that reads the environment.

use std::ffi::OsString;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use clap::ColorChoice;

use super::args::{GlobalArgs, LedgerArgs};
use super::exit::CliError;
use super::output::Terminal;
use crate::campaign::Environment;
use crate::engine::Folders;
use crate::fsio;
use crate::ledger::{self, Host};

/// Names the ledger; does not apply with `--emulator`.
const LEDGER_VARIABLE: &str = "SCENEPRESS_LEDGER";

/// The folder for bundles if none is named.
const OUTPUT: &str = "output";

/// Names this machine, if nothing else tells it from others or its name changes.
const HOST_VARIABLE: &str = "SCENEPRESS_HOST";

/// The process's environment.
#[expect(clippy::disallowed_methods, reason = "this is the one place")]
pub fn environment(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}

/// This machine, if something tells it from others. The emulator's ledger does not remember it.
pub fn host(emulator: bool) -> Option<Host> {
    let given = environment(HOST_VARIABLE).map(|name| name.to_string_lossy().into_owned());
    Host::this(given.as_deref()).filter(|_| !emulator)
}

/// What the process's streams and the options say of the terminal.
pub fn terminal(args: &GlobalArgs) -> Terminal {
    let is_watched = std::io::stderr().is_terminal();
    Terminal {
        stdout_color: color(args.color, std::io::stdout().is_terminal(), &environment),
        stderr_color: color(args.color, is_watched, &environment),
        is_watched,
        can_ask: is_watched && std::io::stdin().is_terminal(),
        quiet: args.quiet,
        verbose: args.verbose,
    }
}

fn color(when: ColorChoice, is_terminal: bool, environment: Environment) -> bool {
    let says = |name: &str, refuses: &dyn Fn(OsString) -> bool| environment(name).is_some_and(refuses);
    match when {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto => {
            is_terminal
                && !says("NO_COLOR", &|value| !value.is_empty())
                && !says("TERM", &|value| value == "dumb")
        }
    }
}

/// Where files are, from the options and the environment.
pub fn folders(args: &LedgerArgs, output: &Path, environment: Environment) -> Result<Folders, CliError> {
    let emulator = args.emulator;
    let output = if emulator { output.join("emulator") } else { output.to_owned() };
    let ledger = ledger_path(args, environment)?;
    let is_usual_ledger = ledger == usual_ledger(emulator, environment);
    Ok(Folders { is_usual_ledger, ..Folders::new(ledger, output, emulator) })
}

/// Where files are if only a ledger is named.
pub fn ledger_folders(args: &LedgerArgs) -> Result<Folders, CliError> {
    folders(args, Path::new(OUTPUT), &environment)
}

/// The ledger's file if none is named.
fn usual_ledger(emulator: bool, environment: Environment) -> PathBuf {
    if emulator {
        return Path::new(OUTPUT).join("emulator/ledger.sqlite");
    }
    let real = environment(LEDGER_VARIABLE).filter(|value| !value.is_empty());
    real.map_or_else(|| Path::new(OUTPUT).join("ledger.sqlite"), PathBuf::from)
}

/// Refuses a file to be written that belongs to the ledger in use, or to the real one beside an emulator's.
pub fn check_target(target: &Path, args: &LedgerArgs) -> Result<(), CliError> {
    for ledger in [ledger_path(args, &environment)?, usual_ledger(false, &environment)] {
        ledger::check_target(&ledger, target)?;
    }
    Ok(())
}

/// The ledger's file: the emulator's never is the real one.
pub fn ledger_path(args: &LedgerArgs, environment: Environment) -> Result<PathBuf, CliError> {
    let ledger = args.ledger.clone().unwrap_or_else(|| usual_ledger(args.emulator, environment));
    if !args.emulator {
        return Ok(ledger);
    }
    let real = usual_ledger(false, environment);
    if fsio::same_file(&ledger, &real) {
        return Err(CliError::Usage(format!(
            "{} is the real ledger: with --emulator it would fill with codes that nobody can scan; leave --ledger out, or \
             name another file",
            ledger.display()
        )));
    }
    Ok(ledger)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(variables: &'static [(&'static str, &'static str)]) -> impl Fn(&str) -> Option<OsString> {
        |name| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value))
    }

    fn folders(
        emulator: bool,
        ledger: Option<&str>,
        variable: Option<&'static str>,
    ) -> Result<Folders, CliError> {
        let args = LedgerArgs { ledger: ledger.map(PathBuf::from), require_ledger: false, emulator };
        let environment = |name: &str| variable.filter(|_| name == "SCENEPRESS_LEDGER").map(OsString::from);
        super::folders(&args, Path::new("out"), &environment)
    }

    #[test]
    fn the_ledger_is_not_moved_by_the_output_folder() {
        let folders = |emulator, ledger, variable| folders(emulator, ledger, variable).expect("folders");
        assert_eq!(folders(false, None, None).ledger, Path::new("output/ledger.sqlite"));
        assert_eq!(folders(false, None, None).pictures, Path::new("out/pictures"));
        assert_eq!(folders(false, None, Some("")).ledger, Path::new("output/ledger.sqlite"));
        assert_eq!(folders(false, None, Some("/var/l")).ledger, Path::new("/var/l"));
        assert_eq!(folders(false, Some("mine"), Some("/var/l")).ledger, Path::new("mine"));
        assert_eq!(folders(true, None, Some("/var/l")).ledger, Path::new("output/emulator/ledger.sqlite"));
        assert_eq!(folders(true, None, None).pictures, Path::new("out/emulator/pictures"));
        assert_eq!(folders(true, Some("mine"), None).ledger, Path::new("mine"));
    }

    #[test]
    fn the_emulator_never_gets_the_real_ledger() {
        for (ledger, variable) in [("output/ledger.sqlite", None), ("/var/l", Some("/var/l"))] {
            let refused = folders(true, Some(ledger), variable).expect_err("the real ledger");
            assert!(refused.to_string().contains(" is the real ledger: "), "{ledger}");
        }
    }

    #[test]
    fn colours_follow_the_option_then_the_environment() {
        let none = of(&[]);
        assert!(color(ColorChoice::Auto, true, &none));
        assert!(!color(ColorChoice::Auto, false, &none));
        assert!(color(ColorChoice::Always, false, &of(&[("NO_COLOR", "1")])));
        assert!(!color(ColorChoice::Never, true, &none));
        assert!(!color(ColorChoice::Auto, true, &of(&[("NO_COLOR", "1")])));
        assert!(color(ColorChoice::Auto, true, &of(&[("NO_COLOR", "")])));
        assert!(!color(ColorChoice::Auto, true, &of(&[("TERM", "dumb")])));
    }
}
