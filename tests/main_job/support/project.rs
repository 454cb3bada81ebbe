//! A folder with campaigns, where the program works.
#![expect(clippy::disallowed_methods, reason = "tests write what the program reads, and read what it writes")]

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::time::SystemTime;

use serde_json::Value;
use tempfile::TempDir;

use super::{APPID, Bundle, Platform, SECRET, schema};

/// A folder of its own: `campaigns/` and, once the program ran, `output/`.
pub struct Project {
    dir: TempDir,
    secret: String,
}

/// How the program ended and what it said.
#[derive(Debug, Clone)]
pub struct Told {
    pub exit: i32,
    pub stdout: String,
    pub stderr: String,
}

/// The program while it runs.
pub struct Running {
    child: Child,
    stderr: BufReader<ChildStderr>,
    said: String,
}

impl Project {
    /// Its one account is the platform's, at a rate that holds nobody up.
    pub fn new(platform: &Platform) -> Self {
        Self::with_account(platform, "")
    }

    /// The same with further lines for the account in `accounts.yaml`.
    pub fn with_account(platform: &Platform, more: &str) -> Self {
        let project =
            Self { dir: tempfile::tempdir().expect("a temporary folder"), secret: SECRET.to_owned() };
        project.write_accounts(platform, more);
        project
    }

    /// Points the account at a platform.
    pub fn write_accounts(&self, platform: &Platform, more: &str) {
        let url = platform.url();
        let rate = if more.contains("  rate:") { "" } else { "  rate: 1000/s\n" };
        let accounts = format!(
            "default:\n  appid: ${{WECHAT_APPID}}\n  secret: ${{WECHAT_SECRET}}\n  api_url: {url}\n  image_url: {url}\n{rate}{more}"
        );
        self.write("campaigns/accounts.yaml", &accounts);
    }

    /// With another value for `WECHAT_SECRET`.
    pub fn with_secret(mut self, secret: &str) -> Self {
        secret.clone_into(&mut self.secret);
        self
    }

