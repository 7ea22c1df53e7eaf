//! Reading instants as this API writes them, in few bytes.
//!
//! chrono's own reader takes every format that RFC 3339 and its relatives allow. It alone would be a twentieth of what
//! the panel transfers, so what the panel reads is read here: `2026-05-01T09:00:00Z`, with or without a fraction.

use chrono::{DateTime, NaiveDate, Utc};
use serde::de::{Deserialize, Deserializer, Error, Visitor};
use std::fmt;

/// For `#[serde(deserialize_with)]`.
///
/// # Errors
/// When it is no text, or not of this form.
pub fn read<'de, D: Deserializer<'de>>(from: D) -> Result<DateTime<Utc>, D::Error> {
    Instant::deserialize(from).map(|instant| instant.0)
}

/// For `#[serde(default, deserialize_with)]` of an instant that may be absent.
///
/// # Errors
/// As [`read`].
pub fn read_option<'de, D: Deserializer<'de>>(from: D) -> Result<Option<DateTime<Utc>>, D::Error> {
    Ok(Option::<Instant>::deserialize(from)?.map(|instant| instant.0))
}

/// For `#[serde(deserialize_with)]` of a list of instants.
///
/// # Errors
/// As [`read`].
pub fn read_list<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<DateTime<Utc>>, D::Error> {
    Ok(Vec::<Instant>::deserialize(from)?.into_iter().map(|instant| instant.0).collect())
}

/// For `#[serde(default, deserialize_with)]` of a calendar day that may be absent: `2026-05-01`.
///
/// # Errors
/// When it is there and no text, or not of this form.
pub fn read_day<'de, D: Deserializer<'de>>(from: D) -> Result<Option<NaiveDate>, D::Error> {
    let wrong = || D::Error::custom("no calendar day such as 2026-05-01");
    Option::<String>::deserialize(from)?.map(|text| parse_day(&text).ok_or_else(wrong)).transpose()
}

/// A calendar day: year, month and day with hyphens between them.
#[must_use]
pub fn parse_day(text: &str) -> Option<NaiveDate> {
    let (year, rest) = text.split_once('-')?;
    let (month, day) = rest.split_once('-')?;
    let number = |part: &str, most: usize| {
        let fits = (1..=most).contains(&part.len());
        fits.then(|| digits(part.as_bytes())).flatten()
    };
    NaiveDate::from_ymd_opt(i32::try_from(number(year, 4)?).ok()?, number(month, 2)?, number(day, 2)?)
}

/// An instant in UTC: date, `T`, time, `Z`.
#[must_use]
pub fn parse(text: &str) -> Option<DateTime<Utc>> {
    let text = text.strip_suffix('Z')?;
    let (whole, fraction) = text.split_at_checked("2026-05-01T09:00:00".len())?;
    let bytes = whole.as_bytes();
    let signs = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
    if signs.iter().any(|(at, sign)| bytes.get(*at) != Some(sign)) {
        return None;
    }
    let number = |from: usize, to: usize| digits(bytes.get(from..to)?);
    let date = NaiveDate::from_ymd_opt(i32::try_from(number(0, 4)?).ok()?, number(5, 7)?, number(8, 10)?)?;
    let nanos = match fraction.strip_prefix('.') {
        None => fraction.is_empty().then_some(0)?,
        Some(fraction) => {
            let places = u32::try_from(fraction.len()).ok().filter(|places| (1..=9).contains(places))?;
            digits(fraction.as_bytes())? * 10_u32.pow(9 - places)
        }
    };
    Some(date.and_hms_nano_opt(number(11, 13)?, number(14, 16)?, number(17, 19)?, nanos)?.and_utc())
}

/// A number of at most nine digits.
fn digits(bytes: &[u8]) -> Option<u32> {
    let digit = |byte: &u8| byte.is_ascii_digit().then(|| u32::from(byte - b'0'));
    bytes.iter().try_fold(0, |number, byte| Some(number * 10 + digit(byte)?))
}

struct Instant(DateTime<Utc>);

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_str(InstantVisitor)
    }
}

struct InstantVisitor;

impl Visitor<'_> for InstantVisitor {
    type Value = Instant;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("an instant such as 2026-05-01T09:00:00Z")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Instant, E> {
        parse(text).map(Instant).ok_or_else(|| E::custom("no instant such as 2026-05-01T09:00:00Z"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_chrono_writes_is_read_back() {
        for (seconds, nanos) in [(0, 0), (1_777_777_777, 0), (1_777_777_777, 120_000_000), (951_782_400, 999_999_999)] {
            let instant = DateTime::from_timestamp(seconds, nanos).unwrap();
            let text = serde_json::to_value(instant).unwrap();
            assert_eq!(parse(text.as_str().unwrap()), Some(instant), "{text}");
            assert_eq!(read(&text).unwrap(), instant);
            assert_eq!(read_option(&text).unwrap(), Some(instant));
            assert_eq!(read_list(&serde_json::json!([text])).unwrap(), [instant]);
            let day = serde_json::to_value(instant.date_naive()).unwrap();
            assert_eq!(read_day(&day).unwrap(), Some(instant.date_naive()));
        }
        assert_eq!(read_option(&serde_json::Value::Null).unwrap(), None);
    }

    #[test]
    fn a_day_is_year_month_and_day() {
        for (text, day) in [("2026-05-01", (2026, 5, 1)), ("2026-5-1", (2026, 5, 1)), ("2024-02-29", (2024, 2, 29))] {
            let (year, month, of_month) = day;
            assert_eq!(parse_day(text), NaiveDate::from_ymd_opt(year, month, of_month), "{text}");
            assert!(parse_day(text).is_some(), "{text}");
        }
        for text in
            ["", "2026-05", "2026-02-30", "2026 - 05 - 01", "2026-05-01Z", "2026-05-", "02026-05-01", "1.5.2026"]
        {
            assert_eq!(parse_day(text), None, "{text}");
        }
        assert_eq!(read_day(&serde_json::Value::Null).unwrap(), None);
        assert!(read_day(&serde_json::json!("today")).is_err());
    }

    #[test]
    fn what_is_no_instant_is_none() {
        for text in [
            "",
            "Z",
            "2026-05-01",
            "2026-05-01T09:00:00",
            "2026-05-01 09:00:00Z",
            "2026-05-01T09:00:00+00:00",
            "2026-02-30T09:00:00Z",
            "2026-05-01T24:00:00Z",
            "2026-05-01T09:00:00.Z",
            "2026-05-01T09:00:00.0000000001Z",
            "2026-05-01T09:00:00,5Z",
            "+026-05-01T09:00:00Z",
            "2026-05-01T09:00:0üZ",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
