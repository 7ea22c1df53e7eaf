//! What becomes of a write that the CRM refused: it is made once more without the value that the CRM named, and at last
//! with what tells of Xero alone. One value costs no other, and status and payments come through in any case.

use super::work::XERO_SUFFIX;
use super::{ArrivalInputs, Inputs, Plan, locks};
use crate::api::{FieldChange, Written};
use crate::link::{FieldKey, Link};
use crate::module::Module;
use crate::problem::{self, Code, Context, Problem, Severity};
use crate::record::tidy;
use crate::settings::fields;
use crate::zoho;
use serde_json::{Map, Value};

/// The CRM's own words for a refusal of one record.
#[derive(Debug, Clone, Copy)]
pub struct Refused<'a> {
    /// `code`.
    pub code: &'a str,
    /// `message`.
    pub message: &'a str,
    /// `details`, with the field in `api_name` and `json_path`.
    pub details: &'a Value,
}

/// A part of a write that the CRM did not take.
#[derive(Debug, Clone, PartialEq)]
pub struct LeftOut {
    /// The changes that were not made by it.
    keys: Vec<FieldKey>,
    /// What is told of it.
    pub problem: Problem,
}

/// A write without what the CRM did not take.
#[derive(Debug, Clone, PartialEq)]
pub struct Rest {
    /// What is written now.
    pub fields: Map<String, Value>,
    /// What is not.
    pub left_out: Vec<LeftOut>,
}

impl Rest {
    /// Whether there is anything left that is worth a write: the stamp alone is not.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fields.keys().all(|name| name == SYNCED_AT)
    }
}

/// The field that changes with every sync and so is no reason to write by itself.
pub(super) const SYNCED_AT: &str = "Xero_Synced_At";

/// The fields by which a record is known: without them the rest would be told of another one.
const IDENTITY: [&str; 2] = ["id", "Xero_ID"];

/// Whose fields are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// The record's own.
    Record,
    /// Those of its primary contact.
    Person,
}

/// The write without the values that the CRM named; none where it named none of them, or one that the record can't be
/// without.
#[must_use]
pub fn without_refused(
    inputs: &Inputs<'_>,
    plan: &Plan,
    whose: Told,
    written: &Map<String, Value>,
    refused: Refused<'_>,
) -> Option<Rest> {
    let mut rest = Rest { fields: written.clone(), left_out: Vec::new() };
    for error in each(refused) {
        let (name, row) = named(written, error)?;
        if IDENTITY.contains(&name.as_str()) {
            return None;
        }
        let value = take(&mut rest.fields, &name, row.as_ref());
        let keys = keys(inputs, plan, whose, written, &name, row.as_ref());
        let problem = told(inputs, plan, whose, (&name, row.as_ref()), value.as_ref(), &keys, error);
        rest.left_out.push(LeftOut { keys, problem });
    }
    (!rest.left_out.is_empty()).then_some(rest)
}

/// A new record of the CRM without the values that the CRM named, with what is told of them; none where it named none of
/// them, or one that the record is nothing without. `module` is that of the record itself, or of its primary contact.
#[must_use]
pub fn new_without(
    inputs: &ArrivalInputs<'_>,
    module: Module,
    new: &Map<String, Value>,
    refused: Refused<'_>,
) -> Option<Rest> {
    let mut rest = Rest { fields: new.clone(), left_out: Vec::new() };
    for error in each(refused) {
        let (name, row) = named(new, error)?;
        let text_of_row = row.as_ref().is_some_and(|row| row.field.as_deref() == Some("Description"));
        if IDENTITY.contains(&name.as_str()) || new.get(&name).is_some_and(|value| !value.is_string() && !text_of_row) {
            // Amounts, lookups and lines are the record itself.
            return None;
        }
        let value = take(&mut rest.fields, &name, row.as_ref()).and_then(|value| tidy(&value)).unwrap_or_default();
        let known = fields::crm_field(inputs.crm_organisation, module, &name);
        let field = match (&row, known) {
            (Some(row), _) => format!("Line {} text", row.at + 1),
            (None, Some(known)) if !known.label.is_empty() => known.label.clone(),
            _ => name.replace('_', " "),
        };
        let own = module == inputs.module;
        let mapped = fields::mappable(module).iter().map(|mapped| mapped.key);
        let fixed = fields::fixed(module).iter().map(|(key, _)| *key);
        let of_person = ["person.first_name", "person.last_name", "person.email", "mobile", "direct"];
        let is_it = |key: &&str| match own {
            true => {
                fields::source(inputs.settings, module, key) == Some(name.as_str())
                    || fields::fixed(module).iter().any(|(known, field)| known == key && *field == name)
            }
            false => zoho::of_person(inputs.module, key).is_some_and(|(_, field)| field == name),
        };
        let mut keys: Vec<FieldKey> = mapped.chain(fixed).chain(of_person).filter(is_it).map(str::to_owned).collect();
        keys.extend(row.as_ref().map(|row| format!("lines.{}.description", row.at + 1)));
        let problem = problem::crm_value_refused(field, value, None)
            .severity(Severity::Warning)
            .at(locks::place(inputs.module, inputs.xero, inputs.xero_organisation))
            .said(&[error.code, error.message].join(": "));
        rest.left_out.push(LeftOut { keys, problem });
    }
    Some(rest)
}

