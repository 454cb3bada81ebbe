//! The platform's clock decides: what a run does on a machine whose clock is off, or behind a relay whose is.

use jiff::{SignedDuration, Timestamp};
use scenepress::clock;
use scenepress::emulator::read_faults;
use scenepress::model::{TicketFacts, beijing_date, parse_instant};
use serde_json::Value;

use super::support::{Kind, Platform, Project, Told, Verdict};

const METRO: &str = "expires: 30d\ncodes: [{scenes: 1..3, channel: \"Exit {n}\"}]\n";
const HOUR: i64 = 3600;
const DAY: i64 = 86_400;

/// A platform whose clock is so many seconds ahead of this machine's, with these faults.
fn platform(skew: i64, faults: &str) -> Platform {
    Platform::with(|settings| {
        settings.skew = skew;
        settings.faults = read_faults(faults).expect("faults");
    })
}

/// A relay before the platform's API, whose `Date` is so many seconds ahead of the platform's.
fn relay(off: i64) -> String {
    format!("- {{at: token, date_off: {off}}}\n- {{at: create, date_off: {off}}}")
}

fn metro(platform: &Platform, text: &str) -> Project {
    Project::new(platform).campaign("metro.yaml", text)
}

/// Every code of the bundle was made and expires when its ticket says, which is so many seconds from now.
#[track_caller]
fn dates_are_the_tickets(project: &Project, skew: i64) {
    let manifest: Value =
        serde_json::from_slice(&project.read("output/metro/manifest.json")).expect("a manifest");
    let codes = manifest["codes"].as_array().expect("codes");
    assert!(!codes.is_empty());
    for code in codes {
        let at = |key: &str| code[key].as_str().expect(key).parse::<Timestamp>().expect("an instant");
        let facts =
            TicketFacts::read(code["ticket"].as_str().expect("a ticket")).expect("the emulator's form");
        let lifetime = facts.lifetime_seconds.expect("a lifetime");
        assert_eq!(at("created_at"), facts.created_at);
        assert_eq!(at("expires_at"), facts.created_at + SignedDuration::from_secs(lifetime.into()));
        let off = facts.created_at.duration_since(clock::now()).as_secs() - skew;
        assert!(off.abs() < 120, "{code}");
    }
}

/// One line of stderr that is a warning about the clock, with `-q`.
#[track_caller]
fn warns(told: &Told, text: &str) {
    let warnings: Vec<&str> = told.stderr.lines().filter(|line| line.starts_with("warning: ")).collect();
    assert!(matches!(warnings[..], [warning] if warning.contains(text)), "no {text:?} in:\n{}", told.stderr);
}

#[test]
fn a_clock_that_is_a_little_off_changes_no_date() {
    for (skew, words) in [
        (60, None),
        (-60, None),
        (1200, Some("this machine's clock is 20 min behind http://")),
        (-1200, Some("this machine's clock is 20 min ahead of http://")),
    ] {
        let platform = platform(skew, "");
        let project = metro(&platform, METRO);
        let told = project.expect(&["run", "-q"], 0);
        match words {
            None => assert_eq!(told.stderr, ""),
            Some(words) => warns(&told, words),
        }
        dates_are_the_tickets(&project, skew);
        assert_eq!(platform.count(Kind::Picture), 3, "nobody was asked for the time");
        project.expect(&["verify", "output/metro/metro.zip"], 0);
        let told = project.expect(&["run", "-q"], 0);
        assert_eq!((platform.count(Kind::Create), told.stderr.as_str()), (3, ""), "no call, no word");
    }
}

#[test]
fn a_clock_that_is_far_off_issues_nothing() {
    for (skew, words) in [
        (HOUR + 60, "1 h 1 min behind"),
        (8 * HOUR, "8 h behind"),
        (-8 * HOUR, "8 h ahead of"),
        (5 * DAY, "5 d behind"),
        (-5 * DAY, "5 d ahead of"),
    ] {
        let platform = platform(skew, "");
        let project = metro(&platform, METRO);
        let document = project.run_json(4);
        let message = document["message"].as_str().expect("a message");
        assert!(message.contains(&format!("this machine's clock is {words} http://")), "{message}");
        assert!(message.contains("set this machine's clock (NTP)"), "{message}");
        let told = project.expect(&["run", "-q"], 4);
        told.says(words);
        assert!(!told.stderr.contains("scenepress plan"), "a plan does not help: {}", told.stderr);
        assert_eq!(platform.counters().requests.create, 0);
        assert_eq!(project.number("SELECT count(*) FROM generations"), 0);
        assert_eq!(project.number("SELECT count(*) FROM calls"), 0);
    }
}

