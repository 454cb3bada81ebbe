//! The cron recipe, from an empty machine to its nights, good and bad.

use crate::machine::{Machine, Said, has_git};
use crate::recipes::Recipes;
use crate::{both, english};

/// A crontab as cron reads it.
struct Crontab {
    variables: Vec<(String, String)>,
    jobs: Vec<Job>,
}

struct Job {
    minute: u32,
    hour: u32,
    command: String,
}

impl Crontab {
    fn parse(text: &str) -> Self {
        let mut crontab = Self { variables: Vec::new(), jobs: Vec::new() };
        for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let name = line.split_once('=').map(|(name, value)| (name.trim(), value.trim()));
            match name.filter(|(name, _)| name.chars().all(|c| c.is_ascii_uppercase() || c == '_')) {
                Some((name, value)) => crontab.variables.push((name.to_owned(), value.to_owned())),
                None => crontab.jobs.push(Job::parse(line)),
            }
        }
        crontab
    }
}

impl Job {
    fn parse(line: &str) -> Self {
        let mut rest = line;
        let mut fields = Vec::new();
        for _ in 0..5 {
            let (field, after) = rest.split_once(char::is_whitespace).expect("five fields and a command");
            fields.push(field);
            rest = after.trim_start();
        }
        let number = |field: &str, most: u32| {
            let number: u32 = field.parse().unwrap_or_else(|_| panic!("{field} in {line}"));
            assert!(number <= most, "{line}");
            number
        };
        assert_eq!(fields[2..4], ["*", "*"], "every day, or one of the week: {line}");
        assert!(["*", "1"].contains(&fields[4]), "{line}");
        // For cron a `%` ends the command and begins what it reads, unless there is a backslash before it.
        assert!(!rest.replace("\\%", "").contains('%'), "a bare % in {line}");
        let command = rest.replace("\\%", "%");
        Self { minute: number(fields[0], 59), hour: number(fields[1], 23), command }
    }
}

/// A machine with a crontab.
struct Nights {
    machine: Machine,
    crontab: Crontab,
}

impl Nights {
    fn new(recipes: &Recipes) -> Self {
        let machine = Machine::at_work(recipes);
        let crontab = Crontab::parse(&machine.place(&recipes.get("crontab")));
        Self { machine, crontab }
    }

    /// Runs the lines in which there is such a text, one at least, in their order: what cron mails.
    fn mail(&self, what: &str) -> String {
        let jobs: Vec<&Job> = self.crontab.jobs.iter().filter(|job| job.command.contains(what)).collect();
        assert!(!jobs.is_empty(), "no line has {what}");
        let said = |job: &&Job| self.machine.as_cron(&self.crontab.variables, &job.command).text;
        jobs.iter().map(said).collect()
    }

    fn log(&self) -> String {
        self.machine.read("srv-codes/output/nightly.log")
    }

    fn last_of_log(&self, lines: usize) -> String {
        let log = self.log();
        let all: Vec<&str> = log.lines().collect();
        all[all.len().saturating_sub(lines)..].join("\n") + "\n"
    }

    fn backups(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.machine.path("backups")).expect("a folder");
        let name = |entry: std::io::Result<std::fs::DirEntry>| entry.expect("an entry").file_name();
        entries.map(|entry| name(entry).into_string().expect("UTF-8")).collect()
    }
}

const RUN: &str = "scenepress run";
const WATCH: &str = "scenepress status";
const DOCTOR: &str = "scenepress doctor";

#[test]
fn the_lines_come_in_order_a_run_before_its_backup_before_the_watchman() {
    for recipes in both() {
        let crontab = Crontab::parse(&recipes.get("crontab"));
        let names: Vec<&str> = crontab.variables.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["PATH", "MAILTO"]);
        let times: Vec<u32> = crontab.jobs.iter().map(|job| 60 * job.hour + job.minute).collect();
        assert!(times.is_sorted(), "{times:?}");
        let what = ["git pull", RUN, "scenepress ledger backup", WATCH, DOCTOR];
        assert_eq!(crontab.jobs.len(), what.len());
        for (job, what) in crontab.jobs.iter().zip(what) {
            assert!(job.command.contains(what), "{}", job.command);
        }
    }
}

#[test]
fn a_stranger_can_follow_the_recipe_on_an_empty_machine() {
    if !has_git() {
        return;
    }
    for recipes in both() {
        let nights = Nights::new(&recipes);
        let machine = &nights.machine;
        assert_eq!(machine.mode("scenepress.env"), 0o600, "the secret is nobody else's");
        assert_eq!(machine.mode("srv-codes"), 0o750);
        assert!(machine.path("srv-codes/output/metro/metro.zip").exists(), "the first run made its bundle");

        // A night with nothing to do: not a word, but for the log.
        assert_eq!(nights.mail(" "), "");
        assert!(
            nights.log().ends_with("\nNothing to do: 55 codes are as they should be.\n"),
            "{}",
            nights.log()
        );
        let backups = nights.backups();
        assert_eq!(backups.len(), 1);
        let weekday = backups[0].strip_prefix("ledger-").and_then(|name| name.strip_suffix(".sqlite"));
        assert!(matches!(weekday.expect("its name").parse(), Ok(1..=7)), "{backups:?}");
        assert!(machine.read("srv-codes/output/status.txt").starts_with("Status of "));

        // What is pushed comes with the next night.
        machine.push_a_code(7);
        assert_eq!(nights.mail(" "), "");
        assert!(nights.log().contains("\nmetro: 1 created, 55 unchanged\n"), "{}", nights.log());

        // The next night the backup replaces that of its weekday.
        assert_eq!(nights.mail(" "), "");
        assert_eq!(nights.backups(), backups);
    }
}

