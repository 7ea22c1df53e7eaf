//! In which language the panel speaks: the one that was chosen in the portal, else the CRM's, else the browser's. The script
//! that starts the page (`panel.boot.js`) chooses by what it knows before the CRM has told, and loads the texts meanwhile.

use crate::{dictionary, sdk};
use js_sys::Promise;
use shared::language::Language;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::Storage;

/// Where the language is kept that was chosen in the portal.
const CHOSEN: &str = "ledgerlink.language";
/// Where the CRM's is kept, for the next time.
const TOLD: &str = "ledgerlink.crm-language";
/// What the page's script has left: how to load the file, and its text once it has come.
const FILE: &str = "ledgerlinkWords";

fn storage() -> Option<Storage> {
    web_sys::window()?.local_storage().ok()?
}

fn file_field(name: &str) -> Option<String> {
    sdk::field(&sdk::field(&js_sys::global().into(), FILE), name).as_string()
}

/// Takes the texts over that the page has loaded, and says in which language they are.
pub(crate) fn loaded() -> Language {
    match file_field("text") {
        Some(text) => {
            dictionary::load(text);
            Language::German
        }
        None => Language::English,
    }
}

/// The language to speak now that the CRM has told this locale, which is remembered.
pub(crate) fn adopt(locale: &str) -> Language {
    let told = Language::of_tag(locale);
    let Some(storage) = storage() else { return told };
    // Where the browser keeps nothing, the next page asks the browser's own language first.
    let _ = storage.set_item(TOLD, told.tag());
    storage.get_item(CHOSEN).ok().flatten().and_then(|tag| Language::known(&tag)).unwrap_or(told)
}

/// Loads the texts of a language; whether they are there. Where they do not come, the panel goes on as it is.
pub(crate) async fn load(language: Language) -> bool {
    if language == Language::English {
        dictionary::load(String::new());
        return true;
    }
    let loading = sdk::call_path(&[FILE], "load", &[]).and_then(|loading| loading.dyn_into::<Promise>().ok());
    if let Some(loading) = loading {
        // It only says when; what has come of it is looked at.
        let _ = JsFuture::from(loading).await;
    }
    loaded() == language
}
