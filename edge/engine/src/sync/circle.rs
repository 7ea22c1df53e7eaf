//! Who may send to the books, where the settings let not everybody.
//!
//! Whoever is in the circle releases a record by syncing it: by a click or in a run of chosen records. A run that nobody of
//! the circle has chosen its records for sends what was released, in the version that was, and what the circle itself has
//! changed since; the rest waits. Somebody else's change takes a release back for good, before anything of ours is written
//! to the record, so that our own write hides nobody's. What belongs to a record counts as the record: an account's people, who
//! they are and what they are called. So does what a document does not say itself: to which company the person belongs whom it
//! is for, and in which category a product is, where that chooses the account.

use super::both::{Both, Sight};
use super::context::{Context, Reader};
use super::key::Key;
use crate::access::Refusal;
use crate::store::releases::{self, Needs, Release, Version, Word};
use chrono::{DateTime, TimeDelta, Utc};
use ports::Ports;
use serde_json::Value;
use shared::id::ZohoId;
use shared::link::LinkState;
use shared::module::{Kind, Module};
use shared::plan::{CrmSnapshot, Plan};
use shared::problem::{self, Code, Problem};
use shared::settings::Circle;
use shared::zoho::sight::Hidden;
use std::collections::BTreeSet;

/// The CRM counts in seconds: what was changed in the very second of a release counts as changed after it.
const UNSETTLED_SECONDS: i64 = 2;

