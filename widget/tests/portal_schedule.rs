//! The portal's schedule: the draft, its presets, what is wrong with it, and the next starts in words. Natively.
#![allow(clippy::unwrap_used, reason = "a test may panic")]
#![cfg(not(target_arch = "wasm32"))]

use chrono::{DateTime, Utc};
use serde_json::json;
use shared::api::runs::{AddressView, ScheduleView, Standing};
use shared::api::{ConnectionState, SessionView};
use shared::id::ZohoId;
use shared::module::Module;
use shared::problem::{self, Code};
use shared::settings::schedule::{NoticeRule, StartRule};
use shared::settings::validate::check_schedule;
use shared::settings::{Direction, Schedule, Settings};
use widget::fault::{Absence, Fault};
use widget::portal::app::Session;
use widget::portal::draft::{Kept, author};
use widget::portal::schedule::state::{
    NOTICE_RULES, NextRuns, PAIRS, Preset, START_RULES, ScheduleDraft, TIMES, Wrong, ZONE, address_path, notice_name,
    notice_of, pair_path, start_name, start_of, times_in_words,
};
use widget::portal::schedule::telling::start_in_words;
use widget::portal::unsaved::Draft;
use widget::portal::words::schedule::Schedule as Words;
use widget::portal::words::{Language, Texts};
use widget::portal::zones::local_of;

fn settings() -> Settings {
    serde_json::from_value(json!({"directions": {"Vendors": "to_crm"}})).unwrap()
}

fn view(schedule: Schedule) -> ScheduleView {
    let next: Vec<DateTime<Utc>> =
        if schedule.enabled { vec!["2026-11-22T20:00:00Z".parse().unwrap()] } else { Vec::new() };
    let time_zone = schedule.time_zone.clone().unwrap_or_else(|| "Australia/Sydney".to_owned());
    ScheduleView { schedule, time_zone, next, version: 3, addresses: Vec::new() }
}

fn opened(schedule: Schedule) -> ScheduleDraft {
    let mut model = ScheduleDraft::default();
    model.settings_read(Ok(settings()));
    assert!(!model.is_ready());
    model.schedule_read(Ok(view(schedule)));
    assert!(model.is_ready());
    model
}

fn zones() -> Vec<String> {
    ["Australia/Sydney", "Europe/Vienna"].map(str::to_owned).to_vec()
}

#[test]
fn presets_have_valid_times_and_are_found_again() {
    let table = [(Preset::Twice, 2), (Preset::FourHours, 6), (Preset::Hourly, 24), (Preset::Quarters, 96)];
    for (preset, count) in table {
        let times = preset.times().unwrap();
        assert_eq!(times.len(), count, "{preset:?}");
        let schedule = Schedule { times: times.clone(), ..Schedule::default() };
        assert_eq!(check_schedule(&Settings::default(), &schedule), [], "{preset:?}");
        let reversed: Vec<String> = times.into_iter().rev().collect();
        assert_eq!(Preset::of(&reversed), preset, "the order says nothing");
    }
    assert_eq!(Preset::of(&["07:00".to_owned()]), Preset::Own);
    assert_eq!(Preset::of(&[]), Preset::Own);
    for preset in Preset::ALL {
        assert_eq!(Preset::of_name(preset.name()), Some(preset));
    }
}

#[test]
fn own_times_begin_with_the_chosen_ones_and_stay_in_order() {
    let mut model = opened(Schedule::default());
    assert_eq!(model.preset(), Preset::Twice);
    model.choose_preset(Preset::Own);
    assert_eq!((model.preset(), model.is_dirty()), (Preset::Own, false), "nothing is changed by that alone");
    assert_eq!(model.offered_time().as_deref(), Some("09:00"));
    model.add_time("12:15");
    model.add_time("12:15");
    model.add_time("12:20");
    model.add_time("");
    assert_eq!(model.draft.times, ["07:00", "12:15", "19:00"]);
    assert!(model.is_dirty());
    assert_eq!(model.free_times().len(), 93);
    assert!(!model.free_times().contains(&"12:15".to_owned()));
    model.picked_time = Some("06:30".to_owned());
    assert_eq!(model.offered_time().as_deref(), Some("06:30"));
    model.add_time("06:30");
    assert_eq!(model.offered_time().as_deref(), Some("09:00"), "what is added is not offered again");
    model.remove_time("06:30");
    model.remove_time("07:00");
    model.remove_time("12:15");
    model.remove_time("19:00");
    assert_eq!(model.times_wrong(), Some(Wrong::NoTime));
    model.choose_preset(Preset::Hourly);
    assert_eq!((model.preset(), model.times_wrong()), (Preset::Hourly, None));
    // Removing one of a preset's times makes them own ones.
    model.choose_preset(Preset::Twice);
    model.remove_time("19:00");
    model.add_time("19:00");
    assert_eq!((model.preset(), model.draft.times.len()), (Preset::Own, 2));
    model.choose_preset(Preset::Quarters);
    assert_eq!(model.offered_time(), None, "no time is left");
}

