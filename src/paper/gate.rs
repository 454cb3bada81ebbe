//! What the print gate says: a code on paper that is due, or would expire before its paper comes down, is refused.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;

use super::terms::{PaperTerms, reprint_options};
use crate::model::{
    Account, Campaign, CampaignName, Code, ExpireSeconds, Medium, Scene, beijing_date, beijing_datetime,
    counted, grouped, minute_text,
};

/// Codes that a refusal is about: `'Metro line 2'`, `'Metro line 2' and 3 other codes`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnPaper {
    first_channel: String,
    others: u64,
}

impl OnPaper {
    /// Of these codes; `None` if there are none.
    pub fn new(codes: &[&Code]) -> Option<Self> {
        let first_channel = codes.first()?.labels().channel.to_string();
        Some(Self { first_channel, others: codes.len() as u64 - 1 })
    }

    fn verb(&self, one: &'static str, several: &'static str) -> &'static str {
        if self.others == 0 { one } else { several }
    }
}

impl fmt::Display for OnPaper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { first_channel, others } = self;
        match others {
            0 => write!(f, "'{first_channel}'"),
            others => write!(f, "'{first_channel}' and {}", counted(*others, "other code")),
        }
    }
}

/// The refusal of codes that would expire before the campaign's last day is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpiresTooEarly {
    codes: OnPaper,
    until: Date,
    lifetime: ExpireSeconds,
    /// When a code expires that is made now.
    expires_at: Timestamp,
    /// Whether the longest lifetime would do.
    longer_would_do: bool,
    /// The `permanent_budget` the campaign would need if they were permanent.
    budget: u64,
    /// Permanent codes the account has used.
    used: u64,
    /// Whether one of them has a number that no permanent code may have.
    is_too_large: bool,
    /// Whether the account has not enough permanent codes left.
    is_pool_full: bool,
}

/// What the advice to make codes permanent depends on.
#[derive(Debug, Clone, Copy)]
pub struct PermanentNeed {
    /// Permanent codes the campaign has made or is about to make.
    pub of_campaign: u64,
    /// Permanent codes the account has used.
    pub of_account: u64,
    /// Codes of the campaign that are refused for expiring too early, of every lifetime.
    pub refused: u64,
}

impl ExpiresTooEarly {
    /// Of codes of one lifetime; `None` if there are none, or the campaign names no last day.
    pub fn new(
        codes: &[&Code],
        lifetime: ExpireSeconds,
        terms: &PaperTerms,
        permanent: PermanentNeed,
        now: Timestamp,
    ) -> Option<Self> {
        let too_large = |scene: &Scene| matches!(scene, Scene::Id(id) if !id.may_be_permanent());
        Some(Self {
            codes: OnPaper::new(codes)?,
            until: terms.until()?,
            lifetime,
            expires_at: now.checked_add(lifetime.duration()).unwrap_or(now),
            longer_would_do: terms.too_early(ExpireSeconds::MAX, now).is_none(),
            budget: permanent.of_campaign + permanent.refused,
            used: permanent.of_account,
            is_pool_full: permanent.of_account + permanent.refused > Account::PERMANENT_POOL,
            is_too_large: codes.iter().any(|code| too_large(code.scene())),
        })
    }
}

impl fmt::Display for ExpiresTooEarly {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { codes, until, lifetime, expires_at, budget, used, .. } = self;
        let day = beijing_date(*expires_at);
        write!(f, "{codes} {} until {until}, ", codes.verb("hangs", "hang"))?;
        if *lifetime == ExpireSeconds::MAX {
            f.write_str("a temporary code lives at most 30 days: ")?;
        } else {
            write!(f, "a code of this `expires` lives {}: ", lifetime.words())?;
        }
        write!(f, "{} on {day}", codes.verb("it dies", "they die"))?;
        if day == *until {
            write!(f, " at {}", beijing_datetime(*expires_at).strftime("%H:%M"))?;
        }
        let (used, pool) = (grouped(*used), grouped(Account::PERMANENT_POOL));
        if self.is_pool_full && !self.longer_would_do {
            return write!(
                f,
                ". Accept it in the file: `accept_expiry: {day}` (`expires: never` is no way out: {used} of the account's \
                 {pool} permanent codes are used)"
            );
        }
        f.write_str(match (self.longer_would_do, self.is_too_large) {
            (true, _) => ". Use `expires: 30d`",
            (false, true) => {
                ". Use another scene (a permanent code's number is at most 100,000) and `expires: never`"
            }
            (false, false) => ". Use `expires: never`",
        })?;
        if !self.longer_would_do {
            write!(
                f,
                " with `permanent_budget: {budget}` (the account: {used} of {pool} used; they cannot be deleted)"
            )?;
        }
        write!(f, ", or accept it in the file: `accept_expiry: {day}`")
    }
}

/// The refusal of codes on paper that are due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueOnPaper {
    campaign: CampaignName,
    codes: OnPaper,
    /// When the first of them expires, or did.
    expires_at: Timestamp,
    is_expired: bool,
    /// Earliest expiry of a replacement made now, if that is too early.
    replacement_expires_at: Option<Timestamp>,
    /// Temporary codes of the campaign that are not on paper: they are refused with it.
    others: u64,
    /// Whether all of the others are for screens.
    others_are_for_screens: bool,
}

impl DueOnPaper {
    /// Of the codes that are due, each with its expiry; `None` if there are none.
    pub fn new(
        campaign: &Campaign,
        terms: &PaperTerms,
        due: &[(&Code, Timestamp)],
        now: Timestamp,
    ) -> Option<Self> {
        let codes: Vec<&Code> = due.iter().map(|(code, _)| *code).collect();
        let expires_at = due.iter().map(|(_, at)| *at).min()?;
        let others = || {
            campaign
                .codes
                .iter()
                .filter(|code| !code.lifetime().is_permanent() && code.medium() != Some(Medium::Paper))
        };
        Some(Self {
            campaign: campaign.name.clone(),
            codes: OnPaper::new(&codes)?,
            expires_at,
            is_expired: expires_at <= now,
            replacement_expires_at: codes
                .iter()
                .filter_map(|code| terms.replacement_too_early(code, now))
                .min(),
            others: others().count() as u64,
            others_are_for_screens: others().all(|code| code.medium() == Some(Medium::Screen)),
        })
    }
}

impl fmt::Display for DueOnPaper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { campaign, codes, expires_at, is_expired, replacement_expires_at, others, .. } = self;
        write!(
            f,
            "{codes} {} on paper, {} {} on {}: a renewed code is another picture, which has to be printed. \
             `{}` issues {}{}, or accept it in the file: `accept_expiry: {}`",
            codes.verb("hangs", "hang"),
            codes.verb("which", "the first of which"),
            if *is_expired { "died" } else { "dies" },
            minute_text(*expires_at),
            reprint_options(campaign, replacement_expires_at.is_some()),
            codes.verb("it", "them"),
            replacement_expires_at
                .map_or_else(String::new, |at| format!(" (to die on {})", beijing_date(at))),
            beijing_date(*expires_at),
        )?;
        if *others == 0 {
            return Ok(());
        }
        let what = if self.others_are_for_screens {
            format!("{} for screens", counted(*others, "code"))
        } else {
            counted(*others, "other temporary code")
        };
        let (are, them, their) = if *others == 1 { ("is", "it", "its") } else { ("are", "them", "their") };
        write!(f, ". Until then its {what} {are} not renewed either: give {them} a campaign of {their} own")
    }
}
