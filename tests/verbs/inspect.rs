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
        workplace.run(&["inspect", ticket]).is(3, &format!("{ticket}: a ticket\n{says}{NO_LEDGER}"), "");
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
        3,
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
    let page = "page.jpg is neither JPEG nor PNG, it looks like a web page: name photos, screenshots or the platform's pictures";
    workplace.run(&["inspect", "page.jpg"]).is(2, "", &format!("error: {page}\n"));
    workplace.write("wechat.secret", "d4624c36b6795d1d99dcf0547af5443d\n");
    let secret = "wechat.secret is neither JPEG nor PNG: name photos, screenshots or the platform's pictures";
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
        3,
        "4711: a scene\n  bundle     output/metro/metro.zip does not have it\n",
        "",
    );
}

#[test]
fn a_url_is_found_by_either_scheme() {
    let workplace = stored::workplace();
    let known = "weixin.qq.com/q/023TUuk3rDT7KyJFS6zi4D";
    for url in [
        format!("http://{known}"),
        format!("https://{known}"),
        format!("HTTPS://{}", known.replace("weixin", "WeiXin")),
    ] {
        let outcome = workplace.run(&["inspect", &url]);
        assert_eq!(outcome.code, 0, "{url}");
        assert!(outcome.stdout.contains("  scene      1001 (number)\n"), "{}", outcome.stdout);
    }
    assert_eq!(workplace.run(&["inspect", &format!("http://{}", known.to_lowercase())]).code, 3);
}

#[test]
fn a_part_of_a_channels_name_leads_to_its_codes() {
    let workplace = stored::workplace();
    for (part, scenes) in [("metro LINE", "1001"), ("门店", "1002"), ("desk", "vip-desk")] {
        for place in [[].as_slice(), &["--in", "output/metro/metro.zip"]] {
            let outcome = workplace.run(&[&["inspect", part], place].concat());
            assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
            assert!(
                outcome.stdout.starts_with(&format!("{part}: a part of a channel's name\n")),
                "{}",
                outcome.stdout
            );
            assert!(outcome.stdout.contains(&format!("  scene      {scenes} (")), "{}", outcome.stdout);
        }
    }
    let thing = workplace.run(&["inspect", "Metro", "--format", "json"]).json()["things"][0].clone();
    assert_eq!((&thing["kind"], &thing["found"][0]["scene"]), (&"channel".into(), &"1001".into()));
    let outcome = workplace.run(&["inspect", "%"]);
    assert_eq!(outcome.code, 3, "nothing in it is a pattern: {}", outcome.stdout);
}

/// Whether each module of a text's code is dark, row by row.
fn modules(text: &str) -> Vec<Vec<bool>> {
    let code = fast_qr::QRBuilder::new(text).ecl(fast_qr::ECL::M).build().expect("a code");
    (0..code.size).map(|row| (0..code.size).map(|column| code[row][column].value()).collect()).collect()
}

/// Puts a code on a photo as a camera sees it from the side: it leans, and its right half is farther away.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "coordinates of a picture"
)]
fn hang(photo: &mut [u8], width: usize, modules: &[Vec<bool>], (left, top): (usize, usize), side: usize) {
    let count = modules.len() as f64 + 8.0;
    for y in 0..side {
        for x in 0..side {
            let (u, v) = (x as f64 / side as f64, y as f64 / side as f64);
            // The inverse of a projection, and some degrees of roll.
            let depth = 0.75 + 0.25 * u;
            let (column, row) =
                (u / depth * count - 4.0, ((v - 0.5 + 0.06 * (u - 0.5)) / depth + 0.5) * count - 4.0);
            let place = (top + y) * width + left + x;
            if !(-4.0..count - 4.0).contains(&row) || !(-4.0..count - 4.0).contains(&column) {
                continue;
            }
            let is_dark = row >= 0.0
                && column >= 0.0
                && modules.get(row as usize).and_then(|line| line.get(column as usize)) == Some(&true);
            photo[place] = if is_dark { 40 } else { 215 };
        }
    }
}

/// As a phone writes it: 12 million pixels, and a note that it is to be shown turned.
fn phones_photo(codes: &[&str]) -> Vec<u8> {
    let (width, height) = (4000, 3000);
    let mut photo: Vec<u8> =
        (0..width * height).map(|at| 90 + u8::try_from(at / width / 40).expect("small")).collect();
    for (index, code) in codes.iter().enumerate() {
        hang(&mut photo, width, &modules(code), (300 + 1900 * index, 500 + 300 * index), 1400 - 600 * index);
    }
    let mut jpeg = Vec::new();
    let encoder = jpeg_encoder::Encoder::new(&mut jpeg, 85);
    encoder.encode(&photo, 4000, 3000, jpeg_encoder::ColorType::Luma).expect("a JPEG");
    let exif = b"\xFF\xE1\0\x22Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
    [&jpeg[..2], exif, &jpeg[2..], b"a phone adds more"].concat()
}

