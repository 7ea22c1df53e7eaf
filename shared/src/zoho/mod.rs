//! The CRM's side: its wire shapes, read into canonical records, and what is written back.
//!
//! Everything is read leniently: a key that is absent was not shown to the user, `null` is empty, numbers may be texts,
//! and the older lower-case names of line fields are understood too.

mod arrive;
mod back;
mod document;
mod fit;
mod item;
mod mapped;
mod party;
mod person;
mod row;
pub mod sight;
mod snapshot;
mod write;

pub(crate) use arrive::{TAX_ADJUSTMENT, arrival, total_problem};
pub use back::{CustomField, custom_fields, xero_fields};
pub(crate) use fit::{Fit, MOST_LINES};
pub(crate) use person::of_person;
pub use person::{new_person, person_writable, person_write};
pub(crate) use row::row;
pub use snapshot::{CrmSnapshot, Dependency};
pub(crate) use write::{crm_name, fitted};
pub use write::{places, writable, write};

use crate::id::ZohoId;
use crate::module::{Kind, Module};
use crate::organisation::{CrmOrganisation, CrmTax};
use crate::problem::{self, Problem};
use crate::record::{LineTax, Record, decimal, identifier, lookup, tidy};
use crate::settings::Settings;
use chrono::{DateTime, Utc};
use serde_json::Value;

/// Reads a CRM record into its canonical form, with what is wrong or doubtful about it.
pub fn read(
    module: Module,
    crm: &CrmSnapshot,
    organisation: &CrmOrganisation,
    settings: &Settings,
) -> (Record, Vec<Problem>) {
    let mut problems = Vec::new();
    let mut record = match module.kind() {
        Kind::Party => Record::Party(Box::new(party::read(module, crm, organisation, settings, &mut problems))),
        Kind::Item => Record::Item(Box::new(item::read(&crm.record, organisation))),
        Kind::Document => {
            let mut document = document::read(module, &crm.record, organisation, &mut problems);
            for mapping in &settings.documents.tracking {
                let value = mapped::tracking(module, &crm.record, organisation, mapping);
                document.tracking.insert(mapping.category.to_lowercase(), value);
            }
            Record::Document(Box::new(document))
        }
    };
    mapped::read(module, &crm.record, organisation, settings, &mut record, &mut problems);
    let place = record_id(&crm.record).map(|id| {
        let label = format!("Open \"{}\" in the CRM", name(module, &crm.record));
        problem::place_crm(organisation, module, id.as_str(), label)
    });
    let problems = problems
        .into_iter()
        .map(|problem| match &place {
            Some(place) if problem.place.is_none() => problem.at(place.clone()),
            _ => problem,
        })
        .collect();
    (record, problems)
}

/// The CRM's fields that name a record, the best first.
#[must_use]
pub fn name_fields(module: Module) -> &'static [&'static str] {
    match module {
        Module::Accounts => &["Account_Name"],
        Module::Contacts => &["Full_Name"],
        Module::Vendors => &["Vendor_Name"],
        Module::Products => &["Product_Name", "Product_Code"],
        Module::Invoices => &["Invoice_Number", "Subject"],
        Module::PurchaseOrders => &["PO_Number", "Subject"],
    }
}

/// What people call the record: its name or number, else its subject, else its id.
#[must_use]
pub fn name(module: Module, record: &Value) -> String {
    name_fields(module)
        .iter()
        .find_map(|field| match field.ends_with("_Number") || field.ends_with("_Code") {
            true => record.get(*field).and_then(identifier),
            false => text(record, field),
        })
        .or_else(|| (module == Module::Contacts).then(|| full_name(record)).flatten())
        .or_else(|| text(record, "id"))
        .unwrap_or_else(|| module.singular().to_owned())
}

/// When a CRM record was last changed: `Modified_Time`.
#[must_use]
pub fn modified(record: &Value) -> Option<DateTime<Utc>> {
    let at = record.get("Modified_Time").and_then(Value::as_str)?;
    DateTime::parse_from_rfc3339(at).ok().map(|at| at.to_utc())
}

