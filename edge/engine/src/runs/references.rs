//! What documents point to: found in the links, or brought across first, for many documents at once.

use super::process::{Done, Item, passes, process};
use crate::access::Refusal;
use crate::access::rights::Viewer;
use crate::store::{connections, links, waiting};
use crate::sync::{Both, Context, Key, dependency_view, leaves_xero_alone};
use ports::Ports;
use serde_json::{Map, Value, json};
use shared::api::{Action, DependencyView, Outcome};
use shared::id::{XeroId, ZohoId};
use shared::link::LinkState;
use shared::module::{Kind, Module};
use shared::plan::{ArrivalDependency, ArrivalReferences, Dependency, ItemTaxTypes, ProductReference, References};
use shared::problem::{self, Code, Problem, Severity};
use shared::settings::{PeopleRule, accounts};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use upstream::zoho::Row;

/// What became of a document's references.
#[derive(Debug, Default)]
pub(super) struct Resolved {
    pub(super) references: References,
    /// Those that were written.
    pub(super) views: Vec<DependencyView>,
    /// Why the document has to wait.
    pub(super) failed: Vec<Problem>,
}

/// What became of what arriving documents point to.
pub(super) type Arrived = BTreeMap<ArrivalDependency, Result<(Module, ZohoId), Vec<Problem>>>;

/// Finds or sends what documents of the CRM point to, and finds or brings what their lines that only Xero has need.
pub(super) async fn of_documents<P: Ports>(
    context: &mut Context<'_, P>,
    module: Module,
    boths: &[Both],
) -> Result<Vec<Resolved>, Refusal> {
    let mut of_each: Vec<Vec<Dependency>> =
        boths.iter().map(|both| shared::plan::dependencies(module, &both.snapshot)).collect();
    let mut keys = keys_of(&of_each);
    let mut linked = linked(context, &keys).await?;
    // Only what is about to be sent needs its dependencies in Xero.
    let to_xero = context.direction(module).to_xero();
    let turned = turn_to_companies(context, boths, &mut of_each, &linked).await?;
    if turned.any {
        keys = keys_of(&of_each);
        linked = self::linked(context, &keys).await?;
    }
    let mut open: BTreeMap<Module, BTreeSet<ZohoId>> = BTreeMap::new();
    for (both, dependencies) in boths.iter().zip(&of_each) {
        if !to_xero || context.leaves_alone(both) {
            continue;
        }
        for one in dependencies {
            let key = (one.module, one.crm_id.clone());
            let service = context.is_service(module, &both.snapshot.record, one);
            if !linked.contains_key(&key) && !service {
                open.entry(one.module).or_default().insert(one.crm_id.clone());
            }
        }
    }
    let mut sent: HashMap<Key, Done> = HashMap::new();
    let mut known = HashMap::new();
    if !open.is_empty() {
        let all = open.iter().flat_map(|(module, ids)| ids.iter().map(|id| (*module, id.as_str())));
        known = waiting_now(context, all).await?;
    }
    for (dependency_module, ids) in open {
        let known = known.remove(&dependency_module).unwrap_or_default();
        let (stuck, free): (Vec<ZohoId>, Vec<ZohoId>) = ids.into_iter().partition(|id| known.contains_key(id.as_str()));
        for id in stuck {
            if let Some(done) = known.get(id.as_str()) {
                sent.insert((dependency_module, id), done.clone());
            }
        }
        let items = free
            .into_iter()
            .map(|id| Item { record: id.to_string(), crm_id: Some(id), xero_id: None, body: None, needed: true })
            .collect();
        // Parties and products point to nothing themselves.
        for done in Box::pin(process(context, dependency_module, items, &|_| None)).await? {
            if let Some(id) = done.crm_id.clone() {
                sent.insert((dependency_module, id), done);
            }
        }
    }
    let linked = if sent.is_empty() { linked } else { self::linked(context, &keys).await? };
    let categories = categories(context, &keys).await?;

    let mut all = Vec::new();
    for (at, (both, dependencies)) in boths.iter().zip(&of_each).enumerate() {
        let mut resolved = Resolved::default();
        resolved.references.of_company = turned.stay.contains(&at);
        for one in dependencies {
            let key = (one.module, one.crm_id.clone());
            let shown = context.shows_need(both, one.module) && !turned.unseen.contains(&key);
            let gone = |done: &Done| done.problems.iter().any(|problem| is_gone(problem.code));
            if let (None, Some(true)) = (linked.get(&key), sent.get(&key).map(gone))
                && let Some(told) = shared::plan::product_gone(&both.snapshot, module, one).filter(|_| shown)
            {
                // The document is where another product can be chosen.
                let label = format!("Open \"{}\" in the CRM", both.name);
                resolved.failed.push(told.at(problem::place_crm(&context.lists.crm, module, &both.key.1, label)));
                continue;
            }
            let category = categories.get(&one.crm_id).cloned().flatten();
            resolved.add(one, linked.get(&key), sent.get(&key), category, shown);
        }
        all.push(resolved);
    }
    if to_xero {
        let sent = |(both, _): &(&Both, &mut References)| !context.leaves_alone(both);
        let documents = boths.iter().zip(all.iter_mut().map(|resolved: &mut Resolved| &mut resolved.references));
        context.learn_rates(module, documents.filter(sent)).await?;
        let documents = boths.iter().zip(all.iter_mut().map(|resolved| &mut resolved.references));
        let documents = documents.filter(sent);
        let unknown = |product: &ProductReference| product.tax_types == ItemTaxTypes::NotAsked;
        context.learn_item_taxes(module, documents, unknown).await?;
    }
    let mut needs = BTreeSet::new();
    let mut needs_of: Vec<Vec<ArrivalDependency>> = Vec::new();
    for (both, resolved) in boths.iter().zip(&all) {
        let lines = match context.direction(module).to_crm() {
            true => shared::plan::xero_only_lines(&context.inputs(both, &resolved.references)),
            false => Vec::new(),
        };
        needs.extend(lines.iter().cloned());
        needs_of.push(lines);
    }
    if !needs.is_empty() {
        let arrived = arrive(context, &needs).await?;
        for (resolved, needs) in all.iter_mut().zip(needs_of) {
            // A line whose product can't be had stays in Xero only, with a warning of the plan's.
            resolved.references.arrivals = for_one(&arrived, &needs).0;
        }
    }
    Ok(all)
}

