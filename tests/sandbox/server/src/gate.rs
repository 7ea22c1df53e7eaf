//! What stands before every API: faults, latency, the count of calls in flight, the journal, the clock.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use http::Response;
use sandbox_kernel::{Api, Call};

use crate::clock::Clock;
use crate::faults::{self, Effect, Faults, Phase};
use crate::journal::{self, Entry, Journal};
use crate::world::ApiName;

/// A call that got no response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dropped {
    /// The connection closed.
    Connection,
    /// Nothing came until the caller gave up.
    TimedOut,
}

impl std::fmt::Display for Dropped {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Connection => "the connection closed before a response came",
            Self::TimedOut => "no response came in time",
        })
    }
}

impl std::error::Error for Dropped {}

/// A call that was made and has not returned to its caller yet. It counts as in flight until it is finished.
#[derive(Debug)]
#[must_use = "a call stays in flight until it is finished"]
pub struct Pending {
    api: Option<ApiName>,
    outcome: Result<Response<Bytes>, Dropped>,
    latency: Duration,
}

impl Pending {
    /// An answer that no API gave.
    pub(crate) fn answered(response: Response<Bytes>) -> Self {
        Self { api: None, outcome: Ok(response), latency: Duration::ZERO }
    }

    /// How long the caller is to wait.
    #[must_use]
    pub fn latency(&self) -> Duration {
        self.latency
    }
}

/// Faults, latency, journal and clock of a world.
#[derive(Debug, Clone)]
pub struct Gate {
    /// The clock.
    pub clock: Clock,
    /// The rules in force.
    pub faults: Faults,
    /// What was called.
    pub journal: Journal,
    latency: BTreeMap<ApiName, Duration>,
    in_flight: BTreeMap<ApiName, u32>,
}

impl Gate {
    /// A gate without faults and latency.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        Self {
            clock,
            faults: Faults::default(),
            journal: Journal::default(),
            latency: BTreeMap::new(),
            in_flight: BTreeMap::new(),
        }
    }

    /// How long a call to this API takes.
    #[must_use]
    pub fn latency(&self, api: ApiName) -> Duration {
        self.latency.get(&api).copied().unwrap_or_default()
    }

    /// Sets how long a call to this API takes.
    pub fn set_latency(&mut self, api: ApiName, latency: Duration) {
        self.latency.insert(api, latency);
    }

    /// How many calls to this API are in flight.
    #[must_use]
    pub fn in_flight(&self, api: ApiName) -> u32 {
        self.in_flight.get(&api).copied().unwrap_or_default()
    }

    /// Ends every call that is in flight: whoever made them is no more.
    pub fn hang_up(&mut self) {
        self.in_flight.clear();
    }

    /// Makes a call: the state changes now, the caller gets the outcome when it finishes the call.
    pub fn begin(&mut self, api: ApiName, handler: &mut dyn Api, request: &sandbox_kernel::Request) -> Pending {
        let in_flight = self.in_flight.entry(api).or_insert(0);
        *in_flight += 1;
        let call = Call { now: self.clock.now(), in_flight: *in_flight };
        let struck = self.faults.strike(api, request);
        let (outcome, handled, fault) = match struck {
            None => (Ok(handler.handle(&call, request)), true, None),
            Some((id, phase, effect)) => {
                let real = (phase == Phase::After).then(|| handler.handle(&call, request));
                let handled = real.is_some();
                let outcome = match effect {
                    Effect::Respond { status, headers, body } => Ok(faults::respond(status, &headers, &body)),
                    Effect::Drop => Err(Dropped::Connection),
                    Effect::Hang => Err(Dropped::TimedOut),
                    Effect::RateLimit(limit) => Ok(faults::rate_limited(limit)),
                    Effect::Truncate => Ok(truncated(real.unwrap_or_default())),
                };
                (outcome, handled, Some(id))
            }
        };
        let sent = outcome.as_ref().ok();
        self.journal.add(Entry {
            seq: 0,
            api,
            method: request.method.to_string(),
            path: request.path.clone(),
            query: request.query.clone(),
            request_headers: journal::headers(&request.headers),
            request_body: journal::body(&request.body),
            status: sent.map(|response| response.status().as_u16()),
            response_headers: sent.map(|response| journal::headers(response.headers())).unwrap_or_default(),
            response_body: sent.map(|response| journal::body(response.body())).unwrap_or_default(),
            at: call.now,
            in_flight: call.in_flight,
            handled,
            fault,
        });
        Pending { api: Some(api), outcome, latency: self.latency(api) }
    }

    /// Ends a call and gives its outcome.
    ///
    /// # Errors
    /// When a fault left the call without a response.
    pub fn finish(&mut self, pending: Pending) -> Result<Response<Bytes>, Dropped> {
        if let Some(api) = pending.api {
            let in_flight = self.in_flight.entry(api).or_insert(0);
            *in_flight = in_flight.saturating_sub(1);
        }
        pending.outcome
    }
}

/// The first half of a response's body. A length that was announced is announced anew, so that HTTP itself stays whole.
fn truncated(response: Response<Bytes>) -> Response<Bytes> {
    let (mut parts, body) = response.into_parts();
    parts.headers.remove(http::header::CONTENT_LENGTH);
    let half = body.len() / 2;
    Response::from_parts(parts, body.slice(..half))
}

#[cfg(test)]
mod tests {
    use http::Method;
    use sandbox_kernel::Request;

