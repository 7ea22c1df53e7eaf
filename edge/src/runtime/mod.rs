//! The engine's ports on workerd: D1, `reqwest`, the runtime's clock and its randomness, and e-mail.

mod database;
mod environment;
mod http;
mod mail;

pub(crate) use environment::{Bindings, Environment, NotInstalled, has_sandbox, pace};

use crate::operator;
use chrono::{DateTime, TimeDelta, Utc};
use engine::access::Refusal;
use engine::config::PublicUrl;
use engine::operator::OperatorNote;
use engine::store::installation;
use engine::store::migrations::{self, Schema};
use mail::LetterBox;
use ports::DatabaseError;
use std::cell::{Cell, RefCell};
use std::time::Duration;
use url::Url;
use wasm_bindgen::JsCast;
use worker::{D1Database, Delay, Env, Headers, Response, ResponseBuilder, Result};

thread_local! {
    /// Whether this isolate has seen the schema up to date.
    static MIGRATED: Cell<bool> = const { Cell::new(false) };
    /// Our own address as it was learned; it does not change any more.
    static LEARNED: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// The outside, as the engine sees it.
pub(crate) struct Runtime {
    database: D1Database,
    client: reqwest::Client,
    letter_box: Option<LetterBox>,
    /// The statements that were made: every invocation opens a runtime of its own.
    asked: Cell<usize>,
}

impl Runtime {
    /// The outside, with a database that is up to date. Every entrance comes through here: after an update the clock
    /// may be the first who knocks.
    ///
    /// # Errors
    /// [`Refusal`] when the database does not answer, takes no more today, or can't be brought up to date.
    pub(crate) async fn open(env: &Env) -> Opened<Self> {
        let runtime = Self::as_it_is(env)?;
        if !MIGRATED.get() {
            if migrations::look(&runtime).await? == Schema::Behind {
                bring_up_to_date(env).await?;
            }
            MIGRATED.set(true);
        }
        Ok(runtime)
    }

    /// The outside, whatever the database's schema is.
    ///
    /// # Errors
    /// [`Refusal`] when the Worker has no database.
    pub(crate) fn as_it_is(env: &Env) -> Opened<Self> {
        let database = env.d1(Bindings::DATABASE).map_err(|error| Refusal::internal(operator::about(&error)))?;
        Ok(Self { database, client: reqwest::Client::new(), letter_box: LetterBox::open(env), asked: Cell::new(0) })
    }

    /// Our own address: what the owner has said, else what was learned. Before either, the address at which a browser
    /// has called is good for the sign-in that will teach it.
    ///
    /// # Errors
    /// [`Refusal`] when the database does not answer.
    pub(crate) async fn public_url(&self, env: &Env, asked: Option<&Url>) -> Opened<PublicUrl> {
        if let Some(said) = environment::said_address(env).map_err(|missing| Refusal::internal(missing.note()))? {
            return Ok(PublicUrl::Known(said));
        }
        if let Some(learned) = LEARNED.with_borrow(Clone::clone) {
            return Ok(PublicUrl::Known(learned));
        }
        if let Some(learned) = installation::public_url(self).await? {
            LEARNED.set(Some(learned.clone()));
            return Ok(PublicUrl::Known(learned));
        }
        Ok(asked.map_or(PublicUrl::Unknown, |url| PublicUrl::Asked(url.origin().ascii_serialization())))
    }
}

/// Why the outside can't be had.
type Opened<T> = std::result::Result<T, Refusal>;

/// Brings the schema up to date, part by part. An invocation of the free plan may make 50 statements, so each part is
/// one of its own, in an object that is there for nothing else.
async fn bring_up_to_date(env: &Env) -> Opened<()> {
    let failed = |error: worker::Error| Refusal::internal(operator::about(&error));
    let schema = env.durable_object(Bindings::CLOCK).and_then(|clocks| clocks.get_by_name(SCHEMA)).map_err(failed)?;
    for _ in 0..migrations::MOST_STEPS {
        let answer = schema.fetch_with_str(&format!("http://clock{SCHEMA_PATH}")).await.map_err(failed)?;
        match answer.status_code() {
            COMPLETE => return Ok(()),
            BEHIND => {}
            USED_UP => {
                let seconds = answer.headers().get("retry-after").map_err(failed)?.and_then(|text| text.parse().ok());
                let wait = TimeDelta::seconds(seconds.unwrap_or(3_600));
                return Err(DatabaseError::DayUsedUp { wait }.into());
            }
            _ => break,
        }
    }
    Err(Refusal::internal("the database could not be brought up to date"))
}

/// The object that brings the schema up to date: one of the clock's class, which keeps nothing.
const SCHEMA: &str = "schema";

/// Where that object is asked for one part.
pub(crate) const SCHEMA_PATH: &str = "/schema";

/// Its answers: nothing is missing any more; another part is; the database takes no more today.
const COMPLETE: u16 = 204;
const BEHIND: u16 = 202;
const USED_UP: u16 = 429;

/// Applies one part of the schema, in an invocation of its own.
pub(crate) async fn apply_a_part(env: &Env) -> Result<Response> {
    let runtime = match Runtime::as_it_is(env) {
        Ok(runtime) => runtime,
        Err(refusal) => return refused(&refusal),
    };
    let status = match migrations::step(&runtime, now()).await {
        Ok(Schema::Complete) => COMPLETE,
        Ok(Schema::Behind) => BEHIND,
        Err(error) => return refused(&error.into()),
    };
    Ok(ResponseBuilder::new().with_status(status).empty())
}

fn refused(refusal: &Refusal) -> Result<Response> {
    if let Some(note) = &refusal.note {
        operator::failed(&OperatorNote::of("the schema stays as it is").because(note));
    }
    match refusal.wait() {
        Some(wait) => {
            let headers = Headers::new();
            headers.set("retry-after", &wait.as_secs().to_string())?;
            Ok(ResponseBuilder::new().with_status(USED_UP).with_headers(headers).empty())
        }
        None => Ok(ResponseBuilder::new().with_status(500).empty()),
    }
}

/// The present instant.
pub(crate) fn now() -> DateTime<Utc> {
    let millis = worker::Date::now().as_millis();
    i64::try_from(millis).ok().and_then(DateTime::from_timestamp_millis).unwrap_or_default()
}

impl ports::Clock for Runtime {
    fn now(&self) -> DateTime<Utc> {
        now()
    }

    async fn sleep(&self, duration: Duration) {
        Delay::from(duration).await;
    }

    async fn patience(&self, duration: Duration) {
        self.sleep(duration).await;
    }
}

impl ports::Random for Runtime {
    fn fill(&self, bytes: &mut [u8]) {
        let scope: web_sys::WorkerGlobalScope = js_sys::global().unchecked_into();
        let filled = scope.crypto().and_then(|crypto| crypto.get_random_values_with_u8_array(bytes));
        // Without randomness no token would be a secret: better no Worker than that one. workerd always has it.
        assert!(filled.is_ok(), "the runtime has no randomness");
    }
}
