//! What a run talks to: the emulator, or the accounts' clients.

use crate::campaign::ResolvedAccount;
use crate::cli::context::Workspace;
use crate::cli::exit::CliError;
use crate::clock;
use crate::emulator::{self, Emulator};
use crate::engine::AccountSession;
use crate::model::{BaseUrl, Rate};
use crate::pace::{DayCount, Pacer};
use crate::plan::Plan;
use crate::wechat::{Client, Http};

/// Starts the emulator of `--emulator`: one for all accounts, on a free port.
pub async fn start_emulator(workspace: &Workspace) -> Result<Option<Emulator>, CliError> {
    if !workspace.folders.emulator {
        return Ok(None);
    }
    let credentials = |account: &ResolvedAccount| {
        let secret = account.secret.as_ref().map_or("", |secret| secret.expose());
        (account.appid.to_string(), secret.to_owned())
    };
    let accounts = workspace.accounts.values().map(credentials).collect();
    let settings =
        emulator::Settings { accounts, seed: clock::random_seed(), ..emulator::Settings::default() };
    let started = emulator::start(settings, 0).await;
    started.map(Some).map_err(|source| CliError::Machine { action: "start the emulator".to_owned(), source })
}

/// A session for each account of the plan that has a secret.
pub fn sessions(
    plan: &Plan,
    workspace: &Workspace,
    emulator: Option<&Emulator>,
) -> Result<Vec<AccountSession>, CliError> {
    let http = Http::new();
    let mut sessions = Vec::new();
    for account in &plan.accounts {
        let Some(resolved) = workspace.accounts.get(&account.name) else { continue };
        // Codes of an account that no campaign uses any more only retire: no secret is needed.
        let Some(secret) = &resolved.secret else { continue };
        let mut settings = resolved.account.clone();
        if let Some(emulator) = emulator {
            let url = BaseUrl::new(&emulator.url()).map_err(|error| CliError::Defect(error.to_string()))?;
            (settings.api_url, settings.image_url) = (url.clone(), url);
        }
        let client = Client::new(http.clone(), &settings, resolved.appid.clone(), secret.clone());
        let day = DayCount::new(plan.today(), account.calls.used_today, account.calls.daily_quota);
        sessions.push(AccountSession::new(
            account.name.clone(),
            account.appid.clone(),
            client,
            Pacer::new(account.rate),
            Pacer::new(picture_rate(account.rate)),
            day,
        ));
    }
    Ok(sessions)
}

/// Twice the rate of the tickets. The platform's own limit for pictures is unknown.
///
/// Pictures that are fetched again must not hold up those of new tickets.
fn picture_rate(rate: Rate) -> Rate {
    Rate { requests: rate.requests.saturating_mul(std::num::NonZeroU32::MIN.saturating_add(1)), ..rate }
}
