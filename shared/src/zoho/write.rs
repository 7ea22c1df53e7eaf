//! What Xero's changes become in the CRM.

use super::document::{lines, product};
use super::fit::{self, Fit, Shelf, Stock};
use super::row::discount;
use super::{CrmSnapshot, text};
use crate::link::{FieldKey, Link};
use crate::module::Module;
use crate::organisation::CrmOrganisation;
use crate::record::{Address, Document, Item, Line, Party, Record, Seen, decimal, number};
use crate::settings::fields::FieldKind;
use crate::settings::{Settings, fields};
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Writes the named fields of a Xero record under the CRM's own names. Lines carry their CRM ids, so that they are
/// changed and never doubled; a line that Xero no longer has is deleted. `status` is taken to be in the CRM's words
/// already. Fields that the CRM has no place for (see [`writable`]) and values that their fields don't take are left out,
/// and texts that are too long are cut.
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
        let Some(field) = crm_name(module, key, crm, organisation, settings) else { continue };
        let Seen::Value(value) = value(from_xero, key, &prefix) else { continue };
        if let Some(value) = fit(module, key, field, organisation, value.unwrap_or(Value::Null)).value() {
            written.insert(field.to_owned(), value);
        }
    }
    match from_xero {
        Record::Party(party) if module == Module::Contacts && keys.contains("name") => {
            // The CRM joins a contact's full name from its parts.
            if let Some(name) = party.name.get() {
                let (first, last) = name.rsplit_once(' ').unwrap_or(("", name));
                let first = if first.is_empty() { Value::Null } else { json!(first) };
                for (name, part) in [("First_Name", first), ("Last_Name", json!(last))] {
                    if fields::takes_values(organisation, module, name)
                        && let Some(part) = fit(module, "name", name, organisation, part).value()
                    {
                        written.entry(name).or_insert(part);
                    }
                }
            }
        }
        Record::Document(document) => {
            let rows = rows(document, keys, (module, crm, organisation), link);
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
    crm_name(module, key, crm, organisation, settings).is_some() || (module == Module::Contacts && key == "name")
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
    crm_name(module, key, crm, organisation, settings).map(str::to_owned).into_iter().collect()
}

/// Xero's value of a field as the CRM holds it: of the record, of the primary contact of an account or vendor, or of a
/// line. None where the field is nothing of the CRM's, or Xero's value is not known.
pub(crate) fn fitted(
    module: Module,
    key: &str,
    from_xero: &Record,
    crm: &CrmSnapshot,
    organisation: &CrmOrganisation,
    settings: &Settings,
    line: &str,
) -> Option<Fit> {
    if let Some((_, part)) = line_key(key) {
        let Record::Document(document) = from_xero else { return None };
        let known = document.lines.get()?.iter().find(|known| known.id.as_deref() == Some(line))?;
        let label = || {
            let rows = lines(module, &crm.record).map(Vec::as_slice).unwrap_or_default();
            let own = line_key(key).map(|(line, _)| line);
            let at = rows.iter().position(|row| text(row, "id").as_deref() == own);
            at.map_or_else(|| "Line".to_owned(), |at| format!("Line {}", at + 1))
        };
        let held = |field: &str, what: &str, amount: Decimal| {
            Some(fit::line_number(organisation, module, (field, format!("{} {what}", label())), amount))
        };
        return match part {
            "description" => known.description.as_ref().map(|text| fit::line_text(&label(), text)),
            "quantity" => held("Quantity", part, known.quantity),
            "unit_price" => held("List_Price", "unit price", known.unit_price),
            _ => None,
        };
    }
    let of_contact = super::of_person(module, key).filter(|_| !crm.contacts.is_empty());
    let Seen::Value(value) = value(from_xero, key, "") else { return None };
    let value = value.unwrap_or(Value::Null);
    match crm_name(module, key, crm, organisation, settings) {
        Some(name) => Some(fit(module, key, name, organisation, value)),
        None if module == Module::Contacts && key == "name" => {
            // The CRM joins a contact's full name from its parts.
            let name = value.as_str().unwrap_or_default();
            let (first, last) = name.rsplit_once(' ').unwrap_or(("", name));
            let last = fit(module, key, "Last_Name", organisation, json!(last));
            match last {
                Fit::Whole(_) => Some(fit(module, key, "First_Name", organisation, json!(first))),
                other => Some(other),
            }
        }
        None => of_contact.map(|(key, name)| fit(Module::Contacts, key, name, organisation, value)),
    }
}

/// The value as the CRM's field holds it.
pub(super) fn fit(module: Module, key: &str, field: &str, organisation: &CrmOrganisation, value: Value) -> Fit {
    let kind = match (fields::find(module, key), key) {
        (Some(mapped), _) => mapped.kind,
        (None, "mobile" | "direct") => FieldKind::Phone,
        _ => FieldKind::Text,
    };
    Shelf::of(organisation, module).fit(field, kind, Stock::of(kind, key), value)
}

/// The CRM field of a canonical one, where it can be written.
pub(crate) fn crm_name<'a>(
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
fn rows(
    document: &Document,
    keys: &BTreeSet<FieldKey>,
    (module, crm, organisation): (Module, &CrmSnapshot, &CrmOrganisation),
    link: &Link,
) -> Vec<Value> {
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
            Some(line) => rows.extend(changed_row((module, organisation), row, &id, line, parts)),
            None if document.lines.is_seen() => rows.push(json!({"id": id, "_delete": null})),
            None => {}
        }
    }
    rows
}

/// A row's own text.
fn text_of_row(row: &Value) -> Option<String> {
    ["Description", "product_description"].iter().find_map(|name| text(row, name))
}

fn changed_row(
    (module, organisation): (Module, &CrmOrganisation),
    row: &Value,
    id: &str,
    line: &Line,
    parts: &BTreeSet<&str>,
) -> Option<Value> {
    let held = |field: &str, amount: Decimal| {
        let fit = fit::line_number(organisation, module, (field, String::new()), amount);
        fit.value().unwrap_or_else(|| number(amount))
    };
    let mut fields = Map::new();
    let mut set = |name: &str, value: Value| {
        fields.insert(name.to_owned(), value);
    };
    let money = ["quantity", "unit_price", "discount"];
    let all = is_folded(module, row) && money.iter().any(|part| parts.contains(part));
    if parts.contains("description") {
        // The product's name went as the text where the line has none; it is not brought back as one.
        let product_name = product(row).and_then(|(_, name)| name);
        if line.description.is_some() && line.description == product_name {
            if text_of_row(row).is_some() {
                set("Description", Value::Null);
            }
        } else {
            let text = line.description.as_ref().map_or(Some(Value::Null), |text| fit::line_text("Line", text).value());
            text.into_iter().for_each(|text| set("Description", text));
        }
    }
    if all || parts.contains("quantity") {
        set("Quantity", held("Quantity", line.quantity));
    }
    if all || parts.contains("unit_price") {
        set("List_Price", held("List_Price", line.unit_price));
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
