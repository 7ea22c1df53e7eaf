//! How events change the panel's state: natively, without a browser.
#![cfg(not(target_arch = "wasm32"))]

mod fixtures;

use fixtures::*;
use shared::api::{
    Action, ClaimReply, ConnectionState, EntriesPage, EntryView, FieldChange, Outcome, ProgressView, SessionView,
    Shown, Step, SyncReply, Why, Written,
};
use shared::id::ZohoId;
use shared::language::Language;
use shared::module::Module;
use shared::problem::{Code, Severity, of};
use std::collections::BTreeSet;
use widget::client::has_answered;
use widget::fault::{Absence, Fault};
use widget::format::{Ago, ago, document_language, is_zero, language_tag, took};
use widget::hearing::PageContext;
use widget::panel::page::{Mode, Page};
use widget::panel::rows::Phase;
use widget::panel::state::{During, Effect, Msg, Panel, Press, State, update};
use widget::panel::words;
use widget::popup::flow::{Act, Scene, Sight, Wrong};
use widget::session::{AtWork, Credential, Purpose, Secret};
use widget::tone::Tone;

#[test]
fn the_mode_is_read_from_the_address() {
    let origin = "serviceOrigin=https%3A%2F%2Fcrm.zoho.com";
    for (path, query, mode) in [
        ("/panel", "", Mode::Panel),
        ("/panel/", "", Mode::Panel),
        ("/panel", &*format!("?{origin}"), Mode::Panel),
        ("/panel/button", &*format!("?{origin}"), Mode::Button),
        ("/panel/button/", "", Mode::Button),
        ("/panel/list", "", Mode::List),
        ("/panel/list/", &*format!("?{origin}"), Mode::List),
        ("/panel/list", "?mode=button", Mode::List),
        // The addresses of before the paths, and what the CRM may have made of them.
        ("/panel", "?mode=button&serviceOrigin=x", Mode::Button),
        ("/panel", "?serviceOrigin=x&mode=list", Mode::List),
        ("/panel", &*format!("?mode=button?{origin}"), Mode::Button),
        ("/panel", &*format!("?mode=list?{origin}&a=b"), Mode::List),
        ("/panel", "?mode=other", Mode::Panel),
        ("/panel", "?amode=list", Mode::Panel),
        ("/else/button", "", Mode::Panel),
    ] {
        assert_eq!(Mode::of_address(path, query), mode, "{path}{query}");
    }
}

#[test]
fn a_panel_that_was_loaded_anew_by_itself_says_what_helps() {
    let told = |mode, reloaded| {
        let mut model = Panel { reloaded, ..opened(mode) };
        update(&mut model, Msg::SdkSilent);
        assert_eq!(model.state(), State::SdkMissing);
        (words::no_record(&model.page, mode, reloaded), model.primary().quiet)
    };
    let (first, quiet) = told(Mode::Panel, false);
    assert!(first.contains("Reload the page, or") && !quiet, "{first}");
    let (again, quiet) = told(Mode::Panel, true);
    assert!(again.contains("Reload the whole page of the CRM") && quiet, "{again}");
    for mode in [Mode::Button, Mode::List] {
        let (window, _) = told(mode, true);
        assert!(window.contains("Close this window") && !window.contains("Reload"), "{window}");
    }
}

#[test]
fn secrets_are_not_told_by_debug_output() {
    let model = Panel::new(Mode::Panel, Some(Credential::of_claim(Some("secret".into()))));
    let told = format!("{model:?} {:?} {:?}", Act::Key(Secret("secret".into())), Effect::EndSession(bearer()));
    assert!(!told.contains("secret"), "{told}");
}

fn bearer() -> Credential {
    Credential::of_claim(Some("secret".into()))
}

#[test]
fn opening_always_asks_who_is_signed_in_before_the_crm_answers() {
    let mut model = opened(Mode::Panel);
    assert_eq!(update(&mut model, Msg::Started), vec![Effect::StartSdk, Effect::ReadSession(0)]);
    assert_eq!(model.state(), State::Loading, "whether a cookie is there is not known here");
    // Nobody is signed in: that is no session that has ended.
    let effects = update(&mut model, Msg::SessionArrived(0, Err(Fault::SignedOut(Absence::Nobody))));
    assert_eq!((effects, model.state()), (vec![Effect::Remember(None)], State::SignedOut));
    assert_eq!(model.notice, None);
}

#[test]
fn nothing_is_read_before_the_crm_has_told_who_is_at_work() {
    let read = |ticket| vec![Effect::ReadRecord(ticket, Module::Invoices, RECORD.into())];
    for (told, at_work) in
        [(None, AtWork::Untold), (Some(crm_user(ANA, "Ana Kovač")), AtWork::Told(crm_user(ANA, "Ana Kovač")))]
    {
        let mut model = Panel::new(Mode::Panel, Some(Credential::Cookie));
        assert_eq!(update(&mut model, Msg::PageLoad(page(&[RECORD]))), vec![Effect::AskAtWork]);
        // Neither another page nor a sign-in makes it quicker.
        assert_eq!(update(&mut model, Msg::PageLoad(page(&[RECORD]))), vec![]);
        let reply = ClaimReply { token: None, session: session(ConnectionState::Connected, true) };
        let effects = update(&mut model, Msg::SignedIn(Box::new(reply)));
        assert_eq!(effects, vec![Effect::Remember(Some(Credential::Cookie))]);
        update(&mut model, Msg::SessionArrived(0, Ok(session(ConnectionState::Connected, true))));
        let effects = update(&mut model, Msg::AtWork(told));
        assert_eq!((effects, &model.at_work), (read(model.ticket), &at_work));
        // It is asked once, and the time that it had is over.
        assert_eq!(update(&mut model, Msg::AtWork(None)), vec![]);
        assert_eq!(model.at_work, at_work);
        assert_eq!(update(&mut model, Msg::PageLoad(page(&[RECORD]))), read(model.ticket));
    }
    // Told late, and the same person: what was read stays.
    let mut model = shown(view(Action::Unchanged));
    assert_eq!(update(&mut model, Msg::AtWork(Some(crm_user(ANA, "Ana Kovač")))), vec![]);
    assert_eq!(model.state(), State::InStep);
}

