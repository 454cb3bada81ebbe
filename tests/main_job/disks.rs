//! Disks that are full, read-only or gone, and a stdout that nobody reads.

use std::process::Command;

use super::arrival::hundred;
use super::documents::assert_run_document;
use super::support::{Kind, Platform, Project, Told, Verdict};

/// Runs the program below a shell, in which `"$@"` is the program and its arguments.
fn in_shell(project: &Project, script: &str, args: &[&str]) -> Told {
    Told::of(shell(project, &["sh"], script, args))
}

fn shell(project: &Project, before: &[&str], script: &str, args: &[&str]) -> Command {
    let program = project.command(args);
    let mut command = Command::new(before[0]);
    command.args(&before[1..]).args(["-c", script, "sh"]).arg(program.get_program()).args(args);
    command.current_dir(project.path("")).env_clear().stdin(std::process::Stdio::null());
    command.envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command
}

/// The same where the script may mount what it likes, seen by nobody else; `None` on a machine that does not let us.
fn with_mounts(project: &Project, script: &str, args: &[&str]) -> Option<Told> {
    for flags in ["-m", "-rm"] {
        let unshare = ["unshare", flags, "sh"];
        let probe = shell(project, &unshare, "mount -t tmpfs none /mnt", &[]).output();
        if probe.is_ok_and(|probe| probe.status.success()) {
            return Some(Told::of(shell(project, &unshare, script, args)));
        }
    }
    eprintln!("skipped: this machine lets nobody mount");
    None
}

/// A run that is as it should be, after one that was not: it asks for no more tickets than were missing.
#[track_caller]
fn finishes(project: &Project, platform: &Platform, creates: usize) {
    platform.behave();
    let before = platform.count(Kind::Create);
    project.expect(&["run"], 0);
    assert_eq!(platform.count(Kind::Create) - before, creates);
    assert_eq!(project.bundle("city").rows().len(), 100);
    project.expect(&["verify", "output/city/city.zip"], 0);
    assert!(project.files("").iter().all(|name| !name.contains(".scenepress-")), "nothing half-done stays");
}

fn city(platform: &Platform) -> Project {
    Project::new(platform).campaign("city.yaml", &hundred())
}

const HELP: &str = "  = help: delete something on that disk\n  \
                    = help: or name a place on another disk: --output FOLDER, --ledger FILE\n";

#[test]
fn a_run_does_not_begin_when_a_disk_it_writes_to_has_under_200_mb_free() {
    let platform = Platform::start();
    let project = city(&platform);
    let mounted = |folder: &str, size: &str| {
        format!("mkdir -p {folder} && mount -t tmpfs -o size={size} none {folder} && exec \"$@\"")
    };
    let args = ["run", "-q", "--format", "json"];
    let Some(told) = with_mounts(&project, &mounted("output", "100m"), &args) else { return };
    let document = told.json();
    assert_eq!(told.exit, 1);
    assert_run_document(&document, 1, "failed");
    let message = "the disk of output has 104 MB free, and a run needs 200 MB to begin";
    assert_eq!(document["message"], message);
    assert_eq!(told.stderr, format!("error: {message}\n{HELP}"));
    let problem = &document["problems"][1];
    assert_eq!((&problem["kind"], &problem["path"]), (&"no-room".into(), &"output".into()));
    let help =
        "delete something on that disk; or name a place on another disk: --output FOLDER, --ledger FILE";
    assert_eq!(problem["help"], help);

    for (folder, args) in [
        ("small", &["run", "--output", "small"][..]),
        ("output/pictures", &["run"]),
        ("safe", &["run", "--ledger", "safe/ledger.sqlite"]),
    ] {
        let told = with_mounts(&project, &mounted(folder, "100m"), args).expect("it could mount before");
        let path = if folder == "safe" { "safe/ledger.sqlite" } else { folder };
        told.says(&format!("error: the disk of {path} has 104 MB free, and a run needs 200 MB"));
        assert_eq!(told.exit, 1);
    }
    assert!(platform.asked().is_empty(), "not even an access token");
    assert!(!project.path("output/ledger.sqlite").exists());

    let told = with_mounts(&project, &mounted("roomy", "300m"), &["run", "--output", "roomy"]);
    assert_eq!(told.expect("it could mount before").exit, 0);
    platform.behave();
}

