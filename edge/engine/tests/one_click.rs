//! One click on one record, natively against the sandbox: what is created, what is remembered, what it costs.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use crate::support;

use sandbox::{ApiName, World, seed};
use sandbox_zoho::RecordFlag;
use serde_json::{Value, json};
use shared::api::{Action, Outcome, SyncReply};
use shared::id::ZohoId;
use shared::module::Module;
use shared::problem::{Code, Severity};
use support::{ADMIN, BASE, Stage};

fn id(text: &str) -> ZohoId {
    ZohoId::new(text).unwrap()
}

fn click(stage: &Stage, user: &engine::access::rights::Member, module: Module, record: &str) -> SyncReply {
    let desk = engine::sync::Desk::default();
    let reply = stage.run(stage.engine(&desk).sync(user, module, &id(record)));
    reply.unwrap_or_else(|refusal| panic!("{module:?} {record}: {refusal:?}"))
}

fn crm(stage: &Stage, module: Module, record: &str) -> Value {
    stage.world.borrow().zoho.get(module.api_name(), record).unwrap()
}

fn xero(stage: &Stage, resource: &str, record: &str) -> Value {
    let tenant = stage.tenant(0);
    stage.world.borrow().xero.get(&tenant, resource, record).unwrap()
}

#[test]
fn a_new_account_costs_one_read_one_create_and_one_write_back() {
    let (stage, user) = Stage::connected(World::standard(BASE));
    let mark = stage.world.borrow().mark();
    let reply = click(&stage, &user, Module::Accounts, seed::FIRST_ACCOUNT);
    assert_eq!(reply.entry.outcome, Outcome::Created, "{:#?}", reply.entry.problems);
    assert_eq!(stage.world.borrow().count(mark, ApiName::Zoho, None), 2, "{:#?}", reply.entry.calls);
    assert_eq!(stage.world.borrow().count(mark, ApiName::Xero, None), 1, "{:#?}", reply.entry.calls);

    let account = crm(&stage, Module::Accounts, seed::FIRST_ACCOUNT);
    let contact = xero(&stage, "Contacts", account["Xero_ID"].as_str().unwrap());
    assert_eq!(contact["Name"], account["Account_Name"]);
    assert_eq!(contact["ContactNumber"], json!(format!("zcrm:a:{}", seed::FIRST_ACCOUNT)));
    assert!(account["Xero_URL"].as_str().unwrap().contains(contact["ContactID"].as_str().unwrap()));
    assert_eq!(reply.view.preview.action, Action::Unchanged);
}

#[test]
fn a_click_on_an_unchanged_linked_record_costs_one_read_on_each_side_and_writes_nothing() {
    let (stage, user) = Stage::connected(World::standard(BASE));
    let records = [
        (Module::Accounts, seed::FIRST_ACCOUNT),
        (Module::Contacts, seed::CONTACT_ALONE),
        (Module::Vendors, seed::FIRST_VENDOR),
        (Module::Products, seed::FIRST_PRODUCT),
        (Module::Invoices, seed::FIRST_INVOICE),
        (Module::PurchaseOrders, seed::FIRST_PURCHASE_ORDER),
    ];
    for (module, record) in records {
        let first = click(&stage, &user, module, record);
        assert_eq!(first.entry.outcome, Outcome::Created, "{module:?} {:#?}", first.entry.problems);
        let mark = stage.world.borrow().mark();
        let second = click(&stage, &user, module, record);
        assert_eq!(second.entry.outcome, Outcome::Unchanged, "{module:?} {second:#?}");
        let world = stage.world.borrow();
        assert_eq!(world.count(mark, ApiName::Zoho, None), 1, "{module:?} {:#?}", second.entry.calls);
        assert_eq!(world.count(mark, ApiName::Xero, None), 1, "{module:?} {:#?}", second.entry.calls);
        assert_eq!(world.count(mark, ApiName::Xero, Some("GET")), 1, "{module:?}");
    }
}

