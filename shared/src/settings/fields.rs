//! Which CRM field goes with which Xero field, where the administrator chose another than the standard one.

use super::Settings;
use crate::instant;
use crate::module::Module;
use crate::organisation::{CrmField, CrmOrganisation};
use crate::plan;
use crate::record::decimal;
use crate::zoho;
use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// Where one of Xero's fields comes from, and where it comes back to.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct FieldMapping {
    /// The CRM field.
    pub source: FieldSource,
    /// What Xero gets where the CRM's field is empty; it never comes back to the CRM.
    pub default: Option<String>,
}

/// A CRM field that goes with one of Xero's.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum FieldSource {
    /// The CRM's own standard field for it; none where the CRM has no such field.
    #[default]
    Standard,
    /// The field with this API name.
    Field(String),
    /// No field: Xero's value is left alone (or is the default).
    Nothing,
}

/// What a Xero field takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FieldKind {
    /// Words.
    Text,
    /// A telephone number.
    Phone,
    /// Money.
    Money,
    /// A calendar day.
    Day,
}

/// One of Xero's fields that the CRM's can be mapped to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct XeroField {
    /// The canonical field, as in a plan's changes: `billing.city`.
    pub key: &'static str,
    /// What it takes.
    pub kind: FieldKind,
    /// The CRM's standard field for it, by its API name.
    pub standard: Option<&'static str>,
    /// Whether it can be left without any CRM field.
    pub optional: bool,
}

const fn field(key: &'static str, kind: FieldKind, standard: Option<&'static str>) -> XeroField {
    XeroField { key, kind, standard, optional: true }
}

const fn text(key: &'static str, standard: Option<&'static str>) -> XeroField {
    field(key, FieldKind::Text, standard)
}

const fn phone(key: &'static str, standard: Option<&'static str>) -> XeroField {
    field(key, FieldKind::Phone, standard)
}

const ACCOUNTS: &[XeroField] = &[
    text("account_number", Some("Account_Number")),
    phone("phone", Some("Phone")),
    phone("fax", Some("Fax")),
    text("website", Some("Website")),
    text("tax_number", None),
    text("billing.street", Some("Billing_Street")),
    text("billing.city", Some("Billing_City")),
    text("billing.state", Some("Billing_State")),
    text("billing.postal_code", Some("Billing_Code")),
    text("billing.country", Some("Billing_Country")),
    text("shipping.street", Some("Shipping_Street")),
    text("shipping.city", Some("Shipping_City")),
    text("shipping.state", Some("Shipping_State")),
    text("shipping.postal_code", Some("Shipping_Code")),
    text("shipping.country", Some("Shipping_Country")),
];

const CONTACTS: &[XeroField] = &[
    text("account_number", None),
    phone("phone", Some("Phone")),
    phone("fax", Some("Fax")),
    phone("mobile", Some("Mobile")),
    text("website", None),
    text("tax_number", None),
    text("billing.street", Some("Mailing_Street")),
    text("billing.city", Some("Mailing_City")),
    text("billing.state", Some("Mailing_State")),
    text("billing.postal_code", Some("Mailing_Zip")),
    text("billing.country", Some("Mailing_Country")),
    text("shipping.street", Some("Other_Street")),
    text("shipping.city", Some("Other_City")),
    text("shipping.state", Some("Other_State")),
    text("shipping.postal_code", Some("Other_Zip")),
    text("shipping.country", Some("Other_Country")),
];

const VENDORS: &[XeroField] = &[
    text("account_number", None),
    phone("phone", Some("Phone")),
    phone("fax", None),
    text("website", Some("Website")),
    text("tax_number", None),
    text("billing.street", Some("Street")),
    text("billing.city", Some("City")),
    text("billing.state", Some("State")),
    text("billing.postal_code", Some("Zip_Code")),
    text("billing.country", Some("Country")),
    text("shipping.street", None),
    text("shipping.city", None),
    text("shipping.state", None),
    text("shipping.postal_code", None),
    text("shipping.country", None),
];

const PRODUCTS: &[XeroField] = &[
    text("description", Some("Description")),
    field("sales.unit_price", FieldKind::Money, Some("Unit_Price")),
    field("purchase.unit_price", FieldKind::Money, None),
    text("purchase.description", None),
];

