//! What documents point to: found in the links, or brought across first, for many documents at once.

use super::both::{Both, xero_id};
use super::context::Context;
use super::dependencies::Needs;
use super::key::Key;
use super::outcome::for_good;
use super::pair::{NoNeeds, ThoseNeeded, process};
use super::record::{Arrived, Done, Item, Scribe, for_one};
use super::resolved::Resolved;
use crate::access::Refusal;
use crate::access::rights::Viewer;
use crate::store::{connections, entries, links, waiting};
use ports::Ports;
use serde_json::{Map, Value, json};
use shared::api::Outcome;
use shared::id::{XeroId, ZohoId};
use shared::link::{Link, LinkState};
use shared::module::{Kind, Module};
use shared::plan::{ArrivalDependency, Asked, ItemTaxTypes};
use shared::problem::{self, Code, Problem};
use shared::question::Question;
use shared::settings::accounts;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use upstream::zoho::Row;

/// Sends or brings what documents need. Parties and products need nothing themselves.
async fn of_needs<P: Ports>(
    context: &mut Context<'_, P>,
    module: Module,
    items: Vec<Item>,
) -> Result<Vec<Done>, Refusal> {
    if items.is_empty() {
        return Ok(Vec::new());
    }
    if !context.has_room_for_needs() {
        return Ok(items.iter().map(Done::busy).collect());
    }
    // Kept apart, as it is a whole pipeline within another one: the two together would need a deep stack.
    Box::pin(process(context, module, items, &NoNeeds, &|_| None)).await
}

/// Syncs records of a pair, with what they need first: contacts, then items, then the documents themselves. Answers in no
/// particular order, one for each item; `scribe` writes the entries that are saved with the links.
///
/// # Errors
/// [`Refusal`] when nothing could be done at all: no answer from an API, a limit, a dead connection.
pub(crate) async fn sync_many<P: Ports>(
    context: &mut Context<'_, P>,
    module: Module,
    items: Vec<Item>,
    scribe: Scribe<'_>,
) -> Result<Vec<Done>, Refusal> {
    process(context, module, items, &Documents, scribe).await
}

/// What documents need is found in the links, or brought across first.
struct Documents;

impl ThoseNeeded for Documents {
    async fn of_known<P: Ports>(
        &self,
        context: &mut Context<'_, P>,
        module: Module,
        boths: &[Both],
    ) -> Result<Vec<Resolved>, Refusal> {
        match module.kind() {
            Kind::Document => of_documents(context, module, boths).await,
            Kind::Party | Kind::Item => NoNeeds.of_known(context, module, boths).await,
        }
    }

    async fn of_arriving<P: Ports>(
        &self,
        context: &mut Context<'_, P>,
        needs: &BTreeSet<ArrivalDependency>,
    ) -> Result<Arrived, Refusal> {
        arrive(context, needs).await
    }
}

