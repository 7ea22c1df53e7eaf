//! A record that comes from Xero and has no partner in the CRM: what it becomes there.

use super::fields::{Words, flatten, label, line_key};
use super::settle::remember_print;
use super::work::{Work, XERO_SUFFIX, working_link, xero_id};
use super::{CrmSnapshot, Inputs, Settled, fingerprint, locks, status};
use crate::api::{Action, FieldChange, Shown, Why, Written};
use crate::id::{XeroId, ZohoId};
use crate::link::{FieldKey, Fingerprint, Link, LinkState};
use crate::module::{Kind, Module};
use crate::organisation::{CrmOrganisation, XeroOrganisation};
use crate::problem::{self, Problem};
use crate::record::{DocumentStatus, Record, boolean, decimal, tidy};
use crate::settings::{NeitherRule, Settings};
use crate::{xero, zoho};
use chrono::{DateTime, Utc};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Everything that an arrival is made from.
#[derive(Debug, Clone, Copy)]
pub struct ArrivalInputs<'a> {
    /// The pair.
    pub module: Module,
    /// The Xero record: of a single GET or of a page of a list, with `unitdp=4`.
    pub xero: &'a Value,
    /// What it points to in the CRM.
    pub references: &'a ArrivalReferences,
    /// The CRM organisation.
    pub crm_organisation: &'a CrmOrganisation,
    /// The Xero organisation.
    pub xero_organisation: &'a XeroOrganisation,
    /// What the administrator chose.
    pub settings: &'a Settings,
    /// The present instant.
    pub now: DateTime<Utc>,
}

/// What a Xero document points to, in the CRM. It has no default, like [`super::References`].
#[derive(Debug, Clone, PartialEq)]
pub struct ArrivalReferences {
    /// The account, contact or vendor.
    pub party: Option<(Module, ZohoId)>,
    /// By item code: the product.
    pub products: BTreeMap<String, ZohoId>,
    /// By account code (empty for lines without one): the product that stands for lines without an item code.
    pub services: BTreeMap<String, ZohoId>,
}

impl ArrivalReferences {
    /// It points to nothing, or nothing was looked up.
    pub const NOTHING: Self = Self { party: None, products: BTreeMap::new(), services: BTreeMap::new() };
}

/// What must be in the CRM before a document of Xero's.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum ArrivalDependency {
    /// The party, with its name.
    Party(Module, XeroId, String),
    /// The product of this item code.
    Item(String),
    /// The product for lines without an item code on this account; empty for lines without an account.
    Service(String),
}

/// What becomes of an arriving record.
#[derive(Debug, Clone, PartialEq)]
pub struct Arrival {
    /// Its name, code or number, for people.
    pub name: String,
    /// `Create`, `Skip` or `Blocked`.
    pub action: Action,
    /// Field by field, what the CRM's record gets.
    pub changes: Vec<FieldChange>,
    /// Warnings and errors.
    pub problems: Vec<Problem>,
    /// The CRM record, its Xero fields included; empty unless it is created.
    pub record: Map<String, Value>,
    /// The primary contact of an account or vendor, without the field that points to it.
    pub person: Option<Map<String, Value>>,
}

/// What becomes of a Xero record that has no partner in the CRM.
#[must_use]
pub fn arrive(inputs: &ArrivalInputs<'_>) -> Arrival {
    let name = name(inputs);
    if let Some(problem) = ended(inputs, &name) {
        return Arrival {
            name,
            action: Action::Skip,
            changes: Vec::new(),
            problems: vec![problem],
            record: Map::new(),
            person: None,
        };
    }
    let made = zoho::arrival(inputs);
    let place = || locks::place(inputs.module, inputs.xero, inputs.xero_organisation);
    let problems = made.problems.into_iter().map(|problem| match problem.place {
        None => problem.at(place()),
        Some(_) => problem,
    });
    let problems = problems.collect::<Vec<_>>();
    let (mut record, mut person) = (made.record, made.person);
    let changes = changes(inputs, &record, person.as_ref());
    let stopped = problems.iter().any(Problem::stops);
    if stopped {
        record.clear();
        person = None;
    } else {
        let state = xero::state(inputs.module, inputs.xero, inputs.xero_organisation, None);
        let known = inputs.crm_organisation.fields.get(&inputs.module).filter(|fields| !fields.is_empty());
        let exists = |name: &str| known.is_none_or(|fields| fields.iter().any(|field| field.api_name == name));
        let own = zoho::xero_fields(inputs.module, &state, inputs.now);
        record.extend(own.into_iter().filter(|(name, value)| exists(name) && !value.is_null()));
    }
    let action = if stopped { Action::Blocked } else { Action::Create };
    Arrival { name, action, changes, problems, record, person }
}

