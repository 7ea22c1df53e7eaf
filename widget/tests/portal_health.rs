//! Health: what needs somebody, what the limits leave, and which records can be retried. Natively, without a browser.
#![allow(clippy::unwrap_used, reason = "a test may panic")]
#![cfg(not(target_arch = "wasm32"))]

mod fixtures;

use fixtures::{fault, instant, problem};
use shared::api::portal::{SettingProblem, StatusView};
use shared::api::runs::{
    BudgetView, Calls, Counts, PairChoice, RecordRef, RunKind, RunRequest, RunState, RunView, Scope, WaitingRecord,
    WaitingView,
};
use shared::api::{ConnectionState, Outcome};
use shared::module::Module;
use shared::problem::{Code, Severity};
use shared::settings::Direction;
use widget::portal::health::state::{
    Access, Finding, Gauge, HealthEffect, HealthMsg, HealthState, access, day, findings, is_by_hand, minute,
    retry_request, update,
};
use widget::portal::words::health::Health;
use widget::portal::words::{Language, Texts};
use widget::tone::Tone;

fn budget() -> BudgetView {
    BudgetView {
        xero_day_limit: Some(5_000),
        xero_day_remaining: Some(3_812),
        xero_day_reserve: 100,
        xero_day_limit_until: None,
        xero_minute_used: 12,
        zoho_credits_remaining: None,
        as_of: instant("2026-11-20T02:00:00Z"),
    }
}

fn run(state: RunState) -> RunView {
    RunView {
        id: "run".to_owned(),
        kind: RunKind::Scheduled,
        by: None,
        state,
        scope: Scope::SinceLast,
        started_at: instant("2026-11-20T01:00:00Z"),
        ended_at: None,
        resumes_at: None,
        pairs: Vec::new(),
        counts: Counts::default(),
        calls: Calls::default(),
        problem: None,
        forecast: None,
    }
}

/// All is well but for what is changed by `change`.
fn status(change: impl FnOnce(&mut StatusView)) -> StatusView {
    let mut status = StatusView {
        version: "1.0.0".to_owned(),
        connection: ConnectionState::Connected,
        crm_renewed_at: Some(instant("2026-11-20T01:30:00Z")),
        xero_renewed_at: None,
        crm_lacks: Vec::new(),
        xero_lacks: Vec::new(),
        budget: Some(budget()),
        runs: vec![run(RunState::Done), run(RunState::Failed)],
        waiting: 0,
        held_emails: 0,
        parked: 0,
        broken: Vec::new(),
        next_run: None,
        time_zone: "Australia/Sydney".to_owned(),
    };
    change(&mut status);
    status
}

fn waiting(module: Module, crm_id: Option<&str>, parked: bool) -> WaitingRecord {
    WaitingRecord {
        module,
        crm_id: crm_id.map(str::to_owned),
        xero_id: crm_id.is_none().then(|| "x".to_owned()),
        name: "Acme".to_owned(),
        outcome: Outcome::Failed,
        problem: Code::TaxUnmapped,
        times: 5,
        parked,
        at: instant("2026-11-20T02:00:00Z"),
    }
}

fn all(records: Vec<WaitingRecord>) -> WaitingView {
    let problems = vec![problem(Code::TaxUnmapped, Severity::Error)];
    WaitingView { records, problems }
}

#[test]
fn what_needs_somebody_is_found_and_nothing_else() {
    let until = instant("2026-11-21T00:00:00Z");
    let broken = |status: &mut StatusView| {
        let problem = problem(Code::TaxRateGone, Severity::Error);
        status.broken = vec![SettingProblem { path: "taxes.GST.sales".to_owned(), problem }];
    };
    type Change = Box<dyn FnOnce(&mut StatusView)>;
    let cases: Vec<(&str, Change, Vec<Finding>)> = vec![
        ("all is well, an older run failed", Box::new(|_| {}), vec![]),
        (
            "Xero is missing",
            Box::new(|status| status.connection = ConnectionState::XeroMissing),
            vec![Finding::Connection(ConnectionState::XeroMissing)],
        ),
        (
            "not everything was granted",
            Box::new(|status| {
                status.crm_lacks = vec!["ZohoCRM.coql.READ".to_owned(), "ZohoCRM.users.READ".to_owned()];
                status.xero_lacks = vec!["accounting.settings".to_owned()];
            }),
            vec![Finding::CrmLacks(2), Finding::XeroLacks(1)],
        ),
        ("a setting broke", Box::new(broken), vec![Finding::Settings(1)]),
        ("the newest run failed", Box::new(|status| status.runs[0].state = RunState::Failed), vec![Finding::RunFailed]),
        (
            "some wait, some are parked",
            Box::new(|status| (status.waiting, status.parked) = (7, 2)),
            vec![Finding::Parked(2), Finding::Waiting(5)],
        ),
        (
            "all that wait are parked",
            Box::new(|status| (status.waiting, status.parked) = (2, 2)),
            vec![Finding::Parked(2)],
        ),
        (
            "the day's limit is reached",
            Box::new(move |status| {
                let budget = status.budget.as_mut().unwrap();
                (budget.xero_day_limit_until, budget.xero_day_remaining) = (Some(until), Some(0));
            }),
            vec![Finding::DayLimit(until)],
        ),
        (
            "the reserve is reached",
            Box::new(|status| status.budget.as_mut().unwrap().xero_day_remaining = Some(100)),
            vec![Finding::Reserve(100)],
        ),
        (
            "just above the reserve",
            Box::new(|status| status.budget.as_mut().unwrap().xero_day_remaining = Some(101)),
            vec![],
        ),
        ("Xero has said nothing", Box::new(|status| status.budget.as_mut().unwrap().xero_day_remaining = None), vec![]),
    ];
    for (name, change, expected) in cases {
        assert_eq!(findings(&status(change), 0), expected, "{name}");
    }
}

