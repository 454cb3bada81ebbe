use proptest::prelude::*;

use super::super::spreadsheet::safe_cell;
use super::*;

/// Labels that try every format: quotes, commas, formulas, lost zeros, line breaks in a further column.
fn difficult() -> Campaign {
    let mut campaign = Campaign::new();
    campaign.add(1, Scene::id(1001).expect("a scene"), "Metro, \"line\" 2", Some(30));
    campaign.add(2, Scene::text("007").expect("a scene"), "=HYPERLINK(1)", Some(7)).generation.number = 4;
    campaign.add(3, Scene::text("3-12").expect("a scene"), "门店", None);
    campaign.artifacts[0].medium = Some(Medium::Paper);
    campaign.artifacts[1].medium = Some(Medium::Screen);
    campaign.artifacts[0].labels.tags = [tag("metro"), tag("上海")].into();
    campaign.artifacts[0].labels.extras = extras(&[("尺寸", "A4"), ("note", "two\nlines")]);
    campaign.artifacts[1].labels.extras = extras(&[("+cost", "-1"), ("note", "")]);
    campaign
}

fn ticket_of(campaign: &Campaign, index: usize) -> String {
    campaign.artifacts[index].ticket.to_string()
}

fn sha_of(campaign: &Campaign, index: usize) -> String {
    campaign.artifacts[index].generation.picture.expect("a picture").digest.to_string()
}

#[test]
fn manifest_csv_is_exact() {
    let mut campaign = difficult();
    let csv = campaign.written().entry("manifest.csv");
    let (t, s) = (|index| ticket_of(&campaign, index), |index| sha_of(&campaign, index));
    let expected = [
        "seq,scene,scene_type,channel,tags,lifetime,generation,created_at,expires_at,url,ticket,image,image_sha256,medium,尺寸,note,+cost".to_owned(),
        format!("1,1001,id,\"Metro, \"\"line\"\" 2\",metro;上海,temporary,1,2026-11-22T15:04:06+08:00,2026-12-22T15:04:06+08:00,http://weixin.qq.com/q/02test0000000000000001,{},\"images/000001_1001_Metro,-line-2_g1_until-20261221.jpg\",{},paper,A4,\"two\nlines\",", t(0), s(0)),
        format!("2,007,str,=HYPERLINK(1),,temporary,4,2026-11-22T15:04:07+08:00,2026-11-29T15:04:07+08:00,http://weixin.qq.com/q/02test0000000000000002,{},images/000002_007_=HYPERLINK(1)_g4_until-20261128.jpg,{},screen,,,-1", t(1), s(1)),
        format!("3,3-12,str,门店,,permanent,1,2026-11-22T15:04:08+08:00,,http://weixin.qq.com/q/02test0000000000000003,{},images/000003_3-12_门店_g1.jpg,{},,,,", t(2), s(2)),
        String::new(),
    ];
    assert_eq!(csv, expected.join("\r\n"));
}

#[test]
fn manifest_excel_csv_is_safe_to_double_click() {
    let mut campaign = difficult();
    let csv = campaign.written().entry("manifest-excel.csv");
    let (t, s) = (|index| ticket_of(&campaign, index), |index| sha_of(&campaign, index));
    let expected = [
        "\u{FEFF}序号,场景值,场景类型,渠道,标签,期限,第几代,生成时间,失效时间,链接,Ticket,图片,图片SHA-256,用途,尺寸,note,'+cost".to_owned(),
        format!("1,1001,数字,\"Metro, \"\"line\"\" 2\",metro;上海,临时,1,2026-11-22 15:04,2026-12-22 15:04,http://weixin.qq.com/q/02test0000000000000001,{},\"images/000001_1001_Metro,-line-2_g1_until-20261221.jpg\",{},印刷,A4,\"two\nlines\",", t(0), s(0)),
        format!("2,'007,字符串,'=HYPERLINK(1),,临时,4,2026-11-22 15:04,2026-11-29 15:04,http://weixin.qq.com/q/02test0000000000000002,{},images/000002_007_=HYPERLINK(1)_g4_until-20261128.jpg,{},屏幕,,,'-1", t(1), s(1)),
        format!("3,'3-12,字符串,门店,,永久,1,2026-11-22 15:04,,http://weixin.qq.com/q/02test0000000000000003,{},images/000003_3-12_门店_g1.jpg,{},,,,", t(2), s(2)),
        String::new(),
    ];
    assert_eq!(csv, expected.join("\r\n"));
}

