//! Attacks on an installation, each carried out as somebody would who means harm: a stranger, a plain user, a former
//! administrator, the second person at a browser. One module for each kind; `SECURITY.md` names each with what holds it
//! off.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod at_rest;
mod decisions;
mod grants;
mod hidden;
mod installation;
mod letters;
mod narrowed;
mod owners;
mod previews;
mod reading;
mod releases;
mod rights;
mod shares;
mod statements;
#[path = "../support/mod.rs"]
mod support;
mod typed;
mod writing;

use engine::access::rights::Member;
use sandbox::seed;
use serde_json::{Value, json};
use shared::module::Module;
use std::collections::BTreeSet;
use std::path::Path;
use support::Stage;

/// A seller: a plain user.
const SALES: &str = "sam@bluegum.example";

/// Changes what the seller's profile may.
fn allow(stage: &Stage, change: impl FnOnce(&mut sandbox_zoho::Profile)) {
    let mut world = stage.world.borrow_mut();
    let profile = world.zoho.profile_of(SALES).unwrap().name.clone();
    change(world.zoho.profile_named_mut(&profile).unwrap());
}

fn hide(stage: &Stage, module: &str, field: &str) {
    allow(stage, |profile| _ = profile.hidden_fields.insert((module.to_owned(), field.to_owned())));
}

/// The first invoice, approved in the CRM, and the very same typed by hand at Xero.
fn typed_at_xero(stage: &Stage, ana: &Member, status: &str) -> Value {
    let record = seed::FIRST_INVOICE;
    stage.edit(Module::Invoices, record, &json!({"Status": "Approved"}));
    let copy = {
        let other = stage.copy();
        other.click(ana, Module::Invoices, record);
        other.xero(Module::Invoices, record)
    };
    let account = stage.crm(Module::Invoices, record)["Account_Name"]["id"].as_str().unwrap().to_owned();
    stage.click(ana, Module::Accounts, &account);
    let contact = stage.xero(Module::Accounts, &account)["ContactID"].clone();
    let of_line = |line: &Value| {
        let fields = ["Description", "Quantity", "UnitAmount", "TaxType", "AccountCode"];
        Value::Object(fields.iter().map(|field| ((*field).to_owned(), line[*field].clone())).collect())
    };
    let lines: Vec<Value> = copy["LineItems"].as_array().unwrap().iter().map(of_line).collect();
    let typed = json!({"Type": "ACCREC", "Contact": {"ContactID": contact}, "InvoiceNumber": copy["InvoiceNumber"],
                       "Reference": "settled with the secret discount", "Status": status, "LineItems": lines,
                       "Date": "2026-01-05", "DueDate": "2026-12-24", "LineAmountTypes": copy["LineAmountTypes"]});
    let (tenant, now) = (stage.tenant(0), stage.now_utc());
    stage.world.borrow_mut().xero.insert(&tenant, "Invoices", typed, now).unwrap()
}

/// Everything that a grant could change: all rows but the parked ones, the CRM's fields, and what both vendors have granted.
fn everything(stage: &Stage) -> Vec<String> {
    let mut all = Vec::new();
    for table in stage.texts("SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'parked' ORDER BY name") {
        let columns = stage.texts(&format!("SELECT name FROM pragma_table_info('{table}')")).join(", '|', ");
        let rows = stage.texts(&format!("SELECT concat({columns}) FROM {table} ORDER BY 1"));
        // Rows with whole lists in them are told by their hashes.
        let told = |row: String| if row.len() > 200 { engine::text::sha256(&row) } else { row };
        all.extend(rows.into_iter().map(|row| format!("{table}: {}", told(row))));
    }
    let world = stage.world.borrow();
    for module in world.zoho.modules() {
        all.push(format!("{}: {} fields", module.api_name, module.fields.len()));
    }
    all.push(format!("{} refresh tokens at Zoho", world.zoho.refresh_token_count(sandbox::ZOHO_CLIENT.0)));
    for organisation in world.xero.organisations() {
        all.push(format!("{}: {}", organisation.tenant, world.xero.is_connected(&organisation.tenant)));
    }
    all
}

/// The names of the tests in this folder's other files.
fn attacks() -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/attacks");
    let files = std::fs::read_dir(folder).unwrap().map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap());
    let files: Vec<String> = files.filter(|text| !text.contains("mod support;")).collect();
    let tests = files.iter().flat_map(|text| text.split("#[test]\nfn ").skip(1));
    tests.map(|test| test.split('(').next().unwrap_or_default().to_owned()).collect()
}

#[test]
fn the_security_document_names_every_attack_and_its_test() {
    let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../SECURITY.md");
    let document = std::fs::read_to_string(document).unwrap();
    let attacks = attacks();
    assert!(attacks.len() > 50, "{attacks:?}");
    let missing: Vec<_> = attacks.iter().filter(|name| !document.contains(&format!("`{name}`"))).collect();
    assert!(missing.is_empty(), "the document names no attack for {missing:?}");
    let tables = document.split("\n## Attacks\n").nth(1).and_then(|rest| rest.split("\n## ").next()).unwrap();
    let rows = tables.lines().filter(|line| line.starts_with("| ") && line.contains('`'));
    let cells = rows.filter_map(|row| row.trim_end_matches([' ', '|']).rsplit("| ").next());
    let named = cells.flat_map(|cell| cell.split('`').skip(1).step_by(2)).filter(|name| !name.ends_with(".rs"));
    let unknown: Vec<_> = named.filter(|name| !attacks.contains(*name)).collect();
    assert!(unknown.is_empty(), "the document names tests that there are not: {unknown:?}");
}

#[test]
fn the_security_document_says_of_every_table_what_it_keeps() {
    let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../SECURITY.md");
    let document = std::fs::read_to_string(document).unwrap();
    let kept = document.split("\n## What is kept\n").nth(1).and_then(|rest| rest.split("\n## ").next()).unwrap();
    let named: BTreeSet<_> = kept
        .lines()
        .filter_map(|line| line.strip_prefix("| `"))
        .flat_map(|line| line.split(" |").next().unwrap_or_default().split('`').step_by(2))
        .collect();
    let stage = Stage::new(sandbox::World::standard(support::BASE));
    let tables = stage.texts(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' \
         AND name NOT IN ('d1_migrations', 'migration_parts')",
    );
    assert_eq!(named, tables.iter().map(String::as_str).collect::<BTreeSet<_>>());
}
