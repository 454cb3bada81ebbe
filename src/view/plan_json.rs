//! The plan as a JSON document.

use std::io::{self, Write};

use jiff::Timestamp;
use schemars::{JsonSchema, Schema};
use serde::{Serialize, Serializer};

use super::ProblemLine;
use super::document;
use crate::model::{Account, Digest, ExpireSeconds, LifetimeKind, SceneType, rfc3339, schema_of};
use crate::plan::{
    AccountPlan, Action, ActionKind, CampaignPlan, Counts, DeadOnPaper, DyingOnPaper, Night, Plan,
};

/// Writes a plan, action by action; `out` had better be buffered.
pub fn plan_json(out: &mut dyn Write, plan: &Plan, problems: &[ProblemLine]) -> io::Result<()> {
    write(out, Some(plan), plan.now, problems)
}

/// Writes the same document where there is no plan: its fields are null, zero or empty, the problems say why.
pub fn plan_json_without_plan(
    out: &mut dyn Write,
    problems: &[ProblemLine],
    now: Timestamp,
) -> io::Result<()> {
    write(out, None, now, problems)
}

/// The schema of that document.
pub fn plan_schema() -> Schema {
    schema_of::<Document<'_>>()
}

/// The version of the document's form.
const FORMAT: u32 = 1;

/// What a run would do, against a ledger, with the calls it would cost.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "The plan that `scenepress plan --format json` prints and `--out` writes")]
struct Document<'a> {
    /// The version of the document's form.
    #[schemars(extend("const" = FORMAT))]
    format: u32,
    /// The SHA-256 of what would be changed, for `run --expect`; null where no plan could be made.
    #[schemars(extend("pattern" = Digest::PATTERN))]
    digest: Option<String>,
    /// The instant for which the plan was made.
    #[schemars(extend("format" = "date-time"))]
    now: String,
    /// When the ledger was last written; null without a ledger.
    #[schemars(extend("format" = "date-time"))]
    ledger_at: Option<String>,
    /// What is done to each code, in the order of the plan.
    #[serde(serialize_with = "each_action")]
    #[schemars(with = "Vec<ActionLine<'_>>")]
    actions: &'a [CampaignPlan],
    /// How many actions there are of each kind.
    counts: CountsLine,
    /// How many pictures are to be fetched.
    fetches: u64,
    /// What it costs each account.
    accounts: Vec<AccountLine<'a>>,
    /// Campaigns of which not every code says whether it is for paper or a screen.
    undeclared: Vec<&'a str>,
    /// Campaigns with codes that are on paper and dead, as accepted: nothing renews them.
    dead_on_paper: Vec<DeadLine>,
    /// Campaigns with codes that are on paper already, are not due, and die before the last day is over, which the file
    /// does not accept.
    dying_on_paper: Vec<DyingLine>,
    /// Problems of the campaign files, and whatever else kept a plan from being made.
    problems: &'a [ProblemLine],
}

fn write(
    out: &mut dyn Write,
    plan: Option<&Plan>,
    now: Timestamp,
    problems: &[ProblemLine],
) -> io::Result<()> {
    let accounts = plan.map_or(&[][..], |plan| &plan.accounts);
    let campaigns = plan.map_or(&[][..], |plan| &plan.campaigns);
    let undeclared = campaigns.iter().filter(|campaign| campaign.is_undeclared());
    let document = Document {
        format: FORMAT,
        digest: plan.map(|plan| plan.digest.to_string()),
        now: rfc3339(now),
        ledger_at: plan.and_then(|plan| plan.ledger_at).map(rfc3339),
        actions: campaigns,
        counts: CountsLine::new(&plan.map(Plan::counts).unwrap_or_default()),
        fetches: plan.map_or(0, Plan::fetches),
        accounts: accounts.iter().map(AccountLine::new).collect(),
        undeclared: undeclared.map(|campaign| campaign.name.as_str()).collect(),
        dead_on_paper: campaigns
            .iter()
            .filter_map(|campaign| campaign.dead_on_paper(now))
            .map(DeadLine::from)
            .collect(),
        dying_on_paper: campaigns
            .iter()
            .filter_map(CampaignPlan::dying_on_paper)
            .map(DyingLine::from)
            .collect(),
        problems,
    };
    document::write(out, &document)
}

/// One after the other: there may be a hundred thousand.
fn each_action<S: Serializer>(campaigns: &&[CampaignPlan], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(
        campaigns.iter().flat_map(|campaign| {
            campaign.actions.iter().map(move |action| ActionLine::new(campaign, action))
        }),
    )
}

/// The codes of a campaign that are on paper and dead, as accepted.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "DeadOnPaper")]
struct DeadLine {
    /// The campaign.
    campaign: String,
    /// How many codes.
    codes: u64,
    /// When the first of them died.
    #[schemars(extend("format" = "date-time"))]
    first_died_at: String,
}

impl From<DeadOnPaper> for DeadLine {
    fn from(dead: DeadOnPaper) -> Self {
        let DeadOnPaper { campaign, codes, first_died_at, .. } = dead;
        Self { campaign: campaign.to_string(), codes, first_died_at: rfc3339(first_died_at) }
    }
}

