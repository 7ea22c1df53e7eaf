//! Table `runs`: what was asked for, where each run stands, and what it counted.

use super::{json, to_json};
use crate::access::rights::Viewer;
use crate::text;
use chrono::{DateTime, Utc};
use ports::{Database, DatabaseError, Row, Statement};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use shared::id::{OrgId, ZohoId};
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
    /// Whether it works or waits to go on by itself.
    pub active: bool,
    /// Which run it keeps out while it is active: each lane of an organisation has one active run at most.
    pub lane: &'a str,
    /// The Zoho user who started it.
    pub user: Option<&'a str>,
    /// When it was started.
    pub started_at: DateTime<Utc>,
}

#[derive(Deserialize)]
struct Body {
    body: String,
}

/// Saves a run. One that has ended stays as it is. Fails with [`DatabaseError::Unique`] when it is active and another
/// one of its lane is, too.
///
/// # Errors
/// Never in practice: our own types serialise.
pub fn save<T: Serialize>(org: &OrgId, columns: Columns<'_>, body: &T) -> Result<Statement, DatabaseError> {
    Ok(Statement::new(
        "INSERT INTO runs (org, id, kind, state, active, lane, user, started_at, body) \
         VALUES (?1, ?2, ?3, ?4, CAST(?5 AS INTEGER), ?6, ?7, ?8, ?9) \
         ON CONFLICT (org, id) DO UPDATE SET state = excluded.state, active = excluded.active, lane = excluded.lane, \
         body = excluded.body \
         WHERE state NOT IN ('done', 'cancelled', 'failed')",
    )
    .bind(org.as_str())
    .bind(columns.id)
    .bind(columns.kind)
    .bind(columns.state)
    .bind(columns.active)
    .bind(columns.lane)
    .bind(columns.user.map(str::to_owned))
    .bind(text::instant(columns.started_at))
    .bind(to_json(body)?))
}

/// Forgets everybody's previews that nobody started, with what they had listed.
#[must_use]
pub fn drop_previews(org: &OrgId) -> [Statement; 2] {
    [
        "DELETE FROM candidates WHERE org = ?1 AND run IN (SELECT id FROM runs WHERE org = ?1 AND state = 'ready')",
        "DELETE FROM runs WHERE org = ?1 AND state = 'ready'",
    ]
    .map(|sql| Statement::new(sql).bind(org.as_str()))
}

/// Forgets the previews of one user that nobody started, with what they had listed. Those of others stay.
#[must_use]
pub fn drop_own_previews(org: &OrgId, user: &ZohoId) -> [Statement; 2] {
    [
        "DELETE FROM candidates WHERE org = ?1 AND run IN \
         (SELECT id FROM runs WHERE org = ?1 AND state = 'ready' AND user = ?2)",
        "DELETE FROM runs WHERE org = ?1 AND state = 'ready' AND user = ?2",
    ]
    .map(|sql| Statement::new(sql).bind(org.as_str()).bind(user.as_str()))
}

/// Ends the active runs as cancelled, for this reason, and forgets what they had listed. A step of one that is under way
/// changes nothing any more ([`save`]).
///
/// # Errors
/// Never in practice: our own types serialise.
pub fn cancel_active(org: &OrgId, problem: &Problem, now: DateTime<Utc>) -> Result<[Statement; 2], DatabaseError> {
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

/// The organisation's active runs, oldest first, as far as the viewer is told of them.
#[must_use]
pub fn select_active(org: &OrgId, viewer: &Viewer) -> Statement {
    Statement::new("SELECT body FROM runs WHERE org = ?1 AND active = 1 AND (?2 IS NULL OR user = ?2) ORDER BY id")
        .bind(org.as_str())
        .bind(viewer.only().map(ZohoId::as_str))
}

/// One run, if the viewer is told of it.
#[must_use]
pub fn select(org: &OrgId, viewer: &Viewer, id: &str) -> Statement {
    Statement::new("SELECT body FROM runs WHERE org = ?1 AND id = ?2 AND (?3 IS NULL OR user = ?3)")
        .bind(org.as_str())
        .bind(id)
        .bind(viewer.only().map(ZohoId::as_str))
}

/// Runs, newest first, older than `before`; those that the viewer is told of.
#[must_use]
pub fn select_page(org: &OrgId, viewer: &Viewer, before: Option<&str>, count: usize) -> Statement {
    // Ids sort by time; U+007F sorts after all of them.
    Statement::new(
        "SELECT body FROM runs WHERE org = ?1 AND id < ?2 AND (?3 IS NULL OR user = ?3) \
         ORDER BY id DESC LIMIT CAST(?4 AS INTEGER)",
    )
    .bind(org.as_str())
    .bind(before.unwrap_or("\u{7f}"))
    .bind(viewer.only().map(ZohoId::as_str))
    .bind(i64::try_from(count).unwrap_or(i64::MAX))
}

/// Reads the rows of the statements above.
///
/// # Errors
/// [`DatabaseError::Shape`] when they are not of that shape.
pub fn read<T: DeserializeOwned>(rows: Vec<Row>) -> Result<Vec<T>, DatabaseError> {
    rows.into_iter().map(|row| json("runs.body", &row.read::<Body>()?.body)).collect()
}

/// The organisation's active runs, oldest first, for what the engine does with them.
///
/// # Errors
/// [`DatabaseError`] as the database reports it.
pub(crate) async fn active<T: DeserializeOwned>(
    database: &impl Database,
    org: &OrgId,
) -> Result<Vec<T>, DatabaseError> {
    read(database.query(select_active(org, &Viewer::nobody())).await?)
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
