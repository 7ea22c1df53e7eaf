//! What the planner is given reaches it, by a click, by the preview before it, and by a run: what is known of the records
//! that a document points to.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use crate::support;

use engine::access::rights::Administrator;
use engine::sync::Desk;
use sandbox::{ApiName, Seed, World};
use serde_json::{Value, json};
use shared::api::runs::Scope;
use shared::api::{Outcome, Shown};
use shared::module::Module;
use shared::plan::References;
use shared::record::LineAmountTypes;
use shared::settings::{Direction, SideAccounts};
use support::{BASE, Stage, id};

/// How a document gets to Xero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Click,
    Run,
}

const WAYS: [Way; 2] = [Way::Click, Way::Run];

fn connected() -> (Stage, Administrator) {
    Stage::connected(World::with_seed(Seed::Empty, BASE))
}

fn insert(stage: &Stage, module: Module, record: Value) -> String {
    stage.world.borrow_mut().zoho.insert(module.api_name(), &record).unwrap()
}

fn product(stage: &Stage, code: &str) -> String {
    let record = json!({"Product_Name": format!("{code} of the shop"), "Product_Code": code, "Unit_Price": 5,
        "Product_Active": true});
    insert(stage, Module::Products, record)
}

/// An approved document of one line for each product, without a due date.
fn document(stage: &Stage, module: Module, party: &str, products: &[&str]) -> String {
    let line =
        |product: &&str| json!({"Product_Name": {"id": product}, "Quantity": 2, "List_Price": 5, "Line_Tax": []});
    let lines: Vec<Value> = products.iter().map(line).collect();
    let record = match module {
        Module::Invoices => json!({"Subject": "Bread", "Status": "Approved", "Account_Name": {"id": party},
            "Invoice_Date": "2026-11-20", "Invoiced_Items": lines}),
        _ => json!({"Subject": "Flour", "Status": "Approved", "Vendor_Name": {"id": party},
            "PO_Date": "2026-11-20", "Purchase_Items": lines}),
    };
    insert(stage, module, record)
}

/// Sends a document, and gives Xero's.
fn send(stage: &Stage, user: &Administrator, way: Way, module: Module, record: &str) -> Value {
    match way {
        Way::Click => drop(stage.click(user, module, record)),
        Way::Run => {
            let done = stage.run_all(user, &[module], Direction::ToXero, Scope::Everything);
            assert_eq!(done.counts.failed, 0, "{:#?}", stage.entries_of(&done.id));
        }
    }
    stage.xero(module, record)
}

/// What the preview says that a field becomes in Xero.
fn previewed(stage: &Stage, user: &Administrator, module: Module, record: &str, key: &str) -> Option<String> {
    let preview = stage.view(user, module, record).unwrap().preview;
    let change = preview.changes.into_iter().find(|change| change.key == key)?;
    match change.result? {
        Shown::Text(text) | Shown::Day(text) => Some(text),
        other => Some(format!("{other:?}")),
    }
}

/// A customer or supplier, whose contact in Xero has terms of its own: typed into one that is linked, or into one that the
/// click or run finds by its name.
fn party_with_terms(stage: &Stage, user: &Administrator, module: Module, linked: bool) -> String {
    let terms =
        json!({"Sales": {"Day": 14, "Type": "DAYSAFTERBILLDATE"}, "Bills": {"Day": 7, "Type": "DAYSAFTERBILLDATE"}});
    let field = if module == Module::Accounts { "Account_Name" } else { "Vendor_Name" };
    let party = insert(stage, module, json!({field: "Fern Gully Produce"}));
    if linked {
        stage.click(user, module, &party);
        let contact = stage.xero(module, &party)["ContactID"].as_str().unwrap().to_owned();
        stage.edit_xero("Contacts", &contact, json!({"PaymentTerms": terms}));
    } else {
        stage.typed("Contacts", json!({"Name": "Fern Gully Produce", "PaymentTerms": terms}));
    }
    party
}

/// The contact's terms go before the days of the settings, which are 30.
#[test]
fn a_partys_payment_terms_count_for_a_document_without_a_due_date() {
    for way in WAYS {
        for linked in [true, false] {
            due_by_terms(way, Module::Invoices, Module::Accounts, linked, "2026-12-04");
            due_by_terms(way, Module::PurchaseOrders, Module::Vendors, linked, "2026-11-27");
        }
    }
}

