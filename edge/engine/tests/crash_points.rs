//! A sync that is cut off, or whose calls or writes fail, at every single step: afterwards each record is there once
//! on each side, both sides are as if nothing had happened, and the log tells of every click that did something.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use crate::support;

use engine::access::rights::{Administrator, Member};
use engine::sync::Desk;
use sandbox::{ApiName, Effect, Limit, Phase, Repeat, Rule, World, seed};
use serde_json::{Value, json};
use shared::api::Outcome;
use shared::module::Module;
use shared::problem::{Code, Problem};
use std::collections::{BTreeMap, BTreeSet};
use support::{BASE, Halt, Stage, id};

/// A click that is tried again and again from the same beginning.
struct Scenario {
    name: &'static str,
    module: Module,
    record: &'static str,
    /// What came before the click.
    before: fn(&Stage, &Administrator),
    /// How the undisturbed click ends.
    outcome: Outcome,
}

fn nothing(_: &Stage, _: &Administrator) {}

/// A first click, then a change in the CRM.
fn changed(stage: &Stage, user: &Member, module: Module, record: &str, change: &Value) {
    let reply = stage.click(user, module, record);
    assert_eq!(reply.entry.outcome, Outcome::Created, "{:#?}", reply.entry.problems);
    stage.advance(5);
    stage.edit(module, record, change);
    stage.advance(5);
}

/// The first line of a document with another quantity, the second one gone and a new one added.
fn changed_lines(stage: &Stage, user: &Member, module: Module, record: &str) {
    let document = stage.crm(module, record);
    let field = module.lines_field().unwrap();
    let lines = document[field].as_array().unwrap();
    let mut new = json!({"Product_Name": {"id": seed::product(30)}, "Quantity": 2, "List_Price": 12.5});
    new["Line_Tax"] = lines[0]["Line_Tax"].clone();
    let change = json!({field: [
        {"id": lines[0]["id"], "Quantity": 7},
        {"id": lines[1]["id"], "_delete": null},
        new,
    ]});
    changed(stage, user, module, record, &change);
}

fn scenario(
    name: &'static str,
    module: Module,
    record: &'static str,
    before: fn(&Stage, &Administrator),
    outcome: Outcome,
) -> Scenario {
    Scenario { name, module, record, before, outcome }
}

fn creates() -> Vec<Scenario> {
    let create = |name, module, record| scenario(name, module, record, nothing, Outcome::Created);
    vec![
        create("create an account with its contact", Module::Accounts, seed::FIRST_ACCOUNT),
        create("create a contact alone", Module::Contacts, seed::CONTACT_ALONE),
        create("create a vendor", Module::Vendors, seed::FIRST_VENDOR),
        create("create a product", Module::Products, seed::FIRST_PRODUCT),
        scenario(
            "create an account with tokens that have expired",
            Module::Accounts,
            seed::FIRST_ACCOUNT,
            |stage, _| stage.advance(2 * 3600),
            Outcome::Created,
        ),
        scenario(
            "adopt a contact of the same name",
            Module::Accounts,
            seed::ACCOUNT_NAME_IN_XERO,
            nothing,
            Outcome::Updated,
        ),
    ]
}

fn invoice_creates() -> Vec<Scenario> {
    let create = |name, module, record| scenario(name, module, record, nothing, Outcome::Created);
    vec![create("create an invoice with its account and products", Module::Invoices, seed::FIRST_INVOICE)]
}

fn order_creates() -> Vec<Scenario> {
    let create = |name, module, record| scenario(name, module, record, nothing, Outcome::Created);
    vec![create("create a bill with its vendor and products", Module::PurchaseOrders, seed::FIRST_PURCHASE_ORDER)]
}

fn party_and_item_updates() -> Vec<Scenario> {
    let update = |name, module, record, before| scenario(name, module, record, before, Outcome::Updated);
    vec![
        update("update an account", Module::Accounts, seed::FIRST_ACCOUNT, |stage, user| {
            changed(stage, user, Module::Accounts, seed::FIRST_ACCOUNT, &json!({"Phone": "02 9000 0000"}));
        }),
        update("update a contact alone", Module::Contacts, seed::CONTACT_ALONE, |stage, user| {
            changed(stage, user, Module::Contacts, seed::CONTACT_ALONE, &json!({"Mobile": "0400 000 000"}));
        }),
        update("update a vendor", Module::Vendors, seed::FIRST_VENDOR, |stage, user| {
            changed(stage, user, Module::Vendors, seed::FIRST_VENDOR, &json!({"Phone": "02 9000 0000"}));
        }),
        update("update a product", Module::Products, seed::FIRST_PRODUCT, |stage, user| {
            changed(stage, user, Module::Products, seed::FIRST_PRODUCT, &json!({"Unit_Price": 99.5}));
        }),
    ]
}

