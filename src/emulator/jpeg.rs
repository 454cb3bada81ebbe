//! Baseline JPEG of pictures that are only black and white.
//!
//! Such a picture has few different blocks of 8 times 8 pixels: some 150 of the 2,916 in a platform picture. Each is
//! transformed once, which makes this several times as fast as an encoder for any picture. Drawing is what the
//! emulator spends its time on.

use std::collections::HashMap;
use std::f32::consts::{FRAC_1_SQRT_2, PI};

/// A square of pixels, each a bit: 1 is black. Starts white.
pub(super) struct Bitmap {
    side: u16,
    /// Bytes in a row; the leftmost pixel of a byte is its highest bit.
    stride: usize,
    /// Whole blocks: up to 7 rows and columns more than the picture has, all white.
    bits: Vec<u8>,
}

impl Bitmap {
    pub(super) fn new(side: u16) -> Self {
        let stride = usize::from(side).div_ceil(8);
        Self { side, stride, bits: vec![0; stride * stride * 8] }
    }

    /// Blackens `count` pixels of a row from `left` on. They must lie inside.
    pub(super) fn blacken(&mut self, row: usize, left: usize, count: usize) {
        for column in left..left + count {
            self.bits[row * self.stride + column / 8] |= 0x80 >> (column % 8);
        }
    }

    /// Makes the `count` rows after this one like it. They must lie inside.
    pub(super) fn repeat(&mut self, row: usize, count: usize) {
        let start = row * self.stride;
        for copy in 1..=count {
            self.bits.copy_within(start..start + self.stride, start + copy * self.stride);
        }
    }

    /// The picture as a grey JPEG.
    pub(super) fn jpeg(&self) -> Vec<u8> {
        let cosines = cosines();
        let mut out = Writer { bytes: header(self.side), pending: 0, count: 0 };
        let mut known: HashMap<[u8; 8], Block> = HashMap::new();
        let mut previous = 0;
        for rows in self.bits.chunks_exact(self.stride * 8) {
            for column in 0..self.stride {
                let pixels: [u8; 8] = std::array::from_fn(|row| rows[row * self.stride + column]);
                let block = known.entry(pixels).or_insert_with(|| block(pixels, &cosines));
                out.put(coded(DC_LENGTH, 0, block.dc - previous));
                previous = block.dc;
                for bits in &block.ac {
                    out.put(*bits);
                }
            }
        }
        out.finish()
    }
}

/// Up to 32 bits, the last in the lowest place, and their number.
type Bits = (u32, u8);

/// A block as it is written, but for its first coefficient, which is written as a difference.
struct Block {
    dc: i32,
    ac: Vec<Bits>,
}

/// `[frequency][position]`
fn cosines() -> [[f32; 8]; 8] {
    let cosine = |frequency: u8, position: u8| {
        let scale = if frequency == 0 { FRAC_1_SQRT_2 } else { 1.0 };
        scale / 2.0 * (f32::from((2 * position + 1) * frequency) * PI / 16.0).cos()
    };
    let index = [0, 1, 2, 3, 4, 5, 6, 7];
    index.map(|frequency| index.map(|position| cosine(frequency, position)))
}

fn block(pixels: [u8; 8], cosines: &[[f32; 8]; 8]) -> Block {
    let rows = pixels.map(|row| {
        let grey: [f32; 8] =
            std::array::from_fn(|column| if row & (0x80 >> column) == 0 { 127.0 } else { -128.0 });
        cosines.map(|cosines| product(&cosines, &grey))
    });
    let coefficient = |place: u8| {
        let column = rows.map(|row| row[usize::from(place % 8)]);
        let coefficient = product(&cosines[usize::from(place / 8)], &column) / f32::from(DIVISOR);
        #[expect(clippy::cast_possible_truncation, reason = "at most 1024 by the transform's nature")]
        let coefficient = coefficient.round() as i32;
        coefficient
    };
    let mut zeros = 0;
    let mut ac = Vec::new();
    for value in ZIGZAG[1..].iter().map(|place| coefficient(*place)) {
        if value == 0 {
            zeros += 1;
            continue;
        }
        (0..zeros / 16).for_each(|_| append(&mut ac, (0xf0, AC_LENGTH)));
        append(&mut ac, coded(AC_LENGTH, zeros % 16, value));
        zeros = 0;
    }
    if zeros > 0 {
        append(&mut ac, (0, AC_LENGTH));
    }
    Block { dc: coefficient(0), ac }
}

/// Adds bits behind others, in as few pieces as hold them.
fn append(pieces: &mut Vec<Bits>, (bits, length): Bits) {
    match pieces.last_mut() {
        Some(last) if last.1 + length <= 32 => *last = ((last.0 << length) | bits, last.1 + length),
        _ => pieces.push((bits, length)),
    }
}

/// The code for a value after so many zeros (at most 15), with the value's own bits.
fn coded(length: u8, zeros: u32, value: i32) -> Bits {
    let magnitude = value.unsigned_abs();
    let size = u32::BITS - magnitude.leading_zeros();
    // A negative value is written as the complement of its magnitude.
    let own = if value < 0 { !magnitude & ((1 << size) - 1) } else { magnitude };
    (((zeros << 4 | size) << size) | own, length + u8::try_from(size).unwrap_or(0))
}

