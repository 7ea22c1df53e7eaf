//! Who gets in, who may do what, and what becomes of a connection that breaks.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use engine::access::connect;
use engine::access::sign_in;
use engine::access::tokens::TokenDesk;
use engine::sync::Desk;
use sandbox::{ApiName, World, seed};
use serde_json::{Value, json};
use shared::api::{Action, ConnectionState, Outcome};
use shared::module::Module;
use shared::problem::Code;
use shared::settings::{PrimaryContactRule, SettingChange};
use std::collections::BTreeSet;
use support::{ADMIN, BASE, Stage, VERIFIER, callback, id, parameter};

const SALES: &str = "sam@bluegum.example";

fn state(stage: &Stage, user: &engine::store::sessions::User) -> ConnectionState {
    stage.run(sign_in::describe(stage, user)).unwrap().connection
}

#[test]
fn a_sign_in_by_the_real_pages_says_who_it_is() {
    let stage = Stage::new(World::standard(BASE));
    let user = stage.sign_in(ADMIN, false);
    assert_eq!((user.email.as_str(), user.administrator, user.location.as_str()), (ADMIN, true, "us"));
    assert_eq!(state(&stage, &user), ConnectionState::ZohoMissing);
    let user = stage.sign_in(ADMIN, true);
    assert_eq!(state(&stage, &user), ConnectionState::XeroMissing);
    stage.connect_xero(&user, 0);
    assert_eq!(state(&stage, &user), ConnectionState::Connected);
    let sam = stage.sign_in(SALES, false);
    assert!(!sam.administrator);
    assert_eq!(state(&stage, &sam), ConnectionState::Connected, "the connection is the organisation's");
}

#[test]
fn a_state_works_once_and_only_for_its_own_kind_of_flow() {
    let stage = Stage::new(World::standard(BASE));
    let came_back = stage.consent_at_zoho(&stage.begin_sign_in(false), ADMIN);
    stage.complete_sign_in(&came_back).unwrap();
    let again = stage.complete_sign_in(&came_back).unwrap_err();
    assert_eq!(again.problem.code, Code::InvalidRequest);

    let invented = came_back.replace("state=", "state=x");
    assert_eq!(stage.complete_sign_in(&invented).unwrap_err().problem.code, Code::InvalidRequest);

    let other = stage.consent_at_zoho(&stage.begin_sign_in(false), ADMIN);
    let state = parameter(&other, "state").unwrap();
    let desk = TokenDesk::default();
    let misused = stage.run(connect::complete(&stage, &stage.config, &desk, &state, Some("code"), None));
    assert_eq!(misused.unwrap_err().problem.code, Code::InvalidRequest);

    let late = stage.consent_at_zoho(&stage.begin_sign_in(false), ADMIN);
    stage.advance(16 * 60);
    assert_eq!(stage.complete_sign_in(&late).unwrap_err().problem.code, Code::InvalidRequest);
}

#[test]
fn a_flow_carries_a_challenge_of_ours_and_no_two_are_alike() {
    let stage = Stage::new(World::standard(BASE));
    let (first, second) = (stage.begin_sign_in(false), stage.begin_sign_in(false));
    for name in ["state", "code_challenge"] {
        let value = parameter(&first, name).unwrap();
        assert_eq!(value.len(), 43, "{name} has 256 bits");
        assert_ne!(Some(value), parameter(&second, name), "{name}");
    }
    assert_eq!(parameter(&first, "code_challenge_method").as_deref(), Some("S256"));
    assert_ne!(parameter(&first, "code_challenge"), Some(engine::text::sha256(VERIFIER)), "the panel's is another one");
}

