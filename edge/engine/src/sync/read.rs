//! Reading both sides of records, at the same time: of one that somebody clicks, or of a chunk of a run.

use super::both::{Both, resource, xero_id};
use super::context::Context;
use super::key::Key;
use crate::access::Refusal;
use crate::access::rights::Member;
use crate::store::entries::RecordReader;
use ports::Ports;
use serde_json::Value;
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
        self.mind_senders(std::slice::from_mut(&mut both)).await?;
        self.mind_sharers(std::slice::from_mut(&mut both)).await?;
        if both.link.as_ref().is_some_and(|link| link.state == LinkState::Linked) && both.xero.is_none() {
            self.partner_is_gone(&mut both);
        } else if both.is_unlinked() {
            self.follow_xero_id(&mut both).await?;
        }
        self.judge(&mut both, None).await?;
        Ok(both)
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
    pub(crate) fn partner_is_gone(&self, both: &mut Both) {
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
