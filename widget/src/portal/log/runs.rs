//! The runs as a table, newest first; each leads to its entries.

use super::desk::Desk;
use super::state::address::{Filters, Tab};
use crate::portal::parts;
use crate::portal::route::{Route, Screen};
use crate::portal::runs::telling::tone;
use crate::portal::words::log::Log;
use crate::view::dom::{El, button, el, live, nothing};
use shared::api::portal::SyncKind;
use shared::api::runs::RunView;

/// The table, or what stands in its place.
pub(super) fn section(desk: Desk) -> El {
    let app = desk.app;
    let words = app.words::<Log>();
    let list = desk.runs.slice(|runs| (runs.is_read(), runs.list().to_vec()));
    let table = live(move || match list.get() {
        (false, runs) if runs.is_empty() => {
            let failed = desk.runs.with(|runs| runs.fault().is_some());
            if failed { nothing() } else { parts::skeleton(8).into() }
        }
        (_, runs) if runs.is_empty() => parts::empty(words.runs_empty, words.runs_empty_lead, Vec::new()).into(),
        (_, runs) => table(desk, &runs).into(),
    });
    let fault = desk.runs.slice(|runs| runs.fault().cloned());
    let fault = live(move || match fault.get() {
        Some(fault) => parts::fault(app, &fault, move || desk.read_runs(false)).into(),
        None => nothing(),
    });
    let more = desk.runs.slice(|runs| (runs.has_more(), runs.is_reading()));
    let older = live(move || {
        let (more, reading) = more.get();
        if !more && !reading {
            return nothing();
        }
        let label = if reading { app.common().loading } else { words.older_runs };
        button("button", "log-older-runs")
            .attr("aria-disabled", reading.to_string())
            .text(label)
            .on_click(move || desk.read_runs(false))
            .into()
    });
    el("div")
        .class("log-runs")
        .id("log-runs")
        .child(table)
        .child(fault)
        .child(el("div").class("log-older").child(older))
}

fn table(desk: Desk, runs: &[RunView]) -> El {
    let words = desk.app.words::<Log>();
    let columns = [words.started, words.sync, words.by, words.state, words.records, words.took];
    let column = |title: &'static str| el("th").attr("scope", "col").text(title);
    let head = el("tr").children(columns.map(column)).child(el("td"));
    let table = el("table")
        .class("table")
        .attr("aria-label", words.runs_table)
        .child(el("thead").child(head))
        .child(el("tbody").children(runs.iter().map(|run| row(desk, run))));
    el("div")
        .class("table-scroll")
        .attr("tabindex", "0")
        .attr("role", "region")
        .attr("aria-label", words.runs_table)
        .child(table)
}

fn row(desk: Desk, run: &RunView) -> El {
    let app = desk.app;
    let words = app.words::<Log>();
    let state = el("span").class("log-short").child(parts::sign(tone(run))).text((words.run_state)(run.state));
    let state = el("td").child(state);
    let state = match &run.problem {
        Some(problem) => state.child(el("span").class("log-why").text(problem.what.clone())),
        None => state,
    };
    let lasted = run.ended_at.map(|ended| (words.lasted)((ended - run.started_at).num_seconds())).unwrap_or_default();
    let by = run.by.clone().unwrap_or_else(|| words.schedule.to_owned());
    let of = run.id.clone();
    let entries = button("link", "log-run-entries").text(words.show_entries).on_click(move || {
        desk.ask(|address| {
            address.tab = Tab::Entries;
            address.filters = Filters { run: Some(of.clone()), ..Filters::default() };
        });
    });
    let open = app.is_administrator().then(|| {
        let hash = Route::to(Screen::Runs).at(run.id.clone()).hash();
        el("a").attr("href", hash).id("log-open-run").text(words.open_run)
    });
    el("tr")
        .id("log-run")
        .attr("data-run", run.id.clone())
        .child(el("th").class("log-short").attr("scope", "row").child(parts::ago(app, run.started_at)))
        .child(el("td").text((words.kind)(SyncKind::from(Some(run.kind)))))
        .child(el("td").text(by))
        .child(state)
        .child(el("td").text((words.counts)(&run.counts, &|count| desk.number(count))))
        .child(el("td").class("numeric").text(lasted))
        .child(el("td").class("log-actions").child(entries).maybe(open))
}
