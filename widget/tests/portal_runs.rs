//! The portal's runs: what is asked for, what a run says of itself, and how answers change the screen. Natively.
#![allow(clippy::unwrap_used, reason = "a test may panic")]
#![cfg(not(target_arch = "wasm32"))]

use chrono::{DateTime, Utc};
use serde_json::json;
use shared::api::Outcome;
use shared::api::runs::{
    Calls, Counts, Forecast, PairChoice, PairForecast, PairView, RecordRef, RunKind, RunRequest, RunState, RunView,
    RunsPage, Scope,
};
use shared::module::Module;
use shared::problem::{self, Code};
use shared::settings::{Direction, Settings};
use widget::fault::{Absence, Fault};
use widget::portal::runs::feed::Feed;
use widget::portal::runs::span::Span;
use widget::portal::runs::state::{
    Body, Buttons, Form, Next, RunAction, RunsState, Window, buttons, direction_name, direction_of, directions,
};
use widget::portal::runs::telling::{self, Progress};
use widget::portal::words::runs::Runs;
use widget::portal::words::{Language, Texts};
use widget::tone::Tone;

fn english() -> &'static Runs {
    Runs::of(Language::English)
}

fn german() -> &'static Runs {
    Runs::of(Language::German)
}

/// `4,880`, as an Australian would write it.
fn number(number: u32) -> String {
    if number < 1_000 { number.to_string() } else { format!("{},{:03}", number / 1_000, number % 1_000) }
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn settings() -> Settings {
    serde_json::from_value(json!({"directions": {"Vendors": "to_crm", "Products": "to_xero"}})).unwrap()
}

fn counts(created: u32, updated: u32, failed: u32, deferred: u32) -> Counts {
    Counts {
        candidates: created + updated + failed + deferred,
        created,
        updated,
        failed,
        deferred,
        ..Counts::default()
    }
}

fn pair(module: Module, counts: Counts, remaining: u32, listed: bool) -> PairView {
    PairView { module, direction: Direction::Both, listed, remaining, counts }
}

fn run(id: &str, state: RunState, pairs: Vec<PairView>) -> RunView {
    RunView {
        id: id.to_owned(),
        kind: RunKind::Manual,
        by: Some("Ana".to_owned()),
        state,
        scope: Scope::SinceLast,
        started_at: at("2026-11-22T01:00:00Z"),
        ended_at: state.ended().then(|| at("2026-11-22T01:03:00Z")),
        resumes_at: None,
        counts: pairs.iter().fold(Counts::default(), |sum, pair| sum.plus(pair.counts)),
        pairs,
        calls: Calls::default(),
        problem: None,
        forecast: None,
    }
}

fn page(runs: Vec<RunView>) -> Result<RunsPage, Fault> {
    Ok(RunsPage { runs, more: false })
}

fn fault(code: Code) -> Fault {
    Fault::Problem(Box::new(problem::of(code, &[])))
}

#[test]
fn the_request_says_what_is_chosen_and_nothing_that_a_setting_rules_out() {
    let mut form = Form::new(&settings());
    let own = |module| PairChoice { module, direction: settings().direction(module) };
    let all = Module::ALL.map(own).to_vec();
    assert_eq!(form.request(true), Some(RunRequest { pairs: all, scope: Scope::SinceLast, preview: true }));

    assert_eq!(form.directions(Module::Invoices), [Direction::Both, Direction::ToXero, Direction::ToCrm]);
    assert_eq!(form.directions(Module::Vendors), [Direction::ToCrm]);
    form.turn(Module::Vendors, Direction::ToXero);
    assert_eq!(form.direction(Module::Vendors), Direction::ToCrm, "its setting lets nothing go to Xero");
    form.turn(Module::Invoices, Direction::ToXero);
    for module in [Module::Accounts, Module::Contacts, Module::Products, Module::PurchaseOrders] {
        form.choose(module, false);
    }
    form.window = Window::Days;
    form.days = " 30 ".to_owned();
    let pairs = vec![
        PairChoice { module: Module::Vendors, direction: Direction::ToCrm },
        PairChoice { module: Module::Invoices, direction: Direction::ToXero },
    ];
    assert_eq!(form.request(false), Some(RunRequest { pairs, scope: Scope::Days(30), preview: false }));

    // A pair that is taken in again goes in its own direction.
    form.choose(Module::Invoices, false);
    form.choose(Module::Invoices, true);
    assert_eq!(form.direction(Module::Invoices), Direction::Both);
    form.choose(Module::Invoices, false);
    form.choose(Module::Vendors, false);
    assert!(form.is_empty());
    assert_eq!(form.request(true), None);
}

#[test]
fn days_are_whole_and_within_the_edges_limit() {
    let mut form = Form::new(&Settings::default());
    for (typed, wrong) in [
        ("1", false),
        ("36500", false),
        ("", true),
        ("0", true),
        ("36501", true),
        ("-1", true),
        ("1.5", true),
        ("x", true),
    ] {
        form.days = typed.to_owned();
        form.window = Window::Days;
        assert_eq!((form.days_wrong(), form.request(true).is_none()), (wrong, wrong), "{typed:?}");
        // In no other window does it matter.
        form.window = Window::Everything;
        assert_eq!((form.days_wrong(), form.request(true).unwrap().scope), (false, Scope::Everything), "{typed:?}");
    }
}

#[test]
fn values_of_controls_survive_the_way_there_and_back() {
    for direction in [Direction::Both, Direction::ToXero, Direction::ToCrm] {
        assert_eq!(direction_of(direction_name(direction)), Some(direction));
        assert!(directions(direction).contains(&direction));
    }
    for window in Window::ALL {
        assert_eq!(Window::of_name(window.name()), Some(window));
    }
    assert_eq!((direction_of(""), Window::of_name("")), (None, None));
    for outcome in telling::OUTCOMES {
        assert_eq!(
            json!(outcome),
            json!(telling::outcome_name(outcome)),
            "the log's addresses name it as the API does"
        );
    }
}

#[test]
fn headlines_say_how_a_run_is() {
    use RunState::{Cancelled, Done, Failed, Listing, Ready, Running, Waiting};
    let none = || vec![pair(Module::Invoices, Counts::default(), 0, true)];
    let some = |counts, remaining| vec![pair(Module::Invoices, counts, remaining, true)];
    let table = [
        (Listing, vec![pair(Module::Invoices, Counts::default(), 0, false)], Tone::Busy, "Looking for the records"),
        (
            Listing,
            vec![pair(Module::Invoices, Counts::default(), 1_200, false)],
            Tone::Busy,
            "Looking for the records: 1,200 found so far",
        ),
        (Ready, none(), Tone::Quiet, "Checked: there is nothing to sync"),
        (Ready, some(Counts::default(), 1), Tone::Pending, "Checked: 1 record. Nothing is written yet"),
        (Ready, some(Counts::default(), 120), Tone::Pending, "Checked: 120 records. Nothing is written yet"),
        (Running, some(counts(30, 10, 0, 0), 80), Tone::Busy, "Syncing: 40 of 120 records"),
        (Waiting, some(counts(40, 0, 0, 0), 80), Tone::Warn, "Waiting, with 40 of 120 records done"),
        (Done, none(), Tone::Good, "Done: there was nothing to sync"),
        (Done, some(counts(1, 0, 0, 0), 0), Tone::Good, "Done: 1 record"),
        (Done, some(counts(100, 20, 0, 0), 0), Tone::Good, "Done: 120 records"),
        (Done, some(counts(100, 17, 3, 2), 0), Tone::Bad, "Done, but 3 records failed"),
        (Done, some(counts(0, 0, 1, 0), 0), Tone::Bad, "Done, but 1 record failed"),
        (Done, some(counts(118, 0, 0, 2), 0), Tone::Warn, "Done, 2 records were put off"),
        (Cancelled, some(Counts::default(), 120), Tone::Quiet, "Cancelled before the first record"),
        (
            Cancelled,
            some(counts(40, 0, 0, 0), 80),
            Tone::Quiet,
            "Cancelled after 40 of 120 records. What was done stays done",
        ),
        (Failed, some(Counts::default(), 0), Tone::Bad, "Could not begin"),
        (Failed, some(counts(40, 0, 0, 0), 80), Tone::Bad, "Could not go on after 40 of 120 records"),
    ];
    for (state, pairs, tone, text) in table {
        let headline = telling::headline(&run("1", state, pairs), english(), &number);
        assert_eq!((headline.tone, headline.text.as_str()), (tone, text));
    }
    let failed = run("1", Done, some(counts(100, 17, 3, 0), 0));
    assert_eq!(telling::headline(&failed, german(), &number).text, "Fertig, aber 3 Datensätze schlugen fehl");
}

#[test]
fn bars_show_what_is_taken_up_of_what_is_listed() {
    let known = run(
        "1",
        RunState::Running,
        vec![
            pair(Module::Accounts, counts(10, 10, 0, 0), 0, true),
            pair(Module::Invoices, counts(5, 0, 1, 0), 34, true),
        ],
    );
    assert_eq!(Progress::of_pair(&known.pairs[1]), Progress { done: 6, all: 40, listing: false });
    assert_eq!(Progress::of(&known), Progress { done: 26, all: 60, listing: false });
    let table = [
        (Progress { done: 0, all: 0, listing: true }, (0, 0), "0 found so far"),
        // How many there will be is not known, so there is no share of it.
        (Progress { done: 0, all: 7, listing: true }, (0, 0), "7 found so far"),
        (Progress { done: 3, all: 7, listing: true }, (3, 7), "3 of 7"),
        (Progress { done: 0, all: 7, listing: false }, (0, 7), "0 of 7"),
        (Progress { done: 7, all: 7, listing: false }, (7, 7), "7 of 7"),
        (Progress { done: 0, all: 0, listing: false }, (1, 1), "No records"),
    ];
    for (progress, bar, text) in table {
        assert_eq!((progress.bar(), progress.in_words(english(), &number).as_str()), (bar, text), "{progress:?}");
    }
}

#[test]
fn counts_name_what_there_is_and_nothing_else() {
    let mixed = Counts { unchanged: 1_200, skipped: 4, candidates: 1_222, ..counts(12, 0, 5, 1) };
    assert_eq!(
        telling::counts_in_words(mixed, english().names, &number),
        "12 sent · 1,200 in step · 4 left alone · 1 put off · 5 failed"
    );
    assert_eq!(telling::counts_in_words(Counts::default(), english().names, &number), "");
    assert_eq!(telling::result_in_words(Counts::default(), english().names, &number), "No records");
    assert!(telling::result_in_words(mixed, german().names, &number).contains(" · "));
    for outcome in telling::OUTCOMES {
        let mut one = Counts::default();
        one.add(outcome);
        assert_eq!(telling::count(one, outcome), 1, "{outcome:?}");
    }
}

#[test]
fn a_forecast_says_what_it_costs_and_whether_the_day_suffices() {
    let forecast = |xero, zoho, seconds, day_remaining| Forecast {
        pairs: vec![
            PairForecast { module: Module::Accounts, create: 10, update: 5, skip: 1 },
            PairForecast { module: Module::Invoices, create: 100, update: 20, skip: 0 },
        ],
        calls: Calls { zoho, xero },
        seconds,
        day_remaining,
        rows: 1_240,
        rows_a_day: Some(100_000),
    };
    let plain = forecast(24, 1_060, 170, Some(4_880));
    assert_eq!(telling::forecast_sum(&plain), [110, 25, 1]);
    let cost = telling::cost(&plain, english(), &number);
    assert_eq!(cost.calls, "About 24 calls to Xero, 1,060 to Zoho and 1,240 database rows");
    assert_eq!(cost.time, "Takes about 3 min");
    assert_eq!(cost.day, "Xero has 4,880 calls left today");
    assert_eq!(cost.short, None);
    let german_cost = telling::cost(&plain, german(), &number);
    assert_eq!(german_cost.time, "Fertig in etwa 3 Min.");

    let table = [
        (forecast(24, 60, 30, None), None, "Takes less than a minute"),
        (forecast(6_000, 60, 100_000, Some(5_000)), Some(english().day_short), "Takes about 2 days"),
        // The reserve is kept: the wait is in the seconds though the day seems to suffice.
        (forecast(4_950, 60, 86_400, Some(5_000)), Some(english().day_short), "Takes about 1 day"),
        (forecast(30, 60, 50, Some(29)), Some(english().day_short), "Takes less than a minute"),
        (forecast(30, 60, 50, Some(30)), None, "Takes less than a minute"),
    ];
    for (forecast, short, time) in table {
        let cost = telling::cost(&forecast, english(), &number);
        assert_eq!((cost.short, cost.time.as_str()), (short, time), "{forecast:?}");
    }
    let many = Forecast { rows: 100_001, ..forecast(24, 60, 90_000, Some(5_000)) };
    assert_eq!(telling::cost(&many, english(), &number).short, Some(english().rows_short));
    let paid = Forecast { rows_a_day: None, ..many };
    assert_eq!(telling::cost(&paid, german(), &number).short, Some(german().day_short));
    assert_eq!(telling::cost(&forecast(0, 0, 0, None), english(), &number).calls, english().cost_nothing);
    assert_eq!(telling::cost(&forecast(0, 0, 0, None), english(), &number).day, english().day_unknown);
}

#[test]
fn lengths_of_time_are_rounded_up() {
    let table = [
        (0, Span::UnderMinute, "less than a minute", "weniger als einer Minute"),
        (59, Span::UnderMinute, "less than a minute", "weniger als einer Minute"),
        (60, Span::Minutes(1), "1 min", "1 Min."),
        (61, Span::Minutes(2), "2 min", "2 Min."),
        (3_541, Span::Hours(1, 0), "1 h", "1 Std."),
        (5_400, Span::Hours(1, 30), "1 h 30 min", "1 Std. 30 Min."),
        (86_400, Span::Days(1), "1 day", "1 Tag"),
        (86_401, Span::Days(2), "2 days", "2 Tagen"),
    ];
    for (seconds, span, text, german_text) in table {
        assert_eq!(Span::of_seconds(seconds), span, "{seconds}");
        assert_eq!(((english().span)(span).as_str(), (german().span)(span).as_str()), (text, german_text));
    }
    let now = at("2026-11-22T01:00:00Z");
    assert_eq!(Span::between(now, at("2026-11-22T01:12:00Z")), Some(Span::Minutes(12)));
    assert_eq!(Span::between(now, now), None);
    assert_eq!(Span::between(now, at("2026-11-22T00:00:00Z")), None);
}

#[test]
fn a_run_says_which_records_it_takes() {
    let record = |id: &str| RecordRef { module: Module::Invoices, id: id.to_owned() };
    let table = [
        (Scope::SinceLast, "Since the last run", "Seit dem letzten Abgleich"),
        (Scope::Days(1), "Last day", "Letzter Tag"),
        (Scope::Days(30), "Last 30 days", "Letzte 30 Tage"),
        (Scope::Everything, "Everything", "Alles"),
        (Scope::Records(vec![record("1")]), "1 record", "1 Datensatz"),
        (Scope::Records(vec![record("1"), record("2")]), "2 records", "2 Datensätze"),
    ];
    for (scope, text, german_text) in table {
        assert_eq!(telling::scope(&scope, english(), &number), text);
        assert_eq!(telling::scope(&scope, german(), &number), german_text);
    }
}

#[test]
fn only_an_ended_run_with_failures_can_be_retried() {
    let with = |state, counts| telling::can_retry(&run("1", state, vec![pair(Module::Invoices, counts, 0, true)]));
    assert!(with(RunState::Done, counts(1, 0, 1, 0)));
    assert!(with(RunState::Cancelled, counts(1, 0, 0, 1)));
    assert!(!with(RunState::Running, counts(1, 0, 1, 0)), "another run can't start meanwhile");
    assert!(!with(RunState::Done, counts(1, 1, 0, 0)));
}

#[test]
fn a_run_has_the_buttons_that_its_state_allows() {
    let with =
        |state, counts, remaining| buttons(&run("1", state, vec![pair(Module::Invoices, counts, remaining, true)]));
    let none = Counts::default();
    for state in [RunState::Listing, RunState::Running, RunState::Waiting] {
        assert_eq!(with(state, counts(1, 0, 1, 0), 5), Buttons::Moving, "{state:?}");
    }
    assert_eq!(with(RunState::Ready, none, 5), Buttons::Checked(true));
    assert_eq!(with(RunState::Ready, none, 0), Buttons::Checked(false), "nothing to start");
    for state in [RunState::Done, RunState::Cancelled, RunState::Failed] {
        assert_eq!(with(state, counts(1, 0, 1, 0), 5), Buttons::Ended(true), "{state:?}");
        assert_eq!(with(state, none, 5), Buttons::Ended(false), "{state:?}");
    }
}

#[test]
fn a_run_that_is_under_way_stands_in_the_forms_place() {
    let mut model = RunsState::default();
    model.open("");
    model.settings_read(Ok(settings()));
    assert_eq!(model.body(), Body::Waiting, "a run under way would take the form's place");
    model.list_read(false, page(vec![run("3", RunState::Waiting, vec![]), run("2", RunState::Done, vec![])]));
    assert_eq!((model.body(), model.subject(), model.followed()), (Body::Run, Some("3"), Some("3")));
    // It ends in sight: its result stays until somebody goes on.
    assert!(model.took(run("3", RunState::Done, vec![])));
    assert_eq!((model.body(), model.subject(), model.followed()), (Body::Run, Some("3"), None));
    assert_eq!(model.runs.as_ref().unwrap()[0].state, RunState::Done, "the list has the same run");
    model.open("");
    assert_eq!(model.body(), Body::Form);

    // What was checked and not started keeps nobody from starting another run.
    let mut model = RunsState::default();
    model.settings_read(Ok(settings()));
    model.list_read(false, page(vec![run("4", RunState::Ready, vec![])]));
    assert_eq!(model.body(), Body::Form);
    // Neither does a list that can't be read.
    let mut model = RunsState::default();
    model.settings_read(Ok(settings()));
    model.list_read(false, Err(fault(Code::Internal)));
    assert_eq!(model.body(), Body::Form);
    model.settings_read(Err(fault(Code::Internal)));
    assert_eq!(model.body(), Body::FormFault);
}

#[test]
fn an_address_shows_its_run_and_no_other() {
    let mut model = RunsState::default();
    model.open("2");
    assert_eq!((model.followed(), &model.run), (Some("2"), &None));
    model.list_read(false, page(vec![run("3", RunState::Running, vec![]), run("2", RunState::Done, vec![])]));
    assert_eq!(model.subject(), Some("2"), "what is under way does not take its place");
    assert!(!model.took(run("3", RunState::Done, vec![])));
    assert_eq!(model.run, None);
    assert!(model.took(run("2", RunState::Done, vec![])));
    assert_eq!(model.followed(), None, "nothing moves in it any more");
    // The list knows the next one already.
    model.open("3");
    assert_eq!(model.run.as_ref().map(|run| run.state), Some(RunState::Done));

    model.open("9");
    assert_eq!(model.body(), Body::Waiting);
    model.missed("8", fault(Code::RunUnknown));
    assert_eq!(model.run_fault, None, "an answer about another run");
    model.missed("9", fault(Code::RunUnknown));
    assert_eq!((model.run_fault.clone(), model.followed()), (Some(fault(Code::RunUnknown)), None));
    assert_eq!(model.body(), Body::RunFault);
}

#[test]
fn a_reading_that_fails_once_leaves_in_sight_what_is_known() {
    let mut model = RunsState::default();
    model.open("2");
    model.took(run("2", RunState::Running, vec![]));
    model.missed("2", fault(Code::Internal));
    assert_eq!((model.run.is_some(), model.run_fault.is_none(), model.followed()), (true, true, Some("2")));
}

#[test]
fn late_news_of_a_run_that_has_ended_are_dropped() {
    let mut model = RunsState::default();
    model.open("2");
    let pairs = || vec![pair(Module::Invoices, counts(1, 0, 0, 0), 0, true)];
    assert!(model.took(run("2", RunState::Running, pairs())));
    assert!(!model.took(run("2", RunState::Running, pairs())), "it stands where it stood");
    assert!(model.took(run("2", RunState::Cancelled, pairs())));
    assert!(!model.took(run("2", RunState::Running, pairs())));
    assert_eq!(model.run.unwrap().state, RunState::Cancelled);
}

#[test]
fn starting_a_run_opens_it_and_nothing_is_asked_twice() {
    let mut model = RunsState::default();
    model.open("");
    model.list_read(false, page(vec![run("2", RunState::Ready, vec![]), run("1", RunState::Done, vec![])]));
    assert!(model.ask(RunAction::Check));
    assert!(!model.ask(RunAction::Start), "one at a time");
    assert_eq!(model.answered(Ok(run("3", RunState::Listing, vec![]))), Next::Open("3".to_owned()));
    assert_eq!(model.asking, None);
    let ids: Vec<_> = model.runs.iter().flatten().map(|run| run.id.as_str()).collect();
    assert_eq!(ids, ["3", "1"], "the former check is gone");

    model.open("3");
    model.took(run("3", RunState::Ready, vec![]));
    assert_eq!(model.followed(), None, "it waits for somebody");
    assert!(model.ask(RunAction::Begin));
    assert_eq!(model.answered(Ok(run("3", RunState::Running, vec![]))), Next::Stay);
    assert_eq!(model.followed(), Some("3"));
    model.confirming = true;
    assert!(model.ask(RunAction::Cancel));
    assert!(!model.confirming);
    assert_eq!(model.answered(Ok(run("3", RunState::Cancelled, vec![]))), Next::Stay, "its result is in sight");
}

#[test]
fn a_checked_run_that_is_discarded_leads_back() {
    let mut model = RunsState::default();
    model.open("3");
    model.took(run("3", RunState::Ready, vec![]));
    assert!(model.ask(RunAction::Cancel));
    assert_eq!(model.answered(Ok(run("3", RunState::Cancelled, vec![]))), Next::Leave);
}

#[test]
fn a_refusal_is_shown_and_names_the_run_that_is_in_the_way() {
    let mut model = RunsState::default();
    model.open("");
    assert!(model.ask(RunAction::Start));
    assert_eq!(model.answered(Err(fault(Code::RunInProgress))), Next::ReadList);
    assert_eq!(model.refused, Some(fault(Code::RunInProgress)));
    model.list_read(false, page(vec![run("5", RunState::Running, vec![])]));
    assert_eq!(model.subject(), Some("5"));
    // The next question forgets the former answer.
    assert!(model.ask(RunAction::Cancel));
    assert_eq!(model.refused, None);
    assert_eq!(model.answered(Err(Fault::SignedOut(Absence::Ended))), Next::Stay);
}

#[test]
fn older_runs_come_below_each_once() {
    let mut model = RunsState::default();
    model.list_read(false, Ok(RunsPage { runs: vec![run("9", RunState::Done, vec![])], more: true }));
    assert_eq!((model.oldest(), model.more), (Some("9"), true));
    model.reading_older = true;
    let older = vec![run("9", RunState::Done, vec![]), run("8", RunState::Done, vec![])];
    model.list_read(true, page(older));
    let ids: Vec<_> = model.runs.iter().flatten().map(|run| run.id.as_str()).collect();
    assert_eq!((ids, model.more, model.reading_older), (vec!["9", "8"], false, false));
    model.list_read(true, Err(fault(Code::Internal)));
    assert_eq!(model.runs.as_ref().map(Vec::len), Some(2), "what was read stays in sight");
    assert!(model.list_fault.is_some());
}

#[test]
fn events_are_read_wherever_the_network_cuts_them() {
    let stream = ": nothing new\n\nevent: run\ndata: {\"by\":\"Müller\"}\n\nevent: run\ndata: 2\n\n".as_bytes();
    for size in 1..stream.len() {
        let mut feed = Feed::default();
        let data: Vec<String> = stream.chunks(size).flat_map(|piece| feed.push(piece)).collect();
        assert_eq!(data, ["{\"by\":\"Müller\"}", "2"], "in pieces of {size}");
    }
    assert_eq!(Feed::default().push(b"data: not whole"), Vec::<String>::new());
}

#[test]
fn outcomes_have_words_in_both_languages() {
    for outcome in telling::OUTCOMES {
        let (one, other) =
            ((english().names.outcome_count)(outcome, "2"), (german().names.outcome_count)(outcome, "2"));
        assert!(one.starts_with("2 ") && other.starts_with("2 ") && one != other, "{one} {other}");
    }
    assert_eq!((english().names.outcome_count)(Outcome::Skipped, "2"), "2 left alone");
}
