//! A Xero contact has one owner: a name is not enough to write to what is somebody else's, nor to read it.

use crate::support::{ADMIN, BASE, Stage, id};
use crate::{SALES, allow};
use engine::access::rights::{Administrator, Member};
use engine::sync::Desk;
use sandbox::{World, seed};
use sandbox_zoho::{FieldProfiles, Others};
use serde_json::{Value, json};
use shared::api::runs::Scope;
use shared::api::{Outcome, SyncReply};
use shared::id::XeroId;
use shared::module::Module;
use shared::problem::{Code, Problem};
use shared::question::Decision;
use shared::settings::{Direction, SourceOfTruth};

/// What of colleagues' records the seller may.
fn of_others(stage: &Stage, modules: &[&str], others: Others) {
    allow(stage, |profile| profile.others_in.extend(modules.iter().map(|module| ((*module).to_owned(), others))));
}

fn edit_as_sam(stage: &Stage, module: Module, record: &str, change: &Value) {
    stage.world.borrow_mut().edit(SALES, module.api_name(), record, change).unwrap();
}

fn text_of(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap()
}

/// A record of the seller's own.
fn own(stage: &Stage, module: Module, mut record: Value) -> String {
    record["Owner"] = json!({"id": stage.user_id(SALES)});
    stage.world.borrow_mut().zoho.insert(module.api_name(), &record).unwrap()
}

fn told(problems: &[Problem], code: Code) -> Option<&Problem> {
    problems.iter().find(|problem| problem.code == code)
}

/// Says for an administrator that a record is what it may be.
fn confirm(stage: &Stage, ana: &Administrator, module: Module, record: &str) -> Result<(), Code> {
    let view = stage.view(ana, module, record).unwrap();
    let asks = told(&view.preview.problems, Code::PartnerUnconfirmed).unwrap();
    let question = asks.question.clone().unwrap();
    assert_eq!((question.module, question.crm_id.as_ref().unwrap().as_str()), (module, record));
    let decision = question.choices.into_iter().map(|choice| choice.decision).next().unwrap();
    assert!(matches!(decision, Decision::Link { .. }), "{decision:?}");
    let desk = Desk::default();
    stage.run(stage.engine(&desk).decide(ana, &(module, id(record)), &decision)).map_err(|refusal| refusal.problem.code)
}

/// What identifies a contact in Xero to people.
fn essence(contact: &Value) -> Value {
    json!([contact["Name"], contact["EmailAddress"], contact["Phones"], contact["Addresses"]])
}

/// A supplier that is in Xero, by whoever may send it.
fn supplier(stage: &Stage, ana: &Member) -> String {
    let vendor = json!({"Vendor_Name": "Ash Paper", "Email": "pay@ash.example", "Phone": "02 9000 1111",
                        "Street": "1 Mill Road", "City": "Albury"});
    let vendor = stage.world.borrow_mut().zoho.insert("Vendors", &vendor).unwrap();
    stage.click(ana, Module::Vendors, &vendor);
    stage.advance(60);
    vendor
}