/// Finds or sends what documents of the CRM point to, and finds or brings what their lines that only Xero has need.
async fn of_documents<P: Ports>(
    context: &mut Context<'_, P>,
    module: Module,
    boths: &[Both],
) -> Result<Vec<Resolved>, Refusal> {
    let mut needed: Vec<Needs> = boths.iter().map(|both| context.needs_as_named(both)).collect();
    let mut keys = keys_of(&needed);
    let mut known = context.links_by_key(&keys).await?;
    // Only what is about to be sent needs its dependencies in Xero.
    let to_xero = context.direction(module).to_xero();
    // Where nothing goes to Xero, it matters for those alone that may be a document that is there.
    let is_linked = |both: &Both| both.link.as_ref().is_some_and(|link| link.state == LinkState::Linked);
    let concerned = |both: &Both| (to_xero || both.xero.is_some() && !is_linked(both)) && !context.leaves_alone(both);
    let mut documents: Vec<_> = boths.iter().zip(&mut needed).filter(|(both, _)| concerned(both)).collect();
    if context.turn_to_companies(&mut documents, &known).await? {
        keys = keys_of(&needed);
        known = context.links_by_key(&keys).await?;
    }
    let linked = linked(known);
    let mut open: BTreeMap<Module, BTreeSet<ZohoId>> = BTreeMap::new();
    for (both, needs) in boths.iter().zip(&needed) {
        if !to_xero || context.leaves_alone(both) {
            continue;
        }
        for one in &needs.all {
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
        for done in of_needs(context, dependency_module, items).await? {
            if let Some(id) = done.crm_id.clone() {
                sent.insert((dependency_module, id), done);
            }
        }
    }
    let linked = if sent.is_empty() { linked } else { self::linked(context.links_by_key(&keys).await?) };
    let categories = context.categories(&keys).await?;

    let mut all = Vec::new();
    for (both, Needs { all: dependencies, of_company, unseen }) in boths.iter().zip(needed) {
        let mut resolved = Resolved { unseen, ..Resolved::NOTHING };
        resolved.references.of_company = of_company;
        for one in &dependencies {
            let key = (one.module, one.crm_id.clone());
            let gone = |done: &Done| done.problems.iter().any(|problem| is_gone(problem.code));
            if let (None, Some(true)) = (linked.get(&key), sent.get(&key).map(gone))
                && let Some(told) = context.product_gone(both, one, &resolved)
            {
                resolved.failed.push(told);
                continue;
            }
            let category = categories.get(&one.crm_id).cloned().unwrap_or(Asked::NotAsked);
            resolved.add((one, &both.key), linked.get(&key), sent.get(&key), category);
        }
        resolved.failed = for_good(resolved.failed);
        all.push(resolved);
    }
    if to_xero {
        let documents = boths.iter().zip(all.iter_mut().map(|resolved: &mut Resolved| &mut resolved.references));
        let mut sent: Vec<_> = documents.filter(|(both, _)| !context.leaves_alone(both)).collect();
        let unknown = |tax_types: &ItemTaxTypes| *tax_types == ItemTaxTypes::NotAsked;
        context.learn(module, &mut sent, unknown).await?;
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
            let (arrivals, failed) = for_one(&arrived, &needs);
            resolved.references.arrivals = arrivals;
            resolved.failed.extend(failed.into_iter().filter(|problem| problem.code == Code::SyncInProgress));
            resolved.failed = for_good(std::mem::take(&mut resolved.failed));
        }
    }
    Ok(all)
}

/// Whether a record is not in the CRM any more.
fn is_gone(code: Code) -> bool {
    matches!(code, Code::CrmRecordNotFound | Code::CrmRecordGone)
}

/// The records that documents point to, each once.
fn keys_of(needed: &[Needs]) -> Vec<Key> {
    let keys: BTreeSet<Key> = needed.iter().flat_map(Needs::keys).collect();
    keys.into_iter().collect()
}

/// Those that are in Xero.
fn linked(mut known: HashMap<Key, Link>) -> HashMap<Key, Link> {
    known.retain(|_, link| link.state == LinkState::Linked);
    known
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
        if record.outcome == Outcome::Undecided {
            // What is asked stands in its entry; that something is, is known here.
            reason = reason.asks(Question::unseen(record.module, record.crm_id.clone()));
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
        done.problems = done.problems.iter().map(|problem| entries::told_of(problem, &both.name)).collect();
        done.name = both.name;
        seen.insert(done.record.clone(), done);
    }
    Ok(seen)
}

/// Finds what arriving documents point to, and brings what the CRM does not have.
async fn arrive<P: Ports>(
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
        let of = |module| links.held.iter().find(|link| link.module == module && link.xero_id.as_ref() == Some(&id));
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
        let done = of_needs(context, module, items).await?;
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
        let (Some(id), Some(code)) = (xero_id(Module::Products, &row), row.get("Code").and_then(Value::as_str)) else {
            continue;
        };
        let record = format!("xero:{id}");
        record_of.insert(code.to_lowercase(), record.clone());
        items.push(Item { record, crm_id: None, xero_id: Some(id), body: Some(row), needed: true });
    }
    let done = of_needs(context, Module::Products, items).await?;
    for code in missing {
        let ended =
            record_of.get(&code.to_lowercase()).and_then(|record| done.iter().find(|one| one.record == *record));
        let result = match ended {
            Some(ended) => outcome(Module::Products, Some(ended)),
            None => Err(vec![problem::item_code_unknown(code.clone())]),
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
            let facts = [("name", name), ("account", account.clone())];
            let doubted = problem::of(Code::XeroIdUnconfirmed, &facts).at(place);
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
