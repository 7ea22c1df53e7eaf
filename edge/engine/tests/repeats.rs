//! Requests that are sent again: the client has not heard the answer, or somebody has pressed twice.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use crate::support;

use engine::access::rights::Member;
use engine::store::requests::RequestKey;
use engine::sync::Desk;
use sandbox::{World, seed};
use shared::api::runs::{PairChoice, RecordRef, RunRequest, RunState, RunView, Scope};
use shared::module::Module;
use shared::problem::Code;
use shared::settings::{Direction, PrimaryContactRule, SettingChange};
use support::{ADMIN, BASE, Stage};

const SALES: &str = "sam@bluegum.example";

fn key(text: &str) -> RequestKey {
    RequestKey::new(text).unwrap()
}

fn of_records(ids: &[&str]) -> RunRequest {
    let module = Module::Accounts;
    let records = ids.iter().map(|id| RecordRef { module, id: (*id).to_owned() }).collect();
    let pairs = vec![PairChoice { module, direction: Direction::Both }];
    RunRequest { pairs, scope: Scope::Records(records), preview: false }
}

fn runs(stage: &Stage) -> i64 {
    stage.number("SELECT count(*) FROM runs")
}

/// Carries the run under way on to its end.
fn finish(stage: &Stage, desk: &Desk, user: &Member, run: &str) -> RunView {
    stage.take_steps_of_run(desk, user);
    stage.run(stage.engine(desk).run(user, run)).unwrap()
}

#[test]
fn a_run_that_is_asked_for_twice_under_one_key_is_one() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let desk = Desk::default();
    let engine = stage.engine(&desk);
    let wanted = of_records(&[seed::FIRST_ACCOUNT]);
    let first = stage.run(engine.start_run_once(&ana, &wanted, &key("first-key"))).unwrap();
    let again = stage.run(engine.start_run_once(&ana, &wanted, &key("first-key"))).unwrap();
    assert_eq!(again, first);
    assert_eq!(runs(&stage), 1);
    // Another key is another request.
    let other = stage.run(engine.start_run_once(&ana, &wanted, &key("other-key"))).unwrap_err();
    assert_eq!(other.problem.code, Code::RunInProgress);
    // What was refused was not done: the same request is welcome later.
    let done = finish(&stage, &desk, &ana, &first.id);
    assert_eq!(done.state, RunState::Done);
    let again = stage.run(engine.start_run_once(&ana, &wanted, &key("first-key"))).unwrap();
    assert_eq!((again.id, again.state), (first.id, RunState::Done), "it does not begin once more");
    let second = stage.run(engine.start_run_once(&ana, &wanted, &key("other-key"))).unwrap();
    assert_eq!((second.state, runs(&stage)), (RunState::Running, 2));
}

#[test]
fn a_key_is_its_user_s_and_its_kind_s_alone() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let sam = stage.sign_in(SALES);
    let desk = Desk::default();
    let engine = stage.engine(&desk);
    let wanted = of_records(&[seed::FIRST_ACCOUNT]);
    let hers = stage.run(engine.start_run_once(&ana, &wanted, &key("some-key"))).unwrap();
    finish(&stage, &desk, &ana, &hers.id);
    let his = stage.run(engine.start_run_once(&sam, &wanted, &key("some-key"))).unwrap();
    assert_ne!(his.id, hers.id);
    finish(&stage, &desk, &sam, &his.id);
    let refused = stage.run(engine.retry_run_once(&ana, &hers.id, &key("some-key"))).unwrap_err();
    assert_eq!(refused.problem.code, Code::InvalidRequest, "nothing of it failed, and it is not the run of that name");
    // Nor is it a name for something else: whoever asks for other records gets a run of those.
    let other = of_records(&[seed::FIRST_ACCOUNT, seed::FIRST_PRODUCT]);
    let others = stage.run(engine.start_run_once(&ana, &other, &key("some-key"))).unwrap();
    assert_ne!(others.id, hers.id);
    finish(&stage, &desk, &ana, &others.id);
    let refused =
        stage.run(engine.retry_run_once(&ana, "1796021100754-2644d24f3c353475", &key("some-key"))).unwrap_err();
    assert_eq!(refused.problem.code, Code::RunUnknown, "a run that there is not");
}

#[test]
fn a_preview_begins_once_however_often_it_is_started() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let desk = Desk::default();
    let engine = stage.engine(&desk);
    let wanted = RunRequest { preview: true, ..of_records(&[seed::FIRST_ACCOUNT]) };
    let preview = stage.run(engine.start_run_once(&ana, &wanted, &key("a-preview"))).unwrap();
    assert_eq!(preview.state, RunState::Ready);
    let begun = stage.run(engine.begin_run(&ana, &preview.id)).unwrap();
    assert_eq!(stage.run(engine.begin_run(&ana, &preview.id)).unwrap(), begun);
    let done = finish(&stage, &desk, &ana, &preview.id);
    assert_eq!(stage.run(engine.begin_run(&ana, &preview.id)).unwrap(), done);
    assert_eq!(runs(&stage), 1);
}

#[test]
fn a_change_that_is_sent_again_does_not_undo_what_somebody_has_chosen_meanwhile() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let desk = Desk::default();
    let engine = stage.engine(&desk);
    let rule = |rule| SettingChange::PrimaryContact { rule };
    let change = |wanted: &SettingChange, name: &str| {
        stage.run(engine.change_setting_once(&ana, wanted, &key(name))).unwrap();
        stage.settings().parties.primary_contact
    };
    assert_eq!(change(&rule(PrimaryContactRule::Require), "change-one"), PrimaryContactRule::Require);
    let version = stage.settings_version();
    assert_eq!(change(&rule(PrimaryContactRule::Warn), "change-two"), PrimaryContactRule::Warn);
    assert_eq!(change(&rule(PrimaryContactRule::Require), "change-one"), PrimaryContactRule::Warn, "it was done");
    assert_eq!(stage.settings_version(), version + 1);
    // What is so already is nobody's change.
    let audit = stage.texts("SELECT detail FROM audit WHERE action = 'change-setting'").len();
    assert_eq!(change(&rule(PrimaryContactRule::Warn), "change-three"), PrimaryContactRule::Warn);
    assert_eq!(stage.settings_version(), version + 1);
    assert_eq!(stage.texts("SELECT detail FROM audit WHERE action = 'change-setting'").len(), audit);
}

#[test]
fn a_name_is_known_for_a_day() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let desk = Desk::default();
    let engine = stage.engine(&desk);
    let wanted = of_records(&[seed::FIRST_ACCOUNT]);
    let first = stage.run(engine.start_run_once(&ana, &wanted, &key("first-key"))).unwrap();
    finish(&stage, &desk, &ana, &first.id);
    for (hours, expected) in [(23, 1), (2, 2)] {
        stage.advance(hours * 3_600);
        stage.run(engine::purge::purge(&stage)).unwrap();
        let ana = stage.sign_in(ADMIN);
        stage.run(engine.start_run_once(&ana, &wanted, &key("first-key"))).unwrap();
        assert_eq!(runs(&stage), expected, "after {hours} more hours");
    }
}
