//! What administrators changed.

use super::state::{Detail, Trail, details};
use super::{hidden, pages, table, words};
use crate::portal::app::App;
use crate::portal::client::get;
use crate::portal::parts;
use crate::portal::reactive::*;
use crate::portal::words::setup::Setup;
use crate::view::dom::{El, el, nothing};
use shared::api::portal::AuditView;

/// As many values as are shown without being asked for.
const VALUES_SHOWN: usize = 3;

pub(super) fn view(app: App) -> AnyView {
    let words = app.words::<Setup>();
    let trail = RwSignal::new(Trail::default());
    read(app, trail);
    let changes = trail.slice(|trail| trail.changes.clone());
    let fault = trail.slice(|trail| trail.fault.clone());
    let reading = trail.slice(|trail| trail.reading);
    let more = trail.slice(|trail| trail.more);
    let list = parts::part("setup-audit", move || match changes.get() {
        None if fault.with(Option::is_some) => nothing(),
        None => parts::skeleton(8).into(),
        Some(changes) if changes.is_empty() => {
            let words = app.words::<Setup>();
            parts::empty(words.no_changes, words.no_changes_lead, Vec::new()).into()
        }
        Some(changes) => trail_table(app, &changes).into(),
    });
    let fault = parts::part("setup-fault", move || match fault.get() {
        Some(fault) => parts::fault(app, &fault, move || read(app, trail)).into(),
        None => nothing(),
    });
    let older = super::action(
        "show-older",
        || false,
        move || if reading.get() { app.common().loading } else { app.words::<Setup>().older }.to_owned(),
        move || !reading.get(),
        move || read(app, trail),
    );
    let older = hidden(older, move || !more.get());
    // Its button gone, the end of the list takes the focus.
    let paged = trail.slice(|trail| trail.paged);
    let end = el("p").class("muted").attr("tabindex", "-1").id("audit-end").text(words.no_older);
    let end = hidden(end, move || more.get() || !paged.get());
    Effect::new(move |before: Option<bool>| {
        let more = more.get();
        if before == Some(true) && !more {
            super::focus_soon("[data-testid=audit-end]");
        }
        more
    });
    let foot = el("div").class("actions").child(older).child(end);
    let content = vec![pages(app, "audit"), list, fault, foot];
    parts::screen("audit", words.audit, words.audit_lead, Vec::new(), content).into()
}

fn read(app: App, trail: RwSignal<Trail>) {
    let Some(path) = trail.try_update(Trail::ask).flatten() else { return };
    app.call(get(path), move |result| {
        // Whoever has left the screen is not told any more.
        let _ = trail.try_update(|trail| trail.arrived(result));
    });
}

fn trail_table(app: App, changes: &[AuditView]) -> El {
    let texts = app.words::<Setup>();
    let rows = changes.iter().map(|change| {
        let what = (texts.action)(&change.action).map_or_else(|| change.action.clone(), str::to_owned);
        let line = el("tr").id("audit-row").attr("data-action", change.action.clone());
        let when = words("").child(parts::ago(app, change.at));
        (line, vec![when, words(change.by.as_str()), words(what), lines(app, &change.detail)])
    });
    table("audit-table", texts.audit, &[texts.when, texts.who, texts.what, texts.details], rows.collect())
}

fn lines(app: App, detail: &str) -> El {
    let (words, common) = (app.words::<Setup>(), app.common());
    let lines = details(detail);
    let count = lines.len();
    let lines = el("ul").class("setup-lines").children(lines.into_iter().map(|(path, value)| {
        let value = match value {
            Detail::Text(text) => text,
            Detail::On => common.on.to_owned(),
            Detail::Off => common.off.to_owned(),
            Detail::Nothing => words.nothing.to_owned(),
        };
        let path = (!path.is_empty()).then(|| el("span").class("code").text(format!("{path}: ")));
        el("li").maybe(path).text(value)
    }));
    if count <= VALUES_SHOWN {
        return lines;
    }
    el("details").child(el("summary").text((words.values)(count))).child(lines)
}
