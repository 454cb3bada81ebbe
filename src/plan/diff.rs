//! What a run would do: the difference between what is wanted and what the ledger has.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::Timestamp;

use super::action::{AccountPlan, Action, ActionKind, CampaignPlan, Gone, Plan, Reason, Subject, Successor};
use super::before::Before;
use super::limits::{Limiter, Seat};
use super::load::nights;
use super::policy::{Due, Renewal, has_ended};
use super::print::{self, Permanents};
use super::reuse::reused;
use super::wanted::{Retirement, Wanted, WantedAccount, WantedCampaign};
use crate::model::{
    Account, AccountName, AppId, Campaign, CampaignName, Code, CodeRecord, History, LifetimeKind, Scene,
};

impl Plan {
    /// Plans what brings the ledger to what is wanted, as of `now`.
    ///
    /// A campaign with one refused code is refused whole: each of its actions that is not `Keep` becomes `Refuse`.
    pub fn make(mut wanted: Wanted, history: &History, now: Timestamp) -> Self {
        let mut retiring = gone_codes(&wanted, history);
        let moving = Moving::new(&wanted, &retiring);
        let limits = Limiter::new(history, std::mem::take(&mut wanted.allowed), now);
        let mut campaigns = Vec::new();
        let elsewhere: HashMap<AppId, u64> = wanted
            .accounts
            .values()
            .map(|account| (account.appid.clone(), wanted.used_elsewhere(&account.appid)))
            .collect();
        let mut pool = PermanentPool::new(history, &elsewhere);
        for wanted_campaign in
            std::mem::take(&mut wanted.campaigns).into_iter().filter(|campaign| campaign.selected)
        {
            let WantedCampaign { campaign, appid, .. } = wanted_campaign;
            let is_loopback =
                wanted.accounts.get(&campaign.account).is_some_and(|account| account.is_loopback);
            let ended = has_ended(campaign.until, now);
            let mut actions: Vec<Action> = campaign
                .codes
                .iter()
                .enumerate()
                .map(|(index, code)| {
                    let record = history.code(&appid, code.scene());
                    let (kind, reason) = decide(code, record, &campaign, &appid, ended, history, now);
                    action(index, kind, reason, record)
                })
                .collect();
            let mut gone = retiring.remove(&(appid.clone(), campaign.name.clone())).unwrap_or_default();
            let unaccounted = match wanted.retirement {
                Retirement::Nothing => std::mem::take(&mut gone).len() as u64,
                Retirement::Folder | Retirement::Selected => 0,
            };
            let left_out = wanted.only.limit(&campaign.name, Some(&campaign), &mut actions)
                + wanted.only.limit(&campaign.name, Some(&campaign), &mut gone);
            if actions.is_empty() && gone.is_empty() && !wanted.only.is_everything() {
                continue;
            }
            if campaign.example && !is_loopback {
                refuse(&mut actions, |_| true, &Reason::Example);
            }
            if moving.in_part.contains(&campaign.name) {
                refuse(&mut actions, |_| true, &Reason::MovesInPart);
            }
            actions.append(&mut gone);
            let permanents = pool.permanents(&campaign, &appid, &actions, history);
            print::gate(&campaign, &appid, &mut actions, history, now, permanents);
            limits.judge(&appid, &campaign.name, Seat::File(&campaign), &mut actions);
            pool.admit(&campaign, &appid, &mut actions, history);
            refuse_rest(&mut actions);
            campaigns.push(CampaignPlan {
                name: campaign.name.clone(),
                account: campaign.account.clone(),
                appid,
                campaign: Some(campaign),
                ended,
                actions,
                left_out,
                unaccounted,
                successor: None,
            });
        }
        limits.judge_moved(&mut campaigns);
        for campaign in &mut campaigns {
            refuse_rest(&mut campaign.actions);
        }
        if wanted.retirement != Retirement::Nothing {
            retire_rest(&wanted, retiring, &moving, &limits, &mut campaigns);
        }
        order(&mut campaigns);

        let accounts = account_plans(wanted.accounts, &campaigns, &elsewhere, history, now);
        let digest = Self::digest_of(&campaigns);
        Self { now, ledger_at: history.ledger_at, only: wanted.only, digest, campaigns, accounts }
    }
}

