//! Mapping: what becomes what. The settings as sentences in two columns, the CRM on the left and Xero on the right,
//! edited in a draft that is checked at each change and saved as a whole.
//!
//! [`state`] is the draft and what follows from it, [`edit`] the change that each control makes, [`diff`] what differs
//! and how two people's changes go together, [`choices`] what can be chosen, [`labels`] the names of settings,
//! [`product_names`] those of products. The other files are views, one for each section.

mod accounts;
pub mod choices;
mod controls;
pub mod diff;
mod documents;
pub mod edit;
mod fields;
mod finder;
pub mod labels;
mod pairs;
pub mod product_names;
mod products;
pub mod state;
mod statuses;
mod taxes;
mod trial;

use super::app::App;
use super::draft::{self, Kept};
use super::parts::{self, ago, dialog, drawer, fault, primary, secondary, skeleton};
use super::places;
use super::route::{Route, Screen};
use super::section::Section;
use super::unsaved::Draft;
use crate::client::{encode, get, put};
use crate::fault::Fault;
use crate::popup::spawn;
use crate::portal::reactive::*;
use crate::portal::words::mapping::Mapping;
use crate::tone::Tone;
use crate::view::dom::{El, button, el, nothing};
use controls::{MappingUi, jump, show_current};
use labels::Names;
use product_names::ProductNames;
use shared::api::portal::{MappingView, RecordFound, RecordsFound, SettingsView};
use shared::settings::differences::Difference;
use state::{Import, Lists, MappingDraft};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{HtmlElement, HtmlInputElement};

/// Greatest size of a file of settings, in bytes: they have a few kilobytes.
const LARGEST_FILE: f64 = 1_000_000.0;
/// What the browser calls an exported file.
const FILE_NAME: &str = "ledgerlink-settings.json";
/// As many changes are listed at once.
const LISTED: usize = 200;

thread_local! {
    static KEPT: Kept<MappingDraft> = const { Kept::new() };
}

/// Builds the screen around its author's draft, which outlives it.
pub fn screen(app: App) -> AnyView {
    let ui = MappingUi { app, model: draft::open(app, &KEPT, |app| app.words::<Mapping>().kept) };
    load(ui, false);
    trial::follow(ui);
    // Built anew in another language, and when somebody signs in.
    let view = move || {
        let words = ui.words();
        let content = vec![
            el("div").class("mapping-notices").children([trouble(ui), conflict(ui), broken(ui), guesses(ui)]),
            el("div").class("mapping-layout").children([sections(ui), section(ui), trial::panel(ui)]),
            save_bar(ui),
            windows(ui),
        ];
        parts::screen("mapping", words.title, words.lead, actions(ui), content).into()
    };
    el("div").class("mapping").live(view).into()
}

fn load(ui: MappingUi, fresh: bool) {
    ui.model.update(MappingDraft::load);
    ui.app.call(get(format!("/api/mapping?fresh={fresh}")), move |result: Result<MappingView, Fault>| match result {
        Ok(view) => {
            ui.model.update(|model| model.loaded(view));
            name_products(ui, fresh);
        }
        Err(fault) => ui.model.update(|model| model.not_loaded(fault)),
    });
}

/// Asks for the names of products that the settings have by their ids; `again` also for those that the CRM did not show.
fn name_products(ui: MappingUi, again: bool) {
    for ids in ui.model.try_update(|model| model.ask_products(again)).unwrap_or_default() {
        read_products(ui.app, ids, move |ids, found| ui.model.update(|model| model.products.answered(ids, found)));
    }
}

/// Reads products by their ids, as many as one call takes. A name that stays unknown is no reason to stop anybody, so
/// `then` only hears that there was no answer.
pub(super) fn read_products(
    app: App,
    ids: Vec<String>,
    then: impl FnOnce(&[String], Option<&[RecordFound]>) + 'static,
) {
    let path = ["/api/records/Products?ids=", &ids.join(",")].concat();
    app.call(get(path), move |result: Result<RecordsFound, Fault>| {
        then(&ids, result.as_ref().ok().map(|found| &*found.records));
    });
}

