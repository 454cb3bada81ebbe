//! `ledger import` of tables, and of files that are none.

use crate::stored;
use crate::support::Workplace;

/// Published tickets: a day from 2022-08-04, permanent, 60 s, the documents' own sample (an absolute time), and one
/// whose checksum is wrong.
const DAY: &str =
    "gQGA8DwAAAAAAAAAAS5odHRwOi8vd2VpeGluLnFxLmNvbS9xLzAyd1BGS0JtUEpmdTIxUVFQSXh5Y0cAAgS0IetiAwSAUQEA";
const PERMANENT: &str =
    "gQF28DwAAAAAAAAAAS5odHRwOi8vd2VpeGluLnFxLmNvbS9xLzAyeEdaZVZCcU1jX0UxMDAwMHcwM2QAAgTjUxBjAwQAAAAA";
const MINUTE: &str =
    "gQGv7zwAAAAAAAAAAS5odHRwOi8vd2VpeGluLnFxLmNvbS9xLzAydzVld0FUcmxjTkYxcEhEMnh5MVEAAgQvp0JiAwQ8AAAA";
const SAMPLE: &str =
    "gQH47joAAAAAAAAAASxodHRwOi8vd2VpeGluLnFxLmNvbS9xL2taZ2Z3TVRtNzJXV1Brb3ZhYmJJAAIEZ23sUwMEmm3sUw==";
const WRONG: &str =
    "gQGU8DwAAAAAAAAAAS5odHRwOi8vd2VpeGluLnFxLmNvbS9xLzAyZXJ1emc1WjNlQjMxcW02SnhxMUEAAgSW_UVaAwQAjScA";

fn import(workplace: &Workplace, table: &str) -> crate::support::Outcome {
    workplace.write("old.csv", table);
    workplace.run(&["ledger", "import", "old.csv", "--campaign", "metro"])
}

const NEXT: &str = "`scenepress plan` shows what a run makes of them: pictures are fetched, no code is issued anew \
                    that still lives\n";

