//! Both sides of one record, translated and laid side by side.

use super::fields::{Flat, Words, flatten, label, lines_of};
use super::merge::Agreed;
use super::pairing::{Pairing, pair};
use super::{CrmSnapshot, Inputs, PersonWrite, fingerprint};
use crate::id::{XeroId, ZohoId};
use crate::link::{Fingerprint, Link};
use crate::module::{Kind, Module};
use crate::organisation::XeroOrganisation;
use crate::problem::Problem;
use crate::record::{Line, Record, tidy};
use crate::xero::{self, TRACKING, Target};
use crate::zoho;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// What the key of a fingerprint ends in where Xero made another value of what it was sent.
pub(super) const XERO_SUFFIX: &str = "@xero";

/// Everything that plan and settlement look at.
pub(super) struct Work {
    /// The CRM record's id; none when the record has none, and then nothing can be done.
    pub(super) crm_id: Option<ZohoId>,
    pub(super) name: String,
    /// The CRM's record in its own terms, and what reading it brought up.
    pub(super) crm: Record,
    pub(super) crm_problems: Vec<Problem>,
    pub(super) crm_flat: Flat,
    /// The CRM's record in Xero's terms.
    pub(super) target: Target,
    pub(super) target_flat: Flat,
    /// Xero's record.
    pub(super) xero: Option<Record>,
    pub(super) xero_flat: Flat,
    /// A key for each of Xero's lines.
    pub(super) xero_keys: Vec<String>,
    /// The link with the lines as they are paired now.
    pub(super) link: Link,
}

impl Work {
    /// Reads both sides. `element` is Xero's record: the one of the inputs, or a newer one.
    pub(super) fn read(inputs: &Inputs<'_>, element: Option<&Value>) -> Self {
        let module = inputs.module;
        let record = &inputs.crm.record;
        let (crm, crm_problems) = zoho::read(module, inputs.crm, inputs.crm_organisation, inputs.settings);
        let target = xero::target(inputs, &crm);
        let mut xero = element.map(|element| xero::read(module, element));
        let known = inputs.link.map(|link| link.lines.clone()).unwrap_or_default();
        let pairing = match (document_lines(&target.record), xero.as_ref().and_then(document_lines)) {
            (Some(ours), Some(theirs)) => pair(ours, &target.line_keys, theirs, &known),
            _ => Pairing { xero_keys: Vec::new(), lines: known },
        };
        let party = party_name(inputs, record);
        let their_party = element.and_then(|element| element.pointer("/Contact/Name")).and_then(Value::as_str);
        let words = |party| Words {
            organisation: inputs.xero_organisation,
            currency: currency(inputs, inputs.xero_organisation),
            party,
        };
        let crm_keys = match &crm {
            Record::Document(document) => lines_of(document)
                .iter()
                .enumerate()
                .map(|(at, line)| line.id.clone().unwrap_or_else(|| format!("line-{}", at + 1)))
                .collect(),
            _ => Vec::new(),
        };
        let crm_id =
            inputs.link.map(|link| link.crm_id.clone()).or_else(|| ZohoId::new(record.get("id").and_then(tidy)?).ok());
        if let (Some(Record::Document(theirs)), Record::Document(ours)) = (&mut xero, &target.record) {
            let rows = element.and_then(|element| element.get("LineItems")).and_then(Value::as_array);
            let paired = rows.into_iter().flatten().zip(&pairing.xero_keys);
            let paired = paired.filter(|(_, key)| target.line_keys.contains(key)).map(|(row, _)| row);
            theirs.tracking = xero::of_lines(paired, &ours.tracking, inputs.xero_organisation);
        }
        let crm_flat = flatten(&crm, &crm_keys, words(party.as_deref()));
        let target_flat = flatten(&target.record, &target.line_keys, words(party.as_deref()));
        let mut xero_flat =
            xero.as_ref().map(|xero| flatten(xero, &pairing.xero_keys, words(their_party))).unwrap_or_default();
        if let Some(xero) = &xero {
            align_discounts(&target, xero, &pairing.xero_keys, &target_flat, &mut xero_flat);
        }
        Self {
            name: zoho::name(module, record),
            link: working_link(inputs, crm_id.as_ref(), pairing.lines),
            xero_keys: pairing.xero_keys,
            crm_id,
            crm,
            crm_problems,
            crm_flat,
            target,
            target_flat,
            xero,
            xero_flat,
        }
    }

