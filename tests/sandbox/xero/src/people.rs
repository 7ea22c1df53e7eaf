//! The people of Xero: who consents, and for which organisations.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use crate::Xero;
use crate::charts;
use crate::identity::Identity;

/// A person with a login of Xero.
#[derive(Debug, Clone)]
pub struct Person {
    /// The id, as tokens name it.
    pub id: String,
    /// First name.
    pub given_name: String,
    /// Last name.
    pub family_name: String,
    /// E-mail address.
    pub email: String,
    /// The organisations that this person is a user of: tenant ids.
    pub tenants: BTreeSet<String>,
}

/// A connection of an application to an organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The connection's id.
    pub id: String,
    /// The organisation's tenant id.
    pub tenant: String,
    /// The e-mail address of the person who granted it.
    pub email: String,
    /// When it was granted first.
    pub created: DateTime<Utc>,
    /// When it was granted last.
    pub updated: DateTime<Utc>,
}

impl Person {
    /// First and last name.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{} {}", self.given_name, self.family_name)
    }
}

impl Identity {
    /// Who consents: the person that the page names, or else the first one who is a user of the organisation.
    pub(crate) fn consenting(&self, named: Option<&str>, tenant: &str) -> Option<&Person> {
        let is_user = |person: &&Person| person.tenants.contains(tenant);
        match named {
            Some(id) => self.people.iter().filter(is_user).find(|person| person.id == id),
            None => self.people.iter().find(is_user),
        }
    }
}

impl Xero {
    /// The people, Robin Hart first, who is a user of the organisations that Xero began with.
    #[must_use]
    pub fn people(&self) -> &[Person] {
        &self.identity.people
    }

    /// Adds a person who is a user of these organisations, and returns the person's id.
    pub fn add_person(&mut self, given_name: &str, family_name: &str, email: &str, tenants: &[&str]) -> String {
        let id = self.identity.new_person_id();
        self.identity.people.push(Person {
            id: id.clone(),
            given_name: given_name.to_owned(),
            family_name: family_name.to_owned(),
            email: email.to_owned(),
            tenants: tenants.iter().map(|tenant| (*tenant).to_owned()).collect(),
        });
        id
    }

    /// Makes somebody a user of an organisation, or takes that away, and with it the person's connections to it.
    /// `false` when there is no such person.
    pub fn set_member(&mut self, email: &str, tenant: &str, member: bool) -> bool {
        let Some(person) = self.identity.people.iter_mut().find(|person| person.email == email) else { return false };
        if member {
            person.tenants.insert(tenant.to_owned());
        } else {
            person.tenants.remove(tenant);
            let id = person.id.clone();
            self.identity.connections.retain(|link| !(link.person == id && link.tenant == tenant));
        }
        true
    }

    /// Adds an organisation of a country (`AU`, `NZ`, `GB` or `US`) with settings and nothing else, and returns its tenant id.
    /// Nobody is a user of it yet. `None` for a country that there is no chart of.
    pub fn add_organisation(&mut self, country: &str, name: &str) -> Option<String> {
        let number = self.organisations.len() as u64;
        let created = DateTime::from_timestamp(1_577_836_800, 0).unwrap_or(DateTime::UNIX_EPOCH);
        let seed = self.config.seed.wrapping_add(number * 1_000_003);
        let mut org = charts::of_country(country, seed, created)?;
        name.clone_into(&mut org.profile.name);
        org.profile.short_code = format!("!Or{number:03}");
        let tenant = org.id.clone();
        self.organisations.push(org);
        Some(tenant)
    }

    /// Scopes that consent does not give from now on, whatever is asked for; the token's `scope` says so.
    pub fn withhold_scopes(&mut self, scopes: &[&str]) {
        self.identity.withheld = scopes.iter().map(|scope| (*scope).to_owned()).collect();
    }

    /// Cuts the consent page off from its opener, by `Cross-Origin-Opener-Policy: same-origin`.
    pub fn set_opener_policy(&mut self, same_origin: bool) {
        self.identity.cut_off = same_origin;
    }

    /// Whether the consent page is cut off from its opener.
    #[must_use]
    pub fn has_opener_policy(&self) -> bool {
        self.identity.cut_off
    }

    /// The connections to applications, oldest first.
    #[must_use]
    pub fn links(&self) -> Vec<Link> {
        let email = |id: &str| self.people().iter().find(|person| person.id == id).map(|person| person.email.clone());
        let links = self.identity.connections.iter();
        links
            .map(|link| Link {
                id: link.id.clone(),
                tenant: link.tenant.clone(),
                email: email(&link.person).unwrap_or_default(),
                created: link.created,
                updated: link.updated,
            })
            .collect()
    }
}
