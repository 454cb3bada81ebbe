//! The summary at the end of a run.

use std::path::Path;

use super::groups::by_cause;
use super::paint::{Hue, Paint, amounts, one_line, scene_text, took};
use super::sentences::left_out_text;
use crate::bundle::Kind;
use crate::engine::{
    AccountSummary, BundleState, CampaignSummary, Failure, Fatal, RunSummary, Stopped, Work,
};
use crate::exit::{Exit, Signal};
use crate::model::{
    Declared, counted, grouped, machine_limit, minute_text, named, shell_word, verb, visible_path,
};
use crate::plan::ActionKind;

/// The most failures that are listed for one campaign.
const FAILURES: usize = 10;
/// The platform's code for a permanent pool that is used up, for good.
const POOL_USED_UP: i64 = 45029;
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
    if let Some(Fatal::Stopped(signal)) = summary.fatal {
        return paint.apply(Hue::Red, &stopped_line(summary, signal)) + "\n";
    }
    let mut lines = Vec::new();
    for campaign in &summary.campaigns {
        campaign_lines(&mut lines, campaign, summary, paint);
    }
    if !lines.is_empty() {
        lines.push(String::new());
    }
    let fatal = summary.fatal.iter().map(|fatal| format!("Stopped: {}", one_line(&fatal.message())));
    let accounts = summary.accounts.iter().filter_map(|account| {
        let stopped = account.stopped.as_ref()?;
        Some(format!("Account {}: {}", account.name, one_line(&stopped.message)))
    });
    lines.extend(fatal.chain(accounts).map(|line| paint.apply(Hue::Red, &line)));
    lines.push(total_line(summary));
    lines.extend(advice(summary, options));
    lines.push(String::new());
    lines.join("\n")
}

/// `Stopped by SIGINT: issued 20, verified 18, left 82; …`: the one line that a signal leaves.
fn stopped_line(summary: &RunSummary, signal: Signal) -> String {
    let Work { issued, verified, failed, left } = summary.work;
    let mut figures = vec![format!("issued {}", grouped(issued)), format!("verified {}", grouped(verified))];
    figures.extend((failed > 0).then(|| format!("failed {}", grouped(failed))));
    figures.push(format!("left {}", grouped(left)));
    let is_unwritten =
        |campaign: &&CampaignSummary| campaign.exit == Exit::from(signal) && campaign.not_tried == 0;
    let unwritten = summary.campaigns.iter().filter(is_unwritten).count() as u64;
    figures.extend((unwritten > 0).then(|| format!("{} not written", counted(unwritten, "bundle"))));
    let rest = if failed + left + unwritten > 0 { "; all is kept, run it again for the rest" } else { "" };
    format!("Stopped by {}: {}{rest}", signal.as_str(), figures.join(", "))
}