fn document_updates() -> Vec<Scenario> {
    let update = |name, module, record, before| scenario(name, module, record, before, Outcome::Updated);
    vec![
        update("update an invoice's subject", Module::Invoices, seed::INVOICE_HYBRID, |stage, user| {
            changed(stage, user, Module::Invoices, seed::INVOICE_HYBRID, &json!({"Subject": "Another subject"}));
        }),
        update("update an invoice's lines", Module::Invoices, seed::INVOICE_HYBRID, |stage, user| {
            changed_lines(stage, user, Module::Invoices, seed::INVOICE_HYBRID);
        }),
        update("update a bill's lines", Module::PurchaseOrders, seed::ORDER_HYBRID, |stage, user| {
            changed_lines(stage, user, Module::PurchaseOrders, seed::ORDER_HYBRID);
        }),
        update("a payment comes back", Module::Invoices, seed::FIRST_INVOICE, |stage, user| {
            stage.click(user, Module::Invoices, seed::FIRST_INVOICE);
            let invoice = stage.xero(Module::Invoices, seed::FIRST_INVOICE);
            let (tenant, now) = (stage.tenant(0), stage.world.borrow().now());
            let invoice = invoice["InvoiceID"].as_str().unwrap();
            stage.world.borrow_mut().xero.pay(&tenant, invoice, 100.into(), now.date_naive(), now).unwrap();
            stage.advance(5);
        }),
    ]
}

/// Both sides as they stand, without what differs from one run to the next.
#[derive(Debug, PartialEq)]
struct Picture {
    crm: Vec<String>,
    xero: BTreeMap<&'static str, Vec<String>>,
    links: Vec<String>,
}

/// A value without identifiers and times of change.
fn steady(value: &Value) -> Value {
    match value {
        Value::Array(rows) => Value::Array(rows.iter().map(steady).collect()),
        Value::Object(fields) => {
            let kept = fields.iter().filter(|(key, _)| !key.ends_with("ID") && !key.starts_with("UpdatedDateUTC"));
            Value::Object(kept.map(|(key, value)| (key.clone(), steady(value))).collect())
        }
        other => other.clone(),
    }
}

fn picture(stage: &Stage) -> Picture {
    let mut xero = BTreeMap::new();
    let mut there = BTreeSet::new();
    for (resource, key) in [("Contacts", "ContactID"), ("Items", "ItemID"), ("Invoices", "InvoiceID")] {
        let rows = stage.all_xero(resource);
        there.extend(rows.iter().filter_map(|row| row[key].as_str().map(str::to_owned)));
        let mut rows: Vec<String> = rows.iter().map(|row| steady(row).to_string()).collect();
        rows.sort();
        xero.insert(resource, rows);
    }
    let links = stage.texts("SELECT module || ' ' || crm_id || ' ' || state FROM links ORDER BY module, crm_id");
    let mut crm = Vec::new();
    for link in &links {
        let (module, id) = link.split_once(' ').unwrap();
        let mut record = stage.world.borrow().zoho.get(module, id.split(' ').next().unwrap()).unwrap();
        // The id is only looked for: it differs from run to run, and addresses hold it.
        record["Xero_ID"] = json!(record["Xero_ID"].as_str().is_some_and(|id| there.contains(id)));
        for key in ["Xero_URL", "Xero_Online_Invoice"] {
            record[key] = json!(record[key].is_string());
        }
        for key in ["Modified_Time", "Modified_By", "Xero_Synced_At"] {
            record.as_object_mut().unwrap().remove(key);
        }
        crm.push(format!("{module} {record}"));
    }
    Picture { crm, xero, links }
}

/// What a scenario looks like when nothing goes wrong.
struct Clean {
    start: Stage,
    user: Administrator,
    steps: Vec<(support::Step, String)>,
    calls: BTreeMap<Option<ApiName>, u32>,
    picture: Picture,
}

fn clean(scenario: &Scenario) -> Clean {
    let (start, user) = Stage::connected(World::standard(BASE));
    (scenario.before)(&start, &user);
    let stage = start.copy();
    let mark = stage.world.borrow().mark();
    let reply = stage.click(&user, scenario.module, scenario.record);
    assert_eq!(reply.entry.outcome, scenario.outcome, "{}: {:#?}", scenario.name, reply.entry.problems);
    let steps = stage.take_steps();
    let mut calls = BTreeMap::new();
    for api in [None, Some(ApiName::Zoho), Some(ApiName::Xero)] {
        let world = stage.world.borrow();
        let count = world.calls_since(mark).iter().filter(|call| api.is_none_or(|api| call.api == api)).count();
        calls.insert(api, u32::try_from(count).unwrap());
    }
    Clean { picture: picture(&stage), start, user, steps, calls }
}

