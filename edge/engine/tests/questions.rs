//! Whose record is it: what only a person can know is asked, and nothing is linked or written before the answer.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use crate::support;

use engine::access::rights::Administrator;
use engine::sync::Desk;
use sandbox::World;
use sandbox_zoho::{Answers, Equals, InnerPercent, Like};
use serde_json::{Map, Value, json};
use shared::api::runs::{PairChoice, RecordRef, RunRequest, Scope};
use shared::api::{Action, Outcome, RecordView};
use shared::id::XeroId;
use shared::module::Module;
use shared::problem::{Code, Problem};
use shared::question::{Decision, Question, QuestionKind};
use shared::settings::{Direction, SourceOfTruth};
use support::{BASE, Stage, id};

/// A seller: a plain user.
const SALES: &str = "sam@bluegum.example";

fn stage() -> (Stage, Administrator) {
    Stage::connected(World::empty(BASE))
}

fn insert(stage: &Stage, module: Module, row: &Value) -> String {
    stage.world.borrow_mut().zoho.insert(module.api_name(), row).unwrap()
}

fn at_xero(stage: &Stage, resource: &str, record: &str) -> Value {
    stage.world.borrow().xero.get(&stage.tenant(0), resource, record).unwrap()
}

fn decide(stage: &Stage, ana: &Administrator, module: Module, record: &str, decision: &Decision) {
    let desk = Desk::default();
    stage.run(stage.engine(&desk).decide(ana, &(module, id(record)), decision)).unwrap();
}

fn question(problems: &[Problem], code: Code) -> Question {
    let problem = problems.iter().find(|problem| problem.code == code);
    let problem = problem.unwrap_or_else(|| panic!("{code:?} is not among {problems:#?}"));
    assert!(!problem.fix.is_empty() && problem.place.is_some(), "{problem:#?}");
    *problem.question.clone().unwrap()
}

fn choice(question: &Question, wanted: impl Fn(&Decision) -> bool) -> Decision {
    question.choices.iter().find(|choice| wanted(&choice.decision)).unwrap().decision.clone()
}

/// That a preview, a click and a run ask, and that neither side is written.
#[track_caller]
fn asks(stage: &Stage, ana: &Administrator, module: Module, record: &str, code: Code) -> Question {
    let before = (stage.crm(module, record), stage.number("SELECT count(*) FROM links WHERE xero_id IS NOT NULL"));
    let resource = support::resource(module);
    let of_xero = stage.all_xero(resource);
    let view: RecordView = stage.view(ana, module, record).unwrap();
    assert_eq!(view.preview.action, Action::Blocked, "{:#?}", view.preview.problems);
    let asked = question(&view.preview.problems, code);
    assert_eq!((asked.module, asked.crm_id.as_ref().unwrap().as_str()), (module, record));
    let reply = stage.click(ana, module, record);
    assert_eq!(reply.entry.outcome, Outcome::Undecided, "{:#?}", reply.entry.problems);
    assert_eq!(question(&reply.entry.problems, code), asked, "the click asks what the preview asks");
    let run = stage.run_all(ana, &[module], Direction::Both, Scope::Everything);
    let told: Vec<_> = stage.entries_of(&run.id).into_iter().filter(|entry| entry.record_id == record).collect();
    assert!(matches!(told.as_slice(), [one] if one.outcome == Outcome::Undecided), "once: {told:#?}");
    assert!(run.counts.undecided > 0 && run.counts.add_up(), "{:?}", run.counts);
    assert_eq!(stage.all_xero(resource), of_xero, "Xero is left as it is");
    let links = stage.number("SELECT count(*) FROM links WHERE xero_id IS NOT NULL");
    assert_eq!((stage.crm(module, record), links), before, "so is the CRM");
    asked
}

/// A supplier on both sides, and a product.
struct Supplier {
    vendor: String,
    contact: String,
    product: String,
}

fn supplier(stage: &Stage, ana: &Administrator, name: &str) -> Supplier {
    let vendor = insert(stage, Module::Vendors, &json!({"Vendor_Name": name}));
    let product = json!({"Product_Name": "Rent", "Product_Code": "RENT", "Product_Active": true});
    let product = insert(stage, Module::Products, &product);
    for (module, record) in [(Module::Vendors, &vendor), (Module::Products, &product)] {
        let reply = stage.click(ana, module, record);
        assert_eq!(reply.entry.outcome, Outcome::Created, "{:#?}", reply.entry.problems);
    }
    let contact = stage.crm(Module::Vendors, &vendor)["Xero_ID"].as_str().unwrap().to_owned();
    Supplier { vendor, contact, product }
}

fn order(stage: &Stage, of: &Supplier, number: &str, day: &str, due: &str, quantity: i32) -> String {
    let row = json!({"Subject": "Rent", "PO_Number": number, "PO_Date": day, "Due_Date": due, "Status": "Approved",
        "Vendor_Name": {"id": of.vendor},
        "Purchase_Items": [{"Product_Name": {"id": of.product}, "Quantity": quantity, "List_Price": 100}]});
    insert(stage, Module::PurchaseOrders, &row)
}