fn save(ui: MappingUi) {
    let Some((settings, version)) = ui.model.try_update(MappingDraft::save).flatten() else { return };
    let sent = settings.clone();
    ui.app.call(
        put(format!("/api/settings?version={version}"), &settings),
        move |result: Result<SettingsView, Fault>| {
            let saved = result.is_ok();
            let result = result.map(|view| view.settings);
            if ui.model.try_update(|model| model.save_ended(&sent, result)).unwrap_or_default() {
                load(ui, false);
            }
            if saved {
                ui.app.announce(ui.words().saved);
            }
        },
    );
}

/// Reads the lists again, imports, exports, and opens the preview.
fn actions(ui: MappingUi) -> Vec<El> {
    let words = ui.words();
    let loading = ui.whether(|model| model.loading);
    let read = button("button", "read-again")
        .live_attr("aria-disabled", move || loading.get().to_string())
        .live_text(move || if loading.get() { ui.words().reading } else { ui.words().read_again }.to_owned())
        .on_click(move || {
            if !loading.get_untracked() {
                load(ui, true);
            }
        });
    let saved = ui.slice(|model| (model.saved.clone(), model.lists.is_some()));
    // A file without a detour over the edge: the address holds all of it.
    let export = el("a")
        .class("button")
        .id("export")
        .attr("download", FILE_NAME)
        .live_attr("href", move || {
            saved.with(|_| ());
            let text = ui.model.with_untracked(MappingDraft::export);
            ["data:application/json;charset=utf-8,", &encode(&lines(&text))].concat()
        })
        .text(words.export);
    let file = el("input")
        .id("import-file")
        .attr("type", "file")
        .attr("accept", "application/json,.json")
        .attr("hidden", "")
        .attr("aria-label", words.import_title)
        .on("change", move |event| {
            if let Some(input) = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok()) {
                read_file(ui, input);
            }
        });
    let import = secondary("import", words.import, || {
        let document = web_sys::window().and_then(|window| window.document());
        let input = document.and_then(|document| document.query_selector("[data-testid=import-file]").ok().flatten());
        if let Some(input) = input.and_then(|input| input.dyn_into::<HtmlElement>().ok()) {
            input.click();
        }
    });
    let open = ui.whether(|model| model.trial.open);
    let preview = button("button", "trial-open")
        .live_attr("aria-expanded", move || open.get().to_string())
        .text(words.trial_open)
        .on_click(move || ui.model.update(|model| model.trial.open = !model.trial.open));
    vec![read, export, import, file, preview]
}

/// A text of JSON, broken into lines for people: the browser can, and needs no code of ours for it.
fn lines(text: &str) -> String {
    let read = js_sys::JSON::parse(text);
    let space = JsValue::from(2);
    let written = read.and_then(|read| js_sys::JSON::stringify_with_replacer_and_space(&read, &JsValue::NULL, &space));
    written.map_or_else(|_| text.to_owned(), String::from)
}

fn read_file(ui: MappingUi, input: HtmlInputElement) {
    let Some(file) = input.files().and_then(|files| files.get(0)) else { return };
    let name = file.name();
    spawn(async move {
        let text = if file.size() > LARGEST_FILE { None } else { JsFuture::from(file.text()).await.ok() };
        let text = text.and_then(|text| text.as_string()).unwrap_or_default();
        ui.model.update(|model| model.read_file(name, &text));
        name_products(ui, false);
        // The same file can be chosen again.
        input.set_value("");
    });
}

/// What keeps the lists or the saving from succeeding.
fn trouble(ui: MappingUi) -> El {
    let unread = ui.slice(|model| model.fault.clone());
    let unsaved = ui.slice(|model| model.save_fault.clone());
    let content = move || {
        if let Some(found) = unread.get() {
            return fault(ui.app, &found, move || load(ui, false)).into();
        }
        match unsaved.get() {
            Some(found) => fault(ui.app, &found, move || save(ui)).into(),
            None => nothing(),
        }
    };
    el("div").attr("role", "alert").id("mapping-trouble").live(content)
}

