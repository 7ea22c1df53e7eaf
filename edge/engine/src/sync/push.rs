//! Writing: the intent, Xero, the link, the CRM.
//!
//! Records of one call go together: one batch to each Xero resource, one to each CRM module.

use super::context::Context;
use super::match_up::Lookups;
use super::read::{Both, xero_id};
use super::{leaves_xero_alone, outcome_of_failure};
use crate::access::Refusal;
use crate::store::{entries, links};
use crate::text;
use chrono::{DateTime, TimeDelta, Utc};
use ports::{DatabaseError, Ports, Statement};
use serde_json::{Map, Value, json};
use shared::api::{Action, EntryView, FieldChange, Outcome, Step, Why, Written};
use shared::link::{Link, LinkState};
use shared::module::{Kind, Module};
use shared::plan::{self, CrmSnapshot, Inputs, LeftOut, PersonWrite, Plan, References, Told};
use shared::problem::{self, Code, Problem, Severity};
use shared::web_link::WebLink;
use std::collections::BTreeMap;
use std::time::Duration;
use upstream::Error;
use upstream::xero::{self, Element};

/// How long to wait before a write of unknown outcome is sent once more under the same Idempotency-Key. Xero keeps
/// the first answer under that key for 6 minutes (<https://developer.xero.com/documentation/guides/idempotent-requests/idempotency/>).
const REPEAT_AFTER: Duration = Duration::from_millis(500);

/// How often a record is sent again without a value that Xero has refused: Xero names several at once, and seldom others
/// once those are left out.
const MOST_LEFT_OUT: usize = 3;
/// How often a record of the CRM is written: each time without what the CRM refused before, at last with what tells of Xero
/// alone, once more in case that something of this is refused, too. A run makes a call of it for all its records, so
/// that it stays within the calls of one invocation.
const MOST_ATTEMPTS: usize = 5;

/// Fields of a CRM record.
type Fields = Map<String, Value>;

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
    fn click(&self) -> Option<&'a EntryView> {
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
    told: Option<Link>,
    /// What the CRM's record is still to be told.
    crm_fields: Fields,
    /// What the primary contact of the CRM's record is still to be told.
    person: Option<PersonWrite>,
    /// The link as it is saved, if it is.
    kept: Option<Link>,
    /// The changes that were made, where the CRM did not take all that were planned.
    made: Option<Vec<FieldChange>>,
    /// Whether the plan was carried out, be it in part.
    told_or_sent: bool,
}

impl Pushed {
    fn ended(prepared: Prepared, outcome: Outcome, problems: Vec<Problem>) -> Self {
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
        }
    }

    /// The record itself was not sent, because of these.
    pub(crate) fn stopped(prepared: Prepared, problems: Vec<Problem>) -> Self {
        let outcome = outcome_of_failure(&problems);
        let mut all = problems;
        all.extend(prepared.plan.problems.iter().filter(|problem| problem.severity == Severity::Warning).cloned());
        Self::ended(prepared, outcome, all)
    }

    /// The CRM's record as it is once it was told.
    pub(super) fn tell(&self, snapshot: &mut CrmSnapshot) {
        if let Value::Object(record) = &mut snapshot.record {
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
                plan.action = Action::Unchanged;
                plan.changes.retain(|change| change.why == Why::Held);
            }
            Outcome::Failed | Outcome::Deferred | Outcome::Undecided => plan.action = Action::Blocked,
            Outcome::Skipped => plan.action = Action::Skip,
        }
        plan
    }
}

/// What Xero made of one write.
enum Answer {
    /// It is there.
    Done(Value),
    /// It is surely not there, for these reasons, in Xero's words.
    Refused(Vec<String>),
    /// It is surely not there.
    NotSent(Problem),
    /// Nobody knows.
    Unknown(Problem),
}

