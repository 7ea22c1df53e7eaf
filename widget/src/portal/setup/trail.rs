//! What administrators changed, as far as it is read, and what is needed to tell it in words. No browser: tested
//! natively.

use crate::fault::Fault;
use crate::portal::mapping::product_names::ProductNames;
use crate::portal::mapping::state::Lists;
use serde_json::Value;
use shared::api::portal::{AuditPage, AuditView, MappingView, RecordFound};
use shared::settings::differences::Difference;

/// What administrators changed.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Trail {
    /// The changes that have come, newest first.
    changes: Vec<AuditView>,
    /// How many of them can be told; none before the first answer.
    told: Option<usize>,
    /// Whether older ones exist.
    pub more: bool,
    /// Whether older ones were asked for.
    pub paged: bool,
    /// Whether a page is being read.
    pub reading: bool,
    /// Why it could not be read.
    pub fault: Option<Fault>,
    /// Both organisations' lists: by them taxes and accounts have their names.
    lists: Wanted<Lists>,
    /// What is known of products.
    pub products: ProductNames,
}

/// What is asked for once, and only when it is needed.
#[derive(Debug, Clone, PartialEq, Default)]
enum Wanted<T> {
    #[default]
    NotAsked,
    Asked,
    Here(T),
    /// There was no answer: then it is done without.
    NotToBeHad,
}

/// What is to be asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TrailCall {
    /// Both organisations' lists.
    Lists,
    /// Products of these ids.
    Products(Vec<String>),
}

impl Trail {
    /// Asks for the next page: returns the address of the call, or nothing while one is on its way.
    pub fn ask(&mut self) -> Option<String> {
        if self.reading {
            return None;
        }
        self.reading = true;
        self.fault = None;
        let last = self.changes.last();
        self.paged = last.is_some();
        Some(last.map_or_else(|| "/api/audit".to_owned(), |last| format!("/api/audit?before={}", last.id)))
    }

    /// A page has arrived. Its changes are told once it is known what taxes, accounts and products are called.
    pub fn arrived(&mut self, result: Result<AuditPage, Fault>) -> Vec<TrailCall> {
        self.reading = false;
        let mut asks = Vec::new();
        match result {
            Ok(page) => {
                let settings: Vec<&Difference> = page.changes.iter().flat_map(|change| &change.changes).collect();
                if !settings.is_empty() && self.lists == Wanted::NotAsked {
                    self.lists = Wanted::Asked;
                    asks.push(TrailCall::Lists);
                }
                let products = settings.into_iter().flat_map(products_of);
                asks.extend(self.products.ask(products, false).into_iter().map(TrailCall::Products));
                self.changes.extend(page.changes);
                self.more = page.more;
                self.settle();
            }
            Err(fault) => self.fault = Some(fault),
        }
        asks
    }

    /// The lists have come, or have not.
    pub fn lists_arrived(&mut self, view: Option<MappingView>) {
        self.lists = match view {
            Some(MappingView { crm, xero, read_at, .. }) => Wanted::Here(Lists { crm, xero, read_at }),
            None => Wanted::NotToBeHad,
        };
        self.settle();
    }

    /// Products have come, or have not.
    pub fn products_arrived(&mut self, ids: &[String], records: Option<&[RecordFound]>) {
        self.products.answered(ids, records);
        self.settle();
    }

    fn settle(&mut self) {
        if self.lists != Wanted::Asked && !self.products.is_asked() {
            self.told = Some(self.changes.len());
        }
    }

    /// The lists, where they are there.
    #[must_use]
    pub fn lists(&self) -> Option<&Lists> {
        match &self.lists {
            Wanted::Here(lists) => Some(lists),
            _ => None,
        }
    }

    /// The changes that can be told; none before the first answer.
    #[must_use]
    pub fn told(&self) -> Option<&[AuditView]> {
        self.changes.get(..self.told?)
    }
}

/// The products that a change names, by their ids.
fn products_of(change: &Difference) -> impl Iterator<Item = &str> {
    let path = &change.path;
    let own = path.strip_prefix("accounts.by_product.").and_then(|rest| rest.split('.').next());
    let services = path.starts_with("products.services.");
    let values = [&change.before, &change.after].into_iter().filter(move |_| services);
    own.into_iter().chain(values.filter_map(|value| value.as_ref().and_then(Value::as_str)))
}
