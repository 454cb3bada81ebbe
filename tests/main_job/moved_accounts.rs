//! A campaign that changes its account: no code retires before the other account has its successor.

use super::several_accounts::{OTHER, masked, platform, project, run, without_secret};
use super::support::{Kind, Platform, Project, SECRET, Verdict};

/// Two accounts, `metro` of three codes issued with the first and now the second's.
fn moved(platform: &Platform) -> Project {
    let project = project(platform);
    project.write("campaigns/metro.yaml", METRO);
    run(&project, SECRET, &["run", "-q"], 0);
    project.write("campaigns/metro.yaml", format!("account: shops\n{METRO}"));
    project
}

/// Scenes that the other campaign does not have.
const METRO: &str = "expires: 30d\nmedium: screen\ncodes: [{scenes: 101..103, channel: \"Exit {n}\"}]";

fn retired(project: &Project) -> usize {
    project.number("SELECT count(*) FROM codes WHERE retired")
}

#[test]
fn without_the_credentials_of_the_new_account_nothing_of_the_campaign_is_touched() {
    let platform = platform();
    let project = moved(&platform);
    project.write("campaigns/desk.yaml", METRO.replace("101..103", "201..202"));
    let bundle = project.bundle("metro").sha256;
    let told = without_secret(&project, &["run", "--keep-going"], 2);
    told.says("warning: account shops cannot be used, its campaigns are skipped: metro, shops\n");
    assert_eq!((retired(&project), project.bundle("metro").sha256), (0, bundle));
}

#[test]
fn a_code_retires_once_the_new_account_has_its_successor() {
    let platform = platform();
    let project = moved(&platform);
    // The first is made, then the platform refuses the account.
    platform.rule(move |asked| match asked.kind {
        Kind::Create if asked.scene().as_deref() != Some("id 101") => Verdict::error(48001),
        _ => Verdict::Pass,
    });
    let told = run(&project, SECRET, &["run"], 7);
    told.says("metro (account default): 1 retired, 2 unchanged\n");
    assert_eq!(retired(&project), 1);
    assert_eq!(
        project.number("SELECT count(*) FROM campaigns WHERE name = 'metro' AND succeeded_at IS NULL"),
        0
    );

    platform.behave();
    let told = run(&project, SECRET, &["run"], 0);
    told.says("metro (account default): 2 retired\n");
    assert_eq!((retired(&project), project.bundle("metro").rows().len()), (3, 3));
    assert!(project.bundle("metro").manifest()["appid"] == OTHER);
    let told = run(&project, SECRET, &["run"], 0);
    assert!(!told.stderr.contains("account default)"), "{}", masked(&told.stderr));
}

#[test]
fn what_was_allowed_once_goes_on_when_the_new_account_is_well_again() {
    let platform = platform();
    let project = project(&platform);
    let metro = "expires: 30d\nmedium: screen\ncodes: [{scenes: 101..140, channel: \"Exit {n}\"}]";
    project.write("campaigns/metro.yaml", metro);
    run(&project, SECRET, &["run", "-q", "--allow", "retire=metro"], 0);
    project.write("campaigns/metro.yaml", format!("account: shops\n{metro}"));
    run(&project, SECRET, &["run", "-q"], 4);
    let before = retired(&project);
    platform.rule(move |asked| match asked.scene() {
        Some(scene) if asked.kind == Kind::Create && scene.as_str() > "id 110" => Verdict::error(48001),
        _ => Verdict::Pass,
    });
    run(&project, SECRET, &["run", "-q", "--allow", "retire=metro"], 7);
    let begun = retired(&project) - before;
    assert!(begun < 40, "{begun}");
    platform.behave();
    run(&project, SECRET, &["run", "-q"], 0);
    assert_eq!(retired(&project) - before, 40);
}

#[test]
fn bundle_retires_nothing_that_has_no_successor() {
    let platform = platform();
    let project = moved(&platform);
    let told = run(&project, SECRET, &["bundle"], 3);
    told.says("error: metro: 3 codes without a verified picture");
    assert_eq!(retired(&project), 0);
}

#[test]
fn a_part_of_it_does_not_change_the_account() {
    let platform = platform();
    let project = moved(&platform);
    let creates = platform.count(Kind::Create);
    for only in ["scene=102", "campaign=metro"] {
        let exit = if only == "scene=102" { 4 } else { 0 };
        let told = run(&project, SECRET, &["run", "--only", only], exit);
        if exit == 4 {
            told.says(
                "a campaign changes its account whole or not at all: run it without --only, or with one that holds for \
                 all its codes\n",
            );
            assert_eq!((retired(&project), platform.count(Kind::Create)), (0, creates));
        }
    }
    assert_eq!((retired(&project), platform.count(Kind::Create)), (3, creates + 3));
}

#[test]
fn naming_the_file_moves_the_campaign_too() {
    let platform = platform();
    let project = moved(&platform);
    run(&project, SECRET, &["run", "campaigns/metro.yaml"], 0);
    assert_eq!(retired(&project), 3);
}

#[test]
fn a_bundle_waits_where_a_file_with_problems_may_want_one_of_its_codes() {
    let platform = Platform::start();
    let codes = |codes: &str| format!("expires: 30d\nmedium: screen\ncodes: [{codes}]");
    let (one, two) = ("{scene: 1, channel: A}", "{scene: 2, channel: B}");
    let project = Project::new(&platform).campaign("a.yaml", &codes(&format!("{one}, {two}")));
    project.expect(&["run", "-q"], 0);
    let bundle = project.bundle("a").sha256;
    project.write("campaigns/a.yaml", codes(one));
    project.write("campaigns/b.yaml", format!("{}\ncolour: red", codes(two)));
    let told = project.expect(&["plan", "--keep-going"], 2);
    assert!(
        told.stdout.contains("  a file with problems may want 1 code of it: the bundle is left alone\n"),
        "{}",
        told.stdout
    );
    let told = project.expect(&["run", "--keep-going"], 2);
    told.says("\n  a file with problems may want 1 code of it: the bundle is left alone\n");
    assert_eq!(project.bundle("a").sha256, bundle);
    let told = project.expect(&["bundle", "--keep-going"], 3);
    told.says("error: a: its bundle was left alone: a file with problems may want 1 code of it\n");
    assert_eq!(project.bundle("a").sha256, bundle);

    project.write("campaigns/b.yaml", codes(two));
    project.expect(&["run"], 0);
    assert_eq!((project.bundle("a").rows().len(), project.bundle("b").rows().len()), (1, 1));
}
