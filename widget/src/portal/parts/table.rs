//! Tables that stay readable where the page is narrow, and elements that come and go.

use crate::portal::reactive::*;
use crate::view::dom::{El, el};
use std::rc::Rc;

/// A table whose rows become blocks where it is narrow: each cell then says its column itself. The roles are written
/// out because a table that is laid out as blocks is none to some screen readers. `rows`: the row, and its cells'
/// contents; the first cell names the row.
pub(in crate::portal) fn table(
    id: &'static str,
    label: &str,
    columns: &[&'static str],
    rows: Vec<(El, Vec<El>)>,
) -> El {
    let head = columns.iter().map(|column| el("th").attr("role", "columnheader").attr("scope", "col").text(*column));
    let rows = rows.into_iter().map(|(row, cells)| {
        let cells = cells.into_iter().enumerate().map(|(at, content)| {
            let cell = if at == 0 {
                el("th").attr("role", "rowheader").attr("scope", "row")
            } else {
                el("td").attr("role", "cell").attr("data-label", columns.get(at).copied().unwrap_or_default())
            };
            cell.child(content)
        });
        row.attr("role", "row").children(cells)
    });
    el("table")
        .class("setup-table")
        .id(id)
        .attr("role", "table")
        .attr("aria-label", label.to_owned())
        .child(el("thead").attr("role", "rowgroup").child(el("tr").attr("role", "row").children(head)))
        .child(el("tbody").attr("role", "rowgroup").children(rows))
}

/// An element that is hidden while this holds. It stays the same element, so what is in it is kept.
pub(in crate::portal) fn hidden(element: El, when: impl Fn() -> bool + 'static) -> El {
    let when = Rc::new(when);
    element.made(move |element| {
        let when = when.clone();
        // It fails only for names that are none.
        Effect::new(move |_| drop(element.toggle_attribute_with_force("hidden", when())));
    })
}

/// A cell's words.
pub(in crate::portal) fn words(text: impl Into<String>) -> El {
    el("span").text(text.into())
}
