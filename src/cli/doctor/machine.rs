//! What is on this machine: the ledger, the pictures, the disks.

use std::collections::{BTreeSet, HashSet};
use std::path::Path;

use super::{Check, Status};
use crate::cli::doubt::{self, Doubt};
use crate::cli::exit::{CliError, Exit};
use crate::cli::lock;
use crate::cli::settings::{self, Places};
use crate::fsio::{self, FREE_TO_BEGIN};
use crate::ledger::{self, Examined, LedgerRefused};
use crate::model::{Digest, counted, grouped, visible_path};

/// Fewer free bytes than this are a warning.
const LITTLE: u64 = 1 << 30;

/// Looks at all of it.
pub(super) fn look(doubt: Doubt<'_>, require_ledger: bool) -> Vec<Check> {
    let mut checks = Vec::new();
    let places = doubt.places;
    let path = &places.ledger;
    let shown = visible_path(path);
    let examined = ledger::examine(path);
    checks.push(match &examined {
        Ok(Some(Examined { damage: None, codes: 0, .. })) if require_ledger => {
            refused(&LedgerRefused::Blank(path.clone()).into())
        }
        Ok(Some(examined)) => of_ledger(examined, &shown),
        Ok(None) => of_none(doubt, require_ledger, &shown),
        Err(error) => Check::new("ledger", Status::Bad(Exit::Unexpected), error.to_string()),
    });
    if let Ok(Some(Examined { damage: None, .. })) = &examined {
        checks.extend(held_against(doubt));
    }
    if let Some(network) = fsio::network_of(path) {
        let words = format!(
            "{shown} lies on a network file system ({network}), where no run writes it: name a file on a local disk \
             with --ledger"
        );
        checks.push(Check::new("ledger", Status::Bad(Exit::Usage), words));
    }
    if let Ok(Some(Examined { damage: None, pictures, .. })) = &examined {
        checks.push(of_pictures(pictures, &places.pictures));
    }
    checks.extend(of_disks([&places.output, path]));
    checks
}

fn of_none(doubt: Doubt<'_>, require_ledger: bool, shown: &str) -> Check {
    match doubt.check(None) {
        Err(lost) => refused(&lost),
        Ok(()) if require_ledger => {
            let words = format!("there is no ledger at {shown}: restore it from its backup");
            Check::new("ledger", Status::Bad(Exit::Refused), words)
        }
        Ok(()) => Check::new("ledger", Status::Ok, format!("there is none at {shown} yet: a run makes it")),
    }
}

fn of_ledger(examined: &Examined, shown: &str) -> Check {
    let Examined { version, known, damage, codes, has_log, .. } = examined;
    if let Some(damage) = damage {
        let words = format!("{shown} is damaged: {damage}. Restore a backup of it");
        return Check::new("ledger", Status::Bad(Exit::Unexpected), words);
    }
    let mut words = format!("{shown} is whole: {}", counted(*codes, "code"));
    if version < known {
        words += &format!(", of format {version}, which the next run brings to {known}");
    }
    if *has_log {
        words += ", part of it in its log: a run is under way, or was killed and the next one completes it";
    }
    Check::new("ledger", Status::Ok, words)
}

/// What a run would refuse the ledger for.
fn held_against(doubt: Doubt<'_>) -> Vec<Check> {
    let Places { ledger: path, emulator, .. } = doubt.places;
    let ledger = match lock::at_hand(path, false) {
        Ok(ledger) => ledger,
        Err(error) => return vec![refused(&error)],
    };
    let host = settings::this_host().filter(|_| !emulator);
    let checked = [doubt.check(ledger.as_ref()), doubt::check_host(path, ledger.as_ref(), host.as_ref())];
    checked.iter().filter_map(|checked| checked.as_ref().err()).map(refused).collect()
}

fn refused(error: &CliError) -> Check {
    Check::new("ledger", Status::Bad(error.exit()), error.to_string())
}

fn of_pictures(pictures: &[Digest], folder: &Path) -> Check {
    let at_hand: HashSet<String> =
        fsio::file_names(folder).filter_map(|name| name.into_string().ok()).collect();
    let missing = pictures.iter().filter(|digest| !at_hand.contains(&format!("{digest}.jpg"))).count() as u64;
    let all = counted(pictures.len() as u64, "picture");
    let folder = visible_path(folder);
    if missing == 0 {
        return Check::new("pictures", Status::Ok, format!("{all} in {folder}, none is missing"));
    }
    let words = format!(
        "{} of {all} missing in {folder}: the next run fetches what is still wanted",
        grouped(missing)
    );
    Check::new("pictures", Status::Warn, words)
}

/// A line for each disk, of the places that lie on it.
fn of_disks<const N: usize>(places: [&Path; N]) -> Vec<Check> {
    let mut seen = BTreeSet::new();
    let mut checks = Vec::new();
    for place in places {
        let shown = visible_path(place);
        let Some(disk) = fsio::disk_of(place) else {
            checks.push(Check::new(
                "disk",
                Status::Unseen,
                format!("the system does not say what is free for {shown}"),
            ));
            continue;
        };
        if !seen.insert(disk.device) {
            continue;
        }
        let free = size(disk.free);
        checks.push(match disk.free {
            0..FREE_TO_BEGIN => {
                let words = format!("{free} free for {shown}: make room, or name a folder on another disk");
                Check::new("disk", Status::Bad(Exit::Unexpected), words)
            }
            FREE_TO_BEGIN..LITTLE => {
                Check::new("disk", Status::Warn, format!("only {free} free for {shown}"))
            }
            _ => Check::new("disk", Status::Ok, format!("{free} free for {shown}")),
        });
    }
    checks
}

/// `41 GB`, `700 MB`
fn size(bytes: u64) -> String {
    if bytes >= 10_000_000_000 {
        format!("{} GB", grouped(bytes / 1_000_000_000))
    } else {
        format!("{} MB", grouped(bytes / 1_000_000))
    }
}
