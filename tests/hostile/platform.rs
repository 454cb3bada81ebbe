//! Answers as the emulator gives them, from a thread of its own.

use scenepress::emulator::{self, Emulator, Settings};
use tokio::runtime::Runtime;

pub const APPID: &str = "wx0123456789abcdef";
pub const SECRET: &str = "5ec4e7-0123456789abcdef0123456789";

/// An emulator. It ends when it is dropped.
pub struct Platform {
    emulator: Emulator,
    /// Last, so that it outlives what runs on it.
    _runtime: Runtime,
}

impl Platform {
    pub fn start() -> Self {
        let settings = Settings {
            accounts: vec![(APPID.into(), SECRET.into())],
            picture_side: 164,
            url_prefix: "http://weixin.qq.com/q/02",
            ..Settings::default()
        };
        let runtime = Runtime::new().expect("a runtime");
        let emulator = runtime.block_on(emulator::start(settings, 0)).expect("a port");
        Self { emulator, _runtime: runtime }
    }

    pub fn url(&self) -> String {
        self.emulator.url()
    }

    /// `127.0.0.1:PORT`
    pub fn address(&self) -> String {
        self.url().strip_prefix("http://").expect("http").to_owned()
    }

    /// How many tickets it was asked for.
    pub fn creates(&self) -> u64 {
        self.emulator.counters().requests.create
    }
}
