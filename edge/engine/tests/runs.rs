//! Runs over the whole seed: both ways, again, preview, cancel, retry, deferred documents, parked records, other people.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use crate::support;

use engine::access::rights::Member;
use engine::runs::Next;
use engine::sync::Desk;
use sandbox::{World, seed};
use serde_json::json;
use shared::api::runs::{LogQuery, PairChoice, RecordRef, RunKind, RunRequest, RunState, RunView, Scope};
use shared::api::{EntryView, Outcome};
use shared::module::Module;
use shared::problem::Code;
use shared::settings::{Direction, SettingChange, StatusTarget};
use support::{BASE, Stage};

fn request(direction: Direction, scope: Scope) -> RunRequest {
    let pairs = Module::ALL.into_iter().map(|module| PairChoice { module, direction }).collect();
    RunRequest { pairs, scope, preview: false }
}

fn records(module: Module, ids: &[&str]) -> RunRequest {
    let given = ids.iter().map(|id| RecordRef { module, id: (*id).to_owned() }).collect();
    let pairs = vec![PairChoice { module, direction: Direction::Both }];
    RunRequest { pairs, scope: Scope::Records(given), preview: false }
}

fn entries(stage: &Stage, user: &Member, run: &str) -> Vec<EntryView> {
    let desk = Desk::default();
    let mut all: Vec<EntryView> = Vec::new();
    loop {
        let query = LogQuery {
            run: Some(run.to_owned()),
            before: all.last().map(|entry| entry.id.clone()),
            limit: Some(100),
            ..LogQuery::default()
        };
        let page = stage.run(stage.engine(&desk).log(user, &query)).unwrap();
        all.extend(page.entries);
        if !page.more {
            return all;
        }
    }
}

/// A run from its start to its end, whose counts add up and are those of its entries.
fn run(stage: &Stage, user: &Member, request: &RunRequest) -> RunView {
    // What changed a moment ago may change again within the same second, and is looked at once more.
    stage.advance(30);
    let desk = Desk::default();
    let started = stage.run(stage.engine(&desk).start_run(user, request)).unwrap();
    ended(stage, user, &desk, &started.id)
}

fn ended(stage: &Stage, user: &Member, desk: &Desk, id: &str) -> RunView {
    stage.take_steps_of_run(desk, user);
    let ended = stage.run(stage.engine(desk).run(user, id)).unwrap();
    adds_up(&ended, &entries(stage, user, id));
    assert!(ended.pairs.iter().all(|pair| pair.remaining == 0), "{:#?}", ended.pairs);
    ended
}

fn adds_up(run: &RunView, entries: &[EntryView]) {
    assert!(run.counts.add_up(), "{:#?}", run.counts);
    assert_eq!(run.counts.candidates as usize, entries.len(), "each record has one entry");
    let known = entries.iter().filter(|one| !one.record_id.is_empty());
    let mut seen: Vec<_> = known.map(|one| (one.module, one.record_id.as_str())).collect();
    seen.sort_unstable();
    let twice: Vec<_> = seen.windows(2).filter(|two| two[0] == two[1]).map(|two| two[0]).collect();
    let of_twice = entries.iter().filter(|one| twice.contains(&(one.module, one.record_id.as_str())));
    assert!(twice.is_empty(), "a record was taken up twice: {:#?}", of_twice.collect::<Vec<_>>());
    for pair in &run.pairs {
        let of =
            |outcome| entries.iter().filter(|one| one.module == pair.module && one.outcome == outcome).count() as u32;
        let counted = [
            (pair.counts.created, Outcome::Created),
            (pair.counts.updated, Outcome::Updated),
            (pair.counts.unchanged, Outcome::Unchanged),
            (pair.counts.skipped, Outcome::Skipped),
            (pair.counts.failed, Outcome::Failed),
            (pair.counts.deferred, Outcome::Deferred),
        ];
        for (count, outcome) in counted {
            assert_eq!(count, of(outcome), "{:?} {outcome:?}", pair.module);
        }
    }
}

