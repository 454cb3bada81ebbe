use std::path::PathBuf;

use jiff::Timestamp;

use super::{problem, written};
use crate::engine::{
    AccountSummary, BundleState, Calls, CampaignSummary, FailedCode, Failure, Fatal, RunBundle, RunCounts,
    RunSummary, Stage, Stopped, Work,
};
use crate::exit::{Exit, Signal};
use crate::model::{AccountName, Declared, Digest, Scene};
use crate::plan::fixture::{after, appid, id, instant, name, now, text};
use crate::plan::{ActionKind, Counts};
use crate::view::{RunContents, RunTextOptions, run_json, run_text};

fn counts(numbers: [u64; 6]) -> Counts {
    let mut counts = Counts::default();
    for (kind, number) in ActionKind::ALL.into_iter().zip(numbers) {
        (0..number).for_each(|_| counts.add(kind));
    }
    counts
}

/// A campaign that is done, with a bundle this run wrote.
fn campaign(of: &str, numbers: [u64; 6]) -> CampaignSummary {
    CampaignSummary {
        name: name(of),
        account: AccountName::default(),
        moved_to: None,
        exit: Exit::Done,
        message: String::new(),
        bundle: RunBundle {
            path: Some(PathBuf::from(format!("output/{of}/{of}.zip"))),
            digest: Some(Digest::of(b"zip")),
            state: BundleState::Current,
            revision: Some(3),
            written_at: Some(now()),
            is_new: true,
        },
        partial_bundle: None,
        ended: false,
        counts: RunCounts { actions: counts(numbers), failed: 0 },
        failed: vec![],
        not_tried: 0,
        declared: Declared::Not,
        left_out: 0,
        unaccounted: 0,
    }
}

/// One that is not done, whose earlier bundle stayed.
fn incomplete(of: &str, numbers: [u64; 6], exit: Exit) -> CampaignSummary {
    let mut campaign = CampaignSummary { exit, ..campaign(of, numbers) };
    campaign.bundle.state = BundleState::Stale;
    campaign.bundle.is_new = false;
    campaign.bundle.written_at = Some(instant("2026-11-20T04:00:00Z"));
    campaign
}

/// Some of its codes failed.
fn failing(campaign: &mut CampaignSummary, failed: Vec<FailedCode>) {
    campaign.counts.failed = failed.len() as u64;
    campaign.failed = failed;
}

fn failed(scene: Scene) -> FailedCode {
    let failure = Failure {
        stage: Stage::Issue,
        errcode: Some(40053),
        rid: Some("6a1b-2c".to_owned()),
        message: "the platform refuses the scene\r\n\u{1b}[31mreally".to_owned(),
    };
    FailedCode { scene, failure }
}

fn summary(campaigns: Vec<CampaignSummary>, calls_made: u64) -> RunSummary {
    let account = AccountSummary {
        clock: None,
        name: AccountName::default(),
        appid: appid(),
        calls: Calls { made: calls_made, used_today: calls_made + 10, daily_quota: 100_000 },
        stopped: None,
    };
    let (fatal, work) = (None, Work::default());
    RunSummary { campaigns, accounts: vec![account], fatal, work, started_at: now(), ended_at: after(2040) }
}

fn shown(summary: &RunSummary) -> String {
    run_text(summary, RunTextOptions::default())
}