#[test]
fn each_code_on_a_phones_photo_is_told() {
    let workplace = stored::workplace();
    let known = "http://weixin.qq.com/q/023TUuk3rDT7KyJFS6zi4D";
    workplace.write("photo.jpg", phones_photo(&[known]));
    let outcome = workplace.run(&["inspect", "photo.jpg"]);
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
    let words = format!(
        "photo.jpg: a picture of 3000 x 3000 pixels\n  carries    {known}\n  scene      1001 (number)\n"
    );
    assert!(outcome.stdout.starts_with(&words), "{}", outcome.stdout);

    workplace.write("two.jpg", phones_photo(&[known, "https://example.com/menu"]));
    let outcome = workplace.run(&["inspect", "two.jpg", "--format", "json"]);
    assert_eq!(outcome.code, 3, "one of them is unknown");
    let document = outcome.json();
    let things = document["things"].as_array().expect("things");
    let mut carried: Vec<_> = things
        .iter()
        .map(|thing| {
            (thing["picture"]["payload"].as_str().expect("a text"), thing["found"][0]["scene"].as_str())
        })
        .collect();
    carried.sort_unstable();
    assert_eq!(carried, [(known, Some("1001")), ("https://example.com/menu", None)]);
}

#[test]
fn a_screenshot_is_read_and_what_is_none_is_told_in_one_line() {
    let workplace = stored::workplace();
    let modules = modules("http://weixin.qq.com/q/023TUuk3rDT7KyJFS6zi4D");
    let (scale, border) = (7, 60);
    let side = modules.len() * scale + 2 * border;
    // Everything light is transparent, as programs that draw codes leave it.
    let is_dark = |x: usize, y: usize| {
        let module = |at: usize| at.checked_sub(border).map(|at| at / scale);
        let row = module(y).and_then(|row| modules.get(row));
        row.zip(module(x)).and_then(|(row, column)| row.get(column)) == Some(&true)
    };
    let pixels =
        (0..side * side).map(|at| if is_dark(at % side, at / side) { [20, 10, 30, 255] } else { [0; 4] });
    let png = |width: usize, height: usize, pixels: &[u8]| {
        let mut bytes = Vec::new();
        let size = |side: usize| u32::try_from(side).expect("small");
        let mut encoder = png::Encoder::new(&mut bytes, size(width), size(height));
        encoder.set_color(png::ColorType::Rgba);
        let mut writer = encoder.write_header().expect("a header");
        writer.write_image_data(pixels).expect("pixels");
        drop(writer);
        bytes
    };
    let pixels: Vec<u8> = pixels.flatten().collect();
    let drawn = png(side, side, &pixels);
    workplace.write("shot.png", &drawn);
    let outcome = workplace.run(&["inspect", "shot.png"]);
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
    assert!(outcome.stdout.contains("  scene      1001 (number)\n"), "{}", outcome.stdout);

    workplace.write("white.png", png(100, 100, &vec![255; 40_000]));
    let words = "error: white.png: the picture holds no QR code that can be read\n";
    workplace.run(&["inspect", "white.png"]).is(3, "", words);
    workplace.write("cut.png", &drawn[..drawn.len() / 2]);
    assert_eq!(workplace.run(&["inspect", "cut.png"]).code, 2);
    // A small file that asks for 3.6 billion pixels.
    let mut huge = png(100, 100, &vec![255; 40_000]);
    huge[16..24].copy_from_slice(&[0, 0, 0xEA, 0x60, 0, 0, 0xEA, 0x60]);
    let sum = crc32(&huge[12..29]);
    huge[29..33].copy_from_slice(&sum.to_be_bytes());
    workplace.write("huge.png", huge);
    let words =
        "error: huge.png: the picture is 60000 x 60000 pixels; 21 a side to 50000000 in all are allowed\n";
    workplace.run(&["inspect", "huge.png"]).is(2, "", words);
    workplace.write("photo.heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic");
    let words = "error: photo.heic is a HEIC photo, which cannot be read here: send it as JPEG, or take a screenshot of it\n";
    workplace.run(&["inspect", "photo.heic"]).is(2, "", words);
}

/// The check sum of a PNG's chunk.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| (sum >> 1) ^ (0xEDB8_8320 & (sum & 1).wrapping_neg()))
    })
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
        3,
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