/// The records that must be in Xero before this one: a document's party first, then each product of its lines once.
/// An invoice without an account is for its contact.
#[must_use]
pub fn dependencies(module: Module, record: &Value) -> Vec<Dependency> {
    let mut found: Vec<Dependency> = document::party(module, record)
        .and_then(|(module, id, name)| {
            Some(Dependency { module, crm_id: ZohoId::new(id.clone()).ok()?, name: name.unwrap_or(id) })
        })
        .into_iter()
        .collect();
    for line in document::lines(module, record).map(Vec::as_slice).unwrap_or_default() {
        let Some((id, name)) = document::product(line) else { continue };
        let Ok(crm_id) = ZohoId::new(id.clone()) else { continue };
        if !found.iter().any(|dependency| dependency.module == Module::Products && dependency.crm_id == crm_id) {
            found.push(Dependency { module: Module::Products, crm_id, name: name.unwrap_or(id) });
        }
    }
    found
}

/// The number of the first line with this product, as people count.
pub(crate) fn line_of_product(module: Module, record: &Value, product: &ZohoId) -> Option<usize> {
    let rows = document::lines(module, record)?;
    let is_it = |row: &Value| document::product(row).is_some_and(|(id, _)| id == product.as_str());
    rows.iter().position(is_it).map(|at| at + 1)
}

fn record_id(record: &Value) -> Option<ZohoId> {
    ZohoId::new(text(record, "id")?).ok()
}

fn text(record: &Value, field: &str) -> Option<String> {
    record.get(field).and_then(tidy)
}

fn full_name(record: &Value) -> Option<String> {
    text(record, "Full_Name").or_else(|| {
        let parts: Vec<String> = ["First_Name", "Last_Name"].iter().filter_map(|field| text(record, field)).collect();
        (!parts.is_empty()).then(|| parts.join(" "))
    })
}

/// The taxes of a `Line_Tax` or `$line_tax` list, or of a product's `Tax`. Where several are listed, those at 0 % are
/// the ones that do not apply and are left out.
fn taxes(value: Option<&Value>, known: &[CrmTax]) -> Vec<LineTax> {
    let all: Vec<LineTax> = value
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default()
        .iter()
        .filter_map(|entry| tax(entry, known))
        .collect();
    if all.len() > 1 { all.into_iter().filter(|tax| !tax.percentage.is_zero()).collect() } else { all }
}

fn tax(entry: &Value, known: &[CrmTax]) -> Option<LineTax> {
    // A product's tax is {"id", "value": "Vat - 0.8 %"}: name and percentage in one text.
    let (name, written) = match text(entry, "name").or_else(|| text(entry, "display_label")) {
        Some(name) => (name, entry.get("percentage").and_then(decimal)),
        None => {
            let label = text(entry, "value").or_else(|| entry.as_str().and_then(|_| tidy(entry)))?;
            match label.rsplit_once(" - ") {
                Some((name, percentage)) => {
                    let percentage = percentage.trim_end_matches('%').trim().to_owned();
                    (name.trim().to_owned(), decimal(&Value::String(percentage)))
                }
                None => (label, None),
            }
        }
    };
    let known = known.iter().find(|tax| tax.name == name).map(|tax| tax.percentage);
    let value = entry.get("percentage").and_then(|_| entry.get("value")).and_then(decimal);
    Some(LineTax { name, percentage: written.or(known).unwrap_or_default(), value })
}

/// The account or vendor that a contact of the CRM belongs to: its module, id and name.
#[must_use]
pub fn company_of(contact: &Value) -> Option<(Module, ZohoId, String)> {
    let companies = [("Account_Name", Module::Accounts), ("Vendor_Name", Module::Vendors)];
    companies.into_iter().find_map(|(field, module)| {
        let (id, name) = pointed(contact, field)?;
        Some((module, ZohoId::new(id).ok()?, name.unwrap_or_default()))
    })
}

/// The id and name of a lookup field.
fn pointed(record: &Value, field: &str) -> Option<(String, Option<String>)> {
    record.get(field).and_then(lookup)
}

#[cfg(test)]
mod tests;
