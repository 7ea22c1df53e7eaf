//! Accounts, contacts and vendors as Xero contacts.

use super::read::{array, person};
use super::{add, fit};
use crate::id::ZohoId;
use crate::link::{FieldKey, Fingerprint, Link};
use crate::plan::{Inputs, fingerprint};
use crate::problem::{self, Problem, Severity};
use crate::record::{Address, Party, Person, Seen};
use serde_json::Value;
use std::collections::BTreeMap;

/// Most people besides the primary one (developer.xero.com, Contacts).
const MOST_PEOPLE: usize = 5;

/// Under `people.<contact of the CRM>` a link knows as whom it has brought somebody.
pub(crate) const PEOPLE: &str = "people.";

/// Behind the key of somebody who was at Xero before.
const FOUND: &str = "@found";

pub(super) fn target(inputs: &Inputs, crm: &Party, problems: &mut Vec<Problem>) -> Party {
    let name = fit::name(problems, &crm.name);
    if matches!(name, Seen::Value(None)) || (inputs.xero.is_none() && !name.is_seen()) {
        add(problems, problem::name_missing(inputs.module.singular().to_owned()));
    }
    let primary = Person {
        crm_id: crm.person.crm_id.clone(),
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
        add(problems, problem::currency_not_subscribed(code).severity(Severity::Warning));
        return Seen::Unseen;
    }
    Seen::some(code)
}

/// The whole list of further people. Xero replaces the list with what is sent, so people who are there already keep
/// their places. Xero has no ids for them: the link knows by a fingerprint which contact of the CRM somebody is whom it has
/// brought, so that a new address changes that one, and who was removed from the CRM is removed. Whom only Xero knows, or
/// somebody has changed there, stays.
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
            add(problems, problem::people_without_primary_email(name.cloned().unwrap_or_default()));
        }
        return Seen::Unseen;
    }
    let mut wanted: Vec<Person> = wanted
        .iter()
        .map(|person| Person {
            crm_id: person.crm_id.clone(),
            first_name: shown(fit::limit(problems, "First name", person.first_name.clone(), 255)),
            last_name: shown(fit::limit(problems, "Last name", person.last_name.clone(), 255)),
            email: shown(fit::email(problems, &person.email)),
        })
        .collect();
    let present: Vec<Person> =
        inputs.xero.map(|contact| array(contact, "ContactPersons")).unwrap_or_default().iter().map(person).collect();
    let known: Vec<Option<Known>> = present.iter().map(|person| known(inputs, person)).collect();
    // Whoever is known by the link is nobody else, whatever addresses and names look like now.
    let is = |person: &Person, known: &Known| person.crm_id.as_ref().is_some_and(|id| id.as_str() == known.crm_id);
    let is_known = |person: &Person| known.iter().flatten().any(|one| is(person, one));
    let mut list = Vec::new();
    for (present, known) in present.iter().zip(&known) {
        let at = wanted.iter().position(|one| match known {
            Some(known) => is(one, known),
            None => same(one, present) && !is_known(one),
        });
        match (at, known) {
            (Some(at), _) => list.push(wanted.remove(at)),
            // Removed from the CRM.
            (None, Some(Known { found: false, .. })) => {}
            (None, _) if same(primary, present) || known.as_ref().is_some_and(|known| is(primary, known)) => {}
            (None, _) => list.push(present.clone()),
        }
    }
    let too_many = list.len() + wanted.len() > MOST_PEOPLE;
    list.extend(wanted);
    list.truncate(MOST_PEOPLE);
    if too_many {
        add(problems, problem::people_too_many(name.cloned().unwrap_or_default(), MOST_PEOPLE.to_string()));
    }
    Seen::some(list)
}

/// Who somebody at Xero is in the CRM.
struct Known<'a> {
    crm_id: &'a str,
    /// Whether that one was at Xero before anybody was brought there: who has come from Xero's users stays.
    found: bool,
}

/// Who somebody at Xero is, as long as that one stands there as the link has last seen it.
fn known<'a>(inputs: &Inputs<'a>, present: &Person) -> Option<Known<'a>> {
    let link = inputs.link?;
    let all = link.fingerprints.range(PEOPLE.to_owned()..).take_while(|(key, _)| key.starts_with(PEOPLE));
    let mut all = all.filter_map(|(key, print)| {
        let id = key.strip_prefix(PEOPLE)?;
        let known = id.strip_suffix(FOUND).map(|crm_id| Known { crm_id, found: true });
        Some((known.unwrap_or(Known { crm_id: id, found: false }), print))
    });
    all.find(|(known, print)| person_print(inputs, &link.crm_id, known.crm_id, present) == **print)
        .map(|(known, _)| known)
}

/// Whom of the CRM's people Xero's contact has now, and as whom: what they are known by the next time. `target` is what Xero
/// was to have.
pub(crate) fn people_prints(
    inputs: &Inputs<'_>,
    link: &Link,
    target: &Party,
    element: &Value,
) -> BTreeMap<FieldKey, Fingerprint> {
    let of = |contact: &Value| array(contact, "ContactPersons").iter().map(person).collect::<Vec<Person>>();
    let before = inputs.xero.map(of).unwrap_or_default();
    let after = of(element);
    // Each stands in one place. Who is written the same is meant, whomever else an address could be.
    let written = |one: &Person| [&one.first_name, &one.last_name, &one.email].map(|part| part.get().cloned());
    let mut left: Vec<&Person> = target.people.get().map(Vec::as_slice).unwrap_or_default().iter().collect();
    let mut take = |is: &dyn Fn(&Person) -> bool| left.iter().position(|one| is(one)).map(|at| left.remove(at));
    let mut places: Vec<Option<&Person>> =
        after.iter().map(|there| take(&|one| written(one) == written(there))).collect();
    for (place, there) in places.iter_mut().zip(&after).filter(|(place, _)| place.is_none()) {
        *place = take(&|one| one.crm_id.is_some() && same(one, there));
    }
    let mut prints = BTreeMap::new();
    for (place, there) in places.into_iter().zip(&after) {
        let is = place.and_then(|one| {
            let id = one.crm_id.as_ref()?.to_string();
            let known = before.iter().find_map(|one| known(inputs, one).filter(|known| known.crm_id == id));
            let found = known.map_or_else(|| before.iter().any(|old| same(one, old)), |known| known.found);
            Some((id, found))
        });
        // Who was not to be changed there is still the same.
        let was = || known(inputs, there).map(|known| (known.crm_id.to_owned(), known.found));
        let Some((id, found)) = (if place.is_some() { is } else { was() }) else { continue };
        let print = person_print(inputs, &link.crm_id, &id, there);
        prints.entry(format!("{PEOPLE}{id}{}", if found { FOUND } else { "" })).or_insert(print);
    }
    prints
}

fn person_print(inputs: &Inputs<'_>, crm_id: &ZohoId, person: &str, as_is: &Person) -> Fingerprint {
    let parts = [&as_is.first_name, &as_is.last_name, &as_is.email];
    let text: Vec<&str> = parts.map(|part| part.get().map(String::as_str).unwrap_or_default()).into();
    fingerprint(inputs.fingerprint_key, inputs.module, crm_id, &format!("{PEOPLE}{person}"), &text.join("\n"))
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
