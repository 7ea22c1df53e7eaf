//! Where the vendors' lists and limits end: tracking that was archived, decimals that the CRM does not hold, addresses that
//! may be there once, requests that would be too large, territories, and what others made in Xero.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use crate::support;

use engine::access::rights::Administrator;
use sandbox::World;
use sandbox_xero::{Answers, LostTracking};
use sandbox_zoho::Decimals;
use serde_json::{Value, json};
use shared::api::runs::Scope;
use shared::api::{EntryView, Outcome};
use shared::module::Module;
use shared::problem::{Code, Severity};
use shared::settings::{ApprovedEdits, Direction, TrackingMapping};
use std::collections::BTreeMap;
use support::{BASE, Stage};

fn sync(stage: &Stage, ana: &Administrator, module: Module, record: &str, run: bool) -> EntryView {
    stage.advance(5);
    let entry = if run {
        let run = stage.run_all(ana, &[module], Direction::Both, Scope::SinceLast);
        stage.entries_of(&run.id).into_iter().find(|entry| entry.record_id == record).unwrap()
    } else {
        stage.click(ana, module, record).entry
    };
    stage.advance(5);
    entry
}

fn codes(entry: &EntryView) -> Vec<Code> {
    entry.problems.iter().map(|problem| problem.code).collect()
}

fn account(stage: &Stage, name: &str) -> String {
    stage.world.borrow_mut().zoho.insert("Accounts", &json!({"Account_Name": name})).unwrap()
}

fn product(stage: &Stage, code: &str) -> String {
    let row = json!({"Product_Code": code, "Product_Name": format!("Product {code}"), "Unit_Price": 100,
        "Product_Active": true});
    stage.world.borrow_mut().zoho.insert("Products", &row).unwrap()
}

fn line(product: &str, text: &str) -> Value {
    json!({"Product_Name": {"id": product}, "Quantity": 1, "List_Price": 100, "Description": text,
        "Line_Tax": [{"name": "GST", "percentage": 10}]})
}

fn invoice(stage: &Stage, account: &str, lines: Value) -> String {
    let document = json!({"Subject": "Work", "Status": "Approved", "Account_Name": {"id": account},
        "Invoice_Date": "2026-11-20", "Due_Date": "2026-12-20", "Invoiced_Items": lines});
    stage.world.borrow_mut().zoho.insert("Invoices", &document).unwrap()
}

#[test]
fn tracking_that_was_archived_costs_a_document_nothing_else() {
    for lost_tracking in [LostTracking::Refused, LostTracking::KeptWhereItIs, LostTracking::Dropped] {
        for run in [false, true] {
            let what = format!("{lost_tracking:?}, run: {run}");
            let (stage, ana) = Stage::connected(World::standard(BASE));
            stage.world.borrow_mut().xero.set_answers(Answers { lost_tracking, ..Answers::USUAL });
            let region = stage.all_xero("TrackingCategories").into_iter().find(|row| row["Name"] == "Region").unwrap();
            let option = |at: usize| region["Options"][at]["TrackingOptionID"].as_str().unwrap().to_owned();
            stage.choose(|settings| {
                settings.documents.approved_edits = ApprovedEdits::CrmGoesThrough;
                settings.documents.tracking = vec![TrackingMapping {
                    category: region["TrackingCategoryID"].as_str().unwrap().to_owned(),
                    fields: BTreeMap::new(),
                    options: BTreeMap::new(),
                    default: Some(option(0)),
                }];
            });
            let (whose, product) = (account(&stage, "Wombat Works"), product(&stage, "LAB-1"));
            let old = invoice(&stage, &whose, json!([line(&product, "Work")]));
            let first = sync(&stage, &ana, Module::Invoices, &old, run);
            assert_eq!(first.outcome, Outcome::Created, "{what}: {:#?}", first.problems);
            assert_eq!(stage.xero(Module::Invoices, &old)["LineItems"][0]["Tracking"][0]["Option"], "North");
            // The lists that we keep still have it.
            let tenant = stage.tenant(0);
            stage.world.borrow_mut().xero.archive_tracking(&tenant, "Region", Some("North")).unwrap();
            let new = invoice(&stage, &whose, json!([line(&product, "More work")]));
            let second = sync(&stage, &ana, Module::Invoices, &new, run);
            assert_eq!(second.outcome, Outcome::Created, "{what}: {:#?}", second.problems);
            assert_eq!(stage.xero(Module::Invoices, &new)["LineItems"][0]["Tracking"], json!([]), "{what}");
            let told = second
                .problems
                .iter()
                .find(|problem| problem.said.as_ref().is_some_and(|said| said.contains("tracking category or option")));
            let told = told.unwrap_or_else(|| panic!("{what}: {:#?}", second.problems));
            assert!(told.severity == Severity::Warning && !told.fix.is_empty(), "{told:#?}");
            // An old line keeps what it has, and takes what else there is to say.
            let rows = stage.crm(Module::Invoices, &old)["Invoiced_Items"].clone();
            let change = json!({"id": rows[0]["id"], "Description": "Work, in other words"});
            stage.edit(Module::Invoices, &old, &json!({"Invoiced_Items": [change]}));
            let third = sync(&stage, &ana, Module::Invoices, &old, run);
            assert_eq!(third.outcome, Outcome::Updated, "{what}: {:#?}", third.problems);
            let row = stage.xero(Module::Invoices, &old)["LineItems"][0].clone();
            assert_eq!(row["Description"], "Work, in other words", "{what}");
            let kept = row["Tracking"].as_array().unwrap().len();
            assert_eq!(kept == 0, lost_tracking == LostTracking::Dropped, "{what}: {row}");
            for record in [&old, &new] {
                // The button, and no run, asks for the page on which it is paid.
                let quiet = sync(&stage, &ana, Module::Invoices, record, false);
                assert!(quiet.changes.is_empty(), "{what}: {quiet:#?}");
                let last = sync(&stage, &ana, Module::Invoices, record, false);
                assert_eq!(last.outcome, Outcome::Unchanged, "{what}: {last:#?}");
            }
        }
    }
}

