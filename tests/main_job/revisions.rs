//! Bundles that were replaced stay beside the new one, under their number.

use std::os::unix::fs::MetadataExt;

use super::support::{Bundle, Kind, Platform, Project, sha256};

fn metro(channel: &str) -> String {
    format!("expires: 30d\ncodes: [{{scene: 1, channel: {channel}}}, {{scene: 2, channel: South}}]")
}

/// A project with so many revisions, and the SHA-256 of each.
fn revised(platform: &Platform, revisions: u64) -> (Project, Vec<String>) {
    let project = Project::new(platform);
    let mut sums = Vec::new();
    for revision in 1..=revisions {
        project.write("campaigns/metro.yaml", metro(&format!("Gate {revision}")));
        project.expect(&["run"], 0);
        sums.push(project.bundle("metro").sha256);
        assert_eq!(project.bundle("metro").revision(), revision);
    }
    (project, sums)
}

fn zips(project: &Project, folder: &str) -> Vec<String> {
    let names = project.files(folder).into_iter();
    let names = names.filter_map(|name| Some(name.strip_prefix(folder)?.trim_start_matches('/').to_owned()));
    names.filter(|name| name.contains(".zip")).collect()
}

#[test]
fn the_last_five_revisions_stay_beside_the_newest_as_they_were_and_can_be_verified() {
    let platform = Platform::start();
    let (project, sums) = revised(&platform, 8);
    let kept = ["metro.r3.zip", "metro.r4.zip", "metro.r5.zip", "metro.r6.zip", "metro.r7.zip", "metro.zip"];
    assert_eq!(zips(&project, "output/metro"), kept);
    for (name, sum) in kept.iter().zip(&sums[2..]) {
        let path = format!("output/metro/{name}");
        assert_eq!(sha256(&project.read(&path)), *sum, "{name}");
        project.expect(&["verify", &path], 0);
    }
    // Nothing to do, and the same bundle once more: no revision comes or goes.
    project.expect(&["run"], 0);
    project.remove("output/metro/metro.zip");
    project.expect(&["bundle"], 0);
    assert_eq!(zips(&project, "output/metro"), kept);
    assert_eq!(project.bundle("metro").sha256, sums[7]);
}

#[test]
fn a_revision_that_stays_takes_no_more_room() {
    let platform = Platform::start();
    let (project, _) = revised(&platform, 1);
    let inode = |name: &str| project.path(name).metadata().expect("a file").ino();
    let before = inode("output/metro/metro.zip");
    project.write("campaigns/metro.yaml", metro("Gate 2"));
    project.expect(&["run"], 0);
    assert_eq!(inode("output/metro/metro.r1.zip"), before, "it is the same file");
}

#[test]
fn what_is_no_recorded_bundle_is_no_revision() {
    let platform = Platform::start();
    let (project, sums) = revised(&platform, 2);
    let mut damaged = project.read("output/metro/metro.zip");
    let middle = damaged.len() / 2;
    damaged[middle] ^= 1;
    project.write("output/metro/metro.zip", damaged);
    project.write("campaigns/metro.yaml", metro("Gate 3"));
    project.expect(&["run"], 0);
    assert_eq!(zips(&project, "output/metro"), ["metro.r1.zip", "metro.zip"]);
    // Copied back from a backup it is what was recorded, whatever its time.
    let third = project.read("output/metro/metro.zip");
    project.write("output/metro/metro.zip", &third);
    project.write("campaigns/metro.yaml", metro("Gate 4"));
    project.expect(&["run"], 0);
    assert_eq!(zips(&project, "output/metro"), ["metro.r1.zip", "metro.r3.zip", "metro.zip"]);
    assert_eq!(sha256(&project.read("output/metro/metro.r1.zip")), sums[0]);
    assert_eq!(project.read("output/metro/metro.r3.zip"), third);
}

