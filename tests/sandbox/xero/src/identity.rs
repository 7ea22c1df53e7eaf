//! Xero's identity service: consent, tokens and revocation.
//!
//! There is no sign-in page: the consent page asks for the person, where there are several, and the organisation.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use sandbox_kernel::{Request, Response};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::answers::{Answers, RepeatedConsent};
use crate::guids::Guids;
use crate::pages;
use crate::people::Person;
use crate::reply;
use crate::{Client, Config};

/// How long an authorisation code lives.
pub(crate) const CODE_MINUTES: i64 = 5;
/// How long an access token lives.
pub(crate) const ACCESS_MINUTES: i64 = 30;
/// How long an identity token lives.
const ID_TOKEN_MINUTES: i64 = 5;
/// How long a refresh token lives; each refresh gives a new one.
pub(crate) const REFRESH_DAYS: i64 = 60;
/// How long the previous refresh token may be tried again.
pub(crate) const GRACE_MINUTES: i64 = 30;

/// Every scope that an application registered today may ask for.
const SCOPES: &[&str] = &[
    "openid",
    "profile",
    "email",
    "offline_access",
    "accounting.invoices",
    "accounting.invoices.read",
    "accounting.payments",
    "accounting.payments.read",
    "accounting.contacts",
    "accounting.contacts.read",
    "accounting.settings",
    "accounting.settings.read",
    "accounting.attachments",
    "accounting.attachments.read",
    "accounting.banktransactions",
    "accounting.banktransactions.read",
    "accounting.manualjournals",
    "accounting.manualjournals.read",
    "accounting.budgets.read",
];

/// A link between the application and an organisation, by a person.
#[derive(Debug, Clone)]
pub(crate) struct Connection {
    pub(crate) id: String,
    pub(crate) client: String,
    pub(crate) person: String,
    pub(crate) auth_event: String,
    pub(crate) tenant: String,
    pub(crate) created: DateTime<Utc>,
    pub(crate) updated: DateTime<Utc>,
}

#[derive(Debug, Clone)]
struct Code {
    client: String,
    person: String,
    redirect_uri: String,
    scopes: Vec<String>,
    challenge: Option<String>,
    auth_event: String,
    expires: DateTime<Utc>,
}

#[derive(Debug, Clone)]
struct Refresh {
    client: String,
    person: String,
    scopes: Vec<String>,
    auth_event: String,
    expires: DateTime<Utc>,
    /// When it was used; it may be used again for the grace period, until its successor is.
    used: Option<DateTime<Utc>>,
    parent: Option<String>,
}

/// An access token that was given out.
#[derive(Debug, Clone)]
pub(crate) struct Access {
    pub(crate) client: String,
    pub(crate) person: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) expires: DateTime<Utc>,
}

/// The identity service's state.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    guids: Guids,
    /// Ids of people, apart so that another person changes nobody else's tokens.
    person_ids: Guids,
    pub(crate) people: Vec<Person>,
    /// Scopes that consent does not give.
    pub(crate) withheld: BTreeSet<String>,
    /// Which authentication event a connection has that is authorised again.
    pub(crate) repeated: RepeatedConsent,
    /// Whether the pages are cut off from their opener.
    pub(crate) cut_off: bool,
    codes: BTreeMap<String, Code>,
    refresh: BTreeMap<String, Refresh>,
    pub(crate) access: BTreeMap<String, Access>,
    pub(crate) connections: Vec<Connection>,
}

/// What somebody granted.
struct Granted {
    person: String,
    scopes: Vec<String>,
    auth_event: String,
}

/// What the authorize request asks for, checked.
struct Asked {
    client: String,
    redirect_uri: String,
    scopes: Vec<String>,
    state: Option<String>,
    challenge: Option<String>,
}

impl Identity {
    /// With one person, who is a user of these organisations.
    pub(crate) fn new(seed: u64, tenants: impl Iterator<Item = String>) -> Self {
        let mut guids = Guids::new(seed, "identity");
        let robin = Person {
            id: guids.guid(),
            given_name: "Robin".to_owned(),
            family_name: "Hart".to_owned(),
            email: "robin.hart@example.com".to_owned(),
            tenants: tenants.collect(),
        };
        Self {
            guids,
            person_ids: Guids::new(seed, "people"),
            people: vec![robin],
            withheld: BTreeSet::new(),
            repeated: Answers::USUAL.repeated_consent,
            cut_off: false,
            codes: BTreeMap::new(),
            refresh: BTreeMap::new(),
            access: BTreeMap::new(),
            connections: Vec::new(),
        }
    }

    pub(crate) fn new_person_id(&mut self) -> String {
        self.person_ids.guid()
    }