#[test]
fn a_colleague_s_customer_is_not_written_through_a_person_of_the_same_name() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let account = seed::FIRST_ACCOUNT;
    stage.click(&ana, Module::Accounts, account);
    // Sam may read the colleague's account, and nothing else.
    of_others(&stage, &["Accounts"], Others::Read);
    let sam = stage.sign_in(SALES);
    stage.edit(Module::Accounts, account, &json!({"Fax": "7"}));
    let told = stage.click(&sam, Module::Accounts, account).entry;
    assert!(told.problems.iter().any(|problem| problem.code == Code::CrmNotEditable), "{told:#?}");
    let (at_xero, in_crm) = (stage.xero(Module::Accounts, account), stage.crm(Module::Accounts, account));
    // A person of Sam's own, called as the company is.
    let person = json!({"First_Name": "Harbour Light", "Last_Name": "Cafe", "Owner": {"id": stage.user_id(SALES)}});
    let person = stage.world.borrow_mut().zoho.insert("Contacts", &person).unwrap();
    stage.advance(60);
    stage.click(&sam, Module::Contacts, &person);
    stage.advance(60);
    edit_as_sam(
        &stage,
        Module::Contacts,
        &person,
        &json!({"Last_Name": "Scam", "Phone": "02 5550 6666",
                                                           "Email": "pay-me@evil.example"}),
    );
    stage.click(&sam, Module::Contacts, &person);
    let now = stage.xero(Module::Accounts, account);
    let mut changed: Vec<String> = ["Name", "EmailAddress", "Phones"]
        .iter()
        .filter(|field| now[**field] != at_xero[**field])
        .map(|field| format!("Xero's {field}: {}", now[*field]))
        .collect();
    // And the schedule carries it into the account, which the CRM keeps Sam from writing.
    stage.advance(60);
    stage.run_all(&ana, &[Module::Accounts], Direction::Both, Scope::Everything);
    let now = stage.crm(Module::Accounts, account);
    let of_crm = ["Account_Name", "Phone"].iter().filter(|field| now[**field] != in_crm[**field]);
    changed.extend(of_crm.map(|field| format!("the CRM's {field}: {}", now[*field])));
    assert!(changed.is_empty(), "{changed:#?}");
}

