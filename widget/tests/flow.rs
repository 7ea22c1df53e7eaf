//! A vendor's window in every order in which its messages, the edge's answers and the person can come: natively.
#![allow(clippy::unwrap_used, reason = "a test may panic")]
#![cfg(not(target_arch = "wasm32"))]

mod fixtures;

use fixtures::{problem, session, tenants, wrong_code};
use shared::api::{ClaimReply, ConnectionState, FlowState, FlowStateReply, PopupMessage, TenantView, XeroClaimReply};
use shared::problem::{Code, Severity};
use widget::fault::{Absence, Fault};
use widget::popup::flow::{Act, Claimed, Effect, Ended, Event, Flow, Scene, Sight, Wrong, read_code};
use widget::session::{Purpose, Secret};

const URL: &str = "https://ledgerlink.example/auth/begin?state=s";

/// What is to be done, in one line each, and without what only makes it longer.
fn told(effects: Vec<Effect>) -> Vec<String> {
    let one = |effect| match effect {
        Effect::Ask(number, purpose, key) => {
            format!("ask {number} {purpose:?}{}", if key.is_some() { " key" } else { "" })
        }
        Effect::Open(number, _) => format!("open {number}"),
        Effect::Close => "close".to_owned(),
        Effect::AskSoon(number) => format!("ask-soon {number}"),
        Effect::AskState(number) => format!("ask-state {number}"),
        Effect::CodeSoon(number) => format!("code-soon {number}"),
        Effect::EndLater(number) => format!("end-later {number}"),
        Effect::Claim(number, _, Secret(code)) => format!("claim {number} {code}"),
        Effect::Choose(number, tenant) => format!("choose {number} {tenant}"),
        Effect::End(Ended::Late) => "late".to_owned(),
        Effect::End(Ended::Failed(Fault::Problem(problem))) => format!("failed {}", problem.code.as_str()),
        Effect::End(Ended::Failed(Fault::SignedOut(_))) => "signed-out".to_owned(),
        Effect::End(Ended::Connected) => "connected".to_owned(),
        Effect::End(Ended::SignedIn(reply)) => format!("signed-in {}", reply.session.user),
    };
    effects.into_iter().map(one).collect()
}

#[track_caller]
fn does(flow: &mut Flow, event: Event, expected: &[&str]) {
    assert_eq!(told(flow.update(event)), expected);
}

fn scene(flow: &Flow) -> Option<Scene> {
    flow.shown().map(|shown| shown.scene)
}

fn said(code: Option<&str>, problem: Option<Code>) -> Event {
    let problem = problem.map(|code| fixtures::problem(code, Severity::Error));
    Event::Said(PopupMessage { source: "ledgerlink".into(), code: code.map(Into::into), problem })
}

fn state(number: u32, state: FlowState) -> Event {
    Event::State(number, Ok(FlowStateReply { state, problem: None }))
}

fn failed(code: Code) -> Fault {
    Fault::Problem(Box::new(problem(code, Severity::Error)))
}

fn signed_in() -> Claimed {
    Claimed::Session(Box::new(ClaimReply { token: None, session: session(ConnectionState::Connected, true) }))
}

fn xero(connected: Option<TenantView>, choose: Vec<TenantView>) -> Claimed {
    Claimed::Xero(XeroClaimReply { connected, choose })
}

/// A window that is open on its pages.
fn opened(purpose: Purpose) -> Flow {
    let mut flow = Flow::default();
    does(&mut flow, Event::Begin(purpose), &[&format!("ask 1 {purpose:?}")]);
    assert_eq!(scene(&flow), Some(Scene::Opening));
    does(&mut flow, Event::Address(1, Ok(URL.into())), &["open 1", "ask-soon 1", "end-later 1"]);
    does(&mut flow, Event::Opened(1, true), &[]);
    assert_eq!(scene(&flow), Some(Scene::Waiting(Sight::Open)));
    flow
}

