//! What Xero has before anything is synced.

use chrono::{DateTime, Utc};
use sandbox_xero::{Refused, Xero};
use serde_json::{Value, json};

use super::number;

/// The active contact that has the name of [`super::ACCOUNT_NAME_IN_XERO`], in capitals.
pub const CONTACT_ACTIVE: &str = "KOOKABURRA COFFEE ROASTERS";

/// The archived contact that has the name of [`super::ACCOUNT_NAME_ARCHIVED`].
pub const CONTACT_ARCHIVED: &str = "Old Mill Bakery";

/// The item that has the code of [`super::PRODUCT_CODE_IN_XERO`].
pub const ITEM_CODE: &str = "XERO-HAS";

fn contacts() -> Vec<Value> {
    let person = |name: &str, first: &str, last: &str, mail: &str| json!({ "Name": name, "FirstName": first, "LastName": last, "EmailAddress": mail });
    vec![
        // Nothing that it has says that it is another company.
        json!({ "Name": CONTACT_ACTIVE, "FirstName": "Isla", "LastName": "Papadopoulos" }),
        person(CONTACT_ARCHIVED, "Tom", "Miller", "tom@oldmill.example"),
        person("Harbour City Council", "Dana", "Wells", "rates@harbourcity.example"),
        person("Coastal Energy", "Pat", "Ryan", "billing@coastal.example"),
        json!({ "Name": "Petty cash customers" }),
    ]
}

fn items() -> Vec<Value> {
    let item = |code: &str, name: &str, price: &str| {
        json!({
            "Code": code,
            "Name": name,
            "SalesDetails": { "UnitPrice": number(price), "AccountCode": "200", "TaxType": "OUTPUT" },
        })
    };
    vec![
        item(ITEM_CODE, "Whiteboard", "149.00"),
        item("FREIGHT", "Freight", "20.00"),
        item("HIRE", "Hire, per day", "75.50"),
    ]
}

fn find<'v>(records: &'v [Value], field: &str, value: &str) -> Option<&'v Value> {
    records.iter().find(|record| record[field] == value)
}

/// Fills the Australian organisation.
///
/// `taken_number` is the number of the CRM invoice whose number another invoice has.
///
/// # Errors
/// When Xero's rules refuse a record: then the seed data are wrong.
pub(super) fn fill(xero: &mut Xero, taken_number: &str, now: DateTime<Utc>) -> Result<(), Refused> {
    let Some(tenant) = xero.organisations().into_iter().next().map(|organisation| organisation.tenant) else {
        return Err(Refused(vec!["Xero has no organisation".to_owned()]));
    };
    for contact in contacts() {
        xero.insert(&tenant, "Contacts", contact, now)?;
    }
    for item in items() {
        xero.insert(&tenant, "Items", item, now)?;
    }
    let contacts = xero.all(&tenant, "Contacts");
    let id = |name: &str| find(&contacts, "Name", name).map(|contact| contact["ContactID"].clone()).unwrap_or_default();
    let line = |text: &str, price: &str, account: &str, tax: &str| json!([{ "Description": text, "Quantity": number("1"), "UnitAmount": number(price), "AccountCode": account, "TaxType": tax }]);
    let documents = [
        json!({
            "Type": "ACCREC", "Contact": { "ContactID": id("Harbour City Council") }, "InvoiceNumber": taken_number,
            "Date": "2026-10-06", "DueDate": "2026-11-06", "Status": "AUTHORISED",
            "LineItems": line("Meeting room hire", "640.00", "200", "OUTPUT"),
        }),
        json!({
            "Type": "ACCREC", "Contact": { "ContactID": id(CONTACT_ACTIVE) }, "InvoiceNumber": "X-1001",
            "Date": "2026-10-20", "DueDate": "2026-11-20", "Status": "AUTHORISED",
            "LineItems": line("Tasting evening", "380.00", "200", "OUTPUT"),
        }),
        json!({
            "Type": "ACCPAY", "Contact": { "ContactID": id("Coastal Energy") }, "InvoiceNumber": "E-77120",
            "Date": "2026-11-02", "DueDate": "2026-11-16", "Status": "AUTHORISED",
            "LineItems": line("Electricity, October", "412.36", "429", "INPUT"),
        }),
    ];
    for document in documents {
        xero.insert(&tenant, "Invoices", document, now)?;
    }
    let archived = id(CONTACT_ARCHIVED);
    xero.archive_contact(&tenant, archived.as_str().unwrap_or_default(), now)
}
