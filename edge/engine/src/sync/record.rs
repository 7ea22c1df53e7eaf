//! A record of many: what is to be done, what it needs, and how it ended.

use super::both::{Both, party_at_xero};
use super::outcome::{for_good, passes, waits_for};
use serde_json::Value;
use shared::api::{DependencyView, EntryView, FieldChange, Outcome};
use shared::id::{XeroId, ZohoId};
use shared::module::Module;
use shared::plan::{ArrivalDependency, ArrivalReferences};
use shared::problem::{self, Code, Problem};
use std::collections::BTreeMap;

/// A record to be processed.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    /// As the run names it.
    pub(crate) record: String,
    pub(crate) crm_id: Option<ZohoId>,
    pub(crate) xero_id: Option<XeroId>,
    /// Xero's record, where it is known already.
    pub(crate) body: Option<Value>,
    /// Whether a document needs it, so that it is created whatever Xero calls it.
    pub(crate) needed: bool,
}

/// How a record ended.
#[derive(Debug, Clone)]
pub(crate) struct Done {
    pub(crate) record: String,
    pub(crate) crm_id: Option<ZohoId>,
    pub(crate) xero_id: Option<XeroId>,
    pub(crate) name: String,
    /// The customer or supplier of a document.
    pub(crate) party: Option<String>,
    pub(crate) outcome: Outcome,
    pub(crate) changes: Vec<FieldChange>,
    pub(crate) problems: Vec<Problem>,
    pub(crate) dependencies: Vec<DependencyView>,
    /// Whether it has not come to an end: it is taken up again, for this reason.
    pub(crate) again: Option<Problem>,
    /// Whether the run has done the same record before, under its CRM record's name.
    pub(crate) twice: bool,
}

impl Done {
    pub(crate) fn new(item: &Item, name: &str, outcome: Outcome, problems: Vec<Problem>) -> Self {
        Self {
            record: item.record.clone(),
            crm_id: item.crm_id.clone(),
            xero_id: item.xero_id.clone(),
            name: name.to_owned(),
            party: item.body.as_ref().and_then(party_at_xero),
            outcome,
            changes: Vec::new(),
            again: problems.iter().find(|problem| passes(problem)).cloned(),
            problems,
            dependencies: Vec::new(),
            twice: false,
        }
    }

    /// The same, of a record of which both sides were read.
    pub(crate) fn of(item: &Item, both: &Both, outcome: Outcome, problems: Vec<Problem>) -> Self {
        Self { party: both.party(), ..Self::new(item, &both.name, outcome, problems) }
    }

    /// Somebody else works on it now, or the step has no room for it: it is taken up again.
    pub(crate) fn busy(item: &Item) -> Self {
        let busy = problem::of(Code::SyncInProgress, &[]);
        Self::new(item, &item.record, Outcome::Deferred, vec![busy])
    }
}

/// Writes a run's entries.
pub(crate) type Scribe<'a> = &'a dyn Fn(&Done) -> Option<EntryView>;

/// What became of what arriving documents point to.
pub(super) type Arrived = BTreeMap<ArrivalDependency, Result<(Module, ZohoId), Vec<Problem>>>;

/// What one document needs of what was found, and why it has to wait.
pub(super) fn for_one(arrived: &Arrived, needs: &[ArrivalDependency]) -> (ArrivalReferences, Vec<Problem>) {
    let mut references = ArrivalReferences::NOTHING;
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
    (references, for_good(failed))
}
