//! What every view of the panel needs.

use crate::format::{Ago, Formats, ago, iso, millis};
use crate::panel::state::{Msg, Panel};
use crate::view::dom::el;
use chrono::{DateTime, Utc};
use leptos::prelude::*;
use shared::language::Language;

/// What every view needs: the model, how to write things, the time, and where to report what the person does.
#[derive(Debug, Clone, Copy)]
pub struct PanelUi {
    /// What the panel knows.
    pub model: RwSignal<Panel>,
    /// The user's notation.
    pub formats: RwSignal<Formats>,
    /// The language of the texts.
    pub language: RwSignal<Language>,
    /// Now, in milliseconds since 1970.
    pub now: RwSignal<f64>,
    /// Takes events.
    pub act: Callback<Msg>,
}

impl PanelUi {
    /// A slice of the model that tells only when it has changed.
    pub(super) fn slice<T: PartialEq + Send + Sync + 'static>(
        self,
        part: impl Fn(&Panel) -> T + Send + Sync + 'static,
    ) -> Memo<T> {
        Memo::new(move |_| self.model.with(&part))
    }

    /// Whether something holds of the model.
    pub(super) fn whether(self, part: fn(&Panel) -> bool) -> Memo<bool> {
        Memo::new(move |_| self.model.with(part))
    }

    /// A text of the model.
    pub(super) fn words(self, part: fn(&Panel) -> String) -> Memo<String> {
        Memo::new(move |_| self.model.with(part))
    }

    pub(super) fn send(self, msg: Msg) {
        self.act.run(msg);
    }
}

/// A time as people say it, with the exact instant on hover.
pub(super) fn time(ui: PanelUi, at: DateTime<Utc>) -> AnyView {
    let then = millis(at);
    el("time")
        .attr("datetime", iso(at))
        .live_attr("title", move || ui.formats.with(|formats| formats.instant(then)))
        .live_text(move || match ago(ui.now.get(), then) {
            Ago::Words(words) => words,
            Ago::Date => ui.formats.with(|formats| formats.day_of(then)),
        })
        .into()
}
