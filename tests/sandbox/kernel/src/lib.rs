//! What both sandbox APIs are made of: a plain request, a plain response, a clock that the tests own,
//! and identifiers that come out the same for the same seed.
//!
//! An API of the sandbox is a struct with state and one method, [`Api::handle`]: no sockets, no threads, no real time.
//! The server crate puts faults, latency, the journal and sockets around it.

use bytes::Bytes;
use chrono::{DateTime, Utc};

/// A request as an API of the sandbox sees it. `path` is what follows the API's own base URL.
#[derive(Debug, Clone)]
pub struct Request {
    /// The method.
    pub method: http::Method,
    /// The path below the API's base, with a leading slash, percent-decoded by segment on demand: `/crm/v8/Accounts`.
    pub path: String,
    /// The query, decoded, in order.
    pub query: Vec<(String, String)>,
    /// The headers.
    pub headers: http::HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Request {
    /// The first query parameter of this name.
    #[must_use]
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// A header as text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

/// A response of the sandbox.
pub type Response = http::Response<Bytes>;

/// What surrounds one call.
#[derive(Debug, Clone)]
pub struct Call {
    /// The sandbox's clock.
    pub now: DateTime<Utc>,
    /// How many calls to the same API are in flight, this one included (for the vendors' concurrency limits).
    pub in_flight: u32,
}

/// One stand-in API.
pub trait Api {
    /// Answers one request and changes the state, exactly once and at once.
    fn handle(&mut self, call: &Call, request: &Request) -> Response;
}
