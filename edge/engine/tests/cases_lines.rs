//! What is wrong with a line, a product, an item, a customer or a setting is told there, and costs no field that it has
//! nothing to do with.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use crate::support;

use engine::access::rights::Administrator;
use rust_decimal::Decimal;
use sandbox::World;
use sandbox_zoho::DeletedProduct;
use serde_json::{Value, json};
use shared::api::runs::Scope;
use shared::api::{EntryView, Outcome, Written};
use shared::module::Module;
use shared::problem::{Code, Problem};
use shared::settings::{ApprovedEdits, Direction, TrackingMapping};
use std::collections::BTreeMap;
use support::{BASE, Stage};

fn sync(stage: &Stage, ana: &Administrator, record: &str, run: bool) -> EntryView {
    stage.advance(5);
    let entry = if run {
        let run = stage.run_all(ana, &[Module::Invoices], Direction::Both, Scope::SinceLast);
        stage.entries_of(&run.id).into_iter().find(|entry| entry.record_id == record).unwrap()
    } else {
        stage.click(ana, Module::Invoices, record).entry
    };
    stage.advance(5);
    entry
}

fn told(entry: &EntryView, code: Code) -> &Problem {
    let found = entry.problems.iter().find(|problem| problem.code == code);
    found.unwrap_or_else(|| panic!("{code:?} is not told: {:#?}", entry.problems))
}

fn money(value: &Value) -> Decimal {
    value.to_string().trim_matches('"').parse().unwrap()
}

fn product(stage: &Stage, code: &str) -> String {
    let row = json!({"Product_Code": code, "Product_Name": format!("Product {code}"), "Unit_Price": 100,
        "Product_Active": true});
    stage.world.borrow_mut().zoho.insert("Products", &row).unwrap()
}

/// An invoice of one line, in step, whose edits go to Xero though it is approved.
fn invoice(status: &str) -> (Stage, Administrator, String) {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    stage.choose(|settings| settings.documents.approved_edits = ApprovedEdits::CrmGoesThrough);
    let product = product(&stage, "LAB-1");
    let record = {
        let mut world = stage.world.borrow_mut();
        let account = world.zoho.insert("Accounts", &json!({"Account_Name": "Wombat Works"})).unwrap();
        let person = json!({"Last_Name": "Jones", "Email": "jones@wombat.example", "Account_Name": {"id": account}});
        world.zoho.insert("Contacts", &person).unwrap();
        let row = json!({"Product_Name": {"id": product}, "Quantity": 1, "List_Price": 100,
            "Line_Tax": [{"name": "GST", "percentage": 10}]});
        let document = json!({"Subject": "Work", "Status": status, "Account_Name": {"id": account},
            "Invoice_Date": "2026-11-20", "Due_Date": "2026-12-20", "Invoiced_Items": [row]});
        world.zoho.insert("Invoices", &document).unwrap()
    };
    stage.advance(60);
    let entry = sync(&stage, &ana, &record, false);
    assert_eq!(entry.outcome, Outcome::Created, "{:#?}", entry.problems);
    stage.advance(60);
    (stage, ana, record)
}

fn id_of(stage: &Stage, record: &str) -> String {
    stage.xero(Module::Invoices, record)["InvoiceID"].as_str().unwrap().to_owned()
}

/// The due date goes to Xero, the reference comes from there, and what was paid is known, while the lines stay.
fn assert_the_rest_went(stage: &Stage, record: &str, entry: &EntryView, what: &str) {
    let (crm, xero) = (stage.crm(Module::Invoices, record), stage.xero(Module::Invoices, record));
    assert!(xero["DueDateString"].as_str().unwrap().starts_with("2027-01-05"), "{what}: {entry:#?}");
    assert_eq!(crm["Subject"], "From Xero", "{what}");
    assert_eq!(xero["LineItems"].as_array().unwrap().len(), 1, "{what}");
    assert_eq!(money(&xero["Total"]), 110.into(), "{what}");
    // What is logged as written was written.
    let logged: Vec<(&str, Written)> =
        entry.changes.iter().map(|change| (change.key.as_str(), change.written)).collect();
    assert!(
        logged.contains(&("due_date", Written::Xero)) && logged.contains(&("reference", Written::Crm)),
        "{what}: {logged:?}"
    );
    assert!(!logged.iter().any(|(key, _)| key.starts_with("lines.")), "{what}: {logged:?}");
}