#[test]
fn many_times_are_told_by_the_first_and_the_last() {
    assert_eq!(times_in_words(&Preset::Twice.times().unwrap()), "07:00, 19:00");
    assert_eq!(times_in_words(&Preset::FourHours.times().unwrap()), "00:00, 04:00, 08:00, 12:00, 16:00, 20:00");
    assert_eq!(times_in_words(&Preset::Quarters.times().unwrap()), "00:00, 00:15, … 23:45");
}

#[test]
fn each_wrong_value_has_a_reason_of_its_own() {
    let long: Vec<String> = (0..97).map(|at| format!("{:02}:{:02}", at / 4, at % 4 * 15)).collect();
    let many: Vec<_> = (0..21).map(|at| json!({"address": format!("a{at}@b.example"), "when": "always"})).collect();
    let table = [
        (json!({"times": []}), "schedule.times", Wrong::NoTime),
        (json!({"times": long}), "schedule.times", Wrong::TooManyTimes),
        (json!({"times": ["07:10"]}), "schedule.times.0", Wrong::TimeForm),
        (json!({"times": ["07:00", "07:00"]}), "schedule.times.1", Wrong::TimeTwice),
        (json!({"time_zone": "Australia/Atlantis"}), "schedule.time_zone", Wrong::Zone),
        (json!({"pairs": {"Vendors": "to_xero"}}), "schedule.pairs.Vendors", Wrong::PairClosed),
        (json!({"notices": many}), "schedule.notices", Wrong::TooManyAddresses),
        (json!({"notices": [{"address": "", "when": "never"}]}), "schedule.notices.0.address", Wrong::AddressForm),
        (json!({"notices": [{"address": "ana", "when": "never"}]}), "schedule.notices.0.address", Wrong::AddressForm),
        (
            json!({"notices": [{"address": "A@b.example", "when": "never"}, {"address": "a@B.example", "when": "never"}]}),
            "schedule.notices.1.address",
            Wrong::AddressTwice,
        ),
        // Two that are wrong in the same way are not there twice only.
        (
            json!({"notices": [{"address": "", "when": "never"}, {"address": "a@b.example", "when": "never"}]}),
            "schedule.notices.0.address",
            Wrong::AddressForm,
        ),
    ];
    for (schedule, path, wrong) in table {
        let mut model = opened(Schedule::default());
        model.draft = serde_json::from_value(schedule.clone()).unwrap();
        assert_eq!(model.wrong(), [(path.to_owned(), wrong.clone())], "{schedule}");
        assert_eq!(model.wrong_at(path), Some(wrong.clone()));
        assert_eq!(model.save(), None, "{schedule}");
        let (english, german) = (Words::of(Language::English), Words::of(Language::German));
        assert_ne!((english.wrong)(&wrong), (german.wrong)(&wrong));
    }
    assert_eq!(pair_path(Module::Vendors), "schedule.pairs.Vendors");
    assert_eq!(address_path(1), "schedule.notices.1.address");
    assert_eq!((PAIRS, TIMES, ZONE), ("schedule.pairs", "schedule.times", "schedule.time_zone"));
}

#[test]
fn choosing_no_pair_is_not_choosing_all() {
    let mut model = opened(Schedule::default());
    assert!(!model.some_pairs);
    model.choose_pairs(true);
    assert_eq!(model.draft.pairs.len(), 6);
    assert_eq!(model.direction(Module::Vendors), Direction::ToCrm, "in its own direction");
    for module in Module::ALL {
        model.choose(module, false);
    }
    assert!(model.is_dirty());
    assert_eq!(model.wrong_at(PAIRS), Some(Wrong::NoPair));
    assert_eq!(model.save(), None);
    model.choose(Module::Invoices, true);
    model.turn(Module::Invoices, Direction::ToXero);
    model.turn(Module::Accounts, Direction::ToXero);
    let (saved, version) = model.save().unwrap();
    assert_eq!(version, 3, "the one that was read");
    assert_eq!(serde_json::to_value(&saved.pairs).unwrap(), json!({"Invoices": "to_xero"}));
    model.answered(Ok(view(saved)));
    model.choose_pairs(false);
    assert!(model.draft.pairs.is_empty() && model.wrong().is_empty() && model.is_dirty());
}

