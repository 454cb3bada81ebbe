//! Codes of every kind arrive, each as itself.

use std::collections::{BTreeSet, HashMap};
use std::os::unix::fs::PermissionsExt;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::support::{Kind, Platform, Project, Verdict, decode};

const COLUMNS: &str = "seq,scene,scene_type,channel,tags,lifetime,generation,created_at,expires_at,url,ticket,image,image_sha256,medium";

/// 100 codes: 40 temporary ids, 30 temporary strings, 15 permanent ids, 15 permanent strings.
pub fn hundred() -> String {
    let mut text = "expires: 30d\npermanent_budget: 30\ncodes:\n".to_owned();
    text += "  - {scenes: 2001..2039, channel: \"Store {n}\", tags: [store, east]}\n";
    text += "  - {scene: 4294967295, channel: The largest id}\n";
    for (number, scene) in (1..).zip(strings("shop", 30)) {
        text += &format!("  - {{scene: \"{scene}\", channel: \"门店 {number}\", expires: 7d}}\n");
    }
    text += "  - {scenes: 99986..100000, channel: \"Desk {n}\", expires: never}\n";
    for scene in strings("desk", 15) {
        text += &format!("  - {{scene: \"{scene}\", channel: Desk, expires: never}}\n");
    }
    text
}

/// Numbers in quotes, Chinese, marks, 64 bytes.
fn strings(prefix: &str, count: usize) -> Vec<String> {
    let some = ["北京门店", "a+b/c=d", "x y&z?", "it's,(50%)", "ünï.cödé"];
    let mut strings: Vec<String> = some.iter().map(|text| format!("{prefix}-{text}")).collect();
    strings.push(format!("{prefix}{}", "店".repeat(20)));
    strings.push(if prefix == "shop" { "007" } else { "0501" }.to_owned());
    strings.extend((strings.len()..count).map(|number| format!("{prefix}-{number}")));
    strings
}

#[test]
fn a_hundred_codes_of_every_kind_arrive_and_each_picture_shows_the_url_of_its_own_scene() {
    let platform = Platform::start();
    let project = Project::new(&platform).campaign("city.yaml", &hundred());
    let told = project.expect(&["run"], 0);
    assert_eq!(told.stdout, "", "stdout is for data");
    told.says("100 created");

    let counters = platform.counters();
    assert_eq!((counters.temporary_codes, counters.permanent_codes), (70, 30));
    assert_eq!((counters.permanent_scenes, counters.requests.create), (30, 100));
    assert_eq!(counters.requests.stable_token, 1, "one access token");
    assert!(counters.errors.is_empty() && counters.distorted.is_empty(), "{counters:?}");
    assert_eq!((counters.pictures, counters.pictures_missing), (100, 0));

    let bundle = project.bundle("city");
    let csv = bundle.text("manifest.csv");
    assert!(csv.starts_with(&format!("{COLUMNS}\r\n")), "{csv}");
    assert_eq!(csv.matches("\r\n").count(), 101);
    assert_eq!(csv.matches('\n').count(), 101);
    let rows = bundle.rows();
    assert_eq!(rows.len(), 100);
    let mut urls = BTreeSet::new();
    for (index, row) in rows.iter().enumerate() {
        assert_eq!(row["seq"], (index + 1).to_string());
        let scene = format!("{} {}", row["scene_type"], row["scene"]);
        let picture = &bundle.files[&row["image"]];
        let shown = decode(picture);
        assert_eq!(shown, platform.url_of(&scene), "the picture of {scene}");
        assert_eq!(shown, row["url"], "the row of {scene}");
        assert!(urls.insert(shown), "two codes with one url");
        let (seq, scene) = (&row["seq"], &row["scene"]);
        assert!(row["image"].starts_with(&format!("images/{seq:0>6}_")), "{}", row["image"]);
        let permanent = row["lifetime"] == "permanent";
        assert_eq!(permanent, row["expires_at"].is_empty(), "{scene}");
        assert_eq!(permanent, !row["image"].contains("_until-"), "{scene}");
        assert!(row["created_at"].ends_with("+08:00"));
        assert_eq!(row["generation"], "1");
    }
    let first = &rows[0];
    assert_eq!((first["scene"].as_str(), first["tags"].as_str()), ("2001", "store;east"));
    assert_eq!(bundle.row("007")["scene_type"], "str");
    assert_eq!(rows.iter().filter(|row| row["lifetime"] == "permanent").count(), 30);
    bundle.check_sums();

    for name in ["manifest.csv", "manifest.json"] {
        assert_eq!(project.read(&format!("output/city/{name}")), bundle.files[name], "{name} beside the zip");
    }
    let codes = bundle.manifest()["codes"].clone();
    for (row, code) in rows.iter().zip(codes.as_array().expect("codes")) {
        assert_eq!((&json!(row["scene"]), &json!(row["url"])), (&code["scene"], &code["url"]));
    }
    assert!(project.files("").iter().all(|name| !name.contains(".scenepress-")), "nothing half-done stays");
    let ledger = std::fs::metadata(project.path("output/ledger.sqlite")).expect("a ledger");
    assert_eq!(ledger.permissions().mode() & 0o777, 0o600);

    let told = project.expect(&["verify", "output/city/city.zip"], 0);
    assert!(
        told.stdout.contains("100 codes, revision 1, all pictures decode to their url"),
        "{}",
        told.stdout
    );
}