fn due_by_terms(way: Way, module: Module, party: Module, linked: bool, due: &str) {
    let (stage, ana) = connected();
    let party = party_with_terms(&stage, &ana, party, linked);
    let record = document(&stage, module, &party, &[&product(&stage, "EGGS")]);
    let preview = previewed(&stage, &ana, module, &record, "due_date");
    assert_eq!(preview.as_deref(), Some(due), "the preview, {module:?}, linked {linked}");
    let there = send(&stage, &ana, way, module, &record);
    let day = there["DueDateString"].as_str().unwrap();
    assert_eq!(&day[..10], due, "{way:?}, {module:?}, linked {linked}");
}

/// Terms are asked for where they count, and nowhere else: one call for all the documents of a step.
#[test]
fn terms_are_read_only_for_a_new_document_without_a_due_date() {
    for way in WAYS {
        let (stage, ana) = connected();
        let party = party_with_terms(&stage, &ana, Module::Accounts, true);
        let eggs = product(&stage, "EGGS");
        stage.click(&ana, Module::Products, &eggs);
        let records = [(); 2].map(|()| document(&stage, Module::Invoices, &party, &[&eggs]));
        let contacts = |stage: &Stage, mark| {
            let world = stage.world.borrow();
            let calls = world.calls_since(mark).into_iter();
            calls.filter(|call| call.api == ApiName::Xero && call.path.contains("/Contacts")).count()
        };
        let mark = stage.world.borrow().mark();
        match way {
            Way::Click => records.iter().for_each(|record| drop(send(&stage, &ana, way, Module::Invoices, record))),
            Way::Run => drop(send(&stage, &ana, way, Module::Invoices, &records[0])),
        }
        assert_eq!(contacts(&stage, mark), if way == Way::Click { 2 } else { 1 }, "{way:?}");
        let dated = document(&stage, Module::Invoices, &party, &[&eggs]);
        stage.edit(Module::Invoices, &dated, &json!({"Due_Date": "2026-12-24"}));
        let mark = stage.world.borrow().mark();
        send(&stage, &ana, way, Module::Invoices, &dated);
        assert_eq!(contacts(&stage, mark), 0, "{way:?}: it says itself when it is due");
    }
}

#[test]
fn a_contacts_terms_are_read_once_a_minute() {
    let (stage, ana) = connected();
    let party = party_with_terms(&stage, &ana, Module::Accounts, true);
    let eggs = product(&stage, "EGGS");
    stage.click(&ana, Module::Products, &eggs);
    let records = [(); 3].map(|()| document(&stage, Module::Invoices, &party, &[&eggs]));
    let desk = Desk::default();
    let contacts = |record: &str| {
        let mark = stage.world.borrow().mark();
        stage.run(stage.engine(&desk).view(&ana, Module::Invoices, &id(record))).unwrap();
        let world = stage.world.borrow();
        let calls = world.calls_since(mark).into_iter();
        calls.filter(|call| call.api == ApiName::Xero && call.path.contains("/Contacts")).count()
    };
    assert_eq!((contacts(&records[0]), contacts(&records[1])), (1, 0));
    stage.advance(61);
    assert_eq!(contacts(&records[2]), 1, "they may have been changed since");
}

/// With "Tax included" the item's own type is the only one that says how much tax a price contains.
#[test]
fn an_items_own_tax_type_counts_where_prices_include_tax() {
    for way in WAYS {
        for linked in [true, false] {
            let (stage, ana) = connected();
            stage.choose(|settings| settings.documents.line_amount_types = LineAmountTypes::Inclusive);
            let item =
                json!({"Code": "EGGS", "Name": "Eggs", "SalesDetails": {"UnitPrice": 7, "TaxType": "EXEMPTOUTPUT"}});
            stage.typed("Items", item);
            let (eggs, ham) = (product(&stage, "EGGS"), product(&stage, "HAM"));
            if linked {
                for product in [&eggs, &ham] {
                    stage.click(&ana, Module::Products, product);
                }
            }
            let account = insert(&stage, Module::Accounts, json!({"Account_Name": "Fern Gully Produce"}));
            let record = document(&stage, Module::Invoices, &account, &[&eggs, &ham]);
            let there = send(&stage, &ana, way, Module::Invoices, &record);
            let types: Vec<&str> =
                there["LineItems"].as_array().unwrap().iter().map(|line| line["TaxType"].as_str().unwrap()).collect();
            // The account says it for the item that does not.
            assert_eq!(types, ["EXEMPTOUTPUT", "OUTPUT"], "{way:?}, linked {linked}");
        }
    }
}

