//! From both sides to a plan.

use super::both::Both;
use super::context::Context;
use super::match_up::Lookups;
use super::resolved::Resolved;
use crate::access::Refusal;
use ports::Ports;
use serde_json::Value;
use shared::api::{Action, Written};
use shared::id::{XeroId, ZohoId};
use shared::link::LinkState;
use shared::module::Kind;
use shared::plan::{Dependency, Inputs, Permit, Plan, References};
use shared::problem::{self, Code, Place, Problem, Severity};
use shared::question::{Answer, Answerer, Candidate, Decision, Question, QuestionKind};
use shared::settings::SourceOfTruth;

impl<P: Ports> Context<'_, P> {
    /// What the planner is given, by a click, a preview and a run.
    pub(crate) fn inputs<'a>(&'a self, both: &'a Both, references: &'a References) -> Inputs<'a> {
        Inputs { permit: self.permit(both), ..self.inputs_of(both, references) }
    }

    /// The same for whoever may decide everything, and for what we have just made in the CRM. Nothing else makes them.
    pub(crate) fn inputs_of<'a>(&'a self, both: &'a Both, references: &'a References) -> Inputs<'a> {
        Inputs {
            module: both.key.0,
            crm: &both.snapshot,
            xero: both.xero.as_ref(),
            // An open intent is no link: nothing was agreed yet.
            link: both.link.as_ref().filter(|link| link.state == LinkState::Linked),
            ground: both.ground,
            references,
            crm_organisation: &self.lists.crm,
            xero_organisation: &self.lists.xero,
            settings: &self.settings,
            direction: self.direction_of(both),
            needed: both.needed,
            permit: Permit::ALL,
            fingerprint_key: &self.engine.config.fingerprint_key.0,
            now: self.ports.now(),
        }
    }

    /// Whether a record is left alone on purpose, so that nothing it points to is sent for its sake either.
    pub(crate) fn leaves_alone(&self, both: &Both) -> bool {
        if both.is_let_go() {
            return true;
        }
        // What stops it was found while it was read: what it points to may not even be what it is for.
        both.problems.iter().any(|problem| problem.severity != Severity::Warning) || {
            let plan = shared::plan::plan(&self.inputs(both, &References::NOTHING));
            plan.action == Action::Skip || self.is_held(both, &plan)
        }
    }

    /// What a sync would do to a record and what goes first, for whoever only looks. Whoever may not send it is shown the
    /// whole of it all the same, stopped, with who may.
    pub(super) async fn preview(&mut self, both: &mut Both) -> Result<(Plan, Resolved), Refusal> {
        // A click that comes to nothing only looks, too.
        self.acts = false;
        let alone = self.leaves_alone(both);
        let mut resolved = match alone {
            true => Resolved::NOTHING,
            false => self.preview_dependencies(both).await?,
        };
        resolved.lines_wait(both);
        let mut plan = self.plan(both, &resolved.references, Lookups::All).await?;
        if alone && !matches!(plan.action, Action::Skip | Action::Blocked) {
            // Newer lists made something of it after all.
            resolved = self.preview_dependencies(both).await?;
            resolved.lines_wait(both);
            plan = self.plan(both, &resolved.references, Lookups::All).await?;
        }
        let bar = self.bar(both, &plan);
        if !resolved.failed.is_empty() && resolved.references.waiting.is_empty() {
            plan.action = Action::Blocked;
            plan.problems.splice(0..0, std::mem::take(&mut resolved.failed));
        }
        if let Some(bar) = bar {
            plan.stop(bar);
        }
        Ok((plan, resolved))
    }

    /// The plan for a record. A partner that no link leads to is looked for, and lists that may be out of date are
    /// read again before a problem is told.
    pub(crate) async fn plan(
        &mut self,
        both: &mut Both,
        references: &References,
        lookups: Lookups,
    ) -> Result<Plan, Refusal> {
        if both.is_let_go() {
            both.xero = None;
            return Ok(self.let_go(shared::plan::plan(&self.inputs(both, references)), both));
        }
        self.follow_xero_id(both).await?;
        self.judge(both, Some(references)).await?;
        self.mind_owner(both).await?;
        let mut plan = shared::plan::plan(&self.inputs(both, references));
        if self.is_held(both, &plan) {
            // No call for what is not sent.
            return self.as_found(plan, both, references).await;
        }
        if self.refresh_lists_for(&plan.problems).await? {
            plan = shared::plan::plan(&self.inputs(both, references));
        }
        if self.find_partner(both, references, &plan, lookups).await? {
            plan = shared::plan::plan(&self.inputs(both, references));
        }
        let plan = self.as_found(plan, both, references).await?;
        self.mind_merge(plan, both, references).await
    }

    /// Holds a document back that would go to another contact in Xero because its customer or supplier was merged away in
    /// the CRM: which of the two contacts it is from now on, is asked. A CRM record that is gone while its documents have
    /// moved was merged with the one where they are.
    async fn mind_merge(&self, mut plan: Plan, both: &Both, references: &References) -> Result<Plan, Refusal> {
        let moves = plan.xero_write.is_some()
            && plan.changes.iter().any(|change| change.key == "party" && change.written == Written::Xero);
        let id = |contact: Option<&Value>| contact.and_then(Value::as_str).and_then(|id| XeroId::new(id).ok());
        let was = both.xero.as_ref().and_then(|document| id(document.pointer("/Contact/ContactID")));
        let party = shared::plan::dependencies(both.key.0, &both.snapshot);
        let party = party.into_iter().find(|one| one.module.kind() == Kind::Party);
        let (Some(was), Some(party), Some(now)) = (was.filter(|_| moves), party, references.party.clone()) else {
            return Ok(plan);
        };
        let links = self.links_with(std::slice::from_ref(&was)).await?;
        for link in links.into_iter().filter(|link| link.module == party.module && link.crm_id != party.crm_id) {
            match self.clients.crm_as_connection().record(link.module, &link.crm_id).await {
                Ok(Some(_)) => {}
                Ok(None) => {
                    let contacts = [was.clone(), now.clone()];
                    let told = self.merged_away(&both.name, &party, &link.crm_id, &contacts);
                    plan.stop(self.tell_need(both, party.module, told));
                    return Ok(plan);
                }
                Err(error) => return Err(self.clients.refuse(error).await),
            }
        }
        Ok(plan)
    }

    fn merged_away(&self, name: &str, party: &Dependency, away: &ZohoId, contacts: &[XeroId; 2]) -> Problem {
        let label = format!("Open \"{}\" in the CRM", party.name);
        let place = problem::place_crm(&self.lists.crm, party.module, &party.crm_id, label);
        let words = ["the contact of the record that was merged away", "its own contact"];
        let candidates = contacts.iter().zip(words).map(|(id, which)| Candidate {
            id: id.to_string(),
            name: which.to_owned(),
            marks: Vec::new(),
            place: Some(Place {
                label: format!("Open {which} in Xero"),
                url: shared::xero::url(party.module, id.as_str(), &self.lists.xero),
            }),
        });
        let choices = contacts.iter().zip(words).map(|(id, which)| {
            let (xero_id, instead_of) = (id.clone(), Some(away.clone()));
            let link = Decision::Link { xero_id, values: SourceOfTruth::Crm, instead_of };
            Answer::new(format!("It keeps {which}"), link)
        });
        let question = Question {
            kind: QuestionKind::Merged,
            module: party.module,
            crm_id: Some(party.crm_id.clone()),
            label: format!("Which contact does \"{}\" have in Xero?", party.name),
            candidates: candidates.collect(),
            values: Vec::new(),
            choices: choices.collect(),
            who: Answerer::Administrator,
        };
        let facts = [("name", party.name.clone()), ("party", name.to_owned())];
        problem::of(Code::CrmRecordMerged, &facts).at(place).asks(question)
    }

    /// The plan with what was found out while reading and matching, and without what may not be done.
    pub(super) async fn as_found(&self, plan: Plan, both: &mut Both, references: &References) -> Result<Plan, Refusal> {
        let mut plan = plan;
        // What is shown to somebody who may not send it is what somebody could have done who may.
        let own = self.acts || self.bar(both, &plan).is_none();
        if own && !self.is_held(both, &plan) && self.close_fields(both, &plan).await? {
            plan = shared::plan::plan(&self.inputs(both, references));
        }
        self.tell_problems(&mut plan, both, references);
        let mut plan = with_found_problems(plan, both);
        if own {
            self.within_rights(&mut plan, both).await?;
        }
        self.within_ownership(&mut plan, both);
        if let Some(hold) = both.hold.clone().filter(|_| self.is_held(both, &plan)) {
            plan.stop(hold);
        }
        Ok(plan)
    }

    /// The plan of a record whose link somebody has let go: nothing, until somebody decides otherwise.
    fn let_go(&self, mut plan: Plan, both: &Both) -> Plan {
        let label = format!("Open \"{}\" in the CRM", both.name);
        let place = problem::place_crm(&self.lists.crm, both.key.0, &both.key.1, label);
        let not = both.link.iter().flat_map(|link| link.not.iter().cloned()).collect();
        let question = Question {
            kind: QuestionKind::LetGo,
            module: both.key.0,
            crm_id: Some(both.key.1.clone()),
            label: "What becomes of it?".to_owned(),
            candidates: Vec::new(),
            values: Vec::new(),
            choices: vec![Answer::new("Send it to Xero anew", Decision::SendNew { not })],
            who: Answerer::Administrator,
        };
        let told = problem::of(Code::LinkLetGo, &[("name", both.name.clone())]).at(place).asks(question);
        plan.leave_alone(told);
        plan
    }
}

/// Adds what was found out while reading and matching; an error among it stops the record.
fn with_found_problems(mut plan: Plan, both: &Both) -> Plan {
    if both.problems.iter().any(|problem| problem.severity != Severity::Warning) {
        plan.action = Action::Blocked;
        plan.xero_write = None;
        plan.crm_write.clear();
    }
    // The planner can't know what becomes of it, and says the same.
    let told_better = |code| code == Code::XeroRecordGone && both.problems.iter().any(|one| one.code == code);
    plan.problems.retain(|problem| !told_better(problem.code));
    plan.problems.splice(0..0, both.problems.iter().cloned());
    plan
}
