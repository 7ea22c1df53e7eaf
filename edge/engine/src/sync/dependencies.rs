//! The records that must be in Xero before a document: its party and its products. They are sent in the same click.

use super::context::Context;
use super::match_up::Lookups;
use super::push::{Log, Prepared, Pushed};
use super::read::{Both, resource, xero_id};
use super::{Key, dependency_view};
use crate::access::Refusal;
use crate::store::links;
use ports::Ports;
use serde_json::Value;
use shared::api::{Action, DependencyView, EntryView, Outcome};
use shared::id::ZohoId;
use shared::link::{Link, LinkState};
use shared::module::{Kind, Module};
use shared::plan::{Dependency, ItemTaxTypes, LastRate, ProductReference, References};
use shared::problem::{self, Code, Problem, Severity};
use shared::settings::{PeopleRule, WithoutCode};
use std::collections::{BTreeMap, BTreeSet};

/// What became of a record's dependencies.
#[derive(Debug, Default)]
pub(super) struct Resolved {
    /// What the record's own plan needs to know of them.
    pub(super) references: References,
    /// Those that were or would be written.
    pub(super) views: Vec<DependencyView>,
    /// Those that were written, still to be written back.
    pub(super) pushed: Vec<Pushed>,
    /// Why the record itself can't be sent.
    pub(super) failed: Vec<Problem>,
    /// The modules of those that the reader is not shown: the fields that name them are hidden.
    unseen: BTreeSet<Module>,
}

/// A dependency that is to be synced, read.
struct Open {
    dependency: Dependency,
    both: Both,
    /// Whether it is in Xero already and only the CRM was not told: an earlier click was cut off in between.
    linked: bool,
}

/// What a document points to, as it goes to Xero.
#[derive(Debug, Clone, Default)]
pub(super) struct Needs {
    all: Vec<Dependency>,
    /// Whether the document stays with the contact that it has, which is that of the company of the person it is for.
    of_company: bool,
    /// The modules of those that the reader is not shown: the fields that name them are hidden.
    unseen: BTreeSet<Module>,
}

impl Needs {
    /// The records, by module and id: whoever sends them takes their turns first.
    pub(super) fn keys(&self) -> Vec<Key> {
        self.all.iter().map(|one| (one.module, one.crm_id.clone())).collect()
    }
}

/// The dependencies' lines in the log, with what writing back added.
pub(super) fn views(written: Vec<Pushed>, mut views: Vec<DependencyView>) -> Vec<DependencyView> {
    for pushed in written {
        let id = pushed.prepared.both.key.1.to_string();
        if let Some(view) = views.iter_mut().find(|view| view.id == id) {
            view.problems = pushed.problems;
        }
    }
    views
}

