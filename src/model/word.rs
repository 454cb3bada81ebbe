//! Types that are one text, and enums whose every value is one word.

/// A checked text: its type with `as_str`, shown and written to documents as that text.
macro_rules! text_type {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name($inner);

        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(&self.0)
            }
        }

        $crate::model::document::written_as_text! { $name: { "type": "string" } }
    };
}

/// The words of an enum: `ALL` its values, `as_str` and `from_word`, and shown as its word.
macro_rules! words {
    ($name:ident { $($value:ident: $word:literal),+ $(,)? }) => {
        impl $name {
            /// All of them, in the order in which files and messages have them.
            pub const ALL: [Self; [$($word),+].len()] = [$(Self::$value),+];

            /// The word in files and documents.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$value => $word),+
                }
            }

            /// What a word means; `None` if it is none of the words.
            pub fn from_word(word: &str) -> Option<Self> {
                Self::ALL.into_iter().find(|value| value.as_str() == word)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}

pub(crate) use text_type;
pub(crate) use words;