/// Both hosts have to tell the time before codes are issued by a clock that one of them contradicts.
#[test]
fn a_clock_that_is_far_off_is_not_right_because_the_picture_host_is_silent() {
    let platform = platform(8 * HOUR, "");
    let project = metro(&platform, METRO);
    // Nobody listens there any more.
    let gone = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address");
    let accounts = format!(
        "default:\n  appid: ${{WECHAT_APPID}}\n  secret: ${{WECHAT_SECRET}}\n  api_url: {}\n  image_url: http://{gone}\n",
        platform.url()
    );
    project.write("campaigns/accounts.yaml", accounts);
    project.expect(&["run"], 4).says("does not tell the time");
    assert_eq!(platform.counters().requests.create, 0);
}

#[test]
fn a_relay_whose_clock_is_wrong_is_told_and_the_first_ticket_decides() {
    for (off, words) in [(8 * HOUR, "8 h behind"), (-5 * DAY, "5 d ahead of")] {
        let platform = platform(0, &relay(off));
        let project = metro(&platform, METRO);
        warns(&project.expect(&["run", "-q"], 0), words);
        dates_are_the_tickets(&project, 0);
        project.expect(&["run", "-q"], 0);
        assert_eq!(platform.counters().requests.create, 3);
    }
    for (off, words) in [(1200, "20 min behind"), (-1200, "20 min ahead of")] {
        let platform = platform(0, &relay(off));
        let project = metro(&platform, METRO);
        warns(&project.expect(&["run", "-q"], 0), words);
        dates_are_the_tickets(&project, 0);
    }
}

#[test]
fn neither_paper_nor_a_permanent_code_finds_out_whose_clock_is_wrong() {
    let until = beijing_date(clock::now() + SignedDuration::from_hours(24 * 20));
    let paper = format!("{METRO}medium: paper\nuntil: {until}\n");
    let permanent = METRO.replace("30d", "never\npermanent_budget: 3");
    for text in [paper, permanent] {
        let platform = platform(0, &relay(8 * HOUR));
        let project = metro(&platform, &text);
        let told = project.expect(&["run", "--yes"], 4);
        told.says("one temporary code that is not for paper");
        assert_eq!(platform.counters().requests.create, 0);
        assert_eq!(project.number("SELECT count(*) FROM generations"), 0);
    }
}

/// The picture host has the wrong clock, and this machine the same one.
#[test]
fn a_first_ticket_that_contradicts_this_machine_stops_the_account_and_is_kept() {
    for skew in [8 * HOUR, -8 * HOUR] {
        let platform = platform(skew, &format!("- {{at: picture, date_off: {}}}", -skew));
        let project = metro(&platform, METRO);
        let told = project.expect(&["run"], 4);
        told.says("and the first ticket was made at");
        assert_eq!(platform.counters().requests.create, 1, "{}", told.stderr);
        let facts = "SELECT count(*) FROM generations WHERE expires_at = created_at + 2592000";
        assert_eq!(project.number(facts), 1);
        let platform = Platform::start();
        project.write_accounts(&platform, "");
        project.expect(&["run", "-q"], 0);
        assert_eq!(platform.counters().requests.create, 2, "it is not asked for again");
    }
}

#[test]
fn a_first_ticket_that_tells_nothing_decides_nothing() {
    let platform = platform(0, &relay(8 * HOUR));
    platform.rule(|asked| if asked.kind == Kind::Create { no_birth() } else { Verdict::Pass });
    let project = metro(&platform, METRO);
    project.expect(&["run"], 4).says("the first ticket does not tell the time");
    assert_eq!(platform.counters().requests.create, 1);
}

