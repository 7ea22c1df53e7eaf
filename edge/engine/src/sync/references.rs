//! What documents' plans need to know of what they point to, for one document or for many: by a click, by the preview before
//! it and by a run alike. What is asked of Xero or of the CRM takes one call for all of them, and none where no document asks.

use super::both::Both;
use super::context::Context;
use super::key::Key;
use crate::access::Refusal;
use crate::store::links;
use ports::Ports;
use serde_json::Value;
use shared::id::{XeroId, ZohoId};
use shared::link::LinkState;
use shared::module::Module;
use shared::plan::{ArrivalDependency, Asked, Dependency, ItemTaxTypes, LastRate, ProductReference, References};
use shared::settings::WithoutCode;
use std::collections::{BTreeMap, HashMap};

/// A document with what is known of what it points to.
pub(crate) type Referring<'d> = (&'d Both, &'d mut References);

/// An item as a link tells it: its tax types are asked for where a line goes with them.
pub(crate) fn item(code: &str, category: Asked<String>) -> ProductReference {
    ProductReference::Item { code: code.to_owned(), category, tax_types: ItemTaxTypes::NotAsked }
}

/// A product's category, of its CRM record.
pub(crate) fn category(record: &Value) -> Asked<String> {
    record.get("Product_Category").and_then(Value::as_str).map(str::to_owned).into()
}

/// The payment terms of a Xero contact, as a single GET, a write's answer or a page of a list has it.
pub(crate) fn terms(contact: &Value) -> Asked<Value> {
    contact.get("PaymentTerms").cloned().into()
}

