//! The rows of a list of records, and how far they are.

use shared::api::{EntryView, Outcome, Written};
use shared::problem::Problem;

/// A record of the list.
#[derive(Debug, Clone, PartialEq)]
pub struct ListRow {
    /// The CRM record.
    pub id: String,
    /// Its name, once known.
    pub name: Option<String>,
    /// How far it is.
    pub phase: Phase,
}

/// How far a record of the list is.
#[derive(Debug, Clone, PartialEq)]
pub enum Phase {
    /// Its turn has not come.
    Waiting,
    /// Being synced.
    Working,
    /// Ended with an entry.
    Ended(Ending),
    /// The call itself failed.
    Refused(Box<Problem>),
}

/// How a record of the list ended: what its row shows of the entry.
#[derive(Debug, Clone, PartialEq)]
pub struct Ending {
    /// How.
    pub outcome: Outcome,
    /// Whether Xero was written, or else only the CRM.
    pub wrote_xero: bool,
    /// What was wrong or worth knowing.
    pub problems: Vec<Problem>,
}

impl From<EntryView> for Ending {
    fn from(entry: EntryView) -> Self {
        Self { outcome: entry.outcome, wrote_xero: wrote_xero(&entry), problems: entry.problems }
    }
}

impl Phase {
    /// Whether trying again makes sense: it failed or was put off.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Ended(ending) => {
                let again = matches!(ending.outcome, Outcome::Failed | Outcome::Deferred | Outcome::Undecided);
                again && !ending.problems.iter().any(Problem::takes_another)
            }
            Self::Refused(problem) => !problem.takes_another(),
            Self::Waiting | Self::Working => false,
        }
    }

    /// The problems that it ended with.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        match self {
            Self::Ended(ending) => &ending.problems,
            Self::Refused(problem) => std::slice::from_ref(problem),
            Self::Waiting | Self::Working => &[],
        }
    }
}

/// How many records of the list ended how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// All of them.
    pub total: usize,
    /// Ended in any way.
    pub ended: usize,
    /// Created in Xero.
    pub created: usize,
    /// Updated on either side.
    pub updated: usize,
    /// Agreed already.
    pub unchanged: usize,
    /// Left alone on purpose.
    pub skipped: usize,
    /// Failed.
    pub failed: usize,
    /// Put off.
    pub deferred: usize,
    /// Need a decision.
    pub undecided: usize,
}

/// How the work on the list goes, while some of its records have no outcome yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListProgress {
    /// It is being done.
    UnderWay,
    /// Its run waits and goes on by itself.
    Waiting,
    /// It has ended early.
    Stopped,
    /// The edge has not taken it up.
    NotStarted,
}

/// Whether an entry wrote to Xero, or else only to the CRM.
#[must_use]
pub fn wrote_xero(entry: &EntryView) -> bool {
    entry.changes.is_empty() || entry.changes.iter().any(|change| change.written == Written::Xero)
}
