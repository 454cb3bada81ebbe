//! The symbols of a photo or a screenshot: anybody's picture, not the platform's.

use std::io::Cursor;

use png::{ColorType, Decoder, Limits, Transformations};

use super::PictureError;
use super::jpeg::{self, Luma, MAX_PHOTO_PIXELS, guarded};
use super::qr;
use crate::model::excerpt;

/// The most bytes a photo may have.
pub const MAX_PHOTO_BYTES: usize = 32 << 20;
/// The longer sides in which a photo is looked at. A symbol that fills it is found in the small one, a small symbol in
/// the large one.
const SIDES: [u32; 3] = [1000, 2000, 4800];

/// What a photo shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Photo {
    /// What its symbols carry, each text once, in the order in which they were found. Not empty.
    pub payloads: Vec<String>,
    /// Width and height (the smaller of them) in pixels.
    pub side: u32,
}

/// Reads every symbol of a JPEG or PNG, turned, mirrored or seen at an angle.
pub fn read_photo(bytes: &[u8]) -> Result<Photo, PictureError> {
    let luma = if bytes.starts_with(b"\x89PNG\r\n\x1a\n") { png(bytes)? } else { jpeg::photo(bytes)? };
    let (side, longer) = (luma.width.min(luma.height), luma.width.max(luma.height));
    let mut payloads: Vec<String> = Vec::new();
    for wanted in SIDES {
        let smaller = luma.smaller(longer.div_ceil(wanted).max(1));
        for found in qr::find(smaller) {
            if !payloads.contains(&found.text) {
                payloads.push(found.text);
            }
        }
        if longer <= wanted {
            break;
        }
    }
    if payloads.is_empty() { Err(PictureError::NoSymbol) } else { Ok(Photo { payloads, side }) }
}

impl Luma {
    /// The same picture, each side so many times smaller.
    fn smaller(&self, times: u32) -> Self {
        let (width, height) = (self.width / times, self.height / times);
        let (row_bytes, step) = (self.width as usize, times as usize);
        let area = u64::from(times) * u64::from(times);
        let mut pixels = Vec::with_capacity(width as usize * height as usize);
        for rows in self.pixels.chunks_exact(row_bytes * step) {
            let mut sums = vec![0_u64; width as usize];
            for row in rows.chunks_exact(row_bytes) {
                for (sum, few) in sums.iter_mut().zip(row.chunks_exact(step)) {
                    *sum += few.iter().map(|pixel| u64::from(*pixel)).sum::<u64>();
                }
            }
            pixels.extend(sums.into_iter().map(|sum| u8::try_from(sum / area).unwrap_or(u8::MAX)));
        }
        Self { pixels, width, height }
    }
}

/// The grey pixels of a PNG, on white if it is transparent.
fn png(bytes: &[u8]) -> Result<Luma, PictureError> {
    guarded(|| {
        let broken =
            |error: png::DecodingError| PictureError::Broken { reason: excerpt(&error.to_string(), 120) };
        let limits = Limits { bytes: 4 * usize::try_from(MAX_PHOTO_PIXELS).unwrap_or(usize::MAX) };
        let mut decoder = Decoder::new_with_limits(Cursor::new(bytes), limits);
        decoder.set_transformations(Transformations::normalize_to_color8());
        let mut reader = decoder.read_info().map_err(broken)?;
        let (width, height) = reader.info().size();
        jpeg::check_pixels(width, height)?;
        let size = reader.output_buffer_size().ok_or(PictureError::NoSymbol)?;
        let mut pixels = vec![0; size];
        let frame = reader.next_frame(&mut pixels).map_err(broken)?;
        pixels.truncate(frame.buffer_size());
        let grey = |red: u8, green: u8, blue: u8| {
            let sum = 77 * u32::from(red) + 150 * u32::from(green) + 29 * u32::from(blue);
            u8::try_from(sum >> 8).unwrap_or(u8::MAX)
        };
        let on_white = |grey: u8, alpha: u8| {
            let mixed = (u32::from(grey) * u32::from(alpha) + 255 * u32::from(255 - alpha)) / 255;
            u8::try_from(mixed).unwrap_or(u8::MAX)
        };
        let samples = frame.color_type.samples();
        let one = |pixel: &[u8]| match *pixel {
            [level, alpha] => on_white(level, alpha),
            [red, green, blue] => grey(red, green, blue),
            [red, green, blue, alpha] => on_white(grey(red, green, blue), alpha),
            _ => pixel.first().copied().unwrap_or_default(),
        };
        if frame.color_type != ColorType::Grayscale {
            pixels = pixels.chunks_exact(samples).map(one).collect();
        }
        Ok(Luma { pixels, width, height })
    })
}
