//! The load of the coming nights, as lines of a plan.

use std::fmt::Write as _;

use super::paint::{Hue, Paint, right, width};
use crate::model::grouped;
use crate::plan::{AccountPlan, NIGHTS, Night, Plan};

/// For each account the days on which renewals come due; empty if there are none.
pub(super) fn nights_text(plan: &Plan, paint: Paint) -> String {
    let mut text = String::new();
    for AccountPlan { name, nights, calls, .. } in &plan.accounts {
        if nights.is_empty() {
            continue;
        }
        // Writing into a string cannot fail.
        let quota = grouped(calls.daily_quota);
        let _ = writeln!(text, "Renewals of the next {NIGHTS} nights, account {name} ({quota} calls a day):");
        let columns = nights.iter().map(|night| width(&grouped(night.renewals))).max().unwrap_or(0);
        for Night { day, renewals, over_quota } in nights {
            let _ = write!(text, "  {day}  {}", right(&grouped(*renewals), columns));
            if *over_quota > 0 {
                let over = format!("{} over the daily quota", grouped(*over_quota));
                let _ = write!(text, "  {}", paint.apply(Hue::Yellow, &over));
            }
            text.push('\n');
        }
    }
    text
}
