//! Which Xero record a CRM record is, where no link says so.
//!
//! The field `Xero_ID` names one, but anybody who may edit the record may have typed it. It is believed where the two look
//! alike ([`shared::plan::agrees`]) or where an administrator says that they belong together; else the record is left alone
//! with a problem, and so is that Xero record.

use super::context::{Context, Errand, Reader};
use super::read::{Both, resource, xero_id};
use super::{Engine, Key};
use crate::access::Refusal;
use crate::access::rights::Administrator;
use crate::store::requests::Once;
use crate::store::{audit, links};
use crate::text;
use ports::{DatabaseError, Ports, Statement};
use serde_json::Value;
use shared::id::XeroId;
use shared::link::{Link, LinkState};
use shared::module::{Kind, Module};
use shared::plan::References;
use shared::problem::{self, Code, Place, Problem};
use shared::settings::remedy;
use std::collections::BTreeMap;

/// What the field `Xero_ID` of a CRM record names.
pub(crate) fn named(record: &Value) -> Option<XeroId> {
    // Xero writes its ids in lower case and reads them in any.
    XeroId::new(record.get("Xero_ID")?.as_str()?.trim().to_lowercase()).ok()
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
            None => named(&both.snapshot.record),
            Some(link) => confirmed(Some(link)).cloned(),
        };
        let Some(id) = id else { return Ok(()) };
        if both.link.is_none() && links::holder(self.ports, &self.clients.scope, both.key.0, &id).await?.is_some() {
            return Ok(());
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
        let partner = xero_id(both.key.0, body);
        if both.link.as_ref().is_some_and(|link| link.xero_id.is_some() && link.xero_id == partner) {
            both.believed = true;
            return Ok(());
        }
        if self.came_from_us(&both.snapshot.record) && is_of(both.key.0, body) {
            both.believed = true;
            return Ok(());
        }
        let is_document = both.key.0.kind() == Kind::Document;
        let party = match references {
            None => body.pointer("/Contact/ContactID").and_then(Value::as_str).and_then(|id| XeroId::new(id).ok()),
            Some(references) if references.party.is_none() && is_document => self.linked_party(both).await?,
            Some(references) => references.party.clone(),
        };
        let references_so_far = References { party, ..References::default() };
        if shared::plan::agrees(&self.inputs(both, &references_so_far), body) {
            both.believed = references.is_some() || !is_document;
            return Ok(());
        }
        let problem = self.unconfirmed(&both.key, &both.name, partner.as_ref());
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
        let mut problem = problem::of(Code::XeroIdUnconfirmed, &[("name", name.to_owned())]).at(place);
        problem.what = format!("\"{name}\" is named by a CRM record that is linked with another Xero record.");
        problem.why = "Somebody has typed its id into the field \"Xero ID\" of that record.".to_owned();
        problem.fix = "Sync that record, which puts its own id back, then try again.".to_owned();
        problem
    }

    fn unconfirmed(&self, (module, crm_id): &Key, name: &str, partner: Option<&XeroId>) -> Problem {
        let problem = problem::of(Code::XeroIdUnconfirmed, &[("name", name.to_owned())]);
        let Some(partner) = partner else { return problem };
        // Nothing of that record is told: whoever typed its id may not read the books.
        let label = format!("Open the {} in Xero that it names", module.xero_singular());
        let url = shared::xero::url(*module, partner.as_str(), &self.lists.xero);
        problem.at(Place { label, url }).remedy(remedy::partner(
            *module,
            crm_id,
            partner,
            name,
            "that the field \"Xero ID\" names",
        ))
    }
}

