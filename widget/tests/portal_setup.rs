//! The set-up: which step is open in which situation, what a press asks for, what has to be typed before everything is
//! erased, and how a change reads. Natively, without a browser.
#![allow(clippy::unwrap_used, reason = "a test may panic")]
#![cfg(not(target_arch = "wasm32"))]

mod fixtures;

use fixtures::{RECORD, entry, fault, instant};
use serde_json::json;
use shared::api::portal::{
    AuditAction, AuditPage, AuditView, ConnectedView, MappingView, ModuleFields, RecordFound, RecordsFound, SetupView,
};
use shared::api::{Action, ConnectionState, Outcome, SyncReply};
use shared::module::Module;
use shared::problem::Code;
use shared::settings::BooksSide;
use shared::settings::differences::Difference;
use shared::settings::guesses::Guess;
use widget::portal::section::Section;
use widget::portal::setup::state::{
    Asked, Choice, Effect, Msg, Page, Question, Said, SetupState, Standing, Step, Subject, Work, by_section, is_name,
    subject, update,
};
use widget::portal::setup::trail::{Trail, TrailCall};
use widget::portal::words::setup::Setup;
use widget::portal::words::{Language, Texts};
use widget::session::Purpose;

fn side(name: &str) -> ConnectedView {
    ConnectedView {
        id: format!("id of {name}"),
        name: name.to_owned(),
        by: "Ana Kovač".to_owned(),
        at: instant("2026-11-20T01:00:00Z"),
        broken: false,
        renewed_at: Some(instant("2026-11-20T02:00:00Z")),
        url: "https://go.xero.com/".into(),
    }
}

fn fields(module: Module, exists: bool, present: &[&str], missing: &[&str]) -> ModuleFields {
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    ModuleFields { module, exists, present: names(present), missing: names(missing), open: Vec::new() }
}

/// All done but for what is changed by `change`.
fn setup(change: impl FnOnce(&mut SetupView)) -> Box<SetupView> {
    let mut setup = SetupView {
        crm: side("Harbour Lane Coffee"),
        xero: Some(side("Harbour Lane Pty Ltd")),
        fields: vec![
            fields(Module::Accounts, true, &["Xero ID", "Xero URL"], &[]),
            fields(Module::PurchaseOrders, false, &[], &["Xero ID", "Xero URL"]),
        ],
        guesses: 0,
        links: 4,
        time_zone: "Australia/Sydney".to_owned(),
        problems: Vec::new(),
    };
    change(&mut setup);
    Box::new(setup)
}

fn model(connection: ConnectionState, view: Option<Box<SetupView>>) -> SetupState {
    let mut model = SetupState::new(Page::Checklist);
    update(&mut model, Msg::Session(Some(connection)));
    if let Some(view) = view {
        update(&mut model, Msg::SetupArrived(Ok(view)));
    }
    model
}

fn standings(model: &SetupState) -> [Standing; 5] {
    Step::ALL.map(|step| model.standing(step))
}

