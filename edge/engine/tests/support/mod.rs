//! The stage of the engine's native tests: SQLite for D1, the sandbox's world for both vendors, its clock, and
//! randomness that is the same every time. A stage can be cut off at any of its steps, as a killed Worker would be.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, reason = "each test file uses its part of the stage")]

use bytes::Bytes;
use chrono::{DateTime, Utc};
use engine::access::tokens::TokenDesk;
use engine::access::{Refusal, connect, sign_in};
use engine::config::{Config, FingerprintKey, OAuthClient, Pace, Secret, XeroAddresses};
use engine::runs::Next;
use engine::store::migrations;
use engine::store::sessions::User;
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
use shared::api::{ClaimRequest, EntryView, RecordView, SignInRequest, SyncReply};
use shared::id::ZohoId;
use shared::module::{Kind, Module};
use shared::settings::{Direction, Settings};
use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
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

/// What a step of a run cost.
#[derive(Debug, Clone, Copy)]
pub struct Cost {
    /// Calls to the vendors.
    pub calls: usize,
    /// Statements that the database was asked.
    pub statements: usize,
    /// Steps of SQLite's machine.
    pub work: u64,
}

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
    /// The steps of SQLite's machine: what the statements cost, rows that are only looked at included.
    work: Cell<u64>,
    /// The letters that were sent.
    pub letters: RefCell<Vec<Letter>>,
}

impl Stage {
    /// A stage around a world, with an empty database.
    pub fn new(world: World) -> Self {
        let stage = Self {
            config: config(),
            world: RefCell::new(world),
            database: rusqlite::Connection::open_in_memory().unwrap(),
            random: Cell::new(0x9E37_79B9_7F4A_7C15),
            steps: RefCell::default(),
            halt: Cell::new(None),
            stopped: Cell::new(false),
            statements: Cell::new(0),
            work: Cell::new(0),
            letters: RefCell::default(),
        };
        let now = stage.now();
        stage.run(migrations::apply(&stage, now)).unwrap();
        stage
    }

    /// A stage on which the administrator has signed in and connected the CRM and Xero's first organisation.
    pub fn connected(world: World) -> (Self, User) {
        let stage = Self::new(world);
        let user = stage.sign_in(ADMIN, true);
        stage.connect_xero(&user, 0);
        (stage, user)
    }

