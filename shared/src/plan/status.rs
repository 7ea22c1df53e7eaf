//! A document's status: it only moves forward in Xero, and the CRM follows.

use super::locks::{self, Reason};
use super::merge::Agreed;
use crate::link::Fingerprint;
use crate::problem::{self, Problem, Severity};
use crate::record::DocumentStatus;
use crate::settings::{StatusTarget, UpTo, fields, remedy, statuses};

use super::Inputs;

/// What becomes of a document's status.
#[derive(Debug, Default)]
pub(super) struct Course {
    /// The status to send.
    pub(super) send: Option<DocumentStatus>,
    /// The CRM's status to write there, in the CRM's words.
    pub(super) bring: Option<String>,
    /// Whether the CRM had moved as well, so that its move is overruled.
    pub(super) overruled: bool,
    /// The document is cancelled: nothing but the status is sent.
    pub(super) only_status: bool,
    /// The document is left alone, and what Xero knows still comes back.
    pub(super) skip: Option<Problem>,
    /// What stands in the way, and what is worth knowing.
    pub(super) problems: Vec<Problem>,
    /// The canonical value that both sides share afterwards; none when they don't.
    pub(super) agreed: Option<&'static str>,
}

/// The canonical word of a paid document, where the CRM has a status for it.
const PAID: &str = "PAID";

/// The canonical words that are compared and remembered.
fn canonical(target: StatusTarget) -> &'static str {
    match target {
        StatusTarget::Draft => "DRAFT",
        StatusTarget::Submitted => "SUBMITTED",
        StatusTarget::Authorised => "AUTHORISED",
        StatusTarget::Cancel => "CANCELLED",
        StatusTarget::Skip => "",
    }
}

/// Decides the course of a document within the direction of the inputs. `present` is the CRM's status.
pub(super) fn course(
    inputs: &Inputs<'_>,
    name: &str,
    present: Option<&str>,
    agreed: Agreed<'_>,
    fingerprint: impl Fn(&str) -> Fingerprint,
) -> Course {
    let mut course = match inputs.xero {
        Some(element) if !inputs.direction.to_xero() => follow(inputs, name, present, element, agreed, fingerprint),
        _ => either_way(inputs, name, present, agreed, fingerprint),
    };
    let takes_it = fields::takes_values(inputs.crm_organisation, inputs.module, "Status");
    if course.bring.is_some() && !(inputs.direction.to_crm() && takes_it) {
        course.bring = None;
        // Not shared: it comes once the direction is opened, or the CRM takes it.
        course.agreed = None;
    }
    course
}

/// Nothing goes to Xero: its status comes to the CRM when it has moved.
fn follow(
    inputs: &Inputs<'_>,
    name: &str,
    present: Option<&str>,
    element: &serde_json::Value,
    agreed: Agreed<'_>,
    fingerprint: impl Fn(&str) -> Fingerprint,
) -> Course {
    let target = statuses::target(inputs.settings, inputs.crm_organisation, inputs.module, present).ok();
    let ours = crm_word(inputs, present);
    let xero = locks::status(element).unwrap_or(DocumentStatus::Other(String::new()));
    let told = tells(inputs, present, &xero);
    if target == Some(StatusTarget::Skip) && ours.is_none() && !told {
        return skip(problem::status_left_alone(name.to_owned(), present.unwrap_or_default().to_owned()));
    }
    let ended = matches!(xero, DocumentStatus::Voided | DocumentStatus::Deleted);
    let in_xero = (ended || rank(&xero).is_some()).then(|| xero_word(inputs, &xero));
    let end = || locks::told(&Reason::Voided, inputs.module, name, element, inputs.xero_organisation, &[]);
    let problems = if ended { vec![end()] } else { Vec::new() };
    let theirs = in_xero.map(&fingerprint);
    if ours == in_xero || told {
        return Course { agreed: in_xero, problems, ..Course::default() };
    }
    if theirs.is_none() || theirs.as_ref() == agreed.xero.or(agreed.crm) {
        return Course { problems, ..Course::default() };
    }
    let moved = agreed.crm.is_some_and(|then| ours.map(&fingerprint).as_ref() != Some(then));
    Course { problems, ..bring(inputs, present, &xero, moved) }
}

