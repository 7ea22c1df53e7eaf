//! Signing in with Zoho, with or without connecting the CRM: see [`super::flow`] for the way that all grants take.

use super::flow::{self, Flow, Offered, Purpose, first_data_centre};
use super::rights::{Member, newcomer};
use super::tokens::JustGranted;
use super::unclaimed::revoke;
use super::{Refusal, installation};
use crate::config::Config;
use crate::own_fields::{self, Pass};
use crate::store::connections::Connection;
use crate::store::grants::{self, Grant, GrantId};
use crate::store::sessions::{self, Device, Session, SessionKey, User};
use crate::store::{audit, connections, installation as ownership, organisations};
use crate::sync::Engine;
use crate::text;
use chrono::{DateTime, Utc};
use ports::{DatabaseError, Ports};
use serde::{Deserialize, Serialize};
use shared::api::{ClaimReply, ClaimRequest, ConnectionState, SessionView, SignInRequest};
use shared::id::OrgId;
use shared::problem::{self, Code};
use upstream::zoho::{Client, DataCentre, by_accounts, by_location, oauth};
use upstream::{CallLog, Tokens};

/// What Zoho granted in one consent, and to whom.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Granted {
    pub(super) user: User,
    pub(super) org_name: String,
    pub(super) refresh_token: String,
    access_token: String,
    expires_at: DateTime<Utc>,
    scopes: Vec<String>,
    /// Whether whoever began it knew the installation's key.
    knows_key: bool,
    /// Our own address, if nobody knew it before: Zoho sent the code there.
    came_back_to: Option<String>,
}

/// Begins a sign-in and says where to send the popup. Nothing is stored.
///
/// # Errors
/// [`Refusal`] when the challenge is not a SHA-256, the installation belongs to nobody and its key was not told, or the
/// database fails.
pub async fn begin<P: Ports>(ports: &P, config: &Config, request: &SignInRequest) -> Result<String, Refusal> {
    let purpose = if request.connect { Purpose::ConnectCrm } else { Purpose::SignIn };
    let knows_key = installation::knows_key(config, request.installation_key.as_deref());
    installation::may_begin(ports, config, knows_key).await?;
    Flow::begin(ports, config, purpose, &request.challenge, None, knows_key)
}

/// The address of Zoho's consent page.
pub(super) fn authorize_url(config: &Config, flow: &Flow, state: &str) -> Result<String, Refusal> {
    Ok(oauth::authorize_url(&oauth::Authorize {
        accounts: &first_data_centre(config)?.accounts,
        client_id: &config.zoho.id,
        redirect_uri: &config.zoho_redirect(),
        scopes: if flow.purpose == Purpose::ConnectCrm { oauth::CONNECT_SCOPES } else { oauth::SIGN_IN_SCOPES },
        state,
        challenge: Some(&flow.pkce_challenge()),
        offline: true,
    }))
}

/// What the callback of Zoho's accounts server carries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Callback {
    /// Our `state`.
    pub state: String,
    /// The code, unless the user refused.
    pub code: Option<String>,
    /// Where the code is to be exchanged.
    pub accounts_server: Option<String>,
    /// Zoho's word for a refusal.
    pub error: Option<String>,
}

/// Parks what Zoho granted and gives the popup's one-time code. Nothing takes effect.
///
/// # Errors
/// [`Refusal`] when the state is none of ours, the user refused, Zoho refused, or the organisation may not use this
/// installation; what was granted is given back then.
pub async fn returned<P: Ports>(ports: &P, config: &Config, callback: &Callback) -> Result<Offered, Refusal> {
    let over = || Refusal::from(problem::flow_over(None));
    let flow = Flow::open(ports, config, &callback.state)?;
    if !matches!(flow.purpose, Purpose::SignIn | Purpose::ConnectCrm) {
        return Err(over());
    }
    let Some(code) = callback.code.as_deref() else {
        return Err(flow::not_granted("Zoho", callback.error.as_deref(), Code::NotSignedIn));
    };
    // The host comes from a query string: only hosts of the fixed table are believed.
    let data_centre = match callback.accounts_server.as_deref() {
        Some(accounts) => by_accounts(&config.data_centres, accounts)
            .ok_or_else(|| Refusal::from(problem::invalid_request("accounts-server", None, None)))?,
        None => first_data_centre(config)?,
    };
    let log = CallLog::new();
    let granted = oauth::exchange(
        ports,
        &log,
        &data_centre.accounts,
        config.zoho.app(),
        code,
        &config.zoho_redirect(),
        Some(flow.pkce_verifier()),
    )
    .await?;
    let refresh_token = granted
        .refresh_token
        .ok_or_else(|| Refusal::internal("Zoho gave no refresh token although offline access was asked for"))?;
    let api = data_centre.api_named(granted.api_domain.as_deref());
    let granted = {
        let token = JustGranted(granted.access_token.clone());
        let client = Client { ports, tokens: &token, api_domain: api, log: &log };
        let (who, organisation) =
            futures_util::future::join(client.current_user(), client.current_organisation()).await;
        let (who, organisation) = (who?, organisation?);
        let user = User {
            org: OrgId::of(&data_centre.location, &organisation.id)
                .map_err(|_| Refusal::internal("Zoho told an organisation by no id"))?,
            id: who.id,
            name: who.name,
            email: who.email,
            location: data_centre.location.clone(),
            api_domain: api.to_owned(),
        };
        Granted {
            user,
            org_name: organisation.name,
            refresh_token,
            access_token: granted.access_token,
            expires_at: ports.now() + granted.expires_in,
            scopes: granted.scopes,
            knows_key: flow.knows_key,
            came_back_to: config.public_url.lesson().map(str::to_owned),
        }
    };
    // Before anything of an unknown organisation is stored.
    let admitted = installation::admit(ports, config, &granted.user.org, &granted.org_name, flow.knows_key).await;
    if let Err(refusal) = admitted {
        revoke(ports, config, &granted).await;
        flow.fail(ports, &refusal.problem).await?;
        return Err(refusal);
    }
    let (user, names) = (&granted.user, (granted.user.name.as_str(), granted.org_name.as_str()));
    let parked = flow.park(ports, config, (&user.org, &user.id), names, &granted).await;
    if parked.is_err() {
        revoke(ports, config, &granted).await;
    }
    parked
}

