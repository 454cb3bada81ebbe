//! `doctor`: what a run needs, looked over one by one, and what to do about what is not well.

mod account;
mod hooks;
mod machine;

use clap::Args;
use serde::Serialize;

use super::args::{FormatArgs, PathArgs, StoreArgs};
use super::doubt::Doubt;
use super::exit::{CliError, Exit};
use super::output;
use super::settings::{self, Places, Terminal};
use super::{check, context};
use crate::campaign::{self, Folder, Problems, Reading};
use crate::model::{counted, visible};

/// Options of `doctor`.
#[derive(Debug, Clone, Args)]
pub struct DoctorArgs {
    #[command(flatten)]
    paths: PathArgs,
    #[command(flatten)]
    store: StoreArgs,
    #[command(flatten)]
    format: FormatArgs,
}

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Status {
    Ok,
    /// A run works, but not for long, or not as somebody thinks.
    Warn,
    /// A run does not work, and would end like this.
    Bad(Exit),
    /// It cannot be seen, or not before something else is well.
    Unseen,
}

impl Status {
    fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Bad(_) => "bad",
            Self::Unseen => "unseen",
        }
    }
}

/// One thing that was looked at.
#[derive(Debug)]
struct Check {
    /// `credentials`, `disk`, ….
    name: &'static str,
    /// The account it is about.
    account: Option<String>,
    status: Status,
    /// How it is, and what to do where it is not well.
    message: String,
}

impl Check {
    fn new(name: &'static str, status: Status, message: impl Into<String>) -> Self {
        Self { name, account: None, status, message: message.into() }
    }
}

/// Looks at everything, whatever is wrong with the first things.
pub fn run(args: &DoctorArgs, terminal: Terminal) -> Result<Exit, CliError> {
    let places = Places::new(&args.store, &settings::environment)?;
    let mut checks = Vec::new();
    // With --emulator only the campaigns' names are wanted.
    let Reading { folder, problems } = if places.emulator {
        campaign::read(&args.paths.paths)
    } else {
        context::read(&args.paths, None, terminal)
    };
    checks.push(campaigns(&folder, &problems));
    if !places.emulator {
        checks.extend(super::runtime()?.block_on(account::look(&folder)));
        checks.extend(folder.hooks.iter().flat_map(hooks::look));
    }
    let doubt = Doubt { places: &places, names: &context::names(&folder) };
    checks.extend(machine::look(doubt, args.store.ledger.require_ledger));
    let exit = checks.iter().fold(Exit::Done, |exit, check| match check.status {
        Status::Bad(bad) => exit.and(bad),
        Status::Ok | Status::Warn | Status::Unseen => exit,
    });
    if args.format.is_json() {
        let lines = checks.iter().map(|check| Line {
            check: check.name,
            account: check.account.as_deref(),
            status: check.status.word(),
            message: &check.message,
        });
        output::document(&Document { format: 1, exit: exit.code(), checks: lines.collect() })?;
    } else {
        output::data(&text(&checks, terminal))?;
    }
    Ok(exit)
}

/// What a run would read. Warnings stand in each run's log; here they are no news.
fn campaigns(folder: &Folder, problems: &Problems) -> Check {
    if problems.has_errors() {
        let found = check::found(problems);
        let files = check::files(problems);
        let message =
            format!("{found} in {files}: a run would do nothing; `scenepress check` shows what to do");
        return Check::new("campaigns", Status::Bad(Exit::Usage), message);
    }
    let codes: usize = folder.campaigns.iter().map(|campaign| campaign.codes.len()).sum();
    let campaigns = counted(folder.campaigns.len() as u64, "campaign");
    let mut message = format!("{campaigns} of {} can be read", counted(codes as u64, "code"));
    if problems.warnings() > 0 {
        let warnings = counted(problems.warnings() as u64, "warning");
        message = format!("{message}; {warnings}, see `scenepress check`");
    }
    Check::new("campaigns", Status::Ok, message)
}

#[derive(Serialize)]
struct Document<'a> {
    format: u32,
    exit: u8,
    checks: Vec<Line<'a>>,
}

#[derive(Serialize)]
struct Line<'a> {
    check: &'static str,
    account: Option<&'a str>,
    status: &'static str,
    message: &'a str,
}

/// A line each; with `-q` only what is not well.
fn text(checks: &[Check], terminal: Terminal) -> String {
    let shown = checks
        .iter()
        .filter(|check| !terminal.quiet || matches!(check.status, Status::Warn | Status::Bad(_)));
    let mut text = String::new();
    for Check { name, account, status, message } in shown {
        let account = account.as_ref().map(|account| format!("{account}: ")).unwrap_or_default();
        let word = format!("{:<6}", status.word());
        let word = match status {
            Status::Bad(_) if terminal.stdout_color => format!("\u{1b}[31m{word}\u{1b}[0m"),
            Status::Warn if terminal.stdout_color => format!("\u{1b}[33m{word}\u{1b}[0m"),
            _ => word,
        };
        text += &format!("{word}  {name:<12}  {}{}\n", visible(&account), visible(message));
    }
    text
}
