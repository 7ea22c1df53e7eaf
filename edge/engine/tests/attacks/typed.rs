//! What others can type into a record is not believed: neither which Xero record it is, nor where a customer pays.

use crate::support::{ADMIN, BASE, Stage, id, resource};
use engine::access::rights::Administrator;
use engine::store::requests::RequestKey;
use engine::sync::Desk;
use sandbox::{Mark, World, seed};
use sandbox_zoho::{FieldProfiles, Permission, ReadOnlyValue};
use serde_json::{Value, json};
use shared::api::runs::Scope;
use shared::api::{Action, Outcome, SyncReply};
use shared::id::XeroId;
use shared::module::Module;
use shared::problem::Code;
use shared::question::Decision;
use shared::settings::{Direction, MatchRule, SourceOfTruth};
use std::collections::BTreeSet;
use std::path::Path;

const SALES: &str = "sam@bluegum.example";

/// A connected stage whose CRM does not let our fields be protected: what holds then holds always.
fn unprotected() -> (Stage, Administrator) {
    let mut world = World::standard(BASE);
    world.zoho.answers_mut().field_profiles = FieldProfiles::Refused;
    let (stage, ana) = Stage::connected(world);
    // What is typed is typed later than the records were made.
    stage.advance(60);
    (stage, ana)
}

/// Changes a record of the CRM as the seller.
fn type_into(stage: &Stage, module: Module, record: &str, change: &Value) {
    stage.world.borrow_mut().edit(SALES, module.api_name(), record, change).unwrap();
}

/// A contact that is in Xero only.
fn foreign_contact(stage: &Stage) -> String {
    let (tenant, now) = (stage.tenant(0), stage.now_utc());
    let contact = json!({"Name": "Zenith Holdings", "EmailAddress": "owner@zenith.example"});
    let made = stage.world.borrow_mut().xero.insert(&tenant, "Contacts", contact, now).unwrap();
    made["ContactID"].as_str().unwrap().to_owned()
}

/// One to which something was sold, so that it comes to the CRM.
fn foreign_customer(stage: &Stage) -> String {
    let foreign = foreign_contact(stage);
    let (tenant, now) = (stage.tenant(0), stage.now_utc());
    let line = json!({"Description": "Work", "Quantity": 1, "UnitAmount": 10, "AccountCode": "200"});
    let invoice = json!({"Type": "ACCREC", "Status": "AUTHORISED", "Contact": {"ContactID": foreign},
        "Date": "2026-06-01", "DueDate": "2026-06-30", "LineItems": [line]});
    stage.world.borrow_mut().xero.insert(&tenant, "Invoices", invoice, now).unwrap();
    foreign
}

/// Xero's record, as whoever opens it there sees it.
fn at_xero(stage: &Stage, module: Module, record: &str) -> Value {
    let tenant = stage.tenant(0);
    stage.world.borrow().xero.get(&tenant, resource(module), record).unwrap()
}

/// The calls to Xero since a mark that could change something there.
fn writes_to_xero(stage: &Stage, mark: Mark) -> Vec<String> {
    let world = stage.world.borrow();
    let calls = world.calls_since(mark);
    let of_xero = calls.iter().filter(|call| call.path.contains("/xero/api") && call.method != "GET");
    of_xero.map(|call| format!("{} {}", call.method, call.path)).collect()
}

fn codes(reply: &SyncReply) -> Vec<Code> {
    reply.entry.problems.iter().filter(|problem| problem.stops()).map(|problem| problem.code).collect()
}

/// An administrator says that a CRM record is a Xero record, and that the CRM's values count.
fn confirm(stage: &Stage, by: &Administrator, record: &str, foreign: &str) -> Result<(), Code> {
    let desk = Desk::default();
    let key = (Module::Accounts, id(record));
    stage.run(stage.engine(&desk).decide(by, &key, &it_is(foreign))).map_err(|refusal| refusal.problem.code)
}

fn it_is(foreign: &str) -> Decision {
    Decision::Link { xero_id: XeroId::new(foreign).unwrap(), values: SourceOfTruth::Crm, instead_of: None }
}