#[test]
fn a_panel_s_code_works_once_soon_and_with_its_verifier_only() {
    let stage = Stage::new(World::standard(BASE));
    let code = || stage.complete_sign_in(&stage.consent_at_zoho(&stage.begin_sign_in(false), ADMIN)).unwrap();

    let stolen = code();
    assert_eq!(stage.claim(&stolen, "a guess").unwrap_err().problem.code, Code::NotSignedIn);
    assert_eq!(stage.claim(&stolen, VERIFIER).unwrap_err().problem.code, Code::NotSignedIn, "one guess only");

    let used = code();
    stage.claim(&used, VERIFIER).unwrap();
    assert_eq!(stage.claim(&used, VERIFIER).unwrap_err().problem.code, Code::NotSignedIn);

    let late = code();
    stage.advance(121);
    assert_eq!(stage.claim(&late, VERIFIER).unwrap_err().problem.code, Code::NotSignedIn);
    assert_eq!(stage.claim("never given", VERIFIER).unwrap_err().problem.code, Code::NotSignedIn);
}

#[test]
fn an_accounts_server_outside_the_table_is_never_called() {
    let stage = Stage::new(World::standard(BASE));
    let came_back = stage.consent_at_zoho(&stage.begin_sign_in(false), ADMIN);
    let mark = stage.world.borrow().mark();
    let mut callback = callback(&came_back);
    callback.accounts_server = Some("https://accounts.zoho.com.evil.example".to_owned());
    let refused = stage.run(sign_in::complete(&stage, &stage.config, &TokenDesk::default(), &callback)).unwrap_err();
    assert_eq!(refused.problem.code, Code::InvalidRequest);
    assert_eq!(stage.world.borrow().calls_since(mark).len(), 0);
}

#[test]
fn a_refusal_on_zoho_s_page_is_told() {
    let stage = Stage::new(World::standard(BASE));
    let url = stage.begin_sign_in(false);
    let came_back = stage.consent("/zoho/accounts/oauth/v2/auth/consent", &url, &[("decision", "deny")]);
    let refused = stage.complete_sign_in(&came_back).unwrap_err();
    assert_eq!(refused.problem.code, Code::NotSignedIn);
    assert_eq!(refused.problem.said.as_deref(), Some("access_denied"));
}

#[test]
fn only_an_administrator_connects_and_changes_settings() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let sam = stage.sign_in(SALES, false);
    assert_eq!(stage.try_sign_in(SALES, true).unwrap_err().problem.code, Code::NotAdministrator);
    assert_eq!(stage.try_connect_xero(&sam, 1).unwrap_err().problem.code, Code::NotAdministrator);
    let change = SettingChange::PrimaryContact { rule: PrimaryContactRule::Require };
    let desk = Desk::default();
    let settings = stage.texts("SELECT settings FROM connections");
    let refused = stage.run(stage.engine(&desk).change_setting(&sam, &change)).unwrap_err();
    assert_eq!(refused.problem.code, Code::NotAdministrator);
    assert_eq!(stage.texts("SELECT settings FROM connections"), settings);
    assert_eq!(stage.texts("SELECT tenant FROM connections"), [stage.tenant(0)]);

    let audit = stage.number("SELECT count(*) FROM audit");
    stage.run(stage.engine(&desk).change_setting(&ana, &change)).unwrap();
    assert_ne!(stage.texts("SELECT settings FROM connections"), settings);
    assert_eq!(stage.number("SELECT count(*) FROM audit"), audit + 1, "an administrator's change is kept");
    let noted = stage.run(stage.engine(&desk).audit(&ana, None)).unwrap().changes;
    let noted = noted.iter().find(|noted| noted.action == "change-setting").unwrap();
    assert_eq!((noted.by.as_str(), noted.changes.len()), (ana.name.as_str(), 1));
    assert_eq!(noted.changes[0].path, "parties.primary_contact");

    // Who is no administrator any more may not, whatever was true at sign-in.
    for profile in stage.world.borrow_mut().zoho.profiles_mut() {
        profile.administrator = false;
        profile.name = "Sales".to_owned();
    }
    let refused = stage.run(stage.engine(&desk).change_setting(&ana, &change)).unwrap_err();
    assert_eq!(refused.problem.code, Code::NotAdministrator);
    assert_eq!(stage.try_connect_xero(&ana, 1).unwrap_err().problem.code, Code::NotAdministrator);
}

