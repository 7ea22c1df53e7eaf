//! The log's screen: its addresses, its list, its picture of the days and its details. Natively, without a browser.
#![allow(clippy::unwrap_used, reason = "a test may panic")]
#![cfg(not(target_arch = "wasm32"))]

use chrono::{DateTime, TimeDelta, Utc};
use shared::api::portal::{DayView, DaysView, LogRow, LogRows, SyncKind};
use shared::api::runs::{Calls, Counts, LogQuery, RunKind, RunState, RunView, RunsPage, Scope};
use shared::api::{EntryView, Outcome};
use shared::module::Module;
use shared::problem::{self, Code, of};
use shared::settings::Direction;
use widget::fault::Fault;
use widget::portal::log::state::address::{Address, Filter, Filters, Tab};
use widget::portal::log::state::details::{Details, Do, Retry};
use widget::portal::log::state::file::is_full;
use widget::portal::log::state::list::{List, PAGE, Phase, Seen};
use widget::portal::log::state::picture::{HEIGHT, Part, bars, chosen, scale, sum};
use widget::portal::log::state::runs::Runs;
use widget::portal::route::{Route, Screen};
use widget::portal::words::log::Log;
use widget::portal::words::{Language, Texts};

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// Entry number `n`, a second after the one before.
fn row(n: usize) -> LogRow {
    LogRow {
        id: format!("{n:08}"),
        at: at("2026-05-01T00:00:00Z") + TimeDelta::seconds(i64::try_from(n).unwrap()),
        module: Module::Invoices,
        direction: Direction::ToXero,
        record_id: n.to_string(),
        xero_id: None,
        name: format!("INV-{n}"),
        party: Some("Acme".to_owned()),
        sync: SyncKind::Manual,
        by: Some("Ana".to_owned()),
        outcome: Outcome::Created,
        comment: "Due date".to_owned(),
        problem: None,
        run: Some("r".to_owned()),
    }
}

/// The page of the entries from `newest` down to above `end`.
fn page(newest: usize, end: usize, total: Option<u32>) -> LogRows {
    LogRows { rows: (end + 1..=newest).rev().map(row).collect(), more: end > 0, total, problems: Vec::new() }
}

fn ids(list: &List) -> Vec<String> {
    (0..list.loaded()).map(|at| list.row(at).unwrap().id.to_string()).collect()
}

/// The list of `count` entries with its first page read.
fn listed(count: usize) -> List {
    let mut list = List::default();
    let ask = list.read(Filters::default());
    list.arrived(ask.reading, Ok(page(count, count.saturating_sub(PAGE), u32::try_from(count).ok())));
    list
}

fn fault() -> Fault {
    Fault::Problem(Box::new(of(Code::Internal, &[])))
}

#[test]
fn the_address_has_every_filter_and_the_open_entry() {
    let filters = Filters {
        module: Some(Module::PurchaseOrders),
        outcome: Some(Outcome::Deferred),
        problem: Some(Code::TaxUnmapped),
        name: Some("Müller & Söhne = 100%".to_owned()),
        run: Some("0001-ab".to_owned()),
        record: Some("42".to_owned()),
        from: Some(at("2026-05-01T14:00:00Z")),
        until: Some(at("2026-05-02T14:00:00Z")),
    };
    let address = Address { tab: Tab::Runs, filters: filters.clone(), entry: Some("0002-cd".to_owned()) };
    let hash = address.route().hash();
    assert_eq!(Address::of(&Route::parse(&hash).unwrap()), address, "{hash}");
    assert!(hash.contains("module=Purchase_Orders&outcome=deferred&problem=tax-unmapped&name=M%C3%BCller%20%26"));
    assert!(hash.contains("from=2026-05-01T14:00:00.000Z"), "{hash}");
    assert_eq!(Address::of(&Route::parse("#/log").unwrap()), Address::default());
    assert_eq!(Address::default().route().hash(), "#/log");

    let mut without = filters.clone();
    for filter in filters.set() {
        assert!(without.set().contains(&filter));
        without = without.without(filter);
        assert!(!without.set().contains(&filter), "{filter:?}");
    }
    assert_eq!((filters.set().len(), without), (7, Filters::default()));
}

