//! Scripted ports: answers in the order in which they are asked for, and a clock that moves only by waiting.

use chrono::{DateTime, TimeDelta, Utc};
use ports::{Clock, Http, HttpError, Request, Response};
use serde_json::Value;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::time::Duration;
use upstream::{Error, Tokens};

/// How long every scripted exchange takes.
const LATENCY: TimeDelta = TimeDelta::milliseconds(40);

pub(crate) struct Script {
    now: Cell<DateTime<Utc>>,
    pub(crate) sleeps: RefCell<Vec<Duration>>,
    answers: RefCell<VecDeque<Result<Response, HttpError>>>,
    pub(crate) requests: RefCell<Vec<Request>>,
}

impl Script {
    pub(crate) fn new(answers: impl IntoIterator<Item = Result<Response, HttpError>>) -> Self {
        Self {
            now: Cell::new("2026-11-20T22:00:00Z".parse().unwrap()),
            sleeps: RefCell::default(),
            answers: RefCell::new(answers.into_iter().collect()),
            requests: RefCell::default(),
        }
    }

    /// How many requests were sent; all scripted answers must have been used.
    pub(crate) fn sent(&self) -> usize {
        assert_eq!(self.answers.borrow().len(), 0, "answers are left over");
        self.requests.borrow().len()
    }

    pub(crate) fn more(&self, answers: impl IntoIterator<Item = Result<Response, HttpError>>) {
        self.answers.borrow_mut().extend(answers);
    }

    pub(crate) fn advance(&self, by: Duration) {
        self.now.set(self.now.get() + TimeDelta::from_std(by).unwrap());
    }

    pub(crate) fn request(&self, at: usize) -> Request {
        self.requests.borrow()[at].clone()
    }

    pub(crate) fn header(&self, at: usize, name: &str) -> Option<String> {
        let request = self.request(at);
        request.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone())
    }

    /// The decoded query of a request.
    pub(crate) fn query(&self, at: usize, name: &str) -> Option<String> {
        let url = url::Url::parse(&self.request(at).url).unwrap();
        url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }

    pub(crate) fn body(&self, at: usize) -> Value {
        serde_json::from_slice(&self.request(at).body).unwrap()
    }
}

impl Clock for Script {
    fn now(&self) -> DateTime<Utc> {
        self.now.get()
    }

    async fn sleep(&self, duration: Duration) {
        self.sleeps.borrow_mut().push(duration);
        self.advance(duration);
    }

    async fn patience(&self, _: Duration) {
        std::future::pending().await
    }
}

impl Http for Script {
    async fn send(&self, request: Request) -> Result<Response, HttpError> {
        assert_eq!(request.timeout, Duration::from_secs(20));
        let shown = format!("{request:?}");
        self.requests.borrow_mut().push(request);
        self.now.set(self.now.get() + LATENCY);
        let answer = self.answers.borrow_mut().pop_front();
        answer.unwrap_or_else(|| panic!("no answer is scripted for {shown}"))
    }
}

/// Tokens that count their renewals: `token-0`, `token-1`, …
#[derive(Default)]
pub(crate) struct Counted {
    pub(crate) renewals: Cell<u32>,
}

impl Tokens for Counted {
    async fn access(&self) -> Result<String, Error> {
        Ok(format!("token-{}", self.renewals.get()))
    }

    async fn renew(&self, refused: &str) -> Result<String, Error> {
        assert_eq!(refused, format!("token-{}", self.renewals.get()));
        self.renewals.set(self.renewals.get() + 1);
        self.access().await
    }

    fn whose(&self) -> upstream::Whose {
        upstream::Whose::Connection
    }
}

/// An answer with a JSON body.
pub(crate) fn json(status: u16, body: Value) -> Result<Response, HttpError> {
    text(status, &[("content-type", "application/json")], &body.to_string())
}

/// An answer without a body.
pub(crate) fn empty(status: u16) -> Result<Response, HttpError> {
    text(status, &[], "")
}

/// An answer with headers (lower case) and a text.
pub(crate) fn text(status: u16, headers: &[(&str, &str)], body: &str) -> Result<Response, HttpError> {
    Ok(Response {
        status,
        headers: headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        body: body.as_bytes().to_vec(),
    })
}

/// No answer in time.
pub(crate) fn timeout() -> Result<Response, HttpError> {
    Err(HttpError::Timeout(Duration::from_secs(20)))
}

/// A connection that broke; the adapter's text holds the URL, which must not come out anywhere.
pub(crate) fn broken() -> Result<Response, HttpError> {
    Err(HttpError::Connection("error sending request for url (https://x.example/?q=SECRET)".to_owned()))
}