/// What people call the record in Xero.
fn name(inputs: &ArrivalInputs<'_>) -> String {
    match inputs.module.kind() {
        Kind::Item => text(inputs.xero, "Name").unwrap_or_else(|| xero::name(inputs.module, inputs.xero)),
        Kind::Party | Kind::Document => xero::name(inputs.module, inputs.xero),
    }
}

/// Why the record is not wanted in the CRM: it has come to its end in Xero before anybody there knew it.
fn ended(inputs: &ArrivalInputs<'_>, name: &str) -> Option<Problem> {
    match inputs.module.kind() {
        Kind::Party => locks::lock(inputs.module, inputs.xero, inputs.xero_organisation),
        Kind::Item => None,
        Kind::Document => has_ended(inputs.xero).then(|| {
            problem::ended_before_sync(name.to_owned()).at(locks::place(
                inputs.module,
                inputs.xero,
                inputs.xero_organisation,
            ))
        }),
    }
}

fn has_ended(element: &Value) -> bool {
    matches!(locks::status(element), Some(DocumentStatus::Voided | DocumentStatus::Deleted))
}

/// Field by field, what the CRM gets: its record is read as any other of the CRM's.
fn changes(
    inputs: &ArrivalInputs<'_>,
    record: &Map<String, Value>,
    person: Option<&Map<String, Value>>,
) -> Vec<FieldChange> {
    let (module, organisation) = (inputs.module, inputs.xero_organisation);
    let snapshot = CrmSnapshot {
        record: Value::Object(record.clone()),
        contacts: person.map(|person| Value::Object(person.clone())).into_iter().collect(),
        more_contacts: false,
    };
    let (ours, _) = zoho::read(module, &snapshot, inputs.crm_organisation, inputs.settings);
    let theirs = xero::read(module, inputs.xero);
    let keys = match &theirs {
        Record::Document(document) => (1..=super::fields::lines_of(document).len()).map(|at| at.to_string()).collect(),
        _ => Vec::new(),
    };
    let currency = match &theirs {
        Record::Document(document) => document.currency.get().map(String::as_str),
        _ => None,
    };
    let party = inputs.xero.pointer("/Contact/Name").and_then(Value::as_str);
    let words = Words { organisation, currency: currency.unwrap_or(organisation.base_currency.as_str()), party };
    let (ours, theirs) = (flatten(&ours, &keys, words), flatten(&theirs, &keys, words));
    let mut changes = Vec::new();
    for key in &ours.order {
        let xero = theirs.cells.get(key).and_then(|cell| cell.shown.clone());
        let of_line = |wanted: &str| line_key(key).is_some_and(|(_, part)| part == wanted);
        // The row points to the product, and the product has the code.
        let result =
            if of_line("code") { xero.clone() } else { ours.cells.get(key).and_then(|cell| cell.shown.clone()) };
        // With one currency only, the CRM has no field for it.
        let implied = key == "currency" && !inputs.crm_organisation.multi_currency;
        if result.is_some() && !implied {
            changes.push(new(module, key, xero, result));
        }
    }
    if let Some(word) = record.get("Status").and_then(Value::as_str) {
        let at = changes.iter().take_while(|one| matches!(one.key.as_str(), "number" | "party")).count();
        let theirs = locks::status(inputs.xero).map(|status| Shown::Text(status::words(&status)));
        changes.insert(at, new(module, "status", theirs, Some(Shown::Text(word.to_owned()))));
    }
    changes
}

fn new(module: Module, key: &str, xero: Option<Shown>, result: Option<Shown>) -> FieldChange {
    FieldChange {
        key: key.to_owned(),
        label: label(module, key, |line| format!("Line {line}")),
        crm: None,
        xero,
        result,
        written: Written::Crm,
        why: Why::New,
    }
}

