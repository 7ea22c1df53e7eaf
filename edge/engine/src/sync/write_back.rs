//! Writing back: what the CRM is told of Xero's records, one batch to each module.

use super::both::Both;
use super::context::Context;
use super::pushed::{Fields, Pushed};
use crate::access::Refusal;
use ports::Ports;
use serde_json::{Value, json};
use shared::api::Step;
use shared::module::Module;
use shared::plan::{self, Inputs, LeftOut, PersonWrite, Told};
use shared::problem;
use std::collections::BTreeMap;

/// How often a record of the CRM is written: each time without what the CRM refused before, at last with what tells of Xero
/// alone, once more in case that something of this is refused, too. A run makes a call of it for all its records, so
/// that it stays within the calls of one invocation.
const MOST_ATTEMPTS: usize = 5;

impl<P: Ports> Context<'_, P> {
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
                            pushed[at].not_told(problem.clone());
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
        let record = |(at, person): &(usize, PersonWrite)| {
            let id = person.id.as_ref()?.as_str();
            let people = &pushed.get(*at)?.prepared.both.snapshot.contacts;
            people.iter().find(|one| one.get("id").and_then(Value::as_str) == Some(id)).cloned()
        };
        // Our own write hides nobody's change.
        if let Err(refusal) = self.mind_people(people.iter().filter_map(record).collect()).await {
            for (at, _) in people {
                pushed[at].not_told(refusal.problem.clone());
                pushed[at].forget_told();
            }
            return;
        }
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
                            pushed[at].not_told(problem.clone());
                            pushed[at].forget_told();
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
                pushed.not_told(problem);
                pushed.forget_told();
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
                    _ if attempts_left == 0 || problem.code.takes_nothing() => None,
                    Some(rest) if attempts_left > 1 => Some(rest),
                    _ => plan::own_fields_only(&pushed.prepared.plan, &fields, problem.clone()),
                };
                let Some(rest) = rest else {
                    pushed.not_told(problem);
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

/// The field by which a CRM contact points to its account or vendor.
pub(crate) fn company_field(module: Module) -> &'static str {
    match module {
        Module::Vendors => "Vendor_Name",
        _ => "Account_Name",
    }
}
