//! The operator's log, and the id under which a request stands there. Nothing else in the Worker writes to the log.

use engine::operator::OperatorNote;
use shared::problem::Code;
use wasm_bindgen::JsCast;
use worker::{Error, console_error, console_log};

/// Carries a request's id: to the browser, and from the Worker to the Durable Object.
pub(crate) const REQUEST_HEADER: &str = "x-request-id";

/// How many characters an id has: 64 bits.
const ID_LENGTH: usize = 16;

/// A request's id: made by us, never taken from a browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RequestId(String);

impl RequestId {
    /// A new one.
    pub(crate) fn fresh() -> Self {
        let mut bytes = [0_u8; ID_LENGTH / 2];
        let scope: web_sys::WorkerGlobalScope = js_sys::global().unchecked_into();
        // It names a line of the log and keeps no secret: without randomness it is no worse than none.
        let _ = scope.crypto().and_then(|crypto| crypto.get_random_values_with_u8_array(&mut bytes));
        Self(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// The one that the Worker's door gave a request; a new one where it gave none.
    pub(crate) fn told(header: Option<String>) -> Self {
        header.filter(|id| is_id(id)).map_or_else(Self::fresh, Self)
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_id(text: &str) -> bool {
    text.len() == ID_LENGTH && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Tells the operator why a request was refused.
pub(crate) fn refused(request: &RequestId, code: Code, note: &OperatorNote) {
    console_error!("{} {}: {note}", request.0, code.as_str());
}

/// Tells the operator what failed that nobody had asked for.
pub(crate) fn failed(note: &OperatorNote) {
    console_error!("{note}");
}

/// Tells the operator what was done that nobody had asked for.
pub(crate) fn told(note: &OperatorNote) {
    console_log!("{note}");
}

/// What the log may say of an error of the runtime. Its text may quote what it stumbled over.
pub(crate) fn about(error: &Error) -> OperatorNote {
    let kind: &'static str = error.into();
    let note = OperatorNote::of(kind);
    match error {
        // A name of ours.
        Error::BindingError(name) => note.id("variable", name),
        error => note.recognise(&text(error)),
    }
}

fn text(error: &Error) -> String {
    match error {
        Error::UnknownJsError { message, .. } => message.clone(),
        Error::D1(error) => error.cause(),
        error => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn an_id_of_the_door_is_kept() {
        assert!(is_id("0123456789abcdef"));
        for not_ours in ["", "0123456789abcde", "0123456789abcdefg", "0123456789abcdeg", "Ana Wattle of Bl"] {
            assert!(!is_id(not_ours), "{not_ours}");
        }
        assert_eq!(RequestId::told(Some("0123456789abcdef".to_owned())).as_str(), "0123456789abcdef");
    }

    #[test]
    fn an_error_of_the_runtime_tells_no_value() {
        let quoted = Error::RustError("Unexpected token 'A', \"Ana Wattle\" is not valid JSON".to_owned());
        assert_eq!(about(&quoted).to_string(), "RustError");
        let known = Error::JsError("Error: Network connection lost.".to_owned());
        assert_eq!(about(&known).to_string(), "JsError (Network connection lost)");
    }

    #[test]
    fn nothing_else_writes_to_the_log() {
        let mut files = Vec::new();
        files_below(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
        assert!(files.len() > 10, "{files:?}");
        for (name, text) in files {
            if name != "operator.rs" {
                for macro_name in ["console_", "println!", "eprintln!", "dbg!"] {
                    assert!(!text.contains(macro_name), "{name} writes to the log by itself: {macro_name}");
                }
            }
        }
    }

    fn files_below(dir: &Path, found: &mut Vec<(String, String)>) {
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                files_below(&path, found);
            } else {
                let name = path.file_name().unwrap().to_string_lossy().into_owned();
                found.push((name, std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
}
