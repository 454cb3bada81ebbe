//! Tickets: what the platform gives for a code, exchanged for the picture.

use base64::Engine;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::word::text_type;
use super::{BIRTH_SLACK, ExpireSeconds, Instant};

text_type! {
    /// A ticket, kept to the letter: 1 to 1024 visible ASCII characters. It is no secret: manifests hold it.
    Ticket(Box<str>)
}

impl Ticket {
    /// Checks length and characters. The error says what a ticket is.
    pub fn new(text: &str) -> Result<Self, &'static str> {
        let fits = (1..=1024).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
        if fits { Ok(Self(text.into())) } else { Err("a ticket is 1 to 1024 visible ASCII characters") }
    }
}

impl Ticket {
    /// The ticket in the address of its picture, `…/cgi-bin/showqrcode?ticket=…`; `None` if it is no such address.
    pub fn of_picture_address(text: &str) -> Option<Self> {
        let (_, query) = text.split_once("/cgi-bin/showqrcode?")?;
        let ticket = query.split(['&', '#']).find_map(|pair| pair.strip_prefix("ticket="))?;
        Self::new(&percent_decoded(ticket)).ok()
    }
}

/// `%2B` becomes `+`; what is no escape stays as it is.
fn percent_decoded(text: &str) -> String {
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        decoded.push_str(&rest[..at]);
        let code = rest.get(at + 1..at + 3).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        if let Some(code) = code.filter(u8::is_ascii) {
            decoded.push(char::from(code));
            rest = &rest[at + 3..];
        } else {
            decoded.push('%');
            rest = &rest[at + 1..];
        }
    }
    decoded + rest
}

/// What a ticket says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "Ticket")]
pub struct TicketFacts {
    /// What the picture decodes to.
    pub url: String,
    /// When the platform made it.
    #[serde(serialize_with = "Instant::write")]
    pub created_at: Timestamp,
    /// How many seconds it lives, 0 for a permanent code; null if the field holds something else.
    pub lifetime_seconds: Option<u32>,
    /// What the ticket holds in the lifetime's place. One published sample holds an absolute unix time here.
    pub lifetime_field: u32,
    /// Whether the ticket's checksum is right. If not, nothing here proves anything.
    pub checksum_right: bool,
}

impl TicketFacts {
    /// Reads a ticket; `None` if it does not have the known form.
    ///
    /// The form is not documented. It was decoded from 11 public tickets, in one of which the checksum is wrong. So
    /// these facts are a cross-check with a quiet fallback, never a source.
    pub fn read(ticket: &str) -> Option<Self> {
        let lenient = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
        let alphabet = if ticket.contains(['+', '/']) { &STANDARD } else { &URL_SAFE };
        let bytes = GeneralPurpose::new(alphabet, lenient).decode(ticket).ok()?;
        let body = bytes.get(12..)?;
        if !bytes.starts_with(&[0x81, 0x01])
            || bytes.get(8..12)? != [0; 4]
            || u32::from_le_bytes(bytes.get(4..8)?.try_into().ok()?) as usize != body.len()
        {
            return None;
        }
        let (url, rest) = field(body, 1)?;
        let (created, rest) = field(rest, 2)?;
        let (lifetime, _) = field(rest, 3)?;
        let url = std::str::from_utf8(url.strip_suffix(&[0])?).ok()?;
        let created = u32::from_le_bytes(created.try_into().ok()?);
        let lifetime = u32::from_le_bytes(lifetime.try_into().ok()?);
        Some(Self {
            url: url.to_owned(),
            created_at: Timestamp::from_second(i64::from(created)).ok()?,
            lifetime_seconds: (lifetime <= ExpireSeconds::MAX.get()).then_some(lifetime),
            lifetime_field: lifetime,
            checksum_right: u16::from_le_bytes(bytes.get(2..4)?.try_into().ok()?) == checksum(body),
        })
    }
}

impl TicketFacts {
    /// Whether the ticket is older than a record of a temporary code says, which would have it expire too late. A record
    /// may be earlier: where clocks contradict each other the earliest counts.
    pub fn is_older_than(&self, created_at: Timestamp) -> bool {
        created_at.duration_since(self.created_at) > BIRTH_SLACK
    }
}

