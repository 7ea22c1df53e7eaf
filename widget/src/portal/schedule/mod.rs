//! Schedule: when runs start by themselves, what they take, and who is told.

mod form;
pub mod state;
pub mod telling;
mod ui;

use super::app::App;
use super::draft::{self, Kept};
use super::parts;
use super::words::schedule::Schedule as Words;
use crate::portal::reactive::*;
use crate::view::dom::{el, nothing};
use state::ScheduleDraft;
use ui::ScheduleUi;

thread_local! {
    static KEPT: Kept<ScheduleDraft> = const { Kept::new() };
}

/// Builds the screen around its author's draft, which outlives it.
pub fn screen(app: App) -> AnyView {
    let ui = ScheduleUi { app, model: draft::open(app, &KEPT, |app| app.words::<Words>().kept) };
    ui.read();
    let words = ui.words();
    let ready = ui.slice(ScheduleDraft::is_ready);
    let fault = ui.slice(|model| model.fault.clone());
    let unread = ui.slice(|model| model.fault.is_some());
    // Above what is kept, where there is something.
    let trouble = el("div").attr("role", "alert").live(move || match fault.get() {
        Some(fault) => parts::fault(app, &fault, move || ui.read()).into(),
        None => nothing(),
    });
    let body = parts::part("schedule-body", move || match ready.get() {
        true => form::form(ui).into(),
        false if unread.get() => nothing(),
        false => parts::skeleton(12).into(),
    });
    parts::screen("schedule", words.title, words.lead, Vec::new(), vec![trouble, body]).into()
}