/// What a plan asks of each account in use.
fn account_plans(
    accounts: BTreeMap<AccountName, WantedAccount>,
    campaigns: &[CampaignPlan],
    elsewhere: &HashMap<AppId, u64>,
    history: &History,
    now: Timestamp,
) -> Vec<AccountPlan> {
    // By name as well: two accounts may share an appid, and no call is to be counted twice.
    let in_use: HashSet<(&AccountName, &AppId)> =
        campaigns.iter().map(|campaign| (&campaign.account, &campaign.appid)).collect();
    accounts
        .into_iter()
        .filter(|(name, account)| in_use.contains(&(name, &account.appid)))
        .map(|(name, account)| {
            let of_account = || {
                campaigns
                    .iter()
                    .filter(|campaign| campaign.account == name && campaign.appid == account.appid)
            };
            let known = history.account(&account.appid);
            let calls_needed = of_account().map(calls_needed).sum();
            let calls_today = known.map_or(0, |known| known.calls_today);
            let left = account.daily_quota.saturating_sub(calls_today).saturating_sub(calls_needed);
            AccountPlan {
                calls_needed,
                calls_today,
                nights: nights(of_account(), history, now, left, account.daily_quota),
                permanents_needed: of_account()
                    .map(|campaign| {
                        permanents_needed(&campaign.actions, campaign.codes(), &account.appid, history)
                    })
                    .sum(),
                permanents_issued: known.map_or(0, crate::model::AccountHistory::permanents_issued)
                    + elsewhere.get(&account.appid).copied().unwrap_or(0),
                permanents_elsewhere: elsewhere.get(&account.appid).copied().unwrap_or(0),
                name,
                appid: account.appid,
                daily_quota: account.daily_quota,
                rate: account.rate,
            }
        })
        .collect()
}

/// What happens to one wanted code, its campaign's budget aside.
fn decide(
    code: &Code,
    record: Option<&CodeRecord>,
    campaign: &Campaign,
    appid: &AppId,
    ended: bool,
    history: &History,
    now: Timestamp,
) -> (ActionKind, Reason) {
    if ended {
        return (ActionKind::Keep, Reason::CampaignEnded);
    }
    let reused = record.and_then(|record| reused(code, record, now));
    let refused = |reused| (ActionKind::Refuse, Reason::Reused(Box::new(reused)));
    let Some((record, latest)) = record.and_then(|record| Some((record, record.latest.as_ref()?))) else {
        // A permanent code whose answer was lost may well exist.
        let issued = |scene: &Scene| {
            history.code(appid, scene).is_some_and(|other| other.latest.is_some() || other.permanent_asked)
        };
        return match code.scene().lookalike().filter(issued) {
            Some(other) => (ActionKind::Refuse, Reason::Lookalike(other)),
            None if let Some(reused) = reused => refused(reused),
            None => (ActionKind::Create, Reason::New),
        };
    };
    match (latest.lifetime.is_permanent(), code.lifetime().is_permanent()) {
        (true, false) => return (ActionKind::Refuse, Reason::PermanentToTemporary),
        _ if let Some(reused) = reused => return refused(reused),
        (false, true) => return (ActionKind::Create, Reason::BecomesPermanent),
        _ => {}
    }
    let current = match (Renewal::new(campaign, appid, code).due(latest, now), latest.expires_at) {
        (Due::Soon, Some(at)) if campaign.lets_die(code, at) => Reason::DeathAccepted(at),
        (Due::Expired, Some(at)) if campaign.lets_die(code, at) => Reason::DeadAsAccepted(at),
        (Due::Soon, Some(at)) => return (ActionKind::Renew, Reason::Due(at)),
        (Due::Expired, Some(at)) => return (ActionKind::Renew, Reason::Expired(at)),
        (Due::OutlivesCampaign, _) => Reason::OutlivesCampaign,
        _ if latest.picture.is_none() => Reason::PictureMissing,
        _ => Reason::Current,
    };
    if let Some(before) = Before::of(record, &campaign.name, code) {
        (ActionKind::Relabel, Reason::Was(Box::new(before)))
    } else if record.labels != *code.labels() {
        (ActionKind::Relabel, Reason::LabelsChanged)
    } else {
        (ActionKind::Keep, current)
    }
}

fn action(index: usize, kind: ActionKind, reason: Reason, record: Option<&CodeRecord>) -> Action {
    let latest = record.and_then(|record| record.latest.as_ref());
    let number = latest.map_or(0, |latest| latest.number);
    Action {
        kind,
        subject: Subject::Wanted(index),
        generation: if kind.issues() { number + 1 } else { number },
        expires_at: latest.filter(|_| !kind.issues()).and_then(|latest| latest.expires_at),
        picture_missing: matches!(kind, ActionKind::Keep | ActionKind::Relabel)
            && reason != Reason::CampaignEnded
            && latest.is_some_and(|latest| latest.picture.is_none()),
        reason,
    }
}

/// Refuses every change that `which` picks.
fn refuse(actions: &mut [Action], which: impl Fn(&Action) -> bool, reason: &Reason) {
    for action in actions.iter_mut().filter(|action| action.kind != ActionKind::Keep && which(action)) {
        action.kind = ActionKind::Refuse;
        action.reason = reason.clone();
        action.picture_missing = false;
    }
}

