//! Consent, tokens, connections and who may call.

use super::*;

#[test]
fn consent_names_both_organisations_and_cannot_be_framed() {
    let mut world = World::new();
    let path = format!(
        "/login/identity/connect/authorize?response_type=code&client_id=CLIENT&redirect_uri={CALLBACK}&state=x&scope=openid+accounting.contacts"
    );
    let page = world.raw(Method::GET, &path, &[], Vec::new());
    assert_eq!(page.status(), 200);
    assert_eq!(header(&page, "content-security-policy"), Some("frame-ancestors 'none'"));
    let html = String::from_utf8(page.body().to_vec()).unwrap();
    for part in ["Blue Gum Trading Pty Ltd", "Kauri Imports Ltd", "data-testid=\"allow\"", "data-testid=\"cancel\""] {
        assert!(html.contains(part), "{part}");
    }
}

#[test]
fn a_bad_authorize_request_ends_on_a_page_and_never_redirects() {
    let mut world = World::new();
    for (client, redirect, scope, error) in [
        ("CLIENT", "http://127.0.0.1:8787/auth/xero/callback", "openid", "invalid_request"),
        ("CLIENT", "http://localhost:8787/auth/xero/callback/", "openid", "invalid_request"),
        ("CLIENT", "http://localhost:evil.example/auth/xero/callback", "openid", "invalid_request"),
        ("OTHER", CALLBACK, "openid", "unauthorized_client"),
        ("CLIENT", CALLBACK, "openid accounting.transactions", "invalid_scope"),
        ("CLIENT", CALLBACK, "accounting.reports.read", "invalid_scope"),
        ("CLIENT", CALLBACK, "accounting.everything", "invalid_scope"),
    ] {
        let query = String::from_utf8(form(&[
            ("response_type", "code"),
            ("client_id", client),
            ("redirect_uri", redirect),
            ("scope", scope),
        ]));
        let path = format!("/login/identity/connect/authorize?{}", query.unwrap());
        let page = world.raw(Method::GET, &path, &[], Vec::new());
        assert_eq!(page.status(), 400, "{path}");
        assert!(String::from_utf8_lossy(page.body()).contains(&format!("Error: {error}")), "{path}");
    }
}

#[test]
fn cancelling_returns_access_denied_with_the_state() {
    let mut world = World::new();
    let tenant = world.tenant.clone();
    let response = world.authorize(&tenant, SCOPES, "cancel");
    assert_eq!(header(&response, "location"), Some(format!("{CALLBACK}?error=access_denied&state=s+t").as_str()));
}

#[test]
fn a_code_works_once_within_five_minutes_for_its_own_redirect() {
    let mut world = World::new();
    let tenant = world.tenant.clone();
    let code = world.code(&tenant, SCOPES);
    assert_eq!(world.exchange(&code).status(), 200);
    assert_eq!(body(&world.exchange(&code)), json!({ "error": "invalid_grant" }));

    let code = world.code(&tenant, SCOPES);
    world.later(5 * 60);
    assert_eq!(body(&world.exchange(&code)), json!({ "error": "invalid_grant" }));

    let code = world.code(&tenant, SCOPES);
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", "http://localhost:1/auth/xero/callback"),
    ];
    assert_eq!(body(&world.token(&fields)), json!({ "error": "invalid_grant" }));

    let bad =
        world.raw(Method::POST, "/identity/connect/token", &[("authorization", "Basic Q0xJRU5UOm5v")], form(&fields));
    assert_eq!((bad.status().as_u16(), body(&bad)), (400, json!({ "error": "invalid_client" })));
}

