//! What Xero's changes become in the CRM.

use super::document::{lines, product};
use super::row::discount;
use super::{CrmSnapshot, mapped, text};
use crate::link::{FieldKey, Link};
use crate::module::Module;
use crate::organisation::CrmOrganisation;
use crate::problem::Problem;
use crate::record::{Address, Document, Item, Line, Party, Record, Seen, decimal, number};
use crate::settings::{Settings, fields};
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Writes the named fields of a Xero record under the CRM's own names. Lines carry their CRM ids, so that they are
/// changed and never doubled; a line that Xero no longer has is deleted. `status` is taken to be in the CRM's words
/// already. Fields that the CRM has no place for (see [`writable`]) and values that their fields don't take (see
/// [`unfit`]) are left out.
#[must_use]
pub fn write(
    module: Module,
    from_xero: &Record,
    keys: &BTreeSet<FieldKey>,
    crm: &CrmSnapshot,
    organisation: &CrmOrganisation,
    settings: &Settings,
    link: &Link,
) -> Map<String, Value> {
    // The number went to Xero behind the prefix of the settings; the link's natural key still shows which.
    let prefix = text(&crm.record, "PO_Number")
        .and_then(|number| link.natural_key.strip_suffix(number.as_str()).map(str::to_owned))
        .unwrap_or_default();
    let mut written = Map::new();
    for key in keys {
        let Some(field) = field(module, key, crm, organisation, settings) else { continue };
        let Seen::Value(value) = value(from_xero, key, &prefix) else { continue };
        if let Ok(value) = fit(module, key, field, organisation, value.unwrap_or(Value::Null)) {
            written.insert(field.to_owned(), value);
        }
    }
    match from_xero {
        Record::Party(party) if module == Module::Contacts && keys.contains("name") => {
            // The CRM joins a contact's full name from its parts.
            if let Some(name) = party.name.get() {
                let (first, last) = name.rsplit_once(' ').unwrap_or(("", name));
                let first = if first.is_empty() { Value::Null } else { json!(first) };
                for (field, part) in [("First_Name", first), ("Last_Name", json!(last))] {
                    if fields::takes_values(organisation, module, field) {
                        written.entry(field).or_insert(part);
                    }
                }
            }
        }
        Record::Document(document) => {
            let rows = rows(module, document, keys, crm, link);
            if let (Some(field), false) = (module.lines_field(), rows.is_empty()) {
                written.insert(field.to_owned(), Value::Array(rows));
            }
        }
        _ => {}
    }
    written
}

/// Whether [`write`] can bring this field back to the CRM. What it can't goes to Xero only: an account's person lives
/// on another CRM record (see [`super::person_write`]), accounts and tax types have no CRM field, an invoice's number is
/// the CRM's own, and so is whatever the CRM computes.
#[must_use]
pub fn writable(
    module: Module,
    key: &str,
    crm: &CrmSnapshot,
    organisation: &CrmOrganisation,
    settings: &Settings,
) -> bool {
    if let Some((line, part)) = line_key(key) {
        let known = lines(module, &crm.record)
            .is_some_and(|rows| rows.iter().any(|row| text(row, "id").as_deref() == Some(line)));
        return known && matches!(part, "description" | "quantity" | "unit_price" | "discount");
    }
    field(module, key, crm, organisation, settings).is_some() || (module == Module::Contacts && key == "name")
}

/// The fields into which the value of a key comes in the CRM: their API names, those of lines with `lines.` in front. Empty for
/// what [`write`] has no place for.
#[must_use]
pub fn places(
    module: Module,
    key: &str,
    crm: &CrmSnapshot,
    organisation: &CrmOrganisation,
    settings: &Settings,
) -> Vec<String> {
    if let (Some((line, part)), Some(own)) = (line_key(key), module.lines_field()) {
        let parts: &[&str] = match part {
            "description" => &["Description"],
            "quantity" | "unit_price" | "discount" => {
                let rows = lines(module, &crm.record).map(Vec::as_slice).unwrap_or_default();
                let row = rows.iter().find(|row| text(row, "id").as_deref() == Some(line));
                match (row.is_some_and(|row| is_folded(module, row)), part) {
                    (true, _) => &["Quantity", "List_Price", "Discount"],
                    (false, "quantity") => &["Quantity"],
                    (false, "unit_price") => &["List_Price"],
                    (false, _) => &["Discount"],
                }
            }
            _ => return Vec::new(),
        };
        return std::iter::once(own.to_owned()).chain(parts.iter().map(|part| format!("lines.{part}"))).collect();
    }
    if module == Module::Contacts && key == "name" {
        return vec!["First_Name".to_owned(), "Last_Name".to_owned()];
    }
    field(module, key, crm, organisation, settings).map(str::to_owned).into_iter().collect()
}

