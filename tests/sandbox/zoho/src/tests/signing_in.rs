//! Consent, codes, tokens, their limits and their errors.

use super::{ALL_SCOPES, ANA, Answer, CLIENT, Desk, REDIRECT, SECRET, config};
use crate::Zoho;
use crate::oauth::encode;
use chrono::Duration;
use serde_json::{Value, json};

const SCOPE: &str = "ZohoCRM.modules.ALL,ZohoCRM.users.READ";

fn authorize_query(more: &str) -> String {
    format!(
        "response_type=code&client_id={CLIENT}&scope={SCOPE}&redirect_uri={}&access_type=offline&state=s1{more}",
        encode(REDIRECT)
    )
}

fn accept(desk: &mut Desk, who: &str, more: &str) -> String {
    let body = format!("{}&user={who}&decision=accept", authorize_query(more));
    let answer = desk.send("POST", "/accounts/oauth/v2/auth/consent", &[], body);
    assert_eq!(answer.status, 302);
    answer.response.headers()["location"].to_str().unwrap().to_owned()
}

fn code_of(location: &str) -> String {
    location.split("code=").nth(1).unwrap().split('&').next().unwrap().to_owned()
}

fn ana(desk: &Desk) -> String {
    desk.zoho.users()[0].id.to_string()
}

fn token(desk: &mut Desk, parameters: &str) -> Answer {
    let body = format!("client_id={CLIENT}&client_secret={SECRET}&{parameters}");
    desk.send("POST", "/accounts/oauth/v2/token", &[("content-type", "application/x-www-form-urlencoded")], body)
}

fn exchange(desk: &mut Desk, code: &str) -> Answer {
    token(desk, &format!("grant_type=authorization_code&redirect_uri={}&code={code}", encode(REDIRECT)))
}

#[test]
fn the_consent_page_names_users_scopes_and_both_buttons() {
    let mut desk = Desk::new();
    let answer = desk.send("GET", &format!("/accounts/oauth/v2/auth?{}", authorize_query("")), &[], "");
    let page = String::from_utf8(answer.response.body().to_vec()).unwrap();
    assert_eq!(answer.status, 200);
    for part in [
        "data-testid=\"user-ana-admin\"",
        "data-testid=\"user-sam-sales\"",
        "data-testid=\"user-rita-restricted\"",
        "data-testid=\"user-dc-eu\"",
        "data-testid=\"accept\"",
        "data-testid=\"reject\"",
        "<code>ZohoCRM.users.READ</code>",
        "action=\"http://localhost:8790/zoho/accounts/oauth/v2/auth/consent\"",
    ] {
        assert!(page.contains(part), "{part} is missing in {page}");
    }
}

#[test]
fn the_accounts_pages_may_be_cut_off_from_their_opener() {
    let mut desk = Desk::new();
    let policy = |answer: &Answer| {
        answer.response.headers().get("cross-origin-opener-policy").map(|value| value.to_str().unwrap().to_owned())
    };
    for cut_off in [false, true] {
        desk.zoho.set_opener_policy(cut_off);
        let wanted = cut_off.then(|| "same-origin".to_owned());
        let page = desk.send("GET", &format!("/accounts/oauth/v2/auth?{}", authorize_query("")), &[], "");
        assert_eq!(policy(&page), wanted);
        let refused = desk.send("GET", "/accounts/oauth/v2/auth", &[], "");
        assert_eq!((refused.status, policy(&refused)), (400, wanted.clone()));
        let body = format!("{}&user={}&decision=accept", authorize_query(""), ana(&desk));
        let back = desk.send("POST", "/accounts/oauth/v2/auth/consent", &[], body);
        assert_eq!((back.status, policy(&back)), (302, wanted));
    }
}

#[test]
fn fewer_scopes_may_be_granted_than_were_asked_for() {
    let mut desk = Desk::new();
    desk.zoho.withhold_scopes(&["ZohoCRM.users.READ"]);
    let who = ana(&desk);
    let location = accept(&mut desk, &who, "");
    let answer = exchange(&mut desk, &code_of(&location));
    assert_eq!(answer.body["scope"], json!("ZohoCRM.modules.ALL"));
    desk.token = answer.body["access_token"].as_str().unwrap().to_owned();
    assert_eq!(desk.get("users?type=CurrentUser").code(), "OAUTH_SCOPE_MISMATCH");
    assert_eq!(desk.get("Accounts?fields=Account_Name").status, 204);
}

