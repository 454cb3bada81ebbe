//! Tickets in the platform's own form, which holds the url, the time of creation and the lifetime.
//!
//! The form is inferred (decoded from published tickets), not documented:
//!
//! ```text
//!  0  81 01
//!  2  u16 LE  checksum: the complement of the sum of the body's bytes, each taken as a signed number
//!  4  u32 LE  length of the body
//!  8  00 00 00 00
//! 12  body: 01 len url NUL, 02 04 created (u32 LE, unix time), 03 04 lifetime (u32 LE, seconds, 0 = permanent)
//! ```

use base64::Engine;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// Bytes before the url.
const URL_AT: usize = 14;

/// The ticket of a url shorter than 255 bytes, URL-safe without padding as the platform writes it today. `created_at`
/// is unix time in seconds, `lifetime` is in seconds, 0 for a permanent code.
pub(super) fn seal(url: &str, created_at: u32, lifetime: u32) -> String {
    URL_SAFE_NO_PAD.encode(bytes(url.as_bytes(), created_at.to_le_bytes(), lifetime.to_le_bytes()))
}

/// The url of a ticket, of today's or the former spelling (standard alphabet, padded). `None` if the form or the
/// checksum is wrong: the platform gives no picture for such a ticket.
pub(super) fn open(ticket: &str) -> Option<String> {
    let alphabet = if ticket.contains(['+', '/']) { &STANDARD } else { &URL_SAFE };
    let padding = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let found = GeneralPurpose::new(alphabet, padding).decode(ticket).ok()?;
    let end = URL_AT + usize::from(*found.get(URL_AT - 1)?).checked_sub(1)?;
    let url = found.get(URL_AT..end)?;
    let created_at = found.get(end + 3..end + 7)?.try_into().ok()?;
    let lifetime = found.get(end + 9..end + 13)?.try_into().ok()?;
    let is_right = found == bytes(url, created_at, lifetime);
    is_right.then(|| String::from_utf8(url.to_vec()).ok()).flatten()
}

fn bytes(url: &[u8], created_at: [u8; 4], lifetime: [u8; 4]) -> Vec<u8> {
    let length = u8::try_from(url.len() + 1).unwrap_or(u8::MAX);
    let url = &url[..usize::from(length) - 1];
    let body = [&[1, length], url, &[0, 2, 4], &created_at, &[3, 4], &lifetime].concat();
    let size = u32::try_from(body.len()).unwrap_or(u32::MAX).to_le_bytes();
    [&[0x81, 0x01], &checksum(&body)[..], &size, &[0; 4], &body].concat()
}

fn checksum(body: &[u8]) -> [u8; 2] {
    let sum: i64 = body.iter().map(|byte| i64::from(byte.cast_signed())).sum();
    let [low, high, ..] = (!sum).to_le_bytes();
    [low, high]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Published tickets with a right checksum: (ticket, end of the url, created, lifetime field).
    const PUBLISHED: [(&str, &str, u32, u32); 5] = [
        (
            "gQGA8DwAAAAAAAAAAS5odHRwOi8vd2VpeGluLnFxLmNvbS9xLzAyd1BGS0JtUEpmdTIxUVFQSXh5Y0cAAgS0IetiAwSAUQEA",
            "02wPFKBmPJfu21QQPIxycG",
            0x62eb_21b4,
            86400,
        ),
        (
            "gQF28DwAAAAAAAAAAS5odHRwOi8vd2VpeGluLnFxLmNvbS9xLzAyeEdaZVZCcU1jX0UxMDAwMHcwM2QAAgTjUxBjAwQAAAAA",
            "02xGZeVBqMc_E10000w03d",
            0x6310_53e3,
            0,
        ),
        (
            "gQGv7zwAAAAAAAAAAS5odHRwOi8vd2VpeGluLnFxLmNvbS9xLzAydzVld0FUcmxjTkYxcEhEMnh5MVEAAgQvp0JiAwQ8AAAA",
            "02w5ewATrlcNF1pHD2xy1Q",
            0x6242_a72f,
            60,
        ),
        (
            "gQG38DoAAAAAAAAAASxodHRwOi8vd2VpeGluLnFxLmNvbS9xL3JFenpFcDNsRkVSdFZ5N0FBMkt3AAIEbauRUgMECAcAAA==",
            "rEzzEp3lFERtVy7AA2Kw",
            0x5291_ab6d,
            1800,
        ),
        (
            "gQH47joAAAAAAAAAASxodHRwOi8vd2VpeGluLnFxLmNvbS9xL2taZ2Z3TVRtNzJXV1Brb3ZhYmJJAAIEZ23sUwMEmm3sUw==",
            "kZgfwMTm72WWPkovabbI",
            0x53ec_6d67,
            0x53ec_6d9a,
        ),
    ];
    /// A published ticket with a wrong checksum.
    const WRONG: &str =
        "gQGU8DwAAAAAAAAAAS5odHRwOi8vd2VpeGluLnFxLmNvbS9xLzAyZXJ1emc1WjNlQjMxcW02SnhxMUEAAgSW_UVaAwQAjScA";

    fn url(end: &str) -> String {
        format!("http://weixin.qq.com/q/{end}")
    }

    #[test]
    fn the_published_tickets_are_reproduced_bit_for_bit() {
        for (ticket, end, created_at, lifetime) in PUBLISHED {
            assert_eq!(seal(&url(end), created_at, lifetime), ticket.trim_end_matches('='));
            assert_eq!(open(ticket), Some(url(end)));
        }
    }

    #[test]
    fn the_published_ticket_with_a_wrong_checksum_differs_in_nothing_else() {
        let right = seal(&url("02eruzg5Z3eB31qm6Jxq1A"), 0x5a45_fd96, 2_592_000);
        let decode = |ticket: &str| URL_SAFE_NO_PAD.decode(ticket).expect("base64");
        let (right, wrong) = (decode(&right), decode(WRONG));
        assert_ne!(right[2..4], wrong[2..4]);
        assert_eq!((&right[..2], &right[4..]), (&wrong[..2], &wrong[4..]));
        assert_eq!(open(WRONG), None);
    }

    #[test]
    fn a_damaged_ticket_does_not_open() {
        let good = PUBLISHED[0].0;
        for index in 0..good.len() {
            let mut damaged = good.to_owned();
            damaged.replace_range(index..=index, if &good[index..=index] == "A" { "B" } else { "A" });
            assert_eq!(open(&damaged), None, "at {index}");
            assert_eq!(open(&good[..index]), None, "cut at {index}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn every_ticket_opens_to_what_was_sealed(url in "[!-~]{1,200}", created_at: u32, lifetime: u32) {
            prop_assert_eq!(open(&seal(&url, created_at, lifetime)), Some(url));
        }

        #[test]
        fn no_text_makes_opening_panic(text in "\\PC{0,200}") {
            let _ = open(&text);
        }
    }
}
