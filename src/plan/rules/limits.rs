//! Limits: how much of a campaign one run may change unasked.
//!
//! Only living codes count: what is done to an expired one changes nothing in the field.

use std::collections::{BTreeMap, HashMap};

use super::RuleContext;
use crate::model::{AppId, Campaign, CampaignName, Channel, Code, CodeRecord, Generation, LimitKind, Limits};
use crate::plan::action::{Action, ActionKind};
use crate::plan::campaign_plan::CampaignPlan;
use crate::plan::policy::{Due, Renewal};
use crate::plan::reason::{OverLimit, Reason};

/// The channel a code has, and the one it gets.
type Channels<'a> = (&'a Channel, &'a Channel);

/// Refuses what changes more of a campaign than its limits say.
pub(super) fn limits(context: &RuleContext<'_>, campaigns: &mut [CampaignPlan]) {
    let living = living_codes(context);
    let of = |appid: &AppId, name: &CampaignName| living.get(&(appid, name)).copied();
    for plan in campaigns {
        let changes = |action: &Action| !matches!(action.kind, ActionKind::Keep | ActionKind::Refuse);
        // A change of the account that has begun is not asked for again: what is left of it would only expire.
        let has_begun = plan.successor.as_ref().is_some_and(|next| of(&next.appid, &plan.name).is_some());
        if has_begun || !plan.actions.iter().any(changes) {
            continue;
        }
        let living = of(&plan.appid, &plan.name).unwrap_or(0) + moved_in(context, plan);
        for kind in LimitKind::ALL {
            let places: Vec<usize> =
                (0..plan.actions.len()).filter(|place| counts(context, plan, kind, *place)).collect();
            let changed = places.iter().filter_map(|place| living_code(context, plan, &plan.actions[*place]));
            let channels: Vec<Channels<'_>> = changed.map(LivingCode::channels).collect();
            let swapped = if kind == LimitKind::Relabel { swapped(&channels) } else { 0 };
            let change = Change { kind, changed: places.len() as u64, swapped, living };
            if let Some(mut over) = over_limit(context, &plan.name, plan.campaign.as_ref(), change) {
                over.in_files |= plan.successor.is_some();
                plan.refuse_at(places, &Reason::Limit(Box::new(over)));
            }
        }
    }
}

/// Refuses what gives more codes of a campaign another channel than its limit says, wherever they went: a table that
/// was sorted in one column changes no less if it is split into several files. The campaigns that get them are
/// refused, unless one is allowed as many as it likes.
pub(super) fn limits_of_moved_codes(context: &RuleContext<'_>, campaigns: &mut [CampaignPlan]) {
    let living = living_codes(context);
    let mut moved: BTreeMap<(&AppId, &CampaignName), Moved<'_>> = BTreeMap::new();
    for (at, plan) in campaigns.iter().enumerate() {
        for (place, action) in plan.actions.iter().enumerate() {
            let Some(code) = living_code(context, plan, action).filter(|code| code.is_relabelled(action))
            else {
                continue;
            };
            let is_moved = code.record.campaign != plan.name;
            if is_moved && context.wanted.allows(LimitKind::Relabel, &plan.name) {
                continue;
            }
            let of = moved.entry((&plan.appid, &code.record.campaign)).or_default();
            of.channels.push(code.channels());
            if is_moved {
                of.places.push((at, place));
            }
        }
    }
    let mut refusals = Vec::new();
    for ((appid, name), Moved { channels, places }) in moved {
        let mut plans = campaigns.iter().filter(|plan| plan.appid == *appid && plan.name == *name);
        let file = plans.find_map(|plan| plan.campaign.as_ref());
        let (changed, swapped) = (channels.len() as u64, swapped(&channels));
        let living = living.get(&(appid, name)).copied().unwrap_or(0);
        let change = Change { kind: LimitKind::Relabel, changed, swapped, living };
        let over = over_limit(context, name, file, change);
        refusals.extend(over.map(|over| (places, OverLimit { elsewhere: true, ..over })));
    }
    for (places, over) in refusals {
        let reason = Reason::Limit(Box::new(over));
        for (at, place) in places {
            campaigns[at].refuse_at([place], &reason);
        }
    }
}

/// Codes of one campaign that get other channels.
#[derive(Default)]
struct Moved<'a> {
    channels: Vec<Channels<'a>>,
    /// Those that go to other campaigns: the place of that campaign in the plan, and of the action there.
    places: Vec<(usize, usize)>,
}

/// How much of a campaign would be changed.
#[derive(Clone, Copy)]
struct Change {
    kind: LimitKind,
    changed: u64,
    swapped: u64,
    living: u64,
}

