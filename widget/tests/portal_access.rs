//! The access screen: what is asked first, what is done at once, and what is left when something fails.
#![allow(clippy::unwrap_used, reason = "a test may panic")]
#![cfg(not(target_arch = "wasm32"))]

use chrono::DateTime;
use shared::api::portal::{AdministratorView, AdministratorsView, ProfileView, SettingsView};
use shared::api::{InvitationView, InvitationsView, Page, SessionRow, SessionsView};
use shared::id::{OrgId, ZohoId};
use shared::problem::{self, Code};
use shared::settings::{Settings, UpTo};
use widget::fault::Fault;
use widget::portal::access::state::{AccessState, Change, Circle, Effect, Msg, Part, Question, Work, browser, update};

fn user(id: &str) -> ZohoId {
    ZohoId::new(id).unwrap()
}

fn org(id: &str) -> OrgId {
    OrgId::new(id).unwrap()
}

fn session(id: &str, of: &str, own: bool) -> SessionRow {
    let at = DateTime::UNIX_EPOCH;
    let (name, browser) = (of.to_owned(), String::new());
    SessionRow { id: id.into(), user: user(of), name, own, began_at: at, seen_at: at, browser, page: None }
}

fn fault() -> Fault {
    Fault::Problem(Box::new(problem::of(Code::Internal, &[])))
}

fn invitations(orgs: &[&str]) -> InvitationsView {
    let one = |id: &&str| InvitationView { org: org(id), name: None, by: "Ana".into(), at: DateTime::UNIX_EPOCH };
    InvitationsView { owner: true, invitations: orgs.iter().map(one).collect() }
}

/// A screen on which everything was read.
fn shown() -> AccessState {
    let mut model = AccessState::default();
    let sessions = vec![session("s1", "1", true), session("s2", "1", false), session("s3", "2", false)];
    update(&mut model, Msg::Sessions(Ok(SessionsView { sessions })));
    let sam = AdministratorView { id: user("2"), name: "Sam".into(), profile: "Admin".into(), taken_out: false };
    let view = AdministratorsView { administrators: vec![sam], by_permissions: true, profiles: Vec::new() };
    update(&mut model, Msg::Administrators(Ok(view)));
    update(&mut model, Msg::Invitations(Ok(invitations(&["eu.60001"]))));
    model
}

#[test]
fn sessions_that_look_the_same_are_numbered() {
    let chrome = "Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36";
    let row = |id: &str, of: &str, second: i64, page: Option<Page>| SessionRow {
        began_at: DateTime::from_timestamp(second, 0).unwrap(),
        browser: chrome.into(),
        page,
        ..session(id, of, false)
    };
    let panel = Some(Page::Panel);
    let sessions = vec![
        // Last used first, which is not the order in which they began.
        row("later", "1", 50, panel),
        row("first", "1", 10, panel),
        row("same second", "1", 50, panel),
        row("in the portal", "1", 10, Some(Page::Portal)),
        row("a minute on", "1", 70, panel),
        row("somebody else's", "2", 10, panel),
        SessionRow { browser: chrome.replace("140", "141"), ..row("another version", "1", 20, panel) },
    ];
    let mut model = AccessState::default();
    update(&mut model, Msg::Sessions(Ok(SessionsView { sessions: sessions.clone() })));
    let numbers: Vec<_> = sessions.iter().map(|one| model.number_of(one)).collect();
    assert_eq!(numbers, [Some(3), Some(1), Some(4), None, None, None, Some(2)]);
    for (told, page) in [("panel", panel), ("/panel/button", panel), ("/portal/log", Some(Page::Portal))] {
        assert_eq!(Page::of(told), page, "{told}");
    }
    assert_eq!((Page::of("1"), Page::of(""), Page::of("/panels")), (None, None, None));
}

