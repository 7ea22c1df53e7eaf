//! A list that a run syncs: how the run is started, followed, cancelled and retried. Natively, without a browser.
#![allow(clippy::unwrap_used, reason = "a test may panic")]
#![cfg(not(target_arch = "wasm32"))]

mod fixtures;

use chrono::Duration;
use fixtures::*;
use shared::api::runs::{Calls, Counts, PairView, RunKind, RunState, RunView, Scope};
use shared::api::{ClaimReply, ConnectionState, EntriesPage, EntryView, Outcome};
use shared::module::Module;
use shared::problem::Code;
use shared::settings::Direction;
use std::collections::VecDeque;
use widget::fault::{Absence, Fault};
use widget::panel::page::Mode;
use widget::panel::rows::{ListProgress, Phase};
use widget::panel::state::{Asking, Effect, Msg, Panel, Press, Run, RunCall, State, Wanted, update};
use widget::panel::words;
use widget::tone::Tone;

const FIVE: [&str; 5] = ["1", "2", "3", "4", "5"];

fn texts(ids: &[&str]) -> Vec<String> {
    ids.iter().map(|id| (*id).to_owned()).collect()
}

/// The one question about the run among some effects: its number, and the question.
#[track_caller]
fn asked_for(effects: &[Effect]) -> (u32, RunCall) {
    let mut asks = effects.iter().filter_map(|effect| match effect {
        Effect::Run(turn, ask) => Some((*turn, ask.clone())),
        _ => None,
    });
    let ask = asks.next().unwrap_or_else(|| panic!("no call among {effects:?}"));
    assert_eq!(asks.next(), None);
    ask
}

/// The page of outcomes that is asked for, the only effect.
#[track_caller]
fn wanted(effects: &[Effect]) -> (u32, Wanted) {
    match effects {
        [Effect::ReadOutcomes(turn, wanted)] => (*turn, wanted.clone()),
        other => panic!("no page of outcomes: {other:?}"),
    }
}

/// The pause that is asked for, the only effect: its number, and whether it is the long one.
#[track_caller]
fn pause(effects: &[Effect]) -> (u32, bool) {
    match effects {
        [Effect::LookSoon(turn, later)] => (*turn, *later),
        other => panic!("no pause: {other:?}"),
    }
}

/// What became of a record, at so many seconds.
fn became(id: &str, outcome: Outcome, seconds: i64) -> EntryView {
    let at = instant(CHECKED_AT) + Duration::seconds(seconds);
    EntryView { record_id: id.into(), name: format!("INV-{id}"), at, ..entry(&format!("e{id}"), outcome) }
}

fn outcomes(entries: Vec<EntryView>) -> EntriesPage {
    EntriesPage { entries, more: false }
}

/// A list of these records whose run `r1` the edge has just taken up; the number of the first pause.
fn started(ids: &[&str]) -> (Panel, u32) {
    let mut model = opened(Mode::List);
    let (turn, ask) = asked_for(&update(&mut model, Msg::PageLoad(page(ids))));
    let (turn, _) = pause(&answer(&mut model, turn, ask, run("r1", RunState::Running, 0)));
    (model, turn)
}

fn answer(model: &mut Panel, turn: u32, ask: RunCall, run: Run) -> Vec<Effect> {
    update(model, Msg::RunArrived(turn, ask, Ok(Box::new(run))))
}

/// Looks after the pause of this number, and gets this run.
#[track_caller]
fn look(model: &mut Panel, turn: u32, run: Run) -> Vec<Effect> {
    let (turn, ask) = asked_for(&update(model, Msg::LookDue(turn)));
    assert_eq!(ask, RunCall::Look(run.id.clone()));
    answer(model, turn, ask, run)
}

/// A list whose run has ended with these outcomes, one a record.
fn ended_with(entries: Vec<EntryView>, state: RunState) -> Panel {
    let (mut model, turn) = started(&FIVE);
    let taken = u32::try_from(entries.len()).unwrap();
    let (turn, _) = wanted(&look(&mut model, turn, run("r1", state, taken)));
    assert_eq!(update(&mut model, Msg::OutcomesArrived(turn, Ok(outcomes(entries)))), vec![]);
    model
}

