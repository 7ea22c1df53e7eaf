//! A run that is cut off, or whose database writes fail, at every single step: it goes on by itself, each record is
//! there once on each side, and its counts and entries are those of an undisturbed run.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use crate::support;

use engine::access::rights::{Administrator, Member};
use engine::runs::Next;
use engine::sync::Desk;
use sandbox::{World, seed};
use shared::api::runs::{Counts, PairChoice, RecordRef, RunRequest, RunState, Scope};
use shared::module::Module;
use shared::settings::Direction;
use support::{BASE, Halt, Stage, Step};

/// Works on the active run until none is left. Says whether the stage stopped on the way.
fn drain(stage: &Stage, user: &Member) -> bool {
    let desk = Desk::default();
    for _ in 0..500 {
        match stage.try_run(stage.engine(&desk).advance(&user.org)) {
            Some(Next::Now) => {}
            Some(Next::At(at)) => stage.advance((at - stage.now_utc()).num_seconds().max(0) + 1),
            Some(Next::Idle) => return false,
            None => return true,
        }
    }
    panic!("the run does not end");
}

/// What a run leaves behind.
#[derive(Debug, PartialEq)]
struct Left {
    counts: Counts,
    outcomes: Vec<String>,
    crm: Vec<usize>,
    xero: Vec<usize>,
    links: i64,
    named: i64,
}

fn left(stage: &Stage, user: &Member, run: &str) -> Left {
    let desk = Desk::default();
    let view = stage.run(stage.engine(&desk).run(user, run)).unwrap();
    assert_eq!(view.state, RunState::Done, "{:#?}", view.problem);
    assert!(view.counts.add_up());
    let crm = |module: Module| stage.world.borrow().zoho.records(module.api_name()).len();
    Left {
        counts: view.counts,
        outcomes: stage.texts(&format!(
            "SELECT module || ' ' || name || ' ' || outcome AS line FROM entries WHERE run = '{run}' ORDER BY line"
        )),
        crm: Module::ALL.into_iter().map(crm).collect(),
        xero: ["Contacts", "Items", "Invoices"].map(|resource| stage.all_xero(resource).len()).to_vec(),
        links: stage.number("SELECT count(*) FROM links WHERE state = 'linked'"),
        named: stage.number("SELECT count(*) FROM links WHERE state <> 'linked'"),
    }
}

fn every_step_of(name: &str, request: &RunRequest, before: fn(&Stage, &Administrator)) {
    let (start, user) = Stage::connected(World::standard(BASE));
    before(&start, &user);
    let desk = Desk::default();
    let run = start.run(start.engine(&desk).start_run(&user, request)).unwrap().id;
    let clean = start.copy();
    assert!(!drain(&clean, &user));
    let steps = clean.take_steps();
    let wanted = left(&clean, &user, &run);
    println!("{name}: {} steps, {:?}", steps.len(), wanted.counts);
    for (at, (step, what)) in steps.iter().enumerate() {
        for halt in Halt::ALL.into_iter().filter(|halt| halt.fits(*step)) {
            let told = format!("{name}: {halt:?} at step {} ({step:?} {what})", at + 1);
            let stage = start.copy();
            stage.halt_at(at + 1, halt);
            let stopped = drain(&stage, &user);
            assert_eq!(stopped, matches!(halt, Halt::StopBefore | Halt::StopAfter), "{told}");
            stage.start_again();
            stage.advance(5);
            assert!(!drain(&stage, &user), "{told}");
            assert_eq!(left(&stage, &user, &run), wanted, "{told}");
        }
    }
    assert!(steps.iter().filter(|(step, _)| *step == Step::Call).count() > 5);
}

fn choices(modules: &[Module], direction: Direction) -> Vec<PairChoice> {
    modules.iter().map(|module| PairChoice { module: *module, direction }).collect()
}

#[test]
fn a_run_to_xero_survives_a_stop_at_every_step() {
    let record = |module, id: &str| RecordRef { module, id: id.to_owned() };
    let request = RunRequest {
        pairs: choices(&[Module::Accounts, Module::Products, Module::Invoices], Direction::Both),
        scope: Scope::Records(vec![
            record(Module::Accounts, seed::FIRST_ACCOUNT),
            record(Module::Products, seed::FIRST_PRODUCT),
            record(Module::Invoices, seed::FIRST_INVOICE),
            record(Module::Invoices, seed::INVOICE_HYBRID),
        ]),
        preview: false,
    };
    every_step_of("to Xero", &request, |_, _| {});
}

#[test]
fn a_run_to_the_crm_survives_a_stop_at_every_step() {
    let pairs = choices(&[Module::Accounts, Module::Vendors, Module::Products, Module::Invoices], Direction::ToCrm);
    let request = RunRequest { pairs, scope: Scope::SinceLast, preview: false };
    every_step_of("to the CRM", &request, |_, _| {});
}
