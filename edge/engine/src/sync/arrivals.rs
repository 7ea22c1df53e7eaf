//! Records that come from Xero: found in the CRM, or created there.

use super::both::Both;
use super::context::Context;
use super::key::Key;
use super::outcome::outcome_of_waiting;
use super::read::read_xero;
use super::record::{Arrived, Done, Item, Scribe, for_one};
use super::references;
use super::write_back::company_field;
use crate::access::Refusal;
use crate::access::rights::Viewer;
use crate::store::{links, waiting};
use chrono::NaiveDate;
use ports::Ports;
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};
use shared::api::{Action, EntryView, Outcome};
use shared::id::{XeroId, ZohoId};
use shared::link::{Link, LinkState};
use shared::module::{Kind, Module};
use shared::names;
use shared::plan::{
    Arrival, ArrivalDependency, ArrivalInputs, ArrivalReferences, Asked, LastRate, ProductReference, References,
    Refused, Rest,
};
use shared::problem::{self, Code, Problem};
use shared::question::{Answer, Answerer, Candidate, Decision, Question, QuestionKind};
use shared::settings::SourceOfTruth;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::str::FromStr;
use upstream::zoho::{By, Row};

/// The CRM's field that names a record: what Xero's records are matched by.
fn natural_field(module: Module) -> &'static str {
    match module {
        Module::Accounts => "Account_Name",
        Module::Contacts => "Full_Name",
        Module::Vendors => "Vendor_Name",
        Module::Products => "Product_Code",
        Module::Invoices => "Invoice_Number",
        Module::PurchaseOrders => "PO_Number",
    }
}

/// Xero's field that is compared with it. What is no number or code names nothing.
fn natural_key(module: Module, body: &Value) -> Option<String> {
    let field = match module.kind() {
        Kind::Party => "Name",
        Kind::Item => "Code",
        Kind::Document => "InvoiceNumber",
    };
    match module.kind() {
        Kind::Party => body.get(field)?.as_str().map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned),
        Kind::Item | Kind::Document => shared::record::identifier(body.get(field)?),
    }
}

/// What is read of a CRM record that may be the partner of a Xero record.
fn fields_of(module: Module) -> &'static [&'static str] {
    match module {
        Module::Accounts => &["Account_Name", "Xero_ID"],
        Module::Contacts => &["Full_Name", "Xero_ID"],
        Module::Vendors => &["Vendor_Name", "Xero_ID"],
        Module::Products => &["Product_Code", "Xero_ID"],
        Module::Invoices => {
            &["Invoice_Number", "Xero_ID", "Grand_Total", "Account_Name", "Contact_Name", "Invoice_Date", "Due_Date"]
        }
        Module::PurchaseOrders => &["PO_Number", "Xero_ID", "Grand_Total", "Vendor_Name", "PO_Date", "Due_Date"],
    }
}

/// The CRM's records that may be the partners of Xero's: by `Xero_ID`, and by name, code or number. Both are asked for at
/// once, for hardly any of them is found by the one alone.
async fn candidates<P: Ports>(
    context: &Context<'_, P>,
    module: Module,
    unknown: &[Item],
) -> Result<Vec<Value>, Refusal> {
    let ids: Vec<String> = unknown.iter().filter_map(|item| item.xero_id.as_ref()).map(XeroId::to_string).collect();
    let keys: Vec<String> = unknown.iter().filter_map(|item| natural_key(module, item.body.as_ref()?)).collect();
    let field = natural_field(module);
    let by_key = match module.kind() {
        Kind::Party => By::Name(field, &keys),
        Kind::Item | Kind::Document => By::Code(field, &keys),
    };
    let wanted = [By::Value("Xero_ID", &ids), by_key];
    match context.clients.crm_as_connection().find_any(module, fields_of(module), &wanted).await {
        Ok(rows) => Ok(rows),
        Err(error) => Err(context.clients.refuse(error).await),
    }
}

