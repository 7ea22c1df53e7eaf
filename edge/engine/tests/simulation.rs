//! Random histories: people edit both sides, click and start runs, while calls fail, limits are reached and the Worker
//! is killed anywhere. Afterwards, once everything works again and runs have done what they can, both sides agree
//! wherever no problem is open, nothing is doubled, nothing is lost, every run's counts add up, and a further run
//! changes nothing.
//!
//! Every history follows from its seed, which is printed. `SEED=7 cargo test -p engine --test engine simulation::` runs one again,
//! `STEPS=100` makes it shorter.
//!
//! What both sides must have in common is checked here by the mapping's own words, not by the code that plans.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "simulation/agreement.rs"]
mod agreement;
#[path = "simulation/people.rs"]
mod people;
use crate::support;

use agreement::{Around, Difference};
use chrono::{DateTime, Utc};
use engine::access::rights::Administrator;
use engine::runs::Next;
use engine::sync::{Desk, Engine};
use people::Dice;
use sandbox::{ApiName, Effect, Limit, Phase, Repeat, Rule, World};
use sandbox_zoho::Answers;
use serde_json::Value;
use shared::api::runs::{Counts, PairChoice, RecordRef, RunRequest, RunState, RunView, Scope};
use shared::api::{Action, EntryView, Outcome};
use shared::module::Module;
use shared::problem::Code;
use shared::settings::{ApprovedEdits, Direction, NeitherRule, SourceOfTruth};
use std::collections::{BTreeMap, BTreeSet};
use support::{BASE, Halt, Stage, id, resource};

/// Histories, and steps of each.
const SEEDS: std::ops::RangeInclusive<u64> = 2..=7;
const STEPS: usize = 350;

/// Runs after which a history must have come to rest.
const ROUNDS: usize = 14;

struct Simulation {
    seed: u64,
    stage: Stage,
    user: Administrator,
    desk: Desk,
    dice: Dice,
    /// When the active run wants to go on; none while there is none.
    due: Option<DateTime<Utc>>,
    /// What happened, for whoever has to find out why.
    story: Vec<String>,
    /// CRM records that people made.
    made: BTreeSet<String>,
    /// Xero's records that were there at first.
    at_first: BTreeSet<String>,
    /// Faults and stops are over.
    calm: bool,
}

impl Simulation {
    fn new(seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let world = match seed % 4 {
            0 => World::standard(BASE),
            1 => World::total_tax(BASE),
            _ => World::empty(BASE),
        };
        let (stage, user) = Stage::connected(world);
        {
            let mut world = stage.world.borrow_mut();
            let since_is_inclusive = dice.chance(50);
            world.zoho.set_answers(Answers {
                all_rows_failed: dice.pick(&[400, 200, 202]),
                unknown_id_is_error: dice.chance(50),
                since_is_inclusive,
                ..Answers::USUAL
            });
            world.xero.set_not_modified(dice.chance(50));
            world.zoho.add_tax(people::ODD_TAX, 10.into());
        }
        stage.choose(|settings| {
            // Runs end each history, and they are no administrator's word.
            settings.senders.held_emails.vendors = false;
            settings.parties.neither = dice.pick(&[NeitherRule::Skip, NeitherRule::Account, NeitherRule::Vendor]);
            for module in Module::ALL {
                if dice.chance(40) {
                    settings.source_of_truth.insert(module, SourceOfTruth::Xero);
                }
                if dice.chance(10) {
                    settings.directions.insert(module, dice.pick(&[Direction::ToXero, Direction::ToCrm]));
                }
            }
            if dice.chance(50) {
                settings.documents.approved_edits = ApprovedEdits::CrmGoesThrough;
            }
            settings.documents.allow_void = dice.chance(50);
        });
        let made = Module::ALL.iter().flat_map(|module| stage.world.borrow().zoho.ids(module.api_name())).collect();
        let desk = Desk::default();
        let story = Vec::new();
        let at_first = BTreeSet::new();
        let mut simulation = Self { seed, stage, user, desk, dice, due: None, story, made, at_first, calm: false };
        if seed % 4 >= 2 {
            for _ in 0..60 {
                simulation.edit_crm(true);
                simulation.edit_xero(true);
            }
        }
        // Nobody has synced yet.
        let ids = [("Contacts", "ContactID"), ("Items", "ItemID"), ("Invoices", "InvoiceID")];
        let at_first = ids.iter().flat_map(|(name, id)| {
            let all = simulation.stage.world.borrow().xero.all(&simulation.stage.tenant(0), name);
            all.into_iter().filter_map(move |one| Some(one[*id].as_str()?.to_owned()))
        });
        simulation.at_first = at_first.collect();
        simulation
    }

