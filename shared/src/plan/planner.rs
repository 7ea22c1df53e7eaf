//! Makes the plan.

use super::fields::{Flat, line_key};
use super::locks::{self, Lock, Reason, Takes};
use super::merge::{Decision, decide};
use super::news::news;
use super::settle::is_untold;
use super::status::{self, Course};
use super::work::{Work, document_lines, xero_id};
use super::{ArrivalDependency, ArrivalInputs, Emails, Ground, Inputs, PersonWrite, Plan, XeroWrite, first};
use crate::api::{Action, FieldChange, Shown, TotalsView, Why, Written};
use crate::link::{FieldKey, LinkState};
use crate::module::{Kind, Module};
use crate::problem::{self, Code, Problem, Severity};
use crate::record::{Document, DocumentStatus, Person, Record, Seen, TaxMode};
use crate::settings::{ApprovedEdits, NumberRule, PeopleRule, ProductSettings, SourceOfTruth, WithoutCode, remedy};
use crate::totals;
use crate::xero::{self, TRACKING};
use crate::zoho::{self, Fit, MOST_LINES};
use rust_decimal::Decimal;
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::BTreeSet;

/// What a sync would do to a record, and why. The same inputs give the same plan, for the preview and for the push.
///
/// A document whose party or products are not in Xero yet (they are among its [`super::dependencies`]) is planned as
/// if they were: they are sent first, and the document only after them. What the direction does not let through stays
/// as it is on both sides, and goes across once the direction is opened.
#[must_use]
pub fn plan(inputs: &Inputs<'_>) -> Plan {
    let work = Work::read(inputs, inputs.xero);
    planner(inputs, &work).run()
}

/// The e-mail addresses that Xero's contact would have of the CRM's record: the first person's, then the others' in the
/// alphabet's order. None of what is no party.
#[must_use]
pub fn addresses(inputs: &Inputs<'_>) -> Vec<String> {
    let work = Work::read(inputs, inputs.xero);
    let Record::Party(party) = &work.target.record else { return Vec::new() };
    let people = party.people.get().map(Vec::as_slice).unwrap_or_default();
    let others: BTreeSet<&String> = people.iter().filter_map(|person| person.email.get()).collect();
    party.person.email.get().into_iter().chain(others).cloned().collect()
}

/// What the lines that only Xero's document has need in the CRM, so that they can come there: each product once. Empty
/// where they don't come.
#[must_use]
pub fn xero_only_lines(inputs: &Inputs<'_>) -> Vec<ArrivalDependency> {
    let work = Work::read(inputs, inputs.xero);
    let mut needed = Vec::new();
    let planner = planner(inputs, &work);
    if planner.arriving_lines().is_empty() || matches!(plan(inputs).action, Action::Skip | Action::Blocked) {
        return needed;
    }
    for line in planner.arriving_lines().into_iter().filter_map(|(_, key)| work.xero_line(key)) {
        let dependency = match &line.code {
            Some(code) => ArrivalDependency::Item(code.clone()),
            None => ArrivalDependency::Service(line.account_code.clone().unwrap_or_default()),
        };
        if !needed.contains(&dependency) {
            needed.push(dependency);
        }
    }
    needed
}

fn planner<'a>(inputs: &'a Inputs<'a>, work: &'a Work) -> Planner<'a> {
    Planner {
        inputs,
        work,
        lock: inputs.xero.zip(work.xero.as_ref()).map(|(element, record)| {
            let mut settings = Cow::Borrowed(inputs.settings);
            if inputs.ground == Ground::Word(SourceOfTruth::Crm) && !is_linked(inputs) {
                // Somebody has said so of this very document.
                settings.to_mut().documents.approved_edits = ApprovedEdits::CrmGoesThrough;
            }
            let lock = locks::of(inputs.module, element, record, inputs.xero_organisation, &settings);
            if inputs.permit.up_to.is_some() { lock.for_others(element) } else { lock }
        }),
        truth: match inputs.ground {
            Ground::Word(values) if !is_linked(inputs) => values,
            _ => inputs.settings.source_of_truth.get(&inputs.module).copied().unwrap_or_default(),
        },
        first: inputs.xero.is_some_and(|element| {
            inputs.ground == Ground::Likeness
                && !is_linked(inputs)
                && !first::points_back(inputs, element, work.crm_id.as_ref())
        }),
        differing: Vec::new(),
        to_xero: BTreeSet::new(),
        to_crm: BTreeSet::new(),
        agreed: BTreeSet::new(),
        refused: Vec::new(),
        theirs: in_crm_terms(inputs, work),
        held: OnceCell::new(),
        partial: false,
        changes: Vec::new(),
        overruled: Vec::new(),
        problems: Vec::new(),
    }
}

/// What the names of the fields of an account's or vendor's people begin with.
const OF_PEOPLE: &str = "Contacts.";

struct Planner<'a> {
    inputs: &'a Inputs<'a>,
    work: &'a Work,
    /// What Xero takes; none when the record is not there.
    lock: Option<Lock>,
    truth: SourceOfTruth,
    /// Whether Xero's record is about to become the partner because it looks like it, and for no better reason.
    first: bool,
    /// What both sides have in different ways at such a first link: neither value is written over the other.
    differing: Vec<FieldKey>,
    to_xero: BTreeSet<FieldKey>,
    to_crm: BTreeSet<FieldKey>,
    agreed: BTreeSet<FieldKey>,
    /// Why Xero does not take a field that the CRM changed (none: a tracked item), and the field's label.
    refused: Vec<(Option<Reason>, String)>,
    /// Xero's record in the CRM's terms.
    theirs: Option<Record>,
    /// What the CRM would hold if it had all of Xero's values, in Xero's terms.
    held: OnceCell<Flat>,
    /// Whether something is in the way of the lines alone, and the rest goes.
    partial: bool,
    changes: Vec<FieldChange>,
    /// Labels of the fields that both sides changed, with the side whose value was kept.
    overruled: Vec<(String, &'static str)>,
    problems: Vec<Problem>,
}