/// One whose code has to be typed.
fn asks_code(purpose: Purpose) -> Flow {
    let mut flow = opened(purpose);
    does(&mut flow, state(1, FlowState::Done), &["code-soon 1"]);
    does(&mut flow, Event::CodeDue(1), &[]);
    assert_eq!(scene(&flow), Some(Scene::Code { wrong: None }));
    flow
}

#[test]
fn a_message_with_the_code_is_claimed_at_once_wherever_it_comes() {
    let befores: [&dyn Fn() -> Flow; 5] = [
        &|| opened(Purpose::SignIn),
        // The window says that it is closed: its message is still good.
        &|| {
            let mut flow = opened(Purpose::SignIn);
            does(&mut flow, Event::Closed(1), &[]);
            flow
        },
        // The edge was quicker.
        &|| {
            let mut flow = opened(Purpose::SignIn);
            does(&mut flow, state(1, FlowState::Done), &["code-soon 1"]);
            flow
        },
        // The field is there already.
        &|| asks_code(Purpose::SignIn),
        &|| {
            let mut flow = asks_code(Purpose::SignIn);
            does(&mut flow, Event::Act(Act::Code("no".into())), &[]);
            flow
        },
    ];
    for before in befores {
        let mut flow = before();
        does(&mut flow, said(Some("ABCDEFGH"), None), &["claim 1 ABCDEFGH"]);
        assert_eq!(scene(&flow), Some(Scene::Claiming));
        // Once.
        does(&mut flow, said(Some("ABCDEFGH"), None), &[]);
        does(&mut flow, Event::CodeDue(1), &[]);
        does(&mut flow, Event::AskDue(1), &[]);
        does(&mut flow, state(1, FlowState::Done), &[]);
        does(&mut flow, Event::TimeOver(1), &[]);
        does(&mut flow, Event::Act(Act::Cancel), &[]);
        does(&mut flow, Event::Claimed(1, Ok(signed_in())), &["close", "signed-in Ana Kovač"]);
        assert_eq!(scene(&flow), None);
        does(&mut flow, Event::Claimed(1, Ok(signed_in())), &[]);
        does(&mut flow, said(Some("ABCDEFGH"), None), &[]);
    }
}

#[test]
fn a_window_that_seems_closed_is_no_end() {
    let mut flow = opened(Purpose::ConnectZoho);
    does(&mut flow, Event::Closed(1), &[]);
    assert_eq!(scene(&flow), Some(Scene::Waiting(Sight::Closed)));
    for _ in 0..5 {
        does(&mut flow, Event::AskDue(1), &["ask-state 1"]);
        does(&mut flow, state(1, FlowState::Open), &["ask-soon 1"]);
    }
    // Nor is an edge that can't be asked.
    does(&mut flow, Event::AskDue(1), &["ask-state 1"]);
    does(&mut flow, Event::State(1, Err(failed(Code::Internal))), &["ask-soon 1"]);
    does(&mut flow, Event::AskDue(1), &["ask-state 1"]);
    does(&mut flow, state(1, FlowState::Done), &["code-soon 1"]);
    assert_eq!(scene(&flow), Some(Scene::Claiming), "its page has a moment to say the code");
    does(&mut flow, Event::CodeDue(1), &[]);
    does(&mut flow, Event::Act(Act::Code(" abcd-efgh ".into())), &["claim 1 ABCDEFGH"]);
    does(&mut flow, Event::Claimed(1, Ok(signed_in())), &["close", "signed-in Ana Kovač"]);
}

#[test]
fn a_window_that_was_not_handed_to_us_is_waited_for_and_can_be_opened_by_another_click() {
    let mut flow = Flow::default();
    flow.update(Event::Begin(Purpose::SignIn));
    flow.update(Event::Address(1, Ok(URL.into())));
    does(&mut flow, Event::Opened(1, false), &[]);
    assert_eq!(scene(&flow), Some(Scene::Waiting(Sight::Unseen)));
    does(&mut flow, Event::Act(Act::Again), &["open 1"]);
    does(&mut flow, Event::Opened(1, true), &[]);
    assert_eq!(scene(&flow), Some(Scene::Waiting(Sight::Open)));
    // The question how far it is goes on as before: one at a time.
    does(&mut flow, Event::AskDue(1), &["ask-state 1"]);
}

