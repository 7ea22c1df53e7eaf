//! The form of a new run: pairs, directions, which records.

use super::state::{Form, RunAction, Window, direction_name, direction_of};
use super::ui::{RunsUi, refusal};
use crate::portal::parts::{self, About};
use crate::portal::reactive::*;
use crate::portal::words::runs::Runs;
use crate::tone::Tone;
use crate::view::dom::{El, el, nothing};
use shared::module::Module;
use std::sync::Arc;
use wasm_bindgen::JsCast;

pub(super) fn card(ui: RunsUi) -> El {
    let words = ui.words();
    parts::card("run-form", words.form, vec![pairs(ui), window(ui), refusal(ui), buttons(ui)])
}

fn of_form<T>(ui: RunsUi, part: impl FnOnce(&Form) -> T) -> Option<T> {
    ui.model.with(|model| model.form.as_ref().map(part))
}

fn change(ui: RunsUi, change: impl FnOnce(&mut Form)) {
    ui.change(|model| {
        if let Some(form) = &mut model.form {
            change(form);
        }
    });
}

/// The test names of a pair's controls.
pub(in crate::portal) fn pair_ids(module: Module) -> (&'static str, &'static str) {
    match module {
        Module::Accounts => ("pair-accounts", "direction-accounts"),
        Module::Contacts => ("pair-contacts", "direction-contacts"),
        Module::Vendors => ("pair-vendors", "direction-vendors"),
        Module::Products => ("pair-products", "direction-products"),
        Module::Invoices => ("pair-invoices", "direction-invoices"),
        Module::PurchaseOrders => ("pair-purchase-orders", "direction-purchase-orders"),
    }
}

fn pairs(ui: RunsUi) -> El {
    let words = ui.words();
    let none = Memo::new(move |_| of_form(ui, Form::is_empty).unwrap_or(false));
    let error = el("p").class("runs-error").id("runs-no-pair").attr("aria-live", "polite").live(move || {
        if none.get() { el("span").child(parts::sign(Tone::Bad)).text(words.no_pair).into() } else { nothing() }
    });
    el("fieldset")
        .class("runs-pairs")
        .child(el("legend").text(words.pairs))
        .child(el("p").class("runs-hint").text(words.pairs_hint))
        .child(el("ul").class("runs-pair-list").children(Module::ALL.map(|module| pair(ui, module))))
        .child(error)
}

fn pair(ui: RunsUi, module: Module) -> El {
    let (id, direction_id) = pair_ids(module);
    let name = parts::module_name(ui.app, module);
    let check = parts::checkbox(
        id,
        name,
        move || of_form(ui, |form| form.has(module)).unwrap_or(false),
        move |chosen| change(ui, |form| form.choose(module, chosen)),
    );
    let directions =
        ui.state(|model| model.form.as_ref().map(|form| form.directions(module))).flatten().unwrap_or_default();
    let direction = match directions.as_slice() {
        // There is nothing to choose.
        [only] => el("span").class("runs-only").id(direction_id).text(parts::direction_name(ui.app, *only)),
        _ => {
            let name_of =
                |direction| (direction_name(direction).to_owned(), parts::direction_name(ui.app, direction).to_owned());
            parts::select(
                direction_id,
                directions.iter().copied().map(name_of).collect(),
                move || of_form(ui, |form| direction_name(form.direction(module)).to_owned()).unwrap_or_default(),
                move |picked| {
                    if let Some(direction) = direction_of(&picked) {
                        change(ui, |form| form.turn(module, direction));
                    }
                },
            )
            .attr("aria-label", (ui.words().direction_of)(name))
            .made(off_while(move || !of_form(ui, |form| form.has(module)).unwrap_or(false)))
        }
    };
    el("li").class("runs-pair").child(check).child(direction)
}

/// Switches a select off while there is nothing to choose with it.
pub(in crate::portal) fn off_while(off: impl Fn() -> bool + Clone + 'static) -> impl Fn(web_sys::Element) + 'static {
    move |select| {
        let off = off.clone();
        Effect::new(move |_| select.unchecked_ref::<web_sys::HtmlSelectElement>().set_disabled(off()));
    }
}

fn window(ui: RunsUi) -> El {
    let words = ui.words();
    let chosen = Memo::new(move |_| of_form(ui, |form| form.window).unwrap_or_default());
    let options = Window::ALL.map(|window| (window.name().to_owned(), name(words, window).to_owned())).to_vec();
    let segments = parts::segments(
        "window",
        words.window,
        options,
        move || chosen.get().name().to_owned(),
        move |picked| {
            if let Some(window) = Window::of_name(&picked) {
                change(ui, |form| form.window = window);
            }
        },
    );
    let days = parts::part("runs-days", move || if chosen.get() == Window::Days { days(ui).into() } else { nothing() });
    let hint = el("p").class("runs-hint").id("window-hint").live_text(move || hint(words, chosen.get()).to_owned());
    el("div").class("runs-window").child(segments).child(hint).child(days)
}

fn name(words: &Runs, window: Window) -> &'static str {
    match window {
        Window::SinceLast => words.since_last,
        Window::Days => words.last_days,
        Window::Everything => words.everything,
    }
}

fn hint(words: &Runs, window: Window) -> &'static str {
    match window {
        Window::SinceLast => words.since_last_hint,
        Window::Days => words.last_days_hint,
        Window::Everything => words.everything_hint,
    }
}

fn days(ui: RunsUi) -> El {
    let words = ui.words();
    let control = parts::input(
        "days",
        "number",
        move || of_form(ui, |form| form.days.clone()).unwrap_or_default(),
        move |typed| change(ui, |form| form.days = typed),
    );
    let control = control.attr("min", "1").attr("max", "36500").attr("step", "1").attr("inputmode", "numeric");
    let wrong = move || of_form(ui, |form| form.days_wrong().then(|| words.days_wrong.to_owned())).flatten();
    parts::field(words.days, control, About { error: Some(Arc::new(wrong)), ..About::default() })
}

fn buttons(ui: RunsUi) -> El {
    let words = ui.words();
    let asking = ui.slice(|model| model.asking);
    let fine = Memo::new(move |_| of_form(ui, |form| form.request(true).is_some()).unwrap_or(false));
    let ready = move || fine.get() && asking.get().is_none();
    let check = parts::primary("run-check", "", ready, move || ui.ask(RunAction::Check)).live_text(move || {
        if asking.get() == Some(RunAction::Check) { words.checking } else { words.check }.to_owned()
    });
    let start = parts::secondary("run-start", "", move || ui.ask(RunAction::Start))
        .live_attr("aria-disabled", move || (!ready()).to_string())
        .live_text(move || {
            if asking.get() == Some(RunAction::Start) { words.starting } else { words.start }.to_owned()
        });
    el("div")
        .class("runs-start")
        .child(el("div").class("actions").child(check).child(start))
        .child(el("p").class("runs-hint").text(words.check_hint))
}
