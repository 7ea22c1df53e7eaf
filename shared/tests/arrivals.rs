//! Properties of what comes from Xero: the CRM's record meets Xero's total, both sides agree afterwards, and one edit
//! is one change.
//!
//! Every run prints its seed; `SEED=<number> cargo test -p shared --test arrivals` repeats it.
#![allow(clippy::unwrap_used, reason = "tests may fail by panicking")]

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};
use shared::api::{Action, Written};
use shared::id::{XeroId, ZohoId};
use shared::link::Link;
use shared::module::Module;
use shared::organisation::{CrmOrganisation, XeroOrganisation};
use shared::plan::{
    Arrival, ArrivalDependency, ArrivalInputs, ArrivalReferences, Asked, CrmSnapshot, Ground, Inputs, ItemTaxTypes,
    LastRate, Permit, Plan, ProductReference, References, arrival_dependencies, arrive, back_pointer, home, plan,
    settle, settle_arrival,
};
use shared::problem::Code;
use shared::record::{Discount, Document, Line, LineAmountTypes, Seen, TaxMode};
use shared::settings::{Direction, NeitherRule, Settings, fields};
use shared::totals::{self, cents};
use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};

const CONTACT: &str = "aaaaaaaa-0000-4000-8000-000000000001";
const ACCOUNT_ID: &str = "5725767000000401001";
const VENDOR_ID: &str = "5725767000000408001";
/// Item codes and the ids of their products.
const PRODUCTS: [(&str, &str); 2] = [("FW-1", "5725767000000404001"), ("P-2", "5725767000000404002")];
/// Account codes and the ids of the products that stand for them.
const SERVICES: [(&str, &str); 5] = [
    ("", "5725767000000404010"),
    ("200", "5725767000000404011"),
    ("260", "5725767000000404012"),
    ("300", "5725767000000404013"),
    ("429", "5725767000000404014"),
];

fn runner(cases: u32) -> TestRunner {
    let seed: u64 = std::env::var("SEED")
        .ok()
        .and_then(|seed| seed.parse().ok())
        .unwrap_or_else(|| RandomState::new().hash_one("seed"));
    println!("SEED={seed}");
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes))
}

fn crm_organisation() -> CrmOrganisation {
    let mut organisation: CrmOrganisation = serde_json::from_str(include_str!("organisations/crm.json")).unwrap();
    organisation.multi_currency = true;
    organisation
}

fn xero_organisation() -> XeroOrganisation {
    serde_json::from_str(include_str!("organisations/au.json")).unwrap()
}

fn number(value: Decimal) -> Value {
    serde_json::from_str(&value.normalize().to_string()).unwrap()
}

fn decimal(value: &Value) -> Decimal {
    value.to_string().trim_matches('"').parse().unwrap()
}

/// What a line is made of.
#[derive(Debug, Clone)]
struct LineSeed {
    /// A choice of item code, account or text alone.
    kind: u8,
    quantity: i64,
    price: i64,
    discount: Option<i64>,
    as_amount: bool,
    tax: u8,
    text: String,
}

#[derive(Debug, Clone)]
struct Seed {
    sales: bool,
    types: LineAmountTypes,
    status: u8,
    reference: Option<String>,
    numbered: bool,
    settings: u8,
    total_tax: bool,
    foreign: bool,
    paid: bool,
    lines: Vec<LineSeed>,
}

fn line_seed() -> impl Strategy<Value = LineSeed> {
    (
        0..8_u8,
        prop_oneof![3 => (1..40_i64).prop_map(|whole| whole * 10_000), 1 => 1..400_000_i64, 1 => -90_000..-1_i64],
        prop_oneof![4 => (1..90_000_i64).prop_map(|cents| cents * 100), 1 => 1..9_000_000_i64, 1 => -900_000..-1_i64],
        prop::option::of(1..=10_000_i64),
        any::<bool>(),
        0..3_u8,
        "[A-Z][a-z]{2,8}( [a-z]{2,8}){0,2}",
    )
        .prop_map(|(kind, quantity, price, discount, as_amount, tax, text)| LineSeed {
            kind,
            quantity,
            price,
            discount,
            as_amount,
            tax,
            text,
        })
}

fn seed() -> impl Strategy<Value = Seed> {
    let types = prop::sample::select(&[
        LineAmountTypes::Exclusive,
        LineAmountTypes::Exclusive,
        LineAmountTypes::Inclusive,
        LineAmountTypes::NoTax,
    ]);
    let switches = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>());
    let lines = prop::collection::vec(line_seed(), 1..7);
    (switches, types, 0..4_u8, prop::option::of("[A-Z][a-z]{3,12}"), 0..5_u8, lines).prop_map(
        |((sales, numbered, total_tax, foreign, paid), types, status, reference, settings, lines)| Seed {
            sales,
            types,
            status,
            reference,
            numbered,
            settings,
            total_tax,
            foreign,
            paid,
            lines,
        },
    )
}

fn settings(choice: u8) -> Settings {
    let services: Map<String, Value> =
        SERVICES.iter().skip(1).map(|(code, id)| ((*code).to_owned(), json!(id))).collect();
    let mut value = match choice {
        1 => json!({"documents": {"line_amount_types": "Inclusive"}}),
        2 => json!({"documents": {"number": {"crm": {"prefix": "ZC-"}}, "approved_edits": "crm_goes_through"}}),
        3 => json!({"documents": {"number": "xero"}}),
        4 => json!({"source_of_truth": {"Invoices": "xero", "Purchase_Orders": "xero"}}),
        _ => json!({}),
    };
    value["products"] = json!({ "services": services });
    serde_json::from_value(value).unwrap()
}

