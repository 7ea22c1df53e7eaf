//! What an administrator decides about a record is no more than it says: nothing else goes along with it.

use crate::SALES;
use crate::support::{BASE, Stage, id};
use engine::access::rights::Administrator;
use engine::sync::Desk;
use sandbox::World;
use sandbox_zoho::Others;
use serde_json::{Value, json};
use shared::api::Outcome;
use shared::api::runs::Scope;
use shared::id::XeroId;
use shared::module::Module;
use shared::problem::{Code, Problem};
use shared::question::Decision;
use shared::settings::{Direction, SourceOfTruth};

fn edit_as_sam(stage: &Stage, module: Module, record: &str, change: &Value) {
    stage.world.borrow_mut().edit(SALES, module.api_name(), record, change).unwrap();
}

fn has(problems: &[Problem], code: Code) -> bool {
    problems.iter().any(|problem| problem.code == code)
}

fn decide(stage: &Stage, ana: &Administrator, module: Module, record: &str, decision: &Decision) {
    let desk = Desk::default();
    stage.run(stage.engine(&desk).decide(ana, &(module, id(record)), decision)).unwrap();
}

/// The contact that a record is linked with.
fn contact_of(stage: &Stage, module: Module, record: &str) -> XeroId {
    XeroId::new(stage.xero(module, record)["ContactID"].as_str().unwrap()).unwrap()
}

#[test]
fn an_address_that_waits_does_not_go_with_a_supplier_that_is_sent_anew() {
    for by_run in [false, true] {
        for anew in [|was: XeroId| Decision::SendNew { not: vec![was] }, |_| Decision::Unlink] {
            let (stage, ana) = Stage::connected(World::standard(BASE));
            let vendor = json!({"Vendor_Name": "Ash Paper", "Email": "pay@ash.example"});
            let vendor = stage.world.borrow_mut().zoho.insert("Vendors", &vendor).unwrap();
            let vendor = vendor.as_str();
            stage.click(&ana, Module::Vendors, vendor);
            let was = contact_of(&stage, Module::Vendors, vendor);
            stage.advance(60);
            let sam = stage.sign_in(SALES);
            edit_as_sam(&stage, Module::Vendors, vendor, &json!({"Email": "pay-me@evil.example"}));
            let told = stage.click(&sam, Module::Vendors, vendor).entry;
            assert!(has(&told.problems, Code::EmailHeld), "{told:#?}");
            // The bookkeeper puts the old contact away, and the administrator has the supplier sent anew.
            stage.edit_xero("Contacts", was.as_str(), json!({"Name": "Ash Paper (old)"}));
            decide(&stage, &ana, Module::Vendors, vendor, &anew(was.clone()));
            decide(&stage, &ana, Module::Vendors, vendor, &Decision::SendNew { not: Vec::new() });
            stage.advance(60);
            if by_run {
                stage.run_all(&ana, &[Module::Vendors], Direction::Both, Scope::Everything);
            } else {
                let told = stage.click(&sam, Module::Vendors, vendor).entry;
                assert_eq!(told.outcome, Outcome::Created, "{told:#?}");
                assert!(has(&told.problems, Code::EmailHeld), "{told:#?}");
            }
            let contact = || stage.xero(Module::Vendors, vendor);
            assert_ne!(contact()["ContactID"], json!(was.as_str()), "it is another contact");
            assert!(!contact().to_string().contains("evil"), "{by_run} {}", contact());
            stage.advance(60);
            let told = stage.click(&sam, Module::Vendors, vendor).entry;
            assert!(has(&told.problems, Code::EmailHeld) && !contact().to_string().contains("evil"), "{told:#?}");
            // It goes with an administrator's word on that very record.
            stage.advance(60);
            let told = stage.click_as_shown(&ana, Module::Vendors, vendor).entry;
            assert!(has(&told.problems, Code::EmailReleased), "{told:#?}");
            assert_eq!(contact()["EmailAddress"], "pay-me@evil.example");
        }
    }
}

