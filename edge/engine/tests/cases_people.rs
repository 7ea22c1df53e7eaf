//! Cases of real organisations, each under its number: the people of an account.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use crate::support;

use engine::sync::Desk;
use sandbox::{World, seed};
use serde_json::{Value, json};
use shared::api::Outcome;
use shared::api::runs::Scope;
use shared::id::XeroId;
use shared::module::Module;
use shared::problem::Code;
use shared::question::Decision;
use shared::settings::{Direction, PeopleRule, SourceOfTruth};
use support::{BASE, Stage, id};

/// The people besides the primary one, as Xero has them: name and address.
fn people(stage: &Stage, account: &str) -> Vec<String> {
    let contact = stage.xero(Module::Accounts, account);
    let text = |person: &Value, key: &str| person[key].as_str().unwrap_or_default().to_owned();
    let people = contact["ContactPersons"].as_array().unwrap().iter();
    people.map(|one| format!("{} <{}>", text(one, "LastName"), text(one, "EmailAddress"))).collect()
}

fn contact(stage: &Stage, account: &str, fields: Value) -> String {
    let mut fields = fields;
    fields["Account_Name"] = json!({"id": account});
    stage.world.borrow_mut().zoho.insert("Contacts", &fields).unwrap()
}

#[test]
fn f06_people_of_an_account_do_not_pile_up() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let account = stage.world.borrow_mut().zoho.insert("Accounts", &json!({"Account_Name": "Lyrebird Legal"})).unwrap();
    contact(
        &stage,
        &account,
        json!({"First_Name": "Mara", "Last_Name": "Holt", "Email": "mara@lyrebird.example", "Xero_Primary": true}),
    );
    let ned =
        contact(&stage, &account, json!({"First_Name": "Ned", "Last_Name": "Quill", "Email": "ned@lyrebird.example"}));
    let sync = || {
        stage.advance(60);
        stage.click(&ana, Module::Accounts, &account).entry
    };
    sync();
    assert_eq!(people(&stage, &account), ["Quill <ned@lyrebird.example>"]);
    // Somebody at Xero adds a person of their own.
    let id = stage.xero(Module::Accounts, &account)["ContactID"].as_str().unwrap().to_owned();
    let own = json!({"FirstName": "Una", "LastName": "Vane", "EmailAddress": "una@lyrebird.example"});
    let mut all = stage.xero(Module::Accounts, &account)["ContactPersons"].clone();
    all.as_array_mut().unwrap().push(own);
    stage.advance(60);
    stage.edit_xero("Contacts", &id, json!({"ContactPersons": all}));
    for address in ["ned.quill", "ned3", "ned4", "ned5", "ned6"] {
        stage.edit(Module::Contacts, &ned, &json!({"Email": format!("{address}@lyrebird.example")}));
        let entry = sync();
        assert!(entry.problems.iter().all(|problem| problem.code != Code::PeopleTooMany), "{:#?}", entry.problems);
        let expected = [format!("Quill <{address}@lyrebird.example>"), "Vane <una@lyrebird.example>".to_owned()];
        assert_eq!(people(&stage, &account), expected);
    }
    // His name may change together with his address.
    stage.edit(Module::Contacts, &ned, &json!({"Last_Name": "Quill-Holt", "Email": "nqh@lyrebird.example"}));
    sync();
    assert_eq!(people(&stage, &account), ["Quill-Holt <nqh@lyrebird.example>", "Vane <una@lyrebird.example>"]);
    stage.world.borrow_mut().zoho.delete("Contacts", &ned);
    sync();
    assert_eq!(people(&stage, &account), ["Vane <una@lyrebird.example>"], "nobody else's people are touched");
}

#[test]
fn who_was_at_xero_before_stays_there_when_the_crm_s_contact_goes() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let account =
        stage.world.borrow_mut().zoho.insert("Accounts", &json!({"Account_Name": "Zimmer and Sons"})).unwrap();
    let account = account.as_str();
    let mara = json!({"First_Name": "Mara", "Last_Name": "Holt", "Email": "mara@acme.example", "Xero_Primary": true});
    contact(&stage, account, mara);
    stage.click(&ana, Module::Accounts, account);
    let id = stage.xero(Module::Accounts, account)["ContactID"].as_str().unwrap().to_owned();
    let zed = json!({"FirstName": "Zed", "LastName": "Zimmer", "EmailAddress": "zed@acme.example"});
    stage.advance(60);
    let mut all = stage.xero(Module::Accounts, account)["ContactPersons"].clone();
    all.as_array_mut().unwrap().push(zed);
    stage.edit_xero("Contacts", &id, json!({"ContactPersons": all}));
    let zed =
        contact(&stage, account, json!({"First_Name": "Zed", "Last_Name": "Zimmer", "Email": "zed@acme.example"}));
    let has = |address: &str| people(&stage, account).contains(&format!("Zimmer <{address}@acme.example>"));
    let sync = || {
        stage.advance(60);
        stage.click(&ana, Module::Accounts, account)
    };
    sync();
    assert!(has("zed"));
    stage.edit(Module::Contacts, &zed, &json!({"Email": "zed.zimmer@acme.example"}));
    sync();
    assert!(has("zed.zimmer") && !has("zed"), "{:?}", people(&stage, account));
    stage.world.borrow_mut().zoho.delete("Contacts", &zed);
    sync();
    assert!(has("zed.zimmer"), "{:?}", people(&stage, account));
}

