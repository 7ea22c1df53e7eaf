//! Rights are as of now.

use crate::support::{ADMIN, BASE, Stage, id};
use crate::{SALES, allow, hide};
use engine::access::rights::Member;
use engine::access::{leavers, sign_in};
use engine::runs::Next;
use engine::sync::Desk;
use sandbox::{World, seed};
use sandbox_zoho::{Deactivated, ProfilesFor, Standing, Trouble};
use serde_json::json;
use shared::api::Outcome;
use shared::api::runs::{PairChoice, RecordRef, RunRequest, RunState, Scope};
use shared::module::Module;
use shared::problem::Code;
use shared::settings::Direction;

#[test]
fn a_demoted_administrator_is_one_no_more_within_ten_minutes_and_for_a_change_at_once() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let session = stage.session_of(&ana);
    let desk = Desk::default();
    let engine = stage.engine(&desk);
    assert!(stage.run(engine.member(&session)).unwrap().administers());
    stage.world.borrow_mut().zoho.set_profile(ADMIN, "Standard");
    // An answer is used for ten minutes at most…
    stage.advance(601);
    let member = stage.run(engine.member(&session)).unwrap();
    assert_eq!(member.administrator().unwrap_err().problem.code, Code::NotAdministrator);
    assert_eq!(member.viewer().only(), Some(&ana.id), "the log of others is closed, too");
    // … and for what changes something not at all.
    stage.world.borrow_mut().zoho.set_profile(ADMIN, "Administrator");
    assert!(stage.run(engine.member_now(&session)).unwrap().administers());
    stage.world.borrow_mut().zoho.set_profile(ADMIN, "Standard");
    assert!(!stage.run(engine.member_now(&session)).unwrap().administers());
    assert!(!stage.run(engine.member(&session)).unwrap().administers(), "what was heard last counts");
}

#[test]
fn one_answer_serves_ten_minutes_of_requests() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let session = stage.session_of(&ana);
    let desk = Desk::default();
    let engine = stage.engine(&desk);
    let mark = stage.world.borrow().mark();
    for _ in 0..20 {
        stage.run(engine.member(&session)).unwrap();
        stage.advance(29);
    }
    assert_eq!(stage.world.borrow().calls_since(mark).len(), 2, "the user, and what the profile allows");
}

#[test]
fn who_leaves_the_organisation_is_signed_out_everywhere_at_once() {
    for answer in [Deactivated::AuthenticationFailure, Deactivated::InvalidToken, Deactivated::ShownAsDisabled] {
        for standing in [Standing::Deactivated, Standing::Removed] {
            let (stage, _) = Stage::connected(World::standard(BASE));
            let (first, second) = (stage.session(SALES), stage.session(SALES));
            let others = stage.session("rita@bluegum.example");
            let desk = Desk::default();
            let engine = stage.engine(&desk);
            stage.run(engine.member(&first)).unwrap();
            stage.world.borrow_mut().zoho.answers_mut().deactivated = answer;
            assert!(stage.world.borrow_mut().zoho.set_standing(SALES, standing));
            stage.advance(601);
            let refused = stage.run(engine.member(&first)).unwrap_err();
            assert_eq!(refused.problem.code, Code::SessionExpired, "{answer:?} {standing:?}");
            assert_eq!(stage.number(&format!("SELECT count(*) FROM sessions WHERE user = '{}'", first.user.id)), 0);
            assert!(stage.run(engine.member(&second)).is_err());
            let grant = format!("SELECT count(*) FROM grants WHERE id LIKE 'zoho:%:{}'", first.user.id);
            assert_eq!(stage.number(&grant), 0, "the dead grant is forgotten");
            stage.run(engine.member(&others)).unwrap();
        }
    }
}

#[test]
fn a_click_that_meets_a_dead_grant_signs_out_too() {
    let (stage, _) = Stage::connected(World::standard(BASE));
    let sam = stage.sign_in(SALES);
    stage.world.borrow_mut().zoho.set_standing(SALES, Standing::Deactivated);
    let refused = stage.try_click(&sam, Module::Accounts, seed::FIRST_ACCOUNT).unwrap_err();
    assert_eq!(refused.problem.code, Code::SessionExpired);
    assert_eq!(stage.number(&format!("SELECT count(*) FROM sessions WHERE user = '{}'", sam.id)), 0);
}

