//! Table `waiting`: records that failed or were deferred in their last run. The next run takes them up again; a record
//! that failed for the same reason [`PARKED_AFTER`] times in a row is left out until it changes or is retried. A record
//! that the settings left alone is taken up again once the settings have changed. One that waits for somebody's answer is
//! never given up: what it asks about may be another record, on either side. The answer to any question wakes all of them,
//! and what was asked as often is looked at once in [`ASKED_HOURS`], so that open questions don't use up Xero's day.

use super::links::Scope;
use super::to_json;
use crate::access::rights::{Administrator, Viewer};
use crate::text;
use chrono::{DateTime, Duration, Utc};
use ports::{DatabaseError, Row, Statement};
use serde::{Deserialize, Serialize};
use shared::api::Outcome;
use shared::api::runs::WaitingRecord;
use shared::id::{OrgId, XeroId, ZohoId};
use shared::module::Module;
use shared::problem::Code;
use shared::settings::Direction;

/// So many failures in a row for the same reason park a record.
pub const PARKED_AFTER: u32 = 5;

/// How long a record that was asked about [`PARKED_AFTER`] times in a row is left alone, in hours. Looking for the partners of
/// one costs a call or two, and Xero takes 5,000 a day.
pub const ASKED_HOURS: i64 = 24;

/// A record that failed or was deferred.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// Its pair.
    pub module: Module,
    /// As in the table `candidates`.
    pub record: String,
    /// The CRM record.
    pub crm_id: Option<ZohoId>,
    /// The Xero record.
    pub xero_id: Option<XeroId>,
    /// Its name or number.
    pub name: String,
    /// Which way it was to go: it waits until a run that goes this way has done it.
    pub direction: Direction,
    /// Failed, deferred, undecided, or skipped because of the settings.
    pub outcome: Outcome,
    /// The first problem.
    pub problem: Code,
    /// What makes two failures the same: the problem's words.
    pub reason: String,
    /// How often in a row it ended like this.
    pub times: u32,
    /// The settings with which it ended like this.
    pub settings_version: i64,
}

#[derive(Deserialize)]
struct At {
    at: String,
}

impl Waiting {
    /// Whether runs leave it alone until it changes or is retried.
    #[must_use]
    pub fn parked(&self) -> bool {
        self.outcome == Outcome::Failed && self.times >= PARKED_AFTER
    }

    /// Whether a run leaves it alone now. `at` is when it last ended like this.
    #[must_use]
    pub fn rests(&self, at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
        self.parked() || self.outcome == Outcome::Undecided && self.times >= PARKED_AFTER && at > asked_before(now)
    }
}

/// What was asked about often is looked at again when it was last looked at by then.
#[must_use]
pub fn asked_before(now: DateTime<Utc>) -> DateTime<Utc> {
    now - Duration::hours(ASKED_HOURS)
}

/// Those of the records of a pair that wait, as far as the viewer is told: what waits is nobody's own.
///
/// # Errors
/// Never in practice: our own types serialise.
pub fn select<'a>(
    scope: &Scope,
    viewer: &Viewer,
    records: impl IntoIterator<Item = (Module, &'a str)>,
) -> Result<Statement, DatabaseError> {
    let records: Vec<_> = records.into_iter().map(|(module, record)| (module.api_name(), record)).collect();
    Ok(Statement::new(
        "SELECT module, record, crm_id, xero_id, name, direction, outcome, problem, reason, times, settings_version, at FROM waiting \
         WHERE org = ?1 AND tenant = ?2 AND (module, record) IN \
         (SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(?3)) AND ?4 IS NULL",
    )
    .bind(scope.org.as_str())
    .bind(scope.tenant.as_str())
    .bind(to_json(&records)?)
    .bind(viewer.only().map(ZohoId::as_str)))
}

/// The newest waiting records between an organisation and the Xero organisation that is connected now, at most `count`.
#[must_use]
pub fn select_newest(administrator: &Administrator, count: usize) -> Statement {
    let org = &administrator.org;
    Statement::new(
        "SELECT module, record, crm_id, xero_id, name, direction, outcome, problem, reason, times, settings_version, at FROM waiting \
         WHERE org = ?1 AND tenant = (SELECT tenant FROM connections WHERE org = ?1) AND outcome <> 'skipped' \
         ORDER BY at DESC, module, record LIMIT CAST(?2 AS INTEGER)",
    )
    .bind(org.as_str())
    .bind(i64::try_from(count).unwrap_or(i64::MAX))
}