#[test]
fn an_invoice_takes_its_account_and_its_products_along_in_the_same_click() {
    let (stage, user) = Stage::connected(World::standard(BASE));
    let desk = engine::sync::Desk::default();
    let view = stage.run(stage.engine(&desk).view(&user, Module::Invoices, &id(seed::FIRST_INVOICE))).unwrap();
    assert_eq!(view.preview.action, Action::Create, "{:#?}", view.preview.problems);
    assert!(!view.preview.dependencies.is_empty());

    let reply = click(&stage, &user, Module::Invoices, seed::FIRST_INVOICE);
    assert_eq!(reply.entry.outcome, Outcome::Created, "{:#?}", reply.entry.problems);
    let sent: Vec<_> = reply.entry.dependencies.iter().map(|one| (one.module, one.name.clone())).collect();
    let promised: Vec<_> = view.preview.dependencies.iter().map(|one| (one.module, one.name.clone())).collect();
    assert_eq!(sent, promised, "the preview says what the click does");

    let invoice = crm(&stage, Module::Invoices, seed::FIRST_INVOICE);
    let there = xero(&stage, "Invoices", invoice["Xero_ID"].as_str().unwrap());
    assert_eq!(there["Total"].to_string(), invoice["Grand_Total"].to_string().trim_end_matches(".0"));
    assert_eq!(there["Status"], json!("AUTHORISED"));
    assert_eq!(invoice["Xero_Status"], json!("AUTHORISED"));
    assert!(invoice["Xero_Online_Invoice"].as_str().is_some_and(|url| url.starts_with("http")));
}

/// Every record of the seed data ends in exactly one entry with an outcome that says why, nothing is doubled, and
/// whatever was sent has the total that the CRM has, or a warning that names the difference.
#[test]
fn the_whole_seed_data_set_goes_through_with_nothing_silent_and_nothing_doubled() {
    for world in [World::standard(BASE), World::total_tax(BASE)] {
        let (stage, user) = Stage::connected(world);
        let mut clicks = 0;
        let mut tally = std::collections::BTreeMap::new();
        for module in Module::ALL {
            let records = stage.world.borrow().zoho.records(module.api_name());
            for record in records {
                stage.world.borrow_mut().gate.clock.advance(5);
                let record = record["id"].as_str().unwrap().to_owned();
                let reply = click(&stage, &user, module, &record);
                clicks += 1;
                let entry = &reply.entry;
                let codes: Vec<String> = entry.problems.iter().map(|problem| problem.code.as_str()).collect();
                *tally.entry((module, entry.outcome, codes)).or_insert(0) += 1;
                assert!(
                    entry.problems.iter().all(|problem| problem.code != Code::Internal),
                    "{module:?} {record} {:#?}",
                    entry.problems
                );
                match entry.outcome {
                    Outcome::Created | Outcome::Updated => {
                        let xero_id = crm(&stage, module, &record)["Xero_ID"].clone();
                        assert!(xero_id.is_string(), "{module:?} {record} {entry:#?}");
                    }
                    Outcome::Unchanged => {}
                    Outcome::Failed | Outcome::Undecided => assert!(
                        entry.problems.iter().any(|problem| problem.severity == Severity::Error),
                        "{module:?} {record} {entry:#?}"
                    ),
                    Outcome::Skipped | Outcome::Deferred => assert!(!entry.problems.is_empty(), "{entry:#?}"),
                }
            }
        }
        for ((module, outcome, codes), count) in tally {
            println!("{count:4} {} {outcome:?} {}", module.api_name(), codes.join(" "));
        }
        assert_eq!(stage.number("SELECT count(*) FROM entries"), clicks);
        assert_eq!(stage.number("SELECT count(*) FROM links WHERE state = 'creating'"), 0);
        let tenant = stage.tenant(0);
        let world = stage.world.borrow();
        let mut urls: Vec<String> = world
            .xero
            .all(&tenant, "Invoices")
            .iter()
            .filter_map(|invoice| invoice["Url"].as_str().map(str::to_owned))
            .collect();
        let all = urls.len();
        urls.sort();
        urls.dedup();
        assert_eq!(urls.len(), all, "an invoice is there twice");
    }
}

#[test]
fn changes_cross_in_both_directions_and_only_the_changed_fields() {
    let (stage, user) = Stage::connected(World::standard(BASE));
    click(&stage, &user, Module::Accounts, seed::FIRST_ACCOUNT);
    stage.world.borrow_mut().edit(ADMIN, "Accounts", seed::FIRST_ACCOUNT, &json!({"Phone": "02 9000 0000"})).unwrap();
    let reply = click(&stage, &user, Module::Accounts, seed::FIRST_ACCOUNT);
    assert_eq!(reply.entry.outcome, Outcome::Updated, "{reply:#?}");
    assert_eq!(reply.entry.changes.len(), 1, "{:#?}", reply.entry.changes);
    assert_eq!(reply.entry.changes[0].key, "phone");
    let account = crm(&stage, Module::Accounts, seed::FIRST_ACCOUNT);
    let contact = account["Xero_ID"].as_str().unwrap().to_owned();

    let tenant = stage.tenant(0);
    let now = stage.world.borrow().now();
    let change = json!({"ContactID": contact, "AccountNumber": "77"});
    stage.world.borrow_mut().xero.update(&tenant, "Contacts", &contact, change, now).unwrap();
    let reply = click(&stage, &user, Module::Accounts, seed::FIRST_ACCOUNT);
    assert_eq!(reply.entry.outcome, Outcome::Updated, "{reply:#?}");
    assert_eq!(crm(&stage, Module::Accounts, seed::FIRST_ACCOUNT)["Account_Number"], json!("77"));
}

