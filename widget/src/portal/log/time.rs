//! Instants as the log's columns have them: day and minute, in the user's notation and zone.

use crate::format::{Formats, millis};
use chrono::{DateTime, Utc};
use std::cell::RefCell;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = Intl)]
    type DateTimeFormat;
    #[wasm_bindgen(js_namespace = Intl, constructor, catch)]
    fn new(locale: &JsValue, options: &JsValue) -> Result<DateTimeFormat, JsValue>;
    #[wasm_bindgen(method)]
    fn format(this: &DateTimeFormat, millis: f64) -> String;
}

thread_local! {
    /// The format that was used last: making one costs as much as fifty uses of it.
    static LAST: RefCell<Option<(Formats, DateTimeFormat)>> = const { RefCell::new(None) };
}

/// `22 Nov 2026, 14:03`.
pub(super) fn short(formats: &Formats, at: DateTime<Utc>) -> String {
    let at = millis(at);
    LAST.with_borrow_mut(|last| {
        if last.as_ref().is_none_or(|(known, _)| known != formats) {
            *last = made(formats).map(|format| (formats.clone(), format));
        }
        match last {
            Some((_, format)) => format.format(at),
            None => formats.instant(at),
        }
    })
}

/// None where the browser does not know the language or the zone.
fn made(formats: &Formats) -> Option<DateTimeFormat> {
    let options = js_sys::Object::new();
    let text = |text: &Option<String>| text.as_deref().map_or(JsValue::UNDEFINED, JsValue::from_str);
    let zone = text(&formats.time_zone);
    for (name, value) in [("dateStyle", "medium".into()), ("timeStyle", "short".into()), ("timeZone", zone)] {
        // Setting a field of a plain new object can't fail.
        let _ = js_sys::Reflect::set(&options, &name.into(), &value);
    }
    DateTimeFormat::new(&text(&formats.locale), &options).ok()
}
