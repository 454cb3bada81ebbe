//! Limits: how much of a campaign one run may change unasked.
//!
//! Only living codes count: what is done to a dead one changes nothing in the field.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;

use super::action::{Action, ActionKind, CampaignPlan, Reason, Subject};
use super::policy::{Due, Renewal};
use crate::model::{
    AppId, Campaign, CampaignName, Channel, Code, CodeRecord, Generation, History, Limit, LimitKind, Limits,
    grouped, quoted, visible,
};

/// `retire=metro`: for this campaign this limit does not hold.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Allowance {
    kind: LimitKind,
    campaign: CampaignName,
}

impl Allowance {
    /// The campaign it is for.
    pub fn campaign(&self) -> &CampaignName {
        &self.campaign
    }
}

impl fmt::Display for Allowance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.kind, self.campaign)
    }
}

/// A text that is no allowance.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AllowanceError {
    /// No limit of that name.
    #[error("{} is no limit: write reissue=CAMPAIGN, retire=CAMPAIGN or relabel=CAMPAIGN", quoted(&visible(.0)))]
    UnknownLimit(String),
    /// No name of a campaign.
    #[error("{} is no campaign's name", quoted(&visible(.0)))]
    Campaign(String),
}

impl FromStr for Allowance {
    type Err = AllowanceError;

    fn from_str(text: &str) -> Result<Self, AllowanceError> {
        let (kind, campaign) = text.split_once('=').unwrap_or((text, ""));
        let known = LimitKind::ALL.into_iter().find(|known| known.as_str() == kind.trim());
        let kind = known.ok_or_else(|| AllowanceError::UnknownLimit(kind.to_owned()))?;
        let name = CampaignName::new(campaign.trim());
        let campaign = name.map_err(|_| AllowanceError::Campaign(campaign.to_owned()))?;
        Ok(Self { kind, campaign })
    }
}

/// The limits that do not hold in this run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Allowed(BTreeSet<Allowance>);

impl Allowed {
    /// With these.
    pub fn new(allowances: impl IntoIterator<Item = Allowance>) -> Self {
        Self(allowances.into_iter().collect())
    }

    fn has(&self, kind: LimitKind, campaign: &CampaignName) -> bool {
        self.0.iter().any(|allowed| allowed.kind == kind && allowed.campaign == *campaign)
    }
}

/// A campaign of which more would be changed than its limit says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OverLimit {
    /// What is counted.
    pub kind: LimitKind,
    /// The campaign.
    pub campaign: CampaignName,
    /// Codes that would be changed.
    pub changed: u64,
    /// Of these, the codes that get a channel that another of them had.
    pub swapped: u64,
    /// The campaign's living codes.
    pub living: u64,
    /// The limit.
    pub limit: Limit,
    /// Whether codes of it that go to other campaigns are refused there.
    pub elsewhere: bool,
    /// Whether a file has the campaign.
    pub in_files: bool,
    /// Whether the limit could be raised in that file: a table has no keys.
    pub has_keys: bool,
}

impl fmt::Display for OverLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, campaign, changed, swapped, living, limit, elsewhere, in_files, has_keys } = self;
        let (codes, all) = (grouped(*changed), grouped(*living));
        if swapped * 2 >= *changed && *swapped > 0 {
            let swapped = grouped(*swapped);
            write!(f, "{codes} channels changed, {swapped} only swapped: was one column sorted alone? ")?;
        }
        let what = match kind {
            LimitKind::Reissue => "re-issued before they are due",
            LimitKind::Retire => "retired",
            LimitKind::Relabel => "relabelled",
        };
        let from = if *elsewhere { format!(" on the way from campaign {campaign}") } else { String::new() };
        write!(f, "{codes} of {all} living codes would be {what}{from}, the limit is {limit}; ")?;
        if !in_files && !elsewhere {
            f.write_str("put its file back, or ")?;
        }
        write!(f, "if that is meant: --allow {kind}={campaign} for one run")?;
        if *has_keys { write!(f, ", or `limits: {{{kind}: {changed}}}` in its file") } else { Ok(()) }
    }
}

fn is_table(campaign: &Campaign) -> bool {
    campaign.path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("csv"))
}

/// The living codes of each campaign, as the ledger has them.
pub(super) fn living_codes(history: &History, now: Timestamp) -> HashMap<(&AppId, &CampaignName), u64> {
    let mut living = HashMap::new();
    for (appid, account) in history.accounts() {
        for record in account.codes.values().filter(|record| living_generation(record, now).is_some()) {
            *living.entry((appid, &record.campaign)).or_default() += 1;
        }
    }
    living
}

/// The generation of a code that is wanted and works.
fn living_generation(record: &CodeRecord, now: Timestamp) -> Option<&Generation> {
    record.latest.as_ref().filter(|latest| !record.retired && latest.is_alive(now))
}