/// The codes of a campaign that die on paper before its last day is over.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "DyingOnPaper")]
struct DyingLine {
    /// The campaign.
    campaign: String,
    /// How many codes.
    codes: u64,
    /// When the first of them dies.
    #[schemars(extend("format" = "date-time"))]
    first_dies_at: String,
}

impl From<DyingOnPaper> for DyingLine {
    fn from(dying: DyingOnPaper) -> Self {
        let DyingOnPaper { campaign, codes, first_dies_at, .. } = dying;
        Self { campaign: campaign.to_string(), codes, first_dies_at: rfc3339(first_dies_at) }
    }
}

/// What is done to one code.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Action")]
struct ActionLine<'a> {
    /// What is done.
    action: ActionKind,
    /// The code's campaign.
    campaign: &'a str,
    /// The account it is of.
    account: &'a str,
    /// What the code carries.
    scene: String,
    /// Whether that is a number or a text.
    scene_type: SceneType,
    /// Where the code is placed.
    channel: &'a str,
    /// Whether the code dies.
    lifetime: LifetimeKind,
    /// How many seconds the ticket that is issued will live; null where none is issued, and for permanent codes.
    expire_seconds: Option<u32>,
    /// How many times the code will have been issued.
    generation: u32,
    /// When the ticket at hand dies; null where a new one is issued, and for permanent codes.
    #[schemars(extend("format" = "date-time"))]
    expires_at: Option<String>,
    /// Why, for people.
    reason: String,
}

impl<'a> ActionLine<'a> {
    fn new(campaign: &'a CampaignPlan, action: &'a Action) -> Self {
        let scene = campaign.scene(action);
        Self {
            action: action.kind,
            campaign: campaign.name.as_str(),
            account: campaign.account.as_str(),
            scene: scene.to_string(),
            scene_type: scene.scene_type(),
            channel: campaign.labels(action).channel.as_str(),
            lifetime: campaign.lifetime(action),
            expire_seconds: campaign.expire_seconds(action).map(ExpireSeconds::get),
            generation: action.generation,
            expires_at: action.expires_at.filter(|_| !action.kind.issues()).map(rfc3339),
            reason: action.reason.to_string(),
        }
    }
}

/// How many codes there are of each action.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Counts")]
pub(super) struct CountsLine {
    /// A first ticket is issued.
    create: u64,
    /// A new ticket replaces one that is due or dead.
    renew: u64,
    /// Nothing is done.
    keep: u64,
    /// Labels are recorded.
    relabel: u64,
    /// No longer renewed.
    retire: u64,
    /// Not done.
    refuse: u64,
}

impl CountsLine {
    pub(super) fn new(counts: &Counts) -> Self {
        Self {
            create: counts.of(ActionKind::Create),
            renew: counts.of(ActionKind::Renew),
            keep: counts.of(ActionKind::Keep),
            relabel: counts.of(ActionKind::Relabel),
            retire: counts.of(ActionKind::Retire),
            refuse: counts.of(ActionKind::Refuse),
        }
    }
}

/// What the plan costs one account.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Account")]
struct AccountLine<'a> {
    /// Its name in `accounts.yaml`.
    account: &'a str,
    /// Its appid.
    appid: &'a str,
    /// Calls against the day's quota.
    calls: Calls,
    /// Permanent codes against the account's pool.
    permanent: Permanent,
    /// The coming nights on which renewals come due.
    nights: Vec<NightLine>,
}

/// Calls against the day's quota.
#[derive(Serialize, JsonSchema)]
struct Calls {
    /// What the plan needs.
    needed: u64,
    /// What this ledger has spent today (Asia/Shanghai).
    used_today: u64,
    /// What this ledger may spend a day.
    daily_quota: u64,
}

/// A day on which renewals come due.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Night")]
struct NightLine {
    /// The day (Asia/Shanghai).
    #[schemars(extend("format" = "date"))]
    day: String,
    /// How many codes come due.
    renewals: u64,
    /// How many of them are beyond the day's quota.
    over_quota: u64,
}

/// Permanent codes against the account's pool.
#[derive(Serialize, JsonSchema)]
struct Permanent {
    /// What the plan needs.
    needed: u64,
    /// What the account has had, as far as is known.
    issued: u64,
    /// Of those, what other programs made.
    elsewhere: u64,
    /// What an account has for its whole life.
    pool: u64,
}

impl NightLine {
    fn new(night: &Night) -> Self {
        Self { day: night.day.to_string(), renewals: night.renewals, over_quota: night.over_quota }
    }
}

impl<'a> AccountLine<'a> {
    fn new(account: &'a AccountPlan) -> Self {
        Self {
            account: account.name.as_str(),
            appid: account.appid.as_str(),
            calls: Calls {
                needed: account.calls_needed,
                used_today: account.calls_today,
                daily_quota: account.daily_quota,
            },
            permanent: Permanent {
                needed: account.permanents_needed,
                issued: account.permanents_issued,
                elsewhere: account.permanents_elsewhere,
                pool: Account::PERMANENT_POOL,
            },
            nights: account.nights.iter().map(NightLine::new).collect(),
        }
    }
}
