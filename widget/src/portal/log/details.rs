//! The details of an entry, in a drawer: what happened and when, what was wrong, what changed, the calls, and Retry.

use super::desk::{Desk, find, focus};
use super::entries::arrow;
use super::state::details::{Details, Retry};
use crate::client::get;
use crate::fault::Fault;
use crate::format::{millis, took};
use crate::portal::parts;
use crate::portal::reactive::*;
use crate::portal::route::{Route, Screen};
use crate::portal::words::log::Log;
use crate::view::dom::{El, button, el, link, live, nothing};
use shared::api::portal::SyncKind;
use shared::api::runs::{RunState, RunView};
use shared::api::{CallView, EntryView, FieldChange, Outcome, Shown};
use shared::module::Module;
use shared::organisation::XeroOrganisation;
use shared::problem::{Problem, place_crm};
use shared::web_link::WebLink;
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, KeyboardEvent};

/// The drawer, while an entry is open.
pub(super) fn section(desk: Desk) -> El {
    let open = Memo::new(move |_| desk.address.with(|address| address.entry.is_some()));
    Effect::new(move |before: Option<Option<String>>| {
        let now = desk.address.with(|address| address.entry.clone());
        if let (Some(Some(closed)), None) = (before, &now) {
            // After the drawer has given the focus back, if what it came from is still there.
            request_animation_frame(move || give_back(&closed));
        }
        now
    });
    parts::part("log-drawer", move || {
        if !open.get() {
            return nothing();
        }
        let title = desk.app.words::<Log>().details;
        parts::drawer(desk.app, "log-details", title, content(desk), move || desk.ask(|address| address.entry = None))
    })
}

/// Where the focus was lost, it goes to the row whose details were open, or to what tells how many rows there are.
fn give_back(entry: &str) {
    let document = web_sys::window().and_then(|window| window.document());
    let active = document.and_then(|document| document.active_element());
    if active.is_some_and(|active| active.tag_name() != "BODY") {
        return;
    }
    let rows = find("log-rows").and_then(|rows| rows.query_selector_all("[data-row]").ok());
    let rows = rows.into_iter().flat_map(|rows| (0..rows.length()).filter_map(move |at| rows.get(at)));
    let row = rows.filter_map(|row| row.dyn_into::<HtmlElement>().ok()).find(|row| {
        let inside = row.first_element_child();
        inside.and_then(|inside| inside.get_attribute("data-entry")).is_some_and(|id| id == entry)
    });
    match row {
        // It fails for no element that is in the page.
        Some(row) => drop(row.focus()),
        None => focus("log-total"),
    }
}

/// Alt with an arrow goes to the entry above or below.
pub(super) fn key_down(desk: Desk, event: &KeyboardEvent) {
    let newer = match event.key().as_str() {
        "ArrowUp" => true,
        "ArrowDown" => false,
        _ => return,
    };
    let open = desk.address.try_with_untracked(|address| address.entry.is_some()) == Some(true);
    if open && event.alt_key() && !event.ctrl_key() && !event.meta_key() {
        event.prevent_default();
        step(desk, newer);
    }
}

fn step(desk: Desk, newer: bool) {
    let Some(open) = desk.address.with_untracked(|address| address.entry.clone()) else { return };
    let (above, below) = desk.list.with_untracked(|list| list.neighbours(&open));
    if let Some(to) = if newer { above } else { below } {
        desk.ask(|address| address.entry = Some(to));
    }
}

