//! The print gate: what hangs on paper cannot be renewed.

use std::collections::BTreeMap;

use jiff::civil::{Date, date};

use super::{kinds, make, reasons};
use crate::model::{Campaign, Code, CodeRecord, ExpireSeconds, History, Lifetime, Medium, Scene};
use crate::paper::PrintGate;
use crate::plan::fixture::{
    DAY, MONTH, after, campaign, code, generation, history, id, now, permitted, record, text, wanted,
};
use crate::plan::{ActionKind, CampaignPlan, Reason, Status, Wanted};

use ActionKind::{Create, Keep, Refuse, Relabel, Renew};

fn paper(scene: Scene, lifetime: Lifetime, channel: &str) -> Code {
    code(scene, lifetime, channel).on(Some(Medium::Paper))
}

/// Until 2027-03-15; a code of 30 days that is made now dies on 2026-12-22.
fn metro(codes: Vec<Code>) -> Campaign {
    Campaign { until: Some(date(2027, 3, 15)), ..campaign("metro", codes) }
}

fn line_2() -> Campaign {
    metro(vec![paper(id(1001), MONTH, "Metro line 2")])
}

fn planned(campaign: Campaign, history: &History) -> CampaignPlan {
    permitting(PrintGate::default(), campaign, history)
}

fn permitting(print_gate: PrintGate, campaign: Campaign, history: &History) -> CampaignPlan {
    make(Wanted { print_gate, ..wanted([campaign]) }, history).campaigns.remove(0)
}

/// `--reprint metro`
fn reprint() -> PrintGate {
    permitted(&["metro"], &[])
}

/// `--accept-expiry metro`
fn accept() -> PrintGate {
    permitted(&[], &["metro"])
}

/// Both.
fn reprint_and_accept() -> PrintGate {
    permitted(&["metro"], &["metro"])
}

fn refusal(campaign: Campaign, history: &History) -> String {
    let plan = planned(campaign, history);
    let refused = plan.refusals().next().expect("a refusal");
    plan.refusal(refused)
}

fn status(campaign: Campaign, history: &History) -> Status {
    Status::make(&wanted([campaign]), history, &BTreeMap::new(), &BTreeMap::new(), now())
}

fn issued(lifetime: Lifetime, dies_in: i64) -> History {
    history([(id(1001), record("metro", "Metro line 2", Some(generation(1, lifetime, dies_in))))])
}

#[test]
fn a_code_that_dies_before_its_paper_comes_down_is_refused_with_the_way_out() {
    assert_eq!(
        refusal(line_2(), &History::empty()),
        "'Metro line 2' hangs until 2027-03-15, a temporary code lives at most 30 days: it dies on 2026-12-22. Use \
         `expires: never` with `permanent_budget: 1` (the account: 0 of 100,000 used; they cannot be deleted), or \
         accept it in the file: `accept_expiry: 2026-12-22`"
    );
    // The budget is what the campaign would need in all; what the account has used is told.
    let mut several = metro((1..=3).map(|n| paper(id(n), MONTH, &format!("Line {n}"))).collect());
    several.codes.push(paper(id(9), Lifetime::Permanent, "Desk").into());
    several.codes.push(code(id(10), MONTH, "Screen").into());
    several.permanent_budget = 2;
    let mut known = history([(
        id(8),
        CodeRecord { retired: true, ..record("metro", "Old", Some(generation(1, Lifetime::Permanent, 0))) },
    )]);
    assert_eq!(
        refusal(several.clone(), &known),
        "'Line 1' and 2 other codes hang until 2027-03-15, a temporary code lives at most 30 days: they die on \
         2026-12-22. Use `expires: never` with `permanent_budget: 5` (the account: 1 of 100,000 used; they cannot be \
         deleted), or accept it in the file: `accept_expiry: 2026-12-22`"
    );
    let plan = planned(several, &known);
    assert_eq!(kinds(&plan), [Refuse; 5], "the campaign is refused whole");
    assert_eq!(reasons(&plan)[3..], [Reason::CampaignRefused, Reason::CampaignRefused]);
    known = History::empty();

    let week = Lifetime::Temporary(ExpireSeconds::new(7 * 86_400).expect("a lifetime"));
    let mut short = metro(vec![paper(id(1), week, "Fair")]);
    assert_eq!(
        refusal(short.clone(), &known),
        "'Fair' hangs until 2027-03-15, a code of this `expires` lives 7 d: it dies on 2026-11-29. Use `expires: never` \
         with `permanent_budget: 1` (the account: 0 of 100,000 used; they cannot be deleted), or accept it in the file: \
         `accept_expiry: 2026-11-29`"
    );
    short.until = Some(date(2026, 12, 15));
    assert_eq!(
        refusal(short, &known),
        "'Fair' hangs until 2026-12-15, a code of this `expires` lives 7 d: it dies on 2026-11-29. Use `expires: 30d`, \
         or accept it in the file: `accept_expiry: 2026-11-29`"
    );
    let large = metro(vec![paper(id(100_001), MONTH, "Shop")]);
    assert_eq!(
        refusal(large, &known),
        "'Shop' hangs until 2027-03-15, a temporary code lives at most 30 days: it dies on 2026-12-22. Use another \
         scene (a permanent code's number is at most 100,000) and `expires: never` with `permanent_budget: 1` (the \
         account: 0 of 100,000 used; they cannot be deleted), or accept it in the file: `accept_expiry: 2026-12-22`"
    );
}

