//! Which Xero account a line goes to: by product, by category, by side.

use super::choices;
use super::controls::{MappingUi, Pick, account_pick, heads, lead, row};
use super::edit::Edit;
use super::finder::finder;
use super::product_names::Product;
use super::products::product;
use super::state::Lists;
use crate::portal::parts::{card, drawer, secondary};
use crate::portal::reactive::*;
use crate::view::dom::{El, el, nothing};
use shared::module::Module;
use shared::settings::{AccountSettings, BooksSide, SideAccounts};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

const SIDES: [BooksSide; 2] = [BooksSide::Sales, BooksSide::Purchases];

/// The section.
pub(super) fn section(ui: MappingUi, lists: &Arc<Lists>) -> El {
    let words = ui.words();
    el("div")
        .child(card("accounts-default", words.defaults, SIDES.map(|side| default(ui, lists, side)).into()))
        .child(card("accounts-category", words.by_category, categories(ui, lists)))
        .child(card("accounts-product", words.by_product, products(ui, lists)))
        .child(card(
            "accounts-special",
            words.special_lines,
            vec![
                special(ui, lists, "accounts.discount", "discount-account", |it| it.discount.clone(), Edit::Discount),
                special(
                    ui,
                    lists,
                    "accounts.adjustment",
                    "adjustment-account",
                    |it| it.adjustment.clone(),
                    Edit::Adjustment,
                ),
            ],
        ))
}

fn code(side: BooksSide) -> &'static str {
    match side {
        BooksSide::Sales => "sales",
        BooksSide::Purchases => "purchases",
    }
}

fn of_side(accounts: &SideAccounts, side: BooksSide) -> Option<String> {
    match side {
        BooksSide::Sales => accounts.sales.clone(),
        BooksSide::Purchases => accounts.purchases.clone(),
    }
}

fn default(ui: MappingUi, lists: &Arc<Lists>, side: BooksSide) -> El {
    let path = ["accounts.", code(side)].concat();
    let label = ui.label(&path);
    let pick = Pick::new(path, "default-account", label).empty(ui.words().account_unknown);
    account_pick(ui, lists, pick, side, false).control(
        ui,
        move |settings| match side {
            BooksSide::Sales => settings.accounts.sales.clone(),
            BooksSide::Purchases => settings.accounts.purchases.clone(),
        },
        move |account| Edit::Account(side, account),
    )
}

fn special(
    ui: MappingUi,
    lists: &Arc<Lists>,
    path: &'static str,
    id: &'static str,
    get: fn(&AccountSettings) -> Option<String>,
    set: fn(Option<String>) -> Edit,
) -> El {
    let pick = Pick::new(path, id, ui.label(path)).hint(ui.hint(path)).empty(ui.words().side_default);
    account_pick(ui, lists, pick, BooksSide::Sales, true).control(ui, move |settings| get(&settings.accounts), set)
}

/// One map of the accounts: its name in paths, how it is read, and the change of one of its entries.
#[derive(Clone, Copy)]
struct Map {
    path: &'static str,
    get: fn(&AccountSettings) -> &BTreeMap<String, SideAccounts>,
    set: fn(String, BooksSide, Option<String>) -> Edit,
}

const CATEGORIES: Map = Map { path: "accounts.by_category", get: |it| &it.by_category, set: Edit::ByCategory };
const PRODUCTS: Map = Map { path: "accounts.by_product", get: |it| &it.by_product, set: Edit::ByProduct };

fn sides(ui: MappingUi, lists: &Arc<Lists>, map: Map, key: &str, name: &str) -> [El; 2] {
    SIDES.map(|side| {
        let (read, write) = (key.to_owned(), key.to_owned());
        let pick = Pick::new(
            format!("{}.{key}.{}", map.path, code(side)),
            "line-account",
            (ui.words().account_of)(name, ui.side(side)),
        )
        .empty(ui.words().side_default);
        account_pick(ui, lists, pick, side, true).control(
            ui,
            move |settings| (map.get)(&settings.accounts).get(&read).and_then(|accounts| of_side(accounts, side)),
            move |account| (map.set)(write.clone(), side, account),
        )
    })
}

fn columns(ui: MappingUi, first: &str) -> El {
    let heads_of = [first.to_owned(), ui.in_xero(BooksSide::Sales), ui.in_xero(BooksSide::Purchases)];
    heads(&heads_of.each_ref().map(String::as_str), "mapping-three")
}

fn categories(ui: MappingUi, lists: &Arc<Lists>) -> Vec<El> {
    let words = ui.words();
    let mut known = choices::picklist(&lists.crm, Module::Products, "Product_Category").to_vec();
    known.retain(|(actual, _)| !actual.trim().is_empty() && actual != "-None-");
    let mapped =
        ui.model.with_untracked(|model| keys(&model.draft.accounts.by_category, &model.saved.accounts.by_category));
    for category in mapped {
        if !known.iter().any(|(actual, _)| *actual == category) {
            known.push((category.clone(), category));
        }
    }
    if known.is_empty() {
        return vec![lead(words.by_category_none)];
    }
    let mut rows = vec![lead(words.by_category_lead), columns(ui, words.category)];
    rows.extend(known.into_iter().map(|(actual, display)| {
        let [sales, purchases] = sides(ui, lists, CATEGORIES, &actual, &display);
        row("mapping-three", vec![el("strong").text(display), sales, purchases])
    }));
    rows
}

fn keys(one: &BTreeMap<String, SideAccounts>, other: &BTreeMap<String, SideAccounts>) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    keys.extend(one.keys().chain(other.keys()).cloned());
    keys
}

fn products(ui: MappingUi, lists: &Arc<Lists>) -> Vec<El> {
    let words = ui.words();
    let finding = RwSignal::new(false);
    // Products that were added here have no account at first, and a row all the same.
    let added = RwSignal::new(BTreeSet::<String>::new());
    let mapped = ui.slice(|model| keys(&model.draft.accounts.by_product, &model.saved.accounts.by_product));
    let shown = Memo::new(move |_| {
        let mut shown = mapped.get();
        shown.extend(added.get());
        let with_names = |id: String| ui.model.with(|model| (model.products.of(&id), id));
        shown.into_iter().map(with_names).collect::<Vec<_>>()
    });
    let known = lists.clone();
    let rows = move || {
        let shown = shown.get();
        if shown.is_empty() {
            return nothing();
        }
        let rows = shown.into_iter().map(|(product_known, id)| {
            let name = match product_known {
                Product::Named(name) => name,
                Product::Missing | Product::Unknown => (words.product_by_id)(&id),
            };
            let [sales, purchases] = sides(ui, &known, PRODUCTS, &id, &name);
            row("mapping-three", vec![product(ui, &known, id, words.product_missing_accounts), sales, purchases])
        });
        el("div").child(columns(ui, words.product)).children(rows).into()
    };
    let window = move || {
        if !finding.get() {
            return nothing();
        }
        let pick = move |record: shared::api::portal::RecordFound| {
            added.update(|added| {
                added.insert(record.id);
            });
            finding.set(false);
        };
        let content = vec![finder(ui, Module::Products, pick)];
        drawer(ui.app, "add-product", words.add_product, content, move || finding.set(false))
    };
    let add = secondary("find-product", words.add_product, move || finding.set(true));
    vec![
        lead(words.by_product_lead),
        el("div").live(rows),
        el("div").class("mapping-add").child(add),
        el("div").live(window),
    ]
}
