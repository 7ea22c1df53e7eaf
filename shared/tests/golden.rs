//! Golden cases: what a CRM record becomes in Xero. Each folder of `tests/golden` is one.
//!
//! `crm.json` holds the module, the record and its contacts. Optional: `settings.json`, `references.json` (party,
//! terms, products), `organisation.json` (base `au` or `nz`, and fields that differ), and for updates `xero.json`,
//! `link.json` (line map) and `changed.json` (fields that go to Xero). `xero.expected.json` is the outcome.
//! `UPDATE_GOLDEN=1 cargo test -p shared --test golden` writes the outcomes anew; read the difference.
#![allow(clippy::unwrap_used, reason = "tests may fail by panicking")]

mod loader;

use loader::Case;
use serde_json::{Map, Value, json};
use shared::id::{XeroId, ZohoId};
use shared::link::{FieldKey, Link, LinkState};
use shared::module::Module;
use shared::plan::{
    ArrivalReferences, CrmSnapshot, Ground, Inputs, ItemTaxTypes, LastRate, Permit, ProductReference, References,
};
use shared::settings::Direction;
use shared::{xero, zoho};
use std::collections::{BTreeMap, BTreeSet};

fn references(value: &Value) -> References {
    let text = |value: &Value, field: &str| value[field].as_str().map(str::to_owned);
    let products = value["products"].as_object().into_iter().flatten().map(|(id, product)| {
        let category = text(product, "category").into();
        let product = match text(product, "item_code") {
            None => ProductReference::Service { category },
            Some(code) => ProductReference::Item {
                code,
                category,
                tax_types: ItemTaxTypes::Read {
                    sales: text(product, "sales_tax_type"),
                    purchases: text(product, "purchase_tax_type"),
                },
            },
        };
        (ZohoId::new(id.clone()).unwrap(), product)
    });
    References {
        party: text(value, "party").map(|id| XeroId::new(id).unwrap()),
        of_company: false,
        party_terms: value.get("party_terms").cloned().into(),
        products: products.collect(),
        last_rate: LastRate::NotAsked,
        arrivals: ArrivalReferences::NOTHING,
        waiting: Vec::new(),
    }
}

fn check(case: &Case) -> Result<(), String> {
    let file = |name: &str| case.file(name);
    let crm = file("crm.json").ok_or("crm.json is missing")?;
    let module: Module = serde_json::from_value(crm["module"].clone()).unwrap();
    let snapshot = CrmSnapshot {
        record: crm["record"].clone(),
        contacts: crm["contacts"].as_array().cloned().unwrap_or_default(),
        more_contacts: false,
    };
    let (crm_organisation, xero_organisation) = case.organisations();
    let settings = case.settings();
    let references = references(&file("references.json").unwrap_or_default());
    let present = file("xero.json");
    let crm_id = ZohoId::new(crm["record"]["id"].as_str().unwrap()).unwrap();
    let link = file("link.json").map(|lines| Link {
        module,
        crm_id: crm_id.clone(),
        state: LinkState::Linked,
        xero_id: None,
        natural_key: String::new(),
        generation: 1,
        fingerprints: BTreeMap::new(),
        lines: serde_json::from_value(lines).unwrap(),
        ..Link::blank(module, crm_id.clone())
    });
    let inputs = Inputs {
        module,
        crm: &snapshot,
        xero: present.as_ref(),
        link: link.as_ref(),
        references: &references,
        crm_organisation: &crm_organisation,
        xero_organisation: &xero_organisation,
        settings: &settings,
        direction: Direction::Both,
        needed: false,
        permit: Permit::ALL,
        ground: Ground::Ours,
        fingerprint_key: &[7; 32],
        now: "2026-11-20T13:30:00Z".parse().unwrap(),
    };
    let (record, mut problems) = zoho::read(module, &snapshot, &crm_organisation, &settings);
    let target = xero::target(&inputs, &record);
    problems.extend(target.problems);
    let changed: Option<BTreeSet<FieldKey>> = file("changed.json").map(|keys| serde_json::from_value(keys).unwrap());
    let body = xero::body(&inputs, &target.record, &target.line_keys, changed.as_ref());
    let mut outcome = Map::new();
    outcome.insert("natural_key".to_owned(), json!(xero::natural_key(module, crm_id.as_str(), &target.record)));
    outcome.insert("body".to_owned(), body);
    if !target.line_keys.is_empty() {
        outcome.insert("line_keys".to_owned(), json!(target.line_keys));
    }
    if let Some(totals) = target.totals {
        outcome.insert("totals".to_owned(), serde_json::to_value(totals).unwrap());
    }
    let problems: Vec<Value> = problems
        .iter()
        .map(|problem| json!({"code": problem.code, "severity": problem.severity, "what": problem.what}))
        .collect();
    if !problems.is_empty() {
        outcome.insert("problems".to_owned(), Value::Array(problems));
    }
    let dependencies: Vec<String> = zoho::dependencies(module, &snapshot.record)
        .iter()
        .map(|dependency| format!("{} {} {}", dependency.module.api_name(), dependency.crm_id, dependency.name))
        .collect();
    if !dependencies.is_empty() {
        outcome.insert("dependencies".to_owned(), json!(dependencies));
    }
    case.compare("xero.expected.json", &Value::Object(outcome))
}

#[test]
fn every_case_is_as_recorded() {
    loader::every_case("golden", 20, check);
}
