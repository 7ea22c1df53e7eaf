//! The stage of the engine's native tests: SQLite for D1, the sandbox's world for both vendors, its clock, and
//! randomness that is the same every time. A stage can be cut off at any of its steps, as a killed Worker would be.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, reason = "each test file uses its part of the stage")]

use bytes::Bytes;
use chrono::{DateTime, Utc};
use engine::access::flow::{Flow, Offered};
use engine::access::rights::{Administrator, Member};
use engine::access::{Refusal, connect, sign_in};
use engine::config::{Config, FingerprintKey, OAuthClient, Organisations, Pace, PublicUrl, Secret, XeroAddresses};
use engine::runs::Next;
use engine::store::migrations;
use engine::store::sessions::Session;
use engine::sync::{Desk, Engine};
use engine::text;
use engine::vault::Vault;
use ports::{
    Clock, Database, DatabaseError, Http, HttpError, Letter, Mail, MailError, Random, Request, Response, Row,
    Statement, Value,
};
use rusqlite::types::ValueRef;
use sandbox::{Dropped, World, XERO_CLIENT, ZOHO_CLIENT};
use shared::api::runs::{PairChoice, RunRequest, RunView, Scope};
use shared::api::{
    ChoiceRequest, ClaimRequest, ConnectRequest, EntryView, RecordView, SignInRequest, SyncReply, XeroClaimReply,
};
use shared::id::{TenantId, ZohoId};
use shared::language::Language;
use shared::module::{Kind, Module};
use shared::settings::{Direction, Settings};
use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;
use upstream::zoho::DataCentre;

pub const BASE: &str = "http://localhost:8790";
pub const ADMIN: &str = "ana@bluegum.example";
/// The text whose hash is the panel's challenge.
pub const VERIFIER: &str = "a verifier that only the panel knows, long enough";

/// What the engine does to the outside, one step at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// A call to a vendor.
    Call,
    /// A write to the database.
    Write,
}

/// What happens at a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Halt {
    /// Everything stops before the step takes effect.
    StopBefore,
    /// Everything stops after the step has taken effect; nobody learns of it.
    StopAfter,
    /// A write to the database fails and changes nothing.
    RefuseBefore,
    /// A write to the database is made, and reported as failed.
    RefuseAfter,
}

impl Halt {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::StopBefore, Self::StopAfter, Self::RefuseBefore, Self::RefuseAfter];

    /// Whether it can happen at such a step.
    pub fn fits(self, step: Step) -> bool {
        step == Step::Write || matches!(self, Self::StopBefore | Self::StopAfter)
    }
}

/// Which rows of a day there are: on Cloudflare's free plan each kind has a limit of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Day {
    /// Rows that are read.
    Reads,
    /// Rows that are written.
    Writes,
}

/// Statements that stand around the engine: looking at the schema and for our own address.
const AROUND: usize = 2;

/// How many statements the engine may make in an invocation on Cloudflare's free plan, each of a batch counted.
pub fn most_statements() -> usize {
    Pace::Free.statements() - AROUND
}

/// What a step of a run cost.
#[derive(Debug, Clone, Copy)]
pub struct Cost {
    /// Calls to the vendors.
    pub calls: usize,
    /// Statements that the database was asked.
    pub statements: usize,
    /// Steps of SQLite's machine.
    pub work: u64,
    /// Rows that were written, where somebody counts them ([`Stage::count_rows`]).
    pub rows: i64,
}

/// Until when somebody sleeps, and how they are woken.
type Sleeper = (DateTime<Utc>, Waker);

/// Everything around the engine.
pub struct Stage {
    pub world: RefCell<World>,
    pub config: Config,
    database: rusqlite::Connection,
    random: Cell<u64>,
    /// The steps that were taken: calls and database writes, with what they were.
    steps: RefCell<Vec<(Step, String)>>,
    /// What happens at which step, counted from 1.
    halt: Cell<Option<(usize, Halt)>>,
    stopped: Cell<bool>,
    /// The statements that the database was asked, reads included.
    statements: Cell<usize>,
    /// How many these were when the invocation began.
    began: Cell<usize>,
    /// The steps of SQLite's machine: what the statements cost, rows that are only looked at included.
    work: Cell<u64>,
    /// The letters that were sent.
    pub letters: RefCell<Vec<Letter>>,
    /// Who sleeps until when, while several are at work at the same time (see [`Stage::together`]).
    sleepers: RefCell<Option<Vec<Sleeper>>>,
    /// Which of the day's rows are used up.
    used_up: Cell<Option<Day>>,
    /// The statements that the database was asked, in order.
    asked: RefCell<Vec<&'static str>>,
}

impl Stage {
    /// A stage around a world, with an empty database.
    pub fn new(world: World) -> Self {
        let stage = Self::bare(world);
        let now = stage.now();
        // Each part of the schema is an invocation.
        while stage.run(migrations::step(&stage, now)).unwrap() == migrations::Schema::Behind {}
        stage
    }