/// Judges campaigns by their limits.
pub(super) struct Limiter<'a> {
    history: &'a History,
    allowed: Allowed,
    now: Timestamp,
    /// The living codes of each campaign, as the ledger has them.
    living: HashMap<(&'a AppId, &'a CampaignName), u64>,
}

impl<'a> Limiter<'a> {
    pub(super) fn new(history: &'a History, allowed: Allowed, now: Timestamp) -> Self {
        Self { history, allowed, now, living: living_codes(history, now) }
    }

    /// Refuses what gives more codes of a campaign another channel than its limit says, wherever they went: a table that
    /// was sorted in one column changes no less where it is split into several files. The campaigns that get them are
    /// refused, unless one is allowed as many as it likes.
    pub(super) fn judge_moved(&self, campaigns: &mut [CampaignPlan]) {
        let mut moved: BTreeMap<(AppId, CampaignName), Moved> = BTreeMap::new();
        for (at, campaign) in campaigns.iter().enumerate() {
            for (index, action) in campaign.actions.iter().enumerate() {
                let Some((from, before, channel)) = self.relabelled(campaign, action) else { continue };
                let is_moved = *from != campaign.name;
                if is_moved && self.allowed.has(LimitKind::Relabel, &campaign.name) {
                    continue;
                }
                let of = moved.entry((campaign.appid.clone(), from.clone())).or_default();
                of.before.push(before.clone());
                of.now.push(channel.clone());
                if is_moved {
                    of.places.push((at, index));
                }
            }
        }
        for ((appid, name), Moved { before, now, places }) in moved {
            let changed = before.len() as u64;
            let living = self.living.get(&(&appid, &name)).copied().unwrap_or(0);
            let mut plans = campaigns.iter().filter(|plan| plan.appid == appid && plan.name == name);
            let file = plans.find_map(|plan| plan.campaign.as_ref());
            let limit = file.map_or_else(Limits::default, |campaign| campaign.limits).of(LimitKind::Relabel);
            if places.is_empty()
                || limit.allows(changed, living)
                || self.allowed.has(LimitKind::Relabel, &name)
            {
                continue;
            }
            let reason = Reason::Limit(Box::new(OverLimit {
                kind: LimitKind::Relabel,
                changed,
                swapped: swapped(&before, &now),
                living,
                limit,
                elsewhere: true,
                in_files: file.is_some(),
                has_keys: file.is_some_and(|campaign| !is_table(campaign)),
                campaign: name,
            }));
            for (at, index) in places {
                refuse(&mut campaigns[at].actions[index], &reason);
            }
        }
    }

    /// The campaign a living code is in until now, its channel and the one it gets, where that is another.
    fn relabelled<'p>(
        &'p self,
        campaign: &'p CampaignPlan,
        action: &Action,
    ) -> Option<(&'p CampaignName, &'p Channel, &'p Channel)> {
        let Subject::Wanted(index) = &action.subject else { return None };
        if matches!(action.kind, ActionKind::Keep | ActionKind::Refuse) {
            return None;
        }
        let code = &campaign.codes()[*index];
        let record = self.history.code(&campaign.appid, code.scene())?;
        living_generation(record, self.now)?;
        let (before, now) = (&record.labels.channel, &code.labels().channel);
        (before != now).then_some((&record.campaign, before, now))
    }

    /// Refuses what goes beyond a limit.
    pub(super) fn judge(&self, appid: &AppId, name: &CampaignName, seat: Seat<'_>, actions: &mut [Action]) {
        let living = self.living.get(&(appid, name)).copied().unwrap_or(0);
        let campaign = if let Seat::File(campaign) = seat { Some(campaign) } else { None };
        let in_files = !matches!(seat, Seat::NoFile);
        // An account change that was begun is not asked for again: what is left of it would only die.
        if let Seat::OtherAccount(successor) = seat
            && self.living.contains_key(&(successor, name))
        {
            return;
        }
        Judge { limiter: self, name, appid, campaign, in_files, living }.judge(actions);
    }
}

/// Where a campaign stands whose codes change.
#[derive(Debug, Clone, Copy)]
pub(super) enum Seat<'a> {
    /// In this file.
    File(&'a Campaign),
    /// In a file that names another account now, with this appid.
    OtherAccount(&'a AppId),
    /// In no file any more.
    NoFile,
}

/// What the limits of one campaign are judged by.
struct Judge<'a> {
    limiter: &'a Limiter<'a>,
    name: &'a CampaignName,
    appid: &'a AppId,
    campaign: Option<&'a Campaign>,
    in_files: bool,
    /// Its living codes so far.
    living: u64,
}

