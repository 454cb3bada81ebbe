//! The print gate: paper cannot be renewed, so a code that dies before its paper comes down is refused.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;

use super::action::{Action, ActionKind, Reason, Subject};
use super::policy::{Due, Renewal, outlives};
use crate::model::{
    Account, AccountHistory, AppId, Campaign, CampaignName, Code, ExpireSeconds, History, Lifetime, Medium,
    Scene, beijing_date, beijing_datetime, counted, grouped, minute_text,
};

/// Codes on paper that would die before the campaign's last day is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiesOnPaper {
    /// The first one's channel, and how many others there are.
    codes: (String, u64),
    until: Date,
    lifetime: ExpireSeconds,
    /// When a code dies that is made now.
    dies_at: Timestamp,
    /// Whether the longest lifetime would do.
    longer_would_do: bool,
    /// The `permanent_budget` the campaign would need if they were permanent.
    budget: u64,
    /// Permanent codes the account has used.
    used: u64,
    /// Whether one of them has a number that no permanent code may have.
    is_too_large: bool,
    /// Whether the account has not enough permanent codes left.
    is_pool_full: bool,
}

/// Codes on paper that are due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueOnPaper {
    campaign: CampaignName,
    codes: (String, u64),
    /// When the first of them dies, or did.
    dies_at: Timestamp,
    is_dead: bool,
    /// When the first of them dies that would die before the last day is over though it were made now.
    anew_dies_at: Option<Timestamp>,
    /// Temporary codes of the campaign that are not on paper, and whether all of them are for screens: they are refused
    /// with it.
    others: (u64, bool),
}

/// `'Metro line 2'`, `'Metro line 2' and 3 other codes`
fn subject(codes: &(String, u64)) -> String {
    match codes {
        (channel, 0) => format!("'{channel}'"),
        (channel, others) => format!("'{channel}' and {}", counted(*others, "other code")),
    }
}

/// `Metro line 2 hangs`, `they hang`
fn verb(codes: &(String, u64), one: &'static str, several: &'static str) -> &'static str {
    if codes.1 == 0 { one } else { several }
}

impl fmt::Display for DiesOnPaper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { codes, until, lifetime, dies_at, budget, used, .. } = self;
        let day = beijing_date(*dies_at);
        write!(f, "{} {} until {until}, ", subject(codes), verb(codes, "hangs", "hang"))?;
        if *lifetime == ExpireSeconds::MAX {
            f.write_str("a temporary code lives at most 30 days: ")?;
        } else {
            write!(f, "a code of this `expires` lives {}: ", lifetime.words())?;
        }
        write!(f, "{} on {day}", verb(codes, "it dies", "they die"))?;
        if day == *until {
            write!(f, " at {}", beijing_datetime(*dies_at).strftime("%H:%M"))?;
        }
        if self.longer_would_do {
            f.write_str(". Use `expires: 30d`")?;
        } else if self.is_pool_full {
            let pool = grouped(Account::PERMANENT_POOL);
            let used = grouped(*used);
            return write!(
                f,
                ". Accept it in the file: `accept_expiry: {day}` (`expires: never` is no way out: {used} of the account's {pool} \
                 permanent codes are used)"
            );
        } else if self.is_too_large {
            f.write_str(
                ". Use another scene (a permanent code's number is at most 100,000) and `expires: never`",
            )?;
        } else {
            f.write_str(". Use `expires: never`")?;
        }
        if !self.longer_would_do {
            write!(
                f,
                " with `permanent_budget: {budget}` (the account: {} of {} used; they cannot be deleted)",
                grouped(*used),
                grouped(Account::PERMANENT_POOL)
            )?;
        }
        write!(f, ", or accept it in the file: `accept_expiry: {day}`")
    }
}

