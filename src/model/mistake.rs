//! What is wrong with a text that should be a value.

use super::excerpt;

/// What is wrong with a text that should be a value, whichever file it stands in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Mistake {
    /// A stable id in kebab-case, such as `scene-empty`.
    pub kind: &'static str,
    /// What is wrong, on one line.
    pub message: String,
    /// What to write instead.
    pub help: Option<String>,
}

impl Mistake {
    /// A mistake without help.
    pub fn new(kind: &'static str, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), help: None }
    }

    /// The same with help.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The same with what it is about before the message.
    #[must_use]
    pub fn of(self, what: &str) -> Self {
        Self { message: format!("{what} {}", self.message), ..self }
    }

    /// A control character; the message goes after "holds" or the like.
    pub(super) fn control() -> Self {
        Self::new("control-character", "a control character or a line break")
            .help("write it on one line, without tabs")
    }

    /// A character that nobody sees; the message goes after "holds" or the like.
    pub(super) fn invisible(character: char) -> Self {
        let message = format!("an invisible character, U+{:04X}", u32::from(character));
        Self::new("invisible-character", message)
            .help("it came along when the text was pasted: delete the text and type it")
    }

    /// The message and the help on one line.
    pub fn on_one_line(self) -> String {
        self.help.iter().fold(self.message, |message, help| format!("{message}: {help}"))
    }
}

/// A text of a file within a message: in backticks, on one line, at most 60 characters.
pub fn in_ticks(text: &str) -> String {
    format!("`{}`", excerpt(text, 60))
}
