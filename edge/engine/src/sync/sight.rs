//! Records as whoever asks may see them, and whole: see [`shared::zoho::sight`].

use super::Key;
use super::context::{Context, Reader};
use super::read::Both;
use crate::access::rights::Member;
use crate::store::entries::Kept;
use ports::Ports;
use serde_json::Value;
use shared::api::EntryView;
use shared::module::Module;
use shared::plan::{CrmSnapshot, Plan};
use shared::problem::{self, Code, Problem};
use shared::zoho::sight::{self, Hidden};
use std::collections::BTreeMap;
use upstream::Error;

/// A record that the reader sees.
#[derive(Debug)]
pub(crate) struct Sight {
    /// The whole record, as far as anybody of ours may read it.
    pub(crate) snapshot: CrmSnapshot,
    /// What the reader is not shown.
    pub(crate) hidden: Hidden,
    /// Why it can't be planned: what is hidden decides, and the connection may not read it either.
    pub(crate) problem: Option<Problem>,
    /// Whether the reader may change it in the CRM.
    pub(crate) may_edit: bool,
}

impl<P: Ports> Context<'_, P> {
    /// Reads records. One that the reader may not see is not there, whatever the connection may see. One that the reader
    /// sees only in part is read once more, with the connection's rights; where everything is shown, one read is enough.
    ///
    /// That somebody is not shown a person of an account or vendor can't be seen from what they are shown. So the people are
    /// read with the connection's rights at the same time, unless those are the reader's.
    ///
    /// # Errors
    /// [`Error`] when a whole request failed; the inner result tells of each record, in the order of `wanted`.
    pub(crate) async fn sights(&self, wanted: &[Key]) -> Result<Vec<Result<Option<Sight>, Error>>, Error> {
        let (as_user, as_connection) = (self.clients.crm_as_user(), self.clients.crm_as_connection());
        let of_companies =
            wanted.iter().filter(|(module, _)| sight::has_people(*module) && !self.reads_as_connection());
        let companies: Vec<Key> = of_companies.cloned().collect();
        let (seen, people) =
            futures_util::future::join(as_user.snapshots(wanted), as_connection.people(&companies)).await;
        let (seen, people) = (seen?, people?);
        let people: BTreeMap<&Key, Result<Vec<Value>, Error>> = companies.iter().zip(people).collect();
        let mut sights: Vec<Result<Option<Sight>, Error>> = wanted
            .iter()
            .zip(seen)
            .map(|(key, seen)| {
                let sight = |snapshot: CrmSnapshot| {
                    let hidden = self.hidden_from_reader(key.0, &snapshot);
                    // By the reader's own reading: another's says what that one may do.
                    let may_edit = self.may_edit(key.0, &snapshot.record);
                    Sight { snapshot, hidden, problem: None, may_edit }
                };
                seen.map(|snapshot| snapshot.map(sight))
            })
            .collect();
        // What the connection shows of records that the reader sees only in part, by their places.
        let mut wholes: Vec<(usize, Result<Option<CrmSnapshot>, Error>)> = Vec::new();
        let mut in_part: Vec<(usize, Key)> = Vec::new();
        for (at, (key, sight)) in wanted.iter().zip(&mut sights).enumerate() {
            let Ok(Some(sight)) = sight else { continue };
            let everybody = match people.get(key) {
                Some(Ok(everybody)) => Some(sight::everybody(&sight.snapshot.contacts, everybody.clone())),
                Some(Err(error)) => {
                    sight.hidden.insert(sight::PEOPLE.to_owned());
                    wholes.push((at, Err(error.clone())));
                    continue;
                }
                None => None,
            };
            let misses = |all: &Vec<Value>| sight::misses(&sight.snapshot.contacts, all);
            if everybody.as_ref().is_some_and(misses) {
                sight.hidden.insert(sight::PEOPLE.to_owned());
            }
            match everybody {
                _ if sight.hidden.is_empty() => {}
                Some(contacts) if sight::only_of_people(&sight.hidden) => {
                    let record = sight.snapshot.record.clone();
                    wholes.push((at, Ok(Some(CrmSnapshot { record, contacts }))));
                }
                _ => in_part.push((at, key.clone())),
            }
        }
        if !in_part.is_empty() {
            let (places, keys): (Vec<usize>, Vec<Key>) = in_part.into_iter().unzip();
            wholes.extend(places.into_iter().zip(as_connection.snapshots(&keys).await?));
        }
        for (at, whole) in wholes {
            let (Some(key), Some(Ok(Some(sight)))) = (wanted.get(at), sights.get_mut(at)) else { continue };
            match whole {
                Ok(Some(whole)) => {
                    let contacts = sight::everybody(&sight.snapshot.contacts, whole.contacts);
                    sight.snapshot = CrmSnapshot { record: whole.record, contacts };
                    self.read_whole.set(true);
                    // What nobody of ours is shown still decides.
                    let left = sight::hidden(key.0, &sight.snapshot, &self.lists.crm, &self.settings);
                    sight.problem = left.first().map(|field| field_hidden(key, &sight.snapshot, field));
                }
                Ok(None) | Err(Error::PermissionDenied { .. } | Error::NotFound | Error::ModuleUnavailable { .. }) => {
                    let field = sight.hidden.first().cloned().unwrap_or_default();
                    sight.problem = Some(field_hidden(key, &sight.snapshot, &field));
                }
                Err(error) => {
                    if let Some(sight) = sights.get_mut(at) {
                        *sight = Err(error);
                    }
                }
            }
        }
        Ok(sights)
    }

    fn hidden_from_reader(&self, module: Module, snapshot: &CrmSnapshot) -> Hidden {
        match self.reader {
            Reader::Connection(_) => Hidden::new(),
            Reader::Member(_) => sight::hidden(module, snapshot, &self.lists.crm, &self.settings),
        }
    }

    /// What is hidden in a record that was read alone.
    pub(super) fn hidden_in(&self, module: Module, record: Value) -> Hidden {
        let snapshot = CrmSnapshot { record, contacts: Vec::new() };
        sight::hidden(module, &snapshot, &self.lists.crm, &self.settings)
    }

    /// An entry as the reader is told of it, beside what is hidden in its record. People come and go: whom an entry of
    /// somebody else's speaks of, and whether the reader sees that one, is not known.
    pub(crate) fn tell(&self, module: Module, hidden: &Hidden, to: &Member, kept: Kept) -> EntryView {
        let mut hidden = hidden.clone();
        hidden.extend(sight::has_people(module).then(|| sight::PEOPLE.to_owned()));
        kept.told(to, |key| sight::shows(module, key, &self.settings, &hidden))
    }

    /// A plan as the reader may see it.
    pub(crate) fn cut(&self, both: &Both, plan: &Plan) -> Plan {
        let mut plan = plan.clone();
        if both.hidden.is_empty() {
            return plan;
        }
        for change in &mut plan.changes {
            if !sight::shows(both.key.0, &change.key, &self.settings, &both.hidden) {
                (change.crm, change.xero, change.result) = (None, None, None);
            }
        }
        let money = ["Discount", "Adjustment", "Sub_Total", "Grand_Total"];
        if both.hidden.iter().any(|name| name.starts_with("lines.") || money.contains(&name.as_str())) {
            plan.totals = None;
        }
        plan
    }
}

fn field_hidden(key: &Key, snapshot: &CrmSnapshot, field: &str) -> Problem {
    let name = shared::zoho::name(key.0, &snapshot.record);
    let field = if field == sight::PEOPLE { Module::Contacts.api_name() } else { field };
    problem::of(Code::CrmFieldHidden, &[("field", field.replace('_', " ")), ("name", name)])
}