#[test]
fn each_situation_opens_its_step() {
    use ConnectionState::{Connected, XeroBroken, XeroMissing, ZohoBroken, ZohoMissing};
    use Standing::{Broken, Done, Later, Open, Unknown};
    let lacking = |setup: &mut SetupView| setup.fields[0].missing = vec!["Xero Status".to_owned()];
    let no_xero = |setup: &mut SetupView| {
        setup.xero = None;
        setup.links = 0;
    };
    let broken_xero = |setup: &mut SetupView| setup.xero.as_mut().unwrap().broken = true;
    let guessed = |setup: &mut SetupView| setup.guesses = 12;
    let unlinked = |setup: &mut SetupView| setup.links = 0;
    type Case = (&'static str, ConnectionState, Option<Box<SetupView>>, [Standing; 5], Option<Step>);
    let cases: Vec<Case> = vec![
        ("nothing", ZohoMissing, None, [Open, Later, Later, Later, Later], Some(Step::Crm)),
        ("not read yet", XeroMissing, None, [Done, Open, Unknown, Later, Unknown], Some(Step::Xero)),
        ("not read yet, connected", Connected, None, [Done, Done, Unknown, Unknown, Unknown], None),
        ("no Xero", XeroMissing, Some(setup(no_xero)), [Done, Open, Done, Later, Later], Some(Step::Xero)),
        ("Xero has just gone", Connected, Some(setup(no_xero)), [Done, Open, Done, Later, Later], Some(Step::Xero)),
        ("no fields", Connected, Some(setup(lacking)), [Done, Done, Open, Done, Later], Some(Step::Fields)),
        ("guesses", Connected, Some(setup(guessed)), [Done, Done, Done, Open, Done], Some(Step::Mapping)),
        ("no record", Connected, Some(setup(unlinked)), [Done, Done, Done, Done, Open], Some(Step::Record)),
        ("all done", Connected, Some(setup(|_| {})), [Done; 5], None),
        ("Xero refuses", XeroBroken, Some(setup(broken_xero)), [Done, Broken, Done, Later, Later], Some(Step::Xero)),
        ("the CRM refuses", ZohoBroken, Some(setup(|_| {})), [Broken, Done, Later, Done, Later], Some(Step::Crm)),
        ("both refuse", ZohoBroken, Some(setup(broken_xero)), [Broken, Broken, Later, Later, Later], Some(Step::Crm)),
    ];
    for (name, connection, view, expected, next) in cases {
        let model = model(connection, view);
        assert_eq!(standings(&model), expected, "{name}");
        assert_eq!(model.next(), next, "{name}");
        assert_eq!(model.expanded(), next, "{name}: the next step shows its content");
        assert_eq!(model.is_complete(), expected == [Done; 5], "{name}");
    }
}

#[test]
fn fields_of_modules_that_the_crm_lacks_are_not_missed() {
    let model = model(ConnectionState::Connected, Some(setup(|_| {})));
    assert_eq!(model.field_counts(), (2, 0));
    assert!(!model.modules().contains(&Module::PurchaseOrders));
    assert!(model.modules().contains(&Module::Accounts));
}

#[test]
fn the_set_up_is_read_once_there_is_a_connection() {
    let mut model = SetupState::new(Page::Connection);
    assert_eq!(update(&mut model, Msg::Session(None)), vec![]);
    assert_eq!(update(&mut model, Msg::Session(Some(ConnectionState::ZohoMissing))), vec![]);
    let connected = Msg::Session(Some(ConnectionState::XeroMissing));
    assert_eq!(update(&mut model, connected.clone()), vec![Effect::ReadSetup]);
    assert_eq!(update(&mut model, connected), vec![], "it is on its way");
    assert!(model.is_waiting(), "no step is open yet");
    update(&mut model, Msg::SetupArrived(Err(fault(Code::Internal))));
    assert!(!model.is_waiting(), "what failed is told, and the steps with it");
    assert_eq!(model.read_fault, Some(fault(Code::Internal)));
    assert_eq!(update(&mut model, Msg::Toggled(Step::Crm)), vec![], "what failed is not asked for again by itself");
    assert_eq!(update(&mut model, Msg::ReadAgain), vec![Effect::ReadSetup]);
    assert_eq!(model.read_fault, None);
    update(&mut model, Msg::SetupArrived(Ok(setup(|_| {}))));
    assert!(!model.is_waiting());
    update(&mut model, Msg::ReadAgain);
    assert!(!model.is_waiting(), "what is known stays while it is read again");
}

#[test]
fn connecting_opens_the_window_and_then_the_next_step() {
    let mut model = model(ConnectionState::XeroMissing, Some(setup(|setup| setup.xero = None)));
    assert_eq!(update(&mut model, Msg::Pressed(Step::Xero)), vec![Effect::Open(Purpose::ConnectXero)]);
    assert_eq!(update(&mut model, Msg::Pressed(Step::Xero)), vec![], "one window at a time");
    assert_eq!(update(&mut model, Msg::WindowEnded(Step::Xero, Err(fault(Code::NotSignedIn)))), vec![]);
    assert_eq!(model.fault_at(Step::Xero), Some(&fault(Code::NotSignedIn)));
    assert_eq!(update(&mut model, Msg::TryAgain), vec![Effect::Open(Purpose::ConnectXero)]);
    assert_eq!(model.fault_at(Step::Xero), None);
    // The window has gone before the session is read again and it is known how it ended.
    update(&mut model, Msg::WindowGone);
    assert_eq!(model.busy, None);
    let effects = update(&mut model, Msg::WindowEnded(Step::Xero, Ok(())));
    assert_eq!(effects, vec![Effect::Say(Said::XeroConnected), Effect::ReadSetup]);
    update(&mut model, Msg::Session(Some(ConnectionState::Connected)));
    let effects = update(&mut model, Msg::SetupArrived(Ok(setup(|setup| setup.guesses = 3))));
    assert_eq!(model.expanded(), Some(Step::Mapping));
    assert_eq!(effects, vec![Effect::ReadMapping], "the next step needs the lists");
}

#[test]
fn missing_fields_are_created_and_counted() {
    let lacking = |setup: &mut SetupView| setup.fields[0].missing = vec!["Xero Status".to_owned()];
    let mut model = model(ConnectionState::Connected, Some(setup(lacking)));
    assert_eq!(update(&mut model, Msg::Pressed(Step::Fields)), vec![Effect::CreateFields]);
    update(&mut model, Msg::WindowGone);
    assert_eq!(model.busy, Some(Work::Fields), "that is about windows alone");
    let effects = update(&mut model, Msg::FieldsCreated(Ok(setup(|_| {}))));
    assert_eq!(effects, vec![Effect::Say(Said::FieldsCreated(1))]);
    assert_eq!((model.created, model.busy), (Some(1), None));
    assert_eq!(model.standing(Step::Fields), Standing::Done);
}

fn mapping() -> Box<MappingView> {
    let crm = json!({
        "id": "123", "name": "Harbour Lane Coffee", "currency": "AUD", "time_zone": "Australia/Sydney",
        "web_url": "https://crm.example.test", "multi_currency": false,
        "taxes": [{ "name": "GST", "percentage": 10.0 }], "fields": {},
    });
    let xero = json!({
        "id": "0d9e0d9e-0000-4000-8000-00000000d9e0", "name": "Harbour Lane Pty Ltd", "short_code": "!x1",
        "web_url": "https://go.example.test", "base_currency": "AUD", "country_code": "AU",
        "time_zone": "Australia/Sydney", "tax_registered": true, "period_lock_date": null,
        "end_of_year_lock_date": null, "accounts": [
            { "code": "200", "name": "Sales", "kind": "SALES", "class": "REVENUE", "tax_type": null, "active": true,
              "system": false },
        ],
        "tax_rates": [
            { "tax_type": "OUTPUT", "name": "GST on Income", "effective_rate": 10.0, "active": true, "sales": true,
              "purchases": false },
        ],
        "currencies": ["AUD"], "branding_themes": [], "tracking_categories": [],
    });
    let view = json!({
        "settings": {}, "version": 7, "crm": crm, "xero": xero, "read_at": "2026-11-20T02:00:00Z",
    });
    Box::new(serde_json::from_value(view).unwrap())
}

#[test]
fn confirming_saves_every_guess_over_the_version_that_was_read() {
    let mut model = model(ConnectionState::Connected, Some(setup(|setup| setup.guesses = 2)));
    assert_eq!(update(&mut model, Msg::Pressed(Step::Mapping)), vec![], "nothing to confirm is known yet");
    let view = mapping();
    assert_eq!(update(&mut model, Msg::MappingArrived(Ok(view.clone()))), vec![]);
    assert_eq!(model.guesses, shared::settings::guesses::guesses(&view.settings, &view.crm, &view.xero));
    assert!(model.guesses.iter().any(|guess| guess.path == "taxes.GST (10 %).sales"), "{:?}", model.guesses);
    let chosen = shared::settings::guesses::confirm(&view.settings, &view.crm, &view.xero);
    let effects = update(&mut model, Msg::Pressed(Step::Mapping));
    assert_eq!(effects, vec![Effect::Save(Box::new(chosen.clone()), 7)]);

    let count = model.guesses.len();
    let effects = update(&mut model, Msg::Confirmed(Ok(Box::new(chosen))));
    assert_eq!(effects, vec![Effect::Say(Said::Confirmed(count)), Effect::ReadSetup]);
    assert_eq!((model.confirmed, model.standing(Step::Mapping)), (Some(count), Standing::Done));
    assert_eq!(model.mapping, None, "its version is another one now");
}

#[test]
fn guesses_that_somebody_overtook_are_read_anew() {
    let mut model = model(ConnectionState::Connected, Some(setup(|setup| setup.guesses = 2)));
    update(&mut model, Msg::MappingArrived(Ok(mapping())));
    update(&mut model, Msg::Pressed(Step::Mapping));
    assert_eq!(update(&mut model, Msg::Confirmed(Err(fault(Code::InvalidRequest)))), vec![]);
    assert_eq!(model.fault_at(Step::Mapping), Some(&fault(Code::InvalidRequest)));
    assert_eq!(update(&mut model, Msg::TryAgain), vec![Effect::ReadMapping]);
}

fn found(id: &str, name: &str) -> RecordFound {
    RecordFound { id: id.to_owned(), name: name.to_owned(), modified_at: instant("2026-11-20T02:00:00Z") }
}

#[test]
fn one_record_is_searched_looked_at_and_synced() {
    let mut model = model(ConnectionState::Connected, None);
    let effects = update(&mut model, Msg::SetupArrived(Ok(setup(|setup| setup.links = 0))));
    assert_eq!(effects, vec![Effect::Search(1, Module::Accounts, String::new())]);
    assert_eq!(
        update(&mut model, Msg::ModuleChosen(Module::Invoices)),
        vec![Effect::Search(2, Module::Invoices, String::new())]
    );
    update(&mut model, Msg::Found(1, Ok(RecordsFound { records: vec![found("1", "Acme")] })));
    assert_eq!(model.trial.found, None, "the answer to an older search is not shown");
    assert_eq!(update(&mut model, Msg::Typed(" INV ".to_owned())), vec![Effect::SearchSoon(3)]);
    assert_eq!(update(&mut model, Msg::SearchDue(2)), vec![]);
    assert_eq!(update(&mut model, Msg::SearchDue(3)), vec![Effect::Search(4, Module::Invoices, "INV".to_owned())]);
    let records = vec![found(RECORD, "INV-0042")];
    update(&mut model, Msg::Found(4, Ok(RecordsFound { records: records.clone() })));
    assert_eq!(model.trial.found, Some(records.clone()));

    let effects = update(&mut model, Msg::Picked(records[0].clone()));
    assert_eq!(effects, vec![Effect::ReadRecord(5, Module::Invoices, RECORD.to_owned())]);
    assert_eq!(update(&mut model, Msg::Pressed(Step::Record)), vec![], "nothing is sent unseen");
    update(&mut model, Msg::RecordArrived(5, Ok(Box::new(fixtures::view(Action::Blocked)))));
    assert_eq!(update(&mut model, Msg::Pressed(Step::Record)), vec![], "a problem stops it");
    assert_eq!(update(&mut model, Msg::LookAgain), vec![Effect::ReadRecord(6, Module::Invoices, RECORD.to_owned())]);
    assert_eq!(model.trial.view, None);
    update(&mut model, Msg::RecordArrived(6, Ok(Box::new(fixtures::view(Action::Create)))));
    let effects = update(&mut model, Msg::Pressed(Step::Record));
    assert_eq!(effects, vec![Effect::Sync(Module::Invoices, RECORD.to_owned())]);

    let reply = SyncReply { entry: entry("e1", Outcome::Created), view: fixtures::view(Action::Unchanged) };
    let effects = update(&mut model, Msg::Synced(Ok(Box::new(reply))));
    assert!(matches!(&effects[0], Effect::Say(Said::Synced(_, Outcome::Created))), "{effects:?}");
    assert_eq!(effects[1..], [Effect::ReadSetup]);
    assert_eq!(model.standing(Step::Record), Standing::Done);
    assert_eq!((model.next(), model.expanded()), (None, Some(Step::Record)), "what it did stays in sight");
}

/// "Done" must never stand above "No record is linked yet": both are said of the same number of links.
#[test]
fn the_last_step_is_done_exactly_when_a_record_is_linked() {
    use Outcome::{Created, Deferred, Failed, Skipped, Unchanged, Undecided, Updated};
    for outcome in [Created, Updated, Unchanged, Skipped, Failed, Deferred, Undecided] {
        let linked = matches!(outcome, Created | Updated | Unchanged);
        for before in [0, 4] {
            let mut model = model(ConnectionState::Connected, Some(setup(|setup| setup.links = before)));
            let reply = SyncReply { entry: entry("e1", outcome), view: fixtures::view(Action::Unchanged) };
            update(&mut model, Msg::Synced(Ok(Box::new(reply))));
            let told = model.setup.as_ref().map(|setup| setup.links);
            assert_eq!(model.standing(Step::Record) == Standing::Done, told > Some(0), "{outcome:?} {before}");
            assert_eq!(told > Some(0), linked || before > 0, "{outcome:?} {before}");
            // The edge's own count is the last word.
            update(&mut model, Msg::SetupArrived(Ok(setup(|setup| setup.links = 0))));
            assert_eq!(model.standing(Step::Record), Standing::Open, "{outcome:?} {before}");
        }
    }
}

#[test]
fn a_record_that_failed_does_not_end_the_step() {
    let mut model = model(ConnectionState::Connected, Some(setup(|setup| setup.links = 0)));
    let records = vec![found(RECORD, "INV-0042")];
    let ticket = model.trial.ticket;
    update(&mut model, Msg::Found(ticket, Ok(RecordsFound { records: records.clone() })));
    update(&mut model, Msg::Picked(records[0].clone()));
    let ticket = model.trial.ticket;
    update(&mut model, Msg::RecordArrived(ticket, Ok(Box::new(fixtures::view(Action::Create)))));
    update(&mut model, Msg::Pressed(Step::Record));
    let reply = SyncReply { entry: entry("e1", Outcome::Failed), view: fixtures::view(Action::Blocked) };
    update(&mut model, Msg::Synced(Ok(Box::new(reply))));
    assert_eq!(model.standing(Step::Record), Standing::Open);
    assert!(model.trial.done.is_some());
    assert_eq!(update(&mut model, Msg::Unpicked), vec![], "the list is still there");
    assert_eq!((model.trial.chosen.clone(), model.trial.done.clone()), (None, None));
}

#[test]
fn a_search_that_failed_is_tried_again_only_when_asked() {
    let mut model = model(ConnectionState::Connected, Some(setup(|setup| setup.links = 0)));
    let ticket = model.trial.ticket;
    assert_eq!(update(&mut model, Msg::Found(ticket, Err(fault(Code::ZohoUnavailable)))), vec![]);
    assert_eq!(model.fault_at(Step::Record), Some(&fault(Code::ZohoUnavailable)));
    let effects = update(&mut model, Msg::TryAgain);
    assert_eq!(effects, vec![Effect::Search(ticket + 1, Module::Accounts, String::new())]);
}

#[test]
fn steps_can_be_opened_and_closed_by_hand() {
    let mut model = model(ConnectionState::Connected, Some(setup(|_| {})));
    assert_eq!(model.expanded(), None);
    update(&mut model, Msg::Toggled(Step::Crm));
    assert_eq!(model.expanded(), Some(Step::Crm));
    update(&mut model, Msg::Toggled(Step::Xero));
    assert_eq!(model.expanded(), Some(Step::Xero));
    update(&mut model, Msg::Toggled(Step::Xero));
    assert_eq!((model.expanded(), model.choice), (None, Choice::Nothing));
}

#[test]
fn another_xero_organisation_brings_its_own_guesses() {
    let mut model = model(ConnectionState::Connected, Some(setup(|setup| setup.guesses = 2)));
    update(&mut model, Msg::MappingArrived(Ok(mapping())));
    model.confirmed = Some(2);
    update(&mut model, Msg::Ask(Question::Switch));
    assert_eq!(update(&mut model, Msg::Answered(true)), vec![Effect::Open(Purpose::ConnectXero)]);
    update(&mut model, Msg::WindowEnded(Step::Xero, Ok(())));
    let other = setup(|setup| {
        setup.xero = Some(side("Harbour Lane NZ"));
        setup.guesses = 5;
    });
    assert_eq!(update(&mut model, Msg::SetupArrived(Ok(other))), vec![Effect::ReadMapping]);
    assert_eq!((model.confirmed, model.mapping), (None, None));
}

#[test]
fn disconnecting_asks_first() {
    let mut model = model(ConnectionState::Connected, Some(setup(|_| {})));
    update(&mut model, Msg::Ask(Question::Disconnect));
    assert_eq!(update(&mut model, Msg::Answered(false)), vec![]);
    assert_eq!((model.asked.clone(), model.busy), (None, None));
    assert_eq!(update(&mut model, Msg::Answered(true)), vec![], "nobody has asked");
    update(&mut model, Msg::Ask(Question::Disconnect));
    assert_eq!(update(&mut model, Msg::Answered(true)), vec![Effect::DisconnectXero]);
    let effects = update(&mut model, Msg::Disconnected(Ok(())));
    assert_eq!(effects, vec![Effect::Say(Said::Disconnected), Effect::ReadSession, Effect::ReadSetup]);
}

#[test]
fn erasing_takes_the_organisation_s_name() {
    for (typed, right) in [
        ("Harbour Lane Coffee", true),
        ("  Harbour  Lane\u{a0}Coffee ", true),
        ("harbour lane coffee", false),
        ("Harbour Lane", false),
        ("Harbour Lane Pty Ltd", false),
        ("", false),
    ] {
        let mut model = model(ConnectionState::Connected, Some(setup(|_| {})));
        update(&mut model, Msg::Ask(Question::Erase));
        update(&mut model, Msg::NameTyped(typed.to_owned()));
        let effects = update(&mut model, Msg::Answered(true));
        if right {
            assert_eq!(effects, vec![Effect::Erase], "{typed:?}");
            let effects = update(&mut model, Msg::Erased(Ok(())));
            assert_eq!(effects, vec![Effect::Say(Said::Erased), Effect::ReadSession]);
            assert!(model.erased && model.setup.is_none() && !model.is_waiting());
            assert_eq!(update(&mut model, Msg::Session(None)), vec![], "there is nothing left to read");
        } else {
            assert_eq!(effects, vec![], "{typed:?}");
            let asked = Asked { question: Question::Erase, typed: typed.to_owned(), mistyped: true };
            assert_eq!(model.asked, Some(asked), "the question stays");
            update(&mut model, Msg::NameTyped("H".to_owned()));
            assert!(!model.asked.as_ref().unwrap().mistyped, "typing takes the reproach away");
        }
    }
    assert!(!is_name("", ""), "an organisation without a name is not confirmed by typing nothing");
}

fn noted(id: &str, changes: Vec<Difference>) -> AuditView {
    AuditView {
        id: id.to_owned(),
        at: instant("2026-11-20T02:00:00Z"),
        by: "Ana".to_owned(),
        action: "change-settings".to_owned(),
        detail: String::new(),
        changes,
    }
}

#[test]
fn older_changes_follow_the_newer_ones() {
    let change = |id: &str| noted(id, Vec::new());
    let mut trail = Trail::default();
    assert_eq!(trail.ask().as_deref(), Some("/api/audit"));
    assert_eq!(trail.ask(), None, "one page at a time");
    assert_eq!(trail.told(), None);
    assert_eq!(trail.arrived(Ok(AuditPage { changes: vec![change("3"), change("2")], more: true })), []);
    assert!(!trail.paged);
    assert_eq!(trail.ask().as_deref(), Some("/api/audit?before=2"));
    assert_eq!(trail.arrived(Err(fault(Code::Internal))), []);
    assert_eq!((trail.fault.clone(), trail.more), (Some(fault(Code::Internal)), true));
    assert_eq!(trail.ask().as_deref(), Some("/api/audit?before=2"));
    assert_eq!(trail.arrived(Ok(AuditPage { changes: vec![change("1")], more: false })), []);
    let ids: Vec<_> = trail.told().into_iter().flatten().map(|change| change.id.as_str()).collect();
    assert_eq!((ids, trail.more, trail.fault.clone()), (vec!["3", "2", "1"], false, None));
    assert!(trail.paged, "then the end of the list is told");
}

#[test]
fn nothing_changed_is_told_at_once() {
    let mut trail = Trail::default();
    trail.ask();
    trail.arrived(Ok(AuditPage { changes: Vec::new(), more: false }));
    assert_eq!(trail.told(), Some(&[][..]));
}

#[test]
fn changed_settings_are_told_once_it_is_known_what_they_are_called() {
    let differs = |path: &str, before: Option<&str>, after: Option<&str>| Difference {
        path: path.to_owned(),
        before: before.map(|value| json!(value)),
        after: after.map(|value| json!(value)),
    };
    let page =
        |id: &str, changes: &[Difference]| Ok(AuditPage { changes: vec![noted(id, changes.to_vec())], more: true });
    let products = [
        differs("accounts.by_product.71.sales", None, Some("200")),
        differs("products.services.200", Some("72"), Some("73")),
        differs("accounts.sales", Some("74"), None),
    ];
    for lists_first in [true, false] {
        let mut trail = Trail::default();
        trail.ask();
        let ids = ["71", "72", "73"].map(str::to_owned).to_vec();
        assert_eq!(trail.arrived(page("9", &products)), [TrailCall::Lists, TrailCall::Products(ids.clone())]);
        assert_eq!(trail.told(), None);
        if lists_first {
            trail.lists_arrived(None);
        } else {
            trail.products_arrived(&ids, None);
        }
        assert_eq!(trail.told(), None, "both are waited for");
        if lists_first {
            trail.products_arrived(&ids, Some(&[]));
        } else {
            trail.lists_arrived(None);
        }
        assert_eq!(trail.told().map(<[_]>::len), Some(1), "without them, too");
        assert_eq!(trail.lists(), None);

        // Lists are asked for once. Products that did not come are asked for again; those that are not there are not.
        trail.ask();
        let asks = trail.arrived(page("8", &products));
        assert_eq!(asks, if lists_first { vec![] } else { vec![TrailCall::Products(ids)] });
        assert_eq!(trail.told().map(<[_]>::len), Some(if lists_first { 2 } else { 1 }));
    }
}

#[test]
fn guesses_stand_by_the_section_that_changes_them() {
    let guess =
        |path: &str| Guess { path: path.to_owned(), value: String::new(), what: path.to_owned(), shown: String::new() };
    let groups = by_section(&[guess("taxes.GST.sales"), guess("accounts.sales"), guess("taxes.GST.purchases")]);
    let groups: Vec<_> = groups.iter().map(|(section, group)| (*section, group.len())).collect();
    assert_eq!(groups, [(Some(Section::Taxes), 2), (Some(Section::Accounts), 1)]);
    assert_eq!(subject("taxes.GST 2.5%.sales"), Some(Subject::Tax("GST 2.5%".to_owned(), BooksSide::Sales)));
    assert_eq!(subject("taxes..sales"), Some(Subject::Tax(String::new(), BooksSide::Sales)));
    assert_eq!(subject("accounts.purchases"), Some(Subject::Account(BooksSide::Purchases)));
    let held = Subject::Status(Module::PurchaseOrders, "On hold, v. 2".to_owned());
    assert_eq!(subject("statuses.Purchase_Orders.On hold, v. 2"), Some(held));
    assert_eq!(subject("accounts.discount"), None);
}

#[test]
fn both_languages_say_what_happened() {
    for (language, sent) in
        [(Language::English, "Acme was sent to Xero."), (Language::German, "Acme wurde an Xero gesendet.")]
    {
        let words = Setup::of(language);
        assert_eq!((words.said)(&Said::Synced("Acme".to_owned(), Outcome::Created)), sent);
        // No action is told by its name in the database.
        for action in AuditAction::ALL {
            let told = (words.action)(*action);
            assert!(told.contains(' ') && !told.contains(action.as_str()), "{told}");
        }
        assert!((words.mistyped)("Acme").contains("Acme"));
    }
}
