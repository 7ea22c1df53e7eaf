//! The first link: a Xero record that no link leads to is about to become the record's partner.
//!
//! Number or name say that the two may be the same; what else both have says whether they are. Where that speaks against
//! it, somebody is asked, and until then nothing is linked. Where they are the same, neither side's values are written over
//! the other's: nobody has agreed on them yet.

use super::fields::line_key;
use super::work::{Work, document_lines, xero_id};
use super::{Inputs, back_pointer, locks, status};
use crate::api::Shown;
use crate::id::{XeroId, ZohoId};
use crate::link::FieldKey;
use crate::module::{Kind, Module};
use crate::names;
use crate::organisation::XeroOrganisation;
use crate::problem::{self, Place, Problem};
use crate::question::{Answer, Answerer, Candidate, Decision, Difference, Question, QuestionKind};
use crate::record::{Address, Document, Party, Record, Seen, decimal, tidy};
use crate::settings::SourceOfTruth;
use crate::totals::money;
use crate::xero;
use chrono::{Days, NaiveDate};
use serde_json::Value;
use std::collections::BTreeSet;

/// Why a Xero record that no link leads to may be the CRM record's partner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ground {
    /// It looks like it.
    Likeness,
    /// We have made one of the two from the other, and only the link was not saved.
    Ours,
    /// Somebody has said so, and whose values count where both have one.
    Word(SourceOfTruth),
}

/// What speaks against it that a document with the number and the party of another one is the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Misfit {
    /// Another total, or another currency.
    Total,
    /// Its date does not lie within the terms.
    Date,
    /// It was paid before the other one was made.
    Paid,
}

impl Misfit {
    /// As a sentence.
    fn words(self) -> &'static str {
        match self {
            Self::Total => "Its total is another one.",
            Self::Date => "Its date is not within the terms of this one.",
            Self::Paid => "It was paid before this one was made.",
        }
    }
}

/// Whether a Xero record says itself that it is this CRM record: only we write that.
pub(super) fn points_back(inputs: &Inputs<'_>, element: &Value, crm_id: Option<&ZohoId>) -> bool {
    let pointer = back_pointer(element, inputs.crm_organisation);
    pointer.is_some_and(|(module, id)| module == inputs.module && crm_id == Some(&id))
}

/// What speaks against it that a Xero document with the number and the party of the CRM's is the same one: suppliers use
/// numbers again, and Xero takes a bill's number as often as it comes. Empty when total and time fit, too.
///
/// The time fits when the document's date lies between the date and the due date of the CRM's, and it was not paid before
/// that date.
#[must_use]
pub fn misfits(inputs: &Inputs<'_>, element: &Value) -> BTreeSet<Misfit> {
    let work = Work::read(&Inputs { link: None, xero: None, ..*inputs }, Some(element));
    misfits_of(inputs, &work, element)
}

pub(super) fn misfits_of(inputs: &Inputs<'_>, work: &Work, element: &Value) -> BTreeSet<Misfit> {
    let mut found = BTreeSet::new();
    let (Record::Document(ours), Some(Record::Document(theirs))) = (&work.target.record, &work.xero) else {
        return found;
    };
    let total = |text: &str| text.parse::<rust_decimal::Decimal>().ok();
    let predicted = work.target.totals.as_ref().and_then(|totals| total(&totals.xero));
    let base = &inputs.xero_organisation.base_currency;
    let currency = |document: &Document| document.currency.get().unwrap_or(base).to_uppercase();
    if predicted.is_none() || predicted != theirs.total.get().copied() || currency(ours) != currency(theirs) {
        found.insert(Misfit::Total);
    }
    let made = ours.date.get().copied().or_else(|| day_of(&inputs.crm.record, "Created_Time"));
    let terms = Days::new(inputs.settings.documents.due_days.into());
    let due = ours.due_date.get().copied().or_else(|| made?.checked_add_days(terms));
    let within = |date: NaiveDate| made.is_none_or(|made| made <= date) && due.max(made).is_none_or(|due| date <= due);
    if !theirs.date.get().copied().is_some_and(within) {
        found.insert(Misfit::Date);
    }
    let payments = element.get("Payments").and_then(Value::as_array).into_iter().flatten();
    let paid = payments.filter_map(|payment| xero::day(payment, "Date")).chain(xero::day(element, "FullyPaidOnDate"));
    if paid.min().zip(made).is_some_and(|(paid, made)| paid < made) {
        found.insert(Misfit::Paid);
    }
    found
}

