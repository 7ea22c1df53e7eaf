//! Invoices and purchase orders: numbers, amounts, rules, look and tracking.

use super::choices::{self, Choice};
use super::controls::{MappingUi, Pick, account_pick, code_of, lead, number, rule, setting, text, toggle, value_of};
use super::edit::Edit;
use super::fields::option_label;
use super::state::Lists;
use crate::portal::parts::{About, card, empty, field, module_name, secondary, segments, select};
use crate::portal::reactive::*;
use crate::view::dom::{El, el, nothing};
use shared::module::Module;
use shared::organisation::TrackingCategory;
use shared::record::{LineAmountTypes, TaxMode};
use shared::settings::fields::FieldKind;
use shared::settings::{ApprovedEdits, BooksSide, NumberRule};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Xero puts at most two categories on a line.
const MOST_CATEGORIES: usize = 2;
const DOCUMENTS: [Module; 2] = [Module::Invoices, Module::PurchaseOrders];

const LINE_AMOUNTS: [(&str, LineAmountTypes); 3] = [
    ("Exclusive", LineAmountTypes::Exclusive),
    ("Inclusive", LineAmountTypes::Inclusive),
    ("NoTax", LineAmountTypes::NoTax),
];
const APPROVED: [(&str, ApprovedEdits); 2] =
    [("xero_wins", ApprovedEdits::XeroWins), ("crm_goes_through", ApprovedEdits::CrmGoesThrough)];
const TAX_MODES: [(&str, Option<TaxMode>); 4] =
    [("", None), ("Item", Some(TaxMode::Item)), ("Total", Some(TaxMode::Total)), ("None", Some(TaxMode::None))];

/// The section.
pub(super) fn section(ui: MappingUi, lists: &Arc<Lists>) -> El {
    let words = ui.words();
    el("div")
        .child(card("mapping-numbers", words.numbers, numbers(ui)))
        .child(card("mapping-amounts", words.amounts, amounts(ui, lists)))
        .child(card("mapping-rules", words.rules, rules(ui)))
        .child(card("mapping-look", words.look, vec![theme(ui, lists)]))
        .child(card("mapping-tracking", words.tracking, tracking(ui, lists)))
}

fn numbers(ui: MappingUi) -> Vec<El> {
    let path = "documents.number";
    let of_xero = ui.slice(|model| matches!(model.draft.documents.number, NumberRule::Xero));
    let options = ["crm", "xero"].map(|code| (code.to_owned(), ui.value(path, code))).to_vec();
    let whose = segments(
        "number",
        ui.label(path),
        options,
        move || if of_xero.get() { "xero" } else { "crm" }.to_owned(),
        move |code| ui.edit(Edit::NumberOfXero(code == "xero")),
    );
    let prefix = move || {
        if of_xero.get() {
            return nothing();
        }
        let path = "documents.number.crm.prefix";
        let read = |settings: &shared::settings::Settings| match &settings.documents.number {
            NumberRule::Crm { prefix } => prefix.clone(),
            NumberRule::Xero => String::new(),
        };
        text(ui, path, ("prefix", "text"), ui.label(path), ui.hint(path), read, Edit::Prefix).into()
    };
    vec![setting(ui, path.to_owned(), whose), el("div").live(prefix)]
}

fn amounts(ui: MappingUi, lists: &Arc<Lists>) -> Vec<El> {
    let path = "documents.rounding_account";
    let pick = Pick::new(path, "rounding-account", ui.label(path)).hint(ui.hint(path)).empty(ui.words().no_rounding);
    let rounding = account_pick(ui, lists, pick, BooksSide::Sales, true).control(
        ui,
        |settings| settings.documents.rounding_account.clone(),
        Edit::Rounding,
    );
    let modes = TAX_MODES.iter().filter(|(code, _)| !code.is_empty());
    let tax_mode = Pick::new("documents.tax_mode", "tax-mode", ui.label("documents.tax_mode"))
        .empty(ui.value("documents.tax_mode", ""))
        .options(modes.map(|(code, _)| ((*code).to_owned(), ui.value("documents.tax_mode", code))).collect())
        .control(
            ui,
            |settings| {
                Some(code_of(&TAX_MODES, settings.documents.tax_mode).to_owned()).filter(|code| !code.is_empty())
            },
            |code| Edit::TaxMode(value_of(&TAX_MODES, &code.unwrap_or_default())),
        );
    vec![
        rule(
            ui,
            "documents.line_amount_types",
            "line-amounts",
            &LINE_AMOUNTS,
            |settings| settings.documents.line_amount_types,
            Edit::LineAmounts,
        ),
        tax_mode,
        rounding,
        yes_or_no(
            ui,
            "documents.send_exchange_rate",
            "exchange-rate",
            |it| it.documents.send_exchange_rate,
            Edit::ExchangeRate,
        ),
    ]
}

