//! How things stand, as a table.

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::outlook::outlook_text;
use super::paint::{Hue, Paint, columns, is_are};
use super::sentences::{elsewhere_text, ended_text};
use crate::model::{
    Account, beijing_date, beijing_datetime, counted, grouped, minute_text, verb, visible_path,
};
use crate::paper::{ComesDown, reprint_options};
use crate::plan::{BundleState, CampaignStatus, Overdue, Status};

/// How a status is printed.
#[derive(Debug, Clone, Copy)]
pub struct StatusTextOptions<'a> {
    /// What is not as expected, with the words for it.
    pub overdue: &'a [Overdue<'a>],
    /// Where the ledger is, or would be.
    pub ledger: &'a Path,
    /// Whether to use colours.
    pub color: bool,
}

/// Names of the columns. Those of [`WHERE_ANY`] stand only if one of their numbers is not 0: the text is to fit on
/// 80 columns.
const HEADERS: [&str; 8] = ["campaign", "codes", "live", "due", "dead", "new", "next death", "next renewal"];
/// Columns that hold numbers.
const NUMBERS: std::ops::Range<usize> = 1..6;
const WHERE_ANY: std::ops::Range<usize> = 3..6;

type Row = [String; 8];

/// A table of the campaigns, the most urgent first, each with its bundle; then what needs a word, then the accounts.
pub fn status_text(status: &Status, options: StatusTextOptions<'_>) -> String {
    let paint = Paint { color: options.color };
    let ledger = visible_path(options.ledger);
    let of = match status.ledger_at {
        Some(at) => format!("Ledger of {} ({ledger})", minute_text(at)),
        None => paint.apply(Hue::Yellow, &format!("NO LEDGER (there is no {ledger})")),
    };
    let mut lines = vec![format!("Status of {} (Beijing time)", minute_text(status.now)), of, String::new()];
    let mut notes = Vec::new();
    if status.campaigns.is_empty() {
        lines.push("No campaigns.".to_owned());
    } else {
        let mut campaigns: Vec<&CampaignStatus> = status.campaigns.iter().collect();
        campaigns.sort_by_key(|campaign| urgency(campaign));
        table(&mut lines, &campaigns, status.now, paint);
        notes.extend(campaigns.iter().flat_map(|campaign| self::notes(campaign, status.retires)));
    }
    let old = |path: &PathBuf| format!("{} is of a campaign that is no more", visible_path(path));
    notes.extend(status.old_bundles.iter().map(old));
    if !notes.is_empty() {
        lines.push(String::new());
        lines.extend(notes);
    }
    if !status.accounts.is_empty() {
        lines.push(String::new());
    }
    for account in &status.accounts {
        lines.push(format!("Account {} ({})", account.name, account.appid));
        lines.push(format!(
            "  {} of {} used today, {} of {} issued{}",
            counted(account.calls_today, "call"),
            grouped(account.daily_quota),
            counted(account.permanents_issued, "permanent code"),
            grouped(Account::PERMANENT_POOL),
            elsewhere_text(account.permanents_elsewhere)
        ));
        let today = beijing_date(status.now);
        let days: Vec<_> = status.outlook.iter().filter(|day| day.account == account.name).collect();
        lines.extend(outlook_text(&days, status.accounts.len(), today, paint));
    }
    if !options.overdue.is_empty() {
        lines.push(String::new());
    }
    for Overdue { message, status, .. } in options.overdue {
        lines.push(paint.apply(Hue::Red, &format!("overdue: {}: {message}", title(status))));
    }
    lines.push(String::new());
    lines.join("\n")
}

/// Dead codes first, then the next death, then what cannot die; what is over comes last.
fn urgency(campaign: &CampaignStatus) -> (bool, bool, Timestamp) {
    (campaign.is_over(), campaign.codes.expired == 0, campaign.codes.next_expiry_at.unwrap_or(Timestamp::MAX))
}

