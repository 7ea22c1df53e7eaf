//! Attacks that an outsider has found: each test says what should hold.

use crate::support::{BASE, Stage, id};
use crate::{allow, hide};
use engine::access::rights::Member;
use engine::sync::Desk;
use sandbox::{World, seed};
use sandbox_zoho::{Others, Standing};
use serde_json::{Value, json};
use shared::api::Outcome;
use shared::api::runs::{LogQuery, PairChoice, RecordRef, RunRequest, RunState, Scope};
use shared::module::Module;
use shared::problem::Code;
use shared::settings::{Direction, MatchRule, PrimaryContactRule};

use crate::SALES;

fn edit_as_sam(stage: &Stage, module: Module, record: &str, change: &Value) {
    stage.world.borrow_mut().edit(SALES, module.api_name(), record, change).unwrap();
}

fn text_of(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap()
}

fn people_of(stage: &Stage, account: &str) -> Vec<String> {
    let people = stage.world.borrow().zoho.records("Contacts");
    let of = people.into_iter().filter(|one| one["Account_Name"]["id"] == *account);
    of.map(|one| one["id"].as_str().unwrap().to_owned()).collect()
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
fn a_hidden_description_of_lines_decides_all_the_same() {
    let sent = |hidden: bool| {
        let (stage, ana) = Stage::connected(World::standard(BASE));
        let invoice = json!({
            "Subject": "Ink", "Status": "Approved", "Invoice_Date": "2026-03-02",
            "Account_Name": {"id": seed::FIRST_ACCOUNT},
            "Invoiced_Items": [{"Product_Name": {"id": seed::FIRST_PRODUCT}, "Quantity": 2, "List_Price": 12,
                                "Description": "Work for the Harbour project, as agreed on 3 March"}],
        });
        let invoice = stage.world.borrow_mut().zoho.insert("Invoices", &invoice).unwrap();
        if hidden {
            hide(&stage, "Invoiced_Items", "Description");
            let sam = stage.sign_in(SALES);
            stage.click(&sam, Module::Invoices, &invoice);
        } else {
            stage.click(&ana, Module::Invoices, &invoice);
        }
        stage.xero(Module::Invoices, &invoice)["LineItems"][0]["Description"].clone()
    };
    assert_eq!(sent(true), sent(false));
}

#[test]
fn a_colleague_s_customer_is_not_written_through_a_person_of_the_same_name() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let account = seed::FIRST_ACCOUNT;
    stage.click(&ana, Module::Accounts, account);
    // Sam may read the colleague's account, and nothing else.
    allow(&stage, |profile| drop(profile.others_in.insert("Accounts".to_owned(), Others::Read)));
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

// Reading.

#[test]
fn the_customer_of_a_document_is_told_to_nobody_from_whom_it_is_hidden() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let record = seed::FIRST_INVOICE;
    let customer = stage.crm(Module::Invoices, record)["Account_Name"]["name"].as_str().unwrap().to_owned();
    hide(&stage, "Invoices", "Account_Name");
    let sam = stage.sign_in(SALES);
    let desk = Desk::default();
    let engine = stage.engine(&desk);
    let found = std::cell::RefCell::new(Vec::new());
    let look = |what: &str, text: String| {
        if text.contains(&customer) {
            found.borrow_mut().push(what.to_owned());
        }
    };
    let view = stage.view(&sam, Module::Invoices, record).unwrap();
    look("the preview's dependencies", text_of(&view.preview.dependencies));
    look("the preview", text_of(&(&view.preview.changes, &view.preview.problems)));
    let own = stage.click(&sam, Module::Invoices, record).entry;
    look("the own entry's party", text_of(&own.party));
    look("the own entry's dependencies", text_of(&own.dependencies));
    look("the log's rows", text_of(&stage.run(engine.log_rows(&sam, &LogQuery::default())).unwrap()));
    look("the log's file", stage.run(engine.log_csv(&sam, &LogQuery::default())).unwrap());
    let query = LogQuery { name: Some(customer.to_lowercase()), ..LogQuery::default() };
    if !stage.run(engine.log_rows(&sam, &query)).unwrap().rows.is_empty() {
        found.borrow_mut().push("the log's search".to_owned());
    }
    stage.advance(60);
    stage.click(&ana, Module::Invoices, record);
    let page = stage.run(engine.entries(&sam, Module::Invoices, &id(record), None)).unwrap();
    look("a colleague's entry", text_of(&page.entries[0]));
    assert!(found.borrow().is_empty(), "{customer}: {:#?}", found.borrow());
}