#[test]
fn opened_again_the_same_pages_come_and_a_lost_code_is_made_anew() {
    let mut flow = opened(Purpose::ConnectXero);
    does(&mut flow, Event::Closed(1), &[]);
    does(&mut flow, Event::Act(Act::Again), &["open 1"]);
    assert_eq!(scene(&flow), Some(Scene::Waiting(Sight::Open)));
    does(&mut flow, said(Some("ABCDEFGH"), None), &["claim 1 ABCDEFGH"]);

    let mut flow = asks_code(Purpose::ConnectXero);
    does(&mut flow, Event::Act(Act::Again), &["close", "ask 2 ConnectXero"]);
    assert_eq!(scene(&flow), Some(Scene::Opening));
    // What the first one had to say is over.
    does(&mut flow, said(Some("ABCDEFGH"), None), &[]);
    does(&mut flow, Event::Claimed(1, Ok(signed_in())), &[]);
}

#[test]
fn a_problem_ends_it_by_message_or_by_the_edge() {
    let mut flow = opened(Purpose::ConnectXero);
    does(&mut flow, said(None, Some(Code::FlowRefused)), &["close", "failed flow-refused"]);
    assert_eq!(scene(&flow), None);
    let mut flow = asks_code(Purpose::ConnectXero);
    does(&mut flow, said(None, Some(Code::FlowRefused)), &["close", "failed flow-refused"]);

    let mut flow = opened(Purpose::SignIn);
    let told = problem(Code::OrganisationNotInvited, Severity::Error);
    let reply = FlowStateReply { state: FlowState::Failed, problem: Some(told) };
    does(&mut flow, Event::State(1, Ok(reply)), &["close", "failed organisation-not-invited"]);

    // A message that says nothing is none.
    let mut flow = opened(Purpose::SignIn);
    does(&mut flow, said(None, None), &[]);
    assert_eq!(scene(&flow), Some(Scene::Waiting(Sight::Open)));
}

#[test]
fn three_wrong_codes_end_it_and_what_can_be_no_code_costs_no_try() {
    let mut flow = asks_code(Purpose::SignIn);
    for typed in ["", "ABCD", "ABCDEFGHJ", "ABCDEFG0", "ABCDEFGI", "ÄBCDEFGH"] {
        does(&mut flow, Event::Act(Act::Code(typed.into())), &[]);
        assert_eq!(scene(&flow), Some(Scene::Code { wrong: Some(Wrong::Form) }), "{typed}");
    }
    for _ in 0..2 {
        does(&mut flow, Event::Act(Act::Code("ABCDEFGH".into())), &["claim 1 ABCDEFGH"]);
        does(&mut flow, Event::Claimed(1, Err(Fault::Problem(wrong_code()))), &[]);
        assert_eq!(scene(&flow), Some(Scene::Code { wrong: Some(Wrong::Refused(wrong_code())) }));
    }
    does(&mut flow, Event::Act(Act::Code("ABCDEFGH".into())), &["claim 1 ABCDEFGH"]);
    does(&mut flow, Event::Claimed(1, Err(Fault::Problem(wrong_code()))), &["close", "failed flow-code-wrong"]);
    assert_eq!(scene(&flow), None);
}

#[test]
fn codes_are_read_as_people_type_them() {
    for typed in ["ABCDEFGH", "abcdefgh", "ABCD-EFGH", " abcd efgh ", "a b c d – e f g h"] {
        assert_eq!(read_code(typed).as_deref(), Some("ABCDEFGH"), "{typed}");
    }
}

#[test]
fn a_claim_that_fails_otherwise_ends_it() {
    for (fault, expected) in [
        (failed(Code::FlowOver), "failed flow-over"),
        (failed(Code::Internal), "failed internal"),
        (Fault::SignedOut(Absence::Ended), "signed-out"),
    ] {
        let mut flow = asks_code(Purpose::ConnectXero);
        does(&mut flow, Event::Act(Act::Code("ABCDEFGH".into())), &["claim 1 ABCDEFGH"]);
        does(&mut flow, Event::Claimed(1, Err(fault)), &["close", expected]);
    }
}

