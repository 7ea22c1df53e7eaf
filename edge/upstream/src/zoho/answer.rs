//! Zoho's answers: what a status, a code and a body mean.

use crate::call::{Answer, Body, retry_after};
use crate::text::excerpt;
use crate::{Api, Effect, Error, LimitScope, Whose};
use ports::Response;
use serde_json::Value;

/// The array members in which Zoho reports a write row by row.
const ROW_KEYS: [&str; 2] = ["data", "fields"];
/// The array member in which Zoho reports a composite request part by part.
pub(super) const COMPOSITE: &str = "__composite_requests";

/// Reads an answer of the CRM's API.
pub(crate) fn judge(response: &Response, effect: Effect) -> Result<Answer, Error> {
    let spent = response.header("x-api-credits-remaining").is_some_and(|left| left.trim() == "0");
    verdict(response.status, Body::read(&response.body), effect, spent).map_err(|error| match error {
        Error::RateLimited { api, scope, .. } => Error::RateLimited { api, scope, retry_after: retry_after(response) },
        error => error,
    })
}

/// Reads an answer or a sub-answer of a composite request. `spent` tells that no API credits are left.
pub(crate) fn verdict(status: u16, body: Body, effect: Effect, spent: bool) -> Result<Answer, Error> {
    let success = (200..300).contains(&status);
    let body = match body {
        Body::Json(body) => body,
        Body::Empty if success || status == 304 => return Ok(Answer { status, body: None }),
        Body::Text(_) if success => {
            return Err(Error::lost(Api::Zoho, effect, "the answer could not be read"));
        }
        Body::Empty => return Err(by_status(status, String::new(), effect, spent)),
        Body::Text(text) => return Err(by_status(status, excerpt(&text, 200), effect, spent)),
    };
    // Zoho reports row by row also under 4xx; a single row that failed is that row's failure.
    let rows = matches!(status, 400 | 403 | 409 | 412)
        && (is_report(body.get(COMPOSITE))
            || (effect == Effect::Write && ROW_KEYS.iter().any(|key| is_report(body.get(*key)))));
    if rows || (success && body.get("status").and_then(Value::as_str) != Some("error")) {
        return Ok(Answer { status, body: Some(body) });
    }
    Err(refusal(status, &body, effect, spent))
}

fn is_report(rows: Option<&Value>) -> bool {
    rows.and_then(Value::as_array)
        .is_some_and(|rows| !rows.is_empty() && rows.iter().all(|row| row.get("status").is_some_and(Value::is_string)))
}

/// What an error envelope `{code, message, details, status}` means.
fn refusal(status: u16, body: &Value, effect: Effect, spent: bool) -> Error {
    let text = |key: &str| body.get(key).and_then(Value::as_str);
    // The gateway's throttle has OAuth's form.
    if text("error_description").is_some_and(|text| text.contains("too many requests")) {
        return Error::RateLimited { api: Api::Zoho, scope: LimitScope::Token, retry_after: None };
    }
    let message = text("message").or_else(|| text("error_description")).or_else(|| text("error")).unwrap_or_default();
    let Some(code) = text("code") else { return by_status(status, excerpt(message, 500), effect, spent) };
    let said = || Some(excerpt(&if message.is_empty() { code.to_owned() } else { format!("{code}: {message}") }, 500));
    match code {
        "INVALID_TOKEN" | "AUTHENTICATION_FAILURE" => {
            Error::Unauthorized { api: Api::Zoho, whose: Whose::Nobodys, said: said() }
        }
        "OAUTH_SCOPE_MISMATCH" => Error::ScopeMissing { api: Api::Zoho, said: said() },
        "NO_PERMISSION" | "AUTHORIZATION_FAILED" => Error::PermissionDenied { said: said() },
        "INVALID_MODULE" => Error::ModuleUnavailable { said: said() },
        "TOO_MANY_REQUESTS" => by_status(429, String::new(), effect, spent),
        "INTERNAL_ERROR" | "INTERNAL_SERVER_ERROR" | "REQUEST_TIMEOUT" => {
            Error::lost(Api::Zoho, effect, said().unwrap_or_default())
        }
        "INVALID_DATA" if effect == Effect::Read && message.contains("the id given seems to be invalid") => {
            Error::NotFound { api: Api::Zoho }
        }
        _ if status >= 500 => Error::lost(Api::Zoho, effect, said().unwrap_or_default()),
        _ if status == 403 => Error::PermissionDenied { said: said() },
        _ => Error::Refused {
            api: Api::Zoho,
            status,
            messages: vec![if message.is_empty() { code.to_owned() } else { message.to_owned() }],
            code: Some(code.to_owned()),
            details: body.get("details").filter(|details| !details.is_null()).cloned(),
        },
    }
}

