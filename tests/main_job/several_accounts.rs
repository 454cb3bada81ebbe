//! Two accounts in one run, of which one is in trouble.

use serde_json::json;

use super::support::{APPID, Kind, Platform, Project, SECRET, Told};

pub(super) const OTHER: &str = "wxfedcba9876543210";
const WRONG: &str = "not-the-secret-5566";

pub(super) fn platform() -> Platform {
    Platform::with(|settings| settings.accounts.push((OTHER.to_owned(), SECRET.to_owned())))
}

/// A project with two accounts and a campaign on each.
pub(super) fn project(platform: &Platform) -> Project {
    let metro = "expires: 30d\ncodes: [{scenes: 1..12, channel: \"Exit {n}\"}]";
    let shops = "account: shops\nexpires: 30d\ncodes: [{scenes: 1..8, channel: \"Shop {n}\"}]";
    let project = Project::new(platform).campaign("metro.yaml", metro).campaign("shops.yaml", shops);
    let url = platform.url();
    let account = |name: &str, appid: &str, variable: &str| {
        format!(
            "{name}:\n  appid: {appid}\n  secret: ${{{variable}}}\n  api_url: {url}\n  image_url: {url}\n  rate: 1000/s\n"
        )
    };
    let accounts = account("default", APPID, "WECHAT_SECRET") + &account("shops", OTHER, "SHOPS_SECRET");
    project.write("campaigns/accounts.yaml", &accounts);
    project
}

/// Runs with a secret for the account `shops`.
pub(super) fn run(project: &Project, secret: &str, args: &[&str], exit: i32) -> Told {
    let mut command = project.command(args);
    command.env("SHOPS_SECRET", secret);
    let told = Told::of(command);
    assert_eq!(told.exit, exit, "{args:?}\nstdout:\n{}\nstderr:\n{}", told.stdout, told.stderr);
    told
}

/// Without what differs from run to run: instants, how long it took, request ids.
pub(super) fn masked(text: &str) -> String {
    let mut masked = String::new();
    for line in text.lines() {
        let line = match line.split_at_checked("2026-11-22 10:00:00 ".len()) {
            Some((at, rest)) if at.starts_with("20") => format!("AT {rest}"),
            _ => line.to_owned(),
        };
        let took = ["Took ", "AT ended, took "].into_iter().find(|took| line.starts_with(took));
        let line = match took.zip(line.split_once(": ")) {
            Some((took, (_, rest))) => format!("{took}…: {rest}"),
            None => line,
        };
        let mut parts = line.split("rid ");
        masked.push_str(parts.next().unwrap_or_default());
        for part in parts {
            let end = part.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(part.len());
            masked.push_str("rid …");
            masked.push_str(&part[end..]);
        }
        masked.push('\n');
    }
    masked
}

/// What is wrong with the account `shops`.
const WHY: &str = "the secret of account shops (wxfedcba9876543210) is wrong: check the variable SHOPS_SECRET; a reset on \
                   mp.weixin.qq.com (基本配置) ends the earlier secret at once; the platform says: invalid appsecret";

#[test]
fn a_bad_secret_of_one_account_ends_with_7_and_the_bundle_of_the_other_is_there() {
    let platform = platform();
    let project = project(&platform);
    let told = run(&project, WRONG, &["run"], 7);
    assert_eq!(told.stdout, "");
    let expected = format!(
        "\
AT started: 20 codes to issue, 20 pictures to fetch, 2 campaigns
AT account shops issues nothing more: {WHY} (40125, rid …)
AT failed shops 1 (token): {WHY} (40125, rid …)
AT bundled output/metro/metro.zip (revision 1, 12 codes)
AT ended, took …: issued 12 of 20, verified 12, failed 1
metro (account default): 12 created
  output/metro/metro.zip, revision 1
shops (account shops): 1 failed, 7 not finished
  there is no bundle yet: refused by the platform, see below
  scene 1 failed (token): see below

Account shops: {WHY} (40125, rid …)
Took …: account default 12 calls (used today 12 of 100,000), account shops 0 calls (used today 0 of 100,000)
Next: scenepress verify output/metro/metro.zip, then hand over the zip.
"
    );
    assert_eq!(masked(&told.stderr), expected);
    assert_eq!((platform.count(Kind::Token), platform.count(Kind::Create)), (2, 12));
    project.expect(&["verify", "output/metro/metro.zip"], 0);
    assert_eq!(project.bundle("metro").rows().len(), 12);

    // The secret is put right: what is done is not done again.
    let told = run(&project, SECRET, &["run", "--quiet"], 0);
    assert_eq!((told.stdout.as_str(), told.stderr.as_str()), ("", ""));
    assert_eq!(platform.count(Kind::Create), 20);
    assert_eq!(project.bundle("shops").rows().len(), 8);
    assert_eq!(project.bundle("metro").revision(), 1);
}