fn bill(stage: &Stage, of: &Supplier, number: &str, day: &str, due: &str, text: &str) -> String {
    let line = json!({"Description": text, "Quantity": 1, "UnitAmount": 100, "AccountCode": "400",
        "TaxType": "BASEXCLUDED"});
    stage.typed(
        "Invoices",
        json!({"Type": "ACCPAY", "InvoiceNumber": number, "Contact": {"ContactID": of.contact}, "Date": day,
            "DueDate": due, "Status": "AUTHORISED", "LineItems": [line]}),
    )
}

fn pay(stage: &Stage, document: &str, day: &str) {
    let (tenant, now) = (stage.tenant(0), stage.now_utc());
    let payment = json!({"Invoice": {"InvoiceID": document}, "Account": {"Code": "090"}, "Date": day, "Amount": 100});
    stage.world.borrow_mut().xero.insert(&tenant, "Payments", payment, now).unwrap();
}

#[test]
fn f14a_a_bill_number_of_another_year() {
    for by_run in [false, true] {
        let (stage, ana) = stage();
        let of = supplier(&stage, &ana, "Jarrah Joinery");
        let last_year = order(&stage, &of, "17", "2025-11-18", "2025-12-18", 1);
        let reply = stage.click(&ana, Module::PurchaseOrders, &last_year);
        assert_eq!(reply.entry.outcome, Outcome::Created, "{:#?}", reply.entry.problems);
        let before = stage.xero(Module::PurchaseOrders, &last_year);
        let second = order(&stage, &of, "17", "2026-11-18", "2026-12-18", 2);
        let view = stage.view(&ana, Module::PurchaseOrders, &second).unwrap();
        assert_eq!(view.preview.action, Action::Create, "{:#?}", view.preview.problems);
        let problems = if by_run {
            let run = stage.run_all(&ana, &[Module::PurchaseOrders], Direction::Both, Scope::SinceLast);
            stage.entries_of(&run.id).into_iter().find(|entry| entry.record_id == second).unwrap().problems
        } else {
            let reply = stage.click(&ana, Module::PurchaseOrders, &second);
            assert_eq!(reply.entry.outcome, Outcome::Created, "{:#?}", reply.entry.problems);
            reply.entry.problems
        };
        assert_eq!(problems.iter().filter(|one| one.code == Code::BillNumberAgain).count(), 1, "{problems:#?}");
        let bills: Vec<Value> =
            stage.all_xero("Invoices").into_iter().filter(|one| one["InvoiceNumber"] == "17").collect();
        assert_eq!(bills.len(), 2, "a second bill of the number");
        let kept = stage.xero(Module::PurchaseOrders, &last_year);
        for field in ["InvoiceNumber", "Date", "Total", "LineItems", "Status"] {
            assert_eq!(kept[field], before[field]);
        }
        assert_ne!(stage.xero(Module::PurchaseOrders, &second)["InvoiceID"], before["InvoiceID"]);
    }
}

#[test]
fn f14c_last_year_s_paid_bill_is_not_this_year_s() {
    let (stage, ana) = stage();
    let of = supplier(&stage, &ana, "Karri Kitchens");
    let paid = bill(&stage, &of, "5", "2025-03-01", "2025-04-01", "March rent 2025");
    pay(&stage, &paid, "2025-03-20");
    let own = order(&stage, &of, "5", "2026-11-18", "2026-12-18", 1);
    let asked = asks(&stage, &ana, Module::PurchaseOrders, &own, Code::DocumentInDoubt);
    assert_eq!(asked.kind, QuestionKind::Same);
    assert!(asked.values.iter().any(|one| one.key == "date"), "{:#?}", asked.values);
    // It is another one: this year's goes to Xero beside it.
    let anew = choice(&asked, |one| matches!(one, Decision::SendNew { .. }));
    decide(&stage, &ana, Module::PurchaseOrders, &own, &anew);
    let kept = || {
        let bill = at_xero(&stage, "Invoices", &paid);
        ["InvoiceNumber", "Date", "Total", "LineItems", "Status", "AmountPaid"].map(|field| bill[field].clone())
    };
    let before = kept();
    stage.run_all(&ana, &[Module::PurchaseOrders], Direction::ToXero, Scope::SinceLast);
    assert_eq!(kept(), before);
    let made = stage.xero(Module::PurchaseOrders, &own);
    assert_eq!((&made["InvoiceNumber"], &made["DateString"]), (&json!("5"), &json!("2026-11-18T00:00:00")));
    assert_ne!(made["InvoiceID"], json!(paid));
    let again = stage.click(&ana, Module::PurchaseOrders, &own);
    assert_eq!(again.entry.outcome, Outcome::Unchanged, "{:#?}", again.entry.problems);
}

