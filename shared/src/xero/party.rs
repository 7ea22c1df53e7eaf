//! Accounts, contacts and vendors as Xero contacts.

use super::read::{array, person};
use super::{add, fit};
use crate::plan::Inputs;
use crate::problem::{self, Code, Problem, Severity};
use crate::record::{Address, Party, Person, Seen};

/// Most people besides the primary one (developer.xero.com, Contacts).
const MOST_PEOPLE: usize = 5;

pub(super) fn target(inputs: &Inputs, crm: &Party, problems: &mut Vec<Problem>) -> Party {
    let name = fit::name(problems, &crm.name);
    if matches!(name, Seen::Value(None)) || (inputs.xero.is_none() && !name.is_seen()) {
        add(problems, problem::of(Code::NameMissing, &[("module", inputs.module.singular().to_owned())]));
    }
    let primary = Person {
        first_name: fit::limit(problems, "First name", crm.person.first_name.clone(), 255),
        last_name: fit::limit(problems, "Last name", crm.person.last_name.clone(), 255),
        email: fit::email(problems, &crm.person.email),
    };
    Party {
        account_number: fit::limit(problems, "Account number", crm.account_number.clone(), 50),
        people: people(inputs, crm, &primary, name.get(), problems),
        phone: fit::limit(problems, "Phone", crm.phone.clone(), 50),
        fax: fit::limit(problems, "Fax", crm.fax.clone(), 50),
        mobile: fit::limit(problems, "Mobile", crm.mobile.clone(), 50),
        direct: fit::limit(problems, "Direct phone", crm.direct.clone(), 50),
        billing: address(problems, "Billing", &crm.billing),
        shipping: address(problems, "Shipping", &crm.shipping),
        tax_number: fit::limit(problems, "Tax number", crm.tax_number.clone(), 50),
        currency: currency(inputs, crm, problems),
        website: crm.website.clone(),
        person: primary,
        name,
    }
}

fn address(problems: &mut Vec<Problem>, which: &str, crm: &Address) -> Address {
    Address {
        street: fit::street(problems, &format!("{which} street"), &crm.street),
        city: fit::limit(problems, &format!("{which} city"), crm.city.clone(), 255),
        state: fit::limit(problems, &format!("{which} state"), crm.state.clone(), 255),
        postal_code: fit::limit(problems, &format!("{which} postal code"), crm.postal_code.clone(), 50),
        country: fit::country(problems, &format!("{which} country"), &crm.country),
    }
}

/// The default currency, where the Xero organisation has several.
fn currency(inputs: &Inputs, crm: &Party, problems: &mut Vec<Problem>) -> Seen<String> {
    let subscribed = &inputs.xero_organisation.currencies;
    let Some(code) = crm.currency.get().map(|code| code.to_ascii_uppercase()) else { return Seen::Unseen };
    if subscribed.len() < 2 {
        return Seen::Unseen;
    }
    if !subscribed.contains(&code) {
        add(problems, problem::of(Code::CurrencyNotSubscribed, &[("currency", code)]).severity(Severity::Warning));
        return Seen::Unseen;
    }
    Seen::some(code)
}

/// The whole list of further people. Xero replaces the list with what is sent, so people who are there already keep
/// their places, and those whom only Xero knows are kept; a contact that was removed from the CRM stays in Xero.
fn people(
    inputs: &Inputs,
    crm: &Party,
    primary: &Person,
    name: Option<&String>,
    problems: &mut Vec<Problem>,
) -> Seen<Vec<Person>> {
    let Some(wanted) = crm.people.get() else { return Seen::Unseen };
    let in_xero = inputs.xero.and_then(|contact| contact.get("EmailAddress")).and_then(crate::record::tidy);
    let has_primary_email = match &primary.email {
        Seen::Value(email) => email.is_some(),
        Seen::Unseen => in_xero.is_some(),
    };
    if !has_primary_email {
        if !wanted.is_empty() {
            let facts = [("name", name.cloned().unwrap_or_default())];
            add(problems, problem::of(Code::PeopleWithoutPrimaryEmail, &facts));
        }
        return Seen::Unseen;
    }
    let mut wanted: Vec<Person> = wanted
        .iter()
        .map(|person| Person {
            first_name: shown(fit::limit(problems, "First name", person.first_name.clone(), 255)),
            last_name: shown(fit::limit(problems, "Last name", person.last_name.clone(), 255)),
            email: shown(fit::email(problems, &person.email)),
        })
        .collect();
    let mut list = Vec::new();
    for present in inputs.xero.map(|contact| array(contact, "ContactPersons")).unwrap_or_default().iter().map(person) {
        match wanted.iter().position(|candidate| same(candidate, &present)) {
            Some(at) => list.push(wanted.remove(at)),
            None if same(primary, &present) => {}
            None => list.push(present),
        }
    }
    let too_many = list.len() + wanted.len() > MOST_PEOPLE;
    list.extend(wanted);
    list.truncate(MOST_PEOPLE);
    if too_many {
        let facts = [("name", name.cloned().unwrap_or_default()), ("limit", MOST_PEOPLE.to_string())];
        add(problems, problem::of(Code::PeopleTooMany, &facts));
    }
    Seen::some(list)
}

/// A person in the list is sent whole, so a part that was not shown counts as empty.
fn shown(value: Seen<String>) -> Seen<String> {
    Seen::Value(value.get().cloned())
}

/// Whether two are the same person: by e-mail address, else by name.
fn same(one: &Person, other: &Person) -> bool {
    let lower = |value: &Seen<String>| value.get().map(|text| text.to_lowercase());
    match (lower(&one.email), lower(&other.email)) {
        (Some(one), Some(other)) => one == other,
        _ => {
            let name = |person: &Person| (lower(&person.first_name), lower(&person.last_name));
            name(one) == name(other) && name(one) != (None, None)
        }
    }
}