fn day_of(record: &Value, field: &str) -> Option<NaiveDate> {
    record.get(field).and_then(Value::as_str)?.get(..10)?.parse().ok()
}

/// Why a document may be another one than the Xero document that has its number and its party.
pub(super) fn document_in_doubt(inputs: &Inputs<'_>, work: &Work, element: &Value) -> Option<Problem> {
    let misfits = misfits_of(inputs, work, element);
    if misfits.is_empty() {
        return None;
    }
    let number = element.get("InvoiceNumber").and_then(tidy).unwrap_or_default();
    let reasons = misfits.iter().map(|misfit| misfit.words()).collect::<Vec<_>>();
    let place = locks::place(inputs.module, element, inputs.xero_organisation);
    let values = differences(inputs, work, &all_keys(work));
    Some(problem::document_in_doubt(work.name.clone(), number, reasons.join(" ")).at(place).asks(same(
        inputs,
        &[element],
        values,
    )))
}

/// All keys of both sides, in the order in which people expect them.
fn all_keys(work: &Work) -> Vec<FieldKey> {
    let mut keys = work.target_flat.order.clone();
    keys.extend(work.xero_flat.order.iter().filter(|key| !work.target_flat.cells.contains_key(*key)).cloned());
    keys
}

/// What both sides have where they differ, among these fields. What the settings have put in for the CRM is nobody's value.
pub(super) fn differences(inputs: &Inputs<'_>, work: &Work, keys: &[FieldKey]) -> Vec<Difference> {
    let mut found = Vec::new();
    for key in keys {
        let (ours, theirs) = (work.target_flat.cells.get(key), work.xero_flat.cells.get(key));
        let text = |cell: Option<&super::fields::Cell>| cell.and_then(|cell| cell.text.clone());
        let shown = |cell: Option<&super::fields::Cell>| cell.and_then(|cell| cell.shown.clone());
        let chosen_by_us = work.target.defaulted.contains(key)
            || matches!(key.as_str(), "line_amount_types" | "branding" | "website" | "party")
            || line_key(key).is_some_and(|(_, part)| matches!(part, "account_code" | "tax_type" | "code"));
        if chosen_by_us || text(ours) == text(theirs) {
            continue;
        }
        found.push(Difference {
            key: key.clone(),
            label: work.label(inputs, key),
            crm: shown(ours),
            xero: shown(theirs),
        });
    }
    found
}

/// The question which of these Xero records the CRM's is, if any.
///
/// What has to be unique in Xero (names, codes, the numbers of sales invoices) can't be sent as a record of its own.
#[must_use]
pub fn same(inputs: &Inputs<'_>, elements: &[&Value], values: Vec<Difference>) -> Question {
    let module = inputs.module;
    let known: Vec<(XeroId, &Value)> =
        elements.iter().filter_map(|element| Some((xero_id(module.kind(), element)?, *element))).collect();
    let candidates: Vec<Candidate> =
        known.iter().map(|(id, element)| candidate(module, id, element, inputs.xero_organisation)).collect();
    let link = |id: &XeroId, values| Decision::Link { xero_id: id.clone(), values, instead_of: None };
    let what = module.xero_singular();
    let mut choices = Vec::new();
    match known.as_slice() {
        [(id, element)] => {
            let same = format!("It is the same {what}; Xero's values count");
            choices.push(Answer::new(same, link(id, SourceOfTruth::Xero)));
            if takes_changes(inputs, element) {
                let same = format!("It is the same {what}; the CRM's values count");
                choices.push(Answer::new(same, link(id, SourceOfTruth::Crm)));
            }
        }
        several => {
            for ((id, _), candidate) in several.iter().zip(&candidates) {
                let marks = candidate.marks.iter().map(words).collect::<Vec<_>>();
                let label = [vec![candidate.name.clone()], marks].concat().join(", ");
                choices.push(Answer::new(format!("It is {label}"), link(id, SourceOfTruth::Xero)));
            }
        }
    }
    let free = match module.kind() {
        Kind::Document => module == Module::PurchaseOrders,
        Kind::Party => !known.iter().any(|(_, element)| is_named_so(inputs, element)),
        Kind::Item => false,
    };
    if free && inputs.direction.to_xero() {
        let not = known.iter().map(|(id, _)| id.clone()).collect();
        let label = format!("It is another {what}: send it to Xero as one of its own");
        choices.push(Answer::new(label, Decision::SendNew { not }));
    }
    let label = match known.len() {
        1 => format!("Is it the same {what}?"),
        _ => format!("Which {what} of Xero's is it?"),
    };
    question(inputs, QuestionKind::Same, label, candidates, values, choices)
}

