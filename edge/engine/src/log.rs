//! The log: what became of each record, filtered, page by page, as a table, day by day and as a file for spreadsheets.

use crate::access::Refusal;
use crate::access::rights::Member;
use crate::schedule;
use crate::spreadsheet::harmless;
use crate::store::log::FileLine;
use crate::store::{entries, log, organisations};
use crate::sync::Engine;
use crate::text::plural;
use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use chrono_tz::Tz;
use ports::Ports;
use shared::api::portal::{DayView, DaysView, LogRows, SyncKind};
use shared::api::runs::{LogPage, LogQuery};
use shared::api::{EntryView, Outcome};
use shared::language::Language;
use shared::problem::{self, Severity, label_in_language};
use shared::settings::Direction;

/// How many entries a page has when nothing is said, and at most.
const PAGE: u32 = 50;
const LONGEST_PAGE: u32 = 200;

/// How many entries a CSV file has at most, and how many are read at once.
const CSV_ROWS: u32 = 10_000;
const CSV_PAGE: usize = 500;

/// The columns of the CSV file.
fn columns(language: Language) -> [&'static str; 13] {
    language.of(
        [
            "Time",
            "Direction",
            "Pair",
            "Type of sync",
            "Record",
            "Customer or supplier",
            "Outcome",
            "Problem",
            "Comment",
            "By",
            "Run",
            "CRM id",
            "Xero id",
        ],
        [
            "Zeit",
            "Richtung",
            "Paar",
            "Art des Abgleichs",
            "Datensatz",
            "Kunde oder Lieferant",
            "Ergebnis",
            "Problem",
            "Bemerkung",
            "Von",
            "Abgleich",
            "CRM-Kennung",
            "Xero-Kennung",
        ],
    )
}

/// The days of the log's picture, today included: entries are kept for 30 days.
const DAYS: u64 = 30;

impl<P: Ports> Engine<'_, P> {
    /// A page of the log, newest first. Who is no administrator gets the entries of the own clicks and runs.
    ///
    /// # Errors
    /// [`Refusal`] when the limit is out of range, or the database fails.
    pub async fn log(&self, user: &Member, query: &LogQuery) -> Result<LogPage, Refusal> {
        checked(query)?;
        let limit = limit(query, PAGE, LONGEST_PAGE)?;
        let rows = self.ports.query(log::select(&user.org, &user.viewer(), query, limit + 1)).await?;
        let mut kept = entries::read(rows)?;
        let more = kept.len() > limit;
        kept.truncate(limit);
        // No record is read in a list, so nobody is told what somebody else was shown.
        let entries = kept.into_iter().map(|kept| kept.listed(user)).collect();
        Ok(LogPage { entries, more })
    }

    /// A page of the log as a table. The first page says how many rows there are.
    ///
    /// # Errors
    /// As [`Engine::log`].
    pub async fn log_rows(&self, user: &Member, query: &LogQuery) -> Result<LogRows, Refusal> {
        checked(query)?;
        let limit = limit(query, PAGE, LONGEST_PAGE)?;
        let mut statements = vec![log::select_rows(&user.org, &user.viewer(), query, limit + 1)];
        if query.before.is_none() {
            statements.push(log::count(&user.org, &user.viewer(), query));
        }
        let mut answers = self.ports.batch(statements).await?.into_iter();
        let mut rows = log::read_rows(answers.next().unwrap_or_default(), self.language)?;
        let total = answers.next().map(log::read_total).transpose()?;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let problems = problem::in_general(rows.iter().filter_map(|row| row.problem).chain(query.problem));
        Ok(LogRows { rows, more, total, problems })
    }

    /// One entry, whole.
    ///
    /// # Errors
    /// [`Refusal`] with `RunUnknown` when there is none, or it is somebody else's and the user is no administrator.
    pub async fn entry(&self, user: &Member, id: &str) -> Result<EntryView, Refusal> {
        let rows = self.ports.query(entries::select_one(&user.org, &user.viewer(), id)).await?;
        let kept = entries::read(rows)?.pop().ok_or_else(problem::run_unknown)?;
        Ok(kept.listed(user))
    }

    /// What became of the records of the last 30 days, day by day in the CRM organisation's zone.
    ///
    /// # Errors
    /// [`Refusal`] when the database fails.
    pub async fn days(&self, user: &Member) -> Result<DaysView, Refusal> {
        let kept = self.ports.query(organisations::select(&user.org)).await?;
        let kept = kept.into_iter().next().map(organisations::read).transpose()?.unwrap_or_default();
        let zone: Tz = kept.time_zone().parse().unwrap_or(Tz::UTC);
        let days = days(zone, self.ports.now());
        let spans: Vec<_> = days.iter().map(|(_, from, until)| (*from, *until)).collect();
        let rows = self.ports.query(log::select_days(&user.org, &user.viewer(), &spans)).await?;
        let days = days.into_iter().zip(log::read_days(rows)?).map(|((day, from, until), (counts, runs))| DayView {
            day: day.to_string(),
            from,
            until,
            runs,
            counts,
        });
        Ok(DaysView { time_zone: zone.name().to_owned(), days: days.collect() })
    }

    /// The log as CSV (RFC 4180, UTF-8 with a byte order mark, as spreadsheets want it), newest first, in the language of
    /// whoever asks. Ids, a problem's code and instants are for machines and the same in every language.
    ///
    /// # Errors
    /// [`Refusal`] when the limit is out of range, or the database fails.
    pub async fn log_csv(&self, user: &Member, query: &LogQuery) -> Result<String, Refusal> {
        checked(query)?;
        let limit = limit(query, CSV_ROWS, CSV_ROWS)?;
        let kept = self.ports.query(organisations::select(&user.org)).await?;
        let kept = kept.into_iter().next().map(organisations::read).transpose()?.unwrap_or_default();
        let zone = kept.time_zone().parse().unwrap_or(Tz::UTC);
        let mut csv = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
        csv.write_record(columns(self.language)).map_err(Refusal::internal)?;
        let mut query = query.clone();
        let mut written = 0;
        while written < limit {
            let page = CSV_PAGE.min(limit - written);
            let rows = self.ports.query(log::select_file(&user.org, &user.viewer(), &query, page)).await?;
            let lines = log::read_file(rows, user)?;
            for line in &lines {
                csv.write_record(cells(line, zone, self.language).iter().map(|cell| harmless(cell).into_owned()))
                    .map_err(Refusal::internal)?;
            }
            written += lines.len();
            match lines.last() {
                Some(last) if lines.len() == page => query.before = Some(last.entry.id.clone()),
                _ => break,
            }
        }
        let text = csv.into_inner().ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let text = text.ok_or_else(|| Refusal::internal("the file could not be written"))?;
        Ok(format!("\u{feff}{text}"))
    }
}

