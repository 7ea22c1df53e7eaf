//! Xero's answers: what a status, its headers and a body mean, and the messages inside.

use crate::budget::limit_scope;
use crate::call::{Answer, Body, retry_after};
use crate::text::excerpt;
use crate::{Api, Effect, Error, Whose};
use ports::Response;
use serde_json::{Map, Value};

/// What a 503 says when the request was surely not carried out (compared without regard to case).
const NOT_CARRIED_OUT: [&str; 3] = ["offline for maintenance", "temporarily unavailable", "organisation is offline"];

/// Reads an answer of the accounting API. A validation failure that echoes its elements is an answer with status 400;
/// the caller knows what was sent.
pub(crate) fn judge(response: &Response, effect: Effect) -> Result<Answer, Error> {
    let status = response.status;
    let body = Body::read(&response.body);
    if (200..300).contains(&status) || status == 304 {
        return match body {
            Body::Empty => Ok(Answer { status, body: None }),
            Body::Json(body) => Ok(Answer { status, body: Some(body) }),
            Body::Text(_) => Err(Error::lost(Api::Xero, effect, "the answer could not be read")),
        };
    }
    let (json, text) = match body {
        Body::Json(json) => (Some(json), String::new()),
        Body::Text(text) => (None, text),
        Body::Empty => (None, String::new()),
    };
    let said = || {
        let words = json.as_ref().map_or_else(|| text.clone(), |json| messages(json).join(" "));
        Some(excerpt(&words, 500)).filter(|words| !words.is_empty())
    };
    Err(match status {
        401 | 403 if scope_missing(response, json.as_ref()) => Error::ScopeMissing { api: Api::Xero, said: said() },
        401 => Error::Unauthorized { api: Api::Xero, whose: Whose::Nobodys, said: said() },
        403 if json.as_ref().is_none_or(|json| detail(json).contains("AuthenticationUnsuccessful")) => {
            Error::Disconnected { said: said() }
        }
        404 => Error::NotFound { api: Api::Xero },
        429 => Error::RateLimited { api: Api::Xero, scope: limit_scope(response), retry_after: retry_after(response) },
        503 if NOT_CARRIED_OUT.iter().any(|known| text.to_lowercase().contains(known)) => {
            Error::Unavailable { api: Api::Xero, said: excerpt(&text, 500) }
        }
        500 | 502..=599 => Error::lost(Api::Xero, effect, format!("HTTP {status}")),
        400..=499 => match json {
            Some(json) if status == 400 && is_validation(&json) => {
                return Ok(Answer { status, body: Some(json) });
            }
            Some(json) => refusal(status, &json),
            None => refusal_in_words(status, &text),
        },
        _ => Error::Unexpected { api: Api::Xero, status, excerpt: excerpt(&text, 200) },
    })
}

/// The validation exception that echoes the elements.
fn is_validation(json: &Value) -> bool {
    json.get("Elements").and_then(Value::as_array).is_some_and(|elements| !elements.is_empty())
}

/// A request that was refused as a whole.
pub(crate) fn refusal(status: u16, json: &Value) -> Error {
    let messages = messages(json);
    // The first request under this key may have been carried out: nobody can tell from here.
    if messages.iter().any(|message| message.contains("is used with a different request")) {
        return Error::Unknown { api: Api::Xero, said: excerpt(&messages.join(" "), 500) };
    }
    let code = ["Type", "error"].into_iter().find_map(|key| json.get(key).and_then(Value::as_str)).map(str::to_owned);
    Error::Refused { api: Api::Xero, status, messages, code, details: None }
}

fn refusal_in_words(status: u16, text: &str) -> Error {
    if text.contains("is used with a different request") {
        return Error::Unknown { api: Api::Xero, said: excerpt(text, 500) };
    }
    Error::Unexpected { api: Api::Xero, status, excerpt: excerpt(text, 200) }
}