#[test]
fn a_hidden_part_of_a_name_is_in_no_name() {
    let (stage, _) = Stage::connected(World::standard(BASE));
    let record = seed::CONTACT_ALONE;
    stage.edit(Module::Contacts, record, &json!({"First_Name": "Wilhelmina"}));
    hide(&stage, "Contacts", "First_Name");
    hide(&stage, "Contacts", "Full_Name");
    let sam = stage.sign_in(SALES);
    let seen = stage.world.borrow().zoho.get_as(SALES, "Contacts", record).unwrap();
    assert!(!text_of(&seen).contains("Wilhelmina"), "the CRM does not tell it: {seen:#}");
    let view = stage.view(&sam, Module::Contacts, record).unwrap();
    assert!(!text_of(&view).contains("Wilhelmina"), "the preview: {}", view.name);
    let reply = stage.click(&sam, Module::Contacts, record);
    assert!(!text_of(&reply.entry).contains("Wilhelmina"), "the entry: {}", reply.entry.name);
}

/// The first invoice, approved in the CRM, and the very same typed by hand at Xero.
fn typed_at_xero(stage: &Stage, ana: &Member, status: &str) -> Value {
    let record = seed::FIRST_INVOICE;
    stage.edit(Module::Invoices, record, &json!({"Status": "Approved"}));
    let copy = {
        let other = stage.copy();
        other.click(ana, Module::Invoices, record);
        other.xero(Module::Invoices, record)
    };
    let account = stage.crm(Module::Invoices, record)["Account_Name"]["id"].as_str().unwrap().to_owned();
    stage.click(ana, Module::Accounts, &account);
    let contact = stage.xero(Module::Accounts, &account)["ContactID"].clone();
    let of_line = |line: &Value| {
        let fields = ["Description", "Quantity", "UnitAmount", "TaxType", "AccountCode"];
        Value::Object(fields.iter().map(|field| ((*field).to_owned(), line[*field].clone())).collect())
    };
    let lines: Vec<Value> = copy["LineItems"].as_array().unwrap().iter().map(of_line).collect();
    let typed = json!({"Type": "ACCREC", "Contact": {"ContactID": contact}, "InvoiceNumber": copy["InvoiceNumber"],
                       "Reference": "settled with the secret discount", "Status": status, "LineItems": lines,
                       "Date": "2026-01-05", "DueDate": "2026-12-24", "LineAmountTypes": copy["LineAmountTypes"]});
    let (tenant, now) = (stage.tenant(0), stage.now_utc());
    stage.world.borrow_mut().xero.insert(&tenant, "Invoices", typed, now).unwrap()
}

#[test]
fn what_xero_knows_of_a_document_is_not_told_before_the_two_are_linked() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    typed_at_xero(&stage, &ana, "AUTHORISED");
    let sam = stage.sign_in(SALES);
    let view = stage.view(&sam, Module::Invoices, seed::FIRST_INVOICE).unwrap();
    assert!(view.xero.is_none(), "it is not linked: {:?}", view.xero);
    let text = text_of(&view);
    for secret in ["secret discount", "2026-12-24", "2026-01-05"] {
        assert!(!text.contains(secret), "{secret}: {:#?}", view.preview);
    }
}

#[test]
fn a_preview_s_problems_tell_no_hidden_value() {
    let (stage, _) = Stage::connected(World::standard(BASE));
    let account = seed::FIRST_ACCOUNT;
    let person = &people_of(&stage, account)[0];
    stage.edit(Module::Contacts, person, &json!({"Email": "private.käthe@home.example"}));
    hide(&stage, "Contacts", "Email");
    let sam = stage.sign_in(SALES);
    let view = stage.view(&sam, Module::Accounts, account).unwrap();
    assert!(!text_of(&view).contains("private.k"), "the preview: {:#?}", view.preview.problems);
    let reply = stage.click(&sam, Module::Accounts, account);
    assert!(!text_of(&reply).contains("private.k"), "the click: {:#?}", reply.view.preview.problems);
}

