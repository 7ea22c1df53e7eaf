//! How much a step of a run may still ask the database.
//!
//! On Cloudflare's free plan an invocation may make 50 statements, each of a batch counted, and a step keeps to
//! [`Pace::statements`](crate::config::Pace::statements). What it reads and saves for a chunk takes one statement for all
//! records. Three things grow with the records, and each asks here first: what is looked up for one record alone, what
//! documents need that is not there yet, and what arrives beside what is there. What has no room is put back, as if somebody
//! else were at work on it, and the next step takes it up: by then this one's work is done, and found done.
//!
//! The first of each kind goes always, so that a step gets on. Where two steps in a row did not, the next one takes a single
//! record and asks no more.

use std::cell::Cell;

/// What a step makes at its end at most: the candidates that are done, two for entries, two for what waits, the cursors, the
/// run, and the budget of Xero's calls.
pub(super) const CLOSING: usize = 8;

/// What sending a chunk takes: its intents, their withdrawal, links and entries, and the links once the CRM was told.
pub(crate) const SENDING: usize = 6;

/// What is looked up for one record at most.
pub(super) const LOOKING_UP: usize = 3;

/// What one kind of what documents need takes, sent or brought.
pub(crate) const NEEDS: usize = 9;

/// What arrives takes: whose it is, what it needs, and that it is there.
pub(crate) const ARRIVING: usize = 7;

/// What a step has taken up.
#[derive(Debug, Default)]
pub(crate) struct Room {
    /// Whether something was looked up for one record alone.
    pub(super) looked: Cell<bool>,
    /// Whether the record at hand may look up what it wants.
    pub(super) granted: Cell<bool>,
    /// Whether something was sent or brought for what documents need.
    pub(super) needs: Cell<bool>,
    /// Whether something was put back.
    pub(super) put_back: Cell<bool>,
    /// Whether the step has one record and ends with it.
    pub(super) single: Cell<bool>,
}

impl Room {
    /// The step has one record and asks no more.
    pub(crate) fn single(&self) {
        self.single.set(true);
    }

    /// The next record's turn begins.
    pub(crate) fn next_record(&self) {
        self.granted.set(false);
    }

    /// Records of another kind are taken up: the first of them goes always.
    pub(crate) fn begin(&self) {
        self.looked.set(false);
        self.granted.set(false);
    }

    /// Whether something was put back.
    pub(crate) fn has_put_back(&self) -> bool {
        self.put_back.get()
    }

    /// Whether something was sent or brought for what documents need.
    pub(crate) fn took_needs(&self) -> bool {
        self.needs.get()
    }
}
