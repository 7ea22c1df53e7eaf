//! Xero's side: its wire shapes read into canonical records, the CRM's records in Xero's terms and within its limits,
//! and the elements that are sent.

mod body;
mod contained;
mod dates;
mod document;
mod fit;
mod item;
mod lines;
mod party;
mod rate;
mod read;
mod state;
mod tracking;

pub use body::{body, line_map};
pub(crate) use contained::Prices;
pub(crate) use dates::day;
pub(crate) use document::{rate_of, taxes_of};
pub(crate) use party::{PEOPLE, people_prints};
pub use rate::{ForeignRate, asks_for_rate};
pub use read::read;
pub(crate) use state::unnumbered;
pub use state::{modified, name, state, url};
pub(crate) use tracking::{TRACKING, category, of_lines};

use crate::api::TotalsView;
use crate::id::ZohoId;
use crate::link::FieldKey;
use crate::module::Module;
use crate::plan::Inputs;
use crate::problem::{self, Problem};
use crate::record::{Document, Record, Seen, Slot};
use crate::settings::fields;
use serde_json::Value;
use std::borrow::Cow;
use std::collections::BTreeSet;

/// A CRM record as it should be in Xero.
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    /// In Xero's terms and fitted to Xero's limits. A document's `status` is unseen: the plan decides it.
    pub record: Record,
    /// What had to be fitted, and what stands in the way.
    pub problems: Vec<Problem>,
    /// The CRM's total beside the predicted one; none where it can't be predicted.
    pub totals: Option<TotalsView>,
    /// A key for each of the document's lines, in their order: the CRM line's id, `<CRM line id>:discount`,
    /// `discount`, `discount:<tax type>`, `adjustment`, `rounding`.
    pub line_keys: Vec<String>,
    /// The fields that are empty in the CRM and have the settings' default here.
    pub defaulted: BTreeSet<FieldKey>,
}

/// Translates a CRM record into Xero's terms.
#[must_use]
pub fn target(inputs: &Inputs, crm: &Record) -> Target {
    let mut problems = Vec::new();
    let (filled, defaulted) = with_defaults(inputs, crm);
    let (record, totals, line_keys) = match filled.as_ref() {
        Record::Party(party) => {
            (Record::Party(Box::new(party::target(inputs, party, &mut problems))), None, Vec::new())
        }
        Record::Item(item) => (Record::Item(Box::new(item::target(inputs, item, &mut problems))), None, Vec::new()),
        Record::Document(document) => {
            let (document, totals, keys) = document::target(inputs, document, &mut problems);
            (Record::Document(Box::new(document)), totals, keys)
        }
    };
    let place = crm_id(&inputs.crm.record).map(|id| {
        let name = crate::zoho::name(inputs.module, &inputs.crm.record);
        problem::place_crm(inputs.crm_organisation, inputs.module, &id, format!("Open \"{name}\" in the CRM"))
    });
    let problems = problems
        .into_iter()
        .map(|problem| match &place {
            Some(place) if problem.place.is_none() => problem.at(place.clone()),
            _ => problem,
        })
        .collect();
    Target { record, problems, totals, line_keys, defaulted }
}

/// The CRM's record with the settings' defaults in the fields that are empty there or have no CRM field at all. What
/// the user may not see is not taken for empty.
fn with_defaults<'a>(inputs: &Inputs, crm: &'a Record) -> (Cow<'a, Record>, BTreeSet<FieldKey>) {
    let (module, settings) = (inputs.module, inputs.settings);
    let mut record = Cow::Borrowed(crm);
    let mut defaulted = BTreeSet::new();
    for field in fields::mappable(module) {
        let Some(text) = fields::default(settings, module, field.key) else { continue };
        let unmapped = fields::source(settings, module, field.key).is_none();
        let filled = match record.to_mut().slot(field.key) {
            Some(Slot::Text(slot)) => fill(slot, unmapped, Some(text.to_owned())),
            Some(Slot::Money(slot)) => fill(slot, unmapped, fields::money(text)),
            Some(Slot::Day(slot)) => fill(slot, unmapped, fields::day(text)),
            None => false,
        };
        if filled {
            defaulted.insert(field.key.to_owned());
        }
    }
    (record, defaulted)
}

fn fill<T>(slot: &mut Seen<T>, unmapped: bool, default: Option<T>) -> bool {
    let empty = match slot {
        Seen::Value(value) => value.is_none(),
        Seen::Unseen => unmapped,
    };
    let Some(value) = default.filter(|_| empty) else { return false };
    *slot = Seen::some(value);
    true
}

/// By which the record is found again in Xero: a contact's ContactNumber (`zcrm:a:`, `zcrm:v:` or `zcrm:c:` and the
/// CRM id), an item's Code, a document's InvoiceNumber. A document to which Xero gives the number has
/// `zcrm:i:<id>` or `zcrm:p:<id>`, which is no field in Xero: look among its contact's documents for the one with
/// the CRM record's `Url`.
#[must_use]
pub fn natural_key(module: Module, crm_id: &str, target: &Record) -> String {
    let letter = match module {
        Module::Accounts => 'a',
        Module::Vendors => 'v',
        Module::Contacts => 'c',
        Module::Products => 't',
        Module::Invoices => 'i',
        Module::PurchaseOrders => 'p',
    };
    let own = match target {
        Record::Party(_) => None,
        Record::Item(item) => item.code.get().cloned(),
        Record::Document(document) => document.number.get().cloned(),
    };
    own.unwrap_or_else(|| format!("zcrm:{letter}:{crm_id}"))
}

fn crm_id(record: &Value) -> Option<String> {
    let id = record.get("id").and_then(crate::record::tidy)?;
    ZohoId::new(id.clone()).is_ok().then_some(id)
}

/// The lines of a document as a slice.
fn lines_of(document: &Document) -> &[crate::record::Line] {
    document.lines.get().map(Vec::as_slice).unwrap_or_default()
}

/// Adds a problem unless the same one is there already: ten lines with the same unmapped tax are one problem.
fn add(problems: &mut Vec<Problem>, problem: Problem) {
    if !problems.contains(&problem) {
        problems.push(problem);
    }
}

#[cfg(test)]
pub(crate) mod tests;