#[test]
fn a_stale_token_is_renewed_once_and_ends_nothing() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let session = stage.session_of(&ana);
    stage.world.borrow_mut().zoho.expire_access_tokens();
    let desk = Desk::default();
    assert!(stage.run(stage.engine(&desk).member_now(&session)).unwrap().administers());
}

#[test]
fn a_throttle_or_an_outage_ends_nothing_and_opens_nothing() {
    for trouble in [Trouble::Throttled, Trouble::Outage] {
        let (stage, ana) = Stage::connected(World::standard(BASE));
        let session = stage.session_of(&ana);
        let desk = Desk::default();
        let engine = stage.engine(&desk);
        stage.run(engine.member(&session)).unwrap();
        stage.world.borrow_mut().zoho.set_trouble(ADMIN, Some(trouble));
        stage.advance(300);
        stage.run(engine.member(&session)).expect("what was heard five minutes ago is good");
        stage.advance(301);
        let refused = stage.run(engine.member(&session)).unwrap_err();
        assert_eq!(refused.problem.code, Code::RightsUnknown, "{trouble:?}");
        assert!(refused.problem.why.contains("UTC"), "it says since when: {}", refused.problem.why);
        assert_eq!(stage.run(engine.member_now(&session)).unwrap_err().problem.code, Code::RightsUnknown);
        assert!(stage.number("SELECT count(*) FROM sessions") > 0, "{trouble:?}: nobody is signed out");
        stage.world.borrow_mut().zoho.set_trouble(ADMIN, None);
        stage.advance(601);
        stage.run(engine.member(&session)).unwrap();
    }
}

#[test]
fn administrators_are_known_by_what_their_profile_allows() {
    let (stage, _) = Stage::connected(World::standard(BASE));
    let is_administrator = |profile: &str| {
        assert!(stage.world.borrow_mut().zoho.set_profile(SALES, profile), "{profile}");
        stage.sign_in(SALES).administers()
    };
    {
        let zoho = &mut stage.world.borrow_mut().zoho;
        zoho.clone_profile("Administrator", "Office").unwrap();
        zoho.clone_profile("Administrator", "Verwaltung").unwrap();
        for (name, lacking) in [("No users", 0), ("No profiles", 1), ("No customising", 2)] {
            zoho.clone_profile("Administrator", name).unwrap();
            let profile = zoho.profile_named_mut(name).unwrap();
            match lacking {
                0 => profile.manages_users = false,
                1 => profile.manages_profiles = false,
                _ => profile.customises = false,
            }
        }
    }
    for (profile, wanted) in [
        ("Administrator", true),
        ("Office", true),
        ("Verwaltung", true),
        ("Standard", false),
        ("No users", false),
        ("No profiles", false),
        ("No customising", false),
    ] {
        assert_eq!(is_administrator(profile), wanted, "{profile}");
    }
    // Where Zoho tells nothing of profiles, only its own one counts.
    stage.world.borrow_mut().zoho.answers_mut().profiles = ProfilesFor::Nobody;
    for (profile, wanted) in [("Administrator", true), ("Office", false), ("Standard", false)] {
        assert_eq!(is_administrator(profile), wanted, "{profile}");
    }
}

#[test]
fn an_administrator_takes_another_one_out() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    stage.world.borrow_mut().zoho.set_profile(SALES, "Administrator");
    let sam = stage.administrator(SALES);
    let session = stage.session_of(&sam);
    let desk = Desk::default();
    let engine = stage.engine(&desk);
    let named = stage.run(engine.administrators(&ana)).unwrap();
    assert!(named.by_permissions);
    assert_eq!(named.administrators.iter().filter(|one| !one.taken_out).count(), 2, "{named:?}");
    let named = stage.run(engine.count_administrator(&ana, &sam.id, false)).unwrap();
    assert!(named.administrators.iter().any(|one| one.id == sam.id && one.taken_out));
    let out = stage.run(engine.member(&session)).unwrap();
    assert!(!out.administers());
    // In the CRM he is one: he is told who took it from him, and not that Zoho did.
    assert_eq!(out.administrator().unwrap_err().problem.code, Code::TakenOut);
    assert!(stage.run(engine.count_administrator(&ana, &ana.id, false)).is_err(), "somebody is left");
    stage.run(engine.count_administrator(&ana, &sam.id, true)).unwrap();
    let noted =
        stage.texts("SELECT action || ': ' || detail FROM audit WHERE action LIKE '%administrator%' ORDER BY id");
    assert_eq!(noted, [format!("take-administrator-out: {}", sam.name), format!("count-administrator: {}", sam.name)]);
    assert!(stage.run(engine.member(&session)).unwrap().administers());
}

