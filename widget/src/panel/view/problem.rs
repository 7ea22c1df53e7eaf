//! A problem: what happened, why, what to do, and the place. Always in this order.

use super::ui::PanelUi;
use super::values::values;
use crate::dictionary::{fill, say, spoken};
use crate::panel::page::Page;
use crate::panel::state::{Msg, Panel, State};
use crate::panel::words;
use crate::view::dom::{El, button, el, link, live, nothing};
use leptos::prelude::*;
use shared::api::Action;
use shared::problem::{Problem, Severity};
use shared::question::{Answer, Answerer, Question};

fn problems(model: &Panel, warnings: bool) -> Vec<Problem> {
    // What keeps us from both sides is told by the panel's state; the list tells its own in each row.
    let told_elsewhere = match model.state() {
        State::SignedOut | State::Loading | State::Working | State::SdkMissing | State::List => true,
        State::Error => !matches!(model.page, Page::Records(..)),
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
pub(super) fn stopping(ui: PanelUi) -> AnyView {
    section(ui, "problems", false)
}

/// What is only worth knowing.
pub(super) fn warnings(ui: PanelUi) -> AnyView {
    section(ui, "warnings", true)
}

fn section(ui: PanelUi, id: &'static str, warnings: bool) -> AnyView {
    let found = ui.slice(move |model| problems(model, warnings));
    // Where both sides agree, a lock is how it should be and no reason to worry.
    let calm = ui.whether(|model| {
        let agree = model.view.as_ref().is_some_and(|view| view.preview.action == Action::Unchanged);
        agree && model.state() == State::Locked
    });
    live(move || {
        let found = found.get();
        if found.is_empty() {
            return nothing();
        }
        let class = if calm.get() { "block calm" } else { "block" };
        el("section").class(class).id(id).children(found.iter().map(|problem| block(ui, problem, true))).into()
    })
}

/// A problem as it is told to whoever is signed in.
pub(super) fn told(ui: PanelUi, problem: &Problem) -> Problem {
    let user = ui.model.with_untracked(|model| model.session.as_ref().map(|session| session.user.clone()));
    problem.clone().told_to(&user.unwrap_or_default())
}

/// One problem. `with_remedy`: whether its choice is offered here.
pub(super) fn block(ui: PanelUi, problem: &Problem, with_remedy: bool) -> El {
    let problem = &told(ui, problem);
    let (class, kind) = match problem.severity {
        Severity::Warning => ("problem tone-warn", "Warning: "),
        Severity::Error => ("problem tone-bad", "Problem: "),
        Severity::Waiting => ("problem tone-warn", "Waiting: "),
    };
    let kind = el("span").class("visually-hidden").text(say(kind));
    let stops = problem.severity == Severity::Error;
    let remedy = problem.remedy.as_ref().filter(|_| with_remedy).map(|remedy| {
        let choices = remedy.choices.iter();
        let choices = choices.map(|choice| (choice.label.clone(), Msg::RemedyChosen(choice.change.clone())));
        (remedy.label.clone(), choices.collect())
    });
    let question = problem.question.as_ref().filter(|_| with_remedy);
    let answers = question.filter(|question| question.who != Answerer::Unknown).map(|question| {
        let (module, own) = (question.module, question.crm_id.as_ref());
        let choices = question.choices.iter();
        let about = |choice: &Answer| choice.about.as_ref().or(own).map(ToString::to_string);
        let decided = |choice: &Answer| Some(Msg::Decided(module, about(choice)?, choice.decision.clone()));
        let choices = choices.filter_map(|choice| Some((choice.label.clone(), decided(choice)?)));
        // Who may not answer is not told what is asked.
        (question.label.clone(), choices.collect())
    });
    let said = problem.said.as_ref().map(|said| {
        el("details")
            .class("said")
            .child(el("summary").id("said").text(words::said_by(problem.code)))
            .child(el("blockquote").text(said.clone()))
    });
    el("article")
        .class(class)
        .id("problem")
        .attr("data-code", problem.code.as_str())
        .child(el("p").class("what").child(kind).text(problem.what.clone()))
        .children(cause_and_fix(problem))
        .maybe(question.and_then(|question| facts(ui, question)))
        .child(remedy.or(answers).map_or_else(nothing, |(label, choices)| remedy_view(ui, label, choices, stops)))
        .maybe(said)
}

/// Why, what to do, and where.
pub(super) fn cause_and_fix(problem: &Problem) -> Vec<El> {
    let part = |label: &'static str, text: &str| el("p").child(el("b").text(say(label))).text(text.to_owned());
    let mut parts = vec![part("Why: ", &problem.why), part("Do: ", &problem.fix)];
    if let Some(place) = &problem.place {
        parts.push(el("p").child(link(place.url.clone(), place.label.clone(), "place")));
    }
    parts
}

/// What a question is about: the records that come into question, and what both sides have.
fn facts(ui: PanelUi, question: &Question) -> Option<El> {
    let candidates = question.candidates.iter().map(|one| {
        let mut marks = String::new();
        for mark in &one.marks {
            marks.push_str(" · ");
            marks.push_str(&ui.formats.with(|formats| formats.shown(mark)));
        }
        let item = match &one.place {
            Some(place) => el("li").child(link(place.url.clone(), place.label.clone(), "candidate")),
            None => el("li").text(one.name.clone()),
        };
        item.text(marks)
    });
    let candidates = (!question.candidates.is_empty()).then(|| el("ul").children(candidates));
    let values = (!question.values.is_empty()).then(|| values(ui, &question.values));
    (candidates.is_some() || values.is_some()).then(|| el("div").id("question").maybe(candidates).maybe(values))
}

/// A choice that settles the problem at once. Only administrators may make it.
fn remedy_view(ui: PanelUi, label: String, choices: Vec<(String, Msg)>, stops: bool) -> AnyView {
    let administrator = ui.whether(Panel::is_administrator);
    let saving = ui.whether(|model| model.saving);
    live(move || {
        if !administrator.get() {
            let text = match label.as_str() {
                "" => spoken("An administrator decides this."),
                label => fill("Ask an administrator to choose: {}.", label),
            };
            return el("p").class("muted").id("ask-administrator").text(text).into();
        }
        let chosen = RwSignal::new(None::<usize>);
        let option = |value: String, label: &str| el("option").attr("value", value).text(label.to_owned());
        let options = choices.iter().enumerate().map(|(index, (label, _))| option(index.to_string(), label));
        let select = el("select")
            .id("remedy")
            .on("change", move |event| chosen.set(event_target_value(&event).parse().ok()))
            .child(option(String::new(), say("Choose…")))
            .children(options);
        let choices = choices.clone();
        let save = button("button", "remedy-save")
            .live_attr("aria-disabled", move || (chosen.get().is_none() || saving.get()).to_string())
            .live_text(move || {
                spoken(match (saving.get(), stops) {
                    (true, _) => "Saving…",
                    (false, true) => "Save and try again",
                    (false, false) => "Save",
                })
            })
            .on_click(move || {
                if let Some(choice) = chosen.get_untracked().and_then(|index| choices.get(index)) {
                    ui.send(choice.1.clone());
                }
            });
        let label = el("label").child(el("span").text(label.clone())).child(select);
        el("div").class("remedy").child(label).child(save).into()
    })
}