fn content(desk: Desk) -> Vec<El> {
    let app = desk.app;
    let words = app.words::<Log>();
    let neighbours = Memo::new(move |_| {
        let open = desk.address.with(|address| address.entry.clone());
        open.map(|open| desk.list.with(|list| list.neighbours(&open))).unwrap_or_default()
    });
    let newer = Memo::new(move |_| neighbours.with(|(newer, _)| newer.is_some()));
    let older = Memo::new(move |_| neighbours.with(|(_, older)| older.is_some()));
    let way = |id, label: &'static str, sign, keys, there: Memo<bool>, up| {
        button("button", id)
            .attr("aria-keyshortcuts", keys)
            .live_attr("aria-disabled", move || (!there.get()).to_string())
            .child(el("span").attr("aria-hidden", "true").text(sign))
            .text(label)
            .on_click(move || step(desk, up))
    };
    let ways = el("div")
        .class("log-ways")
        .child(way("log-newer", words.previous, "↑ ", "Alt+ArrowUp", newer, true))
        .child(way("log-older", words.next, "↓ ", "Alt+ArrowDown", older, false));
    let entry = desk.details.slice(|details| details.entry().cloned());
    let fault = desk.details.slice(|details| details.fault().cloned());
    let stale = desk.details.slice(Details::is_stale);
    let body = live(move || match (entry.get(), fault.get()) {
        (Some(entry), _) => shown(desk, &entry).into(),
        (None, Some(fault)) => parts::fault(app, &fault, move || {
            let todo = desk.details.try_update(Details::read).flatten();
            desk.perform(todo);
        })
        .into(),
        (None, None) => parts::skeleton(8).into(),
    });
    let body = el("div").class("log-body").live_attr("aria-busy", move || stale.get().to_string()).child(body);
    let told = el("p")
        .class("visually-hidden")
        .attr("role", "status")
        .id("log-told")
        .live_text(move || desk.retry_ended.get());
    vec![ways, body, told]
}

fn shown(desk: Desk, entry: &EntryView) -> El {
    let words = desk.app.words::<Log>();
    let head = el("div")
        .class("log-entry-head")
        .child(el("h3").attr("tabindex", "-1").id("log-entry-name").text(entry.name.clone()))
        .child(el("span").id("log-entry-outcome").child(parts::outcome(desk.app, entry.outcome)));
    let problems = (!entry.problems.is_empty()).then(|| {
        let is_there = matches!(entry.outcome, Outcome::Created | Outcome::Updated | Outcome::Unchanged);
        let user = desk.app.session.with_untracked(|session| session.view.as_ref().map(|view| view.user.clone()));
        let user = user.unwrap_or_default();
        let told = |found: &Problem| {
            let found = found.clone().told_to(&user);
            if is_there { found.arrived() } else { found }
        };
        let problems = entry.problems.iter().map(|found| parts::problem(desk.app, &told(found), ways_out(desk, found)));
        block("log-problems", words.problems, problems.collect())
    });
    el("div")
        .class("log-entry")
        .id("log-entry")
        .attr("data-entry", entry.id.clone())
        .child(head)
        .child(facts(desk, entry))
        .child(links(desk, entry))
        .child(retry(desk))
        .maybe(problems)
        .maybe(changes(desk, entry))
        .maybe(dependencies(desk, entry))
        .child(calls(desk, entry))
}

fn block(id: &'static str, title: &'static str, content: Vec<El>) -> El {
    el("section").class("log-block").id(id).child(el("h4").text(title)).children(content)
}

/// The way to the settings that a problem is about.
fn ways_out(desk: Desk, problem: &Problem) -> Vec<El> {
    parts::way_out(desk.app, problem.code, "log-open-place").into_iter().collect()
}

fn facts(desk: Desk, entry: &EntryView) -> El {
    let app = desk.app;
    let words = app.words::<Log>();
    let at = millis(entry.at);
    let pair = [parts::module_name(app, entry.module), " · ", parts::xero_name(app, entry.module)].concat();
    let fact = |label: &'static str, value: El| el("div").child(el("dt").text(label)).child(el("dd").child(value));
    let text = |text: String| el("span").text(text);
    let by = entry.by.clone().unwrap_or_else(|| words.schedule.to_owned());
    let run = entry.run.as_ref().map(|run| {
        let of = run.clone();
        let entries = button("link", "log-of-run").text(words.show_entries).on_click(move || {
            desk.ask(|address| {
                address.entry = None;
                address.filters = Default::default();
                address.filters.run = Some(of.clone());
            });
        });
        let open = app.is_administrator().then(|| {
            let hash = Route::to(Screen::Runs).at(run.clone()).hash();
            el("a").attr("href", hash).id("log-to-run").text(words.open_run)
        });
        fact(words.run, el("span").class("log-links").child(entries).maybe(open))
    });
    let went = entry.took();
    let direction = [arrow(went), " ", (words.directed)(went)].concat();
    el("dl")
        .class("log-facts")
        .id("log-facts")
        .child(fact(words.when, text(app.formats.with(|formats| formats.instant(at)))))
        .child(fact(words.took, text(took(entry.took_ms))))
        .child(fact(words.by, text(by)))
        .child(fact(words.sync, started(desk, entry)))
        .child(fact(words.pair, text(pair)))
        .child(fact(words.direction, text(direction)))
        .maybe(entry.party.clone().map(|party| fact(words.party, text(party))))
        .maybe(run)
}

