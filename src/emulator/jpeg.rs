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
        let tables = Tables::new();
        let mut out = Writer { bytes: header(self.side, &tables), pending: 0, count: 0 };
        let mut known: HashMap<[u8; 8], Block> = HashMap::new();
        let mut previous = 0;
        for rows in self.bits.chunks_exact(self.stride * 8) {
            for column in 0..self.stride {
                let pixels: [u8; 8] = std::array::from_fn(|row| rows[row * self.stride + column]);
                let block = known.entry(pixels).or_insert_with(|| tables.block(pixels));
                out.put(coded(&tables.dc, 0, block.dc - previous));
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

/// Huffman codes by symbol, cosines, and divisors in zigzag order.
struct Tables {
    dc: [Bits; 256],
    ac: [Bits; 256],
    /// `[frequency][position]`
    cosines: [[f32; 8]; 8],
    divisors: [u8; 64],
}

impl Tables {
    fn new() -> Self {
        let cosine = |frequency: u8, position: u8| {
            let scale = if frequency == 0 { FRAC_1_SQRT_2 } else { 1.0 };
            scale / 2.0 * (f32::from((2 * position + 1) * frequency) * PI / 16.0).cos()
        };
        let index = [0, 1, 2, 3, 4, 5, 6, 7];
        Self {
            dc: codes(&DC_LENGTHS, &DC_SYMBOLS),
            ac: codes(&AC_LENGTHS, &AC_SYMBOLS),
            cosines: index.map(|frequency| index.map(|position| cosine(frequency, position))),
            divisors: ZIGZAG.map(|place| DIVISORS[usize::from(place)]),
        }
    }

    fn block(&self, pixels: [u8; 8]) -> Block {
        let rows = pixels.map(|row| {
            let grey: [f32; 8] =
                std::array::from_fn(|column| if row & (0x80 >> column) == 0 { 127.0 } else { -128.0 });
            self.cosines.map(|cosines| product(&cosines, &grey))
        });
        let mut zeros = 0;
        let mut ac = Vec::new();
        let mut dc = 0;
        for (index, (place, divisor)) in ZIGZAG.into_iter().zip(self.divisors).enumerate() {
            let (vertical, horizontal) = (usize::from(place / 8), usize::from(place % 8));
            let column = rows.map(|row| row[horizontal]);
            let coefficient = product(&self.cosines[vertical], &column) / f32::from(divisor);
            #[expect(clippy::cast_possible_truncation, reason = "at most 1024 by the transform's nature")]
            let coefficient = coefficient.round() as i32;
            if index == 0 {
                dc = coefficient;
            } else if coefficient == 0 {
                zeros += 1;
            } else {
                (0..zeros / 16).for_each(|_| append(&mut ac, self.ac[0xf0]));
                append(&mut ac, coded(&self.ac, zeros % 16, coefficient));
                zeros = 0;
            }
        }
        if zeros > 0 {
            append(&mut ac, self.ac[0]);
        }
        Block { dc, ac }
    }
}

/// Adds bits behind others, in as few pieces as hold them.
fn append(pieces: &mut Vec<Bits>, (bits, length): Bits) {
    match pieces.last_mut() {
        Some(last) if last.1 + length <= 32 => *last = ((last.0 << length) | bits, last.1 + length),
        _ => pieces.push((bits, length)),
    }
}

/// The code for a value after so many zeros (at most 15), with the value's own bits.
fn coded(codes: &[Bits; 256], zeros: usize, value: i32) -> Bits {
    let magnitude = value.unsigned_abs();
    let size = u32::BITS - magnitude.leading_zeros();
    // A negative value is written as the complement of its magnitude.
    let own = if value < 0 { !magnitude & ((1 << size) - 1) } else { magnitude };
    let (code, length) = codes[(zeros << 4) | size as usize];
    ((code << size) | own, length + u8::try_from(size).unwrap_or(0))
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

/// Codes from a table as JPEG files hold it: how many symbols have 1 to 16 bits, and the symbols.
fn codes(lengths: &[u8; 16], symbols: &[u8]) -> [Bits; 256] {
    let mut codes = [(0, 0); 256];
    let mut symbols = symbols.iter();
    let mut code = 0;
    for (length, count) in (1..).zip(lengths) {
        for symbol in symbols.by_ref().take(usize::from(*count)) {
            codes[usize::from(*symbol)] = (code, length);
            code += 1;
        }
        code <<= 1;
    }
    codes
}

/// Everything before the blocks.
fn header(side: u16, tables: &Tables) -> Vec<u8> {
    let [high, low] = side.to_be_bytes();
    let mut bytes = vec![0xff, 0xd8];
    bytes.reserve(32 * 1024);
    segment(&mut bytes, 0xe0, &[b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"]);
    segment(&mut bytes, 0xdb, &[&[0], &tables.divisors]);
    segment(&mut bytes, 0xc0, &[&[8, high, low, high, low, 1, 1, 0x11, 0]]);
    segment(&mut bytes, 0xc4, &[&[0x00], &DC_LENGTHS, &DC_SYMBOLS, &[0x10], &AC_LENGTHS, &AC_SYMBOLS]);
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

/// The standard's example for luminance (Annex K.1) at two fifths: what is commonly called quality 80.
const DIVISORS: [u8; 64] = [
    6, 4, 4, 6, 10, 16, 20, 24, 5, 5, 6, 8, 10, 23, 24, 22, 6, 5, 6, 10, 16, 23, 28, 22, 6, 7, 9, 12, 20, 35,
    32, 25, 7, 9, 15, 22, 27, 44, 41, 31, 10, 14, 22, 26, 32, 42, 45, 37, 20, 26, 31, 35, 41, 48, 48, 40, 29,
    37, 38, 39, 45, 40, 41, 40,
];

// The standard's example codes for luminance (Annex K.3).
const DC_LENGTHS: [u8; 16] = [0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0];
const DC_SYMBOLS: [u8; 12] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];
const AC_LENGTHS: [u8; 16] = [0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 125];
#[rustfmt::skip]
const AC_SYMBOLS: [u8; 162] = [
    0x01, 0x02, 0x03, 0x00, 0x04, 0x11, 0x05, 0x12, 0x21, 0x31, 0x41, 0x06, 0x13, 0x51, 0x61, 0x07, 0x22, 0x71,
    0x14, 0x32, 0x81, 0x91, 0xa1, 0x08, 0x23, 0x42, 0xb1, 0xc1, 0x15, 0x52, 0xd1, 0xf0, 0x24, 0x33, 0x62, 0x72,
    0x82, 0x09, 0x0a, 0x16, 0x17, 0x18, 0x19, 0x1a, 0x25, 0x26, 0x27, 0x28, 0x29, 0x2a, 0x34, 0x35, 0x36, 0x37,
    0x38, 0x39, 0x3a, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0x4a, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59,
    0x5a, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7a, 0x83,
    0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9a, 0xa2, 0xa3,
    0xa4, 0xa5, 0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xb2, 0xb3, 0xb4, 0xb5, 0xb6, 0xb7, 0xb8, 0xb9, 0xba, 0xc2, 0xc3,
    0xc4, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9, 0xca, 0xd2, 0xd3, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8, 0xd9, 0xda, 0xe1, 0xe2,
    0xe3, 0xe4, 0xe5, 0xe6, 0xe7, 0xe8, 0xe9, 0xea, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa,
];

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
