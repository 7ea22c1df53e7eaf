//! Answers of the HTTP API, errors among them: problem documents as RFC 9457 has them.

use crate::operator::{self, RequestId};
use engine::access::Refusal;
use engine::operator::OperatorNote;
use serde::Serialize;
use shared::api::ErrorDocument;
use shared::problem::{self, Problem};
use std::time::Duration;
use worker::{Headers, Response, ResponseBuilder, Result};

/// A successful answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    status: u16,
    content_type: &'static str,
    /// A further header.
    header: Option<(&'static str, String)>,
    /// A cookie that the browser shall keep.
    cookie: Option<String>,
    body: String,
}

impl Answer {
    pub(crate) fn json<T: Serialize>(value: &T) -> std::result::Result<Self, Refusal> {
        let body = serde_json::to_string(value).map_err(Refusal::internal)?;
        Ok(Self { status: 200, content_type: "application/json", header: None, cookie: None, body })
    }

    /// Something new that is found at `location` from now on.
    pub(crate) fn created<T: Serialize>(value: &T, location: String) -> std::result::Result<Self, Refusal> {
        Ok(Self { status: 201, header: Some(("location", location)), ..Self::json(value)? })
    }

    pub(crate) fn text(text: &str) -> Self {
        Self {
            status: 200,
            content_type: "text/plain; charset=utf-8",
            header: None,
            cookie: None,
            body: text.to_owned(),
        }
    }

    /// A table that the browser saves as a file.
    pub(crate) fn csv(table: String, file: &str) -> Self {
        let disposition = format!("attachment; filename=\"{file}\"");
        Self {
            status: 200,
            content_type: "text/csv; charset=utf-8",
            header: Some(("content-disposition", disposition)),
            cookie: None,
            body: table,
        }
    }

    pub(crate) fn with_cookie(self, cookie: String) -> Self {
        Self { cookie: Some(cookie), ..self }
    }

    pub(crate) fn empty() -> Self {
        Self { status: 204, content_type: "", header: None, cookie: None, body: String::new() }
    }
}

/// What every answer of the API carries.
pub(crate) fn headers() -> Result<Headers> {
    let headers = Headers::new();
    headers.set("cache-control", "no-store")?;
    headers.set("x-content-type-options", "nosniff")?;
    headers.set("cross-origin-resource-policy", "same-origin")?;
    Ok(headers)
}

/// Sends an answer or a refusal. What the operator should know of a refusal is logged here, once.
pub(crate) fn respond(answer: std::result::Result<Answer, Refusal>, request: &RequestId) -> Result<Response> {
    match answer {
        Ok(answer) => {
            let headers = headers()?;
            if let Some((name, value)) = &answer.header {
                headers.set(name, value)?;
            }
            if let Some(cookie) = &answer.cookie {
                headers.append("set-cookie", cookie)?;
            }
            if answer.body.is_empty() {
                return Ok(ResponseBuilder::new().with_status(answer.status).with_headers(headers).empty());
            }
            headers.set("content-type", answer.content_type)?;
            Ok(ResponseBuilder::new().with_status(answer.status).with_headers(headers).fixed(answer.body.into_bytes()))
        }
        Err(refusal) => {
            if let Some(note) = &refusal.note {
                operator::refused(request, refusal.problem.code, note);
            }
            let headers = headers()?;
            let (status, wait) = status_of(&refusal);
            if let Some(seconds) = wait {
                headers.set("retry-after", &seconds.to_string())?;
            }
            refuse(refusal, status, headers)
        }
    }
}

/// As [`respond`], with a status of its own for a refusal.
pub(crate) fn respond_with(
    answer: std::result::Result<Answer, Refusal>,
    status: u16,
    request: &RequestId,
) -> Result<Response> {
    match answer {
        Ok(answer) => respond(Ok(answer), request),
        Err(refusal) => {
            if let Some(note) = &refusal.note {
                operator::refused(request, refusal.problem.code, note);
            }
            refuse(refusal, status, headers()?)
        }
    }
}

/// Something failed where nothing may.
pub(crate) fn failed(request: &RequestId, note: OperatorNote) -> Result<Response> {
    respond(Err(Refusal::internal(note)), request)
}

/// Nothing is there.
pub(crate) fn unknown_address() -> Result<Response> {
    refuse(Refusal::from(problem::invalid_request("address", None, None)), 404, headers()?)
}

/// Something is there, but it takes other methods only.
pub(crate) fn other_methods(allow: &str) -> Result<Response> {
    let headers = headers()?;
    headers.set("allow", allow)?;
    let reason = format!("this address takes {allow}");
    refuse(Refusal::from(problem::invalid_request("method", Some(reason), None)), 405, headers)
}