impl Planner<'_> {
    fn run(&mut self) -> Plan {
        let inputs = self.inputs;
        if let Some(problem) = self.impossible() {
            return self.finish(Action::Blocked, vec![problem], None, None);
        }
        if let Some(problem) = self.left_alone().or_else(|| self.closed()) {
            return self.skip(problem);
        }
        let course = self.course();
        if let Some(problem) = course.skip {
            return self.skip(problem);
        }
        match inputs.xero {
            None => self.create(&course),
            Some(element) => self.update(element, course),
        }
    }

    /// What makes any sync of the record impossible.
    fn impossible(&self) -> Option<Problem> {
        let inputs = self.inputs;
        if self.work.crm_id.is_none() {
            return Some(problem::internal(Some("the CRM gave a record without an id".to_owned())));
        }
        let linked = is_linked(inputs);
        let Some(element) = inputs.xero else {
            return linked.then(|| problem::xero_record_gone(Some(self.work.name.clone())).at(self.crm_place()));
        };
        if let Some(Lock { reason: Some(reason @ Reason::Merged), .. }) = &self.lock {
            return Some(first::merged(inputs, element, self.locked(reason, element, &[])));
        }
        if linked || inputs.module.kind() != Kind::Document {
            return None;
        }
        // A document is about to be adopted.
        let number = element.get("InvoiceNumber").and_then(Value::as_str).unwrap_or_default().to_owned();
        let place = locks::place(inputs.module, element, inputs.xero_organisation);
        if matches!(locks::status(element), Some(DocumentStatus::Voided | DocumentStatus::Deleted)) {
            return Some(problem::number_burnt(Some(number)).at(place));
        }
        let text = |flat: &super::fields::Flat| flat.cells.get("party").and_then(|cell| cell.text.clone());
        let (ours, theirs) = (text(&self.work.target_flat), text(&self.work.xero_flat));
        let of_another = self.first && ours.is_some() && theirs.is_some() && ours != theirs;
        of_another.then(|| problem::number_taken(Some(number)).at(place))
    }

    /// A record that Xero does not have, where nothing goes to Xero.
    fn closed(&self) -> Option<Problem> {
        if self.inputs.xero.is_some() || self.inputs.direction.to_xero() {
            return None;
        }
        Some(
            problem::direction_closed(self.work.name.clone(), self.inputs.module.singular().to_owned())
                .at(self.crm_place()),
        )
    }

    /// Why a product is left alone on purpose.
    fn left_alone(&self) -> Option<Problem> {
        if let Some(problem) = self.goes_with_its_account() {
            return Some(problem);
        }
        let Record::Item(item) = &self.work.crm else { return None };
        let name = self.work.name.as_str();
        if self.is_service() {
            return Some(problem::service_product(name).at(self.crm_place()));
        }
        if item.active.get() == Some(&false) {
            return Some(problem::product_inactive(name).at(self.crm_place()));
        }
        let ProductSettings { without_code, .. } = self.inputs.settings.products;
        let coded = matches!(&self.work.target.record, Record::Item(item) if item.code.get().is_some());
        // A code that this user may not see is no missing code, once the item is known.
        let hidden = !item.code.is_seen() && self.inputs.xero.is_some();
        (!coded && !hidden && without_code == WithoutCode::Service)
            .then(|| problem::product_without_code(name).at(self.crm_place()).remedy(remedy::without_code()))
    }

    /// Whether the product stands for Xero's lines without an item code. The mark alone, which anybody may have typed, does
    /// not keep a product with a code from Xero.
    fn is_service(&self) -> bool {
        let marked = self.inputs.crm.record.get("Xero_ID").and_then(Value::as_str);
        let coded = matches!(&self.work.crm, Record::Item(item) if item.code.get().is_some());
        marked.is_some_and(|id| id.starts_with("account:") && !coded)
            || self.inputs.settings.products.services.values().any(|id| *id == self.work.link.crm_id)
    }

    /// A person at an account or vendor is part of that one's contact in Xero, unless the person was linked before.
    fn goes_with_its_account(&self) -> Option<Problem> {
        if self.inputs.module != Module::Contacts || self.inputs.xero.is_some() {
            return None;
        }
        if self.inputs.needed && self.inputs.settings.parties.people == PeopleRule::Own {
            return None;
        }
        let (module, id, name) = zoho::company_of(&self.inputs.crm.record)?;
        let label = format!("Open \"{name}\" in the CRM");
        let place = problem::place_crm(self.inputs.crm_organisation, module, id.as_str(), label);
        Some(problem::person_of_account(self.work.name.clone(), name).at(place))
    }

    fn course(&self) -> Course {
        let Record::Document(document) = &self.work.crm else { return Course::default() };
        if !document.status.is_seen() && self.inputs.xero.is_some() {
            // The user may not see the status: it is neither compared nor written.
            return Course::default();
        }
        let present = document.status.get().map(String::as_str);
        let fingerprint = |value: &str| self.work.fingerprint(self.inputs, "status", value);
        let course = status::course(self.inputs, &self.work.name, present, self.work.agreed("status"), fingerprint);
        match course.skip {
            Some(problem) => {
                let place = problem.place.clone().or_else(|| Some(self.crm_place()));
                Course { skip: Some(problem.at(place)), ..course }
            }
            None => course,
        }
    }

    fn create(&mut self, course: &Course) -> Plan {
        let work = self.work;
        for key in &work.target_flat.order {
            let Some(cell) = work.target_flat.cells.get(key) else { continue };
            if cell.text.is_none() || key == "website" {
                continue;
            }
            match self.inputs.permit.emails {
                // Xero has no further people without the first one's address.
                Emails::Held if self.takes_a_word(key) || key == "people" => {
                    self.hold(key);
                    continue;
                }
                Emails::WithWord if self.takes_a_word(key) => self.note_email(problem::email_released),
                Emails::Held | Emails::WithWord | Emails::Free => {}
            }
            self.to_xero.insert(key.clone());
            self.agreed.insert(key.clone());
            self.change(key, None, cell.shown.clone(), Written::Xero, Why::New);
        }
        let mut target = work.target.record.clone();
        if let (Record::Party(party), Emails::Held) = (&mut target, self.inputs.permit.emails) {
            (party.person.email, party.people) = (Seen::Unseen, Seen::Unseen);
        }
        self.set_status(&mut target, course);
        let body = xero::body(&self.with_link(), &target, &work.target.line_keys, None);
        let crm_write = self.generated_code();
        self.problems.extend(work.crm_problems.iter().chain(&work.target.problems).cloned().map(with_remedy));
        self.problems.extend(course.problems.iter().cloned());
        let totals = work.target.totals.clone();
        let write = self.write(None, body);
        self.finish(Action::Create, Vec::new(), Some((write, crm_write)), totals)
    }

    fn update(&mut self, element: &Value, course: Course) -> Plan {
        let work = self.work;
        let inputs = self.inputs;
        if let Some(problem) = self.first.then(|| first::document_in_doubt(inputs, work, element)).flatten() {
            return self.finish(Action::Blocked, vec![problem], None, work.target.totals.clone());
        }
        let lock = self.lock.clone();
        let voided = lock.as_ref().is_some_and(|lock| lock.reason == Some(Reason::Voided));
        if !course.only_status && !voided {
            self.merge();
        }
        if self.first {
            let only_there = self.arriving_lines().into_iter().map(|(_, line)| format!("lines.{line}.description"));
            let only_there: Vec<FieldKey> = only_there.collect();
            self.differing.extend(only_there);
            let judged = first::judged(inputs, work, element, &self.differing);
            if let Some(problem) = judged {
                if problem.stops() {
                    return self.asked(problem);
                }
                self.problems.push(problem);
            }
        }
        let person = self.person();
        let rows = if course.only_status || voided { Vec::new() } else { self.new_rows(element) };
        let merged_lines = !rows.is_empty() || self.to_crm.iter().any(|key| key.starts_with("lines."));
        let adopted = !inputs.link.is_some_and(|link| link.state == LinkState::Linked);
        let to_xero = inputs.direction.to_xero();
        let open = to_xero && lock.as_ref().is_none_or(|lock| lock.takes == Takes::All) && !course.only_status;
        let lines_go = self.to_xero.iter().any(|key| is_of_lines(key));
        let in_the_way = match (open && !adopted, lines_go) {
            (true, true) => self.lines_wait(element),
            (true, false) => inputs.references.waiting.clone(),
            (false, _) => Vec::new(),
        };
        let mut course = course;
        let rest = self.to_xero.iter().any(|key| !is_of_lines(key)) || !self.to_crm.is_empty() || !rows.is_empty();
        if !in_the_way.is_empty() && (rest || course.bring.is_some() || person.is_some()) {
            // The rest goes: it has nothing to do with the lines.
            self.partial = true;
            self.hold_lines(&mut course);
        }
        let lines_go = lines_go && !self.partial;
        let mut target = work.target.record.clone();
        self.set_status(&mut target, &course);
        let body = (!self.to_xero.is_empty())
            .then(|| xero::body(&self.with_link(), &target, &work.target.line_keys, Some(&self.to_xero)));
        let mut crm_write = self.brought_back(person.is_some());
        if let (Some(field), false) = (inputs.module.lines_field(), rows.is_empty()) {
            // Rows without an id are added, the others stay.
            let lines = crm_write.entry(field).or_insert_with(|| Value::Array(Vec::new()));
            if let Value::Array(lines) = lines {
                lines.extend(rows.into_iter().map(Value::Object));
            }
        }
        let closed_status = course.bring.is_some() && !self.open("status");
        if let Some(status) = course.bring.as_ref().filter(|_| !closed_status) {
            crm_write.insert("Status".to_owned(), Value::String(status.clone()));
            self.bring_status(element, status, course.overruled);
        }
        if course.agreed.is_some() && !closed_status {
            self.agreed.insert("status".to_owned());
        }
        let sends = body.is_some();
        let gets_a_person = person.as_ref().is_some_and(|person| person.id.is_none());
        // What would have to be fitted for Xero does not matter either where nothing goes there.
        let of_target = work.target.problems.iter().filter(|_| to_xero);
        for problem in work.crm_problems.iter().chain(of_target) {
            if gets_a_person && problem.code == Code::PrimaryContactMissing {
                continue;
            }
            let about_totals =
                matches!(problem.code, Code::TotalDiffers | Code::TotalDiffersByCents | Code::TotalNegative);
            // What stands in the way of sending does not matter where nothing may be sent, nor that of lines where none is.
            let matters = open && (lines_go || adopted || !problem.code.blames_lines());
            if !about_totals && (matters || !problem.stops()) {
                self.problems.push(with_remedy(problem.clone()));
            }
        }
        self.problems.extend(in_the_way);
        self.tell_refused(element);
        let overruled = std::mem::take(&mut self.overruled);
        for (field, kept) in overruled {
            self.problems.push(problem::overruled(format!("\"{field}\""), (*kept).to_owned()).at(self.crm_place()));
        }
        self.problems.extend(course.problems);
        let totals =
            (!voided && !course.only_status).then(|| self.totals(element, body.as_ref(), merged_lines)).flatten();
        if self.partial && self.problems.iter().any(|problem| problem.stops() && problem.code == Code::TotalDiffers) {
            // The total that was in the way is told already.
            self.problems.retain(|problem| problem.stops() || problem.code != Code::TotalDiffers);
        }
        let mut news = if adopted || sends { Vec::new() } else { news(inputs, element) };
        if self.changes.iter().any(|change| change.key == "status") {
            news.retain(|one| one.key != "xero_status");
        }
        let quiet = crm_write.is_empty() && person.is_none() && news.is_empty() && !is_untold(inputs, element);
        self.changes.extend(news);
        let action = match (adopted, sends, quiet) {
            (true, ..) => Action::Adopt,
            (false, true, _) => Action::UpdateXero,
            (false, false, false) => Action::UpdateCrm,
            (false, false, true) => Action::Unchanged,
        };
        let write = body.and_then(|body| self.write(xero_id(inputs.module.kind(), element), body));
        let mut plan = self.finish(action, Vec::new(), Some((write, crm_write)), totals);
        plan.person = person.filter(|_| plan.action != Action::Blocked);
        plan
    }

    /// Why the lines can't be sent, though other fields may: what is wrong with them, what they point to and could not be
    /// sent, and a total that Xero would not take.
    fn lines_wait(&self, element: &Value) -> Vec<Problem> {
        let work = self.work;
        let told = work.crm_problems.iter().chain(&work.target.problems);
        let mut found: Vec<Problem> =
            told.filter(|problem| problem.stops() && problem.code.blames_lines()).cloned().collect();
        found.extend(self.inputs.references.waiting.iter().cloned());
        if !found.is_empty() {
            return found;
        }
        let body = xero::body(&self.with_link(), &work.target.record, &work.target.line_keys, Some(&self.to_xero));
        let predicted = self.predict(element, &body).filter(|_| body.get("LineItems").is_some());
        let (Record::Document(crm), Some(predicted)) = (&work.crm, predicted) else { return found };
        let currency = crm.currency.get().unwrap_or(&self.inputs.xero_organisation.base_currency);
        let negative = totals::negative_problem(predicted.total, currency, &work.name, self.inputs.module);
        let comes = self.to_crm.iter().any(|key| key.starts_with("lines."));
        let differs = || {
            let view = totals::compare(currency, crm.total.get().copied()?, predicted.total);
            let told = totals::difference_problem(&view, predicted.lines.len(), self.inputs.xero_organisation)?;
            // Where the CRM's lines are about to change, its total is about to change as well.
            (told.stops() && !comes).then_some(told)
        };
        found.extend(negative.or_else(differs).map(|told| told.at(self.crm_place())));
        found
    }

    /// The lines stay as they are in Xero, and so does the status: a document is not approved without them. Nothing of it is
    /// agreed, so that it goes once nothing is in the way.
    fn hold_lines(&mut self, course: &mut Course) {
        self.to_xero.retain(|key| !is_of_lines(key));
        let to_crm = &self.to_crm;
        let changes = &self.changes;
        let goes = |key: &str| {
            let line = line_key(key).map(|(line, _)| format!("lines.{line}"));
            changes.iter().any(|change| {
                let own = change.key == key || line.as_ref().is_some_and(|line| change.key == *line);
                change.written == Written::Xero && own
            })
        };
        self.agreed.retain(|key| !is_of_lines(key) || to_crm.contains(key) || !goes(key));
        self.changes.retain(|change| change.written != Written::Xero || !is_of_lines(&change.key));
        if course.send.take().is_some() {
            course.agreed = None;
        }
    }

    /// Why the CRM's changes are not sent, each reason with its own fields.
    fn tell_refused(&mut self, element: &Value) {
        let mut reasons: Vec<(Option<Reason>, Vec<String>)> = Vec::new();
        for (reason, label) in std::mem::take(&mut self.refused) {
            match reasons.iter_mut().find(|(known, _)| *known == reason) {
                Some((_, labels)) if labels.contains(&label) => {}
                Some((_, labels)) => labels.push(label),
                None => reasons.push((reason, vec![label])),
            }
        }
        let xero_wins = self.lock.as_ref().is_some_and(|lock| lock.xero_wins);
        for (reason, labels) in reasons {
            let told = match reason {
                Some(reason) => self.locked(&reason, element, &labels),
                None => {
                    let place = locks::place(self.inputs.module, element, self.inputs.xero_organisation);
                    problem::item_tracked(self.work.name.clone()).at(place)
                }
            };
            // Where Xero's values count, they come back, whatever was not sent.
            self.problems.push(if xero_wins { told.severity(Severity::Warning) } else { told });
        }
    }

    fn refuse(&mut self, key: &str, label: String) {
        let reason = self.lock.as_ref().and_then(|lock| lock.refuses(self.inputs.module, key));
        self.refused.push((reason, label));
    }

    /// Somebody is asked first: nothing is linked, and neither side is written.
    fn asked(&mut self, problem: Problem) -> Plan {
        self.changes.clear();
        self.to_xero.clear();
        self.to_crm.clear();
        self.agreed.clear();
        self.overruled.clear();
        self.problems.clear();
        self.finish(Action::Blocked, vec![problem], None, self.work.target.totals.clone())
    }

    /// At a first link a value that both sides have is agreed on as it stands on either side: nobody has said yet whose
    /// counts, and what changes from then on goes across. Of a line nothing is filled in either: somebody has entered it as
    /// it is. Says whether that holds for this field.
    fn stands(&mut self, key: &str, ours: Option<&str>, theirs: Option<&str>) -> bool {
        let part = line_key(key).map(|(_, part)| part);
        if !self.first || key == "website" || (part.is_none() && (ours.is_none() || theirs.is_none())) {
            return false;
        }
        self.agreed.insert(key.to_owned());
        // What a line is booked on, and as which item, is looked at where the totals are.
        if !matches!(part, Some("account_code" | "code")) {
            self.differing.push(key.to_owned());
        }
        true
    }

    /// Every field, then the lines that only one side has.
    fn merge(&mut self) {
        let work = self.work;
        let lines_seen = work.xero.as_ref().is_none_or(|xero| match xero {
            Record::Document(_) => document_lines(xero).is_some(),
            _ => true,
        });
        let mut removed_in_xero: Vec<String> = Vec::new();
        for key in &work.target_flat.order {
            if !lines_seen && (line_key(key).is_some() || key.starts_with(TRACKING)) {
                continue;
            }
            if let Some((line, _)) = line_key(key)
                && !work.xero_keys.iter().any(|known| known == line)
            {
                if !work.link.lines.contains_key(line) {
                    self.new_line_field(key);
                } else if !removed_in_xero.iter().any(|known| known == line) {
                    removed_in_xero.push(line.to_owned());
                }
                continue;
            }
            self.merge_field(key);
        }
        for line in removed_in_xero {
            self.line_removed_in_xero(&line);
        }
        if lines_seen && document_lines(&work.target.record).is_some() {
            for line in work.xero_keys.clone() {
                let known = work.target.line_keys.contains(&line);
                if !known && !line.starts_with("xero:") {
                    self.line_removed_in_crm(&line);
                }
            }
            self.order();
        }
        self.complete_discounts();
    }

    fn merge_field(&mut self, key: &str) {
        let work = self.work;
        let Some(ours) = work.target_flat.cells.get(key) else { return };
        let theirs = work.xero_flat.cells.get(key);
        let their_text = theirs.and_then(|cell| cell.text.as_deref());
        let agreed = work.agreed(key);
        let fingerprint = |value: &str| work.fingerprint(self.inputs, key, value);
        let decision = decide(ours.text.as_deref(), their_text, agreed, self.truth, fingerprint);
        // Accounts and taxes of an item are chosen by us when nobody chose them; what Xero has already counts.
        let ours_by_default = agreed.crm.is_none() && their_text.is_some() && is_default(key);
        match decision {
            Decision::Same => {
                self.agreed.insert(key.to_owned());
            }
            // What nothing is found for is no change that anybody made.
            _ if ours.text.is_none() && (is_found_for_lines(key) || self.lost_its_product(key)) => {}
            // The CRM can't hold more of Xero's value than it has.
            _ if self.holds(key, ours.text.as_deref()) => {
                self.agreed.insert(key.to_owned());
            }
            _ if ours_by_default => {}
            _ if agreed.crm.is_none() && their_text.is_some() && self.xero_chose(key) => {
                self.agreed.insert(key.to_owned());
            }
            _ if !work.target.defaulted.contains(key) && self.stands(key, ours.text.as_deref(), their_text) => {}
            decision if work.target.defaulted.contains(key) => {
                self.default_counts(key, decision, agreed.crm.is_none() && their_text.is_some());
            }
            Decision::ToXero(why) => self.crm_counts(key, why),
            Decision::ToCrm(why) => self.xero_counts(key, why),
        }
    }

    /// Whether the CRM's line has no product any more: its item is not taken off Xero's line for that.
    fn lost_its_product(&self, key: &str) -> bool {
        let Some((line, "code")) = line_key(key) else { return false };
        let rows = document_lines(&self.work.crm).unwrap_or_default();
        rows.iter().any(|row| row.id.as_deref() == Some(line) && row.product.is_none())
    }

    /// Whether the CRM has of Xero's value all that its field takes: a text that was cut does not differ for ever.
    fn holds(&self, key: &str, ours: Option<&str>) -> bool {
        let cut = || match self.fit(key)? {
            Fit::Cut(..) => Some(()),
            Fit::Whole(_) | Fit::Out(_) => None,
        };
        if ours.is_none() || !self.writable(key) || cut().is_none() {
            return false;
        }
        let held = self.held.get_or_init(|| self.work.held(self.inputs, self.theirs.as_ref()));
        held.cells.get(key).and_then(|cell| cell.text.as_deref()) == ours
    }

    /// Xero's value as the CRM's field takes it.
    fn fit(&self, key: &str) -> Option<Fit> {
        let Inputs { module, crm, crm_organisation, settings, .. } = self.inputs;
        let line = line_key(key).and_then(|(line, _)| self.work.link.lines.get(line)).map_or("", String::as_str);
        zoho::fitted(*module, key, self.theirs.as_ref()?, crm, crm_organisation, settings, line)
    }

    /// The settings' default against Xero's value: it fills what is empty, and never overrules what somebody entered in
    /// Xero.
    fn default_counts(&mut self, key: &str, decision: Decision, known_in_xero_only: bool) {
        match decision {
            Decision::ToXero(why) if why != Why::CrmOverruledXero && !known_in_xero_only => {
                if self.lock.as_ref().is_none_or(|lock| lock.lets(self.inputs.module, key)) {
                    self.crm_counts(key, why);
                }
            }
            _ => self.xero_counts(key, Why::ChangedInXero),
        }
    }

    /// Tracking that was not agreed on before, and accounts and taxes of a line that was not linked before: Xero's stay where they are as good as ours, and both are
    /// remembered. A line that came from Xero would otherwise go back with other ones.
    fn xero_chose(&self, key: &str) -> bool {
        if key.starts_with(TRACKING) {
            return true;
        }
        let Some((line, part)) = line_key(key) else { return false };
        let linked = self.inputs.link.filter(|link| link.state == LinkState::Linked);
        if linked.is_some_and(|link| link.lines.contains_key(line)) {
            return false;
        }
        match part {
            "account_code" => true,
            "tax_type" => {
                let rate = |flat: &super::fields::Flat| {
                    flat.cells.get(key).and_then(|cell| xero::rate_of(self.inputs)(cell.text.as_deref()?))
                };
                linked.is_some() || rate(&self.work.target_flat) == rate(&self.work.xero_flat)
            }
            _ => false,
        }
    }

    /// The CRM's value counts: it is sent where Xero takes it, and gives way to Xero's where Xero's lock says so.
    fn crm_counts(&mut self, key: &str, why: Why) {
        if key == "website" {
            // Xero's API does not write it.
            return;
        }
        let to_xero = self.inputs.direction.to_xero();
        let lets = self.lock.as_ref().is_none_or(|lock| lock.lets(self.inputs.module, key));
        if lets {
            if to_xero {
                self.send(key, why);
            }
            return;
        }
        // Tracking that a mapping would add to an old document is no change that anybody made.
        let unasked = key.starts_with(TRACKING) && self.work.agreed(key).crm.is_none();
        if to_xero && !unasked {
            self.refuse(key, self.work.label(self.inputs, key));
        }
        if self.lock.as_ref().is_some_and(|lock| lock.xero_wins)
            && self.writable(key)
            && self.open(key)
            && self.fits(key)
        {
            self.bring(key, Why::XeroOverruledCrm);
        }
    }

    fn send(&mut self, key: &str, why: Why) {
        if self.takes_a_word(key) {
            match self.inputs.permit.emails {
                Emails::Held => return self.hold(key),
                Emails::WithWord => self.note_email(problem::email_released),
                Emails::Free => {}
            }
        }
        self.to_xero.insert(key.to_owned());
        self.agreed.insert(key.to_owned());
        if why == Why::CrmOverruledXero && self.work.agreed(key).crm.is_some() {
            self.overruled.push((self.work.label(self.inputs, key), "the CRM's"));
        }
        let result = self.work.target_flat.cells.get(key).and_then(|cell| cell.shown.clone());
        let theirs = self.work.xero_flat.cells.get(key).and_then(|cell| cell.shown.clone());
        self.change(key, theirs, result, Written::Xero, why);
    }

    /// Whether a field holds new e-mail addresses of a contact, where these take somebody's word.
    fn takes_a_word(&self, key: &str) -> bool {
        if self.inputs.module.kind() != Kind::Party || self.inputs.permit.emails == Emails::Free {
            return false;
        }
        match key {
            "person.email" => true,
            "people" => {
                let emails = |record: Option<&Record>| match record {
                    Some(Record::Party(party)) => {
                        let people = party.people.get().map(Vec::as_slice).unwrap_or_default();
                        let email = |person: &Person| person.email.get().map(|email| email.trim().to_lowercase());
                        people.iter().filter_map(email).collect::<BTreeSet<String>>()
                    }
                    _ => BTreeSet::new(),
                };
                // Whoever leaves takes an address away; a new one is somebody else's.
                !emails(Some(&self.work.target.record)).is_subset(&emails(self.work.xero.as_ref()))
            }
            _ => false,
        }
    }

    /// The CRM's value stays where it is, and so does Xero's: nothing is agreed, so that it goes with an administrator's
    /// word.
    fn hold(&mut self, key: &str) {
        let theirs = self.work.xero_flat.cells.get(key).and_then(|cell| cell.shown.clone());
        self.change(key, theirs.clone(), theirs, Written::Xero, Why::Held);
        self.note_email(problem::email_held);
    }

    /// Says once what becomes of a new e-mail address.
    fn note_email(&mut self, told: fn(String) -> Problem) {
        let told = told(self.work.name.clone()).at(self.crm_place());
        if !self.problems.contains(&told) {
            // It goes before what is smaller: the log and Health go by the first one.
            self.problems.insert(0, told);
        }
    }

    /// Xero's value counts: it comes back where the CRM has a place for it, and stays where it is otherwise.
    fn xero_counts(&mut self, key: &str, why: Why) {
        let comes_back = self.lock.as_ref().is_none_or(|lock| lock.comes_back);
        if comes_back && self.writable(key) && self.open(key) && self.fits(key) {
            if why == Why::XeroOverruledCrm && self.work.agreed(key).crm.is_some() {
                self.overruled.push((self.work.label(self.inputs, key), "Xero's"));
            }
            self.bring(key, why);
        }
    }

    fn bring(&mut self, key: &str, why: Why) {
        self.to_crm.insert(key.to_owned());
        self.agreed.insert(key.to_owned());
        let theirs = self.work.xero_flat.cells.get(key).and_then(|cell| cell.shown.clone());
        self.change(key, theirs.clone(), theirs, Written::Crm, why);
    }

    /// Whether the direction lets the field come to the CRM and the CRM has a place for it. What is not shown to the
    /// user is not written either.
    fn writable(&self, key: &str) -> bool {
        let Inputs { module, crm, crm_organisation, settings, direction, .. } = self.inputs;
        let ours = key != "number" || bare_number(self.inputs, self.work.xero.as_ref()).is_some();
        let person = || match &self.work.xero {
            Some(Record::Party(party)) => zoho::person_writable(*module, key, party, crm, crm_organisation),
            _ => false,
        };
        direction.to_crm() && ours && (zoho::writable(*module, key, crm, crm_organisation, settings) || person())
    }

    /// Whether whoever acts may write the CRM's fields into which a value comes; it is told where they may not.
    fn open(&mut self, key: &str) -> bool {
        let Inputs { module, crm, crm_organisation, settings, .. } = self.inputs;
        let mut places = zoho::places(*module, key, crm, crm_organisation, settings);
        if places.is_empty() {
            places.extend(zoho::of_person(*module, key).map(|(_, field)| format!("{OF_PEOPLE}{field}")));
        }
        let label = self.work.label(self.inputs, key);
        self.may_write(places.iter().map(String::as_str), &label)
    }

    /// The same of fields by their names; what people call the value stands in the problem.
    fn may_write<'f>(&mut self, mut fields: impl Iterator<Item = &'f str>, label: &str) -> bool {
        if !fields.any(|field| self.inputs.permit.closed.contains(field)) {
            return true;
        }
        self.problems.push(problem::field_not_written(label.to_owned(), self.work.name.clone()).at(self.crm_place()));
        false
    }

    /// Whether the CRM's field takes Xero's value, or its beginning; it is told where it does not take all.
    fn fits(&mut self, key: &str) -> bool {
        let Some(fit) = self.fit(key) else { return true };
        let fits = !matches!(fit, Fit::Out(_));
        let told = fit.told().1.map(|told| told.at(self.xero_place()));
        self.problems.extend(told);
        fits
    }

    /// What Xero's changes make of the primary contact of an account or vendor.
    fn person(&mut self) -> Option<PersonWrite> {
        let inputs = self.inputs;
        let Some(Record::Party(party)) = &self.work.xero else { return None };
        if inputs.crm.contacts.is_empty() {
            return self.new_person();
        }
        let (id, fields) = zoho::person_write(inputs.module, party, &self.to_crm, inputs.crm, inputs.crm_organisation)?;
        Some(PersonWrite { id: Some(id), fields })
    }

    /// The primary contact of an account or vendor that has no contact at all, while Xero knows one. A person whom the
    /// CRM had before, and who is unchanged in Xero, was taken away there and stays away.
    fn new_person(&mut self) -> Option<PersonWrite> {
        let (work, inputs) = (self.work, self.inputs);
        let comes = inputs.direction.to_crm() && self.lock.as_ref().is_none_or(|lock| lock.comes_back);
        let Some(Record::Party(party)) = work.xero.as_ref().filter(|_| comes) else { return None };
        // A vendor has an e-mail address of its own.
        let named = [&party.person.first_name, &party.person.last_name].iter().any(|part| part.get().is_some());
        let own_email = inputs.module == Module::Vendors;
        zoho::of_person(inputs.module, "person.last_name").filter(|_| named || !own_email)?;
        let keys: Vec<(FieldKey, String)> =
            ["person.first_name", "person.last_name", "person.email", "mobile", "direct"]
                .into_iter()
                .filter_map(|key| Some((key.to_owned(), work.xero_flat.cells.get(key)?.text.clone()?)))
                .collect();
        let unchanged = |(key, text): &(FieldKey, String)| {
            let agreed = work.agreed(key);
            let own = own_email && key == "person.email";
            own || agreed.xero.or(agreed.crm).is_some_and(|then| work.fingerprint(inputs, key, text) == *then)
        };
        if keys.iter().filter(|(key, _)| key.starts_with("person.")).all(unchanged) {
            return None;
        }
        let mut told = Vec::new();
        let (mut fields, made) = zoho::new_person(party, &work.name, inputs.crm_organisation, &mut told)?;
        let place = self.xero_place();
        self.problems.extend(told.into_iter().map(|told| told.at(place.clone())));
        let keys: Vec<(FieldKey, String)> = keys.into_iter().filter(|(key, _)| self.open(key)).collect();
        fields.retain(|field, _| !inputs.permit.closed.contains(&format!("{OF_PEOPLE}{field}")));
        // Without a name there is nobody.
        fields.get("Last_Name")?;
        if let (true, Record::Party(target)) = (self.to_xero.contains("person.email"), &work.target.record) {
            // The vendor's own address counts, and goes to Xero.
            fields.insert(
                "Email".to_owned(),
                target.person.email.get().map_or(Value::Null, |email| email.clone().into()),
            );
        }
        if let Some(made) = made {
            self.problems.push(problem::person_name_missing(work.name.clone(), made).at(self.crm_place()));
            self.agreed.insert("person.last_name".to_owned());
        }
        for (key, _) in keys {
            let merged = work.target_flat.cells.contains_key(&key);
            if !merged {
                self.bring(&key, Why::New);
            }
        }
        Some(PersonWrite { id: None, fields })
    }

    /// The lines that only Xero has and that come to the CRM: their places in Xero's document and their keys.
    fn arriving_lines(&self) -> Vec<(usize, &str)> {
        let comes = self.inputs.direction.to_crm() && self.lock.as_ref().is_some_and(|lock| lock.comes_back);
        if !comes || document_lines(&self.work.target.record).is_none() {
            return Vec::new();
        }
        let keys = self.work.xero_keys.iter().enumerate();
        keys.filter(|(_, key)| key.starts_with("xero:") || self.is_revived(key))
            .map(|(at, key)| (at, key.as_str()))
            .collect()
    }

    /// A line that the CRM deleted and Xero changed comes back where Xero is the source of truth.
    fn is_revived(&self, line: &str) -> bool {
        self.truth == SourceOfTruth::Xero
            && !self.work.target.line_keys.iter().any(|key| key == line)
            && self.xero_changed_line(line)
    }

    /// Whether Xero has changed a line since it was agreed on.
    fn xero_changed_line(&self, line: &str) -> bool {
        let work = self.work;
        let prefix = format!("lines.{line}.");
        work.xero_flat.order.iter().filter(|key| key.starts_with(&prefix)).any(|key| {
            let text = work.xero_flat.cells.get(key).and_then(|cell| cell.text.as_deref()).unwrap_or_default();
            let agreed = work.agreed(key);
            agreed.xero.or(agreed.crm).is_some_and(|then| work.fingerprint(self.inputs, key, text) != *then)
        })
    }

    /// The rows that the lines which only Xero has become. A line for which the CRM has no product or no tax stays in
    /// Xero only, with a warning.
    fn new_rows(&mut self, element: &Value) -> Vec<Map<String, Value>> {
        let (work, inputs) = (self.work, self.inputs);
        let (Record::Document(crm), Some(Record::Document(document))) = (&work.crm, &work.xero) else {
            return Vec::new();
        };
        let mode = match crm.tax_mode {
            TaxMode::None => inputs.settings.documents.tax_mode.or(inputs.crm_organisation.tax_mode),
            mode => Some(mode),
        };
        let arrival = ArrivalInputs {
            module: inputs.module,
            xero: element,
            references: &inputs.references.arrivals,
            crm_organisation: inputs.crm_organisation,
            xero_organisation: inputs.xero_organisation,
            settings: inputs.settings,
            now: inputs.now,
        };
        let lines: Vec<(usize, String)> =
            self.arriving_lines().into_iter().map(|(at, key)| (at, key.to_owned())).collect();
        let has = document_lines(&work.crm).map_or(0, <[_]>::len);
        if has + lines.len() > MOST_LINES {
            // Money that the CRM does not know of is no half a document: all of it stays in Xero.
            self.problems.push(
                problem::lines_too_many(
                    work.name.clone(),
                    lines.len().to_string(),
                    MOST_LINES.to_string(),
                    Some((has + lines.len()).to_string()),
                )
                .severity(Severity::Warning)
                .at(self.xero_place()),
            );
            return Vec::new();
        }
        let mut rows = Vec::new();
        for (at, key) in lines {
            match zoho::row(&arrival, document, at, mode != Some(TaxMode::Total)) {
                Ok(row) => {
                    let place = self.xero_place();
                    self.problems.extend(row.told.into_iter().map(|told| told.at(place.clone())));
                    let text = work.xero_line(&key).and_then(|line| line.description.clone());
                    let label = format!("Xero line {}", at + 1);
                    let places = row.fields.keys().map(|field| format!("lines.{field}"));
                    let places: Vec<String> = places.chain(inputs.module.lines_field().map(str::to_owned)).collect();
                    if !self.may_write(places.iter().map(String::as_str), &label) {
                        continue;
                    }
                    let shown = Some(Shown::Text(text.unwrap_or_else(|| label.clone())));
                    rows.push(row.fields);
                    self.changes.push(FieldChange {
                        why: if key.starts_with("xero:") { Why::New } else { Why::XeroOverruledCrm },
                        key: format!("lines.{key}"),
                        label,
                        crm: None,
                        xero: shown.clone(),
                        result: shown,
                        written: Written::Crm,
                    });
                }
                Err(problems) => {
                    let place = locks::place(inputs.module, element, inputs.xero_organisation);
                    let warnings = problems.into_iter().map(|problem| match problem.place {
                        Some(_) => problem.severity(Severity::Warning),
                        None => problem.severity(Severity::Warning).at(place.clone()),
                    });
                    self.problems.extend(warnings);
                }
            }
        }
        rows
    }

    /// A field of a line that is new in the CRM.
    fn new_line_field(&mut self, key: &str) {
        let Some(cell) = self.work.target_flat.cells.get(key) else { return };
        if cell.text.is_none() {
            return;
        }
        if self.first {
            self.differing.push(key.to_owned());
            return;
        }
        if !self.inputs.direction.to_xero() {
            return;
        }
        // A new line moves money, whatever its fields are.
        if self.lock.as_ref().is_some_and(|lock| lock.takes != Takes::All) {
            let line = line_key(key).map(|(line, _)| self.work.line_label(line)).unwrap_or_default();
            self.refuse("lines.order", line);
            return;
        }
        self.to_xero.insert(key.to_owned());
        self.agreed.insert(key.to_owned());
        self.change(key, None, cell.shown.clone(), Written::Xero, Why::New);
    }

    /// The CRM's line was deleted in Xero: it goes from the CRM too, unless the CRM has changed it and counts.
    fn line_removed_in_xero(&mut self, line: &str) {
        let work = self.work;
        let prefix = format!("lines.{line}.");
        let keys = work.target_flat.order.iter().filter(|key| key.starts_with(&prefix)).cloned().collect::<Vec<_>>();
        let unchanged = keys.iter().all(|key| {
            let text = work.target_flat.cells.get(key).and_then(|cell| cell.text.as_deref()).unwrap_or_default();
            match work.agreed(key).crm {
                Some(then) => work.fingerprint(self.inputs, key, text) == *then,
                None => text.is_empty(),
            }
        });
        let takes_all = self.lock.as_ref().is_none_or(|lock| lock.takes == Takes::All);
        let comes_back = self.lock.as_ref().is_none_or(|lock| lock.comes_back);
        let goes = unchanged || self.truth == SourceOfTruth::Xero || !takes_all;
        let to_xero = self.inputs.direction.to_xero();
        if !goes {
            for key in keys.iter().filter(|_| to_xero) {
                self.send(key, Why::CrmOverruledXero);
            }
            return;
        }
        let key = format!("{prefix}description");
        if !unchanged && !takes_all && to_xero {
            self.refuse("lines.order", work.line_label(line));
        }
        if comes_back
            && self.writable(&key)
            && self.may_write(self.inputs.module.lines_field().into_iter(), &work.line_label(line))
        {
            let why = if unchanged { Why::ChangedInXero } else { Why::XeroOverruledCrm };
            self.to_crm.insert(key.clone());
            let shown = work.target_flat.cells.get(&key).and_then(|cell| cell.shown.clone());
            self.changes.push(FieldChange {
                key: format!("lines.{line}"),
                label: work.line_label(line),
                crm: shown,
                xero: None,
                result: None,
                written: Written::Crm,
                why,
            });
        }
    }

    /// A line that was linked is gone in the CRM: it goes from Xero too, unless Xero has changed it and counts.
    fn line_removed_in_crm(&mut self, line: &str) {
        let work = self.work;
        let prefix = format!("lines.{line}.");
        let unchanged = !self.xero_changed_line(line);
        if !self.inputs.direction.to_xero() || (!unchanged && self.truth == SourceOfTruth::Xero) {
            return;
        }
        if self.lock.as_ref().is_some_and(|lock| lock.takes != Takes::All) {
            self.refuse("lines.order", "Removed line".to_owned());
            return;
        }
        let text = work.xero_line(line).and_then(|line| line.description.clone());
        // Any part of the line says that the line is among what changes.
        self.to_xero.insert(format!("{prefix}description"));
        self.changes.push(FieldChange {
            key: format!("lines.{line}"),
            label: work.line_label(line),
            crm: None,
            xero: text.map(Shown::Text),
            result: None,
            written: Written::Xero,
            why: if unchanged { Why::ChangedInCrm } else { Why::CrmOverruledXero },
        });
    }

    /// The order of the lines that both sides have. It only goes to Xero.
    fn order(&mut self) {
        let work = self.work;
        let common = |keys: &[String], others: &[String]| {
            keys.iter().filter(|key| others.contains(key)).cloned().collect::<Vec<_>>().join(",")
        };
        let ours = common(&work.target.line_keys, &work.xero_keys);
        let theirs = common(&work.xero_keys, &work.target.line_keys);
        let key = "lines.order";
        let fingerprint = |value: &str| work.fingerprint(self.inputs, key, value);
        let by = |ours: &str, theirs: &str| decide(Some(ours), Some(theirs), work.agreed(key), self.truth, fingerprint);
        let mut decision = by(&ours, &theirs);
        if let (true, Some(link)) = (decision != Decision::Same && work.agreed(key).crm.is_some(), self.inputs.link) {
            // Where a line that was not linked before has its place is no change of the order.
            let known = link.lines.keys().cloned().collect::<Vec<_>>();
            let of_known = |order: &str| {
                let keys = order.split(',').map(str::to_owned).collect::<Vec<_>>();
                common(&keys, &known)
            };
            decision = by(&of_known(&ours), &of_known(&theirs));
        }
        if self.first || matches!(decision, Decision::Same | Decision::ToCrm(_)) {
            // Xero's order stays as it is there, and is remembered beside the CRM's.
            self.agreed.insert(key.to_owned());
            return;
        }
        if let Decision::ToXero(why) = decision
            && self.inputs.direction.to_xero()
            && self.lock.as_ref().is_none_or(|lock| lock.lets(self.inputs.module, key))
        {
            self.to_xero.insert(key.to_owned());
            self.agreed.insert(key.to_owned());
            self.change(key, None, None, Written::Xero, why);
        }
    }

    /// A rate of discount must go along with a new quantity or price: Xero may hold it as an amount of the old ones.
    fn complete_discounts(&mut self) {
        let touched = self
            .to_xero
            .iter()
            .filter_map(|key| line_key(key))
            .filter(|(_, part)| matches!(*part, "quantity" | "unit_price"))
            .map(|(line, _)| format!("lines.{line}.discount"))
            .filter(|key| self.work.target_flat.cells.get(key).is_some_and(|cell| cell.text.is_some()))
            .filter(|key| !self.to_crm.contains(key))
            .collect::<Vec<_>>();
        for key in touched {
            self.to_xero.insert(key.clone());
            self.agreed.insert(key);
        }
    }

    fn change(&mut self, key: &str, xero: Option<Shown>, result: Option<Shown>, written: Written, why: Why) {
        let ours = self.work.crm_flat.cells.get(key).or_else(|| self.work.target_flat.cells.get(key));
        let derived = (is_derived(key) || self.work.target.defaulted.contains(key))
            && !self.work.crm_flat.cells.contains_key(key);
        self.changes.push(FieldChange {
            key: key.to_owned(),
            label: self.work.label(self.inputs, key),
            crm: ours.filter(|_| !derived).and_then(|cell| cell.shown.clone()),
            xero,
            result,
            written,
            why,
        });
    }

    fn set_status(&mut self, target: &mut Record, course: &Course) {
        let (Record::Document(document), Some(status)) = (target, &course.send) else { return };
        document.status = Seen::some(status.as_str().to_owned());
        self.to_xero.insert("status".to_owned());
        self.agreed.insert("status".to_owned());
        let now = self.inputs.xero.and_then(locks::status);
        let present = match &self.work.crm {
            Record::Document(document) => document.status.get().cloned(),
            _ => None,
        };
        self.show_status(FieldChange {
            key: "status".to_owned(),
            label: "Status".to_owned(),
            crm: present.map(Shown::Text),
            why: if now.is_none() { Why::New } else { Why::ChangedInCrm },
            xero: now.as_ref().map(status::words).map(Shown::Text),
            result: Some(Shown::Text(status::words(status))),
            written: Written::Xero,
        });
    }

    /// Whether a document will be approved is what people look for first: it stands right after the number.
    fn show_status(&mut self, change: FieldChange) {
        let first = |one: &&FieldChange| matches!(one.key.as_str(), "number" | "party");
        let at = self.changes.iter().take_while(first).count();
        self.changes.insert(at, change);
    }

    fn bring_status(&mut self, element: &Value, status: &str, overruled: bool) {
        let present = match &self.work.crm {
            Record::Document(document) => document.status.get().cloned(),
            _ => None,
        };
        self.show_status(FieldChange {
            key: "status".to_owned(),
            label: "Status".to_owned(),
            crm: present.map(Shown::Text),
            xero: locks::status(element).as_ref().map(status::words).map(Shown::Text),
            result: Some(Shown::Text(status.to_owned())),
            written: Written::Crm,
            why: if overruled { Why::XeroOverruledCrm } else { Why::ChangedInXero },
        });
    }

    /// What Xero's changes become in the CRM. What belongs to the person goes to that one's own record.
    fn brought_back(&mut self, has_person: bool) -> Map<String, Value> {
        let module = self.inputs.module;
        let mut keys = self.to_crm.clone();
        keys.retain(|key| !has_person || zoho::of_person(module, key).is_none());
        let mut fields = match &self.theirs {
            Some(theirs) if !keys.is_empty() => zoho::write(
                module,
                theirs,
                &keys,
                self.inputs.crm,
                self.inputs.crm_organisation,
                self.inputs.settings,
                &self.work.link,
            ),
            _ => Map::new(),
        };
        fields.extend(self.generated_code());
        fields
    }

    /// A code that was made for a product without one is written back to it.
    fn generated_code(&mut self) -> Map<String, Value> {
        let (Record::Item(crm), Record::Item(target)) = (&self.work.crm, &self.work.target.record) else {
            return Map::new();
        };
        let told = self.to_crm.contains("code") || !self.inputs.direction.to_crm();
        if !matches!(crm.code, Seen::Value(None)) || told {
            return Map::new();
        }
        let Some(code) = target.code.get().filter(|_| self.open("code")) else { return Map::new() };
        let result = Some(Shown::Text(code.clone()));
        let xero = self.work.xero_flat.cells.get("code").and_then(|cell| cell.shown.clone());
        self.changes.push(FieldChange {
            key: "code".to_owned(),
            label: self.work.label(self.inputs, "code"),
            crm: None,
            xero,
            result,
            written: Written::Crm,
            why: Why::New,
        });
        let keys = BTreeSet::from(["code".to_owned()]);
        zoho::write(
            self.inputs.module,
            &self.work.target.record,
            &keys,
            self.inputs.crm,
            self.inputs.crm_organisation,
            self.inputs.settings,
            &self.work.link,
        )
    }

    /// The CRM's total beside Xero's: what Xero will make of what is sent, or has made already where no line is sent.
    fn totals(&mut self, element: &Value, body: Option<&Value>, crm_lines_change: bool) -> Option<TotalsView> {
        let (Record::Document(crm), Some(Record::Document(present))) = (&self.work.crm, &self.work.xero) else {
            return None;
        };
        let sent = body.filter(|body| body.get("LineItems").is_some());
        let crm_total = crm.total.get().copied()?;
        let (xero_total, count) = match sent {
            Some(body) => {
                let predicted = self.predict(element, body)?;
                (predicted.total, predicted.lines.len())
            }
            None => (present.total.get().copied()?, super::fields::lines_of(present).len()),
        };
        let currency = present.currency.get().unwrap_or(&self.inputs.xero_organisation.base_currency);
        let view = totals::compare(currency, crm_total, xero_total);
        if sent.is_some() {
            let told = totals::negative_problem(xero_total, currency, &self.work.name, self.inputs.module);
            let place = self.crm_place();
            self.problems.extend(told.map(|told| told.at(place)));
        }
        let told = totals::difference_problem(&view, count, self.inputs.xero_organisation);
        // Where the CRM's lines are about to change, its total is about to change as well.
        if let (Some(problem), false) = (told, crm_lines_change) {
            let severity = if sent.is_some() { problem.severity } else { Severity::Warning };
            self.problems.push(problem.severity(severity).at(self.crm_place()));
        }
        Some(view)
    }

    /// What Xero will make of an update that carries lines.
    fn predict(&self, element: &Value, body: &Value) -> Option<totals::Totals> {
        let Record::Document(sent) = xero::read(self.inputs.module, body) else { return None };
        let Record::Document(present) = xero::read(self.inputs.module, element) else { return None };
        let types =
            if sent.line_amount_types.get().is_some() { sent.line_amount_types } else { present.line_amount_types };
        let document = Document { line_amount_types: types, lines: sent.lines, ..Document::default() };
        let rates = &self.inputs.xero_organisation.tax_rates;
        let rate_of = |tax_type: &str| -> Option<Decimal> {
            rates.iter().find(|rate| rate.tax_type == tax_type).map(|rate| rate.effective_rate)
        };
        Some(totals::predict(&document, rate_of))
    }

    fn with_link(&self) -> Inputs<'_> {
        Inputs { link: Some(&self.work.link), ..*self.inputs }
    }

    fn write(&self, id: Option<crate::id::XeroId>, body: Value) -> Option<XeroWrite> {
        let id = match self.inputs.xero {
            None => None,
            // Without an id an update would become a create.
            Some(_) => Some(id.or_else(|| self.inputs.link.and_then(|link| link.xero_id.clone()))?),
        };
        let resource = match self.inputs.module.kind() {
            Kind::Party => "Contacts",
            Kind::Item => "Items",
            Kind::Document => "Invoices",
        };
        Some(XeroWrite { resource, id, body })
    }

    fn xero_place(&self) -> problem::Place {
        let element = self.inputs.xero.unwrap_or(&Value::Null);
        locks::place(self.inputs.module, element, self.inputs.xero_organisation)
    }

    fn crm_place(&self) -> problem::Place {
        let label = format!("Open \"{}\" in the CRM", self.work.name);
        problem::place_crm(self.inputs.crm_organisation, self.inputs.module, &self.work.link.crm_id, label)
    }

    fn locked(&self, reason: &Reason, element: &Value, fields: &[String]) -> Problem {
        let organisation = self.inputs.xero_organisation;
        if *reason == Reason::Others {
            let place = locks::place(self.inputs.module, element, organisation);
            return status::approved_by_others(self.inputs, &self.work.name).severity(Severity::Warning).at(place);
        }
        locks::told(reason, self.inputs.module, &self.work.name, element, organisation, fields)
    }

    /// Left alone: nothing is written on either side, but what both share is still remembered.
    fn skip(&mut self, problem: Problem) -> Plan {
        let in_xero = self.inputs.xero.is_some();
        if in_xero {
            self.merge();
            let same = |key: &FieldKey| !self.to_xero.contains(key) && !self.to_crm.contains(key);
            self.agreed = self.agreed.iter().filter(|key| same(key)).cloned().collect();
        }
        self.changes.clear();
        let mut plan = self.finish(Action::Skip, vec![problem], None, None);
        if !in_xero {
            // Nobody need look for the partner of a record that is left alone.
            plan.natural_key.clear();
        }
        plan
    }

    fn finish(
        &mut self,
        action: Action,
        first: Vec<Problem>,
        writes: Option<(Option<XeroWrite>, Map<String, Value>)>,
        totals: Option<TotalsView>,
    ) -> Plan {
        let mut problems: Vec<Problem> = Vec::new();
        for problem in first.into_iter().chain(std::mem::take(&mut self.problems)) {
            // A document waits for what it points to; that is sent first and is no problem of the document's.
            let first_sent = matches!(problem.code, Code::PartyNotSynced | Code::ProductNotSynced);
            if !first_sent && !problems.contains(&problem) {
                problems.push(problem);
            }
        }
        let stopped = action != Action::Skip && !self.partial && problems.iter().any(Problem::stops);
        let (mut xero_write, mut crm_write) = writes.unwrap_or_default();
        let mut agreed = std::mem::take(&mut self.agreed);
        if stopped {
            xero_write = None;
            // How far the document has come in Xero is told whatever else is in the way.
            crm_write.retain(|name, _| name == "Status");
            let status = crm_write.contains_key("Status");
            let open = |key: &String| !self.to_xero.contains(key) && !self.to_crm.contains(key);
            agreed.retain(|key| if key == "status" { status } else { open(key) });
        }
        Plan {
            module: self.inputs.module,
            name: self.work.name.clone(),
            action: if stopped { Action::Blocked } else { action },
            changes: std::mem::take(&mut self.changes),
            problems,
            totals,
            natural_key: xero::natural_key(
                self.inputs.module,
                self.work.link.crm_id.as_str(),
                &self.work.target.record,
            ),
            xero_write,
            crm_write,
            person: None,
            agreed,
        }
    }
}

