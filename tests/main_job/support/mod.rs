//! A platform, an office that works with it, and what the office delivers.

mod bundle;
mod office;
mod platform;
#[path = "../../support/schema.rs"]
pub mod schema;

pub use bundle::{Bundle, decode, sha256};
pub use office::{Office, Told, signal};
pub use platform::{Asked, Kind, Log, Platform, Verdict};

pub const APPID: &str = "wx0123456789abcdef";
pub const SECRET: &str = "5ec4e7-0123456789abcdef0123456789";
