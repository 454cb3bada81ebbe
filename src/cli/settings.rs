//! What the environment and the options say: where files are, and what kind of terminal this is.
//!
//! The only place that reads the environment.

use std::ffi::OsString;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use super::args::{ColorWhen, GlobalArgs, LedgerArgs, StoreArgs};
use super::exit::CliError;
pub use crate::campaign::{Environment, Need, ResolvedAccount};
use crate::ledger::Host;
use crate::model::CampaignName;

/// Names the ledger; does not apply with `--emulator`.
const LEDGER_VARIABLE: &str = "SCENEPRESS_LEDGER";

/// Names this machine, where nothing else tells it from others or its name changes.
const HOST_VARIABLE: &str = "SCENEPRESS_HOST";

/// The process's environment.
#[expect(clippy::disallowed_methods, reason = "this is the one place")]
pub fn environment(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}

/// This machine, where something tells it from others.
pub fn this_host() -> Option<Host> {
    let given = environment(HOST_VARIABLE).map(|name| name.to_string_lossy().into_owned());
    Host::this(given.as_deref())
}

/// What can be shown, and how much of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "facts that do not depend on one another")]
pub struct Terminal {
    /// Whether stdout takes colours.
    pub stdout_color: bool,
    /// Whether stderr takes colours.
    pub stderr_color: bool,
    /// Whether somebody watches stderr: bars make sense.
    pub is_watched: bool,
    /// Whether somebody can answer a question: stdin and stderr are terminals.
    pub can_ask: bool,
    /// `-q`
    pub quiet: bool,
    /// `-v`
    pub verbose: bool,
}

impl Terminal {
    /// From the options and the process's streams.
    pub fn new(args: &GlobalArgs) -> Self {
        let is_watched = std::io::stderr().is_terminal();
        Self {
            stdout_color: color(args.color, std::io::stdout().is_terminal(), &environment),
            stderr_color: color(args.color, is_watched, &environment),
            is_watched,
            can_ask: is_watched && std::io::stdin().is_terminal(),
            quiet: args.quiet,
            verbose: args.verbose,
        }
    }
}

fn color(when: ColorWhen, is_terminal: bool, environment: Environment) -> bool {
    let says = |name: &str, refuses: &dyn Fn(OsString) -> bool| environment(name).is_some_and(refuses);
    match when {
        ColorWhen::Always => true,
        ColorWhen::Never => false,
        ColorWhen::Auto => {
            is_terminal
                && !says("NO_COLOR", &|value| !value.is_empty())
                && !says("TERM", &|value| value == "dumb")
        }
    }
}

/// Where things are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    /// The ledger's file.
    pub ledger: PathBuf,
    /// Holds a folder for each campaign; with `--emulator` the `emulator` folder.
    pub output: PathBuf,
    /// Holds the verified pictures.
    pub pictures: PathBuf,
    /// Whether these are the emulator's.
    pub emulator: bool,
}

impl Places {
    /// From the options and the environment.
    pub fn new(args: &StoreArgs, environment: Environment) -> Result<Self, CliError> {
        let emulator = args.ledger.emulator;
        let output = if emulator { args.output.join("emulator") } else { args.output.clone() };
        let ledger = ledger_path(&args.ledger, environment)?;
        Ok(Self { ledger, pictures: output.join("pictures"), output, emulator })
    }

    /// The folder of a campaign's bundle.
    pub fn campaign(&self, name: &CampaignName) -> PathBuf {
        self.output.join(name.as_str())
    }
}

/// The ledger's file: the emulator's never is the real one.
pub fn ledger_path(args: &LedgerArgs, environment: Environment) -> Result<PathBuf, CliError> {
    let real = environment(LEDGER_VARIABLE)
        .filter(|value| !value.is_empty())
        .map_or_else(|| PathBuf::from("output/ledger.sqlite"), PathBuf::from);
    if !args.emulator {
        return Ok(args.ledger.clone().unwrap_or(real));
    }
    let ledger = args.ledger.clone().unwrap_or_else(|| PathBuf::from("output/emulator/ledger.sqlite"));
    if ledger == real || same_file(&ledger, &real) {
        return Err(CliError::RealLedger(ledger));
    }
    Ok(ledger)
}

/// Whether two paths lead to one file that exists.
pub fn same_file(a: &Path, b: &Path) -> bool {
    matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(variables: &'static [(&'static str, &'static str)]) -> impl Fn(&str) -> Option<OsString> {
        |name| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value))
    }

    fn places(
        emulator: bool,
        ledger: Option<&str>,
        variable: Option<&'static str>,
    ) -> Result<Places, CliError> {
        let args = StoreArgs {
            output: PathBuf::from("out"),
            ledger: LedgerArgs { ledger: ledger.map(PathBuf::from), require_ledger: false, emulator },
        };
        Places::new(&args, &|name| variable.filter(|_| name == "SCENEPRESS_LEDGER").map(OsString::from))
    }

    #[test]
    fn the_ledger_is_not_moved_by_the_output_folder() {
        let places = |emulator, ledger, variable| places(emulator, ledger, variable).expect("places");
        assert_eq!(places(false, None, None).ledger, Path::new("output/ledger.sqlite"));
        assert_eq!(places(false, None, None).pictures, Path::new("out/pictures"));
        assert_eq!(places(false, None, Some("")).ledger, Path::new("output/ledger.sqlite"));
        assert_eq!(places(false, None, Some("/var/l")).ledger, Path::new("/var/l"));
        assert_eq!(places(false, Some("mine"), Some("/var/l")).ledger, Path::new("mine"));
        assert_eq!(places(true, None, Some("/var/l")).ledger, Path::new("output/emulator/ledger.sqlite"));
        assert_eq!(places(true, None, None).pictures, Path::new("out/emulator/pictures"));
        assert_eq!(places(true, Some("mine"), None).ledger, Path::new("mine"));
    }

    #[test]
    fn the_emulator_never_gets_the_real_ledger() {
        for (ledger, variable) in [("output/ledger.sqlite", None), ("/var/l", Some("/var/l"))] {
            assert!(matches!(places(true, Some(ledger), variable), Err(CliError::RealLedger(_))), "{ledger}");
        }
    }

    #[test]
    fn colours_follow_the_option_then_the_environment() {
        let none = of(&[]);
        assert!(color(ColorWhen::Auto, true, &none));
        assert!(!color(ColorWhen::Auto, false, &none));
        assert!(color(ColorWhen::Always, false, &of(&[("NO_COLOR", "1")])));
        assert!(!color(ColorWhen::Never, true, &none));
        assert!(!color(ColorWhen::Auto, true, &of(&[("NO_COLOR", "1")])));
        assert!(color(ColorWhen::Auto, true, &of(&[("NO_COLOR", "")])));
        assert!(!color(ColorWhen::Auto, true, &of(&[("TERM", "dumb")])));
    }
}
