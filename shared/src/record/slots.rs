//! The fields of a record that can be mapped, by their canonical keys.

use super::{Address, Record, Seen};
use chrono::NaiveDate;
use rust_decimal::Decimal;

/// One field of a record.
pub(crate) enum Slot<'a> {
    /// A text.
    Text(&'a mut Seen<String>),
    /// Money.
    Money(&'a mut Seen<Decimal>),
    /// A calendar day.
    Day(&'a mut Seen<NaiveDate>),
}

impl Record {
    /// A field that can be mapped; none where a record of this kind has no such field.
    pub(crate) fn slot(&mut self, key: &str) -> Option<Slot<'_>> {
        Some(match self {
            Self::Party(party) => Slot::Text(match key {
                "account_number" => &mut party.account_number,
                "phone" => &mut party.phone,
                "fax" => &mut party.fax,
                "mobile" => &mut party.mobile,
                "website" => &mut party.website,
                "tax_number" => &mut party.tax_number,
                _ => match key.split_once('.')? {
                    ("billing", part) => address(&mut party.billing, part)?,
                    ("shipping", part) => address(&mut party.shipping, part)?,
                    _ => return None,
                },
            }),
            Self::Item(item) => match key {
                "description" => Slot::Text(&mut item.description),
                "purchase.description" => Slot::Text(&mut item.purchase.description),
                "sales.unit_price" => Slot::Money(&mut item.sales.unit_price),
                "purchase.unit_price" => Slot::Money(&mut item.purchase.unit_price),
                _ => return None,
            },
            Self::Document(document) => match key {
                "reference" => Slot::Text(&mut document.reference),
                "date" => Slot::Day(&mut document.date),
                "due_date" => Slot::Day(&mut document.due_date),
                _ => return None,
            },
        })
    }
}

fn address<'a>(address: &'a mut Address, part: &str) -> Option<&'a mut Seen<String>> {
    Some(match part {
        "street" => &mut address.street,
        "city" => &mut address.city,
        "state" => &mut address.state,
        "postal_code" => &mut address.postal_code,
        "country" => &mut address.country,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::module::{Kind, Module};
    use crate::record::{Document, Item, Party};
    use crate::settings::fields::{FieldKind, mappable};

    #[test]
    fn every_field_that_can_be_mapped_has_a_slot_of_its_kind() {
        for module in Module::ALL {
            let mut record = match module.kind() {
                Kind::Party => Record::Party(Box::<Party>::default()),
                Kind::Item => Record::Item(Box::<Item>::default()),
                Kind::Document => Record::Document(Box::<Document>::default()),
            };
            for field in mappable(module) {
                let fits = matches!(
                    (record.slot(field.key), field.kind),
                    (Some(Slot::Text(_)), FieldKind::Text | FieldKind::Phone)
                        | (Some(Slot::Money(_)), FieldKind::Money)
                        | (Some(Slot::Day(_)), FieldKind::Day)
                );
                assert!(fits, "{module:?} {}", field.key);
            }
            assert!(record.slot("name").is_none() && record.slot("billing.planet").is_none());
        }
    }
}
