//! What the two languages have in common.

use std::collections::{BTreeMap, BTreeSet};

use crate::markdown::{Block, Document, Language, read, spans};
use crate::{both, commands, readmes};

/// How often each of some things is there.
fn counted<T: Ord>(things: impl IntoIterator<Item = T>) -> BTreeMap<T, usize> {
    let mut counts = BTreeMap::new();
    for thing in things {
        *counts.entry(thing).or_default() += 1;
    }
    counts
}

fn bare(document: &Document) -> Vec<(String, Vec<String>)> {
    document.blocks.iter().map(Block::without_comments).collect()
}

fn code(document: &Document) -> BTreeSet<String> {
    document.spans().into_iter().filter(|span| span.is_ascii()).collect()
}

#[test]
fn both_readmes_say_the_same() {
    let [english, chinese] = readmes();
    assert_eq!(english.headings(), chinese.headings());
    assert_eq!(bare(&english), bare(&chinese));
    let shape = |document: &Document| -> Vec<Vec<usize>> {
        let widths = |table: &Vec<Vec<String>>| table.iter().map(Vec::len).collect();
        document.tables().iter().map(widths).collect()
    };
    assert_eq!(shape(&english), shape(&chinese));
    assert_eq!(code(&english), code(&chinese));
}

/// The English book has more: the Chinese chapters hold what the README had before there was a book.
#[test]
fn what_the_chinese_book_shows_the_english_one_shows_too() {
    let [english, chinese] = both();
    let without_commands = |document: &Document| {
        counted(bare(document).into_iter().filter(|(language, _)| language != "console"))
    };
    let blocks = without_commands(&english);
    for (block, count) in without_commands(&chinese) {
        assert!(blocks.get(&block).is_some_and(|known| *known >= count), "{block:?}");
    }
    let run = counted(commands(&english));
    for (command, count) in counted(commands(&chinese)) {
        assert!(run.get(&command).is_some_and(|known| *known >= count), "{command:?}");
    }
    // A table is known by its size and by the code in its first column.
    let tables = |document: &Document| {
        let first = |row: &Vec<String>| spans(&row[0]).into_iter().filter(|span| span.is_ascii()).collect();
        let key = |table: Vec<Vec<String>>| -> (usize, Vec<Vec<String>>) {
            (table[0].len(), table.iter().map(first).collect())
        };
        counted(document.tables().into_iter().map(key))
    };
    let known = tables(&english);
    for (table, count) in tables(&chinese) {
        assert!(known.get(&table).is_some_and(|known| *known >= count), "{table:?}");
    }
    let english: String = Language::English.files().iter().map(|file| read(file)).collect();
    let missing: Vec<String> = code(&chinese).into_iter().filter(|span| !english.contains(span)).collect();
    assert_eq!(missing, Vec::<String>::new());
}

#[test]
fn every_chinese_chapter_is_an_english_one_by_name() {
    let names = |language: Language| -> BTreeSet<_> {
        language.chapters().iter().map(|path| path.file_name().expect("a name").to_owned()).collect()
    };
    assert!(names(Language::Chinese).is_subset(&names(Language::English)));
}
