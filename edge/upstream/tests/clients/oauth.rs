//! Consent pages, codes, refreshes and what is said of them.

use crate::script::{Script, broken, empty, json, text, timeout};
use ports::{HttpError, Response};
use serde_json::json;
use std::time::Duration;
use upstream::{Api, App, CallLog, Error, LimitScope, xero, zoho};

const APP: App<'static> = App { id: "client-1", secret: "secret-1" };

fn form(script: &Script, at: usize) -> Vec<(String, String)> {
    url::form_urlencoded::parse(&script.request(at).body).into_owned().collect()
}

fn value(pairs: &[(String, String)], name: &str) -> Option<String> {
    pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone())
}

#[test]
fn zoho_s_consent_page() {
    let request = zoho::oauth::Authorize {
        accounts: "https://accounts.zoho.com",
        client_id: "client-1",
        redirect_uri: "http://localhost:8787/auth/zoho/callback",
        scopes: &["ZohoCRM.users.READ", "ZohoCRM.org.READ"],
        state: "s&1",
        challenge: Some("abc"),
        offline: true,
    };
    let url = url::Url::parse(&zoho::oauth::authorize_url(&request)).unwrap();
    let pairs: Vec<_> = url.query_pairs().into_owned().collect();
    assert_eq!((url.host_str(), url.path()), (Some("accounts.zoho.com"), "/oauth/v2/auth"));
    assert_eq!(value(&pairs, "scope").as_deref(), Some("ZohoCRM.users.READ,ZohoCRM.org.READ"));
    assert_eq!(value(&pairs, "access_type").as_deref(), Some("offline"));
    assert_eq!(value(&pairs, "prompt").as_deref(), Some("consent"));
    assert_eq!(value(&pairs, "state").as_deref(), Some("s&1"));
    assert_eq!(value(&pairs, "code_challenge_method").as_deref(), Some("S256"));
    let online = zoho::oauth::authorize_url(&zoho::oauth::Authorize { offline: false, challenge: None, ..request });
    assert!(online.contains("access_type=online") && !online.contains("prompt") && !online.contains("challenge"));
}

#[test]
fn xero_s_consent_page() {
    let request = xero::oauth::Authorize {
        login: "https://login.xero.com",
        client_id: "client-1",
        redirect_uri: "http://localhost:8787/auth/xero/callback",
        scopes: xero::oauth::SCOPES,
        state: "s",
        challenge: None,
    };
    let url = url::Url::parse(&xero::oauth::authorize_url(&request)).unwrap();
    let pairs: Vec<_> = url.query_pairs().into_owned().collect();
    assert_eq!(url.path(), "/identity/connect/authorize");
    let scopes = value(&pairs, "scope").unwrap();
    assert!(scopes.split(' ').any(|scope| scope == "offline_access"));
    // The broad scopes of before March 2026 are refused for new apps.
    assert!(!scopes.contains("accounting.transactions"));
}

#[tokio::test]
async fn zoho_s_grants() {
    let grant = json(
        200,
        json!({"access_token": "1000.access", "refresh_token": "1000.refresh", "scope": "A B", "api_domain": "https://www.zohoapis.eu",
               "token_type": "Bearer", "expires_in": 3600}),
    );
    let refreshed = json(200, json!({"access_token": "1000.second", "expires_in": 3599}));
    let (script, log) = (Script::new([grant, refreshed]), CallLog::new());
    let accounts = "https://accounts.zoho.eu";
    let redirect = "http://localhost:8787/auth/zoho/callback";
    let grant = zoho::oauth::exchange(&script, &log, accounts, APP, "code", redirect, Some("verifier")).await.unwrap();
    assert_eq!((grant.access_token.as_str(), grant.refresh_token.as_deref()), ("1000.access", Some("1000.refresh")));
    assert_eq!(
        (grant.api_domain.as_deref(), grant.expires_in),
        (Some("https://www.zohoapis.eu"), Duration::from_secs(3600))
    );
    assert_eq!(grant.scopes, ["A", "B"]);
    assert_eq!(script.request(0).url, "https://accounts.zoho.eu/oauth/v2/token");
    let sent = form(&script, 0);
    assert_eq!(value(&sent, "grant_type").as_deref(), Some("authorization_code"));
    assert_eq!(value(&sent, "code_verifier").as_deref(), Some("verifier"));
    assert_eq!(value(&sent, "client_secret").as_deref(), Some("secret-1"));
    let shown = format!("{grant:?} {APP:?} {log:?} {:?}", script.request(0));
    assert!(!shown.contains("1000.") && !shown.contains("secret-1") && !shown.contains("verifier"), "{shown}");
    let grant = zoho::oauth::refresh(&script, &log, accounts, APP, "1000.refresh").await.unwrap();
    assert_eq!((grant.access_token.as_str(), grant.refresh_token), ("1000.second", None));
    assert_eq!(log.entries()[1].call, "POST /oauth/v2/token");
}

