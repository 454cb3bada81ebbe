//! What a bundle says of the revision before it.

use super::support::{Bundle, Platform, Project, Verdict};

const HEADER: &str = "\u{FEFF}change,seq,scene,scene_type,channel_before,channel,generation_before,generation,\
                      image_before,image,replace_before,on_paper,medium,compared_with";

fn metro(codes: &str) -> String {
    format!("expires: 30d\ncodes:\n{codes}")
}

const THREE: &str =
    "  - {scene: 1, channel: North}\n  - {scene: 2, channel: East}\n  - {scene: 3, channel: South}\n";

/// `CHANGES.csv` without its header, and with `DATE` for the days that pictures die on.
fn rows(bundle: &Bundle) -> Vec<String> {
    let text = bundle.text("CHANGES.csv");
    let rows = text.strip_prefix(HEADER).unwrap_or_else(|| panic!("{text}")).split("\r\n").skip(1);
    rows.filter(|row| !row.is_empty()).map(undated).collect()
}

fn undated(row: &str) -> String {
    let mut parts = row.split("_until-");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        text.push_str("_until-DATE");
        text.push_str(&part[8..]);
    }
    text
}

/// The minute at which the code of a scene dies.
fn dies(project: &Project, scene: &str) -> String {
    let told = project.expect(&["inspect", scene], 0).stdout;
    told.split("dies on ").nth(1).expect("its end")[..16].to_owned()
}

/// The last whole day before an instant.
pub(super) fn day_before(minute: &str) -> String {
    let day: jiff::civil::Date = minute[..10].parse().expect("a day");
    day.yesterday().expect("a day").to_string()
}

fn done(platform: &Platform) -> Project {
    let project = Project::new(platform).campaign("metro.yaml", &metro(THREE));
    project.expect(&["run"], 0);
    project
}

#[test]
fn in_the_first_revision_all_is_new() {
    let platform = Platform::start();
    let bundle = done(&platform).bundle("metro");
    let expected = [(1, "North"), (2, "East"), (3, "South")].map(|(scene, channel)| {
        format!(
            "new,{scene},{scene},id,,{channel},,1,,images/00000{scene}_{scene}_{channel}_g1_until-DATE.jpg,,,,"
        )
    });
    assert_eq!(rows(&bundle), expected);
    assert!(bundle.text("README.txt").contains("This is the first revision: all codes are new.\r\n"));
    bundle.check_sums();
}

#[test]
fn the_next_revision_tells_the_new_the_replaced_the_relabelled_and_the_withdrawn() {
    let platform = Platform::start();
    let project = done(&platform);
    project.sql("UPDATE generations SET created_at = created_at - 2160000, expires_at = expires_at - 2160000 WHERE id = 1");
    let south = dies(&project, "3");
    let dies = dies(&project, "1");
    let codes = "  - {scene: 1, channel: North}\n  - {scene: 2, channel: Eastern gate}\n  - {scene: 4, channel: West}\n";
    project.write("campaigns/metro.yaml", metro(codes));
    project.expect(&["run"], 0);
    let bundle = project.bundle("metro");
    let expected = [
        format!("replaced,1,1,id,North,North,1,2,images/000001_1_North_g1_until-DATE.jpg,images/000001_1_North_g2_until-DATE.jpg,{dies},,,r1"),
        "relabelled,2,2,id,East,Eastern gate,1,1,images/000002_2_East_g1_until-DATE.jpg,images/000002_2_Eastern-gate_g1_until-DATE.jpg,,,,r1".to_owned(),
        format!("withdrawn,3,3,id,South,,1,,images/000003_3_South_g1_until-DATE.jpg,,{south},,,r1"),
        "new,4,4,id,,West,,1,,images/000004_4_West_g1_until-DATE.jpg,,,,r1".to_owned(),
    ];
    assert_eq!(rows(&bundle), expected);
    let readme = bundle.text("README.txt");
    let day = day_before(&dies);
    let english = format!(
        "Since revision 1: 1 new; 1 picture replaced: reprint by {day}; 1 only relabelled: do not reprint; 1 \
         withdrawn. CHANGES.csv lists them.\r\n"
    );
    assert!(readme.contains(&english), "{readme}");
    let chinese = format!(
        "与第 1 版相比：新增 1 个；换图 1 个，请重新印刷，最迟在 {day} 换下旧图；仅改标注 1 个，不要重印；撤下 1 个。明细见 CHANGES.csv。\r\n"
    );
    assert!(readme.contains(&chinese), "{readme}");
    project.expect(&["verify", "output/metro/metro.zip"], 0);

    // The same ledger gives the same bytes, with or without the earlier zips.
    let twin = project.twin();
    twin.expect(&["bundle"], 0);
    assert_eq!(twin.bundle("metro").sha256, bundle.sha256);
    project.remove("output/metro");
    project.expect(&["bundle"], 0);
    assert_eq!(project.bundle("metro").sha256, bundle.sha256);

    // The next one is compared with this one, not with the first.
    project.write("campaigns/metro.yaml", metro(&codes.replace("West", "Westend")));
    project.expect(&["run"], 0);
    let expected = "relabelled,4,4,id,West,Westend,1,1,images/000004_4_West_g1_until-DATE.jpg,images/000004_4_Westend_g1_until-DATE.jpg,,,,r2";
    assert_eq!(rows(&project.bundle("metro")), [expected]);
}