    /// A stage whose database has no tables yet.
    pub fn bare(world: World) -> Self {
        Self {
            config: config(),
            world: RefCell::new(world),
            database: database(),
            random: Cell::new(0x9E37_79B9_7F4A_7C15),
            steps: RefCell::default(),
            halt: Cell::new(None),
            stopped: Cell::new(false),
            statements: Cell::new(0),
            began: Cell::new(0),
            work: Cell::new(0),
            letters: RefCell::default(),
            sleepers: RefCell::default(),
            used_up: Cell::new(None),
            asked: RefCell::default(),
        }
    }

    /// A stage on which the administrator has signed in and connected the CRM and Xero's first organisation.
    pub fn connected(world: World) -> (Self, Administrator) {
        let stage = Self::new(world);
        let ana = stage.connect_crm(ADMIN);
        stage.connect_xero(&ana, 0);
        (stage, ana)
    }

    /// The version of the settings that are saved, of whichever connection there is.
    pub fn settings_version(&self) -> i64 {
        self.number("SELECT settings_version FROM connections")
    }

    /// A copy with the same world and the same database.
    pub fn copy(&self) -> Self {
        let mut database = database();
        {
            let backup = rusqlite::backup::Backup::new(&self.database, &mut database).unwrap();
            backup.run_to_completion(1_000, Duration::ZERO, None).unwrap();
        }
        Self {
            world: RefCell::new(self.world.borrow().clone()),
            config: self.config.clone(),
            database,
            random: self.random.clone(),
            steps: RefCell::default(),
            halt: Cell::new(None),
            stopped: Cell::new(false),
            statements: Cell::new(0),
            began: Cell::new(0),
            work: Cell::new(0),
            letters: RefCell::default(),
            sleepers: RefCell::default(),
            used_up: Cell::new(None),
            asked: RefCell::default(),
        }
    }

    /// Lets the database refuse what writes, or everything, as if the day's rows were used up; `None` ends it.
    pub fn use_up(&self, day: Option<Day>) {
        self.used_up.set(day);
    }

    /// The engine on this stage, with a desk.
    pub fn engine<'a>(&'a self, desk: &'a Desk) -> Engine<'a, Self> {
        Engine { ports: self, config: &self.config, desk, language: Language::English }
    }

    /// Lets something happen at the n-th step from now (counted from 1).
    pub fn halt_at(&self, step: usize, halt: Halt) {
        self.steps.borrow_mut().clear();
        self.halt.set(Some((step, halt)));
        self.stopped.set(false);
    }

    /// Starts again after a stop, as the runtime starts a killed Worker.
    pub fn start_again(&self) {
        self.halt.set(None);
        self.stopped.set(false);
        self.world.borrow_mut().gate.hang_up();
    }

    /// The steps since the last time somebody asked.
    pub fn take_steps(&self) -> Vec<(Step, String)> {
        self.steps.take()
    }

    /// Runs to the end; `None` when the stage stopped on the way. Each is an invocation: whatever it is, it keeps to the
    /// statements that one may make, so that every test of a route or of a step counts them.
    pub fn try_run<F: Future>(&self, future: F) -> Option<F::Output> {
        let before = self.statements.get();
        self.began.set(before);
        let output = self.poll_to_the_end(future);
        let made = self.statements.get() - before;
        let most = self.config.pace.statements() - AROUND;
        assert!(made <= most, "one invocation made {made} statements, {most} at most are good:\n{}", self.last(made));
        output
    }

    /// The last statements, one a line.
    fn last(&self, count: usize) -> String {
        let asked = self.asked.borrow();
        let from = asked.len().saturating_sub(count);
        asked[from..].iter().map(|sql| sql.chars().take(100).chain(['\n']).collect::<String>()).collect()
    }

