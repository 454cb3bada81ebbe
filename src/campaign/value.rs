//! Values as they are written: scenes, ranges, durations, labels.

use std::num::NonZeroU32;
use std::time::Duration;

use super::MAX_RANGE;
use super::problem::{Findings, Place, Wrong, quoted};
use super::yaml::{Node, Value};
use crate::model::{
    ExpireSeconds, Lifetime, Medium, Rate, SCENE_STR_MAX_BYTES, Scene, SceneError, SceneType, Tag, TextError,
    counted, grouped,
};

/// How to get rid of what one cannot see.
pub(super) const RETYPE: &str = "it came along when the text was pasted: delete the text and type it";

/// `[1-9][0-9]*`
pub(super) fn is_plain_integer(text: &str) -> bool {
    !text.starts_with('0') && is_digits(text)
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// A scene in YAML: a plain integer is an id, a text is a string, everything that some reader of YAML takes for
/// something else is a problem.
pub(super) fn yaml_scene(node: &Node<'_>, source: &str) -> Result<Scene, Wrong> {
    let written = node.written(source);
    match &node.value {
        Value::Number if is_plain_integer(written) => id(written),
        Value::Number if written == "0" => Err(scene_problem(&SceneError::Zero)),
        Value::Text(text) => {
            let is_quoted = written.starts_with(['"', '\'']);
            if !is_quoted && (is_date(text) || is_sexagesimal(text)) {
                return Err(ambiguous(text));
            }
            let reason = damaged(text)
                .or_else(|| is_full_width(text).then_some(FULL_WIDTH))
                .or_else(|| (!is_quoted && is_spaced(text)).then_some(SPACED));
            match reason {
                Some(reason) => {
                    Err(mangled_problem(text, reason, "write plain digits, or the text in \" quotes"))
                }
                None => string(text),
            }
        }
        Value::Number | Value::Bool(_) => Err(ambiguous(written)),
        Value::Null => Err(scene_problem(&SceneError::Empty)),
        Value::Seq(_) | Value::Map(_) => Err(Wrong::new(
            "wrong-type",
            format!("a scene must be a number or a text, not {}", node.description()),
        )
        .help("write scene: 1001, or scene: vip-desk; for several `scenes: 2001..2050`")),
    }
}

fn ambiguous(written: &str) -> Wrong {
    let wrong = Wrong::new(
        "ambiguous-scene",
        format!("{} is neither a plain whole number nor plainly a text", quoted(written)),
    );
    let digits = written.trim_start_matches('0');
    let in_quotes = format!("\"{written}\" in quotes makes a scene_str");
    if is_digits(written) && !digits.is_empty() {
        wrong.help(format!("{digits} makes a scene_id; {in_quotes}"))
    } else {
        wrong.help(in_quotes)
    }
}

/// A scene in a table: `[1-9][0-9]*` is an id and the rest strings, unless its type is stated.
pub(super) fn cell_scene(cell: &str, stated: Option<SceneType>) -> Result<Scene, Wrong> {
    match stated {
        Some(SceneType::Str) => {
            return match damaged(cell) {
                Some(reason) => Err(mangled_problem(cell, reason, "write the text itself")),
                None => string(cell),
            };
        }
        Some(SceneType::Id) if !is_digits(cell) && !cell.is_empty() => {
            let message = format!("{} is no scene_id: it must be a whole number", quoted(cell));
            return Err(Wrong::new("scene-not-a-number", message).help("`scene_type` `str` makes it a text"));
        }
        _ => {}
    }
    if is_plain_integer(cell) {
        return id(cell);
    }
    if is_digits(cell) {
        let digits = cell.trim_start_matches('0');
        if digits.is_empty() {
            return Err(scene_problem(&SceneError::Zero));
        }
        return Err(Wrong::new("leading-zero", format!("the scene {} begins with a zero", quoted(cell))).help(
            format!(
                "write {digits}, or add a column `scene_type` with `str` to keep the zeros: spreadsheets drop them"
            ),
        ));
    }
    if let Some(reason) = damaged(cell) {
        return Err(mangled_problem(cell, reason, "write the number or the text itself"));
    }
    if let Some(reason) = mangled(cell) {
        let help = "write plain digits; if it is meant as a text, add a column `scene_type` with `str`";
        return Err(mangled_problem(cell, reason, help));
    }
    string(cell)
}

fn mangled_problem(scene: &str, reason: &str, help: &str) -> Wrong {
    Wrong::new("mangled-number", format!("the scene {} {reason}", quoted(scene))).help(help)
}

const FULL_WIDTH: &str = "is written in full-width digits";
const SPACED: &str = "holds spaces between its digits";

fn is_full_width(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| ('０'..='９').contains(&c))
}

