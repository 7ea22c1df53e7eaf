//! Who the users are, what their profiles permit, and what becomes of their tokens.

use super::{ALL_SCOPES, ANA, Answer, CLIENT, Desk, RITA, SAM, SECRET};
use crate::{Deactivated, Grant, ProfilesFor, Standing, Trouble};
use serde_json::{Value, json};

const ADMINISTRATOR: [&str; 3] =
    ["Crm_Implied_Customize_Zoho_CRM", "Crm_Implied_Manage_Users", "Crm_Implied_Manage_Profiles"];

/// The permissions that a profile has, by its name.
fn permissions(desk: &mut Desk, name: &str) -> Vec<String> {
    let list = desk.get("settings/profiles").body;
    let listed = list["profiles"].as_array().unwrap().iter().find(|profile| profile["name"] == json!(name)).unwrap();
    assert!(listed.get("permissions_details").is_none(), "only the single profile tells them");
    let one = desk.get(&format!("settings/profiles/{}", listed["id"].as_str().unwrap())).body;
    let all = one["profiles"][0]["permissions_details"].as_array().unwrap().clone();
    all.iter()
        .filter(|permission| permission["enabled"] == json!(true))
        .map(|permission| permission["name"].as_str().unwrap().to_owned())
        .collect()
}

fn is_administrator(desk: &mut Desk, name: &str) -> bool {
    let permissions = permissions(desk, name);
    ADMINISTRATOR.iter().all(|wanted| permissions.iter().any(|permission| permission == wanted))
}

#[test]
fn profiles_tell_what_they_permit() {
    let mut desk = Desk::new();
    let list = desk.get("settings/profiles").body;
    let row = |name: &str| {
        list["profiles"].as_array().unwrap().iter().find(|profile| profile["name"] == json!(name)).unwrap().clone()
    };
    assert_eq!(row("Administrator")["custom"], json!(false));
    assert_eq!(row("Restricted")["custom"], json!(true));
    assert_eq!(row("Standard")["type"], json!("normal_profile"));
    assert_eq!((&list["info"]["count"], &list["info"]["more_records"]), (&json!(3), &json!(false)));
    assert!(is_administrator(&mut desk, "Administrator") && !is_administrator(&mut desk, "Standard"));
    let restricted = permissions(&mut desk, "Restricted");
    let has = |name: &str| restricted.iter().any(|permission| permission == name);
    assert!(has("Crm_Implied_View_Products") && !has("Crm_Implied_Edit_Products"));
    assert!(has("Crm_Implied_Edit_Accounts") && !has("Crm_Implied_View_Vendors"));
    let unknown = desk.get("settings/profiles/1");
    assert_eq!((unknown.status, unknown.code()), (400, "INVALID_DATA"));
}

#[test]
fn the_permissions_of_a_profile_are_listed_once_each_and_in_its_sections() {
    let mut desk = Desk::new();
    let id = desk.zoho.profile_of(ANA).unwrap().id;
    let profile = desk.get(&format!("settings/profiles/{id}")).body["profiles"][0].clone();
    let ids = |list: &Value| -> Vec<String> {
        list.as_array().unwrap().iter().map(|one| one.as_str().unwrap_or_default().to_owned()).collect()
    };
    let mut all: Vec<String> = profile["permissions_details"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["id"].as_str().unwrap().to_owned())
        .collect();
    let mut sorted: Vec<String> = profile["sections"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|section| section["categories"].as_array().unwrap())
        .flat_map(|category| ids(&category["permissions_details"]))
        .collect();
    all.sort();
    sorted.sort();
    assert_eq!(all, sorted);
    all.dedup();
    assert_eq!(all.len(), sorted.len());
}

#[test]
fn a_clone_and_a_translation_of_administrator_have_its_permissions() {
    let mut desk = Desk::new();
    desk.zoho.clone_profile("Administrator", "Head office").unwrap();
    assert!(is_administrator(&mut desk, "Head office"));
    desk.zoho.profile_named_mut("Administrator").unwrap().name = "Administrador".into();
    assert!(is_administrator(&mut desk, "Administrador"));
    let list = desk.get("settings/profiles").body;
    let own = list["profiles"].as_array().unwrap().iter().find(|profile| profile["name"] == json!("Administrador"));
    let own = own.unwrap();
    assert_eq!((&own["custom"], &own["api_name"]), (&json!(false), &json!("Administrator")));
    // Sam gets the clone and is one at once; the same users ask as administrators.
    assert!(desk.zoho.set_profile(SAM, "Head office"));
    assert_eq!(desk.get("users?type=AdminUsers").body["info"]["count"], json!(2));
    let user = desk.get("users?type=AdminUsers").body["users"][1]["profile"]["name"].clone();
    assert_eq!(user, json!("Head office"));
    assert!(!desk.zoho.set_profile(SAM, "Nobody's") && !desk.zoho.set_profile("x@y.example", "Standard"));
}

