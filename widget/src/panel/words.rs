//! The panel's own texts, in English; [`crate::dictionary`] tells them in the reader's language. What the edge says (problems,
//! labels, names) comes from the edge.

use crate::client::{Unanswered, is_in_its_place};
use crate::dictionary::{fill, said, say, spoken};
use crate::fault::own_problem;
use crate::panel::page::{Mode, Page};
use crate::panel::rows::{Counts, ListProgress, wrote_xero};
use crate::popup::flow::{Scene, Sight};
pub use crate::popup::words::{EACH_TAB, SIGN_IN_WHY};
use crate::popup::words::{WINDOW, WindowWords, wrong_code};
use shared::api::{Action, EntryView, Outcome, Step, Why, Written};
use shared::language::Language;
use shared::module::Module;
use shared::problem::{Code, Problem, Severity};

/// Button: signs in.
pub const SIGN_IN: &str = "Sign in with Zoho";
/// Button: connects the CRM organisation.
pub const CONNECT_ZOHO: &str = "Connect Zoho CRM";
/// Button: connects a Xero organisation.
pub const CONNECT_XERO: &str = "Connect Xero";
/// Button: renews the CRM's connection.
pub const RECONNECT_ZOHO: &str = "Reconnect Zoho CRM";
/// Button: renews Xero's connection.
pub const RECONNECT_XERO: &str = "Reconnect Xero";
/// Button while the first answer is on its way.
pub const CHECKING: &str = "Checking…";
/// Button while a vendor's window is open.
pub const WAITING_FOR_WINDOW: &str = "Waiting for the other window…";
/// Button: reads the status again.
pub const CHECK_AGAIN: &str = "Check again";
/// Button: creates the record in Xero.
pub const SEND: &str = "Send to Xero";
/// Button: links the record with the one that Xero has.
pub const LINK: &str = "Link in Xero";
/// Button: updates the Xero record.
pub const UPDATE_XERO: &str = "Update Xero";
/// Button: updates the CRM record. It is never the primary one: what it overwrites was typed by somebody.
pub const OVERWRITE: &str = "Overwrite with Xero’s values";
/// Button: tells the CRM which record it is in Xero, which it did not take before.
pub const SAVE_TO_CRM: &str = "Save to the CRM";
/// Button: both sides agree.
pub const NOTHING_TO_SYNC: &str = "Nothing to sync";
/// Button while a sync is under way.
pub const WORKING: &str = "Syncing…";
/// A value that the CRM hides from whoever looks.
pub const NOT_SHOWN: &str = "Not shown to you";
/// The same in a line.
pub const VALUE_NOT_SHOWN: &str = "(not shown to you)";
/// The name of a record that whoever looks is not shown.
pub const NAME_NOT_SHOWN: &str = "(name not shown to you)";
/// Button after a failure.
pub const TRY_AGAIN: &str = "Try again";
/// Button: takes up the failed records of a list.
pub const RETRY_FAILED: &str = "Retry failed";
/// Button: goes on with a list that was stopped.
pub const CONTINUE: &str = "Continue";
/// Button: starts no further record.
pub const STOP: &str = "Stop";
/// Button: ends the run of a list.
pub const CANCEL: &str = "Cancel";
/// Button while the run is being ended.
pub const CANCELLING: &str = "Cancelling…";
/// Button: closes the popup.
pub const CLOSE: &str = "Close";
/// Button: loads the panel anew.
pub const RELOAD: &str = "Reload";
/// Said before the popup closes by itself.
pub const CLOSING: &str = "This window closes in a moment";

/// The same in the reader's language.
#[must_use]
pub fn window_words() -> WindowWords {
    WindowWords {
        closed: say(WINDOW.closed),
        unseen: say(WINDOW.unseen),
        open: say(WINDOW.open),
        try_again: say(WINDOW.try_again),
        type_code: say(WINDOW.type_code),
        code_hint: say(WINDOW.code_hint),
        code_form: say(WINDOW.code_form),
        type_key: say(WINDOW.type_key),
        key_hint: say(WINDOW.key_hint),
        key_wrong: say(WINDOW.key_wrong),
        go_on: say(WINDOW.go_on),
        choose: say(WINDOW.choose),
        choose_hint: say(WINDOW.choose_hint),
        connected_now: say(WINDOW.connected_now),
        connecting: say(WINDOW.connecting),
    }
}

