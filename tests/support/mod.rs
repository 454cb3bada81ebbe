//! Black-box tests: the program in a folder of its own, with a clean environment.
#![allow(dead_code, reason = "each test binary uses its part of it")]
#![allow(clippy::disallowed_methods, reason = "tests read and write files as users do")]

pub mod schema;

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

/// What a run of the program left.
#[derive(Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The exit code; -1 where a signal ended it.
    pub code: i32,
    /// What it wrote to stdout.
    pub stdout: String,
    /// What it wrote to stderr.
    pub stderr: String,
}

impl Outcome {
    /// Checks all three.
    #[track_caller]
    pub fn is(&self, code: i32, stdout: &str, stderr: &str) {
        assert_eq!(self.stderr, stderr, "stderr; stdout was\n{}", self.stdout);
        assert_eq!(self.stdout, stdout, "stdout; stderr was\n{}", self.stderr);
        assert_eq!(self.code, code);
    }

    /// Stdout as JSON.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// A folder in which the program runs.
pub struct Workplace {
    folder: TempDir,
}

impl Workplace {
    /// An empty one.
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder") }
    }

    /// With one campaign of three codes on an account with a literal appid.
    pub fn with_metro() -> Self {
        let workplace = Self::new();
        workplace.write("campaigns/accounts.yaml", "default:\n  appid: wx1\n  secret: ${WECHAT_SECRET}\n");
        workplace.write("campaigns/metro.yaml", METRO);
        workplace
    }

    /// A path in it.
    pub fn path(&self, path: impl AsRef<Path>) -> PathBuf {
        self.folder.path().join(path)
    }

    /// Writes a file, and the folders above it.
    pub fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
        std::fs::write(path, text).expect("a file");
    }

    /// Reads a file.
    #[track_caller]
    pub fn read(&self, path: &str) -> Vec<u8> {
        std::fs::read(self.path(path)).expect("a file")
    }

    /// The program, not yet started: in this folder, with nothing of the tester's environment.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("scenepress"));
        command.args(args).current_dir(self.folder.path()).env_clear().stdin(Stdio::null());
        command
    }

    /// Runs the program.
    #[track_caller]
    pub fn run(&self, args: &[&str]) -> Outcome {
        outcome(&mut self.command(args))
    }

    /// Runs the program with variables.
    #[track_caller]
    pub fn run_with(&self, args: &[&str], variables: &[(&str, &str)]) -> Outcome {
        outcome(self.command(args).envs(variables.iter().copied()))
    }
}

/// Runs a command.
#[track_caller]
pub fn outcome(command: &mut Command) -> Outcome {
    let output = command.output().expect("the program starts");
    Outcome {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).expect("UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("UTF-8"),
    }
}

/// Sends a signal by its name (`TERM`) to a program that was started here.
pub fn signal(child: &Child, name: &str) {
    let status = Command::new("kill").args(["-s", name, &child.id().to_string()]).status().expect("kill");
    assert!(status.success());
}

/// One temporary code, one string, one permanent one.
pub const METRO: &str = "\
permanent_budget: 1
expires: 30d
codes:
  - {scene: 1001, channel: Metro line 2, tags: [metro]}
  - {scene: \"1002\", channel: 北京门店}
  - {scene: vip-desk, channel: VIP desk, expires: never}
medium: screen
";