/// What started the sync. An entry does not say so itself. Its row in the list does, but the entry of a retry is opened
/// before its row is there, and one that does not fit the filters has none: then its run is asked.
fn started(desk: Desk, entry: &EntryView) -> El {
    let kind = desk.app.words::<Log>().kind;
    let id = entry.id.clone();
    let of_row = desk.list.slice(move |list| list.sync_of(&id));
    let otherwise = RwSignal::new(entry.run.is_none().then_some(SyncKind::Click));
    if let Some(run) = &entry.run {
        let call = get(["/api/runs/", run].concat());
        untrack(|| {
            if of_row.get().is_none() {
                desk.app.call(call, move |run: Result<RunView, Fault>| {
                    // Whoever has gone on to the next entry is not told any more; without an answer nobody knows.
                    if let Ok(run) = run {
                        otherwise.try_set(Some(SyncKind::from(Some(run.kind))));
                    }
                });
            }
        });
    }
    el("span")
        .id("log-entry-sync")
        .live_text(move || of_row.get().or_else(|| otherwise.get()).map_or("–", kind).to_owned())
}

/// Links to the record on both sides, once both organisations are known.
fn links(desk: Desk, entry: &EntryView) -> El {
    let common = desk.app.common();
    let (module, crm_id, xero_id) = (entry.module, entry.record_id.clone(), entry.xero_id.clone());
    parts::part("log-links", move || {
        let Some(organisations) = desk.organisations.get() else { return nothing() };
        let (crm, xero) = &*organisations;
        let in_crm = (!crm_id.is_empty()).then(|| {
            let place = place_crm(crm, module, &crm_id, common.open_in_crm);
            link(place.url, place.label, "log-in-crm")
        });
        let url = xero_id.as_deref().and_then(|id| xero_url(module, id, xero));
        let in_xero = url.map(|url| link(url, common.open_in_xero.to_owned(), "log-in-xero"));
        el("span").class("log-links").maybe(in_crm).maybe(in_xero).into()
    })
}

/// Opens a record in Xero; none for a product that stands for an account there.
fn xero_url(module: Module, id: &str, organisation: &XeroOrganisation) -> Option<WebLink> {
    (!id.contains(':')).then(|| shared::xero::url(module, id, organisation))
}

/// Retry, and how it goes.
fn retry(desk: Desk) -> El {
    let app = desk.app;
    let words = app.words::<Log>();
    let offered = Memo::new(move |_| {
        desk.details.with(|details| {
            details
                .entry()
                .is_some_and(|entry| matches!(entry.outcome, Outcome::Failed | Outcome::Deferred | Outcome::Undecided))
        })
    });
    let state = desk.details.slice(|details| details.retrying().clone());
    let busy = desk.details.slice(Details::is_retrying);
    let press = move || {
        let todo = desk.details.try_update(Details::retry).flatten();
        desk.perform(todo);
    };
    let button = live(move || {
        if !offered.get() {
            return nothing();
        }
        let label = app.common().retry;
        parts::primary("log-retry", label, move || !busy.get(), press).into()
    });
    let told = live(move || match state.get() {
        Retry::Idle | Retry::Refused(_) | Retry::Ended(Some(_)) => nothing(),
        Retry::Starting => told(words.retry_starting),
        Retry::Running(run) if run.state == RunState::Waiting => told(words.retry_waiting),
        Retry::Running(_) | Retry::Finding(_) => told(words.retry_running),
        Retry::Ended(None) => told(words.retry_nothing),
    });
    let wrong = live(move || match state.get() {
        Retry::Refused(fault) => parts::fault(app, &fault, press).into(),
        Retry::Ended(Some(found)) => parts::problem(app, &found, ways_out(desk, &found)).into(),
        Retry::Running(run) => match &run.problem {
            Some(found) => parts::problem(app, found, Vec::new()).into(),
            None => nothing(),
        },
        _ => nothing(),
    });
    let line = el("div")
        .class("log-retry-line")
        .child(button)
        .child(el("span").id("log-retry-state").attr("role", "status").child(told));
    el("div").class("log-retry").child(line).child(wrong)
}

fn told(text: &'static str) -> AnyView {
    el("span").text(text).into()
}