#[test]
fn permanent_codes_are_no_way_out_where_the_account_has_none_left() {
    let told = |elsewhere: u64| {
        let mut wanted = wanted([line_2()]);
        for account in wanted.accounts.values_mut() {
            account.permanents_used_elsewhere = elsewhere;
        }
        let plan = make(wanted, &History::empty()).campaigns.remove(0);
        let refused = plan.refusals().next().expect("a refusal");
        plan.refusal(refused)
    };
    assert!(
        told(99_999)
            .contains(" Use `expires: never` with `permanent_budget: 1` (the account: 99,999 of 100,000 ")
    );
    assert_eq!(
        told(100_002),
        "'Metro line 2' hangs until 2027-03-15, a temporary code lives at most 30 days: it dies on 2026-12-22. Accept it \
         in the file: `accept_expiry: 2026-12-22` (`expires: never` is no way out: 100,002 of the account's 100,000 \
         permanent codes are used)"
    );
}

#[test]
fn paper_needs_its_last_day_to_its_end() {
    let on = |until: Date| {
        let campaign = Campaign { until: Some(until), ..line_2() };
        kinds(&planned(campaign, &History::empty()))
    };
    // It dies on December 22nd at 15:00.
    assert_eq!(on(date(2026, 12, 21)), [Create]);
    assert_eq!(on(date(2026, 12, 22)), [Refuse]);
    let campaign = Campaign { until: Some(date(2026, 12, 22)), ..line_2() };
    assert!(refusal(campaign, &History::empty()).contains(": it dies on 2026-12-22 at 15:00. Use "));
}

#[test]
fn an_expiry_is_accepted_from_a_day_on_and_permanent_codes_and_screens_need_nothing() {
    let accepted = |from: Date| {
        let campaign = Campaign { accept_expiry: Some(from), ..line_2() };
        kinds(&planned(campaign, &History::empty()))
    };
    assert_eq!(accepted(date(2026, 12, 22)), [Create]);
    assert_eq!(accepted(date(2026, 12, 23)), [Refuse]);
    assert_eq!(kinds(&permitting(accept(), line_2(), &History::empty())), [Create], "--accept-expiry");
    let mut permanent = metro(vec![paper(text("desk"), Lifetime::Permanent, "Desk")]);
    permanent.permanent_budget = 1;
    assert_eq!(kinds(&planned(permanent, &History::empty())), [Create]);
    for medium in [None, Some(Medium::Screen)] {
        let metro = metro(vec![code(id(1), MONTH, "Line").on(medium)]);
        assert_eq!(kinds(&planned(metro, &History::empty())), [Create]);
    }
}

