//! Table `postmarks`: which addresses were asked for a confirmation, and which want no letters.

use crate::config::FingerprintKey;
use crate::text;
use chrono::{DateTime, Duration, Utc};
use ports::{DatabaseError, Row, Statement};
use serde::Deserialize;
use shared::id::OrgId;
use shared::plan::hash;

/// How long an address gets no second letter that asks for a confirmation, from whichever organisation.
const PAUSE_HOURS: i64 = 24;

/// An address of an organisation, as the table knows it: neither can be read from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    address: String,
    org: String,
}

impl Key {
    /// The key of an address, in whatever case.
    #[must_use]
    pub fn of(key: &FingerprintKey, org: &OrgId, address: &str) -> Self {
        let address = hash(&key.0, &["letters", "address"], &address.to_ascii_lowercase());
        Self { address, org: org_hash(key, org) }
    }
}

fn org_hash(key: &FingerprintKey, org: &OrgId) -> String {
    hash(&key.0, &["letters", "org"], org.as_str())
}

/// What is known of an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Postmark {
    address: String,
    /// When the last letter asked for a confirmation.
    pub sent_at: Option<DateTime<Utc>>,
    /// Until when it counts as one that waits for its answer.
    pub open_until: Option<DateTime<Utc>>,
    /// Whether the owner wants no letters.
    pub stopped: bool,
}

impl Postmark {
    /// Whether it is of this address.
    #[must_use]
    pub fn is_of(&self, key: &Key) -> bool {
        self.address == key.address
    }

    /// From when on the address may be asked again.
    #[must_use]
    pub fn again_at(&self) -> Option<DateTime<Utc>> {
        self.sent_at.map(|sent_at| sent_at + Duration::hours(PAUSE_HOURS))
    }
}

#[derive(Deserialize)]
struct Columns {
    address_hash: String,
    sent_at: String,
    open_until: String,
    stopped_at: Option<String>,
}

/// All that is known of an organisation's addresses. The rows of [`read`].
#[must_use]
pub fn select(key: &FingerprintKey, org: &OrgId) -> Statement {
    Statement::new("SELECT address_hash, sent_at, open_until, stopped_at FROM postmarks WHERE org_hash = ?1")
        .bind(org_hash(key, org))
}

/// Reads the rows of [`select`].
///
/// # Errors
/// [`DatabaseError::Shape`] when they are not of that shape.
pub fn read(rows: Vec<Row>) -> Result<Vec<Postmark>, DatabaseError> {
    rows.into_iter()
        .map(|row| {
            let columns: Columns = row.read()?;
            Ok(Postmark {
                address: columns.address_hash,
                sent_at: text::parse_instant(&columns.sent_at),
                open_until: text::parse_instant(&columns.open_until),
                stopped: columns.stopped_at.is_some(),
            })
        })
        .collect()
}

/// How many letters of an organisation may wait for their answers at the same time.
pub const MOST_WAITING: usize = 5;

/// Takes the right to send one letter that asks for a confirmation; a row comes back where there is one. There is none
/// where five letters of the organisation wait for their answers, where the address got one within a day, or where its
/// owner wants none. One statement, so that two at once do not take the same one.
#[must_use]
pub fn claim(key: &Key, open_until: DateTime<Utc>, now: DateTime<Utc>) -> Statement {
    Statement::new(
        "INSERT INTO postmarks (address_hash, org_hash, sent_at, open_until) SELECT ?1, ?2, ?3, ?4 \
         WHERE (SELECT count(*) FROM postmarks \
         WHERE org_hash = ?2 AND address_hash <> ?1 AND open_until > ?3) < CAST(?6 AS INTEGER) \
         AND NOT EXISTS (SELECT 1 FROM postmarks \
         WHERE address_hash = ?1 AND (sent_at > ?5 OR (org_hash = ?2 AND stopped_at IS NOT NULL))) \
         ON CONFLICT (address_hash, org_hash) DO UPDATE SET sent_at = excluded.sent_at, \
         open_until = excluded.open_until RETURNING sent_at",
    )
    .bind(key.address.as_str())
    .bind(key.org.as_str())
    .bind(text::instant(now))
    .bind(text::instant(open_until))
    .bind(text::instant(now - Duration::hours(PAUSE_HOURS)))
    .bind(i64::try_from(MOST_WAITING).unwrap_or(i64::MAX))
}

/// Gives the right back: no letter has left.
#[must_use]
pub fn withdraw(key: &Key) -> Statement {
    Statement::new("DELETE FROM postmarks WHERE address_hash = ?1 AND org_hash = ?2")
        .bind(key.address.as_str())
        .bind(key.org.as_str())
}

/// The owner has said yes: it waits for no answer any more, and an earlier no is forgotten.
#[must_use]
pub fn answered(key: &Key, now: DateTime<Utc>) -> Statement {
    Statement::new("UPDATE postmarks SET open_until = ?3, stopped_at = NULL WHERE address_hash = ?1 AND org_hash = ?2")
        .bind(key.address.as_str())
        .bind(key.org.as_str())
        .bind(text::instant(now))
}

/// The owner wants no letters. A letter that was sent goes on to count as one that waits: whoever is refused often shall
/// not write to more people for it.
#[must_use]
pub fn stop(key: &Key, now: DateTime<Utc>) -> Statement {
    Statement::new(
        "INSERT INTO postmarks (address_hash, org_hash, sent_at, open_until, stopped_at) VALUES (?1, ?2, ?3, ?3, ?3) \
         ON CONFLICT (address_hash, org_hash) DO UPDATE SET stopped_at = excluded.stopped_at",
    )
    .bind(key.address.as_str())
    .bind(key.org.as_str())
    .bind(text::instant(now))
}

/// Removes what limits nothing any more. A no stays.
#[must_use]
pub fn purge(now: DateTime<Utc>) -> Statement {
    Statement::new("DELETE FROM postmarks WHERE stopped_at IS NULL AND open_until <= ?1 AND sent_at <= ?2")
        .bind(text::instant(now))
        .bind(text::instant(now - Duration::hours(PAUSE_HOURS)))
}