/// A campaign with one refused code is refused whole.
fn refuse_rest(actions: &mut [Action]) {
    if actions.iter().any(|action| action.kind == ActionKind::Refuse) {
        refuse(actions, |action| action.kind != ActionKind::Refuse, &Reason::CampaignRefused);
        for action in actions.iter_mut() {
            action.picture_missing = false;
        }
    }
}

/// The campaigns of which nothing is left but codes that retire.
fn retire_rest(
    wanted: &Wanted,
    retiring: BTreeMap<(AppId, CampaignName), Vec<Action>>,
    moving: &Moving,
    limits: &Limiter<'_>,
    campaigns: &mut Vec<CampaignPlan>,
) {
    for ((appid, name), mut actions) in retiring {
        let left_out = wanted.only.limit(&name, None, &mut actions);
        if actions.is_empty() {
            continue;
        }
        let successor = moving.to.get(&name).cloned();
        let seat = successor.as_ref().map_or(Seat::NoFile, |successor| Seat::OtherAccount(&successor.appid));
        if moving.in_part.contains(&name) {
            refuse(&mut actions, |_| true, &Reason::MovesInPart);
        }
        limits.judge(&appid, &name, seat, &mut actions);
        refuse_rest(&mut actions);
        let account = wanted.account_of(&appid);
        let (campaign, ended, unaccounted) = (None, false, 0);
        let plan =
            CampaignPlan { name, account, appid, campaign, ended, actions, left_out, unaccounted, successor };
        campaigns.push(plan);
    }
}

/// Campaigns that change their account: the ledger has codes of them under another appid.
struct Moving {
    /// What each goes on with.
    to: HashMap<CampaignName, Successor>,
    /// Those of which `--only` leaves out some.
    in_part: HashSet<CampaignName>,
}

impl Moving {
    fn new(wanted: &Wanted, retiring: &BTreeMap<(AppId, CampaignName), Vec<Action>>) -> Self {
        let mut moving = Self { to: HashMap::new(), in_part: HashSet::new() };
        for WantedCampaign { campaign, appid, .. } in &wanted.campaigns {
            let name = &campaign.name;
            let left = retiring.iter().filter(|((of, campaign), _)| campaign == name && of != appid);
            let left: Vec<&Action> = left.flat_map(|(_, actions)| actions).collect();
            if left.is_empty() {
                continue;
            }
            let successor = Successor { account: campaign.account.clone(), appid: appid.clone() };
            moving.to.insert(name.clone(), successor);
            let leaves_out = |action: &&Action| match &action.subject {
                Subject::Gone(gone) => !wanted.only.holds(name, &gone.scene, &gone.labels),
                Subject::Wanted(_) => false,
            };
            let mut codes = campaign.codes.iter();
            if left.iter().any(leaves_out)
                || codes.any(|code| !wanted.only.holds(name, code.scene(), code.labels()))
            {
                moving.in_part.insert(name.clone());
            }
        }
        moving
    }
}

/// Puts campaigns in their order. One whose account was changed stands there twice: what leaves the one account and
/// what is new to the other. Where one half is refused the other is too, or codes would be made beside those that stay.
fn order(campaigns: &mut [CampaignPlan]) {
    campaigns.sort_by(|a, b| a.name.cmp(&b.name).then_with(|| a.appid.cmp(&b.appid)));
    for twins in campaigns.chunk_by_mut(|a, b| a.name == b.name) {
        let refused = twins.iter().find(|twin| twin.is_refused()).map(|twin| twin.account.clone());
        let Some(account) = refused else { continue };
        for twin in twins.iter_mut().filter(|twin| !twin.is_refused()) {
            refuse(&mut twin.actions, |_| true, &Reason::OtherAccount(account.clone()));
            twin.actions.iter_mut().for_each(|action| action.picture_missing = false);
        }
    }
}

fn calls_needed(campaign: &CampaignPlan) -> u64 {
    campaign.actions.iter().filter(|action| action.kind.issues()).count() as u64
}

/// Permanent codes these actions create that no earlier request has counted.
fn permanents_needed(actions: &[Action], codes: &[Code], appid: &AppId, history: &History) -> u64 {
    let creates = |action: &&Action| match &action.subject {
        Subject::Wanted(index) if action.kind.issues() => {
            let code = &codes[*index];
            code.lifetime().is_permanent()
                && history.code(appid, code.scene()).is_none_or(|record| !record.permanent_asked)
        }
        _ => false,
    };
    actions.iter().filter(creates).count() as u64
}