#[test]
fn xero_is_connected_only_after_the_crm() {
    let stage = Stage::new(World::standard(BASE));
    let ana = stage.sign_in(ADMIN, false);
    assert_eq!(stage.try_connect_xero(&ana, 0).unwrap_err().problem.code, Code::ZohoNotConnected);
    let refused = stage.try_click(&ana, Module::Accounts, seed::FIRST_ACCOUNT).unwrap_err();
    assert_eq!(refused.problem.code, Code::ZohoNotConnected);
    let ana = stage.sign_in(ADMIN, true);
    let refused = stage.try_click(&ana, Module::Accounts, seed::FIRST_ACCOUNT).unwrap_err();
    assert_eq!(refused.problem.code, Code::XeroNotConnected);
}

#[test]
fn a_session_ends_after_its_days_or_when_its_user_signs_out() {
    let stage = Stage::new(World::standard(BASE));
    let token = || {
        let code = stage.complete_sign_in(&stage.consent_at_zoho(&stage.begin_sign_in(false), ADMIN)).unwrap();
        stage.claim(&code, VERIFIER).unwrap()
    };
    let (first, second) = (token(), token());
    stage.run(sign_in::end(&stage, &first)).unwrap();
    assert_eq!(stage.authenticate(&first).unwrap_err().problem.code, Code::SessionExpired);
    stage.advance(sign_in::SESSION_DAYS * 86_400 - 60);
    stage.authenticate(&second).unwrap();
    stage.advance(61);
    assert_eq!(stage.authenticate(&second).unwrap_err().problem.code, Code::SessionExpired);
    assert_eq!(stage.run(sign_in::authenticate(&stage, None)).unwrap_err().problem.code, Code::NotSignedIn);
}

/// Regression 14: what a user may not see is refused, and never taken for something empty.
#[test]
fn regression_14_nobody_sees_or_sends_what_the_crm_does_not_show() {
    let (stage, _) = Stage::connected(World::standard(BASE));
    let rita = stage.sign_in(seed::RESTRICTED_USER, false);
    let mark = stage.world.borrow().mark();
    for (module, record, wanted) in [
        (Module::Accounts, seed::FIRST_ACCOUNT, Code::CrmRecordNotFound),
        (Module::Invoices, seed::FIRST_INVOICE, Code::CrmRecordNotFound),
        (Module::PurchaseOrders, seed::FIRST_PURCHASE_ORDER, Code::CrmNoPermission),
        (Module::Vendors, seed::FIRST_VENDOR, Code::CrmNoPermission),
    ] {
        assert_eq!(stage.view(&rita, module, record).unwrap_err().problem.code, wanted, "{module:?}");
        assert_eq!(stage.try_click(&rita, module, record).unwrap_err().problem.code, wanted, "{module:?}");
        let desk = Desk::default();
        let log = stage.run(stage.engine(&desk).entries(&rita, module, &id(record), None));
        assert_eq!(log.unwrap_err().problem.code, wanted, "{module:?}");
    }
    assert_eq!(stage.world.borrow().count(mark, ApiName::Xero, None), 0, "Xero is not even asked");

    let reply = stage.click(&rita, Module::Accounts, seed::ACCOUNT_TWO_CONTACTS);
    assert_eq!(reply.entry.outcome, Outcome::Created, "{:#?}", reply.entry.problems);
    assert_eq!(reply.entry.by.as_deref(), Some("Rita Restricted"));
}