/// Whether calls after a mark wrote to either side.
fn wrote(stage: &Stage, mark: sandbox::Mark) -> bool {
    let reads = ["/__composite_requests", "/coql", "/token", "/connect/token"];
    stage
        .world
        .borrow()
        .calls_since(mark)
        .iter()
        .any(|call| call.handled && call.method != "GET" && !reads.iter().any(|path| call.path.ends_with(path)))
}

fn well_told(problem: &Problem, what: &str) {
    assert_ne!(problem.code, Code::Internal, "{what}: {problem:#?}");
    assert!(!problem.what.is_empty() && !problem.why.is_empty() && !problem.fix.is_empty(), "{what}: {problem:#?}");
}

/// Clicks twice more and compares everything with the undisturbed run.
fn heals(stage: &Stage, clean: &Clean, scenario: &Scenario, what: &str) {
    let first = stage.try_click(&clean.user, scenario.module, scenario.record);
    let first = first.unwrap_or_else(|refusal| panic!("{what}: the next click was refused: {refusal:#?}"));
    let stopping: Vec<_> = first.entry.problems.iter().filter(|problem| problem.stops()).collect();
    assert!(stopping.is_empty(), "{what}: the next click ended {:?}: {stopping:#?}", first.entry.outcome);
    stage.advance(5);
    let mark = stage.world.borrow().mark();
    let last = stage.click(&clean.user, scenario.module, scenario.record);
    assert_eq!(last.entry.outcome, Outcome::Unchanged, "{what}: {:#?}", last.entry);
    assert!(!wrote(stage, mark), "{what}: an unchanged click writes: {:#?}", last.entry.calls);
    let now = picture(stage);
    assert_eq!(now.links, clean.picture.links, "{what}");
    for (resource, rows) in &now.xero {
        assert_eq!(rows.len(), clean.picture.xero[resource].len(), "{what}: count of {resource}");
        assert_eq!(rows, &clean.picture.xero[resource], "{what}: {resource}");
    }
    for (now, then) in now.crm.iter().zip(&clean.picture.crm) {
        assert_eq!(now, then, "{what}");
    }
}

fn entries(stage: &Stage) -> i64 {
    stage.number("SELECT count(*) FROM entries")
}

fn every_step_of(scenarios: &[Scenario]) {
    for scenario in scenarios {
        let clean = clean(scenario);
        let mut tried = 0;
        for (at, (step, name)) in clean.steps.iter().enumerate() {
            for halt in Halt::ALL.into_iter().filter(|halt| halt.fits(*step)) {
                let what = format!("{}: {halt:?} at step {} ({step:?} {name})", scenario.name, at + 1);
                let stage = clean.start.copy();
                let before = entries(&stage);
                let mark = stage.world.borrow().mark();
                stage.halt_at(at + 1, halt);
                let desk = Desk::default();
                let reply = stage.try_run(stage.engine(&desk).sync(&clean.user, scenario.module, &id(scenario.record)));
                stage.start_again();
                assert_eq!(reply.is_none(), matches!(halt, Halt::StopBefore | Halt::StopAfter), "{what}");
                let left = entries(&stage) - before;
                let told = i64::from(wrote(&stage, mark));
                assert!(left == 1 || (left == 0 && told == 0), "{what}: {left} entries, writes: {told}");
                let outcomes = stage.texts("SELECT outcome FROM entries ORDER BY id DESC LIMIT 1");
                if reply.is_none() && left == 1 && outcomes == ["failed"] {
                    let problem = stage.texts("SELECT problem FROM entries ORDER BY id DESC LIMIT 1");
                    assert_eq!(problem, ["outcome-unknown"], "{what}");
                }
                stage.advance(5);
                heals(&stage, &clean, scenario, &what);
                assert_eq!(entries(&stage), before + left + 2, "{what}: every click has one entry");
                tried += 1;
            }
        }
        println!("{}: {} steps, {tried} ways to be cut off", scenario.name, clean.steps.len());
    }
}

