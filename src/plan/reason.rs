//! Why an action is what it is, in words.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::model::{
    Account, AccountName, CampaignName, Channel, Code, CodeRecord, Limit, LimitKind, Scene, counted, grouped,
    minute_text, quoted,
};

/// Why an action is what it is. Its `Display` is the text people read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// Never issued before.
    New,
    /// Was temporary, is to be permanent.
    BecomesPermanent,
    /// Less than `renew_before` is left.
    Due(Timestamp),
    /// It is dead.
    Expired(Timestamp),
    /// It lives long enough.
    Current,
    /// It is due, but outlives the campaign's last day.
    OutlivesCampaign,
    /// It is due and on paper, and its death is accepted.
    DeathAccepted(Timestamp),
    /// It is dead and on paper, as accepted.
    DeadAsAccepted(Timestamp),
    /// It is due or has expired, and all its paper was taken down.
    TakenDown,
    /// The campaign's last day is over.
    CampaignEnded,
    /// It was never issued, and the campaign's last day is over. Not issued, and no refusal.
    EndedUnissued,
    /// The campaign's last day is over, and nothing of it was ever issued.
    EndedBeforeFirst(Date),
    /// There is a ticket, but no verified picture yet.
    PictureMissing,
    /// The channel was another, it was in another campaign, or it was retired.
    Was(Box<Before>),
    /// Tags or further columns differ.
    LabelsChanged,
    /// It is in no campaign file any more.
    LeftFiles(Option<Timestamp>),
    /// An example campaign, and the account is a real one.
    Example,
    /// The permanent code cannot be deleted or become temporary.
    PermanentToTemporary,
    /// The ledger has the scene of the other type, whose events look alike.
    Lookalike(Scene),
    /// The scene is retired, and was another channel's.
    Reused(String),
    /// More permanent codes than the campaign's budget.
    Budget {
        /// Created so far.
        created: u64,
        /// Wanted by this plan.
        needed: u64,
        /// What the file allows.
        budget: u64,
    },
    /// More permanent codes than the account has left.
    Pool {
        /// Issued so far, and planned before this campaign.
        issued: u64,
        /// Wanted by this campaign.
        needed: u64,
    },
    /// More of the campaign would be changed than its limit says.
    Limit(Box<OverLimit>),
    /// Codes on paper are due, and paper cannot be renewed.
    DueOnPaper(Arc<str>),
    /// Codes on paper would expire before the campaign's last day is over.
    ExpiresTooEarly(Arc<str>),
    /// The campaign changes its account, and its codes of the other one are refused.
    OtherAccount(AccountName),
    /// The campaign changes its account, and `--only` leaves out some of it.
    MovesInPart,
    /// Another code of the campaign is refused.
    CampaignRefused,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::New => f.write_str("new"),
            Self::BecomesPermanent => f.write_str("was temporary, becomes permanent"),
            Self::Due(at) => write!(f, "dies on {}", minute_text(*at)),
            Self::Expired(at) => write!(f, "died on {}", minute_text(*at)),
            Self::Current => f.write_str("current"),
            Self::OutlivesCampaign => f.write_str("outlives its campaign's last day"),
            Self::DeathAccepted(at) => write!(f, "accepted: dies on {}", minute_text(*at)),
            Self::TakenDown => f.write_str("all its paper was taken down"),
            Self::DeadAsAccepted(at) => write!(f, "died on {}, as accepted", minute_text(*at)),
            Self::CampaignEnded => f.write_str("its campaign has ended"),
            Self::EndedUnissued => f.write_str("not issued: its campaign has ended"),
            Self::EndedBeforeFirst(until) => write!(
                f,
                "its last day was {until}, and nothing of it was ever issued: a wrong year? Correct `until`, or remove its file"
            ),
            Self::PictureMissing => f.write_str("its picture is still to be fetched"),
            Self::Was(before) => before.fmt(f),
            Self::LabelsChanged => f.write_str("tags or further columns changed"),
            // The code may be dead already, so no tense.
            Self::LeftFiles(Some(at)) => write!(f, "in no campaign file any more (expiry {})", minute_text(*at)),
            Self::LeftFiles(None) => f.write_str("in no campaign file any more"),
            Self::Example => f.write_str(
                "the campaign is marked `example: true` and runs only against loopback (--emulator); remove that line to issue real codes",
            ),
            Self::PermanentToTemporary => f.write_str(
                "it was issued as a permanent code, which cannot become temporary: write `expires: never`, or use another scene",
            ),
            Self::Lookalike(scene) => write!(
                f,
                "the ledger has the {} {scene}, whose scan events look the same: use another scene",
                match scene {
                    Scene::Id(_) => "number",
                    Scene::Str(_) => "string",
                }
            ),
            Self::Reused(why) => f.write_str(why),
            Self::Budget { created, needed, budget } => write!(
                f,
                "permanent_budget is {}, {} created and {} more wanted: raise it only if these codes are meant to last for ever",
                grouped(*budget),
                counted(*created, "permanent code"),
                grouped(*needed)
            ),
            Self::Pool { issued, needed } => write!(
                f,
                "the account has {} permanent codes for its life, {} are used or planned, {} more are wanted",
                grouped(Account::PERMANENT_POOL),
                grouped(*issued),
                grouped(*needed)
            ),
            Self::Limit(over) => over.fmt(f),
            Self::DueOnPaper(text) | Self::ExpiresTooEarly(text) => f.write_str(text),
            Self::OtherAccount(account) => write!(
                f,
                "its codes of account {account} are refused, and a campaign changes its account whole or not at all"
            ),
            Self::MovesInPart => f.write_str(
                "a campaign changes its account whole or not at all: run it without --only, or with one that holds for all its codes",
            ),
            Self::CampaignRefused => f.write_str("another code of this campaign is refused"),
        }
    }
}

