//! When the next request may go: the rate of an account, how many are in flight, what follows a failed attempt, when
//! quotas reset.

mod day;
pub mod flight;
pub mod quota;
pub mod rate;
pub mod retry;
mod trouble;

pub use day::{DayCount, DaySpent};
pub use flight::{Flight, Places};
pub use quota::{next_day, next_minute};
pub use rate::Pacer;
pub use retry::{Attempts, Class, Decision, decide};
pub use trouble::{ALIKE, Manner, Trouble};