/// Decides the course where both ways may be open.
fn either_way(
    inputs: &Inputs<'_>,
    name: &str,
    present: Option<&str>,
    agreed: Agreed<'_>,
    fingerprint: impl Fn(&str) -> Fingerprint,
) -> Course {
    if let Some(course) = chosen(inputs, name, present, agreed, &fingerprint) {
        return course;
    }
    let target = match statuses::target(inputs.settings, inputs.crm_organisation, inputs.module, present) {
        Ok(target) => target,
        Err(problem) => {
            let facts = [("name", name.to_owned()), ("status", present.unwrap_or_default().to_owned())];
            return skip(problem::of(problem.code, &facts).remedy(problem.remedy));
        }
    };
    let left_alone = || skip(problem::status_left_alone(name.to_owned(), present.unwrap_or_default().to_owned()));
    let limit = limited(inputs, target);
    let Some(element) = inputs.xero else {
        return match limit {
            StatusTarget::Draft => left_for_approval(inputs, name, target, sending(DocumentStatus::Draft, limit)),
            StatusTarget::Submitted => {
                left_for_approval(inputs, name, target, sending(DocumentStatus::Submitted, limit))
            }
            StatusTarget::Authorised => sending(DocumentStatus::Authorised, limit),
            // What never was in Xero need not be cancelled there.
            StatusTarget::Cancel | StatusTarget::Skip => left_alone(),
        };
    };
    let xero = locks::status(element).unwrap_or(DocumentStatus::Other(String::new()));
    let unchanged = |fingerprint_then: Option<&Fingerprint>, now: &str| {
        fingerprint_then.is_some_and(|then| *then == fingerprint(now))
    };
    let ours = crm_word(inputs, present).unwrap_or_default();
    let crm_moved = agreed.crm.is_some() && !unchanged(agreed.crm, ours);
    match target {
        StatusTarget::Skip => left_alone(),
        StatusTarget::Cancel => cancel(inputs, name, element, &xero),
        _ => {
            let Some(in_xero) = rank(&xero) else {
                return bring_end(inputs, name, present, element, &xero, crm_moved);
            };
            let wanted = match target {
                StatusTarget::Submitted => 1,
                StatusTarget::Authorised => 2,
                _ => 0,
            };
            let theirs = xero_word(inputs, &xero);
            let crm_same = unchanged(agreed.crm, ours);
            if limit != target && in_xero < wanted {
                // Whoever may decides; from a draft it may still come to await that.
                let course = match limit {
                    StatusTarget::Submitted if in_xero == 0 && !crm_same => sending(DocumentStatus::Submitted, limit),
                    _ => Course::default(),
                };
                return left_for_approval(inputs, name, target, course);
            }
            let xero_same = unchanged(agreed.xero.or(agreed.crm), theirs);
            if wanted == in_xero && theirs == PAID && !xero_same {
                // Both are approved; that it was paid since has a word of its own.
                return bring(inputs, present, &xero, crm_moved);
            }
            if wanted == in_xero || (crm_same && xero_same) {
                return Course { agreed: Some(canonical(target)), ..Course::default() };
            }
            // A submitted document can become a draft again; an approved one can't.
            let can_move = wanted > in_xero || (in_xero == 1 && crm_moved);
            if can_move && !crm_same {
                let status = match target {
                    StatusTarget::Submitted => DocumentStatus::Submitted,
                    StatusTarget::Authorised => DocumentStatus::Authorised,
                    _ => DocumentStatus::Draft,
                };
                return sending(status, target);
            }
            let mut course = bring(inputs, present, &xero, crm_moved);
            if crm_moved {
                let reason = if locks::is_paid(element) { Reason::Paid } else { Reason::Approved };
                let fields = ["Status".to_owned()];
                let told = locks::told(&reason, inputs.module, name, element, inputs.xero_organisation, &fields);
                // No setting lets an approved document become a draft again.
                course.problems.push(told.remedy(None));
            }
            course
        }
    }
}

/// The course of a document whose CRM status was chosen for one of Xero's. While Xero has that one nothing is to be
/// done, whatever the CRM's status means elsewhere; and a status that came from Xero follows Xero on.
fn chosen(
    inputs: &Inputs<'_>,
    name: &str,
    present: Option<&str>,
    agreed: Agreed<'_>,
    fingerprint: impl Fn(&str) -> Fingerprint,
) -> Option<Course> {
    let element = inputs.xero?;
    let xero = locks::status(element)?;
    let ended = matches!(xero, DocumentStatus::Voided | DocumentStatus::Deleted);
    let theirs = xero_word(inputs, &xero);
    if tells(inputs, present, &xero) {
        return Some(Course { agreed: Some(theirs), only_status: ended, ..Course::default() });
    }
    let Inputs { settings, crm_organisation, module, .. } = inputs;
    let stands_for = statuses::stands_for(settings, crm_organisation, *module, present?)?;
    let has_meaning = statuses::target(settings, crm_organisation, *module, present).is_ok();
    if has_meaning && stands_for != DocumentStatus::Paid {
        return None;
    }
    let from_xero = agreed.crm.is_some_and(|then| crm_word(inputs, present).map(&fingerprint).as_ref() == Some(then));
    if !from_xero {
        return None;
    }
    if agreed.xero.or(agreed.crm).is_some_and(|then| fingerprint(theirs) == *then) {
        return Some(Course { agreed: Some(theirs), ..Course::default() });
    }
    Some(bring_end(inputs, name, present, element, &xero, false))
}

