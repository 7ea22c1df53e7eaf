//! Records of one pair, both ways: read, match, plan, write. What documents need first is got by whoever calls
//! ([`ThoseNeeded`]), so that nothing here leads back to here.

use super::arrivals;
use super::both::{Both, resource, xero_id};
use super::context::Context;
use super::key::Key;
use super::match_up::Lookups;
use super::outcome::{leaves_xero_alone, outcome_of_failure, outcome_of_waiting, passes};
use super::pushed::{Log, Prepared, Pushed};
use super::read::{bodies_of_unknown, find_by_link, read_many};
use super::record::{Arrived, Done, Item, Scribe};
use super::resolved::Resolved;
use super::room::{ARRIVING, SENDING};
use crate::access::Refusal;
use crate::store::links;
use chrono::{DateTime, Duration, Utc};
use ports::Ports;
use serde_json::Value;
use shared::api::{EntryView, Outcome};
use shared::id::{XeroId, ZohoId};
use shared::link::{Link, LinkState};
use shared::module::{Kind, Module};
use shared::plan::{ArrivalDependency, References};
use shared::problem::{self, Code, Problem};
use std::collections::{BTreeSet, HashMap};

/// A CRM record that was created so close to its first sync came from Xero.
const CREATED_BY_ARRIVAL: Duration = Duration::minutes(15);

/// How what records need is got before them.
pub(super) trait ThoseNeeded {
    /// What records of the CRM point to.
    ///
    /// # Errors
    /// [`Refusal`] when nothing could be done at all.
    async fn of_known<P: Ports>(
        &self,
        context: &mut Context<'_, P>,
        module: Module,
        boths: &[Both],
    ) -> Result<Vec<Resolved>, Refusal>;

    /// What records of Xero's point to that are about to come.
    ///
    /// # Errors
    /// [`Refusal`] when nothing could be done at all.
    async fn of_arriving<P: Ports>(
        &self,
        context: &mut Context<'_, P>,
        needs: &BTreeSet<ArrivalDependency>,
    ) -> Result<Arrived, Refusal>;
}

/// Contacts and items point to nothing.
pub(super) struct NoNeeds;

impl ThoseNeeded for NoNeeds {
    async fn of_known<P: Ports>(
        &self,
        _: &mut Context<'_, P>,
        _: Module,
        boths: &[Both],
    ) -> Result<Vec<Resolved>, Refusal> {
        Ok(boths.iter().map(|_| Resolved::NOTHING).collect())
    }

    async fn of_arriving<P: Ports>(
        &self,
        _: &mut Context<'_, P>,
        _: &BTreeSet<ArrivalDependency>,
    ) -> Result<Arrived, Refusal> {
        Ok(Arrived::new())
    }
}

/// Processes records of a pair. Answers in no particular order, one for each item.
///
/// # Errors
/// [`Refusal`] when nothing could be done at all: no answer from an API, a limit, a dead connection.
pub(super) async fn process<P: Ports>(
    context: &mut Context<'_, P>,
    module: Module,
    items: Vec<Item>,
    needs: &impl ThoseNeeded,
    scribe: Scribe<'_>,
) -> Result<Vec<Done>, Refusal> {
    let mut done = Vec::new();
    let mut items = items;
    find_by_link(context, module, &mut items, &mut done).await?;
    bodies_of_unknown(context, module, &mut items, &mut done).await?;
    let (mut known, unknown): (Vec<Item>, Vec<Item>) = items.into_iter().partition(|item| item.crm_id.is_some());
    let unknown = may_arrive(context, module, unknown, &mut done);
    let arriving = arrivals::match_up(context, module, unknown, &mut known, &mut done).await?;

    let desk = context.engine.desk;
    let keys: Vec<Key> = known.iter().filter_map(|item| Some((module, item.crm_id.clone()?))).collect();
    let org = context.clients.scope.org.clone();
    let (_turns, got) = desk.try_turns(&org, &keys);
    let mut free = Vec::new();
    for (item, got) in known.into_iter().zip(got) {
        if got { free.push(item) } else { done.push(Done::busy(&item)) }
    }
    let both_sides = !free.is_empty();
    two_sided(context, module, free, needs, scribe, &mut done).await?;
    // Whoever decides about a Xero record at this moment has it before it comes, or finds it linked.
    let at_xero: Vec<XeroId> = arriving.iter().filter_map(|item| item.xero_id.clone()).collect();
    let (_coming, got) = desk.try_turns(&org, &at_xero);
    let got: BTreeSet<&XeroId> = at_xero.iter().zip(got).filter_map(|(id, got)| got.then_some(id)).collect();
    let comes = |item: &Item| item.xero_id.as_ref().is_none_or(|id| got.contains(id));
    let (mut arriving, busy): (Vec<Item>, Vec<Item>) = arriving.into_iter().partition(comes);
    done.extend(busy.iter().map(Done::busy));
    if both_sides && !arriving.is_empty() && !context.has_room(ARRIVING) {
        done.extend(std::mem::take(&mut arriving).iter().map(Done::busy));
    }
    // What the CRM's records have just been linked with does not arrive any more.
    find_by_link(context, module, &mut arriving, &mut done).await?;
    // Somebody has decided whose partner it is: it is that record's business, in the next chunk.
    done.extend(arriving.extract_if(.., |item| item.crm_id.is_some()).map(|item| Done::busy(&item)));
    let arrived = needs.of_arriving(context, &arrivals::needs_of(module, &arriving)).await?;
    arrivals::arrive_all(context, module, arriving, &arrived, scribe, &mut done).await?;
    Ok(done)
}

