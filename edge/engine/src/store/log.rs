//! Table `entries` as the log asks for it: by any of several filters, newest first, page by page.

use crate::text;
use chrono::{DateTime, Duration, Utc};
use ports::Statement;
use shared::api::runs::LogQuery;
use shared::id::{XeroId, ZohoId, ZohoOrgId};

/// How much younger than its id an entry may be: ids bound the search, times decide. The entries of a run carry the
/// time of its start in their ids, and a run may wait for days.
const SLACK_DAYS: i64 = 30;

/// A page of entries. Only those of one user where one is given.
#[must_use]
pub fn select(org: &ZohoOrgId, user: Option<&ZohoId>, query: &LogQuery, count: usize) -> Statement {
    // Each search goes by the index that leads to its rows in the order of their ids.
    let sql = match (&query.run, query.record.as_deref()) {
        (Some(_), _) => {
            "SELECT body FROM entries INDEXED BY entries_by_run \
             WHERE org = ?1 AND run = ?2 AND id >= ?3 AND id < ?4 \
             AND (?5 IS NULL OR module = ?5) AND (?6 IS NULL OR outcome = ?6) AND (?7 IS NULL OR problem = ?7) \
             AND (?8 IS NULL OR crm_id = ?8) AND (?9 IS NULL OR xero_id = ?9) \
             AND (?10 IS NULL OR at >= ?10) AND (?11 IS NULL OR at < ?11) AND (?12 IS NULL OR user = ?12) \
             ORDER BY id DESC LIMIT CAST(?13 AS INTEGER)"
        }
        (None, Some(record)) if ZohoId::new(record).is_ok() => {
            "SELECT body FROM entries INDEXED BY entries_by_record WHERE org = ?1 AND ?2 IS NULL \
             AND module IN ('Accounts', 'Contacts', 'Vendors', 'Products', 'Invoices', 'Purchase_Orders') \
             AND crm_id = ?8 AND id >= ?3 AND id < ?4 \
             AND (?5 IS NULL OR module = ?5) AND (?6 IS NULL OR outcome = ?6) AND (?7 IS NULL OR problem = ?7) \
             AND (?9 IS NULL OR xero_id = ?9) \
             AND (?10 IS NULL OR at >= ?10) AND (?11 IS NULL OR at < ?11) AND (?12 IS NULL OR user = ?12) \
             ORDER BY id DESC LIMIT CAST(?13 AS INTEGER)"
        }
        (None, _) => {
            "SELECT body FROM entries WHERE org = ?1 AND ?2 IS NULL AND id >= ?3 AND id < ?4 \
             AND (?5 IS NULL OR module = ?5) AND (?6 IS NULL OR outcome = ?6) AND (?7 IS NULL OR problem = ?7) \
             AND (?8 IS NULL OR crm_id = ?8) AND (?9 IS NULL OR xero_id = ?9) \
             AND (?10 IS NULL OR at >= ?10) AND (?11 IS NULL OR at < ?11) AND (?12 IS NULL OR user = ?12) \
             ORDER BY id DESC LIMIT CAST(?13 AS INTEGER)"
        }
    };
    // Ids begin with their milliseconds; U+007F sorts after all of them.
    let prefix = |at: DateTime<Utc>| format!("{:013}", at.timestamp_millis().max(0));
    let slack = Duration::days(SLACK_DAYS);
    let oldest = query.from.and_then(|from| from.checked_sub_signed(slack)).map(prefix).unwrap_or_default();
    let newest = query.until.and_then(|until| until.checked_add_signed(Duration::days(1))).map(prefix);
    let bounds = [query.before.clone(), newest];
    let below = bounds.into_iter().flatten().min().unwrap_or_else(|| "\u{7f}".to_owned());
    let crm_id = query.record.as_deref().filter(|record| XeroId::new(*record).is_err());
    let xero_id = query.record.as_deref().filter(|record| XeroId::new(*record).is_ok());
    let outcome = query.outcome.and_then(|outcome| serde_json::to_value(outcome).ok());
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
        .bind(user.map(ZohoId::as_str))
        .bind(i64::try_from(count).unwrap_or(i64::MAX))
}