#[test]
fn a_bill_is_the_same_only_if_total_and_time_fit() {
    for (day, due, quantity, paid, wanted) in [
        ("2026-11-20", "2026-12-18", 1, None, None),
        ("2026-11-20", "2026-12-18", 1, Some("2026-11-25"), None),
        ("2026-11-20", "2026-12-18", 2, None, Some(Code::DocumentInDoubt)),
        ("2026-10-20", "2026-12-18", 1, None, Some(Code::DocumentInDoubt)),
        ("2027-01-20", "2027-02-18", 1, None, Some(Code::DocumentInDoubt)),
        ("2026-11-18", "2026-12-18", 1, Some("2026-11-01"), Some(Code::DocumentInDoubt)),
        ("2026-11-18", "2026-12-20", 1, None, Some(Code::DocumentDiffers)),
    ] {
        let (stage, ana) = stage();
        let of = supplier(&stage, &ana, "Karri Kitchens");
        let other = bill(&stage, &of, "5", day, due, "Rent");
        if let Some(paid) = paid {
            pay(&stage, &other, paid);
        }
        // The date of the bill is the order's where only the total is tried.
        let made = if wanted.is_none() { day } else { "2026-11-18" };
        let own = order(&stage, &of, "5", made, "2026-12-18", quantity);
        if let Some(code) = wanted {
            asks(&stage, &ana, Module::PurchaseOrders, &own, code);
        } else {
            let reply = stage.click(&ana, Module::PurchaseOrders, &own);
            assert_eq!(reply.entry.outcome, Outcome::Updated, "{day} {:#?}", reply.entry.problems);
            assert_eq!(stage.xero(Module::PurchaseOrders, &own)["InvoiceID"], json!(other));
        }
    }
}

#[test]
fn lines_that_somebody_typed_are_asked_about_and_the_answer_counts() {
    for (values, text) in [(SourceOfTruth::Xero, "March rent"), (SourceOfTruth::Crm, "Rent")] {
        let (stage, ana) = stage();
        let of = supplier(&stage, &ana, "Karri Kitchens");
        let other = bill(&stage, &of, "5", "2026-11-18", "2026-12-18", "March rent");
        let own = order(&stage, &of, "5", "2026-11-18", "2026-12-18", 1);
        let asked = asks(&stage, &ana, Module::PurchaseOrders, &own, Code::DocumentDiffers);
        let decision = choice(&asked, |one| matches!(one, Decision::Link { values: of, .. } if *of == values));
        decide(&stage, &ana, Module::PurchaseOrders, &own, &decision);
        let reply = stage.click(&ana, Module::PurchaseOrders, &own);
        assert_eq!(reply.entry.outcome, Outcome::Updated, "{:#?}", reply.entry.problems);
        assert_eq!(at_xero(&stage, "Invoices", &other)["LineItems"][0]["Description"], json!(text));
        let again = stage.click(&ana, Module::PurchaseOrders, &own);
        assert_eq!(again.entry.outcome, Outcome::Unchanged, "{:#?}", again.entry.changes);
    }
}

#[test]
fn f30_a_stranger_of_the_same_name() {
    let (stage, ana) = stage();
    let stranger = stage.typed("Contacts", json!({"Name": "Kim Park", "EmailAddress": "kim@elsewhere.example"}));
    let row = json!({"First_Name": "Kim", "Last_Name": "Park", "Email": "kim.park@ours.example",
        "Phone": "+61 2 5550 7777"});
    let own = insert(&stage, Module::Contacts, &row);
    let asked = asks(&stage, &ana, Module::Contacts, &own, Code::ContactInDoubt);
    assert!(asked.values.iter().any(|one| one.key == "person.email"), "{:#?}", asked.values);
    // The same after all: Xero's values stay.
    let decision = choice(&asked, |one| matches!(one, Decision::Link { values: SourceOfTruth::Xero, .. }));
    decide(&stage, &ana, Module::Contacts, &own, &decision);
    let reply = stage.click(&ana, Module::Contacts, &own);
    assert_eq!(reply.entry.outcome, Outcome::Updated, "{:#?}", reply.entry.problems);
    assert_eq!(at_xero(&stage, "Contacts", &stranger)["EmailAddress"], json!("kim@elsewhere.example"));
    assert_eq!(stage.crm(Module::Contacts, &own)["Email"], json!("kim@elsewhere.example"));
}

#[test]
fn f30b_a_company_of_the_same_name_elsewhere() {
    let (stage, ana) = stage();
    let address = json!({"AddressType": "POBOX", "AddressLine1": "9 Hay Street", "City": "Perth", "Region": "WA",
        "PostalCode": "6000"});
    let stranger = stage.typed(
        "Contacts",
        json!({"Name": "Central Motors", "EmailAddress": "office@central-perth.example", "Addresses": [address]}),
    );
    let row = json!({"Account_Name": "Central Motors", "Billing_Street": "2 Reef Road", "Billing_City": "Cairns",
        "Billing_State": "QLD", "Billing_Code": "4870"});
    let own = insert(&stage, Module::Accounts, &row);
    asks(&stage, &ana, Module::Accounts, &own, Code::ContactInDoubt);
    // An invoice waits for the answer about its customer, and offers it.
    let product = json!({"Product_Name": "Tyre", "Product_Code": "TYRE", "Product_Active": true});
    let product = insert(&stage, Module::Products, &product);
    let invoice = json!({"Subject": "Tyres", "Status": "Approved", "Invoice_Date": "2026-11-18", "Account_Name": {"id": own},
        "Invoiced_Items": [{"Product_Name": {"id": product}, "Quantity": 1, "List_Price": 10}]});
    let invoice = insert(&stage, Module::Invoices, &invoice);
    let reply = stage.click(&ana, Module::Invoices, &invoice);
    assert_eq!(reply.entry.outcome, Outcome::Undecided, "{:#?}", reply.entry.problems);
    let asked = question(&reply.entry.problems, Code::DependencyFailed);
    assert_eq!((asked.module, asked.crm_id.as_ref().unwrap().as_str()), (Module::Accounts, own.as_str()));
    assert_eq!(stage.all_xero("Invoices"), Vec::<Value>::new());
    // It is another company: with a name of its own it goes to Xero.
    stage.advance(60);
    stage.edit(Module::Accounts, &own, &json!({"Account_Name": "Central Motors Cairns"}));
    let reply = stage.click(&ana, Module::Invoices, &invoice);
    assert_eq!(reply.entry.outcome, Outcome::Created, "{:#?}", reply.entry.problems);
    assert_ne!(stage.xero(Module::Invoices, &invoice)["Contact"]["ContactID"], json!(stranger));
}

