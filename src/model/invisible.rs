//! Characters that nobody sees: two texts that look alike would be different, or be shown in another order.

/// Whether a character is not seen where it stands, or turns the direction of what stands around it: bidirectional
/// controls, zero-width spaces, soft hyphens, joiners, fillers, tags (Unicode's default-ignorable code points) and
/// the line and paragraph separators. Control characters are told by [`char::is_control`].
pub fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}'
            | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{3164}'
            | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}' | '\u{FFFE}' | '\u{FFFF}'
            | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}'
    )
}

/// Whether a character turns the direction of the text around it, or ends a line or a paragraph though it is no line
/// break: text with it is shown in another order than it is stored in.
pub fn is_reordering(c: char) -> bool {
    matches!(c, '\u{61C}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// Whether an invisible character has its use in a label: joiners and variation selectors, which emoji, some scripts
/// and some Chinese names need.
pub fn is_joiner(c: char) -> bool {
    matches!(
        c,
        '\u{200C}' | '\u{200D}' | '\u{FE00}'..='\u{FE0F}' | '\u{180B}'..='\u{180D}' | '\u{E0100}'..='\u{E01EF}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::visible;

    #[test]
    fn what_nobody_sees_is_visible_and_joiners_are_left() {
        assert_eq!(visible("a\u{202e}b\u{85}c\u{feff}\n"), "a\\u{202e}b\\u{85}c\\u{feff}\\n");
        for whole in ["👩\u{200d}💻❤\u{fe0f}", "葛\u{e0100}城", "店 1", "می\u{200c}خواهم"] {
            assert_eq!(visible(whole), whole);
        }
        assert!(['\u{2066}', '\u{61c}', '\u{200b}', '\u{ad}', '\u{2028}'].into_iter().all(is_invisible));
        assert!(!"店aé\u{3000}\u{301}".contains(is_invisible));
    }
}
