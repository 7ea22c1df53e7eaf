//! Table `grants`: OAuth tokens, sealed for their row and column. The id says whose they are.

use crate::text;
use crate::vault::{Place, Vault, VaultError};
use chrono::{DateTime, Utc};
use ports::{Database, DatabaseError, Random, Row, Statement};
use serde::Deserialize;
use shared::id::{OrgId, ZohoId};

/// Whose tokens they are.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum GrantId {
    /// The administrator's who connected the CRM: used to write back.
    Zoho(OrgId),
    /// A signed-in user's: used to read with that user's rights.
    ZohoUser(OrgId, ZohoId),
    /// The connection's with Xero.
    Xero(OrgId),
}

impl GrantId {
    /// The CRM organisation that the grant belongs to.
    #[must_use]
    pub fn org(&self) -> &OrgId {
        match self {
            Self::Zoho(org) | Self::ZohoUser(org, _) | Self::Xero(org) => org,
        }
    }

    /// As it stands in the table.
    #[must_use]
    pub fn key(&self) -> String {
        match self {
            Self::Zoho(org) => format!("zoho:{org}"),
            Self::ZohoUser(org, user) => format!("zoho:{org}:{user}"),
            Self::Xero(org) => format!("xero:{org}"),
        }
    }
}

/// A grant, opened.
#[derive(Clone, PartialEq, Eq)]
pub struct Grant {
    /// The refresh token.
    pub refresh_token: String,
    /// The access token, if one was kept.
    pub access_token: Option<String>,
    /// Until when the access token is good.
    pub access_expires_at: Option<DateTime<Utc>>,
    /// What the grant covers, as the vendor said.
    pub scopes: Vec<String>,
}

impl std::fmt::Debug for Grant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Grant(until {:?})", self.access_expires_at)
    }
}

/// Why a grant can't be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GrantError {
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The vault refused.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

#[derive(Deserialize)]
struct Columns {
    refresh_token: String,
    access_token: Option<String>,
    access_expires_at: Option<String>,
    scopes: String,
}

/// Where a refresh token stands.
fn refresh(key: &str) -> Place<'_> {
    Place { table: "grants", row: key, column: "refresh_token" }
}

/// Where an access token stands.
fn access(key: &str) -> Place<'_> {
    Place { table: "grants", row: key, column: "access_token" }
}

/// A grant, if there is one that can be opened. One whose key is lost is none: there is nothing to use, or to give back, and
/// whoever it is of signs in or connects again.
///
/// # Errors
/// [`DatabaseError`] as the database reports it.
pub async fn known(database: &impl Database, vault: &Vault, id: &GrantId) -> Result<Option<Grant>, DatabaseError> {
    match get(database, vault, id).await {
        Ok(grant) => Ok(grant),
        Err(GrantError::Vault(_)) => Ok(None),
        Err(GrantError::Database(error)) => Err(error),
    }
}

/// Reads and opens a grant.
///
/// # Errors
/// [`GrantError`] when the database fails or the vault can't open it.
pub async fn get(database: &impl Database, vault: &Vault, id: &GrantId) -> Result<Option<Grant>, GrantError> {
    let key = id.key();
    let rows = database
        .query(
            Statement::new("SELECT refresh_token, access_token, access_expires_at, scopes FROM grants WHERE id = ?1")
                .bind(key.as_str()),
        )
        .await?;
    let Some(row) = rows.into_iter().next() else { return Ok(None) };
    let columns: Columns = row.read()?;
    Ok(Some(Grant {
        refresh_token: vault.open(refresh(&key), &columns.refresh_token)?,
        access_token: columns.access_token.map(|sealed| vault.open(access(&key), &sealed)).transpose()?,
        access_expires_at: columns.access_expires_at.as_deref().and_then(text::parse_instant),
        scopes: columns.scopes.split_whitespace().map(str::to_owned).collect(),
    }))
}

/// The refresh tokens of an organisation with Zoho: the connection's and those of its users, newest first, at most
/// `count`. One that the vault can't open is left out.
///
/// # Errors
/// [`DatabaseError`] as the database reports it.
pub async fn of_zoho(
    database: &impl Database,
    vault: &Vault,
    org: &OrgId,
    count: i64,
) -> Result<Vec<String>, DatabaseError> {
    #[derive(Deserialize)]
    struct Sealed {
        id: String,
        refresh_token: String,
    }
    let statement = Statement::new(
        "SELECT id, refresh_token FROM grants WHERE org = ?1 AND id LIKE 'zoho:%' \
         ORDER BY length(id), updated_at DESC LIMIT CAST(?2 AS INTEGER)",
    );
    let rows = database.query(statement.bind(org.as_str()).bind(count)).await?;
    let mut tokens = Vec::new();
    for row in rows {
        let sealed: Sealed = row.read()?;
        if let Ok(token) = vault.open(refresh(&sealed.id), &sealed.refresh_token)
            && !tokens.contains(&token)
        {
            tokens.push(token);
        }
    }
    Ok(tokens)
}

