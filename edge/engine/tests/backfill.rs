//! Backfills: ten thousand invoices from the one side into the empty other one, with the calls that it takes against
//! the least possible, and the bounds of one step.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use crate::support;

use engine::access::rights::Administrator;
use engine::config::Pace;
use engine::sync::Desk;
use sandbox::{ApiName, Mark, World, seed::bulk};
use shared::api::EntryView;
use shared::api::runs::{Counts, PairChoice, RunRequest, RunState, RunView, Scope};
use shared::module::Module;
use shared::settings::{Direction, NeitherRule};
use std::collections::BTreeSet;
use std::time::Duration;
use support::{BASE, Cost, Stage};

/// What Zoho gives on a page of a list, takes in a write, and takes in a composite request.
const ZOHO_PAGE: usize = 200;
const ZOHO_WRITE: usize = 100;
const ZOHO_READ: usize = 5;

/// What a query of Zoho's looks for at a time, and how many conditions it has.
const ZOHO_FIND: usize = 50;
const ZOHO_CRITERIA: usize = 25;

/// What Xero gives on a page of a list, and takes in a write or a read by ids.
const XERO_PAGE: usize = 1_000;
const XERO_BATCH: usize = 50;

/// What a step may do on Cloudflare's free plan, which allows 50 of each in an invocation, and on the paid one, which
/// allows 1,000: there is room, and some are left for the Durable Object's own.
const FREE_STEP: usize = 40;
const PAID_STEP: usize = 900;

/// What a chunk may cost SQLite, however much there is: a few thousand instructions for each of its records.
const MOST_WORK: u64 = 200_000;

/// How many invoices the great backfills have.
const INVOICES: usize = 10_000;

struct Backfill {
    stage: Stage,
    user: Administrator,
    desk: Desk,
    /// Where the journal stood when the run was started.
    mark: Mark,
}

impl Backfill {
    fn new(world: World, pace: Pace) -> Self {
        let (mut stage, user) = Stage::connected(world);
        stage.config.pace = pace;
        for (api, millis) in [(ApiName::Zoho, 400), (ApiName::Xero, 600)] {
            stage.world.borrow_mut().set_latency(api, Duration::from_millis(millis));
        }
        let mark = stage.world.borrow().mark();
        Self { stage, user, desk: Desk::default(), mark }
    }

    /// Runs all pairs, and checks what holds for every run.
    fn run(&mut self, scope: Scope) -> (RunView, Calls) {
        self.mark = self.stage.world.borrow().mark();
        let started = self.stage.start_run(&self.desk, &self.user, &Module::ALL, Direction::Both, scope);
        self.finish(&started.id)
    }

    fn finish(&self, run: &str) -> (RunView, Calls) {
        let steps = self.stage.take_steps_of_run(&self.desk, &self.user);
        let run = self.stage.run(self.stage.engine(&self.desk).run(&self.user, run)).unwrap();
        assert_eq!(run.state, RunState::Done, "{:?}", run.problem);
        assert!(run.counts.add_up(), "{:?}", run.counts);
        let most = |of: fn(&Cost) -> usize| steps.iter().map(of).max().unwrap_or_default();
        let (calls, statements) = (most(|step| step.calls), most(|step| step.statements));
        let allowed = if self.stage.config.pace == Pace::Free { FREE_STEP } else { PAID_STEP };
        let work = steps.iter().map(|step| step.work).max().unwrap_or_default();
        println!("{} steps, at most {calls} calls, {statements} statements, {work} of work in one", steps.len());
        assert!(calls <= allowed, "{calls} calls in one step");
        assert!(statements <= allowed, "{statements} database statements in one step");
        // The last chunks cost the database no more than the first ones did: nothing looks at all there is.
        let late = steps[steps.len() / 2..].iter().map(|step| step.work).max().unwrap_or_default();
        assert!(late <= MOST_WORK, "{late} steps of SQLite's machine in one step of the run");
        (run, Calls::since(&self.stage, self.mark))
    }
}

