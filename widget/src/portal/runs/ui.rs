//! What the parts of the screen share, and what each of them asks the edge for.

use super::state::{Next, RunAction, RunsState};
use super::telling;
use crate::client::{Call, encode, get, post, post_empty};
use crate::fault::Fault;
use crate::portal::app::App;
use crate::portal::parts;
use crate::portal::reactive::*;
use crate::portal::route::{Route, Screen};
use crate::portal::words::runs::Runs;
use crate::view::dom::{El, el, nothing};
use shared::api::portal::SettingsView;
use shared::api::runs::{RunView, RunsPage};
use wasm_bindgen::JsCast;

/// What all parts of the screen share.
#[derive(Clone, Copy)]
pub(super) struct RunsUi {
    pub(super) app: App,
    pub(super) model: RwSignal<RunsState>,
}

impl RunsUi {
    pub(super) fn words(self) -> &'static Runs {
        self.app.words::<Runs>()
    }

    /// A part of the state that tells of itself only when it is another one.
    pub(super) fn slice<T: PartialEq + Send + Sync + 'static>(
        self,
        part: impl Fn(&RunsState) -> T + Send + Sync + 'static,
    ) -> Memo<T> {
        self.model.slice(part)
    }

    /// The state now; none once the screen is left.
    pub(super) fn state<T>(self, part: impl FnOnce(&RunsState) -> T) -> Option<T> {
        self.model.try_with_untracked(part)
    }

    /// Changes the state; none once the screen is left.
    pub(super) fn change<T>(self, change: impl FnOnce(&mut RunsState) -> T) -> Option<T> {
        self.model.try_update(change)
    }

    /// A number in the user's own notation.
    pub(super) fn number(self, number: u32) -> String {
        self.app.formats.with_untracked(|formats| formats.number(&number.to_string()))
    }

    /// A run was read: whoever does not see the screen hears where it stands now.
    pub(super) fn hear(self, run: RunView) {
        let headline = telling::headline(&run, self.words(), &|number| self.number(number));
        if self.change(|model| model.took(run)) == Some(true) {
            self.app.announce(headline.text);
            keep_focus();
        }
    }

    pub(super) fn read_settings(self) {
        self.app.call(get("/api/settings"), move |answer: Result<SettingsView, _>| {
            self.change(|model| model.settings_read(answer.map(|view| view.settings)));
        });
    }

    pub(super) fn read_list(self) {
        self.app.call(get("/api/runs"), move |answer: Result<RunsPage, _>| {
            self.change(|model| model.list_read(false, answer));
        });
    }

    pub(super) fn read_older(self) {
        let before = self.change(|model| {
            let before = model.oldest().filter(|_| !model.reading_older).map(str::to_owned);
            model.reading_older = before.is_some();
            before
        });
        let Some(before) = before.flatten() else { return };
        self.app.call(get(format!("/api/runs?before={}", encode(&before))), move |answer: Result<RunsPage, _>| {
            self.change(|model| model.list_read(true, answer));
        });
    }

    /// Asks the edge for what a button says.
    pub(super) fn ask(self, ask: RunAction) {
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
    pub(super) fn start_another(self) {
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
fn call(model: &RunsState, ask: RunAction) -> Option<Call> {
    let of_run = |rest| model.subject().map(|id| post_empty(run_path(id, rest)));
    match ask {
        RunAction::Check | RunAction::Start => {
            Some(post("/api/runs", &model.form.as_ref()?.request(ask == RunAction::Check)?))
        }
        RunAction::Begin => of_run("/start"),
        RunAction::Cancel => of_run("/cancel"),
        RunAction::Retry => of_run("/retry"),
    }
}

/// A run's address at the edge. The id comes from the page's address: it must not be able to name another route.
pub(super) fn run_path(id: &str, rest: &str) -> String {
    ["/api/runs/", &encode(id), rest].concat()
}

/// Where a button has gone that had the focus, the run's headline gets it, else the screen's.
pub(in crate::portal) fn keep_focus() {
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

/// Why the edge did not do what a button says.
pub(super) fn refusal(ui: RunsUi) -> El {
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

fn refused_part(ui: RunsUi, fault: &Fault, close: impl Fn() + Send + Sync + 'static) -> AnyView {
    match fault {
        Fault::Problem(found) => {
            let close = parts::secondary("runs-refused-close", ui.app.common().close, close);
            el("div").attr("role", "alert").child(parts::problem(ui.app, found, vec![close])).into()
        }
        // The whole page says so.
        Fault::SignedOut(_) => nothing(),
    }
}
