//! Values that real organisations have: numbers that nobody filled, lists that are longer than a page, fields that nobody
//! writes, and a set-up of which some steps fail.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use crate::support;

use engine::sync::Desk;
use sandbox::{ApiName, World, seed};
use sandbox_zoho::{CompositeRows, Kind, Mark, TaxesFor};
use serde_json::{Value, json};
use shared::api::runs::Scope;
use shared::api::{EntryView, Outcome};
use shared::module::Module;
use shared::problem::{Code, Severity};
use shared::settings::fields::{FieldMapping, FieldSource};
use shared::settings::{Direction, WithoutCode};
use support::{ADMIN, BASE, Stage};

const ACCOUNTS: [&str; 3] = ["572500000009000001", "572500000009000002", "572500000009000003"];

/// Accounts of these numbers; what is not told is left to the CRM.
fn accounts(stage: &Stage, numbers: [Option<&str>; 3]) {
    let mut world = stage.world.borrow_mut();
    world.wind();
    for ((id, name), number) in ACCOUNTS.iter().zip(["Quoll Quarries", "Dingo Diners", "Emu Estates"]).zip(numbers) {
        let mut record = json!({"id": id, "Account_Name": name, "Phone": "+61 2 5550 9000"});
        if let Some(number) = number {
            record["Account_Number"] = json!(number);
        }
        world.zoho.insert("Accounts", &record).unwrap();
    }
}

fn codes(entry: &EntryView) -> Vec<Code> {
    entry.problems.iter().map(|problem| problem.code).collect()
}

#[test]
fn an_account_number_that_nobody_filled_is_none() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    accounts(&stage, [None, Some("0"), None]);
    for id in ACCOUNTS {
        assert_eq!(stage.crm(Module::Accounts, id)["Account_Number"], "0", "what the CRM makes of nothing");
        let reply = stage.click(&ana, Module::Accounts, id);
        assert_eq!(reply.entry.outcome, Outcome::Created, "{:#?}", reply.entry.problems);
        assert!(!codes(&reply.entry).contains(&Code::AccountNumberTaken));
        assert!(reply.entry.changes.iter().all(|change| change.key != "account_number"));
        assert!(stage.xero(Module::Accounts, id)["AccountNumber"].as_str().is_none_or(str::is_empty));
        assert_eq!(stage.click(&ana, Module::Accounts, id).entry.outcome, Outcome::Unchanged);
    }
    // A zero that another tool has left in Xero is none either, and is not brought back for ever.
    let contact = stage.xero(Module::Accounts, ACCOUNTS[0])["ContactID"].as_str().unwrap().to_owned();
    stage.edit_xero("Contacts", &contact, json!({"AccountNumber": "0"}));
    assert_eq!(stage.click(&ana, Module::Accounts, ACCOUNTS[0]).entry.outcome, Outcome::Unchanged);
    // A number that somebody fills goes across, and one that somebody takes away, too.
    stage.edit(Module::Accounts, ACCOUNTS[0], &json!({"Account_Number": "4711"}));
    stage.click(&ana, Module::Accounts, ACCOUNTS[0]);
    assert_eq!(stage.xero(Module::Accounts, ACCOUNTS[0])["AccountNumber"], "4711");
    stage.advance(5);
    stage.edit(Module::Accounts, ACCOUNTS[0], &json!({"Account_Number": null}));
    stage.click(&ana, Module::Accounts, ACCOUNTS[0]);
    assert!(stage.xero(Module::Accounts, ACCOUNTS[0])["AccountNumber"].as_str().is_none_or(str::is_empty));
    assert_eq!(stage.click(&ana, Module::Accounts, ACCOUNTS[0]).entry.outcome, Outcome::Unchanged);
}