#[test]
fn the_access_token_is_a_jwt_with_the_authentication_event() {
    let mut world = World::new();
    let tenant = world.tenant.clone();
    let code = world.code(&tenant, SCOPES);
    let answer = body(&world.exchange(&code));
    assert_eq!((&answer["expires_in"], &answer["token_type"]), (&json!(1800), &json!("Bearer")));
    assert!(answer["id_token"].is_string());
    let parts: Vec<_> = answer["access_token"].as_str().unwrap().split('.').collect();
    assert_eq!(parts.len(), 3);
    let claims = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(parts[1]).unwrap();
    let claims: Value = serde_json::from_slice(&claims).unwrap();
    assert_eq!(claims["exp"], json!((start() + TimeDelta::minutes(30)).timestamp()));
    assert!(claims["authentication_event_id"].is_string() && claims["xero_userid"].is_string(), "{claims}");
    let code = world.code(&tenant, "accounting.contacts");
    let answer = body(&world.exchange(&code));
    assert!(answer.get("refresh_token").is_none() && answer.get("id_token").is_none(), "{answer}");
}

#[test]
fn refresh_rotates_and_the_previous_token_has_thirty_minutes() {
    let mut world = World::new();
    let first = world.refresh.clone();
    let second = body(&world.renew(&first))["refresh_token"].as_str().unwrap().to_owned();
    assert_ne!(first, second);
    // The answer was lost: the same token again, within the grace period.
    world.later(29 * 60);
    let third = body(&world.renew(&first))["refresh_token"].as_str().unwrap().to_owned();
    assert_eq!(body(&world.renew(&second)), json!({ "error": "invalid_grant" }), "the lost token is dead");
    // Its successor was used: the first has no grace left.
    let fourth = body(&world.renew(&third))["refresh_token"].as_str().unwrap().to_owned();
    assert_eq!(body(&world.renew(&first)), json!({ "error": "invalid_grant" }));
    world.later(30 * 60);
    assert_eq!(body(&world.renew(&third)), json!({ "error": "invalid_grant" }), "the grace is over");
    world.later(60 * 86_400);
    assert_eq!(body(&world.renew(&fourth)), json!({ "error": "invalid_grant" }), "sixty days without use");
}

#[test]
fn connections_are_listed_by_event_and_ended_by_their_own_id() {
    let mut world = World::new();
    let bearer = format!("Bearer {}", world.access);
    let auth = [("authorization", bearer.as_str())];
    let rows = body(&world.raw(Method::GET, "/api/connections", &auth, Vec::new()));
    let row = rows[0].clone();
    assert_eq!((&row["tenantId"], &row["tenantType"]), (&json!(world.tenant), &json!("ORGANISATION")));
    assert_eq!(row["createdDateUtc"], json!("2026-11-20T01:00:00.0000000"));
    let event = id(&row, "authEventId");
    let path = format!("/api/connections?authEventId={event}");
    assert_eq!(body(&world.raw(Method::GET, &path, &auth, Vec::new())).as_array().unwrap().len(), 1);
    // Authorising it again keeps the first event.
    let tenant = world.tenant.clone();
    world.later(60);
    world.connect(&tenant, SCOPES);
    let again = body(&world.raw(Method::GET, "/api/connections", &auth, Vec::new()));
    assert_eq!((again.as_array().unwrap().len(), &again[0]["authEventId"]), (1, &json!(event)));
    assert_ne!(again[0]["updatedDateUtc"], again[0]["createdDateUtc"]);

    let by_tenant = format!("/api/connections/{tenant}");
    assert_eq!(world.raw(Method::DELETE, &by_tenant, &auth, Vec::new()).status(), 404);
    let by_id = format!("/api/connections/{}", id(&row, "id"));
    assert_eq!(world.raw(Method::DELETE, &by_id, &auth, Vec::new()).status(), 204);
    assert_eq!(world.call(Method::GET, "Organisation", &Value::Null).status(), 403);
}

#[test]
fn revocation_ends_every_connection_and_refresh_token_of_the_person() {
    let mut world = World::new();
    let other = world.xero.organisations()[1].tenant.clone();
    let first = world.refresh.clone();
    world.connect(&other, SCOPES);
    let basic = format!("Basic {}", base64::engine::general_purpose::STANDARD.encode("CLIENT:secret"));
    let auth = [("authorization", basic.as_str())];
    let response = world.raw(Method::POST, "/identity/connect/revocation", &auth, form(&[("token", &first)]));
    assert_eq!((response.status().as_u16(), response.body().len()), (200, 0));
    assert!(!world.xero.is_connected(&other) && !world.xero.is_connected(&world.tenant));
    let refresh = world.refresh.clone();
    assert_eq!(body(&world.renew(&refresh)), json!({ "error": "invalid_grant" }));
}

