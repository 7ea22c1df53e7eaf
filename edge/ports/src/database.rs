//! SQL as D1 and SQLite both have it: text with `?1` parameters, typed values, batches that are one transaction.

use chrono::{DateTime, TimeDelta, Utc};
use serde::de::DeserializeOwned;

/// A parameter or a column. D1 hands every number over as a double, so integers beyond 2^53 do not exist here:
/// ids and instants are text (RFC 3339 in UTC, so that they sort), money is text.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// SQL NULL.
    Null,
    /// A whole number within ±2^53.
    Integer(i64),
    /// Text.
    Text(String),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Integer(i64::from(flag))
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// One SQL statement with its parameters (`?1`, `?2`, …).
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    /// The SQL text. D1 takes at most 100 parameters and 100 kB a statement
    /// (<https://developers.cloudflare.com/d1/platform/limits/>).
    pub sql: &'static str,
    /// The parameters in order.
    pub parameters: Vec<Value>,
}

impl Statement {
    /// A statement without parameters; add them with [`Statement::bind`].
    #[must_use]
    pub fn new(sql: &'static str) -> Self {
        Self { sql, parameters: Vec::new() }
    }

    /// Adds the next parameter.
    #[must_use]
    pub fn bind(mut self, value: impl Into<Value>) -> Self {
        self.parameters.push(value.into());
        self
    }
}

/// One row as a JSON object, column name to value (string, number or null).
#[derive(Debug, Clone, PartialEq)]
pub struct Row(pub serde_json::Map<String, serde_json::Value>);

impl Row {
    /// The row as a struct. Booleans are stored as 0 and 1: read them as integers.
    ///
    /// # Errors
    /// [`DatabaseError::Shape`] when a column is missing or of another type.
    pub fn read<T: DeserializeOwned>(self) -> Result<T, DatabaseError> {
        serde_json::from_value(serde_json::Value::Object(self.0))
            .map_err(|error| DatabaseError::Shape(error.to_string()))
    }
}

/// Why the database did not do it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DatabaseError {
    /// A UNIQUE or PRIMARY KEY constraint refused a row; the text names it (`table.column`).
    #[error("unique constraint: {0}")]
    Unique(String),
    /// The day's share of rows is used up: whatever writes, or whatever reads, fails until then.
    #[error("the database's day is used up for {wait}")]
    DayUsedUp {
        /// How long it is to the next day.
        wait: TimeDelta,
    },
    /// A row is not of the shape that the code expects.
    #[error("row of an unexpected shape: {0}")]
    Shape(String),
    /// Anything else, in the database's own words.
    #[error("database: {0}")]
    Other(String),
}

impl DatabaseError {
    /// What the database has said, in its words. `now` is when it did.
    ///
    /// The sentences of a day that is used up are D1's own:
    /// <https://developers.cloudflare.com/changelog/post/2026-09-01-d1-free-tier-limit-enforcement/>. It begins anew at
    /// 00:00 UTC.
    #[must_use]
    pub fn named(text: &str, now: DateTime<Utc>) -> Self {
        let all = |words: &[&str]| words.iter().all(|word| text.contains(word));
        if text.contains("UNIQUE constraint failed") {
            Self::Unique(text.to_owned())
        } else if all(&["exceeded", "daily row", "limit"]) {
            Self::DayUsedUp { wait: next_day(now) - now }
        } else {
            Self::Other(text.to_owned())
        }
    }
}

/// The next midnight in UTC.
fn next_day(now: DateTime<Utc>) -> DateTime<Utc> {
    let tomorrow = now.date_naive().succ_opt().unwrap_or(now.date_naive());
    tomorrow.and_time(chrono::NaiveTime::MIN).and_utc()
}

/// The database port.
pub trait Database {
    /// Runs one statement and returns its rows (`SELECT`, or `… RETURNING`).
    ///
    /// # Errors
    /// [`DatabaseError`] as the database reports it.
    fn query(&self, statement: Statement) -> impl Future<Output = Result<Vec<Row>, DatabaseError>>;

    /// Runs the statements as one transaction, all or nothing, and returns the rows of each.
    ///
    /// # Errors
    /// [`DatabaseError`] as the database reports it; then nothing was written.
    fn batch(&self, statements: Vec<Statement>) -> impl Future<Output = Result<Vec<Vec<Row>>, DatabaseError>>;

    /// How many statements this invocation has made so far, each of a batch counted, and those that failed, too: their number
    /// is limited (<https://developers.cloudflare.com/d1/platform/limits/>).
    fn asked(&self) -> usize;
}

impl<T: Database> Database for &T {
    async fn query(&self, statement: Statement) -> Result<Vec<Row>, DatabaseError> {
        (**self).query(statement).await
    }

    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Vec<Row>>, DatabaseError> {
        (**self).batch(statements).await
    }

    fn asked(&self) -> usize {
        (**self).asked()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_that_is_used_up_is_known_by_its_words_and_ends_at_midnight() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap_or_default();
        let now = at("2026-12-31T15:04:05Z");
        let day = DatabaseError::DayUsedUp { wait: at("2027-01-01T00:00:00Z") - now };
        for side in ["read", "write"] {
            let said = format!(
                "D1_ERROR: Your account has exceeded D1's free tier daily row {side} limit. Upgrade to a paid plan or wait \
                 until tomorrow (midnight UTC) to continue."
            );
            assert_eq!(DatabaseError::named(&said, now), day);
        }
        for (said, unique) in [
            ("UNIQUE constraint failed: links.org: SQLITE_CONSTRAINT", true),
            ("D1_ERROR: Exceeded maximum DB size", false),
            ("D1 DB storage operation exceeded timeout which caused object to be reset.", false),
        ] {
            let found = DatabaseError::named(said, now);
            assert_eq!(matches!(found, DatabaseError::Unique(_)), unique, "{said}");
            assert_eq!(matches!(found, DatabaseError::Other(_)), !unique, "{said}");
        }
    }
}