fn failures() -> Vec<EntryView> {
    let outcomes = [Outcome::Created, Outcome::Failed, Outcome::Unchanged, Outcome::Deferred, Outcome::Skipped];
    FIVE.iter().zip(outcomes).map(|(id, outcome)| became(id, outcome, 1)).collect()
}

#[test]
fn from_four_records_on_a_list_is_a_run() {
    let mut model = opened(Mode::List);
    let effects = update(&mut model, Msg::PageLoad(page(&["1", "2", "3"])));
    assert_eq!((syncs(&effects).len(), model.is_bulk()), (2, false));

    for mode in [Mode::List, Mode::Button] {
        let mut model = opened(mode);
        let effects = update(&mut model, Msg::PageLoad(page(&["1", "2", "3", "4"])));
        let ids = texts(&["1", "2", "3", "4"]);
        assert_eq!(effects[0], Effect::ReadNames(1, Module::Invoices, ids.clone()));
        assert_eq!(asked_for(&effects).1, RunCall::Start(Module::Invoices, ids));
        assert_eq!(effects.len(), 2, "and nothing else");
        assert_eq!(outline(&model), (State::List, words::WORKING, Press::Nothing));
        assert_eq!((model.tone(), model.announcement().as_str()), (Tone::Busy, ""));
    }
}

#[test]
fn what_the_panel_reads_of_a_run_is_what_the_edge_says() {
    let counts = Counts { candidates: 7, created: 7, ..Counts::default() };
    let pair = PairView { module: Module::Invoices, direction: Direction::Both, listed: true, remaining: 3, counts };
    let view = RunView {
        id: "0001-ab".into(),
        kind: RunKind::Bulk,
        by: Some("Ana".into()),
        state: RunState::Waiting,
        scope: Scope::Records(vec![]),
        started_at: instant(CHECKED_AT),
        ended_at: None,
        resumes_at: Some(instant("2026-11-23T00:00:00Z")),
        pairs: vec![pair],
        counts,
        calls: Calls::default(),
        problem: Some(day_limit()),
        forecast: None,
    };
    let read: Run = serde_json::from_str(&serde_json::to_string(&view).unwrap()).unwrap();
    assert_eq!(
        read,
        Run { id: "0001-ab".into(), ..Run { counts: run("", RunState::Done, 7).counts, ..waiting_run() } }
    );
}

#[test]
fn the_rows_fill_as_the_run_gets_on_and_only_what_is_new_is_read() {
    let (mut model, turn) = started(&FIVE);
    assert_eq!(outline(&model), (State::List, words::CANCEL, Press::Cancel));
    assert_eq!(model.headline(), "0 of 5 done");

    // Nothing new: nothing is read.
    let (turn, later) = pause(&look(&mut model, turn, run("r1", RunState::Running, 0)));
    assert!(!later, "about once a second");

    let (turn, first) = wanted(&look(&mut model, turn, run("r1", RunState::Running, 2)));
    assert_eq!(first, Wanted { run: "r1".into(), from: None, before: None });
    let page = outcomes(vec![became("4", Outcome::Created, 3), became("2", Outcome::Failed, 1)]);
    let (turn, _) = pause(&update(&mut model, Msg::OutcomesArrived(turn, Ok(page))));
    assert_eq!(model.headline(), "2 of 5 done");
    assert_eq!(words::list_counts(model.counts()), "1 sent · 1 failed · 3 to go");
    assert_eq!(model.rows[3].name.as_deref(), Some("INV-4"));
    assert_eq!(model.announcement(), "", "quiet until the end");

    let (turn, second) = wanted(&look(&mut model, turn, run("r1", RunState::Running, 3)));
    assert_eq!(second.from, Some(instant(CHECKED_AT) + Duration::seconds(3)));
    let page = outcomes(vec![became("5", Outcome::Unchanged, 4)]);
    let (turn, _) = pause(&update(&mut model, Msg::OutcomesArrived(turn, Ok(page))));

    // The end: everything once more, because an outcome may have changed meanwhile.
    let (turn, last) = wanted(&look(&mut model, turn, run("r1", RunState::Done, 5)));
    assert_eq!(last.from, None);
    assert_eq!(model.primary().press, Press::Nothing, "nothing to cancel any more");
    let all = ["1", "2", "3", "4", "5"].map(|id| became(id, Outcome::Updated, 5));
    assert_eq!(update(&mut model, Msg::OutcomesArrived(turn, Ok(outcomes(all.into())))), vec![]);
    assert_eq!(model.counts().updated, 5);
    assert_eq!(outline(&model), (State::List, words::CLOSE, Press::Close));
    assert_eq!((model.announcement().as_str(), model.tone()), ("All 5 records done", Tone::Good));
}