/// Why Xero's value of a field can't go into the CRM's, where it can't: a picklist does not have it, or it is no whole
/// number.
#[must_use]
pub fn unfit(
    module: Module,
    key: &str,
    from_xero: &Record,
    organisation: &CrmOrganisation,
    settings: &Settings,
) -> Option<Problem> {
    let name = fields::source(settings, module, key)?;
    let Seen::Value(Some(value)) = value(from_xero, key, "") else { return None };
    let takes = fit(module, key, name, organisation, value.clone()).err()?;
    Some(mapped::left_out(fields::crm_field(organisation, module, name), name, &value, takes))
}

/// The value as the CRM's field takes it, or what that takes instead.
fn fit(
    module: Module,
    key: &str,
    field: &str,
    organisation: &CrmOrganisation,
    value: Value,
) -> Result<Value, &'static str> {
    match fields::find(module, key) {
        Some(mapped) => {
            let known = fields::crm_field(organisation, module, field);
            mapped::fitted(mapped.kind, known, &organisation.time_zone, value)
        }
        None => Ok(value),
    }
}

/// The CRM field of a canonical one, where it can be written.
fn field<'a>(
    module: Module,
    key: &str,
    crm: &CrmSnapshot,
    organisation: &CrmOrganisation,
    settings: &'a Settings,
) -> Option<&'a str> {
    if let Some(name) = fields::source(settings, module, key) {
        return fields::takes_values(organisation, module, name).then_some(name);
    }
    // A vendor with contacts has the address of one of them.
    let of_contact = module == Module::Vendors && key == "person.email" && !crm.contacts.is_empty();
    let fixed = fields::fixed(module).iter().find(|(known, _)| *known == key && !of_contact);
    fixed.map(|(_, name)| *name).filter(|name| fields::takes_values(organisation, module, name))
}

/// A record's field as the CRM writes it. `prefix` stands before the CRM's number in Xero.
pub(super) fn value(record: &Record, key: &str, prefix: &str) -> Seen<Value> {
    match record {
        Record::Party(party) => party_value(party, key),
        Record::Item(item) => item_value(item, key),
        Record::Document(document) => document_value(document, key, prefix),
    }
}

fn party_value(party: &Party, key: &str) -> Seen<Value> {
    match key {
        "name" => seen(&party.name),
        "account_number" => seen(&party.account_number),
        "phone" => seen(&party.phone),
        "fax" => seen(&party.fax),
        "mobile" => seen(&party.mobile),
        "website" => seen(&party.website),
        "tax_number" => seen(&party.tax_number),
        "person.first_name" => seen(&party.person.first_name),
        "person.last_name" => seen(&party.person.last_name),
        "person.email" => seen(&party.person.email),
        _ => match key.split_once('.') {
            Some(("billing", part)) => address_value(&party.billing, part),
            Some(("shipping", part)) => address_value(&party.shipping, part),
            _ => Seen::Unseen,
        },
    }
}

fn address_value(address: &Address, part: &str) -> Seen<Value> {
    match part {
        "street" => seen(&address.street),
        "city" => seen(&address.city),
        "state" => seen(&address.state),
        "postal_code" => seen(&address.postal_code),
        "country" => seen(&address.country),
        _ => Seen::Unseen,
    }
}

fn item_value(item: &Item, key: &str) -> Seen<Value> {
    match key {
        "code" => seen(&item.code),
        "name" => seen(&item.name),
        "description" => seen(&item.description),
        "sales.unit_price" => price(&item.sales.unit_price),
        "purchase.unit_price" => price(&item.purchase.unit_price),
        "purchase.description" => seen(&item.purchase.description),
        _ => Seen::Unseen,
    }
}