fn rules(ui: MappingUi) -> Vec<El> {
    vec![
        number(ui, "documents.due_days", "due-days", |settings| settings.documents.due_days, Edit::DueDays),
        rule(
            ui,
            "documents.approved_edits",
            "approved-edits",
            &APPROVED,
            |settings| settings.documents.approved_edits,
            Edit::ApprovedEdits,
        ),
        yes_or_no(ui, "documents.allow_void", "allow-void", |it| it.documents.allow_void, Edit::AllowVoid),
    ]
}

fn yes_or_no(
    ui: MappingUi,
    path: &'static str,
    id: &'static str,
    get: fn(&shared::settings::Settings) -> bool,
    set: fn(bool) -> Edit,
) -> El {
    toggle(ui, path, id, ui.label(path), get, set)
}

fn theme(ui: MappingUi, lists: &Arc<Lists>) -> El {
    let path = "documents.branding_theme";
    let themes = lists.xero.branding_themes.iter().map(|theme| (theme.id.clone(), theme.name.clone())).collect();
    let hint =
        if lists.xero.branding_themes.is_empty() { Some(ui.words().no_themes.to_owned()) } else { ui.hint(path) };
    Pick::new(path, "branding-theme", ui.label(path))
        .hint(hint)
        .empty(ui.words().default_theme)
        .options(themes)
        .control(ui, |settings| settings.documents.branding_theme.clone(), Edit::Branding)
}

fn tracking(ui: MappingUi, lists: &Arc<Lists>) -> Vec<El> {
    let words = ui.words();
    let count = ui.slice(|model| model.draft.documents.tracking.len());
    let (all, offered) = (lists.clone(), lists.clone());
    let blocks = move || {
        let blocks = (0..count.get()).map(|at| category(ui, &all, at));
        el("div").class("mapping-blocks").children(blocks).into()
    };
    let chosen = ui.slice(|model| {
        model.draft.documents.tracking.iter().map(|mapping| mapping.category.clone()).collect::<Vec<_>>()
    });
    let add = move || {
        let chosen = chosen.get();
        if offered.xero.tracking_categories.is_empty() && chosen.is_empty() {
            return empty(words.tracking, words.tracking_none, Vec::new()).into();
        }
        let free = offered.xero.tracking_categories.iter().filter(|category| !chosen.contains(&category.id));
        let free: Vec<Choice> = free.map(|category| (category.id.clone(), category.name.clone())).collect();
        if free.is_empty() || chosen.len() >= MOST_CATEGORIES {
            return nothing();
        }
        let mut options = vec![(choices::NONE.to_owned(), ui.common().choose.to_owned())];
        options.extend(free);
        let select = select("add-tracking", options, String::new, move |category| {
            if category != choices::NONE {
                ui.edit(Edit::AddTracking(category));
            }
        });
        el("div").class("mapping-add").child(field(words.tracking_add, select, About::default())).into()
    };
    vec![lead(words.tracking_lead), el("div").live(blocks), el("div").live(add)]
}

