//! What the doctor found.

use serde::Serialize;

use super::paint::{Hue, Paint};
use crate::doctor::{Finding, Status};
use crate::exit::Exit;
use crate::model::visible;

/// What `doctor --format json` prints.
#[derive(Serialize)]
pub struct DoctorDocument<'a> {
    format: u32,
    exit: u8,
    checks: &'a [Finding],
}

impl<'a> DoctorDocument<'a> {
    /// Of all findings, and the exit that they give.
    pub fn new(findings: &'a [Finding], exit: Exit) -> Self {
        Self { format: 1, exit: exit.code(), checks: findings }
    }
}

/// Findings as text, a line each. With `quiet` only what is not well.
pub fn findings_text(findings: &[Finding], color: bool, quiet: bool) -> String {
    let paint = Paint { color };
    let mut text = String::new();
    for Finding { check, account, status, message, .. } in findings {
        if quiet && matches!(status, Status::Ok | Status::Unseen) {
            continue;
        }
        let account = account.as_ref().map(|account| format!("{account}: ")).unwrap_or_default();
        let word = format!("{:<6}", status.as_str());
        let word = match status {
            Status::Bad => paint.apply(Hue::Red, &word),
            Status::Warn => paint.apply(Hue::Yellow, &word),
            _ => word,
        };
        text += &format!("{word}  {check:<12}  {}{}\n", visible(&account), visible(message));
    }
    text
}
