//! Cases of real organisations, each under its number: what comes from Xero and does not fit the CRM, what the CRM refuses,
//! and what Xero does not take.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use crate::support;

use engine::access::rights::Administrator;
use engine::sync::Desk;
use rust_decimal::Decimal;
use sandbox::{ApiName, World, seed};
use sandbox_zoho::{FieldRule, Kind, RecordFlag};
use serde_json::{Value, json};
use shared::api::runs::Scope;
use shared::api::{Action, EntryView, Outcome, Written};
use shared::module::Module;
use shared::problem::{Code, Problem};
use shared::settings::{ApprovedEdits, Direction, SettingChange};
use support::{BASE, Stage};

/// How a record is synced: by hand, or by a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    Click,
    Run,
}

const BOTH: [By; 2] = [By::Click, By::Run];

/// Syncs a record, and gives what the log says of it.
fn sync(stage: &Stage, ana: &Administrator, module: Module, record: &str, by: By) -> EntryView {
    stage.advance(5);
    let entry = match by {
        By::Click => stage.click(ana, module, record).entry,
        By::Run => {
            let run = stage.run_all(ana, &[module], Direction::Both, Scope::SinceLast);
            let entries = stage.entries_of(&run.id);
            entries.into_iter().find(|entry| entry.record_id == record).unwrap()
        }
    };
    stage.advance(5);
    entry
}

fn writes(stage: &Stage, mark: sandbox::Mark) -> Vec<String> {
    let world = stage.world.borrow();
    let calls = world.calls_since(mark);
    let written = calls.iter().filter(|call| call.method != "GET" && !call.path.contains("/token"));
    let read = |path: &str| path.ends_with("/coql") || path.contains("composite");
    written.filter(|call| !read(&call.path)).map(|call| format!("{} {}", call.method, call.path)).collect()
}

/// A further sync that changes nothing.
fn assert_at_rest(stage: &Stage, ana: &Administrator, module: Module, record: &str) {
    stage.advance(5);
    let mark = stage.world.borrow().mark();
    let reply = stage.click(ana, module, record);
    assert_eq!(writes(stage, mark), Vec::<String>::new(), "{:#?}", reply.entry);
}

fn codes(entry: &EntryView) -> Vec<Code> {
    entry.problems.iter().map(|problem| problem.code).collect()
}

fn money(value: &Value) -> Decimal {
    value.to_string().trim_matches('"').parse().unwrap()
}

fn set(stage: &Stage, user: &Administrator, change: &SettingChange) {
    let desk = Desk::default();
    stage.run(stage.engine(&desk).change_setting(user, change)).unwrap();
}

/// An organisation whose account numbers are texts, as those of another age have them.
fn with_text_numbers(mut world: World) -> World {
    assert!(world.zoho.retype("Accounts", "Account_Number", Kind::Text, Some(40)));
    world
}

/// An account in step, and its contact at Xero.
fn account() -> (Stage, Administrator, String) {
    let (stage, ana) = Stage::connected(with_text_numbers(World::standard(BASE)));
    let fields = json!({"Account_Name": "Bilby Books", "Phone": "+61 2 5550 1234", "Billing_City": "Sydney"});
    stage.edit(Module::Accounts, seed::FIRST_ACCOUNT, &fields);
    stage.run_all(&ana, &[Module::Accounts], Direction::Both, Scope::SinceLast);
    let contact = stage.xero(Module::Accounts, seed::FIRST_ACCOUNT)["ContactID"].as_str().unwrap().to_owned();
    stage.advance(60);
    (stage, ana, contact)
}

fn phones(number: &str) -> Value {
    json!([{"PhoneType": "DEFAULT", "PhoneNumber": number, "PhoneAreaCode": "", "PhoneCountryCode": ""}])
}

