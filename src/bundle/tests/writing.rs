use proptest::prelude::*;

use super::*;

#[test]
fn a_bundle_holds_what_it_should_in_the_order_of_its_names() {
    let output = Campaign::small().written();
    assert_eq!(output.written.file_name, "metro-screens.zip");
    let names = [
        "CHANGES.csv",
        "README.txt",
        "SHA256SUMS",
        "images/000001_1001_Metro-line-2_g1_until-20261221.jpg",
        "images/000002_北京-7_北京-门店（一）_g1_until-20261128.jpg",
        "images/000003_vip-desk_VIP-desk_g1.jpg",
        "manifest-excel.csv",
        "manifest.csv",
        "manifest.json",
    ];
    assert_eq!(output.names(), names);
    let bytes = output.bytes();
    assert_eq!(output.written.digest, Digest::of(&bytes));
    assert_eq!(output.written.bytes, bytes.len() as u64);
    for name in ["manifest.csv", "manifest.json"] {
        assert_eq!(
            String::from_utf8(read(&output.folder.path().join(name))).expect("text"),
            output.entry(name)
        );
    }
    assert_eq!(output.faults(), []);
}

#[test]
fn names_that_are_not_ascii_carry_the_utf_8_flag_and_others_do_not() {
    let bytes = Campaign::small().written().bytes();
    // In both headers the flags stand a fixed way before the name.
    for (name, flag) in [("images/000002_北京", 0x08), ("images/000001_1001", 0), ("manifest.csv", 0)] {
        let places: Vec<_> =
            bytes.windows(name.len()).enumerate().filter(|(_, window)| *window == name.as_bytes()).collect();
        let of = |signature: &[u8], header: usize, flags: usize| {
            let at = places.iter().map(|(at, _)| at - header).find(|at| bytes[*at..].starts_with(signature));
            u16::from_le_bytes([bytes[at.expect(name) + flags], bytes[at.expect(name) + flags + 1]]) >> 8
        };
        let headers = places.iter().filter(|(at, _)| *at > 46).count();
        assert!(headers >= 2, "{name}");
        assert_eq!((of(b"PK\x03\x04", 30, 6), of(b"PK\x01\x02", 46, 8)), (flag, flag), "{name}");
    }
}

#[test]
fn the_same_contents_give_the_same_bytes_in_any_order() {
    let first = Campaign::small().written();
    let mut reversed = Campaign::small();
    reversed.artifacts.reverse();
    assert_eq!(first.written, reversed.written().written);
    // No clock, no folder, no library's version: pictures that need no encoder give a digest that can be pinned.
    // If this changes, `contents_digest` must change too, so that every bundle out there gets a new revision.
    let mut pinned = Campaign::new();
    pinned.add_plain(1, Scene::id(1001).expect("a scene"), "Metro line 2", Some(30));
    pinned.add_plain(2, Scene::text("=1+1").expect("a scene"), "门店", None).labels.extras =
        extras(&[("尺寸", "A4")]);
    assert_eq!(
        pinned.written().written.digest.to_string(),
        "af0faf9b167e9d0204daeacd0bd41d4a3ca17caebe05a4c52cb5d02204af7c06"
    );
}

#[test]
fn the_zips_time_is_that_of_the_newest_code_in_beijing() {
    let output = Campaign::small().written();
    let file = std::fs::File::open(&output.path).expect("a file");
    let mut archive = zip::ZipArchive::new(file).expect("a zip");
    for index in 0..archive.len() {
        let entry = archive.by_index(index).expect("an entry");
        assert_eq!(entry.last_modified().expect("a time").to_string(), "2026-11-22 15:04:08");
        assert_eq!(entry.unix_mode(), Some(0o100_644));
        assert_eq!(entry.compression(), zip::CompressionMethod::Stored);
    }
}