fn product(one: &[f32; 8], other: &[f32; 8]) -> f32 {
    // Spelt out: it is the innermost loop, and tests run without optimisation.
    one[0] * other[0]
        + one[1] * other[1]
        + one[2] * other[2]
        + one[3] * other[3]
        + one[4] * other[4]
        + one[5] * other[5]
        + one[6] * other[6]
        + one[7] * other[7]
}

/// Everything before the blocks.
fn header(side: u16) -> Vec<u8> {
    let [high, low] = side.to_be_bytes();
    let mut bytes = vec![0xff, 0xd8];
    bytes.reserve(32 * 1024);
    segment(&mut bytes, 0xe0, &[b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"]);
    segment(&mut bytes, 0xdb, &[&[0], &[DIVISOR; 64]]);
    segment(&mut bytes, 0xc0, &[&[8, high, low, high, low, 1, 1, 0x11, 0]]);
    for (table, length, symbols) in [(0x00, DC_LENGTH, DC_SYMBOLS), (0x10, AC_LENGTH, AC_SYMBOLS)] {
        let lengths = (1..=16).map(|other| if other == length { symbols } else { 0 });
        segment(
            &mut bytes,
            0xc4,
            &[&[table], &lengths.collect::<Vec<_>>(), &(0..symbols).collect::<Vec<_>>()],
        );
    }
    segment(&mut bytes, 0xda, &[&[1, 1, 0, 0, 63, 0]]);
    bytes
}

fn segment(bytes: &mut Vec<u8>, marker: u8, parts: &[&[u8]]) {
    let content = parts.concat();
    bytes.extend([0xff, marker]);
    bytes.extend(u16::try_from(content.len() + 2).unwrap_or(u16::MAX).to_be_bytes());
    bytes.extend(content);
}

struct Writer {
    bytes: Vec<u8>,
    pending: u64,
    /// Of pending bits: below 8 between calls.
    count: u8,
}

impl Writer {
    fn put(&mut self, (bits, length): Bits) {
        self.pending = (self.pending << length) | u64::from(bits);
        self.count += length;
        while self.count >= 8 {
            self.count -= 8;
            let [byte, ..] = (self.pending >> self.count).to_le_bytes();
            self.bytes.push(byte);
            if byte == 0xff {
                self.bytes.push(0); // else it would be read as a marker
            }
        }
    }

    fn finish(mut self) -> Vec<u8> {
        self.put((0x7f, 7)); // the last byte is filled with ones
        self.bytes.extend([0xff, 0xd9]);
        self.bytes
    }
}

/// The order in which coefficients are written: place = 8 * vertical + horizontal frequency.
const ZIGZAG: [u8; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7,
    14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39,
    46, 53, 60, 61, 54, 47, 55, 62, 63,
];

/// What each coefficient is divided by. The error of a pixel is at most eight times the half of it, which does not turn
/// black into white.
const DIVISOR: u8 = 28;

/// Bits of each code: all are equally long, so that a symbol is its own code. A symbol is a number of zeros and the size
/// of the value behind them.
const DC_LENGTH: u8 = 4;
const DC_SYMBOLS: u8 = 12;
const AC_LENGTH: u8 = 8;
const AC_SYMBOLS: u8 = 0xfb;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use zune_core::bytestream::ZCursor;
    use zune_core::colorspace::ColorSpace;
    use zune_core::options::DecoderOptions;
    use zune_jpeg::JpegDecoder;

    use super::*;

    fn decoded(jpeg: &[u8], side: u16) -> Vec<u8> {
        let grey = DecoderOptions::default().jpeg_set_out_colorspace(ColorSpace::Luma).set_strict_mode(true);
        let mut decoder = JpegDecoder::new_with_options(ZCursor::new(jpeg), grey);
        let pixels = decoder.decode().expect("a JPEG");
        assert_eq!(decoder.input_colorspace(), Some(ColorSpace::Luma));
        assert_eq!(decoder.dimensions(), Some((side.into(), side.into())));
        pixels
    }

    #[test]
    fn an_untouched_bitmap_is_white() {
        for side in [1, 8, 9, 430] {
            assert!(decoded(&Bitmap::new(side).jpeg(), side).into_iter().all(|pixel| pixel >= 254), "{side}");
        }
    }

    #[test]
    fn flat_blocks_stay_flat() {
        let mut bitmap = Bitmap::new(16);
        bitmap.blacken(8, 8, 8);
        bitmap.repeat(8, 7);
        for (index, pixel) in decoded(&bitmap.jpeg(), 16).into_iter().enumerate() {
            let black = index / 16 >= 8 && index % 16 >= 8;
            assert!(if black { pixel <= 1 } else { pixel >= 254 }, "{pixel} at {index}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// Noise is the worst there is: it needs the largest coefficients.
        #[test]
        fn every_pixel_is_decoded_to_its_colour(
            side in 1u16..40,
            noise in prop::collection::vec(any::<bool>(), 1600),
        ) {
            let mut bitmap = Bitmap::new(side);
            let width = usize::from(side);
            for index in (0..width * width).filter(|index| noise[*index]) {
                bitmap.blacken(index / width, index % width, 1);
            }
            for (index, pixel) in decoded(&bitmap.jpeg(), side).into_iter().enumerate() {
                prop_assert_eq!(pixel < 128, noise[index], "{} at {}", pixel, index);
            }
        }
    }
}
