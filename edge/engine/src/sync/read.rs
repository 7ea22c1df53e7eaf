//! Reading both sides of records, at the same time: of one that somebody clicks, or of a chunk of a run.

use super::belief::named;
use super::both::{Both, resource, xero_id};
use super::context::Context;
use super::key::Key;
use super::outcome::outcome_of_failure;
use super::record::{Done, Item};
use crate::access::Refusal;
use crate::access::rights::Member;
use crate::store::entries::RecordReader;
use crate::store::links;
use ports::Ports;
use serde_json::Value;
use shared::api::Outcome;
use shared::id::{XeroId, ZohoId};
use shared::link::LinkState;
use shared::module::{Kind, Module};
use shared::problem::{self, Code};
use std::collections::HashMap;

impl<P: Ports> Context<'_, P> {
    /// Reads the record with the signed-in user's rights and, if it is linked, its partner in Xero.
    pub(super) async fn read(&self, module: Module, id: &ZohoId) -> Result<Both, Refusal> {
        let key = (module, id.clone());
        let wanted = [key.clone()];
        let xero = self.clients.xero();
        let linked = self.link.as_ref().and_then(|link| link.xero_id.as_ref());
        let partner = async {
            match linked {
                Some(id) => xero.get(resource(module), id).await,
                None => Ok(None),
            }
        };
        let (sights, partner) = futures_util::future::join(self.sights(&wanted), partner).await;
        let sight = match sights.and_then(|mut all| all.pop().unwrap_or(Ok(None))) {
            Ok(sight) => sight,
            Err(error) => return Err(self.refuse_reader(error).await),
        };
        let sight = sight
            .ok_or_else(|| Refusal::of(Code::CrmRecordNotFound, &[("name", format!("{} {id}", module.singular()))]))?;
        let partner = match partner {
            Ok(partner) => partner,
            Err(error) => return Err(self.clients.refuse(error).await),
        };
        let mut both = Both::read(key, sight, partner, self.link.clone(), false);
        self.mind_read(std::slice::from_mut(&mut both)).await?;
        if both.is_unlinked() && !both.problems.iter().any(|problem| problem.code == Code::XeroRecordGone) {
            self.follow_xero_id(&mut both).await?;
        }
        self.judge(&mut both, None).await?;
        Ok(both)
    }

    /// Notes of records that were just read what is so whatever they need: that a partner is gone, who may send them, and with
    /// whom they share a contact.
    async fn mind_read(&self, boths: &mut [Both]) -> Result<(), Refusal> {
        let is_linked = |both: &Both| both.link.as_ref().is_some_and(|link| link.state == LinkState::Linked);
        for both in boths.iter_mut().filter(|both| is_linked(both) && both.xero.is_none()) {
            self.partner_is_gone(both);
        }
        self.mind_senders(boths).await?;
        self.mind_sharers(boths).await
    }

    /// Checks, with one read of it, that the member may see the record, and says what of it they are shown.
    pub(super) async fn may_see<'b>(&'b self, member: &'b Member, key: &'b Key) -> Result<RecordReader<'b>, Refusal> {
        let (module, id) = (key.0, &key.1);
        match self.clients.crm_as_user().record(module, id).await {
            Ok(Some(record)) => match self.shown_alone(module, record).await {
                Ok((record, hidden)) => Ok(self.reader_of(member, key, &record, hidden)),
                Err(error) => Err(self.refuse_reader(error).await),
            },
            Err(error) => Err(self.refuse_reader(error).await),
            Ok(None) => Err(Refusal::of(Code::CrmRecordNotFound, &[("name", format!("{} {id}", module.singular()))])),
        }
    }

    /// Xero deletes nothing but unused items and drafts' lines: a missing item is made anew, of anything else somebody says
    /// what becomes of it.
    pub(super) fn partner_is_gone(&self, both: &mut Both) {
        let label = format!("Open \"{}\" in the CRM", both.name);
        let place = problem::place_crm(&self.lists.crm, both.key.0, &both.key.1, label);
        let mut gone = problem::of(Code::XeroRecordGone, &[("name", both.name.clone())]).at(place);
        if both.key.0.kind() == Kind::Item {
            gone.severity = problem::Severity::Warning;
            both.link = None;
        } else {
            let was = both.link.as_ref().and_then(|link| link.xero_id.clone());
            gone = gone.asks(super::decide::gone(both.key.clone(), was));
        }
        both.problems.push(gone);
    }
}

