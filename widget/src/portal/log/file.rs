//! The log as a file: fetched with the session and handed to the browser as a download.

use crate::portal::reactive::*;
use std::time::Duration;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, BlobPropertyBag, HtmlElement, Url};

/// The format of the file.
const CSV: &str = "text/csv;charset=utf-8";
/// How long the text is kept for the browser to take it.
const KEPT: Duration = Duration::from_secs(60);

/// Hands a text to the browser as a download of this name.
///
/// # Errors
/// What the browser says.
pub(super) fn save(name: &str, text: &str) -> Result<(), JsValue> {
    let document = web_sys::window().and_then(|window| window.document()).ok_or(JsValue::NULL)?;
    let options = BlobPropertyBag::new();
    options.set_type(CSV);
    let parts = js_sys::Array::of1(&text.into());
    let url = Url::create_object_url_with_blob(&Blob::new_with_str_sequence_and_options(&parts, &options)?)?;
    let link = document.create_element("a")?.unchecked_into::<HtmlElement>();
    link.set_attribute("href", &url)?;
    link.set_attribute("download", name)?;
    link.click();
    // Not every browser has taken the file by now.
    set_timeout(move || drop(Url::revoke_object_url(&url)), KEPT);
    Ok(())
}
