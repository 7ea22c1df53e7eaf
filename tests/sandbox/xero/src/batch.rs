//! Writes of several elements: reading the body, and telling each element's fate with `summarizeErrors` both ways.

use chrono::{DateTime, Utc};
use sandbox_kernel::{Request, Response};
use serde_json::{Value, json};

use crate::characters::Characters;
use crate::json::{Fault, Issues, Object, Place, Rejection, messages};
use crate::organisation::Org;
use crate::{dates, guids, listing, reply};

/// Create only, or create and update.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// `PUT`.
    Create,
    /// `POST`.
    Upsert,
}

/// What surrounds the writing of one element.
#[derive(Debug, Clone)]
pub(crate) struct Writing {
    pub(crate) mode: Mode,
    pub(crate) now: DateTime<Utc>,
    /// Prices keep four decimals.
    pub(crate) four_decimals: bool,
    /// The id in the path, if the request names one record.
    pub(crate) path_id: Option<String>,
}

/// A saved element: its id and the warnings to tell.
#[derive(Debug, Clone)]
pub(crate) struct Saved {
    pub(crate) id: String,
    pub(crate) warnings: Vec<String>,
}

impl From<String> for Saved {
    fn from(id: String) -> Self {
        Self { id, warnings: Vec::new() }
    }
}

/// One kind of record that can be written.
pub(crate) struct Kind {
    /// The envelope's key: `Invoices`.
    pub(crate) plural: &'static str,
    /// The id's name: `InvoiceID`.
    pub(crate) id: &'static str,
    /// `HasErrors` or `HasValidationErrors`; some records have neither.
    pub(crate) has_errors: Option<&'static str>,
    /// Saves one element. It may leave the organisation half changed when it fails: the caller undoes that.
    pub(crate) save: fn(&mut Org, &Writing, &Object) -> Result<Saved, Rejection>,
    /// A saved record as the answer shows it.
    pub(crate) render: fn(&Org, &Writing, &str) -> Value,
}

/// What came of a batch.
pub(crate) struct Outcome {
    pub(crate) rows: Vec<Value>,
    /// With `summarizeErrors`: the response to give instead of the rows.
    pub(crate) refused: Option<Response>,
}

/// The elements of a body: those of an envelope (its key in any case), or the one bare object. Of their texts what Xero
/// keeps.
///
/// # Errors
/// [`Fault::PostData`] when the body is not JSON or has characters that are refused, [`Fault::NoData`] when it holds nothing for this endpoint.
pub(crate) fn elements(characters: Characters, body: &[u8], plural: &str) -> Result<Vec<Object>, Fault> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Err(Fault::NoData);
    }
    let value: Value = serde_json::from_slice(body)
        .map_err(|error| Fault::PostData(format!("JSON for post data was invalid,{error}")))?;
    let rows = match value {
        Value::Array(rows) => rows,
        Value::Object(fields) => {
            let inner = fields.iter().find(|(key, _)| key.eq_ignore_ascii_case(plural)).map(|(_, value)| value.clone());
            match inner {
                Some(Value::Array(rows)) => rows,
                Some(row @ Value::Object(_)) => vec![row],
                Some(_) => return Err(Fault::NoData),
                // Another resource's envelope is no element of this one.
                None if fields.is_empty() || is_other_envelope(&fields) => return Err(Fault::NoData),
                None => vec![Value::Object(fields)],
            }
        }
        _ => return Err(Fault::NoData),
    };
    if rows.is_empty() {
        return Err(Fault::NoData);
    }
    rows.into_iter()
        .map(|mut row| match characters.apply(&mut row).map(|()| row)? {
            Value::Object(fields) => Ok(fields),
            _ => Err(Fault::PostData("JSON for post data was invalid,an element must be an object".to_owned())),
        })
        .collect()
}

/// Another resource's envelope and nothing else.
fn is_other_envelope(fields: &Object) -> bool {
    const KEYS: &[&str] = &[
        "Contacts",
        "Items",
        "Invoices",
        "CreditNotes",
        "Payments",
        "PurchaseOrders",
        "Quotes",
        "Accounts",
        "TaxRates",
        "Allocations",
        "HistoryRecords",
    ];
    fields.len() == 1 && fields.keys().all(|key| KEYS.iter().any(|known| known.eq_ignore_ascii_case(key)))
}

