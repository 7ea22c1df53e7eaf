//! What of a record somebody is not shown. A key that is absent from the CRM's answer was hidden from whoever asked, as far
//! as the CRM has such a field at all.
//!
//! Fields that are hidden still decide: an invoice whose account is hidden is not for its contact, and one whose discount is
//! hidden is not without one. So a record that somebody sees only in part is read once more with the connection's rights,
//! planned whole, and shown in part. The people of an account or vendor are records of their own: those whom somebody does not
//! see decide, too.

use super::CrmSnapshot;
use crate::module::{Kind, Module};
use crate::organisation::CrmOrganisation;
use crate::settings::{Settings, fields};
use serde_json::Value;
use std::collections::BTreeSet;

/// What a name of a contact's field begins with.
const OF_CONTACTS: &str = "Contacts.";
/// What a name of a line's field begins with.
const OF_LINES: &str = "lines.";

/// The fields of a record that are hidden: the CRM's API names; those of an account's or vendor's people with `Contacts.`
/// in front, those of lines with `lines.`.
pub type Hidden = BTreeSet<String>;

/// Hidden where somebody does not see each of an account's or vendor's people, or where it is not known whether they do.
pub const PEOPLE: &str = "Contacts.id";

/// Whether records of a module have people: accounts and vendors their contacts.
#[must_use]
pub fn has_people(module: Module) -> bool {
    matches!(module, Module::Accounts | Module::Vendors)
}

/// Whether nothing is hidden but of a record's people.
#[must_use]
pub fn only_of_people(hidden: &Hidden) -> bool {
    hidden.iter().all(|name| name.starts_with(OF_CONTACTS))
}

/// Whether there is somebody among all of a record's people whom a reader does not see. People are told apart by their ids.
#[must_use]
pub fn misses(seen: &[Value], all: &[Value]) -> bool {
    all.iter().any(|one| !seen.iter().any(|other| other.get("id") == one.get("id")))
}

/// All of a record's people, with those whom its reader has met although they were not among them a moment before.
#[must_use]
pub fn everybody(seen: &[Value], mut all: Vec<Value>) -> Vec<Value> {
    let met: Vec<Value> = seen.iter().filter(|one| misses(&all, std::slice::from_ref(one))).cloned().collect();
    all.extend(met);
    all
}

/// The CRM's fields that decide what a record becomes in Xero, beside those that the settings choose.
#[must_use]
pub fn deciding(module: Module) -> &'static [&'static str] {
    match module {
        Module::Accounts => &["Account_Name", "Currency"],
        Module::Contacts => &["First_Name", "Last_Name", "Email", "Account_Name", "Vendor_Name", "Currency"],
        Module::Vendors => &["Vendor_Name", "Email", "Currency"],
        Module::Products => &["Product_Name", "Product_Code", "Product_Category", "Product_Active", "Taxable", "Tax"],
        Module::Invoices => &[
            "Invoice_Number",
            "Account_Name",
            "Contact_Name",
            "Status",
            "Currency",
            "Exchange_Rate",
            "Sub_Total",
            "Discount",
            "Adjustment",
            "Grand_Total",
            "Invoiced_Items",
        ],
        Module::PurchaseOrders => &[
            "PO_Number",
            "Vendor_Name",
            "Status",
            "Currency",
            "Exchange_Rate",
            "Sub_Total",
            "Discount",
            "Adjustment",
            "Grand_Total",
            "Purchase_Items",
        ],
    }
}

/// The same of the people of an account or vendor.
pub const OF_A_PERSON: &[&str] = &["First_Name", "Last_Name", "Email", "Mobile", "Phone", "Xero_Primary"];

/// The same of a document's lines.
pub const OF_A_LINE: &[&str] = &["Quantity", "List_Price", "Discount", "Line_Tax", "Product_Name"];

/// What decides about a record and is not in it, although the CRM has such fields.
#[must_use]
pub fn hidden(module: Module, crm: &CrmSnapshot, organisation: &CrmOrganisation, settings: &Settings) -> Hidden {
    let exists = |module: Module, name: &str| fields::crm_field(organisation, module, name).is_some();
    let chosen = fields::mappable(module).iter().filter_map(|field| fields::source(settings, module, field.key));
    let tracking = settings.documents.tracking.iter().filter_map(|mapping| mapping.fields.get(&module));
    let mut hidden: Hidden = deciding(module)
        .iter()
        .copied()
        .chain(chosen)
        .chain(tracking.map(String::as_str))
        .filter(|name| exists(module, name) && crm.record.get(*name).is_none())
        .map(str::to_owned)
        .collect();
    for contact in &crm.contacts {
        let lacking = OF_A_PERSON.iter().filter(|name| exists(Module::Contacts, name) && contact.get(**name).is_none());
        hidden.extend(lacking.map(|name| format!("{OF_CONTACTS}{name}")));
    }
    let rows = module.lines_field().and_then(|field| crm.record.get(field)).and_then(Value::as_array);
    for row in rows.into_iter().flatten() {
        // Lines of older versions have other names; which of theirs are hidden can't be told.
        if row.get("Product_Name").is_some() || row.get("Quantity").is_some() {
            let lacking = OF_A_LINE.iter().filter(|name| row.get(**name).is_none());
            hidden.extend(lacking.map(|name| format!("{OF_LINES}{name}")));
        }
    }
    hidden
}

