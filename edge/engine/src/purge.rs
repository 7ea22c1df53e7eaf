//! Removes what is older than it may be. Links, settings and cursors stay: they hold no customers' data.

use crate::store::{entries, postmarks, recipients, requests, runs, sessions};
use crate::text;
use chrono::{DateTime, Duration, Utc};
use ports::{Database, DatabaseError, Ports, Statement};

/// How long entries, ended runs and waiting records are kept.
pub const KEPT_DAYS: i64 = 30;

/// How many rows one statement removes.
const BATCH: i64 = 5_000;

/// How many statements one purge makes at most. Workers Free allows 50 of an invocation
/// (<https://developers.cloudflare.com/d1/platform/limits/>), and some go into looking after the schema and sealing anew.
/// What is left over goes the next day.
const MOST_STATEMENTS: usize = 30;

/// Removes entries, ended runs with their candidates, and waiting records older than [`KEPT_DAYS`]; and sessions,
/// links of letters and names of requests that have expired.
///
/// # Errors
/// [`DatabaseError`] as the database reports it.
pub async fn purge(ports: &impl Ports) -> Result<(), DatabaseError> {
    let now = ports.now();
    let before = now - Duration::days(KEPT_DAYS);
    let expired = vec![sessions::purge(now), recipients::purge(now), postmarks::purge(now), requests::purge(now)];
    let mut left = MOST_STATEMENTS.saturating_sub(expired.len());
    ports.batch(expired).await?;
    let full = |removed: usize| i64::try_from(removed).unwrap_or(i64::MAX) >= BATCH;
    // The small tables first, so that a very long log holds up none of them.
    let mut table = 0;
    while left > 0 {
        let removed = match table {
            0 => runs::purge(ports, before, BATCH).await?,
            1 => candidates(ports).await?,
            2 => waiting(ports, before).await?,
            3 => entries::purge(ports, before, BATCH).await?,
            _ => break,
        };
        left -= 1;
        table += usize::from(!full(removed));
    }
    Ok(())
}

/// Removes candidates of runs that are gone.
async fn candidates(database: &impl Database) -> Result<usize, DatabaseError> {
    let statement = Statement::new(
        "DELETE FROM candidates WHERE (org, run, pair, record) IN (SELECT org, run, pair, record FROM candidates c \
         WHERE NOT EXISTS (SELECT 1 FROM runs r WHERE r.org = c.org AND r.id = c.run) LIMIT CAST(?1 AS INTEGER)) \
         RETURNING pair",
    );
    Ok(database.query(statement.bind(BATCH)).await?.len())
}

/// Removes records that have waited since before an instant.
async fn waiting(database: &impl Database, before: DateTime<Utc>) -> Result<usize, DatabaseError> {
    let statement = Statement::new(
        "DELETE FROM waiting WHERE (org, tenant, module, record) IN (SELECT org, tenant, module, record FROM waiting \
         WHERE at < ?1 LIMIT CAST(?2 AS INTEGER)) RETURNING module",
    );
    Ok(database.query(statement.bind(text::instant(before)).bind(BATCH)).await?.len())
}