/// Whoever sends a document without seeing for whom it is learns that it waits for a decision, and not about whom.
#[test]
fn a_document_waits_for_a_decision_about_a_customer_whom_its_sender_is_not_shown() {
    for (by_run, hidden) in [(false, false), (false, true), (true, false), (true, true)] {
        let (stage, _) = stage();
        let stranger = stage.typed("Contacts", json!({"Name": "Kim Park", "EmailAddress": "kim@elsewhere.example"}));
        let row = json!({"First_Name": "Kim", "Last_Name": "Park", "Email": "kim.park@ours.example"});
        let kim = insert(&stage, Module::Contacts, &row);
        let product = json!({"Product_Name": "Tyre", "Product_Code": "TYRE", "Product_Active": true});
        let product = insert(&stage, Module::Products, &product);
        let row = json!({"Subject": "Tyres", "Status": "Approved", "Invoice_Date": "2026-11-18",
            "Contact_Name": {"id": kim},
            "Invoiced_Items": [{"Product_Name": {"id": product}, "Quantity": 1, "List_Price": 10}]});
        let invoice = insert(&stage, Module::Invoices, &row);
        if hidden {
            let mut world = stage.world.borrow_mut();
            let profile = world.zoho.profile_of(SALES).unwrap().name.clone();
            let field = ("Invoices".to_owned(), "Contact_Name".to_owned());
            world.zoho.profile_named_mut(&profile).unwrap().hidden_fields.insert(field);
        }
        let sam = stage.sign_in(SALES);
        let entry = if by_run {
            let record = RecordRef { module: Module::Invoices, id: invoice.clone() };
            let desk = Desk::default();
            let pairs = vec![PairChoice { module: Module::Invoices, direction: Direction::ToXero }];
            let request = RunRequest { pairs, scope: Scope::Records(vec![record]), preview: false };
            let run = stage.run(stage.engine(&desk).start_run(&sam, &request)).unwrap();
            stage.take_steps_of_run(&desk, &sam);
            stage.entries_of(&run.id).into_iter().find(|entry| entry.record_id == invoice).unwrap()
        } else {
            stage.click(&sam, Module::Invoices, &invoice).entry
        };
        let case = format!("run {by_run}, hidden {hidden}: {:#?}", entry.problems);
        assert_eq!(entry.outcome, Outcome::Undecided, "{case}");
        let open: Vec<&Problem> = entry.problems.iter().filter(|problem| problem.is_open()).collect();
        assert!(open.iter().any(|problem| problem.code == Code::DependencyFailed), "{case}");
        let told = serde_json::to_string(&entry.problems).unwrap();
        for secret in ["Kim", "Park", kim.as_str(), stranger.as_str()] {
            assert!(!hidden || !told.contains(secret), "{secret}: {case}");
        }
        assert_eq!(stage.all_xero("Invoices"), Vec::<Value>::new());
    }
}

#[test]
fn f28_two_products_of_one_code() {
    let (stage, ana) = stage();
    let product = |name: &str| {
        insert(&stage, Module::Products, &json!({"Product_Name": name, "Product_Code": "SK-8", "Product_Active": true}))
    };
    let (blue, red) = (product("Skate, blue"), product("Skate, red"));
    let account = insert(&stage, Module::Accounts, &json!({"Account_Name": "Skink Skates"}));
    let line = |product: &str| json!({"Product_Name": {"id": product}, "Quantity": 1, "List_Price": 10});
    let invoice = json!({"Subject": "Skates", "Status": "Approved", "Invoice_Date": "2026-11-18",
        "Account_Name": {"id": account}, "Invoiced_Items": [line(&blue), line(&red)]});
    let invoice = insert(&stage, Module::Invoices, &invoice);
    let reply = stage.click(&ana, Module::Invoices, &invoice);
    assert_eq!(reply.entry.outcome, Outcome::Undecided, "{:#?}", reply.entry.problems);
    let told = reply.entry.problems.iter().find(|one| one.code == Code::DependencyFailed).unwrap();
    assert!(told.why.contains("same code: \"SK-8\""), "{told:#?}");
    assert!(told.fix.contains("Change the code of one"), "{told:#?}");
    let asked = told.question.clone().unwrap();
    assert_eq!(asked.kind, QuestionKind::Holder);
    let places = asked.candidates.iter().filter(|one| [blue.as_str(), red.as_str()].contains(&one.id.as_str()));
    assert_eq!(places.filter(|one| one.place.is_some()).count(), 2, "both are offered");
    // With a code of its own it goes across.
    stage.edit(Module::Products, &red, &json!({"Product_Code": "SK-8R"}));
    stage.edit(Module::Products, &blue, &json!({"Product_Code": "SK-8B"}));
    let reply = stage.click(&ana, Module::Invoices, &invoice);
    assert_eq!(reply.entry.outcome, Outcome::Created, "{:#?}", reply.entry.problems);
}

