//! Numbers as people read them.

use std::time::Duration;

/// `100,000`
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 code`, `2,000 codes`: the noun takes an `s` unless there is exactly one.
pub fn counted(number: u64, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", grouped(number))
}

/// `metro, kiosk and 3 more`: at most five of the names.
pub fn named(names: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    let names: Vec<_> = names.into_iter().collect();
    let first: Vec<&str> = names.iter().take(5).map(AsRef::as_ref).collect();
    let first = first.join(", ");
    match names.len().saturating_sub(5) as u64 {
        0 => first,
        more => format!("{first} and {} more", grouped(more)),
    }
}

/// The verb of so many things.
pub fn verb(number: u64, one: &'static str, several: &'static str) -> &'static str {
    if number == 1 { one } else { several }
}

/// A duration to its two leading units: `45 s`, `34 min`, `2 h 46 min`, `3 d 4 h`. Rounded up to a second.
pub fn rough_duration(duration: Duration) -> String {
    let seconds = duration.as_secs().saturating_add(u64::from(duration.subsec_nanos() > 0));
    let pair = |large: u64, large_unit: &str, small: u64, small_unit: &str| {
        if small == 0 {
            format!("{large} {large_unit}")
        } else {
            format!("{large} {large_unit} {small} {small_unit}")
        }
    };
    match seconds {
        0..60 => format!("{seconds} s"),
        60..600 => pair(seconds / 60, "min", seconds % 60, "s"),
        600..3600 => format!("{} min", seconds.div_ceil(60)),
        3600..86400 => pair(seconds / 3600, "h", seconds % 3600 / 60, "min"),
        _ => pair(seconds / 86400, "d", seconds % 86400 / 3600, "h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_durations_read_well() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_234_567), "1,234,567");
        assert_eq!(counted(1, "code"), "1 code");
        assert_eq!(counted(1000, "code"), "1,000 codes");
        let rough = |seconds| rough_duration(Duration::from_secs(seconds));
        assert_eq!(rough(45), "45 s");
        assert_eq!(rough(60), "1 min");
        assert_eq!(rough(2040), "34 min");
        assert_eq!(rough(10_000), "2 h 46 min");
        assert_eq!(rough(2_592_000), "30 d");
    }
}