#[test]
fn manifest_json_holds_the_same_one_code_a_line() {
    let mut campaign = difficult();
    let json = campaign.written().entry("manifest.json");
    let (t, s) = (|index| ticket_of(&campaign, index), |index| sha_of(&campaign, index));
    let expected = format!(
        r#"{{
  "bundle_format": 1,
  "campaign": "metro-screens",
  "account": "default",
  "appid": "wx0123456789abcdef",
  "revision": 3,
  "counts": {{"codes": 3, "temporary": 2, "permanent": 1}},
  "codes": [
    {{"seq": 1, "scene": "1001", "scene_type": "id", "channel": "Metro, \"line\" 2", "tags": ["metro", "上海"], "lifetime": "temporary", "generation": 1, "created_at": "2026-11-22T15:04:06+08:00", "expires_at": "2026-12-22T15:04:06+08:00", "url": "http://weixin.qq.com/q/02test0000000000000001", "ticket": "{}", "image": "images/000001_1001_Metro,-line-2_g1_until-20261221.jpg", "image_sha256": "{}", "medium": "paper", "尺寸": "A4", "note": "two\nlines", "+cost": ""}},
    {{"seq": 2, "scene": "007", "scene_type": "str", "channel": "=HYPERLINK(1)", "tags": [], "lifetime": "temporary", "generation": 4, "created_at": "2026-11-22T15:04:07+08:00", "expires_at": "2026-11-29T15:04:07+08:00", "url": "http://weixin.qq.com/q/02test0000000000000002", "ticket": "{}", "image": "images/000002_007_=HYPERLINK(1)_g4_until-20261128.jpg", "image_sha256": "{}", "medium": "screen", "尺寸": "", "note": "", "+cost": "-1"}},
    {{"seq": 3, "scene": "3-12", "scene_type": "str", "channel": "门店", "tags": [], "lifetime": "permanent", "generation": 1, "created_at": "2026-11-22T15:04:08+08:00", "expires_at": null, "url": "http://weixin.qq.com/q/02test0000000000000003", "ticket": "{}", "image": "images/000003_3-12_门店_g1.jpg", "image_sha256": "{}", "medium": null, "尺寸": "", "note": "", "+cost": ""}}
  ]
}}
"#,
        t(0),
        s(0),
        t(1),
        s(1),
        t(2),
        s(2)
    );
    assert_eq!(json, expected);
}

#[test]
fn a_manifest_is_read_back_into_what_was_written() {
    let mut campaign = difficult();
    let output = campaign.written();
    let manifest = read_manifest(&output.path).expect("a manifest");
    assert_eq!(manifest.header, campaign.header);
    assert_eq!(manifest.codes.len(), 3);
    for (code, artifact) in manifest.codes.iter().zip(&campaign.artifacts) {
        assert_eq!(
            (code.seq, &code.scene, &code.ticket, &code.url, code.expires_at),
            (artifact.seq, &artifact.scene, &artifact.ticket, &artifact.url, artifact.generation.expires_at)
        );
        assert_eq!(code.medium, artifact.medium);
        assert_eq!(code.labels.channel, artifact.labels.channel);
        assert_eq!(code.labels.tags, artifact.labels.tags);
        for (column, value) in artifact.labels.extras.iter() {
            assert_eq!(code.labels.extras.get(column), value);
        }
    }
    assert_eq!(output.faults(), []);
}

#[test]
fn cells_that_a_spreadsheet_would_run_or_rewrite_are_marked() {
    for cell in [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r1",
        "\n=1",
        " =1",
        "＝1",
        "＋1",
        "－1",
        "＠x",
        "007",
        "00",
        "123456789012",
        "3-12",
        "1/2",
        "1e5",
        "1E+16",
        "10:30",
        "12.50",
        "50%",
        "¥12",
        "\u{200b}=1+1",
        "﹦1+1",
        "⁼1",
        "₌1",
        "⩵1",
        "﹢1",
        "⁺1",
        "₊1",
        "﬩1",
        "﹣1",
        "⁻1",
        "₋1",
        "−1",
        "﹫SUM",
        "(5)",
        "2026年3月12日",
        "MAR1",
        "1-Sept",
        "Jan 5, 2026",
        "true",
        "FALSE",
        "1,000",
    ] {
        assert_eq!(safe_cell(cell), format!("'{cell}"), "{cell}");
    }
    for cell in [
        "",
        "0",
        "1",
        "1001",
        "12345678901",
        "vip-desk",
        "Metro line 2",
        "2号线",
        "3F电梯",
        "A4",
        "marble 7",
        "http://weixin.qq.com/q/02x",
        "a=b",
        "门店-3",
        "'007",
        "Mayor 5",
        "x1",
        "1st",
    ] {
        assert_eq!(safe_cell(cell), cell);
    }
}

