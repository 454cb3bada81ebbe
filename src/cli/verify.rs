//! `verify`: bundles checked without ledger or network.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use super::args::FormatArgs;
use super::exit::{CliError, Exit};
use super::output;
use super::settings::Terminal;
use crate::bundle::{self, Report};
use crate::model::{beijing_date, counted, grouped, rfc3339, visible, visible_path};

/// Options of `verify`.
#[derive(Debug, Clone, Args)]
pub struct VerifyArgs {
    /// The bundles
    #[arg(value_name = "BUNDLE.zip", required = true)]
    bundles: Vec<PathBuf>,
    #[command(flatten)]
    format: FormatArgs,
}

/// How many faults are shown without `-v`.
const SHOWN_FAULTS: usize = 20;
/// A bundle with fewer pictures is checked before anybody would look at a bar.
const BAR_FROM: u64 = 500;

/// Checks each bundle, whatever is wrong with the others.
pub fn run(args: &VerifyArgs, terminal: Terminal) -> Result<Exit, CliError> {
    let mut exit = Exit::Done;
    let mut lines = Vec::new();
    for path in &args.bundles {
        match check(path, terminal) {
            Ok(report) => {
                let good = report.faults.is_empty();
                let shown = !terminal.quiet || !good;
                if shown && !args.format.is_json() {
                    output::data(&text(path, &report, terminal))?;
                }
                exit = exit.and(if good { Exit::Done } else { Exit::BadBundle });
                lines.push(BundleLine::checked(path, report));
            }
            Err(error) => {
                output::tell_error(terminal, &error);
                exit = exit.and(error.exit());
                lines.push(BundleLine::unreadable(path, &error));
            }
        }
    }
    if args.format.is_json() {
        output::document(&Document { format: 1, bundles: &lines })?;
    }
    Ok(exit)
}

/// Checks one bundle, with a bar where somebody watches.
pub(super) fn check(path: &Path, terminal: Terminal) -> Result<Report, CliError> {
    if !path.exists() {
        return Err(CliError::Usage(format!("there is no file {}", path.display())));
    }
    if path.is_dir() {
        return Err(CliError::Usage(format!(
            "{} is a folder: name the bundle in it, CAMPAIGN.zip",
            path.display()
        )));
    }
    let shows_bar = terminal.is_watched && !terminal.quiet;
    let mut bar: Option<ProgressBar> = None;
    let report = bundle::verify(path, &mut |done, total| {
        if shows_bar && total >= BAR_FROM {
            bar.get_or_insert_with(|| new_bar(total)).set_position(done);
        }
    });
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
    Ok(report?)
}

fn new_bar(total: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("verified {bar:30} {human_pos} of {human_len}, {eta} left");
    ProgressBar::new(total).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

fn text(path: &Path, report: &Report, terminal: Terminal) -> String {
    let path = visible_path(path);
    let codes = counted(report.summary.codes, "code");
    let mut text = String::new();
    if report.faults.is_empty() {
        let _ = write!(
            text,
            "{path}: {codes}, revision {}, all pictures decode to their url",
            report.header.revision
        );
        if let Some(first) = report.summary.first_expiry {
            let _ = write!(text, "; the first dies {}", beijing_date(first));
        }
    } else {
        let _ = write!(text, "{path}: BAD, {} in {codes}", counted(report.fault_count, "fault"));
    }
    if report.header.kind.partial {
        text += "; PARTIAL: codes of the campaign are missing";
    }
    if report.header.kind.emulator {
        text += "; NOT FOR PRINT: made by the emulator";
    }
    text.push('\n');
    let shown = if terminal.verbose { report.faults.len() } else { SHOWN_FAULTS };
    for fault in report.faults.iter().take(shown) {
        let _ = writeln!(text, "  {}: {}", fault.entry, visible(&fault.message));
    }
    let hidden = report.fault_count.saturating_sub(shown as u64);
    if hidden > 0 {
        let _ = writeln!(
            text,
            "  … {} more{}",
            grouped(hidden),
            if terminal.verbose { "" } else { "; -v shows them" }
        );
    }
    text
}

#[derive(Serialize)]
struct Document<'a> {
    format: u32,
    bundles: &'a [BundleLine],
}

#[derive(Serialize)]
struct BundleLine {
    path: String,
    good: bool,
    /// Why it could not be checked at all; then there is nothing else.
    error: Option<String>,
    #[serde(flatten)]
    found: Option<Found>,
}

#[derive(Serialize)]
struct Found {
    campaign: String,
    account: String,
    appid: String,
    revision: u64,
    partial: bool,
    not_for_print: bool,
    codes: u64,
    temporary: u64,
    permanent: u64,
    first_expires_at: Option<String>,
    last_expires_at: Option<String>,
    fault_count: u64,
    faults: Vec<FaultLine>,
}

#[derive(Serialize)]
struct FaultLine {
    entry: String,
    message: String,
}

impl BundleLine {
    fn checked(path: &Path, report: Report) -> Self {
        let Report { header, summary, faults, fault_count } = report;
        let faults = faults.into_iter().map(|fault| FaultLine { entry: fault.entry, message: fault.message });
        let found = Found {
            campaign: header.campaign.to_string(),
            account: header.account.to_string(),
            appid: header.appid.to_string(),
            revision: header.revision,
            partial: header.kind.partial,
            not_for_print: header.kind.emulator,
            codes: summary.codes,
            temporary: summary.temporary,
            permanent: summary.permanent,
            first_expires_at: summary.first_expiry.map(rfc3339),
            last_expires_at: summary.last_expiry.map(rfc3339),
            fault_count,
            faults: faults.collect(),
        };
        Self { path: path.display().to_string(), good: fault_count == 0, error: None, found: Some(found) }
    }

    fn unreadable(path: &Path, error: &CliError) -> Self {
        Self { path: path.display().to_string(), good: false, error: Some(error.to_string()), found: None }
    }
}
