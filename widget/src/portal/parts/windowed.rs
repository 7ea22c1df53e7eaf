//! Rows of one height in a box that scrolls, of which only those in sight exist.
//!
//! Fifty thousand rows cost as much as forty. One row can be reached by the keyboard; arrows, Page Up and Page Down,
//! Home and End move it, and Enter does what a click on it does. A row that has the focus stays in the page even when
//! it is scrolled out of sight, so that the focus is never lost.

use super::element::{digits, set_style};
use crate::portal::reactive::*;
use crate::view::dom::{El, Gives, el, live};
use leptos::tachys::view::{Mountable, Render};
use std::sync::Arc;
use wasm_bindgen::prelude::*;
use web_sys::{Element, HtmlElement, KeyboardEvent, ResizeObserver};

/// Rows that exist before and after those in sight.
const OVERSCAN: usize = 8;
/// The first row in the page is a multiple of this, so that not every pixel of scrolling makes rows.
const STEP: usize = 4;
/// How near the end, in rows, more are asked for.
const NEAR_END: usize = 40;
/// Height that is assumed until the box has been measured, in CSS pixels.
const FIRST_HEIGHT: f64 = 640.0;

/// Rows in a scrolled box. `row` makes the cells of a row (`role="cell"`) within one element, whose `click` is what
/// Enter does, too; it reads what it shows, so a row follows its data. `more` is called when the end comes near; it is
/// called again when `count` has changed.
pub fn windowed(
    id: &'static str,
    label: &str,
    row_height: u32,
    count: Memo<usize>,
    row: impl Fn(usize) -> El + Send + Sync + 'static,
    more: impl Fn() + Send + Sync + 'static,
) -> El {
    build(id, label, row_height, None, count, Arc::new(row), Arc::new(more))
}

/// The same with a head that stays in sight: its cells (`role="columnheader"`) within one element.
pub fn windowed_table(
    id: &'static str,
    label: &str,
    row_height: u32,
    head: El,
    count: Memo<usize>,
    row: impl Fn(usize) -> El + Send + Sync + 'static,
    more: impl Fn() + Send + Sync + 'static,
) -> El {
    build(id, label, row_height, Some(head), count, Arc::new(row), Arc::new(more))
}

/// What the box knows of itself.
#[derive(Clone, Copy)]
struct Table {
    /// Height of a row.
    row: f64,
    /// How many there are.
    count: Memo<usize>,
    /// How far it is scrolled.
    top: RwSignal<f64>,
    /// How high it is.
    height: RwSignal<f64>,
    /// The row that the keyboard is on.
    active: RwSignal<usize>,
    /// Whether the focus is in the box.
    focused: RwSignal<bool>,
    /// The box, once it is made.
    element: StoredValue<Option<HtmlElement>, LocalStorage>,
}

impl Table {
    /// The rows in sight: first, and the one after the last.
    fn in_sight(self) -> (usize, usize) {
        let count = self.count.get();
        let first = whole(self.top.get() / self.row).min(count);
        (first, (whole((self.top.get() + self.height.get()) / self.row) + 1).min(count))
    }

    /// The rows that exist.
    fn present(self) -> (usize, usize) {
        let (first, end) = self.in_sight();
        let first = first.saturating_sub(OVERSCAN) / STEP * STEP;
        (first, (end.div_ceil(STEP) * STEP + OVERSCAN).min(self.count.get()))
    }

    /// Where a key leads; none if it is not a key of ours.
    fn led_by(self, key: &str) -> Option<usize> {
        let last = self.count.get_untracked().checked_sub(1)?;
        let page = whole(self.height.get_untracked() / self.row).saturating_sub(1).max(1);
        let active = self.active.get_untracked();
        let to = match key {
            "ArrowDown" => active + 1,
            "ArrowUp" => active.saturating_sub(1),
            "PageDown" => active + page,
            "PageUp" => active.saturating_sub(page),
            "Home" => 0,
            "End" => last,
            _ => return None,
        };
        Some(to.min(last))
    }

