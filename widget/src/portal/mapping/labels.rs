//! Settings and their values for people, where they stand in a list of changes.

use super::choices;
use super::product_names::{Product, ProductNames};
use super::state::Lists;
use crate::portal::section::Section;
use crate::portal::words::mapping::Mapping;
use crate::portal::words::settings::SettingNames;
use serde_json::Value;
use shared::module::Module;
use shared::settings::fields;

/// Of a longer list only the first two and the last are told.
const MEMBERS_TOLD: usize = 12;

/// What is needed to name settings.
#[derive(Clone, Copy)]
#[expect(missing_debug_implementations, reason = "functions tell nothing")]
pub struct Names<'a> {
    /// The screen's words.
    pub words: &'a Mapping,
    /// What settings are called.
    pub settings: &'a SettingNames,
    /// What a module is called.
    pub module: fn(Module) -> &'static str,
    /// Yes and no.
    pub yes_no: [&'static str; 2],
    /// The lists that values come from.
    pub lists: &'a Lists,
    /// The names of products.
    pub products: &'a ProductNames,
}

impl Names<'_> {
    /// What a setting is called: `Taxes: GST, Sales`.
    #[must_use]
    pub fn setting(self, path: &str) -> String {
        let (first, rest) = path.split_once('.').unwrap_or((path, ""));
        if let Some(name) = self.named(path) {
            return name.to_owned();
        }
        let section = Section::of_path(path).map(|section| (self.settings.section)(section));
        let detail = match first {
            "directions" | "source_of_truth" | "automations" => {
                return [self.module(rest), self.named(first).unwrap_or_default().to_owned()].join(": ");
            }
            "schedule" if rest.starts_with("pairs.") => {
                let module = rest.split_once('.').map(|(_, module)| self.module(module));
                return [self.named(first).unwrap_or_default(), &module.unwrap_or_default()].join(": ");
            }
            "fields" => rest.split_once('.').map(|(module, key)| {
                let key = key.split(".default").next().unwrap_or(key);
                let label = Module::from_api_name(module).map(|module| (self.words.field)(module, key));
                [self.module(module), label.unwrap_or_else(|| key.to_owned())].join(", ")
            }),
            "statuses" => rest.split_once('.').map(|(module, status)| format!("{}, {status}", self.module(module))),
            "crm_statuses" => rest
                .split_once('.')
                .map(|(module, word)| format!("{}, Xero: {}", self.module(module), (self.words.xero_status)(word))),
            "taxes" => rest.rsplit_once('.').map(|(tax, side)| {
                let untaxed = || (self.settings.value)("documents.line_amount_types", "NoTax").unwrap_or_default();
                format!("{}, {}", if tax.is_empty() { untaxed() } else { tax }, self.side(side))
            }),
            "accounts" => rest
                .split_once('.')
                .and_then(|(map, entry)| entry.rsplit_once('.').map(|(entry, side)| (map, entry, side)))
                .map(|(map, entry, side)| {
                    let entry = if map == "by_product" { self.product(entry) } else { entry.to_owned() };
                    format!("{entry}, {}", self.side(side))
                }),
            "products" => rest.split_once('.').map(|(_, code)| match code {
                "" => self.words.no_account.to_owned(),
                code => choices::account_label(&self.lists.xero, code),
            }),
            _ => None,
        };
        match (section, detail) {
            (Some(section), Some(detail)) => format!("{section}: {detail}"),
            (Some(section), None) => format!("{section}: {rest}"),
            (None, _) => match self.named(first) {
                Some(name) => format!("{name}: {rest}"),
                None => path.to_owned(),
            },
        }
    }

    /// What a setting's value is called.
    #[must_use]
    pub fn value(self, path: &str, value: Option<&Value>) -> String {
        let value = match value {
            None => return "–".to_owned(),
            Some(Value::Bool(yes)) => {
                let word = (self.settings.value)(path, if *yes { "true" } else { "false" });
                return word.unwrap_or(self.yes_no[usize::from(!yes)]).to_owned();
            }
            Some(Value::String(text)) => text,
            Some(Value::Object(object)) => return self.object(path, object),
            Some(Value::Array(members)) => return self.members(path, members),
            Some(other) => return text(other),
        };
        let first = path.split('.').next().unwrap_or_default();
        let xero = &self.lists.xero;
        match first {
            "taxes" => choices::tax_label(xero, value),
            "accounts" => choices::account_label(xero, value),
            _ if path.starts_with("products.services.") => self.product(value),
            _ if path.starts_with("schedule.pairs.") => {
                (self.settings.value)("directions", value).unwrap_or_default().to_owned()
            }
            _ if path == "documents.rounding_account" => choices::account_label(xero, value),
            _ if path == "documents.branding_theme" => {
                let theme = xero.branding_themes.iter().find(|theme| theme.id == *value);
                theme.map_or(value, |theme| &theme.name).clone()
            }
            _ => {
                let word = (self.settings.value)(path, value).or_else(|| (self.settings.value)(first, value));
                word.map_or_else(|| value.clone(), str::to_owned)
            }
        }
    }

    fn members(self, path: &str, members: &[Value]) -> String {
        let member = |member: &Value| {
            let (address, when) = (member.get("address"), member.get("when").and_then(Value::as_str));
            let when = when.and_then(|when| (self.settings.value)(path, when));
            match (address.and_then(Value::as_str), when) {
                (Some(address), Some(when)) => format!("{address} ({when})"),
                _ => plain(member),
            }
        };
        match members {
            // Every 15 minutes is 96 times.
            [first, second, .., last] if members.len() > MEMBERS_TOLD => {
                format!("{}, {}, … {} ({})", member(first), member(second), member(last), members.len())
            }
            _ => members.iter().map(member).collect::<Vec<_>>().join(", "),
        }
    }

    /// A field's mapping, or whose number a document carries.
    fn object(self, path: &str, object: &serde_json::Map<String, Value>) -> String {
        if path == "documents.number" {
            let prefix = object.get("crm").and_then(|number| number.get("prefix")).and_then(Value::as_str);
            let name = (self.settings.value)(path, "crm").unwrap_or_default();
            return match prefix.filter(|prefix| !prefix.is_empty()) {
                Some(prefix) => format!("{name}, {prefix}…"),
                None => name.to_owned(),
            };
        }
        let source = object.get("source");
        let mut parts = Vec::new();
        if let Some(name) = source.and_then(|source| source.get("field")).and_then(Value::as_str) {
            let module = path.split('.').nth(1).and_then(Module::from_api_name);
            let known = module.and_then(|module| fields::crm_field(&self.lists.crm, module, name));
            parts.push(known.map_or_else(|| name.to_owned(), |field| field.label.clone()));
        } else if source.and_then(Value::as_str) == Some("nothing") {
            parts.push(self.words.no_field.to_owned());
        }
        if let Some(default) = object.get("default").and_then(Value::as_str) {
            parts.push(format!("{}: {default}", self.words.column_default));
        }
        parts.join(", ")
    }

    fn named(self, name: &str) -> Option<&'static str> {
        (self.settings.setting)(name)
    }

    fn module(self, name: &str) -> String {
        Module::from_api_name(name).map_or_else(|| name.to_owned(), |module| (self.module)(module).to_owned())
    }

    fn product(self, id: &str) -> String {
        match self.products.of(id) {
            Product::Named(name) => name,
            Product::Missing => (self.words.product_not_found)(id),
            Product::Unknown => (self.words.product_by_id)(id),
        }
    }

    fn side<'b>(self, side: &'b str) -> &'b str
    where
        Self: 'b,
    {
        match side {
            "sales" => self.words.sales,
            "purchases" => self.words.purchases,
            other => other,
        }
    }
}

/// A value as JSON has it.
fn text(value: &Value) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// A value without any names.
#[must_use]
pub fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Object(object) => {
            object.values().map(plain).filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" ")
        }
        Value::Null => String::new(),
        other => text(other),
    }
}
