//! The runs that are listed, page by page.

use super::path;
use crate::fault::Fault;
use shared::api::runs::{RunView, RunsPage};

/// The log's runs, newest first, read page by page.
#[derive(Debug, Default)]
pub struct Runs {
    runs: Vec<RunView>,
    more: bool,
    reading: bool,
    read: bool,
    fault: Option<Fault>,
}

impl Runs {
    /// Begins to read them from the newest on; none while a page is on its way.
    pub fn begin(&mut self) -> Option<String> {
        if self.reading {
            return None;
        }
        self.runs.clear();
        self.more = false;
        self.read = false;
        self.page()
    }

    /// The next page to read: the first, or the one after the last run; none when there is none or one is on its way.
    pub fn next_page(&mut self) -> Option<String> {
        let wanted = self.more || !self.read;
        if wanted && !self.reading { self.page() } else { None }
    }

    fn page(&mut self) -> Option<String> {
        self.reading = true;
        self.fault = None;
        let before = self.runs.last().map(|run| ("before".to_owned(), run.id.clone()));
        Some(path("/api/runs", before.into_iter().collect()))
    }

    /// Takes a page.
    pub fn arrived(&mut self, page: Result<RunsPage, Fault>) {
        self.reading = false;
        match page {
            Ok(page) => {
                self.read = true;
                self.more = page.more;
                for run in page.runs {
                    if self.runs.iter().all(|known| known.id != run.id) {
                        self.runs.push(run);
                    }
                }
            }
            Err(fault) => self.fault = Some(fault),
        }
    }

    /// Those that are there, newest first.
    #[must_use]
    pub fn list(&self) -> &[RunView] {
        &self.runs
    }

    /// Whether older ones exist.
    #[must_use]
    pub fn has_more(&self) -> bool {
        self.more
    }

    /// Whether a page is on its way.
    #[must_use]
    pub fn is_reading(&self) -> bool {
        self.reading
    }

    /// Whether the first page is there.
    #[must_use]
    pub fn is_read(&self) -> bool {
        self.read
    }

    /// Why a page did not come.
    #[must_use]
    pub fn fault(&self) -> Option<&Fault> {
        self.fault.as_ref()
    }
}
