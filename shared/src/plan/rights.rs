//! A plan without what whoever acts may not write in the CRM. What is left out is not agreed either, so that it goes across
//! as soon as somebody syncs the record who may.

use super::Plan;
use crate::api::{Action, Written};
use crate::problem::Problem;
use crate::zoho;

impl Plan {
    /// Leaves the record alone, for this reason: nothing is written, and nobody need look for its partner.
    pub fn leave_alone(&mut self, told: Problem) {
        self.action = Action::Skip;
        self.problems = vec![told];
        self.xero_write = None;
        self.crm_write.clear();
        self.person = None;
        self.changes.clear();
        self.agreed.clear();
        self.natural_key.clear();
    }

    /// Leaves only that the record is created in Xero, or linked with what is there. Our own fields in the CRM are none of
    /// the plan's. Says whether anything was left out.
    pub fn only_link(&mut self) -> bool {
        let creates = self.action == Action::Create;
        let left_out = (!creates && self.xero_write.is_some()) || !self.crm_write.is_empty() || self.person.is_some();
        if !creates {
            self.xero_write = None;
        }
        self.crm_write.clear();
        self.person = None;
        let changes = std::mem::take(&mut self.changes);
        let (kept, dropped): (Vec<_>, Vec<_>) =
            changes.into_iter().partition(|change| creates && change.written == Written::Xero);
        self.agreed.retain(|key| kept.iter().any(|one| one.key == *key) || !dropped.iter().any(|one| one.key == *key));
        self.changes = kept;
        if matches!(self.action, Action::UpdateXero | Action::UpdateCrm) {
            self.action = Action::Unchanged;
        }
        left_out
    }

    /// Whether it creates, changes or links a record of Xero's.
    #[must_use]
    pub fn sends(&self) -> bool {
        self.xero_write.is_some() || matches!(self.action, Action::Create | Action::Adopt)
    }

    /// Stops it for a reason: nothing is written and nothing is agreed.
    pub fn stop(&mut self, reason: Problem) {
        self.action = Action::Blocked;
        self.xero_write = None;
        self.crm_write.clear();
        self.person = None;
        self.agreed.clear();
        self.problems.insert(0, reason);
    }

    /// Leaves out what Xero's changes make of the primary contact of an account or vendor. Says whether there was any.
    pub fn leave_person(&mut self) -> bool {
        if self.person.take().is_none() {
            return false;
        }
        let module = self.module;
        let of_person = |key: &str| zoho::of_person(module, key).is_some();
        let changes = std::mem::take(&mut self.changes);
        let (dropped, kept): (Vec<_>, Vec<_>) =
            changes.into_iter().partition(|change| change.written == Written::Crm && of_person(&change.key));
        self.agreed.retain(|key| !dropped.iter().any(|one| one.key == *key));
        self.changes = kept;
        if self.action == Action::UpdateCrm && self.changes.is_empty() && self.crm_write.is_empty() {
            self.action = Action::Unchanged;
        }
        true
    }
}