#[test]
fn another_user_of_the_crm_is_asked_to_sign_in_and_sees_nothing_of_the_former() {
    let sam = || crm_user("5725767000000411002", "Sam Sales");
    let told = "This browser is signed in as Ana Kovač, but the CRM says that you are Sam Sales.";
    let is_asked = |model: &Panel| {
        assert_eq!(outline(model), (State::SignedOut, words::SIGN_IN, Press::Open(Purpose::SignIn)));
        assert_eq!(model.notice.as_ref().map(|notice| notice.what.as_str()), Some(told));
        assert!(model.view.is_none() && model.session.is_none() && model.entry.is_none() && model.rows.is_empty());
    };
    // The CRM tells first …
    let mut model = Panel::new(Mode::Panel, Some(Credential::Cookie));
    update(&mut model, Msg::PageLoad(page(&[RECORD])));
    update(&mut model, Msg::AtWork(Some(sam())));
    let ticket = model.ticket;
    let ana = || session(ConnectionState::Connected, true);
    assert_eq!(update(&mut model, Msg::SessionArrived(ticket, Ok(ana()))), vec![Effect::Remember(None)]);
    is_asked(&model);
    update(&mut model, Msg::RecordArrived(ticket, Ok(Box::new(view(Action::Create)))));
    is_asked(&model);

    // … and the edge refuses the record before it is known whose session it is …
    let mut model = Panel::new(Mode::Panel, Some(Credential::Cookie));
    update(&mut model, Msg::PageLoad(page(&[RECORD])));
    update(&mut model, Msg::AtWork(Some(sam())));
    let ticket = model.ticket;
    update(&mut model, Msg::RecordArrived(ticket, Err(Fault::SignedOut(Absence::Nobody))));
    assert_eq!((model.state(), &model.notice), (State::SignedOut, &None));
    update(&mut model, Msg::SessionArrived(ticket, Ok(ana())));
    is_asked(&model);

    // … or late, when everything of the former is on the screen.
    for mut model in [other_user(), {
        let mut model = list(vec![ended(Outcome::Created, vec![]), Phase::Working]);
        update(&mut model, Msg::AtWork(Some(sam())));
        model
    }] {
        is_asked(&model);
        // Who signs in as the former again is told again.
        let claim = |session| Msg::SignedIn(Box::new(ClaimReply { token: None, session }));
        update(&mut model, claim(ana()));
        is_asked(&model);
        let sams = SessionView { user: "Sam Sales".into(), user_id: ZohoId::new(sam().id).unwrap(), ..ana() };
        let effects = update(&mut model, claim(sams));
        assert!(effects.len() > 1 && model.notice.is_none(), "{effects:?}");
    }
}

#[test]
fn a_list_that_somebody_else_goes_on_with_begins_anew() {
    let mut model = list(vec![ended(Outcome::Created, vec![]), Phase::Waiting]);
    let ticket = model.ticket;
    update(&mut model, Msg::SessionArrived(ticket, Ok(session(ConnectionState::Connected, true))));
    update(&mut model, Msg::SignOut);
    assert_eq!(model.rows.len(), 2, "whoever signs in again finds what was done");
    let sam = SessionView { user_id: ZohoId::new("2").unwrap(), ..session(ConnectionState::Connected, true) };
    update(&mut model, Msg::SignedIn(Box::new(ClaimReply { token: None, session: sam })));
    assert!(model.rows.iter().all(|row| row.phase == Phase::Working && row.name.is_none()), "{:?}", model.rows);
}

#[test]
fn a_tab_that_comes_into_sight_finds_who_has_signed_in_or_out_elsewhere() {
    let mut model = signed_out(Mode::Panel);
    update(&mut model, Msg::PageLoad(page(&[RECORD])));
    let ticket = model.ticket;
    assert_eq!(update(&mut model, Msg::InSight), vec![Effect::FindSession(ticket)]);
    let found = |ticket| Msg::SessionFound(ticket, session(ConnectionState::Connected, true));
    // Meanwhile the person has opened a window.
    update(&mut model, shows(Purpose::SignIn, Scene::Opening));
    assert_eq!(update(&mut model, found(ticket)), vec![]);
    assert_eq!(update(&mut model, Msg::InSight), vec![]);
    update(&mut model, Msg::WindowShown(None));
    let effects = update(&mut model, found(ticket));
    assert_eq!(effects, vec![Effect::ReadRecord(model.ticket, Module::Invoices, RECORD.into())]);
    assert_eq!(model.credential, Some(Credential::Cookie));

    let mut model = shown(view(Action::Unchanged));
    let ticket = model.ticket;
    assert_eq!(update(&mut model, Msg::InSight), vec![Effect::ReadSession(ticket)]);
    update(&mut model, Msg::SessionArrived(ticket, Err(Fault::SignedOut(Absence::Nobody))));
    assert_eq!(model.state(), State::SignedOut);
    assert_eq!(model.notice.as_ref().map(|notice| notice.code), Some(Code::SessionExpired), "who was here is told");
}

#[test]
fn page_load_starts_what_the_mode_does_by_itself() {
    let id = RECORD.to_owned();
    let mut model = opened(Mode::Panel);
    let effects = update(&mut model, Msg::PageLoad(page(&[RECORD])));
    assert_eq!(effects, vec![Effect::ReadRecord(1, Module::Invoices, id.clone())]);

    let mut model = opened(Mode::Button);
    let effects = update(&mut model, Msg::PageLoad(page(&[RECORD])));
    let expected = vec![Effect::Sync(2, Module::Invoices, id.clone()), Effect::Watch(2, Module::Invoices, id.clone())];
    assert_eq!(effects, expected);
    assert_eq!(model.state(), State::Working);

    let mut model = opened(Mode::List);
    let effects = update(&mut model, Msg::PageLoad(page(&["1", "2", "3"])));
    let ids = vec!["1".to_owned(), "2".to_owned(), "3".to_owned()];
    assert_eq!(effects[0], Effect::ReadNames(1, Module::Invoices, ids));
    assert_eq!(syncs(&effects), ["1", "2"]);

    // Signed out, nothing is asked.
    for mode in [Mode::Panel, Mode::Button, Mode::List] {
        let mut model = signed_out(mode);
        assert_eq!(update(&mut model, Msg::PageLoad(page(&[RECORD]))), vec![]);
        assert_eq!(model.state(), State::SignedOut);
    }
}

#[test]
fn a_button_with_several_records_is_a_list() {
    let mut model = opened(Mode::Button);
    update(&mut model, Msg::PageLoad(page(&["1", "2"])));
    assert_eq!(model.state(), State::List);
}

