//! Values as they are written: scenes, ranges, durations, labels.

use std::time::Duration;

use jiff::civil::Date;

use super::MAX_RANGE;
use super::tree::{Node, Value};
use crate::model::{
    Account, ExpireSeconds, Lifetime, Limit, Medium, Mistake, PictureNames, Rate, Scene, SceneId, counted,
    excerpt, grouped, in_ticks,
};
use crate::table::{self, is_digits, is_plain_integer};

/// Reads a scene: a plain whole number is a `scene_id`, a text a `scene_str`.
pub(super) fn yaml_scene(node: &Node<'_>, source: &str) -> Result<Scene, Mistake> {
    no_tag(node, source)?;
    let written = node.written(source);
    match &node.value {
        Value::Number => table::number_scene(written),
        Value::Text(text) => table::text_scene(text, written.starts_with(['"', '\''])),
        Value::Bool(_) => Err(table::ambiguous_scene(written)),
        Value::Null => Scene::text(""),
        Value::Seq(_) | Value::Map(_) => Err(Mistake::new(
            "wrong-type",
            format!("a scene must be a number or a text, not {}", node.description()),
        )
        .help("write scene: 1001, or scene: vip-desk; for several `scenes: 2001..2050`")),
    }
}

/// A value with a YAML tag such as `!!binary` is another than the one that people read.
pub(super) fn no_tag(node: &Node<'_>, source: &str) -> Result<(), Mistake> {
    let Some(tag) = node.tag(source) else { return Ok(()) };
    let message = format!("the YAML tag {} makes another value of what stands behind it", in_ticks(tag));
    Err(Mistake::new("yaml-tag", message).help("take the tag out, and write a text in quotes"))
}

/// Reads the first and the last id of a range: `2001..2050`.
pub(super) fn range(text: &str) -> Result<(SceneId, SceneId), Mistake> {
    let bounds = text.split_once("..").map(|(first, last)| (first.trim(), last.trim()));
    let Some((first, last)) = bounds.filter(|(first, last)| is_digits(first) && is_digits(last)) else {
        return Err(Mistake::new("bad-range", format!("{} is no range of ids", in_ticks(text)))
            .help("write the first and the last id: 2001..2050"));
    };
    let bound = |digits: &str| {
        if digits.starts_with('0') && digits.len() > 1 {
            return Err(Mistake::new("bad-range", format!("{} begins with a zero", in_ticks(digits)))
                .help("write plain numbers: 2001..2050"));
        }
        SceneId::parse(digits)
    };
    let (first, last) = (bound(first)?, bound(last)?);
    let (low, high) = (first.get(), last.get());
    if high < low {
        return Err(Mistake::new("empty-range", format!("the range {low}..{high} is empty"))
            .help(format!("the smaller id comes first: {high}..{low}")));
    }
    let count = u64::from(high - low) + 1;
    if count > u64::from(MAX_RANGE) {
        return Err(Mistake::new(
            "range-too-large",
            format!("the range {low}..{high} holds {}", counted(count, "code")),
        )
        .help(format!("a range holds at most {}", grouped(u64::from(MAX_RANGE)))));
    }
    Ok((first, last))
}

/// Reads a day: `2027-03-15`.
pub(super) fn day(text: &str) -> Result<Date, Mistake> {
    let is_day = text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    is_day.then(|| text.parse().ok()).flatten().ok_or_else(|| {
        Mistake::new("bad-date", format!("{} is no day of the calendar", in_ticks(text)))
            .help("year, month, day: 2027-03-15")
    })
}

/// Reads a lifetime: `30d`, `12h`, `90min`, `60s` or `never`.
pub(super) fn lifetime(text: &str) -> Result<Lifetime, Mistake> {
    if text.trim() == "never" {
        return Ok(Lifetime::Permanent);
    }
    expire_seconds(duration(text, " or `never`")?.as_secs())
}

/// A lifetime in seconds.
pub(super) fn expire_seconds(seconds: u64) -> Result<Lifetime, Mistake> {
    ExpireSeconds::new(seconds).map(Lifetime::Temporary)
}

/// Reads a medium: `paper` or `screen`.
pub(super) fn medium(text: &str) -> Result<Medium, Mistake> {
    Medium::from_word(text).ok_or_else(|| {
        Mistake::new("bad-medium", format!("{} is no medium", in_ticks(text)))
            .help("`paper` for what is printed, `screen` for what can show a new picture")
    })
}

/// What is wrong with a number of permanent codes that no account can have.
pub(super) fn over_the_pool(key: &str, number: u64) -> Option<Mistake> {
    let message = format!("`{key}` is more than an account can have");
    (number > Account::PERMANENT_POOL).then(|| Mistake::new("over-the-pool", message))
}

/// Reads `spread`: `on` is `true`.
pub(super) fn spread(text: &str) -> Result<bool, Mistake> {
    match text {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err(Mistake::new("bad-spread", format!("{} is neither `on` nor `off`", in_ticks(text)))
            .help("`off` renews what is due in one night, for screens that are changed by hand")),
    }
}

/// Reads how pictures are named: `dated` or `stable`.
pub(super) fn names(text: &str) -> Result<PictureNames, Mistake> {
    PictureNames::from_word(text).ok_or_else(|| {
        Mistake::new("bad-names", format!("{} is no way to name pictures", in_ticks(text)))
            .help("`dated` with generation and last day, `stable` without")
    })
}

