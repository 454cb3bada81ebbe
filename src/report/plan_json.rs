//! The plan as a JSON document.

use std::io::{self, Write};

use jiff::Timestamp;
use serde::Serialize;

use super::ProblemLine;
use super::document::Document;
use crate::model::{Account, rfc3339};
use crate::plan::{AccountPlan, Action, ActionKind, CampaignPlan, Counts, Night, Plan};

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

fn write(
    out: &mut dyn Write,
    plan: Option<&Plan>,
    now: Timestamp,
    problems: &[ProblemLine],
) -> io::Result<()> {
    let campaigns = plan.map_or(&[][..], |plan| &plan.campaigns);
    let accounts = plan.map_or(&[][..], |plan| &plan.accounts);
    let lines = campaigns
        .iter()
        .flat_map(|campaign| campaign.actions.iter().map(move |action| ActionLine::new(campaign, action)));
    let mut document = Document::begin(out)?;
    document.field("format", &1)?;
    document.field("digest", &plan.map(|plan| plan.digest.to_string()))?;
    document.field("now", &rfc3339(now))?;
    document.field("ledger_at", &plan.and_then(|plan| plan.ledger_at).map(rfc3339))?;
    document.list("actions", lines)?;
    document.field("counts", &CountsLine::new(&plan.map(Plan::counts).unwrap_or_default()))?;
    document.field("fetches", &plan.map_or(0, Plan::fetches))?;
    document.list("accounts", accounts.iter().map(AccountLine::new))?;
    let undeclared = campaigns.iter().filter(|campaign| campaign.is_undeclared());
    document.list("undeclared", undeclared.map(|campaign| campaign.name.as_str()))?;
    document.list("problems", problems)?;
    document.finish()
}

#[derive(Serialize)]
struct ActionLine<'a> {
    action: &'static str,
    campaign: &'a str,
    account: &'a str,
    scene: String,
    scene_type: &'static str,
    channel: &'a str,
    lifetime: &'static str,
    generation: u32,
    expires_at: Option<String>,
    reason: String,
}

impl<'a> ActionLine<'a> {
    fn new(campaign: &'a CampaignPlan, action: &'a Action) -> Self {
        let scene = campaign.scene(action);
        Self {
            action: action.kind.as_str(),
            campaign: campaign.name.as_str(),
            account: campaign.account.as_str(),
            scene: scene.to_string(),
            scene_type: scene.scene_type().as_str(),
            channel: campaign.labels(action).channel.as_str(),
            lifetime: campaign.lifetime(action).as_str(),
            generation: action.generation,
            expires_at: action.expires_at.filter(|_| !action.kind.issues()).map(rfc3339),
            reason: action.reason.to_string(),
        }
    }
}

/// How many actions there are of each kind.
#[derive(Serialize)]
pub(super) struct CountsLine {
    create: u64,
    renew: u64,
    keep: u64,
    relabel: u64,
    retire: u64,
    refuse: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    failed: Option<u64>,
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
            failed: None,
        }
    }

    /// The same with the codes that failed, as a run's document has it.
    pub(super) fn with_failed(counts: &Counts, failed: u64) -> Self {
        Self { failed: Some(failed), ..Self::new(counts) }
    }
}

#[derive(Serialize)]
struct AccountLine<'a> {
    account: &'a str,
    appid: &'a str,
    calls: Calls,
    permanent: Permanent,
    nights: Vec<NightLine>,
}

#[derive(Serialize)]
struct Calls {
    needed: u64,
    used_today: u64,
    daily_quota: u64,
}

/// A day on which renewals come due.
#[derive(Serialize)]
struct NightLine {
    day: String,
    renewals: u64,
    over_quota: u64,
}

#[derive(Serialize)]
struct Permanent {
    needed: u64,
    issued: u64,
    elsewhere: u64,
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
