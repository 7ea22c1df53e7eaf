//! Who may do what: tokens of the connection and of each user, sign-in, and connecting the two organisations.

pub mod connect;
mod leave;
pub mod sign_in;
pub mod tokens;

use crate::store::connections::{self, Connection};
use crate::store::sessions::User;
use ports::{DatabaseError, Ports};
use shared::problem::{self, Code, Problem};
use upstream::Api;

/// Why a request was refused: the problem that the person sees, and what only our own log should say.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    /// For the person.
    pub problem: Problem,
    /// For the operator's log; never a token, never a record.
    pub detail: Option<String>,
}

impl Refusal {
    /// A refusal that is all in the catalogue.
    #[must_use]
    pub fn of(code: Code, facts: &[(&str, String)]) -> Self {
        Self { problem: problem::of(code, facts), detail: None }
    }

    /// Something of ours failed: the person learns that, the log learns what.
    #[must_use]
    pub fn internal(error: impl std::fmt::Display) -> Self {
        Self { problem: problem::of(Code::Internal, &[]), detail: Some(error.to_string()) }
    }
}

/// Refuses whoever was no administrator at the last sign-in: enough for what only reads. What changes something asks the
/// CRM ([`connect::require_administrator`]).
///
/// # Errors
/// [`Refusal`] with `NotAdministrator`.
pub(crate) fn administrators_only(user: &User) -> Result<(), Refusal> {
    match user.administrator {
        true => Ok(()),
        false => Err(Refusal::of(Code::NotAdministrator, &[("name", user.name.clone())])),
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
    Refusal {
        detail: Some(format!("{error:?}")),
        ..Refusal::of(Code::ZohoDisconnected, &[("name", connection.org_name.clone())])
    }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self { problem, detail: None }
    }
}

impl From<DatabaseError> for Refusal {
    fn from(error: DatabaseError) -> Self {
        Self::internal(error)
    }
}

impl From<crate::vault::VaultError> for Refusal {
    fn from(error: crate::vault::VaultError) -> Self {
        Self::internal(error)
    }
}

impl From<crate::store::grants::GrantError> for Refusal {
    fn from(error: crate::store::grants::GrantError) -> Self {
        Self::internal(error)
    }
}

impl From<upstream::Error> for Refusal {
    fn from(error: upstream::Error) -> Self {
        Self { problem: error.problem(), detail: Some(format!("{error:?}")) }
    }
}
