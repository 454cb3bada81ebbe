//! What is remembered of a picture that was verified.

use super::Digest;

/// A verified picture's SHA-256 and size. `symbol::verify` makes them; the ledger keeps them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PictureFacts {
    /// SHA-256 of the file's bytes; also its name in `pictures/`.
    pub digest: Digest,
    /// Width and height (the smaller of them) in pixels.
    pub side: u32,
}
