//! Set up: the steps from nothing to the first synced record, the connection, and what administrators changed.

mod audit;
mod checklist;
mod connection;
mod record;
pub mod state;
pub mod trail;

use super::app::App;
use super::client::{delete, get, post, put};
use super::mapping::state::Section;
use super::parts;
use super::places;
use super::route::{Route, Screen};
use super::words::setup::Setup;
use crate::portal::reactive::*;
use crate::portal::words::settings::SettingNames;
use crate::state::Purpose;
use crate::view::dom::{El, button, el, live, nothing};
use serde_json::json;
use shared::api::SyncReply;
use shared::api::portal::{RecordsFound, SettingsView};
use shared::problem::Problem;
use state::{Model, Msg, Page, Step, update};
use std::rc::Rc;
use std::time::Duration;
use wasm_bindgen::JsCast;

/// How long nobody types before a search begins.
const TYPING_PAUSE: Duration = Duration::from_millis(250);

/// What the views of the steps and of the connection need.
#[derive(Debug, Clone, Copy)]
struct Ui {
    app: App,
    model: RwSignal<Model>,
}

impl Ui {
    fn words(self) -> &'static Setup {
        self.app.words::<Setup>()
    }

    /// A slice of the model that tells only when it has changed.
    fn slice<T: PartialEq + Send + Sync + 'static>(
        self,
        part: impl Fn(&Model) -> T + Send + Sync + 'static,
    ) -> Memo<T> {
        self.model.slice(part)
    }

    /// Applies an event and does what follows from it.
    fn send(self, msg: Msg) {
        untrack(|| {
            // Whoever has left the screen is not told any more.
            let effects = self.model.try_update(|model| update(model, msg)).unwrap_or_default();
            for effect in effects {
                perform(self, effect);
            }
        });
    }
}

/// The screen.
pub fn screen(app: App) -> AnyView {
    // On the way to another screen the address is not ours any more.
    let part = Memo::new(move |before: Option<&String>| {
        app.route.with(|route| match route.screen {
            Screen::Setup => route.part.clone(),
            _ => before.cloned().unwrap_or_default(),
        })
    });
    // The link that led here has gone with its page.
    Effect::new(move |before: Option<String>| {
        let part = part.get();
        if before.is_some_and(|before| before != part) {
            request_animation_frame(parts::focus_heading);
        }
        part
    });
    live(move || match part.get().as_str() {
        "connection" => page(app, Page::Connection),
        "audit" => audit::view(app),
        _ => page(app, Page::Checklist),
    })
}

fn page(app: App, page: Page) -> AnyView {
    let ui = Ui { app, model: RwSignal::new(Model::new(page)) };
    Effect::new(move |_| {
        let connection = app.session.with(|session| session.view.as_ref().map(|view| view.connection));
        ui.send(Msg::Session(connection));
    });
    Effect::new(move |_| {
        if app.window.get().is_none() {
            ui.send(Msg::WindowGone);
        }
    });
    match page {
        Page::Checklist => checklist::view(ui),
        Page::Connection => connection::view(ui),
    }
}

fn perform(ui: Ui, effect: state::Effect) {
    use state::Effect;
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
            let call = post("/api/setup/fields", &json!({}));
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
            let call = post(format!("/api/records/{}/{}/sync", module.api_name(), encode(&id)), &json!({}));
            app.call(call, move |result: Result<SyncReply, _>| ui.send(Msg::Synced(result.map(Box::new))));
        }
        Effect::DisconnectXero => {
            app.call_empty(delete("/api/connection/xero"), move |result| ui.send(Msg::Disconnected(result)));
        }
        Effect::Erase => app.call_empty(delete("/api/connection"), move |result| ui.send(Msg::Erased(result))),
        Effect::Say(said) => app.announce((ui.words().said)(&said)),
    }
}

fn encode(text: &str) -> String {
    js_sys::encode_uri_component(text).into()
}

/// The links between the pages of the set-up.
fn pages(app: App, here: &'static str) -> El {
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

/// A link within the portal.
fn to(route: Route, label: impl Into<String>, id: &'static str) -> El {
    el("a").attr("href", route.hash()).id(id).text(label.into())
}

/// A button whose label and weight follow the state. It stays the same element, so that it keeps the focus; while it is
/// not enabled it says so and does nothing.
fn action(
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

/// A table whose rows become blocks where it is narrow: each cell then says its column itself. The roles are written
/// out because a table that is laid out as blocks is none to some screen readers. `rows`: the row, and its cells'
/// contents; the first cell names the row.
pub(super) fn table(id: &'static str, label: &str, columns: &[&'static str], rows: Vec<(El, Vec<El>)>) -> El {
    let head = columns.iter().map(|column| el("th").attr("role", "columnheader").attr("scope", "col").text(*column));
    let rows = rows.into_iter().map(|(row, cells)| {
        let cells = cells.into_iter().enumerate().map(|(at, content)| {
            let cell = if at == 0 {
                el("th").attr("role", "rowheader").attr("scope", "row")
            } else {
                el("td").attr("role", "cell").attr("data-label", columns.get(at).copied().unwrap_or_default())
            };
            cell.child(content)
        });
        row.attr("role", "row").children(cells)
    });
    el("table")
        .class("setup-table")
        .id(id)
        .attr("role", "table")
        .attr("aria-label", label.to_owned())
        .child(el("thead").attr("role", "rowgroup").child(el("tr").attr("role", "row").children(head)))
        .child(el("tbody").attr("role", "rowgroup").children(rows))
}

/// An element that is hidden while this holds. It stays the same element, so what is in it is kept.
pub(super) fn hidden(element: El, when: impl Fn() -> bool + 'static) -> El {
    let when = Rc::new(when);
    element.made(move |element| {
        let when = when.clone();
        // It fails only for names that are none.
        Effect::new(move |_| drop(element.toggle_attribute_with_force("hidden", when())));
    })
}

/// A cell's words.
pub(super) fn words(text: impl Into<String>) -> El {
    el("span").text(text.into())
}

/// What failed last at this step, with Try again.
fn fault_at(ui: Ui, step: Step) -> El {
    let fault = ui.slice(move |model| model.fault_at(step).cloned());
    parts::part("setup-fault", move || match fault.get() {
        Some(fault) => parts::fault(ui.app, &fault, move || ui.send(Msg::TryAgain)).into(),
        None => nothing(),
    })
}

/// A problem, with a link to the place in the portal that settles it.
fn problem(app: App, found: &Problem) -> El {
    let place = places::of_problem(found.code).filter(|_| found.stops());
    let more = place.filter(|place| place.screen == Screen::Mapping).map(|place| {
        let section = (app.words::<SettingNames>().section)(Section::of_name(&place.part));
        to(place, (app.words::<Setup>().change)(section), "problem-mapping")
    });
    parts::problem(app, found, more.into_iter().collect())
}

/// Focuses an element once the page shows what follows from the present event.
fn focus_soon(selector: &'static str) {
    request_animation_frame(move || focus(selector));
}

fn focus(selector: &str) {
    let document = web_sys::window().and_then(|window| window.document());
    let found = document.and_then(|document| document.query_selector(selector).ok().flatten());
    if let Some(element) = found.and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok()) {
        // It fails for no element that is in the page.
        let _ = element.focus();
    }
}

/// Whether what had the focus has left the page.
fn is_focus_lost() -> bool {
    let active = web_sys::window().and_then(|window| window.document()?.active_element());
    active.is_none_or(|element| element.tag_name() == "BODY")
}
