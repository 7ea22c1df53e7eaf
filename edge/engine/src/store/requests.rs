//! Table `requests`: what became of requests that their clients have named, so that one which is sent again does
//! nothing again.

use crate::access::rights::Member;
use crate::text;
use chrono::{DateTime, Duration, Utc};
use ports::{Database, DatabaseError, Statement};
use serde::{Deserialize, Serialize};
use shared::id::OrgId;

/// How long a request is known: longer than any client tries.
const KEPT_HOURS: i64 = 24;

/// How a client names a request: 8 to 64 letters, digits, hyphens and underscores, another one for each request
/// (`Idempotency-Key`, <https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/>).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestKey(String);

impl RequestKey {
    /// The name, if it has the form of one.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let fits = (8..=64).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        fits.then(|| Self(text.to_owned()))
    }
}

/// A user's request for one thing, under its name. Nobody else's, and none for anything else, is the same: a name that is
/// used again for something else is another request, and not an answer to what was never asked.
#[derive(Debug)]
pub(crate) struct Once {
    org: OrgId,
    key: String,
}

#[derive(Deserialize)]
struct Columns {
    result: String,
}

impl Once {
    /// `wanted` is all that was asked for, as it would be sent.
    pub(crate) fn new(user: &Member, kind: &str, wanted: &impl Serialize, key: &RequestKey) -> Self {
        // What a client has sent can be written down again.
        let wanted = serde_json::to_string(wanted).unwrap_or_default();
        Self { org: user.org.clone(), key: text::sha256(&[user.id.as_str(), kind, &key.0, &wanted].join("\n")) }
    }

    /// What it came to, if it was done before.
    ///
    /// # Errors
    /// [`DatabaseError`] as the database reports it.
    pub(crate) async fn result(&self, database: &impl Database) -> Result<Option<String>, DatabaseError> {
        let statement = Statement::new("SELECT result FROM requests WHERE org = ?1 AND key = ?2")
            .bind(self.org.as_str())
            .bind(self.key.as_str());
        let row = database.query(statement).await?.into_iter().next();
        Ok(row.map(|row| row.read::<Columns>()).transpose()?.map(|row| row.result))
    }

    /// Notes what it came to, in the batch that does it: [`DatabaseError::Unique`] when it was done before.
    pub(crate) fn note(&self, result: &str, now: DateTime<Utc>) -> Statement {
        Statement::new("INSERT INTO requests (org, key, result, at) VALUES (?1, ?2, ?3, ?4)")
            .bind(self.org.as_str())
            .bind(self.key.as_str())
            .bind(result)
            .bind(text::instant(now))
    }
}

/// Forgets those that nobody tries any more.
#[must_use]
pub fn purge(now: DateTime<Utc>) -> Statement {
    Statement::new("DELETE FROM requests WHERE at <= ?1").bind(text::instant(now - Duration::hours(KEPT_HOURS)))
}