#[test]
fn the_document_says_of_each_account_what_became_of_it() {
    let platform = platform();
    let project = project(&platform);
    let mut document = run(&project, WRONG, &["run", "--format", "json"], 7).json();
    let bundle = project.bundle("metro");
    for instant in ["started_at", "ended_at"] {
        assert!(document[instant].take().is_string());
    }
    let rid = document["campaigns"][1]["failed"][0]["rid"].clone();
    let why = format!("{WHY} (40125, rid {})", rid.as_str().expect("a request id"));
    let counts = |create, failed| json!({"create": create, "renew": 0, "keep": 0, "relabel": 0, "retire": 0, "refuse": 0, "failed": failed});
    let expected = json!({
        "format": 1,
        "exit": 7,
        "outcome": "account",
        "message": format!("shops: {why}"),
        "campaigns": [
            {
                "campaign": "metro",
                "account": "default",
                "exit": 0,
                "message": "",
                "bundle": "output/metro/metro.zip",
                "bundle_sha256": bundle.sha256,
                "bundle_state": "current",
                "partial_bundle": null,
                "revision": 1,
                "counts": counts(12, 0),
                "not_tried": 0,
                "left_out": 0,
                "moved_to": null,
                "failed": [],
            },
            {
                "campaign": "shops",
                "account": "shops",
                "exit": 7,
                "message": why,
                "bundle": null,
                "bundle_sha256": null,
                "bundle_state": "missing",
                "partial_bundle": null,
                "revision": null,
                "counts": counts(0, 1),
                "not_tried": 7,
                "left_out": 0,
                "moved_to": null,
                "failed": [{
                    "scene": "1",
                    "scene_type": "id",
                    "stage": "token",
                    "errcode": 40125,
                    "rid": rid,
                    "message": WHY,
                }],
            },
        ],
        "accounts": [
            {
                "account": "default",
                "appid": APPID,
                "calls": {"made": 12, "used_today": 12, "daily_quota": 100_000},
                "clock": null,
            },
            {
                "account": "shops",
                "appid": OTHER,
                "calls": {"made": 0, "used_today": 0, "daily_quota": 100_000},
                "clock": null,
            },
        ],
        "problems": [],
        "hooks": [],
        "started_at": null,
        "ended_at": null,
    });
    assert_eq!(document, expected, "{document:#}");
}

#[test]
fn the_quota_of_one_account_is_shown_though_the_other_is_refused() {
    let platform = platform();
    let project = project(&platform).with_secret(WRONG);
    let told = run(&project, SECRET, &["plan", "--quota"], 7);
    let last = told.stdout.lines().last();
    assert_eq!(
        last,
        Some("The platform says of account shops: 0 of 100,000 calls used today, 100,000 left.")
    );
    let why = WHY.replace("shops", "default").replace(OTHER, APPID).replace("SHOPS_SECRET", "WECHAT_SECRET");
    assert_eq!(masked(&told.stderr), format!("error: {why} (errcode 40125, rid …)\n"));
    assert_eq!(platform.count(Kind::Create), 0);

    // Of two that are refused both are told.
    let told = run(&project, WRONG, &["plan", "--quota"], 7);
    let expected = [&why, WHY].map(|why| format!("error: {why} (errcode 40125, rid …)\n"));
    assert_eq!(masked(&told.stderr), expected.concat());
}

#[test]
fn a_campaign_that_changes_its_account_is_refused_whole_or_moves_whole() {
    let platform = platform();
    let project = project(&platform);
    run(&project, SECRET, &["run"], 0);
    let creates = platform.count(Kind::Create);
    let metro = |account: &str| {
        format!("account: {account}\nexpires: 30d\ncodes: [{{scenes: 1..12, channel: \"Exit {{n}}\"}}]")
    };
    let before = project.bundle("metro").sha256;
    // Scenes 1 to 8 are the other campaign's there.
    project.write("campaigns/metro.yaml", metro("shops").replace("1..12", "101..112"));
    let told = run(&project, SECRET, &["run"], 4);
    told.says("metro (account default): 12 refused");
    told.says("metro (account shops): 12 refused");
    told.says("12 of 12 living codes would be retired");
    assert_eq!(platform.count(Kind::Create), creates, "nothing is made beside what stays");
    assert_eq!(project.bundle("metro").sha256, before);
    run(&project, SECRET, &["run", "--allow", "retire=metro"], 0);
    assert_eq!(platform.count(Kind::Create), creates + 12);
    assert_eq!(project.bundle("metro").rows().len(), 12);
}

