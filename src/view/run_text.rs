//! The summary at the end of a run.

use std::path::Path;

use jiff::Timestamp;

use super::paint::{Hue, Paint, amounts, first_of, one_line, scene_text, took, verb};
use crate::engine::{BundleState, CampaignSummary, FailedCode, Failure, Fatal, RunSummary};
use crate::exit::Exit;
use crate::model::{
    Declared, Scene, beijing_date, beijing_datetime, counted, grouped, minute_text, visible_path,
};
use crate::plan::ActionKind;

/// The most failures that are listed for one campaign.
const FAILURES: usize = 10;
/// The most scenes that are named beside one cause.
const NAMED: usize = 5;
/// The platform's code for a permanent pool that is used up, for good.
const POOL_USED_UP: i64 = 45029;
/// What to do about a spent quota.
const QUOTA_SPENT: &str = "A quota is spent. What was done is safe: run the same command again after the reset: a day's is \
                           believed to be at midnight, Beijing time.";
/// The most bundles that are named in the advice at the end.
const BUNDLES: usize = 3;

/// How a summary is printed.
#[derive(Debug, Clone, Copy, Default)]
pub struct RunTextOptions {
    /// Whether to use colours.
    pub color: bool,
    /// Whether the codes are the emulator's.
    pub emulator: bool,
    /// Whether a campaign bears the example mark, which keeps it from real hosts.
    pub example: bool,
}

/// What was done for each campaign, where its bundle is, what failed, and what to do next.
pub fn run_text(summary: &RunSummary, options: RunTextOptions) -> String {
    let paint = Paint { color: options.color };
    let mut lines = Vec::new();
    for campaign in &summary.campaigns {
        campaign_lines(&mut lines, campaign, summary.accounts.len() > 1, summary.ended_at, paint);
    }
    if !lines.is_empty() {
        lines.push(String::new());
    }
    if let Some(fatal) = &summary.fatal {
        let line = match fatal {
            Fatal::Stopped(signal) => format!("Stopped by {}", signal.as_str()),
            Fatal::Failed(message) => format!("Stopped: {}", one_line(message)),
        };
        lines.push(paint.apply(Hue::Red, &line));
    }
    lines.extend(account_wide(summary).into_iter().map(|line| paint.apply(Hue::Red, &line)));
    lines.push(total_line(summary));
    lines.extend(advice(summary, options));
    lines.push(String::new());
    lines.join("\n")
}

fn campaign_lines(
    lines: &mut Vec<String>,
    campaign: &CampaignSummary,
    several_accounts: bool,
    now: Timestamp,
    paint: Paint,
) {
    let name = paint.apply(Hue::Bold, campaign.name.as_str());
    let account = if several_accounts || campaign.moved_to.is_some() {
        format!(" (account {})", campaign.account)
    } else {
        String::new()
    };
    let hue = match campaign.exit {
        Exit::Done => Hue::Green,
        Exit::Refused | Exit::QuotaSpent | Exit::Interrupted | Exit::Terminated => Hue::Yellow,
        _ => Hue::Red,
    };
    lines.push(format!("{name}{account}: {}", paint.apply(hue, &done(campaign))));
    lines.push(format!("  {}", bundle_line(campaign, now)));
    if let Some(partial) = &campaign.partial_bundle {
        lines.push(format!("  what there is: {}", visible_path(partial)));
    }
    failure_lines(lines, campaign, paint);
}

/// Each cause once, with the codes it failed.
fn failure_lines(lines: &mut Vec<String>, campaign: &CampaignSummary, paint: Paint) {
    let mut causes: Vec<(&Failure, Vec<&Scene>)> = Vec::new();
    let mut beyond = 0;
    for FailedCode { scene, failure } in &campaign.failed {
        let same =
            |(known, _): &(&Failure, _)| known.stage == failure.stage && known.message == failure.message;
        match causes.iter().position(same) {
            Some(index) => causes[index].1.push(scene),
            None if causes.len() < FAILURES => causes.push((failure, vec![scene])),
            None => beyond += 1,
        }
    }
    for (failure, scenes) in &causes {
        let noun = verb(scenes.len() as u64, "scene", "scenes");
        let named = first_of(scenes.iter().map(|scene| scene_text(scene)).collect(), NAMED);
        let what = format!("{noun} {named} failed ({})", failure.stage);
        // There it may bear the identifiers already.
        let known = is_account_wide(campaign.exit) && campaign.message.starts_with(&failure.message);
        let why = if known {
            format!("see below{}", identifiers(failure, &campaign.message))
        } else {
            failure_text(failure)
        };
        lines.push(format!("  {}: {why}", paint.apply(Hue::Red, &what)));
    }
    if beyond > 0 {
        lines.push(format!("  … {} more", grouped(beyond)));
    }
}