fn chosen(records: &[&str]) -> RunRequest {
    let records = records.iter().map(|id| RecordRef { module: Module::Accounts, id: (*id).to_owned() }).collect();
    let pairs = vec![PairChoice { module: Module::Accounts, direction: Direction::ToXero }];
    RunRequest { pairs, scope: Scope::Records(records), preview: false }
}

#[test]
fn a_run_of_chosen_records_never_gets_more_than_its_chooser_has() {
    for standing in [Standing::Deactivated, Standing::Removed] {
        let (stage, ana) = Stage::connected(World::standard(BASE));
        let sam = stage.sign_in(SALES);
        let desk = Desk::default();
        let engine = stage.engine(&desk);
        let run = stage.run(engine.start_run(&sam, &chosen(&[seed::FIRST_ACCOUNT]))).unwrap();
        stage.world.borrow_mut().zoho.set_standing(SALES, standing);
        stage.advance(601);
        assert_eq!(stage.run(engine.advance(&ana.org)), Next::Idle, "{standing:?}");
        let run = stage.run(engine.run(&ana, &run.id)).unwrap();
        assert_eq!(run.state, RunState::Failed);
        assert_eq!(run.problem.unwrap().code, Code::SessionExpired);
        assert!(stage.all_xero("Contacts").iter().all(|contact| !contact["ContactNumber"].is_string()));
    }
    // Erased from our own tables, too, it does not go on with the connection's rights.
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let sam = stage.sign_in(SALES);
    let desk = Desk::default();
    stage.run(stage.engine(&desk).start_run(&sam, &chosen(&[seed::FIRST_ACCOUNT]))).unwrap();
    stage.execute(&format!("DELETE FROM users WHERE id = '{}'", sam.id));
    stage.run(stage.engine(&desk).advance(&ana.org));
    assert!(stage.all_xero("Contacts").iter().all(|contact| !contact["ContactNumber"].is_string()));
}

#[test]
fn a_run_that_a_leaver_began_ends_with_them() {
    for standing in [Standing::Deactivated, Standing::Removed] {
        let (stage, ana) = Stage::connected(World::standard(BASE));
        stage.world.borrow_mut().zoho.set_profile(SALES, "Administrator");
        let sam = stage.sign_in(SALES);
        let desk = Desk::default();
        let run = stage.start_run(&desk, &sam, &[Module::Products], Direction::ToXero, Scope::Everything);
        stage.world.borrow_mut().zoho.set_standing(SALES, standing);
        stage.advance(601);
        stage.take_steps_of_run(&desk, &ana);
        let run = stage.run(stage.engine(&desk).run(&ana, &run.id)).unwrap();
        assert_eq!(run.state, RunState::Failed, "{:?}", run.counts);
        assert_eq!(run.problem.unwrap().code, Code::RunOfLeaver);
    }
}

#[test]
fn a_run_keeps_the_right_with_which_it_was_begun() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    stage.world.borrow_mut().zoho.set_profile(SALES, "Administrator");
    let sam = stage.sign_in(SALES);
    let desk = Desk::default();
    let run = stage.start_run(&desk, &sam, &[Module::Products], Direction::ToXero, Scope::Everything);
    stage.world.borrow_mut().zoho.set_profile(SALES, "Standard");
    stage.advance(601);
    stage.take_steps_of_run(&desk, &ana);
    assert_eq!(stage.run(stage.engine(&desk).run(&ana, &run.id)).unwrap().state, RunState::Done);
    // What another administrator begins is theirs, whoever listed it.
    stage.world.borrow_mut().zoho.set_profile(SALES, "Administrator");
    stage.advance(601);
    let sam = stage.sign_in(SALES);
    let pairs = vec![PairChoice { module: Module::Products, direction: Direction::ToXero }];
    let request = RunRequest { pairs, scope: Scope::Everything, preview: true };
    let listed = stage.run(stage.engine(&desk).start_run(&sam, &request)).unwrap();
    stage.take_steps_of_run(&desk, &ana);
    stage.run(stage.engine(&desk).begin_run(&ana, &listed.id)).unwrap();
    stage.world.borrow_mut().zoho.set_standing(SALES, Standing::Removed);
    stage.advance(601);
    stage.take_steps_of_run(&desk, &ana);
    assert_eq!(stage.run(stage.engine(&desk).run(&ana, &listed.id)).unwrap().state, RunState::Done);
}