/// How many records wait, and how many of them are parked, as far as the viewer is told; the row of [`read_counts`].
#[must_use]
pub fn count(org: &OrgId, viewer: &Viewer) -> Statement {
    Statement::new(
        "SELECT count(*) AS waiting, count(*) FILTER (WHERE outcome = 'failed' AND times >= CAST(?2 AS INTEGER)) \
         AS parked FROM waiting WHERE org = ?1 AND tenant = (SELECT tenant FROM connections WHERE org = ?1) \
         AND outcome <> 'skipped' AND ?3 IS NULL",
    )
    .bind(org.as_str())
    .bind(i64::from(PARKED_AFTER))
    // What waits is nobody's own.
    .bind(viewer.only().map(ZohoId::as_str))
}

/// Reads the row of [`count`]: those that wait, and of these the parked ones.
///
/// # Errors
/// [`DatabaseError::Shape`] when it is not of that shape.
pub fn read_counts(rows: Vec<Row>) -> Result<(u32, u32), DatabaseError> {
    #[derive(Deserialize)]
    struct Columns {
        waiting: u32,
        parked: u32,
    }
    let columns = rows.into_iter().next().map(Row::read::<Columns>).transpose()?;
    Ok(columns.map_or((0, 0), |columns| (columns.waiting, columns.parked)))
}

/// Reads the rows of the statements above, with when each last ended like this.
///
/// # Errors
/// [`DatabaseError::Shape`] when they are not of that shape.
pub fn read(rows: Vec<Row>) -> Result<Vec<(Waiting, DateTime<Utc>)>, DatabaseError> {
    rows.into_iter()
        .map(|row| {
            let At { at } = row.clone().read()?;
            let at = text::parse_instant(&at).ok_or_else(|| DatabaseError::Shape(format!("waiting.at: {at:?}")))?;
            Ok((row.read()?, at))
        })
        .collect()
}

/// For people.
#[must_use]
pub fn view(waiting: Waiting, at: DateTime<Utc>) -> WaitingRecord {
    WaitingRecord {
        parked: waiting.parked(),
        module: waiting.module,
        crm_id: waiting.crm_id.map(String::from),
        xero_id: waiting.xero_id.map(String::from),
        name: waiting.name,
        outcome: waiting.outcome,
        problem: waiting.problem,
        times: waiting.times,
        at,
    }
}

/// Saves records that failed or wait.
///
/// # Errors
/// Never in practice: our own types serialise.
pub fn save(scope: &Scope, records: &[Waiting], now: DateTime<Utc>) -> Result<Statement, DatabaseError> {
    Ok(Statement::new(
        "INSERT INTO waiting (org, tenant, module, record, crm_id, xero_id, name, direction, outcome, problem, reason, times, \
         settings_version, at) \
         SELECT ?1, ?2, json_extract(value, '$.module'), json_extract(value, '$.record'), \
         json_extract(value, '$.crm_id'), json_extract(value, '$.xero_id'), json_extract(value, '$.name'), \
         json_extract(value, '$.direction'), json_extract(value, '$.outcome'), json_extract(value, '$.problem'), json_extract(value, '$.reason'), \
         json_extract(value, '$.times'), json_extract(value, '$.settings_version'), ?4 FROM json_each(?3) WHERE true \
         ON CONFLICT (org, tenant, module, record) DO UPDATE SET crm_id = excluded.crm_id, \
         xero_id = excluded.xero_id, name = excluded.name, direction = excluded.direction, outcome = excluded.outcome, problem = excluded.problem, \
         reason = excluded.reason, times = excluded.times, settings_version = excluded.settings_version, \
         at = excluded.at",
    )
    .bind(scope.org.as_str())
    .bind(scope.tenant.as_str())
    .bind(to_json(&records)?)
    .bind(text::instant(now)))
}

/// Lets the next run take up again what somebody has decided about, and everything else that waits for a decision: a
/// document waits for the one about its customer, which may stand on neither.
///
/// # Errors
/// Never in practice: our own types serialise.
pub fn decided(scope: &Scope, module: Module, records: &[&ZohoId]) -> Result<Statement, DatabaseError> {
    Ok(Statement::new(
        "UPDATE waiting SET outcome = 'deferred', times = 0 WHERE org = ?1 AND tenant = ?2 \
         AND (outcome = 'undecided' OR module = ?3 AND crm_id IN (SELECT value FROM json_each(?4)))",
    )
    .bind(scope.org.as_str())
    .bind(scope.tenant.as_str())
    .bind(module.api_name())
    .bind(to_json(&records)?))
}

/// Forgets records of a pair: they were done.
///
/// # Errors
/// Never in practice: our own types serialise.
pub fn delete(scope: &Scope, module: Module, records: &[&str]) -> Result<Statement, DatabaseError> {
    Ok(Statement::new(
        "DELETE FROM waiting WHERE org = ?1 AND tenant = ?2 AND module = ?3 \
         AND record IN (SELECT value FROM json_each(?4))",
    )
    .bind(scope.org.as_str())
    .bind(scope.tenant.as_str())
    .bind(module.api_name())
    .bind(to_json(&records)?))
}
