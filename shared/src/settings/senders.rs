//! Who may send to the books, and what of it takes an administrator's word.

use super::BooksSide;
use crate::id::ZohoId;
use crate::module::{Kind, Module};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Who may send to the books.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct SenderSettings {
    /// Who sends invoices and bills.
    pub documents: Circle,
    /// Who sends customers, suppliers and products.
    pub parties: Circle,
    /// Whose documents count in Xero as their status says.
    pub approvers: Circle,
    /// How far the documents come that others send, whatever their status says.
    pub others: UpTo,
    /// Whose new e-mail addresses wait for an administrator's word.
    pub held_emails: HeldEmails,
}

/// How far a document may come in Xero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum UpTo {
    /// Awaiting approval.
    #[default]
    Submitted,
    /// A draft.
    Draft,
}

/// Whose new e-mail addresses wait for an administrator's word before they go to a contact that Xero has: who changes an
/// address changes where a remittance or an invoice goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct HeldEmails {
    /// Suppliers'.
    pub vendors: bool,
    /// Customers'.
    pub customers: bool,
}

impl Default for HeldEmails {
    fn default() -> Self {
        Self { vendors: true, customers: false }
    }
}

impl HeldEmails {
    /// Whether those of a module's records wait.
    #[must_use]
    pub fn of(self, module: Module) -> bool {
        match BooksSide::of(module) {
            BooksSide::Purchases => self.vendors,
            BooksSide::Sales => self.customers,
        }
    }
}

impl SenderSettings {
    /// Who sends the records of a module.
    #[must_use]
    pub fn of(&self, module: Module) -> &Circle {
        match module.kind() {
            Kind::Document => &self.documents,
            Kind::Party | Kind::Item => &self.parties,
        }
    }
}

/// Some of those who may edit a record in the CRM. Nobody is in it who may not edit it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Circle {
    /// Whether it is administrators and whoever has one of the profiles, and not everybody.
    pub closed: bool,
    /// Those profiles of the CRM, by id, with their names as they were when they were chosen. They count where it is
    /// closed.
    #[cfg_attr(feature = "schema", schemars(extend("propertyNames" = { "$ref": "#/components/schemas/ZohoId" })))]
    pub profiles: BTreeMap<ZohoId, String>,
}

impl Circle {
    /// Whether somebody with such a profile is in it.
    #[must_use]
    pub fn holds(&self, profile: &ZohoId, administers: bool) -> bool {
        !self.closed || administers || self.profiles.contains_key(profile)
    }

    /// Who is in it, for people: `an administrator or somebody with the profile "Books"`.
    #[must_use]
    pub fn words(&self) -> String {
        let names: Vec<String> = self.profiles.values().map(|name| format!("\"{name}\"")).collect();
        match names.as_slice() {
            _ if !self.closed => "whoever may edit it".to_owned(),
            [] => "an administrator".to_owned(),
            [name] => format!("an administrator or somebody with the profile {name}"),
            names => format!("an administrator or somebody with one of the profiles {}", names.join(", ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_circle_is_everybody_until_it_is_closed() {
        let id = |text: &str| ZohoId::new(text).unwrap();
        let mut circle = Circle { closed: false, profiles: [(id("7"), "Books".to_owned())].into() };
        assert!(circle.holds(&id("1"), false));
        circle.closed = true;
        assert!(!circle.holds(&id("1"), false) && circle.holds(&id("7"), false) && circle.holds(&id("1"), true));
        assert_eq!(circle.words(), "an administrator or somebody with the profile \"Books\"");
        assert_eq!(Circle { closed: true, ..Circle::default() }.words(), "an administrator");
    }
}
