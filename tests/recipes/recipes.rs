//! The blocks of the documentation that are recipes.

use crate::markdown::{Block, Document, Language};

/// What each recipe is called: by the HTML comment before it, or by its own first comment.
pub const NAMES: [&str; 14] = [
    "set-up",
    "first run",
    "crontab",
    "/etc/systemd/system/scenepress.service",
    "/etc/systemd/system/scenepress.timer",
    "/etc/systemd/system/scenepress-watch.service",
    "/etc/systemd/system/scenepress-watch.timer",
    "/etc/systemd/system/scenepress-alarm@.service",
    "timers",
    ".github/workflows/nightly.yaml",
    ".github/workflows/plan.yaml",
    ".gitlab-ci.yml",
    "Containerfile",
    "container",
];

/// The table whose rows say what each exit asks for.
const EXITS: [&str; 2] = ["Ended with", "以此结束"];

pub struct Recipes {
    pub language: Language,
    pub document: Document,
}

impl Recipes {
    pub fn of(language: Language) -> Self {
        Self { language, document: language.book() }
    }

    /// All of them with their names, as they stand.
    pub fn all(&self) -> Vec<(String, String)> {
        let languages = ["sh", "text", "ini", "yaml"];
        let blocks = self.document.blocks.iter().filter(|block| languages.contains(&block.language.as_str()));
        let named = blocks.filter_map(|block| Some((name(block)?, block.text())));
        named.filter(|(name, _)| !name.starts_with("campaigns/")).collect()
    }

    /// The text of one.
    pub fn get(&self, name: &str) -> String {
        let found = self.all().into_iter().find(|(found, _)| found == name);
        found.unwrap_or_else(|| panic!("{:?} has no recipe {name}", self.language)).1
    }

    /// A campaign file that the documentation shows.
    pub fn campaign_file(&self, name: &str) -> String {
        let found = self.document.blocks.iter().find(|block| block.file() == Some(name));
        found.unwrap_or_else(|| panic!("{:?} does not show {name}", self.language)).text()
    }

    /// What the table of exits says: the codes of each row, and whether the same night tries again.
    pub fn exits(&self) -> Vec<(Vec<u8>, bool)> {
        let tables = self.document.tables();
        let table = tables.iter().find(|table| EXITS.contains(&table[0][0].as_str())).expect("a table");
        let row = |row: &Vec<String>| {
            let codes = row[0].split(", ").map(|code| code.parse().expect("an exit code")).collect();
            let again = match row[2].as_str() {
                "yes" | "是" => true,
                "no" | "否" => false,
                other => panic!("neither yes nor no: {other}"),
            };
            (codes, again)
        };
        table.iter().skip(1).map(row).collect()
    }
}

fn name(block: &Block) -> Option<String> {
    let comment = match block.language.as_str() {
        "ini" | "yaml" => block.lines.first()?.strip_prefix("# ")?,
        _ => block.before.strip_prefix("<!-- ")?.strip_suffix(" -->")?,
    };
    Some(comment.trim().to_owned())
}
