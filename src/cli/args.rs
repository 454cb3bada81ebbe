//! Options that several verbs share, one group for each thing they are about.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ColorChoice, ValueEnum};
use jiff::Timestamp;

use super::exit::CliError;
use super::output::Terminal;
use crate::campaign;
use crate::model::{Digest, Recipient, day_start, parse_instant};
use crate::plan::{Action, Allowance, Filter, Only, Plan, Reason};

/// Options of every verb.
#[derive(Debug, Clone, Args)]
pub struct GlobalArgs {
    /// When to use colours
    #[arg(help = "When to use colours: auto (on a terminal, unless NO_COLOR is set), always, never")]
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", help_heading = "Display")]
    #[arg(hide_possible_values = true)]
    pub color: ColorChoice,
    /// Say nothing on success
    #[arg(short, long, global = true, help_heading = "Display", conflicts_with = "verbose")]
    pub quiet: bool,
    /// Say more: run of each code's steps, plan of each action, verify of each fault
    #[arg(short, long, global = true, help_heading = "Display")]
    pub verbose: bool,
}

/// What a verb prints on stdout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Text for people
    Human,
    /// One JSON document for scripts
    Json,
}

/// What `plan` prints on stdout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PlanFormat {
    /// Text for people
    Human,
    /// One JSON document for scripts
    Json,
    /// Markdown for a merge request, in Chinese and English
    Markdown,
}

/// `--format`
#[derive(Debug, Clone, Copy, Args)]
pub struct FormatArgs {
    /// What to print on stdout: human (text) or json (one document)
    #[arg(long, value_name = "FORMAT", default_value = "human", help_heading = "Display")]
    #[arg(hide_possible_values = true)]
    pub format: Format,
}

impl FormatArgs {
    /// Whether a JSON document is wanted.
    pub fn is_json(self) -> bool {
        self.format == Format::Json
    }
}

/// Which campaign files are acted on.
#[derive(Debug, Clone, Args)]
pub struct PathArgs {
    /// Campaign files, or a folder of them
    #[arg(value_name = "PATH", default_value = "campaigns/")]
    pub paths: Vec<PathBuf>,
    /// Show every problem of the campaign files, not only the first 20 of a kind
    #[arg(long, help_heading = "Display")]
    pub all: bool,
}

/// Which ledger.
#[derive(Debug, Clone, Args)]
pub struct LedgerArgs {
    /// The ledger
    #[arg(
        help = "The ledger [default: output/ledger.sqlite, whatever --output says] [env: SCENEPRESS_LEDGER]"
    )]
    #[arg(long, value_name = "FILE", help_heading = "Places")]
    pub ledger: Option<PathBuf>,
    /// Exit with 4 if there is no ledger, instead of taking everything as new
    #[arg(long, help_heading = "Places")]
    pub require_ledger: bool,
    /// Use the embedded emulator, with its own ledger and bundles (output/emulator/): no credentials, no network
    #[arg(long, help_heading = "Places")]
    pub emulator: bool,
}

/// Where the ledger and the bundles are.
#[derive(Debug, Clone, Args)]
pub struct StoreArgs {
    /// Folder for bundles and pictures
    #[arg(long, value_name = "DIR", default_value = "output", help_heading = "Places")]
    pub output: PathBuf,
    /// Which ledger
    #[command(flatten)]
    pub ledger: LedgerArgs,
}

/// What most verbs begin with: campaign files, the ledger and the bundles.
#[derive(Debug, Clone, Args)]
pub struct SourceArgs {
    /// Which campaigns
    #[command(flatten)]
    pub paths: PathArgs,
    /// Skip campaigns whose files or credentials have problems and go on with the others; the exit is 2 all the same
    #[arg(long)]
    pub keep_going: bool,
    /// Where things are
    #[command(flatten)]
    pub store: StoreArgs,
}

/// `--now`
#[derive(Debug, Clone, Copy, Args)]
pub struct NowArgs {
    /// Answer as of this instant: 2026-12-01, 2026-12-01T09:30 (both Asia/Shanghai) or with an offset
    #[arg(long, value_name = "INSTANT", value_parser = parse_instant)]
    now: Option<Timestamp>,
}

impl NowArgs {
    /// The instant asked for, or else the clock's.
    pub fn now(self) -> Timestamp {
        self.now.unwrap_or_else(crate::clock::now)
    }
}

/// `--lock-timeout` and `--moved`
#[derive(Debug, Clone, Copy, Args)]
pub struct LockArgs {
    /// Wait so long for another run that holds the lock (90s, 10m, 1h); without it the exit is 9 at once
    #[arg(long, value_name = "TIME", value_parser = parse_time, default_value = "0s", hide_default_value = true)]
    pub lock_timeout: Duration,
    /// The ledger was moved here for good: go on although another machine used it last
    #[arg(long)]
    pub moved: bool,
}

