//! Connecting Xero: see [`super::flow`] for the way that all grants take. The choice among several organisations stands
//! behind the claim, and one CRM organisation has one Xero organisation, both ways.

use super::Refusal;
use super::flow::{self, Beginner, Flow, Offered, Purpose};
use super::rights::Administrator;
use super::tokens::{GrantTokens, JustGranted, TokenDesk};
use super::unclaimed::drop_unused;
use crate::config::Config;
use crate::schedule::{begun, next_wake};
use crate::store::connections::{self, Connection, Tenant};
use crate::store::grants::{self, Grant, GrantId};
use crate::store::links::Scope;
use crate::store::organisations::Kept;
use crate::store::sessions::{Session, User};
use crate::store::{agenda, audit, organisations, parked, runs};
use crate::sync::Engine;
use crate::text;
use chrono::{DateTime, Utc};
use ports::{DatabaseError, Ports, Statement};
use serde::{Deserialize, Serialize};
use shared::api::{ClaimRequest, ConnectRequest, TenantView, XeroClaimReply};
use shared::id::{OrgId, TenantId};
use shared::problem::{self, Code, Problem};
use shared::settings::schedule::StartRule;
use upstream::CallLog;
use upstream::xero::oauth;

/// What Xero granted in one consent.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Offer {
    pub(super) refresh_token: String,
    pub(super) access_token: String,
    pub(super) expires_at: DateTime<Utc>,
    pub(super) scopes: Vec<String>,
    /// The organisations that can be chosen.
    pub(super) tenants: Vec<Reached>,
}

/// An organisation that a consent reaches.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Reached {
    /// The connection's own id at Xero.
    pub(super) connection: String,
    pub(super) id: TenantId,
    pub(super) name: String,
    /// Whether this very consent has made the connection.
    pub(super) made: bool,
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
        .ok_or_else(|| Refusal::internal("the connection's Zoho data centre is unknown"))
}

/// The address of Xero's consent page.
pub(super) fn authorize_url(config: &Config, state: &str) -> String {
    oauth::authorize_url(&oauth::Authorize {
        login: &config.xero_addresses.login,
        client_id: &config.xero.id,
        redirect_uri: &config.xero_redirect(),
        scopes: oauth::SCOPES,
        state,
        challenge: None,
    })
}

/// Parks what Xero granted and gives the popup's one-time code. Nothing takes effect.
///
/// # Errors
/// [`Refusal`] when the state is none of ours, the user refused, Xero refused, or no organisation was allowed; what was
/// granted is given back then.
pub async fn returned<P: Ports>(
    ports: &P,
    config: &Config,
    state: &str,
    code: Option<&str>,
    error: Option<&str>,
) -> Result<Offered, Refusal> {
    let over = || Refusal::from(problem::flow_over(None));
    let flow = Flow::open(ports, config, state)?;
    let by = flow.by.clone().filter(|_| flow.purpose == Purpose::ConnectXero).ok_or_else(over)?;
    let Some(code) = code else {
        return Err(flow::not_granted("Xero", error, Code::XeroNotConnected));
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
    let offer = Offer {
        refresh_token,
        access_token: granted.access_token,
        expires_at: ports.now() + granted.expires_in,
        scopes: granted.scopes,
        tenants: offered
            .into_iter()
            .filter(|connection| connection.kind == "ORGANISATION")
            .map(|one| Reached {
                connection: one.id.clone(),
                id: one.tenant.clone(),
                name: one.name.clone(),
                made: one.created.is_some_and(|created| created >= flow.began_at),
            })
            .collect(),
    };
    if offer.tenants.is_empty() {
        let refusal = Refusal::from(problem::xero_not_connected(None, None));
        flow.fail(ports, &refusal.problem).await?;
        return Err(refusal);
    }
    let parked = flow.park(ports, config, (&by.org, &by.user), (&by.name, &by.org_name), &offer).await;
    if parked.is_err() {
        drop_unused(ports, config, &offer).await?;
    }
    parked
}

impl<P: Ports> Engine<'_, P> {
    /// Begins to connect Xero and says where to send the popup (administrators).
    ///
    /// # Errors
    /// [`Refusal`] when the CRM is not connected, the challenge is no SHA-256, or the database fails.
    pub async fn begin_xero(
        &self,
        administrator: &Administrator,
        session: &Session,
        request: &ConnectRequest,
    ) -> Result<String, Refusal> {
        let connection = connections::get(self.ports, &administrator.org).await?;
        let connection = connection.ok_or_else(problem::zoho_not_connected)?;
        let by = Beginner {
            org: administrator.org.clone(),
            org_name: connection.org_name,
            user: administrator.id.clone(),
            name: administrator.name.clone(),
            session: session.key.clone(),
        };
        Flow::begin(self.ports, self.config, Purpose::ConnectXero, &request.challenge, Some(by), false)
    }

    /// Lets what Xero granted take effect, or offers the choice where several organisations were allowed. `administrator`
    /// has to come out of an answer that Zoho gave for this very request.
    ///
    /// # Errors
    /// [`Refusal`] when nothing is parked for this verifier and session, the code is another one, or the organisation is
    /// another CRM's.
    pub async fn claim_xero(
        &self,
        administrator: &Administrator,
        session: &Session,
        request: &ClaimRequest,
    ) -> Result<XeroClaimReply, Refusal> {
        let secrets = (request.verifier.as_str(), request.code.as_str());
        let claimed = flow::claim(self.ports, self.config, secrets, &[Purpose::ConnectXero], Some(session)).await?;
        let offer: Offer = serde_json::from_str(&claimed.granted).map_err(Refusal::internal)?;
        match offer.tenants.as_slice() {
            [only] => {
                let only = only.id.clone();
                self.choose_xero(administrator, session, &request.verifier, &only).await
            }
            several => {
                let now = connections::get(self.ports, &administrator.org).await?.and_then(|known| known.tenant);
                let choose = several.iter().map(|one| TenantView {
                    id: one.id.clone(),
                    name: one.name.clone(),
                    connected: now.as_ref().is_some_and(|now| now.id == one.id),
                });
                Ok(XeroClaimReply { connected: None, choose: choose.collect() })
            }
        }
    }

    /// Connects one of the organisations that a claim of this session offered. `administrator` has to come out of an answer
    /// that Zoho gave for this very request.
    ///
    /// # Errors
    /// [`Refusal`] when this session has nothing to choose from, the organisation was not offered, or is another CRM's.
    pub async fn choose_xero(
        &self,
        administrator: &Administrator,
        session: &Session,
        verifier: &str,
        tenant: &TenantId,
    ) -> Result<XeroClaimReply, Refusal> {
        let over = || Refusal::from(problem::flow_over(None));
        let (ports, config) = (self.ports, self.config);
        let parked = parked::choosing(ports, &text::sha256(verifier), &session.key, ports.now()).await?;
        let parked = parked.filter(|parked| parked.org == administrator.org && parked.user == administrator.id);
        let parked = parked.ok_or_else(over)?;
        let granted = config.vault.open(parked::place(&parked.flow), &parked.payload)?;
        let offer: Offer = serde_json::from_str(&granted).map_err(Refusal::internal)?;
        let chosen = offer.tenants.iter().find(|one| one.id == *tenant);
        let chosen = chosen.ok_or_else(|| Refusal::from(problem::invalid_request("tenant", None, None)))?;
        let chosen = Tenant { id: chosen.id.clone(), name: chosen.name.clone() };
        if !parked::take(ports, &parked.flow).await? {
            return Err(over());
        }
        let connected = connect(self, administrator, &offer, chosen).await;
        // What nobody chose, or could not be connected, counts against the app's limit until it is removed.
        drop_unused(ports, config, &offer).await?;
        let connected = connected?;
        Ok(XeroClaimReply {
            connected: Some(TenantView { id: connected.id, name: connected.name, connected: true }),
            choose: Vec::new(),
        })
    }
}

