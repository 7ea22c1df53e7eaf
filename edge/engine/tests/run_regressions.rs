//! The regression list again, for runs: bugs that other integrations shipped, each by its number in the list that the
//! project keeps. For single clicks see `regressions`.
//!
//! | number | what | where it is tested |
//! |---|---|---|
//! | 1 | dates with offsets | `shared`: `xero::dates`; `upstream`: `dates` |
//! | 2 | a 401 in the middle refreshes once | here, in the middle of a run |
//! | 3 | two refreshes at once are one token call | `regressions` |
//! | 4 | minute limits wait, day limits park | here; `upstream`: `regression_4_…`; `regressions` |
//! | 5 | the tenant header on every page | here |
//! | 6, 7, 21 | webhooks | there are none yet |
//! | 8 | a lost response on create | `crash_points`; `simulation` |
//! | 9 | killed after a page, equal times across the page break | here; `simulation` |
//! | 10 | If-Modified-Since is sent | here |
//! | 11 | one failed row among several | here, on both sides |
//! | 12 | Zoho's 204, 304 and throttle | here |
//! | 13 | data centres | `regressions` |
//! | 14 | a missing permission is reported | here |
//! | 15 | name clash, archived and merged contacts | here |
//! | 16 | paid documents take their allowed fields only | here |
//! | 17 | lines without an item code | here, both ways |
//! | 18 | tax is rounded as Xero rounds it | `regressions`; `simulation`; the arithmetic itself in `shared` |
//! | 19 | an unmapped status is a visible skip | here |
//! | 20 | deletions never cross | here |
//! | 22 | two organisations are a question; one to one | `access` |
//! | 23 | a record that always fails is parked, others proceed | here; `runs` |
//! | 24 | more than 50 fields are split | `upstream`: `regression_24_…`; lists of runs name five fields at most |
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use crate::support;

use engine::access::rights::Member;
use engine::config::Pace;
use engine::runs::Next;
use engine::sync::Desk;
use sandbox::{ApiName, Effect, Limit, Mark, Phase, Repeat, Rule, World, seed};
use sandbox_zoho::{Answers, RecordFlag};
use serde_json::{Value, json};
use shared::api::runs::{RunState, RunView, Scope};
use shared::api::{EntryView, Outcome};
use shared::module::Module;
use shared::problem::Code;
use shared::settings::Direction;
use support::{ADMIN, BASE, Halt, Stage, resource};

/// A run of these modules to its end, half a minute after whatever came before.
fn run(stage: &Stage, user: &Member, modules: &[Module], direction: Direction, scope: Scope) -> RunView {
    stage.advance(30);
    let run = stage.run_all(user, modules, direction, scope);
    assert!(run.counts.add_up(), "{run:#?}");
    assert_eq!(stage.entries_of(&run.id).len(), run.counts.candidates as usize, "{run:#?}");
    run
}

fn done(stage: &Stage, user: &Member, modules: &[Module], direction: Direction, scope: Scope) -> RunView {
    let run = run(stage, user, modules, direction, scope);
    assert_eq!(run.state, RunState::Done, "{:#?}", run.problem);
    run
}

fn codes(entry: &EntryView) -> Vec<Code> {
    entry.problems.iter().map(|problem| problem.code).collect()
}

/// How a CRM record ended in a run.
fn end(stage: &Stage, run: &RunView, record: &str) -> (Outcome, Vec<Code>) {
    let entries = stage.entries_of(&run.id);
    let entry = entries.iter().find(|entry| entry.record_id == record);
    entry.map(|entry| (entry.outcome, codes(entry))).unwrap_or_else(|| panic!("{record} is not in the run: {run:#?}"))
}

fn xero_fault(path: &str, effect: Effect) -> Rule {
    Rule { api: Some(ApiName::Xero), path: Some(path.to_owned()), ..Rule::at_call(1, Phase::Before, effect) }
}