/// Looks in the CRM for the partners of Xero's records: by `Xero_ID`, then by name, code or number. Those that are
/// found join `known`; several equally good ones are a problem that asks; the others are returned.
pub(super) async fn match_up<P: Ports>(
    context: &Context<'_, P>,
    module: Module,
    unknown: Vec<Item>,
    known: &mut Vec<Item>,
    done: &mut Vec<Done>,
) -> Result<Vec<Item>, Refusal> {
    if unknown.is_empty() {
        return Ok(unknown);
    }
    let rows = candidates(context, module, &unknown).await?;
    let by_id = |item: &Item| {
        let wanted = item.xero_id.as_ref().map(|id| id.as_str().to_lowercase());
        rows.iter().find(|row| {
            let id = row.get("Xero_ID").and_then(Value::as_str).map(str::to_lowercase);
            id.is_some() && id == wanted
        })
    };
    let keys: Vec<Key> = unknown.iter().filter_map(by_id).filter_map(row_id).map(|id| (module, id)).collect();
    let links = links::get_all(context.ports, &context.clients.scope, &keys).await?;
    let links: Vec<Link> = links.into_iter().flatten().collect();
    let mut open = Vec::new();
    for mut item in unknown {
        match by_id(&item).and_then(row_id) {
            // It is another Xero record's partner already: somebody has typed this one's id over that one's.
            Some(id) if links.iter().any(|link| link.crm_id == id && link.xero_id.is_some()) => {
                let name = item.body.as_ref().and_then(|body| natural_key(module, body)).unwrap_or_default();
                let problem = context.typed_over(&(module, id), &name);
                done.push(Done::new(&item, &name, Outcome::Failed, vec![problem]));
            }
            Some(id) => {
                item.crm_id = Some(id);
                known.push(item);
            }
            None => open.push(item),
        }
    }
    let mut found = Vec::new();
    let arriving = by_natural_key(context, module, open, rows, &mut found, done).await?;
    let tried = tried_before(context, module, &found).await?;
    for item in found {
        let here = known.iter().any(|other| other.crm_id == item.crm_id);
        if here || item.crm_id.as_ref().is_some_and(|id| tried.contains(id.as_str())) {
            // Its CRM record says already why the two are not linked.
            let mut same = Done::new(&item, &item.record, Outcome::Unchanged, Vec::new());
            same.twice = true;
            done.push(same);
        } else {
            known.push(item);
        }
    }
    Ok(arriving)
}

/// Those of the CRM's records that the run has taken up already, and that wait since then.
async fn tried_before<P: Ports>(
    context: &Context<'_, P>,
    module: Module,
    items: &[Item],
) -> Result<BTreeSet<String>, Refusal> {
    let records: Vec<&str> = items.iter().filter_map(|item| item.crm_id.as_ref()).map(ZohoId::as_str).collect();
    let Some(since) = context.since.filter(|_| !records.is_empty()) else { return Ok(BTreeSet::new()) };
    let records = records.into_iter().map(|record| (module, record));
    let waiting = waiting::select(&context.clients.scope, &Viewer::nobody(), records)?;
    let waiting = waiting::read(context.ports.query(waiting).await?)?;
    let just_now = waiting.into_iter().filter(|(record, at)| *at >= since && record.outcome != Outcome::Skipped);
    Ok(just_now.map(|(record, _)| record.record).collect())
}

