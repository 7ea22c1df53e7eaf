//! The log: filters, pages, whose entries a user gets, and the file for spreadsheets.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use crate::support;

use chrono::{DateTime, Duration, TimeZone, Utc};
use engine::access::rights::{Administrator, Member};
use engine::store::{entries, log};
use engine::sync::{Desk, Engine};
use ports::{Clock, Database, Statement, Value};
use sandbox::{World, seed};
use shared::api::runs::{LogPage, LogQuery};
use shared::api::{EntryView, FieldChange, Outcome, Why, Written};
use shared::language::Language;
use shared::module::Module;
use shared::problem::{self, Code, Problem};
use shared::settings::Direction;
use std::collections::BTreeSet;
use support::{ADMIN, BASE, Stage};

const SALES: &str = "sam@bluegum.example";
/// Both began a quarter of an hour before [`start`].
const RUNS: [&str; 2] = ["1775303100000-aaaaaaaaaaaaaaaa", "1775303100000-bbbbbbbbbbbbbbbb"];

fn start() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 4, 4, 12, 0, 0).unwrap()
}

/// An entry of a number: what it is follows from the number alone.
fn entry(number: usize) -> EntryView {
    let modules = Module::ALL;
    let outcomes = [Outcome::Created, Outcome::Updated, Outcome::Unchanged, Outcome::Failed, Outcome::Deferred];
    let outcome = outcomes[number % 5];
    let problems: Vec<Problem> = match outcome {
        Outcome::Failed => vec![problem::of(Code::NameMissing, &[]), problem::of(Code::ValueShortened, &[])],
        Outcome::Deferred => vec![problem::of(Code::XeroDayLimit, &[])],
        Outcome::Undecided => vec![problem::of(Code::ContactInDoubt, &[])],
        _ => Vec::new(),
    };
    let at = start() + Duration::minutes(i64::try_from(number).unwrap());
    let run = (!number.is_multiple_of(4)).then(|| RUNS[number % 2]);
    let begins = at.timestamp_millis() / 600_000 * 600_000;
    EntryView {
        // Several share a time; those of a run have the run's.
        id: match run {
            Some(run) => format!("{}-{number:016x}", &run[..13]),
            None => format!("{begins:013}-{number:016x}"),
        },
        module: modules[number % 6],
        record_id: if number.is_multiple_of(7) { String::new() } else { format!("5725{:08}", number % 50) },
        name: format!("Record {number}"),
        outcome,
        at,
        took_ms: 3,
        by: (number.is_multiple_of(3)).then(|| "Sam Sales".to_owned()),
        changes: Vec::new(),
        problems,
        dependencies: Vec::new(),
        calls: Vec::new(),
        run: run.map(str::to_owned),
        xero_id: (number.is_multiple_of(2)).then(|| format!("0d9e0d9e-0000-4000-8000-{:012}", number % 40)),
        direction: [Direction::ToXero, Direction::ToCrm, Direction::Both][number % 3],
        party: number.is_multiple_of(4).then(|| format!("École {} 100%_\\", number % 9)),
    }
}

fn is_sams(number: usize) -> bool {
    number.is_multiple_of(3)
}

/// A stage with so many entries, some of Sam's.
fn stage(count: usize) -> (Stage, Administrator, Member) {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let sam = stage.sign_in(SALES);
    for whose in [true, false] {
        let wanted: Vec<EntryView> = (0..count).filter(|number| is_sams(*number) == whose).map(entry).collect();
        stage
            .run(
                stage.query(
                    entries::save(
                        &ana.org,
                        whose.then_some(&sam.id),
                        whose.then_some(&sam.id),
                        wanted.iter().map(entries::Written::unread),
                    )
                    .unwrap(),
                ),
            )
            .unwrap();
    }
    (stage, ana, sam)
}

fn page(stage: &Stage, user: &Member, query: &LogQuery) -> LogPage {
    let desk = Desk::default();
    stage.run(stage.engine(&desk).log(user, query)).unwrap()
}

/// All pages of a query, put together.
fn pages(stage: &Stage, user: &Member, query: &LogQuery) -> Vec<String> {
    let mut query = query.clone();
    let mut names = Vec::new();
    loop {
        let page = page(stage, user, &query);
        names.extend(page.entries.iter().map(|entry| entry.name.clone()));
        match page.entries.last() {
            Some(last) if page.more => query.before = Some(last.id.clone()),
            _ => return names,
        }
    }
}

