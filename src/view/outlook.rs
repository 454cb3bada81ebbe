//! What the next days bring, as lines of a status.

use std::iter;

use jiff::civil::Date;

use super::paint::{Hue, Paint, columns};
use crate::model::grouped;
use crate::plan::{FORECAST_DAYS, ForecastDay};

/// All days as one line.
const WHOLE: i32 = FORECAST_DAYS as i32;
/// How many lines all accounts together take, if that is possible: a whole outlook of one account does.
const LINES: usize = FORECAST_DAYS as usize + 1;
/// Columns that stand there always; the others only if one of their numbers is not 0.
const ALWAYS: usize = 2;

/// A table for one of so many accounts; empty if nothing comes. If there are too many days for all of them, each line
/// tells of several.
pub(super) fn outlook_text(days: &[&ForecastDay], accounts: usize, today: Date, paint: Paint) -> Vec<String> {
    if days.is_empty() {
        return Vec::new();
    }
    let most = (LINES / accounts.max(1)).saturating_sub(1).max(1);
    let lines = |span: i32| {
        let span_of = move |day: Date| (day - today).get_days() / span;
        days.chunk_by(move |one, other| span_of(one.day) == span_of(other.day))
    };
    let span = (1..WHOLE).find(|span| lines(*span).count() <= most).unwrap_or(WHOLE);
    let headers = [&format!("next {FORECAST_DAYS} days"), "renewals", "new", "deaths", "over quota"];
    let rows: Vec<_> = iter::once(headers.map(str::to_owned)).chain(lines(span).map(row)).collect();
    let is_over = |days: &[&ForecastDay]| days.iter().any(|day| day.over_quota > 0);
    let hues = lines(span).map(|days| is_over(days).then_some(Hue::Yellow));
    let painted = |(line, hue): (String, Option<Hue>)| {
        let line = format!("  {line}");
        hue.map_or_else(|| line.clone(), |hue| paint.apply(hue, &line))
    };
    let lines = columns(&rows, 1..5, &(ALWAYS..5)).into_iter();
    lines.zip(iter::once(Some(Hue::Bold)).chain(hues)).map(painted).collect()
}

/// `11-22`, or `11-22 to 11-24`, and the sums of these days; no year is needed.
fn row(days: &[&ForecastDay]) -> [String; 5] {
    let day = |day: &ForecastDay| day.day.strftime("%m-%d").to_string();
    let span = match days {
        [first, .., last] => format!("{} to {}", day(first), day(last)),
        days => days.iter().map(|only| day(only)).collect(),
    };
    let sum = |of: fn(&ForecastDay) -> u64| grouped(days.iter().map(|day| of(day)).sum());
    let over_quota = sum(|day| day.over_quota);
    [span, sum(|day| day.renewals), sum(|day| day.creations), sum(|day| day.expiries), over_quota]
}