/// What is known of a grant without opening it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// When it was last renewed.
    pub renewed_at: Option<DateTime<Utc>>,
    /// What it covers, as the vendor said; empty where it said nothing.
    pub scopes: Vec<String>,
}

impl Standing {
    /// What of these scopes the grant does not cover; none where the vendor has not said what it covers.
    #[must_use]
    pub fn lacks(&self, asked: &[&str]) -> Vec<String> {
        if self.scopes.is_empty() {
            return Vec::new();
        }
        let missing = asked.iter().filter(|asked| !self.scopes.iter().any(|scope| scope == *asked));
        missing.map(|scope| (*scope).to_owned()).collect()
    }
}

/// How a grant stands; the row of [`read_standing`].
#[must_use]
pub fn select_standing(id: &GrantId) -> Statement {
    Statement::new("SELECT updated_at, scopes FROM grants WHERE id = ?1").bind(id.key())
}

/// Reads the rows of [`select_standing`]; none where there is no grant.
///
/// # Errors
/// [`DatabaseError::Shape`] when they are not of that shape.
pub fn read_standing(rows: Vec<Row>) -> Result<Option<Standing>, DatabaseError> {
    #[derive(Deserialize)]
    struct Columns {
        updated_at: String,
        scopes: String,
    }
    let Some(row) = rows.into_iter().next() else { return Ok(None) };
    let columns: Columns = row.read()?;
    let scopes = columns.scopes.split_whitespace().map(str::to_owned).collect();
    Ok(Some(Standing { renewed_at: text::parse_instant(&columns.updated_at), scopes }))
}

/// Seals a grant and says how to save it.
///
/// # Errors
/// [`VaultError`] when sealing fails.
pub fn save(
    vault: &Vault,
    random: &impl Random,
    id: &GrantId,
    grant: &Grant,
    now: DateTime<Utc>,
) -> Result<Statement, VaultError> {
    let sql = "INSERT INTO grants (id, org, refresh_token, access_token, access_expires_at, scopes, updated_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) \
         ON CONFLICT (id) DO UPDATE SET refresh_token = excluded.refresh_token, \
         access_token = excluded.access_token, access_expires_at = excluded.access_expires_at, \
         scopes = excluded.scopes, updated_at = excluded.updated_at";
    sealed(Statement::new(sql), vault, random, (id, grant), now)
}

/// Saves a grant that was renewed, unless it was given back meanwhile.
///
/// # Errors
/// As [`save`].
pub fn renew(
    vault: &Vault,
    random: &impl Random,
    id: &GrantId,
    grant: &Grant,
    now: DateTime<Utc>,
) -> Result<Statement, VaultError> {
    let sql = "UPDATE grants SET refresh_token = ?3, access_token = ?4, access_expires_at = ?5, scopes = ?6, \
         updated_at = ?7 WHERE id = ?1 AND org = ?2";
    sealed(Statement::new(sql), vault, random, (id, grant), now)
}

/// Binds a grant to a statement, its tokens sealed: id, organisation, and then the columns in the order of the table.
fn sealed(
    statement: Statement,
    vault: &Vault,
    random: &impl Random,
    (id, grant): (&GrantId, &Grant),
    now: DateTime<Utc>,
) -> Result<Statement, VaultError> {
    let key = id.key();
    let access_token =
        grant.access_token.as_deref().map(|token| vault.seal(random, access(&key), token)).transpose()?;
    Ok(statement
        .bind(key.as_str())
        .bind(id.org().as_str())
        .bind(vault.seal(random, refresh(&key), &grant.refresh_token)?)
        .bind(access_token)
        .bind(grant.access_expires_at.map(text::instant))
        .bind(grant.scopes.join(" "))
        .bind(text::instant(now)))
}

/// Notes that a grant is about to be renewed: whether the database takes it says whether it will take what comes.
#[must_use]
pub fn renews(id: &GrantId, now: DateTime<Utc>) -> Statement {
    Statement::new("UPDATE grants SET updated_at = ?2 WHERE id = ?1").bind(id.key()).bind(text::instant(now))
}

/// Forgets a grant.
#[must_use]
pub fn delete(id: &GrantId) -> Statement {
    Statement::new("DELETE FROM grants WHERE id = ?1").bind(id.key())
}