fn phone(contact: &Value) -> String {
    let phones = contact["Phones"].as_array().unwrap();
    let phone = phones.iter().find(|phone| phone["PhoneType"] == "DEFAULT").unwrap();
    phone["PhoneNumber"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn a_field_that_is_hidden_from_the_user_stays_as_it_is_in_xero() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let rita = stage.sign_in(seed::RESTRICTED_USER, false);
    let account = seed::ACCOUNT_TWO_CONTACTS;
    stage.click(&ana, Module::Accounts, account);
    let before = phone(&stage.xero(Module::Accounts, account));
    assert!(!before.is_empty());
    stage.advance(5);
    stage.edit(Module::Accounts, account, &json!({"Phone": "02 9111 1111", "Account_Number": "A-2"}));
    let reply = stage.click(&rita, Module::Accounts, account);
    assert_eq!(reply.entry.outcome, Outcome::Updated, "{:#?}", reply.entry.problems);
    assert!(reply.entry.changes.iter().all(|change| change.key != "phone"), "{:#?}", reply.entry.changes);
    let contact = stage.xero(Module::Accounts, account);
    assert_eq!((phone(&contact), &contact["AccountNumber"]), (before, &json!("A-2")));
    // Whoever sees it still finds it changed.
    let reply = stage.click(&ana, Module::Accounts, account);
    assert_eq!(reply.entry.outcome, Outcome::Updated, "{:#?}", reply.entry);
    assert!(phone(&stage.xero(Module::Accounts, account)).contains("9111 1111"));
    assert_eq!(stage.click(&rita, Module::Accounts, account).entry.outcome, Outcome::Unchanged);
}

#[test]
fn no_token_stands_in_the_database_as_it_is() {
    let stage = Stage::new(World::standard(BASE));
    let came_back = stage.consent_at_zoho(&stage.begin_sign_in(true), ADMIN);
    let code = stage.complete_sign_in(&came_back).unwrap();
    let session = stage.claim(&code, VERIFIER).unwrap();
    let ana = stage.authenticate(&session).unwrap();
    offer_two_organisations(&stage, &ana);
    let mut secrets = BTreeSet::from([session, code, VERIFIER.to_owned()]);
    for call in stage.world.borrow().gate.journal.entries() {
        let answer = call.response_json().unwrap_or_default();
        for key in ["access_token", "refresh_token"] {
            secrets.extend(answer[key].as_str().map(str::to_owned));
        }
    }
    assert!(secrets.len() >= 7, "both vendors gave tokens");
    let mut texts = 0;
    for table in stage.texts("SELECT name FROM sqlite_master WHERE type = 'table'") {
        for column in stage.texts(&format!("SELECT name FROM pragma_table_info('{table}')")) {
            for text in stage.texts(&format!("SELECT CAST({column} AS TEXT) FROM {table}")) {
                texts += 1;
                assert!(secrets.iter().all(|secret| !text.contains(secret.as_str())), "{table}.{column}");
            }
        }
    }
    assert!(texts > 50);
    for sealed in stage.texts("SELECT refresh_token FROM grants UNION SELECT access_token FROM grants") {
        assert!(sealed.starts_with("v1.test."), "{sealed}");
    }
}

/// Comes back from Xero with two organisations to choose from and gives the state of the choice.
fn offer_two_organisations(stage: &Stage, ana: &engine::store::sessions::User) -> String {
    let desk = TokenDesk::default();
    let mut last = String::new();
    // An organisation that was allowed before keeps its first authEventId, so the third consent names none by its own.
    for organisation in [0, 1, 0] {
        let url = stage.run(connect::begin(stage, &stage.config, &desk, ana)).unwrap();
        let tenant = stage.tenant(organisation);
        let choices = [("tenant", tenant.as_str()), ("decision", "allow")];
        last = stage.consent("/xero/login/identity/connect/authorize", &url, &choices);
    }
    let (state, code) = (parameter(&last, "state").unwrap(), parameter(&last, "code"));
    let completed = stage.run(connect::complete(stage, &stage.config, &desk, &state, code.as_deref(), None)).unwrap();
    let connect::Completed::Choose(state, tenants) = completed else { panic!("{completed:?}") };
    assert_eq!(tenants.len(), 2);
    state
}

#[test]
fn regression_22_two_organisations_are_a_question() {
    let stage = Stage::new(World::standard(BASE));
    let ana = stage.sign_in(ADMIN, true);
    let desk = TokenDesk::default();
    let choose = |state: &str, tenant: &str| {
        let tenant = shared::id::TenantId::new(tenant).unwrap();
        stage.run(connect::choose(&stage, &stage.config, &desk, state, &tenant))
    };
    let state = offer_two_organisations(&stage, &ana);
    assert_eq!(self::state(&stage, &ana), ConnectionState::XeroMissing, "nothing is guessed");
    let refused = choose(&state, "11111111-2222-3333-4444-555555555555").unwrap_err();
    assert_eq!(refused.problem.code, Code::InvalidRequest);

    let state = offer_two_organisations(&stage, &ana);
    let kauri = stage.tenant(1);
    assert!(matches!(choose(&state, &kauri).unwrap(), connect::Completed::Connected(_)));
    assert_eq!(stage.texts("SELECT tenant FROM connections"), std::slice::from_ref(&kauri));
    let world = stage.world.borrow();
    assert!(world.xero.is_connected(&kauri));
    assert!(!world.xero.is_connected(&stage.tenant(0)), "one that nobody chose is given back");
    drop(world);
    assert_eq!(choose(&state, &kauri).unwrap_err().problem.code, Code::InvalidRequest, "a choice is made once");
}

#[test]
fn regression_22_organisations_are_connected_one_to_one() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let elke = stage.sign_in_european(true);
    assert_eq!(stage.try_connect_xero(&elke, 0).unwrap_err().problem.code, Code::OrganisationTaken);
    assert_eq!(self::state(&stage, &elke), ConnectionState::XeroMissing);
    stage.connect_xero(&elke, 1);
    // Both organisations belong to the same person in Xero, who is offered both and picks the taken one.
    let connect::Completed::Choose(choice, _) = stage.try_connect_xero(&ana, 1).unwrap() else { panic!("no choice") };
    let (first, second) = (stage.tenant(0), stage.tenant(1));
    let choose = |choice: &str, tenant: &str| {
        let tenant = shared::id::TenantId::new(tenant).unwrap();
        stage.run(connect::choose(&stage, &stage.config, &TokenDesk::default(), choice, &tenant))
    };
    assert_eq!(choose(&choice, &second).unwrap_err().problem.code, Code::OrganisationTaken);
    assert_eq!(self::state(&stage, &ana), ConnectionState::Connected);
    // The own one once more: the other's connection is not given back.
    let connect::Completed::Choose(choice, _) = stage.try_connect_xero(&ana, 0).unwrap() else { panic!("no choice") };
    assert!(matches!(choose(&choice, &first).unwrap(), connect::Completed::Connected(_)));
    assert!(stage.world.borrow().xero.is_connected(&second), "another CRM organisation lives on it");
    assert_eq!(stage.number("SELECT count(DISTINCT tenant) FROM connections"), 2);
    stage.click(&ana, Module::Accounts, seed::FIRST_ACCOUNT);
}