fn edit_both(stage: &Stage, record: &str, rows: &Value) {
    stage.edit_xero("Invoices", &id_of(stage, record), json!({"Reference": "From Xero"}));
    stage.edit(Module::Invoices, record, &json!({"Due_Date": "2027-01-05", "Invoiced_Items": rows}));
}

#[test]
fn a_deleted_product_is_told_at_its_document_and_holds_back_the_lines_alone() {
    let shown =
        [(DeletedProduct::Nothing, Code::LineProductMissing), (DeletedProduct::StillNamed, Code::LineProductGone)];
    for (run, (shown, code)) in [false, true].into_iter().flat_map(|run| shown.map(|shown| (run, shown))) {
        let (stage, ana, record) = invoice("Created");
        stage.world.borrow_mut().zoho.answers_mut().deleted_product = shown;
        let gone = product(&stage, "GONE");
        edit_both(&stage, &record, &json!([{"Product_Name": {"id": gone}, "Quantity": 1, "List_Price": 5}]));
        assert!(stage.world.borrow_mut().zoho.delete("Products", &gone));
        let entry = sync(&stage, &ana, &record, run);
        let problem = told(&entry, code);
        assert!(problem.what.to_lowercase().contains("line 2") && problem.stops(), "{problem:#?}");
        assert!(problem.place.as_ref().unwrap().url.as_str().contains(&record), "{problem:#?}");
        assert_eq!(entry.outcome, Outcome::Failed);
        assert_the_rest_went(&stage, &record, &entry, &format!("run {run}"));
        // Another product, and the line goes.
        let other = product(&stage, "OTHER");
        let line = stage.crm(Module::Invoices, &record)["Invoiced_Items"][1]["id"].clone();
        stage.edit(
            Module::Invoices,
            &record,
            &json!({"Invoiced_Items": [{"id": line, "Product_Name": {"id": other}}]}),
        );
        let entry = sync(&stage, &ana, &record, run);
        assert_eq!(entry.outcome, Outcome::Updated, "{:#?}", entry.problems);
        assert_eq!(stage.xero(Module::Invoices, &record)["LineItems"].as_array().unwrap().len(), 2);
    }
}

#[test]
fn a_product_that_is_deleted_later_takes_no_item_off_xero_s_line() {
    for shown in [DeletedProduct::Nothing, DeletedProduct::StillNamed] {
        let (stage, ana, record) = invoice("Created");
        stage.world.borrow_mut().zoho.answers_mut().deleted_product = shown;
        let row = stage.crm(Module::Invoices, &record)["Invoiced_Items"][0].clone();
        let words = json!({"Invoiced_Items": [{"id": row["id"], "Description": "Words of its own"}]});
        stage.edit(Module::Invoices, &record, &words);
        sync(&stage, &ana, &record, false);
        let before = stage.xero(Module::Invoices, &record)["LineItems"].clone();
        assert!(stage.world.borrow_mut().zoho.delete("Products", row["Product_Name"]["id"].as_str().unwrap()));
        stage.edit(Module::Invoices, &record, &json!({"Due_Date": "2027-01-05"}));
        let entry = sync(&stage, &ana, &record, false);
        let xero = stage.xero(Module::Invoices, &record);
        assert!(xero["DueDateString"].as_str().unwrap().starts_with("2027-01-05"), "{shown:?} {entry:#?}");
        assert_eq!(xero["LineItems"], before, "{shown:?} {entry:#?}");
    }
}