fn has(query: &LogQuery, entry: &EntryView) -> bool {
    query.run.as_ref().is_none_or(|run| entry.run.as_ref() == Some(run))
        && query.module.is_none_or(|module| entry.module == module)
        && query.outcome.is_none_or(|outcome| entry.outcome == outcome)
        && query.problem.is_none_or(|code| entry.problems.first().is_some_and(|first| first.code == code))
        && query.record.as_ref().is_none_or(|id| {
            let id = id.to_lowercase();
            entry.record_id == id || entry.xero_id.as_ref() == Some(&id)
        })
        && query.name.as_ref().is_none_or(|wanted| {
            let wanted = wanted.to_lowercase();
            let party = entry.party.clone().unwrap_or_default();
            [&entry.name, &party].iter().any(|name| name.to_lowercase().contains(&wanted))
        })
        && query.from.is_none_or(|from| entry.at >= from)
        && query.until.is_none_or(|until| entry.at < until)
        && query.before.as_ref().is_none_or(|before| entry.id < *before)
}

#[test]
fn every_filter_and_every_pair_of_filters_gives_just_its_entries_newest_first() {
    let count = 600;
    let (stage, ana, sam) = stage(count);
    let one = |change: &dyn Fn(&mut LogQuery)| {
        let mut query = LogQuery { limit: Some(37), ..LogQuery::default() };
        change(&mut query);
        query
    };
    let filters: [&dyn Fn(&mut LogQuery); 17] = [
        &|_| {},
        &|query| query.run = Some(RUNS[1].to_owned()),
        &|query| query.run = Some("no such run".to_owned()),
        &|query| query.module = Some(Module::PurchaseOrders),
        &|query| query.outcome = Some(Outcome::Failed),
        &|query| query.problem = Some(Code::XeroDayLimit),
        &|query| query.problem = Some(Code::ValueShortened),
        &|query| query.record = Some("572500000011".to_owned()),
        &|query| query.record = Some("0D9E0D9E-0000-4000-8000-000000000012".to_owned()),
        &|query| query.record = Some("' OR 1=1 --".to_owned()),
        &|query| query.name = Some("recORD 12".to_owned()),
        &|query| query.name = Some("ÉCOLE 4".to_owned()),
        &|query| query.name = Some("%_\\".to_owned()),
        &|query| query.name = Some("_".to_owned()),
        &|query| query.from = Some(start() + Duration::minutes(123)),
        &|query| query.until = Some(start() + Duration::minutes(456)),
        &|query| query.before = Some(entry(300).id),
    ];
    let all: Vec<EntryView> = (0..count).rev().map(entry).collect();
    let mut told = 0;
    for first in &filters {
        for second in &filters {
            let query = one(&|query| {
                first(query);
                second(query);
            });
            for user in [&ana, &sam] {
                let mut wanted: Vec<&EntryView> = all
                    .iter()
                    .enumerate()
                    .filter(|(at, entry)| has(&query, entry) && (user.administers() || is_sams(count - 1 - at)))
                    .map(|(_, entry)| entry)
                    .collect();
                wanted.sort_by(|one, other| other.id.cmp(&one.id));
                let wanted: Vec<&str> = wanted.iter().map(|entry| entry.name.as_str()).collect();
                told += wanted.len();
                assert_eq!(pages(&stage, user, &query), wanted, "{query:?}");
                let desk = Desk::default();
                let table = stage.run(stage.engine(&desk).log_rows(user, &query)).unwrap();
                let rows: Vec<&str> = table.rows.iter().map(|row| row.name.as_str()).collect();
                assert_eq!(rows, wanted.iter().take(37).copied().collect::<Vec<_>>(), "{query:?}");
                assert_eq!(table.more, wanted.len() > 37, "{query:?}");
                let total = query.before.is_none().then(|| u32::try_from(wanted.len()).unwrap());
                assert_eq!(table.total, total, "{query:?}");
            }
        }
    }
    assert!(told > 10_000, "{told}");
}

#[test]
fn a_user_gets_the_own_clicks_and_no_run_of_others() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let sam = stage.sign_in(SALES);
    stage.click(&ana, Module::Accounts, seed::FIRST_ACCOUNT);
    stage.click(&sam, Module::Accounts, seed::ACCOUNT_TWO_CONTACTS);
    stage.run_all(&ana, &[Module::Products], Direction::ToXero, shared::api::runs::Scope::Everything);
    let own = page(&stage, &sam, &LogQuery::default());
    assert_eq!(own.entries.len(), 1);
    assert_eq!(own.entries[0].record_id, seed::ACCOUNT_TWO_CONTACTS);
    let run = stage.texts("SELECT id FROM runs").pop().unwrap();
    let of_run = LogQuery { run: Some(run), ..LogQuery::default() };
    assert!(page(&stage, &sam, &of_run).entries.is_empty());
    assert!(page(&stage, &ana, &of_run).entries.len() > 10);
    let desk = Desk::default();
    assert_eq!(stage.run(stage.engine(&desk).log_csv(&sam, &of_run)).unwrap().lines().count(), 1, "its header");
}