/// Whether a value under a canonical key may be shown to somebody from whom these fields are hidden.
#[must_use]
pub fn shows(module: Module, key: &str, settings: &Settings, hidden: &Hidden) -> bool {
    if hidden.is_empty() {
        return true;
    }
    let shown = |name: &str| !hidden.contains(name);
    let none_of = |prefix: &str| !hidden.iter().any(|name| name.starts_with(prefix));
    if let Some(source) = fields::source(settings, module, key) {
        return shown(source);
    }
    match (module.kind(), key) {
        (Kind::Party, "name") => match module {
            Module::Accounts => shown("Account_Name"),
            Module::Vendors => shown("Vendor_Name"),
            _ => shown("First_Name") && shown("Last_Name"),
        },
        (_, "currency") => shown("Currency"),
        (Kind::Party, key) if key.starts_with("person.") && module == Module::Contacts => {
            shown("First_Name") && shown("Last_Name") && shown("Email")
        }
        (Kind::Party, key) if key.starts_with("person.") || matches!(key, "people" | "mobile" | "direct") => {
            none_of(OF_CONTACTS) && shown("Email")
        }
        (Kind::Item, "code") => shown("Product_Code"),
        (Kind::Item, "name") => shown("Product_Name"),
        (Kind::Document, "number") => shown("Invoice_Number") && shown("PO_Number"),
        (Kind::Document, "party") => shown("Account_Name") && shown("Contact_Name") && shown("Vendor_Name"),
        (Kind::Document, "status") => shown("Status"),
        (Kind::Document, key) if key.starts_with("lines.") => {
            let money = ["Discount", "Adjustment", "Sub_Total", "Grand_Total", "Invoiced_Items", "Purchase_Items"];
            none_of(OF_LINES) && money.into_iter().all(shown)
        }
        // What is not known to come from a field that is shown is not shown.
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;
    use serde_json::json;

    #[test]
    fn what_the_crm_has_and_a_record_lacks_is_hidden() {
        let organisation = fixture::crm_organisation();
        let settings = Settings::default();
        let known = organisation.fields.get(&Module::Invoices).is_some_and(|fields| !fields.is_empty());
        let crm = CrmSnapshot { record: json!({"id": "1"}), contacts: Vec::new() };
        let found = hidden(Module::Invoices, &crm, &organisation, &settings);
        assert_eq!(found.is_empty(), !known, "{found:?}");
        let line = json!({"Product_Name": {"id": "1"}, "Quantity": 1, "List_Price": 2, "Line_Tax": []});
        let crm = CrmSnapshot { record: json!({"Invoiced_Items": [line]}), contacts: Vec::new() };
        let found = hidden(Module::Invoices, &crm, &organisation, &settings);
        assert!(found.contains("lines.Discount") && !found.contains("lines.Quantity"), "{found:?}");
        assert!(!shows(Module::Invoices, "lines.7.unit_price", &settings, &found));
        assert!(shows(Module::Invoices, "status", &settings, &[String::from("lines.Discount")].into()));
    }

    #[test]
    fn a_value_is_shown_by_the_field_that_it_comes_from() {
        let settings = Settings::default();
        let phone: Hidden = [String::from("Phone")].into();
        assert!(!shows(Module::Accounts, "phone", &settings, &phone));
        assert!(shows(Module::Accounts, "billing.city", &settings, &phone));
        assert!(!shows(Module::Accounts, "what nobody knows", &settings, &phone));
        assert!(shows(Module::Accounts, "what nobody knows", &settings, &Hidden::new()));
        let people: Hidden = [String::from("Contacts.Email")].into();
        assert!(!shows(Module::Accounts, "person.email", &settings, &people));
        assert!(shows(Module::Accounts, "name", &settings, &people));
        let account: Hidden = [String::from("Account_Name")].into();
        assert!(!shows(Module::Invoices, "party", &settings, &account));
    }
}