impl<P: Ports> Context<'_, P> {
    /// Sends what is planned to Xero and remembers it. Answers in the order of `prepared`.
    ///
    pub(crate) async fn send(&self, prepared: Vec<Prepared>, log: &Log<'_>) -> Result<Vec<Pushed>, Refusal> {
        let mut prepared = prepared;
        let open = log.click();
        let mut answers: Vec<Option<Answer>> = prepared.iter().map(|_| None).collect();
        let writes_to_xero = prepared.iter().any(|one| !leaves_xero_alone(one.plan.action));
        if writes_to_xero {
            self.step(Step::Send);
            let all: Vec<usize> = (0..prepared.len()).collect();
            self.save_intents(&mut prepared, &all, open).await?;
            answers = self.write_to_xero(&prepared, &all).await;
            self.send_the_rest(&mut prepared, &mut answers).await?;
            self.withdraw(&mut prepared, &answers).await?;
        }
        let mut pushed = Vec::with_capacity(prepared.len());
        for (one, answer) in prepared.into_iter().zip(answers) {
            pushed.push(self.settle_answer(one, answer).await?);
        }
        let tells_the_crm = pushed.iter().any(|one| !one.crm_fields.is_empty() || one.person.is_some());
        let entries: Vec<EntryView> = match log {
            Log::Click(entry) if tells_the_crm && !writes_to_xero => vec![(*entry).clone()],
            Log::Click(_) => Vec::new(),
            Log::Run(entry) => pushed.iter().filter(|one| one.wrote()).filter_map(entry).collect(),
        };
        self.save_links(&mut pushed, &entries).await?;
        Ok(pushed)
    }

    async fn save_intents(
        &self,
        prepared: &mut [Prepared],
        places: &[usize],
        open: Option<&EntryView>,
    ) -> Result<(), Refusal> {
        let mut intents = Vec::new();
        for at in places {
            let Some(one) = prepared.get_mut(*at).filter(|one| one.plan.action == Action::Create) else { continue };
            let mut intent = Link::blank(one.both.key.0, one.both.key.1.clone());
            if let Some(before) = &one.both.link {
                intent.keep_words(before);
            }
            intent.natural_key.clone_from(&one.plan.natural_key);
            // Later than any attempt before, so that each create has an Idempotency-Key of its own even after the link of a
            // refused one was removed: Xero replays errors, too.
            intent.generation = self.ports.now().timestamp_millis().max(intent.generation + 1);
            intents.push(intent.clone());
            one.both.link = Some(intent);
        }
        let mut statements = Vec::new();
        if !intents.is_empty() {
            statements.push(links::save(&self.clients.scope, &intents)?);
        }
        if let Some(entry) = open {
            statements.push(self.save_entries([entry])?);
        }
        if !statements.is_empty() {
            self.ports.batch(statements).await?;
        }
        Ok(())
    }

    /// The statement that saves log entries of the reader's.
    pub(crate) fn save_entries<'e>(
        &self,
        saved: impl IntoIterator<Item = &'e EntryView>,
    ) -> Result<Statement, Refusal> {
        let user = self.reader.user().map(|user| &user.id);
        let saved = saved.into_iter().map(|entry| self.written(entry));
        Ok(entries::save(self.org(), user, user, saved)?)
    }

    /// The writes of these places, all at the same time: one call for the creates of each resource, one for its updates, and
    /// more where one would be too large.
    /// Answers in the order of `prepared`, with none for what is not written.
    async fn write_to_xero(&self, prepared: &[Prepared], places: &[usize]) -> Vec<Option<Answer>> {
        let mut creates: BTreeMap<&'static str, Vec<usize>> = BTreeMap::new();
        let mut updates = Vec::new();
        for at in places.iter().copied() {
            let Some(one) = prepared.get(at) else { continue };
            match &one.plan.xero_write {
                Some(write) if !leaves_xero_alone(one.plan.action) => match write.id {
                    None => creates.entry(write.resource).or_default().push(at),
                    Some(_) => updates.push(at),
                },
                _ => {}
            }
        }
        let creates = futures_util::future::join_all(creates.into_iter().flat_map(|(resource, places)| {
            let parts = xero::parts(places.into_iter().map(|at| (at, weight(&prepared[at]))));
            parts.into_iter().map(move |places| self.create(resource, places, prepared))
        }));
        let mut by_resource: BTreeMap<&'static str, Vec<usize>> = BTreeMap::new();
        for at in updates {
            let resource = prepared[at].plan.xero_write.as_ref().map_or("", |write| write.resource);
            by_resource.entry(resource).or_default().push(at);
        }
        let updates = futures_util::future::join_all(by_resource.into_iter().flat_map(|(resource, places)| {
            let parts = xero::parts(places.into_iter().map(|at| (at, weight(&prepared[at]))));
            parts.into_iter().map(move |places| self.update_all(resource, places, prepared))
        }));
        let (created, updated) = futures_util::future::join(creates, updates).await;
        let mut answers: Vec<Option<Answer>> = prepared.iter().map(|_| None).collect();
        for (at, answer) in created.into_iter().flatten().chain(updated.into_iter().flatten()) {
            answers[at] = Some(answer);
        }
        answers
    }

    async fn create(&self, resource: &'static str, places: Vec<usize>, prepared: &[Prepared]) -> Vec<(usize, Answer)> {
        let bodies: Vec<Value> = places
            .iter()
            .filter_map(|at| prepared[*at].plan.xero_write.as_ref().map(|write| write.body.clone()))
            .collect();
        let operation: Vec<String> = places
            .iter()
            .filter_map(|at| prepared[*at].both.link.as_ref())
            .map(|link| format!("{}:{}:{}", link.module.api_name(), link.crm_id, link.generation))
            .collect();
        let key = self.idempotency_key(&operation.join(","));
        let xero = self.clients.xero();
        let mut result = xero.create(resource, &bodies, &key).await;
        if matches!(result, Err(Error::Unknown { .. })) {
            self.ports.sleep(REPEAT_AFTER).await;
            result = xero.create(resource, &bodies, &key).await;
        }
        match result {
            Ok(elements) => {
                let lost = || Answer::Unknown(problem::of(Code::OutcomeUnknown, &[]));
                let mut elements = elements.into_iter();
                places.into_iter().map(|at| (at, elements.next().map_or_else(lost, answer))).collect()
            }
            // One of them points to what Xero does not have: the others are none the worse for it.
            Err(Error::NotFound { .. }) if places.len() > 1 => {
                let mut all = Vec::with_capacity(places.len());
                for at in places {
                    all.extend(Box::pin(self.create(resource, vec![at], prepared)).await);
                }
                all
            }
            Err(error) => {
                let mut all = Vec::with_capacity(places.len());
                for at in places {
                    all.push((at, self.failed(&error, &prepared[at]).await));
                }
                all
            }
        }
    }

    /// Updates, one call for those of a resource. Where one of them makes Xero refuse the whole call (it never issued
    /// the id), each goes by itself, so that it harms none of the others.
    async fn update_all(
        &self,
        resource: &'static str,
        places: Vec<usize>,
        prepared: &[Prepared],
    ) -> Vec<(usize, Answer)> {
        let single = |at: usize| async move { (at, self.update(&prepared[at]).await) };
        if places.len() < 2 {
            return futures_util::future::join_all(places.into_iter().map(single)).await;
        }
        let bodies: Vec<Value> = places
            .iter()
            .filter_map(|at| prepared[*at].plan.xero_write.as_ref().map(|write| write.body.clone()))
            .collect();
        let key = self.idempotency_key(&format!("{resource}:{}", text::secret(self.ports)));
        let xero = self.clients.xero();
        let mut result = xero.update_many(resource, &bodies, &key).await;
        if matches!(result, Err(Error::Unknown { .. })) {
            self.ports.sleep(REPEAT_AFTER).await;
            result = xero.update_many(resource, &bodies, &key).await;
        }
        match result {
            Ok(elements) => {
                let lost = || Answer::Unknown(problem::of(Code::OutcomeUnknown, &[]));
                let mut elements = elements.into_iter();
                places.into_iter().map(|at| (at, elements.next().map_or_else(lost, answer))).collect()
            }
            Err(Error::NotFound { .. } | Error::Refused { .. }) => {
                let mut all = Vec::with_capacity(places.len());
                for at in places {
                    all.push(single(at).await);
                }
                all
            }
            Err(error) => {
                let mut all = Vec::with_capacity(places.len());
                for at in places {
                    all.push((at, self.failed(&error, &prepared[at]).await));
                }
                all
            }
        }
    }

    async fn update(&self, one: &Prepared) -> Answer {
        let Some((write, id)) = one.plan.xero_write.as_ref().and_then(|write| Some((write, write.id.as_ref()?))) else {
            return Answer::NotSent(problem::of(Code::Internal, &[]));
        };
        // A key of its own for each attempt: keyed by its content, A → B → A would replay the first A.
        let key = self.idempotency_key(&format!("{id}:{}", text::secret(self.ports)));
        let xero = self.clients.xero();
        let mut result = xero.update(write.resource, id, &write.body, &key).await;
        if matches!(result, Err(Error::Unknown { .. })) {
            self.ports.sleep(REPEAT_AFTER).await;
            result = xero.update(write.resource, id, &write.body, &key).await;
        }
        match result {
            Ok(element) => answer(element),
            Err(error) => self.failed(&error, one).await,
        }
    }

    /// Idempotency-Keys are shared by all organisations of an app, so the tenant is part of them. At most 128 characters.
    fn idempotency_key(&self, operation: &str) -> String {
        text::sha256(&format!("{}|{operation}", self.clients.scope.tenant))
    }

    async fn failed(&self, error: &Error, one: &Prepared) -> Answer {
        match error {
            Error::Unknown { said, .. } => {
                let facts = [("name", one.both.name.clone())];
                Answer::Unknown(problem::of(Code::OutcomeUnknown, &facts).said(said))
            }
            Error::Refused { messages, .. } if !messages.is_empty() => Answer::Refused(messages.clone()),
            // The document itself was there a moment ago, or is new: what is not there is whom it is for.
            Error::NotFound { .. } if one.both.key.0.kind() == Kind::Document => Answer::NotSent(self.party_gone(one)),
            Error::NotFound { .. } => {
                let mut both = one.both.clone();
                self.partner_is_gone(&mut both);
                Answer::NotSent(both.problems.pop().unwrap_or_else(|| problem::of(Code::XeroRecordGone, &[])))
            }
            error => Answer::NotSent(self.clients.refuse(error.clone()).await.problem),
        }
    }

    /// Xero does not have the contact that a document is for.
    fn party_gone(&self, one: &Prepared) -> Problem {
        let (module, record) = (one.both.key.0, &one.both.snapshot);
        let party = shared::plan::dependencies(module, record).into_iter().find(|one| one.module.kind() == Kind::Party);
        let facts = [("name", one.both.name.clone()), ("party", one.both.party().unwrap_or_default())];
        let told = problem::of(Code::PartyGone, &facts);
        let Some(party) = party else { return told.without_facts(&one.both.name) };
        let label = format!("Open \"{}\" in the CRM", party.name);
        let place = problem::place_crm(&self.lists.crm, party.module, &party.crm_id, label);
        let not = one.references.party.clone();
        let needed = party.module;
        let told = told.at(place).asks(super::decide::gone((needed, party.crm_id), not));
        self.tell_need(&one.both, needed, told)
    }

    /// From Xero's answer to what is remembered.
    async fn settle_answer(&self, one: Prepared, answer: Option<Answer>) -> Result<Pushed, Refusal> {
        match answer {
            None => self.settle_untouched(one).await,
            Some(Answer::Done(record)) => self.settle(one, record).await,
            Some(Answer::Unknown(problem)) => Ok(Pushed::stopped(one, vec![problem])),
            Some(Answer::NotSent(problem)) => Ok(Pushed::stopped(one, vec![problem])),
            Some(Answer::Refused(messages)) => self.after_refusal(one, &messages).await,
        }
    }

    /// Xero was left alone: on purpose, because of a problem, or because both agree.
    async fn settle_untouched(&self, one: Prepared) -> Result<Pushed, Refusal> {
        let outcome = match one.plan.action {
            Action::Blocked => outcome_of_failure(&one.plan.problems),
            Action::Skip => Outcome::Skipped,
            _ if one.plan.problems.iter().any(Problem::stops) => outcome_of_failure(&one.plan.problems),
            Action::UpdateCrm => Outcome::Updated,
            _ => Outcome::Unchanged,
        };
        let linked = one.both.link.as_ref().is_some_and(|link| link.state == LinkState::Linked);
        // What is stopped before it was ever linked stays unlinked, though it may only have to wait.
        let (Some(record), true) = (one.both.xero.clone(), linked || one.plan.action != Action::Blocked) else {
            let problems = one.plan.problems.clone();
            return Ok(Pushed::ended(one, outcome, problems));
        };
        let mut pushed = self.settle(one, record).await?;
        // What Xero knows still comes back; whether that changes the outcome is seen from what is written.
        if outcome != Outcome::Unchanged {
            pushed.outcome = outcome;
        }
        Ok(pushed)
    }

    /// Remembers what both sides agree on, and collects what the CRM is to be told.
    async fn settle(&self, one: Prepared, record: Value) -> Result<Pushed, Refusal> {
        let online = self.online_invoice(&one, &record).await;
        let inputs = self.inputs(&one.both, &one.references);
        let mut settled = shared::plan::settle(&inputs, &one.plan, &record, online.as_ref());
        if one.plan.action == Action::Adopt && one.both.joins() {
            let stands = shared::plan::settle_arrival(&Inputs { xero: Some(&record), ..inputs });
            settled.link.fingerprints = stands.link.fingerprints;
        }
        let mut problems = one.plan.problems.clone();
        problems.extend(settled.problems.into_iter().map(|problem| self.tell_answer(&one.both, problem)));
        let outcome = match one.plan.action {
            Action::Create => Outcome::Created,
            // Something is in the way of the lines alone.
            _ if one.plan.action != Action::Skip && problems.iter().any(Problem::stops) => {
                outcome_of_failure(&problems)
            }
            Action::Adopt if made_by_us(&one.both, &record) => Outcome::Created,
            Action::Adopt | Action::UpdateXero | Action::UpdateCrm => Outcome::Updated,
            Action::Unchanged if settled.crm_fields.is_empty() => Outcome::Unchanged,
            Action::Unchanged => Outcome::Updated,
            Action::Skip => Outcome::Skipped,
            Action::Blocked => outcome_of_failure(&problems),
        };
        let mut link = settled.link;
        link.guest = one.both.is_guest();
        if let Some(before) = &one.both.link {
            link.keep_words(before);
        }
        let carried_out = !matches!(one.plan.action, Action::Blocked | Action::Skip);
        let person = one.plan.person.clone().filter(|_| carried_out);
        if settled.crm_fields.is_empty() && person.is_none() && link.crm_modified.is_none() {
            // The CRM has everything already. None would mean that it is still to be told.
            link.crm_modified = shared::zoho::modified(&one.both.snapshot.record);
        }
        link.contacts_modified = one.both.snapshot.contacts.iter().filter_map(shared::zoho::modified).max();
        if let Some(xero_id) = &link.xero_id {
            self.claim(link.module, xero_id, &link.crm_id);
            // What a list has shown of it is old now.
            let _ = self.engine.desk.take_page(self.ports.now(), xero_id);
        }
        let tells = !settled.crm_fields.is_empty() || person.is_some();
        let (link, told) = match tells {
            true => {
                let inputs = self.inputs(&one.both, &one.references);
                let mut until = shared::plan::until_told(&inputs, &one.plan, &link);
                until.keep_words(&link);
                (until, Some(link))
            }
            false => (link, None),
        };
        Ok(Pushed {
            outcome,
            problems,
            xero: Some(record),
            told,
            link: Some(link),
            crm_fields: settled.crm_fields,
            person,
            made: None,
            told_or_sent: true,
            prepared: one,
            kept: None,
        })
    }

    /// The address at which a customer pays: asked for once, when an approved sales invoice does not have Xero's own in the
    /// CRM yet.
    /// Without it the sync is no failure.
    async fn online_invoice(&self, one: &Prepared, record: &Value) -> Option<WebLink> {
        if let Some(known) = shared::plan::pay_page(&self.inputs(&one.both, &one.references)) {
            return Some(known);
        }
        if self.since.is_some() {
            // One call for each invoice would be most of what a run costs: the button asks for it.
            return None;
        }
        let approved = matches!(record.get("Status").and_then(Value::as_str), Some("AUTHORISED" | "PAID"));
        if one.both.key.0 != Module::Invoices || !approved {
            return None;
        }
        let id = xero_id(Module::Invoices, record)?;
        self.clients.xero().online_invoice(&id).await.ok().flatten()
    }

    /// Sends what Xero has just refused once more without the optional values that its messages are about, all of it
    /// together, as often as other values follow. Where something else is refused, the answer stays.
    async fn send_the_rest(&self, prepared: &mut [Prepared], answers: &mut [Option<Answer>]) -> Result<(), Refusal> {
        for _ in 0..MOST_LEFT_OUT {
            let mut places = Vec::new();
            for (at, (one, answer)) in prepared.iter_mut().zip(answers.iter_mut()).enumerate() {
                let Some(Answer::Refused(messages)) = answer else { continue };
                let Some(plan) = one.plan.without_refused(messages, &self.problem_context(&one.both)) else { continue };
                one.plan = plan;
                match one.plan.xero_write {
                    Some(_) => places.push(at),
                    // Nothing is left to send.
                    None => *answer = None,
                }
            }
            if places.is_empty() {
                break;
            }
            // Xero keeps a refusal under the first attempt's key, so these get intents of their own.
            self.save_intents(prepared, &places, None).await?;
            let again = self.write_to_xero(prepared, &places).await;
            for (answer, new) in answers.iter_mut().zip(again) {
                if new.is_some() {
                    *answer = new;
                }
            }
        }
        Ok(())
    }

    /// What is surely not there: the intents of it go, and the records are as they were.
    async fn withdraw(&self, prepared: &mut [Prepared], answers: &[Option<Answer>]) -> Result<(), Refusal> {
        let is_intent = |link: &Link| link.state == LinkState::Creating && link.xero_id.is_none();
        let mut intents = Vec::new();
        for (one, answer) in prepared.iter_mut().zip(answers) {
            if !matches!(answer, Some(Answer::NotSent(_) | Answer::Refused(_))) {
                continue;
            }
            let Some(link) = one.both.link.take_if(|link| is_intent(link)) else { continue };
            // What somebody has said still holds.
            one.both.link = link.words();
            intents.push((link, one.both.link.clone()));
        }
        let statements = links::withdraw(&self.clients.scope, &intents)?;
        if !statements.is_empty() {
            self.ports.batch(statements).await?;
        }
        Ok(())
    }

    /// Xero refused, whatever could be left out. Where it says that the record is there already, that one is looked at: if
    /// it is ours or nobody's, it is adopted.
    async fn after_refusal(&self, mut one: Prepared, messages: &[String]) -> Result<Pushed, Refusal> {
        let problems = self.problems_of(&one, messages);
        let may_be_there = problems.iter().any(|problem| {
            matches!(
                problem.code,
                Code::NameTaken
                    | Code::ProductCodeTaken
                    | Code::NumberTaken
                    | Code::NumberBurnt
                    | Code::ContactNumberTaken
            )
        });
        if one.plan.action != Action::Create || !may_be_there {
            return Ok(Pushed::stopped(one, problems));
        }
        // Only a lookup without the old intent finds it by name, too.
        let found = self.find_partner(&mut one.both, &one.references, &one.plan, Lookups::All).await?;
        if !found || one.both.xero.is_none() {
            let mut all = one.both.problems.clone();
            if all.is_empty() {
                if let Some(number) = problems.iter().find(|problem| problem.code == Code::ContactNumberTaken)
                    && let Some(Value::Object(body)) = one.plan.xero_write.as_mut().map(|write| &mut write.body)
                    && one.both.link.as_ref().is_some_and(|link| !link.not.is_empty())
                    && body.remove("ContactNumber").is_some()
                {
                    // A contact that it is not, as somebody has said, bears its number: it goes without one.
                    let number = number.clone();
                    return Box::pin(self.send_without(one, number)).await;
                }
                all = problems;
            }
            return Ok(Pushed::stopped(one, all));
        }
        let plan = shared::plan::plan(&self.inputs(&one.both, &one.references));
        one.plan = self.as_found(plan, &mut one.both, &one.references).await?;
        if leaves_xero_alone(one.plan.action) || one.plan.xero_write.is_none() {
            return self.settle_untouched(one).await;
        }
        let mut answers = [Some(self.update(&one).await)];
        self.send_the_rest(std::slice::from_mut(&mut one), &mut answers).await?;
        let [answer] = answers;
        match answer {
            None => self.settle_untouched(one).await,
            Some(Answer::Done(record)) => self.settle(one, record).await,
            Some(Answer::Refused(messages)) => {
                let problems = self.problems_of(&one, &messages);
                Ok(Pushed::stopped(one, problems))
            }
            Some(Answer::NotSent(problem) | Answer::Unknown(problem)) => Ok(Pushed::stopped(one, vec![problem])),
        }
    }

    /// Creates a record once more, without what made Xero refuse it.
    async fn send_without(&self, one: Prepared, refused: Problem) -> Result<Pushed, Refusal> {
        let mut again = vec![one];
        self.save_intents(&mut again, &[0], None).await?;
        let mut answers = self.write_to_xero(&again, &[0]).await;
        self.send_the_rest(&mut again, &mut answers).await?;
        self.withdraw(&mut again, &answers).await?;
        match (again.pop(), answers.pop()) {
            (Some(one), Some(answer)) => self.settle_answer(one, answer).await,
            (Some(one), None) => Ok(Pushed::stopped(one, vec![refused])),
            (None, _) => Err(Refusal::internal("a record was lost between two creates")),
        }
    }

    pub(super) fn problem_context<'a>(&'a self, both: &'a Both) -> problem::Context<'a> {
        problem::Context {
            crm_organisation: Some(&self.lists.crm),
            xero_organisation: Some(&self.lists.xero),
            module: Some(both.key.0),
            crm_id: Some(&both.key.1),
            name: &both.name,
            xero_url: None,
        }
    }

    fn problems_of(&self, one: &Prepared, messages: &[String]) -> Vec<Problem> {
        let problems = problem::from_xero(messages, &self.problem_context(&one.both));
        problems.into_iter().map(|problem| self.tell_answer(&one.both, problem)).collect()
    }

    /// Remembers what both sides agree on, together with the log entries. Where two CRM records would have the same Xero
    /// record, the later one is told so.
    async fn save_links(&self, pushed: &mut [Pushed], entries: &[EntryView]) -> Result<(), Refusal> {
        // What a user may not see, that user's sync has not looked at: the next run looks at the record again.
        let sees_all = self.reader.user().is_none_or(|member| member.administers());
        let earlier = |at: DateTime<Utc>| if sees_all { at } else { at - TimeDelta::milliseconds(1) };
        let linked = |one: &Pushed| {
            let mut link = one.link.clone().filter(|link| link.state == LinkState::Linked)?;
            link.crm_modified = link.crm_modified.map(earlier);
            link.contacts_modified = link.contacts_modified.map(earlier);
            Some(link)
        };
        let unsaved = |one: &Pushed| linked(one).filter(|link| one.kept.as_ref() != Some(link));
        let links: Vec<Link> = pushed.iter().filter_map(unsaved).collect();
        let mut statements = Vec::new();
        let news = |one: &&Pushed| one.kept.is_none() && one.prepared.plan.action == Action::Create;
        if 2 * pushed.iter().filter(news).count() > links.len() {
            statements.push(links::save_found(&self.clients.scope, &links)?);
        } else if !links.is_empty() {
            statements.push(links::save(&self.clients.scope, &links)?);
        }
        if !entries.is_empty() {
            statements.push(self.save_entries(entries)?);
        }
        if statements.is_empty() {
            return Ok(());
        }
        match self.ports.batch(statements).await {
            Err(DatabaseError::Unique(_)) => {}
            saved => {
                saved?;
                pushed.iter_mut().for_each(|one| one.kept = linked(one));
                return Ok(());
            }
        }
        for one in pushed.iter_mut() {
            let Some(link) = unsaved(one) else { continue };
            match self.ports.query(links::save(&self.clients.scope, [&link])?).await {
                Ok(_) => {}
                Err(DatabaseError::Unique(_)) => {
                    let facts = [("name", one.prepared.both.name.clone())];
                    one.problems.insert(0, problem::of(Code::LinkedElsewhere, &facts));
                    one.outcome = Outcome::Failed;
                    one.link = None;
                    one.told = None;
                    one.crm_fields.clear();
                    one.person = None;
                }
                Err(error) => return Err(error.into()),
            }
        }
        if !entries.is_empty() {
            self.ports.query(self.save_entries(entries)?).await?;
        }
        Ok(())
    }

    /// Tells the CRM, one batch for each module, and remembers when it was told.
    pub(crate) async fn write_back(&self, mut pushed: Vec<Pushed>) -> Result<Vec<Pushed>, Refusal> {
        let mut rows: BTreeMap<Module, Vec<(usize, Fields)>> = BTreeMap::new();
        for (at, one) in pushed.iter().enumerate() {
            if !one.crm_fields.is_empty() {
                let mut row = one.crm_fields.clone();
                row.insert("id".to_owned(), Value::String(one.prepared.both.key.1.to_string()));
                rows.entry(one.prepared.both.key.0).or_default().push((at, row));
            }
        }
        let people: Vec<(usize, PersonWrite)> =
            pushed.iter_mut().enumerate().filter_map(|(at, one)| Some((at, one.person.take()?))).collect();
        if rows.is_empty() && people.is_empty() {
            return Ok(pushed);
        }
        self.step(Step::WriteBack);
        let crm = &self.clients.crm_as_connection();
        let mut open: Vec<(Module, Vec<(usize, Fields)>)> = rows.into_iter().collect();
        let mut left_out: BTreeMap<usize, Vec<LeftOut>> = BTreeMap::new();
        for attempt in 1..=MOST_ATTEMPTS {
            let written = futures_util::future::join_all(open.into_iter().map(|(module, rows)| async move {
                let (places, rows): (Vec<usize>, Vec<Fields>) = rows.into_iter().unzip();
                let result = crm.update(module, rows.clone(), self.settings.automations.contains(&module)).await;
                (module, places.into_iter().zip(rows).collect::<Vec<_>>(), result)
            }))
            .await;
            open = Vec::new();
            for (module, rows, result) in written {
                let results = match result {
                    Ok(results) => results,
                    Err(error) => {
                        let problem = self.clients.refuse(error).await.problem;
                        for (at, _) in rows {
                            not_told(&mut pushed[at], problem.clone());
                        }
                        continue;
                    }
                };
                let mut again = Vec::new();
                for ((at, fields), row) in rows.into_iter().zip(results) {
                    let left = left_out.entry(at).or_default();
                    let fields = self.after_write_back(&mut pushed[at], fields, row, left, MOST_ATTEMPTS - attempt);
                    again.extend(fields.map(|fields| (at, fields)));
                }
                if !again.is_empty() {
                    open.push((module, again));
                }
            }
            if open.is_empty() {
                break;
            }
        }
        self.write_people(people, &mut pushed).await;
        self.save_links(&mut pushed, &[]).await?;
        Ok(pushed)
    }

    /// Tells the primary contacts of accounts and vendors: changes of those that are there, and new ones.
    async fn write_people(&self, people: Vec<(usize, PersonWrite)>, pushed: &mut [Pushed]) {
        let (known, new): (Vec<_>, Vec<_>) = people.into_iter().partition(|(_, person)| person.id.is_some());
        let crm = &self.clients.crm_as_connection();
        let automations = self.settings.automations.contains(&Module::Contacts);
        for (people, is_new) in [(known, false), (new, true)] {
            if people.is_empty() {
                continue;
            }
            let mut people = people;
            for attempts_left in (0..MOST_ATTEMPTS).rev() {
                let rows = people.iter().map(|(at, person)| {
                    let mut row = person.fields.clone();
                    let (module, id) = &pushed[*at].prepared.both.key;
                    match &person.id {
                        Some(id) => row.insert("id".to_owned(), Value::String(id.to_string())),
                        None => row.insert(company_field(*module).to_owned(), json!({"id": id.to_string()})),
                    };
                    row
                });
                let rows: Vec<Fields> = rows.collect();
                let written = match is_new {
                    true => crm.insert(Module::Contacts, rows, automations).await,
                    false => crm.update(Module::Contacts, rows, automations).await,
                };
                let results = match written {
                    Ok(results) => results,
                    Err(error) => {
                        let problem = self.clients.refuse(error).await.problem;
                        for (at, _) in people {
                            not_told(&mut pushed[at], problem.clone());
                            forget_told(&mut pushed[at]);
                        }
                        break;
                    }
                };
                let mut again = Vec::new();
                for ((at, person), row) in people.into_iter().zip(results) {
                    let person = self.after_person(&mut pushed[at], person, row, attempts_left);
                    again.extend(person.map(|person| (at, person)));
                }
                people = again;
                if people.is_empty() {
                    break;
                }
            }
        }
    }

    /// Takes over what became of a write to the primary contact. Gives what is to be written now, where the CRM refused it
    /// for a value that the contact can be without.
    fn after_person(
        &self,
        pushed: &mut Pushed,
        person: PersonWrite,
        row: upstream::zoho::Row,
        attempts_left: usize,
    ) -> Option<PersonWrite> {
        match row {
            upstream::zoho::Row::Ok { modified, .. } => {
                if pushed.crm_fields.is_empty() && pushed.told.is_some() {
                    pushed.link = pushed.told.take();
                    if let Some(link) = &mut pushed.link {
                        link.crm_modified = shared::zoho::modified(&pushed.prepared.both.snapshot.record);
                    }
                }
                if let Some(link) = &mut pushed.link {
                    link.contacts_modified = link.contacts_modified.max(modified);
                }
                None
            }
            upstream::zoho::Row::Failed { code, message, details } => {
                let both = &pushed.prepared.both;
                let refused = plan::Refused { code: &code, message: &message, details: &details };
                let inputs = self.inputs(both, &pushed.prepared.references);
                let rest = plan::without_refused(&inputs, &pushed.prepared.plan, Told::Person, &person.fields, refused);
                if let Some(mut rest) = rest.filter(|rest| attempts_left > 0 && !rest.is_empty()) {
                    self.tell_left_out(both, &mut rest.left_out);
                    pushed.left_out_of_person(&rest.left_out);
                    return Some(PersonWrite { fields: rest.fields, ..person });
                }
                let problem = problem::from_zoho(&code, &message, &details, &self.problem_context(both));
                let problem = self.tell_answer(both, problem);
                not_told(pushed, problem);
                forget_told(pushed);
                None
            }
        }
    }

    /// Of what the CRM did not take, whoever acts is told no more than of its other answers.
    fn tell_left_out(&self, both: &Both, left_out: &mut [LeftOut]) {
        for one in left_out {
            one.problem = self.tell_answer(both, one.problem.clone());
        }
    }

    /// Takes over what became of a write to the CRM's record. Gives what is to be written now, where the CRM refused it for
    /// a value that the record can be without.
    fn after_write_back(
        &self,
        pushed: &mut Pushed,
        fields: Fields,
        row: upstream::zoho::Row,
        left_out: &mut Vec<LeftOut>,
        attempts_left: usize,
    ) -> Option<Fields> {
        match row {
            upstream::zoho::Row::Ok { modified, .. } => {
                pushed.is_told(left_out);
                if let Some(link) = &mut pushed.link {
                    link.crm_modified = modified;
                }
                pushed.crm_fields = fields;
                pushed.crm_fields.remove("id");
                None
            }
            upstream::zoho::Row::Failed { code, message, details } => {
                let both = &pushed.prepared.both;
                let problem = problem::from_zoho(&code, &message, &details, &self.problem_context(both));
                let problem = self.tell_answer(both, problem);
                let inputs = self.inputs(both, &pushed.prepared.references);
                let inputs = Inputs { xero: pushed.xero.as_ref().or(both.xero.as_ref()), ..inputs };
                let refused = plan::Refused { code: &code, message: &message, details: &details };
                let mut named = plan::without_refused(&inputs, &pushed.prepared.plan, Told::Record, &fields, refused);
                if let Some(rest) = &mut named {
                    self.tell_left_out(both, &mut rest.left_out);
                }
                let rest = match named {
                    _ if attempts_left == 0 || is_of_the_record(problem.code) => None,
                    Some(rest) if attempts_left > 1 => Some(rest),
                    _ => plan::own_fields_only(&pushed.prepared.plan, &fields, problem.clone()),
                };
                let Some(rest) = rest else {
                    not_told(pushed, problem);
                    return None;
                };
                let is_empty = rest.is_empty() || rest.fields.keys().all(|name| name == "id");
                left_out.extend(rest.left_out);
                if is_empty {
                    // Nothing is left to be told.
                    pushed.is_told(left_out);
                    if let Some(link) = &mut pushed.link {
                        link.crm_modified = shared::zoho::modified(&pushed.prepared.both.snapshot.record);
                    }
                    pushed.crm_fields.clear();
                    return None;
                }
                Some(rest.fields)
            }
        }
    }
}

