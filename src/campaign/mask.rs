//! Hides secrets in texts that are shown: somebody who wrote one into a file must not find it in a build log.
//!
//! Of `accounts.yaml` only words that are known to be harmless are shown: keys, variables, and values of good form
//! under the keys that hold no secret. Everything else may be a secret, under a key misspelt or without any.

use super::keys::{Scope, find, misspelt};
use crate::model::looks_secret;

/// Hides the rest of each line after a key that ends in `secret`, unless it is a variable. Lengths in bytes stay, so
/// that places do.
pub(super) fn hide_secrets(text: &mut String) {
    let mut shown = String::with_capacity(text.len());
    for line in text.split_inclusive(['\n', '\r']) {
        let lower = line.to_ascii_lowercase();
        let value = lower.match_indices("secret").find_map(|(at, word)| {
            let after = lower[at + word.len()..].trim_start_matches(['"', '\'', ' ', '\t']);
            after.strip_prefix(':').map(str::trim_start).filter(|value| !value.starts_with("${"))
        });
        let start = line.len() - value.map_or(0, str::len);
        shown.push_str(&line[..start]);
        push_hidden(&mut shown, &line[start..]);
    }
    *text = shown;
}

/// Hides every word of `accounts.yaml` that is not known to be harmless. Lengths in bytes stay.
pub(super) fn hide_values(text: &mut String) {
    let mut shown = String::with_capacity(text.len());
    text.split_inclusive(['\n', '\r']).for_each(|line| push_line(&mut shown, line));
    debug_assert_eq!(shown.len(), text.len());
    *text = shown;
}

/// A line word by word. It may hold several keys: `default: {appid: wx1, secret: '${S}'}`.
fn push_line(shown: &mut String, line: &str) {
    // The key whose value comes next, and whether the next word may be a key.
    let (mut key, mut may_be_key) = ("", true);
    let mut at = 0;
    while at < line.len() {
        let word = first_word(&line[at..]);
        let after = &line[at + word.len()..];
        if word.starts_with('#') {
            // A comment becomes blank.
            let end = after.trim_end_matches(['\n', '\r']).len();
            shown.extend(std::iter::repeat_n(' ', word.len() + end));
            return shown.push_str(&after[end..]);
        }
        if let Some(name) = key_of(word, after).filter(|_| may_be_key) {
            let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
            let is_account = line[..at].trim_start_matches(['"', '\'']).is_empty()
                && name.chars().all(is_name)
                && !looks_secret(name);
            (key, may_be_key) = (name, false);
            if is_account || is_shown_key(name) {
                shown.push_str(word);
            } else {
                push_hidden(shown, word);
            }
        } else if !word.contains(char::is_alphanumeric) || is_harmless(key, word) {
            shown.push_str(word);
        } else {
            push_hidden(shown, word);
        }
        may_be_key &= !word.contains(char::is_alphanumeric);
        at += word.len();
        // What stands between two words.
        let Some(mark) = line[at..].chars().next() else { return };
        shown.push(mark);
        at += mark.len_utf8();
        if matches!(mark, '{' | '[' | ',') {
            (key, may_be_key) = ("", true);
        }
    }
}

/// The text up to a blank, a quote, a bracket or a comma. The bracket of `${` belongs to the word.
fn first_word(text: &str) -> &str {
    let mut before = ' ';
    let end = text.find(|c: char| {
        let is_variable = c == '{' && before == '$';
        before = c;
        !is_variable && (c.is_whitespace() || matches!(c, '{' | '}' | '[' | ']' | ',' | '"' | '\''))
    });
    &text[..end.unwrap_or(text.len())]
}

/// The word without its colon, if a colon makes it a key.
fn key_of<'t>(word: &'t str, after: &str) -> Option<&'t str> {
    let ends = |rest: &str| rest.is_empty() || rest.starts_with(char::is_whitespace);
    let name = if let Some(name) = word.strip_suffix(':') {
        Some(name).filter(|_| ends(after))
    } else {
        let after = after.trim_start_matches(['"', '\'', ' ', '\t']);
        after.strip_prefix(':').is_some_and(ends).then_some(word)
    };
    name.filter(|name| name.contains(char::is_alphanumeric))
}

