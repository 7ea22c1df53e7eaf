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
    /// # Errors
    /// [`Error`] when a whole request failed; the inner result tells of each record, in the order of `wanted`.
    pub(crate) async fn sights(&self, wanted: &[Key]) -> Result<Vec<Result<Option<Sight>, Error>>, Error> {
        let seen = self.clients.crm_as_user().snapshots(wanted).await?;
        let hidden_of = |key: &Key, snapshot: &CrmSnapshot| match self.reader {
            Reader::Connection(_) => Hidden::new(),
            Reader::Member(_) => sight::hidden(key.0, snapshot, &self.lists.crm, &self.settings),
        };
        let mut sights: Vec<Result<Option<Sight>, Error>> = wanted
            .iter()
            .zip(seen)
            .map(|(key, seen)| {
                let sight = |snapshot: CrmSnapshot| {
                    let hidden = hidden_of(key, &snapshot);
                    // By the reader's own reading: another's says what that one may do.
                    let may_edit = self.may_edit(key.0, &snapshot.record);
                    Sight { snapshot, hidden, problem: None, may_edit }
                };
                seen.map(|snapshot| snapshot.map(sight))
            })
            .collect();
        let in_part: Vec<usize> = sights
            .iter()
            .enumerate()
            .filter(|(_, sight)| matches!(sight, Ok(Some(sight)) if !sight.hidden.is_empty()))
            .map(|(at, _)| at)
            .collect();
        let keys: Vec<Key> = in_part.iter().filter_map(|at| wanted.get(*at).cloned()).collect();
        if keys.is_empty() {
            return Ok(sights);
        }
        let whole = self.clients.crm_as_connection().snapshots(&keys).await?;
        for ((at, key), whole) in in_part.into_iter().zip(&keys).zip(whole) {
            let Some(Ok(Some(sight))) = sights.get_mut(at) else { continue };
            match whole {
                Ok(Some(whole)) => {
                    sight.snapshot = whole;
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

    /// What is hidden in a record that was read alone.
    pub(super) fn hidden_in(&self, module: Module, record: Value) -> Hidden {
        let snapshot = CrmSnapshot { record, contacts: Vec::new() };
        sight::hidden(module, &snapshot, &self.lists.crm, &self.settings)
    }

    /// An entry as the reader is told of it, beside what is hidden in its record.
    pub(crate) fn tell(&self, module: Module, hidden: &Hidden, to: &Member, kept: Kept) -> EntryView {
        kept.told(to, |key| sight::shows(module, key, &self.settings, hidden))
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
    problem::of(Code::CrmFieldHidden, &[("field", field.replace('_', " ")), ("name", name)])
}
