//! Each CRM tax, and Xero's tax rate for it on either side of the books.

use super::choices;
use super::controls::{MappingUi, Pick, heads, row};
use super::edit::Edit;
use super::state::Lists;
use crate::portal::parts::card;
use crate::portal::section::Section;
use crate::view::dom::{El, el};
use shared::settings::{BooksSide, TaxMapping, taxes};
use std::sync::Arc;

/// The section.
pub(super) fn section(ui: MappingUi, lists: &Arc<Lists>) -> El {
    let words = ui.words();
    let title = (ui.names().section)(Section::Taxes);
    // The CRM's own, and those that are mapped and not on its list: combinations ("City + State") and renamed ones.
    let untaxed = ui.value("documents.line_amount_types", "NoTax");
    let mut rows = vec![(taxes::UNTAXED.to_owned(), untaxed, None)];
    let mapped = ui.model.with_untracked(|model| {
        rows.extend(lists.crm.taxes.iter().map(|tax| {
            let row = taxes::row(&tax.name, tax.percentage);
            // Older settings have a row of the name alone.
            let old = model.draft.taxes.contains_key(&tax.name) && !model.draft.taxes.contains_key(&row);
            (if old { tax.name.clone() } else { row.clone() }, row, None)
        }));
        let mut names = std::collections::BTreeSet::new();
        names.extend(model.draft.taxes.keys().chain(model.saved.taxes.keys()).cloned());
        names
    });
    for name in mapped {
        if !rows.iter().any(|(known, _, _)| *known == name) {
            let note = (!name.contains(" + ")).then_some(words.tax_not_in_crm);
            rows.push((name.clone(), name, note));
        }
    }
    let columns = [words.tax.to_owned(), ui.in_xero(BooksSide::Sales), ui.in_xero(BooksSide::Purchases)];
    let mut all = vec![heads(&columns.each_ref().map(String::as_str), "mapping-three")];
    all.extend(rows.into_iter().map(|(name, shown, note)| {
        let sides = [BooksSide::Sales, BooksSide::Purchases].map(|side| rate(ui, lists, &name, &shown, side));
        let [sales, purchases] = sides;
        let named = el("span")
            .class("mapping-name")
            .child(el("strong").text(shown))
            .maybe(note.map(|note| el("span").class("muted").text(note)));
        row("mapping-three", vec![named, sales, purchases])
    }));
    card("mapping-taxes", title, all)
}

fn rate(ui: MappingUi, lists: &Arc<Lists>, name: &str, shown: &str, side: BooksSide) -> El {
    let words = ui.words();
    let code = match side {
        BooksSide::Sales => "sales",
        BooksSide::Purchases => "purchases",
    };
    let (read, tax, known) = (name.to_owned(), name.to_owned(), lists.clone());
    Pick::new(format!("taxes.{name}.{code}"), "tax-rate", format!("{shown}: {}", ui.in_xero(side)))
        .empty(words.tax_unknown)
        .options(choices::tax_choices(&lists.xero, side, name, words.reported))
        .named(move |tax_type| choices::tax_label(&known.xero, tax_type))
        .control(
            ui,
            move |settings| settings.taxes.get(&read).and_then(|mapping| of_side(mapping, side).clone()),
            move |tax_type| Edit::Tax(tax.clone(), side, tax_type),
        )
}

fn of_side(mapping: &TaxMapping, side: BooksSide) -> &Option<String> {
    match side {
        BooksSide::Sales => &mapping.sales,
        BooksSide::Purchases => &mapping.purchases,
    }
}
