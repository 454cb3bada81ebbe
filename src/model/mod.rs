//! Values that cannot be wrong: what a scene, a lifetime, a channel, a code, a ticket is.
//!
//! Everything here is made through a constructor that checks, so that no later stage has to. Nothing in this
//! module reads a file, a clock or the environment.

mod account;
mod bundling;
mod campaign;
mod channel;
mod code;
mod digest;
mod document;
mod excerpt;
mod history;
mod hook;
mod instant;
mod invisible;
mod last_day;
mod lifetime;
mod limits;
mod machine;
mod medium;
mod mistake;
mod name;
mod number;
mod platform_time;
mod printed;
mod scene;
mod schema;
mod secret;
mod ticket;
mod url;
mod word;

pub use account::{Account, AccountName, AppId, AppIdSource, Rate, SecretSource, looks_secret};
pub use bundling::{Bundling, PictureNames};
pub use campaign::{Campaign, has_ended, outlives};
pub use channel::{Channel, Extras, Labels, Tag};
pub use code::Code;
pub use digest::{Digest, Hasher};
pub use document::{Day, Instant, PathText};
pub use excerpt::{excerpt, is_unseen, quoted, shell_word, visible, visible_path};
pub use history::{AccountHistory, CodeKey, CodeRecord, Generation, History, PictureFacts};
pub use hook::{HookProgram, Hooks};
pub use instant::{
    beijing_date, beijing_datetime, day_start, minute_text, parse_instant, rfc3339, second_text, whole_second,
};
pub use invisible::{is_invisible, is_joiner, is_reordering};
pub use last_day::LastDay;
pub use lifetime::{ExpireSeconds, Lifetime, LifetimeKind, renew_before, spelt_seconds};
pub use limits::{Limit, LimitKind, Limits};
pub use machine::machine_limit;
pub use medium::{Declared, Medium};
pub use mistake::{Mistake, in_ticks};
pub use name::{CampaignName, fold};
pub use number::{counted, grouped, named, rough_duration, verb};
pub use platform_time::{
    BIRTH_SLACK, CLOCK_WARNING, ClockCheck, ClockVerdict, IssueFacts, IssueTimes, off_by,
};
pub use printed::{BundledCode, HandedGeneration, Note, PrintedCode, Recipient};
pub use scene::{PERMANENT_ID_MAX, SCENE_STR_MAX_BYTES, Scene, SceneId, SceneStr, SceneType};
pub use schema::schema_of;
pub use secret::{AccessToken, AppSecret};
pub use ticket::{Ticket, TicketFacts};
pub use url::{BaseUrl, is_emulators};
pub(crate) use word::words;
