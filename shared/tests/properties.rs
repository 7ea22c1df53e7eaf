//! Properties of the translation and of the arithmetic, over random records.
//!
//! Every run prints its seed; `SEED=<number> cargo test -p shared --test properties` repeats it.
#![allow(clippy::unwrap_used, reason = "tests may fail by panicking")]

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};
use shared::id::{XeroId, ZohoId};
use shared::link::{Link, LinkState};
use shared::module::Module;
use shared::organisation::{CrmOrganisation, XeroOrganisation};
use shared::plan::{
    ArrivalReferences, Asked, CrmSnapshot, Ground, Inputs, LastRate, Permit, ProductReference, References,
};
use shared::problem::{Code, Severity};
use shared::record::{Discount, Document, Line, LineAmountTypes, Record, Seen};
use shared::settings::{Direction, Settings};
use shared::totals::{self, cents};
use shared::{xero, zoho};
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher, RandomState};

fn runner() -> TestRunner {
    let seed: u64 = std::env::var("SEED")
        .ok()
        .and_then(|seed| seed.parse().ok())
        .unwrap_or_else(|| RandomState::new().hash_one("seed"));
    println!("SEED={seed}");
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let config = Config { cases: 400, failure_persistence: None, ..Config::default() };
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes))
}

fn crm_organisation() -> CrmOrganisation {
    serde_json::from_str(include_str!("organisations/crm.json")).unwrap()
}

fn xero_organisation() -> XeroOrganisation {
    serde_json::from_str(include_str!("organisations/au.json")).unwrap()
}

/// Values as they come and as they should not.
fn leaf() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "-?[0-9]{1,40}(\\.[0-9]{1,40})?(e-?[0-9]{1,3})?"
            .prop_map(|text| serde_json::from_str(&text).unwrap_or(Value::String(text))),
        "\\PC{0,60}".prop_map(Value::from),
        "-?[0-9]{1,30}(\\.[0-9]{1,12})?%?".prop_map(Value::from),
        "[0-9]{1,19}".prop_map(Value::from),
        "/Date\\(-?[0-9]{0,19}[+-]?[0-9]{0,4}\\)/".prop_map(Value::from),
        "[0-9]{4}-[0-9]{2}-[0-9]{2}(T00:00:00)?".prop_map(Value::from),
    ]
}

const NAMES: &[&str] = &[
    "id",
    "name",
    "Account_Name",
    "Contact_Name",
    "Vendor_Name",
    "Full_Name",
    "First_Name",
    "Last_Name",
    "Email",
    "Phone",
    "Mobile",
    "Billing_Street",
    "Billing_Country",
    "Street",
    "Xero_Primary",
    "Currency",
    "Product_Name",
    "Product_Code",
    "Unit_Price",
    "Tax",
    "Taxable",
    "Product_Active",
    "Description",
    "Invoiced_Items",
    "Purchase_Items",
    "Product_Details",
    "Quantity",
    "List_Price",
    "Discount",
    "Line_Tax",
    "$line_tax",
    "percentage",
    "value",
    "Adjustment",
    "Grand_Total",
    "Sub_Total",
    "Invoice_Number",
    "PO_Number",
    "Subject",
    "Invoice_Date",
    "Due_Date",
    "PO_Date",
    "Total_After_Discount",
    "product",
    "Exchange_Rate",
    "Name",
    "ContactID",
    "ContactPersons",
    "FirstName",
    "EmailAddress",
    "Phones",
    "PhoneType",
    "PhoneNumber",
    "Addresses",
    "AddressType",
    "AddressLine1",
    "Code",
    "SalesDetails",
    "UnitPrice",
    "LineItems",
    "LineItemID",
    "UnitAmount",
    "DiscountRate",
    "DiscountAmount",
    "LineAmountTypes",
    "Contact",
    "Date",
    "DueDate",
    "DateString",
    "InvoiceNumber",
    "Status",
    "Total",
    "AmountPaid",
    "UpdatedDateUTC",
    "FullyPaidOnDate",
    "ItemCode",
    "TaxType",
    "Tracking",
];

