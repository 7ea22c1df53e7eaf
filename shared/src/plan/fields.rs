//! Canonical records as flat fields: one text to compare and one value to show for each.

use crate::api::Shown;
use crate::link::FieldKey;
use crate::module::Module;
use crate::organisation::XeroOrganisation;
use crate::record::{Address, Discount, Document, Item, Line, LineAmountTypes, Party, Person, Record, Seen};
use crate::settings::{accounts, taxes};
use crate::totals;
use crate::xero::{TRACKING, category as tracking_category};
use chrono::NaiveDate;
use rust_decimal::Decimal;
use std::collections::BTreeMap;

/// One field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cell {
    /// The canonical text, equal on both sides when they mean the same; none when the field is empty.
    pub(super) text: Option<String>,
    /// For people.
    pub(super) shown: Option<Shown>,
}

/// A record's fields that its side showed.
#[derive(Debug, Clone, Default)]
pub(super) struct Flat {
    /// By key.
    pub(super) cells: BTreeMap<FieldKey, Cell>,
    /// In the order in which people expect them.
    pub(super) order: Vec<FieldKey>,
}

/// What is needed to show values.
#[derive(Debug, Clone, Copy)]
pub(super) struct Words<'a> {
    pub(super) organisation: &'a XeroOrganisation,
    /// Of items, and of documents that don't say theirs.
    pub(super) currency: &'a str,
    /// What people call the document's party.
    pub(super) party: Option<&'a str>,
}

/// Lays a record out flat. `line_keys` name the document's lines in their order. A document's status is not among the
/// fields: it has rules of its own.
pub(super) fn flatten(record: &Record, line_keys: &[String], words: Words<'_>) -> Flat {
    let mut flat = Flat::default();
    match record {
        Record::Party(party) => flat.party(party),
        Record::Item(item) => flat.item(item, words),
        Record::Document(document) => flat.document(document, line_keys, words),
    }
    flat
}

impl Flat {
    fn put(&mut self, key: impl Into<FieldKey>, cell: Cell) {
        let key = key.into();
        if self.cells.insert(key.clone(), cell).is_none() {
            self.order.push(key);
        }
    }

    fn seen<T>(&mut self, key: &str, value: &Seen<T>, cell: impl Fn(&T) -> (String, Shown)) {
        let Seen::Value(value) = value else { return };
        let filled = value.as_ref().map(cell).filter(|(text, _)| !text.is_empty());
        let (text, shown) = filled.map_or((None, None), |(text, shown)| (Some(text), Some(shown)));
        self.put(key, Cell { text, shown });
    }

    fn text(&mut self, key: &str, value: &Seen<String>) {
        self.seen(key, value, |text| {
            let text = tidy(text);
            (text.clone(), Shown::Text(text))
        });
    }

    fn day(&mut self, key: &str, value: &Seen<NaiveDate>) {
        self.seen(key, value, |day| (day.to_string(), Shown::Day(day.to_string())));
    }

    fn money(&mut self, key: &str, value: &Seen<Decimal>, currency: &str) {
        self.seen(key, value, |amount| (plain(*amount), price(*amount, currency)));
    }

    fn party(&mut self, party: &Party) {
        self.text("name", &party.name);
        self.text("account_number", &party.account_number);
        self.text("person.first_name", &party.person.first_name);
        self.text("person.last_name", &party.person.last_name);
        self.text("person.email", &party.person.email);
        self.seen("people", &party.people, |people| people_cell(people));
        for (key, value) in
            [("phone", &party.phone), ("fax", &party.fax), ("mobile", &party.mobile), ("direct", &party.direct)]
        {
            self.text(key, value);
        }
        self.address("billing", &party.billing);
        self.address("shipping", &party.shipping);
        self.text("tax_number", &party.tax_number);
        self.text("currency", &party.currency);
        self.text("website", &party.website);
    }

    fn address(&mut self, key: &str, address: &Address) {
        for (part, value) in [
            ("street", &address.street),
            ("city", &address.city),
            ("state", &address.state),
            ("postal_code", &address.postal_code),
            ("country", &address.country),
        ] {
            self.text(&format!("{key}.{part}"), value);
        }
    }

    fn item(&mut self, item: &Item, words: Words<'_>) {
        self.text("code", &item.code);
        self.text("name", &item.name);
        self.text("description", &item.description);
        for (key, side) in [("sales", &item.sales), ("purchase", &item.purchase)] {
            self.money(&format!("{key}.unit_price"), &side.unit_price, words.currency);
            self.text(&format!("{key}.description"), &side.description);
            self.seen(&format!("{key}.account_code"), &side.account_code, |code| account(code, words));
            self.seen(&format!("{key}.tax_type"), &side.tax_type, |tax_type| tax(tax_type, words));
        }
    }

