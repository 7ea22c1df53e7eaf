//! Which products of the settings are known by their names, which are to be asked for, and which the CRM does not show.

use shared::api::portal::{RecordFound, RecordsQuery};
use shared::id::ZohoId;
use shared::settings::Settings;
use std::collections::{BTreeMap, BTreeSet};

/// What is known of a product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Product {
    /// Its name.
    Named(String),
    /// The CRM has no such product, or does not show it to this user.
    Missing,
    /// Nothing: the answer is on its way, or there was none.
    Unknown,
}

/// The products that settings name, by their ids.
pub fn of_settings(settings: &Settings) -> impl Iterator<Item = &str> {
    let services = settings.products.services.values().map(ZohoId::as_str);
    services.chain(settings.accounts.by_product.keys().map(String::as_str))
}

/// What is known of products, by their ids.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProductNames {
    names: BTreeMap<String, String>,
    missing: BTreeSet<String>,
    asked: Vec<String>,
}

impl ProductNames {
    /// What is known of a product.
    #[must_use]
    pub fn of(&self, id: &str) -> Product {
        match self.names.get(id) {
            Some(name) => Product::Named(name.clone()),
            None if self.missing.contains(id) => Product::Missing,
            None => Product::Unknown,
        }
    }

    /// Of how many products something is known. It only grows: whoever follows it hears of each that is new.
    #[must_use]
    pub fn known(&self) -> usize {
        self.names.len() + self.missing.len()
    }

    /// Those of these products that have to be asked for, as many at once as one call takes. Each is asked for once;
    /// those that the CRM did not show are asked for `again`.
    pub fn ask<'a>(&mut self, ids: impl Iterator<Item = &'a str>, again: bool) -> Vec<Vec<String>> {
        let mut asked = Vec::new();
        for id in ids.collect::<BTreeSet<_>>() {
            let is_known = match self.of(id) {
                Product::Named(_) => true,
                Product::Missing => !again,
                Product::Unknown => false,
            };
            if is_known || self.asked.iter().any(|asked| asked == id) {
                continue;
            }
            // An imported file may have anything here; one that is no id would spoil the answer for all others.
            if ZohoId::new(id).is_ok() {
                asked.push(id.to_owned());
            } else {
                self.missing.insert(id.to_owned());
            }
        }
        self.asked.extend(asked.iter().cloned());
        asked.chunks(RecordsQuery::MOST_IDS).map(<[String]>::to_vec).collect()
    }

    /// Whether an answer is on its way.
    #[must_use]
    pub fn is_asked(&self) -> bool {
        !self.asked.is_empty()
    }

    /// What was asked for came, or, without records, did not: then it is asked for another time.
    pub fn answered(&mut self, ids: &[String], records: Option<&[RecordFound]>) {
        self.asked.retain(|asked| !ids.contains(asked));
        if let Some(records) = records {
            self.found(records);
            let missing = ids.iter().filter(|id| !self.names.contains_key(*id));
            self.missing.extend(missing.cloned());
        }
    }

    /// Products were found by name.
    pub fn found(&mut self, records: &[RecordFound]) {
        self.names.extend(records.iter().map(|record| (record.id.clone(), record.name.clone())));
    }
}