#[test]
fn a_typed_id_renames_no_foreign_contact() {
    let (stage, _) = unprotected();
    let sam = stage.sign_in(SALES);
    let foreign = foreign_contact(&stage);
    let before = at_xero(&stage, Module::Accounts, &foreign);
    let account = seed::FIRST_ACCOUNT;
    type_into(&stage, Module::Accounts, account, &json!({"Xero_ID": foreign}));
    let view = stage.view(&sam, Module::Accounts, account).unwrap();
    assert_eq!(view.preview.action, Action::Blocked, "the preview says it before");
    assert!(!serde_json::to_string(&view).unwrap().contains("enith"), "nothing of that contact is told");
    let mark = stage.world.borrow().mark();
    let reply = stage.click(&sam, Module::Accounts, account);
    assert_eq!((reply.entry.outcome, codes(&reply)), (Outcome::Undecided, vec![Code::XeroIdUnconfirmed]));
    let problem = &reply.entry.problems[0];
    assert!(problem.place.is_some() && !problem.fix.is_empty() && !problem.why.is_empty(), "{problem:#?}");
    assert_eq!(writes_to_xero(&stage, mark), Vec::<String>::new());
    assert_eq!(at_xero(&stage, Module::Accounts, &foreign), before);
    assert_eq!(stage.number("SELECT count(*) FROM links"), 0);
    assert!(!serde_json::to_string(&reply).unwrap().contains("enith"));
}

#[test]
fn a_typed_id_renames_no_foreign_contact_in_a_run_either() {
    for direction in [Direction::ToXero, Direction::ToCrm, Direction::Both] {
        let (stage, ana) = unprotected();
        let foreign = foreign_contact(&stage);
        let before = at_xero(&stage, Module::Accounts, &foreign);
        let account = seed::FIRST_ACCOUNT;
        let name = stage.crm(Module::Accounts, account)["Account_Name"].clone();
        type_into(&stage, Module::Accounts, account, &json!({"Xero_ID": foreign}));
        let run = stage.run_all(&ana, &[Module::Accounts], direction, Scope::Everything);
        let entries = stage.entries_of(&run.id);
        let told = entries.iter().filter(|entry| entry.record_id == account);
        let told: Vec<Code> = told.flat_map(|entry| &entry.problems).map(|problem| problem.code).collect();
        // A contact that Xero knows neither invoice nor bill of does not come to the CRM.
        if direction != Direction::ToCrm {
            assert!(told.contains(&Code::XeroIdUnconfirmed), "{direction:?}: {told:?}");
        }
        assert_eq!(at_xero(&stage, Module::Accounts, &foreign), before, "{direction:?}");
        assert_eq!(stage.crm(Module::Accounts, account)["Account_Name"], name, "{direction:?}");
        assert!(!stage.texts("SELECT xero_id FROM links").contains(&foreign), "{direction:?}");
    }
}

#[test]
fn what_comes_from_xero_does_not_land_in_the_record_that_names_it() {
    let (stage, ana) = unprotected();
    let foreign = foreign_customer(&stage);
    let account = seed::FIRST_ACCOUNT;
    let name = stage.crm(Module::Accounts, account)["Account_Name"].clone();
    type_into(&stage, Module::Accounts, account, &json!({"Xero_ID": foreign}));
    let before = at_xero(&stage, Module::Accounts, &foreign);
    let run = stage.run_all(&ana, &[Module::Accounts], Direction::ToCrm, Scope::Everything);
    let entries = stage.entries_of(&run.id);
    let told = entries.iter().find(|entry| entry.record_id == account).unwrap();
    assert!(told.problems.iter().any(|problem| problem.code == Code::XeroIdUnconfirmed), "{told:#?}");
    assert_eq!(stage.crm(Module::Accounts, account)["Account_Name"], name);
    assert_eq!(at_xero(&stage, Module::Accounts, &foreign), before);
    assert!(!stage.texts("SELECT xero_id FROM links").contains(&foreign));
}

/// A foreign item, or a foreign document with this number.
fn foreign(stage: &Stage, module: Module, kind: &str, number: &Value) -> String {
    let (tenant, now) = (stage.tenant(0), stage.now_utc());
    let row = match module {
        Module::Products => json!({"Code": "FOREIGN", "Name": "Somebody else's"}),
        _ => json!({"Type": kind, "Status": "DRAFT", "Contact": {"ContactID": foreign_contact(stage)},
            "Date": "2026-06-01", "InvoiceNumber": number,
            "LineItems": [{"Description": "Work", "Quantity": 1, "UnitAmount": 10,
                "AccountCode": if kind == "ACCPAY" { "400" } else { "200" }}]}),
    };
    let made = stage.world.borrow_mut().xero.insert(&tenant, resource(module), row, now).unwrap();
    made["ItemID"].as_str().or(made["InvoiceID"].as_str()).unwrap().to_owned()
}

