//! Codes that no campaign file wants any more: they are watched until a run has retired them.

use serde_json::json;

use super::several_accounts;
use super::support::{Platform, Project, SECRET};
use super::whole::{neutral, without};

fn stores(codes: u32) -> String {
    let row = |number: u32| format!("{number},Store {number},30d,screen\n");
    format!("scene,channel,expires,medium\n{}", (1..=codes).map(row).collect::<String>())
}

const DESK: &str = "expires: 30d\nmedium: screen\ncodes: [{scene: 99, channel: Desk}]\n";
const WATCH: [&str; 5] = ["status", "--max-age", "26h", "--min-left", "3d"];

/// A project with 12 stores and a desk, of which all was done 29 days ago.
fn project(platform: &Platform) -> Project {
    let project = Project::new(platform).campaign("stores.csv", &stores(12)).campaign("desk.yaml", DESK);
    project.expect(&["run"], 0);
    project
}

/// Lets 29 days pass.
fn month(project: &Project) {
    project.age(29);
    project.sql("UPDATE campaigns SET succeeded_at = succeeded_at - 29 * 86400");
}

/// What stands behind the head of a status.
fn shown(project: &Project, args: &[&str], exit: i32) -> String {
    let told = project.expect(args, exit);
    assert_eq!(told.stderr, "");
    let text = without(&neutral(&told.stdout), ", in ", "; at least");
    text.split_once("\n\n").expect("a head").1.to_owned()
}

#[test]
fn a_lost_file_is_not_passed_over_while_its_codes_die_until_a_run_retires_them() {
    let platform = Platform::start();
    let project = project(&platform);
    project.remove("campaigns/stores.csv");
    project.expect(&["run"], 4);
    month(&project);
    project.expect(&["run"], 4);
    let expected = "\
campaign  codes  live  next death   next renewal
stores       12    12  <minute>  -
  bundle of a campaign that is in no file, revision 1, of <minute>
desk          1     1  <minute>  <minute>
  bundle current, revision 2, of <minute>
total        13    13

stores: 12 codes are in no campaign file; the first dies at <minute>
stores: a run retires them, or refuses to (`scenepress plan`)

Account default (wx0123456789abcdef)
  14 calls of 100,000 used today, 0 permanent codes of 100,000 issued
  next 30 days  renewals  deaths
  <day>                0      12
  <day>                1       0

overdue: stores: no run has left it done since <minute>, 29 d ago; one is expected every 1 d 2 h
overdue: stores: the next code dies at <minute>, in …; at least 3 d are to be left
";
    assert_eq!(shown(&project, &WATCH, 11), expected);

    let document = project.expect(&["status", "--format", "json", "--prometheus", "metrics"], 0).json();
    let stores = &document["campaigns"][1];
    for (key, value) in [
        ("campaign", json!("stores")),
        ("in_files", json!(false)),
        ("moved_to", json!(null)),
        ("codes", json!(12)),
        ("live", json!(12)),
        ("not_retired", json!(12)),
        ("retired_alive", json!(0)),
        ("not_retired_die_at", stores["next_expiry_at"].clone()),
        ("bundle_state", json!("stale")),
    ] {
        assert_eq!(stores[key], value, "{key}");
    }
    assert!(stores["next_expiry_at"].is_string(), "{stores:#}");
    let metrics = String::from_utf8(project.read("metrics")).expect("UTF-8");
    let of_stores = |metric: &str| {
        let start = format!("{metric}{{account=\"default\",campaign=\"stores\"");
        metrics.lines().filter(|line| line.starts_with(&start)).map(str::to_owned).collect::<Vec<_>>()
    };
    let states =
        [("live", 12), ("due", 0), ("dead", 0), ("new", 0), ("taken_down", 0)].map(|(state, codes)| {
            format!("scenepress_codes{{account=\"default\",campaign=\"stores\",state=\"{state}\"}} {codes}")
        });
    assert_eq!(of_stores("scenepress_codes"), states);
    assert_eq!(of_stores("scenepress_next_expiry_timestamp_seconds").len(), 1, "{metrics}");
    assert_eq!(
        of_stores("scenepress_codes_not_retired"),
        ["scenepress_codes_not_retired{account=\"default\",campaign=\"stores\"} 12"]
    );

    project.expect(&["run", "--allow", "retire=stores"], 0);
    let expected = "\
campaign  codes  live  next death   next renewal
desk          1     1  <minute>  <minute>
  bundle current, revision 2, of <minute>
stores        0     0  -            -
  bundle of a campaign that is in no file, revision 1, of <minute>
total         1     1

stores: is in no campaign file
stores: 12 retired codes still work

Account default (wx0123456789abcdef)
  14 calls of 100,000 used today, 0 permanent codes of 100,000 issued
  next 30 days  renewals  deaths
  <day>                0      12
  <day>                1       0
";
    assert_eq!(shown(&project, &WATCH, 0), expected);
    let document = project.expect(&["status", "--format", "json", "--prometheus", "metrics"], 0).json();
    let stores = &document["campaigns"][1];
    let keys = ["codes", "live", "not_retired", "retired_alive"];
    assert_eq!(keys.map(|key| stores[key].clone()), [0, 0, 0, 12].map(|codes| json!(codes)));
    assert!(!String::from_utf8(project.read("metrics")).expect("UTF-8").contains("stores"));
}

