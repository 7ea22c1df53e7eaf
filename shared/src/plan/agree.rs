//! Whether a Xero record that a CRM record names, and that no link leads to, looks like it.

use super::Inputs;
use super::arrive::back_pointer;
use super::work::Work;
use crate::module::{Kind, Module};
use crate::names;
use crate::record::tidy;
use serde_json::Value;

/// Whether `element` is what the CRM record would be in Xero, by what nobody types into the field `Xero_ID`: it points
/// back to the record, or it has its name (parties), its code (items), or its number and its party (documents; the party
/// is that of `inputs.references`). A bill is no sales invoice, whatever its number.
///
/// Whoever may write into a CRM record could otherwise make any Xero record its partner, and change that one with the
/// next sync.
#[must_use]
pub fn agrees(inputs: &Inputs<'_>, element: &Value) -> bool {
    let text = |pointer: &str| element.pointer(pointer).and_then(tidy);
    let kind = match inputs.module {
        Module::Invoices => Some("ACCREC"),
        Module::PurchaseOrders => Some("ACCPAY"),
        Module::Accounts | Module::Contacts | Module::Vendors | Module::Products => None,
    };
    if kind.is_some() && text("/Type").as_deref() != kind {
        return false;
    }
    let work = Work::read(&Inputs { link: None, xero: None, ..*inputs }, Some(element));
    let points_back = back_pointer(element, inputs.crm_organisation);
    if points_back.is_some_and(|(module, id)| module == inputs.module && work.crm_id == Some(id)) {
        return true;
    }
    let same = |key: &str| {
        let ours = work.target_flat.cells.get(key).and_then(|cell| cell.text.as_ref());
        let theirs = work.xero_flat.cells.get(key).and_then(|cell| cell.text.as_ref());
        ours.zip(theirs).is_some_and(|(ours, theirs)| match key {
            "name" => names::same(ours, theirs),
            _ => ours.to_lowercase() == theirs.to_lowercase(),
        })
    };
    match inputs.module.kind() {
        Kind::Party => same("name"),
        Kind::Item => same("code"),
        Kind::Document => {
            let party = inputs.references.party.as_ref().map(|party| party.as_str().to_lowercase());
            same("number") && party.is_some() && party == text("/Contact/ContactID").map(|id| id.to_lowercase())
        }
    }
}
