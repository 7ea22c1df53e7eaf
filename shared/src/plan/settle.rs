//! After Xero's answer: what is remembered, and what the CRM is told.

use super::tell::SYNCED_AT;
use super::work::{Work, XERO_SUFFIX, told, xero_id};
use super::{Inputs, Plan, Settled, fingerprint, status};
use crate::api::{Action, FieldChange, Written, XeroState};
use crate::link::{FieldKey, Fingerprint, Link, LinkState};
use crate::module::Kind;
use crate::problem::{self, Context, Problem, Severity};
use crate::record::{DocumentStatus, Record, decimal};
use crate::totals;
use crate::web_link::WebLink;
use crate::xero;
use crate::zoho;
use chrono::DateTime;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// Under this key a link knows the customer's pay page: by its fingerprint, as of every value.
const PAY_PAGE: &str = "online_invoice";

/// The page on which a customer pays, as the CRM's record has it: only the one that Xero has told, never one that was typed
/// over it.
#[must_use]
pub fn pay_page(inputs: &Inputs<'_>) -> Option<WebLink> {
    let link = inputs.link?;
    let told = inputs.crm.record.get("Xero_Online_Invoice")?.as_str()?;
    let print = fingerprint(inputs.fingerprint_key, inputs.module, &link.crm_id, PAY_PAGE, told);
    WebLink::of_xero(told).filter(|_| link.fingerprints.get(PAY_PAGE) == Some(&print))
}

/// Turns Xero's answer into the new link and the fields for the CRM's record.
///
/// `inputs` and `plan` are those of the plan that was carried out; `answer` is the element that Xero answered with, or
/// Xero's record as it was read where nothing was sent. The link keeps the generation of the one before. Where nothing
/// is left to do on either side and the CRM is told nothing, its echo guard is the record's own `Modified_Time`. An
/// answer without an id leaves the link in state `Creating`, with a problem that says so.
#[must_use]
pub fn settle(inputs: &Inputs<'_>, plan: &Plan, answer: &Value, online_invoice: Option<&WebLink>) -> Settled {
    let element = whole(inputs, plan, answer);
    let work = Work::read(inputs, Some(&element));
    let mut problems = Vec::new();
    let id = xero_id(inputs.module.kind(), &element)
        .or_else(|| inputs.link.and_then(|link| link.xero_id.clone()))
        .or_else(|| plan.xero_write.as_ref().and_then(|write| write.id.clone()));
    if id.is_none() {
        problems.push(problem::outcome_unknown(Some(plan.name.clone())));
    }
    let state = state_of(inputs, &element, online_invoice);
    let own = zoho::xero_fields(inputs.module, &state, inputs.now);
    let crm_fields = crm_fields(inputs, plan, own);
    problems.extend(surprises(inputs, plan, &element));
    problems.extend(warnings(inputs, plan, answer, &state.url));
    let meanwhile = changed_meanwhile(inputs, plan, &work);
    let mut fingerprints = fingerprints(inputs, plan, &work, &meanwhile);
    if !meanwhile.is_empty() {
        // The next list shows the record as changed.
        fingerprints.remove(XERO_SUFFIX);
    } else if plan.action != Action::Blocked {
        remember_print(inputs, &element, &mut fingerprints);
    }
    if let Record::Party(target) = &work.target.record {
        fingerprints.retain(|key, _| !key.starts_with(xero::PEOPLE));
        fingerprints.extend(xero::people_prints(inputs, &work.link, target, &element));
    }
    if let Some(page) = &state.online_invoice {
        fingerprints.insert(PAY_PAGE.to_owned(), work.fingerprint(inputs, PAY_PAGE, page.as_str()));
    } else {
        fingerprints.remove(PAY_PAGE);
    }
    let quiet = crm_fields.is_empty() && plan.person.is_none();
    let ended = !matches!(plan.action, Action::Blocked | Action::Skip);
    let seen = if quiet && ended { zoho::modified(&inputs.crm.record) } else { None };
    let link = Link {
        state: if id.is_some() { LinkState::Linked } else { LinkState::Creating },
        xero_id: id,
        natural_key: natural_key(inputs, plan, &element),
        lines: kept_lines(plan, &work),
        fingerprints,
        crm_modified: seen.or(work.link.crm_modified),
        xero_updated: xero::modified(&element).or(work.link.xero_updated),
        synced_at: Some(inputs.now),
        ..work.link
    };
    Settled { link, crm_fields, problems }
}

