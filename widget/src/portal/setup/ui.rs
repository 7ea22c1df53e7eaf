//! What the pages of the set-up share, and what follows from their events outside.

use super::state::{Effect, Msg, SetupState, Step, update};
use crate::client::{delete, encode, get, post_empty, put};
use crate::portal::app::App;
use crate::portal::parts::{self, to};
use crate::portal::places;
use crate::portal::reactive::{Memo, RwSignal, request_animation_frame, set_timeout, untrack};
use crate::portal::route::{Route, Screen};
use crate::portal::section::Section;
use crate::portal::words::settings::SettingNames;
use crate::portal::words::setup::Setup;
use crate::session::Purpose;
use crate::view::dom::{El, button, el, nothing};
use shared::api::SyncReply;
use shared::api::portal::{RecordsFound, SettingsView};
use shared::problem::Problem;
use std::time::Duration;
use wasm_bindgen::JsCast;

/// How long nobody types before a search begins.
const TYPING_PAUSE: Duration = Duration::from_millis(250);

/// What the views of the steps and of the connection need.
#[derive(Debug, Clone, Copy)]
pub(super) struct SetupUi {
    pub(super) app: App,
    pub(super) model: RwSignal<SetupState>,
}

impl SetupUi {
    pub(super) fn words(self) -> &'static Setup {
        self.app.words::<Setup>()
    }

    /// A slice of the model that tells only when it has changed.
    pub(super) fn slice<T: PartialEq + Send + Sync + 'static>(
        self,
        part: impl Fn(&SetupState) -> T + Send + Sync + 'static,
    ) -> Memo<T> {
        self.model.slice(part)
    }

    /// Applies an event and does what follows from it.
    pub(super) fn send(self, msg: Msg) {
        untrack(|| {
            // Whoever has left the screen is not told any more.
            let effects = self.model.try_update(|model| update(model, msg)).unwrap_or_default();
            for effect in effects {
                perform(self, effect);
            }
        });
    }
}

fn perform(ui: SetupUi, effect: Effect) {
    let app = ui.app;
    match effect {
        Effect::ReadSetup => {
            app.call(get("/api/setup"), move |result| ui.send(Msg::SetupArrived(result.map(Box::new))));
        }
        Effect::ReadSession => app.read_session(),
        Effect::Open(purpose) => {
            let step = if purpose == Purpose::ConnectXero { Step::Xero } else { Step::Crm };
            app.open_window(purpose, move |result| ui.send(Msg::WindowEnded(step, result)));
        }
        Effect::CreateFields => {
            let call = post_empty("/api/setup/fields");
            app.call(call, move |result| ui.send(Msg::FieldsCreated(result.map(Box::new))));
        }
        Effect::ReadMapping => {
            let call = get("/api/mapping?fresh=false");
            app.call(call, move |result| ui.send(Msg::MappingArrived(result.map(Box::new))));
        }
        Effect::Save(settings, version) => {
            let call = put(format!("/api/settings?version={version}"), &*settings);
            app.call(call, move |result: Result<SettingsView, _>| {
                ui.send(Msg::Confirmed(result.map(|view| Box::new(view.settings))));
            });
        }
        Effect::SearchSoon(ticket) => set_timeout(move || ui.send(Msg::SearchDue(ticket)), TYPING_PAUSE),
        Effect::Search(ticket, module, text) => {
            let mut path = format!("/api/records/{}", module.api_name());
            if !text.is_empty() {
                path.push_str("?name=");
                path.push_str(&encode(&text));
            }
            app.call(get(path), move |result: Result<RecordsFound, _>| ui.send(Msg::Found(ticket, result)));
        }
        Effect::ReadRecord(ticket, module, id) => {
            let call = get(format!("/api/records/{}/{}", module.api_name(), encode(&id)));
            app.call(call, move |result| ui.send(Msg::RecordArrived(ticket, result.map(Box::new))));
        }
        Effect::Sync(module, id) => {
            let call = post_empty(format!("/api/records/{}/{}/sync", module.api_name(), encode(&id)));
            app.call(call, move |result: Result<SyncReply, _>| ui.send(Msg::Synced(result.map(Box::new))));
        }
        Effect::DisconnectXero => {
            app.call_empty(delete("/api/connection/xero"), move |result| ui.send(Msg::Disconnected(result)));
        }
        Effect::Erase => app.call_empty(delete("/api/connection"), move |result| ui.send(Msg::Erased(result))),
        Effect::Say(said) => app.announce((ui.words().said)(&said)),
    }
}

/// The links between the pages of the set-up.
pub(super) fn pages(app: App, here: &'static str) -> El {
    let words = app.words::<Setup>();
    let page = |part: &'static str, label: &'static str, id: &'static str| {
        let link = to(Route::to(Screen::Setup).at(part), label, id);
        let link = if part == here { link.attr("aria-current", "page") } else { link };
        el("li").child(link)
    };
    el("nav").class("setup-pages").attr("aria-label", words.pages).child(el("ul").children([
        page("", words.checklist, "page-steps"),
        page("connection", words.connection, "page-connection"),
        page("audit", words.audit, "page-audit"),
        el("li").child(to(Route::to(Screen::Access), (app.common().screen)(Screen::Access), "page-access")),
    ]))
}

/// A button whose label and weight follow the state. It stays the same element, so that it keeps the focus; while it is
/// not enabled it says so and does nothing.
pub(super) fn action(
    id: &'static str,
    main: impl Fn() -> bool + Send + Sync + 'static,
    label: impl Fn() -> String + Send + Sync + 'static,
    enabled: impl Fn() -> bool + Send + Sync + 'static,
    press: impl Fn() + Send + Sync + 'static,
) -> El {
    let enabled = Memo::new(move |_| enabled());
    button("button", id)
        .live_attr("class", move || if main() { "button primary" } else { "button" }.to_owned())
        .live_attr("aria-disabled", move || (!enabled.get()).to_string())
        .live_text(label)
        .on_click(move || {
            if enabled.get_untracked() {
                press();
            }
        })
}

/// What failed last at this step, with Try again.
pub(super) fn fault_at(ui: SetupUi, step: Step) -> El {
    let fault = ui.slice(move |model| model.fault_at(step).cloned());
    parts::part("setup-fault", move || match fault.get() {
        Some(fault) => parts::fault(ui.app, &fault, move || ui.send(Msg::TryAgain)).into(),
        None => nothing(),
    })
}

/// A problem, with a link to the place in the portal that settles it.
pub(super) fn problem(app: App, found: &Problem) -> El {
    let place = places::of_problem(found.code).filter(|_| found.stops());
    let more = place.filter(|place| place.screen == Screen::Mapping).map(|place| {
        let section = (app.words::<SettingNames>().section)(Section::of_name(&place.part));
        to(place, (app.words::<Setup>().change)(section), "problem-mapping")
    });
    parts::problem(app, found, more.into_iter().collect())
}

/// Focuses an element once the page shows what follows from the present event.
pub(super) fn focus_soon(selector: &'static str) {
    request_animation_frame(move || focus(selector));
}

pub(super) fn focus(selector: &str) {
    let document = web_sys::window().and_then(|window| window.document());
    let found = document.and_then(|document| document.query_selector(selector).ok().flatten());
    if let Some(element) = found.and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok()) {
        // It fails for no element that is in the page.
        let _ = element.focus();
    }
}

/// Whether what had the focus has left the page.
pub(super) fn is_focus_lost() -> bool {
    let active = web_sys::window().and_then(|window| window.document()?.active_element());
    active.is_none_or(|element| element.tag_name() == "BODY")
}
