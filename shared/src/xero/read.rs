//! Xero's elements as canonical records.
//!
//! Xero leaves out what is empty, so an absent field of a single record is empty, not unseen.

use super::dates::day;
use crate::module::{Kind, Module};
use crate::record::{
    Address, Discount, Document, Item, Line, LineAmountTypes, Party, Person, Record, Seen, Side, boolean, decimal,
    identifier, tidy,
};
use crate::totals::{cents, discounted};
use rust_decimal::Decimal;
use serde_json::Value;

/// Reads a contact, item, invoice or bill as a single GET or a page of a list gives it, with `unitdp=4`. Both shapes of
/// a record read the same.
#[must_use]
pub fn read(module: Module, element: &Value) -> Record {
    match module.kind() {
        Kind::Party => Record::Party(Box::new(party(element))),
        Kind::Item => Record::Item(Box::new(item(element))),
        Kind::Document => Record::Document(Box::new(document(element))),
    }
}

pub(super) fn array<'a>(element: &'a Value, field: &str) -> &'a [Value] {
    element.get(field).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

pub(super) fn text(element: &Value, field: &str) -> Option<String> {
    element.get(field).and_then(tidy)
}

fn seen(element: &Value, field: &str) -> Seen<String> {
    Seen::Value(text(element, field))
}

/// A number by which people know the record. A zero is what somebody sent who took the CRM's empty number for one.
fn seen_identifier(element: &Value, field: &str) -> Seen<String> {
    Seen::Value(element.get(field).and_then(identifier))
}

/// The slot of a type in `Phones` or `Addresses`.
pub(super) fn slot<'a>(element: &'a Value, list: &str, kind: &str, name: &str) -> Option<&'a Value> {
    array(element, list).iter().find(|slot| slot.get(kind).and_then(Value::as_str) == Some(name))
}

fn party(element: &Value) -> Party {
    Party {
        name: seen(element, "Name"),
        account_number: seen_identifier(element, "AccountNumber"),
        person: person(element),
        people: Seen::some(array(element, "ContactPersons").iter().map(person).collect()),
        phone: phone(element, "DEFAULT"),
        fax: phone(element, "FAX"),
        mobile: phone(element, "MOBILE"),
        direct: phone(element, "DDI"),
        billing: address(element, "POBOX"),
        shipping: address(element, "STREET"),
        tax_number: seen_identifier(element, "TaxNumber"),
        currency: seen(element, "DefaultCurrency"),
        website: seen(element, "Website"),
    }
}

pub(super) fn person(element: &Value) -> Person {
    Person {
        crm_id: None,
        first_name: seen(element, "FirstName"),
        last_name: seen(element, "LastName"),
        email: seen(element, "EmailAddress"),
    }
}

fn phone(element: &Value, kind: &str) -> Seen<String> {
    let Some(slot) = slot(element, "Phones", "PhoneType", kind) else { return Seen::Value(None) };
    let country = text(slot, "PhoneCountryCode")
        .map(|code| if code.bytes().all(|byte| byte.is_ascii_digit()) { format!("+{code}") } else { code });
    let parts: Vec<String> =
        [country, text(slot, "PhoneAreaCode"), text(slot, "PhoneNumber")].into_iter().flatten().collect();
    Seen::Value((!parts.is_empty()).then(|| parts.join(" ")))
}

fn address(element: &Value, kind: &str) -> Address {
    let empty = Value::Null;
    let slot = slot(element, "Addresses", "AddressType", kind).unwrap_or(&empty);
    let lines: Vec<String> = (1..=4).filter_map(|line| text(slot, &format!("AddressLine{line}"))).collect();
    Address {
        street: Seen::Value((!lines.is_empty()).then(|| lines.join("\n"))),
        city: seen(slot, "City"),
        state: seen(slot, "Region"),
        postal_code: seen(slot, "PostalCode"),
        country: seen(slot, "Country"),
    }
}

