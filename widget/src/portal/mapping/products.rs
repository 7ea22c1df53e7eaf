//! Products: what one without a code is, and which products stand for lines without an item.

use super::choices;
use super::controls::{MappingUi, heads, lead, row, rule, setting};
use super::edit::Edit;
use super::finder::finder;
use super::product_names::Product;
use super::state::Lists;
use crate::portal::parts::{About, card, drawer, field, secondary, select, sign};
use crate::portal::reactive::*;
use crate::tone::Tone;
use crate::view::dom::{El, el, link, nothing};
use shared::id::ZohoId;
use shared::module::Module;
use shared::settings::WithoutCode;
use std::sync::Arc;

const WITHOUT_CODE: [(&str, WithoutCode); 2] = [("service", WithoutCode::Service), ("generate", WithoutCode::Generate)];

/// The section.
pub(super) fn section(ui: MappingUi, lists: &Arc<Lists>) -> El {
    let words = ui.words();
    let codes = rule(
        ui,
        "products.without_code",
        "without-code",
        &WITHOUT_CODE,
        |settings| settings.products.without_code,
        Edit::WithoutCode,
    );
    el("div").child(card("mapping-codes", words.codes, vec![codes])).child(card(
        "mapping-services",
        words.services,
        vec![lead(words.services_lead), services(ui, lists)],
    ))
}

/// A product's name, with the way to it in the CRM; of one that the CRM does not show, what that means and what to do.
pub(super) fn product(ui: MappingUi, lists: &Arc<Lists>, id: String, missing: &'static str) -> El {
    let url = shared::problem::place_crm(&lists.crm, Module::Products, &id, "").url;
    let known = id.clone();
    let product = ui.slice(move |model| model.products.of(&known));
    let content = move || {
        let words = ui.words();
        let name = match product.get() {
            Product::Named(name) => name,
            Product::Unknown => words.product_unnamed.to_owned(),
            Product::Missing => {
                return el("span")
                    .id("product-missing")
                    .child(el("span").child(sign(Tone::Warn)).text((words.product_missing)(&id)))
                    .text(" ")
                    .child(el("span").class("muted").text(missing))
                    .into();
            }
        };
        el("span")
            .class("mapping-product")
            .child(el("span").text(name))
            .child(link(url.clone(), ui.common().open_in_crm.to_owned(), "open-product"))
            .into()
    };
    el("div").id("product").live(content)
}

fn services(ui: MappingUi, lists: &Arc<Lists>) -> El {
    let words = ui.words();
    // The account whose product is being chosen.
    let choosing = RwSignal::new(None::<String>);
    let services = ui.slice(|model| model.draft.products.services.clone());
    let (known, named) = (lists.clone(), lists.clone());
    let label = move |lists: &Lists, code: &str| {
        if code.is_empty() { words.no_account.to_owned() } else { choices::account_label(&lists.xero, code) }
    };
    let rows = move || {
        let services = services.get();
        if services.is_empty() {
            return el("p").class("muted").text(words.services_none).into();
        }
        let rows = services.into_iter().map(|(code, id)| {
            let name = label(&known, &code);
            let (changed, removed) = (code.clone(), code.clone());
            let change = secondary("change-product", words.change_product, move || choosing.set(Some(changed.clone())));
            let remove = secondary("remove", words.remove, move || ui.edit(Edit::Service(removed.clone(), None)))
                .attr("aria-label", (words.remove_named)(&name));
            let cells = vec![
                product(ui, &known, id.as_str().to_owned(), words.product_missing_service),
                el("strong").text(name),
                el("span").class("mapping-buttons").child(change).child(remove),
            ];
            setting(ui, ["products.services.", &code].concat(), row("mapping-three", cells))
        });
        el("div").child(heads(&[words.product, words.service_account, ""], "mapping-three")).children(rows).into()
    };
    // Lines without an account, and every account that lines can use.
    let mut offered = vec![("-".to_owned(), words.no_account.to_owned())];
    offered.extend(choices::line_accounts(&lists.xero));
    offered.insert(0, (choices::NONE.to_owned(), ui.common().choose.to_owned()));
    let add = select("add-service", offered, String::new, move |code| match code.as_str() {
        choices::NONE => {}
        "-" => choosing.set(Some(String::new())),
        _ => choosing.set(Some(code)),
    });
    let window = move || {
        let Some(code) = choosing.get() else { return nothing() };
        let title = [words.product, ": ", &label(&named, &code)].concat();
        let pick = move |record: shared::api::portal::RecordFound| {
            if let Ok(id) = ZohoId::new(record.id) {
                ui.edit(Edit::Service(code.clone(), Some(id)));
            }
            choosing.set(None);
        };
        let content = vec![finder(ui, Module::Products, pick)];
        drawer(ui.app, "choose-product", &title, content, move || choosing.set(None))
    };
    el("div")
        .live(rows)
        .child(el("div").class("mapping-add").child(field(words.services_add, add, About::default())))
        .live(window)
}