/// The calls of each API, by what they do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Calls {
    zoho_lists: usize,
    zoho_reads: usize,
    zoho_finds: usize,
    zoho_writes: usize,
    xero_lists: usize,
    xero_reads: usize,
    xero_writes: usize,
    /// Metadata and tokens.
    rest: usize,
}

impl Calls {
    fn since(stage: &Stage, mark: Mark) -> Self {
        let mut calls = Self::default();
        for call in stage.world.borrow().calls_since(mark) {
            let record = |segments: usize| call.path.split('/').filter(|part| !part.is_empty()).count() > segments;
            let count = match (call.api, call.method.as_str(), call.path.as_str()) {
                (ApiName::Zoho, "POST", "/api/crm/v8/coql") => &mut calls.zoho_finds,
                (ApiName::Zoho, "POST", "/api/crm/v8/__composite_requests") => &mut calls.zoho_reads,
                (ApiName::Zoho, "POST" | "PUT", path) if path.starts_with("/api/crm/") => &mut calls.zoho_writes,
                (ApiName::Zoho, "GET", path) if !is_metadata(path) => {
                    if record(4) {
                        &mut calls.zoho_reads
                    } else {
                        &mut calls.zoho_lists
                    }
                }
                (ApiName::Xero, "POST" | "PUT", path) if path.starts_with("/api/api.xro/") => &mut calls.xero_writes,
                (
                    ApiName::Xero,
                    "GET",
                    "/api/api.xro/2.0/Contacts" | "/api/api.xro/2.0/Items" | "/api/api.xro/2.0/Invoices",
                ) => {
                    let by_ids = call.query.iter().any(|(name, _)| matches!(name.as_str(), "IDs" | "where"));
                    if by_ids { &mut calls.xero_reads } else { &mut calls.xero_lists }
                }
                (ApiName::Xero, "GET", path)
                    if ["Contacts/", "Items/", "Invoices/"].iter().any(|part| path.contains(part)) =>
                {
                    &mut calls.xero_reads
                }
                _ => &mut calls.rest,
            };
            *count += 1;
        }
        calls
    }

    fn zoho(&self) -> usize {
        self.zoho_lists + self.zoho_reads + self.zoho_finds + self.zoho_writes
    }

    fn xero(&self) -> usize {
        self.xero_lists + self.xero_reads + self.xero_writes
    }
}

fn is_metadata(path: &str) -> bool {
    ["/settings/", "/org", "/users", "/accounts/"].iter().any(|part| path.contains(part))
}

/// Up to a twentieth more than the least, and a few for what is neither here nor there.
fn assert_close(what: &str, made: usize, least: usize) {
    println!("{what}: {made} calls, {least} at least");
    assert!(made >= least, "{what}: {made} calls are fewer than the least possible {least}: the bound is wrong");
    assert!(made <= least + least / 20 + 6, "{what}: {made} calls where {least} would do");
}

fn only(created: usize) -> Counts {
    let created = u32::try_from(created).unwrap();
    Counts { candidates: created, created, ..Counts::default() }
}

fn counts(run: &RunView, module: Module) -> Counts {
    run.pairs.iter().find(|pair| pair.module == module).unwrap().counts
}

