//! Xero's values as the CRM's fields hold them: for new records, for changes and for people, by the same rules.
//!
//! A text that is too long is cut, a number of too many decimals is rounded, and a value in a form that the CRM checks (a telephone number, an e-mail address, a
//! number, a choice) is left out: the CRM would refuse the whole record for it. Neither happens without a word.
//! Lengths are those of the organisation's own fields, else Zoho's: 255 characters on a single line, 2,000 in a line's
//! text, 30 in a phone number (Zoho CRM v8, Insert Records).

use super::mapped;
use crate::module::Module;
use crate::organisation::{CrmField, CrmOrganisation};
use crate::problem::{self, Problem};
use crate::record::{decimal, number};
use crate::settings::fields::{self, FieldKind};
use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::{Value, json};

/// Longest single line of text.
const LINE: usize = 255;
/// Longest text of a document's line.
const LINE_TEXT: usize = 2_000;
/// Longest large text area.
const TEXT_AREA: usize = 32_000;
/// Longest e-mail address.
const EMAIL: usize = 100;
/// Longest phone number.
const PHONE: usize = 30;
/// Most lines of a document (Zoho CRM, inventory modules).
pub(crate) const MOST_LINES: usize = 200;

/// What the CRM makes of a value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Fit {
    /// The field takes it.
    Whole(Value),
    /// The field takes the beginning, or fewer decimals.
    Cut(Value, Problem),
    /// The field does not take it.
    Out(Problem),
}

impl Fit {
    /// What is written, if anything is, with what is to be told.
    pub(crate) fn told(self) -> (Option<Value>, Option<Problem>) {
        match self {
            Self::Whole(value) => (Some(value), None),
            Self::Cut(value, told) => (Some(value), Some(told)),
            Self::Out(told) => (None, Some(told)),
        }
    }

    /// What is written, if anything is.
    pub(crate) fn value(self) -> Option<Value> {
        self.told().0
    }
}

/// What a field takes where the organisation's own metadata say nothing of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stock {
    /// One line of text.
    Line,
    /// A text area.
    TextArea,
    /// An e-mail address.
    Email,
    /// A telephone number.
    Phone,
    /// An address in the web.
    Website,
}

impl Stock {
    /// Of one of Xero's fields that can be mapped.
    pub(super) fn of(kind: FieldKind, key: &str) -> Self {
        match (kind, key) {
            (FieldKind::Phone, _) => Self::Phone,
            (_, "website") => Self::Website,
            (_, "person.email") => Self::Email,
            (_, "description" | "purchase.description") => Self::TextArea,
            _ => Self::Line,
        }
    }
}

/// The fields of one CRM module.
#[derive(Clone, Copy)]
pub(super) struct Shelf<'a> {
    module: Module,
    known: Option<&'a [CrmField]>,
    zone: &'a str,
}

impl<'a> Shelf<'a> {
    pub(super) fn of(organisation: &'a CrmOrganisation, module: Module) -> Self {
        let known = organisation.fields.get(&module).map(Vec::as_slice).filter(|fields| !fields.is_empty());
        Self { module, known, zone: &organisation.time_zone }
    }

    pub(super) fn field(&self, name: &str) -> Option<&'a CrmField> {
        self.known?.iter().find(|field| field.api_name == name)
    }

    /// Whether the organisation has the field, and it takes values.
    pub(super) fn has(&self, name: &str) -> bool {
        self.known.is_none() || self.field(name).is_some_and(|field| !fields::is_read_only(field))
    }

    /// A value of Xero's in this field.
    pub(super) fn fit(&self, name: &str, kind: FieldKind, stock: Stock, value: Value) -> Fit {
        let known = self.field(name);
        if value.is_null() && is_mandatory(self.module, name) {
            return Fit::Out(must_stay(known, name));
        }
        let value = match mapped::fitted(kind, known, self.zone, value.clone()) {
            Ok(value) => value,
            Err(takes) => return Fit::Out(mapped::left_out(known, name, &value, takes)),
        };
        if let Some(fit) = known.and_then(|field| rounded(field, name, &value)) {
            return fit;
        }
        let Value::String(text) = &value else { return Fit::Whole(value) };
        if kind == FieldKind::Day {
            return Fit::Whole(value);
        }
        let stock = match known.map(|known| known.data_type.as_str()) {
            None => stock,
            Some("phone") => Stock::Phone,
            Some("email") => Stock::Email,
            Some("website") => Stock::Website,
            Some("textarea") => Stock::TextArea,
            Some("picklist" | "bigint") => return Fit::Whole(value),
            Some(_) => Stock::Line,
        };
        let own = known.and_then(|field| field.length).and_then(|length| usize::try_from(length).ok());
        let limit = |stock: usize| own.filter(|length| *length > 0).unwrap_or(stock);
        let formed = |limit: usize, well_formed: fn(&str) -> bool, takes: &str| {
            if text.chars().count() <= limit && well_formed(text) {
                return Fit::Whole(value.clone());
            }
            Fit::Out(mapped::left_out(known, name, &value, &format!("{takes} of at most {limit} characters")))
        };
        match stock {
            Stock::Phone => formed(limit(PHONE), is_phone, "a phone number"),
            Stock::Email => formed(limit(EMAIL), is_email, "a plain e-mail address"),
            Stock::Website => formed(limit(LINE), is_website, "an address without blanks"),
            Stock::TextArea => cut(&mapped::words(known, name), text, limit(TEXT_AREA)),
            Stock::Line => cut(&mapped::words(known, name), text, limit(LINE)),
        }
    }
}

