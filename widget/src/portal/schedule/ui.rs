//! What the parts of the screen share, and what each of them asks the edge for.

use super::state::ScheduleDraft;
use crate::client::{get, post, put};
use crate::fault::Fault;
use crate::portal::app::App;
use crate::portal::reactive::*;
use crate::portal::route::Screen;
use crate::portal::runs::ui::keep_focus;
use crate::portal::unsaved::is_outdated;
use crate::portal::words::schedule::Schedule as Words;
use shared::api::portal::{SettingsView, StatusView};
use shared::api::runs::{ConfirmationRequest, ScheduleView};

/// What all parts of the screen share.
#[derive(Clone, Copy)]
pub(super) struct ScheduleUi {
    pub(super) app: App,
    pub(super) model: RwSignal<ScheduleDraft>,
}

impl ScheduleUi {
    pub(super) fn words(self) -> &'static Words {
        self.app.words()
    }

    /// A part of the state that tells of itself only when it is another one.
    pub(super) fn slice<T: PartialEq + Send + Sync + 'static>(
        self,
        part: impl Fn(&ScheduleDraft) -> T + Send + Sync + 'static,
    ) -> Memo<T> {
        self.model.slice(part)
    }

    /// Changes the state.
    pub(super) fn change<T>(self, change: impl FnOnce(&mut ScheduleDraft) -> T) -> Option<T> {
        self.model.try_update(change)
    }

    pub(super) fn read(self) {
        self.change(ScheduleDraft::read_again);
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
    pub(super) fn read_zone(self) {
        self.app.call(get("/api/status"), move |answer: Result<StatusView, Fault>| {
            if let Ok(status) = answer {
                self.change(|model| model.home_zone = Some(status.time_zone));
            }
        });
    }

    pub(super) fn save(self) {
        let Some((schedule, version)) = self.change(ScheduleDraft::save).flatten() else { return };
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

    pub(super) fn ask(self, at: usize) {
        let Some(address) = self.change(|model| model.ask(at)).flatten() else { return };
        let call = post("/api/schedule/confirmations", &ConfirmationRequest { address });
        self.app.call(call, move |answer: Result<ScheduleView, _>| {
            if self.change(|model| model.asked(answer)) == Some(true) {
                self.app.announce(self.words().asked);
            }
        });
    }

    pub(super) fn discard(self) {
        self.change(ScheduleDraft::discard);
        keep_focus();
    }
}