#[test]
fn a_former_administrator_begins_and_ends_no_run() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let session = stage.session_of(&ana);
    let desk = Desk::default();
    let engine = stage.engine(&desk);
    let pairs = vec![PairChoice { module: Module::Products, direction: Direction::ToXero }];
    let request = RunRequest { pairs, scope: Scope::Everything, preview: true };
    let preview = stage.run(engine.start_run(&ana, &request)).unwrap();
    stage.take_steps_of_run(&desk, &ana);
    stage.world.borrow_mut().zoho.set_profile(ADMIN, "Standard");
    let former = stage.run(engine.member_now(&session)).unwrap();
    for attempt in [
        stage.run(engine.begin_run(&former, &preview.id)),
        stage.run(engine.cancel_run(&former, &preview.id)),
        stage.run(engine.retry_run(&former, &preview.id)),
        stage.run(engine.start_run(&former, &RunRequest { preview: false, ..request })),
    ] {
        assert!(matches!(attempt.unwrap_err().problem.code, Code::NotAdministrator | Code::InvalidRequest));
    }
    assert_eq!(stage.run(engine.run(&ana, &preview.id)).unwrap().state, RunState::Ready);
}

#[test]
fn the_connection_outlives_its_connector_s_sessions_and_strangers_grants_do_not() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let sam = stage.session(SALES);
    let desk = Desk::default();
    // The administrator signs out everywhere and stays away for 40 days; so does Sam.
    stage.run(stage.engine(&desk).end_sessions_of(&ana, Some(&ana.id))).unwrap();
    stage.execute(&format!("DELETE FROM sessions WHERE user = '{}'", sam.user.id));
    let grant = |user: &str| stage.number(&format!("SELECT count(*) FROM grants WHERE id = 'zoho:{}:{user}'", ana.org));
    for day in 1..=40 {
        stage.advance(86_400);
        stage.run(leavers::round(&stage, &stage.config)).unwrap();
        let kept = i64::from(day <= 30);
        assert_eq!((grant(sam.user.id.as_str()), grant(ana.id.as_str())), (kept, kept), "day {day}");
        // As the clock does: Xero's refresh tokens live 60 days, the CRM's do not age.
        stage.run(stage.engine(&desk).wake(&ana.org)).unwrap();
    }
    let tokens = stage.world.borrow().zoho.refresh_token_count(sandbox::ZOHO_CLIENT.0);
    assert_eq!(tokens, 1, "Sam's is given back, and the connection's lives");
    let desk = Desk::default();
    stage.run(stage.engine(&desk).start_scheduled(&ana.org)).unwrap();
    let steps = stage.take_steps_of_run(&desk, &ana);
    assert!(!steps.is_empty());
    let failed = stage.number("SELECT count(*) FROM entries WHERE outcome = 'failed' AND problem LIKE 'zoho-%'");
    assert_eq!(failed, 0);
    assert!(stage.number("SELECT count(*) FROM entries WHERE outcome = 'created'") > 0);
}

