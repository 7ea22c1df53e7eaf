//! Table `recipients`: to which addresses of its schedule an organisation's letters go. Addresses are in lower case.

use super::to_json;
use crate::text;
use chrono::{DateTime, Utc};
use ports::{DatabaseError, Row, Statement};
use serde::{Deserialize, Serialize};
use shared::id::OrgId;
use shared::language::Language;
use std::collections::{BTreeMap, BTreeSet};

/// What is known of an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    /// The address.
    pub address: String,
    /// Whether the CRM said that it belongs to an active user.
    pub crm_user: bool,
    /// When the CRM was asked.
    pub looked_at: Option<DateTime<Utc>>,
    /// Until when the link of the last letter is good that asked for a confirmation.
    pub expires_at: Option<DateTime<Utc>>,
    /// Whether the owner has confirmed it.
    pub confirmed: bool,
    /// The tag of the owner's language, `de_DE`: what the CRM says of its user, else what the browser asked for with which
    /// the address was confirmed, until then what the administrator speaks who has asked for that; none if nobody has told.
    pub language: Option<String>,
}

#[derive(Deserialize)]
struct Columns {
    address: String,
    crm_user: i64,
    looked_at: Option<String>,
    expires_at: Option<String>,
    confirmed_at: Option<String>,
    language: Option<String>,
}

/// The statement whose rows [`read`] reads.
#[must_use]
pub fn select(org: &OrgId) -> Statement {
    Statement::new(
        "SELECT address, crm_user, looked_at, expires_at, confirmed_at, language FROM recipients WHERE org = ?1",
    )
    .bind(org.as_str())
}

/// Reads the rows of [`select`].
///
/// # Errors
/// [`DatabaseError::Shape`] when they are not of that shape.
pub fn read(rows: Vec<Row>) -> Result<Vec<Recipient>, DatabaseError> {
    rows.into_iter()
        .map(|row| {
            let columns: Columns = row.read()?;
            Ok(Recipient {
                address: columns.address,
                crm_user: columns.crm_user != 0,
                looked_at: columns.looked_at.as_deref().and_then(text::parse_instant),
                expires_at: columns.expires_at.as_deref().and_then(text::parse_instant),
                confirmed: columns.confirmed_at.is_some(),
                language: columns.language,
            })
        })
        .collect()
}

/// Notes what the CRM said of addresses: which of them belong to its users, and the tags of those users' languages.
///
/// # Errors
/// Never in practice: our own types serialise.
pub fn looked(
    org: &OrgId,
    addresses: &BTreeSet<String>,
    users: &BTreeMap<String, Option<String>>,
    now: DateTime<Utc>,
) -> Result<Statement, DatabaseError> {
    #[derive(Serialize)]
    struct Line<'a> {
        address: &'a str,
        user: bool,
        language: Option<&'a str>,
    }
    let mut lines = Vec::with_capacity(addresses.len());
    for address in addresses {
        let user = users.get(address);
        lines.push(Line { address, user: user.is_some(), language: user.and_then(Option::as_deref) });
    }
    Ok(Statement::new(
        "INSERT INTO recipients (org, address, crm_user, looked_at, language) \
         SELECT ?1, json_extract(value, '$.address'), json_extract(value, '$.user'), ?3, \
         json_extract(value, '$.language') FROM json_each(?2) WHERE true \
         ON CONFLICT (org, address) DO UPDATE SET crm_user = excluded.crm_user, looked_at = excluded.looked_at, \
         language = coalesce(excluded.language, language)",
    )
    .bind(org.as_str())
    .bind(to_json(&lines)?)
    .bind(text::instant(now)))
}

/// Forgets the addresses that are in the schedule no more. One whose letter may still be answered stays, and one whose
/// owner has stopped the letters: the link of its last letter takes that back.
///
/// # Errors
/// Never in practice: our own types serialise.
pub fn keep(org: &OrgId, addresses: &BTreeSet<String>, now: DateTime<Utc>) -> Result<Statement, DatabaseError> {
    Ok(Statement::new(
        "DELETE FROM recipients WHERE org = ?1 AND address NOT IN (SELECT value FROM json_each(?2)) \
         AND (expires_at IS NULL OR expires_at <= ?3) AND (confirmed_at IS NOT NULL OR stop_hash IS NULL)",
    )
    .bind(org.as_str())
    .bind(to_json(addresses)?)
    .bind(text::instant(now)))
}