    fn poll_to_the_end<F: Future>(&self, future: F) -> Option<F::Output> {
        let mut future = pin!(future);
        let mut context = Context::from_waker(Waker::noop());
        // Nothing here waits for anything real, so a future that stays pending for long is stuck.
        for _ in 0..100_000 {
            if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
                return Some(output);
            }
            if self.stopped.get() {
                return None;
            }
        }
        panic!("the engine is stuck");
    }

    /// Runs to the end.
    pub fn run<F: Future>(&self, future: F) -> F::Output {
        self.try_run(future).expect("the stage was stopped")
    }

    /// Runs to the end while the clock moves as it would for several at the same time: whoever sleeps or waits for an
    /// answer lets the others go on, and only when all of them do, the clock moves to the first who wakes up.
    pub fn together<F: Future>(&self, future: F) -> F::Output {
        let mut future = pin!(future);
        let alarm = Arc::new(Alarm::default());
        let waker = Waker::from(alarm.clone());
        self.sleepers.replace(Some(Vec::new()));
        loop {
            if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
                self.sleepers.replace(None);
                return output;
            }
            if alarm.rang.swap(false, Ordering::Relaxed) {
                continue;
            }
            let mut sleepers = self.sleepers.borrow_mut();
            let sleepers = sleepers.as_mut().unwrap();
            let first = sleepers.iter().map(|(until, _)| *until).min().expect("everybody waits for somebody else");
            self.world.borrow_mut().gate.clock.set(first);
            let awake = sleepers.extract_if(.., |(until, _)| *until <= first);
            awake.for_each(|(_, waker)| waker.wake());
        }
    }

    /// One click with a desk of its own, as the first request after a start.
    pub fn try_click(&self, user: &Member, module: Module, record: &str) -> Result<SyncReply, Refusal> {
        let desk = Desk::default();
        self.run(self.engine(&desk).sync(user, module, &id(record)))
    }

    /// One click that leads to a reply.
    pub fn click(&self, user: &Member, module: Module, record: &str) -> SyncReply {
        self.try_click(user, module, record).unwrap_or_else(|refusal| panic!("{module:?} {record}: {refusal:?}"))
    }

    /// A click in a panel that has shown the record's preview before.
    pub fn click_as_shown(&self, user: &Member, module: Module, record: &str) -> SyncReply {
        let word = self.view(user, module, record).unwrap().preview.word;
        self.click_with(user, module, record, word)
    }

    /// A click that brings the word of a preview.
    pub fn click_with(&self, user: &Member, module: Module, record: &str, word: Option<String>) -> SyncReply {
        let desk = Desk::default();
        self.run(self.engine(&desk).sync_as_shown(user, module, &id(record), word)).unwrap()
    }

    /// A record's preview.
    pub fn view(&self, user: &Member, module: Module, record: &str) -> Result<RecordView, Refusal> {
        let desk = Desk::default();
        self.run(self.engine(&desk).view(user, module, &id(record)))
    }

    /// The sandbox's present instant.
    pub fn now_utc(&self) -> DateTime<Utc> {
        self.now()
    }

    /// Moves the clock.
    pub fn advance(&self, seconds: i64) {
        self.world.borrow_mut().gate.clock.advance(seconds);
    }

    /// A record of the CRM as the administrator reads it.
    pub fn crm(&self, module: Module, record: &str) -> serde_json::Value {
        self.world.borrow().zoho.get(module.api_name(), record).unwrap()
    }

    /// Changes a record of the CRM as the administrator.
    pub fn edit(&self, module: Module, record: &str, change: &serde_json::Value) {
        self.world.borrow_mut().edit(ADMIN, module.api_name(), record, change).unwrap();
    }

    /// The Xero record that a CRM record names.
    pub fn xero(&self, module: Module, record: &str) -> serde_json::Value {
        let named = self.crm(module, record)["Xero_ID"].as_str().expect("the record names no Xero record").to_owned();
        let tenant = self.tenant(0);
        self.world.borrow().xero.get(&tenant, resource(module), &named).unwrap()
    }

    /// All of the first organisation's records of a resource.
    pub fn all_xero(&self, resource: &str) -> Vec<serde_json::Value> {
        let tenant = self.tenant(0);
        self.world.borrow().xero.all(&tenant, resource)
    }

    /// Somebody enters a record in Xero by hand. Gives its id.
    pub fn typed(&self, resource: &str, row: serde_json::Value) -> String {
        let (tenant, now) = (self.tenant(0), self.now_utc());
        let made = self.world.borrow_mut().xero.insert(&tenant, resource, row, now).unwrap();
        let id = ["ContactID", "InvoiceID", "ItemID"].iter().find_map(|key| made[key].as_str());
        id.unwrap().to_owned()
    }

    /// Changes a record of Xero as a person would there.
    pub fn edit_xero(&self, resource: &str, record: &str, change: serde_json::Value) {
        let (tenant, now) = (self.tenant(0), self.now());
        self.world.borrow_mut().xero.update(&tenant, resource, record, change, now).unwrap();
    }

    /// The id of a CRM user of the first data centre.
    pub fn user_id(&self, email: &str) -> String {
        self.world.borrow().zoho.users().iter().find(|user| user.email == email).unwrap().id.to_string()
    }

    /// Another user of the CRM, who may what Sam may.
    pub fn hire(&self, email: &str) {
        let mut world = self.world.borrow_mut();
        let profile = world.zoho.profile_of("sam@bluegum.example").unwrap().name.clone();
        world.zoho.add_user("New", "Hand", email, &profile).unwrap();
    }

    /// A user leaves: the administrator switches the account off.
    pub fn dismiss(&self, email: &str) {
        assert!(self.world.borrow_mut().zoho.set_standing(email, sandbox_zoho::Standing::Deactivated));
    }

    /// Begins a sign-in as the panel does and gives the address of the popup's first page.
    pub fn begin_sign_in(&self, connect: bool) -> String {
        self.try_begin_sign_in(connect, None).unwrap()
    }

    /// Begins a sign-in, with the installation's key where one is told.
    pub fn try_begin_sign_in(&self, connect: bool, key: Option<&str>) -> Result<String, Refusal> {
        let installation_key = key.map(str::to_owned);
        let request = SignInRequest { challenge: text::sha256(VERIFIER), connect, installation_key };
        self.run(sign_in::begin(self, &self.config, &request))
    }

    /// Where a popup's first page leads on to.
    pub fn go_on(&self, first_page: &str) -> String {
        let state = parameter(first_page, "state").unwrap();
        let flow = Flow::open(self, &self.config, &state).unwrap();
        flow.words(&self.config, &state, Language::English).unwrap().url
    }

    /// Consents on Zoho's page and gives the address at which the popup comes back.
    pub fn consent_at_zoho(&self, first_page: &str, email: &str) -> String {
        let user = self.user_id(email);
        let choices = [("user", user.as_str()), ("decision", "accept")];
        self.consent("/zoho/accounts/oauth/v2/auth/consent", &self.go_on(first_page), &choices)
    }

    /// Parks a sign-in with what came back, and gives what the popup offers.
    pub fn offer_sign_in(&self, came_back: &str) -> Result<Offered, Refusal> {
        self.run(sign_in::returned(self, &self.config, &callback(came_back)))
    }

    /// Completes a sign-in with what came back, and gives the popup's code.
    pub fn complete_sign_in(&self, came_back: &str) -> Result<String, Refusal> {
        Ok(self.offer_sign_in(came_back)?.code)
    }

    /// Claims a session and gives its token.
    pub fn claim(&self, code: &str, verifier: &str) -> Result<String, Refusal> {
        let claim = ClaimRequest { code: code.to_owned(), verifier: verifier.to_owned() };
        let desk = Desk::default();
        self.run(self.engine(&desk).claim_session(&claim, "a browser")).map(|claimed| claimed.token)
    }

    /// Who holds a session token.
    pub fn authenticate(&self, token: &str) -> Result<Session, Refusal> {
        self.run(sign_in::authenticate(self, &self.config, Some(token)))
    }

    /// What whoever holds a session may do, asked of Zoho now.
    pub fn member(&self, session: &Session) -> Result<Member, Refusal> {
        let desk = Desk::default();
        self.run(self.engine(&desk).member_now(session))
    }

    /// Signs a user in through Zoho's pages, and connects the CRM when asked to.
    pub fn try_sign_in(&self, email: &str, connect: bool) -> Result<Session, Refusal> {
        let came_back = self.consent_at_zoho(&self.begin_sign_in(connect), email);
        let code = self.complete_sign_in(&came_back)?;
        let token = self.claim(&code, VERIFIER)?;
        self.authenticate(&token)
    }

    /// Signs a user in and gives the session; see [`Stage::try_sign_in`].
    pub fn session(&self, email: &str) -> Session {
        self.try_sign_in(email, false).unwrap_or_else(|refusal| panic!("{email}: {refusal:?}"))
    }

    /// Signs a user in.
    pub fn sign_in(&self, email: &str) -> Member {
        self.member(&self.session(email)).unwrap_or_else(|refusal| panic!("{email}: {refusal:?}"))
    }

    /// Signs an administrator in.
    pub fn administrator(&self, email: &str) -> Administrator {
        self.sign_in(email).administrator().unwrap_or_else(|refusal| panic!("{email}: {refusal:?}"))
    }

    /// Signs an administrator in and connects the CRM.
    pub fn connect_crm(&self, email: &str) -> Administrator {
        let session = self.try_sign_in(email, true).unwrap_or_else(|refusal| panic!("{email}: {refusal:?}"));
        self.member(&session).unwrap().administrator().unwrap()
    }

    /// Signs the European administrator in, who comes from Zoho's first page to the one of the own data centre.
    pub fn sign_in_european(&self, connect: bool) -> Administrator {
        let session = self.try_sign_in_european(self.begin_sign_in(connect)).unwrap();
        self.member(&session).unwrap().administrator().unwrap()
    }

    /// The same from a first page on.
    pub fn try_sign_in_european(&self, first_page: String) -> Result<Session, Refusal> {
        let choices = [("user", "dc:eu"), ("decision", "accept")];
        let there = self.consent("/zoho/accounts/oauth/v2/auth/consent", &self.go_on(&first_page), &choices);
        let user = self.world.borrow().zoho_eu.users()[0].id.to_string();
        let choices = [("user", user.as_str()), ("decision", "accept")];
        let came_back = self.consent("/zoho-eu/accounts/oauth/v2/auth/consent", &there, &choices);
        let code = self.complete_sign_in(&came_back)?;
        self.authenticate(&self.claim(&code, VERIFIER)?)
    }

    /// The newest session of a member, as the door finds it.
    pub fn session_of(&self, member: &Member) -> Session {
        let key = member.session().expect("a member at work has none");
        let key = serde_json::from_value(serde_json::to_value(key).unwrap()).unwrap();
        Session { key, user: engine::store::sessions::User::clone(member), seen_at: self.now() }
    }

    /// Consents to one of Xero's organisations and gives what the popup offers.
    pub fn offer_xero(&self, ana: &Administrator, organisation: usize) -> Result<Offered, Refusal> {
        let session = self.session_of(ana);
        let desk = Desk::default();
        let request = ConnectRequest { challenge: text::sha256(VERIFIER) };
        let first_page = self.run(self.engine(&desk).begin_xero(ana, &session, &request))?;
        let tenant = self.tenant(organisation);
        let choices = [("tenant", tenant.as_str()), ("decision", "allow")];
        let came_back = self.consent("/xero/login/identity/connect/authorize", &self.go_on(&first_page), &choices);
        self.offer_xero_back(&came_back)
    }

    /// Parks what came back from Xero.
    pub fn offer_xero_back(&self, came_back: &str) -> Result<Offered, Refusal> {
        let (state, code) = (parameter(came_back, "state").unwrap(), parameter(came_back, "code"));
        self.run(connect::returned(self, &self.config, &state, code.as_deref(), None))
    }

    /// Claims what Xero granted.
    pub fn claim_xero(&self, ana: &Administrator, code: &str) -> Result<XeroClaimReply, Refusal> {
        let session = self.session_of(ana);
        let desk = Desk::default();
        let request = ClaimRequest { code: code.to_owned(), verifier: VERIFIER.to_owned() };
        self.run(self.engine(&desk).claim_xero(ana, &session, &request))
    }

    /// Chooses among the organisations that a claim offered.
    pub fn choose_xero(&self, ana: &Administrator, tenant: &str) -> Result<XeroClaimReply, Refusal> {
        let session = self.session_of(ana);
        let desk = Desk::default();
        let request = ChoiceRequest { verifier: VERIFIER.to_owned(), tenant: TenantId::new(tenant).unwrap() };
        self.run(self.engine(&desk).choose_xero(ana, &session, &request.verifier, &request.tenant))
    }

    /// Consents to one of Xero's organisations through its pages and claims it.
    pub fn try_connect_xero(&self, ana: &Administrator, organisation: usize) -> Result<XeroClaimReply, Refusal> {
        let offered = self.offer_xero(ana, organisation)?;
        self.claim_xero(ana, &offered.code)
    }

    /// Connects one of Xero's organisations.
    pub fn connect_xero(&self, ana: &Administrator, organisation: usize) {
        let claimed = self.try_connect_xero(ana, organisation).unwrap();
        assert!(claimed.connected.is_some(), "{claimed:?}");
    }

    /// The tenant id of one of Xero's organisations.
    pub fn tenant(&self, organisation: usize) -> String {
        self.world.borrow().xero.organisations()[organisation].tenant.clone()
    }

    /// Clicks a consent page and returns where it sends the browser.
    pub fn consent(&self, action: &str, url: &str, choices: &[(&str, &str)]) -> String {
        let asked = url::Url::parse(url).unwrap();
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(asked.query_pairs());
        form.extend_pairs(choices);
        let request = http::Request::post(format!("{BASE}{action}"))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Bytes::from(form.finish()))
            .unwrap();
        let answer = self.world.borrow_mut().call(request).unwrap();
        let location = answer.headers().get("location");
        let location = location.unwrap_or_else(|| panic!("no redirect: {}", String::from_utf8_lossy(answer.body())));
        location.to_str().unwrap().to_owned()
    }

    /// One number from the database.
    pub fn number(&self, sql: &str) -> i64 {
        self.database.query_row(sql, [], |row| row.get(0)).unwrap()
    }

    /// Runs SQL against the database.
    pub fn execute(&self, sql: &str) {
        self.database.execute_batch(sql).unwrap();
    }

    /// One column of text from the database, nulls left out.
    pub fn texts(&self, sql: &str) -> Vec<String> {
        let mut prepared = self.database.prepare(sql).unwrap();
        let rows = prepared.query_map([], |row| row.get::<_, Option<String>>(0)).unwrap();
        rows.filter_map(Result::unwrap).collect()
    }

    /// Changes the connection's settings, without the checks of the API.
    pub fn choose(&self, change: impl FnOnce(&mut Settings)) {
        let mut settings = self.settings();
        change(&mut settings);
        let text = serde_json::to_string(&settings).unwrap();
        let sql = "UPDATE connections SET settings = ?1, settings_version = settings_version + 1";
        self.database.execute(sql, [text]).unwrap();
    }

    /// Runs and tells what it cost: statements, and steps of SQLite's machine.
    pub fn costs<F: Future>(&self, future: F) -> (F::Output, usize, u64) {
        self.statements.set(0);
        self.work.set(0);
        let output = self.run(future);
        (output, self.statements.get(), self.work.get())
    }

    /// Counts from now on the rows that are written, as D1 does: one for each row of a table that comes, changes or goes, and
    /// one for each entry that an index gets. An index gets one for each new row, and where a statement may change one of
    /// its columns, whether it does or not. The steps of SQLite's machine are no measure any more.
    pub fn count_rows(&self) {
        let mut sql = "CREATE TEMP TABLE written (rows INTEGER); INSERT INTO written VALUES (0);".to_owned();
        let mut trigger = |table: &str, name: &str, when: &str, more: i64| {
            sql.push_str(&format!(
                "CREATE TEMP TRIGGER counts_{table}_{name} AFTER {when} BEGIN UPDATE written SET rows = rows + {more}; END;"
            ));
        };
        let tables = "SELECT name FROM pragma_table_list WHERE schema = 'main' AND name NOT LIKE 'sqlite_%'";
        for table in self.texts(tables) {
            let bare =
                self.number(&format!("SELECT wr FROM pragma_table_list WHERE schema = 'main' AND name = '{table}'"));
            // A table without a rowid is its primary key.
            let own = if bare == 1 { "WHERE origin <> 'pk'" } else { "" };
            trigger(&table, "new", &format!("INSERT ON main.{table}"), 1);
            trigger(&table, "gone", &format!("DELETE ON main.{table}"), 1);
            trigger(&table, "changed", &format!("UPDATE ON main.{table}"), 1);
            for index in self.texts(&format!("SELECT name FROM pragma_index_list('{table}') {own}")) {
                let columns = self.texts(&format!("SELECT name FROM pragma_index_info('{index}')")).join(", ");
                let made = self.texts(&format!("SELECT sql FROM sqlite_master WHERE name = '{index}'"));
                let condition = made.first().and_then(|sql| sql.split_once(" WHERE ")).map(|(_, condition)| condition);
                let when = condition.map(|condition| format!(" WHEN NEW.{condition}")).unwrap_or_default();
                let column = condition.and_then(|condition| condition.split(' ').next());
                let columns = column.map_or(columns.clone(), |column| format!("{columns}, {column}"));
                trigger(&table, &format!("new_{index}"), &format!("INSERT ON main.{table}{when}"), 1);
                trigger(&table, &format!("changed_{index}"), &format!("UPDATE OF {columns} ON main.{table}{when}"), 1);
            }
        }
        self.execute(&sql);
    }

    /// The rows that were written since the last time somebody asked; none while nobody counts.
    pub fn take_rows(&self) -> i64 {
        if self.texts("SELECT name FROM sqlite_temp_master WHERE name = 'written'").is_empty() {
            return 0;
        }
        let rows = self.number("SELECT rows FROM written");
        self.execute("UPDATE written SET rows = 0");
        rows
    }

    /// The connection's settings.
    pub fn settings(&self) -> Settings {
        let text: String = self.database.query_row("SELECT settings FROM connections", [], |row| row.get(0)).unwrap();
        serde_json::from_str(&text).unwrap()
    }

    /// Starts a run of pairs in one direction. The steps are left to [`Stage::finish_run`].
    pub fn start_run(
        &self,
        desk: &Desk,
        user: &Member,
        modules: &[Module],
        direction: Direction,
        scope: Scope,
    ) -> RunView {
        let pairs = modules.iter().map(|module| PairChoice { module: *module, direction }).collect();
        let request = RunRequest { pairs, scope, preview: false };
        self.run(self.engine(desk).start_run(user, &request)).unwrap()
    }

    /// Takes the steps of the active run until it has ended, moving the clock to wherever it waits. Gives what each cost.
    pub fn take_steps_of_run(&self, desk: &Desk, user: &Member) -> Vec<Cost> {
        let mut taken = Vec::new();
        for _ in 0..20_000 {
            self.take_steps();
            self.statements.set(0);
            self.work.set(0);
            let next = self.run(self.engine(desk).advance(&user.org));
            let calls = self.take_steps().iter().filter(|(step, _)| *step == Step::Call).count();
            let (statements, work) = (self.statements.get(), self.work.get());
            taken.push(Cost { calls, statements, work, rows: self.take_rows() });
            match next {
                Next::Now => {}
                Next::At(at) => self.wait_until(at),
                Next::Idle => return taken,
            }
        }
        panic!("the run does not end");
    }

    /// Moves the clock on to an instant.
    pub fn wait_until(&self, at: DateTime<Utc>) {
        let now = self.now();
        self.world.borrow_mut().gate.clock.set(at.max(now));
    }

    /// Starts a run and takes it to its end.
    pub fn run_all(&self, user: &Member, modules: &[Module], direction: Direction, scope: Scope) -> RunView {
        let desk = Desk::default();
        let run = self.start_run(&desk, user, modules, direction, scope);
        self.take_steps_of_run(&desk, user);
        self.run(self.engine(&desk).run(user, &run.id)).unwrap()
    }

    /// The log of a run, oldest first.
    pub fn entries_of(&self, run: &str) -> Vec<EntryView> {
        let mut prepared = self.database.prepare("SELECT body FROM entries WHERE run = ?1 ORDER BY id").unwrap();
        let rows = prepared.query_map([run], |row| row.get::<_, String>(0)).unwrap();
        rows.map(|body| serde_json::from_str(&body.unwrap()).unwrap()).collect()
    }

    /// Takes a step and says what happens at it.
    fn step(&self, step: Step, what: String) -> Option<Halt> {
        if self.stopped.get() {
            return Some(Halt::StopBefore);
        }
        let mut steps = self.steps.borrow_mut();
        steps.push((step, what));
        let (at, halt) = self.halt.get()?;
        if at != steps.len() || !halt.fits(step) {
            return None;
        }
        self.stopped.set(matches!(halt, Halt::StopBefore | Halt::StopAfter));
        Some(halt)
    }

    fn transact(&self, statements: &[Statement]) -> Result<Vec<Vec<Row>>, DatabaseError> {
        self.database.execute_batch("BEGIN").map_err(|error| other(&error))?;
        let result = statements.iter().map(|statement| self.one(statement)).collect::<Result<Vec<_>, _>>();
        self.database
            .execute_batch(if result.is_ok() { "COMMIT" } else { "ROLLBACK" })
            .map_err(|error| other(&error))?;
        result
    }

    fn one(&self, statement: &Statement) -> Result<Vec<Row>, DatabaseError> {
        let mut prepared = self.database.prepare_cached(statement.sql).map_err(|error| other(&error))?;
        let names: Vec<String> = prepared.column_names().into_iter().map(str::to_owned).collect();
        let parameters = statement.parameters.iter().map(|value| match value {
            Value::Null => rusqlite::types::Value::Null,
            // As D1 does: every number arrives as a double.
            #[expect(clippy::cast_precision_loss, reason = "the port's integers are within ±2^53")]
            Value::Integer(number) => rusqlite::types::Value::Real(*number as f64),
            Value::Text(text) => rusqlite::types::Value::Text(text.clone()),
        });
        let mut rows = prepared.query(rusqlite::params_from_iter(parameters)).map_err(|error| other(&error))?;
        let mut read = Vec::new();
        while let Some(row) = rows.next().map_err(|error| other(&error))? {
            let mut columns = serde_json::Map::new();
            for (at, name) in names.iter().enumerate() {
                let value = match row.get_ref(at).map_err(|error| other(&error))? {
                    ValueRef::Null | ValueRef::Blob(_) => serde_json::Value::Null,
                    ValueRef::Integer(number) => number.into(),
                    #[expect(clippy::cast_possible_truncation, reason = "whole numbers only")]
                    ValueRef::Real(number) => (number as i64).into(),
                    ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned().into(),
                };
                columns.insert(name.clone(), value);
            }
            read.push(Row(columns));
        }
        drop(rows);
        let steps = prepared.reset_status(rusqlite::StatementStatus::VmStep);
        self.work.set(self.work.get() + u64::try_from(steps).unwrap());
        Ok(read)
    }
}