/// An answer whose ticket is of no known form.
fn no_birth() -> Verdict {
    Verdict::Change(Box::new(|body| {
        let mut answer: Value = serde_json::from_slice(&body).expect("JSON");
        answer["ticket"] = format!("x{}", answer["ticket"].as_str().expect("a ticket")).into();
        answer.to_string().into_bytes()
    }))
}

#[test]
fn a_code_that_is_dead_at_birth_is_kept_and_stops_its_account() {
    let platform = platform(2400, "");
    platform.rule(|asked| if asked.kind == Kind::Create { no_birth() } else { Verdict::Pass });
    let project = metro(&platform, &METRO.replace("30d", "30m"));
    let document = project.run_json(4);
    let failed = &document["campaigns"][0]["failed"];
    assert_eq!(failed.as_array().map(Vec::len), Some(1));
    let message = failed[0]["message"].as_str().expect("a message");
    assert!(message.starts_with("the code that came for scene 1 had already expired at "), "{message}");
    assert_eq!(platform.counters().requests.create, 1, "one call, and not one for each code");
    assert_eq!(project.number("SELECT count(*) FROM generations"), 1);
    assert_eq!(platform.count(Kind::Picture), 0);
    project.expect(&["run", "-q"], 4).says("had already expired at");
    assert_eq!(platform.counters().requests.create, 2);
}

#[test]
fn a_ledger_that_was_written_later_than_now_is_told_though_no_call_is_made() {
    let platform = Platform::start();
    let project = metro(&platform, METRO);
    project.expect(&["run", "-q"], 0);
    let told = "8 h after this machine's time";
    for (args, exit) in [(["status", "-q"], 0), (["plan", "-q"], 0), (["run", "-q"], 0)] {
        project.sql("UPDATE meta SET written_at = unixepoch() + 28800");
        warns(&project.expect(&args, exit), told);
    }
    project.sql("UPDATE meta SET written_at = unixepoch() + 60");
    for verb in ["status", "plan", "run"] {
        assert_eq!(project.expect(&[verb, "-q"], 0).stderr, "");
    }
    // What is asked of another day is no news about the clock.
    assert_eq!(project.expect(&["status", "-q", "--now", "2026-01-01"], 0).stderr, "");
    assert_eq!(platform.counters().requests.create, 3);
}

/// As a ledger has it that was written by a machine whose clock was ahead.
#[test]
fn a_bundle_whose_dates_are_later_than_its_tickets_is_bad() {
    let platform = Platform::start();
    let project = metro(
        &platform,
        &(METRO.to_owned() + "permanent_budget: 1\n")
            .replace("}]", "}, {scene: 9, channel: VIP, expires: never}]"),
    );
    project.expect(&["run", "-q"], 0);
    for (seconds, exit, faults) in [(500, 0, 0), (28800, 6, 3), (-86400 * 20, 0, 0)] {
        project.sql(&format!(
            "UPDATE generations SET created_at = created_at + {seconds}, expires_at = expires_at + {seconds}"
        ));
        project.expect(&["run", "-q"], 0);
        let told = project.expect(&["verify", "-v", "output/metro/metro.zip"], exit);
        let found = told.stdout.matches("its ticket was made at").count();
        assert_eq!(found, faults, "{}{}", told.stdout, told.stderr);
    }
}

/// By this machine's clock the code lasts ten minutes longer than its campaign, by the platform's ten less.
#[test]
fn paper_that_lasts_to_the_last_day_by_a_wrong_clock_alone_is_told() {
    let platform = platform(-1200, "");
    let now = clock::now();
    let until = beijing_date(now + SignedDuration::from_hours(20 * 24));
    let ends_at = parse_instant(&until.tomorrow().expect("a day").to_string()).expect("an instant");
    let seconds = ends_at.duration_since(now).as_secs() + 600;
    let text = METRO.replace("30d", &format!("{seconds}s")) + &format!("medium: paper\nuntil: {until}\n");
    let project = metro(&platform, &text);
    warns(&project.expect(&["run", "-q"], 0), "20 min ahead of");
    dates_are_the_tickets(&project, -1200);
    let told = project.expect(&["status"], 0);
    assert!(told.stdout.contains("3 codes on paper die before"), "{}", told.stdout);
}
