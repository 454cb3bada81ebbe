//! scenepress: campaign files in git go in; `WeChat` codes, verified one by one, and a zip that proves it, come out.

pub mod bundle;
pub mod campaign;
pub mod clock;
pub mod emulator;
pub mod engine;
pub mod fsio;
pub mod image;
pub mod ledger;
pub mod model;
pub mod pace;
pub mod plan;
pub mod report;
pub mod wechat;
