//! Table `connections`: one CRM organisation with one Xero organisation.

use super::sessions::User;
use super::{json, to_json};
use crate::own_fields::OpenField;
use crate::text;
use chrono::{DateTime, Utc};
use ports::{Database, DatabaseError, Row, Statement};
use serde::Deserialize;
use shared::id::{OrgId, TenantId, ZohoId};
use shared::settings::Settings;
use std::collections::BTreeSet;

/// A connection.
#[derive(Debug, Clone, PartialEq)]
pub struct Connection {
    /// The CRM organisation.
    pub org: OrgId,
    /// Its name.
    pub org_name: String,
    /// Its data centre: `us`, `eu`, …
    pub location: String,
    /// Where its API is.
    pub api_domain: String,
    /// Who connected the CRM last, and when.
    pub connected: Connected,
    /// Whether Zoho refused the grant for good.
    pub zoho_broken: bool,
    /// The Xero organisation, once one is connected.
    pub tenant: Option<Tenant>,
    /// Who connected it last, and when.
    pub xero_connected: Option<Connected>,
    /// Whether Xero refused the grant for good, or the organisation was disconnected there.
    pub xero_broken: bool,
    /// Whether somebody was told that it is broken.
    pub broken_told: bool,
    /// Users who do not count as administrators here, whatever their profile says.
    pub taken_out: BTreeSet<ZohoId>,
    /// When our own CRM fields were last looked after.
    pub fields_at: Option<DateTime<Utc>>,
    /// Those into which others can type.
    pub fields_open: Vec<OpenField>,
    /// What the administrator chose.
    pub settings: Settings,
    /// Counts the changes of the settings.
    pub settings_version: i64,
}

/// The Xero side of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenant {
    /// `tenantId`.
    pub id: TenantId,
    /// The organisation's name.
    pub name: String,
}

/// Who connected a side, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connected {
    /// The administrator's name.
    pub by: String,
    /// The administrator's id in the CRM.
    pub user: ZohoId,
    /// When.
    pub at: DateTime<Utc>,
}

#[derive(Deserialize)]
struct Columns {
    org: OrgId,
    org_name: String,
    location: String,
    api_domain: String,
    connected_by: String,
    connected_by_user: ZohoId,
    connected_at: String,
    xero_connected_by: Option<String>,
    xero_connected_by_user: Option<ZohoId>,
    xero_connected_at: Option<String>,
    zoho_broken: i64,
    tenant: Option<TenantId>,
    tenant_name: Option<String>,
    xero_broken: i64,
    broken_told: i64,
    taken_out: String,
    fields_at: Option<String>,
    fields_open: String,
    settings: String,
    settings_version: i64,
}

#[derive(Deserialize)]
struct Email {
    email: String,
}

/// The statement whose row [`read`] reads.
#[must_use]
pub fn select(org: &OrgId) -> Statement {
    Statement::new(
        "SELECT org, org_name, location, api_domain, connected_by, connected_by_user, connected_at, zoho_broken, tenant, \
         tenant_name, xero_connected_by, xero_connected_by_user, xero_connected_at, xero_broken, broken_told, taken_out, fields_at, \
         fields_open, settings, settings_version \
         FROM connections WHERE org = ?1",
    )
    .bind(org.as_str())
}

/// Reads a row of [`select`].
///
/// # Errors
/// [`DatabaseError::Shape`] when it is not of that shape.
pub fn read(row: Row) -> Result<Connection, DatabaseError> {
    let columns: Columns = row.read()?;
    let at = text::parse_instant(&columns.connected_at)
        .ok_or_else(|| DatabaseError::Shape(format!("connections.connected_at: {:?}", columns.connected_at)))?;
    let xero_at = columns.xero_connected_at.as_deref().and_then(text::parse_instant);
    let xero_by = columns.xero_connected_by.zip(columns.xero_connected_by_user);
    Ok(Connection {
        connected: Connected { by: columns.connected_by, user: columns.connected_by_user, at },
        xero_connected: xero_at.zip(xero_by).map(|(at, (by, user))| Connected { by, user, at }),
        tenant: columns.tenant.map(|id| Tenant { id, name: columns.tenant_name.unwrap_or_default() }),
        settings: json("connections.settings", &columns.settings)?,
        settings_version: columns.settings_version,
        org: columns.org,
        org_name: columns.org_name,
        location: columns.location,
        api_domain: columns.api_domain,
        zoho_broken: columns.zoho_broken != 0,
        xero_broken: columns.xero_broken != 0,
        broken_told: columns.broken_told != 0,
        taken_out: json("connections.taken_out", &columns.taken_out)?,
        fields_at: columns.fields_at.as_deref().and_then(text::parse_instant),
        fields_open: json("connections.fields_open", &columns.fields_open)?,
    })
}