/// Reads a cell: `true` or `false`.
pub(super) fn reuse(cell: &str) -> Result<bool, Mistake> {
    // Spreadsheets write such words in capitals.
    match cell.to_ascii_lowercase().as_str() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(Mistake::new("bad-reuse", format!("{} is neither `true` nor `false`", in_ticks(cell)))
            .help("`true` where a retired scene is meant for this channel, or nothing")),
    }
}

/// Reads a number with a unit. `or` ends the help.
pub(super) fn duration(text: &str, or: &str) -> Result<Duration, Mistake> {
    let text = text.trim();
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
    if unit.is_empty() && !number.is_empty() {
        let number = excerpt(number, 20);
        return Err(Mistake::new("missing-unit", format!("{number} of what?"))
            .help(format!("{number}d or {number}s?")));
    }
    let seconds = match unit.trim() {
        "s" => Some(1),
        "m" | "min" => Some(60),
        "h" => Some(3_600),
        "d" => Some(86_400),
        "w" => Some(604_800),
        _ => None,
    };
    let bad = || {
        Mistake::new("bad-duration", format!("{} is no duration", in_ticks(text)))
            .help(format!("a whole number with s, min, h, d or w, such as 30d{or}"))
    };
    let seconds = seconds.ok_or_else(bad)?;
    // A number too large for 64 bits is out of every range.
    let number: u64 = if number.is_empty() { return Err(bad()) } else { number.parse().unwrap_or(u64::MAX) };
    Ok(Duration::from_secs(number.saturating_mul(seconds)))
}

/// Reads a rate: `10/s` or `300/min`.
pub(super) fn rate(text: &str) -> Result<Rate, Mistake> {
    let parsed = text.split_once('/').and_then(|(number, unit)| {
        let period = match unit.trim() {
            "s" => 1,
            "m" | "min" => 60,
            _ => return None,
        };
        let requests = number.trim().parse().ok()?;
        Some(Rate { requests, period: Duration::from_secs(period) })
    });
    parsed.ok_or_else(|| {
        Mistake::new("bad-rate", "`rate` must be a number of tickets a second or a minute")
            .help("such as 10/s or 300/min")
    })
}

/// Reads a limit: `50` or `5%`.
pub(super) fn limit(name: &str, node: &Node<'_>, source: &str) -> Result<Limit, Mistake> {
    let written = match &node.value {
        Value::Text(text) => text.trim(),
        _ => node.written(source),
    };
    let is_number = |text: &&str| *text == "0" || is_plain_integer(text);
    let limit = match &node.value {
        Value::Text(_) => {
            written.strip_suffix('%').map(str::trim).filter(is_number).and_then(|percent| {
                percent.parse().ok().filter(|percent| *percent <= 100).map(Limit::Percent)
            })
        }
        Value::Number => {
            Some(written).filter(is_number).and_then(|codes| codes.parse().ok()).map(Limit::Codes)
        }
        _ => None,
    };
    limit.ok_or_else(|| {
        let what = match &node.value {
            Value::Text(_) | Value::Number => in_ticks(written),
            _ => node.description().to_owned(),
        };
        let help = format!("a number of codes or a percentage: {name}: 50, or {name}: 5%");
        Mistake::new("bad-limit", format!("{what} is no limit")).help(help)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lifetimes_are_a_number_with_a_unit_or_never() {
        let seconds = |text| lifetime(text).map(Lifetime::seconds).map_err(|w| w.kind);
        for (text, expected) in [
            ("60s", Ok(60)),
            ("90min", Ok(5_400)),
            ("90m", Ok(5_400)),
            ("12h", Ok(43_200)),
            ("30d", Ok(2_592_000)),
            ("4 w", Ok(2_419_200)),
            ("never", Ok(0)),
            ("59s", Err("lifetime-out-of-range")),
            ("31d", Err("lifetime-out-of-range")),
            ("99999999999999999999d", Err("lifetime-out-of-range")),
            ("30", Err("missing-unit")),
            ("d", Err("bad-duration")),
            ("", Err("bad-duration")),
            ("-1d", Err("bad-duration")),
            ("1.5d", Err("bad-duration")),
            ("30 days", Err("bad-duration")),
        ] {
            assert_eq!(seconds(text), expected, "{text}");
        }
    }

    #[test]
    fn ranges_hold_both_their_ends() {
        let range = |text| range(text).map(|(a, b)| (a.get(), b.get())).map_err(|w| w.kind);
        assert_eq!(range("2001..2050"), Ok((2001, 2050)));
        assert_eq!(range("7..7"), Ok((7, 7)));
        assert_eq!(range("1..100000"), Ok((1, 100_000)));
        assert_eq!(range("1..100001"), Err("range-too-large"));
        assert_eq!(range("2050..2001"), Err("empty-range"));
        assert_eq!(range("0..5"), Err("scene-zero"));
        assert_eq!(range("1..4294967296"), Err("scene-too-large"));
        for bad in ["1-5", "1...5", "1..=5", "..5", "1..", "01..5", "a..b", "１..５"] {
            assert_eq!(range(bad), Err("bad-range"), "{bad}");
        }
    }

    #[test]
    fn rates_are_by_the_second_or_the_minute() {
        assert_eq!(rate("10/s").map(|r| r.to_string()), Ok("10/s".into()));
        assert_eq!(rate("300/min").map(|r| r.to_string()), Ok("300/min".into()));
        for bad in ["10", "0/s", "10/h", "-1/s", "10/s/s"] {
            assert_eq!(rate(bad).map_err(|w| w.kind), Err("bad-rate"), "{bad}");
        }
    }
}
