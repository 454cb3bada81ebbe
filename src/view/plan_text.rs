//! What `scenepress plan` prints.

use std::path::Path;

use super::groups::{Group, by_cause, group};
use super::paint::{Hue, Paint, amounts, columns, is_are, scene_text};
use super::sentences::{elsewhere_text, ended_text, fit_today, left_out_text};
use crate::model::{counted, grouped, minute_text, named, rough_duration, verb, visible_path};
use crate::plan::{AccountPlan, Action, ActionKind, CampaignPlan, Counts, NIGHTS, Night, Plan, Reason};

/// The most lines a campaign's changes take, unless all are asked for.
const LINES: usize = 20;
/// The most campaigns that are told of one after the other.
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
    let ledger = visible_path(options.ledger);
    let against = match plan.ledger_at {
        Some(at) => format!("against the ledger of {} ({ledger})", minute_text(at)),
        None => {
            paint.apply(Hue::Yellow, &format!("NO LEDGER: everything counts as new (there is no {ledger})"))
        }
    };
    let mut lines = vec![format!("Plan of {} (Beijing time), {against}", minute_text(plan.now))];
    if !plan.only.is_everything() {
        lines.push(format!("Only codes with {}", plan.only));
    }
    let counts = plan.counts();
    let unissued = plan.unissued();
    let idle = counts.changes() == 0 && plan.fetches() == 0;
    for campaign in &plan.campaigns {
        if !idle || campaign.ended || campaign.left_out + campaign.unaccounted > 0 {
            lines.push(String::new());
            campaign_lines(&mut lines, plan, campaign, options.all, paint);
        }
    }
    lines.push(String::new());
    if idle {
        lines.push(format!("Nothing to do: {}.", kept(&counts, unissued)));
    } else {
        lines.push(format!("Total: {}", counts_text(&counts, unissued)));
        plan.accounts.iter().for_each(|account| account_lines(&mut lines, plan, account, paint));
    }
    plan.accounts.iter().for_each(|account| night_lines(&mut lines, account, paint));
    // What is refused is a change: an idle plan has none.
    let refused = plan.campaigns.iter().filter(|campaign| campaign.is_refused()).count() as u64;
    if refused > 0 {
        let them = verb(refused, "it", "them");
        let what = format!("{} refused: nothing is done for {them}", counted(refused, "campaign"));
        lines.push(paint.apply(Hue::Red, &what));
    }
    lines.extend(paper_notes(plan).iter().map(|note| paint.apply(Hue::Yellow, note)));
    lines.push(paint.apply(Hue::Dim, &format!("Digest {}\n", plan.digest)));
    lines.join("\n")
}

/// The campaigns that are not declared for paper, and those whose codes on paper have expired or will.
fn paper_notes(plan: &Plan) -> Vec<String> {
    let mut notes = Vec::new();
    let undeclared = plan.campaigns.iter().filter(|campaign| campaign.is_undeclared());
    let undeclared = named(undeclared.map(|campaign| campaign.name.as_str()));
    if !undeclared.is_empty() {
        notes.push(format!("Not declared for paper (`medium: paper`, or `screen`): {undeclared}"));
    }
    let now = plan.now;
    let expired =
        plan.campaigns.iter().filter_map(|campaign| Some(campaign.expired_on_paper(now)?.to_string()));
    let early = plan.campaigns.iter().filter_map(|campaign| Some(campaign.early_on_paper(now)?.to_string()));
    let (expired, early): (Vec<_>, Vec<_>) = (expired.collect(), early.collect());
    for (what, campaigns) in [("Dead on paper", expired), ("Dies on paper", early)] {
        notes.extend(campaigns.iter().take(NAMED).map(|campaign| format!("{what}: {campaign}")));
        let untold = campaigns.len().saturating_sub(NAMED) as u64;
        notes.extend((untold > 0).then(|| format!("{what}: codes of {}", counted(untold, "more campaign"))));
    }
    notes
}