#[test]
fn who_may_not_call_is_told_as_xero_tells_it() {
    let mut world = World::new();
    let bad = world.raw(Method::GET, "/api/api.xro/2.0/Contacts", &[("authorization", "Bearer x.y.z")], Vec::new());
    assert_eq!((bad.status().as_u16(), &body(&bad)["Detail"]), (401, &json!("AuthenticationUnsuccessful")));

    world.later(30 * 60);
    let expired = world.call(Method::GET, "Contacts", &Value::Null);
    assert_eq!(expired.status(), 401);
    assert_eq!(body(&expired)["Detail"], json!("TokenExpired: token expired at 11/20/2026 01:30:00"));
    let refresh = world.refresh.clone();
    let renewed = world.renew(&refresh);
    world.access = id(&body(&renewed), "access_token");
    assert_eq!(world.call(Method::GET, "Contacts", &Value::Null).status(), 200);

    let tenant = world.tenant.clone();
    world.tenant = String::new();
    let missing = world.call(Method::GET, "Contacts", &Value::Null);
    assert_eq!((missing.status().as_u16(), &body(&missing)["Title"]), (403, &json!("Forbidden")));
    world.tenant = tenant.clone();
    world.xero.disconnect(&tenant);
    let gone = world.call(Method::GET, "Contacts", &Value::Null);
    assert_eq!((gone.status().as_u16(), &body(&gone)["Detail"]), (403, &json!("AuthenticationUnsuccessful")));
}

#[test]
fn each_resource_needs_its_scope() {
    let mut world = World::new();
    let tenant = world.tenant.clone();
    world.connect(&tenant, "accounting.contacts.read accounting.invoices");
    assert_eq!(world.call(Method::GET, "Contacts", &Value::Null).status(), 200);
    let response = world.call(Method::PUT, "Contacts", &json!({ "Name": "X" }));
    assert_eq!((response.status().as_u16(), &body(&response)["Detail"]), (401, &json!("AuthorizationUnsuccessful")));
    assert!(header(&response, "www-authenticate").unwrap().contains("insufficient_scope"));
    assert_eq!(world.call(Method::GET, "Payments", &Value::Null).status(), 401);
    assert_eq!(world.call(Method::GET, "TaxRates", &Value::Null).status(), 401);
    assert_eq!(world.call(Method::GET, "Items", &Value::Null).status(), 200);
}

/// A second person with an organisation of her own, beside the one that she shares with the first.
fn two_people(world: &mut World) -> (String, String) {
    let own = world.xero.add_organisation("NZ", "Mallory Holdings Ltd").unwrap();
    let tenant = world.tenant.clone();
    let mallory = world.xero.add_person("Mallory", "Moss", "mallory@moss.example", &[&own, &tenant]);
    (mallory, own)
}

/// The tokens that a person grants for an organisation.
fn granted(world: &mut World, person: &str, tenant: &str) -> (String, String) {
    let fields = [
        ("response_type", "code"),
        ("client_id", "CLIENT"),
        ("redirect_uri", CALLBACK),
        ("scope", SCOPES),
        ("tenant", tenant),
        ("person", person),
        ("decision", "allow"),
    ];
    let response = world.raw(Method::POST, "/login/identity/connect/authorize", &[], form(&fields));
    assert_eq!(response.status(), 302, "{response:?}");
    let target = url::Url::parse(header(&response, "location").unwrap()).unwrap();
    let code = target.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned();
    let answer = body(&world.exchange(&code));
    (id(&answer, "access_token"), id(&answer, "refresh_token"))
}

