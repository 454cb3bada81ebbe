//! Summing up: from what was delivered and counted to what the report shows.

use jiff::Timestamp;

use super::deliver::Delivered;
use super::folders::Folders;
use super::outcome::{AccountSummary, Calls, CampaignSummary, Fatal, RunSummary};
use super::session::Stopped;
use super::state::Run;
use crate::clock;
use crate::exit::Exit;
use crate::fsio;
use crate::model::{Declared, counted};
use crate::plan::{Action, ActionKind, BundleState, CampaignPlan, Counts};

pub(super) fn summarise(
    run: &Run,
    delivered: Vec<Delivered>,
    fatal: Option<Fatal>,
    started_at: Timestamp,
) -> RunSummary {
    let ended_at = clock::now();
    let mut delivered = delivered.into_iter();
    let campaigns = run
        .plan()
        .campaigns
        .iter()
        .map(|campaign| {
            let stopped = run.sessions.get(&campaign.appid).and_then(|session| session.stopped());
            let delivered = delivered.next();
            let mut summary = summarise_campaign(campaign, &run.folders, delivered, stopped, fatal.as_ref());
            summary.moved_to = campaign.successor.as_ref().map(|successor| successor.account.clone());
            if summary.moved_to.is_some() {
                summary.bundle_state = BundleState::Missing;
                (summary.bundle, summary.bundle_sha256) = (None, None);
                (summary.bundled_at, summary.revision) = (None, None);
            }
            summary
        })
        .collect();
    let accounts = run
        .plan()
        .accounts
        .iter()
        .map(|account| {
            let calls = run.sessions.get(&account.appid).map(|session| session.calls(ended_at));
            let (made, used_today) = calls.unwrap_or((0, account.calls.used_today));
            let calls = Calls { made, used_today, daily_quota: account.calls.daily_quota };
            AccountSummary { name: account.name.clone(), appid: account.appid.clone(), calls }
        })
        .collect();
    RunSummary { campaigns, accounts, fatal, started_at, ended_at }
}

fn summarise_campaign(
    campaign: &CampaignPlan,
    folders: &Folders,
    delivered: Option<Delivered>,
    stopped: Option<Stopped>,
    fatal: Option<&Fatal>,
) -> CampaignSummary {
    let (exit, message) = how_it_ended(campaign, delivered.as_ref(), stopped, fatal);
    let reached = delivered.is_some();
    let Delivered { bundle, now, partial, tally, .. } = delivered.unwrap_or_default();
    let mut counts = Counts::default();
    let is_done = |action: &Action| tally.done.contains(action.scene());
    for action in &campaign.actions {
        let done = match action.kind {
            ActionKind::Create | ActionKind::Renew => is_done(action),
            ActionKind::Keep | ActionKind::Refuse => true,
            ActionKind::Retire if campaign.successor.is_some() => is_done(action),
            ActionKind::Relabel | ActionKind::Retire => reached,
        };
        if done {
            counts.add(action.kind);
        } else if action.kind == ActionKind::Retire && reached {
            // Its successor is not there yet.
            counts.add(ActionKind::Keep);
        }
    }
    // Where the run ended before it looked, there may be a bundle all the same.
    let unseen = || {
        let path = folders.campaign(&campaign.name).join(folders.kind(false).file_name(&campaign.name));
        fsio::file_facts(&path).map(|found| (path, found.modified_at))
    };
    let unseen = if bundle.is_none() { unseen() } else { None };
    let state = if unseen.is_some() { BundleState::Stale } else { BundleState::Missing };
    CampaignSummary {
        name: campaign.name.clone(),
        account: campaign.account.clone(),
        moved_to: None,
        exit,
        message,
        bundle_state: bundle.as_ref().map_or(state, |bundle| bundle.state),
        bundle_sha256: bundle.as_ref().map(|bundle| bundle.record.zip),
        bundled_at: bundle
            .as_ref()
            .map(|bundle| bundle.record.modified_at)
            .or(unseen.as_ref().map(|(_, written_at)| *written_at)),
        revision: bundle.as_ref().map(|bundle| bundle.record.revision),
        bundle: bundle.map(|bundle| bundle.path).or(unseen.map(|(path, _)| path)),
        bundled_now: now,
        partial_bundle: partial,
        ended: campaign.ended,
        counts,
        failed: tally.failed,
        not_tried: tally.not_tried,
        declared: Declared::of(campaign.codes().iter().map(|code| code.medium())),
        left_out: campaign.left_out,
        unaccounted: campaign.unaccounted,
    }
}

/// The first reason that applies, in the order of [`Exit`], in one line.
fn how_it_ended(
    campaign: &CampaignPlan,
    delivered: Option<&Delivered>,
    stopped: Option<Stopped>,
    fatal: Option<&Fatal>,
) -> (Exit, String) {
    if let Some(refused) = campaign.refusals().next() {
        return (Exit::Refused, campaign.refusal(refused));
    }
    let of_fatal = |fatal: &Fatal| (fatal.exit(), fatal.message());
    let Some(Delivered { error, tally, .. }) = delivered else {
        return fatal.map_or((Exit::Unexpected, String::new()), of_fatal);
    };
    let mut reasons: Vec<(Exit, String)> = error.iter().cloned().collect();
    if tally.not_tried > 0 {
        reasons.extend(fatal.map(of_fatal));
    }
    if let Some(stopped) = stopped
        && !tally.is_complete()
        && (tally.not_tried > 0 || matches!(stopped.exit, Exit::AccountRefused | Exit::Unexpected))
    {
        reasons.push((stopped.exit, stopped.message));
    }
    if let Some(failed) = tally.failed.first() {
        let more = tally.failed.len() as u64 - 1;
        let others = if more == 0 { String::new() } else { format!("; {more} more failed") };
        reasons.push((
            Exit::Failed,
            format!("scene {} failed: {}{others}", failed.scene, failed.failure.message),
        ));
    }
    if reasons.is_empty() && tally.not_tried > 0 {
        reasons.push((Exit::Failed, format!("{} not reached", counted(tally.not_tried, "code"))));
    }
    reasons.into_iter().min_by_key(|(exit, _)| *exit).unwrap_or((Exit::Done, String::new()))
}