/// Stars in place of a text; blanks and line breaks at its end stay.
fn push_hidden(shown: &mut String, text: &str) {
    let end = text.trim_end().len();
    shown.extend(std::iter::repeat_n('*', end));
    shown.push_str(&text[end..]);
}

/// A key of an account, one that is probably meant as such, or a plain word.
fn is_shown_key(key: &str) -> bool {
    let is_word = key.chars().all(|c| c.is_ascii_alphabetic() || c == '_' || c == '-');
    find(Scope::Account, key).is_some()
        || (is_word && key.len() <= 20 && misspelt(key, Scope::Account).is_some())
        || (key.len() <= 12 && key.chars().all(|c| c.is_ascii_lowercase() || c == '_'))
}

/// Whether a word behind a key is known to be no secret: a variable, or what the key's values look like.
fn is_harmless(key: &str, word: &str) -> bool {
    let is_number = |text: &str| text.len() <= 9 && text.bytes().all(|b| b.is_ascii_digit());
    if let Some(name) = word.strip_prefix("${").or_else(|| word.strip_prefix('$')) {
        return name.len() <= 40
            && !name.starts_with(|c: char| c.is_ascii_digit())
            && name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
            && name.bytes().filter(u8::is_ascii_digit).count() <= 2;
    }
    match key {
        "appid" => {
            let rest = word.strip_prefix("wx").filter(|rest| rest.len() <= 16);
            rest.is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_alphanumeric()))
        }
        "rate" => is_number(word.trim_end_matches(['/', 's', 'm', 'i', 'n'])),
        "daily_quota" | "permanents_used_elsewhere" => is_number(word),
        "api_url" | "image_url" => {
            let rest = word.strip_prefix("https://").or_else(|| word.strip_prefix("http://"));
            let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || ".:/-".contains(c);
            rest.is_some_and(|rest| {
                rest.split(['/', ':']).next().is_some_and(|host| host.contains('.'))
                    && rest.chars().all(is_plain)
                    && !rest.split('/').any(looks_secret)
            })
        }
        _ => false,
    }
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
            ("{\"appsecret\" : 'abc'}", "{\"appsecret\" : '***'}"),
            ("secret: ${WECHAT_SECRET}", "secret: ${WECHAT_SECRET}"),
            ("secret: '${WECHAT_SECRET}'", "secret: '${WECHAT_SECRET}'"),
            ("secret: ${WECHAT_SECRET}x", "secret: ${WECHAT_SECRET}*"),
            ("secret: ${Ab0123456789}", "secret: **************}"),
            ("secret: $hunter_2", "secret: *********"),
            ("secret: 北京", "secret: ******"),
            ("secret: \"hunter\": a", "secret: \"******\": *"),
            ("secret：ab0: [", "************* ["),
            ("\"shop\": {rate: 10}", "\"shop\": {rate: 10}"),
            ("secret:\n  0123-abcd\r\n", "secret:\n  *********\r\n"),
            ("  secret: |\n    0123 abcd", "  secret: |\n    **** ****"),
            ("secret_file: 0123", "secret_file: ****"),
            ("secret = 0123", "****** = ****"),
            ("secret 0123", "****** ****"),
            ("secret：0123", "*************"),
            ("WECHAT_SECRET=0123", "******************"),
            ("  - 0123", "  - ****"),
            ("!0123 x", "***** *"),
            ("appid: wx0123456789abcdef", "appid: wx0123456789abcdef"),
            ("appid: 0123456789abcdef", "appid: ****************"),
            ("shop-1: {appid: wx1, rate: 300/min}", "shop-1: {appid: wx1, rate: 300/min}"),
            ("0123456789abcdef0123456789abcdef: 1", "********************************* *"),
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
