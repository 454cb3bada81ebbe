//! QR codes in pictures: bytes in, a [`VerifiedPicture`] or a reason out.
//!
//! A picture proves itself: it is a whole JPEG, and what a scanner reads from it is the url the platform gave
//! with the ticket. Error documents saved as `.jpg`, empty files and cut bodies were all seen in the wild, so
//! nothing but the decoded payload counts.

mod jpeg;
mod picture;
mod qr;
#[cfg(test)]
mod tests;

pub use jpeg::{MAX_BYTES, MAX_SIDE, MIN_SIDE};
pub use picture::{Decoded, PictureError, VerifiedPicture, decode, recall, verify};