#[test]
fn a_schedule_that_is_off_is_told_where_it_could_be_on() {
    let next = instant("2026-11-21T01:00:00Z");
    assert!(is_by_hand(&status(|_| {})));
    assert!(!is_by_hand(&status(|status| status.next_run = Some(next))));
    assert!(!is_by_hand(&status(|status| status.connection = ConnectionState::XeroMissing)));
    assert!(findings(&status(|_| {}), 0).is_empty(), "it is no fault");
}

#[test]
fn what_is_refused_is_worse_than_what_is_missing() {
    assert_eq!(Finding::Connection(ConnectionState::XeroBroken).tone(), Tone::Bad);
    assert_eq!(Finding::Connection(ConnectionState::XeroMissing).tone(), Tone::Pending);
    assert_eq!(Finding::Parked(1).tone(), Tone::Warn);
}

#[test]
fn a_day_is_measured_only_when_xero_has_said_so() {
    assert_eq!(day(&budget()), Some(Gauge { used: 1_188, most: 5_000 }));
    assert_eq!(day(&budget()).unwrap().left(), 3_812);
    assert_eq!(day(&BudgetView { xero_day_remaining: None, ..budget() }), None);
    assert_eq!(day(&BudgetView { xero_day_limit: None, ..budget() }), None);
    let raised = BudgetView { xero_day_limit: Some(1_000), ..budget() };
    assert_eq!(day(&raised), Some(Gauge { used: 0, most: 3_812 }), "more than the limit can't be left");
    assert_eq!(minute(&budget()), Gauge { used: 12, most: 60 });
    assert_eq!(minute(&BudgetView { xero_minute_used: 90, ..budget() }).used, 60);
}

#[test]
fn access_is_told_for_each_side() {
    use ConnectionState::{Connected, XeroBroken, XeroMissing, ZohoBroken, ZohoMissing};
    let renewed = Access::Renewed(instant("2026-11-20T01:30:00Z"));
    for (connection, crm, xero) in [
        (Connected, renewed, Access::Unused),
        (XeroMissing, renewed, Access::Missing),
        (XeroBroken, renewed, Access::Refused),
        (ZohoBroken, Access::Refused, Access::Unused),
        (ZohoMissing, Access::Missing, Access::Missing),
    ] {
        assert_eq!(access(&status(|status| status.connection = connection)), (crm, xero), "{connection:?}");
    }
}

#[test]
fn a_retry_takes_what_the_crm_has() {
    let records = [
        waiting(Module::Invoices, Some("9"), true),
        waiting(Module::Accounts, Some("1"), false),
        waiting(Module::Accounts, None, true),
        waiting(Module::Invoices, Some("8"), true),
    ];
    let request = retry_request(&records).unwrap();
    let pair = |module| PairChoice { module, direction: Direction::Both };
    assert_eq!(request.pairs, [pair(Module::Accounts), pair(Module::Invoices)], "each pair once, in the run's order");
    let refs = [(Module::Invoices, "9"), (Module::Accounts, "1"), (Module::Invoices, "8")];
    let refs = refs.map(|(module, id)| RecordRef { module, id: id.to_owned() });
    assert_eq!(request.scope, Scope::Records(refs.to_vec()));
    assert!(!request.preview);
    assert_eq!(retry_request(&records[2..3]), None, "a record that is in Xero alone can't be named");
    assert_eq!(retry_request(&[]), None);
}

/// These records wait, says the answer to the newest reading.
fn arrived(model: &mut HealthState, records: &[WaitingRecord]) -> Vec<HealthEffect> {
    update(model, HealthMsg::WaitingArrived(model.ticket, Ok(all(records.to_vec()))))
}

/// The run that is asked for when these are to be retried.
fn retried(model: &mut HealthState, records: &[WaitingRecord]) -> Option<RunRequest> {
    let effects = update(model, HealthMsg::Retried(records.to_vec()));
    effects.into_iter().find_map(|effect| match effect {
        HealthEffect::Start(request) => Some(request),
        _ => None,
    })
}

