//! The hooks of one run: when each runs, what it is told, and what its end means for the run.

use std::ffi::OsString;
use std::path::Path;

use schemars::JsonSchema;
use serde::Serialize;
use tokio::runtime::Runtime;

use super::output::HookMonitor;
use super::program::{self, Failure, Running, Start};
use crate::exit::{Exit, Phase, Signal, Stop, Stopped};
use crate::fsio;
use crate::model::{AccountName, CampaignName, Digest, Hasher, HookProgram, Hooks, named};

type Facts = Vec<(&'static str, OsString)>;

/// How a hook ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum HookOutcome {
    /// Its exit was 0.
    Done,
    /// It could not be started, took too long, was stopped, or its exit was not 0.
    Failed,
}

/// A hook that was run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "Hook")]
pub struct HookRun {
    /// `pre`, `post`, `deploy` or `failure`.
    pub hook: &'static str,
    /// The campaign whose bundle it deploys; null for the others.
    pub campaign: Option<CampaignName>,
    /// How it ended.
    pub outcome: HookOutcome,
    /// Its program's exit code, if it had one.
    pub exit: Option<i32>,
    /// Why it failed; empty if it did not.
    pub message: String,
}

/// Why the hook `pre` keeps a run from beginning.
#[derive(Debug, thiserror::Error)]
pub enum HookError {
    /// It failed.
    #[error("{0}: nothing was done")]
    Failed(String),
    /// A signal came while it ran.
    #[error(transparent)]
    Stopped(Stopped),
}

/// What hooks are run with.
pub struct HookShell<'a> {
    /// Waits for the programs.
    pub runtime: &'a Runtime,
    /// Tells of a signal, which ends a hook.
    pub stop: Stop,
    /// Holds the program that a second signal has to kill.
    pub running: &'a Running,
    /// Shows the programs' output and failures.
    pub monitor: &'a dyn HookMonitor,
    /// The variable `PATH`.
    pub path: Option<OsString>,
    /// Whether a hook's output is shown only if it fails.
    pub quiet: bool,
    /// Whether the run is the emulator's.
    pub emulator: bool,
}

/// How the run would end if no more hooks followed.
pub struct Ending {
    /// The exit.
    pub exit: Exit,
    /// Why, in one line. Empty if all is done.
    pub message: String,
    /// The run's JSON document, which the hook reads.
    pub document: Vec<u8>,
}

/// Gives the [`Ending`] that the hooks run so far lead to.
type EndingOf<'a> = dyn Fn(&RunHooks<'_>) -> Ending + 'a;

/// A bundle to deploy.
#[derive(Debug, Clone, Copy)]
pub struct DeployBundle<'a> {
    /// Its campaign.
    pub campaign: &'a CampaignName,
    /// The campaign's account.
    pub account: &'a AccountName,
    /// Where it is.
    pub path: &'a Path,
    /// Its SHA-256, as recorded.
    pub digest: &'a Digest,
    /// Its revision.
    pub revision: Option<u64>,
}

impl DeployBundle<'_> {
    fn facts(&self) -> Facts {
        let absolute = std::path::absolute(self.path).unwrap_or_else(|_| self.path.to_owned());
        let mut facts = vec![
            ("SCENEPRESS_CAMPAIGN", self.campaign.as_str().into()),
            ("SCENEPRESS_ACCOUNT", self.account.as_str().into()),
            ("SCENEPRESS_BUNDLE", absolute.into()),
            ("SCENEPRESS_SHA256", self.digest.to_string().into()),
        ];
        facts.extend(self.revision.map(|revision| ("SCENEPRESS_REVISION", revision.to_string().into())));
        facts
    }

    /// What is wrong with a bundle that was changed: it must not go out under the digest of the one that was made.
    fn fault(&self) -> Option<String> {
        let mut hasher = Hasher::default();
        match fsio::read_into(self.path, &mut hasher) {
            Err(error) => Some(error.to_string()),
            Ok(()) if hasher.finish() == *self.digest => None,
            Ok(()) => Some("the bundle was changed after it was made".to_owned()),
        }
    }
}

/// The hooks of one run.
pub struct RunHooks<'a> {
    shell: HookShell<'a>,
    hooks: Hooks,
    /// Whether the turn of `pre` has come: this run has the lock and begins.
    begun: bool,
    /// The hooks that were run so far.
    pub runs: Vec<HookRun>,
}

impl<'a> RunHooks<'a> {
    /// The hooks of the folder.
    pub fn new(shell: HookShell<'a>, hooks: Hooks) -> Self {
        Self { shell, hooks, begun: false, runs: Vec::new() }
    }

    /// The first hook that failed, in one line.
    pub fn failed(&self) -> Option<String> {
        let failed = self.runs.iter().find(|run| run.outcome == HookOutcome::Failed)?;
        Some(format!("{} {}", name(failed.hook, failed.campaign.as_ref()), failed.message))
    }

    /// The signal that was to end the run, whenever it came.
    fn signal(&self) -> Option<Signal> {
        self.shell.stop.requested()
    }

    /// The signal that stopped the run, with the bundles that were not deployed for it, in one line.
    pub fn stopped(&self) -> Option<String> {
        let stopped = format!("stopped by {}", self.signal()?.as_str());
        let failed = self.runs.iter().filter(|run| run.outcome == HookOutcome::Failed);
        let bundles: Vec<&str> =
            failed.filter_map(|run| run.campaign.as_ref()).map(CampaignName::as_str).collect();
        Some(if bundles.is_empty() {
            stopped
        } else {
            format!("{stopped}; not deployed: {}", named(bundles))
        })
    }

