//! The command line: each verb is a file that reads its options, calls the library and shows the result.

mod args;
mod bundle;
mod check;
mod completions;
mod context;
mod diff;
mod doctor;
mod emulator;
mod exit;
mod handoff;
mod help;
mod init;
mod inspect;
mod ledger;
mod lock;
mod man;
mod output;
mod plan;
mod plan_file;
mod rehearsal;
mod replace;
mod run;
mod schema;
mod settings;
mod signals;
mod status;
mod verify;

use std::ffi::OsString;
use std::fmt::Write;
use std::io::{self, ErrorKind};
use std::num::NonZero;
use std::panic::{self, AssertUnwindSafe};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;

use clap::{ColorChoice, Command, CommandFactory, FromArgMatches, Parser, Subcommand};
use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};

pub use exit::{CliError, Exit};
use output::Terminal;

use crate::model::machine_limit;

const ABOUT: &str =
    "WeChat parametric QR codes as campaigns in git: planned, issued, verified, bundled for print";
const LONG_ABOUT: &str = "Campaign files in git go in; WeChat codes, verified one by one, and a zip that proves it, come out.

Each code is planned before it is issued, recorded before it can be lost, and decoded before it enters a bundle.";

#[derive(Debug, Parser)]
#[command(about = ABOUT, long_about = LONG_ABOUT)]
#[command(name = "scenepress", version)]
#[command(subcommand_value_name = "VERB", subcommand_help_heading = "Verbs", disable_help_subcommand = true)]
struct Cli {
    #[command(flatten)]
    global: args::GlobalArgs,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Plan, issue, fetch, verify and bundle: the main job
    Run(args::RunArgs),
    /// Read the campaign files and show every problem at once
    Check(check::CheckArgs),
    /// Show what a run would do, and what it would cost
    Plan(plan::PlanArgs),
    /// Show what is live, what dies when, which bundle is current, stale or missing, and what the next 30 days bring
    Status(status::StatusArgs),
    /// Build the bundles again from what is at hand, without the platform
    Bundle(bundle::BundleArgs),
    /// Check bundles: is each file what the manifest says, does each picture decode to its url
    Verify(verify::VerifyArgs),
    /// Say what changed from one bundle to another, and what has to be printed again
    Diff(diff::DiffArgs),
    /// Record that the codes of a bundle went to print, and to whom
    Handoff(handoff::HandoffArgs),
    /// Say what a ticket, url, picture or scene is
    Inspect(inspect::InspectArgs),
    /// Look over what a run needs: credentials, allow-list, quota, clock, ledger, disk; and say what to do
    Doctor(doctor::DoctorArgs),
    /// Copy the ledger, show it as text, or rebuild it
    #[command(subcommand, after_long_help = ledger::EXAMPLE)]
    Ledger(ledger::LedgerVerb),
    /// Make a campaigns folder with one explained example
    Init(init::InitArgs),
    /// Serve the stand-in for the platform on this machine, for other programs
    Emulator(emulator::EmulatorArgs),
    /// Print the JSON Schema of a file or document, for editors and scripts
    Schema(schema::SchemaArgs),
    /// Print a completion script for a shell
    Completions(completions::CompletionsArgs),
    /// Print the manual page, or write the pages of all verbs and topics
    Man(man::ManArgs),
    /// Print how a verb is called, or a chapter of the documentation
    Help(help::HelpArgs),
}

/// The command line's definition, for parsing, completions and manual pages.
pub fn command() -> Command {
    let format = "What to print on stdout: human (nothing: the summary is on stderr) or json (one document)";
    let mut command = Cli::command().mut_subcommand("run", |run| run.mut_arg("format", |of| of.help(format)));
    for (verb, help) in REQUIRE_LEDGER {
        let say = |verb: Command| verb.mut_arg("require_ledger", |option| option.help(help));
        command = match verb.split_once(' ') {
            Some((group, verb)) => command.mut_subcommand(group, |group| group.mut_subcommand(verb, say)),
            None => command.mut_subcommand(verb, say),
        };
    }
    help::with_names(command).after_long_help(format!("{}\n\n{}", help::topic_table(), exit_table()))
}

