//! Hides secrets in texts that are shown: somebody who wrote one into a file must not find it in a build log.
//!
//! Of `accounts.yaml` only what is known to be harmless is shown: keys, variables, and values of good form under
//! the keys that hold no secret. A secret may stand anywhere else, under a key misspelt or without any.

use std::ops::Range;

use super::keys::{Scope, Shape, find, names};
use super::problem::suggestion;
use crate::model::looks_secret;

/// Hides the values of keys that end in `secret`. Lengths in bytes stay, so that places do.
pub(super) fn hide_secrets(text: &mut String) {
    let ranges = values_of_secrets(text);
    if ranges.is_empty() {
        return;
    }
    let mut bytes = std::mem::take(text).into_bytes();
    for byte in ranges.into_iter().flatten() {
        bytes[byte] = b'*';
    }
    // The ranges hold whole characters; were one ever cut, the text is shown with a mark in its place.
    *text = String::from_utf8(bytes).unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned());
}

/// What stands on the line after `secret:`, unless it is a variable.
fn values_of_secrets(text: &str) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    let lower = text.to_ascii_lowercase();
    for (at, word) in lower.match_indices("secret") {
        let after = at + word.len();
        let end = text[after..].find(['\n', '\r']).map_or(text.len(), |n| after + n);
        let Some(colon) = text[after..end].find(':').map(|n| after + n + 1) else { continue };
        let is_key = text[after..colon - 1].chars().all(|c| matches!(c, '"' | '\'' | ' ' | '\t'));
        let value = text[colon..end].trim();
        if is_key && !value.is_empty() && !value.starts_with("${") {
            let start = end - text[colon..end].trim_start().len();
            ranges.push(start..end);
        }
    }
    ranges
}

/// Hides everything in `accounts.yaml` that is not known to be harmless. Lengths in bytes stay.
pub(super) fn hide_values(text: &mut String) {
    let mut shown = String::with_capacity(text.len());
    for line in text.split_inclusive(['\n', '\r']) {
        let body = line.trim_end_matches(['\n', '\r']);
        push_line(&mut shown, body);
        shown.push_str(&line[body.len()..]);
    }
    debug_assert_eq!(shown.len(), text.len());
    *text = shown;
}

/// A line may hold several keys: `default: {appid: wx1, secret: '${S}'}`.
fn push_line(shown: &mut String, line: &str) {
    let comment =
        line.char_indices().find(|(at, c)| *c == '#' && !line[..*at].ends_with(|c| c != ' ' && c != '\t'));
    let (body, comment) = line.split_at(comment.map_or(line.len(), |(at, _)| at));
    let mut is_outer = body.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '"' | '\''));
    let mut start = 0;
    let mut in_variable = false;
    for (at, c) in body.char_indices() {
        match c {
            '{' if body[..at].ends_with('$') => in_variable = true,
            '}' if in_variable => in_variable = false,
            '{' | '}' | '[' | ']' | ',' => {
                push_part(shown, &body[start..at], is_outer);
                is_outer = false;
                shown.push(c);
                start = at + 1;
            }
            _ => {}
        }
    }
    push_part(shown, &body[start..], is_outer);
    shown.extend(comment.bytes().map(|_| ' '));
}

/// `key: value`, and whatever else may stand where that should.
fn push_part(shown: &mut String, part: &str, is_outer: bool) {
    let text = part.trim_start_matches([' ', '\t', '-', '?']);
    shown.push_str(&part[..part.len() - text.len()]);
    if !text.contains(|c: char| c.is_alphanumeric()) {
        return shown.push_str(text);
    }
    let (key, key_len) = leading_word(text);
    let after = text[key_len..].trim_start();
    let blanks = &text[key_len..text.len() - after.len()];
    match after.chars().next() {
        Some(':') if after.len() == 1 || after[1..].starts_with([' ', '\t']) => {
            if !is_shown_key(key) && (!is_outer || looks_secret(key)) {
                return push_hidden(shown, text);
            }
            let value = after[1..].trim();
            let value_at = after.len() - after[1..].trim_start().len();
            shown.push_str(&text[..key_len]);
            shown.push_str(blanks);
            shown.push_str(&after[..value_at]);
            if is_harmless(key, unquoted(value)) || !value.contains(|c: char| c.is_alphanumeric()) {
                shown.push_str(&after[value_at..]);
            } else {
                push_hidden(shown, &after[value_at..]);
            }
        }
        // Not YAML, but meant as a key and its value: `secret = …`, `secret …`, `secret：…`
        Some(_) if is_telling(key) => {
            shown.push_str(&text[..key_len]);
            shown.push_str(blanks);
            push_hidden(shown, after);
        }
        _ => push_hidden(shown, text),
    }
}