/// The warning of a value that did not come as it is: it names the value and Xero, and leads there.
#[track_caller]
fn assert_told<'a>(entry: &'a EntryView, value: &str) -> &'a Problem {
    let told = entry.problems.iter().find(|problem| problem.what.contains(value));
    let told = told.unwrap_or_else(|| panic!("{value} is not told: {:#?}", entry.problems));
    assert!(!told.stops(), "{told:#?}");
    assert!(told.fix.contains("Xero"), "{told:#?}");
    assert!(told.place.as_ref().unwrap().label.contains("in Xero"), "{told:#?}");
    told
}

#[test]
fn f04_a_value_that_the_crm_s_field_does_not_take_costs_the_others_nothing() {
    let (stage, ana, contact) = account();
    let long_street = |at: usize| format!("{at} {}", "Long Street ".repeat(10).trim());
    let lines: Vec<String> = (1..=4).map(long_street).collect();
    let name = format!("Bilby {}", "Books ".repeat(40).trim());
    let name: String = name.chars().take(230).collect::<String>().trim().to_owned();
    let first = "Bartholomew Aloysius Montgomery Ferdinand Jr the Third Esq";
    let city = "C".repeat(120);
    let number = "BB-".to_owned() + &"7".repeat(42);
    // What is changed in Xero, what is told of it, and the CRM's field with what it holds then.
    type Variant<'a> = (&'a str, Value, &'a str, Module, &'a str, Value);
    let variants: Vec<Variant<'_>> = vec![
        (
            "a slash in the phone number",
            json!({"Phones": phones("5550 1234 / 0400 111 222")}),
            "5550 1234 / 0400 111 222",
            Module::Accounts,
            "Phone",
            json!("+61 2 5550 1234"),
        ),
        (
            "a long phone number",
            json!({"Phones": phones("5550 1234 (ask for Jo: after 5 pm)")}),
            "ask for Jo",
            Module::Accounts,
            "Phone",
            json!("+61 2 5550 1234"),
        ),
        (
            "country, area and number together too long",
            json!({"Phones": [{"PhoneType": "DEFAULT", "PhoneCountryCode": "0061", "PhoneAreaCode": "02",
                "PhoneNumber": "5550 1234 extension 4455 night"}]}),
            "extension 4455 night",
            Module::Accounts,
            "Phone",
            json!("+61 2 5550 1234"),
        ),
        (
            "a street of more than 250",
            json!({"Addresses": [{"AddressType": "POBOX", "AddressLine1": lines[0], "AddressLine2": lines[1],
                "AddressLine3": lines[2], "AddressLine4": lines[3], "City": "Sydney"}]}),
            "1 Long Street",
            Module::Accounts,
            "Billing_Street",
            json!(lines.join("\n").chars().take(250).collect::<String>().trim_end()),
        ),
        (
            "a city of more than 100",
            json!({"Addresses": [{"AddressType": "POBOX", "City": city}]}),
            &city[..101],
            Module::Accounts,
            "Billing_City",
            json!("C".repeat(100)),
        ),
        (
            "a name of 230",
            json!({"Name": name}),
            "Bilby Books",
            Module::Accounts,
            "Account_Name",
            json!(name.chars().take(200).collect::<String>().trim_end()),
        ),
        (
            "a long first name",
            json!({"FirstName": first}),
            first,
            Module::Contacts,
            "First_Name",
            json!(first.chars().take(40).collect::<String>().trim_end()),
        ),
        (
            "a long account number",
            json!({"AccountNumber": number}),
            &number,
            Module::Accounts,
            "Account_Number",
            json!(number.chars().take(40).collect::<String>()),
        ),
    ];
    for (variant, mut change, told, module, field, wanted) in variants {
        for by in BOTH {
            let stage = stage.copy();
            let what = format!("{variant}, {by:?}");
            if change.get("AccountNumber").is_none() {
                change["AccountNumber"] = json!("BB-77");
            }
            stage.edit_xero("Contacts", &contact, change.clone());
            let entry = sync(&stage, &ana, Module::Accounts, seed::FIRST_ACCOUNT, by);
            assert_eq!(entry.outcome, Outcome::Updated, "{what}: {entry:#?}");
            assert_told(&entry, told);
            let crm = stage.crm(Module::Accounts, seed::FIRST_ACCOUNT);
            if field != "Account_Number" {
                assert_eq!(crm["Account_Number"], "BB-77", "{what}");
            }
            let holder = match module {
                Module::Contacts => {
                    let contacts = stage.world.borrow().zoho.records("Contacts");
                    let own = |contact: &&Value| contact["Account_Name"]["id"] == seed::FIRST_ACCOUNT;
                    contacts.iter().find(own).unwrap().clone()
                }
                _ => crm,
            };
            assert_eq!(holder[field], wanted, "{what}");
            // What is logged as written was written.
            let logged = entry.changes.iter().filter(|change| change.written == Written::Crm);
            let logged: Vec<&str> = logged.map(|change| change.key.as_str()).collect();
            assert!(logged.contains(&"account_number"), "{what}: {logged:?}");
            assert_eq!(
                logged.contains(&"phone"),
                wanted != "+61 2 5550 1234" && field == "Phone",
                "{what}: {logged:?}"
            );
            // Nothing of it goes back to Xero, and nothing is written again.
            let after = stage.world.borrow().xero.get(&stage.tenant(0), "Contacts", &contact).unwrap();
            for (name, value) in change.as_object().unwrap().iter().filter(|(name, _)| !name.ends_with('s')) {
                assert_eq!(after[name], *value, "{what}");
            }
            assert_at_rest(&stage, &ana, Module::Accounts, seed::FIRST_ACCOUNT);
        }
    }
}

