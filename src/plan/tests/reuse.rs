//! A retired scene is not another channel's unless somebody says so.

use super::make;
use crate::model::{Code, CodeRecord, Lifetime};
use crate::plan::fixture::{DAY, MONTH, campaign, code, generation, history, id, record, wanted};
use crate::plan::{Action, ActionKind, CampaignPlan, Reason};

use ActionKind::{Create, Keep, Refuse, Relabel, Renew};

fn retired(latest: Option<(Lifetime, i64)>) -> CodeRecord {
    let latest = latest.map(|(lifetime, dies_in)| generation(1, lifetime, dies_in));
    CodeRecord { retired: true, ..record("fair", "Old fair", latest) }
}

fn planned(code: Code, known: CodeRecord) -> CampaignPlan {
    let mut metro = campaign("metro", vec![code]);
    metro.permanent_budget = 1;
    let mut plan = make(wanted([metro]), &history([(id(7), known)]));
    plan.campaigns.pop().expect("a campaign")
}

fn wanted_as(channel: &str) -> Code {
    code(id(7), MONTH, channel)
}

fn kind(code: Code, known: CodeRecord) -> ActionKind {
    planned(code, known).actions[0].kind
}

fn refusal(known: CodeRecord) -> String {
    let plan = planned(wanted_as("New"), known);
    let refused: &Action = plan.refusals().next().expect("a refusal");
    plan.refusal(refused)
}

#[test]
fn a_retired_scene_for_another_channel_is_refused_with_what_is_known_of_it() {
    for (latest, last) in [
        ((MONTH, 20 * DAY), "dies on 2026-12-12 15:00"),
        ((MONTH, DAY), "dies on 2026-11-23 15:00"),
        ((MONTH, -DAY), "died on 2026-11-21 15:00"),
    ] {
        assert_eq!(
            refusal(retired(Some(latest))),
            format!(
                "scene 7: the scene was \"Old fair\" of campaign fair, now retired; its last code {last}. Scans of old \
                 prints would count for the new channel: use another scene, or write `reuse: true`"
            )
        );
    }
    let permanent = code(id(7), Lifetime::Permanent, "New");
    let reason = |code: &Code, known| planned(code.clone(), known).actions[0].reason.to_string();
    assert!(
        reason(&permanent, retired(Some((Lifetime::Permanent, 0)))).contains("its last code is permanent. "),
    );
    let lost = CodeRecord { permanent_asked: true, ..retired(None) };
    let unknown = "its last code may be permanent: its answer was lost. ";
    assert!(reason(&permanent, lost).contains(unknown));
    assert_eq!(kind(permanent, retired(Some((MONTH, DAY)))), Refuse, "it would become permanent");
}

#[test]
fn the_same_channel_comes_out_of_retirement_and_reuse_is_meant() {
    let live = || retired(Some((MONTH, 20 * DAY)));
    let dead = || retired(Some((MONTH, -DAY)));
    assert_eq!(kind(wanted_as("Old fair"), live()), Relabel);
    assert_eq!(kind(wanted_as("Old fair"), dead()), Renew);
    assert_eq!(kind(wanted_as("New").reusing(true), live()), Relabel);
    assert_eq!(kind(wanted_as("New").reusing(true), dead()), Renew);
    assert_eq!(kind(wanted_as("New"), retired(None)), Create, "nothing was ever printed");
    let at_work = CodeRecord { retired: false, ..live() };
    assert_eq!(kind(wanted_as("New"), at_work), Relabel, "it is renamed, not used again");
    // Once it is the new channel's, the mark may go.
    let taken = record("metro", "New", Some(generation(1, MONTH, 20 * DAY)));
    assert_eq!(kind(wanted_as("New"), taken), Keep);
    // A permanent code cannot become temporary, whatever it is used for.
    let plan = planned(wanted_as("New"), retired(Some((Lifetime::Permanent, 0))));
    assert_eq!(plan.actions[0].reason, Reason::PermanentToTemporary);
}