/// A word up to what may end a key, without its quotes, and how many bytes it takes with them.
fn leading_word(text: &str) -> (&str, usize) {
    for quote in ['"', '\''] {
        if let Some((word, _)) = text.strip_prefix(quote).and_then(|rest| rest.split_once(quote)) {
            return (word, word.len() + 2);
        }
    }
    let end = text.find(|c: char| c.is_whitespace() || matches!(c, ':' | '=' | '：')).unwrap_or(text.len());
    (&text[..end], end)
}

fn unquoted(value: &str) -> &str {
    let within = |quote| value.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
    within('"').or_else(|| within('\'')).unwrap_or(value)
}

/// Stars in place of a text; blanks at its end stay.
fn push_hidden(shown: &mut String, text: &str) {
    let end = text.trim_end_matches([' ', '\t']).len();
    shown.extend(std::iter::repeat_n('*', end));
    shown.push_str(&text[end..]);
}

/// A key of an account, one that is probably meant as such, or a plain word.
fn is_shown_key(key: &str) -> bool {
    find(Scope::Account, key).is_some()
        || is_telling(key)
        || (key.len() <= 12 && key.chars().all(|c| c.is_ascii_lowercase() || c == '_'))
}

/// A word that says what stands after it.
fn is_telling(key: &str) -> bool {
    let lower = key.to_ascii_lowercase();
    let words = ["appid", "secret", "token", "password", "key", "url", "rate", "quota"];
    key.len() <= 20
        && key.chars().all(|c| c.is_ascii_alphabetic() || c == '_' || c == '-')
        && (words.iter().any(|word| lower.contains(word))
            || suggestion(key, names(Scope::Account), |length| if length < 5 { 1 } else { 2 }).is_some())
}

/// Whether a value is known to be no secret.
fn is_harmless(key: &str, value: &str) -> bool {
    let digits =
        |text: &str, most| (1..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    if let Some(name) = value.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')) {
        return is_plain_variable(name);
    }
    match find(Scope::Account, key).map(|key| key.shape) {
        Some(Shape::Appid) => {
            value.strip_prefix('$').is_some_and(is_plain_variable)
                || value
                    .strip_prefix("wx")
                    .is_some_and(|rest| rest.len() <= 16 && rest.bytes().all(|b| b.is_ascii_alphanumeric()))
        }
        Some(Shape::Secret) => value.strip_prefix('$').is_some_and(is_plain_variable),
        Some(Shape::Rate) => {
            let (number, unit) = value.split_once('/').unwrap_or((value, "s"));
            digits(number.trim(), 6) && matches!(unit.trim(), "s" | "m" | "min" | "h" | "d")
        }
        Some(Shape::Count(..)) => digits(value, 9),
        Some(Shape::Url(_)) => {
            let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || ".:/-".contains(c);
            let rest = value.strip_prefix("https://").or_else(|| value.strip_prefix("http://"));
            rest.is_some_and(|rest| {
                let host = rest.split(['/', ':']).next().unwrap_or_default();
                (host == "localhost" || host.contains('.'))
                    && rest.chars().all(plain)
                    && !rest.split('/').any(looks_secret)
            })
        }
        _ => false,
    }
}

