//! The records that must be in Xero before a document: its party and its products. They are sent in the same click.

use super::both::{Both, Sight, resource, xero_id};
use super::context::Context;
use super::key::Key;
use super::match_up::Lookups;
use super::outcome::waits_for_somebody;
use super::outcome::{dependency_view, reason_of, waits_for};
use super::pushed::{Log, Prepared, Pushed};
use super::references;
use crate::access::Refusal;
use crate::store::links;
use ports::Ports;
use serde_json::Value;
use shared::api::{Action, DependencyView, EntryView, Outcome};
use shared::link::{Link, LinkState};
use shared::module::{Kind, Module};
use shared::plan::{Asked, Dependency, ItemTaxTypes, ProductReference, References};
use shared::problem::{self, Code, Problem};
use shared::settings::PeopleRule;
use std::collections::BTreeSet;

/// What became of a record's dependencies.
#[derive(Debug)]
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

/// Whose a document is in Xero that the CRM has for a person.
pub(crate) enum ForPerson {
    /// Hers.
    Herself,
    /// Her company's, with which she goes to Xero.
    Company(Dependency),
    /// Whosesoever it is there already: it is linked, and stays where it is.
    AsItStands,
}

/// Whether a person has a contact of her own in Xero, or somebody has said which one is hers: then her documents are hers,
/// whether she was synced since or not.
pub(crate) fn has_own_contact(link: Option<&Link>) -> bool {
    link.is_some_and(|link| link.xero_id.is_some())
}

