//! Tables `users` and `sessions`: who is signed in. Tokens are kept as hashes. What somebody may do stands in no table: it
//! comes out of an answer of Zoho ([`crate::access::rights`]).

use super::installation::{self, Place};
use crate::text;
use chrono::{DateTime, Duration, Utc};
use ports::{Database, DatabaseError, Row, Statement};
use serde::{Deserialize, Serialize};
use shared::api::{Page, SessionRow};
use shared::id::{OrgId, ZohoId};

/// How long a session lasts after its last use.
pub const HOURS: i64 = 12;

/// How seldom its use is noted: each note is a write.
const NOTED_MINUTES: i64 = 30;

/// How much of a browser's own description is kept.
const BROWSER: usize = 200;

/// A user of the CRM who signed in here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// The CRM organisation.
    pub org: OrgId,
    /// The CRM's user id.
    pub id: ZohoId,
    /// The full name.
    pub name: String,
    /// The e-mail address.
    pub email: String,
    /// The data centre: `us`, `eu`, …
    pub location: String,
    /// Where the API is for this user.
    pub api_domain: String,
}

/// The hash of a session's token. It names the session in our tables and opens nothing.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SessionKey(String);

impl SessionKey {
    /// The key of a token.
    #[must_use]
    pub fn of(token: &str) -> Self {
        Self(text::sha256(token))
    }

    /// As it stands in the table.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A session: who is signed in. It says nothing of what that person may do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Names it among others.
    pub key: SessionKey,
    /// Who.
    pub user: User,
    /// When its use was last noted.
    pub seen_at: DateTime<Utc>,
}

#[derive(Deserialize)]
struct Columns {
    org: OrgId,
    id: ZohoId,
    name: String,
    email: String,
    location: String,
    api_domain: String,
    seen_at: String,
}

impl From<Columns> for User {
    fn from(columns: Columns) -> Self {
        let Columns { org, id, name, email, location, api_domain, seen_at: _ } = columns;
        Self { org, id, name, email, location, api_domain }
    }
}

/// Saves what the CRM said of a user at sign-in.
#[must_use]
pub fn save_user(user: &User, now: DateTime<Utc>) -> Statement {
    Statement::new(
        "INSERT INTO users (org, id, name, email, location, api_domain, seen_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) \
         ON CONFLICT (org, id) DO UPDATE SET name = excluded.name, email = excluded.email, \
         location = excluded.location, api_domain = excluded.api_domain, seen_at = excluded.seen_at",
    )
    .bind(user.org.as_str())
    .bind(user.id.as_str())
    .bind(user.name.as_str())
    .bind(user.email.as_str())
    .bind(user.location.as_str())
    .bind(user.api_domain.as_str())
    .bind(text::instant(now))
}

/// Where somebody signs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Device<'a> {
    /// The browser, as it calls itself.
    pub browser: &'a str,
    /// The page of ours, as far as it says which.
    pub page: Option<Page>,
}

impl<'a> From<&'a str> for Device<'a> {
    fn from(browser: &'a str) -> Self {
        Self { browser, page: None }
    }
}

/// Begins a session under the hash of its token. `keyed` says whether whoever begins it knew the installation's key.
#[must_use]
pub fn begin(key: &SessionKey, user: &User, device: Device<'_>, keyed: bool, now: DateTime<Utc>) -> Statement {
    let browser: String = device.browser.chars().take(BROWSER).collect();
    Statement::new(
        "INSERT INTO sessions (token_hash, org, user, browser, page, keyed, began_at, seen_at, expires_at) \
         VALUES (?1, ?2, ?3, ?4, ?8, CAST(?7 AS INTEGER), ?5, ?5, ?6)",
    )
    .bind(key.as_str())
    .bind(user.org.as_str())
    .bind(user.id.as_str())
    .bind(browser)
    .bind(text::instant(now))
    .bind(text::instant(now + Duration::hours(HOURS)))
    .bind(i64::from(keyed))
    .bind(device.page.map(Page::as_str))
}

