//! Grey pixels to the texts that a scanner would read, wherever the symbols lie.

use rxing::common::HybridBinarizer;
use rxing::qrcode::QRCodeReader;
use rxing::qrcode::cpp_port::QrReader;
use rxing::{BinaryBitmap, DecodeHints, Luma8LuminanceSource, Point, Reader};

use super::jpeg::{Luma, guarded};

/// The most symbols that are looked for in a picture.
const MOST: usize = 8;

/// A symbol that was found.
pub(super) struct Found {
    /// The text a scanner reads.
    pub(super) text: String,
    /// Whether it stands upright.
    pub(super) is_upright: bool,
}

/// Every symbol that can be read. Each is painted over once it is found, so that the next one is.
pub(super) fn find(mut luma: Luma) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    while found.len() < MOST {
        let one = guarded(|| Ok(find_one(&luma))).ok().flatten();
        let Some((symbol, corners)) = one else { break };
        found.push(symbol);
        let Some(corners) = corners else { break };
        paint_over(&mut luma, corners);
    }
    found
}

/// A symbol, and its corners in order if they are known.
fn find_one(luma: &Luma) -> Option<(Found, Option<[Point; 4]>)> {
    let source = Luma8LuminanceSource::new(luma.pixels.clone(), luma.width, luma.height).ok()?;
    let mut bitmap = BinaryBitmap::new(HybridBinarizer::new(source));
    let harder = DecodeHints { TryHarder: Some(true), ..DecodeHints::default() };
    if let Ok(result) = QrReader.decode_with_hints(&mut bitmap, &harder)
        && let &[top_left, top_right, bottom_left, bottom_right] = result.getPoints()
    {
        let is_level = |from: Point, to: Point| to.x > from.x && (to.y - from.y).abs() * 10.0 < to.x - from.x;
        let is_upright = is_level(top_left, top_right)
            && is_level(bottom_left, bottom_right)
            && bottom_left.y > top_left.y;
        let corners = [top_left, top_right, bottom_right, bottom_left];
        return Some((Found { text: result.getText().to_owned(), is_upright }, Some(corners)));
    }
    let result = QRCodeReader.decode_with_hints(&mut bitmap, &harder).ok()?;
    // The points are the centres of three finder patterns.
    let is_upright = matches!(result.getPoints(), [bottom_left, top_left, top_right, ..]
        if top_right.x > top_left.x && bottom_left.y > top_left.y);
    Some((Found { text: result.getText().to_owned(), is_upright }, None))
}

/// Makes everything between four corners white.
fn paint_over(luma: &mut Luma, corners: [Point; 4]) {
    let sides = [(0, 1), (1, 2), (2, 3), (3, 0)].map(|(from, to)| (corners[from], corners[to]));
    let within = |at: u16, of: [f32; 4]| {
        let at = f32::from(at);
        of.iter().any(|side| *side <= at) && of.iter().any(|side| *side >= at)
    };
    let (columns, rows) = (corners.map(|corner| corner.x), corners.map(|corner| corner.y));
    for (row, y) in
        luma.pixels.chunks_exact_mut(luma.width as usize).zip(0_u16..).filter(|(_, y)| within(*y, rows))
    {
        for (pixel, x) in row.iter_mut().zip(0_u16..).filter(|(_, x)| within(*x, columns)) {
            let (x, y) = (f32::from(x), f32::from(y));
            // Which side of each edge it lies on: inside it is the same for all four.
            let is_left = |(from, to): &(Point, Point)| {
                (to.x - from.x) * (y - from.y) >= (to.y - from.y) * (x - from.x)
            };
            let left = sides.iter().filter(|side| is_left(side)).count();
            if left == 0 || left == sides.len() {
                *pixel = 255;
            }
        }
    }
}