async fn by_natural_key<P: Ports>(
    context: &Context<'_, P>,
    module: Module,
    open: Vec<Item>,
    rows: Vec<Value>,
    known: &mut Vec<Item>,
    done: &mut Vec<Done>,
) -> Result<Vec<Item>, Refusal> {
    let key_of = |item: &Item| item.body.as_ref().and_then(|body| natural_key(module, body));
    let field = natural_field(module);
    let named = |row: &Value| row.get(field).and_then(Value::as_str).map(|text| compared(module, text));
    // The others were found by their ids, or look alike only to the query.
    let keys: BTreeSet<String> = open.iter().filter_map(key_of).map(|key| compared(module, &key)).collect();
    let rows = rows.into_iter().filter(|row| named(row).is_some_and(|name| keys.contains(&name))).collect();
    let (free, not) = free_rows(context, module, rows).await?;
    let names: Vec<Option<String>> = free.iter().map(named).collect();
    let contacts = match module.kind() {
        Kind::Document => contacts_of(context, module, &free).await?,
        Kind::Party | Kind::Item => HashMap::new(),
    };
    let mut taken: BTreeSet<ZohoId> = BTreeSet::new();
    let mut arriving = Vec::new();
    let mut unsure = Vec::new();
    for mut item in open {
        let (Some(key), Some(body)) = (key_of(&item), item.body.clone().filter(|_| !is_over(&item))) else {
            arriving.push(item);
            continue;
        };
        let (mut fitting, mut others) = (Vec::new(), Vec::new());
        let contact = body.pointer("/Contact/ContactID").and_then(Value::as_str);
        let of_one_party = |row: &Value| {
            let own = row_id(row).and_then(|id| contacts.get(&id)).map(XeroId::as_str);
            module.kind() != Kind::Document || contact.is_some() && own == contact
        };
        let wanted = Some(compared(module, &key));
        for (row, name) in free.iter().zip(&names) {
            // Somebody has said so.
            let is_not = row_id(row).and_then(|id| not.get(&id)).zip(item.xero_id.as_ref());
            let is_not = is_not.is_some_and(|(not, id)| not.contains(id));
            if is_not || *name != wanted || !of_one_party(row) {
                continue;
            }
            if module.kind() != Kind::Document || same_amount(row, &body) && same_time(module, row, &body) {
                fitting.extend(row_id(row));
            } else {
                others.extend(row_id(row));
            }
        }
        match fitting.as_slice() {
            [] if others.is_empty() => arriving.push(item),
            [] => unsure.push((item, key, others)),
            [one] if taken.insert(one.clone()) => {
                item.crm_id = Some(one.clone());
                known.push(item);
            }
            _ => done.push(several(context, module, &item, &key, &fitting)),
        }
    }
    // A document with the number of another one comes to it, so that it is asked whether the two are the same; unless
    // that one has found its own.
    for (mut item, key, others) in unsure {
        let left: Vec<ZohoId> = others.into_iter().filter(|one| !taken.contains(one)).collect();
        match left.as_slice() {
            [] => arriving.push(item),
            [one] => {
                taken.insert(one.clone());
                item.crm_id = Some(one.clone());
                known.push(item);
            }
            _ => done.push(several(context, module, &item, &key, &left)),
        }
    }
    Ok(arriving)
}

/// Several CRM records could be a Xero record: which of them it is, is asked.
fn several<P: Ports>(context: &Context<'_, P>, module: Module, item: &Item, key: &str, rows: &[ZohoId]) -> Done {
    let place = |at: usize, id: &ZohoId| {
        let label = format!("Open {} {} of the CRM", module.singular(), at + 1);
        problem::place_crm(&context.lists.crm, module, id, label)
    };
    let (code, field) = match module.kind() {
        Kind::Party => (Code::SharedByTwo, "name"),
        Kind::Item => (Code::SharedByTwo, "code"),
        Kind::Document => (Code::SeveralMatches, "number"),
    };
    let facts = [
        ("name", key.to_owned()),
        ("number", key.to_owned()),
        ("value", key.to_owned()),
        ("field", field.to_owned()),
        ("kind", module.api_name().replace('_', " ").to_lowercase()),
        ("system", "the CRM".to_owned()),
    ];
    let told = problem::of(code, &facts);
    let (Some(first), Some(xero_id)) = (rows.first(), item.xero_id.clone()) else {
        return Done::new(item, key, Outcome::Failed, vec![told]);
    };
    let candidates = rows.iter().enumerate().map(|(at, id)| Candidate {
        id: id.to_string(),
        name: key.to_owned(),
        marks: Vec::new(),
        place: Some(place(at, id)),
    });
    let choices = rows.iter().enumerate().map(|(at, id)| Answer {
        about: Some(id.clone()),
        ..Answer::new(
            format!("It is {} {}; Xero's values count", module.singular(), at + 1),
            Decision::Link { xero_id: xero_id.clone(), values: SourceOfTruth::Xero, instead_of: None },
        )
    });
    let question = Question {
        kind: QuestionKind::Holder,
        module,
        crm_id: Some(first.clone()),
        label: format!("Which {} of the CRM is it?", module.singular()),
        candidates: candidates.collect(),
        values: Vec::new(),
        choices: choices.collect(),
        who: Answerer::Administrator,
    };
    // They were found with the connection's rights.
    let place = context.sees_all().then(|| place(0, first));
    Done::new(item, key, Outcome::Undecided, vec![told.at(place).asks(question)])
}

