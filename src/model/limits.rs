//! How much of a campaign one run may change before somebody has to say that it is meant.

use std::fmt;

use super::grouped;
use super::word::words;

/// What a limit counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LimitKind {
    /// Living codes that get a new ticket before they are due.
    Reissue,
    /// Living codes that are retired.
    Retire,
    /// Living codes whose channel becomes another.
    Relabel,
}

words! { LimitKind { Reissue: "reissue", Retire: "retire", Relabel: "relabel" } }

/// How many codes of a campaign one run may change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// So many.
    Codes(u64),
    /// So many percent, 0 to 100, of the campaign's living codes.
    Percent(u8),
    /// So many percent, and at most so many codes.
    Smaller {
        /// 0 to 100.
        percent: u8,
        /// Codes.
        codes: u64,
    },
}

impl Limit {
    /// A percentage never forbids fewer codes than this: 5 % of a few codes would be none.
    pub const FREE: u64 = 10;

    /// Whether so many codes of so many living ones may be changed.
    pub fn allows(self, changed: u64, living: u64) -> bool {
        let is_within = |percent: u8| {
            changed < Self::FREE || u128::from(changed) * 100 <= u128::from(living) * u128::from(percent)
        };
        match self {
            Self::Codes(codes) => changed <= codes,
            Self::Percent(percent) => is_within(percent),
            Self::Smaller { percent, codes } => is_within(percent) && changed <= codes,
        }
    }
}

/// `50`, `5 %`, `5 %, at most 50`
impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Codes(codes) => f.write_str(&grouped(*codes)),
            Self::Percent(percent) => write!(f, "{percent} %"),
            Self::Smaller { percent, codes } => write!(f, "{percent} %, at most {}", grouped(*codes)),
        }
    }
}

/// The limits of one campaign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// For codes that are re-issued before they are due.
    pub reissue: Limit,
    /// For codes that are retired.
    pub retire: Limit,
    /// For codes that are relabelled.
    pub relabel: Limit,
}

impl Limits {
    /// The limit of one kind.
    pub fn of(&self, kind: LimitKind) -> Limit {
        match kind {
            LimitKind::Reissue => self.reissue,
            LimitKind::Retire => self.retire,
            LimitKind::Relabel => self.relabel,
        }
    }
}

impl Default for Limits {
    /// What holds if the file says nothing.
    fn default() -> Self {
        let smaller = Limit::Smaller { percent: 5, codes: 50 };
        Self { reissue: smaller, retire: smaller, relabel: Limit::Percent(5) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentage_is_of_the_living_codes_and_never_forbids_fewer_than_ten() {
        let five = Limit::Percent(5);
        for (changed, living, allowed) in [
            (0, 0, true),
            (9, 9, true),
            (10, 10, false),
            (10, 199, false),
            (10, 200, true),
            (50, 1_000, true),
            (51, 1_000, false),
            (u64::MAX, u64::MAX, false),
        ] {
            assert_eq!(five.allows(changed, living), allowed, "{changed} of {living}");
        }
        assert!(Limit::Percent(100).allows(500, 500));
        assert!(Limit::Percent(0).allows(9, 500) && !Limit::Percent(0).allows(10, 500));
    }

    #[test]
    fn a_number_of_codes_holds_as_it_stands() {
        assert!(Limit::Codes(3).allows(3, 3) && !Limit::Codes(3).allows(4, 1_000));
        assert!(!Limit::Codes(0).allows(1, 1_000));
    }

    #[test]
    fn of_a_percentage_and_a_number_the_smaller_holds() {
        let smaller = Limits::default().retire;
        assert!(smaller.allows(50, 1_000) && !smaller.allows(51, 100_000) && !smaller.allows(30, 500));
        assert_eq!(smaller.to_string(), "5 %, at most 50");
    }
}
