//! Xero's OAuth 2.0: consent, rotating refresh tokens, and the connections that a consent made
//! (<https://developer.xero.com/documentation/guides/oauth2/auth-flow/>).

use super::answer;
use crate::call::{self, Body, no_answer};
use crate::text::{excerpt, form, query};
use crate::{Api, App, Attempt, CallLog, Decision, Effect, Error, TIMEOUT, Whose, decide};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::{DateTime, NaiveDateTime, Utc};
use ports::{Clock, Http, Method, Request, Response};
use serde_json::Value;
use shared::id::TenantId;
use std::fmt;
use std::time::Duration;

/// What we ask for, by Xero's granular scopes. Items are written under `accounting.invoices` according to the guide
/// and under `accounting.settings` according to the OpenAPI file, so both are asked for.
pub const SCOPES: &[&str] = &["offline_access", "accounting.contacts", "accounting.invoices", "accounting.settings"];

/// How long a refresh token lives after its last use
/// (<https://developer.xero.com/documentation/guides/oauth2/token-types/>). The answer does not say it.
pub const REFRESH_LIFETIME: Duration = Duration::from_secs(60 * 24 * 3600);

/// What the consent page is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Authorize<'a> {
    /// `https://login.xero.com`, without a trailing slash.
    pub login: &'a str,
    /// `client_id`.
    pub client_id: &'a str,
    /// Where Xero sends the user back to; must match a registered one exactly.
    pub redirect_uri: &'a str,
    /// The scopes.
    pub scopes: &'a [&'a str],
    /// Comes back unchanged.
    pub state: &'a str,
    /// Base64url SHA-256 of the PKCE verifier.
    pub challenge: Option<&'a str>,
}

/// The address of the consent page. It refuses to be framed: open it as a page of its own.
#[must_use]
pub fn authorize_url(request: &Authorize<'_>) -> String {
    let scopes = request.scopes.join(" ");
    let mut pairs = vec![
        ("response_type", "code"),
        ("client_id", request.client_id),
        ("redirect_uri", request.redirect_uri),
        ("scope", scopes.as_str()),
        ("state", request.state),
    ];
    if let Some(challenge) = request.challenge {
        pairs.push(("code_challenge", challenge));
        pairs.push(("code_challenge_method", "S256"));
    }
    format!("{}/identity/connect/authorize?{}", request.login, query(&pairs))
}

/// What the token endpoint grants. One grant serves all organisations of its consent.
#[derive(Clone, PartialEq, Eq)]
pub struct Grant {
    /// The access token.
    pub access_token: String,
    /// The refresh token that replaces the one before, which still works for 30 minutes.
    pub refresh_token: Option<String>,
    /// How long the access token lives.
    pub expires_in: Duration,
    /// The granted scopes.
    pub scopes: Vec<String>,
    /// The consent's id, by which its connections are found.
    pub authentication_event: Option<String>,
}

impl fmt::Debug for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Grant")
            .field("expires_in", &self.expires_in)
            .field("scopes", &self.scopes)
            .field("authentication_event", &self.authentication_event)
            .finish_non_exhaustive()
    }
}

/// Exchanges a code.
///
/// # Errors
/// [`Error::Unauthorized`] for a used or expired code; [`Error::Refused`] for a wrong client;
/// [`Error::Unknown`] when the answer was lost, for the code is spent then.
pub async fn exchange<P: Clock + Http>(
    ports: &P,
    log: &CallLog,
    identity: &str,
    app: App<'_>,
    code: &str,
    redirect_uri: &str,
    verifier: Option<&str>,
) -> Result<Grant, Error> {
    let mut pairs = vec![("grant_type", "authorization_code"), ("code", code), ("redirect_uri", redirect_uri)];
    if let Some(verifier) = verifier {
        pairs.push(("code_verifier", verifier));
    }
    token(ports, log, identity, app, &pairs, Effect::Write).await
}

/// Gets a new access token and a new refresh token, which must be kept at once. A lost answer may be asked for again:
/// the old refresh token works for another 30 minutes.
///
/// # Errors
/// [`Error::Unauthorized`] when the refresh token is dead.
pub async fn refresh<P: Clock + Http>(
    ports: &P,
    log: &CallLog,
    identity: &str,
    app: App<'_>,
    refresh_token: &str,
) -> Result<Grant, Error> {
    let pairs = [("grant_type", "refresh_token"), ("refresh_token", refresh_token)];
    token(ports, log, identity, app, &pairs, Effect::Read).await
}

