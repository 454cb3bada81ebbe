//! Finds the files of a folder and reads each into a document.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use super::accounts::{self, Accounts};
use super::document::{Document, Include};
use super::hooks;
use super::problem::{Findings, Format, Position, Source, offset, suggestion};
use super::{
    MAX_FILES, MAX_FOLDER_BYTES, MAX_FOLDER_CODES, MAX_FOLDER_VALUES, MAX_LINES, MAX_SPECIAL_BYTES,
    MAX_YAML_BYTES, rows,
};
use crate::fsio;
use crate::model::{Hooks, counted, grouped, in_ticks, visible_path};
use crate::table::{decode_table, decode_utf8};

/// A folder as it was read, before its files are put together.
#[derive(Debug, Default)]
pub(super) struct Loaded {
    pub root: PathBuf,
    pub whole: bool,
    /// Which sources the paths select.
    pub selected: BTreeSet<u32>,
    pub sources: Vec<Source>,
    pub documents: Vec<Document>,
    /// Files of the folder itself, which are campaigns unless another includes them.
    pub listed: BTreeSet<u32>,
    pub accounts: Accounts,
    /// `None` if they have problems.
    pub hooks: Option<Hooks>,
    pub findings: Findings,
    /// What every path shown begins with.
    shown_root: PathBuf,
    /// The folder without links, if it exists.
    real_root: PathBuf,
    /// Documents by the real paths of their files.
    by_path: BTreeMap<PathBuf, usize>,
    room: Room,
}

/// How much was read of what a folder may hold.
#[derive(Debug, Default)]
struct Room {
    bytes: u64,
    yaml_bytes: u64,
    codes: usize,
    values: usize,
    includes: usize,
}

/// Reads every file of the folder the paths lie in, and those they include.
pub(super) fn load(paths: &[PathBuf]) -> Loaded {
    let mut loaded = Loaded::default();
    let Some(targets) = loaded.folder(paths) else { return loaded };
    let names = loaded.list();
    loaded.read_special(&names);
    loaded.read_listed(&names);
    loaded.follow_includes();
    loaded.select(&targets);
    if loaded.listed.is_empty() && loaded.findings.errors() == 0 {
        let root = loaded.root.clone();
        let help = "campaign files end in .yaml, .yml or .csv; the folders in it are not searched";
        loaded.error_of(&root, "no-campaigns", "there are no campaign files in this folder", help);
    }
    loaded
}

/// What helps if a folder holds too much.
const FEWER: &str = "keep other campaigns in a folder of their own, with a ledger of its own";

/// How a file's name says it is read.
fn format_of(path: &Path) -> Option<Format> {
    let extension = path.extension().and_then(OsStr::to_str)?.to_ascii_lowercase();
    match extension.as_str() {
        "yaml" | "yml" => Some(Format::Campaign),
        "csv" => Some(Format::Table),
        _ => None,
    }
}

impl Loaded {
    /// Adds a source without a text, for problems of whole files.
    fn source(&mut self, shown: &Path, format: Format) -> u32 {
        let sources = &mut self.sources;
        sources.push(Source { path: shown.into(), format, text: String::new() });
        offset(sources.len() - 1)
    }

    fn error(
        &mut self,
        position: Position,
        kind: &'static str,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.findings.error(position, kind, message).help(help);
    }

    /// Reports a file that is no source.
    fn error_of(
        &mut self,
        path: &Path,
        kind: &'static str,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        let file = self.source(path, Format::Campaign);
        self.error(Position::file(file), kind, message, help);
    }