#[test]
fn two_accounts_of_one_name_are_told_so_and_either_can_be_the_one() {
    let (stage, ana) = stage();
    let account = || insert(&stage, Module::Accounts, &json!({"Account_Name": "Emu Events"}));
    let (first, second) = (account(), account());
    stage.click(&ana, Module::Accounts, &first);
    let contact = stage.crm(Module::Accounts, &first)["Xero_ID"].as_str().unwrap().to_owned();
    let asked = asks(&stage, &ana, Module::Accounts, &second, Code::SharedByTwo);
    let decision = choice(&asked, |one| matches!(one, Decision::Link { instead_of: Some(_), .. }));
    decide(&stage, &ana, Module::Accounts, &second, &decision);
    let reply = stage.click(&ana, Module::Accounts, &second);
    assert_eq!(reply.entry.outcome, Outcome::Updated, "{:#?}", reply.entry.problems);
    assert_eq!(stage.crm(Module::Accounts, &second)["Xero_ID"], json!(contact));
    let reply = stage.click(&ana, Module::Accounts, &first);
    assert_eq!(reply.entry.outcome, Outcome::Skipped, "{:#?}", reply.entry.problems);
    assert_eq!(stage.all_xero("Contacts").len(), 1);
}

#[test]
fn a_link_is_let_go_moved_and_made_anew() {
    let (stage, ana) = stage();
    let own = insert(&stage, Module::Accounts, &json!({"Account_Name": "Quokka Quilts"}));
    stage.click(&ana, Module::Accounts, &own);
    let first = stage.crm(Module::Accounts, &own)["Xero_ID"].as_str().unwrap().to_owned();
    // Let go: it is left alone, by clicks and by runs, and Xero's record stays as it is.
    decide(&stage, &ana, Module::Accounts, &own, &Decision::Unlink);
    assert_eq!(stage.crm(Module::Accounts, &own)["Xero_ID"], Value::Null);
    stage.edit(Module::Accounts, &own, &json!({"Phone": "02 5550 1234"}));
    let before = at_xero(&stage, "Contacts", &first);
    let reply = stage.click(&ana, Module::Accounts, &own);
    assert_eq!(reply.entry.outcome, Outcome::Skipped, "{:#?}", reply.entry.problems);
    assert_eq!(question(&reply.entry.problems, Code::LinkLetGo).kind, QuestionKind::LetGo);
    stage.run_all(&ana, &[Module::Accounts], Direction::Both, Scope::Everything);
    assert_eq!(at_xero(&stage, "Contacts", &first), before);
    // Linked with another one.
    let other = stage.typed("Contacts", json!({"Name": "Quokka Quilts Pty Ltd"}));
    let link =
        |to: &str| Decision::Link { xero_id: XeroId::new(to).unwrap(), values: SourceOfTruth::Xero, instead_of: None };
    decide(&stage, &ana, Module::Accounts, &own, &link(&other));
    let reply = stage.click(&ana, Module::Accounts, &own);
    assert_eq!(reply.entry.outcome, Outcome::Updated, "{:#?}", reply.entry.problems);
    assert_eq!(stage.crm(Module::Accounts, &own)["Xero_ID"], json!(other));
    assert_eq!(stage.crm(Module::Accounts, &own)["Account_Name"], json!("Quokka Quilts Pty Ltd"));
    stage.advance(60);
    // Sent anew, under a name that Xero does not have.
    stage.edit(Module::Accounts, &own, &json!({"Account_Name": "Quokka Quilting"}));
    decide(&stage, &ana, Module::Accounts, &own, &Decision::SendNew { not: Vec::new() });
    let reply = stage.click(&ana, Module::Accounts, &own);
    assert_eq!(reply.entry.outcome, Outcome::Created, "{:#?}", reply.entry.problems);
    let third = stage.crm(Module::Accounts, &own)["Xero_ID"].as_str().unwrap().to_owned();
    assert!(![first.as_str(), other.as_str()].contains(&third.as_str()));
    assert_eq!(stage.number("SELECT count(*) FROM audit WHERE action IN ('let-go', 'link-record', 'send-anew')"), 3);
}

