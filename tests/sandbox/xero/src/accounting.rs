//! The accounting API's endpoints: which path and method means what, and the envelope around every answer.

use chrono::{DateTime, Utc};
use sandbox_kernel::{Request, Response};
use serde_json::{Value, json};

use crate::batch::{self, Kind, Mode};
use crate::documents::{self, Shape, Side};
use crate::guids::{Guids, fingerprint, is_guid};
use crate::json::{Fault, Rejection, messages};
use crate::listing::{self, Page};
use crate::organisation::Org;
use crate::{
    contacts, credit_notes, dates, history, invoices, items, payments, reply, settings, settings_write, surpluses,
};

/// The path of the accounting API below the sandbox's own.
pub(crate) const BASE: &str = "/api/api.xro/2.0/";

/// What a request may weigh: 3.5 MB. By which status Xero tells it is not known.
const MOST_BYTES: usize = 3_500_000;

/// What surrounds the answering of one request.
pub(crate) struct Context<'a> {
    pub(crate) now: DateTime<Utc>,
    /// For the envelope's `Id`.
    pub(crate) traces: &'a mut Guids,
    /// Whether a list with `If-Modified-Since` of which nothing changed is 304 and not an empty list.
    pub(crate) not_modified: bool,
}

/// What an endpoint answers.
enum Answer {
    Rows(&'static str, Page),
    Ready(Response),
}

impl Answer {
    fn rows(key: &'static str, rows: Vec<Value>) -> Self {
        Self::Rows(key, Page { rows, pagination: None })
    }
}

/// The resource of a path, in the spelling of the documentation, and the rest of the path, decoded.
pub(crate) fn split(path: &str) -> (String, Vec<String>) {
    // In a path `+`, `&` and `=` stand for themselves; in a form they do not.
    let decode = |part: &str| {
        let part = part.replace('+', "%2B").replace('&', "%26").replace('=', "%3D");
        url::form_urlencoded::parse(part.as_bytes()).next().map(|(key, _)| key.into_owned()).unwrap_or_default()
    };
    let mut parts = path.strip_prefix(BASE).unwrap_or_default().split('/').filter(|part| !part.is_empty()).map(decode);
    let first = parts.next().unwrap_or_default();
    let known = [
        "Contacts",
        "Items",
        "Invoices",
        "CreditNotes",
        "Payments",
        "Overpayments",
        "Prepayments",
        "Accounts",
        "TaxRates",
        "BrandingThemes",
        "TrackingCategories",
        "Currencies",
        "Organisation",
    ];
    let resource = known.into_iter().find(|name| name.eq_ignore_ascii_case(&first)).map(str::to_owned);
    (resource.unwrap_or(first), parts.collect())
}

/// Answers a request to an organisation.
pub(crate) fn handle(org: &mut Org, context: Context<'_>, request: &Request) -> Response {
    if request.body.len() > MOST_BYTES {
        return reply::raw(413, "text/html; charset=utf-8", "<!DOCTYPE html><html><body>413</body></html>");
    }
    let (resource, rest) = split(&request.path);
    let rest: Vec<&str> = rest.iter().map(String::as_str).collect();
    match answer(org, &resource, &rest, context.now, request) {
        Ok(Answer::Ready(response)) => response,
        Ok(Answer::Rows(_, page))
            if context.not_modified && page.rows.is_empty() && request.header("if-modified-since").is_some() =>
        {
            reply::empty(304)
        }
        Ok(Answer::Rows(key, page)) => {
            let mut body = json!({
                "Id": context.traces.guid(),
                "Status": "OK",
                "ProviderName": reply::PROVIDER,
                "DateTimeUTC": dates::bare_moment(context.now),
                key: page.rows,
            });
            if let Some(pagination) = page.pagination {
                body["pagination"] = pagination;
            }
            reply::json(200, &body)
        }
        Err(Rejection::Fault(fault)) => reply::fault(&fault),
        Err(Rejection::Invalid(issues)) => {
            let errors = messages(issues.0.iter().map(|issue| issue.message.as_str()));
            reply::validation(vec![json!({ "ValidationErrors": errors })])
        }
    }
}

fn kind(resource: &str) -> Option<&'static Kind> {
    match resource {
        "Contacts" => Some(&contacts::KIND),
        "Items" => Some(&items::KIND),
        "Invoices" => Some(&invoices::INVOICES),
        "CreditNotes" => Some(&invoices::CREDIT_NOTES),
        "Payments" => Some(&payments::KIND),
        _ => None,
    }
}