fn xero_calls(stage: &Stage, mark: Mark) -> usize {
    stage.world.borrow().count(mark, ApiName::Xero, None)
}

#[test]
fn regression_02_tokens_that_expire_in_the_middle_of_a_run_are_renewed_once_each() {
    let (stage, user) = Stage::connected(World::standard(BASE));
    let desk = Desk::default();
    stage.start_run(&desk, &user, &Module::ALL, Direction::Both, Scope::Everything);
    let mut mark = stage.world.borrow().mark();
    for step in 1.. {
        if step == 4 {
            let now = stage.world.borrow().now();
            stage.world.borrow_mut().zoho.expire_access_tokens();
            stage.world.borrow_mut().xero.expire_access_tokens(now);
            mark = stage.world.borrow().mark();
        }
        match stage.run(stage.engine(&desk).advance(&user.org)) {
            Next::Now => {}
            Next::At(at) => stage.wait_until(at),
            Next::Idle => break,
        }
        assert!(step < 100);
    }
    let world = stage.world.borrow();
    let renewed: Vec<&str> = world
        .calls_since(mark)
        .iter()
        .filter(|call| call.path.ends_with("/token"))
        .map(|call| call.api.as_str())
        .collect();
    assert_eq!(renewed.len(), 2, "{renewed:?}");
    let refused = world.calls_since(mark).iter().filter(|call| call.status == Some(401)).count();
    assert!(refused <= 6, "{refused} calls with dead tokens");
    drop(world);
    let state = stage.texts("SELECT state FROM runs");
    assert_eq!(state, ["done"]);
}

#[test]
fn regression_04_a_minute_limit_is_waited_for_and_a_day_limit_parks_the_run_until_it_resets() {
    for (limit, code, seconds) in [(Limit::Minute, Code::XeroMinuteLimit, 26), (Limit::Day, Code::XeroDayLimit, 66_975)]
    {
        let (stage, user) = Stage::connected(World::standard(BASE));
        let desk = Desk::default();
        let rule = Rule { repeat: Repeat::Once, ..xero_fault("/api/api.xro/2.0/Contacts", Effect::RateLimit(limit)) };
        let rule = Rule { method: Some("PUT".to_owned()), ..rule };
        stage.world.borrow_mut().gate.faults.add(rule);
        let started = stage.start_run(&desk, &user, &Module::ALL, Direction::ToXero, Scope::Everything);
        let at = loop {
            match stage.run(stage.engine(&desk).advance(&user.org)) {
                Next::Now => {}
                Next::At(at) => break at,
                Next::Idle => panic!("{limit:?}: the run has ended"),
            }
        };
        let waits = stage.run(stage.engine(&desk).run(&user, &started.id)).unwrap();
        assert_eq!((waits.state, waits.problem.map(|problem| problem.code)), (RunState::Waiting, Some(code)));
        assert_eq!(waits.resumes_at, Some(at), "people see when it goes on");
        let wait = (at - stage.world.borrow().now()).num_seconds();
        assert!((seconds - 1..=seconds + 60).contains(&wait), "{limit:?}: waits {wait} s");
        // Whoever calls too early, with a new memory too, burns nothing.
        let mark = stage.world.borrow().mark();
        let again = Desk::default();
        assert_eq!(stage.run(stage.engine(&again).advance(&user.org)), Next::At(at));
        assert_eq!(xero_calls(&stage, mark), 0);
        stage.take_steps_of_run(&again, &user);
        let end = stage.run(stage.engine(&desk).run(&user, &started.id)).unwrap();
        assert_eq!((end.state, end.problem), (RunState::Done, None));
        assert!(end.counts.add_up() && end.counts.created > 200, "{:#?}", end.counts);
    }
}

