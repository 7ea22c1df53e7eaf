//! SQL as D1 and SQLite both have it: text with `?1` parameters, typed values, batches that are one transaction.

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
    /// A row is not of the shape that the code expects.
    #[error("row of an unexpected shape: {0}")]
    Shape(String),
    /// Anything else, in the database's own words.
    #[error("database: {0}")]
    Other(String),
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
}

impl<T: Database> Database for &T {
    async fn query(&self, statement: Statement) -> Result<Vec<Row>, DatabaseError> {
        (**self).query(statement).await
    }

    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Vec<Row>>, DatabaseError> {
        (**self).batch(statements).await
    }
}
