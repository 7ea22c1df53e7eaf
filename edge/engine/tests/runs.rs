//! Runs over the whole seed: both ways, preview, again, cancel, retry, deferred documents, parked records.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use engine::runs::Next;
use engine::store::sessions::User;
use engine::sync::Desk;
use sandbox::World;
use shared::api::runs::{PairChoice, RunRequest, RunState, RunView, Scope};
use shared::module::Module;
use shared::settings::Direction;
use support::{BASE, Stage};

fn request(direction: Direction, scope: Scope) -> RunRequest {
    let pairs = Module::ALL.into_iter().map(|module| PairChoice { module, direction }).collect();
    RunRequest { pairs, scope, preview: false }
}

/// Works on the active run until none is left; the clock moves on where the run waits.
fn drain(stage: &Stage, desk: &Desk, user: &User) {
    for _ in 0..2_000 {
        match stage.run(stage.engine(desk).advance(&user.org)) {
            Next::Now => {}
            Next::At(at) => stage.advance((at - stage.now_utc()).num_seconds().max(0) + 1),
            Next::Idle => return,
        }
    }
    panic!("the run does not end");
}

fn run(stage: &Stage, user: &User, request: &RunRequest) -> RunView {
    let desk = Desk::default();
    let started = stage.run(stage.engine(&desk).start_run(user, request)).unwrap();
    drain(stage, &desk, user);
    let ended = stage.run(stage.engine(&desk).run(user, &started.id)).unwrap();
    assert!(ended.counts.add_up(), "{:#?}", ended.counts);
    for pair in &ended.pairs {
        assert!(pair.counts.add_up());
        assert_eq!(pair.remaining, 0, "{pair:?}");
    }
    ended
}

fn tell(stage: &Stage, run: &RunView) {
    println!("{:?} {:?} {:?} {:?}", run.state, run.counts, run.calls, run.problem.as_ref().map(|one| &one.what));
    for pair in &run.pairs {
        println!("  {:?} {:?} {:?}", pair.module, pair.direction, pair.counts);
    }
    for text in stage.texts(&format!(
        "SELECT module || ' ' || outcome || ' ' || coalesce(problem, '') || ' ' || count(*) || ' ' || min(name) || ': ' \
         || coalesce(min(json_extract(body, '$.problems[0].what')), '') FROM entries WHERE run = '{}' \
         GROUP BY module, outcome, problem",
        run.id
    )) {
        println!("    {text}");
    }
}

#[test]
fn everything_both_ways_and_again() {
    let (stage, user) = Stage::connected(World::standard(BASE));
    let first = run(&stage, &user, &request(Direction::Both, Scope::SinceLast));
    tell(&stage, &first);
    assert_eq!(first.state, RunState::Done);
    let second = run(&stage, &user, &request(Direction::Both, Scope::SinceLast));
    tell(&stage, &second);
    let third = run(&stage, &user, &request(Direction::Both, Scope::SinceLast));
    tell(&stage, &third);
    for _ in 0..2 {
        let all = run(&stage, &user, &request(Direction::Both, Scope::Everything));
        tell(&stage, &all);
        for text in stage.texts(&format!("SELECT body FROM entries WHERE run = '{}' AND outcome = 'updated'", all.id)) {
            let body: serde_json::Value = serde_json::from_str(&text).unwrap();
            println!("{} {}", body["name"], body["changes"]);
        }
    }
}

/// What the CRM has of a module.
fn crm_records(stage: &Stage, module: Module) -> Vec<serde_json::Value> {
    stage.world.borrow().zoho.records(module.api_name())
}

#[test]
fn a_second_run_reads_lists_and_writes_nothing() {
    let (stage, user) = Stage::connected(World::standard(BASE));
    run(&stage, &user, &request(Direction::Both, Scope::SinceLast));
    // What the first run itself created in the CRM is looked at once.
    run(&stage, &user, &request(Direction::Both, Scope::SinceLast));
    let mark = stage.world.borrow().gate.journal.mark();
    let third = run(&stage, &user, &request(Direction::Both, Scope::SinceLast));
    let world = stage.world.borrow();
    let calls: Vec<String> =
        world.gate.journal.since(mark).map(|entry| format!("{} {}", entry.method, entry.path)).collect();
    for call in &calls {
        println!("{call}");
    }
    println!("{:?}", third.counts);
}

#[test]
fn xero_s_books_come_into_an_empty_crm() {
    let (stage, user) = Stage::connected(World::standard(BASE));
    run(&stage, &user, &request(Direction::ToXero, Scope::SinceLast));
    println!("{} accounts", crm_records(&stage, Module::Accounts).len());
    let second = run(&stage, &user, &request(Direction::ToCrm, Scope::SinceLast));
    tell(&stage, &second);
    let third = run(&stage, &user, &request(Direction::ToCrm, Scope::SinceLast));
    tell(&stage, &third);
}
