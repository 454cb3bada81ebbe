use crate::stored;
use crate::support::Workplace;

/// The platform's published tickets, and what each says of itself.
const PUBLISHED: [(&str, &str); 6] = [
    (
        "gQGU8DwAAAAAAAAAAS5odHRwOi8vd2VpeGluLnFxLmNvbS9xLzAyZXJ1emc1WjNlQjMxcW02SnhxMUEAAgSW_UVaAwQAjScA",
        "
  url        http://weixin.qq.com/q/02eruzg5Z3eB31qm6Jxq1A
  made       2017-12-29 16:32
  lifetime   30 d, died on 2018-01-28 16:32
  checksum   wrong: it may be mistyped or cut, so what it says of itself proves nothing
",
    ),
    (
        "gQGA8DwAAAAAAAAAAS5odHRwOi8vd2VpeGluLnFxLmNvbS9xLzAyd1BGS0JtUEpmdTIxUVFQSXh5Y0cAAgS0IetiAwSAUQEA",
        "
  url        http://weixin.qq.com/q/02wPFKBmPJfu21QQPIxycG
  made       2022-08-04 09:32
  lifetime   1 d, died on 2022-08-05 09:32
",
    ),
    (
        "gQF28DwAAAAAAAAAAS5odHRwOi8vd2VpeGluLnFxLmNvbS9xLzAyeEdaZVZCcU1jX0UxMDAwMHcwM2QAAgTjUxBjAwQAAAAA",
        "
  url        http://weixin.qq.com/q/02xGZeVBqMc_E10000w03d
  made       2022-09-01 14:40
  lifetime   permanent
",
    ),
    (
        "gQGv7zwAAAAAAAAAAS5odHRwOi8vd2VpeGluLnFxLmNvbS9xLzAydzVld0FUcmxjTkYxcEhEMnh5MVEAAgQvp0JiAwQ8AAAA",
        "
  url        http://weixin.qq.com/q/02w5ewATrlcNF1pHD2xy1Q
  made       2022-03-29 14:29
  lifetime   1 min, died on 2022-03-29 14:30
",
    ),
    (
        "gQG38DoAAAAAAAAAASxodHRwOi8vd2VpeGluLnFxLmNvbS9xL3JFenpFcDNsRkVSdFZ5N0FBMkt3AAIEbauRUgMECAcAAA==",
        "
  url        http://weixin.qq.com/q/rEzzEp3lFERtVy7AA2Kw
  made       2013-11-24 15:31
  lifetime   30 min, died on 2013-11-24 16:01
",
    ),
    (
        "gQH47joAAAAAAAAAASxodHRwOi8vd2VpeGluLnFxLmNvbS9xL2taZ2Z3TVRtNzJXV1Brb3ZhYmJJAAIEZ23sUwMEmm3sUw==",
        "
  url        http://weixin.qq.com/q/kZgfwMTm72WWPkovabbI
  made       2014-08-14 16:03
  lifetime   not told: the field holds an instant, 2014-08-14 16:04, as in the sample of the platform's documents
",
    ),
];

const NO_LEDGER: &str =
    "  ledger     there is none at output/ledger.sqlite: --ledger names one, --in a bundle\n";

#[test]
fn the_published_tickets_tell_about_themselves_without_a_ledger() {
    let workplace = Workplace::new();
    for (ticket, says) in PUBLISHED {
        let says = says.trim_start_matches('\n');
        workplace.run(&["inspect", ticket]).is(0, &format!("{ticket}: a ticket\n{says}{NO_LEDGER}"), "");
    }
    let document = workplace.run(&["inspect", "--format", "json", PUBLISHED[0].0, PUBLISHED[5].0]).json();
    assert_eq!(document["things"][0]["kind"], "ticket");
    assert_eq!(document["things"][0]["ticket"]["checksum_right"], false);
    assert_eq!(document["things"][0]["ticket"]["lifetime_seconds"], 2_592_000);
    assert!(document["things"][1]["ticket"]["lifetime_seconds"].is_null());
    assert_eq!(document["things"][1]["ticket"]["lifetime_field"], 1_408_003_482);
    assert_eq!(document["things"][1]["found"], serde_json::json!([]));
}

#[test]
fn the_address_of_a_picture_is_taken_for_its_ticket() {
    let ticket = PUBLISHED[4].0;
    let escaped = ticket.replace('=', "%3D");
    let url = format!("https://mp.weixin.qq.com/cgi-bin/showqrcode?ticket={escaped}");
    let outcome = Workplace::new().run(&["inspect", &url]);
    assert!(outcome.stdout.starts_with(&format!("{ticket}: a ticket\n")), "{}", outcome.stdout);
}

#[test]
fn what_nobody_knows_is_told_plainly() {
    let workplace = Workplace::new();
    workplace.run(&["inspect", "1001", "http://weixin.qq.com/q/x"]).is(
        0,
        &format!("1001: a scene\n{NO_LEDGER}\nhttp://weixin.qq.com/q/x: a url\n{NO_LEDGER}"),
        "",
    );
    workplace.run(&["inspect", "poster.jpg"]).is(
        2,
        "",
        "error: there is no file poster.jpg, and it is no known scene\n",
    );
    let long = "x".repeat(65);
    assert_eq!(workplace.run(&["inspect", &long]).code, 2);
    assert_eq!(workplace.run(&["inspect", "1", "--require-ledger"]).code, 4);
}

