//! `diff`: what changed from one bundle to another, without ledger or network.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use schemars::{JsonSchema, Schema};
use serde::Serialize;

use super::args::FormatArgs;
use super::exit::{CliError, Exit};
use super::output;
use super::settings::Terminal;
use super::verify;
use crate::bundle::{
    self, Change, ChangeKind, Changes, Comparison, Header, Manifest, ManifestCode, Since, changes_in_words,
};
use crate::model::{
    Digest, Medium, Scene, SceneType, counted, minute_text, rfc3339, schema_of, visible, visible_path,
};

/// Options of `diff`.
#[derive(Debug, Clone, Args)]
pub struct DiffArgs {
    /// The earlier bundle
    #[arg(value_name = "A.zip")]
    a: PathBuf,
    /// The later one
    #[arg(value_name = "B.zip")]
    b: PathBuf,
    #[command(flatten)]
    format: FormatArgs,
}

/// The order in which changes are told: what has to be done first.
const ORDER: [ChangeKind; 4] =
    [ChangeKind::Replaced, ChangeKind::New, ChangeKind::Relabelled, ChangeKind::Withdrawn];

/// Verifies both bundles and compares them.
pub fn run(args: &DiffArgs, terminal: Terminal) -> Result<Exit, CliError> {
    let a = good(&args.a, terminal)?;
    let b = good(&args.b, terminal)?;
    let mut comparison = Comparison::with(&b.codes);
    a.codes.iter().for_each(|code| comparison.add(code.piece()));
    let changes = comparison.finish(Since::Revision(a.header.revision));
    let pair = Pair { a: (&args.a, &a), b: (&args.b, &b), changes: &changes };
    if args.format.is_json() {
        output::document(&pair.document())?;
    } else {
        output::data(&pair.text())?;
    }
    Ok(Exit::Done)
}

/// The manifest of a bundle without faults.
pub(super) fn good(path: &Path, terminal: Terminal) -> Result<Manifest, CliError> {
    let report = verify::check(path, terminal)?;
    if report.fault_count > 0 {
        return Err(CliError::BadBundle { path: path.to_owned(), faults: report.fault_count });
    }
    Ok(bundle::read_manifest(path)?)
}

/// Two bundles and what changed.
struct Pair<'a> {
    a: (&'a Path, &'a Manifest),
    b: (&'a Path, &'a Manifest),
    changes: &'a Changes,
}

/// A change with the codes it is of.
type Line<'a> = (&'a Change, Option<&'a ManifestCode>, Option<&'a ManifestCode>);

fn code_of(manifest: &Manifest, seq: Option<u64>) -> Option<&ManifestCode> {
    let index = manifest.codes.binary_search_by_key(&seq?, |code| code.seq).ok()?;
    manifest.codes.get(index)
}

/// Whether a code is for screens.
fn is_screen(code: Option<&ManifestCode>) -> bool {
    code.is_some_and(|code| code.medium == Some(Medium::Screen))
}

