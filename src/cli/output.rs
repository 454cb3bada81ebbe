//! Writing to stdout and stderr: stdout is data, stderr is for people.

use std::borrow::Cow;
use std::fmt::Display;
use std::io::{self, BufWriter, ErrorKind, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use serde::Serialize;

use super::exit::CliError;
use crate::campaign::{Problems, RenderOptions};
use crate::hooks::HookMonitor;
use crate::model::{is_unseen, visible};
use crate::view::{Events, Lines, Progress, Show, Tee};

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

/// Writes text to stdout, harmless to a terminal. A reader that has gone away has had what it wanted: that is no
/// failure.
pub fn data(text: &str) -> Result<(), CliError> {
    bytes(harmless(text).as_bytes())
}

/// The text with everything escaped that a terminal would act on, other than line breaks, tabs and colours. Whoever
/// made the text escaped what was foreign; this is for what was forgotten.
fn harmless(text: &str) -> Cow<'_, str> {
    let is_plain = |c: char| matches!(c, '\n' | '\t') || !is_unseen(c);
    if text.chars().all(is_plain) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let color = color_sequence(rest);
        let (kept, after) = rest.split_at(color.unwrap_or(first.len_utf8()));
        if color.is_some() || is_plain(first) {
            shown.push_str(kept);
        } else {
            shown.extend(first.escape_default());
        }
        rest = after;
    }
    Cow::Owned(shown)
}

/// How long the colour sequence is with which a text begins.
fn color_sequence(text: &str) -> Option<usize> {
    let rest = text.strip_prefix("\u{1b}[")?;
    let end = rest.find(|c: char| !c.is_ascii_digit() && c != ';')?;
    rest[end..].starts_with('m').then_some(2 + end + 1)
}

/// Writes bytes to stdout, as [`data`] does.
pub fn bytes(bytes: &[u8]) -> Result<(), CliError> {
    write(|out| out.write_all(bytes))
}

/// Lets somebody write to stdout, buffered.
pub fn write(with: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), CliError> {
    leave_the_question();
    let mut stdout = BufWriter::new(io::stdout().lock());
    match with(&mut stdout).and_then(|()| stdout.flush()) {
        Err(source) if source.kind() != ErrorKind::BrokenPipe => {
            Err(CliError::Machine { action: "write to standard output".to_owned(), source })
        }
        _ => Ok(()),
    }
}

/// Writes a document to stdout, indented, with a line break at its end.
pub fn document(document: &impl Serialize) -> Result<(), CliError> {
    write(|out| {
        serde_json::to_writer_pretty(&mut *out, document)?;
        out.write_all(b"\n")
    })
}

/// Whether the last words were said: the program is about to end, and what its threads still say would follow them.
static IS_OVER: AtomicBool = AtomicBool::new(false);

/// Tells people something on stderr. Where even that fails there is nobody to tell.
pub fn tell(text: &str) {
    let text = harmless(text);
    let mut stderr = std::io::stderr().lock();
    if IS_OVER.load(Ordering::SeqCst) {
        return;
    }
    leave_the_question();
    let _ = stderr.write_all(text.as_bytes());
    if !text.is_empty() && !text.ends_with('\n') {
        let _ = stderr.write_all(b"\n");
    }
}

/// Whether a question was asked, and no line begun since.
static IS_ASKING: AtomicBool = AtomicBool::new(false);

/// What comes after a question that was not answered begins a line of its own.
fn leave_the_question() {
    if IS_ASKING.swap(false, Ordering::SeqCst) {
        let _ = std::io::stderr().write_all(b"\n");
    }
}

/// Asks on stderr and reads one line of the answer from stdin.
pub fn ask(question: &str) -> Result<String, CliError> {
    let machine = |source| CliError::Machine { action: "ask a question".to_owned(), source };
    let mut stderr = std::io::stderr().lock();
    stderr.write_all(harmless(question).as_bytes()).and_then(|()| stderr.flush()).map_err(machine)?;
    IS_ASKING.store(true, Ordering::SeqCst);
    // Not held while somebody thinks: a signal has its last words meanwhile.
    drop(stderr);
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer).map_err(machine)?;
    // Whoever answered with Enter has begun a line already; Ctrl-D has not.
    if answer.ends_with('\n') {
        IS_ASKING.store(false, Ordering::SeqCst);
    }
    Ok(answer)
}

impl Terminal {
    /// Tells something on stderr, unless `-q` is given.
    pub fn say(self, text: &str) {
        if !self.quiet {
            tell(text);
        }
    }

    /// Tells problems of campaign files. With `-q` warnings alone are left out.
    pub fn problems(self, problems: &Problems, all: bool) {
        if problems.has_errors() || !self.quiet {
            tell(&problems.render(self.render_options(all)));
        }
    }

    /// How problems are rendered: `all` of them, or the first of each kind.
    pub fn render_options(self, all: bool) -> RenderOptions {
        RenderOptions { color: self.stderr_color, all }
    }

    /// `warning: …`, unless `-q` is given.
    pub fn note(self, message: &dyn Display) {
        if !self.quiet {
            self.warning(message);
        }
    }

    /// `warning: …`
    pub fn warning(self, message: &dyn Display) {
        self.labelled("warning", "\u{1b}[1;33m", message);
    }

    /// `error: …`, every further line labelled too.
    pub fn error(self, message: &dyn Display) {
        self.labelled("error", "\u{1b}[1;31m", message);
    }

    /// An error, and below it a line `  = help: …` for each thing that helps.
    pub fn error_with_help(self, error: &CliError) {
        self.error(error);
        for line in error.help() {
            tell(&format!("  = help: {}", visible(line)));
        }
    }

    /// The error that is the last thing to be told.
    pub fn last_error(self, message: &dyn Display) {
        // Held over both, so that nobody comes between them.
        let _stderr = std::io::stderr().lock();
        self.error(message);
        IS_OVER.store(true, Ordering::SeqCst);
    }

    fn labelled(self, label: &str, style: &str, message: &dyn Display) {
        let (style, end) = if self.stderr_color { (style, "\u{1b}[0m") } else { ("", "") };
        for line in message.to_string().lines().map(visible) {
            tell(&format!("{style}{label}{end}: {line}"));
        }
    }
}

/// Shows on stderr what hooks print.
impl HookMonitor for Terminal {
    fn output(&self, lines: &str) {
        tell(lines);
    }

    fn failed(&self, message: &str) {
        self.error(&message);
    }
}

/// Shows a run's events: bars on a terminal, elsewhere a line a minute; with `events` JSON lines on stdout too.
pub fn monitor(terminal: Terminal, events: bool) -> Tee {
    let mut monitors: Vec<Box<dyn Show>> = Vec::new();
    if events {
        monitors.push(Box::new(Events::new(io::stdout())));
    }
    if !terminal.quiet {
        if terminal.is_watched {
            monitors.push(Box::new(Progress::stderr(terminal.verbose)));
        } else {
            monitors.push(Box::new(Lines::new(io::stderr(), terminal.verbose)));
        }
    }
    Tee::new(monitors)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_and_lines_pass_and_nothing_else_that_a_terminal_acts_on() {
        let plain = "\u{1b}[1;31merror\u{1b}[0m: 门店\n\tnext";
        assert_eq!(harmless(plain), plain);
        assert_eq!(
            harmless("a\u{1b}[2J\u{1b}]0;t\u{7}\r\u{9b}m\u{202e}b\u{1b}"),
            "a\\u{1b}[2J\\u{1b}]0;t\\u{7}\\r\\u{9b}m\\u{202e}b\\u{1b}"
        );
    }
}
