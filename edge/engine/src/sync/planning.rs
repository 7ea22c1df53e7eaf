//! From both sides to a plan.

use super::context::Context;
use super::match_up::Lookups;
use super::read::{Both, xero_id};
use crate::access::Refusal;
use crate::store::links;
use ports::Ports;
use shared::api::Action;
use shared::link::LinkState;
use shared::module::Kind;
use shared::plan::{Inputs, Plan, References};
use shared::problem::Severity;

impl<P: Ports> Context<'_, P> {
    /// What the planner is given.
    pub(crate) fn inputs<'a>(&'a self, both: &'a Both, references: &'a References) -> Inputs<'a> {
        Inputs {
            module: both.key.0,
            crm: &both.snapshot,
            xero: both.xero.as_ref(),
            // An open intent is no link: nothing was agreed yet.
            link: both.link.as_ref().filter(|link| link.state == LinkState::Linked),
            references,
            crm_organisation: &self.lists.crm,
            xero_organisation: &self.lists.xero,
            settings: &self.settings,
            direction: self.direction(both.key.0),
            permit: self.permit(both),
            fingerprint_key: &self.engine.config.fingerprint_key.0,
            now: self.ports.now(),
        }
    }

    /// Whether a record is left alone on purpose, so that nothing it points to is sent for its sake either.
    pub(crate) fn leaves_alone(&self, both: &Both) -> bool {
        // What stops it was found while it was read: what it points to may not even be what it is for.
        both.problems.iter().any(|problem| problem.severity != Severity::Warning) || {
            let plan = shared::plan::plan(&self.inputs(both, &References::default()));
            plan.action == Action::Skip || self.is_held(both, &plan)
        }
    }

    /// The plan for a record. A partner that no link leads to is looked for, and lists that may be out of date are
    /// read again before a problem is told.
    pub(crate) async fn plan(
        &mut self,
        both: &mut Both,
        references: &References,
        lookups: Lookups,
    ) -> Result<Plan, Refusal> {
        self.follow_xero_id(both).await?;
        self.judge(both, Some(references)).await?;
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
        self.as_found(plan, both, references).await
    }

    /// The plan with what was found out while reading and matching.
    ///
    /// A contact that is the partner of another CRM record already (one company as account and as vendor) is linked as
    /// it stands: neither record's details overwrite the other's. What changes afterwards goes across.
    pub(super) async fn as_found(&self, plan: Plan, both: &mut Both, references: &References) -> Result<Plan, Refusal> {
        let mut plan = plan;
        if !self.is_held(both, &plan) && self.close_fields(both, &plan).await? {
            plan = shared::plan::plan(&self.inputs(both, references));
        }
        self.tell_problems(&mut plan, both, references);
        let mut plan = with_found_problems(plan, both);
        self.within_rights(&mut plan, both).await?;
        if let Some(hold) = both.hold.clone().filter(|_| self.is_held(both, &plan)) {
            plan.stop(hold);
        }
        let partner = both.xero.as_ref().and_then(|body| xero_id(both.key.0, body));
        if plan.action != Action::Adopt || both.key.0.kind() != Kind::Party {
            return Ok(plan);
        }
        let Some(partner) = partner else { return Ok(plan) };
        let links = links::of_xero(self.ports, &self.clients.scope, std::slice::from_ref(&partner)).await?;
        both.shared = links.iter().any(|link| link.module != both.key.0);
        if both.shared {
            plan.xero_write = None;
            plan.crm_write.clear();
            plan.person = None;
            plan.changes.clear();
        }
        Ok(plan)
    }
}

/// Adds what was found out while reading and matching; an error among it stops the record.
fn with_found_problems(mut plan: Plan, both: &Both) -> Plan {
    if both.problems.iter().any(|problem| problem.severity != Severity::Warning) {
        plan.action = Action::Blocked;
        plan.xero_write = None;
        plan.crm_write.clear();
    }
    plan.problems.splice(0..0, both.problems.iter().cloned());
    plan
}
