//! Bugs that other integrations shipped, each by its number in the list that the project keeps.
//!
//! | number | what | where it is tested |
//! |---|---|---|
//! | 2 | a 401 in the middle refreshes once | `upstream`: `regression_2_…`; here, with the database |
//! | 3 | two refreshes at once are one token call | here |
//! | 4 | minute limits wait, day limits park | `upstream`: `regression_4_…`; here, what the person is told |
//! | 5 | the tenant header on every call | `upstream`: `regression_5_and_10_…`; here, over whole clicks |
//! | 8 | a lost response on create | `crash_points`, every call; here, by name |
//! | 10 | If-Modified-Since is sent | `upstream`: `regression_10_…` |
//! | 11 | one failed row among several | `upstream`: `regression_11_…`; here, over a whole click |
//! | 12 | Zoho's 204, 304 and throttle | `upstream`: `regression_12_…` |
//! | 13 | data centres | here |
//! | 14 | a missing permission is reported | `upstream`: `regression_14_…`; `access` |
//! | 15 | name clash, archived and merged contacts | here |
//! | 16 | paid documents take their allowed fields only | here |
//! | 17 | lines without an item code | here |
//! | 18 | tax is rounded as Xero rounds it | here; the arithmetic itself in `shared` |
//! | 19 | an unmapped status is a visible skip | here |
//! | 20 | deletions never cross | here |
//! | 22 | two organisations are a question; one to one | `access` |
//! | 24 | more than 50 fields are split | `upstream`: `regression_24_…` |
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use crate::support;

use engine::access::rights::Administrator;
use engine::sync::Desk;
use rust_decimal::Decimal;
use sandbox::{ApiName, Effect, Limit, Phase, Repeat, Rule, World, seed};
use sandbox_zoho::RecordFlag;
use serde_json::{Value, json};
use shared::api::{Action, Outcome, SyncReply};
use shared::module::Module;
use shared::problem::{Code, Severity};
use shared::settings::{ApprovedEdits, SettingChange};
use support::{BASE, Stage, id};

fn stopping(reply: &SyncReply) -> Vec<Code> {
    reply.entry.problems.iter().filter(|problem| problem.stops()).map(|problem| problem.code).collect()
}

/// A number, or a decimal as text.
fn money(value: &Value) -> Decimal {
    value.to_string().trim_matches('"').parse().unwrap()
}

fn set(stage: &Stage, user: &Administrator, change: &SettingChange) {
    let desk = Desk::default();
    stage.run(stage.engine(&desk).change_setting(user, change)).unwrap();
}

#[test]
fn regression_02_tokens_that_expire_in_the_middle_are_renewed_once_and_kept() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let desk = Desk::default();
    stage.run(stage.engine(&desk).sync(&ana, Module::Accounts, &id(seed::FIRST_ACCOUNT))).unwrap();
    let now = stage.world.borrow().now();
    stage.world.borrow_mut().zoho.expire_access_tokens();
    stage.world.borrow_mut().xero.expire_access_tokens(now);
    let mark = stage.world.borrow().mark();
    let reply = stage.run(stage.engine(&desk).sync(&ana, Module::Vendors, &id(seed::FIRST_VENDOR))).unwrap();
    assert_eq!(reply.entry.outcome, Outcome::Created, "{:#?}", reply.entry.problems);
    // The user's own grant, the connection's and Xero's.
    assert_eq!(token_calls(&stage, mark), 3);
    // Nobody needs to renew after a restart: what was renewed is in the database.
    let mark = stage.world.borrow().mark();
    stage.click(&ana, Module::Products, seed::FIRST_PRODUCT);
    assert_eq!(token_calls(&stage, mark), 0);
}

fn token_calls(stage: &Stage, mark: sandbox::Mark) -> usize {
    stage.world.borrow().calls_since(mark).iter().filter(|call| call.path.ends_with("/token")).count()
}