fn connections(world: &mut World, access: &str) -> Vec<Value> {
    let bearer = format!("Bearer {access}");
    let rows = world.raw(Method::GET, "/api/connections", &[("authorization", &bearer)], Vec::new());
    body(&rows).as_array().unwrap().clone()
}

fn claims(token: &str) -> Value {
    let part = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

#[test]
fn each_person_sees_and_uses_their_own_connections_only() {
    let mut world = World::new();
    let (mallory, own) = two_people(&mut world);
    let robins = world.access.clone();
    let (access, _) = granted(&mut world, &mallory, &own);
    assert_eq!(claims(&access)["xero_userid"], json!(mallory));
    assert_ne!(claims(&robins)["xero_userid"], json!(mallory));
    let hers = connections(&mut world, &access);
    assert_eq!((hers.len(), &hers[0]["tenantName"]), (1, &json!("Mallory Holdings Ltd")));
    assert_eq!(connections(&mut world, &robins).len(), 1);
    // Her token opens no organisation that somebody else connected, and ends no connection of theirs.
    world.access = access.clone();
    assert_eq!(world.call(Method::GET, "Organisation", &Value::Null).status(), 403);
    let id = id(&connections(&mut world, &robins)[0], "id");
    let bearer = format!("Bearer {access}");
    let path = format!("/api/connections/{id}");
    assert_eq!(world.raw(Method::DELETE, &path, &[("authorization", &bearer)], Vec::new()).status(), 404);
    // Where both connect one organisation, each has a connection of their own.
    let tenant = world.tenant.clone();
    let (access, _) = granted(&mut world, &mallory, &tenant);
    world.access = access.clone();
    assert_eq!(world.call(Method::GET, "Organisation", &Value::Null).status(), 200);
    assert_eq!((connections(&mut world, &access).len(), world.xero.links().len()), (2, 3));
}

#[test]
fn revocation_ends_all_that_this_person_has_and_nothing_of_another() {
    let mut world = World::new();
    let (mallory, own) = two_people(&mut world);
    let tenant = world.tenant.clone();
    let (_, first) = granted(&mut world, &mallory, &own);
    let (access, second) = granted(&mut world, &mallory, &tenant);
    assert_eq!(world.xero.links().len(), 3);
    let basic = format!("Basic {}", base64::engine::general_purpose::STANDARD.encode("CLIENT:secret"));
    let auth = [("authorization", basic.as_str())];
    world.raw(Method::POST, "/identity/connect/revocation", &auth, form(&[("token", &first)]));
    assert_eq!(world.xero.links().len(), 1);
    assert!(connections(&mut world, &access).is_empty());
    assert_eq!(body(&world.renew(&second)), json!({ "error": "invalid_grant" }));
    assert_eq!(world.call(Method::GET, "Organisation", &Value::Null).status(), 200, "Robin's goes on");
    let refresh = world.refresh.clone();
    assert_eq!(world.renew(&refresh).status(), 200);
}

#[test]
fn a_connection_remembers_when_it_was_made_and_when_it_was_granted_again() {
    let mut world = World::new();
    let (mallory, own) = two_people(&mut world);
    world.later(90);
    let (access, _) = granted(&mut world, &mallory, &own);
    let row = connections(&mut world, &access)[0].clone();
    assert_eq!(row["createdDateUtc"], json!("2026-11-20T01:01:30.0000000"));
    assert_eq!(row["updatedDateUtc"], row["createdDateUtc"]);
    world.later(10);
    let (access, _) = granted(&mut world, &mallory, &own);
    let again = connections(&mut world, &access)[0].clone();
    assert_eq!((&again["id"], &again["createdDateUtc"]), (&row["id"], &row["createdDateUtc"]));
    assert_eq!(again["updatedDateUtc"], json!("2026-11-20T01:01:40.0000000"));
    // Ended and granted anew, it is another one.
    let bearer = format!("Bearer {access}");
    let path = format!("/api/connections/{}", id(&again, "id"));
    assert_eq!(world.raw(Method::DELETE, &path, &[("authorization", &bearer)], Vec::new()).status(), 204);
    assert_eq!(world.raw(Method::DELETE, &path, &[("authorization", &bearer)], Vec::new()).status(), 404);
    world.later(10);
    let (access, _) = granted(&mut world, &mallory, &own);
    let anew = connections(&mut world, &access)[0].clone();
    assert_ne!(anew["id"], row["id"]);
    assert_eq!(anew["createdDateUtc"], json!("2026-11-20T01:01:50.0000000"));
}

#[test]
fn consent_is_a_persons_for_an_organisation_of_theirs() {
    let mut world = World::new();
    let page = |world: &mut World| {
        let query = String::from_utf8(form(&[
            ("response_type", "code"),
            ("client_id", "CLIENT"),
            ("redirect_uri", CALLBACK),
            ("scope", "openid"),
        ]));
        let path = format!("/login/identity/connect/authorize?{}", query.unwrap());
        world.raw(Method::GET, &path, &[], Vec::new())
    };
    let text = |response: &Response| String::from_utf8_lossy(response.body()).into_owned();
    assert!(!text(&page(&mut world)).contains("name=\"person\""), "there is nobody to choose from");
    let (mallory, own) = two_people(&mut world);
    let shown = text(&page(&mut world));
    assert!(shown.contains("data-testid=\"person-mallory-moss\"") && shown.contains("Mallory Holdings Ltd"));
    let robin = world.xero.people()[0].id.clone();
    let tenant = world.tenant.clone();
    for (person, tenant, status) in [(&robin, &own, 400), (&mallory, &own, 302), (&robin, &tenant, 302)] {
        let fields = [
            ("response_type", "code"),
            ("client_id", "CLIENT"),
            ("redirect_uri", CALLBACK),
            ("scope", SCOPES),
            ("tenant", tenant.as_str()),
            ("person", person.as_str()),
            ("decision", "allow"),
        ];
        let response = world.raw(Method::POST, "/login/identity/connect/authorize", &[], form(&fields));
        assert_eq!(response.status(), status, "{person} {tenant}");
    }
    // Who is no user of the organisation any more has no connection to it either.
    assert!(world.xero.set_member("mallory@moss.example", &own, false));
    assert_eq!(world.xero.links().len(), 1);
    assert!(!world.xero.set_member("nobody@moss.example", &own, true));
}

#[test]
fn fewer_scopes_may_be_granted_than_were_asked_for() {
    let mut world = World::new();
    world.xero.withhold_scopes(&["accounting.payments"]);
    let tenant = world.tenant.clone();
    let code = world.code(&tenant, SCOPES);
    let answer = body(&world.exchange(&code));
    let scope = answer["scope"].as_str().unwrap();
    assert!(scope.contains("accounting.invoices") && !scope.contains("accounting.payments"), "{scope}");
    assert_eq!(claims(answer["access_token"].as_str().unwrap())["scope"], json!(scope.split(' ').collect::<Vec<_>>()));
    world.access = id(&answer, "access_token");
    assert_eq!(world.call(Method::GET, "Invoices", &Value::Null).status(), 200);
    assert_eq!(world.call(Method::GET, "Payments", &Value::Null).status(), 401);
    // Refreshing gives no more.
    let renewed = body(&world.renew(answer["refresh_token"].as_str().unwrap()));
    assert_eq!(renewed["scope"], answer["scope"]);
}

#[test]
fn the_consent_page_may_be_cut_off_from_its_opener() {
    let mut world = World::new();
    let tenant = world.tenant.clone();
    let policy = |response: &Response| header(response, "cross-origin-opener-policy").map(str::to_owned);
    assert_eq!(policy(&world.authorize(&tenant, SCOPES, "allow")), None);
    world.xero.set_opener_policy(true);
    for decision in ["allow", "cancel"] {
        assert_eq!(policy(&world.authorize(&tenant, SCOPES, decision)).as_deref(), Some("same-origin"));
    }
}
