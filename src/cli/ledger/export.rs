//! `ledger export`: what the ledger holds as text, one JSON object a line.
//!
//! Lines of JSON and not CSV: codes, their generations, calls, bundles and handoffs have different fields and stand in
//! one file, and a text with a comma, a quote or a line break stays one line, so that a diff shows just the lines of
//! what changed. A renewal adds one line; nothing in the file tells when it was made.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use crate::cli::args::LedgerArgs;
use crate::cli::context;
use crate::cli::exit::{CliError, Exit};
use crate::cli::settings::{self, Terminal};
use crate::cli::{output, replace};
use crate::ledger::{
    Export, ExportedBundle, ExportedCalls, ExportedCode, ExportedDeployment, ExportedHandoff, ExportedIssue,
    ExportedPaper, Unanswered,
};
use crate::model::{Lifetime, Tag, counted, rfc3339, visible_path};

/// Options of `ledger export`.
#[derive(Debug, Clone, Args)]
pub struct ExportArgs {
    /// Where to write it: a new file, or an earlier export, which is replaced; left out, stdout
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    #[command(flatten)]
    ledger: LedgerArgs,
}

/// How every export begins.
const FIRST_LINE: &str = "{\"record\":\"ledger\",\"format\":1}\n";
const WHAT: &str = "export of a ledger";

/// Writes the text.
pub fn run(args: &ExportArgs, terminal: Terminal) -> Result<Exit, CliError> {
    let path = settings::ledger_path(&args.ledger, &settings::environment)?;
    if let Some(file) = &args.file {
        replace::admit(file, FIRST_LINE, WHAT)?;
    }
    let Some(ledger) = context::open_ledger(&path, args.ledger.require_ledger)? else {
        return Err(super::missing(path, &args.ledger));
    };
    let export = ledger.export()?;
    let text = text(&export).map_err(|source| CliError::Machine {
        action: "write the export".to_owned(),
        source: source.into(),
    })?;
    let Some(file) = &args.file else {
        output::bytes(&text)?;
        return Ok(Exit::Done);
    };
    replace::write(file, FIRST_LINE, WHAT, &text)?;
    if !terminal.quiet {
        let codes = counted(export.codes.len() as u64, "code");
        output::tell(&format!("{}: {codes} of the ledger {}", visible_path(file), visible_path(&path)));
    }
    Ok(Exit::Done)
}

fn text(export: &Export) -> Result<Vec<u8>, serde_json::Error> {
    let mut text = FIRST_LINE.as_bytes().to_vec();
    let mut line = |line: &Line<'_>| {
        serde_json::to_writer(&mut text, line)?;
        text.push(b'\n');
        Ok::<_, serde_json::Error>(())
    };
    for code in &export.codes {
        line(&Line::code(code))?;
        for issue in &code.issues {
            line(&Line::generation(code, issue))?;
        }
        for unanswered in &code.unanswered {
            line(&Line::unanswered(code, unanswered))?;
        }
    }
    export.calls.iter().try_for_each(|calls| line(&Line::calls(calls)))?;
    export.bundles.iter().try_for_each(|bundle| line(&Line::bundle(bundle)))?;
    export.deployments.iter().try_for_each(|deployment| line(&Line::deployment(deployment)))?;
    export.handoffs.iter().try_for_each(|handoff| line(&Line::handoff(handoff)))?;
    Ok(text)
}

/// A line. Each begins with what it is about, so that a sorted file and a diff can be read.
#[derive(Serialize)]
#[serde(tag = "record", rename_all = "lowercase")]
enum Line<'a> {
    Code {
        appid: &'a str,
        scene: String,
        scene_type: &'static str,
        campaign: &'a str,
        seq: u64,
        channel: &'a str,
        tags: Vec<&'a str>,
        /// The further columns, by their headers.
        columns: BTreeMap<&'a str, &'a str>,
        retired: bool,
    },
    Generation {
        appid: &'a str,
        scene: String,
        scene_type: &'static str,
        generation: u32,
        campaign: &'a str,
        lifetime: &'static str,
        expire_seconds: Option<u32>,
        created_at: String,
        expires_at: Option<String>,
        picture_sha256: Option<String>,
    },
    Unanswered {
        appid: &'a str,
        scene: String,
        scene_type: &'static str,
        generation: u32,
        lifetime: &'static str,
        attempts: u64,
        last_at: String,
    },
    Calls {
        appid: &'a str,
        day: String,
        made: u64,
    },
    Bundle {
        campaign: &'a str,
        revision: u64,
        file_name: &'a str,
        bytes: u64,
        sha256: String,
        recorded_at: String,
    },
    Deployment {
        campaign: &'a str,
        sha256: String,
        deployed_at: String,
    },
    Handoff {
        campaign: &'a str,
        revision: u64,
        sha256: String,
        /// Null where nobody was named.
        to: Option<&'a str>,
        note: &'a str,
        handed_at: String,
        codes: Vec<Paper<'a>>,
    },
}

