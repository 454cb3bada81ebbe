//! Rows of a table as issues to adopt: a ticket explains itself, and columns say what it does not.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::source::{Defaults, check_past, generation, lifetime};
use crate::campaign;
use crate::cli::args::parse_instant;
use crate::ledger::Adopted;
use crate::model::{
    AppId, CampaignName, Channel, Code, Extras, Labels, Scene, SceneType, Tag, Ticket, TicketFacts, excerpt,
    minute_text,
};

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

/// Columns of a bundle's manifest that follow from the rest, or that the campaign file alone says.
const FOLLOWING: [&str; 3] = ["image", "image_sha256", "medium"];

/// The longest url that is believed, as in answers of the platform.
const URL_BYTES: usize = 512;

/// The most characters of a cell that a message quotes.
const QUOTED: usize = 60;

/// Reads the rows of one table.
pub(super) struct Reader<'d> {
    known: [Option<usize>; KNOWN.len()],
    extras: Vec<usize>,
    extra_names: Arc<[Box<str>]>,
    defaults: &'d Defaults,
}

/// When a code dies, as a table or a ticket says it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Expiry {
    Never,
    At(Timestamp),
}

impl<'d> Reader<'d> {
    /// The error says what is wrong with the header.
    pub(super) fn new(header: &[String], defaults: &'d Defaults) -> Result<Self, String> {
        let mut known = [None; KNOWN.len()];
        let (mut extras, mut extra_names): (Vec<usize>, Vec<Box<str>>) = (Vec::new(), Vec::new());
        for (index, name) in header.iter().enumerate() {
            if header[..index].contains(name) && !name.is_empty() {
                return Err(format!("the column `{}` is here twice", excerpt(name, QUOTED)));
            }
            if let Some(column) = KNOWN.iter().position(|known| known == name) {
                known[column] = Some(index);
            } else if !name.is_empty() && !FOLLOWING.contains(&name.as_str()) {
                extras.push(index);
                extra_names.push(name.as_str().into());
            }
        }
        let reader = Self { known, extras, extra_names: extra_names.into(), defaults };
        for needed in ["scene", "channel", "ticket"] {
            if reader.column(needed).is_none() {
                return Err(format!(
                    "the table has no column `{needed}`: the first row names the columns scene, channel and ticket, \
                     and perhaps {}",
                    [
                        "scene_type",
                        "tags",
                        "url",
                        "generation",
                        "created_at",
                        "expires_at",
                        "campaign",
                        "appid"
                    ]
                    .join(", ")
                ));
            }
        }
        if defaults.campaign.is_none() && reader.column("campaign").is_none() {
            return Err("the table does not say the campaign: name it with --campaign".to_owned());
        }
        Ok(reader)
    }

    fn column(&self, name: &str) -> Option<usize> {
        KNOWN.iter().position(|known| *known == name).and_then(|column| self.known[column])
    }

