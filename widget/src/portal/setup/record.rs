//! One record, to try it out: search, what would happen, the click, and what became of it.

use super::state::{Msg, Step, Work};
use super::ui::{SetupUi, action, focus_soon, problem};
use crate::portal::parts::{self, About};
use crate::portal::parts::{table, to, words};
use crate::portal::route::{Route, Screen};
use crate::view::dom::{El, button, el, link, live, nothing};
use shared::api::portal::RecordFound;
use shared::api::{Action, EntryView, FieldChange, RecordView, Shown};
use shared::module::Module;

/// As many changes as show that the right record was chosen; the log has all of them afterwards.
const CHANGES_SHOWN: usize = 12;

pub(super) fn content(ui: SetupUi) -> El {
    let words = ui.words();
    let chosen = ui.slice(|model| model.trial.chosen.clone());
    let body = live(move || match chosen.get() {
        Some(record) => panel(ui, record).into(),
        None => search(ui).into(),
    });
    el("div").child(el("p").text(words.record_what)).child(body)
}

fn search(ui: SetupUi) -> El {
    let words = ui.words();
    let app = ui.app;
    let modules = ui.slice(|model| model.modules());
    let kind = parts::part("setup-kind", move || {
        let options = modules.get().into_iter();
        let options = options.map(|module| (module.api_name().to_owned(), parts::module_name(app, module).to_owned()));
        let select = parts::select(
            "record-module",
            options.collect(),
            move || ui.model.with(|model| model.trial.module.api_name().to_owned()),
            move |name| {
                if let Some(module) = Module::from_api_name(&name) {
                    ui.send(Msg::ModuleChosen(module));
                }
            },
        );
        parts::field(ui.words().kind, select, About::default()).into()
    });
    let input = parts::input(
        "record-search",
        "search",
        move || ui.model.with(|model| model.trial.text.clone()),
        move |text| ui.send(Msg::Typed(text)),
    );
    let about = About { hint: Some(words.search_hint.to_owned()), ..About::default() };
    let input = parts::field(words.search, input, about);
    let found = ui.slice(|model| model.trial.found.clone());
    let searching = ui.slice(|model| model.trial.searching);
    let count = el("p").class("setup-found-count").id("records-found").attr("role", "status").live_text(move || {
        let words = ui.words();
        match (searching.get(), found.with(|found| found.as_ref().map(Vec::len))) {
            (true, _) => words.searching.to_owned(),
            (false, Some(count)) if count > 0 => (words.found)(count),
            _ => String::new(),
        }
    });
    let list = parts::part("setup-found", move || {
        let words = ui.words();
        match found.get() {
            None if searching.get() => parts::skeleton(4).into(),
            None => nothing(),
            Some(found) if found.is_empty() => parts::empty(words.none_found, words.none_found_fix, Vec::new()).into(),
            Some(found) => el("ul").children(found.into_iter().map(|record| row(ui, record))).into(),
        }
    });
    el("div").child(el("div").class("setup-search").child(kind).child(input)).child(count).child(list)
}

fn row(ui: SetupUi, record: RecordFound) -> El {
    let words = ui.words();
    let when = el("span").class("muted").text(words.changed).text(" ").child(parts::ago(ui.app, record.modified_at));
    let pick = button("setup-record", "record-found")
        .child(el("span").class("setup-record-name").text(record.name.clone()))
        .child(when)
        .on_click(move || {
            ui.send(Msg::Picked(record.clone()));
            focus_soon("[data-testid=record-headline]");
        });
    el("li").child(pick)
}

/// The chosen record.
fn panel(ui: SetupUi, record: RecordFound) -> El {
    let view = ui.slice(|model| model.trial.view.clone());
    let done = ui.slice(|model| model.trial.done.clone());
    let failed = ui.slice(|model| model.fault_at(Step::Record).is_some());
    let name = record.name;
    let headline = el("h3").class("setup-headline").attr("tabindex", "-1").id("record-headline").live({
        let name = name.clone();
        move || {
            let words = ui.words();
            match (done.get(), view.get()) {
                (Some(entry), _) => {
                    let sign = parts::sign(parts::outcome_tone(entry.outcome));
                    el("span").child(sign).text((words.ended)(entry.outcome, &entry.name)).into()
                }
                (None, Some(view)) => el("span").text((words.would)(view.preview.action, &view.name)).into(),
                (None, None) if failed.get() => el("span").text(name.clone()).into(),
                (None, None) => el("span").text((words.looking)(&name)).into(),
            }
        }
    });
    let body = live(move || match (done.get(), view.get()) {
        (Some(entry), view) => ended(ui, &entry, view.as_deref()).into(),
        (None, Some(view)) => preview(ui, &view).into(),
        (None, None) if failed.get() => nothing(),
        (None, None) => parts::skeleton(5).into(),
    });
    el("div").class("setup-trial").id("trial").child(headline).child(body).child(buttons(ui))
}