#[test]
fn f04_what_the_crm_refuses_by_a_rule_of_its_own_costs_the_others_nothing_either() {
    let (stage, ana, contact) = account();
    for (named, code) in [(true, "INVALID_DATA"), (true, "DUPLICATE_DATA"), (true, "SOMETHING_NEW"), (false, "RULE")] {
        for by in BOTH {
            let stage = stage.copy();
            let rule = |field: &str| FieldRule { module: "Accounts".to_owned(), field: field.to_owned(), code, named };
            {
                let mut world = stage.world.borrow_mut();
                world.zoho.add_rule(rule("Fax"));
                world.zoho.add_rule(rule("Billing_City"));
            }
            let change = json!({
                "AccountNumber": "BB-77",
                "Phones": [{"PhoneType": "FAX", "PhoneNumber": "5550 9999"}],
                "Addresses": [{"AddressType": "POBOX", "City": "Hobart"}],
            });
            stage.edit_xero("Contacts", &contact, change);
            let entry = sync(&stage, &ana, Module::Accounts, seed::FIRST_ACCOUNT, by);
            let crm = stage.crm(Module::Accounts, seed::FIRST_ACCOUNT);
            let logged: Vec<&str> = entry.changes.iter().map(|change| change.key.as_str()).collect();
            assert!(crm["Fax"].is_null() && crm["Billing_City"] == "Sydney");
            assert!(!logged.contains(&"fax") && !logged.contains(&"billing.city"), "{logged:?}");
            if named {
                assert_eq!(entry.outcome, Outcome::Updated, "{code} {by:?}: {entry:#?}");
                assert_eq!(crm["Account_Number"], "BB-77", "{code} {by:?}");
                assert_eq!(codes(&entry), [Code::CrmValueRefused, Code::CrmValueRefused], "{:#?}", entry.problems);
                assert_told(&entry, "5550 9999");
                let told = assert_told(&entry, "Hobart");
                assert!(told.fix.contains("CRM") && told.said.as_ref().unwrap().contains(code), "{told:#?}");
            } else {
                // Nobody knows which it was: only what tells of Xero is written, and the reason stays an error.
                assert_eq!(entry.outcome, Outcome::Failed, "{code} {by:?}: {entry:#?}");
                assert!(logged.is_empty() && crm["Account_Number"] != "BB-77", "{logged:?}");
            }
            // It comes once the rule is gone.
            stage.world.borrow_mut().zoho.clear_rules();
            sync(&stage, &ana, Module::Accounts, seed::FIRST_ACCOUNT, By::Click);
            let crm = stage.crm(Module::Accounts, seed::FIRST_ACCOUNT);
            assert_eq!((&crm["Fax"], &crm["Billing_City"]), (&json!("5550 9999"), &json!("Hobart")));
            assert_eq!(crm["Account_Number"], "BB-77");
            assert_at_rest(&stage, &ana, Module::Accounts, seed::FIRST_ACCOUNT);
        }
    }
}