#[test]
fn a_run_with_nothing_to_do_does_not_begin_either_when_the_disk_is_full() {
    let platform = Platform::start();
    let project = city(&platform);
    project.expect(&["run"], 0);
    let script = "mkdir full && cp -r output/. full && rm -r output && mkdir output && \
                  mount -t tmpfs -o size=100m none output && cp -pr full/. output && exec \"$@\"";
    let Some(told) = with_mounts(&project, script, &["run", "-q"]) else { return };
    assert_eq!(told.exit, 1);
    told.says(" MB free, and a run needs 200 MB to begin\n");
    told.says(HELP);
}

#[test]
fn a_ledger_that_cannot_grow_ends_the_run_and_the_next_asks_again_only_for_what_was_in_flight() {
    let platform = Platform::start();
    let project = city(&platform);
    // Blocks of 512 bytes: the ledger's log is larger after some dozens of codes, fewer where the machine is busy.
    let told = in_shell(&project, "ulimit -f 400; exec \"$@\"", &["run", "--format", "json"]);
    assert_eq!(told.exit, 1, "{}", told.stderr);
    let document = told.json();
    let message = document["message"].as_str().expect("a message");
    assert!(message.starts_with("cannot write output/ledger.sqlite: "), "{message}");
    let asked = platform.count(Kind::Create);
    assert!((1..100).contains(&asked), "{asked}");
    assert!(!project.path("output/city/city.zip").exists());
    project.expect(&["run"], 0);
    let twice = platform.count(Kind::Create) - 100;
    assert!(twice <= 64, "{twice} codes were asked for twice");
    finishes(&project, &platform, 0);
}

#[test]
fn a_bundle_that_does_not_fit_leaves_the_earlier_one_and_what_was_issued() {
    let platform = Platform::start();
    let project = city(&platform);
    project.expect(&["run"], 0);
    let before = project.bundle("city").sha256;
    let shops = hundred().replace("Store {n}", "Shop {n}");
    let project = project.campaign("city.yaml", &format!("limits: {{relabel: 100%}}\n{shops}"));
    for verb in ["run", "bundle"] {
        let told = in_shell(&project, "ulimit -f 600; exec \"$@\"", &[verb]);
        assert_eq!(told.exit, 1, "{}", told.stderr);
        told.says("city.zip: File too large (os error 27)\n");
        assert!(!told.stderr.contains("ZipWriter"), "{}", told.stderr);
        assert_eq!(project.bundle("city").sha256, before);
    }
    finishes(&project, &platform, 0);
    assert_ne!(project.bundle("city").sha256, before);
}

#[test]
fn a_pictures_folder_that_disappears_ends_the_run_and_no_ticket_is_asked_for_again() {
    let platform = Platform::start();
    let project = city(&platform);
    let pictures = project.path("output/pictures");
    platform.rule(move |asked| {
        if asked.kind == Kind::Picture && asked.number == 20 {
            let _ = std::fs::remove_dir_all(&pictures);
        }
        Verdict::Pass
    });
    let told = project.expect(&["run"], 1);
    told.says("cannot write output/pictures/");
    let issued = platform.count(Kind::Create);
    platform.behave();
    project.expect(&["run"], 0);
    let twice = platform.count(Kind::Create) - 100;
    assert!(twice <= 64.min(issued), "{twice} codes were asked for twice");
    finishes(&project, &platform, 0);
}

#[test]
fn a_folder_that_is_a_file_or_cannot_be_written_ends_the_run_before_the_first_call() {
    let platform = Platform::start();
    let project = city(&platform);
    project.write("notes", "a user's own");
    for (args, expected) in [
        (
            &["run", "-q", "--output", "notes", "--ledger", "ledger.sqlite"][..],
            "error: cannot create notes/pictures: Not a directory (os error 20)\n",
        ),
        (
            &["run", "-q", "--ledger", "notes/ledger.sqlite"],
            "error: cannot read notes/ledger.sqlite: Not a directory (os error 20)\n",
        ),
    ] {
        assert_eq!(project.expect(args, 1).stderr, expected);
    }
    let read_only = "mkdir -p output/kept && mount --bind output output && mount -o remount,bind,ro output && \
                     exec \"$@\"";
    for (args, expected) in [
        (
            &["run", "-q"][..],
            "error: cannot open output/ledger.sqlite.lock: Read-only file system (os error 30)\n",
        ),
        (
            &["run", "-q", "--ledger", "elsewhere/ledger.sqlite"],
            "error: cannot create output/pictures: Read-only file system (os error 30)\n",
        ),
    ] {
        let Some(told) = with_mounts(&project, read_only, args) else { continue };
        assert_eq!((told.exit, told.stderr.as_str()), (1, expected));
    }
    assert!(platform.asked().is_empty());
    assert_eq!(project.read("notes"), b"a user's own");
    finishes(&project, &platform, 100);
}

