//! The record's log: what was done, when and by whom, with everything behind it on request.

use super::sign::sign;
use super::{Ui, changes, problem, time};
use crate::format::took;
use crate::state::{Model, Msg, Page, State, Tone};
use crate::words;
use leptos::prelude::*;
use shared::api::{CallView, EntryView, FieldChange, Outcome, Shown};

/// So many changes fit the one line of an entry.
const CHANGES_IN_LINE: usize = 2;

pub(super) fn section(ui: Ui) -> AnyView {
    let entries = ui.slice(|model| {
        let shown = matches!(model.page, Page::Records(..))
            && model.connection_state().is_none()
            && !matches!(model.state(), State::SignedOut | State::List);
        if shown { model.entries().cloned().collect() } else { Vec::new() }
    });
    let has_older = ui.slice(Model::has_older);
    let loading = ui.slice(|model| model.older.loading);
    (move || {
        let entries = entries.get();
        (!entries.is_empty()).then(|| {
            let items: Vec<AnyView> = entries.into_iter().map(|entry| item(ui, entry)).collect();
            view! {
                <section class="block" data-testid="history">
                    <h2>"History"</h2>
                    <ul class="history">{items}</ul>
                    {move || {
                        has_older
                            .get()
                            .then(|| {
                                let label = move || if loading.get() { "Reading…" } else { "Show older entries" };
                                view! {
                                    <button
                                        type="button"
                                        class="link"
                                        data-testid="older"
                                        aria-disabled=move || loading.get().to_string()
                                        on:click=move |_| ui.send(Msg::OlderWanted)
                                    >
                                        {label}
                                    </button>
                                }
                                    .into_any()
                            })
                    }}
                </section>
            }
            .into_any()
        })
    })
    .into_any()
}

fn item(ui: Ui, entry: EntryView) -> AnyView {
    let tone = match entry.outcome {
        Outcome::Created | Outcome::Updated | Outcome::Unchanged => Tone::Good,
        Outcome::Skipped => Tone::Quiet,
        Outcome::Deferred => Tone::Warn,
        Outcome::Failed => Tone::Bad,
    };
    let by = match &entry.by {
        Some(by) => [" by ", by].concat(),
        None => " on schedule".to_owned(),
    };
    let gist = gist(ui, &entry);
    let open = RwSignal::new(false);
    view! {
        <li>
            <details on:toggle=move |_| open.set(true)>
                <summary data-testid="entry" data-entry=entry.id.clone()>
                    <span class="when">{time(ui, entry.at)}</span>
                    {sign(tone, true)}
                    <span class="gist">
                        <strong>{words::outcome(&entry)}</strong>
                        {by}
                        {gist}
                    </span>
                </summary>
                // Most entries are never opened.
                {move || open.get().then(|| details(ui, &entry))}
            </details>
        </li>
    }
    .into_any()
}

/// `: due date 16 Nov 2026 → 30 Nov 2026`, or what was wrong.
fn gist(ui: Ui, entry: &EntryView) -> String {
    let mut text = String::new();
    if matches!(entry.outcome, Outcome::Failed | Outcome::Skipped | Outcome::Deferred)
        && let Some(problem) = entry.problems.first()
    {
        text.push_str(": ");
        text.push_str(&problem.what);
    } else if entry.outcome == Outcome::Updated {
        for (index, change) in entry.changes.iter().take(CHANGES_IN_LINE).enumerate() {
            text.push_str(if index == 0 { ": " } else { ", " });
            text.push_str(&change.label);
            text.push(' ');
            text.push_str(&from_to(ui, change));
        }
        if entry.changes.len() > CHANGES_IN_LINE {
            let rest = entry.changes.len() - CHANGES_IN_LINE;
            text.push_str(&[" and ", &rest.to_string(), " more"].concat());
        }
    }
    text
}

fn from_to(ui: Ui, change: &FieldChange) -> String {
    let before = match change.written {
        shared::api::Written::Xero => change.xero.as_ref(),
        shared::api::Written::Crm => change.crm.as_ref(),
    };
    let text = |shown: Option<&Shown>| match shown {
        Some(shown) => ui.formats.with(|formats| formats.shown(shown)),
        None => "–".to_owned(),
    };
    [&text(before), " → ", &text(change.result.as_ref())].concat()
}

fn details(ui: Ui, entry: &EntryView) -> AnyView {
    let problems: Vec<AnyView> = entry.problems.iter().map(|found| problem::block(ui, found.clone(), false)).collect();
    let new = entry.outcome == Outcome::Created;
    let table = (!entry.changes.is_empty()).then(|| changes::table(ui, entry.changes.clone(), true, new)).into_any();
    let exact = {
        #[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 fit a double until the year 287396")]
        let millis = entry.at.timestamp_millis() as f64;
        ui.formats.with(|formats| formats.instant(millis))
    };
    let calls: Vec<AnyView> = entry.calls.iter().map(call).collect();
    let calls_table = (!calls.is_empty()).then(|| {
        view! {
            <table class="calls">
                <caption>"Calls"</caption>
                <thead>
                    <tr>
                        <th scope="col">"To"</th>
                        <th scope="col">"Call"</th>
                        <th scope="col">"Answer"</th>
                        <th scope="col" class="numeric">"Took"</th>
                    </tr>
                </thead>
                <tbody>{calls}</tbody>
            </table>
        }
        .into_any()
    });
    view! {
        <div class="entry" data-testid="entry-details">
            <p class="muted">{exact} " · took " {took(entry.took_ms)}</p>
            {problems}
            {changes::dependencies(ui, &entry.dependencies, true)}
            {table}
            {calls_table}
        </div>
    }
    .into_any()
}

fn call(call: &CallView) -> AnyView {
    let status = match call.status {
        Some(status) => status.to_string(),
        None => "none came".to_owned(),
    };
    view! {
        <tr>
            <td>{call.api.clone()}</td>
            <td class="code" title=call.correlation_id.clone()>
                {call.call.clone()}
            </td>
            <td>{status}</td>
            <td class="numeric">{took(call.took_ms)}</td>
        </tr>
    }
    .into_any()
}