impl Resolved {
    fn add(
        &mut self,
        dependency: &Dependency,
        link: Option<&shared::link::Link>,
        sent: Option<&Done>,
        category: Option<String>,
        shown: bool,
    ) {
        let is_party = dependency.module.kind() == Kind::Party;
        let product = |item_code: Option<String>| {
            let tax_types = if item_code.is_some() { ItemTaxTypes::NotAsked } else { ItemTaxTypes::NoItem };
            ProductReference { item_code, category, tax_types }
        };
        match (link, sent) {
            (Some(link), _) if is_party => self.references.party.clone_from(&link.xero_id),
            (Some(link), _) => {
                let code = product(Some(link.natural_key.clone()));
                self.references.products.insert(dependency.crm_id.clone(), code);
            }
            // A product that is left alone on purpose goes as a service line.
            (None, Some(done)) if !is_party && done.outcome == Outcome::Skipped => {
                self.references.products.insert(dependency.crm_id.clone(), product(None));
            }
            (None, Some(Done { again: Some(passing), .. })) => self.failed.push(passing.clone()),
            (None, Some(done)) => {
                let name = if dependency.name.is_empty() { &done.name } else { &dependency.name };
                let waits = waits_for(name, dependency.module.singular(), &done.problems);
                // Which record it is may be hidden from whoever chose the document.
                self.failed.push(if shown { waits } else { waits.without_facts("") });
            }
            (None, None) if !is_party => {
                self.references.products.insert(dependency.crm_id.clone(), product(None));
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

/// Whether a record is not in the CRM any more.
fn is_gone(code: Code) -> bool {
    matches!(code, Code::CrmRecordNotFound | Code::CrmRecordGone)
}

/// A document waits for a record that could not be done.
pub(super) fn waits_for(name: &str, kind: &str, problems: &[Problem]) -> Problem {
    let reason = problems.iter().find(|problem| problem.severity != Severity::Warning).or(problems.first());
    let mut waits = problem::of(
        Code::DependencyFailed,
        &[
            ("name", name.to_owned()),
            ("kind", kind.to_owned()),
            ("reason", reason.map(|problem| problem.what.clone()).unwrap_or_default()),
        ],
    );
    if let Some(reason) = reason {
        waits.place.clone_from(&reason.place);
        waits.remedy.clone_from(&reason.remedy);
        waits.said.clone_from(&reason.said);
        waits.fix.clone_from(&reason.fix);
        waits.question.clone_from(&reason.question);
    }
    waits
}

/// The records that documents point to, each once.
fn keys_of(of_each: &[Vec<Dependency>]) -> Vec<Key> {
    let mut keys: Vec<Key> = of_each.iter().flatten().map(|one| (one.module, one.crm_id.clone())).collect();
    keys.sort();
    keys.dedup();
    keys
}

/// What became of documents for people of companies.
#[derive(Default)]
struct Turned {
    /// Whether there are any.
    any: bool,
    /// Those that stay with the contact that they have in Xero, by their places.
    stay: BTreeSet<usize>,
    /// The companies of people to whose reader the company is not shown.
    unseen: BTreeSet<Key>,
}

/// Whoever belongs to an account or vendor goes to Xero with that one: documents for such people are for the company. Those
/// that are linked already stay where they are. Where nothing goes to Xero, it matters for those alone that may be a document
/// that is there.
async fn turn_to_companies<P: Ports>(
    context: &Context<'_, P>,
    boths: &[Both],
    of_each: &mut [Vec<Dependency>],
    linked: &HashMap<Key, shared::link::Link>,
) -> Result<Turned, Refusal> {
    let is_linked = |both: &Both| both.link.as_ref().is_some_and(|link| link.state == LinkState::Linked);
    let concerned = |both: &Both| {
        let to_xero = context.direction(both.key.0).to_xero();
        (to_xero || both.xero.is_some() && !is_linked(both)) && !context.leaves_alone(both)
    };
    let concerned: Vec<bool> = boths.iter().map(concerned).collect();
    let needed = of_each.iter().zip(&concerned).filter(|(_, concerned)| **concerned).flat_map(|(needed, _)| needed);
    let needed = needed.map(|one| (one.module, one.crm_id.clone()));
    let people: BTreeSet<Key> = needed.filter(|key| key.0 == Module::Contacts && !linked.contains_key(key)).collect();
    if people.is_empty() {
        return Ok(Turned::default());
    }
    let people: Vec<Key> = people.into_iter().collect();
    let sights = match context.sights(&people).await {
        Ok(sights) => sights,
        Err(error) => return Err(context.refuse_reader(error).await),
    };
    let mut turned = Turned::default();
    let mut companies: HashMap<Key, Dependency> = HashMap::new();
    for (key, sight) in people.into_iter().zip(sights) {
        let Ok(Some(sight)) = sight else { continue };
        let Some((module, crm_id, name)) = shared::zoho::company_of(&sight.snapshot.record) else { continue };
        let shown = sight.shows_company();
        if !shown {
            turned.unseen.insert((module, crm_id.clone()));
        }
        companies.insert(key, Dependency { module, crm_id, name: if shown { name } else { String::new() } });
    }
    for (at, (both, dependencies)) in boths.iter().zip(of_each.iter_mut()).enumerate() {
        if concerned.get(at) != Some(&true) {
            continue;
        }
        let company = |one: &Dependency| companies.get(&(one.module, one.crm_id.clone()));
        let Some(place) = dependencies.iter().position(|one| company(one).is_some()) else { continue };
        let stays = both.link.as_ref().is_some_and(|link| link.state == LinkState::Linked);
        if !stays && context.settings.parties.people == PeopleRule::Own {
            continue;
        }
        turned.any = true;
        if stays {
            turned.stay.insert(at);
            dependencies.remove(place);
        } else if let Some(company) = company(&dependencies[place]).cloned() {
            dependencies[place] = company;
        }
    }
    Ok(turned)
}

async fn linked<P: Ports>(context: &Context<'_, P>, keys: &[Key]) -> Result<HashMap<Key, shared::link::Link>, Refusal> {
    let links = links::get_all(context.ports, &context.clients.scope, keys).await?;
    Ok(keys
        .iter()
        .cloned()
        .zip(links)
        .filter_map(|(key, link)| Some((key, link.filter(|link| link.state == LinkState::Linked)?)))
        .collect())
}

/// Those of the records that failed a moment ago, or rest: they are not tried again for each document that points
/// to them. Whoever chose the documents is told only of those that they see themselves, and of these what the code says: the
/// reason was found with another's rights.
async fn waiting_now<P: Ports>(
    context: &Context<'_, P>,
    records: impl IntoIterator<Item = (Module, &str)>,
) -> Result<HashMap<Module, HashMap<String, Done>>, Refusal> {
    let viewer = Viewer::nobody();
    let rows = context.ports.query(waiting::select(&context.clients.scope, &viewer, records)?).await?;
    let mut stuck: HashMap<Module, HashMap<String, Done>> = HashMap::new();
    for (record, at) in waiting::read(rows)? {
        let just_now = context.since.is_some_and(|since| at >= since) && record.outcome != Outcome::Skipped;
        if !(just_now || record.rests(at, context.ports.now())) {
            continue;
        }
        let item = Item {
            record: record.record.clone(),
            crm_id: record.crm_id.clone(),
            xero_id: record.xero_id.clone(),
            body: None,
            needed: true,
        };
        let mut reason = problem::of(record.problem, &[("name", record.name.clone())]);
        if !record.reason.is_empty() {
            reason.what.clone_from(&record.reason);
        }
        let mut done = Done::new(&item, &record.name, Outcome::Failed, vec![reason]);
        done.again = None;
        stuck.entry(record.module).or_default().insert(record.record, done);
    }
    let mut seen = HashMap::new();
    for (module, stuck) in stuck {
        seen.insert(module, as_seen(context, module, stuck).await?);
    }
    Ok(seen)
}

/// Leaves of what is stuck what the reader sees, as far as that one may be told why.
async fn as_seen<P: Ports>(
    context: &Context<'_, P>,
    module: Module,
    stuck: HashMap<String, Done>,
) -> Result<HashMap<String, Done>, Refusal> {
    if stuck.is_empty() || context.sees_all() {
        return Ok(stuck);
    }
    // What has no CRM record yet is nobody's to see.
    let known = stuck.into_values().filter_map(|done| Some(((module, done.crm_id.clone()?), done)));
    let (keys, dones): (Vec<Key>, Vec<Done>) = known.unzip();
    let sights = match context.sights(&keys).await {
        Ok(sights) => sights,
        Err(error) => return Err(context.refuse_reader(error).await),
    };
    let mut seen = HashMap::new();
    for ((key, mut done), sight) in keys.into_iter().zip(dones).zip(sights) {
        // The others are read again like any record, and found to be none.
        let Ok(Some(sight)) = sight else { continue };
        let both = Both::read(key, sight, None, None, true);
        done.problems = done.problems.iter().map(|problem| problem.without_facts(&both.name)).collect();
        done.name = both.name;
        seen.insert(done.record.clone(), done);
    }
    Ok(seen)
}

/// The products' categories, where accounts are chosen by them.
pub(super) async fn categories<P: Ports>(
    context: &Context<'_, P>,
    keys: &[Key],
) -> Result<HashMap<ZohoId, Option<String>>, Refusal> {
    let products: Vec<ZohoId> =
        keys.iter().filter(|(module, _)| *module == Module::Products).map(|(_, id)| id.clone()).collect();
    if products.is_empty() || !context.needs_the_product_itself() {
        return Ok(HashMap::new());
    }
    match context.clients.crm_as_connection().records(Module::Products, &products, &["Product_Category"]).await {
        Ok(rows) => Ok(rows
            .into_iter()
            .filter_map(|row| {
                let id = ZohoId::new(row.get("id")?.as_str()?).ok()?;
                Some((id, row.get("Product_Category").and_then(Value::as_str).map(str::to_owned)))
            })
            .collect()),
        Err(error) => Err(context.clients.refuse(error).await),
    }
}

/// What one document needs of what was found, and why it has to wait.
pub(super) fn for_one(arrived: &Arrived, needs: &[ArrivalDependency]) -> (ArrivalReferences, Vec<Problem>) {
    let mut references = ArrivalReferences::default();
    let mut failed = Vec::new();
    for need in needs {
        match (need, arrived.get(need)) {
            (ArrivalDependency::Party(..), Some(Ok((module, id)))) => references.party = Some((*module, id.clone())),
            (ArrivalDependency::Item(code), Some(Ok((_, id)))) => {
                references.products.insert(code.clone(), id.clone());
            }
            (ArrivalDependency::Service(account), Some(Ok((_, id)))) => {
                references.services.insert(account.clone(), id.clone());
            }
            (_, Some(Err(problems))) if problems.iter().any(passes) => {
                failed.extend(problems.iter().find(|problem| passes(problem)).cloned());
            }
            (ArrivalDependency::Party(module, _, name), Some(Err(problems))) => {
                failed.push(waits_for(name, module.singular(), problems));
            }
            (ArrivalDependency::Item(name) | ArrivalDependency::Service(name), Some(Err(problems))) => {
                failed.push(waits_for(name, Module::Products.singular(), problems));
            }
            (_, None) => {}
        }
    }
    (references, failed)
}

/// Finds what arriving documents point to, and brings what the CRM does not have.
pub(super) async fn arrive<P: Ports>(
    context: &mut Context<'_, P>,
    needs: &BTreeSet<ArrivalDependency>,
) -> Result<Arrived, Refusal> {
    let mut arrived = Arrived::new();
    parties(context, needs, &mut arrived).await?;
    items(context, needs, &mut arrived).await?;
    services(context, needs, &mut arrived).await?;
    Ok(arrived)
}

async fn parties<P: Ports>(
    context: &mut Context<'_, P>,
    needs: &BTreeSet<ArrivalDependency>,
    arrived: &mut Arrived,
) -> Result<(), Refusal> {
    let wanted: Vec<(Module, XeroId, &ArrivalDependency)> = needs
        .iter()
        .filter_map(|need| match need {
            ArrivalDependency::Party(module, id, _) => Some((*module, id.clone(), need)),
            _ => None,
        })
        .collect();
    let ids: Vec<XeroId> = wanted.iter().map(|(_, id, _)| id.clone()).collect();
    let links = links::of_xero(context.ports, &context.clients.scope, &ids).await?;
    let mut missing: BTreeMap<Module, Vec<(XeroId, &ArrivalDependency)>> = BTreeMap::new();
    for (module, id, need) in wanted {
        // An invoice may be for a person without an account.
        let also = if module == Module::Accounts { Module::Contacts } else { module };
        let of = |module| links.iter().find(|link| link.module == module && link.xero_id.as_ref() == Some(&id));
        match of(module).or_else(|| of(also)) {
            Some(link) => {
                arrived.insert(need.clone(), Ok((link.module, link.crm_id.clone())));
            }
            None => missing.entry(module).or_default().push((id, need)),
        }
    }
    for (module, wanted) in missing {
        let records: Vec<String> = wanted.iter().map(|(id, _)| format!("xero:{id}")).collect();
        let records: Vec<&str> = records.iter().map(String::as_str).collect();
        let stuck = waiting_now(context, records.iter().map(|record| (module, *record))).await?;
        let stuck = stuck.into_values().next().unwrap_or_default();
        let items = wanted
            .iter()
            .filter(|(id, _)| !stuck.contains_key(&format!("xero:{id}")))
            .map(|(id, _)| Item {
                record: format!("xero:{id}"),
                crm_id: None,
                xero_id: Some(id.clone()),
                body: None,
                needed: true,
            })
            .collect();
        let done = Box::pin(process(context, module, items, &|_| None)).await?;
        for (id, need) in wanted {
            let record = format!("xero:{id}");
            let ended = done.iter().find(|one| one.record == record).or_else(|| stuck.get(&record));
            arrived.insert(need.clone(), outcome(module, ended));
        }
    }
    Ok(())
}

/// The CRM record that came of a dependency, or why none did.
fn outcome(module: Module, ended: Option<&Done>) -> Result<(Module, ZohoId), Vec<Problem>> {
    match ended {
        Some(done) => match (&done.crm_id, done.outcome) {
            (Some(id), Outcome::Created | Outcome::Updated | Outcome::Unchanged) => Ok((module, id.clone())),
            // It is in the CRM, which is all that a document needs.
            (Some(id), Outcome::Skipped) if !done.problems.iter().any(|one| is_nobody_s(one.code)) => {
                Ok((module, id.clone()))
            }
            _ => Err(done.problems.clone()),
        },
        None => Err(vec![problem::of(Code::XeroRecordGone, &[])]),
    }
}

/// Whether a Xero record has no CRM record to which a document could point: that one is gone, or was let go.
fn is_nobody_s(code: Code) -> bool {
    matches!(code, Code::CrmRecordGone | Code::LinkLetGo)
}

async fn items<P: Ports>(
    context: &mut Context<'_, P>,
    needs: &BTreeSet<ArrivalDependency>,
    arrived: &mut Arrived,
) -> Result<(), Refusal> {
    let codes: Vec<String> = needs
        .iter()
        .filter_map(|need| match need {
            ArrivalDependency::Item(code) => Some(code.clone()),
            _ => None,
        })
        .collect();
    let links = links::of_codes(context.ports, &context.clients.scope, &codes).await?;
    let mut missing = Vec::new();
    for code in codes {
        match links.iter().find(|link| link.natural_key == code && link.state == LinkState::Linked) {
            Some(link) => {
                arrived.insert(ArrivalDependency::Item(code), Ok((Module::Products, link.crm_id.clone())));
            }
            None => missing.push(code),
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    if let Some(problem) = context.makes_no(Module::Products) {
        arrived.extend(missing.into_iter().map(|code| (ArrivalDependency::Item(code), Err(vec![problem.clone()]))));
        return Ok(());
    }
    let rows = match context.clients.xero().items_by_code(&missing).await {
        Ok(rows) => rows,
        Err(error) => return Err(context.clients.refuse(error).await),
    };
    let mut items = Vec::new();
    let mut record_of = HashMap::new();
    for row in rows {
        let (Some(id), Some(code)) =
            (crate::sync::xero_id(Module::Products, &row), row.get("Code").and_then(Value::as_str))
        else {
            continue;
        };
        let record = format!("xero:{id}");
        record_of.insert(code.to_lowercase(), record.clone());
        items.push(Item { record, crm_id: None, xero_id: Some(id), body: Some(row), needed: true });
    }
    let done = Box::pin(process(context, Module::Products, items, &|_| None)).await?;
    for code in missing {
        let ended =
            record_of.get(&code.to_lowercase()).and_then(|record| done.iter().find(|one| one.record == *record));
        let result = match ended {
            Some(ended) => outcome(Module::Products, Some(ended)),
            None => Err(vec![problem::of(Code::ItemCodeUnknown, &[("product", code.clone())])]),
        };
        arrived.insert(ArrivalDependency::Item(code), result);
    }
    Ok(())
}

/// The products that stand for lines without an item code, made where an account has none yet. Such a product carries
/// `account:<code>` in its field `Xero_ID`, by which it is found again.
async fn services<P: Ports>(
    context: &mut Context<'_, P>,
    needs: &BTreeSet<ArrivalDependency>,
    arrived: &mut Arrived,
) -> Result<(), Refusal> {
    let mut missing: Vec<String> = Vec::new();
    for need in needs {
        let ArrivalDependency::Service(account) = need else { continue };
        match context.settings.products.services.get(account) {
            Some(id) => {
                arrived.insert(need.clone(), Ok((Module::Products, id.clone())));
            }
            None => missing.push(account.clone()),
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    let mut found = BTreeMap::new();
    let mut missing = marked_services(context, missing, &mut found, arrived).await?;
    if let Some(problem) = context.makes_no(Module::Products) {
        let services = std::mem::take(&mut missing).into_iter().map(ArrivalDependency::Service);
        arrived.extend(services.map(|need| (need, Err(vec![problem.clone()]))));
    }
    let rows: Vec<Map<String, Value>> = missing
        .iter()
        .map(|account| {
            let mut row = Map::new();
            row.insert("Product_Name".to_owned(), json!(service_name(context, account)));
            row.insert("Product_Active".to_owned(), json!(true));
            row.insert("Xero_ID".to_owned(), json!(service_key(account)));
            row
        })
        .collect();
    let automations = context.settings.automations.contains(&Module::Products);
    let made = match rows.is_empty() {
        true => Ok(Vec::new()),
        false => context.clients.crm_as_connection().insert(Module::Products, rows, automations).await,
    };
    let made = match made {
        Ok(made) => made,
        Err(error) => return Err(context.clients.refuse(error).await),
    };
    for (account, row) in missing.into_iter().zip(made) {
        let result = match row {
            Row::Ok { id, .. } => {
                found.insert(account.clone(), id.clone());
                Ok((Module::Products, id))
            }
            Row::Failed { code, message, details } => {
                let facts = problem::Context {
                    crm_organisation: Some(&context.lists.crm),
                    xero_organisation: Some(&context.lists.xero),
                    module: Some(Module::Products),
                    crm_id: None,
                    name: &account,
                    xero_url: None,
                };
                Err(vec![problem::from_zoho(&code, &message, &details, &facts)])
            }
        };
        arrived.insert(ArrivalDependency::Service(account), result);
    }
    // Whoever changes the settings at this moment does not lose the change: they are read again.
    if let Some(mut connection) = connections::get(context.ports, context.org()).await? {
        for (account, id) in found {
            connection.settings.products.services.entry(account).or_insert(id);
        }
        context.ports.query(connections::keep_settings(context.org(), &connection.settings)?).await?;
        context.settings.products.services = connection.settings.products.services;
    }
    Ok(())
}

/// Products that carry the mark of an account already. One that we made, or that has the name, is that account's product: an
/// attempt before was cut off. Anybody may have typed the mark into another one: that one is neither used nor changed.
/// Returns the accounts that no product is marked for.
async fn marked_services<P: Ports>(
    context: &Context<'_, P>,
    missing: Vec<String>,
    found: &mut BTreeMap<String, ZohoId>,
    arrived: &mut Arrived,
) -> Result<Vec<String>, Refusal> {
    let fields = ["Product_Name", "Xero_ID", "Created_By", "Created_Time", "Modified_By", "Modified_Time"];
    let keys: Vec<String> = missing.iter().map(|account| service_key(account)).collect();
    let rows = match context.clients.crm_as_connection().find(Module::Products, &fields, "Xero_ID", &keys).await {
        Ok(rows) => rows,
        Err(error) => return Err(context.clients.refuse(error).await),
    };
    let mut open = Vec::new();
    for account in missing {
        let text = |row: &Value, field: &str| row.get(field).and_then(Value::as_str).unwrap_or_default().to_lowercase();
        let key = service_key(&account).to_lowercase();
        let marked = rows.iter().find(|row| text(row, "Xero_ID") == key);
        let Some((row, id)) = marked.and_then(|row| Some((row, ZohoId::new(row.get("id")?.as_str()?).ok()?))) else {
            open.push(account);
            continue;
        };
        let name = shared::zoho::name(Module::Products, row);
        let is_it = name.to_lowercase() == service_name(context, &account).to_lowercase();
        let result = if is_it || context.came_from_us(row) {
            found.insert(account.clone(), id.clone());
            Ok((Module::Products, id))
        } else {
            let label = format!("Open \"{name}\" in the CRM");
            let place = problem::place_crm(&context.lists.crm, Module::Products, &id, label);
            let mut doubted = problem::of(Code::XeroIdUnconfirmed, &[("name", name)]).at(place);
            doubted.fix = format!(
                "Empty the field \"Xero ID\" of this product, or choose the product for lines on account {account} in the \
                 settings."
            );
            // The mark was looked for with the connection's rights.
            Err(vec![if context.sees_all() { doubted } else { doubted.without_facts("") }])
        };
        arrived.insert(ArrivalDependency::Service(account), result);
    }
    Ok(open)
}

/// What the product that stands for lines on an account is called.
fn service_name<P: Ports>(context: &Context<'_, P>, account: &str) -> String {
    let known = context.lists.xero.accounts.iter().find(|one| one.code.as_deref() == Some(account));
    let name = match (known, account) {
        (Some(known), _) => format!("Service: {}", accounts::label(known)),
        (None, "") => "Text line".to_owned(),
        (None, code) => format!("Service: {code}"),
    };
    name.chars().take(200).collect()
}

/// The value of `Xero_ID` of the product that stands for lines on an account.
fn service_key(account: &str) -> String {
    format!("account:{account}")
}