#[test]
fn regression_03_two_syncs_with_expired_tokens_make_one_token_call_for_each_grant() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    stage.click(&ana, Module::Accounts, seed::FIRST_ACCOUNT);
    stage.click(&ana, Module::Vendors, seed::FIRST_VENDOR);
    for (module, record) in [(Module::Accounts, seed::FIRST_ACCOUNT), (Module::Vendors, seed::FIRST_VENDOR)] {
        stage.edit(module, record, &json!({"Phone": "02 9222 2222"}));
    }
    for hours in [2, 2] {
        stage.advance(hours * 3600);
        let mark = stage.world.borrow().mark();
        let desk = Desk::default();
        let engine = stage.engine(&desk);
        let (first, second) = stage.run(futures_util::future::join(
            engine.sync(&ana, Module::Accounts, &id(seed::FIRST_ACCOUNT)),
            engine.sync(&ana, Module::Vendors, &id(seed::FIRST_VENDOR)),
        ));
        assert!(stopping(&first.unwrap()).is_empty() && stopping(&second.unwrap()).is_empty());
        let world = stage.world.borrow();
        let calls = world.calls_since(mark);
        let of = |path: &str| calls.iter().filter(|call| call.path == path).count();
        assert_eq!(of("/identity/connect/token"), 1, "Xero's");
        assert!(
            of("/accounts/oauth/v2/token") <= 2,
            "the user's own, and the connection's where something was written"
        );
    }
}

#[test]
fn regression_04_a_day_limit_is_deferred_and_burns_no_calls() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let desk = Desk::default();
    let rule = Rule {
        api: Some(ApiName::Xero),
        repeat: Repeat::Once,
        ..Rule::at_call(1, Phase::Before, Effect::RateLimit(Limit::Day))
    };
    stage.world.borrow_mut().gate.faults.add(rule);
    let click = || stage.run(stage.engine(&desk).sync(&ana, Module::Accounts, &id(seed::FIRST_ACCOUNT)));
    let first = click().unwrap();
    assert_eq!((first.entry.outcome, stopping(&first)), (Outcome::Deferred, vec![Code::XeroDayLimit]));
    let mark = stage.world.borrow().mark();
    let second = click().unwrap();
    assert_eq!(second.entry.outcome, Outcome::Deferred);
    assert_eq!(stage.world.borrow().count(mark, ApiName::Xero, None), 0, "parked until it resets");
    // Xero said for how long: 66975 seconds.
    stage.advance(66_976);
    assert_eq!(click().unwrap().entry.outcome, Outcome::Created);
}

#[test]
fn regression_04_a_long_minute_limit_is_told_and_not_waited_for() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let rule = Rule { api: Some(ApiName::Xero), ..Rule::at_call(1, Phase::Before, Effect::RateLimit(Limit::Minute)) };
    stage.world.borrow_mut().gate.faults.add(rule);
    let began = stage.world.borrow().now();
    let reply = stage.click(&ana, Module::Accounts, seed::FIRST_ACCOUNT);
    assert_eq!((reply.entry.outcome, stopping(&reply)), (Outcome::Deferred, vec![Code::XeroMinuteLimit]));
    let waited = stage.world.borrow().now() - began;
    assert!(waited.num_seconds() <= 10, "a person is looking at a button: {waited}");
}

#[test]
fn regression_05_every_call_of_the_accounting_api_names_the_organisation() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    stage.click(&ana, Module::Invoices, seed::FIRST_INVOICE);
    stage.click(&ana, Module::PurchaseOrders, seed::FIRST_PURCHASE_ORDER);
    let tenant = stage.tenant(0);
    let world = stage.world.borrow();
    let calls = world.gate.journal.entries().filter(|call| call.path.starts_with("/api/api.xro/"));
    let mut count = 0;
    for call in calls {
        let header = call.request_headers.iter().find(|(name, _)| name == "xero-tenant-id").map(|(_, value)| value);
        assert_eq!(header, Some(&tenant), "{} {}", call.method, call.path);
        count += 1;
    }
    assert!(count > 10);
}