impl<P: Ports> Context<'_, P> {
    /// Completes what documents' plans need: rates, the items' own tax types and the contacts' terms. `wanted` says which
    /// items' tax types are not known well enough yet.
    ///
    /// # Errors
    /// [`Refusal`] when an API does not answer.
    pub(crate) async fn learn(
        &self,
        module: Module,
        documents: &mut [Referring<'_>],
        wanted: impl Fn(&ItemTaxTypes) -> bool,
    ) -> Result<(), Refusal> {
        self.learn_rates(module, documents).await?;
        self.learn_item_taxes(module, documents, wanted).await?;
        self.learn_terms(module, documents).await
    }

    /// Learns what holds for the rates that documents would be sent with: what somebody has said, else the last rates of
    /// their currencies, in one call for each.
    async fn learn_rates(&self, module: Module, documents: &mut [Referring<'_>]) -> Result<(), Refusal> {
        let mut known: BTreeMap<String, LastRate> = BTreeMap::new();
        for (both, references) in documents.iter_mut() {
            let (crm, xero) = (&self.lists.crm, &self.lists.xero);
            let (snapshot, partner) = (&both.snapshot, both.xero.as_ref());
            let asks = shared::xero::asks_for_rate(module, snapshot, partner, crm, xero, &self.settings);
            let Some(given) = asks else { continue };
            let print = given.print(&self.engine.config.fingerprint_key.0, module, &both.key.1);
            let word = both.link.as_ref().and_then(|link| link.rate.as_ref()).filter(|word| word.of == print);
            if let Some(word) = word {
                references.last_rate = LastRate::Said(word.values);
                continue;
            }
            let currency = given.currency;
            references.last_rate = match known.get(&currency) {
                Some(last) => *last,
                None => {
                    let last = match self.clients.xero().last_rate(&currency).await {
                        Ok(last) => last.map_or(LastRate::None, LastRate::Known),
                        Err(error) => return Err(self.clients.refuse(error).await),
                    };
                    known.insert(currency, last);
                    last
                }
            };
        }
        Ok(())
    }

    /// Reads the items' own tax types, in one call, where a line goes with them.
    async fn learn_item_taxes(
        &self,
        module: Module,
        documents: &mut [Referring<'_>],
        wanted: impl Fn(&ItemTaxTypes) -> bool,
    ) -> Result<(), Refusal> {
        let (crm, settings) = (&self.lists.crm, &self.settings);
        let asks =
            |both: &Both| shared::plan::asks_for_item_taxes(module, &both.snapshot, both.link.as_ref(), crm, settings);
        let products = documents
            .iter_mut()
            .filter(|(both, _)| asks(both))
            .flat_map(|(_, references)| references.products.values_mut());
        let mut open: Vec<(&str, &mut ItemTaxTypes)> = products
            .filter_map(|product| match product {
                ProductReference::Item { code, tax_types, .. } if wanted(tax_types) => Some((code.as_str(), tax_types)),
                ProductReference::Item { .. } | ProductReference::Service { .. } => None,
            })
            .collect();
        let codes: Vec<String> = open.iter().map(|(code, _)| (*code).to_owned()).collect();
        if codes.is_empty() {
            return Ok(());
        }
        let items = match self.clients.xero().items_by_code(&codes).await {
            Ok(items) => items,
            Err(error) => return Err(self.clients.refuse(error).await),
        };
        for (code, tax_types) in &mut open {
            let code = code.trim().to_lowercase();
            let is_it = |item: &&Value| {
                item.get("Code").and_then(Value::as_str).is_some_and(|known| known.trim().to_lowercase() == code)
            };
            if let Some(item) = items.iter().find(is_it) {
                **tax_types = ItemTaxTypes::of(item);
            }
        }
        Ok(())
    }

    /// Reads the terms of the contacts from which documents take their due dates, in one call.
    async fn learn_terms(&self, module: Module, documents: &mut [Referring<'_>]) -> Result<(), Refusal> {
        let (crm, settings) = (&self.lists.crm, &self.settings);
        let asks =
            |both: &Both| shared::plan::asks_for_terms(module, &both.snapshot, both.xero.as_ref(), crm, settings);
        let mut open: Vec<(XeroId, &mut Asked<Value>)> = documents
            .iter_mut()
            .filter(|(both, references)| references.party_terms == Asked::NotAsked && asks(both))
            .filter_map(|(_, references)| Some((references.party.clone()?, &mut references.party_terms)))
            .collect();
        let now = self.ports.now();
        open.retain_mut(|(id, party_terms)| match self.engine.desk.terms_of(now, id) {
            Some(known) => {
                **party_terms = known;
                false
            }
            None => true,
        });
        let ids: Vec<XeroId> = open.iter().map(|(id, _)| id.clone()).collect();
        if ids.is_empty() {
            return Ok(());
        }
        let contacts = match self.clients.xero().by_ids("Contacts", &ids).await {
            Ok(contacts) => contacts,
            Err(error) => return Err(self.clients.refuse(error).await),
        };
        for (id, party_terms) in &mut open {
            let is_it = |contact: &&Value| super::both::xero_id(Module::Accounts, contact).as_ref() == Some(id);
            **party_terms = contacts.iter().find(is_it).map_or(Asked::None, terms);
        }
        self.engine.desk.keep_terms(now, open.iter().map(|(id, terms)| (id.clone(), (**terms).clone())));
        Ok(())
    }

    /// Finds the products for the lines that only Xero's document has, where the CRM has them: by their items' codes, and those
    /// that stand for lines without one. A run brings the others first; a click leaves their lines in Xero, with a warning.
    ///
    /// # Errors
    /// [`Refusal`] when the database fails.
    pub(super) async fn find_arrivals(&self, both: &Both, references: &mut References) -> Result<(), Refusal> {
        if !self.direction_of(both).to_crm() {
            return Ok(());
        }
        let lines = shared::plan::xero_only_lines(&self.inputs(both, references));
        let codes: Vec<String> = lines
            .iter()
            .filter_map(|line| match line {
                ArrivalDependency::Item(code) => Some(code.clone()),
                ArrivalDependency::Party(..) | ArrivalDependency::Service(_) => None,
            })
            .collect();
        let links = links::of_codes(self.ports, &self.clients.scope, &codes).await?;
        let linked = links.into_iter().filter(|link| link.state == LinkState::Linked);
        references.arrivals.products.extend(linked.map(|link| (link.natural_key, link.crm_id)));
        for line in lines {
            if let ArrivalDependency::Service(account) = line
                && let Some(id) = self.settings.products.services.get(&account)
            {
                references.arrivals.services.insert(account, id.clone());
            }
        }
        Ok(())
    }

    /// The products' categories, where accounts are chosen by them.
    ///
    /// # Errors
    /// [`Refusal`] when the CRM does not answer.
    pub(crate) async fn categories(&self, keys: &[Key]) -> Result<HashMap<ZohoId, Asked<String>>, Refusal> {
        let products: Vec<ZohoId> =
            keys.iter().filter(|(module, _)| *module == Module::Products).map(|(_, id)| id.clone()).collect();
        if products.is_empty() || !self.needs_the_product_itself() {
            return Ok(HashMap::new());
        }
        match self.clients.crm_as_connection().records(Module::Products, &products, &["Product_Category"]).await {
            Ok(rows) => {
                let of = |row: &Value| Some((ZohoId::new(row.get("id")?.as_str()?).ok()?, category(row)));
                Ok(rows.iter().filter_map(of).collect())
            }
            Err(error) => Err(self.clients.refuse(error).await),
        }
    }

    /// Accounts by product category need the product's category, which the document's line does not show.
    pub(crate) fn needs_the_product_itself(&self) -> bool {
        !self.settings.accounts.by_category.is_empty()
    }

    /// A product that the line itself shows to have no code is a service, and need not be read.
    pub(crate) fn is_service(&self, module: Module, record: &Value, dependency: &Dependency) -> bool {
        if dependency.module != Module::Products
            || self.settings.products.without_code != WithoutCode::Service
            || self.needs_the_product_itself()
        {
            return false;
        }
        let lines = module.lines_field().and_then(|field| record.get(field)).and_then(Value::as_array);
        let product = lines
            .into_iter()
            .flatten()
            .filter_map(|line| line.get("Product_Name"))
            .find(|product| product.get("id").and_then(Value::as_str) == Some(dependency.crm_id.as_str()));
        let code = product.and_then(|product| product.get("Product_Code"));
        code.is_some_and(|code| shared::record::identifier(code).is_none())
    }
}