#[test]
fn a_wrong_authorization_request_is_not_sent_anywhere() {
    let mut desk = Desk::new();
    for (from, to) in [
        (CLIENT, "1000.UNKNOWN"),
        ("localhost%3A8787", "evil.example"),
        ("localhost%3A8787", "localhost%3A8787.evil.example"),
        ("scope=ZohoCRM.modules.ALL,", "scope=ZohoCRM.modules.ALL "),
        ("response_type=code", "response_type=token"),
    ] {
        let query = authorize_query("").replace(from, to);
        let answer = desk.send("GET", &format!("/accounts/oauth/v2/auth?{query}"), &[], "");
        assert_eq!(answer.status, 400, "{to}");
        assert!(!answer.response.headers().contains_key("location"));
    }
}

#[test]
fn accepting_gives_code_location_server_and_state_and_tokens_that_work() {
    let mut desk = Desk::new();
    let who = ana(&desk);
    let location = accept(&mut desk, &who, "");
    assert!(location.starts_with(&format!("{REDIRECT}?code=1000.")), "{location}");
    assert!(location.contains("&location=us&accounts-server=http%3A%2F%2Flocalhost%3A8790%2Fzoho%2Faccounts&state=s1"));
    let answer = exchange(&mut desk, &code_of(&location));
    assert_eq!(answer.status, 200);
    assert_eq!(answer.body["scope"], json!("ZohoCRM.modules.ALL ZohoCRM.users.READ"));
    assert_eq!(answer.body["api_domain"], json!("http://localhost:8790/zoho/api"));
    assert_eq!(answer.body["expires_in"], json!(3600));
    desk.token = answer.body["access_token"].as_str().unwrap().to_owned();
    assert_eq!(desk.get("users?type=CurrentUser").body["users"][0]["email"], json!(ANA));
}

#[test]
fn rejecting_sends_access_denied() {
    let mut desk = Desk::new();
    let body = format!("{}&decision=reject", authorize_query(""));
    let answer = desk.send("POST", "/accounts/oauth/v2/auth/consent", &[], body);
    assert_eq!(answer.response.headers()["location"], format!("{REDIRECT}?error=access_denied&state=s1"));
}

#[test]
fn a_user_of_another_data_centre_is_sent_there_with_the_same_request() {
    let mut desk = Desk::new();
    let location = accept(&mut desk, "dc:eu", "");
    let (path, query) = location.split_once('?').unwrap();
    assert_eq!(path, "http://localhost:8790/zoho-eu/accounts/oauth/v2/auth");
    assert!(query.contains("state=s1") && !query.contains("decision"));
    // There the code comes with that data centre's own names, and is worth nothing here.
    let mut there = Desk::new();
    there.zoho = Zoho::new(config("eu"));
    there.zoho.set_now(there.now);
    let elke = ana(&there);
    let back = accept(&mut there, &elke, "");
    assert!(back.contains("&location=eu&accounts-server=http%3A%2F%2Flocalhost%3A8790%2Fzoho-eu%2Faccounts"));
    assert_eq!(exchange(&mut desk, &code_of(&back)).body, json!({"error": "invalid_code"}));
    assert!(exchange(&mut there, &code_of(&back)).body.get("access_token").is_some());
}

#[test]
fn a_code_works_once_and_for_one_minute() {
    let mut desk = Desk::new();
    let who = ana(&desk);
    let code = code_of(&accept(&mut desk, &who, ""));
    assert!(exchange(&mut desk, &code).body.get("access_token").is_some());
    let again = exchange(&mut desk, &code);
    assert_eq!((again.status, again.body), (200, json!({"error": "invalid_code"})));
    let code = code_of(&accept(&mut desk, &who, ""));
    desk.wait(Duration::seconds(60));
    assert_eq!(exchange(&mut desk, &code).body, json!({"error": "invalid_code"}));
}