/// Who holds this session token, if it is good, and whether that organisation may be here now.
///
/// # Errors
/// [`DatabaseError`] as the database reports it.
pub async fn get(
    database: &impl Database,
    token: &str,
    now: DateTime<Utc>,
) -> Result<Option<(Session, Place)>, DatabaseError> {
    let key = SessionKey::of(token);
    let statement = Statement::new(
        "SELECT u.org, u.id, u.name, u.email, u.location, u.api_domain, s.seen_at, \
         (SELECT owner FROM installation) AS owner, (SELECT count(*) FROM invitations WHERE guest = u.org) AS invited, \
         (SELECT count(*) FROM connections WHERE org = u.org) AS connected, s.keyed \
         FROM sessions s JOIN users u ON u.org = s.org AND u.id = s.user \
         WHERE s.token_hash = ?1 AND s.expires_at > ?2",
    );
    let rows = database.query(statement.bind(key.as_str()).bind(text::instant(now))).await?;
    let Some(row) = rows.into_iter().next() else { return Ok(None) };
    let columns: Columns = row.clone().read()?;
    let place = installation::read_place(row, Some(&columns.org))?;
    let seen_at = text::parse_instant(&columns.seen_at)
        .ok_or_else(|| DatabaseError::Shape(format!("sessions.seen_at: {:?}", columns.seen_at)))?;
    Ok(Some((Session { key, user: columns.into(), seen_at }, place)))
}

/// Whether a session still lives.
///
/// # Errors
/// [`DatabaseError`] as the database reports it.
pub async fn lives(database: &impl Database, key: &SessionKey, now: DateTime<Utc>) -> Result<bool, DatabaseError> {
    let statement = Statement::new("SELECT org FROM sessions WHERE token_hash = ?1 AND expires_at > ?2");
    Ok(!database.query(statement.bind(key.as_str()).bind(text::instant(now))).await?.is_empty())
}

/// Renews a session by its use. Nothing to do where its last use was noted a moment ago.
#[must_use]
pub fn renew(session: &Session, now: DateTime<Utc>) -> Option<Vec<Statement>> {
    if now - session.seen_at < Duration::minutes(NOTED_MINUTES) {
        return None;
    }
    let (at, until) = (text::instant(now), text::instant(now + Duration::hours(HOURS)));
    Some(vec![
        // One that was ended meanwhile stays ended.
        Statement::new("UPDATE sessions SET seen_at = ?2, expires_at = ?3 WHERE token_hash = ?1")
            .bind(session.key.as_str())
            .bind(at.as_str())
            .bind(until),
        Statement::new("UPDATE users SET seen_at = ?3 WHERE org = ?1 AND id = ?2")
            .bind(session.user.org.as_str())
            .bind(session.user.id.as_str())
            .bind(at),
    ])
}

/// A user who signed in here once.
///
/// # Errors
/// [`DatabaseError`] as the database reports it.
pub async fn user(database: &impl Database, org: &OrgId, id: &ZohoId) -> Result<Option<User>, DatabaseError> {
    let statement = Statement::new(
        "SELECT org, id, name, email, location, api_domain, seen_at FROM users WHERE org = ?1 AND id = ?2",
    );
    let row = database.query(statement.bind(org.as_str()).bind(id.as_str())).await?.into_iter().next();
    Ok(row.map(|row| row.read::<Columns>()).transpose()?.map(User::from))
}

/// Ends one session.
#[must_use]
pub fn end(key: &SessionKey) -> Statement {
    Statement::new("DELETE FROM sessions WHERE token_hash = ?1").bind(key.as_str())
}