#[test]
fn a_dead_refresh_token_of_xero_breaks_the_connection_until_somebody_connects_again() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let now = stage.world.borrow().now();
    stage.world.borrow_mut().xero.expire_access_tokens(now);
    stage.world.borrow_mut().xero.expire_refresh_tokens();
    broken_at_xero(&stage, &ana);
}

#[test]
fn an_organisation_that_was_disconnected_in_xero_is_told_until_somebody_connects_again() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let tenant = stage.tenant(0);
    stage.world.borrow_mut().xero.disconnect(&tenant);
    broken_at_xero(&stage, &ana);
}

fn broken_at_xero(stage: &Stage, ana: &engine::store::sessions::User) {
    let reply = stage.click(ana, Module::Accounts, seed::FIRST_ACCOUNT);
    assert_eq!(reply.entry.outcome, Outcome::Failed);
    let codes: Vec<Code> =
        reply.entry.problems.iter().filter(|problem| problem.stops()).map(|problem| problem.code).collect();
    assert_eq!(codes, [Code::XeroDisconnected], "{:#?}", reply.entry.problems);
    assert_eq!(state(stage, ana), ConnectionState::XeroBroken);
    let mark = stage.world.borrow().mark();
    let refused = stage.try_click(ana, Module::Accounts, seed::FIRST_ACCOUNT).unwrap_err();
    assert_eq!(refused.problem.code, Code::XeroDisconnected);
    assert_eq!(stage.world.borrow().calls_since(mark).len(), 0, "a dead grant burns no calls");
    stage.connect_xero(ana, 0);
    assert_eq!(state(stage, ana), ConnectionState::Connected);
    let reply = stage.click(ana, Module::Accounts, seed::FIRST_ACCOUNT);
    assert_eq!(reply.entry.outcome, Outcome::Created, "{:#?}", reply.entry.problems);
}

