//! What was called: every call to an API of the sandbox, with its bodies, in order.

use std::collections::BTreeMap;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::world::ApiName;

/// One call to an API.
#[derive(Debug, Clone, Serialize)]
pub struct Entry {
    /// The place in the journal, from 1, never used twice.
    pub seq: u64,
    /// The API.
    pub api: ApiName,
    /// The method.
    pub method: String,
    /// The path below the API's base URL.
    pub path: String,
    /// The query, decoded, in order.
    pub query: Vec<(String, String)>,
    /// The request's headers; of `Authorization` only the scheme is kept.
    pub request_headers: Vec<(String, String)>,
    /// The request's body as text.
    pub request_body: String,
    /// The status of the response that was sent; `None` when none was.
    pub status: Option<u16>,
    /// The headers of the response that was sent.
    pub response_headers: Vec<(String, String)>,
    /// The body of the response that was sent, as text.
    pub response_body: String,
    /// The sandbox's time of the call.
    pub at: DateTime<Utc>,
    /// How many calls to the same API were in flight, this one included.
    pub in_flight: u32,
    /// Whether the API got to handle the call. `false` when a fault came before it.
    pub handled: bool,
    /// The fault rule that struck, if one did.
    pub fault: Option<u64>,
}

impl Entry {
    /// The request's body as JSON, when it is JSON.
    #[must_use]
    pub fn request_json(&self) -> Option<serde_json::Value> {
        serde_json::from_str(&self.request_body).ok()
    }

    /// The response's body as JSON, when it is JSON.
    #[must_use]
    pub fn response_json(&self) -> Option<serde_json::Value> {
        serde_json::from_str(&self.response_body).ok()
    }
}

/// A place in the journal: what comes after it is new.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark(pub u64);

/// Every call, in order. It keeps the last [`Journal::LENGTH`] of them.
#[derive(Debug, Clone, Default)]
pub struct Journal {
    entries: std::collections::VecDeque<Entry>,
    last: u64,
}

impl Journal {
    /// How many calls are kept; a server that runs for days must not grow for ever.
    pub const LENGTH: usize = 10_000;

    /// Adds a call and gives it its number.
    pub fn add(&mut self, mut entry: Entry) -> u64 {
        self.last += 1;
        entry.seq = self.last;
        if self.entries.len() == Self::LENGTH {
            self.entries.pop_front();
        }
        self.entries.push_back(entry);
        self.last
    }

    /// The present end of the journal.
    #[must_use]
    pub fn mark(&self) -> Mark {
        Mark(self.last)
    }

    /// All kept calls.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter()
    }

    /// The calls after a mark.
    pub fn since(&self, mark: Mark) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(move |entry| entry.seq > mark.0)
    }

    /// How many calls came after a mark, by API and method: `("xero", "PUT") -> 1`.
    #[must_use]
    pub fn counts(&self, mark: Mark) -> BTreeMap<(ApiName, String), usize> {
        let mut counts = BTreeMap::new();
        for entry in self.since(mark) {
            *counts.entry((entry.api, entry.method.clone())).or_insert(0) += 1;
        }
        counts
    }

    /// How many calls there have been since the beginning, forgotten ones included.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.last
    }

    /// Forgets the calls; numbers go on.
    pub fn clear(&mut self) {
        self.entries.clear();
    }
}

/// Headers as the journal keeps them.
pub(crate) fn headers(map: &http::HeaderMap) -> Vec<(String, String)> {
    map.iter()
        .map(|(name, value)| {
            let text = String::from_utf8_lossy(value.as_bytes()).into_owned();
            if name == http::header::AUTHORIZATION {
                let scheme = text.split(' ').next().unwrap_or_default();
                (name.to_string(), format!("{scheme} …"))
            } else {
                (name.to_string(), text)
            }
        })
        .collect()
}

/// A body as the journal keeps it.
pub(crate) fn body(bytes: &Bytes) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
