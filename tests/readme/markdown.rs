//! As much of Markdown as the documentation uses.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// A fenced block.
#[derive(Debug, Clone)]
pub(crate) struct Block {
    pub language: String,
    pub lines: Vec<String>,
    /// The last line before it that is not blank.
    pub before: String,
}

impl Block {
    pub(crate) fn text(&self) -> String {
        self.lines.join("\n") + "\n"
    }

    /// The file that a campaign block stands for: named by its first comment, or by an HTML comment before it.
    pub(crate) fn file(&self) -> Option<&str> {
        let name = match self.language.as_str() {
            "yaml" => self.lines.first()?.strip_prefix("# ")?,
            "csv" => self.before.strip_prefix("<!-- ")?.strip_suffix(" -->")?,
            _ => return None,
        };
        Some(name.trim())
    }

    /// What must be the same in every language: the lines without their comments.
    pub(crate) fn without_comments(&self) -> (String, Vec<String>) {
        let bare = |line: &String| match line.find("# ") {
            Some(start) if self.language != "console" => line[..start].trim_end().to_owned(),
            _ => line.clone(),
        };
        (self.language.clone(), self.lines.iter().map(bare).collect())
    }
}

/// A language of the documentation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    English,
    Chinese,
}

impl Language {
    pub(crate) const ALL: [Self; 2] = [Self::English, Self::Chinese];

    /// The README, from the repository's top.
    pub(crate) fn readme(self) -> PathBuf {
        match self {
            Self::English => "README.md".into(),
            Self::Chinese => "README.zh-CN.md".into(),
        }
    }

    /// The chapters in the order of `docs/src/SUMMARY.md`.
    pub(crate) fn chapters(self) -> Vec<PathBuf> {
        let summary = Document::parse(&read(Path::new("docs/src/SUMMARY.md")));
        let is_own = |chapter: &String| chapter.starts_with("zh/") == (self == Self::Chinese);
        let chapters = summary.links().into_iter().filter(is_own);
        chapters.map(|chapter| Path::new("docs/src").join(chapter)).collect()
    }

    /// Everything that is held to what it says.
    pub(crate) fn files(self) -> Vec<PathBuf> {
        let mut files = vec![self.readme()];
        files.extend(self.chapters());
        if self == Self::English {
            files.extend(["CONTRIBUTING.md", "CHANGELOG.md"].map(PathBuf::from));
        }
        files
    }

    /// All chapters as one document, and what developers read: in English it stands in a file of its own.
    pub(crate) fn book(self) -> Document {
        let mut files = self.chapters();
        if self == Self::English {
            files.push("CONTRIBUTING.md".into());
        }
        let texts: Vec<String> = files.iter().map(|file| read(file)).collect();
        Document::parse(&texts.join("\n"))
    }
}

/// The text of a file of the repository.
#[expect(clippy::disallowed_methods, reason = "a test reads its own repository")]
pub(crate) fn read(path: &Path) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A text, cut into its parts.
#[derive(Debug)]
pub(crate) struct Document {
    pub blocks: Vec<Block>,
    /// Lines outside blocks.
    pub prose: Vec<String>,
}

impl Document {
    pub(crate) fn parse(text: &str) -> Self {
        let mut document = Self { blocks: Vec::new(), prose: Vec::new() };
        let mut open: Option<Block> = None;
        let mut before = String::new();
        for line in text.lines() {
            match (&mut open, line.strip_prefix("```")) {
                (Some(_), Some(_)) => document.blocks.extend(open.take()),
                (Some(block), None) => block.lines.push(line.to_owned()),
                (None, Some(language)) => {
                    let before = std::mem::take(&mut before);
                    open = Some(Block { language: language.to_owned(), lines: Vec::new(), before });
                }
                (None, None) => {
                    if !line.trim().is_empty() {
                        line.clone_into(&mut before);
                    }
                    document.prose.push(line.to_owned());
                }
            }
        }
        assert!(open.is_none(), "a fence is not closed");
        document
    }

    /// The level of each heading.
    pub(crate) fn headings(&self) -> Vec<usize> {
        let level = |line: &&String| line.chars().take_while(|c| *c == '#').count();
        self.prose.iter().map(|line| level(&line)).filter(|level| *level > 0).collect()
    }

    /// Every table: its header and its rows, as cells.
    pub(crate) fn tables(&self) -> Vec<Vec<Vec<String>>> {
        let mut tables = vec![Vec::new()];
        for line in &self.prose {
            match line.strip_prefix("| ").and_then(|line| line.strip_suffix(" |")) {
                Some(row) => {
                    let cells = row.split(" | ").map(|cell| cell.trim().to_owned()).collect();
                    tables.last_mut().expect("never empty").push(cells);
                }
                None if line.starts_with("|--") => {}
                None => tables.push(Vec::new()),
            }
        }
        tables.retain(|table: &Vec<Vec<String>>| !table.is_empty());
        tables
    }

    /// The first cells of the table whose header begins with one of these words.
    pub(crate) fn column(&self, header: [&str; 2]) -> Vec<String> {
        let mut found = self.tables().into_iter().filter(|table| header.contains(&table[0][0].as_str()));
        let table = found.next().unwrap_or_else(|| panic!("no table begins with {header:?}"));
        assert!(found.next().is_none(), "two tables begin with {header:?}");
        table.into_iter().skip(1).map(|row| row[0].clone()).collect()
    }

    /// The paragraphs, list items and cells, each with its lines joined.
    pub(crate) fn paragraphs(&self) -> Vec<String> {
        let mut paragraphs = vec![String::new()];
        for line in &self.prose {
            let is_item =
                line.starts_with("- ") || line.split_once(". ").is_some_and(|(n, _)| n.parse::<u8>().is_ok());
            if line.starts_with('|') {
                paragraphs.extend(line.trim_matches('|').split(" | ").map(str::to_owned));
                paragraphs.push(String::new());
            } else if line.is_empty() || line.starts_with(['#', '<']) {
                paragraphs.push(String::new());
            } else {
                if is_item {
                    paragraphs.push(String::new());
                }
                let last = paragraphs.last_mut().expect("never empty");
                last.push(' ');
                last.push_str(line.trim());
            }
        }
        paragraphs.retain(|paragraph| !paragraph.trim().is_empty());
        paragraphs
    }

    /// What stands in backticks outside blocks.
    pub(crate) fn spans(&self) -> BTreeSet<String> {
        self.prose.iter().flat_map(|line| spans(line)).collect()
    }

    /// Where links lead.
    pub(crate) fn links(&self) -> Vec<String> {
        let targets = |line: &String| -> Vec<String> {
            let parts = line.split("](").skip(1);
            parts.filter_map(|part| part.split_once(')')).map(|(target, _)| target.to_owned()).collect()
        };
        self.prose.iter().flat_map(targets).collect()
    }
}

/// What stands in backticks in one line.
pub(crate) fn spans(line: &str) -> Vec<String> {
    line.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}