/// Leaves out what is not created in the CRM: by direction, and contacts that are neither customer nor supplier.
fn may_arrive<P: Ports>(
    context: &Context<'_, P>,
    module: Module,
    unknown: Vec<Item>,
    done: &mut Vec<Done>,
) -> Vec<Item> {
    let mut arriving = Vec::new();
    for item in unknown {
        let Some(body) = &item.body else { continue };
        let name = shared::xero::name(module, body);
        if !context.direction(module).to_crm() {
            let facts = [("name", name.clone()), ("kind", module.singular().to_owned())];
            done.push(Done::new(&item, &name, Outcome::Skipped, vec![problem::of(Code::DirectionClosed, &facts)]));
            continue;
        }
        match shared::plan::home(resource(module), body, &context.settings) {
            Err(problem) if !item.needed => {
                let url = shared::xero::state(module, body, &context.lists.xero, None).url;
                let place = problem::Place { label: format!("Open {name} in Xero"), url };
                let problem = if problem.place.is_none() { problem.at(place) } else { problem };
                done.push(Done::new(&item, &name, Outcome::Skipped, vec![problem]));
            }
            _ => arriving.push(item),
        }
    }
    arriving
}

/// Records that the CRM has.
async fn two_sided<P: Ports>(
    context: &mut Context<'_, P>,
    module: Module,
    items: Vec<Item>,
    needs: &impl ThoseNeeded,
    scribe: Scribe<'_>,
    done: &mut Vec<Done>,
) -> Result<(), Refusal> {
    let (boths, items) = read_many(context, module, items, done).await?;
    if boths.is_empty() {
        return Ok(());
    }
    let resolved = needs.of_known(context, module, &boths).await?;
    look_up_bills(context, module, &boths, &resolved).await?;
    let mut prepared = Vec::new();
    let mut kept = Vec::new();
    let mut stopped = Vec::new();
    let mut came: Vec<(Done, Link)> = Vec::new();
    context.room.begin();
    for ((mut both, item), resolved) in boths.into_iter().zip(items).zip(resolved) {
        let comes_again = resolved.failed.iter().any(passes);
        if comes_again || (!resolved.failed.is_empty() && both.xero.is_some() && !both.believed) {
            // What is taken up again goes as a whole then, so that all of it is told. And whether it is the document that Xero
            // has is known once its party is.
            let outcome = outcome_of_waiting(&resolved.failed);
            let mut waits = Done::of(&item, &both, outcome, resolved.failed);
            waits.dependencies = resolved.views;
            done.push(waits);
            continue;
        }
        context.room.next_record();
        let mut resolved = resolved;
        let linked = both.link.as_ref().is_some_and(|link| link.state == LinkState::Linked && link.xero_id.is_some());
        resolved.lines_wait(&both);
        context.judge(&mut both, Some(&resolved.references)).await?;
        if arrived_before(context, &both) {
            came.push(arrived(context, &item, &both, &resolved.references));
            continue;
        }
        match context.plan(&mut both, &resolved.references, Lookups::OnlyUnsettled).await {
            Err(refusal) => {
                let outcome = outcome_of_failure(std::slice::from_ref(&refusal.problem));
                done.push(Done::of(&item, &both, outcome, vec![refusal.problem]));
            }
            Ok(plan) if context.reader.user().is_some() && both.is_held_in(&plan) => {
                let problems = plan.problems.into_iter().filter(Problem::stops).collect();
                done.push(Done::of(&item, &both, Outcome::Failed, problems));
            }
            Ok(plan) => {
                let one = Prepared { both, plan, references: resolved.references };
                let waits = !resolved.failed.is_empty() && !linked && !leaves_xero_alone(one.plan.action);
                if waits {
                    stopped.push((item, one, resolved.failed, resolved.views));
                } else {
                    prepared.push(one);
                    kept.push((item, resolved.views));
                }
            }
        }
    }
    save_arrived(context, came, scribe, done).await?;
    for (item, one, failed, views) in stopped {
        // It is taken up again once what it waits for is done.
        let mut ended = Done::of(&item, &one.both, outcome_of_waiting(&failed), failed);
        ended.xero_id = one.both.link.as_ref().and_then(|link| link.xero_id.clone()).or(ended.xero_id);
        ended.dependencies = views;
        done.push(ended);
    }
    if prepared.is_empty() {
        return Ok(());
    }
    if module.kind() == Kind::Document && context.room.took_needs() && !context.has_room(SENDING) {
        // What they need is there now, which is what this step has done.
        done.extend(kept.into_iter().map(|(item, views)| Done { dependencies: views, ..Done::busy(&item) }));
        return Ok(());
    }
    context.room.begin();
    let born: BTreeSet<ZohoId> =
        prepared.iter().filter(|one| born(context, &one.both)).map(|one| one.both.key.1.clone()).collect();
    let by_record: HashMap<ZohoId, Item> =
        kept.iter().filter_map(|(item, _)| Some((item.crm_id.clone()?, item.clone()))).collect();
    let write = |pushed: &Pushed| {
        let item = by_record.get(&pushed.prepared.both.key.1)?;
        scribe(&ended(item, pushed, &born))
    };
    let pushed = context.send(prepared, &Log::Run(&write)).await?;
    let pushed = context.write_back(pushed).await?;
    for ((item, views), pushed) in kept.into_iter().zip(pushed) {
        let mut one = ended(&item, &pushed, &born);
        one.dependencies = views;
        done.push(one);
    }
    Ok(())
}

