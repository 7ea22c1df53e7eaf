//! Every text of the portal, in every language: one table, a file for each screen.
//!
//! What the edge says (problems, labels of fields, names) comes from the edge and is English. A new language is a new
//! variant of [`Language`] and one more constant in each file; the compiler then names every text that is missing.

pub mod common;
pub mod health;
pub mod log;
pub mod mapping;
pub mod runs;
pub mod schedule;
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

/// All texts of one language.
#[derive(Debug)]
pub struct Words {
    /// What several screens say.
    pub common: common::Common,
    /// Set up.
    pub setup: setup::Setup,
    /// Mapping.
    pub mapping: mapping::Mapping,
    /// Runs.
    pub runs: runs::Runs,
    /// Schedule.
    pub schedule: schedule::Schedule,
    /// Log.
    pub log: log::Log,
    /// Health.
    pub health: health::Health,
}

static ENGLISH: Words = Words {
    common: common::ENGLISH,
    setup: setup::ENGLISH,
    mapping: mapping::ENGLISH,
    runs: runs::ENGLISH,
    schedule: schedule::ENGLISH,
    log: log::ENGLISH,
    health: health::ENGLISH,
};

static GERMAN: Words = Words {
    common: common::GERMAN,
    setup: setup::GERMAN,
    mapping: mapping::GERMAN,
    runs: runs::GERMAN,
    schedule: schedule::GERMAN,
    log: log::GERMAN,
    health: health::GERMAN,
};

/// The texts of a language.
#[must_use]
pub fn of(language: Language) -> &'static Words {
    match language {
        Language::English => &ENGLISH,
        Language::German => &GERMAN,
    }
}
