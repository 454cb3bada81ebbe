//! `--only`: what is planned and counted of what is there.

use std::collections::BTreeMap;

use super::{kinds, make};
use crate::model::{Code, History, Labels, Lifetime, Scene};
use crate::plan::digest::{digest_of, planned_actions};
use crate::plan::fixture::{
    DAY, MONTH, campaign, generation, history, id, now, record, tagged, text, wanted,
};
use crate::plan::{ActionKind, Filter, Only, Status, Wanted};

fn code(scene: Scene, lifetime: Lifetime, labels: Labels) -> Code {
    Code::new(scene, lifetime, labels).expect("a code")
}

fn only(filters: &[&str]) -> Only {
    Only(filters.iter().map(|filter| filter.parse::<Filter>().expect("a filter")).collect())
}

/// Two campaigns, three new codes, one that is due, one that is dead, one that left.
fn folder(filters: &[&str]) -> (Wanted, History) {
    let metro = campaign(
        "metro",
        vec![
            code(id(1), MONTH, tagged("Store 1", &["metro", "north"])),
            code(id(2), MONTH, tagged("Store 2", &["north"])),
            code(id(3), MONTH, tagged("Due", &["metro"])),
            code(id(4), MONTH, tagged("Dead", &[])),
        ],
    );
    let shops = campaign("shops", vec![code(text("desk"), MONTH, tagged("Desk", &["metro"]))]);
    let mut wanted = wanted([metro, shops]);
    wanted.only = only(filters);
    let known = |channel: &str, dies| {
        let labels = if channel == "Due" { tagged(channel, &["metro"]) } else { tagged(channel, &[]) };
        let record = record("metro", channel, Some(generation(1, MONTH, dies)));
        crate::model::CodeRecord { labels, ..record }
    };
    let history =
        history([(id(3), known("Due", DAY)), (id(4), known("Dead", -DAY)), (id(5), known("Left", DAY))]);
    (wanted, history)
}

/// The scenes of each campaign's actions, and how many codes it leaves out for its bundle.
fn planned(filters: &[&str]) -> Vec<String> {
    let (wanted, history) = folder(filters);
    let plan = make(wanted, &history);
    let scenes = |campaign: &crate::plan::CampaignPlan| {
        let scenes: Vec<String> = campaign.actions.iter().map(|a| a.scene().to_string()).collect();
        format!("{} {} -{}", campaign.name, scenes.join(" "), campaign.left_out)
    };
    plan.campaigns.iter().map(scenes).collect()
}

#[test]
fn every_filter_must_hold_and_a_campaign_without_such_a_code_is_not_planned() {
    assert_eq!(planned(&[]), ["metro 1 2 3 4 5 -0", "shops desk -0"]);
    // Left out of metro: 2 is missing, 4 is dead, 5 is to be retired.
    assert_eq!(planned(&["tag=metro"]), ["metro 1 3 -3", "shops desk -0"]);
    // 3 is due, but lives: a bundle may hold it as it is.
    assert_eq!(planned(&["tag=north"]), ["metro 1 2 -2"]);
    assert_eq!(planned(&["tag=metro", "channel=Store*"]), ["metro 1 -3"]);
    assert_eq!(planned(&["scene=d*k"]), ["shops desk -0"]);
    assert_eq!(planned(&["campaign=m*", "scene=5"]), ["metro 5 -3"]);
    assert_eq!(planned(&["tag=Metro"]), [] as [&str; 0]);
}

#[test]
fn calls_and_digest_are_those_of_the_actions_that_are_left() {
    let plan = |filters| {
        let (wanted, history) = folder(filters);
        make(wanted, &history)
    };
    let (all, one) = (plan(&[]), plan(&["scene=1"]));
    assert_eq!(kinds(&one.campaigns[0]), [ActionKind::Create]);
    assert_eq!((one.accounts[0].calls.needed, one.fetches()), (1, 1));
    assert_ne!(one.digest, all.digest);
    assert_eq!(one.digest, digest_of(planned_actions(&one.campaigns)));
}

#[test]
fn a_refused_code_refuses_its_campaign_only_where_it_is_acted_on() {
    let desk = code(id(7), Lifetime::Permanent, tagged("Desk", &["desk"]));
    let metro = || campaign("metro", vec![desk.clone(), code(id(8), MONTH, tagged("Store", &["store"]))]);
    let made = |filters| {
        let mut wanted = wanted([metro()]);
        wanted.only = only(filters);
        kinds(&make(wanted, &history([])).campaigns[0])
    };
    assert_eq!(made(&[]), [ActionKind::Refuse, ActionKind::Refuse], "there is no budget");
    assert_eq!(made(&["tag=desk"]), [ActionKind::Refuse]);
    assert_eq!(made(&["tag=store"]), [ActionKind::Create]);
}

#[test]
fn a_status_counts_the_same_codes() {
    let counted = |filters| -> Vec<(String, u64, u64, u64, u64)> {
        let (wanted, history) = folder(filters);
        let status = Status::make(&wanted, &history, &BTreeMap::new(), &BTreeMap::new(), now());
        let numbers = |c: &crate::plan::CampaignStatus| {
            (c.name.to_string(), c.codes.all, c.codes.live, c.codes.expired, c.codes.retired_alive)
        };
        status.campaigns.iter().map(numbers).collect()
    };
    assert_eq!(counted(&[]), [("metro".to_owned(), 5, 2, 1, 0), ("shops".to_owned(), 1, 0, 0, 0)]);
    assert_eq!(counted(&["tag=metro"]), [("metro".to_owned(), 2, 1, 0, 0), ("shops".to_owned(), 1, 0, 0, 0)]);
    assert_eq!(counted(&["channel=Left"]), [("metro".to_owned(), 1, 1, 0, 0)]);
    assert_eq!(counted(&["channel=None"]), []);
}
