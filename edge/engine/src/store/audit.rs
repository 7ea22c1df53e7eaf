//! Table `audit`: what administrators changed.

use crate::text;
use chrono::{DateTime, Utc};
use ports::{DatabaseError, Random, Row, Statement};
use serde::Deserialize;
pub use shared::api::portal::AuditAction as Action;
use shared::api::portal::AuditView;
use shared::id::{OrgId, ZohoId};
use shared::settings::Settings;
use shared::settings::differences::differences;

/// How many changes a page has.
pub const PAGE: usize = 50;

#[derive(Deserialize)]
struct Columns {
    id: String,
    at: String,
    user: String,
    action: String,
    detail: String,
}

/// Notes an administrator's action. `detail`: what it was done to, by the name that people know.
#[must_use]
pub fn note(
    random: &impl Random,
    org: &OrgId,
    user: &str,
    action: Action,
    detail: &str,
    now: DateTime<Utc>,
) -> Statement {
    Statement::new("INSERT INTO audit (org, id, at, user, action, detail) VALUES (?1, ?2, ?3, ?4, ?5, ?6)")
        .bind(org.as_str())
        .bind(text::time_id(now, random))
        .bind(text::instant(now))
        .bind(user)
        .bind(action.as_str())
        .bind(detail)
}

/// Notes that an administrator ends somebody else's session, by the id that lists show. Goes before the session does; nothing
/// is noted of an own one or of one that has ended.
#[must_use]
pub fn note_ended_session(
    random: &impl Random,
    org: &OrgId,
    (by, name): (&ZohoId, &str),
    session: &str,
    now: DateTime<Utc>,
) -> Statement {
    Statement::new(
        "INSERT INTO audit (org, id, at, user, action, detail) SELECT ?1, ?2, ?3, ?4, ?7, u.name \
         FROM sessions s JOIN users u ON u.org = s.org AND u.id = s.user \
         WHERE s.org = ?1 AND substr(s.token_hash, 1, 16) = ?5 AND s.user <> ?6",
    )
    .bind(org.as_str())
    .bind(text::time_id(now, random))
    .bind(text::instant(now))
    .bind(name)
    .bind(session)
    .bind(by.as_str())
    .bind(Action::EndSession.as_str())
}

/// Notes what an administrator changed of the settings. `action` is one of those that do so.
///
/// # Errors
/// [`DatabaseError::Shape`] when the settings can't be written as JSON.
pub fn note_settings(
    random: &impl Random,
    org: &OrgId,
    user: &str,
    action: Action,
    (before, after): (&Settings, &Settings),
    now: DateTime<Utc>,
) -> Result<Statement, DatabaseError> {
    let value = |settings| serde_json::to_value(settings).map_err(shape);
    let detail = serde_json::to_string(&differences(value(before)?, value(after)?)).map_err(shape)?;
    Ok(note(random, org, user, action, &detail, now))
}

fn shape(error: serde_json::Error) -> DatabaseError {
    DatabaseError::Shape(format!("audit.detail: {error}"))
}

/// Changes, newest first, older than `before`.
#[must_use]
pub fn select(org: &OrgId, before: Option<&str>, count: usize) -> Statement {
    // Ids sort by time; U+007F sorts after all of them.
    Statement::new(
        "SELECT id, at, user, action, detail FROM audit WHERE org = ?1 AND id < ?2 \
         ORDER BY id DESC LIMIT CAST(?3 AS INTEGER)",
    )
    .bind(org.as_str())
    .bind(before.unwrap_or("\u{7f}"))
    .bind(i64::try_from(count).unwrap_or(i64::MAX))
}

/// Reads the rows of [`select`].
///
/// # Errors
/// [`DatabaseError::Shape`] when they are not of that shape.
pub fn read(rows: Vec<Row>) -> Result<Vec<AuditView>, DatabaseError> {
    rows.into_iter()
        .map(|row| {
            let Columns { id, at, user: by, action, detail } = row.read()?;
            let at = text::parse_instant(&at).ok_or_else(|| DatabaseError::Shape(format!("audit.at: {at:?}")))?;
            // Details of changed settings are what differs, as JSON.
            let settings = Action::of(&action).is_some_and(Action::changes_settings);
            let changes = settings.then(|| serde_json::from_str(&detail).ok()).flatten();
            // What can't be read as changes is shown as it is: one line must not hide all others.
            let detail = if changes.is_some() { String::new() } else { detail };
            Ok(AuditView { id, at, by, action, detail, changes: changes.unwrap_or_default() })
        })
        .collect()
}