#[test]
fn a_value_that_the_crm_refuses_of_a_person_costs_the_person_nothing_else() {
    let (stage, ana, contact) = account();
    for by in BOTH {
        let stage = stage.copy();
        let rule =
            FieldRule { module: "Contacts".to_owned(), field: "Mobile".to_owned(), code: "INVALID_DATA", named: true };
        stage.world.borrow_mut().zoho.add_rule(rule);
        let change = json!({
            "FirstName": "Josephine",
            "Phones": [{"PhoneType": "MOBILE", "PhoneNumber": "0400 000 111"}],
        });
        stage.edit_xero("Contacts", &contact, change);
        let entry = sync(&stage, &ana, Module::Accounts, seed::FIRST_ACCOUNT, by);
        assert_eq!(entry.outcome, Outcome::Updated, "{entry:#?}");
        assert_told(&entry, "0400 000 111");
        let logged: Vec<&str> = entry.changes.iter().map(|change| change.key.as_str()).collect();
        assert_eq!(logged, ["person.first_name"]);
        let contacts = stage.world.borrow().zoho.records("Contacts");
        let own = |contact: &&Value| contact["Account_Name"]["id"] == seed::FIRST_ACCOUNT;
        assert_eq!(contacts.iter().find(own).unwrap()["First_Name"], "Josephine");
    }
}

/// A draft of one labour line of 100, in step.
fn invoice() -> (Stage, Administrator, String) {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let invoice = new_invoice(&stage, "Wombat Works", &[("LAB-1", "Labour")], 0, "Created");
    stage.advance(60);
    let entry = stage.click(&ana, Module::Invoices, &invoice).entry;
    assert_eq!(entry.outcome, Outcome::Created, "{:#?}", entry.problems);
    stage.advance(60);
    (stage, ana, invoice)
}

fn new_invoice(stage: &Stage, party: &str, products: &[(&str, &str)], adjustment: i64, status: &str) -> String {
    let mut world = stage.world.borrow_mut();
    let account = world.zoho.insert("Accounts", &json!({"Account_Name": party})).unwrap();
    let person = json!({"Last_Name": "Jones", "Email": "jones@wombat.example", "Account_Name": {"id": account}});
    world.zoho.insert("Contacts", &person).unwrap();
    let rows: Vec<Value> = products
        .iter()
        .map(|(code, name)| {
            let product =
                json!({"Product_Code": code, "Product_Name": name, "Unit_Price": 100, "Product_Active": true});
            let product = world.zoho.insert("Products", &product).unwrap();
            json!({"Product_Name": {"id": product}, "Quantity": 1, "List_Price": 100,
                "Line_Tax": [{"name": "GST", "percentage": 10}]})
        })
        .collect();
    let document = json!({
        "Subject": "Work of November", "Status": status, "Account_Name": {"id": account},
        "Invoice_Date": "2026-11-20", "Due_Date": "2026-12-20", "Adjustment": adjustment, "Invoiced_Items": rows,
    });
    world.zoho.insert("Invoices", &document).unwrap()
}

fn xero_invoice(stage: &Stage, record: &str) -> Value {
    stage.xero(Module::Invoices, record)
}

fn pay(stage: &Stage, invoice: &str, amount: i64) {
    let (tenant, now) = (stage.tenant(0), stage.world.borrow().now());
    stage.world.borrow_mut().xero.pay(&tenant, invoice, amount.into(), now.date_naive(), now).unwrap();
}

