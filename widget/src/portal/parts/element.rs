//! What all controls need of the page's elements.

use std::sync::atomic::{AtomicU32, Ordering};
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

/// An id for the page, for what refers to elements by id. It is another one at each call.
pub(in crate::portal) fn fresh_id(name: &str) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("{name}-{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

pub(super) fn target<T: JsCast>(event: &web_sys::Event) -> Option<T> {
    event.target()?.dyn_into().ok()
}

/// A number with at most two decimals, as the browser writes it: our own code for that would be far more.
pub(in crate::portal) fn digits(number: f64) -> String {
    js_sys::Number::from((number * 100.0).round() / 100.0)
        .to_string_with_radix(10)
        .map(String::from)
        .unwrap_or_default()
}

/// Sets a style by the object model.
pub(in crate::portal) fn set_style(element: &HtmlElement, property: &str, value: &str) {
    // It fails only where the style is read-only, which an element's own never is.
    let _ = element.style().set_property(property, value);
}