#[test]
fn what_waits_for_a_release_is_looked_at_and_not_retried_unseen() {
    let mut held = waiting(Module::Invoices, Some("9"), false);
    held.problem = Code::ToBeReleased;
    let mut parked = held.clone();
    parked.parked = true;
    let failed = waiting(Module::Accounts, Some("1"), false);
    let mut model = HealthState::default();
    update(&mut model, HealthMsg::Wanted);
    let effects = arrived(&mut model, &[held.clone(), parked.clone(), failed.clone()]);
    assert_eq!(effects, [HealthEffect::ReadCrm], "a record that waits for a release is opened in the CRM");
    let status = status(|status| (status.waiting, status.parked, status.held_emails) = (3, 1, 2));
    let told = findings(&status, model.to_release());
    assert_eq!(told, [Finding::Parked(1), Finding::Release(1), Finding::Emails(2), Finding::Waiting(1)]);
    // "Retry all" takes what failed, and nothing whose release is asked for.
    let request = retried(&mut model, &[held.clone(), parked.clone(), failed]).unwrap();
    assert_eq!(request.scope, Scope::Records(vec![RecordRef { module: Module::Accounts, id: "1".to_owned() }]));
    assert_eq!((retry_request(&[held.clone()]), retry_request(&[parked])), (None, None));
    assert!(!model.is_retried(&held));
    for language in Language::ALL {
        let words = Health::of(language);
        let texts =
            [(words.finding)(Finding::Waiting(2)), (words.finding)(Finding::Waiting(1)), words.again.to_owned()];
        for text in texts {
            assert!(
                !text.contains("by itself") && !text.contains("by themselves") && !text.contains("von selbst"),
                "{text}"
            );
        }
    }
}

#[test]
fn a_record_is_retried_once_at_a_time() {
    let records = vec![waiting(Module::Invoices, Some("9"), true), waiting(Module::Accounts, Some("1"), true)];
    let mut model = HealthState::default();
    assert_eq!(arrived(&mut model, &records), []);
    let request = retried(&mut model, &records[..1]).unwrap();
    assert!(model.is_retried(&records[0]) && !model.is_retried(&records[1]));
    assert_eq!(retried(&mut model, &records[..1]), None, "it is on its way");
    let other = retried(&mut model, &records).unwrap();
    assert_eq!(other.scope, Scope::Records(vec![RecordRef { module: Module::Accounts, id: "1".to_owned() }]));
    let began = update(&mut model, HealthMsg::RetryBegan(request, Ok("run-1".to_owned())));
    assert_eq!(began, [HealthEffect::SayRetryBegan]);
    assert_eq!(model.run_of(&records[0]).map(String::as_str), Some("run-1"));
    let began = update(&mut model, HealthMsg::RetryBegan(other, Err(fault(Code::RunInProgress))));
    assert_eq!((began, model.retry_fault.clone()), (vec![], Some(fault(Code::RunInProgress))));
    assert!(!model.is_retried(&records[1]), "it can be tried again");

    // The first one is settled: it waits no more. Should it fail again some day, it can be retried again.
    arrived(&mut model, &records[1..]);
    arrived(&mut model, &records);
    assert!(!model.is_retried(&records[0]));
}

#[test]
fn only_administrators_read_what_waits() {
    let read = |administrator| update(&mut HealthState::new(administrator), HealthMsg::Wanted);
    assert_eq!(read(false), [HealthEffect::ReadStatus(1)]);
    assert_eq!(read(true), [HealthEffect::ReadStatus(1), HealthEffect::ReadWaiting(1)]);
}

#[test]
fn answers_to_an_older_reading_are_not_shown() {
    let mut model = HealthState::new(true);
    update(&mut model, HealthMsg::Wanted);
    update(&mut model, HealthMsg::StatusArrived(1, Err(fault(Code::Internal))));
    assert_eq!((model.fault.clone(), model.open), (Some(fault(Code::Internal)), 1));
    update(&mut model, HealthMsg::Wanted);
    assert_eq!((model.fault.clone(), model.open), (None, 2));
    update(&mut model, HealthMsg::WaitingArrived(1, Ok(all(vec![waiting(Module::Invoices, Some("9"), true)]))));
    assert_eq!((model.waiting.clone(), model.open), (None, 2));
    update(&mut model, HealthMsg::StatusArrived(2, Ok(Box::new(status(|_| {})))));
    update(&mut model, HealthMsg::WaitingArrived(2, Ok(all(Vec::new()))));
    assert_eq!((model.waiting.clone(), model.open), (Some(Vec::new()), 0));
    assert!(model.status.is_some());
}

#[test]
fn both_languages_count() {
    for (language, one, many) in [
        (Language::English, "1 record is parked: it failed again and again.", "3 records wait"),
        (Language::German, "1 Datensatz ist zurückgestellt: Er ist mehrfach fehlgeschlagen.", "3 Datensätze warten"),
    ] {
        let words = Health::of(language);
        assert_eq!((words.finding)(Finding::Parked(1)), one);
        assert!((words.finding)(Finding::Waiting(3)).starts_with(many));
        assert!((words.waiting_count)(7, 2).starts_with('7'));
    }
}