/// The link as it must be kept until the CRM has taken what it is told: of what comes to the CRM nothing is agreed yet.
/// A push that is cut off there would otherwise take the CRM's old values for new ones. `settled` is the link that
/// [`settle`] gave.
#[must_use]
pub fn until_told(inputs: &Inputs<'_>, plan: &Plan, settled: &Link) -> Link {
    let before = |key: &str| inputs.link.and_then(|link| link.fingerprints.get(key));
    let mut link = settled.clone();
    let mut restore = |key: &str| {
        match before(key) {
            Some(print) => link.fingerprints.insert(key.to_owned(), print.clone()),
            None => link.fingerprints.remove(key),
        };
    };
    let mut gone = Vec::new();
    for change in plan.changes.iter().filter(|change| change.written == Written::Crm) {
        restore(&change.key);
        restore(&format!("{}{XERO_SUFFIX}", change.key));
        gone.extend(line_of_crm(change));
    }
    restore(XERO_SUFFIX);
    for line in gone {
        let prefix = format!("lines.{line}.");
        let Some(old) = inputs.link else { continue };
        link.lines.extend(old.lines.get_key_value(line).map(|(key, id)| (key.clone(), id.clone())));
        let prints = old.fingerprints.iter().filter(|(key, _)| key.starts_with(&prefix));
        link.fingerprints.extend(prints.map(|(key, print)| (key.clone(), print.clone())));
    }
    link.crm_modified = None;
    link.xero_updated = inputs.link.and_then(|link| link.xero_updated);
    link
}

/// The line that goes from the CRM or comes there again, where a change says that one does. Its link goes with it.
fn line_of_crm(change: &FieldChange) -> Option<&str> {
    let line = change.key.strip_prefix("lines.").filter(|_| change.written == Written::Crm)?;
    let whole = super::fields::line_key(&change.key).is_none_or(|(_, part)| !is_part(part));
    (whole && line != "order").then_some(line)
}

/// Whether a key ends in a part of a line, and so does not mean the line as a whole.
fn is_part(part: &str) -> bool {
    matches!(part, "code" | "description" | "quantity" | "unit_price" | "discount" | "account_code" | "tax_type")
}

/// Remembers Xero's record as it is now, so that a page of a list tells whether it has changed.
pub(super) fn remember_print(inputs: &Inputs<'_>, element: &Value, prints: &mut BTreeMap<FieldKey, Fingerprint>) {
    let print = super::xero_print(inputs.fingerprint_key, inputs.module, element);
    prints.insert(XERO_SUFFIX.to_owned(), print);
}

/// What Xero knows of a record, as the CRM is told it.
pub(super) fn state_of(inputs: &Inputs<'_>, element: &Value, online_invoice: Option<&WebLink>) -> XeroState {
    let mut state = xero::state(inputs.module, element, inputs.xero_organisation, online_invoice);
    if matches!(state.status.as_deref(), Some("VOIDED" | "DELETED")) && state.amount_due.is_some() {
        // The answer to a void still shows what was due before.
        state.amount_due = Some(totals::money(rust_decimal::Decimal::ZERO));
    }
    state
}

/// The answer, completed by what was read before: answers to writes leave out payments and credits.
fn whole(inputs: &Inputs<'_>, plan: &Plan, answer: &Value) -> Value {
    match (inputs.xero, answer, &plan.xero_write) {
        (Some(Value::Object(before)), Value::Object(after), Some(_)) => {
            let mut element = before.clone();
            element.extend(after.iter().map(|(key, value)| (key.clone(), value.clone())));
            Value::Object(element)
        }
        _ => answer.clone(),
    }
}