#[test]
fn a_challenge_has_to_be_met() {
    let mut desk = Desk::new();
    let who = ana(&desk);
    // The pair of RFC 7636, appendix B.
    let more = "&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256";
    let form = |code: &str, verifier: &str| {
        format!("grant_type=authorization_code&redirect_uri={}&code={code}&code_verifier={verifier}", encode(REDIRECT))
    };
    let code = code_of(&accept(&mut desk, &who, more));
    assert_eq!(token(&mut desk, &form(&code, "wrong")).body, json!({"error": "invalid_code"}));
    let code = code_of(&accept(&mut desk, &who, more));
    let good = token(&mut desk, &form(&code, "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"));
    assert!(good.body.get("access_token").is_some());
}

#[test]
fn a_refresh_token_comes_the_first_time_or_with_consent_and_never_rotates() {
    let mut desk = Desk::new();
    desk.zoho = Zoho::new(config("us"));
    desk.zoho.set_now(desk.now);
    let who = ana(&desk);
    let mut sign_in = |more: &str| {
        let code = code_of(&accept(&mut desk, &who, more));
        exchange(&mut desk, &code).body
    };
    let first = sign_in("");
    assert!(first.get("refresh_token").is_some());
    assert!(sign_in("").get("refresh_token").is_none());
    assert!(sign_in("&prompt=consent").get("refresh_token").is_some());
    let refresh = first["refresh_token"].as_str().unwrap();
    let refreshed = token(&mut desk, &format!("grant_type=refresh_token&refresh_token={refresh}"));
    assert!(refreshed.body.get("access_token").is_some() && refreshed.body.get("refresh_token").is_none());
}

#[test]
fn token_errors_come_with_http_200() {
    let mut desk = Desk::new();
    for (form, error) in [
        ("client_id=1000.UNKNOWN&client_secret=x&grant_type=refresh_token", "invalid_client"),
        ("client_id=1000.TESTCLIENT&client_secret=x&grant_type=refresh_token", "invalid_client"),
        ("client_id=1000.TESTCLIENT&client_secret=the-secret&grant_type=refresh_token&refresh_token=x", "invalid_code"),
        ("client_id=1000.TESTCLIENT&client_secret=the-secret&grant_type=authorization_code&code=x", "invalid_code"),
    ] {
        // In the body and in the query alike.
        for (path, body) in
            [("/accounts/oauth/v2/token".to_owned(), form), (format!("/accounts/oauth/v2/token?{form}"), "")]
        {
            let answer = desk.send("POST", &path, &[], body.to_owned());
            assert_eq!((answer.status, answer.body), (200, json!({"error": error})));
        }
    }
    let who = ana(&desk);
    let code = code_of(&accept(&mut desk, &who, ""));
    let answer =
        token(&mut desk, &format!("grant_type=authorization_code&code={code}&redirect_uri=http%3A%2F%2Fother"));
    assert_eq!(answer.body, json!({"error": "invalid_redirect_uri"}));
}

#[test]
fn the_token_endpoint_reads_multipart_forms() {
    let mut desk = Desk::new();
    let refresh = desk.zoho.grant(CLIENT, ANA, ALL_SCOPES).unwrap().refresh_token;
    let fields = [
        ("client_id", CLIENT),
        ("client_secret", SECRET),
        ("grant_type", "refresh_token"),
        ("refresh_token", &refresh),
    ];
    let body: String = fields
        .iter()
        .map(|(name, value)| format!("--xx\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"))
        .collect();
    let kind = [("content-type", "multipart/form-data; boundary=xx")];
    let answer = desk.send("POST", "/accounts/oauth/v2/token", &kind, format!("{body}--xx--\r\n"));
    assert!(answer.body.get("access_token").is_some(), "{}", answer.body);
}

#[test]
fn the_eleventh_refresh_in_ten_minutes_is_denied() {
    let mut desk = Desk::new();
    let refresh = desk.zoho.grant(CLIENT, ANA, ALL_SCOPES).unwrap().refresh_token;
    let form = format!("grant_type=refresh_token&refresh_token={refresh}");
    for _ in 0..10 {
        assert!(token(&mut desk, &form).body.get("access_token").is_some());
    }
    let denied = token(&mut desk, &form);
    assert_eq!((denied.status, &denied.body["error"]), (400, &json!("Access Denied")));
    desk.wait(Duration::minutes(10));
    assert_eq!(token(&mut desk, &form).status, 200);
}