/// A supplier that is in Xero, and whose address Sam has changed.
fn changed_supplier(stage: &Stage, ana: &Administrator) -> String {
    let vendor = json!({"Vendor_Name": "Ash Paper", "Email": "pay@ash.example"});
    let vendor = stage.world.borrow_mut().zoho.insert("Vendors", &vendor).unwrap();
    stage.click(ana, Module::Vendors, &vendor);
    stage.advance(60);
    edit_as_sam(stage, Module::Vendors, &vendor, &json!({"Email": "pay-me@evil.example"}));
    stage.advance(60);
    vendor
}

#[test]
fn an_administrator_lets_no_address_go_that_nobody_has_shown_them() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let vendor = changed_supplier(&stage, &ana);
    let vendor = vendor.as_str();
    let address = || stage.xero(Module::Vendors, vendor)["EmailAddress"].clone();
    // The CRM's button syncs a record at once, and one for a short list each of its records: nothing was shown before.
    let reply = stage.click(&ana, Module::Vendors, vendor);
    assert!(has(&reply.entry.problems, Code::EmailHeld), "{:#?}", reply.entry);
    assert_eq!(address(), "pay@ash.example");
    // Sam waits until the panel is open, and changes the address once more.
    let shown = stage.view(&ana, Module::Vendors, vendor).unwrap().preview;
    assert!(has(&shown.problems, Code::EmailReleased) && shown.word.is_some(), "{shown:#?}");
    edit_as_sam(&stage, Module::Vendors, vendor, &json!({"Email": "pay-me-instead@evil.example"}));
    let reply = stage.click_with(&ana, Module::Vendors, vendor, shown.word.clone());
    assert!(has(&reply.entry.problems, Code::EmailHeld), "{:#?}", reply.entry);
    assert_eq!(address(), "pay@ash.example");
    // A word is an administrator's, about one record.
    let other = json!({"Vendor_Name": "Oak Paper", "Email": "pay@oak.example"});
    let other = stage.world.borrow_mut().zoho.insert("Vendors", &other).unwrap();
    stage.click(&ana, Module::Vendors, &other);
    stage.advance(60);
    edit_as_sam(&stage, Module::Vendors, &other, &json!({"Email": "pay-me-instead@evil.example"}));
    let sam = stage.sign_in(SALES);
    assert_eq!(stage.view(&sam, Module::Vendors, vendor).unwrap().preview.word, None);
    let word = reply.view.preview.word.clone();
    assert!(word.is_some() && word != shown.word, "what the click tells is shown, too");
    stage.click_with(&sam, Module::Vendors, vendor, word.clone());
    stage.click_with(&ana, Module::Vendors, &other, word.clone());
    assert_eq!(
        (address(), stage.xero(Module::Vendors, &other)["EmailAddress"].clone()),
        (json!("pay@ash.example"), json!("pay@oak.example"))
    );
    stage.advance(60);
    stage.click_with(&ana, Module::Vendors, vendor, word);
    assert_eq!(address(), "pay-me-instead@evil.example", "now it was shown");
}

#[test]
fn an_administrator_to_whom_an_address_is_not_shown_lets_none_go() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let vendor = changed_supplier(&stage, &ana);
    {
        let zoho = &mut stage.world.borrow_mut().zoho;
        zoho.clone_profile("Administrator", "Office").unwrap();
        let hidden = ("Vendors".to_owned(), "Email".to_owned());
        zoho.profile_named_mut("Office").unwrap().hidden_fields.insert(hidden);
        zoho.add_user("Ada", "Audit", "ada@bluegum.example", "Office").unwrap();
    }
    let ada = stage.administrator("ada@bluegum.example");
    let shown = stage.view(&ada, Module::Vendors, &vendor).unwrap().preview;
    assert!(has(&shown.problems, Code::HiddenReason) && shown.word.is_none(), "{shown:#?}");
    // Not even with the word of somebody to whom it is shown.
    let word = stage.view(&ana, Module::Vendors, &vendor).unwrap().preview.word;
    assert!(word.is_some());
    let told = stage.click_with(&ada, Module::Vendors, &vendor, word.clone()).entry;
    assert_eq!(stage.xero(Module::Vendors, &vendor)["EmailAddress"], "pay@ash.example", "{told:#?}");
    stage.advance(60);
    stage.click_with(&ana, Module::Vendors, &vendor, word);
    assert_eq!(stage.xero(Module::Vendors, &vendor)["EmailAddress"], "pay-me@evil.example");
}