fn table(lines: &mut Vec<String>, campaigns: &[&CampaignStatus], now: Timestamp, paint: Paint) {
    let mut rows: Vec<Row> = campaigns.iter().map(|campaign| row_of(campaign, now)).collect();
    if campaigns.len() > 1 {
        rows.push(row("total".to_owned(), campaigns, Default::default()));
    }
    rows.insert(0, HEADERS.map(str::to_owned));
    for (index, line) in columns(&rows, NUMBERS, &WHERE_ANY).into_iter().enumerate() {
        let Some(campaign) = index.checked_sub(1).and_then(|index| campaigns.get(index)) else {
            lines.push(paint.apply(Hue::Bold, &line));
            continue;
        };
        let hue = if campaign.is_over() {
            Some(Hue::Dim)
        } else if campaign.codes.expired > 0 {
            Some(Hue::Red)
        } else if campaign.codes.due_soon + campaign.codes.never_issued + campaign.codes.not_retired > 0 {
            Some(Hue::Yellow)
        } else {
            None
        };
        for line in [line, format!("  {}", bundle(campaign))] {
            lines.push(hue.map_or_else(|| line.clone(), |hue| paint.apply(hue, &line)));
        }
    }
}

/// The numbers of a campaign, each a column.
const COUNTS: [fn(&CampaignStatus) -> u64; 5] = [
    |campaign| campaign.codes.all,
    |campaign| campaign.codes.live,
    |campaign| campaign.codes.due_soon,
    |campaign| campaign.codes.expired,
    |campaign| campaign.codes.never_issued,
];

/// A line of the table: a name, the sums of some campaigns, and two dates.
fn row(name: String, campaigns: &[&CampaignStatus], [next_expiry, next_renewal]: [String; 2]) -> Row {
    let sum = |of: fn(&CampaignStatus) -> u64| grouped(campaigns.iter().map(|campaign| of(campaign)).sum());
    let [codes, live, due, expired, new] = COUNTS.map(sum);
    [name, codes, live, due, expired, new, next_expiry, next_renewal]
}

fn row_of(campaign: &CampaignStatus, now: Timestamp) -> Row {
    let day = |at: Option<Timestamp>| match at {
        // A temporary code lives for 30 days at most, so no year is needed.
        Some(at) => beijing_datetime(at).strftime("%m-%d %H:%M").to_string(),
        None => "-".to_owned(),
    };
    let is_now = campaign.codes.next_renewal_at.is_some_and(|at| at <= now);
    let renewal = if is_now { "now".to_owned() } else { day(campaign.codes.next_renewal_at) };
    row(title(campaign), &[campaign], [day(campaign.codes.next_expiry_at), renewal])
}

/// The name, and the account if that is what tells it from another line.
fn title(campaign: &CampaignStatus) -> String {
    let CampaignStatus { name, account, moved_to, .. } = campaign;
    if moved_to.is_some() { format!("{name} ({account})") } else { name.to_string() }
}

/// `bundle current, revision 3, 20 dead, of 2026-11-20 15:00`
fn bundle(campaign: &CampaignStatus) -> String {
    let bundle = &campaign.bundle;
    if let Some(account) = &campaign.moved_to {
        return format!("its bundle is with account {account}");
    }
    if bundle.state == BundleState::Missing {
        return "no bundle".to_owned();
    }
    let state = if campaign.in_files { bundle.state.as_str() } else { "of a campaign that is in no file" };
    let mut words = vec![format!("bundle {state}")];
    words.extend(bundle.revision.map(|revision| format!("revision {revision}")));
    let dead = campaign.dead_in_bundle.filter(|dead| *dead > 0);
    words.extend(dead.map(|dead| format!("{} dead", grouped(dead))));
    words.extend(bundle.written_at.map(|at| format!("of {}", minute_text(at))));
    words.join(", ")
}

