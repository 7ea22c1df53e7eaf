//! Attacks that an outsider has found: each test says what should hold.

use crate::support::{BASE, Stage};
use crate::{SALES, allow, typed_at_xero};
use engine::access::rights::Member;
use engine::sync::Desk;
use sandbox::{World, seed};
use sandbox_zoho::{Others, Standing};
use serde_json::{Value, json};
use shared::api::runs::{PairChoice, RecordRef, RunRequest, RunState, Scope};
use shared::module::Module;
use shared::problem::Code;
use shared::settings::{Direction, MatchRule};

fn text_of(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap()
}

fn edit_as_sam(stage: &Stage, module: Module, record: &str, change: &Value) {
    stage.world.borrow_mut().edit(SALES, module.api_name(), record, change).unwrap();
}

/// A run of chosen records, by its id.
fn list(stage: &Stage, who: &Member, module: Module, records: &[&str]) -> String {
    let desk = Desk::default();
    let records = records.iter().map(|record| RecordRef { module, id: (*record).to_owned() }).collect();
    let pairs = vec![PairChoice { module, direction: Direction::ToXero }];
    let request = RunRequest { pairs, scope: Scope::Records(records), preview: false };
    let run = stage.run(stage.engine(&desk).start_run(who, &request)).unwrap();
    stage.take_steps_of_run(&desk, who);
    run.id
}

#[test]
fn a_run_that_a_leaver_began_ends_with_them() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    stage.world.borrow_mut().zoho.set_profile(SALES, "Administrator");
    let sam = stage.sign_in(SALES);
    let desk = Desk::default();
    let run = stage.start_run(&desk, &sam, &[Module::Products], Direction::ToXero, Scope::Everything);
    stage.world.borrow_mut().zoho.set_standing(SALES, Standing::Deactivated);
    stage.advance(601);
    stage.take_steps_of_run(&desk, &ana);
    let run = stage.run(stage.engine(&desk).run(&ana, &run.id)).unwrap();
    assert_ne!(run.state, RunState::Done, "{:?}", run.counts);
}

// Writing.

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
fn a_colleague_s_customer_is_not_written_through_a_person_of_the_same_name() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let account = seed::FIRST_ACCOUNT;
    stage.click(&ana, Module::Accounts, account);
    // Sam may read the colleague's account, and nothing else.
    allow(&stage, |profile| _ = profile.others_in.insert("Accounts".to_owned(), Others::Read));
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
fn an_address_that_somebody_types_renames_no_foreign_contact() {
    let (stage, _) = Stage::connected(World::standard(BASE));
    stage.choose(|settings| settings.parties.matching = MatchRule::NameThenEmail);
    let (tenant, now) = (stage.tenant(0), stage.now_utc());
    let contact = json!({"Name": "Payroll Partner", "EmailAddress": "payroll@partner.example"});
    let contact = stage.world.borrow_mut().xero.insert(&tenant, "Contacts", contact, now).unwrap();
    let account = {
        let zoho = &mut stage.world.borrow_mut().zoho;
        let account = zoho.insert("Accounts", &json!({"Account_Name": "Sam and Sons"})).unwrap();
        let person = json!({"Last_Name": "Sam", "Email": "payroll@partner.example", "Account_Name": {"id": account}});
        zoho.insert("Contacts", &person).unwrap();
        account
    };
    let sam = stage.sign_in(SALES);
    let told = stage.click(&sam, Module::Accounts, &account).entry;
    let now = stage.all_xero("Contacts").into_iter().find(|one| one["ContactID"] == contact["ContactID"]).unwrap();
    assert_eq!(now["Name"], "Payroll Partner", "{:?} {:#?}", told.outcome, told.problems);
}

#[test]
fn what_others_adopt_is_approved_by_nobody_s_status() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let typed = typed_at_xero(&stage, &ana, "DRAFT");
    stage.choose(|settings| settings.senders.approvers.closed = true);
    let sam = stage.sign_in(SALES);
    let told = stage.click(&sam, Module::Invoices, seed::FIRST_INVOICE).entry;
    let now = stage.all_xero("Invoices").into_iter().find(|one| one["InvoiceID"] == typed["InvoiceID"]).unwrap();
    assert_ne!(now["Status"], "AUTHORISED", "{told:#?}");
}

/// Lets only administrators send documents, or parties and products.
fn close(stage: &Stage, documents: bool, parties: bool) {
    stage.choose(|settings| {
        settings.senders.documents.closed = documents;
        settings.senders.parties.closed = parties;
    });
}

