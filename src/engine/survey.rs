//! Surveying: from the plan's actions to the tickets to issue and the pictures to fetch.

use std::collections::{BTreeMap, HashMap};

use super::tally::{Line, Task, Ticketed};
use crate::ledger::{Ledger, LedgerError};
use crate::model::{AppId, CodeKey, History};
use crate::plan::{ActionKind, CampaignPlan, Plan, Turn};

/// What the stages have to do, account by account.
#[derive(Debug, Default)]
pub(super) struct Work(pub(super) BTreeMap<AppId, AccountWork>);

/// What the stages of one account have to do.
#[derive(Debug, Default)]
pub(super) struct AccountWork {
    /// Tickets to issue, in the order in which they are asked for.
    pub(super) issues: Vec<Task>,
    /// Tickets at hand whose picture is to be fetched.
    pub(super) fetches: Vec<Ticketed>,
}

impl Work {
    /// That of an account, which so far may have none.
    pub(super) fn of(&mut self, appid: &AppId) -> &mut AccountWork {
        self.0.entry(appid.clone()).or_default()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lines().next().is_none()
    }

    /// How many tickets are to be issued.
    pub(super) fn issues(&self) -> u64 {
        self.0.values().map(|work| work.issues.len() as u64).sum()
    }

    /// Every code with something to do.
    pub(super) fn lines(&self) -> impl Iterator<Item = Line> {
        self.0.values().flat_map(|work| {
            let issued = work.issues.iter().map(|task| task.line);
            issued.chain(work.fetches.iter().map(|ticketed| ticketed.line))
        })
    }
}

/// Lists the work of a settled plan, each account's in the order of the tickets' [`Turn`]s.
pub(super) fn survey<L: Ledger>(plan: &Plan, history: &History, ledger: &L) -> Result<Work, LedgerError> {
    let mut work = Work::default();
    for (index, campaign) in plan.campaigns.iter().enumerate().filter(|(_, campaign)| !campaign.is_refused())
    {
        let mut at_hand = HashMap::new();
        for (number, action) in campaign.actions.iter().enumerate() {
            let line = Line { campaign: index, action: number };
            let Some(record) = history.code(&campaign.appid, action.scene()) else { continue };
            match (action.kind, action.code().map(|code| code.lifetime())) {
                (ActionKind::Create | ActionKind::Renew, Some(lifetime)) => {
                    let task = Task {
                        line,
                        key: record.key,
                        generation: action.generation,
                        lifetime,
                        permanent_asked: record.permanent_asked,
                    };
                    work.of(&campaign.appid).issues.push(task);
                }
                _ if action.picture_missing => {
                    at_hand.insert(record.key, line);
                }
                _ => {}
            }
        }
        if !at_hand.is_empty() {
            work.of(&campaign.appid).fetches.extend(tickets(campaign, ledger, &at_hand)?);
        }
    }
    let turn = |task: &Task| {
        let campaign = &plan.campaigns[task.line.campaign];
        let action = &campaign.actions[task.line.action];
        (Turn::new(action.kind, history.code(&campaign.appid, action.scene())), task.line)
    };
    for account in work.0.values_mut() {
        account.issues.sort_by_cached_key(turn);
    }
    Ok(work)
}

/// The tickets at hand of those lines.
pub(super) fn tickets<L: Ledger>(
    campaign: &CampaignPlan,
    ledger: &L,
    lines: &HashMap<CodeKey, Line>,
) -> Result<Vec<Ticketed>, LedgerError> {
    let mut tickets = Vec::new();
    ledger.artifacts(&campaign.appid, &campaign.name, &mut |stored| {
        if let Some(line) = lines.get(&stored.key).copied() {
            tickets.push(Ticketed {
                line,
                key: stored.key,
                generation: stored.generation.number,
                ticket: stored.ticket,
                url: stored.url,
            });
        }
    })?;
    Ok(tickets)
}
