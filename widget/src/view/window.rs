//! What is shown of a vendor's window on the page behind it, in panel and portal: that it may be closed, the field for
//! its code or for the installation's key, and the choice among several organisations.

use super::dom::{El, Takes, button, el, nothing};
use super::sign::sign;
use crate::popup::flow::{Act, Scene, Sight};
use crate::popup::words::{WindowWords, wrong_code};
use crate::session::Secret;
use crate::tone::Tone;
use leptos::prelude::*;
use std::sync::Arc;
use wasm_bindgen::JsCast;

/// Takes what the person does.
pub(crate) type Acts = Arc<dyn Takes<Act> + Send + Sync>;

/// The part of the page that a window needs in this scene; nothing while it is enough to wait. `typed` keeps what is
/// typed while the code is tried.
pub(crate) fn view(words: &WindowWords, scene: &Scene, typed: StoredValue<String>, act: &Acts) -> AnyView {
    match scene {
        Scene::Opening | Scene::Waiting(Sight::Open) | Scene::Claiming => nothing(),
        Scene::Waiting(Sight::Closed) => again("window-closed", words.closed, words.try_again, act),
        Scene::Waiting(Sight::Unseen) => again("window-unseen", words.unseen, words.open, act),
        Scene::Code { wrong } => {
            let wrong = wrong.as_ref().map(|wrong| wrong_code(words.code_form, wrong));
            let take: fn(String) -> Act = Act::Code;
            ask("code", [words.type_code, words.code_hint, words.go_on], wrong, typed, (take, act))
        }
        Scene::Key { wrong } => {
            let wrong = wrong.then(|| words.key_wrong.to_owned());
            let take: fn(String) -> Act = |key| Act::Key(Secret(key));
            ask("key", [words.type_key, words.key_hint, words.go_on], wrong, typed, (take, act))
        }
        Scene::Choice { tenants, taken, problem } => {
            let choices = tenants.iter().map(|tenant| {
                let (act, id, off) = (act.clone(), tenant.id.clone(), taken.is_some());
                let label = if taken.as_ref() == Some(&tenant.id) {
                    [&tenant.name, ": ", words.connecting].concat()
                } else if tenant.connected {
                    [&tenant.name, " (", words.connected_now, ")"].concat()
                } else {
                    tenant.name.clone()
                };
                button("button", "tenant")
                    .attr("aria-disabled", off.to_string())
                    .text(label)
                    .on_click(move || act.take(Act::Choose(id.clone())))
            });
            el("div")
                .class("ask")
                .id("choice")
                .child(el("p").class("ask-label").text(words.choose))
                .child(el("div").class("ask-choices").children(choices))
                .child(error(problem.as_ref().map(|problem| [&problem.what, " ", &problem.fix].concat())))
                .child(el("p").class("muted").text(words.choose_hint))
                .into()
        }
    }
}

/// A quiet line, with the way to open the window again.
fn again(id: &'static str, text: &'static str, label: &'static str, act: &Acts) -> AnyView {
    let act = act.clone();
    let open = button("link", "window-again").text(label).on_click(move || act.take(Act::Again));
    el("p").class("muted").id(id).text(text).text(" ").child(open).into()
}

/// What is wrong, where something is.
fn error(text: Option<String>) -> El {
    let told = el("p").class("ask-error").id("ask-error").attr("id", "ask-error");
    match text {
        Some(text) => told.child(sign(Tone::Bad, true)).text(text),
        None => told,
    }
}

/// A field for something that is typed once, and taken with Enter or its button.
fn ask(
    id: &'static str,
    [label, hint, go_on]: [&'static str; 3],
    wrong: Option<String>,
    typed: StoredValue<String>,
    (take, act): (fn(String) -> Act, &Acts),
) -> AnyView {
    let act = act.clone();
    // What is wrong says what it should be, once.
    let hint = if wrong.is_none() || id != "code" { Some(hint) } else { None };
    let input = el("input")
        .class("control")
        .id(id)
        .attr("id", id)
        .attr("type", "text")
        .attr("inputmode", "text")
        .attr("autocomplete", "off")
        .attr("autocapitalize", "characters")
        .attr("spellcheck", "false")
        .attr("aria-describedby", if hint.is_some() { "ask-error ask-hint" } else { "ask-error" })
        .attr("aria-invalid", wrong.is_some().to_string())
        .attr("value", typed.get_value())
        .on("input", move |event| typed.set_value(event_target_value(&event)))
        .made(|input| {
            // Whoever has pressed the button a moment ago types next.
            Effect::new(move |_| {
                if let Some(input) = input.dyn_ref::<web_sys::HtmlElement>() {
                    // It fails for no element that is in the page.
                    let _ = input.focus();
                }
            });
        });
    el("form")
        .class("ask")
        .on("submit", move |event| {
            // The page's policy lets no form be sent.
            event.prevent_default();
            act.take(take(typed.get_value()));
        })
        .child(el("label").class("ask-label").attr("for", id).text(label))
        .child(
            el("div")
                .class("ask-line")
                .child(input)
                .child(el("button").attr("type", "submit").class("button primary").id("ask-go-on").text(go_on)),
        )
        .child(error(wrong))
        .maybe(hint.map(|hint| el("p").class("muted").attr("id", "ask-hint").text(hint)))
        .into()
}
