//! Faults: what goes wrong, at which call, before or after the API changed its state.

use std::time::Duration;

use bytes::Bytes;
use http::{Method, Response, StatusCode};
use sandbox_kernel::Request;
use serde::{Deserialize, Serialize};

use crate::world::ApiName;

/// When a fault strikes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// The API never sees the call: nothing changes.
    Before,
    /// The API has handled the call and changed its state; the caller gets the effect in place of the response.
    After,
}

/// Which of the vendors' limits a 429 speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// Xero's limit of calls in a minute: `Retry-After: 26`.
    Minute,
    /// Xero's limit of calls in a day: `Retry-After: 66975`.
    Day,
    /// Xero's limit of calls at a time: no `Retry-After`.
    Concurrent,
    /// Xero's limit for the whole app in a minute.
    AppMinute,
    /// Zoho's only 429: credits or concurrency, it does not say which.
    Zoho,
}

/// What the caller gets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// This response.
    Respond {
        /// The HTTP status.
        status: u16,
        /// Headers, in order.
        #[serde(default)]
        headers: Vec<(String, String)>,
        /// The body, as it is.
        #[serde(default)]
        body: String,
    },
    /// The connection closes without a response.
    Drop,
    /// No response, ever: the caller's own time-out ends the wait.
    Hang,
    /// The API's response with the second half of its body missing. Implies [`Phase::After`].
    Truncate,
    /// A 429 as its vendor words it.
    RateLimit(Limit),
}

/// How often a rule strikes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Repeat {
    /// At one call, then the rule is spent.
    Once,
    /// At so many calls in a row.
    Times(u32),
    /// At every call from there on.
    Always,
}

/// One fault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// Only calls to this API.
    #[serde(default)]
    pub api: Option<ApiName>,
    /// Only calls with this method.
    #[serde(default)]
    pub method: Option<String>,
    /// Only calls whose path below the API's base fits; `*` stands for anything: `/api/crm/v8/Invoices/*`.
    #[serde(default)]
    pub path: Option<String>,
    /// Only calls with this parameter in their query: `["type", "ActiveUsers"]`.
    #[serde(default)]
    pub query: Option<(String, String)>,
    /// The first call to strike, counted from 1 among the calls that fit, from when the rule was added.
    #[serde(default = "first")]
    pub nth: u32,
    /// Before or after the API changes its state.
    pub phase: Phase,
    /// What the caller gets.
    pub effect: Effect,
    /// How often.
    #[serde(default = "once")]
    pub repeat: Repeat,
}

fn first() -> u32 {
    1
}

fn once() -> Repeat {
    Repeat::Once
}

impl Rule {
    /// A fault at the n-th call to any API, whatever it is: what a crash-point test wants.
    #[must_use]
    pub fn at_call(nth: u32, phase: Phase, effect: Effect) -> Self {
        Self { api: None, method: None, path: None, query: None, nth, phase, effect, repeat: Repeat::Once }
    }

    /// A fault at the first call that fits.
    #[must_use]
    pub fn at(api: ApiName, method: &Method, path: &str, phase: Phase, effect: Effect) -> Self {
        Self {
            api: Some(api),
            method: Some(method.to_string()),
            path: Some(path.to_owned()),
            query: None,
            nth: 1,
            phase,
            effect,
            repeat: Repeat::Once,
        }
    }

    fn fits(&self, api: ApiName, request: &Request) -> bool {
        let Request { method, path, query, .. } = request;
        self.api.is_none_or(|wanted| wanted == api)
            && self.method.as_deref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(method.as_str()))
            && self.path.as_deref().is_none_or(|pattern| matches(pattern, path))
            && self.query.as_ref().is_none_or(|wanted| query.contains(wanted))
    }
}

/// A rule that was added, with what became of it.
#[derive(Debug, Clone, Serialize)]
pub struct Added {
    /// The rule's number.
    pub id: u64,
    /// The rule.
    pub rule: Rule,
    /// How many calls have fitted so far.
    pub seen: u32,
    /// How many calls it struck.
    pub struck: u32,
}

impl Added {
    /// Counts a fitting call and says whether the rule strikes it.
    fn strikes(&mut self) -> bool {
        self.seen += 1;
        let due = self.seen >= self.rule.nth;
        let left = match self.rule.repeat {
            Repeat::Once => self.struck < 1,
            Repeat::Times(times) => self.struck < times,
            Repeat::Always => true,
        };
        if due && left {
            self.struck += 1;
        }
        due && left
    }
}

/// The rules in force.
#[derive(Debug, Clone, Default)]
pub struct Faults {
    rules: Vec<Added>,
    last: u64,
}

impl Faults {
    /// Adds a rule and returns its number.
    pub fn add(&mut self, rule: Rule) -> u64 {
        self.last += 1;
        self.rules.push(Added { id: self.last, rule, seen: 0, struck: 0 });
        self.last
    }

    /// The rules with their counts.
    #[must_use]
    pub fn list(&self) -> &[Added] {
        &self.rules
    }

    /// Removes one rule; `false` when there is none of that number.
    pub fn remove(&mut self, id: u64) -> bool {
        let before = self.rules.len();
        self.rules.retain(|added| added.id != id);
        self.rules.len() < before
    }

    /// Removes all rules.
    pub fn clear(&mut self) {
        self.rules.clear();
    }

