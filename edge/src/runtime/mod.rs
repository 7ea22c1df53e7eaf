//! The engine's ports on workerd: D1, `reqwest`, the runtime's clock and its randomness, and e-mail.

mod database;
mod environment;
mod http;
mod mail;

pub(crate) use environment::{Bindings, Environment, pace};

use chrono::{DateTime, Utc};
use engine::store::migrations;
use mail::LetterBox;
use std::cell::Cell;
use std::time::Duration;
use wasm_bindgen::JsCast;
use worker::{D1Database, Delay, Env, Error, Result};

thread_local! {
    /// Whether this isolate has seen the schema up to date.
    static MIGRATED: Cell<bool> = const { Cell::new(false) };
}

/// The outside, as the engine sees it.
pub(crate) struct Runtime {
    database: D1Database,
    client: reqwest::Client,
    letter_box: Option<LetterBox>,
}

impl Runtime {
    /// The outside, with a database that is up to date. Every entrance comes through here: after an update the clock
    /// may be the first who knocks.
    pub(crate) async fn open(env: &Env) -> Result<Self> {
        let database = env.d1(Bindings::DATABASE)?;
        let runtime = Self { database, client: reqwest::Client::new(), letter_box: LetterBox::open(env) };
        if !MIGRATED.get() {
            let applied = migrations::apply(&runtime, now()).await;
            applied.map_err(|error| Error::RustError(error.to_string()))?;
            MIGRATED.set(true);
        }
        Ok(runtime)
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
}

impl ports::Random for Runtime {
    fn fill(&self, bytes: &mut [u8]) {
        let scope: web_sys::WorkerGlobalScope = js_sys::global().unchecked_into();
        let filled = scope.crypto().and_then(|crypto| crypto.get_random_values_with_u8_array(bytes));
        // Without randomness no token would be a secret: better no Worker than that one. workerd always has it.
        assert!(filled.is_ok(), "the runtime has no randomness");
    }
}