#[test]
fn a_run_that_is_done_says_where_the_bundles_are_and_what_comes_next() {
    let mut shops = campaign("shops", [0, 0, 949, 0, 0, 0]);
    (shops.bundle.is_new, shops.bundle.written_at) = (false, Some(instant("2026-11-20T04:00:00Z")));
    let run = summary(vec![campaign("metro screens", [50, 1, 949, 2, 3, 0]), shops], 51);
    let expected = "\
metro screens: 50 created, 1 renewed, 2 relabelled, 3 retired, 949 unchanged
  output/metro screens/metro screens.zip, revision 3
shops: 949 unchanged
  output/shops/shops.zip, revision 3, unchanged since 2026-11-20 12:00

Took 34 min: account default 51 calls (used today 61 of 100,000)
Next: scenepress verify 'output/metro screens/metro screens.zip', then hand over the zip.
";
    assert_eq!(shown(&run), expected);

    let (mut lobby, mut hall) = (campaign("lobby", [1, 0, 0, 0, 0, 0]), campaign("hall", [1, 0, 0, 0, 0, 0]));
    (lobby.declared, hall.declared) = (Declared::Screen, Declared::Screen);
    let mut doors = campaign("doors", [1, 0, 0, 0, 0, 0]);
    doors.declared = Declared::Paper;
    let run = summary(vec![doors, hall, lobby, campaign("shops", [1, 0, 0, 0, 0, 0])], 3);
    let next = |run: &RunSummary| -> Vec<String> {
        shown(run).lines().filter(|line| line.starts_with("Next")).map(str::to_owned).collect()
    };
    let expected = [
        "Next: scenepress verify output/doors/doors.zip, hand it over, and record that: scenepress handoff output/doors/doors.zip --to NAME.",
        "Next: scenepress verify output/shops/shops.zip, then hand over the zip.",
        "Next: scenepress verify output/hall/hall.zip output/lobby/lobby.zip, then put the pictures on the screens.",
    ];
    assert_eq!(next(&run), expected);

    let mut printed = ["doors", "walls"].map(|name| campaign(name, [1, 0, 0, 0, 0, 0]));
    (printed[0].declared, printed[1].declared) = (Declared::Paper, Declared::Mixed);
    let expected = "Next: scenepress verify output/doors/doors.zip output/walls/walls.zip, hand them over, and record each: \
                    scenepress handoff BUNDLE.zip --to NAME.";
    assert_eq!(next(&summary(printed.to_vec(), 2)), [expected]);
}

#[test]
fn a_run_on_the_emulator_says_how_to_go_on_with_real_credentials() {
    let run = summary(vec![campaign("metro", [2, 0, 0, 0, 0, 0])], 2);
    let expected = "\
metro: 2 created
  output/metro/metro.zip, revision 3

Took 34 min: account default 2 calls (used today 12 of 100,000)
These codes are the emulator's and lead nowhere: not for print. For real ones:
  1. set WECHAT_APPID and WECHAT_SECRET to the account's credentials
  2. remove `example: true` from the campaign files
  3. scenepress plan     shows what would be issued, and what it costs
  4. scenepress run      issues it
";
    let options = RunTextOptions { color: false, emulator: true, example: true };
    assert_eq!(run_text(&run, options), expected);
    let unmarked = expected
        .replace("  2. remove `example: true` from the campaign files\n", "")
        .replace("  3. ", "  2. ")
        .replace("  4. ", "  3. ");
    assert_eq!(run_text(&run, RunTextOptions { example: false, ..options }), unmarked);

    let mut refused = incomplete("metro", [0, 0, 0, 0, 0, 3], Exit::Refused);
    refused.message = "permanent_budget is 2".to_owned();
    let text = run_text(&summary(vec![refused], 0), options);
    assert!(!text.contains("For real ones"), "{text}");
}

