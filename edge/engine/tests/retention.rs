//! What is kept for how long: what customers' data there is goes after its time, links, settings and cursors stay.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use crate::support;

use chrono::Duration;
use engine::purge::{KEPT_DAYS, purge};
use engine::store::entries;
use engine::sync::Desk;
use ports::{Clock, Database, Statement};
use sandbox::{World, seed};
use serde_json::Value;
use shared::api::runs::{PairChoice, RunRequest, Scope};
use shared::module::Module;
use shared::settings::Direction;
use std::collections::BTreeSet;
use support::{BASE, Stage, id};

const DAY: i64 = 86_400;

#[test]
fn entries_are_removed_after_their_time_and_links_stay() {
    let (stage, user) = Stage::connected(World::standard(BASE));
    let click = |record| {
        let desk = Desk::default();
        stage.run(stage.engine(&desk).sync(&user, Module::Accounts, &id(record))).unwrap();
    };
    click(seed::FIRST_ACCOUNT);
    stage.advance(20 * DAY);
    click(seed::ACCOUNT_TWO_CONTACTS);
    stage.advance(11 * DAY);

    let before = stage.now() - Duration::days(KEPT_DAYS);
    assert_eq!(stage.run(entries::purge(&stage, before, 1_000)).unwrap(), 1, "the one of 31 days ago");
    assert_eq!(stage.run(entries::purge(&stage, before, 1_000)).unwrap(), 0);
    assert_eq!(stage.number("SELECT count(*) FROM entries"), 1);
    assert_eq!(stage.number("SELECT count(*) FROM links"), 2);
    let name = stage.world.borrow().zoho.get("Accounts", seed::FIRST_ACCOUNT).unwrap()["Account_Name"].clone();
    let links = stage.texts("SELECT body FROM links");
    assert!(links.iter().all(|link| !link.contains(name.as_str().unwrap())), "{links:?}");
}

/// Names, numbers, people and streets of both sides' records, long enough to be no chance.
fn customers_data(stage: &Stage) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut note = |value: &Value| {
        if let Some(text) = value.as_str().filter(|text| text.chars().count() >= 6) {
            // As it stands in JSON.
            let text = serde_json::to_string(text).unwrap();
            found.insert(text.trim_matches('"').to_owned());
        }
    };
    let fields = ["Account_Name", "Vendor_Name", "Product_Name", "Subject", "Last_Name", "Email", "Billing_Street"];
    let world = stage.world.borrow();
    for module in Module::ALL {
        for record in world.zoho.records(module.api_name()) {
            fields.iter().for_each(|field| note(&record[*field]));
        }
    }
    for resource in ["Contacts", "Items", "Invoices"] {
        for record in world.xero.all(&stage.tenant(0), resource) {
            ["Name", "EmailAddress", "Reference"].iter().for_each(|field| note(&record[*field]));
        }
    }
    found
}

/// Where customers' data stands in the database: table, column and what.
fn places(stage: &Stage, data: &BTreeSet<String>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for table in stage.texts("SELECT name FROM sqlite_master WHERE type = 'table'") {
        for column in stage.texts(&format!("SELECT name FROM pragma_table_info('{table}')")) {
            for text in stage.texts(&format!("SELECT CAST(\"{column}\" AS TEXT) FROM \"{table}\"")) {
                if data.iter().any(|one| text.contains(one.as_str())) {
                    found.insert(format!("{table}.{column}"));
                }
            }
        }
    }
    found
}