#[test]
fn nothing_comes_of_it_after_a_quarter_of_an_hour() {
    for mut flow in [opened(Purpose::SignIn), asks_code(Purpose::SignIn)] {
        does(&mut flow, Event::TimeOver(1), &["close", "late"]);
        assert_eq!(scene(&flow), None);
        does(&mut flow, Event::AskDue(1), &[]);
    }
}

#[test]
fn who_cancels_hears_nothing_more() {
    let mut asking = Flow::default();
    asking.update(Event::Begin(Purpose::SignIn));
    for mut flow in [asking, opened(Purpose::SignIn), asks_code(Purpose::SignIn)] {
        does(&mut flow, Event::Act(Act::Cancel), &["close"]);
        assert_eq!(scene(&flow), None);
        does(&mut flow, Event::Address(1, Ok(URL.into())), &[]);
        does(&mut flow, Event::Opened(1, true), &[]);
        does(&mut flow, said(Some("ABCDEFGH"), None), &[]);
        does(&mut flow, state(1, FlowState::Done), &[]);
        does(&mut flow, Event::Claimed(1, Ok(signed_in())), &[]);
        does(&mut flow, Event::Act(Act::Code("ABCDEFGH".into())), &[]);
        does(&mut flow, Event::Act(Act::Again), &[]);
    }
}

#[test]
fn a_second_window_takes_the_place_of_the_first() {
    let mut flow = opened(Purpose::SignIn);
    does(&mut flow, Event::Begin(Purpose::ConnectZoho), &["close", "ask 2 ConnectZoho"]);
    // Whatever was on its way to the first.
    does(&mut flow, Event::Address(1, Ok(URL.into())), &[]);
    does(&mut flow, Event::Closed(1), &[]);
    does(&mut flow, Event::AskDue(1), &[]);
    does(&mut flow, state(1, FlowState::Done), &[]);
    does(&mut flow, Event::TimeOver(1), &[]);
    does(&mut flow, Event::Claimed(1, Err(failed(Code::FlowOver))), &[]);
    assert_eq!(scene(&flow), Some(Scene::Opening));
    does(&mut flow, Event::Address(2, Ok(URL.into())), &["open 2", "ask-soon 2", "end-later 2"]);
    for late in
        [Event::Closed(1), Event::TimeOver(1), Event::AskDue(1), state(1, FlowState::Done), Event::Opened(1, false)]
    {
        does(&mut flow, late, &[]);
    }
    assert_eq!(scene(&flow), Some(Scene::Waiting(Sight::Open)));
    does(&mut flow, state(2, FlowState::Done), &["code-soon 2"]);
    does(&mut flow, Event::CodeDue(1), &[]);
    assert_eq!(scene(&flow), Some(Scene::Claiming));
    does(&mut flow, said(Some("ABCDEFGH"), None), &["claim 2 ABCDEFGH"]);
    does(&mut flow, Event::Claimed(1, Ok(signed_in())), &[]);
    assert_eq!(scene(&flow), Some(Scene::Claiming));
}

#[test]
fn an_address_that_is_refused_ends_it() {
    let mut flow = Flow::default();
    flow.update(Event::Begin(Purpose::ConnectXero));
    does(&mut flow, Event::Address(1, Err(failed(Code::NotAdministrator))), &["close", "failed not-administrator"]);
    flow.update(Event::Begin(Purpose::ConnectXero));
    does(&mut flow, Event::Address(2, Err(Fault::SignedOut(Absence::Ended))), &["close", "signed-out"]);
}