#[test]
fn a_run_that_was_killed_before_it_recorded_its_bundle_loses_no_revision() {
    let platform = Platform::start();
    let (project, sums) = revised(&platform, 2);
    let ledger = project.read("output/ledger.sqlite");
    project.write("campaigns/metro.yaml", metro("Gate 3"));
    project.expect(&["run"], 0);
    let third = project.bundle("metro").sha256;
    // What a kill right after the exchange leaves: the new folder, and a ledger that knows nothing of it.
    project.write("output/ledger.sqlite", ledger);
    project.expect(&["run"], 0);
    assert_eq!(zips(&project, "output/metro"), ["metro.r1.zip", "metro.r2.zip", "metro.zip"]);
    assert_eq!(project.bundle("metro").sha256, third);
    for (revision, sum) in (1..).zip(&sums) {
        assert_eq!(sha256(&project.read(&format!("output/metro/metro.r{revision}.zip"))), *sum);
    }
}

#[test]
fn a_users_own_files_are_no_revisions_and_an_emulators_revisions_say_what_they_are() {
    let platform = Platform::start();
    let project = Project::new(&platform);
    for revision in 1..=7 {
        project.write("campaigns/metro.yaml", metro(&format!("Gate {revision}")));
        project.expect(&["run", "--emulator"], 0);
        project.write("output/emulator/metro/metro.r1.zip", "mine");
    }
    let expected = [
        "metro.NOT-FOR-PRINT.zip",
        "metro.r1.zip",
        "metro.r2.NOT-FOR-PRINT.zip",
        "metro.r3.NOT-FOR-PRINT.zip",
        "metro.r4.NOT-FOR-PRINT.zip",
        "metro.r5.NOT-FOR-PRINT.zip",
        "metro.r6.NOT-FOR-PRINT.zip",
    ];
    assert_eq!(zips(&project, "output/emulator/metro"), expected);
    let sixth = Bundle::open(&project.path("output/emulator/metro/metro.r6.NOT-FOR-PRINT.zip"));
    assert_eq!((sixth.revision(), &sixth.manifest()["not_for_print"]), (6, &true.into()));
}

#[test]
fn a_campaign_says_how_many_revisions_stay_and_how_its_pictures_are_named() {
    let platform = Platform::start();
    let (project, _) = revised(&platform, 3);
    let of = |bundle: &str, channel: &str| format!("bundle: {bundle}\n{}", metro(channel));
    project.write("campaigns/metro.yaml", of("{keep: 1}", "Gate 3"));
    project.expect(&["run"], 0);
    assert_eq!(project.bundle("metro").revision(), 3, "how many stay is nothing in the bundle");
    project.write("campaigns/metro.yaml", of("{keep: 1, names: stable}", "Gate 3"));
    project.expect(&["run"], 0);
    let (zip, bundle) = ("output/metro/metro.zip", project.bundle("metro"));
    assert_eq!((bundle.revision(), platform.count(Kind::Create)), (4, 2));
    assert_eq!(zips(&project, "output/metro"), ["metro.r3.zip", "metro.zip"]);
    assert_eq!(bundle.column("image"), ["images/000001_1_Gate-3.jpg", "images/000002_2_South.jpg"]);
    project.expect(&["verify", zip], 0);
    let told = project.expect(&["diff", "output/metro/metro.r3.zip", zip], 0).stdout;
    assert!(
        told.ends_with("The pictures of A have dated names, those of B stable ones.\nno difference\n"),
        "{told}"
    );

    // A renewed code is another picture under the same name, and nothing takes the one for the other.
    project.age(25);
    project.expect(&["run"], 0);
    let bundle = project.bundle("metro");
    let changes = bundle.text("CHANGES.csv");
    let image = "images/000001_1_Gate-3.jpg";
    assert!(
        changes.contains(&format!("\r\nreplaced,1,1,id,Gate 3,Gate 3,1,2,{image},{image},")),
        "{changes}"
    );
    let told = project.expect(&["diff", "output/metro/metro.r4.zip", zip], 0).stdout;
    let words = ", another picture under the same name\n";
    assert!(told.contains(&format!("  Gate 3: print {image} before ")), "{told}");
    assert_eq!(told.matches(words).count(), 2, "{told}");
    project.expect(&["verify", zip, "output/metro/metro.r4.zip"], 0);

    // The earlier name is the one that the earlier bundle has.
    project.write("campaigns/metro.yaml", metro("Gate 6"));
    project.expect(&["run"], 0);
    let changes = project.bundle("metro").text("CHANGES.csv").to_owned();
    let row = format!("\r\nrelabelled,1,1,id,Gate 3,Gate 6,2,2,{image},images/000001_1_Gate-6_g2_until-");
    assert!(changes.contains(&row), "{changes}");
}
