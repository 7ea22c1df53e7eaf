//! Signing in with Zoho, and the sessions that come of it.
//!
//! 1. The panel makes a verifier and hands over its SHA-256 ([`begin`]); a popup goes to Zoho.
//! 2. Zoho sends the popup back with a code ([`complete`]). Zoho itself says who the user is and of which organisation.
//! 3. The popup's last page hands a one-time code to its opener, and only on our own origin.
//! 4. The panel claims a session with that code and its verifier ([`claim`]). A link sent by somebody else is worth
//!    nothing to them: they never see the code, and a stolen code is worth nothing without the verifier.

use super::Refusal;
use super::tokens::{JustGranted, TokenDesk};
use crate::config::Config;
use crate::store::connections::Connection;
use crate::store::flows::{self, Flow, FlowKind};
use crate::store::grants::{self, Grant, GrantId};
use crate::store::sessions::{self, User};
use crate::store::{audit, connections, organisations};
use crate::text;
use chrono::Duration;
use ports::Ports;
use shared::api::{ClaimReply, ClaimRequest, ConnectionState, SessionView, SignInRequest};
use shared::module::Module;
use shared::problem::Code;
use subtle::ConstantTimeEq;
use upstream::zoho::{DataCentre, by_accounts, oauth};
use upstream::{CallLog, Tokens};

/// How long a person may take on the vendor's pages.
const FLOW_MINUTES: i64 = 15;

/// How long the panel may take to claim its session.
const CLAIM_SECONDS: i64 = 120;

/// How long a session lasts.
pub const SESSION_DAYS: i64 = 14;

/// Begins a sign-in and says where to send the popup.
///
/// # Errors
/// [`Refusal`] when the challenge is not a SHA-256, or the database fails.
pub async fn begin<P: Ports>(ports: &P, config: &Config, request: &SignInRequest) -> Result<String, Refusal> {
    // 32 bytes are 43 characters of base64url.
    if request.challenge.len() != 43 {
        return Err(Refusal::of(Code::InvalidRequest, &[("field", "challenge".to_owned())]));
    }
    let kind = if request.connect { FlowKind::Connect } else { FlowKind::SignIn };
    let state = text::secret(ports);
    let verifier = text::secret(ports);
    let flow = Flow {
        kind,
        challenge: Some(request.challenge.clone()),
        verifier: Some(config.vault.seal(ports, &state, &verifier)?),
        user: None,
        payload: None,
    };
    ports.query(flows::begin(&state, &flow, ports.now() + Duration::minutes(FLOW_MINUTES))).await?;
    Ok(oauth::authorize_url(&oauth::Authorize {
        accounts: &first_data_centre(config)?.accounts,
        client_id: &config.zoho.id,
        redirect_uri: &config.zoho_redirect(),
        scopes: if request.connect { oauth::CONNECT_SCOPES } else { oauth::SIGN_IN_SCOPES },
        state: &state,
        challenge: Some(&text::sha256(&verifier)),
        offline: true,
    }))
}

fn first_data_centre(config: &Config) -> Result<&DataCentre, Refusal> {
    config.data_centres.first().ok_or_else(|| Refusal::internal("no Zoho data centre is configured"))
}

/// What the callback of Zoho's accounts server carries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Callback {
    /// Our `state`.
    pub state: String,
    /// The code; none when the user refused.
    pub code: Option<String>,
    /// Where the code is to be exchanged.
    pub accounts_server: Option<String>,
    /// Zoho's word for a refusal.
    pub error: Option<String>,
}

/// Completes a sign-in: exchanges the code, learns who it is, keeps the grant, and gives the panel's one-time code.
///
/// # Errors
/// [`Refusal`] when the state is unknown, the user refused, Zoho refused, or the user may not connect the CRM.
pub async fn complete<P: Ports>(
    ports: &P,
    config: &Config,
    desk: &TokenDesk,
    callback: &Callback,
) -> Result<String, Refusal> {
    let flow = flows::take(ports, &callback.state, ports.now())
        .await?
        .filter(|flow| matches!(flow.kind, FlowKind::SignIn | FlowKind::Connect))
        .ok_or_else(|| Refusal::of(Code::InvalidRequest, &[("field", "state".to_owned())]))?;
    let challenge = flow.challenge.unwrap_or_default();
    let Some(code) = callback.code.as_deref() else {
        let said = callback.error.clone().unwrap_or_else(|| "access_denied".to_owned());
        return Err(Refusal::from(shared::problem::of(Code::NotSignedIn, &[]).said(&said)));
    };
    // The host comes from a query string: only hosts of the fixed table are believed.
    let data_centre = match callback.accounts_server.as_deref() {
        Some(accounts) => by_accounts(&config.data_centres, accounts)
            .ok_or_else(|| Refusal::of(Code::InvalidRequest, &[("field", "accounts-server".to_owned())]))?,
        None => first_data_centre(config)?,
    };
    let verifier = config.vault.open(&callback.state, &flow.verifier.unwrap_or_default())?;
    let log = CallLog::new();
    let granted = oauth::exchange(
        ports,
        &log,
        &data_centre.accounts,
        config.zoho.app(),
        code,
        &config.zoho_redirect(),
        Some(&verifier),
    )
    .await?;
    let api_domain = data_centre.api.clone();
    let now = ports.now();
    let token = JustGranted(granted.access_token.clone());
    let client = upstream::zoho::Client { ports, tokens: &token, api_domain: &api_domain, log: &log };
    let who = client.current_user().await?;

    let user = User {
        org: who.organisation,
        id: who.id,
        name: who.name,
        email: who.email,
        administrator: who.administrator,
        location: data_centre.location.clone(),
        api_domain: api_domain.clone(),
    };
    let own = GrantId::ZohoUser(user.org.clone(), user.id.clone());
    let grant = Grant {
        refresh_token: granted
            .refresh_token
            .ok_or_else(|| Refusal::internal("Zoho gave no refresh token although offline access was asked for"))?,
        access_token: Some(granted.access_token.clone()),
        access_expires_at: Some(now + granted.expires_in),
    };
    let before = grants::get(ports, &config.vault, &own).await?;
    let mut statements = vec![sessions::save_user(&user, now), grants::save(&config.vault, ports, &own, &grant, now)?];
    if flow.kind == FlowKind::Connect {
        if !user.administrator {
            return Err(Refusal::of(Code::NotAdministrator, &[("name", user.name)]));
        }
        // The fields first: a connection whose fields can't be made is not there.
        create_fields(&client).await?;
        let crm = client.organisation(data_centre).await?;
        statements.push(connections::connect_zoho(
            &user.org,
            &who.organisation_name,
            &data_centre.location,
            &api_domain,
            &user.name,
            now,
        ));
        statements.push(grants::save(&config.vault, ports, &GrantId::Zoho(user.org.clone()), &grant, now)?);
        statements.push(organisations::save_crm(&user.org, &crm, now)?);
        statements.push(audit::note(ports, &user.org, &user.name, "connect-crm", &who.organisation_name, now));
        desk.forget(&GrantId::Zoho(user.org.clone()));
    }
    desk.forget(&own);
    let code = text::secret(ports);
    statements.push(flows::offer(&code, &challenge, &user.org, &user.id, now + Duration::seconds(CLAIM_SECONDS)));
    ports.batch(statements).await?;
    if let Some(before) = before {
        give_back(ports, config, &user, data_centre, &before).await?;
    }
    Ok(code)
}