    /// Finds the one folder that all paths lie in; returns those that are files.
    fn folder(&mut self, paths: &[PathBuf]) -> Option<Vec<PathBuf>> {
        let mut files = Vec::new();
        let mut found: Option<(&Path, PathBuf)> = None;
        for path in paths {
            let is_folder = match fs::metadata(path) {
                Ok(metadata) => metadata.is_dir(),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    let help =
                        "a path is a campaign file or a folder of them; `scenepress init` makes a folder";
                    self.error_of(path, "missing-path", "there is no such file or folder", help);
                    continue;
                }
                Err(error) => {
                    let message = format!("this cannot be read: {error}");
                    self.error_of(path, "unreadable", message, "see its permissions");
                    continue;
                }
            };
            let folder = if is_folder { path } else { path.parent().unwrap_or(Path::new("")) };
            if !is_folder {
                files.push(path.clone());
            }
            let opened = or_here(folder);
            let real = fs::canonicalize(opened).unwrap_or_else(|_| opened.to_path_buf());
            let (_, first) = found.get_or_insert_with(|| (folder, real.clone()));
            if *first != real {
                let help =
                    "name files of one folder; another folder needs a ledger of its own: --ledger FILE";
                let message = "all paths must lie in one folder, and this is in another";
                self.error_of(path, "several-folders", message, help);
                continue;
            }
            self.whole |= is_folder;
        }
        let (folder, real) = found?;
        self.root = or_here(folder).to_path_buf();
        self.shown_root = folder.to_path_buf();
        self.real_root = real;
        Some(files)
    }

    /// The names of the campaign files in the folder, sorted.
    fn list(&mut self) -> Vec<PathBuf> {
        let root = self.root.clone();
        let entries = fs::read_dir(&root).and_then(Iterator::collect::<io::Result<Vec<_>>>);
        let entries = entries.unwrap_or_else(|error| {
            let message = format!("this folder cannot be read: {error}");
            self.error_of(&root, "unreadable", message, "see its permissions");
            Vec::new()
        });
        let mut names: Vec<_> = entries
            .into_iter()
            .map(|entry| PathBuf::from(entry.file_name()))
            .filter(|name| !name.as_os_str().as_encoded_bytes().starts_with(b"."))
            .filter(|name| format_of(name).is_some())
            .collect();
        names.sort();
        if names.len() > MAX_FILES {
            let message = format!("the folder has more than {}", counted(MAX_FILES as u64, "campaign file"));
            self.error_of(&root, "folder-too-large", message, "put several campaigns' codes into one table");
            return Vec::new();
        }
        // A name with replaced characters would be another campaign's.
        for name in names.extract_if(.., |name| name.to_str().is_none()) {
            let help = "rename it, in UTF-8: each campaign is a folder and a bundle of this name";
            self.error_of(&self.shown_root.join(name), "file-name", "the file's name is no UTF-8", help);
        }
        names
    }

    /// Reads `accounts.yaml` and `hooks.yaml`, if they are there.
    fn read_special(&mut self, names: &[PathBuf]) {
        let shown = |name: &str| {
            names.iter().any(|listed| listed.as_os_str() == name).then(|| self.shown_root.join(name))
        };
        let (accounts, hooks) = (shown(accounts::FILE_NAME), shown(hooks::FILE_NAME));
        self.accounts = Accounts::without_file();
        if let Some(path) = accounts {
            let file = self.source(&path, Format::Accounts);
            self.accounts = if self.read_text(file, &path) {
                accounts::read(file, &self.sources[file as usize], &self.shown_root, &mut self.findings)
            } else {
                Accounts { unreadable: true, ..Accounts::default() }
            };
        }
        self.hooks = Some(Hooks::default());
        if let Some(path) = hooks {
            let file = self.source(&path, Format::Campaign);
            let is_read = self.read_text(file, &path);
            let source = &self.sources[file as usize];
            self.hooks =
                is_read.then(|| hooks::read(file, source, &self.shown_root, &mut self.findings)).flatten();
        }
    }

    fn read_listed(&mut self, names: &[PathBuf]) {
        for name in names {
            let shown = self.shown_root.join(name);
            let text = name.to_string_lossy();
            if special_file(&text).is_some() {
                continue;
            }
            // It is not read: its problems would show its secrets.
            if let Some((what, name)) = almost_special_file(&text) {
                let message = format!("this looks like the {what} file, which is named `{name}`");
                let kind = if name == accounts::FILE_NAME { "accounts-name" } else { "hooks-name" };
                self.error_of(&shown, kind, message, format!("rename it to {name}"));
                if name == accounts::FILE_NAME {
                    self.accounts.secret_variables = None;
                } else {
                    self.hooks = None;
                }
                continue;
            }
            let is_there = |name: &str| names.binary_search(&PathBuf::from(name)).is_ok();
            if let Some(original) = original_of(&text, is_there) {
                let message = format!("this looks like a copy of {}", in_ticks(&original));
                let help = "delete it, or rename it if it is a campaign of its own";
                self.error_of(&shown, "copy-of-file", message, help);
                continue;
            }
            let document = self.read_document(&shown);
            self.listed.insert(document);
        }
    }

    /// Reads a file into a document, which has the file's index among the sources.
    fn read_document(&mut self, shown: &Path) -> u32 {
        let format = format_of(shown).unwrap_or(Format::Campaign);
        let file = self.source(shown, format);
        let real = fs::canonicalize(shown).unwrap_or_else(|_| shown.to_path_buf());
        let document = if self.is_no_secret(file, &real) && self.read_text(file, shown) {
            let (source, findings) = (&self.sources[file as usize], &mut self.findings);
            match format {
                Format::Table => rows::read(file, source, findings),
                Format::Campaign | Format::Accounts => Document::from_yaml(file, source, findings),
            }
        } else {
            Document::broken(file)
        };
        self.documents.push(document);
        self.take_room(file);
        self.by_path.entry(real).or_insert(self.documents.len() - 1);
        file
    }

    /// Counts what the last document holds, and reports it if it is more than a folder may hold.
    fn take_room(&mut self, file: u32) {
        let Some(document) = self.documents.last_mut() else { return };
        self.room.codes += document.codes.len();
        self.room.values += document.values;
        let counts = [
            (self.room.codes, MAX_FOLDER_CODES, "codes"),
            (self.room.values, MAX_FOLDER_VALUES, "tags and further cells"),
        ];
        let Some((.., most, what)) = counts.into_iter().find(|(count, most, _)| count > most) else { return };
        document.broken = true;
        document.codes.clear();
        let message = format!("with this file the folder has more than {} {what}", grouped(most as u64));
        self.error(Position::file(file), "folder-too-large", message, FEWER);
    }

    /// Whether a file is none that holds a secret: its problems would show its lines.
    fn is_no_secret(&mut self, file: u32, real: &Path) -> bool {
        let Some(account) = self.accounts.secret_files.get(real) else { return true };
        let message = format!("this is the secret_file of account `{}`, and no campaign", account.shown());
        let help = "move it out of the campaigns folder, or give it a name without .csv, .yaml or .yml";
        self.error(Position::file(file), "secret-file", message, help);
        false
    }

    /// Reads and decodes a file; `false` after a problem.
    fn read_text(&mut self, file: u32, path: &Path) -> bool {
        let is_table = self.sources[file as usize].format == Format::Table;
        let is_special = path.file_name().and_then(OsStr::to_str).and_then(special_file).is_some();
        let (most, help) = match (is_special, is_table) {
            (true, _) => (MAX_SPECIAL_BYTES, "take out what nobody needs"),
            (_, true) => (MAX_FOLDER_BYTES, "make several tables of it"),
            (..) => (MAX_YAML_BYTES, "keep the codes in a table, or write them as ranges"),
        };
        let bytes = match read_bytes(path, most) {
            Ok(Some(bytes)) => bytes,
            Ok(None) => {
                let message = format!("the file is larger than {} MiB", most >> 20);
                self.error(Position::file(file), "file-too-large", message, help);
                return false;
            }
            Err(error) => {
                let message = format!("the file cannot be read: {error}");
                let help = if path.is_dir() {
                    "rename the folder: its name is that of a file which is read"
                } else {
                    "see its permissions and, if it is a link, where it leads"
                };
                self.error(Position::file(file), "unreadable", message, help);
                return false;
            }
        };
        if !self.has_room_for(file, &bytes, is_table) {
            return false;
        }
        let is_workbook = bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"\xd0\xcf\x11\xe0");
        match if is_table { decode_table(bytes) } else { decode_utf8(bytes) } {
            Ok(decoded) => {
                self.sources[file as usize].text = decoded.text;
                if decoded.gb18030 {
                    let findings = &mut self.findings;
                    findings
                        .warning(Position::file(file), "gb18030", "this is no UTF-8 and was read as GB18030")
                        .help("look at the channels in the plan; save as \"CSV UTF-8\" to be sure");
                }
                true
            }
            Err(undecodable) => {
                self.sources[file as usize].text = undecodable.text;
                let at = Position::bytes(file, undecodable.at, 1);
                let (position, message, help) = match (is_workbook, is_table) {
                    (true, _) => {
                        let message = "this is a spreadsheet's own format, not text";
                        (Position::file(file), message, "save it as \"CSV UTF-8\"")
                    }
                    (_, true) => (at, "this is neither UTF-8 nor GB18030", "save the file as \"CSV UTF-8\""),
                    (_, false) => (at, "this is no UTF-8", "save the file as UTF-8"),
                };
                self.error(position, "undecodable", message, help);
                false
            }
        }
    }

    /// Counts the bytes and lines of a file; `false` if they are too many, which is reported.
    fn has_room_for(&mut self, file: u32, bytes: &[u8], is_table: bool) -> bool {
        let length = bytes.len() as u64;
        self.room.bytes += length;
        self.room.yaml_bytes += if is_table { 0 } else { length };
        let (kind, message) = if bytes.split(|byte| *byte == b'\n').nth(MAX_LINES + 1).is_some() {
            ("file-too-large", format!("the file has more than {} lines", grouped(MAX_LINES as u64)))
        } else if self.room.bytes > MAX_FOLDER_BYTES {
            let most = MAX_FOLDER_BYTES >> 20;
            ("folder-too-large", format!("with this file the campaign files have more than {most} MiB"))
        } else if self.room.yaml_bytes > MAX_YAML_BYTES {
            let most = MAX_YAML_BYTES >> 20;
            ("folder-too-large", format!("with this file the YAML files have more than {most} MiB"))
        } else {
            return true;
        };
        self.error(Position::file(file), kind, message, FEWER);
        false
    }

    /// Reads included files, and those they include, until there are no more.
    fn follow_includes(&mut self) {
        let mut next = 0;
        while next < self.documents.len() {
            let mut includes = std::mem::take(&mut self.documents[next].includes);
            let errors = self.findings.errors();
            let file = self.documents[next].file;
            for include in &mut includes {
                include.target = self.included(file, include);
            }
            let document = &mut self.documents[next];
            document.includes = includes;
            // Problems inside the included files are theirs.
            document.broken |= self.findings.errors() > errors
                && document.includes.iter().any(|include| include.target.is_none());
            next += 1;
        }
    }

    /// The document an entry of `include` means.
    fn included(&mut self, file: u32, include: &Include) -> Option<usize> {
        self.room.includes += 1;
        if self.room.includes > MAX_FILES {
            let most = grouped(MAX_FILES as u64);
            let message = format!("the files of this folder include more than {most} files");
            self.error(include.position, "folder-too-large", message, FEWER);
            return None;
        }
        let name = in_ticks(&include.path);
        let relative = Path::new(&include.path);
        let folder = self.sources[file as usize].path.parent().map(Path::to_path_buf).unwrap_or_default();
        let shown: PathBuf = folder.join(relative).components().filter(|c| *c != Component::CurDir).collect();
        let climbs = relative.components().any(|c| !matches!(c, Component::Normal(_) | Component::CurDir));
        let real = match fs::canonicalize(&shown) {
            _ if climbs => None,
            Ok(real) => Some(real).filter(|real| real.starts_with(&self.real_root)),
            Err(_) => {
                let names = self.sources.iter().filter_map(|s| s.path.file_name()?.to_str());
                let names = names.filter(|_| self.findings.is_early());
                let help = match suggestion(&include.path, names, |_| 2) {
                    Some(meant) => format!("did you mean {}?", in_ticks(meant)),
                    None => format!("it is looked for at {}", visible_path(&shown)),
                };
                self.error(include.position, "missing-include", format!("there is no file {name}"), help);
                return None;
            }
        };
        let Some(real) = real else {
            let message = format!("{name} leads out of the campaigns folder");
            let help = "included files lie beside the campaign or in a folder below it";
            self.error(include.position, "include-outside", message, help);
            return None;
        };
        let is_special = real.parent() == Some(&self.real_root)
            && real.file_name().is_some_and(|name| almost_special_file(&name.to_string_lossy()).is_some());
        if format_of(&real).is_none() || is_special || !real.is_file() {
            let help = "an included file is a table (.csv) or a YAML file with `codes`";
            self.error(include.position, "bad-include", format!("{name} cannot be included"), help);
            return None;
        }
        if let Some(document) = self.by_path.get(&real) {
            return Some(*document);
        }
        self.read_document(&shown);
        Some(self.documents.len() - 1)
    }

    /// Marks the documents that the given files are.
    fn select(&mut self, targets: &[PathBuf]) {
        let included: BTreeMap<usize, u32> = (self.documents.iter())
            .flat_map(|d| d.includes.iter().filter_map(move |i| Some((i.target?, d.file))))
            .collect();
        for target in targets {
            let name = target.file_name().unwrap_or_default();
            let is_named = |path: &Path| path.file_name() == target.file_name();
            let sources = &self.sources;
            let listed = self.listed.iter().copied().find(|file| is_named(&sources[*file as usize].path));
            if listed.is_none() && sources.iter().any(|source| is_named(&source.path)) {
                // It was refused, or is the accounts or the hooks file.
                if let Some((what, _)) = special_file(&name.to_string_lossy()) {
                    let message = format!("this is the {what} file, not a campaign");
                    self.error_of(target, "not-a-campaign", message, "give a campaign file or the folder");
                }
                continue;
            }
            let Some(file) = listed else {
                let help = "campaign files end in .yaml, .yml or .csv and do not begin with a dot";
                self.error_of(target, "not-a-campaign", "this is no campaign file", help);
                continue;
            };
            let index = self.documents.iter().position(|d| d.file == file);
            if let Some(by) = index.and_then(|index| included.get(&index)) {
                let by = visible_path(&self.sources[*by as usize].path);
                let message = format!("this file is included by {by}, so it is no campaign of its own");
                let help = format!("give {by} instead");
                self.error(Position::file(file), "included-path", message, help);
                continue;
            }
            self.selected.insert(file);
        }
    }
}