/// Gives the grant back. Xero then drops all connections of that user to our app.
///
/// # Errors
/// [`Error`] when Xero could not be reached or refused.
pub async fn revoke<P: Clock + Http>(
    ports: &P,
    log: &CallLog,
    identity: &str,
    app: App<'_>,
    refresh_token: &str,
) -> Result<(), Error> {
    let pairs = [("token", refresh_token)];
    let response = post(ports, log, identity, "/connect/revocation", app, &pairs, Effect::Read).await?;
    match judge(&response, Effect::Read) {
        Ok(_) | Err(Error::Unauthorized { .. }) => Ok(()),
        Err(error) => Err(error),
    }
}

/// A connection of our app to a Xero organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    /// The connection's own id, by which it is dropped. It is not the tenant's.
    pub id: String,
    /// The organisation.
    pub tenant: TenantId,
    /// The organisation's name.
    pub name: String,
    /// `ORGANISATION`, `PRACTICE`, …
    pub kind: String,
    /// When it was made (`createdDateUtc`). Connecting the organisation again leaves it as it is.
    pub created: Option<DateTime<Utc>>,
    /// The consent that made it. Xero keeps the first one when an organisation is connected again.
    pub authentication_event: Option<String>,
}

/// The connections that this token reaches.
///
/// # Errors
/// [`Error`].
pub async fn connections<P: Clock + Http>(
    ports: &P,
    log: &CallLog,
    api: &str,
    access_token: &str,
) -> Result<Vec<Connection>, Error> {
    let request = bearer(Method::Get, format!("{api}/connections"), access_token);
    let rows = match send(ports, log, "/connections", request, Effect::Read).await? {
        Some(Value::Array(rows)) => rows,
        None => Vec::new(),
        Some(_) => return Err(Error::lost(Api::Xero, Effect::Read, "the answer does not list connections")),
    };
    let read = |row: &Value| {
        let text = |key: &str| row.get(key).and_then(Value::as_str).map(str::to_owned);
        Some(Connection {
            id: text("id")?,
            tenant: TenantId::new(text("tenantId")?).ok()?,
            name: text("tenantName").unwrap_or_default(),
            kind: text("tenantType").unwrap_or_default(),
            // `2019-12-07T18:46:19.5165400`, in UTC without saying so.
            created: text("createdDateUtc")
                .and_then(|text| NaiveDateTime::parse_from_str(text.trim_end_matches('Z'), "%Y-%m-%dT%H:%M:%S%.f").ok())
                .map(|at| at.and_utc()),
            authentication_event: text("authEventId"),
        })
    };
    Ok(rows.iter().filter_map(read).collect())
}

/// Drops one connection, by its own id. One that is gone already is no error.
///
/// # Errors
/// [`Error`].
pub async fn disconnect<P: Clock + Http>(
    ports: &P,
    log: &CallLog,
    api: &str,
    access_token: &str,
    connection: &str,
) -> Result<(), Error> {
    let id: String = url::form_urlencoded::byte_serialize(connection.as_bytes()).collect();
    let request = bearer(Method::Delete, format!("{api}/connections/{id}"), access_token);
    match send(ports, log, "/connections/{id}", request, Effect::Write).await {
        Ok(_) | Err(Error::NotFound { .. }) => Ok(()),
        Err(error) => Err(error),
    }
}

fn bearer(method: Method, url: String, access_token: &str) -> Request {
    Request {
        method,
        url,
        headers: vec![
            ("authorization".to_owned(), format!("Bearer {access_token}")),
            ("accept".to_owned(), "application/json".to_owned()),
        ],
        body: Vec::new(),
        timeout: TIMEOUT,
    }
}

/// Sends once; there is no token to renew here, the caller has just got it.
async fn send<P: Clock + Http>(
    ports: &P,
    log: &CallLog,
    template: &str,
    request: Request,
    effect: Effect,
) -> Result<Option<Value>, Error> {
    let response = call::exchange(ports, log, Api::Xero, template, request)
        .await
        .map_err(|error| Error::lost(Api::Xero, effect, no_answer(&error)))?;
    answer::judge(&response, effect).map(|answer| answer.body)
}

