//! Answers of the HTTP API, errors among them: problem documents as RFC 9457 has them.

use engine::access::Refusal;
use serde::Serialize;
use shared::api::ErrorDocument;
use shared::problem::{Code, Problem};
use worker::{Headers, Response, ResponseBuilder, Result, console_error};

/// A successful answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    status: u16,
    content_type: &'static str,
    /// A further header.
    header: Option<(&'static str, String)>,
    body: String,
}

impl Answer {
    pub(crate) fn json<T: Serialize>(value: &T) -> std::result::Result<Self, Refusal> {
        let body = serde_json::to_string(value).map_err(Refusal::internal)?;
        Ok(Self { status: 200, content_type: "application/json", header: None, body })
    }

    /// Something new that is found at `location` from now on.
    pub(crate) fn created<T: Serialize>(value: &T, location: String) -> std::result::Result<Self, Refusal> {
        Ok(Self { status: 201, header: Some(("location", location)), ..Self::json(value)? })
    }

    pub(crate) fn text(text: &str) -> Self {
        Self { status: 200, content_type: "text/plain; charset=utf-8", header: None, body: text.to_owned() }
    }

    /// A table that the browser saves as a file.
    pub(crate) fn csv(table: String, file: &str) -> Self {
        let disposition = format!("attachment; filename=\"{file}\"");
        Self {
            status: 200,
            content_type: "text/csv; charset=utf-8",
            header: Some(("content-disposition", disposition)),
            body: table,
        }
    }

    pub(crate) fn empty() -> Self {
        Self { status: 204, content_type: "", header: None, body: String::new() }
    }
}

/// What every answer of the API carries.
pub(crate) fn headers() -> Result<Headers> {
    let headers = Headers::new();
    headers.set("cache-control", "no-store")?;
    headers.set("x-content-type-options", "nosniff")?;
    Ok(headers)
}

/// Sends an answer or a refusal. Our own failures are logged here, once.
pub(crate) fn respond(answer: std::result::Result<Answer, Refusal>) -> Result<Response> {
    match answer {
        Ok(answer) => {
            let headers = headers()?;
            if let Some((name, value)) = &answer.header {
                headers.set(name, value)?;
            }
            if answer.body.is_empty() {
                return Ok(ResponseBuilder::new().with_status(answer.status).with_headers(headers).empty());
            }
            headers.set("content-type", answer.content_type)?;
            Ok(ResponseBuilder::new().with_status(answer.status).with_headers(headers).fixed(answer.body.into_bytes()))
        }
        Err(refusal) => {
            let status = status_of(refusal.problem.code);
            refuse(refusal, status, headers()?)
        }
    }
}

/// Nothing is there.
pub(crate) fn unknown_address() -> Result<Response> {
    refuse(Refusal::of(Code::InvalidRequest, &[("field", "address".to_owned())]), 404, headers()?)
}

/// Something is there, but it takes other methods only.
pub(crate) fn other_methods(allow: &str) -> Result<Response> {
    let headers = headers()?;
    headers.set("allow", allow)?;
    let reason = format!("this address takes {allow}");
    refuse(Refusal::of(Code::InvalidRequest, &[("field", "method".to_owned()), ("reason", reason)]), 405, headers)
}

/// The body has more than `most` bytes.
pub(crate) fn too_large(most: usize) -> Result<Response> {
    let reason = format!("it has more than {most} bytes");
    refuse(Refusal::of(Code::InvalidRequest, &[("field", "body".to_owned()), ("reason", reason)]), 413, headers()?)
}

fn refuse(refusal: Refusal, status: u16, headers: Headers) -> Result<Response> {
    if let Some(detail) = &refusal.detail {
        console_error!("{}: {detail}", refusal.problem.code.as_str());
    }
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

/// The HTTP status of a refusal.
fn status_of(code: Code) -> u16 {
    match code {
        Code::NotSignedIn | Code::SessionExpired => 401,
        Code::NotAdministrator | Code::CrmNoPermission | Code::ZohoScopeMissing => 403,
        Code::CrmRecordNotFound | Code::RunUnknown => 404,
        Code::ZohoNotConnected
        | Code::XeroNotConnected
        | Code::ZohoDisconnected
        | Code::XeroDisconnected
        | Code::XeroScopeMissing
        | Code::OrganisationTaken
        | Code::SyncInProgress
        | Code::RunInProgress => 409,
        Code::InvalidRequest => 400,
        Code::XeroMinuteLimit
        | Code::XeroDayLimit
        | Code::XeroConcurrentLimit
        | Code::DayReserve
        | Code::ZohoLimit
        | Code::ZohoTokenLimit => 429,
        Code::XeroUnavailable | Code::ZohoUnavailable | Code::OutcomeUnknown => 503,
        Code::Internal => 500,
        _ => 422,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
            assert_eq!(status_of(code), status, "{code:?}");
            let document = document(shared::problem::of(code, &[]), status);
            assert_eq!(document.status, status);
            assert!(document.kind.ends_with(&code.as_str()), "{}", document.kind);
        }
    }

    #[test]
    fn what_was_created_says_where_it_is() {
        let answer = Answer::created(&1, "/api/runs/7".to_owned()).unwrap();
        assert_eq!((answer.status, answer.header), (201, Some(("location", "/api/runs/7".to_owned()))));
    }
}