/// The folder a path names; the current one if it is empty.
fn or_here(folder: &Path) -> &Path {
    if folder.as_os_str().is_empty() { Path::new(".") } else { folder }
}

/// What a file beside the campaigns is, if its name says that it is none: the word for it, and its name.
fn special_file(name: &str) -> Option<(&'static str, &'static str)> {
    let files = [("accounts", accounts::FILE_NAME), ("hooks", hooks::FILE_NAME)];
    files.into_iter().find(|(_, special)| *special == name)
}

/// The same of a name with other letters' case, another ending, a missing `s` or the mark of a copy: `account (1).yml`.
fn almost_special_file(name: &str) -> Option<(&'static str, &'static str)> {
    let lower = name.to_lowercase();
    let stem = lower.strip_suffix(".yaml").or_else(|| lower.strip_suffix(".yml"))?;
    let stem = stem.trim_start_matches("copy of ");
    let mark = stem.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    let word = stem[..stem.len() - mark.len()].trim_end_matches('s');
    let is_mark = !mark.replace("copy", "").contains(|c: char| c.is_ascii_alphabetic());
    special_file(&format!("{word}s.yaml")).filter(|_| is_mark)
}

/// Reads a file; `None` if it has more bytes than that.
fn read_bytes(path: &Path, most: u64) -> io::Result<Option<Vec<u8>>> {
    // A pipe would wait for a writer for ever.
    let metadata = fs::metadata(path)?;
    if !metadata.is_file() {
        return Err(io::Error::other(if metadata.is_dir() {
            "it is a folder"
        } else {
            "it is no regular file"
        }));
    }
    if metadata.len() > most {
        return Ok(None);
    }
    match fsio::read_limited(path, most) {
        Err(error) if error.is_too_large() => Ok(None),
        other => other.map(Some).map_err(|error| error.source),
    }
}

