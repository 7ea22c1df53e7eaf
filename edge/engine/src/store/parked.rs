//! Table `parked`: what a vendor granted and nobody has claimed yet, and popups that ended with a problem. A row lives two
//! minutes, or ten while somebody chooses among Xero's organisations.

use super::{json, to_json};
use crate::access::flow::Purpose;
use crate::store::sessions::SessionKey;
use crate::text;
use crate::vault::Place;
use chrono::{DateTime, Utc};
use ports::{Database, DatabaseError, Row, Statement};
use serde::Deserialize;
use shared::id::{OrgId, ZohoId};
use shared::problem::Problem;

/// How often a code may be tried: the third wrong one ends the flow.
pub const TRIES: i64 = 3;

/// A grant that waits to be claimed.
#[derive(Debug, Clone, PartialEq)]
pub struct Parked {
    /// The flow that it came from.
    pub flow: String,
    /// What it is for.
    pub purpose: Purpose,
    /// The organisation: whose grant it is, or for whom Xero was allowed.
    pub org: OrgId,
    /// The user.
    pub user: ZohoId,
    /// The session that began it (Xero).
    pub session: Option<SessionKey>,
    /// The hash of the code, see [`code_hash`].
    pub code: String,
    /// How many wrong codes it still survives.
    pub tries: i64,
    /// What was granted, sealed for [`owner`].
    pub payload: String,
    /// Whether it was claimed and waits for a choice.
    pub choosing: bool,
}

#[derive(Deserialize)]
struct Columns {
    flow: String,
    purpose: Purpose,
    org: OrgId,
    user: ZohoId,
    session: Option<SessionKey>,
    code: String,
    tries: i64,
    payload: String,
    choosing: i64,
}

/// Where a flow's payload stands.
#[must_use]
pub fn place(flow: &str) -> Place<'_> {
    Place { table: "parked", row: flow, column: "payload" }
}

/// How a code is kept: bound to its flow, so that one hash is worth nothing beside another flow.
#[must_use]
pub fn code_hash(flow: &str, code: &str) -> String {
    text::sha256(&format!("{flow}:{code}"))
}

fn read(row: Row) -> Result<Parked, DatabaseError> {
    let columns: Columns = row.read()?;
    Ok(Parked {
        flow: columns.flow,
        purpose: columns.purpose,
        org: columns.org,
        user: columns.user,
        session: columns.session,
        code: columns.code,
        tries: columns.tries,
        payload: columns.payload,
        choosing: columns.choosing != 0,
    })
}

