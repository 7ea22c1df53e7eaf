//! What lies over the page: a question, or the details of a row.
//!
//! Both are the browser's own `<dialog>`: it keeps the focus inside, makes the rest inert, hears Escape, and gives the
//! focus back to where it came from.

use super::element::{fresh_id, target};
use crate::portal::app::App;
use crate::portal::reactive::*;
use crate::view::dom::{El, Gives, button, el};
use std::sync::Arc;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlDialogElement, HtmlElement};

/// A question with Cancel and a button that confirms: (label, whether something is gone afterwards). Shown while it is
/// in the page; `done` hears the answer, and Escape means no.
pub fn dialog(
    app: App,
    id: &'static str,
    title: &str,
    content: Vec<El>,
    confirm: (String, bool),
    done: impl Fn(bool) + Send + Sync + 'static,
) -> AnyView {
    dialog_of(app, id, title, content, Some(confirm), Arc::new(done))
}

/// The same where the content itself has what goes on. Shown while it is in the page; `cancel` hears Cancel and Escape.
pub(crate) fn asking(
    app: App,
    id: &'static str,
    title: &str,
    content: Vec<El>,
    cancel: impl Fn() + Send + Sync + 'static,
) -> AnyView {
    dialog_of(app, id, title, content, None, Arc::new(move |_| cancel()))
}

#[inline(never)]
fn dialog_of(
    app: App,
    id: &'static str,
    title: &str,
    content: Vec<El>,
    confirm: Option<(String, bool)>,
    done: Taker<bool>,
) -> AnyView {
    let answer = |yes: bool| {
        let done = done.clone();
        move || done.take(yes)
    };
    let confirm = confirm.map(|(label, dangerous)| {
        let class = if dangerous { "button danger" } else { "button primary" };
        button(class, "dialog-confirm").text(label).on_click(answer(true))
    });
    let buttons = el("div")
        .class("dialog-actions")
        .child(button("button", "dialog-cancel").text(app.common().cancel).on_click(answer(false)))
        .maybe(confirm);
    let heading = fresh_id("dialog");
    modal("dialog", id, &heading, answer(false))
        .child(el("h2").attr("id", heading).text(title.to_owned()))
        .child(el("div").class("dialog-content").children(content))
        .child(buttons)
        .into()
}

/// A drawer at the right, the whole width where that is narrow. `close` is called on Escape, ✕, and beside it.
pub fn drawer(
    app: App,
    id: &'static str,
    title: &str,
    content: Vec<El>,
    close: impl Fn() + Send + Sync + 'static,
) -> AnyView {
    drawer_of(app, id, title, content, Arc::new(close))
}

#[inline(never)]
fn drawer_of(
    app: App,
    id: &'static str,
    title: &str,
    content: Vec<El>,
    close: Arc<dyn Gives<()> + Send + Sync>,
) -> AnyView {
    let closes = || {
        let close = close.clone();
        move || close.give()
    };
    let heading = fresh_id("drawer");
    let cross = button("button quiet icon", "drawer-close")
        .attr("aria-label", app.common().close)
        .child(el("span").attr("aria-hidden", "true").text("✕"))
        .on_click(closes());
    let beside = closes();
    modal("drawer", id, &heading, closes())
        .on("click", move |event| {
            // The backdrop belongs to the dialog itself, everything else lies in an element within.
            if target::<Element>(&event).is_some_and(|element| element.has_attribute("data-overlay")) {
                beside();
            }
        })
        .child(
            el("div")
                .class("drawer-inside")
                .child(
                    el("header")
                        .class("drawer-head")
                        .child(el("h2").attr("id", heading).attr("tabindex", "-1").text(title.to_owned()))
                        .child(cross),
                )
                .child(el("div").class("drawer-content").children(content)),
        )
        .into()
}

fn modal(class: &'static str, id: &'static str, heading: &str, cancel: impl Fn() + Send + Sync + 'static) -> El {
    let cancel = Arc::new(cancel);
    let closed = cancel.clone();
    el("dialog")
        .class(class)
        .id(id)
        .attr("data-overlay", class)
        .attr("aria-labelledby", heading.to_owned())
        .on("cancel", move |event| {
            // The state decides whether it closes.
            event.prevent_default();
            cancel();
        })
        // A second Escape closes it whatever the page says.
        .on("close", move |event| {
            if target::<Element>(&event).is_some_and(|element| element.is_connected()) {
                closed();
            }
        })
        .made(show)
}

/// Opens the dialog once it is in the page, and closes it before it leaves: that gives the focus back.
fn show(element: Element) {
    let element: HtmlDialogElement = element.unchecked_into();
    let before = StoredValue::new_local(active());
    let kept = StoredValue::new_local(element.clone());
    Effect::new(move |_| {
        // Opened twice, or not in the page: then there is nothing to open.
        let _ = element.show_modal();
    });
    on_cleanup(move || {
        kept.with_value(HtmlDialogElement::close);
        // What had the focus may have been built anew meanwhile.
        let lost = active().is_none_or(|element| element.tag_name() == "BODY" || !element.is_connected());
        let gone = before.with_value(|before| before.as_ref().is_none_or(|before| !before.is_connected()));
        if lost && gone {
            focus_heading();
        }
    });
}

fn active() -> Option<Element> {
    web_sys::window()?.document()?.active_element()
}

/// Moves the focus to the screen's heading.
pub(crate) fn focus_heading() {
    if let Some(heading) = in_page("main h1") {
        // It fails for no element that is in the page.
        let _ = heading.focus();
    }
}

/// Whether the screen's heading has the focus.
pub(crate) fn heading_has_focus() -> bool {
    in_page("main h1:focus").is_some()
}

fn in_page(selector: &str) -> Option<HtmlElement> {
    let document = web_sys::window()?.document()?;
    document.query_selector(selector).ok()??.dyn_into().ok()
}