/// Somebody else saved meanwhile.
fn conflict(ui: MappingUi) -> El {
    let theirs = ui.whether(|model| model.theirs.is_some());
    let content = move || {
        if !theirs.get() {
            return nothing();
        }
        let words = ui.words();
        let take = move |keep| ui.model.update(|model| model.take_theirs(keep));
        notice(
            Tone::Warn,
            words.theirs_title,
            words.theirs_text,
            vec![
                secondary("keep-mine", words.theirs_keep, move || take(true)),
                secondary("drop-mine", words.theirs_drop, move || take(false)),
            ],
        )
        .id("theirs")
        .into()
    };
    el("div").attr("role", "alert").live(content)
}

/// What was saved and does not work any more.
fn broken(ui: MappingUi) -> El {
    let broken = ui.slice(|model| {
        model.broken.iter().map(|invalid| (invalid.path.clone(), invalid.sentence())).collect::<Vec<_>>()
    });
    let products = known_products(ui);
    let content = move || {
        products.with(|_| ());
        let broken = broken.get();
        if broken.is_empty() {
            return nothing();
        }
        let words = ui.words();
        let links = broken.iter().map(|(path, why)| {
            let to = path.clone();
            let show = el("a")
                .attr("href", places::of_setting(path).hash())
                .id("broken-link")
                .attr("data-broken", path.clone())
                .text(setting_name(ui, path))
                .on("click", move |event| {
                    event.prevent_default();
                    jump(ui, to.clone());
                });
            el("li").child(show).text([" – ", why].concat())
        });
        notice(Tone::Bad, &(words.broken)(broken.len()), words.broken_why, Vec::new())
            .id("broken")
            .child(el("ul").class("mapping-list").children(links))
            .into()
    };
    el("div").live(content)
}

/// How much is guessed.
fn guesses(ui: MappingUi) -> El {
    let count = ui.slice(|model| model.guesses.len());
    let content = move || {
        let count = count.get();
        if count == 0 {
            return nothing();
        }
        let words = ui.words();
        let keep = secondary("keep-guesses", words.keep_guesses, move || {
            ui.model.update(MappingDraft::keep_guesses);
            ui.app.announce(ui.words().guesses_kept);
        });
        notice(Tone::Quiet, &(words.guesses)(count), "", vec![keep]).id("guesses").into()
    };
    el("div").live(content)
}

fn notice(tone: Tone, title: &str, text: &str, actions: Vec<El>) -> El {
    let class = match tone {
        Tone::Bad => "mapping-notice bad",
        Tone::Warn => "mapping-notice warn",
        _ => "mapping-notice",
    };
    let said = (!text.is_empty()).then(|| el("p").text(text.to_owned()));
    let told = el("div")
        .class("mapping-notice-text")
        .child(el("p").class("mapping-notice-title").text(title.to_owned()))
        .maybe(said);
    let actions = (!actions.is_empty()).then(|| el("div").class("mapping-buttons").children(actions));
    el("div")
        .class(class)
        .child(el("div").class("mapping-notice-head").child(parts::sign(tone)).child(told).maybe(actions))
}

/// The links to the sections, with what is wrong and what is guessed in each.
fn sections(ui: MappingUi) -> El {
    let words = ui.words();
    let shown = current(ui);
    // The links grow by their badges when the lists come.
    let listed = ui.slice(|model| model.lists.is_some());
    let links = Section::ALL.map(|section| {
        let counts = ui.slice(move |model| (model.wrong_in(section), model.guessed_in(section)));
        let badge = move || match counts.get() {
            (0, 0) => nothing(),
            (0, guessed) => count_badge("mapping-badge", guessed, (ui.words().guessed_here)(guessed)),
            (wrong, _) => count_badge("mapping-badge bad", wrong, (ui.words().wrong_here)(wrong)),
        };
        el("a")
            .attr("href", Route::to(Screen::Mapping).at(section.name()).hash())
            .attr("data-section", section.name())
            .live_attr("aria-current", move || if shown.get() == section { "page" } else { "false" }.to_owned())
            .child(el("span").text((ui.names().section)(section)))
            .live(badge)
    });
    el("nav")
        .class("mapping-sections")
        .attr("aria-label", words.sections)
        .id("sections")
        .made(move |nav| {
            Effect::new(move |_| {
                shown.with(|_| ());
                listed.with(|_| ());
                show_current(&nav);
            });
        })
        .children(links)
}