    /// Moves the keyboard to a row, and the row into sight.
    fn go_to(self, index: usize) {
        self.active.set(index);
        let Some(element) = self.element.get_value() else { return };
        let (top, height) = (self.top.get_untracked(), self.height.get_untracked());
        let begins = places(index) * self.row;
        let to = if begins < top {
            begins
        } else if begins + self.row > top + height {
            begins + self.row - height
        } else {
            top
        };
        scroll_to(&element, to);
        // The row exists after what follows from the change: by the next frame.
        request_animation_frame(move || {
            let selector = format!("[data-row=\"{index}\"]");
            let row = element.query_selector(&selector).ok().flatten();
            if let Some(row) = row.and_then(|row| row.dyn_into::<HtmlElement>().ok()) {
                // It fails for no element that is in the page.
                let _ = row.focus();
            }
        });
    }
}

fn scroll_to(element: &HtmlElement, top: f64) {
    #[expect(clippy::cast_possible_truncation, reason = "no browser scrolls farther than this")]
    element.set_scroll_top(top.round() as i32);
}

/// A count of rows from a measure.
fn whole(rows: f64) -> usize {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the cast saturates, as is wanted")]
    let rows = rows.max(0.0) as usize;
    rows
}

/// A measure from a count of rows.
fn places(rows: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "no table is that long")]
    let rows = rows as f64;
    rows
}

fn build(
    id: &'static str,
    label: &str,
    row_height: u32,
    head: Option<El>,
    count: Memo<usize>,
    row: Taker<usize, El>,
    more: Arc<dyn Gives<()> + Send + Sync>,
) -> El {
    let table = Table {
        row: f64::from(row_height.max(1)),
        count,
        top: RwSignal::new(0.0),
        height: RwSignal::new(FIRST_HEIGHT),
        active: RwSignal::new(0),
        focused: RwSignal::new(false),
        element: StoredValue::new_local(None),
    };
    let heads = usize::from(head.is_some());
    let present = Memo::new(move |_| table.present());
    // Where nobody is in the table, the keyboard enters it at what is seen.
    let tabbable = Memo::new(move |_| {
        let last = count.get().saturating_sub(1);
        if table.focused.get() { table.active.get().min(last) } else { table.in_sight().0.min(last) }
    });
    let indices = Memo::new(move |_| {
        let (first, end) = present.get();
        let mut indices: Vec<usize> = (first..end).collect();
        if count.get() > 0 && table.focused.get() {
            let focused = tabbable.get();
            // In order: the one with the focus is before the others, among them, or after them.
            if focused < first {
                indices.insert(0, focused);
            } else if focused >= end {
                indices.push(focused);
            }
        }
        indices
    });
    Effect::new(move |_| {
        let (count, (_, end)) = (count.get(), present.get());
        if count > 0 && end + NEAR_END >= count {
            more.give();
        }
    });
    // Rows outlive the effect that makes them.
    let owner = Owner::current().unwrap_or_default();
    let body = el("div").class("windowed-body").attr("role", "rowgroup").made(move |element| {
        let (body, owner, row) = (element.clone(), owner.clone(), row.clone());
        let rows = StoredValue::new_local(Vec::new());
        Effect::new(move |_| {
            let wanted = indices.get();
            let make = |index| row_view(table, index, heads, tabbable, row.clone());
            rows.update_value(|rows| untrack(|| exchange(rows, &wanted, &body, &owner, make)));
        });
        let element: HtmlElement = element.unchecked_into();
        Effect::new(move |_| {
            set_style(&element, "height", &[&*digits(places(count.get()) * table.row), "px"].concat())
        });
    });
    let head = head.map(|head| {
        let row = el("div").class("windowed-row").attr("role", "row").attr("aria-rowindex", "1").child(head);
        el("div").class("windowed-head").attr("role", "rowgroup").child(row)
    });
    el("div")
        .class("windowed")
        .id(id)
        .attr("role", "table")
        .attr("aria-label", label.to_owned())
        .live_attr("aria-rowcount", move || (count.get() + heads).to_string())
        .maybe(head)
        .child(body)
        .on("scroll", move |_| {
            if let Some(element) = table.element.get_value() {
                table.top.set(f64::from(element.scroll_top()));
            }
        })
        .on("focusin", move |event| {
            if let Some(index) = row_of(&event) {
                table.active.set(index);
            }
            table.focused.set(true);
        })
        .on("focusout", move |_| table.focused.set(false))
        .on("keydown", move |event| key_down(table, &event))
        .made(move |element| measure(table, element.unchecked_into(), heads))
}