/// Refuses a change of the campaign, unless the limit in its file or the command line allows it.
fn over_limit(
    context: &RuleContext<'_>,
    name: &CampaignName,
    file: Option<&Campaign>,
    change: Change,
) -> Option<OverLimit> {
    let Change { kind, changed, swapped, living } = change;
    let limit = file.map_or_else(Limits::default, |campaign| campaign.limits).of(kind);
    if limit.allows(changed, living) || context.wanted.allows(kind, name) {
        return None;
    }
    // A table has no keys.
    let is_table = |file: &Campaign| file.path.extension().is_some_and(|end| end.eq_ignore_ascii_case("csv"));
    let has_keys = file.is_some_and(|file| !is_table(file));
    let (campaign, in_files) = (name.clone(), file.is_some());
    Some(OverLimit { kind, campaign, changed, swapped, living, limit, elsewhere: false, in_files, has_keys })
}

/// How many living codes each campaign has, as the ledger has them.
fn living_codes<'a>(context: &RuleContext<'a>) -> HashMap<(&'a AppId, &'a CampaignName), u64> {
    let mut living = HashMap::new();
    for (appid, account) in context.history.accounts() {
        for record in account.codes.values().filter(|record| living_generation(context, record).is_some()) {
            *living.entry((appid, &record.campaign)).or_default() += 1;
        }
    }
    living
}

/// The generation of a code that is not retired and works.
fn living_generation<'a>(context: &RuleContext<'_>, record: &'a CodeRecord) -> Option<&'a Generation> {
    record.latest.as_ref().filter(|latest| !record.retired && latest.is_alive(context.now))
}

/// Living codes that come from another campaign: they belong to this one from now on.
fn moved_in(context: &RuleContext<'_>, plan: &CampaignPlan) -> u64 {
    let records = plan.codes().iter().filter_map(|code| context.history.code(&plan.appid, code.scene()));
    let moved =
        |record: &&CodeRecord| record.campaign != plan.name && living_generation(context, record).is_some();
    records.filter(moved).count() as u64
}

/// A wanted code, and what the ledger has of it.
#[derive(Clone, Copy)]
struct LivingCode<'a> {
    code: &'a Code,
    record: &'a CodeRecord,
    latest: &'a Generation,
}

impl<'a> LivingCode<'a> {
    fn channels(self) -> Channels<'a> {
        (&self.record.labels.channel, &self.code.labels().channel)
    }

    /// Whether an action gives it another channel. Also that of a code that is renewed tonight.
    fn is_relabelled(self, action: &Action) -> bool {
        let (before, now) = self.channels();
        !matches!(action.kind, ActionKind::Keep | ActionKind::Refuse) && before != now
    }
}

/// The code of an action, if the files want it and it lives.
fn living_code<'a>(
    context: &RuleContext<'a>,
    plan: &'a CampaignPlan,
    action: &'a Action,
) -> Option<LivingCode<'a>> {
    let code = action.code()?;
    let record = context.history.code(&plan.appid, code.scene())?;
    Some(LivingCode { code, record, latest: living_generation(context, record)? })
}

/// Whether an action counts against a limit.
fn counts(context: &RuleContext<'_>, plan: &CampaignPlan, kind: LimitKind, place: usize) -> bool {
    let action = &plan.actions[place];
    let living = || living_code(context, plan, action);
    match kind {
        // A code that was never issued has generation 0.
        LimitKind::Retire => {
            action.kind == ActionKind::Retire
                && action.generation > 0
                && action.expires_at.is_none_or(|at| context.now < at)
        }
        LimitKind::Relabel => living().is_some_and(|code| code.is_relabelled(action)),
        LimitKind::Reissue => {
            let is_early = |code: LivingCode<'_>| {
                let renewal = Renewal::new(plan.campaign.as_ref()?, &plan.appid, code.code);
                let due = renewal.due(code.latest, context.now);
                Some(matches!(due, Due::NotYet | Due::OutlivesCampaign))
            };
            action.kind.issues() && living().and_then(is_early).unwrap_or(false)
        }
    }
}

/// How many codes get a channel that another of them had.
fn swapped(channels: &[Channels<'_>]) -> u64 {
    let mut left: HashMap<&Channel, u64> = HashMap::new();
    for (before, _) in channels {
        *left.entry(before).or_default() += 1;
    }
    let mut swapped = 0;
    for (_, now) in channels {
        if let Some(left) = left.get_mut(now).filter(|left| **left > 0) {
            *left -= 1;
            swapped += 1;
        }
    }
    swapped
}