/// What a screen reader says about a vendor's window.
#[must_use]
pub fn window(scene: &Scene) -> String {
    match scene {
        Scene::Opening | Scene::Waiting(Sight::Open) | Scene::Claiming => spoken(WAITING_FOR_WINDOW),
        Scene::Waiting(Sight::Closed) => spoken(WINDOW.closed),
        Scene::Waiting(Sight::Unseen) => [say(WINDOW.unseen), " ", say(WINDOW.open)].concat(),
        Scene::Code { wrong: None } => spoken(WINDOW.type_code),
        Scene::Code { wrong: Some(wrong) } => wrong_code(say(WINDOW.code_form), wrong),
        Scene::Key { wrong } => spoken(if *wrong { WINDOW.key_wrong } else { WINDOW.type_key }),
        Scene::Choice { problem: Some(problem), .. } => problem.what.clone(),
        Scene::Choice { taken: Some(_), .. } => spoken(WINDOW.connecting),
        Scene::Choice { .. } => spoken(WINDOW.choose),
    }
}

/// Below the headline of a list.
pub const LIST_HINT: &str = "Each record is synced by itself: one that fails does not stop the others.";

/// Below the headline of a list while its run works.
pub const RUN_HINT: &str = "A record that fails does not stop the others. The sync goes on if you close this window.";
/// Announced when the run of a list waits.
pub const STANDSTILL: &str = "The sync stands still";
/// Announced when the run of a list goes on, but can't be looked at.
pub const OUT_OF_DATE: &str = "The list is not up to date";
/// Before the moment at which a run that waits goes on.
pub const RESUMES: &str = "It goes on by itself: ";

/// A problem that the panel itself finds, in the reader's language.
fn own(code: Code, severity: Severity, what: &'static str, why: &'static str, fix: &'static str) -> Problem {
    own_problem(severity, code, [say(what), say(why), say(fix)])
}

/// Nothing has come of a window in time.
#[must_use]
pub fn window_late() -> Problem {
    own(
        Code::FlowOver,
        Severity::Warning,
        "It was not finished.",
        "Nothing has come of the window for 15 minutes.",
        "Press the button again and finish in the window that opens.",
    )
}

/// The session is another user's than the one who is at work in the CRM.
#[must_use]
pub fn other_user(signed_in: &str, at_work: &str) -> Problem {
    let at_work = if at_work.is_empty() { say("somebody else") } else { at_work };
    let mut found = own(
        Code::NotSignedIn,
        Severity::Warning,
        "",
        "Everybody works with their own rights, and what is done is noted with their own name.",
        "Sign in to go on.",
    );
    found.what = fill("This browser is signed in as {}, but the CRM says that you are {}.", signed_in);
    found.what = found.what.replacen("{}", at_work, 1);
    found
}

/// The edge could not be told that the session is over.
#[must_use]
pub fn still_signed_in() -> Problem {
    own(
        Code::Internal,
        Severity::Error,
        "You are still signed in.",
        "The sync service could not be reached, so it does not know yet that you want to leave.",
        "Check your connection and sign out again before somebody else uses this browser.",
    )
}

/// The session ended.
#[must_use]
pub fn session_over() -> Problem {
    own(
        Code::SessionExpired,
        Severity::Warning,
        "Your session has ended.",
        "Sessions end after a while, when you sign out elsewhere, and when an administrator ends them.",
        "Sign in again: this takes one click. If you are not let in, ask an administrator.",
    )
}

/// The edge could not be reached.
#[must_use]
pub fn unreachable() -> Problem {
    own(
        Code::Internal,
        Severity::Error,
        "The sync service could not be reached.",
        "The network is interrupted, or the service is being replaced.",
        "Check your connection and try again. Nothing is sent twice.",
    )
}

/// The edge took too long.
#[must_use]
pub fn too_slow() -> Problem {
    own(
        Code::OutcomeUnknown,
        Severity::Error,
        "No answer came in time.",
        "Zoho, Xero or the network is slow at the moment. A sync may still have gone through.",
        "Try again. It finds out what has arrived, and nothing is sent twice.",
    )
}

/// Why there is no answer; the panel's language is the dictionary's.
pub(super) fn unanswered(why: Unanswered, _: Language) -> Problem {
    match why {
        Unanswered::Unreachable => unreachable(),
        Unanswered::TooSlow => too_slow(),
        Unanswered::Unreadable(status, said) => unreadable(status, said),
    }
}