#[test]
fn an_address_that_somebody_types_renames_no_foreign_contact() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
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
    // Nor by a run, which is nobody's word; it waits for an administrator's, and until then no second contact is made.
    stage.run_all(&ana, &[Module::Accounts], Direction::ToXero, Scope::Everything);
    let contacts = stage.all_xero("Contacts");
    assert!(contacts.iter().all(|one| one["Name"] != "Sam and Sons"), "{contacts:#?}");
    let reply = stage.view(&sam, Module::Accounts, &account).unwrap();
    let asks = reply.preview.problems.iter().find(|one| one.code == Code::PartnerUnconfirmed).unwrap();
    assert!(!format!("{asks:?}").contains("Payroll Partner"), "{asks:?}");
    assert!(asks.question.as_ref().unwrap().choices.is_empty(), "{asks:?}");
    let view = stage.view(&ana, Module::Accounts, &account).unwrap();
    let asks = view.preview.problems.iter().find(|one| one.code == Code::PartnerUnconfirmed).unwrap();
    let question = asks.question.clone().unwrap();
    assert!(question.candidates.iter().any(|one| one.name == "Payroll Partner"), "an administrator sees whose it is");
    let foreign = contact["ContactID"].as_str().unwrap();
    assert!(question.choices.iter().any(|choice| choice.decision == it_is(foreign)), "{question:#?}");
    assert_eq!(confirm(&stage, &ana, &account, foreign), Ok(()));
    let reply = stage.click(&sam, Module::Accounts, &account);
    assert_eq!(reply.entry.outcome, Outcome::Updated, "{:#?}", reply.entry.problems);
    assert_eq!(stage.crm(Module::Accounts, &account)["Xero_ID"], contact["ContactID"]);
}

#[test]
fn an_id_that_is_typed_over_a_linked_one_moves_no_link() {
    for direction in [Direction::ToCrm, Direction::Both] {
        let (stage, ana) = unprotected();
        let account = seed::FIRST_ACCOUNT;
        stage.click(&ana, Module::Accounts, account);
        let own = stage.crm(Module::Accounts, account);
        let foreign = foreign_customer(&stage);
        let before = at_xero(&stage, Module::Accounts, &foreign);
        type_into(&stage, Module::Accounts, account, &json!({"Xero_ID": foreign}));
        let run = stage.run_all(&ana, &[Module::Accounts], direction, Scope::Everything);
        let entries = stage.entries_of(&run.id);
        // The account has its own id back before the foreign contact is looked at; that one is an account of its own then,
        // or waits for a word.
        for told in entries.iter().filter(|entry| entry.xero_id.as_deref() == Some(foreign.as_str())) {
            let waits = || told.problems.iter().any(|problem| problem.code == Code::XeroIdUnconfirmed);
            assert!(told.record_id != account || waits(), "{told:#?}");
        }
        assert_eq!(at_xero(&stage, Module::Accounts, &foreign), before, "{direction:?}");
        assert_eq!(stage.crm(Module::Accounts, account)["Account_Name"], own["Account_Name"], "{direction:?}");
        let link = stage.texts(&format!("SELECT xero_id FROM links WHERE crm_id = '{account}'"));
        assert_eq!(link, [own["Xero_ID"].as_str().unwrap()], "{direction:?}");
    }
}

#[test]
fn what_comes_from_xero_is_not_written_over_a_record_that_names_it_in_other_letters() {
    let (stage, ana) = unprotected();
    let account = seed::FIRST_ACCOUNT;
    stage.click(&ana, Module::Accounts, account);
    let own = stage.crm(Module::Accounts, account);
    let foreign = foreign_customer(&stage);
    let odd: String =
        foreign.chars().enumerate().map(|(at, one)| if at % 2 == 0 { one.to_ascii_uppercase() } else { one }).collect();
    type_into(&stage, Module::Accounts, account, &json!({"Xero_ID": odd}));
    stage.run_all(&ana, &[Module::Accounts], Direction::ToCrm, Scope::SinceLast);
    assert_eq!(stage.crm(Module::Accounts, account)["Account_Name"], own["Account_Name"]);
    let link = stage.texts(&format!("SELECT xero_id FROM links WHERE crm_id = '{account}'"));
    assert_eq!(link, [own["Xero_ID"].as_str().unwrap()]);
}