#[test]
fn permanent_codes_are_spoken_of_only_where_there_are_some() {
    let both = Campaign::small().written().entry("README.txt");
    assert!(both.contains("。永久二维码不会失效。\r\n"), "{both}");
    assert!(both.contains(". Permanent codes never expire.\r\n"), "{both}");
    let mut campaign = Campaign::small();
    campaign.artifacts.retain(|made| made.generation.expires_at.is_some());
    let temporary = campaign.written().entry("README.txt");
    assert!(!temporary.contains("永久二维码不会失效"), "{temporary}");
    assert!(!temporary.contains("Permanent codes never expire"), "{temporary}");
}

#[test]
fn the_name_and_the_contents_say_when_a_bundle_is_not_for_print() {
    let cases = [
        (Kind { partial: false, emulator: true }, "metro-screens.NOT-FOR-PRINT.zip"),
        (Kind { partial: true, emulator: false }, "metro-screens.PARTIAL.zip"),
        (Kind { partial: true, emulator: true }, "metro-screens.PARTIAL.NOT-FOR-PRINT.zip"),
    ];
    for (kind, name) in cases {
        let mut campaign = Campaign::small_of(kind);
        let output = campaign.written();
        assert_eq!(output.written.file_name, name);
        let (readme, json) = (output.entry("README.txt"), output.entry("manifest.json"));
        assert_eq!(readme.matches("NOT FOR PRINT").count(), if kind.emulator { 2 } else { 0 });
        assert_eq!(readme.contains("禁止印刷"), kind.emulator);
        assert_eq!(json.contains("\"not_for_print\": true,"), kind.emulator);
        assert_eq!(readme.matches("PARTIAL").count(), if kind.partial { 2 } else { 0 });
        assert_eq!(readme.contains("不完整"), kind.partial);
        assert_eq!(json.contains("\"partial\": true,"), kind.partial);
        assert_eq!(output.faults(), []);
        assert_eq!(read_manifest(&output.path).expect("a manifest").header.kind, kind);
    }
}

#[test]
fn the_readme_says_whether_the_codes_are_declared_for_paper_and_until_when_the_first_paper_works() {
    let cases = [
        (
            Declared::Not,
            "*** 未声明可印刷：活动文件没有为每个二维码写明 medium: paper 或 screen，印刷前请先向活动方确认。***",
            "*** Not declared for paper: not every code has `medium: paper` or `screen`. Ask before you print. ***",
        ),
        (
            Declared::Screen,
            "*** 仅用于屏幕，请勿印刷：续期后要换成新图。***",
            "*** For screens only, not for paper: a renewed code is a new picture. ***",
        ),
        (
            Declared::Mixed,
            "*** 只有一部分用于印刷，其余仅用于屏幕：只印清单中“用途”列（medium）为“印刷”（paper）的。***",
            "*** Only some are for paper, the others for screens: print only those with `paper` in the column \
             `medium` of the list (用途 is 印刷 in manifest-excel.csv). ***",
        ),
        (
            Declared::Paper,
            "最早失效的印刷品有效到 2026-11-28（北京时间）。",
            "The first paper to expire works through 2026-11-28 (Beijing time).",
        ),
    ];
    for (declared, chinese, english) in cases {
        let mut campaign = Campaign::small();
        campaign.header.declared = declared;
        let output = campaign.written();
        let readme = output.entry("README.txt");
        let lines: Vec<&str> = readme.lines().collect();
        assert!(lines.contains(&chinese) && lines.contains(&english), "{readme}");
        assert_eq!(output.faults(), []);
        let manifest = read_manifest(&output.path).expect("a manifest");
        assert_eq!(manifest.header.declared, declared);
    }
    let mut campaign = Campaign::small();
    campaign.header.declared = Declared::Paper;
    campaign.artifacts.retain(|made| made.generation.expires_at.is_none());
    assert!(
        campaign
            .written()
            .entry("README.txt")
            .contains("\r\nDeclared for paper.\r\nThe paper never expires.\r\n")
    );
}