#[test]
fn grants_that_were_revoked_at_zoho_are_told_and_a_new_sign_in_heals_them() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let sam = stage.sign_in(SALES, false);
    stage.world.borrow_mut().zoho.revoke_all_tokens();
    let refused = stage.try_click(&sam, Module::Accounts, seed::FIRST_ACCOUNT).unwrap_err();
    assert_eq!(refused.problem.code, Code::SessionExpired, "one's own grant: sign in again");

    // Sam reads with a new grant, and the connection's dead one can't write back.
    let sam = stage.sign_in(SALES, false);
    let reply = stage.click(&sam, Module::Accounts, seed::FIRST_ACCOUNT);
    assert_eq!(reply.entry.outcome, Outcome::Created);
    assert_eq!(reply.entry.problems[0].code, Code::ZohoDisconnected, "{:#?}", reply.entry.problems);
    assert_eq!(state(&stage, &ana), ConnectionState::ZohoBroken);
    let refused = stage.view(&sam, Module::Accounts, seed::FIRST_ACCOUNT).unwrap_err();
    assert_eq!(refused.problem.code, Code::ZohoDisconnected);

    stage.sign_in(ADMIN, true);
    assert_eq!(state(&stage, &ana), ConnectionState::Connected);
    let reply = stage.click(&sam, Module::Accounts, seed::FIRST_ACCOUNT);
    assert_eq!(reply.entry.outcome, Outcome::Updated, "the CRM is told now");
    assert!(stage.crm(Module::Accounts, seed::FIRST_ACCOUNT)["Xero_ID"].is_string());
    assert_eq!(stage.all_xero("Contacts").iter().filter(|one| one["ContactNumber"].is_string()).count(), 1);
}

/// Zoho keeps 20 refresh tokens for each user and drops the oldest one in silence after that.
#[test]
fn many_sign_ins_of_the_administrator_leave_the_connection_alive() {
    let (stage, _) = Stage::connected(World::standard(BASE));
    for _ in 0..25 {
        stage.advance(60);
        stage.sign_in(ADMIN, false);
    }
    stage.advance(2 * 3600);
    let sam = stage.sign_in(SALES, false);
    let reply = stage.click(&sam, Module::Accounts, seed::FIRST_ACCOUNT);
    assert_eq!(reply.entry.outcome, Outcome::Created);
    assert!(reply.entry.problems.is_empty(), "{:#?}", reply.entry.problems);
}

#[test]
fn a_record_that_is_not_there_is_no_empty_record() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    for record in ["572500000001999999", "1"] {
        assert_eq!(stage.view(&ana, Module::Accounts, record).unwrap_err().problem.code, Code::CrmRecordNotFound);
        assert_eq!(stage.try_click(&ana, Module::Accounts, record).unwrap_err().problem.code, Code::CrmRecordNotFound);
    }
    assert_eq!(stage.view(&ana, Module::Accounts, seed::FIRST_ACCOUNT).unwrap().preview.action, Action::Create);
}