#[test]
fn sessions_are_listed_and_ended_by_those_they_concern() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let (own, _other) = (stage.session(SALES), stage.session(SALES));
    let sam = stage.member(&own).unwrap();
    let desk = Desk::default();
    let engine = stage.engine(&desk);
    let seen = stage.run(engine.sessions(&sam)).unwrap().sessions;
    assert_eq!(seen.len(), 2);
    assert!(
        seen.iter().all(|session| session.user == sam.id) && seen.iter().filter(|session| session.own).count() == 1
    );
    let all = stage.run(engine.sessions(&ana)).unwrap().sessions;
    assert!(all.len() >= 3);
    // Nobody ends another's.
    let anas = all.iter().find(|session| session.user == ana.id).unwrap();
    stage.run(engine.end_session(&sam, &anas.id)).unwrap();
    assert_eq!(stage.run(engine.sessions(&ana)).unwrap().sessions.len(), all.len());
    for user in [Some(&ana.id), None] {
        let refused = stage.run(engine.end_sessions_of(&sam, user)).unwrap_err();
        assert_eq!(refused.problem.code, Code::NotAdministrator);
    }
    let not_this = seen.iter().find(|session| !session.own).unwrap();
    stage.run(engine.end_session(&sam, &not_this.id)).unwrap();
    assert_eq!(stage.run(engine.sessions(&sam)).unwrap().sessions.len(), 1);
    // What an administrator ends of somebody else's is noted; what somebody ends of their own is not.
    let noted = || stage.texts("SELECT action || ' ' || detail FROM audit WHERE action LIKE 'end-session%'");
    assert_eq!(noted(), Vec::<String>::new());
    stage.session(SALES);
    let another = stage.run(engine.sessions(&ana)).unwrap().sessions;
    let another = another.iter().find(|session| session.user == sam.id).unwrap();
    stage.run(engine.end_session(&ana, &another.id)).unwrap();
    stage.run(engine.end_session(&ana, &another.id)).unwrap();
    assert_eq!(noted(), [format!("end-session {}", sam.name)]);
    stage.session(SALES);
    stage.run(engine.end_sessions_of(&ana, Some(&sam.id))).unwrap();
    assert!(stage.run(engine.still_signed_in(&sam)).is_err(), "a stream ends with its session");
    stage.run(engine.still_signed_in(&ana)).unwrap();
    stage.run(engine.end_sessions_of(&ana, None)).unwrap();
    assert_eq!(stage.number("SELECT count(*) FROM sessions"), 0);
    assert!(stage.run(sign_in::authenticate(&stage, &stage.config, Some("a token"))).is_err());
}

#[test]
fn what_a_click_of_a_member_does_needs_an_answer_of_zoho_and_no_table() {
    // A row that somebody writes into our own tables makes nobody an administrator.
    let (stage, _) = Stage::connected(World::standard(BASE));
    let columns =
        stage.texts("SELECT name FROM pragma_table_info('users') UNION SELECT name FROM pragma_table_info('sessions')");
    assert!(columns.iter().all(|column| !column.contains("admin") && !column.contains("right")), "{columns:?}");
    let sam = stage.sign_in(SALES);
    assert_eq!(stage.click(&sam, Module::Accounts, seed::FIRST_ACCOUNT).entry.outcome, Outcome::Created);
    assert!(id(seed::FIRST_ACCOUNT).as_str().len() > 10);
}

#[test]
fn a_connection_that_sees_less_ends_its_runs_and_calls_nothing_deleted() {
    // By what the profile allows where Zoho tells it, and by Zoho's own profile where it does not.
    for profiles in [ProfilesFor::Managers, ProfilesFor::Nobody] {
        let (stage, ana) = Stage::connected(World::standard(BASE));
        stage.world.borrow_mut().zoho.answers_mut().profiles = profiles;
        let chief = "cleo@bluegum.example";
        stage.world.borrow_mut().zoho.add_user("Cleo", "Chief", chief, "Administrator").unwrap();
        let cleo = stage.administrator(chief);
        let everything = |user: &Member| stage.run_all(user, &[Module::Accounts], Direction::Both, Scope::Everything);
        assert_eq!(everything(&cleo).state, RunState::Done);
        // Ana, who connected the CRM, sees her own records from now on.
        stage.world.borrow_mut().zoho.set_profile(ADMIN, "Restricted");
        let id = stage.world.borrow().zoho.records("Accounts")[0]["id"].as_str().unwrap().to_owned();
        stage
            .world
            .borrow_mut()
            .zoho
            .update(Module::Accounts.api_name(), &id, &json!({ "Phone": "02 5550 1234" }))
            .unwrap();
        let run = everything(&cleo);
        assert_eq!(run.state, RunState::Failed, "{profiles:?}");
        let problem = run.problem.unwrap();
        assert_eq!(problem.code, Code::ConnectionSeesLess);
        assert!(problem.what.contains("Ana Admin"), "{}", problem.what);
        assert_eq!(stage.entries_of(&run.id), [], "nothing is said to be gone");
        // Another administrator connects: what has changed meanwhile is taken up.
        stage.connect_crm(chief);
        let run = everything(&cleo);
        assert_eq!((run.state, run.problem), (RunState::Done, None));
        assert!(stage.entries_of(&run.id).iter().any(|entry| entry.record_id == id));
        drop(ana);
    }
}

