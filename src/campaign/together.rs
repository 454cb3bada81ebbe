//! What only shows once all codes of a campaign are together: its budget, its paper, its renewals.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::time::Duration;

use super::document::Document;
use super::problem::Position;
use super::resolve::{Draft, Resolver};
use crate::model::{Code, ExpireSeconds, Lifetime, Medium, counted, grouped, renew_before, rough_duration};

/// The most lifetimes that are named beside a `renew_before`.
const LIFETIMES: usize = 3;

impl Resolver<'_> {
    pub(super) fn check_budget(&mut self, draft: &mut Draft, document: &Document) {
        let budget = document.permanent_budget.unwrap_or_default();
        let mut permanent =
            draft.codes.iter().zip(&draft.places).filter(|(c, _)| c.lifetime().is_permanent());
        let count = permanent.clone().count() as u64;
        if count <= budget {
            return;
        }
        let first_beyond =
            usize::try_from(budget).ok().and_then(|n| permanent.nth(n)).map(|(_, place)| *place);
        let place = first_beyond.unwrap_or(Position::file(draft.file));
        let message = format!(
            "the campaign wants {}, but its `permanent_budget` is {}",
            counted(count, "permanent code"),
            grouped(budget)
        );
        let found = self.findings.error(place, "permanent-budget", message);
        found.help(format!(
            "permanent codes can never be deleted and an account has 100,000 for its life; \
             if this is meant, write permanent_budget: {count}"
        ));
        if document.permanent_budget.is_some() {
            found.see(document.position("permanent_budget"), "the budget is here");
        }
        draft.broken = true;
    }

    /// Reports temporary codes on paper without `until`, and codes that are refused together with paper once it is due.
    pub(super) fn check_paper(&mut self, draft: &mut Draft, document: &Document) {
        if draft.broken {
            return;
        }
        let mut temporary =
            draft.codes.iter().zip(&draft.places).filter(|(code, _)| !code.lifetime().is_permanent());
        let is_paper = |code: &Code| code.medium() == Some(Medium::Paper);
        let Some((_, paper)) = temporary.clone().find(|(code, _)| is_paper(code)) else { return };
        if !document.states("until") {
            let message = "a temporary code on paper, and no `until` in its campaign";
            let help =
                "`until: 2027-03-15` is the last day it hangs; or `expires: never`, or `medium: screen`";
            self.findings.error(*paper, "paper-without-until", message).help(help);
            draft.broken = true;
            return;
        }
        // Paper whose death is accepted is not refused when it is due.
        if let Some(day) = document.accept_expiry {
            let ended = |today| document.until.is_some_and(|until| today > until);
            if self.today.is_some_and(|today| today > day && !ended(today)) {
                let message = format!(
                    "{day} is over: from then on every death of this campaign's paper is accepted, also of what is \
                     printed anew"
                );
                self.findings
                    .warning(document.position("accept_expiry"), "past-accept-expiry", message)
                    .help("right while that paper hangs; once it is printed anew, write the day on which the new codes die");
            }
            return;
        }
        let others = temporary.clone().filter(|(code, _)| !is_paper(code)).count() as u64;
        if let Some((_, other)) = temporary.find(|(code, _)| !is_paper(code)) {
            let beside = if others == 1 { "that is not on paper" } else { "that are not on paper" };
            let message =
                format!("{} {beside}, in one campaign with paper", counted(others, "temporary code"));
            self.findings
                .warning(*other, "mixed-media", message)
                .see(*paper, "this code is on paper")
                .help(
                    "once the paper is due its campaign is refused, and nothing of it is renewed: give what is not on \
                     paper a campaign of its own, which costs no call",
                );
        }
    }

    /// Warns of a `renew_before` that is too long for the campaign's own lifetime, or for all codes.
    ///
    /// If it is too long only for codes with lifetimes of their own, that cannot be helped.
    pub(super) fn check_renewal(&mut self, draft: &Draft, document: &Document) {
        let Some(setting) = document.renew_before else { return };
        // The longest first.
        let mut used: BTreeMap<Reverse<ExpireSeconds>, Duration> = BTreeMap::new();
        let (mut codes, mut others) = (0_u64, 0_u64);
        for code in &draft.codes {
            let Lifetime::Temporary(lifetime) = code.lifetime() else { continue };
            let before = renew_before(Some(setting), lifetime.duration());
            if before == setting {
                others += 1;
            } else {
                used.insert(Reverse(lifetime), before);
                codes += 1;
            }
        }
        let is_own = matches!(
            document.expires,
            Some(Lifetime::Temporary(own)) if used.contains_key(&Reverse(own))
        );
        if codes == 0 || (others > 0 && !is_own) {
            return;
        }
        let mut told: Vec<String> = used
            .iter()
            .take(LIFETIMES)
            .map(|(Reverse(lifetime), before)| {
                format!("{} for {}", rough_duration(*before), lifetime.words())
            })
            .collect();
        if used.len() > LIFETIMES {
            told.push("and so on".to_owned());
        }
        let message = format!(
            "`renew_before` is more than half of the lifetime of {}: a third of the lifetime is used instead",
            counted(codes, "code")
        );
        self.findings
            .warning(document.position("renew_before"), "long-renew-before", message)
            .help(format!("that is {}; write at most half of the shortest lifetime", told.join(", ")));
    }
}