impl<'a> Pair<'a> {
    fn lines(&self) -> impl Iterator<Item = Line<'a>> {
        let (a, b) = (self.a.1, self.b.1);
        self.changes.changes.iter().map(move |change| {
            let before = change.before.as_ref().map(|before| before.seq);
            (change, code_of(a, before), code_of(b, change.seq))
        })
    }

    /// Why the two can only be compared by scene.
    fn strangers(&self) -> Vec<String> {
        let (a, b) = (&self.a.1.header, &self.b.1.header);
        let mut told = Vec::new();
        if a.campaign != b.campaign {
            told.push(format!("They are of different campaigns, {} and {}", a.campaign, b.campaign));
        }
        if a.appid != b.appid {
            told.push(format!(
                "They are of different accounts, {} and {}: their codes have only the scenes in common",
                a.appid, b.appid
            ));
        }
        told
    }

    fn text(&self) -> String {
        let mut text = String::new();
        for told in self.strangers() {
            let _ = writeln!(text, "{told}.");
        }
        for (name, (path, manifest)) in [("A", self.a), ("B", self.b)] {
            let codes = counted(manifest.codes.len() as u64, "code");
            let Header { campaign, revision, kind, .. } = &manifest.header;
            let partial = if kind.partial { ", PARTIAL" } else { "" };
            let emulator = if kind.emulator { ", NOT FOR PRINT" } else { "" };
            let path = visible_path(path);
            let _ =
                writeln!(text, "{name}: {path}: {campaign}, revision {revision}, {codes}{partial}{emulator}");
        }
        if self.changes.changes.is_empty() {
            return text + "no difference\n";
        }
        let _ = writeln!(
            text,
            "{}",
            changes_in_words(self.changes, &|seq| is_screen(code_of(self.b.1, Some(seq))))
        );
        for kind in ORDER {
            for line in self.lines().filter(|(change, ..)| change.kind == kind) {
                let _ = writeln!(text, "  {:<10}  {}", kind.as_str(), visible(&what(line)));
            }
        }
        text
    }

    fn document(&self) -> Document<'a> {
        let [new, replaced, relabelled, withdrawn] = self.changes.counts();
        let unchanged = self.b.1.codes.len() as u64 - new - replaced - relabelled;
        Document {
            format: FORMAT,
            a: BundleLine::new(self.a),
            b: BundleLine::new(self.b),
            different_campaigns: self.a.1.header.campaign != self.b.1.header.campaign,
            different_accounts: self.a.1.header.appid != self.b.1.header.appid,
            counts: Counts { new, replaced, relabelled, withdrawn, unchanged },
            reprint_before: self.changes.reprint_before().map(rfc3339),
            changes: self.lines().map(ChangeLine::new).collect(),
        }
    }
}

/// What became of a code, in words.
fn what((change, before, after): Line<'_>) -> String {
    let Some(code) = after.or(before) else { return String::new() };
    let (scene, channel) = (&code.scene, code.labels.channel.as_str());
    let placed = match before.map(|before| before.labels.channel.as_str()) {
        Some(earlier) if earlier != channel => format!("{scene}  {earlier} -> {channel}"),
        _ => format!("{scene}  {channel}"),
    };
    match change.kind {
        ChangeKind::New => format!("{placed}: {}", code.image),
        ChangeKind::Replaced => {
            let by =
                change.replace_before().map(|at| format!(" before {}", minute_text(at))).unwrap_or_default();
            let to_do = if is_screen(after) { "show" } else { "print" };
            format!("{placed}: {to_do} {}{by}", code.image)
        }
        ChangeKind::Relabelled => {
            let differs = before.zip(after).map(|(before, after)| differs(before, after)).unwrap_or_default();
            format!("{placed}: {} changed, the picture is the same", differs.join(", "))
        }
        ChangeKind::Withdrawn => match code.expires_at {
            Some(at) => format!("{placed}: what is printed dies at {}", minute_text(at)),
            None => format!("{placed}: what is printed never dies"),
        },
    }
}

/// What differs between two forms of one code, by the columns of the manifest.
fn differs(before: &ManifestCode, after: &ManifestCode) -> Vec<String> {
    let mut differs: Vec<String> = Vec::new();
    let mut add = |name: &str, differ: bool| {
        if differ {
            differs.push(name.to_owned());
        }
    };
    add("channel", before.labels.channel != after.labels.channel);
    add("tags", before.labels.tags != after.labels.tags);
    add("generation", before.generation != after.generation);
    add("created_at", before.created_at != after.created_at);
    add("expires_at", before.expires_at != after.expires_at);
    add("image_sha256", before.image_sha256 != after.image_sha256);
    add("medium", before.medium != after.medium);
    let value = |code: &ManifestCode, column: &str| code.labels.extras.get(column).to_owned();
    let known: Vec<&str> = before.labels.extras.iter().map(|(column, _)| column).collect();
    let more = after.labels.extras.iter().map(|(column, _)| column).filter(|column| !known.contains(column));
    for column in known.iter().copied().chain(more) {
        add(column, value(before, column) != value(after, column));
    }
    differs
}

/// The schema of the document.
pub fn schema() -> Schema {
    schema_of::<Document<'_>>()
}

/// The version of the document's form.
const FORMAT: u32 = 1;

