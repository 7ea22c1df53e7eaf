//! Shows one sample model (`?sample=in-step&theme=dark`), or the names of all of them, for pictures of every state.
//! Built for the browser like the panel itself; see tests/gallery.mjs.

use leptos::prelude::*;
use shared::language::Language;
use widget::format::Formats;
use widget::panel::view::{PanelUi, panel};

#[path = "../tests/fixtures/mod.rs"]
mod fixtures;

fn main() {
    let Some(window) = web_sys::window() else { return };
    let query = window.location().search().unwrap_or_default();
    let value = |name: &str| {
        let pairs = query.trim_start_matches('?').split('&');
        pairs.filter_map(|pair| pair.split_once('=')).find(|(key, _)| *key == name).map(|(_, value)| value.to_owned())
    };
    let Some(body) = window.document().and_then(|document| document.body()) else { return };
    let samples = fixtures::gallery();
    let Some(sample) = value("sample") else {
        let names: Vec<&str> = samples.iter().map(|(name, _)| *name).collect();
        body.set_text_content(Some(&names.join(" ")));
        return;
    };
    let Some((_, model)) = samples.into_iter().find(|(name, _)| *name == sample) else { return };
    let ui = PanelUi {
        model: RwSignal::new(model),
        formats: RwSignal::new(Formats { locale: value("locale"), time_zone: Some("Australia/Sydney".into()) }),
        language: RwSignal::new(Language::English),
        now: RwSignal::new(js_sys::Date::parse(fixtures::CHECKED_AT) + 90_000.0),
        act: Callback::new(|_| {}),
    };
    body.set_text_content(None);
    leptos::mount::mount_to(body, move || panel(ui)).forget();
}
