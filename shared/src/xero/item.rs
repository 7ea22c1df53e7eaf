//! Products as Xero items.

use super::{add, fit};
use crate::id::ZohoId;
use crate::plan::Inputs;
use crate::problem::{self, Problem, Severity};
use crate::record::{Item, Seen, Side};
use crate::settings::{BooksSide, WithoutCode, accounts, fields, remedy, taxes};
use crate::totals::round;
use rust_decimal::Decimal;

pub(super) fn target(inputs: &Inputs, crm: &Item, problems: &mut Vec<Problem>) -> Item {
    let label = crate::zoho::name(inputs.module, &inputs.crm.record);
    if matches!(crm.active, Seen::Value(Some(false))) {
        add(problems, problem::product_inactive(label.clone()));
    }
    let (name, description) = name_and_description(crm, inputs.xero.is_none(), problems);
    let current = super::read(inputs.module, inputs.xero.unwrap_or(&serde_json::Value::Null));
    let current_item = match &current {
        crate::record::Record::Item(item) => Some(item.as_ref()),
        _ => None,
    };
    Item {
        code: code(inputs, crm, current_item.and_then(|item| item.code.get()), &label, problems),
        name,
        description,
        sales: Side {
            unit_price: price(problems, "Unit price", &crm.sales.unit_price),
            description: Seen::Unseen,
            ..defaults(inputs, crm, BooksSide::Sales, problems)
        },
        purchase: Side {
            unit_price: price(problems, "Purchase price", &crm.purchase.unit_price),
            description: fit::limit(problems, "Purchase description", crm.purchase.description.clone(), 4000),
            ..defaults(inputs, crm, BooksSide::Purchases, problems)
        },
        category: Seen::Unseen,
        active: crm.active.clone(),
        taxable: Seen::Unseen,
        taxes: Vec::new(),
        tracked: current_item.is_some_and(|item| item.tracked),
    }
}

fn code(
    inputs: &Inputs,
    crm: &Item,
    in_xero: Option<&String>,
    label: &str,
    problems: &mut Vec<Problem>,
) -> Seen<String> {
    if crm.code.get().is_some() {
        return fit::code(problems, &crm.code);
    }
    match (inputs.settings.products.without_code, in_xero) {
        // A code that was generated before stays, whatever the product is called now.
        (WithoutCode::Generate, Some(code)) => Seen::some(code.clone()),
        (WithoutCode::Generate, None) => {
            let id = inputs.crm.record.get("id").and_then(crate::record::tidy).unwrap_or_default();
            let made = fit::generated_code(label, &id);
            fit::adjusted(problems, "Product code", "", &made);
            Seen::some(made)
        }
        (WithoutCode::Service, _) => {
            let problem = problem::product_without_code(label.to_owned());
            add(problems, problem.remedy(remedy::without_code()));
            crm.code.clone()
        }
    }
}

/// Xero's Name takes 50 characters. A longer one is shortened, and goes whole into an empty description.
fn name_and_description(crm: &Item, new: bool, problems: &mut Vec<Problem>) -> (Seen<String>, Seen<String>) {
    let mut description = fit::limit(problems, "Description", crm.description.clone(), 4000);
    let plain = fit::plain(problems, "Name", crm.name.clone());
    let name = match plain.get() {
        Some(name) if name.chars().count() > 50 => {
            let short = fit::cut(name, 50);
            add(problems, problem::product_name_shortened(name.clone(), short.clone(), "50"));
            if description == Seen::Value(None) {
                description = Seen::some(name.clone());
            }
            Seen::some(short)
        }
        _ => plain,
    };
    if matches!(name, Seen::Value(None)) || (new && !name.is_seen()) {
        add(problems, problem::name_missing("product"));
    }
    (name, description)
}

fn price(problems: &mut Vec<Problem>, field: &str, value: &Seen<Decimal>) -> Seen<Decimal> {
    let Some(price) = value.get() else { return value.clone() };
    let fitted = round(*price, 4).normalize();
    if fitted != *price {
        fit::adjusted(problems, field, &price.to_string(), &fitted.to_string());
    }
    Seen::some(fitted)
}

/// Account and tax type, which Xero takes as defaults for new lines. They are conveniences: what has no mapping is a
/// warning here and stops the documents that need it, not the product.
fn defaults(inputs: &Inputs, crm: &Item, side: BooksSide, problems: &mut Vec<Problem>) -> Side {
    // The purchase side is told about only where somebody mapped its price.
    let told = side == BooksSide::Sales
        || fields::source(inputs.settings, inputs.module, "purchase.unit_price").is_some()
        || fields::default(inputs.settings, inputs.module, "purchase.unit_price").is_some();
    let product = inputs.crm.record.get("id").and_then(crate::record::tidy).and_then(|id| ZohoId::new(id).ok());
    let account = accounts::resolve(
        inputs.settings,
        inputs.xero_organisation,
        side,
        product.as_ref(),
        crm.category.get().map(String::as_str),
    );
    let organisation = inputs.xero_organisation;
    let mut warned = None;
    let tax = match (crm.taxable.get(), crm.taxes.as_slice()) {
        // An item's own type goes before the general choice, so a guess at that choice is not put on items.
        (Some(false), _) => {
            taxes::chosen_untaxed(inputs.settings, organisation, side).map(|tax_type| Ok(tax_type.to_owned()))
        }
        // Several taxes are those that may apply; which one does is decided on each document.
        (_, [one]) => {
            let chosen = taxes::resolve(inputs.settings, organisation, side, std::slice::from_ref(one));
            Some(chosen.map(|chosen| {
                warned = chosen.told;
                chosen.tax_type
            }))
        }
        _ => None,
    };
    if let Some(warned) = warned.filter(|_| told) {
        add(problems, warned);
    }
    let mut keep = |result: Result<String, Problem>| match result {
        Ok(value) => Seen::some(value),
        Err(problem) => {
            if told {
                add(problems, problem.severity(Severity::Warning));
            }
            Seen::Unseen
        }
    };
    Side {
        unit_price: Seen::Unseen,
        description: Seen::Unseen,
        account_code: keep(account),
        tax_type: tax.map_or(Seen::Unseen, &mut keep),
    }
}