/// The edge's answer could not be understood, or somebody else has answered in its place.
#[must_use]
pub fn unreadable(status: u16, said: String) -> Problem {
    if is_in_its_place(status) {
        let mut found = own(
            Code::OutcomeUnknown,
            Severity::Error,
            "The sync service is not answering at the moment.",
            "",
            "Try again. It finds out what has arrived, and nothing is sent twice.",
        );
        found.why = fill(
            "HTTP {}: something between this page and the service has answered in its place. A sync may still have gone \
             through.",
            &status.to_string(),
        );
        return found;
    }
    let mut found = own(
        Code::Internal,
        Severity::Error,
        "The sync service gave an answer that this panel does not understand.",
        "The panel and the service may be of different versions.",
        "Reload the page. If it stays like this, tell an administrator.",
    );
    found.why = format!("{} (HTTP {status})", found.why);
    found.said = (!said.is_empty()).then_some(said);
    found
}

/// Why there is no record, and what to do. A frame can't load the page around it anew, and the CRM may say only once
/// what a page shows.
#[must_use]
pub fn no_record(page: &Page, mode: Mode, reloaded: bool) -> String {
    match page {
        Page::SdkMissing => {
            let why = "This panel works inside a record page of Zoho CRM. The page has not told which record is open.";
            let fix = match (mode, reloaded) {
                (Mode::Panel, false) => "Reload the page, or open a record in the CRM.",
                (Mode::Panel, true) => {
                    "Only the panel was loaded anew. Reload the whole page of the CRM: click beside this panel, then press \
                     F5 (⌘R on a Mac)."
                }
                (Mode::Button | Mode::List, _) => "Close this window and press the CRM’s button again.",
            };
            [say(why), " ", say(fix)].concat()
        }
        Page::Unsupported(entity) => fill(
            "The module “{}” is not synced: only accounts, contacts, vendors, products, invoices and purchase orders are.",
            entity,
        ),
        _ => spoken("The record has not been saved yet. Save it, then open it again."),
    }
}

/// What people who can't connect are told.
#[must_use]
pub fn connect_hint(administrator: bool, broken: bool, zoho_side: bool) -> &'static str {
    say(match (administrator, broken, zoho_side) {
        (true, false, true) => {
            "Connect it once for everybody: you give consent in a Zoho window, and the sync’s own fields are created \
             in the CRM."
        }
        (true, false, false) => {
            "Connect it once for everybody: you give consent in a Xero window and choose the organisation."
        }
        (true, true, true) => "Zoho no longer accepts our access. Connect again; links and settings are kept.",
        (true, true, false) => "Xero no longer accepts our access. Connect again; links and settings are kept.",
        (false, false, _) => "Ask a CRM administrator to open this panel and connect it.",
        (false, true, _) => "Ask a CRM administrator to open this panel and reconnect it. Links and settings are kept.",
    })
}

/// A module's record, with a capital letter.
#[must_use]
pub fn module_title(module: Module) -> &'static str {
    say(match module {
        Module::Accounts => "Account",
        Module::Contacts => "Contact",
        Module::Vendors => "Vendor",
        Module::Products => "Product",
        Module::Invoices => "Invoice",
        Module::PurchaseOrders => "Purchase order",
    })
}

/// Xero's status, as Xero's own pages word it; an unknown one is shown as it came.
#[must_use]
pub fn xero_status(status: &str) -> String {
    said(match status {
        "DRAFT" => "Draft",
        "SUBMITTED" => "Awaiting approval",
        "AUTHORISED" => "Awaiting payment",
        "PAID" => "Paid",
        "VOIDED" => "Voided",
        "DELETED" => "Deleted",
        "ACTIVE" => "Active",
        "ARCHIVED" => "Archived",
        "GDPRREQUEST" => "Erased on request",
        other => other,
    })
}

/// `3 changes waiting`.
#[must_use]
pub fn changes_waiting(count: usize) -> String {
    match count {
        0 => spoken("Changes waiting"),
        1 => spoken("1 change waiting"),
        _ => fill("{} changes waiting", &count.to_string()),
    }
}

/// What a click did.
#[must_use]
pub fn done(entry: &EntryView) -> &'static str {
    say(match entry.outcome {
        Outcome::Created => "Sent to Xero",
        Outcome::Updated if wrote_xero(entry) => "Xero is updated",
        Outcome::Updated => "Brought back from Xero",
        Outcome::Unchanged => "In step with Xero",
        Outcome::Skipped => "Left alone",
        Outcome::Failed => "Could not be sent",
        Outcome::Deferred => "Put off",
        Outcome::Undecided => "Needs a decision",
    })
}