#[tokio::test]
async fn zoho_s_refusals_come_with_http_200() {
    type Check = fn(&Error) -> bool;
    let slow = json!({"error": "Access Denied", "status": "failure",
        "error_description": "You have made too many requests continuously. Please try again after some time."});
    let table: [(Result<Response, HttpError>, Check); 6] = [
        (json(200, json!({"error": "invalid_code"})), |e| matches!(e, Error::Unauthorized { api: Api::Zoho, .. })),
        (
            json(200, json!({"error": "invalid_client"})),
            |e| matches!(e, Error::Refused { code: Some(c), .. } if c == "invalid_client"),
        ),
        (json(200, json!({"error": "invalid_redirect_uri"})), |e| matches!(e, Error::Refused { .. })),
        (json(400, slow), |e| matches!(e, Error::RateLimited { api: Api::Zoho, scope: LimitScope::Token, .. })),
        (text(400, &[], "<html>1000.SECRET"), |e| matches!(e, Error::Unexpected { .. })),
        (json(403, json!({"message": "1000.SECRET"})), |e| matches!(e, Error::Unexpected { .. })),
    ];
    for (answer, check) in table {
        let (script, log) = (Script::new([answer]), CallLog::new());
        let error = zoho::oauth::refresh(&script, &log, "https://accounts.zoho.com", APP, "r").await.unwrap_err();
        assert!(check(&error), "{error:?}");
        assert!(!format!("{error:?} {error}").contains("SECRET"));
        assert_eq!(script.sent(), 1);
    }
}

#[tokio::test]
async fn a_lost_refresh_is_repeated_and_a_lost_code_is_not() {
    let good = || json(200, json!({"access_token": "a.b.c", "refresh_token": "next", "expires_in": 1800}));
    for failure in [timeout, broken, || empty(502), || text(200, &[], "{\"acc"), || json(200, json!({}))] {
        let failure: fn() -> Result<Response, HttpError> = failure;
        let log = CallLog::new();
        let script = Script::new([failure(), good()]);
        let grant = xero::oauth::refresh(&script, &log, "https://identity.xero.com", APP, "r").await.unwrap();
        assert_eq!(grant.refresh_token.as_deref(), Some("next"));
        let script = Script::new([failure(), good()]);
        zoho::oauth::refresh(&script, &log, "https://accounts.zoho.com", APP, "r").await.unwrap();
        let script = Script::new([failure()]);
        let error =
            xero::oauth::exchange(&script, &log, "https://identity.xero.com", APP, "c", "u", None).await.unwrap_err();
        assert!(matches!(error, Error::Unknown { .. }), "{error:?}");
        let script = Script::new([failure()]);
        let error =
            zoho::oauth::exchange(&script, &log, "https://accounts.zoho.com", APP, "c", "u", None).await.unwrap_err();
        assert!(matches!(error, Error::Unknown { .. }), "{error:?}");
    }
}

#[tokio::test]
async fn xero_s_grants_and_connections() {
    // {"authentication_event_id":"e-1"}
    let access = "h.eyJhdXRoZW50aWNhdGlvbl9ldmVudF9pZCI6ImUtMSJ9.s";
    let grant = json(200, json!({"access_token": access, "refresh_token": "r-1", "expires_in": 1800, "scope": "a b"}));
    let connections = json(
        200,
        json!([
            {"id": "c-1", "authEventId": "e-1", "tenantId": "11111111-2222-3333-4444-555555555555", "tenantType": "ORGANISATION", "tenantName": "Kauri"},
            {"id": "c-2", "tenantId": "not a guid"},
        ]),
    );
    let script = Script::new([grant, connections, empty(204), text(404, &[], "<html>"), empty(200)]);
    let log = CallLog::new();
    let grant =
        xero::oauth::exchange(&script, &log, "https://identity.xero.com", APP, "code", "uri", None).await.unwrap();
    assert_eq!(grant.authentication_event.as_deref(), Some("e-1"));
    assert_eq!(grant.expires_in, Duration::from_secs(1800));
    assert!(!format!("{grant:?}").contains("r-1"));
    // Basic client-1:secret-1
    assert_eq!(script.header(0, "authorization").as_deref(), Some("Basic Y2xpZW50LTE6c2VjcmV0LTE="));
    let api = "https://api.xero.com";
    let connections = xero::oauth::connections(&script, &log, api, access).await.unwrap();
    assert_eq!(connections.len(), 1);
    assert_eq!((connections[0].id.as_str(), connections[0].name.as_str()), ("c-1", "Kauri"));
    assert_eq!(script.header(1, "xero-tenant-id"), None);
    xero::oauth::disconnect(&script, &log, api, access, "c-1").await.unwrap();
    xero::oauth::disconnect(&script, &log, api, access, "c-1").await.unwrap();
    assert_eq!(script.request(2).url, "https://api.xero.com/connections/c-1");
    xero::oauth::revoke(&script, &log, "https://identity.xero.com", APP, "r-1").await.unwrap();
    assert_eq!(script.request(4).url, "https://identity.xero.com/connect/revocation");
    assert_eq!(log.entries()[2].call, "DELETE /connections/{id}");
}

#[tokio::test]
async fn a_dead_grant_is_told_from_a_wrong_client() {
    let log = CallLog::new();
    let script =
        Script::new([json(400, json!({"error": "invalid_grant"})), json(400, json!({"error": "invalid_client"}))]);
    let identity = "https://identity.xero.com";
    let error = xero::oauth::refresh(&script, &log, identity, APP, "r").await.unwrap_err();
    assert!(matches!(error, Error::Unauthorized { api: Api::Xero, .. }), "{error:?}");
    let error = xero::oauth::refresh(&script, &log, identity, APP, "r").await.unwrap_err();
    assert!(matches!(&error, Error::Refused { code: Some(code), .. } if code == "invalid_client"), "{error:?}");
    assert_eq!(script.sent(), 2);
}