/// Whether Xero takes the CRM's values: an answer that can't be carried out is not offered.
fn takes_changes(inputs: &Inputs<'_>, element: &Value) -> bool {
    inputs.direction.to_xero() && locks::lock(inputs.module, element, inputs.xero_organisation).is_none()
}

/// A question about the CRM's record.
pub(crate) fn question(
    inputs: &Inputs<'_>,
    kind: QuestionKind,
    label: String,
    candidates: Vec<Candidate>,
    values: Vec<Difference>,
    choices: Vec<Answer>,
) -> Question {
    let id = inputs.crm.record.get("id").and_then(tidy).and_then(|id| ZohoId::new(id).ok());
    let crm_id = inputs.link.map(|link| link.crm_id.clone()).or(id);
    Question {
        kind,
        module: inputs.module,
        // A record without an id is blocked before anything is asked about it.
        crm_id,
        label,
        candidates,
        values,
        choices,
        who: Answerer::Administrator,
    }
}

/// Whether a Xero contact has the name that the CRM's record would have there.
fn is_named_so(inputs: &Inputs<'_>, element: &Value) -> bool {
    let work = Work::read(&Inputs { link: None, xero: None, ..*inputs }, Some(element));
    let name = |flat: &super::fields::Flat| flat.cells.get("name").and_then(|cell| cell.text.clone());
    name(&work.target_flat).zip(name(&work.xero_flat)).is_some_and(|(ours, theirs)| names::same(&ours, &theirs))
}

/// A Xero record as a candidate.
#[must_use]
pub fn candidate(module: Module, id: &XeroId, element: &Value, organisation: &XeroOrganisation) -> Candidate {
    let state = xero::state(module, element, organisation, None);
    let text = |field: &str| element.get(field).and_then(tidy);
    let mut marks = Vec::new();
    match module.kind() {
        Kind::Document => {
            marks.extend(xero::day(element, "Date").map(|day| Shown::Day(day.to_string())));
            let total = element.get("Total").and_then(decimal).map(money);
            let currency = text("CurrencyCode").unwrap_or_else(|| organisation.base_currency.clone());
            marks.extend(total.map(|total| Shown::Money(total, currency)));
            marks.extend(locks::status(element).as_ref().map(status::words).map(Shown::Text));
        }
        Kind::Party => marks.extend(["EmailAddress", "TaxNumber"].into_iter().filter_map(text).map(Shown::Text)),
        Kind::Item => marks.extend(text("Name").map(Shown::Text)),
    }
    let place = Place { label: format!("Open {} in Xero", state.name), url: state.url };
    Candidate { id: id.to_string(), name: state.name, marks, place: Some(place) }
}

fn words(mark: &Shown) -> String {
    match mark {
        Shown::Text(text) | Shown::Number(text) | Shown::Day(text) => text.clone(),
        Shown::Money(amount, currency) => format!("{amount} {currency}"),
    }
}

