//! Table `links`: which CRM record is which Xero record.

use super::{json, to_json};
use ports::{Database, DatabaseError, Row, Statement};
use serde::{Deserialize, Serialize};
use shared::id::{OrgId, TenantId, XeroId, ZohoId};
use shared::link::{Link, LinkState};
use shared::module::Module;
use std::collections::HashMap;

/// Between which two organisations a link lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// The CRM organisation.
    pub org: OrgId,
    /// The Xero organisation.
    pub tenant: TenantId,
}

#[derive(Deserialize)]
struct Body {
    body: String,
}

/// The statement whose row [`read`] reads.
#[must_use]
pub fn select(scope: &Scope, module: Module, crm_id: &ZohoId) -> Statement {
    Statement::new("SELECT body FROM links WHERE org = ?1 AND tenant = ?2 AND module = ?3 AND crm_id = ?4")
        .bind(scope.org.as_str())
        .bind(scope.tenant.as_str())
        .bind(module.api_name())
        .bind(crm_id.as_str())
}

/// Reads a row of [`select`].
///
/// # Errors
/// [`DatabaseError::Shape`] when it is not of that shape.
pub fn read(row: Row) -> Result<Link, DatabaseError> {
    json("links.body", &row.read::<Body>()?.body)
}

/// The links of several records, in their order.
///
/// # Errors
/// [`DatabaseError`] as the database reports it.
pub async fn get_all(
    database: &impl Database,
    scope: &Scope,
    records: &[(Module, ZohoId)],
) -> Result<Vec<Option<Link>>, DatabaseError> {
    if records.is_empty() {
        return Ok(Vec::new());
    }
    let names: Vec<String> = records.iter().map(|(module, id)| format!("{}:{id}", module.api_name())).collect();
    let rows = database
        .query(
            // In this order and by its two parts, so that the primary key is used: left to itself SQLite would look at
            // every link.
            Statement::new(
                "SELECT body FROM json_each(?3) wanted CROSS JOIN links ON org = ?1 AND tenant = ?2 \
                 AND module = substr(wanted.value, 1, instr(wanted.value, ':') - 1) \
                 AND crm_id = substr(wanted.value, instr(wanted.value, ':') + 1)",
            )
            .bind(scope.org.as_str())
            .bind(scope.tenant.as_str())
            .bind(to_json(&names)?),
        )
        .await?;
    let mut found = HashMap::new();
    for row in rows {
        let link = read(row)?;
        found.insert((link.module, link.crm_id.clone()), link);
    }
    Ok(records.iter().map(|key| found.get(key).cloned()).collect())
}

/// Whose partners Xero records are, of all modules, in no particular order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct OfXero {
    /// The links with one of them.
    pub held: Vec<Link>,
    /// Those that were let go of one ([`Link::was`]).
    pub let_go: Vec<Link>,
}

/// The links of several Xero records, and what was let go of them: one statement for all.
///
/// # Errors
/// [`DatabaseError`] as the database reports it.
pub async fn of_xero(database: &impl Database, scope: &Scope, ids: &[XeroId]) -> Result<OfXero, DatabaseError> {
    if ids.is_empty() {
        return Ok(OfXero::default());
    }
    let modules: Vec<&str> = Module::ALL.iter().map(|module| module.api_name()).collect();
    let rows = database
        .query(
            // In this order, so that each half uses its index.
            Statement::new(
                "SELECT body FROM json_each(?3) modules CROSS JOIN json_each(?4) wanted CROSS JOIN links ON org = ?1 \
                 AND tenant = ?2 AND module = modules.value AND xero_id = wanted.value UNION ALL \
                 SELECT body FROM json_each(?3) modules CROSS JOIN json_each(?4) wanted \
                 CROSS JOIN links INDEXED BY links_let_go ON org = ?1 AND tenant = ?2 AND module = modules.value \
                 AND state = 'let_go' AND body ->> '$.was' = wanted.value",
            )
            .bind(scope.org.as_str())
            .bind(scope.tenant.as_str())
            .bind(to_json(&modules)?)
            .bind(to_json(&ids)?),
        )
        .await?;
    let links = rows.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let (held, let_go) = links.into_iter().partition(|link| link.xero_id.is_some());
    Ok(OfXero { held, let_go })
}

