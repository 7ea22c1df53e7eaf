//! The live preview: what a click would do with a real record under the draft. Nothing is sent.

use super::controls::MappingUi;
use super::finder::finder;
use crate::client::{encode, post};
use crate::portal::parts::{About, fault, field, module_name, problem, secondary, select, skeleton};
use crate::portal::reactive::*;
use crate::view::dom::{El, button, el, nothing};
use shared::api::{Action, FieldChange, RecordView, Shown, Written};
use shared::module::Module;
use shared::settings::Settings;
use std::sync::Arc;
use std::time::Duration;

/// Pause after a change before the edge is asked: it reads both sides.
const EDITING_PAUSE: Duration = Duration::from_millis(600);

/// Asks whenever the draft or the record has changed, and nothing is wrong with the draft.
pub(super) fn follow(ui: MappingUi) {
    let draft = ui.slice(|model| (model.draft.clone(), model.is_valid()));
    let record = ui.slice(|model| model.trial.record.clone());
    let open = ui.whether(|model| model.trial.open);
    Effect::new(move |_| {
        record.with(|_| ());
        let (draft, valid) = draft.get();
        if open.get() {
            untrack(|| ask(ui, draft, valid, EDITING_PAUSE));
        }
    });
}

fn ask(ui: MappingUi, draft: Settings, valid: bool, pause: Duration) {
    let Some(number) = ui.model.try_update(|model| model.trial.due(valid)).flatten() else { return };
    let later = move || {
        let Some((module, id)) = ui.model.with_untracked(|model| model.trial.question(number)) else { return };
        let id = encode(&id);
        let path = ["/api/records/", module.api_name(), "/", &id, "/preview"].concat();
        ui.app.call(post(path, &draft), move |result: Result<RecordView, _>| {
            ui.model.update(|model| model.trial.answered(number, result));
        });
    };
    set_timeout(later, pause);
}

/// The panel at the right, below the settings where that is narrow.
pub(super) fn panel(ui: MappingUi) -> El {
    let open = ui.whether(|model| model.trial.open);
    let content = move || if open.get() { content(ui).into() } else { nothing() };
    el("aside").class("mapping-trial").attr("aria-label", ui.words().trial).id("trial").live(content)
}

fn content(ui: MappingUi) -> El {
    let words = ui.words();
    let module = ui.slice(|model| model.trial.module);
    let modules = Module::ALL.map(|module| (module.api_name().to_owned(), module_name(ui.app, module).to_owned()));
    let pair = select(
        "trial-pair",
        modules.to_vec(),
        move || module.get().api_name().to_owned(),
        move |name| {
            if let Some(module) = Module::from_api_name(&name) {
                ui.model.update(|model| model.trial.choose_module(module));
            }
        },
    );
    let close = button("button quiet icon", "trial-close")
        .attr("aria-label", words.trial_close)
        .child(el("span").attr("aria-hidden", "true").text("✕"))
        .on_click(move || ui.model.update(|model| model.trial.open = false));
    let record = ui.slice(|model| model.trial.record.clone());
    let chosen = move || match record.get() {
        None => finder(ui, module.get(), move |found| ui.model.update(|model| model.trial.choose(found))).into(),
        Some(record) => el("div")
            .class("mapping-trial-record")
            .child(el("strong").id("trial-record").text(record.name))
            .child(secondary("trial-other", words.trial_other, move || ui.model.update(|model| model.trial.forget())))
            .into(),
    };
    el("div")
        .class("mapping-trial-inside")
        .child(el("div").class("mapping-trial-head").child(el("h2").text(words.trial)).child(close))
        .child(el("p").class("muted").text(words.trial_lead))
        .child(field(words.trial_pair, pair, About::default()))
        .live(chosen)
        .child(status(ui))
        .child(answer(ui))
}

fn status(ui: MappingUi) -> El {
    let loading = ui.whether(|model| model.trial.loading);
    let invalid = ui.whether(|model| model.trial.record.is_some() && !model.is_valid());
    let text = move || match (invalid.get(), loading.get()) {
        (true, _) => ui.words().trial_invalid.to_owned(),
        (_, true) => ui.words().trial_asking.to_owned(),
        _ => String::new(),
    };
    el("p").class("muted mapping-status").attr("role", "status").id("trial-status").live_text(text)
}

fn answer(ui: MappingUi) -> El {
    let view = ui.slice(|model| model.trial.view.clone());
    let failed = ui.slice(|model| model.trial.fault.clone());
    let waits = ui.whether(|model| model.trial.loading && model.trial.view.is_none());
    let loading = ui.whether(|model| model.trial.loading);
    let content = move || {
        if let Some(failed) = failed.get() {
            let again = move || {
                let (draft, valid) = ui.model.with_untracked(|model| (model.draft.clone(), model.is_valid()));
                ask(ui, draft, valid, Duration::ZERO);
            };
            return fault(ui.app, &failed, again).into();
        }
        match view.get() {
            Some(view) => shown(ui, &view).into(),
            None if waits.get() => skeleton(4).into(),
            None => nothing(),
        }
    };
    el("div")
        .class("mapping-trial-answer")
        .id("trial-answer")
        .live_attr("aria-busy", move || loading.get().to_string())
        .live(content)
}

fn shown(ui: MappingUi, view: &Arc<RecordView>) -> El {
    let words = ui.words();
    let preview = &view.preview;
    let problems = preview.problems.iter().map(|found| problem(ui.app, found, Vec::new()));
    let verdict = el("p").class("mapping-trial-verdict").id("trial-action").text((words.trial_action)(preview.action));
    let table = if preview.changes.is_empty() {
        let quiet = matches!(preview.action, Action::Blocked | Action::Skip | Action::Unchanged);
        (!quiet).then(|| el("p").class("muted").text(words.trial_nothing))
    } else {
        Some(table(ui, &preview.changes))
    };
    el("div").child(verdict).children(problems).maybe(table)
}

fn table(ui: MappingUi, changes: &[FieldChange]) -> El {
    let words = ui.words();
    let crm = ui.common().crm;
    let head = [words.trial_column_field, crm, words.trial_column_now, words.trial_column_result];
    let head = head.map(|text| el("th").attr("scope", "col").text(text));
    let rows = changes.iter().map(|change| {
        let side = match change.written {
            Written::Xero => words.trial_to_xero,
            Written::Crm => words.trial_to_crm,
        };
        el("tr")
            .attr("data-field", change.key.clone())
            .child(el("th").attr("scope", "row").text(change.label.clone()))
            .child(cell(ui, change.crm.as_ref(), crm))
            .child(cell(ui, change.xero.as_ref(), words.trial_column_now))
            .child(
                cell(ui, change.result.as_ref(), words.trial_column_result)
                    .child(el("span").class("mapping-side-note").text(side)),
            )
    });
    el("table")
        .class("mapping-trial-table")
        .child(el("thead").child(el("tr").children(head)))
        .child(el("tbody").children(rows))
}

fn cell(ui: MappingUi, shown: Option<&Shown>, label: &'static str) -> El {
    let numeric = matches!(shown, Some(Shown::Money(..) | Shown::Number(_)));
    let text = shown.map(|shown| ui.app.formats.with(|formats| formats.shown(shown))).unwrap_or_default();
    let cell = el("td").attr("data-label", label).class(if numeric { "numeric" } else { "" });
    if text.is_empty() {
        cell.child(el("span").class("muted").text(ui.words().trial_empty))
    } else {
        cell.child(el("span").text(text))
    }
}