fn count_badge(class: &'static str, count: usize, said: String) -> AnyView {
    el("span")
        .class(class)
        .attr("title", said.clone())
        .child(el("span").attr("aria-hidden", "true").text(count.to_string()))
        .child(el("span").class("visually-hidden").text(["(", &said, ")"].concat()))
        .into()
}

fn current(ui: MappingUi) -> Memo<Section> {
    Memo::new(move |_| ui.app.route.with(|route| Section::of_name(&route.part)))
}

/// The section of the address.
fn section(ui: MappingUi) -> El {
    let shown = current(ui);
    let module = Memo::new(move |_| ui.app.route.with(|route| fields::module_of(&route.part)));
    let lists = ui.slice(|model| model.lists.clone());
    let unread = ui.whether(|model| model.fault.is_some());
    let content = move || {
        let Some(lists) = lists.get() else { return if unread.get() { nothing() } else { skeleton(8).into() } };
        let section = shown.get();
        let inside = match section {
            Section::Pairs => pairs::pairs(ui),
            Section::Parties => pairs::parties(ui),
            Section::Fields => fields::section(ui, &lists, module.get()),
            Section::Products => products::section(ui, &lists),
            Section::Documents => documents::section(ui, &lists),
            Section::Statuses => statuses::section(ui, &lists),
            Section::Taxes => taxes::section(ui, &lists),
            Section::Accounts => accounts::section(ui, &lists),
            Section::Budget => pairs::budget(ui),
        };
        let read = el("p")
            .class("muted mapping-read")
            .id("read-at")
            .text(ui.words().read_at)
            .child(ago(ui.app, lists.read_at));
        el("div")
            .attr("data-section", section.name())
            .child(el("p").class("mapping-lead").text((ui.words().section_lead)(section)))
            .child(inside)
            .child(read)
            .into()
    };
    el("div").class("mapping-section").id("mapping-section").live(content)
}

/// What is to be saved; there only while there is something.
fn save_bar(ui: MappingUi) -> El {
    let dirty = ui.whether(MappingDraft::is_dirty);
    let content = move || if dirty.get() { save_bar_content(ui).into() } else { nothing() };
    el("div").class("mapping-save").live(content)
}

fn save_bar_content(ui: MappingUi) -> El {
    let words = ui.words();
    let changes = ui.slice(|model| model.changes.len() + model.typed.len());
    let wrong = ui.slice(MappingDraft::wrong);
    let first = ui.slice(MappingDraft::first_wrong);
    let can_save = ui.whether(MappingDraft::can_save);
    let saving = ui.whether(|model| model.saving);
    let asking = RwSignal::new(false);
    let listing = RwSignal::new(false);
    let problem = move || {
        let count = wrong.get();
        if count == 0 {
            return nothing();
        }
        el("span")
            .class("mapping-save-wrong")
            .child(parts::sign(Tone::Bad))
            .child(el("span").attr("role", "status").id("save-wrong").text((words.invalid)(count)))
            .child(secondary("show-first", words.show_first, move || {
                if let Some(path) = first.get_untracked() {
                    jump(ui, path);
                }
            }))
            .into()
    };
    let save_label = move || {
        let label = if saving.get() { ui.common().saving } else { ui.common().save };
        primary("save", label, move || can_save.get(), move || save(ui)).into()
    };
    let window = move || {
        if asking.get() {
            let title = (words.discard_title)(changes.get_untracked());
            let text = vec![el("p").text(words.discard_text)];
            return dialog(
                ui.app,
                "discard-dialog",
                &title,
                text,
                (ui.common().discard.to_owned(), true),
                move |yes| {
                    asking.set(false);
                    if yes {
                        ui.model.update(MappingDraft::discard);
                    }
                },
            );
        }
        if !listing.get() {
            return nothing();
        }
        let listed = ui.model.with_untracked(|model| model.changes.clone());
        let title = (words.changes)(listed.len());
        drawer(ui.app, "changes-drawer", &title, vec![changes_table(ui, listed)], move || listing.set(false))
    };
    el("div")
        .class("mapping-save-bar")
        .attr("role", "region")
        .attr("aria-label", words.unsaved)
        .id("save-bar")
        .child(
            button("link", "show-changes")
                .live_text(move || (words.changes)(changes.get()))
                .attr("title", words.show_changes)
                .on_click(move || listing.set(true)),
        )
        .live(problem)
        .child(
            el("span")
                .class("mapping-buttons")
                .child(secondary("discard", ui.common().discard, move || asking.set(true)))
                .live(save_label),
        )
        .live(window)
}