/// Xero writes `insufficient_scope` in a header (and its own FAQ without the second `i`), or the older detail.
fn scope_missing(response: &Response, json: Option<&Value>) -> bool {
    response
        .header("www-authenticate")
        .is_some_and(|text| text.contains("insufficient_scope") || text.contains("insufficent_scope"))
        || json.is_some_and(|json| detail(json).contains("AuthorizationUnsuccessful"))
}

/// `Detail` of a problem-style body, in either spelling.
fn detail(json: &Value) -> &str {
    ["Detail", "detail"].into_iter().find_map(|key| json.get(key)?.as_str()).unwrap_or_default()
}

/// Every message of an error body, whole, each once: validation messages wherever they are nested, else the body's own.
pub(crate) fn messages(json: &Value) -> Vec<String> {
    let mut found = Vec::new();
    collect(json, "ValidationErrors", &mut found);
    if found.is_empty() {
        let own = ["Message", "Detail", "detail", "error_description", "Title", "title", "error"];
        found.extend(own.into_iter().find_map(|key| json.get(key)?.as_str()).map(str::to_owned));
    }
    found
}

/// The messages in every member of this name, at any depth, in the order of the document.
pub(crate) fn collect(value: &Value, key: &str, found: &mut Vec<String>) {
    match value {
        Value::Array(values) => values.iter().for_each(|value| collect(value, key, found)),
        Value::Object(members) => {
            if let Some(Value::Array(entries)) = members.get(key) {
                for message in entries.iter().filter_map(|entry| entry.get("Message")?.as_str()) {
                    if !found.iter().any(|known| known == message) {
                        found.push(message.to_owned());
                    }
                }
            }
            nested(members, key).for_each(|value| collect(value, key, found));
        }
        _ => {}
    }
}