/// Items are found again by the code that they have in Xero now, the others as the plan has it.
fn natural_key(inputs: &Inputs<'_>, plan: &Plan, element: &Value) -> String {
    let code = element.get("Code").and_then(Value::as_str).filter(|code| !code.is_empty());
    match (inputs.module.kind(), code) {
        (Kind::Item, Some(code)) => code.to_owned(),
        _ if plan.natural_key.is_empty() => inputs.link.map(|link| link.natural_key.clone()).unwrap_or_default(),
        _ => plan.natural_key.clone(),
    }
}

/// The lines that either side still has. A line that was deleted in Xero and stays in the CRM is remembered, so that it
/// is not taken for a new one.
fn kept_lines(plan: &Plan, work: &Work) -> BTreeMap<String, String> {
    work.link
        .lines
        .iter()
        .filter(|(key, _)| is_kept(plan, work, key))
        .map(|(key, id)| (key.clone(), id.clone()))
        .collect()
}

fn is_kept(plan: &Plan, work: &Work, line: &str) -> bool {
    let written = || plan.changes.iter().any(|change| line_of_crm(change) == Some(line));
    let known = |keys: &[String]| keys.iter().any(|key| key == line);
    work.xero_keys.is_empty() || ((known(&work.xero_keys) || known(&work.target.line_keys)) && !written())
}

/// What somebody changed in Xero between the reading and the write: the answer shows it, and the plan did not know it.
/// It is not agreed, so that the next plan brings it.
fn changed_meanwhile(inputs: &Inputs<'_>, plan: &Plan, work: &Work) -> BTreeSet<FieldKey> {
    let Some(before) = inputs.xero.filter(|_| plan.xero_write.is_some()) else { return BTreeSet::new() };
    let planned = Work::read(inputs, Some(before));
    let sent = |key: &str| {
        let line = super::fields::line_key(key).map(|(line, _)| format!("lines.{line}"));
        plan.changes.iter().filter(|change| change.written == Written::Xero).any(|change| {
            // What is sent of a line may change its other parts as well: Xero keeps them in step.
            change.key == key || line.as_ref().is_some_and(|line| change.key.starts_with(line.as_str()))
        })
    };
    let text = |flat: &super::fields::Flat, key: &str| flat.cells.get(key).and_then(|cell| cell.text.clone());
    let lines_sent =
        plan.changes.iter().any(|change| change.written == Written::Xero && change.key.starts_with("lines."));
    work.xero_flat
        .order
        .iter()
        .filter(|key| !(lines_sent && key.starts_with("lines.") && !planned.xero_flat.cells.contains_key(*key)))
        .filter(|key| !sent(key) && text(&planned.xero_flat, key) != text(&work.xero_flat, key))
        .cloned()
        .collect()
}

