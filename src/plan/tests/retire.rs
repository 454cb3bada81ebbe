use super::{kinds, make, reasons};
use crate::model::{CodeRecord, History, Lifetime, LifetimeKind};
use crate::plan::fixture::{
    DAY, MONTH, after, appid, campaign, code, generation, history, id, record, selected, text, wanted,
};
use crate::plan::{ActionKind, Reason, Retirement, Subject, Wanted, WantedCampaign};

const LIVE: i64 = 20 * DAY;

fn live(campaign: &str) -> CodeRecord {
    record(campaign, "Line", Some(generation(1, MONTH, LIVE)))
}

/// `metro` is selected, `shops` is not; each wants one of its codes. `gone` is in no file.
fn folder(retirement: Retirement) -> (Wanted, History) {
    let metro = campaign("metro", vec![code(id(1), MONTH, "Line")]);
    let shops = campaign("shops", vec![code(id(2), MONTH, "Line")]);
    let shops = WantedCampaign { selected: false, ..selected(shops) };
    let mut wanted = wanted([metro]);
    wanted.campaigns.push(shops);
    wanted.retirement = retirement;
    let history = history([
        (id(1), live("metro")),
        (id(2), live("shops")),
        (text("b"), live("metro")),
        (id(11), live("metro")),
        (id(12), live("shops")),
        (id(13), live("gone")),
    ]);
    (wanted, history)
}

fn retired(retirement: Retirement) -> Vec<String> {
    let (wanted, history) = folder(retirement);
    let plan = make(wanted, &history);
    plan.campaigns
        .iter()
        .flat_map(|campaign| campaign.actions.iter().map(move |action| (campaign, action)))
        .filter(|(_, action)| action.kind == ActionKind::Retire)
        .map(|(campaign, action)| format!("{} {}", campaign.name, action.scene()))
        .collect()
}

#[test]
fn codes_retire_where_they_were_selected_or_the_whole_folder_was() {
    assert_eq!(retired(Retirement::Folder), ["gone 13", "metro 11", "metro b"]);
    assert_eq!(retired(Retirement::Selected), ["metro 11", "metro b"]);
    assert_eq!(retired(Retirement::Nothing), [] as [&str; 0]);
}

#[test]
fn a_campaign_in_no_file_is_planned_for_its_retirements_alone() {
    let (wanted, history) = folder(Retirement::Folder);
    let plan = make(wanted, &history);
    let gone = &plan.campaigns[0];
    assert_eq!(
        (gone.name.as_str(), gone.account.as_str(), gone.campaign.is_none()),
        ("gone", "default", true)
    );
    assert_eq!(reasons(gone), [Reason::LeftFiles(Some(after(LIVE)))]);
    assert_eq!((plan.accounts[0].calls.needed, plan.fetches()), (0, 0));
}

#[test]
fn a_code_that_moved_to_a_campaign_that_is_not_selected_does_not_retire() {
    let (mut wanted, _) = folder(Retirement::Folder);
    wanted.campaigns[1].campaign.codes.push(code(id(3), MONTH, "Line").into());
    let history = history([(id(3), live("metro"))]);
    let plan = make(wanted, &history);
    assert_eq!(plan.campaigns.len(), 1);
    assert_eq!(kinds(&plan.campaigns[0]), [ActionKind::Create]);
}

#[test]
fn a_code_retires_once_and_its_record_is_kept() {
    let metro = || campaign("metro", vec![code(id(1), MONTH, "Line")]);
    let gone = CodeRecord { retired: true, ..live("metro") };
    let plan = make(wanted([metro()]), &history([(id(1), live("metro")), (id(2), gone)]));
    assert_eq!(kinds(&plan.campaigns[0]), [ActionKind::Keep]);

    let never = record("metro", "Line", None);
    let permanent = record("metro", "Line", Some(generation(1, Lifetime::Permanent, -1)));
    let plan =
        make(wanted([metro()]), &history([(id(1), live("metro")), (id(2), never), (id(3), permanent)]));
    let retired: Vec<_> = plan.campaigns[0].actions[1..]
        .iter()
        .map(|action| match &action.subject {
            Subject::Gone(gone) => (gone.lifetime, action.generation, action.reason.clone()),
            Subject::Wanted(_) => panic!("{action:?}"),
        })
        .collect();
    let left = Reason::LeftFiles(None);
    assert_eq!(retired, [(LifetimeKind::Temporary, 0, left.clone()), (LifetimeKind::Permanent, 1, left)]);
}

#[test]
fn another_accounts_codes_are_another_matter() {
    let mut wanted = wanted([campaign("metro", vec![code(id(1), MONTH, "Line")])]);
    let other = crate::model::AppId::new("wxother").expect("an appid");
    wanted.campaigns[0].appid = other.clone();
    let plan = make(wanted, &history([(id(1), live("metro"))]));
    let planned: Vec<_> = plan.campaigns.iter().map(|c| (c.appid.clone(), kinds(c))).collect();
    assert_eq!(planned, [(appid(), vec![ActionKind::Retire]), (other, vec![ActionKind::Create])]);
}
