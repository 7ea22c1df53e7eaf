//! Whoever takes more than a share: of Xero's minute and day, of runs and previews, of the organisation's time.

use crate::support::{BASE, Stage, id};
use chrono::{DateTime, TimeDelta, Utc};
use engine::access::rights::{Administrator, Member};
use engine::runs::Next;
use engine::share::Shares;
use engine::store::sessions::{self, SessionKey};
use engine::sync::Desk;
use futures_util::future::join_all;
use ports::Clock;
use sandbox::{ApiName, World, seed};
use serde_json::json;
use shared::api::Outcome;
use shared::api::address::Asks;
use shared::api::runs::{PairChoice, RecordRef, RunRequest, RunState, Scope};
use shared::module::Module;
use shared::problem::Code;
use shared::settings::Direction;
use std::time::Duration;
use upstream::xero::BudgetState;

const SALES: &str = "sam@bluegum.example";

/// Ana has connected both sides; Sam is a plain user. Calls take as long as they do in life.
fn busy_stage() -> (Stage, Administrator, Member) {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let sam = stage.sign_in(SALES);
    stage.world.borrow_mut().gate.set_latency(ApiName::Xero, Duration::from_millis(300));
    stage.world.borrow_mut().gate.set_latency(ApiName::Zoho, Duration::from_millis(200));
    (stage, ana, sam)
}

fn accounts(stage: &Stage) -> Vec<String> {
    let accounts = stage.world.borrow().zoho.records("Accounts");
    accounts.iter().map(|account| account["id"].as_str().unwrap().to_owned()).collect()
}

/// What is sent without pause.
#[derive(Debug, Clone, Copy)]
enum Attack {
    Readings,
    Clicks,
}

/// Sends requests as fast as they are answered, `at_once` of them at the same time.
async fn send_without_pause(
    stage: &Stage,
    desk: &Desk,
    user: &Member,
    attack: Attack,
    at_once: usize,
    until: DateTime<Utc>,
) {
    let session = &SessionKey::of(user.id.as_str());
    let accounts = accounts(stage);
    let places = accounts.iter().rev().cycle().take(at_once).map(|account| id(account));
    join_all(places.map(|place| async move {
        while stage.now() < until {
            // As the organisation's object lets it in.
            if let Ok(_admitted) = desk.shares.admit(session, Asks::Vendor, stage.now()).await {
                let engine = stage.engine(desk);
                match attack {
                    Attack::Readings => drop(engine.view(user, Module::Accounts, &id(seed::FIRST_ACCOUNT)).await),
                    Attack::Clicks => drop(engine.sync(user, Module::Accounts, &place).await),
                }
            }
            stage.sleep(Duration::from_millis(50)).await;
        }
    }))
    .await;
}

/// Takes the steps of runs as the organisation's alarm does, and starts the next one when one has ended. No run touches
/// the records that are clicked meanwhile: whoever clicks on what a run has in hand waits for that, not for a share.
async fn run_without_pause(stage: &Stage, desk: &Desk, user: &Member, until: DateTime<Utc>) {
    let modules = [Module::Vendors, Module::Products, Module::PurchaseOrders];
    let pairs = modules.map(|module| PairChoice { module, direction: Direction::Both });
    let request = RunRequest { pairs: pairs.into(), scope: Scope::Everything, preview: false };
    while stage.now() < until {
        let pause = match stage.engine(desk).advance(&user.org).await {
            Next::Now => Duration::from_millis(20),
            Next::At(at) => (at.min(until) - stage.now()).to_std().unwrap_or_default().max(Duration::from_millis(20)),
            Next::Idle => {
                stage.engine(desk).start_run(user, &request).await.unwrap();
                Duration::from_millis(20)
            }
        };
        stage.sleep(pause).await;
    }
}

/// What a click on a changed, linked account took.
#[derive(Debug)]
struct Click {
    /// Until its first call of Xero began.
    start: TimeDelta,
    whole: TimeDelta,
    ended: Result<Outcome, Code>,
}

async fn click(stage: &Stage, desk: &Desk, user: &Member, account: &str, phone: usize) -> Click {
    stage.edit(Module::Accounts, account, &json!({"Phone": format!("02 5550 {phone:04}")}));
    let contact = stage.crm(Module::Accounts, account)["Xero_ID"].as_str().unwrap().to_owned();
    let (began, mark) = (stage.now(), stage.world.borrow().mark());
    let admitted = desk.shares.admit(&SessionKey::of(user.id.as_str()), Asks::Vendor, stage.now()).await.unwrap();
    let reply = stage.engine(desk).sync(user, Module::Accounts, &id(account)).await;
    drop(admitted);
    let whole = stage.now() - began;
    let world = stage.world.borrow();
    let mut of_xero = world.gate.journal.since(mark).filter(|call| call.api == ApiName::Xero);
    let first = of_xero.find(|call| {
        let names = |text: &str| text.contains(&contact);
        names(&call.path) || call.query.iter().any(|(_, value)| names(value))
    });
    Click {
        start: first.map_or(whole, |call| call.at - began),
        whole,
        ended: reply.map(|reply| reply.entry.outcome).map_err(|refusal| refusal.problem.code),
    }
}

