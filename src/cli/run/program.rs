//! One program of the user's: started without a shell, fed, listened to, and ended in time with all that it started.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustix::process::{Pid, Signal as ProcessSignal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};

use super::obstacle::{Obstacle, obstacle};
use crate::campaign::HookProgram;
use crate::cli::{output, settings};
use crate::clock;
use crate::exit::{Signal, Stop};
use crate::model::{rough_duration, visible};

/// How long a program may go on once it was asked to end.
const GRACE: Duration = Duration::from_secs(2);

/// How long its output is waited for where something that it started holds on to it.
const REST: Duration = Duration::from_millis(500);

/// The most bytes of each of its two outputs that are shown.
const SHOWN: usize = 64 * 1024;

/// The most bytes of a line that are shown in one piece.
const LINE: usize = 1000;

/// The program that runs now, so that whatever ends this process can end that one too.
#[derive(Debug, Clone, Default)]
pub struct Running(Arc<Mutex<Option<Pid>>>);

impl Running {
    fn set(&self, pid: Option<Pid>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = pid;
    }

    /// Kills it and all that it started, if it is there.
    pub fn kill(&self) {
        let pid = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        end(pid, ProcessSignal::KILL);
    }
}

/// To a process group that is gone nothing is sent, and nothing is to be done about it.
fn end(group: Option<Pid>, signal: ProcessSignal) {
    if let Some(group) = group {
        let _ = kill_process_group(group, signal);
    }
}

/// What a program is started with.
#[derive(Debug)]
pub struct Start<'a> {
    /// What to start.
    pub program: &'a HookProgram,
    /// Stands before each line of its output.
    pub label: &'a str,
    /// Variables besides those of this process; those without a value are taken away.
    pub variables: Vec<(&'static str, Option<OsString>)>,
    /// Variables of this process that it does not get.
    pub hidden: &'a BTreeSet<String>,
    /// What it can read.
    pub input: Vec<u8>,
    /// How long it may take.
    pub timeout: Duration,
    /// Shows its output only where it fails.
    pub quiet: bool,
    /// A signal that came before keeps it from being started; otherwise such a one does not count.
    pub heeds_earlier: bool,
}

/// Why a program failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Its exit, where it had one.
    pub exit: Option<i32>,
    /// What happened.
    pub message: String,
}

enum Ended {
    Exited(std::io::Result<ExitStatus>),
    TimedOut,
    Stopped(Signal),
}

/// What is said of a program that a signal kept from being started.
pub fn not_run(signal: Signal) -> String {
    format!("was not run: stopped by {}", signal.as_str())
}

/// What is said of a program that could not be started. The system's own words do not tell a script from what is to
/// read it.
fn not_started(start: &Start<'_>, error: &std::io::Error) -> String {
    match obstacle(&start.program.program, settings::environment("PATH").as_ref()) {
        Some(Obstacle { what, remedy }) => format!("cannot be started: {what} ({remedy})"),
        None => format!("cannot be started: {error}"),
    }
}