#[test]
fn what_goes_wrong_is_mailed_and_mended_as_the_readme_says() {
    if !has_git() {
        return;
    }
    let recipes = english();
    let nights = Nights::new(&recipes);
    let machine = &nights.machine;
    assert_eq!(nights.mail(" "), "");

    // A secret that was reset: the run says so, and the watchman misses the code.
    machine.push_a_code(7);
    machine.set_secret(false);
    assert_eq!(nights.mail("git pull"), "");
    let mail = nights.mail(RUN);
    assert_eq!(mail, format!("scenepress run: exit 7\n{}", nights.last_of_log(30)));
    assert!(mail.contains("the secret of account default"), "{mail}");
    let mail = nights.mail(WATCH);
    assert_eq!(mail, machine.read("srv-codes/output/status.txt"));
    assert!(mail.ends_with("\noverdue: metro: 1 code is without a ticket\n"), "{mail}");
    let mail = nights.mail(DOCTOR);
    let refused = "bad     credentials   default: the secret of account default (wx0123456789abcdef) is wrong: check the \
                   variable WECHAT_SECRET; a reset on mp.weixin.qq.com (基本配置) ends the earlier secret at once; the \
                   platform says: invalid appsecret (errcode 40125";
    assert_eq!(mail.split(", rid ").next(), Some(refused), "{mail}");
    assert_eq!(mail.lines().count(), 1, "{mail}");

    machine.set_secret(true);
    assert_eq!(nights.mail(" "), "");

    // A damaged table: its campaign stops, and the others get what is theirs.
    let broken = "srv-codes/campaigns/shops.csv";
    machine.write(broken, "scene,channel,expires\n1,\"A,30d\n");
    machine.push_a_code(8);
    assert_eq!(nights.mail("git pull"), "");
    let mail = nights.mail(RUN);
    assert!(mail.starts_with("scenepress run: exit 2\n"), "{mail}");
    assert!(mail.contains("campaigns/shops.csv has problems and is skipped"), "{mail}");
    assert!(mail.contains("metro: 1 created, 56 unchanged\n"), "{mail}");
    assert!(nights.mail(WATCH).contains("\nmetro "), "the watchman sees the others");
    std::fs::remove_file(machine.path(broken)).expect("it is there");
    assert_eq!(nights.mail(" "), "");

    // A lost ledger: nothing is issued anew, and the backup takes its place.
    std::fs::remove_file(machine.path("srv-codes/output/ledger.sqlite")).expect("it is there");
    let mail = nights.mail(RUN);
    assert_eq!(mail, format!("scenepress run: exit 4\n{}", nights.last_of_log(30)));
    let missing = "error: there is no ledger at output/ledger.sqlite\n  = help: restore it from its backup\n  = help: or, if this is the first run, leave out --require-ledger\n";
    assert!(mail.ends_with(missing), "{mail}");
    assert_eq!(nights.mail(WATCH), missing);
    let backup = format!("backups/{}", nights.backups()[0]);
    std::fs::copy(machine.path(&backup), machine.path("srv-codes/output/ledger.sqlite")).expect("a copy");
    assert_eq!(nights.mail(" "), "");
    assert!(nights.log().ends_with("\nNothing to do: 57 codes are as they should be.\n"), "{}", nights.log());
}

#[test]
fn the_appid_may_be_a_variable_too() {
    if !has_git() {
        return;
    }
    let nights = Nights::new(&english());
    nights.machine.hide_the_appid();
    assert_eq!(nights.mail(" "), "");
    assert!(nights.machine.read("srv-codes/campaigns/accounts.yaml").contains("  appid: ${WECHAT_APPID} "));
    assert!(nights.log().ends_with("\nNothing to do: 55 codes are as they should be.\n"), "{}", nights.log());
}

#[test]
fn a_machine_without_the_set_up_is_told_of() {
    if !has_git() {
        return;
    }
    let recipes = english();
    let machine = Machine::new(&recipes);
    let crontab = Crontab::parse(&machine.place(&recipes.get("crontab")));
    let silent = |job: &Job| {
        let Said { text, .. } = machine.as_cron(&crontab.variables, &job.command);
        text.is_empty()
    };
    assert!(!crontab.jobs.iter().any(silent), "a line says nothing where it can do nothing");
}