/// A name, code or number as it is compared: names in every way of writing them, the others but for their case.
fn compared(module: Module, text: &str) -> String {
    match module.kind() {
        Kind::Party => names::folded(text),
        Kind::Item | Kind::Document => text.trim().to_lowercase(),
    }
}

/// The rows that are no other Xero record's partners yet, and what those are not, as somebody has said. A row that names a
/// record which this Xero organisation does not have was the partner of another organisation's. One that is just being
/// sent, or was cut off while it was, may be that very record: whoever works on it has its turn.
async fn free_rows<P: Ports>(
    context: &Context<'_, P>,
    module: Module,
    rows: Vec<Value>,
) -> Result<(Vec<Value>, BTreeMap<ZohoId, BTreeSet<XeroId>>), Refusal> {
    let keys: Vec<(Module, ZohoId)> = rows.iter().filter_map(row_id).map(|id| (module, id)).collect();
    let links = links::get_all(context.ports, &context.clients.scope, &keys).await?;
    let settled = |link: &Link| link.xero_id.is_some() || link.state != LinkState::Creating;
    let (held, open): (Vec<Link>, Vec<Link>) = links.into_iter().flatten().partition(settled);
    let held: BTreeSet<ZohoId> = held.into_iter().map(|link| link.crm_id).collect();
    let not = open.into_iter().map(|link| (link.crm_id, link.not)).collect();
    let unheld = rows.into_iter().filter(|row| row_id(row).is_some_and(|id| !held.contains(&id)));
    let marked =
        |row: &Value| row.get("Xero_ID").and_then(Value::as_str).map(str::trim).unwrap_or_default().to_lowercase();
    let (unnamed, named): (Vec<Value>, Vec<Value>) = unheld.partition(|row| marked(row).is_empty());
    let ids: Vec<XeroId> = named.iter().filter_map(|row| XeroId::new(marked(row)).ok()).collect();
    let here = read_xero(context, module, ids).await?;
    let elsewhere = |row: &Value| XeroId::new(marked(row)).is_ok_and(|id| !here.contains_key(&id));
    Ok((unnamed.into_iter().chain(named.into_iter().filter(elsewhere)).collect(), not))
}

/// Whether both sides' totals are the same.
fn same_amount(row: &Value, body: &Value) -> bool {
    let number =
        |value: Option<&Value>| value.and_then(|value| Decimal::from_str(&value.to_string().replace('"', "")).ok());
    let total = number(row.get("Grand_Total"));
    total.is_some() && total == number(body.get("Total"))
}

/// Whether Xero's date lies within the terms of the CRM's document, as far as the CRM tells them. The planner looks closer.
fn same_time(module: Module, row: &Value, body: &Value) -> bool {
    let day = |value: Option<&Value>| {
        value.and_then(Value::as_str).and_then(|text| text.get(..10)?.parse::<NaiveDate>().ok())
    };
    let made = day(row.get(if module == Module::Invoices { "Invoice_Date" } else { "PO_Date" }));
    let due = day(row.get("Due_Date"));
    let date = day(body.get("DateString"));
    let after = made.zip(date).is_none_or(|(made, date)| made <= date);
    after && due.zip(date).is_none_or(|(due, date)| date <= due)
}