#[test]
fn a_code_that_comes_back_is_new_again() {
    let platform = Platform::start();
    let project = done(&platform);
    let two = THREE.lines().take(2).collect::<Vec<_>>().join("\n");
    let dies = dies(&project, "3");
    let withdrawn =
        format!("withdrawn,3,3,id,South,,1,,images/000003_3_South_g1_until-DATE.jpg,,{dies},,,r1");
    for (codes, expected) in [
        (two.as_str(), withdrawn.as_str()),
        (THREE, "new,3,3,id,,South,,1,,images/000003_3_South_g1_until-DATE.jpg,,,,r2"),
    ] {
        project.write("campaigns/metro.yaml", metro(codes));
        project.expect(&["run"], 0);
        assert_eq!(rows(&project.bundle("metro")), [expected]);
    }
}

#[test]
fn a_partial_bundle_withdraws_nothing() {
    let platform = Platform::start();
    let project = done(&platform);
    // One dies and is not renewed; another is new.
    project.sql("UPDATE generations SET created_at = created_at - 2592000, expires_at = expires_at - 2592000 WHERE id = 1");
    platform.rule(|asked| match asked.scene().as_deref() {
        Some("id 1") => Verdict::error(40053),
        _ => Verdict::Pass,
    });
    project.write("campaigns/metro.yaml", metro(&format!("{THREE}  - {{scene: 4, channel: West}}\n")));
    project.expect(&["run", "--allow-partial"], 3);
    let partial = Bundle::open(&project.path("output/metro/metro.PARTIAL.zip"));
    assert_eq!(rows(&partial), ["new,4,4,id,,West,,1,,images/000004_4_West_g1_until-DATE.jpg,,,,r1"]);
    project.expect(&["verify", "output/metro/metro.PARTIAL.zip"], 0);
}

#[test]
fn a_bundle_that_was_recorded_without_its_codes_leaves_the_changes_unknown() {
    let platform = Platform::start();
    let project = done(&platform);
    project.sql("DELETE FROM bundled");
    project.write("campaigns/metro.yaml", metro(&THREE.replace("East", "Eastern gate")));
    project.expect(&["run"], 0);
    let bundle = project.bundle("metro");
    assert_eq!(rows(&bundle), [""; 0]);
    let english = "The ledger has no record of what revision 1 held: what changed is not known.\r\n";
    assert!(bundle.text("README.txt").contains(english));
    project.expect(&["bundle"], 0);
    assert_eq!(project.bundle("metro").sha256, bundle.sha256);
    project.write("campaigns/metro.yaml", metro(THREE));
    project.expect(&["run"], 0);
    assert_eq!(rows(&project.bundle("metro")).len(), 1, "now it is known");
}