/// The last days up to today, each with its first instant and the next one's. A midnight that the clock is put forward
/// over is the first instant after it.
fn days(zone: Tz, now: DateTime<Utc>) -> Vec<(NaiveDate, DateTime<Utc>, DateTime<Utc>)> {
    let today = now.with_timezone(&zone).date_naive();
    let begins = |day: NaiveDate| schedule::instant(zone, day.and_time(NaiveTime::MIN));
    let days = (0..DAYS).rev().filter_map(|ago| today.checked_sub_days(Days::new(ago)));
    days.filter_map(|day| Some((day, begins(day)?, begins(day.succ_opt()?)?))).collect()
}

fn checked(query: &LogQuery) -> Result<(), Refusal> {
    if query.name.as_ref().is_some_and(|name| name.chars().count() > log::NAME) {
        return Err(Refusal::from(problem::invalid_request(
            "name",
            Some(format!("it has at most {} characters", log::NAME)),
            None,
        )));
    }
    Ok(())
}

fn limit(query: &LogQuery, usual: u32, most: u32) -> Result<usize, Refusal> {
    let limit = query.limit.unwrap_or(usual);
    if !(1..=most).contains(&limit) {
        return Err(Refusal::from(problem::invalid_request("limit", Some(format!("it is from 1 to {most}")), None)));
    }
    Ok(usize::try_from(limit).unwrap_or(usize::MAX))
}

fn directed(direction: Direction, language: Language) -> &'static str {
    match direction {
        Direction::ToXero => language.of("to_xero", "Nach Xero"),
        Direction::ToCrm => language.of("to_crm", "Ins CRM"),
        Direction::Both => language.of("both", "Beidseitig"),
    }
}

fn started_by(sync: SyncKind, language: Language) -> &'static str {
    match sync {
        SyncKind::Click => language.of("click", "Klick"),
        SyncKind::Manual => language.of("manual", "Von Hand"),
        SyncKind::Scheduled => language.of("scheduled", "Zeitplan"),
        SyncKind::Bulk => language.of("bulk", "Liste"),
        SyncKind::Retry => language.of("retry", "Wiederholung"),
    }
}

fn ended(outcome: Outcome, language: Language) -> &'static str {
    match outcome {
        Outcome::Created => language.of("created", "Gesendet"),
        Outcome::Updated => language.of("updated", "Aktualisiert"),
        Outcome::Unchanged => language.of("unchanged", "Im Einklang"),
        Outcome::Skipped => language.of("skipped", "Ausgelassen"),
        Outcome::Failed => language.of("failed", "Fehlgeschlagen"),
        Outcome::Deferred => language.of("deferred", "Aufgeschoben"),
        Outcome::Undecided => language.of("undecided", "Zu entscheiden"),
    }
}

fn cells(line: &FileLine, zone: Tz, language: Language) -> [String; 13] {
    let FileLine { entry, sync } = line;
    let errors = || entry.problems.iter().filter(|problem| problem.severity != Severity::Warning);
    let told: Vec<_> = if errors().next().is_some() { errors().collect() } else { entry.problems.iter().collect() };
    let told = told.into_iter().map(|problem| problem.clone().in_language(language));
    let told: Vec<String> = told.map(|problem| format!("{} {}", problem.what, problem.fix)).collect();
    // Where nothing is wrong it is what changed, as in the list.
    let changed = || {
        let labels = entry.changes.iter().map(|change| label_in_language(&change.label, language));
        labels.collect::<Vec<_>>().join(", ")
    };
    let comment = if told.is_empty() { changed() } else { told.join("\n") };
    [
        entry.at.with_timezone(&zone).to_rfc3339_opts(chrono::SecondsFormat::Secs, false),
        directed(entry.took(), language).to_owned(),
        match language {
            Language::English => entry.module.api_name().to_owned(),
            Language::German => label_in_language(&plural(entry.module), language),
        },
        started_by(*sync, language).to_owned(),
        entry.name.clone(),
        entry.party.clone().unwrap_or_default(),
        ended(entry.outcome, language).to_owned(),
        entry.problems.first().map(|problem| problem.code.as_str()).unwrap_or_default(),
        comment,
        entry.by.clone().unwrap_or_default(),
        entry.run.clone().unwrap_or_default(),
        entry.record_id.clone(),
        entry.xero_id.clone().unwrap_or_default(),
    ]
}