/// A document as Xero gives it, with Xero's own arithmetic.
fn element(seed: &Seed, organisation: &XeroOrganisation) -> Value {
    let taxes =
        if seed.sales { ["OUTPUT", "EXEMPTOUTPUT", "BASEXCLUDED"] } else { ["INPUT", "EXEMPTEXPENSES", "BASEXCLUDED"] };
    let accounts = if seed.sales { ["200", "260"] } else { ["300", "429"] };
    let mut rows = Vec::new();
    let mut lines = Vec::new();
    for (at, line) in seed.lines.iter().enumerate() {
        let id = format!("bbbbbbbb-0000-4000-8000-{at:012}");
        if line.kind == 7 {
            rows.push(json!({"LineItemID": id, "Description": line.text, "UnitAmount": 0.0, "LineAmount": 0.0,
                "TaxAmount": 0.0}));
            lines.push(Line::default());
            continue;
        }
        let tax_type = if seed.types == LineAmountTypes::NoTax { "NONE" } else { taxes[usize::from(line.tax)] };
        let (quantity, price) = (Decimal::new(line.quantity, 4), Decimal::new(line.price, 4));
        let mut row = json!({"LineItemID": id, "Description": line.text, "Quantity": number(quantity),
            "UnitAmount": number(price), "TaxType": tax_type, "AccountCode": accounts[usize::from(line.kind % 2)],
            "Tracking": []});
        if line.kind < 3 {
            row["ItemCode"] = json!(PRODUCTS[usize::from(line.kind % 2)].0);
        }
        let gross = quantity * price;
        let mut discount = None;
        if let (true, true, Some(rate)) = (seed.sales, !cents(gross).is_zero(), line.discount) {
            let rate = Decimal::new(rate, 2);
            if line.as_amount && gross > Decimal::ZERO {
                let amount = cents(gross * rate / Decimal::ONE_HUNDRED);
                if !amount.is_zero() {
                    row["DiscountAmount"] = number(amount);
                    row["DiscountRate"] = number(rate);
                    discount = Some(Discount::Amount(amount));
                }
            } else {
                row["DiscountRate"] = number(rate);
                discount = Some(Discount::Percent(rate));
            }
        }
        lines.push(Line {
            quantity,
            unit_price: price,
            discount,
            tax_type: Some(tax_type.to_owned()),
            ..Line::default()
        });
        rows.push(row);
    }
    let status = ["DRAFT", "SUBMITTED", "AUTHORISED", "PAID"][usize::from(seed.status)];
    let mut element = json!({"Type": if seed.sales { "ACCREC" } else { "ACCPAY" },
        "InvoiceID": "cccccccc-0000-4000-8000-000000000001", "Contact": {"ContactID": CONTACT, "Name": "Blue Gum Cafe"},
        "InvoiceNumber": if seed.numbered || seed.sales { "ZC-0042" } else { "" },
        "Reference": seed.reference.clone().unwrap_or_default(), "Date": "/Date(1789344000000+0000)/",
        "DateString": "2026-09-14T00:00:00", "DueDate": "/Date(1791936000000+0000)/",
        "DueDateString": "2026-10-14T00:00:00", "Status": status, "LineAmountTypes": format!("{:?}", seed.types),
        "CurrencyCode": if seed.foreign { "USD" } else { "AUD" }, "AmountCredited": 0.0, "LineItems": rows,
        "UpdatedDateUTC": "/Date(1789378199160)/"});
    compute(&mut element, &lines, seed.types, organisation);
    if status == "PAID" {
        element["AmountPaid"] = element["Total"].clone();
        element["FullyPaidOnDate"] = json!("/Date(1789430400000+0000)/");
    } else if status == "AUTHORISED" && seed.paid {
        element["AmountPaid"] = json!(0.5);
    }
    element
}

/// Line amounts, taxes and totals.
fn compute(element: &mut Value, lines: &[Line], types: LineAmountTypes, organisation: &XeroOrganisation) {
    let document =
        Document { lines: Seen::some(lines.to_vec()), line_amount_types: Seen::some(types), ..Document::default() };
    let rate_of = |tax_type: &str| {
        organisation.tax_rates.iter().find(|rate| rate.tax_type == tax_type).map(|rate| rate.effective_rate)
    };
    let totals = totals::predict(&document, rate_of);
    for (row, line) in element["LineItems"].as_array_mut().unwrap().iter_mut().zip(&totals.lines) {
        row["LineAmount"] = number(line.amount);
        row["TaxAmount"] = number(line.tax);
    }
    element["SubTotal"] = number(totals.sub_total);
    element["TotalTax"] = number(totals.total_tax);
    element["Total"] = number(totals.total);
    element["AmountDue"] = number(totals.total);
    element["AmountPaid"] = json!(0.0);
}

/// Xero's side after an edit: all it computes is computed again.
fn recompute(element: &mut Value, seed: &Seed, organisation: &XeroOrganisation) {
    let lines: Vec<Line> = element["LineItems"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            let amount = |field: &str| row.get(field).map(decimal).unwrap_or_default();
            let discount = match (row.get("DiscountAmount"), row.get("DiscountRate")) {
                (Some(amount), _) => Some(Discount::Amount(decimal(amount))),
                (None, Some(rate)) => Some(Discount::Percent(decimal(rate))),
                (None, None) => None,
            };
            Line {
                quantity: amount("Quantity"),
                unit_price: amount("UnitAmount"),
                discount,
                tax_type: row["TaxType"].as_str().map(str::to_owned),
                ..Line::default()
            }
        })
        .collect();
    compute(element, &lines, seed.types, organisation);
}

