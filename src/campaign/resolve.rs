//! Puts documents together: what includes what, which codes are wanted, and whether they go together.
//!
//! Nothing here depends on the order in which files were read.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::sync::Arc;

use jiff::Timestamp;

use super::accounts::Accounts;
use super::document::{Document, RawCode};
use super::problem::{Findings, Format, Position, Source, suggestion};
use super::{MAX_CODES, MAX_FILES, MAX_FOLDER_CODES};
use crate::model::{
    AccountName, Campaign, CampaignName, Code, Lifetime, Medium, Scene, counted, excerpt, grouped, in_ticks,
    named,
};

/// Campaigns and broken ones, each with the index of its file.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Resolved {
    pub campaigns: Vec<(u32, Campaign)>,
    pub broken: Vec<(u32, Option<CampaignName>)>,
}

/// A campaign that is being put together.
#[derive(Default)]
pub(super) struct Draft {
    /// The document that nobody includes.
    pub root: usize,
    pub file: u32,
    pub name: Option<CampaignName>,
    pub account: AccountName,
    /// The files it consists of: document, and the place that includes it.
    pub parts: Vec<(usize, Option<Position>)>,
    pub codes: Vec<Code>,
    /// Where each code is wanted.
    pub places: Vec<Position>,
    pub broken: bool,
    /// Where the last code stands that the platform would not take.
    refused: Option<Position>,
}

/// Resolves the documents of a folder.
pub(super) fn resolve(
    sources: &[Source],
    listed: &BTreeSet<u32>,
    mut documents: Vec<Document>,
    accounts: &Accounts,
    now: Option<Timestamp>,
    findings: &mut Findings,
) -> Resolved {
    let mut order: Vec<usize> = (0..documents.len()).collect();
    order.sort_by(|a, b| {
        sources[documents[*a].file as usize].path.cmp(&sources[documents[*b].file as usize].path)
    });
    let mut resolver = Resolver { sources, accounts, now, findings, parts: 0, codes: 0 };
    let looping = resolver.report_loops(&documents, &order);
    let mut included: BTreeSet<usize> =
        documents.iter().flat_map(|d| d.includes.iter().filter_map(|i| i.target)).collect();
    included.extend(named_in_damaged(sources, &documents));
    let roots = order.iter().filter(|d| !included.contains(d) && listed.contains(&documents[**d].file));
    let mut drafts: Vec<Draft> = roots.map(|root| resolver.draft(*root, &documents, &looping)).collect();
    resolver.report_shared_files(&mut drafts, &documents);
    let mut uses = vec![0_usize; documents.len()];
    for (document, _) in drafts.iter().flat_map(|draft| &draft.parts) {
        uses[*document] += 1;
    }
    for draft in &mut drafts {
        resolver.collect_codes(draft, &mut documents, &mut uses);
    }
    resolver.report_equal_names(&mut drafts, &documents);
    resolver.report_equal_scenes(&mut drafts);

    let mut outcome = Resolved::default();
    for document in order.iter().filter(|d| looping.contains(d) && listed.contains(&documents[**d].file)) {
        outcome.broken.push((documents[*document].file, resolver.name(&documents[*document], false)));
    }
    for draft in drafts {
        let document = &documents[draft.root];
        match draft.name {
            Some(name) if !draft.broken => {
                let mut codes: Vec<Arc<Code>> = draft.codes.into_iter().map(Arc::new).collect();
                // They were collected in the room of the codes themselves, which is larger.
                codes.shrink_to_fit();
                let campaign = Campaign {
                    name,
                    account: draft.account,
                    path: sources[draft.file as usize].path.to_path_buf(),
                    renew_before: document.renew_before,
                    spread: document.spread.unwrap_or(true),
                    until: document.until,
                    accept_expiry: document.accept_expiry,
                    permanent_budget: document.permanent_budget.unwrap_or_default(),
                    limits: document.limits,
                    bundle: document.bundle,
                    example: document.example,
                    codes,
                };
                resolver.check_print_gate(&campaign, &draft.places, document);
                outcome.campaigns.push((draft.file, campaign));
            }
            name => outcome.broken.push((draft.file, name)),
        }
    }
    outcome
}

