//! Reading and writing single JSON values of either side, leniently: a number may come as text and a text as a number.

use super::Seen;
use rust_decimal::Decimal;
use serde_json::{Map, Value};

/// Greatest absolute value that is taken for a number. Zoho's currency fields have at most 16 digits, Xero's line
/// amounts 10 before the point (developer.xero.com, Invoices); the product of two such numbers still fits a `Decimal`.
const LARGEST: i64 = 100_000_000_000_000;

/// What the CRM shows, and sometimes stores, where nothing is chosen from a list.
const UNCHOSEN: &str = "-None-";

/// A text without the blanks around it and with `\n` between its lines; none when nothing is left, it is no text, or it
/// says that nothing was chosen.
pub(crate) fn tidy(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.replace("\r\n", "\n").replace('\r', "\n").trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    (!text.is_empty() && text != UNCHOSEN).then_some(text)
}

/// A text by which a record is known: none also where it is zero, which a numeric field of the CRM holds where nobody
/// filled it (an account's `Account_Number`, say). Everybody would have that one.
#[must_use]
pub fn identifier(value: &Value) -> Option<String> {
    tidy(value).filter(|text| !is_zero(text))
}

/// Whether a text is nothing but a zero, however it is written.
pub(crate) fn is_zero(text: &str) -> bool {
    text.contains('0') && text.chars().all(|sign| matches!(sign, '0' | '.' | ',' | '-' | '+'))
}

/// A decimal from a JSON number or from text such as `1,250.50`. Digits come from the number's own text, never from a
/// float.
pub(crate) fn decimal(value: &Value) -> Option<Decimal> {
    let text = tidy(value)?.replace(',', "");
    let number = text.parse::<Decimal>().or_else(|_| Decimal::from_scientific(&text)).ok()?;
    (number.abs() <= Decimal::from(LARGEST)).then_some(number.normalize())
}

/// A truth value, also from text.
pub(crate) fn boolean(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(truth) => Some(*truth),
        Value::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
        Value::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

/// The field as text: an absent key was not shown, null and blank are empty.
pub(crate) fn seen_text(record: &Value, field: &str) -> Seen<String> {
    record.get(field).map_or(Seen::Unseen, |value| Seen::Value(tidy(value)))
}

/// The field as an [`identifier`]: an absent key was not shown, null, blank and zero are empty.
pub(crate) fn seen_identifier(record: &Value, field: &str) -> Seen<String> {
    record.get(field).map_or(Seen::Unseen, |value| Seen::Value(identifier(value)))
}

/// The field as a decimal: an absent key was not shown, null, blank and unreadable are empty.
pub(crate) fn seen_decimal(record: &Value, field: &str) -> Seen<Decimal> {
    record.get(field).map_or(Seen::Unseen, |value| Seen::Value(decimal(value)))
}

/// The id and name of a lookup field; a bare text or number is taken for the id.
pub(crate) fn lookup(value: &Value) -> Option<(String, Option<String>)> {
    match value {
        Value::Object(fields) => Some((part(fields, "id")?, part(fields, "name"))),
        other => Some((tidy(other)?, None)),
    }
}

fn part(fields: &Map<String, Value>, name: &str) -> Option<String> {
    fields.get(name).and_then(tidy)
}

/// A decimal as a JSON number with all its digits.
pub(crate) fn number(value: Decimal) -> Value {
    let normal = value.normalize();
    // Negative zero is written as zero.
    let text = if normal.is_zero() { "0".to_owned() } else { normal.to_string() };
    text.parse::<serde_json::Number>().map_or(Value::Null, Value::Number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn decimals_are_read_from_numbers_and_texts_without_floats() {
        for (value, expected) in [
            (json!(24.15), Some("24.15")),
            (json!("24.150"), Some("24.15")),
            (json!("1,250.50"), Some("1250.5")),
            (serde_json::from_str("0.1000000000000000000001").unwrap(), Some("0.1000000000000000000001")),
            (serde_json::from_str("1.5e3").unwrap(), Some("1500")),
            (json!(-0.0), Some("0")),
            (serde_json::from_str("1e300").unwrap(), None),
            (json!("999999999999999999999"), None),
            (json!("ten"), None),
            (json!(null), None),
            (json!(true), None),
        ] {
            let read = decimal(&value).map(|number| number.to_string().replace("-0", "0"));
            assert_eq!(read.as_deref(), expected, "{value}");
        }
    }

    #[test]
    fn zero_and_what_was_not_chosen_identify_nothing() {
        for (value, expected) in [
            (json!("0"), None),
            (json!(0), None),
            (json!("000"), None),
            (json!("0.00"), None),
            (serde_json::from_str("0.000000000").unwrap(), None),
            (json!("-None-"), None),
            (json!(" -None- "), None),
            (json!(""), None),
            (Value::Null, None),
            (json!([]), None),
            (json!("007"), Some("007")),
            (json!(1_000), Some("1000")),
            (json!("A-0"), Some("A-0")),
            (json!("None"), Some("None")),
        ] {
            assert_eq!(identifier(&value).as_deref(), expected, "{value}");
        }
        assert_eq!(tidy(&json!("-None-")), None);
        assert_eq!(tidy(&json!("0")).as_deref(), Some("0"), "a text may be a zero");
    }

    #[test]
    fn numbers_are_written_with_their_own_digits() {
        for (text, expected) in [("1.2300", "1.23"), ("100", "100"), ("-0.00", "0"), ("0.0001", "0.0001")] {
            assert_eq!(number(text.parse().unwrap()).to_string(), expected);
        }
    }

    #[test]
    fn absent_and_empty_fields_differ() {
        let record = json!({"A": null, "B": "  ", "C": " x\r\ny ", "D": 7});
        assert_eq!(seen_text(&record, "A"), Seen::Value(None));
        assert_eq!(seen_text(&record, "B"), Seen::Value(None));
        assert_eq!(seen_text(&record, "C"), Seen::some("x\ny".to_owned()));
        assert_eq!(seen_text(&record, "D"), Seen::some("7".to_owned()));
        assert_eq!(seen_text(&record, "E"), Seen::Unseen);
    }
}