#[test]
fn pages_without_a_record_are_told_apart() {
    for (entity, ids, expected) in [
        (None, vec![], Page::NoRecord),
        (Some("Invoices"), vec![], Page::NoRecord),
        (Some("Deals"), vec!["1"], Page::Unsupported("Deals".into())),
        (Some("PurchaseOrders"), vec!["1"], Page::Records(Module::PurchaseOrders, vec!["1".into()])),
    ] {
        let context = PageContext { entity: entity.map(Into::into), ids: ids.into_iter().map(Into::into).collect() };
        let mut model = opened(Mode::Panel);
        update(&mut model, Msg::PageLoad(context));
        assert_eq!(model.page, expected);
    }
}

#[test]
fn a_silent_crm_is_told_and_a_late_answer_is_still_good() {
    let mut model = opened(Mode::Panel);
    update(&mut model, Msg::SdkSilent);
    assert_eq!(outline(&model), (State::SdkMissing, words::RELOAD, Press::Reload));
    let effects = update(&mut model, Msg::PageLoad(page(&[RECORD])));
    assert_eq!(effects.len(), 1);
    assert_eq!(model.state(), State::Loading);
    // The timer of a page that has answered changes nothing.
    update(&mut model, Msg::SdkSilent);
    assert_eq!(model.state(), State::Loading);
}

#[test]
fn who_answers_in_the_service_s_place_has_not_said_what_became_of_it() {
    for status in [500, 502, 503, 521, 599] {
        let problem = words::unreadable(status, "<html>Bad gateway</html>".into());
        assert_eq!(problem.code, Code::OutcomeUnknown, "{status}");
        assert!(problem.what.contains("not answering"), "{}", problem.what);
        assert!(problem.why.starts_with(&format!("HTTP {status}")), "{}", problem.why);
        assert!(problem.why.contains("may still have gone through"), "{}", problem.why);
        assert_eq!(problem.fix, words::too_slow().fix, "what to do is the same");
        assert_eq!(problem.said, None, "its page is no words for people");
    }
    // A second try then has the same name; after an answer of the service's own it is another request.
    let own = serde_json::json!({
        "type": "t", "title": "w", "status": 502, "detail": "y",
        "problem": {"code": "internal", "severity": "error", "what": "w", "why": "y", "fix": "f", "place": null, "said": null, "remedy": null}
    });
    let own = own.to_string();
    let own = own.as_str();
    for (status, text, answered) in
        [(502, "<html>", false), (503, "", false), (502, own, true), (200, "{}", true), (404, "<html>", true)]
    {
        assert_eq!(has_answered(status, text), answered, "{status} {text}");
    }
    for status in [200, 404, 600] {
        let problem = words::unreadable(status, "?".into());
        assert_eq!((problem.code, problem.said.as_deref()), (Code::Internal, Some("?")), "{status}");
    }
}

#[test]
fn the_button_says_what_it_will_do() {
    for (action, expected) in [
        (Action::Create, (State::NotSynced, "Send to Xero", Press::Sync)),
        (Action::Adopt, (State::NotSynced, "Link in Xero", Press::Sync)),
        (Action::UpdateXero, (State::Changes, "Update Xero", Press::Sync)),
        (Action::UpdateCrm, (State::Changes, "Check again", Press::CheckAgain)),
        (Action::Unchanged, (State::InStep, "Nothing to sync", Press::Sync)),
        (Action::Skip, (State::Skipped, "Check again", Press::CheckAgain)),
        (Action::Blocked, (State::Failed, "Try again", Press::Sync)),
    ] {
        let model = shown(view(action));
        assert_eq!(outline(&model), expected, "{action:?}");
        let quiet = matches!(action, Action::UpdateCrm | Action::Unchanged | Action::Skip);
        assert_eq!(model.primary().quiet, quiet, "{action:?}");
    }
}

#[test]
fn what_writes_over_the_crm_s_values_is_a_button_of_its_own() {
    for action in [Action::Create, Action::UpdateXero, Action::Unchanged, Action::Skip, Action::Blocked] {
        assert!(!shown(view(action)).can_overwrite(), "{action:?}");
    }
    let mut model = shown(view(Action::UpdateCrm));
    assert!(model.can_overwrite());
    assert!(!model.can_refresh(), "looking once more is what the primary button does");
    // Who presses that one only looks.
    let press = model.primary().press;
    let effects = update(&mut model, Msg::Pressed(press));
    assert!(effects.iter().all(|effect| matches!(effect, Effect::ReadRecord(..))), "{effects:?}");
    assert_eq!(outline(&model), (State::Changes, words::CHECKING, Press::Nothing));
    assert!(model.can_overwrite(), "it stays where it is meanwhile");
    let effects = update(&mut model, Msg::Pressed(Press::Sync));
    assert!(matches!(effects[..], [Effect::Sync(..), Effect::Watch(..)]), "{effects:?}");
    assert!(!model.can_overwrite());
}

/// What the CRM was not told: which one the record is in Xero, and how it stands there.
fn untold() -> Vec<FieldChange> {
    let change = |key: &str, label: &str, value: &str| FieldChange {
        key: key.into(),
        label: label.into(),
        crm: None,
        xero: Some(Shown::Text(value.into())),
        result: Some(Shown::Text(value.into())),
        written: Written::Crm,
        why: Why::ChangedInXero,
    };
    vec![change("xero_id", "Xero ID", "0123"), change("xero_status", "Status in Xero", "Awaiting payment")]
}

#[test]
fn what_the_crm_did_not_take_is_saved_there_by_the_primary_button() {
    let locked = of(Code::CrmRecordLocked, &[("name", "INV-0043".to_owned())]);
    let sent = EntryView { problems: vec![locked], ..entry("1", Outcome::Created) };
    // To somebody who does not see our fields, no change is told.
    for changes in [untold(), Vec::new()] {
        let mut record = view(Action::UpdateCrm);
        record.preview.changes = changes;
        for (mode, model) in [
            (Mode::Panel, synced(Mode::Panel, sent.clone(), record.clone())),
            (Mode::Button, synced(Mode::Button, sent.clone(), record.clone())),
            (Mode::Panel, shown(record.clone())),
        ] {
            let mut model = model;
            assert_eq!((model.primary().label, model.primary().press), ("Save to the CRM", Press::Sync), "{mode:?}");
            assert!(!model.primary().quiet && !model.can_overwrite(), "nobody's value is written over: {mode:?}");
            assert_eq!(model.can_close(), mode == Mode::Button);
            let effects = update(&mut model, Msg::Pressed(Press::Sync));
            assert!(matches!(effects[..], [Effect::Sync(..), Effect::Watch(..)]), "{effects:?}");
        }
    }
    // Where it would write over somebody's value, too, that is said; what is known already is no such news.
    for changes in [[untold(), view(Action::UpdateCrm).preview.changes].concat(), untold().split_off(1)] {
        let mut record = view(Action::UpdateCrm);
        record.preview.changes = changes;
        let model = shown(record);
        assert!(model.can_overwrite() && model.primary().press == Press::CheckAgain);
    }
}

