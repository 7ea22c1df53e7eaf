//! The schema. The same files serve `wrangler d1 migrations` and the Worker itself, which brings its database up to
//! date at its first request, so that `wrangler deploy` needs no second step.

use crate::text;
use chrono::{DateTime, Utc};
use ports::{Database, DatabaseError, Statement};

/// All migrations in order: file name and SQL. Statements end with a semicolon at the end of a line.
pub const ALL: [(&str, &str); 1] = [("0001_initial.sql", include_str!("../../../migrations/0001_initial.sql"))];

/// Applies what is missing. Two callers at once do no harm: the second one's batch fails on the journal's unique
/// name, and it looks again.
///
/// # Errors
/// [`DatabaseError`] as the database reports it.
pub async fn apply(database: &impl Database, now: DateTime<Utc>) -> Result<(), DatabaseError> {
    // The journal is wrangler's own table, so that either may have applied a migration.
    database
        .query(Statement::new(
            "CREATE TABLE IF NOT EXISTS d1_migrations (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, \
             applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL)",
        ))
        .await?;
    for (name, sql) in ALL {
        if applied(database, name).await? {
            continue;
        }
        let mut statements: Vec<Statement> = statements(sql).map(Statement::new).collect();
        statements.push(
            Statement::new("INSERT INTO d1_migrations (name, applied_at) VALUES (?1, ?2)")
                .bind(name)
                .bind(text::instant(now)),
        );
        if let Err(error) = database.batch(statements).await
            && !applied(database, name).await?
        {
            return Err(error);
        }
    }
    Ok(())
}

async fn applied(database: &impl Database, name: &str) -> Result<bool, DatabaseError> {
    let rows = database.query(Statement::new("SELECT name FROM d1_migrations WHERE name = ?1").bind(name)).await?;
    Ok(!rows.is_empty())
}

fn statements(sql: &'static str) -> impl Iterator<Item = &'static str> {
    sql.split(";\n").map(str::trim).filter(|statement| {
        statement.lines().any(|line| !line.trim_start().starts_with("--") && !line.trim().is_empty())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Workers Free allows 50 statements of an invocation, and each statement of a batch is one
    /// (<https://developers.cloudflare.com/d1/platform/limits/>). The first request makes them all, and then its own.
    #[test]
    fn the_first_request_of_an_installation_has_statements_left_for_itself() {
        let journal = 1;
        let each = |sql| 1 + statements(sql).count() + 1;
        let all: usize = journal + ALL.iter().map(|(_, sql)| each(sql)).sum::<usize>();
        assert!(all <= 40, "{all} statements");
    }
}