/// Xero takes the same bill twice, so each new one is looked for, all of a chunk in one call.
async fn look_up_bills<P: Ports>(
    context: &mut Context<'_, P>,
    module: Module,
    boths: &[Both],
    resolved: &[Resolved],
) -> Result<(), Refusal> {
    if module != Module::PurchaseOrders || !context.direction(module).to_xero() {
        return Ok(());
    }
    let numbers: BTreeSet<String> = boths
        .iter()
        .zip(resolved)
        .filter(|(both, resolved)| both.xero.is_none() && both.hold.is_none() && resolved.references.party.is_some())
        .map(|(both, resolved)| shared::plan::plan(&context.inputs(both, &resolved.references)))
        .filter(|plan| plan.xero_write.is_some() && !plan.natural_key.is_empty())
        .map(|plan| plan.natural_key)
        .collect();
    if numbers.is_empty() {
        return Ok(());
    }
    let wanted: Vec<String> = numbers.iter().cloned().collect();
    match context.clients.xero().find_bills(&wanted).await {
        Ok(bills) => {
            context.learn_links(bills.iter().filter_map(|bill| xero_id(module, bill))).await?;
            context.bills = Some((numbers, bills));
        }
        Err(error) => return Err(context.clients.refuse(error).await),
    }
    Ok(())
}