/// The contacts in Xero for which the CRM's documents are, by the documents' ids: of whom a document names, or of the
/// company that a person without a contact of her own belongs to, with which she goes to Xero.
async fn contacts_of<P: Ports>(
    context: &Context<'_, P>,
    module: Module,
    rows: &[Value],
) -> Result<HashMap<ZohoId, XeroId>, Refusal> {
    let named: Vec<(ZohoId, Key)> = rows.iter().filter_map(|row| Some((row_id(row)?, party(module, row)?))).collect();
    let parties: BTreeSet<Key> = named.iter().map(|(_, party)| party.clone()).collect();
    let mut contacts = linked_with(context, parties.into_iter().collect()).await?;
    let is_open = |(of, id): &Key| *of == Module::Contacts && !contacts.contains_key(&(*of, id.clone()));
    let people: BTreeSet<String> =
        named.iter().filter(|(_, party)| is_open(party)).map(|(_, party)| party.1.to_string()).collect();
    if !people.is_empty() {
        let people: Vec<String> = people.into_iter().collect();
        let fields = ["Account_Name", "Vendor_Name"];
        let people = match context.clients.crm_as_connection().find(Module::Contacts, &fields, "id", &people).await {
            Ok(people) => people,
            Err(error) => return Err(context.clients.refuse(error).await),
        };
        let company = |person: &Value| {
            let (module, id, _) = shared::zoho::company_of(person)?;
            Some((row_id(person)?, (module, id)))
        };
        let companies: Vec<(ZohoId, Key)> = people.iter().filter_map(company).collect();
        let known = linked_with(context, companies.iter().map(|(_, company)| company.clone()).collect()).await?;
        for (person, company) in companies {
            contacts.extend(known.get(&company).map(|contact| ((Module::Contacts, person), contact.clone())));
        }
    }
    Ok(named.into_iter().filter_map(|(id, party)| Some((id, contacts.get(&party)?.clone()))).collect())
}

/// Whom a CRM document is for.
fn party(module: Module, row: &Value) -> Option<Key> {
    let needed = shared::zoho::dependencies(module, row).into_iter();
    needed.map(|one| (one.module, one.crm_id)).find(|(module, _)| module.kind() == Kind::Party)
}

/// The Xero records of those CRM records that have some.
async fn linked_with<P: Ports>(context: &Context<'_, P>, keys: Vec<Key>) -> Result<HashMap<Key, XeroId>, Refusal> {
    let links = links::get_all(context.ports, &context.clients.scope, &keys).await?;
    let partners = links.into_iter().map(|link| link.and_then(|link| link.xero_id));
    Ok(keys.into_iter().zip(partners).filter_map(|(key, partner)| Some((key, partner?))).collect())
}

fn row_id(row: &Value) -> Option<ZohoId> {
    ZohoId::new(row.get("id")?.as_str()?).ok()
}

/// A record that is about to be created.
struct New {
    item: Item,
    body: Value,
    arrival: Arrival,
    /// Whether another CRM record owns the Xero contact.
    guest: bool,
    module: Module,
    /// What it points to in the CRM.
    found: ArrivalReferences,
}

/// How often a new record is written: each time without what the CRM refused before.
const MOST_ATTEMPTS: usize = 4;

impl New {
    fn inputs<'a, P: Ports>(&'a self, context: &'a Context<'_, P>) -> ArrivalInputs<'a> {
        inputs(context, self.module, &self.body, &self.found)
    }

    /// The record is made without what the CRM did not take.
    fn leave_out(&mut self, rest: Rest) {
        self.arrival.record = rest.fields;
        self.arrival.changes = shared::plan::made(&self.arrival.changes, &rest.left_out);
        self.arrival.problems.extend(rest.left_out.into_iter().map(|one| one.problem));
    }
}

