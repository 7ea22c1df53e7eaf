//! Writing to Xero: one call for the records of a resource, and what it made of each.

use super::context::Context;
use super::outcome::leaves_xero_alone;
use super::pushed::Prepared;
use crate::text;
use ports::Ports;
use serde_json::Value;
use shared::module::Kind;
use shared::problem::{self, Code, Problem};
use std::collections::BTreeMap;
use std::time::Duration;
use upstream::Error;
use upstream::xero::{self, Element};

/// How long to wait before a write of unknown outcome is sent once more under the same Idempotency-Key. Xero keeps
/// the first answer under that key for 6 minutes (<https://developer.xero.com/documentation/guides/idempotent-requests/idempotency/>).
const REPEAT_AFTER: Duration = Duration::from_millis(500);

/// What Xero made of one write.
pub(super) enum Answer {
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
    /// The writes of these places, all at the same time: one call for the creates of each resource, one for its updates, and
    /// more where one would be too large.
    /// Answers in the order of `prepared`, with none for what is not written.
    pub(super) async fn write_to_xero(&self, prepared: &[Prepared], places: &[usize]) -> Vec<Option<Answer>> {
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
        let bodies = bodies(&places, prepared);
        let operation: Vec<String> = places
            .iter()
            .filter_map(|at| prepared[*at].both.link.as_ref())
            .map(|link| format!("{}:{}:{}", link.module.api_name(), link.crm_id, link.generation))
            .collect();
        let key = self.idempotency_key(&operation.join(","));
        let xero = self.clients.xero();
        let result = self.repeated(async || xero.create(resource, &bodies, &key).await).await;
        match result {
            // One of them points to what Xero does not have: the others are none the worse for it.
            Err(Error::NotFound { .. }) if places.len() > 1 => {
                let mut all = Vec::with_capacity(places.len());
                for at in places {
                    all.extend(Box::pin(self.create(resource, vec![at], prepared)).await);
                }
                all
            }
            result => self.answers(places, result, prepared).await,
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
        let bodies = bodies(&places, prepared);
        let key = self.idempotency_key(&format!("{resource}:{}", text::secret(self.ports)));
        let xero = self.clients.xero();
        let result = self.repeated(async || xero.update_many(resource, &bodies, &key).await).await;
        match result {
            Err(Error::NotFound { .. } | Error::Refused { .. }) => {
                let mut all = Vec::with_capacity(places.len());
                for at in places {
                    all.push(single(at).await);
                }
                all
            }
            result => self.answers(places, result, prepared).await,
        }
    }

    pub(super) async fn update(&self, one: &Prepared) -> Answer {
        let Some((write, id)) = one.plan.xero_write.as_ref().and_then(|write| Some((write, write.id.as_ref()?))) else {
            return Answer::NotSent(problem::of(Code::Internal, &[]));
        };
        // A key of its own for each attempt: keyed by its content, A → B → A would replay the first A.
        let key = self.idempotency_key(&format!("{id}:{}", text::secret(self.ports)));
        let xero = self.clients.xero();
        let result = self.repeated(async || xero.update(write.resource, id, &write.body, &key).await).await;
        match result {
            Ok(element) => answer(element),
            Err(error) => self.failed(&error, one).await,
        }
    }

    /// Makes a write of Xero's, and once more under the same key where nobody knows what became of it. Nothing else repeats one.
    async fn repeated<T>(&self, write: impl AsyncFn() -> Result<T, Error>) -> Result<T, Error> {
        match write().await {
            Err(Error::Unknown { .. }) => {
                self.ports.sleep(REPEAT_AFTER).await;
                write().await
            }
            result => result,
        }
    }

    /// What one call for several records made of each.
    async fn answers(
        &self,
        places: Vec<usize>,
        result: Result<Vec<Element>, Error>,
        prepared: &[Prepared],
    ) -> Vec<(usize, Answer)> {
        let mut elements = match result {
            Ok(elements) => elements.into_iter(),
            Err(error) => {
                let mut all = Vec::with_capacity(places.len());
                for at in places {
                    all.push((at, self.failed(&error, &prepared[at]).await));
                }
                return all;
            }
        };
        let lost = || Answer::Unknown(problem::of(Code::OutcomeUnknown, &[]));
        places.into_iter().map(|at| (at, elements.next().map_or_else(lost, answer))).collect()
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
}

/// The elements of these places.
fn bodies(places: &[usize], prepared: &[Prepared]) -> Vec<Value> {
    places.iter().filter_map(|at| Some(prepared[*at].plan.xero_write.as_ref()?.body.clone())).collect()
}

/// The bytes of a record's element.
fn weight(one: &Prepared) -> usize {
    one.plan.xero_write.as_ref().map_or(0, |write| write.body.to_string().len())
}

/// What Xero says of one element.
fn answer(element: Element) -> Answer {
    if element.errors.is_empty() { Answer::Done(element.value) } else { Answer::Refused(element.errors) }
}
