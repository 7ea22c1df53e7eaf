//! The record's log: what was done, when and by whom, with everything behind it on request.

use super::ui::{PanelUi, time};
use super::{changes, problem};
use crate::dictionary::{fill, say, spoken};
use crate::format::millis;
use crate::format::took;
use crate::panel::page::Page;
use crate::panel::rows::wrote_xero;
use crate::panel::state::{Msg, Panel, State};
use crate::panel::words;
use crate::tone::Tone;
use crate::view::dom::{El, button, el, live, nothing};
use crate::view::sign::sign;
use leptos::prelude::*;
use shared::api::{CallView, EntryView, FieldChange, Outcome, Shown, Written};
use shared::problem::Problem;

/// So many changes fit the one line of an entry.
const CHANGES_IN_LINE: usize = 2;

pub(super) fn section(ui: PanelUi) -> AnyView {
    let entries = ui.slice(|model| {
        let shown = matches!(model.page, Page::Records(..))
            && model.connection_state().is_none()
            && !matches!(model.state(), State::SignedOut | State::List);
        if shown { model.entries().cloned().collect() } else { Vec::new() }
    });
    let has_older = ui.whether(Panel::has_older);
    let loading = ui.whether(|model| model.older.loading);
    let older = move || {
        if !has_older.get() {
            return nothing();
        }
        button("link", "older")
            .live_attr("aria-disabled", move || loading.get().to_string())
            .live_text(move || spoken(if loading.get() { "Reading…" } else { "Show older entries" }))
            .on_click(move || ui.send(Msg::OlderWanted))
            .into()
    };
    live(move || {
        let entries = entries.get();
        if entries.is_empty() {
            return nothing();
        }
        el("section")
            .class("block")
            .id("history")
            .child(el("h2").text(say("History")))
            .child(el("ul").class("history").children(entries.into_iter().map(|entry| item(ui, entry))))
            .live(older)
            .into()
    })
}

fn item(ui: PanelUi, entry: EntryView) -> El {
    let tone = match entry.outcome {
        Outcome::Created | Outcome::Updated | Outcome::Unchanged => Tone::Good,
        Outcome::Skipped => Tone::Quiet,
        Outcome::Deferred | Outcome::Undecided => Tone::Warn,
        Outcome::Failed => Tone::Bad,
    };
    let mut rest = match &entry.by {
        Some(by) => fill(" by {}", by),
        None => spoken(" on schedule"),
    };
    rest.push_str(&gist(ui, &entry));
    let open = RwSignal::new(false);
    let line =
        el("span").class("gist").child(el("strong").text(words::outcome(entry.outcome, wrote_xero(&entry)))).text(rest);
    let summary = el("summary")
        .id("entry")
        .attr("data-entry", entry.id.clone())
        .child(el("span").class("when").child(time(ui, entry.at)))
        .child(sign(tone, true))
        .child(line);
    // Most entries are never opened.
    let details = el("details")
        .on("toggle", move |_| open.set(true))
        .child(summary)
        .live(move || if open.get() { details(ui, &entry) } else { nothing() });
    el("li").child(details)
}

/// `: due date 16 Nov 2026 → 30 Nov 2026`, or what was wrong.
fn gist(ui: PanelUi, entry: &EntryView) -> String {
    let mut text = String::new();
    if matches!(entry.outcome, Outcome::Failed | Outcome::Skipped | Outcome::Deferred | Outcome::Undecided)
        && let Some(problem) = entry.problems.first()
    {
        text.push_str(": ");
        text.push_str(&problem::told(ui, problem).what);
    } else if entry.outcome == Outcome::Updated {
        for (index, change) in entry.changes.iter().take(CHANGES_IN_LINE).enumerate() {
            text.push_str(if index == 0 { ": " } else { ", " });
            text.push_str(&change.label);
            text.push(' ');
            text.push_str(&from_to(ui, change));
        }
        if entry.changes.len() > CHANGES_IN_LINE {
            let rest = entry.changes.len() - CHANGES_IN_LINE;
            text.push_str(&fill(" and {} more", &rest.to_string()));
        }
    }
    text
}

/// A problem of an entry as it is told now that the entry has ended.
fn as_it_ended(entry: &EntryView, problem: &Problem) -> Problem {
    let problem = problem.clone();
    let is_there = matches!(entry.outcome, Outcome::Created | Outcome::Updated | Outcome::Unchanged);
    if is_there { problem.arrived() } else { problem }
}

fn from_to(ui: PanelUi, change: &FieldChange) -> String {
    let before = match change.written {
        Written::Xero => change.xero.as_ref(),
        Written::Crm => change.crm.as_ref(),
    };
    if change.is_hidden() {
        return spoken(words::VALUE_NOT_SHOWN);
    }
    let text = |shown: Option<&Shown>| match shown {
        Some(shown) => ui.formats.with(|formats| formats.shown(shown)),
        None => "–".to_owned(),
    };
    [&text(before), " → ", &text(change.result.as_ref())].concat()
}

fn details(ui: PanelUi, entry: &EntryView) -> AnyView {
    let new = entry.outcome == Outcome::Created;
    let table =
        (!entry.changes.is_empty()).then(|| changes::table(ui, entry.changes.clone(), "What changed", true, new));
    let exact = ui.formats.with(|formats| formats.instant(millis(entry.at)));
    let column = |title: &'static str| el("th").attr("scope", "col").text(say(title));
    let calls = (!entry.calls.is_empty()).then(|| {
        let columns = ["To", "Call", "Answer"].map(column);
        let head = el("tr").children(columns).child(column("Took").class("numeric"));
        el("table")
            .class("calls")
            .child(el("caption").text(say("Calls")))
            .child(el("thead").child(head))
            .child(el("tbody").children(entry.calls.iter().map(call)))
    });
    el("div")
        .class("entry")
        .id("entry-details")
        .child(el("p").class("muted").text(exact + &fill(" · took {}", &took(entry.took_ms))))
        .children(entry.problems.iter().map(|found| problem::block(ui, &as_it_ended(entry, found), false)))
        .maybe(changes::dependencies(ui, &entry.dependencies, true))
        .maybe(table)
        .maybe(calls)
        .into()
}

fn call(call: &CallView) -> El {
    let status = match call.status {
        Some(status) => status.to_string(),
        None => spoken("none came"),
    };
    let mut name = el("td").class("code").text(call.call.clone());
    if let Some(id) = &call.correlation_id {
        name = name.child(el("span").class("why muted").text(["Xero-Correlation-Id ", id].concat()));
    }
    el("tr")
        .child(el("td").text(call.api.clone()))
        .child(name)
        .child(el("td").text(status))
        .child(el("td").class("numeric").text(took(call.took_ms)))
}