#[test]
fn a_typed_id_takes_over_no_foreign_item_or_document() {
    let (invoice, order) = (seed::FIRST_INVOICE, seed::FIRST_PURCHASE_ORDER);
    // Another number; the very number, but of another supplier; the very number, but a bill.
    for (module, record, kind, number) in [
        (Module::Products, seed::FIRST_PRODUCT, "", None),
        (Module::Invoices, invoice, "ACCREC", None),
        (Module::PurchaseOrders, order, "ACCPAY", Some("PO_Number")),
        (Module::Invoices, invoice, "ACCPAY", Some("Invoice_Number")),
    ] {
        let (stage, ana) = unprotected();
        let sam = stage.sign_in(SALES);
        let own = stage.crm(module, record);
        let foreign = foreign(&stage, module, kind, number.map_or(&json!("OTHER-1"), |field| &own[field]));
        stage.edit(module, record, &json!({"Xero_ID": foreign}));
        let before = at_xero(&stage, module, &foreign);
        for who in [&sam, &*ana] {
            let reply = stage.click(who, module, record);
            assert_eq!(codes(&reply), [Code::XeroIdUnconfirmed], "{module:?} {kind}");
        }
        let run = stage.run_all(&ana, &[module], Direction::Both, Scope::Everything);
        let entries = stage.entries_of(&run.id);
        let told = entries.iter().find(|entry| entry.module == module && entry.record_id == record).unwrap();
        assert!(told.problems.iter().any(|one| one.code == Code::XeroIdUnconfirmed), "{module:?} {told:#?}");
        assert_eq!(at_xero(&stage, module, &foreign), before, "{module:?} {kind}");
        assert!(!stage.texts("SELECT xero_id FROM links").contains(&foreign), "{module:?} {kind}");
    }
}

#[test]
fn the_customer_of_an_invoice_is_not_who_its_account_says_it_is() {
    let (stage, _) = unprotected();
    let sam = stage.sign_in(SALES);
    let foreign = foreign_contact(&stage);
    let account = stage.crm(Module::Invoices, seed::FIRST_INVOICE)["Account_Name"]["id"].as_str().unwrap().to_owned();
    type_into(&stage, Module::Accounts, &account, &json!({"Xero_ID": foreign}));
    let before = at_xero(&stage, Module::Accounts, &foreign);
    let reply = stage.click(&sam, Module::Invoices, seed::FIRST_INVOICE);
    assert_eq!((reply.entry.outcome, codes(&reply)), (Outcome::Undecided, vec![Code::DependencyFailed]));
    assert_eq!(at_xero(&stage, Module::Accounts, &foreign), before);
    assert!(stage.all_xero("Invoices").iter().all(|one| one["Contact"]["ContactID"] != json!(foreign)));
}

#[test]
fn an_id_whose_record_has_the_same_name_is_taken_up() {
    // Unless something else that both have says that they are two.
    for (email, taken_up) in [(None, true), (Some("owner@zenith.example"), false)] {
        let (stage, _) = unprotected();
        let sam = stage.sign_in(SALES);
        let (tenant, now) = (stage.tenant(0), stage.now_utc());
        let contact = json!({"Name": "Zenith Holdings", "EmailAddress": email});
        let contact = stage.world.borrow_mut().xero.insert(&tenant, "Contacts", contact, now).unwrap();
        let foreign = contact["ContactID"].as_str().unwrap();
        let change = json!({"Xero_ID": foreign, "Account_Name": "zenith holdings"});
        type_into(&stage, Module::Accounts, seed::FIRST_ACCOUNT, &change);
        let reply = stage.click(&sam, Module::Accounts, seed::FIRST_ACCOUNT);
        if taken_up {
            assert_eq!(reply.entry.outcome, Outcome::Updated, "{:#?}", reply.entry.problems);
            assert_eq!(stage.texts("SELECT xero_id FROM links"), [foreign]);
        } else {
            assert_eq!((reply.entry.outcome, codes(&reply)), (Outcome::Undecided, vec![Code::ContactInDoubt]));
            assert!(!serde_json::to_string(&reply).unwrap().contains("owner@zenith"), "nothing of it is told");
            assert_eq!(stage.number("SELECT count(*) FROM links"), 0);
        }
    }
}

