//! The details of one entry, and trying its record again.

use super::path;
use crate::fault::Fault;
use shared::api::portal::LogRows;
use shared::api::runs::RunView;
use shared::api::{EntryView, Outcome};
use shared::problem::Problem;

/// How trying again goes.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Retry {
    /// Nobody has asked for it.
    #[default]
    Idle,
    /// It is being started.
    Starting,
    /// A run does it.
    Running(Box<RunView>),
    /// The run has ended, and its entry is looked for.
    Finding(String),
    /// It could not be started or followed.
    Refused(Fault),
    /// Its run ended and left no entry: why, where that is known.
    Ended(Option<Box<Problem>>),
}

/// What is to be done outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Do {
    /// Read the entry of this path.
    Read(String),
    /// Start the run of this path.
    Start(String),
    /// Look at the run of this path in a moment.
    LookSoon(String),
    /// Look for the run's entries at this path.
    Find(String),
    /// Show this entry: the record's newest.
    Show(String),
}

/// The open entry, and the retry that was begun from it.
#[derive(Debug, Default)]
pub struct Details {
    id: Option<String>,
    entry: Option<EntryView>,
    fault: Option<Fault>,
    retry: Retry,
}

impl Details {
    /// Opens an entry's details, or closes them. What was open before stays in sight until the next one is there.
    pub fn open(&mut self, id: Option<String>) -> Option<Do> {
        if self.id == id {
            return None;
        }
        let entry = self.entry.take().filter(|_| id.is_some());
        *self = Self { id, entry, ..Self::default() };
        self.read()
    }

    /// Reads the entry, again after it did not come.
    pub fn read(&mut self) -> Option<Do> {
        self.fault = None;
        let id = self.id.as_deref()?;
        Some(Do::Read(["/api/entries/", &segment(id)].concat()))
    }

    /// Takes an entry. One that is not open any more comes too late.
    pub fn arrived(&mut self, id: &str, entry: Result<EntryView, Fault>) {
        if self.id.as_deref() != Some(id) {
            return;
        }
        match entry {
            Ok(entry) => self.entry = Some(entry),
            Err(fault) => {
                self.entry = None;
                self.fault = Some(fault);
            }
        }
    }

    /// "Retry" was pressed.
    pub fn retry(&mut self) -> Option<Do> {
        let id = self.id.as_deref().filter(|_| self.can_retry())?;
        let path = ["/api/entries/", &segment(id), "/retry"].concat();
        self.retry = Retry::Starting;
        Some(Do::Start(path))
    }

    /// Takes the run that tries the entry of this id again: when it was started, and at each look.
    pub fn run_arrived(&mut self, id: &str, run: Result<RunView, Fault>) -> Option<Do> {
        if self.id.as_deref() != Some(id) {
            return None;
        }
        match run {
            Err(fault) => {
                self.retry = Retry::Refused(fault);
                None
            }
            Ok(run) if run.state.ended() => {
                let found = path("/api/log", vec![("run".to_owned(), run.id.clone())]);
                self.retry = Retry::Finding(run.id.clone());
                if run.counts.candidates == 0 {
                    self.retry = Retry::Ended(run.problem.map(Box::new));
                    return None;
                }
                Some(Do::Find(found))
            }
            Ok(run) => {
                let look = ["/api/runs/", &segment(&run.id)].concat();
                self.retry = Retry::Running(Box::new(run));
                Some(Do::LookSoon(look))
            }
        }
    }

    /// Takes the entries of the run that tried the entry of this id again.
    pub fn found(&mut self, id: &str, rows: Result<LogRows, Fault>) -> Option<Do> {
        if self.id.as_deref() != Some(id) {
            return None;
        }
        let rows = match rows {
            Ok(page) => page.rows,
            Err(fault) => {
                self.retry = Retry::Refused(fault);
                return None;
            }
        };
        let same = |row: &&shared::api::portal::LogRow| {
            self.entry.as_ref().is_some_and(|entry| {
                let crm = !entry.record_id.is_empty() && row.record_id == entry.record_id;
                let xero = entry.xero_id.is_some() && row.xero_id == entry.xero_id;
                row.module == entry.module && (crm || xero)
            })
        };
        // What was a record of Xero's alone may have become one of the CRM's: then the run has the one entry.
        let found = rows.iter().find(same).or_else(|| rows.first()).map(|row| row.id.clone());
        self.retry = if found.is_some() { Retry::Idle } else { Retry::Ended(None) };
        found.map(Do::Show)
    }

    /// The open entry's id.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// Whether the entry in sight is not the one that is open: that is on its way.
    #[must_use]
    pub fn is_stale(&self) -> bool {
        self.entry.as_ref().is_some_and(|entry| Some(entry.id.as_str()) != self.id.as_deref())
    }

    /// The entry, once it is there; until then the one that was open before.
    #[must_use]
    pub fn entry(&self) -> Option<&EntryView> {
        self.entry.as_ref()
    }

    /// Why it did not come.
    #[must_use]
    pub fn fault(&self) -> Option<&Fault> {
        self.fault.as_ref()
    }

    /// How trying again goes.
    #[must_use]
    pub fn retrying(&self) -> &Retry {
        &self.retry
    }

    /// Whether the entry is one that can be tried again, and nobody does so already.
    #[must_use]
    pub fn can_retry(&self) -> bool {
        let open = self
            .entry
            .as_ref()
            .is_some_and(|entry| matches!(entry.outcome, Outcome::Failed | Outcome::Deferred | Outcome::Undecided));
        open && !self.is_stale() && !self.is_retrying()
    }

    /// Whether its record is being tried again.
    #[must_use]
    pub fn is_retrying(&self) -> bool {
        matches!(self.retry, Retry::Starting | Retry::Running(_) | Retry::Finding(_))
    }
}

/// An id as a part of a path: it may come from an address that somebody has written, and must not name another route.
fn segment(id: &str) -> String {
    id.bytes().filter(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(byte)).map(char::from).collect()
}