/// What a first link of likeness comes to, once the fields are compared: why it is not made, or what is told of it.
/// `differing` are the fields in which both sides have a value of their own.
pub(super) fn judged(inputs: &Inputs<'_>, work: &Work, element: &Value, differing: &[FieldKey]) -> Option<Problem> {
    let id = xero_id(inputs.module.kind(), element)?;
    let place = locks::place(inputs.module, element, inputs.xero_organisation);
    let labels = |keys: &[FieldKey]| {
        let mut labels: Vec<String> = Vec::new();
        for key in keys {
            // Of lines it is enough that they differ.
            let label = if line_key(key).is_some() { "lines".to_owned() } else { work.label(inputs, key) };
            if !labels.contains(&label) {
                labels.push(label);
            }
        }
        labels.join(", ")
    };
    let doubts = match (&work.target.record, &work.xero) {
        (Record::Party(ours), Some(Record::Party(theirs))) => doubts(inputs.module, ours, theirs),
        _ => Vec::new(),
    };
    if !doubts.is_empty() {
        let values = differences(inputs, work, &all_keys(work));
        let told = problem::contact_in_doubt(work.name.clone(), labels(&doubts)).at(place);
        return Some(told.asks(same(inputs, &[element], values)));
    }
    let alike = |key: &FieldKey| {
        let text =
            |flat: &super::fields::Flat| flat.cells.get(key).and_then(|cell| cell.text.clone()).unwrap_or_default();
        inputs.module.kind() == Kind::Party && bare(&text(&work.target_flat)) == bare(&text(&work.xero_flat))
    };
    let differing: Vec<FieldKey> = differing.iter().filter(|key| !alike(key)).cloned().collect();
    if differing.is_empty() {
        return None;
    }
    let decides = |key: &FieldKey| matches!(key.as_str(), "date" | "due_date") || key.starts_with("lines.");
    let stops = inputs.module.kind() == Kind::Document && differing.iter().any(decides);
    let (name, fields) = (work.name.clone(), labels(&differing));
    let told = if stops { problem::document_differs(name, fields) } else { problem::values_differ(name, fields) };
    let values = values_of(inputs, work, &differing);
    Some(told.at(place).asks(whose(inputs, &id, element, values, stops)))
}

/// The differences, with lines that only one side has as one each.
fn values_of(inputs: &Inputs<'_>, work: &Work, keys: &[FieldKey]) -> Vec<Difference> {
    let mut found: Vec<Difference> = Vec::new();
    for key in keys {
        match line_key(key) {
            Some((line, _)) if !has_line(work, line, true) || !has_line(work, line, false) => {
                let key = format!("lines.{line}");
                if found.iter().any(|one| one.key == key) {
                    continue;
                }
                let text = |flat: &super::fields::Flat| {
                    flat.cells.get(&format!("{key}.description")).and_then(|cell| cell.shown.clone())
                };
                let (crm, xero) = (text(&work.target_flat), text(&work.xero_flat));
                let label = work.line_label(line);
                let missing = |there: bool, shown| if there { shown } else { None };
                let (ours, theirs) = (has_line(work, line, true), has_line(work, line, false));
                let told = |shown: Option<Shown>| Some(shown.unwrap_or_else(|| Shown::Text(label.clone())));
                let (crm, xero) = (missing(ours, told(crm)), missing(theirs, told(xero)));
                found.push(Difference { key, label: label.clone(), crm, xero });
            }
            _ => {
                let shown = |flat: &super::fields::Flat| flat.cells.get(key).and_then(|cell| cell.shown.clone());
                let (crm, xero) = (shown(&work.target_flat), shown(&work.xero_flat));
                found.push(Difference { key: key.clone(), label: work.label(inputs, key), crm, xero });
            }
        }
    }
    found
}

fn has_line(work: &Work, line: &str, ours: bool) -> bool {
    if ours {
        document_lines(&work.target.record).is_some() && work.target.line_keys.iter().any(|key| key == line)
    } else {
        work.xero_keys.iter().any(|key| key == line)
    }
}

