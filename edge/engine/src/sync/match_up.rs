//! Finding a record's partner in Xero where no link leads to it: by its natural key, then by name, code or number.
//!
//! A single match comes to the planner, which says whether it is the same record, unless it is another one's
//! ([`super::owner`]). Several are a question; nothing is guessed.

use super::both::{Both, resource, xero_id};
use super::context::Context;
use crate::access::Refusal;
use crate::store::links::OfXero;
use chrono::{DateTime, TimeDelta};
use ports::Ports;
use serde_json::Value;
use shared::id::{XeroId, ZohoId};
use shared::link::LinkState;
use shared::module::{Kind, Module};
use shared::names;
use shared::plan::{Ground, Plan, References};
use shared::problem::{self, Code, Problem};
use shared::question::{Answer, Answerer, Candidate, Decision, Question, QuestionKind};
use shared::settings::{MatchRule, SourceOfTruth};
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
        let settled = both.link.as_ref().is_some_and(|link| link.state != LinkState::Creating);
        if both.xero.is_some() || settled || both.is_doubted() || plan.natural_key.is_empty() {
            return Ok(false);
        }
        let unsettled = both.link.is_some();
        let module = both.key.0;
        let by_email = self.settings.parties.matching == MatchRule::NameThenEmail && module.kind() == Kind::Party;
        // Xero's own uniqueness rule knows a name as it is written only.
        let peculiar = module.kind() == Kind::Party && names::is_peculiar(&self.name_at_xero(plan));
        let wanted = unsettled || lookups == Lookups::All || module == Module::PurchaseOrders || by_email || peculiar;
        if !wanted {
            return Ok(false);
        }
        let found = self.found.borrow_mut().remove(&both.key);
        let candidates = match found {
            Some(found) => found,
            None => match self.candidates(both, references, plan, unsettled).await {
                Ok(candidates) => candidates,
                Err(error) => return Err(self.clients.refuse(error).await),
            },
        };
        let found = self.choose(both, candidates, references, plan).await?;
        Ok(found || self.suggest_by_email(both, plan).await?)
    }

    /// Looks for several records at once by what names them, so that whose partners those are that are found is asked in one
    /// statement.
    pub(super) async fn find_candidates<'o>(
        &self,
        open: impl IntoIterator<Item = (&'o Both, &'o References, &'o Plan)>,
    ) -> Result<(), Refusal> {
        let mut ids = Vec::new();
        for (both, references, plan) in open {
            if both.xero.is_some() || both.is_doubted() || plan.natural_key.is_empty() {
                continue;
            }
            match self.candidates(both, references, plan, both.link.is_some()).await {
                Ok(found) => {
                    ids.extend(found.iter().filter_map(|one| xero_id(both.key.0, one)));
                    self.found.borrow_mut().insert(both.key.clone(), found);
                }
                Err(error) => return Err(self.clients.refuse(error).await),
            }
        }
        self.learn_links(ids).await
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
                    let mut ours = xero.find_contact_by_contact_number(&plan.natural_key).await?;
                    // One that it is not, as somebody has said, bears its number still.
                    ours.retain(|one| !both.is_not(one));
                    if !ours.is_empty() {
                        return Ok(ours);
                    }
                }
                let named = xero.find_contacts_named(&self.name_at_xero(plan)).await?.into_iter();
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

    /// Takes the one that may be it, or says why none can be taken. Whether it is the same record is the planner's business.
    async fn choose(
        &self,
        both: &mut Both,
        candidates: Vec<Value>,
        references: &References,
        plan: &Plan,
    ) -> Result<bool, Refusal> {
        let module = both.key.0;
        let mut candidates: Vec<Value> = candidates.into_iter().filter(|one| !both.is_not(one)).collect();
        let mut known = None;
        let facts = self.facts_of(both, plan);
        if module.kind() == Kind::Document {
            match self.judge_documents(both, candidates, references, plan).await? {
                Judgement::None => return Ok(false),
                Judgement::Taken => return Ok(true),
                Judgement::Some(some, links) => (candidates, known) = (some, links),
            }
        }
        match candidates.as_slice() {
            [] => Ok(false),
            [one] => {
                let free = match &known {
                    Some(links) => self.may_have_of(both, one, links).await?,
                    None => self.may_have(both, one).await?,
                };
                if free {
                    both.xero = Some(self.whole(module, one.clone()).await?);
                    both.believed = true;
                    if one_of_ours(both, one) {
                        both.ground = Ground::Ours;
                    }
                }
                Ok(true)
            }
            [first, ..] => {
                let problem = problem::of(Code::SeveralMatches, &facts).at(self.place_in_xero(module, first));
                let elements: Vec<&Value> = candidates.iter().collect();
                let question = shared::plan::same(&self.inputs(both, references), &elements, Vec::new());
                both.problems.push(problem.asks(question));
                Ok(true)
            }
        }
    }

    /// What names a record that has no partner yet, as far as the reader is shown it.
    fn facts_of(&self, both: &Both, plan: &Plan) -> Vec<(&'static str, String)> {
        let number = self.shows(both, "number").then(|| ("number", plan.natural_key.clone()));
        std::iter::once(("name", both.name.clone())).chain(number).collect()
    }

    /// Two CRM records have the name or code of the one Xero record: which of them it is, the CRM's people know.
    pub(super) fn shared_by_two(&self, both: &Both, id: &XeroId, element: &Value, other: &ZohoId) -> Problem {
        let (module, own) = &both.key;
        let field = if module.kind() == Kind::Item { "code" } else { "name" };
        let value = match module.kind() {
            Kind::Item => both.snapshot.record.get("Product_Code").and_then(Value::as_str).unwrap_or_default(),
            Kind::Party | Kind::Document => &both.name,
        };
        let value = if self.shows(both, field) { value } else { "" };
        let kind = module.api_name().replace('_', " ").to_lowercase();
        let facts = [
            ("name", both.name.clone()),
            ("field", field.to_owned()),
            ("value", value.to_owned()),
            ("kind", kind),
            ("module", module.singular().to_owned()),
        ];
        let place = |id: &ZohoId, which: &str| {
            let label = format!("Open {which} {} in the CRM", module.singular());
            problem::place_crm(&self.lists.crm, *module, id, label)
        };
        let candidate = |id: &ZohoId, which: &str| Candidate {
            id: id.to_string(),
            name: if id == own { both.name.clone() } else { format!("the other {}", module.singular()) },
            marks: Vec::new(),
            place: Some(place(id, which)),
        };
        let xero = shared::plan::candidate(*module, id, element, &self.lists.xero);
        let link = |values| Decision::Link { xero_id: id.clone(), values, instead_of: Some(other.clone()) };
        let question = Question {
            kind: QuestionKind::Holder,
            module: *module,
            crm_id: Some(own.clone()),
            label: format!("Which {} is \"{}\" in Xero?", module.singular(), xero.name),
            candidates: vec![candidate(own, "this"), candidate(other, "the other"), xero],
            values: Vec::new(),
            choices: vec![
                Answer::new("This one instead of the other; Xero's values count", link(SourceOfTruth::Xero)),
                Answer::new("This one instead of the other; the CRM's values count", link(SourceOfTruth::Crm)),
                Answer::new("The other one: leave this one alone", Decision::Unlink),
            ],
            who: Answerer::Administrator,
        };
        problem::of(Code::SharedByTwo, &facts).at(self.place_of_another(*module, other)).asks(question)
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

    /// A document with this number is ours when it points back to our record. When it was typed by hand, the same contact,
    /// total and time say so; what fits less is asked about. One that belongs to another CRM record is no candidate at all.
    async fn judge_documents(
        &self,
        both: &mut Both,
        candidates: Vec<Value>,
        references: &References,
        plan: &Plan,
    ) -> Result<Judgement, Refusal> {
        if candidates.is_empty() {
            return Ok(Judgement::None);
        }
        let module = both.key.0;
        let url = plan.xero_write.as_ref().and_then(|write| write.body.get("Url")).cloned();
        let status = |one: &Value| one.get("Status").and_then(Value::as_str).unwrap_or_default().to_owned();
        let (dead, alive): (Vec<Value>, Vec<Value>) =
            candidates.into_iter().partition(|one| matches!(status(one).as_str(), "VOIDED" | "DELETED"));
        let points_back = |one: &&Value| url.is_some() && one.get("Url") == url.as_ref();
        if let Some(ours) = alive.iter().find(points_back) {
            return Ok(Judgement::Some(vec![ours.clone()], None));
        }
        let ids: Vec<XeroId> = alive.iter().filter_map(|one| xero_id(module, one)).collect();
        let links = self.links_of(&ids).await?;
        let is_held = |one: &Value| {
            let id = xero_id(module, one);
            links.held.iter().any(|link| link.module == module && link.crm_id != both.key.1 && link.xero_id == id)
        };
        let (of_others, free): (Vec<Value>, Vec<Value>) = alive.into_iter().partition(is_held);
        let of_the_party = |one: &Value| {
            let contact = one.pointer("/Contact/ContactID").and_then(Value::as_str);
            references.party.as_ref().is_some_and(|party| contact == Some(party.as_str()))
        };
        let (own, strange): (Vec<Value>, Vec<Value>) = free.into_iter().partition(of_the_party);
        let fits = |one: &&Value| shared::plan::misfits(&self.inputs(both, references), one).is_empty();
        let fitting: Vec<Value> = own.iter().filter(fits).cloned().collect();
        match (fitting.is_empty(), own.is_empty()) {
            (false, _) => return Ok(Judgement::Some(fitting, Some(links))),
            (true, false) => return Ok(Judgement::Some(own, Some(links))),
            (true, true) => {}
        }
        if references.party.is_none() && !references.waiting.is_empty() {
            // It waits for its customer anyway, and whose the number is can't be told before.
            return Ok(Judgement::None);
        }
        let facts = self.facts_of(both, plan);
        if module == Module::PurchaseOrders {
            // Xero takes a bill's number as often as it comes.
            if let Some(one) = of_others.first() {
                let told = problem::of(Code::BillNumberAgain, &facts).at(self.place_in_xero(module, one));
                if !both.problems.contains(&told) {
                    both.problems.push(told);
                }
            }
            return Ok(Judgement::None);
        }
        // Xero never gives the number of a voided or deleted sales invoice again.
        let in_the_way = of_others.first().or(strange.first()).map(|one| (Code::NumberTaken, one));
        let burnt = dead.first().map(|one| (Code::NumberBurnt, one));
        let Some((code, one)) = in_the_way.or(burnt) else { return Ok(Judgement::None) };
        both.problems.push(problem::of(code, &facts).at(self.place_in_xero(module, one)));
        Ok(Judgement::Taken)
    }
}

/// Whether an attempt of ours before made an item, and only that could not be noted: it is younger than the intent. Contacts
/// and documents that we make say so themselves: they point back.
fn one_of_ours(both: &Both, element: &Value) -> bool {
    if both.key.0.kind() != Kind::Item {
        return false;
    }
    let intent = both.link.as_ref().filter(|link| link.state == LinkState::Creating && link.xero_id.is_none());
    // Somebody's word alone is no intent.
    let intent = intent.filter(|link| !link.natural_key.is_empty());
    let since = intent.and_then(|link| DateTime::from_timestamp_millis(link.generation));
    // Xero counts in seconds.
    since.zip(shared::xero::modified(element)).is_some_and(|(since, there)| there + TimeDelta::seconds(1) > since)
}

enum Judgement {
    None,
    Taken,
    /// These come into question; with the links of them all, where those have been read.
    Some(Vec<Value>, Option<OfXero>),
}
