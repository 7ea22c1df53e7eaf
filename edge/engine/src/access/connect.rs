//! Connecting Xero: consent in a popup, the choice among several organisations, one to one both ways.

use super::Refusal;
use super::tokens::{GrantTokens, JustGranted, TokenDesk};
use crate::config::Config;
use crate::schedule::{begun, next_wake};
use crate::store::connections::{self, Connection, Tenant};
use crate::store::flows::{self, Flow, FlowKind};
use crate::store::grants::{self, Grant, GrantId};
use crate::store::links::Scope;
use crate::store::organisations::Kept;
use crate::store::sessions::User;
use crate::store::{agenda, audit, organisations, runs};
use crate::text;
use chrono::{DateTime, Duration, Utc};
use ports::{DatabaseError, Ports, Statement};
use serde::{Deserialize, Serialize};
use shared::id::{TenantId, ZohoOrgId};
use shared::problem::{Code, Problem};
use shared::settings::schedule::StartRule;
use upstream::CallLog;
use upstream::xero::oauth;

/// How long a person may take on Xero's pages, and then on the choice.
const FLOW_MINUTES: i64 = 15;

/// Makes sure, by asking Zoho, that the user administers the CRM now.
///
/// # Errors
/// [`Refusal`] with `NotAdministrator` when not, or whatever Zoho answered.
pub async fn require_administrator<P: Ports>(
    ports: &P,
    config: &Config,
    desk: &TokenDesk,
    user: &User,
) -> Result<(), Refusal> {
    let tokens = user_tokens(ports, config, desk, user)?;
    let log = CallLog::new();
    let client = upstream::zoho::Client { ports, tokens: &tokens, api_domain: &user.api_domain, log: &log };
    if client.current_user().await?.administrator {
        Ok(())
    } else {
        Err(Refusal::of(Code::NotAdministrator, &[("name", user.name.clone())]))
    }
}

/// The tokens of a signed-in user.
///
/// # Errors
/// [`Refusal`] when the user's data centre is not in the table any more.
pub fn user_tokens<'a, P: Ports>(
    ports: &'a P,
    config: &'a Config,
    desk: &'a TokenDesk,
    user: &User,
) -> Result<GrantTokens<'a, P>, Refusal> {
    let id = GrantId::ZohoUser(user.org.clone(), user.id.clone());
    Ok(GrantTokens { ports, config, desk, id, accounts: accounts_of(config, &user.location)? })
}

/// The accounts server of a data centre.
///
/// # Errors
/// [`Refusal`] when the data centre is not in the table.
pub fn accounts_of(config: &Config, location: &str) -> Result<String, Refusal> {
    config
        .data_centres
        .iter()
        .find(|data_centre| data_centre.location == location)
        .map(|data_centre| data_centre.accounts.clone())
        .ok_or_else(|| Refusal::internal(format!("unknown Zoho data centre {location:?}")))
}

/// Begins to connect Xero and says where to send the popup.
///
/// # Errors
/// [`Refusal`] when the user is no administrator, the CRM is not connected, or the database fails.
pub async fn begin<P: Ports>(ports: &P, config: &Config, desk: &TokenDesk, user: &User) -> Result<String, Refusal> {
    require_administrator(ports, config, desk, user).await?;
    if connections::get(ports, &user.org).await?.is_none() {
        return Err(Refusal::of(Code::ZohoNotConnected, &[]));
    }
    let state = text::secret(ports);
    let flow = Flow {
        kind: FlowKind::Xero,
        challenge: None,
        verifier: None,
        user: Some((user.org.clone(), user.id.clone())),
        payload: Some(user.name.clone()),
    };
    ports.query(flows::begin(&state, &flow, ports.now() + Duration::minutes(FLOW_MINUTES))).await?;
    Ok(oauth::authorize_url(&oauth::Authorize {
        login: &config.xero_addresses.login,
        client_id: &config.xero.id,
        redirect_uri: &config.xero_redirect(),
        scopes: oauth::SCOPES,
        state: &state,
        challenge: None,
    }))
}

/// How a callback of Xero ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Completed {
    /// The organisation is connected.
    Connected(Tenant),
    /// The administrator has to choose: the state for [`choose`] and the organisations.
    Choose(String, Vec<Tenant>),
}

#[derive(Serialize, Deserialize)]
struct Pending {
    refresh_token: String,
    access_token: String,
    expires_at: String,
    by: String,
    tenants: Vec<(String, TenantId, String)>,
}

