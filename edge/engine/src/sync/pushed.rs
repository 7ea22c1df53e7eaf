//! What is sent, and what became of it.

use super::both::Both;
use super::outcome::outcome_of_failure;
use serde_json::{Map, Value};
use shared::api::{Action, DependencyView, EntryView, FieldChange, Outcome, Why, Written};
use shared::link::{Link, LinkState};
use shared::plan::{self, CrmSnapshot, LeftOut, PersonWrite, Plan, References};
use shared::problem::{Problem, Severity};

/// Fields of a CRM record.
pub(super) type Fields = Map<String, Value>;

/// A record that is read and planned.
#[derive(Debug, Clone)]
pub(crate) struct Prepared {
    pub(crate) both: Both,
    pub(crate) plan: Plan,
    pub(crate) references: References,
}

/// The log of what is pushed: entries are saved with the links, so that a push which is cut off still shows.
pub(crate) enum Log<'a> {
    /// A click's entry, saved before the first write to either side.
    Click(&'a EntryView),
    /// A run's entries, each saved with the link that it tells of.
    Run(&'a dyn Fn(&Pushed) -> Option<EntryView>),
}

impl<'a> Log<'a> {
    pub(super) fn click(&self) -> Option<&'a EntryView> {
        match self {
            Self::Click(entry) => Some(entry),
            Self::Run(_) => None,
        }
    }
}

/// A record after Xero has answered (or was left alone).
#[derive(Debug)]
pub(crate) struct Pushed {
    pub(crate) prepared: Prepared,
    pub(crate) outcome: Outcome,
    pub(crate) problems: Vec<Problem>,
    /// Xero's record as it is now, as far as we know.
    pub(crate) xero: Option<Value>,
    pub(crate) link: Option<Link>,
    /// The link once the CRM was told.
    pub(super) told: Option<Link>,
    /// What the CRM's record is still to be told.
    pub(super) crm_fields: Fields,
    /// What the primary contact of the CRM's record is still to be told.
    pub(super) person: Option<PersonWrite>,
    /// The link as it is saved, if it is.
    pub(super) kept: Option<Link>,
    /// The changes that were made, where the CRM did not take all that were planned.
    pub(super) made: Option<Vec<FieldChange>>,
    /// Whether the plan was carried out, be it in part.
    pub(super) told_or_sent: bool,
    /// What would go first, where the click came to nothing but a preview.
    pub(super) first: Vec<DependencyView>,
}

impl Pushed {
    pub(super) fn ended(prepared: Prepared, outcome: Outcome, problems: Vec<Problem>) -> Self {
        let (xero, link) = (prepared.both.xero.clone(), prepared.both.link.clone());
        Self {
            prepared,
            outcome,
            problems,
            xero,
            link,
            told: None,
            crm_fields: Map::new(),
            person: None,
            kept: None,
            made: None,
            told_or_sent: false,
            first: Vec::new(),
        }
    }

    /// The record itself was not sent, because of these.
    pub(crate) fn stopped(prepared: Prepared, problems: Vec<Problem>) -> Self {
        let outcome = outcome_of_failure(&problems);
        let mut all = problems;
        all.extend(prepared.plan.problems.iter().filter(|problem| problem.severity == Severity::Warning).cloned());
        Self::ended(prepared, outcome, all)
    }

    /// The CRM's record as it is once it was told; as it was, where it took nothing.
    pub(super) fn tell(&self, snapshot: &mut CrmSnapshot) {
        if self.told.is_none()
            && let Value::Object(record) = &mut snapshot.record
        {
            record.extend(self.crm_fields.clone());
        }
    }

    /// Whether either side was written.
    pub(crate) fn wrote(&self) -> bool {
        matches!(self.outcome, Outcome::Created | Outcome::Updated)
    }

