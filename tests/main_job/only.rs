//! `--only`: some codes of a campaign, and its bundle as a whole; `plan --expect-no-changes`.

use super::support::{Kind, Platform, Project};

const CITY: &str = "expires: 30d\ncodes:
  - {scene: 1, channel: Store 1, tags: [metro]}
  - {scene: 2, channel: Store 2}
  - {scene: 3, channel: Desk, tags: [metro]}\n";

#[test]
fn only_these_codes_are_issued_and_the_bundle_waits_for_the_others() {
    let platform = Platform::start();
    let project = Project::new(&platform).campaign("city.yaml", CITY);
    let told = project.expect(&["run", "--only", "tag=metro", "--only", "channel=Store*"], 0);
    told.says(
        "city: 1 created\n  no bundle\n  2 codes that --only leaves out wait: the bundle is left alone\n",
    );
    assert_eq!(platform.count(Kind::Create), 1);
    assert!(!project.path("output/city").exists());

    let told = project.expect(&["run", "--only", "tag=metro", "--format", "json"], 0);
    let city = &told.json()["campaigns"][0];
    assert_eq!((&city["counts"]["create"], &city["left_out"]), (&1.into(), &1.into()));
    assert_eq!(city["bundle_state"], "missing");
    project.expect(&["run", "--only", "scene=2"], 0);
    assert_eq!(platform.count(Kind::Create), 3);
    assert_eq!(project.bundle("city").rows().len(), 3, "whoever makes it whole bundles it");

    // A bundle that is there is left alone while another code's label has changed.
    let before = project.bundle("city").rows();
    project.write("campaigns/city.yaml", CITY.replace("Store 2", "Shop 2").replace("Desk", "Table"));
    let told = project.expect(&["run", "--only", "scene=3"], 0);
    told.says("\n  1 code that --only leaves out waits: the bundle is left alone\n");
    assert_eq!(project.bundle("city").rows(), before);
    project.expect(&["run"], 0);
    assert_ne!(project.bundle("city").rows(), before);
    assert_eq!(platform.count(Kind::Create), 3);
}

#[test]
fn a_plan_says_what_it_is_limited_to() {
    let platform = Platform::start();
    let project = Project::new(&platform).campaign("city.yaml", CITY);
    let told = project.expect(&["plan", "--now", "2026-11-22", "--only", "tag=metro"], 0);
    let (shown, digest) = told.stdout.rsplit_once("Digest ").expect("a digest");
    assert_eq!(
        shown,
        "\
Plan of 2026-11-22 00:00 (Beijing time), NO LEDGER: everything counts as new (there is no output/ledger.sqlite)
Only codes with tag=metro

city (account default): 2 create
  + create   1  Store 1
  + create   3  Desk
  1 code that --only leaves out waits: the bundle is left alone

Total: 2 create
Account default (wx0123456789abcdef): 2 calls (used today 0 of 100,000), 2 pictures; about 1 s at 1000/s
Not declared for paper (`medium: paper`, or `screen`): city
"
    );
    // A digest belongs to what it is limited to.
    project.expect(&["run", "--expect", digest.trim()], 4);
    project.expect(&["run", "--expect", digest.trim(), "--only", "tag=metro"], 0);
    assert_eq!(platform.count(Kind::Create), 2);
}

#[test]
fn a_filter_that_is_none_or_finds_nothing_is_wrong_usage() {
    let platform = Platform::start();
    let project = Project::new(&platform).campaign("city.yaml", CITY);
    for verb in ["run", "plan", "status"] {
        let told = project.expect(&[verb, "--only", "tag=metro", "--only", "channel=*x*"], 2);
        let error = "error: --only: no code of these campaigns has tag=metro and channel=*x*\n";
        assert_eq!((told.stdout.as_str(), told.stderr.as_str()), ("", error), "{verb}");
        let told = project.expect(&[verb, "--only", "tags=metro"], 2);
        let error = "error: invalid value 'tags=metro' for '--only <KEY=PATTERN>': \"tags\" is no key: tag, channel, \
                     scene and campaign are\n\nFor more information, try '--help'.\n";
        assert_eq!((told.stdout.as_str(), told.stderr.as_str()), ("", error), "{verb}");
        let told = project.expect(&[verb, "--only", "metro"], 2);
        let error = "error: invalid value 'metro' for '--only <KEY=PATTERN>': write tag=metro, channel='Store*', \
                     scene=1001 or campaign=metro\n\nFor more information, try '--help'.\n";
        assert_eq!((told.stdout.as_str(), told.stderr.as_str()), ("", error), "{verb}");
    }
    assert_eq!(platform.asked().len(), 0);
}

#[test]
fn changes_that_were_not_expected_are_exit_10() {
    let platform = Platform::start();
    let project = Project::new(&platform).campaign("city.yaml", CITY);
    let expect_none = |exit| project.expect(&["plan", "--expect-no-changes"], exit);
    let (shown, plain) = (expect_none(10), project.expect(&["plan"], 0));
    assert_eq!((shown.stdout.lines().nth(2), shown.stderr), (plain.stdout.lines().nth(2), plain.stderr));
    project.expect(&["plan", "--expect-no-changes", "--format", "json"], 10).json();
    project.expect(&["run"], 0);
    expect_none(0);
    // A label is a change too. What has problems is worse.
    project.write("campaigns/city.yaml", CITY.replace("Desk", "Table"));
    expect_none(10);
    project.expect(&["plan", "--expect-no-changes", "--only", "scene=1"], 0);
    project.write("campaigns/broken.yaml", "codes: 7\n");
    project.expect(&["plan", "--expect-no-changes", "--keep-going"], 2);
}