#[test]
fn a_product_of_a_released_document_is_sent_by_nobody_outside() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    close(&stage, true, false);
    let record = seed::FIRST_INVOICE;
    stage.edit(Module::Invoices, record, &json!({"Status": "Approved"}));
    stage.click(&ana, Module::Invoices, record);
    let before = stage.xero(Module::Invoices, record)["Contact"]["ContactID"].clone();
    let account = stage.crm(Module::Invoices, record)["Account_Name"]["id"].as_str().unwrap().to_owned();
    stage.advance(60);
    let sam = stage.sign_in(SALES);
    edit_as_sam(&stage, Module::Invoices, record, &json!({"Account_Name": {"id": seed::ACCOUNT_NO_CONTACTS}}));
    stage.click(&sam, Module::Accounts, &account);
    stage.click(&sam, Module::Accounts, seed::ACCOUNT_NO_CONTACTS);
    stage.advance(60);
    stage.run_all(&ana, &[Module::Accounts, Module::Invoices], Direction::Both, Scope::Everything);
    assert_eq!(stage.xero(Module::Invoices, record)["Contact"]["ContactID"], before);
}

#[test]
fn a_supplier_s_address_waits_where_another_person_is_ticked() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let (vendor, evil) = {
        let zoho = &mut stage.world.borrow_mut().zoho;
        let vendor = zoho.insert("Vendors", &json!({"Vendor_Name": "Ash Paper", "Email": "pay@ash.example"})).unwrap();
        let of = json!({"id": vendor});
        let good = json!({"Last_Name": "Good", "Email": "good@ash.example", "Xero_Primary": true, "Vendor_Name": of});
        zoho.insert("Contacts", &good).unwrap();
        let evil = json!({"Last_Name": "Evil", "Email": "evil@evil.example", "Vendor_Name": of});
        (vendor, zoho.insert("Contacts", &evil).unwrap())
    };
    stage.click(&ana, Module::Vendors, &vendor);
    let before = stage.xero(Module::Vendors, &vendor)["EmailAddress"].clone();
    let good =
        stage.world.borrow().zoho.records("Contacts").into_iter().find(|one| one["Last_Name"] == "Good").unwrap();
    stage.advance(60);
    let sam = stage.sign_in(SALES);
    edit_as_sam(&stage, Module::Contacts, good["id"].as_str().unwrap(), &json!({"Xero_Primary": false}));
    edit_as_sam(&stage, Module::Contacts, &evil, &json!({"Xero_Primary": true}));
    stage.click(&sam, Module::Vendors, &vendor);
    assert_eq!(stage.xero(Module::Vendors, &vendor)["EmailAddress"], before);
    // The person's own record is no way around it either.
    stage.advance(60);
    edit_as_sam(&stage, Module::Contacts, &evil, &json!({"Vendor_Name": null}));
    stage.click(&sam, Module::Contacts, &evil);
    assert_eq!(stage.xero(Module::Vendors, &vendor)["EmailAddress"], before);
}

#[test]
fn a_supplier_that_xero_has_keeps_its_address_when_it_is_linked() {
    for by_run in [false, true] {
        let (stage, _) = Stage::connected(World::standard(BASE));
        let (tenant, now) = (stage.tenant(0), stage.now_utc());
        let contact = json!({"Name": "Ash Paper", "EmailAddress": "pay@ash.example", "IsSupplier": true});
        let contact = stage.world.borrow_mut().xero.insert(&tenant, "Contacts", contact, now).unwrap();
        // Sam makes a vendor of that name, with an address of Sam's.
        let vendor = json!({"Vendor_Name": "Ash Paper", "Email": "pay-me@evil.example"});
        let vendor = stage.world.borrow_mut().zoho.insert("Vendors", &vendor).unwrap();
        let sam = stage.sign_in(SALES);
        if by_run {
            list(&stage, &sam, Module::Vendors, &[&vendor]);
        } else {
            stage.click(&sam, Module::Vendors, &vendor);
        }
        stage.advance(60);
        stage.click(&sam, Module::Vendors, &vendor);
        let now = stage.all_xero("Contacts").into_iter().find(|one| one["ContactID"] == contact["ContactID"]).unwrap();
        assert_eq!(now["EmailAddress"], "pay@ash.example", "{by_run}");
    }
}

#[test]
fn a_customer_whom_somebody_does_not_see_is_not_read_through_a_person_of_the_same_name() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let account = seed::FIRST_ACCOUNT;
    stage.click(&ana, Module::Accounts, account);
    for module in ["Accounts", "Contacts"] {
        allow(&stage, |profile| _ = profile.others_in.insert(module.to_owned(), Others::None));
    }
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