/// What a status means for a document of somebody whose documents don't count as it says.
fn limited(inputs: &Inputs<'_>, target: StatusTarget) -> StatusTarget {
    match (inputs.permit.up_to, target) {
        (Some(UpTo::Draft), StatusTarget::Submitted | StatusTarget::Authorised) => StatusTarget::Draft,
        (Some(UpTo::Submitted), StatusTarget::Authorised) => StatusTarget::Submitted,
        (_, target) => target,
    }
}

/// A course with a word about what is left to others, where something is.
fn left_for_approval(inputs: &Inputs<'_>, name: &str, target: StatusTarget, mut course: Course) -> Course {
    let limit = limited(inputs, target);
    if limit != target {
        let status = if limit == StatusTarget::Draft { "a draft" } else { "awaiting approval" };
        let who = inputs.settings.senders.approvers.words();
        course.problems.push(problem::left_for_approval(name.to_owned(), status.to_owned(), who));
    }
    course
}

/// The CRM's status as it was sent: what was left to others is not agreed, so that it goes as soon as one of them syncs it.
pub(super) fn sent_word(
    inputs: &Inputs<'_>,
    status: Option<&str>,
    theirs: Option<&'static str>,
) -> Option<&'static str> {
    let ours = crm_word(inputs, status);
    let Ok(target) = statuses::target(inputs.settings, inputs.crm_organisation, inputs.module, status) else {
        return ours;
    };
    let limit = limited(inputs, target);
    if limit != target && theirs == Some(canonical(limit)) { theirs } else { ours }
}

fn tells(inputs: &Inputs<'_>, present: Option<&str>, xero: &DocumentStatus) -> bool {
    statuses::tells(inputs.settings, inputs.crm_organisation, inputs.module, present, xero)
}

fn sending(status: DocumentStatus, target: StatusTarget) -> Course {
    Course { send: Some(status), agreed: Some(canonical(target)), ..Course::default() }
}

fn skip(problem: Problem) -> Course {
    Course { skip: Some(problem), ..Course::default() }
}

/// Xero's status in the CRM's words. Where the CRM has no word of its own for it, nothing is written.
fn bring(inputs: &Inputs<'_>, present: Option<&str>, xero: &DocumentStatus, overruled: bool) -> Course {
    // A paid document was approved before, though nobody has seen it: it is told as that where it has no word of its own.
    let chosen = statuses::chosen_for(inputs.settings, inputs.module, xero).is_some();
    let xero = if *xero == DocumentStatus::Paid && !chosen { &DocumentStatus::Authorised } else { xero };
    let bring = statuses::to_crm(inputs.settings, inputs.crm_organisation, inputs.module, present, xero);
    let agreed = bring.as_ref().map(|_| match xero {
        DocumentStatus::Voided | DocumentStatus::Deleted => "CANCELLED",
        DocumentStatus::Draft => "DRAFT",
        // The CRM's "Created" stands for both.
        DocumentStatus::Submitted => "DRAFT",
        _ => "AUTHORISED",
    });
    Course { bring, overruled, agreed, ..Course::default() }
}

/// Xero's status in the CRM's words, with a word about its end where it has come to it.
fn bring_end(
    inputs: &Inputs<'_>,
    name: &str,
    present: Option<&str>,
    element: &serde_json::Value,
    xero: &DocumentStatus,
    overruled: bool,
) -> Course {
    let mut course = bring(inputs, present, xero, overruled);
    if matches!(xero, DocumentStatus::Voided | DocumentStatus::Deleted) {
        let told = locks::told(&Reason::Voided, inputs.module, name, element, inputs.xero_organisation, &[]);
        course.problems.push(told);
    }
    course
}

