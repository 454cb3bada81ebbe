//! Folders of campaign files, and what is said about them.

use std::fs;
use std::path::{Path, PathBuf};

use scenepress::campaign::{self, Reading, RenderOptions};
use tempfile::TempDir;

#[path = "../support/schema.rs"]
mod schema;

/// A folder `campaigns` in a temporary folder of its own.
pub struct Folder {
    dir: TempDir,
}

impl Folder {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        fs::create_dir(dir.path().join("campaigns")).expect("a folder");
        Self { dir }
    }

    pub fn path(&self) -> PathBuf {
        self.dir.path().join("campaigns")
    }

    /// Writes a file, by its path from the campaigns folder.
    #[expect(clippy::disallowed_methods, reason = "tests write what the library only reads")]
    pub fn with(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, content).expect("a file");
        self
    }

    /// Makes a file of one byte more than any that is read, without writing it out.
    pub fn with_large(self, name: &str) -> Self {
        let file = fs::File::options().write(true).create(true).truncate(true).open(self.path().join(name));
        file.expect("a file").set_len(campaign::MAX_FOLDER_BYTES + 1).expect("a length");
        self
    }

    pub fn with_link(self, name: &str, target: &str) -> Self {
        std::os::unix::fs::symlink(target, self.path().join(name)).expect("a link");
        self
    }

    /// Reads it. Files without problems are held to the schemas that editors get.
    #[track_caller]
    pub fn read(&self) -> Reading {
        let reading = campaign::read(&[self.path()]);
        if !reading.problems.has_errors() {
            self.assert_valid();
        }
        reading
    }

    #[track_caller]
    fn assert_valid(&self) {
        for entry in self.path().read_dir().expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml") {
                #[expect(clippy::disallowed_methods, reason = "tests read what the library reads")]
                let text = fs::read_to_string(&path).expect("a file");
                // Of a hundred thousand codes one is as valid as the other.
                if text.len() > 1 << 20 {
                    continue;
                }
                let value = serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{error} in\n{text}"));
                let name = if path.ends_with("accounts.yaml") { "accounts" } else { "campaign" };
                schema::assert_valid(name, &value);
            }
        }
    }

    pub fn read_paths(&self, names: &[&str]) -> Reading {
        let paths: Vec<_> = names.iter().map(|name| self.path().join(name)).collect();
        campaign::read(&paths)
    }

    /// What is said, with paths as if the temporary folder were the current one.
    pub fn text(&self, reading: &Reading, options: RenderOptions) -> String {
        let here = format!("{}/", self.dir.path().display());
        reading.problems.render(options).replace(&here, "")
    }
}

pub fn assert_text(actual: &str, expected: &str) {
    let actual = actual.trim();
    assert!(actual == expected.trim(), "the text is now:\n<<<\n{actual}\n>>>\nand should be:\n{expected}");
}

/// Reads a folder with these files and compares everything that is said about them.
pub fn assert_problems(files: &[(&str, &str)], expected: &str) {
    let folder = files.iter().fold(Folder::new(), |folder, (name, content)| folder.with(name, content));
    let reading = folder.read();
    assert_text(&folder.text(&reading, RenderOptions::default()), expected);
}

/// The same for one campaign, `campaigns/metro.yaml`.
pub fn assert_campaign(content: &str, expected: &str) {
    assert_problems(&[("metro.yaml", content)], expected);
}

/// The repository's own campaigns.
pub fn examples() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/campaigns"))
}
