//! Run: start one for many records, watch it, and look at earlier ones.

pub mod feed;
pub(super) mod form;
mod list;
mod run;
pub mod state;
pub mod telling;
mod watch;

use super::app::App;
use super::client::{Call, get, post};
use super::parts;
use super::route::{Route, Screen};
use super::words::runs::Runs;
use crate::portal::reactive::*;
use crate::view::dom::{El, el, nothing};
use shared::api::portal::SettingsView;
use shared::api::runs::{RunView, RunsPage};
use state::{Ask, Body, Model, Next};
use wasm_bindgen::JsCast;

/// What all parts of the screen share.
#[derive(Clone, Copy)]
struct Ui {
    app: App,
    model: RwSignal<Model>,
}

impl Ui {
    fn words(self) -> &'static Runs {
        self.app.words::<Runs>()
    }

    /// A part of the state that tells of itself only when it is another one.
    fn slice<T: PartialEq + Send + Sync + 'static>(
        self,
        part: impl Fn(&Model) -> T + Send + Sync + 'static,
    ) -> Memo<T> {
        self.model.slice(part)
    }

    /// The state now; none once the screen is left.
    fn state<T>(self, part: impl FnOnce(&Model) -> T) -> Option<T> {
        self.model.try_with_untracked(part)
    }

    /// Changes the state; none once the screen is left.
    fn change<T>(self, change: impl FnOnce(&mut Model) -> T) -> Option<T> {
        self.model.try_update(change)
    }

    /// A number in the user's own notation.
    fn number(self, number: u32) -> String {
        self.app.formats.with_untracked(|formats| formats.number(&number.to_string()))
    }

    /// A run was read: whoever does not see the screen hears where it stands now.
    fn hear(self, run: RunView) {
        let headline = telling::headline(&run, self.words(), &|number| self.number(number));
        if self.change(|model| model.took(run)) == Some(true) {
            self.app.announce(headline.text);
            keep_focus();
        }
    }

    fn read_settings(self) {
        self.app.call(get("/api/settings"), move |answer: Result<SettingsView, _>| {
            self.change(|model| model.settings_read(answer.map(|view| view.settings)));
        });
    }

    fn read_list(self) {
        self.app.call(get("/api/runs"), move |answer: Result<RunsPage, _>| {
            self.change(|model| model.list_read(false, answer));
        });
    }

    fn read_older(self) {
        let before = self.change(|model| {
            let before = model.oldest().filter(|_| !model.reading_older).map(str::to_owned);
            model.reading_older = before.is_some();
            before
        });
        let Some(before) = before.flatten() else { return };
        self.app.call(get(format!("/api/runs?before={}", encoded(&before))), move |answer: Result<RunsPage, _>| {
            self.change(|model| model.list_read(true, answer));
        });
    }

    /// Asks the edge for what a button says.
    fn ask(self, ask: Ask) {
        let Some(call) = self.state(|model| call(model, ask)).flatten() else { return };
        if self.change(|model| model.ask(ask)) != Some(true) {
            return;
        }
        self.app.call(call, move |answer: Result<RunView, _>| {
            let headline =
                answer.as_ref().ok().map(|run| telling::headline(run, self.words(), &|number| self.number(number)));
            match self.change(|model| model.answered(answer)) {
                Some(Next::Open(id)) => self.app.go(Route::to(Screen::Runs).at(id)),
                Some(Next::Leave) => self.app.go(Route::to(Screen::Runs)),
                Some(Next::ReadList) => self.read_list(),
                Some(Next::Stay) | None => {}
            }
            if let Some(headline) = headline {
                self.app.announce(headline.text);
            }
            keep_focus();
        });
    }

    /// Shows the form again.
    fn start_another(self) {
        if self.state(|model| model.address.is_some()) == Some(true) {
            self.app.go(Route::to(Screen::Runs));
            return;
        }
        // The address is the screen's own already.
        self.change(|model| model.open(""));
        self.read_list();
        keep_focus();
    }
}

/// The call that a button makes; none while what is chosen makes no request.
fn call(model: &Model, ask: Ask) -> Option<Call> {
    let empty = serde_json::Map::new();
    let of_run = |rest| model.subject().map(|id| post(run_path(id, rest), &empty));
    match ask {
        Ask::Check | Ask::Start => Some(post("/api/runs", &model.form.as_ref()?.request(ask == Ask::Check)?)),
        Ask::Begin => of_run("/start"),
        Ask::Cancel => of_run("/cancel"),
        Ask::Retry => of_run("/retry"),
    }
}