#[test]
fn a_number_that_xero_has_already_is_left_out_and_the_rest_is_sent() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    accounts(&stage, [Some("4711"), Some("4711"), Some("4712")]);
    let tenant = stage.tenant(0);
    stage.click(&ana, Module::Accounts, ACCOUNTS[0]);
    let first = stage.xero(Module::Accounts, ACCOUNTS[0])["ContactID"].as_str().unwrap().to_owned();
    let now = stage.now_utc();
    stage.world.borrow_mut().xero.archive_contact(&tenant, &first, now).unwrap();
    let reply = stage.click(&ana, Module::Accounts, ACCOUNTS[1]);
    assert_eq!(reply.entry.outcome, Outcome::Created, "{:#?}", reply.entry.problems);
    let told = reply.entry.problems.iter().find(|problem| problem.code == Code::AccountNumberTaken).unwrap();
    assert_eq!(told.severity, Severity::Warning);
    assert!(told.what.contains("4711") && told.what.contains("Dingo Diners"), "{told:?}");
    assert!(told.said.as_ref().is_some_and(|said| said.contains("already exists")) && told.place.is_some());
    assert!(reply.entry.changes.iter().all(|change| change.key != "account_number"), "what is logged was written");
    let contact = stage.xero(Module::Accounts, ACCOUNTS[1]);
    assert!(contact["AccountNumber"].as_str().is_none_or(str::is_empty));
    assert!(contact["Phones"].to_string().contains("5550 9000"), "{contact}");
    // It is still told, and nothing is written for it.
    let reply = stage.click(&ana, Module::Accounts, ACCOUNTS[1]);
    assert_eq!(reply.entry.outcome, Outcome::Unchanged, "{:#?}", reply.entry.problems);
    assert!(codes(&reply.entry).contains(&Code::AccountNumberTaken));
    assert_eq!(stage.number("SELECT count(*) FROM links WHERE state <> 'linked'"), 0);
    // An update loses nothing else either.
    stage.click(&ana, Module::Accounts, ACCOUNTS[2]);
    stage.advance(5);
    stage.edit(Module::Accounts, ACCOUNTS[2], &json!({"Account_Number": "4711", "Phone": "+61 2 5550 9001"}));
    let reply = stage.click(&ana, Module::Accounts, ACCOUNTS[2]);
    assert_eq!(reply.entry.outcome, Outcome::Updated, "{:#?}", reply.entry.problems);
    assert!(codes(&reply.entry).contains(&Code::AccountNumberTaken));
    let contact = stage.xero(Module::Accounts, ACCOUNTS[2]);
    assert_eq!(contact["AccountNumber"], "4712");
    assert!(contact["Phones"].to_string().contains("5550 9001"), "{contact}");
    // A number of its own goes across again.
    stage.advance(5);
    stage.edit(Module::Accounts, ACCOUNTS[1], &json!({"Account_Number": "4713"}));
    stage.click(&ana, Module::Accounts, ACCOUNTS[1]);
    assert_eq!(stage.xero(Module::Accounts, ACCOUNTS[1])["AccountNumber"], "4713");
}

#[test]
fn a_run_leaves_out_the_number_alone_and_sends_the_records() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    accounts(&stage, [Some("4711"), Some("4711"), None]);
    let run = stage.run_all(&ana, &[Module::Accounts], Direction::ToXero, Scope::Everything);
    let entries = stage.entries_of(&run.id);
    let of = |id: &str| entries.iter().find(|entry| entry.record_id == id).unwrap();
    for id in ACCOUNTS {
        assert_eq!(of(id).outcome, Outcome::Created, "{:#?}", of(id).problems);
    }
    let told = ACCOUNTS.iter().filter(|id| codes(of(id)).contains(&Code::AccountNumberTaken)).count();
    assert_eq!(told, 1, "one of both keeps it");
}

#[test]
fn a_contact_of_the_same_name_is_taken_over_though_its_number_is_another_one_s() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    accounts(&stage, [Some("4711"), Some("4711"), None]);
    stage.click(&ana, Module::Accounts, ACCOUNTS[0]);
    let (tenant, now) = (stage.tenant(0), stage.now_utc());
    stage.world.borrow_mut().xero.insert(&tenant, "Contacts", json!({"Name": "Dingo Diners"}), now).unwrap();
    let reply = stage.click(&ana, Module::Accounts, ACCOUNTS[1]);
    assert!(!reply.entry.problems.iter().any(shared::problem::Problem::stops), "{:#?}", reply.entry.problems);
    assert!(codes(&reply.entry).contains(&Code::AccountNumberTaken));
    assert_eq!(stage.xero(Module::Accounts, ACCOUNTS[1])["Name"], "Dingo Diners");
}

