//! The two languages of `README.txt`.

/// A text in the language, of two formats: the Chinese one, then the English one.
macro_rules! said {
    ($language:expr, $chinese:literal, $english:literal $(,)?) => {
        match $language {
            $crate::bundle::language::Language::Chinese => format!($chinese),
            $crate::bundle::language::Language::English => format!($english),
        }
    };
}

pub(super) use said;

/// A language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    Chinese,
    English,
}

impl Language {
    /// The text of this language.
    pub(super) fn pick<T>(self, chinese: T, english: T) -> T {
        match self {
            Self::Chinese => chinese,
            Self::English => english,
        }
    }
}