    /// Every fitting rule counts the call; the first that strikes decides.
    pub(crate) fn strike(&mut self, api: ApiName, request: &Request) -> Option<(u64, Phase, Effect)> {
        let mut struck = None;
        for added in &mut self.rules {
            if struck.is_none() && added.rule.fits(api, request) {
                if added.strikes() {
                    let phase = if added.rule.effect == Effect::Truncate { Phase::After } else { added.rule.phase };
                    struck = Some((added.id, phase, added.rule.effect.clone()));
                }
            } else if added.rule.fits(api, request) {
                added.seen += 1;
            }
        }
        struck
    }
}

/// The response of a 429.
pub(crate) fn rate_limited(limit: Limit) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
    let problem = match limit {
        Limit::Minute => "minute",
        Limit::Day => "day",
        Limit::Concurrent => "concurrent",
        Limit::AppMinute => "appminute",
        Limit::Zoho => {
            let body = r#"{"code":"TOO_MANY_REQUESTS","details":{},"message":"Too many requests fired in concurrent. Please try again later.","status":"error"}"#;
            *response.body_mut() = Bytes::from_static(body.as_bytes());
            response
                .headers_mut()
                .insert(http::header::CONTENT_TYPE, http::HeaderValue::from_static("application/json;charset=utf-8"));
            return response;
        }
    };
    let headers = response.headers_mut();
    headers.insert("x-rate-limit-problem", http::HeaderValue::from_static(problem));
    match limit {
        Limit::Minute => {
            headers.insert(http::header::RETRY_AFTER, http::HeaderValue::from_static("26"));
            headers.insert("x-minlimit-remaining", http::HeaderValue::from_static("0"));
        }
        Limit::Day => {
            headers.insert(http::header::RETRY_AFTER, http::HeaderValue::from_static("66975"));
            headers.insert("x-daylimit-remaining", http::HeaderValue::from_static("0"));
        }
        Limit::Concurrent | Limit::AppMinute | Limit::Zoho => {}
    }
    response
}

/// The response that a rule names. Header lines that HTTP does not allow are left out.
pub(crate) fn respond(status: u16, headers: &[(String, String)], body: &str) -> Response<Bytes> {
    let mut response = Response::new(Bytes::copy_from_slice(body.as_bytes()));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in headers {
        if let (Ok(name), Ok(value)) = (name.parse::<http::HeaderName>(), value.parse::<http::HeaderValue>()) {
            response.headers_mut().append(name, value);
        }
    }
    response
}

/// How long a hanging connection is held open before it closes.
pub(crate) const HANG: Duration = Duration::from_secs(120);

/// Whether a text fits a pattern in which `*` stands for any run of characters.
fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.len() >= last.len() && rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        for (pattern, text, fits) in [
            ("/a", "/a", true),
            ("/a", "/ab", false),
            ("/a*", "/ab", true),
            ("*/Invoices*", "/api/crm/v8/Invoices/1", true),
            ("/a/*/c", "/a/b/c", true),
            ("/a/*/c", "/a/c", false),
            ("*", "", true),
            ("a*a", "a", false),
        ] {
            assert_eq!(matches(pattern, text), fits, "{pattern} against {text}");
        }
    }

    #[test]
    fn strikes_from_the_nth_fitting_call_so_many_times() {
        let mut faults = Faults::default();
        faults.add(Rule {
            nth: 2,
            repeat: Repeat::Times(2),
            ..Rule::at(ApiName::Xero, &Method::PUT, "/api/*", Phase::Before, Effect::Drop)
        });
        let call = |method: Method, query: &[(&str, &str)]| {
            let query = query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            Request { method, path: "/api/x".to_owned(), query, headers: http::HeaderMap::new(), body: Bytes::new() }
        };
        let mut hits = Vec::new();
        for method in [Method::GET, Method::PUT, Method::PUT, Method::PUT, Method::PUT] {
            hits.push(faults.strike(ApiName::Xero, &call(method, &[])).is_some());
        }
        assert_eq!(hits, [false, false, true, true, false]);
        assert!(faults.strike(ApiName::Zoho, &call(Method::PUT, &[])).is_none());
        let rule = Rule::at(ApiName::Zoho, &Method::GET, "/api/*", Phase::Before, Effect::Drop);
        faults.add(Rule { query: Some(("type".to_owned(), "ActiveUsers".to_owned())), ..rule });
        let of_type = |kind: &str| call(Method::GET, &[("page", "1"), ("type", kind)]);
        assert!(faults.strike(ApiName::Zoho, &of_type("CurrentUser")).is_none());
        assert!(faults.strike(ApiName::Zoho, &of_type("ActiveUsers")).is_some());
    }

    #[test]
    fn reads_rules_as_people_write_them() {
        let rule: Rule = serde_json::from_str(
            r#"{"api":"zoho-eu","phase":"after","effect":{"respond":{"status":503,"body":"later"}},"repeat":{"times":3}}"#,
        )
        .unwrap();
        assert_eq!(rule.api, Some(ApiName::ZohoEu));
        assert_eq!(rule.nth, 1);
        assert_eq!(rule.repeat, Repeat::Times(3));
        let rule: Rule =
            serde_json::from_str(r#"{"phase":"before","effect":{"rate_limit":"day"},"nth":4,"repeat":"always"}"#)
                .unwrap();
        assert_eq!(rule.effect, Effect::RateLimit(Limit::Day));
    }
}
