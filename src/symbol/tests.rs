//! The pictures here are drawn by the crates the emulator uses; the decoder shares nothing with them.

use proptest::prelude::*;

use super::*;
use crate::model::{Digest, PictureFacts};

const URL: &str = "http://weixin.qq.com/q/02eruzg5Z3eB31qm6Jxq1A";

/// A grey or coloured JPEG of the code of `text`: `scale` pixels a module, four modules of border.
fn picture(text: &str, scale: usize, color: bool) -> Vec<u8> {
    let code = fast_qr::QRBuilder::new(text).ecl(fast_qr::ECL::M).build().expect("a code");
    let side = (code.size + 8) * scale;
    let mut pixels = Vec::new();
    for y in 0..side {
        for x in 0..side {
            let module = |pixel: usize| (pixel / scale).checked_sub(4).filter(|module| *module < code.size);
            let dark = module(y).zip(module(x)).is_some_and(|(row, column)| code[row][column].value());
            pixels.extend(std::iter::repeat_n(if dark { 0 } else { 255 }, if color { 3 } else { 1 }));
        }
    }
    let kind = if color { jpeg_encoder::ColorType::Rgb } else { jpeg_encoder::ColorType::Luma };
    jpeg(&pixels, side, kind)
}

fn jpeg(pixels: &[u8], side: usize, kind: jpeg_encoder::ColorType) -> Vec<u8> {
    let mut bytes = Vec::new();
    let side = u16::try_from(side).expect("a small side");
    jpeg_encoder::Encoder::new(&mut bytes, 90).encode(pixels, side, side, kind).expect("a JPEG");
    bytes
}

#[test]
fn a_picture_that_carries_its_url_is_verified() {
    for (scale, color) in [(3, false), (10, false), (10, true), (30, true)] {
        let bytes = picture(URL, scale, color);
        let verified = verify(bytes.clone(), URL).expect("verified");
        assert_eq!(verified.bytes(), bytes);
        let side = u32::try_from((33 + 8) * scale).expect("small");
        assert_eq!(verified.facts(), PictureFacts { digest: Digest::of(&bytes), side });
        assert_eq!(decode(&bytes), Ok(Decoded { payload: URL.to_owned(), side }));
    }
}

#[test]
fn a_payload_that_is_not_ascii_is_read_as_utf_8() {
    let url = "http://weixin.qq.com/q/门店-北京?x=1";
    assert!(verify(picture(url, 6, false), url).is_ok());
}

#[test]
fn a_picture_of_another_code_is_refused() {
    let other = URL.replace("02er", "02eR");
    let error = verify(picture(&other, 6, false), URL).expect_err("another code");
    assert_eq!(error.to_string(), format!("the picture carries `{other}` and not its url `{URL}`"));
    assert!(verify(picture(URL, 6, false), &URL.replace("http:", "https:")).is_err());
}

#[test]
fn what_is_no_picture_is_named() {
    let good = picture(URL, 6, false);
    let cut = &good[..good.len() / 2];
    let trailing = [&good[..], &[0]].concat();
    let cases: [(&[u8], String); 8] = [
        (b"", "the picture is empty (0 bytes)".into()),
        (b"<!DOCTYPE html>\n<html>", "not a JPEG: begins with `<!DOCTYPE html>\\n<html>`".into()),
        (
            "{\"errcode\":-1,\"errmsg\":\"系统\u{7}繁忙\"}".as_bytes(),
            "not a JPEG: begins with `{\"errcode\":-1,\"errmsg\":\"系统\\u{7}繁忙\"}`".into(),
        ),
        (b"\x89PNG\r\n\x1a\n", "not a JPEG: begins with 89 50 4E 47 0D 0A 1A 0A".into()),
        (&[0xFF, 0xD8], "not a JPEG: begins with FF D8".into()),
        (
            &[0xFF, 0xD8, 0xFF],
            "the JPEG was cut or has something after its end: 3 bytes that end in D8 FF, not in FF D9".into(),
        ),
        (
            cut,
            format!(
                "the JPEG was cut or has something after its end: {} bytes that end in {:02X} {:02X}, not in FF D9",
                cut.len(),
                cut[cut.len() - 2],
                cut[cut.len() - 1]
            ),
        ),
        (
            &trailing,
            format!(
                "the JPEG was cut or has something after its end: {} bytes that end in D9 00, not in FF D9",
                trailing.len()
            ),
        ),
    ];
    for (bytes, message) in cases {
        assert_eq!(verify(bytes.to_vec(), URL).expect_err("no picture").to_string(), message);
    }
}

#[test]
fn a_picture_is_bounded_before_it_is_decoded() {
    let large = vec![0xFF; MAX_BYTES + 1];
    assert_eq!(verify(large, URL), Err(PictureError::TooLarge { bytes: MAX_BYTES + 1 }));
    let small = jpeg(&[255; 400], 20, jpeg_encoder::ColorType::Luma);
    assert_eq!(verify(small, URL), Err(PictureError::Dimensions { width: 20, height: 20 }));
    // The frame header of a good picture with its height and width set to 60,000 pixels.
    let mut huge = picture(URL, 6, false);
    let frame = huge.windows(2).position(|pair| pair == [0xFF, 0xC0]).expect("a frame header");
    huge[frame + 5..frame + 9].copy_from_slice(&[0xEA, 0x60, 0xEA, 0x60]);
    assert_eq!(verify(huge, URL), Err(PictureError::Dimensions { width: 60_000, height: 60_000 }));
}

#[test]
fn a_picture_without_a_code_is_refused() {
    let white = jpeg(&[255; 100 * 100], 100, jpeg_encoder::ColorType::Luma);
    assert_eq!(verify(white, URL), Err(PictureError::NoSymbol));
    let frame_only = vec![0xFF, 0xD8, 0xFF, 0xD9];
    assert!(matches!(verify(frame_only, URL), Err(PictureError::Broken { .. })));
}

#[test]
fn a_recalled_picture_is_the_one_that_was_verified() {
    let verified = verify(picture(URL, 6, false), URL).expect("verified");
    assert_eq!(recall(verified.bytes().to_vec(), verified.facts()), Ok(verified.clone()));
    let mut changed = verified.bytes().to_vec();
    changed[100] ^= 1;
    assert!(matches!(recall(changed, verified.facts()), Err(PictureError::Changed { .. })));
}

#[test]
fn a_panic_in_a_decoder_is_an_error() {
    let result = jpeg::guarded::<()>(|| {
        // Not `panic!`: that would print through the default hook.
        std::panic::resume_unwind(Box::new("a defect"))
    });
    assert!(matches!(result, Err(PictureError::Broken { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    #[test]
    fn damaged_pictures_are_errors_or_still_carry_the_url(
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20),
    ) {
        let mut bytes = picture(URL, 3, false);
        for (index, byte) in damage {
            let index = index.index(bytes.len());
            bytes[index] = byte;
        }
        if let Ok(verified) = verify(bytes.clone(), URL) {
            prop_assert_eq!(verified.facts().digest, Digest::of(&bytes));
        }
    }
}