fn item(element: &Value) -> Item {
    let tracked = element.get("IsTrackedAsInventory").and_then(boolean).unwrap_or_default();
    let mut purchase = side(element, "PurchaseDetails");
    purchase.description = seen(element, "PurchaseDescription");
    Item {
        code: seen(element, "Code"),
        name: seen(element, "Name"),
        description: seen(element, "Description"),
        sales: side(element, "SalesDetails"),
        purchase,
        category: Seen::Unseen,
        active: Seen::Unseen,
        taxable: Seen::Unseen,
        taxes: Vec::new(),
        tracked,
    }
}

fn side(element: &Value, field: &str) -> Side {
    let empty = Value::Null;
    let details = element.get(field).unwrap_or(&empty);
    Side {
        unit_price: Seen::Value(details.get("UnitPrice").and_then(decimal)),
        description: Seen::Unseen,
        account_code: seen(details, "AccountCode"),
        tax_type: seen(details, "TaxType"),
    }
}

fn document(element: &Value) -> Document {
    let types = match element.get("LineAmountTypes").and_then(Value::as_str) {
        Some("Exclusive") => Some(LineAmountTypes::Exclusive),
        Some("Inclusive") => Some(LineAmountTypes::Inclusive),
        Some("NoTax") => Some(LineAmountTypes::NoTax),
        _ => None,
    };
    let lines = array(element, "LineItems").iter().map(|row| line(row, types)).collect();
    Document {
        number: seen_identifier(element, "InvoiceNumber"),
        party: Seen::Value(element.get("Contact").and_then(|contact| text(contact, "ContactID"))),
        reference: seen(element, "Reference"),
        date: Seen::Value(day(element, "Date")),
        due_date: Seen::Value(day(element, "DueDate")),
        status: seen(element, "Status"),
        currency: seen(element, "CurrencyCode"),
        line_amount_types: Seen::Value(types),
        branding: seen(element, "BrandingThemeID"),
        lines: if element.get("LineItems").is_some() { Seen::some(lines) } else { Seen::Unseen },
        total: Seen::Value(element.get("Total").and_then(decimal)),
        ..Document::default()
    }
}

pub(super) fn line(row: &Value, types: Option<LineAmountTypes>) -> Line {
    let figure = |field: &str| row.get(field).and_then(decimal);
    let (quantity, unit_price) = match (figure("Quantity"), figure("UnitAmount")) {
        // A text alone: one of something that costs nothing.
        (None, None) => (Decimal::ONE, Decimal::ZERO),
        // The CRM takes no negative quantities, so the sign is the price's.
        (Some(quantity), price) if quantity < Decimal::ZERO => (-quantity, -price.unwrap_or_default()),
        (quantity, price) => (quantity.unwrap_or_default(), price.unwrap_or_default()),
    };
    let mut line = Line {
        id: text(row, "LineItemID"),
        code: text(row, "ItemCode"),
        description: text(row, "Description"),
        quantity,
        unit_price,
        // Without tax the type says NONE, which means the same as nothing.
        tax_type: text(row, "TaxType").filter(|_| types != Some(LineAmountTypes::NoTax)),
        account_code: text(row, "AccountCode"),
        total: figure("LineAmount"),
        ..Line::default()
    };
    line.discount = discount(row, &line);
    line
}

/// The rate where it gives the line's own amount, else the money that was taken off: rates are read back with 2
/// decimals, and lists give the rate alone.
fn discount(row: &Value, line: &Line) -> Option<Discount> {
    let nonzero = |field: &str| row.get(field).and_then(decimal).filter(|number| !number.is_zero());
    let rate = nonzero("DiscountRate").map(Discount::Percent);
    let amount = nonzero("DiscountAmount").map(Discount::Amount);
    let gross = line.gross();
    match (rate, amount, line.total) {
        (Some(_), _, Some(total)) if discounted(gross, rate) == total => rate,
        (Some(_), _, Some(total)) => {
            let off = cents(gross).saturating_sub(total).normalize();
            (!off.is_zero()).then_some(Discount::Amount(off))
        }
        (Some(_), Some(_), None) if discounted(gross, rate) == discounted(gross, amount) => rate,
        _ => amount.or(rate),
    }
}
