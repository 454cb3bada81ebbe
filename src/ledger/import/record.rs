//! Compares codes from files with what the ledger knows, and records what is new.

use std::collections::hash_map::Entry::Vacant;
use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension};

use super::adopted::{Adopted, AdoptedBundle, ImportError, Imported, shortened};
use crate::ledger::error::Fault;
use crate::ledger::rows::{self, StoredLabels, StoredScene, integer};
use crate::ledger::sqlite::SqliteLedger;
use crate::ledger::{BundledRow, Entry, read, write};
use crate::model::{AppId, BundledCode, CodeKey, Scene};

impl SqliteLedger {
    /// Adopts codes, and bundles for their revisions, all or nothing. Of labels and places the first mention counts.
    ///
    /// An issue that the ledger has with the same url is skipped; with another url it is a conflict, and so is a url
    /// that belongs to another scene. No call is counted. A bundle is recorded where the ledger knows none of its
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

fn known<'a>(connection: &Connection, appids: &HashSet<&'a AppId>) -> Result<Known<'a>, Fault> {
    let mut known = Known::default();
    let mut statement = connection.prepare(
        "SELECT c.scene, g.number, g.url, g.expires_at
         FROM accounts a JOIN codes c ON c.account = a.id JOIN generations g ON g.code = c.id
         WHERE a.appid = ?1",
    )?;
    for appid in appids {
        let mut rows = statement.query([appid.as_str()])?;
        while let Some(row) = rows.next()? {
            let (scene, url) = (rows::scene(row, 0)?, rows::text(row, 2)?.to_owned());
            let expires_at = row.get::<_, Option<i64>>(3)?.map(rows::instant).transpose()?;
            known.urls.insert((appid, url.clone()), scene.clone());
            let issue = KnownIssue { url, expires_at, by: "the ledger".to_owned() };
            known.codes.entry(((*appid).clone(), scene)).or_default().insert(row.get(1)?, issue);
        }
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
) -> Result<(), Fault> {
    // Places that are told are taken before any is allotted.
    let mut keys: HashMap<(&AppId, &Scene), CodeKey> = HashMap::new();
    let (told, untold): (Vec<_>, Vec<_>) = new.iter().partition(|(_, code)| code.seq.is_some());
    for (_, code) in told.into_iter().chain(untold) {
        if let Vacant(vacant) = keys.entry((&code.appid, &code.scene)) {
            vacant.insert(place(connection, code)?);
        }
    }
    let entry = |(number, code): &(u32, &Adopted)| {
        keys.get(&(&code.appid, &code.scene)).map(|key| Entry::Answer {
            key: *key,
            generation: *number,
            lifetime: code.lifetime,
            created_at: code.created_at,
            expires_at: code.expires_at,
            ticket: code.ticket.clone(),
            url: code.url.clone(),
        })
    };
    let answers: Vec<Entry> = new.iter().filter_map(entry).collect();
    write::record(connection, &answers, now)?;
    let mut find = connection.prepare_cached(
        "SELECT c.id FROM codes c JOIN accounts a ON a.id = c.account WHERE a.appid = ?1 AND c.scene = ?2",
    )?;
    for AdoptedBundle { campaign, appid, record, pieces } in bundles {
        if read::bundle(connection, campaign)?.is_none_or(|known| known.revision < record.revision) {
            let mut rows = Vec::with_capacity(pieces.len());
            for piece in pieces {
                let values = (appid.as_str(), StoredScene(&piece.scene));
                let key = CodeKey(find.query_row(values, |row| row.get(0))?);
                let BundledCode { generation, channel, medium, digest, .. } = piece;
                rows.push(BundledRow {
                    key,
                    generation: *generation,
                    channel,
                    medium: *medium,
                    digest: *digest,
                });
            }
            write::record_bundle(connection, campaign, record, &mut rows.into_iter(), now)?;
        }
    }
    Ok(())
}

/// The code's number; where the ledger does not know it, it is made.
fn place(connection: &Connection, code: &Adopted) -> Result<CodeKey, Fault> {
    let account: i64 = connection
        .prepare_cached(
            "INSERT INTO accounts (appid) VALUES (?1) ON CONFLICT (appid) DO UPDATE SET appid = appid
             RETURNING id",
        )?
        .query_row([code.appid.as_str()], |row| row.get(0))?;
    let mut find = connection.prepare_cached("SELECT id FROM codes WHERE account = ?1 AND scene = ?2")?;
    let found = find.query_row((account, StoredScene(&code.scene)), |row| row.get(0)).optional()?;
    if let Some(key) = found {
        return Ok(CodeKey(key));
    }
    let campaign: i64 = connection
        .prepare_cached(
            "INSERT INTO campaigns (name, folded) VALUES (?1, ?2)
             ON CONFLICT (folded) DO UPDATE SET folded = folded RETURNING id",
        )?
        .query_row((code.campaign.as_str(), code.campaign.folded()), |row| row.get(0))?;
    let StoredLabels { channel, tags, extra_columns, extra_values } = StoredLabels::of(&code.labels);
    let values = (account, StoredScene(&code.scene), campaign, channel, tags, extra_columns, extra_values);
    let key: i64 = connection
        .prepare_cached(
            "INSERT INTO codes (account, scene, campaign, channel, tags, extra_columns, extra_values)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) RETURNING id",
        )?
        .query_row(values, |row| row.get(0))?;
    let mut taken =
        connection.prepare_cached("SELECT 1 FROM memberships WHERE campaign = ?1 AND seq = ?2")?;
    let seq = match code.seq {
        Some(seq) if seq > 0 && !taken.exists((campaign, seq))? => integer(seq.into()),
        _ => connection
            .prepare_cached("SELECT coalesce(max(seq), 0) + 1 FROM memberships WHERE campaign = ?1")?
            .query_row([campaign], |row| row.get(0))?,
    };
    connection
        .prepare_cached("INSERT INTO memberships (code, campaign, seq) VALUES (?1, ?2, ?3)")?
        .execute((key, campaign, seq))?;
    Ok(CodeKey(key))
}
