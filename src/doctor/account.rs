//! What the platform says of an account.
//!
//! It is asked for one access token and for the quota. Neither makes a code or ends anybody's token.

use std::time::Duration;

use jiff::SignedDuration;

use super::{Finding, Status};
use crate::campaign::{self, Environment, Folder, Need, Resolved, ResolvedAccount};
use crate::engine::exit_of;
use crate::exit::Exit;
use crate::model::{AccountName, counted, grouped, rough_duration};
use crate::wechat::{CallError, Client, Http, Quota};

/// Errors that are about the address of this machine, not about the credentials.
const OF_THE_ADDRESS: [i64; 6] = [40164, 89501, 89503, 89506, 89507, 61004];
/// The platform's code for a call that this kind of account may not make.
const NOT_THIS_KIND: i64 = 48001;
/// What test accounts may call a day (documented).
const TEST_ACCOUNT_QUOTA: u64 = 10_000;
/// From here on a clock is off, and from here on too far.
const CLOCK_WARNING: SignedDuration = SignedDuration::from_secs(30);
const CLOCK_BAD: SignedDuration = SignedDuration::from_mins(3);

/// The checks that are of an account, in their order.
const NAMES: [&str; 6] = ["credentials", "platform", "allow-list", "clock", "quota", "account type"];

/// Examines each account that a campaign uses, or every account if there are no campaigns.
pub(super) async fn findings(folder: &Folder, environment: Environment<'_>) -> Vec<Finding> {
    let used = |name: &AccountName| {
        folder.campaigns.is_empty() || folder.campaigns.iter().any(|campaign| campaign.account == *name)
    };
    let http = Http::new();
    let mut findings = Vec::new();
    for name in folder.accounts.keys().filter(|name| used(name)) {
        let mut seen = Seen::default();
        ask(name, folder, &http, environment, &mut seen).await;
        for (check, found) in NAMES.into_iter().zip(seen.0) {
            let unseen = || Finding::new(check, Status::Unseen, "not seen, since no access token was had");
            let finding = found.unwrap_or_else(unseen);
            findings.push(Finding { account: Some(name.shown().to_owned()), ..finding });
        }
    }
    findings
}

/// What was found for each of [`NAMES`].
#[derive(Default)]
struct Seen([Option<Finding>; NAMES.len()]);

impl Seen {
    fn set(&mut self, finding: Finding) {
        if let Some(index) = NAMES.iter().position(|known| *known == finding.check) {
            self.0[index] = Some(finding);
        }
    }
}

async fn ask(
    name: &AccountName,
    folder: &Folder,
    http: &Http,
    environment: Environment<'_>,
    seen: &mut Seen,
) {
    let in_use = |other: &AccountName| other == name;
    let resolved = campaign::resolve_accounts(folder, &in_use, false, Need::Secret, environment);
    let Resolved { mut accounts, warnings } = match resolved {
        Ok(resolved) => resolved,
        Err(faults) => {
            let words: Vec<_> =
                faults.iter().map(|fault| format!("{}: {}", fault.message, fault.help)).collect();
            return seen.set(Finding::bad("credentials", Exit::Usage, words.join("; ")));
        }
    };
    let Some(ResolvedAccount { account, appid, secret: Some(secret), .. }) = accounts.remove(name) else {
        return;
    };
    let client = Client::new(http.clone(), &account, appid, secret);
    let authorized = client.authorize().await;
    if let Some(ahead) = client.clock_ahead() {
        let finding = clock(ahead);
        seen.set(finding);
    }
    match authorized {
        Ok(()) => {
            let words = format!("{} answers", account.api_url);
            seen.set(Finding::new("platform", Status::Ok, words));
            match warnings.first() {
                Some(warning) => seen.set(Finding::new("credentials", Status::Warn, warning.clone())),
                None => seen.set(Finding::new("credentials", Status::Ok, "an access token was given")),
            }
            seen.set(Finding::new("allow-list", Status::Ok, "this machine's IP may call"));
        }
        Err(error) => return refused(&error, &account.api_url.to_string(), seen),
    }
    match client.quota().await {
        Ok(quota) => judge(quota, account.daily_quota, seen),
        Err(error) => {
            let (name, other) = match error.errcode {
                Some(NOT_THIS_KIND) => ("account type", "quota"),
                _ => ("quota", "account type"),
            };
            seen.set(Finding::new(
                other,
                Status::Unseen,
                "not seen, since the platform does not tell the quota",
            ));
            seen.set(Finding::bad(name, exit_of(error.class), error.to_string()));
        }
    }
}

/// Why there is no access token.
fn refused(error: &CallError, host: &str, seen: &mut Seen) {
    let bad = exit_of(error.class);
    if !error.reached || error.errcode.is_none() {
        return seen.set(Finding::bad("platform", bad, error.to_string()));
    }
    seen.set(Finding::new("platform", Status::Ok, format!("{host} answers")));
    if error.errcode.is_some_and(|errcode| OF_THE_ADDRESS.contains(&errcode)) {
        seen.set(Finding::bad("allow-list", bad, error.to_string()));
    } else {
        seen.set(Finding::bad("credentials", bad, error.to_string()));
    }
}

/// `this machine's clock is 2 min behind the platform's`
fn clock(ahead: SignedDuration) -> Finding {
    let off = ahead.abs();
    if off <= CLOCK_WARNING {
        let message = "this machine's clock agrees with the platform's to 30 s";
        return Finding::new("clock", Status::Ok, message);
    }
    let direction = if ahead.is_positive() { "behind" } else { "ahead of" };
    let shown = rough_duration(match off.as_secs().unsigned_abs() {
        seconds @ ..60 => Duration::from_secs(seconds),
        seconds => Duration::from_mins((seconds + 30) / 60),
    });
    let message = format!(
        "this machine's clock is {shown} {direction} the platform's: set it (NTP), or codes are renewed too early or \
         too late"
    );
    if off >= CLOCK_BAD {
        Finding::bad("clock", Exit::Unexpected, message)
    } else {
        Finding::new("clock", Status::Warn, message)
    }
}

fn judge(quota: Quota, counted_on: u64, seen: &mut Seen) {
    let Quota { daily_limit, used, remain } = quota;
    let left =
        format!("{} of {} calls left today, {} used", grouped(remain), grouped(daily_limit), grouped(used));
    if daily_limit > 0 && remain == 0 {
        let words = format!("{left}: run again tomorrow (it is believed to reset at midnight, Beijing time)");
        seen.set(Finding::bad("quota", Exit::QuotaSpent, words));
    } else if counted_on > daily_limit {
        let words = format!(
            "{left}, but accounts.yaml counts on {}: write daily_quota: {daily_limit}",
            counted(counted_on, "call")
        );
        seen.set(Finding::new("quota", Status::Warn, words));
    } else if remain < daily_limit / 10 {
        seen.set(Finding::new("quota", Status::Warn, format!("{left}: little is left for a run today")));
    } else {
        seen.set(Finding::new("quota", Status::Ok, left));
    }
    let unproven = "whether it may make codes is not seen before the first one (48001 where it may not), and none is \
                    made here";
    match daily_limit {
        0 => seen.set(Finding::bad("account type", Exit::AccountRefused, "the platform allows it no calls that make codes: only verified service accounts (已认证的服务号) may",
        )),
        TEST_ACCOUNT_QUOTA => seen.set(Finding::new("account type", Status::Warn,
            format!("by its quota of {} a day a test account, whose codes work for its testers only", grouped(daily_limit)),
        )),
        _ => seen.set(Finding::new("account type", Status::Unseen, unproven)),
    }
}