#[test]
fn one_byte_of_one_picture_makes_a_bundle_bad() {
    let platform = Platform::start();
    let project =
        Project::new(&platform).campaign("metro.yaml", "codes: [{scene: 1, channel: A, expires: 30d}]");
    project.expect(&["run"], 0);
    let bundle = project.bundle("metro");
    let mut bytes = project.read("output/metro/metro.zip");
    let picture = &bundle.files[&bundle.column("image")[0]];
    let at = bytes.windows(picture.len()).position(|window| window == picture).expect("stored, not deflated");
    bytes[at + picture.len() / 2] ^= 1;
    project.write("bad.zip", bytes);
    project.expect(&["verify", "bad.zip"], 6);
}

#[test]
fn a_ticket_with_plus_slash_and_equals_signs_is_escaped_exactly_once() {
    let platform = Platform::start();
    let project = Project::new(&platform)
        .campaign("metro.yaml", "expires: 30d\ncodes: [{scenes: 1..5, channel: \"Exit {n}\"}]");
    // The platform's former spelling; the tickets' form is undocumented, so any text may come.
    let real: Arc<Mutex<HashMap<String, String>>> = Arc::default();
    let pictures: Arc<Mutex<HashMap<String, Vec<u8>>>> = Arc::default();
    let plain = Platform::start();
    let other = Project::new(&plain)
        .campaign("metro.yaml", "expires: 30d\ncodes: [{scenes: 1..5, channel: \"Exit {n}\"}]");
    other.expect(&["run"], 0);
    let bundle = other.bundle("metro");
    for row in bundle.rows() {
        let ticket = format!("gQ+{}/%2B+a==", row["scene"]);
        real.lock().expect("a lock").insert(format!("id {}", row["scene"]), row["url"].clone());
        pictures.lock().expect("a lock").insert(ticket, bundle.files[&row["image"]].clone());
    }
    platform.rule(move |asked| match asked.kind {
        Kind::Create => {
            let scene = asked.scene().expect("a scene");
            let ticket = format!("gQ+{}/%2B+a==", &scene[3..]);
            let url = real.lock().expect("a lock")[&scene].clone();
            let body = json!({"ticket": ticket, "expire_seconds": 2_592_000, "url": url}).to_string();
            Verdict::body("text/plain", body.as_bytes())
        }
        Kind::Picture => match pictures.lock().expect("a lock").get(&asked.ticket()) {
            Some(picture) => Verdict::body("image/jpg", picture),
            None => Verdict::Answer(404, "text/plain", Vec::new()),
        },
        _ => Verdict::Pass,
    });
    project.expect(&["run"], 0);
    assert_eq!(platform.count(Kind::Picture), 5, "each ticket was right the first time");
    assert_eq!(project.bundle("metro").row("3")["ticket"], "gQ+3/%2B+a==");
    project.expect(&["verify", "output/metro/metro.zip"], 0);
}

#[test]
fn requests_say_how_long_a_temporary_code_is_to_live_and_never_how_long_a_permanent_one() {
    let platform = Platform::start();
    let text = "permanent_budget: 2\ncodes:
  - {scene: 7, channel: A, expires: 2m}
  - {scene: \"8\", channel: B, expires: 30d}
  - {scene: 9, channel: C, expires: never}
  - {scene: \"10\", channel: D, expires: never}\n";
    let project = Project::new(&platform).campaign("city.yaml", text);
    project.expect(&["run"], 0);
    let asked = platform.asked().into_iter().filter(|asked| asked.kind == Kind::Create);
    let mut bodies: Vec<Value> =
        asked.map(|asked| serde_json::from_slice(&asked.body).expect("JSON")).collect();
    bodies.sort_by_key(|body| body["action_name"].to_string());
    let info = |scene: Value| json!({ "scene": scene });
    let expected = [
        json!({"action_name": "QR_LIMIT_SCENE", "action_info": info(json!({"scene_id": 9}))}),
        json!({"action_name": "QR_LIMIT_STR_SCENE", "action_info": info(json!({"scene_str": "10"}))}),
        json!({"expire_seconds": 120, "action_name": "QR_SCENE", "action_info": info(json!({"scene_id": 7}))}),
        json!({"expire_seconds": 2_592_000, "action_name": "QR_STR_SCENE", "action_info": info(json!({"scene_str": "8"}))}),
    ];
    assert_eq!(bodies, expected);
}
