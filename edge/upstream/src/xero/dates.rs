//! Dates as Xero's JSON has them: `/Date(1789344000000+0000)/`, milliseconds since 1970 in UTC. The offset is decoration.

use chrono::{DateTime, NaiveDate, Utc};

/// The instant of a .NET date, with or without offset, also before 1970.
pub(crate) fn instant(text: &str) -> Option<DateTime<Utc>> {
    let inner = text.trim().strip_prefix("/Date(")?.strip_suffix(")/")?;
    let end = inner.char_indices().skip(1).find(|(_, c)| matches!(c, '+' | '-')).map_or(inner.len(), |(at, _)| at);
    DateTime::from_timestamp_millis(inner[..end].parse().ok()?)
}

/// The calendar day of a .NET date or of an ISO date (with or without a time).
pub(crate) fn day(text: &str) -> Option<NaiveDate> {
    instant(text).map(|instant| instant.date_naive()).or_else(|| text.get(..10)?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regression_1_a_net_date_is_utc_whatever_its_offset() {
        let table = [
            ("/Date(1789344000000+0000)/", Some("2026-09-14T00:00:00Z")),
            ("/Date(1789344000000)/", Some("2026-09-14T00:00:00Z")),
            ("/Date(1789344000000+1300)/", Some("2026-09-14T00:00:00Z")),
            ("/Date(1789344000000-0800)/", Some("2026-09-14T00:00:00Z")),
            ("/Date(-86400000)/", Some("1969-12-31T00:00:00Z")),
            ("/Date(-86400000+0000)/", Some("1969-12-31T00:00:00Z")),
            ("/Date(0+0000)/", Some("1970-01-01T00:00:00Z")),
            ("/Date()/", None),
            ("/Date(x+0000)/", None),
            ("", None),
        ];
        for (text, expected) in table {
            let expected = expected.map(|text| text.parse::<DateTime<Utc>>().unwrap());
            assert_eq!(instant(text), expected, "{text}");
        }
        assert_eq!(day("2026-09-14T00:00:00"), "2026-09-14".parse().ok());
        assert_eq!(day("2026-09-14"), "2026-09-14".parse().ok());
        assert_eq!(day("/Date(1789344000000+0000)/"), "2026-09-14".parse().ok());
        assert_eq!(day("soon"), None);
    }
}
