//! Accounts, contacts and vendors.

use super::{CrmSnapshot, full_name, text};
use crate::id::ZohoId;
use crate::module::Module;
use crate::organisation::CrmOrganisation;
use crate::problem::{self, Problem, Severity};
use crate::record::{Party, Person, Seen, boolean, seen_text};
use crate::settings::{PrimaryContactRule, Settings, remedy};
use serde_json::Value;

/// The check box that flags an account's primary contact.
pub(super) const PRIMARY_FLAG: &str = "Xero_Primary";

/// A party without the fields that can be mapped.
pub(super) fn read(
    module: Module,
    crm: &CrmSnapshot,
    organisation: &CrmOrganisation,
    settings: &Settings,
    problems: &mut Vec<Problem>,
) -> Party {
    let record = &crm.record;
    let mut party = Party {
        currency: if organisation.multi_currency { seen_text(record, "Currency") } else { Seen::Unseen },
        ..Party::default()
    };
    match module {
        Module::Contacts => {
            party.name = match full_name(record) {
                Some(name) => Seen::some(name),
                None if record.get("Last_Name").is_some() => Seen::Value(None),
                None => Seen::Unseen,
            };
            party.person = person(record);
        }
        Module::Vendors => {
            party.name = seen_text(record, "Vendor_Name");
            read_people(&mut party, crm, settings, problems);
        }
        _ => {
            party.name = seen_text(record, "Account_Name");
            read_people(&mut party, crm, settings, problems);
        }
    }
    party
}

/// Whose the primary e-mail address and numbers are.
fn read_people(party: &mut Party, crm: &CrmSnapshot, settings: &Settings, problems: &mut Vec<Problem>) {
    // By id, so that the order never depends on who was edited last.
    let mut contacts: Vec<&Value> = crm.contacts.iter().collect();
    contacts.sort_by_key(|contact| text(contact, "id"));
    let primary = primary(crm);
    if crm.more_contacts {
        let name = text(&crm.record, "Account_Name").or_else(|| text(&crm.record, "Vendor_Name"));
        problems.push(problem::contacts_incomplete(name.unwrap_or_default(), contacts.len().to_string()));
    }
    // A vendor has an e-mail address of its own, so it does without a person.
    let vendor_email = crm.record.get("Vendor_Name").is_some().then(|| seen_text(&crm.record, "Email"));
    match primary {
        Some(primary) => {
            party.person = person(primary);
            party.mobile = seen_text(primary, "Mobile");
            party.direct = seen_text(primary, "Phone");
            let id = text(primary, "id");
            let others = contacts.iter().filter(|contact| text(contact, "id") != id);
            // Who is not among those that were read is not gone for that.
            party.people = match crm.more_contacts {
                true => Seen::Unseen,
                false => Seen::some(others.map(|contact| person(contact)).filter(has_something).collect()),
            };
        }
        None => {
            let has_email = matches!(&vendor_email, Some(email) if email.get().is_some());
            if let Some(email) = vendor_email {
                party.person.email = email;
            }
            if !(has_email && contacts.is_empty()) {
                let name = text(&crm.record, "Account_Name").or_else(|| text(&crm.record, "Vendor_Name"));
                let name = name.unwrap_or_default();
                let told = match contacts.is_empty() {
                    true => problem::primary_contact_missing(name),
                    false => problem::primary_contact_several(name),
                };
                problems.push(match settings.parties.primary_contact {
                    PrimaryContactRule::Warn => told,
                    PrimaryContactRule::Require => told.severity(Severity::Error).remedy(remedy::primary_contact()),
                });
            }
        }
    }
}

/// The primary contact of an account or vendor: the flagged one, else the only one. One of some is not the only one.
pub(super) fn primary(crm: &CrmSnapshot) -> Option<&Value> {
    let contacts = crm.contacts.as_slice();
    let is_flagged = |contact: &&Value| contact.get(PRIMARY_FLAG).and_then(boolean) == Some(true);
    let flagged: Vec<&Value> = contacts.iter().filter(is_flagged).collect();
    match (flagged.as_slice(), contacts) {
        ([one], _) => Some(one),
        ([], [one]) if !crm.more_contacts => Some(one),
        _ => None,
    }
}

fn person(contact: &Value) -> Person {
    Person {
        crm_id: text(contact, "id").and_then(|id| ZohoId::new(id).ok()),
        first_name: seen_text(contact, "First_Name"),
        last_name: seen_text(contact, "Last_Name"),
        email: seen_text(contact, "Email"),
    }
}

fn has_something(person: &Person) -> bool {
    [&person.first_name, &person.last_name, &person.email].iter().any(|part| part.get().is_some())
}
