//! Reading a symbol that stands upright and alone in its picture, and measuring it.
//!
//! A picture that can be read is not yet one that can be printed: a scanner also reads a symbol that lies on its side,
//! and of two symbols it reads either. So the symbol is looked for in one place only. Everything dark in the picture
//! must be the symbol, from edge to edge.

use rxing::common::BitMatrix;
use rxing::qrcode::decoder::{QRCodeDecoderMetaData, qrcode_decoder};

use super::PictureError;
use super::jpeg::Luma;

/// The fewest pixels a module may have: below that print and camera blur them into each other.
pub const MIN_MODULE: u32 = 3;
/// The fewest light modules around the symbol. The standard asks for 4, which the print shop adds, and readers need 2.
/// The platform's pictures of 430 pixels have 3 to 5.
pub const MIN_QUIET_ZONE: u32 = 2;

/// Darker pixels belong to the symbol.
const DARK: u8 = 128;
/// Darker pixels beside the symbol are something: a symbol with less than a fifth of full contrast is one that the
/// standard for print quality (ISO 15415) fails.
const BLANK: u8 = 204;
/// How far in pixels JPEG may spread an edge: its blocks have 8.
const BLUR: usize = 8;
/// Modules of a finder pattern, the squares in three corners.
const FINDER: usize = 7;

/// A symbol that fills everything that is dark in its picture.
pub(super) struct Upright {
    /// The text a scanner reads.
    pub(super) text: String,
    is_mirrored: bool,
    /// Whether the rest of the picture is blank.
    is_alone: bool,
    /// Modules a side.
    modules: u32,
    /// Pixels a side.
    side: u32,
    /// The fewest pixels between the symbol and an edge of the picture.
    margin: u32,
}

/// The symbol that everything dark in the picture is; `None` if that is no symbol that stands upright.
pub(super) fn read(luma: &Luma) -> Option<Upright> {
    let dark = Area::dark(luma)?;
    let side = dark.width.max(dark.height);
    // Corners may be blurred by a pixel on either edge.
    if dark.width.abs_diff(dark.height) > 2 {
        return None;
    }
    let modules = (1..=40).map(|version| 17 + 4 * version).find(|modules| dark.has_patterns(*modules))?;
    let mut bits = BitMatrix::with_single_dimension(u32::try_from(modules).ok()?).ok()?;
    for (row, y) in (0..modules).zip(0..) {
        for (column, x) in (0..modules).zip(0..) {
            if dark.is_dark(column, row, modules) {
                bits.set(x, y);
            }
        }
    }
    let decoded = qrcode_decoder::decode_bitmatrix(&bits).ok()?;
    let other = decoded.getOther();
    let facts = other.as_ref().and_then(|other| other.downcast_ref::<QRCodeDecoderMetaData>());
    Some(Upright {
        text: decoded.getText().to_owned(),
        is_mirrored: facts.is_some_and(QRCodeDecoderMetaData::isMirrored),
        is_alone: dark.is_rest_blank(),
        modules: u32::try_from(modules).ok()?,
        side: u32::try_from(side).ok()?,
        margin: u32::try_from(dark.margin()).ok()?,
    })
}

impl Upright {
    /// Whether it can be printed as it is: not mirrored, alone, large enough, with a quiet zone.
    pub(super) fn check(&self) -> Result<(), PictureError> {
        let &Self { modules, side, margin, .. } = self;
        if self.is_mirrored {
            return Err(PictureError::Turned);
        }
        if side < MIN_MODULE * modules {
            return Err(PictureError::Small { pixels: 10 * side / modules });
        }
        if margin * modules < MIN_QUIET_ZONE * side {
            return Err(PictureError::Cramped { modules: 10 * margin * modules / side });
        }
        if self.is_alone { Ok(()) } else { Err(PictureError::Beside) }
    }
}

/// The smallest area that holds every dark pixel of a picture.
struct Area<'a> {
    pixels: &'a [u8],
    /// Of the picture.
    row_bytes: usize,
    left: usize,
    top: usize,
    width: usize,
    height: usize,
}

