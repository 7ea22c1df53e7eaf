//! Finds a record of the CRM by its name.

use super::controls::MappingUi;
use super::state::Search;
use crate::client::{encode, get};
use crate::portal::parts::{About, fault, field, input, skeleton};
use crate::portal::reactive::*;
use crate::view::dom::{El, button, el};
use shared::api::portal::{RecordFound, RecordsFound};
use shared::module::Module;
use std::sync::Arc;
use std::time::Duration;

/// Pause after a key before the search is made.
const TYPING_PAUSE: Duration = Duration::from_millis(300);

/// A search field and what it finds, the newest records at first.
pub(super) fn finder(ui: MappingUi, module: Module, pick: impl Fn(RecordFound) + Send + Sync + 'static) -> El {
    let search = RwSignal::new(Search::default());
    ask(ui, search, module, String::new(), Duration::ZERO);
    let pick = Arc::new(pick);
    let label = (ui.words().find)((ui.app.common().module)(module));
    let typed = move |name| ask(ui, search, module, name, TYPING_PAUSE);
    let control = input("find", "search", move || search.with(|search| search.name.clone()), typed);
    let about = About { hint: Some(ui.words().find_hint.to_owned()), ..About::default() };
    let found = search.slice(|search| search.found.clone());
    let failed = search.slice(|search| search.fault.clone());
    let searching = search.slice(|search| search.searching);
    let list = move || {
        if let Some(failed) = failed.get() {
            let again = move || {
                let name = search.with_untracked(|search| search.name.clone());
                ask(ui, search, module, name, Duration::ZERO);
            };
            return fault(ui.app, &failed, again).into();
        }
        let Some(found) = found.get() else { return skeleton(3).into() };
        if found.is_empty() {
            return el("p").class("muted").id("found-none").text(ui.words().found_none).into();
        }
        let rows = found.into_iter().map(|record| {
            let (name, pick) = (record.name.clone(), pick.clone());
            let choose = button("mapping-found", "found").text(name).on_click(move || pick(record.clone()));
            el("li").child(choose)
        });
        el("ul").class("mapping-found-list").children(rows).into()
    };
    let status = move || match found.get() {
        _ if searching.get() => ui.words().finding.to_owned(),
        Some(found) if !found.is_empty() => (ui.words().found)(found.len()),
        _ => String::new(),
    };
    el("div")
        .class("mapping-finder")
        .id("finder")
        .child(field(&label, control, about))
        .child(el("p").class("muted mapping-status").attr("role", "status").live_text(status))
        .live(list)
}

fn ask(ui: MappingUi, search: RwSignal<Search>, module: Module, name: String, pause: Duration) {
    let Some(number) = search.try_update(|search| search.typed(name)) else { return };
    set_timeout(
        move || {
            // The control may be gone by now.
            let Some(Some(name)) = search.try_with_untracked(|search| search.question(number)) else { return };
            let name = encode(&name);
            let path = ["/api/records/", module.api_name(), "?name=", &name].concat();
            ui.app.call(get(path), move |result: Result<RecordsFound, _>| {
                let records = result.map(|found| found.records);
                if let (Module::Products, Ok(records)) = (module, &records) {
                    ui.model.update(|model| model.products.found(records));
                }
                let _ = search.try_update(|search| search.answered(number, records));
            });
        },
        pause,
    );
}