#[test]
fn f05_a_long_line_text_does_not_hide_a_payment() {
    let (stage, ana, record) = invoice();
    for by in BOTH {
        let stage = stage.copy();
        let before = xero_invoice(&stage, &record);
        let (id, line) = (before["InvoiceID"].as_str().unwrap(), &before["LineItems"][0]);
        let text = "Labour, as agreed. ".repeat(140).chars().take(2_560).collect::<String>();
        let change = json!({"Status": "AUTHORISED", "LineItems": [{"LineItemID": line["LineItemID"], "Quantity": 2,
            "Description": text.trim()}]});
        stage.edit_xero("Invoices", id, change);
        pay(&stage, id, 220);
        let entry = sync(&stage, &ana, Module::Invoices, &record, by);
        assert_eq!(entry.outcome, Outcome::Updated, "{entry:#?}");
        let crm = stage.crm(Module::Invoices, &record);
        assert_eq!((&crm["Status"], &crm["Xero_Status"]), (&json!("Approved"), &json!("PAID")));
        assert_eq!((money(&crm["Xero_Amount_Paid"]), money(&crm["Xero_Amount_Due"])), (220.into(), 0.into()));
        assert_eq!(money(&crm["Invoiced_Items"][0]["Quantity"]), 2.into());
        let written = crm["Invoiced_Items"][0]["Description"].as_str().unwrap();
        assert_eq!(written, text.chars().take(2_000).collect::<String>().trim_end());
        assert_told(&entry, "Labour, as agreed.");
        // The button, and no run, asks for the page on which it is paid.
        sync(&stage, &ana, Module::Invoices, &record, By::Click);
        assert_at_rest(&stage, &ana, Module::Invoices, &record);
        let after = xero_invoice(&stage, &record);
        assert_eq!(after["LineItems"][0]["Description"], text.trim(), "Xero's text stays whole");
    }
}

#[test]
fn f05_status_and_payment_come_through_whatever_the_crm_refuses() {
    let (stage, ana, record) = invoice();
    for (module, field, named) in [
        ("Invoiced_Items", "Description", true),
        ("Invoiced_Items", "Quantity", true),
        ("Invoiced_Items", "Quantity", false),
        ("Invoices", "Subject", true),
        ("Invoices", "Due_Date", false),
    ] {
        for by in BOTH {
            let stage = stage.copy();
            let rule = FieldRule { module: module.to_owned(), field: field.to_owned(), code: "INVALID_DATA", named };
            stage.world.borrow_mut().zoho.add_rule(rule);
            let before = xero_invoice(&stage, &record);
            let (id, line) = (before["InvoiceID"].as_str().unwrap(), &before["LineItems"][0]);
            let change = json!({"Status": "AUTHORISED", "Reference": "In Xero", "DueDate": "2027-02-01",
                "LineItems": [{"LineItemID": line["LineItemID"], "Quantity": 2, "Description": "In Xero"}]});
            stage.edit_xero("Invoices", id, change);
            pay(&stage, id, 20);
            let what = format!("{module} {field} {named} {by:?}");
            let entry = sync(&stage, &ana, Module::Invoices, &record, by);
            let crm = stage.crm(Module::Invoices, &record);
            assert_eq!((&crm["Status"], &crm["Xero_Status"]), (&json!("Approved"), &json!("AUTHORISED")), "{what}");
            assert_eq!(money(&crm["Xero_Amount_Paid"]), 20.into(), "{what}");
            assert_eq!(money(&crm["Xero_Amount_Due"]), 200.into(), "{what}");
            // What is logged as written was written, and nothing else.
            let holds = |key: &str| match key.rsplit('.').next().unwrap() {
                "status" => crm["Status"] == "Approved",
                "reference" => crm["Subject"] == "In Xero",
                "due_date" => crm["Due_Date"] == "2027-02-01",
                "quantity" => money(&crm["Invoiced_Items"][0]["Quantity"]) == 2.into(),
                "description" => crm["Invoiced_Items"][0]["Description"] == "In Xero",
                _ => true,
            };
            for change in entry.changes.iter().filter(|change| change.written == Written::Crm) {
                assert!(holds(&change.key), "{what}: {} was not written", change.key);
            }
            if named {
                assert_eq!(entry.outcome, Outcome::Updated, "{what}: {entry:#?}");
                assert!(codes(&entry).contains(&Code::CrmValueRefused), "{what}: {:#?}", entry.problems);
                let due = holds("due_date");
                assert!(due, "{what}: {crm:#}");
            }
            stage.world.borrow_mut().zoho.clear_rules();
            sync(&stage, &ana, Module::Invoices, &record, By::Click);
            let crm = stage.crm(Module::Invoices, &record);
            assert_eq!((&crm["Subject"], &crm["Due_Date"]), (&json!("In Xero"), &json!("2027-02-01")), "{what}");
            assert_eq!(crm["Invoiced_Items"][0]["Description"], "In Xero", "{what}");
            assert_at_rest(&stage, &ana, Module::Invoices, &record);
        }
    }
}