/// Xero's own counters: a run that needs more than the day has goes on the day after, and leaves the button its share.
#[test]
fn regression_04_a_day_that_does_not_suffice_leaves_the_button_its_reserve() {
    let (stage, user) = Stage::connected(World::bulk(BASE, 600));
    stage.world.borrow_mut().xero.set_day_limit(120);
    let began = stage.world.borrow().now();
    let mark = stage.world.borrow().mark();
    let first = run(&stage, &user, &Module::ALL, Direction::ToXero, Scope::Everything);
    assert_eq!((first.state, first.counts.failed + first.counts.deferred), (RunState::Done, 0), "{first:#?}");
    let world = stage.world.borrow();
    assert!((world.now() - began).num_hours() >= 1, "it had to wait for another day");
    let refused = world.calls_since(mark).iter().filter(|call| call.status == Some(429)).count();
    assert_eq!(refused, 0, "the reserve is kept without asking for more");
}

#[test]
fn regressions_05_and_10_every_call_names_the_organisation_and_every_list_says_since_when() {
    let (stage, user) = Stage::connected(World::standard(BASE));
    done(&stage, &user, &Module::ALL, Direction::Both, Scope::SinceLast);
    done(&stage, &user, &Module::ALL, Direction::Both, Scope::SinceLast);
    stage.advance(3_600);
    let mark = stage.world.borrow().mark();
    let second = done(&stage, &user, &Module::ALL, Direction::Both, Scope::SinceLast);
    let tenant = stage.tenant(0);
    let world = stage.world.borrow();
    let header = |call: &sandbox::Entry, wanted: &str| {
        call.request_headers.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.clone())
    };
    let all: Vec<&sandbox::Entry> =
        world.gate.journal.entries().filter(|call| call.path.starts_with("/api/api.xro/")).collect();
    assert!(all.len() > 20);
    for call in all {
        assert_eq!(header(call, "xero-tenant-id").as_ref(), Some(&tenant), "{} {}", call.method, call.path);
    }
    let lists: Vec<&sandbox::Entry> = world
        .calls_since(mark)
        .into_iter()
        .filter(|call| call.method == "GET" && call.path.starts_with("/api/"))
        .filter(|call| {
            Module::ALL.iter().any(|module| match call.api {
                ApiName::Xero => call.path == format!("/api/api.xro/2.0/{}", resource(*module)),
                _ => call.path == format!("/api/crm/v8/{}", module.api_name()),
            })
        })
        .filter(|call| !call.query.iter().any(|(name, _)| matches!(name.as_str(), "IDs" | "where")))
        .collect();
    assert!(lists.len() >= 9, "six of the CRM's, three of Xero's: {}", lists.len());
    for call in lists {
        assert!(header(call, "if-modified-since").is_some(), "{} {:?} of {second:#?}", call.path, call.query);
    }
}

/// More records than three pages hold, all of the same second; the run is stopped at one step after the other.
#[test]
fn regression_09_a_run_that_is_killed_between_pages_of_equal_times_misses_nothing() {
    for since_is_inclusive in [true, false] {
        let mut world = World::empty(BASE);
        world.zoho.set_answers(Answers { since_is_inclusive, ..Answers::USUAL });
        let (mut stage, user) = Stage::connected(world);
        stage.config.pace = Pace::Free;
        let product = |n: usize| json!({"Product_Name": format!("Product {n}"), "Product_Code": format!("P{n:04}"), "Product_Active": true});
        let make = |stage: &Stage, numbers: std::ops::Range<usize>| {
            let mut world = stage.world.borrow_mut();
            world.wind();
            numbers.for_each(|n| {
                world.zoho.insert("Products", &product(n)).unwrap();
            });
        };
        make(&stage, 0..430);
        for (step, halt) in [
            (3, Halt::StopAfter),
            (5, Halt::StopBefore),
            (7, Halt::StopAfter),
            (9, Halt::RefuseAfter),
            (12, Halt::StopBefore),
            (31, Halt::StopAfter),
        ] {
            let copy = stage.copy();
            copy.advance(5);
            let desk = Desk::default();
            copy.start_run(&desk, &user, &[Module::Products], Direction::ToXero, Scope::SinceLast);
            copy.halt_at(step, halt);
            for _ in 0..40 {
                if copy.try_run(copy.engine(&desk).advance(&user.org)).is_none() {
                    break;
                }
            }
            copy.start_again();
            copy.take_steps_of_run(&Desk::default(), &user);
            assert_eq!(copy.all_xero("Items").len(), 430, "{halt:?} at step {step}, inclusive: {since_is_inclusive}");
            let counts = copy.texts("SELECT outcome FROM entries");
            assert_eq!(counts.iter().filter(|outcome| *outcome == "created").count(), 430, "{halt:?} at step {step}");
        }
        // Records of the very second that the last run has listed, made after it.
        let now = stage.world.borrow().now();
        stage.run_all(&user, &[Module::Products], Direction::ToXero, Scope::SinceLast);
        let later = stage.world.borrow().now();
        stage.world.borrow_mut().gate.clock.set(now);
        make(&stage, 430..433);
        stage.world.borrow_mut().gate.clock.set(later);
        done(&stage, &user, &[Module::Products], Direction::ToXero, Scope::SinceLast);
        assert_eq!(stage.all_xero("Items").len(), 433, "inclusive: {since_is_inclusive}");
    }
}

