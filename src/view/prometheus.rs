//! How things stand, in the text format that Prometheus reads, as node-exporter takes it from a file.

use std::fmt::Write;

use crate::model::Account;
use crate::plan::{BundleState, CampaignStatus, PaperFacts, Status};

/// One metric: its name, what it says, and a sample for each set of labels.
struct Metric {
    name: &'static str,
    help: &'static str,
    samples: Vec<(String, String)>,
}

/// The whole file. All metrics are gauges; instants are unix seconds; campaigns of which nothing is
/// wanted any more are left out.
pub fn prometheus(status: &Status) -> String {
    let mut text = String::new();
    for Metric { name, help, samples } in
        metrics(status).into_iter().filter(|metric| !metric.samples.is_empty())
    {
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge");
        for (labels, value) in samples {
            let _ = writeln!(text, "{name}{labels} {value}");
        }
    }
    text
}

fn metrics(status: &Status) -> Vec<Metric> {
    let campaigns =
        || status.campaigns.iter().filter(|campaign| campaign.in_files || campaign.not_retired > 0);
    let of_campaigns = |name, help, value: &dyn Fn(&CampaignStatus) -> Option<i64>| Metric {
        name,
        help,
        samples: campaigns()
            .filter_map(|campaign| Some((labels(&of(campaign)), value(campaign)?.to_string())))
            .collect(),
    };
    let of_accounts = |name, help, value: &dyn Fn(&crate::plan::AccountStatus) -> u64| Metric {
        name,
        help,
        samples: status
            .accounts
            .iter()
            .map(|account| (labels(&[("account", account.name.as_str())]), value(account).to_string()))
            .collect(),
    };
    let [due_on_paper, outdated_on_paper, next_death_on_paper] = of_paper(&of_campaigns);
    vec![
        codes(campaigns()),
        due_on_paper,
        outdated_on_paper,
        next_death_on_paper,
        of_campaigns(
            "scenepress_codes_not_retired",
            "Living codes that are in no campaign file and that no run has retired; scenepress_codes counts them as live.",
            &|campaign| i64::try_from(campaign.not_retired).ok(),
        ),
        of_campaigns("scenepress_pictures_missing", "Live codes without a verified picture.", &|campaign| {
            i64::try_from(campaign.pictures_missing).ok()
        }),
        of_campaigns(
            "scenepress_next_expiry_timestamp_seconds",
            "When the first of the live codes dies; absent where none can.",
            &|campaign| Some(campaign.next_expiry_at?.as_second()),
        ),
        of_campaigns(
            "scenepress_next_renewal_timestamp_seconds",
            "From when on the first of the codes is renewed; absent where none is.",
            &|campaign| Some(campaign.next_renewal_at?.as_second()),
        ),
        of_campaigns(
            "scenepress_last_success_timestamp_seconds",
            "When a run last left everything of the campaign done; absent where none did.",
            &|campaign| Some(campaign.succeeded_at?.as_second()),
        ),
        of_campaigns(
            "scenepress_bundle_current",
            "1 where the bundle is what ledger and files say, otherwise 0.",
            // What a campaign left behind on another account has no bundle of its own.
            &|campaign| {
                let is_current = campaign.bundle.state == BundleState::Current;
                campaign.moved_to.is_none().then(|| i64::from(is_current))
            },
        ),
        of_campaigns(
            "scenepress_bundle_deployed",
            "1 where the deploy hook has taken the bundle, otherwise 0; only where there are a bundle and a hook.",
            &|campaign| campaign.bundle.deployed.map(i64::from),
        ),
        of_campaigns(
            "scenepress_campaign_ended",
            "1 where the campaign's last day is over, otherwise 0.",
            &|campaign| Some(i64::from(campaign.ended)),
        ),
        of_accounts(
            "scenepress_calls_used_today",
            "Calls that this ledger has spent today (Asia/Shanghai).",
            &|account| account.calls_today,
        ),
        of_accounts("scenepress_calls_daily_quota", "Calls that this ledger may spend a day.", &|account| {
            account.daily_quota
        }),
        of_accounts(
            "scenepress_permanent_codes",
            "Permanent codes that the account has had, as far as is known.",
            &|account| account.permanents_issued,
        ),
        of_accounts("scenepress_permanent_pool", "Permanent codes that an account may ever have.", &|_| {
            Account::PERMANENT_POOL
        }),
        Metric {
            name: "scenepress_status_timestamp_seconds",
            help: "The instant that all of this is of.",
            samples: vec![(String::new(), status.now.as_second().to_string())],
        },
    ]
}

fn codes<'a>(campaigns: impl Iterator<Item = &'a CampaignStatus>) -> Metric {
    let samples = campaigns.flat_map(|campaign| {
        let states = [
            ("live", campaign.live - campaign.due_soon),
            ("due", campaign.due_soon),
            ("dead", campaign.expired),
            ("new", campaign.never_issued),
        ];
        states.map(|(state, codes)| {
            let [account, name] = of(campaign);
            (labels(&[account, name, ("state", state)]), codes.to_string())
        })
    });
    Metric {
        name: "scenepress_codes",
        help: "Codes by state: live (also one that left the files and that no run has retired), due (live, and the next run renews it), dead, new (without a ticket).",
        samples: samples.collect(),
    }
}

/// A metric with a sample a campaign, of its name, its help and its value.
type OfCampaigns<'a> =
    dyn Fn(&'static str, &'static str, &dyn Fn(&CampaignStatus) -> Option<i64>) -> Metric + 'a;

fn of_paper(of_campaigns: &OfCampaigns<'_>) -> [Metric; 3] {
    [
        of_campaigns(
            "scenepress_paper_codes_due",
            "Codes on paper that are due or dead and that a run issues again only with --reprint; scenepress_codes counts them as live or dead.",
            &|campaign| i64::try_from(campaign.paper_due).ok(),
        ),
        of_campaigns(
            "scenepress_paper_codes_outdated",
            "Codes on paper as an earlier picture, or on paper although they are for screens.",
            &|campaign| {
                let PaperFacts { outdated, for_screens, .. } = &campaign.paper;
                i64::try_from(outdated.codes + for_screens.codes).ok()
            },
        ),
        of_campaigns(
            "scenepress_paper_next_death_timestamp_seconds",
            "When the first of their pieces dies, or did; absent where none does, the file accepts it, or the last day comes first.",
            &|campaign| {
                let PaperFacts { outdated, for_screens, .. } = &campaign.paper;
                Some(outdated.deaths.iter().chain(&for_screens.deaths).min()?.as_second())
            },
        ),
    ]
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
