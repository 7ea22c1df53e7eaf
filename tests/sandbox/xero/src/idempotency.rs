//! The `Idempotency-Key` cache: six minutes from the first call ([`KeyMemory`]), errors included, for the application and not the organisation.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use sandbox_kernel::{Request, Response};
use serde_json::json;

use crate::answers::{Answers, KeyMemory};
use crate::reply;

const MAX_KEY: usize = 128;

#[derive(Debug, Clone)]
struct Entry {
    at: DateTime<Utc>,
    /// Method, path, query and body: the same request in every respect that Xero compares.
    request: String,
    response: Response,
}

/// The answers that Xero remembers.
#[derive(Debug, Clone)]
pub(crate) struct Cache {
    pub(crate) memory: KeyMemory,
    entries: BTreeMap<(String, String), Entry>,
}

/// What the cache says about a request.
pub(crate) enum Verdict {
    /// No key, or a method that takes none.
    Without,
    /// A new key: answer it and [`Cache::keep`] the answer.
    New(String),
    /// Answer this.
    Answer(Response),
}

fn refusal(detail: &str) -> Verdict {
    Verdict::Answer(reply::json(400, &json!({ "Type": null, "Title": "Bad Request", "Status": 400, "Detail": detail })))
}

fn describe(request: &Request) -> String {
    let body = String::from_utf8_lossy(&request.body);
    format!("{} {} {:?} {body}", request.method, request.path, request.query)
}

impl Cache {
    pub(crate) fn new() -> Self {
        Self { memory: Answers::USUAL.key_memory, entries: BTreeMap::new() }
    }

    pub(crate) fn look(&mut self, client: &str, now: DateTime<Utc>, request: &Request) -> Verdict {
        let keyed = matches!(request.method, http::Method::POST | http::Method::PUT | http::Method::PATCH);
        let Some(key) = request.header("idempotency-key").filter(|_| keyed) else { return Verdict::Without };
        if key.len() > MAX_KEY {
            return refusal("Idempotency Key: the key must not be longer than 128 characters.");
        }
        let kept = match self.memory {
            KeyMemory::SixMinutes => TimeDelta::minutes(6),
            KeyMemory::ADay => TimeDelta::hours(24),
        };
        self.entries.retain(|_, entry| now < entry.at + kept);
        match self.entries.get(&(client.to_owned(), key.to_owned())) {
            None => Verdict::New(key.to_owned()),
            Some(entry) if entry.request == describe(request) => Verdict::Answer(entry.response.clone()),
            Some(_) => refusal(&format!("Idempotency Key: {key} is used with a different request.")),
        }
    }

    pub(crate) fn keep(
        &mut self,
        client: &str,
        key: String,
        now: DateTime<Utc>,
        request: &Request,
        response: &Response,
    ) {
        let entry = Entry { at: now, request: describe(request), response: response.clone() };
        self.entries.insert((client.to_owned(), key), entry);
    }
}
