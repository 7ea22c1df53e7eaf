//! Table `candidates`: the records that a run has listed and not taken up yet.

use super::links::Scope;
use super::to_json;
use super::waiting::{self, PARKED_AFTER};
use crate::text;
use chrono::{DateTime, Utc};
use ports::{DatabaseError, Row, Statement};
use serde::{Deserialize, Serialize};
use shared::id::{OrgId, XeroId, ZohoId};
use shared::module::Module;
use shared::settings::Direction;

/// Where a candidate was listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// In the CRM.
    Crm,
    /// In the CRM, by one of its contacts.
    People,
    /// In Xero.
    Xero,
}

impl Side {
    /// As it stands in the tables.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Crm => "crm",
            Self::People => "people",
            Self::Xero => "xero",
        }
    }
}

/// A record that is to be taken up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// Its pair, by its place in the order of runs.
    pub pair: i64,
    /// The CRM record's id, or `xero:` and the Xero record's while no CRM record is known.
    pub record: String,
    /// Where it was listed.
    pub side: Side,
    /// The CRM record.
    pub crm_id: Option<ZohoId>,
    /// The Xero record.
    pub xero_id: Option<XeroId>,
    /// How often it was taken up before without coming to an end.
    #[serde(default)]
    pub attempts: i64,
}

impl Candidate {
    /// A candidate that the CRM lists, or whose CRM record is known.
    #[must_use]
    pub fn of_crm(pair: i64, side: Side, crm_id: ZohoId, xero_id: Option<XeroId>) -> Self {
        Self { pair, record: crm_id.to_string(), side, crm_id: Some(crm_id), xero_id, attempts: 0 }
    }

    /// A candidate of Xero's without a known CRM record.
    #[must_use]
    pub fn of_xero(pair: i64, xero_id: XeroId) -> Self {
        let record = format!("xero:{xero_id}");
        Self { pair, record, side: Side::Xero, crm_id: None, xero_id: Some(xero_id), attempts: 0 }
    }
}

/// Stages candidates; those that are there already stay as they are.
///
/// # Errors
/// Never in practice: our own types serialise.
pub fn stage(org: &OrgId, run: &str, candidates: &[Candidate]) -> Result<Statement, DatabaseError> {
    Ok(Statement::new(
        "INSERT OR IGNORE INTO candidates (org, run, pair, record, side, crm_id, xero_id) \
         SELECT ?1, ?2, json_extract(value, '$.pair'), json_extract(value, '$.record'), \
         json_extract(value, '$.side'), json_extract(value, '$.crm_id'), \
         json_extract(value, '$.xero_id') FROM json_each(?3)",
    )
    .bind(org.as_str())
    .bind(run)
    .bind(to_json(&candidates)?))
}

/// Stages what failed or waits of a pair and was to go this way, and what other settings left alone. What rests stays out
/// ([`waiting::Waiting::rests`]).
///
/// # Errors
/// Never in practice: our own types serialise.
pub fn stage_waiting(
    scope: &Scope,
    run: &str,
    (pair, module, direction): (i64, Module, Direction),
    settings_version: i64,
    now: DateTime<Utc>,
) -> Result<Statement, DatabaseError> {
    let direction = serde_json::to_value(direction).ok().and_then(|value| value.as_str().map(str::to_owned));
    Ok(Statement::new(
        "INSERT OR IGNORE INTO candidates (org, run, pair, record, side, crm_id, xero_id) \
         SELECT org, ?3, CAST(?4 AS INTEGER), record, CASE WHEN crm_id IS NULL THEN 'xero' ELSE 'crm' END, crm_id, \
         xero_id FROM waiting WHERE org = ?1 AND tenant = ?2 AND module = ?5 \
         AND (direction = ?6 OR direction = 'both' OR ?6 = 'both') \
         AND (outcome = 'deferred' OR (outcome IN ('failed', 'undecided') AND times < ?7) \
         OR (outcome = 'undecided' AND at <= ?9) OR (outcome = 'skipped' AND settings_version <> ?8))",
    )
    .bind(scope.org.as_str())
    .bind(scope.tenant.as_str())
    .bind(run)
    .bind(pair)
    .bind(module.api_name())
    .bind(direction.unwrap_or_default())
    .bind(i64::from(PARKED_AFTER))
    .bind(settings_version)
    .bind(text::instant(waiting::asked_before(now))))
}

/// The next candidates of a pair.
#[must_use]
pub fn select(org: &OrgId, run: &str, pair: i64, count: usize) -> Statement {
    Statement::new(
        "SELECT pair, record, side, crm_id, xero_id, attempts FROM candidates \
         WHERE org = ?1 AND run = ?2 AND pair = ?3 ORDER BY record LIMIT CAST(?4 AS INTEGER)",
    )
    .bind(org.as_str())
    .bind(run)
    .bind(pair)
    .bind(i64::try_from(count).unwrap_or(i64::MAX))
}

/// Reads the rows of [`select`].
///
/// # Errors
/// [`DatabaseError::Shape`] when they are not of that shape.
pub fn read(rows: Vec<Row>) -> Result<Vec<Candidate>, DatabaseError> {
    rows.into_iter().map(Row::read).collect()
}

/// How many candidates each pair still has.
#[must_use]
pub fn count(org: &OrgId, run: &str) -> Statement {
    Statement::new("SELECT pair, count(*) AS remaining FROM candidates WHERE org = ?1 AND run = ?2 GROUP BY pair")
        .bind(org.as_str())
        .bind(run)
}

#[derive(Deserialize)]
struct Count {
    pair: i64,
    remaining: u32,
}

/// Reads the rows of [`count`]: pair and number.
///
/// # Errors
/// [`DatabaseError::Shape`] when they are not of that shape.
pub fn read_counts(rows: Vec<Row>) -> Result<Vec<(i64, u32)>, DatabaseError> {
    rows.into_iter().map(|row| row.read::<Count>().map(|count| (count.pair, count.remaining))).collect()
}

/// Notes that candidates were taken up and did not come to an end.
///
/// # Errors
/// Never in practice: our own types serialise.
pub fn attempt(org: &OrgId, run: &str, pair: i64, records: &[&str]) -> Result<Statement, DatabaseError> {
    Ok(Statement::new(
        "UPDATE candidates SET attempts = attempts + 1 WHERE org = ?1 AND run = ?2 AND pair = ?3 \
         AND record IN (SELECT value FROM json_each(?4))",
    )
    .bind(org.as_str())
    .bind(run)
    .bind(pair)
    .bind(to_json(&records)?))
}

/// Takes candidates off the list: they have come to an end.
///
/// # Errors
/// Never in practice: our own types serialise.
pub fn done(org: &OrgId, run: &str, pair: i64, records: &[&str]) -> Result<Statement, DatabaseError> {
    Ok(Statement::new(
        "DELETE FROM candidates WHERE org = ?1 AND run = ?2 AND pair = ?3 \
         AND record IN (SELECT value FROM json_each(?4))",
    )
    .bind(org.as_str())
    .bind(run)
    .bind(pair)
    .bind(to_json(&records)?))
}

/// Forgets all candidates of a run.
#[must_use]
pub fn clear(org: &OrgId, run: &str) -> Statement {
    Statement::new("DELETE FROM candidates WHERE org = ?1 AND run = ?2").bind(org.as_str()).bind(run)
}
