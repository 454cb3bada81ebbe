//! What the ledger says, asked in SQL: the year's judge does not use what it judges.

use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::Connection;

pub struct Ledger(Connection);

/// The newest issue of a code.
#[derive(Debug)]
pub struct Newest {
    /// Unix seconds; `None` where it is permanent.
    pub expires_at: Option<i64>,
}

impl Ledger {
    pub fn open(path: &Path) -> Self {
        Self(Connection::open(path).expect("a ledger"))
    }

    /// The codes that were ever issued, by appid and scene id.
    pub fn codes(&self) -> BTreeMap<(String, u32), Newest> {
        let sql = "SELECT appid, scene, generations.expires_at, max(number) FROM generations \
                   JOIN codes ON codes.id = generations.code JOIN accounts ON accounts.id = codes.account \
                   GROUP BY codes.id";
        let mut statement = self.0.prepare(sql).expect("SQL");
        let row =
            |row: &rusqlite::Row<'_>| Ok(((row.get(0)?, row.get(1)?), Newest { expires_at: row.get(2)? }));
        statement.query_map([], row).expect("rows").map(|row| row.expect("a row")).collect()
    }

    pub fn permanent_codes(&self) -> u64 {
        self.number("SELECT count(*) FROM generations WHERE lifetime = 0")
    }

    pub fn generations(&self) -> u64 {
        self.number("SELECT count(*) FROM generations")
    }

    /// The numbers of all codes' newest generations, added up.
    pub fn newest_numbers(&self) -> u64 {
        self.number("SELECT coalesce(sum(newest), 0) FROM (SELECT max(number) AS newest FROM generations GROUP BY code)")
    }

    pub fn calls(&self) -> u64 {
        self.number("SELECT coalesce(sum(made), 0) FROM calls")
    }

    pub fn busiest_day(&self) -> u64 {
        self.number("SELECT coalesce(max(made), 0) FROM calls")
    }

    fn number(&self, sql: &str) -> u64 {
        let number: i64 = self.0.query_row(sql, [], |row| row.get(0)).expect("a number");
        u64::try_from(number).expect("not negative")
    }
}