#[test]
fn what_does_not_fit_in_an_address_is_left_out() {
    let odd = "#/log?module=Leads&outcome=perfect&problem=none-such&name=%20%20&run=&from=yesterday&entry=";
    assert_eq!(Address::of(&Route::parse(odd).unwrap()), Address::default());
    assert_eq!(Filters::default().named("  Blue Gum ").name.as_deref(), Some("Blue Gum"));
    let long = Filters::default().named(&"é".repeat(150)).name.unwrap();
    assert_eq!(long.chars().count(), 100, "the API takes no more");
    let cut = Filters::default().named(&format!("{} of the party", "x".repeat(99))).name.unwrap();
    assert_eq!(cut, "x".repeat(99), "where it is cut off it has no space either");
}

#[test]
fn addresses_are_read_as_others_write_them() {
    let name = |name: &str| Filters::default().named(name);
    for filters in [name("A+B = C&D? #1"), name("tab\there"), name("100%25")] {
        let hash = Address { filters: filters.clone(), ..Address::default() }.route().hash();
        assert_eq!(Address::of(&Route::parse(&hash).unwrap()).filters, filters, "{hash}");
    }
    let of = |hash: &str| Address::of(&Route::parse(hash).unwrap()).filters.name;
    assert_eq!(of("#/log?name=Blue+Gum").as_deref(), Some("Blue Gum"), "as forms write spaces");
    assert_eq!(of("#/log?name=a=b").as_deref(), Some("a=b"));
    assert_eq!(of("#/log?name=first&name=second").as_deref(), Some("first"));
    assert_eq!(Route::parse("#/mapping/taxes/").unwrap(), Route::to(Screen::Mapping).at("taxes"));
}

#[test]
fn the_api_is_asked_with_the_same_filters() {
    let filters = Filters { outcome: Some(Outcome::Failed), ..Filters::default() }.named("Café & Co");
    assert_eq!(filters.file(), "/api/entries.csv?outcome=failed&name=Caf%C3%A9%20%26%20Co");
    assert_eq!(Filters::default().file(), "/api/entries.csv");
    let ask = List::default().read(filters);
    assert_eq!(ask.path, "/api/log?outcome=failed&name=Caf%C3%A9%20%26%20Co&limit=200");

    // Every filter by the name that the API has for it: it ignores what it does not know.
    let query = LogQuery {
        run: Some("0001-ab".to_owned()),
        module: Some(Module::PurchaseOrders),
        outcome: Some(Outcome::Deferred),
        problem: Some(Code::TaxUnmapped),
        record: Some("42".to_owned()),
        name: Some("Acme".to_owned()),
        from: Some(at("2026-05-01T14:00:00Z")),
        until: Some(at("2026-05-02T14:00:00Z")),
        before: None,
        limit: None,
    };
    let filters = Filters {
        module: query.module,
        outcome: query.outcome,
        problem: query.problem,
        name: query.name.clone(),
        run: query.run.clone(),
        record: query.record.clone(),
        from: query.from,
        until: query.until,
    };
    let pairs = filters.query().into_iter().map(|(name, value)| (name, value.into())).collect();
    assert_eq!(serde_json::from_value::<LogQuery>(serde_json::Value::Object(pairs)).unwrap(), query);
}

#[test]
fn pages_follow_each_other_to_the_end() {
    let mut list = listed(450);
    assert_eq!((list.count(), list.loaded()), (450, 200));
    assert_eq!(list.next(99), None, "what is wanted is there, with some to spare");
    let ask = list.next(100).unwrap();
    assert_eq!(ask.path, "/api/log?before=00000251&limit=200");
    assert_eq!(list.next(449), None, "one page at a time");
    list.arrived(ask.reading, Ok(page(250, 50, None)));
    assert_eq!((list.count(), list.loaded()), (450, 400), "the total of the first page stays");
    let ask = list.next(449).unwrap();
    list.arrived(ask.reading, Ok(page(50, 0, None)));
    assert_eq!((list.count(), list.loaded()), (450, 450));
    assert_eq!(list.next(449), None);
    assert_eq!(ids(&list), (1..=450).rev().map(|n| format!("{n:08}")).collect::<Vec<_>>());
    assert_eq!((list.phase(), list.seen()), (&Phase::Still, Seen::Rows(1)), "the same list: nobody is sent to its top");
}