#[test]
fn a_session_that_reads_without_pause_keeps_nobody_s_click_waiting() {
    keeps_nobody_s_click_waiting(Attack::Readings);
}

#[test]
fn a_session_that_clicks_without_pause_keeps_nobody_s_click_waiting() {
    keeps_nobody_s_click_waiting(Attack::Clicks);
}

fn keeps_nobody_s_click_waiting(attack: Attack) {
    let (stage, ana, sam) = busy_stage();
    let accounts = accounts(&stage);
    let mine = &accounts[..8];
    for account in mine {
        stage.click(&ana, Module::Accounts, account);
    }
    stage.click(&ana, Module::Accounts, seed::FIRST_ACCOUNT);
    stage.advance(120);
    let desk = Desk::default();
    let mark = stage.world.borrow().mark();
    let until = stage.now() + TimeDelta::seconds(150);
    let clicks = async {
        let mut clicks = Vec::new();
        // In the first seconds, when both have what they want at once, and later, when all has settled.
        for (at, account) in [3, 10, 20, 35, 50, 65, 90, 120].into_iter().zip(mine) {
            stage.sleep((until - TimeDelta::seconds(150 - at) - stage.now()).to_std().unwrap_or_default()).await;
            clicks.push(click(&stage, &desk, &ana, account, clicks.len()).await);
        }
        clicks
    };
    let clicks = stage.together(async {
        let attack = send_without_pause(&stage, &desk, &sam, attack, 120, until);
        let run = run_without_pause(&stage, &desk, &ana, until);
        futures_util::join!(attack, run, clicks).2
    });
    for click in &clicks {
        println!(
            "starts after {} ms, ends after {} ms: {:?}",
            click.start.num_milliseconds(),
            click.whole.num_milliseconds(),
            click.ended
        );
    }
    let calls = stage.world.borrow().count(mark, ApiName::Xero, None);
    println!("{calls} calls of Xero in 150 seconds");
    assert!(calls > 100, "the attack and the run had their share, too: {calls}");
    for click in clicks {
        assert_eq!(click.ended, Ok(Outcome::Updated), "{click:?}");
        assert!(click.start <= TimeDelta::seconds(2), "{click:?}");
        assert!(click.whole <= TimeDelta::seconds(5), "{click:?}");
    }
}

#[test]
fn nobody_uses_up_xero_s_day() {
    let (stage, ana, sam) = busy_stage();
    stage.world.borrow_mut().xero.set_day_limit(1_000);
    stage.click(&ana, Module::Accounts, seed::FIRST_ACCOUNT);
    let desk = Desk::default();
    let until = stage.now() + TimeDelta::minutes(40);
    stage.together(send_without_pause(&stage, &desk, &sam, Attack::Readings, 10, until));
    let left = desk.budget.day_remaining(stage.now()).unwrap();
    assert!(left >= 450, "{left} calls are left of 1,000");
    // Another one reads and clicks as if nothing were.
    let view = stage.run(stage.engine(&desk).view(&ana, Module::Accounts, &id(seed::FIRST_ACCOUNT)));
    assert!(view.is_ok(), "{view:?}");
    let reply = stage.run(stage.engine(&desk).sync(&ana, Module::Accounts, &id(seed::ACCOUNT_TWO_CONTACTS)));
    assert_eq!(reply.unwrap().entry.outcome, Outcome::Created);
}

fn list(ids: &[&str], preview: bool) -> RunRequest {
    let records = ids.iter().map(|id| RecordRef { module: Module::Accounts, id: (*id).to_owned() }).collect();
    let pairs = vec![PairChoice { module: Module::Accounts, direction: Direction::Both }];
    RunRequest { pairs, scope: Scope::Records(records), preview }
}