#[test]
fn paper_that_is_due_is_refused_and_told_until_it_is_to_be_printed_anew() {
    assert_eq!(
        refusal(line_2(), &issued(MONTH, 3 * DAY)),
        "'Metro line 2' hangs on paper, which dies on 2026-11-25 15:00: a renewed code is another picture, which has to \
         be printed. `--reprint metro --accept-expiry metro` issues it (to die on 2026-12-22), or accept it in the file: `accept_expiry: 2026-11-25`"
    );
    assert_eq!(
        refusal(line_2(), &issued(MONTH, -DAY)),
        "'Metro line 2' hangs on paper, which died on 2026-11-21 15:00: a renewed code is another picture, which has to \
         be printed. `--reprint metro --accept-expiry metro` issues it (to die on 2026-12-22), or accept it in the file: `accept_expiry: 2026-11-21`"
    );
    let mut two = line_2();
    two.codes.push(paper(id(1002), MONTH, "Metro line 3").into());
    let known = history([
        (id(1001), record("metro", "Metro line 2", Some(generation(1, MONTH, 3 * DAY)))),
        (id(1002), record("metro", "Metro line 3", Some(generation(1, MONTH, 2 * DAY)))),
    ]);
    assert_eq!(
        refusal(two, &known),
        "'Metro line 2' and 1 other code hang on paper, the first of which dies on 2026-11-24 15:00: a renewed code is \
         another picture, which has to be printed. `--reprint metro --accept-expiry metro` issues them (to die \
         on 2026-12-22), or accept it in the file: `accept_expiry: 2026-11-24`"
    );
    let due = issued(MONTH, 3 * DAY);
    assert_eq!(kinds(&permitting(reprint_and_accept(), line_2(), &due)), [Renew]);
    // What is printed anew passes the gate as the first did.
    let plan = permitting(reprint(), line_2(), &due);
    let refused = plan.refusals().next().expect("a refusal");
    assert!(plan.refusal(refused).contains("it dies on 2026-12-22"));
}

#[test]
fn what_issues_paper_again_is_told_as_it_will_be_taken() {
    // A code that is made now dies on 2026-12-22 at 15:00.
    let told = |until: Date, accept_expiry: Option<Date>| {
        let metro = Campaign { until: Some(until), accept_expiry, ..line_2() };
        let options = |accepts: bool| {
            let permit = if accepts { reprint_and_accept() } else { reprint() };
            kinds(&permitting(permit, metro.clone(), &issued(MONTH, 3 * DAY)))
        };
        let text = refusal(metro.clone(), &issued(MONTH, 3 * DAY));
        let way = text.split('`').nth(1).expect("a way out").to_owned();
        assert_eq!(options(way.contains("accept")), [Renew], "{text}");
        assert_eq!(options(false) == [Refuse], way.contains("accept"), "{text}");
        let status = status(metro, &issued(MONTH, 3 * DAY));
        assert_eq!(status.campaigns[0].codes.replacement_expires_at.is_some(), way.contains("accept"));
        way
    };
    let both = "--reprint metro --accept-expiry metro";
    assert_eq!(told(date(2026, 12, 21), None), "--reprint metro");
    assert_eq!(told(date(2026, 12, 22), None), both);
    assert_eq!(told(date(2027, 3, 15), Some(date(2026, 12, 23))), both);
    assert_eq!(told(date(2027, 3, 15), Some(date(2026, 12, 22))), "--reprint metro", "the file accepts it");
}