/// An account that is linked, and an invoice of it that is in Xero.
fn account_with_invoice(stage: &Stage, ana: &Administrator, name: &str) -> (String, String) {
    let account = insert(stage, Module::Accounts, &json!({"Account_Name": name}));
    let code = format!("NUR {}", name.len());
    let product = json!({"Product_Name": name, "Product_Code": code, "Product_Active": true});
    let product = insert(stage, Module::Products, &product);
    let invoice = invoice(stage, &account, &product);
    let reply = stage.click(ana, Module::Invoices, &invoice);
    assert_eq!(reply.entry.outcome, Outcome::Created, "{:#?}", reply.entry.problems);
    (account, invoice)
}

fn invoice(stage: &Stage, account: &str, product: &str) -> String {
    let row = json!({"Subject": "Plants", "Status": "Created", "Invoice_Date": "2026-11-18", "Due_Date": "2026-12-18",
        "Account_Name": {"id": account},
        "Invoiced_Items": [{"Product_Name": {"id": product}, "Quantity": 1, "List_Price": 10}]});
    insert(stage, Module::Invoices, &row)
}

#[test]
fn f08_linked_records_gone_in_xero() {
    for by_run in [false, true] {
        let (stage, ana) = stage();
        let (account, first) = account_with_invoice(&stage, &ana, "Numbat Nurseries");
        let product = stage.crm(Module::Invoices, &first)["Invoiced_Items"][0]["Product_Name"]["id"].clone();
        let contact = stage.crm(Module::Accounts, &account)["Xero_ID"].as_str().unwrap().to_owned();
        // The demo company was set back.
        let (tenant, document) = (stage.tenant(0), stage.xero(Module::Invoices, &first)["InvoiceID"].clone());
        stage.world.borrow_mut().xero.forget(&tenant, "Invoices", document.as_str().unwrap()).unwrap();
        stage.world.borrow_mut().xero.forget(&tenant, "Contacts", &contact).unwrap();
        stage.advance(60);
        let view = stage.view(&ana, Module::Accounts, &account).unwrap();
        let told = view.preview.problems.iter().filter(|one| one.code == Code::XeroRecordGone);
        assert_eq!(told.count(), 1, "told once: {:#?}", view.preview.problems);
        let new = invoice(&stage, &account, product.as_str().unwrap());
        let problems = if by_run {
            let run = stage.run_all(&ana, &[Module::Invoices], Direction::ToXero, Scope::SinceLast);
            stage.entries_of(&run.id).into_iter().find(|entry| entry.record_id == new).unwrap().problems
        } else {
            let reply = stage.click(&ana, Module::Invoices, &new);
            assert_eq!(reply.entry.outcome, Outcome::Undecided, "{:#?}", reply.entry.problems);
            reply.entry.problems
        };
        let told = problems.iter().find(|one| one.code == Code::PartyGone).unwrap_or_else(|| panic!("{problems:#?}"));
        assert!(told.what.contains("Numbat Nurseries") && told.what.contains("Xero"), "{told:#?}");
        let asked = question(&problems, Code::PartyGone);
        assert_eq!((asked.module, asked.crm_id.as_ref().unwrap().as_str()), (Module::Accounts, account.as_str()));
        // The answer is one of the account's, and the invoice goes on.
        let anew = choice(&asked, |one| matches!(one, Decision::SendNew { .. }));
        decide(&stage, &ana, Module::Accounts, &account, &anew);
        stage.advance(60);
        let reply = stage.click(&ana, Module::Invoices, &new);
        assert_eq!(reply.entry.outcome, Outcome::Created, "{:#?}", reply.entry.problems);
        let made = stage.crm(Module::Accounts, &account)["Xero_ID"].as_str().unwrap().to_owned();
        assert_ne!(made, contact);
        assert_eq!(stage.xero(Module::Invoices, &new)["Contact"]["ContactID"], json!(made));
    }
}

#[test]
fn an_account_that_was_merged_away_in_the_crm_moves_no_document_before_the_answer() {
    for keeps_own in [false, true] {
        let (stage, ana) = stage();
        let (away, invoice) = account_with_invoice(&stage, &ana, "Wombat Works");
        let (master, _) = account_with_invoice(&stage, &ana, "Wombat Works Ltd");
        let contact = |record: &str| stage.crm(Module::Accounts, record)["Xero_ID"].as_str().unwrap().to_owned();
        let (of_away, of_master) = (contact(&away), contact(&master));
        // "Find and merge": the documents move, and the record is gone.
        stage.advance(60);
        stage.edit(Module::Invoices, &invoice, &json!({"Account_Name": {"id": master}}));
        assert!(stage.world.borrow_mut().zoho.delete("Accounts", &away));
        let reply = stage.click(&ana, Module::Invoices, &invoice);
        assert_eq!(reply.entry.outcome, Outcome::Undecided, "{:#?}", reply.entry.problems);
        let run = stage.run_all(&ana, &[Module::Accounts, Module::Invoices], Direction::Both, Scope::Everything);
        let told = stage.entries_of(&run.id).into_iter().find(|entry| entry.record_id == invoice).unwrap();
        let asked = question(&told.problems, Code::CrmRecordMerged);
        assert_eq!((asked.kind, asked.crm_id.as_ref().unwrap().as_str()), (QuestionKind::Merged, master.as_str()));
        assert_eq!(stage.xero(Module::Invoices, &invoice)["Contact"]["ContactID"], json!(of_away), "nothing has moved");
        let wanted = if keeps_own { &of_master } else { &of_away };
        let decision =
            choice(&asked, |one| matches!(one, Decision::Link { xero_id, .. } if xero_id.as_str() == wanted));
        decide(&stage, &ana, Module::Accounts, &master, &decision);
        stage.advance(60);
        let reply = stage.click(&ana, Module::Accounts, &master);
        assert_eq!(reply.entry.outcome, Outcome::Updated, "{:#?}", reply.entry.problems);
        assert_eq!(contact(&master), *wanted);
        let reply = stage.click(&ana, Module::Invoices, &invoice);
        assert!(matches!(reply.entry.outcome, Outcome::Updated | Outcome::Unchanged), "{:#?}", reply.entry.problems);
        assert_eq!(stage.xero(Module::Invoices, &invoice)["Contact"]["ContactID"], json!(wanted));
    }
}