#[test]
fn every_state_has_a_sample_a_headline_and_a_button() {
    let mut seen = BTreeSet::new();
    for (name, model) in gallery() {
        let state = model.state();
        assert!(name.starts_with(state.as_str()) || name.starts_with("done-button"), "{name} is {state:?}");
        assert!(!model.headline().is_empty() && !model.primary().label.is_empty(), "{name}");
        seen.insert(state.as_str());
    }
    let all: BTreeSet<&str> = State::ALL.into_iter().map(State::as_str).collect();
    assert_eq!(seen, all);
}

#[test]
fn a_lock_shows_only_where_nothing_is_waiting() {
    for (action, state) in [
        (Action::Unchanged, State::Locked),
        (Action::Blocked, State::Locked),
        (Action::UpdateCrm, State::Changes),
        (Action::UpdateXero, State::Changes),
    ] {
        let mut record = view(action);
        record.xero.as_mut().unwrap().lock = Some(lock());
        let model = shown(record);
        assert_eq!(model.state(), state, "{action:?}");
        assert!(model.problems().iter().any(|problem| problem.code == Code::DocumentPaid), "{action:?}");
    }
}

#[test]
fn a_click_syncs_once_and_shows_its_steps_and_its_outcome() {
    let mut model = shown(view(Action::UpdateXero));
    let effects = update(&mut model, Msg::Pressed(Press::Sync));
    let ticket = model.ticket;
    let id = RECORD.to_owned();
    assert_eq!(
        effects,
        vec![Effect::Sync(ticket, Module::Invoices, id.clone()), Effect::Watch(ticket, Module::Invoices, id.clone())]
    );
    assert_eq!(outline(&model), (State::Working, words::WORKING, Press::Nothing));
    assert_eq!(update(&mut model, Msg::Pressed(Press::Sync)), vec![], "a second click");
    assert_eq!(update(&mut model, Msg::Refresh), vec![], "a refresh meanwhile");

    update(&mut model, Msg::ProgressArrived(ticket, ProgressView { steps: vec![Step::Read, Step::Compare] }));
    assert_eq!(model.work, Some(vec![Step::Read, Step::Compare]));
    update(&mut model, Msg::ProgressArrived(ticket, ProgressView::default()));
    assert_eq!(model.work, Some(vec![Step::Read, Step::Compare]), "steps never go back");

    let reply = SyncReply { entry: entry("e9", Outcome::Updated), view: view(Action::Unchanged) };
    let effects = update(&mut model, Msg::SyncEnded(ticket, id, Ok(Box::new(reply))));
    assert_eq!(effects, vec![]);
    assert_eq!((model.state(), model.tone()), (State::Done, Tone::Good));
    assert_eq!(model.headline(), "Xero is updated");
    assert_eq!(model.primary().label, "Nothing to sync");
    // Progress that was asked for earlier does not bring the steps back.
    update(&mut model, Msg::ProgressArrived(ticket, ProgressView { steps: vec![Step::Read] }));
    assert_eq!(model.state(), State::Done);
}

#[test]
fn a_reading_that_was_under_way_does_not_wipe_out_the_outcome() {
    let mut model = shown(view(Action::UpdateXero));
    update(&mut model, Msg::Refresh);
    let before = model.ticket;
    update(&mut model, Msg::Pressed(Press::Sync));
    let ticket = model.ticket;
    update(&mut model, Msg::RecordArrived(before, Ok(Box::new(view(Action::UpdateXero)))));
    assert_eq!(model.state(), State::Working);
    let reply = SyncReply { entry: entry("e", Outcome::Updated), view: view(Action::Unchanged) };
    update(&mut model, Msg::SyncEnded(ticket, RECORD.into(), Ok(Box::new(reply))));
    update(&mut model, Msg::RecordArrived(before, Ok(Box::new(view(Action::UpdateXero)))));
    assert_eq!((model.state(), model.reading), (State::Done, false));
}

#[test]
fn outcomes_become_states() {
    for (outcome, state, headline) in [
        (Outcome::Created, State::Done, "Sent to Xero"),
        (Outcome::Updated, State::Done, "Xero is updated"),
        (Outcome::Unchanged, State::InStep, "In step with Xero"),
        (Outcome::Skipped, State::Skipped, "Left alone"),
        (Outcome::Failed, State::Failed, "Could not be sent"),
        (Outcome::Deferred, State::Limited, "Put off"),
    ] {
        let model = synced(Mode::Panel, entry("e", outcome), view(Action::Unchanged));
        assert_eq!((model.state(), model.headline().as_str()), (state, headline), "{outcome:?}");
    }
    let mut brought_back = entry("e", Outcome::Updated);
    brought_back.changes = updates().split_off(3);
    let model = synced(Mode::Panel, brought_back, view(Action::Unchanged));
    assert_eq!(model.headline(), "Brought back from Xero");
}

#[test]
fn a_failure_is_told_once_and_can_be_tried_again() {
    let mut failed = entry("e", Outcome::Failed);
    failed.problems = vec![tax_problem()];
    let mut record = view(Action::Blocked);
    record.preview.problems = vec![cents_problem(), tax_problem()];
    let mut model = synced(Mode::Panel, failed, record);
    let codes: Vec<Code> = model.problems().iter().map(|problem| problem.code).collect();
    assert_eq!(codes, [Code::TaxUnmapped, Code::TotalDiffersByCents], "once each, what stops first");
    assert_eq!(outline(&model), (State::Failed, "Try again", Press::Sync));
    assert!(model.announcement().contains("GST 12%"));
    assert_eq!(update(&mut model, Msg::Pressed(Press::Sync)).len(), 2);
}

#[test]
fn a_fault_of_the_call_itself_is_told_by_what_was_being_done() {
    let model = refused_read(words::unreachable());
    assert_eq!(outline(&model), (State::Error, "Try again", Press::CheckAgain));
    assert_eq!(during(&model), Some(During::Read));

    let mut model = shown(view(Action::Create));
    update(&mut model, Msg::Pressed(Press::Sync));
    let ticket = model.ticket;
    update(&mut model, Msg::SyncEnded(ticket, RECORD.into(), Err(fault(Code::XeroRefused))));
    assert_eq!(outline(&model), (State::Failed, "Try again", Press::Sync));

    let model = refused_read(day_limit());
    assert_eq!(model.state(), State::Limited);
    assert_eq!(model.headline(), "Xero’s call limit is reached");
}

