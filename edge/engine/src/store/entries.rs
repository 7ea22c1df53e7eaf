//! Table `entries`: the log. An entry is opened before the first write to either side and closed after the last, so
//! that a sync which was cut off in between still shows as one.

use super::{json, to_json};
use crate::text;
use chrono::{DateTime, Utc};
use ports::{Database, DatabaseError, Row, Statement};
use serde::{Deserialize, Serialize};
use shared::api::{EntryView, Outcome};
use shared::id::{ZohoId, ZohoOrgId};
use shared::module::Module;
use shared::settings::Direction;

/// How many entries a page has.
pub const PAGE: usize = 20;

/// How many entries a record's view has.
pub const NEWEST: usize = 5;

#[derive(Deserialize)]
struct Body {
    body: String,
}

/// Letters of a comment in the log's table, at most; the entry has all of it.
const COMMENT: usize = 300;

/// An entry as [`save`] hands it to the database.
#[derive(Serialize)]
struct Saved<'a> {
    id: &'a str,
    module: &'static str,
    crm_id: &'a str,
    xero_id: Option<&'a str>,
    name: &'a str,
    party: Option<&'a str>,
    names: String,
    direction: Direction,
    user_name: Option<&'a str>,
    comment: String,
    outcome: Outcome,
    problem: Option<String>,
    at: String,
    run: Option<&'a str>,
    body: String,
}

/// The first problem's sentence, else what changed.
fn comment(entry: &EntryView) -> String {
    let comment = match entry.problems.first() {
        Some(problem) => problem.what.clone(),
        None => entry.changes.iter().map(|change| change.label.as_str()).collect::<Vec<_>>().join(", "),
    };
    match comment.char_indices().nth(COMMENT) {
        Some((end, _)) => format!("{}…", &comment[..end]),
        None => comment,
    }
}

/// What the log is searched by: the names in lower case, each on a line of its own.
fn names(entry: &EntryView) -> String {
    let party = entry.party.as_deref().unwrap_or_default();
    format!("{}\n{}", entry.name.to_lowercase(), party.to_lowercase())
}

/// Saves entries, opened or closed. `user` is the Zoho user whose they are.
///
/// # Errors
/// Never in practice: our own types serialise.
pub fn save<'a>(
    org: &ZohoOrgId,
    user: Option<&ZohoId>,
    entries: impl IntoIterator<Item = &'a EntryView>,
) -> Result<Statement, DatabaseError> {
    let entries = entries
        .into_iter()
        .map(|entry| {
            Ok(Saved {
                id: &entry.id,
                module: entry.module.api_name(),
                crm_id: &entry.record_id,
                xero_id: entry.xero_id.as_deref(),
                name: &entry.name,
                party: entry.party.as_deref(),
                names: names(entry),
                direction: entry.direction,
                user_name: entry.by.as_deref(),
                comment: comment(entry),
                outcome: entry.outcome,
                problem: entry.problems.first().map(|problem| problem.code.as_str()),
                at: text::instant(entry.at),
                run: entry.run.as_deref(),
                body: to_json(entry)?,
            })
        })
        .collect::<Result<Vec<_>, DatabaseError>>()?;
    Ok(Statement::new(
        "INSERT INTO entries (org, user, id, module, crm_id, xero_id, name, party, names, direction, user_name, \
         comment, outcome, problem, at, run, body) \
         SELECT ?1, ?2, json_extract(value, '$.id'), json_extract(value, '$.module'), \
         json_extract(value, '$.crm_id'), json_extract(value, '$.xero_id'), json_extract(value, '$.name'), \
         json_extract(value, '$.party'), json_extract(value, '$.names'), json_extract(value, '$.direction'), \
         json_extract(value, '$.user_name'), json_extract(value, '$.comment'), \
         json_extract(value, '$.outcome'), json_extract(value, '$.problem'), json_extract(value, '$.at'), \
         json_extract(value, '$.run'), json_extract(value, '$.body') FROM json_each(?3) WHERE true \
         ON CONFLICT (org, id) DO UPDATE SET name = excluded.name, party = excluded.party, names = excluded.names, \
         crm_id = excluded.crm_id, xero_id = excluded.xero_id, direction = excluded.direction, \
         comment = excluded.comment, outcome = excluded.outcome, problem = excluded.problem, at = excluded.at, \
         body = excluded.body",
    )
    .bind(org.as_str())
    .bind(user.map(|user| user.as_str().to_owned()))
    .bind(to_json(&entries)?))
}

/// One entry; of one user only where one is given.
#[must_use]
pub fn select_one(org: &ZohoOrgId, user: Option<&ZohoId>, id: &str) -> Statement {
    Statement::new("SELECT body FROM entries WHERE org = ?1 AND id = ?2 AND (?3 IS NULL OR user = ?3)")
        .bind(org.as_str())
        .bind(id)
        .bind(user.map(ZohoId::as_str))
}

/// Entries by their ids, in no particular order.
///
/// # Errors
/// Never in practice: our own types serialise.
pub fn select_ids(org: &ZohoOrgId, ids: &[String]) -> Result<Statement, DatabaseError> {
    Ok(Statement::new("SELECT body FROM entries WHERE org = ?1 AND id IN (SELECT value FROM json_each(?2))")
        .bind(org.as_str())
        .bind(to_json(&ids)?))
}

/// The entries of a run that failed or were deferred, oldest first, at most `count`.
#[must_use]
pub fn select_open(org: &ZohoOrgId, run: &str, count: usize) -> Statement {
    Statement::new(
        "SELECT body FROM entries WHERE org = ?1 AND run = ?2 AND outcome IN ('failed', 'deferred') ORDER BY id \
         LIMIT CAST(?3 AS INTEGER)",
    )
    .bind(org.as_str())
    .bind(run)
    .bind(i64::try_from(count).unwrap_or(i64::MAX))
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