#[test]
fn without_a_total_the_end_is_open() {
    let mut list = List::default();
    let ask = list.read(Filters::default());
    list.arrived(ask.reading, Ok(page(300, 100, None)));
    assert_eq!(list.count(), 201, "a row more than are there, so that one can go on");
    // A page that says "more" and has nothing would be asked for without an end.
    let ask = list.next(200).unwrap();
    list.arrived(ask.reading, Ok(LogRows { rows: Vec::new(), more: true, total: None, problems: Vec::new() }));
    assert_eq!((list.count(), list.next(200)), (200, None));
}

#[test]
fn an_answer_to_an_older_filter_is_ignored() {
    let mut list = listed(10);
    let late = list.read(Filters { outcome: Some(Outcome::Failed), ..Filters::default() });
    let ask = list.read(Filters { module: Some(Module::Vendors), ..Filters::default() });
    list.arrived(late.reading, Ok(page(3, 0, Some(3))));
    assert_eq!(
        (list.phase(), list.count()),
        (&Phase::First, 10),
        "what was shown stays until the right answer is there"
    );
    list.arrived(ask.reading, Ok(page(5, 0, Some(5))));
    assert_eq!((list.phase(), list.count(), list.seen()), (&Phase::Still, 5, Seen::Rows(2)));
    list.arrived(late.reading, Err(fault()));
    assert_eq!(list.phase(), &Phase::Still);

    // The same for a further page, and for a look.
    let mut list = listed(450);
    let further = list.next(199).unwrap();
    let look = listed(450).look(at("2026-06-01T00:00:00Z")).unwrap();
    let ask = list.read(Filters::default().named("x"));
    list.arrived(further.reading, Ok(page(250, 50, None)));
    list.looked(look.reading, page(460, 450, Some(10)));
    assert!(!list.has_news());
    list.arrived(ask.reading, Ok(page(1, 0, Some(1))));
    list.looked(look.reading, page(460, 459, Some(1)));
    assert!(!list.has_news(), "a look at another list");
    assert_eq!(ids(&list), ["00000001"]);
}

#[test]
fn news_of_another_filter_are_forgotten() {
    let now = at("2026-06-01T00:00:00Z");
    // Few of them wait, or more than a page.
    for newer in [page(452, 450, None), page(800, 600, None)] {
        let mut list = listed(450);
        let look = list.look(now).unwrap();
        list.looked(look.reading, newer);
        assert!(list.has_news());
        let ask = list.read(Filters { outcome: Some(Outcome::Failed), ..Filters::default() });
        assert!(!list.has_news());
        list.arrived(ask.reading, Ok(page(3, 0, Some(3))));
        assert!(!list.has_news());
        assert_eq!((list.show_news(), list.count()), (None, 3));
        assert!(list.look(now).is_some(), "and new ones are looked for");
    }
}

#[test]
fn an_answer_that_comes_twice_is_taken_once() {
    let mut list = listed(450);
    let ask = list.next(199).unwrap();
    list.arrived(ask.reading, Ok(page(250, 50, None)));
    list.arrived(ask.reading, Ok(page(250, 50, None)));
    assert_eq!(list.loaded(), 400);
}

#[test]
fn a_page_that_did_not_come_is_asked_for_again() {
    let mut list = List::default();
    let ask = list.read(Filters::default().named("a"));
    list.arrived(ask.reading, Err(fault()));
    assert_eq!(list.phase(), &Phase::Failed(fault(), true));
    assert_eq!((list.seen(), list.fault()), (Seen::Failed(fault()), None), "told once, in the place of the rows");
    assert_eq!(list.next(0), None, "not by itself");
    let again = list.again().unwrap();
    assert_eq!(again.path, ask.path);
    list.arrived(again.reading, Ok(page(300, 100, Some(300))));
    let ask = list.next(150).unwrap();
    list.arrived(ask.reading, Err(fault()));
    assert_eq!((list.phase(), list.loaded()), (&Phase::Failed(fault(), false), 200), "the rows stay");
    assert_eq!((list.seen(), list.fault()), (Seen::Rows(1), Some(&fault())), "and what was wrong is told below them");
    assert_eq!(list.again().unwrap().path, ask.path);
    assert_eq!(list.again(), None, "it is on its way");
}