    /// A copy with the same world and the same database.
    pub fn copy(&self) -> Self {
        let mut database = rusqlite::Connection::open_in_memory().unwrap();
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
            work: Cell::new(0),
            letters: RefCell::default(),
        }
    }

    /// The engine on this stage, with a desk.
    pub fn engine<'a>(&'a self, desk: &'a Desk) -> Engine<'a, Self> {
        Engine { ports: self, config: &self.config, desk }
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

    /// Runs to the end; `None` when the stage stopped on the way.
    pub fn try_run<F: Future>(&self, future: F) -> Option<F::Output> {
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

    /// One click with a desk of its own, as the first request after a start.
    pub fn try_click(&self, user: &User, module: Module, record: &str) -> Result<SyncReply, Refusal> {
        let desk = Desk::default();
        self.run(self.engine(&desk).sync(user, module, &id(record)))
    }

    /// One click that leads to a reply.
    pub fn click(&self, user: &User, module: Module, record: &str) -> SyncReply {
        self.try_click(user, module, record).unwrap_or_else(|refusal| panic!("{module:?} {record}: {refusal:?}"))
    }

    /// A record's preview.
    pub fn view(&self, user: &User, module: Module, record: &str) -> Result<RecordView, Refusal> {
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

    /// Changes a record of Xero as a person would there.
    pub fn edit_xero(&self, resource: &str, record: &str, change: serde_json::Value) {
        let (tenant, now) = (self.tenant(0), self.now());
        self.world.borrow_mut().xero.update(&tenant, resource, record, change, now).unwrap();
    }

    /// The id of a CRM user of the first data centre.
    pub fn user_id(&self, email: &str) -> String {
        self.world.borrow().zoho.users().iter().find(|user| user.email == email).unwrap().id.to_string()
    }

    /// Begins a sign-in as the panel does and gives the address of the popup.
    pub fn begin_sign_in(&self, connect: bool) -> String {
        let request = SignInRequest { challenge: text::sha256(VERIFIER), connect };
        self.run(sign_in::begin(self, &self.config, &request)).unwrap()
    }

    /// Consents on Zoho's page and gives the address at which the popup comes back.
    pub fn consent_at_zoho(&self, url: &str, email: &str) -> String {
        let user = self.user_id(email);
        self.consent("/zoho/accounts/oauth/v2/auth/consent", url, &[("user", &user), ("decision", "accept")])
    }

    /// Completes a sign-in with what came back, and gives the panel's code.
    pub fn complete_sign_in(&self, came_back: &str) -> Result<String, Refusal> {
        self.run(sign_in::complete(self, &self.config, &TokenDesk::default(), &callback(came_back)))
    }

    /// Claims a session and gives its token.
    pub fn claim(&self, code: &str, verifier: &str) -> Result<String, Refusal> {
        let claim = ClaimRequest { code: code.to_owned(), verifier: verifier.to_owned() };
        self.run(sign_in::claim(self, &claim)).map(|claimed| claimed.token)
    }

    /// Who holds a session token.
    pub fn authenticate(&self, token: &str) -> Result<User, Refusal> {
        self.run(sign_in::authenticate(self, Some(token)))
    }

    /// Signs a user in through Zoho's pages, and connects the CRM when asked to.
    pub fn try_sign_in(&self, email: &str, connect: bool) -> Result<User, Refusal> {
        let came_back = self.consent_at_zoho(&self.begin_sign_in(connect), email);
        let code = self.complete_sign_in(&came_back)?;
        let token = self.claim(&code, VERIFIER)?;
        self.authenticate(&token)
    }

    /// Signs a user in; see [`Stage::try_sign_in`].
    pub fn sign_in(&self, email: &str, connect: bool) -> User {
        self.try_sign_in(email, connect).unwrap_or_else(|refusal| panic!("{email}: {refusal:?}"))
    }

    /// Signs the European administrator in, who comes from Zoho's first page to the one of the own data centre.
    pub fn sign_in_european(&self, connect: bool) -> User {
        let url = self.begin_sign_in(connect);
        let there =
            self.consent("/zoho/accounts/oauth/v2/auth/consent", &url, &[("user", "dc:eu"), ("decision", "accept")]);
        let user = self.world.borrow().zoho_eu.users()[0].id.to_string();
        let came_back =
            self.consent("/zoho-eu/accounts/oauth/v2/auth/consent", &there, &[("user", &user), ("decision", "accept")]);
        let code = self.complete_sign_in(&came_back).unwrap();
        self.authenticate(&self.claim(&code, VERIFIER).unwrap()).unwrap()
    }

    /// Consents to one of Xero's organisations through its pages and completes the connection.
    pub fn try_connect_xero(&self, user: &User, organisation: usize) -> Result<connect::Completed, Refusal> {
        let desk = TokenDesk::default();
        let url = self.run(connect::begin(self, &self.config, &desk, user))?;
        let tenant = self.tenant(organisation);
        let came_back =
            self.consent("/xero/login/identity/connect/authorize", &url, &[("tenant", &tenant), ("decision", "allow")]);
        let (state, code) = (parameter(&came_back, "state").unwrap(), parameter(&came_back, "code"));
        self.run(connect::complete(self, &self.config, &desk, &state, code.as_deref(), None))
    }

    /// Connects one of Xero's organisations.
    pub fn connect_xero(&self, user: &User, organisation: usize) {
        let completed = self.try_connect_xero(user, organisation).unwrap();
        assert!(matches!(completed, connect::Completed::Connected(_)), "{completed:?}");
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

    /// The connection's settings.
    pub fn settings(&self) -> Settings {
        let text: String = self.database.query_row("SELECT settings FROM connections", [], |row| row.get(0)).unwrap();
        serde_json::from_str(&text).unwrap()
    }

    /// Starts a run of pairs in one direction. The steps are left to [`Stage::finish_run`].
    pub fn start_run(
        &self,
        desk: &Desk,
        user: &User,
        modules: &[Module],
        direction: Direction,
        scope: Scope,
    ) -> RunView {
        let pairs = modules.iter().map(|module| PairChoice { module: *module, direction }).collect();
        let request = RunRequest { pairs, scope, preview: false };
        self.run(self.engine(desk).start_run(user, &request)).unwrap()
    }

    /// Takes the steps of the active run until it has ended, moving the clock to wherever it waits. Gives what each cost.
    pub fn take_steps_of_run(&self, desk: &Desk, user: &User) -> Vec<Cost> {
        let mut taken = Vec::new();
        for _ in 0..20_000 {
            self.take_steps();
            self.statements.set(0);
            self.work.set(0);
            let next = self.run(self.engine(desk).advance(&user.org));
            let calls = self.take_steps().iter().filter(|(step, _)| *step == Step::Call).count();
            taken.push(Cost { calls, statements: self.statements.get(), work: self.work.get() });
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
    pub fn run_all(&self, user: &User, modules: &[Module], direction: Direction, scope: Scope) -> RunView {
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

fn other(error: &rusqlite::Error) -> DatabaseError {
    let text = error.to_string();
    if text.contains("UNIQUE constraint failed") { DatabaseError::Unique(text) } else { DatabaseError::Other(text) }
}

impl Clock for Stage {
    fn now(&self) -> DateTime<Utc> {
        self.world.borrow().now()
    }

    async fn sleep(&self, duration: Duration) {
        let millis = u64::try_from(duration.as_millis()).unwrap();
        self.world.borrow_mut().gate.clock.advance_millis(millis);
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
        let latency = u64::try_from(pending.latency().as_millis()).unwrap();
        // Others go on while the call is under way.
        yield_once().await;
        self.world.borrow_mut().gate.clock.advance_millis(latency);
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
        let writes = statements.iter().any(|statement| !statement.sql.starts_with("SELECT"));
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
}

fn config() -> Config {
    let data_centre = |location: &str, path: &str| DataCentre {
        location: location.to_owned(),
        accounts: format!("{BASE}/{path}/accounts"),
        api: format!("{BASE}/{path}/api"),
        crm: "http://127.0.0.1:8790".to_owned(),
    };
    let client = |(id, secret): (&str, &str)| OAuthClient { id: id.to_owned(), secret: Secret::new(secret) };
    Config {
        public_url: "http://localhost:8787".to_owned(),
        zoho: client(ZOHO_CLIENT),
        xero: client(XERO_CLIENT),
        data_centres: vec![data_centre("us", "zoho"), data_centre("eu", "zoho-eu")],
        xero_addresses: XeroAddresses {
            login: format!("{BASE}/xero/login"),
            identity: format!("{BASE}/xero/identity"),
            api: format!("{BASE}/xero/api"),
            web: format!("{BASE}/books"),
        },
        vault: Vault::from_keys("test:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=").unwrap(),
        fingerprint_key: FingerprintKey([7; 32]),
        pace: Pace::Paid,
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