fn kept(counts: &Counts, unissued: u64) -> String {
    let keep = counts.of(ActionKind::Keep) - unissued;
    let stay = verb(keep, "stays as it is", "stay as they are");
    let stay = (keep > 0).then(|| format!("{} {stay}", counted(keep, "code")));
    let is_not = verb(unissued, "is not issued: its campaign has", "are not issued: their campaigns have");
    let unissued = (unissued > 0).then(|| format!("{} {is_not} ended", counted(unissued, "code")));
    match (stay, unissued) {
        (Some(stay), Some(unissued)) => format!("{stay}, {unissued}"),
        (stay, unissued) => stay.or(unissued).unwrap_or_else(|| "there are no codes".to_owned()),
    }
}

/// `50 create, 1 renew, 949 keep`, and how many codes of campaigns that have ended are not issued.
fn counts_text(counts: &Counts, unissued: u64) -> String {
    let mut counted = ActionKind::ALL.map(|kind| (counts.of(kind), kind.as_str())).to_vec();
    let keep = counted.iter_mut().filter(|(_, word)| *word == ActionKind::Keep.as_str());
    keep.for_each(|(codes, _)| *codes -= unissued);
    counted.push((unissued, "not issued"));
    let words = amounts(counted);
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

fn campaign_lines(lines: &mut Vec<String>, plan: &Plan, campaign: &CampaignPlan, all: bool, paint: Paint) {
    let refused = campaign.is_refused();
    let name = paint.apply(Hue::Bold, campaign.name.as_str());
    let counts = campaign.counts();
    let unissued = campaign.unissued();
    let what = if refused { refused_text(&counts, paint) } else { counts_text(&counts, unissued) };
    lines.push(format!("{name} (account {}): {what}", campaign.account));
    if let Some(until) =
        campaign.campaign.as_ref().and_then(|c| c.until).filter(|_| campaign.ended && !refused)
    {
        lines.push(format!("  {}", ended_text(until, unissued)));
    }
    let is_elsewhere = |other: &CampaignPlan| other.name == campaign.name && other.campaign.is_some();
    if campaign.campaign.is_none() && plan.campaigns.iter().any(is_elsewhere) {
        lines.push("  its file names another account now".to_owned());
    } else if campaign.campaign.is_none() {
        lines.push("  it is in no campaign file any more".to_owned());
    }
    if refused {
        refusal_lines(lines, campaign, all, paint);
    }
    let is_change = |action: &&Action| !matches!(action.kind, ActionKind::Keep | ActionKind::Refuse);
    let groups = group(campaign.actions.iter().filter(is_change), !all);
    let shown = if all { groups.len() } else { LINES.min(groups.len()) };
    group_lines(lines, campaign, &groups[..shown], paint);
    let beyond: u64 = groups[shown..].iter().map(|group| group.codes).sum();
    if beyond > 0 {
        lines.push(format!("  … {}; -v shows them", counted(beyond, "more change")));
    }
    let missing = campaign.actions.iter().filter(|action| action.picture_missing).count() as u64;
    if missing > 0 {
        lines.push(format!("  {} {} still to be fetched", counted(missing, "picture"), is_are(missing)));
    }
    let left_out = left_out_text(campaign.left_out, campaign.unaccounted);
    lines.extend(left_out.into_iter().map(|line| format!("  {line}")));
}

fn group_lines(lines: &mut Vec<String>, campaign: &CampaignPlan, groups: &[Group<'_>], paint: Paint) {
    let look = |group: &Group<'_>| match group.first.kind {
        ActionKind::Create => ("+", Hue::Green),
        ActionKind::Renew => ("~", Hue::Yellow),
        ActionKind::Relabel => ("=", Hue::Cyan),
        _ => ("-", Hue::Dim),
    };
    let row = |group: &Group<'_>| {
        let kind = format!("{} {:<7}", look(group).0, group.first.kind.as_str());
        [kind, group.scenes(), group.channels(), group.note(campaign)]
    };
    let rows: Vec<[String; 4]> = groups.iter().map(row).collect();
    for (group, line) in groups.iter().zip(columns(&rows, 0..0, &(0..0))) {
        // The kind, which is nine columns wide.
        let (kind, rest) = line.split_at(9);
        lines.push(format!("  {}{rest}", paint.apply(look(group).1, kind)));
    }
}

