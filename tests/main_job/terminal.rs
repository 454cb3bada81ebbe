//! What a person at a terminal is asked, and may answer.

use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};

use super::support::{Kind, Platform, Project, Verdict};

const DESK: &str =
    "permanent_budget: 1\nmedium: screen\ncodes: [{scene: 1, channel: Desk, expires: never}]\n";
const QUESTION: &str = "1 permanent code will be created (desk).
It can never be deleted and counts against the account's 100,000 for its life.
Create it? [y/N] ";

/// The program at a terminal: what is typed goes to its stdin, what it shows comes from its stdout. Where `script`,
/// which gives it one, is not at hand, or is another system's, there is none.
fn at_a_terminal(project: &Project, args: &str) -> Option<Child> {
    let version = Command::new("script").arg("--version").output();
    if !version.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).contains("util-linux")) {
        println!("skipped: this machine has no `script` of util-linux");
        return None;
    }
    let mut script = Command::new("script");
    let command = format!("{} {args} --color never", env!("CARGO_BIN_EXE_scenepress"));
    script.args(["-q", "-e", "-c", &command, "/dev/null"]);
    let like = project.command(&[]);
    script.current_dir(like.get_current_dir().expect("a folder"));
    script.envs(like.get_envs().filter_map(|(name, value)| Some((name, value?))));
    script.stdin(Stdio::piped()).stdout(Stdio::piped());
    Some(script.spawn().expect("it was there"))
}

/// Types so once the question is there. What the terminal shows, and the exit.
fn answered(mut child: Child, typed: &[u8]) -> (String, Option<i32>) {
    let mut stdout = child.stdout.take().expect("a pipe");
    let mut stdin = child.stdin.take().expect("a pipe");
    let mut shown = Vec::new();
    while !shown.ends_with(b"[y/N] ") {
        let mut byte = [0];
        stdout.read_exact(&mut byte).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&shown)));
        shown.extend(byte);
    }
    stdin.write_all(typed).and_then(|()| stdin.flush()).expect("somebody reads");
    stdout.read_to_end(&mut shown).expect("the rest");
    drop(stdin);
    let exit = child.wait().expect("an end").code();
    (String::from_utf8(shown).expect("UTF-8").replace('\r', ""), exit)
}

#[test]
fn whoever_declines_permanent_codes_on_a_terminal_ends_the_run_with_4() {
    let platform = Platform::start();
    let project = Project::new(&platform).campaign("desk.yaml", DESK);
    let declined = "error: 1 permanent code would have been created, which was declined; nothing was done\n";
    // The last is Ctrl-D, which a terminal does not show.
    for (typed, echo) in [(&b"n\n"[..], "n\n"), (b"\n", "\n"), (b"\x04", "\n")] {
        let Some(child) = at_a_terminal(&project, "run") else { return };
        let (shown, exit) = answered(child, typed);
        assert_eq!((shown, exit), (format!("{QUESTION}{echo}{declined}"), Some(4)));
    }
    assert!(platform.asked().is_empty());
}

#[test]
fn ctrl_c_at_the_question_ends_the_run_with_its_last_words() {
    let platform = Platform::start();
    let project = Project::new(&platform).campaign("desk.yaml", DESK);
    let Some(child) = at_a_terminal(&project, "run") else { return };
    let stopped = "^C\nerror: stopped by SIGINT: nothing was done\n";
    assert_eq!(answered(child, b"\x03"), (format!("{QUESTION}{stopped}"), Some(130)));
    assert!(platform.asked().is_empty());

    let Some(child) = at_a_terminal(&project, "run --format json") else { return };
    let (shown, exit) = answered(child, b"\x03");
    let document =
        shown.strip_prefix(&format!("{QUESTION}^C\n")).expect("the question stands in a line of its own");
    let document =
        document.strip_suffix("error: stopped by SIGINT: nothing was done\n").expect("the last words");
    let document: serde_json::Value = serde_json::from_str(document).expect("a document");
    super::documents::assert_run_document(&document, 130, "stopped");
    assert_eq!((&document["message"], exit), (&"stopped by SIGINT: nothing was done".into(), Some(130)));
}

/// The columns of a terminal that nobody has measured.
const COLUMNS: usize = 80;

/// What such a terminal shows at the end, line by line.
fn screen(shown: &str) -> Vec<String> {
    let (mut cells, mut row, mut column) = (vec![[' '; COLUMNS]], 0_usize, 0_usize);
    let mut rest = shown;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        match c {
            '\u{1b}' => {
                let sequence = rest.strip_prefix('[').expect("a sequence");
                let end = sequence.find(|c: char| c.is_ascii_alphabetic()).expect("its end");
                let number = sequence[..end].parse().unwrap_or(1);
                match &sequence[end..=end] {
                    "A" => row = row.saturating_sub(number),
                    "B" => row += number,
                    "K" => cells[row] = [' '; COLUMNS],
                    "m" => {}
                    other => panic!("what does {other} do?"),
                }
                rest = &sequence[end + 1..];
            }
            '\n' => row += 1,
            '\r' => column = 0,
            c => {
                if column == COLUMNS {
                    (row, column) = (row + 1, 0);
                }
                cells.resize(cells.len().max(row + 1), [' '; COLUMNS]);
                cells[row][column] = c;
                column += 1;
            }
        }
        cells.resize(cells.len().max(row + 1), [' '; COLUMNS]);
    }
    let lines = cells.into_iter().map(|line| line.into_iter().collect::<String>().trim_end().to_owned());
    lines.filter(|line| !line.is_empty()).collect()
}

#[test]
fn ctrl_c_amid_a_run_leaves_one_line_with_figures_and_no_bar() {
    let platform = Platform::start();
    let metro = "expires: 30d\nmedium: screen\ncodes: [{scenes: 1..9, channel: \"Exit {n}\"}]";
    let project = Project::new(&platform).campaign("metro.yaml", metro);
    let reached = platform.tell_of(Kind::Create, || Verdict::Wait);
    for once in [true, false] {
        let Some(mut child) = at_a_terminal(&project, "run") else { return };
        reached.recv().expect("the request");
        let mut stdin = child.stdin.take().expect("a pipe");
        stdin.write_all(b"\x03").and_then(|()| stdin.flush()).expect("somebody reads");
        let (mut stdout, mut shown) = (child.stdout.take().expect("a pipe"), Vec::new());
        while !String::from_utf8_lossy(&shown).contains("what is under way is finished") {
            let mut byte = [0];
            stdout.read_exact(&mut byte).expect("the line");
            shown.extend(byte);
        }
        if once {
            platform.open_door();
        } else {
            stdin.write_all(b"\x03").and_then(|()| stdin.flush()).expect("somebody reads");
        }
        stdout.read_to_end(&mut shown).expect("the rest");
        drop(stdin);
        assert_eq!(child.wait().expect("an end").code(), Some(130));
        let lines = screen(&String::from_utf8_lossy(&shown));
        assert!(lines.iter().all(|line| !line.contains(" left  ")), "a bar: {lines:#?}");
        let [.., before, last] = &lines[..] else { panic!("{lines:#?}") };
        if once {
            // One line, which is longer than this terminal.
            let expected =
                "Stopped by SIGINT: issued 1, verified 0, left 9; all is kept, run it again for the rest";
            assert_eq!(format!("{before}{last}"), expected);
            assert_eq!(lines.iter().filter(|line| line.contains("issued ")).count(), 1, "{lines:#?}");
            // The next one waits again.
            platform.close_door();
        } else {
            assert_eq!(last, "^Cerror: stopped at once by SIGINT: what was issued is kept");
        }
    }
}
