//! Table `entries` as the log asks for it: by any of several filters, newest first, page by page, and day by day.

use super::{entries, json};
use crate::access::rights::{Member, Viewer};
use crate::text;
use chrono::{DateTime, Duration, Utc};
use ports::{DatabaseError, Row, Statement};
use serde::Deserialize;
use serde_json::json as value;
use shared::api::portal::{LogRow, SyncKind};
use shared::api::runs::{Counts, LogQuery, RunKind};
use shared::api::{EntryView, Outcome};
use shared::id::{OrgId, XeroId, ZohoId};
use shared::language::Language;
use shared::module::Module;
use shared::problem::{Problem, label_in_language};
use shared::settings::Direction;

/// How much younger than its id an entry may be: ids bound the search, times decide. The entries of a run carry the
/// time of its start in their ids, and a run may wait for days.
const SLACK_DAYS: i64 = 30;

/// A statement over the entries that the filters leave: its columns, the index by which it searches, what is joined,
/// the condition that goes with the index, and the end.
macro_rules! filtered {
    ($columns:literal, $index:literal, $join:literal, $condition:literal, $end:literal) => {
        concat!(
            "SELECT ",
            $columns,
            " FROM entries e INDEXED BY ",
            $index,
            $join,
            " WHERE e.org = ?1 AND e.id >= ?3 AND e.id < ?4 AND (?5 IS NULL OR e.module = ?5) \
             AND (?6 IS NULL OR e.outcome = ?6) AND (?7 IS NULL OR e.problem = ?7) \
             AND (?9 IS NULL OR e.xero_id = ?9) AND (?10 IS NULL OR e.at >= ?10) AND (?11 IS NULL OR e.at < ?11) \
             AND (?12 IS NULL OR e.user = ?12) AND (?13 IS NULL OR instr(CASE WHEN ?12 IS NULL OR e.read_by = ?12 \
             THEN e.names ELSE substr(e.names, 1, instr(e.names, char(10))) END, ?13) > 0) AND ",
            $condition,
            $end
        )
    };
}

/// The statements for each of the three ways to search: by run, by CRM record, and through all entries. The entries of a
/// run stand together in the order of all.
macro_rules! searches {
    ($columns:literal, $join:literal, $end:literal) => {
        [
            filtered!($columns, "entries_in_order", $join, "e.run = ?2 AND (?8 IS NULL OR e.crm_id = ?8)", $end),
            filtered!(
                $columns,
                "entries_by_record",
                $join,
                "?2 IS NULL AND e.module IN ('Accounts', 'Contacts', 'Vendors', 'Products', 'Invoices', \
                 'Purchase_Orders') AND e.crm_id = ?8",
                $end
            ),
            filtered!($columns, "entries_in_order", $join, "?2 IS NULL AND (?8 IS NULL OR e.crm_id = ?8)", $end),
        ]
    };
}

const BODIES: [&str; 3] = searches!("e.body, e.read_by", "", " ORDER BY e.id DESC LIMIT CAST(?14 AS INTEGER)");
const ROWS: [&str; 3] = searches!(
    "e.id, e.at, e.module, e.direction, e.crm_id, e.xero_id, e.name, \
     CASE WHEN ?12 IS NULL THEN coalesce(e.party, json_extract(e.body, '$.party')) \
     WHEN e.read_by = ?12 THEN e.party END AS party, e.run, e.user, e.user_name, e.outcome, \
     e.comment, e.problem, e.read_by, json_extract(e.body, '$.problems[0]') AS first_problem, r.kind",
    " LEFT JOIN runs r ON r.org = e.org AND r.id = e.run",
    " ORDER BY e.id DESC LIMIT CAST(?14 AS INTEGER)"
);
const FILE: [&str; 3] = searches!(
    "e.id, e.body, e.read_by, e.run, e.user, e.user_name, r.kind",
    " LEFT JOIN runs r ON r.org = e.org AND r.id = e.run",
    " ORDER BY e.id DESC LIMIT CAST(?14 AS INTEGER)"
);
const COUNTS: [&str; 3] = searches!("count(*) AS total", "", "");

