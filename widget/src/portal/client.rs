//! Calls of the portal to the edge: method, address, body, and how long to wait.

use super::parts::own_problem;
use super::words::common::Common;
use crate::client::{has_answered, is_in_its_place, name, name_it, refused, request};
use crate::naming;
use crate::state::{Credential, Fault};
use gloo_net::http::Method;
use serde::Serialize;
use serde::de::DeserializeOwned;
use shared::problem::{Code, Problem, Severity};

/// Milliseconds after which a reading is given up.
const READ_LIMIT: u32 = 30_000;
/// Milliseconds after which a change is given up: the edge may have to ask both vendors first.
const WRITE_LIMIT: u32 = 120_000;

/// One call.
#[derive(Debug, Clone)]
pub struct Call {
    method: Method,
    path: String,
    body: Option<String>,
    limit: u32,
}

/// Reads.
#[must_use]
pub fn get(path: impl Into<String>) -> Call {
    Call { method: Method::GET, path: path.into(), body: None, limit: READ_LIMIT }
}

/// Starts or creates something.
#[must_use]
pub fn post(path: impl Into<String>, body: &impl Serialize) -> Call {
    Call { method: Method::POST, path: path.into(), body: serde_json::to_string(body).ok(), limit: WRITE_LIMIT }
}

/// Replaces something.
#[must_use]
pub fn put(path: impl Into<String>, body: &impl Serialize) -> Call {
    Call { method: Method::PUT, path: path.into(), body: serde_json::to_string(body).ok(), limit: WRITE_LIMIT }
}

/// Ends something.
#[must_use]
pub fn delete(path: impl Into<String>) -> Call {
    Call { method: Method::DELETE, path: path.into(), body: None, limit: WRITE_LIMIT }
}

/// What a successful answer says.
pub(super) fn read<T: DeserializeOwned>(text: &str, words: &Common) -> Result<T, Fault> {
    crate::json::read(text).map_err(|error| Fault::Problem(Box::new(unreadable(200, error.to_string(), words))))
}

/// Sends a call and returns the body of a successful answer.
pub(super) async fn send(call: Call, credential: Option<Credential>, words: &Common) -> Result<String, Fault> {
    let signal = web_sys::AbortSignal::timeout_with_u32(call.limit);
    let named = name(&call.method, &call.path, call.body.as_deref());
    let request = name_it(request(call.method, &call.path, credential.as_ref()), named.as_deref());
    let request = request.abort_signal(Some(&signal));
    let request = match call.body {
        Some(body) => request.header("Content-Type", "application/json").body(body),
        None => request.build(),
    };
    let unanswered = |_| {
        let (code, said) =
            if signal.aborted() { (Code::OutcomeUnknown, words.too_slow) } else { (Code::Internal, words.unreachable) };
        Fault::Problem(Box::new(own_problem(Severity::Error, code, said)))
    };
    let response = request.map_err(unanswered)?.send().await.map_err(unanswered)?;
    let text = response.text().await.map_err(unanswered)?;
    if let Some(asked) = named.as_ref().filter(|_| has_answered(response.status(), &text)) {
        naming::answered(asked);
    }
    if response.ok() {
        return Ok(text);
    }
    Err(refused(response.status(), &text, credential.is_some(), |said| {
        Fault::Problem(Box::new(unreadable(response.status(), said, words)))
    }))
}

/// What an answer means that is none of the service's own, or of another version of it.
#[must_use]
pub fn unreadable(status: u16, said: String, words: &Common) -> Problem {
    if is_in_its_place(status) {
        let mut found = own_problem(Severity::Error, Code::OutcomeUnknown, words.not_answering);
        found.why = format!("HTTP {status}: {}", found.why);
        return found;
    }
    let mut found = own_problem(Severity::Error, Code::Internal, words.unreadable);
    found.why = format!("{} (HTTP {status})", found.why);
    found.said = (!said.is_empty()).then_some(said);
    found
}
