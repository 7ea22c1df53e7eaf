//! Table `runs`: what was asked for, where each run stands, and what it counted.

use super::{json, to_json};
use crate::text;
use chrono::{DateTime, Utc};
use ports::{Database, DatabaseError, Row, Statement};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use shared::id::ZohoOrgId;
use shared::problem::Problem;

/// How many runs a page has.
pub const PAGE: usize = 20;

/// What the columns say of a run beside its body.
#[derive(Debug, Clone, Copy)]
pub struct Columns<'a> {
    /// The run; ids sort by time.
    pub id: &'a str,
    /// What started it.
    pub kind: &'a str,
    /// Where it stands.
    pub state: &'a str,
    /// Whether it works or waits to go on by itself. An organisation has one such run at most.
    pub active: bool,
    /// The Zoho user who started it.
    pub user: Option<&'a str>,
    /// When it was started.
    pub started_at: DateTime<Utc>,
}

#[derive(Deserialize)]
struct Body {
    body: String,
}

/// Saves a run. One that has ended stays as it is. Fails with [`DatabaseError::Unique`] when it is active and another one of the organisation is, too.
///
/// # Errors
/// Never in practice: our own types serialise.
pub fn save<T: Serialize>(org: &ZohoOrgId, columns: Columns<'_>, body: &T) -> Result<Statement, DatabaseError> {
    Ok(Statement::new(
        "INSERT INTO runs (org, id, kind, state, active, user, started_at, body) \
         VALUES (?1, ?2, ?3, ?4, CAST(?5 AS INTEGER), ?6, ?7, ?8) \
         ON CONFLICT (org, id) DO UPDATE SET state = excluded.state, active = excluded.active, body = excluded.body \
         WHERE state NOT IN ('done', 'cancelled', 'failed')",
    )
    .bind(org.as_str())
    .bind(columns.id)
    .bind(columns.kind)
    .bind(columns.state)
    .bind(columns.active)
    .bind(columns.user.map(str::to_owned))
    .bind(text::instant(columns.started_at))
    .bind(to_json(body)?))
}

/// Forgets the previews that nobody started, with what they had listed.
#[must_use]
pub fn drop_previews(org: &ZohoOrgId) -> [Statement; 2] {
    [
        "DELETE FROM candidates WHERE org = ?1 AND run IN (SELECT id FROM runs WHERE org = ?1 AND state = 'ready')",
        "DELETE FROM runs WHERE org = ?1 AND state = 'ready'",
    ]
    .map(|sql| Statement::new(sql).bind(org.as_str()))
}

/// Ends the active run as cancelled, for this reason, and forgets what it had listed. A step of it that is under way
/// changes nothing any more ([`save`]).
///
/// # Errors
/// Never in practice: our own types serialise.
pub fn cancel_active(org: &ZohoOrgId, problem: &Problem, now: DateTime<Utc>) -> Result<[Statement; 2], DatabaseError> {
    Ok([
        Statement::new(
            "DELETE FROM candidates WHERE org = ?1 AND run IN (SELECT id FROM runs WHERE org = ?1 AND active = 1)",
        )
        .bind(org.as_str()),
        Statement::new(
            "UPDATE runs SET state = 'cancelled', active = 0, body = json_set(body, '$.state', 'cancelled', \
             '$.ended_at', ?2, '$.resumes_at', NULL, '$.problem', json(?3)) WHERE org = ?1 AND active = 1",
        )
        .bind(org.as_str())
        .bind(text::instant(now))
        .bind(to_json(problem)?),
    ])
}

/// The organisation's active run.
#[must_use]
pub fn select_active(org: &ZohoOrgId) -> Statement {
    Statement::new("SELECT body FROM runs WHERE org = ?1 AND active = 1").bind(org.as_str())
}

/// One run.
#[must_use]
pub fn select(org: &ZohoOrgId, id: &str) -> Statement {
    Statement::new("SELECT body FROM runs WHERE org = ?1 AND id = ?2").bind(org.as_str()).bind(id)
}

/// Runs, newest first, older than `before`; those of one user only where one is given.
#[must_use]
pub fn select_page(org: &ZohoOrgId, user: Option<&str>, before: Option<&str>, count: usize) -> Statement {
    // Ids sort by time; U+007F sorts after all of them.
    Statement::new(
        "SELECT body FROM runs WHERE org = ?1 AND id < ?2 AND (?3 IS NULL OR user = ?3) \
         ORDER BY id DESC LIMIT CAST(?4 AS INTEGER)",
    )
    .bind(org.as_str())
    .bind(before.unwrap_or("\u{7f}"))
    .bind(user.map(str::to_owned))
    .bind(i64::try_from(count).unwrap_or(i64::MAX))
}

/// Reads the rows of the statements above.
///
/// # Errors
/// [`DatabaseError::Shape`] when they are not of that shape.
pub fn read<T: DeserializeOwned>(rows: Vec<Row>) -> Result<Vec<T>, DatabaseError> {
    rows.into_iter().map(|row| json("runs.body", &row.read::<Body>()?.body)).collect()
}

/// The organisation's active run, if there is one.
///
/// # Errors
/// [`DatabaseError`] as the database reports it.
pub async fn active<T: DeserializeOwned>(
    database: &impl Database,
    org: &ZohoOrgId,
) -> Result<Option<T>, DatabaseError> {
    Ok(read(database.query(select_active(org)).await?)?.pop())
}

/// Removes the ended runs that began before an instant, at most `count` of them, and says how many went.
///
/// # Errors
/// [`DatabaseError`] as the database reports it.
pub async fn purge(database: &impl Database, before: DateTime<Utc>, count: i64) -> Result<usize, DatabaseError> {
    let rows = database
        .query(
            Statement::new(
                "DELETE FROM runs WHERE rowid IN (SELECT rowid FROM runs WHERE started_at < ?1 AND active = 0 \
                 LIMIT CAST(?2 AS INTEGER)) RETURNING id",
            )
            .bind(text::instant(before))
            .bind(count),
        )
        .await?;
    Ok(rows.len())
}