#[test]
fn regression_08_a_lost_response_on_create_makes_no_second_invoice() {
    for effect in [Effect::Drop, Effect::Hang] {
        let (stage, ana) = Stage::connected(World::standard(BASE));
        let rule = Rule {
            repeat: Repeat::Always,
            ..Rule::at(ApiName::Xero, &http::Method::PUT, "/api/api.xro/2.0/Invoices", Phase::After, effect)
        };
        stage.world.borrow_mut().gate.faults.add(rule);
        let before = stage.all_xero("Invoices").len();
        let reply = stage.click(&ana, Module::Invoices, seed::FIRST_INVOICE);
        assert_eq!((reply.entry.outcome, stopping(&reply)), (Outcome::Deferred, vec![Code::OutcomeUnknown]));
        assert_eq!(stage.all_xero("Invoices").len(), before + 1);
        stage.world.borrow_mut().gate.faults.clear();
        // Longer than Xero remembers an Idempotency-Key.
        stage.advance(7 * 60);
        let reply = stage.click(&ana, Module::Invoices, seed::FIRST_INVOICE);
        assert!(stopping(&reply).is_empty(), "{:#?}", reply.entry.problems);
        assert_eq!(stage.all_xero("Invoices").len(), before + 1);
        assert!(stage.crm(Module::Invoices, seed::FIRST_INVOICE)["Xero_ID"].is_string());
    }
}

#[test]
fn regression_11_one_row_that_zoho_refuses_is_that_row_s_failure_only() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let invoice = stage.crm(Module::Invoices, seed::FIRST_INVOICE);
    let product = |at: usize| invoice["Invoiced_Items"][at]["Product_Name"]["id"].as_str().unwrap().to_owned();
    let (first, second) = (product(0), product(1));
    assert!(stage.world.borrow_mut().zoho.set_record_flag("Products", &second, RecordFlag::Locked(true)));
    let reply = stage.click(&ana, Module::Invoices, seed::FIRST_INVOICE);
    assert_eq!(reply.entry.outcome, Outcome::Created, "{:#?}", reply.entry.problems);
    assert!(stopping(&reply).is_empty(), "{:#?}", reply.entry.problems);
    let problems = |record: &str| -> Vec<Code> {
        let view = reply.entry.dependencies.iter().find(|one| one.id == record).unwrap();
        view.problems.iter().map(|problem| problem.code).collect()
    };
    assert_eq!(problems(&first), []);
    assert_eq!(problems(&second), [Code::CrmRecordLocked]);
    assert!(stage.crm(Module::Products, &first)["Xero_ID"].is_string());
    assert!(stage.crm(Module::Products, &second)["Xero_ID"].is_null());
    assert_eq!(stage.number("SELECT count(*) FROM links WHERE state = 'linked'"), 4, "it is in Xero all the same");
}

#[test]
fn regression_13_a_user_of_another_data_centre_stays_in_it() {
    let stage = Stage::new(World::standard(BASE));
    let elke = stage.sign_in_european(true);
    assert_eq!(elke.location, "eu");
    assert_eq!(elke.api_domain, format!("{BASE}/zoho-eu/api"));
    stage.connect_xero(&elke, 1);
    let account = json!({"Account_Name": "Weinhaus Österreicher", "Phone": "+49 30 5550"});
    let account = stage.world.borrow_mut().zoho_eu.insert("Accounts", &account).unwrap();
    stage.advance(2 * 3600);
    let mark = stage.world.borrow().mark();
    let reply = stage.click(&elke, Module::Accounts, &account);
    assert_eq!(reply.entry.outcome, Outcome::Created, "{:#?}", reply.entry.problems);
    let world = stage.world.borrow();
    assert_eq!(world.count(mark, ApiName::Zoho, None), 0, "no call and no refresh goes to the other data centre");
    assert!(world.count(mark, ApiName::ZohoEu, None) >= 3);
    assert!(world.zoho_eu.get("Accounts", &account).unwrap()["Xero_ID"].is_string());
}