/// The CRM takes a record and shows it again: ids for record and lines, and the totals that it computes itself.
fn crm_takes(module: Module, record: &Map<String, Value>) -> Value {
    let mut record = record.clone();
    record.insert("id".to_owned(), json!("5725767000000406001"));
    record.insert("Modified_Time".to_owned(), json!("2026-11-21T00:30:05+11:00"));
    let lines = module.lines_field().unwrap();
    for (at, row) in record.get_mut(lines).unwrap().as_array_mut().unwrap().iter_mut().enumerate() {
        let id = row["Product_Name"]["id"].as_str().unwrap().to_owned();
        assert!(decimal(&row["Quantity"]) > Decimal::ZERO, "the CRM refuses a quantity that is not positive: {row}");
        let code = PRODUCTS.iter().find(|(_, product)| *product == id).map(|(code, _)| *code);
        row["id"] = json!(format!("57257670000004050{at:02}"));
        row["Product_Name"] = json!({"id": id, "name": format!("Product {id}"), "Product_Code": code});
        for (field, empty) in [("Discount", json!(0)), ("Line_Tax", json!([])), ("Description", json!(null))] {
            if row.get(field).is_none() {
                row[field] = empty;
            }
        }
    }
    if module == Module::Invoices {
        record.insert("Invoice_Number".to_owned(), json!("17"));
    }
    let mut record = Value::Object(record);
    crm_computes(module, &mut record);
    record
}

/// The CRM's totals: every line's total, discount and tax rounded, or the tax of the whole rounded once.
fn crm_computes(module: Module, record: &mut Value) {
    let (mut sub_total, mut tax) = (Decimal::ZERO, Decimal::ZERO);
    let rate = |tax: &Value| decimal(&tax["percentage"]) / Decimal::ONE_HUNDRED;
    for row in record[module.lines_field().unwrap()].as_array_mut().unwrap() {
        let total = cents(decimal(&row["Quantity"]) * decimal(&row["List_Price"]));
        let discount = match row["Discount"].as_str().and_then(|text| text.strip_suffix('%')) {
            Some(percent) => cents(total * percent.parse::<Decimal>().unwrap() / Decimal::ONE_HUNDRED),
            None => decimal(&row["Discount"]),
        };
        let after = total - discount;
        row["Total"] = number(total);
        row["Total_After_Discount"] = number(after);
        sub_total += after;
        tax += row["Line_Tax"].as_array().unwrap().iter().map(|one| cents(after * rate(one))).sum::<Decimal>();
    }
    for one in record.get("$line_tax").and_then(Value::as_array).into_iter().flatten() {
        tax += cents(sub_total * rate(one));
    }
    let adjustment = record.get("Adjustment").map(decimal).unwrap_or_default();
    record["Sub_Total"] = number(sub_total);
    record["Tax"] = number(tax);
    record["Grand_Total"] = number(sub_total + tax + adjustment);
}

/// Everything of one case.
struct World {
    module: Module,
    crm: CrmSnapshot,
    element: Value,
    link: Link,
    references: References,
    crm_organisation: CrmOrganisation,
    xero_organisation: XeroOrganisation,
    settings: Settings,
    arrival: Arrival,
    told: Vec<Code>,
}

fn arrival_references(module: Module) -> ArrivalReferences {
    let id = |id: &str| ZohoId::new(id).unwrap();
    let party = if module == Module::Invoices { (Module::Accounts, ACCOUNT_ID) } else { (Module::Vendors, VENDOR_ID) };
    ArrivalReferences {
        party: Some((party.0, id(party.1))),
        products: PRODUCTS.iter().map(|(code, product)| ((*code).to_owned(), id(product))).collect(),
        services: SERVICES.iter().map(|(code, product)| ((*code).to_owned(), id(product))).collect(),
    }
}

fn references(module: Module) -> References {
    let item = |code: &str| ProductReference::Item {
        code: code.to_owned(),
        category: Asked::NotAsked,
        tax_types: ItemTaxTypes::NotAsked,
    };
    let coded = PRODUCTS.iter().map(|(code, product)| (*product, item(code)));
    let service = ProductReference::Service { category: Asked::NotAsked };
    let services = SERVICES.iter().map(|(_, product)| (*product, service.clone()));
    let products = coded.chain(services).map(|(id, product)| (ZohoId::new(id).unwrap(), product));
    References {
        party: Some(XeroId::new(CONTACT).unwrap()),
        of_company: false,
        party_terms: Asked::NotAsked,
        products: products.collect(),
        last_rate: LastRate::NotAsked,
        arrivals: arrival_references(module),
        waiting: Vec::new(),
    }
}

