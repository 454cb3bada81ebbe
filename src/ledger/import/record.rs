//! Compares codes from files with what the ledger knows, and records what is new.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::Timestamp;
use rusqlite::{Connection, Result};

use super::adopted::{Adopted, AdoptedBundle, ImportError, Imported, shortened};
use crate::ledger::columns::{all, first, one};
use crate::ledger::{BundledRow, Entry, SqliteLedger, write};
use crate::model::{AppId, BundledCode, CodeKey, Scene};

impl SqliteLedger {
    /// Adopts codes, and bundles for their revisions, all or nothing. Of labels and places the first mention counts.
    ///
    /// An issue that the ledger has with the same url is skipped; with another url it is a conflict, and so is a url
    /// that belongs to another scene. No call is counted. A bundle is recorded if the ledger knows none of its
    /// campaign, or only earlier revisions.
    pub fn import(
        &mut self,
        codes: &[Adopted],
        bundles: &[AdoptedBundle],
        now: Timestamp,
    ) -> Result<Imported, ImportError> {
        let appids: HashSet<&AppId> = codes.iter().map(|code| &code.appid).collect();
        let known = self.read(|connection| known(connection, &appids))?;
        let decided = decide(codes, known, now).map_err(ImportError::Conflicts)?;
        if !decided.new.is_empty() || !bundles.is_empty() {
            self.write(|transaction| adopt(transaction, &decided.new, bundles, now))?;
        }
        Ok(decided.imported)
    }
}

/// Whether files contradict one another: what an import into a new ledger would say, before there is one.
pub fn check_import(codes: &[Adopted], now: Timestamp) -> Result<(), ImportError> {
    decide(codes, Known::default(), now).map(drop).map_err(ImportError::Conflicts)
}

/// One issue that is known, and who knows it.
struct KnownIssue {
    url: String,
    expires_at: Option<Timestamp>,
    /// `the ledger`, or a place in a file.
    by: String,
}

/// What is known of the codes of some accounts.
#[derive(Default)]
struct Known<'a> {
    codes: HashMap<(AppId, Scene), BTreeMap<u32, KnownIssue>>,
    /// Whose url it is.
    urls: HashMap<(&'a AppId, String), Scene>,
}

fn known<'a>(connection: &Connection, appids: &HashSet<&'a AppId>) -> Result<Known<'a>> {
    let mut known = Known::default();
    let sql = "SELECT c.scene, g.number, g.url, g.expires_at
         FROM accounts a JOIN codes c ON c.account = a.id JOIN generations g ON g.code = c.id
         WHERE a.appid = ?1";
    for appid in appids {
        let () = all(connection, sql, [appid.as_str()], |cells| {
            let (scene, number): (Scene, _) = (cells.next()?, cells.next()?);
            let (url, expires_at): (String, _) = (cells.next()?, cells.next()?);
            known.urls.insert((appid, url.clone()), scene.clone());
            let issue = KnownIssue { url, expires_at, by: "the ledger".to_owned() };
            known.codes.entry(((*appid).clone(), scene)).or_default().insert(number, issue);
            Ok(())
        })?;
    }
    Ok(known)
}

/// What is to be written: each issue with its number.
struct Decided<'a> {
    new: Vec<(u32, &'a Adopted)>,
    imported: Imported,
}

