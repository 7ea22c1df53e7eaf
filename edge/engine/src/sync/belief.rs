//! Which Xero record a CRM record is, where no link says so.
//!
//! The field `Xero_ID` names one, but anybody who may edit the record may have typed it. It is believed where the two look
//! alike ([`shared::plan::agrees`]) or where an administrator says that they belong together; else the record is left alone
//! with a question, and so is that Xero record.

use super::both::{Both, resource, xero_id};
use super::context::Context;
use super::key::Key;
use crate::access::Refusal;
use crate::store::links;
use crate::text;
use ports::Ports;
use serde_json::Value;
use shared::id::XeroId;
use shared::link::{Link, LinkState};
use shared::module::{Kind, Module};
use shared::plan::{Ground, References};
use shared::problem::{self, Code, Place, Problem};
use shared::question::{Answer, Answerer, Decision, Question, QuestionKind};
use shared::settings::SourceOfTruth;

/// What the field `Xero_ID` of a CRM record names.
pub(crate) fn named(record: &Value) -> Option<XeroId> {
    XeroId::new(record.get("Xero_ID")?.as_str()?.trim()).ok()
}

/// A link that only says which Xero record it is: an administrator's word. The next sync brings the two together.
pub(super) fn confirmed(link: Option<&Link>) -> Option<&XeroId> {
    link.filter(|link| link.state == LinkState::Creating)?.xero_id.as_ref()
}

