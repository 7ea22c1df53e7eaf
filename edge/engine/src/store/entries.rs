//! Table `entries`: the log. An entry is opened before the first write to either side and closed after the last, so
//! that a sync which was cut off in between still shows as one.

use super::{json, to_json};
use crate::text;
use chrono::{DateTime, Utc};
use ports::{Database, DatabaseError, Row, Statement};
use serde::Deserialize;
use shared::api::EntryView;
use shared::id::{ZohoId, ZohoOrgId};
use shared::module::Module;

/// How many entries a page has.
pub const PAGE: usize = 20;

/// How many entries a record's view has.
pub const NEWEST: usize = 5;

#[derive(Deserialize)]
struct Body {
    body: String,
}

/// Saves an entry, opened or closed.
///
/// # Errors
/// Never in practice: our own types serialise.
pub fn save(org: &ZohoOrgId, entry: &EntryView) -> Result<Statement, DatabaseError> {
    let outcome = serde_json::to_value(entry.outcome).ok().and_then(|value| value.as_str().map(str::to_owned));
    Ok(Statement::new(
        "INSERT INTO entries (org, id, module, crm_id, name, outcome, problem, at, body) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) \
         ON CONFLICT (org, id) DO UPDATE SET name = excluded.name, outcome = excluded.outcome, \
         problem = excluded.problem, body = excluded.body",
    )
    .bind(org.as_str())
    .bind(entry.id.as_str())
    .bind(entry.module.api_name())
    .bind(entry.record_id.as_str())
    .bind(entry.name.as_str())
    .bind(outcome.unwrap_or_default())
    .bind(entry.problems.first().map(|problem| problem.code.as_str()))
    .bind(text::instant(entry.at))
    .bind(to_json(entry)?))
}

/// The newest entries of a record, newest first; `before` an entry, when older ones are wanted.
#[must_use]
pub fn select(org: &ZohoOrgId, module: Module, crm_id: &ZohoId, before: Option<&str>, count: usize) -> Statement {
    // Ids sort by time; U+007F sorts after all of them.
    Statement::new(
        "SELECT body FROM entries WHERE org = ?1 AND module = ?2 AND crm_id = ?3 AND id < ?4 \
         ORDER BY id DESC LIMIT CAST(?5 AS INTEGER)",
    )
    .bind(org.as_str())
    .bind(module.api_name())
    .bind(crm_id.as_str())
    .bind(before.unwrap_or("\u{7f}"))
    .bind(i64::try_from(count).unwrap_or(i64::MAX))
}

/// Reads rows of [`select`].
///
/// # Errors
/// [`DatabaseError::Shape`] when they are not of that shape.
pub fn read(rows: Vec<Row>) -> Result<Vec<EntryView>, DatabaseError> {
    rows.into_iter().map(|row| json("entries.body", &row.read::<Body>()?.body)).collect()
}

/// Removes the entries from before an instant, at most `count` of them, and says how many went.
///
/// # Errors
/// [`DatabaseError`] as the database reports it.
pub async fn purge(database: &impl Database, before: DateTime<Utc>, count: i64) -> Result<usize, DatabaseError> {
    let rows = database
        .query(
            Statement::new(
                "DELETE FROM entries WHERE rowid IN (SELECT rowid FROM entries WHERE at < ?1 \
                 LIMIT CAST(?2 AS INTEGER)) RETURNING id",
            )
            .bind(text::instant(before))
            .bind(count),
        )
        .await?;
    Ok(rows.len())
}