#[test]
fn one_s_own_share_is_not_told_as_everybody_s_limit() {
    for code in [Code::XeroMinuteShare, Code::XeroDayShare] {
        let problem = of(code, &[("until", "26 seconds".to_owned())]);
        assert!(problem.what.starts_with("Your share") && problem.why.contains("Others can go on."), "{problem:?}");
        assert!(problem.fix.contains("26 seconds"), "{problem:?}");
        let model = refused_read(problem);
        assert_eq!(
            (model.state(), model.headline()),
            (State::Limited, "Your share of Xero’s calls is used up".to_owned())
        );
    }
}

#[test]
fn what_takes_another_person_is_told_to_this_one_and_not_tried_again() {
    for code in [Code::CrmNotEditable, Code::SenderNotAllowed] {
        let name = session(ConnectionState::Connected, false).user;
        let problem = of(code, &[("user", name.clone()), ("name", "INV-0043".to_owned())]);
        let mut record = view(Action::Blocked);
        record.preview.problems = vec![problem.clone()];
        let model = shown(record.clone());
        // Before anybody has clicked, and after.
        let failed = EntryView { problems: vec![problem.clone()], ..entry("1", Outcome::Failed) };
        for model in [model, synced(Mode::Panel, failed, record)] {
            assert_eq!(outline(&model), (State::Failed, "Check again", Press::CheckAgain), "{code:?}");
            assert!(model.primary().quiet && !model.can_refresh(), "there is one such button");
            let told = model.problems();
            assert_eq!(told.len(), 1, "{told:?}");
            assert!(told[0].what.starts_with("You may not ") && told[0].what.contains("INV-0043"), "{}", told[0].what);
            assert!(!told[0].what.contains("written"), "nobody has clicked: {}", told[0].what);
        }
        assert!(!ended(Outcome::Failed, vec![problem]).is_retryable(), "a list does not try it again either");
    }
}

#[test]
fn what_was_left_for_approval_is_told_as_there_once_it_is() {
    let left = of(Code::LeftForApproval, &[("name", "INV-1".to_owned()), ("status", "awaiting approval".to_owned())]);
    let mut record = view(Action::Create);
    record.preview.problems = vec![left.clone()];
    assert_eq!(shown(record.clone()).problems()[0].what, "\"INV-1\" goes to Xero as awaiting approval.");
    record.preview.action = Action::Unchanged;
    let sent = EntryView { problems: vec![left], ..entry("1", Outcome::Created) };
    let told = synced(Mode::Panel, sent, record).problems();
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0].what, "\"INV-1\" is in Xero, awaiting approval.");
}

#[test]
fn a_dead_session_signs_out_and_leaves_nothing_on_the_screen() {
    let arrivals: [fn(u32) -> Msg; 5] = [
        |ticket| Msg::SessionArrived(ticket, Err(Fault::SignedOut(Absence::Ended))),
        |ticket| Msg::RecordArrived(ticket, Err(Fault::SignedOut(Absence::Ended))),
        |ticket| Msg::SyncEnded(ticket, RECORD.into(), Err(Fault::SignedOut(Absence::Ended))),
        |ticket| Msg::RemedySaved(ticket, Err(Fault::SignedOut(Absence::Ended))),
        |_| Msg::WindowFailed(Fault::SignedOut(Absence::Ended)),
    ];
    for arrival in arrivals {
        let mut model = shown(view(Action::UpdateXero));
        let message = arrival(model.ticket);
        assert_eq!(update(&mut model, message.clone()), vec![Effect::Remember(None)], "{message:?}");
        assert_eq!(outline(&model), (State::SignedOut, words::SIGN_IN, Press::Open(Purpose::SignIn)));
        assert!(model.view.is_none() && model.session.is_none() && model.entry.is_none());
        assert_eq!(model.notice.as_ref().map(|notice| notice.code), Some(Code::SessionExpired));
        assert_eq!(update(&mut model, message), vec![], "told once");
    }
}

#[test]
fn signing_in_goes_on_with_what_was_asked_for() {
    let claim = || {
        let reply = ClaimReply { token: None, session: session(ConnectionState::Connected, false) };
        Msg::SignedIn(Box::new(reply))
    };
    for (mode, asks) in [(Mode::Panel, "ReadRecord"), (Mode::Button, "Sync"), (Mode::List, "ReadNames")] {
        let mut model = signed_out(mode);
        update(&mut model, Msg::PageLoad(page(&[RECORD])));
        let effects = update(&mut model, Msg::Pressed(Press::Open(Purpose::SignIn)));
        assert_eq!(effects, vec![Effect::OpenWindow(Purpose::SignIn)]);
        update(&mut model, shows(Purpose::SignIn, Scene::Opening));
        assert_eq!(model.primary().press, Press::Nothing);
        update(&mut model, Msg::WindowShown(None));
        let effects = update(&mut model, claim());
        assert!(matches!(effects[0], Effect::Remember(Some(_))));
        assert!(format!("{:?}", effects[1]).starts_with(asks), "{mode:?}: {effects:?}");
    }
    // The CRM may answer later than the person.
    let mut model = signed_out(Mode::Panel);
    assert_eq!(update(&mut model, claim()).len(), 1);
    assert_eq!(update(&mut model, Msg::PageLoad(page(&[RECORD]))).len(), 1);
}

#[test]
fn a_browser_without_cookies_keeps_the_token_for_its_tab() {
    let mut model = signed_out(Mode::Panel);
    let session = session(ConnectionState::Connected, false);
    let reply = ClaimReply { token: Some("secret".into()), session };
    let effects = update(&mut model, Msg::SignedIn(Box::new(reply)));
    assert_eq!(effects, vec![Effect::Remember(Some(bearer()))]);
    assert_eq!(model.credential, Some(bearer()));
}

