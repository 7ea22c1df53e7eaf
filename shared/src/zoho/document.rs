//! Invoices and purchase orders.

use super::{pointed, taxes, text};
use crate::id::ZohoId;
use crate::module::Module;
use crate::organisation::CrmOrganisation;
use crate::problem::{self, Problem};
use crate::record::{
    Discount, Document, Line, Seen, TaxMode, decimal, identifier, lookup, seen_decimal, seen_identifier, seen_text,
    tidy,
};
use rust_decimal::Decimal;
use serde_json::Value;

/// Names under which lines are found: the module's own first, then those of older API versions.
const OLDER_LINES: [&str; 2] = ["Product_Details", "Purchased_Items"];

/// A field of a line, under each of its names: the present one first, then those of older API versions.
type LineField = &'static [&'static str];

const PRODUCT: LineField = &["Product_Name", "product"];
const DESCRIPTION: LineField = &["Description", "product_description"];
const QUANTITY: LineField = &["Quantity", "quantity"];
const LIST_PRICE: LineField = &["List_Price", "list_price", "List_price"];
const DISCOUNT: LineField = &["Discount"];
const TAX: LineField = &["Line_Tax", "line_tax"];
const TOTAL: LineField = &["Total_After_Discount", "total_after_discount"];

/// All that is read of a line. Nothing is read of one but through this table, and what is hidden of one is told by it.
pub(super) const OF_A_LINE: [LineField; 7] = [PRODUCT, DESCRIPTION, QUANTITY, LIST_PRICE, DISCOUNT, TAX, TOTAL];

/// Fields of lines that not each CRM may have: what nobody of ours is shown is not there.
pub(super) const NOT_IN_EACH_CRM: [LineField; 2] = [DESCRIPTION, TOTAL];

/// An invoice or purchase order without the fields that can be mapped.
pub(super) fn read(
    module: Module,
    record: &Value,
    organisation: &CrmOrganisation,
    problems: &mut Vec<Problem>,
) -> Document {
    let sales = module == Module::Invoices;
    let mut document = Document {
        number: seen_identifier(record, if sales { "Invoice_Number" } else { "PO_Number" }),
        party: party_seen(module, record),
        status: seen_text(record, "Status"),
        currency: match seen_text(record, "Currency") {
            Seen::Value(Some(code)) => Seen::some(code.to_ascii_uppercase()),
            _ if organisation.multi_currency => Seen::Unseen,
            _ => Seen::some(organisation.currency.clone()),
        },
        total: seen_decimal(record, "Grand_Total"),
        adjustment: record.get("Adjustment").and_then(decimal).unwrap_or_default(),
        total_taxes: taxes(record.get(super::sight::TOTAL_TAX), &organisation.taxes),
        ..Document::default()
    };
    document.discount = match discount(record.get("Discount"), problems) {
        Some(Discount::Amount(amount)) => amount,
        Some(Discount::Percent(rate)) => {
            let sub_total = record.get("Sub_Total").and_then(decimal).unwrap_or_default();
            crate::totals::cents(sub_total.saturating_mul(rate / Decimal::ONE_HUNDRED))
        }
        None => Decimal::ZERO,
    };
    document.lines = match lines_value(module, record) {
        None => Seen::Unseen,
        Some(Value::Array(rows)) => Seen::some(rows.iter().map(|row| line(row, organisation, problems)).collect()),
        Some(_) => Seen::Value(None),
    };
    tax_mode(&mut document, problems);
    document
}

