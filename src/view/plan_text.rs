//! What `scenepress plan` prints.

use std::fmt::{Display, Write as _};
use std::path::Path;

use super::groups::{Group, group};
use super::nights::nights_text;
use super::paint::{Hue, Paint, amounts, first_of, is_are, left, listed, scene_text, verb, width};
use super::quota::fit_today;
use crate::model::{LifetimeKind, counted, grouped, minute_text, rough_duration, visible_path};
use crate::plan::{AccountPlan, Action, ActionKind, CampaignPlan, Counts, Plan, Reason};

/// The most lines a campaign's changes take, unless all are asked for.
const LINES: usize = 20;
/// The most columns a line's scene or channel is filled up to.
const COLUMNS: usize = 44;
/// The most scenes that are named beside one cause of a refusal.
const NAMED: usize = 5;

/// How a plan is printed.
#[derive(Debug, Clone, Copy)]
pub struct PlanTextOptions<'a> {
    /// Where the ledger is, or would be.
    pub ledger: &'a Path,
    /// Whether to use colours.
    pub color: bool,
    /// Whether every code gets a line of its own.
    pub all: bool,
}

/// The plan in words: what changes, what it costs, against which ledger. Short even for 100,000 codes.
pub fn plan_text(plan: &Plan, options: PlanTextOptions<'_>) -> String {
    let paint = Paint { color: options.color };
    let mut text = String::new();
    let ledger = visible_path(options.ledger);
    let against = match plan.ledger_at {
        Some(at) => format!("against the ledger of {} ({ledger})", minute_text(at)),
        None => {
            paint.apply(Hue::Yellow, &format!("NO LEDGER: everything counts as new (there is no {ledger})"))
        }
    };
    line(&mut text, &format!("Plan of {} (Beijing time), {against}", minute_text(plan.now)));
    if !plan.only.is_everything() {
        line(&mut text, &format!("Only codes with {}", plan.only));
    }
    let counts = plan.counts();
    let idle = counts.changes() == 0 && plan.fetches() == 0;
    for campaign in plan
        .campaigns
        .iter()
        .filter(|campaign| !idle || campaign.ended || campaign.left_out + campaign.unaccounted > 0)
    {
        text.push('\n');
        campaign_text(&mut text, plan, campaign, options.all, paint);
    }
    text.push('\n');
    if idle {
        line(&mut text, &format!("Nothing to do: {}.", kept(&counts)));
    } else {
        line(&mut text, &format!("Total: {}", counts_text(&counts)));
        plan.accounts.iter().for_each(|account| account_text(&mut text, plan, account, paint));
    }
    text.push_str(&nights_text(plan, paint));
    // What is refused is a change: an idle plan has none.
    let refused = plan.campaigns.iter().filter(|campaign| campaign.is_refused()).count() as u64;
    if refused > 0 {
        let them = verb(refused, "it", "them");
        let what = format!("{} refused: nothing is done for {them}", counted(refused, "campaign"));
        line(&mut text, &paint.apply(Hue::Red, &what));
    }
    text.push_str(&undeclared_text(plan, paint));
    let (now, campaigns) = (plan.now, &plan.campaigns);
    let expired = campaigns.iter().filter_map(|campaign| campaign.expired_on_paper(now));
    text.push_str(&some_of("Dead on paper", expired, paint));
    let early = campaigns.iter().filter_map(|campaign| campaign.early_on_paper(now));
    text.push_str(&some_of("Dies on paper", early, paint));
    line(&mut text, &paint.apply(Hue::Dim, &format!("Digest {}", plan.digest)));
    text
}

fn line(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}

/// The campaigns that are not declared for paper; empty where all are, or are for screens.
fn undeclared_text(plan: &Plan, paint: Paint) -> String {
    let undeclared = plan.campaigns.iter().filter(|campaign| campaign.is_undeclared());
    let names: Vec<String> = undeclared.map(|campaign| campaign.name.to_string()).collect();
    if names.is_empty() {
        return String::new();
    }
    let names = first_of(names, NAMED);
    let text = format!("Not declared for paper (`medium: paper`, or `screen`): {names}");
    paint.apply(Hue::Yellow, &text) + "\n"
}

/// `Dies on paper: …`, a line a campaign; of many the others as a number.
fn some_of(what: &str, campaigns: impl Iterator<Item = impl Display>, paint: Paint) -> String {
    let mut lines: Vec<String> = campaigns.map(|campaign| format!("{what}: {campaign}")).collect();
    let untold = lines.len().saturating_sub(NAMED) as u64;
    lines.truncate(NAMED);
    if untold > 0 {
        lines.push(format!("{what}: codes of {}", counted(untold, "more campaign")));
    }
    lines.iter().map(|line| paint.apply(Hue::Yellow, line) + "\n").collect()
}