/// Completes the consent.
///
/// # Errors
/// [`Refusal`] when the state is unknown, the user refused, Xero refused, or no organisation was allowed.
pub async fn complete<P: Ports>(
    ports: &P,
    config: &Config,
    desk: &TokenDesk,
    state: &str,
    code: Option<&str>,
    error: Option<&str>,
) -> Result<Completed, Refusal> {
    let invalid = || Refusal::of(Code::InvalidRequest, &[("field", "state".to_owned())]);
    let flow = flows::take(ports, state, ports.now()).await?.filter(|flow| flow.kind == FlowKind::Xero);
    let flow = flow.ok_or_else(invalid)?;
    let (org, user) = flow.user.ok_or_else(invalid)?;
    let Some(code) = code else {
        let said = error.unwrap_or("access_denied");
        return Err(Refusal::from(shared::problem::of(Code::XeroNotConnected, &[]).said(said)));
    };
    let log = CallLog::new();
    let (identity, api) = (&config.xero_addresses.identity, &config.xero_addresses.api);
    let granted =
        oauth::exchange(ports, &log, identity, config.xero.app(), code, &config.xero_redirect(), None).await?;
    let refresh_token = granted
        .refresh_token
        .ok_or_else(|| Refusal::internal("Xero gave no refresh token although offline_access was asked for"))?;
    let connected = oauth::connections(ports, &log, api, &granted.access_token).await?;
    // An organisation that was linked before keeps its first authEventId, so an empty match means all of them.
    let event = granted.authentication_event;
    let of_this_consent = |one: &&oauth::Connection| event.is_some() && one.authentication_event == event;
    let chosen: Vec<&oauth::Connection> = connected.iter().filter(of_this_consent).collect();
    let offered = if chosen.is_empty() { connected.iter().collect() } else { chosen };
    let offered = offered.into_iter().filter(|connection| connection.kind == "ORGANISATION");
    let pending = Pending {
        refresh_token,
        access_token: granted.access_token,
        expires_at: text::instant(ports.now() + granted.expires_in),
        by: flow.payload.unwrap_or_default(),
        tenants: offered.map(|one| (one.id.clone(), one.tenant.clone(), one.name.clone())).collect(),
    };
    match pending.tenants.as_slice() {
        [] => Err(Refusal::of(Code::XeroNotConnected, &[])),
        [(_, id, name)] => {
            let tenant = Tenant { id: id.clone(), name: name.clone() };
            finish(ports, config, desk, &org, pending, tenant).await
        }
        several => {
            let tenants = several.iter().map(|(_, id, name)| Tenant { id: id.clone(), name: name.clone() }).collect();
            let state = text::secret(ports);
            let payload = serde_json::to_string(&pending).map_err(Refusal::internal)?;
            let flow = Flow {
                kind: FlowKind::Choose,
                challenge: None,
                verifier: None,
                user: Some((org, user)),
                payload: Some(config.vault.seal(ports, &state, &payload)?),
            };
            ports.query(flows::begin(&state, &flow, ports.now() + Duration::minutes(FLOW_MINUTES))).await?;
            Ok(Completed::Choose(state, tenants))
        }
    }
}

/// Completes the choice among several organisations.
///
/// # Errors
/// [`Refusal`] when the state is unknown or the organisation was not offered.
pub async fn choose<P: Ports>(
    ports: &P,
    config: &Config,
    desk: &TokenDesk,
    state: &str,
    tenant: &TenantId,
) -> Result<Completed, Refusal> {
    let invalid = || Refusal::of(Code::InvalidRequest, &[("field", "state".to_owned())]);
    let flow = flows::take(ports, state, ports.now()).await?.filter(|flow| flow.kind == FlowKind::Choose);
    let flow = flow.ok_or_else(invalid)?;
    let (org, _) = flow.user.ok_or_else(invalid)?;
    let payload = config.vault.open(state, &flow.payload.unwrap_or_default())?;
    let pending: Pending = serde_json::from_str(&payload).map_err(Refusal::internal)?;
    let chosen = pending.tenants.iter().find(|(_, id, _)| id == tenant);
    let (_, id, name) = chosen.ok_or_else(|| Refusal::of(Code::InvalidRequest, &[("field", "tenant".to_owned())]))?;
    let tenant = Tenant { id: id.clone(), name: name.clone() };
    finish(ports, config, desk, &org, pending, tenant).await
}

