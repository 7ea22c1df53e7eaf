//! Texts: what runs are called, wherever they are told.

use super::{Language, Texts};
use shared::api::Outcome;
use shared::api::runs::{RunKind, RunState};

/// The texts. Numbers come in the user's own notation.
#[derive(Debug)]
pub struct RunNames {
    /// How a run was started.
    pub kind: fn(RunKind) -> &'static str,
    /// Where a run stands, in a word or two.
    pub state: fn(RunState) -> &'static str,
    /// `12 sent`
    pub outcome_count: fn(Outcome, &str) -> String,
    /// Instead of counts: it had nothing to take up.
    pub no_records: &'static str,
}

impl Texts for RunNames {
    fn of(language: Language) -> &'static Self {
        match language {
            Language::English => &ENGLISH,
            Language::German => &GERMAN,
        }
    }
}

pub(super) const ENGLISH: RunNames = RunNames {
    kind: |kind| match kind {
        RunKind::Manual => "Started by hand",
        RunKind::Scheduled => "Scheduled",
        RunKind::Bulk => "From a list",
        RunKind::Retry => "Retry",
    },
    state: |state| match state {
        RunState::Listing => "Looking for records",
        RunState::Ready => "Checked, not started",
        RunState::Running => "Syncing",
        RunState::Waiting => "Waiting",
        RunState::Done => "Done",
        RunState::Cancelled => "Cancelled",
        RunState::Failed => "Could not go on",
    },
    outcome_count: |outcome, number| match outcome {
        Outcome::Created => format!("{number} sent"),
        Outcome::Updated => format!("{number} updated"),
        Outcome::Unchanged => format!("{number} in step"),
        Outcome::Skipped => format!("{number} left alone"),
        Outcome::Failed => format!("{number} failed"),
        Outcome::Deferred => format!("{number} put off"),
        Outcome::Undecided => format!("{number} to be decided"),
    },
    no_records: "No records",
};

pub(super) const GERMAN: RunNames = RunNames {
    kind: |kind| match kind {
        RunKind::Manual => "Von Hand gestartet",
        RunKind::Scheduled => "Nach Zeitplan",
        RunKind::Bulk => "Aus einer Liste",
        RunKind::Retry => "Wiederholung",
    },
    state: |state| match state {
        RunState::Listing => "Sucht Datensätze",
        RunState::Ready => "Geprüft, nicht gestartet",
        RunState::Running => "Läuft",
        RunState::Waiting => "Wartet",
        RunState::Done => "Fertig",
        RunState::Cancelled => "Abgebrochen",
        RunState::Failed => "Gescheitert",
    },
    outcome_count: |outcome, number| match outcome {
        Outcome::Created => format!("{number} gesendet"),
        Outcome::Updated => format!("{number} aktualisiert"),
        Outcome::Unchanged => format!("{number} im Einklang"),
        Outcome::Skipped => format!("{number} ausgelassen"),
        Outcome::Failed => format!("{number} fehlgeschlagen"),
        Outcome::Deferred => format!("{number} aufgeschoben"),
        Outcome::Undecided => format!("{number} zu entscheiden"),
    },
    no_records: "Keine Datensätze",
};