impl Reason {
    /// Whether it refuses one code for what that code is. The others refuse a whole campaign, or name their codes.
    pub(super) fn is_of_one_code(&self) -> bool {
        !matches!(
            self,
            Self::Example
                | Self::EndedBeforeFirst(_)
                | Self::Budget { .. }
                | Self::Pool { .. }
                | Self::Limit(_)
                | Self::DueOnPaper(_)
                | Self::ExpiresTooEarly(_)
                | Self::OtherAccount(_)
                | Self::MovesInPart
        )
    }
}

/// A campaign of which more would be changed than its limit says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OverLimit {
    /// What is counted.
    pub kind: LimitKind,
    /// The campaign.
    pub campaign: CampaignName,
    /// Codes that would be changed.
    pub changed: u64,
    /// Of these, the codes that get a channel that another of them had.
    pub swapped: u64,
    /// The campaign's living codes.
    pub living: u64,
    /// The limit.
    pub limit: Limit,
    /// Whether codes of it that go to other campaigns are refused there.
    pub elsewhere: bool,
    /// Whether a file has the campaign.
    pub in_files: bool,
    /// Whether the limit could be raised in that file: a table has no keys.
    pub has_keys: bool,
}

impl fmt::Display for OverLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, campaign, changed, swapped, living, limit, elsewhere, in_files, has_keys } = self;
        let (codes, all) = (grouped(*changed), grouped(*living));
        if swapped * 2 >= *changed && *swapped > 0 {
            let swapped = grouped(*swapped);
            write!(f, "{codes} channels changed, {swapped} only swapped: was one column sorted alone? ")?;
        }
        let what = match kind {
            LimitKind::Reissue => "re-issued before they are due",
            LimitKind::Retire => "retired",
            LimitKind::Relabel => "relabelled",
        };
        let from = if *elsewhere { format!(" on the way from campaign {campaign}") } else { String::new() };
        write!(f, "{codes} of {all} living codes would be {what}{from}, the limit is {limit}; ")?;
        if !in_files && !elsewhere {
            f.write_str("put its file back, or ")?;
        }
        write!(f, "if that is meant: --allow {kind}={campaign} for one run")?;
        if *has_keys { write!(f, ", or `limits: {{{kind}: {changed}}}` in its file") } else { Ok(()) }
    }
}

/// What was otherwise of a code that is relabelled: at least one of it. The channel is told first, since scans count
/// for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Before {
    /// The channel it had, if that was another.
    pub channel: Option<Channel>,
    /// The campaign it was in, if that was another.
    pub campaign: Option<CampaignName>,
    /// Whether it was retired.
    pub retired: bool,
}

impl Before {
    /// `None` if nothing was otherwise.
    pub(super) fn of(record: &CodeRecord, campaign: &CampaignName, code: &Code) -> Option<Self> {
        let channel = Some(&record.labels.channel).filter(|channel| **channel != code.labels().channel);
        let before = Self {
            channel: channel.cloned(),
            campaign: Some(&record.campaign).filter(|before| *before != campaign).cloned(),
            retired: record.retired,
        };
        let is_other = before.channel.is_some() || before.campaign.is_some() || before.retired;
        is_other.then_some(before)
    }

    /// The words for a row of codes whose first this is: `channel was "Store 1" … "Store 9"; was in campaign stores`
    pub fn words_to(&self, last: &Self) -> String {
        let shown = |channel: &Channel| quoted(channel.as_str());
        let channel = match (&self.channel, &last.channel) {
            (Some(first), Some(last)) if first != last => {
                Some(format!("channel was {} … {}", shown(first), shown(last)))
            }
            (channel, _) => channel.as_ref().map(|channel| format!("channel was {}", shown(channel))),
        };
        let campaign = self.campaign.as_ref().map(|campaign| format!("was in campaign {campaign}"));
        let retired = self.retired.then(|| "was retired, is wanted again".to_owned());
        [channel, campaign, retired].into_iter().flatten().collect::<Vec<_>>().join("; ")
    }
}

impl fmt::Display for Before {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words_to(self))
    }
}
