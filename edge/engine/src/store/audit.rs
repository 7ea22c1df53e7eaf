//! Table `audit`: what administrators changed.

use crate::text;
use chrono::{DateTime, Utc};
use ports::{DatabaseError, Random, Row, Statement};
use serde::Deserialize;
use shared::api::portal::AuditView;
use shared::id::ZohoOrgId;

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

/// Notes an administrator's action.
#[must_use]
pub fn note(
    random: &impl Random,
    org: &ZohoOrgId,
    user: &str,
    action: &'static str,
    detail: &str,
    now: DateTime<Utc>,
) -> Statement {
    Statement::new("INSERT INTO audit (org, id, at, user, action, detail) VALUES (?1, ?2, ?3, ?4, ?5, ?6)")
        .bind(org.as_str())
        .bind(text::time_id(now, random))
        .bind(text::instant(now))
        .bind(user)
        .bind(action)
        .bind(detail)
}

/// Changes, newest first, older than `before`.
#[must_use]
pub fn select(org: &ZohoOrgId, before: Option<&str>, count: usize) -> Statement {
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
            Ok(AuditView { id, at, by, action, detail })
        })
        .collect()
}