const INVOICES: &[XeroField] = &[
    text("reference", Some("Subject")),
    XeroField { optional: false, ..field("date", FieldKind::Day, Some("Invoice_Date")) },
    field("due_date", FieldKind::Day, Some("Due_Date")),
];

const PURCHASE_ORDERS: &[XeroField] = &[
    XeroField { optional: false, ..field("date", FieldKind::Day, Some("PO_Date")) },
    field("due_date", FieldKind::Day, Some("Due_Date")),
];

/// The Xero fields of a pair that can be mapped, in the order in which people expect them.
#[must_use]
pub fn mappable(module: Module) -> &'static [XeroField] {
    match module {
        Module::Accounts => ACCOUNTS,
        Module::Contacts => CONTACTS,
        Module::Vendors => VENDORS,
        Module::Products => PRODUCTS,
        Module::Invoices => INVOICES,
        Module::PurchaseOrders => PURCHASE_ORDERS,
    }
}

/// A pair's Xero field that can be mapped, by its key.
#[must_use]
pub fn find(module: Module, key: &str) -> Option<&'static XeroField> {
    mappable(module).iter().find(|field| field.key == key)
}

/// The fields that no setting maps elsewhere: canonical key and CRM field.
#[must_use]
pub fn fixed(module: Module) -> &'static [(&'static str, &'static str)] {
    match module {
        Module::Accounts => &[("name", "Account_Name")],
        Module::Vendors => &[("name", "Vendor_Name"), ("person.email", "Email")],
        Module::Contacts => {
            &[("person.first_name", "First_Name"), ("person.last_name", "Last_Name"), ("person.email", "Email")]
        }
        Module::Products => &[("code", "Product_Code"), ("name", "Product_Name")],
        Module::Invoices => &[("status", "Status")],
        Module::PurchaseOrders => &[("number", "PO_Number"), ("status", "Status")],
    }
}

/// What people call one of Xero's fields: `Billing postal code`.
#[must_use]
pub fn label(module: Module, key: &str) -> String {
    plan::field_label(module, key, |_| String::new())
}

/// The CRM field that goes with one of Xero's that can be mapped; none where nothing does. Reading, writing back and
/// what counts as writable all go by it.
#[must_use]
pub fn source<'a>(settings: &'a Settings, module: Module, key: &str) -> Option<&'a str> {
    let standard = find(module, key)?.standard;
    match settings.fields.get(&module).and_then(|fields| fields.get(key)).map(|mapping| &mapping.source) {
        None | Some(FieldSource::Standard) => standard,
        Some(FieldSource::Field(name)) => Some(name),
        Some(FieldSource::Nothing) => None,
    }
}

/// What Xero gets where the CRM's field is empty; a blank one is none.
#[must_use]
pub fn default<'a>(settings: &'a Settings, module: Module, key: &str) -> Option<&'a str> {
    // Xero's API does not write a contact's website.
    let mapping = settings.fields.get(&module)?.get(key).filter(|_| takes_default(key))?;
    mapping.default.as_deref().map(str::trim).filter(|text| !text.is_empty())
}

/// Whether a default of this field can go anywhere: Xero's API does not write a contact's website
/// (<https://developer.xero.com/documentation/api/accounting/contacts>).
#[must_use]
pub fn takes_default(key: &str) -> bool {
    key != "website"
}

/// An amount of money as it is written in the settings; none when it is none.
#[must_use]
pub fn money(written: &str) -> Option<Decimal> {
    decimal(&Value::String(written.to_owned()))
}

/// A calendar day as it is written in the settings, `YYYY-MM-DD`; none when it is none.
#[must_use]
pub fn day(written: &str) -> Option<NaiveDate> {
    instant::parse_day(written.trim())
}

/// A field of a CRM module by its API name.
#[must_use]
pub fn crm_field<'a>(crm: &'a CrmOrganisation, module: Module, name: &str) -> Option<&'a CrmField> {
    crm.fields.get(&module)?.iter().find(|field| field.api_name == name)
}