#[test]
fn a_profile_that_customises_but_manages_no_users_is_no_administrator() {
    let mut desk = Desk::new();
    desk.zoho.add_profile("Designer");
    desk.zoho.profile_named_mut("Designer").unwrap().customises = true;
    assert!(!is_administrator(&mut desk, "Designer"));
    desk.zoho.set_profile(SAM, "Designer");
    desk.sign_in(SAM);
    let field = json!({"fields": [{"field_label": "X", "data_type": "text"}]});
    assert_eq!(desk.with("POST", "settings/fields?module=Accounts", &[], &field).status, 201);
    assert_eq!(desk.get("settings/profiles").code(), "NO_PERMISSION");
    assert_eq!(desk.get("users?type=AdminUsers").body["info"]["count"], json!(1));
    assert!(!desk.zoho.profile_of(SAM).unwrap().is_administrator());
}

#[test]
fn profiles_need_their_scope_and_are_shown_to_whom_the_switch_says() {
    let mut desk = Desk::new();
    for (answer, shown) in [
        (ProfilesFor::Managers, [true, false]),
        (ProfilesFor::Everybody, [true, true]),
        (ProfilesFor::Nobody, [false, false]),
    ] {
        desk.zoho.answers_mut().profiles = answer;
        for (email, shown) in [ANA, SAM].into_iter().zip(shown) {
            desk.sign_in(email);
            let id = desk.zoho.profile_of(email).unwrap().id;
            for path in ["settings/profiles".to_owned(), format!("settings/profiles/{id}")] {
                let answer = desk.get(&path);
                assert_eq!(answer.status, if shown { 200 } else { 403 }, "{email} {path} {}", answer.body);
                assert!(shown || answer.body["details"]["permissions"] == json!(["Crm_Implied_Manage_Profiles"]));
            }
        }
    }
    desk.zoho.answers_mut().profiles = ProfilesFor::Everybody;
    for (scope, fits) in [("ZohoCRM.settings.profiles.READ", true), ("ZohoCRM.settings.fields.ALL", false)] {
        desk.token = desk.zoho.grant(CLIENT, ANA, &[scope]).unwrap().access_token;
        assert_eq!(desk.get("settings/profiles").code() != "OAUTH_SCOPE_MISMATCH", fits, "{scope}");
    }
}

fn refresh(desk: &mut Desk, grant: &Grant) -> Answer {
    let body = format!(
        "client_id={CLIENT}&client_secret={SECRET}&grant_type=refresh_token&refresh_token={}",
        grant.refresh_token
    );
    desk.send("POST", "/accounts/oauth/v2/token", &[("content-type", "application/x-www-form-urlencoded")], body)
}

#[test]
fn the_tokens_of_who_left_are_worth_nothing() {
    for (answer, standing, code) in [
        (Deactivated::AuthenticationFailure, Standing::Deactivated, "AUTHENTICATION_FAILURE"),
        (Deactivated::InvalidToken, Standing::Deactivated, "INVALID_TOKEN"),
        (Deactivated::AuthenticationFailure, Standing::Removed, "INVALID_TOKEN"),
        (Deactivated::ShownAsDisabled, Standing::Removed, "INVALID_TOKEN"),
    ] {
        let mut desk = Desk::new();
        desk.zoho.answers_mut().deactivated = answer;
        let grant = desk.zoho.grant(CLIENT, SAM, ALL_SCOPES).unwrap();
        desk.token = grant.access_token.clone();
        assert_eq!(desk.get("users?type=CurrentUser").body["users"][0]["status"], json!("active"));
        assert!(desk.zoho.set_standing(SAM, standing));
        let refused = desk.get("users?type=CurrentUser");
        assert_eq!((refused.status, refused.code()), (401, code));
        let refused = refresh(&mut desk, &grant);
        assert_eq!((refused.status, refused.body), (200, json!({"error": "invalid_code"})));
        // Everybody else's go on.
        desk.sign_in(ANA);
        let listed = desk.get("users?type=AllUsers").body["info"]["count"].clone();
        assert_eq!(listed, json!(if standing == Standing::Removed { 2 } else { 3 }));
        let kind = if standing == Standing::Removed { "DeletedUsers" } else { "DeactiveUsers" };
        assert_eq!(desk.get(&format!("users?type={kind}")).body["users"][0]["email"], json!(SAM));
    }
    assert!(!Desk::new().zoho.set_standing("x@y.example", Standing::Removed));
}