#[test]
fn a_window_that_comes_to_nothing_is_told_and_can_be_opened_again() {
    let failed = Msg::WindowFailed(fault(Code::OrganisationTaken));
    for (message, told) in
        [(Msg::WindowLate, "It was not finished."), (failed, "The tax “GST 12%” has no partner in Xero.")]
    {
        let mut model = signed_out(Mode::Panel);
        update(&mut model, Msg::Pressed(Press::Open(Purpose::SignIn)));
        update(&mut model, message);
        assert_eq!(model.notice.as_ref().map(|notice| notice.what.as_str()), Some(told));
        assert_eq!(model.primary().press, Press::Open(Purpose::SignIn));
        update(&mut model, Msg::Pressed(Press::Open(Purpose::SignIn)));
        assert_eq!(model.notice, None, "the next try starts afresh");
    }
    let mut model = signed_out(Mode::Panel);
    update(&mut model, shows(Purpose::SignIn, Scene::Waiting(Sight::Open)));
    assert!(model.can_cancel());
    assert_eq!(update(&mut model, Msg::Window(Act::Cancel)), vec![Effect::Window(Act::Cancel)]);
    update(&mut model, Msg::WindowShown(None));
    assert_eq!((&model.notice, model.can_cancel()), (&None, false), "who cancels knows");
}

#[test]
fn what_the_window_needs_is_announced() {
    let mut model = signed_out(Mode::Panel);
    for (scene, told) in [
        (Scene::Waiting(Sight::Open), "Waiting for the other window…"),
        (Scene::Waiting(Sight::Closed), "Is the window closed?"),
        (Scene::Code { wrong: None }, "Type the code that the window shows"),
        (
            Scene::Code { wrong: Some(Wrong::Refused(wrong_code())) },
            "This is not the code that the window shows. Type it again. Tries left: 2.",
        ),
        (Scene::Key { wrong: false }, "Type the installation’s key"),
        (Scene::Choice { tenants: tenants(), taken: None, problem: None }, "Choose the Xero organisation"),
    ] {
        update(&mut model, shows(Purpose::SignIn, scene));
        assert_eq!(model.announcement(), told);
    }
}

#[test]
fn a_window_that_connects_xero_goes_with_its_session() {
    for end in [Msg::SignOut, Msg::RecordArrived(1, Err(Fault::SignedOut(Absence::Ended)))] {
        let mut model = asked(Mode::Panel);
        update(&mut model, shows(Purpose::ConnectXero, Scene::Waiting(Sight::Open)));
        let effects = update(&mut model, end);
        assert!(effects.contains(&Effect::Window(Act::Cancel)), "{effects:?}");
    }
}

#[test]
fn a_missing_connection_is_for_administrators_to_make() {
    for (connection, code, state, purpose) in [
        (ConnectionState::ZohoMissing, Code::ZohoNotConnected, State::ZohoMissing, Purpose::ConnectZoho),
        (ConnectionState::XeroMissing, Code::XeroNotConnected, State::XeroMissing, Purpose::ConnectXero),
        (ConnectionState::ZohoBroken, Code::ZohoDisconnected, State::Broken, Purpose::ConnectZoho),
        (ConnectionState::XeroBroken, Code::XeroDisconnected, State::Broken, Purpose::ConnectXero),
    ] {
        for administrator in [true, false] {
            let press = if administrator { Press::Open(purpose) } else { Press::CheckAgain };
            // The session says so …
            let mut model = opened(Mode::Panel);
            model.session = Some(session(connection, administrator));
            let effects = update(&mut model, Msg::PageLoad(page(&[RECORD])));
            assert_eq!(effects, vec![], "nothing is asked in vain");
            assert_eq!((model.state(), model.primary().press), (state, press), "{connection:?}");
            // … or the record's own answer does.
            let mut model = asked(Mode::Panel);
            model.session = Some(session(ConnectionState::Connected, administrator));
            let ticket = model.ticket;
            update(&mut model, Msg::RecordArrived(ticket, Err(fault(code))));
            assert_eq!((model.state(), model.primary().press), (state, press), "{code:?}");
        }
    }
}

#[test]
fn connecting_xero_reads_everything_again() {
    let mut model = opened(Mode::Panel);
    model.session = Some(session(ConnectionState::XeroMissing, true));
    update(&mut model, Msg::PageLoad(page(&[RECORD])));
    update(&mut model, Msg::Pressed(Press::Open(Purpose::ConnectXero)));
    let effects = update(&mut model, Msg::XeroConnected);
    let ticket = model.ticket;
    assert_eq!(effects, vec![Effect::ReadSession(ticket), Effect::ReadRecord(ticket, Module::Invoices, RECORD.into())]);
    update(&mut model, Msg::SessionArrived(ticket, Ok(session(ConnectionState::Connected, true))));
    assert_eq!(model.state(), State::Loading);
    update(&mut model, Msg::RecordArrived(ticket, Ok(Box::new(view(Action::Create)))));
    assert_eq!(model.state(), State::NotSynced);
}

#[test]
fn check_again_looks_whether_somebody_has_connected_meanwhile() {
    let mut model = opened(Mode::Panel);
    model.session = Some(session(ConnectionState::XeroMissing, false));
    update(&mut model, Msg::PageLoad(page(&[RECORD])));
    let effects = update(&mut model, Msg::Pressed(Press::CheckAgain));
    assert_eq!(effects.len(), 2, "{effects:?}");
    assert_eq!(model.state(), State::Loading);
}

#[test]
fn answers_about_another_record_are_ignored() {
    let mut model = asked(Mode::Panel);
    let ticket = model.ticket;
    update(&mut model, Msg::PageLoad(page(&["5725767000000421099"])));
    update(&mut model, Msg::RecordArrived(ticket, Ok(Box::new(view(Action::Create)))));
    let reply = SyncReply { entry: entry("e", Outcome::Created), view: view(Action::Unchanged) };
    update(&mut model, Msg::SyncEnded(ticket, RECORD.into(), Ok(Box::new(reply))));
    update(&mut model, Msg::OlderArrived(ticket, Ok(EntriesPage { entries: entries(), more: true })));
    assert_eq!((model.state(), model.entries().count()), (State::Loading, 0));
}

#[test]
fn the_popup_closes_by_itself_only_when_there_is_nothing_to_read() {
    let mut model = synced(Mode::Button, entry("e", Outcome::Created), view(Action::Unchanged));
    assert!(model.closing && model.announcement().contains("closes"));
    assert_eq!(outline(&model), (State::Done, words::CLOSE, Press::Close));
    assert_eq!(update(&mut model, Msg::CloseDue), vec![Effect::Close]);

    let mut model = synced(Mode::Button, entry("e", Outcome::Unchanged), view(Action::Unchanged));
    update(&mut model, Msg::KeepOpen);
    assert_eq!(update(&mut model, Msg::CloseDue), vec![], "kept open");

    for outcome in [Outcome::Created, Outcome::Failed, Outcome::Skipped, Outcome::Deferred] {
        let mut warned = entry("e", outcome);
        warned.problems = vec![cents_problem()];
        let mut model = synced(Mode::Button, warned, view(Action::Unchanged));
        assert!(!model.closing, "{outcome:?}");
        assert_eq!(update(&mut model, Msg::CloseDue), vec![]);
    }
    let mut with_dependency = entry("e", Outcome::Created);
    with_dependency.dependencies = dependencies();
    with_dependency.dependencies[0].problems = vec![cents_problem()];
    assert!(!synced(Mode::Button, with_dependency, view(Action::Unchanged)).closing);
    assert!(!synced(Mode::Panel, entry("e", Outcome::Created), view(Action::Unchanged)).closing);
}