/// The write with what tells of Xero alone: the status, what was paid and what is due. None where it had nothing else.
/// `problem` is why the rest is not written.
#[must_use]
pub fn own_fields_only(plan: &Plan, written: &Map<String, Value>, problem: Problem) -> Option<Rest> {
    let own = |name: &str| name.starts_with("Xero_") || name == "Status" || IDENTITY.contains(&name);
    if written.keys().all(|name| own(name)) {
        return None;
    }
    let mut fields = written.clone();
    fields.retain(|name, _| own(name));
    let keys = plan.changes.iter().filter(|change| change.written == Written::Crm && change.key != "status");
    let keys = keys.map(|change| change.key.clone()).collect();
    let rest = Rest { fields, left_out: vec![LeftOut { keys, problem }] };
    (!rest.is_empty()).then_some(rest)
}

/// The link once the CRM was told all but some: of that nothing is agreed, so that it is told again. `told` is the link as
/// it would be, had the CRM taken everything.
#[must_use]
pub fn told_without(before: Option<&Link>, told: &Link, left_out: &[LeftOut]) -> Link {
    let mut link = told.clone();
    let mut restore = |key: &str| {
        match before.and_then(|before| before.fingerprints.get(key)) {
            Some(print) => link.fingerprints.insert(key.to_owned(), print.clone()),
            None => link.fingerprints.remove(key),
        };
    };
    for key in left_out.iter().flat_map(|one| &one.keys) {
        restore(key);
        restore(&format!("{key}{XERO_SUFFIX}"));
    }
    link
}

/// The changes that were made: what the CRM did not take is none.
#[must_use]
pub fn made(changes: &[FieldChange], left_out: &[LeftOut]) -> Vec<FieldChange> {
    let missed = |change: &FieldChange| {
        change.written == Written::Crm && left_out.iter().any(|one| one.keys.contains(&change.key))
    };
    changes.iter().filter(|change| !missed(change)).cloned().collect()
}

/// Several errors at once come in one (`details.errors`).
fn each(refused: Refused<'_>) -> Vec<Refused<'_>> {
    let several = refused.details.get("errors").and_then(Value::as_array).filter(|_| refused.code.contains("MULTI"));
    let Some(several) = several else { return vec![refused] };
    several
        .iter()
        .map(|error| Refused {
            code: error.get("code").and_then(Value::as_str).unwrap_or_default(),
            message: error.get("message").and_then(Value::as_str).unwrap_or_default(),
            details: error.get("details").unwrap_or(&Value::Null),
        })
        .collect()
}

/// A row of the lines, by its place in what was written, and perhaps one of its fields.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Row {
    at: usize,
    field: Option<String>,
}

/// The field of the write that an error names, with the row where it names one.
fn named(written: &Map<String, Value>, refused: Refused<'_>) -> Option<(String, Option<Row>)> {
    if refused.code == "RECORD_IN_BLUEPRINT" && written.contains_key("Status") {
        return Some(("Status".to_owned(), None));
    }
    let path = refused.details.get("json_path").and_then(Value::as_str).unwrap_or_default();
    // `$.data[0].Invoiced_Items[1].Description`
    let mut parts = path.trim_start_matches("$.").split('.').filter(|part| !part.starts_with("data["));
    let api_name = refused.details.get("api_name").and_then(Value::as_str).unwrap_or_default();
    let first = parts.next().unwrap_or(api_name);
    let (name, at) = match first.split_once('[') {
        Some((name, at)) => (name, at.trim_end_matches(']').parse::<usize>().ok()),
        None => (first, None),
    };
    if let Some(value) = written.get(name) {
        let row = at.and_then(|at| value.as_array()?.get(at).map(|row| (at, row)));
        let row = row.map(|(at, row)| Row {
            at,
            field: parts.next().filter(|field| row.get(*field).is_some()).map(str::to_owned),
        });
        return Some((name.to_owned(), row));
    }
    written.contains_key(api_name).then(|| (api_name.to_owned(), None))
}