#[test]
fn only_an_administrator_says_that_they_belong_together() {
    let (stage, ana) = unprotected();
    let foreign = foreign_contact(&stage);
    let account = seed::FIRST_ACCOUNT;
    type_into(&stage, Module::Accounts, account, &json!({"Xero_ID": foreign}));
    let view = stage.view(&ana, Module::Accounts, account).unwrap();
    let problem = view.preview.problems.iter().find(|one| one.code == Code::XeroIdUnconfirmed).unwrap();
    let question = problem.question.clone().unwrap();
    assert!(question.choices.iter().any(|choice| choice.decision == it_is(&foreign)), "it offers the very choice");
    // What stands in the books is shown to administrators, and nobody else may answer.
    assert!(question.candidates.iter().any(|one| one.name == "Zenith Holdings"), "{question:#?}");
    let sam = stage.sign_in(SALES);
    let shown = serde_json::to_string(&stage.view(&sam, Module::Accounts, account).unwrap()).unwrap();
    let reply = serde_json::to_string(&stage.click(&sam, Module::Accounts, account)).unwrap();
    for text in [shown, reply] {
        assert!(
            text.contains("xero-id-unconfirmed") && !text.contains("enith") && !text.contains("choice\":{"),
            "{text}"
        );
    }
    let desk = Desk::default();
    let key = RequestKey::new("a-key-of-the-panel-1").unwrap();
    let record = (Module::Accounts, id(account));
    for _ in 0..2 {
        stage.run(stage.engine(&desk).decide_once(&ana, &record, &it_is(&foreign), &key)).unwrap();
    }
    assert_eq!(confirm(&stage, &ana, account, &foreign), Ok(()), "and again it is the same");
    assert_eq!(stage.number("SELECT count(*) FROM audit WHERE action = 'link-record'"), 1);
    // What somebody types now moves nothing: the word is for the one that it names.
    let other = stage.all_xero("Contacts")[0]["ContactID"].as_str().unwrap().to_owned();
    assert_ne!(other, foreign);
    type_into(&stage, Module::Accounts, account, &json!({"Xero_ID": other}));
    let reply = stage.click(&sam, Module::Accounts, account);
    assert_eq!(reply.entry.outcome, Outcome::Updated, "{:#?}", reply.entry.problems);
    let name = stage.crm(Module::Accounts, account)["Account_Name"].clone();
    assert_eq!(at_xero(&stage, Module::Accounts, &foreign)["Name"], name, "now it is the same company");
    // Another record can't have it, too.
    let second = stage.world.borrow().zoho.records("Accounts")[1]["id"].as_str().unwrap().to_owned();
    assert_eq!(confirm(&stage, &ana, &second, &foreign), Err(Code::LinkedElsewhere));
}

#[test]
fn what_was_confirmed_holds_for_documents_that_need_it_and_for_runs() {
    for by_run in [false, true] {
        let (stage, ana) = unprotected();
        let foreign = foreign_contact(&stage);
        let account =
            stage.crm(Module::Invoices, seed::FIRST_INVOICE)["Account_Name"]["id"].as_str().unwrap().to_owned();
        type_into(&stage, Module::Accounts, &account, &json!({"Xero_ID": foreign}));
        confirm(&stage, &ana, &account, &foreign).unwrap();
        if by_run {
            let modules = [Module::Accounts, Module::Products, Module::Invoices];
            stage.run_all(&ana, &modules, Direction::ToXero, Scope::Everything);
        } else {
            let reply = stage.click(&ana, Module::Invoices, seed::FIRST_INVOICE);
            assert_eq!(reply.entry.outcome, Outcome::Created, "{:#?}", reply.entry.problems);
        }
        let invoice = stage.xero(Module::Invoices, seed::FIRST_INVOICE);
        assert_eq!(invoice["Contact"]["ContactID"], json!(foreign), "by a run: {by_run}");
    }
}

