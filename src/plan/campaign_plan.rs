//! What is done for one campaign.

use std::sync::Arc;

use jiff::Timestamp;

use super::action::{Action, ActionKind, Counts, Subject};
use super::reason::Reason;
use crate::model::{AccountName, AppId, Campaign, CampaignName, Code};
use crate::paper::{EarlyOnPaper, ExpiredOnPaper, PaperTerms};

/// What is done for one campaign on one account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CampaignPlan {
    /// Its name.
    pub name: CampaignName,
    /// Its account's name; empty history aside, the account's appid is what counts.
    pub account: AccountName,
    /// The account's appid.
    pub appid: AppId,
    /// What the files say; `None` if the campaign is in no file any more, or has another account there.
    pub campaign: Option<Campaign>,
    /// How long its paper hangs.
    pub paper: PaperTerms,
    /// Whether its last day is over: nothing is issued or bundled.
    pub ended: bool,
    /// Its actions: codes in the files' order, then retirements by scene.
    pub actions: Vec<Action>,
    /// Codes that `--only` leaves out and without which the bundle is not what it should be: it is left alone.
    pub left_out: u64,
    /// Its codes that are in no file, while some file cannot be read that may want them: they do not retire, and its
    /// bundle is left alone.
    pub unaccounted: u64,
    /// The account that the campaign goes on with, if these are its codes of an account that it leaves.
    pub successor: Option<Successor>,
}

/// The account that a campaign goes on with. A code of the earlier one retires once its successor is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Successor {
    /// Its name.
    pub account: AccountName,
    /// Its appid.
    pub appid: AppId,
}

impl CampaignPlan {
    /// Of a campaign that is in no file.
    pub(super) fn new(
        name: &CampaignName,
        account: AccountName,
        appid: &AppId,
        actions: Vec<Action>,
    ) -> Self {
        Self {
            name: name.clone(),
            account,
            appid: appid.clone(),
            campaign: None,
            paper: PaperTerms::default(),
            ended: false,
            actions,
            left_out: 0,
            unaccounted: 0,
            successor: None,
        }
    }

    /// The codes the files want.
    pub fn codes(&self) -> &[Arc<Code>] {
        self.campaign.as_ref().map_or(&[], |campaign| &campaign.codes)
    }

    /// Whether the files do not say of every code what it is shown on: the campaign is not declared for paper.
    pub fn is_undeclared(&self) -> bool {
        !self.ended && self.codes().iter().any(|code| code.medium().is_none())
    }

    /// How many of its codes were never issued and are not, for its last day is over. They count as `Keep`.
    pub fn unissued(&self) -> u64 {
        let is_unissued = |action: &&Action| action.reason == Reason::EndedUnissued;
        self.actions.iter().filter(is_unissued).count() as u64
    }

    /// How many actions there are of each kind.
    pub fn counts(&self) -> Counts {
        Counts::new(&self.actions)
    }

    /// Refuses every action that is not `Keep`. With `wanted_only` what left the files waits for the rest.
    pub(super) fn refuse_changes(&mut self, wanted_only: bool, reason: &Reason) {
        for action in &mut self.actions {
            if action.kind != ActionKind::Keep && (!wanted_only || action.code().is_some()) {
                action.refuse(reason.clone());
            }
        }
    }

    /// Refuses the actions at these places for one reason.
    pub(super) fn refuse_at(&mut self, places: impl IntoIterator<Item = usize>, reason: &Reason) {
        places.into_iter().for_each(|place| self.actions[place].refuse(reason.clone()));
    }

    /// Why the campaign is refused, if it is: each cause once.
    pub fn refusals(&self) -> impl Iterator<Item = &Action> {
        self.actions
            .iter()
            .filter(|action| action.kind == ActionKind::Refuse && action.reason != Reason::CampaignRefused)
    }

    /// Why it is refused, in words that name the code if the cause is one code's.
    pub fn refusal(&self, action: &Action) -> String {
        if action.reason.is_of_one_code() {
            format!("scene {}: {}", action.scene(), action.reason)
        } else {
            action.reason.to_string()
        }
    }

    /// Whether nothing is done for it.
    pub fn is_refused(&self) -> bool {
        self.refusals().next().is_some()
    }

    /// Its codes on paper that have expired as of `now`, as accepted; `None` if there are none.
    pub fn expired_on_paper(&self, now: Timestamp) -> Option<ExpiredOnPaper> {
        let campaign = self.campaign.as_ref().filter(|_| !self.ended)?;
        ExpiredOnPaper::count(campaign, &self.paper, self.staying(|_| true), now)
    }

    /// Its codes that are on paper already and expire before its last day is over; `None` if there are none.
    pub fn early_on_paper(&self, now: Timestamp) -> Option<EarlyOnPaper> {
        let campaign = self.campaign.as_ref().filter(|_| !self.ended)?;
        // What is due is issued or refused, and is told so.
        let stays = |action: &Action| match action.kind {
            ActionKind::Keep | ActionKind::Relabel => true,
            ActionKind::Refuse => action.reason == Reason::CampaignRefused,
            ActionKind::Create | ActionKind::Renew | ActionKind::Retire => false,
        };
        EarlyOnPaper::count(campaign, &self.paper, self.staying(stays), now)
    }

    /// The wanted codes that keep their picture, with their expiry, as far as their action passes and their paper hangs.
    fn staying(&self, passes: impl Fn(&Action) -> bool) -> impl Iterator<Item = (&Code, Timestamp)> {
        self.actions.iter().filter(move |action| passes(action) && !action.taken_down).filter_map(|action| {
            match (&action.subject, action.expires_at) {
                (Subject::Wanted(code), Some(at)) => Some((code.as_ref(), at)),
                _ => None,
            }
        })
    }
}