#[test]
fn a_deactivated_user_may_be_shown_as_disabled_instead() {
    let mut desk = Desk::new();
    desk.zoho.answers_mut().deactivated = Deactivated::ShownAsDisabled;
    let grant = desk.zoho.grant(CLIENT, SAM, ALL_SCOPES).unwrap();
    desk.zoho.set_standing(SAM, Standing::Deactivated);
    desk.token = refresh(&mut desk, &grant).body["access_token"].as_str().unwrap().to_owned();
    assert_eq!(desk.get("users?type=CurrentUser").body["users"][0]["status"], json!("disabled"));
    assert_eq!(desk.get("Accounts?fields=Account_Name").code(), "NO_PERMISSION");
    assert_eq!(desk.get("org").code(), "NO_PERMISSION");
}

#[test]
fn who_may_not_come_in_is_not_offered_for_consent() {
    let mut desk = Desk::new();
    desk.zoho.set_standing(SAM, Standing::Deactivated);
    let query = format!(
        "response_type=code&client_id={CLIENT}&scope=ZohoCRM.users.READ&redirect_uri={}",
        crate::oauth::encode(super::REDIRECT)
    );
    let page = desk.send("GET", &format!("/accounts/oauth/v2/auth?{query}"), &[], "");
    let page = String::from_utf8(page.response.body().to_vec()).unwrap();
    assert!(page.contains("user-ana-admin") && !page.contains("user-sam-sales"));
    let sam = desk.zoho.user_of(SAM).unwrap().id;
    let body = format!("{query}&user={sam}&decision=accept");
    assert_eq!(desk.send("POST", "/accounts/oauth/v2/auth/consent", &[], body).status, 400);
}

#[test]
fn one_users_trouble_is_nobody_elses() {
    let mut desk = Desk::new();
    let sams = desk.zoho.grant(CLIENT, SAM, ALL_SCOPES).unwrap();
    let anas = desk.zoho.grant(CLIENT, ANA, ALL_SCOPES).unwrap();
    for (trouble, api, token) in
        [(Trouble::Throttled, (429, "TOO_MANY_REQUESTS"), 400), (Trouble::Outage, (500, "INTERNAL_ERROR"), 503)]
    {
        assert!(desk.zoho.set_trouble(SAM, Some(trouble)));
        desk.token = sams.access_token.clone();
        let answer = desk.get("users?type=CurrentUser");
        assert_eq!((answer.status, answer.code()), api);
        let answer = refresh(&mut desk, &sams);
        assert_eq!(answer.status, token);
        assert_eq!(answer.body["error"] == json!("Access Denied"), trouble == Trouble::Throttled);
        desk.token = anas.access_token.clone();
        assert_eq!(desk.get("org").status, 200);
        assert_eq!(refresh(&mut desk, &anas).status, 200);
    }
    desk.zoho.set_trouble(SAM, None);
    desk.token = sams.access_token.clone();
    assert_eq!(desk.get("org").status, 200);
    assert!(refresh(&mut desk, &sams).body.get("access_token").is_some());
}

#[test]
fn users_are_added_with_a_profile() {
    let mut desk = Desk::new();
    let id = desk.zoho.add_user("Nia", "New", "nia@bluegum.example", "Standard").unwrap();
    assert_eq!(desk.get(&format!("users/{id}")).body["users"][0]["full_name"], json!("Nia New"));
    desk.sign_in("nia@bluegum.example");
    assert_eq!(desk.get("users?type=CurrentUser").body["users"][0]["id"], json!(id.to_string()));
    assert!(desk.zoho.add_user("Nia", "Twice", "nia@bluegum.example", "Standard").is_none());
    assert!(desk.zoho.add_user("No", "Profile", "no@bluegum.example", "Nobody's").is_none());
}

#[test]
fn the_organisation_itself_acts_whatever_its_administrators_may() {
    let mut desk = Desk::new();
    for profile in desk.zoho.profiles_mut() {
        profile.set_administrator(false);
        profile.closed_modules.insert("Accounts".into());
        profile.set_permission("Accounts", "Fax", crate::Permission::Hidden);
    }
    let id = desk.zoho.insert("Accounts", &json!({"Account_Name": "A", "Fax": "1"})).unwrap();
    assert_eq!(desk.zoho.get("Accounts", &id).unwrap()["Fax"], json!("1"));
    assert!(desk.zoho.get_as(ANA, "Accounts", &id).is_none() && desk.zoho.get_as(RITA, "Accounts", &id).is_none());
}