#[test]
fn a_campaign_that_is_not_complete_keeps_its_bundle_and_names_each_cause_once() {
    let mut metro = incomplete("metro", [1, 0, 0, 0, 0, 0], Exit::Failed);
    failing(&mut metro, (9..=37).map(|n| failed(id(n))).collect());
    let mut desk = incomplete("desk", [0, 0, 0, 0, 0, 0], Exit::Failed);
    desk.bundle = RunBundle::default();
    failing(&mut desk, vec![failed(text("1001"))]);
    let text = shown(&summary(vec![desk, metro], 31));
    let expected = r#"desk: 1 failed
  there is no bundle yet: scene "1001" failed
  scene "1001" failed (issue): the platform refuses the scene [31mreally (40053, rid 6a1b-2c)
metro: 1 created, 29 failed
  metro.zip is of 2026-11-20 12:00 and was not replaced: scene 9 failed, and 28 others
  scenes 9, 10, 11, 12, 13 and 24 more failed (issue): the platform refuses the scene [31mreally (40053, rid 6a1b-2c)

Took 34 min: account default 31 calls (used today 41 of 100,000)
What was done is safe: run the same command again for the rest.
"#;
    assert_eq!(text, expected);
}

#[test]
fn ten_causes_of_failures_are_listed_and_the_others_counted() {
    let mut metro = incomplete("metro", [1, 0, 0, 0, 0, 0], Exit::Failed);
    failing(&mut metro, (9..=37).map(|n| failed(id(n))).collect());
    for (index, code) in metro.failed.iter_mut().enumerate() {
        code.failure.message = format!("cause {index}");
    }
    let text = shown(&summary(vec![metro], 31));
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[11..13], ["  scene 18 failed (issue): cause 9 (40053, rid 6a1b-2c)", "  … 19 more"]);
}

#[test]
fn what_is_wrong_with_an_account_is_said_once() {
    let message = "the secret of account default (wx0123456789abcdef) is wrong: check WECHAT_SECRET";
    let mut metro = incomplete("metro", [0, 0, 0, 0, 0, 0], Exit::AccountRefused);
    let mut desk = incomplete("desk", [0, 0, 0, 0, 0, 0], Exit::AccountRefused);
    failing(&mut metro, vec![failed(id(9))]);
    let failure = &mut metro.failed[0].failure;
    (failure.errcode, failure.message) = (Some(40125), message.to_owned());
    for campaign in [&mut metro, &mut desk] {
        (campaign.message, campaign.not_tried) = (message.to_owned(), 2);
    }
    let failure = metro.failed[0].failure.clone();
    let mut run = summary(vec![desk, metro], 1);
    run.accounts[0].stopped =
        Some(Stopped { exit: Exit::AccountRefused, message: failure.to_string(), failure: Some(failure) });
    let expected = "\
desk: 2 not finished
  desk.zip is of 2026-11-20 12:00 and was not replaced: refused by the platform, see below
metro: 1 failed, 2 not finished
  metro.zip is of 2026-11-20 12:00 and was not replaced: refused by the platform, see below
  scene 9 failed (issue): see below

Account default: the secret of account default (wx0123456789abcdef) is wrong: check WECHAT_SECRET (40125, rid 6a1b-2c)
Took 34 min: account default 1 call (used today 11 of 100,000)
";
    assert_eq!(shown(&run), expected);
    // A failure of another cause keeps its own words.
    run.campaigns[1].failed[0].failure.errcode = Some(40053);
    let text = shown(&run);
    assert!(text.contains("\n  scene 9 failed (issue): the secret of account default"), "{text}");
}

#[test]
fn a_permanent_pool_that_is_used_up_is_not_to_be_tried_again() {
    let mut desk = incomplete("desk", [0, 0, 0, 0, 0, 0], Exit::Failed);
    failing(&mut desk, (1..=7).map(|n| failed(id(n))).collect());
    for code in &mut desk.failed {
        (code.failure.errcode, code.failure.message) = (Some(45029), "all are used up".to_owned());
    }
    let expected = "\
desk: 7 failed
  desk.zip is of 2026-11-20 12:00 and was not replaced: scene 1 failed, and 6 others
  scenes 1, 2, 3, 4, 5 and 2 more failed (issue): all are used up (45029, rid 6a1b-2c)

Took 34 min: account default 7 calls (used today 17 of 100,000)
What was done is safe. Change the campaign files first: the same codes would fail again.
";
    assert_eq!(shown(&summary(vec![desk], 7)), expected);
}

#[test]
fn a_campaign_that_is_gone_does_not_show_its_bundle_as_if_it_were_wanted() {
    let mut metro = incomplete("metro", [0, 0, 0, 0, 3, 0], Exit::Done);
    let expected = "\
metro: 3 retired
  its bundle output/metro/metro.zip is of 2026-11-20 12:00; nothing of it is wanted any more

Took 34 min: account default 0 calls (used today 10 of 100,000)
";
    assert_eq!(shown(&summary(vec![metro.clone()], 0)), expected);
    // An older bundle of the same day is told from a newer one by its time.
    metro.bundle.written_at = Some(after(-3600));
    let text = shown(&summary(vec![metro], 0));
    assert!(text.contains("metro.zip is of 2026-11-22 14:00; nothing of it"), "{text}");
}

#[test]
fn the_codes_that_a_campaign_leaves_on_another_account_have_no_bundle() {
    let mut old = campaign("metro", [0, 0, 0, 0, 3, 0]);
    (old.moved_to, old.bundle) = (AccountName::new("second"), RunBundle::default());
    let new = CampaignSummary {
        account: AccountName::new("second").expect("a name"),
        ..campaign("metro", [3, 0, 0, 0, 0, 0])
    };
    let expected = "\
metro (account default): 3 retired
  its codes left for account second
metro: 3 created
  output/metro/metro.zip, revision 3

Took 34 min: account default 3 calls (used today 13 of 100,000)
Next: scenepress verify output/metro/metro.zip, then hand over the zip.
";
    assert_eq!(shown(&summary(vec![old.clone(), new], 3)), expected);
    (old.counts.actions, old.exit) = (counts([0, 0, 0, 0, 0, 3]), Exit::Refused);
    old.message = "a limit".to_owned();
    let text = shown(&summary(vec![old], 0));
    assert!(text.contains("\n  its codes are to leave for account second: a limit\n"), "{text}");
}

#[test]
fn a_campaign_whose_last_day_is_over_has_no_code_that_is_as_it_should_be() {
    let mut over = campaign("spring", [0, 0, 45, 0, 0, 0]);
    (over.ended, over.bundle.is_new) = (true, false);
    let over = || over.clone();
    let last = |campaigns| shown(&summary(campaigns, 0)).lines().last().map(str::to_owned);
    let all = "Nothing to do: the last day of every campaign is over.";
    assert_eq!(last(vec![over()]), Some(all.to_owned()));
    assert_eq!(last(vec![over(), over()]), Some(all.to_owned()));
    let mut metro = campaign("metro", [0, 0, 2, 0, 0, 0]);
    metro.bundle.is_new = false;
    assert_eq!(last(vec![over(), metro]), Some("Nothing to do: 2 codes are as they should be.".to_owned()));
}

#[test]
fn a_spent_quota_says_when_to_come_back() {
    let mut metro = incomplete("metro", [30, 0, 0, 0, 0, 0], Exit::QuotaSpent);
    (metro.not_tried, metro.message) = (20, "the day's quota is spent".to_owned());
    metro.bundle.written_at = Some(instant("2025-11-20T04:00:00Z"));
    let expected = "\
metro: 30 created, 20 not finished
  metro.zip is of 2025-11-20 12:00 and was not replaced: a quota is spent, see below

Account default: the day's quota is spent
Took 34 min: account default 30 calls (used today 40 of 100,000)
A quota is spent. What was done is safe: run the same command again after the reset: a day's is believed to be at midnight, Beijing time.
";
    let message = metro.message.clone();
    let mut run = summary(vec![metro], 30);
    run.accounts[0].stopped = Some(Stopped { exit: Exit::QuotaSpent, message, failure: None });
    assert_eq!(shown(&run), expected);
}

#[test]
fn refused_ended_and_stopped_campaigns_each_have_their_words() {
    let mut refused = incomplete("desk", [0, 0, 0, 0, 0, 4], Exit::Refused);
    refused.message = "permanent_budget is 2".to_owned();
    let mut ended = campaign("spring", [0, 0, 9, 0, 0, 0]);
    (ended.ended, ended.bundle) = (true, RunBundle::default());
    let mut run = summary(vec![refused, ended], 0);
    run.fatal = Some(Fatal::Failed("the disk is full".to_owned()));
    let expected = "\
desk: 4 refused
  desk.zip is of 2026-11-20 12:00 and was not replaced: permanent_budget is 2
spring: its last day is over; nothing was issued or bundled
  no bundle

Stopped: the disk is full
Took 34 min: account default 0 calls (used today 10 of 100,000)
`scenepress plan` shows why a campaign is refused, and the way out.
";
    assert_eq!(shown(&run), expected);
}

#[test]
fn a_signal_leaves_one_line_with_one_set_of_figures() {
    let mut metro = incomplete("metro", [18, 0, 0, 0, 0, 0], Exit::Interrupted);
    metro.not_tried = 82;
    failing(&mut metro, vec![failed(id(9))]);
    let mut run = summary(vec![metro, campaign("desk", [1, 0, 0, 0, 0, 0])], 30);
    run.fatal = Some(Fatal::Stopped(Signal::Interrupt));
    run.work = Work { issued: 1020, verified: 19, failed: 1, left: 82 };
    let rest = "; all is kept, run it again for the rest\n";
    let figures = "issued 1,020, verified 19, failed 1, left 82";
    assert_eq!(shown(&run), format!("Stopped by SIGINT: {figures}{rest}"));
    // All pictures are there, and the bundle is not.
    run.campaigns.remove(1);
    (run.campaigns[0].not_tried, run.work) = (0, Work { issued: 5, verified: 5, failed: 0, left: 0 });
    let figures = "issued 5, verified 5, left 0, 1 bundle not written";
    assert_eq!(shown(&run), format!("Stopped by SIGINT: {figures}{rest}"));
    run.campaigns[0].exit = Exit::Done;
    assert_eq!(shown(&run), "Stopped by SIGINT: issued 5, verified 5, left 0\n");
}

#[test]
fn an_account_that_gave_up_is_said_once_and_no_scene_is_to_blame() {
    let message = "no success for 3 min, so nothing more was tried: https://x could not be reached: refused";
    let mut metro = incomplete("metro", [0, 0, 0, 0, 0, 0], Exit::Failed);
    (metro.not_tried, metro.message) = (60, message.to_owned());
    let mut run = summary(vec![metro], 0);
    run.accounts[0].stopped =
        Some(Stopped { exit: Exit::Failed, message: message.to_owned(), failure: None });
    let expected = "\
metro: 60 not finished
  metro.zip is of 2026-11-20 12:00 and was not replaced: its account was stopped, see below

Account default: no success for 3 min, so nothing more was tried: https://x could not be reached: refused
Took 34 min: account default 0 calls (used today 10 of 100,000)
What was done is safe: run the same command again for the rest.
";
    assert_eq!(shown(&run), expected);
}

#[test]
fn a_limit_of_the_machine_says_what_to_raise() {
    let mut run = summary(vec![campaign("metro", [1, 0, 0, 0, 0, 0])], 1);
    run.fatal = Some(Fatal::Failed("cannot write a.jpg: Too many open files (os error 24)".to_owned()));
    let text = shown(&run);
    let expected = "This is a limit of the machine. What was done is safe: let this process open more files: ulimit -n 4096\n";
    assert!(text.contains(expected), "{text}");
}

#[test]
fn nothing_to_do_is_said_in_a_line() {
    let mut metro = campaign("metro", [0, 0, 1000, 0, 0, 0]);
    metro.bundle.is_new = false;
    let text = shown(&summary(vec![metro], 0));
    assert!(text.ends_with("\nNothing to do: 1,000 codes are as they should be.\n"), "{text}");
    let mut desk = campaign("desk", [0, 0, 1, 0, 0, 0]);
    desk.bundle.is_new = false;
    let text = shown(&summary(vec![desk], 0));
    assert!(text.ends_with("\nNothing to do: 1 code is as it should be.\n"), "{text}");
}

#[test]
fn a_run_of_some_milliseconds_took_no_second() {
    let mut run = summary(vec![campaign("metro", [1, 0, 0, 0, 0, 0])], 1);
    run.ended_at = run.started_at + std::time::Duration::from_millis(20);
    let text = shown(&run);
    assert!(text.contains("\nTook under a second: account default 1 call"), "{text}");
}

#[test]
fn pictures_and_bundles_that_were_made_again_are_something() {
    let text = shown(&summary(vec![campaign("metro", [0, 0, 3, 0, 0, 0])], 0));
    assert!(!text.contains("Nothing to do"), "{text}");
}

fn document(summary: Option<&RunSummary>, exit: Exit) -> String {
    let (started_at, ended_at): (Timestamp, Timestamp) = (now(), after(60));
    let problems = [problem()];
    let message = "1 of 2 campaigns is not complete";
    written(|out| {
        let contents = RunContents { summary, exit, message, problems: &problems, hooks: &[] };
        run_json(out, contents, (started_at, ended_at))
    })
}

#[test]
fn the_runs_document_is_the_designs() {
    let mut metro = incomplete("metro", [1, 2, 3, 4, 5, 0], Exit::Failed);
    failing(&mut metro, vec![failed(id(9))]);
    metro.message = "1 code failed".to_owned();
    metro.failed[0].failure.message = "refused".to_owned();
    let mut desk = campaign("desk", [0, 0, 0, 0, 0, 0]);
    desk.bundle = RunBundle::default();
    let expected = r#"{
  "format": 1,
  "exit": 3,
  "outcome": "partial",
  "message": "1 of 2 campaigns is not complete",
  "campaigns": [
    {"campaign": "desk", "account": "default", "moved_to": null, "exit": 0, "bundle": null, "bundle_sha256": null, "bundle_state": "missing", "revision": null, "counts": {"create": 0, "renew": 0, "keep": 0, "relabel": 0, "retire": 0, "refuse": 0, "failed": 0}, "failed": [], "message": "", "not_tried": 0, "left_out": 0, "partial_bundle": null},
    {"campaign": "metro", "account": "default", "moved_to": null, "exit": 3, "bundle": "output/metro/metro.zip", "bundle_sha256": "DIGEST", "bundle_state": "stale", "revision": 3, "counts": {"create": 1, "renew": 2, "keep": 3, "relabel": 4, "retire": 5, "refuse": 0, "failed": 1}, "failed": [{"scene": "9", "scene_type": "id", "stage": "issue", "errcode": 40053, "rid": "6a1b-2c", "message": "refused"}], "message": "1 code failed", "not_tried": 0, "left_out": 0, "partial_bundle": null}
  ],
  "accounts": [
    {"account": "default", "appid": "wx0123456789abcdef", "calls": {"made": 7, "used_today": 17, "daily_quota": 100000}, "clock": null}
  ],
  "problems": [
    {"kind": "unknown-key", "severity": "error", "path": "campaigns/metro.yaml", "line": 3, "column": 5, "message": "unknown key `chanel`", "help": "did you mean `channel`?"}
  ],
  "hooks": [],
  "started_at": "2026-11-22T15:00:00+08:00",
  "ended_at": "2026-11-22T15:01:00+08:00"
}
"#;
    let expected = expected.replace("DIGEST", &Digest::of(b"zip").to_string());
    assert_eq!(document(Some(&summary(vec![desk, metro], 7)), Exit::Failed), expected);
}

#[test]
fn the_document_is_written_after_a_fatal_error_too() {
    let text = document(None, Exit::Usage);
    assert!(text.starts_with("{\n  \"format\": 1,\n  \"exit\": 2,\n  \"outcome\": \"failed\",\n"), "{text}");
    assert!(text.contains("\n  \"campaigns\": [],\n  \"accounts\": [],\n  \"problems\": [\n"), "{text}");
}