/// Whether somebody was woken.
#[derive(Default)]
struct Alarm {
    rang: AtomicBool,
}

impl Wake for Alarm {
    fn wake(self: Arc<Self>) {
        self.rang.store(true, Ordering::Relaxed);
    }
}

fn other(error: &rusqlite::Error) -> DatabaseError {
    let text = error.to_string();
    if text.contains("UNIQUE constraint failed") { DatabaseError::Unique(text) } else { DatabaseError::Other(text) }
}

impl Clock for Stage {
    fn now(&self) -> DateTime<Utc> {
        self.world.borrow().now()
    }

    async fn sleep(&self, duration: Duration) {
        if self.sleepers.borrow().is_some() {
            let until = self.now() + duration;
            return std::future::poll_fn(|context| {
                if self.now() >= until {
                    return Poll::Ready(());
                }
                self.sleepers.borrow_mut().as_mut().unwrap().push((until, context.waker().clone()));
                Poll::Pending
            })
            .await;
        }
        let millis = u64::try_from(duration.as_millis()).unwrap();
        self.world.borrow_mut().gate.clock.advance_millis(millis);
    }

    async fn patience(&self, duration: Duration) {
        let together = self.sleepers.borrow().is_some();
        match together {
            true => self.sleep(duration).await,
            false => std::future::pending().await,
        }
    }
}