/// The documents whose files are named in a file with errors: that may be too damaged to include them, and they are no
/// campaigns of their own.
fn named_in_damaged(sources: &[Source], documents: &[Document]) -> Vec<usize> {
    let source = |document: &Document| &sources[document.file as usize];
    let by_name = |(index, document): (usize, &Document)| Some((source(document).path.file_name()?, index));
    let damaged = documents.iter().filter(|document| document.broken).map(source);
    let damaged = damaged.filter(|source| source.format == Format::Campaign);
    let words = damaged.flat_map(|source| source.text.split(['\n', '[', ']', ',', ':', '"', '\'', '#']));
    let names = words.map(|word| word.trim().trim_start_matches(['-', ' ']).trim_start_matches("./"));
    let files: BTreeSet<&OsStr> = documents.iter().filter_map(|d| source(d).path.file_name()).collect();
    let names: BTreeSet<&OsStr> = names.map(OsStr::new).filter(|name| files.contains(name)).collect();
    let known = documents.iter().enumerate().filter_map(by_name);
    known.filter(|(name, _)| names.contains(name)).map(|(_, index)| index).collect()
}

pub(super) struct Resolver<'r> {
    pub sources: &'r [Source],
    pub accounts: &'r Accounts,
    /// `None` if nobody asks what is over, or too early.
    pub now: Option<Timestamp>,
    pub findings: &'r mut Findings,
    /// How many files the campaigns so far consist of.
    parts: usize,
    /// How many codes the campaigns so far have.
    codes: usize,
}

