//! How things stand, as a table.

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::outlook::outlook_text;
use super::paint::{Hue, Paint, left, right, width};
use super::plan_text::elsewhere_text;
use crate::model::{Account, beijing_date, beijing_datetime, counted, grouped, minute_text, visible_path};
use crate::plan::{BundleState, CampaignStatus, Hanging, Status, reprint_options};

/// How a status is printed.
#[derive(Debug, Clone, Copy)]
pub struct StatusTextOptions<'a> {
    /// What is not as expected, with the words for it.
    pub overdue: &'a [(&'a CampaignStatus, String)],
    /// Where the ledger is, or would be.
    pub ledger: &'a Path,
    /// Whether to use colours.
    pub color: bool,
}

/// Names of the columns. Those of [`WHERE_ANY`] stand only where one of their numbers is not 0: the text is to fit on
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
        lines.extend(outlook_text(&account.outlook, status.accounts.len(), today, paint));
    }
    if !options.overdue.is_empty() {
        lines.push(String::new());
    }
    for (campaign, words) in options.overdue {
        lines.push(paint.apply(Hue::Red, &format!("overdue: {}: {words}", title(campaign))));
    }
    lines.push(String::new());
    lines.join("\n")
}

/// Dead codes first, then the next death, then what cannot die; what is over comes last.
fn urgency(campaign: &CampaignStatus) -> (bool, bool, Timestamp) {
    (campaign.is_over(), campaign.expired == 0, campaign.next_expiry_at.unwrap_or(Timestamp::MAX))
}

fn table(lines: &mut Vec<String>, campaigns: &[&CampaignStatus], now: Timestamp, paint: Paint) {
    let mut rows: Vec<Row> = campaigns.iter().map(|campaign| row(campaign, now)).collect();
    if campaigns.len() > 1 {
        rows.push(totals(campaigns));
    }
    let shown: Vec<(usize, usize)> = (0..HEADERS.len())
        .filter(|index| !WHERE_ANY.contains(index) || rows.iter().any(|row| row[*index] != "0"))
        .map(|index| {
            let widths = rows.iter().map(|row| width(&row[index]));
            (index, widths.chain([width(HEADERS[index])]).max().unwrap_or(0))
        })
        .collect();
    let cells = |row: &Row| {
        let cell = |(index, columns): &(usize, usize)| {
            let fill = if NUMBERS.contains(index) { right } else { left };
            fill(&row[*index], *columns)
        };
        shown.iter().map(cell).collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    lines.push(paint.apply(Hue::Bold, &cells(&HEADERS.map(str::to_owned))));
    for (index, row) in rows.iter().enumerate() {
        let line = cells(row);
        let Some(campaign) = campaigns.get(index) else {
            lines.push(paint.apply(Hue::Bold, &line));
            continue;
        };
        let hue = if campaign.is_over() {
            Some(Hue::Dim)
        } else if campaign.expired > 0 {
            Some(Hue::Red)
        } else if campaign.due_soon + campaign.never_issued + campaign.not_retired > 0 {
            Some(Hue::Yellow)
        } else {
            None
        };
        for line in [line, format!("  {}", bundle(campaign))] {
            lines.push(hue.map_or_else(|| line.clone(), |hue| paint.apply(hue, &line)));
        }
    }
}

fn row(campaign: &CampaignStatus, now: Timestamp) -> Row {
    // A temporary code lives for 30 days at most, so no year is needed.
    let day = |at: Timestamp| beijing_datetime(at).strftime("%m-%d %H:%M").to_string();
    let renewal = match campaign.next_renewal_at {
        Some(at) if at <= now => "now".to_owned(),
        Some(at) => day(at),
        None => "-".to_owned(),
    };
    [
        title(campaign),
        grouped(campaign.codes),
        grouped(campaign.live),
        grouped(campaign.due_soon),
        grouped(campaign.expired),
        grouped(campaign.never_issued),
        campaign.next_expiry_at.map_or("-".to_owned(), day),
        renewal,
    ]
}

fn totals(campaigns: &[&CampaignStatus]) -> Row {
    let sum = |of: fn(&CampaignStatus) -> u64| grouped(campaigns.iter().map(|campaign| of(campaign)).sum());
    [
        "total".to_owned(),
        sum(|campaign| campaign.codes),
        sum(|campaign| campaign.live),
        sum(|campaign| campaign.due_soon),
        sum(|campaign| campaign.expired),
        sum(|campaign| campaign.never_issued),
        String::new(),
        String::new(),
    ]
}

/// The name, and the account where that is what tells it from another line.
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
    let dead = campaign.dead_in_bundle().filter(|dead| *dead > 0);
    words.extend(dead.map(|dead| format!("{} dead", grouped(dead))));
    words.extend(bundle.written_at.map(|at| format!("of {}", minute_text(at))));
    words.join(", ")
}