/// What `--require-ledger` means to verbs that take nothing as new.
const REQUIRE_LEDGER: [(&str, &str); 7] = [
    ("bundle", REQUIRED_ANYWAY),
    ("handoff", REQUIRED_ANYWAY),
    ("inspect", "Exit with 4 if there is no ledger, instead of telling only what can be told without one"),
    ("doctor", "Take a missing ledger for bad (exit 4), not for one that the first run will make"),
    ("ledger backup", REQUIRED_ANYWAY),
    ("ledger export", REQUIRED_ANYWAY),
    ("ledger import", "Exit with 4 if there is no ledger, instead of making one"),
];

const REQUIRED_ANYWAY: &str = "Exit with 4 if there is no ledger; this verb does so in any case";

/// Every exit code with its meaning, one a line.
fn exit_table() -> String {
    let mut table = "Exit codes:".to_owned();
    for exit in Exit::ALL {
        let _ = write!(table, "\n  {:>3}  {}", exit.code(), exit.meaning());
    }
    table
}

/// What the program does. Shows errors itself; never panics outwards.
pub fn main() -> ExitCode {
    record_panics();
    let exit = panic::catch_unwind(AssertUnwindSafe(parse_and_run)).unwrap_or_else(|_| {
        let error = last_panic();
        output::tell(&format!("error: {error}"));
        error.help().iter().for_each(|help| output::tell(&format!("  = help: {help}")));
        error.exit()
    });
    exit.into()
}

/// The last panic's place and message.
static LAST_PANIC: Mutex<Option<String>> = Mutex::new(None);

/// What the last panic was: a limit of the machine, or a defect.
fn last_panic() -> CliError {
    let last = LAST_PANIC.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let what = last.as_deref().unwrap_or("unknown");
    if machine_limit(what).is_some() {
        return CliError::Limit(what.to_owned());
    }
    CliError::Defect(format!("a defect in scenepress {}: {what}", env!("CARGO_PKG_VERSION")))
}

/// Panics are kept, not printed: some are caught where they happen (a picture decoder's), and the others are
/// reported by [`main`].
fn record_panics() {
    panic::set_hook(Box::new(|info| {
        let place = info.location().map_or_else(String::new, |place| format!(" at {place}"));
        let message = info.payload_as_str().unwrap_or("a panic");
        let mut last = LAST_PANIC.lock().unwrap_or_else(PoisonError::into_inner);
        *last = Some(format!("{message}{place}"));
    }));
}

fn parse_and_run() -> Exit {
    let args: Vec<_> = std::env::args_os().collect();
    let parsed = command()
        .color(color_choice(&args))
        .try_get_matches_from(&args)
        .and_then(|matches| Cli::from_arg_matches(&matches));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) => {
            let exit = show_clap(&error);
            return if exit == Exit::Usage {
                run::of_misuse(&args, &error).map_or_else(|error| error.exit(), |()| exit)
            } else {
                exit
            };
        }
    };
    let terminal = settings::terminal(&cli.global);
    dispatch(&cli.verb, terminal).unwrap_or_else(|error| {
        terminal.error_with_help(&error);
        error.exit()
    })
}

fn dispatch(verb: &Verb, terminal: Terminal) -> Result<Exit, CliError> {
    match verb {
        Verb::Run(args) => run::run(args, terminal),
        Verb::Bundle(args) => bundle::run(args, terminal),
        Verb::Check(args) => check::run(args, terminal),
        Verb::Plan(args) => plan::run(args, terminal),
        Verb::Status(args) => status::run(args, terminal),
        Verb::Verify(args) => verify::run(args, terminal),
        Verb::Diff(args) => diff::run(args, terminal),
        Verb::Handoff(args) => handoff::run(args, terminal),
        Verb::Inspect(args) => inspect::run(args, terminal),
        Verb::Doctor(args) => doctor::run(args, terminal),
        Verb::Ledger(verb) => ledger::run(verb, terminal),
        Verb::Init(args) => init::run(args, terminal),
        Verb::Emulator(args) => emulator::run(args, terminal),
        Verb::Schema(args) => schema::run(args),
        Verb::Completions(args) => completions::run(args),
        Verb::Man(args) => man::run(args, terminal),
        Verb::Help(args) => help::run(args, terminal),
    }
}

