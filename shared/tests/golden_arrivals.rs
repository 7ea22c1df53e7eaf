//! Golden cases: what a record of Xero's becomes in the CRM. Each folder of `tests/golden_arrivals` is one.
//!
//! `xero.json` holds the module and the element. Optional: `settings.json`, `references.json` (party, products by item
//! code, services by account code) and `organisation.json` (base `au` or `nz`, and fields that differ).
//! `crm.expected.json` is the outcome.
//! `UPDATE_GOLDEN=1 cargo test -p shared --test golden_arrivals` writes the outcomes anew; read the difference.
#![allow(clippy::unwrap_used, reason = "tests may fail by panicking")]

mod loader;

use loader::Case;
use serde_json::{Map, Value, json};
use shared::api::Shown;
use shared::id::ZohoId;
use shared::module::Module;
use shared::plan::{ArrivalInputs, ArrivalReferences, arrival_dependencies, arrive, home};
use std::collections::BTreeMap;

fn references(value: &Value) -> ArrivalReferences {
    let ids = |field: &str| -> BTreeMap<String, ZohoId> {
        let known = value[field].as_object().into_iter().flatten();
        known.map(|(code, id)| (code.clone(), ZohoId::new(id.as_str().unwrap()).unwrap())).collect()
    };
    let party = value["party"].as_array().map(|party| {
        let module: Module = serde_json::from_value(party[0].clone()).unwrap();
        (module, ZohoId::new(party[1].as_str().unwrap()).unwrap())
    });
    ArrivalReferences { party, products: ids("products"), services: ids("services") }
}

fn words(shown: Option<&Shown>) -> String {
    match shown {
        None => "–".to_owned(),
        Some(Shown::Text(text) | Shown::Number(text) | Shown::Day(text)) => text.clone(),
        Some(Shown::Money(amount, currency)) => format!("{amount} {currency}"),
    }
}

fn check(case: &Case) -> Result<(), String> {
    let file = |name: &str| case.file(name);
    let given = file("xero.json").ok_or("xero.json is missing")?;
    let module: Module = serde_json::from_value(given["module"].clone()).unwrap();
    let (crm_organisation, xero_organisation) = case.organisations();
    let settings = case.settings();
    let references = references(&file("references.json").unwrap_or_default());
    let inputs = ArrivalInputs {
        module,
        xero: &given["element"],
        references: &references,
        crm_organisation: &crm_organisation,
        xero_organisation: &xero_organisation,
        settings: &settings,
        now: "2026-11-20T13:30:00Z".parse().unwrap(),
    };
    let arrival = arrive(&inputs);
    let resource = match module {
        Module::Products => "Items",
        Module::Invoices | Module::PurchaseOrders => "Invoices",
        _ => "Contacts",
    };
    let mut outcome = Map::new();
    let home = home(resource, &given["element"], &settings);
    outcome.insert("home".to_owned(), home.map_or_else(|problem| json!(problem.code), |module| json!(module)));
    outcome.insert("name".to_owned(), json!(arrival.name));
    outcome.insert("action".to_owned(), json!(arrival.action));
    let changes = arrival.changes.iter().map(|change| {
        let (xero, result) = (words(change.xero.as_ref()), words(change.result.as_ref()));
        let values = if xero == result { result } else { format!("{xero} -> {result}") };
        format!("{} ({}): {values}", change.label, change.key)
    });
    outcome.insert("changes".to_owned(), json!(changes.collect::<Vec<_>>()));
    outcome.insert("record".to_owned(), Value::Object(arrival.record));
    if let Some(person) = arrival.person {
        outcome.insert("person".to_owned(), Value::Object(person));
    }
    let problems: Vec<Value> = arrival
        .problems
        .iter()
        .map(|problem| {
            json!({"code": problem.code, "severity": problem.severity, "what": problem.what, "why": problem.why,
                "choices": problem.remedy.as_ref().map_or(0, |remedy| remedy.choices.len())})
        })
        .collect();
    outcome.insert("problems".to_owned(), Value::Array(problems));
    let dependencies = arrival_dependencies(module, &given["element"]);
    let dependencies: Vec<String> = dependencies.iter().map(|dependency| format!("{dependency:?}")).collect();
    outcome.insert("dependencies".to_owned(), json!(dependencies));
    case.compare("crm.expected.json", &Value::Object(outcome))
}

#[test]
fn every_arrival_is_as_recorded() {
    loader::every_case("golden_arrivals", 25, check);
}