#[test]
fn a_blueprint_keeps_the_status_and_lets_the_payment_through() {
    let (stage, ana, record) = invoice();
    let id = xero_invoice(&stage, &record)["InvoiceID"].as_str().unwrap().to_owned();
    stage.edit_xero("Invoices", &id, json!({"Status": "AUTHORISED"}));
    pay(&stage, &id, 20);
    stage.world.borrow_mut().zoho.set_record_flag("Invoices", &record, RecordFlag::InBlueprint(true));
    let entry = sync(&stage, &ana, Module::Invoices, &record, By::Click);
    assert!(codes(&entry).contains(&Code::CrmInBlueprint), "{:#?}", entry.problems);
    let crm = stage.crm(Module::Invoices, &record);
    assert_eq!((&crm["Status"], money(&crm["Xero_Amount_Paid"])), (&json!("Created"), 20.into()));
}

#[test]
fn f10_a_negative_total_is_told_in_the_preview_and_never_sent() {
    for tax_mode in [World::standard, World::total_tax] {
        let (stage, ana) = Stage::connected(tax_mode(BASE));
        let record = new_invoice(&stage, "Heron Hire", &[("HIRE", "Hire")], -150, "Approved");
        stage.advance(60);
        let view = stage.view(&ana, Module::Invoices, &record).unwrap();
        assert_eq!(view.preview.action, Action::Blocked);
        let told = view.preview.problems.iter().find(|problem| problem.code == Code::TotalNegative).unwrap();
        assert!(told.stops() && told.fix.contains("credit note") && told.fix.contains("adjustment"), "{told:#?}");
        assert!(told.place.is_some());
        for by in BOTH {
            let stage = stage.copy();
            let entry = sync(&stage, &ana, Module::Invoices, &record, by);
            assert_eq!(entry.outcome, Outcome::Failed);
            assert!(codes(&entry).contains(&Code::TotalNegative), "{:#?}", entry.problems);
            let number = &stage.crm(Module::Invoices, &record)["Invoice_Number"];
            assert!(!stage.all_xero("Invoices").iter().any(|invoice| invoice["InvoiceNumber"] == *number));
            // Corrected, it goes.
            stage.edit(Module::Invoices, &record, &json!({"Adjustment": -50}));
            assert_eq!(sync(&stage, &ana, Module::Invoices, &record, by).outcome, Outcome::Created);
            // An edit that makes it negative is not sent either, and what it has nothing to do with is.
            set(&stage, &ana, &SettingChange::ApprovedEdits { rule: ApprovedEdits::CrmGoesThrough });
            stage.edit(Module::Invoices, &record, &json!({"Adjustment": -500}));
            let mark = stage.world.borrow().mark();
            let entry = sync(&stage, &ana, Module::Invoices, &record, by);
            assert!(codes(&entry).contains(&Code::TotalNegative), "{:#?}", entry.problems);
            assert_eq!(stage.world.borrow().count(mark, ApiName::Xero, Some("POST")), 0);
            assert!(money(&xero_invoice(&stage, &record)["Total"]) > 0.into());
        }
    }
}

