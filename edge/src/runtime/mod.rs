//! The engine's ports on workerd: D1, `reqwest`, the runtime's clock and its randomness.

mod database;
mod environment;
mod http;

pub(crate) use environment::{Bindings, Environment};

use chrono::{DateTime, Utc};
use std::time::Duration;
use wasm_bindgen::JsCast;
use worker::{D1Database, Delay};

/// The outside, as the engine sees it.
pub(crate) struct Runtime {
    database: D1Database,
    client: reqwest::Client,
}

impl Runtime {
    pub(crate) fn new(database: D1Database) -> Self {
        Self { database, client: reqwest::Client::new() }
    }
}

impl ports::Clock for Runtime {
    fn now(&self) -> DateTime<Utc> {
        let millis = worker::Date::now().as_millis();
        i64::try_from(millis).ok().and_then(DateTime::from_timestamp_millis).unwrap_or_default()
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
