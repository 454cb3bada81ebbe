//! The pictures here are drawn by the crates the emulator uses; the decoder shares nothing with them.

use proptest::prelude::*;

use super::*;
use crate::model::{Digest, PictureFacts};

const URL: &str = "http://weixin.qq.com/q/02eruzg5Z3eB31qm6Jxq1A";

/// Whether each module of a text's code is dark, row by row.
fn modules(text: &str) -> Vec<Vec<bool>> {
    let code = fast_qr::QRBuilder::new(text).ecl(fast_qr::ECL::M).build().expect("a code");
    (0..code.size).map(|row| (0..code.size).map(|column| code[row][column].value()).collect()).collect()
}

/// A white picture to draw on.
struct Canvas {
    side: usize,
    pixels: Vec<u8>,
}

impl Canvas {
    fn new(side: usize) -> Self {
        Self { side, pixels: vec![255; side * side] }
    }

    /// Puts modules on it: so many pixels a module, the first one's corner here.
    fn draw(mut self, modules: &[Vec<bool>], scale: usize, (x, y): (usize, usize), dark: u8) -> Self {
        for (row, line) in modules.iter().enumerate() {
            for column in (0..line.len()).filter(|column| line[*column]) {
                for down in 0..scale {
                    let from = (y + row * scale + down) * self.side + x + column * scale;
                    self.pixels[from..from + scale].fill(dark);
                }
            }
        }
        self
    }

    /// The picture turned about its middle by an angle of this slope.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        reason = "small numbers"
    )]
    fn turned(self, slope: f64) -> Self {
        let (middle, length) = (self.side as f64 / 2.0, slope.hypot(1.0));
        let at = |x: usize, y: usize| {
            let (x, y) = (x as f64 - middle, y as f64 - middle);
            let (from_x, from_y) = ((x + y * slope) / length + middle, (y - x * slope) / length + middle);
            let inside =
                (0.0..self.side as f64).contains(&from_x) && (0.0..self.side as f64).contains(&from_y);
            if inside { self.pixels[from_y as usize * self.side + from_x as usize] } else { 255 }
        };
        let pixels = (0..self.side).flat_map(|y| (0..self.side).map(move |x| (x, y)));
        Self { side: self.side, pixels: pixels.map(|(x, y)| at(x, y)).collect() }
    }

    fn jpeg(&self) -> Vec<u8> {
        jpeg(&self.pixels, self.side, jpeg_encoder::ColorType::Luma)
    }
}

/// A grey or coloured JPEG of the code of `text`: `scale` pixels a module, four modules of border.
fn picture(text: &str, scale: usize, color: bool) -> Vec<u8> {
    let modules = modules(text);
    let canvas = Canvas::new((modules.len() + 8) * scale).draw(&modules, scale, (4 * scale, 4 * scale), 0);
    let channels = if color { 3 } else { 1 };
    let pixels: Vec<u8> =
        canvas.pixels.iter().flat_map(|pixel| std::iter::repeat_n(*pixel, channels)).collect();
    let kind = if color { jpeg_encoder::ColorType::Rgb } else { jpeg_encoder::ColorType::Luma };
    jpeg(&pixels, canvas.side, kind)
}

fn jpeg(pixels: &[u8], side: usize, kind: jpeg_encoder::ColorType) -> Vec<u8> {
    jpeg_of(90, pixels, side, kind)
}

fn jpeg_of(quality: u8, pixels: &[u8], side: usize, kind: jpeg_encoder::ColorType) -> Vec<u8> {
    let mut bytes = Vec::new();
    let side = u16::try_from(side).expect("a small side");
    jpeg_encoder::Encoder::new(&mut bytes, quality).encode(pixels, side, side, kind).expect("a JPEG");
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
        assert_eq!(check(&bytes, URL), Ok(side));
    }
}

