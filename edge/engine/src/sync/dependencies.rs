//! The records that must be in Xero before a document: its party and its products. They are sent in the same click.

use super::both::{Both, Sight, resource, xero_id};
use super::context::Context;
use super::key::Key;
use super::match_up::Lookups;
use super::outcome::dependency_view;
use super::pushed::{Log, Prepared, Pushed};
use super::references;
use super::resolved::Resolved;
use crate::access::Refusal;
use crate::store::links;
use ports::Ports;
use shared::api::{Action, DependencyView, EntryView};
use shared::link::{Link, LinkState};
use shared::module::{Kind, Module};
use shared::plan::{Asked, Dependency, ItemTaxTypes, ProductReference, References};
use shared::problem::{self, Code, Problem};
use shared::settings::PeopleRule;
use std::collections::{BTreeSet, HashMap};

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
    pub(super) all: Vec<Dependency>,
    /// Whether the document stays with the contact that it has, which is that of the company of the person it is for.
    pub(super) of_company: bool,
    /// The modules of those that the reader is not shown: the fields that name them are hidden.
    pub(super) unseen: BTreeSet<Module>,
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
enum ForPerson {
    /// Hers.
    Herself,
    /// Her company's, with which she goes to Xero.
    Company(Dependency),
    /// Whosesoever it is there already: it is linked, and stays where it is.
    AsItStands,
}

/// Whether a person has a contact of her own in Xero, or somebody has said which one is hers: then her documents are hers,
/// whether she was synced since or not.
fn has_own_contact(link: Option<&Link>) -> bool {
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
                resolved.failed_by(&dependency, &dependency.name, &problems, &record);
            }
            resolved.views.push(dependency_view(&both.key, &both.name, plan.action, problems));
        }
        self.learn(module, &mut [(both, &mut resolved.references)], |_| true).await?;
        self.find_arrivals(both, &mut resolved.references).await?;
        Ok(resolved)
    }

    /// Sends a record's dependencies that are not in Xero yet: the party and all products at the same time. Whoever calls has
    /// their turns, and writes back to the CRM what was sent.
    pub(super) async fn push_dependencies(
        &mut self,
        both: &Both,
        needs: Needs,
        entry: &EntryView,
    ) -> Result<(Resolved, Vec<Pushed>), Refusal> {
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
        for ((dependency, linked), pushed) in dependencies.iter().zip(&pushed) {
            if *linked {
                // It is in Xero, which is all that the record needs.
                let (both, action) = (&pushed.prepared.both, pushed.prepared.plan.action);
                resolved.views.push(dependency_view(&both.key, &both.name, action, pushed.problems.clone()));
            } else {
                resolved.learn(dependency, pushed, &both.key);
            }
        }
        self.find_arrivals(both, &mut resolved.references).await?;
        Ok((resolved, pushed))
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
                    match self.product_gone(both, &dependency, &resolved) {
                        Some(gone) => resolved.failed.push(gone),
                        None => {
                            let label = format!("Open \"{}\" in the CRM", both.name);
                            let place = problem::place_crm(&self.lists.crm, module, &both.key.1, label);
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

    /// What a record needs in Xero. It is asked before anybody's turn is taken, so that the company's is taken, too.
    pub(super) async fn needs(&self, both: &Both) -> Result<Needs, Refusal> {
        let mut needs = self.needs_as_named(both);
        let people: Vec<Key> = needs.keys().into_iter().filter(|(module, _)| *module == Module::Contacts).collect();
        if !people.is_empty() {
            let known = self.links_by_key(&people).await?;
            self.turn_to_companies(&mut [(both, &mut needs)], &known).await?;
        }
        Ok(needs)
    }

    /// The links of records, and what somebody has said of those that have none yet.
    pub(super) async fn links_by_key(&self, keys: &[Key]) -> Result<HashMap<Key, Link>, Refusal> {
        let links = links::get_all(self.ports, &self.clients.scope, keys).await?;
        Ok(keys.iter().cloned().zip(links).filter_map(|(key, link)| Some((key, link?))).collect())
    }

    /// Puts in the place of a person who belongs to an account or vendor that one, with whom they go to Xero. A document that
    /// is linked already stays where it is. Says whether anything was put anywhere. `known` has the people's links.
    pub(super) async fn turn_to_companies(
        &self,
        documents: &mut [(&Both, &mut Needs)],
        known: &HashMap<Key, Link>,
    ) -> Result<bool, Refusal> {
        let needed = documents.iter().flat_map(|(_, needs)| needs.keys());
        let people: BTreeSet<Key> =
            needed.filter(|key| key.0 == Module::Contacts && !has_own_contact(known.get(key))).collect();
        if people.is_empty() {
            return Ok(false);
        }
        let people: Vec<Key> = people.into_iter().collect();
        let sights = match self.sights(&people).await {
            Ok(sights) => sights,
            Err(error) => return Err(self.refuse_reader(error).await),
        };
        // One who is not shown is told of where all that is needed is read.
        let shown = people.into_iter().zip(sights).filter_map(|(key, sight)| Some((key, sight.ok()??)));
        let shown: HashMap<Key, Sight> = shown.collect();
        let mut any = false;
        for (both, needs) in documents {
            let person = |one: &Dependency| shown.get(&(one.module, one.crm_id.clone()));
            let found = needs.all.iter().enumerate().find_map(|(at, one)| Some((at, person(one)?)));
            let Some((at, person)) = found else { continue };
            match self.for_person(both, person) {
                ForPerson::Herself => continue,
                ForPerson::AsItStands => {
                    needs.all.remove(at);
                    needs.of_company = true;
                }
                ForPerson::Company(company) => {
                    if needs.unseen.contains(&Module::Contacts) || !person.shows_company() {
                        needs.unseen.insert(company.module);
                    }
                    needs.all[at] = company;
                }
            }
            any = true;
        }
        Ok(any)
    }

    /// Why a document can't be sent of whose lines a product is gone from the CRM: the document is where another one can be
    /// chosen. None where the reader is not shown which product it is.
    pub(super) fn product_gone(&self, both: &Both, needed: &Dependency, resolved: &Resolved) -> Option<Problem> {
        let (module, crm_id) = &both.key;
        let gone = shared::plan::product_gone(&both.snapshot, *module, needed);
        let gone = gone.filter(|_| !resolved.unseen.contains(&needed.module))?;
        let label = format!("Open \"{}\" in the CRM", both.name);
        Some(gone.at(problem::place_crm(&self.lists.crm, *module, crm_id, label)))
    }

    /// Whose a document is in Xero that the CRM has for a person without a contact of her own ([`has_own_contact`]).
    fn for_person(&self, document: &Both, person: &Sight) -> ForPerson {
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