    use super::*;
    use crate::faults::{Limit, Rule};
    use crate::journal::Mark;

    /// Counts what it was asked and says how many calls were in flight.
    #[derive(Default)]
    struct Counter {
        handled: u32,
    }

    impl Api for Counter {
        fn handle(&mut self, call: &Call, _request: &Request) -> Response<Bytes> {
            self.handled += 1;
            Response::new(Bytes::from(format!("{{\"handled\":{},\"in_flight\":{}}}", self.handled, call.in_flight)))
        }
    }

    fn gate() -> Gate {
        Gate::new(Clock::at("2026-11-20T00:00:00Z".parse().unwrap()))
    }

    fn put() -> Request {
        let mut headers = http::HeaderMap::new();
        headers.insert("authorization", "Bearer secret-token".parse().unwrap());
        headers.insert("idempotency-key", "k1".parse().unwrap());
        Request {
            method: Method::PUT,
            path: "/api/thing".into(),
            query: vec![("a".into(), "b c".into())],
            headers,
            body: Bytes::from_static(b"{\"x\":1}"),
        }
    }

    fn call(gate: &mut Gate, api: &mut Counter) -> Result<Response<Bytes>, Dropped> {
        let pending = gate.begin(ApiName::Xero, api, &put());
        gate.finish(pending)
    }

    #[test]
    fn a_fault_before_leaves_the_state_alone_and_one_after_does_not() {
        for (phase, handled) in [(Phase::Before, 0), (Phase::After, 1)] {
            let (mut gate, mut api) = (gate(), Counter::default());
            gate.faults.add(Rule::at_call(1, phase, Effect::Drop));
            assert_eq!(call(&mut gate, &mut api).unwrap_err(), Dropped::Connection);
            assert_eq!(api.handled, handled);
            let entry = gate.journal.entries().next().unwrap();
            assert_eq!((entry.status, entry.handled, entry.fault), (None, handled == 1, Some(1)));
            assert!(call(&mut gate, &mut api).is_ok(), "a rule strikes once");
        }
    }

    #[test]
    fn effects() {
        let (mut gate, mut api) = (gate(), Counter::default());
        gate.faults.add(Rule::at_call(1, Phase::Before, Effect::Hang));
        gate.faults.add(Rule::at_call(2, Phase::Before, Effect::Truncate));
        gate.faults.add(Rule::at_call(3, Phase::Before, Effect::RateLimit(Limit::Day)));
        let answer = Effect::Respond { status: 503, headers: vec![("x-a".into(), "b".into())], body: "later".into() };
        gate.faults.add(Rule::at_call(4, Phase::After, answer));
        assert_eq!(call(&mut gate, &mut api).unwrap_err(), Dropped::TimedOut);
        let half = call(&mut gate, &mut api).unwrap();
        assert!(serde_json::from_slice::<serde_json::Value>(half.body()).is_err());
        assert_eq!(api.handled, 1, "truncation comes after the commit");
        let limited = call(&mut gate, &mut api).unwrap();
        assert_eq!(limited.status(), 429);
        assert!(limited.body().is_empty());
        assert_eq!(limited.headers()["x-rate-limit-problem"], "day");
        let later = call(&mut gate, &mut api).unwrap();
        assert_eq!((later.status().as_u16(), later.headers()["x-a"].to_str().unwrap()), (503, "b"));
        assert_eq!(api.handled, 2);
    }

    #[test]
    fn the_journal_keeps_bodies_and_no_credentials() {
        let (mut gate, mut api) = (gate(), Counter::default());
        call(&mut gate, &mut api).unwrap();
        let mark = gate.journal.mark();
        gate.clock.advance(60);
        call(&mut gate, &mut api).unwrap();
        assert_eq!(gate.journal.since(mark).count(), 1);
        assert_eq!(gate.journal.counts(Mark(0))[&(ApiName::Xero, "PUT".to_owned())], 2);
        assert_eq!(gate.journal.total(), 2);
        let entry = gate.journal.since(mark).next().unwrap();
        assert_eq!(entry.request_body, "{\"x\":1}");
        assert_eq!(entry.response_body, "{\"handled\":2,\"in_flight\":1}");
        assert_eq!(entry.at, gate.clock.now());
        let text = serde_json::to_string(entry).unwrap();
        assert!(!text.contains("secret-token"), "{text}");
        assert!(text.contains("idempotency-key"), "{text}");
    }

    #[test]
    fn calls_are_in_flight_until_they_finish() {
        let (mut gate, mut api) = (gate(), Counter::default());
        let first = gate.begin(ApiName::Xero, &mut api, &put());
        let second = gate.begin(ApiName::Xero, &mut api, &put());
        let other = gate.begin(ApiName::Zoho, &mut api, &put());
        assert_eq!(gate.in_flight(ApiName::Xero), 2);
        let body = gate.finish(second).unwrap();
        assert_eq!(body.body(), "{\"handled\":2,\"in_flight\":2}");
        assert_eq!(gate.finish(other).unwrap().body(), "{\"handled\":3,\"in_flight\":1}");
        gate.finish(first).unwrap();
        assert_eq!(gate.in_flight(ApiName::Xero), 0);
        let _lost = gate.begin(ApiName::Xero, &mut api, &put());
        gate.hang_up();
        assert_eq!(gate.in_flight(ApiName::Xero), 0);
    }
}