fn kept(counts: &Counts) -> String {
    match counts.of(ActionKind::Keep) {
        0 => "there are no codes".to_owned(),
        keep => format!("{} {}", counted(keep, "code"), verb(keep, "stays as it is", "stay as they are")),
    }
}

/// `50 create, 1 renew, 949 keep`
fn counts_text(counts: &Counts) -> String {
    let words = amounts(ActionKind::ALL.map(|kind| (counts.of(kind), kind.as_str())));
    if words.is_empty() { "no codes".to_owned() } else { words }
}

/// `REFUSED: 20 codes, 3 keep`
fn refused_text(counts: &Counts, paint: Paint) -> String {
    let refused =
        paint.apply(Hue::Red, &format!("REFUSED: {}", counted(counts.of(ActionKind::Refuse), "code")));
    match counts.of(ActionKind::Keep) {
        0 => refused,
        keep => format!("{refused}, {} keep", grouped(keep)),
    }
}

fn campaign_text(text: &mut String, plan: &Plan, campaign: &CampaignPlan, all: bool, paint: Paint) {
    let refused = campaign.is_refused();
    let name = paint.apply(Hue::Bold, campaign.name.as_str());
    let counts = campaign.counts();
    let what = if refused { refused_text(&counts, paint) } else { counts_text(&counts) };
    line(text, &format!("{name} (account {}): {what}", campaign.account));
    if let Some(until) = campaign.campaign.as_ref().and_then(|c| c.until).filter(|_| campaign.ended) {
        line(text, &format!("  its last day was {until}: nothing is issued or bundled any more"));
    }
    let is_elsewhere = |other: &CampaignPlan| other.name == campaign.name && other.campaign.is_some();
    if campaign.campaign.is_none() && plan.campaigns.iter().any(is_elsewhere) {
        line(text, "  its file names another account now");
    } else if campaign.campaign.is_none() {
        line(text, "  it is in no campaign file any more");
    }
    if refused {
        refusals_text(text, campaign, all, paint);
    }
    let changes = campaign
        .actions
        .iter()
        .filter(|action| !matches!(action.kind, ActionKind::Keep | ActionKind::Refuse));
    let groups = group(changes, !all);
    let shown = if all { groups.len() } else { LINES.min(groups.len()) };
    groups_text(text, campaign, &groups[..shown], paint);
    if shown < groups.len() {
        let codes = groups[shown..].iter().map(|group| group.codes).sum();
        line(text, &format!("  … {}; -v shows them", more(codes, "change")));
    }
    let missing = campaign.actions.iter().filter(|action| action.picture_missing).count() as u64;
    if missing > 0 {
        let pictures = counted(missing, "picture");
        line(text, &format!("  {pictures} {} still to be fetched", is_are(missing)));
    }
    left_out_text(text, campaign);
}

/// `3 other codes wait`: what `--only` leaves out.
fn left_out_text(text: &mut String, campaign: &CampaignPlan) {
    if campaign.unaccounted > 0 {
        let codes = counted(campaign.unaccounted, "code");
        line(text, &format!("  a file with problems may want {codes} of it: the bundle is left alone"));
    }
    if campaign.left_out > 0 {
        let wait = verb(campaign.left_out, "waits", "wait");
        let codes = counted(campaign.left_out, "code");
        line(text, &format!("  {codes} that --only leaves out {wait}: the bundle is left alone"));
    }
}

/// `1 more change`, `9 more changes`
fn more(number: u64, noun: &str) -> String {
    counted(number, &format!("more {noun}"))
}