/// Saves the elements. With `summarizeErrors` (the default) all or none; without, each on its own.
///
/// # Errors
/// A fault of the whole request: nothing is saved.
pub(crate) fn write(org: &mut Org, kind: &Kind, writing: &Writing, request: &Request) -> Result<Outcome, Fault> {
    let elements = elements(org.characters, &request.body, kind.plural)?;
    if writing.path_id.is_some() && elements.len() > 1 {
        return Err(Fault::PostData("Only one element can be written to a single resource".to_owned()));
    }
    let summarize = !request.query("summarizeErrors").is_some_and(|value| value.eq_ignore_ascii_case("false"));
    org.settle();
    let before = org.savepoint();
    let mut failed = false;
    let mut fates = Vec::new();
    for element in &elements {
        let point = org.savepoint();
        match (kind.save)(org, writing, element) {
            Ok(saved) => fates.push(Ok(saved)),
            Err(Rejection::Fault(fault)) => {
                org.back_to(&before);
                return Err(fault);
            }
            Err(Rejection::Invalid(issues)) => {
                org.back_to(&point);
                failed = true;
                fates.push(Err(issues));
            }
        }
    }
    if summarize && failed {
        org.back_to(&before);
        let none = Issues::default();
        let rows = elements.iter().zip(&fates);
        let rows = rows.map(|(element, fate)| echo(kind, writing, element, fate.as_ref().err().unwrap_or(&none), true));
        return Ok(Outcome { rows: Vec::new(), refused: Some(reply::validation(rows.collect())) });
    }
    let mut rows = Vec::new();
    for (element, fate) in elements.iter().zip(&fates) {
        rows.push(match fate {
            Err(issues) => echo(kind, writing, element, issues, false),
            Ok(saved) => {
                let mut row = (kind.render)(org, writing, &saved.id);
                if let Some(name) = kind.has_errors {
                    row[name] = Value::Bool(false);
                }
                let warned = !saved.warnings.is_empty();
                if warned {
                    row["Warnings"] = messages(saved.warnings.iter().map(String::as_str));
                }
                if !summarize {
                    row["StatusAttributeString"] = json!(if warned { "WARNING" } else { "OK" });
                }
                row
            }
        });
    }
    Ok(Outcome { rows, refused: None })
}

/// An element that was not saved: what was sent, its id or the zero one, and the messages in their places.
fn echo(kind: &Kind, writing: &Writing, element: &Object, issues: &Issues, summarize: bool) -> Value {
    let mut row = element.clone();
    let id = writing.path_id.clone().or_else(|| element.get(kind.id).and_then(Value::as_str).map(str::to_owned));
    row.insert(kind.id.to_owned(), Value::String(id.unwrap_or_else(|| guids::ZERO.to_owned())));
    for (_, value) in row.iter_mut().filter(|(name, _)| name.ends_with("Date")) {
        if let Some(day) = value.as_str().and_then(dates::parse_day) {
            *value = Value::String(dates::day(day));
        }
    }
    let at = |place: Place| {
        messages(issues.0.iter().filter(|issue| issue.place == place).map(|issue| issue.message.as_str()))
    };
    row.insert("ValidationErrors".to_owned(), at(Place::Top));
    if let Some(name) = kind.has_errors {
        row.insert(name.to_owned(), Value::Bool(!issues.is_empty()));
    }
    for issue in &issues.0 {
        let nested = match issue.place {
            Place::Top => None,
            Place::Contact => row.get_mut("Contact"),
            Place::Address(position) => row.get_mut("Addresses").and_then(|rows| rows.get_mut(position)),
        };
        if let Some(Value::Object(nested)) = nested {
            nested.insert("ValidationErrors".to_owned(), at(issue.place));
        }
    }
    if !summarize {
        row.insert("StatusAttributeString".to_owned(), json!("ERROR"));
    }
    Value::Object(row)
}

/// Reads what surrounds a write from its request.
pub(crate) fn writing(request: &Request, now: DateTime<Utc>, path_id: Option<String>) -> Writing {
    let mode = if request.method == http::Method::PUT { Mode::Create } else { Mode::Upsert };
    Writing { mode, now, four_decimals: listing::four_decimals(request), path_id }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_an_envelope_in_any_case_or_one_bare_object() {
        for (body, count) in [
            (r#"{"Invoices":[{"a":1},{"a":2}]}"#, Ok(2)),
            (r#"{"invoices":[{"a":1}]}"#, Ok(1)),
            (r#"{"Type":"ACCREC","LineItems":[{}]}"#, Ok(1)),
            (r#"{"Contacts":[{"a":1}]}"#, Err(Fault::NoData)),
            (r#"{"Invoices":[]}"#, Err(Fault::NoData)),
            ("{}", Err(Fault::NoData)),
            ("", Err(Fault::NoData)),
        ] {
            assert_eq!(
                elements(Characters::STRICT, body.as_bytes(), "Invoices").map(|rows| rows.len()),
                count,
                "{body}"
            );
        }
        assert!(matches!(elements(Characters::STRICT, b"{nonsense", "Invoices"), Err(Fault::PostData(_))));
    }
}
