//! What a sync would change, or has changed: field by field, with the records that go first and the totals.

use super::{Ui, problem};
use crate::format::is_zero;
use crate::state::{Model, State};
use crate::words;
use leptos::prelude::*;
use shared::api::{Action, DependencyView, FieldChange, Shown, TotalsView, Written};

/// As many rows are shown at first; more open by a click.
const ROWS_AT_FIRST: usize = 8;

#[derive(Clone, PartialEq)]
struct Part {
    /// Whether it has happened.
    done: bool,
    /// Whether Xero has nothing of it yet.
    new: bool,
    changes: Vec<FieldChange>,
    dependencies: Vec<DependencyView>,
    totals: Option<TotalsView>,
}

fn part(model: &Model) -> Option<Part> {
    let view = model.view.as_ref()?;
    let mut part = match (model.state(), &model.entry) {
        (State::Done, Some(entry)) => Part {
            done: true,
            new: entry.outcome == shared::api::Outcome::Created,
            changes: entry.changes.clone(),
            dependencies: entry.dependencies.clone(),
            totals: view.preview.totals.clone(),
        },
        (
            State::NotSynced
            | State::Changes
            | State::Failed
            | State::Limited
            | State::Locked
            | State::Skipped
            | State::InStep,
            _,
        ) => Part {
            done: false,
            new: view.preview.action == Action::Create || view.xero.is_none(),
            changes: view.preview.changes.clone(),
            dependencies: view.preview.dependencies.clone(),
            totals: view.preview.totals.clone(),
        },
        _ => return None,
    };
    part.dependencies.retain(|dependency| dependency.action != Action::Unchanged || !dependency.problems.is_empty());
    // Where nothing is to be sent, totals that meet are no news.
    if part.changes.is_empty() {
        part.totals = part.totals.filter(|totals| !is_zero(&totals.difference));
    }
    let empty = part.changes.is_empty() && part.dependencies.is_empty() && part.totals.is_none();
    (!empty).then_some(part)
}

pub(super) fn section(ui: Ui) -> AnyView {
    let part = ui.slice(part);
    (move || {
        part.get().map(|part| {
            let title = match (part.done, part.new) {
                (true, true) => "What was sent",
                (true, false) => "What changed",
                (false, true) => "What would be sent",
                (false, false) => "What would change",
            };
            let table = (!part.changes.is_empty()).then(|| {
                view! {
                    <h2 id="changes-title">{title}</h2>
                    {table(ui, part.changes, part.done, part.new)}
                }
                .into_any()
            });
            view! {
                <section class="block" data-testid="changes">
                    {dependencies(ui, &part.dependencies, part.done)} {table}
                    {part.totals.map(|totals| totals_line(ui, &totals))}
                </section>
            }
            .into_any()
        })
    })
    .into_any()
}

/// The records that go first.
pub(super) fn dependencies(ui: Ui, dependencies: &[DependencyView], done: bool) -> AnyView {
    if dependencies.is_empty() {
        return ().into_any();
    }
    let items: Vec<AnyView> = dependencies
        .iter()
        .map(|dependency| {
            let fate = match done {
                true => words::dependency_done(dependency.action),
                false => words::dependency(dependency.action),
            };
            let problems: Vec<AnyView> =
                dependency.problems.iter().map(|found| problem::block(ui, found.clone(), false)).collect();
            view! {
                <li>
                    <span class="muted">{words::module_title(dependency.module)} " "</span>
                    <strong>{dependency.name.clone()}</strong>
                    " "
                    {fate}
                    {problems}
                </li>
            }
            .into_any()
        })
        .collect();
    view! {
        <ul class="dependencies" data-testid="dependencies">
            {items}
        </ul>
    }
    .into_any()
}

