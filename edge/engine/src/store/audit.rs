//! Table `audit`: what administrators changed.

use crate::text;
use chrono::{DateTime, Utc};
use ports::{Random, Statement};
use shared::id::ZohoOrgId;

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
