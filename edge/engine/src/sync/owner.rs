//! Whose a Xero contact is.
//!
//! A contact has one owner among the CRM's accounts, contacts and vendors: the record that was linked with it first. A
//! name is enough to find a contact, and anybody may type a name, so another record joins it only
//!
//! - by an administrator's word;
//! - where one is a customer and the other a supplier, by the click of somebody who sees both and may edit both;
//! - where we have made it ourselves from that contact, which a document needs.
//!
//! A run of the organisation is nobody's word: it leaves such a record to be decided. So is a contact left alone that
//! somebody has let go from another record, until an administrator says whose it is.
//!
//! Whoever joins is linked as it stands, and is a guest from then on: what changes at Xero comes to it, and its own values
//! stay where they are. So no contact is made up of two records, and what somebody types into a record of their own reaches
//! no contact of others. A click carries changes, either way, only of somebody who sees all of a contact's records and may
//! edit them all; and an e-mail address is held as soon as it is held for any of them, or for what the contact is at Xero.

use super::belief::{confirmed, named};
use super::both::Sharer;
use super::both::{Both, xero_id};
use super::context::{Context, Reader};
use super::key::Key;
use crate::access::Refusal;
use crate::store::links::OfXero;
use ports::Ports;
use serde_json::Value;
use shared::api::Action;
use shared::id::XeroId;
use shared::link::Link;
use shared::module::Kind;
use shared::plan::{Ground, Inputs, Plan, References};
use shared::problem::{self, Code, Problem};
use shared::question::{Answer, Decision};
use shared::settings::{BooksSide, Direction, MatchRule, SourceOfTruth};
use upstream::Error;