#[test]
fn a_direction_that_was_ruled_out_since_can_be_seen_and_changed() {
    let schedule: Schedule = serde_json::from_value(json!({"pairs": {"Vendors": "to_xero"}})).unwrap();
    let mut model = opened(schedule);
    assert_eq!(model.directions(Module::Vendors), [Direction::ToXero, Direction::ToCrm]);
    assert_eq!(model.wrong_at(&pair_path(Module::Vendors)), Some(Wrong::PairClosed));
    model.turn(Module::Vendors, Direction::ToCrm);
    assert_eq!(model.directions(Module::Vendors), [Direction::ToCrm]);
    assert!(model.wrong().is_empty());
}

#[test]
fn a_zone_is_found_whatever_its_case_and_empty_is_the_crms_own() {
    let mut model = opened(Schedule::default());
    assert_eq!(model.home_zone.as_deref(), Some("Australia/Sydney"));
    model.type_zone(" europe/vienna", &zones());
    assert_eq!(model.draft.time_zone.as_deref(), Some("Europe/Vienna"));
    assert_eq!(model.wrong_at(ZONE), None);
    model.type_zone("Vienna", &zones());
    assert_eq!(model.wrong_at(ZONE), Some(Wrong::Zone));
    model.type_zone("", &zones());
    assert_eq!((model.draft.time_zone.clone(), model.is_dirty()), (None, false));

    // With a zone of its own, the schedule does not tell the organisation's.
    let model = opened(Schedule { time_zone: Some("Europe/Vienna".to_owned()), ..Schedule::default() });
    assert!(model.lacks_home_zone());
}

#[test]
fn saving_takes_over_what_the_edge_has_saved() {
    let mut model = opened(Schedule::default());
    assert_eq!(model.save(), None, "nothing is changed");
    assert_eq!(model.next(), NextRuns::Off);
    model.draft.enabled = true;
    model.choose_start(StartRule::FirstScheduled);
    assert_eq!(model.next(), NextRuns::AfterSaving);
    let (sent, _) = model.save().unwrap();
    assert!(sent.enabled && sent.start == StartRule::FirstScheduled);
    assert_eq!(model.save(), None, "one at a time");
    let refusal = Fault::Problem(Box::new(problem::of(Code::NotAdministrator, &[])));
    assert!(!model.answered(Err(refusal.clone())));
    assert_eq!((&model.refused, model.is_dirty()), (&Some(refusal), true), "what is typed is not lost");
    let (sent, _) = model.save().unwrap();
    assert_eq!(model.refused, None);
    assert!(model.answered(Ok(view(sent.clone()))));
    assert!(!model.is_dirty());
    assert_eq!(model.next(), NextRuns::At(&view(sent)));
}

#[test]
fn what_is_changed_while_it_is_being_saved_is_not_lost() {
    let mut model = opened(Schedule::default());
    model.draft.enabled = true;
    let (sent, _) = model.save().unwrap();
    model.add_notice();
    model.type_address(0, " ana@bluegum.example ");
    assert!(model.answered(Ok(view(sent))));
    assert_eq!(model.draft.notices[0].address, "ana@bluegum.example");
    assert!(model.is_dirty() && model.draft.enabled);
    model.choose_notice(0, NoticeRule::Always);
    assert!(model.save().is_some());
}

#[test]
fn addresses_come_and_go_and_discarding_brings_back_what_is_saved() {
    let mut model = opened(Schedule::default());
    model.add_notice();
    assert_eq!(model.wrong_at(&address_path(0)), Some(Wrong::AddressForm));
    model.type_address(0, "ana@bluegum.example");
    model.type_address(7, "nobody@bluegum.example");
    assert_eq!((model.draft.notices.len(), model.wrong().len()), (1, 0));
    assert_eq!(model.draft.notices[0].when, NoticeRule::OnFailure);
    model.remove_notice(7);
    model.remove_notice(0);
    assert!(!model.is_dirty());
    model.add_notice();
    model.choose_pairs(true);
    model.choose_preset(Preset::Own);
    model.discard();
    assert_eq!((model.is_dirty(), model.some_pairs, model.preset()), (false, false, Preset::Twice));
}

