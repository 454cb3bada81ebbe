//! Tables as rows of cells with their places: decoding, splitting into cells, columns by name, scenes in cells.
//!
//! Campaign files, the tables they include and `ledger import` read their tables here.

mod carried;
mod columns;
mod decode;
mod rows;
mod scene;

pub use carried::{carried_cell, tidy};
pub use columns::Columns;
pub use decode::{Decoded, Undecodable, decode_table, decode_utf8};
pub use rows::{Row, Rows, Table, cell_bytes, cell_name, row_starts};
pub use scene::{ambiguous_scene, cell_scene, is_digits, is_plain_integer, number_scene, text_scene};

/// The most bytes a table may have: 64 MiB.
pub const MAX_FILE_BYTES: u64 = 64 * 1024 * 1024;

/// The most columns a table may have. A spreadsheet has no more either.
pub const MAX_COLUMNS: usize = 16_384;

/// The most rows a table may have, blank ones counted. A spreadsheet has no more either.
pub const MAX_ROWS: usize = 1_048_576;

/// The most cells a table may have, rows that hold nothing not counted.
pub const MAX_CELLS: usize = 4_000_000;