/// The connection of a CRM organisation.
///
/// # Errors
/// [`DatabaseError`] as the database reports it.
pub async fn get(database: &impl Database, org: &OrgId) -> Result<Option<Connection>, DatabaseError> {
    database.query(select(org)).await?.into_iter().next().map(read).transpose()
}

/// Notes that an administrator connected the CRM (again).
#[must_use]
pub fn connect_zoho(by: &User, org_name: &str, now: DateTime<Utc>) -> Statement {
    Statement::new(
        "INSERT INTO connections \
         (org, org_name, location, api_domain, connected_by, connected_by_user, connected_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) \
         ON CONFLICT (org) DO UPDATE SET org_name = excluded.org_name, location = excluded.location, \
         api_domain = excluded.api_domain, connected_by = excluded.connected_by, \
         connected_by_user = excluded.connected_by_user, connected_at = excluded.connected_at, zoho_broken = 0, \
         broken_told = 0",
    )
    .bind(by.org.as_str())
    .bind(org_name)
    .bind(by.location.as_str())
    .bind(by.api_domain.as_str())
    .bind(by.name.as_str())
    .bind(by.id.as_str())
    .bind(text::instant(now))
}

/// Notes that an administrator connected Xero (again). Fails with [`DatabaseError::Unique`] when another CRM
/// organisation has this Xero organisation.
#[must_use]
pub fn connect_xero(by: &User, tenant: &Tenant, now: DateTime<Utc>) -> Statement {
    Statement::new(
        "UPDATE connections SET tenant = ?2, tenant_name = ?3, xero_connected_by = ?4, xero_connected_by_user = ?5, \
         xero_connected_at = ?6, xero_broken = 0, broken_told = 0 WHERE org = ?1",
    )
    .bind(by.org.as_str())
    .bind(tenant.id.as_str())
    .bind(tenant.name.as_str())
    .bind(by.name.as_str())
    .bind(by.id.as_str())
    .bind(text::instant(now))
}

/// Notes that an administrator disconnected Xero. The settings stay.
#[must_use]
pub fn disconnect_xero(org: &OrgId) -> Statement {
    Statement::new(
        "UPDATE connections SET tenant = NULL, tenant_name = NULL, xero_connected_by = NULL, \
         xero_connected_by_user = NULL, xero_connected_at = NULL, xero_broken = 0, broken_told = 0 WHERE org = ?1",
    )
    .bind(org.as_str())
}

/// Whether another CRM organisation of this installation is connected with Xero.
///
/// # Errors
/// [`DatabaseError`] as the database reports it.
pub async fn has_others(database: &impl Database, org: &OrgId) -> Result<bool, DatabaseError> {
    let statement =
        Statement::new("SELECT org FROM connections WHERE org <> ?1 AND tenant IS NOT NULL LIMIT 1").bind(org.as_str());
    Ok(!database.query(statement).await?.is_empty())
}

/// Whether some CRM organisation is connected with this Xero organisation.
///
/// # Errors
/// [`DatabaseError`] as the database reports it.
pub async fn is_taken(database: &impl Database, tenant: &TenantId) -> Result<bool, DatabaseError> {
    Ok(!taken(database, [tenant]).await?.is_empty())
}

/// Which of these Xero organisations some CRM organisation is connected with.
///
/// # Errors
/// [`DatabaseError`] as the database reports it.
pub async fn taken<'a>(
    database: &impl Database,
    tenants: impl IntoIterator<Item = &'a TenantId>,
) -> Result<Vec<TenantId>, DatabaseError> {
    #[derive(Deserialize)]
    struct Columns {
        tenant: TenantId,
    }
    let tenants: Vec<&TenantId> = tenants.into_iter().collect();
    if tenants.is_empty() {
        return Ok(Vec::new());
    }
    let statement = Statement::new("SELECT tenant FROM connections WHERE tenant IN (SELECT value FROM json_each(?1))");
    let rows = database.query(statement.bind(to_json(&tenants)?)).await?;
    rows.into_iter().map(|row| row.read::<Columns>().map(|columns| columns.tenant)).collect()
}

