//! Sending: the intent, Xero ([`super::to_xero`]), the link. The CRM is told afterwards ([`super::write_back`]).
//!
//! Records of one call go together: one batch to each Xero resource, one to each CRM module.

use super::both::{Both, xero_id};
use super::context::Context;
use super::match_up::Lookups;
use super::outcome::{leaves_xero_alone, outcome_of_failure};
use super::pushed::{Log, Prepared, Pushed};
use super::to_xero::Answer;
use crate::access::Refusal;
use crate::store::{entries, links};
use chrono::{DateTime, TimeDelta, Utc};
use ports::{DatabaseError, Ports, Statement};
use serde_json::Value;
use shared::api::{Action, EntryView, Outcome, Step};
use shared::id::{XeroId, ZohoId};
use shared::link::{Link, LinkState};
use shared::module::Module;
use shared::plan::Inputs;
use shared::problem::{self, Code, Problem};
use shared::web_link::WebLink;
use std::collections::BTreeMap;

/// How often a record is sent again without a value that Xero has refused: Xero names several at once, and seldom others
/// once those are left out.
const MOST_LEFT_OUT: usize = 3;

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
        let refused = prepared.iter().zip(&answers).filter(|(one, answer)| match answer {
            Some(Answer::Refused(messages)) => self.may_be_there(one, &self.problems_of(one, messages)),
            _ => false,
        });
        let refused: Vec<&Prepared> = refused.map(|(one, _)| one).collect();
        if refused.len() > 1 {
            self.find_candidates(refused.iter().map(|one| (&one.both, &one.references, &one.plan))).await?;
        }
        let mut pushed = Vec::with_capacity(prepared.len());
        for (one, answer) in prepared.into_iter().zip(answers) {
            self.room.next_record();
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
            first: Vec::new(),
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
        if !self.may_be_there(&one, &problems) {
            return self.stop_and_tell(one, problems).await;
        }
        if let Err(put_back) = self.look_up_alone() {
            return Ok(Pushed::stopped(one, vec![put_back.problem]));
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

    /// Xero refused it: nothing of the plan is done. What Xero knows of a linked record comes to the CRM all the same: its status
    /// and payments wait for nothing.
    async fn stop_and_tell(&self, mut one: Prepared, problems: Vec<Problem>) -> Result<Pushed, Refusal> {
        let linked = one.both.link.as_ref().is_some_and(|link| link.state == LinkState::Linked);
        if !linked || one.both.xero.is_none() {
            return Ok(Pushed::stopped(one, problems));
        }
        problems.into_iter().rev().for_each(|problem| one.plan.stop(problem));
        self.settle_untouched(one).await
    }

    /// Whether Xero has refused a new record because it has one of that name, code or number.
    fn may_be_there(&self, one: &Prepared, problems: &[Problem]) -> bool {
        one.plan.action == Action::Create && problems.iter().any(|problem| problem.code.is_taken())
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
    pub(super) async fn save_links(&self, pushed: &mut [Pushed], entries: &[EntryView]) -> Result<(), Refusal> {
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
                self.note_links(&links);
                return Ok(());
            }
        }
        // Whose they are is read for all of them at once.
        let ids: Vec<XeroId> = links.iter().filter_map(|link| link.xero_id.clone()).collect();
        let held = links::of_xero(self.ports, &self.clients.scope, &ids).await?.held;
        let mut taken: BTreeMap<(Module, XeroId), ZohoId> = BTreeMap::new();
        for link in held.into_iter().chain(links) {
            if let Some(id) = link.xero_id {
                taken.entry((link.module, id)).or_insert(link.crm_id);
            }
        }
        let mut links = Vec::new();
        for one in pushed.iter_mut() {
            let Some(link) = unsaved(one) else { continue };
            let holder = link.xero_id.clone().and_then(|id| taken.get(&(link.module, id)));
            if holder.is_none_or(|holder| *holder == link.crm_id) {
                links.push(link);
                continue;
            }
            let facts = [("name", one.prepared.both.name.clone())];
            one.problems.insert(0, problem::of(Code::LinkedElsewhere, &facts));
            one.outcome = Outcome::Failed;
            one.link = None;
            one.told = None;
            one.crm_fields.clear();
            one.person = None;
        }
        let mut statements = Vec::new();
        if !links.is_empty() {
            statements.push(links::save(&self.clients.scope, &links)?);
        }
        if !entries.is_empty() {
            statements.push(self.save_entries(entries)?);
        }
        if !statements.is_empty() {
            self.ports.batch(statements).await?;
        }
        pushed.iter_mut().for_each(|one| one.kept = linked(one));
        self.note_links(&links);
        Ok(())
    }
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