#[test]
fn after_31_days_no_customer_s_data_is_left_anywhere() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let desk = Desk::default();
    // A product may be called as a field is: what stands there before anything was synced tells nothing.
    let own: Vec<String> = stage.texts("SELECT crm || coalesce(xero, '') FROM organisations");
    let common = |text: &String| own.iter().any(|lists| lists.contains(text.as_str()));
    let seed = customers_data(&stage);
    stage.run_all(&ana, &Module::ALL, Direction::Both, Scope::Everything);
    // A preview that nobody ever starts, and a run of a few records.
    let pairs = vec![PairChoice { module: Module::Accounts, direction: Direction::Both }];
    let preview = RunRequest { pairs, scope: Scope::Everything, preview: true };
    stage.run(stage.engine(&desk).start_run(&ana, &preview)).unwrap();
    stage.take_steps_of_run(&desk, &ana);
    stage.begin_sign_in(false);

    let data: BTreeSet<String> = seed.into_iter().filter(|text| !common(text)).collect();
    assert!(data.len() > 200, "{}", data.len());
    let before = places(&stage, &data);
    for wanted in ["entries.name", "entries.body", "waiting.name"] {
        assert!(before.contains(wanted), "{wanted} in {before:?}");
    }
    let count = |table: &str| stage.number(&format!("SELECT count(*) FROM {table}"));
    let kept = ["links", "cursors", "connections", "grants", "organisations", "agenda", "audit"];
    let sizes: Vec<i64> = kept.iter().map(|table| count(table)).collect();
    assert!(sizes.iter().all(|size| *size > 0), "{sizes:?}");
    assert!(count("candidates") > 0, "the preview's");

    stage.advance(29 * DAY);
    stage.run(purge(&stage)).unwrap();
    assert_eq!(places(&stage, &data), before, "29 days are within the time");
    assert_eq!(count("sessions"), 0, "they have expired");

    stage.advance(2 * DAY);
    stage.run(purge(&stage)).unwrap();
    assert_eq!(places(&stage, &data), BTreeSet::new());
    for table in ["entries", "runs", "candidates", "waiting"] {
        assert_eq!(count(table), 0, "{table}");
    }
    assert_eq!(kept.iter().map(|table| count(table)).collect::<Vec<_>>(), sizes, "{kept:?}");

    // The links are good for what they are kept for.
    let ana = stage.administrator(support::ADMIN);
    let reply = stage.click(&ana, Module::Accounts, seed::ACCOUNT_TWO_CONTACTS);
    assert_eq!(reply.entry.outcome, shared::api::Outcome::Unchanged, "{:#?}", reply.entry);
}

#[test]
fn an_active_run_and_its_candidates_stay() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let desk = Desk::default();
    let records = vec![shared::api::runs::RecordRef { module: Module::Accounts, id: seed::FIRST_ACCOUNT.to_owned() }];
    let pairs = vec![PairChoice { module: Module::Accounts, direction: Direction::ToXero }];
    let request = RunRequest { pairs, scope: Scope::Records(records), preview: false };
    stage.run(stage.engine(&desk).start_run(&ana, &request)).unwrap();
    stage.advance(31 * DAY);
    stage.run(purge(&stage)).unwrap();
    assert_eq!(stage.number("SELECT count(*) FROM runs"), 1);
    assert_eq!(stage.number("SELECT count(*) FROM candidates"), 1);
}

#[test]
fn a_purge_makes_few_statements_and_goes_on_the_next_day() {
    let (stage, ana) = Stage::connected(World::standard(BASE));
    let old = ana.org.to_string();
    for batch in 0..25 {
        let rows = Statement::new(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000) \
             INSERT INTO entries (org, id, module, crm_id, name, outcome, at, body) \
             SELECT ?1, ?2 || '-' || i, 'Accounts', '1', 'Acme', 'created', '2020-01-01T00:00:00.000Z', '{}' FROM n",
        );
        stage.run(stage.query(rows.bind(old.as_str()).bind(format!("{batch:013}")))).unwrap();
    }
    stage.take_steps();
    stage.run(purge(&stage)).unwrap();
    let statements = stage.take_steps().len();
    assert!(statements <= 30, "{statements}");
    let left = stage.number("SELECT count(*) FROM entries");
    assert!(left > 0 && left <= 150_000, "{left}");
    for _ in 0..2 {
        stage.run(purge(&stage)).unwrap();
    }
    assert_eq!(stage.number("SELECT count(*) FROM entries"), 0);
}