/// What the table has no column for.
fn notes(campaign: &CampaignStatus, retires: bool) -> Vec<String> {
    let (name, title) = (&campaign.name, title(campaign));
    let mut notes = Vec::new();
    if let Some(until) = campaign.until.filter(|_| campaign.ended) {
        notes.push(format!("{name}: its last day was {until}: nothing is issued or bundled"));
    }
    if let Some(account) = &campaign.moved_to {
        notes.push(format!(
            "{title}: its codes are no longer wanted; the campaign is on account {account} now"
        ));
    } else if !campaign.in_files && campaign.not_retired == 0 {
        notes.push(format!("{name}: is in no campaign file"));
    }
    if campaign.not_retired > 0 {
        notes.push(format!("{title}: {}", not_retired(campaign, retires)));
        if retires {
            let them = if campaign.not_retired == 1 { "it" } else { "them" };
            notes.push(format!("{title}: a run retires {them}, or refuses to (`scenepress plan`)"));
        }
    }
    if campaign.permanent > 0 {
        let verb = if campaign.permanent == 1 { "is" } else { "are" };
        notes.push(format!("{title}: {} of the live codes {verb} permanent", grouped(campaign.permanent)));
    }
    if campaign.paper_due > 0 {
        let verb = if campaign.paper_due == 1 { "is" } else { "are" };
        notes.push(format!(
            "{name}: {} on paper {verb} due; `scenepress run {}` issues what is to be printed anew",
            counted(campaign.paper_due, "code"),
            reprint_options(name, campaign.anew_dies_at.is_some())
        ));
    }
    notes.extend(campaign.dead_on_paper.as_ref().map(ToString::to_string));
    notes.extend(campaign.dying_on_paper.as_ref().map(ToString::to_string));
    if campaign.pictures_missing > 0 {
        let verb = if campaign.pictures_missing == 1 { "is" } else { "are" };
        let pictures = counted(campaign.pictures_missing, "picture");
        notes.push(match (campaign.ended, campaign.refused) {
            (true, _) => format!("{name}: {pictures} {verb} missing"),
            (false, true) => format!("{name}: {pictures} {verb} missing: what is refused is not fetched"),
            (false, false) => {
                format!("{name}: {pictures} {verb} missing: runs fetch what they do not refuse")
            }
        });
    }
    if campaign.retired_alive > 0 {
        let verb = if campaign.retired_alive == 1 { "works" } else { "work" };
        notes.push(format!("{title}: {} still {verb}", counted(campaign.retired_alive, "retired code")));
    }
    let paper = &campaign.paper;
    if paper.current > 0 {
        let verb = if paper.current == 1 { "is" } else { "are" };
        notes.push(format!("{name}: {} {verb} on paper", counted(paper.current, "code")));
    }
    let Hanging { codes, first_dies_at, .. } = &paper.outdated;
    if *codes > 0 {
        let (verb, them) = if *codes == 1 { ("is", "it") } else { ("are", "them") };
        notes.push(format!(
            "{name}: {} {verb} on paper as an earlier picture{}: print the newest and hand {them} over",
            counted(*codes, "code"),
            dead_from(*first_dies_at)
        ));
    }
    let Hanging { codes, first_dies_at, .. } = &paper.for_screens;
    if *codes > 0 {
        let (verb, them) = if *codes == 1 { ("hangs", "it") } else { ("hang", "them") };
        notes.push(format!(
            "{name}: {} for screens {verb} on paper{}: take {them} down, or declare {them} `medium: paper` and print {them}",
            counted(*codes, "code"),
            dead_from(*first_dies_at)
        ));
    }
    if campaign.bundle.state == BundleState::Stale && campaign.in_files && !campaign.ended {
        notes.push(format!("{name}: its bundle is not what ledger and files say now"));
    }
    if campaign.bundle.deployed == Some(false) {
        notes.push(if campaign.refused {
            format!("{name}: its bundle waits: what is refused is not deployed")
        } else {
            format!("{name}: its bundle waits for a run whose deploy hook takes it")
        });
    }
    notes
}

/// `20 codes are in no campaign file; the first dies at 2026-12-22 10:00`
fn not_retired(campaign: &CampaignStatus, retires: bool) -> String {
    let codes = counted(campaign.not_retired, "code");
    let [verb, first] = if campaign.not_retired == 1 { ["is", "it"] } else { ["are", "the first"] };
    let place = match (&campaign.moved_to, retires) {
        (Some(_), _) => "not retired",
        (None, true) => "in no campaign file",
        (None, false) => "in no campaign file that could be read",
    };
    let dies = campaign.not_retired_die_at.map(|at| format!("; {first} dies at {}", minute_text(at)));
    format!("{codes} {verb} {place}{}", dies.unwrap_or_default())
}

/// `, dead from 2026-11-25 15:00`
fn dead_from(at: Option<Timestamp>) -> String {
    at.map(|at| format!(", dead from {}", minute_text(at))).unwrap_or_default()
}