/// A claim that took effect: the reply, and the session's token for whoever keeps it.
#[derive(Clone)]
pub struct SignedIn {
    /// What the panel is told. Its token is left out.
    pub reply: ClaimReply,
    /// The token of the new session.
    pub token: String,
}

impl std::fmt::Debug for SignedIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignedIn").field("session", &self.reply.session).finish_non_exhaustive()
    }
}

impl<P: Ports> Engine<'_, P> {
    /// Turns the popup's code and the panel's verifier into a session and, where the CRM is to be connected, into a
    /// connection: whether the user administers the CRM is asked of Zoho now.
    ///
    /// # Errors
    /// [`Refusal`] when nothing is parked for this verifier, the code is another one, or the user may not connect the CRM.
    /// What was claimed is given back then.
    pub async fn claim_session<'d>(
        &self,
        request: &ClaimRequest,
        device: impl Into<Device<'d>>,
    ) -> Result<SignedIn, Refusal> {
        let (ports, config) = (self.ports, self.config);
        let purposes = [Purpose::SignIn, Purpose::ConnectCrm];
        let claimed = flow::claim(ports, config, (&request.verifier, &request.code), &purposes, None).await?;
        let granted: Granted = serde_json::from_str(&claimed.granted).map_err(Refusal::internal)?;
        match self.take_effect(claimed.parked.purpose, &granted, device.into()).await {
            Ok(signed_in) => Ok(signed_in),
            Err(refusal) => {
                revoke(ports, config, &granted).await;
                Err(refusal)
            }
        }
    }

    async fn take_effect(&self, purpose: Purpose, granted: &Granted, device: Device<'_>) -> Result<SignedIn, Refusal> {
        let (ports, config, user) = (self.ports, self.config, &granted.user);
        let now = ports.now();
        // The owner may have changed his mind since the popup came back.
        installation::admit(ports, config, &user.org, &granted.org_name, granted.knows_key).await?;
        let own = GrantId::ZohoUser(user.org.clone(), user.id.clone());
        let grant = Grant {
            refresh_token: granted.refresh_token.clone(),
            access_token: Some(granted.access_token.clone()),
            access_expires_at: Some(granted.expires_at),
            scopes: granted.scopes.clone(),
        };
        let before = grants::known(ports, &config.vault, &own).await?;
        let mut statements =
            vec![sessions::save_user(user, now), grants::save(&config.vault, ports, &own, &grant, now)?];
        let data_centre = by_location(&config.data_centres, &user.location)
            .ok_or_else(|| Refusal::internal("a user of an unknown data centre of Zoho"))?;
        let log = CallLog::new();
        let just_granted = JustGranted(granted.access_token.clone());
        let client = Client { ports, tokens: &just_granted, api_domain: &user.api_domain, log: &log };
        let token = text::secret(ports);
        let session = Session { key: SessionKey::of(&token), user: user.clone(), seen_at: now };
        let member = newcomer(self, &client, &session).await?;
        if purpose == Purpose::ConnectCrm {
            member.administrator()?;
            let of_connection = GrantId::Zoho(user.org.clone());
            statements.push(connections::connect_zoho(user, &granted.org_name, now));
            statements.push(grants::save(&config.vault, ports, &of_connection, &grant, now)?);
            statements.push(audit::note(
                ports,
                &user.org,
                &user.name,
                audit::Action::ConnectCrm,
                &granted.org_name,
                now,
            ));
            if granted.knows_key {
                statements.push(ownership::own(&user.org, now));
            }
            self.desk.tokens.forget(&of_connection);
        }
        if let Some(address) = granted.came_back_to.as_deref().filter(|_| member.administers()) {
            statements.push(ownership::learn_public_url(address));
        }
        self.desk.tokens.forget(&own);
        statements.push(sessions::begin(&session.key, user, device, granted.knows_key, now));
        // Zoho was asked meanwhile, which takes a while.
        statements.extend(installation::guard(config, &user.org));
        if let Err(error) = ports.batch(statements).await {
            installation::admit(ports, config, &user.org, &granted.org_name, granted.knows_key).await?;
            return Err(error.into());
        }
        if let Some(before) = before {
            give_back(ports, config, user, data_centre, &before).await?;
        }
        if purpose == Purpose::ConnectCrm {
            self.begin_set_up(&client, data_centre, &member).await?;
        }
        let reply = ClaimReply { token: None, session: self.session(&member).await? };
        Ok(SignedIn { reply, token })
    }

    /// The first steps of the set-up of a connection that is saved: our fields in the CRM, and its lists. What does not work
    /// is told by the set-up, where each step can be repeated; none undoes another.
    async fn begin_set_up<T: Tokens>(
        &self,
        client: &Client<'_, P, T>,
        data_centre: &DataCentre,
        member: &Member,
    ) -> Result<(), Refusal> {
        let now = self.ports.now();
        if let Ok(open) = own_fields::ensure(client, &member.profile().id, Pass::Create).await {
            self.ports.query(connections::keep_fields(&member.org, &open, now)?).await?;
        }
        if let Ok(crm) = client.organisation(data_centre).await {
            self.ports.query(organisations::save_crm(&member.org, &crm, now)?).await?;
        }
        Ok(())
    }

    /// What the panel shows of a session.
    ///
    /// # Errors
    /// [`Refusal`] when the database fails.
    pub async fn session(&self, member: &Member) -> Result<SessionView, Refusal> {
        let connection = connections::get(self.ports, &member.org).await?;
        let state = state(connection.as_ref());
        Ok(SessionView {
            user: member.name.clone(),
            user_id: member.id.clone(),
            administrator: member.administers(),
            crm_organisation: connection.as_ref().map(|connection| connection.org_name.clone()).unwrap_or_default(),
            connection: state,
            xero_organisation: connection.and_then(|connection| connection.tenant).map(|tenant| tenant.name),
        })
    }
}

