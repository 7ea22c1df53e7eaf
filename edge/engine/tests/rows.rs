//! The rows of the database that records cost. Cloudflare's free plan lets an account write 100,000 a day, index entries
//! included (<https://developers.cloudflare.com/d1/platform/pricing/>).
#![allow(clippy::unwrap_used, clippy::cast_precision_loss, reason = "a test may panic")]

use crate::support;

use engine::access::rights::Administrator;
use engine::config::Pace;
use engine::sync::Desk;
use sandbox::World;
use serde_json::json;
use shared::api::runs::{PairChoice, RunRequest, RunState, Scope};
use shared::module::Module;
use shared::settings::Direction;
use support::{BASE, Stage};

/// How many invoices a run has.
const INVOICES: usize = 200;

/// What one run of everything has cost.
struct Cost {
    /// Rows of its listing.
    listed: f64,
    /// Rows of its records.
    worked: f64,
    /// What its preview has forecast of these, once it was listed.
    told: f64,
    /// Its records.
    records: f64,
}

fn run(stage: &Stage, user: &Administrator) -> Cost {
    let desk = Desk::default();
    let pairs = Module::ALL.map(|module| PairChoice { module, direction: Direction::Both }).to_vec();
    let request = RunRequest { pairs, scope: Scope::Everything, preview: true };
    stage.take_rows();
    let preview = stage.run(stage.engine(&desk).start_run(user, &request)).unwrap();
    let listed: i64 = stage.take_steps_of_run(&desk, user).iter().map(|step| step.rows).sum();
    let ready = stage.run(stage.engine(&desk).run(user, &preview.id)).unwrap();
    let forecast = ready.forecast.unwrap();
    stage.run(stage.engine(&desk).begin_run(user, &preview.id)).unwrap();
    let worked: i64 = stage.take_steps_of_run(&desk, user).iter().map(|step| step.rows).sum();
    let run = stage.run(stage.engine(&desk).run(user, &preview.id)).unwrap();
    assert_eq!((run.state, run.counts.failed), (RunState::Done, 0), "{:?}", run.counts);
    let (listed, worked) = (listed as f64, worked as f64);
    Cost { listed, worked, told: f64::from(forecast.rows), records: f64::from(run.counts.candidates) }
}

fn each(what: &str, Cost { listed, worked, told, records }: Cost, most: f64) {
    let each = (listed + worked) / records;
    println!("{what}: {listed} + {worked} rows for {records} records, {each:.2} each; {told} were forecast");
    assert!(each <= most, "{what}: {each:.2} rows a record");
    assert!((told - worked).abs() <= worked / 5.0, "{what}: {told} rows were forecast, {worked} were written");
}

#[test]
fn a_record_of_a_run_writes_ten_rows_at_most() {
    for pace in [Pace::Free, Pace::Paid] {
        let (mut stage, user) = Stage::connected(World::bulk(BASE, INVOICES));
        stage.config.pace = pace;
        stage.count_rows();
        each("created in Xero", run(&stage, &user), 10.0);
        stage.advance(60);
        each("unchanged", run(&stage, &user), 7.0);
        let invoices = stage.world.borrow().zoho.records("Invoices");
        for invoice in invoices {
            let id = invoice["id"].as_str().unwrap().to_owned();
            stage.edit(Module::Invoices, &id, &json!({ "Subject": format!("Edited {id}") }));
        }
        stage.advance(60);
        each("a part of them edited", run(&stage, &user), 9.0);

        let (mut stage, user) = Stage::connected(World::bulk_books(BASE, INVOICES));
        stage.config.pace = pace;
        stage.count_rows();
        each("created in the CRM", run(&stage, &user), 10.0);
    }
}