#[test]
fn a_product_with_a_zero_for_a_code_has_none() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    stage.choose(|settings| settings.products.without_code = WithoutCode::Service);
    for (id, code) in [("572500000009000011", "0"), ("572500000009000012", "00")] {
        let record = json!({"id": id, "Product_Name": format!("Advice {code}"), "Product_Code": code, "Unit_Price": 10,
            "Product_Active": true});
        stage.world.borrow_mut().zoho.insert("Products", &record).unwrap();
        let reply = stage.click(&ana, Module::Products, id);
        assert_eq!(reply.entry.outcome, Outcome::Skipped, "{:#?}", reply.entry.problems);
        assert_eq!(codes(&reply.entry), [Code::ProductWithoutCode]);
    }
}

/// An account with so many contacts, of which the one that was made first is its primary one.
fn crowd(stage: &Stage, account: &str, count: usize) {
    let mut world = stage.world.borrow_mut();
    for n in 0..count {
        let record = json!({
            "First_Name": "Member", "Last_Name": format!("Number {n:04}"), "Email": format!("m{n}@mail.example"),
            "Account_Name": {"id": account}, "Xero_Primary": n == 0,
        });
        world.zoho.insert("Contacts", &record).unwrap();
    }
}

#[test]
fn an_account_with_more_contacts_than_a_composite_request_gives_has_all_of_them() {
    for rows in [CompositeRows::Refused, CompositeRows::Cut] {
        let (stage, ana) = Stage::connected(World::standard(BASE));
        stage.world.borrow_mut().zoho.answers_mut().composite_rows = rows;
        accounts(&stage, [None; 3]);
        crowd(&stage, ACCOUNTS[0], 30);
        crowd(&stage, ACCOUNTS[1], 25);
        for id in [ACCOUNTS[0], ACCOUNTS[1]] {
            let reply = stage.click(&ana, Module::Accounts, id);
            assert_eq!(reply.entry.outcome, Outcome::Created, "{rows:?} {:#?}", reply.entry.problems);
            // The primary one comes last in the list.
            assert_eq!(stage.xero(Module::Accounts, id)["LastName"], "Number 0000", "{rows:?}");
            assert_eq!(stage.click(&ana, Module::Accounts, id).entry.outcome, Outcome::Unchanged, "{rows:?}");
        }
        let run = stage.run_all(&ana, &[Module::Accounts], Direction::Both, Scope::Everything);
        let entries = stage.entries_of(&run.id);
        let failed = entries
            .iter()
            .find(|entry| ACCOUNTS.contains(&entry.record_id.as_str()) && entry.outcome == Outcome::Failed);
        assert!(failed.is_none(), "{rows:?} {failed:#?}");
    }
}

#[test]
fn who_is_not_among_the_contacts_that_were_read_is_not_taken_for_gone() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    accounts(&stage, [None; 3]);
    crowd(&stage, ACCOUNTS[0], 3);
    stage.click(&ana, Module::Accounts, ACCOUNTS[0]);
    let before = stage.xero(Module::Accounts, ACCOUNTS[0]);
    assert_eq!(before["ContactPersons"].as_array().unwrap().len(), 2);
    crowd(&stage, ACCOUNTS[0], 2_010);
    stage.advance(5);
    stage.edit(Module::Accounts, ACCOUNTS[0], &json!({"Phone": "+61 2 5550 9009"}));
    let reply = stage.click(&ana, Module::Accounts, ACCOUNTS[0]);
    assert_eq!(reply.entry.outcome, Outcome::Updated, "{:#?}", reply.entry.problems);
    assert!(codes(&reply.entry).contains(&Code::ContactsIncomplete));
    let after = stage.xero(Module::Accounts, ACCOUNTS[0]);
    assert_eq!(after["ContactPersons"], before["ContactPersons"]);
    assert_eq!(after["EmailAddress"], before["EmailAddress"]);
    assert!(after["Phones"].to_string().contains("5550 9009"));
}

/// What the set-up says.
fn set_up(stage: &Stage, ana: &engine::access::rights::Administrator) -> shared::api::portal::SetupView {
    let desk = Desk::default();
    stage.run(stage.engine(&desk).setup(ana)).unwrap()
}