#[test]
fn the_owner_of_an_address_is_asked_where_that_helps() {
    let notices = ["ana@bluegum.example", "pat@else.example", "kim@else.example", "never@else.example"];
    let notices =
        notices.map(|one| json!({"address": one, "when": if one.starts_with('n') { "never" } else { "always" }}));
    let schedule: Schedule = serde_json::from_value(json!({ "notices": notices })).unwrap();
    let stand = |waits: Standing| {
        let of = |address: &str, standing| AddressView { address: address.to_owned(), standing, asked_at: None };
        let addresses = vec![
            of("ana@bluegum.example", Standing::User),
            of("pat@else.example", waits),
            of("kim@else.example", Standing::Stopped),
            of("never@else.example", Standing::Unasked),
        ];
        ScheduleView { addresses, ..view(schedule.clone()) }
    };
    let mut model = ScheduleDraft::default();
    model.settings_read(Ok(settings()));
    model.schedule_read(Ok(stand(Standing::Unasked)));
    let shown = |model: &ScheduleDraft| (0..6).map(|at| model.standing(at).map(|one| one.standing)).collect::<Vec<_>>();
    let (user, stopped) = (Some(Standing::User), Some(Standing::Stopped));
    assert_eq!(shown(&model), [user, Some(Standing::Unasked), stopped, None, None, None], "never is never told");
    for at in [0, 2, 3, 9] {
        assert_eq!(model.ask(at), None, "{at}");
    }
    assert_eq!(model.ask(1).as_deref(), Some("pat@else.example"));
    assert_eq!(model.ask(1), None, "one at a time");
    let refusal = Fault::Problem(Box::new(problem::of(Code::LetterLimit, &[])));
    assert!(!model.asked(Err(refusal.clone())));
    assert_eq!(model.unasked, Some(refusal));
    // What is typed meanwhile is not lost, and a changed address stands nowhere yet.
    model.ask(1).unwrap();
    assert_eq!(model.unasked, None);
    model.type_address(0, "new@bluegum.example");
    assert!(model.asked(Ok(stand(Standing::Waits))));
    assert_eq!(shown(&model)[..2], [None, Some(Standing::Waits)]);
    assert!(model.is_dirty());
    model.type_address(0, "ANA@bluegum.example");
    assert_eq!(shown(&model)[0], user, "whatever the case");
}

#[test]
fn values_of_controls_survive_the_way_there_and_back() {
    for rule in NOTICE_RULES {
        assert_eq!(notice_of(notice_name(rule)), Some(rule));
    }
    for rule in START_RULES {
        assert_eq!(start_of(start_name(rule)), Some(rule));
    }
    assert_eq!((notice_of(""), start_of("")), (None, None));
}

#[test]
fn the_next_starts_are_told_in_words() {
    let today = local_of("2026-11-22 14:03").unwrap().date();
    let table = [
        (
            "2026-11-22 19:00",
            "Today, Sun 22 Nov, 19:00 (Australia/Sydney)",
            "Heute, So. 22. Nov., 19:00 (Australia/Sydney)",
        ),
        (
            "2026-11-23, 07:00",
            "Tomorrow, Mon 23 Nov, 07:00 (Australia/Sydney)",
            "Morgen, Mo. 23. Nov., 07:00 (Australia/Sydney)",
        ),
        ("2026-11-24 00:15", "Tue 24 Nov, 00:15 (Australia/Sydney)", "Di. 24. Nov., 00:15 (Australia/Sydney)"),
        ("2027-03-01 07:00", "Mon 1 Mar, 07:00 (Australia/Sydney)", "Mo. 1. März, 07:00 (Australia/Sydney)"),
    ];
    for (start, english, german) in table {
        let start = local_of(start).unwrap();
        let told = |language| start_in_words(start, today, "Australia/Sydney", Words::of(language));
        assert_eq!((told(Language::English).as_str(), told(Language::German).as_str()), (english, german));
    }
    for text in ["", "2026-11-22", "2026-13-22 07:00", "2026-11-22 24:00", "today"] {
        assert_eq!(local_of(text), None, "{text:?}");
    }
}

fn signed_in(id: &str, user: &str, organisation: &str) -> Session {
    let view = SessionView {
        user: user.to_owned(),
        user_id: ZohoId::new(id).unwrap(),
        administrator: true,
        crm_organisation: organisation.to_owned(),
        connection: ConnectionState::Connected,
        xero_organisation: None,
    };
    Session { view: Some(view), ..Session::default() }
}

