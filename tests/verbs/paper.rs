use crate::support::Workplace;

const METRO: &str = "\
expires: 30d
medium: paper
until: 2099-03-15
codes:
  - {scene: 1001, channel: Metro line 2}
";
const SHOPS: &str = "expires: 30d\ncodes:\n  - {scene: 7, channel: Shop}\n";

fn workplace() -> Workplace {
    let workplace = Workplace::with_metro();
    workplace.write("campaigns/metro.yaml", METRO);
    workplace.write("campaigns/shops.yaml", SHOPS);
    workplace
}

#[test]
fn the_plan_refuses_paper_that_dies_too_early_and_names_what_is_not_declared() {
    let outcome = workplace().run(&["plan", "--now", "2026-11-22T10:00"]);
    let digest = outcome.stdout.lines().last().expect("a line").to_owned();
    let expected = format!(
        "\
Plan of 2026-11-22 10:00 (Beijing time), NO LEDGER: everything counts as new (there is no output/ledger.sqlite)

metro (account default): REFUSED: 1 code
  ! refuse   1001: 'Metro line 2' hangs until 2099-03-15, a temporary code lives at most 30 days: it dies on 2026-12-22. \
Use `expires: never` with `permanent_budget: 1` (the account: 0 of 100,000 used; they cannot be deleted), or accept it \
in the file: `accept_expiry: 2026-12-22`

shops (account default): 1 create
  + create   7  Shop

Total: 1 create, 1 refuse
Account default (wx1): 1 call (used today 0 of 100,000), 1 picture; about 1 s at 10/s
1 campaign refused: nothing is done for it
Not declared for paper (`medium: paper`, or `screen`): shops
{digest}
"
    );
    outcome.is(0, &expected, "");
    let document = workplace().run(&["plan", "--format", "json"]).json();
    assert_eq!(document["undeclared"], serde_json::json!(["shops"]));
}

#[test]
fn a_run_does_the_others_and_says_4_until_the_expiry_is_accepted() {
    let workplace = workplace();
    let outcome = workplace.run(&["run", "--emulator", "--format", "json"]);
    assert_eq!(outcome.code, 4, "{}", outcome.stderr);
    let document = outcome.json();
    assert_eq!(document["campaigns"][0]["bundle_state"], "missing");
    assert_eq!(document["campaigns"][1]["bundle_state"], "current");
    let message = document["campaigns"][0]["message"].as_str().expect("a text");
    assert!(message.starts_with("'Metro line 2' hangs until 2099-03-15, "), "{message}");

    let accepted = workplace.run(&["plan", "--emulator", "--accept-expiry", "metro"]);
    assert!(accepted.stdout.contains("\nTotal: 1 create, 1 keep\n"), "{}", accepted.stdout);
    let outcome = workplace.run(&["run", "--emulator", "--accept-expiry", "metro", "-q"]);
    outcome.is(0, "", "");
    workplace.run(&["run", "--emulator", "-q"]).is(0, "", "");
}

#[test]
fn a_campaign_that_is_none_is_wrong_usage() {
    let workplace = workplace();
    for verb in ["run", "plan"] {
        workplace.run(&[verb, "--emulator", "--reprint", "metro", "--reprint", "shop"]).is(
            2,
            "",
            "error: --reprint shop: there is no such campaign; did you mean shops?\n",
        );
        workplace.run(&[verb, "--emulator", "--accept-expiry", "nothing"]).is(
            2,
            "",
            "error: --accept-expiry nothing: there is no such campaign\n",
        );
    }
    assert!(!workplace.path("output").exists());
}
