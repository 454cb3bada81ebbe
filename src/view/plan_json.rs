//! The plan as a JSON document.

use std::io::{self, Write};

use jiff::Timestamp;
use schemars::{JsonSchema, Schema};
use serde::{Serialize, Serializer};

use super::ProblemLine;
use super::document;
use crate::model::{
    AccountName, CampaignName, Channel, Digest, ExpireSeconds, Instant, LifetimeKind, Scene, schema_of,
};
use crate::paper::{EarlyOnPaper, ExpiredOnPaper};
use crate::plan::{AccountPlan, Action, ActionKind, CampaignPlan, Counts, Plan};

/// Writes a plan as of `now`, action by action; `out` had better be buffered. Without a plan its fields are null, zero or
/// empty, and the problems say why.
pub fn plan_json(
    out: &mut dyn Write,
    plan: Option<&Plan>,
    now: Timestamp,
    problems: &[ProblemLine],
) -> io::Result<()> {
    let campaigns = plan.map_or(&[][..], |plan| &plan.campaigns);
    let undeclared = campaigns.iter().filter(|campaign| campaign.is_undeclared());
    let document = Document {
        format: FORMAT,
        digest: plan.map(|plan| plan.digest),
        now,
        ledger_at: plan.and_then(|plan| plan.ledger_at),
        actions: campaigns,
        counts: plan.map(Plan::counts).unwrap_or_default(),
        fetches: plan.map_or(0, Plan::fetches),
        accounts: plan.map_or(&[][..], |plan| &plan.accounts),
        undeclared: undeclared.map(|campaign| &campaign.name).collect(),
        dead_on_paper: campaigns.iter().filter_map(|campaign| campaign.expired_on_paper(now)).collect(),
        dying_on_paper: campaigns.iter().filter_map(|campaign| campaign.early_on_paper(now)).collect(),
        problems,
    };
    document::write(out, &document)
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
    /// The SHA-256 of what would be changed, for `run --expect`; null if no plan could be made.
    digest: Option<Digest>,
    /// The instant for which the plan was made.
    #[serde(serialize_with = "Instant::write")]
    now: Timestamp,
    /// When the ledger was last written; null without a ledger.
    #[serde(serialize_with = "Instant::write_or_null")]
    ledger_at: Option<Timestamp>,
    /// What is done to each code, in the order of the plan.
    #[serde(serialize_with = "each_action")]
    #[schemars(with = "Vec<ActionLine<'_>>")]
    actions: &'a [CampaignPlan],
    /// How many actions there are of each kind.
    counts: Counts,
    /// How many pictures are to be fetched.
    fetches: u64,
    /// What it costs each account.
    accounts: &'a [AccountPlan],
    /// Campaigns of which not every code says whether it is for paper or a screen.
    undeclared: Vec<&'a CampaignName>,
    /// Campaigns with codes that are on paper and dead, as accepted: nothing renews them.
    dead_on_paper: Vec<ExpiredOnPaper>,
    /// Campaigns with codes that are on paper already, are not due, and die before the last day is over, which the file
    /// does not accept.
    dying_on_paper: Vec<EarlyOnPaper>,
    /// Problems of the campaign files, and whatever else kept a plan from being made.
    problems: &'a [ProblemLine],
}

/// One after the other: there may be a hundred thousand.
fn each_action<S: Serializer>(campaigns: &&[CampaignPlan], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(
        campaigns.iter().flat_map(|campaign| {
            campaign.actions.iter().map(move |action| ActionLine::new(campaign, action))
        }),
    )
}

/// What is done to one code.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Action")]
struct ActionLine<'a> {
    /// What is done.
    action: ActionKind,
    /// The code's campaign.
    campaign: &'a CampaignName,
    /// The account it is of.
    account: &'a AccountName,
    #[serde(flatten)]
    scene: &'a Scene,
    /// Where the code is placed.
    channel: &'a Channel,
    /// Whether the code dies.
    lifetime: LifetimeKind,
    /// How many seconds the ticket that is issued will live; null if none is issued, and for permanent codes.
    expire_seconds: Option<u32>,
    /// How many times the code will have been issued.
    generation: u32,
    /// When the ticket at hand dies; null if a new one is issued, and for permanent codes.
    #[serde(serialize_with = "Instant::write_or_null")]
    expires_at: Option<Timestamp>,
    /// Why, for people.
    reason: String,
}

impl<'a> ActionLine<'a> {
    fn new(campaign: &'a CampaignPlan, action: &'a Action) -> Self {
        Self {
            action: action.kind,
            campaign: &campaign.name,
            account: &campaign.account,
            scene: action.scene(),
            channel: &action.labels().channel,
            lifetime: action.lifetime(),
            expire_seconds: action.expire_seconds().map(ExpireSeconds::get),
            generation: action.generation,
            expires_at: action.expires_at,
            reason: action.reason.to_string(),
        }
    }
}