#[test]
fn a_customer_whom_somebody_does_not_see_is_not_read_through_a_person_of_the_same_name() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let account = seed::FIRST_ACCOUNT;
    stage.click(&ana, Module::Accounts, account);
    for module in ["Accounts", "Contacts"] {
        allow(&stage, |profile| drop(profile.others_in.insert(module.to_owned(), Others::None)));
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

#[test]
fn a_value_that_came_from_a_hidden_field_stays_hidden_when_the_mapping_changes() {
    use shared::settings::fields::{FieldMapping, FieldSource};
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let account = seed::FIRST_ACCOUNT;
    let map = |source: FieldSource| {
        stage.choose(|settings| {
            let mapping = FieldMapping { source, default: None };
            settings.fields.entry(Module::Accounts).or_default().insert("phone".to_owned(), mapping);
        });
    };
    map(FieldSource::Field("Fax".to_owned()));
    stage.edit(Module::Accounts, account, &json!({"Fax": "02 9777 1234", "Phone": "02 5550 0000"}));
    hide(&stage, "Accounts", "Fax");
    stage.click(&ana, Module::Accounts, account);
    let sam = stage.sign_in(SALES);
    let told = || {
        let desk = Desk::default();
        text_of(&stage.run(stage.engine(&desk).entries(&sam, Module::Accounts, &id(account), None)).unwrap())
    };
    assert!(!told().contains("9777"), "while it is mapped");
    map(FieldSource::Standard);
    stage.choose(|settings| {
        let mapping = FieldMapping { source: FieldSource::Nothing, default: None };
        settings.fields.entry(Module::Accounts).or_default().insert("fax".to_owned(), mapping);
    });
    assert!(!told().contains("9777"), "{}", told());
}

#[test]
fn what_xero_would_fill_in_is_not_told_before_the_two_are_linked() {
    let (stage, _) = Stage::connected(World::standard(BASE));
    let (tenant, now) = (stage.tenant(0), stage.now_utc());
    let contact = json!({"Name": "Secret Supplies", "EmailAddress": "owner@secret.example", "FirstName": "Hidden",
                         "LastName": "Owner",
                         "Phones": [{"PhoneType": "DEFAULT", "PhoneNumber": "555 0199"}],
                         "Addresses": [{"AddressType": "POBOX", "City": "Nowhereton"}]});
    stage.world.borrow_mut().xero.insert(&tenant, "Contacts", contact, now).unwrap();
    let account = json!({"Account_Name": "Secret Supplies"});
    let account = stage.world.borrow_mut().zoho.insert("Accounts", &account).unwrap();
    // Sam may look only: nothing of it is linked by a click either.
    allow(&stage, |profile| drop(profile.read_only_modules.insert("Accounts".to_owned())));
    let sam = stage.sign_in(SALES);
    let view = stage.view(&sam, Module::Accounts, &account).unwrap();
    let text = text_of(&view);
    for secret in ["owner@secret", "0199", "Nowhereton", "Hidden"] {
        assert!(!text.contains(secret), "{secret}: {:#?}", view.preview.changes);
    }
    // Who may edit it is told no more before the click.
    allow(&stage, |profile| drop(profile.read_only_modules.remove("Accounts")));
    let sam = stage.sign_in(SALES);
    let view = stage.view(&sam, Module::Accounts, &account).unwrap();
    let text = text_of(&view);
    for secret in ["owner@secret", "0199", "Nowhereton", "Hidden"] {
        assert!(!text.contains(secret), "{secret}: {:#?}", view.preview.changes);
    }
}

#[test]
fn what_keeps_a_customer_back_is_told_to_nobody_who_does_not_see_it() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    stage.choose(|settings| settings.parties.primary_contact = PrimaryContactRule::Require);
    let account = stage.world.borrow_mut().zoho.insert("Accounts", &json!({"Account_Name": "Zebra Holding"})).unwrap();
    let invoice = json!({
        "Subject": "Ink", "Status": "Approved", "Invoice_Date": "2026-03-02",
        "Account_Name": {"id": account}, "Owner": {"id": stage.user_id(SALES)},
        "Invoiced_Items": [{"Product_Name": {"id": seed::FIRST_PRODUCT}, "Quantity": 2, "List_Price": 12}],
    });
    let invoice = stage.world.borrow_mut().zoho.insert("Invoices", &invoice).unwrap();
    for _ in 0..5 {
        stage.run_all(&ana, &[Module::Accounts], Direction::ToXero, Scope::SinceLast);
        stage.advance(60);
    }
    allow(&stage, |profile| drop(profile.others_in.insert("Accounts".to_owned(), Others::None)));
    let sam = stage.sign_in(SALES);
    let refused = stage.view(&sam, Module::Accounts, &account).unwrap_err();
    assert_eq!(refused.problem.code, Code::CrmRecordNotFound);
    let run = list(&stage, &sam, Module::Invoices, &[&invoice]);
    let entries = stage.entries_of(&run);
    assert_eq!(entries[0].outcome, Outcome::Deferred, "{entries:#?}");
    let text = text_of(&entries).to_lowercase();
    assert!(!text.contains("primary contact") && !text.contains("contact person"), "{entries:#?}");
}