#[test]
fn another_form_is_told_apart_from_a_damaged_one() {
    let parse = |text: &str| {
        let read = manifest::parse(text.as_bytes()).expect_err("refused");
        manifest::other_form(text.as_bytes()).unwrap_or_else(|| match read {
            manifest::Unread::Text(message) => message,
            manifest::Unread::File(error) => error.to_string(),
        })
    };
    assert_eq!(
        parse(r#"{"bundle_format": 2, "campaigns": []}"#),
        "has form 2, and this program knows form 1: use a newer one"
    );
    for form in 1..=4 {
        assert_eq!(
            parse(&format!("{{\"format\": {form}, \"campaign\": \"metro\"}}")),
            "was made before the first release of scenepress"
        );
    }
    let unknown = parse(r#"{"bundle_format": 1, "campaigns": []}"#);
    assert!(unknown.starts_with("cannot be read: unknown field `campaigns`"), "{unknown}");
    assert!(parse("{}").starts_with("cannot be read: missing field"), "{}", parse("{}"));
    assert!(parse("").starts_with("cannot be read: "));
    let nested = "[".repeat(100_000);
    assert!(parse(&nested).starts_with("cannot be read: "));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(48) })]

    #[test]
    fn no_cell_of_a_spreadsheet_begins_a_formula(cell in any::<String>()) {
        let safe = safe_cell(&cell);
        prop_assert!(!safe.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']));
        prop_assert!(!safe.starts_with(['\t', '\r', '\n']));
        prop_assert!(safe.strip_prefix('\'') == Some(cell.as_str()) || safe == cell);
    }

    #[test]
    fn all_three_manifests_agree_whatever_the_labels_hold(
        rows in prop::collection::vec(("[^\\p{C}]{1,20}", any::<String>(), any::<String>(), "\\PC{1,12}"), 1..6),
    ) {
        let mut campaign = Campaign::new();
        for (seq, (channel, value, tag_text, scene)) in (1..).zip(&rows) {
            prop_assume!(Channel::new(channel).is_ok() && Scene::text(scene).is_ok());
            let scene = Scene::text(&format!("{seq}{}", scene.chars().take(8).collect::<String>())).expect("a scene");
            let artifact = campaign.add(seq, scene, channel, (seq % 2 == 0).then_some(3));
            artifact.labels.extras = extras(&[("备注", value), ("=x", tag_text)]);
            artifact.labels.tags = Tag::new(tag_text).into_iter().collect();
        }
        prop_assert_eq!(campaign.written().faults(), []);
    }
}

fn keys(object: &serde_json::Value) -> Vec<&str> {
    object.as_object().expect("an object").keys().map(String::as_str).collect()
}

#[test]
fn the_schema_has_every_member_that_is_written_and_no_other() {
    let mut campaign = difficult();
    for made in &mut campaign.artifacts {
        made.labels.extras = Extras::none();
    }
    campaign.header.kind = Kind { emulator: true, partial: true };
    campaign.header.declared = Declared::Mixed;
    campaign.header.until = Some(jiff::civil::date(2027, 3, 15));
    campaign.header.names = PictureNames::Stable;
    campaign.header.selection = Some(Selection { unprinted: true, to: None });
    let written: serde_json::Value =
        serde_json::from_str(&campaign.written().entry("manifest.json")).expect("JSON");
    let schema = manifest_schema().to_value();
    let advice = "a member of manifest.json must stand in src/bundle/document.rs too, with what it means";
    assert_eq!(keys(&schema["properties"]), keys(&written), "{advice}");
    for (part, name) in [(&written["codes"][0], "Code"), (&written["counts"], "Counts")] {
        assert_eq!(keys(&schema["$defs"][name]["properties"]), keys(part), "{advice}");
        assert_eq!(schema["$defs"][name]["required"].as_array().map(Vec::len), Some(keys(part).len()));
    }
    let words = schema["$defs"]["Declared"]["oneOf"].as_array().expect("words");
    let words: Vec<_> = words.iter().map(|word| word["const"].as_str()).collect();
    assert_eq!(words, [Declared::Paper, Declared::Screen, Declared::Mixed].map(Declared::as_str));
    let optional: Vec<&str> = keys(&written)
        .into_iter()
        .filter(|key| !schema["required"].as_array().is_some_and(|all| all.contains(&(*key).into())))
        .collect();
    assert_eq!(optional, ["medium", "names", "not_for_print", "partial", "selection", "until"]);
}