#[test]
fn records_that_are_none_of_the_lists_fill_no_row() {
    let mut account = became("1", Outcome::Created, 1);
    account.module = Module::Accounts;
    let model = ended_with(vec![account, became("99", Outcome::Created, 1)], RunState::Done);
    assert!(model.rows.iter().all(|row| row.phase == Phase::Waiting));
}

#[test]
fn what_failed_is_retried_by_a_run_of_its_own() {
    let mut model = ended_with(failures(), RunState::Done);
    assert_eq!(model.headline(), "1 of 5 could not be sent");
    assert_eq!(words::list_counts(model.counts()), "1 sent · 1 in step · 1 left alone · 1 failed · 1 put off");
    assert_eq!(outline(&model), (State::List, words::RETRY_FAILED, Press::Retry));

    let (turn, ask) = asked_for(&update(&mut model, Msg::Pressed(Press::Retry)));
    assert_eq!(ask, RunCall::Retry("r1".into()));
    assert_eq!(model.counts().ended, 5, "nothing changes before the edge agrees");
    assert_eq!(update(&mut model, Msg::Pressed(Press::Retry)), vec![], "a second click");
    pause(&answer(&mut model, turn, ask, run("r2", RunState::Running, 0)));
    assert_eq!(words::list_counts(model.counts()), "1 sent · 1 in step · 1 left alone · 2 to go");

    let turn = model.bulk.turn;
    let (turn, read) = wanted(&look(&mut model, turn, run("r2", RunState::Done, 2)));
    assert_eq!(read, Wanted { run: "r2".into(), from: None, before: None });
    let page = outcomes(vec![became("2", Outcome::Created, 9), became("4", Outcome::Created, 9)]);
    update(&mut model, Msg::OutcomesArrived(turn, Ok(page)));
    assert_eq!(model.headline(), "All 5 records done");
    assert_eq!(words::list_counts(model.counts()), "3 sent · 1 in step · 1 left alone");
}

#[test]
fn a_cancelled_run_keeps_the_turn_of_the_rest() {
    let (mut model, pause_before) = started(&FIVE);
    let (turn, ask) = asked_for(&update(&mut model, Msg::Pressed(Press::Cancel)));
    assert_eq!(ask, RunCall::Cancel("r1".into()));
    assert_eq!(outline(&model), (State::List, words::CANCELLING, Press::Nothing));
    assert_eq!(update(&mut model, Msg::Pressed(Press::Cancel)), vec![], "a second click");
    assert_eq!(update(&mut model, Msg::LookDue(pause_before)), vec![], "one question at a time");

    let (turn, _) = wanted(&answer(&mut model, turn, ask, run("r1", RunState::Cancelled, 2)));
    let page = outcomes(vec![became("1", Outcome::Created, 1), became("2", Outcome::Failed, 1)]);
    assert_eq!(update(&mut model, Msg::OutcomesArrived(turn, Ok(page))), vec![]);
    assert_eq!(model.headline(), "Stopped: 2 of 5 done");
    assert_eq!(outline(&model), (State::List, words::CONTINUE, Press::Retry));
    let (_, ask) = asked_for(&update(&mut model, Msg::Pressed(Press::Retry)));
    assert_eq!(ask, RunCall::Start(Module::Invoices, texts(&["2", "3", "4", "5"])), "what failed, too");
}