fn campaign_lines(lines: &mut Vec<String>, campaign: &CampaignSummary, summary: &RunSummary, paint: Paint) {
    let name = paint.apply(Hue::Bold, campaign.name.as_str());
    let account = if summary.accounts.len() > 1 || campaign.moved_to.is_some() {
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
    let account = summary.accounts.iter().find(|account| account.name == campaign.account);
    let stopped = account.and_then(|account| account.stopped.as_ref());
    lines.push(format!("  {}", bundle_line(campaign, stopped)));
    if campaign.exit == Exit::Done && !campaign.bundle.is_new {
        let left_out = left_out_text(campaign.left_out, campaign.unaccounted);
        lines.extend(left_out.into_iter().map(|line| format!("  {line}")));
    }
    if let Some(partial) = &campaign.partial_bundle {
        lines.push(format!("  what there is: {}", visible_path(partial)));
    }
    failure_lines(lines, campaign, stopped.and_then(|stopped| stopped.failure.as_ref()), paint);
}

/// Each cause once, with the codes it failed. What stopped the account stands below.
fn failure_lines(
    lines: &mut Vec<String>,
    campaign: &CampaignSummary,
    stopped_by: Option<&Failure>,
    paint: Paint,
) {
    let causes = by_cause(&campaign.failed, |failed| failed.failure.cause());
    let shown = FAILURES.min(causes.len());
    for (cause, codes) in &causes[..shown] {
        let noun = verb(codes.len() as u64, "scene", "scenes");
        let scenes = named(codes.iter().map(|failed| scene_text(&failed.scene)));
        let what = format!("{noun} {scenes} failed ({})", cause.0);
        let why = if stopped_by.is_some_and(|failure| failure.cause() == *cause) {
            "see below".to_owned()
        } else {
            one_line(&codes[0].failure.to_string())
        };
        lines.push(format!("  {}: {why}", paint.apply(Hue::Red, &what)));
    }
    let beyond: usize = causes[shown..].iter().map(|(_, codes)| codes.len()).sum();
    if beyond > 0 {
        lines.push(format!("  … {} more", grouped(beyond as u64)));
    }
}

/// `50 created, 1 renewed, 2 failed, 949 unchanged`
fn done(campaign: &CampaignSummary) -> String {
    if campaign.ended && campaign.exit != Exit::Refused {
        return "its last day is over; nothing was issued or bundled".to_owned();
    }
    let of = |kind| campaign.counts.actions.of(kind);
    let words = amounts([
        (of(ActionKind::Create), "created"),
        (of(ActionKind::Renew), "renewed"),
        (of(ActionKind::Relabel), "relabelled"),
        (of(ActionKind::Retire), "retired"),
        (of(ActionKind::Refuse), "refused"),
        (campaign.counts.failed, "failed"),
        (campaign.not_tried, "not finished"),
        (of(ActionKind::Keep), "unchanged"),
    ]);
    if words.is_empty() { "no codes".to_owned() } else { words }
}

/// Where the bundle is. If the campaign is not complete, why the earlier one was left alone.
fn bundle_line(campaign: &CampaignSummary, stopped: Option<&Stopped>) -> String {
    let why = || why(campaign, stopped);
    let is_done = campaign.exit == Exit::Done;
    if let Some(account) = &campaign.moved_to {
        return if is_done {
            format!("its codes left for account {account}")
        } else {
            format!("its codes are to leave for account {account}: {}", why())
        };
    }
    let bundle = &campaign.bundle;
    let Some(path) = &bundle.path else {
        return if is_done { "no bundle".to_owned() } else { format!("there is no bundle yet: {}", why()) };
    };
    let file = visible_path(path.file_name().map_or(path, Path::new));
    let path = visible_path(path);
    let revision = bundle.revision.map_or(String::new(), |revision| format!(", revision {revision}"));
    let at = bundle.written_at.map(minute_text).unwrap_or_default();
    match (bundle.is_new, is_done) {
        (true, true) => format!("{path}{revision}"),
        (true, false) => format!("{path}{revision}, is incomplete: {}", why()),
        (false, true) if bundle.state == BundleState::Current => {
            format!("{path}{revision}, unchanged since {at}")
        }
        (false, true) if is_gone(campaign) => {
            format!("its bundle {path} is of {at}; nothing of it is wanted any more")
        }
        (false, true) => format!("{path}{revision}, of {at}"),
        (false, false) => format!("{file} is of {at} and was not replaced: {}", why()),
    }
}

/// Whether no file wants any code of it: all that was done was to retire what was left.
fn is_gone(campaign: &CampaignSummary) -> bool {
    let counts = campaign.counts.actions;
    let all: u64 = ActionKind::ALL.into_iter().map(|kind| counts.of(kind)).sum();
    all > 0 && counts.of(ActionKind::Retire) == all && campaign.counts.failed + campaign.not_tried == 0
}

/// Why a campaign is not complete, in few words.
fn why(campaign: &CampaignSummary, stopped: Option<&Stopped>) -> String {
    let by_stop = stopped.is_some_and(|stopped| stopped.message == campaign.message);
    match (campaign.exit, campaign.failed.as_slice()) {
        (Exit::AccountRefused, _) => "refused by the platform, see below".to_owned(),
        (Exit::QuotaSpent, _) => "a quota is spent, see below".to_owned(),
        (Exit::Refused, _) if is_stopped(campaign) => "nothing more was issued, see below".to_owned(),
        _ if by_stop => "its account was stopped, see below".to_owned(),
        (Exit::Failed, [first, others @ ..]) => {
            let others = match others.len() as u64 {
                0 => String::new(),
                others => format!(", and {}", counted(others, "other")),
            };
            format!("scene {} failed{others}", scene_text(&first.scene))
        }
        _ if campaign.message.is_empty() => "it is not complete".to_owned(),
        _ => one_line(&campaign.message),
    }
}

/// Whether it was refused with its account. A campaign that is refused itself has nothing that was tried.
fn is_stopped(campaign: &CampaignSummary) -> bool {
    campaign.exit == Exit::Refused && (campaign.not_tried > 0 || !campaign.failed.is_empty())
}

fn total_line(summary: &RunSummary) -> String {
    let RunSummary { campaigns, accounts, .. } = summary;
    let nothing = summary.exit() == Exit::Done
        && campaigns.iter().all(|campaign| campaign.counts.actions.changes() == 0 && !campaign.bundle.is_new)
        && accounts.iter().all(|account| account.calls.made == 0);
    if nothing {
        let others = campaigns.iter().filter(|campaign| !campaign.ended);
        let keep: u64 = others.map(|campaign| campaign.counts.actions.of(ActionKind::Keep)).sum();
        let is_over = keep == 0 && campaigns.iter().any(|campaign| campaign.ended);
        return match keep {
            0 if is_over => "Nothing to do: the last day of every campaign is over.".to_owned(),
            0 => "Nothing to do: there are no codes.".to_owned(),
            _ => {
                let are = verb(keep, "is as it", "are as they");
                format!("Nothing to do: {} {are} should be.", counted(keep, "code"))
            }
        };
    }
    let calls = accounts.iter().map(|AccountSummary { name, calls, .. }| {
        let (made, used) = (counted(calls.made, "call"), grouped(calls.used_today));
        format!("account {name} {made} (used today {used} of {})", grouped(calls.daily_quota))
    });
    let calls: Vec<String> = calls.collect();
    let took = took(summary.ended_at.duration_since(summary.started_at).unsigned_abs());
    format!("Took {took}{}{}", if calls.is_empty() { "" } else { ": " }, calls.join(", "))
}

/// What to do next.
fn advice(summary: &RunSummary, options: RunTextOptions) -> Vec<String> {
    let campaigns = &summary.campaigns;
    let ends = |end: Exit| {
        campaigns.iter().any(|campaign| campaign.exit == end)
            || summary.fatal.as_ref().is_some_and(|fatal| fatal.exit() == end)
    };
    // Some failures come again whatever is done; their messages say what to change.
    let lasts = |campaign: &CampaignSummary| {
        campaign.not_tried == 0
            && !campaign.failed.is_empty()
            && campaign.failed.iter().all(|failed| failed.failure.errcode == Some(POOL_USED_UP))
    };
    let (lasting, passing): (Vec<_>, Vec<_>) = campaigns
        .iter()
        .filter(|campaign| campaign.exit == Exit::Failed)
        .partition(|campaign| lasts(campaign));
    let is_refused = campaigns.iter().any(|campaign| campaign.exit == Exit::Refused && !is_stopped(campaign));
    let is_open = !passing.is_empty();
    let notes = [
        (
            ends(Exit::QuotaSpent),
            "A quota is spent. What was done is safe: run the same command again after the reset: a day's is believed to \
             be at midnight, Beijing time.",
        ),
        (is_open, "What was done is safe: run the same command again for the rest."),
        (
            !lasting.is_empty() && !is_open,
            "What was done is safe. Change the campaign files first: the same codes would fail again.",
        ),
        (is_refused, "`scenepress plan` shows why a campaign is refused, and the way out."),
    ];
    let limit = summary.fatal.as_ref().and_then(|fatal| machine_limit(&fatal.message()));
    let said = notes.into_iter().filter(|(is_said, _)| *is_said);
    let mut lines: Vec<String> = said.map(|(_, note)| note.to_owned()).collect();
    lines.extend(limit.map(|help| format!("This is a limit of the machine. What was done is safe: {help}")));
    if options.emulator {
        let has_bundle = campaigns.iter().any(|campaign| campaign.bundle.path.is_some());
        if summary.exit() == Exit::Done && has_bundle {
            lines.extend(real_ones(options.example));
        }
        return lines;
    }
    let paths = campaigns.iter().filter_map(|campaign| campaign.bundle.path.as_deref());
    if paths.into_iter().any(Kind::is_emulators_name) {
        lines.push(
            "An emulator made codes of these bundles: they lead nowhere, and are not for print.".to_owned(),
        );
    }
    lines.extend(next_steps(campaigns));
    lines
}

/// What is to be done with the bundles that were written. One for screens goes to no print shop, and `handoff` refuses it.
fn next_steps(campaigns: &[CampaignSummary]) -> Vec<String> {
    let mut lines = Vec::new();
    for (media, then) in [
        (&[Declared::Paper, Declared::Mixed][..], ""),
        (&[Declared::Not], ", then hand over the zip"),
        (&[Declared::Screen], ", then put the pictures on the screens"),
    ] {
        let written: Vec<&Path> = campaigns
            .iter()
            .filter(|campaign| campaign.bundle.is_new && campaign.exit == Exit::Done)
            .filter(|campaign| media.contains(&campaign.declared))
            .filter_map(|campaign| campaign.bundle.path.as_deref())
            .filter(|path| !Kind::is_emulators_name(path))
            .collect();
        let words = written.iter().take(BUNDLES).map(|path| shell_word(&path.to_string_lossy()));
        let words: Vec<String> = words.chain((written.len() > BUNDLES).then(|| "…".to_owned())).collect();
        let then = match &words[..] {
            [] => continue,
            [zip] if then.is_empty() => {
                format!(", hand it over, and record that: scenepress handoff {zip} --to NAME")
            }
            _ if then.is_empty() => {
                ", hand them over, and record each: scenepress handoff BUNDLE.zip --to NAME".to_owned()
            }
            _ => then.to_owned(),
        };
        lines.push(format!("Next: scenepress verify {}{then}.", words.join(" ")));
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
