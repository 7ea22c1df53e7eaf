//! Values of both sides beside each other.

use super::ui::PanelUi;
use crate::dictionary::say;
use crate::view::dom::{El, el};
use leptos::prelude::With;
use shared::api::Shown;
use shared::question::Difference;

/// What both sides have where they differ.
pub(super) fn values(ui: PanelUi, values: &[Difference]) -> El {
    let column = |title: &'static str| el("th").attr("scope", "col").attr("role", "columnheader").text(say(title));
    let columns = ["Field", "CRM", "Xero"].map(column);
    let rows = values.iter().map(|value| {
        el("tr")
            .attr("role", "row")
            .child(el("th").attr("scope", "row").attr("role", "rowheader").text(value.label.clone()))
            .child(cell(ui, value.crm.as_ref(), "CRM"))
            .child(cell(ui, value.xero.as_ref(), "Xero"))
    });
    el("table")
        .class("changes")
        .attr("role", "table")
        .child(el("thead").attr("role", "rowgroup").child(el("tr").attr("role", "row").children(columns)))
        .child(el("tbody").attr("role", "rowgroup").children(rows))
}

/// A cell with a value of one side; `label` is its column.
pub(super) fn cell(ui: PanelUi, shown: Option<&Shown>, label: &'static str) -> El {
    let text = match shown {
        Some(shown) => ui.formats.with(|formats| formats.shown(shown)),
        None => String::new(),
    };
    let numeric = matches!(shown, Some(Shown::Money(..) | Shown::Number(_)));
    let cell = el("td").attr("role", "cell").attr("data-label", say(label)).class(if numeric { "numeric" } else { "" });
    if text.is_empty() {
        cell.child(el("span").class("muted").attr("aria-hidden", "true").text("–"))
            .child(el("span").class("visually-hidden").text(say("empty")))
    } else {
        cell.child(el("span").class("value").text(text))
    }
}