/// A table that becomes stacked rows where it is narrow. Its roles are written out, because browsers drop a table's
/// meaning when its cells are laid out as blocks.
pub(super) fn table(ui: Ui, changes: Vec<FieldChange>, done: bool, new: bool) -> AnyView {
    let count = changes.len();
    let all = RwSignal::new(count <= ROWS_AT_FIRST);
    // What is new has nothing on Xero's side yet: a column of blanks would only push the rest aside.
    let last = match (done, new) {
        (false, true) => "Will be in Xero",
        (false, false) => "Will become",
        (true, true) => "In Xero",
        (true, false) => "Became",
    };
    let was = if done { "Xero before" } else { "Xero now" };
    let rows = move || -> Vec<AnyView> {
        let shown = if all.get() { count } else { ROWS_AT_FIRST };
        changes.iter().take(shown).map(|change| row(ui, change, was, last, new)).collect()
    };
    view! {
        <table class="changes" role="table" aria-labelledby="changes-title">
            <thead role="rowgroup">
                <tr role="row">
                    <th scope="col" role="columnheader">"Field"</th>
                    <th scope="col" role="columnheader">"CRM"</th>
                    {(!new).then(|| view! { <th scope="col" role="columnheader">{was}</th> }.into_any())}
                    <th scope="col" role="columnheader">{last}</th>
                </tr>
            </thead>
            <tbody role="rowgroup">{rows}</tbody>
        </table>
        {move || {
            (!all.get())
                .then(|| {
                    view! {
                        <button
                            type="button"
                            class="link"
                            data-testid="show-all"
                            on:click=move |_| all.set(true)
                        >
                            {["Show all ", &count.to_string(), " fields"].concat()}
                        </button>
                    }
                        .into_any()
                })
        }}
    }
    .into_any()
}

fn row(ui: Ui, change: &FieldChange, was: &'static str, last: &'static str, new: bool) -> AnyView {
    let note = (!new).then(|| view! { <span class="why muted">{words::why(change.why)}</span> }.into_any());
    // On a new record everything is written to Xero; what goes the other way is said.
    let side = (!new || change.written == Written::Crm)
        .then(|| view! { <span class="side muted">{words::written(change.written)}</span> }.into_any());
    view! {
        <tr role="row" data-field=change.key.clone()>
            <th scope="row" role="rowheader">
                {change.label.clone()} {note}
            </th>
            {cell(ui, change.crm.as_ref(), "CRM", "", ().into_any())}
            {(!new).then(|| cell(ui, change.xero.as_ref(), was, "", ().into_any()))}
            {cell(ui, change.result.as_ref(), last, "result", side.into_any())}
        </tr>
    }
    .into_any()
}

fn cell(ui: Ui, shown: Option<&Shown>, label: &'static str, kind: &'static str, extra: AnyView) -> AnyView {
    let text = match shown {
        Some(shown) => ui.formats.with(|formats| formats.shown(shown)),
        None => String::new(),
    };
    let numeric = matches!(shown, Some(Shown::Money(..) | Shown::Number(_)));
    let class = [kind, if numeric { " numeric" } else { "" }].concat();
    let value = if text.is_empty() {
        view! { <span class="muted">"–"</span> <span class="visually-hidden">"empty"</span> }.into_any()
    } else {
        view! { <span class="value">{text}</span> }.into_any()
    };
    view! {
        <td role="cell" class=class data-label=label>
            {value}
            {extra}
        </td>
    }
    .into_any()
}

/// The CRM's total beside Xero's, before it is sent.
fn totals_line(ui: Ui, totals: &TotalsView) -> AnyView {
    let money = |amount: &str| ui.formats.with(|formats| formats.money(amount, &totals.currency));
    let (crm, xero) = (money(&totals.crm), money(&totals.xero));
    let meets = is_zero(&totals.difference);
    let (class, verdict) = if meets {
        ("totals", "The totals meet.".to_owned())
    } else {
        ("totals differs", ["They differ by ", &money(&totals.difference), "."].concat())
    };
    view! {
        <p class=class data-testid="totals">
            <span class="pair">"CRM total " <strong class="figure">{crm}</strong></span>
            " "
            <span class="pair">"Xero’s total " <strong class="figure">{xero}</strong></span>
            " "
            <span class="verdict">{verdict}</span>
        </p>
    }
    .into_any()
}
