//! What administrators changed.

use super::trail::{Trail, TrailCall};
use super::ui::{action, focus_soon, pages};
use crate::client::get;
use crate::fault::Fault;
use crate::portal::app::App;
use crate::portal::mapping::labels::{Names, plain};
use crate::portal::mapping::read_products;
use crate::portal::parts;
use crate::portal::parts::{hidden, table, words};
use crate::portal::reactive::*;
use crate::portal::words::setup::Setup;
use crate::view::dom::{El, el, nothing};
use shared::api::portal::{AuditAction, AuditView, MappingView};
use shared::settings::differences::Difference;

/// As many settings as are shown without being asked for.
const SETTINGS_SHOWN: usize = 3;

pub(super) fn view(app: App) -> AnyView {
    let words = app.words::<Setup>();
    let trail = RwSignal::new(Trail::default());
    read(app, trail);
    let told = trail.slice(|trail| trail.told().map(<[AuditView]>::len));
    let fault = trail.slice(|trail| trail.fault.clone());
    let reading = trail.slice(|trail| trail.reading);
    let more = trail.slice(|trail| trail.more);
    let list = parts::part("setup-audit", move || match told.get() {
        None if fault.with(Option::is_some) => nothing(),
        None => parts::skeleton(8).into(),
        Some(0) => {
            let words = app.words::<Setup>();
            parts::empty(words.no_changes, words.no_changes_lead, Vec::new()).into()
        }
        Some(_) => trail.with_untracked(|trail| trail_table(app, trail)).into(),
    });
    let fault = parts::part("setup-fault", move || match fault.get() {
        Some(fault) => parts::fault(app, &fault, move || read(app, trail)).into(),
        None => nothing(),
    });
    let older = action(
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
            focus_soon("[data-testid=audit-end]");
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
        for ask in trail.try_update(|trail| trail.arrived(result)).unwrap_or_default() {
            name(app, trail, ask);
        }
    });
}

/// Asks for what taxes, accounts and products are called. Without an answer they are told by their codes and ids.
fn name(app: App, trail: RwSignal<Trail>, ask: TrailCall) {
    match ask {
        TrailCall::Lists => app.call(get("/api/mapping?fresh=false"), move |view: Result<MappingView, Fault>| {
            let _ = trail.try_update(|trail| trail.lists_arrived(view.ok()));
        }),
        TrailCall::Products(ids) => read_products(app, ids, move |ids, found| {
            let _ = trail.try_update(|trail| trail.products_arrived(ids, found));
        }),
    }
}

fn trail_table(app: App, trail: &Trail) -> El {
    let (texts, common) = (app.words::<Setup>(), app.common());
    let names = trail.lists().map(|lists| Names {
        words: app.words(),
        settings: app.words(),
        module: common.module,
        yes_no: [common.yes, common.no],
        lists,
        products: &trail.products,
    });
    let rows = trail.told().unwrap_or_default().iter().map(|change| {
        // A later version may have noted what this one has no words for.
        let what =
            AuditAction::of(&change.action).map_or_else(|| change.action.clone(), |it| (texts.action)(it).into());
        let line = el("tr").id("audit-row").attr("data-action", change.action.clone());
        let when = words("").child(parts::ago(app, change.at));
        (line, vec![when, words(change.by.as_str()), words(what), details(app, names, change)])
    });
    table("audit-table", texts.audit, &[texts.when, texts.who, texts.what, texts.details], rows.collect())
}

/// What it was done to, or what changed to what.
fn details(app: App, names: Option<Names<'_>>, change: &AuditView) -> El {
    if change.changes.is_empty() {
        return words(change.detail.as_str());
    }
    let lines = change.changes.iter().map(|change| {
        let (name, value) = told(names, change);
        el("li").id("audit-setting").child(el("b").text(name)).text([": ", &value].concat())
    });
    let lines = el("ul").class("setup-lines").children(lines);
    let count = change.changes.len();
    if count <= SETTINGS_SHOWN {
        return lines;
    }
    el("details").child(el("summary").text((app.words::<Setup>().settings)(count))).child(lines)
}

/// A setting, `Taxes: GST, Sales`, and what became of it, `GST on Income (10 %) → GST Free Income (0 %)`. What there was
/// nothing of before is only told as it is.
fn told(names: Option<Names<'_>>, change: &Difference) -> (String, String) {
    let Difference { path, before, after } = change;
    let (name, value): (_, Box<dyn Fn(_) -> String>) = match names {
        Some(names) => (names.setting(path), Box::new(move |value| names.value(path, value))),
        None => (path.clone(), Box::new(|value| value.map_or_else(|| "–".to_owned(), plain))),
    };
    let before = before.as_ref().map(|before| [&value(Some(before)), " → "].concat()).unwrap_or_default();
    (name, [before, value(after.as_ref())].concat())
}