/// A runtime, for the verbs that need one. From then on a write over the limit of `ulimit -f` is an error, as one to
/// a full disk is, and no signal that ends the process without a word.
fn runtime() -> Result<Runtime, CliError> {
    let machine = |source| CliError::Machine { action: "start threads".to_owned(), source };
    let workers = std::thread::available_parallelism().map_or(2, NonZero::get);
    // A runtime that gets some of its threads but not all never ends.
    try_threads(workers + SPARE_THREADS).map_err(machine)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(workers)
        .enable_all()
        .build()
        .map_err(machine)?;
    let context = runtime.enter();
    // Where it cannot be caught, it is as it was.
    let _ = signal(SignalKind::from_raw(FILE_LIMIT_SIGNAL));
    drop(context);
    Ok(runtime)
}

/// Threads beside those that work: for files, pictures and signals.
const SPARE_THREADS: usize = 4;

/// Whether the machine gives so many threads at once.
fn try_threads(count: usize) -> io::Result<()> {
    let (sender, receiver) = mpsc::channel::<()>();
    let receiver = Arc::new(Mutex::new(receiver));
    let wait = |_| {
        let receiver = Arc::clone(&receiver);
        thread::Builder::new().spawn(move || {
            let _ = receiver.lock().map(|receiver| receiver.recv());
        })
    };
    let threads: Vec<_> = (0..count).map(wait).collect();
    // Without a sender they end.
    drop(sender);
    threads.into_iter().try_for_each(|started| started.map(|thread| drop(thread.join())))
}

/// SIGXFSZ, on Linux and macOS.
const FILE_LIMIT_SIGNAL: i32 = 25;

/// Shows help, version or what is wrong with the command line.
fn show_clap(error: &clap::Error) -> Exit {
    match error.print() {
        Err(failure) if failure.kind() != ErrorKind::BrokenPipe => Exit::Unexpected,
        _ if error.exit_code() == 0 => Exit::Done,
        _ => Exit::Usage,
    }
}

/// `--color` for the parser's own messages, which come before there are parsed options.
fn color_choice(args: &[OsString]) -> ColorChoice {
    if says(args, "--color", "always") {
        ColorChoice::Always
    } else if says(args, "--color", "never") {
        ColorChoice::Never
    } else {
        ColorChoice::Auto
    }
}

/// Whether a command line that is not parsed holds this option with this value.
fn says(args: &[OsString], option: &str, value: &str) -> bool {
    args.iter().any(|arg| *arg == *format!("{option}={value}"))
        || args.windows(2).any(|pair| pair[0] == *option && pair[1] == *value)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What stands below the options of a command and of all below it.
    fn epilogues(command: &Command) -> Vec<String> {
        let own = command.get_after_long_help().map(ToString::to_string);
        own.into_iter().chain(command.get_subcommands().flat_map(epilogues)).collect()
    }

    #[test]
    fn below_the_options_a_paragraph_is_one_line_and_a_command_fits_into_80_columns() {
        let epilogues = epilogues(&command());
        assert!(epilogues.len() > 15, "{}", epilogues.len());
        for text in epilogues {
            let lines: Vec<&str> = text.lines().collect();
            for line in &lines {
                assert!(!line.starts_with(' ') || line.len() <= 80, "{line}");
            }
            for pair in lines.windows(2) {
                let is_prose = |line: &str| !line.is_empty() && !line.starts_with(' ');
                assert!(!pair.iter().all(|line| is_prose(line)), "{pair:?}");
            }
        }
    }
}