/// The codes of a handoff that are of one generation.
#[derive(Serialize)]
struct Paper<'a> {
    appid: &'a str,
    generation: u32,
    /// As campaign files have them: `1001`, or `1001..1050`, both ends included.
    ids: Vec<String>,
    strs: &'a [Box<str>],
}

impl<'a> Paper<'a> {
    fn new(paper: &'a ExportedPaper) -> Self {
        let ExportedPaper { appid, generation, ids, texts } = paper;
        let words = |ids: &RangeInclusive<u32>| match (ids.start(), ids.end()) {
            (first, last) if first == last => first.to_string(),
            (first, last) => format!("{first}..{last}"),
        };
        Self {
            appid: appid.as_str(),
            generation: *generation,
            ids: ids.iter().map(words).collect(),
            strs: texts,
        }
    }
}

impl<'a> Line<'a> {
    fn code(code: &'a ExportedCode) -> Self {
        let ExportedCode { appid, scene, campaign, seq, labels, retired, .. } = code;
        Self::Code {
            appid: appid.as_str(),
            scene: scene.to_string(),
            scene_type: scene.scene_type().as_str(),
            campaign: campaign.as_str(),
            seq: *seq,
            channel: labels.channel.as_str(),
            tags: labels.tags.iter().map(Tag::as_str).collect(),
            columns: labels.extras.iter().collect(),
            retired: *retired,
        }
    }

    fn generation(code: &'a ExportedCode, issue: &'a ExportedIssue) -> Self {
        let ExportedIssue { campaign, generation } = issue;
        let lifetime = generation.lifetime;
        Self::Generation {
            appid: code.appid.as_str(),
            scene: code.scene.to_string(),
            scene_type: code.scene.scene_type().as_str(),
            generation: generation.number,
            campaign: campaign.as_str(),
            lifetime: lifetime.kind().as_str(),
            expire_seconds: match lifetime {
                Lifetime::Temporary(seconds) => Some(seconds.get()),
                Lifetime::Permanent => None,
            },
            created_at: rfc3339(generation.created_at),
            expires_at: generation.expires_at.map(rfc3339),
            picture_sha256: generation.picture.map(|picture| picture.digest.to_string()),
        }
    }

    fn unanswered(code: &'a ExportedCode, unanswered: &Unanswered) -> Self {
        Self::Unanswered {
            appid: code.appid.as_str(),
            scene: code.scene.to_string(),
            scene_type: code.scene.scene_type().as_str(),
            generation: unanswered.generation,
            lifetime: if unanswered.permanent { "permanent" } else { "temporary" },
            attempts: unanswered.attempts,
            last_at: rfc3339(unanswered.last_at),
        }
    }

    fn calls(calls: &'a ExportedCalls) -> Self {
        Self::Calls { appid: calls.appid.as_str(), day: calls.day.to_string(), made: calls.made }
    }

    fn bundle(bundle: &'a ExportedBundle) -> Self {
        Self::Bundle {
            campaign: bundle.campaign.as_str(),
            revision: bundle.revision,
            file_name: &bundle.file_name,
            bytes: bundle.bytes,
            sha256: bundle.zip.to_string(),
            recorded_at: rfc3339(bundle.recorded_at),
        }
    }

    fn deployment(deployment: &'a ExportedDeployment) -> Self {
        Self::Deployment {
            campaign: deployment.campaign.as_str(),
            sha256: deployment.zip.to_string(),
            deployed_at: rfc3339(deployment.deployed_at),
        }
    }

    fn handoff(handoff: &'a ExportedHandoff) -> Self {
        let ExportedHandoff { campaign, revision, zip, to, note, handed_at, codes } = handoff;
        Self::Handoff {
            campaign: campaign.as_str(),
            revision: *revision,
            sha256: zip.to_string(),
            to: to.name(),
            note,
            handed_at: rfc3339(*handed_at),
            codes: codes.iter().map(Paper::new).collect(),
        }
    }
}