/// Notes that a grant is dead.
#[must_use]
pub fn broken(org: &OrgId, api: upstream::Api) -> Statement {
    Statement::new(match api {
        upstream::Api::Zoho => "UPDATE connections SET zoho_broken = 1 WHERE org = ?1",
        upstream::Api::Xero => "UPDATE connections SET xero_broken = 1 WHERE org = ?1",
    })
    .bind(org.as_str())
}

/// Notes that somebody was told that the connection is broken.
#[must_use]
pub fn told(org: &OrgId) -> Statement {
    Statement::new("UPDATE connections SET broken_told = 1 WHERE org = ?1").bind(org.as_str())
}

/// The e-mail addresses of those who connected the two sides, as Zoho told them when these users were last here. The rows
/// of [`read_connectors`].
#[must_use]
pub fn connectors(org: &OrgId) -> Statement {
    Statement::new(
        "SELECT DISTINCT u.email FROM connections c JOIN users u ON u.org = c.org \
         AND u.id IN (c.connected_by_user, c.xero_connected_by_user) WHERE c.org = ?1",
    )
    .bind(org.as_str())
}

/// Reads the rows of [`connectors`].
///
/// # Errors
/// [`DatabaseError::Shape`] when they are not of that shape.
pub fn read_connectors(rows: Vec<Row>) -> Result<Vec<String>, DatabaseError> {
    rows.into_iter().map(|row| row.read::<Email>().map(|row| row.email)).collect()
}

/// Saves who does not count as an administrator here, if that is still what it was before. Says whether it was.
///
/// # Errors
/// [`DatabaseError`] as the database reports it.
pub async fn take_out(
    database: &impl Database,
    org: &OrgId,
    before: &BTreeSet<ZohoId>,
    users: &BTreeSet<ZohoId>,
) -> Result<bool, DatabaseError> {
    let statement =
        Statement::new("UPDATE connections SET taken_out = ?2 WHERE org = ?1 AND taken_out = ?3 RETURNING org");
    let saved = database.query(statement.bind(org.as_str()).bind(to_json(users)?).bind(to_json(before)?)).await?;
    Ok(!saved.is_empty())
}

/// Notes that our own CRM fields were looked after, and those into which others can type.
///
/// # Errors
/// Never in practice: our own types serialise.
pub fn keep_fields(org: &OrgId, open: &[OpenField], now: DateTime<Utc>) -> Result<Statement, DatabaseError> {
    let statement = Statement::new("UPDATE connections SET fields_at = ?2, fields_open = ?3 WHERE org = ?1");
    Ok(statement.bind(org.as_str()).bind(text::instant(now)).bind(to_json(&open)?))
}

/// Saves settings in which only something of our own making is new, such as a product for lines without an item code.
/// Nobody has changed them, so their version stays.
///
/// # Errors
/// Never in practice: our own types serialise.
pub fn keep_settings(org: &OrgId, settings: &Settings) -> Result<Statement, DatabaseError> {
    Ok(Statement::new("UPDATE connections SET settings = ?2 WHERE org = ?1")
        .bind(org.as_str())
        .bind(to_json(settings)?))
}

/// Saves the settings in place of those of a version. Where they have changed since, the statement fails, and with it
/// the batch that it is in: see [`is_stale`].
///
/// # Errors
/// Never in practice: our own types serialise.
pub fn save_settings(org: &OrgId, settings: &Settings, version: i64) -> Result<Statement, DatabaseError> {
    // Without the version asked for it is NULL, which the column does not allow.
    Ok(Statement::new(
        "UPDATE connections SET settings = ?2, \
         settings_version = CASE settings_version WHEN CAST(?3 AS INTEGER) THEN settings_version + 1 END \
         WHERE org = ?1",
    )
    .bind(org.as_str())
    .bind(to_json(settings)?)
    .bind(version))
}

/// Whether a batch failed because the settings are not those of the version any more ([`save_settings`]).
#[must_use]
pub fn is_stale(error: &DatabaseError) -> bool {
    matches!(error, DatabaseError::Other(text) if text.contains("connections.settings_version"))
}