/// A number with as many decimals as the CRM's field has, where that is fewer. What the CRM makes of more, nobody knows.
fn rounded(field: &CrmField, name: &str, value: &Value) -> Option<Fit> {
    let most = most_decimals(field)?;
    let amount = Some(value).filter(|value| value.is_number()).and_then(decimal)?;
    to_decimals(mapped::words(Some(field), name), amount, most)
}

/// How many decimals a number's field has, where that is told.
fn most_decimals(field: &CrmField) -> Option<u32> {
    field.decimals.filter(|_| matches!(field.data_type.as_str(), "currency" | "double" | "percent"))
}

/// A number of a document's line in the CRM's field, for which people say `words`.
pub(super) fn line_number(
    organisation: &CrmOrganisation,
    module: Module,
    (field, words): (&str, String),
    amount: Decimal,
) -> Fit {
    let mut known = organisation.line_numbers.get(&module).into_iter().flatten();
    let most = known.find(|known| known.api_name == field).and_then(most_decimals);
    most.and_then(|most| to_decimals(words, amount, most)).unwrap_or_else(|| Fit::Whole(number(amount)))
}

/// A number of more decimals than these, rounded to them.
fn to_decimals(words: String, amount: Decimal, most: u32) -> Option<Fit> {
    let amount = amount.normalize();
    if amount.scale() <= most {
        return None;
    }
    let is = amount.round_dp_with_strategy(most, RoundingStrategy::MidpointAwayFromZero).normalize();
    Some(Fit::Cut(
        number(is),
        problem::value_adjusted(
            words,
            None,
            Some("the CRM".to_owned()),
            Some(amount.to_string()),
            Some(is.to_string()),
            Some(format!("at most {most} decimals")),
            None,
            Some("Xero".to_owned()),
        ),
    ))
}

/// The text of a document's line. `line` is what people call that.
pub(super) fn line_text(line: &str, text: &str) -> Fit {
    cut(&format!("{line} description"), text, LINE_TEXT)
}

/// A text that the CRM's field holds in so many characters.
fn cut(field: &str, text: &str, limit: usize) -> Fit {
    if text.chars().count() <= limit {
        return Fit::Whole(json!(text));
    }
    let short = text.chars().take(limit).collect::<String>().trim_end().to_owned();
    Fit::Cut(
        json!(short),
        problem::value_shortened(
            field.to_owned(),
            text.to_owned(),
            short.clone(),
            Some("the CRM".to_owned()),
            Some(limit.to_string()),
            None,
            Some("Xero".to_owned()),
        ),
    )
}

/// Whether no record of the module can be without the field (Zoho CRM v8, Insert Records).
fn is_mandatory(module: Module, name: &str) -> bool {
    let field = match module {
        Module::Accounts => "Account_Name",
        Module::Contacts => "Last_Name",
        Module::Vendors => "Vendor_Name",
        Module::Products => "Product_Name",
        Module::Invoices | Module::PurchaseOrders => "Subject",
    };
    name == field
}

/// The facts of a field that Xero emptied and the CRM keeps.
fn must_stay(known: Option<&CrmField>, name: &str) -> Problem {
    problem::value_adjusted(
        mapped::words(known, name),
        Some("(empty)".to_owned()),
        None,
        None,
        None,
        Some("no empty value".to_owned()),
        None,
        Some("Xero".to_owned()),
    )
}