#[test]
fn an_invoice_of_zero_is_paid_when_it_is_approved() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let record = new_invoice(&stage, "Heron Hire", &[("HIRE", "Hire")], -110, "Approved");
    stage.advance(60);
    let entry = sync(&stage, &ana, Module::Invoices, &record, By::Click);
    assert_eq!(entry.outcome, Outcome::Created, "{:#?}", entry.problems);
    assert_eq!(xero_invoice(&stage, &record)["Status"], "PAID");
    let crm = stage.crm(Module::Invoices, &record);
    assert_eq!((&crm["Xero_Status"], &crm["Status"]), (&json!("PAID"), &json!("Approved")));
    assert_at_rest(&stage, &ana, Module::Invoices, &record);
    // The reason is not a payment, because there is none.
    set(&stage, &ana, &SettingChange::ApprovedEdits { rule: ApprovedEdits::CrmGoesThrough });
    let line = crm["Invoiced_Items"][0]["id"].clone();
    stage.edit(Module::Invoices, &record, &json!({"Invoiced_Items": [{"id": line, "Quantity": 3}]}));
    let entry = sync(&stage, &ana, Module::Invoices, &record, By::Click);
    let told = entry.problems.iter().find(|problem| problem.code == Code::DocumentPaid).unwrap();
    assert!(told.what.contains("0.00") && !told.fix.contains("payment"), "{told:#?}");
    assert_at_rest(&stage, &ana, Module::Invoices, &record);
}

/// A paid invoice, in step.
fn paid() -> (Stage, Administrator, String) {
    let (stage, ana, record) = invoice();
    let id = xero_invoice(&stage, &record)["InvoiceID"].as_str().unwrap().to_owned();
    stage.edit_xero("Invoices", &id, json!({"Status": "AUTHORISED"}));
    pay(&stage, &id, 110);
    sync(&stage, &ana, Module::Invoices, &record, By::Click);
    stage.advance(60);
    (stage, ana, record)
}

#[test]
fn f13_a_paid_document_that_is_edited_in_the_crm_is_held_back_by_the_setting() {
    let (stage, ana, record) = paid();
    let line = stage.crm(Module::Invoices, &record)["Invoiced_Items"][0]["id"].clone();
    for by in BOTH {
        let stage = stage.copy();
        let change = json!({"Subject": "New subject", "Due_Date": "2027-01-05",
            "Invoiced_Items": [{"id": line, "Description": "New words"}]});
        stage.edit(Module::Invoices, &record, &change);
        // As installed: the reason is the setting, with the choice that lets it through.
        let entry = sync(&stage, &ana, Module::Invoices, &record, by);
        assert_eq!(codes(&entry), [Code::DocumentApproved], "{:#?}", entry.problems);
        let told = &entry.problems[0];
        assert!(told.remedy.is_some(), "{told:#?}");
        for field in ["Reference", "Due date", "Line 1 text"] {
            assert!(told.why.contains(field), "{field}: {}", told.why);
        }
        assert_at_rest(&stage, &ana, Module::Invoices, &record);
        // Let through, Xero takes all of it.
        set(&stage, &ana, &SettingChange::ApprovedEdits { rule: ApprovedEdits::CrmGoesThrough });
        stage.edit(Module::Invoices, &record, &change);
        let entry = sync(&stage, &ana, Module::Invoices, &record, by);
        assert_eq!((entry.outcome, codes(&entry)), (Outcome::Updated, vec![]), "{:#?}", entry.problems);
        let after = xero_invoice(&stage, &record);
        assert_eq!((&after["Reference"], &after["Status"]), (&json!("New subject"), &json!("PAID")));
        assert!(after["DueDateString"].as_str().unwrap().starts_with("2027-01-05"));
        assert_eq!(after["LineItems"][0]["Description"], "New words");
        assert_at_rest(&stage, &ana, Module::Invoices, &record);
    }
}