#[test]
fn regression_15_a_contact_of_the_same_name_is_adopted_and_never_doubled() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let before = stage.all_xero("Contacts").len();
    let view = stage.view(&ana, Module::Accounts, seed::ACCOUNT_NAME_IN_XERO).unwrap();
    assert_eq!(view.preview.action, Action::Adopt, "the preview says so");
    let reply = stage.click(&ana, Module::Accounts, seed::ACCOUNT_NAME_IN_XERO);
    assert!(stopping(&reply).is_empty(), "{:#?}", reply.entry.problems);
    assert_eq!(stage.all_xero("Contacts").len(), before);

    // A second account of that name must not take the same contact.
    let name = stage.crm(Module::Accounts, seed::ACCOUNT_NAME_IN_XERO)["Account_Name"].clone();
    stage.edit(Module::Accounts, seed::FIRST_ACCOUNT, &json!({"Account_Name": name}));
    let reply = stage.click(&ana, Module::Accounts, seed::FIRST_ACCOUNT);
    assert_eq!((reply.entry.outcome, stopping(&reply)), (Outcome::Undecided, vec![Code::SharedByTwo]));
    assert_eq!(stage.all_xero("Contacts").len(), before);
    assert!(stage.crm(Module::Accounts, seed::FIRST_ACCOUNT)["Xero_ID"].is_null());
}

#[test]
fn regression_15_the_name_of_an_archived_contact_can_be_used_again() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let reply = stage.click(&ana, Module::Accounts, seed::ACCOUNT_NAME_ARCHIVED);
    assert_eq!(reply.entry.outcome, Outcome::Created, "{:#?}", reply.entry.problems);
    assert_eq!(stage.xero(Module::Accounts, seed::ACCOUNT_NAME_ARCHIVED)["ContactStatus"], "ACTIVE");
}

#[test]
fn regression_15_archived_and_merged_contacts_are_told_with_their_fix() {
    for (merged, wanted) in [(false, Code::ContactArchived), (true, Code::ContactMerged)] {
        let (stage, ana) = Stage::connected(World::standard(BASE));
        stage.click(&ana, Module::Accounts, seed::FIRST_ACCOUNT);
        let contact = stage.xero(Module::Accounts, seed::FIRST_ACCOUNT)["ContactID"].as_str().unwrap().to_owned();
        let other = stage.all_xero("Contacts").iter().find(|one| one["Name"] == "Coastal Energy").unwrap()["ContactID"]
            .as_str()
            .unwrap()
            .to_owned();
        let (tenant, now) = (stage.tenant(0), stage.world.borrow().now());
        if merged {
            stage.world.borrow_mut().xero.merge_contacts(&tenant, &contact, &other, now).unwrap();
        } else {
            stage.world.borrow_mut().xero.archive_contact(&tenant, &contact, now).unwrap();
        }
        let before = stage.all_xero("Contacts").len();
        stage.edit(Module::Accounts, seed::FIRST_ACCOUNT, &json!({"Phone": "02 9333 3333"}));
        let reply = stage.click(&ana, Module::Accounts, seed::FIRST_ACCOUNT);
        assert!(stopping(&reply).contains(&wanted), "{:#?}", reply.entry);
        let problem = reply.entry.problems.iter().find(|problem| problem.code == wanted).unwrap();
        assert!(problem.place.is_some() && !problem.fix.is_empty(), "{problem:#?}");
        // An invoice for that account says why it can't go, and makes no second contact.
        let reply = stage.click(&ana, Module::Invoices, seed::FIRST_INVOICE);
        assert_eq!(reply.entry.outcome, Outcome::Failed, "{:#?}", reply.entry);
        assert!(!stopping(&reply).contains(&Code::XeroRefused), "{:#?}", reply.entry.problems);
        assert_eq!(stage.all_xero("Contacts").len(), before);
    }
}