/// Whether a CRM field can go with a Xero field of this kind. Fields that the CRM fills by itself go to Xero only.
#[must_use]
pub fn suits(kind: FieldKind, field: &CrmField) -> bool {
    // What each write of our own changes would be a change for ever.
    let stamps = ["id", "Created_Time", "Modified_Time", "Last_Activity_Time"];
    if stamps.contains(&field.api_name.as_str()) || is_ours(&field.api_name) || !is_single(field) {
        return false;
    }
    let types: &[&str] = match kind {
        FieldKind::Text => {
            &["text", "textarea", "picklist", "email", "phone", "website", "integer", "bigint", "autonumber", "formula"]
        }
        FieldKind::Phone => &["phone", "text"],
        FieldKind::Money => &["currency", "double", "integer", "bigint", "formula", "rollup_summary"],
        FieldKind::Day => &["date", "datetime", "formula"],
    };
    types.contains(&field.data_type.as_str())
}

/// Whether nothing can be written to the field: the CRM fills it by itself, or its metadata says so.
#[must_use]
pub fn is_read_only(field: &CrmField) -> bool {
    field.read_only || matches!(field.data_type.as_str(), "formula" | "rollup_summary" | "autonumber")
}

/// Whether a field of a CRM module can be written to, as far as anybody knows: one that is not known can.
#[must_use]
pub fn takes_values(crm: &CrmOrganisation, module: Module, name: &str) -> bool {
    !crm_field(crm, module, name).is_some_and(is_read_only)
}

/// Whether the field holds one plain value, and not a list of them or another record: by `json_type`, which counts where
/// both are known, and by `data_type`.
#[must_use]
pub fn is_single(field: &CrmField) -> bool {
    let by_json = !matches!(field.json_type.as_deref(), Some("jsonarray" | "jsonobject"));
    let holds_more = [
        "multiselectpicklist",
        "multiselectlookup",
        "multiuserlookup",
        "multi_module_lookup",
        "subform",
        "linetax",
        "lookup",
        "ownerlookup",
        "userlookup",
        "fileupload",
        "imageupload",
        "profileimage",
    ];
    by_json && !holds_more.contains(&field.data_type.as_str())
}

/// Whether the field holds a number. Where nobody filled it, it may be 0.
#[must_use]
pub fn is_numeric(field: &CrmField) -> bool {
    let numbers = ["integer", "bigint", "long", "double", "decimal", "currency", "percent", "rollup_summary"];
    matches!(field.json_type.as_deref(), Some("integer" | "double" | "long"))
        || numbers.contains(&field.data_type.as_str())
}

/// Whether a record is known by the field, so that no two may share its value by chance.
#[must_use]
pub fn identifies(key: &str) -> bool {
    matches!(key, "account_number" | "tax_number")
}

/// Whether the sync itself writes the field.
fn is_ours(api_name: &str) -> bool {
    // Between them these two have all that any module has.
    api_name.starts_with("Xero_")
        && [Module::Contacts, Module::Invoices]
            .into_iter()
            .any(|module| zoho::custom_fields(module).iter().any(|own| own.api_name == api_name))
}

