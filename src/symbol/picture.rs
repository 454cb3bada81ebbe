//! A picture that was decoded and found to carry its url.

use crate::model::{Digest, PictureFacts, excerpt};

use super::jpeg::{self, Luma, MAX_BYTES, MAX_PHOTO_PIXELS, MAX_SIDE, MIN_SIDE, guarded};
use super::qr;
use super::upright::{self, MIN_MODULE, MIN_QUIET_ZONE};

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

/// Checks a picture and keeps it: see [`check`].
pub fn verify(bytes: Vec<u8>, url: &str) -> Result<VerifiedPicture, PictureError> {
    let side = check(&bytes, url)?;
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

/// Decodes a picture and compares what it carries with `url`, byte for byte. Returns the smaller of its width and
/// height in pixels.
///
/// The symbol must be the only thing in the picture, upright and not mirrored, with [`MIN_MODULE`] pixels a module and
/// [`MIN_QUIET_ZONE`] light modules around it.
pub fn check(bytes: &[u8], url: &str) -> Result<u32, PictureError> {
    let luma = jpeg::luma(bytes)?;
    let side = luma.width.min(luma.height);
    match guarded(|| Ok(upright::read(&luma)))? {
        Some(symbol) if symbol.text == url => symbol.check().map(|()| side),
        Some(symbol) => Err(other_payload(&symbol.text, url)),
        None => Err(why_not(luma, url)),
    }
}

fn other_payload(found: &str, url: &str) -> PictureError {
    PictureError::OtherPayload { found: excerpt(found, 60), expected: excerpt(url, 60) }
}

/// Why a picture is refused that is not one upright symbol. Readers that find a symbol anywhere are asked, but what
/// they find passes no picture.
fn why_not(luma: Luma, url: &str) -> PictureError {
    let found = qr::find(luma);
    let is_it = |symbol: &&qr::Found| symbol.text == url;
    match (found.iter().find(is_it), found.iter().find(|symbol| !is_it(symbol))) {
        (Some(_), Some(other)) => PictureError::Second { other: excerpt(&other.text, 60) },
        (Some(own), None) if !own.is_upright => PictureError::Turned,
        (Some(_), None) => PictureError::Beside,
        (None, Some(other)) => other_payload(&other.text, url),
        (None, None) => PictureError::NoSymbol,
    }
}

fn tenths(tenths: u32) -> String {
    format!("{}.{}", tenths / 10, tenths % 10)
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
    /// It lies on its side, upside down, aslant, or is mirrored.
    #[error("its QR code is turned or mirrored; it must stand upright")]
    Turned,
    /// Its modules have fewer pixels than [`MIN_MODULE`].
    #[error("its QR code has {} pixels a module; at least {MIN_MODULE} are needed", tenths(*.pixels))]
    Small {
        /// Pixels a module, times ten.
        pixels: u32,
    },
    /// Its quiet zone is narrower than [`MIN_QUIET_ZONE`].
    #[error("the light border of its QR code is {} modules wide; at least {MIN_QUIET_ZONE} are needed", tenths(*.modules))]
    Cramped {
        /// Modules, times ten.
        modules: u32,
    },
    /// It holds a second symbol.
    #[error("the picture holds a second QR code, `{other}`")]
    Second {
        /// What the other one carries, shortened.
        other: String,
    },
    /// It holds something else: a symbol of another kind or that cannot be read, a caption, a frame. Or its own symbol
    /// is faint or bent.
    #[error("its QR code is not alone and clear: something lies beside it, or it is faint or bent")]
    Beside,
    /// A photo that is too small to hold a symbol, or too large to be looked at.
    #[error(
        "the picture is {width} x {height} pixels; {MIN_SIDE} a side to {MAX_PHOTO_PIXELS} in all are allowed"
    )]
    PhotoSize {
        /// In pixels.
        width: u32,
        /// In pixels.
        height: u32,
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