#[test]
fn regression_16_a_part_paid_invoice_takes_its_allowed_fields_and_says_what_it_does_not_take() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    set(&stage, &ana, &SettingChange::ApprovedEdits { rule: ApprovedEdits::CrmGoesThrough });
    stage.click(&ana, Module::Invoices, seed::FIRST_INVOICE);
    let before = stage.xero(Module::Invoices, seed::FIRST_INVOICE);
    let (tenant, now) = (stage.tenant(0), stage.world.borrow().now());
    let invoice = before["InvoiceID"].as_str().unwrap();
    stage.world.borrow_mut().xero.pay(&tenant, invoice, 100.into(), now.date_naive(), now).unwrap();
    stage.advance(5);
    let line = stage.crm(Module::Invoices, seed::FIRST_INVOICE)["Invoiced_Items"][0]["id"].clone();
    let change = json!({"Subject": "Another subject", "Invoiced_Items": [{"id": line, "Quantity": 9}]});
    stage.edit(Module::Invoices, seed::FIRST_INVOICE, &change);
    stage.advance(5);
    let mark = stage.world.borrow().mark();
    let reply = stage.click(&ana, Module::Invoices, seed::FIRST_INVOICE);
    let codes: Vec<Code> = reply.entry.problems.iter().map(|problem| problem.code).collect();
    assert!(codes.contains(&Code::DocumentPaid), "{:#?}", reply.entry.problems);
    let after = stage.xero(Module::Invoices, seed::FIRST_INVOICE);
    assert_eq!(after["Reference"], json!("Another subject"));
    assert_eq!((money(&after["Total"]), money(&after["AmountPaid"])), (money(&before["Total"]), 100.into()));
    for call in stage.world.borrow().calls_since(mark) {
        if call.api == ApiName::Xero && call.method == "POST" {
            let sent = call.request_json().unwrap();
            let keys: Vec<&String> = sent["Invoices"][0].as_object().unwrap().keys().collect();
            let allowed =
                ["InvoiceID", "Reference", "DueDate", "InvoiceNumber", "BrandingThemeID", "Url", "Status", "Type"];
            assert!(keys.iter().all(|key| allowed.contains(&key.as_str())), "{keys:?}");
        }
    }
    // Xero's lines come back, so that both sides say the same.
    let crm = stage.crm(Module::Invoices, seed::FIRST_INVOICE);
    assert_eq!(money(&crm["Invoiced_Items"][0]["Quantity"]), 2.into(), "{:#?}", reply.entry.changes);
    let last = stage.click(&ana, Module::Invoices, seed::FIRST_INVOICE);
    assert_eq!(last.entry.outcome, Outcome::Unchanged, "{:#?}", last.entry);
}

#[test]
fn regression_17_service_lines_go_with_text_and_account_and_without_an_item() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let reply = stage.click(&ana, Module::Invoices, seed::INVOICE_HYBRID);
    assert_eq!(reply.entry.outcome, Outcome::Created, "{:#?}", reply.entry.problems);
    let invoice = stage.xero(Module::Invoices, seed::INVOICE_HYBRID);
    let lines = invoice["LineItems"].as_array().unwrap();
    let items: Vec<bool> = lines.iter().map(|line| line["ItemCode"].is_string()).collect();
    assert_eq!(items, [true, false, false]);
    for line in lines {
        assert!(line["Description"].as_str().is_some_and(|text| !text.is_empty()), "{line:#}");
        assert_eq!(line["AccountCode"], "200");
    }
}

#[test]
fn regression_18_the_predicted_total_is_xero_s_to_the_cent() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    for record in [seed::INVOICE_ROUNDING, seed::INVOICE_FIVE_DECIMALS, seed::INVOICE_ALL_DISCOUNTS] {
        let predicted = stage.view(&ana, Module::Invoices, record).unwrap().preview.totals.unwrap();
        let reply = stage.click(&ana, Module::Invoices, record);
        assert_eq!(reply.entry.outcome, Outcome::Created, "{record} {:#?}", reply.entry.problems);
        let total = money(&stage.xero(Module::Invoices, record)["Total"]);
        assert_eq!(money(&json!(predicted.xero)), total, "{record}");
        let warned = reply.entry.problems.iter().any(|problem| problem.code == Code::TotalDiffersByCents);
        assert_eq!(warned, money(&json!(predicted.crm)) != total, "{record}: a difference is told");
    }
}