/// What became of the tokens that an older key had sealed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Resealed {
    /// Grants that the newest key has sealed anew.
    pub anew: usize,
    /// Grants that none of the keys opens: theirs is gone, or they were moved here from elsewhere. They stay as they are, and
    /// whoever they are of signs in or connects again.
    pub closed: usize,
    /// Whether there may be more; they come the next time.
    pub more: bool,
}

impl Resealed {
    /// What the operator's log says of it. Older keys may be taken away once nothing is left that they open: what can't be
    /// opened is no reason to keep them, and not the same as done.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self { more: true, .. } => "grants were sealed anew; more follow",
            Self { closed: 0, .. } => "grants were sealed anew; none is left",
            Self { .. } => "grants were sealed anew; none is left but unreadable ones",
        }
    }
}

/// How many grants are sealed anew with one statement. A sealed access token of Xero has about 3 kB, and a value that
/// is bound has 2 MB at most (<https://developers.cloudflare.com/d1/platform/limits/>).
const RESEALED_AT_ONCE: usize = 100;

/// How many times that is done in one go, with two statements each, after one that counts.
const RESEALINGS: usize = 3;

/// Seals with the newest key what older ones have sealed, so that these can be taken away. A grant that is renewed
/// meanwhile is left as it then is.
///
/// # Errors
/// [`GrantError`] when the database fails or sealing does.
pub async fn reseal(ports: &(impl Database + Random), vault: &Vault) -> Result<Resealed, GrantError> {
    #[derive(Deserialize, serde::Serialize)]
    struct Sealed {
        id: String,
        refresh_token: String,
        access_token: Option<String>,
    }
    #[derive(Deserialize)]
    struct Count {
        count: usize,
    }
    let known: Vec<String> = vault.prefixes().collect();
    let known = serde_json::to_string(&known).map_err(|_| VaultError::Sealed("no list could be made"))?;
    // Those whose key is gone are counted by that, so that however many they are, the others have their turn.
    let unknown = Statement::new(
        "SELECT count(*) AS count FROM grants WHERE NOT EXISTS (SELECT 1 FROM json_each(?1) AS known \
         WHERE substr(refresh_token, 1, length(known.value)) = known.value)",
    );
    let unknown = ports.query(unknown.bind(known.as_str())).await?.into_iter().next();
    let closed = unknown.map(|row| row.read::<Count>()).transpose()?.map_or(0, |row| row.count);
    let mut done = Resealed { closed, ..Resealed::default() };
    let mut after = String::new();
    for _ in 0..RESEALINGS {
        let select = Statement::new(
            "SELECT id, refresh_token, access_token FROM grants WHERE id > ?2 \
             AND EXISTS (SELECT 1 FROM json_each(?1) AS known \
             WHERE substr(refresh_token, 1, length(known.value)) = known.value) \
             AND (substr(refresh_token, 1, length(?3)) <> ?3 OR substr(access_token, 1, length(?3)) <> ?3) \
             ORDER BY id LIMIT CAST(?4 AS INTEGER)",
        );
        let most = i64::try_from(RESEALED_AT_ONCE).unwrap_or(i64::MAX);
        let select = select.bind(known.as_str()).bind(after.as_str()).bind(vault.prefix()).bind(most);
        let rows = ports.query(select).await?;
        done.more = rows.len() == RESEALED_AT_ONCE;
        let mut anew = Vec::new();
        for row in rows {
            let old: Sealed = row.read()?;
            after.clone_from(&old.id);
            let again = |place: Place<'_>, sealed: &str| -> Result<Option<String>, VaultError> {
                let Ok(plain) = vault.open(place, sealed) else { return Ok(None) };
                vault.seal(ports, place, &plain).map(Some)
            };
            let Some(refresh_token) = again(refresh(&old.id), &old.refresh_token)? else {
                done.closed += 1;
                continue;
            };
            // An access token that can't be opened is worth nothing: the next call gets another one.
            let access_token = match &old.access_token {
                Some(sealed) => again(access(&old.id), sealed)?,
                None => None,
            };
            anew.push((old.refresh_token, Sealed { id: old.id, refresh_token, access_token }));
        }
        if !anew.is_empty() {
            let update = Statement::new(
                "UPDATE grants SET refresh_token = new.value ->> '$[1].refresh_token', \
                 access_token = new.value ->> '$[1].access_token' FROM json_each(?1) AS new \
                 WHERE grants.id = new.value ->> '$[1].id' AND grants.refresh_token = new.value ->> '$[0]' \
                 RETURNING grants.id",
            );
            let list = serde_json::to_string(&anew).map_err(|_| VaultError::Sealed("no list could be made"))?;
            // What was renewed meanwhile is none of these.
            done.anew += ports.query(update.bind(list)).await?.len();
        }
        if !done.more {
            break;
        }
    }
    Ok(done)
}
