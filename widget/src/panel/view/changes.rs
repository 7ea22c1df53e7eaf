//! What a sync would change, or has changed: field by field, with the records that go first and the totals.

use super::problem;
use super::ui::PanelUi;
use super::values::cell;
use crate::dictionary::{fill, say, spoken};
use crate::format::is_zero;
use crate::panel::state::{Panel, State};
use crate::panel::words;
use crate::view::dom::{El, button, el, live, nothing};
use leptos::prelude::*;
use shared::api::{Action, DependencyView, FieldChange, Outcome, TotalsView, Written};

/// As many rows are shown at first; more open by a click.
const ROWS_AT_FIRST: usize = 8;

#[derive(Clone, PartialEq)]
struct Part {
    /// Whether it has happened.
    done: bool,
    /// Whether Xero has nothing of it yet.
    new: bool,
    changes: Vec<FieldChange>,
    dependencies: Vec<DependencyView>,
    totals: Option<TotalsView>,
}

fn part(model: &Panel) -> Option<Part> {
    let view = model.view.as_ref()?;
    if model.is_undecided() {
        // What would change is known once somebody has answered.
        return None;
    }
    let preview = &view.preview;
    let (done, new, changes, dependencies) = match (model.state(), &model.entry) {
        (State::Done, Some(entry)) => (true, entry.outcome == Outcome::Created, &entry.changes, &entry.dependencies),
        (
            State::NotSynced
            | State::Changes
            | State::Failed
            | State::Limited
            | State::Locked
            | State::Skipped
            | State::InStep,
            _,
        ) => {
            let new = preview.action == Action::Create || view.xero.is_none();
            (false, new, &preview.changes, &preview.dependencies)
        }
        _ => return None,
    };
    let mut dependencies = dependencies.clone();
    dependencies.retain(|dependency| dependency.action != Action::Unchanged || !dependency.problems.is_empty());
    // Where nothing is to be sent, totals that meet are no news.
    let totals = preview.totals.clone().filter(|totals| !changes.is_empty() || !is_zero(&totals.difference));
    let empty = changes.is_empty() && dependencies.is_empty() && totals.is_none();
    (!empty).then(|| Part { done, new, changes: changes.clone(), dependencies, totals })
}

pub(super) fn section(ui: PanelUi) -> AnyView {
    let part = ui.slice(part);
    live(move || {
        let Some(part) = part.get() else { return nothing() };
        let title = match (part.done, part.new) {
            (true, true) => "What was sent",
            (true, false) => "What changed",
            (false, true) => "What would be sent",
            (false, false) => "What would change",
        };
        let section = el("section").class("block").id("changes").maybe(dependencies(ui, &part.dependencies, part.done));
        let section = if part.changes.is_empty() {
            section
        } else {
            section.child(el("h2").text(say(title))).child(table(ui, part.changes, title, part.done, part.new))
        };
        section.maybe(part.totals.map(|totals| totals_line(ui, &totals))).into()
    })
}

/// The records that go first.
pub(super) fn dependencies(ui: PanelUi, dependencies: &[DependencyView], done: bool) -> Option<El> {
    let items = dependencies.iter().map(|dependency| {
        let fate = match done {
            true => words::dependency_done(dependency.action),
            false => words::dependency(dependency.action),
        };
        el("li")
            .child(el("span").class("muted").text([words::module_title(dependency.module), " "].concat()))
            .child(match dependency.name.as_str() {
                "" => el("span").class("muted").text(say(words::NAME_NOT_SHOWN)),
                name => el("strong").text(name.to_owned()),
            })
            .text([" ", fate].concat())
            .children(dependency.problems.iter().map(|found| problem::block(ui, found, false)))
    });
    (!dependencies.is_empty()).then(|| el("ul").class("dependencies").id("dependencies").children(items))
}

/// A table that becomes stacked rows where it is narrow. Its roles are written out, because browsers drop a table's
/// meaning when its cells are laid out as blocks.
pub(super) fn table(ui: PanelUi, changes: Vec<FieldChange>, title: &'static str, done: bool, new: bool) -> El {
    let count = changes.len();
    let all = RwSignal::new(count <= ROWS_AT_FIRST);
    // What is new has nothing on Xero's side yet: a column of blanks would only push the rest aside.
    let last = match (done, new) {
        (false, true) => "Will be in Xero",
        (false, false) => "Will become",
        (true, true) => "In Xero",
        (true, false) => "Became",
    };
    let was = if done { "Xero before" } else { "Xero now" };
    let column = |title: &'static str| el("th").attr("scope", "col").attr("role", "columnheader").text(say(title));
    let columns = el("tr")
        .attr("role", "row")
        .child(column("Field"))
        .child(column("CRM"))
        .maybe((!new).then(|| column(was)))
        .child(column(last));
    let rows = move || {
        let shown = if all.get() { count } else { ROWS_AT_FIRST };
        let rows: Vec<AnyView> =
            changes.iter().take(shown).map(|change| row(ui, change, was, last, new).into()).collect();
        rows.into_any()
    };
    let more = move || {
        if all.get() {
            return nothing();
        }
        let label = fill("Show all {} fields", &count.to_string());
        button("link", "show-all").text(label).on_click(move || all.set(true)).into()
    };
    let table = el("table")
        .class("changes")
        .attr("role", "table")
        .attr("aria-label", say(title))
        .child(el("thead").attr("role", "rowgroup").child(columns))
        .child(el("tbody").attr("role", "rowgroup").live(rows));
    el("div").child(table).live(more)
}

fn row(ui: PanelUi, change: &FieldChange, was: &'static str, last: &'static str, new: bool) -> El {
    let note = (!new).then(|| el("span").class("why muted").text(words::why(change.why)));
    // On a new record everything is written to Xero; what goes the other way is said.
    let told = !new || change.written == Written::Crm;
    let side = told.then(|| el("span").class("side muted").text(words::written(change.written)));
    el("tr")
        .attr("role", "row")
        .attr("data-field", change.key.clone())
        .child(el("th").attr("scope", "row").attr("role", "rowheader").text(change.label.clone()).maybe(note))
        .child(if change.is_hidden() { hidden("CRM") } else { cell(ui, change.crm.as_ref(), "CRM") })
        .maybe((!new && !change.is_hidden()).then(|| cell(ui, change.xero.as_ref(), was)))
        .maybe((!new && change.is_hidden()).then(|| hidden(was)))
        .child(if change.is_hidden() { hidden(last) } else { cell(ui, change.result.as_ref(), last) }.maybe(side))
}

/// The CRM's total beside Xero's, before it is sent.
fn totals_line(ui: PanelUi, totals: &TotalsView) -> El {
    let money = |amount: &str| ui.formats.with(|formats| formats.money(amount, &totals.currency));
    let pair = |label: &'static str, amount: &str| {
        el("span").class("pair").text(say(label)).child(el("strong").class("figure").text(money(amount))).text(" ")
    };
    let (class, verdict) = if is_zero(&totals.difference) {
        ("totals", spoken("The totals meet."))
    } else {
        ("totals differs", fill("They differ by {}.", &money(&totals.difference)))
    };
    el("p")
        .class(class)
        .id("totals")
        .child(pair("CRM total ", &totals.crm))
        .child(pair("Xero’s total ", &totals.xero))
        .child(el("span").class("verdict").text(verdict))
}

/// A value that the CRM hides from whoever looks: it is not empty.
fn hidden(label: &'static str) -> El {
    let text = el("span").class("muted").text(say(words::NOT_SHOWN));
    el("td").attr("role", "cell").attr("data-label", say(label)).child(text)
}