#[test]
fn the_readme_says_for_what_the_codes_are_and_until_when_their_paper_hangs() {
    let until = Some(jiff::civil::date(2027, 3, 15));
    let print = ["印刷要求", "Print"];
    for (declared, until, chinese, english, [in_chinese, in_english]) in [
        (Declared::Not, None, "微信二维码包", "WeChat QR codes", print),
        (Declared::Not, until, "微信二维码包", "WeChat QR codes", print),
        (Declared::Paper, None, "微信二维码印刷包", "WeChat QR codes for print", print),
        (Declared::Paper, until, "微信二维码印刷包", "WeChat QR codes for print", print),
        (
            Declared::Mixed,
            until,
            "微信二维码包（印刷和屏幕用）",
            "WeChat QR codes for print and screens",
            print,
        ),
        (
            Declared::Screen,
            None,
            "微信二维码包（屏幕用）",
            "WeChat QR codes for screens",
            ["使用要求", "On screens"],
        ),
    ] {
        let mut campaign = Campaign::small();
        (campaign.header.declared, campaign.header.until) = (declared, until);
        let output = campaign.written();
        let readme = output.entry("README.txt");
        let lines: Vec<&str> = readme.trim_start_matches('\u{FEFF}').lines().collect();
        let at = |line: &str| lines.iter().position(|found| *found == line).expect(line);
        let (first, second) = (
            at(&format!("{chinese}：metro-screens（第 3 版）")),
            at(&format!("{english}: metro-screens (revision 3)")),
        );
        assert!(first < at(in_chinese) && second < at(in_english), "{readme}");
        let day = |line: &str| lines.iter().position(|found| *found == line);
        let told = [
            day(
                "印刷品张贴到 2027-03-15（含当天，北京时间），但 3 个二维码中有 2 个提前失效：最早的自 2026-11-29 起、\
                 最晚的自 2026-12-22 起，到 2027-03-15 为止，贴在外面也扫不开。",
            ),
            day(
                "The paper hangs until 2027-03-15, that day included (Beijing time). But 2 of its 3 codes hang expired \
                 until 2027-03-15, the first from 2026-11-29, the last from 2026-12-22.",
            ),
        ];
        // Right below what is said of paper.
        assert_eq!(told, if until.is_some() { [Some(first + 3), Some(second + 3)] } else { [None, None] });
        let size = readme.contains("毫米") && readme.contains(" mm wide");
        assert_eq!(size, declared != Declared::Screen, "{readme}");
        assert_eq!(output.faults(), []);
        assert_eq!(read_manifest(&output.path).expect("a manifest").header.until, until);
    }
}

#[test]
fn the_readme_says_how_many_codes_hang_expired_and_from_when_to_when() {
    let until = |day| Some(jiff::civil::date(2026, 12, day));
    // The first code expires on 2026-12-22, the second on 2026-11-29, and the third never.
    for (until, chinese, english) in [
        (
            until(21),
            "，但 2 个二维码中有 1 个提前失效：2026-11-29 至 2026-12-21 期间，贴在外面也扫不开。",
            " But 1 of its 2 codes hangs expired from 2026-11-29 to 2026-12-21.",
        ),
        (
            until(22),
            "，但 2 个二维码中有 2 个提前失效：最早的自 2026-11-29 起、最晚的自 2026-12-22 起，到 2026-12-22 为止，贴在外面也扫不开。",
            " But 2 of its 2 codes hang expired until 2026-12-22, the first from 2026-11-29, the last from 2026-12-22.",
        ),
        (Some(jiff::civil::date(2026, 11, 28)), "，到那天全部有效。", " All of it works until then."),
    ] {
        let mut campaign = Campaign::small();
        (campaign.header.declared, campaign.header.until) = (Declared::Mixed, until);
        // What is for screens is not counted.
        campaign.artifacts[2].medium = Some(Medium::Screen);
        campaign.artifacts[0].medium = Some(Medium::Paper);
        let readme = campaign.written().entry("README.txt");
        let day = until.expect("a day");
        for line in [
            format!("\r\n印刷品张贴到 {day}（含当天，北京时间）{chinese}\r\n"),
            format!("\r\nThe paper hangs until {day}, that day included (Beijing time).{english}\r\n"),
        ] {
            assert!(readme.contains(&line), "{line}\n{readme}");
        }
    }
}