#[test]
fn what_is_seen_stays_until_the_answer_is_there() {
    let mut list = List::default();
    let nothing = || Ok(LogRows { rows: Vec::new(), more: false, total: Some(0), problems: Vec::new() });
    let ask = list.read(Filters::default());
    assert_eq!(list.seen(), Seen::Reading);
    list.arrived(ask.reading, nothing());
    assert_eq!(list.seen(), Seen::Nothing);
    let ask = list.read(Filters::default().named("x"));
    assert_eq!(list.seen(), Seen::Nothing);
    list.arrived(ask.reading, nothing());
    assert_eq!(list.seen(), Seen::NoneFits);
    let ask = list.read(Filters::default());
    assert_eq!(list.seen(), Seen::NoneFits, "not yet empty, only filtered");
    list.arrived(ask.reading, Err(fault()));
    assert_eq!(list.seen(), Seen::Failed(fault()));
    let ask = list.again().unwrap();
    list.arrived(ask.reading, Ok(page(3, 0, Some(3))));
    assert_eq!(list.seen(), Seen::Rows(3));
}

#[test]
fn newer_entries_wait_until_they_are_shown_and_take_their_places() {
    let now = at("2026-06-01T00:00:00Z");
    let mut list = listed(450);
    let look = list.look(now).unwrap();
    assert_eq!(look.path, "/api/log?before=9999999999999&limit=200");
    list.looked(look.reading, page(450, 250, None));
    assert!(!list.has_news(), "nothing is new");
    // A run that began before the newest click is still at work: its entries stand below.
    let mut of_run = row(470);
    of_run.id = "00000449-run".to_owned();
    let mut below = row(471);
    below.id = "00000100-run".to_owned();
    let rows = vec![row(452), row(451), of_run, below, row(450)];
    list.looked(look.reading, LogRows { rows: rows.clone(), more: true, total: None, problems: Vec::new() });
    list.looked(look.reading, LogRows { rows, more: true, total: None, problems: Vec::new() });
    assert!(list.has_news());
    assert_eq!(list.loaded(), 200, "they wait");
    assert_eq!(list.show_news(), None);
    assert_eq!(ids(&list)[..5], ["00000452", "00000451", "00000450", "00000449-run", "00000449"].map(str::to_owned));
    assert_eq!((list.loaded(), list.count()), (203, 453), "what belongs to a later page comes with it");
    assert!(!list.has_news());

    // More than a page: another list.
    let look = list.look(now).unwrap();
    list.looked(look.reading, page(800, 600, None));
    assert!(list.has_news());
    assert_eq!(list.look(now), None, "more than that is not needed");
    assert_eq!(list.show_news().unwrap().path, "/api/log?limit=200");

    let mut past = List::default();
    let ask = past.read(Filters { until: Some(at("2026-05-02T00:00:00Z")), ..Filters::default() });
    assert_eq!(past.look(now), None, "it is being read");
    past.arrived(ask.reading, Ok(page(3, 0, Some(3))));
    assert_eq!(past.look(now), None, "a day that is over gets no more");
    assert!(past.look(at("2026-05-01T12:00:00Z")).is_some());
    assert!(past.look(at("2026-05-01T23:59:59Z")).is_some());
    assert_eq!(past.look(at("2026-05-02T00:00:00Z")), None, "it is over with its last instant");
}

#[test]
fn newer_entries_of_a_short_list_take_their_places_without_another_reading() {
    let now = at("2026-06-01T00:00:00Z");
    let mut list = List::default();
    let ask = list.read(Filters::default());
    list.arrived(ask.reading, Ok(LogRows { rows: Vec::new(), more: false, total: Some(0), problems: Vec::new() }));
    let look = list.look(now).unwrap();
    list.looked(look.reading, LogRows { more: false, ..page(7, 5, None) });
    assert!(list.has_news());
    assert_eq!((list.show_news(), list.count()), (None, 2), "the first ones of an empty log");
    // A run that began before all others ends last: no page is to come that could have its entry.
    let look = list.look(now).unwrap();
    list.looked(look.reading, LogRows { more: false, ..page(7, 4, None) });
    assert_eq!((list.show_news(), list.count()), (None, 3));
    assert_eq!(ids(&list), ["00000007", "00000006", "00000005"]);
}