impl<'a> Area<'a> {
    /// `None` if no pixel is dark.
    fn dark(luma: &'a Luma) -> Option<Self> {
        let row_bytes = luma.width as usize;
        let is_dark = |pixel: &u8| *pixel < DARK;
        let mut rows = luma.pixels.chunks_exact(row_bytes);
        let top = rows.clone().position(|row| row.iter().any(is_dark))?;
        let bottom = rows.rposition(|row| row.iter().any(is_dark))? + 1;
        // Only what lies outside of what is known is looked at: most of the pixels are the symbol's.
        let (mut left, mut right) = (row_bytes, 0);
        for row in luma.pixels.chunks_exact(row_bytes).take(bottom).skip(top) {
            left = row[..left].iter().position(is_dark).unwrap_or(left);
            right += row[right..].iter().rposition(is_dark).map_or(0, |at| at + 1);
        }
        let (width, height) = (right - left, bottom - top);
        Some(Self { pixels: &luma.pixels, row_bytes, left, top, width, height })
    }

    /// Whether a module is dark, if there are so many on a side: most of five points in it are.
    fn is_dark(&self, column: usize, row: usize, modules: usize) -> bool {
        let dark = |(right, down): &(usize, usize)| {
            let x = self.left + self.width * (4 * column + right) / (4 * modules);
            let y = self.top + self.height * (4 * row + down) / (4 * modules);
            self.pixels[y * self.row_bytes + x] < DARK
        };
        [(2, 2), (1, 1), (3, 1), (1, 3), (3, 3)].iter().filter(|point| dark(point)).count() >= 3
    }

    /// Whether a symbol of so many modules a side has its fixed patterns here: three finders and the timing lines
    /// between them.
    fn has_patterns(&self, modules: usize) -> bool {
        if self.width < modules || self.height < modules {
            return false;
        }
        let far = modules - FINDER;
        let mut between = FINDER + 1..far - 1;
        let is_timing = |at: usize| {
            let is_even = at.is_multiple_of(2);
            self.is_dark(at, FINDER - 1, modules) == is_even
                && self.is_dark(FINDER - 1, at, modules) == is_even
        };
        between.all(is_timing)
            && [(0, 0), (far, 0), (0, far)].iter().all(|place| self.has_finder(*place, modules))
    }

    /// Whether a finder pattern begins at a module: a dark square in a light ring in a dark one, and light around it.
    fn has_finder(&self, (left, top): (usize, usize), modules: usize) -> bool {
        let around = |start: usize| start.saturating_sub(1)..(start + FINDER + 1).min(modules);
        let distance = |at: usize, start: usize| at.abs_diff(start + FINDER / 2);
        around(top).all(|row| {
            around(left).all(|column| {
                let ring = distance(row, top).max(distance(column, left));
                self.is_dark(column, row, modules) == matches!(ring, 0 | 1 | 3)
            })
        })
    }

    /// The fewest pixels between the area and an edge of the picture.
    fn margin(&self) -> usize {
        let rows = self.pixels.len() / self.row_bytes;
        let (right, bottom) = (self.left + self.width, self.top + self.height);
        self.left.min(self.top).min(self.row_bytes - right).min(rows - bottom)
    }

    /// Whether nothing lies beside the area.
    fn is_rest_blank(&self) -> bool {
        let (right, bottom) = (self.left + self.width + BLUR, self.top + self.height + BLUR);
        let (left, top) = (self.left.saturating_sub(BLUR), self.top.saturating_sub(BLUR));
        let is_blank = |pixels: &[u8]| pixels.iter().all(|pixel| *pixel >= BLANK);
        self.pixels.chunks_exact(self.row_bytes).enumerate().all(|(y, row)| {
            if (top..bottom).contains(&y) {
                is_blank(&row[..left]) && is_blank(row.get(right..).unwrap_or_default())
            } else {
                is_blank(row)
            }
        })
    }
}
