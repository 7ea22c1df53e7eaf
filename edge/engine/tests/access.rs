//! Who gets in, who may do what, and what becomes of a connection that breaks.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use crate::support;

use engine::access::connect;
use engine::access::rights::{Administrator, Member};
use engine::access::sign_in;
use engine::store::sessions::Device;
use engine::sync::Desk;
use sandbox::{ApiName, World, seed};
use serde_json::{Value, json};
use shared::api::{Action, ClaimRequest, ConnectionState, Outcome, Page};
use shared::module::Module;
use shared::problem::Code;
use shared::settings::{PrimaryContactRule, SettingChange};
use std::collections::BTreeSet;
use support::{ADMIN, BASE, Stage, VERIFIER, callback, id, parameter};

const SALES: &str = "sam@bluegum.example";

fn state(stage: &Stage, user: &Member) -> ConnectionState {
    let desk = Desk::default();
    stage.run(stage.engine(&desk).session(user)).unwrap().connection
}

/// The API of a sandbox is on a host of its own, which the token answer names: who asks the usual one is told nothing.
#[test]
fn an_organisation_that_is_a_sandbox_is_asked_where_its_api_is() {
    let world = World::standard(BASE);
    let (stage, ana) = {
        let stage = Stage::new(world);
        stage.world.borrow_mut().zoho.be_a_sandbox();
        let ana = stage.connect_crm(ADMIN);
        stage.connect_xero(&ana, 0);
        (stage, ana)
    };
    let mark = stage.world.borrow().mark();
    let reply = stage.click(&ana, Module::Accounts, seed::FIRST_ACCOUNT);
    assert_eq!(reply.entry.outcome, Outcome::Created, "{:#?}", reply.entry.problems);
    let world = stage.world.borrow();
    let asked: Vec<_> =
        world.calls_since(mark).into_iter().filter(|call| call.api == ApiName::Zoho).map(|call| &call.path).collect();
    assert!(!asked.is_empty() && asked.iter().all(|path| path.starts_with("/sandbox/api/")), "{asked:?}");
}

#[test]
fn a_sign_in_by_the_real_pages_says_who_it_is() {
    let stage = Stage::new(World::standard(BASE));
    let user = stage.sign_in(ADMIN);
    assert_eq!((user.email.as_str(), user.administers(), user.location.as_str()), (ADMIN, true, "us"));
    assert_eq!(state(&stage, &user), ConnectionState::ZohoMissing);
    let user = stage.connect_crm(ADMIN);
    assert_eq!(state(&stage, &user), ConnectionState::XeroMissing);
    stage.connect_xero(&user, 0);
    assert_eq!(state(&stage, &user), ConnectionState::Connected);
    let sam = stage.sign_in(SALES);
    assert!(!sam.administers());
    assert_eq!(state(&stage, &sam), ConnectionState::Connected, "the connection is the organisation's");
}

#[test]
fn a_state_works_once_and_only_for_its_own_kind_of_flow() {
    let stage = Stage::new(World::standard(BASE));
    let came_back = stage.consent_at_zoho(&stage.begin_sign_in(false), ADMIN);
    stage.complete_sign_in(&came_back).unwrap();
    // The vendor's code is spent, and so is the flow.
    assert_eq!(stage.complete_sign_in(&came_back).unwrap_err().problem.code, Code::ZohoDisconnected);
    assert_eq!(stage.number("SELECT count(*) FROM parked"), 1);

    let invented = came_back.replace("state=", "state=x");
    assert_eq!(stage.complete_sign_in(&invented).unwrap_err().problem.code, Code::FlowOver);

    let other = stage.consent_at_zoho(&stage.begin_sign_in(false), ADMIN);
    let state = parameter(&other, "state").unwrap();
    let misused = stage.run(connect::returned(&stage, &stage.config, &state, Some("code"), None));
    assert_eq!(misused.unwrap_err().problem.code, Code::FlowOver);

    let late = stage.consent_at_zoho(&stage.begin_sign_in(false), ADMIN);
    stage.advance(16 * 60);
    assert_eq!(stage.complete_sign_in(&late).unwrap_err().problem.code, Code::FlowOver);
}

#[test]
fn a_flow_carries_a_challenge_of_ours_and_no_two_are_alike() {
    let stage = Stage::new(World::standard(BASE));
    let (first, second) = (stage.begin_sign_in(false), stage.begin_sign_in(false));
    let (first, second) = (stage.go_on(&first), stage.go_on(&second));
    assert_eq!(parameter(&first, "code_challenge").unwrap().len(), 43, "it has 256 bits");
    for name in ["state", "code_challenge"] {
        assert_ne!(parameter(&first, name), parameter(&second, name), "{name}");
    }
    assert_eq!(stage.number("SELECT count(*) FROM parked"), 0, "nothing is stored before Zoho has answered");
    assert_eq!(parameter(&first, "code_challenge_method").as_deref(), Some("S256"));
    assert_ne!(parameter(&first, "code_challenge"), Some(engine::text::sha256(VERIFIER)), "the panel's is another one");
}