impl Random for Stage {
    fn fill(&self, bytes: &mut [u8]) {
        for byte in bytes {
            // SplitMix64: the same numbers every time.
            let state = self.random.get().wrapping_add(0x9E37_79B9_7F4A_7C15);
            self.random.set(state);
            let mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            *byte = (mixed >> 40).to_le_bytes()[0];
        }
    }
}

impl Http for Stage {
    async fn send(&self, request: Request) -> Result<Response, HttpError> {
        let path = request.url.split('?').next().unwrap_or_default().trim_start_matches(BASE).to_owned();
        let halt = self.step(Step::Call, format!("{} {path}", request.method.as_str()));
        if halt == Some(Halt::StopBefore) {
            return std::future::pending().await;
        }
        let mut builder = http::Request::builder().method(request.method.as_str()).uri(&request.url);
        for (name, value) in &request.headers {
            builder = builder.header(name, value);
        }
        let pending = self.world.borrow_mut().begin(builder.body(Bytes::from(request.body)).unwrap());
        // Others go on while the call is under way.
        yield_once().await;
        self.sleep(pending.latency()).await;
        let answer = self.world.borrow_mut().finish(pending);
        if halt == Some(Halt::StopAfter) {
            return std::future::pending().await;
        }
        match answer {
            Ok(answer) => Ok(Response {
                status: answer.status().as_u16(),
                headers: answer
                    .headers()
                    .iter()
                    .map(|(name, value)| (name.as_str().to_owned(), value.to_str().unwrap().to_owned()))
                    .collect(),
                body: answer.body().to_vec(),
            }),
            Err(Dropped::TimedOut) => {
                self.sleep(request.timeout).await;
                Err(HttpError::Timeout(request.timeout))
            }
            Err(Dropped::Connection) => Err(HttpError::Connection("dropped".to_owned())),
        }
    }
}

