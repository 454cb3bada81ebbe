//! A working folder: a campaign of CSV, an account without a throttle, and room for what comes out.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::platform::{APPID, Platform};

/// Where the folders are made.
pub const PARENT: &str = env!("CARGO_TARGET_TMPDIR");

/// Where a child process finds the secret.
pub const SECRET_VARIABLE: &str = "SCENEPRESS_BENCH_SECRET";

/// Removed with everything in it when it is dropped.
pub struct Folder {
    place: TempDir,
    codes: u32,
}

impl Folder {
    /// With a campaign of so many temporary codes.
    pub fn new(platform: &Platform, codes: u32) -> Self {
        let place = tempfile::Builder::new().prefix("bench-").tempdir_in(PARENT).expect("a folder");
        let folder = Self { place, codes };
        let campaigns = folder.campaigns();
        fs::create_dir(&campaigns).expect("a folder");
        let url = platform.url();
        let accounts = format!(
            "default:\n  appid: {APPID}\n  secret: ${{{SECRET_VARIABLE}}}\n  api_url: {url}\n  image_url: {url}\n  rate: 1000000/s\n  daily_quota: 1000000000\n"
        );
        fs::write(campaigns.join("accounts.yaml"), accounts).expect("accounts.yaml");
        fs::write(campaigns.join("stores.csv"), table(codes)).expect("stores.csv");
        folder
    }

    pub fn path(&self) -> &Path {
        self.place.path()
    }

    pub fn campaigns(&self) -> PathBuf {
        self.path().join("campaigns")
    }

    /// How many codes its campaign has.
    pub fn codes(&self) -> u32 {
        self.codes
    }
}

fn table(codes: u32) -> String {
    let mut table = "scene,channel,tags,expires\n".to_owned();
    for number in 1..=codes {
        let _ = writeln!(table, "{number},北京门店 {number},store;north,30d");
    }
    table
}