fn nested<'a>(members: &'a Map<String, Value>, key: &'a str) -> impl Iterator<Item = &'a Value> {
    members.iter().filter(move |(name, _)| name.as_str() != key).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::LimitScope;
    use serde_json::json;
    use std::time::Duration;

    fn response(status: u16, headers: &[(&str, &str)], body: &str) -> Response {
        Response {
            status,
            headers: headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            body: body.as_bytes().to_vec(),
        }
    }

    #[test]
    fn every_answer_has_one_meaning() {
        let problem =
            |detail: &str| json!({"Type": null, "Title": "Unauthorized", "Status": 401, "Detail": detail}).to_string();
        let lower = json!({"title": "Forbidden", "status": 403, "detail": "AuthenticationUnsuccessful"}).to_string();
        let used = "Idempotency Key: k is used with a different request.";
        let used_json = json!({"ErrorNumber": 10, "Type": "ValidationException", "Message": used}).to_string();
        type Check = fn(&Result<Answer, Error>) -> bool;
        let table: Vec<(&str, Effect, Response, Check)> = vec![
            ("empty success", Effect::Write, response(204, &[], ""), |r| matches!(r, Ok(a) if a.body.is_none())),
            ("not modified", Effect::Read, response(304, &[], ""), |r| matches!(r, Ok(a) if a.body.is_none())),
            ("cut off, read", Effect::Read, response(200, &[], "{\"Inv"), |r| {
                matches!(r, Err(Error::Unavailable { .. }))
            }),
            ("cut off, write", Effect::Write, response(200, &[], "{\"Inv"), |r| {
                matches!(r, Err(Error::Unknown { .. }))
            }),
            (
                "expired",
                Effect::Read,
                response(401, &[], &problem("TokenExpired: token expired at 01/23/2020 18:21:16")),
                |r| matches!(r, Err(Error::Unauthorized { .. })),
            ),
            ("invalid", Effect::Read, response(401, &[], &problem("AuthenticationUnsuccessful")), |r| {
                matches!(r, Err(Error::Unauthorized { .. }))
            }),
            ("scope", Effect::Read, response(401, &[], &problem("AuthorizationUnsuccessful")), |r| {
                matches!(r, Err(Error::ScopeMissing { .. }))
            }),
            (
                "scope in the header",
                Effect::Read,
                response(401, &[("www-authenticate", "Bearer error=\"insufficent_scope\"")], ""),
                |r| matches!(r, Err(Error::ScopeMissing { .. })),
            ),
            ("disconnected", Effect::Read, response(403, &[], &problem("AuthenticationUnsuccessful")), |r| {
                matches!(r, Err(Error::Disconnected { .. }))
            }),
            ("disconnected, lower case", Effect::Write, response(403, &[], &lower), |r| {
                matches!(r, Err(Error::Disconnected { .. }))
            }),
            ("another 403", Effect::Read, response(403, &[], &problem("Something else")), |r| {
                matches!(r, Err(Error::Refused { status: 403, .. }))
            }),
            ("404 in HTML", Effect::Read, response(404, &[("content-type", "text/html")], "<html>"), |r| {
                matches!(r, Err(Error::NotFound { .. }))
            }),
            (
                "429",
                Effect::Write,
                response(429, &[("retry-after", "26"), ("x-rate-limit-problem", "minute")], ""),
                |r| matches!(r, Err(Error::RateLimited { scope: LimitScope::Minute, retry_after: Some(after), .. }) if *after == Duration::from_secs(26)),
            ),
            (
                "maintenance",
                Effect::Write,
                response(503, &[], "The Xero API is currently offline for maintenance"),
                |r| matches!(r, Err(Error::Unavailable { .. })),
            ),
            ("temporarily", Effect::Write, response(503, &[], "The Xero API is temporarily unavailable"), |r| {
                matches!(r, Err(Error::Unavailable { .. }))
            }),
            ("offline", Effect::Write, response(503, &[], "The Organisation is offline"), |r| {
                matches!(r, Err(Error::Unavailable { .. }))
            }),
            ("an unknown 503", Effect::Write, response(503, &[], "upstream connect error"), |r| {
                matches!(r, Err(Error::Unknown { .. }))
            }),
            ("500, write", Effect::Write, response(500, &[], ""), |r| matches!(r, Err(Error::Unknown { .. }))),
            ("502, read", Effect::Read, response(502, &[], "<html>"), |r| matches!(r, Err(Error::Unavailable { .. }))),
            ("504, write", Effect::Write, response(504, &[], ""), |r| matches!(r, Err(Error::Unknown { .. }))),
            ("501", Effect::Write, response(501, &[], "no"), |r| {
                matches!(r, Err(Error::Unexpected { status: 501, .. }))
            }),
            ("idempotency key used", Effect::Write, response(400, &[], &used_json), |r| {
                matches!(r, Err(Error::Unknown { .. }))
            }),
            ("idempotency key used, in text", Effect::Write, response(400, &[], used), |r| {
                matches!(r, Err(Error::Unknown { .. }))
            }),
            (
                "bad query",
                Effect::Read,
                response(
                    400,
                    &[],
                    r#"{"ErrorNumber":16,"Type":"QueryParseException","Message":"Unterminated string literal"}"#,
                ),
                |r| matches!(r, Err(Error::Refused { code: Some(code), messages, .. }) if code == "QueryParseException" && messages == &["Unterminated string literal"]),
            ),
        ];
        for (name, effect, response, check) in table {
            let result = judge(&response, effect);
            assert!(check(&result), "{name}: {result:?}");
        }
    }

    #[test]
    fn messages_are_collected_at_any_depth_each_once() {
        let body = json!({
            "ErrorNumber": 10,
            "Type": "ValidationException",
            "Message": "A validation exception occurred",
            "Elements": [{
                "ValidationErrors": [{"Message": "one"}, {"Message": "two"}],
                "Contact": {"ValidationErrors": [{"Message": "three"}]},
                "LineItems": [{"ValidationErrors": [{"Message": "one"}]}, {"ValidationErrors": [{"Message": "four"}]}],
            }],
        });
        let mut found = messages(&body);
        found.sort();
        assert_eq!(found, ["four", "one", "three", "two"]);
        assert_eq!(messages(&json!({"Message": "alone", "Elements": []})), ["alone"]);
    }
}