/// The links of products with these item codes.
///
/// # Errors
/// [`DatabaseError`] as the database reports it.
pub async fn of_codes(database: &impl Database, scope: &Scope, codes: &[String]) -> Result<Vec<Link>, DatabaseError> {
    if codes.is_empty() {
        return Ok(Vec::new());
    }
    let rows = database
        .query(
            // The module stands here in full, so that the index of products is used.
            Statement::new(
                "SELECT body FROM links INDEXED BY links_by_code WHERE org = ?1 AND tenant = ?2 AND module = 'Products' \
                 AND natural_key IN (SELECT value FROM json_each(?3))",
            )
            .bind(scope.org.as_str())
            .bind(scope.tenant.as_str())
            .bind(to_json(&codes)?),
        )
        .await?;
    rows.into_iter().map(read).collect()
}

/// Which CRM record of this module a Xero record is linked with, if any.
///
/// # Errors
/// [`DatabaseError`] as the database reports it.
pub async fn holder(
    database: &impl Database,
    scope: &Scope,
    module: Module,
    xero_id: &XeroId,
) -> Result<Option<Link>, DatabaseError> {
    let rows = database
        .query(
            Statement::new("SELECT body FROM links WHERE org = ?1 AND tenant = ?2 AND module = ?3 AND xero_id = ?4")
                .bind(scope.org.as_str())
                .bind(scope.tenant.as_str())
                .bind(module.api_name())
                .bind(xero_id.as_str()),
        )
        .await?;
    rows.into_iter().next().map(read).transpose()
}

/// How many records are linked with the Xero organisation that is connected now; the row of [`read_count`].
#[must_use]
pub fn count(org: &OrgId) -> Statement {
    Statement::new(
        "SELECT count(*) AS links FROM links INDEXED BY links_by_xero WHERE org = ?1 \
         AND tenant = (SELECT tenant FROM connections WHERE org = ?1) AND xero_id IS NOT NULL",
    )
    .bind(org.as_str())
}

/// Reads the row of [`count`].
///
/// # Errors
/// [`DatabaseError::Shape`] when it is not of that shape.
pub fn read_count(rows: Vec<Row>) -> Result<u32, DatabaseError> {
    #[derive(Deserialize)]
    struct Columns {
        links: u32,
    }
    Ok(rows.into_iter().next().map(Row::read::<Columns>).transpose()?.map_or(0, |columns| columns.links))
}

/// A link as [`save`] hands it to the database.
#[derive(Serialize)]
struct Saved<'a> {
    module: &'static str,
    crm_id: &'a ZohoId,
    xero_id: Option<&'a XeroId>,
    state: LinkState,
    natural_key: &'a str,
    body: String,
}

/// The statement that saves links, with what more it sets of those that are there.
macro_rules! upsert {
    ($more:literal) => {
        concat!(
            "INSERT INTO links (org, tenant, module, crm_id, xero_id, state, natural_key, body) \
             SELECT ?1, ?2, json_extract(value, '$.module'), json_extract(value, '$.crm_id'), \
             json_extract(value, '$.xero_id'), json_extract(value, '$.state'), json_extract(value, '$.natural_key'), \
             json_extract(value, '$.body') FROM json_each(?3) WHERE true \
             ON CONFLICT (org, tenant, module, crm_id) DO UPDATE SET state = excluded.state, \
             natural_key = excluded.natural_key, body = excluded.body",
            $more
        )
    };
}

