//! Money, numbers, days and instants in the user's own notation, by the browser's `Intl`.
//!
//! Amounts stay text from the edge to the screen: `Intl.NumberFormat` formats decimal text exactly
//! (<https://tc39.es/ecma402/#sec-number-format-functions>), so that no cent passes through a float.

use crate::dictionary::{fill, spoken};
use chrono::{DateTime, Utc};
use shared::api::Shown;
use shared::language::Language;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = Intl)]
    type NumberFormat;
    #[wasm_bindgen(js_namespace = Intl, constructor, catch)]
    fn new(locale: &JsValue, options: &JsValue) -> Result<NumberFormat, JsValue>;
    #[wasm_bindgen(method)]
    fn format(this: &NumberFormat, decimal: &str) -> String;
    #[wasm_bindgen(method, js_name = resolvedOptions)]
    fn resolved_options(this: &NumberFormat) -> JsValue;

    #[wasm_bindgen(js_namespace = Intl)]
    type DateTimeFormat;
    #[wasm_bindgen(js_namespace = Intl, constructor, catch)]
    fn new(locale: &JsValue, options: &JsValue) -> Result<DateTimeFormat, JsValue>;
    #[wasm_bindgen(method)]
    fn format(this: &DateTimeFormat, millis: f64) -> String;
}

/// Currencies have two decimals unless the browser knows better.
const USUAL_DECIMALS: f64 = 2.0;
/// As many decimals as `Intl` shows at most: nothing is rounded away.
const ALL_DECIMALS: f64 = 20.0;

/// The user's notation.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Formats {
    /// A language tag such as `en-AU`; none: the browser's.
    pub locale: Option<String>,
    /// An IANA zone; none: the browser's.
    pub time_zone: Option<String>,
}

impl Formats {
    /// `1,100.00 AUD`. At least the currency's own decimals, and all that the amount has.
    #[must_use]
    pub fn money(&self, amount: &str, currency: &str) -> String {
        let options = object(&[("style", "currency".into()), ("currency", currency.into())]);
        let decimals = self
            .number_format(&options)
            .and_then(|format| js_sys::Reflect::get(&format.resolved_options(), &"minimumFractionDigits".into()).ok())
            .and_then(|digits| digits.as_f64())
            .unwrap_or(USUAL_DECIMALS);
        let mut text = self.decimal(amount, decimals);
        text.push('\u{a0}');
        text.push_str(currency);
        text
    }

    /// `1,234.5`, with all its decimals.
    #[must_use]
    pub fn number(&self, number: &str) -> String {
        self.decimal(number, 0.0)
    }

    fn decimal(&self, number: &str, decimals: f64) -> String {
        if !is_decimal(number) {
            return number.to_owned();
        }
        let options =
            object(&[("minimumFractionDigits", decimals.into()), ("maximumFractionDigits", ALL_DECIMALS.into())]);
        match self.number_format(&options) {
            // The hyphen is no minus sign.
            Some(format) => format.format(number).replace('-', "\u{2212}"),
            None => number.to_owned(),
        }
    }

    /// `30 Nov 2026` from `2026-11-30`. A calendar day is the same in every zone.
    #[must_use]
    pub fn day(&self, day: &str) -> String {
        let millis = js_sys::Date::parse(day);
        let options = object(&[("dateStyle", "medium".into()), ("timeZone", "UTC".into())]);
        match self.date_format(&options) {
            Some(format) if millis.is_finite() => format.format(millis),
            _ => day.to_owned(),
        }
    }

    /// The exact instant in the user's zone, with the zone's name.
    #[must_use]
    pub fn instant(&self, millis: f64) -> String {
        let mut fields = vec![
            ("year", "numeric".into()),
            ("month", "short".into()),
            ("day", "numeric".into()),
            ("hour", "2-digit".into()),
            ("minute", "2-digit".into()),
            ("second", "2-digit".into()),
            ("timeZoneName", "short".into()),
        ];
        self.zoned(&mut fields, millis)
    }

    /// The day of an instant in the user's zone.
    #[must_use]
    pub fn day_of(&self, millis: f64) -> String {
        self.zoned(&mut vec![("dateStyle", "medium".into())], millis)
    }

