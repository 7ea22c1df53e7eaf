//! The picture of the last 30 days: a bar a day that can be chosen, a legend, and the same as a table.

use super::desk::{Desk, focus};
use super::state::picture::{Bar, HEIGHT, Part, bars, chosen, scale, sum};
use crate::portal::app::App;
use crate::portal::parts;
use crate::portal::reactive::*;
use crate::portal::words::log::Log;
use crate::view::dom::{El, button, el, nothing};
use shared::api::Outcome;
use shared::api::portal::{DayView, DaysView};
use std::fmt::Write as _;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, KeyboardEvent};

/// The width of a bar, in the units of its height.
const WIDTH: u32 = 160;
/// The space between two parts of a bar.
const GAP: u32 = 8;

/// What tells the parts apart besides colour: sent is plain, updated is hatched, failed has bars across.
const PATTERNS: &str = concat!(
    r#"<svg width="0" height="0" focusable="false"><defs>"#,
    r#"<pattern id="log-hatch" width="50" height="50" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">"#,
    r#"<rect class="log-tint" width="50" height="50"/><rect class="log-ink" width="26" height="50"/></pattern>"#,
    r#"<pattern id="log-bars" width="50" height="50" patternUnits="userSpaceOnUse">"#,
    r#"<rect class="log-bad" width="50" height="50"/><rect class="log-gap" y="18" width="50" height="14"/></pattern>"#,
    r#"</defs></svg>"#,
);

/// The card.
pub(super) fn section(desk: Desk) -> El {
    let app = desk.app;
    let words = app.words::<Log>();
    let days = Memo::new(move |_| desk.days.get());
    let content = parts::part("log-days-content", move || match days.get() {
        None => parts::skeleton(4).into(),
        Some(Err(fault)) => parts::fault(app, &fault, move || desk.read_days()).into(),
        Some(Ok(days)) => picture(desk, &days).into(),
    });
    parts::card("log-days", words.days_title, vec![content])
}

fn picture(desk: Desk, view: &DaysView) -> El {
    let app = desk.app;
    let words = app.words::<Log>();
    let all = sum(&view.days);
    let total = (words.days_sum)(all.runs, &all.counts, &|count| desk.number(count));
    let top = scale(&view.days);
    // One of the days is reached by Tab, the others by the arrows.
    let at = RwSignal::new(view.days.len().saturating_sub(1));
    let pressed = {
        let view = view.clone();
        Memo::new(move |_| {
            desk.address
                .with(|address| chosen(&view, address.filters.from, address.filters.until).map(|day| day.day.clone()))
        })
    };
    let last = view.days.len().saturating_sub(1);
    let days = view.days.iter().enumerate().map(|(index, day)| column(desk, day, index, top, at, pressed));
    let group = el("div")
        .class("log-columns")
        .id("log-columns")
        .attr("role", "group")
        .attr("aria-label", words.days_title)
        .on("keydown", move |event| key_down(at, last, &event))
        .children(days);
    let axis = el("div")
        .class("log-axis")
        .attr("aria-hidden", "true")
        .child(el("span").class("log-axis-top").text(desk.number(top)))
        .child(el("span").class("log-axis-runs").text(words.runs_column))
        .child(el("span").class("log-axis-day").text(words.day_column));
    let chart = el("div").class("log-chart").child(axis).child(el("div").class("log-scroll").child(group));
    let patterns = el("span").class("log-patterns").attr("aria-hidden", "true").markup(PATTERNS);
    el("div")
        .child(el("p").class("log-sum").id("log-sum").text(total))
        .child(patterns)
        .child(chart)
        .child(
            el("div").class("log-below").child(legend(app)).child(el("span").class("log-hint").text(words.days_hint)),
        )
        .child(table(desk, view.clone(), pressed))
}

fn column(desk: Desk, day: &DayView, index: usize, top: u32, at: RwSignal<usize>, pressed: Memo<Option<String>>) -> El {
    let words = desk.app.words::<Log>();
    let name = desk.app.formats.with(|formats| formats.day(&day.day));
    let label = (words.day)(&name, day.runs, &day.counts, &|count| desk.number(count));
    let markup = drawing(&bars(&day.counts, top));
    let runs = if day.runs == 0 { "·".to_owned() } else { desk.number(day.runs) };
    let seen = |class: &'static str| el("span").class(class).attr("aria-hidden", "true");
    let number = day.day.rsplit('-').next().unwrap_or_default().trim_start_matches('0').to_owned();
    button("log-day", "log-day")
        .attr("data-day", day.day.clone())
        .attr("data-index", index.to_string())
        .attr("title", label.clone())
        .live_attr("tabindex", move || if at.get() == index { "0" } else { "-1" }.to_owned())
        .live_attr("aria-pressed", is_pressed(day, pressed))
        .child(el("span").class("visually-hidden").text(label))
        .child(seen("log-bar").made(move |element| element.set_inner_html(&markup)))
        .child(seen("log-day-runs").text(runs))
        .child(seen("log-day-number").text(number))
        .on_click(choose(desk, day, pressed))
}

fn is_pressed(day: &DayView, pressed: Memo<Option<String>>) -> impl Fn() -> String + Send + Sync + 'static {
    let day = day.day.clone();
    move || pressed.with(|pressed| pressed.as_ref() == Some(&day)).to_string()
}