    /// What the log tells of changes: those that were made, and those that are held back.
    pub(crate) fn changes(&self) -> Vec<FieldChange> {
        // A plan that stops at its lines alone has done the rest.
        let partly =
            self.prepared.plan.action != Action::Blocked && self.outcome != Outcome::Skipped && self.told_or_sent;
        let told = |change: &&FieldChange| self.wrote() || partly || change.why == Why::Held;
        let planned = self.made.as_ref().unwrap_or(&self.prepared.plan.changes);
        let mut changes: Vec<FieldChange> = planned.iter().filter(told).cloned().collect();
        if self.link.as_ref().is_none_or(|link| link.state != LinkState::Linked) {
            // What stands in Xero is not this record's yet.
            changes.iter_mut().for_each(|change| (change.xero, change.result) = (None, None));
        }
        changes
    }

    /// The plan as it stands after the push: nothing is left to do, or still the same.
    pub(super) fn plan_afterwards(&self) -> Plan {
        let mut plan = self.prepared.plan.clone();
        plan.problems.clone_from(&self.problems);
        match self.outcome {
            Outcome::Created | Outcome::Updated | Outcome::Unchanged => {
                // What the CRM did not take is still to come: the next click writes it there.
                let untold = self.told.is_some();
                plan.action = if untold { Action::UpdateCrm } else { Action::Unchanged };
                let comes = |change: &FieldChange| untold && change.written == Written::Crm;
                plan.changes.retain(|change| change.why == Why::Held || comes(change));
            }
            Outcome::Failed | Outcome::Deferred | Outcome::Undecided => plan.action = Action::Blocked,
            Outcome::Skipped => plan.action = Action::Skip,
        }
        plan
    }

    /// The primary contact is told all but what was left out.
    pub(super) fn left_out_of_person(&mut self, left_out: &[LeftOut]) {
        let before = self.prepared.both.link.as_ref();
        for link in [&mut self.link, &mut self.told].into_iter().flatten() {
            *link = plan::told_without(before, link, left_out);
        }
        self.made = Some(plan::made(self.made.as_ref().unwrap_or(&self.prepared.plan.changes), left_out));
        self.problems.splice(0..0, left_out.iter().map(|one| one.problem.clone()));
    }

    /// The CRM was told all but what was left out.
    pub(super) fn is_told(&mut self, left_out: &[LeftOut]) {
        if let Some(told) = self.told.take() {
            self.link = Some(plan::told_without(self.prepared.both.link.as_ref(), &told, left_out));
        }
        if left_out.is_empty() {
            return;
        }
        let made = plan::made(self.made.as_ref().unwrap_or(&self.prepared.plan.changes), left_out);
        let problems: Vec<Problem> = left_out.iter().map(|one| one.problem.clone()).collect();
        let only_the_crm = matches!(self.prepared.plan.action, Action::UpdateCrm | Action::Unchanged);
        if only_the_crm && problems.iter().any(Problem::stops) {
            self.outcome = outcome_of_failure(&problems);
        } else if only_the_crm && made.is_empty() && self.outcome == Outcome::Updated {
            self.outcome = Outcome::Unchanged;
        }
        self.made = Some(made);
        self.problems.splice(0..0, problems);
    }

    /// The CRM could not be told. What was done in Xero stays done and is remembered; the next sync tells the CRM.
    pub(super) fn not_told(&mut self, problem: Problem) {
        if self.prepared.plan.action == Action::UpdateCrm || self.prepared.plan.action == Action::Unchanged {
            self.outcome = outcome_of_failure(std::slice::from_ref(&problem));
        }
        let changes = self.made.as_ref().unwrap_or(&self.prepared.plan.changes);
        self.made = Some(changes.iter().filter(|change| change.written == Written::Xero).cloned().collect());
        self.problems.insert(0, problem);
    }

    /// The primary contact was not told: the link says so, so that the next sync tells it.
    pub(super) fn forget_told(&mut self) {
        if let Some(link) = &mut self.link {
            link.crm_modified = None;
            for key in ["person.first_name", "person.last_name", "person.email", "mobile", "direct"] {
                match self.prepared.both.link.as_ref().and_then(|before| before.fingerprints.get(key)) {
                    Some(before) => link.fingerprints.insert(key.to_owned(), before.clone()),
                    None => link.fingerprints.remove(key),
                };
            }
        }
    }
}