#[test]
fn the_readme_is_for_people_with_any_editor() {
    let readme = Campaign::small().written().entry("README.txt");
    assert!(readme.starts_with("\u{FEFF}微信二维码包：metro-screens（第 3 版）\r\n"), "{readme}");
    assert_eq!(readme.matches('\n').count(), readme.matches("\r\n").count());
    for part in [
        "二维码：共 3 个，其中临时 2 个，永久 1 个。",
        "最早 2026-11-29 15:04，最晚 2026-12-22 15:04",
        "最小的图片边长 205 像素，按 300 dpi 印刷，边长最大 17 毫米",
        "WeChat QR codes: metro-screens (revision 3)",
        "3 codes: 2 temporary, 1 permanent.",
        "the first expires at 2026-11-29 15:04, the last at 2026-12-22 15:04",
        "the smallest picture is 205 pixels wide; at 300 dpi print it at most 17 mm wide",
    ] {
        assert!(readme.contains(part), "{part}\n{readme}");
    }
    let mut permanent = Campaign::small();
    permanent.artifacts.drain(..2);
    let readme = permanent.written().entry("README.txt");
    assert!(readme.contains("全部为永久二维码，不会失效。") && readme.contains("never expire"), "{readme}");
}

#[test]
fn the_sums_are_those_of_every_other_file() {
    let output = Campaign::small().written();
    let sums = output.entry("SHA256SUMS");
    let listed: Vec<_> = sums.lines().map(|line| &line[66..]).collect();
    let names: Vec<_> = output.names().into_iter().filter(|name| name != "SHA256SUMS").collect();
    assert_eq!(listed, names);
    for name in ["CHANGES.csv", "README.txt", "manifest.csv", "manifest-excel.csv", "manifest.json"] {
        assert!(sums.contains(&format!("{}  {name}\n", Digest::of(output.entry(name).as_bytes()))), "{name}");
    }
}

#[test]
fn what_cannot_be_bundled_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let refused = |change: &dyn Fn(&mut Campaign)| {
        let mut campaign = Campaign::small();
        change(&mut campaign);
        let staging = tempfile::tempdir_in(folder.path()).expect("a folder");
        campaign.write_into(staging.path()).expect_err("refused").to_string()
    };
    assert_eq!(refused(&|c| c.artifacts.clear()), "campaign metro-screens has no codes to bundle");
    assert_eq!(
        refused(&|c| c.artifacts[1].seq = 1),
        "two codes of the campaign have the same seq 1: the ledger is damaged"
    );
    assert_eq!(refused(&|c| c.pictures.clear()), "scene 1001: the picture cannot be read: No such file");
    let column = "the column `seq` of the campaign files stands in the manifest already: rename it";
    assert_eq!(refused(&|c| c.artifacts[2].labels.extras = extras(&[("a", ""), ("seq", "1")])), column);
    assert_eq!(refused(&|c| c.artifacts[2].labels.extras = extras(&[("seq", "1")])), column);
    assert!(refused(&|c| c.artifacts[2].labels.extras = extras(&[("a", "1"), ("a", "2")])).contains("`a`"));
}

#[test]
fn the_picture_of_another_code_cannot_be_bundled() {
    let campaign = Campaign::small();
    let mut artifacts: Vec<_> = campaign.artifacts.iter().map(Made::artifact).collect();
    let other = campaign.artifacts[1].generation.picture.expect("a picture").digest;
    let other = campaign.pictures[&other].clone();
    let folder = tempfile::tempdir().expect("a folder");
    let error = write(
        &campaign.header,
        &mut artifacts,
        &campaign.changes,
        &mut |_| Ok(other.clone()),
        folder.path(),
        &mut |_| (),
    )
    .expect_err("refused");
    assert_eq!(
        error.to_string(),
        "scene 1001: the picture handed in is not the one recorded for its generation"
    );
}

