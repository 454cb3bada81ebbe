//! What the platform refuses, and what becomes of the rest.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use super::support::{Kind, Platform, Project, Verdict, signal};

const METRO: &str = "expires: 30d\ncodes: [{scenes: 1..60, channel: \"Exit {n}\"}]";

fn metro(platform: &Platform) -> Project {
    Project::new(platform).campaign("metro.yaml", METRO)
}

#[test]
fn a_wrong_secret_costs_one_request_and_ends_with_7() {
    let platform = Platform::start();
    let project = metro(&platform).with_secret("not-the-secret-5566");
    let told = project.expect(&["run"], 7);
    assert_eq!((platform.count(Kind::Token), platform.count(Kind::Create)), (1, 0));
    told.says("40125");
    assert!(!told.stderr.contains("5566"), "{}", told.stderr);
    let document = project.run_json(7);
    assert_eq!(document["outcome"], "account");
    assert_eq!(document["accounts"][0]["calls"]["used_today"], 0, "nothing was asked for");
    let failed = &document["campaigns"][0]["failed"];
    assert_eq!((&failed[0]["stage"], &failed[0]["errcode"]), (&json!("token"), &json!(40125)));
}

#[test]
fn an_address_that_is_not_on_the_allow_list_is_shown() {
    let platform = Platform::start();
    let project = metro(&platform);
    platform.rule(|_| {
        let errmsg = "invalid ip 203.0.113.7 ipv6 ::ffff:203.0.113.7, not in whitelist rid: 6ab1c500-1-2";
        Verdict::body("application/json", json!({"errcode": 40164, "errmsg": errmsg}).to_string().as_bytes())
    });
    let told = project.expect(&["run"], 7);
    told.says("203.0.113.7");
    told.says("6ab1c500-1-2");
    assert_eq!(platform.asked().len(), 1);
}

#[test]
fn an_access_token_that_died_is_refreshed_once_for_all_who_wait() {
    for errcode in [40001, 42001] {
        let platform = Platform::start();
        let project = metro(&platform);
        let (tokens, refused) = (AtomicUsize::new(0), AtomicUsize::new(0));
        platform.rule(move |asked| match asked.kind {
            Kind::Token => {
                tokens.fetch_add(1, Ordering::SeqCst);
                Verdict::Pass
            }
            // All of them, until somebody asks for another token: which is the same one.
            Kind::Create if asked.number > 5 && tokens.load(Ordering::SeqCst) == 1 => {
                refused.fetch_add(1, Ordering::SeqCst);
                Verdict::error(errcode)
            }
            _ => Verdict::Pass,
        });
        project.expect(&["run"], 0);
        assert_eq!(platform.count(Kind::Token), 2, "{errcode}");
        assert_eq!(platform.counters().requests.create, 60, "{errcode}");
        project.expect(&["verify", "output/metro/metro.zip"], 0);
    }
}

#[test]
fn an_access_token_that_is_refused_twice_for_one_code_stops_the_account() {
    let platform = Platform::start();
    let project = metro(&platform);
    platform.rule(|asked| match asked.scene().as_deref() {
        Some("id 1") => Verdict::error(40001),
        _ => Verdict::Pass,
    });
    let document = project.run_json(7);
    assert_eq!(document["outcome"], "account");
    // The first request goes alone, so nothing else was asked for.
    assert_eq!((platform.count(Kind::Create), platform.count(Kind::Token)), (2, 2));
    platform.behave();
    project.expect(&["run"], 0);
    assert_eq!(project.bundle("metro").rows().len(), 60);
}

#[test]
fn an_account_that_may_not_create_codes_is_asked_once() {
    let platform = Platform::with(|settings| settings.service_account = false);
    let project = metro(&platform);
    let told = project.expect(&["run"], 7);
    told.says("48001");
    assert_eq!(platform.count(Kind::Create), 1, "the first request goes alone");
}

#[test]
fn a_spent_daily_quota_ends_with_5_keeps_what_was_issued_and_the_next_run_goes_on() {
    let platform = Platform::start();
    let project = metro(&platform);
    // At this rate at most 32 requests are in flight, however slow the machine is.
    project.write_accounts(&platform, "  rate: 10/s\n");
    let issued = AtomicUsize::new(0);
    platform.rule(move |asked| match asked.kind {
        Kind::Create if issued.fetch_add(1, Ordering::SeqCst) >= 25 => Verdict::error(45009),
        _ => Verdict::Pass,
    });
    let told = project.expect(&["run", "--format", "json"], 5);
    let document = told.json();
    assert_eq!(document["outcome"], "quota");
    let metro = &document["campaigns"][0];
    assert_eq!((&metro["exit"], &metro["counts"]["create"]), (&json!(5), &json!(25)));
    assert_eq!(metro["failed"], json!([]), "a code that was not issued has not failed");
    assert_eq!(platform.counters().pictures, 25, "the pictures of issued tickets are fetched");
    let asked = platform.count(Kind::Create);
    assert!(asked <= 25 + 32, "{asked} requests");
    assert!(!project.path("output/metro").exists());

    platform.behave();
    project.expect(&["run"], 0);
    assert_eq!(platform.counters().requests.create, 60, "each code was made once");
    project.expect(&["verify", "output/metro/metro.zip"], 0);
}