/// A variable's name as people give them: `WECHAT_SECRET_2`, `wechat_secret`.
fn is_plain_variable(name: &str) -> bool {
    let digits = name.bytes().filter(u8::is_ascii_digit).count();
    let has_cases =
        name.contains(|c: char| c.is_ascii_lowercase()) && name.contains(|c: char| c.is_ascii_uppercase());
    (1..=40).contains(&name.len())
        && digits <= 2
        && !has_cases
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// Hides in a message about `accounts.yaml` what it quotes from the file, unless that is a key or, with
/// `names_account`, an account's name.
pub(super) fn hide_quoted(message: &str, source: &str, names_account: bool) -> String {
    let mut shown = String::with_capacity(message.len());
    for (index, piece) in message.split('`').enumerate() {
        if index > 0 {
            shown.push('`');
        }
        let is_quoted = index % 2 == 1;
        let is_harmless = match (is_quoted, names_account) {
            (true, true) => !looks_secret(piece),
            (true, false) => is_shown_key(piece) || !piece.contains(char::is_alphanumeric),
            // The parser's own words, unless the file holds them too.
            (false, _) => !piece
                .split(|c: char| !(c.is_alphanumeric() || c == '-' || c == '_'))
                .any(|word| word.len() >= 8 && !is_shown_key(word) && source.contains(word)),
        };
        shown.push_str(if is_harmless { piece } else { "…" });
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_campaign_files_only_the_values_of_secrets_are_hidden() {
        let mut text = "app_secret: abc # x\nrate: 1\nsecret: ${WECHAT_SECRET}".to_owned();
        hide_secrets(&mut text);
        assert_eq!(text, "app_secret: *******\nrate: 1\nsecret: ${WECHAT_SECRET}");
    }

    #[test]
    fn of_accounts_only_what_is_harmless_is_shown() {
        for (text, shown) in [
            ("  secret: abc # x\n  rate: 1", "  secret: ***    \n  rate: 1"),
            ("{\"appsecret\" : 'abc'}", "{\"appsecret\" : *****}"),
            ("secret: ${WECHAT_SECRET}", "secret: ${WECHAT_SECRET}"),
            ("secret: '${WECHAT_SECRET}'", "secret: '${WECHAT_SECRET}'"),
            ("secret: ${WECHAT_SECRET}x", "secret: *****************"),
            ("secret: ${Ab0123456789}", "secret: ***************"),
            ("secret: 北京", "secret: ******"),
            ("secret:\n  0123-abcd\r\n", "secret:\n  *********\r\n"),
            ("  secret: |\n    0123 abcd", "  secret: |\n    *********"),
            ("secret_file: 0123", "secret_file: ****"),
            ("secret = 0123", "secret ******"),
            ("secret 0123", "secret ****"),
            ("secret：0123", "secret*******"),
            ("WECHAT_SECRET=0123", "WECHAT_SECRET*****"),
            ("  - 0123", "  - ****"),
            ("!0123 x", "*******"),
            ("appid: wx0123456789abcdef", "appid: wx0123456789abcdef"),
            ("appid: 0123456789abcdef", "appid: ****************"),
            ("shop-1: {appid: wx1, rate: 300/min}", "shop-1: {appid: wx1, rate: 300/min}"),
            ("0123456789abcdef0123456789abcdef: 1", "***********************************"),
            ("  api_url: https://a.example/x?0123", "  api_url: ************************"),
            ("  image_url: http://127.0.0.1:80", "  image_url: http://127.0.0.1:80"),
            ("permanents_used_elsewhere: 12000", "permanents_used_elsewhere: 12000"),
            ("permanents_used_elsewhere: 12k", "permanents_used_elsewhere: ***"),
        ] {
            let mut hidden = text.to_owned();
            hide_values(&mut hidden);
            assert_eq!(hidden, shown, "{text}");
        }
    }

    #[test]
    fn messages_quote_keys_only() {
        assert_eq!(hide_quoted("no `rat`, `hunter-2`", "", false), "no `rat`, `…`");
        assert_eq!(hide_quoted("account `shop-1`", "", true), "account `shop-1`");
        assert_eq!(hide_quoted("unknown tag hunter-22", "hunter-22", false), "…");
    }
}