#[test]
fn a_payment_in_xero_comes_back_with_the_next_click() {
    let (stage, user) = Stage::connected(World::standard(BASE));
    click(&stage, &user, Module::Invoices, seed::FIRST_INVOICE);
    let invoice = crm(&stage, Module::Invoices, seed::FIRST_INVOICE);
    let (tenant, now) = (stage.tenant(0), stage.world.borrow().now());
    let there = invoice["Xero_ID"].as_str().unwrap().to_owned();
    let total = invoice["Grand_Total"].clone();
    let amount: rust_decimal::Decimal = "100".parse().unwrap();
    stage.world.borrow_mut().xero.pay(&tenant, &there, amount, now.date_naive(), now).unwrap();
    let reply = click(&stage, &user, Module::Invoices, seed::FIRST_INVOICE);
    assert_eq!(reply.entry.outcome, Outcome::Updated, "{reply:#?}");
    let invoice = crm(&stage, Module::Invoices, seed::FIRST_INVOICE);
    assert_eq!(invoice["Xero_Amount_Paid"].to_string().parse::<rust_decimal::Decimal>().unwrap(), amount);
    let due: rust_decimal::Decimal = invoice["Xero_Amount_Due"].to_string().parse().unwrap();
    assert_eq!(due + amount, total.to_string().parse().unwrap());
    assert!(reply.view.xero.unwrap().lock.is_some(), "a part-paid invoice is locked");
}

/// Whoever starts to use the program has typed everything twice until now: what is in Xero already is linked, and the
/// preview says so although neither the invoice nor its account is linked yet.
#[test]
fn an_invoice_that_was_typed_into_xero_by_hand_is_linked_and_not_doubled() {
    let (stage, user) = Stage::connected(World::standard(BASE));
    let invoice = crm(&stage, Module::Invoices, seed::INVOICE_NAME_IN_XERO);
    let account = crm(&stage, Module::Accounts, seed::ACCOUNT_NAME_IN_XERO);
    assert_eq!(invoice["Account_Name"]["id"], account["id"]);
    let name = account["Account_Name"].as_str().unwrap().to_lowercase();
    let contacts = stage.all_xero("Contacts");
    let contact = contacts.iter().find(|one| one["Name"].as_str().unwrap().to_lowercase() == name).unwrap();
    let by_hand = json!({
        "Type": "ACCREC", "Status": "DRAFT", "LineAmountTypes": "NoTax", "Date": "2026-11-02", "DueDate": "2026-12-02",
        "Contact": {"ContactID": contact["ContactID"]}, "InvoiceNumber": invoice["Invoice_Number"],
        "LineItems": [{"Description": "As agreed", "Quantity": 1, "UnitAmount": invoice["Grand_Total"], "AccountCode": "200"}],
    });
    let (tenant, now) = (stage.tenant(0), stage.world.borrow().now());
    stage.world.borrow_mut().xero.insert(&tenant, "Invoices", by_hand, now).unwrap();

    // The lines are not the CRM's: whose count is asked, and nothing is linked before the answer.
    let view = stage.view(&user, Module::Invoices, seed::INVOICE_NAME_IN_XERO).unwrap();
    assert_eq!(view.preview.action, Action::Blocked, "{:#?}", view.preview.problems);
    let asked = view.preview.problems.iter().find(|problem| problem.stops()).unwrap();
    assert_eq!(asked.code, Code::DocumentDiffers, "{:#?}", view.preview.problems);
    let question = asked.question.clone().unwrap();
    let reply = click(&stage, &user, Module::Invoices, seed::INVOICE_NAME_IN_XERO);
    assert_eq!(reply.entry.outcome, Outcome::Undecided, "{:#?}", reply.entry.problems);
    let desk = engine::sync::Desk::default();
    let key = (question.module, question.crm_id.clone().unwrap());
    stage.run(stage.engine(&desk).decide(&user, &key, &question.choices[0].decision)).unwrap();
    let view = stage.view(&user, Module::Invoices, seed::INVOICE_NAME_IN_XERO).unwrap();
    assert_eq!(view.preview.action, Action::Adopt, "{:#?}", view.preview.problems);
    let reply = click(&stage, &user, Module::Invoices, seed::INVOICE_NAME_IN_XERO);
    assert_eq!(reply.entry.outcome, Outcome::Updated, "{:#?}", reply.entry.problems);
    let same = |one: &&Value| one["InvoiceNumber"] == invoice["Invoice_Number"];
    assert_eq!(stage.all_xero("Invoices").iter().filter(same).count(), 1);
}