impl<P: Ports> Engine<'_, P> {
    /// Notes an administrator's word that a CRM record is a Xero record: the one that its field `Xero_ID` names or, where that
    /// is empty, a contact that has its name or e-mail address. What is so already changes nothing.
    ///
    /// # Errors
    /// [`Refusal`]: `XeroIdUnconfirmed` when the field names another one by now, `XeroRecordGone` when Xero does not have
    /// it, `LinkedElsewhere` when either is linked with another record, or as a record is read.
    pub(super) async fn confirm_partner(
        &self,
        user: &Administrator,
        key: &Key,
        partner: &XeroId,
        once: Option<&Once>,
    ) -> Result<(), Refusal> {
        let (module, crm_id) = key;
        let _own = self.desk.turns(&user.org, std::slice::from_ref(key)).await;
        let context = Context::open(self, Reader::Member(user), Errand::Click(user), Some(key.clone())).await?;
        let scope = &context.clients.scope;
        let sights = context.sights(std::slice::from_ref(key)).await;
        let both = match sights.and_then(|mut all| all.pop().unwrap_or(Ok(None))) {
            Ok(Some(sight)) => Both::read(key.clone(), sight, None, context.link.clone()),
            Ok(None) => {
                let name = format!("{} {crm_id}", module.singular());
                return Err(Refusal::of(Code::CrmRecordNotFound, &[("name", name)]));
            }
            Err(error) => return Err(context.refuse_reader(error).await),
        };
        let (name, named) = (both.name.clone(), named(&both.snapshot.record));
        let elsewhere = || Refusal::of(Code::LinkedElsewhere, &[("name", name.clone())]);
        let mut statements: Vec<Statement> = once.map(|once| once.note("", self.ports.now())).into_iter().collect();
        match context.link.as_ref().and_then(|link| link.xero_id.as_ref()) {
            Some(known) if known == partner => {}
            Some(_) => return Err(elsewhere()),
            None => {
                if named.as_ref().is_some_and(|named| named != partner) {
                    return Err(context.unconfirmed(key, &name, named.as_ref()).into());
                }
                let others = links::of_xero(self.ports, scope, std::slice::from_ref(partner)).await?;
                if others.iter().any(|link| link.module == *module) {
                    return Err(elsewhere());
                }
                let found = match context.clients.xero().get(resource(*module), partner).await {
                    Ok(Some(found)) if is_of(*module, &found) => found,
                    Ok(_) => return Err(Refusal::of(Code::XeroRecordGone, &[("name", name)])),
                    Err(error) => return Err(context.clients.refuse(error).await),
                };
                if named.is_none() && !context.is_suggested(&both, &found) {
                    return Err(context.unconfirmed(key, &name, None).into());
                }
                let link = Link {
                    module: *module,
                    crm_id: crm_id.clone(),
                    state: LinkState::Creating,
                    xero_id: Some(partner.clone()),
                    natural_key: String::new(),
                    generation: 0,
                    fingerprints: BTreeMap::new(),
                    lines: BTreeMap::new(),
                    crm_modified: None,
                    contacts_modified: None,
                    xero_updated: None,
                    guest: !others.is_empty(),
                    synced_at: None,
                };
                let detail = format!("{} {name}: {partner}", module.singular());
                let now = self.ports.now();
                statements.push(links::save(scope, [&link])?);
                statements.push(audit::note(self.ports, &user.org, &user.name, "confirm-partner", &detail, now));
            }
        }
        if statements.is_empty() {
            return Ok(());
        }
        match self.ports.batch(statements).await {
            // The same request came a moment before, or another record took that partner.
            Err(DatabaseError::Unique(_)) => {
                let held = links::holder(self.ports, scope, *module, partner).await?;
                if held.is_some_and(|link| link.crm_id == *crm_id) { Ok(()) } else { Err(elsewhere()) }
            }
            saved => Ok(saved.map(drop)?),
        }
    }
}

/// Whether a Xero record is of the kind that a module's records are: bills and sales invoices are one resource.
fn is_of(module: Module, body: &Value) -> bool {
    let kind = body.get("Type").and_then(Value::as_str);
    match module {
        Module::Invoices => kind == Some("ACCREC"),
        Module::PurchaseOrders => kind == Some("ACCPAY"),
        Module::Accounts | Module::Contacts | Module::Vendors | Module::Products => true,
    }
}
