//! Table `entries`: the log. An entry is opened before the first write to either side and closed after the last, so
//! that a sync which was cut off in between still shows as one.

use super::{json, to_json};
use crate::access::rights::{Member, Viewer};
use crate::text;
use chrono::{DateTime, Utc};
use ports::{Database, DatabaseError, Row, Statement};
use serde::{Deserialize, Serialize};
use shared::api::{EntryView, Outcome};
use shared::id::{OrgId, ZohoId};
use shared::module::Module;
use shared::problem::{self, Problem};
use shared::settings::Direction;

/// How many entries a page has.
pub const PAGE: usize = 20;

/// How many entries a record's view has.
pub const NEWEST: usize = 5;

#[derive(Deserialize)]
struct Body {
    body: String,
    read_by: Option<ZohoId>,
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

/// An entry as it is kept, with whose rights its values were read. Nobody is told of it but through [`Kept::told`].
#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    entry: EntryView,
    /// The user with whose rights its values were read; none: the connection's.
    read_by: Option<ZohoId>,
}

impl Kept {
    /// The whole entry, for what the engine does with it. Not for anybody's eyes.
    #[must_use]
    pub fn whole(self) -> EntryView {
        self.entry
    }

    /// The entry as a member is told of it: administrators and whoever read the values see them; others see a value only
    /// where `shows` says that they see it in the CRM, and problems without the facts of the case.
    #[must_use]
    pub fn told(self, to: &Member, shows: impl Fn(&str) -> bool) -> EntryView {
        if to.administers() || self.read_by.as_ref() == Some(&to.id) {
            return self.entry;
        }
        let mut entry = self.entry;
        for change in entry.changes.iter_mut().filter(|change| !shows(&change.key)) {
            (change.crm, change.xero, change.result) = (None, None, None);
        }
        let name = entry.name.clone();
        for problem in entry.problems.iter_mut().chain(entry.dependencies.iter_mut().flat_map(|one| &mut one.problems))
        {
            *problem = without_facts(problem, &name);
        }
        entry
    }
}

/// A problem with nothing in its words but the record's name.
fn without_facts(problem: &Problem, name: &str) -> Problem {
    let general = problem::of(problem.code, &[("name", name.to_owned())]);
    Problem { severity: problem.severity, place: problem.place.clone(), ..general }
}

/// Saves entries, opened or closed. `user` is the Zoho user whose they are, `read_by` the one with whose rights their
/// values were read; none: the connection's.
///
/// # Errors
/// Never in practice: our own types serialise.
pub fn save<'a>(
    org: &OrgId,
    user: Option<&ZohoId>,
    read_by: Option<&ZohoId>,
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
                // Lists tell it to whose entry it is: nothing that the connection alone has seen.
                comment: match (user, read_by) {
                    (Some(_), None) => comment(&EntryView {
                        problems: entry.problems.iter().map(|one| without_facts(one, &entry.name)).collect(),
                        ..entry.clone()
                    }),
                    _ => comment(entry),
                },
                outcome: entry.outcome,
                problem: entry.problems.first().map(|problem| problem.code.as_str()),
                at: text::instant(entry.at),
                run: entry.run.as_deref(),
                body: to_json(entry)?,
            })
        })
        .collect::<Result<Vec<_>, DatabaseError>>()?;
    Ok(Statement::new(
        "INSERT INTO entries (org, user, read_by, id, module, crm_id, xero_id, name, party, names, direction, user_name, \
         comment, outcome, problem, at, run, body) \
         SELECT ?1, ?2, ?4, json_extract(value, '$.id'), json_extract(value, '$.module'), \
         json_extract(value, '$.crm_id'), json_extract(value, '$.xero_id'), json_extract(value, '$.name'), \
         json_extract(value, '$.party'), json_extract(value, '$.names'), json_extract(value, '$.direction'), \
         json_extract(value, '$.user_name'), json_extract(value, '$.comment'), \
         json_extract(value, '$.outcome'), json_extract(value, '$.problem'), json_extract(value, '$.at'), \
         json_extract(value, '$.run'), json_extract(value, '$.body') FROM json_each(?3) WHERE true \
         ON CONFLICT (org, id) DO UPDATE SET name = excluded.name, party = excluded.party, names = excluded.names, \
         crm_id = excluded.crm_id, xero_id = excluded.xero_id, direction = excluded.direction, \
         comment = excluded.comment, outcome = excluded.outcome, problem = excluded.problem, at = excluded.at, \
         read_by = excluded.read_by, body = excluded.body",
    )
    .bind(org.as_str())
    .bind(user.map(ZohoId::as_str))
    .bind(to_json(&entries)?)
    .bind(read_by.map(ZohoId::as_str)))
}

/// One entry, if the viewer is told of it.
#[must_use]
pub fn select_one(org: &OrgId, viewer: &Viewer, id: &str) -> Statement {
    Statement::new("SELECT body, read_by FROM entries WHERE org = ?1 AND id = ?2 AND (?3 IS NULL OR user = ?3)")
        .bind(org.as_str())
        .bind(id)
        .bind(viewer.only().map(ZohoId::as_str))
}

/// Entries by their ids, in no particular order.
///
/// # Errors
/// Never in practice: our own types serialise.
pub fn select_ids(org: &OrgId, ids: &[String]) -> Result<Statement, DatabaseError> {
    Ok(Statement::new("SELECT body, read_by FROM entries WHERE org = ?1 AND id IN (SELECT value FROM json_each(?2))")
        .bind(org.as_str())
        .bind(to_json(&ids)?))
}

/// The entries of a run that failed or were deferred, oldest first, at most `count`.
#[must_use]
pub fn select_open(org: &OrgId, run: &str, count: usize) -> Statement {
    Statement::new(
        "SELECT body, read_by FROM entries WHERE org = ?1 AND run = ?2 AND outcome IN ('failed', 'deferred') ORDER BY id \
         LIMIT CAST(?3 AS INTEGER)",
    )
    .bind(org.as_str())
    .bind(run)
    .bind(i64::try_from(count).unwrap_or(i64::MAX))
}

/// The newest entries of a record, newest first; `before` an entry, when older ones are wanted.
#[must_use]
pub fn select(org: &OrgId, module: Module, crm_id: &ZohoId, before: Option<&str>, count: usize) -> Statement {
    // Ids sort by time; U+007F sorts after all of them.
    Statement::new(
        "SELECT body, read_by FROM entries WHERE org = ?1 AND module = ?2 AND crm_id = ?3 AND id < ?4 \
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
pub fn read(rows: Vec<Row>) -> Result<Vec<Kept>, DatabaseError> {
    rows.into_iter()
        .map(|row| {
            let Body { body, read_by } = row.read()?;
            Ok(Kept { entry: json("entries.body", &body)?, read_by })
        })
        .collect()
}

/// The same, whole: for what the engine does with them, and for nobody's eyes.
///
/// # Errors
/// As [`read`].
pub fn read_whole(rows: Vec<Row>) -> Result<Vec<EntryView>, DatabaseError> {
    Ok(read(rows)?.into_iter().map(Kept::whole).collect())
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