/// Filters by the day, or no longer does.
fn choose(desk: Desk, day: &DayView, pressed: Memo<Option<String>>) -> impl Fn() + Send + Sync + 'static {
    let (day, from, until) = (day.day.clone(), day.from, day.until);
    move || {
        let again = pressed.with_untracked(|pressed| pressed.as_ref() == Some(&day));
        let (from, until) = if again { (None, None) } else { (Some(from), Some(until)) };
        desk.filter(|mut filters| {
            (filters.from, filters.until) = (from, until);
            filters
        });
    }
}

/// A bar as SVG. It has numbers of ours only, so there is nothing to escape.
fn drawing(bars: &[Bar]) -> String {
    let mut svg = format!(r#"<svg viewBox="0 0 {WIDTH} {HEIGHT}" focusable="false" aria-hidden="true">"#);
    for Bar { part, top, height } in bars {
        let height = height.saturating_sub(GAP).max(GAP);
        // Writing to a text can't fail.
        let _ = write!(svg, r#"<rect {} y="{top}" width="{WIDTH}" height="{height}"/>"#, paint(*part));
    }
    svg.push_str("</svg>");
    svg
}

fn paint(part: Part) -> &'static str {
    match part {
        Part::Created => r#"class="log-good""#,
        Part::Updated => r#"fill="url(#log-hatch)""#,
        Part::Failed => r#"fill="url(#log-bars)""#,
    }
}

fn legend(app: App) -> El {
    let items = [(Part::Created, Outcome::Created), (Part::Updated, Outcome::Updated), (Part::Failed, Outcome::Failed)];
    let items = items.map(|(part, outcome)| {
        let svg = format!(
            r#"<svg viewBox="0 0 120 120" focusable="false"><rect {} width="120" height="120"/></svg>"#,
            paint(part)
        );
        let swatch = el("span")
            .class("log-swatch")
            .attr("aria-hidden", "true")
            .made(move |element| element.set_inner_html(&svg));
        el("li").child(swatch).text(parts::outcome_name(app, outcome))
    });
    el("ul").class("log-legend").id("log-legend").children(items)
}

/// The arrows go from day to day.
fn key_down(at: RwSignal<usize>, last: usize, event: &web_sys::Event) {
    let Some(event) = event.dyn_ref::<KeyboardEvent>() else { return };
    let now = at.get_untracked();
    let to = match event.key().as_str() {
        "ArrowLeft" => now.saturating_sub(1),
        "ArrowRight" => (now + 1).min(last),
        "Home" => 0,
        "End" => last,
        _ => return,
    };
    event.prevent_default();
    at.set(to);
    let group = event.current_target().and_then(|target| target.dyn_into::<Element>().ok());
    let selector = format!("[data-index=\"{to}\"]");
    let day = group.and_then(|group| group.query_selector(&selector).ok().flatten());
    if let Some(day) = day.and_then(|day| day.dyn_into::<HtmlElement>().ok()) {
        // It fails for no element that is in the page.
        let _ = day.focus();
    }
}

/// The same for who would rather read, newest first. It is made when it is opened.
fn table(desk: Desk, view: DaysView, pressed: Memo<Option<String>>) -> El {
    let open = RwSignal::new(false);
    let label = desk.app.words::<Log>().days_table;
    let content = move || if open.get() { rows(desk, &view, pressed).into() } else { nothing() };
    el("details")
        .class("log-days-table")
        .on("toggle", move |_| open.set(true))
        .child(el("summary").id("log-days-table").text(label))
        .live(content)
}

fn rows(desk: Desk, view: &DaysView, pressed: Memo<Option<String>>) -> El {
    let app = desk.app;
    let words = app.words::<Log>();
    let shown = [
        Outcome::Created,
        Outcome::Updated,
        Outcome::Unchanged,
        Outcome::Skipped,
        Outcome::Failed,
        Outcome::Deferred,
        Outcome::Undecided,
    ];
    let column = |title: &str| el("th").attr("scope", "col").text(title.to_owned());
    let head = el("tr")
        .child(column(words.day_column))
        .child(column(words.runs_column).class("numeric"))
        .children(shown.map(|outcome| column(parts::outcome_name(app, outcome)).class("numeric")));
    let figure = |count: u32| el("td").class("numeric").text(desk.number(count));
    let rows = view.days.iter().rev().map(|day| {
        let counts = day.counts;
        let name = app.formats.with(|formats| formats.day(&day.day));
        let choose = choose(desk, day, pressed);
        let button = button("link", "log-table-day")
            .attr("data-day", day.day.clone())
            .live_attr("aria-pressed", is_pressed(day, pressed))
            .text(name)
            .on_click(move || {
                choose();
                focus("log-total");
            });
        let figures = [
            counts.created,
            counts.updated,
            counts.unchanged,
            counts.skipped,
            counts.failed,
            counts.deferred,
            counts.undecided,
        ];
        el("tr")
            .child(el("th").attr("scope", "row").child(button))
            .child(figure(day.runs))
            .children(figures.map(figure))
    });
    let table = el("table")
        .class("table")
        .attr("aria-label", words.days_title)
        .child(el("thead").child(head))
        .child(el("tbody").children(rows));
    el("div")
        .class("table-scroll")
        .attr("tabindex", "0")
        .attr("role", "region")
        .attr("aria-label", words.days_table)
        .child(table)
}