#[test]
fn a_customer_whom_somebody_does_not_see_is_not_read_through_a_person_of_the_same_name() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let account = seed::FIRST_ACCOUNT;
    stage.click(&ana, Module::Accounts, account);
    of_others(&stage, &["Accounts", "Contacts"], Others::None);
    let sam = stage.sign_in(SALES);
    assert!(stage.view(&sam, Module::Accounts, account).is_err(), "the account is unknown to Sam");
    let person = json!({"First_Name": "Harbour Light", "Last_Name": "Cafe", "Owner": {"id": stage.user_id(SALES)}});
    let person = stage.world.borrow_mut().zoho.insert("Contacts", &person).unwrap();
    stage.advance(60);
    let told = stage.click(&sam, Module::Contacts, &person);
    let mut found = Vec::new();
    if told.view.xero.is_some() {
        found.push(format!("the click: {}", text_of(&told.view.xero)));
    }
    // A colleague writes something into the account that is none of Sam's business.
    stage.advance(60);
    stage.edit(Module::Accounts, account, &json!({"Phone": "02 9777 1234", "Billing_Street": "9 Secret Lane"}));
    stage.click(&ana, Module::Accounts, account);
    stage.advance(60);
    let view = text_of(&stage.view(&sam, Module::Contacts, &person).unwrap());
    stage.click(&sam, Module::Contacts, &person);
    let of_crm = text_of(&stage.world.borrow().zoho.get_as(SALES, "Contacts", &person).unwrap());
    for secret in ["9777", "Secret Lane"] {
        for (place, text) in [("the preview", &view), ("Sam's own record in the CRM", &of_crm)] {
            if text.contains(secret) {
                found.push(format!("{place}: {secret}"));
            }
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn a_supplier_s_address_waits_whatever_else_stands_for_the_same_contact() {
    let mut sent = Vec::new();
    for module in [Module::Accounts, Module::Contacts] {
        let (stage, ana) = Stage::connected(World::standard(BASE));
        let vendor = json!({"Vendor_Name": "Ash Paper", "Email": "pay@ash.example"});
        let vendor = stage.world.borrow_mut().zoho.insert("Vendors", &vendor).unwrap();
        stage.click(&ana, Module::Vendors, &vendor);
        let supplier = stage.xero(Module::Vendors, &vendor)["ContactID"].clone();
        // Sam makes a customer with the supplier's name and syncs it: the two are one contact in Xero.
        let (record, person) = {
            let zoho = &mut stage.world.borrow_mut().zoho;
            match module {
                Module::Accounts => {
                    let account = zoho.insert("Accounts", &json!({"Account_Name": "Ash Paper"})).unwrap();
                    let person = json!({"Last_Name": "Ash", "Email": "pay@ash.example", "Xero_Primary": true,
                                        "Account_Name": {"id": account}});
                    let person = zoho.insert("Contacts", &person).unwrap();
                    (account, person)
                }
                _ => {
                    let person = json!({"First_Name": "Ash", "Last_Name": "Paper", "Email": "pay@ash.example"});
                    let person = zoho.insert("Contacts", &person).unwrap();
                    (person.clone(), person)
                }
            }
        };
        let sam = stage.sign_in(SALES);
        stage.advance(60);
        let told = stage.click(&sam, module, &record).entry;
        assert_eq!(stage.xero(Module::Vendors, &vendor)["EmailAddress"], "pay@ash.example", "{told:#?}");
        stage.advance(60);
        edit_as_sam(&stage, Module::Contacts, &person, &json!({"Email": "pay-me@evil.example"}));
        let told = stage.click(&sam, module, &record).entry;
        assert_eq!(stage.crm(module, &record)["Xero_ID"], supplier, "{module:?} {told:#?}");
        let address = stage.xero(Module::Vendors, &vendor)["EmailAddress"].clone();
        if address != "pay@ash.example" {
            sent.push(format!("{module:?}: {address}, with {} problems told", told.problems.len()));
        }
    }
    assert!(sent.is_empty(), "{sent:#?}");
}

#[test]
fn by_an_administrator_s_word_a_second_record_is_a_guest_of_the_contact() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let account = seed::FIRST_ACCOUNT;
    stage.click(&ana, Module::Accounts, account);
    of_others(&stage, &["Accounts"], Others::Read);
    let sam = stage.sign_in(SALES);
    let person = own(&stage, Module::Contacts, json!({"First_Name": "Harbour Light", "Last_Name": "Cafe"}));
    stage.advance(60);
    let reply = stage.click(&sam, Module::Contacts, &person);
    let asks = told(&reply.entry.problems, Code::PartnerUnconfirmed).unwrap();
    let told_of = asks.question.clone().unwrap();
    assert!(
        asks.place.is_none() && told_of.candidates.is_empty() && told_of.choices.is_empty(),
        "Sam is told that it is there, and no more: {asks:?}"
    );
    stage.run_all(&ana, &[Module::Contacts], Direction::Both, Scope::Everything);
    assert!(stage.crm(Module::Contacts, &person)["Xero_ID"].is_null(), "a run is nobody's word");
    confirm(&stage, &ana, Module::Contacts, &person).unwrap();
    let (at_xero, in_crm) = (stage.xero(Module::Accounts, account), stage.crm(Module::Accounts, account));
    let reply = stage.click(&sam, Module::Contacts, &person);
    assert_eq!(reply.entry.outcome, Outcome::Updated, "{:#?}", reply.entry.problems);
    assert_eq!(stage.crm(Module::Contacts, &person)["Xero_ID"], at_xero["ContactID"], "now they are one");
    assert!(reply.view.xero.is_some(), "{:#?}", reply.view);
    // What Sam types goes nowhere: not by a click, not by a run, nor by the click of who may edit both.
    let change = json!({"Last_Name": "Scam", "Phone": "02 5550 6666", "Mobile": "0400 000 000", "Mailing_City": "Nowhere",
                        "Email": "pay-me@evil.example"});
    stage.advance(60);
    edit_as_sam(&stage, Module::Contacts, &person, &change);
    let reply = stage.click(&sam, Module::Contacts, &person);
    let warned = told(&reply.entry.problems, Code::ContactShared).expect("it is told");
    assert!(warned.fix.contains("account"), "{warned:?}");
    stage.advance(60);
    let modules = [Module::Accounts, Module::Contacts];
    stage.run_all(&ana, &modules, Direction::Both, Scope::Everything);
    stage.advance(60);
    stage.click(&ana, Module::Contacts, &person);
    stage.click(&ana, Module::Accounts, account);
    assert_eq!(essence(&stage.xero(Module::Accounts, account)), essence(&at_xero));
    let now = stage.crm(Module::Accounts, account);
    for field in ["Account_Name", "Phone", "Billing_City"] {
        assert_eq!(now[field], in_crm[field], "{field}");
    }
}

#[test]
fn a_decision_takes_the_right_to_edit_what_it_is_about_and_moves_no_other_link() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let account = seed::FIRST_ACCOUNT;
    stage.click(&ana, Module::Accounts, account);
    let second = own(&stage, Module::Accounts, json!({"Account_Name": "Harbour Light Cafe"}));
    let contact = XeroId::new(stage.crm(Module::Accounts, account)["Xero_ID"].as_str().unwrap()).unwrap();
    let desk = Desk::default();
    let decide = |record: &str, decision: &Decision| {
        let decided = stage.run(stage.engine(&desk).decide(&ana, &(Module::Accounts, id(record)), decision));
        decided.map_err(|refusal| refusal.problem.code)
    };
    let link = |instead_of: Option<&str>| Decision::Link {
        xero_id: contact.clone(),
        values: SourceOfTruth::Crm,
        instead_of: instead_of.map(id),
    };
    // Whose it is has to be said, and rightly.
    assert_eq!(decide(&second, &link(None)), Err(Code::LinkedElsewhere));
    let third = stage.world.borrow().zoho.records("Accounts")[2]["id"].as_str().unwrap().to_owned();
    assert_eq!(decide(&second, &link(Some(&third))), Err(Code::LinkedElsewhere));
    // An administrator whose profile may not edit accounts decides about none.
    let read_only = |closed: bool| {
        let mut world = stage.world.borrow_mut();
        let profile = world.zoho.profile_of(ADMIN).unwrap().name.clone();
        let modules = &mut world.zoho.profile_named_mut(&profile).unwrap().read_only_modules;
        if closed { _ = modules.insert("Accounts".to_owned()) } else { _ = modules.remove("Accounts") }
    };
    read_only(true);
    let reader = stage.administrator(ADMIN);
    for decision in [link(Some(account)), Decision::SendNew { not: Vec::new() }, Decision::Unlink] {
        for record in [account, second.as_str()] {
            let refused = stage.run(stage.engine(&desk).decide(&reader, &(Module::Accounts, id(record)), &decision));
            assert_eq!(refused.unwrap_err().problem.code, Code::CrmNotEditable, "{decision:?}");
        }
    }
    let holder = || stage.texts("SELECT crm_id FROM links WHERE xero_id IS NOT NULL");
    assert_eq!(holder(), [account]);
    read_only(false);
    assert_eq!(decide(&second, &link(Some(account))), Ok(()));
    assert_eq!(holder(), [second.as_str()]);
}

