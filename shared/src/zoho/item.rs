//! Products.

use super::taxes;
use crate::organisation::CrmOrganisation;
use crate::record::{Item, Seen, Side, boolean, seen_decimal, seen_text};
use crate::settings::Settings;
use serde_json::Value;

pub(super) fn read(record: &Value, organisation: &CrmOrganisation, settings: &Settings) -> Item {
    let mapped = |field: &Option<String>| field.clone().unwrap_or_default();
    Item {
        code: seen_text(record, "Product_Code"),
        name: seen_text(record, "Product_Name"),
        description: seen_text(record, "Description"),
        sales: Side { unit_price: seen_decimal(record, "Unit_Price"), ..Side::default() },
        purchase: Side {
            unit_price: seen_decimal(record, &mapped(&settings.products.purchase_price_field)),
            description: seen_text(record, &mapped(&settings.products.purchase_description_field)),
            ..Side::default()
        },
        category: seen_text(record, "Product_Category"),
        active: seen_boolean(record, "Product_Active"),
        taxable: seen_boolean(record, "Taxable"),
        taxes: taxes(record.get("Tax"), &organisation.taxes),
        tracked: false,
    }
}

fn seen_boolean(record: &Value, field: &str) -> Seen<bool> {
    record.get(field).map_or(Seen::Unseen, |value| Seen::Value(boolean(value)))
}
