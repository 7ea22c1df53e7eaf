//! When runs are due, and what the clock does with an organisation that it wakes.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use crate::support;

use chrono::{DateTime, Days, Duration, NaiveDate, NaiveTime, TimeZone, Utc};
use chrono_tz::{TZ_VARIANTS, Tz};
use engine::access::rights::Administrator;
use engine::runs::Next;
use engine::schedule::next_runs;
use engine::store::sessions::User;
use engine::store::{agenda, connections};
use engine::sync::Desk;
use ports::{Clock, Database, Statement};
use proptest::prelude::*;
use sandbox::{Effect, Phase, Repeat, Rule, World, seed};
use serde_json::json;
use shared::api::Outcome;
use shared::api::portal::AuditView;
use shared::api::runs::{PairChoice, RunRequest, Scope};
use shared::id::{OrgId, ZohoId};
use shared::module::Module;
use shared::problem::Code;
use shared::settings::schedule::{Notice, NoticeRule, StartRule};
use shared::settings::{Direction, Schedule, Settings};
use std::collections::{BTreeMap, BTreeSet};
use support::{ADMIN, BASE, Halt, Stage};

fn at(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).unwrap().with_timezone(&Utc)
}

fn schedule(times: &[&str]) -> Schedule {
    let times = times.iter().map(|time| (*time).to_owned()).collect();
    Schedule { enabled: true, times, ..Schedule::default() }
}

fn quarter(number: u32) -> NaiveTime {
    NaiveTime::from_hms_opt(number / 4, number % 4 * 15, 0).unwrap()
}

fn quarters(numbers: impl IntoIterator<Item = u32>) -> Vec<NaiveTime> {
    numbers.into_iter().map(quarter).collect()
}

fn schedule_of(times: &[NaiveTime]) -> Schedule {
    let times = times.iter().map(|time| time.format("%H:%M").to_string()).collect();
    Schedule { enabled: true, times, ..Schedule::default() }
}

/// The starts after an instant, found by watching the zone's clock minute by minute: whatever it shows or has jumped
/// over for the first time is due.
fn watched(zone: Tz, times: &[NaiveTime], after: DateTime<Utc>, count: usize) -> Vec<DateTime<Utc>> {
    let mut now = at(&(after - Duration::days(2)).format("%Y-%m-%dT%H:%M:00Z").to_string());
    let mut planned_to = now.with_timezone(&zone).date_naive();
    let mut due = BTreeSet::new();
    let mut starts = Vec::new();
    while starts.len() < count {
        now += Duration::minutes(1);
        let local = now.with_timezone(&zone).naive_local();
        while planned_to < local.date() {
            planned_to = planned_to + Days::new(1);
            due.extend(times.iter().map(|time| planned_to.and_time(*time)));
        }
        let later = due.split_off(&(local + Duration::seconds(1)));
        if !due.is_empty() && now > after {
            starts.push(now);
        }
        due = later;
    }
    starts
}