/// Saves links. Fails with [`DatabaseError::Unique`] when the Xero record of one is linked with another record of the
/// module. Of a link that is there `xero_id` follows the body (trigger `links_move`).
///
/// # Errors
/// Never in practice: our own types serialise.
pub fn save<'a>(scope: &Scope, links: impl IntoIterator<Item = &'a Link>) -> Result<Statement, DatabaseError> {
    saves(upsert!(""), scope, links)
}

/// The same for links most of which have just got their Xero record: a row less for each of these, a row more for each of
/// the others.
///
/// # Errors
/// As [`save`].
pub fn save_found<'a>(scope: &Scope, links: impl IntoIterator<Item = &'a Link>) -> Result<Statement, DatabaseError> {
    saves(upsert!(", xero_id = excluded.xero_id"), scope, links)
}

fn saves<'a>(
    sql: &'static str,
    scope: &Scope,
    links: impl IntoIterator<Item = &'a Link>,
) -> Result<Statement, DatabaseError> {
    let links = links
        .into_iter()
        .map(|link| {
            Ok(Saved {
                module: link.module.api_name(),
                crm_id: &link.crm_id,
                xero_id: link.xero_id.as_ref(),
                state: link.state,
                natural_key: &link.natural_key,
                body: to_json(link)?,
            })
        })
        .collect::<Result<Vec<_>, DatabaseError>>()?;
    Ok(Statement::new(sql).bind(scope.org.as_str()).bind(scope.tenant.as_str()).bind(to_json(&links)?))
}

/// Withdraws intents whose creates were refused, so there is nothing at Xero: each becomes what stands beside it, or goes. One
/// that is not as it was saved any more stays: somebody has decided, or another create has begun.
///
/// # Errors
/// Never in practice: our own types serialise.
pub fn withdraw(scope: &Scope, intents: &[(Link, Option<Link>)]) -> Result<Vec<Statement>, DatabaseError> {
    /// An intent as it was saved.
    #[derive(Serialize)]
    struct Withdrawn<'a> {
        module: &'static str,
        crm_id: &'a ZohoId,
        generation: i64,
        natural_key: &'a str,
        body: Option<String>,
    }
    let withdrawn = |left: bool| -> Result<Option<String>, DatabaseError> {
        let chosen = intents.iter().filter(|(_, word)| word.is_some() == left);
        let rows = chosen
            .map(|(intent, word)| {
                Ok(Withdrawn {
                    module: intent.module.api_name(),
                    crm_id: &intent.crm_id,
                    generation: intent.generation,
                    natural_key: word.as_ref().map_or("", |word| word.natural_key.as_str()),
                    body: word.as_ref().map(to_json).transpose()?,
                })
            })
            .collect::<Result<Vec<_>, DatabaseError>>()?;
        Ok(if rows.is_empty() { None } else { Some(to_json(&rows)?) })
    };
    let mut statements = Vec::new();
    if let Some(rows) = withdrawn(false)? {
        statements.push(
            Statement::new(
                "DELETE FROM links WHERE org = ?1 AND tenant = ?2 AND state = 'creating' AND xero_id IS NULL \
                 AND (module, crm_id, body ->> '$.generation') IN (SELECT json_extract(value, '$.module'), \
                 json_extract(value, '$.crm_id'), json_extract(value, '$.generation') FROM json_each(?3))",
            )
            .bind(scope.org.as_str())
            .bind(scope.tenant.as_str())
            .bind(rows),
        );
    }
    if let Some(rows) = withdrawn(true)? {
        statements.push(
            Statement::new(
                "UPDATE links SET natural_key = json_extract(value, '$.natural_key'), body = json_extract(value, '$.body') \
                 FROM json_each(?3) WHERE org = ?1 AND tenant = ?2 AND module = json_extract(value, '$.module') \
                 AND crm_id = json_extract(value, '$.crm_id') AND state = 'creating' AND xero_id IS NULL \
                 AND links.body ->> '$.generation' = json_extract(value, '$.generation')",
            )
            .bind(scope.org.as_str())
            .bind(scope.tenant.as_str())
            .bind(rows),
        );
    }
    Ok(statements)
}