/// An outcome in the history and in the list.
#[must_use]
pub fn outcome(outcome: Outcome, wrote_xero: bool) -> &'static str {
    say(match outcome {
        Outcome::Created => "Sent to Xero",
        Outcome::Updated if wrote_xero => "Updated in Xero",
        Outcome::Updated => "Brought back",
        Outcome::Unchanged => "Checked: nothing to sync",
        Outcome::Skipped => "Left alone",
        Outcome::Failed => "Could not be sent",
        Outcome::Deferred => "Put off",
        Outcome::Undecided => "Needs a decision",
    })
}

/// What would happen to a record that goes first.
#[must_use]
pub fn dependency(action: Action) -> &'static str {
    say(match action {
        Action::Create => "is sent first",
        Action::Adopt => "is linked first",
        Action::UpdateXero => "is updated first",
        Action::UpdateCrm => "is brought back first",
        Action::Unchanged => "is in step",
        Action::Skip => "is left alone",
        Action::Blocked => "can’t be sent",
    })
}

/// What happened to a record that went first.
#[must_use]
pub fn dependency_done(action: Action) -> &'static str {
    say(match action {
        Action::Create => "was sent first",
        Action::Adopt => "was linked first",
        Action::UpdateXero => "was updated first",
        Action::UpdateCrm => "was brought back first",
        Action::Unchanged => "was in step",
        Action::Skip => "was left alone",
        Action::Blocked => "could not be sent",
    })
}

/// Why a field changes.
#[must_use]
pub fn why(why: Why) -> &'static str {
    say(match why {
        Why::New => "new",
        Why::ChangedInCrm => "changed in the CRM",
        Why::ChangedInXero => "changed in Xero",
        Why::CrmOverruledXero => "changed in both: the CRM counts",
        Why::XeroOverruledCrm => "changed in the CRM, but Xero counts",
        Why::Held => "held for an administrator",
    })
}

/// Which side a change writes.
#[must_use]
pub fn written(written: Written) -> &'static str {
    say(match written {
        Written::Xero => "in Xero",
        Written::Crm => "in the CRM",
    })
}

/// A step of a sync.
#[must_use]
pub fn step(step: Step) -> &'static str {
    say(match step {
        Step::Read => "Read both sides",
        Step::Compare => "Compare",
        Step::Send => "Send to Xero",
        Step::WriteBack => "Write back to the CRM",
    })
}

/// Whose words a problem quotes, by the first part of its code.
#[must_use]
pub fn said_by(code: Code) -> &'static str {
    if matches!(code, Code::Internal | Code::InvalidRequest) {
        return say("What the service said");
    }
    let code = code.as_str();
    say(if code.starts_with("crm-") || code.starts_with("zoho-") { "What Zoho said" } else { "What Xero said" })
}

/// `4 of 10 done`.
#[must_use]
pub fn list_headline(counts: Counts, progress: ListProgress) -> String {
    let Counts { total, ended, failed, .. } = counts;
    let open = total - ended;
    match (open, failed) {
        (0, 0) if total == 1 => spoken("1 record done"),
        (0, 0) => fill("All {} records done", &total.to_string()),
        (0, _) => counted("{} of {} could not be sent", failed, total),
        _ => {
            let text = match progress {
                ListProgress::UnderWay => "{} of {} done",
                ListProgress::Waiting => "Waiting: {} of {} done",
                ListProgress::Stopped => "Stopped: {} of {} done",
                ListProgress::NotStarted => "Not started: {} of {} done",
            };
            counted(text, ended, total)
        }
    }
}

/// A text that counts some of all.
fn counted(text: &'static str, some: usize, all: usize) -> String {
    fill(text, &some.to_string()).replacen("{}", &all.to_string(), 1)
}

/// `8 sent · 1 updated · 1 failed`: the counts that are not zero.
#[must_use]
pub fn list_counts(counts: Counts) -> String {
    let Counts { total, ended, created, updated, unchanged, skipped, failed, deferred, undecided } = counts;
    let mut text = String::new();
    for (count, word) in [
        (created, "{} sent"),
        (updated, "{} updated"),
        (unchanged, "{} in step"),
        (skipped, "{} left alone"),
        (failed, "{} failed"),
        (deferred, "{} put off"),
        (undecided, "{} to be decided"),
        (total - ended, "{} to go"),
    ] {
        if count > 0 {
            if !text.is_empty() {
                text.push_str(" · ");
            }
            text.push_str(&fill(word, &count.to_string()));
        }
    }
    text
}
