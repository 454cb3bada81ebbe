//! The hooks of a run: when each is run, what it is told, and what is made of its end.

use std::collections::HashSet;
use std::ffi::OsString;
use std::path::Path;

use tokio::runtime::Runtime;

use super::document::{Ending, Paper};
use super::named;
use super::program::{self, Running, Start};
use crate::campaign::{HookProgram, Hooks};
use crate::cli::exit::{CliError, Exit};
use crate::cli::output;
use crate::cli::settings::Terminal;
use crate::cli::signals::Signals;
use crate::clock;
use crate::engine::{CampaignSummary, RunSummary};
use crate::exit::Signal;
use crate::fsio;
use crate::ledger::{Ledger, SqliteLedger};
use crate::model::{CampaignName, Digest, Hasher};
use crate::plan::Plan;
use crate::view::{self, HookLine, HookOutcome, ProblemLine};

/// What is said of a run to its hooks, and to nobody else.
const FACTS: [&str; 10] = [
    "SCENEPRESS_HOOK",
    "SCENEPRESS_EMULATOR",
    "SCENEPRESS_EXIT",
    "SCENEPRESS_OUTCOME",
    "SCENEPRESS_MESSAGE",
    "SCENEPRESS_CAMPAIGN",
    "SCENEPRESS_ACCOUNT",
    "SCENEPRESS_BUNDLE",
    "SCENEPRESS_SHA256",
    "SCENEPRESS_REVISION",
];

type Facts = Vec<(&'static str, OsString)>;

/// What hooks are run with.
pub struct HookRunner<'a> {
    /// For waiting.
    pub runtime: &'a Runtime,
    /// A signal ends a hook.
    pub signals: &'a Signals,
    /// What a second signal has to kill.
    pub running: &'a Running,
    /// Whether the hooks are silent until one fails.
    pub terminal: Terminal,
    /// Whether the run is the emulator's.
    pub emulator: bool,
}

/// The hooks of one run.
pub struct RunHooks<'a> {
    with: HookRunner<'a>,
    hooks: Hooks,
    /// The `pre` hook's turn has come: this run has the lock and begins.
    begun: bool,
    lines: Vec<HookLine>,
}

impl<'a> RunHooks<'a> {
    /// Those of the folder, or none.
    pub fn new(with: HookRunner<'a>, hooks: Hooks) -> Self {
        Self { with, hooks, begun: false, lines: Vec::new() }
    }

    /// What was run until now.
    pub fn lines(&self) -> &[HookLine] {
        &self.lines
    }

    /// The first hook that failed, in one line.
    pub fn failed(&self) -> Option<String> {
        let failed = self.lines.iter().find(|line| line.outcome == HookOutcome::Failed)?;
        Some(format!("{} {}", name(failed.hook, failed.campaign.as_deref()), failed.message))
    }

    /// The signal that was to end the run, whenever it came.
    fn signal(&self) -> Option<Signal> {
        self.with.signals.stop().requested()
    }

    /// By what the run was stopped, and which bundles were not deployed therefore, in one line.
    pub fn stopped(&self) -> Option<String> {
        let stopped = format!("stopped by {}", self.signal()?.as_str());
        let failed = self.lines.iter().filter(|line| line.outcome == HookOutcome::Failed);
        let bundles: Vec<&str> = failed.filter_map(|line| line.campaign.as_deref()).collect();
        Some(if bundles.is_empty() {
            stopped
        } else {
            format!("{stopped}; not deployed: {}", named(bundles))
        })
    }

    /// What signals and the hooks until now add to the run's exit.
    pub fn exit(&self) -> Exit {
        match self.signal() {
            Some(signal) => signal.into(),
            None if self.failed().is_some() => Exit::HookFailed,
            None => Exit::Done,
        }
    }