#[test]
fn a_cancel_that_fails_leaves_the_run_followed() {
    let (mut model, _) = started(&FIVE);
    let (turn, ask) = asked_for(&update(&mut model, Msg::Pressed(Press::Cancel)));
    let effects = update(&mut model, Msg::RunArrived(turn, ask, Err(fault(Code::Internal))));
    assert!(pause(&effects).1, "after a failure the pause is the long one");
    assert!(model.run_problem().is_some());
    assert_eq!(outline(&model), (State::List, words::CANCEL, Press::Cancel));
}

#[test]
fn a_run_that_waits_says_why_and_until_when() {
    let (mut model, turn) = started(&FIVE);
    let (turn, _) = wanted(&look(&mut model, turn, waiting_run()));
    let page = outcomes(vec![became("1", Outcome::Created, 1), became("2", Outcome::Created, 1)]);
    let (turn, later) = pause(&update(&mut model, Msg::OutcomesArrived(turn, Ok(page))));
    assert!(later);
    assert_eq!((model.list_progress(), model.tone()), (ListProgress::Waiting, Tone::Warn));
    assert_eq!(model.headline(), "Waiting: 2 of 5 done");
    let (problem, until) = model.run_problem().unwrap();
    assert_eq!((problem.code, until), (Code::XeroDayLimit, Some(instant("2026-11-23T00:00:00Z"))));
    assert_eq!(model.announcement(), "The sync stands still. Xero takes no more calls today.");
    assert_eq!(model.primary().press, Press::Cancel);

    // It goes on: nothing of it is left on the screen.
    pause(&look(&mut model, turn, run("r1", RunState::Running, 2)));
    assert_eq!((model.list_progress(), model.run_problem()), (ListProgress::UnderWay, None));
}

#[test]
fn another_run_that_is_under_way_is_told_and_can_be_tried_again() {
    let mut model = opened(Mode::List);
    let (turn, ask) = asked_for(&update(&mut model, Msg::PageLoad(page(&FIVE))));
    let refusal = Fault::Problem(Box::new(other_run()));
    assert_eq!(update(&mut model, Msg::RunArrived(turn, ask.clone(), Err(refusal.clone()))), vec![]);
    assert_eq!(outline(&model), (State::List, words::TRY_AGAIN, Press::Retry));
    assert_eq!((model.headline().as_str(), model.tone()), ("Not started: 0 of 5 done", Tone::Warn));
    assert_eq!(model.announcement(), "Not started: 0 of 5 done. Another run is under way.");
    let (_, again) = asked_for(&update(&mut model, Msg::Pressed(Press::Retry)));
    assert_eq!(again, ask);
    assert_eq!(model.run_problem(), None, "the next try starts afresh");

    // The same for a retry: what has failed stays told.
    let mut model = ended_with(failures(), RunState::Done);
    let (turn, ask) = asked_for(&update(&mut model, Msg::Pressed(Press::Retry)));
    update(&mut model, Msg::RunArrived(turn, ask.clone(), Err(refusal)));
    assert_eq!((model.headline().as_str(), model.tone()), ("1 of 5 could not be sent", Tone::Bad));
    assert_eq!(outline(&model), (State::List, words::TRY_AGAIN, Press::Retry));
    assert_eq!(asked_for(&update(&mut model, Msg::Pressed(Press::Retry))).1, ask);
}

#[test]
fn a_run_that_could_not_go_on_says_why() {
    let (mut model, turn) = started(&FIVE);
    let failed = Run { problem: Some(refused()), ..run("r1", RunState::Failed, 0) };
    let (turn, _) = wanted(&look(&mut model, turn, failed));
    assert_eq!(update(&mut model, Msg::OutcomesArrived(turn, Ok(outcomes(vec![])))), vec![]);
    assert_eq!(model.run_problem().map(|(problem, until)| (problem.code, until)), Some((refused().code, None)));
    assert_eq!(outline(&model), (State::List, words::CONTINUE, Press::Retry));
    assert!(model.announcement().starts_with("Stopped: 0 of 5 done. "));
}

