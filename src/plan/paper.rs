//! What hangs on paper, and which of it is to come down.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::policy::{has_ended, outlives};
use super::wanted::{Wanted, WantedCampaign};
use crate::model::{AppId, CampaignName, Code, History, Medium, Paper, Scene, beijing_date};

/// What was handed over to be printed of a campaign's codes on one account: of each scene, what each recipient got last.
///
/// What was printed for another account counts where its scene has a code now, as an earlier picture of that: there it is
/// to be replaced.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PaperFacts {
    /// Codes on paper in their newest generation, and only in that.
    pub current: u64,
    /// Codes on paper as an earlier picture: to be printed again.
    pub outdated: Hanging,
    /// Codes on paper that are for screens now: to be taken down.
    pub for_screens: Hanging,
}

/// Codes whose paper is to come down.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hanging {
    /// How many codes.
    pub codes: u64,
    /// When the first of that paper dies, or did; `None` where none of it ever does.
    pub first_dies_at: Option<Timestamp>,
    /// When each piece dies, or did, that dies before the campaign's last day is over and whose death the file does not
    /// accept, in order: what a watchman has to know. None of a campaign that has ended, or of codes in no file.
    pub deaths: Vec<Timestamp>,
}

impl Hanging {
    fn add(&mut self, piece: &Paper, is_watched: bool) {
        self.first_dies_at = self.first_dies_at.into_iter().chain(piece.expires_at).min();
        self.deaths.extend(piece.expires_at.filter(|_| is_watched));
    }
}

/// What is to be done with a code's paper: with several pieces, what there is most to do of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum State {
    Current,
    Outdated,
    ForScreens,
}

impl PaperFacts {
    /// Of a campaign on an account, from all pieces of the campaign.
    pub(super) fn of(
        name: &CampaignName,
        appid: &AppId,
        pieces: &[Paper],
        wanted: &Wanted,
        history: &History,
        now: Timestamp,
    ) -> Self {
        let mut facts = Self::default();
        if pieces.is_empty() {
            return facts;
        }
        let in_files = wanted.campaigns.iter().find(|wanted| wanted.campaign.name == *name);
        let here = in_files.filter(|wanted| wanted.appid == *appid);
        let codes: BTreeMap<&Scene, &Code> = here
            .map(|wanted| wanted.campaign.codes.iter().map(|code| (code.scene(), code)).collect())
            .unwrap_or_default();
        let mut states: BTreeMap<&Scene, State> = BTreeMap::new();
        for piece in pieces {
            // The code that hangs there now, of whatever account.
            let successor = in_files.and_then(|wanted| {
                let record = history.code(&wanted.appid, &piece.scene)?;
                let number = record.latest.as_ref()?.number;
                (record.campaign == *name).then_some((&wanted.appid, number))
            });
            let (owner, is_latest) = match successor {
                Some((owner, number)) => (owner, *owner == piece.appid && piece.generation == number),
                None if piece.is_here => (&piece.appid, piece.is_latest),
                None => continue,
            };
            let code = codes.get(&piece.scene).copied();
            let labels = code.map(Code::labels).or_else(|| {
                let record = history.code(owner, &piece.scene)?;
                Some(&record.labels)
            });
            let is_meant = labels.is_none_or(|labels| wanted.only.holds(name, &piece.scene, labels));
            if owner != appid || !is_meant {
                continue;
            }
            let state = match code.and_then(Code::medium) {
                Some(Medium::Screen) => State::ForScreens,
                _ if is_latest => State::Current,
                _ => State::Outdated,
            };
            let is_watched = code.is_some() && here.is_some_and(|wanted| is_watched(wanted, piece, now));
            match state {
                State::Current => {}
                State::Outdated => facts.outdated.add(piece, is_watched),
                State::ForScreens => facts.for_screens.add(piece, is_watched),
            }
            let of_code = states.entry(&piece.scene).or_insert(state);
            *of_code = state.max(*of_code);
        }
        for hanging in [&mut facts.outdated, &mut facts.for_screens] {
            hanging.deaths.sort_unstable();
        }
        let count = |state| states.values().filter(|of_code| **of_code == state).count() as u64;
        facts.current = count(State::Current);
        facts.outdated.codes = count(State::Outdated);
        facts.for_screens.codes = count(State::ForScreens);
        facts
    }
}

/// Whether somebody has to know of a piece's death.
fn is_watched(wanted: &WantedCampaign, piece: &Paper, now: Timestamp) -> bool {
    let campaign = &wanted.campaign;
    let is_accepted = |at| campaign.accept_expiry.is_some_and(|from| beijing_date(at) >= from);
    !has_ended(campaign.until, now)
        && piece.expires_at.is_some_and(|at| !outlives(at, campaign.until) && !is_accepted(at))
}
