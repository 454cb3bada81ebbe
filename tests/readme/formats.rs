//! The chapter on formats, held to what the program writes.

use std::io::Read;
use std::path::Path;

use rusqlite::{Connection, OpenFlags};
use scenepress::cli::command;

use crate::markdown::{Document, read, spans};
use crate::shell::Shell;

fn chapter() -> Document {
    Document::parse(&read(Path::new("docs/src/formats.md")))
}

/// The words in backticks of a table's first column.
fn listed(header: &str) -> Vec<String> {
    chapter().column([header, header]).iter().flat_map(|cell| spans(cell)).collect()
}

#[test]
fn the_documents_are_those_that_have_a_schema() {
    let command = command();
    let schema = command.find_subcommand("schema").expect("a verb");
    let names = schema.get_arguments().find(|argument| argument.get_id() == "name").expect("an argument");
    let written_by_people = ["campaign", "accounts", "hooks"];
    let values = names.get_possible_values();
    let names = values.iter().map(|value| value.get_name().to_owned());
    let expected: Vec<String> = names.filter(|name| !written_by_people.contains(&name.as_str())).collect();
    assert_eq!(listed("Document"), expected);
}

#[test]
fn the_tables_and_columns_are_those_that_a_run_writes() {
    let mut shell = Shell::new();
    shell.run("scenepress run --emulator -q");
    shell.finish();

    let ledger = shell.path("output/emulator/ledger.sqlite");
    let ledger = Connection::open_with_flags(ledger, OpenFlags::SQLITE_OPEN_READ_ONLY).expect("the ledger");
    let mut tables = ledger
        .prepare(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name",
        )
        .expect("a statement");
    let tables: Vec<String> =
        tables.query_map([], |row| row.get(0)).expect("rows").map(|row| row.expect("a name")).collect();
    let mut explained = listed("Table");
    explained.sort();
    assert_eq!(explained, tables);

    let bundle = shell.path("output/emulator/stores/stores.NOT-FOR-PRINT.zip");
    let bundle = std::fs::File::open(bundle).expect("the bundle");
    let mut bundle = zip::ZipArchive::new(bundle).expect("a zip");
    let mut names: Vec<String> = (0..bundle.len())
        .map(|index| bundle.name_for_index(index).expect("an entry").expect("a name").into_owned())
        .map(|name| if name.starts_with("images/") { "images/".to_owned() } else { name })
        .collect();
    names.sort();
    names.dedup();
    let mut explained = listed("File");
    explained.sort();
    assert_eq!(explained, names);

    let mut changes = String::new();
    bundle.by_name("CHANGES.csv").expect("a table").read_to_string(&mut changes).expect("a text");
    let header = changes.trim_start_matches('\u{feff}').lines().next().unwrap_or_default();
    assert_eq!(listed("Column of changes").join(","), header);
}
