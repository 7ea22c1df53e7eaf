//! Products.

use super::taxes;
use crate::organisation::CrmOrganisation;
use crate::record::{Item, Seen, boolean, seen_identifier, seen_text};
use serde_json::Value;

/// A product without the fields that can be mapped.
pub(super) fn read(record: &Value, organisation: &CrmOrganisation) -> Item {
    Item {
        code: seen_identifier(record, "Product_Code"),
        name: seen_text(record, "Product_Name"),
        category: seen_text(record, "Product_Category"),
        active: seen_boolean(record, "Product_Active"),
        taxable: seen_boolean(record, "Taxable"),
        taxes: taxes(record.get("Tax"), &organisation.taxes),
        ..Item::default()
    }
}

fn seen_boolean(record: &Value, field: &str) -> Seen<bool> {
    record.get(field).map_or(Seen::Unseen, |value| Seen::Value(boolean(value)))
}
