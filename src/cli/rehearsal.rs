//! The time of a rehearsal: with `--emulator` it goes on from where the emulator's last run left it, never back.

use jiff::Timestamp;

use super::args::{Beginning, LedgerArgs};
use super::exit::CliError;
use super::output::Terminal;
use super::settings;
use crate::clock;
use crate::engine::open_ledger_of_any_form;
use crate::ledger::Ledger;
use crate::model::{beijing_date, minute_text, visible_path};

/// Years of an instant that a rehearsal may begin at.
const YEARS: std::ops::Range<i16> = 2000..2100;

/// Moves the program's clock to where the emulator's ledger was last written, if that is to come.
///
/// What is wrong with the ledger its verb tells. Returns the instant if the clock was moved.
pub fn go_on(args: &LedgerArgs) -> Option<Timestamp> {
    let later = last_written(args).filter(|at| *at > clock::now());
    later.inspect(|at| clock::simulate(*at))
}

/// The same for a run, or moves the clock to where `--now` says.
pub fn begin(args: &LedgerArgs, asked: Option<Beginning>, terminal: Terminal) -> Result<(), CliError> {
    let Some(asked) = asked else {
        if let Some(at) = go_on(args) {
            let at = minute_text(at);
            terminal.say(&format!("the emulator's time goes on from {at}, where its last run ended"));
        }
        return Ok(());
    };
    let written_at = last_written(args);
    let asked = asked.instant(clock::now(), written_at);
    if !YEARS.contains(&beijing_date(asked).year()) {
        let (first, last) = (YEARS.start, YEARS.end - 1);
        return Err(CliError::Usage(format!("--now: the year must be between {first} and {last}")));
    }
    if let Some(written_at) = written_at.filter(|written_at| asked < *written_at) {
        let ledger = visible_path(&settings::ledger_path(args, &settings::environment)?);
        return Err(CliError::TimeGoesBack { asked, written_at, ledger });
    }
    clock::simulate(asked);
    Ok(())
}

/// When the emulator's ledger was last written; `None` without `--emulator`, and if there is none.
fn last_written(args: &LedgerArgs) -> Option<Timestamp> {
    let path = args.emulator.then(|| settings::ledger_path(args, &settings::environment))?.ok()?;
    let ledger = open_ledger_of_any_form(&path, false).ok()??;
    ledger.history(&[], beijing_date(clock::now())).ok()?.ledger_at
}