#[test]
fn what_is_left_alone_sends_nothing_for_its_sake() {
    let (stage, user) = Stage::connected(World::standard(BASE));
    let mark = stage.world.borrow().mark();
    let view = stage.view(&user, Module::Invoices, seed::INVOICE_BLANK_STATUS).unwrap();
    assert_eq!((view.preview.action, view.preview.dependencies.len()), (Action::Skip, 0));
    let reply = click(&stage, &user, Module::Invoices, seed::INVOICE_BLANK_STATUS);
    assert_eq!(reply.entry.outcome, Outcome::Skipped);
    assert!(reply.entry.dependencies.is_empty());
    assert_eq!(stage.world.borrow().count(mark, ApiName::Xero, None), 0, "{:#?}", reply.entry.calls);
}

/// Of each module, one that nobody has sent yet.
const UNSENT: [(Module, &str); 6] = [
    (Module::Accounts, seed::FIRST_ACCOUNT),
    (Module::Contacts, seed::CONTACT_ALONE),
    (Module::Vendors, seed::FIRST_VENDOR),
    (Module::Products, seed::FIRST_PRODUCT),
    (Module::Invoices, seed::FIRST_INVOICE),
    (Module::PurchaseOrders, seed::FIRST_PURCHASE_ORDER),
];

#[test]
fn what_a_locked_record_could_not_be_told_is_saved_by_the_next_click() {
    for (module, record) in UNSENT {
        for hidden in [false, true] {
            let (stage, _) = Stage::connected(World::standard(BASE));
            let lock = |locked: bool| {
                let zoho = &mut stage.world.borrow_mut().zoho;
                assert!(zoho.set_record_flag(module.api_name(), record, RecordFlag::Locked(locked)));
            };
            let clicks = match hidden {
                false => stage.sign_in(ADMIN),
                true => {
                    let sam = "sam@bluegum.example";
                    let mut world = stage.world.borrow_mut();
                    let profile = world.zoho.profile_of(sam).unwrap().name.clone();
                    let profile = world.zoho.profile_named_mut(&profile).unwrap();
                    profile.hidden_fields.insert((module.api_name().to_owned(), "Xero_ID".to_owned()));
                    drop(world);
                    stage.sign_in(sam)
                }
            };
            lock(true);
            let first = click(&stage, &clicks, module, record);
            assert_eq!(first.entry.outcome, Outcome::Created, "{module:?} {:#?}", first.entry.problems);
            assert!(first.entry.problems.iter().any(|problem| problem.code == Code::CrmRecordLocked), "{module:?}");
            assert_eq!(crm(&stage, module, record)["Xero_ID"], Value::Null, "{module:?}");
            let saves = |view: &shared::api::RecordView, when: &str| {
                let case = format!("{module:?} {hidden} {when}: {:#?}", view.preview);
                assert_eq!(view.preview.action, Action::UpdateCrm, "{case}");
                let named = view.preview.changes.iter().any(|change| change.key == "xero_id");
                assert_eq!(named, !hidden, "{case}");
                assert!(view.preview.changes.iter().all(|change| change.key.starts_with("xero_")), "{case}");
            };
            saves(&first.view, "after the click");
            stage.advance(60);
            lock(false);
            saves(&stage.view(&clicks, module, record).unwrap(), "once unlocked");
            let second = click(&stage, &clicks, module, record);
            assert_eq!(second.entry.outcome, Outcome::Updated, "{module:?} {hidden} {:#?}", second.entry);
            assert_ne!(crm(&stage, module, record)["Xero_ID"], Value::Null, "{module:?} {hidden}");
            assert_eq!(second.view.preview.action, Action::Unchanged, "{module:?} {hidden} {:#?}", second.view.preview);
            stage.advance(60);
            let third = click(&stage, &clicks, module, record);
            assert_eq!(third.entry.outcome, Outcome::Unchanged, "{module:?} {hidden} {:#?}", third.entry);
        }
    }
}
