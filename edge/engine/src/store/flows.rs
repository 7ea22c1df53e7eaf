//! Tables `flows` and `claims`: OAuth flows under way, and sign-ins that wait for their panel. Both are used once.

use crate::text;
use chrono::{DateTime, Utc};
use ports::{Database, DatabaseError, Statement};
use serde::Deserialize;
use shared::id::{ZohoId, ZohoOrgId};

/// What a flow is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FlowKind {
    /// A user signs in with Zoho.
    SignIn,
    /// An administrator signs in with Zoho and connects the CRM.
    Connect,
    /// An administrator connects Xero.
    Xero,
    /// An administrator came back from Xero with several organisations and has to choose one.
    Choose,
}

impl FlowKind {
    fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::Connect => "connect",
            Self::Xero => "xero",
            Self::Choose => "choose",
        }
    }
}

/// A flow under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flow {
    /// What it is for.
    pub kind: FlowKind,
    /// The panel's challenge (sign-in and connect).
    pub challenge: Option<String>,
    /// Our own PKCE verifier, sealed.
    pub verifier: Option<String>,
    /// Who began it (Xero).
    pub user: Option<(ZohoOrgId, ZohoId)>,
    /// What has to survive until the choice (sealed).
    pub payload: Option<String>,
}

#[derive(Deserialize)]
struct FlowColumns {
    kind: FlowKind,
    challenge: Option<String>,
    verifier: Option<String>,
    org: Option<ZohoOrgId>,
    user: Option<ZohoId>,
    payload: Option<String>,
}

/// Keeps a flow under the hash of its `state`.
#[must_use]
pub fn begin(state: &str, flow: &Flow, expires_at: DateTime<Utc>) -> Statement {
    Statement::new(
        "INSERT INTO flows (state_hash, kind, challenge, verifier, org, user, payload, expires_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )
    .bind(text::sha256(state))
    .bind(flow.kind.as_str())
    .bind(flow.challenge.clone())
    .bind(flow.verifier.clone())
    .bind(flow.user.as_ref().map(|(org, _)| org.to_string()))
    .bind(flow.user.as_ref().map(|(_, user)| user.to_string()))
    .bind(flow.payload.clone())
    .bind(text::instant(expires_at))
}

/// Takes a flow: it is gone afterwards, so a `state` works once.
///
/// # Errors
/// [`DatabaseError`] as the database reports it.
pub async fn take(database: &impl Database, state: &str, now: DateTime<Utc>) -> Result<Option<Flow>, DatabaseError> {
    let rows = database
        .query(
            Statement::new(
                "DELETE FROM flows WHERE state_hash = ?1 AND expires_at > ?2 \
                 RETURNING kind, challenge, verifier, org, user, payload",
            )
            .bind(text::sha256(state))
            .bind(text::instant(now)),
        )
        .await?;
    let Some(row) = rows.into_iter().next() else { return Ok(None) };
    let columns: FlowColumns = row.read()?;
    Ok(Some(Flow {
        kind: columns.kind,
        challenge: columns.challenge,
        verifier: columns.verifier,
        user: columns.org.zip(columns.user),
        payload: columns.payload,
    }))
}

/// Keeps a finished sign-in until its panel claims it.
#[must_use]
pub fn offer(code: &str, challenge: &str, org: &ZohoOrgId, user: &ZohoId, expires_at: DateTime<Utc>) -> Statement {
    Statement::new("INSERT INTO claims (code_hash, challenge, org, user, expires_at) VALUES (?1, ?2, ?3, ?4, ?5)")
        .bind(text::sha256(code))
        .bind(challenge)
        .bind(org.as_str())
        .bind(user.as_str())
        .bind(text::instant(expires_at))
}

/// A finished sign-in.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Claim {
    /// The challenge that the panel's verifier must meet.
    pub challenge: String,
    /// The CRM organisation.
    pub org: ZohoOrgId,
    /// The user.
    pub user: ZohoId,
}

/// Takes a finished sign-in: it is gone afterwards, whether the verifier fits or not.
///
/// # Errors
/// [`DatabaseError`] as the database reports it.
pub async fn claim(database: &impl Database, code: &str, now: DateTime<Utc>) -> Result<Option<Claim>, DatabaseError> {
    let rows = database
        .query(
            Statement::new(
                "DELETE FROM claims WHERE code_hash = ?1 AND expires_at > ?2 RETURNING challenge, org, user",
            )
            .bind(text::sha256(code))
            .bind(text::instant(now)),
        )
        .await?;
    rows.into_iter().next().map(ports::Row::read).transpose()
}