#[test]
fn a_page_has_50_entries_or_what_is_asked_for_within_bounds() {
    let (stage, ana, _) = stage(250);
    let of = |limit| page(&stage, &ana, &LogQuery { limit, ..LogQuery::default() });
    assert_eq!((of(None).entries.len(), of(None).more), (50, true));
    assert_eq!((of(Some(1)).entries.len(), of(Some(200)).entries.len()), (1, 200));
    let mut ids: Vec<String> = (0..250).map(|number| entry(number).id).collect();
    ids.sort();
    let last = LogQuery { before: Some(ids.remove(50)), limit: Some(50), ..LogQuery::default() };
    assert_eq!((page(&stage, &ana, &last).entries.len(), page(&stage, &ana, &last).more), (50, false));
    let desk = Desk::default();
    for limit in [0, 201] {
        let query = LogQuery { limit: Some(limit), ..LogQuery::default() };
        let refused = stage.run(stage.engine(&desk).log(&ana, &query)).unwrap_err();
        assert_eq!(refused.problem.code, Code::InvalidRequest);
        assert!(refused.problem.why.contains("limit"), "{}", refused.problem.why);
    }
}

#[test]
fn a_page_that_is_just_full_has_no_more() {
    let (stage, ana, _) = stage(40);
    let desk = Desk::default();
    for (limit, there, more) in [(39, 39, true), (40, 40, false), (41, 40, false)] {
        let query = LogQuery { limit: Some(limit), ..LogQuery::default() };
        let whole = page(&stage, &ana, &query);
        assert_eq!((whole.entries.len(), whole.more), (there, more), "{limit}");
        let table = stage.run(stage.engine(&desk).log_rows(&ana, &query)).unwrap();
        assert_eq!((table.rows.len(), table.more, table.total), (there, more, Some(40)), "{limit}");
    }
}

