//! The runs of the last days, newest first.

use super::telling;
use super::ui::RunsUi;
use crate::portal::parts;
use crate::portal::reactive::*;
use crate::portal::route::{Route, Screen};
use crate::view::dom::{El, button, el, nothing};
use shared::api::runs::RunView;
use shared::module::Module;

pub(super) fn card(ui: RunsUi) -> El {
    let words = ui.words();
    let ids =
        ui.slice(|model| model.runs.as_ref().map(|runs| runs.iter().map(|run| run.id.clone()).collect::<Vec<_>>()));
    let fault = ui.slice(|model| model.list_fault.clone());
    let content = parts::part("runs-list", move || match ids.get() {
        None if fault.with(Option::is_some) => nothing(),
        None => parts::skeleton(6).into(),
        Some(ids) if ids.is_empty() => parts::empty(words.none_yet, words.none_yet_do, Vec::new()).into(),
        Some(ids) => table(ui, &ids).into(),
    });
    let failed = parts::part("runs-fault", move || match fault.get() {
        Some(fault) => parts::fault(ui.app, &fault, move || {
            ui.change(|model| model.list_fault = None);
            ui.read_list();
        })
        .into(),
        None => nothing(),
    });
    parts::card("runs-list", words.earlier, vec![failed, content, older(ui)])
}

fn table(ui: RunsUi, ids: &[String]) -> El {
    let words = ui.words();
    let columns = [words.when, words.what, words.pairs, words.result, words.state_column];
    let head = columns.into_iter().map(|name| el("th").attr("scope", "col").attr("role", "columnheader").text(name));
    // The roles stand there because a narrow table is laid out as blocks, which takes the browser's own from it.
    el("table")
        .class("runs-table")
        .attr("role", "table")
        .attr("aria-label", words.earlier)
        .child(el("thead").attr("role", "rowgroup").child(el("tr").attr("role", "row").children(head)))
        .child(el("tbody").attr("role", "rowgroup").children(ids.iter().map(|id| row(ui, id))))
}

/// What a row shows of its run.
fn shown(ui: RunsUi, run: &RunView) -> [String; 4] {
    let words = ui.words();
    let number = |number| ui.number(number);
    let by = run.by.as_deref().map(|name| format!(" {}", (words.by)(name))).unwrap_or_default();
    let what = format!("{} · {}{by}", telling::scope(&run.scope, words, &number), (words.names.kind)(run.kind));
    let names: Vec<_> = run.pairs.iter().map(|pair| parts::module_name(ui.app, pair.module)).collect();
    let pairs = if names.len() == Module::ALL.len() { words.all_pairs.to_owned() } else { names.join(", ") };
    let counts = telling::result_in_words(run.counts, words.names, &number);
    [what, pairs, counts, (words.names.state)(run.state).to_owned()]
}

fn row(ui: RunsUi, id: &str) -> El {
    let words = ui.words();
    let found = |id: &str| {
        let id = id.to_owned();
        move |runs: &Option<Vec<RunView>>| runs.iter().flatten().find(|run| run.id == id).cloned()
    };
    let find = found(id);
    let run = ui.slice(move |model| find(&model.runs));
    let texts = Memo::new(move |_| run.with(|run| run.as_ref().map(|run| shown(ui, run)).unwrap_or_default()));
    let tone = Memo::new(move |_| run.with(|run| run.as_ref().map(telling::tone)));
    let started = run.with_untracked(|run| run.as_ref().map(|run| run.started_at));
    let cell = |label: &'static str, at: usize| {
        el("td")
            .attr("role", "cell")
            .attr("data-label", label)
            .child(el("span").live_text(move || texts.with(|texts| texts.get(at).cloned().unwrap_or_default())))
    };
    let opens = el("a").id("runs-open").attr("href", Route::to(Screen::Runs).at(id).hash());
    let opens = opens.maybe(started.map(|at| parts::ago(ui.app, at)));
    let sign = el("span").live(move || tone.get().map_or_else(nothing, |tone| parts::sign(tone).into()));
    el("tr")
        .attr("role", "row")
        .id("runs-row")
        .attr("data-run", id.to_owned())
        .child(el("th").attr("scope", "row").attr("role", "rowheader").child(opens))
        .child(cell(words.what, 0))
        .child(cell(words.pairs, 1))
        .child(cell(words.result, 2))
        .child(
            el("td")
                .class("runs-state")
                .attr("role", "cell")
                .attr("data-label", words.state_column)
                .child(sign)
                .child(el("span").id("runs-state").live_text(move || texts.with(|[_, _, _, state]| state.clone()))),
        )
}

fn older(ui: RunsUi) -> El {
    let more = ui.slice(|model| model.more);
    let reading = ui.slice(|model| model.reading_older);
    parts::part("runs-older", move || {
        if !more.get() {
            return nothing();
        }
        button("button", "runs-older")
            .live_attr("aria-disabled", move || reading.get().to_string())
            .live_text(move || if reading.get() { ui.app.common().loading } else { ui.words().older }.to_owned())
            .on_click(move || ui.read_older())
            .into()
    })
}
