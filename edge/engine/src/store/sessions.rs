//! Tables `users` and `sessions`: who is signed in. Tokens are kept as hashes.

use crate::text;
use chrono::{DateTime, Utc};
use ports::{Database, DatabaseError, Statement};
use serde::{Deserialize, Serialize};
use shared::id::{ZohoId, ZohoOrgId};

/// A user of the CRM who signed in here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// The CRM organisation.
    pub org: ZohoOrgId,
    /// The CRM's user id.
    pub id: ZohoId,
    /// The full name.
    pub name: String,
    /// The e-mail address.
    pub email: String,
    /// Whether the CRM said, at sign-in, that the user administers it.
    pub administrator: bool,
    /// The data centre: `us`, `eu`, …
    pub location: String,
    /// Where the API is for this user.
    pub api_domain: String,
}

#[derive(Deserialize)]
struct Columns {
    org: ZohoOrgId,
    id: ZohoId,
    name: String,
    email: String,
    administrator: i64,
    location: String,
    api_domain: String,
}

/// Saves what the CRM said of a user at sign-in.
#[must_use]
pub fn save_user(user: &User, now: DateTime<Utc>) -> Statement {
    Statement::new(
        "INSERT INTO users (org, id, name, email, administrator, location, api_domain, signed_in_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) \
         ON CONFLICT (org, id) DO UPDATE SET name = excluded.name, email = excluded.email, \
         administrator = excluded.administrator, location = excluded.location, api_domain = excluded.api_domain, \
         signed_in_at = excluded.signed_in_at",
    )
    .bind(user.org.as_str())
    .bind(user.id.as_str())
    .bind(user.name.as_str())
    .bind(user.email.as_str())
    .bind(user.administrator)
    .bind(user.location.as_str())
    .bind(user.api_domain.as_str())
    .bind(text::instant(now))
}

/// Begins a session under the hash of its token.
#[must_use]
pub fn begin(token: &str, org: &ZohoOrgId, user: &ZohoId, expires_at: DateTime<Utc>) -> Statement {
    Statement::new("INSERT INTO sessions (token_hash, org, user, expires_at) VALUES (?1, ?2, ?3, ?4)")
        .bind(text::sha256(token))
        .bind(org.as_str())
        .bind(user.as_str())
        .bind(text::instant(expires_at))
}

/// Who holds this session token, if it is good.
///
/// # Errors
/// [`DatabaseError`] as the database reports it.
pub async fn get(database: &impl Database, token: &str, now: DateTime<Utc>) -> Result<Option<User>, DatabaseError> {
    let rows = database
        .query(
            Statement::new(
                "SELECT u.org, u.id, u.name, u.email, u.administrator, u.location, u.api_domain \
                 FROM sessions s JOIN users u ON u.org = s.org AND u.id = s.user \
                 WHERE s.token_hash = ?1 AND s.expires_at > ?2",
            )
            .bind(text::sha256(token))
            .bind(text::instant(now)),
        )
        .await?;
    let Some(row) = rows.into_iter().next() else { return Ok(None) };
    let columns: Columns = row.read()?;
    Ok(Some(User {
        org: columns.org,
        id: columns.id,
        name: columns.name,
        email: columns.email,
        administrator: columns.administrator != 0,
        location: columns.location,
        api_domain: columns.api_domain,
    }))
}

/// A user who signed in here once.
///
/// # Errors
/// [`DatabaseError`] as the database reports it.
pub async fn user(database: &impl Database, org: &ZohoOrgId, id: &ZohoId) -> Result<Option<User>, DatabaseError> {
    let rows = database
        .query(
            Statement::new(
                "SELECT org, id, name, email, administrator, location, api_domain FROM users WHERE org = ?1 AND id = ?2",
            )
            .bind(org.as_str())
            .bind(id.as_str()),
        )
        .await?;
    let Some(row) = rows.into_iter().next() else { return Ok(None) };
    let columns: Columns = row.read()?;
    Ok(Some(User {
        org: columns.org,
        id: columns.id,
        name: columns.name,
        email: columns.email,
        administrator: columns.administrator != 0,
        location: columns.location,
        api_domain: columns.api_domain,
    }))
}

/// Ends a session.
#[must_use]
pub fn end(token: &str) -> Statement {
    Statement::new("DELETE FROM sessions WHERE token_hash = ?1").bind(text::sha256(token))
}

/// Removes what has expired: sessions, flows and claims.
#[must_use]
pub fn purge(now: DateTime<Utc>) -> Vec<Statement> {
    let now = text::instant(now);
    vec![
        Statement::new("DELETE FROM sessions WHERE expires_at <= ?1").bind(now.as_str()),
        Statement::new("DELETE FROM flows WHERE expires_at <= ?1").bind(now.as_str()),
        Statement::new("DELETE FROM claims WHERE expires_at <= ?1").bind(now.as_str()),
    ]
}
