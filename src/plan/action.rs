//! The plan as data.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::before::Before;
use super::limits::OverLimit;
use super::load::Night;
use super::only::Only;
use super::print::{DiesOnPaper, DueOnPaper};
use super::reuse::Reused;
use crate::model::{
    Account, AccountName, AppId, Campaign, CampaignName, CodeKey, Digest, ExpireSeconds, Labels, Lifetime,
    LifetimeKind, Rate, Scene, beijing_date, counted, grouped, minute_text,
};

/// What is done to one code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ActionKind {
    /// A first ticket is issued, or the first permanent one of a code that was temporary.
    Create,
    /// A new ticket replaces one that is due or dead: another picture.
    Renew,
    /// Nothing; perhaps its picture is still to be fetched.
    Keep,
    /// Its labels are recorded. No call.
    Relabel,
    /// It left the files: no longer renewed. No call.
    Retire,
    /// It is not done, and nothing else of its campaign either.
    Refuse,
}

impl ActionKind {
    /// All kinds, in the order in which documents list them.
    pub const ALL: [Self; 6] =
        [Self::Create, Self::Renew, Self::Keep, Self::Relabel, Self::Retire, Self::Refuse];

    /// The word in documents and digests.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Renew => "renew",
            Self::Keep => "keep",
            Self::Relabel => "relabel",
            Self::Retire => "retire",
            Self::Refuse => "refuse",
        }
    }

    /// Whether a ticket is issued: costs a call.
    pub fn issues(self) -> bool {
        matches!(self, Self::Create | Self::Renew)
    }
}

impl fmt::Display for ActionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

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
    /// The campaign's last day is over.
    CampaignEnded,
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
    Reused(Box<Reused>),
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
    DueOnPaper(Arc<DueOnPaper>),
    /// Codes on paper would die before the campaign's last day is over.
    DiesOnPaper(Arc<DiesOnPaper>),
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
            Self::DeadAsAccepted(at) => write!(f, "died on {}, as accepted", minute_text(*at)),
            Self::CampaignEnded => f.write_str("its campaign has ended"),
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
            Self::Reused(reused) => reused.fmt(f),
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
            Self::DueOnPaper(due) => due.fmt(f),
            Self::DiesOnPaper(dies) => dies.fmt(f),
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

/// What an action is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// The campaign's code with this index.
    Wanted(usize),
    /// A code that only the ledger has.
    Gone(Box<Gone>),
}

/// A code that is in no campaign file any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gone {
    /// The ledger's number for it.
    pub key: CodeKey,
    /// Its scene.
    pub scene: Scene,
    /// Its labels as last recorded.
    pub labels: Labels,
    /// Its last lifetime; temporary where it was never issued.
    pub lifetime: LifetimeKind,
}

/// One line of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    /// What is done.
    pub kind: ActionKind,
    /// To which code.
    pub subject: Subject,
    /// The generation the code has after it, or would have; 0 where it has none and none is made.
    pub generation: u32,
    /// When the code at hand dies; `None` for permanent ones, and for create and renew.
    pub expires_at: Option<Timestamp>,
    /// Why.
    pub reason: Reason,
    /// Whether the code has a ticket but no verified picture: one fetch, no call.
    pub picture_missing: bool,
}

/// How many actions there are of each kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts([u64; 6]);

impl Counts {
    /// How many of one kind.
    pub fn of(&self, kind: ActionKind) -> u64 {
        self.0[kind as usize]
    }

    /// Counts one more.
    pub fn add(&mut self, kind: ActionKind) {
        self.0[kind as usize] += 1;
    }

    /// How many are not `Keep`.
    pub fn changes(&self) -> u64 {
        self.0.iter().sum::<u64>() - self.of(ActionKind::Keep)
    }
}