/// Xero's record in the CRM's terms: a document's number without the prefix of the settings, and its prices without the
/// tax that only Xero's contain, or with it.
fn in_crm_terms(inputs: &Inputs<'_>, work: &Work) -> Option<Record> {
    let mut record = work.xero.clone()?;
    let number = bare_number(inputs, work.xero.as_ref()).map(str::to_owned);
    let prices = xero::Prices::of(inputs.settings, inputs.xero);
    let ours = document_lines(&work.target.record).unwrap_or_default();
    if let Record::Document(document) = &mut record {
        if let Some(number) = number {
            document.number = Seen::some(number);
        }
        if let Seen::Value(Some(lines)) = &mut document.lines {
            for (line, key) in lines.iter_mut().zip(&work.xero_keys) {
                // By the tax of the CRM's line, since that is put in again on the way back.
                let at = work.target.line_keys.iter().position(|known| known == key);
                let tax_type = at.and_then(|at| ours.get(at)).and_then(|line| line.tax_type.as_deref());
                prices.to_crm(line, tax_type.and_then(xero::rate_of(inputs)).unwrap_or_default());
            }
        }
    }
    Some(record)
}

/// Xero's number without the prefix of the settings; none when it does not begin with that.
fn bare_number<'a>(inputs: &Inputs<'_>, xero: Option<&'a Record>) -> Option<&'a str> {
    let Some(Record::Document(document)) = xero else { return None };
    let number = document.number.get()?;
    match &inputs.settings.documents.number {
        NumberRule::Crm { prefix } => number.strip_prefix(prefix.as_str()).filter(|bare| !bare.is_empty()),
        NumberRule::Xero => Some(number),
    }
}