/// The address has more than `most` characters.
pub(crate) fn too_long(most: usize) -> Result<Response> {
    let reason = format!("it has more than {most} characters");
    refuse(Refusal::from(problem::invalid_request("address", Some(reason), None)), 414, headers()?)
}

/// The body has more than `most` bytes.
pub(crate) fn too_large(most: usize) -> Result<Response> {
    let reason = format!("it has more than {most} bytes");
    refuse(Refusal::from(problem::invalid_request("body", Some(reason), None)), 413, headers()?)
}

fn refuse(refusal: Refusal, status: u16, headers: Headers) -> Result<Response> {
    headers.set("content-type", "application/problem+json")?;
    let body = serde_json::to_vec(&document(refusal.problem, status))?;
    Ok(ResponseBuilder::new().with_status(status).with_headers(headers).fixed(body))
}

fn document(problem: Problem, status: u16) -> ErrorDocument {
    ErrorDocument {
        kind: format!("https://ledgerlink.invalid/problems/{}", problem.code.as_str()),
        title: problem.what.clone(),
        status,
        detail: problem.why.clone(),
        problem,
    }
}

/// The HTTP status of a refusal, and with 429 the seconds after which it is worth another try: whatever is a limit has
/// both, and nothing else has either.
fn status_of(refusal: &Refusal) -> (u16, Option<u64>) {
    match refusal.wait() {
        Some(wait) => (429, Some((wait + Duration::from_millis(999)).as_secs().max(1))),
        None => (refusal.problem.code.http_status(), None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;
    use shared::problem::Code;

    #[test]
    fn a_refusal_has_its_status_and_says_it_in_the_document() {
        for (code, status) in [
            (Code::NotSignedIn, 401),
            (Code::NotAdministrator, 403),
            (Code::RunUnknown, 404),
            (Code::RunInProgress, 409),
            (Code::InvalidRequest, 400),
            (Code::XeroDayLimit, 429),
            (Code::ZohoUnavailable, 503),
            (Code::Internal, 500),
            (Code::TaxUnmapped, 422),
        ] {
            assert_eq!(status_of(&Refusal::of(code, &[])).0, status, "{code:?}");
            let document = document(shared::problem::of(code, &[]), status);
            assert_eq!(document.status, status);
            assert!(document.kind.ends_with(&code.as_str()), "{}", document.kind);
        }
    }

    #[test]
    fn every_limit_says_after_how_long_it_is_worth_another_try() {
        let limited: Vec<Code> =
            Code::ALL.iter().copied().filter(|code| status_of(&Refusal::of(*code, &[])).0 == 429).collect();
        assert_eq!(
            limited,
            [
                Code::XeroMinuteLimit,
                Code::XeroMinuteShare,
                Code::XeroDayLimit,
                Code::XeroDayShare,
                Code::XeroConcurrentLimit,
                Code::ZohoLimit,
                Code::ZohoTokenLimit,
                Code::DayReserve,
                Code::TooManyRequests,
                Code::DatabaseDayLimit,
                Code::LetterLimit,
            ]
        );
        for code in limited {
            // Where nobody knows better, what is usual; the problem has words for it.
            let (_, seconds) = status_of(&Refusal::of(code, &[]));
            assert!(seconds.is_some_and(|seconds| seconds > 0), "{code:?}");
            let known = Refusal::limited(code, TimeDelta::milliseconds(25_001), &[]);
            assert_eq!(status_of(&known), (429, Some(26)), "{code:?}");
            assert!(known.problem.fix.contains("26 seconds"), "{}", known.problem.fix);
        }
        // What a vendor said arrives as it was said.
        let error = |retry_after| upstream::Error::RateLimited {
            api: upstream::Api::Xero,
            scope: upstream::LimitScope::Day,
            retry_after,
        };
        let refusal = Refusal::from(error(Some(Duration::from_secs(66_975))));
        assert_eq!(status_of(&refusal), (429, Some(66_975)));
        assert!(refusal.problem.fix.contains("about 19 hours"), "{}", refusal.problem.fix);
        assert_eq!(status_of(&Refusal::from(error(None))), (429, Some(3_600)));
        assert_eq!(status_of(&Refusal::internal("x")), (500, None));
    }

    #[test]
    fn what_was_created_says_where_it_is() {
        let answer = Answer::created(&1, "/api/runs/7".to_owned()).unwrap();
        assert_eq!((answer.status, answer.header), (201, Some(("location", "/api/runs/7".to_owned()))));
    }
}
