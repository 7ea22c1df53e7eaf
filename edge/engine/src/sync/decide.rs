//! What somebody decides about a record: the answer to a question, or a word without one. It is kept in the record's link.
//!
//! A decision writes the link and nothing else, so that it holds whatever happens next: the next sync of the record, by a
//! click or by a run, does what it says. It is an administrator's, who reads all of Xero's records, and takes the right to
//! edit the record, and the one that lets its partner go. A contact that other records are linked with is joined as its guest
//! ([`super::owner`]).

use super::belief::is_of;
use super::both::{Both, resource, xero_id};
use super::context::{Context, Errand, Reader};
use super::desk::Work;
use super::engine::Engine;
use super::key::Key;
use crate::access::Refusal;
use crate::access::rights::Administrator;
use crate::store::requests::{Once, RequestKey};
use crate::store::{audit, links, waiting};
use ports::{DatabaseError, Ports, Statement};
use rust_decimal::Decimal;
use serde_json::{Map, Value};
use shared::id::{XeroId, ZohoId};
use shared::link::{Link, LinkState, RateWord};
use shared::module::{Kind, Module};
use shared::problem::Code;
use shared::question::{Answer, Answerer, Decision, MOST_STRANGERS, Question, QuestionKind};
use shared::settings::SourceOfTruth;
use shared::xero::ForeignRate;
use upstream::Error;

/// [`Engine::decide_once`]
pub(super) async fn decide_once<P: Ports>(
    engine: &Engine<'_, P>,
    user: &Administrator,
    key: &Key,
    decision: &Decision,
    request: &RequestKey,
) -> Result<(), Refusal> {
    let once = Once::new(user, "decide", &(key.0.api_name(), key.1.as_str(), decision), request);
    if once.result(engine.ports).await?.is_some() {
        return Ok(());
    }
    decide(engine, user, key, decision, Some(&once)).await
}

/// [`Engine::decide`]
pub(super) async fn decide<P: Ports>(
    engine: &Engine<'_, P>,
    user: &Administrator,
    key: &Key,
    decision: &Decision,
    once: Option<&Once>,
) -> Result<(), Refusal> {
    if let Some((field, reason)) = wrong_in(key.0, decision) {
        return Err(Refusal::of(Code::InvalidRequest, &[("field", field.to_owned()), ("reason", reason)]));
    }
    let mut keys = vec![key.clone()];
    if let Decision::Link { instead_of: Some(other), .. } = decision {
        keys.push((key.0, other.clone()));
    }
    keys.sort();
    keys.dedup();
    let mut works: Vec<Work> = keys.iter().map(Work::from).collect();
    if let Decision::Link { xero_id, .. } = decision {
        // A run that brings it to the CRM at this moment does so before, and it is linked then, or not at all.
        works.push(xero_id.into());
    }
    let _turns = engine.desk.turns(&user.org, works).await;
    let context = Context::open(engine, Reader::Member(user), Errand::Click(user), Some(key.clone())).await?;
    let both = context.to_decide(key).await?.ok_or_else(|| not_found(key))?;
    let (mut other, mut gone) = (None, false);
    for key in keys.iter().filter(|one| *one != key) {
        other = context.to_decide(key).await?;
        gone = other.is_none();
        if gone && context.is_there(key).await? {
            return Err(not_found(key));
        }
    }
    let name = both.name.clone();
    // What the record whose place it takes lets go.
    let mut held = None;
    let next = match decision {
        Decision::Link { xero_id, values, instead_of } => {
            let (own, lets_go) = context.link_to(key, &name, xero_id, instead_of.as_ref(), gone).await?;
            let own = Link { values: Some(*values), ..own };
            match lets_go {
                Some((link, of)) => {
                    held = Some(of);
                    vec![own, link]
                }
                None => vec![own],
            }
        }
        Decision::SendNew { not } => {
            let mut link = context.free_link(key);
            link.not.extend(not.iter().cloned());
            vec![link]
        }
        Decision::Unlink => {
            let was = context.link.as_ref().and_then(|link| link.xero_id.clone().or_else(|| link.was.clone()));
            vec![Link { state: LinkState::LetGo, was, ..context.free_link(key) }]
        }
        Decision::Rate { currency, rate, values } => {
            let rate = rate_of(rate).unwrap_or_default();
            let given = ForeignRate { currency: currency.to_ascii_uppercase(), rate };
            let of = given.print(&engine.config.fingerprint_key.0, key.0, &key.1);
            let link = context.link.clone().unwrap_or_else(|| Link::blank(key.0, key.1.clone()));
            vec![Link { rate: Some(RateWord { of, values: *values }), ..link }]
        }
    };
    let same = next.iter().all(|link| context.link.as_ref() == Some(link));
    let now = engine.ports.now();
    let mut statements: Vec<Statement> = once.map(|once| once.note("", now)).into_iter().collect();
    if !same {
        let scope = &context.clients.scope;
        // Whoever lets a Xero record go does so before the other one takes it.
        statements.push(links::save(scope, next.iter().skip(1))?);
        statements.push(links::save(scope, next.iter().take(1))?);
        let decided: Vec<&ZohoId> = next.iter().map(|link| &link.crm_id).collect();
        statements.push(waiting::decided(scope, key.0, &decided)?);
        let mut notes = vec![told(decision, key.0, &name)];
        for link in next.iter().skip(1) {
            // Whoever looks for it later looks for either.
            let name = other.as_ref().map_or(link.crm_id.as_str(), |other| other.name.as_str());
            let of = held.as_ref().map(|of| format!(": {of}")).unwrap_or_default();
            notes.push((audit::Action::LetGo, format!("{} {name}{of}", key.0.singular())));
        }
        let note = |(action, detail): (audit::Action, String)| {
            audit::note(engine.ports, &user.org, &user.name, action, &detail, now)
        };
        statements.extend(notes.into_iter().map(note));
    }
    if statements.is_empty() {
        return Ok(());
    }
    match engine.ports.batch(statements).await {
        // The same request came a moment before, or another record took that partner.
        Err(DatabaseError::Unique(_)) => {
            let Decision::Link { xero_id, .. } = decision else { return Ok(()) };
            let held = links::holder(engine.ports, &context.clients.scope, key.0, xero_id).await?;
            let own = held.is_some_and(|link| link.crm_id == key.1);
            return if own { Ok(()) } else { Err(Refusal::of(Code::LinkedElsewhere, &[("name", name)])) };
        }
        saved => saved.map(drop)?,
    }
    match decision {
        Decision::Unlink => context.empty_xero_fields(&both).await,
        // Whoever has let the Xero record go does not name it any more, either.
        Decision::Link { .. } | Decision::SendNew { .. } | Decision::Rate { .. } => match &other {
            Some(other) if held.is_some() => context.empty_xero_fields(other).await,
            _ => Ok(()),
        },
    }
}