#[test]
fn a_contact_that_was_merged_in_xero_is_a_question_that_can_be_answered() {
    let (stage, ana) = stage();
    let (account, _) = account_with_invoice(&stage, &ana, "Bilby Bikes");
    let contact = stage.crm(Module::Accounts, &account)["Xero_ID"].as_str().unwrap().to_owned();
    let remained = stage.typed("Contacts", json!({"Name": "Bilby Bikes Pty Ltd"}));
    let (tenant, now) = (stage.tenant(0), stage.now_utc());
    stage.world.borrow_mut().xero.merge_contacts(&tenant, &contact, &remained, now).unwrap();
    stage.advance(60);
    let reply = stage.click(&ana, Module::Accounts, &account);
    assert_eq!(reply.entry.outcome, Outcome::Undecided, "{:#?}", reply.entry.problems);
    let asked = question(&reply.entry.problems, Code::ContactMerged);
    let decision = choice(&asked, |one| matches!(one, Decision::Link { values: SourceOfTruth::Xero, .. }));
    decide(&stage, &ana, Module::Accounts, &account, &decision);
    let reply = stage.click(&ana, Module::Accounts, &account);
    assert_eq!(reply.entry.outcome, Outcome::Updated, "{:#?}", reply.entry.problems);
    assert_eq!(stage.crm(Module::Accounts, &account)["Xero_ID"], json!(remained));
}

#[test]
fn names_are_one_however_they_are_written() {
    /// In what the CRM's name differs from Xero's.
    #[derive(Debug, Clone, Copy, PartialEq)]
    enum By {
        Apostrophe,
        Marks,
        Case,
        UsualCase,
    }
    let usual = Answers::USUAL;
    let mut answers = vec![Answers { equals: Equals::IgnoreCase, ..usual }];
    for inner_percent in [InnerPercent::StandsForOthers, InnerPercent::IsASign, InnerPercent::Refused] {
        answers.extend([Like::IgnoresCase, Like::MindsCase].map(|like| Answers { like, inner_percent, ..usual }));
    }
    for (of_crm, of_xero, by) in [
        ("O\u{2019}Brien  & Sons", "O'Brien & Sons", By::Apostrophe),
        ("Caf\u{e9} Zo\u{eb} Holdings", "Cafe Zoe Holdings", By::Marks),
        ("Jones-Smith Legal", "Jones\u{2013}Smith Legal", By::Marks),
        ("ZENITH Holdings", "Zenith holdings", By::Case),
        ("Zenith Holdings", "ZENITH HOLDINGS", By::UsualCase),
    ] {
        for answers in &answers {
            // What comes from Xero finds the CRM's record, as far as the CRM's query lets it.
            let (stage, ana) = stage();
            stage.world.borrow_mut().zoho.set_answers(*answers);
            let told = format!("{of_crm} {:?} {:?} {:?}", answers.like, answers.equals, answers.inner_percent);
            let own = insert(&stage, Module::Accounts, &json!({"Account_Name": of_crm}));
            let contact = stage.typed("Contacts", json!({"Name": of_xero}));
            let line = json!({"Description": "Work", "Quantity": 1, "UnitAmount": 10, "AccountCode": "200"});
            let sold = json!({"Type": "ACCREC", "Status": "AUTHORISED", "Contact": {"ContactID": contact},
                "Date": "2026-06-01", "DueDate": "2026-06-30", "LineItems": [line]});
            stage.typed("Invoices", sold);
            let run = stage.run_all(&ana, &[Module::Accounts], Direction::ToCrm, Scope::Everything);
            let found = match by {
                By::Apostrophe | By::UsualCase => true,
                By::Marks => answers.inner_percent != InnerPercent::IsASign,
                By::Case => {
                    let like = answers.like == Like::IgnoresCase && answers.inner_percent != InnerPercent::IsASign;
                    like || answers.equals == Equals::IgnoreCase
                }
            };
            let accounts = stage.world.borrow().zoho.records("Accounts").len();
            assert_eq!(accounts, 2 - usize::from(found), "{told}: {:#?}", stage.entries_of(&run.id));
            assert_eq!(stage.crm(Module::Accounts, &own)["Xero_ID"] == json!(contact), found, "{told}");
        }
        // What goes to Xero finds its contact.
        let (stage, ana) = stage();
        let own = insert(&stage, Module::Accounts, &json!({"Account_Name": of_crm}));
        let contact = stage.typed("Contacts", json!({"Name": of_xero}));
        let reply = stage.click(&ana, Module::Accounts, &own);
        assert_eq!(stage.crm(Module::Accounts, &own)["Xero_ID"], json!(contact), "{:#?}", reply.entry.problems);
    }
}