#[test]
fn the_installation_s_key_is_asked_for_and_asked_for_again_when_it_is_another() {
    let needed = || Err(failed(Code::InstallationKeyNeeded));
    let mut flow = Flow::default();
    flow.update(Event::Begin(Purpose::ConnectZoho));
    does(&mut flow, Event::Address(1, needed()), &[]);
    assert_eq!(scene(&flow), Some(Scene::Key { wrong: false }));
    does(&mut flow, Event::TimeOver(1), &[]);
    let key = || Event::Act(Act::Key(Secret("k".into())));
    does(&mut flow, key(), &["ask 1 ConnectZoho key"]);
    does(&mut flow, Event::Address(1, needed()), &[]);
    assert_eq!(scene(&flow), Some(Scene::Key { wrong: true }));
    does(&mut flow, key(), &["ask 1 ConnectZoho key"]);
    does(&mut flow, Event::Address(1, Ok(URL.into())), &["open 1", "ask-soon 1", "end-later 1"]);
    // A code that was lost needs no key again.
    flow.update(state(1, FlowState::Done));
    flow.update(Event::CodeDue(1));
    does(&mut flow, Event::Act(Act::Again), &["close", "ask 2 ConnectZoho key"]);
    // The next window does.
    does(&mut flow, Event::Begin(Purpose::SignIn), &["close", "ask 3 SignIn"]);
    does(&mut flow, Event::Address(3, needed()), &[]);
    does(&mut flow, Event::Act(Act::Cancel), &["close"]);
}

#[test]
fn among_several_organisations_one_is_chosen() {
    let [first, second] = [&tenants()[0].id.clone(), &tenants()[1].id.clone()];
    let mut flow = asks_code(Purpose::ConnectXero);
    does(&mut flow, Event::Act(Act::Code("ABCDEFGH".into())), &["claim 1 ABCDEFGH"]);
    does(&mut flow, Event::Claimed(1, Ok(xero(None, tenants()))), &["close"]);
    let choice = |taken, problem| Some(Scene::Choice { tenants: tenants(), taken, problem });
    assert_eq!(scene(&flow), choice(None, None));
    does(&mut flow, Event::TimeOver(1), &[]);
    // Not one that was not offered.
    let other = shared::id::TenantId::new("3f8e1a52-7f0a-4d65-9b8e-000000000009").unwrap();
    does(&mut flow, Event::Act(Act::Choose(other)), &[]);
    let chooses = format!("choose 1 {second}");
    does(&mut flow, Event::Act(Act::Choose(second.clone())), &[&chooses]);
    assert_eq!(scene(&flow), choice(Some(second.clone()), None));
    does(&mut flow, Event::Act(Act::Choose(first.clone())), &[]);
    does(&mut flow, Event::Act(Act::Cancel), &[]);
    // The weather lets the choice stand.
    does(&mut flow, Event::Claimed(1, Err(failed(Code::RightsUnknown))), &[]);
    let weather = Some(Box::new(problem(Code::RightsUnknown, Severity::Error)));
    assert_eq!(scene(&flow), choice(None, weather));
    does(&mut flow, Event::Act(Act::Choose(second.clone())), &[&chooses]);
    let connected = Some(tenants()[1].clone());
    does(&mut flow, Event::Claimed(1, Ok(xero(connected, Vec::new()))), &["close", "connected"]);
    assert_eq!(scene(&flow), None);

    for code in [Code::FlowOver, Code::OrganisationTaken] {
        let mut flow = opened(Purpose::ConnectXero);
        does(&mut flow, said(Some("ABCDEFGH"), None), &["claim 1 ABCDEFGH"]);
        does(&mut flow, Event::Claimed(1, Ok(xero(None, tenants()))), &["close"]);
        does(&mut flow, Event::Act(Act::Choose(first.clone())), &[&format!("choose 1 {first}")]);
        does(&mut flow, Event::Claimed(1, Err(failed(code))), &["close", &format!("failed {}", code.as_str())]);
    }
    // One that was alone needs no choice.
    let mut flow = opened(Purpose::ConnectXero);
    does(&mut flow, said(Some("ABCDEFGH"), None), &["claim 1 ABCDEFGH"]);
    let connected = Some(tenants()[0].clone());
    does(&mut flow, Event::Claimed(1, Ok(xero(connected, Vec::new()))), &["close", "connected"]);
}
