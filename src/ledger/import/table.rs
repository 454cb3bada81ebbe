//! Tables of tickets as codes to adopt. A ticket tells most of what it is; the columns say the rest.

use std::path::Path;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::adopted::{Adopted, ImportError, adopted_generation, adopted_lifetime, shortened};
use crate::fsio;
use crate::ledger::LedgerError;
use crate::model::{
    AppId, CampaignName, Channel, Code, Extras, Labels, Mistake, Scene, SceneType, Tag, Ticket, TicketFacts,
    excerpt, grouped, minute_text, parse_instant, visible_path,
};
use crate::table::{Columns, MAX_FILE_BYTES, Row, Table, cell_scene, decode_table, tidy};

/// The columns that mean something here.
const KNOWN: [&str; 13] = [
    "scene",
    "scene_type",
    "channel",
    "tags",
    "ticket",
    "url",
    "generation",
    "lifetime",
    "created_at",
    "expires_at",
    "campaign",
    "appid",
    "seq",
];

/// Columns of a bundle's manifest that are not read: they follow from the rest, or the campaign file says them.
const FOLLOWING: [&str; 3] = ["image", "image_sha256", "medium"];

/// The most rows of a table, as many as a campaign may have codes.
const MAX_TICKETS: usize = 200_000;

/// The most tags of a code, and the most columns that mean nothing here, as in campaign files.
const MAX_TAGS: usize = 50;
const MAX_FURTHER_COLUMNS: usize = 250;

/// The longest url that is believed, as in answers of the platform.
const URL_BYTES: usize = 512;

/// The most characters of a cell that a message quotes.
const QUOTED: usize = 60;

/// What a table does not say itself.
#[derive(Debug)]
pub struct TableDefaults {
    /// The campaign of its codes.
    pub campaign: Option<CampaignName>,
    /// The account of its codes. A table without a column `appid` needs it.
    pub appid: Option<AppId>,
    /// The current time.
    pub now: Timestamp,
}

/// Reads a table of tickets as issues to adopt, all of its rows or none.
pub fn adopted_from_table(path: &Path, defaults: &TableDefaults) -> Result<Vec<Adopted>, ImportError> {
    let file = visible_path(path);
    let bytes = fsio::read_limited(path, MAX_FILE_BYTES).map_err(LedgerError::from)?;
    let problem = |text: String| ImportError::Problems(vec![text]);
    let text = match decode_table(bytes) {
        Ok(decoded) => decoded.text,
        Err(_) => return Err(problem(format!("{file} is neither UTF-8 nor GB18030"))),
    };
    let table = Table::new(&text).map_err(|(at, mistake)| {
        let line = text[..at].matches('\n').count() + 1;
        problem(format!("{file}:{line}: {}", mistake.message))
    })?;
    let mut rows = table.rows();
    let header = rows.next().ok_or_else(|| problem(format!("{file} is empty")))?;
    let reader = Reader::new(&header, defaults).map_err(|message| problem(format!("{file}: {message}")))?;
    let (mut codes, mut problems) = (Vec::new(), Vec::new());
    for row in rows {
        if codes.len() + problems.len() == MAX_TICKETS {
            let most = grouped(MAX_TICKETS as u64);
            return Err(problem(format!("{file} has more than {most} rows: import it in parts")));
        }
        let place = format!("{file}:{}", row.line);
        match reader.read(&row, place.clone()) {
            Ok(code) => codes.push(code),
            Err(message) => problems.push(format!("{place}: {message}")),
        }
    }
    if problems.is_empty() { Ok(codes) } else { Err(ImportError::Problems(shortened(problems, "problems"))) }
}

struct Reader<'d> {
    columns: Columns,
    extras: Vec<usize>,
    extra_names: Arc<[Box<str>]>,
    defaults: &'d TableDefaults,
}

/// When a code expires, as a table or a ticket says it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Expiry {
    Never,
    At(Timestamp),
}

impl<'d> Reader<'d> {
    /// Finds the columns. The error says what is wrong with the first row.
    fn new(header: &Row<'_>, defaults: &'d TableDefaults) -> Result<Self, String> {
        let columns = Columns::new(header, &KNOWN);
        if let Some((_, again)) = columns.twice.first() {
            return Err(format!(
                "the column `{}` is here twice",
                excerpt(header.cell(*again).trim(), QUOTED)
            ));
        }
        if let Some(needed) = ["scene", "channel", "ticket"].iter().find(|name| columns.find(name).is_none())
        {
            return Err(format!(
                "the table has no column `{needed}`: the first row names the columns scene, channel and ticket, and \
                 perhaps scene_type, tags, url, generation, created_at, expires_at, campaign, appid"
            ));
        }
        if defaults.campaign.is_none() && columns.find("campaign").is_none() {
            return Err("the table does not say the campaign: name it with --campaign".to_owned());
        }
        let name = |index: &usize| tidy(header.cell(*index));
        let mut extras = columns.others.clone();
        extras.retain(|index| !FOLLOWING.contains(&name(index).as_ref()));
        if extras.len() > MAX_FURTHER_COLUMNS {
            return Err(format!(
                "it has more than {MAX_FURTHER_COLUMNS} further columns: delete those nobody needs"
            ));
        }
        let extra_names = extras.iter().map(|index| name(index).into()).collect();
        Ok(Self { columns, extras, extra_names, defaults })
    }