#[test]
fn ten_thousand_crm_invoices_go_to_an_empty_xero_at_hardly_more_calls_than_there_must_be() {
    let mut backfill = Backfill::new(World::bulk(BASE, INVOICES), Pace::Paid);
    let (accounts, products) = (bulk::accounts(INVOICES), bulk::products(INVOICES));
    let (run, calls) = backfill.run(Scope::Everything);
    println!("{calls:#?}");
    for (module, count) in [(Module::Accounts, accounts), (Module::Products, products), (Module::Invoices, INVOICES)] {
        assert_eq!(counts(&run, module), only(count), "{module:?}");
    }
    assert_eq!(backfill.stage.all_xero("Invoices").len(), INVOICES);
    assert_eq!(
        backfill.stage.number("SELECT count(*) FROM links WHERE state = 'linked'"),
        (accounts + products + INVOICES) as i64
    );

    // Each module's list page by page, an empty one's too.
    let lists = accounts.div_ceil(ZOHO_PAGE) + products.div_ceil(ZOHO_PAGE) + INVOICES.div_ceil(ZOHO_PAGE) + 3;
    assert_close("Zoho's lists", calls.zoho_lists, lists);
    // Lines stand only in single records; an account's people are a read of their own.
    let reads = (2 * accounts).div_ceil(ZOHO_READ) + products.div_ceil(ZOHO_READ) + INVOICES.div_ceil(ZOHO_READ);
    assert_close("Zoho's single records", calls.zoho_reads, reads);
    let creates = [accounts, products, INVOICES].map(|count| count.div_ceil(XERO_BATCH));
    // Zoho takes 100 rows, but a step creates only the 50 that Xero takes, and tells the CRM of them at once: whoever
    // waited for the other 50 could be cut off with nothing told.
    assert_close("Zoho's write-backs", calls.zoho_writes, creates.iter().sum());
    assert_close("Xero's lists", calls.xero_lists, 3);
    assert_close("Xero's creates", calls.xero_writes, creates.iter().sum());
    assert_close("Xero's single records", calls.xero_reads, 0);
    assert_close("Zoho's queries", calls.zoho_finds, 0);

    // The echo of all that is no candidate: both sides' lists, and nothing else.
    backfill.stage.advance(60);
    let before = (backfill.stage.all_xero("Invoices"), backfill.stage.number("SELECT count(*) FROM entries"));
    let (run, calls) = backfill.run(Scope::SinceLast);
    println!("{calls:#?}");
    assert_eq!(run.counts, Counts::default());
    assert_eq!((calls.zoho_writes, calls.xero_writes, calls.zoho_reads, calls.xero_reads), (0, 0, 0, 0));
    let after = (backfill.stage.all_xero("Invoices"), backfill.stage.number("SELECT count(*) FROM entries"));
    assert!(before == after, "the second run changed something");
}

#[test]
fn ten_thousand_xero_invoices_come_to_an_empty_crm_at_hardly_more_calls_than_there_must_be() {
    let mut backfill = Backfill::new(World::bulk_books(BASE, INVOICES), Pace::Paid);
    let (contacts, items) = (bulk::accounts(INVOICES), bulk::products(INVOICES));
    let (run, calls) = backfill.run(Scope::Everything);
    println!("{calls:#?}");
    for (module, count) in [(Module::Accounts, contacts), (Module::Products, items), (Module::Invoices, INVOICES)] {
        assert_eq!(counts(&run, module), only(count), "{module:?}");
    }
    let crm = |module: &str| backfill.stage.world.borrow().zoho.records(module).len();
    assert_eq!((crm("Accounts"), crm("Products"), crm("Invoices")), (contacts, items, INVOICES));

    assert_close("Xero's lists", calls.xero_lists, 1 + 1 + INVOICES.div_ceil(XERO_PAGE));
    // What a step takes up is read again by ids, since a list is too long to be kept until then. Items have no pages.
    let bodies = contacts.div_ceil(XERO_BATCH) + INVOICES.div_ceil(XERO_BATCH);
    assert_close("Xero's single records", calls.xero_reads, bodies);
    assert_close("Xero's writes", calls.xero_writes, 0);
    assert_close("Zoho's lists", calls.zoho_lists, 6);
    // Each is looked for by its Xero_ID and by its name or number, so that none is made twice: by both in one query. A name
    // may be written otherwise, which is a condition of its own.
    let of_names = (2 + ZOHO_FIND).div_ceil(ZOHO_CRITERIA);
    let finds = of_names * contacts.div_ceil(ZOHO_FIND) + items.div_ceil(ZOHO_FIND) + INVOICES.div_ceil(ZOHO_FIND);
    assert_close("Zoho's queries", calls.zoho_finds, finds);
    // The record and, of a contact, its person.
    let chunks = [2 * contacts, items, INVOICES].map(|count| count.div_ceil(XERO_BATCH.min(ZOHO_WRITE)));
    assert_close("Zoho's writes", calls.zoho_writes, chunks.iter().sum());
    // The ids of a new record's lines stand only in the single record.
    let reads = [2 * contacts, items, INVOICES].map(|count| count.div_ceil(ZOHO_READ));
    assert_close("Zoho's single records", calls.zoho_reads, reads.iter().sum());

    backfill.stage.advance(60);
    let (run, calls) = backfill.run(Scope::SinceLast);
    println!("{calls:#?}");
    assert_eq!(run.counts, Counts::default());
    assert_eq!((calls.zoho_writes, calls.xero_writes, calls.zoho_reads, calls.xero_reads), (0, 0, 0, 0));
}

