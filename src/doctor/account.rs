//! What the platform says of an account.
//!
//! It is asked for one access token and for the quota. Neither makes a code or ends anybody's token.

use super::Finding;
use crate::campaign::{self, Environment, Folder, Need, Resolved, ResolvedAccount};
use crate::engine::exit_of;
use crate::exit::Exit;
use crate::model::{AccountName, ClockCheck, ClockVerdict, counted, grouped};
use crate::wechat::{Client, Http, Quota};

/// Errors that are about the address of this machine, not about the credentials.
const OF_THE_ADDRESS: [i64; 6] = [40164, 89501, 89503, 89506, 89507, 61004];
/// The platform's code for a call that this kind of account may not make.
const NOT_THIS_KIND: i64 = 48001;
/// What test accounts may call a day (documented).
const TEST_ACCOUNT_QUOTA: u64 = 10_000;

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
        let mut seen = ask(name, folder, &http, environment).await;
        for check in NAMES {
            let found = seen.iter().position(|finding| finding.check == check);
            let unseen = || Finding::unseen(check, "not seen, since no access token was had");
            let finding = found.map_or_else(unseen, |index| seen.swap_remove(index));
            findings.push(Finding { account: Some(name.shown().to_owned()), ..finding });
        }
    }
    findings
}

/// What is seen of [`NAMES`], in no order.
async fn ask(name: &AccountName, folder: &Folder, http: &Http, environment: Environment<'_>) -> Vec<Finding> {
    let in_use = |other: &AccountName| other == name;
    let resolved = campaign::resolve_accounts(folder, &in_use, false, Need::Secret, environment);
    let Resolved { mut accounts, warnings } = match resolved {
        Ok(resolved) => resolved,
        Err(faults) => {
            let words = faults.iter().map(|fault| format!("{}: {}", fault.message, fault.help));
            let words = words.collect::<Vec<_>>().join("; ");
            return vec![Finding::bad("credentials", Exit::Usage, words)];
        }
    };
    let Some(ResolvedAccount { account, appid, secret: Some(secret), .. }) = accounts.remove(name) else {
        return Vec::new();
    };
    let client = Client::new(http.clone(), &account, appid, secret);
    let authorized = client.authorize().await;
    let mut seen: Vec<Finding> = clock(&client.check_clock().await).into_iter().collect();
    let answers = Finding::ok("platform", format!("{} answers", account.api_url));
    if let Err(error) = authorized {
        let is_of_address = error.errcode.is_some_and(|errcode| OF_THE_ADDRESS.contains(&errcode));
        let check = match error.errcode {
            Some(_) if is_of_address => "allow-list",
            Some(_) => "credentials",
            None => "platform",
        };
        seen.push(Finding::bad(check, exit_of(error.class), error.to_string()));
        seen.extend((check != "platform").then_some(answers));
        return seen;
    }
    seen.push(answers);
    seen.push(match warnings.into_iter().next() {
        Some(warning) => Finding::warn("credentials", warning),
        None => Finding::ok("credentials", "an access token was given"),
    });
    seen.push(Finding::ok("allow-list", "this machine's IP may call"));
    match client.quota().await {
        Ok(quota) => seen.extend([of_quota(quota, account.daily_quota), of_kind(quota.daily_limit)]),
        Err(error) => {
            let (bad, other) = match error.errcode {
                Some(NOT_THIS_KIND) => ("account type", "quota"),
                _ => ("quota", "account type"),
            };
            seen.push(Finding::unseen(other, "not seen, since the platform does not tell the quota"));
            seen.push(Finding::bad(bad, exit_of(error.class), error.to_string()));
        }
    }
    seen
}

/// What this machine's clock means for a run; `None` if nobody tells the time.
fn clock(check: &ClockCheck) -> Option<Finding> {
    check.api?;
    let verdict = check.verdict();
    let message = format!("{check}: {}", verdict.advice());
    Some(match verdict {
        ClockVerdict::Right => {
            Finding::ok("clock", "this machine's clock agrees with the platform's to 2 min")
        }
        ClockVerdict::Off | ClockVerdict::Doubtful => Finding::warn("clock", message),
        ClockVerdict::Wrong => Finding::bad("clock", Exit::Refused, message),
    })
}

fn of_quota(Quota { daily_limit, used, remain }: Quota, counted_on: u64) -> Finding {
    let left =
        format!("{} of {} calls left today, {} used", grouped(remain), grouped(daily_limit), grouped(used));
    if daily_limit > 0 && remain == 0 {
        let words = format!("{left}: run again tomorrow (it is believed to reset at midnight, Beijing time)");
        Finding::bad("quota", Exit::QuotaSpent, words)
    } else if counted_on > daily_limit {
        let counted_on = counted(counted_on, "call");
        let words =
            format!("{left}, but accounts.yaml counts on {counted_on}: write daily_quota: {daily_limit}");
        Finding::warn("quota", words)
    } else if remain < daily_limit / 10 {
        Finding::warn("quota", format!("{left}: little is left for a run today"))
    } else {
        Finding::ok("quota", left)
    }
}

/// What the quota tells of the kind of account.
fn of_kind(daily_limit: u64) -> Finding {
    const CHECK: &str = "account type";
    match daily_limit {
        0 => {
            let words = "the platform allows it no calls that make codes: only verified service accounts \
                         (已认证的服务号) may";
            Finding::bad(CHECK, Exit::AccountRefused, words)
        }
        TEST_ACCOUNT_QUOTA => {
            let quota = grouped(daily_limit);
            let words = format!(
                "by its quota of {quota} a day a test account, whose codes work for its testers only"
            );
            Finding::warn(CHECK, words)
        }
        _ => {
            let words = "whether it may make codes is not seen before the first one (48001 where it may not), and \
                         none is made here";
            Finding::unseen(CHECK, words)
        }
    }
}
