//! People and their rights by the control API, and the pages as they see them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use bytes::Bytes;
use http::{HeaderMap, Method, Response};
use sandbox::{Site, World, pages, seed};
use sandbox_kernel::Request;
use serde_json::{Value, json};

const BASE: &str = "http://localhost:8790";
const SAM: &str = "sam@bluegum.example";

fn send(world: &mut World, method: Method, address: &str, cookie: &str, body: &str) -> Response<Bytes> {
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let mut headers = HeaderMap::new();
    headers.insert("cookie", cookie.parse().unwrap());
    let query = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let body = Bytes::copy_from_slice(body.as_bytes());
    let site = Site { widget_url: "http://localhost:8787".into() };
    pages::respond(world, &site, &Request { method, path: path.to_owned(), query, headers, body })
}

fn control(world: &mut World, method: Method, address: &str, body: Value) -> (u16, Value) {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let response = send(world, method, &format!("/control/{address}"), "", &body);
    (response.status().as_u16(), serde_json::from_slice(response.body()).unwrap())
}

fn put(world: &mut World, address: &str, body: Value) -> u16 {
    control(world, Method::PUT, address, body).0
}

fn page(world: &mut World, address: &str, user: &str) -> Response<Bytes> {
    send(world, Method::GET, address, &format!("crm_user={user}"), "")
}

fn text(response: &Response<Bytes>) -> String {
    String::from_utf8(response.body().to_vec()).unwrap()
}

/// What the page's script is told.
fn host_config(response: &Response<Bytes>) -> Value {
    let text = text(response);
    let (_, config) = text.split_once("id=\"host-config\">").unwrap();
    serde_json::from_str(config.split_once("</script>").unwrap().0).unwrap()
}

fn policy(response: &Response<Bytes>) -> Option<&str> {
    response.headers().get("cross-origin-opener-policy").map(|value| value.to_str().unwrap())
}

#[test]
fn the_page_says_whose_it_is() {
    let mut world = World::standard(BASE);
    let address = format!("/crm/Invoices/{}", seed::FIRST_INVOICE);
    let mut seen = Vec::new();
    for email in ["ana@bluegum.example", SAM] {
        let config = host_config(&page(&mut world, &address, email));
        let known = world.zoho.user_of(email).unwrap();
        assert_eq!(config["user"]["email"], email);
        assert_eq!(config["user"]["id"], known.id.to_string());
        assert_eq!(config["user"]["zuid"], known.zuid.to_string());
        assert_eq!(config["user"]["profile"]["name"], world.zoho.profile_of(email).unwrap().name);
        assert!(config["user"]["role"]["name"].is_string(), "{config}");
        assert_eq!(config["org"]["zgid"], world.zoho.org().zgid.to_string());
        seen.push(config["user"]["id"].clone());
    }
    assert_ne!(seen[0], seen[1]);
}

#[test]
fn whoever_may_not_come_in_is_shown_no_record() {
    let mut world = World::standard(BASE);
    let address = format!("/crm/Invoices/{}", seed::FIRST_INVOICE);
    for standing in ["deactivated", "removed"] {
        assert_eq!(put(&mut world, &format!("crm/us/users/{SAM}"), json!({ "standing": standing })), 200);
        let answer = page(&mut world, &address, SAM);
        assert_eq!(answer.status(), 403);
        assert!(!text(&answer).contains("host-config") && !text(&answer).contains(SAM));
        let data = format!("/crm/data/Invoices/{}", seed::FIRST_INVOICE);
        assert_eq!(page(&mut world, &data, SAM).status(), 403);
    }
    assert_eq!(put(&mut world, &format!("crm/us/users/{SAM}"), json!({ "standing": "active" })), 200);
    assert_eq!(page(&mut world, &address, SAM).status(), 200);
    assert_eq!(put(&mut world, &format!("crm/us/users/{SAM}"), json!({ "standing": "asleep" })), 400);
    assert_eq!(put(&mut world, "crm/us/users/nobody@bluegum.example", json!({ "standing": "active" })), 404);
}

