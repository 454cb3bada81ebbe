//! Asking what is left of the day's quota.

use crate::clock;
use crate::exit::Exit;
use crate::pace::Class;
use crate::pace::retry::{self, Attempts, Decision};
use crate::wechat::{CallError, Client, Quota};

/// Somebody waits for the answer.
const ATTEMPTS: u32 = 3;

/// Asks the platform what is left of an account's quota today, at most three times.
pub async fn ask_quota(client: &Client) -> Result<Quota, CallError> {
    let (began, mut attempts) = (clock::monotonic(), Attempts::default());
    loop {
        let error = match client.quota().await {
            Ok(quota) => return Ok(quota),
            Err(error) => error,
        };
        attempts = attempts.and_failed(error.class);
        let elapsed = clock::monotonic().duration_since(began);
        match retry::decide(error.class, attempts, elapsed, clock::random_unit()) {
            Decision::Retry { after } if attempts.made < ATTEMPTS => clock::sleep(after).await,
            _ => return Err(error),
        }
    }
}

/// How a run ends that the platform refused to go on with.
pub fn exit_of(class: Class) -> Exit {
    match class {
        Class::AccessToken | Class::AccountRefused => Exit::AccountRefused,
        Class::MinuteQuota | Class::DailyQuota => Exit::QuotaSpent,
        Class::PermanentPool => Exit::Refused,
        Class::Unreachable
        | Class::Busy { .. }
        | Class::CodeRejected
        | Class::Unknown
        | Class::PictureRejected => Exit::Failed,
        Class::Defect => Exit::Unexpected,
    }
}
