//! What went wrong with one call, in words that may be shown.

use std::fmt::{self, Write as _};

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::is_invisible;
use crate::pace::Class;

/// Where a code failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// Getting an access token.
    Token,
    /// Asking for a ticket.
    Issue,
    /// Downloading the picture.
    Fetch,
    /// Decoding the picture.
    Verify,
    /// Writing the bundle.
    Bundle,
}

impl Stage {
    /// The word in documents.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Issue => "issue",
            Self::Fetch => "fetch",
            Self::Verify => "verify",
            Self::Bundle => "bundle",
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Why one attempt of a call failed. Nothing in it holds the secret, an access token or a url with one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct CallError {
    /// Which call; `Token` also if another call needed an access token first, `Issue` also for the quota of tickets.
    pub stage: Stage,
    /// What kind of failure, for [`crate::pace::decide`].
    pub class: Class,
    /// The platform's code, if it gave one.
    pub errcode: Option<i64>,
    /// What the platform's support asks for: the answer's `rid`, or the `hint` of older answers.
    pub rid: Option<String>,
    /// What happened and what to do about it, in one line, without errcode and rid (which `Display` adds).
    pub message: String,
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match (self.errcode, &self.rid) {
            (Some(errcode), Some(rid)) => write!(f, " (errcode {errcode}, rid {rid})"),
            (Some(errcode), None) => write!(f, " (errcode {errcode})"),
            (None, Some(rid)) => write!(f, " (rid {rid})"),
            (None, None) => Ok(()),
        }
    }
}

/// The most characters of a text from outside that are shown.
const SHOWN_CHARS: usize = 200;
/// The most that are looked at: nothing behind them is shown, whatever is hidden before.
const READ_CHARS: usize = 4096;
/// So many characters of a secret, in a row, are a part of it and no accident.
const PART_CHARS: usize = 12;

/// A text from outside, fit to be shown: one line, no character that steers a terminal or hides, bounded, and
/// with none of the secrets that the platform or a relay may have echoed.
pub(super) fn shown(text: &str, secrets: &[&str]) -> String {
    let visible: String = text
        .chars()
        .take(READ_CHARS)
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .filter(|c| !c.is_control() && !is_invisible(*c))
        .collect();
    let mut text = visible.split_whitespace().collect::<Vec<_>>().join(" ");
    for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
        for form in [(*secret).to_owned(), percent_encoded(secret)] {
            text = without_parts(&text.replace(&form, "[hidden]"), &form);
        }
    }
    match text.char_indices().nth(SHOWN_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// The text without longer parts of a secret, which somebody may have cut.
fn without_parts(text: &str, secret: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let is_part = |part: &[char]| secret.contains(&part.iter().collect::<String>());
    let mut kept = String::with_capacity(text.len());
    let mut rest = chars.as_slice();
    while let Some((first, others)) = rest.split_first() {
        let mut length = PART_CHARS;
        if rest.len() < length || !is_part(&rest[..length]) {
            kept.push(*first);
            rest = others;
            continue;
        }
        while length < rest.len() && is_part(&rest[..=length]) {
            length += 1;
        }
        kept.push_str("[hidden]");
        rest = &rest[length..];
    }
    kept
}

/// As a query holds it.
fn percent_encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || b"*-._".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
        encoded
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_from_outside_is_one_bounded_visible_line() {
        assert_eq!(shown(" a\r\n\tb\u{1b}[31m\u{202e}c\u{0}  ", &[""]), "a b[31mc");
        assert_eq!(shown("中文 ok", &[""]), "中文 ok");
        let long = shown(&"店".repeat(1000), &[""]);
        assert_eq!(long.chars().count(), SHOWN_CHARS + 1);
        assert!(long.ends_with('…'));
    }

    #[test]
    fn secrets_are_hidden_in_every_form_and_before_anything_is_cut() {
        let token = "12_ab/c+d=";
        let text =
            shown("bad 12_ab/c+d=, 12_ab%2Fc%2Bd%3D and 12_a\u{200b}b/c+d= and s3cret", &[token, "s3cret"]);
        assert_eq!(text, "bad [hidden], [hidden] and [hidden] and [hidden]");
        let text = shown(&format!("{}{token}", "x".repeat(SHOWN_CHARS - 3)), &[token]);
        assert!(!text.contains("12"), "{text}");
        assert_eq!(shown("nothing to hide", &[""]), "nothing to hide");
    }

    #[test]
    fn longer_parts_of_secrets_are_hidden_too() {
        let token = "81_aBcDeFgHiJkLmNoPqRsTuVwXyZ0123456789";
        let head = &token[..20];
        let tail = &token[token.len() - 12..];
        assert_eq!(shown(&format!("begins {head} ends {tail}."), &[token]), "begins [hidden] ends [hidden].");
        assert_eq!(shown("FgHiJkLmNoP is short", &[token]), "FgHiJkLmNoP is short");
        assert_eq!(shown(&"店".repeat(1_000_000), &[token]).chars().count(), SHOWN_CHARS + 1);
    }

    #[test]
    fn errcode_and_rid_follow_the_message() {
        let mut error = CallError {
            stage: Stage::Issue,
            class: Class::CodeRejected,
            errcode: Some(40053),
            rid: Some("6aac005a-01bfdbee-79769285".to_owned()),
            message: "no".to_owned(),
        };
        assert_eq!(error.to_string(), "no (errcode 40053, rid 6aac005a-01bfdbee-79769285)");
        error.rid = None;
        assert_eq!(error.to_string(), "no (errcode 40053)");
        error.errcode = None;
        assert_eq!(error.to_string(), "no");
    }
}