/// One tracking category: the fields that name its option, and the option of each value.
fn category(ui: MappingUi, lists: &Arc<Lists>, at: usize) -> El {
    let words = ui.words();
    let path = format!("documents.tracking.{at}");
    let categories = &lists.xero.tracking_categories;
    let choices_of = categories.iter().map(|category| (category.id.clone(), category.name.clone())).collect();
    let which = Pick::new([&path, ".category"].concat(), "tracking-category", words.tracking_category)
        .options(choices_of)
        .control(
            ui,
            move |settings| settings.documents.tracking.get(at).map(|mapping| mapping.category.clone()),
            move |category| Edit::TrackingCategory(at, category.unwrap_or_default()),
        );
    let remove = secondary("remove-tracking", words.remove, move || ui.edit(Edit::RemoveTracking(at)));
    let sources = DOCUMENTS.map(|module| {
        let fitting = choices::fitting_fields(&lists.crm, module, FieldKind::Text).into_iter();
        let options = fitting.map(|field| (field.api_name.clone(), option_label(ui, field))).collect();
        Pick::new(
            format!("{path}.fields.{}", module.api_name()),
            "tracking-field",
            (words.tracking_field)(module_name(ui.app, module)),
        )
        .empty(words.tracking_no_field)
        .options(options)
        .control(
            ui,
            move |settings| settings.documents.tracking.get(at)?.fields.get(&module).cloned(),
            move |name| Edit::TrackingField(at, module, name),
        )
    });
    let mapping = ui.slice(move |model| {
        let mapping = model.draft.documents.tracking.get(at)?;
        // The rows: only what they depend on, so that a choice of an option builds nothing anew.
        Some((mapping.category.clone(), mapping.fields.clone(), mapping.options.keys().cloned().collect::<Vec<_>>()))
    });
    let known = lists.clone();
    // Values that were listed once stay listed, so that the row of a choice that is taken back does not vanish.
    let seen = StoredValue::new(BTreeMap::<String, String>::new());
    let values = Memo::new(move |_| {
        let (category, fields, mapped) = mapping.get()?;
        let mut values = seen.get_value();
        for (module, name) in &fields {
            values.extend(choices::picklist(&known.crm, *module, name).iter().cloned());
        }
        for value in mapped {
            values.entry(value.clone()).or_insert(value);
        }
        seen.set_value(values.clone());
        Some((category, values))
    });
    let named = lists.clone();
    let options = move || {
        let Some((category, values)) = values.get() else { return nothing() };
        let category = named.xero.tracking_categories.iter().find(|known| known.id == category);
        options_view(ui, at, category, values).into()
    };
    el("div")
        .class("mapping-block")
        .id("tracking")
        .attr("data-path", path)
        .child(el("div").class("mapping-block-head").child(which).child(remove))
        .child(el("div").class("mapping-columns").children(sources))
        .live(options)
}

fn options_view(ui: MappingUi, at: usize, category: Option<&TrackingCategory>, values: BTreeMap<String, String>) -> El {
    let words = ui.words();
    let offered: Vec<Choice> = category.map(|category| category.options.clone()).unwrap_or_default();
    let path = format!("documents.tracking.{at}");
    let rows = values.into_iter().map(|(value, display)| {
        let alike = offered.iter().find(|(_, name)| {
            name.trim().to_lowercase() == display.trim().to_lowercase()
                || name.trim().to_lowercase() == value.trim().to_lowercase()
        });
        let by_name =
            alike.map_or_else(|| words.tracking_no_name.to_owned(), |(_, name)| (words.tracking_by_name)(name));
        let key = value.clone();
        Pick::new(format!("{path}.options.{value}"), "tracking-option", (words.tracking_option)(&display))
            .empty(by_name)
            .options(offered.clone())
            .control(
                ui,
                move |settings| settings.documents.tracking.get(at)?.options.get(&value).cloned(),
                move |option| Edit::TrackingOption(at, key.clone(), option),
            )
    });
    let rows = rows.collect::<Vec<_>>();
    let default = Pick::new([&path, ".default"].concat(), "tracking-default", words.tracking_default)
        .empty(words.tracking_no_default)
        .options(offered.clone())
        .control(
            ui,
            move |settings| settings.documents.tracking.get(at)?.default.clone(),
            move |option| Edit::TrackingDefault(at, option),
        );
    el("div").class("mapping-columns").children(rows).child(default)
}