#[test]
fn a_panel_s_code_works_once_soon_and_with_its_verifier_only() {
    let stage = Stage::new(World::standard(BASE));
    let code = || stage.complete_sign_in(&stage.consent_at_zoho(&stage.begin_sign_in(false), ADMIN)).unwrap();
    let refused = |code: &str, verifier: &str| stage.claim(code, verifier).unwrap_err().problem.code;

    let stolen = code();
    assert_eq!(refused(&stolen, "a guess"), Code::FlowOver, "a code without its verifier is worth nothing");
    stage.claim(&stolen, VERIFIER).unwrap();
    assert_eq!(refused(&stolen, VERIFIER), Code::FlowOver, "once");

    let typed = code();
    let as_people_type = format!(" {}-{} ", typed[..4].to_lowercase(), &typed[4..]);
    stage.claim(&as_people_type, VERIFIER).unwrap();

    let late = code();
    stage.advance(121);
    assert_eq!(refused(&late, VERIFIER), Code::FlowOver);
    assert_eq!(refused("NEVERGVN", VERIFIER), Code::FlowOver);
}

#[test]
fn an_accounts_server_outside_the_table_is_never_called() {
    let stage = Stage::new(World::standard(BASE));
    let came_back = stage.consent_at_zoho(&stage.begin_sign_in(false), ADMIN);
    let mark = stage.world.borrow().mark();
    let mut callback = callback(&came_back);
    callback.accounts_server = Some("https://accounts.zoho.com.evil.example".to_owned());
    let refused = stage.run(sign_in::returned(&stage, &stage.config, &callback)).unwrap_err();
    assert_eq!(refused.problem.code, Code::InvalidRequest);
    assert_eq!(stage.world.borrow().calls_since(mark).len(), 0);
}

#[test]
fn a_refusal_on_zoho_s_page_is_told() {
    let stage = Stage::new(World::standard(BASE));
    let url = stage.begin_sign_in(false);
    let url = stage.go_on(&url);
    let came_back = stage.consent("/zoho/accounts/oauth/v2/auth/consent", &url, &[("decision", "deny")]);
    let refused = stage.complete_sign_in(&came_back).unwrap_err();
    assert_eq!((refused.problem.code, refused.problem.what.as_str()), (Code::FlowRefused, "It was refused at Zoho."));
}

#[test]
fn only_an_administrator_connects_and_changes_settings() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let session = stage.session_of(&ana);
    let sam = stage.sign_in(SALES);
    let fields = stage.number("SELECT count(*) FROM grants");
    assert_eq!(stage.try_sign_in(SALES, true).unwrap_err().problem.code, Code::NotAdministrator);
    assert_eq!(stage.number("SELECT count(*) FROM grants"), fields);
    assert_eq!(sam.administrator().unwrap_err().problem.code, Code::NotAdministrator);
    let change = SettingChange::PrimaryContact { rule: PrimaryContactRule::Require };
    let desk = Desk::default();
    let engine = stage.engine(&desk);
    let settings = stage.texts("SELECT settings FROM connections");
    let audit = stage.number("SELECT count(*) FROM audit");
    stage.run(engine.change_setting(&ana, &change)).unwrap();
    assert_ne!(stage.texts("SELECT settings FROM connections"), settings);
    assert_eq!(stage.number("SELECT count(*) FROM audit"), audit + 1, "an administrator's change is kept");
    let noted = stage.run(engine.audit(&ana, None)).unwrap().changes;
    let noted = noted.iter().find(|noted| noted.action == "change-setting").unwrap();
    assert_eq!((noted.by.as_str(), noted.changes.len()), (ana.name.as_str(), 1));
    assert_eq!(noted.changes[0].path, "parties.primary_contact");

    // Who is no administrator any more may not, whatever was true at sign-in.
    for profile in stage.world.borrow_mut().zoho.profiles_mut() {
        profile.set_administrator(false);
        profile.name = "Sales".to_owned();
    }
    let now = stage.run(engine.member_now(&session)).unwrap();
    assert_eq!(now.administrator().unwrap_err().problem.code, Code::NotAdministrator);
}

#[test]
fn xero_is_connected_only_after_the_crm() {
    let stage = Stage::new(World::standard(BASE));
    let ana = stage.administrator(ADMIN);
    assert_eq!(stage.try_connect_xero(&ana, 0).unwrap_err().problem.code, Code::ZohoNotConnected);
    let refused = stage.try_click(&ana, Module::Accounts, seed::FIRST_ACCOUNT).unwrap_err();
    assert_eq!(refused.problem.code, Code::ZohoNotConnected);
    let ana = stage.connect_crm(ADMIN);
    let refused = stage.try_click(&ana, Module::Accounts, seed::FIRST_ACCOUNT).unwrap_err();
    assert_eq!(refused.problem.code, Code::XeroNotConnected);
}