#[test]
fn an_archived_account_holds_back_changed_lines_and_nothing_else() {
    for run in [false, true] {
        let (stage, ana, record) = invoice("Created");
        let account = stage.xero(Module::Invoices, &record)["LineItems"][0]["AccountCode"].as_str().unwrap().to_owned();
        let (tenant, now) = (stage.tenant(0), stage.world.borrow().now());
        stage.choose(|settings| settings.accounts.sales = Some(account.clone()));
        stage.world.borrow_mut().xero.archive_account(&tenant, &account, now).unwrap();
        stage.advance(2 * 86_400);
        // No line has changed: what is wrong with them is in nobody's way.
        edit_both(
            &stage,
            &record,
            &json!([])
                .as_array()
                .map_or(Value::Null, |_| stage.crm(Module::Invoices, &record)["Invoiced_Items"].clone()),
        );
        let entry = sync(&stage, &ana, &record, run);
        assert_the_rest_went(&stage, &record, &entry, &format!("run {run}"));
        assert_eq!(entry.outcome, Outcome::Updated, "{:#?}", entry.problems);
        // A changed one is held back, with the account as the reason.
        let line = stage.crm(Module::Invoices, &record)["Invoiced_Items"][0]["id"].clone();
        stage.edit_xero("Invoices", &id_of(&stage, &record), json!({"Reference": "From Xero"}));
        let change = json!({"Due_Date": "2027-01-06", "Invoiced_Items": [{"id": line, "Quantity": 2}]});
        stage.edit(Module::Invoices, &record, &change);
        let entry = sync(&stage, &ana, &record, run);
        assert!(told(&entry, Code::AccountArchived).stops());
        let xero = stage.xero(Module::Invoices, &record);
        assert!(xero["DueDateString"].as_str().unwrap().starts_with("2027-01-06"), "{entry:#?}");
        assert_eq!(money(&xero["LineItems"][0]["Quantity"]), 1.into());
        // It goes once another account is chosen.
        stage.choose(|settings| settings.accounts.sales = Some("260".to_owned()));
        stage.click(&ana, Module::Invoices, &record);
        let xero = stage.xero(Module::Invoices, &record);
        assert_eq!(money(&xero["LineItems"][0]["Quantity"]), 2.into());
    }
}

#[test]
fn a_document_is_not_approved_without_its_lines() {
    let (stage, ana, record) = invoice("Created");
    let gone = product(&stage, "GONE");
    let change = json!({"Status": "Approved", "Due_Date": "2027-01-05",
        "Invoiced_Items": [{"Product_Name": {"id": gone}, "Quantity": 1, "List_Price": 5}]});
    stage.edit(Module::Invoices, &record, &change);
    assert!(stage.world.borrow_mut().zoho.delete("Products", &gone));
    let entry = sync(&stage, &ana, &record, false);
    told(&entry, Code::LineProductMissing);
    let xero = stage.xero(Module::Invoices, &record);
    assert_eq!(xero["Status"], "DRAFT", "{entry:#?}");
    assert!(xero["DueDateString"].as_str().unwrap().starts_with("2027-01-05"));
}

#[test]
fn an_archived_theme_is_told_at_its_setting_and_left_out() {
    let (stage, ana, record) = invoice("Created");
    let theme = "bbbbbbbb-0000-4000-8000-000000000009";
    stage.choose(|settings| settings.documents.branding_theme = Some(theme.to_owned()));
    stage.edit(Module::Invoices, &record, &json!({"Subject": "Other"}));
    let entry = sync(&stage, &ana, &record, false);
    assert_eq!(entry.outcome, Outcome::Updated, "{:#?}", entry.problems);
    let problem = told(&entry, Code::SettingBroken);
    assert!(!problem.stops() && problem.why.contains("theme") && problem.fix.contains("Documents"), "{problem:#?}");
    assert_eq!(stage.xero(Module::Invoices, &record)["Reference"], "Other");
}

#[test]
fn an_item_that_is_not_sold_is_told_as_that() {
    let (stage, ana, record) = invoice("Created");
    let other = product(&stage, "UNSOLD");
    stage.click(&ana, Module::Products, &other);
    let items = stage.all_xero("Items");
    let item = items.iter().find(|item| item["Code"] == "UNSOLD").unwrap();
    stage.edit_xero("Items", item["ItemID"].as_str().unwrap(), json!({"Code": "UNSOLD", "IsSold": false}));
    stage.advance(5);
    let row = json!({"Product_Name": {"id": other}, "Quantity": 1, "List_Price": 5});
    stage.edit(Module::Invoices, &record, &json!({"Invoiced_Items": [row]}));
    let entry = sync(&stage, &ana, &record, false);
    let problem = told(&entry, Code::ItemNotOffered);
    assert!(problem.said.as_ref().unwrap().contains("UNSOLD") && problem.fix.contains("Xero"), "{problem:#?}");
}

