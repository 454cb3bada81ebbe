//! This machine's clock, before an account asks for its first ticket and after that ticket came.

use super::outcome::{Failure, Stage, Stopped};
use super::session::{Clock, Doubt};
use super::stage::Account;
use super::tally::Task;
use crate::exit::Exit;
use crate::model::{ClockVerdict, IssueFacts, IssueTimes, minute_text};

impl Account {
    /// Whether this ticket may be asked for; `None` if the account stops. Called once an access token is held, whose
    /// answer told the time.
    pub(super) async fn clock_allows(&self, task: &Task) -> Option<Doubt<'_>> {
        let gate = &self.session.clock;
        let mut state = gate.state.lock().await;
        if !self.is_open(&self.session.tickets) {
            return None;
        }
        if matches!(*state, Clock::Unchecked) {
            let check = self.session.client.check_clock().await;
            let verdict = check.verdict();
            let message = format!("{check}: {}", verdict.advice());
            match verdict {
                ClockVerdict::Right => {}
                ClockVerdict::Off | ClockVerdict::Doubtful => {
                    gate.warning.get_or_init(|| message);
                }
                ClockVerdict::Wrong => {
                    self.stop_for_clock(message, None);
                    return None;
                }
            }
            let is_doubtful = verdict == ClockVerdict::Doubtful;
            *state = if is_doubtful { Clock::Doubtful(check) } else { Clock::Trusted };
        }
        match &*state {
            // A code that has to be thrown away must cost neither paper nor a permanent code.
            Clock::Doubtful(check) if task.is_for_paper || task.lifetime.is_permanent() => {
                let way_out = "set the clock that is wrong, or first issue one temporary code that is not for paper \
                               (run --only scene=…), which tells which it is";
                self.stop_for_clock(format!("{check}, so nothing was issued: {way_out}"), None);
                None
            }
            Clock::Doubtful(_) => Some(Some(state)),
            _ => Some(None),
        }
    }

    /// Whether the account goes on after a ticket that is recorded. If not, it was stopped, and the code has no picture
    /// in this run.
    pub(super) fn goes_on_after(
        &self,
        task: &Task,
        facts: IssueFacts,
        times: IssueTimes,
        doubt: Doubt<'_>,
    ) -> bool {
        if let Some(mut state) = doubt
            && let Clock::Doubtful(check) = &*state
        {
            if !facts.ticket_agrees() {
                let said = match facts.birth {
                    Some(birth) => format!("was made at {} by the platform's clock", minute_text(birth)),
                    None => "does not tell the time".to_owned(),
                };
                let way_out = "set the clock that is wrong (NTP) and run again; the ticket is kept";
                self.stop_for_clock(format!("{check}, and the first ticket {said}: {way_out}"), None);
                return false;
            }
            *state = Clock::Trusted;
        }
        if times.is_expired {
            let expired = times.expires_at.map(minute_text).unwrap_or_default();
            let message = format!(
                "the code that came for scene {} had already expired at {expired}: set this machine's clock (`scenepress \
                 doctor` compares it), or give the code a longer lifetime",
                task.code.scene
            );
            let failure = Failure { stage: Stage::Issue, errcode: None, rid: None, message: message.clone() };
            self.fail(&task.code, failure.clone());
            self.stop_for_clock(message, Some(failure));
        }
        !times.is_expired
    }

    fn stop_for_clock(&self, message: String, failure: Option<Failure>) {
        self.stop(&self.session.tickets, Stopped { exit: Exit::Refused, message, failure });
    }
}
