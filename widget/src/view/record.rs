//! What Xero knows of the record, and the steps of a sync that is under way.

use super::{Ui, time};
use crate::format::is_zero;
use crate::state::State;
use crate::words;
use leptos::prelude::*;
use shared::api::{Step, XeroState};
use shared::module::Kind;

/// All steps, in their order.
const STEPS: [Step; 4] = [Step::Read, Step::Compare, Step::Send, Step::WriteBack];

/// `INV-0042 · Awaiting payment · due 30 Nov 2026 · checked 2 min ago`
pub(super) fn summary(ui: Ui) -> AnyView {
    let view = ui.slice(|model| {
        let view = model.view.as_ref()?;
        if model.connection_state().is_some() {
            return None;
        }
        let status = view.xero.as_ref().and_then(|xero| xero.status.clone());
        // That something is active goes without saying.
        let status = status.filter(|status| status != "ACTIVE");
        let due = view.xero.as_ref().and_then(|xero| xero.due_date.clone());
        let open = view.xero.as_ref().and_then(|xero| xero.amount_due.as_deref()).is_some_and(|due| !is_zero(due));
        Some((view.module, view.name.clone(), status, due.filter(|_| open), view.checked_at))
    });
    let waits = ui.slice(|model| model.state() == State::Loading);
    (move || {
        if waits.get() {
            return Some(view! { <p class="sub"><span class="bone bone-line"></span></p> }.into_any());
        }
        view.get().map(|(module, name, status, due, checked_at)| {
            let mut text = [words::module_title(module), " ", &name].concat();
            if let Some(status) = status {
                text.push_str(" · ");
                text.push_str(words::xero_status(&status));
            }
            if let Some(due) = due {
                text.push_str(" · due ");
                text.push_str(&ui.formats.with(|formats| formats.day(&due)));
            }
            view! {
                <p class="sub">
                    <span data-testid="summary">{text}</span>
                    <span class="muted" data-testid="checked">" · checked " {time(ui, checked_at)}</span>
                </p>
            }
            .into_any()
        })
    })
    .into_any()
}

/// Amounts and links.
pub(super) fn facts(ui: Ui) -> AnyView {
    let facts = ui.slice(|model| {
        if model.connection_state().is_some() {
            return None;
        }
        let view = model.view.as_ref()?;
        view.xero.clone().map(|xero| (view.module, xero))
    });
    (move || {
        facts.get().map(|(module, xero)| {
            let amounts = if module.kind() == Kind::Document { amounts(ui, &xero) } else { ().into_any() };
            let open = ["Open ", module.xero_singular(), " in Xero"].concat();
            view! {
                <section class="facts" data-testid="facts">
                    {amounts}
                    <p class="links">
                        <a href=xero.url target="_blank" rel="noopener" data-testid="open-in-xero">
                            {open}
                        </a>
                        {xero
                            .online_invoice
                            .map(|url| {
                                view! {
                                    <a href=url target="_blank" rel="noopener" data-testid="pay-link">
                                        "Customer’s pay page"
                                    </a>
                                }
                                    .into_any()
                            })}
                    </p>
                </section>
            }
            .into_any()
        })
    })
    .into_any()
}

fn amounts(ui: Ui, xero: &XeroState) -> AnyView {
    let Some(currency) = &xero.currency else { return ().into_any() };
    let credited = xero.amount_credited.as_ref().filter(|amount| !is_zero(amount));
    let amounts = [
        ("Total", "total", xero.total.as_ref()),
        ("Paid", "paid", xero.amount_paid.as_ref()),
        ("Credited", "credited", credited),
        ("Due", "due", xero.amount_due.as_ref()),
    ];
    let pairs: Vec<AnyView> = amounts
        .into_iter()
        .filter_map(|(label, id, amount)| {
            let amount = amount?;
            let text = ui.formats.with(|formats| formats.money(amount, currency));
            Some(
                view! {
                    <div class="amount">
                        <dt>{label}</dt>
                        <dd data-testid=["amount-", id].concat()>{text}</dd>
                    </div>
                }
                .into_any(),
            )
        })
        .collect();
    let paid_on = xero.paid_on.as_ref().map(|day| {
        let day = ui.formats.with(|formats| formats.day(day));
        view! {
            <div class="amount">
                <dt>"Paid on"</dt>
                <dd data-testid="paid-on">{day}</dd>
            </div>
        }
        .into_any()
    });
    view! { <dl class="amounts">{pairs} {paid_on}</dl> }.into_any()
}

/// The steps tick off.
pub(super) fn steps(ui: Ui) -> AnyView {
    let steps = ui.slice(|model| model.work.clone().filter(|_| model.state() == State::Working));
    (move || {
        steps.get().map(|steps| {
            let current = steps.last().copied().unwrap_or(Step::Read);
            let at = STEPS.iter().position(|step| *step == current).unwrap_or(0);
            let items: Vec<AnyView> = STEPS
                .into_iter()
                .enumerate()
                .map(|(index, step)| {
                    let (class, note) = match index.cmp(&at) {
                        std::cmp::Ordering::Less => ("step past", "done"),
                        std::cmp::Ordering::Equal => ("step present", "now"),
                        std::cmp::Ordering::Greater => ("step", "to come"),
                    };
                    let present = (index == at).then_some("step");
                    view! {
                        <li class=class aria-current=present>
                            {words::step(step)}
                            <span class="visually-hidden">" " {note}</span>
                        </li>
                    }
                    .into_any()
                })
                .collect();
            view! {
                <ol class="block steps" data-testid="steps">
                    {items}
                </ol>
            }
            .into_any()
        })
    })
    .into_any()
}