async fn finish<P: Ports>(
    ports: &P,
    config: &Config,
    desk: &TokenDesk,
    org: &ZohoOrgId,
    pending: Pending,
    tenant: Tenant,
) -> Result<Completed, Refusal> {
    let now = ports.now();
    let tokens = JustGranted(pending.access_token.clone());
    let (budget, log) = (upstream::xero::Budget::default(), CallLog::new());
    let base = config.xero_base();
    let client =
        upstream::xero::Client { ports, tokens: &tokens, base: &base, tenant: &tenant.id, budget: &budget, log: &log };
    let lists = client.organisation(&config.xero_addresses.web).await?;
    let grant = Grant {
        refresh_token: pending.refresh_token,
        access_token: Some(pending.access_token.clone()),
        access_expires_at: text::parse_instant(&pending.expires_at),
    };
    let id = GrantId::Xero(org.clone());
    let mut answers = ports.batch(vec![connections::select(org), organisations::select(org)]).await?.into_iter();
    let mut next = || answers.next().unwrap_or_default().into_iter().next();
    let before = next().map(connections::read).transpose()?;
    let before = before.ok_or_else(|| Refusal::of(Code::ZohoNotConnected, &[]))?;
    let kept = next().map(organisations::read).transpose()?.unwrap_or_default();
    let mut statements = vec![
        connections::connect_xero(org, &tenant, &pending.by, now),
        grants::save(&config.vault, ports, &id, &grant, now)?,
        organisations::save_xero(org, &tenant.id, &lists, now)?,
        audit::note(ports, org, &pending.by, "connect-xero", &tenant.name, now),
    ];
    let left = before.tenant.as_ref().filter(|left| left.id != tenant.id);
    if let Some(left) = left {
        // What it has listed is of the other organisation.
        statements.extend(runs::drop_previews(org));
        statements.extend(runs::cancel_active(org, &ended_by(&pending.by, &left.name), now)?);
    }
    statements.extend(planned(org, &before, &kept, &tenant, now));
    match ports.batch(statements).await {
        Ok(_) => {}
        Err(DatabaseError::Unique(_)) => {
            return Err(Refusal::of(Code::OrganisationTaken, &[("name", tenant.name)]));
        }
        Err(error) => return Err(error.into()),
    }
    desk.forget(&id);
    // Connections that nobody chose count against the app's limit until they are removed. One that another CRM
    // organisation of this installation uses stays.
    for (connection, id, _) in &pending.tenants {
        if !connections::is_taken(ports, id).await? {
            oauth::disconnect(ports, &log, &config.xero_addresses.api, &pending.access_token, connection).await?;
        }
    }
    if let Some(left) = left
        && !connections::is_taken(ports, &left.id).await?
    {
        drop_connection(ports, config, &left.id, &pending.access_token).await;
    }
    Ok(Completed::Connected(tenant))
}

/// The schedule of an organisation that was just connected: it wakes up, and what it shall leave as it was counts as
/// seen.
fn planned(org: &ZohoOrgId, before: &Connection, kept: &Kept, tenant: &Tenant, now: DateTime<Utc>) -> Vec<Statement> {
    let schedule = &before.settings.schedule;
    let (wake_at, run_at) = next_wake(schedule, kept.time_zone(), now);
    let mut statements = vec![agenda::begin(org, wake_at, run_at)];
    if schedule.enabled && schedule.start == StartRule::FirstScheduled {
        let scope = Scope { org: org.clone(), tenant: tenant.id.clone() };
        statements.extend(begun(&scope, &before.settings, now));
    }
    statements
}

/// Why a run ended when Xero was disconnected or another organisation took its place.
pub(super) fn ended_by(by: &str, organisation: &str) -> Problem {
    Problem {
        what: "The run was ended because its Xero organisation is no longer connected.".to_owned(),
        why: format!("{by} disconnected \"{organisation}\" while the run was under way."),
        fix: "What was done stays done. Start a new run once the right organisation is connected.".to_owned(),
        ..shared::problem::of(Code::XeroNotConnected, &[])
    }
}

/// Drops our connection with an organisation at Xero. One that this token does not reach stays; a Xero that does not
/// answer holds up nothing.
pub(super) async fn drop_connection<P: Ports>(ports: &P, config: &Config, tenant: &TenantId, access_token: &str) {
    let (log, api) = (CallLog::new(), &config.xero_addresses.api);
    let reached = oauth::connections(ports, &log, api, access_token).await.unwrap_or_default();
    for one in reached.iter().filter(|one| one.tenant == *tenant) {
        let _ = oauth::disconnect(ports, &log, api, access_token, &one.id).await;
    }
}