#[test]
fn an_account_that_becomes_another_appid_makes_nothing_unasked() {
    let platform = platform();
    let project = project(&platform);
    run(&project, SECRET, &["run"], 0);
    let creates = platform.count(Kind::Create);
    project.remove("campaigns/shops.yaml");
    let accounts = String::from_utf8(project.read("campaigns/accounts.yaml")).expect("UTF-8");
    // The account `default` now is what `shops` was.
    let accounts = accounts.split("shops:").next().expect("a part").replace(APPID, OTHER);
    project.write("campaigns/accounts.yaml", accounts);
    project.write("campaigns/metro.yaml", "expires: 30d\ncodes: [{scenes: 101..112, channel: \"Exit {n}\"}]");
    let told = project.expect(&["plan"], 0);
    assert!(told.stdout.contains(&format!("metro (account {APPID}): REFUSED: 12 codes")), "{}", told.stdout);
    assert!(told.stdout.contains("metro (account default): REFUSED: 12 codes"), "{}", told.stdout);
    assert!(told.stdout.contains("  its file names another account now\n"), "{}", told.stdout);
    let told = project.expect(&["run"], 4);
    told.says("12 of 12 living codes would be retired");
    assert_eq!(platform.count(Kind::Create), creates);
    let told = project.expect(&["status"], 0);
    assert!(told.stdout.contains("metro"), "{}", told.stdout);
    project.expect(&["run", "--allow", "retire=metro"], 0);
    assert_eq!(platform.count(Kind::Create), creates + 12);
}

/// Runs without the secret of the account `shops`.
pub(super) fn without_secret(project: &Project, args: &[&str], exit: i32) -> Told {
    let told = Told::of(project.command(args));
    assert_eq!(told.exit, exit, "{args:?}\nstdout:\n{}\nstderr:\n{}", told.stdout, told.stderr);
    told
}

const UNSET: &str = "\
error[unset-variable]: SHOPS_SECRET, the secret of account `shops`, is not set
 --> campaigns/accounts.yaml:9:11
  |
9 |   secret: ${SHOPS_SECRET}
  |           ^^^^^^^^^^^^^^^
  |
  = help: set it (export SHOPS_SECRET=…), or rehearse without credentials: --emulator

";
const SKIPPED: &str = "warning: account shops cannot be used, its campaigns are skipped: shops\n";

#[test]
fn a_missing_secret_of_one_account_stops_all_or_with_keep_going_only_its_own_campaigns() {
    let platform = platform();
    let project = project(&platform);
    let told = without_secret(&project, &["run"], 2);
    let nothing = "error: credentials are missing or cannot be used: nothing was done\n";
    assert_eq!(told.stderr, format!("{UNSET}{nothing}"));
    assert!(platform.asked().is_empty() && project.files("output").is_empty());

    let told = without_secret(&project, &["run", "--keep-going"], 2);
    let expected = format!(
        "\
{UNSET}{SKIPPED}AT started: 12 codes to issue, 12 pictures to fetch, 1 campaign
AT bundled output/metro/metro.zip (revision 1, 12 codes)
AT ended, took …: issued 12 of 12, verified 12
metro: 12 created
  output/metro/metro.zip, revision 1

Took …: account default 12 calls (used today 12 of 100,000)
Next: scenepress verify output/metro/metro.zip, then hand over the zip.
"
    );
    assert_eq!(masked(&told.stderr), expected);
    assert_eq!(platform.count(Kind::Create), 12);

    // Of what it made before nothing is touched: not even what is in no file any more.
    run(&project, SECRET, &["run", "--quiet"], 0);
    let (before, creates) = (project.bundle("shops").sha256, platform.count(Kind::Create));
    project
        .write("campaigns/shops.yaml", "account: shops\nexpires: 30d\ncodes: [{scene: 1, channel: Renamed}]");
    project.write("campaigns/metro.yaml", "expires: 30d\ncodes: [{scenes: 2..13, channel: \"Exit {n}\"}]");
    let document = without_secret(&project, &["run", "--keep-going", "--format", "json"], 2).json();
    let campaigns = document["campaigns"].as_array().expect("campaigns");
    let counts = &campaigns[0]["counts"];
    assert_eq!((campaigns.len(), &campaigns[0]["campaign"]), (1, &json!("metro")));
    assert_eq!((&counts["create"], &counts["keep"], &counts["retire"]), (&json!(1), &json!(11), &json!(1)));
    assert_eq!(document["message"], "campaigns whose files or accounts have problems were skipped");
    assert_eq!(document["problems"][0]["kind"], "unset-variable");
    assert_eq!(project.bundle("shops").sha256, before);
    assert_eq!(platform.count(Kind::Create), creates + 1);
    assert_eq!(project.number("SELECT count(*) FROM codes WHERE retired"), 1);
    // Whose file is gone belongs to the account all the same.
    project.remove("campaigns/shops.yaml");
    project.write("campaigns/more.yaml", "account: shops\nexpires: 30d\ncodes: [{scene: 99, channel: More}]");
    without_secret(&project, &["run", "--keep-going", "--allow", "retire=shops"], 2);
    assert_eq!(project.number("SELECT count(*) FROM codes WHERE retired"), 1);
    assert_eq!(project.bundle("shops").sha256, before);
}