impl<P: Ports> Context<'_, P> {
    /// Reads the Xero record that nobody has looked for yet: the one that an administrator has confirmed, or the one that
    /// `Xero_ID` names, as long as it is no other record's partner.
    pub(super) async fn follow_xero_id(&self, both: &mut Both) -> Result<(), Refusal> {
        if both.xero.is_some() || both.is_doubted() {
            return Ok(());
        }
        let id = match &both.link {
            Some(link) if !both.is_unlinked() => confirmed(Some(link)).cloned(),
            _ => named(&both.snapshot.record),
        };
        let Some(id) = id else { return Ok(()) };
        if both.is_unlinked() {
            let held = self.links_with(std::slice::from_ref(&id)).await?;
            if held.iter().any(|link| link.module == both.key.0) {
                return Ok(());
            }
        }
        match self.clients.xero().get(resource(both.key.0), &id).await {
            Ok(partner) => both.xero = partner,
            Err(error) => return Err(self.clients.refuse(error).await),
        }
        Ok(())
    }

    /// Lets a Xero record go that no link leads to and that does not look like the CRM record. `references` are what the
    /// record points to; before they are known, a document's party is taken to be the right one.
    pub(crate) async fn judge(&self, both: &mut Both, references: Option<&References>) -> Result<(), Refusal> {
        let Some(body) = both.xero.as_ref().filter(|_| !both.believed) else { return Ok(()) };
        if both.is_let_go() || both.is_not(body) {
            both.xero = None;
            return Ok(());
        }
        let partner = xero_id(both.key.0, body);
        if let Some(link) = both.link.as_ref().filter(|link| link.xero_id.is_some() && link.xero_id == partner) {
            both.ground = Ground::Word(link.values.unwrap_or_default());
            both.believed = true;
            return Ok(());
        }
        // Whoever has connected the CRM types records, too: what we make names its partner from the beginning.
        let record = &both.snapshot.record;
        if named(record) == partner && self.came_from_us(record) && is_of(both.key.0, body) {
            both.ground = Ground::Ours;
            both.believed = true;
            return Ok(());
        }
        let is_document = both.key.0.kind() == Kind::Document;
        let party = match references {
            None => body.pointer("/Contact/ContactID").and_then(Value::as_str).and_then(|id| XeroId::new(id).ok()),
            Some(references) if references.party.is_none() && is_document => self.linked_party(both).await?,
            Some(references) => references.party.clone(),
        };
        let references_so_far = References { party, ..References::NOTHING };
        if shared::plan::agrees(&self.inputs(both, &references_so_far), body) {
            both.believed = references.is_some() || !is_document;
            return Ok(());
        }
        let problem = self.unconfirmed(both, partner.as_ref(), body);
        both.problems.push(problem);
        both.xero = None;
        Ok(())
    }

    /// Whether we made the CRM's record, and nobody has written into it since: then we named its partner, too. What comes from
    /// Xero is so until its link is saved, and a document has a number of the CRM's own then.
    pub(crate) fn came_from_us(&self, record: &Value) -> bool {
        let by = |field: &str| record.get(field).and_then(|user| user.get("id")).and_then(Value::as_str);
        let at = |field: &str| record.get(field).and_then(Value::as_str).and_then(text::parse_instant);
        let ours = Some(self.writer.as_str());
        by("Created_By") == ours
            && by("Modified_By") == ours
            && at("Created_Time").is_some()
            && at("Created_Time") == at("Modified_Time")
    }

    /// The contact of a document's party, where a link tells it.
    async fn linked_party(&self, both: &Both) -> Result<Option<XeroId>, Refusal> {
        let needed = shared::plan::dependencies(both.key.0, &both.snapshot);
        let party = needed.into_iter().find(|one| one.module.kind() == Kind::Party);
        let Some(party) = party else { return Ok(None) };
        let link = links::get_all(self.ports, &self.clients.scope, &[(party.module, party.crm_id)]).await?;
        let link = link.into_iter().next().flatten().filter(|link| link.state == LinkState::Linked);
        Ok(link.and_then(|link| link.xero_id))
    }

    /// Why a Xero record does not come to the CRM: the record that names it is another one's partner. The next sync of that
    /// record puts its own id back.
    pub(crate) fn typed_over(&self, (module, crm_id): &Key, name: &str) -> Problem {
        let label = format!("Open the {} in the CRM that names it", module.singular());
        let place = problem::place_crm(&self.lists.crm, *module, crm_id, label);
        problem::of(Code::XeroIdUnconfirmed, &[("value", name.to_owned())]).at(place)
    }

    fn unconfirmed(&self, both: &Both, partner: Option<&XeroId>, body: &Value) -> Problem {
        let (module, crm_id) = &both.key;
        let problem = problem::of(Code::XeroIdUnconfirmed, &[("name", both.name.clone())]);
        let Some(partner) = partner else { return problem };
        // Nothing of that record is told in words: whoever typed its id may not read the books.
        let label = format!("Open the {} in Xero that it names", module.xero_singular());
        let url = shared::xero::url(*module, partner.as_str(), &self.lists.xero);
        let problem = problem.at(Place { label, url });
        if !is_of(*module, body) {
            return problem;
        }
        let link = |values| Decision::Link { xero_id: partner.clone(), values, instead_of: None };
        problem.asks(Question {
            kind: QuestionKind::Same,
            module: *module,
            crm_id: Some(crm_id.clone()),
            label: "Is it the Xero record that the field \"Xero ID\" names?".to_owned(),
            candidates: vec![shared::plan::candidate(*module, partner, body, &self.lists.xero)],
            values: Vec::new(),
            choices: vec![
                Answer::new("It is; the CRM's values count", link(SourceOfTruth::Crm)),
                Answer::new("It is; Xero's values count", link(SourceOfTruth::Xero)),
                Answer::new("It is not: go by name, code or number", Decision::SendNew { not: vec![partner.clone()] }),
            ],
            who: Answerer::Administrator,
        })
    }
}

/// Whether a Xero record is of the kind that a module's records are: bills and sales invoices are one resource.
pub(super) fn is_of(module: Module, body: &Value) -> bool {
    let kind = body.get("Type").and_then(Value::as_str);
    match module {
        Module::Invoices => kind == Some("ACCREC"),
        Module::PurchaseOrders => kind == Some("ACCPAY"),
        Module::Accounts | Module::Contacts | Module::Vendors | Module::Products => true,
    }
}
