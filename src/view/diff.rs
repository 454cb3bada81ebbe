//! Two bundles that were compared, as text.

use std::collections::HashSet;
use std::fmt::Write;
use std::path::Path;

use crate::bundle::{ChangeKind, ChangedCode, CodeState, Difference, Header, changes_in_words};
use crate::model::{Medium, counted, minute_text, visible, visible_path};

/// The order in which changes are told: what has to be done first.
const ORDER: [ChangeKind; 4] =
    [ChangeKind::Replaced, ChangeKind::New, ChangeKind::Relabelled, ChangeKind::Withdrawn];

/// What changed from one bundle to another, as text.
pub fn difference_text(difference: &Difference) -> String {
    let mut text = String::new();
    let (a, b) = (&difference.a.header, &difference.b.header);
    if difference.different_campaigns {
        let _ = writeln!(text, "They are of different campaigns, {} and {}.", a.campaign, b.campaign);
    }
    if difference.different_accounts {
        let _ = writeln!(
            text,
            "They are of different accounts, {} and {}: their codes have only the scenes in common.",
            a.appid, b.appid
        );
    }
    for (name, side) in [("A", &difference.a), ("B", &difference.b)] {
        let codes = counted(side.codes as u64, "code");
        let Header { campaign, revision, kind, selection, .. } = &side.header;
        let partial = if kind.partial { ", PARTIAL" } else { "" };
        let unprinted = selection.as_ref().map(|selection| format!(", {selection}")).unwrap_or_default();
        let emulator = if kind.emulator { ", NOT FOR PRINT" } else { "" };
        let path = visible_path(Path::new(&side.path));
        let _ = writeln!(
            text,
            "{name}: {path}: {campaign}, revision {revision}, {codes}{unprinted}{partial}{emulator}"
        );
    }
    if a.names != b.names {
        let _ = writeln!(text, "The pictures of A have {} names, those of B {} ones.", a.names, b.names);
    }
    if difference.codes.is_empty() {
        return text + "no difference\n";
    }
    let after = difference.codes.iter().filter_map(|code| code.after.as_ref());
    let screens: HashSet<u64> = after.filter(|after| is_screen(after)).map(|after| after.seq).collect();
    let _ = writeln!(text, "{}", changes_in_words(&difference.changes, &|seq| screens.contains(&seq)));
    for kind in ORDER {
        for code in difference.codes.iter().filter(|code| code.change == kind) {
            let _ = writeln!(text, "  {:<10}  {}", kind.as_str(), visible(&change_text(code)));
        }
    }
    text
}

fn is_screen(code: &CodeState) -> bool {
    code.medium == Some(Medium::Screen)
}

/// What became of a code, in words.
fn change_text(code: &ChangedCode) -> String {
    let ChangedCode { change, scene, before, after, replace_before, differs } = code;
    let Some(state) = after.as_ref().or(before.as_ref()) else { return String::new() };
    let (channel, image) = (&state.channel, &state.image);
    let placed = match before.as_ref().map(|before| &before.channel) {
        Some(earlier) if earlier != channel => format!("{scene}  {earlier} -> {channel}"),
        _ => format!("{scene}  {channel}"),
    };
    match change {
        ChangeKind::New => format!("{placed}: {image}"),
        ChangeKind::Replaced => {
            let by = replace_before.map(|at| format!(" before {}", minute_text(at))).unwrap_or_default();
            let to_do = if is_screen(state) { "show" } else { "print" };
            let same = before.as_ref().is_some_and(|before| before.image == *image);
            let same = if same { ", another picture under the same name" } else { "" };
            format!("{placed}: {to_do} {image}{by}{same}")
        }
        ChangeKind::Relabelled => {
            format!("{placed}: {} changed, the picture is the same", differs.join(", "))
        }
        ChangeKind::Withdrawn => match state.expires_at {
            Some(at) => format!("{placed}: what is printed expires at {}", minute_text(at)),
            None => format!("{placed}: what is printed never expires"),
        },
    }
}