#[test]
fn a_picture_of_the_platforms_size_passes_at_every_quality_and_place() {
    let modules = modules(URL);
    // Versions 3 and 4, a module of 10 to 12 pixels, in the middle or not.
    for (scale, place) in [(10, (50, 50)), (11, (33, 33)), (10, (20, 80))] {
        let canvas = Canvas::new(430).draw(&modules, scale, place, 0);
        for quality in [30, 60, 95] {
            let bytes = jpeg_of(quality, &canvas.pixels, 430, jpeg_encoder::ColorType::Luma);
            assert_eq!(check(&bytes, URL), Ok(430), "{scale} {place:?} {quality}");
        }
    }
}

#[test]
fn a_picture_holds_one_symbol_upright_large_enough_and_with_its_quiet_zone() {
    let own = modules(URL);
    let other = modules("http://weixin.qq.com/q/02another");
    let size = own.len();
    let changed = |place: &dyn Fn(usize, usize) -> (usize, usize)| -> Vec<Vec<bool>> {
        let row = |y| (0..size).map(move |x| place(x, y)).map(|(x, y)| own[y][x]).collect();
        (0..size).map(row).collect()
    };
    let last = size - 1;
    let alone = |modules: &[Vec<bool>], scale| Canvas::new(450).draw(modules, scale, (60, 60), 0);
    let beside = |modules: &[Vec<bool>], dark| alone(&own, 4).draw(modules, 4, (270, 240), dark);
    let mut damaged = other.clone();
    damaged.iter_mut().skip(9).for_each(|row| row.iter_mut().skip(9).for_each(|module| *module = true));
    let block = vec![vec![true; 3]; 3];
    let second = PictureError::Second { other: "http://weixin.qq.com/q/02another".to_owned() };
    let placed = |at| Canvas::new(450).draw(&own, 10, at, 0);
    let cases = [
        ("a quarter turn", alone(&changed(&|x, y| (y, last - x)), 8), PictureError::Turned),
        ("a half turn", alone(&changed(&|x, y| (last - x, last - y)), 8), PictureError::Turned),
        ("three quarters", alone(&changed(&|x, y| (last - y, x)), 8), PictureError::Turned),
        ("mirrored left to right", alone(&changed(&|x, y| (last - x, y)), 8), PictureError::Turned),
        ("mirrored top to bottom", alone(&changed(&|x, y| (x, last - y)), 8), PictureError::Turned),
        ("mirrored along its diagonal", alone(&changed(&|x, y| (y, x)), 8), PictureError::Turned),
        ("aslant", alone(&own, 8).turned(0.3), PictureError::Turned),
        ("small", Canvas::new(450).draw(&own, 2, (60, 60), 0), PictureError::Small { pixels: 20 }),
        ("at the edge", placed((0, 60)), PictureError::Cramped { modules: 0 }),
        ("near the edge", placed((60, 19)), PictureError::Cramped { modules: 19 }),
        ("near the right edge", placed((105, 60)), PictureError::Cramped { modules: 15 }),
        ("a second code", beside(&other, 0), second),
        ("the same code twice", beside(&own, 0), PictureError::Beside),
        ("a second one that is damaged", beside(&damaged, 0), PictureError::Beside),
        ("a second one in pale grey", beside(&other, 200), PictureError::Beside),
        ("a blot", beside(&block, 0), PictureError::Beside),
        ("faint", Canvas::new(450).draw(&own, 10, (60, 60), 150), PictureError::NoSymbol),
        ("nothing", Canvas::new(450), PictureError::NoSymbol),
    ];
    for (what, canvas, expected) in cases {
        assert_eq!(check(&canvas.jpeg(), URL), Err(expected), "{what}");
    }
    let said = |error: PictureError| error.to_string();
    assert_eq!(
        said(PictureError::Small { pixels: 25 }),
        "its QR code has 2.5 pixels a module; at least 3 are needed"
    );
    assert_eq!(
        said(PictureError::Cramped { modules: 19 }),
        "the light border of its QR code is 1.9 modules wide; at least 2 are needed"
    );
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