impl fmt::Display for DueOnPaper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { campaign, codes, dies_at, is_dead, anew_dies_at, others } = self;
        write!(
            f,
            "{} {} on paper, {} {} on {}: a renewed code is another picture, which has to be printed. \
             `{}` issues {}{}, or accept it in the file: `accept_expiry: {}`",
            subject(codes),
            verb(codes, "hangs", "hang"),
            verb(codes, "which", "the first of which"),
            if *is_dead { "died" } else { "dies" },
            minute_text(*dies_at),
            reprint_options(campaign, anew_dies_at.is_some()),
            verb(codes, "it", "them"),
            anew_dies_at.map_or_else(String::new, |at| format!(" (to die on {})", beijing_date(at))),
            beijing_date(*dies_at),
        )?;
        let (others, for_screens) = *others;
        if others == 0 {
            return Ok(());
        }
        let what = if for_screens {
            format!("{} for screens", counted(others, "code"))
        } else {
            counted(others, "other temporary code")
        };
        let [are, them, their] = if others == 1 { ["is", "it", "its"] } else { ["are", "them", "their"] };
        write!(f, ". Until then its {what} {are} not renewed either: give {them} a campaign of {their} own")
    }
}

/// The options that have a campaign's codes on paper issued again. One that would die before the last day is over though
/// it were made now, `dies`, is refused like a new one.
pub fn reprint_options(campaign: &CampaignName, dies: bool) -> String {
    let accept = if dies { format!(" --accept-expiry {campaign}") } else { String::new() };
    format!("--reprint {campaign}{accept}")
}

/// When a code on paper would die that is made at an instant to take another's place, if that is before the last day is
/// over and its file does not accept it.
pub(super) fn dies_anew(campaign: &Campaign, code: &Code, made_at: Timestamp) -> Option<Timestamp> {
    let Lifetime::Temporary(lifetime) = code.lifetime() else { return None };
    if campaign.accept_expiry != Some(Date::MIN) && fits(campaign, code, lifetime, made_at) {
        return None;
    }
    let dies_at = made_at.checked_add(lifetime.duration()).ok()?;
    Some(dies_at).filter(|dies_at| !outlives(*dies_at, campaign.until))
}

/// Refuses the codes on paper that are due and not to be printed again, and those that would die too early.
///
/// Only what would issue a ticket passes the gate: a code that is there already stays as it is. `created` are the
/// permanent codes the campaign has made or is about to make, `used` those of the account.
pub(super) fn gate(
    campaign: &Campaign,
    appid: &AppId,
    actions: &mut [Action],
    history: &History,
    now: Timestamp,
    permanents: Permanents,
) {
    let mut due: Vec<usize> = Vec::new();
    let mut early: BTreeMap<ExpireSeconds, Vec<usize>> = BTreeMap::new();
    for (number, action) in actions.iter().enumerate() {
        let Some(code) = on_paper(campaign, action) else { continue };
        match (action.kind, code.lifetime()) {
            (ActionKind::Renew, _) if !campaign.reprint => due.push(number),
            (ActionKind::Create | ActionKind::Renew, Lifetime::Temporary(lifetime))
                if !fits(campaign, code, lifetime, now) =>
            {
                early.entry(lifetime).or_default().push(number);
            }
            _ => {}
        }
    }
    let channel = |actions: &[Action], number: usize| {
        on_paper(campaign, &actions[number])
            .map_or_else(String::new, |code| code.labels().channel.to_string())
    };
    let codes = |actions: &[Action], numbers: &[usize]| {
        (numbers.first().map_or_else(String::new, |first| channel(actions, *first)), numbers.len() as u64 - 1)
    };
    let dies_at = |number: &usize| {
        let code = on_paper(campaign, &actions[*number])?;
        history.code(appid, code.scene())?.latest.as_ref()?.expires_at
    };
    let anew = |number: &usize| dies_anew(campaign, on_paper(campaign, &actions[*number])?, now);
    if let Some(dies_at) = due.iter().filter_map(dies_at).min() {
        let refusal = DueOnPaper {
            campaign: campaign.name.clone(),
            codes: codes(actions, &due),
            dies_at,
            is_dead: dies_at <= now,
            anew_dies_at: due.iter().filter_map(anew).min(),
            others: not_on_paper(campaign),
        };
        refuse(actions, &due, &Reason::DueOnPaper(Arc::new(refusal)));
    }
    let Some(until) = campaign.until else { return };
    let short = early.values().map(Vec::len).sum::<usize>() as u64;
    for (lifetime, numbers) in early {
        let first = numbers.first().and_then(|first| on_paper(campaign, &actions[*first]));
        let scene = |number: &usize| on_paper(campaign, &actions[*number]).map(Code::scene);
        let too_large = |scene: &Scene| matches!(scene, Scene::Id(id) if !id.may_be_permanent());
        let refusal = DiesOnPaper {
            codes: codes(actions, &numbers),
            until,
            lifetime,
            dies_at: now.checked_add(lifetime.duration()).unwrap_or(now),
            longer_would_do: first.is_some_and(|code| fits(campaign, code, ExpireSeconds::MAX, now)),
            budget: permanents.of_campaign + short,
            used: permanents.of_account,
            is_pool_full: permanents.of_account + short > Account::PERMANENT_POOL,
            is_too_large: numbers.iter().filter_map(scene).any(too_large),
        };
        refuse(actions, &numbers, &Reason::DiesOnPaper(Arc::new(refusal)));
    }
}

