//! Field by field: each of Xero's fields on the right, the CRM field that goes with it on the left.

use super::choices::{self, Choice};
use super::controls::{MappingUi, Pick, heads, lead, row, show_current, text};
use super::edit::Edit;
use super::pairs::arrow;
use super::state::Lists;
use crate::portal::parts::{card, empty, module_name, xero_name};
use crate::portal::reactive::*;
use crate::portal::route::{Route, Screen};
use crate::portal::section::Section;
use crate::view::dom::{El, el};
use shared::module::Module;
use shared::organisation::CrmField;
use shared::settings::Settings;
use shared::settings::fields::{self, FieldKind, FieldMapping, FieldSource, XeroField};
use std::sync::Arc;

/// The pair whose fields an address shows.
pub(super) fn module_of(part: &str) -> Module {
    part.split_once('/').and_then(|(_, name)| Module::from_api_name(name)).unwrap_or(Module::Accounts)
}

/// The fields of one pair.
pub(super) fn section(ui: MappingUi, lists: &Arc<Lists>, module: Module) -> El {
    let words = ui.words();
    let shown = |nav: web_sys::Element| {
        Effect::new(move |_| show_current(&nav));
    };
    let tabs = el("nav").class("mapping-tabs").attr("aria-label", words.pairs).id("field-pairs").made(shown).children(
        Module::ALL.into_iter().filter(|module| !fields::mappable(*module).is_empty()).map(|tab| {
            let route = Route::to(Screen::Mapping).at([Section::Fields.name(), "/", tab.api_name()].concat());
            el("a")
                .attr("href", route.hash())
                .attr("data-module", tab.api_name())
                .attr("aria-current", if tab == module { "page" } else { "false" })
                .text(module_name(ui.app, tab))
        }),
    );
    let title = format!("{} – {}", module_name(ui.app, module), xero_name(ui.app, module));
    let mappable = fields::mappable(module);
    let content = if !lists.crm.fields.contains_key(&module) {
        vec![empty(words.module_missing, "", Vec::new())]
    } else if mappable.is_empty() {
        vec![empty(words.nothing_mappable, "", Vec::new())]
    } else {
        let columns = [words.column_crm_field, "", words.column_xero_field, words.column_default];
        let mut content = vec![lead(words.default_hint), heads(&columns, "mapping-field")];
        content.extend(mappable.iter().map(|xero| field_row(ui, lists, module, xero)));
        content
    };
    el("div").child(tabs).child(card("mapping-fields", &title, content))
}

/// What a module's Xero field is mapped to in these settings.
fn mapping<'a>(settings: &'a Settings, module: Module, key: &str) -> Option<&'a FieldMapping> {
    settings.fields.get(&module)?.get(key)
}

fn field_row(ui: MappingUi, lists: &Arc<Lists>, module: Module, xero: &'static XeroField) -> El {
    let words = ui.words();
    let label = (words.field)(module, xero.key);
    let path = format!("fields.{}.{}", module.api_name(), xero.key);
    let key = xero.key;
    let source = Pick::new(path.clone(), "crm-field", (words.field_for)(&label))
        .empty(standard(ui, lists, module, xero))
        .options(none(ui, &path, xero))
        .options(offered(ui, lists, module, xero))
        .named(|code| code.trim_start_matches('=').to_owned())
        .control(
            ui,
            move |settings| match &mapping(settings, module, key)?.source {
                FieldSource::Standard => None,
                // The standard field by its name is the standard field.
                FieldSource::Field(name) if Some(name.as_str()) == xero.standard => None,
                source => Some(choices::source_code(source)),
            },
            move |code| Edit::Field(module, key.to_owned(), choices::source_of(&code.unwrap_or_default())),
        );
    let kind = match xero.kind {
        FieldKind::Text => words.kind_text,
        FieldKind::Phone => words.kind_phone,
        FieldKind::Money => words.kind_money,
        FieldKind::Day => words.kind_day,
    };
    let default = fields::takes_default(key).then(|| {
        text(
            ui,
            [path.as_str(), ".default"].concat(),
            ("default", if xero.kind == FieldKind::Day { "date" } else { "text" }),
            &(words.default_for)(&label),
            None,
            move |settings| mapping(settings, module, key).and_then(|it| it.default.clone()).unwrap_or_default(),
            move |text| Edit::FieldDefault(module, key.to_owned(), text),
        )
    });
    let direction = ui.slice(move |model| model.draft.direction(module));
    let arrow = el("span").class("mapping-between").live(move || arrow(direction.get()).into());
    let xero = el("span")
        .class("mapping-xero-field")
        .child(el("strong").text(label))
        .child(el("span").class("muted").text(kind));
    row("mapping-field", vec![source, arrow, xero]).maybe(default)
}

/// What the choice of nothing is: the CRM's own field, if it has one.
fn standard(ui: MappingUi, lists: &Lists, module: Module, xero: &XeroField) -> String {
    match xero.standard {
        Some(name) => {
            let known = fields::crm_field(&lists.crm, module, name);
            let label = known.map_or_else(|| name.to_owned(), |field| option_label(ui, field));
            (ui.words().standard)(&label)
        }
        None => ui.words().no_field.to_owned(),
    }
}

/// The choice of no field, where there would be one otherwise.
fn none(ui: MappingUi, path: &str, xero: &XeroField) -> Vec<Choice> {
    let guessed = ui.model.with_untracked(|model| model.known_guesses.contains_key(path));
    if xero.optional && (xero.standard.is_some() || guessed) {
        vec![(choices::source_code(&FieldSource::Nothing), ui.words().no_field.to_owned())]
    } else {
        Vec::new()
    }
}

fn offered(ui: MappingUi, lists: &Lists, module: Module, xero: &XeroField) -> Vec<Choice> {
    let fitting = choices::fitting_fields(&lists.crm, module, xero.kind).into_iter();
    let fitting = fitting.filter(|field| Some(field.api_name.as_str()) != xero.standard);
    let choice =
        |field: &CrmField| (choices::source_code(&FieldSource::Field(field.api_name.clone())), option_label(ui, field));
    fitting.map(choice).collect()
}

/// `Subject · Text · Subject`: label, type and API name.
pub(super) fn option_label(ui: MappingUi, field: &CrmField) -> String {
    let kind = (ui.words().data_type)(&field.data_type).unwrap_or(&field.data_type);
    let label = (ui.words().field_option)(&field.label, kind, &field.api_name);
    if fields::is_read_only(field) { [&label, " · ", ui.words().read_only].concat() } else { label }
}
