//! Table `organisations`: the lists and settings of the two organisations themselves, read once and kept for a while.

use super::{json, to_json};
use crate::text;
use chrono::{DateTime, Utc};
use ports::{DatabaseError, Row, Statement};
use serde::Deserialize;
use shared::id::{OrgId, TenantId};
use shared::organisation::{CrmOrganisation, XeroOrganisation};

/// What is kept, and since when.
#[derive(Debug, Clone, Default)]
pub struct Kept {
    /// The CRM organisation.
    pub crm: Option<(CrmOrganisation, DateTime<Utc>)>,
    /// The Xero organisation.
    pub xero: Option<(XeroOrganisation, DateTime<Utc>)>,
}

impl Kept {
    /// The zone of the CRM organisation, as far as its lists were read.
    pub(crate) fn time_zone(&self) -> &str {
        self.crm.as_ref().map_or("UTC", |(crm, _)| crm.time_zone.as_str())
    }

    /// The lists of this Xero organisation, not of one that was connected before.
    pub(crate) fn xero_of(&self, tenant: &TenantId) -> Option<&XeroOrganisation> {
        self.xero.as_ref().map(|(xero, _)| xero).filter(|xero| xero.id == *tenant)
    }
}

#[derive(Deserialize)]
struct Columns {
    crm: Option<String>,
    crm_read_at: Option<String>,
    xero: Option<String>,
    xero_read_at: Option<String>,
}

/// The statement whose row [`read`] reads.
#[must_use]
pub fn select(org: &OrgId) -> Statement {
    Statement::new("SELECT crm, crm_read_at, xero, xero_read_at FROM organisations WHERE org = ?1").bind(org.as_str())
}

/// Reads a row of [`select`]. What an older version wrote in another shape counts as not kept.
///
/// # Errors
/// [`DatabaseError::Shape`] when a column is missing.
pub fn read(row: Row) -> Result<Kept, DatabaseError> {
    let columns: Columns = row.read()?;
    let since = |at: Option<String>| at.as_deref().and_then(text::parse_instant);
    let crm = columns.crm.and_then(|body| json("organisations.crm", &body).ok()).zip(since(columns.crm_read_at));
    let xero = columns.xero.and_then(|body| json("organisations.xero", &body).ok()).zip(since(columns.xero_read_at));
    Ok(Kept { crm, xero })
}

/// Keeps the CRM organisation.
///
/// # Errors
/// Never in practice: our own types serialise.
pub fn save_crm(org: &OrgId, crm: &CrmOrganisation, now: DateTime<Utc>) -> Result<Statement, DatabaseError> {
    Ok(Statement::new(
        "INSERT INTO organisations (org, crm, crm_read_at) VALUES (?1, ?2, ?3) \
         ON CONFLICT (org) DO UPDATE SET crm = excluded.crm, crm_read_at = excluded.crm_read_at",
    )
    .bind(org.as_str())
    .bind(to_json(crm)?)
    .bind(text::instant(now)))
}

/// Forgets the Xero organisation.
#[must_use]
pub fn forget_xero(org: &OrgId) -> Statement {
    Statement::new("UPDATE organisations SET tenant = NULL, xero = NULL, xero_read_at = NULL WHERE org = ?1")
        .bind(org.as_str())
}

/// Keeps the Xero organisation.
///
/// # Errors
/// Never in practice: our own types serialise.
pub fn save_xero(
    org: &OrgId,
    tenant: &TenantId,
    xero: &XeroOrganisation,
    now: DateTime<Utc>,
) -> Result<Statement, DatabaseError> {
    Ok(Statement::new(
        "INSERT INTO organisations (org, tenant, xero, xero_read_at) VALUES (?1, ?2, ?3, ?4) \
         ON CONFLICT (org) DO UPDATE SET tenant = excluded.tenant, xero = excluded.xero, \
         xero_read_at = excluded.xero_read_at",
    )
    .bind(org.as_str())
    .bind(tenant.as_str())
    .bind(to_json(xero)?)
    .bind(text::instant(now)))
}

/// Keeps both organisations, as they were read together.
///
/// # Errors
/// Never in practice: our own types serialise.
pub fn save(
    org: &OrgId,
    crm: &CrmOrganisation,
    tenant: &TenantId,
    xero: &XeroOrganisation,
    now: DateTime<Utc>,
) -> Result<Statement, DatabaseError> {
    Ok(Statement::new(
        "INSERT INTO organisations (org, crm, crm_read_at, tenant, xero, xero_read_at) VALUES (?1, ?2, ?5, ?3, ?4, ?5) \
         ON CONFLICT (org) DO UPDATE SET crm = excluded.crm, crm_read_at = excluded.crm_read_at, \
         tenant = excluded.tenant, xero = excluded.xero, xero_read_at = excluded.xero_read_at",
    )
    .bind(org.as_str())
    .bind(to_json(crm)?)
    .bind(tenant.as_str())
    .bind(to_json(xero)?)
    .bind(text::instant(now)))
}
