//! `/cgi-bin/showqrcode`.

use rqrr::PreparedImage;
use serde_json::json;
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

use super::platform::{Answer, Platform, permanent, temporary};

/// What a picture shows, by a decoder that none of our code uses.
pub fn read(picture: &Answer) -> String {
    let grey = DecoderOptions::default().jpeg_set_out_colorspace(ColorSpace::Luma);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(&picture.body), grey);
    let pixels = decoder.decode().expect("a JPEG");
    assert_eq!(decoder.dimensions(), Some((430, 430)));
    let mut image = PreparedImage::prepare_from_greyscale(430, 430, |x, y| pixels[y * 430 + x]);
    let grids = image.detect_grids();
    assert_eq!(grids.len(), 1);
    grids[0].decode().expect("a code").1
}

pub fn path(ticket: &str) -> String {
    format!("/cgi-bin/showqrcode?ticket={ticket}")
}

#[test]
fn a_ticket_is_exchanged_for_a_picture_of_its_url() {
    let platform = Platform::start();
    for body in [temporary(&json!(123)), permanent("shop-7")] {
        let code = platform.create(&body);
        let picture = platform.get(&path(&code.field("ticket")));
        assert_eq!(picture.status, 200);
        assert!(picture.headers.contains("\r\ncontent-type: image/jpg\r\n"), "{}", picture.headers);
        assert!(picture.headers.contains("\r\ncache-control: max-age=604800\r\n"), "{}", picture.headers);
        assert!(picture.body.starts_with(&[0xff, 0xd8, 0xff]) && picture.body.ends_with(&[0xff, 0xd9]));
        assert_eq!(read(&picture), code.field("url"));
    }
    assert_eq!(platform.counters().pictures, 2);
}

#[test]
fn a_new_emulator_serves_the_tickets_of_a_dead_one() {
    let mut dead = Platform::start();
    let code = dead.create(&temporary(&json!(123)));
    dead.stop();
    let picture = Platform::with(|settings| settings.seed = 9).get(&path(&code.field("ticket")));
    assert_eq!(read(&picture), code.field("url"));
}

#[test]
fn a_published_ticket_has_a_picture_in_both_spellings() {
    let platform = Platform::start();
    let ticket =
        "gQG38DoAAAAAAAAAASxodHRwOi8vd2VpeGluLnFxLmNvbS9xL3JFenpFcDNsRkVSdFZ5N0FBMkt3AAIEbauRUgMECAcAAA";
    for spelling in [ticket.to_owned(), format!("{ticket}%3D%3D")] {
        assert_eq!(read(&platform.get(&path(&spelling))), "http://weixin.qq.com/q/rEzzEp3lFERtVy7AA2Kw");
    }
}

#[test]
fn a_bad_ticket_is_404() {
    let platform = Platform::start();
    let ticket = platform.create(&temporary(&json!(123))).field("ticket");
    let twice_escaped = format!("{ticket}%253D");
    let wrong_checksum =
        "gQGU8DwAAAAAAAAAAS5odHRwOi8vd2VpeGluLnFxLmNvbS9xLzAyZXJ1emc1WjNlQjMxcW02SnhxMUEAAgSW_UVaAwQAjScA";
    for bad in ["", "x", &ticket[1..], &ticket[..90], &twice_escaped, wrong_checksum] {
        assert_eq!(platform.get(&path(bad)).status, 404, "{bad}");
    }
    assert_eq!(platform.get("/cgi-bin/showqrcode").status, 404);
    assert_eq!(platform.counters().pictures_missing, 7);
}

#[test]
fn a_picture_cannot_be_posted_for() {
    let platform = Platform::start();
    let answer = platform.post("/cgi-bin/showqrcode?ticket=x", &json!({}));
    assert_eq!(answer.text(), r#"{"base_resp":{"ret":200005,"err_msg":"not supported"}}"#);
    answer.json();
}