/// Gives a user's former refresh token back, unless the connection still lives on it. Zoho keeps 20 for each user and
/// silently drops the oldest one after that, which would be the connection's.
async fn give_back<P: Ports>(
    ports: &P,
    config: &Config,
    user: &User,
    data_centre: &DataCentre,
    before: &Grant,
) -> Result<(), Refusal> {
    let connection = grants::get(ports, &config.vault, &GrantId::Zoho(user.org.clone())).await?;
    if connection.is_some_and(|connection| connection.refresh_token == before.refresh_token) {
        return Ok(());
    }
    // A sign-in does not fail because an old token could not be given back.
    let _ = oauth::revoke(ports, &CallLog::new(), &data_centre.accounts, &before.refresh_token).await;
    Ok(())
}

/// Turns the popup's code and the panel's verifier into a session.
///
/// # Errors
/// [`Refusal`] when the code is unknown, used or too old, or the verifier does not fit.
pub async fn claim<P: Ports>(ports: &P, request: &ClaimRequest) -> Result<ClaimReply, Refusal> {
    let now = ports.now();
    let refused = || Refusal::of(Code::NotSignedIn, &[]);
    let claim = flows::claim(ports, &request.code, now).await?.ok_or_else(refused)?;
    let fits = text::sha256(&request.verifier).as_bytes().ct_eq(claim.challenge.as_bytes());
    if !bool::from(fits) {
        return Err(refused());
    }
    let token = text::secret(ports);
    ports.query(sessions::begin(&token, &claim.org, &claim.user, now + Duration::days(SESSION_DAYS))).await?;
    let user = authenticate(ports, Some(&token)).await?;
    Ok(ClaimReply { session: describe(ports, &user).await?, token })
}

/// Who holds this session token.
///
/// # Errors
/// [`Refusal`] with `NotSignedIn` without a token, `SessionExpired` with one that is no good.
pub async fn authenticate<P: Ports>(ports: &P, token: Option<&str>) -> Result<User, Refusal> {
    let token = token.ok_or_else(|| Refusal::of(Code::NotSignedIn, &[]))?;
    sessions::get(ports, token, ports.now()).await?.ok_or_else(|| Refusal::of(Code::SessionExpired, &[]))
}

/// Creates those of our fields that the CRM lacks, in the modules that its edition has.
///
/// # Errors
/// As the CRM refuses it.
pub(crate) async fn create_fields<P: Ports, T: Tokens>(
    client: &upstream::zoho::Client<'_, P, T>,
) -> Result<(), upstream::Error> {
    for module in Module::ALL {
        match client.create_fields(module, &shared::zoho::custom_fields(module)).await {
            Ok(_) | Err(upstream::Error::ModuleUnavailable { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// How a connection stands.
#[must_use]
pub fn state(connection: Option<&Connection>) -> ConnectionState {
    match connection {
        None => ConnectionState::ZohoMissing,
        Some(connection) if connection.zoho_broken => ConnectionState::ZohoBroken,
        Some(connection) if connection.tenant.is_none() => ConnectionState::XeroMissing,
        Some(connection) if connection.xero_broken => ConnectionState::XeroBroken,
        Some(_) => ConnectionState::Connected,
    }
}

/// What the panel shows of a session.
///
/// # Errors
/// [`Refusal`] when the database fails.
pub async fn describe<P: Ports>(ports: &P, user: &User) -> Result<SessionView, Refusal> {
    let connection = connections::get(ports, &user.org).await?;
    let state = state(connection.as_ref());
    Ok(SessionView {
        user: user.name.clone(),
        administrator: user.administrator,
        crm_organisation: connection.as_ref().map(|connection| connection.org_name.clone()).unwrap_or_default(),
        connection: state,
        xero_organisation: connection.and_then(|connection| connection.tenant).map(|tenant| tenant.name),
    })
}

/// Ends a session.
///
/// # Errors
/// [`Refusal`] when the database fails.
pub async fn end<P: Ports>(ports: &P, token: &str) -> Result<(), Refusal> {
    ports.query(sessions::end(token)).await?;
    Ok(())
}