/// Takes the value out. Of a row that exists one field goes, a new one goes as a whole: it is nothing without it.
fn take(fields: &mut Map<String, Value>, name: &str, row: Option<&Row>) -> Option<Value> {
    let rows = fields.get_mut(name).and_then(Value::as_array_mut);
    let (Some(Row { at, field: Some(field) }), Some(rows)) = (row, rows) else { return fields.remove(name) };
    let fields_of_row = rows.get_mut(*at).and_then(Value::as_object_mut)?;
    let value = fields_of_row.remove(field);
    // Of a new row all but its text is what it is.
    let is_new = !fields_of_row.contains_key("id") && field != "Description";
    let is_bare = fields_of_row.len() == usize::from(fields_of_row.contains_key("id"));
    if is_new || is_bare {
        // Rows keep their places, since further errors name them by these.
        if let Some(row) = rows.get_mut(*at) {
            *row = Value::Null;
        }
    }
    if rows.iter().all(Value::is_null) {
        fields.remove(name);
    } else if let Some(rows) = fields.get_mut(name).and_then(Value::as_array_mut) {
        rows.retain(|row| !row.is_null());
    }
    value
}

/// The planned changes that the value carries.
fn keys(
    inputs: &Inputs<'_>,
    plan: &Plan,
    whose: Told,
    written: &Map<String, Value>,
    name: &str,
    row: Option<&Row>,
) -> Vec<FieldKey> {
    let Inputs { module, crm, crm_organisation, settings, .. } = *inputs;
    let changes = plan.changes.iter().filter(|change| change.written == Written::Crm).map(|change| &change.key);
    if Some(name) == module.lines_field() && whose == Told::Record {
        let rows = written.get(name).and_then(Value::as_array);
        let id = row.and_then(|row| tidy(rows?.get(row.at)?.get("id")?));
        let part = row.and_then(|row| match row.field.as_deref()? {
            "Description" => Some("description"),
            "Quantity" => Some("quantity"),
            "List_Price" => Some("unit_price"),
            "Discount" => Some("discount"),
            _ => None,
        });
        let wanted = match (row, id, part) {
            (Some(_), Some(id), Some(part)) => format!("lines.{id}.{part}"),
            (Some(_), Some(id), None) => format!("lines.{id}"),
            // New rows have no id yet: they are told of together.
            (Some(_), None, _) => "lines.xero:".to_owned(),
            (None, ..) => "lines.".to_owned(),
        };
        let exact = part.is_some() && row.is_some();
        let of_line = |key: &&FieldKey| if exact { **key == wanted } else { key.starts_with(&wanted) };
        return changes.filter(of_line).cloned().collect();
    }
    let is_it = |key: &&FieldKey| match whose {
        Told::Person => zoho::of_person(module, key).is_some_and(|(_, field)| field == name),
        Told::Record => {
            let parts_of_name =
                module == Module::Contacts && key.as_str() == "name" && matches!(name, "First_Name" | "Last_Name");
            parts_of_name
                || (key.as_str() == "status" && name == "Status")
                || zoho::crm_name(module, key, crm, crm_organisation, settings) == Some(name)
        }
    };
    changes.filter(is_it).cloned().collect()
}

/// What is told of a value that the CRM did not take: a warning that names it, with both its places.
fn told(
    inputs: &Inputs<'_>,
    plan: &Plan,
    whose: Told,
    (name, row): (&str, Option<&Row>),
    value: Option<&Value>,
    keys: &[FieldKey],
    refused: Refused<'_>,
) -> Problem {
    let context = Context {
        crm_organisation: Some(inputs.crm_organisation),
        xero_organisation: Some(inputs.xero_organisation),
        module: Some(if whose == Told::Person { Module::Contacts } else { inputs.module }),
        crm_id: inputs.link.map(|link| &link.crm_id),
        name: &plan.name,
        xero_url: None,
    };
    let said = problem::from_zoho(refused.code, refused.message, refused.details, &context);
    if said.code == Code::CrmInBlueprint {
        return said;
    }
    let change = plan.changes.iter().find(|change| keys.contains(&change.key));
    let known = fields::crm_field(inputs.crm_organisation, inputs.module, name).filter(|_| whose == Told::Record);
    let field = match (row.and_then(|row| row.field.as_ref().map(|field| (row.at, field))), known) {
        (Some((at, field)), _) => match change {
            Some(change) => change.label.clone(),
            None => format!("line {} {}", at + 1, field.replace('_', " ").to_lowercase()),
        },
        (None, Some(known)) if !known.label.is_empty() => known.label.clone(),
        _ => name.replace('_', " "),
    };
    let value = value.and_then(tidy).unwrap_or_default();
    let xero_field = change.map(|change| format!("\"{}\"", change.label));
    let element = inputs.xero.unwrap_or(&Value::Null);
    let problem = problem::crm_value_refused(field, value, xero_field).severity(Severity::Warning).at(locks::place(
        inputs.module,
        element,
        inputs.xero_organisation,
    ));
    match said.said {
        Some(said) => problem.said(&said),
        None => problem,
    }
}
