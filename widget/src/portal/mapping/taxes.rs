//! Each CRM tax, and Xero's tax rate for it on either side of the books.

use super::choices;
use super::controls::{Pick, Ui, heads, row};
use super::edit::Edit;
use super::state::{Lists, Section};
use crate::portal::parts::{card, empty};
use crate::view::dom::{El, el};
use shared::settings::{BooksSide, TaxMapping};
use std::sync::Arc;

/// The section.
pub(super) fn section(ui: Ui, lists: &Arc<Lists>) -> El {
    let words = ui.words();
    let title = (ui.names().section)(Section::Taxes);
    // The CRM's own, and those that are mapped and not on its list: combinations ("City + State") and renamed ones.
    let listed = lists
        .crm
        .taxes
        .iter()
        .map(|tax| (tax.name.clone(), (words.tax_rate)(&tax.name, &tax.percentage.normalize().to_string()), None));
    let mut taxes = listed.collect::<Vec<_>>();
    let mapped = ui.model.with_untracked(|model| {
        let mut names = std::collections::BTreeSet::new();
        names.extend(model.draft.taxes.keys().chain(model.saved.taxes.keys()).cloned());
        names
    });
    for name in mapped {
        if !taxes.iter().any(|(known, _, _)| *known == name) {
            let note = (!name.contains(" + ")).then_some(words.tax_not_in_crm);
            taxes.push((name.clone(), name, note));
        }
    }
    if taxes.is_empty() {
        return card("mapping-taxes", title, vec![empty(words.taxes_none, "", Vec::new())]);
    }
    let columns = [words.tax.to_owned(), (words.in_xero)(words.sales), (words.in_xero)(words.purchases)];
    let mut rows = vec![heads(&columns.each_ref().map(String::as_str), "mapping-three")];
    rows.extend(taxes.into_iter().map(|(name, shown, note)| {
        let sides = [BooksSide::Sales, BooksSide::Purchases].map(|side| rate(ui, lists, &name, side));
        let [sales, purchases] = sides;
        let named = el("span")
            .class("mapping-name")
            .child(el("strong").text(shown))
            .maybe(note.map(|note| el("span").class("muted").text(note)));
        row("mapping-three", vec![named, sales, purchases])
    }));
    card("mapping-taxes", title, rows)
}

fn rate(ui: Ui, lists: &Arc<Lists>, name: &str, side: BooksSide) -> El {
    let words = ui.words();
    let code = match side {
        BooksSide::Sales => "sales",
        BooksSide::Purchases => "purchases",
    };
    let (read, tax, known) = (name.to_owned(), name.to_owned(), lists.clone());
    Pick::new(format!("taxes.{name}.{code}"), "tax-rate", (words.tax_on)(name, ui.side(side)))
        .empty(words.tax_unknown)
        .options(choices::tax_choices(&lists.xero, side))
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
