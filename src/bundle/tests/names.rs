use std::collections::HashSet;

use proptest::prelude::*;

use super::super::row::AsRow;
use super::super::row::Row;
use super::*;

fn name(seq: u64, scene: &str, channel: &str, generation: u32, days: Option<i64>) -> String {
    let labels = Labels {
        channel: Channel::new(channel).expect("a channel"),
        tags: std::sync::Arc::default(),
        extras: Extras::none(),
    };
    let row = Row {
        medium: None,
        seq,
        scene: &Scene::text(scene).expect("a scene"),
        labels: &labels,
        generation,
        created_at: start(),
        expires_at: days.map(|days| start() + jiff::SignedDuration::from_hours(24 * days)),
        url: "http://weixin.qq.com/q/x",
        ticket: &Ticket::new("x").expect("a ticket"),
        picture: Digest::of(b""),
    };
    row.image(PictureNames::Dated)
}

#[test]
fn a_name_tells_what_the_picture_is_and_until_when_it_works() {
    let cases = [
        ("1001", "Metro line 2", Some(30), "000001_1001_Metro-line-2_g1_until-20261221.jpg"),
        ("vip", "VIP desk", None, "000001_vip_VIP-desk_g1.jpg"),
        ("店-1", "北京　门店（一）", Some(1), "000001_店-1_北京-门店（一）_g1_until-20261123T1504.jpg"),
        ("a/b\\c", "x:y*z?\"<>|", None, "000001_a-b-c_x-y-z-_g1.jpg"),
        ("../..", "..", None, "000001_.-.-_.-_g1.jpg"),
        ("／..＼..", "A／B", None, "000001_-.-.-_A-B_g1.jpg"),
        ("con", "nul.", None, "000001_con_nul._g1.jpg"),
        ("x", "a \u{200d}gpj.\u{fe0f}b", None, "000001_x_a-gpj.-b_g1.jpg"),
    ];
    for (scene, channel, days, expected) in cases {
        assert_eq!(name(1, scene, channel, 1, days), format!("images/{expected}"), "{scene} {channel}");
    }
}

#[test]
fn a_stable_name_has_no_generation_and_no_day() {
    let mut campaign = Campaign::small();
    let dated = campaign.written_once();
    campaign.header.names = PictureNames::Stable;
    let stable = campaign.written();
    let images = |output: &Output| -> Vec<_> {
        output.names().into_iter().filter(|name| name.starts_with("images/")).collect()
    };
    let expected =
        ["000001_1001_Metro-line-2.jpg", "000002_北京-7_北京-门店（一）.jpg", "000003_vip-desk_VIP-desk.jpg"];
    assert_eq!(images(&stable), expected.map(|name| format!("images/{name}")));
    assert_eq!(stable.faults(), []);
    assert!(stable.entry("manifest.json").contains("\n  \"names\": \"stable\",\n"));
    assert!(!dated.entry("manifest.json").contains("\"names\""));
    assert!(stable.entry("README.txt").contains("A new picture of a code has the same\r\n  name:"));
    let manifest = read_manifest(&stable.path).expect("a manifest");
    assert_eq!(manifest.header.names, PictureNames::Stable);
}

#[test]
fn a_long_name_loses_the_end_of_its_channel_first() {
    let latin = name(1, "1001", &"x".repeat(200), 1, Some(30));
    assert_eq!(latin.len(), 120);
    assert_eq!(latin, format!("images/000001_1001_{}_g1_until-20261221.jpg", "x".repeat(79)));
    let chinese = name(1, "1001", &"店".repeat(200), 12, Some(30));
    assert_eq!(chinese, format!("images/000001_1001_{}_g12_until-20261221.jpg", "店".repeat(73)));
    assert_eq!(chinese.len() - "images/".len(), 254, "one more character would be 257 bytes");
    let scene = "s".repeat(64);
    let both = name(u64::MAX, &scene, &"店".repeat(200), u32::MAX, Some(30));
    assert_eq!(both.chars().count(), 120);
    assert!(both.contains("_店店店店店店店店_g4294967295_until-20261221.jpg"), "{both}");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn names_stay_in_their_folder_fit_and_hold_nothing_forbidden(
        seq in any::<u64>(),
        scene in "\\PC{1,16}",
        channel in any::<String>(),
        generation in any::<u32>(),
        days in prop::option::of(1i64..=30),
    ) {
        prop_assume!(Scene::text(&scene).is_ok() && Channel::new(&channel).is_ok());
        let name = name(seq, &scene, &channel, generation, days);
        let file = name.strip_prefix("images/").expect("in its folder");
        prop_assert!(name.chars().count() <= 120 && file.len() <= 255, "{name}");
        prop_assert!(!file.contains(['/', '\\', '<', '>', ':', '"', '|', '?', '*']), "{name}");
        prop_assert!(!file.contains("..") && !file.chars().any(|c| c.is_control() || c.is_whitespace()), "{name}");
        prop_assert!(file.starts_with(|c: char| c.is_ascii_digit()) && file.strip_suffix(".jpg").is_some(), "{name}");
    }

    #[test]
    fn names_never_collide_whatever_the_case_and_composition(
        labels in prop::collection::vec(("[aAéE\u{301}ß店.]{1,3}", "[aAéE\u{301}. -]{1,3}x"), 2..30),
    ) {
        let mut folded = HashSet::new();
        for (seq, (scene, channel)) in (999_990..).zip(&labels) {
            prop_assert!(folded.insert(fold(&name(seq, scene, channel, 1, None))));
        }
    }
}

#[test]
fn the_names_of_a_manifest_are_those_of_its_rows() {
    let manifest = read_manifest(&Campaign::small().written().path).expect("a manifest");
    for code in &manifest.codes {
        assert_eq!(code.image, code.row().image(PictureNames::Dated));
    }
}
