//! How things stand, in the text format that Prometheus reads, as node-exporter takes it from a file.

use std::fmt::Write;

use crate::model::Account;
use crate::plan::{AccountStatus, BundleState, CampaignStatus, Status};

/// The value of a metric of one campaign; `None` if it has no sample.
type OfCampaign = fn(&CampaignStatus) -> Option<i64>;
/// A number of codes of one campaign.
type Codes = fn(&CampaignStatus) -> u64;
/// The value of a metric of one account.
type OfAccount = fn(&AccountStatus) -> u64;

/// A metric: its name, its help and its value.
type Metric<Value> = (&'static str, &'static str, Value);

/// Codes by state, each a sample of one metric.
const STATES: [(&str, Codes); 5] = [
    ("live", |campaign| campaign.codes.live - campaign.codes.due_soon),
    ("due", |campaign| campaign.codes.due_soon),
    ("dead", |campaign| campaign.codes.expired),
    ("new", |campaign| campaign.codes.never_issued),
    ("taken_down", |campaign| campaign.codes.taken_down),
];

const OF_CAMPAIGNS: [Metric<OfCampaign>; 12] = [
    (
        "scenepress_paper_codes_due",
        "Codes on paper that are due or dead and that a run issues again only with --reprint; scenepress_codes counts them as live or dead.",
        |campaign| i64::try_from(campaign.codes.paper_due).ok(),
    ),
    (
        "scenepress_paper_codes_outdated",
        "Codes on paper as an earlier picture, or on paper although they are for screens.",
        |campaign| i64::try_from(campaign.paper.outdated + campaign.paper.for_screens).ok(),
    ),
    (
        "scenepress_paper_codes_never_handed_over",
        "Codes for paper that work and hang nowhere, and whose newest picture was never handed over.",
        |campaign| i64::try_from(campaign.paper.never_handed_over).ok(),
    ),
    (
        "scenepress_paper_next_death_timestamp_seconds",
        "When the first of their pieces dies, or did; absent where none does, the file accepts it, or the last day comes first.",
        |campaign| campaign.paper.early.first().map(|(_, at)| at.as_second()),
    ),
    (
        "scenepress_codes_not_retired",
        "Living codes that are in no campaign file and that no run has retired; scenepress_codes counts them as live.",
        |campaign| i64::try_from(campaign.codes.not_retired).ok(),
    ),
    ("scenepress_pictures_missing", "Live codes without a verified picture.", |campaign| {
        i64::try_from(campaign.codes.pictures_missing).ok()
    }),
    (
        "scenepress_next_expiry_timestamp_seconds",
        "When the first of the live codes dies; absent where none can.",
        |campaign| Some(campaign.codes.next_expiry_at?.as_second()),
    ),
    (
        "scenepress_next_renewal_timestamp_seconds",
        "From when on the first of the codes is renewed; absent where none is.",
        |campaign| Some(campaign.codes.next_renewal_at?.as_second()),
    ),
    (
        "scenepress_last_success_timestamp_seconds",
        "When a run last left everything of the campaign done; absent where none did.",
        |campaign| Some(campaign.succeeded_at?.as_second()),
    ),
    (
        "scenepress_bundle_current",
        "1 where the bundle is what ledger and files say, otherwise 0.",
        // What a campaign left behind on another account has no bundle of its own.
        |campaign| {
            let is_current = campaign.bundle.state == BundleState::Current;
            campaign.moved_to.is_none().then_some(i64::from(is_current))
        },
    ),
    (
        "scenepress_bundle_deployed",
        "1 where the deploy hook has taken the bundle, otherwise 0; only where there are a bundle and a hook.",
        |campaign| campaign.bundle.deployed.map(i64::from),
    ),
    ("scenepress_campaign_ended", "1 where the campaign's last day is over, otherwise 0.", |campaign| {
        Some(i64::from(campaign.ended))
    }),
];

const OF_ACCOUNTS: [Metric<OfAccount>; 4] = [
    ("scenepress_calls_used_today", "Calls that this ledger has spent today (Asia/Shanghai).", |account| {
        account.calls_today
    }),
    ("scenepress_calls_daily_quota", "Calls that this ledger may spend a day.", |account| {
        account.daily_quota
    }),
    (
        "scenepress_permanent_codes",
        "Permanent codes that the account has had, as far as is known.",
        |account| account.permanents_issued,
    ),
    ("scenepress_permanent_pool", "Permanent codes that an account may ever have.", |_| {
        Account::PERMANENT_POOL
    }),
];

/// The whole file. All metrics are gauges; instants are unix seconds; campaigns of which nothing is wanted any more are
/// left out.
pub fn prometheus(status: &Status) -> String {
    let mut text = String::new();
    let campaigns =
        || status.campaigns.iter().filter(|campaign| campaign.in_files || campaign.codes.not_retired > 0);
    let by_state = campaigns().flat_map(|campaign| {
        STATES.map(|(state, codes)| {
            let [account, name] = of(campaign);
            (labels(&[account, name, ("state", state)]), codes(campaign).to_string())
        })
    });
    add(
        &mut text,
        "scenepress_codes",
        "Codes by state: live (also one that left the files and that no run has retired), due (live, and the next run renews it), dead, new (without a ticket), taken_down (all its paper was).",
        by_state,
    );
    for (name, help, value) in OF_CAMPAIGNS {
        let sample = |campaign| Some((labels(&of(campaign)), value(campaign)?.to_string()));
        add(&mut text, name, help, campaigns().filter_map(sample));
    }
    for (name, help, value) in OF_ACCOUNTS {
        let sample = |account: &AccountStatus| {
            (labels(&[("account", account.name.as_str())]), value(account).to_string())
        };
        add(&mut text, name, help, status.accounts.iter().map(sample));
    }
    let now = (String::new(), status.now.as_second().to_string());
    add(
        &mut text,
        "scenepress_status_timestamp_seconds",
        "The instant that all of this is of.",
        [now].into_iter(),
    );
    text
}

/// Adds a metric with its samples, each its labels and its value; nothing if there are none.
fn add(text: &mut String, name: &str, help: &str, samples: impl Iterator<Item = (String, String)>) {
    let mut samples = samples.peekable();
    if samples.peek().is_some() {
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge"); // cannot fail
    }
    for (labels, value) in samples {
        let _ = writeln!(text, "{name}{labels} {value}");
    }
}

fn of(campaign: &CampaignStatus) -> [(&'static str, &str); 2] {
    [("account", campaign.account.as_str()), ("campaign", campaign.name.as_str())]
}

/// `{account="default",campaign="metro"}`
fn labels(labels: &[(&str, &str)]) -> String {
    let escaped = |value: &str| value.replace('\\', r"\\").replace('"', "\\\"").replace('\n', r"\n");
    let pairs: Vec<String> =
        labels.iter().map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect();
    format!("{{{}}}", pairs.join(","))
}