    /// `pre`: where it fails nothing is to be done.
    pub fn pre(&mut self, plan: &Plan, problems: &[ProblemLine]) -> Result<(), CliError> {
        self.begun = true;
        let Some(program) = self.hooks.pre.clone() else { return Ok(()) };
        let mut input = Vec::new();
        view::plan_json(&mut input, plan, problems)
            .map_err(|source| CliError::Machine { action: "write the plan".to_owned(), source })?;
        self.run("pre", None, &program, input, Vec::new());
        match (self.signal(), self.failed()) {
            (Some(signal), _) => Err(CliError::StoppedInPre(signal)),
            (None, Some(failed)) => Err(CliError::HookFailed(failed)),
            (None, None) => Ok(()),
        }
    }

    /// `deploy`, for each bundle that is not the one last deployed. Of a campaign that was refused, that is over or
    /// not among the wanted ones nothing is deployed, and after a signal nothing at all, which is told of each: the next run makes up for it.
    pub fn deploy(
        &mut self,
        paper: &Paper,
        ending: &EndingOf<'_>,
        run: &Ran<'_>,
        wanted: &[CampaignName],
        ledger: &mut SqliteLedger,
    ) -> Result<(), CliError> {
        let Some(program) = self.hooks.deploy.clone() else { return Ok(()) };
        let wanted: HashSet<&CampaignName> = wanted.iter().collect();
        for campaign in run.summary.into_iter().flat_map(|summary| &summary.campaigns) {
            let (Some(bundle), Some(digest)) = (&campaign.bundle, &campaign.bundle_sha256) else { continue };
            let is_over =
                campaign.ended || campaign.exit == Exit::Refused || !wanted.contains(&campaign.name);
            if is_over || ledger.deployed(&campaign.name)?.as_ref() == Some(digest) {
                continue;
            }
            let name = campaign.name.as_str();
            if let Some(signal) = self.signal() {
                self.note("deploy", Some(name), None, Some(program::not_run(signal)));
                continue;
            }
            let (exit, message) = ending(self);
            let input = paper.bytes(run.ending(exit, &message, &self.lines))?;
            let mut facts = ending_facts(exit, &message);
            facts.extend(bundle_facts(campaign, bundle, digest));
            match unchanged(bundle, digest) {
                Ok(()) => {
                    if self.run("deploy", Some(name), &program, input, facts) {
                        ledger.record_deployment(&campaign.name, digest, clock::now())?;
                    }
                }
                Err(message) => self.note("deploy", Some(name), None, Some(message)),
            }
        }
        Ok(())
    }

    /// `post`, where the run came as far as `pre`, then `failure`, where the exit is not 0. They are run after a
    /// signal too; a second one ends everything.
    pub fn after(&mut self, paper: &Paper, ending: &EndingOf<'_>, run: &Ran<'_>) {
        if let Some(program) = self.hooks.post.clone().filter(|_| self.begun) {
            self.tell_end("post", &program, paper, ending(self), run);
        }
        if ending(self).0 != Exit::Done {
            self.failure(paper, ending, run);
        }
    }

    /// `failure`, where there is one.
    pub fn failure(&mut self, paper: &Paper, ending: &EndingOf<'_>, run: &Ran<'_>) {
        if let Some(program) = self.hooks.failure.clone() {
            self.tell_end("failure", &program, paper, ending(self), run);
        }
    }

    fn tell_end(
        &mut self,
        hook: &'static str,
        program: &HookProgram,
        paper: &Paper,
        (exit, message): (Exit, String),
        run: &Ran<'_>,
    ) {
        // It cannot fail: it is written into memory.
        let input = paper.bytes(run.ending(exit, &message, &self.lines)).unwrap_or_default();
        self.run(hook, None, program, input, ending_facts(exit, &message));
    }