/// Ends a session by the id that lists show ([`select`]); only a user's own where one is given.
#[must_use]
pub fn end_listed(org: &OrgId, id: &str, user: Option<&ZohoId>) -> Statement {
    Statement::new(
        "DELETE FROM sessions WHERE org = ?1 AND substr(token_hash, 1, 16) = ?2 AND (?3 IS NULL OR user = ?3) \
         RETURNING token_hash",
    )
    .bind(org.as_str())
    .bind(id)
    .bind(user.map(ZohoId::as_str))
}

/// Ends all sessions of a user.
#[must_use]
pub fn end_of(org: &OrgId, user: &ZohoId) -> Statement {
    Statement::new("DELETE FROM sessions WHERE org = ?1 AND user = ?2").bind(org.as_str()).bind(user.as_str())
}

/// Ends all sessions of an organisation.
#[must_use]
pub fn end_all(org: &OrgId) -> Statement {
    Statement::new("DELETE FROM sessions WHERE org = ?1").bind(org.as_str())
}

/// The sessions of an organisation, last used first, at most 200; only a user's own where one is given.
#[must_use]
pub fn select(org: &OrgId, user: Option<&ZohoId>, now: DateTime<Utc>) -> Statement {
    Statement::new(
        "SELECT s.token_hash, s.user, u.name, s.browser, s.page, s.began_at, s.seen_at \
         FROM sessions s JOIN users u ON u.org = s.org AND u.id = s.user \
         WHERE s.org = ?1 AND (?2 IS NULL OR s.user = ?2) AND s.expires_at > ?3 ORDER BY s.seen_at DESC LIMIT 200",
    )
    .bind(org.as_str())
    .bind(user.map(ZohoId::as_str))
    .bind(text::instant(now))
}

/// Reads the rows of [`select`]; `own` is the session that asks.
///
/// # Errors
/// [`DatabaseError::Shape`] when they are not of that shape.
pub fn read(rows: Vec<Row>, own: Option<&SessionKey>) -> Result<Vec<SessionRow>, DatabaseError> {
    #[derive(Deserialize)]
    struct Listed {
        token_hash: String,
        user: ZohoId,
        name: String,
        browser: String,
        page: Option<String>,
        began_at: String,
        seen_at: String,
    }
    let instant = |text: &str| {
        text::parse_instant(text).ok_or_else(|| DatabaseError::Shape(format!("sessions: {text:?} is no instant")))
    };
    rows.into_iter()
        .map(|row| {
            let row: Listed = row.read()?;
            Ok(SessionRow {
                // A part of the hash tells sessions apart and finds none from outside.
                id: row.token_hash.chars().take(16).collect(),
                own: own.is_some_and(|own| row.token_hash == own.as_str()),
                user: row.user,
                name: row.name,
                began_at: instant(&row.began_at)?,
                seen_at: instant(&row.seen_at)?,
                browser: row.browser,
                page: row.page.as_deref().and_then(Page::of),
            })
        })
        .collect()
}

/// Removes what has expired.
#[must_use]
pub fn purge(now: DateTime<Utc>) -> Statement {
    Statement::new("DELETE FROM sessions WHERE expires_at <= ?1").bind(text::instant(now))
}

/// Users who have no session and were last here before an instant, at most `count`, longest away first.
///
/// # Errors
/// [`DatabaseError`] as the database reports it.
pub async fn away_since(
    database: &impl Database,
    before: DateTime<Utc>,
    count: i64,
) -> Result<Vec<User>, DatabaseError> {
    let statement = Statement::new(
        "SELECT u.org, u.id, u.name, u.email, u.location, u.api_domain, u.seen_at FROM users u \
         JOIN grants g ON g.id = 'zoho:' || u.org || ':' || u.id \
         WHERE u.seen_at < ?1 AND NOT EXISTS (SELECT 1 FROM sessions s WHERE s.org = u.org AND s.user = u.id) \
         ORDER BY u.seen_at LIMIT CAST(?2 AS INTEGER)",
    );
    let rows = database.query(statement.bind(text::instant(before)).bind(count)).await?;
    rows.into_iter().map(|row| Ok(row.read::<Columns>()?.into())).collect()
}
