//! Zoho's OAuth 2.0: consent, code and refresh grants (<https://www.zoho.com/crm/developer/docs/api/v8/oauth-overview.html>).
//!
//! Its errors often come with HTTP 200, scopes are separated by commas when asked for and by spaces when granted,
//! and a refresh token does not rotate.

use crate::call::{self, Body, no_answer};
use crate::text::{excerpt, form, query};
use crate::{Api, App, Attempt, CallLog, Decision, Effect, Error, LimitScope, TIMEOUT, Whose, decide};
use ports::{Clock, Http, Method, Request, Response};
use serde_json::Value;
use std::fmt;
use std::time::Duration;

/// What everybody who signs in consents to: reading the records that he may see, asking for them by query, and learning
/// what his profile allows.
pub const SIGN_IN_SCOPES: &[&str] = &[
    "ZohoCRM.modules.accounts.READ",
    "ZohoCRM.modules.contacts.READ",
    "ZohoCRM.modules.vendors.READ",
    "ZohoCRM.modules.products.READ",
    "ZohoCRM.modules.invoices.READ",
    "ZohoCRM.modules.purchaseorders.READ",
    "ZohoCRM.composite_requests.CUSTOM",
    "ZohoCRM.coql.READ",
    "ZohoCRM.users.READ",
    "ZohoCRM.org.READ",
    "ZohoCRM.settings.profiles.READ",
];

/// What an administrator consents to who connects the organisation. The scope that `/org/taxes` wants is in none of
/// Zoho's documents; `ZohoCRM.org.ALL` covers everything below `/org`.
pub const CONNECT_SCOPES: &[&str] = &[
    "ZohoCRM.modules.accounts.ALL",
    "ZohoCRM.modules.contacts.ALL",
    "ZohoCRM.modules.vendors.ALL",
    "ZohoCRM.modules.products.ALL",
    "ZohoCRM.modules.invoices.ALL",
    "ZohoCRM.modules.purchaseorders.ALL",
    "ZohoCRM.composite_requests.CUSTOM",
    "ZohoCRM.coql.READ",
    "ZohoCRM.settings.fields.READ",
    "ZohoCRM.settings.fields.CREATE",
    "ZohoCRM.settings.fields.UPDATE",
    "ZohoCRM.settings.profiles.READ",
    "ZohoCRM.users.READ",
    "ZohoCRM.org.ALL",
];

/// What a consent page is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Authorize<'a> {
    /// The accounts server, without a trailing slash.
    pub accounts: &'a str,
    /// `client_id`.
    pub client_id: &'a str,
    /// Where Zoho sends the user back to.
    pub redirect_uri: &'a str,
    /// The scopes.
    pub scopes: &'a [&'a str],
    /// Comes back unchanged.
    pub state: &'a str,
    /// Base64url SHA-256 of the PKCE verifier.
    pub challenge: Option<&'a str>,
    /// Whether a refresh token is wanted; Zoho gives one only with a fresh consent.
    pub offline: bool,
}

/// The address of the consent page.
#[must_use]
pub fn authorize_url(request: &Authorize<'_>) -> String {
    let scopes = request.scopes.join(",");
    let mut pairs = vec![
        ("response_type", "code"),
        ("client_id", request.client_id),
        ("scope", scopes.as_str()),
        ("redirect_uri", request.redirect_uri),
        ("state", request.state),
        ("access_type", if request.offline { "offline" } else { "online" }),
    ];
    if request.offline {
        pairs.push(("prompt", "consent"));
    }
    if let Some(challenge) = request.challenge {
        pairs.push(("code_challenge", challenge));
        pairs.push(("code_challenge_method", "S256"));
    }
    format!("{}/oauth/v2/auth?{}", request.accounts, query(&pairs))
}

/// What the token endpoint grants.
#[derive(Clone, PartialEq, Eq)]
pub struct Grant {
    /// The access token.
    pub access_token: String,
    /// The refresh token; none when the grant was a refresh or the consent was not offline.
    pub refresh_token: Option<String>,
    /// Where the API is; to be looked up among the known data centres. A refresh may leave it out.
    pub api_domain: Option<String>,
    /// How long the access token lives.
    pub expires_in: Duration,
    /// The granted scopes.
    pub scopes: Vec<String>,
}

impl fmt::Debug for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Grant")
            .field("api_domain", &self.api_domain)
            .field("expires_in", &self.expires_in)
            .field("scopes", &self.scopes)
            .finish_non_exhaustive()
    }
}

/// Exchanges a code at the accounts server that the callback named (after a look into the table of data centres).
///
/// # Errors
/// [`Error::Unauthorized`] for a used or expired code; [`Error::Refused`] for a wrong client or redirect URI;
/// [`Error::Unknown`] when the answer was lost, for the code is spent then.
pub async fn exchange<P: Clock + Http>(
    ports: &P,
    log: &CallLog,
    accounts: &str,
    app: App<'_>,
    code: &str,
    redirect_uri: &str,
    verifier: Option<&str>,
) -> Result<Grant, Error> {
    let mut pairs = vec![
        ("grant_type", "authorization_code"),
        ("client_id", app.id),
        ("client_secret", app.secret),
        ("redirect_uri", redirect_uri),
        ("code", code),
    ];
    if let Some(verifier) = verifier {
        pairs.push(("code_verifier", verifier));
    }
    token(ports, log, accounts, &pairs, Effect::Write).await
}

