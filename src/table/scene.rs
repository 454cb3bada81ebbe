//! Scenes as they are written in cells and in YAML, and what spreadsheets and input methods make of them.

use crate::model::{Mistake, Scene, SceneId, SceneType, excerpt, in_ticks};

/// Whether a text is `[1-9][0-9]*`.
pub fn is_plain_integer(text: &str) -> bool {
    !text.starts_with('0') && is_digits(text)
}

/// Whether a text is `[0-9]+`.
pub fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// Reads a YAML number as a scene: only a plain whole number is one.
pub fn number_scene(written: &str) -> Result<Scene, Mistake> {
    match written {
        digits if digits == "0" || is_plain_integer(digits) => SceneId::parse(digits).map(Scene::Id),
        _ => Err(ambiguous_scene(written)),
    }
}

/// Reads a YAML text as a `scene_str`. Without quotes it must not look like a date, a time or a number.
pub fn text_scene(scene: &str, is_quoted: bool) -> Result<Scene, Mistake> {
    if !is_quoted && (is_date(scene) || is_sexagesimal(scene)) {
        return Err(ambiguous_scene(scene));
    }
    if scene.trim().is_empty() {
        return Scene::text("");
    }
    if scene.trim() != scene {
        let message = format!("the scene {} begins or ends with a blank", in_ticks(scene));
        return Err(
            Mistake::new("scene-blank", message).help("delete the blank: tables and receivers lose it")
        );
    }
    let reason = damaged(scene)
        .or_else(|| is_full_width(scene).then_some(FULL_WIDTH))
        .or_else(|| (!is_quoted && is_spaced(scene)).then_some(SPACED));
    match reason {
        Some(reason) => Err(mangled_mistake(scene, reason, "write plain digits, or the text in \" quotes")),
        None => Scene::text(scene),
    }
}

/// A scene that some readers of YAML take for a text and others for something else.
pub fn ambiguous_scene(written: &str) -> Mistake {
    let message = format!("{} is neither a plain whole number nor plainly a text", in_ticks(written));
    let digits = written.trim_start_matches('0');
    let id = if is_digits(written) && !digits.is_empty() {
        format!("{} makes a scene_id; ", excerpt(digits, 60))
    } else {
        String::new()
    };
    Mistake::new("ambiguous-scene", message)
        .help(format!("{id}\"{}\" in quotes makes a scene_str", excerpt(written, 64)))
}

/// Reads a cell as a scene: `[1-9][0-9]*` is a `scene_id`, anything else a `scene_str`, unless the type is stated.
pub fn cell_scene(cell: &str, stated: Option<SceneType>) -> Result<Scene, Mistake> {
    match stated {
        Some(SceneType::Str) => {
            return match damaged(cell) {
                Some(reason) => Err(mangled_mistake(cell, reason, "write the text itself")),
                None => Scene::text(cell),
            };
        }
        Some(SceneType::Id) if !is_digits(cell) && !cell.is_empty() => {
            let message = format!("{} is no scene_id: it must be a whole number", in_ticks(cell));
            return Err(
                Mistake::new("scene-not-a-number", message).help("`scene_type` `str` makes it a text")
            );
        }
        _ => {}
    }
    if is_plain_integer(cell) {
        return SceneId::parse(cell).map(Scene::Id);
    }
    if is_digits(cell) {
        let digits = cell.trim_start_matches('0');
        if digits.is_empty() {
            return Scene::id(0);
        }
        return Err(Mistake::new("leading-zero", format!("the scene {} begins with a zero", in_ticks(cell)))
            .help(format!(
                "write {}, or add a column `scene_type` with `str` to keep the zeros: spreadsheets drop them",
                excerpt(digits, 60)
            )));
    }
    if let Some(reason) = damaged(cell) {
        return Err(mangled_mistake(cell, reason, "write the number or the text itself"));
    }
    if let Some(reason) = mangled(cell) {
        let help = "write plain digits; if it is meant as a text, add a column `scene_type` with `str`";
        return Err(mangled_mistake(cell, reason, help));
    }
    Scene::text(cell)
}