impl Resolver<'_> {
    pub(super) fn file_name(&self, document: &Document) -> String {
        let path = &self.sources[document.file as usize].path;
        in_ticks(&path.file_name().unwrap_or_default().to_string_lossy())
    }

    /// Reports each include that leads back to where it came from; returns the documents that stand in a loop.
    fn report_loops(&mut self, documents: &[Document], order: &[usize]) -> BTreeSet<usize> {
        let mut looping = BTreeSet::new();
        let mut done = vec![false; documents.len()];
        for start in order {
            // The way from `start`: each document with the number of its includes that were followed.
            let mut way = vec![(*start, 0)];
            while let Some((document, followed)) = way.last_mut() {
                let (here, include) = (*document, documents[*document].includes.get(*followed));
                *followed += 1;
                let Some(include) = include else {
                    done[here] = true;
                    way.pop();
                    continue;
                };
                let Some(target) = include.target.filter(|target| !done[*target]) else { continue };
                let Some(from) = way.iter().position(|(document, _)| *document == target) else {
                    way.push((target, 0));
                    continue;
                };
                looping.extend(way[from..].iter().map(|(document, _)| *document));
                let names: Vec<_> = way[from..].iter().map(|(d, _)| self.file_name(&documents[*d])).collect();
                let message = if names.len() == 1 {
                    format!("{} includes itself", names[0])
                } else {
                    format!("{} includes itself by way of {}", names[0], named(&names[1..]))
                };
                self.findings
                    .error(include.position, "include-loop", message)
                    .help("take this entry out: each file is included once, by one campaign");
            }
        }
        looping
    }

    /// The campaign of a document that nobody includes.
    fn draft(&mut self, root: usize, documents: &[Document], looping: &BTreeSet<usize>) -> Draft {
        let document = &documents[root];
        let mut draft = Draft {
            root,
            file: document.file,
            name: self.name(document, true),
            broken: document.broken,
            ..Draft::default()
        };
        draft.broken |= draft.name.is_none();
        self.find_account(&mut draft, document);
        // Depth first, as the files are read by people: codes, then what is included after them.
        let mut waiting = vec![(root, None)];
        let mut seen: BTreeMap<usize, Option<Position>> = BTreeMap::new();
        while let Some((part, place)) = waiting.pop() {
            self.parts += 1;
            if let (true, Some(place)) = (self.parts > 2 * MAX_FILES, place) {
                let message = "the campaigns of this folder consist of too many files that they share";
                self.findings
                    .error(place, "folder-too-large", message)
                    .help("put the shared codes into one file");
                draft.broken = true;
                break;
            }
            // A loop was reported, and leads to itself again and again.
            draft.broken |= looping.contains(&part);
            if seen.contains_key(&part) && looping.contains(&part) {
                continue;
            }
            if let (Some(earlier), Some(place)) = (seen.get(&part), place) {
                let message = format!("{} is included twice", self.file_name(&documents[part]));
                let found = self.findings.error(place, "included-twice", message);
                found.help("take one of the two out: a scene belongs to one code");
                if let Some(earlier) = earlier {
                    found.see(*earlier, "the first is here");
                }
                draft.broken = true;
                continue;
            }
            seen.insert(part, place);
            draft.parts.push((part, place));
            let document = &documents[part];
            draft.broken |= document.broken;
            if let (Some(place), Some((key, key_position))) = (place, document.campaign_key()) {
                let name = self.file_name(document);
                let message = format!("{name} is a campaign, which cannot be included");
                let help = format!(
                    "an included file holds `codes` and `include` only: take out `{key}` and the like"
                );
                let found = self.findings.error(place, "included-campaign", message);
                found.see(key_position, "only a campaign has this key").help(help);
                draft.broken = true;
            }
            let includes = document.includes.iter().rev();
            waiting.extend(includes.filter_map(|include| Some((include.target?, Some(include.position)))));
        }
        draft
    }

    /// The name that the document states, or else the file's.
    fn name(&mut self, document: &Document, report: bool) -> Option<CampaignName> {
        let path = &self.sources[document.file as usize].path;
        let name = match &document.name {
            Some(name) => name.clone(),
            // A file that could not be read may state another name.
            None if document.broken && document.codes.is_empty() && document.campaign_key().is_none() => {
                return None;
            }
            None => path.file_stem()?.to_string_lossy().into_owned(),
        };
        let read = CampaignName::new(&name);
        if !report {
            return read.ok();
        }
        let read = read.and_then(|name| name.check_letters().map(|()| name));
        let read = read.map_err(|mistake| mistake.of(&format!("the campaign's name {}", in_ticks(&name))));
        self.findings.checked(document.position("campaign"), read)
    }

    fn find_account(&mut self, draft: &mut Draft, document: &Document) {
        match &document.account {
            Some(name) => draft.account = name.clone(),
            None if document.states("account") => return,
            None => {}
        }
        match self.accounts.by_name.get(&draft.account) {
            Some(Some(_)) => {}
            // Reported where the account is.
            Some(None) => draft.broken = true,
            None => {
                draft.broken = true;
                if self.accounts.unreadable {
                    return;
                }
                let known: Vec<_> = self.accounts.by_name.keys().map(AccountName::shown).collect();
                let (name, is_early) = (draft.account.as_str(), self.findings.is_early());
                let message = format!("there is no account {} in accounts.yaml", in_ticks(name));
                let help = match suggestion(
                    name,
                    known.iter().copied().filter(|known| is_early && *known != "…"),
                    |_| 2,
                ) {
                    Some(meant) => format!("did you mean `{meant}`?"),
                    None => format!(
                        "`account:` names one of: {}",
                        named(known.iter().map(|name| excerpt(name, 60)))
                    ),
                };
                self.findings.error(document.position("account"), "unknown-account", message).help(help);
            }
        }
    }

    fn collect_codes(&mut self, draft: &mut Draft, documents: &mut [Document], uses: &mut [usize]) {
        let root = draft.root;
        let Document { expires, medium, reuse, .. } = documents[root];
        let total: usize = draft.parts.iter().map(|(part, _)| documents[*part].codes.len()).sum();
        if !self.has_room_for(draft, total) {
            return;
        }
        draft.codes.reserve_exact(total);
        draft.places.reserve_exact(total);
        for (part, _) in std::mem::take(&mut draft.parts) {
            uses[part] -= 1;
            // The last user takes the codes, the others copy them.
            let codes = if uses[part] == 0 {
                std::mem::take(&mut documents[part].codes)
            } else {
                documents[part].codes.clone()
            };
            let part = &documents[part];
            // Why a code without a lifetime is not reported: somebody has stated one, and that was reported.
            let is_told = part.states("expires")
                || documents[root].states("expires")
                || documents[root].states("expire_seconds");
            let mut without = 0_u64;
            for raw in codes {
                match raw.expires.or(expires) {
                    Some(lifetime) => self.push_code(draft, raw, lifetime, (medium, reuse)),
                    None if is_told => {}
                    None if part.without_expires.is_some() => without += 1,
                    None => {
                        draft.broken = true;
                        let message = "neither this code nor its campaign has `expires`";
                        let help = "expires: 30d, or `never` for a permanent code";
                        self.findings.error(raw.position, "missing-lifetime", message).help(help);
                    }
                }
            }
            if let Some(header) = part.without_expires.filter(|_| without > 0) {
                draft.broken = true;
                let have = if without == 1 { "has" } else { "have" };
                let codes = counted(without, "code");
                let message = format!("the table has no column `expires`: {codes} {have} no lifetime");
                let help = "add it, or `expires` to the campaign: 30d, or `never` for a permanent code";
                self.findings.error(header, "missing-lifetime", message).help(help);
            }
        }
        if draft.codes.is_empty() && !draft.broken {
            draft.broken = true;
            let help = match self.sources[draft.file as usize].format {
                Format::Table => "each row below the first is a code",
                Format::Campaign | Format::Accounts => {
                    "`codes:` lists them, `include:` names files that hold them"
                }
            };
            let position = Position::file(draft.file);
            self.findings.error(position, "no-codes", "the campaign has no codes").help(help);
        }
        self.check_budget(draft, &documents[root]);
        self.check_paper(draft, &documents[root]);
        self.check_renewal(draft, &documents[root]);
    }

    /// Whether a campaign may have so many codes; more are reported. Files that several campaigns include count for each.
    fn has_room_for(&mut self, draft: &mut Draft, codes: usize) -> bool {
        self.codes += codes;
        let (kind, message) = if codes > MAX_CODES {
            let most = grouped(MAX_CODES as u64);
            (
                "too-many-codes",
                format!("the campaign has more than {most} codes, so that no bundle holds them"),
            )
        } else if self.codes > MAX_FOLDER_CODES {
            let most = grouped(MAX_FOLDER_CODES as u64);
            ("folder-too-large", format!("with this campaign the folder has more than {most} codes"))
        } else {
            return true;
        };
        draft.broken = true;
        self.findings.error(Position::file(draft.file), kind, message).help("make several campaigns of it");
        false
    }

    fn push_code(
        &mut self,
        draft: &mut Draft,
        raw: RawCode,
        lifetime: Lifetime,
        (medium, reuse): (Option<Medium>, Option<bool>),
    ) {
        let place = raw.position;
        // Of a range that crosses the bound its first large id is enough.
        let is_later = [draft.places.last().copied(), draft.refused].contains(&Some(place));
        if let Scene::Id(id) = &raw.scene
            && id.overflows_i32()
            && (!is_later || id.get() == 1 << 31)
        {
            let message = format!("the scene_id {} is over 2147483647", id.get());
            let help =
                "it is allowed, but receivers that hold it in a signed 32-bit number see a negative one";
            self.findings.warning(place, "large-id", message).help(help);
        }
        match Code::new(raw.scene, lifetime, raw.labels) {
            Ok(code) => {
                let code = code.on(raw.medium.or(medium));
                draft.codes.push(code.reusing(raw.reuse.or(reuse).unwrap_or_default()));
                draft.places.push(place);
            }
            // Of a range the first is enough.
            Err(_) if draft.refused == Some(place) => {}
            Err(mistake) => {
                draft.broken = true;
                draft.refused = Some(place);
                self.findings.checked::<()>(place, Err(mistake));
            }
        }
    }
}