/// Whether a link says which Xero record it is.
fn is_linked(inputs: &Inputs<'_>) -> bool {
    inputs.link.is_some_and(|link| link.state == LinkState::Linked && link.xero_id.is_some())
}

/// A missing primary contact that stops a party can be let pass by a setting.
fn with_remedy(problem: Problem) -> Problem {
    let missing = matches!(problem.code, Code::PrimaryContactMissing | Code::PrimaryContactSeveral);
    if missing && problem.stops() && problem.remedy.is_none() {
        problem.remedy(remedy::primary_contact())
    } else {
        problem
    }
}

/// Whether a field belongs to a document's lines.
fn is_of_lines(key: &str) -> bool {
    key.starts_with("lines.") || key.starts_with(TRACKING) || key == "line_amount_types"
}

/// Accounts and taxes of lines are found by the settings.
fn is_found_for_lines(key: &str) -> bool {
    line_key(key).is_some_and(|(_, part)| matches!(part, "account_code" | "tax_type"))
}

/// Fields of an item that are chosen for it when nobody chose them.
fn is_default(key: &str) -> bool {
    matches!(key, "sales.account_code" | "sales.tax_type" | "purchase.account_code" | "purchase.tax_type")
}

/// Fields that the CRM itself does not have: they come from the settings.
fn is_derived(key: &str) -> bool {
    is_default(key)
        || matches!(key, "line_amount_types" | "branding")
        || line_key(key).is_some_and(|(_, part)| matches!(part, "account_code" | "tax_type"))
}
