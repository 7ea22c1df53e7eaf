//! A problem: what happened, why, what to do, and the place. Always in this order.

use super::Ui;
use crate::state::{Model, Msg, Page, State};
use crate::words;
use leptos::prelude::*;
use shared::problem::{Problem, Severity};
use shared::settings::Remedy;

fn problems(model: &Model, warnings: bool) -> Vec<Problem> {
    // What keeps us from both sides is told by the panel's state; the list tells its own in each row.
    let told_elsewhere = match model.state() {
        State::SignedOut | State::Loading | State::Working | State::SdkMissing => true,
        State::Error => !matches!(model.page, Page::Records(..)),
        State::List => true,
        _ => false,
    };
    if told_elsewhere {
        return Vec::new();
    }
    let mut problems = model.problems();
    if model.connection_state().is_some() {
        problems.truncate(usize::from(model.fault.is_some()));
    }
    problems.retain(|problem| (problem.severity == Severity::Warning) == warnings);
    problems
}

/// What stops the sync.
pub(super) fn stopping(ui: Ui) -> AnyView {
    section(ui, "problems", false)
}

/// What is only worth knowing.
pub(super) fn warnings(ui: Ui) -> AnyView {
    section(ui, "warnings", true)
}

fn section(ui: Ui, id: &'static str, warnings: bool) -> AnyView {
    let found = ui.slice(move |model| problems(model, warnings));
    (move || {
        let found = found.get();
        (!found.is_empty()).then(|| {
            let blocks: Vec<AnyView> = found.into_iter().map(|problem| block(ui, problem, true)).collect();
            view! {
                <section class="block" data-testid=id>
                    {blocks}
                </section>
            }
            .into_any()
        })
    })
    .into_any()
}

/// One problem. `with_remedy`: whether its choice is offered here.
pub(super) fn block(ui: Ui, problem: Problem, with_remedy: bool) -> AnyView {
    let (class, kind) = match problem.severity {
        Severity::Warning => ("problem tone-warn", "Warning: "),
        Severity::Error => ("problem tone-bad", "Problem: "),
        Severity::Waiting => ("problem tone-warn", "Waiting: "),
    };
    let said_by = words::said_by(problem.code);
    let stops = problem.severity == Severity::Error;
    let remedy = problem.remedy.filter(|_| with_remedy).map(|remedy| remedy_view(ui, remedy, stops));
    view! {
        <article class=class data-testid="problem" data-code=problem.code.as_str()>
            <p class="what">
                <span class="visually-hidden">{kind}</span>
                {problem.what}
            </p>
            <p>
                <b>"Why: "</b>
                {problem.why}
            </p>
            <p>
                <b>"Do: "</b>
                {problem.fix}
            </p>
            {problem
                .place
                .map(|place| {
                    view! {
                        <p>
                            <a href=place.url target="_blank" rel="noopener" data-testid="place">
                                {place.label}
                            </a>
                        </p>
                    }
                        .into_any()
                })}
            {remedy}
            {problem
                .said
                .map(|said| {
                    view! {
                        <details class="said">
                            <summary data-testid="said">{said_by}</summary>
                            <blockquote>{said}</blockquote>
                        </details>
                    }
                        .into_any()
                })}
        </article>
    }
    .into_any()
}

/// A choice that settles the problem at once. Only administrators may make it.
fn remedy_view(ui: Ui, remedy: Remedy, stops: bool) -> AnyView {
    let administrator = ui.slice(Model::is_administrator);
    let saving = ui.slice(|model| model.saving);
    (move || {
        if !administrator.get() {
            let text = ["Ask an administrator to choose: ", &remedy.label, "."].concat();
            return view! {
                <p class="muted" data-testid="ask-administrator">
                    {text}
                </p>
            }
            .into_any();
        }
        let chosen = RwSignal::new(None::<usize>);
        let options: Vec<AnyView> = remedy
            .choices
            .iter()
            .enumerate()
            .map(|(index, choice)| view! { <option value=index>{choice.label.clone()}</option> }.into_any())
            .collect();
        let choices = remedy.choices.clone();
        let save = move |_| {
            let change =
                chosen.get_untracked().and_then(|index| choices.get(index)).map(|choice| choice.change.clone());
            if let Some(change) = change {
                ui.send(Msg::RemedyChosen(change));
            }
        };
        let label = move || match (saving.get(), stops) {
            (true, _) => "Saving…",
            (false, true) => "Save and try again",
            (false, false) => "Save",
        };
        view! {
            <div class="remedy">
                <label>
                    <span>{remedy.label.clone()}</span>
                    <select
                        data-testid="remedy"
                        on:change=move |event| chosen.set(event_target_value(&event).parse().ok())
                    >
                        <option value="">"Choose…"</option>
                        {options}
                    </select>
                </label>
                <button
                    type="button"
                    class="button"
                    data-testid="remedy-save"
                    aria-disabled=move || (chosen.get().is_none() || saving.get()).to_string()
                    on:click=save
                >
                    {label}
                </button>
            </div>
        }
        .into_any()
    })
    .into_any()
}