#[test]
fn local_times_know_daylight_saving() {
    let table: [(&str, &str, &str, &[&str]); 12] = [
        // Forward over 02:00 to 03:00: 02:30 happens at 03:00.
        ("Australia/Sydney", "2026-10-03T12:00:00Z", "02:30", &["2026-10-03T16:00:00Z", "2026-10-04T15:30:00Z"]),
        // Back from 03:00 to 02:00: 02:30 happens the first time.
        ("Australia/Sydney", "2026-04-04T12:00:00Z", "02:30", &["2026-04-04T15:30:00Z", "2026-04-05T16:30:00Z"]),
        // Half an hour forward from 02:00, and back from 02:00.
        ("Australia/Lord_Howe", "2026-10-03T12:00:00Z", "02:15", &["2026-10-03T15:30:00Z", "2026-10-04T15:15:00Z"]),
        ("Australia/Lord_Howe", "2026-04-04T12:00:00Z", "01:45", &["2026-04-04T14:45:00Z", "2026-04-05T15:15:00Z"]),
        ("Europe/London", "2026-03-28T12:00:00Z", "01:30", &["2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"]),
        ("Europe/London", "2026-10-24T12:00:00Z", "01:30", &["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"]),
        ("America/New_York", "2026-03-08T00:00:00Z", "02:30", &["2026-03-08T07:00:00Z", "2026-03-09T06:30:00Z"]),
        ("America/New_York", "2026-11-01T00:00:00Z", "01:30", &["2026-11-01T05:30:00Z", "2026-11-02T06:30:00Z"]),
        ("Asia/Kathmandu", "2026-06-01T01:14:59Z", "07:00", &["2026-06-01T01:15:00Z", "2026-06-02T01:15:00Z"]),
        // Strictly after.
        ("Asia/Kathmandu", "2026-06-01T01:15:00Z", "07:00", &["2026-06-02T01:15:00Z"]),
        // A day that Samoa left out happens as soon as the next one begins, once.
        ("Pacific/Apia", "2011-12-30T05:00:00Z", "19:00", &["2011-12-30T10:00:00Z", "2011-12-31T05:00:00Z"]),
        ("Nowhere/At_All", "2026-06-01T00:00:00Z", "07:00", &["2026-06-01T07:00:00Z"]),
    ];
    for (zone, after, time, wanted) in table {
        let wanted: Vec<_> = wanted.iter().map(|start| at(start)).collect();
        assert_eq!(next_runs(&schedule(&[time]), zone, at(after), wanted.len()), wanted, "{zone} {time} after {after}");
    }
}

#[test]
fn the_schedule_s_own_zone_comes_first_and_off_is_off() {
    let own = Schedule { time_zone: Some("Asia/Kathmandu".to_owned()), ..schedule(&["07:00"]) };
    let after = at("2026-06-01T00:00:00Z");
    assert_eq!(next_runs(&own, "Europe/London", after, 1), [at("2026-06-01T01:15:00Z")]);
    assert!(next_runs(&Schedule { enabled: false, ..own.clone() }, "Europe/London", after, 5).is_empty());
    assert!(next_runs(&Schedule { times: Vec::new(), ..own }, "Europe/London", after, 5).is_empty());
    // Times in any order, twice, or not to be read.
    let odd = schedule(&["19:00", "07:00", "soon", "07:00"]);
    assert_eq!(next_runs(&odd, "Etc/UTC", after, 3), [7, 19, 31].map(|hour| after + Duration::hours(hour)));
}