    /// Runs one; whether it ended well.
    fn run(
        &mut self,
        hook: &'static str,
        campaign: Option<&str>,
        program: &HookProgram,
        input: Vec<u8>,
        facts: Facts,
    ) -> bool {
        let with = &self.with;
        let label = campaign.map_or_else(|| hook.to_owned(), |campaign| format!("{hook} {campaign}"));
        let mut variables: Vec<(&'static str, Option<OsString>)> =
            FACTS.into_iter().map(|name| (name, None)).collect();
        variables.push(("SCENEPRESS_HOOK", Some(hook.into())));
        if with.emulator {
            variables.push(("SCENEPRESS_EMULATOR", Some("1".into())));
        }
        variables.extend(facts.into_iter().map(|(name, value)| (name, Some(value))));
        let start = Start {
            program,
            label: &label,
            variables,
            hidden: &self.hooks.secret_variables,
            input,
            timeout: self.hooks.timeout,
            quiet: with.terminal.quiet,
            heeds_earlier: matches!(hook, "pre" | "deploy"),
        };
        with.signals.hear(true);
        let ended = with.runtime.block_on(program::run(start, &with.signals.stop(), with.running));
        let failure = ended.err();
        let is_done = failure.is_none();
        let exit = failure.as_ref().map_or(Some(0), |failure| failure.exit);
        self.note(hook, campaign, exit, failure.map(|failure| failure.message));
        is_done
    }

    fn note(
        &mut self,
        hook: &'static str,
        campaign: Option<&str>,
        exit: Option<i32>,
        failure: Option<String>,
    ) {
        // That of `pre` is the run's own error, and told as such.
        if let Some(failure) = failure.as_ref().filter(|_| hook != "pre") {
            let again = if hook == "deploy" { "; the next run tries again" } else { "" };
            output::tell_error(self.with.terminal, &format!("{} {failure}{again}", name(hook, campaign)));
        }
        self.lines.push(HookLine {
            hook,
            campaign: campaign.map(str::to_owned),
            outcome: if failure.is_some() { HookOutcome::Failed } else { HookOutcome::Done },
            exit,
            message: failure.unwrap_or_default(),
        });
    }
}

/// What is known of a run at its end.
pub struct Ran<'a> {
    /// Where it began.
    pub summary: Option<&'a RunSummary>,
    /// Whatever kept it from beginning.
    pub problems: &'a [ProblemLine],
}

impl<'a> Ran<'a> {
    fn ending(&self, exit: Exit, message: &'a str, hooks: &'a [HookLine]) -> Ending<'a> {
        Ending { exit, message, summary: self.summary, problems: self.problems, hooks }
    }
}

/// How the run would end if these were its last hooks: its exit, and why in one line.
type EndingOf<'a> = dyn Fn(&RunHooks<'_>) -> (Exit, String) + 'a;

/// `hook deploy of metro`
fn name(hook: &str, campaign: Option<&str>) -> String {
    campaign.map_or_else(|| format!("hook {hook}"), |campaign| format!("hook {hook} of {campaign}"))
}

fn bundle_facts(campaign: &CampaignSummary, bundle: &Path, digest: &Digest) -> Facts {
    let absolute = std::path::absolute(bundle).unwrap_or_else(|_| bundle.to_owned());
    let mut facts = vec![
        ("SCENEPRESS_CAMPAIGN", campaign.name.as_str().into()),
        ("SCENEPRESS_ACCOUNT", campaign.account.as_str().into()),
        ("SCENEPRESS_BUNDLE", absolute.into()),
        ("SCENEPRESS_SHA256", digest.to_string().into()),
    ];
    facts.extend(campaign.revision.map(|revision| ("SCENEPRESS_REVISION", revision.to_string().into())));
    facts
}

fn ending_facts(exit: Exit, message: &str) -> Facts {
    vec![
        ("SCENEPRESS_EXIT", exit.code().to_string().into()),
        ("SCENEPRESS_OUTCOME", exit.outcome().as_str().into()),
        // No variable can hold a NUL, and no message of ours does.
        ("SCENEPRESS_MESSAGE", message.replace('\0', "").into()),
    ]
}

/// A bundle that somebody changed must not go out under the name of the one that was made.
fn unchanged(bundle: &Path, digest: &Digest) -> Result<(), String> {
    let mut hasher = Hasher::default();
    fsio::read_into(bundle, &mut hasher).map_err(|error| format!("was not run: {error}"))?;
    if hasher.finish() == *digest {
        Ok(())
    } else {
        Err("was not run: the bundle was changed after it was made".to_owned())
    }
}