/// Whoever has said which contact a person is means it for her documents, too, whether she was synced since or not.
#[test]
fn a_document_goes_to_the_contact_that_somebody_has_said_is_the_person_s_own() {
    for by_run in [false, true] {
        let (stage, ana) = Stage::connected(World::standard(BASE));
        let quoll = json!({"Account_Name": "Quoll Creek Motors"});
        let account = stage.world.borrow_mut().zoho.insert("Accounts", &quoll).unwrap();
        let petra = json!({"First_Name": "Petra", "Last_Name": "Lund", "Email": "petra@quoll.example"});
        let petra = contact(&stage, &account, petra);
        let own = {
            let (tenant, now) = (stage.tenant(0), stage.now_utc());
            let typed = json!({"Name": "Petra Lund", "EmailAddress": "petra@quoll.example"});
            let made = stage.world.borrow_mut().xero.insert(&tenant, "Contacts", typed, now).unwrap();
            made["ContactID"].as_str().unwrap().to_owned()
        };
        let desk = Desk::default();
        let said =
            Decision::Link { xero_id: XeroId::new(own.clone()).unwrap(), values: SourceOfTruth::Crm, instead_of: None };
        stage.run(stage.engine(&desk).decide(&ana, &(Module::Contacts, id(&petra)), &said)).unwrap();
        let invoice = seed::FIRST_INVOICE;
        stage.edit(Module::Invoices, invoice, &json!({"Contact_Name": {"id": petra}, "Account_Name": null}));
        stage.advance(60);
        if by_run {
            stage.run_all(&ana, &[Module::Invoices], Direction::ToXero, Scope::Everything);
        } else {
            stage.click(&ana, Module::Invoices, invoice);
        }
        let sent = stage.xero(Module::Invoices, invoice);
        assert_eq!(sent["Contact"]["ContactID"], json!(own), "by a run: {by_run}");
        assert!(stage.crm(Module::Accounts, &account)["Xero_ID"].is_null(), "nobody has sent the company");
    }
}

#[test]
fn f02_an_invoice_for_a_person_of_an_account_goes_to_the_account_s_contact() {
    for by_run in [false, true] {
        let (stage, ana) = Stage::connected(World::standard(BASE));
        let quoll = json!({"Account_Name": "Quoll Creek Motors"});
        let account = stage.world.borrow_mut().zoho.insert("Accounts", &quoll).unwrap();
        let petra = json!({"First_Name": "Petra", "Last_Name": "Lund", "Email": "petra@quoll.example"});
        let petra = contact(&stage, &account, petra);
        let invoice = seed::FIRST_INVOICE;
        stage.edit(Module::Invoices, invoice, &json!({"Contact_Name": {"id": petra}, "Account_Name": null}));
        let sync = || {
            stage.advance(60);
            if !by_run {
                return stage.click(&ana, Module::Invoices, invoice).entry;
            }
            let run = stage.run_all(&ana, &[Module::Invoices], Direction::ToXero, Scope::Everything);
            stage.entries_of(&run.id).into_iter().find(|entry| entry.record_id == invoice).unwrap()
        };
        let entry = sync();
        assert_eq!(entry.outcome, Outcome::Created, "{by_run}: {:#?}", entry.problems);
        let at_xero = stage.xero(Module::Invoices, invoice);
        assert_eq!(at_xero["Contact"]["ContactID"], stage.xero(Module::Accounts, &account)["ContactID"]);
        let named = stage.all_xero("Contacts").into_iter().filter(|one| one["Name"] == "Petra Lund").count();
        assert_eq!(named, 0, "the person is no contact of her own");
        let entry = sync();
        assert_eq!(entry.outcome, Outcome::Unchanged, "{by_run}: {:#?}", entry.problems);
        // She changes her company: what she has bought before stays where it is.
        let other = stage.world.borrow_mut().zoho.insert("Accounts", &json!({"Account_Name": "Bilby Motors"})).unwrap();
        stage.edit(Module::Contacts, &petra, &json!({"Account_Name": {"id": other}}));
        stage.edit(Module::Invoices, invoice, &json!({"Subject": "For the person, later"}));
        let entry = sync();
        assert!(!entry.problems.iter().any(shared::problem::Problem::stops), "{:#?}", entry.problems);
        let later = stage.xero(Module::Invoices, invoice);
        assert_eq!(later["Contact"]["ContactID"], at_xero["Contact"]["ContactID"], "{by_run}");
        stage.edit(Module::Contacts, &petra, &json!({"Account_Name": {"id": account}}));
        if by_run {
            continue;
        }
        // The account is in Xero by now; another invoice for her goes to the same contact.
        let second = seed::INVOICE_NO_DUE_DATE;
        stage.edit(Module::Invoices, second, &json!({"Contact_Name": {"id": petra}, "Account_Name": null}));
        stage.advance(60);
        let entry = stage.click(&ana, Module::Invoices, second).entry;
        assert_eq!(entry.outcome, Outcome::Created, "{:#?}", entry.problems);
        let second = stage.xero(Module::Invoices, second);
        assert_eq!(second["Contact"]["ContactID"], at_xero["Contact"]["ContactID"]);
    }
}