#[test]
fn regression_19_an_unmapped_or_blank_status_is_a_visible_skip() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    for (record, wanted) in
        [(seed::INVOICE_CUSTOM_STATUS, Code::StatusUnmapped), (seed::INVOICE_BLANK_STATUS, Code::StatusBlank)]
    {
        let invoices = stage.all_xero("Invoices").len();
        let view = stage.view(&ana, Module::Invoices, record).unwrap();
        assert_eq!(view.preview.action, Action::Skip);
        let reply = stage.click(&ana, Module::Invoices, record);
        assert_eq!(reply.entry.outcome, Outcome::Skipped, "{:#?}", reply.entry);
        assert!(reply.entry.problems.iter().any(|problem| problem.code == wanted), "{:#?}", reply.entry.problems);
        assert_eq!(stage.all_xero("Invoices").len(), invoices);
        assert_eq!(reply.view.entries[0].outcome, Outcome::Skipped, "it is in the log");
    }
}

#[test]
fn regression_20_deletions_never_cross() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    stage.click(&ana, Module::Invoices, seed::INVOICE_HYBRID);
    let invoice = stage.xero(Module::Invoices, seed::INVOICE_HYBRID)["InvoiceID"].as_str().unwrap().to_owned();
    let (tenant, now) = (stage.tenant(0), stage.world.borrow().now());

    // Deleted in Xero: the CRM's record stays, and is told.
    stage.world.borrow_mut().xero.void(&tenant, &invoice, now).unwrap();
    stage.advance(5);
    let reply = stage.click(&ana, Module::Invoices, seed::INVOICE_HYBRID);
    assert!(
        reply.entry.problems.iter().any(|problem| problem.code == Code::DocumentVoided)
            || reply.view.xero.as_ref().is_some_and(|xero| xero.lock.is_some()),
        "{:#?}",
        reply.entry
    );
    let record = stage.crm(Module::Invoices, seed::INVOICE_HYBRID);
    assert_eq!((&record["Subject"], &record["Xero_Status"]), (&json!("Desk with installation"), &json!("DELETED")));

    // Deleted in the CRM: Xero's record stays.
    stage.click(&ana, Module::Accounts, seed::FIRST_ACCOUNT);
    let contact = stage.xero(Module::Accounts, seed::FIRST_ACCOUNT);
    assert!(stage.world.borrow_mut().zoho.delete("Accounts", seed::FIRST_ACCOUNT));
    let refused = stage.try_click(&ana, Module::Accounts, seed::FIRST_ACCOUNT).unwrap_err();
    assert_eq!(refused.problem.code, Code::CrmRecordNotFound);
    let there = stage.all_xero("Contacts").into_iter().find(|one| one["ContactID"] == contact["ContactID"]).unwrap();
    assert_eq!(there["ContactStatus"], "ACTIVE");
    let deletes = stage.world.borrow().gate.journal.entries().filter(|call| call.method == "DELETE").count();
    assert_eq!(deletes, 0, "nothing of ours ever deletes");
}

#[test]
fn two_clicks_at_once_make_one_record() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let before = stage.all_xero("Contacts").len();
    let desk = Desk::default();
    let engine = stage.engine(&desk);
    let record = id(seed::FIRST_ACCOUNT);
    let (first, second) = stage.run(futures_util::future::join(
        engine.sync(&ana, Module::Accounts, &record),
        engine.sync(&ana, Module::Accounts, &record),
    ));
    let outcomes = [first.unwrap().entry.outcome, second.unwrap().entry.outcome];
    assert_eq!(outcomes, [Outcome::Created, Outcome::Unchanged]);
    assert_eq!(stage.all_xero("Contacts").len(), before + 1);
}

