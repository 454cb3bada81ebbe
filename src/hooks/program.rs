//! One program of a hook: started without a shell, fed, listened to, and ended in time with all that it started.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustix::process::{Pid, Signal as ProcessSignal, kill_process_group};
use tokio::io::AsyncWriteExt;
use tokio::process::{Child, Command};

use super::output::{HookMonitor, Output};
use crate::clock;
use crate::exit::{Signal, Stop};
use crate::model::{HookProgram, rough_duration};

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
#[derive(Debug)]
pub(super) struct Start<'a> {
    /// What to start.
    pub(super) program: &'a HookProgram,
    /// Stands before each line of its output.
    pub(super) label: &'a str,
    /// Variables to set beside those of this process. Those without a value are removed.
    pub(super) variables: Vec<(&'static str, Option<OsString>)>,
    /// Variables of this process that the program must not see.
    pub(super) hidden: &'a BTreeSet<String>,
    /// Its standard input.
    pub(super) input: Vec<u8>,
    /// How long it may take.
    pub(super) timeout: Duration,
    /// Shows its output only if it fails.
    pub(super) quiet: bool,
    /// Whether a signal that came before keeps it from being started. Otherwise such a signal is ignored.
    pub(super) heeds_earlier: bool,
}

/// How a program failed.
#[derive(Debug)]
pub(super) enum Failure {
    /// It was not started, as a signal had come.
    NotRun(Signal),
    /// The system could not start it.
    NotStarted(std::io::Error),
    /// Its exit was not 0.
    Exited(i32),
    /// A signal ended it that did not come from here.
    Killed(ExitStatus),
    /// The system could not tell how it ended.
    Lost(std::io::Error),
    /// It took longer than this.
    TimedOut(Duration),
    /// It was ended, as a signal came.
    Stopped(Signal),
}

impl Failure {
    /// The program's exit code, if it had one.
    pub(super) fn exit(&self) -> Option<i32> {
        if let Self::Exited(code) = self { Some(*code) } else { None }
    }

    /// What happened, to be read after the hook's name.
    pub(super) fn message(&self) -> String {
        match self {
            Self::NotRun(signal) => format!("was not run: stopped by {}", signal.as_str()),
            Self::NotStarted(error) => format!("cannot be started: {error}"),
            Self::Exited(code) => format!("ended with exit {code}"),
            Self::Killed(status) => format!("was ended: {status}"),
            Self::Lost(error) => format!("was lost: {error}"),
            Self::TimedOut(timeout) => {
                format!("was ended because it took longer than {}", rough_duration(*timeout))
            }
            Self::Stopped(signal) => format!("was ended by {}", signal.as_str()),
        }
    }
}

/// Runs a program to its end, its timeout or a signal.
pub(super) async fn run(
    start: Start<'_>,
    stop: &Stop,
    running: &Running,
    monitor: &dyn HookMonitor,
) -> Result<(), Failure> {
    let earlier = stop.requested();
    if let Some(signal) = earlier.filter(|_| start.heeds_earlier) {
        return Err(Failure::NotRun(signal));
    }
    let mut child = spawn(&start).map_err(Failure::NotStarted)?;
    let group = child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
    running.set(group);
    let output = || Output::new(start.label, start.quiet, monitor);
    let mut outputs = [output(), output()];
    let stop = Some(stop).filter(|_| earlier.is_none());
    let ended = attend(&mut child, group, &start, stop, &mut outputs).await;
    running.set(None);
    for output in &mut outputs {
        output.finish(ended.is_err());
    }
    ended
}

/// Feeds a program, reads its outputs and ends it in time.
async fn attend(
    child: &mut Child,
    group: Option<Pid>,
    start: &Start<'_>,
    stop: Option<&Stop>,
    [out, err]: &mut [Output<'_>; 2],
) -> Result<(), Failure> {
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let write = async {
        if let Some(mut stdin) = stdin {
            // A program need not read its input.
            let _ = stdin.write_all(&start.input).await;
        }
    };
    let talk = async { tokio::join!(write, out.listen(stdout), err.listen(stderr)) };
    tokio::pin!(talk);
    let signal = async {
        match stop {
            Some(stop) => stop.wait().await,
            None => std::future::pending().await,
        }
    };
    let mut talks = true;
    let ended = {
        tokio::pin!(signal);
        let timeout = clock::sleep(start.timeout);
        tokio::pin!(timeout);
        loop {
            tokio::select! {
                biased;
                signal = &mut signal => break Err(Failure::Stopped(signal)),
                status = child.wait() => break exited(status),
                () = &mut timeout => break Err(Failure::TimedOut(start.timeout)),
                _ = &mut talk, if talks => talks = false,
            }
        }
    };
    if matches!(ended, Err(Failure::Stopped(_) | Failure::TimedOut(_))) {
        end(child, group).await;
    }
    if talks {
        tokio::select! {
            _ = &mut talk => {}
            () = clock::sleep(REST) => {}
        }
    }
    ended
}

fn exited(status: std::io::Result<ExitStatus>) -> Result<(), Failure> {
    let status = status.map_err(Failure::Lost)?;
    match status.code() {
        Some(0) => Ok(()),
        Some(code) => Err(Failure::Exited(code)),
        None => Err(Failure::Killed(status)),
    }
}

/// Asks a program to end, and kills it if it does not. A process that cannot be killed is not waited for.
async fn end(child: &mut Child, group: Option<Pid>) {
    for signal in [ProcessSignal::TERM, ProcessSignal::KILL] {
        send(group, signal);
        tokio::select! {
            _ = child.wait() => {}
            () = clock::sleep(GRACE) => {}
        }
    }
}

fn spawn(start: &Start<'_>) -> std::io::Result<Child> {
    let mut command = Command::new(&start.program.program);
    command.args(&start.program.arguments);
    for hidden in start.hidden {
        command.env_remove(hidden);
    }
    for (name, value) in &start.variables {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    // In a group of its own Ctrl-C does not reach it, so that it can be ended in good order.
    command.process_group(0).kill_on_drop(true);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    struct Silent;

    impl HookMonitor for Silent {
        fn output(&self, _lines: &str) {}

        fn failed(&self, _message: &str) {}
    }

    /// What becomes of `true` after a signal.
    fn after_a_signal(heeds_earlier: bool) -> Result<(), Failure> {
        let program = HookProgram { program: PathBuf::from("true"), arguments: Vec::new() };
        let (sender, stop) = Stop::new();
        sender.send_replace(Some(Signal::Terminate));
        let start = Start {
            program: &program,
            label: "deploy",
            variables: Vec::new(),
            hidden: &BTreeSet::new(),
            input: Vec::new(),
            timeout: Duration::from_mins(1),
            quiet: true,
            heeds_earlier,
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(run(start, &stop, &Running::default(), &Silent))
    }

    #[test]
    fn a_signal_that_came_before_keeps_from_starting_only_what_heeds_it() {
        let failure = after_a_signal(true).expect_err("it is not started");
        let message = "was not run: stopped by SIGTERM".to_owned();
        assert_eq!((failure.exit(), failure.message()), (None, message));
        assert!(after_a_signal(false).is_ok());
    }
}