/// Xero's records by their ids: as a list has just shown them, else read now.
pub(super) async fn read_xero<P: Ports>(
    context: &Context<'_, P>,
    module: Module,
    ids: Vec<XeroId>,
) -> Result<HashMap<XeroId, Value>, Refusal> {
    let now = context.ports.now();
    let mut found = HashMap::new();
    let mut wanted = Vec::new();
    for id in ids {
        match context.engine.desk.take_page(now, &id) {
            Some(body) => {
                found.insert(id, body);
            }
            None if !wanted.contains(&id) => wanted.push(id),
            None => {}
        }
    }
    if !wanted.is_empty() {
        match context.clients.xero().by_ids(resource(module), &wanted).await {
            Ok(rows) => {
                found.extend(rows.into_iter().filter_map(|row| Some((xero_id(module, &row)?, row))));
            }
            Err(error) => return Err(context.clients.refuse(error).await),
        }
    }
    Ok(found)
}

/// Items of Xero's whose CRM record a link tells, or told before somebody let it go.
pub(super) async fn find_by_link<P: Ports>(
    context: &Context<'_, P>,
    module: Module,
    items: &mut Vec<Item>,
    done: &mut Vec<Done>,
) -> Result<(), Refusal> {
    let unknown: Vec<XeroId> =
        items.iter().filter(|item| item.crm_id.is_none()).filter_map(|item| item.xero_id.clone()).collect();
    let links = links::of_xero(context.ports, &context.clients.scope, &unknown).await?;
    items.retain_mut(|item| {
        if item.crm_id.is_some() {
            return true;
        }
        let held = links.held.iter().find(|link| link.module == module && link.xero_id == item.xero_id);
        let link = held.or_else(|| links.let_go.iter().find(|link| link.module == module && link.was == item.xero_id));
        item.crm_id = link.map(|link| link.crm_id.clone());
        let done_before = link.is_some_and(|link| context.since.is_some_and(|since| link.synced_at >= Some(since)));
        if done_before && !item.needed {
            let mut same = Done::new(item, &item.record, Outcome::Unchanged, Vec::new());
            same.twice = true;
            done.push(same);
            return false;
        }
        true
    });
    Ok(())
}

/// Reads the Xero records of items that the CRM does not have yet. One that is gone is no candidate any more.
pub(super) async fn bodies_of_unknown<P: Ports>(
    context: &Context<'_, P>,
    module: Module,
    items: &mut Vec<Item>,
    done: &mut Vec<Done>,
) -> Result<(), Refusal> {
    let wanted = items.iter().filter(|item| item.crm_id.is_none() && item.body.is_none());
    let wanted: Vec<XeroId> = wanted.filter_map(|item| item.xero_id.clone()).collect();
    let mut bodies = read_xero(context, module, wanted).await?;
    items.retain_mut(|item| {
        if item.crm_id.is_some() || item.body.is_some() {
            return true;
        }
        item.body = item.xero_id.as_ref().and_then(|id| bodies.remove(id));
        if item.body.is_none() {
            let gone = problem::of(Code::XeroRecordGone, &[]);
            done.push(Done::new(item, module.xero_singular(), Outcome::Skipped, vec![gone]));
        }
        item.body.is_some()
    });
    Ok(())
}

