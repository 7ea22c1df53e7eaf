//! Table `budgets`: what the vendors last said of their limits, so that a desk that was just set up knows it, too.

use super::{json, to_json};
use ports::{Database, DatabaseError, Row, Statement};
use serde::Deserialize;
use shared::id::ZohoOrgId;
use upstream::xero::BudgetState;

#[derive(Deserialize)]
struct Body {
    body: String,
}

/// The statement whose row [`read`] reads.
#[must_use]
pub fn select(org: &ZohoOrgId) -> Statement {
    Statement::new("SELECT body FROM budgets WHERE org = ?1").bind(org.as_str())
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
pub async fn get(database: &impl Database, org: &ZohoOrgId) -> Result<Option<BudgetState>, DatabaseError> {
    database.query(select(org)).await?.into_iter().next().map(read).transpose()
}

/// Keeps what is known of an organisation's limits.
///
/// # Errors
/// Never in practice: our own types serialise.
pub fn save(org: &ZohoOrgId, state: &BudgetState) -> Result<Statement, DatabaseError> {
    Ok(Statement::new(
        "INSERT INTO budgets (org, body) VALUES (?1, ?2) ON CONFLICT (org) DO UPDATE SET body = excluded.body",
    )
    .bind(org.as_str())
    .bind(to_json(state)?))
}