/// The complement of the sum of the body's bytes, each taken as a signed number.
fn checksum(body: &[u8]) -> u16 {
    let sum = body.iter().fold(0i32, |sum, byte| sum.wrapping_add(i32::from(byte.cast_signed())));
    let [low, high, ..] = (!sum).to_le_bytes();
    u16::from_le_bytes([low, high])
}

/// The value of the field with this tag at the front, and what follows it.
fn field(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let [found, length, rest @ ..] = bytes else { return None };
    (*found == tag).then(|| rest.split_at_checked(usize::from(*length))).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Published tickets: (ticket, the end of its url, its lifetime field). The first one's checksum is wrong.
    const PUBLISHED: [(&str, &str, u32); 6] = [
        (
            "gQGU8DwAAAAAAAAAAS5odHRwOi8vd2VpeGluLnFxLmNvbS9xLzAyZXJ1emc1WjNlQjMxcW02SnhxMUEAAgSW_UVaAwQAjScA",
            "02eruzg5Z3eB31qm6Jxq1A",
            2_592_000,
        ),
        (
            "gQGA8DwAAAAAAAAAAS5odHRwOi8vd2VpeGluLnFxLmNvbS9xLzAyd1BGS0JtUEpmdTIxUVFQSXh5Y0cAAgS0IetiAwSAUQEA",
            "02wPFKBmPJfu21QQPIxycG",
            86400,
        ),
        (
            "gQF28DwAAAAAAAAAAS5odHRwOi8vd2VpeGluLnFxLmNvbS9xLzAyeEdaZVZCcU1jX0UxMDAwMHcwM2QAAgTjUxBjAwQAAAAA",
            "02xGZeVBqMc_E10000w03d",
            0,
        ),
        (
            "gQGv7zwAAAAAAAAAAS5odHRwOi8vd2VpeGluLnFxLmNvbS9xLzAydzVld0FUcmxjTkYxcEhEMnh5MVEAAgQvp0JiAwQ8AAAA",
            "02w5ewATrlcNF1pHD2xy1Q",
            60,
        ),
        (
            "gQG38DoAAAAAAAAAASxodHRwOi8vd2VpeGluLnFxLmNvbS9xL3JFenpFcDNsRkVSdFZ5N0FBMkt3AAIEbauRUgMECAcAAA==",
            "rEzzEp3lFERtVy7AA2Kw",
            1800,
        ),
        (
            "gQH47joAAAAAAAAAASxodHRwOi8vd2VpeGluLnFxLmNvbS9xL2taZ2Z3TVRtNzJXV1Brb3ZhYmJJAAIEZ23sUwMEmm3sUw==",
            "kZgfwMTm72WWPkovabbI",
            1_408_003_482,
        ),
    ];

    #[test]
    fn the_published_tickets_decode() {
        for (index, (ticket, end, lifetime)) in PUBLISHED.into_iter().enumerate() {
            let facts = TicketFacts::read(ticket).expect(ticket);
            assert_eq!(facts.checksum_right, index > 0, "{ticket}");
            assert_eq!(facts.url, format!("http://weixin.qq.com/q/{end}"));
            assert_eq!(facts.lifetime_field, lifetime, "{ticket}");
            let expected = (lifetime <= 2_592_000).then_some(lifetime);
            assert_eq!(facts.lifetime_seconds, expected, "{ticket}");
        }
    }

    #[test]
    fn a_ticket_in_a_url_is_decoded_once() {
        assert_eq!(percent_decoded("gQ%2Ba%2Fb%3D%3D"), "gQ+a/b==");
        assert_eq!(percent_decoded("%252B"), "%2B");
        assert_eq!(percent_decoded("%zz%e9%2"), "%zz%e9%2");
        assert_eq!(percent_decoded("%店"), "%店");
    }

    #[test]
    fn a_damaged_ticket_gives_no_facts_or_shows_a_wrong_checksum() {
        let good = PUBLISHED[1].0;
        for index in 0..good.len() {
            let mut damaged = good.to_owned();
            let other = if &good[index..=index] == "A" { "B" } else { "A" };
            damaged.replace_range(index..=index, other);
            assert!(TicketFacts::read(&damaged).is_none_or(|facts| !facts.checksum_right), "at {index}");
        }
        for cut in 0..good.len() {
            assert_eq!(TicketFacts::read(&good[..cut]), None);
        }
    }
}