/// Reads both sides of records, and ends those that can't be read.
pub(super) async fn read_many<P: Ports>(
    context: &Context<'_, P>,
    module: Module,
    items: Vec<Item>,
    done: &mut Vec<Done>,
) -> Result<(Vec<Both>, Vec<Item>), Refusal> {
    let keys: Vec<Key> = items.iter().filter_map(|item| Some((module, item.crm_id.clone()?))).collect();
    if keys.is_empty() {
        return Ok((Vec::new(), Vec::new()));
    }
    let links = links::get_all(context.ports, &context.clients.scope, &keys).await?;
    let mut wanted: Vec<XeroId> = Vec::new();
    for (item, link) in items.iter().zip(&links) {
        let partner = link.as_ref().and_then(|link| link.xero_id.clone()).or_else(|| item.xero_id.clone());
        if item.body.is_none() {
            wanted.extend(partner);
        }
    }
    let (sights, bodies) = futures_util::future::join(context.sights(&keys), read_xero(context, module, wanted)).await;
    let sights = match sights {
        Ok(sights) => sights,
        Err(error) => return Err(context.refuse_reader(error).await),
    };
    let mut bodies = bodies?;
    let mut boths = Vec::new();
    let mut kept = Vec::new();
    for ((item, link), sight) in items.into_iter().zip(links).zip(sights) {
        let Some(crm_id) = item.crm_id.clone() else { continue };
        let partner = link.as_ref().and_then(|link| link.xero_id.clone()).or_else(|| item.xero_id.clone());
        let is_partner = |body: &&Value| xero_id(module, body) == partner;
        let body = item.body.as_ref().filter(is_partner).cloned().or_else(|| bodies.remove(partner.as_ref()?));
        let sight = match sight {
            Ok(Some(sight)) => sight,
            Ok(None) => {
                done.push(not_in_the_crm(context, module, &item, body.as_ref()));
                continue;
            }
            Err(error) => {
                let refusal = context.refuse_reader(error).await;
                let outcome = outcome_of_failure(std::slice::from_ref(&refusal.problem));
                let name = format!("{} {crm_id}", module.singular());
                done.push(Done::new(&item, &name, outcome, vec![refusal.problem]));
                continue;
            }
        };
        let both = Both::read((module, crm_id), sight, body, link, item.needed);
        if let Some(problem) = context.not_editable(&both).filter(|_| !item.needed) {
            done.push(Done::of(&item, &both, Outcome::Failed, vec![problem]));
            continue;
        }
        boths.push(both);
        kept.push(item);
    }
    let ids = |both: &Both| {
        let linked = both.link.as_ref().and_then(|link| link.xero_id.clone());
        let found =
            both.xero.as_ref().and_then(|body| xero_id(module, body)).filter(|found| Some(found) != linked.as_ref());
        let party = linked.filter(|_| module.kind() == Kind::Party);
        [party, found, names_itself(both)].into_iter().flatten().collect::<Vec<XeroId>>()
    };
    context.learn_links(boths.iter().flat_map(ids)).await?;
    context.mind_read(&mut boths).await?;
    follow_xero_ids(context, module, &mut boths).await?;
    for both in &mut boths {
        context.judge(both, None).await?;
    }
    Ok((boths, kept))
}

/// A record that the CRM does not show: deleted, or not for this user.
fn not_in_the_crm<P: Ports>(context: &Context<'_, P>, module: Module, item: &Item, body: Option<&Value>) -> Done {
    // The connection sees everything, so what it does not see was deleted.
    if context.reader.user().is_none() {
        let name = body.map(|body| shared::xero::name(module, body));
        let name =
            name.filter(|name| !name.is_empty()).unwrap_or_else(|| format!("{} {}", module.singular(), item.record));
        let problem = problem::of(Code::CrmRecordGone, &[("name", name.clone())]);
        return Done::new(item, &name, Outcome::Skipped, vec![problem]);
    }
    // A user who may not see the record learns nothing of it.
    let name = format!("{} {}", module.singular(), item.record);
    let problem = problem::of(Code::CrmRecordNotFound, &[("name", name.clone())]);
    let mut done = Done::new(item, &name, Outcome::Failed, vec![problem]);
    done.xero_id = None;
    done
}

/// What a record without a link and without a partner names in the field `Xero_ID`.
fn names_itself(both: &Both) -> Option<XeroId> {
    named(&both.snapshot.record).filter(|_| both.is_unlinked() && both.xero.is_none())
}

/// Records without a link may name their partners themselves, in the field `Xero_ID`.
async fn follow_xero_ids<P: Ports>(
    context: &Context<'_, P>,
    module: Module,
    boths: &mut [Both],
) -> Result<(), Refusal> {
    let ids: Vec<XeroId> = boths.iter().filter_map(names_itself).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let held = context.links_with(&ids).await?;
    let free = ids
        .into_iter()
        .filter(|id| !held.iter().any(|link| link.module == module && link.xero_id.as_ref() == Some(id)));
    let mut bodies = read_xero(context, module, free.collect()).await?;
    for both in boths {
        if let Some(id) = names_itself(both) {
            both.xero = bodies.remove(&id);
        }
    }
    Ok(())
}
