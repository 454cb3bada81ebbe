use jiff::civil::{Date, date};

use crate::model::AccountName;
use crate::plan::ForecastDay;
use crate::view::outlook::outlook_text;
use crate::view::paint::{Paint, width};

const TODAY: Date = date(2026, 11, 22);

/// So many days after today.
fn day(after: i64, renewals: u64, expiries: u64, over_quota: u64) -> ForecastDay {
    let day = TODAY.saturating_add(jiff::SignedDuration::from_hours(24 * after));
    ForecastDay { account: AccountName::default(), day, creations: 0, renewals, expiries, over_quota }
}

fn shown(days: &[ForecastDay], accounts: usize, color: bool) -> String {
    let days: Vec<&ForecastDay> = days.iter().collect();
    let lines = outlook_text(&days, accounts, TODAY, Paint { color });
    assert!(color || lines.iter().all(|line| width(line) <= 80), "{lines:?}");
    lines.join("\n") + "\n"
}

/// Something on each of the days there may be.
fn whole() -> Vec<ForecastDay> {
    (0..30).map(|after| day(after, 100, u64::from(after == 4), if after == 7 { 20 } else { 0 })).collect()
}

#[test]
fn a_column_of_zeros_is_left_out_and_a_night_over_the_quota_is_yellow() {
    assert_eq!(outlook_text(&[], 1, TODAY, Paint { color: false }), Vec::<String>::new());
    let renewals = [day(0, 3, 0, 0), day(13, 1_234, 0, 0)];
    assert_eq!(
        shown(&renewals, 1, false),
        "  next 30 days  renewals\n  11-22                3\n  12-05            1,234\n"
    );
    let over = [day(0, 3, 0, 0), day(13, 101_234, 12, 1_234)];
    assert_eq!(
        shown(&over, 1, true),
        "\u{1b}[1m  next 30 days  renewals  deaths  over quota\u{1b}[0m\n  \
         11-22                3       0           0\n\
         \u{1b}[33m  12-05          101,234      12       1,234\u{1b}[0m\n"
    );
}

#[test]
fn one_account_has_a_line_a_day_and_several_have_lines_of_several_days() {
    assert_eq!(shown(&whole(), 1, false).lines().count(), 31);
    let three = "  \
  next 30 days    renewals  deaths  over quota
  11-22 to 11-25       400       0           0
  11-26 to 11-29       400       1          20
  11-30 to 12-03       400       0           0
  12-04 to 12-07       400       0           0
  12-08 to 12-11       400       0           0
  12-12 to 12-15       400       0           0
  12-16 to 12-19       400       0           0
  12-20 to 12-21       200       0           0
";
    assert_eq!(shown(&whole(), 3, false), three);
    let many = "  \
  next 30 days    renewals  deaths  over quota
  11-22 to 12-21     3,000       1          20
";
    assert_eq!(shown(&whole(), 40, false), many);
    for accounts in 1..=15 {
        let lines = shown(&whole(), accounts, false).lines().count();
        assert!(lines * accounts <= 31, "{accounts} accounts take {lines} lines each");
    }
}

#[test]
fn days_of_one_line_need_not_follow_each_other() {
    let days: Vec<ForecastDay> = [1, 2, 9, 10, 11, 20].map(|after| day(after, 1, 0, 0)).to_vec();
    let text = "  \
  next 30 days    renewals
  11-23 to 11-24         2
  12-01 to 12-03         3
  12-12                  1
";
    assert_eq!(shown(&days, 6, false), text);
}
