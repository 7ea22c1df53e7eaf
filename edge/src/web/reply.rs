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
    body: String,
}

impl Answer {
    pub(crate) fn json<T: Serialize>(value: &T) -> std::result::Result<Self, Refusal> {
        let body = serde_json::to_string(value).map_err(Refusal::internal)?;
        Ok(Self { status: 200, content_type: "application/json", body })
    }

    pub(crate) fn text(text: &str) -> Self {
        Self { status: 200, content_type: "text/plain; charset=utf-8", body: text.to_owned() }
    }

    pub(crate) fn empty() -> Self {
        Self { status: 204, content_type: "", body: String::new() }
    }
}

/// Sends an answer or a refusal. Our own failures are logged here, once.
pub(crate) fn respond(answer: std::result::Result<Answer, Refusal>) -> Result<Response> {
    let headers = Headers::new();
    headers.set("cache-control", "no-store")?;
    headers.set("x-content-type-options", "nosniff")?;
    match answer {
        Ok(answer) if answer.body.is_empty() => {
            Ok(ResponseBuilder::new().with_status(answer.status).with_headers(headers).empty())
        }
        Ok(answer) => {
            headers.set("content-type", answer.content_type)?;
            Ok(ResponseBuilder::new().with_status(answer.status).with_headers(headers).fixed(answer.body.into_bytes()))
        }
        Err(refusal) => {
            if let Some(detail) = &refusal.detail {
                console_error!("{}: {detail}", refusal.problem.code.as_str());
            }
            let status = status_of(refusal.problem.code);
            headers.set("content-type", "application/problem+json")?;
            let body = serde_json::to_vec(&document(refusal.problem, status))?;
            Ok(ResponseBuilder::new().with_status(status).with_headers(headers).fixed(body))
        }
    }
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
        Code::CrmRecordNotFound => 404,
        Code::ZohoNotConnected
        | Code::XeroNotConnected
        | Code::ZohoDisconnected
        | Code::XeroDisconnected
        | Code::XeroScopeMissing
        | Code::OrganisationTaken
        | Code::SyncInProgress => 409,
        Code::InvalidRequest => 400,
        Code::XeroMinuteLimit
        | Code::XeroDayLimit
        | Code::XeroConcurrentLimit
        | Code::ZohoLimit
        | Code::ZohoTokenLimit => 429,
        Code::XeroUnavailable | Code::ZohoUnavailable | Code::OutcomeUnknown => 503,
        Code::Internal => 500,
        _ => 422,
    }
}