#[test]
fn the_problems_in_sight_can_be_filtered_by() {
    let mut list = List::default();
    let ask = list.read(Filters::default());
    let mut rows = page(3, 0, Some(3));
    rows.problems = [Code::TaxUnmapped, Code::NameMissing].map(|code| problem::of(code, &[])).to_vec();
    rows.problems[0].what = "Die Steuer hat in Xero kein Gegenstück.".to_owned();
    list.arrived(ask.reading, Ok(rows));
    assert_eq!(list.codes(), [Code::NameMissing, Code::TaxUnmapped]);
    assert_eq!(list.called(Code::TaxUnmapped), Some("Die Steuer hat in Xero kein Gegenstück"), "as the edge tells it");
    let ask = list.read(Filters { problem: Some(Code::PlanLimit), ..Filters::default() });
    list.arrived(ask.reading, Ok(page(0, 0, Some(0))));
    assert_eq!(list.codes(), [Code::NameMissing, Code::TaxUnmapped, Code::PlanLimit], "one finds the way back");
    assert_eq!(list.called(Code::PlanLimit), None, "until it is told");
}

#[test]
fn texts_that_many_rows_share_are_kept_once() {
    let list = listed(2);
    let (one, other) = (list.row(0).unwrap(), list.row(1).unwrap());
    assert!(std::ptr::eq(&*one.comment, &*other.comment));
    assert!(one.by.is_some());
    assert!(std::ptr::eq(one.by.as_deref().unwrap(), other.by.as_deref().unwrap()));
    assert_eq!(list.neighbours("00000002"), (None, Some("00000001".to_owned())));
    assert_eq!(list.neighbours("00000001"), (Some("00000002".to_owned()), None));
    assert_eq!(list.neighbours("elsewhere"), (None, None));
    assert_eq!(list.sync_of("00000001"), Some(SyncKind::Manual));
}

fn counts(created: u32, updated: u32, failed: u32) -> Counts {
    Counts { candidates: created + updated + failed, created, updated, failed, ..Counts::default() }
}

fn day(number: u32, runs: u32, counts: Counts) -> DayView {
    let from = at("2026-05-01T14:00:00Z") + TimeDelta::days(i64::from(number));
    DayView { day: format!("2026-05-{:02}", number + 2), from, until: from + TimeDelta::days(1), runs, counts }
}

#[test]
fn a_bar_is_as_high_as_its_day_was_busy() {
    for (highest, top) in [(0, 1), (1, 1), (2, 2), (3, 5), (11, 20), (47, 50), (51, 100), (50_000, 50_000)] {
        assert_eq!(scale(&[day(0, 0, counts(0, highest, 0))]), top, "{highest}");
    }
    assert_eq!(scale(&[]), 1);
    assert_eq!(scale(&[day(0, 0, counts(4, 4, 3)), day(1, 0, counts(2, 0, 0))]), 20, "every part of a day counts");
    assert_eq!(scale(&[day(0, 0, counts(0, 0, 6))]), 10);
    assert_eq!(bars(&counts(0, 0, 0), 10), []);
    let full = bars(&counts(60, 30, 10), 100);
    assert_eq!(full.iter().map(|bar| bar.part).collect::<Vec<_>>(), Part::ALL);
    let mut edge = HEIGHT;
    for bar in &full {
        assert_eq!(bar.top + bar.height, edge, "one on the other, without a gap: {full:?}");
        edge = bar.top;
    }
    assert!(edge <= 4, "the highest day fills the picture: {full:?}");
    assert!(full[0].height > full[1].height && full[1].height > full[2].height);
    let seen = bars(&counts(49_999, 0, 1), 50_000);
    assert!(seen[1].height >= 20, "one failure of many is seen: {seen:?}");
    assert!(seen.iter().all(|bar| bar.top + bar.height <= HEIGHT));
    let low = bars(&counts(60, 30, 10), 50);
    assert!(low.iter().all(|bar| bar.top + bar.height <= HEIGHT), "too low a scale leaves nothing outside: {low:?}");
    assert!(bars(&counts(5, 0, 0), 10)[0].height < bars(&counts(9, 0, 0), 10)[0].height);
}

#[test]
fn the_days_are_summed_and_the_chosen_one_is_found() {
    let days = vec![day(0, 1, counts(1, 2, 3)), day(1, 0, counts(0, 0, 0)), day(2, 2, counts(10, 0, 1))];
    let all = sum(&days);
    assert_eq!((all.runs, all.counts), (3, counts(11, 2, 4)));
    let days = DaysView { time_zone: "Australia/Sydney".to_owned(), days };
    let of = |at: usize| (Some(days.days[at].from), Some(days.days[at].until));
    let (from, until) = of(2);
    assert_eq!(chosen(&days, from, until).unwrap().day, "2026-05-04");
    assert_eq!(chosen(&days, from, None), None);
    assert_eq!(chosen(&days, of(0).0, until), None, "several days are none");
}