    /// `GET` shows the consent page, `POST` is its answer. `organisations` are ids and names.
    pub(crate) fn authorize(
        &mut self,
        config: &Config,
        organisations: &[(String, String)],
        now: DateTime<Utc>,
        request: &Request,
    ) -> Response {
        let mut response = self.answer_authorize(config, organisations, now, request);
        if self.cut_off {
            reply::header(&mut response, "cross-origin-opener-policy", "same-origin");
        }
        response
    }

    fn answer_authorize(
        &mut self,
        config: &Config,
        organisations: &[(String, String)],
        now: DateTime<Utc>,
        request: &Request,
    ) -> Response {
        let posted = request.method == http::Method::POST;
        let fields = if posted { form(&request.body) } else { request.query.clone() };
        let asked = match check(config, &fields) {
            Ok(asked) => asked,
            Err((code, detail)) => return pages::refusal(code, detail),
        };
        if !posted {
            return pages::consent(&self.people, organisations, &asked.scopes, &fields);
        }
        let mut answer: Vec<(&str, String)> = Vec::new();
        let tenant = field(&fields, "tenant").filter(|tenant| organisations.iter().any(|(id, _)| id == tenant));
        match (field(&fields, "decision"), tenant) {
            (Some("allow"), Some(tenant)) => {
                let Some(person) = self.consenting(field(&fields, "person"), tenant).map(|person| person.id.clone())
                else {
                    return pages::refusal("invalid_request", "This person is no user of the organisation.");
                };
                let auth_event = self.guids.guid();
                let code = self.guids.token();
                self.connect(&asked.client, &person, tenant, &auth_event, now);
                let scopes: Vec<String> =
                    asked.scopes.iter().filter(|scope| !self.withheld.contains(*scope)).cloned().collect();
                answer.push(("code", code.clone()));
                answer.push(("scope", scopes.join(" ")));
                self.codes.insert(
                    code,
                    Code {
                        client: asked.client,
                        person,
                        redirect_uri: asked.redirect_uri.clone(),
                        scopes,
                        challenge: asked.challenge,
                        auth_event,
                        expires: now + TimeDelta::minutes(CODE_MINUTES),
                    },
                );
            }
            (Some("allow"), None) => return pages::refusal("invalid_request", "No organisation was chosen."),
            _ => answer.push(("error", "access_denied".to_owned())),
        }
        answer.extend(asked.state.map(|state| ("state", state)));
        let Ok(mut target) = url::Url::parse(&asked.redirect_uri) else {
            return pages::refusal("invalid_request", "Invalid redirect_uri");
        };
        target.query_pairs_mut().extend_pairs(&answer);
        let mut response = reply::empty(302);
        reply::header(&mut response, "location", target.as_str());
        pages::protect(&mut response);
        response
    }

    /// A person has one connection to an organisation. Authorised again, it keeps its id and when it was made; whether
    /// also the authentication event of its first time, [`RepeatedConsent`] says.
    fn connect(&mut self, client: &str, person: &str, tenant: &str, auth_event: &str, now: DateTime<Utc>) {
        let known = |link: &&mut Connection| link.client == client && link.person == person && link.tenant == tenant;
        if let Some(link) = self.connections.iter_mut().find(known) {
            link.updated = now;
            if self.repeated == RepeatedConsent::TakesTheNew {
                auth_event.clone_into(&mut link.auth_event);
            }
            return;
        }
        let id = self.guids.guid();
        self.connections.push(Connection {
            id,
            client: client.to_owned(),
            person: person.to_owned(),
            auth_event: auth_event.to_owned(),
            tenant: tenant.to_owned(),
            created: now,
            updated: now,
        });
    }

    /// `POST /connect/token`.
    pub(crate) fn token(&mut self, config: &Config, now: DateTime<Utc>, request: &Request) -> Response {
        let Some(client) = basic(config, request) else { return oauth_error("invalid_client") };
        let fields = form(&request.body);
        match field(&fields, "grant_type") {
            Some("authorization_code") => self.exchange(config, &client.id, &fields, now),
            Some("refresh_token") => self.rotate(config, &client.id, &fields, now),
            Some(_) => oauth_error("unsupported_grant_type"),
            None => oauth_error("invalid_request"),
        }
    }