/// What both sides share now; of what they don't, what they shared before.
fn fingerprints(
    inputs: &Inputs<'_>,
    plan: &Plan,
    work: &Work,
    meanwhile: &BTreeSet<FieldKey>,
) -> BTreeMap<FieldKey, Fingerprint> {
    let mut prints: BTreeMap<FieldKey, Fingerprint> = work
        .link
        .fingerprints
        .iter()
        .filter(|(key, _)| still_there(plan, work, key))
        .map(|(key, print)| (key.clone(), print.clone()))
        .collect();
    let brought = |key: &FieldKey| {
        plan.changes.iter().any(|change| change.key == *key && change.written == Written::Crm)
            && !plan.changes.iter().any(|change| change.key == *key && change.written == Written::Xero)
    };
    // What comes to the CRM is remembered as the CRM holds it: cut where it is too long, with the settings' default where
    // Xero has emptied it.
    let told = told(inputs.module, inputs.crm, &plan.crm_write, plan.person.as_ref());
    let told = (told != *inputs.crm).then(|| Work::read(&Inputs { crm: &told, ..*inputs }, inputs.xero));
    let held = told.as_ref().unwrap_or(work);
    let mut remember = |key: &str, ours: Option<&str>, theirs: Option<&str>| {
        let other = format!("{key}{XERO_SUFFIX}");
        prints.remove(&other);
        if ours.is_none() && theirs.is_none() {
            prints.remove(key);
            return;
        }
        prints.insert(key.to_owned(), work.fingerprint(inputs, key, ours.unwrap_or_default()));
        if ours != theirs {
            prints.insert(other, work.fingerprint(inputs, key, theirs.unwrap_or_default()));
        }
    };
    for key in &plan.agreed {
        if key == "status" || key == "lines.order" || meanwhile.contains(key) {
            continue;
        }
        let text = |flat: &super::fields::Flat| flat.cells.get(key).and_then(|cell| cell.text.clone());
        let theirs = text(&work.xero_flat);
        let ours = match written_to_person(inputs, plan, key) {
            Some(written) => written,
            None if brought(key) => text(&held.target_flat),
            None => text(&work.target_flat),
        };
        remember(key, ours.as_deref(), theirs.as_deref());
    }
    if plan.agreed.contains("lines.order") || plan.action == Action::Create {
        let common = |keys: &[String], others: &[String]| {
            keys.iter().filter(|key| others.contains(key)).cloned().collect::<Vec<_>>().join(",")
        };
        let ours = common(&work.target.line_keys, &work.xero_keys);
        let theirs = common(&work.xero_keys, &work.target.line_keys);
        if !ours.is_empty() {
            remember("lines.order", Some(&ours), Some(&theirs));
        }
    }
    if plan.agreed.contains("status") {
        let (ours, theirs) = statuses_now(inputs, plan, work);
        remember("status", ours, theirs);
    }
    prints
}

/// What a new person of an account or vendor gets in a field; none where the field is not that person's.
fn written_to_person(inputs: &Inputs<'_>, plan: &Plan, key: &str) -> Option<Option<String>> {
    let person = plan.person.as_ref().filter(|person| person.id.is_none())?;
    let (_, field) = zoho::of_person(inputs.module, key)?;
    Some(person.fields.get(field).and_then(Value::as_str).map(str::to_owned))
}

/// A line's fingerprints go with the line.
fn still_there(plan: &Plan, work: &Work, key: &str) -> bool {
    let key = key.strip_suffix(XERO_SUFFIX).unwrap_or(key);
    match super::fields::line_key(key) {
        Some((line, _)) => is_kept(plan, work, line),
        None => true,
    }
}

/// Both sides' canonical status after the plan was carried out.
fn statuses_now(inputs: &Inputs<'_>, plan: &Plan, work: &Work) -> (Option<&'static str>, Option<&'static str>) {
    let theirs = match &work.xero {
        Some(Record::Document(document)) => {
            document.status.get().map(|word| status::xero_word(inputs, &DocumentStatus::from(word.clone())))
        }
        _ => None,
    };
    let present = match &work.crm {
        Record::Document(document) => document.status.get().cloned(),
        _ => None,
    };
    let written = plan.crm_write.get("Status").and_then(Value::as_str).map(str::to_owned);
    (status::sent_word(inputs, written.or(present).as_deref(), theirs), theirs)
}

/// What the CRM's record is told: what comes back, and the Xero fields that are not the same there already.
fn crm_fields(inputs: &Inputs<'_>, plan: &Plan, own: Map<String, Value>) -> Map<String, Value> {
    let known = inputs.crm_organisation.fields.get(&inputs.module).filter(|fields| !fields.is_empty());
    let exists = |name: &str| known.is_none_or(|fields| fields.iter().any(|field| field.api_name == name));
    let linked = inputs.link.is_some_and(|link| link.state == LinkState::Linked);
    let told = linked && !is_unanswered(inputs);
    let record = &inputs.crm.record;
    let mut fields = plan.crm_write.clone();
    let mut stamp = None;
    for (name, value) in own {
        if !exists(&name) {
            continue;
        }
        if name == SYNCED_AT {
            stamp = Some(value);
            continue;
        }
        let differs = match record.get(&name) {
            Some(present) => !same(present, &value),
            // Hidden from this user: told once, at the first sync, and with whatever else is written.
            None => !told && !value.is_null(),
        };
        if differs {
            fields.insert(name, value);
        }
    }
    let wrote = plan.xero_write.is_some() || !fields.is_empty() || !linked;
    if let (true, Some(stamp)) = (wrote, stamp) {
        fields.insert(SYNCED_AT.to_owned(), stamp);
    }
    fields
}