#[test]
fn two_invoices_at_once_share_their_new_account_and_products() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let account = stage.crm(Module::Invoices, seed::FIRST_INVOICE)["Account_Name"]["id"].clone();
    stage.edit(Module::Invoices, seed::INVOICE_PERCENT_DISCOUNT, &json!({"Account_Name": {"id": account}}));
    let (contacts, invoices) = (stage.all_xero("Contacts").len(), stage.all_xero("Invoices").len());
    let desk = Desk::default();
    let engine = stage.engine(&desk);
    let (one, other) = (id(seed::FIRST_INVOICE), id(seed::INVOICE_PERCENT_DISCOUNT));
    let (first, second) = stage.run(futures_util::future::join(
        engine.sync(&ana, Module::Invoices, &one),
        engine.sync(&ana, Module::Invoices, &other),
    ));
    for reply in [first.unwrap(), second.unwrap()] {
        assert_eq!(reply.entry.outcome, Outcome::Created, "{:#?}", reply.entry.problems);
    }
    assert_eq!(stage.all_xero("Contacts").len(), contacts + 1);
    assert_eq!(stage.all_xero("Invoices").len(), invoices + 2);
}

#[test]
fn a_used_up_number_and_a_taken_number_are_told() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let reply = stage.click(&ana, Module::Invoices, seed::INVOICE_NUMBER_TAKEN);
    assert_eq!((reply.entry.outcome, stopping(&reply)), (Outcome::Failed, vec![Code::NumberTaken]));
    let number = stage.crm(Module::Invoices, seed::INVOICE_NUMBER_TAKEN)["Invoice_Number"].clone();
    let taken = stage.all_xero("Invoices").into_iter().find(|one| one["InvoiceNumber"] == number).unwrap();
    let (tenant, now) = (stage.tenant(0), stage.world.borrow().now());
    stage.world.borrow_mut().xero.void(&tenant, taken["InvoiceID"].as_str().unwrap(), now).unwrap();
    let reply = stage.click(&ana, Module::Invoices, seed::INVOICE_NUMBER_TAKEN);
    assert_eq!((reply.entry.outcome, stopping(&reply)), (Outcome::Failed, vec![Code::NumberBurnt]));
}

#[test]
fn a_locked_period_and_an_archived_account_are_found_out_and_gone_once_they_are_fixed() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let tenant = stage.tenant(0);
    let lock = |date: Option<&str>| {
        let date = date.map(|date| date.parse().unwrap());
        stage.world.borrow_mut().xero.set_lock_dates(&tenant, date, None).unwrap();
    };
    lock(Some("2026-12-31"));
    let reply = stage.click(&ana, Module::Invoices, seed::FIRST_INVOICE);
    assert_eq!((reply.entry.outcome, stopping(&reply)), (Outcome::Failed, vec![Code::PeriodLocked]));
    lock(None);
    stage.advance(60);
    let reply = stage.click(&ana, Module::Invoices, seed::FIRST_INVOICE);
    assert_eq!(reply.entry.outcome, Outcome::Created, "{:#?}", reply.entry.problems);
}