    /// What was agreed about a field.
    pub(super) fn agreed(&self, key: &str) -> Agreed<'_> {
        Agreed {
            crm: self.link.fingerprints.get(key),
            xero: self.link.fingerprints.get(&format!("{key}{XERO_SUFFIX}")),
        }
    }

    /// The fingerprint of a field's value.
    pub(super) fn fingerprint(&self, inputs: &Inputs<'_>, key: &str, value: &str) -> Fingerprint {
        fingerprint(inputs.fingerprint_key, inputs.module, &self.link.crm_id, key, value)
    }

    /// The CRM's fields in Xero's terms, if it had all of Xero's values that have a place there. `theirs` is Xero's record
    /// in the CRM's terms.
    pub(super) fn held(&self, inputs: &Inputs<'_>, theirs: Option<&Record>) -> Flat {
        let Some(theirs) = theirs else { return Flat::default() };
        let Inputs { module, crm, crm_organisation, settings, .. } = *inputs;
        let keys =
            self.target_flat.order.iter().filter(|key| zoho::writable(module, key, crm, crm_organisation, settings));
        let keys = keys.cloned().collect();
        let fields = zoho::write(module, theirs, &keys, crm, crm_organisation, settings, &self.link);
        let person = match theirs {
            Record::Party(party) => {
                let keys = self.target_flat.order.iter().cloned().collect();
                let written = zoho::person_write(module, party, &keys, crm, crm_organisation);
                written.map(|(id, fields)| PersonWrite { id: Some(id), fields })
            }
            _ => None,
        };
        let told = told(module, crm, &fields, person.as_ref());
        Self::read(&Inputs { crm: &told, ..*inputs }, inputs.xero).target_flat
    }

    /// What people call a field; lines are counted as the CRM shows them.
    pub(super) fn label(&self, inputs: &Inputs<'_>, key: &str) -> String {
        if let Some(id) = key.strip_prefix(TRACKING) {
            let category = xero::category(inputs.xero_organisation, id);
            return category.map_or_else(|| "Tracking".to_owned(), |category| category.name.clone());
        }
        label(inputs.module, key, |line| self.line_label(line))
    }

    /// What people call a line.
    pub(super) fn line_label(&self, line: &str) -> String {
        match line {
            "adjustment" => return "Adjustment".to_owned(),
            "rounding" => return "Rounding".to_owned(),
            _ if line == "discount" || line.starts_with("discount:") => return "Discount".to_owned(),
            _ => {}
        }
        if let Some(at) = self.xero_keys.iter().position(|key| key == line).filter(|_| line.starts_with("xero:")) {
            return format!("Xero line {}", at + 1);
        }
        let own = line.strip_suffix(":discount").unwrap_or(line);
        let of_crm = self.target.line_keys.iter().filter(|key| !key.contains(':'));
        match of_crm.into_iter().position(|key| key == own) {
            Some(at) if own != line => format!("Line {} discount", at + 1),
            Some(at) => format!("Line {}", at + 1),
            None => "Removed line".to_owned(),
        }
    }

    /// The line of a key in Xero.
    pub(super) fn xero_line(&self, key: &str) -> Option<&Line> {
        let at = self.xero_keys.iter().position(|known| known == key)?;
        self.xero.as_ref().and_then(document_lines)?.get(at)
    }
}

/// The CRM's record as it is once it was told `fields`, and its primary contact once that was told `person`. What the CRM
/// computes of a line by itself is left out, where the line changes.
pub(super) fn told(
    module: Module,
    crm: &CrmSnapshot,
    fields: &Map<String, Value>,
    person: Option<&PersonWrite>,
) -> CrmSnapshot {
    let mut told = crm.clone();
    let Value::Object(record) = &mut told.record else { return told };
    for (name, value) in fields {
        match (Some(name.as_str()) == module.lines_field(), value) {
            (true, Value::Array(rows)) => {
                if let Some(Value::Array(present)) = record.get_mut(name) {
                    change_rows(present, rows);
                }
            }
            _ => {
                record.insert(name.clone(), value.clone());
            }
        }
    }
    if fields.contains_key("First_Name") || fields.contains_key("Last_Name") {
        // The CRM joins a contact's full name from its parts.
        record.remove("Full_Name");
    }
    if let Some(PersonWrite { id: Some(id), fields }) = person {
        for contact in &mut told.contacts {
            if let Value::Object(contact) = contact
                && contact.get("id").and_then(tidy).as_deref() == Some(id.as_str())
            {
                contact.extend(fields.clone());
                contact.remove("Full_Name");
            }
        }
    }
    told
}