impl Database for Stage {
    async fn query(&self, statement: Statement) -> Result<Vec<Row>, DatabaseError> {
        Ok(self.batch(vec![statement]).await?.pop().unwrap_or_default())
    }

    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Vec<Row>>, DatabaseError> {
        self.statements.set(self.statements.get() + statements.len());
        self.asked.borrow_mut().extend(statements.iter().map(|statement| statement.sql));
        let writes = statements.iter().any(|statement| !statement.sql.starts_with(['S', 'W']));
        let refuses = |day| day == Day::Reads || writes;
        if let Some(day) = self.used_up.get().filter(|day| refuses(*day)) {
            let side = if day == Day::Reads { "read" } else { "write" };
            let said = format!(
                "Your account has exceeded D1's free tier daily row {side} limit. Upgrade to a paid plan or \
                                wait until tomorrow (midnight UTC) to continue."
            );
            return Err(DatabaseError::named(&said, self.now()));
        }
        if !writes {
            return if self.stopped.get() { std::future::pending().await } else { self.transact(&statements) };
        }
        let what = statements.first().map(|first| first.sql.chars().take(40).collect()).unwrap_or_default();
        let refused = || DatabaseError::Other("the database is not there".to_owned());
        match self.step(Step::Write, what) {
            Some(Halt::StopBefore) => std::future::pending().await,
            Some(Halt::StopAfter) => {
                let _ = self.transact(&statements);
                std::future::pending().await
            }
            Some(Halt::RefuseBefore) => Err(refused()),
            Some(Halt::RefuseAfter) => self.transact(&statements).and(Err(refused())),
            None => self.transact(&statements),
        }
    }

