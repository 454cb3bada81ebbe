//! An empty machine: its `/usr/local/bin`, `/srv`, `/etc` and home lie in a temporary folder, and what needs an
//! administrator does there what it would do.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use scenepress::emulator::{self, Emulator, Settings};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::recipes::Recipes;

const APPID: &str = "wx0123456789abcdef";
const SECRET: &str = "5ec4e7-0123456789abcdef0123456789";

/// Places in the recipes that are this machine's own; the last is the git server's.
const PLACES: [(&str, &str); 5] = [
    ("/usr/local/bin", "usr-local-bin"),
    ("/srv/codes", "srv-codes"),
    ("/var/backups/codes", "backups"),
    ("/etc/scenepress.env", "scenepress.env"),
    ("https://git.example.com/our/codes.git", "origin"),
];

/// `sudo` runs what it is given, as nobody else: it leaves out whose the files are to be.
const SUDO: &str = r#"[ "$1" = -iu ] && shift 2
program=$1; shift
words=$#
while [ "$words" -gt 0 ]; do
  case $1 in
    -o | -g) shift 2; words=$((words - 2)) ;;
    *) set -- "$@" "$1"; shift; words=$((words - 1)) ;;
  esac
done
exec "$program" "$@"
"#;

pub struct Machine {
    folder: TempDir,
    _emulator: Emulator,
    /// Last, so that it outlives what runs on it.
    _runtime: Runtime,
}

/// What a command said, on either stream, and how it ended.
#[derive(Debug, PartialEq, Eq)]
pub struct Said {
    pub text: String,
    pub exit: i32,
}

/// Whether git is at hand; where it is not, a recipe cannot be followed.
pub fn has_git() -> bool {
    let found = Command::new("git").arg("--version").stdout(Stdio::null()).status();
    let has = found.is_ok_and(|status| status.success());
    if !has {
        println!("skipped: this machine has no git");
    }
    has
}

