//! From bytes to text.

use encoding_rs::{Encoding, GB18030, UTF_8, UTF_16BE, UTF_16LE};

/// A decoded text.
#[derive(Debug, PartialEq, Eq)]
pub struct Decoded {
    /// Without its byte order mark.
    pub text: String,
    /// It is no UTF-8 and was read as GB18030.
    pub gb18030: bool,
}

/// A text that could not be decoded.
#[derive(Debug, PartialEq, Eq)]
pub struct Undecodable {
    /// The text with U+FFFD in place of each part that could not be read.
    pub text: String,
    /// The byte of `text` at which the first such part stands.
    pub at: usize,
}

/// Decodes a table: as its byte order mark says, else as UTF-8, else as GB18030, which Chinese Excel writes.
pub fn decode_table(bytes: Vec<u8>) -> Result<Decoded, Undecodable> {
    if let Some((encoding, mark)) = Encoding::for_bom(&bytes)
        && encoding != UTF_8
    {
        debug_assert!(encoding == UTF_16LE || encoding == UTF_16BE);
        let (text, malformed) = encoding.decode_without_bom_handling(&bytes[mark..]);
        let text = text.into_owned();
        return if malformed {
            let at = text.find('\u{fffd}').unwrap_or(0);
            Err(Undecodable { text, at })
        } else {
            Ok(Decoded { text, gb18030: false })
        };
    }
    if bytes.starts_with(b"\xef\xbb\xbf") || std::str::from_utf8(&bytes).is_ok() {
        return decode_utf8(bytes);
    }
    match GB18030.decode_without_bom_handling_and_without_replacement(&bytes) {
        Some(text) => Ok(Decoded { text: text.into_owned(), gb18030: true }),
        None => decode_utf8(bytes),
    }
}

/// Decodes UTF-8, with or without a byte order mark.
pub fn decode_utf8(mut bytes: Vec<u8>) -> Result<Decoded, Undecodable> {
    if bytes.starts_with(b"\xef\xbb\xbf") {
        bytes.drain(..3);
    }
    String::from_utf8(bytes).map(|text| Decoded { text, gb18030: false }).map_err(|error| Undecodable {
        at: error.utf8_error().valid_up_to(),
        text: String::from_utf8_lossy(error.as_bytes()).into_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_read_by_its_mark_then_as_utf8_then_as_gb18030() {
        let read = |bytes: &[u8]| decode_table(bytes.to_vec()).map(|d| (d.text, d.gb18030));
        assert_eq!(read(b"\xef\xbb\xbfa"), Ok(("a".into(), false)));
        assert_eq!(read(b"\xff\xfea\0"), Ok(("a".into(), false)));
        assert_eq!(read(b"\xfe\xff\0a"), Ok(("a".into(), false)));
        assert_eq!(read("北京".as_bytes()), Ok(("北京".into(), false)));
        assert_eq!(read(b"\xb1\xb1\xbe\xa9"), Ok(("北京".into(), true)));
        assert_eq!(read(b"ab\xff,").map_err(|e| e.at), Err(2));
        assert_eq!(decode_utf8(b"\xb1\xb1".to_vec()).map_err(|e| e.at), Err(0));
    }
}
