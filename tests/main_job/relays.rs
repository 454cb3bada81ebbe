//! A relay between the program and the platform that changes answers, or gives its own.

use super::support::{Kind, Platform, Project, Verdict};

const METRO: &str = "expires: 30d\nmedium: screen\ncodes: [{scenes: 1..3, channel: \"Exit {n}\"}]";

fn metro(platform: &Platform) -> Project {
    Project::new(platform).campaign("metro.yaml", METRO)
}

/// Scripting languages write whole numbers so, and editors begin a script's file so.
#[test]
fn whole_numbers_with_a_point_and_a_byte_order_mark_are_read() {
    let platform = Platform::start();
    let project = metro(&platform);
    platform.rule(|asked| match asked.kind {
        Kind::Picture => Verdict::Pass,
        _ => Verdict::Change(Box::new(|answer| {
            let text = String::from_utf8(answer).expect("JSON").replace(":7200", ":7200.0");
            format!("\u{feff}{}", text.replace(":2592000", ":2592000.0")).into_bytes()
        })),
    });
    project.expect(&["run"], 0);
    assert_eq!(project.bundle("metro").rows().len(), 3);
}

#[test]
fn an_answer_that_only_something_on_the_way_can_give_is_named() {
    let platform = Platform::start();
    let project = metro(&platform);
    let php = "<br />\n<b>Warning</b>:  Undefined array key in <b>/srv/relay.php</b> on line <b>3</b>";
    for (body, what) in [
        (b"\x1f\x8b\x08\x00\x00\x00".to_vec(), "gzip"),
        (b"<!doctype html><title>Log in</title>".to_vec(), "an HTML page"),
        (format!("{php}{{\"errcode\":0}}").into_bytes(), "a warning of PHP"),
    ] {
        platform.rule(move |asked| match asked.kind {
            Kind::Token => Verdict::Answer(200, "text/html", body.clone()),
            _ => Verdict::Pass,
        });
        let told = project.expect(&["plan", "--quota"], 3);
        let url = platform.url();
        told.says(&format!(
            "error: {url} answered with {what} instead of the platform's answer: is `api_url` a relay?\n"
        ));
    }
}

/// What the platform says of permanent codes helps nobody who asked for a temporary one.
#[test]
fn a_used_up_pool_is_told_of_a_temporary_code_in_words_that_fit() {
    let platform = Platform::start();
    let project = metro(&platform);
    platform.rule(|asked| match asked.scene().as_deref() {
        Some("id 2") => Verdict::error(45029),
        _ => Verdict::Pass,
    });
    let told = project.expect(&["run"], 3);
    told.says("but this code is temporary: run again later, and if it goes on ask the platform's support");
    assert!(!told.stderr.contains("make this code temporary"), "{}", told.stderr);
    assert_eq!(platform.count(Kind::Create), 3, "the others go on");
}