#[test]
fn a_stdout_that_is_closed_or_full_does_not_stop_a_run() {
    let platform = Platform::start();
    let args = ["run", "--format", "json", "--events"];
    for (script, exit, stderr) in [
        ("exec \"$@\" >&-", 0, ""),
        ("{ \"$@\"; echo $? > exit; } | head -c 0; exit $(cat exit)", 0, ""),
        ("exec \"$@\" 2>&-", 0, ""),
        (
            "exec \"$@\" > /dev/full",
            1,
            "error: cannot write to standard output: No space left on device (os error 28)\n",
        ),
    ] {
        let project = city(&platform);
        let before = platform.count(Kind::Create);
        let told = in_shell(&project, script, &args);
        let said: Vec<&str> = told.stderr.split_inclusive('\n').collect();
        let errors: String = said.iter().filter(|line| line.starts_with("error")).copied().collect();
        assert_eq!((told.exit, errors.as_str()), (exit, stderr), "{script}\n{}", told.stderr);
        assert_eq!(platform.count(Kind::Create) - before, 100);
        finishes(&project, &platform, 0);
    }
}

#[test]
fn events_onto_a_full_disk_end_with_1_and_the_work_is_done_all_the_same() {
    let platform = Platform::start();
    let project = Project::new(&platform).campaign("a.yaml", "expires: 30d\ncodes: [{scene: 1, channel: A}]");
    let told = in_shell(&project, "\"$@\" > /dev/full", &["run", "--events"]);
    assert_eq!(told.exit, 1, "{}", told.stderr);
    told.says("not all events could be written: No space left on device (os error 28)");
    assert!(project.path("output/a/a.zip").exists());
    // Who stops reading has had enough.
    project.remove("output");
    let told = in_shell(&project, "{ \"$@\"; echo \"exit $?\" >&2; } | true", &["run", "--events"]);
    told.says("exit 0");
}

/// A limit on the size of files ends a process at any write, be it of a ledger that is just being made: by a signal, or
/// by an error where whoever started it ignores that signal.
#[test]
fn a_run_that_ends_at_any_size_of_its_files_is_finished_by_the_next() {
    let platform = Platform::start();
    let mut begun = 0;
    for blocks in [1, 8, 64, 128, 192, 224, 256, 288, 320, 400] {
        let project = city(&platform);
        let creates = platform.count(Kind::Create);
        // The signal ends nobody whose parent ignores it, unless it is set back.
        let script = "env --default-signal=XFSZ true 2>&1 && set -- env --default-signal=XFSZ \"$@\"";
        let script = format!("{script}; ulimit -f {blocks} && \"$@\"; code=$?; exit $code");
        let told = in_shell(&project, &script, &["run"]);
        assert!([1, 128 + 25].contains(&told.exit), "{blocks} blocks: {} {}", told.exit, told.stderr);
        begun += usize::from(platform.count(Kind::Create) > creates);
        project.expect(&["run"], 0);
        assert_eq!(project.number("SELECT count(*) FROM generations"), 100, "{blocks} blocks");
        assert_eq!(project.bundle("city").rows().len(), 100);
        assert!(
            project.files("").iter().all(|name| !name.contains(".scenepress-")),
            "{:?}",
            project.files("")
        );
        let asked = platform.asked().len();
        project.expect(&["run"], 0);
        assert_eq!(platform.asked().len(), asked, "nothing is left to do");
    }
    assert!(begun > 0 && begun < 10, "some end before their first call and some after it: {begun}");
}