    /// Reads one row. The error says what is wrong with it.
    fn read(&self, row: &Row<'_>, place: String) -> Result<Adopted, String> {
        let cell = |name: &str| self.columns.cell(name, row).filter(|text| !text.is_empty());
        let named = |name: &str| cell(name).ok_or_else(|| format!("its {name} is empty"));
        let scene = scene(named("scene")?, cell("scene_type"))?;
        let labels = self.labels(named("channel")?, cell("tags"), row)?;
        let ticket = ticket(named("ticket")?)?;
        let told = Told::new(&ticket);
        let url = told.url(cell("url"))?;
        let expires_at = told.expires_at(stated_expiry(cell("expires_at"), cell("lifetime"))?)?;
        let now = self.defaults.now;
        let created_at = match (cell("created_at"), &told.facts) {
            (Some(text), _) => {
                parse_instant(text).map_err(|help| format!("its created_at is no instant: {help}"))?
            }
            (None, Some(facts)) => facts.created_at,
            // Nobody knows. The code counts from now on; if it has expired, as one of the shortest lifetime.
            (None, None) => expires_at
                .and_then(|at| at.checked_sub(SignedDuration::from_mins(1)).ok())
                .map_or(now, |latest| latest.min(now)),
        };
        if let Some(facts) =
            told.facts.as_ref().filter(|facts| expires_at.is_some() && facts.is_older_than(created_at))
        {
            let [born, stated] = [facts.created_at, created_at].map(minute_text);
            return Err(format!(
                "its ticket was made at {born}, but its created_at is {stated}: leave created_at out"
            ));
        }
        let lifetime = adopted_lifetime(created_at, expires_at, now)?;
        let code = Code::new(scene, lifetime, labels).map_err(|error| error.to_string())?;
        let appid = match cell("appid") {
            Some(appid) => AppId::new(appid).ok_or("its appid is none")?,
            None => self.defaults.appid.clone().ok_or("its appid is empty")?,
        };
        let campaign = match cell("campaign") {
            Some(name) => CampaignName::new(name).map_err(|error| format!("its campaign {error}"))?,
            None => self.defaults.campaign.clone().ok_or("its campaign is empty")?,
        };
        Ok(Adopted {
            place,
            appid,
            campaign,
            scene: code.scene().clone(),
            labels: code.labels().clone(),
            seq: cell("seq").and_then(|text| text.parse().ok()),
            generation: cell("generation").map(parse_generation).transpose()?,
            lifetime,
            created_at,
            expires_at,
            ticket,
            url,
            from_table: true,
        })
    }

    fn labels(&self, channel: &str, tags: Option<&str>, row: &Row<'_>) -> Result<Labels, String> {
        let channel = Channel::new(channel).map_err(|error| format!("its channel {error}"))?;
        let mut list: Vec<Tag> = Vec::new();
        for tag in tags.unwrap_or_default().split(';').filter(|tag| !tag.trim().is_empty()) {
            let tag = Tag::new(tag).map_err(|error| format!("a tag {error}"))?;
            if !list.contains(&tag) {
                list.push(tag);
            }
            if list.len() > MAX_TAGS {
                return Err(format!("it has more than {MAX_TAGS} tags"));
            }
        }
        let values = self.extras.iter().map(|index| tidy(row.cell(*index)).into());
        let extras = Extras::new(Arc::clone(&self.extra_names), values);
        Ok(Labels { channel, tags: list.into(), extras })
    }
}

/// What a ticket says about its code.
struct Told {
    /// `None` if the ticket's form is not known or its checksum is wrong.
    facts: Option<TicketFacts>,
    /// Why there is something it does not tell, in words.
    silent: &'static str,
}

impl Told {
    fn new(ticket: &Ticket) -> Self {
        let facts = TicketFacts::read(ticket.as_str());
        let silent = match &facts {
            None => "its ticket is of a form that tells nothing",
            Some(facts) if !facts.checksum_right => "its ticket's checksum is wrong",
            Some(_) => "its ticket does not tell it",
        };
        Self { facts: facts.filter(|facts| facts.checksum_right), silent }
    }