/// The members of what a plan is told of a document's references: a new one does not compile here before it stands among
/// the [`CASES`].
fn members(references: &References) -> [&'static str; CASES.len()] {
    let References { party: _, of_company: _, party_terms: _, products: _, last_rate: _, arrivals: _, waiting: _ } =
        references;
    ["party", "of_company", "party_terms", "products", "last_rate", "arrivals", "waiting"]
}

/// A member, and what shows that a way gives it.
type Case = (&'static str, fn(Way));

const CASES: [Case; 7] = [
    ("party", gives_the_party),
    ("of_company", gives_of_company),
    ("party_terms", |way| due_by_terms(way, Module::Invoices, Module::Accounts, true, "2026-12-04")),
    ("products", gives_products),
    ("last_rate", gives_the_last_rate),
    ("arrivals", gives_arrivals),
    ("waiting", gives_what_waits),
];

#[test]
fn a_click_and_a_run_give_the_planner_all_that_it_knows_of_references() {
    assert_eq!(CASES.map(|(member, _)| member), members(&References::NOTHING));
    for (member, shows) in CASES {
        for way in WAYS {
            println!("{member} by a {way:?}");
            shows(way);
        }
    }
}

fn account(stage: &Stage) -> String {
    insert(stage, Module::Accounts, json!({"Account_Name": "Fern Gully Produce"}))
}

fn gives_the_party(way: Way) {
    let (stage, ana) = connected();
    let account = account(&stage);
    let record = document(&stage, Module::Invoices, &account, &[&product(&stage, "EGGS")]);
    let there = send(&stage, &ana, way, Module::Invoices, &record);
    assert_eq!(there["Contact"]["ContactID"], stage.xero(Module::Accounts, &account)["ContactID"]);
}

/// A document for a person who works elsewhere by now stays with the company for which it was made.
fn gives_of_company(way: Way) {
    let (stage, ana) = connected();
    let (account, other) =
        (account(&stage), insert(&stage, Module::Accounts, json!({"Account_Name": "Lyrebird Legal"})));
    let person = insert(&stage, Module::Contacts, json!({"Last_Name": "Holt", "Account_Name": {"id": account}}));
    let record = document(&stage, Module::Invoices, &account, &[&product(&stage, "EGGS")]);
    stage.edit(
        Module::Invoices,
        &record,
        &json!({"Status": "Created", "Account_Name": null, "Contact_Name": {"id": person}}),
    );
    let before = send(&stage, &ana, way, Module::Invoices, &record);
    stage.click(&ana, Module::Accounts, &other);
    stage.advance(60);
    stage.edit(Module::Contacts, &person, &json!({"Account_Name": {"id": other}}));
    stage.edit(Module::Invoices, &record, &json!({"Due_Date": "2026-12-24"}));
    let after = send(&stage, &ana, way, Module::Invoices, &record);
    assert_eq!(after["Contact"]["ContactID"], before["Contact"]["ContactID"]);
    assert_eq!(&after["DueDateString"].as_str().unwrap()[..10], "2026-12-24", "the rest of it goes");
}

/// Code, category and tax types: the last by [`an_items_own_tax_type_counts_where_prices_include_tax`].
fn gives_products(way: Way) {
    for linked in [true, false] {
        let (stage, ana) = connected();
        let account_of = SideAccounts { sales: Some("260".to_owned()), purchases: None };
        stage.choose(|settings| drop(settings.accounts.by_category.insert("Hardware".to_owned(), account_of)));
        let eggs = product(&stage, "EGGS");
        stage.edit(Module::Products, &eggs, &json!({"Product_Category": "Hardware"}));
        if linked {
            stage.click(&ana, Module::Products, &eggs);
        }
        let record = document(&stage, Module::Invoices, &account(&stage), &[&eggs]);
        let line = send(&stage, &ana, way, Module::Invoices, &record)["LineItems"][0].clone();
        assert_eq!((line["ItemCode"].as_str(), line["AccountCode"].as_str()), (Some("EGGS"), Some("260")), "{linked}");
    }
}

fn gives_the_last_rate(way: Way) {
    let (stage, ana) = connected();
    let (account, eggs) = (account(&stage), product(&stage, "EGGS"));
    let foreign = |rate: &str| {
        let record = document(&stage, Module::Invoices, &account, &[&eggs]);
        let rate: Value = serde_json::from_str(rate).unwrap();
        stage.edit(Module::Invoices, &record, &json!({"Currency": "USD", "Exchange_Rate": rate}));
        record
    };
    send(&stage, &ana, Way::Click, Module::Invoices, &foreign("1"));
    stage.choose(|settings| settings.documents.send_exchange_rate = true);
    let far = foreign("6.5");
    let outcome = match way {
        Way::Click => stage.click(&ana, Module::Invoices, &far).entry.outcome,
        Way::Run => {
            let done = stage.run_all(&ana, &[Module::Invoices], Direction::ToXero, Scope::Everything);
            stage.entries_of(&done.id).into_iter().find(|entry| entry.record_id == far).unwrap().outcome
        }
    };
    assert_eq!(outcome, Outcome::Undecided);
}

/// A line that only Xero's document has comes to the CRM with the product that stands for its item.
fn gives_arrivals(way: Way) {
    let (stage, ana) = connected();
    let (eggs, ham) = (product(&stage, "EGGS"), product(&stage, "HAM"));
    stage.click(&ana, Module::Products, &ham);
    let record = document(&stage, Module::Invoices, &account(&stage), &[&eggs]);
    stage.edit(Module::Invoices, &record, &json!({"Status": "Created"}));
    let there = send(&stage, &ana, way, Module::Invoices, &record);
    let mut lines = there["LineItems"].as_array().unwrap().clone();
    lines.push(json!({"ItemCode": "HAM", "Description": "Ham", "Quantity": 1, "UnitAmount": 5, "AccountCode": "200",
        "TaxType": "EXEMPTOUTPUT"}));
    stage.advance(60);
    stage.edit_xero("Invoices", there["InvoiceID"].as_str().unwrap(), json!({"LineItems": lines}));
    match way {
        Way::Click => drop(stage.click(&ana, Module::Invoices, &record)),
        Way::Run => drop(stage.run_all(&ana, &[Module::Invoices], Direction::Both, Scope::Everything)),
    }
    let lines = stage.crm(Module::Invoices, &record)["Invoiced_Items"].clone();
    assert_eq!(lines[1]["Product_Name"]["id"].as_str(), Some(ham.as_str()), "{lines:#}");
}

/// Of a linked document only the lines wait for a product that can't be sent: the rest of it goes.
fn gives_what_waits(way: Way) {
    let (stage, ana) = connected();
    let eggs = product(&stage, "EGGS");
    let record = document(&stage, Module::Invoices, &account(&stage), &[&eggs]);
    stage.edit(Module::Invoices, &record, &json!({"Status": "Created"}));
    send(&stage, &ana, way, Module::Invoices, &record);
    // The item of this code is the other product's.
    let bad = product(&stage, "EGGS");
    let line = |product: &str| json!({"Product_Name": {"id": product}, "Quantity": 2, "List_Price": 5, "Line_Tax": []});
    stage.advance(60);
    stage.edit(
        Module::Invoices,
        &record,
        &json!({"Due_Date": "2026-12-24", "Invoiced_Items": [line(&eggs), line(&bad)]}),
    );
    match way {
        Way::Click => drop(stage.click(&ana, Module::Invoices, &record)),
        Way::Run => drop(stage.run_all(&ana, &[Module::Invoices], Direction::ToXero, Scope::Everything)),
    }
    let there = stage.xero(Module::Invoices, &record);
    assert_eq!(&there["DueDateString"].as_str().unwrap()[..10], "2026-12-24", "{there:#}");
    assert_eq!(there["LineItems"].as_array().unwrap().len(), 1);
}