/// What a status means when the body says nothing useful.
fn by_status(status: u16, said: String, effect: Effect, spent: bool) -> Error {
    let words = || Some(said.clone()).filter(|said| !said.is_empty());
    match status {
        401 => Error::Unauthorized { api: Api::Zoho, whose: Whose::Nobodys, said: words() },
        403 => Error::PermissionDenied { said: words() },
        404 => Error::NotFound { api: Api::Zoho },
        429 => Error::RateLimited {
            api: Api::Zoho,
            scope: if spent { LimitScope::Day } else { LimitScope::Concurrent },
            retry_after: None,
        },
        500..=599 => Error::lost(Api::Zoho, effect, format!("HTTP {status}")),
        _ => Error::Unexpected { api: Api::Zoho, status, excerpt: said },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn verdict_of(status: u16, body: &Value, effect: Effect) -> Result<Answer, Error> {
        let body = if body.is_null() { Body::Empty } else { Body::Json(body.clone()) };
        verdict(status, body, effect, false)
    }

    #[test]
    fn regression_12_empty_and_throttled_answers() {
        for status in [200, 202, 204, 304] {
            let answer = verdict_of(status, &Value::Null, Effect::Read).unwrap();
            assert_eq!((answer.status, answer.body), (status, None));
        }
        let throttle = json!({
            "error": "Access Denied",
            "error_description": "You have made too many requests continuously. Please try again after some time.",
            "status": "failure",
        });
        assert_eq!(
            verdict_of(400, &throttle, Effect::Read).unwrap_err(),
            Error::RateLimited { api: Api::Zoho, scope: LimitScope::Token, retry_after: None }
        );
    }

    #[test]
    fn every_code_has_one_meaning() {
        let envelope =
            |code: &str, message: &str| json!({"code": code, "details": {}, "message": message, "status": "error"});
        let read =
            |status, code: &str, message: &str| verdict_of(status, &envelope(code, message), Effect::Read).unwrap_err();
        let write = |status, code: &str, message: &str| {
            verdict_of(status, &envelope(code, message), Effect::Write).unwrap_err()
        };
        let unauthorized = |error: &Error| matches!(error, Error::Unauthorized { .. });
        assert!(unauthorized(&read(401, "INVALID_TOKEN", "invalid oauth token")));
        assert!(unauthorized(&read(401, "AUTHENTICATION_FAILURE", "Authentication failed")));
        assert!(matches!(read(401, "OAUTH_SCOPE_MISMATCH", "x"), Error::ScopeMissing { .. }));
        assert!(matches!(read(400, "INVALID_MODULE", "x"), Error::ModuleUnavailable { .. }));
        assert!(matches!(
            read(429, "TOO_MANY_REQUESTS", "x"),
            Error::RateLimited { scope: LimitScope::Concurrent, .. }
        ));
        assert!(matches!(read(500, "INTERNAL_ERROR", "x"), Error::Unavailable { .. }));
        assert!(matches!(write(500, "INTERNAL_ERROR", "x"), Error::Unknown { .. }));
        assert_eq!(read(400, "INVALID_DATA", "the id given seems to be invalid"), Error::NotFound { api: Api::Zoho });
        assert!(matches!(write(400, "INVALID_DATA", "the id given seems to be invalid"), Error::Refused { .. }));
        // An error envelope under 200 is no success.
        assert!(matches!(read(200, "SYNTAX_ERROR", "x"), Error::Refused { .. }));
        assert!(matches!(
            verdict(429, Body::Empty, Effect::Read, true),
            Err(Error::RateLimited { scope: LimitScope::Day, .. })
        ));
        assert!(matches!(verdict(502, Body::Text("<html>".into()), Effect::Write, false), Err(Error::Unknown { .. })));
        assert!(matches!(verdict(200, Body::Text("{\"da".into()), Effect::Write, false), Err(Error::Unknown { .. })));
        assert!(matches!(
            verdict(200, Body::Text("{\"da".into()), Effect::Read, false),
            Err(Error::Unavailable { .. })
        ));
        assert!(matches!(verdict(418, Body::Text("tea".into()), Effect::Read, false), Err(Error::Unexpected { .. })));
    }

    #[test]
    fn regression_14_a_missing_permission_is_reported() {
        for body in [
            json!({"code": "NO_PERMISSION", "details": {}, "message": "permission denied", "status": "error"}),
            json!({"code": "AUTHORIZATION_FAILED", "details": {}, "message": "no", "status": "error"}),
            json!({"code": "SOMETHING_NEW", "details": {}, "message": "no", "status": "error"}),
            Value::Null,
        ] {
            let error = verdict_of(403, &body, Effect::Read).unwrap_err();
            assert!(matches!(error, Error::PermissionDenied { .. }), "{body} gave {error:?}");
        }
    }
}