/// Rows with an id change their row or delete it. New ones have no id yet, so that nothing is known of them.
fn change_rows(present: &mut Vec<Value>, rows: &[Value]) {
    let id = |row: &Value| row.get("id").and_then(tidy);
    for row in rows {
        let Some(wanted) = id(row) else { continue };
        if row.get("_delete").is_some() {
            present.retain(|known| id(known).as_ref() != Some(&wanted));
            continue;
        }
        let known = present.iter_mut().find(|known| id(known).as_ref() == Some(&wanted));
        if let (Some(Value::Object(known)), Value::Object(row)) = (known, row) {
            for computed in ["Total", "Total_After_Discount", "total_after_discount", "Tax", "Net_Total"] {
                known.remove(computed);
            }
            known.extend(row.clone());
        }
    }
}

/// A document's lines, when its side showed them.
pub(super) fn document_lines(record: &Record) -> Option<&[Line]> {
    match record {
        Record::Document(document) if document.lines.is_seen() => Some(lines_of(document)),
        _ => None,
    }
}

/// The id of a Xero element.
pub(super) fn xero_id(kind: Kind, element: &Value) -> Option<XeroId> {
    let field = match kind {
        Kind::Party => "ContactID",
        Kind::Item => "ItemID",
        Kind::Document => "InvoiceID",
    };
    // A refused create carries the id of zeros.
    let id = element
        .get(field)
        .and_then(Value::as_str)
        .filter(|id| id.bytes().any(|byte| byte.is_ascii_hexdigit() && byte != b'0'))?;
    XeroId::new(id).ok()
}

fn currency<'a>(inputs: &'a Inputs<'_>, organisation: &'a XeroOrganisation) -> &'a str {
    if organisation.base_currency.is_empty() { &inputs.crm_organisation.currency } else { &organisation.base_currency }
}

fn party_name(inputs: &Inputs<'_>, record: &Value) -> Option<String> {
    (inputs.module.kind() == Kind::Document)
        .then(|| zoho::dependencies(inputs.module, record))?
        .into_iter()
        .find(|dependency| dependency.module.kind() == Kind::Party)
        .map(|dependency| dependency.name)
}

pub(super) fn working_link(inputs: &Inputs<'_>, crm_id: Option<&ZohoId>, lines: BTreeMap<String, String>) -> Link {
    match inputs.link {
        Some(link) => Link { lines, ..link.clone() },
        None => Link { lines, ..Link::blank(inputs.module, crm_id.cloned().unwrap_or_else(nobody)) },
    }
}

/// Stands for the id of a record that has none. Such a record is never sent.
pub(super) fn nobody() -> ZohoId {
    #[expect(clippy::expect_used, reason = "a constant, checked by every test that runs a plan")]
    ZohoId::new("0").expect("a digit is a Zoho id")
}

/// Where both lines' discounts come to the same money, Xero's counts as the CRM's: Xero tells some as an amount that
/// were sent as a rate.
fn align_discounts(target: &Target, xero: &Record, xero_keys: &[String], ours: &Flat, theirs: &mut Flat) {
    let (Some(our_lines), Some(their_lines)) = (document_lines(&target.record), document_lines(xero)) else { return };
    for (line, key) in our_lines.iter().zip(&target.line_keys) {
        let at = xero_keys.iter().position(|known| known == key);
        let Some(other) = at.and_then(|at| their_lines.get(at)) else { continue };
        let field = format!("lines.{key}.discount");
        if line.discount_amount() == other.discount_amount()
            && line.gross() == other.gross()
            && let (Some(cell), Some(slot)) = (ours.cells.get(&field), theirs.cells.get_mut(&field))
        {
            slot.clone_from(cell);
        }
    }
}