#[test]
fn regression_11_one_refused_row_is_that_row_s_failure_only_on_both_sides() {
    let (stage, user) = Stage::connected(World::standard(BASE));
    // Xero refuses an item of a chunk: the first one has its code.
    let product = seed::PRODUCT_SAME_CODE.to_owned();
    // The CRM refuses a row of a chunk.
    let locked = seed::product(31);
    assert!(stage.world.borrow_mut().zoho.set_record_flag("Products", &locked, RecordFlag::Locked(true)));
    let first = done(&stage, &user, &[Module::Products], Direction::ToXero, Scope::Everything);
    let entries = stage.entries_of(&first.id);
    let of = |record: &str| entries.iter().find(|entry| entry.record_id == record).unwrap();
    assert_eq!(of(&product).outcome, Outcome::Undecided, "{:#?}", of(&product));
    let refused = |call: &&sandbox::Entry| call.method == "PUT" && call.response_body.contains("already exists");
    assert!(stage.world.borrow().gate.journal.entries().any(|call| refused(&call)), "Xero was not asked");
    assert_eq!(codes(of(&locked)), [Code::CrmRecordLocked]);
    let neighbours: Vec<String> =
        (21..=60).map(seed::product).filter(|one| *one != product && *one != locked).collect();
    for record in &neighbours {
        assert_eq!((of(record).outcome, codes(of(record))), (Outcome::Created, Vec::new()), "{record}");
        assert!(stage.crm(Module::Products, record)["Xero_ID"].is_string(), "{record}");
    }
}

#[test]
fn regression_12_zoho_s_empty_answers_are_no_failures_and_its_throttle_is_waited_for() {
    let (stage, user) = Stage::connected(World::empty(BASE));
    for _ in 0..2 {
        // 204, then 304.
        let empty = done(&stage, &user, &Module::ALL, Direction::Both, Scope::SinceLast);
        assert_eq!(empty.counts.candidates, 0);
    }
    let (stage, user) = Stage::connected(World::standard(BASE));
    let throttle = r#"{"error":"Access Denied","error_description":"You have made too many requests continuously. Please try again after some time.","status":"failure"}"#;
    let effect = Effect::Respond { status: 400, headers: Vec::new(), body: throttle.to_owned() };
    let rule = Rule {
        api: Some(ApiName::Zoho),
        path: Some("/accounts/oauth/v2/token".to_owned()),
        ..Rule::at_call(1, Phase::Before, effect)
    };
    let desk = Desk::default();
    let started = stage.start_run(&desk, &user, &[Module::Vendors], Direction::ToXero, Scope::Everything);
    stage.world.borrow_mut().zoho.expire_access_tokens();
    stage.world.borrow_mut().gate.faults.add(rule);
    let Next::At(at) = stage.run(stage.engine(&desk).advance(&user.org)) else { panic!("it does not wait") };
    let waits = stage.run(stage.engine(&desk).run(&user, &started.id)).unwrap();
    assert_eq!(waits.problem.map(|problem| problem.code), Some(Code::ZohoTokenLimit));
    assert!((at - stage.world.borrow().now()).num_minutes() >= 9, "Zoho's window is 10 minutes");
    stage.take_steps_of_run(&desk, &user);
    let end = stage.run(stage.engine(&desk).run(&user, &started.id)).unwrap();
    assert_eq!((end.state, end.counts.created), (RunState::Done, 10), "{end:#?}");
}

