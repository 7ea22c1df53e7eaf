//! What Xero knows of the record, and the steps of a sync that is under way.

use super::ui::{PanelUi, time};
use crate::dictionary::{fill, said, say, spoken};
use crate::format::is_zero;
use crate::panel::state::State;
use crate::panel::words;
use crate::view::dom::{El, el, link, live, nothing};
use leptos::prelude::*;
use shared::api::{Step, XeroState};
use shared::module::Kind;
use std::cmp::Ordering;

/// All steps, in their order.
const STEPS: [Step; 4] = [Step::Read, Step::Compare, Step::Send, Step::WriteBack];

/// `Invoice INV-0042 · Awaiting payment · due 30 Nov 2026 · checked 2 min ago`
pub(super) fn summary(ui: PanelUi) -> AnyView {
    let view = ui.slice(|model| {
        let view = model.view.as_ref().filter(|_| model.connection_state().is_none())?;
        let xero = view.xero.as_ref();
        // That something is active goes without saying.
        let status = xero.and_then(|xero| xero.status.clone()).filter(|status| status != "ACTIVE");
        let open = xero.and_then(|xero| xero.amount_due.as_deref()).is_some_and(|due| !is_zero(due));
        let due = xero.and_then(|xero| xero.due_date.clone()).filter(|_| open);
        Some((view.module, view.name.clone(), status, due, view.checked_at))
    });
    let waits = ui.whether(|model| model.state() == State::Loading);
    live(move || {
        if waits.get() {
            return el("p").class("sub").child(el("span").class("bone bone-line")).into();
        }
        let Some((module, name, status, due, checked_at)) = view.get() else { return nothing() };
        let mut text = [words::module_title(module), " ", &name].concat();
        if let Some(status) = status {
            text.push_str(" · ");
            text.push_str(&words::xero_status(&status));
        }
        if let Some(due) = due {
            text.push_str(&fill(" · due {}", &ui.formats.with(|formats| formats.day(&due))));
        }
        let checked = el("span").class("muted").id("checked").text(say(" · checked ")).child(time(ui, checked_at));
        el("p").class("sub").child(el("span").id("summary").text(text)).child(checked).into()
    })
}

/// Amounts and links.
pub(super) fn facts(ui: PanelUi) -> AnyView {
    let facts = ui.slice(|model| {
        let view = model.view.as_ref().filter(|_| model.connection_state().is_none())?;
        view.xero.clone().map(|xero| (view.module, xero))
    });
    live(move || {
        let Some((module, xero)) = facts.get() else { return nothing() };
        let amounts = if module.kind() == Kind::Document { amounts(ui, &xero) } else { None };
        let open = fill("Open {} in Xero", &said(module.xero_singular()));
        let pay = xero.online_invoice.map(|url| link(url, spoken("Customer’s pay page"), "pay-link"));
        el("section")
            .class("facts")
            .id("facts")
            .maybe(amounts)
            .child(el("p").class("links").child(link(xero.url, open, "open-in-xero")).maybe(pay))
            .into()
    })
}

fn amounts(ui: PanelUi, xero: &XeroState) -> Option<El> {
    let currency = xero.currency.as_ref()?;
    let money = |amount: &String| ui.formats.with(|formats| formats.money(amount, currency));
    let credited = xero.amount_credited.as_ref().filter(|amount| !is_zero(amount));
    let pairs = [
        ("Total", "amount-total", xero.total.as_ref().map(money)),
        ("Paid", "amount-paid", xero.amount_paid.as_ref().map(money)),
        ("Credited", "amount-credited", credited.map(money)),
        ("Due", "amount-due", xero.amount_due.as_ref().map(money)),
        ("Paid on", "paid-on", xero.paid_on.as_ref().map(|day| ui.formats.with(|formats| formats.day(day)))),
    ];
    let pairs = pairs.into_iter().filter_map(|(label, id, text)| {
        let value = el("dd").id(id).text(text?);
        Some(el("div").class("amount").child(el("dt").text(say(label))).child(value))
    });
    Some(el("dl").class("amounts").children(pairs))
}

/// The steps tick off.
pub(super) fn steps(ui: PanelUi) -> AnyView {
    let steps = ui.slice(|model| model.work.clone().filter(|_| model.state() == State::Working));
    live(move || {
        let Some(steps) = steps.get() else { return nothing() };
        let current = steps.last().copied().unwrap_or(Step::Read);
        let at = STEPS.iter().position(|step| *step == current).unwrap_or(0);
        let items = STEPS.into_iter().enumerate().map(|(index, step)| {
            let order = index.cmp(&at);
            let (class, note) = match order {
                Ordering::Less => ("step past", " done"),
                Ordering::Equal => ("step present", " now"),
                Ordering::Greater => ("step", " to come"),
            };
            let item = el("li").class(class).text(words::step(step));
            let item = if order == Ordering::Equal { item.attr("aria-current", "step") } else { item };
            item.child(el("span").class("visually-hidden").text(say(note)))
        });
        el("ol").class("block steps").id("steps").children(items).into()
    })
}