#[test]
fn every_quarter_of_the_days_that_change_the_clock_happens_once() {
    let days = [
        ("Australia/Sydney", "2026-10-04", 92),
        ("Australia/Sydney", "2026-04-05", 96),
        ("Australia/Lord_Howe", "2026-10-04", 94),
        ("Australia/Lord_Howe", "2026-04-05", 96),
        ("Europe/London", "2026-03-29", 92),
        ("Europe/London", "2026-10-25", 96),
        ("America/New_York", "2026-03-08", 92),
        ("America/New_York", "2026-11-01", 96),
        ("Asia/Kathmandu", "2026-06-01", 96),
        // Midnight itself is jumped over.
        ("America/Santiago", "2026-09-06", 92),
    ];
    let all = quarters(0..96);
    for (name, day, wanted) in days {
        let zone: Tz = name.parse().unwrap();
        let day: NaiveDate = day.parse().unwrap();
        let before = zone.from_local_datetime(&day.and_time(quarter(0))).earliest();
        let midnight = before.unwrap_or_else(|| zone.from_local_datetime(&day.and_time(quarter(4))).unwrap());
        let after = midnight.with_timezone(&Utc) - Duration::seconds(1);
        let starts = next_runs(&schedule_of(&all), name, after, 96);
        assert!(starts.windows(2).all(|two| two[0] < two[1]), "{name} {day}");
        let local: Vec<_> = starts.iter().map(|start| start.with_timezone(&zone).naive_local()).collect();
        let of_day: Vec<_> = local.iter().filter(|local| local.date() == day).collect();
        assert_eq!(of_day.len(), wanted, "{name} {day}");
        assert_eq!(of_day.iter().collect::<BTreeSet<_>>().len(), wanted, "{name} {day}: each local time once");
        assert_eq!(starts, watched(zone, &all, after, 96), "{name} {day}");
        // Each time of the early hours by itself happens on that day, too, be it after a gap.
        for time in &all[..16] {
            let alone = next_runs(&schedule_of(&[*time]), name, after, 2);
            assert_eq!(alone, watched(zone, &[*time], after, 2), "{name} {day} {time}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn starts_are_what_the_zone_s_clock_shows(
        zone in 0..TZ_VARIANTS.len(),
        numbers in proptest::collection::btree_set(0_u32..96, 1..12),
        second in 946_684_800_i64..2_208_988_800,
    ) {
        let zone = TZ_VARIANTS[zone];
        let times = quarters(numbers);
        let after = DateTime::from_timestamp(second, 0).unwrap();
        let starts = next_runs(&schedule_of(&times), zone.name(), after, 3 * times.len());
        prop_assert!(starts.first().is_some_and(|first| *first > after));
        prop_assert!(starts.windows(2).all(|two| two[0] < two[1]));
        prop_assert_eq!(&starts, &watched(zone, &times, after, 3 * times.len()));
    }
}

// ---- what a wake does ----

const DAY: i64 = 86_400;

fn connected() -> (Stage, Administrator) {
    Stage::connected(World::standard(BASE))
}

fn utc(times: &[&str]) -> Schedule {
    Schedule { time_zone: Some("UTC".to_owned()), ..schedule(times) }
}

/// What the trail has of an action.
fn noted(stage: &Stage, ana: &Administrator, action: &str) -> AuditView {
    let desk = Desk::default();
    let page = stage.run(stage.engine(&desk).audit(ana, None)).unwrap();
    page.changes.into_iter().find(|change| change.action == action).unwrap()
}

fn save(stage: &Stage, ana: &Administrator, schedule: &Schedule) {
    let desk = Desk::default();
    stage.run(stage.engine(&desk).save_schedule(ana, schedule, stage.settings_version())).unwrap();
}

fn wake(stage: &Stage, org: &OrgId) -> Next {
    let desk = Desk::default();
    stage.run(stage.engine(&desk).wake(org)).unwrap()
}

fn planned(stage: &Stage, org: &OrgId) -> agenda::Agenda {
    stage.run(agenda::get(stage, org)).unwrap().unwrap()
}

fn scheduled_runs(stage: &Stage) -> i64 {
    stage.number("SELECT count(*) FROM runs WHERE kind = 'scheduled'")
}

fn execute(stage: &Stage, sql: &'static str) {
    stage.run(stage.query(Statement::new(sql))).unwrap();
}

/// Lets the active run be over.
fn end_runs(stage: &Stage) {
    execute(stage, "UPDATE runs SET active = 0, state = 'done'");
}

/// Moves the clock to the planned start and a little further.
fn until_due(stage: &Stage, org: &OrgId) {
    let seconds = (planned(stage, org).run_at.unwrap() - stage.now()).num_seconds();
    stage.advance(seconds + 90);
}

#[test]
fn a_scheduled_run_starts_once_at_its_time() {
    let (stage, ana) = connected();
    assert_eq!(planned(&stage, &ana.org).run_at, None, "connected, and off");
    save(&stage, &ana, &utc(&["07:00", "19:00"]));
    let first = planned(&stage, &ana.org).run_at.unwrap();
    assert_eq!(planned(&stage, &ana.org).next_at, first);
    assert!(matches!(wake(&stage, &ana.org), Next::At(next) if next == first), "too early does no harm");
    assert_eq!(scheduled_runs(&stage), 0);

    until_due(&stage, &ana.org);
    assert_eq!(wake(&stage, &ana.org), Next::Now);
    assert_eq!(scheduled_runs(&stage), 1);
    assert_eq!(planned(&stage, &ana.org).run_at, Some(first + Duration::hours(12)));
    // The run is still under way, and the next start is far.
    assert_eq!(wake(&stage, &ana.org), Next::At(first + Duration::hours(12)));
    assert_eq!(scheduled_runs(&stage), 1);

    save(&stage, &ana, &Schedule { enabled: false, ..utc(&["07:00", "19:00"]) });
    end_runs(&stage);
    stage.advance(3 * DAY);
    assert!(matches!(wake(&stage, &ana.org), Next::At(_)));
    assert_eq!((scheduled_runs(&stage), planned(&stage, &ana.org).run_at), (1, None), "off is off");
}

#[test]
fn a_start_that_was_missed_for_days_happens_once() {
    let (stage, ana) = connected();
    save(&stage, &ana, &utc(&["06:00", "12:00", "18:00"]));
    stage.advance(10 * DAY);
    assert_eq!(wake(&stage, &ana.org), Next::Now);
    let next = planned(&stage, &ana.org).run_at.unwrap();
    assert!(next > stage.now() && next < stage.now() + Duration::days(1));
    end_runs(&stage);
    wake(&stage, &ana.org);
    assert_eq!(scheduled_runs(&stage), 1);
}

#[test]
fn a_start_waits_for_the_run_under_way_and_then_happens_once() {
    let (stage, ana) = connected();
    let desk = Desk::default();
    save(&stage, &ana, &utc(&["07:00"]));
    let pairs = vec![PairChoice { module: Module::Products, direction: Direction::Both }];
    let request = RunRequest { pairs, scope: Scope::SinceLast, preview: false };
    until_due(&stage, &ana.org);
    let due = planned(&stage, &ana.org).run_at;
    stage.run(stage.engine(&desk).start_run(&ana, &request)).unwrap();
    for _ in 0..3 {
        assert_eq!(wake(&stage, &ana.org), Next::At(stage.now() + Duration::minutes(5)));
        assert_eq!(planned(&stage, &ana.org).run_at, due, "it is still to happen");
        stage.advance(300);
    }
    assert_eq!(scheduled_runs(&stage), 0);
    end_runs(&stage);
    assert_eq!(wake(&stage, &ana.org), Next::Now);
    end_runs(&stage);
    wake(&stage, &ana.org);
    assert_eq!(scheduled_runs(&stage), 1);
    assert!(planned(&stage, &ana.org).run_at > due);
}

#[test]
fn a_wake_that_is_cut_off_anywhere_starts_one_run_in_the_end() {
    let (stage, ana) = connected();
    save(&stage, &ana, &utc(&["07:00", "07:15"]));
    until_due(&stage, &ana.org);
    stage.take_steps();
    let whole = stage.copy();
    wake(&whole, &ana.org);
    let steps = whole.take_steps();
    assert!(steps.len() >= 2, "{steps:?}");
    for (number, (step, what)) in steps.iter().enumerate() {
        for halt in Halt::ALL.into_iter().filter(|halt| halt.fits(*step)) {
            let copy = stage.copy();
            copy.halt_at(number + 1, halt);
            let desk = Desk::default();
            let _ = copy.try_run(copy.engine(&desk).wake(&ana.org));
            copy.start_again();
            // The next ticks of the clock, before the next start.
            for _ in 0..2 {
                copy.advance(300);
                wake(&copy, &ana.org);
            }
            assert_eq!(scheduled_runs(&copy), 1, "{halt:?} at {what}");
            end_runs(&copy);
            wake(&copy, &ana.org);
            assert_eq!(scheduled_runs(&copy), 1, "{halt:?} at {what}");
            let next = planned(&copy, &ana.org).run_at.unwrap();
            assert!(next > copy.now(), "{halt:?} at {what}");
        }
    }
}

#[test]
fn the_clock_takes_those_that_are_due_page_by_page() {
    let stage = Stage::new(World::standard(BASE));
    let now = stage.now();
    let org = |number: usize| OrgId::new(format!("us.{number}")).unwrap();
    let connected = |org: &OrgId| {
        let user = User {
            org: org.clone(),
            id: ZohoId::new("1").unwrap(),
            name: "Ana".to_owned(),
            email: "ana@bluegum.example".to_owned(),
            location: "us".to_owned(),
            api_domain: BASE.to_owned(),
        };
        stage.run(stage.query(connections::connect_zoho(&user, "Blue Gum", now))).unwrap();
    };
    (100..150).chain([999]).for_each(|number| connected(&org(number)));
    for number in 100..150 {
        // Several share a time.
        let next_at = now - Duration::minutes(i64::try_from(number % 7).unwrap());
        stage.run(stage.query(agenda::save(&org(number), next_at, None))).unwrap();
    }
    stage.run(stage.query(agenda::save(&org(999), now + Duration::seconds(1), None))).unwrap();
    let mut after: Option<(String, String)> = None;
    let mut seen = Vec::new();
    loop {
        let page = stage.run(agenda::due(&stage, now, after.as_ref(), 8)).unwrap();
        let Some((next_at, last)) = page.last() else { break };
        after = Some((next_at.clone(), last.to_string()));
        for (_, org) in &page {
            // Whoever is woken is planned anew, behind all of them.
            stage.run(stage.query(agenda::save(org, now + Duration::days(1), None))).unwrap();
        }
        seen.extend(page);
    }
    assert_eq!(seen.len(), 50);
    assert_eq!(seen.iter().map(|(_, org)| org.clone()).collect::<BTreeSet<_>>().len(), 50);
    assert!(seen.windows(2).all(|two| (&two[0].0, two[0].1.as_str()) < (&two[1].0, two[1].1.as_str())));
    assert!(stage.run(agenda::due(&stage, now, None, 8)).unwrap().is_empty());
    stage.run(stage.query(agenda::delete(&org(999)))).unwrap();
    assert_eq!(stage.number("SELECT count(*) FROM agenda WHERE org = '999'"), 0);
}

#[test]
fn what_is_not_connected_is_not_woken_again() {
    let stage = Stage::new(World::standard(BASE));
    let ana = stage.connect_crm(ADMIN);
    stage.run(stage.query(agenda::save(&ana.org, stage.now(), Some(stage.now())))).unwrap();
    assert_eq!(wake(&stage, &ana.org), Next::Idle);
    assert_eq!(stage.number("SELECT count(*) FROM agenda"), 0);
    stage.connect_xero(&ana, 0);
    let next_at = planned(&stage, &ana.org).next_at;
    assert!(next_at > stage.now() + Duration::hours(23) && next_at <= stage.now() + Duration::days(1));
}

#[test]
fn tokens_that_nobody_uses_are_kept_alive() {
    let (stage, ana) = connected();
    let renewed = || stage.texts("SELECT updated_at FROM grants WHERE id LIKE 'xero:%' OR id = 'zoho:' || org");
    let first = renewed();
    assert_eq!(first.len(), 2);
    stage.advance(6 * DAY);
    // Our fields, which are looked after once a day, have just been.
    stage.execute(&format!("UPDATE connections SET fields_at = '{}'", engine::text::instant(stage.now())));
    wake(&stage, &ana.org);
    assert_eq!(renewed(), first, "six days are no age");
    // Ten weeks of nothing but wakes: Xero's refresh token would be dead after 60 days.
    for _ in 0..70 {
        stage.advance(DAY);
        assert!(matches!(wake(&stage, &ana.org), Next::At(_)));
    }
    assert_ne!(renewed(), first);
    let reply = stage.click(&stage.administrator(ADMIN), Module::Accounts, seed::FIRST_ACCOUNT);
    assert_eq!(reply.entry.outcome, Outcome::Created, "{:#?}", reply.entry.problems);
}

#[test]
fn a_vendor_that_does_not_answer_breaks_nothing_and_holds_up_no_run() {
    let (stage, ana) = connected();
    save(&stage, &ana, &utc(&["07:00"]));
    stage.advance(8 * DAY);
    let down = Rule { repeat: Repeat::Always, ..Rule::at_call(1, Phase::Before, Effect::Drop) };
    stage.world.borrow_mut().gate.faults.add(down);
    assert_eq!(wake(&stage, &ana.org), Next::Now);
    assert_eq!(scheduled_runs(&stage), 1);
    assert_eq!(stage.number("SELECT zoho_broken + xero_broken FROM connections"), 0);
    assert!(stage.letters.borrow().is_empty());
}

#[test]
fn a_dead_connection_is_told_once_and_starts_no_run_until_it_is_made_anew() {
    let (stage, ana) = connected();
    save(&stage, &ana, &utc(&["07:00"]));
    let kill = || {
        let now = stage.now();
        let mut world = stage.world.borrow_mut();
        world.xero.expire_access_tokens(now);
        world.xero.expire_refresh_tokens();
    };
    kill();
    stage.advance(8 * DAY);
    for _ in 0..3 {
        assert!(matches!(wake(&stage, &ana.org), Next::At(_)));
        stage.advance(DAY);
    }
    assert_eq!(scheduled_runs(&stage), 0);
    assert!(planned(&stage, &ana.org).run_at.unwrap() > stage.now() - Duration::days(1), "the agenda goes on");
    {
        let letters = stage.letters.borrow();
        assert_eq!(letters.len(), 1, "told once");
        assert_eq!(letters[0].to, [ADMIN], "nobody is in the schedule: whoever connected it");
        assert!(letters[0].subject.contains("The connection with Xero has ended"), "{}", letters[0].subject);
    }

    let ana = stage.administrator(ADMIN);
    stage.connect_xero(&ana, 0);
    until_due(&stage, &ana.org);
    assert_eq!(wake(&stage, &ana.org), Next::Now);
    assert_eq!(scheduled_runs(&stage), 1);
    end_runs(&stage);

    // It breaks again: told again, and now to those in the schedule.
    let notice = |address: &str, when| Notice { address: address.to_owned(), when };
    let notices = vec![
        notice("books@bluegum.example", NoticeRule::OnFailure),
        notice("never@bluegum.example", NoticeRule::Never),
        notice("owner@bluegum.example", NoticeRule::Always),
    ];
    notices.iter().for_each(|notice| stage.hire(&notice.address));
    save(&stage, &ana, &Schedule { notices, ..utc(&["07:00"]) });
    stage.advance(DAY);
    kill();
    execute(&stage, "UPDATE connections SET xero_broken = 1");
    wake(&stage, &ana.org);
    wake(&stage, &ana.org);
    let letters = stage.letters.borrow();
    let told: Vec<_> = letters.iter().skip(1).map(|letter| letter.to.join(",")).collect();
    assert_eq!(told, ["books@bluegum.example", "owner@bluegum.example"]);
}

#[test]
fn a_dead_grant_at_zoho_is_told_too() {
    let (stage, ana) = connected();
    stage.world.borrow_mut().zoho.revoke_all_tokens();
    stage.advance(8 * DAY);
    wake(&stage, &ana.org);
    wake(&stage, &ana.org);
    assert_eq!(stage.number("SELECT zoho_broken FROM connections"), 1);
    assert_eq!(stage.letters.borrow().len(), 1);
    assert!(stage.letters.borrow()[0].subject.contains("The connection with the CRM has ended"));
    stage.connect_crm(ADMIN);
    assert_eq!(stage.number("SELECT zoho_broken + broken_told FROM connections"), 0);
}

// ---- schedule and settings ----

#[test]
fn a_schedule_is_saved_by_administrators_shown_to_all_and_checked() {
    let (stage, ana) = connected();
    let sam = stage.sign_in("sam@bluegum.example");
    let desk = Desk::default();
    let engine = stage.engine(&desk);
    let view = stage.run(engine.schedule(&ana)).unwrap();
    assert_eq!((view.schedule, view.time_zone.as_str(), view.next), (Schedule::default(), "Australia/Sydney", vec![]));

    let notices = vec![Notice { address: "books@bluegum.example".to_owned(), when: NoticeRule::Always }];
    let wanted = Schedule { notices: notices.clone(), ..schedule(&["06:45", "18:45"]) };
    assert_eq!(sam.administrator().unwrap_err().problem.code, Code::NotAdministrator);
    let saved = stage.run(engine.save_schedule(&ana, &wanted, stage.settings_version())).unwrap();
    assert_eq!(saved.next.len(), 5);
    assert_eq!(saved.next, next_runs(&wanted, "Australia/Sydney", stage.now(), 5));
    assert_eq!(stage.run(engine.schedule(&ana)).unwrap(), saved);
    let shown = stage.run(engine.schedule(&sam)).unwrap();
    assert_eq!((shown.next, shown.schedule.notices), (saved.next, vec![]), "addresses are for administrators");
    let noted = noted(&stage, &ana, "change-schedule");
    assert_eq!(noted.detail, "");
    let times = noted.changes.iter().find(|change| change.path == "schedule.times").unwrap();
    assert_eq!((&times.before, &times.after), (&Some(json!(["07:00", "19:00"])), &Some(json!(["06:45", "18:45"]))));

    let before = stage.texts("SELECT settings FROM connections");
    for (wrong, field) in [
        (schedule(&["06:50"]), "schedule.times.0"),
        (Schedule { time_zone: Some("Sydney".to_owned()), ..schedule(&["06:45"]) }, "schedule.time_zone"),
    ] {
        let refused = stage.run(engine.save_schedule(&ana, &wrong, stage.settings_version())).unwrap_err();
        assert_eq!(refused.problem.code, Code::InvalidRequest);
        assert!(refused.problem.why.contains(field), "{}", refused.problem.why);
    }
    assert_eq!(stage.texts("SELECT settings FROM connections"), before);
}

#[test]
fn settings_are_saved_whole_or_not_at_all() {
    let (stage, ana) = connected();
    let desk = Desk::default();
    let engine = stage.engine(&desk);
    assert_eq!(stage.run(engine.settings(&ana)).unwrap().settings, Settings::default());

    let mut wanted = Settings { schedule: utc(&["07:00"]), ..Settings::default() };
    wanted.directions.insert(Module::Vendors, Direction::ToCrm);
    wanted.accounts.sales = Some("200".to_owned());
    let saved = stage.run(engine.save_settings(&ana, &wanted, stage.settings_version())).unwrap();
    assert_eq!((&saved.settings, saved.version), (&wanted, stage.settings_version()));
    assert_eq!(stage.run(engine.settings(&ana)).unwrap().settings, wanted);
    let run_at = planned(&stage, &ana.org).run_at.unwrap();
    assert_eq!(vec![run_at], next_runs(&wanted.schedule, "UTC", stage.now(), 1));
    let audit = stage.texts("SELECT detail FROM audit WHERE action = 'change-settings'");
    assert_eq!(audit.len(), 1);
    let noted = noted(&stage, &ana, "change-settings");
    let noted: Vec<_> = noted.changes.into_iter().map(|change| (change.path, change.before, change.after)).collect();
    let line = |path: &str, before: Option<serde_json::Value>, after| (path.to_owned(), before, Some(after));
    let wanted_lines = [
        line("accounts.sales", None, json!("200")),
        line("directions.Vendors", None, json!("to_crm")),
        line("schedule.enabled", Some(json!(false)), json!(true)),
        line("schedule.time_zone", None, json!("UTC")),
        line("schedule.times", Some(json!(["07:00", "19:00"])), json!(["07:00"])),
    ];
    assert_eq!(noted, wanted_lines, "what changed, no more");

    let mut wrong = wanted.clone();
    wrong.accounts.purchases = Some("no such".to_owned());
    let mark = stage.world.borrow().mark();
    let refused = stage.run(engine.save_settings(&ana, &wrong, stage.settings_version())).unwrap_err();
    assert_eq!(refused.problem.code, Code::InvalidRequest);
    assert!(refused.problem.why.contains("accounts.purchases"), "{}", refused.problem.why);
    assert!(refused.problem.place.is_some());
    assert!(stage.world.borrow().calls_since(mark).len() > 1, "newer lists were asked first");
    assert_eq!(stage.run(engine.settings(&ana)).unwrap().settings, wanted);

    // Another change of the settings leaves a start that is due as it is.
    stage.advance(2 * DAY);
    wanted.accounts.sales = None;
    stage.run(engine.save_settings(&stage.administrator(ADMIN), &wanted, stage.settings_version())).unwrap();
    assert_eq!(planned(&stage, &ana.org).run_at, Some(run_at));
    assert_eq!(wake(&stage, &ana.org), Next::Now);
}

#[test]
fn a_schedule_may_begin_with_what_changes_from_now_on() {
    let (stage, ana) = connected();
    let cursors = || stage.texts("SELECT module || ' ' || side || ' ' || at FROM cursors ORDER BY 1");
    save(&stage, &ana, &Schedule { start: StartRule::LastSync, ..utc(&["07:00"]) });
    assert!(cursors().is_empty(), "everything counts");
    let pairs = [(Module::Accounts, Direction::Both), (Module::Invoices, Direction::ToCrm)].into();
    let from_now = Schedule { start: StartRule::FirstScheduled, pairs, ..utc(&["07:00"]) };
    save(&stage, &ana, &Schedule { enabled: false, ..from_now.clone() });
    assert!(cursors().is_empty(), "off");
    save(&stage, &ana, &from_now);
    let begun = cursors();
    let now = engine::text::instant(stage.now());
    let wanted = ["Accounts crm", "Accounts people", "Accounts xero", "Invoices xero"];
    assert_eq!(begun, wanted.map(|cursor| format!("{cursor} {now}")));
    stage.advance(3_600);
    save(&stage, &ana, &Schedule { pairs: BTreeMap::new(), ..from_now });
    assert!(cursors().len() > begun.len());
    assert!(begun.iter().all(|cursor| cursors().contains(cursor)), "those that exist stay where they are");
}

#[test]
fn the_budget_is_known_after_a_start() {
    let (stage, ana) = connected();
    let desk = Desk::default();
    let unknown = stage.run(stage.engine(&desk).budget(&ana)).unwrap();
    assert_eq!((unknown.xero_day_remaining, unknown.xero_day_reserve, unknown.as_of), (None, 100, stage.now()));
    let known = upstream::xero::BudgetState {
        day_remaining: Some(812),
        day_limit: Some(1_000),
        learned_at: Some(stage.now() - Duration::hours(1)),
        zoho_credits: Some(40_000),
        ..Default::default()
    };
    let tenant = shared::id::TenantId::new(stage.tenant(0)).unwrap();
    stage.run(stage.query(engine::store::budgets::save(&ana.org, &tenant, &known).unwrap())).unwrap();
    let view = stage.run(stage.engine(&desk).budget(&ana)).unwrap();
    assert_eq!((view.xero_day_limit, view.xero_day_remaining), (Some(1_000), Some(812)));
    assert_eq!((view.zoho_credits_remaining, view.as_of), (Some(40_000), stage.now() - Duration::hours(1)));
    // What this desk has learned itself is newer.
    stage.run(stage.engine(&desk).sync(&ana, Module::Accounts, &support::id(seed::FIRST_ACCOUNT))).unwrap();
    let view = stage.run(stage.engine(&desk).budget(&ana)).unwrap();
    assert!(view.xero_day_remaining.is_some_and(|left| left > 812), "{view:?}");
    assert!(view.xero_minute_used > 0);
    assert_eq!(view.as_of, stage.now());
}
