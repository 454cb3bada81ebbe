//! Codes on paper that expire too early or have expired, counted for one campaign.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Serialize;

use super::terms::{PaperTerms, reprint_options};
use super::verdict::{Picture, Verdict};
use crate::model::{
    Campaign, CampaignName, Code, Instant, Lifetime, Medium, beijing_date, counted, grouped, renew_before,
};

/// The codes of a campaign that die on paper before its last day is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "DyingOnPaper")]
pub struct EarlyOnPaper {
    /// The campaign.
    pub campaign: CampaignName,
    /// How many codes.
    pub codes: u64,
    /// When the first of them dies.
    #[serde(rename = "first_dies_at", serialize_with = "Instant::write")]
    pub first_expires_at: Timestamp,
    /// Its last day (Asia/Shanghai).
    #[serde(skip)]
    pub until: Date,
    /// Whether a replacement made when the code is due would expire too early as well.
    #[serde(skip)]
    pub again: bool,
}

impl fmt::Display for EarlyOnPaper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { campaign, until, codes, first_expires_at, again } = self;
        let day = beijing_date(*first_expires_at);
        let (die, first, they_are) =
            if *codes == 1 { ("dies", "", "it is") } else { ("die", "the first ", "they are") };
        write!(
            f,
            "{campaign}: {} on paper {die} before {until} is over, {first}on {day}: `expires: never`, a shorter \
             `until`, `accept_expiry: {day}`, or `{}` once {they_are} due",
            counted(*codes, "code"),
            reprint_options(campaign, *again)
        )
    }
}

impl EarlyOnPaper {
    /// Counts the codes among these that are not due and hang in their newest picture, each with its expiry. `None` if
    /// none expires too early.
    pub fn count<'c>(
        campaign: &Campaign,
        terms: &PaperTerms,
        codes: impl Iterator<Item = (&'c Code, Timestamp)>,
        now: Timestamp,
    ) -> Option<Self> {
        let until = terms.until?;
        let early = |(code, expires_at)| {
            // What is to be permanent is another code after the next run.
            let Lifetime::Temporary(lifetime) = Code::lifetime(code) else { return None };
            let Verdict::ExpiresEarly(at) = verdict(code, expires_at, terms, now)? else { return None };
            // Paper has no spread. Its lifetime is the wanted one, unless somebody has just changed that.
            let due_at = at.checked_sub(renew_before(campaign.renew_before, lifetime.duration()));
            let again = due_at.is_ok_and(|due_at| terms.replacement_too_early(code, due_at).is_some());
            Some((at, again))
        };
        let (codes, first_expires_at, again) = sum(codes.filter_map(early))?;
        Some(Self { campaign: campaign.name.clone(), codes, first_expires_at, until, again })
    }
}

/// The codes of a campaign that are on paper and dead, as accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "DeadOnPaper")]
pub struct ExpiredOnPaper {
    /// The campaign.
    pub campaign: CampaignName,
    /// How many codes.
    pub codes: u64,
    /// When the first of them died.
    #[serde(rename = "first_died_at", serialize_with = "Instant::write")]
    pub first_expired_at: Timestamp,
    /// Whether a replacement made now would expire too early, which only the command line accepts.
    #[serde(skip)]
    pub again: bool,
}

impl fmt::Display for ExpiredOnPaper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { campaign, codes, first_expired_at, again } = self;
        let since = beijing_date(*first_expired_at);
        let (what, them) = match codes {
            1 => (format!("1 code on paper is dead since {since}"), "it"),
            _ => (format!("{} codes on paper are dead, the first since {since}", grouped(*codes)), "them"),
        };
        let options = reprint_options(campaign, *again);
        write!(f, "{campaign}: {what}, as accepted: take {them} down, or print {them} anew with `{options}`")
    }
}

impl ExpiredOnPaper {
    /// Counts the codes among these that have expired as accepted, each with its expiry. `None` if none has.
    pub fn count<'c>(
        campaign: &Campaign,
        terms: &PaperTerms,
        codes: impl Iterator<Item = (&'c Code, Timestamp)>,
        now: Timestamp,
    ) -> Option<Self> {
        let expired = |(code, expires_at)| {
            let Verdict::Expired(at) = verdict(code, expires_at, terms, now)? else { return None };
            let is_accepted = !code.lifetime().is_permanent() && terms.lets_expire(code, at);
            is_accepted.then(|| (at, terms.replacement_too_early(code, now).is_some()))
        };
        let (codes, first_expired_at, again) = sum(codes.filter_map(expired))?;
        Some(Self { campaign: campaign.name.clone(), codes, first_expired_at, again })
    }
}

/// Returns how many there are, the earliest instant, and whether any is marked. `None` if there are none.
fn sum(found: impl Iterator<Item = (Timestamp, bool)>) -> Option<(u64, Timestamp, bool)> {
    found.map(|(at, again)| (1, at, again)).reduce(|a, b| (a.0 + b.0, a.1.min(b.1), a.2 || b.2))
}

/// The verdict on the newest picture of a code; `None` if the code is not declared for paper.
fn verdict(code: &Code, expires_at: Timestamp, terms: &PaperTerms, now: Timestamp) -> Option<Verdict> {
    let medium = Some(Medium::Paper);
    let picture = Picture { medium, is_newest: true, expires_at: Some(expires_at) };
    (code.medium() == medium).then(|| Verdict::of(picture, terms, now))
}
