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
    /// that belongs to another scene. With `replace` a table's row takes the place of what another table told, unless that
    /// is in a bundle or went to print. No call is counted. A bundle is recorded if the ledger knows none of its campaign,
    /// or only earlier revisions.
    pub fn import(
        &mut self,
        codes: &[Adopted],
        bundles: &[AdoptedBundle],
        replace: bool,
        now: Timestamp,
    ) -> Result<Imported, ImportError> {
        let appids: HashSet<&AppId> = codes.iter().map(|code| &code.appid).collect();
        let known = self.read(|connection| known(connection, &appids))?;
        let decided = decide(codes, known, replace, now).map_err(ImportError::Conflicts)?;
        if !decided.new.is_empty() || !bundles.is_empty() {
            self.write(|transaction| adopt(transaction, &decided, bundles, now))?;
        }
        Ok(decided.imported)
    }
}

/// Whether files contradict one another: what an import into a new ledger would say, before there is one.
pub fn check_import(codes: &[Adopted], now: Timestamp) -> Result<(), ImportError> {
    decide(codes, Known::default(), false, now).map(drop).map_err(ImportError::Conflicts)
}

/// How an issue came to be known, and so whether a table may tell it again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// It was issued here, comes from a bundle, or stands in the files that are imported.
    Final,
    /// A table told it.
    Told,
    /// A table told it, and a bundle has it or it went to print.
    Bundled,
}

/// One issue that is known, and who knows it.
struct KnownIssue {
    number: u32,
    url: String,
    ticket: String,
    expires_at: Option<Timestamp>,
    standing: Standing,
    /// `the ledger`, or a place in a file.
    by: String,
}

impl KnownIssue {
    fn of(code: &Adopted, number: u32) -> Self {
        let Adopted { url, ticket, expires_at, place, .. } = code.clone();
        let (ticket, standing) = (ticket.to_string(), Standing::Final);
        Self { number, url, ticket, expires_at, standing, by: place }
    }

    fn is_as(&self, code: &Adopted) -> bool {
        let second = |at: Option<Timestamp>| at.map(Timestamp::as_second);
        self.url == code.url
            && self.ticket == code.ticket.as_str()
            && second(self.expires_at) == second(code.expires_at)
    }
}

/// What is known of the codes of some accounts.
#[derive(Default)]
struct Known<'a> {
    codes: HashMap<(AppId, Scene), Vec<KnownIssue>>,
    /// Whose url it is.
    urls: HashMap<(&'a AppId, String), Scene>,
}

fn known<'a>(connection: &Connection, appids: &HashSet<&'a AppId>) -> Result<Known<'a>> {
    let mut known = Known::default();
    let sql = "SELECT c.scene, g.number, g.url, g.ticket, g.expires_at, g.adopted, u.code IS NOT NULL
         FROM accounts a JOIN codes c ON c.account = a.id JOIN generations g ON g.code = c.id
         LEFT JOIN (
             SELECT code, generation FROM bundled UNION SELECT code, generation FROM handed
         ) u ON u.code = c.id AND u.generation = g.number
         WHERE a.appid = ?1";
    for appid in appids {
        let () = all(connection, sql, [appid.as_str()], |cells| {
            let (scene, number): (Scene, _) = (cells.next()?, cells.next()?);
            let (url, ticket, expires_at): (String, _, _) = (cells.next()?, cells.next()?, cells.next()?);
            let standing = match (cells.next()?, cells.next()?) {
                (false, _) => Standing::Final,
                (true, false) => Standing::Told,
                (true, true) => Standing::Bundled,
            };
            known.urls.insert((appid, url.clone()), scene.clone());
            let issue = KnownIssue { number, url, ticket, expires_at, standing, by: "the ledger".to_owned() };
            known.add(appid, &scene, issue);
            Ok(())
        })?;
    }
    Ok(known)
}

impl<'a> Known<'a> {
    fn add(&mut self, appid: &AppId, scene: &Scene, issue: KnownIssue) {
        let issues = self.codes.entry((appid.clone(), scene.clone())).or_default();
        issues.reserve_exact(1); // most codes have one
        issues.push(issue);
    }

    /// The number of a code's issue, and what is known of it.
    fn find(&self, code: &Adopted) -> (u32, Option<&KnownIssue>) {
        let issues = self.codes.get(&(code.appid.clone(), code.scene.clone())).map_or(&[][..], Vec::as_slice);
        let same_url = || issues.iter().find(|issue| issue.url == code.url).map(|issue| issue.number);
        let number = code.generation.or_else(same_url).unwrap_or(1);
        (number, issues.iter().find(|issue| issue.number == number))
    }

    /// Takes out what tables told and these rows tell otherwise: the same issue, and the same url under another scene.
    fn take_out(&mut self, codes: &'a [Adopted]) -> Removed<'a> {
        let mut removed = Removed::default();
        for code in codes.iter().filter(|code| code.from_table) {
            let (number, issue) = self.find(code);
            if issue.is_some_and(|issue| issue.standing == Standing::Told && !issue.is_as(code)) {
                self.take(code, &code.scene, number, &mut removed);
            }
            let owner = self.urls.get(&(&code.appid, code.url.clone())).cloned();
            let Some(owner) = owner.filter(|owner| *owner != code.scene) else { continue };
            let issues = self.codes.get(&(code.appid.clone(), owner.clone())).map_or(&[][..], Vec::as_slice);
            let its = issues.iter().find(|issue| issue.url == code.url && issue.standing == Standing::Told);
            if let Some(number) = its.map(|issue| issue.number) {
                self.take(code, &owner, number, &mut removed);
            }
        }
        removed
    }

    fn take(&mut self, code: &'a Adopted, scene: &Scene, number: u32, removed: &mut Removed<'a>) {
        let key = (code.appid.clone(), scene.clone());
        let Some(issues) = self.codes.get_mut(&key) else { return };
        let Some(index) = issues.iter().position(|issue| issue.number == number) else { return };
        let issue = issues.remove(index);
        self.urls.remove(&(&code.appid, issue.url.clone()));
        removed.insert((key.0, key.1, number), (issue, code));
    }
}

/// Issues that are taken out of the ledger, each with the row for which it is.
type Removed<'a> = BTreeMap<(AppId, Scene, u32), (KnownIssue, &'a Adopted)>;

