//! What of a record somebody is not shown. A key that is absent from the CRM's answer was hidden from whoever asked, as far
//! as the CRM has such a field at all. Whether Zoho leaves out what a profile hides, or shows it as null, is documented
//! nowhere: so what the metadata says that the profile hides is taken out before anything else ([`leave_out`]).
//!
//! Fields that are hidden still decide: an invoice whose account is hidden is not for its contact, and one whose discount is
//! hidden is not without one. So a record that somebody sees only in part is read once more with the connection's rights,
//! planned whole, and shown in part. The people of an account or vendor are records of their own: those whom somebody does not
//! see decide, too.

use super::{CrmSnapshot, document};
use crate::module::{Kind, Module};
use crate::organisation::CrmOrganisation;
use crate::settings::{Settings, fields};
use crate::xero::TRACKING;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What a name of a contact's field begins with.
const OF_CONTACTS: &str = "Contacts.";
/// What a name of a line's field begins with.
const OF_LINES: &str = "lines.";

/// The fields of a record that are hidden: the CRM's API names; those of an account's or vendor's people with `Contacts.`
/// in front, those of lines with `lines.`.
pub type Hidden = BTreeSet<String>;

/// Hidden where somebody does not see each of an account's or vendor's people, or where it is not known whether they do.
pub const PEOPLE: &str = "Contacts.id";

/// Fields that a profile does not show, by the API name of their module; those of lines by the field that has the lines.
pub type Unseen = BTreeMap<&'static str, BTreeSet<String>>;

/// The modules whose fields a record of this one is read with: its own, that of its lines, and its people's.
pub fn read_with(module: Module) -> impl Iterator<Item = &'static str> {
    let people = has_people(module).then(|| Module::Contacts.api_name());
    [module.api_name()].into_iter().chain(module.lines_field()).chain(people)
}

/// Takes out of a reading what the reader's profile does not show and the answer has as empty. What stands there all the same
/// stays: the reader is shown it.
pub fn leave_out(module: Module, crm: &mut CrmSnapshot, unseen: &Unseen) {
    let cut = |row: &mut Value, of: &str| {
        let (Some(unseen), Some(row)) = (unseen.get(of), row.as_object_mut()) else { return };
        row.retain(|name, value| !(is_empty(value) && unseen.contains(name)));
    };
    cut(&mut crm.record, module.api_name());
    for contact in &mut crm.contacts {
        cut(contact, Module::Contacts.api_name());
    }
    if let Some(field) = module.lines_field()
        && let Some(rows) = crm.record.get_mut(field).and_then(Value::as_array_mut)
    {
        rows.iter_mut().for_each(|row| cut(row, field));
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(rows) => rows.is_empty(),
        _ => false,
    }
}

/// The taxes of a document's total, where the CRM taxes that and not the lines. It stands beside the fields of each document:
/// no list of fields has it, so that of each document that lacks it the connection is asked.
pub const TOTAL_TAX: &str = "$line_tax";

/// Whether a name is of something that stands beside a record's fields, and in no list of them.
fn is_beside(name: &str) -> bool {
    name.starts_with('$')
}

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
            TOTAL_TAX,
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
            TOTAL_TAX,
        ],
    }
}

/// The same of the people of an account or vendor.
pub const OF_A_PERSON: &[&str] = &["First_Name", "Last_Name", "Email", "Mobile", "Phone", "Xero_Primary"];

/// The same of a document's lines: all that is read of one.
pub fn of_a_line() -> impl Iterator<Item = &'static str> {
    document::OF_A_LINE.iter().filter_map(|names| names.first().copied())
}

/// What decides about a record and is not in it, although the CRM has such fields.
#[must_use]
pub fn hidden(module: Module, crm: &CrmSnapshot, organisation: &CrmOrganisation, settings: &Settings) -> Hidden {
    let known = |module: Module| organisation.fields.get(&module).is_some_and(|fields| !fields.is_empty());
    let exists = |module: Module, name: &str| {
        fields::crm_field(organisation, module, name).is_some() || (is_beside(name) && known(module))
    };
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
            let lacking = of_a_line().filter(|name| row.get(*name).is_none());
            hidden.extend(lacking.map(|name| format!("{OF_LINES}{name}")));
        }
    }
    hidden
}