#[test]
fn a_dead_connection_is_repaired_and_the_list_goes_on() {
    // The edge refuses to start …
    let mut model = opened(Mode::List);
    let (turn, ask) = asked_for(&update(&mut model, Msg::PageLoad(page(&FIVE))));
    assert_eq!(update(&mut model, Msg::RunArrived(turn, ask.clone(), Err(fault(Code::XeroDisconnected)))), vec![]);
    assert_eq!(model.state(), State::Broken);
    assert_eq!(asked_for(&update(&mut model, Msg::XeroConnected)).1, ask);

    // … or the run ends because of it.
    let (mut model, turn) = started(&FIVE);
    let dead =
        Run { problem: Some(problem(Code::XeroDisconnected, refused().severity)), ..run("r1", RunState::Failed, 1) };
    let (turn, _) = wanted(&look(&mut model, turn, dead));
    update(&mut model, Msg::OutcomesArrived(turn, Ok(outcomes(vec![became("1", Outcome::Created, 1)]))));
    assert_eq!(model.state(), State::Broken);
    let (_, ask) = asked_for(&update(&mut model, Msg::XeroConnected));
    assert_eq!(ask, RunCall::Start(Module::Invoices, texts(&["2", "3", "4", "5"])));
}

#[test]
fn a_run_is_followed_on_through_an_interruption() {
    let (mut model, turn) = started(&FIVE);
    let (turn, ask) = asked_for(&update(&mut model, Msg::LookDue(turn)));
    let unreachable = || Fault::Problem(Box::new(words::unreachable()));
    let (turn, later) = pause(&update(&mut model, Msg::RunArrived(turn, ask, Err(unreachable()))));
    assert!(later);
    assert_eq!(model.announcement(), "The list is not up to date. The sync service could not be reached.");
    assert_eq!(model.list_progress(), ListProgress::UnderWay, "the run itself goes on");

    let (turn, _) = wanted(&look(&mut model, turn, run("r1", RunState::Done, 5)));
    assert_eq!(model.run_problem(), None);
    // The last outcomes are asked for until they come.
    let (turn, _) = pause(&update(&mut model, Msg::OutcomesArrived(turn, Err(unreachable()))));
    let (turn, read) = wanted(&update(&mut model, Msg::LookDue(turn)));
    assert_eq!(read, Wanted { run: "r1".into(), from: None, before: None });
    assert_eq!(update(&mut model, Msg::OutcomesArrived(turn, Ok(outcomes(failures())))), vec![]);
    assert_eq!((model.counts().ended, model.run_problem()), (5, None));
}

#[test]
fn a_run_that_is_unknown_is_given_up() {
    let (mut model, turn) = started(&FIVE);
    let (turn, ask) = asked_for(&update(&mut model, Msg::LookDue(turn)));
    assert_eq!(update(&mut model, Msg::RunArrived(turn, ask, Err(fault(Code::RunUnknown)))), vec![]);
    assert_eq!(outline(&model), (State::List, words::TRY_AGAIN, Press::Retry));
    let (_, ask) = asked_for(&update(&mut model, Msg::Pressed(Press::Retry)));
    assert_eq!(ask, RunCall::Start(Module::Invoices, texts(&FIVE)));
}

#[test]
fn a_list_that_loses_its_session_finds_its_run_again() {
    let (mut model, turn) = started(&FIVE);
    let (turn, ask) = asked_for(&update(&mut model, Msg::LookDue(turn)));
    let effects = update(&mut model, Msg::RunArrived(turn, ask.clone(), Err(Fault::SignedOut(Absence::Ended))));
    assert_eq!((effects, model.state()), (vec![Effect::Remember(None)], State::SignedOut));
    let reply = ClaimReply { token: None, session: session(ConnectionState::Connected, true) };
    let (again, same) = asked_for(&update(&mut model, Msg::SignedIn(Box::new(reply))));
    assert_eq!(same, ask);
    // What was asked before comes too late.
    assert_eq!(answer(&mut model, turn, ask.clone(), run("r1", RunState::Done, 5)), vec![]);
    wanted(&answer(&mut model, again, ask, run("r1", RunState::Done, 5)));
}