#[test]
fn nothing_in_the_staging_folder_is_overwritten() {
    let folder = tempfile::tempdir().expect("a folder");
    Campaign::small().write_into(folder.path()).expect("written");
    let again = Campaign::small().write_into(folder.path());
    assert!(matches!(again, Err(BundleError::File(_))), "{again:?}");
}

#[test]
fn seqs_over_six_digits_are_sorted_as_names_in_the_zip_and_as_numbers_in_the_manifest() {
    let mut campaign = Campaign::new();
    for seq in [999_999, 1_000_000, 100_000, 99] {
        campaign.add(seq, Scene::id(seq).expect("a scene"), "x", None);
    }
    let output = campaign.written();
    let images: Vec<_> = output.names().into_iter().filter(|name| name.starts_with("images/")).collect();
    let seqs: Vec<_> = images.iter().map(|name| &name[7..name.find('_').expect("one")]).collect();
    assert_eq!(seqs, ["000099", "1000000", "100000", "999999"]);
    let manifest = read_manifest(&output.path).expect("a manifest");
    let seqs: Vec<_> = manifest.codes.iter().map(|code| code.seq).collect();
    assert_eq!(seqs, [99, 100_000, 999_999, 1_000_000]);
    assert_eq!(output.faults(), []);
}

#[test]
fn the_contents_digest_changes_with_everything_but_the_revision_and_the_order() {
    let digest = |change: &dyn Fn(&mut Campaign)| {
        let mut campaign = Campaign::small();
        change(&mut campaign);
        contents_digest(&campaign.header, campaign.artifacts.iter().map(Made::facts))
    };
    let same = digest(&|_| ());
    assert_eq!(digest(&|c| c.header.revision = 9), same);
    assert_eq!(digest(&|c| c.artifacts.reverse()), same);
    let changes: [&dyn Fn(&mut Campaign); 15] = [
        &|c| c.header.names = PictureNames::Stable,
        &|c| c.header.until = Some(jiff::civil::date(2027, 3, 15)),
        &|c| c.header.kind.partial = true,
        &|c| c.header.appid = AppId::new("wx1").expect("an appid"),
        &|c| c.header.account = AccountName::new("other").expect("a name"),
        &|c| c.header.campaign = CampaignName::new("other").expect("a name"),
        &|c| c.artifacts[0].seq = 7,
        &|c| c.artifacts[0].scene = Scene::text("1001").expect("a scene"),
        &|c| c.artifacts[0].labels.channel = Channel::new("other").expect("a channel"),
        &|c| c.artifacts[0].labels.tags = [tag("metro")].into(),
        &|c| c.artifacts[0].labels.extras = extras(&[("a", "")]),
        &|c| c.artifacts[0].generation.number = 2,
        &|c| c.artifacts[0].generation.created_at += jiff::SignedDuration::from_secs(1),
        &|c| c.artifacts[0].generation.expires_at = None,
        &|c| drop(c.artifacts.pop()),
    ];
    for (index, change) in changes.iter().enumerate() {
        assert_ne!(digest(change), same, "change {index}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(24) })]

    #[test]
    fn a_bundle_does_not_depend_on_the_order_of_its_artifacts(
        order in Just((1..=12u64).collect::<Vec<_>>()).prop_shuffle(),
    ) {
        let bundle = |order: &[u64]| {
            let mut campaign = Campaign::new();
            for &seq in order {
                let scene = Scene::id(seq).expect("a scene");
                let artifact = campaign.add_plain(seq, scene, "店", (seq % 2 == 0).then_some(7));
                // The columns come in the order of the seqs, not of the artifacts.
                artifact.labels.extras = extras(&[(["a", "b", "c"][usize::try_from(seq % 3).expect("small")], "x")]);
            }
            campaign.written().bytes()
        };
        prop_assert_eq!(bundle(&order), bundle(&(1..=12).collect::<Vec<_>>()));
    }
}
