//! Paper is not renewed unasked.

use crate::support::{Kind, Platform, Project};

const METRO: &str = "expires: 30d
medium: paper
until: 2099-03-15
accept_expiry: 2026-01-01
codes:
  - {scene: 1, channel: North}
  - {scene: 2, channel: South}
";
const ACCEPTED: &str = "accept_expiry: 2026-01-01\n";

#[test]
fn paper_that_is_due_is_refused_every_night_until_it_is_printed_anew() {
    let platform = Platform::start();
    let project = Project::new(&platform).campaign("metro.yaml", &METRO.replace(ACCEPTED, ""));
    project.expect(&["run", "--accept-expiry", "metro"], 0);
    let readme = project.bundle("metro").files["README.txt"].clone();
    let readme = String::from_utf8(readme).expect("a text");
    let bundle = project.bundle("metro");
    let day = &bundle.row("1")["expires_at"][..10];
    let english = format!(
        "Declared for paper.\r\nThe paper hangs until 2099-03-15, that day included (Beijing time). But 2 of its 2 codes \
         hang expired from {day} to 2099-03-15.\r\n"
    );
    assert!(readme.contains(&english), "{readme}");
    let chinese = format!("但 2 个二维码中有 2 个提前失效：{day} 至 2099-03-15 期间，贴在外面也扫不开。\r\n");
    assert!(readme.contains(&chinese), "{readme}");
    let yesterday = day.parse::<jiff::civil::Date>().and_then(jiff::civil::Date::yesterday).expect("a day");
    let name = format!("_until-{}.jpg", yesterday.to_string().replace('-', ""));
    assert!(bundle.column("image").iter().all(|image| image.ends_with(&name)), "the last whole day");

    project.age(21);
    let requests = platform.asked().len();
    let told = project.expect(&["run"], 4);
    told.says("'North' and 1 other code hang on paper, the first of which dies on ");
    told.says("a renewed code is another picture, which has to be printed. `--reprint metro --accept-expiry metro` issues them (to die on ");
    assert_eq!(platform.asked().len(), requests);
    let told = project.expect(&["status"], 0);
    assert!(
        told.stdout.contains(
            "metro: 2 codes on paper are due; `scenepress run --reprint metro --accept-expiry metro` issues what is to be printed anew"
        ),
        "{}",
        told.stdout
    );

    project.expect(&["run", "--reprint", "metro"], 4).says("'North' and 1 other code hang until 2099-03-15");
    project.expect(&["run", "--reprint", "metro", "--accept-expiry", "metro"], 0);
    assert_eq!(platform.count(Kind::Create), 4);
    assert_eq!(project.bundle("metro").revision(), 2);
    project.expect(&["run"], 0);
    assert_eq!(platform.count(Kind::Create), 4);
}

#[test]
fn another_medium_costs_no_call_and_makes_another_revision() {
    let platform = Platform::start();
    let project = Project::new(&platform).campaign("metro.yaml", METRO);
    project.expect(&["run"], 0);
    let requests = platform.asked().len();
    for (medium, readme) in [
        ("medium: screen", "*** For screens only, not for paper: a renewed code is a new picture. ***"),
        (
            "",
            "*** Not declared for paper: not every code has `medium: paper` or `screen`. Ask before you print. ***",
        ),
    ] {
        project.write("campaigns/metro.yaml", METRO.replace("medium: paper", medium));
        project.expect(&["run"], 0);
        let written = String::from_utf8(project.bundle("metro").files["README.txt"].clone()).expect("a text");
        assert!(written.contains(readme), "{written}");
    }
    assert_eq!(project.bundle("metro").revision(), 3);
    assert_eq!(platform.asked().len(), requests);
}

#[test]
fn bundle_builds_the_same_zip_again_of_paper_that_is_due_dead_or_dies_too_early() {
    let platform = Platform::start();
    let once = METRO.replace(ACCEPTED, "");
    let project = Project::new(&platform).campaign("metro.yaml", &once);
    project.expect(&["run", "--accept-expiry", "metro"], 0);
    let (requests, before) = (platform.asked().len(), project.bundle("metro").files);
    for (days, are_dead) in [(21, false), (10, true)] {
        project.age(days);
        project.expect(&["run"], 4);
        // What the ledger says of the instants is another file name, so it is packed once before it is compared.
        project.expect(&["bundle"], 0);
        let zip = project.read("output/metro/metro.zip");
        project.remove("output/metro/metro.zip");
        let told = project.expect(&["bundle"], 0).stderr;
        assert!(project.read("output/metro/metro.zip") == zip);
        let died = "warning: metro: the bundle holds 2 codes that no longer work: scene 1 expired on ";
        assert_eq!(told.contains(died), are_dead, "{told}");
    }
    assert_eq!(project.bundle("metro").files.len(), before.len());
    assert_eq!(platform.asked().len(), requests, "nothing is asked for");

    // A code that was never issued and would die too early is missing, and that is all.
    project.write("campaigns/metro.yaml", format!("{once}  - {{scene: 3, channel: East}}\n"));
    let told = project.expect(&["bundle"], 3);
    told.says("1 code without a verified picture (the first is scene 3); `scenepress run` completes it");
    assert_eq!(platform.asked().len(), requests);
}