#[test]
fn regression_14_a_missing_permission_is_told_and_never_an_empty_success() {
    let (stage, user) = Stage::connected(World::standard(BASE));
    for profile in stage.world.borrow_mut().zoho.profiles_mut() {
        profile.closed_modules.insert("Vendors".to_owned());
    }
    let run = run(&stage, &user, &[Module::Vendors], Direction::ToXero, Scope::Everything);
    let code = run.problem.map(|problem| problem.code);
    assert_eq!((run.state, code), (RunState::Failed, Some(Code::CrmNoPermission)));
}

#[test]
fn regression_15_names_that_are_taken_archived_or_merged_end_in_a_run_as_by_a_click() {
    let (stage, user) = Stage::connected(World::standard(BASE));
    let first = done(&stage, &user, &[Module::Accounts], Direction::Both, Scope::Everything);
    assert_eq!(end(&stage, &first, seed::ACCOUNT_NAME_IN_XERO).0, Outcome::Updated, "linked with the one of that name");
    assert_eq!(end(&stage, &first, seed::ACCOUNT_NAME_ARCHIVED).0, Outcome::Created, "an archived one's name is free");
    // The partner is merged away: its record is told so, and nothing goes to a contact that stands for nobody.
    let tenant = stage.tenant(0);
    let partner = |record: &str| stage.crm(Module::Accounts, record)["Xero_ID"].as_str().unwrap().to_owned();
    let (loser, winner) = (partner(&seed::account(20)), partner(&seed::account(21)));
    let archived = partner(&seed::account(22));
    let now = stage.world.borrow().now();
    stage.world.borrow_mut().xero.merge_contacts(&tenant, &loser, &winner, now).unwrap();
    stage.world.borrow_mut().xero.archive_contact(&tenant, &archived, now).unwrap();
    stage.advance(60);
    for record in [seed::account(20), seed::account(22)] {
        stage.edit(Module::Accounts, &record, &json!({"Phone": "02 9000 0000"}));
    }
    // A name of another contact.
    let taken = stage.crm(Module::Accounts, &seed::account(24))["Account_Name"].clone();
    stage.edit(Module::Accounts, &seed::account(23), &json!({"Account_Name": taken}));
    let second = done(&stage, &user, &[Module::Accounts], Direction::Both, Scope::SinceLast);
    for (record, code, asked) in [
        (seed::account(20), Code::ContactMerged, true),
        (seed::account(22), Code::ContactArchived, false),
        (seed::account(23), Code::NameTaken, false),
    ] {
        let (outcome, codes) = end(&stage, &second, &record);
        let as_wanted =
            if asked { outcome == Outcome::Undecided } else { matches!(outcome, Outcome::Failed | Outcome::Skipped) };
        assert!(as_wanted && codes.contains(&code), "{record}: {outcome:?} {codes:?}");
    }
}