/// Each cause once, with the codes it concerns; the rest of the campaign as a number.
fn refusal_lines(lines: &mut Vec<String>, campaign: &CampaignPlan, all: bool, paint: Paint) {
    let causes = by_cause(campaign.refusals(), |action| &action.reason);
    let shown = if all { causes.len() } else { LINES.min(causes.len()) };
    let refuse = paint.apply(Hue::Red, "! refuse ");
    for (reason, actions) in &causes[..shown] {
        let groups = group(actions.iter().copied(), true);
        let scenes = groups.iter().map(Group::scenes);
        lines.push(match reason {
            Reason::Example => format!("  {refuse}  {reason}"),
            _ if all => format!("  {refuse}  {}: {reason}", scenes.collect::<Vec<_>>().join(", ")),
            _ => format!("  {refuse}  {}: {reason}", named(scenes)),
        });
    }
    let beyond: usize = causes[shown..].iter().map(|(_, actions)| actions.len()).sum();
    if beyond > 0 {
        lines.push(format!("  … {}; -v shows them", counted(beyond as u64, "more refused code")));
    }
    let waits =
        |action: &&Action| action.kind == ActionKind::Refuse && action.reason == Reason::CampaignRefused;
    let waiting: Vec<&Action> = campaign.actions.iter().filter(waits).collect();
    if !waiting.is_empty() {
        let number = waiting.len() as u64;
        let (changes, wait) = (counted(number, "other change"), verb(number, "waits", "wait"));
        lines.push(format!("  {changes} of this campaign {wait} until that is settled"));
    }
    for action in waiting.iter().filter(|_| all) {
        let gone = if action.code().is_none() { "  in no campaign file" } else { "" };
        lines.push(format!("    {}  {}{gone}", scene_text(action.scene()), action.labels().channel));
    }
}

/// What the plan asks of one account.
fn account_lines(lines: &mut Vec<String>, plan: &Plan, account: &AccountPlan, paint: Paint) {
    let AccountPlan { name, appid, calls, permanent, rate, .. } = account;
    let pictures = plan
        .campaigns
        .iter()
        .filter(|campaign| campaign.account == *name && campaign.appid == *appid)
        .flat_map(|campaign| &campaign.actions)
        .filter(|action| action.kind.issues() || action.picture_missing)
        .count() as u64;
    if calls.needed == 0 && pictures == 0 {
        return;
    }
    let time = rough_duration(rate.duration_of(calls.needed));
    let time = if calls.needed > 0 { format!("; about {time} at {rate}") } else { String::new() };
    lines.push(format!(
        "Account {name} ({appid}): {} (used today {} of {}), {}{time}",
        counted(calls.needed, "call"),
        grouped(calls.used_today),
        grouped(calls.daily_quota),
        counted(pictures, "picture")
    ));
    let fit = fit_today(calls.needed, calls.left_today(), calls.daily_quota);
    let permanents = (permanent.needed > 0).then(|| {
        format!(
            "{} of the account's {} ({} issued{}): they cannot be deleted",
            counted(permanent.needed, "permanent code"),
            grouped(permanent.pool),
            grouped(permanent.issued),
            elsewhere_text(permanent.elsewhere)
        )
    });
    let notes = fit.into_iter().chain(permanents);
    lines.extend(notes.map(|note| paint.apply(Hue::Yellow, &format!("  {note}"))));
}

/// The days on which renewals of an account come due.
fn night_lines(lines: &mut Vec<String>, account: &AccountPlan, paint: Paint) {
    let AccountPlan { name, nights, calls, .. } = account;
    if nights.is_empty() {
        return;
    }
    let quota = grouped(calls.daily_quota);
    lines.push(format!("Renewals of the next {NIGHTS} nights, account {name} ({quota} calls a day):"));
    let row = |Night { day, renewals, .. }: &Night| [day.to_string(), grouped(*renewals)];
    let rows: Vec<[String; 2]> = nights.iter().map(row).collect();
    for (line, Night { over_quota, .. }) in columns(&rows, 1..2, &(0..0)).iter().zip(nights) {
        let over = match over_quota {
            0 => String::new(),
            over => paint.apply(Hue::Yellow, &format!("  {} over the daily quota", grouped(*over))),
        };
        lines.push(format!("  {line}{over}"));
    }
}
