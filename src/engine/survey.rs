//! Surveying: from the plan's actions to the tickets to issue and the pictures to fetch.

use std::collections::{BTreeMap, HashSet};

use super::event::CodeName;
use super::tally::{Task, Ticketed};
use crate::ledger::{Ledger, LedgerError, StoredArtifact};
use crate::model::{AppId, History, Medium, Scene};
use crate::plan::{ActionKind, Plan, Turn};

/// What the stages have to do, account by account.
pub(super) type Work = BTreeMap<AppId, AccountWork>;

/// What the stages of one account have to do.
#[derive(Debug, Default)]
pub(super) struct AccountWork {
    /// Tickets to issue, in the order in which they are asked for.
    pub(super) issues: Vec<Task>,
    /// Tickets at hand whose picture is to be fetched.
    pub(super) fetches: Vec<Ticketed>,
}

/// Every code with something to do, with its account.
pub(super) fn codes(work: &Work) -> impl Iterator<Item = (&AppId, &Scene)> {
    work.iter().flat_map(|(appid, work)| {
        let issued = work.issues.iter().map(|task| &task.code);
        let codes = issued.chain(work.fetches.iter().map(|ticketed| &ticketed.code));
        codes.map(move |code| (appid, &code.scene))
    })
}

/// Lists the work of a settled plan, each account's in the order of the tickets' [`Turn`]s.
pub(super) fn survey<L: Ledger>(plan: &Plan, history: &History, ledger: &L) -> Result<Work, LedgerError> {
    let mut work = Work::new();
    let mut issues: BTreeMap<&AppId, Vec<(Turn, Task)>> = BTreeMap::new();
    for campaign in plan.campaigns.iter().filter(|campaign| !campaign.is_refused()) {
        let name = |scene: &Scene| CodeName { campaign: campaign.name.clone(), scene: scene.clone() };
        let mut at_hand = HashSet::new();
        for action in &campaign.actions {
            let Some(record) = history.code(&campaign.appid, action.scene()) else { continue };
            match (action.kind, action.code()) {
                (ActionKind::Create | ActionKind::Renew, Some(wanted)) => {
                    let task = Task {
                        code: name(action.scene()),
                        key: record.key,
                        generation: action.generation,
                        lifetime: wanted.lifetime(),
                        permanent_asked: record.permanent_asked,
                        is_for_paper: wanted.medium() == Some(Medium::Paper),
                    };
                    let turn = Turn::new(action.kind, Some(record));
                    issues.entry(&campaign.appid).or_default().push((turn, task));
                }
                _ if action.picture_missing => {
                    at_hand.insert(record.key);
                }
                _ => {}
            }
        }
        if !at_hand.is_empty() {
            let fetches = &mut work.entry(campaign.appid.clone()).or_default().fetches;
            for stored in ledger.artifacts(&campaign.appid, &campaign.name)? {
                if at_hand.contains(&stored.key) {
                    let StoredArtifact { key, scene, generation, ticket, url, .. } = stored;
                    let code = name(&scene);
                    fetches.push(Ticketed { code, key, generation, ticket, url });
                }
            }
        }
    }
    for (appid, mut issues) in issues {
        // Tickets of one turn stay in the plan's order.
        issues.sort_by_key(|(turn, _)| *turn);
        let mut tasks: Vec<Task> = issues.into_iter().map(|(_, task)| task).collect();
        // They were collected in the room of the pairs, which is larger.
        tasks.shrink_to_fit();
        work.entry(appid.clone()).or_default().issues = tasks;
    }
    Ok(work)
}
