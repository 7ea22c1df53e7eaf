//! The entries that are listed: pages that follow each other, and newer ones that come in meanwhile.

use super::address::Filters;
use super::path;
use crate::fault::Fault;
use chrono::{DateTime, Utc};
use shared::api::Outcome;
use shared::api::portal::{LogRow, LogRows, SyncKind};
use shared::module::Module;
use shared::problem::{Code, Problem};
use shared::settings::Direction;
use std::sync::Arc;

/// How many rows a page has: as many as the API gives at once.
pub const PAGE: usize = 200;
/// Older than this are all entries, whose ids begin with their milliseconds. A page that is asked for like this is not
/// counted: a look now and then must not read the whole log each time.
const NEWEST: &str = "9999999999999";
/// So many rows before the end of what is there the next page is asked for.
const AHEAD: usize = 100;

/// What the table shows of an entry, and no more: there may be 50,000 of them. Texts that many rows share are kept once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryRow {
    /// The entry.
    pub id: Box<str>,
    /// When it began.
    pub at: DateTime<Utc>,
    /// The pair.
    pub module: Module,
    /// Which way the record was looked at.
    pub direction: Direction,
    /// The record's name or number.
    pub name: Box<str>,
    /// The customer or supplier of a document.
    pub party: Option<Arc<str>>,
    /// What started it.
    pub sync: SyncKind,
    /// Who; none for the schedule, and where that is not told.
    pub by: Option<Arc<str>>,
    /// How it ended.
    pub outcome: Outcome,
    /// What was wrong, or what changed.
    pub comment: Arc<str>,
}

/// Where the reading stands.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Phase {
    /// Nothing was asked for yet.
    #[default]
    Idle,
    /// The first page is on its way; what is shown is of the time before.
    First,
    /// A further page is on its way.
    Further,
    /// All that was asked for is there.
    Still,
    /// A page did not come. Whether it was the first.
    Failed(Fault, bool),
}

/// What is to be seen.
#[derive(Debug, Clone, PartialEq)]
pub enum Seen {
    /// The first answer is on its way.
    Reading,
    /// It did not come.
    Failed(Fault),
    /// The log is empty.
    Nothing,
    /// No entry fits the filters.
    NoneFits,
    /// The rows of the list of this number.
    Rows(u32),
}

/// A page to read: the number under which its answer is taken, and its path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageCall {
    /// The number of the reading.
    pub reading: u32,
    /// What to get.
    pub path: String,
}

/// The entries that fit the filters, newest first, read page by page. Newer ones wait beside them until they are wanted.
#[derive(Debug, Default)]
pub struct List {
    filters: Filters,
    rows: Vec<Arc<EntryRow>>,
    more: bool,
    total: Option<usize>,
    phase: Phase,
    reading: u32,
    /// Counts the lists that were shown: another one begins at its top.
    shown: u32,
    /// Whether the list that is shown was filtered.
    filtered: bool,
    news: Vec<Arc<EntryRow>>,
    /// More than a page of newer ones: they are read as another list.
    news_overflow: bool,
    /// What they are called, in the order of their codes, each once.
    codes: Vec<(Code, String)>,
    /// In order, each once.
    texts: Vec<Arc<str>>,
}

impl List {
    /// Begins to read the list of these filters.
    pub fn read(&mut self, filters: Filters) -> PageCall {
        self.filters = filters;
        self.reading += 1;
        self.phase = Phase::First;
        self.news.clear();
        self.news_overflow = false;
        PageCall { reading: self.reading, path: self.page(None) }
    }

    /// What is to be read so that this row can be shown; none while something is on its way, or when it is there.
    pub fn next(&mut self, wanted: usize) -> Option<PageCall> {
        if self.needs(wanted) { self.further() } else { None }
    }

    /// Whether a page is to be read so that this row can be shown.
    #[must_use]
    pub fn needs(&self, wanted: usize) -> bool {
        self.phase == Phase::Still && self.more && wanted + AHEAD >= self.rows.len()
    }

    /// What is to be read after a page did not come.
    pub fn again(&mut self) -> Option<PageCall> {
        match self.phase {
            Phase::Failed(_, true) => Some(self.read(self.filters.clone())),
            Phase::Failed(_, false) => self.further(),
            _ => None,
        }
    }

    fn further(&mut self) -> Option<PageCall> {
        let last = self.rows.last()?.id.to_string();
        self.phase = Phase::Further;
        Some(PageCall { reading: self.reading, path: self.page(Some(last)) })
    }

    fn page(&self, before: Option<String>) -> String {
        let mut query = self.filters.query();
        query.extend(before.map(|before| ("before".to_owned(), before)));
        query.push(("limit".to_owned(), PAGE.to_string()));
        path("/api/log", query)
    }

    /// Takes a page. One of an earlier reading comes too late and changes nothing.
    pub fn arrived(&mut self, reading: u32, page: Result<LogRows, Fault>) {
        if reading != self.reading {
            return;
        }
        let first = match self.phase {
            Phase::First => true,
            Phase::Further => false,
            _ => return,
        };
        match page {
            Err(fault) => self.phase = Phase::Failed(fault, first),
            Ok(page) => {
                if first {
                    self.rows.clear();
                    self.texts.clear();
                    self.total = page.total.and_then(|total| usize::try_from(total).ok());
                    self.filtered = !self.filters.set().is_empty();
                    self.shown += 1;
                }
                self.more = page.more && !page.rows.is_empty();
                for row in page.rows {
                    let row = self.light(row);
                    self.rows.push(row);
                }
                self.learn(page.problems);
                self.phase = Phase::Still;
            }
        }
    }