    fn zoned(&self, fields: &mut Vec<(&str, JsValue)>, millis: f64) -> String {
        let plain = object(fields);
        if let Some(zone) = &self.time_zone {
            fields.push(("timeZone", zone.as_str().into()));
        }
        // A zone that this browser does not know is no reason to show nothing.
        let format = self.date_format(&object(fields)).or_else(|| self.date_format(&plain));
        format.map(|format| format.format(millis)).unwrap_or_default()
    }

    /// A value of a preview.
    #[must_use]
    pub fn shown(&self, shown: &Shown) -> String {
        match shown {
            Shown::Text(text) => text.clone(),
            Shown::Money(amount, currency) => self.money(amount, currency),
            Shown::Number(number) => self.number(number),
            Shown::Day(day) => self.day(day),
        }
    }

    fn number_format(&self, options: &JsValue) -> Option<NumberFormat> {
        NumberFormat::new(&self.tag(), options).or_else(|_| NumberFormat::new(&JsValue::UNDEFINED, options)).ok()
    }

    fn date_format(&self, options: &JsValue) -> Option<DateTimeFormat> {
        DateTimeFormat::new(&self.tag(), options).or_else(|_| DateTimeFormat::new(&JsValue::UNDEFINED, options)).ok()
    }

    fn tag(&self) -> JsValue {
        self.locale.as_deref().map_or(JsValue::UNDEFINED, JsValue::from_str)
    }
}

fn object(fields: &[(&str, JsValue)]) -> JsValue {
    let object = js_sys::Object::new();
    for (name, value) in fields {
        // Setting a field of a plain new object can't fail.
        let _ = js_sys::Reflect::set(&object, &JsValue::from_str(name), value);
    }
    object.into()
}

fn is_decimal(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    all_digits(whole) && all_digits(fraction)
}

/// Whether an amount is nothing, however many zeros it is written with.
#[must_use]
pub fn is_zero(amount: &str) -> bool {
    amount.bytes().all(|byte| matches!(byte, b'0' | b'.' | b'-'))
}

/// The CRM's `en_AU` as a language tag, `en-AU`; none for what can't be one.
#[must_use]
pub fn language_tag(locale: &str) -> Option<String> {
    let tag = locale.trim().replace('_', "-");
    let fits =
        tag.len() >= 2 && tag.len() <= 35 && tag.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    fits.then_some(tag)
}

/// The document's `lang`: of the language that its texts are in, the user's own kind. Another one would make a screen reader
/// mispronounce them.
#[must_use]
pub fn document_language(language: Language, tag: Option<&str>) -> &str {
    tag.filter(|tag| Language::known(tag) == Some(language)).unwrap_or_else(|| language.tag())
}

/// How long ago something was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ago {
    /// In words: `2 min ago`.
    Words(String),
    /// So long ago that its date says more.
    Date,
}

/// How long ago `then` was, both in milliseconds since 1970.
#[must_use]
pub fn ago(now: f64, then: f64) -> Ago {
    // A clock that runs behind the edge's must not make the past a future. Whole numbers are written with less code.
    #[expect(clippy::cast_possible_truncation, reason = "the minutes of a million years fit")]
    let minutes = ((now - then).max(0.0) / 60_000.0) as i64;
    let (hours, days) = (minutes / 60, minutes / 1_440);
    let words = |count: i64, unit| Ago::Words(fill(unit, &count.to_string()));
    match () {
        () if minutes < 1 => Ago::Words(spoken("just now")),
        () if hours < 1 => words(minutes, "{} min ago"),
        () if days < 1 => words(hours, "{} h ago"),
        () if days < 2 => Ago::Words(spoken("yesterday")),
        () if days < 7 => words(days, "{} days ago"),
        () => Ago::Date,
    }
}

/// `0.8 s`, `340 ms`: how long something took.
#[must_use]
pub fn took(millis: i64) -> String {
    if millis < 1_000 { format!("{millis} ms") } else { format!("{}.{} s", millis / 1_000, millis % 1_000 / 100) }
}

/// Milliseconds since 1970.
#[must_use]
pub fn millis(at: DateTime<Utc>) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 fit a double until the year 287396")]
    let millis = at.timestamp_millis() as f64;
    millis
}

/// `2026-11-30T09:00:00.000Z`: an instant for machines. The browser writes it, so that no code for it is loaded.
#[must_use]
pub fn iso(at: DateTime<Utc>) -> String {
    js_sys::Date::new(&millis(at).into()).to_iso_string().into()
}
