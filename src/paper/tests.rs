//! The verdict on a printed picture, as a table.

use jiff::civil::date;

use super::{ComesDown, PaperTerms, Picture, PrintPermit, Verdict};
use crate::model::Medium::{self, Paper, Screen};
use crate::plan::fixture::{DAY, after, campaign, now};

#[test]
fn every_printed_picture_gets_one_verdict() {
    let early = Verdict::ExpiresEarly(after(9 * DAY));
    let replace = Verdict::ComesDown(ComesDown::Replace);
    let take_down = Verdict::ComesDown(ComesDown::TakeDown);
    // It hangs until 2026-12-01 is over, when nine days are.
    let rows: [(Option<Medium>, bool, Option<i64>, Verdict); 8] = [
        (Some(Paper), true, Some(10 * DAY), Verdict::Hangs),
        (None, true, None, Verdict::Hangs),
        (Some(Paper), true, Some(9 * DAY), early),
        (None, true, Some(0), Verdict::Expired(now())),
        (Some(Paper), false, Some(10 * DAY), replace),
        (None, false, Some(-DAY), replace),
        (Some(Screen), true, Some(10 * DAY), take_down),
        (Some(Screen), false, None, take_down),
    ];
    let mut metro = campaign("metro", Vec::new());
    metro.until = Some(date(2026, 12, 1));
    let terms = PaperTerms::new(&metro, PrintPermit::default());
    for (medium, is_newest, expires_in, verdict) in rows {
        let picture = Picture { medium, is_newest, expires_at: expires_in.map(after) };
        assert_eq!(Verdict::of(picture, &terms, now()), verdict, "{picture:?}");
    }
    let picture = Picture { medium: Some(Paper), is_newest: true, expires_at: Some(after(9 * DAY)) };
    metro.accept_expiry = Some(date(2026, 12, 1));
    let terms = PaperTerms::new(&metro, PrintPermit::default());
    assert_eq!(Verdict::of(picture, &terms, now()), Verdict::Hangs, "the file accepts it");
    metro.accept_expiry = None;
    let terms = PaperTerms::new(&metro, PrintPermit { accept_expiry: true, reprint: false });
    assert_eq!(Verdict::of(picture, &terms, now()), Verdict::Hangs, "this run accepts it");
}