#[test]
fn f13_what_xero_itself_does_not_take_of_a_paid_document_is_told_apart() {
    let (stage, ana, record) = paid();
    let line = stage.crm(Module::Invoices, &record)["Invoiced_Items"][0]["id"].clone();
    let change = json!({"Subject": "New subject", "Invoiced_Items": [{"id": line, "Quantity": 7}]});
    stage.edit(Module::Invoices, &record, &change);
    let entry = sync(&stage, &ana, Module::Invoices, &record, By::Click);
    let told = |code: Code| entry.problems.iter().find(|problem| problem.code == code).unwrap();
    let (setting, xero) = (told(Code::DocumentApproved), told(Code::DocumentPaid));
    assert!(setting.why.contains("Reference") && !setting.why.contains("quantity"), "{setting:#?}");
    assert!(xero.why.contains("Line 1 quantity") && !xero.why.contains("Reference"), "{xero:#?}");
    // Both are Xero's again.
    let crm = stage.crm(Module::Invoices, &record);
    assert_eq!((&crm["Subject"], money(&crm["Invoiced_Items"][0]["Quantity"])), (&json!("Work of November"), 1.into()));
    assert_at_rest(&stage, &ana, Module::Invoices, &record);
}

#[test]
fn f13_in_a_locked_period_the_reason_is_the_period() {
    let (stage, ana, record) = paid();
    let tenant = stage.tenant(0);
    let lock = "2026-11-25".parse().ok();
    stage.world.borrow_mut().xero.set_lock_dates(&tenant, lock, None).unwrap();
    stage.advance(2 * 86_400);
    stage.edit(Module::Invoices, &record, &json!({"Subject": "New subject"}));
    let entry = sync(&stage, &ana, Module::Invoices, &record, By::Click);
    assert_eq!(codes(&entry), [Code::PeriodLocked], "{:#?}", entry.problems);
    assert_eq!(entry.problems[0].remedy, None);
    assert_eq!(stage.crm(Module::Invoices, &record)["Subject"], "Work of November");
    assert_at_rest(&stage, &ana, Module::Invoices, &record);
}

#[test]
fn a_new_record_comes_without_the_value_that_the_crm_refuses() {
    let (stage, ana) = Stage::connected(with_text_numbers(World::empty(BASE)));
    let (tenant, now) = (stage.tenant(0), stage.world.borrow().now());
    for field in ["Fax", "Billing_City"] {
        let rule =
            FieldRule { module: "Accounts".to_owned(), field: field.to_owned(), code: "INVALID_DATA", named: true };
        stage.world.borrow_mut().zoho.add_rule(rule);
    }
    let contact = json!({"Name": "Bilby Books", "AccountNumber": "BB-77",
        "Phones": [{"PhoneType": "FAX", "PhoneNumber": "5550 9999"}],
        "Addresses": [{"AddressType": "POBOX", "City": "Hobart"}]});
    let contact = stage.world.borrow_mut().xero.insert(&tenant, "Contacts", contact, now).unwrap();
    let invoice = json!({"Type": "ACCREC", "Contact": {"ContactID": contact["ContactID"]}, "DueDate": "2026-12-20",
        "LineItems": [{"Description": "Work", "Quantity": 1, "UnitAmount": 5, "AccountCode": "200"}]});
    stage.world.borrow_mut().xero.insert(&tenant, "Invoices", invoice, now).unwrap();
    stage.advance(60);
    let run = stage.run_all(&ana, &[Module::Accounts], Direction::Both, Scope::SinceLast);
    let entries = stage.entries_of(&run.id);
    let entry = entries.iter().find(|entry| entry.name == "Bilby Books").unwrap();
    assert_eq!(entry.outcome, Outcome::Created, "{entry:#?}");
    assert_told(entry, "5550 9999");
    assert_told(entry, "Hobart");
    let crm = stage.crm(Module::Accounts, &entry.record_id);
    assert_eq!((&crm["Account_Number"], &crm["Fax"]), (&json!("BB-77"), &Value::Null));
    let logged: Vec<&str> = entry.changes.iter().map(|change| change.key.as_str()).collect();
    assert!(
        logged.contains(&"account_number") && !logged.contains(&"fax") && !logged.contains(&"billing.city"),
        "{logged:?}"
    );
}