/// Item tax or total tax. Of a mode whose percentages are all zero nothing is taken where the other one charges tax.
fn tax_mode(document: &mut Document, problems: &mut Vec<Problem>) {
    let lines = document.lines.get().map(Vec::as_slice).unwrap_or_default();
    let on_lines = lines.iter().any(|line| !line.taxes.is_empty());
    let charged_on_lines = lines.iter().flat_map(|line| &line.taxes).any(|tax| !tax.percentage.is_zero());
    let charged_on_total = document.total_taxes.iter().any(|tax| !tax.percentage.is_zero());
    document.tax_mode = match (charged_on_lines, charged_on_total) {
        (true, true) => {
            let number = document.number.get().cloned().unwrap_or_default();
            problems.push(problem::tax_both_modes(number));
            TaxMode::Item
        }
        (true, false) => TaxMode::Item,
        (false, true) => TaxMode::Total,
        (false, false) if on_lines => TaxMode::Item,
        (false, false) if !document.total_taxes.is_empty() => TaxMode::Total,
        (false, false) => TaxMode::None,
    };
    if document.tax_mode != TaxMode::Total {
        document.total_taxes.clear();
    }
}

fn line(row: &Value, organisation: &CrmOrganisation, problems: &mut Vec<Problem>) -> Line {
    let product = product(row);
    let first = |names: LineField| names.iter().find_map(|name| row.get(*name).filter(|value| !value.is_null()));
    Line {
        id: text(row, "id"),
        code: first(PRODUCT).and_then(|value| value.get("Product_Code")).and_then(identifier),
        product_name: product.as_ref().and_then(|(_, name)| name.clone()),
        product: product.and_then(|(id, _)| ZohoId::new(id).ok()),
        description: first(DESCRIPTION).and_then(tidy),
        quantity: first(QUANTITY).and_then(decimal).unwrap_or_default(),
        unit_price: first(LIST_PRICE).and_then(decimal).unwrap_or_default(),
        discount: discount(first(DISCOUNT), problems),
        taxes: taxes(first(TAX), &organisation.taxes),
        tax_type: None,
        account_code: None,
        total: first(TOTAL).and_then(decimal),
    }
}

/// A discount is money (number or text) or a percentage as text: `"5%"`. Zero is none.
fn discount(value: Option<&Value>, problems: &mut Vec<Problem>) -> Option<Discount> {
    let written = tidy(value?)?;
    let percent = written.strip_suffix('%').map(str::trim_end);
    let number = decimal(&Value::String(percent.unwrap_or(&written).to_owned()));
    let Some(number) = number else {
        problems.push(problem::discount_invalid(written.clone(), None));
        return None;
    };
    match percent {
        _ if number.is_zero() => None,
        Some(_) => Some(Discount::Percent(number)),
        None => Some(Discount::Amount(number)),
    }
}

/// Whom the document is for: its module, id and name.
pub(super) fn party(module: Module, record: &Value) -> Option<(Module, String, Option<String>)> {
    let candidates: &[(&str, Module)] = match module {
        Module::Invoices => &[("Account_Name", Module::Accounts), ("Contact_Name", Module::Contacts)],
        Module::PurchaseOrders => &[("Vendor_Name", Module::Vendors)],
        _ => &[],
    };
    candidates.iter().find_map(|(field, module)| pointed(record, field).map(|(id, name)| (*module, id, name)))
}

fn party_seen(module: Module, record: &Value) -> Seen<String> {
    match party(module, record) {
        Some((_, id, _)) => Seen::some(id),
        None => {
            let field = if module == Module::Invoices { "Account_Name" } else { "Vendor_Name" };
            record.get(field).map_or(Seen::Unseen, |_| Seen::Value(None))
        }
    }
}

/// The rows of a document's lines, when there are any.
pub(super) fn lines(module: Module, record: &Value) -> Option<&Vec<Value>> {
    lines_value(module, record).and_then(Value::as_array)
}

fn lines_value(module: Module, record: &Value) -> Option<&Value> {
    let own = module.lines_field()?;
    std::iter::once(own).chain(OLDER_LINES).find_map(|field| record.get(field))
}

/// The id and name of a line's product.
pub(super) fn product(row: &Value) -> Option<(String, Option<String>)> {
    PRODUCT.iter().find_map(|field| row.get(*field).and_then(lookup))
}
