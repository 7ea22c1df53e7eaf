//! With whose rights a record is written.
//!
//! Whoever syncs a record needs the right to edit *that* record in the CRM. What it needs first (its customer, its
//! products) they need to see only: it is created or linked in Xero, gets our own fields, and nothing else of it changes.
//! Values of Xero's come only into fields that they may write, and only to a person whose record they may edit.

use super::both::Both;
use super::context::{Context, Reader};
use super::pushed::{Prepared, Pushed};
use crate::access::Refusal;
use crate::access::rights::{ADMINISTRATOR, Member};
use ports::Ports;
use serde_json::Value;
use shared::api::Action;
use shared::module::Module;
use shared::plan::{Emails, Permit, PersonWrite, Plan, References};
use shared::problem::{self, Code, Problem};
use upstream::Error;
use upstream::zoho::ProfileRef;

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

    /// What the reader may decide. An administrator's word on an e-mail address is a click on the very record, which brings the
    /// word of the preview that has shown it ([`shared::api::Preview::word`]): neither a button that shows nothing before, nor a
    /// list of records, nor a document that needs the record is one, and a run of the organisation is nobody's.
    pub(super) fn permit<'b>(&self, both: &'b Both) -> Permit<'b> {
        // A supplier's first contact comes with the first address. One that is made after another one was let go is nothing but
        // a new address of somebody who is known.
        let first = both.xero.is_none() && both.link.as_ref().is_none_or(|link| link.not.is_empty());
        let emails = match !first && self.holds_emails(both) {
            false => Emails::Free,
            true if self.may_release(both) && (!self.acts || self.word == Some(self.word_for(both))) => {
                Emails::WithWord
            }
            true => Emails::Held,
        };
        Permit { up_to: both.up_to, emails, closed: &both.closed }
    }

    /// Whether it is the reader's to let a new e-mail address of this record go: an administrator's, to whom it is shown.
    pub(super) fn may_release(&self, both: &Both) -> bool {
        let administers = self.reader.user().is_some_and(|member| member.administers());
        let shown = || self.shows(both, "person.email") && self.shows(both, "people");
        administers && self.alone && !both.needed && shown()
    }

    /// What stands for the e-mail addresses that Xero would have of a record: another one is another word.
    pub(super) fn word_for(&self, both: &Both) -> String {
        let addresses = shared::plan::addresses(&self.inputs_of(both, &References::NOTHING));
        let (key, (module, crm_id)) = (&self.engine.config.fingerprint_key.0, &both.key);
        shared::plan::fingerprint(key, *module, crm_id, "addresses", &addresses.join("\n"))
    }

    /// Whether the reader's rights are the very ones of the connection: theirs who connected the CRM.
    pub(super) fn reads_as_connection(&self) -> bool {
        self.reader.user().is_none_or(|member| member.id == self.writer)
    }

    /// Asks, where a plan writes Xero's values into the CRM, which of its fields the reader may not write, and notes them, with
    /// those that the connection may not write, as whose user everything is written. Says whether there are any, so that the plan
    /// has to be made anew.
    ///
    /// No call within ten minutes of an answer, none where nothing is written, and none for Zoho's own administrators.
    pub(super) async fn close_fields(&self, both: &mut Both, plan: &Plan) -> Result<bool, Refusal> {
        if !both.may_edit || (plan.crm_write.is_empty() && plan.person.is_none()) {
            return Ok(false);
        }
        let mut profiles: Vec<ProfileRef> =
            self.reader.user().map(|member| member.profile().clone()).into_iter().collect();
        if self.reader.user().is_none() || !self.reads_as_connection() {
            match self.connected_as().await {
                Ok(profile) => profiles.extend(profile.filter(|profile| !profiles.contains(profile))),
                Err(error) => return Err(self.clients.refuse(error).await),
            }
        }
        profiles.retain(|profile| profile.name != ADMINISTRATOR);
        let module = both.key.0;
        let lines = module.lines_field().filter(|field| plan.crm_write.contains_key(*field));
        let own = (!plan.crm_write.is_empty()).then(|| (module.api_name(), ""));
        let asked = [
            own,
            lines.map(|field| (field, "lines.")),
            plan.person.as_ref().map(|_| (Module::Contacts.api_name(), "Contacts.")),
        ];
        let asked = asked.into_iter().flatten().flat_map(|asked| profiles.iter().map(move |profile| (asked, profile)));
        for ((api_name, prefix), profile) in asked {
            let crm = self.clients.crm_as_connection();
            let closed = match self.engine.closed_fields(&crm, self.org(), api_name, &profile.id).await {
                Ok(closed) => closed,
                Err(error) => return Err(self.clients.refuse(error).await),
            };
            let is_ours = |field: &String| {
                let of = if prefix == "Contacts." { Module::Contacts } else { module };
                shared::zoho::custom_fields(of).iter().any(|own| own.api_name == field.as_str())
            };
            let closed = closed.into_iter().filter(|field| !is_ours(field));
            both.closed.extend(closed.map(|field| format!("{prefix}{field}")));
        }
        Ok(!both.closed.is_empty())
    }

    /// Whether the reader may write what a plan makes of the primary contact of an account or vendor. A new one takes the right
    /// to edit contacts, one that is there the right to edit that one, by the reader's own reading of it: one call, where there
    /// is something to write.
    async fn may_write_person(&self, member: &Member, person: &PersonWrite) -> Result<bool, Refusal> {
        let edits = member.edits(Module::Contacts);
        let Some(id) = person.id.as_ref().filter(|_| edits != Some(false) && !self.reads_as_connection()) else {
            return Ok(edits == Some(true));
        };
        match self.clients.crm_as_user().record(Module::Contacts, id).await {
            Ok(seen) => Ok(seen.is_some_and(|seen| self.may_edit(Module::Contacts, &seen))),
            Err(Error::PermissionDenied { .. } | Error::NotFound { .. } | Error::ModuleUnavailable { .. }) => Ok(false),
            Err(error) => Err(self.refuse_reader(error).await),
        }
    }

    /// Why the reader makes no records of a module in the CRM, unless the profile is known to edit them.
    pub(crate) fn makes_no(&self, module: Module) -> Option<Problem> {
        let Reader::Member(member) = self.reader else { return None };
        let facts = [("user", member.name.clone()), ("kind", module.singular().to_owned())];
        (member.edits(module) != Some(true)).then(|| problem::of(Code::PartNotSent, &facts))
    }

    /// A click that comes to nothing but a preview: neither side is written, and nothing is remembered.
    pub(super) async fn only_preview(&mut self, both: &mut Both) -> Result<Pushed, Refusal> {
        let (plan, resolved) = self.preview(both).await?;
        let problems = plan.problems.iter().filter(|problem| problem.stops()).cloned().collect();
        let prepared = Prepared { both: both.clone(), plan, references: resolved.references };
        let mut pushed = Pushed::stopped(prepared, problems);
        pushed.first = resolved.views;
        Ok(pushed)
    }

    /// Why whoever looks at what a plan would do may not have it done. The plan of such a record is made as it would be for
    /// somebody who may, and stopped at the end.
    pub(super) fn bar(&self, both: &Both, plan: &Plan) -> Option<Problem> {
        let own = self.not_editable(both).filter(|_| !both.needed);
        own.or_else(|| both.hold.clone().filter(|_| plan.sends()))
    }

    /// A plan without what the reader may not write in the CRM: of a record that is needed only, all but its link; of any,
    /// its primary contact unless that one is known to be theirs to edit.
    pub(super) async fn within_rights(&self, plan: &mut Plan, both: &Both) -> Result<(), Refusal> {
        let Reader::Member(member) = self.reader else { return Ok(()) };
        if matches!(plan.action, Action::Blocked | Action::Skip) {
            return Ok(());
        }
        let facts = |name: &str, kind: &str| {
            [("user", member.name.clone()), ("name", name.to_owned()), ("kind", kind.to_owned())]
        };
        if !both.may_edit {
            if plan.only_link() {
                let facts = facts(&both.name, both.key.0.singular());
                plan.problems.push(problem::of(Code::PartNotSent, &facts));
            }
        } else if let Some(person) = &plan.person
            && !self.may_write_person(member, person).await?
            && plan.leave_person()
        {
            let facts = facts(&both.name, "contact");
            plan.problems.push(problem::of(Code::PartNotSent, &facts));
        }
        Ok(())
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