#[test]
fn paper_that_is_dead_as_accepted_is_told_every_night_until_it_is_printed_anew() {
    let dead = |campaign: Campaign, known: &History| {
        let of_status = status(campaign.clone(), known).campaigns.remove(0).codes.dead_on_paper;
        let plan = planned(campaign, known);
        let dead = plan.expired_on_paper(now());
        assert_eq!(dead, of_status);
        dead.map(|dead| dead.to_string())
    };
    let accepting = |from| Campaign { accept_expiry: Some(from), ..line_2() };
    let (from, known) = (date(2026, 11, 21), issued(MONTH, -DAY));
    assert_eq!(
        dead(accepting(from), &known).as_deref(),
        Some(
            "metro: 1 code on paper is dead since 2026-11-21, as accepted: take it down, or print it anew with \
             `--reprint metro`"
        )
    );
    // What the command line accepts for one run is not accepted of what is made in the next.
    assert_eq!(
        permitting(accept(), line_2(), &known)
            .expired_on_paper(now())
            .map(|dead| dead.to_string())
            .as_deref(),
        Some(
            "metro: 1 code on paper is dead since 2026-11-21, as accepted: take it down, or print it anew with \
             `--reprint metro --accept-expiry metro`"
        )
    );
    let mut two = accepting(from);
    two.codes.push(paper(id(1002), MONTH, "Metro line 3").into());
    let two_dead = history([(1001, 0), (1002, -3_600)].map(|(n, dies_in)| {
        (id(n), record("metro", &format!("Metro line {}", n - 999), Some(generation(1, MONTH, dies_in))))
    }));
    assert_eq!(
        dead(Campaign { accept_expiry: Some(date(2026, 11, 22)), ..two }, &two_dead).as_deref(),
        Some(
            "metro: 2 codes on paper are dead, the first since 2026-11-22, as accepted: take them down, or print them \
             anew with `--reprint metro`"
        )
    );
    assert_eq!(dead(accepting(from), &issued(MONTH, DAY)), None, "it lives");
    assert_eq!(dead(accepting(date(2026, 11, 22)), &known), None, "its death was not accepted");
    assert_eq!(dead(Campaign { until: Some(from), ..accepting(from) }, &known), None, "its last day is over");
    let reprinted = permitting(reprint(), accepting(from), &known);
    assert_eq!(reprinted.expired_on_paper(now()), None, "it is printed anew");
    let permanent = paper(id(1001), Lifetime::Permanent, "Metro line 2");
    let permanent = Campaign { codes: vec![permanent.into()], permanent_budget: 1, ..accepting(from) };
    assert_eq!(dead(permanent, &known), None, "it is printed anew");
    let screen = Campaign { codes: vec![code(id(1001), MONTH, "Metro line 2").into()], ..accepting(from) };
    assert_eq!(dead(screen, &known), None);
}

#[test]
fn the_refusal_of_due_paper_says_what_else_is_not_renewed_therefore() {
    let told = |others: &[(Lifetime, Option<Medium>)]| {
        let mut metro = line_2();
        let others = (1..).zip(others).map(|(n, (lifetime, on))| code(id(n), *lifetime, "x").on(*on));
        metro.codes.extend(others.map(Into::into));
        let refusal = refusal(metro, &issued(MONTH, 3 * DAY));
        let known = "'Metro line 2' hangs on paper, which dies on 2026-11-25 15:00: a renewed code is another picture, \
                     which has to be printed. `--reprint metro --accept-expiry metro` issues it (to die on 2026-12-22), \
                     or accept it in the file: `accept_expiry: 2026-11-25`";
        refusal.strip_prefix(known).expect(&refusal).to_owned()
    };
    let screen = (MONTH, Some(Medium::Screen));
    let one = ". Until then its 1 code for screens is not renewed either: give it a campaign of its own";
    assert_eq!(told(&[screen]), one);
    let two =
        ". Until then its 2 codes for screens are not renewed either: give them a campaign of their own";
    assert_eq!(told(&[screen, screen]), two);
    let undeclared = (MONTH, None);
    let other =
        ". Until then its 1 other temporary code is not renewed either: give it a campaign of its own";
    assert_eq!(told(&[undeclared]), other);
    let others =
        ". Until then its 2 other temporary codes are not renewed either: give them a campaign of their own";
    assert_eq!(told(&[screen, undeclared]), others);
    assert_eq!(told(&[(Lifetime::Permanent, Some(Medium::Screen))]), "", "what is not renewed loses nothing");
}