/// Takes out of what is hidden from a reader, and of what the connection's reading lacks, too, what neither has: not each CRM
/// has each field of a line, nor each document the taxes of its total, and the CRM's lists do not tell.
pub fn not_there(hidden: &mut Hidden, left: &mut Hidden) {
    let of_lines = document::NOT_IN_EACH_CRM.iter().filter_map(|names| names.first());
    let of_lines = of_lines.map(|name| format!("{OF_LINES}{name}"));
    for field in of_lines.chain([TOTAL_TAX.to_owned()]) {
        if left.remove(&field) {
            hidden.remove(&field);
        }
    }
}

/// A document's customer or supplier, as a value: by the key of its change.
pub const PARTY: &str = "party";

/// A document's products, as values.
pub const PRODUCTS: &str = "products";

/// The CRM's fields that a value under a canonical key comes from, as far as the CRM has them: API names as in [`Hidden`], and
/// `Contacts.` or `lines.` for all fields of a record's people or lines. Empty where it comes from no field; none where that is not
/// known.
#[must_use]
pub fn origin(module: Module, key: &str, settings: &Settings, organisation: &CrmOrganisation) -> Option<Vec<String>> {
    let known = organisation.fields.get(&module).is_some_and(|fields| !fields.is_empty());
    let beside = |name: &str| name.contains('.') || is_beside(name);
    let exists = |name: &str| beside(name) || !known || fields::crm_field(organisation, module, name).is_some();
    let names = names_of(module, key, settings)?;
    Some(names.into_iter().filter(|name| exists(name)).map(str::to_owned).collect())
}

fn names_of<'a>(module: Module, key: &str, settings: &'a Settings) -> Option<Vec<&'a str>> {
    let mapped = |key: &str| fields::source(settings, module, key).into_iter().collect::<Vec<_>>();
    if fields::find(module, key).is_some() {
        return Some(mapped(key));
    }
    if let Some(category) = key.strip_prefix(TRACKING) {
        let of_it = settings.documents.tracking.iter().filter(|one| one.category.eq_ignore_ascii_case(category));
        return Some(of_it.filter_map(|one| one.fields.get(&module)).map(String::as_str).collect());
    }
    Some(match (module.kind(), key) {
        (Kind::Party, "name") => match module {
            Module::Accounts => vec!["Account_Name"],
            Module::Vendors => vec!["Vendor_Name"],
            _ => vec!["First_Name", "Last_Name"],
        },
        (_, "currency") => vec!["Currency"],
        (Kind::Party, key) if key.starts_with("person.") || matches!(key, "people" | "mobile" | "direct") => {
            match module {
                Module::Contacts => vec!["First_Name", "Last_Name", "Email"],
                Module::Vendors => vec![OF_CONTACTS, "Email"],
                _ => vec![OF_CONTACTS],
            }
        }
        (Kind::Item, "code") => vec!["Product_Code"],
        (Kind::Item, "name") => vec!["Product_Name"],
        (Kind::Item, "sales.description") => mapped("description"),
        (Kind::Item, "sales.account_code" | "purchase.account_code") => vec!["Product_Category"],
        (Kind::Item, "sales.tax_type" | "purchase.tax_type") => vec!["Taxable", "Tax"],
        (Kind::Document, "line_amount_types" | "branding") => Vec::new(),
        (Kind::Document, "status") => vec!["Status"],
        (Kind::Document, "number") => match module {
            Module::PurchaseOrders => vec!["PO_Number"],
            _ => vec!["Invoice_Number"],
        },
        (Kind::Document, PARTY) => match module {
            Module::PurchaseOrders => vec!["Vendor_Name"],
            _ => vec!["Account_Name", "Contact_Name"],
        },
        (Kind::Document, PRODUCTS) => module.lines_field().into_iter().chain(["lines.Product_Name"]).collect(),
        (Kind::Document, "xero_status") => vec!["Xero_Status"],
        (Kind::Document, "xero_paid") => vec!["Xero_Amount_Paid"],
        (Kind::Document, "xero_credited") => vec!["Xero_Amount_Credited"],
        (Kind::Document, "xero_due") => vec!["Xero_Amount_Due"],
        (Kind::Document, "xero_paid_on") => vec!["Xero_Paid_On"],
        (Kind::Document, key) if key.starts_with(OF_LINES) => {
            let own = module.lines_field().into_iter();
            own.chain([OF_LINES, "Discount", "Adjustment", "Sub_Total", "Grand_Total", TOTAL_TAX]).collect()
        }
        _ => return None,
    })
}

