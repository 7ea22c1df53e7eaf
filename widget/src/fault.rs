//! Why something did not succeed.

use shared::problem::{Code, Problem, Severity};

/// Why there is no session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Absence {
    /// Nobody is signed in.
    Nobody,
    /// The one that was there has ended.
    Ended,
}

/// Why a call to the edge did not succeed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// There is no session.
    SignedOut(Absence),
    /// Anything else.
    Problem(Box<Problem>),
}

/// A problem that this page itself finds: what happened, why, what to do.
#[must_use]
pub fn own_problem(severity: Severity, code: Code, [what, why, fix]: [&str; 3]) -> Problem {
    Problem::in_words(code, severity, what.to_owned(), why.to_owned(), fix.to_owned())
}