    fn asked(&self) -> usize {
        // Several that are at work at the same time are an invocation each, which nobody counts here.
        let alone = self.sleepers.borrow().is_none();
        if alone { self.statements.get() - self.began.get() + AROUND } else { AROUND }
    }
}

fn config() -> Config {
    let data_centre = |location: &str, path: &str| DataCentre {
        location: location.to_owned(),
        accounts: format!("{BASE}/{path}/accounts"),
        api: format!("{BASE}/{path}/api"),
        other_apis: vec![format!("{BASE}/{path}/sandbox/api")],
        crm: "http://127.0.0.1:8790".to_owned(),
    };
    let client = |(id, secret): (&str, &str)| OAuthClient { id: id.to_owned(), secret: Secret::new(secret) };
    Config {
        public_url: PublicUrl::Known("http://localhost:8787".to_owned()),
        zoho: client(ZOHO_CLIENT),
        xero: client(XERO_CLIENT),
        data_centres: vec![data_centre("us", "zoho"), data_centre("eu", "zoho-eu")],
        xero_addresses: XeroAddresses {
            login: format!("{BASE}/xero/login"),
            identity: format!("{BASE}/xero/identity"),
            api: format!("{BASE}/xero/api"),
            web: format!("{BASE}/books"),
        },
        installation_key: None,
        organisations: Organisations::Open,
        vault: Vault::from_keys("test:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=").unwrap(),
        fingerprint_key: FingerprintKey([7; 32]),
        pace: Pace::Free,
    }
}

