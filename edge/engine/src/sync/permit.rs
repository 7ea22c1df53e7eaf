//! With whose rights a record is written.
//!
//! Whoever syncs a record needs the right to edit *that* record in the CRM. What it needs first (its customer, its
//! products) they need to see only: it is created or linked in Xero, gets our own fields, and nothing else of it changes.

use super::context::{Context, Reader};
use super::match_up::Lookups;
use super::push::{Prepared, Pushed};
use super::read::Both;
use crate::access::Refusal;
use ports::Ports;
use serde_json::Value;
use shared::api::Action;
use shared::module::Module;
use shared::plan::{Permit, Plan, References};
use shared::problem::{self, Code, Problem};

impl<P: Ports> Context<'_, P> {
    /// Whether the reader may change a record in the CRM, by what the reader's own reading shows of it: the profile's right
    /// to edit the module's records, and the record itself as far as it is not merely locked.
    ///
    /// What `$editable` means is documented nowhere: whether the user could save a change now, or whether the record is
    /// shared with the user for writing. Only what both meanings say counts: false on a record that nothing locks. Where
    /// Zoho does not tell what the profile allows, nothing but `$editable` is known.
    pub(super) fn may_edit(&self, module: Module, record: &Value) -> bool {
        let Reader::Member(member) = self.reader else { return true };
        let editable = record.get("$editable").and_then(Value::as_bool);
        match member.edits(module) {
            Some(false) => false,
            Some(true) => editable != Some(false) || is_locked(record),
            None => editable == Some(true),
        }
    }

    /// Why the record that the reader chose is not written, unless the reader may edit it.
    pub(crate) fn not_editable(&self, both: &Both) -> Option<Problem> {
        let Reader::Member(member) = self.reader else { return None };
        if both.may_edit {
            return None;
        }
        let mut facts = vec![("user", member.name.clone()), ("name", both.name.clone())];
        if member.edits(both.key.0) == Some(false) {
            facts.push(("profile", member.profile().name.clone()));
            facts.push(("module", both.key.0.api_name().replace('_', " ")));
        }
        if member.administers() {
            let fix = "Change the profile or the sharing in the CRM's set-up, or let somebody click who may edit it.";
            facts.push(("reason", fix.to_owned()));
        }
        let label = format!("Open \"{}\" in the CRM", both.name);
        let place = problem::place_crm(&self.lists.crm, both.key.0, &both.key.1, label);
        Some(problem::of(Code::CrmNotEditable, &facts).at(place))
    }

    /// What the reader may decide: a run of the organisation is nobody's word.
    pub(super) fn permit(&self, both: &Both) -> Permit {
        let administers = self.reader.user().is_some_and(|member| member.administers());
        Permit { up_to: both.up_to, emails: administers || !self.settings.senders.held_emails.of(both.key.0) }
    }

    /// Why the reader makes no records of a module in the CRM, unless the profile is known to edit them.
    pub(crate) fn makes_no(&self, module: Module) -> Option<Problem> {
        let Reader::Member(member) = self.reader else { return None };
        let facts = [("user", member.name.clone()), ("kind", module.singular().to_owned())];
        (member.edits(module) != Some(true)).then(|| problem::of(Code::PartNotSent, &facts))
    }

    /// A click that comes to nothing but a preview: neither side is written, and nothing is remembered.
    pub(super) async fn only_preview(&mut self, both: &mut Both, problem: Problem) -> Result<Pushed, Refusal> {
        both.problems.push(problem);
        let references = References::default();
        let plan = self.plan(both, &references, Lookups::OnlyUnsettled).await?;
        Ok(Pushed::stopped(Prepared { both: both.clone(), plan, references }, both.problems.clone()))
    }

    /// A plan without what the reader may not write in the CRM: of a record that is needed only, all but its link; of any,
    /// its primary contact unless contacts are known to be theirs to edit.
    pub(super) fn within_rights(&self, plan: &mut Plan, both: &Both) {
        let Reader::Member(member) = self.reader else { return };
        if matches!(plan.action, Action::Blocked | Action::Skip) {
            return;
        }
        let facts = |name: &str, kind: &str| {
            [("user", member.name.clone()), ("name", name.to_owned()), ("kind", kind.to_owned())]
        };
        if !both.may_edit {
            if plan.only_link() {
                let facts = facts(&both.name, both.key.0.singular());
                plan.problems.push(problem::of(Code::PartNotSent, &facts));
            }
        } else if both.key.0 != Module::Contacts && member.edits(Module::Contacts) != Some(true) && plan.leave_person()
        {
            let facts = facts(&both.name, "contact");
            plan.problems.push(problem::of(Code::PartNotSent, &facts));
        }
    }
}

/// Whether a record is locked, in an approval or in a review, which keeps everybody from saving it for a while and says
/// nothing of anybody's rights.
fn is_locked(record: &Value) -> bool {
    let flag = |name: &str| record.get(name).and_then(Value::as_bool);
    let state = record.get("$approval_state").and_then(Value::as_str);
    let asked = |name: &str| {
        let steps = record.get(name).and_then(Value::as_object);
        steps.is_some_and(|steps| steps.values().any(|step| step.as_bool() == Some(true)))
    };
    flag("Locked__s") == Some(true)
        || flag("$locked_for_me") == Some(true)
        || flag("$approved") == Some(false)
        || state.is_some_and(|state| state != "approved")
        || asked("$approval")
        || asked("$review_process")
        || record.get("$review").is_some_and(|review| !review.is_null())
}
