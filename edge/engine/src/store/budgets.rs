//! Table `budgets`: what the vendors last said of their limits, so that a desk that was just set up knows it, too. What
//! is known of one Xero organisation is not taken for another one's.

use super::{json, to_json};
use ports::{Database, DatabaseError, Row, Statement};
use serde::Deserialize;
use shared::id::{OrgId, TenantId};
use upstream::xero::BudgetState;

#[derive(Deserialize)]
struct Body {
    body: String,
}

/// The statement whose row [`read`] reads: of the Xero organisation that is connected now.
#[must_use]
pub fn select(org: &OrgId) -> Statement {
    Statement::new(
        "SELECT body FROM budgets WHERE org = ?1 AND tenant = (SELECT tenant FROM connections WHERE org = ?1)",
    )
    .bind(org.as_str())
}

/// Reads a row of [`select`].
///
/// # Errors
/// [`DatabaseError::Shape`] when it is not of that shape.
pub fn read(row: Row) -> Result<BudgetState, DatabaseError> {
    json("budgets.body", &row.read::<Body>()?.body)
}

/// What was last known of an organisation's limits.
///
/// # Errors
/// [`DatabaseError`] as the database reports it.
pub async fn get(database: &impl Database, org: &OrgId) -> Result<Option<BudgetState>, DatabaseError> {
    database.query(select(org)).await?.into_iter().next().map(read).transpose()
}

/// Keeps what is known of the limits of an organisation, which is connected with this Xero organisation.
///
/// # Errors
/// Never in practice: our own types serialise.
pub fn save(org: &OrgId, tenant: &TenantId, state: &BudgetState) -> Result<Statement, DatabaseError> {
    Ok(Statement::new(
        "INSERT INTO budgets (org, tenant, body) VALUES (?1, ?2, ?3) \
         ON CONFLICT (org) DO UPDATE SET tenant = excluded.tenant, body = excluded.body",
    )
    .bind(org.as_str())
    .bind(tenant.as_str())
    .bind(to_json(state)?))
}