fn arrived(seed: &Seed) -> Result<World, TestCaseError> {
    let xero_organisation = xero_organisation();
    let mut crm_organisation = crm_organisation();
    crm_organisation.tax_mode = Some(if seed.total_tax { TaxMode::Total } else { TaxMode::Item });
    let settings = settings(seed.settings);
    let element = element(seed, &xero_organisation);
    let module = home("Invoices", &element, &settings).unwrap();
    prop_assert_eq!(module, if seed.sales { Module::Invoices } else { Module::PurchaseOrders });
    let now = "2026-11-20T13:30:00Z".parse().unwrap();
    let arrivals = arrival_references(module);
    let inputs = ArrivalInputs {
        module,
        xero: &element,
        references: &arrivals,
        crm_organisation: &crm_organisation,
        xero_organisation: &xero_organisation,
        settings: &settings,
        now,
    };
    let arrival = arrive(&inputs);
    prop_assert_eq!(arrival.action, Action::Create, "{:?}", arrival.problems);
    let crm = CrmSnapshot { record: crm_takes(module, &arrival.record), contacts: Vec::new(), more_contacts: false };
    let references = references(module);
    let settled = settle_arrival(&Inputs {
        module,
        crm: &crm,
        xero: Some(&element),
        link: None,
        references: &references,
        crm_organisation: &crm_organisation,
        xero_organisation: &xero_organisation,
        settings: &settings,
        direction: Direction::Both,
        needed: false,
        permit: Permit::ALL,
        ground: Ground::Ours,
        fingerprint_key: &[7; 32],
        now,
    });
    prop_assert!(settled.crm_fields.is_empty());
    let told = settled.problems.iter().map(|problem| problem.code).collect();
    Ok(World {
        module,
        crm,
        element,
        link: settled.link,
        references,
        crm_organisation,
        xero_organisation,
        settings,
        arrival,
        told,
    })
}

impl World {
    fn plan(&self, direction: Direction) -> Plan {
        self.with_inputs(direction, plan)
    }

