//! What only shows once codes are together: what campaigns share, budgets, paper, renewals.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::document::Document;
use super::problem::Position;
use super::resolve::{Draft, Resolver};
use crate::model::{
    AccountName, AppIdSource, Campaign, Code, ExpireSeconds, Lifetime, Medium, Scene, SceneType,
    beijing_date, counted, grouped, has_ended, in_ticks, renew_before,
};
use crate::paper::{PaperTerms, PermanentNeed, PrintPermit, expires_too_early};

impl Resolver<'_> {
    /// Reports files that two campaigns of one account include: each of their scenes would be wanted twice.
    pub(super) fn report_shared_files(&mut self, drafts: &mut [Draft], documents: &[Document]) {
        let mut first: HashMap<(usize, String), (usize, Position)> = HashMap::new();
        for index in 0..drafts.len() {
            let group = self.group(&drafts[index].account);
            let mut kept = Vec::new();
            for (part, place) in std::mem::take(&mut drafts[index].parts) {
                let Some(place) = place else {
                    kept.push((part, None));
                    continue;
                };
                if let Some((other, earlier)) = first.get(&(part, group.clone())) {
                    let name = self.file_name(&documents[part]);
                    let message = format!("{name} is included by two campaigns of one account");
                    let found = self.findings.error(place, "included-twice", message);
                    found
                        .see(*earlier, "the other is here")
                        .help("a scene belongs to one campaign of an account");
                    drafts[*other].broken = true;
                    drafts[index].broken = true;
                } else {
                    first.insert((part, group.clone()), (index, place));
                    kept.push((part, Some(place)));
                }
            }
            drafts[index].parts = kept;
        }
    }

    /// What scenes must be unique in. Two accounts with one appid are one account to the platform.
    fn group(&self, account: &AccountName) -> String {
        match self.accounts.by_name.get(account).and_then(Option::as_ref).map(|account| &account.appid) {
            Some(AppIdSource::Literal(appid)) => format!("appid {appid}"),
            Some(AppIdSource::Variable(name)) => format!("variable {name}"),
            None => format!("account {account}"),
        }
    }

    pub(super) fn report_equal_names(&mut self, drafts: &mut [Draft], documents: &[Document]) {
        let mut first: HashMap<String, usize> = HashMap::new();
        for index in 0..drafts.len() {
            let Some(name) = &drafts[index].name else { continue };
            let place = |draft: &Draft| documents[draft.root].position("campaign");
            let Some(other) = first.get(&name.look()).copied() else {
                first.insert(name.look(), index);
                continue;
            };
            // `barn` looks like `bam` too, but nobody has mixed up alphabets there.
            let Some(earlier) = &drafts[other].name else { continue };
            let is_same = earlier.folded() == name.folded();
            if !is_same && earlier.as_str().is_ascii() && name.as_str().is_ascii() {
                continue;
            }
            let (message, help) = if is_same {
                let help = "names must differ in more than upper and lower case: each is a folder's name";
                (format!("another campaign is named {} too", in_ticks(name.as_str())), help)
            } else {
                let help = "people cannot tell them apart: give one of them another name";
                (format!("another campaign's name looks like {}", in_ticks(name.as_str())), help)
            };
            self.findings
                .error(place(&drafts[index]), "campaign-name-taken", message)
                .see(place(&drafts[other]), "the other is here")
                .help(help);
            drafts[other].broken = true;
            drafts[index].broken = true;
        }
    }

    pub(super) fn report_equal_scenes(&mut self, drafts: &mut [Draft]) {
        let groups: Vec<String> = drafts.iter().map(|draft| self.group(&draft.account)).collect();
        let mut broken = BTreeSet::new();
        let total = drafts.iter().map(|draft| draft.codes.len()).sum();
        let mut first: HashMap<(&str, &Scene), (usize, Position)> = HashMap::with_capacity(total);
        let mut twice: Vec<Overlap<'_>> = Vec::new();
        let mut digits = Vec::new();
        for (index, (group, draft)) in groups.iter().zip(&*drafts).enumerate() {
            for (scene, place) in draft.codes.iter().map(Code::scene).zip(&draft.places) {
                if let Some((other, earlier)) = first.get(&(group.as_str(), scene)) {
                    if !twice.last_mut().is_some_and(|overlap| overlap.takes(scene, *place, *earlier)) {
                        twice.push(Overlap { first: scene, last: scene, place: *place, earlier: *earlier });
                    }
                    broken.extend([index, *other]);
                    continue;
                }
                first.insert((group, scene), (index, *place));
                if let (SceneType::Str, Some(lookalike)) = (scene.scene_type(), scene.lookalike()) {
                    digits.push((group, lookalike, index, *place));
                }
            }
        }
        for overlap in twice {
            self.findings
                .error(overlap.place, "duplicate-scene", overlap.message())
                .see(overlap.earlier, "the first is here")
                .help("a scene belongs to one code of an account: the two would share their scans");
        }
        for (group, lookalike, index, place) in digits {
            if let Some((other, earlier)) = first.get(&(group.as_str(), &lookalike)) {
                let message =
                    format!("the text \"{lookalike}\" and the id {lookalike} cannot stand beside each other");
                let found = self.findings.error(place, "lookalike-scene", message);
                found.see(*earlier, "the id is here").help("events of the two look the same");
                broken.extend([index, *other]);
            }
        }
        for index in broken {
            drafts[index].broken = true;
        }
    }

    pub(super) fn check_budget(&mut self, draft: &mut Draft, document: &Document) {
        let budget = document.permanent_budget.unwrap_or_default();
        let mut permanent =
            draft.codes.iter().zip(&draft.places).filter(|(c, _)| c.lifetime().is_permanent());
        let count = permanent.clone().count() as u64;
        if count <= budget {
            return;
        }
        let first_beyond =
            usize::try_from(budget).ok().and_then(|n| permanent.nth(n)).map(|(_, place)| *place);
        let place = first_beyond.unwrap_or(Position::file(draft.file));
        let message = format!(
            "the campaign wants {}, but its `permanent_budget` is {}",
            counted(count, "permanent code"),
            grouped(budget)
        );
        let found = self.findings.error(place, "permanent-budget", message);
        found.help(format!(
            "permanent codes can never be deleted and an account has 100,000 for its life; \
             if this is meant, write permanent_budget: {count}"
        ));
        if document.permanent_budget.is_some() {
            found.see(document.position("permanent_budget"), "the budget is here");
        }
        draft.broken = true;
    }

    /// Reports temporary codes on paper without `until`, and codes that are refused together with paper once it is due.
    pub(super) fn check_paper(&mut self, draft: &mut Draft, document: &Document) {
        if draft.broken {
            return;
        }
        let mut temporary =
            draft.codes.iter().zip(&draft.places).filter(|(code, _)| !code.lifetime().is_permanent());
        let is_paper = |code: &Code| code.medium() == Some(Medium::Paper);
        let Some((_, paper)) = temporary.clone().find(|(code, _)| is_paper(code)) else { return };
        if !document.states("until") {
            let message = "a temporary code on paper, and no `until` in its campaign";
            let help =
                "`until: 2027-03-15` is the last day it hangs; or `expires: never`, or `medium: screen`";
            self.findings.error(*paper, "paper-without-until", message).help(help);
            draft.broken = true;
            return;
        }
        // Paper whose death is accepted is not refused when it is due.
        if let Some(day) = document.accept_expiry {
            // The days of an example are nobody's.
            if !document.example
                && self.now.is_some_and(|now| beijing_date(now) > day && !has_ended(document.until, now))
            {
                let message = format!(
                    "{day} is over: from then on every death of this campaign's paper is accepted, also of what is \
                     printed anew"
                );
                self.findings
                    .warning(document.position("accept_expiry"), "past-accept-expiry", message)
                    .help("right while that paper hangs; once it is printed anew, write the day on which the new codes die");
            }
            return;
        }
        let others = temporary.clone().filter(|(code, _)| !is_paper(code)).count() as u64;
        if let Some((_, other)) = temporary.find(|(code, _)| !is_paper(code)) {
            let beside = if others == 1 { "that is not on paper" } else { "that are not on paper" };
            let message =
                format!("{} {beside}, in one campaign with paper", counted(others, "temporary code"));
            self.findings
                .warning(*other, "mixed-media", message)
                .see(*paper, "this code is on paper")
                .help(
                    "once the paper is due its campaign is refused, and nothing of it is renewed: give what is not on \
                     paper a campaign of its own, which costs no call",
                );
        }
    }

    /// Warns of codes on paper that a run refuses if it has to issue them now.
    pub(super) fn check_print_gate(&mut self, campaign: &Campaign, places: &[Position], document: &Document) {
        let Some(now) = self.now else { return };
        let terms = PaperTerms::new(campaign, PrintPermit::default());
        let mut early: BTreeMap<ExpireSeconds, (Position, Vec<&Code>)> = BTreeMap::new();
        let is_permanent = |code: &Code| code.lifetime().is_permanent();
        for (code, place) in campaign.codes.iter().zip(places) {
            let Lifetime::Temporary(lifetime) = code.lifetime() else { continue };
            if code.medium() == Some(Medium::Paper) && terms.too_early(lifetime, now).is_some() {
                early.entry(lifetime).or_insert_with(|| (*place, Vec::new())).1.push(code);
            }
        }
        let permanent = PermanentNeed {
            of_campaign: campaign.codes.iter().filter(|code| is_permanent(code)).count() as u64,
            of_account: None,
            refused: early.values().map(|(_, codes)| codes.len() as u64).sum(),
        };
        for (lifetime, (place, codes)) in early {
            let Some(refusal) = expires_too_early(&codes, lifetime, &terms, permanent, now) else { continue };
            self.findings
                .warning(place, "paper-expires-early", format!("{} if issued today", refusal.what))
                .see(document.position("until"), "the last day is here")
                .help(format!("a run refuses to issue that. {}", refusal.advice));
        }
    }

    /// Warns of a `renew_before` that is too long for the campaign's own lifetime, or for all codes.
    ///
    /// If it is too long only for codes with lifetimes of their own, that cannot be helped.
    pub(super) fn check_renewal(&mut self, draft: &Draft, document: &Document) {
        let Some(setting) = document.renew_before else { return };
        let lifetimes = draft.codes.iter().filter_map(|code| match code.lifetime() {
            Lifetime::Temporary(lifetime) => Some(lifetime),
            Lifetime::Permanent => None,
        });
        let is_short = |lifetime: &ExpireSeconds| renew_before(Some(setting), lifetime.duration()) != setting;
        let (short, others): (Vec<_>, Vec<_>) = lifetimes.partition(is_short);
        let is_own = matches!(document.expires, Some(Lifetime::Temporary(own)) if short.contains(&own));
        if short.is_empty() || (!others.is_empty() && !is_own) {
            return;
        }
        let message = format!(
            "`renew_before` is more than half of the lifetime of {}: a third of the lifetime is used instead",
            counted(short.len() as u64, "code")
        );
        self.findings
            .warning(document.position("renew_before"), "long-renew-before", message)
            .help("write at most half of the shortest lifetime");
    }
}

/// Scenes that are wanted twice, one after another: a range overlaps with another range or with a list.
struct Overlap<'s> {
    first: &'s Scene,
    last: &'s Scene,
    place: Position,
    earlier: Position,
}

impl<'s> Overlap<'s> {
    /// Adds the next scene that is wanted twice, if it belongs to the same ranges.
    fn takes(&mut self, scene: &'s Scene, place: Position, earlier: Position) -> bool {
        let (Scene::Id(last), Scene::Id(next)) = (self.last, scene) else { return false };
        let follows = last.get().checked_add(1) == Some(next.get());
        if follows && (place == self.place || earlier == self.earlier) {
            self.last = scene;
            return true;
        }
        false
    }

    fn message(&self) -> String {
        if self.first == self.last {
            format!("the scene {} is wanted twice", described(self.first))
        } else {
            format!("the scenes {} to {} are wanted twice", described(self.first), described(self.last))
        }
    }
}

fn described(scene: &Scene) -> String {
    match scene {
        Scene::Id(id) => id.get().to_string(),
        Scene::Str(text) => format!("\"{}\"", text.as_str()),
    }
}