fn is_spaced(text: &str) -> bool {
    text.contains(char::is_whitespace)
        && text.starts_with(|c: char| c.is_ascii_digit())
        && text.ends_with(|c: char| c.is_ascii_digit())
        && text.chars().all(|c| c.is_ascii_digit() || c.is_whitespace())
}

/// What a spreadsheet or an input method makes of any text, so that nobody can mean it.
fn damaged(text: &str) -> Option<&'static str> {
    const ERRORS: [&str; 7] = ["#REF!", "#N/A", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!"];
    let is_quote = |c: char| matches!(c, '“' | '”' | '„' | '‘' | '’' | '＂' | '＇');
    if ERRORS.contains(&text) || (text.len() > 1 && text.bytes().all(|b| b == b'#')) {
        Some("is a spreadsheet's error, not a value")
    } else if text.starts_with('=') && text.len() > 1 {
        Some("is a spreadsheet's formula, not a value")
    } else if text.starts_with(is_quote) && text.ends_with(is_quote) {
        Some("stands in typographic quotes, which would belong to it")
    } else {
        None
    }
}

/// What a spreadsheet or an input method makes of a number.
fn mangled(cell: &str) -> Option<&'static str> {
    let (begins, ends) = (cell.chars().next()?, cell.chars().last()?);
    if cell.parse::<f64>().is_ok() && (begins.is_ascii_digit() || matches!(begins, '+' | '-' | '.')) {
        return Some(if cell.contains(['e', 'E']) {
            "is a number that a spreadsheet has shortened; its last digits are lost"
        } else {
            "is a number, but no whole one"
        });
    }
    if begins == '\'' && is_digits(&cell[1..]) {
        return Some("begins with the mark that makes spreadsheets keep a text");
    }
    if is_full_width(cell) {
        return Some(FULL_WIDTH);
    }
    if is_spaced(cell) {
        return Some(SPACED);
    }
    let grouping = cell.chars().all(|c| c.is_ascii_digit() || c == ',');
    (grouping && begins.is_ascii_digit() && ends.is_ascii_digit())
        .then_some("holds commas between its digits")
}

/// `2026-11-22`, with or without a time.
fn is_date(text: &str) -> bool {
    let day = text.split(['T', 't', ' ']).next().unwrap_or_default();
    let parts: Vec<_> = day.split('-').collect();
    matches!(parts[..], [y, m, d] if y.len() == 4 && m.len() <= 2 && d.len() <= 2 && parts.iter().all(|p| is_digits(p)))
}

/// `12:30`, which YAML 1.1 reads as a number to the base 60.
fn is_sexagesimal(text: &str) -> bool {
    text.contains(':') && text.split(':').all(is_digits)
}

fn id(digits: &str) -> Result<Scene, Wrong> {
    match digits.parse() {
        Ok(number) => Scene::id(number).map_err(|error| scene_problem(&error)),
        Err(_) => Err(too_large(digits)),
    }
}

fn too_large(digits: &str) -> Wrong {
    Wrong::new("scene-too-large", format!("the scene_id {digits} is over 4294967295")).help(
        "the platform would not refuse it but issue a code for another number; as a scene_str it is fine",
    )
}

fn string(text: &str) -> Result<Scene, Wrong> {
    Scene::text(text).map_err(|error| scene_problem(&error))
}