#[test]
fn a_price_of_more_decimals_than_the_crm_holds_costs_the_product_nothing_else() {
    for decimals in [Decimals::Refused, Decimals::Rounded] {
        for run in [false, true] {
            let what = format!("{decimals:?}, run: {run}");
            let mut world = World::standard(BASE);
            world.zoho.answers_mut().decimals = decimals;
            assert!(world.zoho.set_decimals("Products", "Unit_Price", 2));
            let (stage, ana) = Stage::connected(world);
            let record = product(&stage, "LAB-1");
            assert_eq!(sync(&stage, &ana, Module::Products, &record, run).outcome, Outcome::Created, "{what}");
            let item = stage.xero(Module::Products, &record)["ItemID"].as_str().unwrap().to_owned();
            let change = json!({"Code": "LAB-1", "Description": "By the hour", "SalesDetails": {"UnitPrice": 12.3456}});
            stage.edit_xero("Items", &item, change);
            let entry = sync(&stage, &ana, Module::Products, &record, run);
            assert_eq!(entry.outcome, Outcome::Updated, "{what}: {:#?}", entry.problems);
            let crm = stage.crm(Module::Products, &record);
            assert_eq!(crm["Description"], "By the hour", "{what}");
            assert_eq!(crm["Unit_Price"].to_string(), "12.35", "{what}: {:#?}", entry.problems);
            for _ in 0..2 {
                let rest = sync(&stage, &ana, Module::Products, &record, false);
                assert_eq!(rest.outcome, Outcome::Unchanged, "{what}: {rest:#?}");
            }
            assert_eq!(stage.xero(Module::Products, &record)["SalesDetails"]["UnitPrice"].to_string(), "12.3456");
        }
    }
}

/// An invoice of one line that somebody typed in Xero: three at this price, which has four decimals there.
fn typed_invoice(stage: &Stage, contact: &str, price: f64) -> String {
    let line = json!({"Description": "Screws", "Quantity": 3, "UnitAmount": price, "AccountCode": "200"});
    let row = json!({"Type": "ACCREC", "Status": "AUTHORISED", "Contact": {"ContactID": contact},
        "Date": "2026-11-01", "DueDate": "2026-12-30", "LineItems": [line]});
    let (tenant, now) = (stage.tenant(0), stage.now_utc());
    let made = stage.world.borrow_mut().xero.insert(&tenant, "Invoices", row, now).unwrap();
    made["InvoiceID"].as_str().unwrap().to_owned()
}