/// The calls since a mark: method and path.
fn calls(stage: &Stage, mark: sandbox::Mark) -> Vec<String> {
    let world = stage.world.borrow();
    world.gate.journal.since(mark).map(|entry| format!("{} {}", entry.method, entry.path)).collect()
}

#[test]
fn everything_goes_both_ways_once() {
    for world in [World::standard(BASE), World::total_tax(BASE)] {
        let (stage, user) = Stage::connected(world);
        let first = run(&stage, &user, &request(Direction::Both, Scope::SinceLast));
        assert_eq!((first.state, first.kind), (RunState::Done, RunKind::Manual));
        assert!(first.counts.created > 200, "{:#?}", first.counts);
        for (resource, field) in [("Contacts", "ContactID"), ("Items", "ItemID"), ("Invoices", "InvoiceID")] {
            let named: Vec<String> = Module::ALL
                .into_iter()
                .filter(|module| support::resource(*module) == resource)
                .flat_map(|module| stage.world.borrow().zoho.records(module.api_name()))
                .filter_map(|record| record["Xero_ID"].as_str().map(str::to_owned))
                .filter(|id| !id.starts_with("account:"))
                .collect();
            let there = stage.all_xero(resource);
            assert!(named.iter().all(|id| there.iter().any(|one| one[field] == json!(id))), "{resource}");
        }
        // What the first run wrote is no candidate; only what it made in the CRM (services) is looked at once more.
        let second = run(&stage, &user, &request(Direction::Both, Scope::SinceLast));
        let done = second.counts.created + second.counts.updated + second.counts.unchanged;
        assert_eq!(done, 0, "{:#?}", second.pairs);
        for _ in 0..2 {
            let all = run(&stage, &user, &request(Direction::Both, Scope::Everything));
            assert_eq!((all.counts.created, all.counts.updated), (0, 0), "{:#?}", all.pairs);
            assert!(all.counts.unchanged > 200);
        }
    }
}

#[test]
fn a_record_that_fails_five_times_is_parked_and_then_a_run_only_reads_lists() {
    let (stage, user) = Stage::connected(World::standard(BASE));
    let first = run(&stage, &user, &request(Direction::Both, Scope::SinceLast));
    assert!(first.counts.failed >= 3, "{:#?}", first.counts);
    // What is deferred is tried as long as it waits; so that nothing waits, what it waits for is let pass.
    let deferred: Vec<EntryView> =
        entries(&stage, &user, &first.id).into_iter().filter(|entry| entry.outcome == Outcome::Deferred).collect();
    for entry in &deferred {
        assert!(stage.world.borrow_mut().zoho.delete(entry.module.api_name(), &entry.record_id));
    }
    for _ in 0..4 {
        run(&stage, &user, &request(Direction::Both, Scope::SinceLast));
    }
    let desk = Desk::default();
    let waiting = stage.run(stage.engine(&desk).waiting(&user)).unwrap().records;
    let failed: Vec<_> = waiting.iter().filter(|one| one.outcome == Outcome::Failed).collect();
    assert!(!failed.is_empty() && failed.iter().all(|one| one.parked && one.times == 5), "{waiting:#?}");
    let log = stage.run(stage.engine(&desk).log(&user, &LogQuery { limit: Some(200), ..LogQuery::default() })).unwrap();
    assert!(log.entries.iter().any(|one| one.problems.iter().any(|problem| problem.code == Code::RecordParked)));

    let mark = stage.world.borrow().mark();
    let quiet = run(&stage, &user, &request(Direction::Both, Scope::SinceLast));
    let made = calls(&stage, mark);
    assert_eq!(quiet.counts.candidates, 0, "{:#?}", quiet.pairs);
    assert_eq!(
        quiet.calls.zoho + quiet.calls.xero,
        11,
        "who connected and may what, six lists of the CRM, three of Xero: {made:#?}"
    );
    let reads = |call: &String| call.starts_with("GET") || call.ends_with("/token");
    assert!(made.iter().all(reads), "{made:#?}");

    // Once the reason is gone, a retry takes it up again.
    let parked = waiting.iter().find(|one| one.problem == Code::TaxUnmapped).unwrap();
    let id = parked.crm_id.clone().unwrap();
    let lines = stage.crm(Module::Invoices, &id)["Invoiced_Items"].as_array().unwrap().clone();
    let untaxed: Vec<_> = lines.iter().map(|line| json!({"id": line["id"], "Line_Tax": []})).collect();
    stage.edit(Module::Invoices, &id, &json!({ "Invoiced_Items": untaxed }));
    let changed = run(&stage, &user, &request(Direction::Both, Scope::SinceLast));
    let told: Vec<_> = entries(&stage, &user, &changed.id).into_iter().map(|one| (one.outcome, one.problems)).collect();
    assert_eq!((changed.counts.candidates, changed.counts.created), (1, 1), "{told:#?}");
    let waiting = stage.run(stage.engine(&desk).waiting(&user)).unwrap().records;
    assert!(waiting.iter().all(|one| one.crm_id.as_deref() != Some(&id)));
}