/// How many calls each kind of click costs. The table is printed; a change of a number is a change of the product.
#[test]
fn what_clicks_cost() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let mut table = vec!["| click | Zoho reads | Zoho writes | Xero reads | Xero writes |".to_owned()];
    let mut cost = |name: &str, module: Module, record: &str, outcome: Outcome| -> [usize; 4] {
        stage.advance(61);
        let mark = stage.world.borrow().mark();
        let reply = stage.click(&ana, module, record);
        assert_eq!(reply.entry.outcome, outcome, "{name}: {:#?}", reply.entry.problems);
        let world = stage.world.borrow();
        let calls: Vec<_> = world.calls_since(mark).into_iter().filter(|call| !call.path.ends_with("/token")).collect();
        let count = |api: ApiName, writes: bool| {
            let is_write = |call: &&&sandbox::Entry| {
                call.method != "GET" && !call.path.ends_with("/__composite_requests") && !call.path.ends_with("/coql")
            };
            calls.iter().filter(|call| call.api == api && is_write(call) == writes).count()
        };
        let costs = [
            count(ApiName::Zoho, false),
            count(ApiName::Zoho, true),
            count(ApiName::Xero, false),
            count(ApiName::Xero, true),
        ];
        table.push(format!("| {name} | {} | {} | {} | {} |", costs[0], costs[1], costs[2], costs[3]));
        costs
    };
    assert_eq!(cost("a new account", Module::Accounts, seed::FIRST_ACCOUNT, Outcome::Created), [1, 1, 0, 1]);
    assert_eq!(cost("an unchanged account", Module::Accounts, seed::FIRST_ACCOUNT, Outcome::Unchanged), [1, 0, 1, 0]);
    assert_eq!(cost("a new contact alone", Module::Contacts, seed::CONTACT_ALONE, Outcome::Created), [1, 1, 0, 1]);
    assert_eq!(cost("a new vendor", Module::Vendors, seed::FIRST_VENDOR, Outcome::Created), [1, 1, 0, 1]);
    assert_eq!(cost("a new product", Module::Products, seed::FIRST_PRODUCT, Outcome::Created), [1, 1, 0, 1]);
    let adopted = cost("an account that Xero has", Module::Accounts, seed::ACCOUNT_NAME_IN_XERO, Outcome::Updated);
    assert_eq!(adopted, [1, 1, 2, 2]);
    // Its account and one of its two products are there already; the other product goes first.
    let invoice = cost("a new invoice with one new product", Module::Invoices, seed::FIRST_INVOICE, Outcome::Created);
    assert_eq!(invoice, [2, 2, 1, 2]);
    assert_eq!(cost("an unchanged invoice", Module::Invoices, seed::FIRST_INVOICE, Outcome::Unchanged), [1, 0, 1, 0]);
    stage.edit(Module::Invoices, seed::INVOICE_PERCENT_DISCOUNT, &json!({"Account_Name": {"id": seed::account(14)}}));
    let whole =
        cost("a new invoice with all it needs", Module::Invoices, seed::INVOICE_PERCENT_DISCOUNT, Outcome::Created);
    assert_eq!(whole, [2, 3, 1, 3]);
    let order = cost("a new bill", Module::PurchaseOrders, seed::FIRST_PURCHASE_ORDER, Outcome::Created);
    stage.edit(Module::Accounts, seed::FIRST_ACCOUNT, &json!({"Phone": "02 9444 4444"}));
    assert_eq!(cost("a changed account", Module::Accounts, seed::FIRST_ACCOUNT, Outcome::Updated)[2..], [1, 1]);
    println!("{}", table.join("\n"));
    assert!(order.iter().sum::<usize>() <= 10, "{order:?}");
}

#[test]
fn every_problem_of_the_seed_data_has_a_cause_and_a_fix() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let mut seen = 0;
    for module in Module::ALL {
        let records = stage.world.borrow().zoho.records(module.api_name());
        for record in records.iter().take(35) {
            stage.advance(20);
            let record = record["id"].as_str().unwrap();
            let view = stage.view(&ana, module, record).unwrap();
            let mut problems = view.preview.problems;
            problems.extend(view.preview.dependencies.into_iter().flat_map(|one| one.problems));
            for problem in problems {
                seen += 1;
                assert_ne!(problem.code, Code::Internal, "{module:?} {record} {problem:#?}");
                for text in [&problem.what, &problem.why, &problem.fix] {
                    assert!(
                        !text.is_empty() && !text.contains(['{', '}', '[', '|']),
                        "{module:?} {record} {problem:#?}"
                    );
                }
                if problem.severity == Severity::Error {
                    let solved = problem.place.is_some() || problem.remedy.is_some();
                    assert!(solved, "{module:?} {record}: nowhere to go: {problem:#?}");
                }
            }
        }
    }
    assert!(seen > 20, "{seen}");
}
