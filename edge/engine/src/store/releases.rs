//! Table `releases`: which records somebody has released who may send them to the books, and in which version. It is
//! written only where the settings let not everybody send.

use super::links::Scope;
use super::{json, to_json};
use crate::access::rights::Member;
use crate::text;
use chrono::{DateTime, Utc};
use ports::{DatabaseError, Row, Statement};
use serde::{Deserialize, Serialize};
use shared::id::ZohoId;
use shared::link::Fingerprint;
use shared::module::Module;
use shared::settings::Circle;
use std::collections::{BTreeMap, BTreeSet};

/// What a release is a word for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Word {
    /// The record may go to Xero.
    Send,
    /// The document counts in Xero as its status says.
    Approve,
}

impl Word {
    fn as_str(self) -> &'static str {
        match self {
            Self::Send => "send",
            Self::Approve => "approve",
        }
    }
}

/// A release that stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// The record.
    pub record: (Module, ZohoId),
    /// What it is a word for.
    pub word: Word,
    /// The version that was released: what was changed later has to come from the circle, too.
    pub version: Version,
}

/// Which version of a record is released.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// When the newest of the record and its people was changed last.
    pub modified: DateTime<Utc>,
    /// The ids of its people: taking one away changes none of the records that are left.
    pub people: BTreeSet<ZohoId>,
    /// What other records decide about a document that it does not say itself, by those records: fingerprints.
    pub needs: Needs,
}

/// Fingerprints of what records decide about a document that needs them, by `<module>:<id>`: to which company a person
/// belongs, in which category a product is.
pub type Needs = BTreeMap<String, Fingerprint>;

/// Notes that a member has released records, each in its version.
///
/// # Errors
/// Never in practice: our own types serialise.
pub fn save(
    scope: &Scope,
    word: Word,
    circle: &Circle,
    member: &Member,
    records: &[((Module, ZohoId), Version)],
    now: DateTime<Utc>,
) -> Result<Statement, DatabaseError> {
    #[derive(Serialize)]
    struct Saved<'a> {
        module: &'static str,
        crm_id: &'a ZohoId,
        modified: String,
        people: &'a BTreeSet<ZohoId>,
        needs: &'a Needs,
    }
    let saved: Vec<Saved<'_>> = records
        .iter()
        .map(|((module, crm_id), version)| Saved {
            module: module.api_name(),
            crm_id,
            modified: text::instant(version.modified),
            people: &version.people,
            needs: &version.needs,
        })
        .collect();
    Ok(Statement::new(
        "INSERT INTO releases (org, tenant, word, circle, user, name, at, module, crm_id, modified, people, needs) \
         SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, json_extract(value, '$.module'), json_extract(value, '$.crm_id'), \
         json_extract(value, '$.modified'), json_extract(value, '$.people'), json_extract(value, '$.needs') \
         FROM json_each(?8) WHERE true \
         ON CONFLICT (org, tenant, word, module, crm_id) DO UPDATE SET circle = excluded.circle, user = excluded.user, \
         name = excluded.name, at = excluded.at, modified = excluded.modified, \
         people = excluded.people, needs = excluded.needs",
    )
    .bind(scope.org.as_str())
    .bind(scope.tenant.as_str())
    .bind(word.as_str())
    .bind(to_json(circle)?)
    .bind(member.id.as_str())
    .bind(member.name.as_str())
    .bind(text::instant(now))
    .bind(to_json(&saved)?))
}

/// The releases of records by somebody of this very circle: those of another one, before the settings were changed, are
/// none.
///
/// # Errors
/// Never in practice: our own types serialise.
pub fn select(
    scope: &Scope,
    word: Word,
    circle: &Circle,
    module: Module,
    records: &[&ZohoId],
) -> Result<Statement, DatabaseError> {
    Ok(Statement::new(
        "SELECT module, crm_id, word, modified, people, needs FROM releases WHERE org = ?1 AND tenant = ?2 AND word = ?3 \
         AND module = ?4 AND circle = ?5 AND crm_id IN (SELECT value FROM json_each(?6))",
    )
    .bind(scope.org.as_str())
    .bind(scope.tenant.as_str())
    .bind(word.as_str())
    .bind(module.api_name())
    .bind(to_json(circle)?)
    .bind(to_json(&records)?))
}

/// Reads the rows of [`select`].
///
/// # Errors
/// [`DatabaseError::Shape`] when they are not of that shape.
pub fn read(rows: Vec<Row>) -> Result<Vec<Release>, DatabaseError> {
    #[derive(Deserialize)]
    struct Columns {
        module: Module,
        crm_id: ZohoId,
        word: Word,
        modified: String,
        people: String,
        needs: String,
    }
    rows.into_iter()
        .map(|row| {
            let row: Columns = row.read()?;
            let modified = text::parse_instant(&row.modified);
            let modified =
                modified.ok_or_else(|| DatabaseError::Shape(format!("releases.modified: {:?}", row.modified)))?;
            let people = json("releases.people", &row.people)?;
            let needs = json("releases.needs", &row.needs)?;
            let version = Version { modified, people, needs };
            Ok(Release { record: (row.module, row.crm_id), word: row.word, version })
        })
        .collect()
}

/// Takes releases back: somebody else has changed the records.
///
/// # Errors
/// Never in practice: our own types serialise.
pub fn take_back(scope: &Scope, word: Word, module: Module, records: &[&ZohoId]) -> Result<Statement, DatabaseError> {
    Ok(Statement::new(
        "DELETE FROM releases WHERE org = ?1 AND tenant = ?2 AND word = ?3 AND module = ?4 \
         AND crm_id IN (SELECT value FROM json_each(?5))",
    )
    .bind(scope.org.as_str())
    .bind(scope.tenant.as_str())
    .bind(word.as_str())
    .bind(module.api_name())
    .bind(to_json(&records)?))
}
