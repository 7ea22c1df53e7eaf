//! From both sides to a plan.

use super::context::Context;
use super::match_up::Lookups;
use super::read::Both;
use crate::access::Refusal;
use ports::Ports;
use shared::api::Action;
use shared::link::LinkState;
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
            direction: self.direction_of(both),
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
        self.as_found(plan, both, references).await
    }

    /// The plan with what was found out while reading and matching, and without what may not be done.
    pub(super) async fn as_found(&self, plan: Plan, both: &mut Both, references: &References) -> Result<Plan, Refusal> {
        let mut plan = plan;
        if !self.is_held(both, &plan) && self.close_fields(both, &plan).await? {
            plan = shared::plan::plan(&self.inputs(both, references));
        }
        self.tell_problems(&mut plan, both, references);
        let mut plan = with_found_problems(plan, both);
        self.within_rights(&mut plan, both).await?;
        self.within_ownership(&mut plan, both);
        if let Some(hold) = both.hold.clone().filter(|_| self.is_held(both, &plan)) {
            plan.stop(hold);
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
