//! Reading what a client sent and writing what Xero answers: numbers as doubles, and the errors of the wrong type.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde_json::{Map, Value};

use crate::dates;
use crate::guids::is_guid;

/// A JSON object.
pub(crate) type Object = Map<String, Value>;

/// A refusal of the whole request.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Fault {
    /// ErrorNumber 14: the body is not JSON, or a value has the wrong type.
    PostData(String),
    /// ErrorNumber 16: `where` or `order` could not be read.
    Query(String),
    /// ErrorNumber 17: nothing in the body is meant for this endpoint.
    NoData,
    /// HTTP 404 with a page and no JSON.
    NotFound,
    /// HTTP 405.
    MethodNotAllowed,
}

/// Where in an element an error is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// The element's own `ValidationErrors`.
    Top,
    /// Those of its `Contact`.
    Contact,
    /// Those of the address with this position.
    Address(usize),
}

/// One validation message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Issue {
    pub(crate) place: Place,
    pub(crate) message: String,
}

/// The validation messages of one element.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Issues(pub(crate) Vec<Issue>);

impl Issues {
    pub(crate) fn add(&mut self, message: impl Into<String>) {
        self.add_at(Place::Top, message);
    }

    pub(crate) fn add_at(&mut self, place: Place, message: impl Into<String>) {
        self.0.push(Issue { place, message: message.into() });
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// `Err` when there is any.
    pub(crate) fn check(self) -> Result<(), Rejection> {
        if self.is_empty() { Ok(()) } else { Err(Rejection::Invalid(self)) }
    }
}

/// Why an element was not saved.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Rejection {
    /// Only this element is refused.
    Invalid(Issues),
    /// The whole request is refused.
    Fault(Fault),
}

impl From<Fault> for Rejection {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// One validation message as a rejection.
pub(crate) fn invalid<T>(message: impl Into<String>) -> Result<T, Rejection> {
    let mut issues = Issues::default();
    issues.add(message);
    Err(Rejection::Invalid(issues))
}

/// A number as .NET writes a double: at least one decimal, no trailing zeros beyond it.
pub(crate) fn number(value: Decimal) -> Value {
    let mut text = value.normalize().to_string();
    if !text.contains('.') {
        text.push_str(".0");
    }
    text.parse().map_or(Value::Null, Value::Number)
}

/// A list of texts as `ValidationErrors` or `Warnings`.
pub(crate) fn messages<'a>(texts: impl Iterator<Item = &'a str>) -> Value {
    Value::Array(texts.map(|text| serde_json::json!({ "Message": text })).collect())
}

fn present<'a>(object: &'a Object, name: &str) -> Option<&'a Value> {
    object.get(name).filter(|value| !value.is_null())
}

/// A text. Numbers and booleans are taken as texts, as Json.NET does; `null` is as good as absent.
pub(crate) fn text(object: &Object, name: &str) -> Result<Option<String>, Fault> {
    match present(object, name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(Value::Number(number)) => Ok(Some(number.to_string())),
        Some(Value::Bool(flag)) => Ok(Some(flag.to_string())),
        Some(_) => Err(Fault::PostData(format!("JSON for post data was invalid,Unexpected value for '{name}'"))),
    }
}

