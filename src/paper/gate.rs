//! What the print gate says: a code on paper that is due, or would expire before its paper comes down, is refused.

use std::fmt;

use jiff::Timestamp;

use super::terms::{PaperTerms, reprint_options};
use crate::model::{
    Account, Campaign, Code, ExpireSeconds, Medium, Scene, beijing_date, beijing_datetime, counted, grouped,
    minute_text,
};

/// Names codes by the first one's channel: `'Metro line 2' and 3 other codes`. `None` if there are none.
fn names(codes: &[&Code]) -> Option<String> {
    let (first, others) = codes.split_first()?;
    let channel = &first.labels().channel;
    Some(match others.len() as u64 {
        0 => format!("'{channel}'"),
        others => format!("'{channel}' and {}", counted(others, "other code")),
    })
}

/// What the advice to make codes permanent depends on.
#[derive(Debug, Clone, Copy)]
pub struct PermanentNeed {
    /// Permanent codes the campaign has made or is about to make.
    pub of_campaign: u64,
    /// Permanent codes the account has used; `None` if no ledger was asked.
    pub of_account: Option<u64>,
    /// Codes of the campaign that are refused for expiring too early, of every lifetime.
    pub refused: u64,
}

/// Why codes on paper are refused that would expire before the campaign's last day is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarlyExpiry {
    /// Which codes, until when they hang, and when they expire if they are issued now. One sentence without its end.
    pub what: String,
    /// What to do.
    pub advice: String,
}

impl fmt::Display for EarlyExpiry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}. {}", self.what, self.advice)
    }
}

/// Says why codes of one lifetime are refused that would expire before the campaign's last day is over.
///
/// `None` if there are no codes, or the campaign names no last day.
pub fn expires_too_early(
    codes: &[&Code],
    lifetime: ExpireSeconds,
    terms: &PaperTerms,
    permanent: PermanentNeed,
    now: Timestamp,
) -> Option<EarlyExpiry> {
    let (names, until) = (names(codes)?, terms.until?);
    let expires_at = now.checked_add(lifetime.duration()).unwrap_or(now);
    let day = beijing_date(expires_at);
    let lives = if lifetime == ExpireSeconds::MAX {
        "a temporary code lives at most 30 days".to_owned()
    } else {
        format!("a code of this `expires` lives {}", lifetime.words())
    };
    let (hang, they_die) = if codes.len() == 1 { ("hangs", "it dies") } else { ("hang", "they die") };
    let time = if day == until {
        beijing_datetime(expires_at).strftime(" at %H:%M").to_string()
    } else {
        String::new()
    };
    let accept = format!("`accept_expiry: {day}`");
    let advice = match way_out(codes, terms, permanent, now) {
        Ok(way) => format!("Use {way}, or accept it in the file: {accept}"),
        Err(why_not) => format!("Accept it in the file: {accept} ({why_not})"),
    };
    let what = format!("{names} {hang} until {until}, {lives}: {they_die} on {day}{time}");
    Some(EarlyExpiry { what, advice })
}

/// Says how the codes could outlive the campaign's last day, or why they cannot.
fn way_out(
    codes: &[&Code],
    terms: &PaperTerms,
    permanent: PermanentNeed,
    now: Timestamp,
) -> Result<String, String> {
    if terms.too_early(ExpireSeconds::MAX, now).is_none() {
        return Ok("`expires: 30d`".to_owned());
    }
    let PermanentNeed { of_campaign, of_account, refused } = permanent;
    let pool = grouped(Account::PERMANENT_POOL);
    let used = of_account.map(grouped).unwrap_or_default();
    if of_account.unwrap_or_default() + refused > Account::PERMANENT_POOL {
        return Err(format!(
            "`expires: never` is no way out: {used} of the account's {pool} permanent codes are used"
        ));
    }
    let is_too_large = |code: &&Code| matches!(code.scene(), Scene::Id(id) if !id.may_be_permanent());
    let other_scene = if codes.iter().any(is_too_large) {
        "another scene (a permanent code's number is at most 100,000) and "
    } else {
        ""
    };
    let budget = of_campaign + refused;
    let used = of_account.map_or_else(String::new, |_| format!("the account: {used} of {pool} used; "));
    Ok(format!(
        "{other_scene}`expires: never` with `permanent_budget: {budget}` ({used}they cannot be deleted)"
    ))
}

/// Says why codes on paper that are due are refused. Each comes with its expiry; `None` if there are none.
pub fn due_on_paper(
    campaign: &Campaign,
    terms: &PaperTerms,
    due: &[(&Code, Timestamp)],
    now: Timestamp,
) -> Option<String> {
    let codes: Vec<&Code> = due.iter().map(|(code, _)| *code).collect();
    let names = names(&codes)?;
    let expires_at = due.iter().map(|(_, at)| *at).min()?;
    let replacement = codes.iter().filter_map(|code| terms.replacement_too_early(code, now)).min();
    let (hang, which, them) =
        if codes.len() == 1 { ("hangs", "which", "it") } else { ("hang", "the first of which", "them") };
    let dies = if expires_at <= now { "died" } else { "dies" };
    let to_die = replacement.map_or_else(String::new, |at| format!(" (to die on {})", beijing_date(at)));
    Some(format!(
        "{names} {hang} on paper, {which} {dies} on {}: a renewed code is another picture, which has to be printed. \
         `{}` issues {them}{to_die}, or accept it in the file: `accept_expiry: {}`{}",
        minute_text(expires_at),
        reprint_options(&campaign.name, replacement.is_some()),
        beijing_date(expires_at),
        refused_as_well(campaign),
    ))
}

/// Says what becomes of the campaign's temporary codes that are not on paper: they are refused with the others.
fn refused_as_well(campaign: &Campaign) -> String {
    let temporary = campaign.codes.iter().filter(|code| !code.lifetime().is_permanent());
    let media: Vec<_> =
        temporary.map(|code| code.medium()).filter(|medium| *medium != Some(Medium::Paper)).collect();
    let others = media.len() as u64;
    let what = if media.iter().all(|medium| *medium == Some(Medium::Screen)) {
        format!("{} for screens", counted(others, "code"))
    } else {
        counted(others, "other temporary code")
    };
    let (are, them, their) = match others {
        0 => return String::new(),
        1 => ("is", "it", "its"),
        _ => ("are", "them", "their"),
    };
    format!(". Until then its {what} {are} not renewed either: give {them} a campaign of {their} own")
}