/// What must be in the CRM before a Xero document: its party first, then each product of its lines once. Empty for
/// contacts and items, and for documents that are voided or deleted and so do not come to the CRM.
#[must_use]
pub fn arrival_dependencies(module: Module, xero: &Value) -> Vec<ArrivalDependency> {
    let party = match module {
        Module::Invoices => Module::Accounts,
        Module::PurchaseOrders => Module::Vendors,
        _ => return Vec::new(),
    };
    if has_ended(xero) {
        return Vec::new();
    }
    let contact = xero.get("Contact").unwrap_or(&Value::Null);
    let id = text(contact, "ContactID").and_then(|id| XeroId::new(id).ok());
    let mut found = Vec::new();
    if let Some(id) = id {
        let name = text(contact, "Name").unwrap_or_else(|| id.as_str().to_owned());
        found.push(ArrivalDependency::Party(party, id, name));
    }
    for row in xero.get("LineItems").and_then(Value::as_array).into_iter().flatten() {
        let wanted = match text(row, "ItemCode") {
            Some(code) => ArrivalDependency::Item(code),
            None => ArrivalDependency::Service(text(row, "AccountCode").unwrap_or_default()),
        };
        if !found.contains(&wanted) {
            found.push(wanted);
        }
    }
    found
}

/// Which pair a Xero record belongs to in the CRM when it has no link: contacts by what Xero knows of them, items,
/// invoices, bills.
///
/// # Errors
/// `ContactNeither` where a contact is neither customer nor supplier and the settings leave such contacts alone.
pub fn home(resource: &str, xero: &Value, settings: &Settings) -> Result<Module, Problem> {
    match resource {
        "Items" => return Ok(Module::Products),
        "Invoices" if text(xero, "Type").as_deref() == Some("ACCPAY") => return Ok(Module::PurchaseOrders),
        "Invoices" => return Ok(Module::Invoices),
        _ => {}
    }
    let is = |field: &str| xero.get(field).and_then(boolean).unwrap_or_default();
    match settings.parties.neither {
        _ if is("IsCustomer") => Ok(Module::Accounts),
        _ if is("IsSupplier") => Ok(Module::Vendors),
        NeitherRule::Account => Ok(Module::Accounts),
        NeitherRule::Vendor => Ok(Module::Vendors),
        NeitherRule::Skip => Err(problem::contact_neither(text(xero, "Name").unwrap_or_default())),
    }
}

/// The CRM record that a Xero record itself names: by its `ContactNumber` (`zcrm:a:<id>`) or by its `Url`, which
/// points to a record of this CRM organisation.
#[must_use]
pub fn back_pointer(xero: &Value, organisation: &CrmOrganisation) -> Option<(Module, ZohoId)> {
    if let Some(number) = text(xero, "ContactNumber") {
        let (letter, id) = number.strip_prefix("zcrm:")?.split_once(':')?;
        let module = match letter {
            "a" => Module::Accounts,
            "v" => Module::Vendors,
            "c" => Module::Contacts,
            _ => return None,
        };
        return Some((module, ZohoId::new(id).ok()?));
    }
    let url = text(xero, "Url")?;
    let page = url.strip_prefix(organisation.web_url.trim_end_matches('/'))?.strip_prefix("/tab/")?;
    let (tab, rest) = page.split_once('/')?;
    let id = rest.split(['/', '?', '#']).next()?;
    let module = Module::from_api_name(tab)?;
    let kind = match text(xero, "Type").as_deref() {
        Some("ACCREC") => module == Module::Invoices,
        Some("ACCPAY") => module == Module::PurchaseOrders,
        _ => module.kind() == Kind::Document,
    };
    Some((module, ZohoId::new(id).ok()?)).filter(|_| kind)
}

fn text(element: &Value, field: &str) -> Option<String> {
    element.get(field).and_then(tidy)
}

/// The link of a record that came from Xero: both sides agree as they stand, however the CRM shows Xero's values.
/// `inputs.crm` is the record as it was read after it was created, `inputs.xero` the record it was made from. The CRM
/// has its Xero fields already, so nothing is to be told.
#[must_use]
pub fn settle_arrival(inputs: &Inputs<'_>) -> Settled {
    let element = inputs.xero.unwrap_or(&Value::Null);
    let record = &inputs.crm.record;
    let crm_id = inputs.link.map(|link| link.crm_id.clone()).or_else(|| ZohoId::new(text(record, "id")?).ok());
    let fresh = Link { fingerprints: BTreeMap::new(), ..working_link(inputs, crm_id.as_ref(), lines(inputs, element)) };
    let work = Work::read(&Inputs { link: Some(&fresh), ..*inputs }, Some(element));
    let id = xero_id(inputs.module.kind(), element).or_else(|| fresh.xero_id.clone());
    let modified = |record: &Value| {
        let time = DateTime::parse_from_rfc3339(&text(record, "Modified_Time")?).ok()?;
        Some(time.to_utc())
    };
    let mut fingerprints = agreed(inputs, element, &work);
    remember_print(inputs, element, &mut fingerprints);
    let link = Link {
        state: if id.is_some() { LinkState::Linked } else { LinkState::Creating },
        xero_id: id,
        natural_key: natural_key(inputs.module, element, &work),
        fingerprints,
        crm_modified: modified(record),
        contacts_modified: inputs.crm.contacts.iter().filter_map(modified).max(),
        xero_updated: xero::modified(element),
        synced_at: Some(inputs.now),
        ..fresh
    };
    Settled { link, crm_fields: Map::new(), problems: totals(inputs, element).into_iter().collect() }
}