    fn exchange(&mut self, config: &Config, client: &str, fields: &[(String, String)], now: DateTime<Utc>) -> Response {
        // Removed whatever comes of it: a code is good for one try.
        let Some(code) = field(fields, "code").and_then(|code| self.codes.remove(code)) else {
            return oauth_error("invalid_grant");
        };
        let proof = match &code.challenge {
            None => true,
            Some(challenge) => field(fields, "code_verifier")
                .is_some_and(|verifier| URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes())) == *challenge),
        };
        let matches = code.client == client && field(fields, "redirect_uri") == Some(code.redirect_uri.as_str());
        if !proof || !matches || now >= code.expires {
            return oauth_error("invalid_grant");
        }
        let granted = Granted { person: code.person, scopes: code.scopes, auth_event: code.auth_event };
        self.issue(config, client, granted, None, now)
    }

    fn rotate(&mut self, config: &Config, client: &str, fields: &[(String, String)], now: DateTime<Utc>) -> Response {
        let Some(token) = field(fields, "refresh_token").map(str::to_owned) else {
            return oauth_error("invalid_request");
        };
        let Some(row) = self.refresh.get_mut(&token).filter(|row| row.client == client && now < row.expires) else {
            return oauth_error("invalid_grant");
        };
        if row.used.is_some_and(|used| now >= used + TimeDelta::minutes(GRACE_MINUTES)) {
            return oauth_error("invalid_grant");
        }
        row.used.get_or_insert(now);
        let row = row.clone();
        // Its use proves that the answer before it arrived, so its parent has had its grace; and a second try
        // of the same token means that the first answer was lost, so the token in that answer goes.
        if let Some(parent) = &row.parent {
            self.refresh.remove(parent);
        }
        self.refresh.retain(|_, other| other.parent.as_deref() != Some(token.as_str()));
        let granted = Granted { person: row.person, scopes: row.scopes, auth_event: row.auth_event };
        self.issue(config, client, granted, Some(token), now)
    }

    fn issue(
        &mut self,
        config: &Config,
        client: &str,
        granted: Granted,
        parent: Option<String>,
        now: DateTime<Utc>,
    ) -> Response {
        let Granted { person: id, scopes, auth_event } = granted;
        let Some(person) = self.people.iter().find(|person| person.id == id).cloned() else {
            return oauth_error("invalid_grant");
        };
        let expires = now + TimeDelta::minutes(ACCESS_MINUTES);
        let issuer = format!("{}/identity", config.base_url);
        let access = self.jwt(json!({
            "nbf": now.timestamp(),
            "exp": expires.timestamp(),
            "iss": issuer,
            "aud": format!("{issuer}/resources"),
            "client_id": client,
            "sub": id.replace('-', ""),
            "auth_time": now.timestamp(),
            "xero_userid": id,
            "global_session_id": auth_event.replace('-', ""),
            "authentication_event_id": auth_event,
            "scope": scopes,
        }));
        let row = Access { client: client.to_owned(), person: id.clone(), scopes: scopes.clone(), expires };
        self.access.insert(access.clone(), row);
        let mut body = json!({
            "access_token": access,
            "expires_in": ACCESS_MINUTES * 60,
            "token_type": "Bearer",
            "scope": scopes.join(" "),
        });
        if scopes.iter().any(|scope| scope == "openid") {
            body["id_token"] = Value::String(self.jwt(json!({
                "nbf": now.timestamp(),
                "iat": now.timestamp(),
                "exp": (now + TimeDelta::minutes(ID_TOKEN_MINUTES)).timestamp(),
                "iss": issuer,
                "aud": client,
                "sub": id.replace('-', ""),
                "auth_time": now.timestamp(),
                "xero_userid": id,
                "given_name": person.given_name,
                "family_name": person.family_name,
                "name": person.name(),
                "email": person.email,
                "preferred_username": person.email,
            })));
        }
        if scopes.iter().any(|scope| scope == "offline_access") {
            let token = self.guids.token();
            body["refresh_token"] = Value::String(token.clone());
            let expires = now + TimeDelta::days(REFRESH_DAYS);
            let client = client.to_owned();
            self.refresh.insert(token, Refresh { client, person: id, scopes, auth_event, expires, used: None, parent });
        }
        let mut response = reply::json(200, &body);
        reply::header(&mut response, "cache-control", "no-store, no-cache, max-age=0");
        response
    }

    /// Three parts as in life. The signature is only random: nothing here can or need check one.
    fn jwt(&mut self, mut claims: Value) -> String {
        claims["jti"] = Value::String(self.guids.guid().replace('-', ""));
        let header = json!({ "alg": "RS256", "kid": "SANDBOX", "typ": "JWT" });
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        format!("{}.{}.{}", part(&header), part(&claims), URL_SAFE_NO_PAD.encode(self.guids.token()))
    }

    /// `POST /connect/revocation`: ends every connection and refresh token of the person to this application.
    pub(crate) fn revoke(&mut self, config: &Config, request: &Request) -> Response {
        let Some(client) = basic(config, request) else { return oauth_error("invalid_client") };
        let fields = form(&request.body);
        let Some(token) = field(&fields, "token") else { return oauth_error("invalid_request") };
        let person = self.refresh.get(token).filter(|row| row.client == client.id).map(|row| row.person.clone());
        if let Some(person) = person {
            self.refresh.retain(|_, row| !(row.client == client.id && row.person == person));
            self.connections.retain(|link| !(link.client == client.id && link.person == person));
        }
        reply::empty(200)
    }

    /// The discovery document that OpenID clients ask for.
    pub(crate) fn discovery(&self, config: &Config) -> Response {
        let base = &config.base_url;
        reply::json(
            200,
            &json!({
                "issuer": format!("{base}/identity"),
                "authorization_endpoint": format!("{base}/login/identity/connect/authorize"),
                "token_endpoint": format!("{base}/identity/connect/token"),
                "revocation_endpoint": format!("{base}/identity/connect/revocation"),
                "scopes_supported": SCOPES,
                "response_types_supported": ["code"],
                "grant_types_supported": ["authorization_code", "refresh_token"],
                "token_endpoint_auth_methods_supported": ["client_secret_basic"],
                "code_challenge_methods_supported": ["S256"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "subject_types_supported": ["public"],
            }),
        )
    }

    /// Lets every access token expire at this moment.
    pub(crate) fn expire_access(&mut self, now: DateTime<Utc>) {
        self.access.values_mut().for_each(|row| row.expires = row.expires.min(now));
    }

    /// Lets every refresh token die, as after 60 days without use.
    pub(crate) fn expire_refresh(&mut self) {
        self.refresh.clear();
    }
}