#[test]
fn a_connection_is_there_though_the_crm_does_not_let_fields_be_made() {
    let stage = Stage::new(World::standard(BASE));
    for label in ["Licence", "Membership"] {
        let field = json!({"field_label": label, "data_type": "text", "unique": {"case_sensitive": false}});
        stage.world.borrow_mut().zoho.create_field("Accounts", &field).unwrap();
    }
    let ana = stage.connect_crm(ADMIN);
    stage.connect_xero(&ana, 0);
    let view = set_up(&stage, &ana);
    assert!(view.xero.is_some());
    let of = |view: &shared::api::portal::SetupView, module: Module| {
        view.fields.iter().find(|fields| fields.module == module).unwrap().clone()
    };
    assert_eq!(of(&view, Module::Accounts).missing, ["Xero ID"], "the others of the module are there");
    assert!(of(&view, Module::Invoices).missing.is_empty(), "and those of the other modules");
    let told = view.problems.iter().find(|problem| problem.code == Code::CrmFieldsRefused).unwrap();
    assert!(told.what.contains("Xero ID") && told.place.is_some(), "{told:?}");
    assert!(told.said.as_ref().is_some_and(|said| said.contains("LIMIT_EXCEEDED")), "{told:?}");
    // Records are synced all the same.
    let reply = stage.click(&ana, Module::Vendors, seed::FIRST_VENDOR);
    assert_eq!(reply.entry.outcome, Outcome::Created, "{:#?}", reply.entry.problems);
    // The step is repeated once there is room.
    let desk = Desk::default();
    let again = stage.run(stage.engine(&desk).create_fields(&ana)).unwrap();
    assert!(again.problems.iter().any(|problem| problem.code == Code::CrmFieldsRefused), "{:?}", again.problems);
    assert!(stage.world.borrow_mut().zoho.delete_custom_field("Accounts", "Licence"));
    let again = stage.run(stage.engine(&desk).create_fields(&ana)).unwrap();
    assert_eq!(again.problems, []);
    assert!(of(&again, Module::Accounts).missing.is_empty());
}

#[test]
fn any_refusal_of_the_taxes_means_that_they_are_unknown() {
    for taxes in [TaxesFor::ScopeMissing, TaxesFor::NotPermitted, TaxesFor::Unknown, TaxesFor::Refused] {
        let stage = Stage::new(World::standard(BASE));
        stage.world.borrow_mut().zoho.answers_mut().taxes = taxes;
        let ana = stage.connect_crm(ADMIN);
        stage.connect_xero(&ana, 0);
        let view = set_up(&stage, &ana);
        let codes: Vec<Code> = view.problems.iter().map(|problem| problem.code).collect();
        assert_eq!(codes, [Code::CrmTaxesUnknown], "{taxes:?}");
        let reply = stage.click(&ana, Module::Accounts, seed::FIRST_ACCOUNT);
        assert_eq!(reply.entry.outcome, Outcome::Created, "{taxes:?} {:#?}", reply.entry.problems);
        // Once Zoho tells them, they are known with the next lists.
        stage.world.borrow_mut().zoho.answers_mut().taxes = TaxesFor::Everybody;
        let desk = Desk::default();
        let view = stage.run(stage.engine(&desk).create_fields(&ana)).unwrap();
        assert_eq!(view.problems, [], "{taxes:?}");
    }
}

/// A field of accounts that stands for Xero's tax number.
fn map_tax_number(stage: &Stage, field: &str) {
    let source = FieldSource::Field(field.to_owned());
    stage.choose(|settings| {
        let mapping = FieldMapping { source, default: None };
        settings.fields.entry(Module::Accounts).or_default().insert("tax_number".to_owned(), mapping);
    });
}

