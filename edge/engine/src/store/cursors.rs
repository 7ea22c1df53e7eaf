//! Table `cursors`: up to where each side of each pair was listed.
//!
//! A cursor is an instant and the records that were seen at that very instant. The next listing begins at the instant,
//! inclusive, and leaves out those records, so that of several records with the same time none is lost.

use super::candidates::Side;
use super::links::Scope;
use super::{json, to_json};
use crate::text;
use chrono::{DateTime, Utc};
use ports::{DatabaseError, Row, Statement};
use serde::{Deserialize, Serialize};
use shared::module::Module;

/// A place in the order of changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// The newest change that was seen.
    pub at: DateTime<Utc>,
    /// The records that were seen with that time.
    pub seen: Vec<String>,
}

impl Mark {
    /// A mark before which everything counts as seen.
    #[must_use]
    pub fn since(at: DateTime<Utc>) -> Self {
        Self { at, seen: Vec::new() }
    }

    /// Whether a record with this time was seen.
    #[must_use]
    pub fn has_seen(&self, record: &str, at: DateTime<Utc>) -> bool {
        at < self.at || (at == self.at && self.seen.iter().any(|seen| seen == record))
    }

    /// Moves on over a record. Records come in the order of their times.
    pub fn pass(mark: &mut Option<Self>, record: &str, at: DateTime<Utc>) {
        match mark {
            Some(mark) if at < mark.at => {}
            Some(mark) if at == mark.at => {
                if !mark.seen.iter().any(|seen| seen == record) {
                    mark.seen.push(record.to_owned());
                }
            }
            _ => *mark = Some(Self { at, seen: vec![record.to_owned()] }),
        }
    }
}

/// A cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// The pair.
    pub module: Module,
    /// The side.
    pub side: Side,
    /// Up to where.
    pub mark: Mark,
    /// When the whole side was last read, not only what had changed.
    pub whole_at: Option<DateTime<Utc>>,
}

#[derive(Deserialize)]
struct Columns {
    module: Module,
    side: Side,
    at: String,
    seen: String,
    whole_at: Option<String>,
}

/// All cursors of a connection.
#[must_use]
pub fn select(scope: &Scope) -> Statement {
    Statement::new("SELECT module, side, at, seen, whole_at FROM cursors WHERE org = ?1 AND tenant = ?2")
        .bind(scope.org.as_str())
        .bind(scope.tenant.as_str())
}

/// Reads the rows of [`select`].
///
/// # Errors
/// [`DatabaseError::Shape`] when they are not of that shape.
pub fn read(rows: Vec<Row>) -> Result<Vec<Cursor>, DatabaseError> {
    rows.into_iter()
        .map(|row| {
            let columns: Columns = row.read()?;
            let at = text::parse_instant(&columns.at)
                .ok_or_else(|| DatabaseError::Shape(format!("cursors.at: {:?}", columns.at)))?;
            Ok(Cursor {
                module: columns.module,
                side: columns.side,
                mark: Mark { at, seen: json("cursors.seen", &columns.seen)? },
                whole_at: columns.whole_at.as_deref().and_then(text::parse_instant),
            })
        })
        .collect()
}

/// A cursor as [`save`] hands it to the database.
#[derive(Serialize)]
struct Saved {
    module: &'static str,
    side: &'static str,
    at: String,
    seen: String,
    whole_at: Option<String>,
}

/// Saves cursors. None ever moves back; `whole_at` stays where it is not given.
///
/// # Errors
/// Never in practice: our own types serialise.
pub fn save(scope: &Scope, cursors: &[Cursor]) -> Result<Statement, DatabaseError> {
    let saved = cursors.iter().map(|cursor| {
        Ok(Saved {
            module: cursor.module.api_name(),
            side: cursor.side.as_str(),
            at: text::instant(cursor.mark.at),
            seen: to_json(&cursor.mark.seen)?,
            whole_at: cursor.whole_at.map(text::instant),
        })
    });
    let saved = saved.collect::<Result<Vec<_>, DatabaseError>>()?;
    Ok(Statement::new(
        "INSERT INTO cursors (org, tenant, module, side, at, seen, whole_at) \
         SELECT ?1, ?2, json_extract(value, '$.module'), json_extract(value, '$.side'), json_extract(value, '$.at'), \
         json_extract(value, '$.seen'), json_extract(value, '$.whole_at') FROM json_each(?3) WHERE true \
         ON CONFLICT (org, tenant, module, side) DO UPDATE SET \
         seen = CASE WHEN excluded.at >= at THEN excluded.seen ELSE seen END, \
         whole_at = coalesce(excluded.whole_at, whole_at), at = max(at, excluded.at)",
    )
    .bind(scope.org.as_str())
    .bind(scope.tenant.as_str())
    .bind(to_json(&saved)?))
}

/// Begins a cursor where there is none: what changed before counts as seen.
#[must_use]
pub fn begin(scope: &Scope, module: Module, side: Side, at: DateTime<Utc>) -> Statement {
    Statement::new(
        "INSERT OR IGNORE INTO cursors (org, tenant, module, side, at, seen) VALUES (?1, ?2, ?3, ?4, ?5, '[]')",
    )
    .bind(scope.org.as_str())
    .bind(scope.tenant.as_str())
    .bind(module.api_name())
    .bind(side.as_str())
    .bind(text::instant(at))
}