/// A contact that somebody has let go still bears the record's number, and hides no other one.
#[test]
fn a_contact_that_was_let_go_hides_no_other_of_the_name() {
    for named in ["Quokka Quilting", "Quokka\u{a0}Quilting"] {
        let (stage, ana) = stage();
        let own = insert(&stage, Module::Accounts, &json!({"Account_Name": "Quokka Quilts"}));
        stage.click(&ana, Module::Accounts, &own);
        let first = stage.crm(Module::Accounts, &own)["Xero_ID"].as_str().unwrap().to_owned();
        let other = stage.typed("Contacts", json!({"Name": "Quokka Quilting"}));
        stage.advance(60);
        stage.edit(Module::Accounts, &own, &json!({"Account_Name": named}));
        decide(&stage, &ana, Module::Accounts, &own, &Decision::SendNew { not: Vec::new() });
        let view = stage.view(&ana, Module::Accounts, &own).unwrap();
        assert_eq!(view.preview.action, Action::Adopt, "{:#?}", view.preview.problems);
        let reply = stage.click(&ana, Module::Accounts, &own);
        assert_eq!(stage.crm(Module::Accounts, &own)["Xero_ID"], json!(other), "{:#?}", reply.entry.problems);
        assert_eq!(stage.all_xero("Contacts").len(), 2);
        assert_eq!(at_xero(&stage, "Contacts", &first)["Name"], json!("Quokka Quilts"));
    }
}

/// The CRM's document is for a person, and in Xero for the company that she belongs to.
#[test]
fn a_document_for_a_person_of_a_company_comes_to_the_crm_once() {
    for fits in [true, false] {
        let (stage, ana) = stage();
        let account = insert(&stage, Module::Accounts, &json!({"Account_Name": "Possum Press"}));
        stage.click(&ana, Module::Accounts, &account);
        let contact = stage.crm(Module::Accounts, &account)["Xero_ID"].as_str().unwrap().to_owned();
        let person = json!({"First_Name": "Petra", "Last_Name": "Possum", "Account_Name": {"id": account}});
        let person = insert(&stage, Module::Contacts, &person);
        let product = json!({"Product_Name": "Print", "Product_Code": "PRINT", "Product_Active": true});
        let product = insert(&stage, Module::Products, &product);
        let row = json!({"Subject": "Print", "Status": "Created", "Invoice_Date": "2026-11-18", "Due_Date": "2026-12-18",
            "Contact_Name": {"id": person},
            "Invoiced_Items": [{"Product_Name": {"id": product}, "Quantity": 1, "List_Price": 10}]});
        let own = insert(&stage, Module::Invoices, &row);
        let number = stage.crm(Module::Invoices, &own)["Invoice_Number"].clone();
        // Somebody has typed it in Xero, too, with the words that it would have there.
        let mut copy = {
            let other = stage.copy();
            let reply = other.click(&ana, Module::Invoices, &own);
            assert_eq!(reply.entry.outcome, Outcome::Created, "{:#?}", reply.entry.problems);
            other.xero(Module::Invoices, &own)
        };
        assert_eq!(copy["Contact"]["ContactID"], json!(contact));
        if !fits {
            copy["LineItems"][0]["UnitAmount"] = json!(11);
        }
        let fields = ["Description", "Quantity", "UnitAmount", "AccountCode", "TaxType", "ItemCode"];
        let line: Map<String, Value> =
            fields.iter().map(|field| ((*field).to_owned(), copy["LineItems"][0][*field].clone())).collect();
        let item = json!({"Code": line["ItemCode"], "Name": "Print"});
        stage.typed("Items", item);
        let sold = json!({"Type": "ACCREC", "InvoiceNumber": number, "Contact": {"ContactID": contact},
            "Date": "2026-11-18", "DueDate": "2026-12-18", "Status": copy["Status"],
            "LineAmountTypes": copy["LineAmountTypes"], "LineItems": [line]});
        let sold = stage.typed("Invoices", sold);
        let run = stage.run_all(&ana, &[Module::Invoices], Direction::ToCrm, Scope::Everything);
        let told = stage.entries_of(&run.id);
        assert_eq!(stage.world.borrow().zoho.records("Invoices").len(), 1, "{told:#?}");
        assert!(told.iter().all(|entry| entry.record_id == own), "{told:#?}");
        if fits {
            assert_eq!(stage.crm(Module::Invoices, &own)["Xero_ID"], json!(sold), "{told:#?}");
        } else {
            assert!(told.iter().any(|entry| entry.outcome == Outcome::Undecided), "{told:#?}");
        }
    }
}