#[test]
fn a_campaign_that_lost_most_of_its_codes_keeps_them_until_a_run_retires_them() {
    let platform = Platform::start();
    let project = project(&platform);
    project.write("campaigns/stores.csv", stores(2));
    month(&project);
    project.expect(&["run"], 4);
    let expected = "\
campaign  codes  live  due  next death   next renewal
stores       12    12    2  <minute>  now
  bundle stale, revision 1, of <minute>
desk          1     1    0  <minute>  <minute>
  bundle current, revision 2, of <minute>
total        13    13    2

stores: 10 codes are in no campaign file; the first dies at <minute>
stores: a run retires them, or refuses to (`scenepress plan`)
stores: its bundle is not what ledger and files say now
";
    let text = shown(&project, &WATCH, 11);
    assert!(text.starts_with(expected), "{text}");
    let overdue: Vec<&str> = text.lines().filter(|line| line.starts_with("overdue: ")).collect();
    assert_eq!(
        overdue,
        [
            "overdue: stores: no run has left it done since <minute>, 29 d ago; one is expected every 1 d 2 h",
            "overdue: stores: the next code dies at <minute>, in …; at least 3 d are to be left",
        ]
    );
}

#[test]
fn an_ordinary_night_that_retires_what_left_the_files_leaves_nothing_overdue() {
    let platform = Platform::start();
    let project = project(&platform);
    project.write("campaigns/stores.csv", stores(11));
    let text = shown(&project, &WATCH, 0);
    assert!(
        text.contains(
            "\nstores: 1 code is in no campaign file; it dies at <minute>\nstores: a run retires it, or refuses to \
             (`scenepress plan`)\n"
        ),
        "{text}"
    );
    month(&project);
    project.expect(&["run"], 0);
    let text = shown(&project, &WATCH, 0);
    assert!(text.contains("\n\nstores: 1 retired code still works\n\n"), "{text}");
    assert!(text.starts_with("campaign  codes  live  next death   next renewal\n"), "{text}");
    project.remove("campaigns/desk.yaml");
    project.expect(&["run"], 0);
    let text = shown(&project, &WATCH, 0);
    assert!(text.contains("\ndesk: is in no campaign file\ndesk: 1 retired code still works\n"), "{text}");
}

#[test]
fn what_a_file_that_cannot_be_read_may_want_is_not_said_to_be_retired() {
    let platform = Platform::start();
    let project = project(&platform);
    project.write("campaigns/stores.csv", stores(11));
    project.write("campaigns/broken.yaml", "codes: [");
    let text = neutral(&project.expect(&["status", "--keep-going"], 2).stdout);
    let note = "\n\nstores: 1 code is in no campaign file that could be read; it dies at <minute>\nstores: its bundle is";
    assert!(text.contains(note), "{text}");
}

#[test]
fn a_campaign_that_changes_its_account_leaves_codes_behind_that_are_not_called_lost() {
    let platform = several_accounts::platform();
    let project = several_accounts::project(&platform);
    let run = |args: &[&str], exit| several_accounts::run(&project, SECRET, args, exit);
    project.remove("campaigns/shops.yaml");
    run(&["run"], 0);
    let metro = "account: shops\nexpires: 30d\ncodes: [{scenes: 101..112, channel: \"Exit {n}\"}]";
    project.write("campaigns/metro.yaml", metro);
    let shown = || {
        let text = neutral(&run(&["status"], 0).stdout);
        let notes = text.split_once("\n\n").and_then(|(_, rest)| rest.split_once("\n\nAccount"));
        notes.expect("a head and accounts").0.to_owned()
    };
    let expected = "\
campaign         codes  live  new  next death   next renewal
metro (default)     12    12    0  <minute>  -
  its bundle is with account shops
metro               12     0   12  -            -
  bundle stale, revision 1, of <minute>
total               24    12   12

metro (default): its codes are no longer wanted; the campaign is on account shops now
metro (default): 12 codes are not retired; the first dies at <minute>
metro (default): a run retires them, or refuses to (`scenepress plan`)
metro: its bundle is not what ledger and files say now";
    assert_eq!(shown(), expected);
    let told = run(&["run"], 4).stderr;
    let expected = "
metro (account default): 12 refused
  its codes are to leave for account shops: 12 of 12 living codes would be retired, the limit is 5 %, at most 50; if \
                    that is meant: --allow retire=metro for one run
metro (account shops): 12 refused
  metro.zip is of <minute> and was not replaced: its codes of account default are refused, and a campaign changes \
                    its account whole or not at all
";
    assert!(neutral(&told).contains(expected), "{told}");

    let document = run(&["run", "--format", "json", "--allow", "retire=metro"], 0).json();
    let [old, new] = [0, 1].map(|half: usize| &document["campaigns"][half]);
    let keys = ["account", "moved_to", "bundle", "bundle_sha256", "bundle_state", "revision"];
    let values = [json!("default"), json!("shops"), json!(null), json!(null), json!("missing"), json!(null)];
    assert_eq!(keys.map(|key| old[key].clone()), values);
    let (zip, digest) = ("output/metro/metro.zip", project.bundle("metro").sha256);
    let values = [json!("shops"), json!(null), json!(zip), json!(digest), json!("current"), json!(2)];
    assert_eq!(keys.map(|key| new[key].clone()), values);
    let expected = "\
campaign         codes  live  next death   next renewal
metro               12    12  <minute>  <minute>
  bundle current, revision 2, of <minute>
metro (default)      0     0  -            -
  its bundle is with account shops
total               12    12

metro (default): its codes are no longer wanted; the campaign is on account shops now
metro (default): 12 retired codes still work";
    assert_eq!(shown(), expected);

    // And back: the codes come out of retirement.
    project.write("campaigns/metro.yaml", metro.replace("shops", "default").replace("101..112", "1..12"));
    let told = several_accounts::masked(&run(&["run", "--allow", "retire=metro"], 0).stderr);
    let expected = "\
AT bundled output/metro/metro.zip (revision 3, 12 codes)
AT ended, took …: nothing to issue or fetch
metro (account default): 12 relabelled
  output/metro/metro.zip, revision 3
metro (account shops): 12 retired
  its codes left for account default
";
    assert!(told.contains(expected), "{told}");
}