/// Lets others go on once.
async fn yield_once() {
    let mut yielded = false;
    std::future::poll_fn(|context| {
        if std::mem::replace(&mut yielded, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// A parameter of a URL's query.
pub fn parameter(url: &str, name: &str) -> Option<String> {
    let url = url::Url::parse(url).unwrap();
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

/// What the popup brings back from Zoho.
pub fn callback(came_back: &str) -> sign_in::Callback {
    sign_in::Callback {
        state: parameter(came_back, "state").unwrap_or_default(),
        code: parameter(came_back, "code"),
        accounts_server: parameter(came_back, "accounts-server"),
        error: parameter(came_back, "error"),
    }
}

/// A CRM record's id.
pub fn id(text: &str) -> ZohoId {
    ZohoId::new(text).unwrap()
}

/// Xero's resource for a module.
pub fn resource(module: Module) -> &'static str {
    match module.kind() {
        Kind::Party => "Contacts",
        Kind::Item => "Items",
        Kind::Document => "Invoices",
    }
}

impl Mail for Stage {
    async fn post(&self, letter: Letter) -> Result<(), MailError> {
        self.letters.borrow_mut().push(letter);
        Ok(())
    }
}

/// A database that keeps to foreign keys, as D1 does
/// (<https://developers.cloudflare.com/d1/sql-api/foreign-keys/>).
fn database() -> rusqlite::Connection {
    let database = rusqlite::Connection::open_in_memory().unwrap();
    database.pragma_update(None, "foreign_keys", true).unwrap();
    database
}
