//! What is on this machine: the ledger, the pictures, the disks.

use std::collections::{BTreeSet, HashSet};
use std::path::Path;

use super::{Examination, Finding};
use crate::engine::{LedgerCheck, check_host, exit_of_ledger, open_ledger_of_any_form};
use crate::exit::Exit;
use crate::fsio::{self, FREE_TO_BEGIN};
use crate::ledger::{self, Examined, Host, LedgerError};
use crate::model::{Digest, counted, grouped, visible_path};

/// Fewer free bytes than this are a warning.
const LITTLE: u64 = 1 << 30;

/// Examines the ledger, the pictures and the disks.
pub(super) fn findings(examination: &Examination<'_>) -> Vec<Finding> {
    let Examination { ledger: check, require_ledger, host, .. } = *examination;
    let mut findings = Vec::new();
    let folders = check.folders;
    let path = &folders.ledger;
    let shown = visible_path(path);
    let examined = ledger::examine(path);
    findings.push(match &examined {
        Ok(Some(Examined { damage: None, codes: 0, .. })) if require_ledger => {
            refused(&LedgerError::blank(path))
        }
        Ok(Some(examined)) => of_ledger(examined, &shown),
        Ok(None) => of_none(check, require_ledger, &shown),
        Err(error) => refused(error),
    });
    if let Ok(Some(Examined { damage: None, .. })) = &examined {
        findings.extend(held_against(check, host));
    }
    if let Some(network) = fsio::network_of(path) {
        let words = format!(
            "{shown} lies on a network file system ({network}), where no run writes it: name a file on a local disk \
             with --ledger"
        );
        findings.push(Finding::bad("ledger", Exit::Usage, words));
    }
    if let Ok(Some(Examined { damage: None, pictures, .. })) = &examined {
        findings.push(of_pictures(pictures, &folders.pictures));
    }
    findings.extend(of_disks([&folders.output, path]));
    findings
}

fn of_none(check: LedgerCheck<'_>, require_ledger: bool, shown: &str) -> Finding {
    match check.check(None) {
        Err(lost) => refused(&lost),
        Ok(()) if require_ledger => {
            let words = format!("there is no ledger at {shown}: restore it from its backup");
            Finding::bad("ledger", Exit::Refused, words)
        }
        Ok(()) => Finding::ok("ledger", format!("there is none at {shown} yet: a run makes it")),
    }
}

fn of_ledger(examined: &Examined, shown: &str) -> Finding {
    let Examined { version, known, damage, codes, has_log, .. } = examined;
    if let Some(damage) = damage {
        let words = format!("{shown} is damaged: {damage}. Restore a backup of it");
        return Finding::bad("ledger", Exit::Unexpected, words);
    }
    let mut words = format!("{shown} is whole: {}", counted(*codes, "code"));
    if version < known {
        words += &format!(", of format {version}, which the next run brings to {known}");
    }
    if *has_log {
        words += ", part of it in its log: a run is under way, or was killed and the next one completes it";
    }
    Finding::ok("ledger", words)
}

/// Why a run would refuse the ledger.
fn held_against(check: LedgerCheck<'_>, host: Option<&Host>) -> Vec<Finding> {
    let path = &check.folders.ledger;
    let ledger = match open_ledger_of_any_form(path, false) {
        Ok(ledger) => ledger,
        Err(error) => return vec![refused(&error)],
    };
    let checked = [check.check(ledger.as_ref()), check_host(path, ledger.as_ref(), host)];
    checked.iter().filter_map(|checked| checked.as_ref().err()).map(refused).collect()
}

fn refused(error: &LedgerError) -> Finding {
    Finding::bad("ledger", exit_of_ledger(error.kind), error.one_line())
}

fn of_pictures(pictures: &[Digest], folder: &Path) -> Finding {
    let at_hand: HashSet<String> =
        fsio::file_names(folder).filter_map(|name| name.into_string().ok()).collect();
    let missing = pictures.iter().filter(|digest| !at_hand.contains(&format!("{digest}.jpg"))).count() as u64;
    let all = counted(pictures.len() as u64, "picture");
    let folder = visible_path(folder);
    if missing == 0 {
        return Finding::ok("pictures", format!("{all} in {folder}, none is missing"));
    }
    let words = format!(
        "{} of {all} missing in {folder}: the next run fetches what is still wanted",
        grouped(missing)
    );
    Finding::warn("pictures", words)
}

/// A line for each disk, of the places that lie on it.
fn of_disks(places: [&Path; 2]) -> impl Iterator<Item = Finding> {
    let mut seen = BTreeSet::new();
    places.into_iter().filter_map(move |place| {
        let shown = visible_path(place);
        let Some(disk) = fsio::disk_of(place) else {
            let words = format!("the system does not say what is free for {shown}");
            return Some(Finding::unseen("disk", words));
        };
        let free = size(disk.free);
        seen.insert(disk.device).then(|| match disk.free {
            0..FREE_TO_BEGIN => {
                let words = format!("{free} free for {shown}: make room, or name a folder on another disk");
                Finding::bad("disk", Exit::Unexpected, words)
            }
            FREE_TO_BEGIN..LITTLE => Finding::warn("disk", format!("only {free} free for {shown}")),
            _ => Finding::ok("disk", format!("{free} free for {shown}")),
        })
    })
}

/// `41 GB`, `700 MB`
fn size(bytes: u64) -> String {
    match bytes {
        10_000_000_000.. => format!("{} GB", grouped(bytes / 1_000_000_000)),
        _ => format!("{} MB", grouped(bytes / 1_000_000)),
    }
}