fn scene_problem(error: &SceneError) -> Wrong {
    match error {
        SceneError::Zero => Wrong::new("scene-zero", "scene 0 is not allowed")
            .help("ids begin at 1; the platform reports 0 for codes that were malformed"),
        SceneError::TooLarge(number) => too_large(&number.to_string()),
        SceneError::NotANumber(text) => Wrong::new(
            "scene-not-a-number",
            format!("{} is no scene_id: it must be a whole number", quoted(text)),
        ),
        SceneError::Empty => Wrong::new("scene-empty", "the scene is empty")
            .help("a number from 1 to 4294967295, or a text of up to 64 bytes"),
        SceneError::TooLong { bytes } => Wrong::new(
            "scene-too-long",
            format!("the scene has {bytes} bytes; at most {SCENE_STR_MAX_BYTES} bytes of UTF-8 are allowed"),
        )
        .help("a Chinese character takes three bytes"),
        SceneError::ReservedPrefix => Wrong::new("scene-prefix", "a scene must not begin with `qrscene_`")
            .help("the platform puts that before the scene of a first follow, and receivers strip it"),
        SceneError::Control => {
            Wrong::new("control-character", "the scene holds a control character or a line break")
                .help("write it on one line, without tabs")
        }
        SceneError::Invisible(c) => Wrong::new(
            "invisible-character",
            format!("the scene holds an invisible character, U+{:04X}", u32::from(*c)),
        )
        .help(RETYPE),
    }
}

/// The first and last id of `2001..2050`.
pub(super) fn range(text: &str) -> Result<(NonZeroU32, NonZeroU32), Wrong> {
    let bounds = text.split_once("..").map(|(first, last)| (first.trim(), last.trim()));
    let Some((first, last)) = bounds.filter(|(first, last)| is_digits(first) && is_digits(last)) else {
        return Err(Wrong::new("bad-range", format!("{} is no range of ids", quoted(text)))
            .help("write the first and the last id: 2001..2050"));
    };
    let bound = |digits: &str| -> Result<NonZeroU32, Wrong> {
        if digits.starts_with('0') && digits.len() > 1 {
            return Err(Wrong::new("bad-range", format!("{} begins with a zero", quoted(digits)))
                .help("write plain numbers: 2001..2050"));
        }
        let number: u32 = digits.parse().map_err(|_| too_large(digits))?;
        NonZeroU32::new(number).ok_or_else(|| scene_problem(&SceneError::Zero))
    };
    let (first, last) = (bound(first)?, bound(last)?);
    if last < first {
        return Err(Wrong::new("empty-range", format!("the range {first}..{last} is empty"))
            .help(format!("the smaller id comes first: {last}..{first}")));
    }
    let count = u64::from(last.get() - first.get()) + 1;
    if count > u64::from(MAX_RANGE) {
        return Err(Wrong::new(
            "range-too-large",
            format!("the range {first}..{last} holds {}", counted(count, "code")),
        )
        .help(format!("a range holds at most {}", grouped(u64::from(MAX_RANGE)))));
    }
    Ok((first, last))
}

/// `30d`, `12h`, `90min`, `60s` or `never`.
pub(super) fn lifetime(text: &str) -> Result<Lifetime, Wrong> {
    if text.trim() == "never" {
        return Ok(Lifetime::Permanent);
    }
    expire_seconds(duration(text, " or `never`")?.as_secs())
}

/// A lifetime in seconds.
pub(super) fn expire_seconds(seconds: u64) -> Result<Lifetime, Wrong> {
    ExpireSeconds::new(seconds).map(Lifetime::Temporary).map_err(|error| {
        Wrong::new("lifetime-out-of-range", error.to_string())
            .help("60s to 30d, or `never` for a permanent code")
    })
}

/// `paper` or `screen`.
pub(super) fn medium(text: &str) -> Result<Medium, Wrong> {
    Medium::from_word(text).ok_or_else(|| {
        Wrong::new("bad-medium", format!("{} is no medium", quoted(text)))
            .help("`paper` for what is printed, `screen` for what can show a new picture")
    })
}

/// `true` or `false`, in a table.
pub(super) fn reuse(cell: &str) -> Result<bool, Wrong> {
    // Spreadsheets write such words in capitals.
    match cell.to_ascii_lowercase().as_str() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(Wrong::new("bad-reuse", format!("{} is neither `true` nor `false`", quoted(cell)))
            .help("`true` where a retired scene is meant for this channel, or nothing")),
    }
}