#[test]
fn each_search_goes_by_an_index_and_sorts_no_long_list() {
    let (stage, ana, sam) = stage(50);
    let plan = |statement: Statement| {
        let mut text = statement.sql.to_owned();
        for (at, value) in statement.parameters.iter().enumerate().rev() {
            let shown = match value {
                Value::Null => "NULL".to_owned(),
                Value::Integer(number) => number.to_string(),
                Value::Text(text) => format!("'{text}'"),
            };
            text = text.replace(&format!("?{}", at + 1), &shown);
        }
        let rows = stage.run(stage.query(Statement::new(String::leak(format!("EXPLAIN QUERY PLAN {text}"))))).unwrap();
        rows.iter().map(|row| row.0["detail"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let run = LogQuery { run: Some(RUNS[0].to_owned()), ..LogQuery::default() };
    let record = LogQuery { record: Some("572500000011".to_owned()), ..LogQuery::default() };
    let name = LogQuery { name: Some("record".to_owned()), module: Some(Module::Invoices), ..LogQuery::default() };
    for (query, wanted, sorted) in [
        (LogQuery::default(), "entries_in_order (org=? AND id>? AND id<?)", false),
        (name, "entries_in_order (org=? AND id>? AND id<?)", false),
        (run, "entries_in_order (org=? AND id>? AND id<?)", false),
        (record, "entries_by_record (org=? AND module=? AND crm_id=? AND id>? AND id<?)", true),
    ] {
        for user in [&ana.viewer(), &sam.viewer()] {
            for statement in [log::select, log::select_rows, log::select_file] {
                let steps = plan(statement(&ana.org, user, &query, 50)).join("\n");
                assert!(steps.contains(wanted), "{steps}");
                assert_eq!(steps.contains("TEMP B-TREE"), sorted, "{steps}");
            }
            let steps = plan(log::count(&ana.org, user, &query)).join("\n");
            assert!(steps.contains(wanted) && !steps.contains("TEMP B-TREE"), "{steps}");
            assert_eq!(steps.contains("COVERING INDEX"), wanted.contains("in_order"), "{steps}");
        }
    }
}

// ---- CSV ----

fn rows(csv: &str) -> Vec<Vec<String>> {
    let text = csv.strip_prefix('\u{feff}').expect("spreadsheets want a byte order mark");
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

fn csv_of(stage: &Stage, user: &Member, query: &LogQuery) -> String {
    let desk = Desk::default();
    stage.run(stage.engine(&desk).log_csv(user, query)).unwrap()
}

#[test]
fn the_file_has_a_row_for_each_entry_of_the_query() {
    let (stage, ana, sam) = stage(1_203);
    let csv = csv_of(&stage, &ana, &LogQuery::default());
    assert!(csv.contains("\r\n"));
    let all = rows(&csv);
    let header = [
        "Time",
        "Direction",
        "Pair",
        "Type of sync",
        "Record",
        "Customer or supplier",
        "Outcome",
        "Problem",
        "Comment",
        "By",
        "Run",
        "CRM id",
        "Xero id",
    ];
    assert_eq!(all[0], header);
    assert_eq!(all.len(), 1 + 1_203, "more than two pages, each once");
    assert_eq!(all.iter().map(|row| &row[4]).collect::<BTreeSet<_>>().len(), 1 + 1_203);
    // Sydney's clock was put back in the night after `start`.
    let row = |name: &str| all.iter().find(|row| row[4] == name).unwrap();
    let failed = problem::of(Code::NameMissing, &[]);
    let comment = format!("{} {}", failed.what, failed.fix);
    assert_eq!(
        row("Record 3"),
        &[
            "2026-04-04T23:03:00+11:00",
            "to_xero",
            "Products",
            "manual",
            "Record 3",
            "",
            "failed",
            "name-missing",
            &comment,
            "Sam Sales",
            RUNS[1],
            "572500000003",
            ""
        ]
    );
    // Of a run that is not kept any more: nobody's was the schedule's.
    assert_eq!((&row("Record 1")[3], &row("Record 8")[3]), (&"scheduled".to_owned(), &"click".to_owned()));
    assert_eq!(row("Record 720")[0], "2026-04-05T10:00:00+10:00");
    assert_eq!(row("Record 720")[5], "École 0 100%_\\");
    assert_eq!(row("Record 722")[12], "0d9e0d9e-0000-4000-8000-000000000002");

    assert_eq!(rows(&csv_of(&stage, &sam, &LogQuery::default())).len(), 1 + 401, "the own ones");
    let some = LogQuery { outcome: Some(Outcome::Failed), limit: Some(7), ..LogQuery::default() };
    let some = rows(&csv_of(&stage, &ana, &some));
    assert_eq!(some.len(), 1 + 7);
    assert!(some[1..].iter().all(|row| row[6] == "failed"));
}

fn csv_in(stage: &Stage, user: &Member, language: Language) -> Vec<Vec<String>> {
    let desk = Desk::default();
    let engine = Engine { language, ..stage.engine(&desk) };
    rows(&stage.run(engine.log_csv(user, &LogQuery::default())).unwrap())
}

/// Names, ids, codes and instants are nobody's language; `Problem` is a German word, too.
#[test]
fn no_cell_of_the_german_file_is_in_english() {
    let (stage, ana, _) = stage(0);
    let changed = |label: &str| FieldChange {
        label: label.to_owned(),
        key: "due_date".into(),
        crm: None,
        xero: None,
        result: None,
        written: Written::Xero,
        why: Why::New,
    };
    let mut wanted: Vec<EntryView> = Vec::new();
    let directions = [Direction::Both, Direction::ToXero, Direction::ToCrm];
    let outcomes = [
        Outcome::Created,
        Outcome::Updated,
        Outcome::Unchanged,
        Outcome::Skipped,
        Outcome::Failed,
        Outcome::Deferred,
        Outcome::Undecided,
    ];
    for outcome in outcomes {
        for (module, direction) in Module::ALL.into_iter().zip(directions.into_iter().cycle()) {
            let problems = vec![problem::of(Code::NameMissing, &[("module", module.singular().to_owned())])];
            let changes = ["Due date", "Line 2 price", "Branding"].map(changed).to_vec();
            let (problems, changes) =
                if outcome == Outcome::Failed { (problems, Vec::new()) } else { (Vec::new(), changes) };
            let run = RUNS.get(wanted.len() % 4).map(|run| (*run).to_owned());
            wanted.push(EntryView { outcome, module, direction, problems, changes, run, ..entry(wanted.len()) });
        }
    }
    stage
        .run(stage.query(entries::save(&ana.org, None, None, wanted.iter().map(entries::Written::unread)).unwrap()))
        .unwrap();
    let (english, german) = (csv_in(&stage, &ana, Language::English), csv_in(&stage, &ana, Language::German));
    assert_eq!((english.len(), german.len()), (1 + wanted.len(), 1 + wanted.len()));
    for (row, same) in german.iter().zip(&english).skip(1) {
        for column in [1, 2, 3, 6, 8] {
            assert_ne!(row[column], same[column], "{}", english[0][column]);
        }
        for column in [0, 4, 5, 7, 9, 10, 11, 12] {
            assert_eq!(row[column], same[column], "{}", english[0][column]);
        }
    }
    let same: Vec<&String> = german[0].iter().filter(|name| english[0].contains(name)).collect();
    assert_eq!(same, ["Problem"]);
    let kinds: BTreeSet<&str> = german.iter().skip(1).map(|row| row[3].as_str()).collect();
    assert!(kinds.len() > 2, "{kinds:?}");
    assert!(german.iter().any(|row| row[8] == "Fälligkeitsdatum, Position 2: Preis, Vorlage"), "{german:?}");
}

#[test]
fn the_file_ends_after_10_000_rows() {
    let (stage, ana, _) = stage(10_020);
    assert_eq!(rows(&csv_of(&stage, &ana, &LogQuery::default())).len(), 1 + 10_000);
    let desk = Desk::default();
    let beyond = LogQuery { limit: Some(10_001), ..LogQuery::default() };
    assert_eq!(stage.run(stage.engine(&desk).log_csv(&ana, &beyond)).unwrap_err().problem.code, Code::InvalidRequest);
}

#[test]
fn the_file_tells_warnings_where_nothing_was_worse() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let warnings = vec![problem::of(Code::ValueShortened, &[]), problem::of(Code::TotalDiffersByCents, &[])];
    let comment: Vec<String> = warnings.iter().map(|told| format!("{} {}", told.what, told.fix)).collect();
    assert!(warnings.iter().all(|told| told.severity == problem::Severity::Warning));
    let warned = EntryView { outcome: Outcome::Updated, problems: warnings, ..entry(1) };
    stage.run(stage.query(entries::save(&ana.org, None, None, [entries::Written::unread(&warned)]).unwrap())).unwrap();
    let rows = rows(&csv_of(&stage, &ana, &LogQuery::default()));
    assert_eq!(rows[1][6..8], ["updated".to_owned(), Code::ValueShortened.as_str()]);
    assert_eq!(rows[1][8], comment.join("\n"));
}

#[test]
fn no_cell_is_a_formula() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let names = [
        "=1+1",
        "+61 2",
        "-3",
        "@SUM(A1)",
        "\tx",
        "\rx",
        "a=b",
        "Quote \" and, comma\nline",
        "日本 Ltd",
        "x;=1+1;y",
        "＝1+1",
        "x\n@SUM(A1)",
    ];
    let wanted: Vec<EntryView> =
        names.iter().enumerate().map(|(at, name)| EntryView { name: (*name).to_owned(), ..entry(at) }).collect();
    stage
        .run(stage.query(entries::save(&ana.org, None, None, wanted.iter().map(entries::Written::unread)).unwrap()))
        .unwrap();
    let rows = rows(&csv_of(&stage, &ana, &LogQuery::default()));
    let shown: BTreeSet<&str> = rows[1..].iter().map(|row| row[4].as_str()).collect();
    let harmless = [
        "'=1+1",
        "'+61 2",
        "'-3",
        "'@SUM(A1)",
        "'\tx",
        "'\rx",
        "a=b",
        "Quote \" and, comma\nline",
        "日本 Ltd",
        "x;'=1+1;y",
        "'＝1+1",
        "x\n'@SUM(A1)",
    ];
    assert_eq!(shown, harmless.into_iter().collect());
}

#[test]
fn an_administrator_s_own_page_is_everybody_s() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    stage.click(&ana, Module::Accounts, seed::FIRST_ACCOUNT);
    let again = stage.administrator(ADMIN);
    let page =
        page(&stage, &again, &LogQuery { until: Some(stage.now() + Duration::seconds(1)), ..Default::default() });
    assert_eq!(page.entries.len(), 1);
    let statement = Statement::new("SELECT count(*) AS n FROM entries WHERE user IS NOT NULL");
    assert_eq!(stage.run(stage.query(statement)).unwrap()[0].0["n"], 1, "a click is somebody's");
}