#[test]
fn a_change_of_a_shared_contact_takes_the_right_to_edit_all_of_its_records() {
    for others in [Others::Read, Others::None, Others::Write] {
        let (stage, ana) = Stage::connected(World::standard(BASE));
        let vendor = supplier(&stage, &ana);
        let account = own(&stage, Module::Accounts, json!({"Account_Name": "Ash Paper"}));
        stage.click(&ana, Module::Accounts, &account);
        assert_eq!(stage.crm(Module::Accounts, &account)["Xero_ID"], stage.crm(Module::Vendors, &vendor)["Xero_ID"]);
        stage.advance(60);
        // The supplier is Sam's to edit, the customer is a colleague's.
        let colleague = json!({"Owner": {"id": stage.user_id(crate::support::ADMIN)}});
        stage.edit(Module::Accounts, &account, &colleague);
        stage.edit(Module::Vendors, &vendor, &json!({"Owner": {"id": stage.user_id(SALES)}}));
        of_others(&stage, &["Accounts"], others);
        let sam = stage.sign_in(SALES);
        let at_xero = stage.xero(Module::Vendors, &vendor);
        stage.advance(60);
        edit_as_sam(&stage, Module::Vendors, &vendor, &json!({"Phone": "02 9000 2222"}));
        let reply = stage.click(&sam, Module::Vendors, &vendor);
        let goes = others == Others::Write;
        assert_eq!(told(&reply.entry.problems, Code::ContactShared).is_none(), goes, "{:#?}", reply.entry.problems);
        assert_eq!(essence(&stage.xero(Module::Vendors, &vendor)) != essence(&at_xero), goes, "{others:?}");
        assert_eq!(reply.view.xero.is_some(), others != Others::None, "what Sam does not see is not told");
        // What is theirs to decide is not lost by it.
        stage.advance(60);
        stage.click(&ana, Module::Vendors, &vendor);
        assert!(text_of(&stage.xero(Module::Vendors, &vendor)).contains("2222"), "{others:?}");
    }
}