#[test]
fn a_typed_pay_page_is_never_shown_and_is_replaced_by_xero_s_own() {
    for typed in [
        "https://pay.evil.example/inv-1",
        "javascript:alert(document.domain)",
        "https://in.xero.com.evil.example/x",
        "https://in.xero.com/somebody-else-s",
    ] {
        let (stage, ana) = unprotected();
        let sam = stage.sign_in(SALES);
        let invoice = seed::FIRST_INVOICE;
        stage.edit(Module::Invoices, invoice, &json!({"Status": "Approved"}));
        stage.world.borrow_mut().zoho.update("Invoices", invoice, &json!({"Xero_Online_Invoice": typed})).ok();
        let reply = stage.click(&ana, Module::Invoices, invoice);
        assert_eq!(reply.entry.outcome, Outcome::Created, "{:#?}", reply.entry.problems);
        let own = stage.crm(Module::Invoices, invoice)["Xero_Online_Invoice"].as_str().unwrap_or_default().to_owned();
        assert!(own.starts_with("https://in.xero.com/") && own != typed, "{typed}: {own}");
        let shown = |who| stage.view(who, Module::Invoices, invoice).unwrap().xero.unwrap().online_invoice;
        assert_eq!(shown(&sam).map(String::from), Some(own.clone()));
        // It is typed over afterwards.
        let value = json!({"Xero_Online_Invoice": typed});
        let told = stage.world.borrow_mut().zoho.update("Invoices", invoice, &value);
        if told.is_err() {
            assert!(!typed.starts_with("https"), "{typed}: {told:?}");
            continue;
        }
        assert_eq!(shown(&sam).map(String::from), None, "{typed}");
        let reply = stage.click(&sam, Module::Invoices, invoice);
        assert_eq!(reply.view.xero.unwrap().online_invoice.map(String::from), Some(own.clone()), "{typed}");
        assert_eq!(stage.crm(Module::Invoices, invoice)["Xero_Online_Invoice"], json!(own), "{typed}");
    }
}

#[test]
fn what_we_have_made_ourselves_is_believed_until_somebody_writes_into_it() {
    for touched in [false, true] {
        let (stage, ana) = unprotected();
        let foreign = foreign(&stage, Module::Invoices, "ACCREC", &json!("FROM-XERO-1"));
        // The connection has made it as it makes what comes from Xero: under a number of the CRM's own.
        let made = stage.world.borrow().zoho.records("Invoices").len();
        let modules = [Module::Accounts, Module::Products, Module::Invoices];
        stage.run_all(&ana, &modules, Direction::ToCrm, Scope::Everything);
        let record = stage.world.borrow().zoho.records("Invoices");
        assert!(record.len() > made, "it has come");
        let record =
            record.iter().find(|one| one["Xero_ID"] == json!(foreign)).unwrap()["id"].as_str().unwrap().to_owned();
        // Its link was not saved.
        stage.execute(&format!("DELETE FROM links WHERE module = 'Invoices' AND crm_id = '{record}'"));
        if touched {
            stage.advance(60);
            type_into(&stage, Module::Invoices, &record, &json!({"Subject": "Mine now"}));
        }
        let reply = stage.click(&ana, Module::Invoices, &record);
        let doubted = codes(&reply).contains(&Code::XeroIdUnconfirmed);
        assert_eq!(doubted, touched, "{:#?}", reply.entry.problems);
    }
}

#[test]
fn a_typed_mark_makes_no_product_stand_for_xero_s_lines() {
    let (stage, ana) = unprotected();
    let product = seed::FIRST_PRODUCT;
    let name = stage.crm(Module::Products, product)["Product_Name"].clone();
    let foreign = foreign(&stage, Module::Invoices, "ACCREC", &json!("FROM-XERO-1"));
    type_into(&stage, Module::Products, product, &json!({"Xero_ID": "account:200"}));
    let run = stage.run_all(&ana, &[Module::Accounts, Module::Invoices], Direction::ToCrm, Scope::Everything);
    assert_eq!(stage.crm(Module::Products, product)["Product_Name"], name, "it keeps its name");
    let entries = stage.entries_of(&run.id);
    let told = entries.iter().find(|entry| entry.xero_id.as_deref() == Some(foreign.as_str())).unwrap();
    assert_eq!(told.problems[0].code, Code::DependencyFailed, "{told:#?}");
    assert!(told.problems[0].fix.contains("settings"), "{told:#?}");
}