#[test]
fn a_list_is_never_read_as_an_empty_text() {
    for field in ["Tag", "Sectors", "Layout"] {
        let stage = Stage::new(World::standard(BASE));
        let sectors = json!({"field_label": "Sectors", "data_type": "multiselectpicklist",
            "pick_list_values": [{"display_value": "Retail"}, {"display_value": "Trade"}]});
        stage.world.borrow_mut().zoho.create_field("Accounts", &sectors).unwrap();
        let ana = stage.connect_crm(ADMIN);
        stage.connect_xero(&ana, 0);
        accounts(&stage, [None; 3]);
        map_tax_number(&stage, field);
        stage.click(&ana, Module::Accounts, ACCOUNTS[0]);
        let contact = stage.xero(Module::Accounts, ACCOUNTS[0])["ContactID"].as_str().unwrap().to_owned();
        stage.edit_xero("Contacts", &contact, json!({"TaxNumber": "51 824 753 556"}));
        stage.edit(Module::Accounts, ACCOUNTS[0], &json!({"Phone": "+61 2 5550 9002", "Sectors": ["Trade"]}));
        let reply = stage.click(&ana, Module::Accounts, ACCOUNTS[0]);
        assert!(
            !reply.entry.problems.iter().any(shared::problem::Problem::stops),
            "{field} {:#?}",
            reply.entry.problems
        );
        let contact = stage.xero(Module::Accounts, ACCOUNTS[0]);
        // A list of choices has words, and they were changed; the others have none that anybody could mean.
        let expected = if field == "Sectors" { "Trade" } else { "51 824 753 556" };
        assert_eq!(contact["TaxNumber"], expected, "{field}");
        stage.click(&ana, Module::Accounts, ACCOUNTS[0]);
        assert_eq!(stage.click(&ana, Module::Accounts, ACCOUNTS[0]).entry.outcome, Outcome::Unchanged, "{field}");
    }
}

#[test]
fn a_field_that_nobody_writes_goes_to_xero_only_however_its_metadata_says_so() {
    for mark in [Mark::ReadOnly, Mark::FieldReadOnly, Mark::Operations] {
        let stage = Stage::new(World::standard(BASE));
        let field = json!({"field_label": "Bureau No", "data_type": "text", "length": 40});
        stage.world.borrow_mut().zoho.create_field("Accounts", &field).unwrap();
        accounts(&stage, [None; 3]);
        stage.edit(Module::Accounts, ACCOUNTS[0], &json!({"Bureau_No": "B-1"}));
        {
            let mut world = stage.world.borrow_mut();
            assert!(world.zoho.make_read_only("Accounts", "Bureau_No", mark));
            assert!(world.zoho.make_read_only("Accounts", "Fax", mark));
            assert!(world.zoho.make_read_only("Contacts", "Mobile", mark));
        }
        let ana = stage.connect_crm(ADMIN);
        stage.connect_xero(&ana, 0);
        map_tax_number(&stage, "Bureau_No");
        crowd(&stage, ACCOUNTS[0], 1);
        stage.click(&ana, Module::Accounts, ACCOUNTS[0]);
        assert_eq!(stage.xero(Module::Accounts, ACCOUNTS[0])["TaxNumber"], "B-1", "{mark:?}");
        let contact = stage.xero(Module::Accounts, ACCOUNTS[0])["ContactID"].as_str().unwrap().to_owned();
        let phone = |kind: &str, number: &str| json!({"PhoneType": kind, "PhoneNumber": number});
        let change = json!({
            "TaxNumber": "B-2",
            "Phones": [phone("FAX", "02 5550 1111"), phone("MOBILE", "0400 111 222")],
        });
        stage.edit_xero("Contacts", &contact, change);
        stage.click(&ana, Module::Accounts, ACCOUNTS[0]);
        let calls = stage.world.borrow().mark();
        let reply = stage.click(&ana, Module::Accounts, ACCOUNTS[0]);
        assert_eq!(reply.entry.outcome, Outcome::Unchanged, "{mark:?} {:#?}", reply.entry.changes);
        let world = stage.world.borrow();
        let writes = ["PUT", "POST"].map(|method| world.count(calls, ApiName::Xero, Some(method)));
        assert_eq!(writes, [0, 0], "{mark:?}");
        assert_eq!(world.count(calls, ApiName::Zoho, Some("PUT")), 0, "{mark:?}: it is written again at every sync");
    }
}

#[test]
fn an_account_number_of_another_type_is_a_text_like_others() {
    let stage = Stage::new(World::standard(BASE));
    assert!(stage.world.borrow_mut().zoho.retype("Accounts", "Account_Number", Kind::Text, None));
    let ana = stage.connect_crm(ADMIN);
    stage.connect_xero(&ana, 0);
    accounts(&stage, [Some("K-1"), Some("0"), None]);
    for (id, number) in ACCOUNTS.iter().zip(["K-1", "", ""]) {
        let reply = stage.click(&ana, Module::Accounts, id);
        assert_eq!(reply.entry.outcome, Outcome::Created, "{:#?}", reply.entry.problems);
        let contact: Value = stage.xero(Module::Accounts, id);
        assert_eq!(contact["AccountNumber"].as_str().unwrap_or_default(), number);
    }
}