/// What is asked about a record whose partner Xero does not have any more.
pub(super) fn gone((module, crm_id): Key, was: Option<XeroId>) -> Question {
    let not = was.into_iter().collect();
    Question {
        kind: QuestionKind::Gone,
        module,
        crm_id: Some(crm_id),
        label: format!("What becomes of the {}?", module.singular()),
        candidates: Vec::new(),
        values: Vec::new(),
        choices: vec![
            Answer::new("Send it to Xero anew", Decision::SendNew { not }),
            Answer::new("Let the link go, and leave it alone", Decision::Unlink),
        ],
        who: Answerer::Administrator,
    }
}

fn told(decision: &Decision, module: Module, name: &str) -> (audit::Action, String) {
    let record = format!("{} {name}", module.singular());
    match decision {
        Decision::Link { xero_id, .. } => (audit::Action::LinkRecord, format!("{record}: {xero_id}")),
        Decision::SendNew { .. } => (audit::Action::SendAnew, record),
        Decision::Unlink => (audit::Action::LetGo, record),
        Decision::Rate { currency, rate, values } => {
            let counts = match values {
                SourceOfTruth::Crm => "the CRM's counts",
                SourceOfTruth::Xero => "Xero's of the day counts",
            };
            (audit::Action::DecideRate, format!("{record}: {rate} {currency}, {counts}"))
        }
    }
}

/// The exchange rate of a decision; none where it is no number above zero.
fn rate_of(text: &str) -> Option<Decimal> {
    text.parse().ok().filter(|rate| *rate > Decimal::ZERO)
}

/// The field of a decision that can't be, and why.
fn wrong_in(module: Module, decision: &Decision) -> Option<(&'static str, String)> {
    match decision {
        Decision::SendNew { not } if not.len() > MOST_STRANGERS => {
            Some(("not", format!("it has at most {MOST_STRANGERS} records")))
        }
        Decision::Rate { .. } if module.kind() != Kind::Document => {
            Some(("rate", format!("a {} has no exchange rate", module.singular())))
        }
        Decision::Rate { rate, .. } if rate_of(rate).is_none() => {
            Some(("rate", "it is a number above zero, as in 1.2345".to_owned()))
        }
        Decision::Link { .. } | Decision::SendNew { .. } | Decision::Unlink | Decision::Rate { .. } => None,
    }
}

fn not_found((module, crm_id): &Key) -> Refusal {
    Refusal::of(Code::CrmRecordNotFound, &[("name", format!("{} {crm_id}", module.singular()))])
}

