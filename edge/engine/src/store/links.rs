//! Table `links`: which CRM record is which Xero record.

use super::{json, to_json};
use ports::{Database, DatabaseError, Row, Statement};
use serde::Deserialize;
use shared::id::{TenantId, XeroId, ZohoId, ZohoOrgId};
use shared::link::{Link, LinkState};
use shared::module::Module;

/// Between which two organisations a link lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// The CRM organisation.
    pub org: ZohoOrgId,
    /// The Xero organisation.
    pub tenant: TenantId,
}

#[derive(Deserialize)]
struct Body {
    body: String,
}

/// The statement whose row [`read`] reads.
#[must_use]
pub fn select(scope: &Scope, module: Module, crm_id: &ZohoId) -> Statement {
    Statement::new("SELECT body FROM links WHERE org = ?1 AND tenant = ?2 AND module = ?3 AND crm_id = ?4")
        .bind(scope.org.as_str())
        .bind(scope.tenant.as_str())
        .bind(module.api_name())
        .bind(crm_id.as_str())
}

/// Reads a row of [`select`].
///
/// # Errors
/// [`DatabaseError::Shape`] when it is not of that shape.
pub fn read(row: Row) -> Result<Link, DatabaseError> {
    json("links.body", &row.read::<Body>()?.body)
}

/// The links of several records, in their order.
///
/// # Errors
/// [`DatabaseError`] as the database reports it.
pub async fn get_all(
    database: &impl Database,
    scope: &Scope,
    records: &[(Module, ZohoId)],
) -> Result<Vec<Option<Link>>, DatabaseError> {
    if records.is_empty() {
        return Ok(Vec::new());
    }
    let statements = records.iter().map(|(module, id)| select(scope, *module, id)).collect();
    let answers = database.batch(statements).await?;
    answers.into_iter().map(|rows| rows.into_iter().next().map(read).transpose()).collect()
}

/// Which CRM record of this module a Xero record is linked with, if any.
///
/// # Errors
/// [`DatabaseError`] as the database reports it.
pub async fn holder(
    database: &impl Database,
    scope: &Scope,
    module: Module,
    xero_id: &XeroId,
) -> Result<Option<Link>, DatabaseError> {
    let rows = database
        .query(
            Statement::new("SELECT body FROM links WHERE org = ?1 AND tenant = ?2 AND module = ?3 AND xero_id = ?4")
                .bind(scope.org.as_str())
                .bind(scope.tenant.as_str())
                .bind(module.api_name())
                .bind(xero_id.as_str()),
        )
        .await?;
    rows.into_iter().next().map(read).transpose()
}

/// Saves a link. Fails with [`DatabaseError::Unique`] when the Xero record is linked with another record of the module.
///
/// # Errors
/// Never in practice: our own types serialise.
pub fn save(scope: &Scope, link: &Link) -> Result<Statement, DatabaseError> {
    let state = match link.state {
        LinkState::Creating => "creating",
        LinkState::Linked => "linked",
    };
    Ok(Statement::new(
        "INSERT INTO links (org, tenant, module, crm_id, xero_id, state, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) \
         ON CONFLICT (org, tenant, module, crm_id) DO UPDATE SET xero_id = excluded.xero_id, state = excluded.state, \
         body = excluded.body",
    )
    .bind(scope.org.as_str())
    .bind(scope.tenant.as_str())
    .bind(link.module.api_name())
    .bind(link.crm_id.as_str())
    .bind(link.xero_id.as_ref().map(|id| id.as_str().to_owned()))
    .bind(state)
    .bind(to_json(link)?))
}

/// Forgets a link: its create was refused, so there is nothing at Xero.
#[must_use]
pub fn delete(scope: &Scope, module: Module, crm_id: &ZohoId) -> Statement {
    Statement::new("DELETE FROM links WHERE org = ?1 AND tenant = ?2 AND module = ?3 AND crm_id = ?4")
        .bind(scope.org.as_str())
        .bind(scope.tenant.as_str())
        .bind(module.api_name())
        .bind(crm_id.as_str())
}