#[test]
fn nobody_takes_another_one_s_preview_away() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let sam = stage.sign_in(SALES);
    let desk = Desk::default();
    let start = |user, request: &RunRequest| stage.run(stage.engine(&desk).start_run(user, request)).unwrap();
    let look = |user, id: &str| stage.run(stage.engine(&desk).run(user, id)).map(|run| run.state);
    let hers = start(&ana, &list(&[seed::FIRST_ACCOUNT, seed::ACCOUNT_TWO_CONTACTS], true));
    let first = start(&sam, &list(&[seed::FIRST_ACCOUNT], true));
    assert_eq!((look(&ana, &hers.id), look(&sam, &first.id)), (Ok(RunState::Ready), Ok(RunState::Ready)));
    // Each has one preview: the next takes the place of the own one only.
    let second = start(&sam, &list(&[seed::ACCOUNT_NO_CONTACTS], true));
    assert!(look(&sam, &first.id).is_err());
    start(&sam, &list(&[seed::ACCOUNT_NO_CONTACTS], false));
    stage.take_steps_of_run(&desk, &sam);
    assert!(look(&sam, &second.id).is_err());
    assert_eq!(look(&ana, &hers.id), Ok(RunState::Ready));
    assert_eq!(stage.number("SELECT count(*) FROM candidates"), 2, "hers are all that is listed");
    stage.run(stage.engine(&desk).begin_run(&ana, &hers.id)).unwrap();
    stage.take_steps_of_run(&desk, &ana);
    assert_eq!(look(&ana, &hers.id), Ok(RunState::Done));
}

#[test]
fn a_long_run_keeps_nobody_s_list_waiting() {
    let (stage, ana, sam) = busy_stage();
    let desk = Desk::default();
    let everything = RunRequest {
        pairs: Module::ALL.map(|module| PairChoice { module, direction: Direction::Both }).into(),
        scope: Scope::Everything,
        preview: false,
    };
    let long = stage.run(stage.engine(&desk).start_run(&ana, &everything)).unwrap();
    stage.run(stage.engine(&desk).advance(&ana.org));
    let ids = accounts(&stage);
    let ids: Vec<&str> = ids.iter().take(5).map(String::as_str).collect();
    let short = stage.run(stage.engine(&desk).start_run(&sam, &list(&ids, false))).expect("it is taken up beside");
    // One list for each: the second one is refused, and told why.
    let refused = stage.run(stage.engine(&desk).start_run(&sam, &list(&ids[..1], false))).unwrap_err().problem;
    assert_eq!(refused.code, Code::RunInProgress);
    assert_eq!(refused.what, "Your run of 5 records is under way.");
    // Whoever wants to start a run of the organisation learns whose is under way.
    let refused = stage.run(stage.engine(&desk).start_run(&ana, &everything)).unwrap_err().problem;
    assert_eq!(refused.what, "Your run is under way.");
    let look = |user, id: &str| stage.run(stage.engine(&desk).run(user, id)).unwrap().state;
    let mut steps = 0;
    while !look(&sam, &short.id).ended() {
        stage.run(stage.engine(&desk).advance(&ana.org));
        steps += 1;
        assert!(steps < 10, "the list waits for the long run");
    }
    assert_eq!(look(&sam, &short.id), RunState::Done);
    assert!(!look(&ana, &long.id).ended());
    // Nor does the list end the long one.
    stage.take_steps_of_run(&desk, &ana);
    assert_eq!(look(&ana, &long.id), RunState::Done);
}

/// No attack: what a person does at full speed fits into the shares.
#[test]
fn a_person_at_full_speed_has_enough() {
    let (stage, ana, sam) = busy_stage();
    let (accounts, desk) = (accounts(&stage), Desk::default());
    for account in &accounts[..20] {
        stage.click(&ana, Module::Accounts, account);
    }
    stage.advance(120);
    // Twenty tabs at once, whose panels each ask who is signed in, read the record and show its log.
    let session = &SessionKey::of("sam");
    let began = stage.now();
    let tab = |account: &String| {
        let (engine, record, desk, stage, sam) = (stage.engine(&desk), id(account), &desk, &stage, &sam);
        async move {
            drop(desk.shares.admit(session, Asks::Own, stage.now()).await.unwrap());
            let _admitted = desk.shares.admit(session, Asks::Vendor, stage.now()).await.unwrap();
            engine.view(sam, Module::Accounts, &record).await.unwrap();
        }
    };
    stage.together(join_all(accounts[..20].iter().map(tab)));
    assert!(stage.now() - began <= TimeDelta::seconds(5), "{}", stage.now() - began);
    // A click in each, one a second and a half: what is in the way is Xero's minute, and it is told as such.
    let began = stage.now();
    let clicks = stage.together(async {
        let mut clicks = Vec::new();
        for account in &accounts[..10] {
            clicks.push(click(&stage, &desk, &sam, account, clicks.len()).await);
            stage.sleep(Duration::from_millis(1_500)).await;
        }
        clicks
    });
    assert!(clicks.iter().all(|click| click.ended == Ok(Outcome::Updated)), "{clicks:#?}");
    println!("ten clicks took {} s", (stage.now() - began).num_seconds());
    // A list of 200 records.
    let invoices = stage.world.borrow().zoho.records("Invoices");
    let ids: Vec<&str> = invoices.iter().take(200).map(|invoice| invoice["id"].as_str().unwrap()).collect();
    let records = ids.iter().map(|id| RecordRef { module: Module::Invoices, id: (*id).to_owned() }).collect();
    let pairs = vec![PairChoice { module: Module::Invoices, direction: Direction::Both }];
    let request = RunRequest { pairs, scope: Scope::Records(records), preview: false };
    let began = stage.now();
    let run = stage.run(stage.engine(&desk).start_run(&sam, &request)).unwrap();
    stage.take_steps_of_run(&desk, &sam);
    let run = stage.run(stage.engine(&desk).run(&sam, &run.id)).unwrap();
    println!(
        "{} records took {} s and {} calls of Xero",
        ids.len(),
        (stage.now() - began).num_seconds(),
        run.calls.xero
    );
    assert_eq!(run.state, RunState::Done);
    assert!(stage.now() - began <= TimeDelta::minutes(2));
}

