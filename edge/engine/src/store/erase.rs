//! Everything that is kept of one CRM organisation goes: every table with a column `org` is here.

use ports::Statement;
use shared::id::OrgId;

const STATEMENTS: [&str; 19] = [
    // Nobody gets in any more before anything else is gone.
    "DELETE FROM sessions WHERE org = ?1",
    "DELETE FROM parked WHERE org = ?1",
    // An owner who leaves leaves the installation to whoever has its key.
    "UPDATE installation SET owner = NULL, owned_at = NULL WHERE owner = ?1",
    "DELETE FROM grants WHERE org = ?1",
    "DELETE FROM connections WHERE org = ?1",
    "DELETE FROM organisations WHERE org = ?1",
    "DELETE FROM users WHERE org = ?1",
    "DELETE FROM agenda WHERE org = ?1",
    // What limits letters stays, as hashes: see `postmarks`.
    "DELETE FROM recipients WHERE org = ?1",
    "DELETE FROM budgets WHERE org = ?1",
    "DELETE FROM candidates WHERE org = ?1",
    "DELETE FROM runs WHERE org = ?1",
    "DELETE FROM cursors WHERE org = ?1",
    "DELETE FROM waiting WHERE org = ?1",
    "DELETE FROM releases WHERE org = ?1",
    "DELETE FROM links WHERE org = ?1",
    "DELETE FROM entries WHERE org = ?1",
    "DELETE FROM audit WHERE org = ?1",
    "DELETE FROM requests WHERE org = ?1",
];

/// Removes all rows of an organisation, to be run as one batch.
#[must_use]
pub fn all(org: &OrgId) -> Vec<Statement> {
    STATEMENTS.iter().map(|sql| Statement::new(sql).bind(org.as_str())).collect()
}
