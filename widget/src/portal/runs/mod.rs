//! Run: start one for many records, watch it, and look at earlier ones.

pub mod feed;
pub(super) mod form;
mod list;
mod run;
pub mod span;
pub mod state;
pub mod telling;
pub(super) mod ui;
mod watch;

use super::app::App;
use super::parts;
use super::route::{Route, Screen};
use crate::portal::reactive::*;
use crate::view::dom::{El, el, nothing};
use state::{Body, RunsState};
use ui::{RunsUi, keep_focus};

/// Builds the screen: the form or one run, and the earlier runs below it.
pub fn screen(app: App) -> AnyView {
    let ui = RunsUi { app, model: RwSignal::new(RunsState::default()) };
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
    let body = ui.slice(RunsState::body);
    let content = vec![
        parts::part("runs-way", move || if named.get() { all_runs(ui).into() } else { nothing() }),
        parts::part("runs-body", move || above(ui, body.get())),
        parts::part("runs-earlier", move || if named.get() { nothing() } else { list::card(ui).into() }),
    ];
    parts::screen("runs", words.title, words.lead, Vec::new(), content).into()
}

fn all_runs(ui: RunsUi) -> El {
    el("a")
        .class("runs-back")
        .id("runs-all")
        .attr("href", Route::to(Screen::Runs).hash())
        .child(el("span").attr("aria-hidden", "true").text("← "))
        .text(ui.words().all_runs)
}

/// What is in sight above the list.
fn above(ui: RunsUi, body: Body) -> AnyView {
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
