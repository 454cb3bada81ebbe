//! A platform, a project that works with it, and what the project delivers.

mod bundle;
mod platform;
mod project;
#[path = "../../support/schema.rs"]
pub mod schema;

pub use bundle::{Bundle, decode, sha256};
pub use platform::{Asked, Kind, Log, Platform, Verdict};
pub use project::{Project, Told, signal};

pub const APPID: &str = "wx0123456789abcdef";
pub const SECRET: &str = "5ec4e7-0123456789abcdef0123456789";
