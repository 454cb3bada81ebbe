//! A stand-in for the platform, as an HTTP server on loopback.
//!
//! It is written from the platform's documents, never from our client, and shares no code with it: else both could
//! be wrong the same way and the tests would pass. It is strict where the platform is strict, and silently wrong
//! where the platform is silently wrong. All state is in memory and dies with it; tickets do not, since a picture
//! is drawn from its ticket alone, so a new emulator serves the tickets of a dead one.
//!
//! One address stands for both hosts, `api.weixin.qq.com` and `mp.weixin.qq.com`.

mod answer;
mod checks;
mod control;
mod counters;
mod faults;
mod jpeg;
mod log;
mod names;
mod picture;
mod quota;
mod refusal;
mod server;
mod state;
mod ticket;
mod time;
mod tokens;
mod wire;

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::clock;
use server::Server;
use time::Time;
use wire::{Caller, Door};

pub use counters::{Counters, Distorted, Requests};
pub use faults::{Fault, FaultsError, read_faults};
pub use log::{Endpoint, LoggedRequest};

/// Where an emulator reads the time.
pub type Now = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// How long [`Emulator::stop`] waits for answers that are under way.
const STOP_PATIENCE: Duration = Duration::from_secs(2);

/// What an emulator is to be like.
#[derive(Clone)]
pub struct Settings {
    /// The accounts it knows: (appid, secret).
    pub accounts: Vec<(String, String)>,
    /// Whether these are verified service accounts. Others may not create codes (48001, documented).
    pub service_account: bool,
    /// Codes an account may create a day; then 45009. The platform's is 100,000, of test accounts 10,000
    /// (documented).
    pub daily_limit: u64,
    /// Calls of `/cgi-bin/token` an account has a day; then 45009. The platform's is 2,000, of test accounts 200
    /// (documented).
    pub token_daily_limit: u64,
    /// Codes an account may create a minute; then 45011. The platform has such a limit and does not publish it.
    pub minute_limit: Option<u64>,
    /// Permanent scenes an account may ever have; then 45029 for new ones. The platform's is 100,000 (documented).
    pub permanent_pool: u64,
    /// Who may get access tokens; others are answered 40164. `None` is everyone. Callers on this machine are
    /// 127.0.0.1.
    pub allowed_ips: Option<Vec<IpAddr>>,
    /// Width and height of pictures in pixels. 430 is what the platform is believed to send. Where it is too small
    /// for the code with its quiet zone (41 modules), pictures are as large as they must be.
    pub picture_side: u16,
    /// What the urls of codes begin with. By its own everybody sees that a code leads nowhere; a test of what only real
    /// codes may do needs the platform's.
    pub url_prefix: &'static str,
    /// Everything that is made up follows from this: permanent urls from it alone, the rest from it, the instant of
    /// the start and the number of the request. So do faults with a probability.
    pub seed: u64,
    /// What it does wrongly. Of several that meet a request the first is applied.
    pub faults: Vec<Fault>,
    /// Seconds by which its clock is ahead of the caller's, negative behind.
    pub skew: i64,
}

impl Default for Settings {
    /// One verified service account, `wx00000000emulator` with the secret `emulator-secret`, and the platform's
    /// limits.
    fn default() -> Self {
        Self {
            accounts: vec![("wx00000000emulator".to_owned(), "emulator-secret".to_owned())],
            service_account: true,
            daily_limit: 100_000,
            token_daily_limit: 2000,
            minute_limit: None,
            permanent_pool: 100_000,
            allowed_ips: None,
            picture_side: 430,
            url_prefix: "http://emulator.invalid/q/",
            seed: 0,
            faults: Vec::new(),
            skew: 0,
        }
    }
}

/// What the platform takes an account for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Profile {
    /// A verified service account.
    Service,
    /// A test account: 10,000 codes and 200 calls of `/cgi-bin/token` a day (documented).
    Sandbox,
    /// A subscription account, which may not create codes: 48001 (documented).
    Subscription,
}

impl Profile {
    /// The default settings of such accounts.
    pub fn settings(self) -> Settings {
        let service = Settings::default();
        match self {
            Self::Service => service,
            Self::Sandbox => Settings { daily_limit: 10_000, token_daily_limit: 200, ..service },
            Self::Subscription => Settings { service_account: false, ..service },
        }
    }
}

/// A running emulator. It ends when it is stopped or dropped.
pub struct Emulator {
    address: SocketAddr,
    server: Arc<Server>,
    stop: watch::Sender<()>,
    task: JoinHandle<io::Result<()>>,
}

/// Starts an emulator on 127.0.0.1 and the current tokio runtime. Port 0 is any free one. The error says that the
/// port cannot be had.
pub async fn start(settings: Settings, port: u16) -> io::Result<Emulator> {
    start_with_clock(settings, port, Arc::new(clock::now)).await
}

/// As [`start`], with another clock: tokens, quotas, tickets and request ids follow it.
pub async fn start_with_clock(settings: Settings, port: u16, now: Now) -> io::Result<Emulator> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    let address = listener.local_addr()?;
    let (stop, stopped) = watch::channel(());
    let server = Arc::new(Server::new(&settings, Time::new(now, settings.skew), stopped));
    let router = Arc::clone(&server).router().into_make_service_with_connect_info::<Caller>();
    let serving =
        axum::serve(Door(listener), router).with_graceful_shutdown(until_stopped(Arc::clone(&server)));
    let task = tokio::spawn(async { serving.await });
    Ok(Emulator { address, server, stop, task })
}

async fn until_stopped(server: Arc<Server>) {
    server.stopped().await;
}

impl Emulator {
    /// `http://127.0.0.1:PORT`
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Opens the control port on 127.0.0.1, 0 for any that is free; its url. It is open as long as the emulator
    /// runs. The error says that the port cannot be had.
    pub async fn open_control_port(&self, port: u16) -> io::Result<String> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let router =
            control::router(Arc::clone(&self.server)).into_make_service_with_connect_info::<Caller>();
        let serving = axum::serve(Door(listener), router)
            .with_graceful_shutdown(until_stopped(Arc::clone(&self.server)));
        tokio::spawn(async { serving.await });
        Ok(url)
    }

    /// What it was asked and what it gave until now.
    pub fn counters(&self) -> Counters {
        self.server.state().counters.clone()
    }

    /// The requests of late with a number above this, oldest first; the last 10,000 are kept.
    pub fn requests(&self, after: u64) -> Vec<LoggedRequest> {
        self.server.state().log.after(after).cloned().collect()
    }

    /// Adds a fault behind those there are; its number. It counts requests from now on.
    pub fn add_fault(&self, fault: Fault) -> u64 {
        self.server.state().faults.add(fault)
    }

    /// Forgets all faults. Answers that already hang or wait go on doing so.
    pub fn clear_faults(&self) {
        self.server.state().faults.remove(None);
    }

    /// Stops: takes no new connection, finishes the answers under way, and waits for that, at most two seconds.
    pub async fn stop(self) {
        let Self { stop, mut task, .. } = self;
        let _ = stop.send(());
        tokio::select! {
            _ = &mut task => {}
            () = clock::sleep(STOP_PATIENCE) => task.abort(),
        }
    }
}