#[test]
fn the_twenty_first_refresh_token_ends_the_oldest() {
    let mut desk = Desk::new();
    desk.zoho.revoke_all_tokens();
    let tokens: Vec<String> =
        (0..21).map(|_| desk.zoho.grant(CLIENT, ANA, ALL_SCOPES).unwrap().refresh_token).collect();
    assert_eq!(desk.zoho.refresh_token_count(CLIENT), 20);
    let refresh = |desk: &mut Desk, index: usize| {
        token(desk, &format!("grant_type=refresh_token&refresh_token={}", tokens[index])).body
    };
    assert_eq!(refresh(&mut desk, 0), json!({"error": "invalid_code"}));
    assert!(refresh(&mut desk, 1).get("access_token").is_some());
}

#[test]
fn an_access_token_lives_one_hour_and_revoking_ends_it() {
    let mut desk = Desk::new();
    desk.wait(Duration::minutes(59));
    assert_eq!(desk.get("org").status, 200);
    desk.wait(Duration::minutes(1));
    let stale = desk.get("org");
    assert_eq!((stale.status, stale.code()), (401, "INVALID_TOKEN"));
    let grant = desk.zoho.grant(CLIENT, ANA, ALL_SCOPES).unwrap();
    desk.token = grant.access_token;
    assert_eq!(desk.get("org").status, 200);
    let revoked = desk.send("POST", &format!("/accounts/oauth/v2/token/revoke?token={}", grant.refresh_token), &[], "");
    assert_eq!(revoked.body, json!({"status": "success"}));
    assert_eq!(desk.get("org").code(), "INVALID_TOKEN");
}

#[test]
fn the_header_is_zohos_own() {
    let mut desk = Desk::new();
    let bearer = format!("Bearer {}", desk.token);
    let answer = desk.send("GET", "/api/crm/v8/org", &[("authorization", &bearer)], "");
    assert_eq!((answer.status, answer.code()), (401, "AUTHENTICATION_FAILURE"));
    let answer = desk.send("GET", "/api/crm/v8/org", &[], "");
    assert_eq!((answer.status, answer.code()), (401, "AUTHENTICATION_FAILURE"));
}

#[test]
fn every_call_needs_its_scope() {
    let mut desk = Desk::new();
    for (scope, path, fits) in [
        ("ZohoCRM.modules.accounts.READ", "Accounts?fields=Account_Name", true),
        ("ZohoCRM.modules.READ", "Accounts?fields=Account_Name", true),
        ("ZohoCRM.modules.accounts.CREATE", "Accounts?fields=Account_Name", false),
        ("ZohoCRM.modules.purchaseorders.ALL", "Purchase_Orders?fields=Subject", true),
        ("ZohoCRM.modules.accounts.ALL", "Contacts?fields=Email", false),
        ("ZohoCRM.org.READ", "org", true),
        ("ZohoCRM.org.READ", "org/taxes", false),
        ("ZohoCRM.org.ALL", "org/taxes", true),
        ("ZohoCRM.settings.fields.READ", "settings/fields?module=Accounts", true),
        ("ZohoCRM.settings.ALL", "settings/modules", true),
        ("ZohoCRM.modules.ALL", "Accounts/search?word=x", false),
    ] {
        desk.token = desk.zoho.grant(CLIENT, ANA, &[scope]).unwrap().access_token;
        let answer = desk.get(path);
        assert_eq!(answer.code() != "OAUTH_SCOPE_MISMATCH", fits, "{scope} {path}");
        assert_eq!(answer.status != 401, fits, "{scope} {path}");
    }
}

#[test]
fn serverinfo_lists_the_data_centres() {
    let mut desk = Desk::new();
    let answer = desk.send("GET", "/accounts/oauth/serverinfo", &[], "");
    let locations: &Value = &answer.body["locations"];
    assert_eq!(locations["us"], json!("http://localhost:8790/zoho/accounts"));
    assert_eq!(locations["eu"], json!("http://localhost:8790/zoho-eu/accounts"));
}