#[test]
fn paper_whose_death_is_accepted_stays_unless_it_is_to_be_printed_anew() {
    let accepted = |from, known: &History| {
        planned(Campaign { accept_expiry: Some(from), ..line_2() }, known).actions.remove(0)
    };
    let due = issued(MONTH, 3 * DAY);
    let kept = accepted(date(2026, 11, 25), &due);
    assert_eq!((kept.kind, kept.reason.to_string()), (Keep, "accepted: dies on 2026-11-25 15:00".to_owned()));
    assert_eq!(accepted(date(2026, 11, 26), &due).kind, Refuse);
    let dead = accepted(date(2026, 11, 1), &issued(MONTH, -DAY));
    assert_eq!(
        (dead.kind, dead.reason.to_string()),
        (Keep, "died on 2026-11-21 15:00, as accepted".to_owned())
    );
    let outlives = Campaign { until: Some(date(2026, 11, 24)), ..line_2() };
    assert_eq!(reasons(&permitting(accept(), outlives, &due)), [Reason::OutlivesCampaign]);
    // Labels go on, and so does the rest of the campaign; a screen's code is renewed as ever.
    let moved = history([
        (id(1001), record("metro", "Old", Some(generation(1, MONTH, 3 * DAY)))),
        (id(1002), record("metro", "Desk", Some(generation(1, MONTH, 3 * DAY)))),
    ]);
    let mut metro = line_2();
    metro.codes.push(code(id(1002), MONTH, "Desk").into());
    assert_eq!(kinds(&permitting(accept(), metro.clone(), &moved)), [Relabel, Renew]);
    assert_eq!(kinds(&permitting(reprint_and_accept(), metro, &moved)), [Renew, Renew]);
}

#[test]
fn paper_that_is_there_already_and_dies_too_early_is_counted_until_it_is_due_or_accepted() {
    let dying = |campaign: Campaign, dies_in| {
        let known = issued(MONTH, dies_in);
        let of_status = status(campaign.clone(), &known).campaigns.remove(0).codes.dying_on_paper;
        let dying = planned(campaign, &known).early_on_paper(now());
        assert_eq!(dying, of_status);
        dying.map(|dying| dying.to_string())
    };
    let told = |until: &str, day: &str| {
        let accept =
            if until == "2027-03-15" || until == "2027-01-01" { " --accept-expiry metro" } else { "" };
        Some(format!(
            "metro: 1 code on paper dies before {until} is over, on {day}: `expires: never`, a shorter `until`, \
             `accept_expiry: {day}`, or `--reprint metro{accept}` once it is due"
        ))
    };
    let until = |until| Campaign { until: Some(until), ..line_2() };
    assert_eq!(dying(line_2(), 20 * DAY), told("2027-03-15", "2026-12-12"));
    assert_eq!(dying(until(date(2026, 12, 12)), 20 * DAY), told("2026-12-12", "2026-12-12"));
    // It is due on December 2nd; one that is made then dies on January 1st.
    assert_eq!(dying(until(date(2026, 12, 31)), 20 * DAY), told("2026-12-31", "2026-12-12"));
    assert_eq!(dying(until(date(2027, 1, 1)), 20 * DAY), told("2027-01-01", "2026-12-12"));
    assert_eq!(dying(until(date(2026, 12, 11)), 20 * DAY), None, "it outlives it");
    assert_eq!(dying(until(date(2026, 11, 21)), 20 * DAY), None, "it has ended");
    assert_eq!(dying(line_2(), 3 * DAY), None, "it is due");
    assert_eq!(dying(line_2(), -DAY), None, "it is dead");
    let accepted = |from| Campaign { accept_expiry: Some(from), ..line_2() };
    assert_eq!(dying(accepted(date(2026, 12, 12)), 20 * DAY), None);
    let once_anew = told("2027-03-15", "2026-12-12").map(|told| told.replace(" --accept-expiry metro", ""));
    assert_eq!(dying(accepted(date(2026, 12, 13)), 20 * DAY), once_anew, "the next death is accepted");
    let screen = metro(vec![code(id(1001), MONTH, "Metro line 2")]);
    assert_eq!(dying(screen, 20 * DAY), None);
    let permanent = metro(vec![paper(id(1001), Lifetime::Permanent, "Metro line 2")]);
    assert_eq!(dying(permanent, 20 * DAY), None, "a run makes another code of it");
    assert_eq!(planned(line_2(), &History::empty()).early_on_paper(now()), None);
}