/// What is to be written: what is taken out, then each issue with its number.
struct Decided<'a> {
    removed: Vec<(AppId, Scene, u32)>,
    new: Vec<(u32, &'a Adopted)>,
    imported: Imported,
}

/// What became of a code; of several rows the last of these counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Fate {
    #[default]
    Known,
    Corrected,
    New,
}

/// Compares what the files tell with what is known, the files' own earlier lines included.
fn decide<'a>(
    codes: &'a [Adopted],
    mut known: Known<'a>,
    replace: bool,
    now: Timestamp,
) -> Result<Decided<'a>, Vec<String>> {
    let mut removed = if replace { known.take_out(codes) } else { Removed::default() };
    let removed_keys = removed.keys().cloned().collect();
    let (mut new, mut conflicts, mut imported) = (Vec::new(), Vec::new(), Imported::default());
    let mut fates: HashMap<(&AppId, &Scene), Fate> = HashMap::new();
    for code in codes {
        let Adopted { place, appid, scene, url, .. } = code;
        let fate = fates.entry((appid, scene)).or_default();
        if let Some(other) = known.urls.get(&(appid, url.clone())).filter(|other| *other != scene) {
            conflicts.push(format!("{place}: scene {scene} has the url of scene {other}: {url}"));
            continue;
        }
        let (number, issue) = known.find(code);
        match issue {
            Some(issue) if issue.url == *url => {
                imported.other_ticket += u64::from(issue.ticket != code.ticket.as_str() && code.from_table);
                continue;
            }
            Some(issue) => {
                conflicts.push(conflict(code, issue));
                continue;
            }
            None => {}
        }
        known.add(appid, scene, KnownIssue::of(code, number));
        known.urls.insert((appid, url.clone()), scene.clone());
        let before = removed.remove(&(appid.clone(), scene.clone(), number));
        imported.corrected.extend(before.as_ref().map(|(before, _)| correction(code, before)));
        *fate = (*fate).max(if before.is_some() { Fate::Corrected } else { Fate::New });
        new.push((number, code));
    }
    if !conflicts.is_empty() {
        return Err(shortened(conflicts, "conflicts"));
    }
    imported.corrected.extend(removed.iter().map(|((_, scene, number), (issue, code))| {
        format!("{}: {} was generation {number} of scene {scene}, which lost it", code.place, issue.url)
    }));
    for ((appid, scene), fate) in fates {
        match fate {
            Fate::Known => imported.known += 1,
            Fate::Corrected => {}
            Fate::New => {
                imported.adopted += 1;
                let issues = known.codes.get(&(appid.clone(), scene.clone()));
                let newest = issues.and_then(|issues| issues.iter().max_by_key(|issue| issue.number));
                let expires_at = newest.and_then(|issue| issue.expires_at);
                imported.expired += u64::from(expires_at.is_some_and(|at| at <= now));
            }
        }
    }
    Ok(Decided { removed: removed_keys, new, imported })
}

/// Why a row contradicts what is known, and what to do about it.
fn conflict(code: &Adopted, issue: &KnownIssue) -> String {
    let Adopted { place, scene, url, from_table, .. } = code;
    let KnownIssue { number, url: known, by, .. } = issue;
    let told = format!("{place}: generation {number} of scene {scene} is {url} here, and {known} in {by}");
    match issue.standing {
        Standing::Told if *from_table => format!("{told}; --replace corrects what another table told"),
        Standing::Bundled if *from_table => {
            format!(
                "{told}, and a bundle has it: give the right one the number {} in a column generation",
                number + 1
            )
        }
        _ => told,
    }
}

/// What a row corrected: its url, or else its ticket or expiry.
fn correction(code: &Adopted, before: &KnownIssue) -> String {
    let Adopted { place, scene, url, ticket, .. } = code;
    let of = format!("{place}: generation {} of scene {scene}", before.number);
    if before.url != *url {
        format!("{of} is {url} now, and was {}", before.url)
    } else if before.ticket != ticket.as_str() {
        format!("{of} has another ticket now")
    } else {
        format!("{of} has another expiry now")
    }
}

/// Writes what was decided.
fn adopt(
    connection: &Connection,
    Decided { removed, new, .. }: &Decided<'_>,
    bundles: &[AdoptedBundle],
    now: Timestamp,
) -> Result<()> {
    for (appid, scene, number) in removed {
        let key = placed(connection, appid, scene)?;
        write::remove_adopted(connection, key, *number)?;
    }
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
    let mut mark =
        connection.prepare("UPDATE generations SET adopted = 1 WHERE code = ?1 AND number = ?2")?;
    for (number, code) in new.iter().filter(|(_, code)| code.from_table) {
        mark.execute((placed(connection, &code.appid, &code.scene)?.0, number))?;
    }
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
