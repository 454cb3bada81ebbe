//! The emulator, in a process of its own.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

pub const APPID: &str = "wx00000000emulator";
pub const SECRET: &str = "emulator-secret";

/// Ends when it is dropped.
pub struct Platform {
    process: Child,
    url: String,
}

impl Platform {
    pub fn start() -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_scenepress"))
            .args(["emulator", "--quiet", "--port", "0", "--daily-quota", "1000000000"])
            .args(["--appid", APPID, "--secret", SECRET])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the scenepress binary");
        let stdout = process.stdout.take().expect("a pipe");
        let mut url = String::new();
        BufReader::new(stdout).read_line(&mut url).expect("the emulator's first line");
        Self { process, url: url.trim().to_owned() }
    }

    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Platform {
    fn drop(&mut self) {
        // It keeps nothing that a kill could lose.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