/// The CRM's document is cancelled.
fn cancel(inputs: &Inputs<'_>, name: &str, element: &serde_json::Value, xero: &DocumentStatus) -> Course {
    let agreed = Some(canonical(StatusTarget::Cancel));
    if matches!(xero, DocumentStatus::Voided | DocumentStatus::Deleted) {
        return Course { agreed, only_status: true, ..Course::default() };
    }
    if !inputs.settings.documents.allow_void {
        let problem = problem::void_not_allowed(name.to_owned())
            .at(locks::place(inputs.module, element, inputs.xero_organisation))
            .remedy(remedy::allow_void());
        return skip(problem);
    }
    let organisation = inputs.xero_organisation;
    let stops = |reason: &Reason| {
        let told = locks::told(reason, inputs.module, name, element, organisation, &["Status".to_owned()]);
        let problems = vec![told.severity(Severity::Error)];
        Course { problems, only_status: true, ..Course::default() }
    };
    if locks::is_paid(element) {
        return stops(&Reason::Paid);
    }
    if let Some(reason) = locks::period(inputs.module, element, organisation) {
        return stops(&reason);
    }
    if inputs.permit.up_to.is_some() && *xero == DocumentStatus::Authorised {
        let problems = vec![approved_by_others(inputs, name)];
        return Course { problems, only_status: true, ..Course::default() };
    }
    let send = match xero {
        DocumentStatus::Draft | DocumentStatus::Submitted => DocumentStatus::Deleted,
        DocumentStatus::Authorised => DocumentStatus::Voided,
        other => return stops(&Reason::State(other.as_str().to_owned())),
    };
    Course { send: Some(send), only_status: true, agreed, ..Course::default() }
}

/// What is approved is nothing for somebody whose documents don't count as their status says.
pub(super) fn approved_by_others(inputs: &Inputs<'_>, name: &str) -> Problem {
    let kind = format!("approved {}", inputs.module.singular());
    let who = inputs.settings.senders.approvers.words();
    problem::sender_not_allowed(name.to_owned(), kind, None, Some(who))
}

/// The CRM's status in the words that are compared and remembered; none where it means nothing to Xero.
pub(super) fn crm_word(inputs: &Inputs<'_>, status: Option<&str>) -> Option<&'static str> {
    let Inputs { settings, crm_organisation, module, .. } = inputs;
    let stands_for = status.and_then(|status| statuses::stands_for(settings, crm_organisation, *module, status));
    if stands_for == Some(DocumentStatus::Paid) {
        return Some(PAID);
    }
    match statuses::target(settings, crm_organisation, *module, status) {
        Ok(StatusTarget::Skip) => None,
        Ok(target) => Some(canonical(target)),
        Err(_) => stands_for.as_ref().map(word),
    }
}

/// Xero's status in the words that are compared and remembered. Paid has one of its own only where the CRM has.
pub(super) fn xero_word(inputs: &Inputs<'_>, status: &DocumentStatus) -> &'static str {
    let told = statuses::chosen_for(inputs.settings, inputs.module, status).is_some();
    if told && *status == DocumentStatus::Paid { PAID } else { word(status) }
}

fn word(status: &DocumentStatus) -> &'static str {
    match status {
        DocumentStatus::Draft => "DRAFT",
        DocumentStatus::Submitted => "SUBMITTED",
        DocumentStatus::Voided | DocumentStatus::Deleted => "CANCELLED",
        DocumentStatus::Authorised | DocumentStatus::Paid | DocumentStatus::Other(_) => "AUTHORISED",
    }
}

/// How far Xero's document has come: draft 0, submitted 1, approved 2; none when it came to its end.
fn rank(status: &DocumentStatus) -> Option<usize> {
    match status {
        DocumentStatus::Draft => Some(0),
        DocumentStatus::Submitted => Some(1),
        DocumentStatus::Authorised | DocumentStatus::Paid => Some(2),
        DocumentStatus::Voided | DocumentStatus::Deleted | DocumentStatus::Other(_) => None,
    }
}

/// Xero's status for people.
pub(crate) fn words(status: &DocumentStatus) -> String {
    match status {
        DocumentStatus::Draft => "Draft",
        DocumentStatus::Submitted => "Awaiting approval",
        DocumentStatus::Authorised => "Awaiting payment",
        DocumentStatus::Paid => "Paid",
        DocumentStatus::Voided => "Voided",
        DocumentStatus::Deleted => "Deleted",
        DocumentStatus::Other(text) => text,
    }
    .to_owned()
}