async fn connect<P: Ports>(
    engine: &Engine<'_, P>,
    administrator: &Administrator,
    offer: &Offer,
    tenant: Tenant,
) -> Result<Tenant, Refusal> {
    let (ports, config, org) = (engine.ports, engine.config, &administrator.org);
    let now = ports.now();
    let tokens = JustGranted(offer.access_token.clone());
    let (budget, log) = (upstream::xero::Budget::default(), CallLog::new());
    let base = config.xero_base();
    // Somebody waits for it, and it is the first that is known of this organisation: a share has nobody to be kept from.
    let caller = upstream::Caller { who: upstream::Who::Organisation, what: upstream::Purpose::Click, day_reserve: 0 };
    let client = upstream::xero::Client {
        ports,
        tokens: &tokens,
        base: &base,
        tenant: &tenant.id,
        budget: &budget,
        caller: &caller,
        log: &log,
    };
    let grant = Grant {
        refresh_token: offer.refresh_token.clone(),
        access_token: Some(offer.access_token.clone()),
        access_expires_at: Some(offer.expires_at),
        scopes: offer.scopes.clone(),
    };
    let id = GrantId::Xero(org.clone());
    let mut answers = ports.batch(vec![connections::select(org), organisations::select(org)]).await?.into_iter();
    let mut next = || answers.next().unwrap_or_default().into_iter().next();
    let before = next().map(connections::read).transpose()?;
    let before = before.ok_or_else(problem::zoho_not_connected)?;
    let kept = next().map(organisations::read).transpose()?.unwrap_or_default();
    let by = &administrator.name;
    let mut statements = vec![
        connections::connect_xero(administrator, &tenant, now),
        grants::save(&config.vault, ports, &id, &grant, now)?,
        audit::note(ports, org, by, audit::Action::ConnectXero, &tenant.name, now),
    ];
    let left = before.tenant.as_ref().filter(|left| left.id != tenant.id);
    if let Some(left) = left {
        // What it has listed is of the other organisation.
        statements.extend(runs::drop_previews(org));
        statements.extend(runs::cancel_active(org, &ended_by(by, &left.name), now)?);
    }
    statements.extend(planned(org, &before, &kept, &tenant, now));
    match ports.batch(statements).await {
        Ok(_) => {}
        Err(DatabaseError::Unique(_)) => {
            return Err(Refusal::from(problem::organisation_taken(tenant.name)));
        }
        Err(error) => return Err(error.into()),
    }
    engine.desk.tokens.forget(&id);
    // The connection is there. Lists that can't be read now are read when somebody needs them, and the set-up tells why they
    // are missing.
    if let Ok(lists) = client.organisation(&config.xero_addresses.web).await {
        ports.query(organisations::save_xero(org, &tenant.id, &lists, now)?).await?;
    }
    if let Some(left) = left
        && !connections::is_taken(ports, &left.id).await?
    {
        drop_connection(ports, config, &left.id, &offer.access_token).await;
    }
    Ok(tenant)
}

/// The schedule of an organisation that was just connected: it wakes up, and what it shall leave as it was counts as
/// seen.
fn planned(org: &OrgId, before: &Connection, kept: &Kept, tenant: &Tenant, now: DateTime<Utc>) -> Vec<Statement> {
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
    problem::xero_not_connected(Some(organisation.to_owned()), Some(by.to_owned()))
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