impl Judge<'_> {
    fn judge(&self, actions: &mut [Action]) {
        let changes = |action: &Action| !matches!(action.kind, ActionKind::Keep | ActionKind::Refuse);
        if !actions.iter().any(changes) {
            return;
        }
        let living = self.living + self.moved_in();
        let limits = self.campaign.map_or_else(Limits::default, |campaign| campaign.limits);
        for kind in LimitKind::ALL {
            let counted: Vec<usize> =
                (0..actions.len()).filter(|index| self.counts(kind, &actions[*index])).collect();
            let (changed, limit) = (counted.len() as u64, limits.of(kind));
            if limit.allows(changed, living) || self.limiter.allowed.has(kind, self.name) {
                continue;
            }
            let swapped = if kind == LimitKind::Relabel { self.swapped(&counted, actions) } else { 0 };
            let reason = Reason::Limit(Box::new(OverLimit {
                kind,
                campaign: self.name.clone(),
                changed,
                swapped,
                living,
                limit,
                elsewhere: false,
                in_files: self.in_files,
                has_keys: self.campaign.is_some_and(|campaign| !is_table(campaign)),
            }));
            for index in counted {
                refuse(&mut actions[index], &reason);
            }
        }
    }

    /// Living codes that come from another campaign: they belong to this one from now on.
    fn moved_in(&self) -> u64 {
        let codes = self.campaign.map_or(&[][..], |campaign| &campaign.codes);
        let moved = |record: &&CodeRecord| {
            record.campaign != *self.name && living_generation(record, self.limiter.now).is_some()
        };
        let records = codes.iter().filter_map(|code| self.limiter.history.code(self.appid, code.scene()));
        records.filter(moved).count() as u64
    }

    /// A wanted code's channel and what the ledger has of it, where it lives.
    fn living_code<'a>(&'a self, action: &Action) -> Option<(&'a Code, &'a CodeRecord, &'a Generation)> {
        let Subject::Wanted(index) = &action.subject else { return None };
        let code = &self.campaign?.codes[*index];
        let record = self.limiter.history.code(self.appid, code.scene())?;
        Some((code, record, living_generation(record, self.limiter.now)?))
    }

    /// Whether an action counts against a limit.
    fn counts(&self, kind: LimitKind, action: &Action) -> bool {
        let wanted = || self.living_code(action).zip(self.campaign);
        match (kind, action.kind) {
            // A code that was never issued has generation 0.
            (LimitKind::Retire, ActionKind::Retire) => {
                action.generation > 0 && action.expires_at.is_none_or(|at| self.limiter.now < at)
            }
            (_, ActionKind::Keep | ActionKind::Refuse) | (LimitKind::Retire, _) => false,
            // Also of a code that is renewed tonight.
            (LimitKind::Relabel, _) => {
                wanted().is_some_and(|((code, record, _), _)| record.labels.channel != code.labels().channel)
            }
            (LimitKind::Reissue, kind) => {
                let is_early = |code: &Code, latest, campaign: &Campaign| {
                    let due = Renewal::new(campaign, self.appid, code).due(latest, self.limiter.now);
                    matches!(due, Due::NotYet | Due::OutlivesCampaign)
                };
                kind.issues()
                    && wanted().is_some_and(|((code, _, latest), campaign)| is_early(code, latest, campaign))
            }
        }
    }

    /// How many of these codes get a channel that another of them had.
    fn swapped(&self, counted: &[usize], actions: &[Action]) -> u64 {
        let changed = counted.iter().filter_map(|index| self.living_code(&actions[*index]));
        let channels = |(code, record, _): (&'_ Code, &'_ CodeRecord, _)| {
            (record.labels.channel.clone(), code.labels().channel.clone())
        };
        let (before, now): (Vec<Channel>, Vec<Channel>) = changed.map(channels).unzip();
        swapped(&before, &now)
    }
}

/// Codes of one campaign that get other channels: what they have, what they get, and which of them go elsewhere.
#[derive(Default)]
struct Moved {
    before: Vec<Channel>,
    now: Vec<Channel>,
    /// By campaign and action.
    places: Vec<(usize, usize)>,
}

/// How many codes get a channel that another of them had.
fn swapped(before: &[Channel], now: &[Channel]) -> u64 {
    let mut left: HashMap<&Channel, u64> = HashMap::new();
    for channel in before {
        *left.entry(channel).or_default() += 1;
    }
    let mut swapped = 0;
    for channel in now {
        if let Some(left) = left.get_mut(channel).filter(|left| **left > 0) {
            *left -= 1;
            swapped += 1;
        }
    }
    swapped
}

fn refuse(action: &mut Action, reason: &Reason) {
    action.kind = ActionKind::Refuse;
    action.reason = reason.clone();
    action.picture_missing = false;
}
