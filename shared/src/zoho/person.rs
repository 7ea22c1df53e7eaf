//! The person of an account or vendor: another CRM record, its primary contact.

use super::party::{PRIMARY_FLAG, primary};
use super::{CrmSnapshot, text, write};
use crate::id::ZohoId;
use crate::link::FieldKey;
use crate::module::Module;
use crate::organisation::CrmOrganisation;
use crate::problem::Problem;
use crate::record::{Party, Seen};
use crate::settings::fields;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// The canonical fields of a person and the contact's own.
const FIELDS: [(&str, &str); 5] = [
    ("person.first_name", "First_Name"),
    ("person.last_name", LAST_NAME),
    ("person.email", "Email"),
    ("mobile", "Mobile"),
    ("direct", "Phone"),
];

/// The contact's one mandatory field.
const LAST_NAME: &str = "Last_Name";

/// Whether Xero's value of this field can be written to the primary contact of an account or vendor.
#[must_use]
pub fn person_writable(
    module: Module,
    key: &str,
    from_xero: &Party,
    crm: &CrmSnapshot,
    organisation: &CrmOrganisation,
) -> bool {
    let Some((_, field)) = of_person(module, key) else { return false };
    let clears_the_name = field == LAST_NAME && value(from_xero, key).is_none();
    let takes_it = fields::takes_values(organisation, Module::Contacts, field);
    !clears_the_name && takes_it && primary(crm).is_some_and(|contact| text(contact, "id").is_some())
}

/// Writes the named fields of a Xero contact under the names of the primary contact; none when there is no primary
/// contact or nothing to write. Fields of the account or vendor itself are left out.
#[must_use]
pub fn person_write(
    module: Module,
    from_xero: &Party,
    keys: &BTreeSet<FieldKey>,
    crm: &CrmSnapshot,
    organisation: &CrmOrganisation,
) -> Option<(ZohoId, Map<String, Value>)> {
    let id = ZohoId::new(text(primary(crm)?, "id")?).ok()?;
    let fields: Map<String, Value> = keys
        .iter()
        .filter(|key| person_writable(module, key, from_xero, crm, organisation))
        .filter_map(|key| of_person(module, key))
        .filter_map(|(key, field)| {
            let value = value(from_xero, key).map_or(Value::Null, |text| json!(text));
            Some((field.to_owned(), write::fit(Module::Contacts, key, field, organisation, value).value()?))
        })
        .collect();
    (!fields.is_empty()).then_some((id, fields))
}

/// The primary contact that an account or vendor without any contact gets, with the last name that was made up when
/// Xero has none: the local part of the e-mail address, else the company's name. None when Xero knows neither a name
/// nor an e-mail address. What had to be fitted is added to `told`.
#[must_use]
pub fn new_person(
    from_xero: &Party,
    company: &str,
    organisation: &CrmOrganisation,
    told: &mut Vec<Problem>,
) -> Option<(Map<String, Value>, Option<String>)> {
    let person = &from_xero.person;
    let known = [&person.first_name, &person.last_name, &person.email];
    if known.iter().all(|part| part.get().is_none()) {
        return None;
    }
    let mut fitted = |key: &str, field: &str, value: Value| {
        let (value, problem) = write::fit(Module::Contacts, key, field, organisation, value).told();
        told.extend(problem);
        value
    };
    let mut fields: Map<String, Value> = FIELDS
        .iter()
        .filter(|(_, field)| fields::takes_values(organisation, Module::Contacts, field))
        .filter_map(|(key, field)| {
            let written = fitted(key, field, json!(value(from_xero, key)?))?;
            Some(((*field).to_owned(), written))
        })
        .collect();
    let made = person.last_name.get().is_none().then(|| {
        let local = person.email.get().and_then(|email| email.split('@').next()).filter(|local| !local.is_empty());
        local.unwrap_or(company).to_owned()
    });
    if let Some(written) = made.as_ref().and_then(|made| fitted("person.last_name", LAST_NAME, json!(made))) {
        fields.insert(LAST_NAME.to_owned(), written);
    }
    let known = organisation.fields.get(&Module::Contacts).filter(|known| !known.is_empty());
    if known.is_none_or(|known| known.iter().any(|field| field.api_name == PRIMARY_FLAG)) {
        fields.insert(PRIMARY_FLAG.to_owned(), json!(true));
    }
    Some((fields, made))
}

/// The contact's field of a canonical one, where that belongs to the person and not to the record itself.
pub(crate) fn of_person(module: Module, key: &str) -> Option<(&'static str, &'static str)> {
    let company = matches!(module, Module::Accounts | Module::Vendors);
    FIELDS.into_iter().find(|(known, _)| company && *known == key)
}

fn value<'a>(party: &'a Party, key: &str) -> Option<&'a String> {
    let value: &Seen<String> = match key {
        "person.first_name" => &party.person.first_name,
        "person.last_name" => &party.person.last_name,
        "person.email" => &party.person.email,
        "mobile" => &party.mobile,
        "direct" => &party.direct,
        _ => return None,
    };
    value.get()
}
