//! The link of a record, for administrators: let it go, send the record anew, or link it with another record of Xero's.

use super::ui::PanelUi;
use crate::dictionary::{fill, said, say};
use crate::panel::state::{Msg, State, named_id};
use crate::view::dom::{El, button, el, live, nothing};
use leptos::prelude::*;
use shared::id::XeroId;
use shared::module::{Kind, Module};
use shared::question::Decision;
use shared::settings::SourceOfTruth;

pub(super) fn section(ui: PanelUi) -> AnyView {
    let shown = ui.slice(|model| {
        let idle = !matches!(model.state(), State::Loading | State::Working) && model.connection_state().is_none();
        let view = model.view.as_ref().filter(|_| idle && model.is_administrator())?;
        let linked = view.xero.as_ref().filter(|_| view.synced_at.is_some());
        Some((view.module, view.id.clone(), linked.map(|xero| xero.id.clone())))
    });
    live(move || {
        let Some((module, id, linked)) = shown.get() else { return nothing() };
        let decided = |decision| Msg::Decided(module, id.clone(), decision);
        let own = linked.and_then(|linked| XeroId::new(linked).ok()).map(|xero| {
            // Codes of items are Xero's own: it would be the same item again.
            let anew = (module.kind() != Kind::Item)
                .then(|| act(ui, "send-anew", "Send it anew", decided(Decision::SendNew { not: vec![xero] })));
            el("p").child(act(ui, "let-go", "Let the link go", decided(Decision::Unlink))).maybe(anew)
        });
        let body = el("div").maybe(own).child(other(ui, module, id.clone()));
        let summary = el("summary").id("link").text(say("Link with Xero"));
        el("details").class("block").child(summary).child(body).into()
    })
}

fn act(ui: PanelUi, id: &'static str, label: &'static str, msg: Msg) -> El {
    button("link", id).text(say(label)).on_click(move || ui.send(msg.clone()))
}

/// The address of a record of Xero's, as the browser shows it there, or its id.
fn other(ui: PanelUi, module: Module, id: String) -> El {
    let typed = RwSignal::new(String::new());
    let named = move || typed.with(|text| named_id(text));
    let input = el("input").id("other-xero").on("input", move |event| typed.set(event_target_value(&event)));
    let label = fill("Address or id of another {} in Xero", &said(module.xero_singular()));
    let save = button("button", "link-other")
        .live_attr("aria-disabled", move || named().is_none().to_string())
        .text(say("Link; Xero’s values count"))
        .on_click(move || {
            if let Some(xero_id) = named() {
                let link = Decision::Link { xero_id, values: SourceOfTruth::Xero, instead_of: None };
                ui.send(Msg::Decided(module, id.clone(), link));
            }
        });
    el("div").class("remedy").child(el("label").child(el("span").text(label)).child(input)).child(save)
}