#[test]
fn nothing_of_a_campaign_whose_last_day_is_over_is_called_as_it_should_be() {
    let platform = Platform::start();
    let project = Project::new(&platform).campaign("desk.yaml", DESK);
    project.expect(&["run"], 0);
    // A code that comes after the last day is not issued.
    let late = DESK.replace(']', ", {scene: 98, channel: Door}]");
    project.write("campaigns/desk.yaml", format!("until: 2026-01-01\n{late}"));
    let told = several_accounts::masked(&project.expect(&["run"], 0).stderr);
    let expected = "\
AT started: 0 codes to issue, 0 pictures to fetch, 1 campaign
AT ended, took …: nothing to issue or fetch
desk: its last day is over; nothing was issued or bundled
  output/desk/desk.zip, revision 1, of ";
    assert!(told.starts_with(expected), "{told}");
    assert!(told.ends_with("\n\nNothing to do: the last day of every campaign is over.\n"), "{told}");
    let told = project.expect(&["bundle"], 3).stderr;
    let expected = "error: desk: 1 code without a verified picture (the first is scene 98); its last day is over, so \
                    that no run completes it\n";
    assert_eq!(told, expected);
}

#[test]
fn a_missing_picture_is_not_promised_to_a_campaign_that_is_refused_or_over() {
    let platform = Platform::start();
    let project = Project::new(&platform).campaign("desk.yaml", DESK);
    project.expect(&["run"], 0);
    project.sql("UPDATE generations SET picture = NULL, side = NULL");
    let noted = |text: String| {
        project.write("campaigns/desk.yaml", text);
        let text = shown(&project, &["status"], 0);
        text.lines().find(|line| line.contains("missing")).map(str::to_owned)
    };
    let one = |of: &str| Some(format!("desk: 1 picture is missing{of}"));
    assert_eq!(noted(DESK.to_owned()), one(": runs fetch what they do not refuse"));
    assert_eq!(
        noted(format!("example: true\n{DESK}")),
        one(": runs fetch what they do not refuse"),
        "loopback"
    );
    let paper = format!("until: 2099-01-01\n{DESK}").replace("screen", "paper");
    let paper = paper.replace(']', ", {scene: 98, channel: Door}]");
    assert_eq!(noted(paper), one(": what is refused is not fetched"));
    assert_eq!(noted(format!("until: 2026-01-01\n{DESK}")), one(""));
}

#[test]
fn the_bundle_of_a_campaign_that_was_renamed_is_told_of() {
    let platform = Platform::start();
    let project = project(&platform);
    project.remove("campaigns/desk.yaml");
    project.write("campaigns/counter.yaml", DESK);
    project.expect(&["run"], 0);
    let expected = "\
campaign  codes  live  next death   next renewal
counter       1     1  <minute>  <minute>
  bundle current, revision 1, of <minute>
stores       12    12  <minute>  <minute>
  bundle current, revision 1, of <minute>
total        13    13

output/desk/desk.zip is of a campaign that is no more

Account";
    let text = shown(&project, &["status"], 0);
    assert!(text.starts_with(expected), "{text}");
    let old = |args: &[&str]| project.expect(args, 0).json()["old_bundles"].clone();
    assert_eq!(old(&["status", "--format", "json"]), json!(["output/desk/desk.zip"]));
    assert_eq!(old(&["status", "--format", "json", "--only", "campaign=stores"]), json!([]));
    assert_eq!(old(&["status", "--format", "json", "campaigns/stores.csv"]), json!([]));
}
