//! Xero's dates: `/Date(1789344000000+0000)/`, whose milliseconds are UTC whatever offset follows, and ISO texts.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use serde_json::Value;

/// The instant of a date value.
pub(super) fn instant(value: &Value) -> Option<DateTime<Utc>> {
    let text = value.as_str()?.trim();
    if let Some(inner) = text.strip_prefix("/Date(").and_then(|rest| rest.strip_suffix(")/")) {
        // An offset may follow the milliseconds; a leading minus belongs to them.
        let end = inner
            .char_indices()
            .skip(1)
            .find(|(_, character)| matches!(character, '+' | '-'))
            .map_or(inner.len(), |(at, _)| at);
        return DateTime::from_timestamp_millis(inner.get(..end)?.parse().ok()?);
    }
    if let Ok(instant) = DateTime::parse_from_rfc3339(text) {
        return Some(instant.to_utc());
    }
    if let Ok(local) = text.parse::<NaiveDateTime>() {
        return Some(local.and_utc());
    }
    text.parse::<NaiveDate>().ok().and_then(|day| day.and_hms_opt(0, 0, 0)).map(|local| local.and_utc())
}

/// The calendar day of a field: from its `…String` sibling if it has one, else the UTC day of the instant.
pub(crate) fn day(element: &Value, field: &str) -> Option<NaiveDate> {
    element
        .get(format!("{field}String"))
        .and_then(instant)
        .or_else(|| element.get(field).and_then(instant))
        .map(|instant| instant.date_naive())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn dates_are_utc_whatever_their_offset() {
        for (text, expected) in [
            ("/Date(1789344000000+0000)/", Some("2026-09-14T00:00:00+00:00")),
            ("/Date(1789344000000+1300)/", Some("2026-09-14T00:00:00+00:00")),
            ("/Date(1789344000000-0500)/", Some("2026-09-14T00:00:00+00:00")),
            ("/Date(1789378230894)/", Some("2026-09-14T09:30:30.894+00:00")),
            ("/Date(-62135596800000)/", Some("0001-01-01T00:00:00+00:00")),
            ("/Date(-86400000+0000)/", Some("1969-12-31T00:00:00+00:00")),
            ("/Date(0+0000)/", Some("1970-01-01T00:00:00+00:00")),
            ("2026-09-14T00:00:00", Some("2026-09-14T00:00:00+00:00")),
            ("2026-09-14T09:29:59Z", Some("2026-09-14T09:29:59+00:00")),
            ("2026-09-14", Some("2026-09-14T00:00:00+00:00")),
            ("/Date()/", None),
            ("/Date(12é)/", None),
            ("tomorrow", None),
        ] {
            assert_eq!(instant(&json!(text)).map(|at| at.to_rfc3339()).as_deref(), expected, "{text}");
        }
    }
}
