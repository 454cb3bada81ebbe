//! What is wrong with a text in a file, in words.

use std::fmt;

use crate::model::visible;

/// What is wrong with a value, whichever file it stands in.
#[derive(Debug, Clone, PartialEq, Eq)]
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
}

/// The message and the help on one line.
impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        self.help.iter().try_for_each(|help| write!(f, ": {help}"))
    }
}

/// A text of a file within a message: in backticks, on one line, at most 60 characters.
pub fn quoted(text: &str) -> String {
    const MOST: usize = 60;
    let shown = visible(text.char_indices().nth(MOST).map_or(text, |(end, _)| &text[..end]));
    let dots = if text.chars().nth(MOST).is_some() { "…" } else { "" };
    format!("`{shown}{dots}`")
}