#[test]
fn f02_a_setting_gives_a_person_of_an_account_a_contact_of_their_own() {
    for by_run in [false, true] {
        let (stage, ana) = Stage::connected(World::standard(BASE));
        let quoll = json!({"Account_Name": "Quoll Creek Motors"});
        let account = stage.world.borrow_mut().zoho.insert("Accounts", &quoll).unwrap();
        let petra = json!({"First_Name": "Petra", "Last_Name": "Lund", "Email": "petra@quoll.example"});
        let petra = contact(&stage, &account, petra);
        let bystander = json!({"First_Name": "Olaf", "Last_Name": "Grim", "Email": "olaf@quoll.example"});
        contact(&stage, &account, bystander);
        let sync = |invoice: &str| {
            stage.advance(60);
            if !by_run {
                return stage.click(&ana, Module::Invoices, invoice).entry;
            }
            let pairs = [Module::Contacts, Module::Invoices];
            let run = stage.run_all(&ana, &pairs, Direction::ToXero, Scope::Everything);
            stage.entries_of(&run.id).into_iter().find(|entry| entry.record_id == invoice).unwrap()
        };
        let (first, second) = (seed::FIRST_INVOICE, seed::INVOICE_NO_DUE_DATE);
        for invoice in [first, second] {
            stage.edit(Module::Invoices, invoice, &json!({"Contact_Name": {"id": petra}, "Account_Name": null}));
        }
        let of = |invoice: &str| stage.xero(Module::Invoices, invoice)["Contact"]["Name"].as_str().unwrap().to_owned();
        if !by_run {
            // What Xero has already stays where it is.
            sync(first);
            assert_eq!(of(first), "Quoll Creek Motors");
        }
        stage.choose(|settings| settings.parties.people = PeopleRule::Own);
        let entry = sync(second);
        assert_eq!(entry.outcome, Outcome::Created, "{by_run}: {:#?}", entry.problems);
        assert_eq!(of(second), "Petra Lund", "{by_run}");
        stage.edit(Module::Invoices, first, &json!({"Subject": "Edited since"}));
        sync(first);
        assert_eq!(of(first), if by_run { "Petra Lund" } else { "Quoll Creek Motors" });
        // Only who has bought something has a contact.
        let contacts = stage.all_xero("Contacts");
        let named = |name: &str| contacts.iter().filter(|one| one["Name"] == name).count();
        assert_eq!((named("Petra Lund"), named("Olaf Grim")), (1, 0), "{by_run}");
        // The person is linked from now on, by herself, too.
        stage.advance(60);
        let entry = stage.click(&ana, Module::Contacts, &petra).entry;
        assert!(!entry.problems.iter().any(|problem| problem.code == Code::PersonOfAccount), "{:#?}", entry.problems);
    }
}

#[test]
fn an_address_that_two_people_share_makes_nobody_somebody_else() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let account = stage.world.borrow_mut().zoho.insert("Accounts", &json!({"Account_Name": "Desk and Sons"})).unwrap();
    let mara = json!({"First_Name": "Mara", "Last_Name": "Holt", "Email": "mara@desk.example", "Xero_Primary": true});
    contact(&stage, &account, mara);
    let ned =
        contact(&stage, &account, json!({"First_Name": "Ned", "Last_Name": "Quill", "Email": "ned@desk.example"}));
    let sync = || {
        stage.advance(60);
        stage.click(&ana, Module::Accounts, &account)
    };
    sync();
    // Somebody at Xero enters the desk before him, and he takes its address as his own.
    let id = stage.xero(Module::Accounts, &account)["ContactID"].as_str().unwrap().to_owned();
    let desk = json!({"FirstName": "Info", "LastName": "Desk", "EmailAddress": "info@desk.example"});
    let mut all = stage.xero(Module::Accounts, &account)["ContactPersons"].clone();
    all.as_array_mut().unwrap().insert(0, desk);
    stage.advance(60);
    stage.edit_xero("Contacts", &id, json!({"ContactPersons": all}));
    stage.edit(Module::Contacts, &ned, &json!({"Email": "info@desk.example"}));
    for _ in 0..3 {
        sync();
        let mut now = people(&stage, &account);
        now.sort();
        assert_eq!(now, ["Desk <info@desk.example>", "Quill <info@desk.example>"]);
    }
    stage.world.borrow_mut().zoho.delete("Contacts", &ned);
    for _ in 0..2 {
        sync();
        assert_eq!(people(&stage, &account), ["Desk <info@desk.example>"], "the desk is not ours to remove");
    }
}