#[test]
fn a_session_lasts_twelve_hours_from_its_last_use_or_until_its_user_signs_out() {
    let stage = Stage::new(World::standard(BASE));
    let token = || {
        let code = stage.complete_sign_in(&stage.consent_at_zoho(&stage.begin_sign_in(false), ADMIN)).unwrap();
        stage.claim(&code, VERIFIER).unwrap()
    };
    let (first, second) = (token(), token());
    stage.run(sign_in::end(&stage, &first)).unwrap();
    assert_eq!(stage.authenticate(&first).unwrap_err().problem.code, Code::SessionExpired);
    let used = stage.authenticate(&second).unwrap();
    assert!(!stage.run(sign_in::renew(&stage, &used)).unwrap(), "it has just begun");
    stage.advance(11 * 3_600);
    assert!(stage.run(sign_in::renew(&stage, &stage.authenticate(&second).unwrap())).unwrap());
    stage.advance(12 * 3_600 - 60);
    stage.authenticate(&second).unwrap();
    stage.advance(61);
    assert_eq!(stage.authenticate(&second).unwrap_err().problem.code, Code::SessionExpired);
    assert_eq!(
        stage.run(sign_in::authenticate(&stage, &stage.config, None)).unwrap_err().problem.code,
        Code::NotSignedIn
    );
}

/// Regression 14: what a user may not see is refused, and never taken for something empty.
#[test]
fn regression_14_nobody_sees_or_sends_what_the_crm_does_not_show() {
    let (stage, _) = Stage::connected(World::standard(BASE));
    let rita = stage.sign_in(seed::RESTRICTED_USER);
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
fn a_field_that_is_hidden_from_the_user_goes_to_xero_and_is_not_shown() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let rita = stage.sign_in(seed::RESTRICTED_USER);
    let account = seed::ACCOUNT_TWO_CONTACTS;
    stage.click(&ana, Module::Accounts, account);
    let before = phone(&stage.xero(Module::Accounts, account));
    assert!(!before.is_empty());
    stage.advance(5);
    stage.edit(Module::Accounts, account, &json!({"Phone": "02 9111 1111", "Account_Number": "2002"}));
    let reply = stage.click(&rita, Module::Accounts, account);
    assert_eq!(reply.entry.outcome, Outcome::Updated, "{:#?}", reply.entry.problems);
    let change = reply.entry.changes.iter().find(|change| change.key == "phone").unwrap();
    assert_eq!((&change.crm, &change.xero, &change.result), (&None, &None, &None));
    let contact = stage.xero(Module::Accounts, account);
    assert!(phone(&contact) != before && phone(&contact).contains("9111 1111"), "{contact}");
    assert_eq!(contact["AccountNumber"], "2002");
    // Whoever sees it finds nothing left to do.
    assert_eq!(stage.click(&ana, Module::Accounts, account).entry.outcome, Outcome::Unchanged);
    assert_eq!(stage.click(&rita, Module::Accounts, account).entry.outcome, Outcome::Unchanged);
}