#[test]
fn one_direction_leaves_the_other_side_alone() {
    let (stage, user) = Stage::connected(World::standard(BASE));
    let crm = |stage: &Stage, module: Module| stage.world.borrow().zoho.records(module.api_name()).len();
    let before: Vec<usize> = Module::ALL.into_iter().map(|module| crm(&stage, module)).collect();
    let sent = run(&stage, &user, &request(Direction::ToXero, Scope::SinceLast));
    assert!(sent.counts.created > 200, "{:#?}", sent.counts);
    let after: Vec<usize> = Module::ALL.into_iter().map(|module| crm(&stage, module)).collect();
    assert_eq!(after, before, "nothing was created in the CRM");

    let mark = stage.world.borrow().mark();
    let brought = run(&stage, &user, &request(Direction::ToCrm, Scope::SinceLast));
    assert!(brought.counts.created >= 6, "{:#?}", brought.counts);
    let writes = calls(&stage, mark).into_iter().filter(|call| !call.starts_with("GET") && call.contains("/api.xro/"));
    assert_eq!(writes.collect::<Vec<_>>(), Vec::<String>::new(), "nothing is written to Xero");
    // What failed on its way to Xero still waits for a run that goes there.
    let third = run(&stage, &user, &request(Direction::ToXero, Scope::SinceLast));
    assert_eq!(third.counts.failed, sent.counts.failed, "{:#?}", third.pairs);
}

#[test]
fn what_failed_both_ways_waits_for_a_run_that_goes_both_ways() {
    let (stage, user) = Stage::connected(World::standard(BASE));
    let first = run(&stage, &user, &request(Direction::Both, Scope::SinceLast));
    let between = run(&stage, &user, &request(Direction::ToCrm, Scope::SinceLast));
    assert_eq!(between.counts.failed, 0, "{:#?}", between.pairs);
    let last = run(&stage, &user, &request(Direction::Both, Scope::SinceLast));
    assert_eq!((last.counts.failed, last.counts.deferred), (first.counts.failed, first.counts.deferred));
}

#[test]
fn what_the_settings_left_alone_is_taken_up_once_they_change() {
    let (stage, user) = Stage::connected(World::standard(BASE));
    let first = run(&stage, &user, &request(Direction::Both, Scope::SinceLast));
    let skipped = entries(&stage, &user, &first.id);
    let skipped = skipped.iter().find(|one| one.problems.iter().any(|problem| problem.code == Code::StatusUnmapped));
    let skipped = skipped.unwrap();
    let second = run(&stage, &user, &request(Direction::Both, Scope::SinceLast));
    let told = entries(&stage, &user, &second.id);
    let told = told.iter().filter(|one| one.outcome == Outcome::Skipped);
    assert!(told.into_iter().all(|one| one.problems[0].code == Code::ServiceProduct), "the settings are as they were");
    let quiet = run(&stage, &user, &request(Direction::Both, Scope::SinceLast));
    assert_eq!(quiet.counts.skipped, 0, "it is told once: {:#?}", quiet.pairs);

    let crm_status = stage.crm(skipped.module, &skipped.record_id)["Status"].as_str().unwrap().to_owned();
    let change = SettingChange::Status { module: skipped.module, crm_status, target: StatusTarget::Draft };
    let desk = Desk::default();
    stage.run(stage.engine(&desk).change_setting(&user, &change)).unwrap();
    let next = run(&stage, &user, &request(Direction::Both, Scope::SinceLast));
    assert_eq!(next.counts.created, 1, "{:#?}", next.pairs);
    assert!(stage.crm(skipped.module, &skipped.record_id)["Xero_ID"].is_string());
    let waiting = stage.run(stage.engine(&desk).waiting(&user)).unwrap().records;
    assert!(waiting.iter().all(|one| one.outcome != Outcome::Skipped), "{waiting:#?}");
}

