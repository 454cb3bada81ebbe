//! Pictures.

use scenepress::model::Digest;
use scenepress::symbol::{self, MAX_SIDE, MIN_SIDE, PictureError};

use super::support::Target;

#[test]
fn a_picture_that_decodes_verifies_with_what_it_carries_and_with_nothing_else() {
    let words = &["\u{0}", "\u{1}\u{1}", "\u{7f}\u{7f}", "JFIF\u{0}", "<html>", "{\"errcode\":40001}"];
    Target { name: "pictures", words, iterations: 600 }.hold(|bytes| {
        // Cut or lengthened, the marker alone would refuse it, and the decoder would hardly be tried.
        let mut framed = bytes.to_vec();
        if framed.len() > 4 {
            framed.truncate(framed.len() - 2);
            framed.extend([0xFF, 0xD9]);
        }
        for bytes in [bytes, &framed] {
            let hold = |error: PictureError| {
                let said = error.to_string();
                assert!(!said.is_empty() && !said.chars().any(char::is_control), "{said:?}");
            };
            let photo = match symbol::read_photo(bytes) {
                Err(error) => {
                    hold(error);
                    assert!(symbol::verify(bytes.to_vec(), "http://weixin.qq.com/q/other").is_err());
                    continue;
                }
                Ok(photo) => photo,
            };
            for payload in photo.payloads {
                // Not every picture that can be read can be printed.
                match symbol::verify(bytes.to_vec(), &payload) {
                    Err(error) => hold(error),
                    Ok(verified) => {
                        assert!((MIN_SIDE..=MAX_SIDE).contains(&photo.side));
                        assert_eq!((verified.bytes(), verified.facts().side), (bytes, photo.side));
                        assert_eq!(verified.facts().digest, Digest::of(bytes));
                        assert!(symbol::recall(bytes.to_vec(), verified.facts()).is_ok());
                    }
                }
                hold(symbol::verify(bytes.to_vec(), &format!("{payload}x")).expect_err("another url"));
            }
        }
    });
}
