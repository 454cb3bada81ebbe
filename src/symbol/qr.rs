//! Grey pixels to the text a scanner would read.

use rxing::common::HybridBinarizer;
use rxing::qrcode::QRCodeReader;
use rxing::{BinaryBitmap, DecodeHints, Luma8LuminanceSource, Reader};

use super::PictureError;
use super::jpeg::{Luma, guarded};

/// The one QR symbol's text. The quick way for clean pictures comes first, the thorough one last.
pub(super) fn payload(luma: Luma) -> Result<String, PictureError> {
    let Luma { pixels, width, height } = luma;
    guarded(|| {
        let source = Luma8LuminanceSource::new(pixels, width, height).map_err(|_| PictureError::NoSymbol)?;
        let mut bitmap = BinaryBitmap::new(HybridBinarizer::new(source));
        let attempts = [
            DecodeHints { PureBarcode: Some(true), ..DecodeHints::default() },
            DecodeHints::default(),
            DecodeHints { TryHarder: Some(true), ..DecodeHints::default() },
        ];
        attempts
            .iter()
            .find_map(|hints| QRCodeReader.decode_with_hints(&mut bitmap, hints).ok())
            .map(|result| result.getText().to_owned())
            .ok_or(PictureError::NoSymbol)
    })
}