/// Parks a grant. Fails with [`DatabaseError::Unique`] when the flow has parked something already.
#[must_use]
pub fn park(parked: &Parked, challenge: &str, expires_at: DateTime<Utc>) -> Statement {
    Statement::new(
        "INSERT INTO parked (flow, challenge, purpose, org, user, session, code, tries, payload, choosing, expires_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    )
    .bind(parked.flow.as_str())
    .bind(challenge)
    .bind(parked.purpose.as_str())
    .bind(parked.org.as_str())
    .bind(parked.user.as_str())
    .bind(parked.session.as_ref().map(SessionKey::as_str))
    .bind(parked.code.as_str())
    .bind(parked.tries)
    .bind(parked.payload.as_str())
    .bind(parked.choosing)
    .bind(text::instant(expires_at))
}

/// Notes that a popup ended with a problem after its vendor had answered, so that its panel learns it.
///
/// # Errors
/// Never in practice: our own types serialise.
pub fn failed(
    flow: &str,
    challenge: &str,
    purpose: Purpose,
    problem: &Problem,
    expires_at: DateTime<Utc>,
) -> Result<Statement, DatabaseError> {
    Ok(Statement::new(
        "INSERT INTO parked (flow, challenge, purpose, problem, expires_at) VALUES (?1, ?2, ?3, ?4, ?5) \
         ON CONFLICT (flow) DO NOTHING",
    )
    .bind(flow)
    .bind(challenge)
    .bind(purpose.as_str())
    .bind(to_json(problem)?)
    .bind(text::instant(expires_at)))
}

/// How far a flow is.
#[derive(Debug, Clone, PartialEq)]
pub enum Stage {
    /// Something is parked and not claimed.
    Parked,
    /// It ended with this.
    Failed(Box<Problem>),
}

/// How far the flow of a challenge is; none when nothing came back yet, or not any more.
///
/// # Errors
/// [`DatabaseError`] as the database reports it.
pub async fn stage(
    database: &impl Database,
    challenge: &str,
    now: DateTime<Utc>,
) -> Result<Option<Stage>, DatabaseError> {
    #[derive(Deserialize)]
    struct Found {
        problem: Option<String>,
    }
    let statement =
        Statement::new("SELECT problem FROM parked WHERE challenge = ?1 AND choosing = 0 AND expires_at > ?2");
    let rows = database.query(statement.bind(challenge).bind(text::instant(now))).await?;
    let Some(row) = rows.into_iter().next() else { return Ok(None) };
    let found: Found = row.read()?;
    Ok(Some(match found.problem {
        None => Stage::Parked,
        Some(problem) => Stage::Failed(Box::new(json("parked.problem", &problem)?)),
    }))
}

/// Whose sign-in or connection is parked for a challenge, if any is.
///
/// # Errors
/// [`DatabaseError`] as the database reports it.
pub async fn org_of(
    database: &impl Database,
    challenge: &str,
    now: DateTime<Utc>,
) -> Result<Option<OrgId>, DatabaseError> {
    #[derive(Deserialize)]
    struct Found {
        org: OrgId,
    }
    let statement = Statement::new(
        "SELECT org FROM parked WHERE challenge = ?1 AND choosing = 0 AND problem IS NULL AND expires_at > ?2",
    );
    let rows = database.query(statement.bind(challenge).bind(text::instant(now))).await?;
    rows.into_iter().next().map(|row| row.read::<Found>().map(|found| found.org)).transpose()
}

/// Takes one of the tries at a parked grant, and gives the grant with the tries that are left; none when there is none
/// for this challenge. Two tries at once are two tries.
///
/// # Errors
/// [`DatabaseError`] as the database reports it.
pub async fn try_at(
    database: &impl Database,
    challenge: &str,
    purposes: &[Purpose],
    session: Option<&SessionKey>,
    now: DateTime<Utc>,
) -> Result<Option<Parked>, DatabaseError> {
    // A grant of another session or for another purpose loses no try.
    let statement = Statement::new(
        "UPDATE parked SET tries = tries - 1 WHERE challenge = ?1 AND expires_at > ?2 AND tries > 0 AND choosing = 0 \
         AND problem IS NULL AND (session IS NULL OR session = ?3) AND instr(?4, purpose) > 0 \
         RETURNING flow, purpose, org, user, session, code, tries, payload, choosing",
    );
    let purposes: Vec<&str> = purposes.iter().map(|purpose| purpose.as_str()).collect();
    let statement = statement
        .bind(challenge)
        .bind(text::instant(now))
        .bind(session.map(SessionKey::as_str))
        .bind(purposes.join(" "));
    database.query(statement).await?.into_iter().next().map(read).transpose()
}

/// Takes a parked grant: it is gone afterwards. Whether this call was the one that took it.
///
/// # Errors
/// [`DatabaseError`] as the database reports it.
pub async fn take(database: &impl Database, flow: &str) -> Result<bool, DatabaseError> {
    let statement = Statement::new("DELETE FROM parked WHERE flow = ?1 RETURNING flow").bind(flow);
    Ok(!database.query(statement).await?.is_empty())
}

/// Lets a claimed grant wait for a choice. Whether this call was the one that claimed it.
///
/// # Errors
/// [`DatabaseError`] as the database reports it.
pub async fn let_choose(
    database: &impl Database,
    flow: &str,
    expires_at: DateTime<Utc>,
) -> Result<bool, DatabaseError> {
    let statement = Statement::new(
        "UPDATE parked SET choosing = 1, code = '', tries = 0, expires_at = ?2 WHERE flow = ?1 AND choosing = 0 \
         RETURNING flow",
    );
    Ok(!database.query(statement.bind(flow).bind(text::instant(expires_at))).await?.is_empty())
}

/// The claimed grant of a challenge and a session that waits for a choice.
///
/// # Errors
/// [`DatabaseError`] as the database reports it.
pub async fn choosing(
    database: &impl Database,
    challenge: &str,
    session: &SessionKey,
    now: DateTime<Utc>,
) -> Result<Option<Parked>, DatabaseError> {
    let statement = Statement::new(
        "SELECT flow, purpose, org, user, session, code, tries, payload, choosing FROM parked \
         WHERE challenge = ?1 AND session = ?2 AND choosing = 1 AND expires_at > ?3",
    );
    let statement = statement.bind(challenge).bind(session.as_str()).bind(text::instant(now));
    database.query(statement).await?.into_iter().next().map(read).transpose()
}

/// Grants that nobody has claimed in time, oldest first.
///
/// # Errors
/// [`DatabaseError`] as the database reports it.
pub async fn unclaimed(database: &impl Database, now: DateTime<Utc>, count: i64) -> Result<Vec<Parked>, DatabaseError> {
    let statement = Statement::new(
        "SELECT flow, purpose, org, user, session, code, tries, payload, choosing FROM parked \
         WHERE expires_at <= ?1 AND problem IS NULL ORDER BY expires_at LIMIT CAST(?2 AS INTEGER)",
    );
    let rows = database.query(statement.bind(text::instant(now)).bind(count)).await?;
    rows.into_iter().map(read).collect()
}

/// Grants of an organisation that wait to be claimed.
///
/// # Errors
/// [`DatabaseError`] as the database reports it.
pub async fn of(database: &impl Database, org: &OrgId) -> Result<Vec<Parked>, DatabaseError> {
    let statement = Statement::new(
        "SELECT flow, purpose, org, user, session, code, tries, payload, choosing FROM parked \
         WHERE org = ?1 AND problem IS NULL LIMIT 20",
    );
    database.query(statement.bind(org.as_str())).await?.into_iter().map(read).collect()
}

/// Removes problems that nobody needs any more.
#[must_use]
pub fn purge(now: DateTime<Utc>) -> Statement {
    Statement::new("DELETE FROM parked WHERE expires_at <= ?1 AND problem IS NOT NULL").bind(text::instant(now))
}