impl<P: Ports> Context<'_, P> {
    /// Notes for records what keeps them from being sent and how far they come, and takes what the reader does for a release where it is one.
    pub(crate) async fn mind_senders(&self, boths: &mut [Both]) -> Result<(), Refusal> {
        let modules: BTreeSet<Module> = boths.iter().map(|both| both.key.0).collect();
        for module in modules {
            let senders = &self.settings.senders;
            let circle = senders.of(module);
            if circle.closed {
                let of_module: Vec<&Both> = boths.iter().filter(|both| both.key.0 == module).collect();
                let released = self.words_for(Word::Send, circle, module, &of_module).await?;
                let of_module = boths.iter_mut().filter(|both| both.key.0 == module);
                for (both, released) in of_module.zip(released) {
                    both.hold = (!released).then(|| self.not_released(both, circle));
                }
            }
            if module.kind() == Kind::Document && senders.approvers.closed {
                let of_module: Vec<&Both> = boths.iter().filter(|both| both.key.0 == module).collect();
                let approved = self.words_for(Word::Approve, &senders.approvers, module, &of_module).await?;
                let of_module = boths.iter_mut().filter(|both| both.key.0 == module);
                for (both, approved) in of_module.zip(approved) {
                    both.up_to = (!approved).then_some(senders.others);
                }
            }
        }
        Ok(())
    }

    /// Whether somebody of the circle stands behind each of these records as it is now.
    async fn words_for(
        &self,
        word: Word,
        circle: &Circle,
        module: Module,
        boths: &[&Both],
    ) -> Result<Vec<bool>, Refusal> {
        let now = self.ports.now();
        let member = self.reader.user();
        if let Some(member) = member.filter(|member| circle.holds(&member.profile().id, member.administers())) {
            let editable: Vec<&Both> = boths.iter().copied().filter(|both| both.may_edit).collect();
            if !self.acts || !self.direction(module).to_xero() || editable.is_empty() {
                return Ok(boths.iter().map(|_| true).collect());
            }
            let needs = self.needs_of(module, &editable).await?;
            let records: Vec<_> = editable
                .into_iter()
                .zip(needs)
                .map(|(both, needs)| {
                    let newest = versions(both).map(|(at, _)| at).max();
                    let settled = now - TimeDelta::seconds(UNSETTLED_SECONDS);
                    let modified = newest.map_or(settled, |newest| newest.min(settled));
                    (both.key.clone(), Version { modified, people: people(both).collect(), needs })
                })
                .collect();
            let scope = &self.clients.scope;
            self.ports.query(releases::save(scope, word, circle, member, &records, now)?).await?;
            return Ok(boths.iter().map(|_| true).collect());
        }
        if !self.acts {
            return Ok(boths.iter().map(|_| false).collect());
        }
        let stand = self.standing(word, circle, module, boths).await?;
        // What somebody outside does is not done by whoever released the record.
        Ok(stand.into_iter().map(|stands| stands && member.is_none()).collect())
    }

    /// Takes back what somebody else's change has ended, before something is written into a record that is no sync of it:
    /// nobody could tell afterwards whose the last change was. It releases nothing, whoever does it.
    pub(super) async fn mind_changes(&self, both: &Both) -> Result<(), Refusal> {
        let senders = &self.settings.senders;
        let module = both.key.0;
        let words = [(Word::Send, senders.of(module)), (Word::Approve, &senders.approvers)];
        let documents = module.kind() == Kind::Document;
        for (word, circle) in words.into_iter().filter(|(word, _)| *word == Word::Send || documents) {
            if circle.closed {
                self.standing(word, circle, module, &[both]).await?;
            }
        }
        Ok(())
    }

    /// Which of these records somebody of the circle has released as they are now. What somebody else has changed since is
    /// taken back.
    async fn standing(
        &self,
        word: Word,
        circle: &Circle,
        module: Module,
        boths: &[&Both],
    ) -> Result<Vec<bool>, Refusal> {
        let scope = &self.clients.scope;
        let ids: Vec<&ZohoId> = boths.iter().map(|both| &both.key.1).collect();
        let released = releases::read(self.ports.query(releases::select(scope, word, circle, module, &ids)?).await?)?;
        let release_of = |both: &Both| released.iter().find(|release| release.record == both.key);
        let of_those: Vec<&Both> = boths.iter().copied().filter(|both| release_of(both).is_some()).collect();
        let mut needs = self.needs_of(module, &of_those).await?.into_iter();
        let (mut stand, mut taken_back) = (Vec::new(), Vec::new());
        for both in boths {
            let stands = match release_of(both) {
                None => false,
                Some(release) => {
                    let needs = needs.next().unwrap_or_default();
                    let stands = are_as_before(&release.version.needs, &needs, both)
                        && self.stands(release, both, circle).await?;
                    taken_back.extend((!stands).then_some(&both.key.1));
                    stands
                }
            };
            stand.push(stands);
        }
        if !taken_back.is_empty() {
            self.ports.query(releases::take_back(scope, word, module, &taken_back)?).await?;
        }
        Ok(stand)
    }

    /// What other records decide about documents, in their order: one call for each of two modules, where they point to such.
    async fn needs_of(&self, module: Module, boths: &[&Both]) -> Result<Vec<Needs>, Refusal> {
        let mut all: Vec<Needs> = boths.iter().map(|_| Needs::new()).collect();
        if module.kind() != Kind::Document {
            return Ok(all);
        }
        let pointed = boths.iter().map(|both| shared::plan::dependencies(module, &both.snapshot));
        let pointed: Vec<BTreeSet<Key>> =
            pointed.map(|needed| needed.into_iter().map(|one| (one.module, one.crm_id)).collect()).collect();
        let deciding: [(Module, &[&str]); 2] =
            [(Module::Contacts, &["Account_Name", "Vendor_Name"]), (Module::Products, &["Product_Category"])];
        for (of, fields) in deciding {
            let ids: BTreeSet<&ZohoId> =
                pointed.iter().flatten().filter(|(module, _)| *module == of).map(|(_, id)| id).collect();
            if ids.is_empty() || (of == Module::Products && !self.needs_the_product_itself()) {
                continue;
            }
            let ids: Vec<ZohoId> = ids.into_iter().cloned().collect();
            let rows = match self.clients.crm_as_connection().records(of, &ids, fields).await {
                Ok(rows) => rows,
                Err(error) => return Err(self.clients.refuse(error).await),
            };
            for row in rows {
                let Some(id) = id_of(&row) else { continue };
                let text = match of {
                    Module::Products => {
                        row.get("Product_Category").and_then(Value::as_str).unwrap_or_default().to_owned()
                    }
                    _ => shared::zoho::company_of(&row).map(|(_, company, _)| company.to_string()).unwrap_or_default(),
                };
                let key = (of, id);
                let print =
                    shared::plan::fingerprint(&self.engine.config.fingerprint_key.0, of, &key.1, "needs", &text);
                for (needs, _) in all.iter_mut().zip(&pointed).filter(|(_, pointed)| pointed.contains(&key)) {
                    needs.insert(format!("{}:{}", of.api_name(), key.1), print.clone());
                }
            }
        }
        Ok(all)
    }

    /// Takes back what somebody else's change of people has ended, before we write into them for their companies' sake.
    pub(super) async fn mind_people(&self, people: Vec<Value>) -> Result<(), Refusal> {
        let circle = self.settings.senders.of(Module::Contacts);
        if !circle.closed {
            return Ok(());
        }
        let person = |record: Value| {
            let key = (Module::Contacts, id_of(&record)?);
            let snapshot = CrmSnapshot { record, contacts: Vec::new(), more_contacts: false };
            let sight = Sight { snapshot, own: None, hidden: Hidden::new(), problem: None, may_edit: false };
            Some(Both::read(key, sight, None, None, false))
        };
        let people: Vec<Both> = people.into_iter().filter_map(person).collect();
        let people: Vec<&Both> = people.iter().collect();
        self.standing(Word::Send, circle, Module::Contacts, &people).await.map(drop)
    }

    /// Whether everything that was changed since a release was changed within the circle.
    async fn stands(&self, release: &Release, both: &Both, circle: &Circle) -> Result<bool, Refusal> {
        let Version { modified, people: before, needs: _ } = &release.version;
        for (at, by) in versions(both) {
            if at <= *modified {
                continue;
            }
            let Some(by) = by else { return Ok(false) };
            if !self.is_in(&by, circle).await? {
                return Ok(false);
            }
        }
        // Whoever has come is judged by their own change; without one, nobody knows who brought them.
        let came_unchanged = both.snapshot.contacts.iter().any(|person| {
            let known = id_of(person).is_some_and(|id| before.contains(&id));
            !known && shared::zoho::modified(person).is_none_or(|at| at <= *modified)
        });
        if came_unchanged {
            return Ok(false);
        }
        let now: BTreeSet<ZohoId> = people(both).collect();
        let gone: Vec<ZohoId> = before.difference(&now).cloned().collect();
        self.were_taken_away_within(&gone, *modified, circle).await
    }

    /// Whether people were all taken away by somebody of the circle: moved to another record, which is a change of theirs. Who
    /// has deleted somebody is not told.
    async fn were_taken_away_within(
        &self,
        gone: &[ZohoId],
        since: DateTime<Utc>,
        circle: &Circle,
    ) -> Result<bool, Refusal> {
        if gone.is_empty() {
            return Ok(true);
        }
        let crm = self.clients.crm_as_connection();
        let elsewhere = match crm.records(Module::Contacts, gone, &["Modified_By", "Modified_Time"]).await {
            Ok(elsewhere) => elsewhere,
            Err(error) => return Err(self.clients.refuse(error).await),
        };
        for id in gone {
            let person = elsewhere.iter().find(|person| id_of(person).as_ref() == Some(id));
            let moved = person.map(version).filter(|(at, _)| *at > since);
            let Some((_, Some(by))) = moved else { return Ok(false) };
            if !self.is_in(&by, circle).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether a user of the CRM is in a circle, as Zoho said within the last ten minutes. Whom it does not tell is not.
    async fn is_in(&self, user: &ZohoId, circle: &Circle) -> Result<bool, Refusal> {
        let crm = self.clients.crm_as_connection();
        match self.engine.stands_as(self.org(), &crm, user).await {
            Ok(Some((profile, administers))) => {
                Ok(circle.holds(&profile, administers && !self.taken_out.contains(user)))
            }
            Ok(None) => Ok(false),
            Err(error) => Err(self.clients.refuse(error).await),
        }
    }

    fn not_released(&self, both: &Both, circle: &Circle) -> Problem {
        let mut facts =
            vec![("name", both.name.clone()), ("kind", both.key.0.singular().to_owned()), ("reason", circle.words())];
        let code = match self.reader {
            Reader::Connection(_) => Code::ToBeReleased,
            Reader::Member(member) => {
                facts.push(("user", member.name.clone()));
                Code::SenderNotAllowed
            }
        };
        let label = format!("Open \"{}\" in the CRM", both.name);
        let place = problem::place_crm(&self.lists.crm, both.key.0, &both.key.1, label);
        problem::of(code, &facts).at(place)
    }

    /// Whether a plan would send something that is held. Whoever only looks is shown it whole ([`Context::bar`]).
    pub(crate) fn is_held(&self, both: &Both, plan: &Plan) -> bool {
        self.acts && both.hold.is_some() && plan.sends()
    }

    /// Whether those who send documents are the very ones who send parties and products.
    pub(super) fn is_one_circle(&self) -> bool {
        self.settings.senders.documents == self.settings.senders.parties
    }
}

/// Whether what other records decide about a document is as it was released. What it points to only since the circle has
/// changed it was not released by itself. A document that is linked stays with its contact, whomever its person belongs to.
fn are_as_before(released: &Needs, now: &Needs, both: &Both) -> bool {
    let stays = both.link.as_ref().is_some_and(|link| link.state == LinkState::Linked);
    let of_person = |key: &str| key.starts_with(Module::Contacts.api_name());
    let decides = now.iter().filter(|(key, _)| !(stays && of_person(key)));
    decides.into_iter().all(|(key, print)| released.get(key).is_none_or(|before| before == print))
}

/// When a record and its people were changed last, and by whom.
fn versions(both: &Both) -> impl Iterator<Item = (DateTime<Utc>, Option<ZohoId>)> {
    std::iter::once(&both.snapshot.record).chain(&both.snapshot.contacts).map(version)
}

fn version(record: &Value) -> (DateTime<Utc>, Option<ZohoId>) {
    let by = record.pointer("/Modified_By/id").and_then(Value::as_str);
    // One that does not say when it was changed may have been changed just now.
    let at = shared::zoho::modified(record).unwrap_or(DateTime::<Utc>::MAX_UTC);
    (at, by.and_then(|id| ZohoId::new(id).ok()))
}

/// The people of a record.
fn people(both: &Both) -> impl Iterator<Item = ZohoId> {
    both.snapshot.contacts.iter().filter_map(id_of)
}

fn id_of(record: &Value) -> Option<ZohoId> {
    ZohoId::new(record.get("id")?.as_str()?).ok()
}