fn price(value: &Seen<Decimal>) -> Seen<Value> {
    match value {
        Seen::Value(price) => Seen::Value(price.map(number)),
        Seen::Unseen => Seen::Unseen,
    }
}

fn document_value(document: &Document, key: &str, prefix: &str) -> Seen<Value> {
    match key {
        "number" => match document.number.get() {
            Some(number) => Seen::some(json!(number.strip_prefix(prefix).unwrap_or(number))),
            None => seen(&document.number),
        },
        "reference" => seen(&document.reference),
        "status" => seen(&document.status),
        "date" => day(&document.date),
        "due_date" => day(&document.due_date),
        _ => Seen::Unseen,
    }
}

fn seen(value: &Seen<String>) -> Seen<Value> {
    match value {
        Seen::Value(value) => Seen::Value(value.as_ref().map(|text| json!(text))),
        Seen::Unseen => Seen::Unseen,
    }
}

fn day(value: &Seen<chrono::NaiveDate>) -> Seen<Value> {
    match value {
        Seen::Value(value) => Seen::Value(value.map(|day| json!(day.format("%Y-%m-%d").to_string()))),
        Seen::Unseen => Seen::Unseen,
    }
}

/// Splits `lines.<line key>.<part>`; a line key may contain dots of its own.
fn line_key(key: &str) -> Option<(&str, &str)> {
    key.strip_prefix("lines.")?.rsplit_once('.')
}

/// The rows of the lines that have a field among the keys.
fn rows(module: Module, document: &Document, keys: &BTreeSet<FieldKey>, crm: &CrmSnapshot, link: &Link) -> Vec<Value> {
    let mut wanted: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (line, part) in keys.iter().filter_map(|key| line_key(key)) {
        wanted.entry(line).or_default().insert(part);
    }
    let xero_lines = document.lines.get().map(Vec::as_slice).unwrap_or_default();
    let mut rows = Vec::new();
    for row in lines(module, &crm.record).map(Vec::as_slice).unwrap_or_default() {
        let Some(id) = text(row, "id") else { continue };
        let Some(parts) = wanted.get(id.as_str()) else { continue };
        let Some(xero_id) = link.lines.get(&id) else { continue };
        match xero_lines.iter().find(|line| line.id.as_ref() == Some(xero_id)) {
            Some(line) => rows.extend(changed_row(module, row, &id, line, parts)),
            None if document.lines.is_seen() => rows.push(json!({"id": id, "_delete": null})),
            None => {}
        }
    }
    rows
}

fn changed_row(module: Module, row: &Value, id: &str, line: &Line, parts: &BTreeSet<&str>) -> Option<Value> {
    let mut fields = Map::new();
    let mut set = |name: &str, value: Value| {
        fields.insert(name.to_owned(), value);
    };
    let money = ["quantity", "unit_price", "discount"];
    let all = is_folded(module, row) && money.iter().any(|part| parts.contains(part));
    if parts.contains("description") {
        // The product's name went as the text where the line has none; it is not brought back as one.
        let product_name = product(row).and_then(|(_, name)| name);
        if line.description != product_name {
            set("Description", line.description.as_ref().map_or(Value::Null, |text| json!(text)));
        }
    }
    if all || parts.contains("quantity") {
        set("Quantity", number(line.quantity));
    }
    if all || parts.contains("unit_price") {
        set("List_Price", number(line.unit_price));
    }
    if all || parts.contains("discount") {
        set("Discount", discount(line.discount));
    }
    if fields.is_empty() {
        return None;
    }
    fields.insert("id".to_owned(), json!(id));
    Some(Value::Object(fields))
}

/// Whether a line's quantity, price and discount went to Xero folded into other numbers, and so come back together.
fn is_folded(module: Module, row: &Value) -> bool {
    let has_discount = row.get("Discount").and_then(super::tidy).is_some_and(|text| {
        decimal(&Value::String(text.trim_end_matches('%').to_owned())).is_none_or(|number| !number.is_zero())
    });
    let fine = |name: &str| row.get(name).and_then(decimal).is_some_and(|number| number.scale() > 4);
    (module == Module::PurchaseOrders && has_discount) || fine("Quantity") || fine("List_Price")
}
