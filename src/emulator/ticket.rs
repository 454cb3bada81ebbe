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

const MAGIC: [u8; 2] = [0x81, 0x01];
const HEADER: usize = 12;

/// What a ticket holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sealed {
    /// What the picture shows. Shorter than 255 bytes.
    pub url: String,
    /// Unix time in seconds.
    pub created_at: u32,
    /// In seconds; 0 is permanent.
    pub lifetime: u32,
}

impl Sealed {
    /// The ticket, URL-safe without padding as the platform writes it today.
    pub(super) fn ticket(&self) -> String {
        let mut body = vec![1, u8::try_from(self.url.len() + 1).unwrap_or(u8::MAX)];
        body.extend(self.url.bytes().take(254));
        body.extend([0, 2, 4]);
        body.extend(self.created_at.to_le_bytes());
        body.extend([3, 4]);
        body.extend(self.lifetime.to_le_bytes());

        let mut bytes = Vec::with_capacity(HEADER + body.len());
        bytes.extend(MAGIC);
        bytes.extend(checksum(&body));
        bytes.extend(u32::try_from(body.len()).unwrap_or(u32::MAX).to_le_bytes());
        bytes.extend([0; 4]);
        bytes.extend(body);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Opens a ticket, of today's or the former spelling (standard alphabet, padded). `None` where the form or
    /// the checksum is wrong: the platform gives no picture for such a ticket.
    pub(super) fn open(ticket: &str) -> Option<Self> {
        let alphabet = if ticket.contains(['+', '/']) { &STANDARD } else { &URL_SAFE };
        let padding = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
        let bytes = GeneralPurpose::new(alphabet, padding).decode(ticket).ok()?;
        let (header, body) = bytes.split_at_checked(HEADER)?;
        let right = header.starts_with(&MAGIC)
            && header[2..4] == checksum(body)
            && header[4..8] == u32::try_from(body.len()).ok()?.to_le_bytes()
            && header[8..] == [0; 4];
        if !right {
            return None;
        }
        let (url, rest) = field(body, 1)?;
        let (created_at, rest) = field(rest, 2)?;
        let (lifetime, rest) = field(rest, 3)?;
        let url = std::str::from_utf8(url.strip_suffix(&[0])?).ok()?;
        rest.is_empty().then_some(Self {
            url: url.to_owned(),
            created_at: u32::from_le_bytes(created_at.try_into().ok()?),
            lifetime: u32::from_le_bytes(lifetime.try_into().ok()?),
        })
    }
}

fn checksum(body: &[u8]) -> [u8; 2] {
    let sum: i64 = body.iter().map(|byte| i64::from(byte.cast_signed())).sum();
    let [low, high, ..] = (!sum).to_le_bytes();
    [low, high]
}

/// The value of the field with this tag at the front, and what follows it.
fn field(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let [found, length, rest @ ..] = bytes else { return None };
    if *found != tag {
        return None;
    }
    rest.split_at_checked(usize::from(*length))
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

    fn sealed(end: &str, created_at: u32, lifetime: u32) -> Sealed {
        Sealed { url: format!("http://weixin.qq.com/q/{end}"), created_at, lifetime }
    }

    #[test]
    fn the_published_tickets_are_reproduced_bit_for_bit() {
        for (ticket, end, created_at, lifetime) in PUBLISHED {
            let sealed = sealed(end, created_at, lifetime);
            assert_eq!(sealed.ticket(), ticket.trim_end_matches('='));
            assert_eq!(Sealed::open(ticket), Some(sealed));
        }
    }

    #[test]
    fn the_published_ticket_with_a_wrong_checksum_differs_in_nothing_else() {
        let right = sealed("02eruzg5Z3eB31qm6Jxq1A", 0x5a45_fd96, 2_592_000).ticket();
        let decode = |ticket: &str| URL_SAFE_NO_PAD.decode(ticket).expect("base64");
        let (right, wrong) = (decode(&right), decode(WRONG));
        assert_ne!(right[2..4], wrong[2..4]);
        assert_eq!((&right[..2], &right[4..]), (&wrong[..2], &wrong[4..]));
        assert_eq!(Sealed::open(WRONG), None);
    }

    #[test]
    fn a_damaged_ticket_does_not_open() {
        let good = PUBLISHED[0].0;
        for index in 0..good.len() {
            let mut damaged = good.to_owned();
            damaged.replace_range(index..=index, if &good[index..=index] == "A" { "B" } else { "A" });
            assert_eq!(Sealed::open(&damaged), None, "at {index}");
            assert_eq!(Sealed::open(&good[..index]), None, "cut at {index}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn every_ticket_opens_to_what_was_sealed(url in "[!-~]{1,200}", created_at: u32, lifetime: u32) {
            let sealed = Sealed { url, created_at, lifetime };
            prop_assert_eq!(Sealed::open(&sealed.ticket()), Some(sealed));
        }

        #[test]
        fn no_text_makes_opening_panic(text in "\\PC{0,200}") {
            let _ = Sealed::open(&text);
        }
    }
}