/// Compares what the files tell with what is known, the files' own earlier lines included.
fn decide<'a>(
    codes: &'a [Adopted],
    mut known: Known<'a>,
    now: Timestamp,
) -> Result<Decided<'a>, Vec<String>> {
    let mut new = Vec::new();
    let mut conflicts = Vec::new();
    let mut is_new: HashMap<(&AppId, &Scene), bool> = HashMap::new();
    for code in codes {
        let Adopted { place, appid, scene, url, .. } = code;
        let told = is_new.entry((appid, scene)).or_default();
        if let Some(other) = known.urls.get(&(appid, url.clone())).filter(|other| *other != scene) {
            conflicts.push(format!("{place}: scene {scene} has the url of scene {other}: {url}"));
            continue;
        }
        let issues = known.codes.entry((appid.clone(), scene.clone())).or_default();
        let number = match code.generation {
            Some(number) => number,
            None => issues.iter().find(|(_, issue)| issue.url == *url).map_or(1, |(number, _)| *number),
        };
        match issues.get(&number) {
            Some(issue) if issue.url == *url => continue,
            Some(issue) => {
                conflicts.push(format!(
                    "{place}: generation {number} of scene {scene} is {url} here, and {} in {}",
                    issue.url, issue.by
                ));
                continue;
            }
            None => {}
        }
        let issue = KnownIssue { url: url.clone(), expires_at: code.expires_at, by: place.clone() };
        issues.insert(number, issue);
        known.urls.insert((appid, url.clone()), scene.clone());
        *told = true;
        new.push((number, code));
    }
    if !conflicts.is_empty() {
        return Err(shortened(conflicts, "conflicts"));
    }
    let mut imported = Imported::default();
    for ((appid, scene), is_new) in is_new {
        if !is_new {
            imported.known += 1;
            continue;
        }
        imported.adopted += 1;
        let issues = known.codes.get(&(appid.clone(), scene.clone()));
        let newest = issues.and_then(|issues| issues.values().next_back());
        imported.expired += u64::from(newest.and_then(|issue| issue.expires_at).is_some_and(|at| at <= now));
    }
    Ok(Decided { new, imported })
}

/// Writes what was decided.
fn adopt(
    connection: &Connection,
    new: &[(u32, &Adopted)],
    bundles: &[AdoptedBundle],
    now: Timestamp,
) -> Result<()> {
    // Places that are told are taken before any is allotted.
    let (told, untold): (Vec<_>, Vec<_>) = new.iter().partition(|(_, code)| code.seq.is_some());
    for (_, code) in told.into_iter().chain(untold) {
        if key_of(connection, &code.appid, &code.scene)?.is_none() {
            let account = write::account_id(connection, &code.appid)?;
            let campaign = write::campaign_id(connection, &code.campaign)?;
            write::place(connection, (account, campaign), &code.scene, &code.labels, code.seq)?;
        }
    }
    let mut answers = Vec::with_capacity(new.len());
    for (number, code) in new {
        answers.push(Entry::Answer {
            key: placed(connection, &code.appid, &code.scene)?,
            generation: *number,
            lifetime: code.lifetime,
            created_at: code.created_at,
            expires_at: code.expires_at,
            ticket: code.ticket.clone(),
            url: code.url.clone(),
        });
    }
    write::record(connection, &answers, now)?;
    for AdoptedBundle { campaign, appid, record, pieces } in bundles {
        if write::bundle(connection, campaign)?.is_none_or(|known| known.revision < record.revision) {
            let mut rows = Vec::with_capacity(pieces.len());
            for BundledCode { scene, generation, channel, medium, digest, .. } in pieces {
                let key = placed(connection, appid, scene)?;
                let (generation, medium, digest) = (*generation, *medium, *digest);
                rows.push(BundledRow { key, generation, channel, medium, digest });
            }
            write::record_bundle(connection, campaign, record, &mut rows.into_iter(), now)?;
        }
    }
    Ok(())
}

fn key_of(connection: &Connection, appid: &AppId, scene: &Scene) -> Result<Option<CodeKey>> {
    let sql =
        "SELECT c.id FROM codes c JOIN accounts a ON a.id = c.account WHERE a.appid = ?1 AND c.scene = ?2";
    first(connection, sql, (appid.as_str(), scene), one)
}

/// The key of a code that was placed before.
fn placed(connection: &Connection, appid: &AppId, scene: &Scene) -> Result<CodeKey> {
    key_of(connection, appid, scene)?.ok_or(rusqlite::Error::StatementChangedRows(0))
}