fn mangled_mistake(scene: &str, reason: &str, help: &str) -> Mistake {
    Mistake::new("mangled-number", format!("the scene {} {reason}", in_ticks(scene))).help(help)
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

/// Says why nobody can mean this text: a spreadsheet or an input method made it.
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

/// Says what a spreadsheet or an input method has made of a number.
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
    if cell.eq_ignore_ascii_case("true") || cell.eq_ignore_ascii_case("false") {
        return Some("is a truth value as spreadsheets write it");
    }
    if is_spreadsheet_date(cell) {
        return Some("is a date as spreadsheets write it");
    }
    if cell.strip_suffix(['%', '％']).is_some_and(|number| number.trim().parse::<f64>().is_ok()) {
        return Some("is a percentage as spreadsheets write it");
    }
    let grouping = cell.chars().all(|c| c.is_ascii_digit() || c == ',');
    (grouping && begins.is_ascii_digit() && ends.is_ascii_digit())
        .then_some("holds commas between its digits")
}

/// Whether a text looks like `2026-11-22`, with or without a time.
fn is_date(text: &str) -> bool {
    let day = text.split(['T', 't', ' ']).next().unwrap_or_default();
    let parts: Vec<_> = day.split('-').collect();
    matches!(parts[..], [y, m, d] if y.len() == 4 && m.len() <= 2 && d.len() <= 2 && parts.iter().all(|p| is_digits(p)))
}

/// Whether a spreadsheet writes a date like this: `2026-12-01`, `2026/12/1 0:00`, `12/1/2026`, `3月12日`, `12-Mar`,
/// `Mar-26`. It may have been `3-12` before. What people write by hand, such as `3-12`, is none.
fn is_spreadsheet_date(text: &str) -> bool {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let day = text.split([' ', 'T']).next().unwrap_or_default();
    let is_number = |part: &str| is_digits(part) && part.len() <= 2;
    let is_year = |part: &str| is_digits(part) && part.len() == 4;
    match day.split(['-', '/', '年', '月', '日']).collect::<Vec<_>>()[..] {
        [year, month, day] if is_year(year) => is_number(month) && (is_number(day) || day.is_empty()),
        [month, day, year] if is_year(year) => is_number(month) && is_number(day),
        [year, month, day, ""] => is_year(year) && is_number(month) && is_number(day),
        [month, day, ""] => is_number(month) && is_number(day),
        [a, b] => (is_number(a) && MONTHS.contains(&b)) || (MONTHS.contains(&a) && is_number(b)),
        _ => false,
    }
}

/// Whether a text looks like `12:30`, which YAML 1.1 reads as a number to the base 60.
fn is_sexagesimal(text: &str) -> bool {
    text.contains(':') && text.split(':').all(is_digits)
}

#[cfg(test)]
mod tests {
    use super::*;

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
        for mangled in [
            "1.23E+16",
            "3001.0",
            "-5",
            "'3001",
            "３００１",
            "3,001",
            "3 001",
            "“3”",
            "=\"004\"",
            "#REF!",
            "TRUE",
            "False",
            "2026-12-01",
            "2026/12/1",
            "2026/12/1 0:00",
            "12/1/2026",
            "3月12日",
            "2026年3月",
            "2026年3月1日",
            "12-Mar",
            "Mar-26",
            "50%",
            "12.5 %",
        ] {
            assert_eq!(scene(mangled, None), Err("mangled-number"), "{mangled}");
        }
        for damaged in ["“3”", "=\"004\"", "#N/A", "####"] {
            assert_eq!(scene(damaged, text), Err("mangled-number"), "{damaged}");
        }
        for kept in
            ["3-12", "may-1", "vip/2026/1", "1月", "east-2026", "12:30", "2026-q1", "100%cotton", "A-1"]
        {
            assert_eq!(scene(kept, None), Ok(("str", kept.into())), "{kept}");
        }
        assert_eq!(scene("2026-12-01", text), Ok(("str", "2026-12-01".into())));
        assert_eq!(scene("3 001", text), Ok(("str", "3 001".into())));
        assert_eq!(scene("99999999999999999999", None), Err("scene-too-large"));
    }
}