    /// What signals and hooks add to the run's exit.
    pub fn exit(&self) -> Exit {
        match self.signal() {
            Some(signal) => signal.into(),
            None if self.failed().is_some() => Exit::HookFailed,
            None => Exit::Done,
        }
    }

    /// Runs `pre`, which reads the plan. If it fails nothing is to be done.
    pub fn pre(&mut self, plan: impl FnOnce() -> Vec<u8>) -> Result<(), HookError> {
        self.begun = true;
        let Some(program) = self.hooks.pre.clone() else { return Ok(()) };
        self.run("pre", None, &program, plan(), Vec::new());
        match (self.signal(), self.failed()) {
            (Some(signal), _) => Err(HookError::Stopped(Stopped { signal, phase: Phase::PreHook })),
            (None, Some(failed)) => Err(HookError::Failed(failed)),
            (None, None) => Ok(()),
        }
    }

    /// Whether there is a hook `deploy`.
    pub fn deploys(&self) -> bool {
        self.hooks.deploy.is_some()
    }

    /// Runs `deploy` for a bundle; whether it ended well. After a signal it is not run, which is noted.
    pub fn deploy(&mut self, bundle: DeployBundle<'_>, ending: &EndingOf<'_>) -> bool {
        let Some(program) = self.hooks.deploy.clone() else { return false };
        // After a signal nothing is read for it either.
        if self.signal().is_none()
            && let Some(fault) = bundle.fault()
        {
            return self.note("deploy", Some(bundle.campaign), Err(format!("was not run: {fault}").into()));
        }
        let ending = ending(self);
        let mut facts = ending_facts(&ending);
        facts.extend(bundle.facts());
        self.run("deploy", Some(bundle.campaign), &program, ending.document, facts)
    }

    /// Runs `post` if the run came as far as `pre`, then `failure` if the exit is not 0.
    ///
    /// They run after a signal too. A second signal ends everything.
    pub fn after(&mut self, ending: &EndingOf<'_>) {
        if self.begun {
            self.tell_end("post", self.hooks.post.clone(), ending);
        }
        if ending(self).exit != Exit::Done {
            self.failure(ending);
        }
    }

    /// Runs `failure`, if there is one.
    pub fn failure(&mut self, ending: &EndingOf<'_>) {
        self.tell_end("failure", self.hooks.failure.clone(), ending);
    }

    fn tell_end(&mut self, hook: &'static str, program: Option<HookProgram>, ending: &EndingOf<'_>) {
        let Some(program) = program else { return };
        let ending = ending(self);
        let facts = ending_facts(&ending);
        self.run(hook, None, &program, ending.document, facts);
    }

    /// Runs one hook; whether it ended well.
    fn run(
        &mut self,
        hook: &'static str,
        campaign: Option<&CampaignName>,
        program: &HookProgram,
        input: Vec<u8>,
        mut facts: Facts,
    ) -> bool {
        let signal = self.signal();
        if let ("pre" | "deploy", Some(signal)) = (hook, signal) {
            let failure = format!("was not run: stopped by {}", signal.as_str());
            return self.note(hook, campaign, Err(failure.into()));
        }
        let shell = &self.shell;
        let label = campaign.map_or_else(|| hook.to_owned(), |campaign| format!("{hook} {campaign}"));
        facts.push(("SCENEPRESS_HOOK", hook.into()));
        if shell.emulator {
            facts.push(("SCENEPRESS_EMULATOR", "1".into()));
        }
        let start = Start {
            program,
            label: &label,
            facts,
            hidden: &self.hooks.secret_variables,
            path: shell.path.as_ref(),
            input,
            timeout: self.hooks.timeout,
            quiet: shell.quiet,
            stop: signal.is_none().then_some(&shell.stop),
        };
        let ended = shell.runtime.block_on(program::run(start, shell.running, shell.monitor));
        self.note(hook, campaign, ended)
    }

    /// Notes how a hook ended; whether it ended well.
    fn note(
        &mut self,
        hook: &'static str,
        campaign: Option<&CampaignName>,
        ended: Result<(), Failure>,
    ) -> bool {
        let is_done = ended.is_ok();
        let outcome = if is_done { HookOutcome::Done } else { HookOutcome::Failed };
        let Failure { exit, message } =
            ended.err().unwrap_or(Failure { exit: Some(0), message: String::new() });
        // The failure of `pre` is the run's own error, and shown as such.
        if !is_done && hook != "pre" {
            let again = if hook == "deploy" { "; the next run tries again" } else { "" };
            self.shell.monitor.failed(&format!("{} {message}{again}", name(hook, campaign)));
        }
        self.runs.push(HookRun { hook, campaign: campaign.cloned(), outcome, exit, message });
        is_done
    }
}

/// `hook deploy of metro`
fn name(hook: &str, campaign: Option<&CampaignName>) -> String {
    campaign.map_or_else(|| format!("hook {hook}"), |campaign| format!("hook {hook} of {campaign}"))
}

fn ending_facts(ending: &Ending) -> Facts {
    vec![
        ("SCENEPRESS_EXIT", ending.exit.code().to_string().into()),
        ("SCENEPRESS_OUTCOME", ending.exit.outcome().as_str().into()),
        // No variable can hold a NUL, and no message of ours does.
        ("SCENEPRESS_MESSAGE", ending.message.replace('\0', "").into()),
    ]
}
