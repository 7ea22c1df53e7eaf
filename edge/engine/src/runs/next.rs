//! When a run wants its next step.

use crate::access::Refusal;
use chrono::{DateTime, Utc};
use shared::problem::Code;

/// When [`Engine::advance`](crate::sync::Engine::advance) wants to be called again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// At once.
    Now,
    /// Then.
    At(DateTime<Utc>),
    /// When something was started.
    Idle,
}

impl Next {
    /// Whichever of the two comes first.
    pub(crate) fn sooner(self, other: Self) -> Self {
        match (self, other) {
            (Self::Now, _) | (_, Self::Now) => Self::Now,
            (Self::At(one), Self::At(other)) => Self::At(one.min(other)),
            (next, Self::Idle) | (Self::Idle, next) => next,
        }
    }
}

/// How long it is to the next try when the database has refused a step.
pub(super) fn database_pause(refusal: &Refusal) -> chrono::Duration {
    let wait = refusal.wait().filter(|_| refusal.problem.code == Code::DatabaseDayLimit);
    wait.and_then(|wait| chrono::Duration::from_std(wait).ok()).unwrap_or_else(|| chrono::Duration::minutes(1))
}