impl<P: Ports> Context<'_, P> {
    /// Notes for parties which other records are linked with their contacts. One statement; a call only where there are
    /// some, for somebody's rights on them.
    pub(crate) async fn mind_sharers(&self, boths: &mut [Both]) -> Result<(), Refusal> {
        let contact = |both: &Both| {
            let link = both.link.as_ref().filter(|_| both.key.0.kind() == Kind::Party)?;
            link.xero_id.clone()
        };
        let contacts: Vec<XeroId> = boths.iter().filter_map(contact).collect();
        // A chunk has learnt them all already.
        let links = self.links_with(&contacts).await?;
        let others = |both: &Both| -> Vec<Link> {
            let Some(contact) = contact(both) else { return Vec::new() };
            let others =
                links.iter().filter(|link| link.xero_id.as_ref() == Some(&contact) && key_of(link) != both.key);
            others.cloned().collect()
        };
        let wanted: Vec<Link> = boths.iter().flat_map(others).collect();
        if wanted.is_empty() {
            return Ok(());
        }
        let known = self.sharers(wanted).await?;
        for both in boths {
            let links = others(both);
            both.sharers = known.iter().filter(|sharer| links.contains(&sharer.link)).cloned().collect();
        }
        Ok(())
    }

    /// Lets a contact go that a record names, or that was found for it elsewhere, and that it may not have.
    pub(super) async fn mind_owner(&self, both: &mut Both) -> Result<(), Refusal> {
        let found = both.xero.as_ref().filter(|_| both.key.0.kind() == Kind::Party);
        let Some(found) = found.cloned() else { return Ok(()) };
        let known = both.link.as_ref().and_then(|link| link.xero_id.clone());
        if known != xero_id(both.key.0, &found) && !self.may_have(both, &found).await? {
            both.xero = None;
        }
        Ok(())
    }

    /// Whether a record may become the partner of a Xero record that was found for it, and who else is linked with that.
    /// Else it says why not.
    pub(super) async fn may_have(&self, both: &mut Both, found: &Value) -> Result<bool, Refusal> {
        let Some(partner) = xero_id(both.key.0, found) else { return Ok(true) };
        let links = self.links_of(std::slice::from_ref(&partner)).await?;
        self.may_have_of(both, found, &links).await
    }

    /// The same where the links of the Xero record have been read already, among others.
    pub(super) async fn may_have_of(&self, both: &mut Both, found: &Value, links: &OfXero) -> Result<bool, Refusal> {
        let module = both.key.0;
        let Some(partner) = xero_id(module, found) else { return Ok(true) };
        let of_it = |link: &&Link| link.xero_id.as_ref() == Some(&partner) && key_of(link) != both.key;
        let others: Vec<Link> = links.held.iter().filter(of_it).cloned().collect();
        let mut held = others.iter().find(|link| link.module == module).map(|link| link.crm_id.clone());
        if held.is_none() && module.kind() == Kind::Party && !others.is_empty() {
            let sharers = self.sharers(others).await?;
            // An arrival that was cut off before its link was saved.
            let record = &both.snapshot.record;
            let made = self.came_from_us(record) && named(record).as_ref() == Some(&partner);
            let told = confirmed(both.link.as_ref()) == Some(&partner);
            if !made && !told && !self.may_join(both, &sharers) {
                let kinds: Vec<&str> = sharers.iter().map(|sharer| sharer.module().singular()).collect();
                let reason =
                    format!("It is linked with another record of the CRM already: the {}.", kinds.join(" and the "));
                let sides = sides(both, &sharers).then_some("somebody who may edit both in the CRM");
                both.problems.push(self.ask(both, found, &reason, Some(sides)));
                return Ok(false);
            }
            if !sharers.is_empty() && both.ground == Ground::Likeness {
                // It is linked as it stands: whose values count need not be asked.
                both.ground = Ground::Ours;
            }
            both.sharers = sharers;
        }
        if held.is_none() && module.kind() == Kind::Party && confirmed(both.link.as_ref()) != Some(&partner) {
            let was = |link: &Link| link.was.as_ref() == Some(&partner) && key_of(link) != both.key;
            if links.let_go.iter().any(was) {
                // Whoever has let it go wanted it to be left alone: it is nobody's who has but its name.
                let reason = "It was linked with another record of the CRM, whose link somebody has let go.";
                both.problems.push(self.ask(both, found, reason, None));
                return Ok(false);
            }
        }
        held = held.or_else(|| self.claim(module, &partner, &both.key.1));
        if let Some(other) = held {
            let told = match module.kind() {
                Kind::Party | Kind::Item => self.shared_by_two(both, &partner, found, &other),
                Kind::Document => {
                    let facts = [("name", both.name.clone())];
                    problem::of(Code::LinkedElsewhere, &facts).at(self.place_of_another(module, &other))
                }
            };
            both.problems.push(told);
            return Ok(false);
        }
        Ok(true)
    }

    /// Whether whoever acts may say that a record and those that its contact is linked with are one: a customer who is a
    /// supplier too, both theirs to see and to edit.
    fn may_join(&self, both: &Both, sharers: &[Sharer]) -> bool {
        let theirs = both.may_edit && sharers.iter().all(|sharer| sharer.may_edit);
        matches!(self.reader, Reader::Member(_)) && theirs && sides(both, sharers)
    }

    /// Links with what the reader may do with their records. Whose record is no longer in the CRM is left out where that is known.
    async fn sharers(&self, links: Vec<Link>) -> Result<Vec<Sharer>, Refusal> {
        let keys: Vec<Key> = links.iter().map(key_of).collect();
        let seen = match self.clients.crm_as_user().snapshots(&keys).await {
            Ok(seen) => seen,
            Err(error) => return Err(self.refuse_reader(error).await),
        };
        let mut sharers = Vec::new();
        for (link, seen) in links.into_iter().zip(seen) {
            let record = match seen {
                Ok(seen) => seen.map(|snapshot| snapshot.record),
                Err(Error::PermissionDenied { .. } | Error::NotFound { .. } | Error::ModuleUnavailable { .. }) => None,
                Err(error) => return Err(self.refuse_reader(error).await),
            };
            if record.is_none() && self.sees_all() {
                // Whoever sees all that there is does not see it: it was deleted, and only its link is left.
                continue;
            }
            let may_edit = match self.reader {
                Reader::Connection(_) => true,
                Reader::Member(_) => record.as_ref().is_some_and(|record| self.may_edit(link.module, record)),
            };
            sharers.push(Sharer { link, seen: record.is_some(), may_edit });
        }
        Ok(sharers)
    }

    /// A plan without what its record may not change of a contact that is not its own alone.
    pub(super) fn within_ownership(&self, plan: &mut Plan, both: &Both) {
        if both.sharers.is_empty() || matches!(plan.action, Action::Blocked | Action::Skip) {
            return;
        }
        if both.joins() {
            plan.xero_write = None;
            plan.crm_write.clear();
            plan.person = None;
            plan.changes.clear();
            return;
        }
        if both.is_guest() {
            let references = References::NOTHING;
            let own = Inputs { direction: self.direction(both.key.0), ..self.inputs(both, &references) };
            let left_out = shared::plan::plan(&own).xero_write.is_some();
            if left_out {
                let owner =
                    both.sharers.iter().find(|one| both.sharers.iter().all(|other| !other.link.owns_before(&one.link)));
                let owner = owner.map(|owner| format!("the {}", owner.module().singular())).unwrap_or_default();
                let reason = "Name, addresses and the rest of a contact come from one record alone, the one that was linked \
                              first.";
                plan.problems.push(shares(both, reason, Some(&owner)));
            }
            if !self.direction(both.key.0).to_crm() {
                plan.only_link();
            }
        }
        let theirs = both.sharers.iter().all(|sharer| sharer.may_edit);
        if !theirs && plan.only_link() {
            let reason = "What changes here changes that record, too, which whoever clicks may not edit in the CRM.";
            plan.problems.push(shares(both, reason, None));
        }
    }

    /// Whether an e-mail address of a contact waits for an administrator's word: by the records that are linked with it, and
    /// by what it is at Xero. What is a supplier's, too, is a supplier's, by whatever record it changes.
    pub(super) fn holds_emails(&self, both: &Both) -> bool {
        let held = self.settings.senders.held_emails;
        let is = |flag: &str| both.xero.as_ref().and_then(|body| body.get(flag)).and_then(Value::as_bool) == Some(true);
        held.of(both.key.0)
            || both.sharers.iter().any(|sharer| held.of(sharer.module()))
            || (held.vendors && is("IsSupplier"))
            || (held.customers && is("IsCustomer"))
    }

    /// Which way a record's values go: those of a contact's guest don't go to Xero.
    pub(super) fn direction_of(&self, both: &Both) -> Direction {
        if both.is_guest() { Direction::ToCrm } else { self.direction(both.key.0) }
    }

    /// Looks for a contact by the e-mail address alone. Anybody may type one, and some people share one, so what is found is
    /// a suggestion to an administrator. A contact that is linked is somebody else already.
    /// Says whether there is one.
    pub(super) async fn suggest_by_email(&self, both: &mut Both, plan: &Plan) -> Result<bool, Refusal> {
        if both.key.0.kind() != Kind::Party || self.settings.parties.matching != MatchRule::NameThenEmail {
            return Ok(false);
        }
        let Some(email) = email_in(plan) else { return Ok(false) };
        let found = match self.clients.xero().find_contact_by_email(email).await {
            Ok(found) => found,
            Err(error) => return Err(self.clients.refuse(error).await),
        };
        let active = |one: &&Value| one.get("ContactStatus").and_then(Value::as_str) == Some("ACTIVE");
        let suggested = |one: &&Value| active(one) && !both.is_not(one);
        let found: Vec<&Value> = found.iter().filter(suggested).collect();
        let ids: Vec<XeroId> = found.iter().filter_map(|one| xero_id(both.key.0, one)).collect();
        let linked = self.links_with(&ids).await?;
        let is_free = |one: &&Value| {
            let id = xero_id(both.key.0, one);
            id.is_some() && !linked.iter().any(|link| link.xero_id == id)
        };
        let free: Vec<&Value> = found.into_iter().filter(is_free).collect();
        let problem = match free.as_slice() {
            [] => return Ok(false),
            [one] => self.ask(both, one, "It has the same e-mail address, and another name.", None),
            several => {
                let question = shared::plan::same(&self.inputs(both, &References::NOTHING), several, Vec::new());
                problem::of(Code::SeveralMatches, &[("name", both.name.clone())]).asks(question)
            }
        };
        both.problems.push(problem);
        Ok(true)
    }

    /// Asks an administrator whether a record and a contact belong together: a free one, or one that is linked with other
    /// records, of which `or` says who else may say so. Whoever does not read the books is told that it is there, and no more
    /// ([`Problem::hide_question`]).
    fn ask(&self, both: &Both, found: &Value, reason: &str, linked: Option<Option<&str>>) -> Problem {
        let mut facts = vec![("name", both.name.clone()), ("reason", reason.to_owned())];
        facts.extend(linked.flatten().map(|or| ("is", or.to_owned())));
        let mut question = shared::plan::same(&self.inputs(both, &References::NOTHING), &[found], Vec::new());
        if linked.is_some() {
            // It comes as it stands, whosever values count.
            let stands = |answer: &Answer| match &answer.decision {
                Decision::Link { values, .. } => *values == SourceOfTruth::Xero,
                Decision::SendNew { .. } | Decision::Unlink | Decision::Rate { .. } => true,
            };
            question.choices.retain(stands);
            let links = question.choices.iter_mut().filter(|one| matches!(one.decision, Decision::Link { .. }));
            links.for_each(|answer| "It is: link the two as they stand".clone_into(&mut answer.label));
            question.choices.push(Answer::new("It is another one: leave it alone", Decision::Unlink));
        }
        let place = self.place_in_xero(both.key.0, found);
        problem::of(Code::PartnerUnconfirmed, &facts).at(place).asks(question)
    }
}

/// Whether a record and those that its contact is linked with are one customer and one supplier.
fn sides(both: &Both, sharers: &[Sharer]) -> bool {
    matches!(sharers, [one] if BooksSide::of(one.module()) != BooksSide::of(both.key.0))
}

/// What of a record is not sent, because its contact is not its own alone; and whose it is, where that one can be changed.
fn shares(both: &Both, reason: &str, owner: Option<&str>) -> Problem {
    let mut facts = vec![("name", both.name.clone()), ("reason", reason.to_owned())];
    facts.extend(owner.into_iter().flat_map(|owner| [("party", owner.to_owned()), ("value", owner.to_owned())]));
    problem::of(Code::ContactShared, &facts)
}

/// The e-mail address that a plan would give a contact.
fn email_in(plan: &Plan) -> Option<&str> {
    plan.xero_write.as_ref()?.body.get("EmailAddress")?.as_str()
}

fn key_of(link: &Link) -> Key {
    (link.module, link.crm_id.clone())
}