#[test]
fn a_draft_is_kept_for_the_user_who_began_it() {
    let ana = || author(&signed_in("1", "Ana", "Blue Gum"));
    let namesake = signed_in("2", "Ana", "Blue Gum");
    for other in [namesake, signed_in("1", "Ana", "Harbour Lane"), Session::default()] {
        let place: Kept<ScheduleDraft> = Kept::new();
        assert!(place.is_empty() && !place.is_dirty());
        let first = place.of(ana());
        first.set(opened(Schedule::default()));
        assert!(!place.is_empty() && !place.is_dirty());
        first.update(|model| model.draft.enabled = true);
        assert!(place.is_dirty(), "the browser asks");
        assert!(place.of(ana()).with_untracked(|model| model.draft.enabled), "the screen was left and opened again");
        let others = place.of(author(&other));
        assert_eq!(others.with_untracked(Clone::clone), ScheduleDraft::default(), "{other:?}");
        assert!(!place.is_dirty());
        // What still comes for the first one does not reach the other.
        first.update(|model| model.draft.start = StartRule::FirstScheduled);
        assert_eq!(others.with_untracked(Clone::clone), ScheduleDraft::default());
        assert_eq!(place.of(ana()).with_untracked(Clone::clone), ScheduleDraft::default(), "it was dropped");
    }
}

#[test]
fn a_kept_draft_survives_what_is_read_again() {
    let mut model = opened(Schedule::default());
    model.choose_preset(Preset::Own);
    model.picked_time = Some("10:15".to_owned());
    model.schedule_read(Ok(view(Schedule::default())));
    assert_eq!((model.preset(), model.is_dirty()), (Preset::Own, false), "not even what is no change yet is lost");
    model.add_time("10:15");
    model.add_notice();
    model.type_address(0, "ana@");
    let before = model.clone();
    model.read_again();
    model.settings_read(Ok(settings()));
    model.schedule_read(Ok(view(Schedule::default())));
    assert_eq!(model, before);
    // No answer: what is there stays, and it is told why nothing newer came.
    model.schedule_read(Err(Fault::SignedOut(Absence::Ended)));
    assert!(model.is_ready() && model.fault == Some(Fault::SignedOut(Absence::Ended)));
    assert_eq!(model.draft, before.draft);
    model.read_again();
    assert_eq!(model, before);
    model.discard();
    assert!(!model.is_dirty());
    // Pairs to be chosen among, none chosen yet.
    model.choose_pairs(true);
    for module in Module::ALL {
        model.choose(module, false);
    }
    model.schedule_read(Ok(view(Schedule::default())));
    assert!(model.some_pairs && model.wrong_at(PAIRS) == Some(Wrong::NoPair));
}

#[test]
fn what_others_saved_is_taken_over_beside_own_changes() {
    let theirs: Schedule = serde_json::from_value(json!({
        "enabled": true, "times": ["08:00"], "time_zone": "Europe/Vienna", "pairs": {"Invoices": "to_xero"},
        "start": "first_scheduled", "notices": [{"address": "ben@bluegum.example", "when": "always"}],
    }))
    .unwrap();
    // Without a change of one's own, everything is theirs.
    let mut model = opened(Schedule::default());
    model.choose_preset(Preset::Own);
    model.schedule_read(Ok(view(theirs.clone())));
    assert_eq!((&model.draft, model.is_dirty(), model.some_pairs, model.own_times), (&theirs, false, true, false));
    // Each own change stays, alone.
    type Change = fn(&mut Schedule, &Schedule);
    let mine: Schedule = serde_json::from_value(json!({
        "enabled": true, "times": ["09:30"], "time_zone": "Australia/Perth", "pairs": {"Vendors": "to_crm"},
        "start": "first_scheduled", "notices": [{"address": "ana@bluegum.example", "when": "never"}],
    }))
    .unwrap();
    let changes: [Change; 6] = [
        |to, of| to.enabled = of.enabled,
        |to, of| to.times.clone_from(&of.times),
        |to, of| to.time_zone.clone_from(&of.time_zone),
        |to, of| to.pairs.clone_from(&of.pairs),
        |to, of| to.start = of.start,
        |to, of| to.notices.clone_from(&of.notices),
    ];
    for (at, change) in changes.into_iter().enumerate() {
        let mut model = opened(Schedule::default());
        change(&mut model.draft, &mine);
        assert!(model.is_dirty(), "{at}");
        // What they have saved differs there, too: else nobody would see which of both it is.
        let mut saved = theirs.clone();
        saved.enabled = at != 0;
        saved.start = if at == 4 { StartRule::LastSync } else { saved.start };
        model.schedule_read(Ok(view(saved.clone())));
        let mut wanted = saved.clone();
        change(&mut wanted, &mine);
        assert_eq!(model.draft, wanted, "{at}");
        assert_eq!(model.saved.as_ref().unwrap().schedule, saved, "{at}");
    }
}