/// What somebody is shown of a record.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Seen {
    hidden: Hidden,
    /// The fields of the record itself, where it was read just now.
    fields: Option<BTreeSet<String>>,
}

impl Seen {
    /// By a reading of the record just now, from which these fields are hidden.
    #[must_use]
    pub fn now(record: &Value, hidden: Hidden) -> Self {
        let fields = record.as_object().map(|fields| fields.keys().cloned().collect()).unwrap_or_default();
        Self { hidden, fields: Some(fields) }
    }

    /// By a reading at another time: all but what was hidden then.
    #[must_use]
    pub fn then(hidden: Hidden) -> Self {
        Self { hidden, fields: None }
    }

    /// Whether nothing that decides is hidden.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.hidden.is_empty()
    }

    /// Whether a value is shown that comes from these fields (see [`origin`]). What is not known to come from fields that are
    /// shown is shown to nobody from whom anything is hidden, and to nobody by a later reading.
    #[must_use]
    pub fn shows(&self, origin: Option<&[String]>) -> bool {
        let Some(origin) = origin else { return self.is_whole() && self.fields.is_none() };
        origin.iter().all(|name| match name.strip_suffix('.') {
            Some(_) => !self.hidden.iter().any(|hidden| hidden.starts_with(name.as_str())),
            None => {
                let there = |fields: &BTreeSet<String>| name.contains('.') || is_beside(name) || fields.contains(name);
                !self.hidden.contains(name) && self.fields.as_ref().is_none_or(there)
            }
        })
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
        let crm = CrmSnapshot { record: json!({"id": "1"}), contacts: Vec::new(), more_contacts: false };
        let found = hidden(Module::Invoices, &crm, &organisation, &settings);
        assert_eq!(found.is_empty(), !known, "{found:?}");
        let line = json!({"Product_Name": {"id": "1"}, "Quantity": 1, "List_Price": 2, "Line_Tax": []});
        let crm = CrmSnapshot { record: json!({"Invoiced_Items": [line]}), contacts: Vec::new(), more_contacts: false };
        let mut found = hidden(Module::Invoices, &crm, &organisation, &settings);
        assert!(found.contains("lines.Discount") && !found.contains("lines.Quantity"), "{found:?}");
        let shows = |key: &str, found: &Hidden| {
            let origin = origin(Module::Invoices, key, &settings, &organisation);
            Seen::then(found.clone()).shows(origin.as_deref())
        };
        assert!(!shows("lines.7.unit_price", &found));
        assert!(shows("status", &[String::from("lines.Discount")].into()));
        // What nobody is shown of a line is not there; a discount that nobody is shown may be there all the same.
        let mut left = found.clone();
        not_there(&mut found, &mut left);
        for hidden in [found, left] {
            assert!(!hidden.contains("lines.Description") && hidden.contains("lines.Discount"), "{hidden:?}");
        }
    }

    #[test]
    fn what_a_profile_hides_is_left_out_however_it_looks() {
        let fields = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
        let unseen: Unseen = [
            ("Invoices", fields(&["Discount", "Status", "Tag"])),
            ("Invoiced_Items", fields(&["List_Price"])),
            ("Contacts", fields(&["Email"])),
        ]
        .into();
        let mut crm = CrmSnapshot {
            record: json!({"Discount": null, "Adjustment": null, "Status": "Approved", "Tag": [],
                "Invoiced_Items": [{"List_Price": null, "Discount": null}]}),
            contacts: vec![json!({"Email": "", "Phone": null})],
            more_contacts: false,
        };
        leave_out(Module::Invoices, &mut crm, &unseen);
        // What is shown although the metadata says otherwise is shown.
        let wanted = json!({"Adjustment": null, "Status": "Approved", "Invoiced_Items": [{"Discount": null}]});
        assert_eq!((crm.record, crm.contacts), (wanted, vec![json!({"Phone": null})]));
        assert_eq!(read_with(Module::Invoices).collect::<Vec<_>>(), ["Invoices", "Invoiced_Items"]);
        assert_eq!(read_with(Module::Vendors).collect::<Vec<_>>(), ["Vendors", "Contacts"]);
    }

    #[test]
    fn a_value_is_shown_by_the_fields_that_it_comes_from() {
        let settings = Settings::default();
        let mut organisation = fixture::crm_organisation();
        organisation.fields.clear();
        let shows = |module: Module, key: &str, hidden: &str| {
            let origin = origin(module, key, &settings, &organisation);
            Seen::then([hidden.to_owned()].into()).shows(origin.as_deref())
        };
        for (module, key, hidden, shown) in [
            (Module::Accounts, "phone", "Phone", false),
            (Module::Accounts, "billing.city", "Phone", true),
            (Module::Accounts, "what nobody knows", "Phone", false),
            (Module::Accounts, "person.email", "Contacts.Email", false),
            (Module::Accounts, "name", "Contacts.Email", true),
            (Module::Invoices, PARTY, "Account_Name", false),
            (Module::Invoices, PRODUCTS, "Account_Name", true),
            (Module::Invoices, PRODUCTS, "lines.Discount", true),
            (Module::Invoices, PRODUCTS, "lines.Product_Name", false),
            (Module::Invoices, "lines.7.code", "lines.Discount", false),
        ] {
            assert_eq!(shows(module, key, hidden), shown, "{module:?} {key} without {hidden}");
        }
        assert!(Seen::default().shows(None));
        // By a reading just now, what is not in it is not shown, whatever the settings are today.
        let now = Seen::now(&json!({"Phone": null}), Hidden::new());
        let of = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        assert!(now.shows(Some(&of(&["Phone"]))) && now.shows(Some(&[])) && now.shows(Some(&of(&["Contacts."]))));
        assert!(!now.shows(Some(&of(&["Phone", "Fax"]))) && !now.shows(None));
    }

    /// A line with each of its fields, under the present names or those of older versions.
    fn line(older: bool) -> Value {
        let value = |name: &str| match name {
            "Product_Name" | "product" => json!({"id": "7", "name": "Ink", "Product_Code": "I-1"}),
            "Line_Tax" | "line_tax" => json!([{"name": "GST", "percentage": 10}]),
            "Description" | "product_description" => json!("Black"),
            _ => json!(3),
        };
        let name = |names: &[&'static str]| if older { names[names.len().min(2) - 1] } else { names[0] };
        let fields = document::OF_A_LINE.iter().map(|names| (name(names).to_owned(), value(names[0])));
        Value::Object(fields.collect())
    }

    #[test]
    fn what_is_read_of_a_line_is_what_is_looked_for_in_it() {
        let organisation = fixture::crm_organisation();
        let read = |line: &Value| {
            let record = json!({"Invoiced_Items": [line]});
            let crm = CrmSnapshot { record, contacts: Vec::new(), more_contacts: false };
            crate::zoho::read(Module::Invoices, &crm, &organisation, &Settings::default())
        };
        for older in [false, true] {
            let whole = line(older);
            for name in whole.as_object().unwrap().keys() {
                let mut without = whole.clone();
                without.as_object_mut().unwrap().remove(name);
                assert_ne!(read(&without), read(&whole), "{name} is read");
            }
        }
        // Lines are read by the table alone, so that nothing is read of them that it does not have.
        let source = include_str!("document.rs");
        let body = source.split("\nfn line(").nth(1).unwrap().split("\n}").next().unwrap();
        let literals: Vec<&str> = body.split('"').skip(1).step_by(2).collect();
        assert_eq!(literals, ["id", "Product_Code"], "the line's own id, and a part of its product");
    }

    #[test]
    fn what_is_read_of_a_record_is_what_is_looked_for_in_it() {
        let mut organisation = fixture::crm_organisation();
        organisation.multi_currency = true;
        let settings = Settings::default();
        for module in Module::ALL {
            let value = |name: &str| match name {
                "Invoiced_Items" | "Purchase_Items" => json!([line(false)]),
                "Account_Name" if module == Module::Accounts => json!("Acme"),
                "Vendor_Name" if module == Module::Vendors => json!("Acme"),
                "Account_Name" | "Contact_Name" | "Vendor_Name" => json!({"id": "9", "name": "Acme"}),
                "Discount" => json!("5%"),
                "Product_Active" | "Taxable" => json!(true),
                "Tax" => json!([{"id": "1", "value": "GST - 10 %"}]),
                TOTAL_TAX => json!([{"name": "GST", "percentage": 10}]),
                "Currency" => json!("USD"),
                name if name.ends_with("_Date") => json!("2026-03-02"),
                _ => json!(100),
            };
            let chosen =
                fields::mappable(module).iter().filter_map(|field| fields::source(&settings, module, field.key));
            let names: BTreeSet<&str> = deciding(module).iter().copied().chain(chosen).collect();
            // Fields that a CRM has beside: none of them is read.
            let others = ["Owner", "Tag", "Terms_and_Conditions", "Excise_Duty", "Full_Name", "Rating", "Skype_ID"];
            let record = names.iter().chain(&others).map(|name| ((*name).to_owned(), value(name)));
            let record = Value::Object(record.collect());
            let of_person = OF_A_PERSON.iter().map(|name| ((*name).to_owned(), json!("x@acme.example")));
            let mut person: serde_json::Map<String, Value> = of_person.collect();
            person.insert("Xero_Primary".to_owned(), json!(true));
            let another = json!({"id": "2", "Last_Name": "Other", "Email": "o@acme.example"});
            let company = matches!(module, Module::Accounts | Module::Vendors);
            let read = |record: Value, person: &serde_json::Map<String, Value>| {
                let people = vec![Value::Object(person.clone()), another.clone()];
                let contacts = if company { people } else { Vec::new() };
                let crm = CrmSnapshot { record, contacts, more_contacts: false };
                let (read, problems) = crate::zoho::read(module, &crm, &organisation, &settings);
                let needs = crate::zoho::dependencies(module, &crm.record);
                (read, problems, needs)
            };
            let whole = read(record.clone(), &person);
            for name in record.as_object().unwrap().keys() {
                let mut without = record.clone();
                without.as_object_mut().unwrap().remove(name);
                let changes = read(without, &person) != whole;
                let known = names.contains(name.as_str());
                // Read where another one is missing (an invoice's contact, a vendor's address), by the planner (rates), or for
                // names and for persons of companies.
                let rests = matches!(
                    (module, name.as_str()),
                    (Module::Invoices, "Contact_Name")
                        | (Module::Contacts, "Account_Name" | "Vendor_Name" | "Full_Name")
                        | (Module::Vendors, "Email")
                        | (_, "Exchange_Rate")
                );
                assert!(changes == known || rests, "{module:?} {name}: read {changes}, known {known}");
            }
            for name in person.keys().filter(|_| company) {
                let mut without = person.clone();
                without.remove(name);
                assert_ne!(read(record.clone(), &without), whole, "{module:?} person's {name}");
            }
        }
    }
}