#[test]
fn paper_that_outlives_its_campaign_is_kept_and_so_is_what_is_not_due() {
    let until = |until| Campaign { until: Some(until), ..line_2() };
    assert_eq!(kinds(&planned(until(date(2026, 11, 24)), &issued(MONTH, 3 * DAY))), [Keep]);
    assert_eq!(kinds(&planned(until(date(2026, 11, 25)), &issued(MONTH, 3 * DAY))), [Refuse]);
    assert_eq!(kinds(&planned(until(date(2026, 11, 1)), &issued(MONTH, -DAY))), [Keep], "it has ended");
    // Not due: it stays although it dies too early. A change of the medium alone costs nothing.
    assert_eq!(kinds(&planned(line_2(), &issued(MONTH, 20 * DAY))), [Keep]);
    let old = history([(id(1001), record("metro", "Old", Some(generation(1, MONTH, 20 * DAY))))]);
    assert_eq!(kinds(&planned(line_2(), &old)), [Relabel]);
    let mut permanent = line_2();
    permanent.permanent_budget = 1;
    permanent.codes = vec![paper(id(1001), Lifetime::Permanent, "Metro line 2").into()];
    assert_eq!(
        kinds(&planned(permanent, &issued(MONTH, 3 * DAY))),
        [Create],
        "the file asks for another code"
    );
}

#[test]
fn paper_has_no_spread_and_no_part_in_the_coming_nights() {
    let scenes = [11, 12, 13].map(|n| paper(id(n), MONTH, "Line")).to_vec();
    let reprinting = || Wanted { print_gate: reprint_and_accept(), ..wanted([metro(scenes.clone())]) };
    let known = |dies_in| {
        history([11, 12, 13].map(|n| (id(n), record("metro", "Line", Some(generation(1, MONTH, dies_in))))))
    };
    let plan = make(reprinting(), &known(10 * DAY - 1));
    assert_eq!(kinds(&plan.campaigns[0]), [Renew; 3]);
    let plan = make(reprinting(), &known(12 * DAY));
    assert_eq!((kinds(&plan.campaigns[0]), plan.accounts[0].nights.len()), (vec![Keep; 3], 0));
    for (accept_expiry, paper_due) in [(None, 3), (Some(date(2026, 12, 1)), 0), (Some(date(2026, 12, 2)), 3)]
    {
        let campaign = Campaign { accept_expiry, ..metro(scenes.clone()) };
        let metro = &status(campaign, &known(9 * DAY)).campaigns[0];
        assert_eq!(
            (metro.codes.paper_due, metro.codes.due_soon, metro.codes.next_renewal_at),
            (paper_due, 0, None)
        );
        assert_eq!(metro.codes.next_expiry_at, Some(after(9 * DAY)));
    }
}

#[test]
fn a_campaign_is_undeclared_while_one_of_its_codes_is() {
    let undeclared = |media: &[Option<Medium>], until| {
        let codes = (1..).zip(media).map(|(n, medium)| code(id(n), MONTH, "Line").on(*medium)).collect();
        planned(Campaign { until, ..campaign("metro", codes) }, &History::empty()).is_undeclared()
    };
    assert!(undeclared(&[Some(Medium::Screen), None], None));
    assert!(!undeclared(&[Some(Medium::Screen), Some(Medium::Screen)], None));
    assert!(!undeclared(&[None], Some(date(2026, 11, 1))), "it has ended");
}