/// The longest name that is searched for.
pub const NAME: usize = 100;

/// A page of entries, whole. Those that the viewer is told of.
#[must_use]
pub fn select(org: &OrgId, viewer: &Viewer, query: &LogQuery, count: usize) -> Statement {
    search(BODIES, org, viewer, query).bind(i64::try_from(count).unwrap_or(i64::MAX))
}

/// The same page as rows of a table, for [`read_rows`].
#[must_use]
pub fn select_rows(org: &OrgId, viewer: &Viewer, query: &LogQuery, count: usize) -> Statement {
    search(ROWS, org, viewer, query).bind(i64::try_from(count).unwrap_or(i64::MAX))
}

/// The same page as lines of a file, for [`read_file`].
#[must_use]
pub fn select_file(org: &OrgId, viewer: &Viewer, query: &LogQuery, count: usize) -> Statement {
    search(FILE, org, viewer, query).bind(i64::try_from(count).unwrap_or(i64::MAX))
}

/// How many entries the query finds, for [`read_total`].
#[must_use]
pub fn count(org: &OrgId, viewer: &Viewer, query: &LogQuery) -> Statement {
    search(COUNTS, org, viewer, query)
}

fn search(statements: [&'static str; 3], org: &OrgId, viewer: &Viewer, query: &LogQuery) -> Statement {
    // Each search goes by the index that leads to its rows in the order of their ids.
    let [by_run, by_record, in_order] = statements;
    let sql = match (&query.run, query.record.as_deref()) {
        (Some(_), _) => by_run,
        (None, Some(record)) if ZohoId::new(record).is_ok() => by_record,
        (None, _) => in_order,
    };
    let slack = Duration::days(SLACK_DAYS);
    let oldest = query.from.and_then(|from| from.checked_sub_signed(slack)).map(text::time_prefix).unwrap_or_default();
    let newest = query.until.and_then(|until| until.checked_add_signed(Duration::days(1))).map(text::time_prefix);
    let first_of_run = query.run.as_deref().map(text::first_of_run).unwrap_or_default();
    let oldest = oldest.max(first_of_run);
    let bounds = [query.before.clone(), newest, query.run.as_deref().map(text::after_run)];
    // U+007F sorts after all ids.
    let below = bounds.into_iter().flatten().min().unwrap_or_else(|| "\u{7f}".to_owned());
    let crm_id = query.record.as_deref().filter(|record| XeroId::new(*record).is_err());
    let xero_id = query.record.as_deref().filter(|record| XeroId::new(*record).is_ok());
    let outcome = query.outcome.and_then(|outcome| serde_json::to_value(outcome).ok());
    let name = query.name.as_deref().map(|name| name.trim().to_lowercase()).filter(|name| !name.is_empty());
    Statement::new(sql)
        .bind(org.as_str())
        .bind(query.run.clone())
        .bind(oldest)
        .bind(below)
        .bind(query.module.map(|module| module.api_name()))
        .bind(outcome.and_then(|outcome| outcome.as_str().map(str::to_owned)))
        .bind(query.problem.map(|code| code.as_str()))
        .bind(crm_id)
        .bind(xero_id.map(str::to_lowercase))
        .bind(query.from.map(text::instant))
        .bind(query.until.map(text::instant))
        .bind(viewer.only().map(ZohoId::as_str))
        .bind(name)
}

#[derive(Deserialize)]
struct Columns {
    id: String,
    at: String,
    module: Module,
    direction: Direction,
    crm_id: String,
    xero_id: Option<String>,
    name: String,
    party: Option<String>,
    run: Option<String>,
    user: Option<String>,
    user_name: Option<String>,
    outcome: Outcome,
    comment: String,
    problem: Option<String>,
    read_by: Option<String>,
    first_problem: Option<String>,
    kind: Option<RunKind>,
}

impl Columns {
    /// The comment in a language. It is kept in English; a problem is told anew, of the facts that the kept comment tells.
    fn told(&self, language: Language) -> String {
        if language == Language::English {
            return self.comment.clone();
        }
        let first = self.first_problem.as_deref().and_then(|first| serde_json::from_str::<Problem>(first).ok());
        let Some(first) = first else { return label_in_language(&self.comment, language) };
        let first = match (&self.user, &self.read_by) {
            (Some(_), None) => entries::told_of(&first, &self.name),
            _ => first,
        };
        entries::short(first.in_language(language).what)
    }
}

/// Reads the rows of [`select_rows`], with their comments in a language.
///
/// # Errors
/// [`DatabaseError::Shape`] when they are not of that shape.
pub fn read_rows(rows: Vec<Row>, language: Language) -> Result<Vec<LogRow>, DatabaseError> {
    rows.into_iter().map(|row| row.read().and_then(|columns| log_row(columns, language))).collect()
}

fn log_row(columns: Columns, language: Language) -> Result<LogRow, DatabaseError> {
    let at = text::parse_instant(&columns.at)
        .ok_or_else(|| DatabaseError::Shape(format!("entries.at: {:?}", columns.at)))?;
    let is_somebodys = columns.user_name.is_some() || columns.user.is_some();
    let comment = columns.told(language);
    Ok(LogRow {
        id: columns.id,
        at,
        module: columns.module,
        direction: columns.direction,
        record_id: columns.crm_id,
        xero_id: columns.xero_id,
        name: columns.name,
        party: columns.party,
        sync: sync_kind(columns.run.is_some(), columns.kind, is_somebodys),
        by: columns.user_name,
        outcome: columns.outcome,
        comment,
        // A code of an older version is none.
        problem: columns.problem.and_then(|code| serde_json::from_value(value!(code)).ok()),
        run: columns.run,
    })
}

/// What started a sync: the kind of its run, where it was in one and that is still kept.
fn sync_kind(in_run: bool, kind: Option<RunKind>, is_somebodys: bool) -> SyncKind {
    match (in_run, kind) {
        (false, _) => SyncKind::Click,
        (true, Some(kind)) => SyncKind::from(Some(kind)),
        // The run is older than what is kept of runs: nobody's was the schedule's.
        (true, None) if !is_somebodys => SyncKind::Scheduled,
        (true, None) => SyncKind::Manual,
    }
}

/// A line of a file.
#[derive(Debug, Clone, PartialEq)]
pub struct FileLine {
    /// The entry, as its reader is told of it.
    pub entry: EntryView,
    /// What started it.
    pub sync: SyncKind,
}

/// Reads the rows of [`select_file`].
///
/// # Errors
/// [`DatabaseError::Shape`] when they are not of that shape.
pub fn read_file(rows: Vec<Row>, to: &Member) -> Result<Vec<FileLine>, DatabaseError> {
    #[derive(Deserialize)]
    struct Columns {
        run: Option<String>,
        user: Option<String>,
        user_name: Option<String>,
        kind: Option<RunKind>,
    }
    rows.into_iter()
        .map(|row| {
            let columns: Columns = row.clone().read()?;
            let kept = entries::read(vec![row])?.pop();
            let kept = kept.ok_or_else(|| DatabaseError::Shape("entries: no row".to_owned()))?;
            let is_somebodys = columns.user_name.is_some() || columns.user.is_some();
            Ok(FileLine { entry: kept.listed(to), sync: sync_kind(columns.run.is_some(), columns.kind, is_somebodys) })
        })
        .collect()
}

/// Reads the row of [`count`].
///
/// # Errors
/// [`DatabaseError::Shape`] when it is not of that shape.
pub fn read_total(rows: Vec<Row>) -> Result<u32, DatabaseError> {
    #[derive(Deserialize)]
    struct Total {
        total: u32,
    }
    Ok(rows.into_iter().next().map(Row::read::<Total>).transpose()?.map_or(0, |row| row.total))
}

/// What became of the records of each of these days (from, until), and how many runs were started on it, previews left
/// out; for [`read_days`]. Those that the viewer is told of.
#[must_use]
pub fn select_days(org: &OrgId, viewer: &Viewer, days: &[(DateTime<Utc>, DateTime<Utc>)]) -> Statement {
    // A run's entries carry the time of its start in their ids, which may be days ago.
    let slack = Duration::days(SLACK_DAYS);
    let oldest = days.iter().map(|(from, _)| *from).min().and_then(|from| from.checked_sub_signed(slack));
    let days: Vec<_> = days
        .iter()
        .map(|(from, until)| {
            value!([text::instant(*from), text::instant(*until), text::time_prefix(*from), text::time_prefix(*until)])
        })
        .collect();
    // One pass over all entries, quarter by quarter of an hour: no day begins within one, in whichever zone. Only the quarters
    // are looked up among the days.
    Statement::new(
        "WITH days AS MATERIALIZED (SELECT key, json_extract(value, '$[0]') AS since, json_extract(value, '$[1]') AS until, \
         json_extract(value, '$[2]') AS first, json_extract(value, '$[3]') AS after FROM json_each(?2)), \
         quarters AS MATERIALIZED (SELECT min(at) AS at, outcome, count(*) AS number FROM entries \
         INDEXED BY entries_in_order WHERE org = ?1 AND id >= ?4 AND (?3 IS NULL OR user = ?3) \
         GROUP BY substr(at, 1, 14), CAST(substr(at, 15, 2) AS INTEGER) / 15, outcome), \
         counted AS MATERIALIZED (SELECT (SELECT key FROM days WHERE quarters.at >= since AND quarters.at < until) AS day, outcome, \
         number FROM quarters) \
         SELECT json_object('candidates', coalesce(sum(number), 0), \
         'created', coalesce(sum(number) FILTER (WHERE outcome = 'created'), 0), \
         'updated', coalesce(sum(number) FILTER (WHERE outcome = 'updated'), 0), \
         'unchanged', coalesce(sum(number) FILTER (WHERE outcome = 'unchanged'), 0), \
         'skipped', coalesce(sum(number) FILTER (WHERE outcome = 'skipped'), 0), \
         'failed', coalesce(sum(number) FILTER (WHERE outcome = 'failed'), 0), \
         'deferred', coalesce(sum(number) FILTER (WHERE outcome = 'deferred'), 0), \
         'undecided', coalesce(sum(number) FILTER (WHERE outcome = 'undecided'), 0)) AS counts, \
         (SELECT count(*) FROM runs WHERE org = ?1 AND id >= days.first AND id < days.after \
         AND NOT json_extract(body, '$.preview') AND (?3 IS NULL OR user = ?3)) AS runs \
         FROM days LEFT JOIN counted ON counted.day = days.key GROUP BY days.key ORDER BY days.key",
    )
    .bind(org.as_str())
    .bind(value!(days).to_string())
    .bind(viewer.only().map(ZohoId::as_str))
    .bind(oldest.map(text::time_prefix).unwrap_or_default())
}

/// Reads the rows of [`select_days`]: of each day the counts and the runs.
///
/// # Errors
/// [`DatabaseError::Shape`] when they are not of that shape.
pub fn read_days(rows: Vec<Row>) -> Result<Vec<(Counts, u32)>, DatabaseError> {
    #[derive(Deserialize)]
    struct Day {
        counts: String,
        runs: u32,
    }
    rows.into_iter()
        .map(|row| {
            let day: Day = row.read()?;
            Ok((json("entries by day", &day.counts)?, day.runs))
        })
        .collect()
}
