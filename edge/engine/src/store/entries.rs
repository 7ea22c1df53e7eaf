//! Table `entries`: the log. An entry is opened before the first write to either side and closed after the last, so
//! that a sync which was cut off in between still shows as one.

use super::{json, to_json};
use crate::access::rights::{Member, Viewer};
use crate::sync::Key;
use crate::text;
use chrono::{DateTime, Utc};
use ports::{Database, DatabaseError, Row, Statement};
use serde::{Deserialize, Serialize};
use shared::api::{DependencyView, EntryView, FieldChange, Outcome};
use shared::id::{OrgId, ZohoId};
use shared::module::{Kind, Module};
use shared::organisation::CrmOrganisation;
use shared::problem::{Code, Place, Problem};
use shared::settings::{Direction, Settings};
use shared::zoho::sight::{self, Hidden, Seen};
use std::collections::BTreeMap;

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
    short(comment)
}

/// A comment as the log's table has it.
pub(super) fn short(comment: String) -> String {
    match comment.char_indices().nth(COMMENT) {
        Some((end, _)) => format!("{}…", &comment[..end]),
        None => comment,
    }
}

/// What the log is searched by: the names in lower case, each on a line of its own.
fn names(entry: &EntryView, party: Option<&str>) -> String {
    format!("{}\n{}", entry.name.to_lowercase(), party.unwrap_or_default().to_lowercase())
}

/// By the keys of an entry's values: the CRM's fields that each came from when it was written ([`sight::origin`]). It is kept
/// with the entry, so that what the settings choose later opens nothing.
pub type Origins = BTreeMap<String, Vec<String>>;

/// An entry that is to be saved, with what its reader's reading tells of its values.
#[derive(Debug, Clone)]
pub struct Written<'a> {
    entry: &'a EntryView,
    origins: Origins,
    hidden: Hidden,
}

impl<'a> Written<'a> {
    /// An entry whose reader was not shown the fields `hidden` of its record.
    #[must_use]
    pub fn new(entry: &'a EntryView, hidden: Hidden, settings: &Settings, crm: &CrmOrganisation) -> Self {
        let named = [sight::PARTY, sight::PRODUCTS].into_iter().filter(|_| entry.module.kind() == Kind::Document);
        let keys = entry.changes.iter().map(|change| change.key.as_str()).chain(named);
        let origin = |key: &str| Some((key.to_owned(), sight::origin(entry.module, key, settings, crm)?));
        Self { entry, origins: keys.filter_map(origin).collect(), hidden }
    }

    /// An entry of which nothing was read.
    #[must_use]
    pub fn unread(entry: &'a EntryView) -> Self {
        Self { entry, origins: Origins::new(), hidden: Hidden::new() }
    }

    /// The customer or supplier, if the reader was shown it: lists tell it, and are searched by it.
    fn party(&self) -> Option<&'a str> {
        let shown = Seen::then(self.hidden.clone()).shows(self.origins.get(sight::PARTY).map(Vec::as_slice));
        self.entry.party.as_deref().filter(|_| shown)
    }

    /// The entry as it is kept.
    fn body(&self) -> Result<String, DatabaseError> {
        let shape = |error: serde_json::Error| DatabaseError::Shape(format!("entries.body: {error}"));
        let mut body = serde_json::to_value(self.entry).map_err(shape)?;
        if let Some(body) = body.as_object_mut() {
            body.insert("origins".to_owned(), serde_json::to_value(&self.origins).map_err(shape)?);
            body.insert("hidden".to_owned(), serde_json::to_value(&self.hidden).map_err(shape)?);
        }
        Ok(body.to_string())
    }
}

/// What is kept beside an entry; of one that an older version has written, nothing.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
struct Reading {
    origins: Option<Origins>,
    #[serde(default)]
    hidden: Hidden,
}

/// Somebody who has just read a record with their own grant, and what they were shown of it. Whoever reads a record's log is one.
#[derive(Debug, Clone)]
pub struct RecordReader<'a> {
    pub(crate) member: &'a Member,
    pub(crate) key: &'a Key,
    /// The record's name, as they are shown it.
    pub(crate) name: String,
    pub(crate) seen: Seen,
    pub(crate) place: Place,
    /// Today's settings, for entries that do not say where their values came from.
    pub(crate) settings: &'a Settings,
    pub(crate) crm: &'a CrmOrganisation,
}