impl<P: Ports> Context<'_, P> {
    /// A record whose link is decided about; none where whoever decides does not see it. They may edit it.
    async fn to_decide(&self, key: &Key) -> Result<Option<Both>, Refusal> {
        let sights = self.sights(std::slice::from_ref(key)).await;
        let sight = match sights.and_then(|mut all| all.pop().unwrap_or(Ok(None))) {
            Ok(Some(sight)) => sight,
            Ok(None)
            | Err(Error::PermissionDenied { .. } | Error::NotFound { .. } | Error::ModuleUnavailable { .. }) => {
                return Ok(None);
            }
            Err(error) => return Err(self.refuse_reader(error).await),
        };
        let both = Both::read(key.clone(), sight, None, None, false);
        self.not_editable(&both).map_or(Ok(Some(both)), |problem| Err(problem.into()))
    }

    /// Whether the CRM has a record, for whomever.
    async fn is_there(&self, (module, crm_id): &Key) -> Result<bool, Refusal> {
        match self.clients.crm_as_connection().record(*module, crm_id).await {
            Ok(found) => Ok(found.is_some()),
            Err(error) => Err(self.clients.refuse(error).await),
        }
    }

    /// The record's link without its partner, which it is not any more.
    fn free_link(&self, key: &Key) -> Link {
        let mut link = Link::blank(key.0, key.1.clone());
        if let Some(before) = &self.link {
            link.keep_words(before);
            link.not.extend(before.xero_id.clone());
        }
        link
    }

    /// The link with a Xero record, and that of the record whose place it takes, beside what that one lets go. It takes the
    /// place of the one that is linked with it, or of one that is gone from the CRM, whose partner may be another contact of
    /// the two that stay after a merge. Nobody takes anything from a record that has to do with neither.
    async fn link_to(
        &self,
        key: &Key,
        name: &str,
        partner: &XeroId,
        instead_of: Option<&ZohoId>,
        gone: bool,
    ) -> Result<(Link, Option<(Link, XeroId)>), Refusal> {
        let elsewhere = || Refusal::of(Code::LinkedElsewhere, &[("name", name.to_owned())]);
        let mut link = self.free_link(key);
        link.not.remove(partner);
        link.xero_id = Some(partner.clone());
        let known = links::of_xero(self.ports, &self.clients.scope, std::slice::from_ref(partner)).await?;
        let (own, others): (Vec<Link>, Vec<Link>) = known.held.into_iter().partition(|link| link.module == key.0);
        let own = own.into_iter().next();
        // Whoever takes another one's place has that one's rank.
        link.guest = own.as_ref().map_or(!others.is_empty(), |own| own.guest);
        let holder = own.filter(|holder| holder.crm_id != key.1);
        if holder.as_ref().is_some_and(|holder| Some(&holder.crm_id) != instead_of) {
            return Err(elsewhere());
        }
        let other = match (holder, instead_of.filter(|other| **other != key.1)) {
            (Some(holder), _) => Some(holder),
            (None, Some(other)) => {
                links::get_all(self.ports, &self.clients.scope, &[(key.0, other.clone())]).await?.pop().flatten()
            }
            (None, None) => None,
        };
        let lets_go = other.and_then(|other| Some((other.xero_id.clone()?, other))).map(|(of, other)| {
            let mut without = Link::blank(key.0, other.crm_id);
            without.not = other.not;
            without.not.insert(of.clone());
            // After a merge the contact that neither keeps does not come back as a record.
            let former = self.link.as_ref().and_then(|link| link.xero_id.as_ref());
            without.was = [Some(&of), former].into_iter().flatten().find(|id| gone && *id != partner).cloned();
            (Link { state: LinkState::LetGo, generation: other.generation, ..without }, of)
        });
        if lets_go.as_ref().is_some_and(|(_, of)| of != partner) && !gone {
            return Err(elsewhere());
        }
        let next = (link, lets_go);
        match self.clients.xero().get(resource(key.0), partner).await {
            Ok(Some(found)) if is_of(key.0, &found) && xero_id(key.0, &found).is_some() => Ok(next),
            Ok(_) => Err(Refusal::of(Code::XeroRecordGone, &[("name", name.to_owned())])),
            Err(error) => Err(self.clients.refuse(error).await),
        }
    }

    /// What the CRM's record says of a partner that it has no more.
    async fn empty_xero_fields(&self, both: &Both) -> Result<(), Refusal> {
        let ((module, crm_id), record) = (&both.key, &both.snapshot.record);
        let own = shared::zoho::custom_fields(*module);
        let filled = own
            .iter()
            .map(|field| field.api_name)
            .filter(|field| field.starts_with("Xero_") && *field != "Xero_Primary");
        let filled = filled.filter(|field| record.get(*field).is_some_and(|value| !value.is_null()));
        let mut row: Map<String, Value> = filled.map(|field| (field.to_owned(), Value::Null)).collect();
        if row.is_empty() {
            return Ok(());
        }
        row.insert("id".to_owned(), crm_id.as_str().into());
        self.mind_changes(both).await?;
        match self.clients.crm_as_connection().update(*module, vec![row], false).await {
            // What the CRM refuses stays there: nothing goes by it while the link says that it was let go.
            Ok(_) => Ok(()),
            Err(error) => Err(self.clients.refuse(error).await),
        }
    }
}