/// What the profiles of the CRM may do with a field.
fn permissions(stage: &Stage, module: Module, field: &str) -> Vec<(String, Permission)> {
    let world = stage.world.borrow();
    let of = |profile: &sandbox_zoho::Profile| (profile.name.clone(), profile.permission(module.api_name(), field));
    world.zoho.profiles().iter().map(of).collect()
}

/// Which of our fields somebody else than administrators may write into, `Xero_Primary` left out.
fn open_fields(stage: &Stage) -> BTreeSet<String> {
    let mut open = BTreeSet::new();
    for module in Module::ALL {
        for field in shared::zoho::custom_fields(module).iter().filter(|field| field.api_name != "Xero_Primary") {
            for (profile, permission) in permissions(stage, module, field.api_name) {
                let administers = ["Administrator", "Leitung"].contains(&profile.as_str());
                if administers {
                    assert_eq!(permission, Permission::ReadWrite, "{profile}: {module:?} {}", field.label);
                } else if permission == Permission::ReadWrite {
                    open.insert(format!("{profile}: {module:?} {}", field.label));
                }
            }
        }
    }
    open
}

fn told_open(stage: &Stage, ana: &Administrator) -> usize {
    let desk = Desk::default();
    let setup = stage.run(stage.engine(&desk).setup(ana)).unwrap();
    setup.fields.iter().map(|fields| fields.open.len()).sum()
}

#[test]
fn nobody_types_into_our_fields_but_we_and_administrators() {
    for answer in [FieldProfiles::Taken, FieldProfiles::RefusedAtCreation] {
        for ignored in [ReadOnlyValue::Refused, ReadOnlyValue::Ignored] {
            let mut world = World::standard(BASE);
            world.zoho.answers_mut().field_profiles = answer;
            world.zoho.answers_mut().read_only_value = ignored;
            world.zoho.clone_profile("Administrator", "Leitung").unwrap();
            let (stage, ana) = Stage::connected(world);
            assert_eq!(open_fields(&stage), BTreeSet::new(), "{answer:?}");
            assert_eq!(told_open(&stage, &ana), 0);
            let primary = permissions(&stage, Module::Contacts, "Xero_Primary");
            assert!(primary.iter().all(|(_, permission)| *permission == Permission::ReadWrite), "{primary:?}");
            let account = seed::FIRST_ACCOUNT;
            let typed = json!({"Xero_ID": foreign_contact(&stage)});
            let told = stage.world.borrow_mut().edit(SALES, "Accounts", account, &typed);
            assert_eq!(told.is_ok(), ignored == ReadOnlyValue::Ignored);
            assert!(stage.crm(Module::Accounts, account)["Xero_ID"].is_null());
            // The seller's own click still writes them.
            let sam = stage.sign_in(SALES);
            let reply = stage.click(&sam, Module::Accounts, account);
            assert_eq!(reply.entry.outcome, Outcome::Created, "{:#?}", reply.entry.problems);
            assert!(stage.crm(Module::Accounts, account)["Xero_ID"].is_string());
        }
    }
}

#[test]
fn where_zoho_lets_nothing_be_guarded_the_set_up_says_so_and_all_works() {
    let (stage, ana) = unprotected();
    let wanted: usize = Module::ALL.into_iter().map(|module| shared::zoho::custom_fields(module).len()).sum();
    assert_eq!(told_open(&stage, &ana), wanted - 1, "all but the one that people tick");
    assert!(!open_fields(&stage).is_empty());
    let reply = stage.click(&ana, Module::Invoices, seed::FIRST_INVOICE);
    assert_eq!(reply.entry.outcome, Outcome::Created);
    // Once Zoho lets them, the next connect and the next day guard them.
    stage.world.borrow_mut().zoho.answers_mut().field_profiles = FieldProfiles::Taken;
    let ana = stage.connect_crm(ADMIN);
    assert_eq!((open_fields(&stage), told_open(&stage, &ana)), (BTreeSet::new(), 0));
}