#[test]
fn more_lines_than_the_crm_takes_are_told_and_money_still_comes() {
    let (stage, ana, record) = invoice("Created");
    let before = stage.xero(Module::Invoices, &record);
    let mut rows = vec![json!({"LineItemID": before["LineItems"][0]["LineItemID"]})];
    for at in 0..200 {
        rows.push(json!({"Description": format!("More {at}"), "Quantity": 1, "UnitAmount": 1, "AccountCode": "200",
            "ItemCode": "LAB-1"}));
    }
    let id = id_of(&stage, &record);
    stage.edit_xero("Invoices", &id, json!({"Status": "AUTHORISED", "Reference": "From Xero", "LineItems": rows}));
    let (tenant, now) = (stage.tenant(0), stage.world.borrow().now());
    stage.world.borrow_mut().xero.pay(&tenant, &id, 10.into(), now.date_naive(), now).unwrap();
    for run in [false, true] {
        let stage = stage.copy();
        let entry = sync(&stage, &ana, &record, run);
        let problem = told(&entry, Code::LinesTooMany);
        assert!(problem.why.contains("200") && problem.place.as_ref().unwrap().label.contains("Xero"), "{problem:#?}");
        let crm = stage.crm(Module::Invoices, &record);
        assert_eq!((&crm["Subject"], &crm["Status"]), (&json!("From Xero"), &json!("Approved")), "{entry:#?}");
        assert_eq!(money(&crm["Xero_Amount_Paid"]), 10.into());
        assert_eq!(crm["Invoiced_Items"].as_array().unwrap().len(), 1);
    }
}

#[test]
fn a_line_of_text_alone_is_in_nobody_s_way() {
    let (stage, ana, record) = invoice("Created");
    let before = stage.xero(Module::Invoices, &record);
    let rows =
        json!([{"LineItemID": before["LineItems"][0]["LineItemID"]}, {"Description": "Thank you for your order"}]);
    stage.edit_xero("Invoices", &id_of(&stage, &record), json!({"Reference": "From Xero", "LineItems": rows}));
    for run in [false, true] {
        let stage = stage.copy();
        let entry = sync(&stage, &ana, &record, run);
        assert_eq!(entry.outcome, Outcome::Updated, "{:#?}", entry.problems);
        let crm = stage.crm(Module::Invoices, &record);
        assert_eq!(crm["Subject"], "From Xero");
        let rows = crm["Invoiced_Items"].as_array().unwrap();
        if rows.len() == 1 {
            let problem = told(&entry, Code::TextLineLeftOut);
            assert!(problem.what.contains("Thank you for your order"), "{problem:#?}");
        } else {
            assert_eq!(rows[1]["Description"], "Thank you for your order");
        }
        // It survives an edit of another line.
        let line = rows[0]["id"].clone();
        stage.edit(Module::Invoices, &record, &json!({"Invoiced_Items": [{"id": line, "Quantity": 2}]}));
        let entry = sync(&stage, &ana, &record, run);
        assert_eq!(entry.outcome, Outcome::Updated, "{:#?}", entry.problems);
        let xero = stage.xero(Module::Invoices, &record);
        assert_eq!(xero["LineItems"][1]["Description"], "Thank you for your order");
        assert_eq!(money(&xero["Total"]), 220.into());
    }
}

#[test]
fn the_owner_of_a_document_can_choose_its_tracking_option() {
    let (stage, ana, record) = invoice("Created");
    let category = stage.all_xero("TrackingCategories").into_iter().find(|one| one["Status"] == "ACTIVE").unwrap();
    let option = category["Options"][0].clone();
    let owner = stage.crm(Module::Invoices, &record)["Owner"]["name"].as_str().unwrap().to_owned();
    stage.choose(|settings| {
        settings.documents.tracking = vec![TrackingMapping {
            category: category["TrackingCategoryID"].as_str().unwrap().to_owned(),
            fields: BTreeMap::from([(Module::Invoices, "Owner".to_owned())]),
            options: BTreeMap::from([(owner, option["TrackingOptionID"].as_str().unwrap().to_owned())]),
            default: None,
        }];
    });
    let other = stage.crm(Module::Invoices, &record)["Invoiced_Items"][0]["Product_Name"]["id"].clone();
    let row = json!({"Product_Name": {"id": other}, "Quantity": 1, "List_Price": 5});
    stage.edit(Module::Invoices, &record, &json!({"Invoiced_Items": [row]}));
    let entry = sync(&stage, &ana, &record, false);
    let xero = stage.xero(Module::Invoices, &record);
    assert_eq!(xero["LineItems"][1]["Tracking"][0]["Option"], option["Name"], "{entry:#?}");
}