fn answer(
    org: &mut Org,
    resource: &str,
    rest: &[&str],
    now: DateTime<Utc>,
    request: &Request,
) -> Result<Answer, Rejection> {
    let method = &request.method;
    let lower = |id: &str| id.to_ascii_lowercase();
    match (resource, rest) {
        (_, [id, part]) if part.eq_ignore_ascii_case("History") => match *method {
            http::Method::GET => Ok(Answer::rows("HistoryRecords", history::list(org, resource, &lower(id))?)),
            http::Method::PUT | http::Method::POST => {
                let rows = history::add(org, resource, &lower(id), &request.body, now)?;
                Ok(Answer::rows("HistoryRecords", rows))
            }
            _ => Err(Fault::MethodNotAllowed.into()),
        },
        ("Invoices", [id, part]) if part.eq_ignore_ascii_case("OnlineInvoice") => online_invoice(org, id, request),
        ("CreditNotes", [id, "Allocations"]) if *method == http::Method::PUT => {
            let mut writing = batch::writing(request, now, Some(lower(id)));
            writing.mode = Mode::Create;
            write(org, &credit_notes::ALLOCATIONS, &writing, request)
        }
        ("CreditNotes", [note, "Allocations", id]) if *method == http::Method::DELETE => {
            let row = credit_notes::remove(org, &lower(note), &lower(id), now)?;
            Ok(Answer::Ready(reply::json(200, &row)))
        }
        ("Overpayments" | "Prepayments", _) if *method == http::Method::GET => {
            surpluses::read(org, resource, rest, request).map(|(key, page)| Answer::Rows(key, page)).map_err(Into::into)
        }
        ("Overpayments" | "Prepayments", _) => Err(Fault::MethodNotAllowed.into()),
        _ => match (kind(resource), method) {
            (None, &http::Method::GET) => {
                let (key, rows) = settings::read(org, resource, rest, request, now)?;
                Ok(Answer::rows(key, rows))
            }
            (Some(kind), &http::Method::GET) => read(org, kind, resource, rest, request),
            (Some(_), &http::Method::DELETE) if resource == "Items" && rest.len() == 1 => {
                items::delete(org, rest[0])?;
                Ok(Answer::Ready(reply::empty(204)))
            }
            (Some(kind), &http::Method::PUT | &http::Method::POST) => {
                let id = match rest {
                    [] => None,
                    [id] if *method == http::Method::POST && (is_guid(id) || resource == "Items") => Some(lower(id)),
                    [_] if *method == http::Method::POST => return Err(Fault::NotFound.into()),
                    _ => return Err(Fault::MethodNotAllowed.into()),
                };
                write(org, kind, &batch::writing(request, now, id), request)
            }
            (None, _) if !crate::SETTINGS.contains(&resource) => Err(Fault::NotFound.into()),
            (None, &http::Method::PUT | &http::Method::POST) => write_settings(org, resource, rest, request, now),
            _ => Err(Fault::MethodNotAllowed.into()),
        },
    }
}

fn write(org: &mut Org, kind: &Kind, writing: &batch::Writing, request: &Request) -> Result<Answer, Rejection> {
    let outcome = batch::write(org, kind, writing, request)?;
    Ok(match outcome.refused {
        Some(response) => Answer::Ready(response),
        None => Answer::rows(kind.plural, outcome.rows),
    })
}

/// Writes a settings list on a copy, and answers with what it holds then.
fn write_settings(
    org: &mut Org,
    resource: &str,
    rest: &[&str],
    request: &Request,
    now: DateTime<Utc>,
) -> Result<Answer, Rejection> {
    let mut copy = org.clone();
    let written = settings_write::write(&mut copy, resource, rest, request, now)?;
    *org = copy;
    let rows = settings::rows(org, resource, &written);
    if resource == "TrackingCategories" && rest.len() > 1 {
        let options = rows.into_iter().next().map(|mut row| row["Options"].take());
        let options = options.and_then(|options| options.as_array().cloned()).unwrap_or_default();
        return Ok(Answer::rows("Options", options));
    }
    let known = crate::SETTINGS.iter().find(|name| **name == resource).copied().unwrap_or_default();
    Ok(Answer::rows(known, rows))
}

fn read(org: &Org, kind: &Kind, resource: &str, rest: &[&str], request: &Request) -> Result<Answer, Rejection> {
    let four = listing::four_decimals(request);
    let document = |key: &str, credit: bool| {
        invoices::one(org, key, credit).map(|document| documents::render(org, document, Shape::One, four))
    };
    match rest {
        [] => {
            let page = match resource {
                "Contacts" => contacts::list(org, request),
                "Items" => items::list(org, request),
                "Invoices" => invoices::list(org, request),
                "CreditNotes" => invoices::list_credit_notes(org, request),
                _ => payments::list(org, request),
            };
            Ok(Answer::Rows(kind.plural, page?))
        }
        [key] => {
            let row = match resource {
                "Contacts" => contacts::one(org, key),
                "Items" => items::one(org, key, four),
                "Invoices" => document(key, false),
                "CreditNotes" => document(key, true),
                _ => org.payments.get(&key.to_ascii_lowercase()).map(|payment| payments::render(org, payment)),
            };
            Ok(Answer::rows(kind.plural, vec![row.ok_or(Fault::NotFound)?]))
        }
        _ => Err(Fault::NotFound.into()),
    }
}

/// The page on which a customer sees an approved sales invoice.
fn online_invoice(org: &Org, id: &str, request: &Request) -> Result<Answer, Rejection> {
    if request.method != http::Method::GET {
        return Err(Fault::MethodNotAllowed.into());
    }
    let document = invoices::one(org, id, false).filter(|document| document.side == Side::Accrec);
    let document = document.filter(|document| document.status != "DRAFT").ok_or(Fault::NotFound)?;
    let key = format!("{:016x}{:016x}", fingerprint(&document.id), fingerprint(&format!("online {}", document.id)));
    let row = json!({ "OnlineInvoiceUrl": format!("https://in.xero.com/{key}") });
    Ok(Answer::rows("OnlineInvoices", vec![row]))
}
