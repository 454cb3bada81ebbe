//! Scenes: what a code carries and what the platform reports when somebody scans it.

use std::fmt;
use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::word::{text_type, words};
use super::{Mistake, excerpt, in_ticks, is_invisible};

/// The most bytes of UTF-8 a `scene_str` may have. The platform counts permanent ones in bytes (inferred from a
/// refused string of 59 characters and 65 bytes); temporary ones are held to the same, so that a code can
/// become permanent.
pub const SCENE_STR_MAX_BYTES: usize = 64;

/// The largest `scene_id` the platform takes for a permanent code (documented).
pub const PERMANENT_ID_MAX: u32 = 100_000;

/// A numeric scene, 1 to 4294967295 (documented: unsigned 32 bit, not 0).
///
/// Larger numbers are not refused by the platform but corrupted, so they are refused here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SceneId(NonZeroU32);

impl SceneId {
    /// Checks the range.
    pub fn new(value: u64) -> Result<Self, Mistake> {
        let small = u32::try_from(value).map_err(|_| too_large(&value.to_string()))?;
        NonZeroU32::new(small).map(Self).ok_or_else(|| {
            Mistake::new("scene-zero", "scene 0 is not allowed")
                .help("ids begin at 1; the platform reports 0 for codes that were malformed")
        })
    }

    /// Reads digits.
    pub fn parse(text: &str) -> Result<Self, Mistake> {
        if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
            let message = format!("{} is no scene_id: it must be a whole number", in_ticks(text));
            return Err(Mistake::new("scene-not-a-number", message));
        }
        text.parse().map_err(|_| too_large(text)).and_then(Self::new)
    }

    /// The number.
    pub fn get(self) -> u32 {
        self.0.get()
    }

    /// Whether the platform takes this id for a permanent code: 1 to 100,000.
    pub fn may_be_permanent(self) -> bool {
        self.get() <= PERMANENT_ID_MAX
    }

    /// Whether the id overflows receivers that hold it in a signed 32-bit integer: above 2147483647.
    pub fn overflows_i32(self) -> bool {
        i32::try_from(self.get()).is_err()
    }
}

fn too_large(digits: &str) -> Mistake {
    Mistake::new("scene-too-large", format!("the scene_id {} is over 4294967295", excerpt(digits, 60))).help(
        "the platform would not refuse it but issue a code for another number; as a scene_str it is fine",
    )
}

text_type! {
    /// A textual scene: 1 to 64 bytes of UTF-8, without control or invisible characters.
    ///
    /// It does not begin with `qrscene_`: the platform puts that prefix before the scene of a first follow, and receivers
    /// strip it.
    SceneStr(Box<str>)
}

impl SceneStr {
    /// Checks length and characters.
    pub fn new(text: &str) -> Result<Self, Mistake> {
        if text.is_empty() {
            let help = "a number from 1 to 4294967295, or a text of up to 64 bytes";
            return Err(Mistake::new("scene-empty", "the scene is empty").help(help));
        }
        if text.len() > SCENE_STR_MAX_BYTES {
            let (bytes, most) = (text.len(), SCENE_STR_MAX_BYTES);
            let message = format!("the scene has {bytes} bytes; at most {most} bytes of UTF-8 are allowed");
            return Err(Mistake::new("scene-too-long", message).help("a Chinese character takes three bytes"));
        }
        if text.chars().any(char::is_control) {
            return Err(Mistake::control().of("the scene holds"));
        }
        if let Some(hidden) = text.chars().find(|c| is_invisible(*c)) {
            return Err(Mistake::invisible(hidden).of("the scene holds"));
        }
        if text.starts_with("qrscene_") {
            let help = "the platform puts that before the scene of a first follow, and receivers strip it";
            return Err(Mistake::new("scene-prefix", "a scene must not begin with `qrscene_`").help(help));
        }
        Ok(Self(text.into()))
    }
}

/// A scene of either type. Ordered: ids by number, then strings by bytes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scene {
    /// `scene_id`
    Id(SceneId),
    /// `scene_str`
    Str(SceneStr),
}

impl Scene {
    /// A numeric scene.
    pub fn id(value: u64) -> Result<Self, Mistake> {
        SceneId::new(value).map(Self::Id)
    }

    /// A textual scene.
    pub fn text(text: &str) -> Result<Self, Mistake> {
        SceneStr::new(text).map(Self::Str)
    }

    /// Reads a scene from its text and type, as manifests and the ledger hold it.
    pub fn parse(scene_type: SceneType, text: &str) -> Result<Self, Mistake> {
        match scene_type {
            SceneType::Id => SceneId::parse(text).map(Self::Id),
            SceneType::Str => Self::text(text),
        }
    }

    /// Which of the two types it is.
    pub fn scene_type(&self) -> SceneType {
        match self {
            Self::Id(_) => SceneType::Id,
            Self::Str(_) => SceneType::Str,
        }
    }

    /// The scene of the other type whose scan events look the same, if there is one: id 123 and string "123".
    pub fn lookalike(&self) -> Option<Self> {
        match self {
            Self::Id(id) => Self::text(&id.get().to_string()).ok(),
            Self::Str(text) if text.as_str().starts_with('0') => None,
            Self::Str(text) => SceneId::parse(text.as_str()).map(Self::Id).ok(),
        }
    }
}

impl fmt::Display for Scene {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => id.get().fmt(f),
            Self::Str(text) => text.as_str().fmt(f),
        }
    }
}

/// Which of the two fields of the API a scene goes into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SceneType {
    /// `scene_id`
    Id,
    /// `scene_str`
    Str,
}

words! { SceneType { Id: "id", Str: "str" } }

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_and_the_string_of_its_digits_look_alike() {
        let id = Scene::id(123).expect("a scene");
        let text = Scene::text("123").expect("a scene");
        assert_eq!(id.lookalike(), Some(text.clone()));
        assert_eq!(text.lookalike(), Some(id));
        assert_eq!(Scene::text("0123").expect("a scene").lookalike(), None);
        assert_eq!(Scene::text("vip").expect("a scene").lookalike(), None);
    }

    #[test]
    fn scenes_outside_the_platforms_ranges_are_refused() {
        let id = |number| Scene::id(number).map_err(|mistake| mistake.kind);
        let text = |text: &str| Scene::text(text).map_err(|mistake| mistake.kind);
        assert_eq!(id(0), Err("scene-zero"));
        assert_eq!(id(4_294_967_296), Err("scene-too-large"));
        let parsed = |text| Scene::parse(SceneType::Id, text).map_err(|mistake| mistake.kind);
        assert_eq!(parsed("4294967295"), id(4_294_967_295));
        assert_eq!(parsed("99999999999999999999"), Err("scene-too-large"));
        assert_eq!(parsed("+5"), Err("scene-not-a-number"));
        assert_eq!(text(""), Err("scene-empty"));
        assert_eq!(text(&"店".repeat(22)), Err("scene-too-long"));
        assert_eq!(text("qrscene_1"), Err("scene-prefix"));
        assert_eq!(text("a\tb"), Err("control-character"));
        assert_eq!(text("a\u{200d}b"), Err("invisible-character"));
        assert!(Scene::text(&"x".repeat(64)).is_ok());
    }
}