#[test]
fn a_price_of_more_decimals_than_the_crm_s_lines_hold_costs_the_document_nothing_else() {
    for decimals in [Decimals::Refused, Decimals::Rounded] {
        for run in [false, true] {
            let what = format!("{decimals:?}, run: {run}");
            let mut world = World::standard(BASE);
            world.zoho.answers_mut().decimals = decimals;
            assert!(world.zoho.set_decimals("Invoiced_Items", "List_Price", 2));
            let (stage, ana) = Stage::connected(world);
            let whose = account(&stage, "Wombat Works");
            sync(&stage, &ana, Module::Accounts, &whose, false);
            let contact = stage.xero(Module::Accounts, &whose)["ContactID"].as_str().unwrap().to_owned();
            let at_xero = typed_invoice(&stage, &contact, 0.3333);
            stage.advance(60);
            let arrived = stage.run_all(&ana, &[Module::Invoices], Direction::ToCrm, Scope::SinceLast);
            let entries = stage.entries_of(&arrived.id).into_iter();
            let entry = entries.clone().find(|entry| entry.xero_id.as_deref() == Some(&at_xero)).unwrap();
            assert_eq!(entry.outcome, Outcome::Created, "{what}: {:#?}", entry.problems);
            let told = |entry: &EntryView, value: &str| {
                let told = entry.problems.iter().find(|told| told.code == Code::ValueAdjusted);
                let told = told.unwrap_or_else(|| panic!("{what}: {:#?}", entry.problems));
                assert!(told.what.contains(value) && !told.stops(), "{what}: {told:#?}");
            };
            told(&entry, "0.3333");
            // 3 × 0.3333 are 1.00 in Xero, and 3 × 0.33 are 0.99 here.
            assert!(codes(&entry).contains(&Code::TotalDiffersByCents), "{what}: {:#?}", entry.problems);
            let record = entry.record_id.as_str();
            let price = || stage.crm(Module::Invoices, record)["Invoiced_Items"][0]["List_Price"].to_string();
            assert_eq!(price(), "0.33", "{what}");
            let at_rest = || {
                // The button, and no run, asks for the page on which it is paid.
                sync(&stage, &ana, Module::Invoices, record, false);
                let rest = sync(&stage, &ana, Module::Invoices, record, false);
                assert_eq!(rest.outcome, Outcome::Unchanged, "{what}: {rest:#?}");
            };
            at_rest();
            // Somebody changes the price in Xero.
            let row = stage.xero(Module::Invoices, record)["LineItems"][0].clone();
            let line = json!({"LineItemID": row["LineItemID"], "Description": "Screws of steel", "Quantity": 3,
                "UnitAmount": 0.4444, "AccountCode": "200"});
            stage.edit_xero("Invoices", &at_xero, json!({"LineItems": [line]}));
            let entry = sync(&stage, &ana, Module::Invoices, record, run);
            assert_eq!(entry.outcome, Outcome::Updated, "{what}: {:#?}", entry.problems);
            told(&entry, "0.4444");
            assert_eq!(price(), "0.44", "{what}");
            let text = stage.crm(Module::Invoices, record)["Invoiced_Items"][0]["Description"].clone();
            assert_eq!(text, "Screws of steel", "{what}");
            at_rest();
            let kept = stage.xero(Module::Invoices, record)["LineItems"][0]["UnitAmount"].to_string();
            assert_eq!(kept, "0.4444", "{what}");
        }
    }
}

#[test]
fn an_address_that_may_be_there_once_is_left_out_and_the_rest_arrives() {
    for run in [false, true] {
        let (stage, ana) = Stage::connected(World::standard(BASE));
        let whose = account(&stage, "Wombat Works");
        let jones = json!({"Last_Name": "Jones", "Email": "jones@wombat.example", "Account_Name": {"id": whose}});
        let taken = json!({"Last_Name": "Other", "Email": "office@shared.example"});
        let jones = {
            let mut world = stage.world.borrow_mut();
            assert!(world.zoho.make_unique("Contacts", "Email"));
            world.zoho.insert("Contacts", &taken).unwrap();
            world.zoho.insert("Contacts", &jones).unwrap()
        };
        let made = sync(&stage, &ana, Module::Accounts, &whose, run);
        assert_eq!(made.outcome, Outcome::Created, "{:#?}", made.problems);
        let contact = stage.xero(Module::Accounts, &whose)["ContactID"].as_str().unwrap().to_owned();
        let change = json!({"EmailAddress": "office@shared.example", "FirstName": "Jo",
            "Phones": [{"PhoneType": "FAX", "PhoneNumber": "5550 9999"}]});
        stage.edit_xero("Contacts", &contact, change);
        let entry = sync(&stage, &ana, Module::Accounts, &whose, run);
        assert_eq!(entry.outcome, Outcome::Updated, "run: {run}: {:#?}", entry.problems);
        assert_eq!(stage.crm(Module::Accounts, &whose)["Fax"], "5550 9999", "run: {run}");
        let person = stage.crm(Module::Contacts, &jones);
        assert_eq!((&person["First_Name"], &person["Email"]), (&json!("Jo"), &json!("jones@wombat.example")));
        let told = entry.problems.iter().find(|told| told.code == Code::CrmValueRefused);
        let told = told.unwrap_or_else(|| panic!("{:#?}", entry.problems));
        assert!(told.what.contains("office@shared.example"), "{told:#?}");
    }
}