/// Ends that concern an account, not a campaign: their message is said once for all of its campaigns.
fn is_account_wide(end: Exit) -> bool {
    matches!(end, Exit::AccountRefused | Exit::QuotaSpent)
}

/// Why accounts were stopped, each message once.
fn account_wide(summary: &RunSummary) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let fatal = summary.fatal.as_ref().map(|fatal| one_line(&fatal.message()));
    for campaign in summary.campaigns.iter().filter(|campaign| is_account_wide(campaign.exit)) {
        let mut failures = campaign.failed.iter().map(|failed| &failed.failure);
        let failure = failures.find(|failure| failure.message == campaign.message);
        let message = failure.map_or_else(|| one_line(&campaign.message), failure_text);
        let begins = format!("Account {}: {}", campaign.account, one_line(&campaign.message));
        let said = lines.iter().any(|said| said.starts_with(&begins));
        if !message.is_empty() && !said && fatal.as_ref() != Some(&message) {
            lines.push(format!("Account {}: {message}", campaign.account));
        }
    }
    lines
}

/// `50 created, 1 renewed, 2 failed, 949 unchanged`
fn done(campaign: &CampaignSummary) -> String {
    let of = |kind| campaign.counts.of(kind);
    let words = amounts([
        (of(ActionKind::Create), "created"),
        (of(ActionKind::Renew), "renewed"),
        (of(ActionKind::Relabel), "relabelled"),
        (of(ActionKind::Retire), "retired"),
        (of(ActionKind::Refuse), "refused"),
        (campaign.failed.len() as u64, "failed"),
        (campaign.not_tried, "not finished"),
        (of(ActionKind::Keep), "unchanged"),
    ]);
    match (campaign.ended, words.is_empty()) {
        (true, _) => "its last day is over; nothing was issued or bundled".to_owned(),
        (false, true) => "no codes".to_owned(),
        (false, false) => words,
    }
}

/// Where the bundle is; for a campaign that is not complete, why the earlier one was left alone.
fn bundle_line(campaign: &CampaignSummary, now: Timestamp) -> String {
    let revision = campaign.revision.map_or(String::new(), |revision| format!(", revision {revision}"));
    if let Some(account) = &campaign.moved_to {
        return match campaign.exit {
            Exit::Done => format!("its codes left for account {account}"),
            _ => format!("its codes are to leave for account {account}: {}", why(campaign)),
        };
    }
    let Some(path) = &campaign.bundle else {
        return match (campaign.exit, campaign.ended) {
            (Exit::Done, true) => "it has no bundle".to_owned(),
            (Exit::Done, false) if campaign.left_out + campaign.unaccounted > 0 => {
                format!("no bundle yet: {}", left_out(campaign))
            }
            (Exit::Done, false) => "no bundle".to_owned(),
            _ => format!("there is no bundle yet: {}", why(campaign)),
        };
    };
    let file = path.file_name().map_or_else(|| visible_path(path), |name| visible_path(Path::new(name)));
    let written = campaign.bundled_at;
    let of_day = written.map_or(String::new(), |at| format!("is of {} and ", day(at, now)));
    let path = visible_path(path);
    match (campaign.bundled_now, campaign.exit, campaign.bundle_state) {
        (true, Exit::Done, _) => format!("{path}{revision}"),
        (true, ..) => format!("{path}{revision}, is incomplete: {}", why(campaign)),
        (false, Exit::Done, BundleState::Current) => {
            let since = written.map_or(String::new(), |at| format!(" since {}", minute_text(at)));
            format!("{path}{revision}, unchanged{since}")
        }
        (false, Exit::Done, _) if campaign.left_out + campaign.unaccounted > 0 => {
            format!("{file} {of_day}was left alone: {}", left_out(campaign))
        }
        (false, Exit::Done, _) if is_gone(campaign) => {
            let of = written.map_or(String::new(), |at| format!(" is of {};", day(at, now)));
            format!("its bundle {path}{of} nothing of it is wanted any more")
        }
        (false, Exit::Done, _) => format!("{path}{revision}"),
        (false, ..) => format!("{file} {of_day}was not replaced: {}", why(campaign)),
    }
}

