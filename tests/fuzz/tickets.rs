//! Tickets that say something of themselves.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use scenepress::model::{Ticket, TicketFacts};

use super::support::Target;

/// A ticket as the platform would make it, written from the published ones.
fn ticket_bytes(facts: &TicketFacts) -> Vec<u8> {
    let mut body = vec![1, u8::try_from(facts.url.len() + 1).expect("a field of one length byte")];
    body.extend(facts.url.as_bytes());
    body.extend([0, 2, 4]);
    body.extend(u32::try_from(facts.created_at.as_second()).expect("a field of 4 bytes").to_le_bytes());
    body.extend([3, 4]);
    body.extend(facts.lifetime_field.to_le_bytes());
    let sum: i32 = body.iter().map(|byte| i32::from(byte.cast_signed())).sum();
    let mut bytes = vec![0x81, 1];
    bytes.extend(&(!sum).to_le_bytes()[..2]);
    bytes.extend(u32::try_from(body.len()).expect("small").to_le_bytes());
    bytes.extend([0; 4]);
    bytes.extend(body);
    bytes
}

#[test]
fn a_ticket_that_tells_of_itself_can_be_written_again() {
    let words = &["gQ", "==", "-", "_", "+/", "AAAAAAAA", "8DwAAAAAAAAAAS5odHRwOi8v", "\u{0}", "店"];
    Target { name: "tickets", words, iterations: 8_000 }.hold(|bytes| {
        let text = String::from_utf8_lossy(bytes);
        if let Ok(ticket) = Ticket::new(&text) {
            assert_eq!(ticket.as_str(), text);
            assert!(!text.is_empty() && text.len() <= 1024 && text.bytes().all(|b| b.is_ascii_graphic()));
        }
        // Both as it came and as the bytes of a ticket, which random text hardly ever is.
        let forms = [text.into_owned(), STANDARD.encode(bytes), URL_SAFE_NO_PAD.encode(bytes)];
        for facts in forms.iter().filter_map(|form| TicketFacts::read(form)) {
            assert!(facts.lifetime_seconds.is_none_or(|seconds| seconds <= 2_592_000));
            let again = URL_SAFE_NO_PAD.encode(ticket_bytes(&facts));
            assert_eq!(TicketFacts::read(&again), Some(TicketFacts { checksum_right: true, ..facts }));
        }
    });
}
