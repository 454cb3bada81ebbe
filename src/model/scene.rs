//! Scenes: what a code carries and what the platform reports when somebody scans it.

use std::fmt;
use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::is_invisible;

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
    pub fn new(value: u64) -> Result<Self, SceneError> {
        let small = u32::try_from(value).map_err(|_| SceneError::TooLarge(value))?;
        NonZeroU32::new(small).map(Self).ok_or(SceneError::Zero)
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

/// A textual scene, 1 to 64 bytes of UTF-8, without control or invisible characters and not beginning with `qrscene_`
/// (the platform puts that prefix before the scene of a first follow, and receivers strip it).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SceneStr(Box<str>);

impl SceneStr {
    /// Checks length and characters.
    pub fn new(text: &str) -> Result<Self, SceneError> {
        if text.is_empty() {
            return Err(SceneError::Empty);
        }
        if text.len() > SCENE_STR_MAX_BYTES {
            return Err(SceneError::TooLong { bytes: text.len() });
        }
        if text.chars().any(char::is_control) {
            return Err(SceneError::Control);
        }
        if let Some(hidden) = text.chars().find(|c| is_invisible(*c)) {
            return Err(SceneError::Invisible(hidden));
        }
        if text.starts_with("qrscene_") {
            return Err(SceneError::ReservedPrefix);
        }
        Ok(Self(text.into()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
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
    pub fn id(value: u64) -> Result<Self, SceneError> {
        SceneId::new(value).map(Self::Id)
    }

    /// A textual scene.
    pub fn text(text: &str) -> Result<Self, SceneError> {
        SceneStr::new(text).map(Self::Str)
    }

    /// Reads a scene from its text and type, as manifests and the ledger hold it.
    pub fn parse(scene_type: SceneType, text: &str) -> Result<Self, SceneError> {
        match scene_type {
            SceneType::Id => {
                text.parse::<u64>().map_err(|_| SceneError::NotANumber(text.to_owned())).and_then(Self::id)
            }
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
            Self::Str(text) => {
                let digits = text.as_str();
                let plain = digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0');
                plain.then(|| digits.parse().ok()).flatten().and_then(|n| Self::id(n).ok())
            }
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

impl SceneType {
    /// The word in files and documents: `id` or `str`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Str => "str",
        }
    }

    /// The type a word names.
    pub fn from_word(word: &str) -> Option<Self> {
        match word {
            "id" => Some(Self::Id),
            "str" => Some(Self::Str),
            _ => None,
        }
    }
}

impl fmt::Display for SceneType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Why something is no scene.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SceneError {
    /// The id is 0.
    #[error("scene 0 is not allowed: the platform reports it for malformed codes")]
    Zero,
    /// The id does not fit 32 bits.
    #[error("scene {0} is over 4294967295; the platform would corrupt it silently")]
    TooLarge(u64),
    /// Not a number where one is needed.
    #[error("scene \"{0}\" is no number")]
    NotANumber(String),
    /// The string is empty.
    #[error("an empty scene")]
    Empty,
    /// The string is too long.
    #[error("a scene of {bytes} bytes; at most 64 bytes of UTF-8 are allowed")]
    TooLong {
        /// How long it is.
        bytes: usize,
    },
    /// The string begins with `qrscene_`.
    #[error("a scene must not begin with `qrscene_`: the platform uses that prefix in its events")]
    ReservedPrefix,
    /// The string holds a character that nobody sees.
    #[error("a scene with an invisible character, U+{:04X}", u32::from(*.0))]
    Invisible(char),
    /// The string holds a control character.
    #[error("a scene with a control character")]
    Control,
}

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
        assert_eq!(Scene::id(0), Err(SceneError::Zero));
        assert_eq!(Scene::id(4_294_967_296), Err(SceneError::TooLarge(4_294_967_296)));
        assert_eq!(Scene::text(""), Err(SceneError::Empty));
        assert_eq!(Scene::text(&"店".repeat(22)), Err(SceneError::TooLong { bytes: 66 }));
        assert_eq!(Scene::text("qrscene_1"), Err(SceneError::ReservedPrefix));
        assert_eq!(Scene::text("a\tb"), Err(SceneError::Control));
        assert_eq!(Scene::text("a\u{200d}b"), Err(SceneError::Invisible('\u{200d}')));
        assert!(Scene::text(&"x".repeat(64)).is_ok());
    }
}
