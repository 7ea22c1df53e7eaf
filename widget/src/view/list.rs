//! Several records: a bar, the counts, and a table with one row for each.

use super::sign::sign;
use super::{Ui, problem};
use crate::state::{Counts, Model, Phase, Row, State, Tone};
use crate::words;
use leptos::prelude::*;
use shared::api::Outcome;

pub(super) fn section(ui: Ui) -> AnyView {
    let shown = ui.slice(|model| model.state() == State::List && !model.rows.is_empty());
    (move || shown.get().then(|| table(ui))).into_any()
}

fn table(ui: Ui) -> AnyView {
    let counts = ui.slice(Model::counts);
    let ids = ui.slice(|model| model.rows.iter().map(|row| row.id.clone()).collect::<Vec<_>>());
    let module = ui.slice(|model| match &model.page {
        crate::state::Page::Records(module, _) => words::module_title(*module),
        _ => "Record",
    });
    view! {
        <section class="block" data-testid="list">
            <progress
                data-testid="bar"
                max=move || counts.get().total
                prop:value=move || as_number(counts.get())
                aria-label="Records done"
            ></progress>
            <p class="counts" data-testid="counts">
                {move || words::list_counts(counts.get())}
            </p>
            {shared_problems(ui)}
            <table class="rows">
                <thead>
                    <tr>
                        <th scope="col">{move || module.get()}</th>
                        <th scope="col">"Outcome"</th>
                        <th scope="col">"Problem"</th>
                    </tr>
                </thead>
                <tbody>
                    <For each=move || ids.get() key=Clone::clone children=move |id| row(ui, id) />
                </tbody>
            </table>
        </section>
    }
    .into_any()
}

fn as_number(counts: Counts) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a list has at most some hundred records")]
    let ended = counts.ended as f64;
    ended
}

/// Problems with a choice that settles them, once each: the same tax stops many invoices.
fn shared_problems(ui: Ui) -> AnyView {
    let found = ui.slice(|model| {
        let mut found: Vec<shared::problem::Problem> = Vec::new();
        for problem in model.rows.iter().filter(|row| row.phase.is_retryable()).flat_map(|row| row.phase.problems()) {
            let same = |other: &shared::problem::Problem| other.code == problem.code && other.remedy == problem.remedy;
            if problem.remedy.is_some() && !found.iter().any(same) {
                found.push(problem.clone());
            }
        }
        found
    });
    (move || found.get().into_iter().map(|found| problem::block(ui, found, true)).collect::<Vec<_>>()).into_any()
}

fn row(ui: Ui, id: String) -> AnyView {
    let key = id.clone();
    let row = ui.slice(move |model| model.rows.iter().find(|row| row.id == key).cloned());
    view! {
        <tr data-testid="row" data-id=id>
            {move || row.get().map(cells)}
        </tr>
    }
    .into_any()
}

fn cells(row: Row) -> AnyView {
    let (tone, outcome) = match &row.phase {
        Phase::Waiting => (Tone::Quiet, "Waiting"),
        Phase::Working => (Tone::Busy, "Syncing…"),
        Phase::Refused(_) => (Tone::Bad, "Could not be sent"),
        Phase::Ended(entry) => {
            let warned = !entry.problems.is_empty();
            let tone = match entry.outcome {
                Outcome::Created | Outcome::Updated | Outcome::Unchanged if warned => Tone::Warn,
                Outcome::Created | Outcome::Updated | Outcome::Unchanged => Tone::Good,
                Outcome::Skipped => Tone::Quiet,
                Outcome::Deferred => Tone::Warn,
                Outcome::Failed => Tone::Bad,
            };
            (tone, words::outcome(entry))
        }
    };
    let problems: Vec<AnyView> = row
        .phase
        .problems()
        .iter()
        .map(|found| {
            let (what, why, fix) = (found.what.clone(), found.why.clone(), found.fix.clone());
            let place = found.place.clone().map(|place| {
                view! {
                    <p>
                        <a href=place.url target="_blank" rel="noopener">
                            {place.label}
                        </a>
                    </p>
                }
                .into_any()
            });
            view! {
                <details class="row-problem" data-code=found.code.as_str()>
                    <summary data-testid="row-problem">{what}</summary>
                    <p>
                        <b>"Why: "</b>
                        {why}
                    </p>
                    <p>
                        <b>"Do: "</b>
                        {fix}
                    </p>
                    {place}
                </details>
            }
            .into_any()
        })
        .collect();
    view! {
        <th scope="row" data-testid="row-name">
            {row.name.unwrap_or_else(|| "…".to_owned())}
        </th>
        <td>
            {sign(tone, true)}
            <span data-testid="row-outcome">{outcome}</span>
        </td>
        <td>{problems}</td>
    }
    .into_any()
}