    /// One row; the error says what is wrong with it.
    pub(super) fn read(&self, cells: &[String], place: String) -> Result<Adopted, String> {
        let cell = |name: &str| {
            let text = self.column(name).and_then(|column| cells.get(column));
            text.map(String::as_str).filter(|text| !text.is_empty())
        };
        let named = |name: &str| cell(name).ok_or_else(|| format!("its {name} is empty"));
        let scene = scene(named("scene")?, cell("scene_type"))?;
        let labels = self.labels(named("channel")?, cell("tags"), cells)?;
        let ticket = Ticket::new(named("ticket")?).map_err(|error| error.to_string())?;
        let facts = TicketFacts::read(ticket.as_str());
        let trusted = facts.as_ref().filter(|facts| facts.checksum_right);
        let silent = match &facts {
            None => "its ticket is of a form that tells nothing",
            Some(facts) if !facts.checksum_right => "its ticket's checksum is wrong",
            Some(_) => "its ticket does not tell it",
        };

        let url = match (cell("url"), trusted) {
            (Some(url), Some(facts)) if url != facts.url => {
                let (url, ticket) = (excerpt(url, QUOTED), excerpt(&facts.url, QUOTED));
                return Err(format!("its url is {url}, but its ticket's is {ticket}"));
            }
            (Some(url), _) => url,
            (None, Some(facts)) => &facts.url,
            (None, None) => return Err(format!("its url is not known, since {silent}: add a column `url`")),
        };
        let url = checked_url(url)?;

        let told = trusted.and_then(|facts| {
            let seconds = facts.lifetime_seconds()?;
            let at = facts.created_at.checked_add(SignedDuration::from_secs(seconds.into())).ok()?;
            Some(if seconds == 0 { Expiry::Never } else { Expiry::At(at) })
        });
        let expiry = match (stated_expiry(cell("expires_at"), cell("lifetime"))?, told) {
            (Some(Expiry::Never), Some(Expiry::At(at))) => {
                return Err(format!(
                    "it is said to be permanent, but its ticket dies on {}",
                    minute_text(at)
                ));
            }
            (Some(Expiry::At(_)), Some(Expiry::Never)) => {
                return Err("it is said to expire, but its ticket is a permanent code's".to_owned());
            }
            (Some(stated), _) => stated,
            (None, Some(told)) => told,
            (None, None) => {
                return Err(format!(
                    "when it dies is not known, since {silent}: add a column `expires_at` (an instant, or never)"
                ));
            }
        };
        let expires_at = match expiry {
            Expiry::Never => None,
            Expiry::At(at) => Some(at),
        };
        let now = self.defaults.now;
        let created_at = match (cell("created_at"), trusted) {
            (Some(text), _) => {
                parse_instant(text).map_err(|help| format!("its created_at is no instant: {help}"))?
            }
            (None, Some(facts)) => facts.created_at,
            // Nobody tells: it counts from now on, or as the shortest life there is where it is over.
            (None, None) => expires_at
                .and_then(|at| at.checked_sub(SignedDuration::from_mins(1)).ok())
                .map_or(now, |latest| latest.min(now)),
        };
        check_past(created_at, now)?;
        let lifetime = lifetime(created_at, expires_at)?;
        let code = Code::new(scene, lifetime, labels).map_err(|error| error.to_string())?;
        Ok(Adopted {
            place,
            appid: self.appid(cell("appid"))?,
            campaign: self.campaign(cell("campaign"))?,
            scene: code.scene().clone(),
            labels: code.labels().clone(),
            seq: cell("seq").and_then(|text| text.parse().ok()),
            generation: cell("generation").map(parse_generation).transpose()?,
            lifetime,
            created_at,
            expires_at,
            ticket,
            url,
        })
    }

    fn labels(&self, channel: &str, tags: Option<&str>, cells: &[String]) -> Result<Labels, String> {
        let channel = Channel::new(channel).map_err(|error| format!("its channel {error}"))?;
        let mut list: Vec<Tag> = Vec::new();
        for tag in tags.unwrap_or_default().split(';').filter(|tag| !tag.trim().is_empty()) {
            let tag = Tag::new(tag).map_err(|error| format!("a tag {error}"))?;
            if !list.contains(&tag) {
                list.push(tag);
            }
        }
        let values = self.extras.iter().map(|index| cells.get(*index).map_or("", String::as_str).into());
        let extras = Extras::new(Arc::clone(&self.extra_names), values);
        Ok(Labels { channel, tags: list.into(), extras })
    }

    fn campaign(&self, stated: Option<&str>) -> Result<CampaignName, String> {
        match (stated, &self.defaults.campaign) {
            (Some(name), _) => CampaignName::new(name).map_err(|error| format!("its campaign {error}")),
            (None, Some(name)) => Ok(name.clone()),
            (None, None) => Err("its campaign is empty".to_owned()),
        }
    }

    fn appid(&self, stated: Option<&str>) -> Result<AppId, String> {
        match (stated, &self.defaults.appid) {
            (Some(appid), _) => AppId::new(appid).ok_or_else(|| "its appid is none".to_owned()),
            (None, Some(appid)) => Ok(appid.clone()),
            (None, None) => Err("its appid is empty".to_owned()),
        }
    }
}

fn scene(text: &str, scene_type: Option<&str>) -> Result<Scene, String> {
    let stated = match scene_type {
        Some(word) => Some(SceneType::from_word(word).ok_or_else(|| {
            format!("{} is no type of scene: `id`, `str`, or nothing", excerpt(word, QUOTED))
        })?),
        None => None,
    };
    campaign::cell_scene(text, stated)
}

fn parse_generation(text: &str) -> Result<u32, String> {
    let number = text.parse::<u64>();
    generation(number.map_err(|_| format!("{} is no generation", excerpt(text, QUOTED)))?)
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

/// A url as the platform gives them.
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