    fn tell(&mut self, what: impl Into<String>) {
        let line = format!("{} {}", self.stage.world.borrow().now().format("%d %H:%M:%S"), what.into());
        self.story.push(line);
    }

    /// Lets the engine do something, perhaps until it is killed in the middle.
    fn call<T>(&mut self, what: &str, act: impl AsyncFnOnce(&Engine<'_, Stage>) -> T) -> Option<T> {
        let armed = !self.calm && self.dice.chance(12);
        if armed {
            let (step, halt) = (1 + self.dice.below(40), self.dice.pick(&Halt::ALL));
            self.stage.halt_at(step, halt);
            self.tell(format!("{what}, with {halt:?} at step {step}"));
        } else {
            self.tell(what);
        }
        let output = {
            let engine = self.stage.engine(&self.desk);
            self.stage.try_run(act(&engine))
        };
        if armed {
            self.stage.start_again();
        }
        if output.is_none() {
            // What was in memory is gone. The alarm of a killed Durable Object is called again.
            self.desk = Desk::default();
            self.due = Some(self.stage.world.borrow().now());
        }
        // People do nothing in the very second in which the program reads.
        self.stage.advance(1);
        output
    }

    fn step(&mut self) {
        self.stage.advance(i64::try_from(1 + self.dice.below(90)).unwrap());
        match self.dice.below(100) {
            0..30 => self.edit_crm(false),
            30..55 => self.edit_xero(false),
            55..65 => self.click(),
            65..90 => self.drive_run(),
            90..93 => self.tick(),
            93..97 => self.disturb(),
            97 => self.choose(),
            98 => self.meddle_with_runs(),
            _ => {
                let hours = 1 + self.dice.below(5);
                self.stage.advance(i64::try_from(hours).unwrap() * 3_600);
            }
        }
        self.heal_connection();
    }

    fn click(&mut self) {
        let module = self.dice.pick(&Module::ALL);
        let ids = self.stage.world.borrow().zoho.ids(module.api_name());
        let Some(record) = self.dice.maybe(&ids) else { return };
        let user = self.user.clone();
        let what = format!("click {} {record}", module.api_name());
        let reply = self.call(&what, async |engine| engine.sync(&user, module, &id(&record)).await);
        if let Some(Ok(reply)) = reply {
            self.tell(format!("  {:?} {:?}", reply.entry.outcome, codes(&reply.entry)));
            assert!(!codes(&reply.entry).contains(&Code::Internal), "{:#?}", reply.entry.problems);
        }
    }

    fn choice(&mut self) -> RunRequest {
        let scope = match self.dice.below(20) {
            0..12 => Scope::SinceLast,
            12..14 => Scope::Everything,
            14..17 => Scope::Days(1 + u32::try_from(self.dice.below(40)).unwrap()),
            _ => {
                let mut records = Vec::new();
                for _ in 0..1 + self.dice.below(8) {
                    let module = self.dice.pick(&Module::ALL);
                    let ids = self.stage.world.borrow().zoho.ids(module.api_name());
                    if let Some(id) = self.dice.maybe(&ids) {
                        records.push(RecordRef { module, id });
                    }
                }
                records.sort();
                records.dedup();
                Scope::Records(records)
            }
        };
        let given = matches!(scope, Scope::Records(_));
        let settings = self.stage.settings();
        let mut pairs = Vec::new();
        for module in Module::ALL {
            let wanted = self.dice.pick(&[Direction::Both, Direction::Both, Direction::ToXero, Direction::ToCrm]);
            let wanted = if given { Direction::Both } else { wanted };
            if let (true, Some(direction)) = (given || self.dice.chance(80), wanted.within(settings.direction(module)))
            {
                pairs.push(PairChoice { module, direction });
            }
        }
        RunRequest { pairs, scope, preview: self.dice.chance(10) }
    }

    /// Takes the active run on, or starts one.
    fn drive_run(&mut self) {
        if self.due.is_some() {
            for _ in 0..1 + self.dice.below(6) {
                self.advance_run();
            }
            return;
        }
        let request = self.choice();
        let user = self.user.clone();
        let what = format!("start {:?} {:?}", request.scope, request.pairs.len());
        if let Some(Ok(run)) = self.call(&what, async |engine| engine.start_run(&user, &request).await) {
            self.tell(format!("  run {}", run.id));
            self.due = Some(self.stage.world.borrow().now());
        }
    }

    /// Calls the run as the alarm would: when it is due. Nobody waits for long here; the clock does.
    fn advance_run(&mut self) {
        let Some(due) = self.due else { return };
        self.stage.wait_until(due);
        let org = self.user.org.clone();
        match self.call("advance", async |engine| engine.advance(&org).await) {
            Some(Next::Now) => self.due = Some(self.stage.world.borrow().now()),
            Some(Next::At(at)) => self.due = Some(at),
            Some(Next::Idle) => self.due = None,
            None => {}
        }
    }

    /// The cron's tick.
    fn tick(&mut self) {
        let org = self.user.org.clone();
        self.stage.advance(15 * 60);
        let woken = self.call("wake", async |engine| engine.wake(&org).await);
        if let Some(Ok(Next::Now)) = woken {
            self.due = Some(self.stage.world.borrow().now());
        }
    }

    fn disturb(&mut self) {
        if self.dice.chance(25) {
            self.stage.world.borrow_mut().gate.faults.clear();
            self.tell("faults are over");
            return;
        }
        let api = self.dice.pick(&[ApiName::Zoho, ApiName::Xero]);
        let status = |status: u16| Effect::Respond { status, headers: Vec::new(), body: String::new() };
        let mut effects = vec![Effect::Drop, Effect::Hang, Effect::Truncate, status(500), status(503), status(504)];
        effects.extend(match api {
            ApiName::Xero => vec![
                Effect::RateLimit(Limit::Minute),
                Effect::RateLimit(Limit::Concurrent),
                Effect::RateLimit(Limit::AppMinute),
                Effect::RateLimit(Limit::Day),
            ],
            _ => vec![Effect::RateLimit(Limit::Zoho)],
        });
        let effect = self.dice.pick(&effects);
        // A limit refuses before anything is done.
        let phase = match effect {
            Effect::RateLimit(_) => Phase::Before,
            _ => self.dice.pick(&[Phase::Before, Phase::After]),
        };
        let repeat = match self.dice.below(3) {
            0 => Repeat::Times(u32::try_from(2 + self.dice.below(6)).unwrap()),
            _ => Repeat::Once,
        };
        let rule = Rule {
            api: Some(api),
            method: None,
            path: Some("/api/*".to_owned()),
            query: None,
            nth: u32::try_from(1 + self.dice.below(20)).unwrap(),
            phase,
            effect,
            repeat,
        };
        self.tell(format!("fault {rule:?}"));
        self.stage.world.borrow_mut().gate.faults.add(rule);
    }

    fn meddle_with_runs(&mut self) {
        let runs = self.stage.texts("SELECT id FROM runs ORDER BY id DESC LIMIT 3");
        let Some(run) = self.dice.maybe(&runs) else { return };
        let user = self.user.clone();
        let outcome = match self.dice.below(3) {
            0 => self.call(&format!("cancel {run}"), async |engine| engine.cancel_run(&user, &run).await),
            1 => self.call(&format!("retry {run}"), async |engine| engine.retry_run(&user, &run).await),
            _ => self.call(&format!("begin {run}"), async |engine| engine.begin_run(&user, &run).await),
        };
        if outcome.is_some() {
            self.due = Some(self.stage.world.borrow().now());
        }
    }

    /// An answer to a token's renewal that got lost for longer than Xero forgives ends the connection: somebody connects
    /// again.
    fn heal_connection(&mut self) {
        if self.stage.number("SELECT count(*) FROM connections WHERE xero_broken = 1 OR zoho_broken = 1") == 0 {
            return;
        }
        self.tell("connect again");
        let faults = std::mem::take(&mut self.stage.world.borrow_mut().gate.faults);
        self.user = self.stage.connect_crm(support::ADMIN);
        self.stage.connect_xero(&self.user, 0);
        self.stage.world.borrow_mut().gate.faults = faults;
        self.desk = Desk::default();
    }

    /// Everything works again; whatever people left in the way is taken away.
    fn calm_down(&mut self) {
        self.tell("calm");
        self.calm = true;
        self.stage.world.borrow_mut().gate.faults.clear();
        self.clear_the_way();
        for _ in 0..5_000 {
            if self.due.is_none() {
                return;
            }
            self.advance_run();
            self.heal_connection();
        }
        panic!("the active run does not end");
    }

    /// A run of everything that changed, to its end.
    fn whole_run(&mut self, scope: Scope) -> RunView {
        let settings = self.stage.settings();
        let pairs = Module::ALL.map(|module| PairChoice { module, direction: settings.direction(module) }).to_vec();
        let request = RunRequest { pairs, scope, preview: false };
        let run = self.stage.run(self.stage.engine(&self.desk).start_run(&self.user, &request)).unwrap();
        self.stage.take_steps_of_run(&self.desk, &self.user);
        let run = self.stage.run(self.stage.engine(&self.desk).run(&self.user, &run.id)).unwrap();
        assert_eq!(run.state, RunState::Done, "{:?}", run.problem);
        self.tell(format!("run to its end: {:?}", run.counts));
        run
    }

    /// Runs until two in a row change nothing.
    fn come_to_rest(&mut self) {
        // What was left alone for want of a mapping is nobody's change: whoever maps it lets everything run once.
        self.whole_run(Scope::Everything);
        let mut quiet = 0;
        for _ in 0..ROUNDS {
            // Past every limit's reset, and past the day after which Xero's whole lists are read.
            self.stage.advance(25 * 3_600);
            let run = self.whole_run(Scope::SinceLast);
            quiet = if run.counts.created + run.counts.updated == 0 { quiet + 1 } else { 0 };
            if quiet == 2 {
                return;
            }
        }
        let run = self.whole_run(Scope::SinceLast);
        let busy = self.stage.entries_of(&run.id);
        let busy = busy.iter().filter(|entry| matches!(entry.outcome, Outcome::Created | Outcome::Updated));
        panic!("it does not come to rest: {:#?}", busy.collect::<Vec<_>>());
    }

    fn check_all(&mut self) {
        self.check_counts();
        self.check_nothing_is_doubled();
        self.check_agreement();
        self.check_nothing_is_lost();
        self.check_that_nothing_changes_any_more();
    }

    /// Each run's counts add up, and are those of its entries.
    fn check_counts(&self) {
        for run in self.stage.texts("SELECT id FROM runs") {
            let view = self.stage.run(self.stage.engine(&self.desk).run(&self.user, &run)).unwrap();
            assert!(view.counts.add_up(), "{view:#?}");
            let sum = view.pairs.iter().fold(Counts::default(), |sum, pair| sum.plus(pair.counts));
            assert_eq!(sum, view.counts, "{view:#?}");
            let mut of_entries = Counts::default();
            self.stage.entries_of(&run).iter().for_each(|entry| of_entries.add(entry.outcome));
            assert_eq!(of_entries, view.counts, "run {run} tells of {} records", view.counts.candidates);
            assert!(view.state.ended() || view.state == RunState::Ready, "{view:#?}");
        }
        assert_eq!(self.stage.number("SELECT count(*) FROM runs WHERE active = 1"), 0);
        let staged = "SELECT count(*) FROM candidates WHERE run NOT IN (SELECT id FROM runs WHERE state = 'ready')";
        assert_eq!(self.stage.number(staged), 0, "candidates of ended runs");
    }

    fn check_nothing_is_doubled(&self) {
        let world = self.stage.world.borrow();
        for module in Module::ALL {
            let mut partners = BTreeMap::<String, String>::new();
            for record in world.zoho.records(module.api_name()) {
                let own = record["id"].as_str().unwrap().to_owned();
                match record["Xero_ID"].as_str() {
                    Some(partner) => {
                        let other = partners.insert(partner.to_owned(), own.clone());
                        assert_eq!(other, None, "{module:?} {own}: another one is {partner} as well");
                    }
                    // What the program makes in the CRM is known by its Xero record from the beginning.
                    None => assert!(
                        self.made.contains(&own) || module == Module::Contacts,
                        "{module:?} {own} came from Xero and does not know it: {record:#}"
                    ),
                }
            }
        }
        let mut people = BTreeSet::new();
        for person in world.zoho.records("Contacts") {
            let own = person["id"].as_str().unwrap();
            if !self.made.contains(own) {
                let key = ["Account_Name", "Vendor_Name", "First_Name", "Last_Name", "Email"];
                let key: Vec<String> = key.iter().map(|field| person[*field].to_string()).collect();
                assert!(people.insert(key.clone()), "a person came twice: {key:?}");
            }
        }
        let tenant = self.stage.tenant(0);
        let mut urls = BTreeMap::<String, String>::new();
        for document in world.xero.all(&tenant, "Invoices") {
            let own = document["InvoiceID"].as_str().unwrap().to_owned();
            if let Some(url) = document["Url"].as_str() {
                let other = urls.insert(url.to_owned(), own.clone());
                assert_eq!(other, None, "{own}: another document of the same CRM record");
            }
        }
        for (url, document) in urls {
            let mut parts = url.rsplit('/');
            let (record, tab) = (parts.next().unwrap(), parts.next().unwrap());
            let module = Module::from_api_name(tab).unwrap();
            if let Some(record) = world.zoho.get(module.api_name(), record) {
                assert_eq!(record["Xero_ID"].as_str(), Some(document.as_str()), "{url} has another partner");
            }
        }
    }

    /// Wherever no problem is open, both sides have the same.
    fn check_agreement(&mut self) {
        let mut checked = 0;
        for (module, record) in self.records() {
            // Not more at a time than Xero's minute takes.
            self.stage.advance(5);
            let view = match self.stage.view(&self.user, module, &record) {
                Ok(view) => view,
                Err(refusal) => panic!("{module:?} {record}: {refusal:?}"),
            };
            let problems: Vec<Code> = view.preview.problems.iter().map(|problem| problem.code).collect();
            match view.preview.action {
                Action::Unchanged => {}
                Action::Skip | Action::Blocked => {
                    assert!(!problems.is_empty(), "{module:?} {record} is left alone and nobody says why");
                    continue;
                }
                action => {
                    let settings = self.stage.settings();
                    let closed = settings.direction(module) != Direction::Both;
                    let open = self.open(module, &record);
                    // A person who is one contact in Xero with a company gets the company's name from there, which is a
                    // change of the person's own names: it takes a second sync.
                    let named_anew = module == Module::Contacts && self.is_shared(&record);
                    if closed || open.is_some() || named_anew {
                        continue;
                    }
                    // A preview takes for granted that the records which go first can go: the click knows better.
                    let (before, reply) = (self.everything(), self.stage.click(&self.user, module, &record));
                    let left = matches!(reply.entry.outcome, Outcome::Failed | Outcome::Deferred);
                    assert!(
                        left && !reply.entry.problems.is_empty() && before == self.everything(),
                        "{module:?} {record}: {action:?} is left to be done: {:#?} {:#?}",
                        view.preview,
                        reply.entry
                    );
                    continue;
                }
            }
            if self.were_two(module, &record) {
                continue;
            }
            let differences = self.differences(module, &record, &problems);
            assert!(differences.is_empty(), "{module:?} {record}, {problems:?}: {differences:#?}");
            checked += 1;
        }
        println!("seed {}: {checked} linked records agree", self.seed);
        assert!(checked > 20, "hardly anything came across");
    }

    fn differences(&self, module: Module, record: &str, problems: &[Code]) -> Vec<Difference> {
        let crm = self.stage.crm(module, record);
        let partner =
            crm["Xero_ID"].as_str().unwrap_or_else(|| panic!("{module:?} {record} is unchanged and not linked"));
        let world = self.stage.world.borrow();
        let xero = world.xero.get(&self.stage.tenant(0), resource(module), partner);
        let xero = xero.unwrap_or_else(|| panic!("{module:?} {record}: Xero has no {partner}"));
        let around = Around {
            people: &world.zoho.records("Contacts"),
            crm: &|module, id| world.zoho.get(module, id),
            problems,
            both_ways: self.stage.settings().direction(module) == Direction::Both,
            shared: self.is_shared(record),
        };
        agreement::differences(module, &crm, &xero, &around)
    }

    /// Whether both sides had it before anybody synced: a first link leaves each side what it has and says so once, which a
    /// stop may swallow.
    fn were_two(&self, module: Module, record: &str) -> bool {
        let partner = self.stage.crm(module, record)["Xero_ID"].as_str().map(str::to_owned);
        self.made.contains(record) && partner.is_some_and(|partner| self.at_first.contains(&partner))
    }

    /// Whether a record's partner in Xero is that of another record as well.
    fn is_shared(&self, record: &str) -> bool {
        let own = format!("SELECT xero_id FROM links WHERE crm_id = '{record}'");
        self.stage.number(&format!("SELECT count(*) FROM links WHERE xero_id IN ({own})")) > 1
    }

    /// All CRM records that may have a partner.
    fn records(&self) -> Vec<(Module, String)> {
        let world = self.stage.world.borrow();
        Module::ALL
            .into_iter()
            .flat_map(|module| world.zoho.ids(module.api_name()).into_iter().map(move |id| (module, id)))
            .collect()
    }

    /// The problem with which a CRM record waits.
    fn open(&self, module: Module, record: &str) -> Option<String> {
        let sql = format!("SELECT problem FROM waiting WHERE module = '{}' AND crm_id = '{record}'", module.api_name());
        self.stage.texts(&sql).pop()
    }

    /// Every record that should be on the other side is there, or something says why not.
    fn check_nothing_is_lost(&mut self) {
        let settings = self.stage.settings();
        for (module, record) in self.records() {
            if !settings.direction(module).to_xero() {
                continue;
            }
            let crm = self.stage.crm(module, &record);
            let of_company =
                module == Module::Contacts && (crm["Account_Name"].is_object() || crm["Vendor_Name"].is_object());
            if crm["Xero_ID"].is_string() || of_company {
                continue;
            }
            let told = self.last_entry(&format!("module = '{}' AND crm_id = '{record}'", module.api_name()));
            let told = told.unwrap_or_else(|| panic!("{module:?} {record} was never looked at: {crm:#}"));
            let left =
                matches!(told.outcome, Outcome::Skipped | Outcome::Failed | Outcome::Deferred | Outcome::Undecided);
            assert!(left && !told.problems.is_empty(), "{module:?} {record} is not in Xero: {told:#?}");
        }
        let tenant = self.stage.tenant(0);
        let linked: BTreeSet<String> = self.stage.texts("SELECT xero_id FROM links").into_iter().collect();
        for name in ["Contacts", "Items", "Invoices"] {
            let records = self.stage.world.borrow().xero.all(&tenant, name);
            for record in records {
                let (id, open) = people::xero_record(name, &record);
                let closed = people::homes(name, &record).iter().all(|module| !settings.direction(*module).to_crm());
                if linked.contains(&id) || !open || closed {
                    continue;
                }
                let told = self.last_entry(&format!("xero_id = '{id}'"));
                let told = told.unwrap_or_else(|| panic!("{name} {id} was never looked at: {record:#}"));
                let left =
                    matches!(told.outcome, Outcome::Skipped | Outcome::Failed | Outcome::Deferred | Outcome::Undecided);
                assert!(left && !told.problems.is_empty(), "{name} {id} is not in the CRM: {told:#?}");
            }
        }
    }

    fn last_entry(&self, condition: &str) -> Option<EntryView> {
        let sql = format!("SELECT body FROM entries WHERE {condition} ORDER BY id DESC LIMIT 1");
        self.stage.texts(&sql).pop().map(|body| serde_json::from_str(&body).unwrap())
    }

    fn check_that_nothing_changes_any_more(&mut self) {
        for scope in [Scope::SinceLast, Scope::Everything] {
            self.stage.advance(3_600);
            let before = self.everything();
            let mark = self.stage.world.borrow().mark();
            let run = self.whole_run(scope.clone());
            assert!(before == self.everything(), "{scope:?} changed something: {run:#?}");
            assert_eq!((run.counts.created, run.counts.updated), (0, 0), "{run:#?}");
            let waiting = self.stage.number("SELECT count(*) FROM waiting");
            if scope == Scope::SinceLast {
                let told = i64::from(run.counts.candidates);
                assert!(told <= waiting, "{told} records were taken up, and only {waiting} wait: {run:#?}");
            }
            if waiting == 0 {
                let writes = self.writes(mark);
                assert!(writes.is_empty(), "{scope:?} wrote: {writes:#?}");
            }
        }
    }

    /// All that people see on both sides.
    fn everything(&self) -> Vec<Value> {
        let world = self.stage.world.borrow();
        let crm = Module::ALL.into_iter().flat_map(|module| world.zoho.records(module.api_name()));
        let tenant = self.stage.tenant(0);
        let xero = ["Contacts", "Items", "Invoices"].into_iter().flat_map(|name| world.xero.all(&tenant, name));
        crm.chain(xero).collect()
    }

    fn writes(&self, mark: sandbox::Mark) -> Vec<String> {
        let world = self.stage.world.borrow();
        let reads = ["/coql", "/__composite_requests"];
        world
            .calls_since(mark)
            .into_iter()
            .filter(|call| call.path.starts_with("/api/") && call.method != "GET")
            .filter(|call| !reads.iter().any(|read| call.path.ends_with(read)))
            .map(|call| format!("{} {} {}", call.method, call.path, call.request_body))
            .collect()
    }
}

fn codes(entry: &EntryView) -> Vec<Code> {
    entry.problems.iter().map(|problem| problem.code).collect()
}

fn history(seed: u64, steps: usize) {
    println!("SEED={seed}");
    let mut simulation = Simulation::new(seed);
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        for _ in 0..steps {
            simulation.step();
        }
        simulation.calm_down();
        simulation.come_to_rest();
        simulation.check_all();
    }));
    if let Err(panic) = result {
        let told = std::env::var("STORY").ok().and_then(|count| count.parse().ok()).unwrap_or(60);
        println!("SEED={seed}: {} lines, the last {told} of them (STORY=1000 for more):", simulation.story.len());
        let from = simulation.story.len().saturating_sub(told);
        simulation.story[from..].iter().for_each(|line| println!("  {line}"));
        std::panic::resume_unwind(panic);
    }
}

#[test]
fn after_random_histories_both_sides_agree_and_nothing_is_doubled_or_lost() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let steps = number("STEPS").map_or(STEPS, |steps| usize::try_from(steps).unwrap());
    match number("SEED") {
        Some(seed) => history(seed, steps),
        None => SEEDS.for_each(|seed| history(seed, steps)),
    }
}