impl<P: Ports> Context<'_, P> {
    /// What would happen to a record's dependencies, and what the record's own preview needs of them. What could not be sent
    /// keeps the record back, as it would at a click; the record of somebody who may not send it is shown with all that
    /// somebody else would send first.
    pub(super) async fn preview_dependencies(&mut self, both: &Both) -> Result<Resolved, Refusal> {
        let (module, record) = (both.key.0, both.key.clone());
        let barred = both.hold.is_some() || self.not_editable(both).is_some();
        let told = both.hold.is_some() && self.is_one_circle();
        let needs = self.needs(both).await?;
        let (mut resolved, open) = self.look_up(module, both, needs).await?;
        for Open { dependency, mut both, linked } in open {
            if linked {
                continue;
            }
            // A customer that Xero has already may have this very document there, too, typed by hand.
            let is_party = dependency.module.kind() == Kind::Party;
            let lookups = if is_party { Lookups::All } else { Lookups::OnlyUnsettled };
            let plan = self.plan(&mut both, &References::NOTHING, lookups).await?;
            if is_party && plan.action != Action::Blocked {
                let contact = both.xero.as_ref();
                resolved.references.party = contact.and_then(|contact| xero_id(dependency.module, contact));
                resolved.references.party_terms = contact.map_or(Asked::None, references::terms);
            }
            // What the item is or would be; one that Xero has already is read below.
            let item = plan.xero_write.as_ref().map(|write| &write.body);
            resolved.learn_product(&dependency, &both, plan.action, &plan.natural_key, item);
            let bar = self.bar(&both, &plan);
            let fails = match plan.action {
                // It goes as a service line.
                Action::Skip if !is_party => false,
                Action::Skip | Action::Blocked => true,
                _ => plan.problems.iter().any(Problem::stops) || (bar.is_some() && !barred),
            };
            let mut problems = plan.problems;
            problems.splice(0..0, bar.filter(|_| !told));
            if fails {
                resolved.failed_by(&dependency, &problems, &record);
            }
            resolved.views.push(dependency_view(&both.key, &both.name, plan.action, problems));
        }
        self.learn(module, &mut [(both, &mut resolved.references)], |_| true).await?;
        self.find_arrivals(both, &mut resolved.references).await?;
        Ok(resolved)
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
        // Before anything is sent, so that no reading can fail in between. What is sent now brings its own tax types and terms.
        let unknown = |tax_types: &ItemTaxTypes| *tax_types == ItemTaxTypes::NotAsked;
        self.learn(module, &mut [(both, &mut resolved.references)], unknown).await?;
        let mut dependencies = Vec::new();
        let mut prepared = Vec::new();
        for Open { dependency, mut both, linked } in open {
            if linked && !self.read_partner(&mut both).await? {
                continue;
            }
            let references = References::NOTHING;
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
                resolved.learn(dependency, &pushed, &both.key);
            }
            resolved.pushed.push(pushed);
        }
        self.find_arrivals(both, &mut resolved.references).await?;
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
        let mut resolved = Resolved::NOTHING;
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
                        let product = references::item(&link.natural_key, Asked::NotAsked);
                        resolved.references.products.insert(dependency.crm_id.clone(), product);
                        read |= self.needs_the_product_itself();
                    }
                    if read {
                        wanted.push((dependency, Some(link)));
                    }
                }
                _ if self.is_service(module, &both.snapshot.record, &dependency) => {
                    let service = ProductReference::Service { category: Asked::NotAsked };
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
                            resolved.fail(&dependency, vec![problem.at(place)], &key, &both.key);
                        }
                    }
                }
                continue;
            };
            if let Some(link) = link.as_ref().filter(|_| linked) {
                if dependency.module.kind() == Kind::Item {
                    let product = references::item(&link.natural_key, references::category(&sight.snapshot.record));
                    resolved.references.products.insert(dependency.crm_id.clone(), product);
                }
                if link.crm_modified.is_some() {
                    continue;
                }
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
        if has_own_contact(link.as_ref()) {
            return Ok(needs);
        }
        let sight = match self.sights(&person).await {
            Ok(mut sights) => sights.pop(),
            Err(error) => return Err(self.refuse_reader(error).await),
        };
        // One who is not shown is told of where all that is needed is read.
        let Some(Ok(Some(sight))) = sight else { return Ok(needs) };
        match self.for_person(both, &sight) {
            ForPerson::Herself => {}
            ForPerson::AsItStands => {
                needs.all.remove(at);
                needs.of_company = true;
            }
            ForPerson::Company(company) => {
                if needs.unseen.contains(&Module::Contacts) || !sight.shows_company() {
                    needs.unseen.insert(company.module);
                }
                needs.all[at] = company;
            }
        }
        Ok(needs)
    }

    /// Whose a document is in Xero that the CRM has for a person without a contact of her own ([`has_own_contact`]).
    pub(crate) fn for_person(&self, document: &Both, person: &Sight) -> ForPerson {
        let Some((module, crm_id, name)) = shared::zoho::company_of(&person.snapshot.record) else {
            return ForPerson::Herself;
        };
        if document.link.as_ref().is_some_and(|link| link.state == LinkState::Linked) {
            return ForPerson::AsItStands;
        }
        match self.settings.parties.people {
            PeopleRule::Own => ForPerson::Herself,
            PeopleRule::Company => {
                let name = if person.shows_company() { name } else { String::new() };
                ForPerson::Company(Dependency { module, crm_id, name })
            }
        }
    }
}

impl Resolved {
    /// Nothing is sent for the record's sake, and nothing is asked.
    pub(super) const NOTHING: Self = Self {
        references: References::NOTHING,
        views: Vec::new(),
        pushed: Vec::new(),
        failed: Vec::new(),
        unseen: BTreeSet::new(),
    };

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
    fn learn(&mut self, dependency: &Dependency, pushed: &Pushed, record: &Key) {
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
    fn fail(&mut self, dependency: &Dependency, problems: Vec<Problem>, key: &Key, record: &Key) {
        self.failed_by(dependency, &problems, record);
        self.views.push(dependency_view(key, &dependency.name, Action::Blocked, problems));
    }

    /// Why `record` can't be sent: what keeps a dependency back.
    fn failed_by(&mut self, dependency: &Dependency, problems: &[Problem], record: &Key) {
        let mut failed = waits_for(&dependency.name, dependency.module.singular(), problems);
        if let Some(reason) = reason_of(problems) {
            failed = failed.severity(reason.severity);
        }
        if self.unseen.contains(&dependency.module) {
            failed = waits_for_somebody(&failed, record);
        }
        self.failed.push(failed);
    }
}
