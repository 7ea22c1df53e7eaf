//! One fingerprint of a whole Xero record: whether it has changed since it was last looked at is seen from a page of a
//! list alone.

use super::fingerprint::hash;
use super::work::XERO_SUFFIX;
use crate::link::{Fingerprint, Link};
use crate::module::Module;
use crate::record::{
    Address, Discount, Document, Item, Line, LineAmountTypes, Party, Person, Record, Seen, Side, decimal,
};
use crate::totals::{cents, discounted};
use crate::xero;
use rust_decimal::Decimal;
use serde_json::Value;

/// The fingerprint of everything that matters of a Xero record. The answer to a write, a single GET and a page of a
/// list give the same one; when the record was last changed is not part of it, nor is anything of a document's
/// contact but its id.
#[must_use]
pub fn xero_print(key: &[u8; 32], module: Module, element: &Value) -> Fingerprint {
    let mut sheet = Sheet::default();
    match xero::read(module, element) {
        Record::Party(party) => sheet.party(&party, element),
        Record::Item(item) => sheet.item(&item),
        Record::Document(document) => sheet.document(&document, element),
    }
    hash(key, &["xero", module.api_name()], &sheet.text)
}

/// Whether a Xero record is another than the one that the link remembers.
#[must_use]
pub fn xero_changed(link: &Link, key: &[u8; 32], module: Module, element: &Value) -> bool {
    link.fingerprints.get(XERO_SUFFIX).is_none_or(|known| *known != xero_print(key, module, element))
}

/// The values one after the other, each behind its length, so that no two records look alike.
#[derive(Default)]
struct Sheet {
    text: String,
}

impl Sheet {
    fn put(&mut self, text: &str) {
        self.text.push_str(&format!("{}:{text};", text.len()));
    }

    fn seen(&mut self, value: &Seen<String>) {
        self.put(value.get().map(String::as_str).unwrap_or_default());
    }

    fn number(&mut self, number: Decimal) {
        let number = number.normalize();
        self.put(&if number.is_zero() { "0".to_owned() } else { number.to_string() });
    }

    fn raw(&mut self, element: &Value, field: &str) {
        self.put(element.get(field).and_then(Value::as_str).unwrap_or_default());
    }

    fn party(&mut self, party: &Party, element: &Value) {
        for value in [
            &party.name,
            &party.account_number,
            &party.phone,
            &party.fax,
            &party.mobile,
            &party.direct,
            &party.tax_number,
            &party.currency,
            &party.website,
        ] {
            self.seen(value);
        }
        self.person(&party.person);
        for person in party.people.get().map(Vec::as_slice).unwrap_or_default() {
            self.person(person);
        }
        for address in [&party.billing, &party.shipping] {
            let Address { street, city, state, postal_code, country } = address;
            for part in [street, city, state, postal_code, country] {
                self.seen(part);
            }
        }
        // An answer without a status is of an active contact.
        let status = element.get("ContactStatus").and_then(Value::as_str).unwrap_or("ACTIVE");
        self.put(status);
        self.raw(element, "MergedToContactID");
    }

    fn person(&mut self, person: &Person) {
        for part in [&person.first_name, &person.last_name, &person.email] {
            self.seen(part);
        }
    }

    fn item(&mut self, item: &Item) {
        for value in [&item.code, &item.name, &item.description, &item.purchase.description] {
            self.seen(value);
        }
        for Side { unit_price, account_code, tax_type, .. } in [&item.sales, &item.purchase] {
            match unit_price.get() {
                Some(price) => self.number(*price),
                None => self.put(""),
            }
            self.seen(account_code);
            self.seen(tax_type);
        }
        self.put(if item.tracked { "tracked" } else { "" });
    }

    fn document(&mut self, document: &Document, element: &Value) {
        let Document { number, party, reference, status, currency, branding, .. } = document;
        for value in [number, party, reference, status, currency, branding] {
            self.seen(value);
        }
        for day in [&document.date, &document.due_date] {
            self.put(&day.get().map(ToString::to_string).unwrap_or_default());
        }
        self.put(match document.line_amount_types.get() {
            Some(LineAmountTypes::Exclusive) => "Exclusive",
            Some(LineAmountTypes::Inclusive) => "Inclusive",
            Some(LineAmountTypes::NoTax) => "NoTax",
            None => "",
        });
        let amount = |field: &str| element.get(field).and_then(decimal).unwrap_or_default();
        self.number(document.total.get().copied().unwrap_or_default());
        self.number(amount("AmountPaid"));
        self.number(amount("AmountCredited"));
        // The answer to a void still shows what was due before.
        let ended = matches!(status.get().map(String::as_str), Some("VOIDED" | "DELETED"));
        self.number(if ended { Decimal::ZERO } else { amount("AmountDue") });
        self.put(&xero::day(element, "FullyPaidOnDate").map(|day| day.to_string()).unwrap_or_default());
        let rows = element.get("LineItems").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        for (line, row) in document.lines.get().map(Vec::as_slice).unwrap_or_default().iter().zip(rows) {
            self.line(line, row);
        }
    }

    fn line(&mut self, line: &Line, row: &Value) {
        for value in [&line.id, &line.code, &line.description, &line.account_code, &line.tax_type] {
            self.put(value.as_deref().unwrap_or_default());
        }
        self.number(line.quantity);
        self.number(line.unit_price);
        // Not the discount itself: it is told in several ways.
        let discount: Option<Discount> = line.discount;
        self.number(line.total.map_or_else(|| discounted(line.gross(), discount), cents));
        let options = row.get("Tracking").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let mut options: Vec<String> = options
            .iter()
            .map(|option| {
                let part = |id: &str, name: &str| {
                    option.get(id).or_else(|| option.get(name)).and_then(Value::as_str).unwrap_or_default().to_owned()
                };
                format!("{}={}", part("TrackingCategoryID", "Name"), part("TrackingOptionID", "Option"))
            })
            .collect();
        options.sort_unstable();
        self.put(&options.join(","));
    }
}
