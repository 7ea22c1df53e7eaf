//! Table `grants`: OAuth tokens, sealed. The id says whose they are and is their associated data.

use crate::text;
use crate::vault::{Vault, VaultError};
use chrono::{DateTime, Utc};
use ports::{Database, DatabaseError, Random, Row, Statement};
use serde::Deserialize;
use shared::id::{OrgId, ZohoId};

/// Whose tokens they are.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum GrantId {
    /// The administrator's who connected the CRM: used to write back.
    Zoho(OrgId),
    /// A signed-in user's: used to read with that user's rights.
    ZohoUser(OrgId, ZohoId),
    /// The connection's with Xero.
    Xero(OrgId),
}

impl GrantId {
    /// The CRM organisation that the grant belongs to.
    #[must_use]
    pub fn org(&self) -> &OrgId {
        match self {
            Self::Zoho(org) | Self::ZohoUser(org, _) | Self::Xero(org) => org,
        }
    }

    /// As it stands in the table.
    #[must_use]
    pub fn key(&self) -> String {
        match self {
            Self::Zoho(org) => format!("zoho:{org}"),
            Self::ZohoUser(org, user) => format!("zoho:{org}:{user}"),
            Self::Xero(org) => format!("xero:{org}"),
        }
    }
}

/// A grant, opened.
#[derive(Clone, PartialEq, Eq)]
pub struct Grant {
    /// The refresh token.
    pub refresh_token: String,
    /// The access token, if one was kept.
    pub access_token: Option<String>,
    /// Until when the access token is good.
    pub access_expires_at: Option<DateTime<Utc>>,
    /// What the grant covers, as the vendor said.
    pub scopes: Vec<String>,
}

impl std::fmt::Debug for Grant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Grant(until {:?})", self.access_expires_at)
    }
}

/// Why a grant can't be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GrantError {
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The vault refused.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

#[derive(Deserialize)]
struct UpdatedAt {
    updated_at: String,
}

#[derive(Deserialize)]
struct Columns {
    refresh_token: String,
    access_token: Option<String>,
    access_expires_at: Option<String>,
    scopes: String,
}

/// Reads and opens a grant.
///
/// # Errors
/// [`GrantError`] when the database fails or the vault can't open it.
pub async fn get(database: &impl Database, vault: &Vault, id: &GrantId) -> Result<Option<Grant>, GrantError> {
    let key = id.key();
    let rows = database
        .query(
            Statement::new("SELECT refresh_token, access_token, access_expires_at, scopes FROM grants WHERE id = ?1")
                .bind(key.as_str()),
        )
        .await?;
    let Some(row) = rows.into_iter().next() else { return Ok(None) };
    let columns: Columns = row.read()?;
    Ok(Some(Grant {
        refresh_token: vault.open(&key, &columns.refresh_token)?,
        access_token: columns.access_token.map(|sealed| vault.open(&key, &sealed)).transpose()?,
        access_expires_at: columns.access_expires_at.as_deref().and_then(text::parse_instant),
        scopes: columns.scopes.split_whitespace().map(str::to_owned).collect(),
    }))
}

/// The refresh tokens of an organisation with Zoho: the connection's and those of its users, newest first, at most
/// `count`. One that the vault can't open is left out.
///
/// # Errors
/// [`DatabaseError`] as the database reports it.
pub async fn of_zoho(
    database: &impl Database,
    vault: &Vault,
    org: &OrgId,
    count: i64,
) -> Result<Vec<String>, DatabaseError> {
    #[derive(Deserialize)]
    struct Sealed {
        id: String,
        refresh_token: String,
    }
    let statement = Statement::new(
        "SELECT id, refresh_token FROM grants WHERE org = ?1 AND id LIKE 'zoho:%' \
         ORDER BY length(id), updated_at DESC LIMIT CAST(?2 AS INTEGER)",
    );
    let rows = database.query(statement.bind(org.as_str()).bind(count)).await?;
    let mut tokens = Vec::new();
    for row in rows {
        let sealed: Sealed = row.read()?;
        if let Ok(token) = vault.open(&sealed.id, &sealed.refresh_token)
            && !tokens.contains(&token)
        {
            tokens.push(token);
        }
    }
    Ok(tokens)
}

/// When a grant was last renewed; the row of [`read_updated_at`].
#[must_use]
pub fn select_updated_at(id: &GrantId) -> Statement {
    Statement::new("SELECT updated_at FROM grants WHERE id = ?1").bind(id.key())
}

/// Reads the rows of [`select_updated_at`]; none where there is no grant.
///
/// # Errors
/// [`DatabaseError::Shape`] when they are not of that shape.
pub fn read_updated_at(rows: Vec<Row>) -> Result<Option<DateTime<Utc>>, DatabaseError> {
    let row = rows.into_iter().next().map(|row| row.read::<UpdatedAt>()).transpose()?;
    Ok(row.and_then(|row| text::parse_instant(&row.updated_at)))
}

/// Seals a grant and says how to save it.
///
/// # Errors
/// [`VaultError`] when sealing fails.
pub fn save(
    vault: &Vault,
    random: &impl Random,
    id: &GrantId,
    grant: &Grant,
    now: DateTime<Utc>,
) -> Result<Statement, VaultError> {
    let key = id.key();
    let access = grant.access_token.as_deref().map(|token| vault.seal(random, &key, token)).transpose()?;
    Ok(Statement::new(
        "INSERT INTO grants (id, org, refresh_token, access_token, access_expires_at, scopes, updated_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) \
         ON CONFLICT (id) DO UPDATE SET refresh_token = excluded.refresh_token, \
         access_token = excluded.access_token, access_expires_at = excluded.access_expires_at, \
         scopes = excluded.scopes, updated_at = excluded.updated_at",
    )
    .bind(key.as_str())
    .bind(id.org().as_str())
    .bind(vault.seal(random, &key, &grant.refresh_token)?)
    .bind(access)
    .bind(grant.access_expires_at.map(text::instant))
    .bind(grant.scopes.join(" "))
    .bind(text::instant(now)))
}

/// Forgets a grant.
#[must_use]
pub fn delete(id: &GrantId) -> Statement {
    Statement::new("DELETE FROM grants WHERE id = ?1").bind(id.key())
}
