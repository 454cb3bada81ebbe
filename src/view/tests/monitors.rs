use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use std::{fmt, io};

use indicatif::{ProgressDrawTarget, TermLike};

use super::{Closed, Shared};
use crate::engine::{CodeName, Event, Failure, Monitor, Silent, Stage};
use crate::model::{AccountName, Scene};
use crate::plan::fixture::{after, id, name, text};
use crate::view::{Events, Lines, Progress, Show, Tee};

fn of(scene: Scene) -> CodeName {
    CodeName { campaign: name("metro"), scene }
}

fn failure() -> Failure {
    Failure {
        stage: Stage::Issue,
        errcode: Some(40053),
        rid: Some("6a1b".to_owned()),
        message: "the scene is\nrefused".to_owned(),
    }
}

fn paused(seconds: u64) -> Event {
    Event::Paused { account: AccountName::default(), wait: Duration::from_secs(seconds) }
}

/// A short run with one of everything, by the second it happens in.
fn run() -> Vec<(i64, Event)> {
    let code = || of(id(1));
    vec![
        (0, Event::Started { issues: 2, fetches: 3, campaigns: 1 }),
        (1, Event::Issued { code: code(), generation: 2 }),
        (1, Event::Fetched { code: code() }),
        (
            2,
            Event::Retrying {
                code: code(),
                failure: failure(),
                attempts: 1,
                after: Duration::from_millis(500),
            },
        ),
        (3, Event::Verified { code: code() }),
        (4, Event::Failed { code: of(text("9")), failure: failure() }),
        (5, paused(12)),
        (6, paused(11)),
        (59, Event::Tick),
        (60, Event::Tick),
        (61, Event::Tick),
        (
            69,
            Event::AccountTrouble {
                account: AccountName::default(),
                message: "https://x could not be reached".to_owned(),
                patience: Duration::from_mins(3),
            },
        ),
        (
            70,
            Event::AccountStopped {
                account: AccountName::default(),
                message: "the quota\u{7} is spent".to_owned(),
            },
        ),
        (71, Event::Stopping { signal: "SIGINT" }),
        (72, Event::Bundling { campaign: name("metro"), codes: 2 }),
        (72, Event::BundleProgress { campaign: name("metro"), codes: 1 }),
        (
            73,
            Event::Bundled {
                campaign: name("metro"),
                path: PathBuf::from("output/metro/metro.zip"),
                revision: 3,
                codes: 2,
            },
        ),
    ]
}

fn play(monitor: &impl Show, events: Vec<(i64, Event)>) {
    for (at, event) in events {
        monitor.event(after(at), &event);
    }
    monitor.finish(after(74));
}

#[test]
fn lines_come_once_a_minute_and_for_what_goes_wrong() {
    let out = Shared::default();
    play(&Lines::new(out.clone(), false), run());
    let expected = r#"2026-11-22 15:00:00 started: 2 codes to issue, 3 pictures to fetch, 1 campaign
2026-11-22 15:00:04 failed metro "9" (issue): the scene is refused (40053, rid 6a1b)
2026-11-22 15:00:05 account default pauses for 12 s: its minute quota is spent
2026-11-22 15:01:00 issued 1 of 2, verified 1, failed 1, retried 1
2026-11-22 15:01:09 account default cannot work yet and goes on trying for up to 3 min: https://x could not be reached
2026-11-22 15:01:10 account default issues nothing more: the quota is spent
2026-11-22 15:01:11 SIGINT: nothing new is begun, what is under way is finished
2026-11-22 15:01:13 bundled output/metro/metro.zip (revision 3, 2 codes)
"#;
    assert_eq!(out.text(), expected);
}

#[test]
fn verbose_lines_show_each_codes_steps() {
    let out = Shared::default();
    play(&Lines::new(out.clone(), true), run().into_iter().take(5).collect());
    let expected = "\
2026-11-22 15:00:00 started: 2 codes to issue, 3 pictures to fetch, 1 campaign
2026-11-22 15:00:01 issued metro 1 (generation 2)
2026-11-22 15:00:01 fetched metro 1
2026-11-22 15:00:02 metro 1 again in 1 s, after 1 request: the scene is refused (40053, rid 6a1b)
2026-11-22 15:00:03 verified metro 1
2026-11-22 15:01:14 ended, took 1 min 14 s: issued 1 of 2, verified 1, retried 1
";
    assert_eq!(out.text(), expected);
}

#[test]
fn failures_after_twenty_are_only_counted() {
    let out = Shared::default();
    let mut events = vec![(0, Event::Started { issues: 0, fetches: 1000, campaigns: 1 })];
    events.extend((1..=50).map(|n| (1, Event::Failed { code: of(id(n)), failure: failure() })));
    play(&Lines::new(out.clone(), false), events);
    let text = out.text();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 23);
    assert_eq!(
        lines[20],
        "2026-11-22 15:00:01 failed metro 20 (issue): the scene is refused (40053, rid 6a1b)"
    );
    assert_eq!(
        lines[21..],
        [
            "2026-11-22 15:00:01 further failures are only counted",
            "2026-11-22 15:01:14 ended, took 1 min 14 s: verified 0 of 1,000, failed 50",
        ]
    );
}

