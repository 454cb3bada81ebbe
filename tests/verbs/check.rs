use crate::support::Workplace;

const PROBLEMS: &str = "\
error[missing-unit]: 30 of what?
 --> campaigns/metro.yaml:1:10
  |
1 | expires: 30
  |          ^^
  |
  = help: 30d or 30s?

error[unknown-key]: a code has no key `chanel`
 --> campaigns/metro.yaml:3:28
  |
3 |   - {scene: 1, channel: A, chanel: B}
  |                            ^^^^^^
  |
  = help: did you mean `channel`?

";

fn workplace_with_problems() -> Workplace {
    let workplace = Workplace::new();
    workplace.write("campaigns/metro.yaml", "expires: 30\ncodes:\n  - {scene: 1, channel: A, chanel: B}\n");
    workplace.write("campaigns/shop.yaml", "codes:\n  - {scene: 9, channel: Shop, expires: 30d}\n");
    workplace
}

#[test]
fn a_good_folder_is_told_in_one_line() {
    let workplace = Workplace::with_metro();
    workplace.run(&["check"]).is(0, "campaigns/: 1 campaign, 3 codes, no problems\n", "");
    workplace.run(&["check", "-q"]).is(0, "", "");
    workplace.run(&["check", "campaigns/metro.yaml"]).is(
        0,
        "campaigns/metro.yaml: 1 campaign, 3 codes, no problems\n",
        "",
    );
}

#[test]
fn every_problem_is_shown_with_its_place_and_counted() {
    let workplace = workplace_with_problems();
    workplace.run(&["check"]).is(2, "", &format!("{PROBLEMS}2 problems in 1 file\n"));
    workplace.run(&["check", "-q"]).is(2, "", &format!("{PROBLEMS}2 problems in 1 file\n"));
}

#[test]
fn an_accepted_expiry_that_is_over_is_warned_of_as_of_the_day_asked_about() {
    let workplace = Workplace::new();
    let metro = "expires: 30d\nmedium: paper\nuntil: 2099-03-15\naccept_expiry: 2027-02-06\ncodes:\n  - {scene: 1, channel: A}\n";
    workplace.write("campaigns/metro.yaml", metro);
    let good = "campaigns/: 1 campaign, 1 code, no problems\n";
    workplace.run(&["check", "--now", "2027-02-06"]).is(0, good, "");
    workplace.run(&["check", "--now", "2027-02-07"]).is(
        0,
        "campaigns/: 1 campaign, 1 code, 1 warning\n",
        "\
warning[past-accept-expiry]: 2027-02-06 is over: from then on every death of this campaign's paper is accepted, also \
         of what is printed anew
 --> campaigns/metro.yaml:4:16
  |
4 | accept_expiry: 2027-02-06
  |                ^^^^^^^^^^
  |
  = help: right while that paper hangs; once it is printed anew, write the day on which the new codes die

",
    );
}

#[test]
fn paper_that_a_run_refuses_is_warned_of_and_refused_alone() {
    let workplace = Workplace::new();
    workplace
        .write("campaigns/metro.yaml", "expires: 30d\nmedium: screen\ncodes:\n  - {scene: 1, channel: A}\n");
    let paper = "expires: 30d\nmedium: paper\nuntil: 2099-03-15\ncodes:\n  - {scene: 2, channel: B}\n";
    workplace.write("campaigns/paper.yaml", paper);
    let told = workplace.run(&["check", "--now", "2026-12-01"]);
    assert_eq!((told.code, told.stdout.as_str()), (0, "campaigns/: 2 campaigns, 2 codes, 1 warning\n"));
    let warning = "warning[paper-expires-early]: 'B' hangs until 2099-03-15, a temporary code lives at most 30 days: it dies \
                   on 2026-12-31 if issued today\n --> campaigns/paper.yaml:5:13\n";
    assert!(told.stderr.starts_with(warning), "{}", told.stderr);
    let document = workplace.run(&["check", "--format", "json"]).json();
    assert_eq!(document["problems"][0]["kind"], "paper-expires-early");
    assert_eq!(document["problems"][0]["severity"], "warning");

    let ran = workplace.run(&["run", "--emulator"]);
    assert_eq!(ran.code, 4, "{}", ran.stderr);
    assert!(
        ran.stderr.contains("metro: 1 created\n") && ran.stderr.contains("paper: 1 refused\n"),
        "{}",
        ran.stderr
    );
    assert_eq!(workplace.run(&["run", "--emulator", "--accept-expiry", "paper"]).code, 0);
}

#[test]
fn problems_are_a_document_too() {
    let outcome = workplace_with_problems().run(&["check", "--format", "json"]);
    assert_eq!((outcome.code, outcome.stderr.as_str()), (2, PROBLEMS));
    let document = outcome.json();
    assert_eq!(document["format"], 1);
    assert_eq!(document["problems"][0]["kind"], "missing-unit");
    assert_eq!(document["problems"][0]["severity"], "error");
    assert_eq!(document["problems"][0]["path"], "campaigns/metro.yaml");
    assert_eq!(document["problems"][0]["line"], 1);
    assert_eq!(document["problems"][0]["column"], 10);
    assert_eq!(document["problems"][0]["message"], "30 of what?");
    assert_eq!(document["problems"][0]["help"], "30d or 30s?");
    assert_eq!(document["campaigns"][0]["campaign"], "shop");
    assert_eq!(document["campaigns"][0]["account"], "default");
    assert_eq!(document["campaigns"][0]["codes"], 1);
    assert!(outcome.stdout.starts_with("{\n  \"format\": 1,\n"), "{}", outcome.stdout);
}

#[test]
fn a_campaign_whose_last_day_is_over_is_named() {
    let workplace = Workplace::new();
    let text = "until: 2027-03-15\ncodes:\n  - {scene: 9, channel: Shop, expires: 30d}\n";
    workplace.write("campaigns/shop.yaml", text);
    let fine = "campaigns/: 1 campaign, 1 code, no problems\n";
    workplace.run(&["check", "--now", "2027-03-15T23:59"]).is(0, fine, "");
    workplace.run(&["check", "--now", "2027-03-16"]).is(
        0,
        &format!("{fine}shop: its last day was 2027-03-15: nothing is issued or bundled\n"),
        "",
    );
}

#[test]
fn a_warning_is_no_failure() {
    let workplace = Workplace::new();
    workplace.write("campaigns/a.yaml", "codes:\n  - {scene: 4000000000, channel: A, expires: 30d}\n");
    let outcome = workplace.run(&["check"]);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (0, "campaigns/: 1 campaign, 1 code, 1 warning\n"));
    assert!(outcome.stderr.starts_with("warning[") && outcome.stderr.ends_with("\n\n"), "{}", outcome.stderr);
    workplace.run(&["check", "-q"]).is(0, "", "");
}

#[test]
fn colours_come_only_when_asked_for() {
    let workplace = workplace_with_problems();
    assert!(!workplace.run(&["check"]).stderr.contains('\u{1b}'));
    assert!(workplace.run(&["check", "--color", "always"]).stderr.contains("\u{1b}["));
}