impl<P: Ports> Context<'_, P> {
    /// What would happen to a record's dependencies, and what the record's own preview needs of them.
    pub(super) async fn preview_dependencies(&mut self, module: Module, both: &Both) -> Result<Resolved, Refusal> {
        let needs = self.needs(both).await?;
        let (mut resolved, open) = self.look_up(module, both, needs).await?;
        for Open { dependency, mut both, linked } in open {
            if linked {
                continue;
            }
            // A customer that Xero has already may have this very document there, too, typed by hand.
            let is_party = dependency.module.kind() == Kind::Party;
            let lookups = if is_party { Lookups::All } else { Lookups::OnlyUnsettled };
            let plan = self.plan(&mut both, &References::default(), lookups).await?;
            if is_party && plan.action != Action::Blocked {
                resolved.references.party = both.xero.as_ref().and_then(|contact| xero_id(dependency.module, contact));
            }
            // What the item is or would be; one that Xero has already is read below.
            let item = plan.xero_write.as_ref().map(|write| &write.body);
            resolved.learn_product(&dependency, &both, plan.action, &plan.natural_key, item);
            resolved.views.push(dependency_view(&both.key, &both.name, plan.action, plan.problems));
        }
        self.learn_item_taxes(module, [(both, &mut resolved.references)], |_| true).await?;
        self.learn_rates(module, [(both, &mut resolved.references)]).await?;
        Ok(resolved)
    }

    /// Learns what holds for the rates that documents would be sent with: what somebody has said, else the last rates of
    /// their currencies, in one call for each.
    pub(crate) async fn learn_rates<'d>(
        &self,
        module: Module,
        documents: impl IntoIterator<Item = (&'d Both, &'d mut References)>,
    ) -> Result<(), Refusal> {
        let mut known: BTreeMap<String, LastRate> = BTreeMap::new();
        for (both, references) in documents {
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

    /// Reads the items' own tax types, in one call for all documents, where a line goes with them. `wanted` says of
    /// which products that have an item they are not known well enough yet.
    pub(crate) async fn learn_item_taxes<'d>(
        &self,
        module: Module,
        documents: impl IntoIterator<Item = (&'d Both, &'d mut References)>,
        wanted: impl Fn(&ProductReference) -> bool,
    ) -> Result<(), Refusal> {
        let asks = |both: &Both| {
            let crm = &self.lists.crm;
            shared::plan::asks_for_item_taxes(module, &both.snapshot, both.link.as_ref(), crm, &self.settings)
        };
        let mut open: Vec<&mut ProductReference> = documents
            .into_iter()
            .filter(|(both, _)| asks(both))
            .flat_map(|(_, references)| references.products.values_mut())
            .filter(|product| product.item_code.is_some() && wanted(product))
            .collect();
        let codes: Vec<String> = open.iter().filter_map(|product| product.item_code.clone()).collect();
        if codes.is_empty() {
            return Ok(());
        }
        let items = match self.clients.xero().items_by_code(&codes).await {
            Ok(items) => items,
            Err(error) => return Err(self.clients.refuse(error).await),
        };
        for product in &mut open {
            let code = product.item_code.as_deref().unwrap_or_default().trim().to_lowercase();
            let is_it = |item: &&Value| {
                item.get("Code").and_then(Value::as_str).is_some_and(|known| known.trim().to_lowercase() == code)
            };
            if let Some(item) = items.iter().find(is_it) {
                product.tax_types = ItemTaxTypes::of(item);
            }
        }
        Ok(())
    }

    /// Sends a record's dependencies that are not in Xero yet: the party and all products at the same time. Whoever calls has
    /// their turns.
    pub(super) async fn push_dependencies(
        &mut self,
        both: &Both,
        needs: Needs,
        entry: &EntryView,
    ) -> Result<Resolved, Refusal> {
        let module = both.key.0;
        let (mut resolved, open) = self.look_up(module, both, needs).await?;
        // Before anything is sent, so that no reading can fail in between. What is sent now brings its own tax types.
        let unknown = |product: &ProductReference| product.tax_types == ItemTaxTypes::NotAsked;
        self.learn_item_taxes(module, [(both, &mut resolved.references)], unknown).await?;
        self.learn_rates(module, [(both, &mut resolved.references)]).await?;
        let mut dependencies = Vec::new();
        let mut prepared = Vec::new();
        for Open { dependency, mut both, linked } in open {
            if linked && !self.read_partner(&mut both).await? {
                continue;
            }
            let references = References::default();
            let plan = self.plan(&mut both, &references, Lookups::OnlyUnsettled).await?;
            dependencies.push((dependency, linked));
            prepared.push(Prepared { both, plan, references });
        }
        let pushed = match prepared.is_empty() {
            true => Vec::new(),
            false => self.send(prepared, &Log::Click(entry)).await?,
        };
        for ((dependency, linked), pushed) in dependencies.iter().zip(pushed) {
            if *linked {
                // It is in Xero, which is all that the record needs.
                let (both, action) = (&pushed.prepared.both, pushed.prepared.plan.action);
                resolved.views.push(dependency_view(&both.key, &both.name, action, pushed.problems.clone()));
            } else {
                resolved.learn(dependency, &pushed);
            }
            resolved.pushed.push(pushed);
        }
        Ok(resolved)
    }

    /// Reads the Xero record of a linked dependency. Says whether it is there.
    async fn read_partner(&self, both: &mut Both) -> Result<bool, Refusal> {
        let Some(id) = both.link.as_ref().and_then(|link| link.xero_id.as_ref()) else { return Ok(false) };
        match self.clients.xero().get(resource(both.key.0), id).await {
            Ok(partner) => both.xero = partner,
            Err(error) => return Err(self.clients.refuse(error).await),
        }
        Ok(both.xero.is_some())
    }

    /// Splits the dependencies into those that are linked, services that need no item, and those that are read now.
    async fn look_up(&self, module: Module, both: &Both, needs: Needs) -> Result<(Resolved, Vec<Open>), Refusal> {
        let mut resolved = Resolved::default();
        let keys = needs.keys();
        let Needs { all: dependencies, of_company, unseen } = needs;
        resolved.unseen = unseen;
        resolved.references.of_company = of_company;
        let known = links::get_all(self.ports, &self.clients.scope, &keys).await?;
        let mut wanted: Vec<(Dependency, Option<Link>)> = Vec::new();
        for (dependency, link) in dependencies.into_iter().zip(known) {
            match link {
                Some(link) if link.state == LinkState::Linked => {
                    let told = link.crm_modified.is_some();
                    let mut read = !told;
                    if dependency.module.kind() == Kind::Party {
                        resolved.references.party.clone_from(&link.xero_id);
                    } else {
                        let item_code = Some(link.natural_key.clone());
                        let tax_types = ItemTaxTypes::NotAsked;
                        let product = ProductReference { item_code, category: None, tax_types };
                        resolved.references.products.insert(dependency.crm_id.clone(), product);
                        read |= self.needs_the_product_itself();
                    }
                    if read {
                        wanted.push((dependency, Some(link)));
                    }
                }
                _ if self.is_service(module, &both.snapshot.record, &dependency) => {
                    let tax_types = ItemTaxTypes::NoItem;
                    let service = ProductReference { item_code: None, category: None, tax_types };
                    resolved.references.products.insert(dependency.crm_id, service);
                }
                link => wanted.push((dependency, link)),
            }
        }
        let keys: Vec<Key> = wanted.iter().map(|(one, _)| (one.module, one.crm_id.clone())).collect();
        if keys.is_empty() {
            return Ok((resolved, Vec::new()));
        }
        let sights = match self.sights(&keys).await {
            Ok(sights) => sights,
            Err(error) => return Err(self.refuse_reader(error).await),
        };
        let mut open = Vec::new();
        for ((dependency, link), sight) in wanted.into_iter().zip(sights) {
            let linked = link.as_ref().is_some_and(|link| link.state == LinkState::Linked);
            let sight = match sight {
                Ok(sight) => sight,
                Err(error) => return Err(self.refuse_reader(error).await),
            };
            let Some(sight) = sight else {
                if !linked {
                    // The user may not see it, or it is in the recycle bin.
                    let key = (dependency.module, dependency.crm_id.clone());
                    let label = format!("Open \"{}\" in the CRM", both.name);
                    let place = problem::place_crm(&self.lists.crm, module, &both.key.1, label);
                    match shared::plan::product_gone(&both.snapshot, module, &dependency) {
                        // The document is where another one can be chosen.
                        Some(gone) if !resolved.unseen.contains(&dependency.module) => {
                            resolved.failed.push(gone.at(place));
                        }
                        _ => {
                            let problem = problem::of(Code::CrmRecordNotFound, &[("name", dependency.name.clone())]);
                            resolved.fail(&dependency, vec![problem.at(place)], &key);
                        }
                    }
                }
                continue;
            };
            if linked && let Some(product) = resolved.references.products.get_mut(&dependency.crm_id) {
                product.category = category(&sight.snapshot.record);
            }
            if linked && link.as_ref().is_some_and(|link| link.crm_modified.is_some()) {
                continue;
            }
            let key = (dependency.module, dependency.crm_id.clone());
            let both = Both::read(key, sight, None, link, true);
            open.push(Open { dependency, both, linked });
        }
        let (mut read, rest): (Vec<Both>, Vec<_>) =
            open.into_iter().map(|Open { dependency, both, linked }| (both, (dependency, linked))).unzip();
        self.mind_senders(&mut read).await?;
        self.mind_sharers(&mut read).await?;
        let open = read.into_iter().zip(rest).map(|(both, (dependency, linked))| Open { dependency, both, linked });
        Ok((resolved, open.collect()))
    }

    /// What a record points to, as the CRM has it.
    pub(super) fn needs_as_named(&self, both: &Both) -> Needs {
        let module = both.key.0;
        if module.kind() != Kind::Document {
            return Needs::default();
        }
        let all = shared::plan::dependencies(module, &both.snapshot);
        let unseen = all.iter().map(|one| one.module).filter(|needed| !self.shows_need(both, *needed)).collect();
        Needs { all, of_company: false, unseen }
    }

    /// What a record needs in Xero: what it points to, and instead of a person who belongs to an account or vendor that one,
    /// with whom they go to Xero. A document that is linked already stays where it is. It is asked before anybody's turn is
    /// taken, so that the company's is taken, too.
    pub(super) async fn needs(&self, both: &Both) -> Result<Needs, Refusal> {
        let mut needs = self.needs_as_named(both);
        let Some(at) = needs.all.iter().position(|one| one.module == Module::Contacts) else { return Ok(needs) };
        let person = [(Module::Contacts, needs.all[at].crm_id.clone())];
        let link = links::get_all(self.ports, &self.clients.scope, &person).await?.pop().flatten();
        if link.is_some_and(|link| link.xero_id.is_some()) {
            // A person with a contact of her own in Xero, or of whom an administrator says so, is that one.
            return Ok(needs);
        }
        let sight = match self.sights(&person).await {
            Ok(mut sights) => sights.pop(),
            Err(error) => return Err(self.refuse_reader(error).await),
        };
        // One who is not shown is told of where all that is needed is read.
        let Some(Ok(Some(sight))) = sight else { return Ok(needs) };
        let Some((module, crm_id, name)) = shared::zoho::company_of(&sight.snapshot.record) else { return Ok(needs) };
        let stays = both.link.as_ref().is_some_and(|link| link.state == LinkState::Linked);
        if !stays && self.settings.parties.people == PeopleRule::Own {
            return Ok(needs);
        }
        let person = needs.all.remove(at);
        if stays {
            needs.of_company = true;
            return Ok(needs);
        }
        let shown = sight.shows_company();
        if needs.unseen.contains(&person.module) || !shown {
            needs.unseen.insert(module);
        }
        needs.all.insert(at, Dependency { module, crm_id, name: if shown { name } else { String::new() } });
        Ok(needs)
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

fn category(record: &Value) -> Option<String> {
    record.get("Product_Category").and_then(Value::as_str).map(str::to_owned)
}

impl Resolved {
    /// Of a document that is linked only the lines wait for what could not be sent: the rest of it goes, and what Xero knows
    /// comes back.
    pub(super) fn lines_wait(&mut self, both: &Both) {
        if both.link.as_ref().is_some_and(|link| link.state == LinkState::Linked && link.xero_id.is_some()) {
            self.references.waiting.clone_from(&self.failed);
        }
    }

    /// A product that will not be an item goes as a service line; one that will be, by its code.
    /// `item` is what Xero has, or what it is to get.
    fn learn_product(
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
        let is_item = !matches!(action, Action::Skip | Action::Blocked) && !code.is_empty();
        let product = ProductReference {
            item_code: is_item.then(|| code.to_owned()),
            category: category(&both.snapshot.record),
            tax_types: match item {
                _ if !is_item => ItemTaxTypes::NoItem,
                Some(item) => ItemTaxTypes::of(item),
                None => ItemTaxTypes::NotAsked,
            },
        };
        self.references.products.insert(dependency.crm_id.clone(), product);
    }

    /// Takes over how a dependency's push ended.
    fn learn(&mut self, dependency: &Dependency, pushed: &Pushed) {
        let both = &pushed.prepared.both;
        let plan = &pushed.prepared.plan;
        let xero_id = pushed.link.as_ref().and_then(|link| link.xero_id.clone());
        match (dependency.module.kind(), pushed.outcome) {
            // A product that is left alone on purpose (no code, not for sale any more) goes as a service line.
            (Kind::Item, Outcome::Skipped) => self.learn_product(dependency, both, Action::Skip, "", None),
            (_, Outcome::Failed | Outcome::Deferred | Outcome::Undecided | Outcome::Skipped) => {
                self.fail(dependency, pushed.problems.clone(), &both.key);
                return;
            }
            (Kind::Party, _) => {
                self.references.party = xero_id;
                self.references.party_terms =
                    pushed.xero.as_ref().and_then(|contact| contact.get("PaymentTerms")).cloned();
            }
            (Kind::Item, _) => {
                let code = pushed.link.as_ref().map_or(plan.natural_key.as_str(), |link| &link.natural_key);
                self.learn_product(dependency, both, plan.action, code, pushed.xero.as_ref());
            }
            (Kind::Document, _) => {}
        }
        self.views.push(dependency_view(&both.key, &both.name, plan.action, pushed.problems.clone()));
    }

    /// A dependency could not be sent: neither can the record.
    fn fail(&mut self, dependency: &Dependency, problems: Vec<Problem>, key: &Key) {
        let reason = problems.iter().find(|problem| problem.severity != Severity::Warning).or(problems.first());
        let mut failed = problem::of(
            Code::DependencyFailed,
            &[
                ("name", dependency.name.clone()),
                ("kind", dependency.module.singular().to_owned()),
                ("reason", reason.map(|problem| problem.what.clone()).unwrap_or_default()),
            ],
        );
        if self.unseen.contains(&dependency.module) {
            failed = failed.without_facts("");
        }
        if let Some(reason) = reason {
            failed.severity = reason.severity;
        }
        if let Some(reason) = reason.filter(|_| !self.unseen.contains(&dependency.module)) {
            failed.place.clone_from(&reason.place);
            failed.remedy.clone_from(&reason.remedy);
            failed.said.clone_from(&reason.said);
            failed.fix.clone_from(&reason.fix);
            failed.question.clone_from(&reason.question);
        }
        self.failed.push(failed);
        let id: &ZohoId = &key.1;
        self.views.push(dependency_view(&(key.0, id.clone()), &dependency.name, Action::Blocked, problems));
    }
}
