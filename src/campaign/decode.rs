//! From bytes to text.

use encoding_rs::{Encoding, GB18030, UTF_8, UTF_16BE, UTF_16LE};

/// A text, and whether it had to be read as GB18030.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Decoded {
    pub text: String,
    pub gb18030: bool,
}

/// A text with marks in place of what could not be read, and where the first of them is.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Undecodable {
    pub text: String,
    pub at: usize,
}

/// YAML is UTF-8, with or without a byte order mark.
pub(super) fn yaml(bytes: Vec<u8>) -> Result<Decoded, Undecodable> {
    utf8(bytes)
}

/// A table is what its byte order mark says; without one UTF-8, else GB18030, which Chinese Excel writes.
pub(super) fn table(bytes: Vec<u8>) -> Result<Decoded, Undecodable> {
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
        return utf8(bytes);
    }
    match GB18030.decode_without_bom_handling_and_without_replacement(&bytes) {
        Some(text) => Ok(Decoded { text: text.into_owned(), gb18030: true }),
        None => utf8(bytes),
    }
}

fn utf8(mut bytes: Vec<u8>) -> Result<Decoded, Undecodable> {
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
        let read = |bytes: &[u8]| table(bytes.to_vec()).map(|d| (d.text, d.gb18030));
        assert_eq!(read(b"\xef\xbb\xbfa"), Ok(("a".into(), false)));
        assert_eq!(read(b"\xff\xfea\0"), Ok(("a".into(), false)));
        assert_eq!(read(b"\xfe\xff\0a"), Ok(("a".into(), false)));
        assert_eq!(read("北京".as_bytes()), Ok(("北京".into(), false)));
        assert_eq!(read(b"\xb1\xb1\xbe\xa9"), Ok(("北京".into(), true)));
        assert_eq!(read(b"ab\xff,").map_err(|e| e.at), Err(2));
        assert_eq!(yaml(b"\xb1\xb1".to_vec()).map_err(|e| e.at), Err(0));
    }
}