/// Gets a new access token. The refresh token stays as it is.
///
/// # Errors
/// [`Error::Unauthorized`] when the refresh token was revoked; [`Error::RateLimited`] with [`LimitScope::Token`] after
/// 10 access tokens in 10 minutes.
pub async fn refresh<P: Clock + Http>(
    ports: &P,
    log: &CallLog,
    accounts: &str,
    app: App<'_>,
    refresh_token: &str,
) -> Result<Grant, Error> {
    let pairs = [
        ("grant_type", "refresh_token"),
        ("client_id", app.id),
        ("client_secret", app.secret),
        ("refresh_token", refresh_token),
    ];
    token(ports, log, accounts, &pairs, Effect::Read).await
}

/// Gives a refresh token back. An already dead one is no error.
///
/// # Errors
/// [`Error`] when Zoho could not be reached or refused.
pub async fn revoke<P: Clock + Http>(
    ports: &P,
    log: &CallLog,
    accounts: &str,
    refresh_token: &str,
) -> Result<(), Error> {
    let response =
        post(ports, log, accounts, "/oauth/v2/token/revoke", &[("token", refresh_token)], Effect::Read).await?;
    match judge(&response, Effect::Read) {
        Ok(_) | Err(Error::Unauthorized { .. }) => Ok(()),
        Err(error) => Err(error),
    }
}

async fn token<P: Clock + Http>(
    ports: &P,
    log: &CallLog,
    accounts: &str,
    pairs: &[(&str, &str)],
    effect: Effect,
) -> Result<Grant, Error> {
    let mut attempt = Attempt::FIRST;
    loop {
        let outcome = match post(ports, log, accounts, "/oauth/v2/token", pairs, effect).await {
            Ok(response) => judge(&response, effect).and_then(|body| grant(&body, effect)),
            Err(error) => Err(error),
        };
        let error = match outcome {
            Ok(grant) => return Ok(grant),
            Err(error) => error,
        };
        match decide(effect, Attempt { renewed: true, ..attempt }, &error) {
            Decision::Wait(pause) => ports.sleep(pause).await,
            Decision::Renew | Decision::Fail => return Err(error),
        }
        attempt.number += 1;
    }
}

async fn post<P: Clock + Http>(
    ports: &P,
    log: &CallLog,
    accounts: &str,
    path: &str,
    pairs: &[(&str, &str)],
    effect: Effect,
) -> Result<Response, Error> {
    let request = Request {
        method: Method::Post,
        url: format!("{accounts}{path}"),
        headers: vec![
            ("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned()),
            ("accept".to_owned(), "application/json".to_owned()),
        ],
        body: form(pairs),
        timeout: TIMEOUT,
    };
    call::exchange(ports, log, Api::Zoho, path, request)
        .await
        .map_err(|error| Error::lost(Api::Zoho, effect, no_answer(&error)))
}

/// Reads an answer of the accounts server. Its bodies may hold tokens, so none of them is quoted, only `error` is.
fn judge(response: &Response, effect: Effect) -> Result<Value, Error> {
    let status = response.status;
    if status >= 500 {
        return Err(Error::lost(Api::Zoho, effect, format!("HTTP {status}")));
    }
    let body = match Body::read(&response.body) {
        Body::Json(body) => body,
        Body::Empty if (200..300).contains(&status) => Value::Null,
        Body::Empty | Body::Text(_) if (200..300).contains(&status) => {
            return Err(Error::lost(Api::Zoho, effect, "the answer could not be read"));
        }
        Body::Empty | Body::Text(_) => {
            return Err(Error::Unexpected { api: Api::Zoho, status, excerpt: String::new() });
        }
    };
    let Some(code) = body.get("error").and_then(Value::as_str) else {
        return if (200..300).contains(&status) {
            Ok(body)
        } else {
            Err(Error::Unexpected { api: Api::Zoho, status, excerpt: String::new() })
        };
    };
    let description = body.get("error_description").and_then(Value::as_str);
    let said = description.map_or_else(|| excerpt(code, 500), |text| excerpt(&format!("{code}: {text}"), 500));
    if description.is_some_and(|text| text.contains("too many requests")) || status == 429 {
        return Err(Error::RateLimited { api: Api::Zoho, scope: LimitScope::Token, retry_after: None });
    }
    Err(match code {
        "invalid_code" | "invalid_grant" | "invalid_token" | "access_denied" => {
            Error::Unauthorized { api: Api::Zoho, whose: Whose::Nobodys, said: Some(said) }
        }
        _ => Error::Refused {
            api: Api::Zoho,
            status,
            messages: vec![said],
            code: Some(excerpt(code, 100)),
            details: None,
        },
    })
}

fn grant(body: &Value, effect: Effect) -> Result<Grant, Error> {
    let text = |key: &str| body.get(key).and_then(Value::as_str).map(str::to_owned);
    let Some(access_token) = text("access_token") else {
        return Err(Error::lost(Api::Zoho, effect, "the answer has no access token"));
    };
    Ok(Grant {
        access_token,
        refresh_token: text("refresh_token"),
        api_domain: text("api_domain"),
        // An hour, as Zoho documents, if the answer does not say.
        expires_in: Duration::from_secs(body.get("expires_in").and_then(Value::as_u64).unwrap_or(3600)),
        scopes: text("scope")
            .unwrap_or_default()
            .split([' ', ','])
            .filter(|scope| !scope.is_empty())
            .map(str::to_owned)
            .collect(),
    })
}