/// What the table has no column for.
fn notes(campaign: &CampaignStatus, retires: bool) -> Vec<String> {
    let mut notes = Vec::new();
    let ended = campaign.until.filter(|_| campaign.ended);
    notes.extend(ended.map(|until| ended_text(until, campaign.codes.never_issued)));
    notes.extend(gone(campaign, retires));
    let due = campaign.codes.paper_due;
    if due > 0 {
        notes.push(format!(
            "{} on paper {} due; `scenepress run {}` issues what is to be printed anew",
            counted(due, "code"),
            is_are(due),
            reprint_options(&campaign.name, campaign.codes.replacement_expires_at.is_some())
        ));
    }
    let missing = campaign.codes.pictures_missing;
    if missing > 0 {
        let then = match (campaign.ended, campaign.refused) {
            (true, _) => "",
            (false, true) => ": what is refused is not fetched",
            (false, false) => ": runs fetch what they do not refuse",
        };
        notes.push(format!("{} {} missing{then}", counted(missing, "picture"), is_are(missing)));
    }
    if campaign.codes.retired_alive > 0 {
        let verb = verb(campaign.codes.retired_alive, "works", "work");
        notes.push(format!("{} still {verb}", counted(campaign.codes.retired_alive, "retired code")));
    }
    notes.extend(on_paper(campaign));
    notes.extend(bundle_notes(campaign).map(str::to_owned));
    let title = title(campaign);
    let notes = notes.into_iter().map(|note| format!("{title}: {note}"));
    let expired = campaign.codes.dead_on_paper.as_ref().map(ToString::to_string);
    let early = campaign.codes.dying_on_paper.as_ref().map(ToString::to_string);
    notes.chain(expired).chain(early).collect()
}

/// What is no longer wanted of it, and how many of its live codes are permanent.
fn gone(campaign: &CampaignStatus, retires: bool) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(account) = &campaign.moved_to {
        notes.push(format!("its codes are no longer wanted; the campaign is on account {account} now"));
    } else if !campaign.in_files && campaign.codes.not_retired == 0 {
        notes.push("is in no campaign file".to_owned());
    }
    let codes = campaign.codes.not_retired;
    if codes > 0 {
        let place = match (&campaign.moved_to, retires) {
            (Some(_), _) => "not retired",
            (None, true) => "in no campaign file",
            (None, false) => "in no campaign file that could be read",
        };
        let first = verb(codes, "it", "the first");
        let dies =
            campaign.codes.not_retired_die_at.map(|at| format!("; {first} dies at {}", minute_text(at)));
        notes.push(format!(
            "{} {} {place}{}",
            counted(codes, "code"),
            is_are(codes),
            dies.unwrap_or_default()
        ));
        let them = verb(codes, "it", "them");
        notes.extend(retires.then(|| format!("a run retires {them}, or refuses to (`scenepress plan`)")));
    }
    let permanent = campaign.codes.permanent;
    if permanent > 0 {
        notes.push(format!("{} of the live codes {} permanent", grouped(permanent), is_are(permanent)));
    }
    notes
}

/// What is on paper, and what is to be done about it.
fn on_paper(campaign: &CampaignStatus) -> Vec<String> {
    let mut notes = Vec::new();
    let current = campaign.paper.current;
    if current > 0 {
        notes.push(format!("{} {} on paper", counted(current, "code"), is_are(current)));
    }
    let waiting = campaign.paper.never_handed_over;
    if waiting > 0 {
        let were = verb(waiting, "was", "were");
        notes.push(format!(
            "{} for paper {were} never handed over (`scenepress handoff`)",
            counted(waiting, "code")
        ));
    }
    let down = campaign.codes.taken_down;
    if down > 0 {
        notes.push(format!("all paper of {} was taken down", counted(down, "code")));
    }
    for why in ComesDown::ALL {
        let (codes, first_expires_at) = campaign.paper.hanging(why);
        if codes == 0 {
            continue;
        }
        let what = match why {
            ComesDown::Replace => format!("{} on paper as an earlier picture", is_are(codes)),
            ComesDown::TakeDown => format!("for screens {} on paper", verb(codes, "hangs", "hang")),
        };
        let dead = first_expires_at.map(|at| format!(", dead from {}", minute_text(at))).unwrap_or_default();
        notes.push(format!("{} {what}{dead}: {}", counted(codes, "code"), why.advice(codes)));
    }
    notes
}

fn bundle_notes(campaign: &CampaignStatus) -> impl Iterator<Item = &'static str> {
    let is_stale = campaign.bundle.state == BundleState::Stale && campaign.in_files && !campaign.ended;
    let waits = campaign.bundle.deployed == Some(false);
    let waiting = if campaign.refused {
        "its bundle waits: what is refused is not deployed"
    } else {
        "its bundle waits for a run whose deploy hook takes it"
    };
    let stale = is_stale.then_some("its bundle is not what ledger and files say now");
    stale.into_iter().chain(waits.then_some(waiting))
}
