//! Xero's ways of answering: the envelope, the five shapes of an error, and XML for whoever forgets to ask for JSON.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use sandbox_kernel::Response;
use serde_json::{Value, json};

use crate::json::Fault;

/// The application's name as Xero's envelope repeats it.
pub(crate) const PROVIDER: &str = "Ledgerlink sandbox";

/// A response with a body of this type.
pub(crate) fn raw(status: u16, content_type: &'static str, body: impl Into<Bytes>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = http::StatusCode::from_u16(status).unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR);
    if !content_type.is_empty() {
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    }
    response
}

/// A JSON response.
pub(crate) fn json(status: u16, body: &Value) -> Response {
    raw(status, "application/json; charset=utf-8", body.to_string())
}

/// No body at all.
pub(crate) fn empty(status: u16) -> Response {
    raw(status, "", Bytes::new())
}

/// Sets a header; a value that cannot be one is left out.
pub(crate) fn header(response: &mut Response, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(HeaderName::from_static(name), value);
    }
}

/// The problem-style body of 401 and 403.
pub(crate) fn problem(status: u16, title: &str, detail: &str, instance: &str) -> Response {
    json(
        status,
        &json!({ "Type": null, "Title": title, "Status": status, "Detail": detail, "Instance": instance, "Extensions": {} }),
    )
}

/// An API exception without elements.
pub(crate) fn exception(number: u32, kind: &str, message: &str) -> Response {
    json(400, &json!({ "ErrorNumber": number, "Type": kind, "Message": message }))
}

/// The validation exception with its elements.
pub(crate) fn validation(elements: Vec<Value>) -> Response {
    json(
        400,
        &json!({
            "ErrorNumber": 10,
            "Type": "ValidationException",
            "Message": "A validation exception occurred",
            "Elements": elements,
        }),
    )
}

/// What a fault looks like on the wire.
pub(crate) fn fault(fault: &Fault) -> Response {
    match fault {
        Fault::PostData(message) => exception(14, "PostDataInvalidException", message),
        Fault::Query(message) => exception(16, "QueryParseException", message),
        Fault::NoData => exception(
            17,
            "NoDataProcessedException",
            "No data has been processed for this endpoint. This endpoint is expecting data to be specifed in the body of the request.",
        ),
        Fault::NotFound => raw(
            404,
            "text/html; charset=utf-8",
            "<!DOCTYPE html><html><head><title>404</title></head><body>The resource you're looking for cannot be found</body></html>",
        ),
        Fault::MethodNotAllowed => raw(405, "text/html; charset=utf-8", "<!DOCTYPE html><html><body>405</body></html>"),
    }
}

/// True when the client asked for JSON; Xero answers in XML otherwise.
pub(crate) fn wants_json(accept: Option<&str>) -> bool {
    accept.is_some_and(|accept| accept.to_ascii_lowercase().contains("application/json"))
}

/// The same answer in XML.
pub(crate) fn to_xml(response: Response) -> Response {
    let Ok(body) = serde_json::from_slice::<Value>(response.body()) else { return response };
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?>");
    let root = if response.status().is_success() { "Response" } else { "ApiException" };
    element(root, &body, &mut text);
    let (mut parts, _) = response.into_parts();
    parts.headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/xml; charset=utf-8"));
    Response::from_parts(parts, text.into())
}

fn element(name: &str, value: &Value, out: &mut String) {
    out.push_str(&format!("<{name}>"));
    match value {
        Value::Null => {}
        Value::Object(fields) => fields.iter().for_each(|(name, value)| element(name, value, out)),
        Value::Array(rows) => rows.iter().for_each(|row| element(&singular(name), row, out)),
        Value::String(text) => out.push_str(&escape(text)),
        other => out.push_str(&other.to_string()),
    }
    out.push_str(&format!("</{name}>"));
}

fn singular(name: &str) -> String {
    if let Some(stem) = name.strip_suffix("ies") {
        format!("{stem}y")
    } else if let Some(stem) = name.strip_suffix("sses") {
        format!("{stem}ss")
    } else {
        name.strip_suffix('s').unwrap_or(name).to_owned()
    }
}

/// A text for HTML and XML, in an element or an attribute.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_does_not_ask_for_json_gets_xml() {
        assert!(!wants_json(None));
        assert!(!wants_json(Some("*/*")));
        assert!(wants_json(Some("application/json; q=1")));
        let xml = to_xml(json(200, &json!({ "Status": "OK", "Addresses": [{ "City": "A & B" }] })));
        let text = String::from_utf8(xml.body().to_vec()).unwrap();
        assert!(
            text.ends_with("<Response><Addresses><Address><City>A &amp; B</City></Address></Addresses><Status>OK</Status></Response>"),
            "{text}"
        );
    }
}