/// The bytes of a record's element.
fn weight(one: &Prepared) -> usize {
    one.plan.xero_write.as_ref().map_or(0, |write| write.body.to_string().len())
}

/// Whether the CRM takes nothing at all of a record now, so that a part of it would fare no better.
fn is_of_the_record(code: Code) -> bool {
    matches!(
        code,
        Code::CrmRecordGone
            | Code::CrmRecordNotFound
            | Code::CrmRecordLocked
            | Code::CrmInApproval
            | Code::CrmAlreadyModified
            | Code::CrmStorageFull
            | Code::CrmModuleUnavailable
            | Code::ZohoDisconnected
            | Code::ZohoScopeMissing
            | Code::ZohoTokenLimit
            | Code::ZohoLimit
            | Code::ZohoUnavailable
            | Code::ZohoRequestMalformed
    )
}

/// Whether an attempt before made the record in Xero and was cut off before it could note that: it is younger than the
/// intent.
fn made_by_us(both: &Both, record: &Value) -> bool {
    let intent = both.link.as_ref().filter(|link| link.state == LinkState::Creating && link.xero_id.is_none());
    // Somebody's word alone is no intent.
    let intent = intent.filter(|link| !link.natural_key.is_empty());
    let since = intent.and_then(|link| DateTime::from_timestamp_millis(link.generation));
    // Xero counts in seconds.
    let there = both.xero.as_ref().and_then(shared::xero::modified).or_else(|| shared::xero::modified(record));
    since.zip(there).is_some_and(|(since, there)| there + TimeDelta::seconds(1) > since)
}