#[test]
fn a_session_is_ended_at_once_and_everybody_s_after_a_question() {
    let mut model = shown();
    assert_eq!(model.count_of(&user("1")), 2);
    let end = Work::End("s3".into());
    assert_eq!(update(&mut model, Msg::Do(end.clone())), vec![Effect::Do(end.clone())]);
    // One thing at a time.
    assert_eq!(update(&mut model, Msg::Do(Work::EndAll(Some(user("2"))))), vec![]);
    assert_eq!(update(&mut model, Msg::Ask(Question::EndAll)), vec![]);
    assert_eq!(model.asked, None);
    // The own one may have been among them.
    let after = |work| vec![Effect::Say(work), Effect::ReadSession, Effect::Read(Part::Sessions)];
    assert_eq!(update(&mut model, Msg::Ended(Ok(()))), after(end));

    update(&mut model, Msg::Ask(Question::EndAll));
    assert_eq!(update(&mut model, Msg::Answered(false)), vec![]);
    update(&mut model, Msg::Ask(Question::EndAll));
    let all = Work::EndAll(None);
    assert_eq!(update(&mut model, Msg::Answered(true)), vec![Effect::Do(all.clone())]);
    assert_eq!(update(&mut model, Msg::Answered(true)), vec![], "once");
    assert_eq!(update(&mut model, Msg::Ended(Ok(()))), after(all));
}

#[test]
fn what_fails_is_told_at_its_part_and_leaves_what_is_known() {
    let mut model = shown();
    update(&mut model, Msg::Do(Work::End("s3".into())));
    assert_eq!(update(&mut model, Msg::Ended(Err(fault()))), vec![]);
    assert_eq!((model.fault(Part::Sessions), model.fault(Part::Administrators)), (Some(&fault()), None));
    assert!(model.work.is_none() && model.sessions.is_some());
    assert_eq!(update(&mut model, Msg::Read(Part::Sessions)), vec![Effect::Read(Part::Sessions)]);
    assert_eq!(model.fault(Part::Sessions), None);
    update(&mut model, Msg::Do(Work::Count(user("2"), false)));
    update(&mut model, Msg::Administrators(Err(fault())));
    assert!(model.work.is_none() && model.administrators.is_some() && model.fault(Part::Administrators).is_some());
    // A reading that ends meanwhile does not end what is being done elsewhere.
    update(&mut model, Msg::Do(Work::Count(user("2"), false)));
    update(&mut model, Msg::Invitations(Ok(invitations(&[]))));
    assert!(model.work.is_some());
}

#[test]
fn an_administrator_is_taken_out_and_counts_again() {
    let mut model = shown();
    for counts in [false, true] {
        let work = Work::Count(user("2"), counts);
        assert_eq!(update(&mut model, Msg::Do(work.clone())), vec![Effect::Do(work.clone())]);
        let view = model.administrators.clone().unwrap();
        assert_eq!(update(&mut model, Msg::Administrators(Ok(view))), vec![Effect::Say(work)]);
    }
}

#[test]
fn an_organisation_is_invited_by_its_id_and_removed_after_a_question() {
    let mut model = shown();
    for typed in ["", "60001", "eu", "eu.", "eu.60001x", "Blue Gum"] {
        update(&mut model, Msg::Typed(typed.into()));
        assert_eq!(update(&mut model, Msg::InvitePressed), vec![], "{typed}");
        assert!(model.mistyped, "{typed}");
    }
    update(&mut model, Msg::Typed(" EU.60002 ".into()));
    assert!(!model.mistyped);
    let work = Work::Invite(org("eu.60002"));
    assert_eq!(update(&mut model, Msg::InvitePressed), vec![Effect::Do(work.clone())]);
    let view = invitations(&["eu.60002", "eu.60001"]);
    assert_eq!(update(&mut model, Msg::Invitations(Ok(view))), vec![Effect::Say(work)]);
    assert_eq!(model.typed, "");

    let question = || Question::Uninvite(org("eu.60002"), Some("Kauri".into()));
    update(&mut model, Msg::Ask(question()));
    assert_eq!(update(&mut model, Msg::Answered(false)), vec![]);
    // What is erased is named by whoever erases it.
    for typed in ["", "eu.60001", "Kauri"] {
        update(&mut model, Msg::Ask(question()));
        update(&mut model, Msg::Confirmed(typed.into()));
        assert!(!model.misconfirmed, "nobody has pressed yet");
        assert_eq!(update(&mut model, Msg::Answered(true)), vec![], "{typed}");
        assert!(model.misconfirmed && model.asked == Some(question()), "{typed}");
    }
    update(&mut model, Msg::Ask(question()));
    assert_eq!((model.confirmed.as_str(), model.misconfirmed), ("", false), "each question begins anew");
    update(&mut model, Msg::Confirmed(" EU.60002".into()));
    let work = Work::Uninvite(org("eu.60002"));
    assert_eq!(update(&mut model, Msg::Answered(true)), vec![Effect::Do(work.clone())]);
    assert_eq!(update(&mut model, Msg::Invitations(Ok(invitations(&["eu.60001"])))), vec![Effect::Say(work)]);

    // Of one that has never connected nothing is erased.
    update(&mut model, Msg::Ask(Question::Uninvite(org("eu.60001"), None)));
    let work = Work::Uninvite(org("eu.60001"));
    assert_eq!(update(&mut model, Msg::Answered(true)), vec![Effect::Do(work)]);
}

