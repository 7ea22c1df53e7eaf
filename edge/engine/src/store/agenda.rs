//! Table `agenda`: when each connected organisation is to be woken, and when its next scheduled run starts.

use crate::text;
use chrono::{DateTime, Utc};
use ports::{Database, DatabaseError, Row, Statement};
use serde::Deserialize;
use shared::id::OrgId;

/// What is planned for an organisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Agenda {
    /// When it is to be woken.
    pub next_at: DateTime<Utc>,
    /// When its next scheduled run starts; none while the schedule is off.
    pub run_at: Option<DateTime<Utc>>,
    /// Whether a scheduled run was started since then, by a wake that was cut off before it could plan the next one.
    pub started: bool,
}

#[derive(Deserialize)]
struct Columns {
    next_at: String,
    run_at: Option<String>,
    started: i64,
}

#[derive(Deserialize)]
struct Due {
    next_at: String,
    org: OrgId,
}

/// The statement whose row [`read`] reads.
#[must_use]
pub fn select(org: &OrgId) -> Statement {
    // Ids of runs begin with their milliseconds.
    Statement::new(
        "SELECT next_at, run_at, run_at IS NOT NULL AND EXISTS (SELECT 1 FROM runs WHERE runs.org = agenda.org \
         AND runs.id >= printf('%013d', 1000 * strftime('%s', agenda.run_at)) AND kind = 'scheduled') AS started \
         FROM agenda WHERE org = ?1",
    )
    .bind(org.as_str())
}

/// Reads a row of [`select`].
///
/// # Errors
/// [`DatabaseError::Shape`] when it is not of that shape.
pub fn read(row: Row) -> Result<Agenda, DatabaseError> {
    let columns: Columns = row.read()?;
    let next_at = text::parse_instant(&columns.next_at)
        .ok_or_else(|| DatabaseError::Shape(format!("agenda.next_at: {:?}", columns.next_at)))?;
    let run_at = columns.run_at.as_deref().and_then(text::parse_instant);
    Ok(Agenda { next_at, run_at, started: columns.started != 0 })
}

/// What is planned for an organisation.
///
/// # Errors
/// [`DatabaseError`] as the database reports it.
pub async fn get(database: &impl Database, org: &OrgId) -> Result<Option<Agenda>, DatabaseError> {
    database.query(select(org)).await?.into_iter().next().map(read).transpose()
}

/// Plans an organisation's next wake.
#[must_use]
pub fn save(org: &OrgId, next_at: DateTime<Utc>, run_at: Option<DateTime<Utc>>) -> Statement {
    Statement::new(
        "INSERT INTO agenda (org, next_at, run_at) VALUES (?1, ?2, ?3) \
         ON CONFLICT (org) DO UPDATE SET next_at = excluded.next_at, run_at = excluded.run_at",
    )
    .bind(org.as_str())
    .bind(text::instant(next_at))
    .bind(run_at.map(text::instant))
}

/// Plans the first wake of an organisation that was just connected. One that was connected before keeps its plan.
#[must_use]
pub fn begin(org: &OrgId, next_at: DateTime<Utc>, run_at: Option<DateTime<Utc>>) -> Statement {
    Statement::new("INSERT OR IGNORE INTO agenda (org, next_at, run_at) VALUES (?1, ?2, ?3)")
        .bind(org.as_str())
        .bind(text::instant(next_at))
        .bind(run_at.map(text::instant))
}

/// A page of the organisations that are due, in the order of their times: at most `count`, after the last one of the
/// page before. An organisation whose wake was planned anew meanwhile does not come again before its time.
///
/// # Errors
/// [`DatabaseError`] as the database reports it.
pub async fn due(
    database: &impl Database,
    now: DateTime<Utc>,
    after: Option<&(String, String)>,
    count: usize,
) -> Result<Vec<(String, OrgId)>, DatabaseError> {
    let (after_at, after_org) = after.map_or(("", ""), |(next_at, org)| (next_at.as_str(), org.as_str()));
    let rows = database
        .query(
            Statement::new(
                "SELECT next_at, org FROM agenda WHERE next_at <= ?1 AND (next_at, org) > (?2, ?3) \
                 ORDER BY next_at, org LIMIT CAST(?4 AS INTEGER)",
            )
            .bind(text::instant(now))
            .bind(after_at)
            .bind(after_org)
            .bind(i64::try_from(count).unwrap_or(i64::MAX)),
        )
        .await?;
    rows.into_iter().map(|row| row.read::<Due>().map(|due| (due.next_at, due.org))).collect()
}

/// Plans nothing any more.
#[must_use]
pub fn delete(org: &OrgId) -> Statement {
    Statement::new("DELETE FROM agenda WHERE org = ?1").bind(org.as_str())
}