/// Sam administers by a profile of the organisation's own, until that profile is cut down.
fn office(stage: &Stage) {
    let zoho = &mut stage.world.borrow_mut().zoho;
    zoho.clone_profile("Administrator", "Office").unwrap();
    zoho.set_profile(SALES, "Office");
}

fn cut_office_down(stage: &Stage) {
    stage.world.borrow_mut().zoho.profile_named_mut("Office").unwrap().set_administrator(false);
}

#[test]
fn a_profile_that_is_cut_down_makes_no_administrator_for_a_change_at_once() {
    let (stage, _) = Stage::connected(World::standard(BASE));
    office(&stage);
    let session = stage.session(SALES);
    let desk = Desk::default();
    let engine = stage.engine(&desk);
    assert!(stage.run(engine.member_now(&session)).unwrap().administers());
    cut_office_down(&stage);
    stage.advance(300);
    let now = stage.run(engine.member_now(&session)).unwrap();
    assert!(!now.administers(), "Zoho says so at this very moment, and was asked for a change");
}

#[test]
fn a_profile_that_is_cut_down_makes_no_administrator_after_ten_minutes() {
    let (stage, _) = Stage::connected(World::standard(BASE));
    office(&stage);
    let session = stage.session(SALES);
    let desk = Desk::default();
    let engine = stage.engine(&desk);
    assert!(stage.run(engine.member(&session)).unwrap().administers());
    cut_office_down(&stage);
    // Any change that Sam tries renews the word on the user, and not the one on the profile.
    stage.advance(595);
    _ = stage.run(engine.member_now(&session));
    stage.advance(590);
    let later = stage.run(engine.member(&session)).unwrap();
    assert!(!later.administers(), "almost twenty minutes later");
}

#[test]
fn a_profile_that_may_edit_no_more_writes_no_more_after_ten_minutes() {
    let (stage, _) = Stage::connected(World::standard(BASE));
    let session = stage.session(SALES);
    let desk = Desk::default();
    let engine = stage.engine(&desk);
    stage.run(engine.member(&session)).unwrap();
    allow(&stage, |profile| _ = profile.read_only_modules.insert("Accounts".to_owned()));
    stage.world.borrow_mut().zoho.answers_mut().editable = sandbox_zoho::Editable::SharedForWriting;
    stage.advance(595);
    _ = stage.run(engine.member_now(&session));
    stage.advance(590);
    let sam = stage.run(engine.member(&session)).unwrap();
    assert_ne!(sam.edits(Module::Accounts), Some(true), "almost twenty minutes later");
}

#[test]
fn two_administrators_do_not_take_each_other_out() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    stage.world.borrow_mut().zoho.set_profile(SALES, "Administrator");
    let sam = stage.administrator(SALES);
    let desk = Desk::default();
    let engine = stage.engine(&desk);
    // Both were let in before either has done anything: two requests at the same time.
    let first = stage.run(engine.count_administrator(&ana, &sam.id, false));
    let second = stage.run(engine.count_administrator(&sam, &ana.id, false));
    let left = stage.run(engine.administrators(&ana)).unwrap().administrators;
    assert!(left.iter().any(|one| !one.taken_out), "nobody is left: {first:?} {second:?}");
}

#[test]
fn a_dead_connection_signs_nobody_else_out() {
    let (stage, _) = Stage::connected(World::standard(BASE));
    hide(&stage, "Accounts", "Phone");
    let sam = stage.sign_in(SALES);
    let sessions = format!("SELECT count(*) FROM sessions WHERE user = '{}'", sam.id);
    assert!(stage.number(&sessions) > 0);
    // Whoever connected the CRM leaves; Sam is there as before.
    stage.world.borrow_mut().zoho.set_standing(ADMIN, Standing::Deactivated);
    let refused = stage.try_click(&sam, Module::Accounts, seed::FIRST_ACCOUNT).map(|reply| reply.entry.problems);
    assert!(stage.number(&sessions) > 0, "Sam is signed out everywhere: {refused:?}");
    let grant = format!("SELECT count(*) FROM grants WHERE id LIKE 'zoho:%:{}'", sam.id);
    assert_eq!(stage.number(&grant), 1, "Sam's grant is alive");
}
