//! What a CRM status means at Xero, and which CRM status one of Xero's gives, for invoices and purchase orders.

use super::choices;
use super::controls::{MappingUi, Pick, heads, lead, row};
use super::edit::Edit;
use super::state::Lists;
use crate::portal::parts::{card, empty, module_name};
use crate::view::dom::{El, el};
use shared::module::Module;
use shared::record::DocumentStatus;
use shared::settings::{Settings, StatusTarget, statuses};
use std::sync::Arc;

/// The section.
pub(super) fn section(ui: MappingUi, lists: &Arc<Lists>) -> El {
    let modules = [Module::Invoices, Module::PurchaseOrders].into_iter();
    el("div").children(modules.flat_map(|module| {
        let name = module_name(ui.app, module);
        let words = ui.words();
        [
            card("statuses-to-xero", &(words.statuses_to_xero)(name), to_xero(ui, lists, module))
                .attr("data-module", module.api_name()),
            card("statuses-to-crm", &(words.statuses_to_crm)(name), to_crm(ui, lists, module))
                .attr("data-module", module.api_name()),
        ]
    }))
}

/// The statuses of the picklist, and those that were chosen once and are on it no more.
fn known_statuses(ui: MappingUi, lists: &Lists, module: Module) -> Vec<(String, String)> {
    let mut known = choices::picklist(&lists.crm, module, "Status").to_vec();
    let mapped = ui.model.with_untracked(|model| model.draft.statuses.get(&module).cloned().unwrap_or_default());
    for status in mapped.into_keys() {
        if !known.iter().any(|(actual, _)| *actual == status) {
            known.push((status.clone(), status));
        }
    }
    known.retain(|(actual, _)| !actual.trim().is_empty() && actual != "-None-");
    known
}

fn to_xero(ui: MappingUi, lists: &Arc<Lists>, module: Module) -> Vec<El> {
    let words = ui.words();
    let known = known_statuses(ui, lists, module);
    if known.is_empty() {
        return vec![empty(words.no_statuses, "", Vec::new())];
    }
    let mut rows = vec![lead(words.statuses_to_xero_lead), heads(&[ui.common().crm, words.xero], "mapping-two")];
    rows.extend(known.into_iter().map(|(actual, display)| {
        let options = choices::TARGETS.map(|target| {
            let code = choices::target_code(target);
            (code.to_owned(), ui.value("statuses", code))
        });
        let (read, status) = (actual.clone(), actual.clone());
        let pick = Pick::new(
            format!("statuses.{}.{actual}", module.api_name()),
            "status-target",
            (words.status_means)(&display),
        )
        .empty(words.status_unknown)
        .options(options.to_vec())
        .control(
            ui,
            move |settings| target(settings, module, &read).map(|target| choices::target_code(target).to_owned()),
            move |code| Edit::Status(module, status.clone(), code.and_then(|code| choices::target_of(&code))),
        );
        row("mapping-two", vec![el("strong").text(display), pick])
    }));
    rows
}

fn target(settings: &Settings, module: Module, status: &str) -> Option<StatusTarget> {
    settings.statuses.get(&module)?.get(status).copied()
}

fn to_crm(ui: MappingUi, lists: &Arc<Lists>, module: Module) -> Vec<El> {
    let words = ui.words();
    let values = choices::picklist(&lists.crm, module, "Status");
    let options: Vec<_> = values.iter().filter(|(actual, _)| actual != "-None-").cloned().collect();
    let mut rows = vec![lead(words.statuses_to_crm_lead), heads(&[ui.common().crm, words.xero], "mapping-two")];
    rows.extend(choices::XERO_STATUSES.map(|word| {
        let name = (words.xero_status)(word);
        let pick =
            Pick::new(format!("crm_statuses.{}.{word}", module.api_name()), "crm-status", (words.status_for)(name))
                .empty(words.status_unchosen)
                .options(options.clone())
                .control(
                    ui,
                    move |settings| settings.crm_statuses.get(&module)?.get(word).cloned(),
                    move |status| Edit::CrmStatus(module, word.to_owned(), status),
                );
        let known = lists.clone();
        let display = options.clone();
        let told = ui.slice(move |model| {
            let chosen = model.draft.crm_statuses.get(&module).is_some_and(|map| map.contains_key(word));
            let status = DocumentStatus::from(word.to_owned());
            let told = statuses::to_crm(&model.draft, &known.crm, module, None, &status);
            (!chosen).then_some(told)
        });
        let hint = move || match told.get() {
            None => String::new(),
            Some(None) => words.status_kept.to_owned(),
            Some(Some(actual)) => {
                let shown = display.iter().find(|(known, _)| *known == actual).map_or(&actual, |(_, display)| display);
                (words.status_by_meaning)(shown)
            }
        };
        let crm = el("div").child(pick).child(el("p").class("muted mapping-told").live_text(hint));
        row("mapping-two", vec![crm, el("strong").text(name)])
    }));
    rows
}
