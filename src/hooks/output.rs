//! The output of a hook's program: shown line by line behind a label, up to a limit.

use tokio::io::{AsyncRead, AsyncReadExt};

use crate::model::visible;

/// The most bytes of each of a program's two outputs that are shown.
const SHOWN: usize = 64 * 1024;

/// The most bytes of a line that are shown in one piece.
const LINE: usize = 1000;

/// Where hooks tell people what they do.
pub trait HookMonitor: Sync {
    /// Takes one or more lines of a program's output, each with its line break.
    fn output(&self, lines: &str);

    /// Takes the message of a hook that failed.
    fn failed(&self, message: &str);
}

/// One of the two outputs of a program.
pub(super) struct Output<'a> {
    label: &'a str,
    monitor: &'a dyn HookMonitor,
    /// The line that has not ended yet.
    line: Vec<u8>,
    /// How many bytes may still be shown.
    left: usize,
    /// The lines of a quiet hook, which are shown only if it fails. `None` shows each line at once.
    kept: Option<String>,
}

impl<'a> Output<'a> {
    pub(super) fn new(label: &'a str, quiet: bool, monitor: &'a dyn HookMonitor) -> Self {
        Self { label, monitor, line: Vec::new(), left: SHOWN, kept: quiet.then(String::new) }
    }

    /// Reads to the end. Output beyond the limit is read too, so that the program need not wait.
    pub(super) async fn listen(&mut self, from: Option<impl AsyncRead + Unpin>) {
        let Some(mut from) = from else { return };
        let mut buffer = [0; 4096];
        while let Ok(read @ 1..) = from.read(&mut buffer).await {
            self.take(&buffer[..read]);
        }
    }

    fn take(&mut self, bytes: &[u8]) {
        for byte in bytes {
            // A long line is cut between characters. Bytes that form no character are cut anywhere.
            let is_inside = byte & 0xC0 == 0x80 && self.line.len() < LINE + 3;
            if *byte == b'\n' || (self.line.len() >= LINE && !is_inside) {
                self.end_line();
            }
            if *byte != b'\n' {
                self.line.push(*byte);
            }
        }
    }

    fn end_line(&mut self) {
        let line = std::mem::take(&mut self.line);
        if self.left == 0 {
            return;
        }
        self.left = self.left.saturating_sub(line.len() + 1);
        let text = String::from_utf8_lossy(&line);
        self.show(&visible(text.trim_end_matches('\r')));
        if self.left == 0 {
            self.show("… what follows is not shown");
        }
    }

    fn show(&mut self, line: &str) {
        let line = format!("{}: {line}\n", self.label);
        match &mut self.kept {
            Some(kept) => kept.push_str(&line),
            None => self.monitor.output(&line),
        }
    }

    /// Shows the last line, and what a quiet hook kept back if it failed.
    pub(super) fn finish(&mut self, failed: bool) {
        if !self.line.is_empty() {
            self.end_line();
        }
        if let Some(kept) = self.kept.as_ref().filter(|_| failed) {
            self.monitor.output(kept);
        }
    }
}