    fn document(&mut self, document: &Document, line_keys: &[String], words: Words<'_>) {
        self.text("number", &document.number);
        self.seen("party", &document.party, |id| {
            (id.to_lowercase(), Shown::Text(words.party.unwrap_or(id).to_owned()))
        });
        self.text("reference", &document.reference);
        self.day("date", &document.date);
        self.day("due_date", &document.due_date);
        self.text("currency", &document.currency);
        self.seen("line_amount_types", &document.line_amount_types, |types| {
            let (text, shown) = tax_words(*types);
            (text.to_owned(), Shown::Text(shown.to_owned()))
        });
        self.seen("branding", &document.branding, |id| {
            let theme = words.organisation.branding_themes.iter().find(|theme| theme.id.eq_ignore_ascii_case(id));
            (id.to_lowercase(), Shown::Text(theme.map_or(id, |theme| &theme.name).clone()))
        });
        for (category, options) in &document.tracking {
            self.seen(&format!("{TRACKING}{category}"), options, |options| {
                (options.clone(), Shown::Text(option_names(category, options, words)))
            });
        }
        let currency = document.currency.get().map_or(words.currency, String::as_str);
        for (line, key) in lines_of(document).iter().zip(line_keys) {
            self.line(&format!("lines.{key}"), line, currency, words);
        }
    }

    fn line(&mut self, key: &str, line: &Line, currency: &str, words: Words<'_>) {
        let text = |value: &Option<String>| Seen::Value(value.clone());
        self.text(&format!("{key}.code"), &text(&line.code));
        self.text(&format!("{key}.description"), &text(&line.description));
        self.seen(&format!("{key}.quantity"), &Seen::some(line.quantity), |quantity| {
            (plain(*quantity), Shown::Number(plain(*quantity)))
        });
        self.money(&format!("{key}.unit_price"), &Seen::some(line.unit_price), currency);
        self.seen(&format!("{key}.discount"), &Seen::Value(line.discount), |discount| {
            discount_cell(*discount, currency)
        });
        self.seen(&format!("{key}.account_code"), &text(&line.account_code), |code| account(code, words));
        match (&line.tax_type, line.taxes.as_slice()) {
            // The CRM's side: taxes by name, which are shown but not compared.
            (None, [_, ..]) => {
                let names = line.taxes.iter().map(|tax| format!("{} {} %", tax.name, plain(tax.percentage)));
                let shown = Some(Shown::Text(names.collect::<Vec<_>>().join(", ")));
                self.put(format!("{key}.tax_type"), Cell { text: None, shown });
            }
            _ => self.seen(&format!("{key}.tax_type"), &text(&line.tax_type), |tax_type| tax(tax_type, words)),
        }
    }
}

/// The lines of a document; none when they were not shown.
pub(super) fn lines_of(document: &Document) -> &[Line] {
    document.lines.get().map(Vec::as_slice).unwrap_or_default()
}