#[test]
fn sentences_of_the_days_read_well() {
    let plain = |count: u32| count.to_string();
    let english = Log::of(Language::English);
    assert_eq!(
        (english.days_sum)(3, &counts(400, 12, 1), &plain),
        "400 sent, 12 updated and 1 failed, in 3 runs and by clicks."
    );
    assert_eq!(
        (english.day)("22 Nov 2026", 1, &counts(12, 0, 2), &plain),
        "22 Nov 2026: 1 run, 12 sent, 0 updated, 2 failed"
    );
    assert_eq!((english.total)("1", true), "1 entry");
    assert_eq!((english.total)("50,000", false), "50,000 entries");
    assert_eq!((english.counts)(&counts(12, 0, 2), &plain), "12 sent · 2 failed");
    for (seconds, text) in [(5, "5 s"), (100, "1 min 40 s"), (7_500, "2 h 5 min")] {
        assert_eq!((english.lasted)(seconds), text);
    }
    assert_eq!((english.counts)(&counts(0, 0, 0), &plain), "No records");
    assert_eq!((english.chip_time)(Some("1 May"), Some("2 May")), "1 May to 2 May");
    let german = Log::of(Language::German);
    assert_eq!(
        (german.day)("22.11.2026", 2, &counts(12, 0, 2), &plain),
        "22.11.2026: 2 Abgleiche, 12 gesendet, 0 aktualisiert, 2 fehlgeschlagen"
    );
    assert_eq!((german.total)("1", true), "1 Eintrag");
}

fn entry(id: &str, outcome: Outcome) -> EntryView {
    EntryView {
        id: id.to_owned(),
        module: Module::Invoices,
        record_id: "42".to_owned(),
        name: "INV-42".to_owned(),
        outcome,
        at: at("2026-05-01T00:00:00Z"),
        took_ms: 1_200,
        by: Some("Ana".to_owned()),
        changes: Vec::new(),
        problems: Vec::new(),
        dependencies: Vec::new(),
        calls: Vec::new(),
        run: None,
        xero_id: None,
        direction: Direction::ToXero,
        party: None,
    }
}

fn run(state: RunState, candidates: u32) -> RunView {
    RunView {
        id: "r-7".to_owned(),
        kind: RunKind::Retry,
        by: None,
        state,
        scope: Scope::Records(Vec::new()),
        started_at: at("2026-05-01T00:00:00Z"),
        ended_at: None,
        resumes_at: None,
        pairs: Vec::new(),
        counts: Counts { candidates, created: candidates, ..Counts::default() },
        calls: Calls::default(),
        problem: None,
        forecast: None,
    }
}

fn opened(id: &str, outcome: Outcome) -> Details {
    let mut details = Details::default();
    assert_eq!(details.open(Some(id.to_owned())), Some(Do::Read(format!("/api/entries/{id}"))));
    details.arrived(id, Ok(entry(id, outcome)));
    details
}

#[test]
fn details_of_an_entry_that_is_not_open_any_more_come_too_late() {
    let mut details = opened("e-1", Outcome::Created);
    assert_eq!(details.open(Some("e-1".to_owned())), None, "it is open");
    details.open(Some("e-2".to_owned()));
    details.arrived("e-1", Ok(entry("e-1", Outcome::Failed)));
    assert_eq!(details.entry().unwrap().outcome, Outcome::Created, "what was in sight stays as it was");
    assert!(details.is_stale() && !details.can_retry());
    details.arrived("e-2", Err(fault()));
    assert_eq!((details.entry(), details.is_stale()), (None, false));
    assert_eq!(details.fault(), Some(&fault()));
    assert_eq!(details.read(), Some(Do::Read("/api/entries/e-2".to_owned())));
    assert_eq!(details.fault(), None);
    assert_eq!(details.open(Some("../session?x".to_owned())), Some(Do::Read("/api/entries/sessionx".to_owned())));
    details.arrived("../session?x", Ok(entry("../session?x", Outcome::Failed)));
    assert!(!details.is_stale() && details.can_retry());
    assert_eq!(details.open(None), None);
    assert_eq!(details.entry(), None);
}