/// `3 codes that --only leaves out wait for a run without it`, `a file with problems may want 1 code of it`
fn left_out(campaign: &CampaignSummary) -> String {
    if campaign.unaccounted > 0 {
        return format!("a file with problems may want {} of it", counted(campaign.unaccounted, "code"));
    }
    let wait = verb(campaign.left_out, "waits", "wait");
    format!("{} that --only leaves out {wait} for a run without it", counted(campaign.left_out, "code"))
}

/// Whether no file wants any code of it: all that was done was to retire what was left.
fn is_gone(campaign: &CampaignSummary) -> bool {
    let retired = campaign.counts.of(ActionKind::Retire);
    let counted: u64 = ActionKind::ALL.into_iter().map(|kind| campaign.counts.of(kind)).sum();
    retired > 0 && counted == retired && campaign.failed.is_empty() && campaign.not_tried == 0
}

/// `16:34 today`, `11-20`, or `2025-11-20` where it was another year.
fn day(at: Timestamp, now: Timestamp) -> String {
    let date = beijing_date(at);
    if date == beijing_date(now) {
        format!("{} today", beijing_datetime(at).strftime("%H:%M"))
    } else if date.year() == beijing_date(now).year() {
        date.strftime("%m-%d").to_string()
    } else {
        date.to_string()
    }
}

/// Why a campaign is not complete, in few words.
fn why(campaign: &CampaignSummary) -> String {
    match campaign.failed.as_slice() {
        [FailedCode { scene, failure }, others @ ..]
            if matches!(campaign.exit, Exit::Failed) || campaign.message.is_empty() =>
        {
            let ids = identifiers(failure, "");
            let others = match others.len() as u64 {
                0 => String::new(),
                others => format!(", and {}", counted(others, "other")),
            };
            format!("scene {} failed{ids}{others}", scene_text(scene))
        }
        _ if campaign.message.is_empty() => "it is not complete".to_owned(),
        _ if campaign.exit == Exit::AccountRefused => "refused by the platform, see below".to_owned(),
        _ if campaign.exit == Exit::QuotaSpent => "a quota is spent, see below".to_owned(),
        _ => one_line(&campaign.message),
    }
}

/// ` (40053, rid 6a…)`: what the platform's support asks for, without what the message says already.
fn identifiers(failure: &Failure, message: &str) -> String {
    let errcode = failure.errcode.map(|errcode| errcode.to_string());
    let rid = failure.rid.as_deref().map(|rid| (format!("rid {}", one_line(rid)), rid));
    let parts: Vec<String> = errcode
        .filter(|errcode| !message.contains(errcode.as_str()))
        .into_iter()
        .chain(rid.filter(|(_, rid)| !message.contains(rid)).map(|(text, _)| text))
        .collect();
    if parts.is_empty() { String::new() } else { format!(" ({})", parts.join(", ")) }
}

/// A failure in one line.
pub(super) fn failure_text(failure: &Failure) -> String {
    format!("{}{}", one_line(&failure.message), identifiers(failure, &failure.message))
}

