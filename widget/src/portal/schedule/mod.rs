//! Schedule: when runs start by themselves, what they take, and who is told.

mod form;
pub mod state;
pub(crate) mod zones;

use super::app::App;
use super::client::{get, post, put};
use super::draft::{self, Kept, is_outdated};
use super::parts;
use super::route::Screen;
use super::runs::keep_focus;
use super::words::schedule::Schedule as Words;
use crate::portal::reactive::*;
use crate::state::Fault;
use crate::view::dom::{el, nothing};
use shared::api::portal::{SettingsView, StatusView};
use shared::api::runs::{ConfirmationRequest, ScheduleView};
use state::Model;

thread_local! {
    static KEPT: Kept<Model> = const { Kept::new() };
}

/// What all parts of the screen share.
#[derive(Clone, Copy)]
struct Ui {
    app: App,
    model: RwSignal<Model>,
}

impl Ui {
    fn words(self) -> &'static Words {
        self.app.words()
    }

    /// A part of the state that tells of itself only when it is another one.
    fn slice<T: PartialEq + Send + Sync + 'static>(
        self,
        part: impl Fn(&Model) -> T + Send + Sync + 'static,
    ) -> Memo<T> {
        self.model.slice(part)
    }

    /// Changes the state.
    fn change<T>(self, change: impl FnOnce(&mut Model) -> T) -> Option<T> {
        self.model.try_update(change)
    }

    fn read(self) {
        self.change(Model::read_again);
        self.app.call(get("/api/settings"), move |answer: Result<SettingsView, _>| {
            self.change(|model| model.settings_read(answer.map(|view| view.settings)));
        });
        self.app.call(get("/api/schedule"), move |answer: Result<ScheduleView, _>| {
            let lacks_zone = self.change(|model| {
                model.schedule_read(answer);
                model.lacks_home_zone()
            });
            if lacks_zone == Some(true) {
                self.read_zone();
            }
        });
    }

    /// The organisation's own zone, where the schedule has another one. Without it only a hint is missing.
    fn read_zone(self) {
        self.app.call(get("/api/status"), move |answer: Result<StatusView, Fault>| {
            if let Ok(status) = answer {
                self.change(|model| model.home_zone = Some(status.time_zone));
            }
        });
    }

    fn save(self) {
        let Some((schedule, version)) = self.change(Model::save).flatten() else { return };
        let path = format!("/api/schedule?version={version}");
        self.app.call(put(path, &schedule), move |answer: Result<ScheduleView, _>| {
            if answer.as_ref().is_err_and(is_outdated) {
                // What somebody else has saved comes below this draft, for the next try.
                self.read();
            }
            if self.change(|model| model.answered(answer)) == Some(true) {
                self.app.announce(self.words().saved);
                // The answer may come when another screen is open.
                if self.app.route.with_untracked(|route| route.screen == Screen::Schedule) {
                    keep_focus();
                }
            }
        });
    }

    fn ask(self, at: usize) {
        let Some(address) = self.change(|model| model.ask(at)).flatten() else { return };
        let call = post("/api/schedule/confirmations", &ConfirmationRequest { address });
        self.app.call(call, move |answer: Result<ScheduleView, _>| {
            if self.change(|model| model.asked(answer)) == Some(true) {
                self.app.announce(self.words().asked);
            }
        });
    }

    fn discard(self) {
        self.change(Model::discard);
        keep_focus();
    }
}

/// The screen.
pub fn screen(app: App) -> AnyView {
    let ui = Ui { app, model: draft::open(app, &KEPT, |app| app.words::<Words>().kept) };
    ui.read();
    let words = ui.words();
    let ready = ui.slice(Model::is_ready);
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