impl Machine {
    /// With nothing but git, a shell, and the campaign files of the README on a git server.
    pub fn new(recipes: &Recipes) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let settings = Settings {
            accounts: vec![(APPID.into(), SECRET.into())],
            url_prefix: "http://weixin.qq.com/q/02",
            ..Settings::default()
        };
        let runtime = Runtime::new().expect("a runtime");
        let emulator = runtime.block_on(emulator::start(settings, 0)).expect("the emulator");
        let url = emulator.url();
        let machine = Self { folder, _emulator: emulator, _runtime: runtime };
        for folder in ["home", "shims", "usr-local-bin", "origin/campaigns"] {
            std::fs::create_dir_all(machine.path(folder)).expect("a folder");
        }
        machine.shim("sudo", SUDO);
        machine.shim("useradd", "");
        machine.shim("sudoedit", &format!("echo WECHAT_SECRET={SECRET} >\"$1\"\n"));
        let built = env!("CARGO_BIN_EXE_scenepress");
        let install = format!(
            "[ \"$*\" = 'install --locked --path .' ] || exit 1\nmkdir -p ~/.cargo/bin\nln -s '{built}' ~/.cargo/bin/scenepress\n"
        );
        machine.shim("cargo", &install);
        for file in ["metro.yaml", "stores.csv", "accounts.yaml"] {
            let shown = recipes.campaign_file(&format!("campaigns/{file}"));
            let here = shown
                .replace("https://api.weixin.qq.com", &url)
                .replace("https://mp.weixin.qq.com", &url)
                .replace("rate: 10/s", "rate: 1000/s");
            machine.write(&format!("origin/campaigns/{file}"), &here);
        }
        machine.write("origin/.gitignore", "output/\n");
        machine.script("cd origin && git init -q -b main", &[]);
        machine.commit();
        machine
    }

    /// With the set-up done and the first run made.
    pub fn at_work(recipes: &Recipes) -> Self {
        let machine = Self::new(recipes);
        for name in ["set-up", "first run"] {
            let said = machine.follow("/bin/sh", &machine.home(), &recipes.get(name), &[]);
            assert_eq!(said.exit, 0, "{name}: {}", said.text);
        }
        machine
    }

    /// A recipe's text with its places on this machine.
    pub fn place(&self, text: &str) -> String {
        let put = |text: String, (place, here): &(&str, &str)| {
            text.replace(place, self.path(here).to_str().expect("UTF-8"))
        };
        PLACES.iter().fold(text.to_owned(), put)
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    pub fn home(&self) -> PathBuf {
        self.path("home")
    }

    pub fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.path(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    pub fn write(&self, path: &str, text: &str) {
        std::fs::write(self.path(path), text).unwrap_or_else(|error| panic!("{path}: {error}"));
    }

    pub fn mode(&self, path: &str) -> u32 {
        self.path(path).metadata().expect("a file").permissions().mode() & 0o777
    }

    /// The secret in the file of the set-up is one that the platform knows, or not.
    pub fn set_secret(&self, is_right: bool) {
        let secret = if is_right { SECRET } else { "0123456789abcdef0123456789abcdef" };
        self.write("scenepress.env", &format!("WECHAT_SECRET={secret}\n"));
    }

    /// The appid moves from `accounts.yaml` into the file of the set-up.
    pub fn hide_the_appid(&self) {
        let accounts = self.read("origin/campaigns/accounts.yaml");
        self.write("origin/campaigns/accounts.yaml", &accounts.replace(APPID, "${WECHAT_APPID}"));
        self.write("scenepress.env", &format!("WECHAT_SECRET={SECRET}\nWECHAT_APPID={APPID}\n"));
        self.commit();
    }

    /// Somebody adds a code to the campaign, on the git server.
    pub fn push_a_code(&self, scene: u32) {
        let campaign = self.read("origin/campaigns/metro.yaml");
        let more = format!("codes:\n  - {{scene: {scene}, channel: Metro line {scene}}}");
        self.write("origin/campaigns/metro.yaml", &campaign.replacen("codes:", &more, 1));
        self.commit();
    }

    fn commit(&self) {
        let who = "-c user.name=codes -c user.email=codes@example.com";
        self.script(&format!("cd origin && git add . && git {who} commit -q -m codes"), &[]);
    }

    /// Runs a script of the test's own, which succeeds.
    pub fn script(&self, script: &str, variables: &[(&str, &str)]) -> String {
        let said = self.follow("/bin/sh", self.folder.path(), script, variables);
        assert_eq!(said.exit, 0, "{script}\n{}", said.text);
        said.text
    }

    /// Runs a recipe's script to its first failure, as the user or the administrator.
    pub fn follow(&self, shell: &str, folder: &Path, script: &str, variables: &[(&str, &str)]) -> Said {
        let path = format!("{}:{}:/usr/bin:/bin", self.path("shims").display(), self.local_bin());
        let mut command = Command::new(shell);
        command.arg("-e").arg("-c").arg(self.place(script)).current_dir(folder).env_clear();
        command.env("PATH", path).env("HOME", self.home()).envs(variables.iter().copied());
        said(&mut command)
    }

    /// Runs a command as cron does: where the user's home is, with almost no variables.
    pub fn as_cron(&self, variables: &[(String, String)], command: &str) -> Said {
        let value = |name: &str| variables.iter().find(|(found, _)| found == name).map(|(_, value)| value);
        let mut shell = Command::new(value("SHELL").map_or("/bin/sh", String::as_str));
        shell.arg("-c").arg(command).current_dir(self.home()).env_clear();
        shell.env("HOME", self.home()).env("LOGNAME", "codes").env("SHELL", "/bin/sh");
        shell.env("PATH", "/usr/bin:/bin").envs(variables.iter().map(|(name, value)| (name, value)));
        said(&mut shell)
    }

    fn local_bin(&self) -> String {
        self.path("usr-local-bin").display().to_string()
    }

    /// A program that stands in for another one. A child writes it: a file that this process holds open for writing
    /// would be busy for the programs that other tests start meanwhile.
    pub fn shim(&self, name: &str, script: &str) {
        self.write("shim.text", &format!("#!/bin/sh\n{script}"));
        self.script(&format!("cp shim.text shims/{name} && chmod 755 shims/{name}"), &[]);
    }
}

fn said(command: &mut Command) -> Said {
    let (mut reader, writer) = std::io::pipe().expect("a pipe");
    let other = writer.try_clone().expect("a second handle");
    let mut child = command.stdin(Stdio::null()).stdout(writer).stderr(other).spawn().expect("a shell");
    // The command holds the pipe's writing ends until it is told otherwise.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let text = std::io::read_to_string(&mut reader).expect("UTF-8");
    let exit = child.wait().expect("an end").code().unwrap_or(-1);
    Said { text, exit }
}