/// The file that is about to be taken over.
fn windows(ui: MappingUi) -> El {
    let import = ui.slice(|model| model.import.clone());
    let content = move || {
        let words = ui.words();
        let close = move |take| ui.model.update(|model| model.end_import(take));
        match import.get() {
            None => nothing(),
            Some(Import::Unreadable { file }) => {
                let text = vec![el("p").id("import-unreadable").text((words.import_unreadable)(&file))];
                drawer(ui.app, "import-dialog", words.import_title, text, move || close(false))
            }
            Some(Import::Read { file, crm, xero, changes, invalid, .. }) => {
                let mut content = vec![el("p").text((words.import_from)(&file, &crm, &xero))];
                if changes.is_empty() {
                    content.push(el("p").text(words.import_same));
                } else {
                    content.push(changes_table(ui, changes));
                }
                if !invalid.is_empty() {
                    content.push(el("p").class("mapping-invalid").text((words.import_invalid)(invalid.len())));
                    let products = known_products(ui);
                    let rows = invalid.into_iter().map(|(path, why)| {
                        let name = move || {
                            products.with(|_| ());
                            setting_name(ui, &path)
                        };
                        el("li").child(el("b").live_text(name)).text([" – ", &why].concat())
                    });
                    content.push(el("ul").class("mapping-list").id("import-invalid").children(rows));
                }
                content.push(el("p").class("muted").text(words.import_note));
                let label = (words.import_take.to_owned(), false);
                dialog(ui.app, "import-dialog", words.import_title, content, label, close)
            }
        }
    };
    el("div").live(content)
}

/// Tells when the name of another product is known.
fn known_products(ui: MappingUi) -> Memo<usize> {
    ui.slice(|model| model.products.known())
}

fn names<'a>(ui: MappingUi, lists: &'a Lists, products: &'a ProductNames) -> Names<'a> {
    let common = ui.common();
    let yes_no = [common.yes, common.no];
    Names { words: ui.words(), settings: ui.app.words(), module: common.module, yes_no, lists, products }
}

fn setting_name(ui: MappingUi, path: &str) -> String {
    ui.model.with_untracked(|model| match &model.lists {
        Some(lists) => names(ui, lists, &model.products).setting(path),
        None => path.to_owned(),
    })
}

fn changes_table(ui: MappingUi, changes: Vec<Difference>) -> El {
    let products = known_products(ui);
    let table = move || {
        products.with(|_| ());
        ui.model.with_untracked(|model| match &model.lists {
            Some(lists) => changes_rows(ui, &changes, names(ui, lists, &model.products)).into(),
            None => nothing(),
        })
    };
    el("div").class("mapping-changes").attr("tabindex", "0").live(table)
}

fn changes_rows(ui: MappingUi, changes: &[Difference], names: Names<'_>) -> El {
    let words = ui.words();
    let head = [words.column_setting, words.column_before, words.column_after];
    let head = head.map(|text| el("th").attr("scope", "col").text(text));
    let rows = changes.iter().take(LISTED).map(|change| {
        el("tr")
            .attr("data-change", change.path.clone())
            .child(el("th").attr("scope", "row").text(names.setting(&change.path)))
            .child(el("td").text(names.value(&change.path, change.before.as_ref())))
            .child(el("td").text(names.value(&change.path, change.after.as_ref())))
    });
    let rows = el("tbody").children(rows);
    el("table").child(el("thead").child(el("tr").children(head))).child(rows)
}
