//! Finding a record's partner in Xero where no link leads to it: by its natural key, then by name, code or number.
//!
//! A single exact match is adopted, unless it is another record's ([`super::owner`]). Several are a problem that asks;
//! nothing is guessed.

use super::context::Context;
use super::read::{Both, resource, xero_id};
use crate::access::Refusal;
use ports::Ports;
use rust_decimal::Decimal;
use serde_json::Value;
use shared::link::LinkState;
use shared::module::{Kind, Module};
use shared::plan::{Plan, References};
use shared::problem::{self, Code};
use shared::settings::MatchRule;
use std::str::FromStr;
use upstream::Error;

/// A natural key of a document that begins like this stands in none of Xero's fields: the document has no number of
/// ours. (Contacts carry theirs as ContactNumber.)
const NOT_AT_XERO: &str = "zcrm:";

/// How much is looked up before a create.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lookups {
    /// Everything: a preview has to say whether a record would be created or linked.
    All,
    /// Only what Xero's own uniqueness rules don't find: open intents, bills, and what a setting asks for. The rest
    /// is found by Xero's refusal, at no extra call for the usual new record.
    OnlyUnsettled,
}

impl<P: Ports> Context<'_, P> {
    /// Looks for the partner of a record that has none yet, and adds it (or the problem) to `both`.
    /// Says whether anything was added.
    pub(super) async fn find_partner(
        &self,
        both: &mut Both,
        references: &References,
        plan: &Plan,
        lookups: Lookups,
    ) -> Result<bool, Refusal> {
        let settled = both.link.as_ref().is_some_and(|link| link.state == LinkState::Linked);
        if both.xero.is_some() || settled || both.is_doubted() || plan.natural_key.is_empty() {
            return Ok(false);
        }
        let unsettled = both.link.is_some();
        let module = both.key.0;
        let by_email = self.settings.parties.matching == MatchRule::NameThenEmail && module.kind() == Kind::Party;
        let wanted = unsettled || lookups == Lookups::All || module == Module::PurchaseOrders || by_email;
        if !wanted {
            return Ok(false);
        }
        let candidates = match self.candidates(both, references, plan, unsettled).await {
            Ok(candidates) => candidates,
            Err(error) => return Err(self.clients.refuse(error).await),
        };
        let found = self.choose(both, candidates, references, plan).await?;
        Ok(found || self.suggest_by_email(both, plan).await?)
    }

    async fn candidates(
        &self,
        both: &Both,
        references: &References,
        plan: &Plan,
        unsettled: bool,
    ) -> Result<Vec<Value>, Error> {
        let xero = self.clients.xero();
        match both.key.0.kind() {
            Kind::Party => {
                if unsettled {
                    let ours = xero.find_contact_by_contact_number(&plan.natural_key).await?;
                    if !ours.is_empty() {
                        return Ok(ours);
                    }
                }
                let named = xero.find_contact_by_name(&self.name_at_xero(plan)).await?.into_iter();
                let active = |one: &Value| one.get("ContactStatus").and_then(Value::as_str) == Some("ACTIVE");
                Ok(named.filter(active).collect())
            }
            Kind::Item => Ok(xero.find_item(&plan.natural_key).await?.into_iter().collect()),
            Kind::Document => {
                let (kind, contact) = match both.key.0 {
                    Module::PurchaseOrders => ("ACCPAY", references.party.as_ref()),
                    _ => ("ACCREC", None),
                };
                if kind == "ACCPAY" && contact.is_none() {
                    // A supplier that is not in Xero yet has no bill there.
                    return Ok(Vec::new());
                }
                if plan.natural_key.starts_with(NOT_AT_XERO) {
                    // A document without a number of ours is found again by the address that points back to it.
                    let url = plan.xero_write.as_ref().and_then(|write| write.body.get("Url")).and_then(Value::as_str);
                    return match (references.party.as_ref(), url) {
                        (Some(party), Some(url)) => xero.find_invoices_by_url(kind, party, url).await,
                        _ => Ok(Vec::new()),
                    };
                }
                if let (Some((numbers, bills)), "ACCPAY", Some(contact)) = (&self.bills, kind, contact)
                    && numbers.contains(&plan.natural_key)
                {
                    let fits = |bill: &&Value| {
                        let text = |pointer: &str| bill.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
                        text("/Contact/ContactID").eq_ignore_ascii_case(contact.as_str())
                            && text("/InvoiceNumber").trim().to_lowercase() == plan.natural_key.trim().to_lowercase()
                    };
                    return Ok(bills.iter().filter(fits).cloned().collect());
                }
                xero.find_invoices(kind, &plan.natural_key, contact).await
            }
        }
    }

    fn name_at_xero(&self, plan: &Plan) -> String {
        let name = plan.xero_write.as_ref().and_then(|write| write.body.get("Name")).and_then(Value::as_str);
        name.unwrap_or(&plan.name).to_owned()
    }

    /// Takes the one that is it, or says why none can be taken.
    async fn choose(
        &self,
        both: &mut Both,
        candidates: Vec<Value>,
        references: &References,
        plan: &Plan,
    ) -> Result<bool, Refusal> {
        let module = both.key.0;
        let candidates = match module.kind() {
            Kind::Document => match self.judge_documents(both, candidates, references, plan) {
                Judgement::None => return Ok(false),
                Judgement::Taken => return Ok(true),
                Judgement::Ours(one) => vec![one],
            },
            Kind::Party | Kind::Item => candidates,
        };
        let facts = self.facts_of(both, plan);
        match candidates.as_slice() {
            [] => Ok(false),
            [one] => {
                let free = match xero_id(module, one) {
                    Some(id) => self.may_have(both, &id).await?,
                    None => true,
                };
                if free {
                    both.xero = Some(self.whole(module, one.clone()).await?);
                    both.believed = true;
                }
                Ok(true)
            }
            [first, ..] => {
                let problem = problem::of(Code::SeveralMatches, &facts).at(self.place_in_xero(module, first));
                both.problems.push(problem);
                Ok(true)
            }
        }
    }

    /// What names a record that has no partner yet, as far as the reader is shown it.
    fn facts_of(&self, both: &Both, plan: &Plan) -> Vec<(&'static str, String)> {
        let number = self.shows(both, "number").then(|| ("number", plan.natural_key.clone()));
        std::iter::once(("name", both.name.clone())).chain(number).collect()
    }

    /// Lists leave out what a single record shows (a document's lines, a contact's people), so it is read again.
    async fn whole(&self, module: Module, found: Value) -> Result<Value, Refusal> {
        if module.kind() == Kind::Item {
            return Ok(found);
        }
        let Some(id) = xero_id(module, &found) else { return Ok(found) };
        match self.clients.xero().get(resource(module), &id).await {
            Ok(whole) => Ok(whole.unwrap_or(found)),
            Err(error) => Err(self.clients.refuse(error).await),
        }
    }

    /// A document with this number is ours when it points back to our record, or when it was typed by hand: the same
    /// contact and the same total.
    fn judge_documents(
        &self,
        both: &mut Both,
        candidates: Vec<Value>,
        references: &References,
        plan: &Plan,
    ) -> Judgement {
        if candidates.is_empty() {
            return Judgement::None;
        }
        let url = plan.xero_write.as_ref().and_then(|write| write.body.get("Url")).cloned();
        let status = |one: &Value| one.get("Status").and_then(Value::as_str).unwrap_or_default().to_owned();
        let (dead, alive): (Vec<Value>, Vec<Value>) =
            candidates.into_iter().partition(|one| matches!(status(one).as_str(), "VOIDED" | "DELETED"));
        let points_back = |one: &&Value| url.is_some() && one.get("Url") == url.as_ref();
        if let Some(ours) = alive.iter().find(points_back) {
            return Judgement::Ours(ours.clone());
        }
        let same = |one: &&Value| {
            let contact = one.pointer("/Contact/ContactID").and_then(Value::as_str);
            let contact_fits = references.party.as_ref().is_some_and(|party| contact == Some(party.as_str()));
            let total = one.get("Total").and_then(|total| Decimal::from_str(&total.to_string()).ok());
            let predicted = plan.totals.as_ref().and_then(|totals| Decimal::from_str(&totals.xero).ok());
            contact_fits && total.is_some() && total == predicted
        };
        let facts = self.facts_of(both, plan);
        let mut fitting = alive.iter().filter(same);
        match (fitting.next(), fitting.next()) {
            (Some(one), None) => return Judgement::Ours(one.clone()),
            (Some(first), Some(_)) => {
                let place = self.place_in_xero(both.key.0, first);
                both.problems.push(problem::of(Code::SeveralMatches, &facts).at(place));
                return Judgement::Taken;
            }
            (None, _) => {}
        }
        // Xero never gives the number of a voided or deleted sales invoice again.
        let burnt = dead.first().filter(|_| both.key.0 == Module::Invoices);
        let in_the_way = alive.first().map(|one| (Code::NumberTaken, one));
        if let Some((code, one)) = in_the_way.or_else(|| burnt.map(|one| (Code::NumberBurnt, one))) {
            both.problems.push(problem::of(code, &facts).at(self.place_in_xero(both.key.0, one)));
            Judgement::Taken
        } else {
            Judgement::None
        }
    }
}

enum Judgement {
    None,
    Taken,
    Ours(Value),
}