impl Pushed {
    /// The primary contact is told all but what was left out.
    fn left_out_of_person(&mut self, left_out: &[LeftOut]) {
        let before = self.prepared.both.link.as_ref();
        for link in [&mut self.link, &mut self.told].into_iter().flatten() {
            *link = plan::told_without(before, link, left_out);
        }
        self.made = Some(plan::made(self.made.as_ref().unwrap_or(&self.prepared.plan.changes), left_out));
        self.problems.splice(0..0, left_out.iter().map(|one| one.problem.clone()));
    }

    /// The CRM was told all but what was left out.
    fn is_told(&mut self, left_out: &[LeftOut]) {
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
}

/// The CRM could not be told. What was done in Xero stays done and is remembered; the next sync tells the CRM.
fn not_told(pushed: &mut Pushed, problem: Problem) {
    if pushed.prepared.plan.action == Action::UpdateCrm || pushed.prepared.plan.action == Action::Unchanged {
        pushed.outcome = outcome_of_failure(std::slice::from_ref(&problem));
    }
    let changes = pushed.made.as_ref().unwrap_or(&pushed.prepared.plan.changes);
    pushed.made = Some(changes.iter().filter(|change| change.written == Written::Xero).cloned().collect());
    pushed.problems.insert(0, problem);
}

/// The primary contact was not told: the link says so, so that the next sync tells it.
fn forget_told(pushed: &mut Pushed) {
    if let Some(link) = &mut pushed.link {
        link.crm_modified = None;
        for key in ["person.first_name", "person.last_name", "person.email", "mobile", "direct"] {
            match pushed.prepared.both.link.as_ref().and_then(|before| before.fingerprints.get(key)) {
                Some(before) => link.fingerprints.insert(key.to_owned(), before.clone()),
                None => link.fingerprints.remove(key),
            };
        }
    }
}

/// The field by which a CRM contact points to its account or vendor.
pub(crate) fn company_field(module: Module) -> &'static str {
    match module {
        Module::Vendors => "Vendor_Name",
        _ => "Account_Name",
    }
}

fn answer(element: Element) -> Answer {
    if element.errors.is_empty() { Answer::Done(element.value) } else { Answer::Refused(element.errors) }
}
