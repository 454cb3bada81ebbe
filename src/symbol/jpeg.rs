//! JPEG bytes to grey pixels.

use std::panic::{AssertUnwindSafe, catch_unwind};

use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

use crate::model::excerpt;

use super::PictureError;

/// The most bytes a picture may have: 8 MiB, where the platform's have some 30 KB.
pub const MAX_BYTES: usize = 8 << 20;
/// The most pixels a side may have, so that a small file cannot ask for much memory.
pub const MAX_SIDE: u32 = 4096;
/// The fewest: the smallest QR symbol has 21 modules.
pub const MIN_SIDE: u32 = 21;
/// The most pixels of a photo: a phone's sensor with 50 million has 8160 x 6120. Unpacked they take 300 MB.
pub const MAX_PHOTO_PIXELS: u64 = 50_000_000;

/// How a JPEG begins.
const START: [u8; 3] = [0xFF, 0xD8, 0xFF];

/// Grey pixels, row by row.
pub(super) struct Luma {
    pub(super) pixels: Vec<u8>,
    pub(super) width: u32,
    pub(super) height: u32,
}

/// Checks size and markers, then the dimensions, and only then decodes.
pub(super) fn luma(bytes: &[u8]) -> Result<Luma, PictureError> {
    check_frame(bytes)?;
    decode(bytes, |width, height| {
        let is_right =
            |side: &usize| u32::try_from(*side).is_ok_and(|side| (MIN_SIDE..=MAX_SIDE).contains(&side));
        if is_right(&width) && is_right(&height) {
            Ok(())
        } else {
            Err(PictureError::Dimensions { width, height })
        }
    })
}

/// The grey pixels of anybody's JPEG, which may have something after its end.
pub(super) fn photo(bytes: &[u8]) -> Result<Luma, PictureError> {
    if !bytes.starts_with(&START) {
        return Err(PictureError::NotJpeg { begins: beginning(bytes) });
    }
    decode(bytes, |width, height| {
        let side = |side: usize| u32::try_from(side).unwrap_or(u32::MAX);
        check_pixels(side(width), side(height))
    })
}

/// Refuses a photo that is too small to hold a symbol or too large to be unpacked.
pub(super) fn check_pixels(width: u32, height: u32) -> Result<(), PictureError> {
    if width.min(height) < MIN_SIDE || u64::from(width) * u64::from(height) > MAX_PHOTO_PIXELS {
        return Err(PictureError::PhotoSize { width, height });
    }
    Ok(())
}

/// Decodes the dimensions, and the pixels if the dimensions pass.
fn decode(
    bytes: &[u8],
    check: impl FnOnce(usize, usize) -> Result<(), PictureError>,
) -> Result<Luma, PictureError> {
    guarded(|| {
        // Not strict: strict mode refuses harmless oddities of encoders, and the payload is the proof. Its own
        // limits are a JPEG's: ours are held before the pixels are unpacked, with words for people.
        let limit = usize::from(u16::MAX);
        let options = DecoderOptions::default()
            .jpeg_set_out_colorspace(ColorSpace::Luma)
            .set_max_width(limit)
            .set_max_height(limit);
        let broken =
            |error: &dyn std::fmt::Display| PictureError::Broken { reason: excerpt(&error.to_string(), 120) };
        let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
        decoder.decode_headers().map_err(|error| broken(&error))?;
        let (width, height) = decoder.dimensions().ok_or_else(|| broken(&"it has no dimensions"))?;
        check(width, height)?;
        let (Ok(width), Ok(height)) = (u32::try_from(width), u32::try_from(height)) else {
            return Err(PictureError::Dimensions { width, height });
        };
        let pixels = decoder.decode().map_err(|error| broken(&error))?;
        if pixels.len() as u64 != u64::from(width) * u64::from(height) {
            return Err(broken(&"its pixels cannot be taken as shades of grey"));
        }
        Ok(Luma { pixels, width, height })
    })
}

/// A whole JPEG begins with `FF D8 FF` and ends with `FF D9`; a body that was cut does not.
fn check_frame(bytes: &[u8]) -> Result<(), PictureError> {
    if bytes.is_empty() {
        return Err(PictureError::Empty);
    }
    if bytes.len() > MAX_BYTES {
        return Err(PictureError::TooLarge { bytes: bytes.len() });
    }
    if !bytes.starts_with(&START) {
        return Err(PictureError::NotJpeg { begins: beginning(bytes) });
    }
    match bytes {
        [.., 0xFF, 0xD9] => Ok(()),
        [.., a, b] => Err(PictureError::Cut { bytes: bytes.len(), ends: format!("{a:02X} {b:02X}") }),
        _ => Err(PictureError::Cut { bytes: bytes.len(), ends: String::new() }),
    }
}

/// The first bytes as people can read them: text if it is text (an error page), else in hex.
fn beginning(bytes: &[u8]) -> String {
    let head = &bytes[..bytes.len().min(48)];
    let text = String::from_utf8_lossy(head);
    let readable = text.trim_end_matches(char::REPLACEMENT_CHARACTER);
    if readable.is_empty() || readable.chars().any(|c| c == '\0' || c == char::REPLACEMENT_CHARACTER) {
        let hex: Vec<_> = head.iter().take(8).map(|byte| format!("{byte:02X}")).collect();
        hex.join(" ")
    } else {
        format!("`{}`", excerpt(readable.trim_start_matches('\u{FEFF}').trim(), 48))
    }
}

/// Runs a decoder that has been seen to panic on bad files.
pub(super) fn guarded<T>(decode: impl FnOnce() -> Result<T, PictureError>) -> Result<T, PictureError> {
    // Whatever the closure was changing is dropped with it, so no half-changed value can be seen.
    catch_unwind(AssertUnwindSafe(decode))
        .unwrap_or_else(|_| Err(PictureError::Broken { reason: "the decoder gave up on it".to_owned() }))
}