/// What an arrival is made from.
fn inputs<'a, P: Ports>(
    context: &'a Context<'_, P>,
    module: Module,
    body: &'a Value,
    found: &'a ArrivalReferences,
) -> ArrivalInputs<'a> {
    ArrivalInputs {
        module,
        xero: body,
        references: found,
        crm_organisation: &context.lists.crm,
        xero_organisation: &context.lists.xero,
        settings: &context.settings,
        now: context.ports.now(),
    }
}

/// What must be in the CRM before records of Xero's come. What is over is not created, so nothing it points to need come for
/// its sake.
pub(super) fn needs_of(module: Module, items: &[Item]) -> BTreeSet<ArrivalDependency> {
    let bodies = items.iter().filter(|item| !is_over(item)).filter_map(|item| item.body.as_ref());
    bodies.flat_map(|body| shared::plan::arrival_dependencies(module, body)).collect()
}

/// Creates Xero's records in the CRM: parties and products as they are, documents after what they point to.
pub(super) async fn arrive_all<P: Ports>(
    context: &mut Context<'_, P>,
    module: Module,
    items: Vec<Item>,
    arrived: &Arrived,
    scribe: Scribe<'_>,
    done: &mut Vec<Done>,
) -> Result<(), Refusal> {
    if items.is_empty() {
        return Ok(());
    }
    let linked = linked_contacts(context, module, &items).await?;
    let mut new = Vec::new();
    for item in items {
        let Some(body) = item.body.clone() else { continue };
        let guest = item.xero_id.as_ref().is_some_and(|id| linked.contains(id));
        if guest && context.reader.user().is_some() {
            // It would show somebody what the CRM may not show them.
            let name = shared::xero::state(module, &body, &context.lists.xero, None).name;
            let asks = problem::of(Code::PartnerUnconfirmed, &[("name", name.clone())]);
            done.push(Done::new(&item, &name, Outcome::Failed, vec![asks]));
            continue;
        }
        let (found, failed) = for_one(arrived, &shared::plan::arrival_dependencies(module, &body));
        if !failed.is_empty() && !is_over(&item) {
            let name = shared::xero::name(module, &body);
            done.push(Done::new(&item, &name, outcome_of_waiting(&failed), failed));
            continue;
        }
        let arrival = shared::plan::arrive(&inputs(context, module, &body, &found));
        match arrival.action {
            Action::Create => {
                new.push(New { item, body, arrival, guest, module, found });
            }
            Action::Skip => done.push(Done::new(&item, &arrival.name, Outcome::Skipped, arrival.problems)),
            _ => done.push(Done::new(&item, &arrival.name, Outcome::Failed, arrival.problems)),
        }
    }
    if new.is_empty() {
        return Ok(());
    }
    let created = insert(context, module, new, done).await?;
    settle(context, module, created, scribe, done).await
}

/// Those of Xero's contacts that other CRM records are linked with: a customer's, who is a supplier now.
async fn linked_contacts<P: Ports>(
    context: &Context<'_, P>,
    module: Module,
    items: &[Item],
) -> Result<BTreeSet<XeroId>, Refusal> {
    if module.kind() != Kind::Party {
        return Ok(BTreeSet::new());
    }
    let ids: Vec<XeroId> = items.iter().filter_map(|item| item.xero_id.clone()).collect();
    let links = links::of_xero(context.ports, &context.clients.scope, &ids).await?;
    Ok(links.held.into_iter().filter_map(|link| link.xero_id).collect())
}

