//! What became of what a record needs, for the record's own plan.

use super::both::Both;
use super::key::Key;
use super::outcome::{dependency_view, leaves_xero_alone, waits_for, waits_for_somebody};
use super::pushed::Pushed;
use super::record::Done;
use super::references;
use serde_json::Value;
use shared::api::{Action, DependencyView, Outcome};
use shared::link::{Link, LinkState};
use shared::module::{Kind, Module};
use shared::plan::{Asked, Dependency, ItemTaxTypes, ProductReference, References};
use shared::problem::Problem;
use std::collections::BTreeSet;

/// What became of what a record needs.
#[derive(Debug)]
pub(super) struct Resolved {
    /// What the record's own plan needs to know of them.
    pub(super) references: References,
    /// Those that were or would be written.
    pub(super) views: Vec<DependencyView>,
    /// Why the record itself can't be sent.
    pub(super) failed: Vec<Problem>,
    /// The modules of those that the reader is not shown: the fields that name them are hidden.
    pub(super) unseen: BTreeSet<Module>,
}

impl Resolved {
    /// Nothing is sent for the record's sake, and nothing is asked.
    pub(super) const NOTHING: Self =
        Self { references: References::NOTHING, views: Vec::new(), failed: Vec::new(), unseen: BTreeSet::new() };

    /// Of a document that is linked only the lines wait for what could not be sent: the rest of it goes, and what Xero knows
    /// comes back.
    pub(super) fn lines_wait(&mut self, both: &Both) {
        if both.link.as_ref().is_some_and(|link| link.state == LinkState::Linked && link.xero_id.is_some()) {
            self.references.waiting.clone_from(&self.failed);
        }
    }

    /// A product that will not be an item goes as a service line; one that will be, by its code.
    /// `item` is what Xero has, or what it is to get.
    pub(super) fn learn_product(
        &mut self,
        dependency: &Dependency,
        both: &Both,
        action: Action,
        code: &str,
        item: Option<&Value>,
    ) {
        if dependency.module != Module::Products {
            return;
        }
        // What is only in the way of an item makes no service of it.
        let is_item = action != Action::Skip && !code.is_empty();
        let category = references::category(&both.snapshot.record);
        let product = match is_item {
            false => ProductReference::Service { category },
            true => ProductReference::Item {
                code: code.to_owned(),
                category,
                tax_types: item.map_or(ItemTaxTypes::NotAsked, ItemTaxTypes::of),
            },
        };
        self.references.products.insert(dependency.crm_id.clone(), product);
    }

    /// Takes over how a dependency's push ended, of which `record` needs it.
    pub(super) fn learn(&mut self, dependency: &Dependency, pushed: &Pushed, record: &Key) {
        let both = &pushed.prepared.both;
        let plan = &pushed.prepared.plan;
        let xero_id = pushed.link.as_ref().and_then(|link| link.xero_id.clone());
        match (dependency.module.kind(), pushed.outcome) {
            // A product that is left alone on purpose (no code, not for sale any more) goes as a service line.
            (Kind::Item, Outcome::Skipped) => self.learn_product(dependency, both, Action::Skip, "", None),
            (_, Outcome::Failed | Outcome::Deferred | Outcome::Undecided | Outcome::Skipped) => {
                self.fail(dependency, pushed.problems.clone(), &both.key, record);
                return;
            }
            (Kind::Party, _) => {
                self.references.party = xero_id;
                self.references.party_terms = pushed.xero.as_ref().map_or(Asked::NotAsked, references::terms);
            }
            (Kind::Item, _) => {
                let code = pushed.link.as_ref().map_or(plan.natural_key.as_str(), |link| &link.natural_key);
                self.learn_product(dependency, both, plan.action, code, pushed.xero.as_ref());
            }
            (Kind::Document, _) => {}
        }
        self.views.push(dependency_view(&both.key, &both.name, plan.action, pushed.problems.clone()));
    }

    /// A dependency could not be sent: neither can `record`.
    pub(super) fn fail(&mut self, dependency: &Dependency, problems: Vec<Problem>, key: &Key, record: &Key) {
        self.failed_by(dependency, &dependency.name, &problems, record);
        self.views.push(dependency_view(key, &dependency.name, Action::Blocked, problems));
    }

    /// Why `record` can't be sent: what keeps a dependency back.
    pub(super) fn failed_by(&mut self, dependency: &Dependency, name: &str, problems: &[Problem], record: &Key) {
        let mut failed = waits_for(name, dependency.module.singular(), problems);
        // Which record it is may be hidden from whoever sends the document.
        if self.unseen.contains(&dependency.module) {
            failed = waits_for_somebody(&failed, record);
        }
        self.failed.push(failed);
    }

    /// Takes over how a dependency ended that was sent as a record of its own pair, or the link that it has already.
    pub(super) fn add(
        &mut self,
        (dependency, record): (&Dependency, &Key),
        link: Option<&Link>,
        sent: Option<&Done>,
        category: Asked<String>,
    ) {
        let is_party = dependency.module.kind() == Kind::Party;
        match (link, sent) {
            (Some(link), _) if is_party => self.references.party.clone_from(&link.xero_id),
            (Some(link), _) => {
                self.references
                    .products
                    .insert(dependency.crm_id.clone(), references::item(&link.natural_key, category));
            }
            // A product that is left alone on purpose goes as a service line.
            (None, Some(done)) if !is_party && done.outcome == Outcome::Skipped => {
                self.references.products.insert(dependency.crm_id.clone(), ProductReference::Service { category });
            }
            (None, Some(Done { again: Some(passing), .. })) => self.failed.push(passing.clone()),
            (None, Some(done)) => {
                let name = if dependency.name.is_empty() { &done.name } else { &dependency.name };
                self.failed_by(dependency, name, &done.problems, record);
            }
            (None, None) if !is_party => {
                self.references.products.insert(dependency.crm_id.clone(), ProductReference::Service { category });
            }
            (None, None) => {}
        }
        if let Some(done) = sent {
            let action = match done.outcome {
                Outcome::Created => Action::Create,
                Outcome::Updated => Action::UpdateXero,
                Outcome::Unchanged => Action::Unchanged,
                Outcome::Skipped => Action::Skip,
                Outcome::Failed | Outcome::Deferred | Outcome::Undecided => Action::Blocked,
            };
            if !leaves_xero_alone(action) || action == Action::Blocked {
                let key = (dependency.module, dependency.crm_id.clone());
                self.views.push(dependency_view(&key, &dependency.name, action, done.problems.clone()));
            }
        }
    }
}