#[test]
fn no_token_stands_in_the_database_as_it_is() {
    let stage = Stage::new(World::standard(BASE));
    let came_back = stage.consent_at_zoho(&stage.begin_sign_in(true), ADMIN);
    let code = stage.complete_sign_in(&came_back).unwrap();
    let session = stage.claim(&code, VERIFIER).unwrap();
    let ana = stage.member(&stage.authenticate(&session).unwrap()).unwrap().administrator().unwrap();
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

/// Comes back from Xero with two organisations and claims them: one has to be chosen.
fn offer_two_organisations(stage: &Stage, ana: &Administrator) {
    // An organisation that was allowed before keeps its first authEventId, so the third consent names none by its own.
    let offered: Vec<_> = [0, 1, 0].map(|organisation| stage.offer_xero(ana, organisation)).into_iter().collect();
    // The others are never claimed.
    stage.execute("DELETE FROM parked WHERE rowid NOT IN (SELECT max(rowid) FROM parked)");
    let claimed = stage.claim_xero(ana, &offered[2].as_ref().unwrap().code).unwrap();
    assert_eq!((claimed.connected, claimed.choose.len()), (None, 2));
}

#[test]
fn regression_22_two_organisations_are_a_question() {
    let stage = Stage::new(World::standard(BASE));
    let ana = stage.connect_crm(ADMIN);
    offer_two_organisations(&stage, &ana);
    assert_eq!(self::state(&stage, &ana), ConnectionState::XeroMissing, "nothing is guessed");
    let refused = stage.choose_xero(&ana, "11111111-2222-3333-4444-555555555555").unwrap_err();
    assert_eq!(refused.problem.code, Code::InvalidRequest);
    let kauri = stage.tenant(1);
    assert!(stage.choose_xero(&ana, &kauri).unwrap().connected.is_some());
    assert_eq!(stage.texts("SELECT tenant FROM connections"), std::slice::from_ref(&kauri));
    assert!(stage.world.borrow().xero.is_connected(&kauri));
    assert_eq!(stage.choose_xero(&ana, &kauri).unwrap_err().problem.code, Code::FlowOver, "a choice is made once");
}

#[test]
fn regression_22_organisations_are_connected_one_to_one() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let elke = stage.sign_in_european(true);
    let taken = stage.try_connect_xero(&elke, 0).unwrap_err();
    assert_eq!(taken.problem.code, Code::OrganisationTaken);
    assert_eq!(self::state(&stage, &elke), ConnectionState::XeroMissing);
    stage.connect_xero(&elke, 1);
    // Both organisations belong to the same person in Xero, who is offered both and picks the taken one.
    assert_eq!(stage.try_connect_xero(&ana, 1).unwrap().choose.len(), 2);
    let (first, second) = (stage.tenant(0), stage.tenant(1));
    assert_eq!(stage.choose_xero(&ana, &second).unwrap_err().problem.code, Code::OrganisationTaken);
    assert_eq!(self::state(&stage, &ana), ConnectionState::Connected);
    // The own one once more: the other's connection is not given back.
    assert_eq!(stage.try_connect_xero(&ana, 0).unwrap().choose.len(), 2);
    assert!(stage.choose_xero(&ana, &first).unwrap().connected.is_some());
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

fn broken_at_xero(stage: &Stage, ana: &Administrator) {
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
    let sam = stage.sign_in(SALES);
    stage.world.borrow_mut().zoho.revoke_all_tokens();
    let refused = stage.try_click(&sam, Module::Accounts, seed::FIRST_ACCOUNT).unwrap_err();
    assert_eq!(refused.problem.code, Code::SessionExpired, "one's own grant: sign in again");

    // Sam reads with a new grant. The connection's dead one can't read an account's people, so nothing is written.
    let sam = stage.sign_in(SALES);
    let refused = stage.try_click(&sam, Module::Accounts, seed::FIRST_ACCOUNT).unwrap_err();
    assert_eq!(refused.problem.code, Code::ZohoDisconnected, "nobody is signed out for it");
    assert_eq!(state(&stage, &ana), ConnectionState::ZohoBroken);
    let refused = stage.view(&sam, Module::Accounts, seed::FIRST_ACCOUNT).unwrap_err();
    assert_eq!(refused.problem.code, Code::ZohoDisconnected);
    assert!(stage.all_xero("Contacts").iter().all(|one| !one["ContactNumber"].is_string()));

    stage.connect_crm(ADMIN);
    assert_eq!(state(&stage, &ana), ConnectionState::Connected);
    let reply = stage.click(&sam, Module::Accounts, seed::FIRST_ACCOUNT);
    assert_eq!(reply.entry.outcome, Outcome::Created);
    assert!(stage.crm(Module::Accounts, seed::FIRST_ACCOUNT)["Xero_ID"].is_string());
    assert_eq!(stage.all_xero("Contacts").iter().filter(|one| one["ContactNumber"].is_string()).count(), 1);
}

/// Zoho keeps 20 refresh tokens for each user and drops the oldest one in silence after that.
#[test]
fn many_sign_ins_of_the_administrator_leave_the_connection_alive() {
    let (stage, _) = Stage::connected(World::standard(BASE));
    for _ in 0..25 {
        stage.advance(60);
        stage.administrator(ADMIN);
    }
    stage.advance(2 * 3600);
    let sam = stage.sign_in(SALES);
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

#[test]
fn a_session_tells_in_which_page_it_began_and_no_address() {
    let stage = Stage::new(World::standard(BASE));
    for page in [Some(Page::Panel), Some(Page::Portal), None] {
        let code = stage.complete_sign_in(&stage.consent_at_zoho(&stage.begin_sign_in(false), SALES)).unwrap();
        let claim = ClaimRequest { code, verifier: VERIFIER.to_owned() };
        let desk = Desk::default();
        let device = Device { browser: "Mozilla/5.0 (Windows NT 10.0)", page };
        let token = stage.run(stage.engine(&desk).claim_session(&claim, device)).unwrap().token;
        let sam = stage.member(&stage.authenticate(&token).unwrap()).unwrap();
        let rows = stage.run(stage.engine(&desk).sessions(&sam)).unwrap().sessions;
        let own = rows.iter().find(|row| row.own).unwrap();
        assert_eq!((own.page, own.browser.as_str()), (page, "Mozilla/5.0 (Windows NT 10.0)"));
    }
}