#[test]
fn a_failed_record_is_tried_again_and_its_new_entry_is_shown() {
    assert!(!opened("e-1", Outcome::Created).can_retry());
    let mut details = opened("e-1", Outcome::Failed);
    assert_eq!(details.retry(), Some(Do::Start("/api/entries/e-1/retry".to_owned())));
    assert_eq!(details.retry(), None, "once");
    let look = Some(Do::LookSoon("/api/runs/r-7".to_owned()));
    assert_eq!(details.run_arrived("e-1", Ok(run(RunState::Listing, 0))), look);
    assert_eq!(details.run_arrived("e-1", Ok(run(RunState::Running, 0))), look);
    assert!(details.is_retrying());
    let find = Some(Do::Find("/api/log?run=r-7".to_owned()));
    assert_eq!(details.run_arrived("e-1", Ok(run(RunState::Done, 1))), find);
    // Its customer went first and has an entry, too.
    let mut customer = row(7);
    customer.module = Module::Accounts;
    let rows = LogRows { rows: vec![customer, row(42)], more: false, total: Some(2), problems: Vec::new() };
    assert_eq!(details.found("e-1", Ok(rows)), Some(Do::Show("00000042".to_owned())));
    assert!(!details.is_retrying());
}

#[test]
fn a_retry_that_comes_to_nothing_says_why() {
    let mut details = opened("e-1", Outcome::Deferred);
    details.retry();
    assert_eq!(details.run_arrived("e-1", Err(fault())), None);
    assert_eq!((details.retrying(), details.can_retry()), (&Retry::Refused(fault()), true));
    details.retry();
    let mut ended = run(RunState::Failed, 0);
    let problem = of(Code::XeroDisconnected, &[]);
    ended.problem = Some(problem.clone());
    assert_eq!(details.run_arrived("e-1", Ok(ended)), None);
    assert_eq!(details.retrying(), &Retry::Ended(Some(Box::new(problem))));

    // Another entry was opened meanwhile: it is not taken away from under the reader.
    details.retry();
    details.open(Some("e-2".to_owned()));
    assert_eq!(details.run_arrived("e-1", Ok(run(RunState::Done, 1))), None);
    assert_eq!(details.found("e-1", Ok(page(42, 41, Some(1)))), None);
    assert_eq!(details.retrying(), &Retry::Idle);
}

#[test]
fn a_retry_finds_its_record_among_the_entries_of_its_run() {
    let of = |n: usize, module, record: &str, xero: Option<&str>| LogRow {
        module,
        record_id: record.to_owned(),
        xero_id: xero.map(str::to_owned),
        ..row(n)
    };
    let customer = |record: &str, xero| of(7, Module::Accounts, record, xero);
    let invoice = |record: &str, xero| of(9, Module::Invoices, record, xero);
    let product = of(8, Module::Products, "", None);
    for (record, xero, rows, shown) in [
        // By its id in the CRM; no pair has a record of another, be its id the same.
        ("42", None, vec![customer("42", None), invoice("42", None)], Some(9)),
        ("42", Some("x-1"), vec![customer("7", Some("x-1")), invoice("42", Some("x-2"))], Some(9)),
        // By its id in Xero alone.
        ("", Some("x-1"), vec![customer("7", Some("x-3")), invoice("", Some("x-1"))], Some(9)),
        ("", Some("x-1"), vec![of(6, Module::Invoices, "", Some("x-2")), invoice("", Some("x-1"))], Some(9)),
        // Ids that are not there are not the same.
        ("42", None, vec![of(6, Module::Invoices, "41", None), invoice("42", None)], Some(9)),
        // It was Xero's alone and has become the CRM's, or came to nothing.
        ("", Some("x-1"), vec![invoice("42", None)], Some(9)),
        ("42", None, vec![product], Some(8)),
        ("42", None, Vec::new(), None),
    ] {
        let mut details = opened("e-1", Outcome::Failed);
        let mut open = entry("e-1", Outcome::Failed);
        (open.record_id, open.xero_id) = (record.to_owned(), xero.map(str::to_owned));
        details.arrived("e-1", Ok(open));
        details.retry();
        details.run_arrived("e-1", Ok(run(RunState::Done, 2)));
        assert!(details.is_retrying() && !details.can_retry(), "until it is found");
        let told = format!("{record:?} {xero:?} among {rows:?}");
        let found = details.found("e-1", Ok(LogRows { rows, more: false, total: None, problems: Vec::new() }));
        assert_eq!(found, shown.map(|n: usize| Do::Show(format!("{n:08}"))), "{told}");
        assert_eq!(details.retrying(), if shown.is_some() { &Retry::Idle } else { &Retry::Ended(None) }, "{told}");
    }
    // Its entries could not be read: that is told, and it can be tried again.
    let mut details = opened("e-1", Outcome::Failed);
    details.retry();
    details.run_arrived("e-1", Ok(run(RunState::Done, 1)));
    assert_eq!(details.found("e-1", Err(fault())), None);
    assert_eq!((details.retrying(), details.can_retry()), (&Retry::Refused(fault()), true));
}