/// A number with a unit; `or` ends the help.
pub(super) fn duration(text: &str, or: &str) -> Result<Duration, Wrong> {
    let text = text.trim();
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
    if unit.is_empty() && !number.is_empty() {
        return Err(
            Wrong::new("missing-unit", format!("{number} of what?")).help(format!("{number}d or {number}s?"))
        );
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
        Wrong::new("bad-duration", format!("{} is no duration", quoted(text)))
            .help(format!("a whole number with s, min, h, d or w, such as 30d{or}"))
    };
    let seconds = seconds.ok_or_else(bad)?;
    // A number too large for 64 bits is out of every range.
    let number: u64 = if number.is_empty() { return Err(bad()) } else { number.parse().unwrap_or(u64::MAX) };
    Ok(Duration::from_secs(number.saturating_mul(seconds)))
}

/// `10/s` or `300/min`
pub(super) fn rate(text: &str) -> Result<Rate, Wrong> {
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
        Wrong::new("bad-rate", "`rate` must be a number of tickets a second or a minute")
            .help("such as 10/s or 300/min")
    })
}

/// What is wrong with a channel or a tag.
pub(super) fn text_problem(what: &str, error: &TextError) -> Wrong {
    let kind = match error {
        TextError::Empty => "empty-text",
        TextError::Control => "control-character",
        TextError::Invisible(_) => "invisible-character",
        TextError::TooLong { .. } => "text-too-long",
        TextError::Semicolon => "semicolon-in-tag",
    };
    let wrong = Wrong::new(kind, format!("the {what} {error}"));
    match error {
        TextError::Empty => wrong.help(format!("write a {what} that people can read")),
        TextError::Control => wrong.help("write it on one line, without tabs"),
        TextError::Invisible(_) => wrong.help(RETYPE),
        TextError::Semicolon => wrong.help("write two tags"),
        TextError::TooLong { .. } => wrong,
    }
}

/// A tag that holds what was probably meant to part two.
pub(super) fn warn_of_separators(tag: &Tag, place: Place, help: &str, findings: &mut Findings) {
    if let Some(mark) = tag.as_str().chars().find(|c| matches!(c, '，' | '；' | '、')) {
        findings
            .warning(place, "suspicious-tag", format!("the tag {} holds a `{mark}`", quoted(tag.as_str())))
            .help(help);
    }
}

/// Whether a code of this lifetime may die between two nightly runs.
pub(super) fn is_short(lifetime: Lifetime) -> bool {
    matches!(lifetime, Lifetime::Temporary(seconds) if seconds.get() < 4 * 86_400)
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
    fn cells_are_ids_only_where_they_are_plain_digits() {
        let scene = |cell, stated| {
            cell_scene(cell, stated).map(|s| (s.scene_type().as_str(), s.to_string())).map_err(|w| w.kind)
        };
        let (id, text) = (Some(SceneType::Id), Some(SceneType::Str));
        assert_eq!(scene("3001", None), Ok(("id", "3001".into())));
        assert_eq!(scene("3001", text), Ok(("str", "3001".into())));
        assert_eq!(scene("007", text), Ok(("str", "007".into())));
        assert_eq!(scene("vip-1", None), Ok(("str", "vip-1".into())));
        assert_eq!(scene("3-12", None), Ok(("str", "3-12".into())));
        assert_eq!(scene("007", None), Err("leading-zero"));
        assert_eq!(scene("007", id), Err("leading-zero"));
        assert_eq!(scene("vip", id), Err("scene-not-a-number"));
        assert_eq!(scene("0", None), Err("scene-zero"));
        assert_eq!(scene("", None), Err("scene-empty"));
        for mangled in
            ["1.23E+16", "3001.0", "-5", "'3001", "３００１", "3,001", "3 001", "“3”", "=\"004\"", "#REF!"]
        {
            assert_eq!(scene(mangled, None), Err("mangled-number"), "{mangled}");
        }
        for damaged in ["“3”", "=\"004\"", "#N/A", "####"] {
            assert_eq!(scene(damaged, text), Err("mangled-number"), "{damaged}");
        }
        assert_eq!(scene("3 001", text), Ok(("str", "3 001".into())));
        assert_eq!(scene("99999999999999999999", None), Err("scene-too-large"));
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
