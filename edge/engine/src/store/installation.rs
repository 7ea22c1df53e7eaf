//! Tables `installation` and `invitations`: whose installation this is, and who else may use it.

use crate::text;
use chrono::{DateTime, Utc};
use ports::{Database, DatabaseError, Row, Statement};
use serde::Deserialize;
use shared::api::InvitationView;
use shared::id::OrgId;

/// Whether an organisation may be here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The installation belongs to nobody yet.
    Free,
    /// The installation belongs to nobody yet, and one of the organisation's people is signed in who knew its key.
    Keyed,
    /// The installation belongs to nobody, and it is connected all the same: it came while whoever hosts the installation
    /// let it in. With the key it would have become the owner.
    Hosted,
    /// It is the owner.
    Owner,
    /// The owner has invited it.
    Guest,
    /// Neither.
    Stranger,
}

#[derive(Deserialize)]
struct Found {
    owner: Option<OrgId>,
    invited: i64,
    connected: i64,
    keyed: i64,
}

/// The place of an organisation; of nobody in particular it is free or strange.
///
/// # Errors
/// [`DatabaseError`] as the database reports it.
pub async fn place(database: &impl Database, org: Option<&OrgId>) -> Result<Place, DatabaseError> {
    let statement = Statement::new(
        "SELECT (SELECT owner FROM installation) AS owner, \
         (SELECT count(*) FROM invitations WHERE guest = ?1) AS invited, \
         (SELECT count(*) FROM connections WHERE org = ?1) AS connected, \
         (SELECT count(*) FROM sessions WHERE org = ?1 AND keyed = 1) AS keyed",
    );
    let rows = database.query(statement.bind(org.map(OrgId::as_str))).await?;
    rows.into_iter().next().map_or(Ok(Place::Free), |row| read_place(row, org))
}

/// The place of an organisation by a row with `owner`, and with `invited`, `connected` and `keyed`, how often it is that.
///
/// # Errors
/// [`DatabaseError::Shape`] when the row lacks them.
pub fn read_place(row: Row, org: Option<&OrgId>) -> Result<Place, DatabaseError> {
    Ok(match row.read::<Found>()? {
        Found { owner: None, invited: 0, connected, .. } if connected > 0 => Place::Hosted,
        Found { owner: None, keyed, .. } if keyed > 0 => Place::Keyed,
        Found { owner: None, .. } => Place::Free,
        Found { owner: Some(owner), .. } if Some(&owner) == org => Place::Owner,
        Found { invited, .. } if invited > 0 => Place::Guest,
        Found { .. } => Place::Stranger,
    })
}

/// Lets the batch that it is in fail as a whole where an organisation is a stranger by now: the table takes one row of
/// the number 1.
#[must_use]
pub fn no_stranger(org: &OrgId) -> Statement {
    Statement::new(
        "UPDATE installation SET one = 0 WHERE owner <> ?1 AND NOT EXISTS (SELECT 1 FROM invitations WHERE guest = ?1)",
    )
    .bind(org.as_str())
}

/// Makes an organisation the owner, unless there is one.
#[must_use]
pub fn own(org: &OrgId, now: DateTime<Utc>) -> Statement {
    Statement::new(
        "INSERT INTO installation (one, owner, owned_at) VALUES (1, ?1, ?2) \
         ON CONFLICT (one) DO UPDATE SET owner = coalesce(owner, excluded.owner), \
         owned_at = coalesce(owned_at, excluded.owned_at)",
    )
    .bind(org.as_str())
    .bind(text::instant(now))
}

/// Invites an organisation; one that is invited stays invited as it was.
#[must_use]
pub fn invite(org: &OrgId, by: &str, now: DateTime<Utc>) -> Statement {
    Statement::new("INSERT INTO invitations (guest, invited_by, at) VALUES (?1, ?2, ?3) ON CONFLICT (guest) DO NOTHING")
        .bind(org.as_str())
        .bind(by)
        .bind(text::instant(now))
}

/// Takes an invitation back.
#[must_use]
pub fn uninvite(org: &OrgId) -> Statement {
    Statement::new("DELETE FROM invitations WHERE guest = ?1").bind(org.as_str())
}

/// All invitations, newest first, at most 500.
#[must_use]
pub fn select_invitations() -> Statement {
    Statement::new(
        "SELECT i.guest, i.invited_by, i.at, c.org_name FROM invitations i LEFT JOIN connections c ON c.org = i.guest \
         ORDER BY i.at DESC, i.guest LIMIT 500",
    )
}

/// Reads the rows of [`select_invitations`].
///
/// # Errors
/// [`DatabaseError::Shape`] when they are not of that shape.
pub fn read_invitations(rows: Vec<Row>) -> Result<Vec<InvitationView>, DatabaseError> {
    #[derive(Deserialize)]
    struct Columns {
        guest: OrgId,
        invited_by: String,
        at: String,
        org_name: Option<String>,
    }
    rows.into_iter()
        .map(|row| {
            let Columns { guest, invited_by, at, org_name } = row.read()?;
            let at = text::parse_instant(&at).ok_or_else(|| DatabaseError::Shape(format!("invitations.at: {at:?}")))?;
            Ok(InvitationView { org: guest, name: org_name, by: invited_by, at })
        })
        .collect()
}

/// Our own address, if it was learned.
///
/// # Errors
/// [`DatabaseError`] as the database reports it.
pub async fn public_url(database: &impl Database) -> Result<Option<String>, DatabaseError> {
    #[derive(Deserialize)]
    struct Columns {
        public_url: Option<String>,
    }
    let rows = database.query(Statement::new("SELECT public_url FROM installation WHERE one = 1")).await?;
    Ok(rows.into_iter().next().map(|row| row.read::<Columns>()).transpose()?.and_then(|row| row.public_url))
}

/// Learns our own address. What was learned before stays.
#[must_use]
pub fn learn_public_url(url: &str) -> Statement {
    Statement::new(
        "INSERT INTO installation (one, public_url) VALUES (1, ?1) \
         ON CONFLICT (one) DO UPDATE SET public_url = excluded.public_url WHERE installation.public_url IS NULL",
    )
    .bind(url)
}