#[test]
fn people_and_profiles_are_made_and_changed() {
    let mut world = World::standard(BASE);
    let head = json!({ "name": "Head office", "from": "Administrator" });
    let (status, made) = control(&mut world, Method::POST, "crm/us/profiles", head);
    assert_eq!(status, 200, "{made}");
    let designer = json!({ "name": "Designer", "customises": true, "others": "read", "others_in": { "Products": "write" },
        "read_only_fields": [["Accounts", "Fax"]] });
    assert_eq!(control(&mut world, Method::POST, "crm/us/profiles", designer).0, 200);
    let (_, profiles) = control(&mut world, Method::GET, "crm/us/profiles", Value::Null);
    let administrators = |profiles: &Value| -> Vec<String> {
        let profiles = profiles.as_array().unwrap().iter();
        let administrators = profiles.filter(|profile| profile["administrator"] == true);
        administrators.map(|profile| profile["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(administrators(&profiles), ["Administrator", "Head office"]);
    let translated = json!({ "profile": "Administrator", "name": "Administrador" });
    assert_eq!(put(&mut world, "crm/us/profile", translated), 200);
    let (_, profiles) = control(&mut world, Method::GET, "crm/us/profiles", Value::Null);
    assert_eq!(administrators(&profiles), ["Administrador", "Head office"]);

    let dora =
        json!({ "first_name": "Dora", "last_name": "Design", "email": "dora@bluegum.example", "profile": "Designer" });
    assert_eq!(control(&mut world, Method::POST, "crm/us/users", dora.clone()).0, 200);
    assert_eq!(control(&mut world, Method::POST, "crm/us/users", dora).0, 400);
    let edit = |changes: Value| json!({ "user": "dora@bluegum.example", "changes": changes });
    let product = format!("crm/us/Products/{}", seed::FIRST_PRODUCT);
    assert_eq!(put(&mut world, &product, edit(json!({ "Unit_Price": 12 }))), 200);
    let account = format!("crm/us/Accounts/{}", seed::FIRST_ACCOUNT);
    assert_eq!(put(&mut world, &account, edit(json!({ "Website": "a.example" }))), 400, "a colleague's account");
    assert_eq!(put(&mut world, "crm/us/users/dora@bluegum.example", json!({ "profile": "Head office" })), 200);
    assert_eq!(put(&mut world, &account, edit(json!({ "Website": "a.example" }))), 200);
    assert_eq!(put(&mut world, "crm/us/users/dora@bluegum.example", json!({ "profile": "Nobody's" })), 404);

    assert_eq!(put(&mut world, &format!("{account}/flag"), json!({ "locked": true, "pending": true })), 200);
    let (_, record) = control(&mut world, Method::GET, &account, Value::Null);
    assert_eq!((&record["Locked__s"], &record["$approved"]), (&json!(true), &json!(false)));
    let answers = json!({ "editable": "shared_for_writing", "locked_for": "all_but_administrators", "deactivated": "invalid_token" });
    assert_eq!(put(&mut world, "crm/us/answers", answers), 200);
    assert_eq!(world.zoho.answers_mut().editable, sandbox_zoho::Editable::SharedForWriting);
    assert_eq!(put(&mut world, "crm/us/answers", json!({ "editable": "perhaps" })), 400);
}

#[test]
fn one_users_calls_can_be_made_to_fail() {
    let mut world = World::standard(BASE);
    let grants = ["ana@bluegum.example", SAM].map(|email| world.zoho_grant(email, &[]).unwrap().access_token);
    let statuses = |world: &mut World| {
        grants.each_ref().map(|token| {
            let request =
                http::Request::get("/zoho/api/crm/v8/org").header("authorization", format!("Zoho-oauthtoken {token}"));
            world.call(request.body(Bytes::new()).unwrap()).unwrap().status().as_u16()
        })
    };
    let address = format!("crm/us/users/{SAM}");
    for (trouble, status) in [(json!("throttled"), 429), (json!("outage"), 500), (Value::Null, 200)] {
        assert_eq!(put(&mut world, &address, json!({ "trouble": trouble })), 200);
        assert_eq!(statuses(&mut world), [200, status]);
    }
}

#[test]
fn several_people_of_xero_have_their_own_connections() {
    let mut world = World::standard(BASE);
    let made = json!({ "country": "AU", "name": "Mallory Holdings Pty Ltd" });
    let (status, organisation) = control(&mut world, Method::POST, "identity/organisations", made);
    assert_eq!(status, 200, "{organisation}");
    let mallory = json!({ "given_name": "Mallory", "family_name": "Moss", "email": "mallory@moss.example",
        "tenants": ["Mallory Holdings Pty Ltd"] });
    assert_eq!(control(&mut world, Method::POST, "identity/people", mallory).0, 200);
    let token = |tenant: &str, user: &str| json!({ "tenant": tenant, "user": user });
    for (tenant, user, status) in [
        ("au", "robin.hart@example.com", 200),
        ("Mallory Holdings Pty Ltd", "mallory@moss.example", 200),
        ("Mallory Holdings Pty Ltd", "robin.hart@example.com", 404),
        ("nz", "mallory@moss.example", 404),
    ] {
        assert_eq!(control(&mut world, Method::POST, "tokens/xero", token(tenant, user)).0, status, "{tenant} {user}");
    }
    let emails = |world: &mut World| -> Vec<String> {
        let (_, links) = control(world, Method::GET, "identity/connections", Value::Null);
        links.as_array().unwrap().iter().map(|link| link["email"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(emails(&mut world), ["robin.hart@example.com", "mallory@moss.example"]);
    let leave = json!({ "tenants": ["Mallory Holdings Pty Ltd"], "member": false });
    assert_eq!(put(&mut world, "identity/people/mallory@moss.example", leave), 200);
    assert_eq!(emails(&mut world), ["robin.hart@example.com"]);
    assert_eq!(put(&mut world, "identity/scopes", json!({ "withheld": ["accounting.payments"] })), 200);
    let (_, people) = control(&mut world, Method::GET, "identity/people", Value::Null);
    assert_eq!(people.as_array().unwrap().len(), 2);
}

/// The opener policies of Zoho's page, Xero's page and the CRM's page.
fn policies(world: &mut World) -> [bool; 3] {
    let zoho = format!(
        "/zoho/accounts/oauth/v2/auth?response_type=code&client_id={}&scope=ZohoCRM.users.READ&redirect_uri={}",
        sandbox::ZOHO_CLIENT.0,
        "http%3A%2F%2Flocalhost%3A8787%2Fauth%2Fzoho%2Fcallback"
    );
    let xero = format!(
        "/xero/login/identity/connect/authorize?response_type=code&client_id={}&scope=openid&redirect_uri={}",
        sandbox::XERO_CLIENT.0,
        "http%3A%2F%2Flocalhost%3A8787%2Fauth%2Fxero%2Fcallback"
    );
    let mut of = |address: String| {
        let answer = world.call(http::Request::get(address).body(Bytes::new()).unwrap()).unwrap();
        assert_eq!(answer.status(), 200, "{answer:?}");
        policy(&answer) == Some("same-origin")
    };
    let (zoho, xero) = (of(zoho), of(xero));
    [zoho, xero, policy(&page(world, "/crm", SAM)) == Some("same-origin")]
}

#[test]
fn each_page_can_be_cut_off_from_its_opener_alone_and_together() {
    let mut world = World::standard(BASE);
    assert_eq!(policies(&mut world), [false; 3]);
    for (at, name) in ["zoho", "xero", "crm"].into_iter().enumerate() {
        assert_eq!(put(&mut world, "pages", json!({ "cut_off": { name: true } })), 200);
        assert_eq!(policies(&mut world), [at == 0, at == 1, at == 2]);
        put(&mut world, "pages", json!({ "cut_off": { name: false } }));
    }
    put(&mut world, "pages", json!({ "cut_off": { "zoho": true, "xero": true, "crm": true } }));
    assert_eq!(policies(&mut world), [true; 3]);
    let (_, told) = control(&mut world, Method::GET, "pages", Value::Null);
    assert_eq!(told["cut_off"], json!({ "zoho": true, "xero": true, "crm": true }));
    put(&mut world, "pages", json!({ "cut_off": { "crm": false } }));
    assert_eq!(policy(&page(&mut world, "/crm/Invoices?coop=same-origin", SAM)), Some("same-origin"));
    assert_eq!(policy(&page(&mut world, "/crm/Invoices", SAM)), None);
}

#[test]
fn the_page_can_embed_and_answer_in_other_ways() {
    let mut world = World::standard(BASE);
    let usual = host_config(&page(&mut world, "/crm/tab/xero", SAM));
    assert_eq!((&usual["sandboxed"], &usual["flatUser"]), (&json!(false), &json!(false)));
    assert_eq!(usual["secondScript"], "loads");
    for word in ["silent", "refused", "blocked", "hangs", "loads"] {
        let config =
            host_config(&page(&mut world, &format!("/crm/tab/xero?zdk={word}&frames=sandboxed&user=flat"), SAM));
        assert_eq!((&config["secondScript"], &config["sandboxed"]), (&json!(word), &json!(true)));
        assert_eq!(config["flatUser"], json!(true));
        assert_eq!(put(&mut world, "pages", json!({ "second_script": word, "sandboxed": true })), 200);
        let config = host_config(&page(&mut world, "/crm/Invoices", SAM));
        assert_eq!((&config["secondScript"], &config["sandboxed"]), (&json!(word), &json!(true)));
    }
    assert_eq!(put(&mut world, "pages", json!({ "second_script": "late" })), 400);
    let script = text(&page(&mut world, "/assets/host.js", SAM));
    assert!(
        script.contains("\"allow-scripts allow-same-origin allow-popups allow-popups-to-escape-sandbox allow-forms\"")
    );
}
