//! Who may do what: whose installation it is, how somebody grants us something, what somebody may do now, tokens of the
//! connection and of each user, and ending all of it.

mod administrators;
pub mod connect;
mod connector;
pub mod flow;
pub(crate) mod installation;
mod leave;
pub mod leavers;
pub mod rights;
mod sessions;
pub mod sign_in;
pub mod tokens;
pub mod unclaimed;

use crate::operator::OperatorNote;
use crate::store::connections::{self, Connection};
use chrono::TimeDelta;
use ports::{DatabaseError, Ports};
use shared::problem::{self, Code, Problem};
use std::time::Duration;
use upstream::Api;

/// Why a request was refused: the problem that the person sees, and what only our own log should say.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    /// For the person.
    pub problem: Problem,
    /// For the operator's log.
    pub note: Option<OperatorNote>,
    /// How long a limit lasts, where that is known; see [`Refusal::wait`].
    pub(crate) wait: Option<Duration>,
}

impl Refusal {
    /// A refusal that is all in the catalogue.
    #[must_use]
    pub fn of(code: Code, facts: &[(&str, String)]) -> Self {
        Self::from(problem::of(code, facts))
    }

    /// A limit that was reached, and how long it lasts. The problem says so, too.
    #[must_use]
    pub fn limited(code: Code, wait: TimeDelta, facts: &[(&str, String)]) -> Self {
        let mut all = facts.to_vec();
        all.extend(problem::until(wait));
        let wait = Some(wait.to_std().unwrap_or_default());
        Self { wait, ..Self::of(code, &all) }
    }

    /// After how long it is worth another try. Every limit says so: where nobody knows, what is usual.
    #[must_use]
    pub fn wait(&self) -> Option<Duration> {
        let usual = self.problem.code.limit_seconds().map(Duration::from_secs)?;
        Some(self.wait.unwrap_or(usual))
    }

    /// Something of ours failed: the person learns that, the log learns what.
    #[must_use]
    pub fn internal(error: impl Into<OperatorNote>) -> Self {
        Self { note: Some(error.into()), ..Self::of(Code::Internal, &[]) }
    }
}

/// What an error of the CRM means, when it was called with the connection's rights: a grant that is dead for good is
/// noted.
pub(crate) async fn refused_by_crm<P: Ports>(ports: &P, connection: &Connection, error: upstream::Error) -> Refusal {
    if !matches!(error, upstream::Error::Unauthorized { .. }) {
        return error.into();
    }
    if let Err(failure) = ports.query(connections::broken(&connection.org, Api::Zoho)).await {
        return failure.into();
    }
    Refusal { note: Some(OperatorNote::from(&error)), ..Refusal::from(problem::zoho_disconnected()) }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self { problem, note: None, wait: None }
    }
}

impl From<DatabaseError> for Refusal {
    fn from(error: DatabaseError) -> Self {
        match error {
            // Nothing is wrong with the database: the person learns until when it lasts.
            DatabaseError::DayUsedUp { wait } => {
                Self { note: Some(error.into()), ..Self::limited(Code::DatabaseDayLimit, wait, &[]) }
            }
            error => Self::internal(error),
        }
    }
}

impl From<crate::vault::VaultError> for Refusal {
    fn from(error: crate::vault::VaultError) -> Self {
        Self::internal(error)
    }
}

impl From<crate::store::grants::GrantError> for Refusal {
    fn from(error: crate::store::grants::GrantError) -> Self {
        use crate::store::grants::GrantError;
        match error {
            GrantError::Database(error) => error.into(),
            GrantError::Vault(error) => error.into(),
        }
    }
}

impl From<upstream::Error> for Refusal {
    fn from(error: upstream::Error) -> Self {
        Self { note: Some(OperatorNote::from(&error)), wait: error.retry_after(), ..Self::from(error.problem()) }
    }
}