fn check(config: &Config, fields: &[(String, String)]) -> Result<Asked, (&'static str, &'static str)> {
    let client = field(fields, "client_id").and_then(|id| config.clients.iter().find(|client| client.id == id));
    let client = client.ok_or(("unauthorized_client", "Unknown client or client not enabled"))?;
    let redirect_uri = field(fields, "redirect_uri").unwrap_or_default();
    if !client.redirect_uris.iter().any(|allowed| redirect_matches(allowed, redirect_uri)) {
        return Err(("invalid_request", "Invalid redirect_uri"));
    }
    if field(fields, "response_type") != Some("code") {
        return Err(("unsupported_response_type", "Response type not supported"));
    }
    let scopes: Vec<String> =
        field(fields, "scope").unwrap_or_default().split_whitespace().map(str::to_owned).collect();
    if scopes.is_empty() {
        return Err(("invalid_request", "scope is missing"));
    }
    if scopes.iter().any(|scope| !known_scope(scope)) {
        return Err(("invalid_scope", "unauthorized_client : Invalid scope for client"));
    }
    let challenge = field(fields, "code_challenge").map(str::to_owned);
    if challenge.is_some() && field(fields, "code_challenge_method") != Some("S256") {
        return Err(("invalid_request", "Transform algorithm not supported"));
    }
    Ok(Asked {
        client: client.id.clone(),
        redirect_uri: redirect_uri.to_owned(),
        scopes,
        state: field(fields, "state").map(str::to_owned),
        challenge,
    })
}

/// Exact, but for a `*` that stands for the port of a development server.
fn redirect_matches(allowed: &str, given: &str) -> bool {
    match allowed.split_once(":*") {
        None => allowed == given,
        Some((before, after)) => given
            .strip_prefix(before)
            .and_then(|rest| rest.strip_prefix(':'))
            .and_then(|rest| rest.strip_suffix(after))
            .is_some_and(|port| port.parse::<u16>().is_ok()),
    }
}

fn known_scope(scope: &str) -> bool {
    let report = scope.strip_prefix("accounting.reports.").and_then(|rest| rest.strip_suffix(".read"));
    SCOPES.contains(&scope) || report.is_some_and(|name| !name.is_empty())
}

fn basic<'a>(config: &'a Config, request: &Request) -> Option<&'a Client> {
    let encoded = request.header("authorization")?.strip_prefix("Basic ")?;
    let text = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    // RFC 6749 has both form-encoded first; plain and encoded are the same for what is issued here.
    config.clients.iter().find(|client| client.id == id && client.secret == secret)
}

fn form(body: &[u8]) -> Vec<(String, String)> {
    url::form_urlencoded::parse(body).into_owned().collect()
}

fn field<'a>(fields: &'a [(String, String)], name: &str) -> Option<&'a str> {
    fields.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

fn oauth_error(code: &str) -> Response {
    reply::json(400, &json!({ "error": code }))
}