/// A run's address at the edge. The id comes from the page's address: it must not be able to name another route.
fn run_path(id: &str, rest: &str) -> String {
    ["/api/runs/", &encoded(id), rest].concat()
}

fn encoded(text: &str) -> String {
    js_sys::encode_uri_component(text).into()
}

/// Where a button has gone that had the focus, the run's headline gets it, else the screen's.
pub(super) fn keep_focus() {
    request_animation_frame(|| {
        let Some(document) = web_sys::window().and_then(|window| window.document()) else { return };
        if document.active_element().is_some_and(|element| element.tag_name() != "BODY") {
            return;
        }
        let headline = document.query_selector("[data-testid=run-headline]").ok().flatten();
        match headline.and_then(|headline| headline.dyn_into::<web_sys::HtmlElement>().ok()) {
            // An element that does not take the focus leaves it where it is.
            Some(headline) => drop(headline.focus()),
            None => parts::focus_heading(),
        }
    });
}

/// The screen.
pub fn screen(app: App) -> AnyView {
    let ui = Ui { app, model: RwSignal::new(Model::default()) };
    let part = move || app.route.with(|route| (route.screen == Screen::Runs).then(|| route.part.clone()));
    let part = Memo::new(move |_| part());
    Effect::new(move |before: Option<()>| {
        // The screen may still be there for a moment when another one is gone to.
        let Some(part) = part.get() else { return };
        ui.change(|model| model.open(&part));
        if part.is_empty() {
            ui.read_list();
        }
        // Who comes from another screen is led to the heading by the frame.
        if before.is_some() {
            keep_focus();
        }
    });
    ui.change(|model| model.open(&part.get_untracked().unwrap_or_default()));
    ui.read_settings();
    let followed = ui.slice(|model| model.followed().map(str::to_owned));
    Effect::new(move |former: Option<Option<watch::Following>>| {
        drop(former);
        followed.get().map(|id| watch::follow(ui, id))
    });
    let words = ui.words();
    let named = ui.slice(|model| model.address.is_some());
    let body = ui.slice(Model::body);
    let content = vec![
        parts::part("runs-way", move || if named.get() { all_runs(ui).into() } else { nothing() }),
        parts::part("runs-body", move || above(ui, body.get())),
        parts::part("runs-earlier", move || if named.get() { nothing() } else { list::card(ui).into() }),
    ];
    parts::screen("runs", words.title, words.lead, Vec::new(), content).into()
}

fn all_runs(ui: Ui) -> El {
    el("a")
        .class("runs-back")
        .id("runs-all")
        .attr("href", Route::to(Screen::Runs).hash())
        .child(el("span").attr("aria-hidden", "true").text("← "))
        .text(ui.words().all_runs)
}

/// What is in sight above the list.
fn above(ui: Ui, body: Body) -> AnyView {
    match body {
        Body::Waiting => el("section").class("card").child(parts::skeleton(8)).into(),
        Body::Form => form::card(ui).into(),
        Body::Run => run::card(ui),
        Body::FormFault => {
            let fault = ui.slice(|model| model.form_fault.clone());
            parts::part("runs-fault", move || match fault.get() {
                Some(fault) => parts::fault(ui.app, &fault, move || {
                    ui.change(|model| model.form_fault = None);
                    ui.read_settings();
                })
                .into(),
                None => nothing(),
            })
            .into()
        }
        Body::RunFault => {
            let fault = ui.slice(|model| model.run_fault.clone());
            parts::part("runs-fault", move || match fault.get() {
                Some(fault) => parts::fault(ui.app, &fault, move || {
                    // Without a fault the run is wanted again, and so it is followed.
                    ui.change(|model| model.run_fault = None);
                })
                .into(),
                None => nothing(),
            })
            .into()
        }
    }
}

/// Why the edge did not do what a button says.
fn refusal(ui: Ui) -> El {
    let refused = ui.slice(|model| model.refused.clone());
    parts::part("runs-refused", move || match refused.get() {
        Some(fault) => {
            let again = move || {
                ui.change(|model| model.refused = None);
            };
            refused_part(ui, &fault, again)
        }
        None => nothing(),
    })
}

fn refused_part(ui: Ui, fault: &crate::state::Fault, close: impl Fn() + Send + Sync + 'static) -> AnyView {
    match fault {
        crate::state::Fault::Problem(found) => {
            let close = parts::secondary("runs-refused-close", ui.app.common().close, close);
            el("div").attr("role", "alert").child(parts::problem(ui.app, found, vec![close])).into()
        }
        // The whole page says so.
        crate::state::Fault::SignedOut(_) => nothing(),
    }
}
