//! What the engine needs from outside: database, HTTP, clock, randomness and e-mail.
//!
//! The engine and the API clients know these five traits and no Workers type.
//! The Worker implements them with D1, `reqwest` and the runtime; native tests implement them with
//! SQLite, a sandbox in the same process, a letter box and a clock that moves only when told to.
//!
//! All futures are `!Send` on purpose: workerd and the native tests both run one thread.

use chrono::{DateTime, Utc};
use std::time::Duration;

mod database;
mod http;
mod mail;

pub use database::{Database, DatabaseError, Row, Statement, Value};
pub use http::{Http, HttpError, Method, Request, Response};
pub use mail::{Letter, Mail, MailError};

/// The time, and waiting.
pub trait Clock {
    /// The present instant, in UTC.
    fn now(&self) -> DateTime<Utc>;

    /// Returns after `duration`. A simulated clock moves itself forward and returns at once.
    fn sleep(&self, duration: Duration) -> impl Future<Output = ()>;

    /// Returns after `duration`, for whoever waits for something else and not for ever. A simulated clock does not move
    /// itself for that: it returns when others have moved it so far, or never.
    fn patience(&self, duration: Duration) -> impl Future<Output = ()>;
}

/// Cryptographically strong randomness.
pub trait Random {
    /// Fills `bytes` with random bytes.
    fn fill(&self, bytes: &mut [u8]);
}

impl<T: Clock> Clock for &T {
    fn now(&self) -> DateTime<Utc> {
        (**self).now()
    }

    async fn sleep(&self, duration: Duration) {
        (**self).sleep(duration).await;
    }

    async fn patience(&self, duration: Duration) {
        (**self).patience(duration).await;
    }
}

impl<T: Random> Random for &T {
    fn fill(&self, bytes: &mut [u8]) {
        (**self).fill(bytes);
    }
}

/// The five ports together, so that a function which needs several takes one parameter.
///
/// Implementors are cheap to borrow: the engine holds a `&P` for as long as one request lives.
pub trait Ports: Clock + Random + Http + Database + Mail {}

impl<T: Clock + Random + Http + Database + Mail> Ports for T {}