/// The buttons stay the same elements while what they do changes, so that the focus stays.
fn buttons(ui: SetupUi) -> El {
    let busy = ui.slice(|model| model.busy);
    let state = ui.slice(|model| {
        let trial = &model.trial;
        (trial.view.as_ref().map(|view| view.preview.action), trial.done.is_some())
    });
    let sync = action(
        "sync-record",
        // What writes over the CRM's values is never the primary button.
        move || !matches!(state.get(), (_, true) | (Some(Action::Unchanged | Action::UpdateCrm), _)),
        move || {
            let words = ui.words();
            let label = match state.get() {
                _ if busy.get() == Some(Work::Sync) => words.syncing,
                (Some(action), false) => (words.act)(action),
                _ => words.check_again,
            };
            label.to_owned()
        },
        move || busy.get().is_none() && state.get().0.is_some(),
        move || {
            let (act, done) = state.get_untracked();
            let can = !done && !matches!(act, Some(Action::Skip | Action::Blocked) | None);
            ui.send(if can { Msg::Pressed(Step::Record) } else { Msg::LookAgain });
        },
    );
    let another = button("button", "another-record").text(ui.words().another).on_click(move || {
        ui.send(Msg::Unpicked);
        focus_soon("[data-testid=record-search]");
    });
    el("div").class("actions").child(sync).child(another)
}

/// What a click would do.
fn preview(ui: SetupUi, view: &RecordView) -> El {
    let words = ui.words();
    let preview = &view.preview;
    let (stopping, warnings): (Vec<_>, Vec<_>) = preview.problems.iter().partition(|problem| problem.stops());
    let problems = stopping.into_iter().chain(warnings).map(|found| problem(ui.app, found));
    let totals = preview.totals.as_ref().filter(|totals| !crate::format::is_zero(&totals.difference)).map(|totals| {
        let money = |amount: &str| ui.app.formats.with(|formats| formats.money(amount, &totals.currency));
        el("p").id("record-totals").text((words.totals)(&money(&totals.crm), &money(&totals.xero)))
    });
    let first = (!preview.dependencies.is_empty()).then(|| {
        let rows = preview.dependencies.iter().map(|one| {
            let what = format!("{} {}", one.name, (words.dependency)(one.action));
            el("li")
                .id("record-dependency")
                .text(what)
                .children(one.problems.iter().map(|found| problem(ui.app, found)))
        });
        el("div").child(el("h4").text(words.first_go)).child(el("ul").class("setup-points").children(rows))
    });
    let changes = (!preview.changes.is_empty()).then(|| changes(ui, &preview.changes));
    el("div").id("record-preview").children(problems).maybe(totals).maybe(first).maybe(changes)
}

fn changes(ui: SetupUi, changes: &[FieldChange]) -> El {
    let texts = ui.words();
    let shown = |value: &Option<Shown>| {
        let text = value.as_ref().map(|value| ui.app.formats.with(|formats| formats.shown(value)));
        words(text.unwrap_or_else(|| "–".to_owned()))
    };
    let rows = changes.iter().take(CHANGES_SHOWN).map(|change| {
        let cells = vec![words(change.label.as_str()), shown(&change.crm), shown(&change.xero), shown(&change.result)];
        (el("tr").attr("data-key", change.key.to_string()), cells)
    });
    let columns = [texts.field, ui.app.common().crm, texts.xero_now, texts.becomes];
    let table = table("record-changes", texts.changes, &columns, rows.collect());
    let more = changes.len().checked_sub(CHANGES_SHOWN).filter(|more| *more > 0);
    let more = more.map(|more| el("p").class("muted").text((texts.more_changes)(more)));
    el("div").child(table).maybe(more)
}

/// What the click did.
fn ended(ui: SetupUi, entry: &EntryView, view: Option<&RecordView>) -> El {
    let words = ui.words();
    let common = ui.app.common();
    let xero = view.and_then(|view| view.xero.as_ref());
    let xero = xero.map(|xero| link(xero.url.clone(), common.open_in_xero.to_owned(), "open-in-xero"));
    let log = to(Route::to(Screen::Log).with("entry", entry.id.clone()), words.open_entry, "open-entry");
    el("div")
        .id("record-outcome")
        .attr("data-outcome", format!("{:?}", entry.outcome).to_lowercase())
        .children(entry.problems.iter().map(|found| problem(ui.app, found)))
        .child(el("p").class("setup-links").maybe(xero).child(log))
}