/// A fault: its name, at which API's calls, when, and what the caller gets.
type Fault = (&'static str, Option<ApiName>, Phase, Effect);

fn faults() -> Vec<Fault> {
    let respond = |status, body: &str| Effect::Respond { status, headers: Vec::new(), body: body.to_owned() };
    let (zoho, xero) = (Some(ApiName::Zoho), Some(ApiName::Xero));
    let expired = r#"{"Type":null,"Title":"Unauthorized","Status":401,"Detail":"TokenExpired: token expired at 01/23/2020 18:21:16","Instance":"d4a3","Extensions":{}}"#;
    let invalid = r#"{"code":"INVALID_TOKEN","details":{},"message":"invalid oauth token","status":"error"}"#;
    vec![
        ("dropped before", None, Phase::Before, Effect::Drop),
        ("dropped after", None, Phase::After, Effect::Drop),
        ("no answer, not carried out", None, Phase::Before, Effect::Hang),
        ("no answer, carried out", None, Phase::After, Effect::Hang),
        ("500 before", None, Phase::Before, respond(500, "")),
        ("500 after", None, Phase::After, respond(500, "")),
        ("503", None, Phase::Before, respond(503, "The Xero API is temporarily unavailable")),
        ("half a body", None, Phase::After, Effect::Truncate),
        ("Xero's limit of a minute", xero, Phase::Before, Effect::RateLimit(Limit::Minute)),
        ("Xero's limit of a day", xero, Phase::Before, Effect::RateLimit(Limit::Day)),
        ("Xero's limit of calls at a time", xero, Phase::Before, Effect::RateLimit(Limit::Concurrent)),
        ("Zoho's limit", zoho, Phase::Before, Effect::RateLimit(Limit::Zoho)),
        ("Zoho's 401", zoho, Phase::Before, respond(401, invalid)),
        ("Xero's 401", xero, Phase::Before, respond(401, expired)),
    ]
}

/// Faults that are also tried from one call to the end of the click. A 401 that stays is no fault of the moment: see the
/// tests of access.
const STAY: [&str; 6] =
    ["dropped before", "dropped after", "500 after", "503", "Xero's limit of a day", "Zoho's limit"];

fn every_call_of(scenarios: &[Scenario]) {
    for scenario in scenarios {
        let clean = clean(scenario);
        let mut problems = BTreeMap::<String, u32>::new();
        for (fault, api, phase, effect) in faults() {
            let repeats: &[Repeat] =
                if STAY.contains(&fault) { &[Repeat::Once, Repeat::Always] } else { &[Repeat::Once] };
            for (nth, repeat) in
                (1..=clean.calls[&api]).flat_map(|nth| repeats.iter().map(move |repeat| (nth, *repeat)))
            {
                let what = format!("{}: {fault}, call {nth} of {api:?}, {repeat:?}", scenario.name);
                let stage = clean.start.copy();
                let before = entries(&stage);
                let rule = Rule { api, repeat, ..Rule::at_call(nth, phase, effect.clone()) };
                stage.world.borrow_mut().gate.faults.add(rule);
                let told = match stage.try_click(&clean.user, scenario.module, scenario.record) {
                    Ok(reply) => {
                        let stopping: Vec<_> = reply.entry.problems.iter().filter(|problem| problem.stops()).collect();
                        let ended_well =
                            matches!(reply.entry.outcome, Outcome::Created | Outcome::Updated | Outcome::Unchanged);
                        assert!(ended_well || !stopping.is_empty(), "{what}: {:#?}", reply.entry);
                        reply.entry.problems
                    }
                    Err(refusal) => vec![refusal.problem],
                };
                for problem in &told {
                    well_told(problem, &what);
                    *problems.entry(problem.code.as_str()).or_default() += 1;
                }
                let struck = stage.world.borrow().gate.faults.list()[0].struck;
                assert!(struck > 0, "{what}: the fault never struck");
                assert_eq!(entries(&stage), before + 1, "{what}: every click has one entry: {told:#?}");
                stage.world.borrow_mut().gate.faults.clear();
                // The day's limit is remembered, also by a desk that starts anew, until its `Retry-After` is over.
                let day = matches!(effect, Effect::RateLimit(Limit::Day));
                stage.advance(if day { 66_976 } else { 61 });
                heals(&stage, &clean, scenario, &what);
            }
        }
        println!("{}: problems told {problems:?}", scenario.name);
    }
}

#[test]
fn a_create_of_a_party_or_a_product_survives_a_stop_at_every_step() {
    every_step_of(&creates());
}

#[test]
fn a_create_of_an_invoice_survives_a_stop_at_every_step() {
    every_step_of(&invoice_creates());
}

#[test]
fn a_create_of_a_bill_survives_a_stop_at_every_step() {
    every_step_of(&order_creates());
}

#[test]
fn an_update_of_a_party_or_a_product_survives_a_stop_at_every_step() {
    every_step_of(&party_and_item_updates());
}

#[test]
fn an_update_of_a_document_survives_a_stop_at_every_step() {
    every_step_of(&document_updates());
}

#[test]
fn a_create_of_a_party_or_a_product_survives_a_fault_of_every_call() {
    every_call_of(&creates());
}

#[test]
fn a_create_of_an_invoice_survives_a_fault_of_every_call() {
    every_call_of(&invoice_creates());
}

#[test]
fn a_create_of_a_bill_survives_a_fault_of_every_call() {
    every_call_of(&order_creates());
}

#[test]
fn an_update_of_a_party_or_a_product_survives_a_fault_of_every_call() {
    every_call_of(&party_and_item_updates());
}

#[test]
fn an_update_of_a_document_survives_a_fault_of_every_call() {
    every_call_of(&document_updates());
}