/// How a pushed record ended.
fn ended(item: &Item, pushed: &Pushed, born: &BTreeSet<ZohoId>) -> Done {
    let mut done = Done::of(item, &pushed.prepared.both, pushed.outcome, pushed.problems.clone());
    if pushed.wrote() && born.contains(&pushed.prepared.both.key.1) {
        done.outcome = Outcome::Created;
    }
    done.xero_id = pushed.link.as_ref().and_then(|link| link.xero_id.clone()).or(done.xero_id);
    done.changes = pushed.changes();
    // What a person has to solve does not pass.
    if pushed.outcome == Outcome::Failed && !pushed.problems.iter().all(|problem| passes(problem) || !problem.stops()) {
        done.again = None;
    }
    if pushed.outcome == Outcome::Skipped {
        done.again = None;
    }
    done
}

/// Whether an attempt before created the record in the CRM during this run, and only its link was not saved.
fn born<P: Ports>(context: &Context<'_, P>, both: &Both) -> bool {
    let record = &both.snapshot.record;
    let text = |field: &str| record.get(field).and_then(Value::as_str);
    let created = text("Created_Time").and_then(|text| DateTime::parse_from_rfc3339(text).ok());
    let partner = both.xero.as_ref().and_then(|body| xero_id(both.key.0, body));
    both.is_unlinked()
        && partner.is_some()
        && text("Xero_ID") == partner.as_ref().map(XeroId::as_str)
        // The CRM counts in seconds.
        && created.zip(context.since).is_some_and(|(created, since)| created.to_utc() + Duration::seconds(1) > since)
}

/// Whether a document came from Xero, and only its link was not saved: both sides agree as they stand. We have made it then;
/// everything else that says so anybody may have typed.
fn arrived_before<P: Ports>(context: &Context<'_, P>, both: &Both) -> bool {
    let record = &both.snapshot.record;
    let instant = |field: &str| {
        let text = record.get(field).and_then(Value::as_str)?;
        DateTime::parse_from_rfc3339(text).ok().map(|at| at.with_timezone(&Utc))
    };
    let named = record.get("Xero_ID").and_then(Value::as_str);
    let partner = both.xero.as_ref().and_then(|body| xero_id(both.key.0, body));
    let (Some(created), Some(synced)) = (instant("Created_Time"), instant("Xero_Synced_At")) else { return false };
    let made_by = record.pointer("/Created_By/id").and_then(Value::as_str);
    both.key.0.kind() == Kind::Document
        && made_by == Some(context.writer.as_str())
        && both.is_unlinked()
        && context.direction(both.key.0).to_crm()
        && partner.is_some()
        && named == partner.as_ref().map(XeroId::as_str)
        && (synced - created).abs() <= CREATED_BY_ARRIVAL
}

/// How a document ended that came from Xero before, and its link, which is to be saved.
fn arrived<P: Ports>(context: &Context<'_, P>, item: &Item, both: &Both, references: &References) -> (Done, Link) {
    let settled = shared::plan::settle_arrival(&context.inputs(both, references));
    // As Xero names it: so the log does where the attempt before was not cut off.
    let named = both.xero.as_ref().filter(|_| context.shows(both, "number"));
    let name = named.map(|body| shared::xero::name(both.key.0, body));
    let name = name.filter(|name| !name.is_empty()).unwrap_or_else(|| both.name.clone());
    let problems = settled.problems.into_iter().map(|problem| context.tell_answer(both, problem)).collect();
    let mut done = Done { name, ..Done::of(item, both, Outcome::Created, problems) };
    done.xero_id.clone_from(&settled.link.xero_id);
    context.note_links([&settled.link]);
    (done, settled.link)
}

/// Saves the links of documents that came from Xero before.
async fn save_arrived<P: Ports>(
    context: &Context<'_, P>,
    came: Vec<(Done, Link)>,
    scribe: Scribe<'_>,
    done: &mut Vec<Done>,
) -> Result<(), Refusal> {
    if came.is_empty() {
        return Ok(());
    }
    let mut statements = vec![links::save(&context.clients.scope, came.iter().map(|(_, link)| link))?];
    let entries: Vec<EntryView> = came.iter().filter_map(|(one, _)| scribe(one)).collect();
    if !entries.is_empty() {
        statements.push(context.save_entries(&entries)?);
    }
    context.ports.batch(statements).await?;
    done.extend(came.into_iter().map(|(one, _)| one));
    Ok(())
}
