//! What is kept in the database, one file a table. Every statement is written once and runs on D1 and SQLite alike.

pub mod agenda;
pub mod audit;
pub mod budgets;
pub mod connections;
pub mod entries;
pub mod erase;
pub mod grants;
pub mod installation;
pub mod links;
pub mod log;
pub mod migrations;
pub mod organisations;
pub mod parked;
pub mod postmarks;
pub mod recipients;
pub mod releases;
pub mod requests;
pub mod sessions;

pub mod candidates;
pub mod cursors;
pub mod runs;
pub mod waiting;
use ports::DatabaseError;
use serde::de::DeserializeOwned;

/// Reads a JSON column.
fn json<T: DeserializeOwned>(column: &'static str, text: &str) -> Result<T, DatabaseError> {
    serde_json::from_str(text).map_err(|error| DatabaseError::Shape(format!("{column}: {error}")))
}

/// Writes a JSON column. Our own types always serialise.
fn to_json<T: serde::Serialize>(value: &T) -> Result<String, DatabaseError> {
    serde_json::to_string(value).map_err(|error| DatabaseError::Shape(error.to_string()))
}
