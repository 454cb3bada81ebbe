//! The picture of a ticket, drawn from the ticket alone.

use fast_qr::{ECL, QRBuilder};

use super::jpeg::Bitmap;
use super::ticket;

/// White modules on each side that the standard asks for.
const QUIET_ZONE: usize = 4;

/// A grey JPEG of `side` times `side` pixels that shows the ticket's url at level M. Modules are whole pixels, so
/// the quiet zone takes what is left over. Where `side` is too small for that, the picture is as large as it must
/// be. `None` if the ticket is not one of the platform's: 404.
pub(super) fn draw(ticket: &str, side: u16) -> Option<Vec<u8>> {
    of_url(&ticket::open(ticket)?, side)
}

/// The same of a url that need not have a ticket.
pub(super) fn of_url(url: &str, side: u16) -> Option<Vec<u8>> {
    let code = QRBuilder::new(url).ecl(ECL::M).build().ok()?;
    let side = side.max(u16::try_from(code.size + 2 * QUIET_ZONE).ok()?);
    let scale = usize::from(side) / (code.size + 2 * QUIET_ZONE);
    let margin = (usize::from(side) - scale * code.size) / 2;

    let mut bitmap = Bitmap::new(side);
    for row in 0..code.size {
        let top = margin + row * scale;
        for (column, module) in code[row].iter().enumerate() {
            if module.value() {
                bitmap.blacken(top, margin + column * scale, scale);
            }
        }
        bitmap.repeat(top, scale - 1);
    }
    Some(bitmap.jpeg())
}

#[cfg(test)]
mod tests {
    use rqrr::PreparedImage;
    use zune_core::bytestream::ZCursor;
    use zune_core::colorspace::ColorSpace;
    use zune_core::options::DecoderOptions;
    use zune_jpeg::JpegDecoder;

    use super::*;

    fn ticket(url: &str) -> String {
        ticket::seal(url, 1_790_000_000, 60)
    }

    /// The side in pixels, and the pixels.
    fn pixels(jpeg: &[u8]) -> (usize, Vec<u8>) {
        let grey = DecoderOptions::default().jpeg_set_out_colorspace(ColorSpace::Luma);
        let mut decoder = JpegDecoder::new_with_options(ZCursor::new(jpeg), grey);
        let pixels = decoder.decode().expect("a JPEG");
        let (width, height) = decoder.dimensions().expect("dimensions");
        assert_eq!(width, height);
        assert_eq!(decoder.input_colorspace(), Some(ColorSpace::Luma));
        (width, pixels)
    }

    #[test]
    fn a_picture_shows_the_url_of_its_ticket() {
        for side in [0, 41, 100, 280, 430, 1280] {
            let url = format!("http://weixin.qq.com/q/02wPFKBmPJfu21QQPIx{side:03}");
            let (width, pixels) = pixels(&draw(&ticket(&url), side).expect("a picture"));
            assert_eq!(width, usize::from(side).max(41));
            if width < 100 {
                continue; // one pixel a module: a code in principle, but no decoder has to read it
            }
            let mut image = PreparedImage::prepare_from_greyscale(width, width, |x, y| pixels[y * width + x]);
            let grids = image.detect_grids();
            assert_eq!(grids.len(), 1, "at {side}");
            assert_eq!(grids[0].decode().expect("a code").1, url);
        }
    }

    #[test]
    fn the_quiet_zone_is_at_least_four_modules() {
        let url = "http://weixin.qq.com/q/02wPFKBmPJfu21QQPIxycG";
        let (width, pixels) = pixels(&draw(&ticket(url), 430).expect("a picture"));
        let dark = |index: &usize| pixels[*index] < 128;
        let first = (0..pixels.len()).find(dark).expect("a dark pixel");
        // Version 4 has 33 modules: 10 pixels each, and 50 on each side.
        assert_eq!((first / width, first % width), (50, 50));
        let last = (0..pixels.len()).rev().find(dark).expect("a dark pixel");
        assert!(last / width < 380 && last % width < 380);
    }

    #[test]
    fn the_same_ticket_gives_the_same_bytes() {
        let ticket = ticket("http://weixin.qq.com/q/02wPFKBmPJfu21QQPIxycG");
        assert_eq!(draw(&ticket, 430), draw(&ticket, 430));
    }

    #[test]
    fn a_ticket_that_is_none_has_no_picture() {
        for bad in ["", "x", "gQG38DoAAAAAAAAAASxodHRw", "票"] {
            assert_eq!(draw(bad, 430), None, "{bad}");
        }
    }
}
