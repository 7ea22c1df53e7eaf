//! The engine's ports on workerd: D1, `reqwest`, the runtime's clock and its randomness, and e-mail.

mod database;
mod environment;
mod http;
mod mail;

pub(crate) use environment::{Bindings, Environment, NotInstalled, has_sandbox, pace};

use chrono::{DateTime, Utc};
use engine::config::PublicUrl;
use engine::store::{installation, migrations};
use mail::LetterBox;
use ports::DatabaseError;
use std::cell::{Cell, RefCell};
use std::time::Duration;
use url::Url;
use wasm_bindgen::JsCast;
use worker::{D1Database, Delay, Env, Error, Result};

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
}

impl Runtime {
    /// The outside, with a database that is up to date. Every entrance comes through here: after an update the clock
    /// may be the first who knocks.
    pub(crate) async fn open(env: &Env) -> Result<Self> {
        let database = env.d1(Bindings::DATABASE)?;
        let runtime = Self { database, client: reqwest::Client::new(), letter_box: LetterBox::open(env) };
        if !MIGRATED.get() {
            let applied = migrations::apply(&runtime, now()).await;
            applied.map_err(failed)?;
            MIGRATED.set(true);
        }
        Ok(runtime)
    }

    /// Our own address: what the owner has said, else what was learned. Before either, the address at which a browser
    /// has called is good for the sign-in that will teach it.
    pub(crate) async fn public_url(&self, env: &Env, asked: Option<&Url>) -> Result<PublicUrl> {
        if let Some(said) = environment::said_address(env)? {
            return Ok(PublicUrl::Known(said));
        }
        if let Some(learned) = LEARNED.with_borrow(Clone::clone) {
            return Ok(PublicUrl::Known(learned));
        }
        if let Some(learned) = installation::public_url(self).await.map_err(failed)? {
            LEARNED.set(Some(learned.clone()));
            return Ok(PublicUrl::Known(learned));
        }
        Ok(asked.map_or(PublicUrl::Unknown, |url| PublicUrl::Asked(url.origin().ascii_serialization())))
    }
}

fn failed(error: DatabaseError) -> Error {
    Error::RustError(error.to_string())
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