/// The file that another one's name says it is a copy of, as editors and file managers name copies.
fn original_of(name: &str, is_there: impl Fn(&str) -> bool) -> Option<String> {
    let (stem, extension) = name.rsplit_once('.')?;
    let parts = stem.char_indices().flat_map(|(at, _)| {
        let (start, end) = stem.split_at(at);
        let is_apart = !end.starts_with(|c: char| c.is_ascii_alphanumeric());
        [(start, end, is_apart), (end, start, start.ends_with(' '))]
    });
    parts
        .filter(|(_, mark, is_apart)| *is_apart && is_mark_of_copies(mark))
        .map(|(original, ..)| format!("{original}.{extension}"))
        .find(|original| is_there(original))
}

fn is_mark_of_copies(mark: &str) -> bool {
    let word: String = mark.chars().filter(|c| c.is_alphabetic()).flat_map(char::to_lowercase).collect();
    match word.as_str() {
        // `stores (1)`; Finder names the second `stores 2`.
        "" => mark.trim_start().starts_with(['(', '（']) || matches!(mark.as_bytes(), [b' ', b'2'..=b'9']),
        "copy" | "copyof" | "副本" | "的副本" | "复件" | "复制" | "bak" => true,
        "orig" | "old" => mark.starts_with('.'),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_are_known_by_their_names() {
        for copy in [
            "stores (1).csv",
            "stores(2).csv",
            "stores - Copy.csv",
            "stores - Copy (2).csv",
            "stores - 副本.csv",
            "stores - 副本 (3).csv",
            "stores 副本.csv",
            "stores的副本.csv",
            "stores copy.csv",
            "stores copy 2.csv",
            "Copy of stores.csv",
            "stores.bak.csv",
            "stores.orig.csv",
            "stores_bak.csv",
            "复制 stores.csv",
            "stores 2.csv",
        ] {
            assert_eq!(
                original_of(copy, |name| name == "stores.csv").as_deref(),
                Some("stores.csv"),
                "{copy}"
            );
        }
        let is_there =
            |name: &str| matches!(name, "stores.csv" | "q1.csv" | "photo.csv" | "north.csv" | "(east).csv");
        for original in
            ["stores.csv", "stores 12.csv", "copy.csv", "q1 (east).csv", "photocopy.csv", "north-old.csv"]
        {
            assert_eq!(original_of(original, is_there), None, "{original}");
        }
    }
}
