//! Xero's elements as canonical records.
//!
//! Xero leaves out what is empty, so an absent field of a single record is empty, not unseen.

use super::dates::day;
use crate::module::{Kind, Module};
use crate::record::{
    Address, Discount, Document, Item, Line, LineAmountTypes, Party, Person, Record, Seen, Side, boolean, decimal, tidy,
};
use crate::totals::discounted;
use serde_json::Value;

/// Reads a contact, item, invoice or bill as a single GET with `unitdp=4` gives it.
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

/// The slot of a type in `Phones` or `Addresses`.
pub(super) fn slot<'a>(element: &'a Value, list: &str, kind: &str, name: &str) -> Option<&'a Value> {
    array(element, list).iter().find(|slot| slot.get(kind).and_then(Value::as_str) == Some(name))
}

fn party(element: &Value) -> Party {
    Party {
        name: seen(element, "Name"),
        account_number: seen(element, "AccountNumber"),
        person: person(element),
        people: Seen::some(array(element, "ContactPersons").iter().map(person).collect()),
        phone: phone(element, "DEFAULT"),
        fax: phone(element, "FAX"),
        mobile: phone(element, "MOBILE"),
        direct: phone(element, "DDI"),
        billing: address(element, "POBOX"),
        shipping: address(element, "STREET"),
        tax_number: seen(element, "TaxNumber"),
        currency: seen(element, "DefaultCurrency"),
        website: seen(element, "Website"),
    }
}

pub(super) fn person(element: &Value) -> Person {
    Person {
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
        number: seen(element, "InvoiceNumber"),
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
    let mut line = Line {
        id: text(row, "LineItemID"),
        code: text(row, "ItemCode"),
        description: text(row, "Description"),
        quantity: row.get("Quantity").and_then(decimal).unwrap_or_default(),
        unit_price: row.get("UnitAmount").and_then(decimal).unwrap_or_default(),
        // Without tax the type says NONE, which means the same as nothing.
        tax_type: text(row, "TaxType").filter(|_| types != Some(LineAmountTypes::NoTax)),
        account_code: text(row, "AccountCode"),
        total: row.get("LineAmount").and_then(decimal),
        ..Line::default()
    };
    line.discount = discount(row, &line);
    line
}

/// The rate, which is rounded to 2 decimals when it is read back, unless it means another amount than the exact one
/// beside it.
fn discount(row: &Value, line: &Line) -> Option<Discount> {
    let nonzero = |field: &str| row.get(field).and_then(decimal).filter(|number| !number.is_zero());
    let rate = nonzero("DiscountRate").map(Discount::Percent);
    let amount = nonzero("DiscountAmount").map(Discount::Amount);
    match (rate, amount) {
        (Some(_), Some(_)) if discounted(line.gross(), rate) == discounted(line.gross(), amount) => rate,
        (rate, amount) => amount.or(rate),
    }
}
