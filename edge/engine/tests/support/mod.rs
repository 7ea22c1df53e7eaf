//! The stage of the engine's native tests: SQLite for D1, the sandbox's world for both vendors, its clock, and
//! randomness that is the same every time. A stage can be cut off at any of its steps, as a killed Worker would be.
#![allow(dead_code, reason = "each test file uses its part of the stage")]

use bytes::Bytes;
use chrono::{DateTime, Utc};
use engine::access::tokens::TokenDesk;
use engine::access::{connect, sign_in};
use engine::config::{Config, FingerprintKey, OAuthClient, Secret, XeroAddresses};
use engine::store::migrations;
use engine::store::sessions::User;
use engine::sync::{Desk, Engine};
use engine::text;
use engine::vault::Vault;
use ports::{Clock, Database, DatabaseError, Http, HttpError, Random, Request, Response, Row, Statement, Value};
use rusqlite::types::ValueRef;
use sandbox::{Dropped, World, XERO_CLIENT, ZOHO_CLIENT};
use shared::api::{ClaimRequest, SignInRequest};
use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use upstream::zoho::DataCentre;

pub const BASE: &str = "http://localhost:8790";
pub const ADMIN: &str = "ana@bluegum.example";

/// What a cut-off stage answers nothing to any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// A call to a vendor.
    Call,
    /// A write to the database.
    Write,
}

/// Everything around the engine.
pub struct Stage {
    pub world: RefCell<World>,
    pub config: Config,
    database: rusqlite::Connection,
    random: Cell<u64>,
    /// How many steps were taken: calls and database writes.
    steps: Cell<u32>,
    /// At which step, and whether before or after its effect, everything stops.
    stop: Cell<Option<(u32, bool)>>,
    stopped: Cell<bool>,
}

impl Stage {
    /// A stage around a world, with an empty database.
    pub fn new(world: World) -> Self {
        let stage = Self {
            config: config(),
            world: RefCell::new(world),
            database: rusqlite::Connection::open_in_memory().unwrap(),
            random: Cell::new(0x9E37_79B9_7F4A_7C15),
            steps: Cell::new(0),
            stop: Cell::new(None),
            stopped: Cell::new(false),
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
            steps: Cell::new(0),
            stop: Cell::new(None),
            stopped: Cell::new(false),
        }
    }

    /// The engine on this stage, with a desk.
    pub fn engine<'a>(&'a self, desk: &'a Desk) -> Engine<'a, Self> {
        Engine { ports: self, config: &self.config, desk }
    }

    /// Stops everything at the n-th step from now, before or after that step took effect.
    pub fn stop_at(&self, step: u32, after: bool) {
        self.steps.set(0);
        self.stop.set(Some((step, after)));
        self.stopped.set(false);
    }

    /// Starts again after a stop, as the runtime starts a killed Worker.
    pub fn start_again(&self) {
        self.stop.set(None);
        self.stopped.set(false);
    }

    /// How many steps were taken since the last count.
    pub fn count_steps(&self) -> u32 {
        self.steps.replace(0)
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

    /// Signs a user in through Zoho's pages, and connects the CRM when asked to.
    pub fn sign_in(&self, email: &str, connect: bool) -> User {
        let verifier = "a verifier that only the panel knows, long enough";
        let request = SignInRequest { challenge: text::sha256(verifier), connect };
        let url = self.run(sign_in::begin(self, &self.config, &request)).unwrap();
        let user = self.world.borrow().zoho.users().iter().find(|user| user.email == email).unwrap().id.to_string();
        let callback = self.consent("/zoho/accounts/oauth/v2/auth/consent", &url, &[("user", &user), ("decision", "accept")]);
        let callback = sign_in::Callback {
            state: parameter(&callback, "state").unwrap(),
            code: parameter(&callback, "code"),
            accounts_server: parameter(&callback, "accounts-server"),
            error: parameter(&callback, "error"),
        };
        let desk = TokenDesk::default();
        let code = self.run(sign_in::complete(self, &self.config, &desk, &callback)).unwrap();
        let claim = ClaimRequest { code, verifier: verifier.to_owned() };
        let claimed = self.run(sign_in::claim(self, &claim)).unwrap();
        self.run(sign_in::authenticate(self, Some(&claimed.token))).unwrap()
    }

    /// Connects one of Xero's organisations through its pages.
    pub fn connect_xero(&self, user: &User, organisation: usize) {
        let desk = TokenDesk::default();
        let url = self.run(connect::begin(self, &self.config, &desk, user)).unwrap();
        let tenant = self.tenant(organisation);
        let callback = self.consent(
            "/xero/login/identity/connect/authorize",
            &url,
            &[("tenant", &tenant), ("decision", "allow")],
        );
        let (state, code) = (parameter(&callback, "state").unwrap(), parameter(&callback, "code"));
        let completed =
            self.run(connect::complete(self, &self.config, &desk, &state, code.as_deref(), None)).unwrap();
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

    /// Takes a step. True: everything has stopped, nothing takes effect any more.
    fn step(&self) -> (bool, bool) {
        if self.stopped.get() {
            return (true, false);
        }
        self.steps.set(self.steps.get() + 1);
        match self.stop.get() {
            Some((at, after)) if at == self.steps.get() => {
                self.stopped.set(true);
                (!after, after)
            }
            _ => (false, false),
        }
    }

    fn execute(&self, statements: &[Statement]) -> Result<Vec<Vec<Row>>, DatabaseError> {
        self.database.execute_batch("BEGIN").map_err(|error| other(&error))?;
        let result = statements.iter().map(|statement| self.one(statement)).collect::<Result<Vec<_>, _>>();
        self.database.execute_batch(if result.is_ok() { "COMMIT" } else { "ROLLBACK" }).map_err(|error| other(&error))?;
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
        let (before, after) = self.step();
        if before {
            return std::future::pending().await;
        }
        let mut builder = http::Request::builder().method(request.method.as_str()).uri(&request.url);
        for (name, value) in &request.headers {
            builder = builder.header(name, value);
        }
        let answer = self.world.borrow_mut().call(builder.body(Bytes::from(request.body)).unwrap());
        if after {
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
            Err(Dropped::TimedOut) => Err(HttpError::Timeout(request.timeout)),
            Err(Dropped::Connection) => Err(HttpError::Connection("dropped".to_owned())),
        }
    }
}

impl Database for Stage {
    async fn query(&self, statement: Statement) -> Result<Vec<Row>, DatabaseError> {
        Ok(self.batch(vec![statement]).await?.pop().unwrap_or_default())
    }

    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Vec<Row>>, DatabaseError> {
        let writes = statements.iter().any(|statement| !statement.sql.starts_with("SELECT"));
        if !writes {
            return if self.stopped.get() { std::future::pending().await } else { self.execute(&statements) };
        }
        let (before, after) = self.step();
        if before {
            return std::future::pending().await;
        }
        let rows = self.execute(&statements);
        if after {
            return std::future::pending().await;
        }
        rows
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
        },
        vault: Vault::from_keys("test:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=").unwrap(),
        fingerprint_key: FingerprintKey([7; 32]),
    }
}

/// A parameter of a URL's query.
pub fn parameter(url: &str, name: &str) -> Option<String> {
    let url = url::Url::parse(url).unwrap();
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}