/// What an arriving document points to, in the terms of documents that the CRM has. All that it has is in Xero already, with
/// a date, a rate and tax types of its own, so none of these is asked for.
fn references_of(found: &ArrivalReferences, body: &Value, categories: &HashMap<ZohoId, Asked<String>>) -> References {
    let contact = body.pointer("/Contact/ContactID").and_then(Value::as_str);
    let category = |id: &ZohoId| categories.get(id).cloned().unwrap_or(Asked::NotAsked);
    let items = found.products.iter().map(|(code, id)| (id.clone(), references::item(code, category(id))));
    let service = |id: &ZohoId| (id.clone(), ProductReference::Service { category: category(id) });
    References {
        party: contact.and_then(|id| XeroId::new(id).ok()),
        of_company: false,
        party_terms: Asked::NotAsked,
        products: items.chain(found.services.values().map(service)).collect(),
        last_rate: LastRate::NotAsked,
        arrivals: ArrivalReferences::NOTHING,
        waiting: Vec::new(),
    }
}

/// Whether a Xero record has come to its end: it is not created in the CRM, and not taken for a record of the CRM that has
/// its name or number. That one goes to Xero beside it, before or after.
fn is_over(item: &Item) -> bool {
    let text = |field: &str| item.body.as_ref().and_then(|body| body.get(field)).and_then(Value::as_str);
    matches!(text("Status"), Some("VOIDED" | "DELETED")) || text("ContactStatus").is_some_and(|one| one != "ACTIVE")
}

/// Creates the records, each once: a repetition finds them by their `Xero_ID`, which is unique. They are never written over
/// what is there: somebody may have typed that very id into a record that is something else.
async fn insert<P: Ports>(
    context: &Context<'_, P>,
    module: Module,
    new: Vec<New>,
    done: &mut Vec<Done>,
) -> Result<Vec<(New, ZohoId)>, Refusal> {
    let crm = context.clients.crm_as_connection();
    let automations = context.settings.automations.contains(&module);
    let mut created = Vec::new();
    let mut open = new;
    for attempts_left in (0..MOST_ATTEMPTS).rev() {
        if open.is_empty() {
            break;
        }
        let rows = open.iter().map(|one| one.arrival.record.clone()).collect();
        let rows = match crm.insert(module, rows, automations).await {
            Ok(rows) => rows,
            // What is there already is found by its Xero_ID.
            Err(error) => return Err(context.clients.refuse(error).await),
        };
        let mut again = Vec::new();
        for (mut one, row) in open.into_iter().zip(rows) {
            match row {
                Row::Ok { id, .. } => created.push((one, id)),
                Row::Failed { code, message, details } => {
                    let refusal = Refused { code: &code, message: &message, details: &details };
                    let rest =
                        shared::plan::new_without(&one.inputs(context), one.module, &one.arrival.record, refusal);
                    if let Some(rest) = rest.filter(|_| attempts_left > 0) {
                        one.leave_out(rest);
                        again.push(one);
                        continue;
                    }
                    let problem = refused(context, module, None, &one.arrival.name, (&code, &message, &details));
                    let mut problems = vec![problem];
                    problems.extend(one.arrival.problems);
                    done.push(Done::new(&one.item, &one.arrival.name, Outcome::Failed, problems));
                }
            }
        }
        open = again;
    }
    people(context, module, &mut created).await?;
    Ok(created)
}

/// Creates the primary contacts of new accounts and vendors. Where the CRM refuses one, its company stays all the same.
async fn people<P: Ports>(
    context: &Context<'_, P>,
    module: Module,
    created: &mut [(New, ZohoId)],
) -> Result<(), Refusal> {
    let mut places = Vec::new();
    let mut rows: Vec<Map<String, Value>> = Vec::new();
    for (at, (one, id)) in created.iter().enumerate() {
        if let Some(person) = &one.arrival.person {
            let mut row = person.clone();
            row.insert(company_field(module).to_owned(), json!({"id": id.to_string()}));
            places.push(at);
            rows.push(row);
        }
    }
    if rows.is_empty() {
        return Ok(());
    }
    let automations = context.settings.automations.contains(&Module::Contacts);
    let results = match context.clients.crm_as_connection().insert(Module::Contacts, rows, automations).await {
        Ok(results) => results,
        // The companies are there; the next attempt finds them and brings their people.
        Err(error) => return Err(context.clients.refuse(error).await),
    };
    for (at, row) in places.into_iter().zip(results) {
        if let (Row::Failed { code, message, details }, Some((one, id))) = (row, created.get_mut(at)) {
            let problem = refused(context, module, Some(id), &one.arrival.name, (&code, &message, &details));
            one.arrival.problems.push(problem.severity(problem::Severity::Warning));
        }
    }
    Ok(())
}