#[test]
fn a_remedy_is_saved_and_then_what_was_wanted_is_done() {
    let change = tax_remedy().choices[0].change.clone();
    // After a failed click: the click is repeated.
    let mut failed = entry("e", Outcome::Failed);
    failed.problems = vec![tax_problem()];
    let mut model = synced(Mode::Panel, failed, view(Action::Blocked));
    let ticket = model.ticket;
    assert_eq!(update(&mut model, Msg::RemedyChosen(change.clone())), vec![Effect::Save(ticket, change.clone())]);
    assert_eq!(update(&mut model, Msg::RemedyChosen(change.clone())), vec![], "once");
    let effects = update(&mut model, Msg::RemedySaved(ticket, Ok(())));
    assert_eq!(syncs(&effects), [RECORD]);

    // While only looking: the preview is made again.
    let mut record = view(Action::Blocked);
    record.preview.problems = vec![tax_problem()];
    let mut model = shown(record);
    let ticket = model.ticket;
    update(&mut model, Msg::RemedyChosen(change.clone()));
    let effects = update(&mut model, Msg::RemedySaved(ticket, Ok(())));
    assert_eq!(effects, vec![Effect::ReadRecord(ticket, Module::Invoices, RECORD.into())]);

    // Refused: told, and nothing else changes.
    let mut model = shown(view(Action::Blocked));
    update(&mut model, Msg::RemedyChosen(change));
    let before = model.state();
    assert_eq!(update(&mut model, Msg::RemedySaved(ticket, Err(fault(Code::NotAdministrator)))), vec![]);
    assert_eq!((model.state(), model.saving), (before, false));
    assert!(model.notice.is_some());
}

#[test]
fn older_entries_are_read_page_by_page() {
    let mut record = view(Action::Unchanged);
    assert!(!shown(record.clone()).has_older(), "fewer than a full page");
    record.entries.push(entry("e0", Outcome::Created));
    let mut model = shown(record);
    assert!(model.has_older());
    let ticket = model.ticket;
    let effects = update(&mut model, Msg::OlderWanted);
    let read = |before: &str| vec![Effect::ReadEntries(ticket, Module::Invoices, RECORD.into(), before.into())];
    assert_eq!(effects, read("e0"));
    assert_eq!(update(&mut model, Msg::OlderWanted), vec![], "one page at a time");
    let older = EntriesPage { entries: vec![entry("d9", Outcome::Unchanged)], more: true };
    update(&mut model, Msg::OlderArrived(ticket, Ok(older)));
    assert_eq!(model.entries().count(), 6);
    assert_eq!(update(&mut model, Msg::OlderWanted), read("d9"));
    update(&mut model, Msg::OlderArrived(ticket, Ok(EntriesPage { entries: vec![], more: false })));
    assert!(!model.has_older());
}

#[test]
fn a_short_list_runs_two_at_a_time_and_its_counts_add_up() {
    let mut model = opened(Mode::List);
    let mut open = syncs(&update(&mut model, Msg::PageLoad(page(&["1", "2", "3"]))));
    let ticket = model.ticket;
    let outcomes = [Outcome::Created, Outcome::Failed];
    let mut outcomes = outcomes.into_iter();
    let mut started = open.clone();
    while !open.is_empty() {
        assert!(open.len() <= 2);
        let id = open.remove(0);
        let result = match outcomes.next() {
            Some(outcome) => Ok(Box::new(SyncReply { entry: entry(&id, outcome), view: view(Action::Unchanged) })),
            None => Err(fault(Code::Internal)),
        };
        let next = syncs(&update(&mut model, Msg::SyncEnded(ticket, id, result)));
        started.extend(next.clone());
        open.extend(next);
        let counts = model.counts();
        let by_outcome = counts.created + counts.updated + counts.unchanged + counts.skipped + counts.failed;
        assert_eq!(counts.ended, by_outcome + counts.deferred);
    }
    assert_eq!(started, ["1", "2", "3"]);
    let counts = model.counts();
    assert_eq!((counts.created, counts.failed), (1, 2));
    assert_eq!(model.headline(), "2 of 3 could not be sent");
    assert_eq!(words::list_counts(counts), "1 sent · 2 failed");
    assert_eq!(outline(&model), (State::List, words::RETRY_FAILED, Press::Retry));
    let again = syncs(&update(&mut model, Msg::Pressed(Press::Retry)));
    assert_eq!(again, ["2", "3"], "only what failed");
}

#[test]
fn a_stopped_list_finishes_what_is_under_way_and_can_go_on() {
    let mut model = opened(Mode::List);
    update(&mut model, Msg::PageLoad(page(&["1", "2", "3"])));
    assert_eq!(outline(&model), (State::List, words::STOP, Press::Stop));
    update(&mut model, Msg::Pressed(Press::Stop));
    let ticket = model.ticket;
    for id in ["1", "2"] {
        let reply = SyncReply { entry: entry(id, Outcome::Created), view: view(Action::Unchanged) };
        assert_eq!(update(&mut model, Msg::SyncEnded(ticket, id.into(), Ok(Box::new(reply)))), vec![]);
    }
    assert_eq!(model.headline(), "Stopped: 2 of 3 done");
    assert_eq!(outline(&model), (State::List, words::CONTINUE, Press::Retry));
    assert_eq!(syncs(&update(&mut model, Msg::Pressed(Press::Retry))), ["3"]);
}

#[test]
fn a_list_stops_at_a_limit_and_keeps_the_turn_of_the_rest() {
    let mut model = opened(Mode::List);
    update(&mut model, Msg::PageLoad(page(&["1", "2", "3"])));
    let ticket = model.ticket;
    let mut limited = entry("e", Outcome::Deferred);
    limited.problems = vec![day_limit()];
    let reply = SyncReply { entry: limited, view: view(Action::UpdateXero) };
    assert_eq!(update(&mut model, Msg::SyncEnded(ticket, "1".into(), Ok(Box::new(reply)))), vec![]);
    assert_eq!(model.rows[2].phase, Phase::Waiting);
}