fn whose(inputs: &Inputs<'_>, id: &XeroId, element: &Value, values: Vec<Difference>, stops: bool) -> Question {
    let link = |values| Decision::Link { xero_id: id.clone(), values, instead_of: None };
    let what = inputs.module.xero_singular();
    let mut choices = vec![Answer::new("Xero's values count", link(SourceOfTruth::Xero))];
    if takes_changes(inputs, element) {
        choices.push(Answer::new("The CRM's values count", link(SourceOfTruth::Crm)));
    }
    if stops && inputs.module == Module::PurchaseOrders && inputs.direction.to_xero() {
        let label = format!("It is another {what}: send it to Xero as one of its own");
        choices.push(Answer::new(label, Decision::SendNew { not: vec![id.clone()] }));
    }
    let candidates = vec![candidate(inputs.module, id, element, inputs.xero_organisation)];
    question(inputs, QuestionKind::Values, "Whose values count?".to_owned(), candidates, values, choices)
}

/// A contact that was merged into another one in Xero: whether the record goes with that one.
pub(super) fn merged(inputs: &Inputs<'_>, element: &Value, told: Problem) -> Problem {
    let into = element.get("MergedToContactID").and_then(tidy).and_then(|id| XeroId::new(id.to_lowercase()).ok());
    let Some(into) = into else { return told };
    let organisation = inputs.xero_organisation;
    let place = Place {
        label: "Open the contact that remained in Xero".to_owned(),
        url: xero::url(inputs.module, into.as_str(), organisation),
    };
    let remained = Candidate { id: into.to_string(), name: String::new(), marks: Vec::new(), place: Some(place) };
    let link = |values| Decision::Link { xero_id: into.clone(), values, instead_of: None };
    let choices = vec![
        Answer::new("The contact that remained; Xero's values count", link(SourceOfTruth::Xero)),
        Answer::new("The contact that remained; the CRM's values count", link(SourceOfTruth::Crm)),
        Answer::new("None: let the link go", Decision::Unlink),
    ];
    let label = "Which contact is it now?".to_owned();
    told.asks(question(inputs, QuestionKind::Merged, label, vec![remained], Vec::new(), choices))
}

/// By which fields two parties of one name are not the same person or company. Empty when nothing says so.
///
/// An e-mail address or a tax number that both have is as good as an answer: nobody else has it.
fn doubts(module: Module, ours: &Party, theirs: &Party) -> Vec<FieldKey> {
    let mut found = Vec::new();
    let (our_emails, their_emails) = (emails(ours), emails(theirs));
    let known = our_emails.iter().any(|email| their_emails.contains(email));
    let (our_tax, their_tax) =
        (ours.tax_number.get().map(|text| number(text)), theirs.tax_number.get().map(|text| number(text)));
    let registered = our_tax.as_ref().zip(their_tax.as_ref()).map(|(ours, theirs)| ours == theirs);
    let named = ours.name.get().zip(theirs.name.get()).is_none_or(|(ours, theirs)| names::same(ours, theirs));
    if !named {
        found.push("name".to_owned());
    }
    if registered == Some(false) {
        found.push("tax_number".to_owned());
    }
    if !found.is_empty() {
        return found;
    }
    if known || registered == Some(true) {
        return found;
    }
    let both = !our_emails.is_empty() && !their_emails.is_empty();
    if both && !(module != Module::Contacts && one_company(&our_emails, &their_emails)) {
        found.push("person.email".to_owned());
    }
    let (our_phones, their_phones) = (phones(ours), phones(theirs));
    if !our_phones.is_empty() && !their_phones.is_empty() && our_phones.is_disjoint(&their_phones) {
        found.push("phone".to_owned());
    }
    let of = |party: &Party| -> Vec<Address> {
        [&party.billing, &party.shipping].into_iter().filter(|address| is_address(address)).cloned().collect()
    };
    let (our_addresses, their_addresses) = (of(ours), of(theirs));
    let met = our_addresses.iter().any(|one| their_addresses.iter().any(|other| one_place(one, other)));
    if !our_addresses.is_empty() && !their_addresses.is_empty() && !met {
        found.push("billing.street".to_owned());
    }
    found
}