#[test]
fn events_are_json_lines() {
    let out = Shared::default();
    play(&Events::new(out.clone()), run());
    let expected = r#"{"at":"2026-11-22T15:00:00+08:00","event":"started","issues":2,"fetches":3,"campaigns":1}
{"at":"2026-11-22T15:00:01+08:00","event":"issued","campaign":"metro","scene":"1","scene_type":"id","generation":2}
{"at":"2026-11-22T15:00:01+08:00","event":"fetched","campaign":"metro","scene":"1","scene_type":"id"}
{"at":"2026-11-22T15:00:02+08:00","event":"retrying","campaign":"metro","scene":"1","scene_type":"id","stage":"issue","errcode":40053,"rid":"6a1b","message":"the scene is\nrefused","attempts":1,"after_seconds":0.5}
{"at":"2026-11-22T15:00:03+08:00","event":"verified","campaign":"metro","scene":"1","scene_type":"id"}
{"at":"2026-11-22T15:00:04+08:00","event":"failed","campaign":"metro","scene":"9","scene_type":"str","stage":"issue","errcode":40053,"rid":"6a1b","message":"the scene is\nrefused"}
{"at":"2026-11-22T15:00:05+08:00","event":"paused","account":"default","after_seconds":12.0}
{"at":"2026-11-22T15:00:06+08:00","event":"paused","account":"default","after_seconds":11.0}
{"at":"2026-11-22T15:01:09+08:00","event":"account_trouble","account":"default","message":"https://x could not be reached","gives_up_after_seconds":180.0}
{"at":"2026-11-22T15:01:10+08:00","event":"account_stopped","account":"default","message":"the quota\u0007 is spent"}
{"at":"2026-11-22T15:01:11+08:00","event":"stopping","signal":"SIGINT"}
{"at":"2026-11-22T15:01:12+08:00","event":"bundling","campaign":"metro","codes":2}
{"at":"2026-11-22T15:01:13+08:00","event":"bundled","campaign":"metro","codes":2,"bundle":"output/metro/metro.zip","revision":3}
"#;
    assert_eq!(out.text(), expected);
    for line in out.text().lines() {
        serde_json::from_str::<serde_json::Value>(line).expect("JSON");
    }
}

#[test]
fn a_closed_pipe_stops_the_events_and_nothing_else() {
    let (events, lines) = (Closed::default(), Closed::default());
    play(&Events::new(events.clone()), run());
    play(&Lines::new(lines.clone(), true), run());
    assert_eq!(*events.0.lock().expect("not poisoned"), 1);
    assert!(*lines.0.lock().expect("not poisoned") > 1);
}

#[test]
fn a_tee_tells_everybody() {
    let (one, other) = (Shared::default(), Shared::default());
    let tee = Tee::new(vec![
        Box::new(Silent),
        Box::new(Events::new(one.clone())),
        Box::new(Lines::new(other.clone(), false)),
    ]);
    play(&tee, run());
    assert_eq!((one.text().lines().count(), other.text().lines().count()), (13, 8));
    let tee: &dyn Monitor = &tee;
    tee.event(after(0), &Event::Tick);
}

/// A terminal 100 columns wide that keeps what was written to it; or one that is gone.
#[derive(Clone, Default)]
struct Screen {
    text: Arc<Mutex<String>>,
    refusals: Arc<Mutex<u32>>,
    gone: bool,
}

impl fmt::Debug for Screen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Screen")
    }
}

impl Screen {
    fn answer(&self) -> io::Result<()> {
        if !self.gone {
            return Ok(());
        }
        *self.refusals.lock().expect("not poisoned") += 1;
        Err(io::ErrorKind::BrokenPipe.into())
    }
}

impl TermLike for Screen {
    fn width(&self) -> u16 {
        100
    }

    fn move_cursor_up(&self, _n: usize) -> io::Result<()> {
        self.answer()
    }

    fn move_cursor_down(&self, _n: usize) -> io::Result<()> {
        self.answer()
    }

    fn move_cursor_right(&self, _n: usize) -> io::Result<()> {
        self.answer()
    }

    fn move_cursor_left(&self, _n: usize) -> io::Result<()> {
        self.answer()
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        self.write_str(&format!("{text}\n"))
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        self.text.lock().expect("not poisoned").push_str(text);
        self.answer()
    }

    fn clear_line(&self) -> io::Result<()> {
        self.answer()
    }

    fn flush(&self) -> io::Result<()> {
        self.answer()
    }
}

fn progress(screen: &Screen) -> Progress {
    // Many times a second, so that nothing that is asked for is left out.
    Progress::on(ProgressDrawTarget::term_like_with_hz(Box::new(screen.clone()), 255), false)
}

#[test]
fn bars_show_each_stage_and_failures_stand_above_them() {
    let screen = Screen::default();
    let monitor = progress(&screen);
    for (at, event) in run().into_iter().take(8) {
        monitor.event(after(at), &event);
    }
    let text = screen.text.lock().expect("not poisoned").clone();
    for part in [
        "issued   ",
        "fetched  ",
        "verified ",
        "0 of 2",
        "1 of 3",
        "failed metro \"9\" (issue): the scene is refused (40053, rid 6a1b)",
        "account default pauses for 12 s: its minute quota is spent",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    monitor.finish(after(74));
}

#[test]
fn a_terminal_that_is_gone_stops_nothing() {
    let screen = Screen { gone: true, ..Screen::default() };
    play(&progress(&screen), run());
    assert!(*screen.refusals.lock().expect("not poisoned") > 0);
    play(&Progress::on(ProgressDrawTarget::hidden(), true), run());
}
