//! Sentences that several verbs say.

use jiff::civil::Date;

use crate::model::{counted, grouped, verb};

/// That a campaign's last day is over, with so many of its codes never issued.
pub(super) fn ended_text(until: Date, unissued: u64) -> String {
    let ended = format!("its last day was {until}: nothing is issued or bundled");
    if unissued == 0 {
        return ended;
    }
    let (codes, was) = (counted(unissued, "code"), verb(unissued, "was", "were"));
    let them = verb(unissued, "it is", "they are");
    format!("{ended}. {codes} of it {was} never issued: if {them} needed, correct `until`")
}

/// Why a bundle is left alone although nothing failed: codes that `--only` leaves out, or that a file with problems may
/// want. `None` if there are none.
pub(super) fn left_out_text(left_out: u64, unaccounted: u64) -> Option<String> {
    if unaccounted > 0 {
        let codes = counted(unaccounted, "code");
        return Some(format!("a file with problems may want {codes} of it: the bundle is left alone"));
    }
    let wait = verb(left_out, "waits", "wait");
    let codes = counted(left_out, "code");
    (left_out > 0).then(|| format!("{codes} that --only leaves out {wait}: the bundle is left alone"))
}

/// `, 12,000 of them elsewhere`; empty if there are none.
pub(super) fn elsewhere_text(permanents: u64) -> String {
    if permanents == 0 { String::new() } else { format!(", {} of them elsewhere", grouped(permanents)) }
}

/// How many of the calls that a plan needs fit into what is `left` today, and when the others follow; `None` if all
/// fit.
pub fn fit_today(needed: u64, left: u64, daily_quota: u64) -> Option<String> {
    let over = needed.checked_sub(left).filter(|over| *over > 0)?;
    let fit = format!("{} of {} fit today", grouped(left), counted(needed, "call"));
    if daily_quota == 0 {
        return Some(format!("{fit}: its daily_quota is 0"));
    }
    let days = over.div_ceil(daily_quota);
    let over = grouped(over);
    Some(if days == 1 {
        format!("{fit}; {over} the next day: the run ends with exit 5, run it again after the reset")
    } else {
        let days = grouped(days);
        format!(
            "{fit}; {over} on the next {days} days: each run but the last ends with exit 5, run it after each reset"
        )
    })
}

/// `, 200 copies`; empty if nobody said how many.
pub(super) fn copies_text(copies: Option<u32>) -> String {
    copies.map_or_else(String::new, |copies| {
        format!(", {} {}", grouped(copies.into()), if copies == 1 { "copy" } else { "copies" })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_goes_on_the_next_days() {
        assert_eq!(fit_today(200, 200, 100), None);
        assert_eq!(fit_today(0, 0, 0), None);
        assert_eq!(
            fit_today(200, 120, 100_000).as_deref(),
            Some(
                "120 of 200 calls fit today; 80 the next day: the run ends with exit 5, run it again after the reset"
            )
        );
        assert_eq!(
            fit_today(1, 0, 1).as_deref(),
            Some(
                "0 of 1 call fit today; 1 the next day: the run ends with exit 5, run it again after the reset"
            )
        );
        assert_eq!(
            fit_today(2_250, 30, 1_000).as_deref(),
            Some(
                "30 of 2,250 calls fit today; 2,220 on the next 3 days: each run but the last ends with exit 5, run it after each reset"
            )
        );
        assert_eq!(fit_today(9, 0, 0).as_deref(), Some("0 of 9 calls fit today: its daily_quota is 0"));
    }
}
