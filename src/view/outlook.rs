//! What the next days bring, as lines of a status.

use jiff::civil::Date;

use super::paint::{Hue, Paint, columns};
use crate::model::grouped;
use crate::plan::{FORECAST_DAYS, ForecastDay};

/// How many lines all accounts together take, if that is possible: a whole outlook of one account does.
const LINES: usize = FORECAST_DAYS as usize + 1;

/// How many days one line may tell of: the fewest are taken with which the lines are enough.
const SPANS: [i32; 6] = [1, 2, 3, 5, 7, 10];
/// All in one line.
const WHOLE: i32 = FORECAST_DAYS as i32;

/// Columns that stand there always; the others only where one of their numbers is not 0.
const ALWAYS: usize = 2;

/// The days of one line, and their sums.
struct Line {
    first: Date,
    last: Date,
    creations: u64,
    renewals: u64,
    expiries: u64,
    over_quota: u64,
}

/// A table for one of so many accounts; empty where nothing comes. Where there are too many days for all of them,
/// each line tells of several.
pub(super) fn outlook_text(days: &[&ForecastDay], accounts: usize, today: Date, paint: Paint) -> Vec<String> {
    if days.is_empty() {
        return Vec::new();
    }
    let most = (LINES / accounts.max(1)).saturating_sub(1).max(1);
    let is_enough = |span: &i32| lines(days, *span, today).len() <= most;
    let lines = lines(days, SPANS.into_iter().find(is_enough).unwrap_or(WHOLE), today);
    let mut rows = vec![headers()];
    rows.extend(lines.iter().map(row));
    let painted = |(index, row): (usize, String)| {
        let row = format!("  {row}");
        match index.checked_sub(1).map(|index| &lines[index]) {
            None => paint.apply(Hue::Bold, &row),
            Some(line) if line.over_quota > 0 => paint.apply(Hue::Yellow, &row),
            Some(_) => row,
        }
    };
    columns(&rows, 1..5, &(ALWAYS..5)).into_iter().enumerate().map(painted).collect()
}

fn lines(days: &[&ForecastDay], span: i32, today: Date) -> Vec<Line> {
    let span_of = |day: Date| (day - today).get_days() / span;
    let of_span = |days: &[&ForecastDay]| {
        let sum = |of: fn(&ForecastDay) -> u64| days.iter().map(|day| of(day)).sum();
        Some(Line {
            first: days.first()?.day,
            last: days.last()?.day,
            creations: sum(|day| day.creations),
            renewals: sum(|day| day.renewals),
            expiries: sum(|day| day.expiries),
            over_quota: sum(|day| day.over_quota),
        })
    };
    days.chunk_by(|one, other| span_of(one.day) == span_of(other.day)).filter_map(of_span).collect()
}

fn headers() -> [String; 5] {
    [&format!("next {FORECAST_DAYS} days"), "renewals", "new", "deaths", "over quota"].map(str::to_owned)
}

/// `11-22`, or `11-22 to 11-24`; no year is needed.
fn row(line: &Line) -> [String; 5] {
    let day = |day: Date| day.strftime("%m-%d").to_string();
    let days = if line.first == line.last {
        day(line.first)
    } else {
        format!("{} to {}", day(line.first), day(line.last))
    };
    [days, grouped(line.renewals), grouped(line.creations), grouped(line.expiries), grouped(line.over_quota)]
}
