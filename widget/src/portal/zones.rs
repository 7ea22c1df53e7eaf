//! The browser's knowledge of time zones, so that none has to be loaded.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = Intl, js_name = supportedValuesOf, catch)]
    fn supported_values_of(key: &str) -> Result<js_sys::Array, JsValue>;

    #[wasm_bindgen(js_namespace = Intl, js_name = DateTimeFormat)]
    type ZonedFormat;
    #[wasm_bindgen(js_namespace = Intl, js_class = "DateTimeFormat", constructor, catch)]
    fn new(locale: &str, options: &JsValue) -> Result<ZonedFormat, JsValue>;
    #[wasm_bindgen(method)]
    fn format(this: &ZonedFormat, millis: f64) -> String;
}

/// The IANA names that the browser knows.
pub(super) fn names() -> Vec<String> {
    let names = supported_values_of("timeZone").unwrap_or_default();
    names.iter().filter_map(|name| name.as_string()).collect()
}

/// An instant, in milliseconds since 1970, as the clocks of a zone show it; none for a zone that the browser does not
/// know.
pub(super) fn local(millis: f64, zone: &str) -> Option<NaiveDateTime> {
    let fields = [
        ("timeZone", zone),
        ("year", "numeric"),
        ("month", "2-digit"),
        ("day", "2-digit"),
        ("hour", "2-digit"),
        ("minute", "2-digit"),
        ("hourCycle", "h23"),
        ("numberingSystem", "latn"),
    ];
    local_of(&zoned(&fields)?.format(millis))
}

/// A local date and time from a text that names year, month, day, hour and minute in this order, whatever stands in
/// between: `2026-11-23 07:00`.
#[must_use]
pub fn local_of(text: &str) -> Option<NaiveDateTime> {
    let mut numbers = text.split(|char: char| !char.is_ascii_digit()).filter(|part| !part.is_empty());
    let mut next = || numbers.next()?.parse::<u32>().ok();
    let (year, month, day, hour, minute) = (next()?, next()?, next()?, next()?, next()?);
    let date = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?;
    Some(date.and_time(NaiveTime::from_hms_opt(hour, minute, 0)?))
}

/// Whether a time zone has this name, for the checks that are made at each change. Browsers would take an offset, too.
pub(crate) fn is_zone(name: &str) -> bool {
    #[cfg(target_arch = "wasm32")]
    return !name.starts_with(['+', '-']) && zoned(&[("timeZone", name)]).is_some();
    // The tests of the library run without a browser.
    #[cfg(not(target_arch = "wasm32"))]
    return shared::settings::validate::is_zone(name);
}

fn zoned(fields: &[(&str, &str)]) -> Option<ZonedFormat> {
    let options = js_sys::Object::new();
    for (name, value) in fields {
        // Setting a field of a plain new object can't fail.
        let _ = js_sys::Reflect::set(&options, &JsValue::from_str(name), &JsValue::from_str(value));
    }
    // Sweden writes the year first and the day last, as ISO 8601 does.
    ZonedFormat::new("sv-SE", &options).ok()
}