/// Digits, letters and the usual signs between them. The CRM refuses the whole record for any other.
fn is_phone(text: &str) -> bool {
    let ends =
        |sign: Option<char>, more: &str| sign.is_some_and(|sign| sign.is_ascii_alphanumeric() || more.contains(sign));
    text.chars().all(|sign| sign.is_ascii_alphanumeric() || " +().,;#-".contains(sign))
        && ends(text.chars().next(), "+(")
        && ends(text.chars().last(), "#)")
}

fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let plain = |part: &str| part.chars().all(|sign| sign.is_ascii_graphic() && !"@,;<>()\"".contains(sign));
    !local.is_empty()
        && plain(local)
        && plain(domain)
        && domain.contains('.')
        && domain.split('.').all(|label| !label.is_empty())
}

fn is_website(text: &str) -> bool {
    !text.contains(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    fn field(name: &str, data_type: &str, length: u32) -> CrmField {
        CrmField {
            api_name: name.to_owned(),
            label: "The field".to_owned(),
            data_type: data_type.to_owned(),
            json_type: None,
            read_only: false,
            length: Some(length),
            decimals: None,
            custom: true,
            picklist: Vec::new(),
        }
    }

    #[test]
    fn a_number_has_at_most_the_decimals_of_its_field() {
        let mut organisation = fixture::crm_organisation();
        for (data_type, decimals, value, wanted) in [
            ("currency", Some(2), "12.3456", "12.35"),
            ("currency", Some(2), "-0.005", "-0.01"),
            ("double", Some(0), "1.5", "2"),
            ("percent", Some(2), "33.3333", "33.33"),
            ("currency", Some(4), "12.3456", "12.3456"),
            ("currency", Some(2), "12.3", "12.3"),
            ("currency", None, "12.3456", "12.3456"),
        ] {
            let field = CrmField { decimals, ..field("F", data_type, 16) };
            organisation.fields.insert(Module::Products, vec![field]);
            let value = number(value.parse().unwrap());
            let fit = Shelf::of(&organisation, Module::Products).fit("F", FieldKind::Money, Stock::Line, value.clone());
            let (written, told) = fit.told();
            let written = written.unwrap();
            assert_eq!(written.to_string(), wanted, "{data_type} {decimals:?}");
            assert_eq!(told.is_some(), written != value, "{data_type} {decimals:?}");
        }
    }

    #[test]
    fn values_are_whole_cut_or_left_out_by_what_the_field_is() {
        let mut organisation = fixture::crm_organisation();
        let long = "x".repeat(41);
        for (data_type, length, value, wanted) in [
            ("text", 40, json!("Bilby Books"), Some(json!("Bilby Books"))),
            ("text", 40, json!(long), Some(json!("x".repeat(40)))),
            ("textarea", 40, json!(long), Some(json!("x".repeat(40)))),
            ("phone", 30, json!("5550 1234"), Some(json!("5550 1234"))),
            ("phone", 30, json!("5550 1234 / 0400 111 222"), None),
            ("phone", 30, json!("5550 1234 (ask for Jo: after 5 pm)"), None),
            ("phone", 30, json!("0061 02 5550 1234 extension 4455 night"), None),
            ("email", 100, json!("jo@bilby.example"), Some(json!("jo@bilby.example"))),
            ("email", 10, json!("jo@bilby.example"), None),
            ("website", 450, json!("https://bilby.example"), Some(json!("https://bilby.example"))),
            ("website", 450, json!("two words"), None),
            ("integer", 9, json!("BB-77"), None),
            ("integer", 3, json!("1234"), None),
            ("bigint", 18, json!("77"), Some(json!("77"))),
            ("double", 16, json!("BB-77"), None),
            ("userlookup", 0, json!("Jo"), None),
            ("multiselectpicklist", 0, json!("Jo"), None),
            ("boolean", 0, json!("Jo"), None),
            ("text", 40, Value::Null, Some(Value::Null)),
        ] {
            organisation.fields.insert(Module::Accounts, vec![field("F", data_type, length)]);
            let fit = Shelf::of(&organisation, Module::Accounts).fit("F", FieldKind::Text, Stock::Line, value.clone());
            let whole = matches!(&fit, Fit::Whole(written) if *written == value);
            let (written, told) = fit.told();
            assert_eq!(written, wanted, "{data_type} {value}");
            assert_eq!(told.is_none(), whole, "{data_type} {value}");
            if let Some(told) = told {
                let value = value.as_str().unwrap();
                assert!(told.what.contains(value) && told.fix.contains("Xero"), "{told:?}");
            }
        }
        // No account can be without its name.
        let shelf = Shelf::of(&organisation, Module::Accounts);
        assert!(matches!(shelf.fit("Account_Name", FieldKind::Text, Stock::Line, Value::Null), Fit::Out(_)));
    }
}