#[test]
fn a_list_that_loses_its_session_or_connection_goes_on_afterwards() {
    let mut model = opened(Mode::List);
    update(&mut model, Msg::PageLoad(page(&["1", "2", "3"])));
    let ticket = model.ticket;
    update(&mut model, Msg::SyncEnded(ticket, "1".into(), Err(Fault::SignedOut(Absence::Ended))));
    assert_eq!(model.state(), State::SignedOut);
    update(&mut model, Msg::SyncEnded(ticket, "2".into(), Err(Fault::SignedOut(Absence::Ended))));
    let reply = ClaimReply { token: None, session: session(ConnectionState::Connected, true) };
    let effects = update(&mut model, Msg::SignedIn(Box::new(reply)));
    assert_eq!(syncs(&effects), ["1", "2"]);

    let ticket = model.ticket;
    update(&mut model, Msg::SyncEnded(ticket, "1".into(), Err(fault(Code::XeroDisconnected))));
    assert_eq!(model.state(), State::Broken);
    let effects = update(&mut model, Msg::XeroConnected);
    assert_eq!(syncs(&effects), ["1", "2"]);
}

#[test]
fn names_of_the_list_come_from_the_crm_until_the_edge_knows_better() {
    let mut model = opened(Mode::List);
    update(&mut model, Msg::PageLoad(page(&["1", "2"])));
    let ticket = model.ticket;
    update(&mut model, Msg::NamesArrived(ticket, vec![("2".into(), "INV-2".into()), ("1".into(), "INV-1".into())]));
    let names = |model: &Panel| model.rows.iter().map(|row| row.name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&model), [Some("INV-1".to_owned()), Some("INV-2".to_owned())]);
    let reply = SyncReply { entry: entry("e", Outcome::Created), view: view(Action::Unchanged) };
    update(&mut model, Msg::SyncEnded(ticket, "1".into(), Ok(Box::new(reply))));
    assert_eq!(names(&model)[0].as_deref(), Some("INV-0042"));
}

#[test]
fn signing_out_forgets_here_and_at_the_edge() {
    let mut model = shown(view(Action::Unchanged));
    let effects = update(&mut model, Msg::SignOut);
    assert!(matches!(effects.as_slice(), [Effect::Remember(None), Effect::EndSession(_)]));
    assert_eq!(model.state(), State::SignedOut);
    assert!(model.view.is_none() && model.notice.is_none());

    // Until the edge has heard of it the cookie still opens, and nobody is signed in by it again.
    assert_eq!(update(&mut model, Msg::InSight), vec![]);
    assert_eq!(update(&mut model, Msg::SessionEnded), vec![]);
    assert_eq!(update(&mut model, Msg::InSight), vec![Effect::FindSession(model.ticket)]);

    // A cookie stays where it is unless the edge hears of it: that has to be said.
    let effects = update(&mut model, Msg::StillSignedIn(Credential::Cookie));
    assert!(effects.contains(&Effect::ReadSession(model.ticket)), "{effects:?}");
    assert_eq!(model.notice.as_ref().map(|notice| notice.what.as_str()), Some("You are still signed in."));
    assert_ne!(model.state(), State::SignedOut);
    // Whoever has signed in again meanwhile is not disturbed.
    let mut model = shown(view(Action::Unchanged));
    assert_eq!(update(&mut model, Msg::StillSignedIn(Credential::Cookie)), vec![]);
}

#[test]
fn warnings_change_the_sign_and_problems_that_wait_are_no_failure() {
    let mut warned = view(Action::Unchanged);
    warned.preview.problems = vec![cents_problem()];
    assert_eq!(shown(warned).tone(), Tone::Warn);
    let mut waiting = view(Action::Blocked);
    waiting.preview.problems = vec![day_limit(), cents_problem()];
    assert_eq!(shown(waiting.clone()).state(), State::Limited);
    waiting.preview.problems.push(problem(Code::TaxUnmapped, Severity::Error));
    assert_eq!(shown(waiting).state(), State::Failed);
}

#[test]
fn a_problem_quotes_whom_it_is_about() {
    for (code, text, said_by) in [
        (Code::TaxUnmapped, "tax-unmapped", "What Xero said"),
        (Code::XeroRefused, "xero-refused", "What Xero said"),
        (Code::ZohoRequestMalformed, "zoho-request-malformed", "What Zoho said"),
        (Code::CrmRefused, "crm-refused", "What Zoho said"),
    ] {
        assert_eq!((&*code.as_str(), words::said_by(code)), (text, said_by));
    }
}

#[test]
fn times_are_told_as_people_do() {
    const MINUTE: f64 = 60_000.0;
    for (minutes, expected) in [
        (-5.0, Some("just now")),
        (0.9, Some("just now")),
        (1.0, Some("1 min ago")),
        (59.9, Some("59 min ago")),
        (60.0, Some("1 h ago")),
        (23.9 * 60.0, Some("23 h ago")),
        (24.0 * 60.0, Some("yesterday")),
        (48.0 * 60.0, Some("2 days ago")),
        (7.0 * 24.0 * 60.0, None),
    ] {
        let expected = expected.map_or(Ago::Date, |words| Ago::Words(words.to_owned()));
        assert_eq!(ago(1e12, 1e12 - minutes * MINUTE), expected, "{minutes}");
    }
    assert_eq!((took(999).as_str(), took(1_340).as_str(), took(61_000).as_str()), ("999 ms", "1.3 s", "61.0 s"));
}

#[test]
fn locales_of_the_crm_become_language_tags() {
    for (locale, tag, english, german) in [
        ("en_AU", Some("en-AU"), "en-AU", "de"),
        ("de_AT", Some("de-AT"), "en", "de-AT"),
        ("en", Some("en"), "en", "de"),
        ("eng", Some("eng"), "en", "de"),
        ("", None, "en", "de"),
        ("<script>", None, "en", "de"),
    ] {
        let found = language_tag(locale);
        assert_eq!(found.as_deref(), tag, "{locale}");
        assert_eq!(document_language(Language::English, found.as_deref()), english, "{locale}");
        assert_eq!(document_language(Language::German, found.as_deref()), german, "{locale}");
    }
    assert!(is_zero("0.00") && is_zero("-0") && is_zero("0") && !is_zero("0.01"));
}