#[test]
fn an_entry_that_is_on_its_way_cannot_be_tried_again() {
    let mut details = opened("e-1", Outcome::Failed);
    details.open(Some("e-2".to_owned()));
    assert!(details.is_stale() && !details.can_retry(), "what is in sight is another one");
    assert_eq!(details.retry(), None);
    details.arrived("e-2", Ok(entry("e-2", Outcome::Failed)));
    assert_eq!(details.retry(), Some(Do::Start("/api/entries/e-2/retry".to_owned())));
}

#[test]
fn runs_are_read_anew_from_the_newest_on() {
    let named = |id: &str| RunView { id: id.to_owned(), ..run(RunState::Done, 1) };
    let mut runs = Runs::default();
    assert!(runs.begin().is_some());
    assert_eq!(runs.begin(), None, "a page is on its way");
    runs.arrived(Err(fault()));
    assert!(!runs.is_read());
    assert_eq!(runs.next_page().as_deref(), Some("/api/runs"), "the first page, once more");
    runs.arrived(Ok(RunsPage { runs: vec![named("r-3"), named("r-2")], more: false }));
    assert!(runs.is_read());
    assert_eq!(runs.begin().as_deref(), Some("/api/runs"));
    assert_eq!((runs.list().len(), runs.is_read(), runs.has_more()), (0, false, false));
    runs.arrived(Err(fault()));
    assert_eq!(runs.next_page().as_deref(), Some("/api/runs"));
    runs.arrived(Ok(RunsPage { runs: vec![named("r-4")], more: false }));
    assert_eq!(runs.list().iter().map(|run| run.id.as_str()).collect::<Vec<_>>(), ["r-4"]);
}

#[test]
fn runs_are_read_page_by_page() {
    let mut runs = Runs::default();
    assert_eq!(runs.begin().as_deref(), Some("/api/runs"));
    assert_eq!(runs.next_page(), None, "one page at a time");
    runs.arrived(Ok(RunsPage { runs: vec![run(RunState::Done, 1)], more: true }));
    assert_eq!(runs.next_page().as_deref(), Some("/api/runs?before=r-7"));
    runs.arrived(Err(fault()));
    assert_eq!((runs.fault(), runs.list().len()), (Some(&fault()), 1));
    assert_eq!(runs.next_page().as_deref(), Some("/api/runs?before=r-7"));
    let older = RunView { id: "r-6".to_owned(), ..run(RunState::Done, 1) };
    runs.arrived(Ok(RunsPage { runs: vec![run(RunState::Done, 1), older], more: false }));
    assert_eq!(runs.list().iter().map(|run| run.id.as_str()).collect::<Vec<_>>(), ["r-7", "r-6"]);
    assert_eq!((runs.next_page(), runs.fault(), runs.has_more()), (None, None, false));
}

#[test]
fn every_filter_can_be_told_apart() {
    let both = Filters { from: Some(at("2026-05-01T00:00:00Z")), ..Filters::default() };
    assert_eq!(both.set(), [Filter::Time(both.from, None)]);
    let before = Filters { until: both.from, ..Filters::default() };
    assert_eq!(before.set(), [Filter::Time(None, both.from)]);
    assert_eq!(before.without(Filter::Time(None, both.from)), Filters::default());
}

#[test]
fn a_file_with_as_many_entries_as_one_may_have_says_that_it_may_lack_some() {
    // Cells may have quotes, and lines of their own.
    let file = |entries: usize| {
        format!("\u{feff}Time,Comment\r\n{}", "now,\"The \"\"tax\"\"\r\nis new\n\"\r\n".repeat(entries))
    };
    assert!(!is_full(&file(0)));
    assert!(!is_full(&file(9_999)));
    assert!(is_full(&file(10_000)));
}