#[test]
fn nothing_of_a_file_that_is_no_picture_is_shown() {
    let workplace = Workplace::new();
    workplace.write("page.jpg", "<html>errcode 40001</html>");
    let page = "page.jpg is no JPEG, it looks like a web page: name picture files as the platform gives them";
    workplace.run(&["inspect", "page.jpg"]).is(2, "", &format!("error: {page}\n"));
    workplace.write("wechat.secret", "d4624c36b6795d1d99dcf0547af5443d\n");
    let secret = "wechat.secret is no JPEG: name picture files as the platform gives them";
    workplace.run(&["inspect", "wechat.secret"]).is(2, "", &format!("error: {secret}\n"));
    let outcome = workplace.run(&["inspect", "wechat.secret", "--format", "json"]);
    assert_eq!((outcome.code, outcome.stderr.as_str()), (2, format!("error: {secret}\n").as_str()));
    assert_eq!(outcome.json()["things"][0]["error"], secret);
}

#[test]
fn a_scene_a_picture_a_url_and_a_ticket_lead_to_the_same_code() {
    let workplace = stored::workplace();
    let outcome = workplace.run(&["inspect", "1001"]);
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
    assert_eq!(
        without_lives(&outcome.stdout),
        "\
1001: a scene
  scene      1001 (number)
  channel    Metro line 2
  tags       metro
  campaign   metro, seq 1
  appid      wx1
  generation 1 of 2026-11-22 10:00, the newest
  url        http://weixin.qq.com/q/023TUuk3rDT7KyJFS6zi4D
  ticket     gQG08DwAAAAAAAAAAS5odHRwOi8vd2VpeGluLnFxLmNvbS9xLzAyM1RVdWszckRUN0t5SkZTNnppNEQAAgSgTAJrAwQAjScA
"
    );
    let issued =
        workplace.run(&["inspect", "1001", "--format", "json"]).json()["things"][0]["found"][0].clone();
    let url = issued["issued"]["url"].as_str().expect("a url");
    let ticket = issued["issued"]["ticket"].as_str().expect("a ticket");
    let document = workplace.run(&["inspect", "poster.jpg", url, ticket, "--format", "json"]).json();
    for (index, kind) in ["picture", "url", "ticket"].into_iter().enumerate() {
        let thing = &document["things"][index];
        assert_eq!(thing["kind"], kind);
        assert_eq!(thing["found"][0]["scene"], "1001");
        assert_eq!(thing["found"][0]["issued"]["superseded"], false);
    }
}

#[test]
fn a_bundle_tells_without_a_ledger() {
    let workplace = stored::workplace();
    std::fs::remove_file(workplace.path("output/ledger.sqlite")).expect("removed");
    let outcome = workplace.run(&["inspect", "vip-desk", "--in", "output/metro/metro.zip"]);
    outcome.is(
        0,
        "\
vip-desk: a scene
  bundle     output/metro/metro.zip, revision 1
  scene      vip-desk (string)
  channel    VIP desk
  campaign   metro, seq 3
  account    default (wx1)
  generation 1 of 2026-11-22 10:00
  lives      for ever: permanent
  url        http://weixin.qq.com/q/02jM1fDcWHYRawClPZ4hps
  ticket     gQHh7zwAAAAAAAAAAS5odHRwOi8vd2VpeGluLnFxLmNvbS9xLzAyak0xZkRjV0hZUmF3Q2xQWjRocHMAAgSgTAJrAwQAAAAA
",
        "",
    );
    let document =
        workplace.run(&["inspect", "1002", "--in", "output/metro/metro.zip", "--format", "json"]).json();
    assert_eq!(document["bundle"]["revision"], 1);
    assert_eq!(document["things"][0]["found"][0]["channel"], "北京门店");
    workplace.run(&["inspect", "4711", "--in", "output/metro/metro.zip"]).is(
        0,
        "4711: a scene\n  bundle     output/metro/metro.zip does not have it\n",
        "",
    );
}

/// Without the line that depends on the clock.
fn without_lives(text: &str) -> String {
    text.split_inclusive('\n').filter(|line| !line.starts_with("  lives ")).collect()
}

#[test]
fn an_events_key_leads_to_its_scene() {
    let workplace = stored::workplace();
    let outcome = workplace.run(&["inspect", "qrscene_1001"]);
    let words = "qrscene_1001: an event's key: scene 1001\n  scene      1001 (number)\n";
    assert!(outcome.stdout.starts_with(words), "{}", outcome.stdout);
    workplace.run(&["inspect", "qrscene_4711"]).is(
        0,
        "qrscene_4711: an event's key: scene 4711\n  ledger     output/ledger.sqlite does not know it\n",
        "",
    );
    assert_eq!(workplace.run(&["inspect", "qrscene_"]).code, 2);
}

#[test]
fn a_number_that_no_scene_can_be_is_none() {
    for number in ["0", "4294967296", "99999999999999999999"] {
        stored::workplace().run(&["inspect", number]).is(
            2,
            "",
            &format!(
                "error: {number} is no scene: a number is 1 to 4294967295, and no code has it as a text\n"
            ),
        );
    }
}

#[test]
fn what_is_no_file_is_told_and_not_waited_for() {
    let workplace = Workplace::new();
    workplace.run(&["inspect", "1", "--in", "nope.zip"]).is(2, "", "error: there is no file nope.zip\n");
    let made = std::process::Command::new("mkfifo").arg(workplace.path("pipe")).status().expect("mkfifo");
    assert!(made.success());
    workplace.run(&["inspect", "pipe"]).is(2, "", "error: pipe is no file\n");
    assert_eq!(workplace.run(&["inspect", "1", "--in", "pipe"]).code, 6);
    assert_eq!(workplace.run(&["verify", "pipe"]).code, 6);
}