#[test]
fn a_page_that_tells_its_records_twice_starts_one_run() {
    let mut model = opened(Mode::List);
    let (turn, ask) = asked_for(&update(&mut model, Msg::PageLoad(page(&FIVE))));
    let effects = update(&mut model, Msg::PageLoad(page(&FIVE)));
    assert!(matches!(effects.as_slice(), [Effect::ReadNames(..)]), "{effects:?}");
    pause(&answer(&mut model, turn, ask, run("r1", RunState::Running, 0)));

    // Other records are another list: the run before is no longer followed.
    let turn = model.bulk.turn;
    let (_, ask) = asked_for(&update(&mut model, Msg::PageLoad(page(&["6", "7", "8", "9"]))));
    assert_eq!(ask, RunCall::Start(Module::Invoices, texts(&["6", "7", "8", "9"])));
    assert_eq!(update(&mut model, Msg::LookDue(turn)), vec![]);
    assert_eq!(model.bulk.asking, Some(Asking::Start));
}

#[test]
fn a_choice_made_during_a_run_takes_up_what_failed_after_it() {
    let change = tax_remedy().choices[0].change.clone();
    let (mut model, turn) = started(&FIVE);
    update(&mut model, Msg::RemedyChosen(change.clone()));
    let ticket = model.ticket;
    assert_eq!(update(&mut model, Msg::RemedySaved(ticket, Ok(()))), vec![], "two runs never work at the same time");
    let (turn, _) = wanted(&look(&mut model, turn, run("r1", RunState::Done, 5)));
    let effects = update(&mut model, Msg::OutcomesArrived(turn, Ok(outcomes(failures()))));
    assert_eq!(asked_for(&effects).1, RunCall::Retry("r1".into()));

    // After the run, at once.
    let mut model = ended_with(failures(), RunState::Done);
    update(&mut model, Msg::RemedyChosen(change));
    let ticket = model.ticket;
    let effects = update(&mut model, Msg::RemedySaved(ticket, Ok(())));
    assert_eq!(asked_for(&effects).1, RunCall::Retry("r1".into()));
}

#[test]
fn more_records_than_a_run_takes_keep_their_turn() {
    let ids: Vec<String> = (0..1_003).map(|id| id.to_string()).collect();
    let refs: Vec<&str> = ids.iter().map(String::as_str).collect();
    let mut model = opened(Mode::List);
    let (turn, ask) = asked_for(&update(&mut model, Msg::PageLoad(page(&refs))));
    assert_eq!(ask, RunCall::Start(Module::Invoices, ids[..1_000].to_vec()));
    let (turn, _) = pause(&answer(&mut model, turn, ask, run("r1", RunState::Running, 0)));
    let (turn, _) = wanted(&look(&mut model, turn, run("r1", RunState::Done, 1_000)));
    let entries = refs[..1_000].iter().map(|id| became(id, Outcome::Created, 1)).collect();
    update(&mut model, Msg::OutcomesArrived(turn, Ok(outcomes(entries))));
    assert_eq!(model.headline(), "Stopped: 1000 of 1003 done");
    let (_, ask) = asked_for(&update(&mut model, Msg::Pressed(Press::Retry)));
    assert_eq!(ask, RunCall::Start(Module::Invoices, ids[1_000..].to_vec()));
}

/// An edge that takes up some records between any two calls. The ids of its entries tell nothing of their order, and
/// each chunk is written twice: first as it was sent, then as it ended, under the time of the first.
struct Edge {
    open: VecDeque<String>,
    /// The chunk that is sent and has not ended.
    sent: Vec<String>,
    /// (time by which the log is filtered, entry), by descending id.
    log: Vec<(i64, EntryView)>,
    ended: u32,
    second: i64,
    told: usize,
    seed: u64,
}

