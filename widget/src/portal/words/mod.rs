//! Every text of the portal, in every language: one table, a file for each screen, and one for each thing that several
//! screens name.
//!
//! What the edge says (problems, labels of fields, names) comes from the edge and is English. A new language is a new
//! variant of [`Language`] and one more constant in each file; the compiler then names every text that is missing.

pub mod access;
pub mod common;
pub mod health;
pub mod log;
pub mod mapping;
pub mod run;
pub mod runs;
pub mod schedule;
pub mod settings;
pub mod setup;

/// A language of the portal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// German.
    German,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::English, Self::German];

    /// Its tag (BCP 47).
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
        }
    }

    /// What its speakers call it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::German => "Deutsch",
        }
    }

    /// The language of a tag such as `de-AT`; English where there is no such language.
    #[must_use]
    pub fn of_tag(tag: &str) -> Self {
        let primary = tag.split(['-', '_']).next().unwrap_or_default();
        Self::ALL.into_iter().find(|language| language.tag().eq_ignore_ascii_case(primary)).unwrap_or_default()
    }
}

/// The texts of one screen, or those that several screens say.
///
/// A screen asks for its own only, so that they travel with it: a screen that is loaded when it is opened brings them.
pub trait Texts: Sized + 'static {
    /// In this language.
    fn of(language: Language) -> &'static Self;
}
