//! A picture that was decoded and found to carry its url.

use crate::model::{Digest, PictureFacts, excerpt};

use super::jpeg::{self, MAX_BYTES, MAX_SIDE, MIN_SIDE};
use super::qr;

/// What a picture holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    /// The text a scanner reads.
    pub payload: String,
    /// Width and height (the smaller of them) in pixels.
    pub side: u32,
}

/// A picture that carries its url. Only [`verify`] and [`recall`] make one, so nothing unchecked can reach a
/// bundle.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifiedPicture {
    bytes: Vec<u8>,
    facts: PictureFacts,
}

impl VerifiedPicture {
    /// The JPEG file as the platform sent it.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Its SHA-256 and size.
    pub fn facts(&self) -> PictureFacts {
        self.facts
    }
}

impl std::fmt::Debug for VerifiedPicture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("VerifiedPicture").field("facts", &self.facts).finish_non_exhaustive()
    }
}

/// Decodes a picture and compares what it carries with `url`, byte for byte.
pub fn verify(bytes: Vec<u8>, url: &str) -> Result<VerifiedPicture, PictureError> {
    let Decoded { payload, side } = decode(&bytes)?;
    if payload != url {
        return Err(PictureError::OtherPayload { found: excerpt(&payload, 60), expected: excerpt(url, 60) });
    }
    let facts = PictureFacts { digest: Digest::of(&bytes), side };
    Ok(VerifiedPicture { bytes, facts })
}

/// A picture that an earlier run verified: its SHA-256 must be the recorded one, which stands for the rest.
pub fn recall(bytes: Vec<u8>, recorded: PictureFacts) -> Result<VerifiedPicture, PictureError> {
    let found = Digest::of(&bytes);
    if found == recorded.digest {
        Ok(VerifiedPicture { bytes, facts: recorded })
    } else {
        Err(PictureError::Changed { found, recorded: recorded.digest })
    }
}

/// What a picture carries, whatever that is.
pub fn decode(bytes: &[u8]) -> Result<Decoded, PictureError> {
    let luma = jpeg::luma(bytes)?;
    let side = luma.width.min(luma.height);
    Ok(Decoded { payload: qr::payload(luma)?, side })
}

/// Why some bytes are not the picture they should be. Each text is one line and says what was found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PictureError {
    /// No bytes.
    #[error("the picture is empty (0 bytes)")]
    Empty,
    /// Over [`MAX_BYTES`].
    #[error("the picture has {bytes} bytes; at most {MAX_BYTES} are allowed")]
    TooLarge {
        /// How many there are.
        bytes: usize,
    },
    /// It does not begin as a JPEG does.
    #[error("not a JPEG: begins with {begins}")]
    NotJpeg {
        /// Its first bytes, as text or in hex.
        begins: String,
    },
    /// It does not end as a JPEG does.
    #[error(
        "the JPEG was cut or has something after its end: {bytes} bytes that end in {ends}, not in FF D9"
    )]
    Cut {
        /// How many bytes there are.
        bytes: usize,
        /// The last two in hex.
        ends: String,
    },
    /// Too small to hold a QR symbol, or too large to be one of the platform's.
    #[error("the picture is {width} x {height} pixels; {MIN_SIDE} to {MAX_SIDE} a side are allowed")]
    Dimensions {
        /// In pixels.
        width: usize,
        /// In pixels.
        height: usize,
    },
    /// The JPEG cannot be decoded.
    #[error("the JPEG is damaged: {reason}")]
    Broken {
        /// What the decoder says.
        reason: String,
    },
    /// No QR symbol was found, or its error correction did not suffice.
    #[error("the picture holds no QR code that can be read")]
    NoSymbol,
    /// A QR code, but of another code.
    #[error("the picture carries `{found}` and not its url `{expected}`")]
    OtherPayload {
        /// What was read, shortened.
        found: String,
        /// What should have been.
        expected: String,
    },
    /// It could not be read from where it is kept. Never made here, but by those who hand pictures out.
    #[error("the picture cannot be read: {reason}")]
    Unreadable {
        /// What the file system says.
        reason: String,
    },
    /// Not the bytes that were verified.
    #[error("the picture changed since it was verified: its SHA-256 is {found}, recorded is {recorded}")]
    Changed {
        /// Of the bytes at hand.
        found: Digest,
        /// Of the bytes that were verified.
        recorded: Digest,
    },
}