/// Gives a user's former refresh token back, unless the connection still lives on it. Zoho keeps 20 for each user and
/// silently drops the oldest one after that, which would be the connection's.
pub(super) async fn give_back<P: Ports>(
    ports: &P,
    config: &Config,
    user: &User,
    data_centre: &DataCentre,
    before: &Grant,
) -> Result<(), Refusal> {
    let connection = grants::known(ports, &config.vault, &GrantId::Zoho(user.org.clone())).await?;
    if connection.is_some_and(|connection| connection.refresh_token == before.refresh_token) {
        return Ok(());
    }
    // A sign-in does not fail because an old token could not be given back.
    let _ = oauth::revoke(ports, &CallLog::new(), &data_centre.accounts, &before.refresh_token).await;
    Ok(())
}

/// Who holds this session token, and the statements that note its use where that is due.
///
/// # Errors
/// [`Refusal`] with `NotSignedIn` without a token, `SessionExpired` with one that is no good.
pub async fn authenticate<P: Ports>(ports: &P, config: &Config, token: Option<&str>) -> Result<Session, Refusal> {
    let token = token.ok_or_else(problem::not_signed_in)?;
    let known = sessions::get(ports, token, ports.now()).await?;
    // An organisation that may not be here any more signs in again, and is told why it can't.
    let here = known.filter(|(session, place)| installation::stays(config, &session.user.org, *place));
    here.map(|(session, _)| session).ok_or_else(|| Refusal::from(problem::session_expired()))
}

/// Notes that a session was used, where that is due. Says whether it lasts longer now.
///
/// # Errors
/// [`Refusal`] when the database fails.
pub async fn renew<P: Ports>(ports: &P, session: &Session) -> Result<bool, Refusal> {
    match sessions::renew(session, ports.now()) {
        None => Ok(false),
        Some(statements) => match ports.batch(statements).await {
            Ok(_) => Ok(true),
            // Who only reads goes on reading: the session is as old as it was.
            Err(DatabaseError::DayUsedUp { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        },
    }
}

/// Ends the session of a token.
///
/// # Errors
/// [`Refusal`] when the database fails.
pub async fn end<P: Ports>(ports: &P, token: &str) -> Result<(), Refusal> {
    ports.query(sessions::end(&SessionKey::of(token))).await?;
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