#[test]
fn paper_that_was_a_screen_when_it_was_issued_stays_and_its_early_death_is_told() {
    let platform = Platform::start();
    let screen = METRO.replace(ACCEPTED, "").replace("medium: paper", "medium: screen");
    let project = Project::new(&platform).campaign("metro.yaml", &screen);
    project.expect(&["run"], 0);
    project.write("campaigns/metro.yaml", METRO.replace(ACCEPTED, ""));
    project.expect(&["run"], 0);
    assert_eq!(platform.count(Kind::Create), 2);

    let plan = project.expect(&["plan", "--format", "json"], 0).json();
    let metro = &plan["dying_on_paper"][0];
    let dies_at = project.bundle("metro").row("1")["expires_at"].clone();
    let day = dies_at.split('T').next().expect("a day").to_owned();
    assert_eq!((&metro["campaign"], &metro["codes"]), (&"metro".into(), &2.into()));
    assert_eq!(metro["first_dies_at"], plan["actions"][0]["expires_at"]);
    let told = format!(
        "metro: 2 codes on paper die before 2099-03-15 is over, the first on {day}: `expires: never`, a shorter `until`, \
         `accept_expiry: {day}`, or `--reprint metro --accept-expiry metro` once they are due\n"
    );
    let text = project.expect(&["plan"], 0).stdout;
    assert!(text.contains(&format!("\nDies on paper: {told}Digest ")), "{text}");
    let text = project.expect(&["plan", "--format", "markdown"], 0).stdout;
    let words = format!(
        "(codes, first death): 1, <code>metro (2, {day})</code>. Use `expires: never`, a shorter `until`, "
    );
    assert!(text.contains(&words), "{text}");
    let text = project.expect(&["status"], 0).stdout;
    assert!(text.contains(&format!("\n{told}")), "{text}");
    let status = project.expect(&["status", "--format", "json"], 0).json();
    let metro = &status["campaigns"][0];
    assert_eq!((&metro["dying_on_paper"], &metro["paper_due"]), (&2.into(), &0.into()));
    assert_eq!(metro["first_dies_on_paper_at"], plan["actions"][0]["expires_at"]);

    // Accepted it is quiet, and what is due has a refusal of its own.
    project.write("campaigns/metro.yaml", METRO);
    assert!(!project.expect(&["plan"], 0).stdout.contains("Dies on paper"));
    project.write("campaigns/metro.yaml", METRO.replace(ACCEPTED, ""));
    project.age(21);
    assert!(!project.expect(&["plan"], 0).stdout.contains("Dies on paper"));
    let status = project.expect(&["status", "--format", "json"], 0).json();
    let metro = &status["campaigns"][0];
    assert_eq!((&metro["dying_on_paper"], &metro["paper_due"]), (&0.into(), &2.into()));
}