    pub fn campaign(self, name: &str, text: &str) -> Self {
        self.write(&format!("campaigns/{name}"), text);
        self
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, content).expect("a file");
    }

    pub fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    pub fn remove(&self, name: &str) {
        let path = self.path(name);
        let removed = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        removed.unwrap_or_else(|error| panic!("{name}: {error}"));
    }

    /// Another project with the same campaigns, ledger and pictures, but no bundle.
    pub fn twin(&self) -> Self {
        let twin =
            Self { dir: tempfile::tempdir().expect("a temporary folder"), secret: self.secret.clone() };
        for name in self.files("") {
            let kept = ["campaigns/", "output/pictures/", "output/ledger.sqlite"];
            if kept.iter().any(|kept| name.starts_with(kept)) {
                twin.write(&name, self.read(&name));
            }
        }
        twin
    }

    /// The files below a folder, by their path from the project's.
    pub fn files(&self, below: &str) -> Vec<String> {
        let mut files = Vec::new();
        let mut folders = vec![self.path(below)];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).into_iter().flatten() {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let name = path.strip_prefix(self.dir.path()).expect("below the project");
                    files.push(name.to_str().expect("UTF-8").to_owned());
                }
            }
        }
        files.sort();
        files
    }

    /// Every file of `output` but the lock's, with its time and its bytes.
    pub fn output(&self) -> BTreeMap<String, (SystemTime, Vec<u8>)> {
        let files = self.files("output").into_iter().filter(|name| name != "output/ledger.sqlite.lock");
        files
            .map(|name| {
                let metadata = fs::metadata(self.path(&name)).expect("a file");
                let facts = (metadata.modified().expect("a time"), self.read(&name));
                (name, facts)
            })
            .collect()
    }

    /// The same without the ledger, which remembers of every run that all was done.
    pub fn results(&self) -> BTreeMap<String, (SystemTime, Vec<u8>)> {
        let mut results = self.output();
        results.remove("output/ledger.sqlite");
        results
    }

    /// `output/CAMPAIGN/CAMPAIGN.zip`
    pub fn bundle(&self, campaign: &str) -> Bundle {
        Bundle::open(&self.path(&format!("output/{campaign}/{campaign}.zip")))
    }

    /// The program with nothing in its environment but the credentials.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_scenepress"));
        command.args(args).current_dir(self.dir.path()).env_clear().stdin(Stdio::null());
        command.env("WECHAT_APPID", APPID).env("WECHAT_SECRET", &self.secret);
        command
    }

    /// Runs the program. Every document that it prints is held to its schema.
    #[track_caller]
    pub fn tell(&self, args: &[&str]) -> Told {
        let told = Told::of(self.command(args));
        if args.contains(&"json")
            && !args.contains(&"--events")
            && let Some(name) = ["run", "plan", "status", "inspect", "diff"]
                .into_iter()
                .find(|name| args.first() == Some(name))
            && !told.stdout.is_empty()
        {
            schema::assert_valid(name, &told.json());
        }
        told
    }

    /// Runs the program and expects an exit.
    #[track_caller]
    pub fn expect(&self, args: &[&str], exit: i32) -> Told {
        let told = self.tell(args);
        assert_eq!(told.exit, exit, "{args:?}\nstdout:\n{}\nstderr:\n{}", told.stdout, told.stderr);
        told
    }

    /// The document of a run.
    #[track_caller]
    pub fn run_json(&self, exit: i32) -> Value {
        let told = self.expect(&["run", "--format", "json"], exit);
        serde_json::from_str(&told.stdout).expect("a document")
    }

    pub fn start(&self, args: &[&str]) -> Running {
        Self::spawn(self.command(args))
    }

    /// The same out of a shell that did this first.
    #[allow(dead_code, reason = "each test binary uses its part of it")]
    pub fn start_from(&self, first: &str, args: &[&str]) -> Running {
        let like = self.command(args);
        let mut command = Command::new("/bin/sh");
        command
            .args(["-c", &format!("{first}; exec \"$0\" \"$@\"")])
            .arg(like.get_program())
            .args(like.get_args());
        command.current_dir(self.dir.path()).env_clear().stdin(Stdio::null());
        command.envs(like.get_envs().filter_map(|(name, value)| Some((name, value?))));
        Self::spawn(command)
    }

    fn spawn(mut command: Command) -> Running {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program");
        let stderr = BufReader::new(child.stderr.take().expect("stderr"));
        Running { child, stderr, said: String::new() }
    }

    /// Says something to the ledger that no program would.
    pub fn sql(&self, sql: &str) {
        let ledger = rusqlite::Connection::open(self.path("output/ledger.sqlite")).expect("a ledger");
        ledger.execute_batch(sql).expect("SQL");
    }

    /// What the ledger answers to a question with one number.
    #[allow(dead_code, reason = "each test binary uses its part of it")]
    pub fn number(&self, sql: &str) -> usize {
        let ledger = rusqlite::Connection::open(self.path("output/ledger.sqlite")).expect("a ledger");
        let number: i64 = ledger.query_row(sql, [], |row| row.get(0)).expect("a number");
        usize::try_from(number).expect("not negative")
    }

    /// As if everything had been issued so many days earlier.
    pub fn age(&self, days: u32) {
        let seconds = days * 86_400;
        self.sql(&format!(
            "UPDATE generations SET created_at = created_at - {seconds}, expires_at = expires_at - {seconds}"
        ));
    }
}

impl Told {
    pub fn of(mut command: Command) -> Self {
        let output = command.output().expect("the program");
        Self {
            exit: exit_of(output.status),
            stdout: String::from_utf8(output.stdout).expect("UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("UTF-8"),
        }
    }

    #[track_caller]
    pub fn says(&self, text: &str) {
        assert!(self.stderr.contains(text), "no {text:?} in:\n{}", self.stderr);
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error} in:\n{}", self.stdout))
    }
}

impl Running {
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// kill -9
    pub fn kill(mut self) {
        self.child.kill().expect("killed");
        self.child.wait().expect("dead");
    }

    /// Reads on until it has said this on stderr.
    pub fn wait_for(&mut self, text: &str) {
        while !self.said.contains(text) {
            let read = self.stderr.read_line(&mut self.said).expect("a line");
            assert!(read > 0, "it ended without saying {text:?}:\n{}", self.said);
        }
    }

    pub fn end(mut self) -> Told {
        let mut stdout = String::new();
        self.child.stdout.take().expect("stdout").read_to_string(&mut stdout).expect("UTF-8");
        self.stderr.read_to_string(&mut self.said).expect("UTF-8");
        Told { exit: exit_of(self.child.wait().expect("an end")), stdout, stderr: self.said }
    }
}

/// Sends a signal, by its name without `SIG`.
pub fn signal(name: &str, process: u32) {
    let sent = Command::new("sh").args(["-c", &format!("kill -{name} {process}")]).status().expect("a shell");
    assert!(sent.success());
}

fn exit_of(status: std::process::ExitStatus) -> i32 {
    status.code().unwrap_or_else(|| panic!("ended by a signal: {status}"))
}

/// Reads a file that is not a project's.
pub(super) fn read(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
