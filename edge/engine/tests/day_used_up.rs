//! A day of the database that is used up is a wait with an instant, not a failure: for who clicks, for who reads, and
//! for runs.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use crate::support;

use chrono::{DateTime, Utc};
use engine::access::sign_in;
use engine::runs::Next;
use engine::sync::Desk;
use sandbox::{ApiName, World, seed};
use shared::api::runs::{RunState, Scope};
use shared::module::Module;
use shared::problem::{Code, Severity};
use shared::settings::Direction;
use support::{BASE, Day, Stage};

/// 00:00 UTC of the next day.
fn midnight(stage: &Stage) -> DateTime<Utc> {
    let tomorrow = stage.now_utc().date_naive().succ_opt().unwrap();
    tomorrow.and_hms_opt(0, 0, 0).unwrap().and_utc()
}

#[test]
fn who_clicks_is_told_until_when_and_who_reads_goes_on() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let session = stage.session_of(&ana);
    let there = stage.all_xero("Contacts").len();
    stage.use_up(Some(Day::Writes));
    let refused = stage.try_click(&ana, Module::Accounts, seed::FIRST_ACCOUNT).unwrap_err();
    assert_eq!((refused.problem.code, refused.problem.severity), (Code::DatabaseDayLimit, Severity::Waiting));
    let wait = chrono::TimeDelta::from_std(refused.wait().unwrap()).unwrap();
    assert!((stage.now_utc() + wait - midnight(&stage)).num_seconds().abs() <= 1, "{wait}");
    assert!(refused.problem.fix.contains("hours"), "{}", refused.problem.fix);
    assert_eq!(stage.all_xero("Contacts").len(), there, "nothing was sent");
    stage.view(&ana, Module::Accounts, seed::FIRST_ACCOUNT).unwrap();

    // A session that is due to be renewed stays as old as it is, and reads what needs nothing of Xero's.
    stage.advance(7 * 3_600);
    assert!(!stage.run(sign_in::renew(&stage, &session)).unwrap());
    // A new refresh token of Xero's could not be kept, and the old one is good for half an hour then: none is asked for.
    let mark = stage.world.borrow().mark();
    let refused = stage.view(&ana, Module::Accounts, seed::FIRST_ACCOUNT).unwrap_err();
    assert_eq!(refused.problem.code, Code::DatabaseDayLimit);
    let renewed = |call: &&sandbox::Entry| call.api == ApiName::Xero && call.path.ends_with("/token");
    assert_eq!(stage.world.borrow().calls_since(mark).into_iter().filter(renewed).count(), 0);
    let desk = Desk::default();
    stage.run(stage.engine(&desk).status(&ana)).unwrap();

    stage.use_up(Some(Day::Reads));
    let refused = stage.view(&ana, Module::Accounts, seed::FIRST_ACCOUNT).unwrap_err();
    assert_eq!(refused.problem.code, Code::DatabaseDayLimit);
    stage.advance(24 * 3_600);
    stage.use_up(None);
    stage.click(&ana, Module::Accounts, seed::FIRST_ACCOUNT);
}

#[test]
fn a_run_waits_for_the_next_day_and_goes_on() {
    for (day, steps) in [(Day::Writes, 1), (Day::Writes, 6), (Day::Writes, 14), (Day::Reads, 1), (Day::Reads, 9)] {
        let (stage, ana) = Stage::connected(World::standard(BASE));
        let desk = Desk::default();
        let run = stage.start_run(&desk, &ana, &Module::ALL, Direction::ToXero, Scope::Everything);
        let step = || match stage.run(stage.engine(&desk).advance(&ana.org)) {
            Next::At(at) => at,
            Next::Now => stage.now_utc(),
            Next::Idle => panic!("the run has ended"),
        };
        for _ in 0..steps {
            let at = step();
            stage.wait_until(at);
        }
        stage.use_up(Some(day));
        let midnight = midnight(&stage);
        let at = step();
        assert!((at - midnight).num_seconds().abs() <= 1, "{day:?} after {steps}: {at}");
        if day == Day::Writes {
            // Nothing could be noted, but who looks at it live is told.
            let shown = desk.live_run(&ana.org, &run.id).unwrap();
            assert_eq!((shown.state, shown.resumes_at), (RunState::Waiting, Some(at)));
            assert_eq!(shown.problem.unwrap().code, Code::DatabaseDayLimit);
            let asked = stage.run(stage.engine(&desk).run(&ana, &run.id)).unwrap();
            assert_eq!((asked.state, asked.resumes_at), (RunState::Waiting, Some(at)));
        }
        stage.wait_until(at);
        stage.use_up(None);
        stage.take_steps_of_run(&desk, &ana);
        let ended = stage.run(stage.engine(&desk).run(&ana, &run.id)).unwrap();
        assert_eq!(ended.state, RunState::Done, "{day:?} after {steps}: {:?}", ended.problem);
        assert!(ended.counts.created > 150 && ended.counts.add_up(), "{:?}", ended.counts);
        // What was sent before the day ended was not sent again.
        let invoices = stage.all_xero("Invoices");
        let sales = invoices.iter().filter(|one| one["Type"] == "ACCREC");
        let mut numbers: Vec<_> = sales.filter_map(|one| one["InvoiceNumber"].as_str()).collect();
        numbers.sort_unstable();
        assert!(numbers.windows(2).all(|two| two[0] != two[1]));
    }
}