#[test]
fn an_address_of_a_supplier_whose_link_was_let_go_waits_for_whoever_takes_its_contact() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let vendor = json!({"Vendor_Name": "Ash Paper", "Email": "pay@ash.example"});
    let vendor = stage.world.borrow_mut().zoho.insert("Vendors", &vendor).unwrap();
    let vendor = vendor.as_str();
    stage.click(&ana, Module::Vendors, vendor);
    let was = contact_of(&stage, Module::Vendors, vendor);
    decide(&stage, &ana, Module::Vendors, vendor, &Decision::Unlink);
    // Sam makes a customer that looks like the supplier, which takes the contact that is free now.
    let (account, person) = {
        let zoho = &mut stage.world.borrow_mut().zoho;
        let account = zoho.insert("Accounts", &json!({"Account_Name": "Ash Paper"})).unwrap();
        let person = json!({"Last_Name": "Ash", "Email": "pay@ash.example", "Xero_Primary": true,
            "Account_Name": {"id": account}});
        let person = zoho.insert("Contacts", &person).unwrap();
        (account, person)
    };
    let sam = stage.sign_in(SALES);
    stage.advance(60);
    let first = stage.click(&sam, Module::Accounts, &account).entry;
    stage.advance(60);
    edit_as_sam(&stage, Module::Contacts, &person, &json!({"Email": "pay-me@evil.example"}));
    let told = stage.click(&sam, Module::Accounts, &account).entry;
    let contacts = stage.all_xero("Contacts");
    let contact = contacts.iter().find(|one| one["ContactID"] == json!(was.as_str())).unwrap();
    assert!(!contact.to_string().contains("evil"), "{first:#?} {told:#?}");
}

#[test]
fn a_decision_takes_nothing_from_a_record_that_whoever_decides_does_not_see() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let account = sandbox::seed::FIRST_ACCOUNT;
    stage.click(&ana, Module::Accounts, account);
    let contact = contact_of(&stage, Module::Accounts, account);
    let own = {
        let zoho = &mut stage.world.borrow_mut().zoho;
        zoho.clone_profile("Administrator", "Office").unwrap();
        let of_others = ("Accounts".to_owned(), Others::None);
        zoho.profile_named_mut("Office").unwrap().others_in.extend([of_others]);
        zoho.add_user("Ada", "Audit", "ada@bluegum.example", "Office").unwrap();
        zoho.insert_as("ada@bluegum.example", "Accounts", &json!({"Account_Name": "Ada's"})).unwrap()
    };
    let ada = stage.administrator("ada@bluegum.example");
    assert!(stage.view(&ada, Module::Accounts, account).is_err(), "the account is unknown to Ada");
    let xero_id = contact.clone();
    let decision = Decision::Link { xero_id, values: SourceOfTruth::Crm, instead_of: Some(id(account)) };
    let desk = Desk::default();
    let decided = stage.run(stage.engine(&desk).decide(&ada, &(Module::Accounts, id(&own)), &decision));
    assert_eq!(decided.map_err(|refusal| refusal.problem.code), Err(Code::CrmRecordNotFound));
    assert_eq!(stage.texts("SELECT crm_id FROM links WHERE xero_id IS NOT NULL"), [account]);
}