/// An entry as it is kept, with whose rights its values were read. Nobody is told of it but through [`Kept::told`] and
/// [`Kept::listed`].
#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    entry: EntryView,
    reading: Reading,
    /// The user with whose rights its values were read; none: the connection's.
    read_by: Option<ZohoId>,
}

impl Kept {
    /// The whole entry, for what the engine does with it. Not for anybody's eyes.
    #[must_use]
    pub fn whole(self) -> EntryView {
        self.entry
    }

    /// The entry in a list, where no record is read: administrators are told all, whoever read its values what they were shown
    /// then, and others the labels.
    #[must_use]
    pub fn listed(self, to: &Member) -> EntryView {
        if to.administers() {
            return self.entry;
        }
        let own = self.read_by.as_ref() == Some(&to.id);
        let Self { mut entry, reading, .. } = self;
        // What a question shows of the books is for those who may answer it, whoever has read the record.
        let needed = entry.dependencies.iter_mut().flat_map(|one| &mut one.problems);
        entry.problems.iter_mut().chain(needed).for_each(Problem::hide_question);
        let seen = Seen::then(reading.hidden);
        if own && seen.is_whole() {
            return entry;
        }
        let origins = reading.origins.unwrap_or_default();
        cut(&mut entry, |key| own && seen.shows(origins.get(key).map(Vec::as_slice)));
        if !own {
            let name = entry.name.clone();
            without_facts(&mut entry, &name, None);
        }
        entry
    }

    /// The entry beside its record: administrators and whoever read its values are told of it as in a list; others see a value
    /// only where they see all the fields that it came from in the CRM now, the record's name as the CRM tells it to them, and
    /// problems without the facts of the case.
    #[must_use]
    pub fn told(self, to: &RecordReader<'_>) -> EntryView {
        if to.member.administers() || self.read_by.as_ref() == Some(&to.member.id) {
            return self.listed(to.member);
        }
        let Self { mut entry, reading, .. } = self;
        let module = entry.module;
        let shows = |key: &str| match &reading.origins {
            Some(origins) => to.seen.shows(origins.get(key).map(Vec::as_slice)),
            // Which field a value that can be mapped came from is not known.
            None if shared::settings::fields::find(module, key).is_some() => false,
            None => to.seen.shows(sight::origin(module, key, to.settings, to.crm).as_deref()),
        };
        cut(&mut entry, shows);
        entry.name.clone_from(&to.name);
        without_facts(&mut entry, &to.name, Some(&to.place));
        entry
    }
}

/// Takes the values out that are not shown.
fn cut(entry: &mut EntryView, shows: impl Fn(&str) -> bool) {
    cut_changes(&mut entry.changes, &shows);
    cut_dependencies(&mut entry.dependencies, &shows);
    entry.party = entry.party.take().filter(|_| shows(sight::PARTY));
}

/// Takes the values of changes out that are not shown; their labels stay.
pub(crate) fn cut_changes(changes: &mut [FieldChange], shows: impl Fn(&str) -> bool) {
    for change in changes.iter_mut().filter(|change| !shows(&change.key)) {
        (change.crm, change.xero, change.result) = (None, None, None);
    }
}

/// Takes out which records went first, where the fields that name them are not shown: of which kind they are stays.
pub(crate) fn cut_dependencies(dependencies: &mut [DependencyView], shows: impl Fn(&str) -> bool) {
    for one in dependencies.iter_mut().filter(|one| !shows(names_it(one.module))) {
        one.name.clear();
        one.id.clear();
        one.problems.iter_mut().for_each(|problem| *problem = told_of(problem, ""));
    }
}

/// The key of the value by which a document names a record that it needs.
pub(crate) fn names_it(module: Module) -> &'static str {
    match module.kind() {
        Kind::Item => sight::PRODUCTS,
        Kind::Party | Kind::Document => sight::PARTY,
    }
}

