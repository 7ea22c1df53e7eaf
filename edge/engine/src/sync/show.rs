//! What a person is shown of a record.

use super::both::Both;
use super::context::Context;
use crate::store::entries::Kept;
use ports::Ports;
use serde_json::Value;
use shared::api::{DependencyView, Preview, RecordView, XeroState};
use shared::link::LinkState;
use shared::plan::{Plan, References};
use shared::problem::{Code, Problem};

impl<P: Ports> Context<'_, P> {
    /// The record's view: where it stands and what a sync would do.
    pub(super) fn show(
        &self,
        both: &Both,
        plan: &Plan,
        references: &References,
        dependencies: &[DependencyView],
        xero: Option<&Value>,
        entries: Vec<Kept>,
    ) -> RecordView {
        // Zoho's rights say nothing of what exists only in Xero. Whoever does not read the books is told that a partner is
        // there, and no more, until it is this record's, and only while they see all that it is linked with.
        let waits = |problem: &Problem| matches!(problem.code, Code::EmailHeld | Code::EmailReleased);
        let word = (self.may_release(both) && plan.problems.iter().any(waits)).then(|| self.word_for(both));
        let mut plan = self.cut(both, references, plan);
        let linked = both.link.as_ref().is_some_and(|link| link.state == LinkState::Linked);
        let own = linked && both.sees_sharers();
        let xero = xero.filter(|_| own || self.reads_all_books());
        if linked && xero.is_none() {
            plan.changes.iter_mut().for_each(|change| change.xero = None);
        }
        let reader = self.reader.user().map(|member| self.beside(member, both));
        let entries = entries.into_iter().filter_map(|kept| Some(kept.told(reader.as_ref()?)));
        RecordView {
            module: both.key.0,
            id: both.key.1.to_string(),
            name: both.name.clone(),
            preview: Preview {
                action: plan.action,
                changes: plan.changes.clone(),
                problems: plan.problems.clone(),
                totals: plan.totals.clone(),
                dependencies: self.cut_dependencies(both, dependencies),
                word,
            },
            xero: xero.map(|record| self.cut_state(both, self.state(both, record))),
            synced_at: both.link.as_ref().and_then(|link| link.synced_at),
            checked_at: self.ports.now(),
            entries: entries.collect(),
            administrator: self.reader.user().is_some_and(|member| member.administers()),
            time_zone: self.lists.crm.time_zone.clone(),
        }
    }

    /// What Xero knows, with its lock. The online invoice's address is kept by the CRM's own field.
    pub(super) fn state(&self, both: &Both, record: &Value) -> XeroState {
        let online = shared::plan::pay_page(&self.inputs(both, &References::NOTHING));
        let mut state = shared::xero::state(both.key.0, record, &self.lists.xero, online.as_ref());
        // A document without a number has the name here that it has everywhere.
        state.name = shared::xero::name(both.key.0, record);
        state.lock = shared::plan::lock(both.key.0, record, &self.lists.xero);
        state
    }
}