#[test]
fn documents_that_are_too_large_together_go_in_several_requests() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let (whose, product) = (account(&stage, "Wombat Works"), product(&stage, "LAB-1"));
    stage.click(&ana, Module::Accounts, &whose);
    stage.click(&ana, Module::Products, &product);
    // 200 lines of 2,000 characters of three bytes each are 1.2 MB.
    let text = "\u{7532}".repeat(2_000);
    let lines: Vec<Value> = (0..200).map(|_| line(&product, &text)).collect();
    let records: Vec<String> = (0..4).map(|_| invoice(&stage, &whose, json!(lines))).collect();
    stage.advance(60);
    let run = stage.run_all(&ana, &[Module::Invoices], Direction::Both, Scope::SinceLast);
    let entries = stage.entries_of(&run.id);
    for record in &records {
        let entry = entries.iter().find(|entry| entry.record_id == *record).unwrap();
        assert_eq!(entry.outcome, Outcome::Created, "{:#?}", entry.problems);
        assert_eq!(stage.xero(Module::Invoices, record)["LineItems"].as_array().unwrap().len(), 200);
    }
}

#[test]
fn a_record_of_another_territory_is_none_of_that_user_s() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let whose = account(&stage, "Wombat Works");
    let sam = stage.sign_in("sam@bluegum.example");
    let before = stage.view(&sam, Module::Accounts, &whose);
    assert!(before.is_ok(), "{before:?}");
    assert!(stage.world.borrow_mut().zoho.set_territories("Accounts", &whose, &["North"]));
    stage.advance(600);
    let click = stage.try_click(&sam, Module::Accounts, &whose);
    assert!(click.as_ref().map_or(true, |reply| reply.entry.outcome == Outcome::Failed), "{click:?}");
    assert!(stage.all_xero("Contacts").iter().all(|contact| contact["Name"] != "Wombat Works"));
    let shown = format!("{:?}", stage.view(&sam, Module::Accounts, &whose));
    assert!(!shown.contains("Wombat"), "{shown}");
    // Whoever is in it, and an administrator, go on.
    assert!(stage.world.borrow_mut().zoho.set_user_territories("sam@bluegum.example", &["North"]));
    stage.advance(600);
    assert_eq!(stage.click(&sam, Module::Accounts, &whose).entry.outcome, Outcome::Created);
    assert_eq!(stage.click(&ana, Module::Accounts, &whose).entry.outcome, Outcome::Unchanged);
}

#[test]
fn what_a_repeating_invoice_or_another_person_made_arrives_like_any_other() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let (whose, product) = (account(&stage, "Wombat Works"), product(&stage, "LAB-1"));
    stage.click(&ana, Module::Accounts, &whose);
    stage.click(&ana, Module::Products, &product);
    let contact = stage.xero(Module::Accounts, &whose)["ContactID"].clone();
    let tenant = stage.tenant(0);
    stage.advance(60);
    let now = stage.now_utc();
    let document = json!({"Type": "ACCREC", "Contact": {"ContactID": contact}, "Date": "2026-11-20",
        "DueDate": "2026-12-20", "Status": "AUTHORISED", "LineItems": [{"ItemCode": "LAB-1", "Description": "Rent",
        "Quantity": 1, "UnitAmount": 50, "AccountCode": "200", "TaxType": "OUTPUT"}]});
    let repeated = stage.world.borrow_mut().xero.repeat(&tenant, document, now).unwrap();
    assert!(repeated["RepeatingInvoiceID"].is_string());
    stage.advance(60);
    let run = stage.run_all(&ana, &[Module::Invoices], Direction::ToCrm, Scope::SinceLast);
    let entries = stage.entries_of(&run.id);
    let number = repeated["InvoiceNumber"].as_str().unwrap();
    let entry = entries.iter().find(|entry| format!("{entry:?}").contains(number));
    let entry = entry.unwrap_or_else(|| panic!("{entries:#?}"));
    assert_eq!((entry.outcome, codes(entry).contains(&Code::Internal)), (Outcome::Created, false), "{entry:#?}");
}

#[test]
fn an_amount_beyond_what_xero_takes_is_told_in_its_words_and_costs_no_other_document() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let (whose, product) = (account(&stage, "Wombat Works"), product(&stage, "LAB-1"));
    let mut huge = line(&product, "A ship");
    huge["List_Price"] = json!(99_999_999_999_u64);
    let large = invoice(&stage, &whose, json!([huge]));
    let other = invoice(&stage, &whose, json!([line(&product, "A boat")]));
    stage.advance(60);
    let run = stage.run_all(&ana, &[Module::Invoices], Direction::Both, Scope::SinceLast);
    let entries = stage.entries_of(&run.id);
    let of = |record: &str| entries.iter().find(|entry| entry.record_id == record).unwrap();
    assert_eq!(of(&other).outcome, Outcome::Created, "{:#?}", of(&other).problems);
    assert_eq!(of(&large).outcome, Outcome::Failed);
    let told = &of(&large).problems[0];
    assert!(told.said.as_ref().is_some_and(|said| said.contains("9999999999.99")), "{told:#?}");
    assert!(!told.fix.is_empty() && told.place.is_some(), "{told:#?}");
}