#[test]
fn browsers_are_called_what_people_call_them() {
    for (told, expected) in [
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/148.0.0.0 Safari/537.36 Edg/148.0",
            (Some("Edge"), Some("Windows")),
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/148.0.0.0 Safari/537.36",
            (Some("Chrome"), Some("Windows")),
        ),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Safari/605.1.15",
            (Some("Safari"), Some("macOS")),
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Mobile/15E148 Safari/604.1",
            (Some("Safari"), Some("iPhone")),
        ),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", (Some("Firefox"), Some("Linux"))),
        ("node", (None, None)),
        ("", (None, None)),
    ] {
        assert_eq!(browser(told), expected, "{told}");
    }
}

#[test]
fn nobody_is_taken_out_without_a_question() {
    let mut model = shown();
    let question = || Question::TakeOut(user("7"), "Adam Office".into());
    assert_eq!(update(&mut model, Msg::Ask(question())), vec![]);
    assert_eq!(update(&mut model, Msg::Answered(false)), vec![]);
    assert_eq!((&model.asked, &model.work), (&None, &None));
    update(&mut model, Msg::Ask(question()));
    assert_eq!(update(&mut model, Msg::Answered(true)), vec![Effect::Do(Work::Count(user("7"), false))]);
}

#[test]
fn who_may_send_is_saved_at_once_and_read_again_where_somebody_else_has_saved() {
    let mut model = shown();
    let closed = Change::Closed(Circle::Documents, true);
    assert_eq!(update(&mut model, Msg::Change(closed.clone())), vec![], "nothing is known yet");
    let read = Box::new(SettingsView { settings: Settings::default(), version: 7 });
    update(&mut model, Msg::Settings(Ok(read.clone())));
    let mut wanted = read.clone();
    wanted.settings.senders.documents.closed = true;
    let work = Work::Senders(wanted.clone());
    assert_eq!(update(&mut model, Msg::Change(closed)), vec![Effect::Do(work.clone())]);
    assert_eq!(model.settings, Some(read), "it is not saved yet");
    assert_eq!(update(&mut model, Msg::Change(Change::Customers(true))), vec![], "one thing at a time");
    wanted.version = 8;
    assert!(model.is_saving() && !model.saved);
    assert_eq!(update(&mut model, Msg::Settings(Ok(wanted.clone()))), vec![Effect::Say(work)]);
    assert!(!model.is_saving() && model.saved, "it is seen that it is saved");
    let profile = ProfileView { id: user("5"), name: "Books".into() };
    let add = Change::Profile(Circle::Documents, profile.clone(), true);
    wanted.settings.senders.documents.profiles.insert(user("5"), "Books".into());
    assert_eq!(update(&mut model, Msg::Change(add)), vec![Effect::Do(Work::Senders(wanted.clone()))]);
    assert!(!model.saved, "the last one was, this one is not yet");
    assert_eq!(update(&mut model, Msg::Settings(Err(fault()))), vec![Effect::Read(Part::Senders)]);
    assert!(!model.saved);
    assert!(model.work.is_none() && model.fault(Part::Senders).is_some());
    // A chosen profile without users can still be taken out.
    update(&mut model, Msg::Settings(Ok(wanted)));
    assert_eq!(model.profiles(), Some(vec![profile]));
    for change in [Change::Others(UpTo::Draft), Change::Vendors(false), Change::Closed(Circle::Approvers, true)] {
        assert!(!update(&mut model, Msg::Change(change)).is_empty());
        model.work = None;
    }
}