fn changes(desk: Desk, entry: &EntryView) -> Option<El> {
    let words = desk.app.words::<Log>();
    if entry.changes.is_empty() {
        return None;
    }
    let title = if entry.outcome == Outcome::Created { words.sent } else { words.changed };
    let column = |title: &'static str| el("th").attr("scope", "col").text(title);
    let columns = [words.field, words.crm, words.xero_before, words.became, words.reason].map(column);
    let table = el("table")
        .class("table log-changes")
        .attr("aria-label", title)
        .child(el("thead").child(el("tr").children(columns)))
        .child(el("tbody").children(entry.changes.iter().map(|change| changed(desk, change))));
    Some(block("log-changed", title, vec![wide(title, table)]))
}

/// A table that scrolls by itself where it is too wide.
fn wide(label: &'static str, table: El) -> El {
    el("div").class("table-scroll").attr("tabindex", "0").attr("role", "region").attr("aria-label", label).child(table)
}

fn changed(desk: Desk, change: &FieldChange) -> El {
    let words = desk.app.words::<Log>();
    let cell = |shown: Option<&Shown>| {
        let text = shown.map(|shown| desk.app.formats.with(|formats| formats.shown(shown))).unwrap_or_default();
        let numeric = matches!(shown, Some(Shown::Money(..) | Shown::Number(_)));
        let cell = el("td").class(if numeric { "numeric" } else { "" });
        if text.is_empty() {
            cell.child(el("span").class("muted").attr("aria-hidden", "true").text("–"))
                .child(el("span").class("visually-hidden").text(words.no_value))
        } else {
            cell.text(text)
        }
    };
    let reason =
        el("td").text((words.written)(change.written)).child(el("span").class("log-why").text((words.why)(change.why)));
    let cells = match change.is_hidden() {
        true => [(); 3].map(|()| el("td").child(el("span").class("muted").text(words.not_shown))),
        false => [&change.crm, &change.xero, &change.result].map(|shown| cell(shown.as_ref())),
    };
    el("tr")
        .attr("data-field", change.key.clone())
        .child(el("th").attr("scope", "row").text(change.label.clone()))
        .children(cells)
        .child(reason)
}

fn dependencies(desk: Desk, entry: &EntryView) -> Option<El> {
    let app = desk.app;
    let words = app.words::<Log>();
    let items = entry.dependencies.iter().map(|one| {
        let text = [" · ", parts::module_name(app, one.module), " · ", (words.went_first)(one.action)].concat();
        el("li")
            .child(match one.name.as_str() {
                "" => el("span").class("muted").text(words.not_shown),
                name => el("strong").text(name.to_owned()),
            })
            .text(text)
            .children(one.problems.iter().map(|found| parts::problem(app, found, ways_out(desk, found))))
    });
    let list = el("ul").class("log-first").children(items);
    (!entry.dependencies.is_empty()).then(|| block("log-first", words.first, vec![list]))
}

fn calls(desk: Desk, entry: &EntryView) -> El {
    let words = desk.app.words::<Log>();
    if entry.calls.is_empty() {
        return match entry.run {
            Some(_) => block("log-calls", words.calls, vec![el("p").class("muted").text(words.no_calls)]),
            None => el("span"),
        };
    }
    let column = |title: &'static str| el("th").attr("scope", "col").text(title);
    let columns = [words.api, words.call, words.answer].map(column);
    let head = el("tr").children(columns).child(column(words.took).class("numeric"));
    let table = el("table")
        .class("table")
        .attr("aria-label", words.calls)
        .child(el("thead").child(head))
        .child(el("tbody").children(entry.calls.iter().map(|made| call(desk, made))));
    block("log-calls", words.calls, vec![wide(words.calls, table)])
}

fn call(desk: Desk, call: &CallView) -> El {
    let words = desk.app.words::<Log>();
    let status = call.status.map_or_else(|| words.no_answer.to_owned(), |status| status.to_string());
    let id = call.correlation_id.as_ref();
    let id = id.map(|id| el("span").class("log-why").text([words.correlation, " ", id].concat()));
    el("tr")
        .child(el("td").text(call.api.clone()))
        .child(el("td").class("code").text(call.call.clone()).maybe(id))
        .child(el("td").text(status))
        .child(el("td").class("numeric").text(took(call.took_ms)))
}