#[test]
fn regression_16_a_paid_invoice_takes_its_allowed_fields_only_and_says_why() {
    let (stage, user) = Stage::connected(World::standard(BASE));
    stage.choose(|settings| settings.documents.approved_edits = shared::settings::ApprovedEdits::CrmGoesThrough);
    done(&stage, &user, &Module::ALL, Direction::Both, Scope::Everything);
    let before = stage.xero(Module::Invoices, seed::FIRST_INVOICE);
    let (tenant, now) = (stage.tenant(0), stage.world.borrow().now());
    let id = before["InvoiceID"].as_str().unwrap();
    stage.world.borrow_mut().xero.pay(&tenant, id, 100.into(), now.date_naive(), now).unwrap();
    stage.advance(60);
    let line = stage.crm(Module::Invoices, seed::FIRST_INVOICE)["Invoiced_Items"][0]["id"].clone();
    let change = json!({"Subject": "Another subject", "Invoiced_Items": [{"id": line, "Quantity": 9}]});
    stage.edit(Module::Invoices, seed::FIRST_INVOICE, &change);
    let second = done(&stage, &user, &[Module::Invoices], Direction::Both, Scope::SinceLast);
    let (outcome, codes) = end(&stage, &second, seed::FIRST_INVOICE);
    assert!(outcome == Outcome::Updated && codes.contains(&Code::DocumentPaid), "{outcome:?} {codes:?}");
    let after = stage.xero(Module::Invoices, seed::FIRST_INVOICE);
    assert_eq!(after["Reference"], "Another subject");
    assert_eq!(after["Total"], before["Total"]);
    let crm = stage.crm(Module::Invoices, seed::FIRST_INVOICE);
    assert_eq!(crm["Xero_Amount_Paid"].to_string().parse::<rust_decimal::Decimal>().unwrap(), 100.into());
}