    fn with_inputs<T>(&self, direction: Direction, act: impl FnOnce(&Inputs<'_>) -> T) -> T {
        act(&Inputs {
            module: self.module,
            crm: &self.crm,
            xero: Some(&self.element),
            link: Some(&self.link),
            references: &self.references,
            crm_organisation: &self.crm_organisation,
            xero_organisation: &self.xero_organisation,
            settings: &self.settings,
            direction,
            needed: false,
            permit: Permit::ALL,
            ground: Ground::Ours,
            fingerprint_key: &[7; 32],
            now: "2026-11-20T14:00:00Z".parse().unwrap(),
        })
    }
}

/// The CRM's record makes Xero's total to a cent a line, and what is off is told both times in the same words.
#[test]
fn the_crm_s_total_meets_xero_s() {
    let outcome = runner(200).run(&seed(), |seed| {
        let world = arrived(&seed)?;
        let difference = decimal(&world.crm.record["Grand_Total"]) - decimal(&world.element["Total"]);
        prop_assert!(
            difference.abs() <= totals::tolerance(seed.lines.len()),
            "{difference}: {:#}\n{:#}",
            world.element,
            world.crm.record
        );
        let about = |code: &Code| matches!(code, Code::TotalDiffers | Code::TotalDiffersByCents);
        let predicted: Vec<Code> = world.arrival.problems.iter().map(|problem| problem.code).filter(about).collect();
        prop_assert_eq!(&predicted, &world.told);
        prop_assert_eq!(predicted.is_empty(), difference.is_zero());
        // Prices without tax, taxed line by line: the CRM computes just as Xero does.
        if seed.types != LineAmountTypes::Inclusive && !seed.total_tax && seed.settings != 1 {
            prop_assert_eq!(difference, Decimal::ZERO, "{:#}\n{:#}", world.element, world.crm.record);
        }
        Ok(())
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
}

/// What has just come over is in step, whichever way changes may go.
#[test]
fn an_arrival_is_in_step() {
    let outcome = runner(200).run(&seed(), |seed| {
        let world = arrived(&seed)?;
        prop_assert_eq!(world.link.lines.len(), seed.lines.len());
        for direction in [Direction::Both, Direction::ToXero, Direction::ToCrm] {
            let plan = world.plan(direction);
            let context = format!("{direction:?} {:?} {:?}\n{:#}", plan.changes, plan.problems, world.crm.record);
            prop_assert_eq!(plan.action, Action::Unchanged, "{}", context);
            prop_assert_eq!(&plan.xero_write, &None, "{}", context);
            prop_assert!(plan.crm_write.is_empty() && plan.changes.is_empty(), "{}", context);
        }
        Ok(())
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
}

/// The CRM's total once it has taken these fields.
fn with_write(world: &World, write: &Map<String, Value>) -> Decimal {
    let mut record = world.crm.record.clone();
    let lines = world.module.lines_field().unwrap();
    for row in write[lines].as_array().unwrap() {
        let known = record[lines].as_array_mut().unwrap().iter_mut().find(|known| known["id"] == row["id"]).unwrap();
        for (field, value) in row.as_object().unwrap() {
            known[field] = value.clone();
        }
    }
    crm_computes(world.module, &mut record);
    decimal(&record["Grand_Total"])
}

/// A payment in Xero is told to the CRM, and what was agreed at the arrival outlives it.
#[test]
fn a_payment_comes_back_and_all_stays_in_step() {
    let outcome = runner(200).run(&seed(), |seed| {
        let seed = Seed { status: 2, paid: false, ..seed };
        let mut world = arrived(&seed)?;
        if decimal(&world.element["Total"]) < Decimal::ONE {
            return Ok(());
        }
        world.element["AmountPaid"] = json!(0.75);
        world.element["Payments"] = json!([{"PaymentID": "dddddddd-0000-4000-8000-000000000001", "Amount": 0.75}]);
        let plan = world.plan(Direction::Both);
        prop_assert_eq!(plan.action, Action::UpdateCrm, "{:?}", plan.problems);
        prop_assert!(plan.changes.iter().all(|change| change.key == "xero_paid"), "{:?}", plan.changes);
        let settled = world.with_inputs(Direction::Both, |inputs| settle(inputs, &plan, &world.element, None));
        prop_assert_eq!(&settled.crm_fields["Xero_Amount_Paid"], &json!(0.75));
        for (field, value) in settled.crm_fields {
            prop_assert!(field.starts_with("Xero_"), "{field}");
            world.crm.record[field] = value;
        }
        world.link = settled.link;
        let plan = world.plan(Direction::Both);
        prop_assert_eq!(plan.action, Action::Unchanged, "{:?} {:?}", plan.changes, plan.problems);
        Ok(())
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Edit {
    CrmSubject,
    CrmDueDate,
    CrmText,
    CrmQuantity,
    XeroReference,
    XeroDueDate,
    XeroText,
    XeroQuantity,
    XeroPrice,
}

const EDITS: [Edit; 9] = [
    Edit::CrmSubject,
    Edit::CrmDueDate,
    Edit::CrmText,
    Edit::CrmQuantity,
    Edit::XeroReference,
    Edit::XeroDueDate,
    Edit::XeroText,
    Edit::XeroQuantity,
    Edit::XeroPrice,
];

/// Makes the edit; gives the field that it changes, or none where it can't be made here.
fn edit(world: &mut World, seed: &Seed, edit: Edit, at: usize) -> Option<String> {
    let sales = world.module == Module::Invoices;
    let lines = world.module.lines_field().unwrap();
    let row = &mut world.crm.record[lines][at];
    let of_line = |part: &str| format!("lines.{}.{part}", row["id"].as_str().unwrap());
    match edit {
        Edit::CrmSubject if sales => {
            world.crm.record["Subject"] = json!("Edited in the CRM");
            Some("reference".to_owned())
        }
        Edit::CrmDueDate => {
            world.crm.record["Due_Date"] = json!("2026-12-24");
            Some("due_date".to_owned())
        }
        Edit::CrmText => {
            let key = of_line("description");
            row["Description"] = json!("Edited in the CRM");
            Some(key)
        }
        Edit::CrmQuantity => {
            let key = of_line("quantity");
            row["Quantity"] = number(decimal(&row["Quantity"]) + Decimal::ONE);
            crm_computes(world.module, &mut world.crm.record);
            Some(key)
        }
        Edit::XeroReference if sales => {
            world.element["Reference"] = json!("Edited in Xero");
            Some("reference".to_owned())
        }
        Edit::XeroDueDate => {
            world.element["DueDateString"] = json!("2026-12-24T00:00:00");
            Some("due_date".to_owned())
        }
        Edit::XeroText => {
            let key = of_line("description");
            world.element["LineItems"][at]["Description"] = json!("Edited in Xero");
            Some(key)
        }
        Edit::XeroQuantity | Edit::XeroPrice => {
            let (part, field) =
                if edit == Edit::XeroPrice { ("unit_price", "UnitAmount") } else { ("quantity", "Quantity") };
            let key = of_line(part);
            let line = &mut world.element["LineItems"][at];
            line[field] = number(decimal(&line[field]) + Decimal::ONE);
            recompute(&mut world.element, seed, &world.xero_organisation);
            Some(key)
        }
        _ => None,
    }
}

/// One edit on either side goes across, alone, where its direction is open; nothing goes the other way.
#[test]
fn one_edit_is_one_change() {
    let strategy = (seed(), prop::sample::select(&EDITS), any::<prop::sample::Index>());
    let mut made: BTreeMap<String, u32> = BTreeMap::new();
    let counted = std::cell::RefCell::new(&mut made);
    let outcome = runner(500).run(&strategy, |(seed, chosen, at)| {
        // Drafts take all that the CRM sends.
        let mut seed = Seed { status: 0, paid: false, ..seed };
        let at = at.index(seed.lines.len());
        let money = matches!(chosen, Edit::CrmQuantity | Edit::XeroQuantity | Edit::XeroPrice);
        if money {
            // A discount is a part of the money, text lines have none, and the tax of the whole stands elsewhere.
            seed.total_tax = false;
            let line = &mut seed.lines[at];
            line.kind %= 7;
            line.discount = None;
            line.quantity = (line.quantity.abs() / 10_000 + 1) * 10_000;
        }
        if money && seed.types == LineAmountTypes::Exclusive && seed.settings == 1 {
            // The CRM's prices contain the tax of the line's account there, whatever tax Xero's line has.
            seed.settings = 0;
        }
        if chosen == Edit::CrmQuantity {
            // Prices that contain tax on one side only are no round ones on the other.
            seed.types = LineAmountTypes::Exclusive;
            seed.settings = if seed.settings == 1 { 0 } else { seed.settings };
        }
        let mut world = arrived(&seed)?;
        let Some(key) = edit(&mut world, &seed, chosen, at) else { return Ok(()) };
        *counted.borrow_mut().entry(format!("{chosen:?}")).or_default() += 1;
        let in_crm = matches!(chosen, Edit::CrmSubject | Edit::CrmDueDate | Edit::CrmText | Edit::CrmQuantity);
        for direction in [Direction::Both, Direction::ToXero, Direction::ToCrm] {
            let plan = world.plan(direction);
            if plan.problems.iter().any(|problem| problem.code == Code::TotalNegative) {
                // Xero would not take it.
                return Ok(());
            }
            let context =
                format!("{chosen:?} {direction:?}\n{:?}\n{:?}\n{:#}", plan.changes, plan.problems, world.crm.record);
            let goes = if in_crm { direction.to_xero() } else { direction.to_crm() };
            let mut keys: Vec<(&str, Written)> =
                plan.changes.iter().map(|change| (change.key.as_str(), change.written)).collect();
            // What Xero has to tell of its amounts comes back as well.
            keys.retain(|(key, _)| !key.starts_with("xero_"));
            let wanted = (key.as_str(), if in_crm { Written::Xero } else { Written::Crm });
            prop_assert_eq!(keys, if goes { vec![wanted] } else { Vec::new() }, "{}", context);
            prop_assert_eq!(plan.xero_write.is_some(), goes && in_crm, "{}", context);
            prop_assert_eq!(!plan.crm_write.is_empty(), goes && !in_crm, "{}", context);
            if money && goes && !in_crm {
                let total = with_write(&world, &plan.crm_write);
                let difference = total - decimal(&world.element["Total"]);
                let tolerance = totals::tolerance(seed.lines.len());
                prop_assert!(difference.abs() <= tolerance, "{} {}\n{:#}", difference, context, world.element);
            }
        }
        Ok(())
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
    println!("{made:?}");
    assert_eq!(made.len(), EDITS.len(), "every edit was made: {made:?}");
}

/// Nothing that Xero could say makes it panic, and what is created has a name and a line for every line.
#[test]
fn odd_elements_do_no_harm() {
    let odd =
        prop::sample::select(&["", "null", "[]", "{}", "-1", "\"x\"", "1e30", "\"\\u0000\"", "99999999999999999999"]);
    let fields = prop::sample::select(&[
        "Type",
        "Contact",
        "LineItems",
        "Total",
        "Date",
        "DueDate",
        "Status",
        "Reference",
        "InvoiceNumber",
        "CurrencyCode",
        "LineAmountTypes",
        "InvoiceID",
        "Name",
        "Phones",
        "Addresses",
        "Code",
        "SalesDetails",
        "ContactNumber",
        "Url",
        "Quantity",
        "UnitAmount",
        "LineAmount",
        "TaxAmount",
        "TaxType",
        "DiscountRate",
        "ItemCode",
    ]);
    let (crm_organisation, xero_organisation) = (crm_organisation(), xero_organisation());
    let strategy = (seed(), prop::collection::vec((fields, odd, any::<bool>()), 1..6), 0..6_usize);
    let outcome = runner(300).run(&strategy, |(seed, changes, module)| {
        let mut element = element(&seed, &xero_organisation);
        for (field, value, in_line) in changes {
            let value: Value = serde_json::from_str(value).unwrap_or_default();
            match element.get_mut("LineItems").and_then(|lines| lines.get_mut(0)) {
                Some(line) if in_line && line.is_object() => line[field] = value,
                _ => element[field] = value,
            }
        }
        let module = Module::ALL[module];
        let settings = settings(seed.settings);
        let references = arrival_references(module);
        let arrival = arrive(&ArrivalInputs {
            module,
            xero: &element,
            references: &references,
            crm_organisation: &crm_organisation,
            xero_organisation: &xero_organisation,
            settings: &settings,
            now: "2026-11-20T13:30:00Z".parse().unwrap(),
        });
        let _ = arrival_dependencies(module, &element);
        let _ = back_pointer(&element, &crm_organisation);
        prop_assert_eq!(arrival.record.is_empty(), arrival.action != Action::Create);
        if let (Action::Create, Some(field)) = (arrival.action, module.lines_field()) {
            let rows = arrival.record[field].as_array().unwrap().len();
            prop_assert_eq!(rows, element["LineItems"].as_array().unwrap().len());
            prop_assert!(arrival.record["Subject"].as_str().is_some_and(|subject| !subject.is_empty()));
        }
        Ok(())
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
}

/// A record that is no document, its person with it, as the CRM shows them: every field, empty ones too.
fn crm_shows(arrival: &Arrival, module: Module) -> CrmSnapshot {
    let address = |prefix: &str, code: &str| {
        ["Street", "City", "State", code, "Country"].map(|part| format!("{prefix}{part}")).to_vec()
    };
    let names: &[&str] = match module {
        Module::Products => &["Product_Code", "Product_Name", "Description", "Unit_Price", "Taxable", "Tax"],
        Module::Vendors => &["Vendor_Name", "Email", "Phone", "Website"],
        _ => &["Account_Name", "Account_Number", "Phone", "Fax", "Website"],
    };
    let mut names = names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    match module {
        Module::Vendors => names.extend(address("", "Zip_Code")),
        Module::Accounts => {
            names.extend(address("Billing_", "Code"));
            names.extend(address("Shipping_", "Code"));
        }
        _ => {}
    }
    let shown = |fields: &Map<String, Value>, names: &[String], id: &str| {
        let mut record: Map<String, Value> = names.iter().map(|name| (name.clone(), Value::Null)).collect();
        record.extend(fields.clone());
        record.insert("id".to_owned(), json!(id));
        record.insert("Modified_Time".to_owned(), json!("2026-11-21T00:30:05+11:00"));
        Value::Object(record)
    };
    let of_person = ["First_Name", "Last_Name", "Email", "Phone", "Mobile"].map(str::to_owned);
    CrmSnapshot {
        record: shown(&arrival.record, &names, "5725767000000401001"),
        contacts: arrival.person.iter().map(|person| shown(person, &of_person, "5725767000000402001")).collect(),
        more_contacts: false,
    }
}

/// Accounts, vendors and products are in step too, and an edit is one change.
#[test]
fn parties_and_products_arrive_in_step() {
    let (crm_organisation, xero_organisation) = (crm_organisation(), xero_organisation());
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden_arrivals");
    let mut cases = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let file = |name: &str| std::fs::read_to_string(path.join(name)).ok();
        let given: Value = serde_json::from_str(&file("xero.json").unwrap()).unwrap();
        let module: Module = serde_json::from_value(given["module"].clone()).unwrap();
        if module.lines_field().is_some() {
            continue;
        }
        let settings: Settings = serde_json::from_str(&file("settings.json").unwrap_or("{}".to_owned())).unwrap();
        let none = ArrivalReferences::NOTHING;
        let now = "2026-11-20T13:30:00Z".parse().unwrap();
        let arrival = arrive(&ArrivalInputs {
            module,
            xero: &given["element"],
            references: &none,
            crm_organisation: &crm_organisation,
            xero_organisation: &xero_organisation,
            settings: &settings,
            now,
        });
        if arrival.action != Action::Create {
            continue;
        }
        let mut crm = crm_shows(&arrival, module);
        let mut element = given["element"].clone();
        let references = References::NOTHING;
        let run = |crm: &CrmSnapshot, element: &Value, link: Option<&Link>, direction: Direction| {
            let inputs = Inputs {
                module,
                crm,
                xero: Some(element),
                link,
                references: &references,
                crm_organisation: &crm_organisation,
                xero_organisation: &xero_organisation,
                settings: &settings,
                direction,
                needed: false,
                permit: Permit::ALL,
                ground: Ground::Ours,
                fingerprint_key: &[7; 32],
                now,
            };
            (settle_arrival(&inputs), plan(&inputs))
        };
        let link = run(&crm, &element, None, Direction::Both).0.link;
        assert_eq!(link.crm_modified, "2026-11-20T13:30:05Z".parse().ok(), "{path:?}");
        assert_eq!(link.contacts_modified.is_some(), arrival.person.is_some(), "{path:?}");
        let all = [Direction::Both, Direction::ToXero, Direction::ToCrm];
        for direction in all {
            let plan = run(&crm, &element, Some(&link), direction).1;
            assert_eq!(plan.action, Action::Unchanged, "{path:?} {direction:?} {:?} {:?}", plan.changes, plan.problems);
            assert!(plan.xero_write.is_none() && plan.crm_write.is_empty() && plan.person.is_none(), "{path:?}");
        }
        // One edit in the CRM, then instead of it one in Xero.
        let (ours, key) = match module {
            Module::Products => (json!(99), "sales.unit_price"),
            Module::Vendors => (json!("Perth"), "billing.city"),
            _ => (json!("EDITED"), "account_number"),
        };
        let field = fields::source(&settings, module, key).unwrap();
        let before = crm.record[field].clone();
        crm.record[field] = ours;
        for direction in all {
            let plan = run(&crm, &element, Some(&link), direction).1;
            let keys: Vec<&str> = plan.changes.iter().map(|change| change.key.as_str()).collect();
            assert_eq!(keys, if direction.to_xero() { vec![key] } else { vec![] }, "{path:?} {direction:?}");
            assert_eq!(plan.xero_write.is_some(), direction.to_xero(), "{path:?} {direction:?}");
        }
        crm.record[field] = before;
        match module {
            Module::Products => element["SalesDetails"]["UnitPrice"] = json!(77.5),
            Module::Vendors => {
                element["Addresses"] = json!([{"AddressType": "POBOX", "AddressLine1": "PO Box 7",
                "AddressLine2": "Level 2", "City": "Hobart", "Region": "NSW", "PostalCode": "2001",
                "Country": "Australia"}])
            }
            _ => element["AccountNumber"] = json!("IN XERO"),
        }
        for direction in all {
            let plan = run(&crm, &element, Some(&link), direction).1;
            let keys: Vec<&str> = plan.changes.iter().map(|change| change.key.as_str()).collect();
            assert_eq!(keys, if direction.to_crm() { vec![key] } else { vec![] }, "{path:?} {direction:?}");
            assert_eq!(plan.crm_write.contains_key(field), direction.to_crm(), "{path:?} {direction:?}");
        }
        cases += 1;
    }
    assert!(cases >= 12, "only {cases} cases");
}

/// What was agreed is written down field by field, the CRM's own way of showing it beside Xero's.
#[test]
fn the_link_remembers_both_sides() {
    let line = LineSeed {
        kind: 0,
        quantity: 20_000,
        price: 195_000,
        discount: None,
        as_amount: false,
        tax: 0,
        text: "Firewall".to_owned(),
    };
    let seed = Seed {
        sales: true,
        types: LineAmountTypes::Exclusive,
        status: 1,
        reference: None,
        numbered: true,
        settings: 0,
        total_tax: false,
        foreign: false,
        paid: false,
        lines: vec![line],
    };
    let world = arrived(&seed).unwrap();
    let keys: Vec<&str> = world.link.fingerprints.keys().map(String::as_str).collect();
    let row = "lines.5725767000000405000";
    let of_line = |part: &str| format!("{row}.{part}");
    let lines = ["account_code", "code", "description", "quantity", "tax_type", "unit_price"].map(of_line);
    let mut wanted = vec!["@xero", "currency", "date", "due_date", "line_amount_types"];
    wanted.extend(lines.iter().map(String::as_str));
    // Awaiting approval is a draft in the CRM, whose number and subject are its own.
    wanted.extend(["lines.order", "number", "number@xero", "party", "reference", "reference@xero"]);
    wanted.extend(["status", "status@xero"]);
    assert_eq!(keys, wanted);
    assert_eq!(world.link.natural_key, "ZC-0042");
    assert_eq!(
        world.link.lines,
        BTreeMap::from([(row[6..].to_owned(), "bbbbbbbb-0000-4000-8000-000000000000".to_owned())])
    );
    assert_eq!(world.link.crm_modified, "2026-11-20T13:30:05Z".parse().ok());
    assert_eq!(world.link.xero_id.as_ref().map(XeroId::as_str), Some("cccccccc-0000-4000-8000-000000000001"));
}

#[test]
fn xero_s_records_have_their_homes() {
    let contact =
        |customer: bool, supplier: bool| json!({"Name": "Blue Gum", "IsCustomer": customer, "IsSupplier": supplier});
    let rule = |neither| {
        let mut settings = Settings::default();
        settings.parties.neither = neither;
        settings
    };
    for (resource, element, neither, wanted) in [
        ("Items", json!({}), NeitherRule::Skip, Ok(Module::Products)),
        ("Invoices", json!({"Type": "ACCREC"}), NeitherRule::Skip, Ok(Module::Invoices)),
        ("Invoices", json!({"Type": "ACCPAY"}), NeitherRule::Skip, Ok(Module::PurchaseOrders)),
        ("Contacts", contact(true, false), NeitherRule::Skip, Ok(Module::Accounts)),
        ("Contacts", contact(true, true), NeitherRule::Vendor, Ok(Module::Accounts)),
        ("Contacts", contact(false, true), NeitherRule::Account, Ok(Module::Vendors)),
        ("Contacts", contact(false, false), NeitherRule::Account, Ok(Module::Accounts)),
        ("Contacts", contact(false, false), NeitherRule::Vendor, Ok(Module::Vendors)),
        ("Contacts", contact(false, false), NeitherRule::Skip, Err(Code::ContactNeither)),
    ] {
        let got = home(resource, &element, &rule(neither)).map_err(|problem| problem.code);
        assert_eq!(got, wanted, "{resource} {element}");
    }
}

#[test]
fn xero_s_records_point_back() {
    let crm = crm_organisation();
    let url = |rest: &str| format!("{}/tab/{rest}", crm.web_url);
    let at = |module, id: &str| Some((module, ZohoId::new(id).unwrap()));
    for (element, wanted) in [
        (json!({"ContactNumber": "zcrm:a:5725767000000401001"}), at(Module::Accounts, "5725767000000401001")),
        (json!({"ContactNumber": "zcrm:v:12"}), at(Module::Vendors, "12")),
        (json!({"ContactNumber": "zcrm:c:12"}), at(Module::Contacts, "12")),
        (json!({"ContactNumber": "zcrm:i:12"}), None),
        (json!({"ContactNumber": "zcrm:a:12x"}), None),
        (json!({"ContactNumber": "BG-1"}), None),
        (json!({"Type": "ACCREC", "Url": url("Invoices/77")}), at(Module::Invoices, "77")),
        (json!({"Type": "ACCPAY", "Url": url("Purchase_Orders/77")}), at(Module::PurchaseOrders, "77")),
        (json!({"Type": "ACCPAY", "Url": url("PurchaseOrders/77?x=1")}), at(Module::PurchaseOrders, "77")),
        (json!({"Type": "ACCPAY", "Url": url("Invoices/77")}), None),
        (json!({"Type": "ACCREC", "Url": url("Accounts/77")}), None),
        (json!({"Type": "ACCREC", "Url": url("Invoices/")}), None),
        (json!({"Type": "ACCREC", "Url": "https://crm.zoho.com/crm/org1/tab/Invoices/77"}), None),
        (json!({"Type": "ACCREC", "Url": format!("{}9/tab/Invoices/77", crm.web_url)}), None),
        (json!({}), None),
    ] {
        assert_eq!(back_pointer(&element, &crm), wanted, "{element}");
    }
}

#[test]
fn dependencies_come_once_and_in_order() {
    let row = |code: &str, account: &str| json!({"ItemCode": code, "AccountCode": account});
    let mut element = json!({"Type": "ACCREC", "Status": "DRAFT", "Contact": {"ContactID": CONTACT, "Name": "Blue Gum"},
        "LineItems": [row("B", "200"), row("", "200"), row("A", ""), row("B", "260"), json!({"AccountCode": "200"}),
            json!({"Description": "Text"})]});
    let party = ArrivalDependency::Party(Module::Accounts, XeroId::new(CONTACT).unwrap(), "Blue Gum".to_owned());
    let item = |code: &str| ArrivalDependency::Item(code.to_owned());
    let service = |code: &str| ArrivalDependency::Service(code.to_owned());
    assert_eq!(
        arrival_dependencies(Module::Invoices, &element),
        [party, item("B"), service("200"), item("A"), service("")]
    );
    assert!(arrival_dependencies(Module::Products, &element).is_empty());
    element["Status"] = json!("VOIDED");
    assert!(arrival_dependencies(Module::Invoices, &element).is_empty());
}