/// A preview lists, counts and forecasts; the run that it becomes makes the calls that were forecast.
#[test]
fn a_preview_forecasts_the_calls_within_a_tenth() {
    // In the trading company every fourth record is awkward: what is refused is looked for and sent again.
    type Make = fn() -> World;
    let worlds: [(&str, Make, usize); 3] = [
        ("to Xero", || World::bulk(BASE, 600), 0),
        ("to the CRM", || World::bulk_books(BASE, 600), 0),
        ("the trading company", || World::standard(BASE), 15),
    ];
    for (name, world, more) in worlds {
        for pace in [Pace::Free, Pace::Paid] {
            let mut backfill = Backfill::new(world(), pace);
            let pairs = Module::ALL.map(|module| PairChoice { module, direction: Direction::Both }).to_vec();
            let request = RunRequest { pairs, scope: Scope::Everything, preview: true };
            let preview =
                backfill.stage.run(backfill.stage.engine(&backfill.desk).start_run(&backfill.user, &request)).unwrap();
            backfill.stage.take_steps_of_run(&backfill.desk, &backfill.user);
            let ready =
                backfill.stage.run(backfill.stage.engine(&backfill.desk).run(&backfill.user, &preview.id)).unwrap();
            assert_eq!((ready.state, ready.counts), (RunState::Ready, Counts::default()), "{name}");
            let forecast = ready.forecast.unwrap();
            assert_eq!(backfill.stage.number("SELECT count(*) FROM links"), 0, "{name}: a preview writes nothing");

            // Somebody reads it.
            backfill.stage.advance(120);
            backfill.mark = backfill.stage.world.borrow().mark();
            backfill.stage.run(backfill.stage.engine(&backfill.desk).begin_run(&backfill.user, &preview.id)).unwrap();
            let (run, calls) = backfill.finish(&preview.id);
            println!("{name} {pace:?}: forecast {:?}, made {} and {}", forecast.calls, calls.zoho(), calls.xero());
            for (which, told, made) in
                [("Zoho", forecast.calls.zoho, calls.zoho()), ("Xero", forecast.calls.xero, calls.xero())]
            {
                let told = usize::try_from(told).unwrap();
                let close = told.abs_diff(made) <= made / 10 + more;
                assert!(close, "{name} {pace:?}: {told} calls of {which} were forecast, {made} were made");
            }
            let told: u32 = forecast.pairs.iter().map(|pair| pair.create + pair.update + pair.skip).sum();
            // What both lists show before they are linked is one record in the end.
            let apart = told.abs_diff(run.counts.candidates);
            assert!(usize::try_from(apart).unwrap() <= more, "{name} {pace:?}: {told} and {:?}", run.counts);
        }
    }
}

/// On the free plan the same work is done in smaller steps, with the same end.
#[test]
fn on_the_free_plan_steps_are_small_and_the_end_is_the_same() {
    let ends = [Pace::Free, Pace::Paid].map(|pace| {
        let mut backfill = Backfill::new(World::standard(BASE), pace);
        backfill.stage.choose(|settings| settings.parties.neither = NeitherRule::Account);
        let (run, _) = backfill.run(Scope::Everything);
        let entries = backfill.stage.entries_of(&run.id);
        let fate = |entry: &EntryView| {
            let codes: Vec<String> = entry.problems.iter().map(|problem| problem.code.as_str()).collect();
            (entry.module, entry.record_id.clone(), entry.name.clone(), entry.outcome, codes)
        };
        entries.iter().map(fate).collect::<BTreeSet<_>>()
    });
    let differences: Vec<_> = ends[0].symmetric_difference(&ends[1]).collect();
    assert!(differences.is_empty(), "{differences:#?}");
}