/// A duration as campaign files have it.
pub fn parse_time(text: &str) -> Result<Duration, String> {
    match text.trim() {
        number if !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) => {
            Err(format!("{number} of what? {number}d, {number}h or {number}m?"))
        }
        text => campaign::duration(text),
    }
}

/// What is allowed of codes on paper, for this once.
#[derive(Debug, Clone, Args)]
pub struct PrintArgs {
    /// Let this campaign's codes on paper die before its last day, for this once; repeatable
    #[arg(long, value_name = "CAMPAIGN", help_heading = "Paper")]
    pub accept_expiry: Vec<String>,
    /// Issue this campaign's codes on paper that are due again: they have to be printed anew; repeatable
    #[arg(long, value_name = "CAMPAIGN", help_heading = "Paper")]
    pub reprint: Vec<String>,
}

/// `--allow`
#[derive(Debug, Clone, Args)]
pub struct AllowArgs {
    /// For this campaign this limit does not hold
    #[arg(
        help = "Go beyond a limit of a campaign this once: reissue=CAMPAIGN, retire=CAMPAIGN or relabel=CAMPAIGN"
    )]
    #[arg(long, value_name = "LIMIT=CAMPAIGN")]
    pub allow: Vec<Allowance>,
}

impl AllowArgs {
    /// Warns of names that are no campaign's: what they were to allow stays refused.
    pub fn tell_unknown(&self, plan: &Plan, terminal: Terminal) {
        for allowed in &self.allow {
            let name = &allowed.campaign;
            // Its codes may all have gone to others, which count for it.
            let was_in_it = |action: &Action| matches!(&action.reason, Reason::Was(before) if before.campaign.as_ref() == Some(name));
            if !plan.campaigns.iter().any(|of| of.name == *name || of.actions.iter().any(was_in_it)) {
                terminal.note(&format!("--allow {allowed}: this plan has no campaign of that name"));
            }
        }
    }
}

/// `--only`
#[derive(Debug, Clone, Default, Args)]
pub struct OnlyArgs {
    /// Act on these codes only
    #[arg(
        help = "Act only on codes like this: tag=metro, channel='Store*', scene=1001 or campaign=metro; all of several must hold"
    )]
    #[arg(long, value_name = "KEY=PATTERN")]
    pub only: Vec<Filter>,
}

impl OnlyArgs {
    /// The codes that are planned, or counted.
    pub fn only(&self) -> Only {
        Only(self.only.clone())
    }

    /// An error if no code is left. `any` tells whether one is.
    pub fn check(&self, any: bool) -> Result<(), CliError> {
        if any || self.only.is_empty() {
            return Ok(());
        }
        Err(CliError::Usage(format!("--only: no code of these campaigns has {}", self.only())))
    }
}

/// `--expect` and `--plan`
#[derive(Debug, Clone, Args)]
pub struct ExpectArgs {
    /// Do exactly the plan with this digest, or nothing (exit 4)
    #[arg(long, value_name = "DIGEST", conflicts_with = "plan")]
    pub expect: Option<Digest>,
    /// Do exactly the plan in this file, which plan --out wrote, or nothing (exit 4)
    #[arg(long, value_name = "FILE")]
    pub plan: Option<PathBuf>,
}

/// Reads a recipient's name.
pub(super) fn recipient(name: &str) -> Result<Recipient, String> {
    Recipient::new(name).map_err(|error| format!("the name {error}"))
}

/// What `run` and `bundle` have in common: they build bundles.
#[derive(Debug, Clone, Args)]
pub struct BuildArgs {
    /// Which campaigns, and where things are
    #[command(flatten)]
    pub source: SourceArgs,
    /// Text or a document
    #[command(flatten)]
    pub format: FormatArgs,
    /// Whether to wait
    #[command(flatten)]
    pub lock: LockArgs,
    /// Which limits do not hold
    #[command(flatten)]
    pub allow: AllowArgs,
    /// Bundle what there is, as CAMPAIGN.PARTIAL.zip, if codes are missing
    #[arg(long)]
    pub allow_partial: bool,
}

/// When a run with the emulator is made: `--now`.
#[derive(Debug, Clone, Copy)]
pub enum Beginning {
    /// At this instant; a day is its first one.
    At(Timestamp),
    /// So long after now, or after the emulator's last run if that is later.
    After(Duration),
}