    /// What to read to learn of newer entries; none while there can't be any, or something else is on its way.
    #[must_use]
    pub fn look(&self, now: DateTime<Utc>) -> Option<PageCall> {
        if self.phase != Phase::Still || self.news_overflow || self.filters.until.is_some_and(|until| until <= now) {
            return None;
        }
        Some(PageCall { reading: self.reading, path: self.page(Some(NEWEST.to_owned())) })
    }

    /// Takes the answer to a look. What is new waits until [`List::show_news`].
    pub fn looked(&mut self, reading: u32, page: LogRows) {
        if reading != self.reading || self.phase == Phase::First {
            return;
        }
        // The newest are first.
        let listed = |id: &str| self.rows.binary_search_by(|row| id.cmp(&row.id)).is_ok();
        let known = |id: &str| listed(id) || self.news.iter().any(|row| &*row.id == id);
        let looked_at = page.rows.len();
        let new: Vec<LogRow> = page.rows.into_iter().filter(|row| !known(&row.id)).collect();
        self.news_overflow |= page.more && new.len() == looked_at;
        for row in new {
            let row = self.light(row);
            // A row below all that are there comes with its own page.
            let comes_later = self.more && self.rows.last().is_some_and(|last| row.id < last.id);
            if !comes_later {
                self.news.push(row);
            }
        }
        self.learn(page.problems);
    }

    /// Whether newer entries wait to be shown.
    #[must_use]
    pub fn has_news(&self) -> bool {
        self.news_overflow || !self.news.is_empty()
    }

    /// Shows the newer entries; where they are too many, answers what to read instead.
    pub fn show_news(&mut self) -> Option<PageCall> {
        if self.news_overflow {
            return Some(self.read(self.filters.clone()));
        }
        let news = std::mem::take(&mut self.news);
        self.total = self.total.map(|total| total + news.len());
        for row in news {
            self.rows.insert(self.rows.partition_point(|known| known.id > row.id), row);
        }
        None
    }

    fn light(&mut self, row: LogRow) -> Arc<EntryRow> {
        Arc::new(EntryRow {
            id: row.id.into_boxed_str(),
            at: row.at,
            module: row.module,
            direction: row.direction,
            name: row.name.into_boxed_str(),
            party: row.party.map(|party| self.text(party)),
            by: row.by.map(|by| self.text(by)),
            sync: row.sync,
            outcome: row.outcome,
            comment: self.text(row.comment),
        })
    }

    fn text(&mut self, text: String) -> Arc<str> {
        match self.texts.binary_search_by(|known| (**known).cmp(&text)) {
            Ok(at) => self.texts[at].clone(),
            Err(at) => {
                let text: Arc<str> = text.into();
                self.texts.insert(at, Arc::clone(&text));
                text
            }
        }
    }

    /// The filters of the list.
    #[must_use]
    pub fn filters(&self) -> &Filters {
        &self.filters
    }

    /// Where the reading stands.
    #[must_use]
    pub fn phase(&self) -> &Phase {
        &self.phase
    }

    /// What is to be seen. Until an answer is there, that is what was seen before.
    #[must_use]
    pub fn seen(&self) -> Seen {
        match &self.phase {
            Phase::Failed(fault, true) => Seen::Failed(fault.clone()),
            _ if self.shown == 0 => Seen::Reading,
            _ if self.count() > 0 => Seen::Rows(self.shown),
            _ if self.filtered => Seen::NoneFits,
            _ => Seen::Nothing,
        }
    }

    /// Why a further page did not come.
    #[must_use]
    pub fn fault(&self) -> Option<&Fault> {
        match &self.phase {
            Phase::Failed(fault, false) => Some(fault),
            _ => None,
        }
    }

    /// A row by its place; none while its page is not there.
    #[must_use]
    pub fn row(&self, at: usize) -> Option<Arc<EntryRow>> {
        self.rows.get(at).cloned()
    }

    /// How many rows the list has, those included that are not read yet.
    #[must_use]
    pub fn count(&self) -> usize {
        let there = self.rows.len();
        if self.more { self.total.unwrap_or_default().max(there + 1) } else { there }
    }

    /// How many rows are there.
    #[must_use]
    pub fn loaded(&self) -> usize {
        self.rows.len()
    }

    /// The problems that were seen since the screen was opened, and the one that is filtered by.
    #[must_use]
    pub fn codes(&self) -> Vec<Code> {
        let filtered = self.filters.problem.filter(|code| self.called(*code).is_none());
        let mut codes: Vec<Code> = self.codes.iter().map(|(code, _)| *code).chain(filtered).collect();
        codes.sort_unstable();
        codes
    }

    /// What a problem is called, without the facts of a case; none where no answer has told.
    #[must_use]
    pub fn called(&self, code: Code) -> Option<&str> {
        self.codes.iter().find(|(known, _)| *known == code).map(|(_, what)| what.as_str())
    }

    fn learn(&mut self, problems: Vec<Problem>) {
        for problem in problems {
            if let Err(at) = self.codes.binary_search_by_key(&problem.code, |(code, _)| *code) {
                self.codes.insert(at, (problem.code, problem.what.trim_end_matches('.').to_owned()));
            }
        }
    }

    /// The entries above and below this one.
    #[must_use]
    pub fn neighbours(&self, id: &str) -> (Option<String>, Option<String>) {
        let Some(at) = self.rows.iter().position(|row| &*row.id == id) else { return (None, None) };
        let id = |at: usize| self.rows.get(at).map(|row| row.id.to_string());
        (at.checked_sub(1).and_then(id), id(at + 1))
    }

    /// What started the sync of this entry; none where its row is not there.
    #[must_use]
    pub fn sync_of(&self, id: &str) -> Option<SyncKind> {
        self.rows.iter().find(|row| &*row.id == id).map(|row| row.sync)
    }
}