/// Runs a program to its end, or to its timeout, or to the signal.
pub async fn run(start: Start<'_>, stop: &Stop, running: &Running) -> Result<(), Failure> {
    let failure = |exit, message| Failure { exit, message };
    let earlier = stop.requested();
    if let Some(signal) = earlier.filter(|_| start.heeds_earlier) {
        return Err(failure(None, not_run(signal)));
    }
    let mut child = spawn(&start).map_err(|error| failure(None, not_started(&start, &error)))?;
    let group = child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
    running.set(group);
    let mut shown = [Shown::new(&start), Shown::new(&start)];
    let ended = {
        let [out, err] = &mut shown;
        let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let talk = async {
            let write = async {
                if let Some(mut stdin) = stdin {
                    // A program that does not want to read it need not.
                    let _ = stdin.write_all(&start.input).await;
                }
            };
            tokio::join!(write, out.listen(stdout), err.listen(stderr));
        };
        tokio::pin!(talk);
        let mut talks = true;
        let timeout = clock::sleep(start.timeout);
        tokio::pin!(timeout);
        let hears = earlier.is_none();
        let ended = loop {
            tokio::select! {
                biased;
                signal = stop.wait(), if hears => break Ended::Stopped(signal),
                status = child.wait() => break Ended::Exited(status),
                () = &mut timeout => break Ended::TimedOut,
                () = &mut talk, if talks => talks = false,
            }
        };
        if !matches!(ended, Ended::Exited(_)) {
            end(group, ProcessSignal::TERM);
            tokio::select! {
                _ = child.wait() => {}
                () = clock::sleep(GRACE) => {}
            }
            end(group, ProcessSignal::KILL);
            // A process that cannot be killed is not waited for.
            tokio::select! {
                _ = child.wait() => {}
                () = clock::sleep(GRACE) => {}
            }
        }
        if talks {
            tokio::select! {
                () = &mut talk => {}
                () = clock::sleep(REST) => {}
            }
        }
        ended
    };
    running.set(None);
    for shown in &mut shown {
        shown.finish();
    }
    let result = match ended {
        Ended::Exited(Ok(status)) if status.success() => Ok(()),
        Ended::Exited(Ok(status)) => Err(match status.code() {
            Some(code) => failure(Some(code), format!("ended with exit {code}")),
            None => failure(None, format!("was ended: {status}")),
        }),
        Ended::Exited(Err(error)) => Err(failure(None, format!("was lost: {error}"))),
        Ended::TimedOut => {
            let timeout = rough_duration(start.timeout);
            Err(failure(None, format!("was ended because it took longer than {timeout}")))
        }
        Ended::Stopped(signal) => Err(failure(None, format!("was ended by {}", signal.as_str()))),
    };
    if result.is_err() {
        shown.iter().for_each(Shown::tell_kept);
    }
    result
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
    // With a group of its own Ctrl-C does not reach it, so that it can be ended in good order.
    command.process_group(0).kill_on_drop(true);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()
}

/// One output of a program, as it is shown: line by line behind a label, and not without end.
#[derive(Debug)]
struct Shown {
    label: String,
    /// What is not yet a whole line.
    line: Vec<u8>,
    /// How many bytes may still be shown.
    left: usize,
    quiet: bool,
    kept: String,
}

impl Shown {
    fn new(start: &Start<'_>) -> Self {
        let label = start.label.to_owned();
        Self { label, line: Vec::new(), left: SHOWN, quiet: start.quiet, kept: String::new() }
    }

    /// Until nothing more can come; what is not shown is taken all the same, so that nobody has to wait.
    async fn listen(&mut self, from: Option<impl AsyncRead + Unpin>) {
        let Some(mut from) = from else { return };
        let mut buffer = [0; 4096];
        while let Ok(read @ 1..) = from.read(&mut buffer).await {
            self.take(&buffer[..read]);
        }
    }

    fn take(&mut self, bytes: &[u8]) {
        for byte in bytes {
            // Not amid a character; what is none at all is cut all the same.
            let is_inside = byte & 0xC0 == 0x80 && self.line.len() < LINE + 3;
            if *byte == b'\n' || (self.line.len() >= LINE && !is_inside) {
                self.tell_line();
            }
            if *byte != b'\n' {
                self.line.push(*byte);
            }
        }
    }

    fn tell_line(&mut self) {
        let line = std::mem::take(&mut self.line);
        if self.left == 0 {
            return;
        }
        self.left = self.left.saturating_sub(line.len() + 1);
        let text = String::from_utf8_lossy(&line);
        self.tell(&visible(text.trim_end_matches('\r')));
        if self.left == 0 {
            self.tell("… what follows is not shown");
        }
    }

    fn tell(&mut self, line: &str) {
        let line = format!("{}: {line}\n", self.label);
        if self.quiet {
            self.kept.push_str(&line);
        } else {
            output::tell(&line);
        }
    }

    fn finish(&mut self) {
        if !self.line.is_empty() {
            self.tell_line();
        }
    }

    fn tell_kept(&self) {
        output::tell(&self.kept);
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

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
        runtime.block_on(run(start, &stop, &Running::default()))
    }

    #[test]
    fn a_signal_that_came_before_keeps_from_starting_only_what_heeds_it() {
        let message = "was not run: stopped by SIGTERM".to_owned();
        assert_eq!(after_a_signal(true), Err(Failure { exit: None, message }));
        assert_eq!(after_a_signal(false), Ok(()));
    }
}