#[test]
fn paper_whose_death_is_accepted_is_kept_dead_or_alive_and_the_rest_of_its_campaign_goes_on() {
    let platform = Platform::start();
    let desk = "  - {scene: 3, channel: Desk, medium: screen}\n";
    let project = Project::new(&platform).campaign("metro.yaml", &format!("{METRO}{desk}"));
    project.expect(&["run"], 0);
    let image = |scene: &str| project.bundle("metro").row(scene)["image_sha256"].clone();
    let before = [image("1"), image("2")];
    for night in [1, 2] {
        project.age(25);
        project.expect(&["run"], 0);
        assert_eq!(platform.count(Kind::Create), 3 + night, "only the desk's");
        assert_eq!([image("1"), image("2")], before, "what hangs is what the bundle holds");
        assert_eq!(project.bundle("metro").revision(), 1 + night as u64);
    }
    let plan = project.expect(&["plan", "--format", "json"], 0).json();
    let reason = plan["actions"][0]["reason"].as_str().expect("a text");
    assert!(reason.starts_with("died on ") && reason.ends_with(", as accepted"), "{reason}");
    let status = project.expect(&["status", "--format", "json", "--min-left", "1h"], 11).json();
    let metro = &status["campaigns"][0];
    assert_eq!((&metro["paper_due"], &metro["expired"]), (&0.into(), &2.into()));
    let died_at = plan["actions"][0]["expires_at"].as_str().expect("an instant");
    assert_eq!((&metro["dead_on_paper"], &metro["first_died_on_paper_at"]), (&2.into(), &died_at.into()));
    let row = serde_json::json!({"campaign": "metro", "codes": 2, "first_died_at": died_at});
    assert_eq!(plan["dead_on_paper"], serde_json::json!([row]));
    let since = &died_at[..10];
    let dead = format!(
        "metro: 2 codes on paper are dead, the first since {since}, as accepted: take them down, or print them anew with \
         `--reprint metro`\n"
    );
    let text = project.expect(&["plan"], 0).stdout;
    assert!(text.contains(&format!("\nDead on paper: {dead}Digest ")), "{text}");
    let text = project.expect(&["plan", "--format", "markdown"], 0).stdout;
    let words = format!(
        "**Codes on paper that are dead, as accepted** (codes, first death): 1, <code>metro (2, {since})</code>. Take \
         them down, or print them anew with `--reprint`. · "
    );
    assert!(text.contains(&words), "{text}");
    let text = project.expect(&["status"], 0).stdout;
    assert!(text.contains(&format!("\n{dead}")), "{text}");
    assert_eq!(status["overdue"][0]["message"], "2 codes are dead");

    // A label that is put right costs no call, and the zip holds all codes all the same.
    project.write("campaigns/metro.yaml", format!("{METRO}{desk}").replace("South", "South gate"));
    project.expect(&["run"], 0);
    assert_eq!((platform.count(Kind::Create), project.bundle("metro").rows().len()), (5, 3));

    project.expect(&["run", "--reprint", "metro"], 0);
    assert_eq!(platform.count(Kind::Create), 7);
    assert_ne!(image("1"), before[0]);
}

#[test]
fn another_last_day_makes_another_revision_that_says_so_and_costs_no_call() {
    let platform = Platform::start();
    let project = Project::new(&platform).campaign("metro.yaml", METRO);
    project.expect(&["run"], 0);
    let requests = platform.asked().len();
    for (revision, until) in [(1, "2099-03-15"), (2, "2099-04-15")] {
        project.write("campaigns/metro.yaml", METRO.replace("2099-03-15", until));
        project.expect(&["run"], 0);
        let bundle = project.bundle("metro");
        let readme = bundle.text("README.txt");
        assert!(readme.contains(&format!("\r\n印刷品张贴到 {until}（含当天，北京时间），")), "{readme}");
        let english = format!("\r\nThe paper hangs until {until}, that day included (Beijing time). ");
        assert!(readme.contains(&english), "{readme}");
        assert_eq!(bundle.revision(), revision);
    }
    let screens = METRO.replace("medium: paper", "medium: screen");
    for until in ["2099-03-15", "2099-05-15"] {
        project.write("campaigns/metro.yaml", screens.replace("2099-03-15", until));
        project.expect(&["run"], 0);
        assert_eq!(project.bundle("metro").revision(), 3, "screens are told of no last day");
    }
    assert_eq!(platform.asked().len(), requests);
}

#[test]
fn screens_beside_due_paper_are_warned_of_in_time_and_live_on_in_a_campaign_of_their_own() {
    let platform = Platform::start();
    let desk = "  - {scene: 3, channel: Desk, medium: screen}\n";
    let paper = METRO.replace(ACCEPTED, "");
    let project = Project::new(&platform).campaign("metro.yaml", &format!("{paper}{desk}"));
    let warned = "1 warning in campaigns/metro.yaml; `scenepress check` shows it\n";
    assert_eq!(project.expect(&["plan"], 0).stderr, warned);
    project.expect(&["run", "--accept-expiry", "metro"], 0);
    project.age(25);
    let told = " Until then its 1 code for screens is not renewed either: give it a campaign of its own\n";
    project.expect(&["run"], 4).says(told);
    assert_eq!(platform.count(Kind::Create), 3);

    project.write("campaigns/metro.yaml", &paper);
    project.write("campaigns/desk.yaml", format!("expires: 30d\ncodes:\n{desk}"));
    let told = project.expect(&["run"], 4);
    assert!(!told.stderr.contains("Until then") && !told.stderr.contains("warning"), "{}", told.stderr);
    assert_eq!(platform.count(Kind::Create), 4);
    assert_eq!(project.bundle("desk").row("3")["generation"], "2");
    assert_eq!(project.bundle("metro").revision(), 1, "what was refused keeps its bundle");
}