#[test]
fn a_customer_is_a_supplier_too_where_somebody_says_so_who_may_edit_both() {
    let joined = |reply: &SyncReply| told(&reply.entry.problems, Code::PartnerUnconfirmed).is_none();
    for (vendors, accounts, goes) in [
        (Others::Write, Others::Write, true),
        (Others::Read, Others::Write, false),
        (Others::None, Others::Write, false),
    ] {
        for module in [Module::Accounts, Module::Contacts] {
            let (stage, ana) = Stage::connected(World::standard(BASE));
            let vendor = supplier(&stage, &ana);
            let at_xero = stage.xero(Module::Vendors, &vendor);
            let name = match module {
                Module::Accounts => {
                    json!({"Account_Name": "ash paper", "Phone": "02 5550 6666", "Billing_City": "Nowhere"})
                }
                _ => {
                    json!({"First_Name": "Ash", "Last_Name": "Paper", "Phone": "02 5550 6666", "Mailing_City": "Nowhere"})
                }
            };
            let record = own(&stage, module, name);
            of_others(&stage, &["Vendors"], vendors);
            of_others(&stage, &["Accounts", "Contacts"], accounts);
            let sam = stage.sign_in(SALES);
            stage.run_all(&ana, &[module], Direction::Both, Scope::Everything);
            assert!(stage.crm(module, &record)["Xero_ID"].is_null(), "a run leaves it to be decided");
            stage.advance(60);
            let reply = stage.click(&sam, module, &record);
            assert_eq!(joined(&reply), goes, "{vendors:?} {:#?}", reply.entry.problems);
            assert_eq!(essence(&stage.xero(Module::Vendors, &vendor)), essence(&at_xero), "linked as it stands");
            let told = text_of(&stage.world.borrow().zoho.get_as(SALES, module.api_name(), &record).unwrap());
            assert!(!told.contains("9000 1111") && !told.contains("Albury"), "{told}");
            if goes {
                continue;
            }
            let reply = stage.click(&ana, module, &record);
            assert!(joined(&reply), "whoever may edit both: {:#?}", reply.entry.problems);
        }
    }
}

