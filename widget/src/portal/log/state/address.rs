//! What the log is asked for, as the page's address has it.

use super::path;
use crate::portal::route::{Route, Screen};
use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;
use serde::de::DeserializeOwned;
use shared::api::Outcome;
use shared::module::Module;
use shared::problem::Code;

/// How long a name may be that is searched for, as the API has it.
const NAME_LIMIT: usize = 100;

/// What the screen lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tab {
    /// What became of each record.
    #[default]
    Entries,
    /// The runs.
    Runs,
}

/// Which entries are listed. What is none does not filter.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filters {
    /// Of this pair.
    pub module: Option<Module>,
    /// With this outcome.
    pub outcome: Option<Outcome>,
    /// With this problem first.
    pub problem: Option<Code>,
    /// Whose record's or party's name contains this.
    pub name: Option<String>,
    /// Of this run.
    pub run: Option<String>,
    /// Of this CRM or Xero record.
    pub record: Option<String>,
    /// At or after this instant.
    pub from: Option<DateTime<Utc>>,
    /// Before this instant.
    pub until: Option<DateTime<Utc>>,
}

/// A filter that is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filter {
    /// The pair.
    Module(Module),
    /// The outcome.
    Outcome(Outcome),
    /// The problem.
    Problem(Code),
    /// The name.
    Name,
    /// The run.
    Run,
    /// The record.
    Record,
    /// The time, from and until together.
    Time(Option<DateTime<Utc>>, Option<DateTime<Utc>>),
}

impl Filters {
    /// Those that are set, in the order in which they are shown.
    #[must_use]
    pub fn set(&self) -> Vec<Filter> {
        let time = (self.from.is_some() || self.until.is_some()).then_some(Filter::Time(self.from, self.until));
        [
            self.module.map(Filter::Module),
            self.outcome.map(Filter::Outcome),
            self.problem.map(Filter::Problem),
            self.name.as_ref().map(|_| Filter::Name),
            self.run.as_ref().map(|_| Filter::Run),
            self.record.as_ref().map(|_| Filter::Record),
            time,
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// The same without one of them.
    #[must_use]
    pub fn without(mut self, filter: Filter) -> Self {
        match filter {
            Filter::Module(_) => self.module = None,
            Filter::Outcome(_) => self.outcome = None,
            Filter::Problem(_) => self.problem = None,
            Filter::Name => self.name = None,
            Filter::Run => self.run = None,
            Filter::Record => self.record = None,
            Filter::Time(..) => (self.from, self.until) = (None, None),
        }
        self
    }

    /// The same for another name. Spaces around it are no part of it, and what is too long for the API is cut off.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        let name: String = name.trim().chars().take(NAME_LIMIT).collect();
        self.name = (!name.trim_end().is_empty()).then(|| name.trim_end().to_owned());
        self
    }

    /// The query of the API, and what the page's address has of it.
    #[must_use]
    pub fn query(&self) -> Vec<(String, String)> {
        let pairs = [
            ("module", self.module.map(|module| module.api_name().to_owned())),
            ("outcome", self.outcome.map(|outcome| word(&outcome))),
            ("problem", self.problem.map(|code| word(&code))),
            ("name", self.name.clone()),
            ("run", self.run.clone()),
            ("record", self.record.clone()),
            ("from", self.from.map(instant)),
            ("until", self.until.map(instant)),
        ];
        pairs.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
    }

    /// Where these entries are as a file for spreadsheets.
    #[must_use]
    pub fn file(&self) -> String {
        path("/api/entries.csv", self.query())
    }
}

/// The address of the screen.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Address {
    /// What is listed.
    pub tab: Tab,
    /// Which of it.
    pub filters: Filters,
    /// The entry whose details are open.
    pub entry: Option<String>,
}

impl Address {
    /// Reads the address. What does not fit is as if it was not there: an old link shows more, never an error.
    #[must_use]
    pub fn of(route: &Route) -> Self {
        let text = |name: &str| route.value(name).filter(|value| !value.is_empty()).map(str::to_owned);
        let at = |name: &str| shared::instant::parse(route.value(name)?);
        let filters = Filters {
            module: route.value("module").and_then(Module::from_api_name),
            outcome: route.value("outcome").and_then(read),
            problem: route.value("problem").and_then(read),
            name: None,
            run: text("run"),
            record: text("record"),
            from: at("from"),
            until: at("until"),
        };
        Self {
            tab: if route.value("show") == Some("runs") { Tab::Runs } else { Tab::Entries },
            filters: filters.named(route.value("name").unwrap_or_default()),
            entry: text("entry"),
        }
    }

    /// The address to go to.
    #[must_use]
    pub fn route(&self) -> Route {
        let mut query = Vec::new();
        if self.tab == Tab::Runs {
            query.push(("show".to_owned(), "runs".to_owned()));
        }
        query.extend(self.filters.query());
        query.extend(self.entry.iter().map(|entry| ("entry".to_owned(), entry.clone())));
        Route { screen: Screen::Log, part: String::new(), query }
    }
}

/// An instant as addresses have it: without a sign that would have to be encoded.
fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// How JSON writes a value that is one word.
#[must_use]
pub fn word(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default().trim_matches('"').to_owned()
}

/// The value of a word.
#[must_use]
pub fn read<T: DeserializeOwned>(word: &str) -> Option<T> {
    crate::json::read(&serde_json::to_string(word).ok()?).ok()
}
