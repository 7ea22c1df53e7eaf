//! Who may send to the books, where the settings let not everybody.
//!
//! Whoever is in the circle releases a record by syncing it: by a click or in a run of chosen records. A run that nobody of
//! the circle has chosen its records for sends what was released, in the version that was, and what the circle itself has
//! changed since; the rest waits. Somebody else's change takes a release back for good, before anything of ours is written
//! to the record, so that our own write hides nobody's. What belongs to a record counts as the record: an account's people, who
//! they are and what they are called.

use super::context::{Context, Reader};
use super::read::Both;
use crate::access::Refusal;
use crate::store::releases::{self, Release, Version, Word};
use chrono::{DateTime, TimeDelta, Utc};
use ports::Ports;
use serde_json::Value;
use shared::id::ZohoId;
use shared::module::{Kind, Module};
use shared::plan::Plan;
use shared::problem::{self, Code, Problem};
use shared::settings::Circle;
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
            let records: Vec<_> = boths
                .iter()
                .filter(|both| both.may_edit)
                .map(|both| {
                    let newest = versions(both).map(|(at, _)| at).max();
                    let settled = now - TimeDelta::seconds(UNSETTLED_SECONDS);
                    let modified = newest.map_or(settled, |newest| newest.min(settled));
                    (both.key.clone(), Version { modified, people: people(both).collect() })
                })
                .collect();
            if self.acts && self.direction(module).to_xero() && !records.is_empty() {
                let scope = &self.clients.scope;
                self.ports.query(releases::save(scope, word, circle, member, &records, now)?).await?;
            }
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
        let (mut stand, mut taken_back) = (Vec::new(), Vec::new());
        for both in boths {
            let stands = match released.iter().find(|release| release.record == both.key) {
                None => false,
                Some(release) => {
                    let stands = self.stands(release, both, circle).await?;
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

    /// Whether everything that was changed since a release was changed within the circle.
    async fn stands(&self, release: &Release, both: &Both, circle: &Circle) -> Result<bool, Refusal> {
        let Version { modified, people: before } = &release.version;
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

    /// Whether a plan would send something that is held.
    pub(crate) fn is_held(&self, both: &Both, plan: &Plan) -> bool {
        both.hold.is_some() && plan.sends()
    }
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