#[test]
fn a_typed_id_makes_no_record_of_the_same_name_a_second_owner() {
    for by_run in [false, true] {
        let mut world = World::standard(BASE);
        world.zoho.answers_mut().field_profiles = FieldProfiles::Refused;
        let (stage, ana) = Stage::connected(world);
        let account = seed::FIRST_ACCOUNT;
        stage.click(&ana, Module::Accounts, account);
        of_others(&stage, &["Accounts"], Others::Read);
        let sam = stage.sign_in(SALES);
        let named = stage.crm(Module::Accounts, account)["Xero_ID"].clone();
        let person = json!({"First_Name": "Harbour Light", "Last_Name": "Cafe", "Phone": "02 5550 6666"});
        let person = own(&stage, Module::Contacts, person);
        stage.advance(60);
        edit_as_sam(&stage, Module::Contacts, &person, &json!({"Xero_ID": named}));
        let at_xero = stage.xero(Module::Accounts, account);
        stage.advance(60);
        if by_run {
            stage.run_all(&ana, &[Module::Contacts], Direction::Both, Scope::Everything);
        } else {
            let reply = stage.click(&sam, Module::Contacts, &person);
            assert!(told(&reply.entry.problems, Code::PartnerUnconfirmed).is_some(), "{:#?}", reply.entry.problems);
            assert!(reply.view.xero.is_none());
        }
        assert_eq!(stage.number(&format!("SELECT count(*) FROM links WHERE crm_id = '{person}'")), 0);
        assert_eq!(essence(&stage.xero(Module::Accounts, account)), essence(&at_xero));
    }
}

#[test]
fn an_address_of_somebody_whose_bills_are_paid_waits_without_a_supplier_in_the_crm() {
    for bills in [false, true] {
        let (stage, ana) = Stage::connected(World::standard(BASE));
        let (tenant, now) = (stage.tenant(0), stage.now_utc());
        let contact = json!({"Name": "Ash Paper", "EmailAddress": "pay@ash.example"});
        let contact = stage.world.borrow_mut().xero.insert(&tenant, "Contacts", contact, now).unwrap();
        let account = if bills { "400" } else { "200" };
        let line = json!({"Description": "Paper", "Quantity": 1, "UnitAmount": 10, "AccountCode": account});
        let document = json!({"Type": if bills { "ACCPAY" } else { "ACCREC" }, "Status": "AUTHORISED",
            "Contact": {"ContactID": contact["ContactID"]}, "Date": "2026-06-01", "DueDate": "2026-06-30",
            "LineItems": [line]});
        stage.world.borrow_mut().xero.insert(&tenant, "Invoices", document, now).unwrap();
        let account = own(&stage, Module::Accounts, json!({"Account_Name": "Ash Paper"}));
        let person = json!({"Last_Name": "Ash", "Email": "pay-me@evil.example", "Account_Name": {"id": account}});
        own(&stage, Module::Contacts, person);
        let sam = stage.sign_in(SALES);
        // The name is the same and the address is not: whether the two are one is asked.
        let reply = stage.click(&sam, Module::Accounts, &account);
        assert_eq!(reply.entry.outcome, Outcome::Undecided, "{:#?}", reply.entry.problems);
        let address = |stage: &Stage| {
            let contacts = stage.all_xero("Contacts");
            let own = contacts.into_iter().find(|one| one["ContactID"] == contact["ContactID"]);
            own.unwrap()["EmailAddress"].clone()
        };
        assert_eq!(address(&stage), "pay@ash.example");
        // They are, and the CRM's values count: but for an address to which money may be sent.
        let xero_id = XeroId::new(contact["ContactID"].as_str().unwrap()).unwrap();
        let decision = Decision::Link { xero_id, values: SourceOfTruth::Crm, instead_of: None };
        let desk = Desk::default();
        stage.run(stage.engine(&desk).decide(&ana, &(Module::Accounts, id(&account)), &decision)).unwrap();
        let reply = stage.click(&sam, Module::Accounts, &account);
        let address = address(&stage);
        assert_eq!(address == json!("pay@ash.example"), bills, "{address} {:#?}", reply.entry);
        // That there was another address is told once the contact is the account's.
        stage.advance(60);
        let reply = stage.click(&sam, Module::Accounts, &account);
        assert_eq!(told(&reply.entry.problems, Code::EmailHeld).is_some(), bills, "{:#?}", reply.entry);
        assert_eq!(stage.xero(Module::Accounts, &account)["EmailAddress"], address);
    }
}