/// Keeps the link of a letter that asks for a confirmation; the one of an earlier letter is good no more.
#[must_use]
pub fn ask(org: &OrgId, address: &str, token: &str, expires_at: DateTime<Utc>, language: Language) -> Statement {
    Statement::new(
        "INSERT INTO recipients (org, address, token_hash, expires_at, language) VALUES (?1, ?2, ?3, ?4, ?5) \
         ON CONFLICT (org, address) DO UPDATE SET token_hash = excluded.token_hash, expires_at = excluded.expires_at, \
         language = excluded.language",
    )
    .bind(org.as_str())
    .bind(address)
    .bind(text::sha256(token))
    .bind(text::instant(expires_at))
    .bind(language.tag())
}

/// Forgets the link of a letter that could not be sent.
#[must_use]
pub fn unask(org: &OrgId, address: &str) -> Statement {
    Statement::new("UPDATE recipients SET token_hash = NULL, expires_at = NULL WHERE org = ?1 AND address = ?2")
        .bind(org.as_str())
        .bind(address)
}

/// Whom a link is about.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Owner {
    /// The organisation.
    pub org: OrgId,
    /// Its name.
    pub org_name: String,
    /// The address.
    pub address: String,
    /// When it was confirmed.
    confirmed_at: Option<String>,
}

impl Owner {
    /// Whether the address is confirmed.
    #[must_use]
    pub fn is_confirmed(&self) -> bool {
        self.confirmed_at.is_some()
    }
}

/// Whom the link of a letter asks that wants a confirmation, while it is good. The row of [`owner`].
#[must_use]
pub fn asked(token: &str, now: DateTime<Utc>) -> Statement {
    Statement::new(
        "SELECT r.org, c.org_name, r.address, r.confirmed_at FROM recipients r JOIN connections c ON c.org = r.org \
         WHERE r.token_hash = ?1 AND r.expires_at > ?2",
    )
    .bind(text::sha256(token))
    .bind(text::instant(now))
}

/// Whose letters the link at the bottom of a letter ends. The row of [`owner`].
#[must_use]
pub fn stoppable(token: &str) -> Statement {
    Statement::new(
        "SELECT r.org, c.org_name, r.address, r.confirmed_at FROM recipients r JOIN connections c ON c.org = r.org \
         WHERE r.stop_hash = ?1",
    )
    .bind(text::sha256(token))
}

/// Reads the rows of [`asked`] and [`stoppable`].
///
/// # Errors
/// [`DatabaseError::Shape`] when they are not of that shape.
pub fn owner(rows: Vec<Row>) -> Result<Option<Owner>, DatabaseError> {
    rows.into_iter().next().map(Row::read).transpose()
}

/// Confirms an address by the link of its letter, which is good for this once; a row comes back where it was. `stop` is
/// the token of the link that will end the letters.
#[must_use]
pub fn confirm(token: &str, stop: &str, language: Language, now: DateTime<Utc>) -> Statement {
    Statement::new(
        "UPDATE recipients SET confirmed_at = ?2, token_hash = NULL, expires_at = NULL, stop_hash = ?3, language = ?4 \
         WHERE token_hash = ?1 AND expires_at > ?2 RETURNING address",
    )
    .bind(text::sha256(token))
    .bind(text::instant(now))
    .bind(text::sha256(stop))
    .bind(language.tag())
}

/// Takes a confirmation back, or gives it again, by the link at the bottom of a letter.
#[must_use]
pub fn set_confirmed(owner: &Owner, at: Option<DateTime<Utc>>) -> Statement {
    Statement::new("UPDATE recipients SET confirmed_at = ?3 WHERE org = ?1 AND address = ?2")
        .bind(owner.org.as_str())
        .bind(owner.address.as_str())
        .bind(at.map(text::instant))
}

/// Removes the links that are good no more.
#[must_use]
pub fn purge(now: DateTime<Utc>) -> Statement {
    Statement::new("UPDATE recipients SET token_hash = NULL, expires_at = NULL WHERE expires_at <= ?1")
        .bind(text::instant(now))
}