/// The CRM's rows were made of Xero's lines in their order.
fn lines(inputs: &Inputs<'_>, element: &Value) -> BTreeMap<String, String> {
    let rows = inputs.module.lines_field().and_then(|field| inputs.crm.record.get(field)).and_then(Value::as_array);
    let theirs = element.get("LineItems").and_then(Value::as_array);
    let pairs = rows.into_iter().flatten().zip(theirs.into_iter().flatten());
    pairs.filter_map(|(row, line)| Some((text(row, "id")?, text(line, "LineItemID")?))).collect()
}

fn natural_key(module: Module, element: &Value, work: &Work) -> String {
    let own = match module.kind() {
        Kind::Party => None,
        Kind::Item => text(element, "Code"),
        Kind::Document => text(element, "InvoiceNumber"),
    };
    own.unwrap_or_else(|| xero::natural_key(module, work.link.crm_id.as_str(), &work.target.record))
}

/// Every field that is compared, as both sides have it now.
fn agreed(inputs: &Inputs<'_>, element: &Value, work: &Work) -> BTreeMap<FieldKey, Fingerprint> {
    let mut prints = BTreeMap::new();
    let mut remember = |key: &str, ours: Option<&str>, theirs: Option<&str>| {
        if ours.is_none() && theirs.is_none() {
            return;
        }
        prints.insert(key.to_owned(), work.fingerprint(inputs, key, ours.unwrap_or_default()));
        if ours != theirs {
            let other = format!("{key}{XERO_SUFFIX}");
            let print = work.fingerprint(inputs, key, theirs.unwrap_or_default());
            prints.insert(other, print);
        }
    };
    // A line that only one side has is not agreed.
    let shared = |key: &str| line_key(key).is_none_or(|(line, _)| work.xero_keys.iter().any(|known| known == line));
    for (key, cell) in work.target_flat.cells.iter().filter(|(key, _)| shared(key)) {
        let theirs = work.xero_flat.cells.get(key).and_then(|cell| cell.text.as_deref());
        remember(key, cell.text.as_deref(), theirs);
    }
    let order = work.target.line_keys.iter().filter(|key| work.xero_keys.contains(key)).cloned();
    let order = order.collect::<Vec<_>>().join(",");
    if !order.is_empty() {
        remember("lines.order", Some(&order), Some(&order));
    }
    if let Record::Document(document) = &work.crm {
        let present = document.status.get().map(String::as_str);
        if let (Some(ours), Some(theirs)) = (status::crm_word(inputs, present), locks::status(element)) {
            remember("status", Some(ours), Some(status::xero_word(inputs, &theirs)));
        }
        if !document.adjustment.is_zero() {
            let adjustment = document.adjustment.normalize().to_string();
            remember(zoho::TAX_ADJUSTMENT, Some(&adjustment), Some(&adjustment));
        }
    }
    prints
}

/// The CRM's own total beside Xero's.
fn totals(inputs: &Inputs<'_>, element: &Value) -> Option<Problem> {
    if inputs.module.kind() != Kind::Document {
        return None;
    }
    let crm = inputs.crm.record.get("Grand_Total").and_then(decimal)?;
    let total = element.get("Total").and_then(decimal)?;
    let count = element.get("LineItems").and_then(Value::as_array).map_or(0, Vec::len);
    let currency = text(element, "CurrencyCode").unwrap_or_else(|| inputs.xero_organisation.base_currency.clone());
    let problem = zoho::total_problem(&currency, crm, total, count)?;
    Some(problem.at(locks::place(inputs.module, element, inputs.xero_organisation)))
}

/// Whether the CRM's adjustment is the tax of a document that came from Xero, which Xero has in its lines already.
#[must_use]
pub(crate) fn stands_for_tax(inputs: &Inputs<'_>, adjustment: rust_decimal::Decimal) -> bool {
    inputs.link.is_some_and(|link| {
        let text = adjustment.normalize().to_string();
        let now = fingerprint(inputs.fingerprint_key, inputs.module, &link.crm_id, zoho::TAX_ADJUSTMENT, &text);
        link.fingerprints.get(zoho::TAX_ADJUSTMENT) == Some(&now)
    })
}