fn total_line(summary: &RunSummary) -> String {
    let nothing = summary.exit() == Exit::Done
        && summary.campaigns.iter().all(|campaign| campaign.counts.changes() == 0 && !campaign.bundled_now)
        && summary.accounts.iter().all(|account| account.calls.made == 0);
    let took = took(summary.ended_at.duration_since(summary.started_at).unsigned_abs());
    if nothing {
        let (over, others): (Vec<_>, Vec<_>) = summary.campaigns.iter().partition(|campaign| campaign.ended);
        let keep: u64 = others.iter().map(|campaign| campaign.counts.of(ActionKind::Keep)).sum();
        return match keep {
            0 if others.is_empty() && over.len() == 1 => {
                "Nothing to do: the campaign's last day is over.".to_owned()
            }
            0 if others.is_empty() && !over.is_empty() => {
                "Nothing to do: the last day of every campaign is over.".to_owned()
            }
            0 => "Nothing to do: there are no codes.".to_owned(),
            _ => {
                let are = verb(keep, "is as it", "are as they");
                format!("Nothing to do: {} {are} should be.", counted(keep, "code"))
            }
        };
    }
    let calls: Vec<String> = summary
        .accounts
        .iter()
        .map(|account| {
            format!(
                "account {} {} (used today {} of {})",
                account.name,
                counted(account.calls.made, "call"),
                grouped(account.calls.used_today),
                grouped(account.calls.daily_quota)
            )
        })
        .collect();
    let calls = if calls.is_empty() { String::new() } else { format!(": {}", calls.join(", ")) };
    format!("Took {took}{calls}")
}

/// What to do next.
fn advice(summary: &RunSummary, options: RunTextOptions) -> Vec<String> {
    let ends = |end: Exit| {
        summary.campaigns.iter().any(|campaign| campaign.exit == end)
            || summary.fatal.as_ref().is_some_and(|fatal| fatal.exit() == end)
    };
    // Some failures come again whatever is done; their messages say what to change.
    let lasting = |campaign: &CampaignSummary| {
        campaign.not_tried == 0
            && !campaign.failed.is_empty()
            && campaign.failed.iter().all(|failed| failed.failure.errcode == Some(POOL_USED_UP))
    };
    let mut failed = summary.campaigns.iter().filter(|campaign| campaign.exit == Exit::Failed);
    let has_failed = failed.clone().next().is_some();
    let is_open =
        ends(Exit::Interrupted) || ends(Exit::Terminated) || failed.any(|campaign| !lasting(campaign));
    let notes = [
        (ends(Exit::QuotaSpent), QUOTA_SPENT),
        (is_open, "What was done is safe: run the same command again for the rest."),
        (
            has_failed && !is_open,
            "What was done is safe. Change the campaign files first: the same codes would fail again.",
        ),
        (ends(Exit::Refused), "`scenepress plan` shows why a campaign is refused, and the way out."),
    ];
    let said = notes.into_iter().filter(|(is_said, _)| *is_said);
    let mut lines: Vec<String> = said.map(|(_, note)| note.to_owned()).collect();
    if options.emulator {
        if summary.exit() == Exit::Done && summary.campaigns.iter().any(|campaign| campaign.bundle.is_some())
        {
            lines.extend(real_ones(options.example));
        }
        return lines;
    }
    // A bundle for screens goes to no print shop, and `handoff` refuses it.
    for (for_screens, then) in [(false, "hand over the zip"), (true, "put the pictures on the screens")] {
        let written: Vec<&Path> = summary
            .campaigns
            .iter()
            .filter(|campaign| campaign.bundled_now && campaign.exit == Exit::Done)
            .filter(|campaign| (campaign.declared == Declared::Screen) == for_screens)
            .filter_map(|campaign| campaign.bundle.as_deref())
            .collect();
        if !written.is_empty() {
            let named: Vec<String> = written.iter().take(BUNDLES).map(|path| shell_word(path)).collect();
            let rest = if written.len() > BUNDLES { " …" } else { "" };
            lines.push(format!("Next: scenepress verify {}{rest}, then {then}.", named.join(" ")));
        }
    }
    lines
}

/// How to go on after a rehearsal.
fn real_ones(example: bool) -> Vec<String> {
    let steps = [
        "set WECHAT_APPID and WECHAT_SECRET to the account's credentials",
        "remove `example: true` from the campaign files",
        "scenepress plan     shows what would be issued, and what it costs",
        "scenepress run      issues it",
    ];
    let mut lines =
        vec!["These codes are the emulator's and lead nowhere: not for print. For real ones:".to_owned()];
    let steps = steps.into_iter().filter(|step| example || !step.starts_with("remove"));
    lines.extend(steps.zip(1..).map(|(step, number)| format!("  {number}. {step}")));
    lines
}

/// A path as a shell takes it.
fn shell_word(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '/' | '.' | '-' | '_' | ':');
    if text.chars().all(plain) { text } else { format!("'{}'", text.replace('\'', r"'\''")) }
}