fn emails(party: &Party) -> BTreeSet<String> {
    let people = party.people.get().map(Vec::as_slice).unwrap_or_default();
    let all = people.iter().map(|person| &person.email).chain([&party.person.email]);
    all.filter_map(|email| email.get())
        .map(|email| email.trim().to_lowercase())
        .filter(|email| !email.is_empty())
        .collect()
}

/// Where everybody gets an address: it says nothing of a company.
const PUBLIC_MAIL: [&str; 22] = [
    "aol.com",
    "bigpond.com",
    "fastmail.com",
    "gmail.com",
    "gmx.com",
    "gmx.de",
    "gmx.net",
    "googlemail.com",
    "hotmail.com",
    "icloud.com",
    "live.com",
    "mail.com",
    "me.com",
    "msn.com",
    "optusnet.com.au",
    "outlook.com",
    "proton.me",
    "protonmail.com",
    "web.de",
    "xtra.co.nz",
    "yahoo.com",
    "zoho.com",
];

/// Whether two companies have addresses at one domain of their own.
fn one_company(ours: &BTreeSet<String>, theirs: &BTreeSet<String>) -> bool {
    let domains = |emails: &BTreeSet<String>| -> BTreeSet<String> {
        let domains = emails.iter().filter_map(|email| email.rsplit_once('@')).map(|(_, domain)| domain.to_owned());
        let public = |domain: &str| PUBLIC_MAIL.contains(&domain) || domain.starts_with("yahoo.");
        domains.filter(|domain| !public(domain)).collect()
    };
    !domains(ours).is_disjoint(&domains(theirs))
}

/// The figures by which a phone number is known: countries and trunks write what is before them in several ways.
const PHONE_FIGURES: usize = 8;

fn phones(party: &Party) -> BTreeSet<String> {
    let all = [&party.phone, &party.mobile, &party.direct].into_iter().filter_map(Seen::get);
    let figures = all.map(|phone| phone.chars().filter(char::is_ascii_digit).collect::<String>());
    let short = |figures: String| {
        let from = figures.len().saturating_sub(PHONE_FIGURES);
        figures.get(from..).unwrap_or_default().to_owned()
    };
    figures.filter(|figures| !figures.is_empty()).map(short).collect()
}

/// A tax number without blanks, dots and the letters that some write before it.
fn number(text: &str) -> String {
    let figures: String = text.chars().filter(char::is_ascii_digit).collect();
    if figures.len() > 5 { figures } else { bare(text) }
}

/// A text without case, accents, blanks and signs.
fn bare(text: &str) -> String {
    names::folded(text).chars().filter(|letter| letter.is_alphanumeric()).collect()
}

fn is_address(address: &Address) -> bool {
    [&address.street, &address.city, &address.postal_code].iter().any(|part| part.get().is_some())
}

/// Whether two addresses are one place, however they are written.
fn one_place(one: &Address, other: &Address) -> bool {
    let both = |part: fn(&Address) -> &Seen<String>| part(one).get().zip(part(other).get());
    let same = |pair: Option<(&String, &String)>| pair.map(|(one, other)| bare(one) == bare(other));
    let code = same(both(|address| &address.postal_code));
    let city = same(both(|address| &address.city));
    let street = both(|address| &address.street).map(|(one, other)| one_street(one, other));
    let town = code.or(city);
    town != Some(false) && street != Some(false) && (town.is_some() || street.is_some())
}

fn one_street(one: &str, other: &str) -> bool {
    let figures = |text: &str| -> BTreeSet<String> {
        let parts = text.split(|letter: char| !letter.is_ascii_digit());
        parts.filter(|part| !part.is_empty()).map(str::to_owned).collect()
    };
    let (ours, theirs) = (figures(one), figures(other));
    match ours.is_empty() || theirs.is_empty() {
        true => {
            let (one, other) = (bare(one), bare(other));
            one.contains(&other) || other.contains(&one)
        }
        false => ours.is_subset(&theirs) || theirs.is_subset(&ours),
    }
}