/// What people call a field. `line` is what they call the line that it belongs to.
pub(crate) fn label(module: Module, key: &str, line: impl Fn(&str) -> String) -> String {
    if let Some((line_key, part)) = line_key(key) {
        let part = match part {
            "code" => "item",
            "description" => "text",
            "unit_price" => "price",
            "tax_type" => "tax",
            "account_code" => "account",
            other => other,
        };
        return format!("{} {part}", line(line_key));
    }
    let fixed = match key {
        "name" => "Name",
        "account_number" => "Account number",
        "person.first_name" => "First name",
        "person.last_name" => "Last name",
        "person.email" => "E-mail",
        "people" => "Other people",
        "phone" => "Phone",
        "fax" => "Fax",
        "mobile" => "Mobile",
        "direct" => "Direct phone",
        "tax_number" => "Tax number",
        "currency" => "Currency",
        "website" => "Website",
        "code" => "Code",
        "description" => "Sales text",
        "sales.unit_price" => "Sales price",
        "sales.account_code" => "Sales account",
        "sales.tax_type" => "Sales tax",
        "purchase.unit_price" => "Purchase price",
        "purchase.description" => "Purchase text",
        "purchase.account_code" => "Purchase account",
        "purchase.tax_type" => "Purchase tax",
        "number" => "Number",
        "party" if module == Module::PurchaseOrders => "Supplier",
        "party" => "Customer",
        "reference" => "Reference",
        "date" => "Date",
        "due_date" => "Due date",
        "status" => "Status",
        "line_amount_types" => "Tax treatment",
        "branding" => "Branding",
        "lines.order" => "Order of lines",
        _ => "",
    };
    if !fixed.is_empty() {
        return fixed.to_owned();
    }
    // Addresses: `billing.postal_code` is "Billing postal code".
    let words = key.replace(['.', '_'], " ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| [first.to_ascii_uppercase()].into_iter().chain(letters).collect())
}

/// Splits `lines.<line key>.<part>`; a line key may contain dots of its own.
pub(super) fn line_key(key: &str) -> Option<(&str, &str)> {
    key.strip_prefix("lines.")?.rsplit_once('.')
}

/// How a document states taxes: Xero's word, and what people call it.
pub(crate) fn tax_words(types: LineAmountTypes) -> (&'static str, &'static str) {
    match types {
        LineAmountTypes::Exclusive => ("Exclusive", "Tax on top"),
        LineAmountTypes::Inclusive => ("Inclusive", "Tax included"),
        LineAmountTypes::NoTax => ("NoTax", "No tax"),
    }
}

/// A decimal without zeros at its end.
fn plain(number: Decimal) -> String {
    let number = number.normalize();
    if number.is_zero() { "0".to_owned() } else { number.to_string() }
}

/// Money with its cents, and with more decimals where it has more.
pub(super) fn price(amount: Decimal, currency: &str) -> Shown {
    let text = if amount.normalize().scale() > 2 { plain(amount) } else { totals::money(amount) };
    Shown::Money(text, currency.to_owned())
}

fn discount_cell(discount: Discount, currency: &str) -> (String, Shown) {
    match discount {
        // Xero gives rates back with 2 decimals.
        Discount::Percent(rate) => {
            let rate = plain(totals::round(rate, 2));
            (format!("{rate}%"), Shown::Text(format!("{rate} %")))
        }
        Discount::Amount(amount) => (plain(amount), price(amount, currency)),
    }
}

fn account(code: &str, words: Words<'_>) -> (String, Shown) {
    let known = words.organisation.accounts.iter().find(|account| account.code.as_deref() == Some(code));
    (code.to_owned(), Shown::Text(known.map_or_else(|| code.to_owned(), accounts::label)))
}

fn tax(tax_type: &str, words: Words<'_>) -> (String, Shown) {
    let known = words.organisation.tax_rates.iter().find(|rate| rate.tax_type == tax_type);
    (tax_type.to_owned(), Shown::Text(known.map_or_else(|| tax_type.to_owned(), taxes::label)))
}

/// The names of a category's options; where lines differ, of all of them.
fn option_names(category: &str, options: &str, words: Words<'_>) -> String {
    let known = tracking_category(words.organisation, category);
    let name = |option: &str| {
        let options = known.map(|category| category.options.as_slice()).unwrap_or_default();
        let found = options.iter().find(|(id, _)| id.eq_ignore_ascii_case(option));
        found.map(|(_, name)| name.clone())
    };
    // The CRM's side has a value of its own instead of ids.
    let names: Option<Vec<String>> = options.split(',').filter(|option| !option.is_empty()).map(name).collect();
    names.map_or_else(|| options.to_owned(), |names| names.join(", "))
}

/// People as a list whose order does not count.
fn people_cell(people: &[Person]) -> (String, Shown) {
    let part = |value: &Seen<String>| value.get().map(|text| tidy(text)).unwrap_or_default();
    let mut lines = people
        .iter()
        .map(|person| [part(&person.first_name), part(&person.last_name), part(&person.email)].join("\t"))
        .collect::<Vec<_>>();
    lines.sort_unstable();
    let shown = people.iter().map(|person| {
        let name = [part(&person.first_name), part(&person.last_name)];
        let name = name.iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join(" ");
        match part(&person.email) {
            email if email.is_empty() => name,
            email if name.is_empty() => email,
            email => format!("{name} ({email})"),
        }
    });
    (lines.join("\n"), Shown::Text(shown.collect::<Vec<_>>().join(", ")))
}

/// A text as it is compared: one kind of line break, no blanks at the ends of lines, and none of the control characters that
/// one side may keep and the other not.
fn tidy(text: &str) -> String {
    let text: String = text.chars().filter(|sign| !sign.is_control() || matches!(sign, '\n' | '\t')).collect();
    let lines = text.trim().lines().map(str::trim_end).collect::<Vec<_>>();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_have_names_for_people() {
        for (module, key, wanted) in [
            (Module::Accounts, "billing.postal_code", "Billing postal code"),
            (Module::Accounts, "shipping.city", "Shipping city"),
            (Module::Invoices, "due_date", "Due date"),
            (Module::Invoices, "party", "Customer"),
            (Module::PurchaseOrders, "party", "Supplier"),
            (Module::Invoices, "lines.77.quantity", "Line 2 quantity"),
            (Module::Invoices, "lines.77:discount.unit_price", "Line 2 price"),
        ] {
            assert_eq!(label(module, key, |_| "Line 2".to_owned()), wanted);
        }
    }

    #[test]
    fn people_are_compared_without_their_order() {
        let person = |first: &str, email: &str| Person {
            crm_id: None,
            first_name: Seen::some(first.to_owned()),
            last_name: Seen::Unseen,
            email: Seen::some(email.to_owned()),
        };
        let (ana, bob) = (person("Ana", "ana@acme.com"), person("Bob", "bob@acme.com"));
        let one = people_cell(&[ana.clone(), bob.clone()]);
        assert_eq!(one.0, people_cell(&[bob, ana.clone()]).0);
        assert_eq!(one.1, Shown::Text("Ana (ana@acme.com), Bob (bob@acme.com)".to_owned()));
        assert_ne!(one.0, people_cell(&[ana]).0);
    }
}