/// A decimal, from a JSON number or a numeric text.
pub(crate) fn decimal(object: &Object, name: &str) -> Result<Option<Decimal>, Fault> {
    let Some(value) = present(object, name) else { return Ok(None) };
    let text = match value {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    text.parse().or_else(|_| Decimal::from_scientific(&text)).map(Some).map_err(|_| {
        Fault::PostData(format!(
            "JSON for post data was invalid,Could not convert string to decimal: {text}. Path '{name}'"
        ))
    })
}

/// A boolean, from JSON or from the texts `true` and `false`.
pub(crate) fn boolean(object: &Object, name: &str) -> Result<Option<bool>, Fault> {
    match present(object, name) {
        None => Ok(None),
        Some(Value::Bool(flag)) => Ok(Some(*flag)),
        Some(Value::String(text)) if text.eq_ignore_ascii_case("true") => Ok(Some(true)),
        Some(Value::String(text)) if text.eq_ignore_ascii_case("false") => Ok(Some(false)),
        Some(other) => Err(Fault::PostData(format!(
            "JSON for post data was invalid,Could not convert string to boolean: {other}. Path '{name}'"
        ))),
    }
}

/// A calendar day.
pub(crate) fn date(object: &Object, name: &str) -> Result<Option<NaiveDate>, Fault> {
    match text(object, name)? {
        None => Ok(None),
        Some(text) if text.is_empty() => Ok(None),
        Some(text) => match dates::parse_day(&text) {
            Some(day) => Ok(Some(day)),
            None => Err(Fault::PostData(format!("The string '{text}' is not a valid AllXsd value"))),
        },
    }
}

/// A value of a fixed list, in its exact case. `kind` is the type's name in the message.
pub(crate) fn choice(object: &Object, name: &str, kind: &str, allowed: &[&str]) -> Result<Option<String>, Fault> {
    match text(object, name)? {
        Some(text) if !allowed.contains(&text.as_str()) => {
            Err(Fault::PostData(format!("Error converting value \"{text}\" to type 'Xero.Accounting.Api.{kind}'")))
        }
        other => Ok(other),
    }
}

/// A GUID, in lower case.
pub(crate) fn guid(object: &Object, name: &str) -> Result<Option<String>, Fault> {
    match text(object, name)? {
        Some(text) if !is_guid(&text) => Err(Fault::PostData("Unrecognised GUID Format".to_owned())),
        Some(text) => Ok(Some(text.to_ascii_lowercase())),
        None => Ok(None),
    }
}

/// An object.
pub(crate) fn object<'a>(object: &'a Object, name: &str) -> Result<Option<&'a Object>, Fault> {
    match present(object, name) {
        None => Ok(None),
        Some(Value::Object(inner)) => Ok(Some(inner)),
        Some(_) => Err(Fault::PostData(format!("JSON for post data was invalid,'{name}' must be an object"))),
    }
}

/// A list of objects.
pub(crate) fn list<'a>(object: &'a Object, name: &str) -> Result<Option<Vec<&'a Object>>, Fault> {
    let wrong = || Fault::PostData(format!("JSON for post data was invalid,'{name}' must be a list of objects"));
    match present(object, name) {
        None => Ok(None),
        Some(Value::Array(rows)) => {
            rows.iter().map(|row| row.as_object().ok_or_else(wrong)).collect::<Result<_, _>>().map(Some)
        }
        Some(_) => Err(wrong()),
    }
}

/// Names every element that the endpoint does not know: names are compared with their case.
pub(crate) fn unknown(object: &Object, known: &[&str], issues: &mut Issues) {
    for name in object.keys().filter(|name| !known.contains(&name.as_str())) {
        issues.add(format!(
            "The element '{name}' was not recognised. Ensure the element name has the correct case and that there are no duplicates of single elements."
        ));
    }
}

/// Says so when a text is longer than its field.
pub(crate) fn limit(value: &str, name: &str, max: usize, issues: &mut Issues) {
    if value.chars().count() > max {
        issues.add(format!("The length of {name} must not exceed {max} characters."));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn numbers_are_written_as_doubles() {
        for (value, text) in [("1", "1.0"), ("24.15", "24.15"), ("3.10", "3.1"), ("-0.50", "-0.5"), ("0.00", "0.0")] {
            assert_eq!(number(value.parse().unwrap()).to_string(), text);
        }
    }

    #[test]
    fn a_wrong_type_is_refused_with_its_message() {
        let body = json!({ "LineAmountTypes": "NO_TAX", "Date": "20100510", "Quantity": "two", "InvoiceID": "7" });
        let body = body.as_object().unwrap();
        assert_eq!(
            choice(body, "LineAmountTypes", "LineAmountType", &["Exclusive"]),
            Err(Fault::PostData(
                "Error converting value \"NO_TAX\" to type 'Xero.Accounting.Api.LineAmountType'".into()
            ))
        );
        assert_eq!(
            date(body, "Date"),
            Err(Fault::PostData("The string '20100510' is not a valid AllXsd value".into()))
        );
        assert!(decimal(body, "Quantity").is_err());
        assert_eq!(guid(body, "InvoiceID"), Err(Fault::PostData("Unrecognised GUID Format".into())));
        assert_eq!(text(body, "Absent"), Ok(None));
    }
}
