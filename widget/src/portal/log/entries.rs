//! The table of entries. Of its rows only those in sight exist, and pages are read as they come into sight.

use super::desk::Desk;
use super::state::list::{EntryRow, List, Phase, Seen};
use super::time;
use crate::format::iso;
use crate::portal::parts;
use crate::portal::reactive::*;
use crate::portal::route::{Route, Screen};
use crate::portal::words::log::Log;
use crate::view::dom::{El, button, el, live, nothing};
use leptos::ev;
use shared::settings::Direction;
use std::sync::Arc;

/// From which width of the page a row of the table has which height, both in pixels: one line, two, or three. The
/// style sheet has the same limits.
const HEIGHTS: [(f64, u32); 3] = [(1_200.0, 36), (720.0, 64), (0.0, 84)];

/// The table, or what stands in its place.
pub(super) fn section(desk: Desk) -> El {
    let seen = desk.list.slice(List::seen);
    let height = height();
    let table = live(move || match seen.get() {
        Seen::Reading => parts::skeleton(10).into(),
        Seen::Failed(fault) => parts::fault(desk.app, &fault, move || desk.again()).into(),
        Seen::Nothing => nothing_yet(desk).into(),
        Seen::NoneFits => none_fits(desk).into(),
        Seen::Rows(_) => table(desk, height.get()).into(),
    });
    let fault = desk.list.slice(|list| list.fault().cloned());
    let fault = live(move || match fault.get() {
        Some(fault) => parts::fault(desk.app, &fault, move || desk.again()).into(),
        None => nothing(),
    });
    let busy = desk.list.slice(|list| *list.phase() == Phase::First);
    el("div")
        .class("log-entries")
        .id("log-entries")
        .live_attr("aria-busy", move || busy.get().to_string())
        .child(table)
        .child(fault)
}

/// The height of a row, now and when the page's width changes.
fn height() -> Memo<u32> {
    let width = || {
        let width = web_sys::window().and_then(|window| window.inner_width().ok()).and_then(|width| width.as_f64());
        width.unwrap_or_default()
    };
    let now = RwSignal::new(width());
    let listener = window_event_listener(ev::resize, move |_| now.set(width()));
    on_cleanup(move || listener.remove());
    Memo::new(move |_| {
        let now = now.get();
        HEIGHTS.into_iter().find(|(from, _)| now >= *from).map_or(HEIGHTS[2].1, |(_, height)| height)
    })
}

fn nothing_yet(desk: Desk) -> El {
    let app = desk.app;
    let words = app.words::<Log>();
    if app.is_administrator() {
        let start = parts::secondary("log-start-run", words.start_run, move || app.go(Route::to(Screen::Runs)));
        parts::empty(words.empty, words.empty_lead, vec![start])
    } else {
        parts::empty(words.empty_user, words.empty_lead_user, Vec::new())
    }
}

fn none_fits(desk: Desk) -> El {
    let words = desk.app.words::<Log>();
    let clear = parts::secondary("log-clear-all", words.clear, move || desk.filter(|_| Default::default()));
    parts::empty(words.none, words.none_lead, vec![clear])
}

fn table(desk: Desk, height: u32) -> El {
    let words = desk.app.words::<Log>();
    let count = desk.list.slice(List::count);
    let columns = [
        ("log-at", words.at),
        ("log-direction", words.direction),
        ("log-name", words.record),
        ("log-party", words.party),
        ("log-sync", words.sync),
        ("log-by", words.by),
        ("log-outcome", words.outcome),
        ("log-comment", words.comment),
    ];
    let head = columns.map(|(class, title)| el("span").class(class).attr("role", "columnheader").text(title));
    let head = el("div").class("log-row log-head").children(head);
    // Rows that are not there ask for themselves when they come into sight.
    let rows = parts::windowed_table("log-rows", words.table, height, head, count, move |at| row(desk, at), || {});
    el("div").class("log-table").child(rows)
}

fn row(desk: Desk, at: usize) -> El {
    let shown = desk.list.slice(move |list| list.row(at));
    desk.want(at);
    match shown.get() {
        Some(row) => cells(desk, &row),
        None => {
            let bone = |class| el("span").class(class).attr("role", "cell").child(el("span").class("bone"));
            el("div")
                .class("log-row")
                .attr("aria-busy", "true")
                .children(["log-at", "log-name", "log-comment"].map(bone))
        }
    }
}

fn cells(desk: Desk, row: &Arc<EntryRow>) -> El {
    let app = desk.app;
    let words = app.words::<Log>();
    let cell = |class: &'static str| el("span").class(class).attr("role", "cell");
    let when = el("time").attr("datetime", iso(row.at)).text(app.formats.with(|formats| time::short(formats, row.at)));
    let arrow = el("span").class("log-arrow").attr("aria-hidden", "true").text(arrow(row.direction));
    let sync = [parts::module_name(app, row.module), " · ", (words.kind)(row.sync)].concat();
    // The row itself is what the keyboard comes to; the button is for pointers and for screen readers.
    let name = button("log-open", "log-open").attr("tabindex", "-1").text(row.name.to_string());
    let id = row.id.to_string();
    let opened = id.clone();
    let open = Memo::new(move |_| desk.address.with(|address| address.entry.as_deref() == Some(opened.as_str())));
    let by = row.by.as_deref().unwrap_or(words.schedule).to_owned();
    let party = row.party.as_deref().unwrap_or_default().to_owned();
    el("div")
        .class("log-row")
        .id("log-row")
        .attr("data-entry", id.clone())
        .live_attr("data-open", move || open.get().to_string())
        .child(cell("log-at").child(when))
        .child(cell("log-direction").child(arrow).text((words.directed)(row.direction)))
        .child(cell("log-name").attr("title", row.name.to_string()).child(name))
        .child(cell("log-party").attr("title", party.clone()).text(party))
        .child(cell("log-sync").text(sync))
        .child(cell("log-by").attr("title", by.clone()).text(by))
        .child(cell("log-outcome").child(parts::outcome(app, row.outcome)))
        .child(cell("log-comment").attr("title", row.comment.to_string()).text(row.comment.to_string()))
        .on_click(move || desk.ask(|address| address.entry = Some(id.clone())))
}

/// Which way, as a sign beside the word.
pub(super) fn arrow(direction: Direction) -> &'static str {
    match direction {
        Direction::ToXero => "→",
        Direction::ToCrm => "←",
        Direction::Both => "⇄",
    }
}