#[test]
fn lists_and_previews_leave_the_button_its_reserve() {
    let (stage, ana, sam) = busy_stage();
    stage.click(&ana, Module::Accounts, seed::FIRST_ACCOUNT);
    stage.advance(120);
    let desk = Desk::default();
    let reserve = u32::from(stage.settings().day_reserve.0);
    let known = BudgetState { day_remaining: Some(reserve), learned_at: Some(stage.now()), ..BudgetState::default() };
    desk.budget.restore(&known);
    let refused = stage.run(stage.engine(&desk).view(&sam, Module::Accounts, &id(seed::FIRST_ACCOUNT))).unwrap_err();
    assert_eq!(refused.problem.code, Code::DayReserve);
    assert!(refused.wait().is_some() && refused.problem.fix.contains("minutes"), "{:?}", refused.problem);
    let run = stage.run(stage.engine(&desk).start_run(&sam, &list(&[seed::ACCOUNT_TWO_CONTACTS], false))).unwrap();
    let next = stage.run(stage.engine(&desk).advance(&sam.org));
    let run = stage.run(stage.engine(&desk).run(&sam, &run.id)).unwrap();
    assert_eq!((run.state, run.problem.unwrap().code), (RunState::Waiting, Code::DayReserve));
    let reply = stage.run(stage.engine(&desk).sync(&ana, Module::Accounts, &id(seed::FIRST_ACCOUNT)));
    assert_eq!(reply.unwrap().entry.outcome, Outcome::Unchanged);
    // Xero's day begins anew meanwhile, which one call finds out.
    let Next::At(at) = next else { panic!("{next:?}") };
    stage.wait_until(at);
    stage.take_steps_of_run(&desk, &sam);
    assert_eq!(stage.run(stage.engine(&desk).run(&sam, &run.id)).unwrap().state, RunState::Done);
}

#[test]
fn what_somebody_has_used_of_the_day_outlives_the_object() {
    let (stage, ana, sam) = busy_stage();
    stage.click(&ana, Module::Accounts, seed::FIRST_ACCOUNT);
    stage.advance(120);
    let desk = Desk::default();
    // Whoever only looks leaves no entry, and still it is counted.
    for _ in 0..25 {
        stage.run(stage.engine(&desk).view(&sam, Module::Accounts, &id(seed::FIRST_ACCOUNT))).unwrap();
        stage.advance(10);
    }
    let kept = stage.run(engine::store::budgets::get(&stage, &sam.org)).unwrap().unwrap();
    assert!(kept.day_used[sam.id.as_str()] >= 20, "{:?}", kept.day_used);
    let next = Desk::default();
    stage.run(stage.engine(&next).budget(&ana)).unwrap();
    assert_eq!(next.budget.state().day_used, kept.day_used);
}

#[test]
fn a_session_that_has_ended_watches_nothing_any_more() {
    let stage = Stage::new(World::standard(BASE));
    // What a stream asks every ten seconds.
    let lives = |key: &SessionKey| stage.run(sessions::lives(&stage, key, stage.now())).unwrap();
    let (first, second) = (stage.session(SALES).key, stage.session(SALES).key);
    assert!(lives(&first) && lives(&second) && !lives(&SessionKey::of("made up")));
    stage.execute(&format!("DELETE FROM sessions WHERE token_hash = '{}'", first.as_str()));
    assert_eq!((lives(&first), lives(&second)), (false, true));
    stage.advance(sessions::HOURS * 3_600);
    assert!(!lives(&second));
}

#[test]
fn nobody_takes_all_streams_by_signing_in_more_than_once() {
    let shares = Shares::default();
    let now = chrono::DateTime::UNIX_EPOCH;
    // One person, signed in as often as they like: sessions are free.
    while shares.open_stream(&id("1"), now).is_ok() {}
    assert!(shares.open_stream(&id("2"), now).is_ok(), "another one watches a run, too");
}