/// The permanent codes that count against a campaign's budget: those it made, with whatever account, or those it has,
/// whichever campaign made them, so that neither another account nor another name begins a new budget.
fn permanents_of(campaign: &Campaign, appid: &AppId, history: &History) -> u64 {
    let made = history.accounts().filter_map(|(_, account)| account.permanents.get(&campaign.name)).sum();
    let asked = |code: &&Code| {
        code.lifetime().is_permanent()
            && history.code(appid, code.scene()).is_some_and(|record| record.permanent_asked)
    };
    let has = campaign.codes.iter().filter(asked).count() as u64;
    has.max(made)
}

/// How many permanent codes each account has used, those planned for earlier campaigns included.
struct PermanentPool(HashMap<AppId, u64>);

impl PermanentPool {
    fn new(history: &History, elsewhere: &HashMap<AppId, u64>) -> Self {
        let mut used = elsewhere.clone();
        for (appid, account) in history.accounts() {
            *used.entry(appid.clone()).or_default() += account.permanents_issued();
        }
        Self(used)
    }

    /// What the print gate tells of permanent codes.
    fn permanents(
        &self,
        campaign: &Campaign,
        appid: &AppId,
        actions: &[Action],
        history: &History,
    ) -> Permanents {
        Permanents {
            of_campaign: permanents_of(campaign, appid, history)
                + permanents_needed(actions, &campaign.codes, appid, history),
            of_account: self.0.get(appid).copied().unwrap_or(0),
        }
    }

    /// Refuses the permanent codes of a campaign that go beyond its budget or the account's pool.
    fn admit(&mut self, campaign: &Campaign, appid: &AppId, actions: &mut [Action], history: &History) {
        let needed = permanents_needed(actions, &campaign.codes, appid, history);
        if needed == 0 {
            return;
        }
        let created = permanents_of(campaign, appid, history);
        let issued = self.0.entry(appid.clone()).or_default();
        let reason = if created + needed > campaign.permanent_budget {
            Reason::Budget { created, needed, budget: campaign.permanent_budget }
        } else if *issued + needed > Account::PERMANENT_POOL {
            Reason::Pool { issued: *issued, needed }
        } else {
            // A campaign that is refused for another cause takes nothing from the others.
            if actions.iter().all(|action| action.kind != ActionKind::Refuse) {
                *issued += needed;
            }
            return;
        };
        let permanent = |action: &Action| match &action.subject {
            Subject::Wanted(index) => {
                action.kind.issues() && campaign.codes[*index].lifetime().is_permanent()
            }
            Subject::Gone(_) => false,
        };
        refuse(actions, permanent, &reason);
    }
}

/// Codes that no file wants, by account and campaign, each sorted by scene: as retirements.
fn gone_codes(wanted: &Wanted, history: &History) -> BTreeMap<(AppId, CampaignName), Vec<Action>> {
    let mut gone: BTreeMap<(AppId, CampaignName), Vec<Action>> = BTreeMap::new();
    let by_name: HashMap<&CampaignName, bool> =
        wanted.campaigns.iter().map(|c| (&c.campaign.name, c.selected)).collect();
    for (appid, account) in history.accounts() {
        let scenes: HashSet<&Scene> = wanted
            .campaigns
            .iter()
            .filter(|campaign| campaign.appid == *appid)
            .flat_map(|campaign| campaign.campaign.codes.iter().map(Code::scene))
            .collect();
        let mut concerned: HashMap<&CampaignName, bool> = HashMap::new();
        let mut of_folder =
            |campaign| *concerned.entry(campaign).or_insert_with(|| wanted.concerns(appid, campaign));
        for (scene, record) in &account.codes {
            // Also of another account than its campaign's: that one leaves it.
            let selected = by_name
                .get(&record.campaign)
                .copied()
                .unwrap_or_else(|| wanted.retirement == Retirement::Folder && of_folder(&record.campaign));
            if selected && !record.retired && !scenes.contains(scene) {
                gone.entry((appid.clone(), record.campaign.clone())).or_default().push(retire(scene, record));
            }
        }
    }
    for actions in gone.values_mut() {
        actions.sort_by(|a, b| match (&a.subject, &b.subject) {
            (Subject::Gone(a), Subject::Gone(b)) => a.scene.cmp(&b.scene),
            _ => std::cmp::Ordering::Equal,
        });
    }
    gone
}

fn retire(scene: &Scene, record: &CodeRecord) -> Action {
    let latest = record.latest.as_ref();
    let expires_at = latest.and_then(|latest| latest.expires_at);
    Action {
        kind: ActionKind::Retire,
        subject: Subject::Gone(Box::new(Gone {
            key: record.key,
            scene: scene.clone(),
            labels: record.labels.clone(),
            lifetime: latest.map_or(LifetimeKind::Temporary, |latest| latest.lifetime.kind()),
        })),
        generation: latest.map_or(0, |latest| latest.number),
        expires_at,
        reason: Reason::LeftFiles(expires_at),
        picture_missing: false,
    }
}