fn groups_text(text: &mut String, campaign: &CampaignPlan, groups: &[Group<'_>], paint: Paint) {
    let rows: Vec<[String; 3]> = groups
        .iter()
        .map(|group| {
            let Action { kind, reason, .. } = group.first;
            let is_permanent = kind.issues() && group.first.lifetime() == LifetimeKind::Permanent;
            let permanent = is_permanent.then(|| "permanent".to_owned());
            let why = permanent.into_iter().chain((*reason != Reason::New).then(|| group.reason(campaign)));
            [group.scenes(), group.channels(), why.collect::<Vec<_>>().join("; ")]
        })
        .collect();
    let columns = |index: usize| {
        rows.iter().map(|row| width(&row[index])).filter(|width| *width <= COLUMNS).max().unwrap_or(0)
    };
    let (scene_columns, channel_columns) = (columns(0), columns(1));
    for (group, [scenes, channels, why]) in groups.iter().zip(&rows) {
        let (sign, hue) = match group.first.kind {
            ActionKind::Create => ("+", Hue::Green),
            ActionKind::Renew => ("~", Hue::Yellow),
            ActionKind::Relabel => ("=", Hue::Cyan),
            _ => ("-", Hue::Dim),
        };
        let kind = paint.apply(hue, &format!("{sign} {:<7}", group.first.kind.as_str()));
        let row =
            format!("  {kind}  {}  {}  {why}", left(scenes, scene_columns), left(channels, channel_columns));
        line(text, row.trim_end());
    }
}

/// Each cause once, with the codes it concerns; the rest of the campaign as a number.
fn refusals_text(text: &mut String, campaign: &CampaignPlan, all: bool, paint: Paint) {
    let mut causes: Vec<(&Reason, Vec<&Action>)> = Vec::new();
    // Causes may differ from code to code: a search among them all would be slow, so either few are kept apart or only
    // neighbours are compared.
    let limit = if all { usize::MAX } else { LINES };
    let mut beyond = 0;
    for action in campaign.refusals() {
        let same = |(reason, _): &(&Reason, Vec<&Action>)| **reason == action.reason;
        let known = if all {
            causes.len().checked_sub(1).filter(|last| same(&causes[*last]))
        } else {
            causes.iter().position(same)
        };
        match known {
            Some(index) => causes[index].1.push(action),
            None if causes.len() < limit => causes.push((&action.reason, vec![action])),
            None => beyond += 1,
        }
    }
    for (reason, actions) in &causes {
        let cause = paint.apply(Hue::Red, "! refuse ");
        if **reason == Reason::Example {
            line(text, &format!("  {cause}  {reason}"));
            continue;
        }
        let groups = group(actions.iter().copied(), true);
        let named = if all { groups.len() } else { NAMED.min(groups.len()) };
        let mut scenes: Vec<String> = groups[..named].iter().map(Group::scenes).collect();
        let unnamed: u64 = groups[named..].iter().map(|group| group.codes).sum();
        if unnamed > 0 {
            scenes.push(format!("{} more", grouped(unnamed)));
        }
        line(text, &format!("  {cause}  {}: {reason}", listed(&scenes)));
    }
    if beyond > 0 {
        line(text, &format!("  … {}; -v shows them", more(beyond, "refused code")));
    }
    let waits =
        |action: &&Action| action.kind == ActionKind::Refuse && action.reason == Reason::CampaignRefused;
    let waiting = campaign.actions.iter().filter(waits).count() as u64;
    if waiting > 0 {
        let (changes, wait) = (counted(waiting, "other change"), verb(waiting, "waits", "wait"));
        line(text, &format!("  {changes} of this campaign {wait} until that is settled"));
        if all {
            for action in campaign.actions.iter().filter(waits) {
                let gone = if action.code().is_none() { "  in no campaign file" } else { "" };
                let scene = scene_text(action.scene());
                line(text, &format!("    {scene}  {}{gone}", action.labels().channel));
            }
        }
    }
}

/// `, 12,000 of them elsewhere`; empty where there are none.
pub(super) fn elsewhere_text(permanents: u64) -> String {
    if permanents == 0 { String::new() } else { format!(", {} of them elsewhere", grouped(permanents)) }
}

/// What the plan asks of one account.
fn account_text(text: &mut String, plan: &Plan, account: &AccountPlan, paint: Paint) {
    let pictures = plan
        .campaigns
        .iter()
        .filter(|campaign| campaign.account == account.name && campaign.appid == account.appid)
        .flat_map(|campaign| &campaign.actions)
        .filter(|action| action.kind.issues() || action.picture_missing)
        .count() as u64;
    let needed = account.calls.needed;
    if needed == 0 && pictures == 0 {
        return;
    }
    let mut cost = format!(
        "Account {} ({}): {} (used today {} of {}), {}",
        account.name,
        account.appid,
        counted(needed, "call"),
        grouped(account.calls.used_today),
        grouped(account.calls.daily_quota),
        counted(pictures, "picture")
    );
    if needed > 0 {
        let time = rough_duration(account.rate.duration_of(needed));
        let _ = write!(cost, "; about {time} at {}", account.rate);
    }
    line(text, &cost);
    if let Some(fit) = fit_today(needed, account.calls.left_today(), account.calls.daily_quota) {
        line(text, &paint.apply(Hue::Yellow, &format!("  {fit}")));
    }
    if account.permanent.needed > 0 {
        let permanents = format!(
            "  {} of the account's {} ({} issued{}): they cannot be deleted",
            counted(account.permanent.needed, "permanent code"),
            grouped(account.permanent.pool),
            grouped(account.permanent.issued),
            elsewhere_text(account.permanent.elsewhere)
        );
        line(text, &paint.apply(Hue::Yellow, &permanents));
    }
}
