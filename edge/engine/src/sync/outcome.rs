//! How records end, and why they wait.

use super::key::Key;
use shared::api::{Action, DependencyView, Outcome};
use shared::problem::{self, Code, Problem, Severity};

/// Whether a problem passes by itself.
pub(crate) fn is_weather(problem: &Problem) -> bool {
    problem.severity == Severity::Waiting
}

/// Failed, unless everything that is in the way passes by itself, or waits for somebody's answer.
pub(crate) fn outcome_of_failure(problems: &[Problem]) -> Outcome {
    let stopping: Vec<&Problem> = problems.iter().filter(|problem| problem.stops()).collect();
    let passes = |problem: &&&Problem| is_weather(problem);
    match stopping.iter().filter(passes).count() {
        all if all == stopping.len() && all > 0 => Outcome::Deferred,
        _ if stopping.iter().any(|problem| problem.is_open())
            && stopping.iter().all(|problem| problem.is_open() || is_weather(problem)) =>
        {
            Outcome::Undecided
        }
        _ => Outcome::Failed,
    }
}

/// How a record ends that waits for another one: with a decision to be made about that one, or with that one's turn.
pub(crate) fn outcome_of_waiting(failed: &[Problem]) -> Outcome {
    match outcome_of_failure(failed) {
        Outcome::Undecided => Outcome::Undecided,
        _ => Outcome::Deferred,
    }
}

/// Whether a problem passes by itself soon, so that the record is taken up again within the same run.
pub(crate) fn passes(problem: &Problem) -> bool {
    is_weather(problem) && problem.code.is_soon_over()
}

/// Leaves of why a record waits what does not pass by itself, if there is such a reason: it has come to its end with that, so
/// that nothing of it is tried again for each of the other reasons.
pub(super) fn for_good(failed: Vec<Problem>) -> Vec<Problem> {
    let (passing, lasting): (Vec<Problem>, Vec<Problem>) =
        failed.into_iter().partition(|problem| problem.code == Code::SyncInProgress);
    if lasting.is_empty() { passing } else { lasting }
}

/// A document waits for a record that could not be done: as gravely as that one's own reason is, unless that only warns.
pub(super) fn waits_for(name: &str, kind: &str, problems: &[Problem]) -> Problem {
    let waits = problem::of(Code::DependencyFailed, &[("name", name.to_owned()), ("kind", kind.to_owned())]);
    match reason_of(problems) {
        Some(reason) if reason.stops() => waits.because_of(reason).severity(reason.severity),
        Some(reason) => waits.because_of(reason),
        None => waits,
    }
}

/// What keeps a record back, of all that is told of it.
pub(crate) fn reason_of(problems: &[Problem]) -> Option<&Problem> {
    problems.iter().find(|problem| problem.severity != Severity::Warning).or(problems.first())
}

/// That a record waits for another one, told to somebody who is not shown which that is. A question about that one is told as
/// the record's own, so that it is known to wait for a decision.
pub(crate) fn waits_for_somebody(waits: &Problem, (module, crm_id): &Key) -> Problem {
    let mut told = waits.without_facts("");
    if let Some(question) = &mut told.question {
        question.module = *module;
        question.crm_id = Some(crm_id.clone());
    }
    told
}

/// Whether a planned action leaves Xero alone.
pub(crate) fn leaves_xero_alone(action: Action) -> bool {
    matches!(action, Action::Unchanged | Action::UpdateCrm | Action::Skip | Action::Blocked)
}

/// A dependency as the log shows it.
pub(crate) fn dependency_view(key: &Key, name: &str, action: Action, problems: Vec<Problem>) -> DependencyView {
    DependencyView { module: key.0, id: key.1.to_string(), name: name.to_owned(), action, problems }
}
