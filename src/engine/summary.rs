//! Summing up: from what was delivered and counted to what the report shows.

use jiff::Timestamp;

use super::deliver::Delivered;
use super::folders::Folders;
use super::outcome::{
    AccountSummary, Calls, CampaignSummary, Fatal, RunBundle, RunCounts, RunSummary, Stopped,
};
use super::state::Run;
use super::tally::CampaignTally;
use crate::clock;
use crate::exit::Exit;
use crate::fsio;
use crate::model::{Declared, counted};
use crate::plan::{AccountPlan, ActionKind, BundleState, CampaignPlan, Counts};

pub(super) fn summarise(
    run: &Run,
    delivered: Vec<Delivered>,
    fatal: Option<Fatal>,
    started_at: Timestamp,
) -> RunSummary {
    let ended_at = clock::now();
    let mut delivered = delivered.into_iter();
    let accounts: Vec<AccountSummary> = run
        .plan()
        .accounts
        .iter()
        .map(|AccountPlan { name, appid, calls, .. }| {
            let session = run.sessions.get(appid);
            let spent = session.map(|session| session.calls(ended_at));
            let (made, used_today) = spent.unwrap_or((0, calls.used_today));
            AccountSummary {
                name: name.clone(),
                appid: appid.clone(),
                calls: Calls { made, used_today, daily_quota: calls.daily_quota },
                clock: session.and_then(|session| session.clock.warning.get().cloned()),
                stopped: session.and_then(|session| session.stopped()),
            }
        })
        .collect();
    let campaigns = run
        .plan()
        .campaigns
        .iter()
        .map(|campaign| {
            let account = accounts.iter().find(|account| account.appid == campaign.appid);
            let stopped = account.and_then(|account| account.stopped.as_ref());
            summarise_campaign(campaign, &run.folders, delivered.next(), stopped, fatal.as_ref())
        })
        .collect();
    RunSummary { campaigns, accounts, fatal, work: run.tally.work(), started_at, ended_at }
}

fn summarise_campaign(
    campaign: &CampaignPlan,
    folders: &Folders,
    delivered: Option<Delivered>,
    stopped: Option<&Stopped>,
    fatal: Option<&Fatal>,
) -> CampaignSummary {
    let (exit, message) = how_it_ended(campaign, delivered.as_ref(), stopped, fatal);
    let actions = what_was_done(campaign, delivered.as_ref().map(|delivered| &delivered.tally));
    let Delivered { mut bundle, partial, tally, .. } = delivered.unwrap_or_default();
    if campaign.successor.is_some() {
        bundle = RunBundle::default();
    } else if bundle.path.is_none() {
        // If the run ended before it looked, there may be a bundle all the same.
        let path = folders.bundle(&campaign.name);
        if let Some((path, found)) = path.and_then(|path| fsio::file_facts(&path).map(|found| (path, found)))
        {
            (bundle.path, bundle.state) = (Some(path), BundleState::Stale);
            bundle.written_at = Some(found.modified_at);
        }
    }
    CampaignSummary {
        name: campaign.name.clone(),
        account: campaign.account.clone(),
        moved_to: campaign.successor.as_ref().map(|successor| successor.account.clone()),
        exit,
        bundle,
        counts: RunCounts { actions, failed: tally.failed.len() as u64 },
        failed: tally.failed,
        message,
        not_tried: tally.not_tried,
        left_out: campaign.left_out + campaign.unaccounted,
        unaccounted: campaign.unaccounted,
        partial_bundle: partial,
        ended: campaign.ended,
        declared: Declared::of(campaign.codes().iter().map(|code| code.medium())),
    }
}

/// How many actions were done. Without a tally the run ended before the campaign's turn.
fn what_was_done(campaign: &CampaignPlan, tally: Option<&CampaignTally>) -> Counts {
    let mut counts = Counts::default();
    for action in &campaign.actions {
        let is_done = tally.is_some_and(|tally| tally.done.contains(action.scene()));
        match action.kind {
            ActionKind::Create | ActionKind::Renew if !is_done => {}
            ActionKind::Relabel | ActionKind::Retire if tally.is_none() => {}
            // Its successor is not there yet.
            ActionKind::Retire if campaign.successor.is_some() && !is_done => counts.add(ActionKind::Keep),
            kind => counts.add(kind),
        }
    }
    counts
}

/// The first reason that applies, in the order of [`Exit`], in one line.
fn how_it_ended(
    campaign: &CampaignPlan,
    delivered: Option<&Delivered>,
    stopped: Option<&Stopped>,
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
        && (tally.not_tried > 0
            || matches!(stopped.exit, Exit::AccountRefused | Exit::Refused | Exit::Unexpected))
    {
        reasons.push((stopped.exit, stopped.message.clone()));
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
