//! One program of a hook: started without a shell, fed, listened to, and ended in time with all that it started.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustix::process::{Pid, Signal as ProcessSignal, kill_process_group};
use tokio::io::AsyncWriteExt;
use tokio::process::{Child, Command};
use tokio::sync::Notify;

use super::fault::{StartFault, start_fault};
use super::output::{HookMonitor, Output};
use crate::clock;
use crate::exit::Stop;
use crate::model::{HookProgram, rough_duration};

/// The variables that tell a hook about its run. A hook never sees those of an outer run.
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

/// How long a program may go on after it was asked to end.
const GRACE: Duration = Duration::from_secs(2);

/// How long its output is read on if a process that it started keeps it open.
const REST: Duration = Duration::from_millis(500);

/// The program that runs now. Whatever ends this process can kill that one too.
#[derive(Debug, Clone, Default)]
pub struct Running(Arc<Mutex<Option<Pid>>>);

impl Running {
    fn set(&self, pid: Option<Pid>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = pid;
    }

    /// Kills the program and all that it started, if one runs.
    pub fn kill(&self) {
        let pid = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        send(pid, ProcessSignal::KILL);
    }
}

/// Sends a signal to a process group. A group that is gone already needs none.
fn send(group: Option<Pid>, signal: ProcessSignal) {
    if let Some(group) = group {
        let _ = kill_process_group(group, signal);
    }
}

/// What a program is started with.
pub(super) struct Start<'a> {
    /// What to start.
    pub(super) program: &'a HookProgram,
    /// Stands before each line of its output.
    pub(super) label: &'a str,
    /// Some of the variables [`FACTS`].
    pub(super) facts: Vec<(&'static str, OsString)>,
    /// Variables of this process that the program must not see.
    pub(super) hidden: &'a BTreeSet<String>,
    /// The variable `PATH`.
    pub(super) path: Option<&'a OsString>,
    /// Its standard input.
    pub(super) input: Vec<u8>,
    /// How long it may take.
    pub(super) timeout: Duration,
    /// Shows its output only if it fails.
    pub(super) quiet: bool,
    /// Tells of a signal, which ends it. `None` if it runs to its end all the same.
    pub(super) stop: Option<&'a Stop>,
}

/// How a program failed.
#[derive(Debug)]
pub(super) struct Failure {
    /// The program's exit code, if it had one.
    pub(super) exit: Option<i32>,
    /// What happened, to be read after the hook's name.
    pub(super) message: String,
}

impl From<String> for Failure {
    fn from(message: String) -> Self {
        Self { exit: None, message }
    }
}

/// Runs a program to its end, its timeout or a signal.
pub(super) async fn run(
    start: Start<'_>,
    running: &Running,
    monitor: &dyn HookMonitor,
) -> Result<(), Failure> {
    let mut child = spawn(&start).map_err(|error| {
        // If its file shows why it was not started, that is told with what helps.
        let fault = start_fault(&start.program.program, start.path);
        let told = |StartFault { what, remedy }| format!("{what} ({remedy})");
        format!("cannot be started: {}", fault.map_or(error.to_string(), told))
    })?;
    let group = child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
    running.set(group);
    let output = || Output::new(start.label, start.quiet, monitor);
    let (mut out, mut err) = (output(), output());
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let write = async {
        if let Some(mut stdin) = stdin {
            // A program need not read its input.
            let _ = stdin.write_all(&start.input).await;
        }
    };
    let has_ended = Notify::new();
    let talk = async {
        tokio::select! {
            _ = async { tokio::join!(write, out.listen(stdout), err.listen(stderr)) } => {}
            () = async { has_ended.notified().await; clock::sleep(REST).await } => {}
        }
    };
    let end = async {
        let ended = attend(&mut child, group, start.timeout, start.stop).await;
        has_ended.notify_one();
        ended
    };
    let (ended, ()) = tokio::join!(end, talk);
    running.set(None);
    for output in [&mut out, &mut err] {
        output.finish(ended.is_err());
    }
    ended
}

/// Waits for a program and ends it in time.
async fn attend(
    child: &mut Child,
    group: Option<Pid>,
    timeout: Duration,
    stop: Option<&Stop>,
) -> Result<(), Failure> {
    let signal = async {
        match stop {
            Some(stop) => stop.wait().await,
            None => std::future::pending().await,
        }
    };
    let message = tokio::select! {
        biased;
        signal = signal => format!("was ended by {}", signal.as_str()),
        status = child.wait() => return exited(status),
        () = clock::sleep(timeout) => {
            format!("was ended because it took longer than {}", rough_duration(timeout))
        }
    };
    // It is asked to end, and killed if it does not. A process that cannot be killed is not waited for.
    for signal in [ProcessSignal::TERM, ProcessSignal::KILL] {
        send(group, signal);
        tokio::select! {
            _ = child.wait() => {}
            () = clock::sleep(GRACE) => {}
        }
    }
    Err(message.into())
}

fn exited(status: std::io::Result<ExitStatus>) -> Result<(), Failure> {
    let status = status.map_err(|error| format!("was lost: {error}"))?;
    match status.code() {
        Some(0) => Ok(()),
        Some(code) => Err(Failure { exit: Some(code), message: format!("ended with exit {code}") }),
        None => Err(format!("was ended: {status}").into()),
    }
}

fn spawn(start: &Start<'_>) -> std::io::Result<Child> {
    let mut command = Command::new(&start.program.program);
    command.args(&start.program.arguments);
    for name in FACTS.into_iter().chain(start.hidden.iter().map(String::as_str)) {
        command.env_remove(name);
    }
    command.envs(start.facts.iter().map(|(name, value)| (name, value)));
    // In a group of its own Ctrl-C does not reach it, so that it can be ended in good order.
    command.process_group(0).kill_on_drop(true);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()
}
