//! `emulator`: the stand-in for the platform, served for other programs.

use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use tokio::signal::unix::{SignalKind, signal};

use super::exit::{CliError, Exit};
use super::output;
use super::settings::Terminal;
use crate::emulator;

/// Options of `emulator`.
#[derive(Debug, Clone, Args)]
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
    /// Codes the account may create a day; then it answers 45009
    #[arg(long, value_name = "N", default_value_t = 100_000, help_heading = "Limits")]
    daily_quota: u64,
    /// Codes the account may create a minute; then it answers 45011
    #[arg(long, value_name = "N", help_heading = "Limits", value_parser = clap::value_parser!(u64).range(1..))]
    minute_quota: Option<u64>,
    /// Permanent codes the account may ever have; then it answers 45029 for new ones
    #[arg(long, value_name = "N", default_value_t = 100_000, help_heading = "Limits")]
    permanent_pool: u64,
    /// Pictures' width and height in pixels
    #[arg(long, value_name = "PX", default_value_t = 430, value_parser = clap::value_parser!(u16).range(41..=4096))]
    picture_side: u16,
    /// What is made up follows from this number
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
}

/// Serves until a signal comes.
pub fn run(args: &EmulatorArgs, terminal: Terminal) -> Result<Exit, CliError> {
    super::runtime()?.block_on(serve(args, terminal))
}

async fn serve(args: &EmulatorArgs, terminal: Terminal) -> Result<Exit, CliError> {
    let settings = emulator::Settings {
        accounts: vec![(args.appid.clone(), args.secret.clone())],
        service_account: true,
        daily_limit: args.daily_quota,
        minute_limit: args.minute_quota,
        permanent_pool: args.permanent_pool,
        picture_side: args.picture_side,
        seed: args.seed,
        ..emulator::Settings::default()
    };
    let machine = |action: &str| {
        let action = action.to_owned();
        move |source| CliError::Machine { action, source }
    };
    // Before anything is announced: who reads the url may send a signal at once.
    let mut interrupt = signal(SignalKind::interrupt()).map_err(machine("wait for SIGINT"))?;
    let mut terminate = signal(SignalKind::terminate()).map_err(machine("wait for SIGTERM"))?;
    let action = match args.port {
        0 => "listen on 127.0.0.1".to_owned(),
        port => format!(
            "listen on 127.0.0.1:{port} (another program may have it: leave --port out for a free one)"
        ),
    };
    let emulator = emulator::start(settings, args.port).await.map_err(machine(&action))?;
    let url = emulator.url();
    output::data(&format!("{url}\n"))?;
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