/// Whether the CRM has not taken yet that a record is linked, as far as its link knows: it was locked, or nobody heard the
/// answer.
fn is_unanswered(inputs: &Inputs<'_>) -> bool {
    inputs.link.is_some_and(|link| link.state == LinkState::Linked && link.crm_modified.is_none())
}

/// Whether the CRM's record still lacks which one it is in Xero, so that a sync that changes nothing else writes it. One
/// whose field is not shown lacks it as far as anybody knows.
#[must_use]
pub fn is_untold(inputs: &Inputs<'_>, element: &Value) -> bool {
    let known = inputs.crm_organisation.fields.get(&inputs.module).filter(|fields| !fields.is_empty());
    let exists = known.is_none_or(|fields| fields.iter().any(|field| field.api_name == "Xero_ID"));
    let id = xero_id(inputs.module.kind(), element);
    let present = inputs.crm.record.get("Xero_ID");
    exists && is_unanswered(inputs) && id.is_some_and(|id| present.and_then(Value::as_str) != Some(id.as_str()))
}

/// Whether the CRM has the value already, in whatever form it shows it.
pub(super) fn same(present: &Value, wanted: &Value) -> bool {
    let empty = |value: &Value| value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty());
    if empty(present) || empty(wanted) {
        return empty(present) && empty(wanted);
    }
    if wanted.is_number() {
        return decimal(present) == decimal(wanted);
    }
    match (present.as_str(), wanted.as_str()) {
        (Some(one), Some(other)) => {
            let instants = (DateTime::parse_from_rfc3339(one), DateTime::parse_from_rfc3339(other));
            one.trim() == other.trim() || matches!(instants, (Ok(one), Ok(other)) if one == other)
        }
        _ => present == wanted,
    }
}

/// A total that is not the predicted one.
fn surprises(inputs: &Inputs<'_>, plan: &Plan, element: &Value) -> Option<Problem> {
    plan.xero_write.as_ref()?;
    let predicted = plan.totals.as_ref()?;
    let total = element.get("Total").and_then(decimal)?;
    if predicted.xero.parse::<rust_decimal::Decimal>().ok()? == total {
        return None;
    }
    let crm = predicted.crm.parse::<rust_decimal::Decimal>().ok()?;
    let count = element.get("LineItems").and_then(Value::as_array).map_or(0, Vec::len);
    let view = totals::compare(&predicted.currency, crm, total);
    let problem = totals::difference_problem(&view, count, inputs.xero_organisation)?;
    let place = super::locks::place(inputs.module, element, inputs.xero_organisation);
    Some(problem.severity(Severity::Warning).at(place))
}

/// Xero's own warnings.
fn warnings(inputs: &Inputs<'_>, plan: &Plan, answer: &Value, url: &WebLink) -> Vec<Problem> {
    if plan.xero_write.is_none() {
        return Vec::new();
    }
    let messages = answer
        .get("Warnings")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|warning| warning.get("Message").and_then(Value::as_str).map(str::to_owned))
        .collect::<Vec<_>>();
    let context = Context {
        crm_organisation: Some(inputs.crm_organisation),
        xero_organisation: Some(inputs.xero_organisation),
        module: Some(inputs.module),
        crm_id: inputs.link.map(|link| &link.crm_id),
        name: &plan.name,
        xero_url: Some(url),
    };
    problem::from_xero(&messages, &context).into_iter().map(|problem| problem.severity(Severity::Warning)).collect()
}