/// What changed from one bundle to another.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "What `scenepress diff --format json` prints")]
struct Document<'a> {
    /// The version of the document's form.
    #[schemars(extend("const" = FORMAT))]
    format: u32,
    /// The earlier bundle.
    a: BundleLine<'a>,
    /// The later one.
    b: BundleLine<'a>,
    /// Whether they are of different campaigns.
    different_campaigns: bool,
    /// Whether they are of different accounts: their codes have only the scenes in common.
    different_accounts: bool,
    /// How many codes changed, and how.
    counts: Counts,
    /// When the first of the replaced pictures dies.
    #[schemars(extend("format" = "date-time"))]
    reprint_before: Option<String>,
    /// The codes that changed.
    changes: Vec<ChangeLine<'a>>,
}

/// One of the two bundles.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Bundle")]
struct BundleLine<'a> {
    /// Where it is.
    path: String,
    /// Its campaign.
    campaign: &'a str,
    /// Its account.
    account: &'a str,
    /// The account's appid.
    appid: &'a str,
    /// Its revision.
    revision: u64,
    /// Whether codes of the campaign are missing.
    partial: bool,
    /// Whether the emulator made its codes.
    not_for_print: bool,
    /// How many codes it holds.
    codes: usize,
}

/// How many codes changed, and how.
#[derive(Serialize, JsonSchema)]
struct Counts {
    /// Not in the earlier bundle.
    new: u64,
    /// With another picture, to be printed again.
    replaced: u64,
    /// With the same picture and other labels.
    relabelled: u64,
    /// Not in the later bundle.
    withdrawn: u64,
    /// In both, alike.
    unchanged: u64,
}

/// A code that changed.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Change")]
struct ChangeLine<'a> {
    /// What became of it.
    change: ChangeKind,
    /// What it carries.
    scene: String,
    /// Whether that is a number or a text.
    scene_type: Option<SceneType>,
    /// As it was; null for a new one.
    before: Option<CodeLine<'a>>,
    /// As it is; null for one that was withdrawn.
    after: Option<CodeLine<'a>>,
    /// When a replaced picture dies; null for the others, and where it never does.
    #[schemars(extend("format" = "date-time"))]
    replace_before: Option<String>,
    /// The columns that differ, of a relabelled code.
    differs: Vec<String>,
}

/// A code as one of the two bundles has it.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Code")]
struct CodeLine<'a> {
    /// Its place in the list.
    seq: u64,
    /// Where it is placed.
    channel: &'a str,
    /// How many times it was issued.
    generation: u32,
    /// When it dies; null for a permanent code.
    #[schemars(extend("format" = "date-time"))]
    expires_at: Option<String>,
    /// Its picture's path in the bundle.
    image: &'a str,
    /// The picture's SHA-256.
    #[schemars(extend("pattern" = Digest::PATTERN))]
    image_sha256: String,
}

impl<'a> BundleLine<'a> {
    fn new((path, manifest): (&Path, &'a Manifest)) -> Self {
        let Header { campaign, account, appid, revision, kind, .. } = &manifest.header;
        Self {
            path: path.display().to_string(),
            campaign: campaign.as_str(),
            account: account.as_str(),
            appid: appid.as_str(),
            revision: *revision,
            partial: kind.partial,
            not_for_print: kind.emulator,
            codes: manifest.codes.len(),
        }
    }
}

impl<'a> ChangeLine<'a> {
    fn new((change, before, after): Line<'a>) -> Self {
        let scene = after.or(before).map(|code| &code.scene);
        let both = before.zip(after).filter(|_| change.kind == ChangeKind::Relabelled);
        Self {
            change: change.kind,
            scene: scene.map(ToString::to_string).unwrap_or_default(),
            scene_type: scene.map(Scene::scene_type),
            before: before.map(CodeLine::new),
            after: after.map(CodeLine::new),
            replace_before: change.replace_before().map(rfc3339),
            differs: both.map(|(before, after)| differs(before, after)).unwrap_or_default(),
        }
    }
}

impl<'a> CodeLine<'a> {
    fn new(code: &'a ManifestCode) -> Self {
        Self {
            seq: code.seq,
            channel: code.labels.channel.as_str(),
            generation: code.generation,
            expires_at: code.expires_at.map(rfc3339),
            image: &code.image,
            image_sha256: code.image_sha256.to_string(),
        }
    }
}
