//! What the portal says where the service gives no answer of its own.

use super::words::common::Common;
use super::words::{Language, Texts};
use crate::client::{Unanswered, is_in_its_place};
use crate::fault::own_problem;
use shared::problem::{Code, Problem, Severity};

/// Why there is no answer, in this language.
#[must_use]
pub fn unanswered(why: Unanswered, language: Language) -> Problem {
    let words = Common::of(language);
    match why {
        Unanswered::Unreachable => own_problem(Severity::Error, Code::Internal, words.unreachable),
        Unanswered::TooSlow => own_problem(Severity::Error, Code::OutcomeUnknown, words.too_slow),
        Unanswered::Unreadable(status, said) => unreadable(status, said, words),
    }
}

/// What an answer means that is none of the service's own, or of another version of it.
fn unreadable(status: u16, said: String, words: &Common) -> Problem {
    if is_in_its_place(status) {
        let mut found = own_problem(Severity::Error, Code::OutcomeUnknown, words.not_answering);
        found.why = format!("HTTP {status}: {}", found.why);
        return found;
    }
    let mut found = own_problem(Severity::Error, Code::Internal, words.unreadable);
    found.why = format!("{} (HTTP {status})", found.why);
    found.said = (!said.is_empty()).then_some(said);
    found
}