#[test]
fn a_preview_lists_and_costs_and_then_starts_with_what_it_has_listed() {
    let (stage, user) = Stage::connected(World::standard(BASE));
    let desk = Desk::default();
    let asked = RunRequest { preview: true, ..request(Direction::ToXero, Scope::SinceLast) };
    let preview = stage.run(stage.engine(&desk).start_run(&user, &asked)).unwrap();
    stage.take_steps_of_run(&desk, &user);
    let ready = stage.run(stage.engine(&desk).run(&user, &preview.id)).unwrap();
    assert_eq!(ready.state, RunState::Ready);
    assert_eq!(stage.number("SELECT count(*) FROM entries"), 0, "a preview writes nothing");
    let forecast = ready.forecast.unwrap();
    let sum = |of: fn(&shared::api::runs::PairForecast) -> u32| forecast.pairs.iter().map(of).sum::<u32>();
    let (create, skip) = (sum(|pair| pair.create), sum(|pair| pair.skip));
    // Another run may go on while a preview waits, but none is needed: the preview is started.
    let before = ready.calls;
    stage.run(stage.engine(&desk).begin_run(&user, &preview.id)).unwrap();
    let done = ended(&stage, &user, &desk, &preview.id);
    assert_eq!(create + skip + sum(|pair| pair.update), done.counts.candidates);
    assert_eq!(skip, done.counts.skipped, "{:#?}", done.pairs);
    let (zoho, xero) = (done.calls.zoho - before.zoho, done.calls.xero - before.xero);
    println!("forecast {:?}, made {zoho} and {xero}", forecast.calls);
    assert!(zoho.abs_diff(forecast.calls.zoho) * 100 <= forecast.calls.zoho * 15, "{zoho} {:?}", forecast.calls);
    assert!(forecast.seconds > 0);
}

#[test]
fn a_cancelled_run_leaves_the_rest_for_the_next_one() {
    let (stage, user) = Stage::connected(World::standard(BASE));
    let desk = Desk::default();
    let started = stage.run(stage.engine(&desk).start_run(&user, &request(Direction::Both, Scope::SinceLast))).unwrap();
    let second = stage.run(stage.engine(&desk).start_run(&user, &request(Direction::Both, Scope::SinceLast)));
    assert_eq!(second.unwrap_err().problem.code, Code::RunInProgress);
    loop {
        stage.run(stage.engine(&desk).advance(&user.org));
        let now = stage.run(stage.engine(&desk).run(&user, &started.id)).unwrap();
        if now.counts.candidates > 60 {
            break;
        }
    }
    let cancelled = stage.run(stage.engine(&desk).cancel_run(&user, &started.id)).unwrap();
    assert_eq!(cancelled.state, RunState::Cancelled);
    adds_up(&cancelled, &entries(&stage, &user, &started.id));
    assert_eq!(stage.run(stage.engine(&desk).advance(&user.org)), Next::Idle);
    assert_eq!(stage.number("SELECT count(*) FROM candidates"), 0);

    let (undisturbed, other) = Stage::connected(World::standard(BASE));
    let whole = run(&undisturbed, &other, &request(Direction::Both, Scope::SinceLast));
    let rest = run(&stage, &user, &request(Direction::Both, Scope::SinceLast));
    assert_eq!(cancelled.counts.created + rest.counts.created, whole.counts.created);
    for resource in ["Contacts", "Items", "Invoices"] {
        assert_eq!(stage.all_xero(resource).len(), undisturbed.all_xero(resource).len(), "{resource}");
    }
}