/// A row that is in the page.
struct TableRow {
    index: usize,
    /// What it reads belongs to this.
    owner: Owner,
    element: Element,
    view: <AnyView as Render>::State,
}

/// Takes the rows out of the page that are not wanted any more, and puts in those that are missing, each at its place.
/// A row that stays is not touched: moving an element takes the focus from it.
fn exchange(
    rows: &mut Vec<TableRow>,
    wanted: &[usize],
    body: &Element,
    owner: &Owner,
    make: impl Fn(usize) -> AnyView,
) {
    rows.retain_mut(|row| {
        let stays = wanted.contains(&row.index);
        if !stays {
            row.owner.cleanup();
            row.view.unmount();
        }
        stays
    });
    // Both are in order, and every row that is left is wanted: so each has its place at the same position.
    for (at, index) in wanted.iter().enumerate() {
        let next = rows.get(at);
        if next.is_some_and(|row| row.index == *index) {
            continue;
        }
        let owner = owner.child();
        let mut view = owner.with(|| make(*index).build());
        let element = view.elements().into_iter().next();
        view.mount(body, next.map(|row| row.element.as_ref()));
        if let Some(element) = element {
            rows.insert(at, TableRow { index: *index, owner, element, view });
        }
    }
}

fn row_view(table: Table, index: usize, heads: usize, tabbable: Memo<usize>, row: Taker<usize, El>) -> AnyView {
    el("div")
        .class("windowed-row")
        .attr("role", "row")
        .attr("data-row", index.to_string())
        .attr("aria-rowindex", (index + 1 + heads).to_string())
        .live_attr("tabindex", move || if tabbable.get() == index { "0" } else { "-1" }.to_owned())
        .made(move |element| {
            let element: HtmlElement = element.unchecked_into();
            set_style(&element, "transform", &["translateY(", &digits(places(index) * table.row), "px)"].concat());
        })
        .child(live(move || row.take(index).into()))
        .into()
}

/// The row in which an event happened.
fn row_of(event: &web_sys::Event) -> Option<usize> {
    let element = event.target()?.dyn_into::<Element>().ok()?;
    element.closest("[data-row]").ok()??.get_attribute("data-row")?.parse().ok()
}

fn key_down(table: Table, event: &web_sys::Event) {
    let Some(event) = event.dyn_ref::<KeyboardEvent>() else { return };
    let Some(element) = event.target().and_then(|target| target.dyn_into::<Element>().ok()) else { return };
    if event.ctrl_key() || event.alt_key() || event.meta_key() || row_of(event).is_none() {
        return;
    }
    let key = event.key();
    if key == "Enter" || key == " " {
        // A button within the row does its own.
        let row = element.has_attribute("data-row").then(|| element.first_element_child()).flatten();
        if let Some(row) = row.and_then(|row| row.dyn_into::<HtmlElement>().ok()) {
            event.prevent_default();
            row.click();
        }
    } else if let Some(index) = table.led_by(&key) {
        event.prevent_default();
        table.go_to(index);
    }
}

/// Follows the height of the box, sets the height of the rows, and goes back to the top when the rows are gone.
fn measure(table: Table, element: HtmlElement, heads: usize) {
    table.element.set_value(Some(element.clone()));
    set_style(&element, "--row", &[&*digits(table.row), "px"].concat());
    let scrolled = element.clone();
    Effect::new(move |_| {
        if table.count.get() == 0 {
            table.active.set(0);
            table.top.set(0.0);
            scrolled.set_scroll_top(0);
        }
    });
    let measured = element.clone();
    let callback = Closure::<dyn Fn()>::new(move || {
        let height = f64::from(measured.client_height()) - places(heads) * table.row;
        if height > 0.0 {
            table.height.set(height);
        }
    });
    if let Ok(observer) = ResizeObserver::new(callback.as_ref().unchecked_ref()) {
        observer.observe(&element);
        let kept = StoredValue::new_local((observer, callback));
        on_cleanup(move || kept.with_value(|(observer, _)| observer.disconnect()));
    }
}