impl Edge {
    fn random(&mut self) -> u64 {
        // xorshift64: https://www.jstatsoft.org/article/view/v008i14
        self.seed ^= self.seed << 13;
        self.seed ^= self.seed >> 7;
        self.seed ^= self.seed << 17;
        self.seed
    }

    fn step(&mut self) {
        self.second += 1;
        if self.sent.is_empty() {
            let size = usize::try_from(self.random() % 60).unwrap();
            self.sent = self.open.drain(..size.min(self.open.len())).collect();
            for id in self.sent.clone() {
                let number = self.random();
                let entry = EntryView { id: format!("{number:020}"), ..became(&id, Outcome::Created, self.second) };
                self.log.push((self.second, entry));
            }
            self.log.sort_by(|(_, one), (_, other)| other.id.cmp(&one.id));
        } else {
            let at = instant(CHECKED_AT) + Duration::seconds(self.second);
            for (_, entry) in self.log.iter_mut().filter(|(_, entry)| self.sent.contains(&entry.record_id)) {
                entry.at = at;
                entry.outcome = if entry.record_id.ends_with('7') { Outcome::Failed } else { Outcome::Updated };
            }
            self.ended += u32::try_from(std::mem::take(&mut self.sent).len()).unwrap();
        }
    }

    fn answer(&mut self, effect: &Effect) -> Msg {
        match effect {
            Effect::LookSoon(turn, _) => Msg::LookDue(*turn),
            Effect::Run(turn, ask) => {
                self.step();
                let over = self.open.is_empty() && self.sent.is_empty();
                let state = if over { RunState::Done } else { RunState::Running };
                Msg::RunArrived(*turn, ask.clone(), Ok(Box::new(run("r1", state, self.ended))))
            }
            Effect::ReadOutcomes(turn, wanted) => {
                self.step();
                let from = wanted.from.map_or(0, |from| (from - instant(CHECKED_AT)).num_seconds());
                let before = wanted.before.clone().unwrap_or_else(|| "~".into());
                let found = self.log.iter().filter(|(at, entry)| *at >= from && entry.id < before);
                let mut entries: Vec<EntryView> = found.map(|(_, entry)| entry.clone()).take(201).collect();
                let more = entries.len() > 200;
                entries.truncate(200);
                self.told += entries.len();
                Msg::OutcomesArrived(*turn, Ok(EntriesPage { entries, more }))
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn every_row_of_a_thousand_gets_its_outcome_whatever_comes_between_the_pages() {
    for seed in 1..=5_u64 {
        let ids: Vec<String> = (10_000..11_000).map(|id| id.to_string()).collect();
        let refs: Vec<&str> = ids.iter().map(String::as_str).collect();
        let mut model = opened(Mode::List);
        let mut edge = Edge {
            open: ids.iter().cloned().collect(),
            sent: Vec::new(),
            log: Vec::new(),
            ended: 0,
            second: 0,
            told: 0,
            seed: seed.wrapping_mul(0x9E37_79B9_7F4A_7C15),
        };
        let mut effects = update(&mut model, Msg::PageLoad(page(&refs)));
        effects.retain(|effect| !matches!(effect, Effect::ReadNames(..)));
        let mut filled = Vec::new();
        while let Some(effect) = effects.pop() {
            assert!(effects.is_empty(), "seed {seed}: one question at a time");
            effects = update(&mut model, edge.answer(&effect));
            filled.push(model.counts().ended);
        }
        let counts = model.counts();
        assert_eq!((counts.ended, counts.failed, counts.updated), (1_000, 100, 900), "seed {seed}");
        assert!(filled.windows(2).all(|two| two[0] <= two[1]), "seed {seed}: rows never go back");
        assert!(filled.iter().any(|count| (1..1_000).contains(count)), "seed {seed}: filled little by little");
        assert!(edge.told < 4_000, "seed {seed}: {} entries were sent", edge.told);
    }
}