#[test]
fn new_profiles_are_kept_out_within_a_day() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    stage.world.borrow_mut().zoho.add_profile("New sellers");
    assert!(!open_fields(&stage).is_empty(), "Zoho gives a new profile everything");
    let wake = || {
        let desk = Desk::default();
        stage.run(stage.engine(&desk).wake(&ana.org)).unwrap();
    };
    wake();
    let mark = stage.world.borrow().mark();
    wake();
    assert_eq!(stage.world.borrow().calls_since(mark).len(), 0, "not more often than once a day");
    assert!(!open_fields(&stage).is_empty());
    stage.advance(24 * 3600);
    wake();
    assert_eq!(open_fields(&stage), BTreeSet::new());
    assert_eq!(told_open(&stage, &ana), 0);
    // Somebody gives them back, and they are taken again.
    let id = ("Accounts".to_owned(), "Xero_ID".to_owned());
    stage.world.borrow_mut().zoho.profile_named_mut("New sellers").unwrap().read_only_fields.remove(&id);
    stage.advance(24 * 3600);
    wake();
    assert_eq!(open_fields(&stage), BTreeSet::new());
}

#[test]
fn every_address_of_a_page_is_one_that_people_may_be_led_to() {
    // In the widget: one function makes links that lead out, and it takes the one type of addresses.
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../widget/src");
    let mut files = vec![folder];
    let mut seen = 0;
    while let Some(path) = files.pop() {
        if path.is_dir() {
            files.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        for (at, _) in text.match_indices("\"href\"") {
            let rest: String = text[at..].chars().take(120).collect();
            let leads_within =
                rest.contains("hash") || rest.contains("href.clone()") && text.contains("let href = log(id)");
            let the_one = path.ends_with("view/dom.rs") && text[..at].contains("pub(crate) fn link(url: WebLink");
            // Files of our own making, for downloading.
            let a_file = path.ends_with("portal/log/file.rs") || path.ends_with("portal/mapping/mod.rs");
            assert!(leads_within || the_one || a_file, "{}: {rest}", path.display());
            seen += 1;
        }
    }
    assert!(seen > 10, "{seen}");
}

#[test]
fn a_document_of_somebody_s_own_is_not_taken_for_one_that_came_from_xero() {
    let (stage, ana) = unprotected();
    let account = seed::FIRST_ACCOUNT;
    stage.click(&ana, Module::Accounts, account);
    // An invoice of Sam's, which has the number and the customer of one that somebody has typed at Xero, and another total.
    let product = stage.world.borrow().zoho.records("Products")[0]["id"].clone();
    let own = json!({"Subject": "Own", "Status": "Created", "Account_Name": {"id": account},
        "Invoice_Date": "2026-11-18", "Due_Date": "2026-12-18",
        "Invoiced_Items": [{"Product_Name": {"id": product}, "Quantity": 1, "List_Price": 10}]});
    let own = stage.world.borrow_mut().zoho.insert_as(SALES, "Invoices", &own).unwrap();
    let made = stage.crm(Module::Invoices, &own);
    let (tenant, now) = (stage.tenant(0), stage.now_utc());
    let contact = stage.xero(Module::Accounts, account)["ContactID"].clone();
    let line = json!({"Description": "Secret advice", "Quantity": 1, "UnitAmount": 7_777, "AccountCode": "200"});
    let foreign = json!({"Type": "ACCREC", "Status": "AUTHORISED", "Contact": {"ContactID": contact},
        "InvoiceNumber": made["Invoice_Number"], "Date": "2026-01-01", "DueDate": "2026-01-30", "LineItems": [line]});
    let foreign = stage.world.borrow_mut().xero.insert(&tenant, "Invoices", foreign, now).unwrap();
    stage.advance(60);
    // It says that it was synced when it was made, as what comes from Xero does.
    let typed = json!({"Xero_ID": foreign["InvoiceID"], "Xero_Synced_At": made["Created_Time"]});
    type_into(&stage, Module::Invoices, &own, &typed);
    stage.advance(60);
    let run = stage.run_all(&ana, &[Module::Invoices], Direction::Both, Scope::Everything);
    let linked = stage.number(&format!("SELECT count(*) FROM links WHERE crm_id = '{own}' AND xero_id IS NOT NULL"));
    assert_eq!(linked, 0, "whether the two are one is asked");
    let entries = stage.entries_of(&run.id);
    let told = entries.iter().find(|entry| entry.record_id == own).unwrap();
    assert_eq!((told.outcome, told.problems[0].code), (Outcome::Undecided, Code::DocumentInDoubt), "{told:#?}");
    let sam = stage.sign_in(SALES);
    let view = serde_json::to_string(&stage.view(&sam, Module::Invoices, &own).unwrap()).unwrap();
    let total = foreign["Total"].to_string();
    assert!(!view.contains(&total) && !view.contains("Secret"), "{view}");
}
