//! What Xero knows of a record, for people, and where to open it there.

use super::dates::{day, instant};
use super::read::text;
use crate::api::XeroState;
use crate::module::{Kind, Module};
use crate::organisation::XeroOrganisation;
use crate::record::{decimal, identifier};
use crate::totals::money;
use crate::web_link::WebLink;
use chrono::{DateTime, NaiveDate, Utc};
use serde_json::Value;

/// When the record was last changed in Xero: `UpdatedDateUTC`. Never take it from a contact nested in a document.
#[must_use]
pub fn modified(element: &Value) -> Option<DateTime<Utc>> {
    ["UpdatedDateUTC", "UpdatedDateUTCString"].iter().find_map(|field| element.get(*field).and_then(instant))
}

/// What Xero knows of a record. `lock` is left empty: the plan finds it.
#[must_use]
pub fn state(
    module: Module,
    element: &Value,
    organisation: &XeroOrganisation,
    online_invoice: Option<&WebLink>,
) -> XeroState {
    let (id_field, name_field, status_field) = match module.kind() {
        Kind::Party => ("ContactID", "Name", Some("ContactStatus")),
        Kind::Item => ("ItemID", "Code", None),
        Kind::Document => ("InvoiceID", "InvoiceNumber", Some("Status")),
    };
    let id = text(element, id_field).unwrap_or_default();
    let is_document = module.kind() == Kind::Document;
    let amount = |field: &str| {
        let value = element.get(field).and_then(decimal);
        // Answers to writes leave out the amounts that are zero.
        is_document.then(|| money(value.unwrap_or_default()))
    };
    let iso =
        |field: &str| is_document.then(|| day(element, field)).flatten().map(|day| day.format("%Y-%m-%d").to_string());
    XeroState {
        name: text(element, name_field).unwrap_or_default(),
        status: status_field.and_then(|field| text(element, field)),
        url: url(module, &id, organisation),
        currency: is_document.then(|| text(element, "CurrencyCode")).flatten(),
        total: amount("Total"),
        amount_paid: amount("AmountPaid"),
        amount_credited: amount("AmountCredited"),
        amount_due: amount("AmountDue"),
        due_date: iso("DueDate"),
        paid_on: iso("FullyPaidOnDate"),
        online_invoice: online_invoice.cloned(),
        lock: None,
        id,
    }
}

/// What people call a record of Xero's: a contact's name, an item's code, a document's number. A document without a number
/// goes by its reference, else by its day: the CRM's record of it has that name, too.
#[must_use]
pub fn name(module: Module, element: &Value) -> String {
    let number = || element.get("InvoiceNumber").and_then(identifier);
    match module.kind() {
        Kind::Party => text(element, "Name").unwrap_or_default(),
        Kind::Item => text(element, "Code").or_else(|| text(element, "Name")).unwrap_or_default(),
        Kind::Document => {
            number().or_else(|| text(element, "Reference")).unwrap_or_else(|| unnumbered(module, day(element, "Date")))
        }
    }
}

/// The name of a document that has neither a number nor a reference.
pub(crate) fn unnumbered(module: Module, day: Option<NaiveDate>) -> String {
    let what = if module == Module::Invoices { "Invoice" } else { "Bill" };
    day.map_or_else(|| format!("{what} without a number"), |day| format!("{what} of {day}"))
}

/// Opens a record in Xero, in the right organisation (developer.xero.com, Deep linking).
#[must_use]
pub fn url(module: Module, id: &str, organisation: &XeroOrganisation) -> WebLink {
    let XeroOrganisation { web_url, short_code, .. } = organisation;
    let page =
        |path: &str| format!("{web_url}/organisationlogin/default.aspx?shortcode={short_code}&redirecturl={path}");
    let url = match module {
        Module::Accounts | Module::Contacts | Module::Vendors => {
            format!("{web_url}/app/{short_code}/contacts/contact/{id}")
        }
        Module::Invoices => format!("{web_url}/app/{short_code}/invoicing/view/{id}"),
        Module::Products => page(&format!("/Accounts/Inventory/{id}")),
        Module::PurchaseOrders => page(&format!("/AccountsPayable/Edit.aspx?InvoiceID={id}")),
    };
    WebLink::new(&url)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_document_without_a_number_has_a_name_that_people_know() {
        for (module, element, expected) in [
            (Module::PurchaseOrders, json!({"InvoiceNumber": "B-1", "Date": "2026-11-02"}), "B-1"),
            (
                Module::PurchaseOrders,
                json!({"InvoiceNumber": "", "DateString": "2026-11-02T00:00:00"}),
                "Bill of 2026-11-02",
            ),
            (Module::PurchaseOrders, json!({"InvoiceNumber": "0", "Reference": "Timber"}), "Timber"),
            (
                Module::PurchaseOrders,
                json!({"InvoiceID": "6a1f0c1e-0000-4000-8000-000000000001"}),
                "Bill without a number",
            ),
            (
                Module::Invoices,
                json!({"InvoiceID": "6a1f0c1e-0000-4000-8000-000000000001"}),
                "Invoice without a number",
            ),
        ] {
            assert_eq!(name(module, &element), expected, "{element}");
        }
    }
}