    /// The code's url, as the ticket and the table have it.
    fn url(&self, stated: Option<&str>) -> Result<String, String> {
        match (stated, &self.facts) {
            (Some(url), Some(facts)) if url != facts.url => Err(format!(
                "its url is {}, but its ticket's is {}",
                excerpt(url, QUOTED),
                excerpt(&facts.url, QUOTED)
            )),
            (Some(url), _) => checked_url(url),
            (None, Some(facts)) => checked_url(&facts.url),
            (None, None) => Err(format!("its url is not known, since {}: add a column `url`", self.silent)),
        }
    }

    /// When the code expires, as the ticket and the table have it; `None` if never.
    fn expires_at(&self, stated: Option<Expiry>) -> Result<Option<Timestamp>, String> {
        let told = self.facts.as_ref().and_then(|facts| {
            let seconds = facts.lifetime_seconds?;
            let at = facts.created_at.checked_add(SignedDuration::from_secs(seconds.into())).ok()?;
            Some(if seconds == 0 { Expiry::Never } else { Expiry::At(at) })
        });
        match (stated, told) {
            (Some(Expiry::Never), Some(Expiry::At(at))) => {
                Err(format!("it is said to be permanent, but its ticket dies on {}", minute_text(at)))
            }
            (Some(Expiry::At(_)), Some(Expiry::Never)) => {
                Err("it is said to expire, but its ticket is a permanent code's".to_owned())
            }
            (Some(Expiry::Never), _) | (None, Some(Expiry::Never)) => Ok(None),
            (Some(Expiry::At(at)), _) | (None, Some(Expiry::At(at))) => Ok(Some(at)),
            (None, None) => Err(format!(
                "when it dies is not known, since {}: add a column `expires_at` (an instant, or never)",
                self.silent
            )),
        }
    }
}

/// The ticket in a cell, also as the address of its picture. The error says why it is none.
fn ticket(text: &str) -> Result<Ticket, String> {
    if let Some(ticket) = Ticket::of_picture_address(text) {
        return Ok(ticket);
    }
    let ticket = Ticket::new(text).map_err(str::to_owned)?;
    if text.contains("://") {
        return Err("its ticket is an address and not that of a picture: write the ticket itself".to_owned());
    }
    if text.contains('%') {
        return Err(
            "its ticket is escaped for an address (%): write it as the platform answered it".to_owned()
        );
    }
    match text.chars().find(|c| !c.is_ascii_alphanumeric() && !"+/-_=".contains(*c)) {
        Some(wrong) => {
            Err(format!("its ticket holds a `{wrong}`, and a ticket is letters, digits and + / - _ ="))
        }
        None => Ok(ticket),
    }
}

fn scene(text: &str, scene_type: Option<&str>) -> Result<Scene, String> {
    let read = |word| {
        SceneType::from_word(word)
            .ok_or_else(|| format!("{} is no type of scene: `id`, `str`, or nothing", excerpt(word, QUOTED)))
    };
    cell_scene(text, scene_type.map(read).transpose()?).map_err(Mistake::on_one_line)
}

fn parse_generation(text: &str) -> Result<u32, String> {
    let number = text.parse::<u64>();
    adopted_generation(number.map_err(|_| format!("{} is no generation", excerpt(text, QUOTED)))?)
}

fn stated_expiry(expires_at: Option<&str>, lifetime: Option<&str>) -> Result<Option<Expiry>, String> {
    let is_permanent = match lifetime {
        None | Some("temporary") => false,
        Some("permanent") => true,
        Some(other) => {
            let other = excerpt(other, QUOTED);
            return Err(format!("its lifetime is {other}: write temporary, permanent, or nothing"));
        }
    };
    match expires_at {
        Some("never") => Ok(Some(Expiry::Never)),
        Some(_) if is_permanent => Err("it is permanent and has an expires_at".to_owned()),
        Some(text) => match parse_instant(text) {
            Ok(at) => Ok(Some(Expiry::At(at))),
            Err(help) => Err(format!("its expires_at is no instant: {help}, or never")),
        },
        None => Ok(is_permanent.then_some(Expiry::Never)),
    }
}

/// Checks that a url is one as the platform gives them.
fn checked_url(url: &str) -> Result<String, String> {
    let rest = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"));
    let is_good =
        rest.is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_graphic()));
    if is_good && url.len() <= URL_BYTES {
        Ok(url.to_owned())
    } else {
        Err(format!("its url cannot be one: {}", excerpt(url, QUOTED)))
    }
}