#[test]
fn regression_17_lines_without_an_item_code_go_both_ways() {
    let (stage, user) = Stage::connected(World::standard(BASE));
    let contacts = stage.all_xero("Contacts");
    let contact = contacts.iter().find(|contact| contact["ContactStatus"] == "ACTIVE").unwrap()["ContactID"].clone();
    let lines = json!([
        {"Description": "Hire of a tent", "Quantity": 2, "UnitAmount": 75.5, "ItemCode": "HIRE", "AccountCode": "200", "TaxType": "OUTPUT"},
        {"Description": "Setting it up", "Quantity": 3, "UnitAmount": 40, "AccountCode": "260", "TaxType": "OUTPUT"},
        {"Description": "Taking it down", "Quantity": 1, "UnitAmount": 20, "AccountCode": "260", "TaxType": "OUTPUT"},
    ]);
    let document = json!({
        "Type": "ACCREC", "Contact": {"ContactID": contact}, "InvoiceNumber": "HYBRID-1", "Date": "2026-11-03",
        "DueDate": "2026-12-03", "Status": "AUTHORISED", "LineItems": lines,
    });
    let (tenant, now) = (stage.tenant(0), stage.world.borrow().now());
    let made = stage.world.borrow_mut().xero.insert(&tenant, "Invoices", document, now).unwrap();
    let first = done(&stage, &user, &Module::ALL, Direction::Both, Scope::Everything);
    assert_eq!(end(&stage, &first, seed::INVOICE_HYBRID).0, Outcome::Created);
    let sent = stage.xero(Module::Invoices, seed::INVOICE_HYBRID);
    let with_code = sent["LineItems"].as_array().unwrap().iter().filter(|line| line["ItemCode"].is_string()).count();
    assert_eq!((with_code, sent["LineItems"].as_array().unwrap().len()), (1, 3));

    let world = stage.world.borrow();
    let came =
        world.zoho.records("Invoices").into_iter().find(|record| record["Xero_ID"] == made["InvoiceID"]).unwrap();
    let rows = came["Invoiced_Items"].as_array().unwrap().clone();
    let of =
        |field: &str| rows.iter().map(|row| row[field].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>();
    assert_eq!(of("Description"), ["Hire of a tent", "Setting it up", "Taking it down"]);
    let product = |row: &Value| world.zoho.get("Products", row["Product_Name"]["id"].as_str().unwrap()).unwrap();
    assert_eq!(product(&rows[0])["Product_Code"], "HIRE");
    assert_eq!(rows[1]["Product_Name"], rows[2]["Product_Name"], "one service for one account");
    assert!(product(&rows[1])["Product_Code"].is_null());
    assert_eq!(
        came["Grand_Total"].to_string().parse::<rust_decimal::Decimal>().unwrap(),
        made["Total"].to_string().parse().unwrap()
    );
    drop(world);
    // And once only.
    let products = stage.world.borrow().zoho.ids("Products").len();
    let again = done(&stage, &user, &Module::ALL, Direction::Both, Scope::Everything);
    assert_eq!((again.counts.created, stage.world.borrow().zoho.ids("Products").len()), (0, products), "{again:#?}");
}

#[test]
fn regression_19_an_unmapped_status_is_a_visible_skip() {
    let (stage, user) = Stage::connected(World::standard(BASE));
    let run = done(&stage, &user, &Module::ALL, Direction::ToXero, Scope::Everything);
    for (record, code) in [
        (seed::INVOICE_BLANK_STATUS, Code::StatusBlank),
        (seed::INVOICE_CUSTOM_STATUS, Code::StatusUnmapped),
        (seed::INVOICE_CANCELLED, Code::StatusLeftAlone),
    ] {
        let (outcome, codes) = end(&stage, &run, record);
        assert_eq!(outcome, Outcome::Skipped, "{record}: {codes:?}");
        assert!(codes.contains(&code) || code == Code::StatusLeftAlone && !codes.is_empty(), "{record}: {codes:?}");
    }
}

#[test]
fn regression_20_deletions_never_cross() {
    let (stage, user) = Stage::connected(World::standard(BASE));
    done(&stage, &user, &Module::ALL, Direction::Both, Scope::Everything);
    let tenant = stage.tenant(0);
    let contact = stage.xero(Module::Accounts, &seed::account(20))["ContactID"].as_str().unwrap().to_owned();
    let invoice = stage.xero(Module::Invoices, &seed::invoice(40))["InvoiceID"].as_str().unwrap().to_owned();
    let voided = stage.xero(Module::Invoices, seed::FIRST_INVOICE)["InvoiceID"].as_str().unwrap().to_owned();
    let item = stage.xero(Module::Products, seed::FIRST_PRODUCT);
    stage.advance(60);
    let now = stage.world.borrow().now();
    {
        let mut world = stage.world.borrow_mut();
        world.wind();
        assert!(world.zoho.delete("Accounts", &seed::account(20)));
        assert!(world.zoho.delete("Invoices", &seed::invoice(40)));
        world.xero.void(&tenant, &voided, now).unwrap();
    }
    // Something happens to the partners of what is gone, so that they are looked at.
    stage.edit_xero("Contacts", &contact, json!({"AccountNumber": "777"}));
    stage.edit_xero("Invoices", &invoice, json!({"DueDate": "2027-01-05"}));
    for scope in [Scope::SinceLast, Scope::Everything] {
        let second = done(&stage, &user, &Module::ALL, Direction::Both, scope.clone());
        let world = stage.world.borrow();
        assert_eq!(world.xero.get(&tenant, "Contacts", &contact).unwrap()["ContactStatus"], "ACTIVE");
        assert!(!matches!(
            world.xero.get(&tenant, "Invoices", &invoice).unwrap()["Status"].as_str(),
            Some("VOIDED" | "DELETED")
        ));
        assert!(world.zoho.get("Accounts", &seed::account(20)).is_none(), "what people delete stays deleted");
        assert!(world.zoho.get("Invoices", &seed::invoice(40)).is_none());
        let told: Vec<EntryView> = stage
            .entries_of(&second.id)
            .into_iter()
            .filter(|entry| codes(entry).contains(&Code::CrmRecordGone))
            .collect();
        assert_eq!(told.len(), 2, "{scope:?}: {told:#?}");
    }
    let crm = stage.crm(Module::Invoices, seed::FIRST_INVOICE);
    assert_eq!((crm["Xero_Status"].as_str(), crm["Xero_ID"].as_str()), (Some("VOIDED"), Some(voided.as_str())));
    assert_eq!(stage.xero(Module::Products, seed::FIRST_PRODUCT)["ItemID"], item["ItemID"]);
}

#[test]
fn regression_23_a_record_that_always_fails_is_parked_until_it_changes_and_others_proceed() {
    let (stage, user) = Stage::connected(World::standard(BASE));
    let poison = seed::PRODUCT_SAME_CODE;
    for time in 1..=5 {
        let fresh = seed::product(30 + time);
        stage.advance(5);
        stage.edit(Module::Products, &fresh, &json!({"Unit_Price": 10 + time}));
        let run = done(&stage, &user, &[Module::Products], Direction::ToXero, Scope::SinceLast);
        assert_eq!(end(&stage, &run, poison).0, Outcome::Undecided, "time {time}");
        assert!(matches!(end(&stage, &run, &fresh).0, Outcome::Created | Outcome::Updated), "time {time}");
    }
    let entries =
        |run: &RunView| stage.entries_of(&run.id).into_iter().filter(|entry| entry.record_id == poison).count();
    let sixth = done(&stage, &user, &[Module::Products], Direction::ToXero, Scope::SinceLast);
    assert_eq!(entries(&sixth), 0, "it is left out");
    let waiting = stage.run(stage.engine(&Desk::default()).waiting(&user)).unwrap().records;
    let rests = waiting.iter().find(|record| record.crm_id.as_deref() == Some(poison)).unwrap();
    // What fails is parked (see `runs`); this one asks which of two records it is, and is asked about again tomorrow.
    assert!(!rests.parked && rests.times == 5, "{rests:#?}");
    stage.advance(5);
    stage.world.borrow_mut().edit(ADMIN, "Products", poison, &json!({"Product_Code": "CHR-ASH-2025"})).unwrap();
    let seventh = done(&stage, &user, &[Module::Products], Direction::ToXero, Scope::SinceLast);
    assert_eq!(end(&stage, &seventh, poison).0, Outcome::Created);
}

#[test]
fn a_line_whose_item_xero_has_no_more_is_told_with_its_code() {
    let (stage, user) = Stage::connected(World::standard(BASE));
    let contacts = stage.all_xero("Contacts");
    let contact = contacts.iter().find(|contact| contact["ContactStatus"] == "ACTIVE").unwrap()["ContactID"].clone();
    let line = json!({"Description": "Tent", "Quantity": 1, "UnitAmount": 75.5, "ItemCode": "GONE-1", "AccountCode": "200", "TaxType": "OUTPUT"});
    let document = json!({
        "Type": "ACCREC", "Contact": {"ContactID": contact}, "InvoiceNumber": "GONE-1", "Date": "2026-11-03",
        "DueDate": "2026-12-03", "Status": "AUTHORISED", "LineItems": [line],
    });
    let (tenant, now) = (stage.tenant(0), stage.world.borrow().now());
    let item = json!({"Code": "GONE-1", "Name": "Tent"});
    let item = stage.world.borrow_mut().xero.insert(&tenant, "Items", item, now).unwrap();
    let made = stage.world.borrow_mut().xero.insert(&tenant, "Invoices", document, now).unwrap();
    stage.edit_xero("Items", item["ItemID"].as_str().unwrap(), json!({"Code": "NEW-1"}));
    let run = done(&stage, &user, &Module::ALL, Direction::Both, Scope::Everything);
    let entry = stage.entries_of(&run.id).into_iter().find(|one| one.xero_id.as_deref() == made["InvoiceID"].as_str());
    let problems = entry.unwrap().problems;
    let told = problems.iter().any(|problem| problem.why.contains("the item code \"GONE-1\""));
    assert!(told, "{problems:#?}");
}