/// The mapping of tracking: one of Xero's tracking categories (at most two) on the lines of documents
/// (<https://developer.xero.com/documentation/api/accounting/trackingcategories>).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct TrackingMapping {
    /// `TrackingCategoryID`.
    pub category: String,
    /// Per module (invoices, purchase orders): the API name of the document's field whose value names the option.
    #[cfg_attr(feature = "schema", schemars(extend("propertyNames" = { "$ref": "#/components/schemas/Module" })))]
    pub fields: BTreeMap<Module, String>,
    /// The field's value (of a picklist, the actual one) to the `TrackingOptionID`. Values that are not here are looked
    /// up by the options' names.
    pub options: BTreeMap<String, String>,
    /// The `TrackingOptionID` of lines for which nothing is found; none leaves them without.
    pub default: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::collections::BTreeSet;

    fn crm_field(api_name: &str, data_type: &str) -> CrmField {
        CrmField {
            api_name: api_name.to_owned(),
            label: String::new(),
            data_type: data_type.to_owned(),
            json_type: None,
            read_only: false,
            length: None,
            decimals: None,
            custom: true,
            picklist: Vec::new(),
        }
    }

    #[test]
    fn what_holds_more_than_one_value_is_never_offered() {
        use FieldKind::{Day, Money, Phone, Text};
        for (data_type, json_type, single) in [
            ("text", Some("string"), true),
            ("text", None, true),
            ("text", Some("jsonarray"), false),
            ("bigint", Some("jsonobject"), false),
            ("currency", Some("jsonarray"), false),
            ("multiselectpicklist", None, false),
            ("lookup", None, false),
            ("date", Some("string"), true),
        ] {
            let field = CrmField { json_type: json_type.map(str::to_owned), ..crm_field("Some_Field", data_type) };
            assert_eq!(is_single(&field), single, "{data_type} {json_type:?}");
            let offered = [Text, Phone, Money, Day].into_iter().any(|kind| suits(kind, &field));
            assert_eq!(offered, single, "{data_type} {json_type:?}");
        }
    }

    #[test]
    fn what_the_metadata_calls_read_only_takes_no_values() {
        let mut organisation = crate::fixture::crm_organisation();
        let field = CrmField { read_only: true, ..crm_field("Bureau_Score", "text") };
        organisation.fields.entry(Module::Accounts).or_default().push(field);
        assert!(!takes_values(&organisation, Module::Accounts, "Bureau_Score"));
        assert!(takes_values(&organisation, Module::Accounts, "Phone"));
        assert!(takes_values(&organisation, Module::Accounts, "Nobody_Knows_It"));
    }

    #[test]
    fn the_table_has_each_field_once_and_a_name_for_each() {
        for module in Module::ALL {
            let keys: BTreeSet<&str> = mappable(module).iter().map(|field| field.key).collect();
            assert_eq!(keys.len(), mappable(module).len(), "{module:?}");
            let standard = mappable(module).iter().filter_map(|field| field.standard);
            let names: Vec<&str> = standard.chain(fixed(module).iter().map(|(_, name)| *name)).collect();
            assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len(), "{module:?}");
            assert!(mappable(module).iter().all(|field| !label(module, field.key).is_empty()));
            assert!(fixed(module).iter().all(|(key, _)| !keys.contains(key)));
        }
        assert_eq!(label(Module::Accounts, "billing.postal_code"), "Billing postal code");
    }

    #[test]
    fn a_field_comes_from_where_the_settings_say() {
        let settings: Settings = serde_json::from_value(json!({"fields": {
            "Accounts": {
                "phone": {"source": {"field": "Hotline"}, "default": " 555 "},
                "fax": {"source": "nothing", "default": "  "},
                "website": {"default": "https://a.example"},
                "name": {"source": {"field": "Trading_Name"}},
            },
        }}))
        .unwrap();
        for (module, key, from, wanted) in [
            (Module::Accounts, "phone", Some("Hotline"), Some("555")),
            (Module::Accounts, "fax", None, None),
            (Module::Accounts, "website", Some("Website"), None),
            (Module::Accounts, "billing.city", Some("Billing_City"), None),
            (Module::Accounts, "tax_number", None, None),
            (Module::Accounts, "name", None, Some("")),
            (Module::Vendors, "phone", Some("Phone"), None),
            (Module::Vendors, "reference", None, None),
        ] {
            assert_eq!(source(&settings, module, key), from, "{module:?} {key}");
            if wanted != Some("") {
                assert_eq!(default(&settings, module, key), wanted, "{module:?} {key}");
            }
        }
    }

    #[test]
    fn only_sensible_fields_are_offered() {
        use FieldKind::{Day, Money, Phone, Text};
        for (kind, name, data_type, offered) in [
            (Text, "Region", "picklist", true),
            (Text, "Score", "formula", true),
            (Text, "Due", "date", false),
            (Text, "Parent", "lookup", false),
            (Text, "Lines", "subform", false),
            (Text, "Tags", "multiselectpicklist", false),
            (Text, "Xero_Number", "text", false),
            (Text, "Xero_Primary", "text", false),
            (Text, "Xero_Old_Code", "text", true),
            (Text, "id", "bigint", false),
            (Phone, "Hotline", "phone", true),
            (Phone, "Region", "picklist", false),
            (Money, "Cost", "currency", true),
            (Money, "Share", "percent", false),
            (Money, "Cost", "text", false),
            (Day, "Posted", "date", true),
            (Day, "Posted", "datetime", true),
            (Day, "Modified_Time", "datetime", false),
            (Day, "Posted", "text", false),
        ] {
            assert_eq!(suits(kind, &crm_field(name, data_type)), offered, "{kind:?} {name} {data_type}");
        }
        assert!(is_read_only(&crm_field("Score", "formula")) && !is_read_only(&crm_field("Region", "picklist")));
    }
}
