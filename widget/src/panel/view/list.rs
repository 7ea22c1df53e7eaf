//! Several records: a bar, the counts, and a table with one row for each.

use super::problem;
use super::ui::PanelUi;
use crate::dictionary::say;
use crate::format::millis;
use crate::panel::page::Page;
use crate::panel::rows::{ListRow, Phase};
use crate::panel::state::State;
use crate::panel::words;
use crate::tone::Tone;
use crate::view::dom::{El, el, live, nothing};
use crate::view::sign::sign;
use leptos::prelude::*;
use shared::api::Outcome;
use shared::problem::Problem;

pub(super) fn section(ui: PanelUi) -> AnyView {
    let ids = ui.slice(|model| match model.state() {
        State::List => model.rows.iter().map(|row| row.id.clone()).collect(),
        _ => Vec::new(),
    });
    let module = ui.words(|model| match &model.page {
        Page::Records(module, _) => words::module_title(*module).to_owned(),
        _ => String::new(),
    });
    let total = ui.words(|model| model.counts().total.to_string());
    let ended = ui.words(|model| model.counts().ended.to_string());
    let counts = ui.words(|model| words::list_counts(model.counts()));
    live(move || {
        let ids = ids.get();
        if ids.is_empty() {
            return nothing();
        }
        let column = || el("th").attr("scope", "col").attr("role", "columnheader");
        let columns = el("tr")
            .attr("role", "row")
            .child(column().live_text(move || module.get()))
            .child(column().text(say("Outcome")))
            .child(column().text(say("Problem")));
        let table = el("table")
            .class("rows")
            .attr("role", "table")
            .attr("aria-label", say("Records"))
            .child(el("thead").attr("role", "rowgroup").child(columns))
            .child(
                el("tbody")
                    .attr("role", "rowgroup")
                    .children(ids.into_iter().enumerate().map(|(at, id)| row(ui, at, id))),
            );
        let bar = el("progress")
            .id("bar")
            .attr("aria-label", say("Records done"))
            .live_attr("max", move || total.get())
            .live_attr("value", move || ended.get());
        el("section")
            .class("block")
            .id("list")
            .child(run_problem(ui))
            .child(bar)
            .child(el("p").class("counts").id("counts").live_text(move || counts.get()))
            .child(shared_problems(ui))
            .child(table)
            .into()
    })
}

/// Why the run as a whole does not get on, and when it does by itself.
fn run_problem(ui: PanelUi) -> AnyView {
    let told = ui.slice(|model| model.run_problem().map(|(found, at)| (found.clone(), at)));
    live(move || {
        let Some((found, at)) = told.get() else { return nothing() };
        let resumes = at.map(|at| {
            let at = millis(at);
            el("p")
                .id("resumes")
                .text(say(words::RESUMES))
                .live_text(move || ui.formats.with(|formats| formats.instant(at)))
        });
        el("div").class("run-problem").child(problem::block(ui, &found, false)).maybe(resumes).into()
    })
}

/// Problems with a choice that settles them, once each: the same tax stops many invoices.
fn shared_problems(ui: PanelUi) -> AnyView {
    let found = ui.slice(|model| {
        let mut found: Vec<Problem> = Vec::new();
        for problem in model.rows.iter().filter(|row| row.phase.is_retryable()).flat_map(|row| row.phase.problems()) {
            let same = |other: &Problem| other.code == problem.code && other.remedy == problem.remedy;
            if problem.remedy.is_some() && !found.iter().any(same) {
                found.push(problem.clone());
            }
        }
        found
    });
    live(move || el("div").children(found.get().iter().map(|found| problem::block(ui, found, true))).into())
}

/// The row at this place. Other records are another table, so the place stays the record's.
fn row(ui: PanelUi, at: usize, id: String) -> El {
    let row = ui.slice(move |model| model.rows.get(at).cloned());
    let cell = || el("td").attr("role", "cell");
    el("tr")
        .attr("role", "row")
        .id("row")
        .attr("data-id", id)
        .child(el("th").attr("scope", "row").attr("role", "rowheader").id("row-name").live_text(move || {
            row.with(|row| row.as_ref().and_then(|row| row.name.clone())).unwrap_or_else(|| "…".to_owned())
        }))
        .child(cell().live(move || row.with(outcome)))
        .child(cell().live(move || row.with(problems)))
}

fn outcome(row: &Option<ListRow>) -> AnyView {
    let Some(row) = row else { return nothing() };
    let (tone, text) = match &row.phase {
        Phase::Waiting => (Tone::Quiet, "Waiting"),
        Phase::Working => (Tone::Busy, "Syncing…"),
        Phase::Refused(_) => (Tone::Bad, "Could not be sent"),
        Phase::Ended(ending) => {
            let tone = match ending.outcome {
                Outcome::Created | Outcome::Updated | Outcome::Unchanged if !ending.problems.is_empty() => Tone::Warn,
                Outcome::Created | Outcome::Updated | Outcome::Unchanged => Tone::Good,
                Outcome::Skipped => Tone::Quiet,
                Outcome::Deferred | Outcome::Undecided => Tone::Warn,
                Outcome::Failed => Tone::Bad,
            };
            (tone, words::outcome(ending.outcome, ending.wrote_xero))
        }
    };
    el("span").child(sign(tone, true)).child(el("span").id("row-outcome").text(say(text))).into()
}

fn problems(row: &Option<ListRow>) -> AnyView {
    let Some(row) = row else { return nothing() };
    let blocks = row.phase.problems().iter().map(|found| {
        el("details")
            .class("row-problem")
            .attr("data-code", found.code.as_str())
            .child(el("summary").id("row-problem").text(found.what.clone()))
            .children(problem::cause_and_fix(found))
    });
    el("div").children(blocks).into()
}