#[test]
fn a_spent_quota_is_explained_in_the_summary() {
    let platform = Platform::with(|settings| settings.daily_limit = 25);
    let told = metro(&platform).expect(&["run"], 5);
    told.says("45009");
    told.says("25 created, 35 not finished");
    told.says("run the same command again after the reset");
}

#[test]
fn a_plan_says_what_fits_today_and_the_runs_do_just_that() {
    let platform = Platform::with(|settings| settings.daily_limit = 40);
    let project = Project::with_account(&platform, "  daily_quota: 45\n").campaign("metro.yaml", METRO);
    let told = project.expect(&["plan"], 0).stdout;
    let of_files = "  45 of 60 calls fit today; 15 the next day: the run ends with exit 5, run it again after the reset\n";
    assert!(told.contains(&format!("\n{of_files}")), "{told}");
    let told = project.expect(&["plan", "--quota"], 0).stdout;
    let of_platform = "\
The platform says of account default: 0 of 40 calls used today, 40 left.
  40 of 60 calls fit today; 20 the next day: the run ends with exit 5, run it again after the reset
";
    assert!(told.ends_with(of_platform) && told.contains(of_files), "{told}");
    let told = project.expect(&["plan", "--format", "markdown"], 0).stdout;
    let row = "\n| <code>default</code> | 60 | 0 of 45<br>**45 fit today, the run ends with exit 5 · 今日只够 45 次，运行以退出码 5 结束，次日继续** | 0 | 0 of 100,000 |\n";
    assert!(told.contains(row), "{told}");
    assert_eq!(project.run_json(5)["campaigns"][0]["counts"]["create"], 40);
}

#[test]
fn the_ledgers_own_share_of_the_quota_is_never_exceeded() {
    let platform = Platform::start();
    let project = Project::with_account(&platform, "  daily_quota: 25\n").campaign("metro.yaml", METRO);
    let document = project.run_json(5);
    assert_eq!(document["accounts"][0]["calls"], json!({"made": 25, "used_today": 25, "daily_quota": 25}));
    assert_eq!(document["campaigns"][0]["counts"]["create"], 25);
    let document = project.run_json(5);
    assert_eq!(document["accounts"][0]["calls"], json!({"made": 0, "used_today": 25, "daily_quota": 25}));
    assert_eq!(platform.count(Kind::Create), 25);
    // The day's share is over, and another day begins.
    project.sql("UPDATE calls SET day = '2001-01-01'");
    project.write_accounts(&platform, "  daily_quota: 35\n");
    project.expect(&["run"], 0);
    assert_eq!(platform.count(Kind::Create), 60);
}