/// Leaves nothing in the words of problems but names: what somebody else was shown may stand in them.
fn without_facts(entry: &mut EntryView, name: &str, place: Option<&Place>) {
    entry.problems.iter_mut().for_each(|problem| *problem = told_of(problem, name).at(place.cloned()));
    for one in &mut entry.dependencies {
        let name = one.name.clone();
        one.problems.iter_mut().for_each(|problem| *problem = told_of(problem, &name));
    }
}

/// What is told of a problem that somebody else was told: not that a record has people, who may not be shown.
pub(crate) fn told_of(problem: &Problem, name: &str) -> Problem {
    if problem.tells_of_people() { problem.hidden(name) } else { problem.without_facts(name) }
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
    entries: impl IntoIterator<Item = Written<'a>>,
) -> Result<Statement, DatabaseError> {
    let entries = entries
        .into_iter()
        .map(|written| {
            let (entry, party) = (written.entry, written.party());
            Ok(Saved {
                id: &entry.id,
                module: entry.module.api_name(),
                crm_id: &entry.record_id,
                xero_id: entry.xero_id.as_deref(),
                name: &entry.name,
                party,
                names: names(entry, party),
                direction: entry.took(),
                user_name: entry.by.as_deref(),
                // Lists tell it to whose entry it is: nothing that the connection alone has seen.
                comment: match (user, read_by) {
                    (Some(_), None) => {
                        let mut general = entry.clone();
                        without_facts(&mut general, &entry.name, None);
                        comment(&general)
                    }
                    _ => comment(entry),
                },
                outcome: entry.outcome,
                problem: entry.problems.first().map(|problem| problem.code.as_str()),
                at: text::instant(entry.at),
                run: entry.run.as_deref(),
                body: written.body()?,
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
         xero_id = excluded.xero_id, direction = excluded.direction, \
         comment = excluded.comment, outcome = excluded.outcome, problem = excluded.problem, at = excluded.at, \
         read_by = excluded.read_by, body = excluded.body",
    )
    .bind(org.as_str())
    .bind(user.map(ZohoId::as_str))
    .bind(to_json(&entries)?)
    .bind(read_by.map(ZohoId::as_str)))
}

/// Notes the CRM records that were made for entries of records which only Xero had. By itself: [`save`] changes none of what
/// the records' index holds, which spares every other entry a row of it.
///
/// # Errors
/// Never in practice: our own types serialise.
pub fn found<'a>(org: &OrgId, entries: impl IntoIterator<Item = &'a EntryView>) -> Result<Statement, DatabaseError> {
    let found: Vec<(&str, &str)> =
        entries.into_iter().map(|entry| (entry.id.as_str(), entry.record_id.as_str())).collect();
    Ok(Statement::new(
        "UPDATE entries SET crm_id = (SELECT json_extract(value, '$[1]') FROM json_each(?2) \
         WHERE json_extract(value, '$[0]') = entries.id) WHERE org = ?1 \
         AND id IN (SELECT json_extract(value, '$[0]') FROM json_each(?2)) AND crm_id = ''",
    )
    .bind(org.as_str())
    .bind(to_json(&found)?))
}

/// One entry, if the viewer is told of it.
#[must_use]
pub fn select_one(org: &OrgId, viewer: &Viewer, id: &str) -> Statement {
    Statement::new("SELECT body, read_by FROM entries WHERE org = ?1 AND id = ?2 AND (?3 IS NULL OR user = ?3)")
        .bind(org.as_str())
        .bind(id)
        .bind(viewer.only().map(ZohoId::as_str))
}

/// Entries by their ids, in no particular order, as far as the viewer is told of them.
///
/// # Errors
/// Never in practice: our own types serialise.
pub fn select_ids(org: &OrgId, viewer: &Viewer, ids: &[String]) -> Result<Statement, DatabaseError> {
    Ok(Statement::new(
        "SELECT body, read_by FROM entries WHERE org = ?1 AND id IN (SELECT value FROM json_each(?2)) \
         AND (?3 IS NULL OR user = ?3)",
    )
    .bind(org.as_str())
    .bind(to_json(&ids)?)
    .bind(viewer.only().map(ZohoId::as_str)))
}

/// The entries of a run that failed, were deferred or need a decision, oldest first, at most `count`.
#[must_use]
pub fn select_open(org: &OrgId, viewer: &Viewer, run: &str, count: usize) -> Statement {
    Statement::new(
        "SELECT body, read_by FROM entries INDEXED BY entries_in_order WHERE org = ?1 AND id >= ?4 AND id < ?5 AND run = ?2 \
         AND outcome IN ('failed', 'deferred', 'undecided') AND (?6 IS NULL OR user = ?6) ORDER BY id \
         LIMIT CAST(?3 AS INTEGER)",
    )
    .bind(org.as_str())
    .bind(run)
    .bind(i64::try_from(count).unwrap_or(i64::MAX))
    .bind(text::first_of_run(run))
    .bind(text::after_run(run))
    .bind(viewer.only().map(ZohoId::as_str))
}

/// The newest entries of a record, newest first; `before` an entry, when older ones are wanted. Whoever reads the record is told
/// of everybody's, through [`Kept::told`].
#[must_use]
pub fn select(viewer: &RecordReader<'_>, before: Option<&str>, count: usize) -> Statement {
    let (module, crm_id) = viewer.key;
    // Ids sort by time; U+007F sorts after all of them.
    Statement::new(
        "SELECT body, read_by FROM entries WHERE org = ?1 AND module = ?2 AND crm_id = ?3 AND id < ?4 \
         ORDER BY id DESC LIMIT CAST(?5 AS INTEGER)",
    )
    .bind(viewer.member.org.as_str())
    .bind(module.api_name())
    .bind(crm_id.as_str())
    .bind(before.unwrap_or("\u{7f}"))
    .bind(i64::try_from(count).unwrap_or(i64::MAX))
}

/// Of how many records the newest entry has this problem first, as far as the viewer is told: nothing, unless it is everybody's
/// entries that they see. The row of [`read_count`].
#[must_use]
pub fn count_newest(org: &OrgId, viewer: &Viewer, code: Code) -> Statement {
    Statement::new(
        "SELECT count(*) AS count FROM entries e WHERE e.org = ?1 AND e.problem = ?2 AND ?3 IS NULL AND NOT EXISTS \
         (SELECT 1 FROM entries n WHERE n.org = e.org AND n.module = e.module AND n.crm_id = e.crm_id AND n.id > e.id)",
    )
    .bind(org.as_str())
    .bind(code.as_str())
    .bind(viewer.only().map(ZohoId::as_str))
}

/// Reads the row of [`count_newest`].
///
/// # Errors
/// [`DatabaseError::Shape`] when it is not of that shape.
pub fn read_count(rows: Vec<Row>) -> Result<u32, DatabaseError> {
    #[derive(Deserialize)]
    struct Columns {
        count: u32,
    }
    let columns = rows.into_iter().next().map(Row::read::<Columns>).transpose()?;
    Ok(columns.map_or(0, |columns| columns.count))
}

/// Reads rows of [`select`].
///
/// # Errors
/// [`DatabaseError::Shape`] when they are not of that shape.
pub fn read(rows: Vec<Row>) -> Result<Vec<Kept>, DatabaseError> {
    rows.into_iter()
        .map(|row| {
            let Body { body, read_by } = row.read()?;
            let entry = json("entries.body", &body)?;
            Ok(Kept { entry, reading: json("entries.body", &body)?, read_by })
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
            // Every organisation that has entries has a connection: they go together.
            Statement::new(
                "DELETE FROM entries WHERE (org, id) IN (SELECT e.org, e.id FROM connections c CROSS JOIN entries e \
                 INDEXED BY entries_in_order ON e.org = c.org AND e.id < ?3 AND e.at < ?1 \
                 LIMIT CAST(?2 AS INTEGER)) RETURNING id",
            )
            .bind(text::instant(before))
            .bind(count)
            .bind(text::time_prefix(before)),
        )
        .await?;
    Ok(rows.len())
}