fn refused<P: Ports>(
    context: &Context<'_, P>,
    module: Module,
    crm_id: Option<&ZohoId>,
    name: &str,
    (code, message, details): (&str, &str, &Value),
) -> Problem {
    let facts = problem::Context {
        crm_organisation: Some(&context.lists.crm),
        xero_organisation: Some(&context.lists.xero),
        module: Some(module),
        crm_id,
        name,
        xero_url: None,
    };
    problem::from_zoho(code, message, details, &facts)
}

/// Reads what was created and remembers that both sides agree as they stand.
async fn settle<P: Ports>(
    context: &Context<'_, P>,
    module: Module,
    created: Vec<(New, ZohoId)>,
    scribe: Scribe<'_>,
    done: &mut Vec<Done>,
) -> Result<(), Refusal> {
    let keys: Vec<(Module, ZohoId)> = created.iter().map(|(_, id)| (module, id.clone())).collect();
    if keys.is_empty() {
        return Ok(());
    }
    let snapshots = match context.clients.crm_as_connection().snapshots(&keys).await {
        Ok(snapshots) => snapshots,
        Err(error) => return Err(context.clients.refuse(error).await),
    };
    let mut links: Vec<Link> = Vec::new();
    let mut entries: Vec<EntryView> = Vec::new();
    let products: BTreeSet<&ZohoId> =
        created.iter().flat_map(|(one, _)| one.found.products.values().chain(one.found.services.values())).collect();
    let products: Vec<Key> = products.into_iter().map(|id| (Module::Products, id.clone())).collect();
    let categories = context.categories(&products).await?;
    for ((one, id), snapshot) in created.into_iter().zip(snapshots) {
        let New { mut item, body, arrival, guest, found, .. } = one;
        let references = references_of(&found, &body, &categories);
        item.crm_id = Some(id.clone());
        let Ok(Some(snapshot)) = snapshot else {
            // It is there, but was not shown: the next attempt finds it by its Xero_ID.
            let later = problem::of(Code::ZohoUnavailable, &[]);
            done.push(Done::new(&item, &arrival.name, Outcome::Deferred, vec![later]));
            continue;
        };
        let both = Both::made((module, id), snapshot, body);
        let mut settled = shared::plan::settle_arrival(&context.inputs_of(&both, &references));
        settled.link.guest = guest;
        settled.link.contacts_modified = both.snapshot.contacts.iter().filter_map(shared::zoho::modified).max();
        let mut problems = arrival.problems;
        problems.extend(
            settled
                .problems
                .into_iter()
                .filter(|new| !problems.iter().any(|one| one.code == new.code))
                .collect::<Vec<_>>(),
        );
        let mut ended = Done::new(&item, &arrival.name, Outcome::Created, problems);
        ended.changes = arrival.changes;
        ended.again = None;
        entries.extend(scribe(&ended));
        done.push(ended);
        links.push(settled.link);
    }
    let mut statements = Vec::new();
    if !links.is_empty() {
        statements.push(links::save(&context.clients.scope, &links)?);
    }
    if !entries.is_empty() {
        statements.push(context.save_entries(&entries)?);
    }
    if !statements.is_empty() {
        context.ports.batch(statements).await?;
        context.note_links(&links);
    }
    Ok(())
}
