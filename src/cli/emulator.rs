//! `emulator`: the stand-in for the platform, served for other programs.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use tokio::signal::unix::{SignalKind, signal};

use super::exit::{CliError, Exit};
use super::output::{self, Terminal};
use crate::emulator::{self, Fault, Profile};
use crate::fsio;

/// Bytes of a file of faults.
const FAULTS_LIMIT: u64 = 1024 * 1024;

const EXAMPLE: &str = "Examples:
  scenepress emulator
  scenepress emulator --port 8080 --daily-quota 1000

The first line on stdout is its url. It keeps everything in memory and ends with Ctrl-C or SIGTERM. \
To rehearse a run no server is needed: scenepress run --emulator.";

/// Options of `emulator`.
#[derive(Debug, Clone, Args)]
#[command(after_long_help = EXAMPLE)]
pub struct EmulatorArgs {
    /// Port on 127.0.0.1; 0 takes any that is free
    #[arg(long, value_name = "N", default_value_t = 0)]
    port: u16,
    /// The account it knows
    #[arg(long, value_name = "ID", default_value = "wx00000000emulator", value_parser = NonEmptyStringValueParser::new())]
    appid: String,
    /// That account's secret; made up like everything here
    #[arg(long, value_name = "TEXT", default_value = "emulator-secret", value_parser = NonEmptyStringValueParser::new())]
    secret: String,
    /// What the platform takes the account for: a verified service account, a test account (10,000 codes and 200
    /// calls of /cgi-bin/token a day), or a subscription account (no codes: 48001)
    #[arg(long, value_name = "KIND", value_enum, default_value = "service", help_heading = "Limits")]
    profile: Profile,
    /// Codes the account may create a day; then it answers 45009 [default: 100000, sandbox 10000]
    #[arg(long, value_name = "N", help_heading = "Limits")]
    daily_quota: Option<u64>,
    /// Codes the account may create a minute; then it answers 45011
    #[arg(long, value_name = "N", help_heading = "Limits", value_parser = clap::value_parser!(u64).range(1..))]
    minute_quota: Option<u64>,
    /// Permanent codes the account may ever have; then it answers 45029 for new ones
    #[arg(long, value_name = "N", default_value_t = 100_000, help_heading = "Limits")]
    permanent_pool: u64,
    /// An address that may get access tokens, others are answered 40164; several times for several. Left out, all
    /// may. Programs on this machine come from 127.0.0.1
    #[arg(long, value_name = "IP", help_heading = "Limits")]
    allow_ip: Vec<IpAddr>,
    /// Pictures' width and height in pixels
    #[arg(long, value_name = "PX", default_value_t = 430, value_parser = clap::value_parser!(u16).range(41..=4096))]
    picture_side: u16,
    /// A second port on 127.0.0.1, by which the emulator is watched and changed while it runs; 0 takes any that is
    /// free. Its url is the second line on stdout
    #[arg(long, value_name = "N", help_heading = "Faults")]
    control_port: Option<u16>,
    /// What it does wrongly, at which requests: a YAML file, see scenepress help rehearsal
    #[arg(long, value_name = "FILE", help_heading = "Faults")]
    faults: Option<PathBuf>,
    /// Seconds by which its clock is ahead of the machine's, negative behind
    #[arg(
        long,
        value_name = "S",
        default_value_t = 0,
        allow_negative_numbers = true,
        help_heading = "Faults"
    )]
    skew: i64,
    /// What is made up follows from this number
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
}

/// Serves until a signal comes.
pub fn run(args: &EmulatorArgs, terminal: Terminal) -> Result<Exit, CliError> {
    super::runtime()?.block_on(serve(args, terminal))
}

async fn serve(args: &EmulatorArgs, terminal: Terminal) -> Result<Exit, CliError> {
    let profile = args.profile.settings();
    let settings = emulator::Settings {
        accounts: vec![(args.appid.clone(), args.secret.clone())],
        daily_limit: args.daily_quota.unwrap_or(profile.daily_limit),
        minute_limit: args.minute_quota,
        permanent_pool: args.permanent_pool,
        picture_side: args.picture_side,
        seed: args.seed,
        faults: faults(args.faults.as_deref())?,
        skew: args.skew,
        allowed_ips: (!args.allow_ip.is_empty()).then(|| args.allow_ip.clone()),
        ..profile
    };
    let machine = |action: &str| {
        let action = action.to_owned();
        move |source| CliError::Machine { action, source }
    };
    // Before anything is announced: who reads the url may send a signal at once.
    let mut interrupt = signal(SignalKind::interrupt()).map_err(machine("wait for SIGINT"))?;
    let mut terminate = signal(SignalKind::terminate()).map_err(machine("wait for SIGTERM"))?;
    let emulator =
        emulator::start(settings, args.port).await.map_err(machine(&listening("--port", args.port)))?;
    let url = emulator.url();
    let mut urls = format!("{url}\n");
    if let Some(port) = args.control_port {
        let opened = emulator.open_control_port(port).await;
        urls += &opened.map_err(machine(&listening("--control-port", port)))?;
        urls.push('\n');
    }
    output::data(&urls)?;
    if !terminal.quiet {
        output::tell(&snippet(args, &url));
    }
    let exit = tokio::select! {
        _ = interrupt.recv() => Exit::Interrupted,
        _ = terminate.recv() => Exit::Terminated,
    };
    emulator.stop().await;
    Ok(exit)
}

/// What fails if a port cannot be had.
fn listening(option: &str, port: u16) -> String {
    match port {
        0 => "listen on 127.0.0.1".to_owned(),
        _ => format!(
            "listen on 127.0.0.1:{port} (another program may have it: {} for a free one)",
            if option == "--port" { "leave --port out".to_owned() } else { format!("{option} 0") }
        ),
    }
}

/// The faults of a file. What is wrong with it is wrong usage.
fn faults(path: Option<&Path>) -> Result<Vec<Fault>, CliError> {
    let Some(path) = path else { return Ok(Vec::new()) };
    let wrong = |what: String| CliError::Usage(format!("{}: {what}", path.display()));
    let bytes = fsio::read_limited(path, FAULTS_LIMIT).map_err(|error| CliError::Usage(error.to_string()))?;
    let text = String::from_utf8(bytes).map_err(|_| wrong("this is no UTF-8".to_owned()))?;
    emulator::read_faults(&text).map_err(|error| wrong(error.to_string()))
}

fn snippet(args: &EmulatorArgs, url: &str) -> String {
    format!(
        "\
The emulator serves until Ctrl-C; it keeps everything in memory. In accounts.yaml:

default:
  appid: {}
  secret: ${{EMULATOR_SECRET}}      # export EMULATOR_SECRET={}
  api_url: {url}
  image_url: {url}
",
        args.appid, args.secret
    )
}
