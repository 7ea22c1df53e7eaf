//! The schema. The same files serve `wrangler d1 migrations` and the Worker itself, which brings its database up to
//! date at its first request, so that `wrangler deploy` needs no second step.
//!
//! Workers Free lets an invocation make 50 statements, each of a batch counted
//! (<https://developers.cloudflare.com/d1/platform/limits/>). So a file is applied part by part, one part an invocation,
//! and how many statements there are in all never matters.

use crate::text;
use chrono::{DateTime, Utc};
use ports::{Database, DatabaseError, Statement};
use serde::Deserialize;

/// All migrations in order: file name and SQL. Statements end with a semicolon at the end of a line.
pub const ALL: [(&str, &str); 1] = [("0001_initial.sql", include_str!("../../../migrations/0001_initial.sql"))];

/// How many statements of a file one part has. With the journal's own an invocation makes [`MOST_STATEMENTS`].
const PART: usize = 14;

/// How many statements [`step`] makes at most.
pub const MOST_STATEMENTS: usize = 20;

/// How many parts there may be at most, whatever is missing: who goes on step by step gives up then.
pub const MOST_STEPS: usize = 60;

/// How far the schema is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schema {
    /// Everything is applied.
    Complete,
    /// Something is missing: [`step`] applies the next part.
    Behind,
}

/// Whether everything is applied, with one statement. A database without a journal has nothing.
///
/// # Errors
/// [`DatabaseError`] as the database reports it.
pub async fn look(database: &impl Database) -> Result<Schema, DatabaseError> {
    look_for(database, &ALL).await
}

/// Applies the next part of what is missing, with [`MOST_STATEMENTS`] at most. Two callers at once do no harm: the second
/// one's part fails on the journal's unique name, and it looks again. One that is cut off has done all of a part or
/// nothing.
///
/// # Errors
/// [`DatabaseError`] as the database reports it.
pub async fn step(database: &impl Database, now: DateTime<Utc>) -> Result<Schema, DatabaseError> {
    step_of(database, &ALL, now).await
}

/// Applies all that is missing, however many statements that takes.
///
/// # Errors
/// [`DatabaseError`] as the database reports it.
pub async fn apply(database: &impl Database, now: DateTime<Utc>) -> Result<(), DatabaseError> {
    while step(database, now).await? == Schema::Behind {}
    Ok(())
}

/// Migrations: file name and SQL.
type Files<'a> = &'a [(&'static str, &'static str)];

/// What of a file is applied.
#[derive(Deserialize)]
struct Applied {
    name: String,
    /// How many of its parts; none: all of it.
    parts: Option<usize>,
}

async fn look_for(database: &impl Database, files: Files<'_>) -> Result<Schema, DatabaseError> {
    match database.query(Statement::new("SELECT name, NULL AS parts FROM d1_migrations")).await {
        Ok(rows) => {
            let applied = read(rows)?;
            let complete = files.iter().all(|(name, _)| is_whole(&applied, name));
            Ok(if complete { Schema::Complete } else { Schema::Behind })
        }
        Err(DatabaseError::Other(why)) if why.contains("no such table") => Ok(Schema::Behind),
        Err(error) => Err(error),
    }
}

async fn step_of(database: &impl Database, files: Files<'_>, now: DateTime<Utc>) -> Result<Schema, DatabaseError> {
    let journal = [
        // This one is wrangler's own, so that either may have applied a migration.
        "CREATE TABLE IF NOT EXISTS d1_migrations (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, \
         applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL)",
        "CREATE TABLE IF NOT EXISTS migration_parts (name TEXT NOT NULL, part INTEGER NOT NULL, \
         PRIMARY KEY (name, part)) STRICT, WITHOUT ROWID",
        JOURNAL,
    ];
    let rows = database.batch(journal.map(Statement::new).into()).await?.pop().unwrap_or_default();
    let applied = read(rows)?;
    let Some((name, sql)) = files.iter().find(|(name, _)| !is_whole(&applied, name)) else {
        return Ok(Schema::Complete);
    };
    let done = parts_of(&applied, name);
    let mut rest = statements(sql).skip(done * PART).peekable();
    let part = i64::try_from(done).unwrap_or(i64::MAX);
    // The row of the part comes first: whoever is second writes nothing.
    let mut batch = vec![
        Statement::new("INSERT INTO migration_parts (name, part) VALUES (?1, CAST(?2 AS INTEGER))")
            .bind(*name)
            .bind(part),
    ];
    batch.extend(rest.by_ref().take(PART).map(Statement::new));
    if rest.peek().is_none() {
        batch.push(
            Statement::new("INSERT INTO d1_migrations (name, applied_at) VALUES (?1, ?2)")
                .bind(*name)
                .bind(text::instant(now)),
        );
    }
    let Err(error) = database.batch(batch).await else { return Ok(Schema::Behind) };
    // Somebody else may have been faster: another invocation, or wrangler.
    let now_applied = read(database.query(Statement::new(JOURNAL)).await?)?;
    let went_on = is_whole(&now_applied, name) || parts_of(&now_applied, name) > done;
    if went_on { Ok(Schema::Behind) } else { Err(error) }
}

/// What is applied: whole files, and parts of files.
const JOURNAL: &str = "SELECT name, NULL AS parts FROM d1_migrations UNION ALL \
                       SELECT name, count(*) AS parts FROM migration_parts GROUP BY name";

fn read(rows: Vec<ports::Row>) -> Result<Vec<Applied>, DatabaseError> {
    rows.into_iter().map(ports::Row::read).collect()
}

fn is_whole(applied: &[Applied], name: &str) -> bool {
    applied.iter().any(|one| one.name == name && one.parts.is_none())
}

fn parts_of(applied: &[Applied], name: &str) -> usize {
    applied.iter().filter(|one| one.name == name).find_map(|one| one.parts).unwrap_or_default()
}

fn statements(sql: &'static str) -> impl Iterator<Item = &'static str> {
    sql.split(";\n").map(str::trim).filter(|statement| {
        statement.lines().any(|line| !line.trim_start().starts_with("--") && !line.trim().is_empty())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three statements of the journal, the part's row, the part, the file's row, and one more look where that failed.
    #[test]
    fn a_step_makes_few_statements_and_there_are_enough_steps() {
        const { assert!(3 + 1 + PART + 1 < MOST_STATEMENTS) };
        let steps: usize = ALL.iter().map(|(_, sql)| statements(sql).count().div_ceil(PART)).sum();
        assert!(steps < MOST_STEPS / 2, "{steps}");
    }
}
