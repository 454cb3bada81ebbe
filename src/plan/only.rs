//! `--only`: which codes are acted on.

use std::fmt;
use std::str::FromStr;

use crate::model::{CampaignName, Labels, Scene, Tag, quoted, visible};

/// What a filter looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Key {
    Tag,
    Channel,
    Scene,
    Campaign,
}

impl Key {
    const ALL: [Self; 4] = [Self::Tag, Self::Channel, Self::Scene, Self::Campaign];

    fn as_str(self) -> &'static str {
        match self {
            Self::Tag => "tag",
            Self::Channel => "channel",
            Self::Scene => "scene",
            Self::Campaign => "campaign",
        }
    }
}

/// One `--only`: a key and what its value must be like, where `*` stands for any characters, also none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    key: Key,
    pattern: String,
}

impl Filter {
    fn holds(&self, campaign: &CampaignName, scene: &Scene, labels: &Labels) -> bool {
        let is_like = |text: &str| is_like(text, &self.pattern);
        match self.key {
            Key::Tag => labels.tags.iter().map(Tag::as_str).any(is_like),
            Key::Channel => is_like(labels.channel.as_str()),
            Key::Scene => is_like(&scene.to_string()),
            Key::Campaign => is_like(campaign.as_str()),
        }
    }
}

/// `channel=Store*`
impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.key.as_str(), visible(&self.pattern))
    }
}

/// A text that is no filter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    /// No `=`, or nothing after it.
    #[error("write tag=metro, channel='Store*', scene=1001 or campaign=metro")]
    NoPattern,
    /// A key that is not known.
    #[error("{} is no key: tag, channel, scene and campaign are", quoted(&visible(.0)))]
    UnknownKey(String),
}

impl FromStr for Filter {
    type Err = FilterError;

    fn from_str(text: &str) -> Result<Self, FilterError> {
        let (key, pattern) = text.split_once('=').ok_or(FilterError::NoPattern)?;
        let (key, pattern) = (key.trim(), pattern.trim());
        let known = Key::ALL.into_iter().find(|known| known.as_str() == key);
        match known {
            None => Err(FilterError::UnknownKey(key.to_owned())),
            Some(_) if pattern.is_empty() => Err(FilterError::NoPattern),
            Some(key) => Ok(Self { key, pattern: pattern.to_owned() }),
        }
    }
}

/// The codes that are acted on: those for which every filter holds. Without any that is every code.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Only(Vec<Filter>);

impl Only {
    /// With these filters.
    pub fn new(filters: Vec<Filter>) -> Self {
        Self(filters)
    }

    /// Whether there is no filter.
    pub fn is_everything(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether every filter holds for a code.
    pub(super) fn holds(&self, campaign: &CampaignName, scene: &Scene, labels: &Labels) -> bool {
        self.0.iter().all(|filter| filter.holds(campaign, scene, labels))
    }
}

/// `tag=metro and channel=Store*`
impl fmt::Display for Only {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, filter) in self.0.iter().enumerate() {
            write!(f, "{}{filter}", if index == 0 { "" } else { " and " })?;
        }
        Ok(())
    }
}

/// Whether a whole text is like a pattern.
fn is_like(text: &str, pattern: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    // The first place for each part is as good as any later one.
    for part in middle {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_characters_also_none() {
        for (text, pattern) in [
            ("Store 1", "Store*"),
            ("Store", "Store*"),
            ("北京西单店", "*西单*"),
            ("abcabc", "a*bc"),
            ("abc", "***abc"),
            ("", "*"),
            ("a*c", "a*c"),
            ("aXbXc", "a*b*c"),
        ] {
            assert!(is_like(text, pattern), "{text} {pattern}");
        }
        for (text, pattern) in [
            ("Stores", "Store"),
            ("store 1", "Store*"),
            ("ab", "a*ab"),
            ("aba", "*ab"),
            ("a", ""),
            ("ac", "a*b*c"),
        ] {
            assert!(!is_like(text, pattern), "{text} {pattern}");
        }
    }

    #[test]
    fn a_filter_is_a_known_key_and_a_pattern() {
        let shown = |text: &str| {
            text.parse::<Filter>().map_or_else(|error| error.to_string(), |filter| filter.to_string())
        };
        assert_eq!(shown("tag=metro"), "tag=metro");
        assert_eq!(shown(" channel = A=B* "), "channel=A=B*");
        let help = "write tag=metro, channel='Store*', scene=1001 or campaign=metro";
        assert_eq!([shown("metro"), shown("tag="), shown("tag= ")], [help; 3].map(str::to_owned));
        assert_eq!(shown("tags=x"), "\"tags\" is no key: tag, channel, scene and campaign are");
        assert_eq!(shown("=x"), "\"\" is no key: tag, channel, scene and campaign are");
    }
}