/// What is done for one campaign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CampaignPlan {
    /// Its name.
    pub name: CampaignName,
    /// Its account's name; empty history aside, the account's appid is what counts.
    pub account: AccountName,
    /// The account's appid.
    pub appid: AppId,
    /// What the files say; `None` where the campaign is in no file any more.
    pub campaign: Option<Campaign>,
    /// Whether its last day is over: nothing is issued or bundled.
    pub ended: bool,
    /// Its actions: codes in the files' order, then retirements by scene.
    pub actions: Vec<Action>,
    /// Codes that `--only` leaves out and without which the bundle is not what it should be: it is left alone.
    pub left_out: u64,
    /// Its codes that are in no file, while some file cannot be read that may want them: they do not retire, and its
    /// bundle is left alone.
    pub unaccounted: u64,
    /// Where these are its codes of an account that it leaves: the one it goes on with.
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
    /// The scene an action is about.
    pub fn scene<'a>(&'a self, action: &'a Action) -> &'a Scene {
        match &action.subject {
            Subject::Wanted(index) => self.codes()[*index].scene(),
            Subject::Gone(gone) => &gone.scene,
        }
    }

    /// The labels of the code an action is about.
    pub fn labels<'a>(&'a self, action: &'a Action) -> &'a Labels {
        match &action.subject {
            Subject::Wanted(index) => self.codes()[*index].labels(),
            Subject::Gone(gone) => &gone.labels,
        }
    }

    /// The lifetime of the code an action is about.
    pub fn lifetime(&self, action: &Action) -> LifetimeKind {
        match &action.subject {
            Subject::Wanted(index) => self.codes()[*index].lifetime().kind(),
            Subject::Gone(gone) => gone.lifetime,
        }
    }

    /// How long the ticket will live that an action issues; `None` where it issues none, or a permanent one.
    pub fn expire_seconds(&self, action: &Action) -> Option<ExpireSeconds> {
        match self.wanted_lifetime(action).filter(|_| action.kind.issues())? {
            Lifetime::Temporary(seconds) => Some(seconds),
            Lifetime::Permanent => None,
        }
    }

    /// The lifetime that is asked for, where a ticket is to be issued.
    pub fn wanted_lifetime(&self, action: &Action) -> Option<Lifetime> {
        match &action.subject {
            Subject::Wanted(index) => Some(self.codes()[*index].lifetime()),
            Subject::Gone(_) => None,
        }
    }

    /// The codes the files want.
    pub fn codes(&self) -> &[crate::model::Code] {
        self.campaign.as_ref().map_or(&[], |campaign| &campaign.codes)
    }

    /// Whether its files do not say of every code what it is shown on: it is not declared for paper.
    pub fn is_undeclared(&self) -> bool {
        !self.ended && self.codes().iter().any(|code| code.medium().is_none())
    }

    /// How many actions there are of each kind.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        self.actions.iter().for_each(|action| counts.add(action.kind));
        counts
    }

    /// Why the campaign is refused, if it is: each cause once.
    pub fn refusals(&self) -> impl Iterator<Item = &Action> {
        self.actions
            .iter()
            .filter(|action| action.kind == ActionKind::Refuse && action.reason != Reason::CampaignRefused)
    }

    /// Why it is refused, in words that name the code where the cause is one code's.
    pub fn refusal(&self, action: &Action) -> String {
        match &action.reason {
            Reason::Example
            | Reason::Budget { .. }
            | Reason::Pool { .. }
            | Reason::Limit(_)
            | Reason::DueOnPaper(_)
            | Reason::DiesOnPaper(_)
            | Reason::OtherAccount(_)
            | Reason::MovesInPart => action.reason.to_string(),
            _ => format!("scene {}: {}", self.scene(action), action.reason),
        }
    }

    /// Whether nothing is done for it.
    pub fn is_refused(&self) -> bool {
        self.refusals().next().is_some()
    }
}

/// What a plan asks of one account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountPlan {
    /// Its name.
    pub name: AccountName,
    /// Its appid.
    pub appid: AppId,
    /// Tickets to be issued: each costs a call.
    pub calls_needed: u64,
    /// Calls this ledger has spent today (Asia/Shanghai).
    pub calls_today: u64,
    /// Calls this ledger may spend a day.
    pub daily_quota: u64,
    /// Permanent codes to be created.
    pub permanents_needed: u64,
    /// Permanent codes that are used of the account's: those this ledger knows of, and those made elsewhere.
    pub permanents_issued: u64,
    /// How many of them were made elsewhere.
    pub permanents_elsewhere: u64,
    /// How fast tickets are asked for.
    pub rate: Rate,
    /// The days to come on which renewals come due.
    pub nights: Vec<Night>,
}

/// What a run would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The instant it was made for.
    pub now: Timestamp,
    /// When the ledger was last written; `None` without one.
    pub ledger_at: Option<Timestamp>,
    /// Which codes it is limited to.
    pub only: Only,
    /// Campaigns by name.
    pub campaigns: Vec<CampaignPlan>,
    /// Accounts in use, by name.
    pub accounts: Vec<AccountPlan>,
    /// SHA-256 over the ordered actions other than `Keep`; see [`Plan::digest_of`].
    pub digest: Digest,
}

impl Plan {
    /// How many actions there are of each kind.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for action in self.actions() {
            counts.add(action.kind);
        }
        counts
    }

    /// Pictures to be fetched: those of new tickets and those still missing.
    pub fn fetches(&self) -> u64 {
        self.actions().filter(|action| action.kind.issues() || action.picture_missing).count() as u64
    }

    /// Permanent codes to be created, over all accounts.
    pub fn permanents_needed(&self) -> u64 {
        self.accounts.iter().map(|account| account.permanents_needed).sum()
    }

    /// The day (Asia/Shanghai) the plan was made for.
    pub fn today(&self) -> jiff::civil::Date {
        beijing_date(self.now)
    }

    fn actions(&self) -> impl Iterator<Item = &Action> {
        self.campaigns.iter().flat_map(|campaign| &campaign.actions)
    }
}
