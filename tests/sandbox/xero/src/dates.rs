//! Dates as Xero writes them (`/Date(1789344000000+0000)/`) and as it reads them (`2026-09-14`).

use chrono::{DateTime, NaiveDate, NaiveDateTime, SecondsFormat, TimeZone as _, Utc};

/// A moment with the decorative offset: `/Date(1789344000000+0000)/`.
pub(crate) fn moment(at: DateTime<Utc>) -> String {
    format!("/Date({}+0000)/", at.timestamp_millis())
}

/// A moment without the offset, as in `DateTimeUTC` and in answers to `POST /Items`.
pub(crate) fn bare_moment(at: DateTime<Utc>) -> String {
    format!("/Date({})/", at.timestamp_millis())
}

/// A calendar day: UTC midnight of it.
pub(crate) fn day(date: NaiveDate) -> String {
    moment(midnight(date))
}

/// A calendar day as `DateString` has it.
pub(crate) fn day_text(date: NaiveDate) -> String {
    format!("{date}T00:00:00")
}

/// `UpdatedDateUTCString`: `2026-09-14T09:29:59Z`.
pub(crate) fn moment_text(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// UTC midnight of a day.
pub(crate) fn midnight(date: NaiveDate) -> DateTime<Utc> {
    Utc.from_utc_datetime(&date.and_time(chrono::NaiveTime::MIN))
}

/// Reads `/Date(ms)/` and `/Date(ms+hhmm)/`: the milliseconds are UTC, the offset says nothing.
pub(crate) fn parse_net(text: &str) -> Option<DateTime<Utc>> {
    let inner = text.strip_prefix("/Date(")?.strip_suffix(")/")?;
    let end = inner.char_indices().skip(1).find(|(_, c)| matches!(c, '+' | '-')).map_or(inner.len(), |(at, _)| at);
    DateTime::from_timestamp_millis(inner[..end].parse().ok()?)
}

/// Reads a date in a request: `YYYY-MM-DD`, with or without a time, or the .NET form.
pub(crate) fn parse_day(text: &str) -> Option<NaiveDate> {
    if let Some(at) = parse_net(text) {
        return Some(at.date_naive());
    }
    // NaiveDate's own parser takes "2026-9-4" and signs; XML Schema's date does not.
    let day = text.get(..10)?;
    let shape = day.bytes().enumerate().all(|(at, b)| if matches!(at, 4 | 7) { b == b'-' } else { b.is_ascii_digit() });
    let rest = &text[10..];
    let time = rest.is_empty()
        || NaiveDateTime::parse_from_str(text.trim_end_matches('Z'), "%Y-%m-%dT%H:%M:%S%.f").is_ok()
        || DateTime::parse_from_rfc3339(text).is_ok();
    if shape && time { NaiveDate::parse_from_str(day, "%Y-%m-%d").ok() } else { None }
}

/// Reads `If-Modified-Since`: `2026-09-14T09:29:59` (UTC) or an RFC 1123 date. `None` when it is neither.
pub(crate) fn parse_since(text: &str) -> Option<DateTime<Utc>> {
    let at = DateTime::parse_from_rfc2822(text)
        .or_else(|_| DateTime::parse_from_rfc3339(text))
        .map(|at| at.with_timezone(&Utc))
        .ok()
        .or_else(|| NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f").ok().map(|at| at.and_utc()))
        .or_else(|| parse_day(text).map(midnight))?;
    // The header has second precision.
    DateTime::from_timestamp(at.timestamp(), 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn net_dates_are_read_with_and_without_an_offset_that_means_nothing() {
        for text in ["/Date(1789344000000+0000)/", "/Date(1789344000000)/", "/Date(1789344000000+1300)/"] {
            assert_eq!(parse_day(text), NaiveDate::from_ymd_opt(2026, 9, 14), "{text}");
        }
        assert_eq!(parse_net("/Date(-86400000+0000)/").unwrap().to_rfc3339(), "1969-12-31T00:00:00+00:00");
        assert_eq!(day(NaiveDate::from_ymd_opt(2026, 9, 14).unwrap()), "/Date(1789344000000+0000)/");
    }

    #[test]
    fn only_dashed_dates_are_read() {
        for text in ["20100510", "10/05/2010", "2010-5-1", "2010-13-01", "tomorrow", "2010-05-10x", ""] {
            assert_eq!(parse_day(text), None, "{text}");
        }
        for text in ["2010-05-10", "2010-05-10T00:00:00", "2010-05-10T11:12:13.5Z"] {
            assert_eq!(parse_day(text), NaiveDate::from_ymd_opt(2010, 5, 10), "{text}");
        }
    }

    #[test]
    fn if_modified_since_takes_both_forms() {
        let plain = parse_since("2026-09-14T09:29:59").unwrap();
        assert_eq!(parse_since("Mon, 14 Sep 2026 09:29:59 GMT"), Some(plain));
        assert_eq!(parse_since("2026-09-14T09:29:59.900"), Some(plain));
        assert_eq!(parse_since("2026-09-14T09:29:59.900Z"), Some(plain));
        assert_eq!(parse_since("yesterday"), None);
    }
}