#[test]
fn a_document_waits_for_its_party_and_goes_once_that_is_solved() {
    let (stage, user) = Stage::connected(World::standard(BASE));
    let invoice = stage.crm(Module::Invoices, seed::FIRST_INVOICE);
    let account = invoice["Account_Name"]["id"].as_str().unwrap().to_owned();
    let name = stage.crm(Module::Accounts, &account)["Account_Name"].clone();
    stage.edit(Module::Accounts, &account, &json!({"Account_Name": "<>"}));
    let first = run(&stage, &user, &records(Module::Invoices, &[seed::FIRST_INVOICE]));
    assert_eq!((first.counts.deferred, first.counts.candidates), (1, 1), "{:#?}", first.counts);
    let entry = entries(&stage, &user, &first.id).remove(0);
    assert_eq!(entry.problems[0].code, Code::DependencyFailed, "{:#?}", entry.problems);
    assert!(stage.all_xero("Invoices").iter().all(|one| one["InvoiceNumber"] != invoice["Invoice_Number"]));

    stage.edit(Module::Accounts, &account, &json!({"Account_Name": name}));
    let desk = Desk::default();
    let retried = stage.run(stage.engine(&desk).retry_run(&user, &first.id)).unwrap();
    assert_eq!(retried.kind, RunKind::Retry);
    let retried = ended(&stage, &user, &desk, &retried.id);
    assert_eq!((retried.counts.created, retried.counts.candidates), (1, 1), "{:#?}", retried.pairs);
    assert_eq!(stage.number("SELECT count(*) FROM waiting WHERE outcome <> 'skipped'"), 0);
}

#[test]
fn a_list_of_records_is_read_with_its_user_s_own_rights() {
    let (stage, admin) = Stage::connected(World::standard(BASE));
    let sam = stage.sign_in("rita@bluegum.example");
    let desk = Desk::default();
    let all = stage.run(stage.engine(&desk).start_run(&sam, &request(Direction::Both, Scope::SinceLast)));
    assert_eq!(all.unwrap_err().problem.code, Code::NotAdministrator);

    let shown: Vec<String> = stage
        .world
        .borrow()
        .zoho
        .records_as("rita@bluegum.example", "Accounts")
        .iter()
        .map(|record| record["id"].as_str().unwrap().to_owned())
        .collect();
    let hidden = stage
        .world
        .borrow()
        .zoho
        .records("Accounts")
        .iter()
        .map(|record| record["id"].as_str().unwrap().to_owned())
        .find(|id| !shown.contains(id))
        .unwrap();
    let name = stage.crm(Module::Accounts, &hidden)["Account_Name"].as_str().unwrap().to_owned();
    let mine = run(&stage, &sam, &records(Module::Accounts, &[&shown[0], &hidden, &shown[0]]));
    assert_eq!((mine.counts.candidates, mine.counts.failed), (2, 1), "{:#?}", mine.counts);
    for entry in entries(&stage, &sam, &mine.id) {
        assert!(!serde_json::to_string(&entry).unwrap().contains(&name), "{entry:#?}");
    }
    // The administrator's runs are not Sam's to see, or to end.
    let theirs = run(&stage, &admin, &records(Module::Accounts, &[&hidden]));
    let refused = stage.run(stage.engine(&desk).run(&sam, &theirs.id)).unwrap_err();
    assert_eq!(refused.problem.code, Code::RunUnknown);
    assert_eq!(entries(&stage, &sam, &theirs.id), Vec::new());
    assert!(stage.run(stage.engine(&desk).runs(&sam, None)).unwrap().runs.iter().all(|run| run.id == mine.id));
}
