//! One call from token to answer: the only place that sends a request.

use crate::budget::Budget;
use crate::{Api, Attempt, CallLog, Caller, Decision, Effect, Error, Tokens, decide};
use ports::{Clock, Http, HttpError, Method, Request, Response};
use serde_json::Value;
use std::time::Duration;

/// How long one attempt may take, body included.
pub const TIMEOUT: Duration = Duration::from_secs(20);

/// An answer that the vendor's rules accept.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// None when the body is empty.
    pub(crate) body: Option<Value>,
}

impl Answer {
    /// The objects of an array member; empty when there is no body or no such member.
    pub(crate) fn rows(self, key: &str) -> Vec<Value> {
        match self.body {
            Some(Value::Object(mut body)) => match body.remove(key) {
                Some(Value::Array(rows)) => rows,
                _ => Vec::new(),
            },
            _ => Vec::new(),
        }
    }
}

/// A call, but for its token.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) effect: Effect,
    pub(crate) method: Method,
    /// The path as the log shows it: `/Invoices/{id}`.
    pub(crate) template: String,
    pub(crate) url: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Option<Value>,
}

impl Call {
    pub(crate) fn get(template: impl Into<String>, url: String) -> Self {
        Self {
            effect: Effect::Read,
            method: Method::Get,
            template: template.into(),
            url,
            headers: Vec::new(),
            body: None,
        }
    }

    pub(crate) fn write(method: Method, template: impl Into<String>, url: String, body: Value) -> Self {
        Self { effect: Effect::Write, method, template: template.into(), url, headers: Vec::new(), body: Some(body) }
    }

    /// Says that the call changes nothing although it has a body.
    pub(crate) fn reading(mut self) -> Self {
        self.effect = Effect::Read;
        self
    }

    pub(crate) fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }
}

/// What surrounds the calls of one client.
pub(crate) struct Line<'a, P, T> {
    pub(crate) api: Api,
    pub(crate) ports: &'a P,
    pub(crate) tokens: &'a T,
    pub(crate) log: &'a CallLog,
    /// The budget, and whose share of it a call takes.
    pub(crate) budget: Option<(&'a Budget, &'a Caller)>,
    /// The word before the token: `Bearer`, `Zoho-oauthtoken`.
    pub(crate) scheme: &'static str,
    /// Reads the vendor's answer.
    pub(crate) judge: fn(&Response, Effect) -> Result<Answer, Error>,
}

impl<P: Clock + Http, T: Tokens> Line<'_, P, T> {
    /// Sends the call, renews the token, waits and repeats as [`decide`] says, and reads the answer.
    pub(crate) async fn send(&self, call: Call) -> Result<Answer, Error> {
        self.send_with_token(call).await.map_err(|error| error.met_by(self.tokens.whose()))
    }

    async fn send_with_token(&self, call: Call) -> Result<Answer, Error> {
        let body = call.body.as_ref().map(|body| body.to_string().into_bytes()).unwrap_or_default();
        let mut token = self.tokens.access().await?;
        let mut attempt = Attempt::FIRST;
        loop {
            let permit = match self.budget {
                Some((budget, caller)) => Some(budget.acquire(self.ports, caller).await?),
                None => None,
            };
            let mut headers = call.headers.clone();
            headers.push(("authorization".to_owned(), format!("{} {token}", self.scheme)));
            headers.push(("accept".to_owned(), "application/json".to_owned()));
            if call.body.is_some() {
                headers.push(("content-type".to_owned(), "application/json".to_owned()));
            }
            let request =
                Request { method: call.method, url: call.url.clone(), headers, body: body.clone(), timeout: TIMEOUT };
            let outcome = exchange(self.ports, self.log, self.api, &call.template, request).await;
            if let (Some((budget, _)), Ok(response)) = (self.budget, &outcome) {
                budget.learn(response, self.ports.now());
            }
            drop(permit);
            let error = match outcome {
                Ok(response) => match (self.judge)(&response, call.effect) {
                    Ok(answer) => return Ok(answer),
                    Err(error) => error,
                },
                Err(error) => Error::lost(self.api, call.effect, no_answer(&error)),
            };
            match decide(call.effect, attempt, &error) {
                Decision::Renew => {
                    token = self.tokens.renew(&token).await?;
                    attempt.renewed = true;
                }
                Decision::Wait(pause) => {
                    self.ports.sleep(pause).await;
                    attempt.number += 1;
                }
                Decision::Fail => return Err(error),
            }
        }
    }
}

/// Sends one request and notes it in the log.
pub(crate) async fn exchange<P: Clock + Http>(
    ports: &P,
    log: &CallLog,
    api: Api,
    template: &str,
    request: Request,
) -> Result<Response, HttpError> {
    let call = format!("{} {template}", request.method.as_str());
    let began = ports.now();
    let outcome = ports.send(request).await;
    let took = (ports.now() - began).num_milliseconds();
    let response = outcome.as_ref().ok();
    if let (Api::Zoho, Some(response)) = (api, response) {
        log.learn(response);
    }
    log.add(
        api,
        &call,
        response.map(|response| response.status),
        took,
        response.and_then(|response| response.header("xero-correlation-id")),
    );
    outcome
}

/// Why no answer came, in words. The adapter's own text is left out: it may hold the URL.
pub(crate) fn no_answer(error: &HttpError) -> String {
    match error {
        HttpError::Timeout(limit) => format!("no answer within {} seconds", limit.as_secs()),
        HttpError::Connection(_) => "the connection failed".to_owned(),
    }
}

/// A body as it can be read.
pub(crate) enum Body {
    Empty,
    Json(Value),
    Text(String),
}

impl Body {
    pub(crate) fn read(bytes: &[u8]) -> Self {
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Self::Empty;
        }
        serde_json::from_slice(bytes)
            .map_or_else(|_| Self::Text(String::from_utf8_lossy(bytes).into_owned()), Self::Json)
    }
}

/// `Retry-After` in seconds. Both vendors give seconds, never a date.
pub(crate) fn retry_after(response: &Response) -> Option<Duration> {
    response.header("retry-after")?.trim().parse().ok().map(Duration::from_secs)
}