#[test]
fn a_full_pool_of_permanent_codes_fails_new_permanent_codes_and_nothing_else() {
    let platform = Platform::with(|settings| settings.permanent_pool = 4);
    let text = "permanent_budget: 6\ncodes:
  - {scenes: 1..6, channel: \"Desk {n}\", expires: never}
  - {scenes: 200001..200020, channel: \"Exit {n}\", expires: 30d}\n";
    let project = Project::new(&platform).campaign("city.yaml", text);
    let document = project.run_json(3);
    assert_eq!(document["outcome"], "partial");
    let city = &document["campaigns"][0];
    assert_eq!(city["counts"]["create"], 24);
    let failed = city["failed"].as_array().expect("a list");
    assert_eq!(failed.len(), 2);
    assert!(failed.iter().all(|code| code["errcode"] == 45029 && code["stage"] == "issue"), "{failed:?}");
    assert_eq!(platform.counters().pictures, 24);
    // The sixth permanent code is asked for only if it was under way when the fifth was refused.
    let asked = platform.count(Kind::Create);
    assert!((25..=26).contains(&asked), "45029 is final, nothing is asked twice: {asked}");
}

#[test]
fn a_refused_code_fails_alone_and_the_earlier_bundle_stays_as_it_was() {
    let platform = Platform::start();
    let project = Project::new(&platform)
        .campaign("metro.yaml", "expires: 30d\ncodes: [{scenes: 1..8, channel: \"Exit {n}\"}]")
        .campaign("stores.yaml", "expires: 30d\ncodes: [{scenes: 101..104, channel: \"Store {n}\"}]");
    project.expect(&["run", "campaigns/metro.yaml"], 0);
    let before = project.output();
    project.write("campaigns/metro.yaml", "expires: 30d\ncodes: [{scenes: 1..12, channel: \"Exit {n}\"}]");
    platform.rule(|asked| match asked.scene().as_deref() {
        Some("id 9") => Verdict::error(40053),
        _ => Verdict::Pass,
    });
    let told = project.expect(&["run"], 3);
    let rid = "6ab1c500-0badcafe-00040053";
    told.says("metro: 3 created, 1 failed, 8 unchanged");
    told.says(" and was not replaced: scene 9 failed\n");
    told.says(&format!(" (40053, rid {rid})\n"));
    told.says("stores: 4 created");
    let after = project.output();
    for name in ["metro.zip", "manifest.csv", "manifest.json"] {
        let name = format!("output/metro/{name}");
        assert_eq!(after[&name], before[&name], "{name}");
    }
    assert_eq!(project.bundle("stores").rows().len(), 4, "the other campaign is bundled");

    let document = project.run_json(3);
    let metro = &document["campaigns"][0];
    let state = (&metro["bundle_state"], &metro["exit"], &metro["revision"]);
    assert_eq!(state, (&json!("stale"), &json!(3), &json!(1)));
    assert_eq!(metro["failed"][0]["rid"], rid);
    assert_eq!(document["campaigns"][1]["exit"], 0);

    platform.behave();
    project.expect(&["run"], 0);
    assert_eq!((project.bundle("metro").rows().len(), project.bundle("metro").revision()), (12, 2));
    assert_eq!(platform.counters().requests.create, 16, "only the refused code was asked for again");
}

#[test]
fn an_answer_that_is_not_the_platforms_is_asked_for_again() {
    let platform = Platform::start();
    let project = Project::new(&platform)
        .campaign("metro.yaml", "expires: 30d\ncodes: [{scenes: 1..6, channel: \"Exit {n}\"}]");
    platform.rule(|asked| match (asked.kind, asked.number) {
        (Kind::Create, 2) => Verdict::error(-1),
        (Kind::Create, 3) => Verdict::Answer(502, "text/html", b"<html>Bad Gateway".to_vec()),
        (Kind::Create, 4) => Verdict::body("text/html", b"<html>login</html>"),
        (Kind::Create, 5) => Verdict::body("application/json", b"{\"ticket\": \"gQ"),
        (Kind::Picture, 1) => Verdict::body("text/html", b"<html>busy</html>"),
        _ => Verdict::Pass,
    });
    let document = project.run_json(0);
    assert_eq!(platform.counters().requests.create, 6);
    assert_eq!(document["accounts"][0]["calls"]["made"], 10, "each repeat is a call");
    assert_eq!(project.bundle("metro").rows().len(), 6);
}

#[test]
fn a_ticket_that_is_not_of_its_url_or_lifetime_fails_its_code() {
    let platform = Platform::start();
    let project = Project::new(&platform)
        .campaign("metro.yaml", "expires: 30d\ncodes: [{scenes: 1..3, channel: \"Exit {n}\"}]");
    let change = |field: &'static str, value: Value| {
        Verdict::Change(Box::new(move |body| {
            let mut answer: Value = serde_json::from_slice(&body).expect("JSON");
            answer[field] = value;
            answer.to_string().into_bytes()
        }))
    };
    platform.rule(move |asked| match asked.scene().as_deref() {
        Some("id 2") => change("url", json!("http://weixin.qq.com/q/02aaaaaaaaaaaaaaaaaaaa")),
        Some("id 3") => change("expire_seconds", json!(60)),
        _ => Verdict::Pass,
    });
    let document = project.run_json(3);
    let failed = document["campaigns"][0]["failed"].as_array().expect("a list").clone();
    let failed: Vec<_> = failed.iter().map(|code| (&code["scene"], &code["stage"])).collect();
    assert_eq!(failed, [(&json!("2"), &json!("issue")), (&json!("3"), &json!("issue"))]);
    assert!(!project.path("output/metro").exists());
}

#[test]
fn an_answer_that_was_another_scenes_makes_no_code() {
    let platform = Platform::start();
    let first = std::sync::Arc::new(std::sync::Mutex::new(None::<Vec<u8>>));
    // What a relay does that keeps answers.
    platform.rule(move |asked| match asked.kind {
        Kind::Create => {
            let first = std::sync::Arc::clone(&first);
            Verdict::Change(Box::new(move |answer| {
                first.lock().expect("no panic").get_or_insert(answer).clone()
            }))
        }
        _ => Verdict::Pass,
    });
    let project = Project::new(&platform)
        .campaign("metro.yaml", "expires: 30d\ncodes: [{scenes: 1..3, channel: \"Exit {n}\"}]");
    let told = project.expect(&["run"], 3);
    told.says("the answer is that of another scene");
    assert!(!project.path("output/metro").exists());
    platform.behave();
    project.expect(&["run"], 0);
    let urls = project.bundle("metro").column("url");
    assert_eq!(urls.iter().collect::<std::collections::BTreeSet<_>>().len(), 3);
}

#[test]
fn codes_that_are_refused_alike_one_after_the_other_stop_the_account_after_thirty() {
    let platform = Platform::start();
    let text = "expires: 30d\nmedium: screen\ncodes: [{scenes: 1..400, channel: \"Exit {n}\"}]";
    let project = Project::with_account(&platform, "  rate: 10/s\n").campaign("metro.yaml", text);
    platform.rule(|asked| if asked.kind == Kind::Create { Verdict::error(40053) } else { Verdict::Pass });
    let told = project.expect(&["run"], 3);
    let calls = platform.count(Kind::Create);
    // Those that were in flight are answered.
    assert!((30..=62).contains(&calls), "{calls} calls");
    let words = "30 codes in a row failed in the same way, so nothing more was tried (see what these codes have in \
                 common, or run again later); the last: the platform refuses the scene or its form (action info)";
    told.says(&format!(" account default issues nothing more: {words}"));
    told.says(&format!("\nAccount default: {words}"));
    told.says("  there is no bundle yet: its account was stopped, see below\n");
}

#[test]
fn codes_that_are_refused_in_different_ways_do_not_stop_the_account() {
    let platform = Platform::start();
    let text = "expires: 30d\nmedium: screen\ncodes: [{scenes: 1..64, channel: \"Exit {n}\"}]";
    // So slow that answers overtake one another by a few at the most.
    let project = Project::with_account(&platform, "  rate: 40/s\n").campaign("metro.yaml", text);
    platform.rule(|asked| match (asked.kind, asked.number % 8) {
        // A success now and then.
        (Kind::Create, 0) => Verdict::Pass,
        (Kind::Create, _) => Verdict::error(40053),
        _ => Verdict::Pass,
    });
    project.expect(&["run"], 3);
    assert_eq!(platform.count(Kind::Create), 64);
    project.remove("output");
    platform.rule(|asked| match (asked.kind, asked.number % 2) {
        (Kind::Create, 0) => Verdict::error(40052),
        (Kind::Create, _) => Verdict::error(40053),
        _ => Verdict::Pass,
    });
    let told = project.expect(&["run"], 3);
    assert_eq!(platform.count(Kind::Create), 128, "{}", told.stderr);
}

/// Nobody sits before a silent screen until the longest timeout is over.
#[test]
fn a_platform_that_does_not_answer_is_told_while_it_is_waited_for() {
    let platform = Platform::start();
    let project = metro(&platform);
    platform.rule(|_| Verdict::Hang);
    let mut running = project.start(&["run", "--events"]);
    let url = platform.url();
    running.wait_for(&format!(
        "account default cannot work yet and goes on trying for up to 3 min: {url} has not answered for 2 s\n"
    ));
    signal("INT", running.id());
    let told = running.end();
    assert_eq!(told.exit, 130);
    let events: Vec<Value> =
        told.stdout.lines().map(|line| serde_json::from_str(line).expect("an event")).collect();
    assert_eq!(events[1]["event"], "account_trouble");
    assert_eq!(events[1]["gives_up_after_seconds"], 180.0);
}

#[test]
fn a_connection_that_is_refused_is_told_at_once_and_how_long_it_is_tried() {
    let platform = Platform::start();
    let project = metro(&platform);
    let url = platform.url().to_owned();
    drop(platform);
    let mut running = project.start(&["run"]);
    running.wait_for(&format!(
        "account default cannot work yet and goes on trying for up to 3 min: {url} could not be reached: Connection refused"
    ));
    signal("TERM", running.id());
    let told = running.end();
    assert_eq!(told.exit, 143);
    assert!(!told.stderr.contains("failed"), "no scene is to blame: {}", told.stderr);
    assert_eq!(told.stderr.matches("could not be reached").count(), 1, "{}", told.stderr);
}