async fn token<P: Clock + Http>(
    ports: &P,
    log: &CallLog,
    identity: &str,
    app: App<'_>,
    pairs: &[(&str, &str)],
    effect: Effect,
) -> Result<Grant, Error> {
    let mut attempt = Attempt { renewed: true, ..Attempt::FIRST };
    loop {
        let outcome = match post(ports, log, identity, "/connect/token", app, pairs, effect).await {
            Ok(response) => judge(&response, effect).and_then(|body| grant(&body, effect)),
            Err(error) => Err(error),
        };
        let error = match outcome {
            Ok(grant) => return Ok(grant),
            Err(error) => error,
        };
        match decide(effect, attempt, &error) {
            Decision::Wait(pause) => ports.sleep(pause).await,
            Decision::Renew | Decision::Fail => return Err(error),
        }
        attempt.number += 1;
    }
}

async fn post<P: Clock + Http>(
    ports: &P,
    log: &CallLog,
    identity: &str,
    path: &str,
    app: App<'_>,
    pairs: &[(&str, &str)],
    effect: Effect,
) -> Result<Response, Error> {
    let basic = STANDARD.encode(format!("{}:{}", app.id, app.secret));
    let request = Request {
        method: Method::Post,
        url: format!("{identity}{path}"),
        headers: vec![
            ("authorization".to_owned(), format!("Basic {basic}")),
            ("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned()),
            ("accept".to_owned(), "application/json".to_owned()),
        ],
        body: form(pairs),
        timeout: TIMEOUT,
    };
    call::exchange(ports, log, Api::Xero, path, request)
        .await
        .map_err(|error| Error::lost(Api::Xero, effect, no_answer(&error)))
}

/// Reads an answer of the identity server. Its bodies may hold tokens, so none of them is quoted, only `error` is.
fn judge(response: &Response, effect: Effect) -> Result<Value, Error> {
    let status = response.status;
    match (status, Body::read(&response.body)) {
        (200..300, Body::Json(body)) => Ok(body),
        (200..300, Body::Empty) => Ok(Value::Null),
        (200..300, Body::Text(_)) => Err(Error::lost(Api::Xero, effect, "the answer could not be read")),
        (429, _) => Err(Error::RateLimited {
            api: Api::Xero,
            scope: crate::LimitScope::Token,
            retry_after: call::retry_after(response),
        }),
        (500.., _) => Err(Error::lost(Api::Xero, effect, format!("HTTP {status}"))),
        (_, Body::Json(body)) => {
            let Some(code) = body.get("error").and_then(Value::as_str) else {
                return Err(Error::Unexpected { api: Api::Xero, status, excerpt: String::new() });
            };
            let description = body.get("error_description").and_then(Value::as_str);
            let said = excerpt(&description.map_or_else(|| code.to_owned(), |text| format!("{code}: {text}")), 500);
            Err(match code {
                "invalid_grant" => Error::Unauthorized { api: Api::Xero, whose: Whose::Nobodys, said: Some(said) },
                _ => Error::Refused {
                    api: Api::Xero,
                    status,
                    messages: vec![said],
                    code: Some(excerpt(code, 100)),
                    details: None,
                },
            })
        }
        (_, _) => Err(Error::Unexpected { api: Api::Xero, status, excerpt: String::new() }),
    }
}

fn grant(body: &Value, effect: Effect) -> Result<Grant, Error> {
    let text = |key: &str| body.get(key).and_then(Value::as_str).map(str::to_owned);
    let Some(access_token) = text("access_token") else {
        return Err(Error::lost(Api::Xero, effect, "the answer has no access token"));
    };
    Ok(Grant {
        authentication_event: authentication_event(&access_token),
        access_token,
        refresh_token: text("refresh_token"),
        // 30 minutes, as Xero documents, if the answer does not say.
        expires_in: Duration::from_secs(body.get("expires_in").and_then(Value::as_u64).unwrap_or(1800)),
        scopes: text("scope").unwrap_or_default().split_whitespace().map(str::to_owned).collect(),
    })
}

/// `authentication_event_id` of the access token's claims. The token comes straight from Xero, so its signature is not
/// checked; the claim only narrows a list down.
fn authentication_event(access_token: &str) -> Option<String> {
    let claims = URL_SAFE_NO_PAD.decode(access_token.split('.').nth(1)?.trim_end_matches('=')).ok()?;
    let claims: Value = serde_json::from_slice(&claims).ok()?;
    claims.get("authentication_event_id")?.as_str().map(str::to_owned)
}
