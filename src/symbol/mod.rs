//! QR codes in pictures: bytes in, a [`VerifiedPicture`] or a reason out.
//!
//! A picture proves itself: it is a whole JPEG, what a scanner reads from it is the url the platform gave with the
//! ticket, and it holds nothing but that one symbol, upright, large enough and with its quiet zone. Error documents saved
//! as `.jpg`, empty files and cut bodies were all seen in the wild, so nothing but the decoded payload counts.

mod jpeg;
mod photo;
mod picture;
mod qr;
#[cfg(test)]
mod tests;
mod upright;

pub use jpeg::{MAX_BYTES, MAX_PHOTO_PIXELS, MAX_SIDE, MIN_SIDE};
pub use photo::{MAX_PHOTO_BYTES, Photo, read_photo};
pub use picture::{PictureError, VerifiedPicture, check, recall, verify};
pub use upright::{MIN_MODULE, MIN_QUIET_ZONE};