#[test]
fn an_account_is_skipped_whatever_of_it_is_missing_and_for_every_verb_that_needs_it() {
    let platform = platform();
    let project = project(&platform);
    run(&project, SECRET, &["run", "--quiet"], 0);
    let accounts = String::from_utf8(project.read("campaigns/accounts.yaml")).expect("UTF-8");
    project.write(
        "campaigns/accounts.yaml",
        accounts.replace("secret: ${SHOPS_SECRET}", "secret_file: shops.txt"),
    );
    let creates = platform.count(Kind::Create);
    project.write("campaigns/metro.yaml", "expires: 30d\ncodes: [{scenes: 1..13, channel: \"Exit {n}\"}]");
    let told = without_secret(&project, &["run", "-q"], 2);
    told.says(
        "error[secret-value]: the secret_file of account `shops` cannot be read: No such file or directory",
    );
    assert_eq!(platform.count(Kind::Create), creates);
    let told = without_secret(&project, &["run", "-q", "--keep-going"], 2);
    told.says(SKIPPED);
    assert_eq!(platform.count(Kind::Create), creates + 1);

    // Without the appid nobody knows which codes its files want: none retires, of no account.
    project.write("campaigns/accounts.yaml", accounts.replace(OTHER, "${SHOPS_APPID}"));
    for args in [&["plan"][..], &["status"], &["bundle"]] {
        without_secret(&project, args, 2).says("nothing was done");
        let told = without_secret(&project, &[args, &["--keep-going"]].concat(), 2);
        told.says("error[unset-variable]: SHOPS_APPID, the appid of account `shops`, is not set");
        told.says(SKIPPED);
        assert!(!told.stdout.contains("shops"), "{args:?}:\n{}", told.stdout);
    }
    project.write("campaigns/metro.yaml", "expires: 30d\ncodes: [{scenes: 2..14, channel: \"Exit {n}\"}]");
    let plan = without_secret(&project, &["plan", "--keep-going", "--format", "json"], 2).json();
    let counts = &plan["counts"];
    assert_eq!((&counts["create"], &counts["keep"], &counts["retire"]), (&json!(1), &json!(12), &json!(0)));

    // Where nothing is left there is nothing to go on with; and where two have one appid nobody knows who is meant.
    let told = without_secret(&project, &["run", "--keep-going", "campaigns/shops.yaml"], 2);
    assert!(told.stderr.ends_with("error: credentials are missing or cannot be used: nothing was done\n"));
    let asked = platform.asked().len();
    project.write("campaigns/accounts.yaml", accounts.replace(OTHER, APPID));
    project
        .write("campaigns/shops.yaml", "account: shops\nexpires: 30d\ncodes: [{scene: 99, channel: Shop}]");
    let told = without_secret(&project, &["run", "--keep-going"], 2);
    told.says("error[unset-variable]: SHOPS_SECRET, the secret of account `shops`, is not set");
    told.says("error[same-appid]: the accounts `default` and `shops` have one appid");
    assert!(told.stderr.ends_with("error: credentials are missing or cannot be used: nothing was done\n"));
    assert_eq!(platform.asked().len(), asked);
}
