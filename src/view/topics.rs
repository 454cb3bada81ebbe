//! The chapters of the documentation that `help` prints and `man` writes as pages.

/// A chapter of `docs/src`.
#[derive(Debug, Clone, Copy)]
pub struct Topic {
    /// What `help` calls it: the file's name without `.md`.
    pub name: &'static str,
    /// The chapter in Markdown.
    pub text: &'static str,
}

/// Pairs the name of each chapter with its text.
macro_rules! topics {
    ($($name:literal),+ $(,)?) => {
        [$(Topic { name: $name, text: include_str!(concat!("../../docs/src/", $name, ".md")) }),+]
    };
}

/// Every chapter but the command reference, in the order of `docs/src/SUMMARY.md`.
pub const TOPICS: [Topic; 17] = topics![
    "start",
    "campaign-files",
    "limits",
    "keys",
    "paper",
    "accounts",
    "every-night",
    "recipes",
    "hooks",
    "recovery",
    "problems",
    "exit-codes",
    "verbs",
    "platform",
    "rehearsal",
    "formats",
    "design",
];

impl Topic {
    /// The chapter's heading.
    pub fn title(self) -> &'static str {
        self.text.lines().next().unwrap_or_default().trim_start_matches("# ")
    }

    /// The chapter without its comments, which only tests read.
    pub fn shown(self) -> String {
        let lines = self.text.split_inclusive('\n');
        lines.filter(|line| !line.starts_with("<!--")).collect()
    }
}
