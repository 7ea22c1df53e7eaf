//! What every CRM record learns from Xero, and the custom fields that hold it.

use super::party::PRIMARY_FLAG;
use crate::api::XeroState;
use crate::module::{Kind, Module};
use crate::record::{decimal, number};
use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

/// A field that the connect step creates in a CRM module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomField {
    /// What people see.
    pub label: &'static str,
    /// The name that the CRM makes of the label.
    pub api_name: &'static str,
    /// The CRM's `data_type`.
    pub data_type: &'static str,
    /// Greatest length of a text.
    pub length: Option<u32>,
    /// Whether no two records may share a value. The CRM allows two such fields in a module.
    pub unique: bool,
    /// Whether records can be found by it (`X-EXTERNAL`).
    pub external: bool,
    /// Whether only we and administrators write into it; people tick the others.
    pub guarded: bool,
}

impl CustomField {
    /// The element of `POST /settings/fields?module=…`.
    #[must_use]
    pub fn definition(&self) -> Value {
        let mut field = Map::new();
        field.insert("field_label".to_owned(), json!(self.label));
        field.insert("data_type".to_owned(), json!(self.data_type));
        if let Some(length) = self.length {
            field.insert("length".to_owned(), json!(length));
        }
        if self.unique {
            field.insert("unique".to_owned(), json!({"case_sensitive": false}));
        }
        if self.external {
            field.insert("external".to_owned(), json!({"type": "org", "show": false}));
        }
        if self.data_type == "currency" {
            field.insert("decimal_place".to_owned(), json!(2));
            // Zoho refuses a precision that is not less than the decimals, and does without one
            // (<https://www.zoho.com/crm/developer/docs/api/v8/create-custom-field.html>).
            field.insert("currency".to_owned(), json!({"rounding_option": "normal"}));
        }
        Value::Object(field)
    }
}

const fn field(
    label: &'static str,
    api_name: &'static str,
    data_type: &'static str,
    length: Option<u32>,
) -> CustomField {
    CustomField { label, api_name, data_type, length, unique: false, external: false, guarded: true }
}

/// The custom fields of a module.
#[must_use]
pub fn custom_fields(module: Module) -> Vec<CustomField> {
    let mut fields = vec![
        CustomField { unique: true, external: true, ..field("Xero ID", "Xero_ID", "text", Some(50)) },
        field("Xero URL", "Xero_URL", "website", None),
        field("Xero Synced At", "Xero_Synced_At", "datetime", None),
        field("Xero Sync Status", "Xero_Sync_Status", "text", Some(100)),
    ];
    if module.kind() == Kind::Document {
        fields.extend([
            field("Xero Number", "Xero_Number", "text", Some(255)),
            field("Xero Status", "Xero_Status", "text", Some(50)),
            field("Xero Total", "Xero_Total", "currency", None),
            field("Xero Amount Paid", "Xero_Amount_Paid", "currency", None),
            field("Xero Amount Credited", "Xero_Amount_Credited", "currency", None),
            field("Xero Amount Due", "Xero_Amount_Due", "currency", None),
            field("Xero Paid On", "Xero_Paid_On", "date", None),
            field("Xero Online Invoice", "Xero_Online_Invoice", "website", None),
        ]);
    }
    if module == Module::Contacts {
        fields.push(CustomField { guarded: false, ..field("Xero Primary", PRIMARY_FLAG, "boolean", None) });
    }
    fields
}

/// The values of a module's Xero fields. What Xero does not tell is emptied.
#[must_use]
pub fn xero_fields(module: Module, state: &XeroState, synced_at: DateTime<Utc>) -> Map<String, Value> {
    let amount = |text: &Option<String>| {
        text.as_ref().and_then(|text| decimal(&Value::String(text.clone()))).map_or(Value::Null, number)
    };
    let mut values = Map::new();
    let mut set = |name: &str, value: Value| {
        values.insert(name.to_owned(), value);
    };
    set("Xero_ID", json!(state.id));
    set("Xero_URL", json!(state.url));
    set("Xero_Synced_At", json!(synced_at.format("%Y-%m-%dT%H:%M:%S+00:00").to_string()));
    set("Xero_Sync_Status", json!("In step"));
    if module.kind() == Kind::Document {
        set("Xero_Number", if state.name.is_empty() { Value::Null } else { json!(state.name) });
        set("Xero_Status", json!(state.status));
        set("Xero_Total", amount(&state.total));
        set("Xero_Amount_Paid", amount(&state.amount_paid));
        set("Xero_Amount_Credited", amount(&state.amount_credited));
        set("Xero_Amount_Due", amount(&state.amount_due));
        set("Xero_Paid_On", json!(state.paid_on));
        set("Xero_Online_Invoice", json!(state.online_invoice));
    }
    values
}
