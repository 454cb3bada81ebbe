//! `--only`: which codes are acted on.

use std::fmt;
use std::str::FromStr;

use crate::model::{CampaignName, Labels, Scene, Tag, quoted, visible};

/// What filters look at.
const KEYS: [&str; 4] = ["tag", "channel", "scene", "campaign"];

/// One `--only`: a key and what its value must be like, where `*` stands for any characters, also none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    key: &'static str,
    pattern: String,
}

impl Filter {
    fn holds(&self, campaign: &CampaignName, scene: &Scene, labels: &Labels) -> bool {
        let is_like = |text: &str| is_like(text, &self.pattern);
        match self.key {
            "tag" => labels.tags.iter().map(Tag::as_str).any(is_like),
            "channel" => is_like(labels.channel.as_str()),
            "scene" => is_like(&scene.to_string()),
            _ => is_like(campaign.as_str()),
        }
    }
}

/// `channel=Store*`
impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.key, visible(&self.pattern))
    }
}

impl FromStr for Filter {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let help = || "write tag=metro, channel='Store*', scene=1001 or campaign=metro".to_owned();
        let (key, pattern) = text.split_once('=').ok_or_else(help)?;
        let (key, pattern) = (key.trim(), pattern.trim());
        match KEYS.into_iter().find(|known| *known == key) {
            None => Err(format!("{} is no key: tag, channel, scene and campaign are", quoted(&visible(key)))),
            Some(_) if pattern.is_empty() => Err(help()),
            Some(key) => Ok(Self { key, pattern: pattern.to_owned() }),
        }
    }
}

/// The codes that are acted on: those for which every filter holds. Without any that is every code.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Only(pub Vec<Filter>);

impl Only {
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
        let filters: Vec<String> = self.0.iter().map(Filter::to_string).collect();
        f.write_str(&filters.join(" and "))
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
        let shown =
            |text: &str| text.parse::<Filter>().map_or_else(|error| error, |filter| filter.to_string());
        assert_eq!(shown("tag=metro"), "tag=metro");
        assert_eq!(shown(" channel = A=B* "), "channel=A=B*");
        let help = "write tag=metro, channel='Store*', scene=1001 or campaign=metro";
        assert_eq!([shown("metro"), shown("tag="), shown("tag= ")], [help; 3].map(str::to_owned));
        assert_eq!(shown("tags=x"), "\"tags\" is no key: tag, channel, scene and campaign are");
        assert_eq!(shown("=x"), "\"\" is no key: tag, channel, scene and campaign are");
    }
}