/// Whether the gate would refuse the campaign tonight, as its file stands: nothing of it would be issued.
pub(super) fn refuses(
    campaign: &Campaign,
    appid: &AppId,
    known: Option<&AccountHistory>,
    now: Timestamp,
) -> bool {
    campaign.codes.iter().filter(|code| code.medium() == Some(Medium::Paper)).any(|code| {
        let Lifetime::Temporary(lifetime) = code.lifetime() else { return false };
        let Some(latest) = known.and_then(|known| known.codes.get(code.scene())?.latest.as_ref()) else {
            return !fits(campaign, code, lifetime, now);
        };
        let is_due = matches!(Renewal::new(campaign, appid, code).due(latest, now), Due::Soon | Due::Expired);
        is_due && latest.expires_at.is_some_and(|dies_at| !campaign.lets_die(code, dies_at))
    })
}

/// How many permanent codes there are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Permanents {
    /// Those the campaign has made, and those it is about to make.
    pub(super) of_campaign: u64,
    /// Those the account has used.
    pub(super) of_account: u64,
}

/// The code of an action, where it is on paper.
fn on_paper<'c>(campaign: &'c Campaign, action: &Action) -> Option<&'c Code> {
    match action.subject {
        Subject::Wanted(index) => {
            Some(&campaign.codes[index]).filter(|code| code.medium() == Some(Medium::Paper))
        }
        Subject::Gone(_) => None,
    }
}

/// How many temporary codes of a campaign are not on paper, and whether all of them are for screens.
fn not_on_paper(campaign: &Campaign) -> (u64, bool) {
    let others = campaign
        .codes
        .iter()
        .filter(|code| !code.lifetime().is_permanent() && code.medium() != Some(Medium::Paper));
    (others.clone().count() as u64, others.into_iter().all(|code| code.medium() == Some(Medium::Screen)))
}

/// Whether a code of this lifetime, made now, outlives the campaign's last day or dies on an accepted day.
fn fits(campaign: &Campaign, code: &Code, lifetime: ExpireSeconds, now: Timestamp) -> bool {
    let Ok(dies_at) = now.checked_add(lifetime.duration()) else { return true };
    campaign.accepts_death(code, dies_at) || campaign.until.is_none() || outlives(dies_at, campaign.until)
}

fn refuse(actions: &mut [Action], numbers: &[usize], reason: &Reason) {
    for number in numbers {
        actions[*number].kind = ActionKind::Refuse;
        actions[*number].reason = reason.clone();
    }
}