fn anything() -> impl Strategy<Value = Value> {
    leaf().prop_recursive(4, 120, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::Array),
            prop::collection::vec((prop::sample::select(NAMES), inner), 0..25).prop_map(|fields| {
                Value::Object(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
            }),
        ]
    })
}

fn link(module: Module) -> Link {
    Link {
        module,
        crm_id: ZohoId::new("42").unwrap(),
        state: LinkState::Linked,
        xero_id: None,
        natural_key: String::new(),
        generation: 1,
        fingerprints: BTreeMap::new(),
        lines: BTreeMap::new(),
        ..Link::blank(module, ZohoId::new("42").unwrap())
    }
}

/// Whether a sent element holds a null or a figure that Xero computes itself.
fn forbidden(value: &Value) -> Option<String> {
    match value {
        Value::Null => Some("null".to_owned()),
        Value::Array(values) => values.iter().find_map(forbidden),
        Value::Object(fields) => fields.iter().find_map(|(name, value)| {
            let computed = ["LineAmount", "TaxAmount", "SubTotal", "TotalTax", "Total", "QuantityOnHand"];
            if computed.contains(&name.as_str()) { Some(name.clone()) } else { forbidden(value) }
        }),
        _ => None,
    }
}

#[test]
fn no_record_makes_it_panic() {
    let settings = [
        Settings::default(),
        serde_json::from_value(json!({
            "products": {"without_code": "generate"},
            "fields": {
                "Products": {"purchase.unit_price": {"source": {"field": "List_Price"}, "default": "1.5"}},
                "Accounts": {"tax_number": {"source": {"field": "value"}}, "phone": {"default": "555"}},
                "Invoices": {"reference": {"source": "nothing", "default": "ours"}, "due_date": {"source": {"field": "Status"}}},
            },
            "documents": {"line_amount_types": "Inclusive", "rounding_account": "260", "send_exchange_rate": true,
                "tracking": [{"category": "c1", "fields": {"Invoices": "Subject"}, "default": "o1"}]},
            "crm_statuses": {"Invoices": {"PAID": "Paid"}},
        }))
        .unwrap(),
    ];
    let (crm_organisation, xero_organisation) = (crm_organisation(), xero_organisation());
    let strategy =
        (anything(), prop::collection::vec(anything(), 0..3), prop::option::of(anything()), 0..6_usize, 0..2_usize);
    let outcome = runner().run(&strategy, |(record, contacts, present, module, chosen)| {
        let module = Module::ALL[module];
        let crm = CrmSnapshot { record, contacts, more_contacts: false };
        let settings = &settings[chosen];
        let (read, _) = zoho::read(module, &crm, &crm_organisation, settings);
        let _ = zoho::dependencies(module, &crm.record);
        let link = link(module);
        let references = References::NOTHING;
        let inputs = Inputs {
            module,
            crm: &crm,
            xero: present.as_ref(),
            link: Some(&link),
            references: &references,
            crm_organisation: &crm_organisation,
            xero_organisation: &xero_organisation,
            settings,
            direction: Direction::Both,
            needed: false,
            permit: Permit::ALL,
            ground: Ground::Ours,
            fingerprint_key: &[7; 32],
            now: "2026-11-20T13:30:00Z".parse().unwrap(),
        };
        let target = xero::target(&inputs, &read);
        if let Record::Document(document) = &target.record {
            prop_assert_eq!(target.line_keys.len(), document.lines.get().map_or(0, Vec::len));
        }
        let created = xero::body(&inputs, &target.record, &target.line_keys, None);
        prop_assert_eq!(forbidden(&created), None);
        let changed: BTreeSet<String> = ["name", "billing.city", "sales.unit_price", "due_date", "lines.order"]
            .map(str::to_owned)
            .into_iter()
            .chain(target.line_keys.iter().map(|key| format!("lines.{key}.quantity")))
            .collect();
        let _ = xero::body(&inputs, &target.record, &target.line_keys, Some(&changed));
        if let Some(present) = &present {
            let from_xero = xero::read(module, present);
            let _ = xero::state(module, present, &xero_organisation, None);
            let _ = xero::modified(present);
            let _ = zoho::write(module, &from_xero, &changed, &crm, &crm_organisation, settings, &link);
        }
        Ok(())
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
}

#[test]
fn the_largest_numbers_do_not_overflow() {
    let (crm_organisation, xero_organisation) = (crm_organisation(), xero_organisation());
    let settings: Settings = serde_json::from_value(json!({"documents": {"rounding_account": "260"}})).unwrap();
    let references = References::NOTHING;
    let numbers = [
        "100000000000000",
        "-100000000000000",
        "99999999999999.999999999999999",
        "0.0000000000000000000000000001",
        "0",
    ];
    for module in [Module::Invoices, Module::PurchaseOrders] {
        for (quantity, price) in numbers.iter().flat_map(|quantity| numbers.map(|price| (*quantity, price))) {
            for discount in numbers.iter().flat_map(|number| [(*number).to_owned(), format!("{number}%")]) {
                let line = json!({"id": "1", "Quantity": quantity, "List_Price": price, "Discount": discount,
                    "Total_After_Discount": price, "Line_Tax": [{"name": "GST", "percentage": quantity}]});
                let mut record = json!({"id": "42", "Discount": discount, "Adjustment": price, "Sub_Total": price,
                    "Grand_Total": quantity});
                record[module.lines_field().unwrap()] = json!([line, line, line]);
                let crm = CrmSnapshot { record, contacts: Vec::new(), more_contacts: false };
                let (read, _) = zoho::read(module, &crm, &crm_organisation, &settings);
                let inputs = Inputs {
                    module,
                    crm: &crm,
                    xero: None,
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
                    now: "2026-11-20T13:30:00Z".parse().unwrap(),
                };
                let target = xero::target(&inputs, &read);
                let body = xero::body(&inputs, &target.record, &target.line_keys, None);
                assert_eq!(forbidden(&body), None);
            }
        }
    }
}

/// An amount in cents.
fn amount(range: std::ops::Range<i64>) -> impl Strategy<Value = Decimal> {
    range.prop_map(|cents| Decimal::new(cents, 2))
}

fn discount() -> impl Strategy<Value = Option<Discount>> {
    prop_oneof![
        Just(None),
        (0..=10_000_i64).prop_map(|rate| Some(Discount::Percent(Decimal::new(rate, 2)))),
        amount(0..500).prop_map(|amount| Some(Discount::Amount(amount))),
    ]
}

#[test]
fn the_parts_of_a_prediction_add_up() {
    let line =
        (0..1_000_000_i64, -5_000_000..5_000_000_i64, discount(), prop::sample::select(&["OUTPUT", "EXEMPTOUTPUT"]));
    let types = prop::sample::select(&[LineAmountTypes::Exclusive, LineAmountTypes::Inclusive, LineAmountTypes::NoTax]);
    let rate_of = |tax_type: &str| Some(if tax_type == "OUTPUT" { Decimal::TEN } else { Decimal::ZERO });
    let outcome = runner().run(&(prop::collection::vec(line, 0..12), types), |(lines, types)| {
        let lines = lines
            .into_iter()
            .map(|(quantity, price, discount, tax_type)| Line {
                quantity: Decimal::new(quantity, 4),
                unit_price: Decimal::new(price, 4),
                discount,
                tax_type: Some(tax_type.to_owned()),
                ..Line::default()
            })
            .collect();
        let document =
            Document { lines: Seen::some(lines), line_amount_types: Seen::some(types), ..Document::default() };
        let totals = totals::predict(&document, rate_of);
        let amounts: Decimal = totals.lines.iter().map(|line| line.amount).sum();
        let taxes: Decimal = totals.lines.iter().map(|line| line.tax).sum();
        prop_assert_eq!(totals.total_tax, taxes);
        prop_assert_eq!(totals.total, totals.sub_total + totals.total_tax);
        let whole = if types == LineAmountTypes::Inclusive { totals.total } else { totals.sub_total };
        prop_assert_eq!(whole, amounts);
        for line in totals.lines {
            prop_assert_eq!(line.amount, cents(line.amount));
            prop_assert_eq!(line.tax, cents(line.tax));
        }
        Ok(())
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
}

#[test]
fn a_rate_and_the_amount_that_it_takes_off_mean_the_same() {
    let strategy = (1..100_000_i64, 1..1_000_000_i64, 0..=10_000_i64);
    let outcome = runner().run(&strategy, |(quantity, price, rate)| {
        let line = Line {
            quantity: Decimal::new(quantity, 2),
            unit_price: Decimal::new(price, 2),
            discount: Some(Discount::Percent(Decimal::new(rate, 2))),
            ..Line::default()
        };
        let by_amount = Line { discount: Some(Discount::Amount(line.discount_amount())), ..line.clone() };
        prop_assert_eq!(by_amount.discount_amount(), line.discount_amount());
        prop_assert_eq!(
            totals::discounted(line.gross(), line.discount),
            totals::discounted(line.gross(), by_amount.discount)
        );
        Ok(())
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
}

/// A document as the CRM computes it: rounded line by line with item tax, once with total tax.
fn crm_document(
    module: Module,
    lines: &[(i64, i64, Option<Discount>, bool)],
    record_discount: Decimal,
    adjustment: Decimal,
    total_tax: bool,
) -> Value {
    let mut rows = Vec::new();
    let (mut sub_total, mut tax) = (Decimal::ZERO, Decimal::ZERO);
    for (at, (quantity, price, discount, taxed)) in lines.iter().enumerate() {
        let (quantity, price) = (Decimal::new(*quantity, 2), Decimal::new(*price, 2));
        let gross = cents(quantity * price);
        let (off, written) = match discount {
            None => (Decimal::ZERO, json!(0)),
            Some(Discount::Percent(rate)) => (cents(gross * rate / Decimal::ONE_HUNDRED), json!(format!("{rate}%"))),
            Some(Discount::Amount(amount)) => {
                let amount = (*amount).min(gross);
                (amount, json!(amount.to_string()))
            }
        };
        let after = gross - off;
        let rate = if *taxed { Decimal::TEN } else { Decimal::ZERO };
        sub_total += after;
        let mut row = Map::new();
        row.insert("id".to_owned(), json!(format!("90{at}")));
        row.insert("Product_Name".to_owned(), json!({"id": "70", "name": "Thing"}));
        row.insert("Quantity".to_owned(), json!(quantity.to_string()));
        row.insert("List_Price".to_owned(), json!(price.to_string()));
        row.insert("Discount".to_owned(), written);
        row.insert("Total_After_Discount".to_owned(), json!(after.to_string()));
        if !total_tax && *taxed {
            tax += cents(after * rate / Decimal::ONE_HUNDRED);
            row.insert("Line_Tax".to_owned(), json!([{"name": "GST", "percentage": 10}]));
        }
        rows.push(Value::Object(row));
    }
    if total_tax {
        tax = cents((sub_total - record_discount) * Decimal::new(1, 1));
    }
    let mut record = json!({
        "id": "42", "Invoice_Number": "INV-1", "PO_Number": "PO-1", "Invoice_Date": "2026-11-20", "PO_Date": "2026-11-20",
        "Account_Name": {"id": "7", "name": "Acme"}, "Vendor_Name": {"id": "7", "name": "Acme"},
        "Discount": record_discount.to_string(), "Adjustment": adjustment.to_string(),
        "Grand_Total": (sub_total - record_discount + tax + adjustment).to_string(),
        "$line_tax": if total_tax { json!([{"name": "GST", "percentage": 10}]) } else { json!([]) },
    });
    record[module.lines_field().unwrap()] = Value::Array(rows);
    record
}

#[test]
fn xeros_total_meets_the_crms() {
    let (crm_organisation, xero_organisation) = (crm_organisation(), xero_organisation());
    let settings = Settings::default();
    let with_rounding_line: Settings =
        serde_json::from_value(json!({"documents": {"rounding_account": "260"}})).unwrap();
    let references = References {
        party: Some(XeroId::new("aaaaaaaa-0000-4000-8000-000000000001").unwrap()),
        of_company: false,
        party_terms: Asked::NotAsked,
        products: BTreeMap::from([(
            ZohoId::new("70").unwrap(),
            ProductReference::Service { category: Asked::NotAsked },
        )]),
        last_rate: LastRate::NotAsked,
        arrivals: ArrivalReferences::NOTHING,
        waiting: Vec::new(),
    };
    let line = (0..5_000_i64, 0..100_000_i64, discount(), any::<bool>());
    let strategy =
        (prop::collection::vec(line, 1..10), amount(0..300), amount(-300..300), any::<bool>(), any::<bool>());
    let outcome = runner().run(&strategy, |(lines, record_discount, adjustment, total_tax, sales)| {
        let module = if sales { Module::Invoices } else { Module::PurchaseOrders };
        let record = crm_document(module, &lines, record_discount, adjustment, total_tax);
        let crm = CrmSnapshot { record, contacts: Vec::new(), more_contacts: false };
        for settings in [&settings, &with_rounding_line] {
            let (read, problems) = zoho::read(module, &crm, &crm_organisation, settings);
            prop_assert!(problems.is_empty(), "{:?}", problems);
            let inputs = Inputs {
                module,
                crm: &crm,
                xero: None,
                link: None,
                references: &references,
                crm_organisation: &crm_organisation,
                xero_organisation: &xero_organisation,
                settings,
                direction: Direction::Both,
                needed: false,
                permit: Permit::ALL,
                ground: Ground::Ours,
                fingerprint_key: &[7; 32],
                now: "2026-11-20T13:30:00Z".parse().unwrap(),
            };
            let target = xero::target(&inputs, &read);
            let errors: Vec<_> =
                target.problems.iter().filter(|problem| problem.severity != Severity::Warning).collect();
            let total: Decimal = crm.record["Grand_Total"].as_str().unwrap().parse().unwrap();
            if !sales && total < Decimal::ZERO {
                // Xero takes no bill below zero, and that is all there is to say of it.
                prop_assert!(matches!(errors.as_slice(), [one] if one.code == Code::TotalNegative), "{:?}", errors);
                continue;
            }
            prop_assert!(errors.is_empty(), "{:?}", errors);
            let totals = target.totals.clone().unwrap();
            let difference: Decimal = totals.difference.parse().unwrap();
            prop_assert!(difference.abs() <= totals::tolerance(target.line_keys.len()), "{:?}", totals);
            // On invoices with item tax the lines are the CRM's own, so not even a cent is lost.
            if sales && !total_tax || settings.documents.rounding_account.is_some() {
                prop_assert_eq!(difference, Decimal::ZERO);
            }
            let unique: BTreeSet<&String> = target.line_keys.iter().collect();
            prop_assert_eq!(unique.len(), target.line_keys.len());
            let body = xero::body(&inputs, &target.record, &target.line_keys, None);
            prop_assert_eq!(forbidden(&body), None);
            // What is sent reads back as what was wanted.
            let (Record::Document(sent), Record::Document(wanted)) = (xero::read(module, &body), &target.record) else {
                return Err(TestCaseError::fail("not a document"));
            };
            let money = |document: &Document| -> Vec<(Decimal, Decimal, Decimal)> {
                let lines = document.lines.get().map(Vec::as_slice).unwrap_or_default();
                lines.iter().map(|line| (line.quantity, line.unit_price, line.discount_amount())).collect()
            };
            prop_assert_eq!(money(&sent), money(wanted));
        }
        Ok(())
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
}