#[test]
fn tickets_explain_themselves_and_columns_say_the_rest() {
    let workplace = Workplace::with_metro();
    let table = format!(
        "\u{feff}scene,channel,ticket,url,expires_at,tags,备注\r\n\
         1001,Metro line 2,{DAY},,,metro;old,x\r\n\
         vip-desk,VIP desk,{PERMANENT},,,,\r\n\
         9,Short,{MINUTE},,,,\r\n\
         10,Sample,{SAMPLE},,2099-01-01,,\r\n"
    );
    let too_far = "old.csv:5: it dies on 2099-01-01 00:00, more than 30 d after it was made";
    import(&workplace, &table).is(2, "", &format!("error: {too_far}\nerror: nothing was imported\n"));
    assert!(!workplace.path("output").exists());

    let table = table.replace("2099-01-01", "2014-08-14T16:04:42+08:00")
        + &format!(
            "11,Told,{WRONG},http://weixin.qq.com/q/told,never,,\r\n12,Foreign,abc,http://weixin.qq.com/q/x,2020-01-01,,\r\n"
        );
    import(&workplace, &table).is(
        0,
        "",
        &format!("6 codes adopted, 4 of them expired; 0 known already\n{NEXT}"),
    );
    import(&workplace, &table).is(0, "", "0 codes adopted; 6 known already\n");
    let export = workplace.run(&["ledger", "export"]).stdout;
    let expected = [
        r#"{"record":"ledger","format":1}"#,
        r#"{"record":"code","appid":"wx1","scene":"9","scene_type":"id","campaign":"metro","seq":3,"channel":"Short","tags":[],"columns":{"备注":""},"retired":false}"#,
        r#"{"record":"generation","appid":"wx1","scene":"9","scene_type":"id","generation":1,"campaign":"metro","lifetime":"temporary","expire_seconds":60,"created_at":"2022-03-29T14:29:03+08:00","expires_at":"2022-03-29T14:30:03+08:00","picture_sha256":null}"#,
        r#"{"record":"code","appid":"wx1","scene":"10","scene_type":"id","campaign":"metro","seq":4,"channel":"Sample","tags":[],"columns":{"备注":""},"retired":false}"#,
        r#"{"record":"generation","appid":"wx1","scene":"10","scene_type":"id","generation":1,"campaign":"metro","lifetime":"temporary","expire_seconds":60,"created_at":"2014-08-14T16:03:51+08:00","expires_at":"2014-08-14T16:04:42+08:00","picture_sha256":null}"#,
        r#"{"record":"code","appid":"wx1","scene":"11","scene_type":"id","campaign":"metro","seq":5,"channel":"Told","tags":[],"columns":{"备注":""},"retired":false}"#,
    ];
    for (line, expected) in export.lines().zip(expected) {
        assert_eq!(line, expected);
    }
    assert!(export.contains(r#""expires_at":"2022-08-05T09:32:36+08:00""#), "{export}");
    assert!(export.contains(
        r#""scene":"vip-desk","scene_type":"str","generation":1,"campaign":"metro","lifetime":"permanent""#
    ));
    assert!(export.contains(r#""columns":{"备注":"x"}"#) && export.contains(r#""tags":["metro","old"]"#));
}

#[test]
fn every_row_that_cannot_be_adopted_is_told_with_its_line() {
    let workplace = Workplace::with_metro();
    let rows = [
        (format!(",A,{DAY},,"), "its scene is empty"),
        (
            format!("007,A,{DAY},,"),
            "the scene `007` begins with a zero: write 7, or add a column `scene_type` with `str` to keep the zeros: spreadsheets drop them",
        ),
        (format!("1,,{DAY},,"), "its channel is empty"),
        ("1,A,,,".to_owned(), "its ticket is empty"),
        ("1,A,二,,".to_owned(), "a ticket is 1 to 1024 visible ASCII characters"),
        (
            "1,A,abc,,".to_owned(),
            "its url is not known, since its ticket is of a form that tells nothing: add a column `url`",
        ),
        (
            format!("1,A,{WRONG},,"),
            "its url is not known, since its ticket's checksum is wrong: add a column `url`",
        ),
        (
            format!("1,A,{WRONG},http://weixin.qq.com/q/x,"),
            "when it dies is not known, since its ticket's checksum is wrong: add a column `expires_at` (an instant, or never)",
        ),
        (
            format!("1,A,{SAMPLE},,"),
            "when it dies is not known, since its ticket does not tell it: add a column `expires_at` (an instant, or never)",
        ),
        (
            format!("1,A,{DAY},http://weixin.qq.com/q/x,"),
            "its url is http://weixin.qq.com/q/x, but its ticket's is http://weixin.qq.com/q/02wPFKBmPJfu21QQPIxycG",
        ),
        (format!("1,A,{DAY},,never"), "it is said to be permanent, but its ticket dies on 2022-08-05 09:32"),
        (
            format!("1,A,{PERMANENT},,2026-12-01"),
            "it is said to expire, but its ticket is a permanent code's",
        ),
        (
            format!("1,A,{DAY},,soon"),
            "its expires_at is no instant: write 2026-12-01, 2026-12-01T09:30 (Asia/Shanghai) or 2026-12-01T01:30:00Z, or never",
        ),
        (
            format!("1,A,{DAY},,2022-08-01"),
            "it dies on 2022-08-01 00:00, before it was made (2022-08-04 09:32)",
        ),
        (format!("200000,A,{PERMANENT},,"), "a permanent code's id is at most 100000; this is 200000"),
        ("1,A,abc,javascript:x,never".to_owned(), "its url cannot be one: javascript:x"),
    ];
    let mut table = "scene,channel,ticket,url,expires_at\n".to_owned();
    let mut expected = String::new();
    for (number, (row, words)) in rows.iter().enumerate() {
        table += &format!("{row}\n");
        expected += &format!("error: old.csv:{}: {words}\n", number + 2);
    }
    import(&workplace, &table).is(2, "", &format!("{expected}error: nothing was imported\n"));
    assert!(!workplace.path("output").exists());

    let many = format!("scene,channel,ticket\n{}", "1,A,abc\n".repeat(50));
    let outcome = import(&workplace, &many);
    assert!(
        outcome.stderr.ends_with("error: and 30 more such problems\nerror: nothing was imported\n"),
        "{outcome:?}"
    );
}

#[test]
fn rows_that_contradict_one_another_are_told() {
    let workplace = Workplace::with_metro();
    let url = "http://weixin.qq.com/q/02wPFKBmPJfu21QQPIxycG";
    import(&workplace, &format!("scene,channel,ticket\n1,A,{DAY}\n2,B,{DAY}\n1,A,{MINUTE}\n")).is(
        4,
        "",
        &format!(
            "error: old.csv:3: scene 2 has the url of scene 1: {url}\n\
             error: old.csv:4: generation 1 of scene 1 is http://weixin.qq.com/q/02w5ewATrlcNF1pHD2xy1Q here, and \
             {url} in old.csv:2\n\
             error: nothing was imported\n"
        ),
    );
}

#[test]
fn what_is_neither_a_bundle_nor_a_table_is_told() {
    let workplace = Workplace::with_metro();
    let nothing = "error: nothing was imported\n";
    let columns = "the table has no column `ticket`: the first row names the columns scene, channel and ticket, and \
                   perhaps scene_type, tags, url, generation, created_at, expires_at, campaign, appid";
    for (table, words) in [
        ("", "old.csv is empty".to_owned()),
        ("scene,channel\n1,A\n", format!("old.csv: {columns}")),
        ("scene,channel,ticket,scene\n", "old.csv: the column `scene` is here twice".to_owned()),
        ("scene,channel,ticket\n1,\"A,x\n", "old.csv:2: this quote is never closed".to_owned()),
    ] {
        import(&workplace, table).is(2, "", &format!("error: {words}\n{nothing}"));
    }
    workplace.write("old.csv", [0xff, 0x81, 0xff]);
    workplace.run(&["ledger", "import", "old.csv", "--campaign", "metro"]).is(
        2,
        "",
        &format!("error: old.csv is neither UTF-8 nor GB18030\n{nothing}"),
    );
    workplace.write("old.csv", format!("scene,channel,ticket\n1,A,{DAY}\n"));
    let nameless = "error: old.csv: the table does not say the campaign: name it with --campaign\n";
    workplace.run(&["ledger", "import", "old.csv"]).is(2, "", &format!("{nameless}{nothing}"));
    workplace.run(&["ledger", "import", "old.csv", "--campaign", "m", "--account", "other"]).is(
        2,
        "",
        "error: there is no account other in campaigns/accounts.yaml: name one with --account, or its appid with \
         --appid\n",
    );
    workplace.run(&["ledger", "import", "no.csv"]).is(2, "", "error: there is no file no.csv\n");
    workplace.run(&["ledger", "import", "campaigns"]).is(
        2,
        "",
        "error: campaigns is no file: name bundles and tables\n",
    );
    workplace.write("not.zip", "PK no zip");
    workplace.run(&["ledger", "import", "not.zip"]).is(
        6,
        "",
        "error: not.zip is not a bundle that can be checked: it does not end as a bundle does: it was cut short, \
         appended to, packed again, or is no zip\n",
    );
    assert!(!workplace.path("output").exists());
    let there = workplace.run(&["ledger", "import", "old.csv", "--campaign", "m", "--appid", "wx9", "-q"]);
    there.is(0, "", "");
    let backup = stored::workplace();
    backup.run(&["ledger", "import", "output/ledger.sqlite"]).is(
        2,
        "",
        "error: output/ledger.sqlite is a database: to restore a backup of the ledger, copy it to the ledger's place \
         while no run is under way\n",
    );
}

#[test]
fn what_is_no_ticket_is_refused_and_a_pictures_address_is_taken_apart() {
    let workplace = Workplace::with_metro();
    let address = "https://mp.weixin.qq.com/cgi-bin/showqrcode?ticket=";
    for (ticket, why) in [
        (
            "https://example.com/a",
            "its ticket is an address and not that of a picture: write the ticket itself",
        ),
        ("gQ%2Ba%3D%3D", "its ticket is escaped for an address (%): write it as the platform answered it"),
        ("gQGA8D*", "its ticket holds a `*`, and a ticket is letters, digits and + / - _ ="),
        ("ticket:gQGA8D", "its ticket holds a `:`, and a ticket is letters, digits and + / - _ ="),
    ] {
        let table =
            format!("scene,channel,ticket,url,expires_at\n1,A,{ticket},http://weixin.qq.com/q/x,never\n");
        import(&workplace, &table).is(
            2,
            "",
            &format!("error: old.csv:2: {why}\nerror: nothing was imported\n"),
        );
    }
    let told = import(
        &workplace,
        &format!("scene,channel,ticket\nvip-desk,A,{address}{}\n", PERMANENT.replace('=', "%3D")),
    );
    told.is(0, "", &format!("1 code adopted; 0 known already\n{NEXT}"));
    let found = workplace.run(&["inspect", PERMANENT, "--format", "json"]).json();
    assert_eq!(found["things"][0]["found"][0]["scene"], "vip-desk");
}

fn replace(workplace: &Workplace, table: &str) -> crate::support::Outcome {
    workplace.write("old.csv", table);
    workplace.run(&["ledger", "import", "old.csv", "--campaign", "metro", "--replace"])
}

/// The url of each scene that the ledger has an issue of.
fn urls(workplace: &Workplace) -> Vec<(String, String)> {
    let ledger = rusqlite::Connection::open(workplace.path("output/ledger.sqlite")).expect("a ledger");
    let sql = "SELECT CAST(c.scene AS TEXT), g.url FROM codes c JOIN generations g ON g.id = c.latest ORDER BY c.id";
    let mut rows = ledger.prepare(sql).expect("SQL");
    let rows = rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).expect("rows");
    rows.collect::<Result<_, _>>().expect("rows")
}

#[test]
fn a_row_that_was_wrong_is_corrected_by_the_right_one() {
    let workplace = Workplace::with_metro();
    let row = |scene: &str, name: &str| format!("{scene},A,t{name},http://weixin.qq.com/q/{name},never\n");
    let table = |rows: &[String]| format!("scene,channel,ticket,url,expires_at\n{}", rows.concat());
    let url = |name: &str| format!("http://weixin.qq.com/q/{name}");
    assert_eq!(import(&workplace, &table(&[row("a", "one"), row("b", "two"), row("c", "three")])).code, 0);

    // Without the option the row is a conflict that names it.
    let other = table(&[row("a", "four")]);
    import(&workplace, &other).is(
        4,
        "",
        &format!(
            "error: old.csv:2: generation 1 of scene a is {} here, and {} in the ledger; --replace corrects what another \
             table told\nerror: nothing was imported\n",
            url("four"),
            url("one")
        ),
    );
    replace(&workplace, &other).is(
        0,
        "",
        &format!(
            "old.csv:2: generation 1 of scene a is {} now, and was {}\n0 codes adopted, 1 corrected; 0 known already\n{NEXT}",
            url("four"),
            url("one")
        ),
    );
    replace(&workplace, &other).is(0, "", "0 codes adopted; 1 known already\n");

    // Two that were exchanged, in one call.
    let exchanged = replace(&workplace, &table(&[row("a", "two"), row("b", "four")]));
    assert!(exchanged.stderr.contains("\n0 codes adopted, 2 corrected; 0 known already\n"), "{exchanged:?}");
    let expected = [("a", "two"), ("b", "four"), ("c", "three")];
    assert_eq!(urls(&workplace), expected.map(|(scene, name)| (scene.to_owned(), url(name))));

    // A url that stood under the wrong scene.
    let moved = replace(&workplace, &table(&[row("d", "three")]));
    moved.is(
        0,
        "",
        &format!(
            "old.csv:2: {} was generation 1 of scene c, which lost it\n1 code adopted, 1 corrected; 0 known already\n{NEXT}",
            url("three")
        ),
    );
    let expected = [("a", "two"), ("b", "four"), ("d", "three")];
    assert_eq!(urls(&workplace), expected.map(|(scene, name)| (scene.to_owned(), url(name))));

    // The same url with another ticket.
    let ticket = table(&[row("a", "two").replace("ttwo", "tother")]);
    import(&workplace, &ticket).is(
        0,
        "",
        "0 codes adopted; 1 known already, 1 of them with another ticket, which stays: --replace takes the new one\n",
    );
    let told = replace(&workplace, &ticket).stderr;
    assert!(told.starts_with("old.csv:2: generation 1 of scene a has another ticket now\n"), "{told}");
}

#[test]
fn what_was_issued_here_or_bundled_is_not_replaced() {
    let workplace = stored::workplace();
    let table =
        "scene,scene_type,channel,ticket,url,expires_at\n1001,id,A,tx,http://weixin.qq.com/q/x,never\n";
    let issued = replace(&workplace, table);
    assert_eq!(issued.code, 4, "{issued:?}");
    assert!(!issued.stderr.contains("--replace"), "{issued:?}");
    let path = workplace.path("output/ledger.sqlite");
    let sql = "UPDATE generations SET adopted = 1;
        INSERT INTO bundled (campaign, revision, code, generation, channel, digest)
            SELECT campaign, 1, code, number, 'A', zeroblob(32) FROM generations WHERE number = 1";
    rusqlite::Connection::open(&path).and_then(|ledger| ledger.execute_batch(sql)).expect("written");
    let before = urls(&workplace);
    let bundled = replace(&workplace, table);
    assert_eq!(bundled.code, 4, "{bundled:?}");
    assert!(
        bundled.stderr.contains(
            " in the ledger, and a bundle has it: give the right one the number 2 in a column generation\n"
        ),
        "{bundled:?}"
    );
    assert_eq!(urls(&workplace), before);
    let next = table.replace("expires_at\n", "expires_at,generation\n").replace("never\n", "never,2\n");
    replace(&workplace, &next).is(0, "", &format!("1 code adopted; 0 known already\n{NEXT}"));
}
