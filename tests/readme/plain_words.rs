//! The English documentation is written in short sentences.

use crate::markdown::{Document, Language, read};

const MOST_WORDS_OF_A_PARAGRAPH: usize = 80;
/// Up to the next full stop, colon or semicolon.
const MOST_WORDS_OF_A_SENTENCE: usize = 24;

fn words(text: &str) -> usize {
    text.split_whitespace().count()
}

#[test]
fn no_paragraph_and_no_sentence_is_long() {
    let mut long = Vec::new();
    for path in Language::English.files() {
        let generated = path.ends_with("commands.md") || path.ends_with("keys.md");
        for paragraph in Document::parse(&read(&path)).paragraphs().into_iter().filter(|_| !generated) {
            // Code counts as one word.
            let parts = paragraph.split('`').enumerate();
            let text: String = parts.map(|(n, part)| if n % 2 == 0 { part } else { "code" }).collect();
            let too_long = |sentence: &str| words(sentence) > MOST_WORDS_OF_A_SENTENCE;
            let ends = [". ", ": ", "; ", "? "];
            let sentences = ends.iter().fold(vec![text.as_str()], |parts, end| {
                parts.into_iter().flat_map(|part| part.split(end)).collect()
            });
            if words(&text) > MOST_WORDS_OF_A_PARAGRAPH || sentences.into_iter().any(too_long) {
                long.push(format!("{}: {paragraph}", path.display()));
            }
        }
    }
    assert_eq!(long, Vec::<String>::new());
}
