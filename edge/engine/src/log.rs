//! The log: what became of each record, filtered, page by page and as a file for spreadsheets.

use crate::access::Refusal;
use crate::store::sessions::User;
use crate::store::{entries, log, organisations};
use crate::sync::Engine;
use chrono_tz::Tz;
use ports::Ports;
use shared::api::EntryView;
use shared::api::runs::{LogPage, LogQuery};
use shared::id::ZohoId;
use shared::problem::{Code, Severity};
use std::borrow::Cow;

/// How many entries a page has when nothing is said, and at most.
const PAGE: u32 = 50;
const LONGEST_PAGE: u32 = 200;

/// How many entries a CSV file has at most, and how many are read at once.
const CSV_ROWS: u32 = 10_000;
const CSV_PAGE: usize = 500;

/// The columns of the CSV file.
const COLUMNS: [&str; 11] =
    ["Time", "Direction", "Pair", "Record", "Outcome", "Problem", "Comment", "By", "Run", "CRM id", "Xero id"];

impl<P: Ports> Engine<'_, P> {
    /// A page of the log, newest first. Who is no administrator gets the entries of the own clicks and runs.
    ///
    /// # Errors
    /// [`Refusal`] when the limit is out of range, or the database fails.
    pub async fn log(&self, user: &User, query: &LogQuery) -> Result<LogPage, Refusal> {
        let limit = limit(query, PAGE, LONGEST_PAGE)?;
        let rows = self.ports.query(log::select(&user.org, own(user), query, limit + 1)).await?;
        let mut entries = entries::read(rows)?;
        let more = entries.len() > limit;
        entries.truncate(limit);
        Ok(LogPage { entries, more })
    }

    /// The log as CSV (RFC 4180, UTF-8 with a byte order mark, as spreadsheets want it), newest first.
    ///
    /// # Errors
    /// [`Refusal`] when the limit is out of range, or the database fails.
    pub async fn log_csv(&self, user: &User, query: &LogQuery) -> Result<String, Refusal> {
        let limit = limit(query, CSV_ROWS, CSV_ROWS)?;
        let kept = self.ports.query(organisations::select(&user.org)).await?;
        let kept = kept.into_iter().next().map(organisations::read).transpose()?.unwrap_or_default();
        let zone = kept.crm.and_then(|(crm, _)| crm.time_zone.parse().ok()).unwrap_or(Tz::UTC);
        let mut csv = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
        csv.write_record(COLUMNS).map_err(Refusal::internal)?;
        let mut query = query.clone();
        let mut written = 0;
        while written < limit {
            let page = CSV_PAGE.min(limit - written);
            let rows = self.ports.query(log::select(&user.org, own(user), &query, page)).await?;
            let entries = entries::read(rows)?;
            for entry in &entries {
                csv.write_record(cells(entry, zone).iter().map(|cell| harmless(cell).into_owned()))
                    .map_err(Refusal::internal)?;
            }
            written += entries.len();
            match entries.last() {
                Some(last) if entries.len() == page => query.before = Some(last.id.clone()),
                _ => break,
            }
        }
        let bytes = csv.into_inner().map_err(Refusal::internal)?;
        let text = String::from_utf8(bytes).map_err(Refusal::internal)?;
        Ok(format!("\u{feff}{text}"))
    }
}

/// Whose entries a user gets: all for administrators, else the own ones.
fn own(user: &User) -> Option<&ZohoId> {
    (!user.administrator).then_some(&user.id)
}

fn limit(query: &LogQuery, usual: u32, most: u32) -> Result<usize, Refusal> {
    let limit = query.limit.unwrap_or(usual);
    if !(1..=most).contains(&limit) {
        let facts = [("field", "limit".to_owned()), ("reason", format!("it is from 1 to {most}"))];
        return Err(Refusal::of(Code::InvalidRequest, &facts));
    }
    Ok(usize::try_from(limit).unwrap_or(usize::MAX))
}

fn cells(entry: &EntryView, zone: Tz) -> [String; 11] {
    let word = |value: serde_json::Result<serde_json::Value>| {
        value.ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
    };
    let errors = || entry.problems.iter().filter(|problem| problem.severity != Severity::Warning);
    let told: Vec<_> = if errors().next().is_some() { errors().collect() } else { entry.problems.iter().collect() };
    let comment: Vec<String> = told.iter().map(|problem| format!("{} {}", problem.what, problem.fix)).collect();
    [
        entry.at.with_timezone(&zone).to_rfc3339_opts(chrono::SecondsFormat::Secs, false),
        word(serde_json::to_value(entry.direction)),
        entry.module.api_name().to_owned(),
        entry.name.clone(),
        word(serde_json::to_value(entry.outcome)),
        entry.problems.first().map(|problem| problem.code.as_str()).unwrap_or_default(),
        comment.join("\n"),
        entry.by.clone().unwrap_or_default(),
        entry.run.clone().unwrap_or_default(),
        entry.record_id.clone(),
        entry.xero_id.clone().unwrap_or_default(),
    ]
}

/// A cell that no spreadsheet takes for a formula (<https://owasp.org/www-community/attacks/CSV_Injection>).
fn harmless(cell: &str) -> Cow<'_, str> {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}").into() } else { cell.into() }
}