impl Beginning {
    /// `2026-12-24`, `2026-12-24T09:30`, `+20d`
    pub fn parse(text: &str) -> Result<Self, String> {
        match text.strip_prefix('+') {
            Some(time) => parse_time(time).map(Self::After),
            None => parse_instant(text).map(Self::At),
        }
    }

    /// The instant, for a ledger that was last written at another one. A day on which it was written goes on from there.
    pub fn instant(self, now: Timestamp, written_at: Option<Timestamp>) -> Timestamp {
        match (self, written_at) {
            (Self::After(time), written_at) => {
                let from = written_at.map_or(now, |written_at| now.max(written_at));
                from.checked_add(time).unwrap_or(Timestamp::MAX)
            }
            (Self::At(asked), Some(written_at)) if asked == day_start(written_at) => written_at,
            (Self::At(asked), _) => asked,
        }
    }
}

const RUN_EXAMPLE: &str = "Examples:
  scenepress run --emulator
  scenepress run --emulator --now +20d
  scenepress run
  scenepress run campaigns/metro.yaml --require-ledger --format json
  scenepress run --plan approved.json

With --emulator it needs no credentials and no network; --now shows what a later night will do. What was issued is never lost: after a failure, Ctrl-C \
or a closed terminal run it again. On a terminal it asks once before the first permanent code.";

/// Options of `run`.
#[derive(Debug, Clone, Args)]
#[command(after_long_help = RUN_EXAMPLE)]
pub struct RunArgs {
    /// What is built
    #[command(flatten)]
    pub build: BuildArgs,
    /// Which codes
    #[command(flatten)]
    pub only: OnlyArgs,
    /// Which plan is expected
    #[command(flatten)]
    pub expect: ExpectArgs,
    /// What is allowed of paper
    #[command(flatten)]
    pub print: PrintArgs,
    /// With --emulator: when the run is made
    #[arg(
        help = "With --emulator: when the run is made, the emulator moves too: a day (2026-12-24), an instant, or +20d; never before its last run"
    )]
    #[arg(long, value_name = "INSTANT", value_parser = Beginning::parse, requires = "emulator")]
    pub now: Option<Beginning>,
    /// Create permanent codes without asking
    #[arg(long)]
    pub yes: bool,
    /// With --emulator: run the hooks of hooks.yaml too, which are otherwise left to real runs
    #[arg(long)]
    pub hooks: bool,
    /// Write what happens to stdout as JSON lines
    #[arg(long, help_heading = "Display")]
    pub events: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timeout_has_a_unit() {
        let seconds = |text| parse_time(text).map(|timeout| timeout.as_secs());
        for (text, expected) in [("90s", 90), ("10m", 600), ("10 min", 600), ("1h", 3600), ("0s", 0)] {
            assert_eq!(seconds(text), Ok(expected), "{text}");
        }
        assert_eq!(seconds("10"), Err("10 of what? 10d, 10h or 10m?".to_owned()));
        let bad = "`soon` is no duration: a whole number with s, min, h, d or w, such as 30d";
        assert_eq!(seconds("soon"), Err(bad.to_owned()));
        assert!(seconds("").is_err() && seconds("-1s").is_err());
        assert_eq!(seconds("99999999999999999999w"), Ok(u64::MAX), "for ever");
    }

    #[test]
    fn a_rehearsal_begins_at_a_day_an_instant_or_so_long_after_the_last_run() {
        let instant = |text: &str| parse_instant(text).expect(text);
        let now = instant("2026-11-22T15:00");
        let rows = [
            ("2026-12-24", None, "2026-12-24"),
            ("2026-12-24T09:30", None, "2026-12-24T09:30"),
            ("2026-12-24", Some("2026-12-24T03:17"), "2026-12-24T03:17"),
            ("2026-12-24T03:00", Some("2026-12-24T03:17"), "2026-12-24T03:00"),
            ("+20d", None, "2026-12-12T15:00"),
            ("+20d", Some("2026-11-21"), "2026-12-12T15:00"),
            ("+12h", Some("2026-12-24T03:17"), "2026-12-24T15:17"),
        ];
        for (asked, written_at, expected) in rows {
            let found = Beginning::parse(asked).expect(asked).instant(now, written_at.map(instant));
            assert_eq!(found, instant(expected), "{asked} {written_at:?}");
        }
        for bad in ["", "+", "+20", "+soon", "tomorrow", "20d"] {
            assert!(Beginning::parse(bad).is_err(), "{bad}");
        }
        let far = Beginning::parse("+99999999999999999999w").expect("for ever").instant(now, None);
        assert_eq!(far, Timestamp::MAX);
    }
}
