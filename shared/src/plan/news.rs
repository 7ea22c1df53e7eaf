//! What Xero knows of a linked record and the CRM's own Xero fields do not tell yet: a document's status and its payments,
//! and which record it is, where the CRM took nothing of it so far.

use super::settle::{is_untold, same, state_of};
use super::{Inputs, locks, status};
use crate::api::{FieldChange, Shown, Why, Written};
use crate::module::Kind;
use crate::zoho;
use serde_json::{Value, json};

/// What only a record that was told of nothing yet lacks: which one it is in Xero.
const NAMES: [(&str, &str, &str); 2] =
    [("Xero_ID", NAMED, "Xero ID"), ("Xero_Number", "xero_number", "Number in Xero")];

/// The key of the change that tells a record of the CRM which one it is in Xero.
pub const NAMED: &str = "xero_id";

/// The fields of documents that people read, in their order. The others (address, instant) go along unshown.
const FIELDS: [(&str, &str, &str); 5] = [
    ("Xero_Status", "xero_status", "Status in Xero"),
    ("Xero_Amount_Paid", "xero_paid", "Paid"),
    ("Xero_Amount_Credited", "xero_credited", "Credited"),
    ("Xero_Amount_Due", "xero_due", "Due"),
    ("Xero_Paid_On", "xero_paid_on", "Paid on"),
];

/// The changes that a write-back alone would make.
#[must_use]
pub fn news(inputs: &Inputs<'_>, element: &Value) -> Vec<FieldChange> {
    let documents: &[_] = if inputs.module.kind() == Kind::Document { &FIELDS } else { &[] };
    let names: &[_] = if is_untold(inputs, element) { &NAMES } else { &[] };
    let state = state_of(inputs, element, None);
    let told = zoho::xero_fields(inputs.module, &state, inputs.now);
    let currency = state.currency.unwrap_or_default();
    names
        .iter()
        .chain(documents)
        .filter_map(|(name, key, label)| {
            // A field that is not there, or that this user may not see, is neither compared nor shown.
            let (present, value) = (inputs.crm.record.get(*name)?, told.get(*name)?);
            if same(present, value) {
                return None;
            }
            let now = shown(name, value, &currency);
            Some(FieldChange {
                key: (*key).to_owned(),
                label: (*label).to_owned(),
                crm: shown(name, present, &currency),
                xero: now.clone(),
                result: now,
                written: Written::Crm,
                why: Why::ChangedInXero,
            })
        })
        .collect()
}

fn shown(name: &str, value: &Value, currency: &str) -> Option<Shown> {
    let text = match value {
        Value::String(text) if !text.is_empty() => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    Some(match name {
        "Xero_Status" => Shown::Text(locks::status(&json!({ "Status": text })).map_or(text, |one| status::words(&one))),
        "Xero_Paid_On" => Shown::Day(text),
        _ => super::fields::price(text.parse().ok()?, currency),
    })
}
