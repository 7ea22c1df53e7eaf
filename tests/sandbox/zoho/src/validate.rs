//! What a field takes: types, lengths, formats, and uniqueness.

use crate::answers::{Decimals, Percents, ReadOnlyValue, UnsaidRate};
use crate::api::Caller;
use crate::errors::Problem;
use crate::profiles::Permission;
use crate::schema::{Field, Kind, Module};
use crate::state::{Record, Zoho, decimal, id_of, number};
use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::{Map, Value, json};

/// Digits before the point, and after it, that a number may have.
const WHOLE_DIGITS: usize = 16;
const DECIMALS: u32 = 9;

impl Zoho {
    /// Puts the values of a row into a record, or says what is wrong with the first bad one.
    /// `at` is the row's JSON path.
    pub(crate) fn apply_row(
        &mut self,
        caller: &Caller,
        module: &Module,
        record: &mut Record,
        row: &Map<String, Value>,
        at: &str,
        creating: bool,
    ) -> Result<(), Problem> {
        let blank = |name: &str| matches!(row.get(name), None | Some(Value::Null)) || row.get(name) == Some(&json!(""));
        for field in &module.fields {
            let demanded = field.mandatory || (field.layout_mandatory && row.contains_key("Layout"));
            let offends = if creating {
                blank(&field.api_name)
            } else {
                row.contains_key(&field.api_name) && blank(&field.api_name)
            };
            if demanded && offends {
                return Err(Problem::mandatory(&field.api_name, &format!("{at}.{}", field.api_name)));
            }
        }
        for field in &module.fields {
            let Some(value) = row.get(&field.api_name) else { continue };
            let path = format!("{at}.{}", field.api_name);
            if !self.takes(caller, module, field, &path)? || field.kind == Kind::Subform {
                continue;
            }
            if field.kind == Kind::Owner {
                let owner = id_of(value).filter(|id| self.user(*id).is_some());
                record.owner = owner.ok_or_else(|| Problem::invalid_id(&field.api_name, &path))?;
                continue;
            }
            let stored = self.checked(field, value, &path)?;
            if stored.is_null() {
                record.fields.remove(&field.api_name);
            } else {
                record.fields.insert(field.api_name.clone(), stored);
            }
        }
        self.settle_currency(record, row, at)?;
        self.check_unique(module, record, at)?;
        if module.lines_field().is_some() {
            self.apply_lines(caller, module, record, row, at, creating)?;
            self.compute_totals(record).map_err(|line| {
                let name = module.lines_field().map_or("", |field| field.api_name.as_str());
                Problem::too_long("Total", &format!("{at}.{name}[{line}].Total"), WHOLE_DIGITS)
            })?;
        }
        Ok(())
    }

    /// Whether a sent value of a field counts. One that is computed, or that the profile does not show, does not.
    ///
    /// # Errors
    /// The profile may only read the field.
    pub(crate) fn takes(&self, caller: &Caller, module: &Module, field: &Field, path: &str) -> Result<bool, Problem> {
        if field.read_only || field.kind == Kind::AutoNumber {
            return Ok(false);
        }
        let rule = self.rules.iter().find(|rule| rule.module == module.api_name && rule.field == field.api_name);
        if let Some(rule) = rule {
            let details = match rule.named {
                true => json!({"api_name": field.api_name, "json_path": path}),
                false => json!({}),
            };
            return Err(Problem::new(400, rule.code, "a rule of the organisation refuses it", details));
        }
        match (self.permission(caller, &module.api_name, &field.api_name), self.answers.read_only_value) {
            (Permission::ReadWrite, _) => Ok(true),
            (Permission::Hidden, _) | (Permission::ReadOnly, ReadOnlyValue::Ignored) => Ok(false),
            (Permission::ReadOnly, ReadOnlyValue::Refused) => Err(Problem::new(
                400,
                "NO_PERMISSION",
                "permission denied",
                json!({"api_name": field.api_name, "json_path": path}),
            )),
        }
    }

    /// A record has a currency and a rate: without a word of them the organisation's currency, and a rate of 1.
    fn settle_currency(&self, record: &mut Record, row: &Map<String, Value>, at: &str) -> Result<(), Problem> {
        let code = record.fields.get("Currency").and_then(Value::as_str).unwrap_or(&self.org.iso_code).to_owned();
        let Some(currency) = self.currencies.iter().find(|currency| currency.iso_code == code) else {
            return Err(Problem::invalid("Currency", &format!("{at}.Currency")));
        };
        let stale = row.contains_key("Currency") && !row.contains_key("Exchange_Rate");
        if stale || !record.fields.contains_key("Exchange_Rate") {
            let rate = match self.answers.rate {
                UnsaidRate::One => Decimal::ONE,
                UnsaidRate::OfTheOrganisation => currency.rate,
            };
            record.fields.insert("Exchange_Rate".into(), number(rate));
        }
        record.fields.insert("Currency".into(), Value::String(code));
        Ok(())
    }

    fn check_unique(&self, module: &Module, record: &Record, at: &str) -> Result<(), Problem> {
        for field in module.fields.iter().filter(|field| field.is_indexed()) {
            let Some(value) = record.fields.get(&field.api_name) else { continue };
            let twin = self
                .find_by_value(&module.api_name, field, value)
                .into_iter()
                .find(|twin| *twin != record.id)
                .and_then(|twin| self.record(&module.api_name, twin));
            if let Some(twin) = twin {
                return Err(Problem::new(
                    400,
                    "DUPLICATE_DATA",
                    "duplicate data",
                    json!({
                        "api_name": field.api_name,
                        "json_path": format!("{at}.{}", field.api_name),
                        "id": twin.id.to_string(),
                        "duplicate_record": {
                            "id": twin.id.to_string(),
                            "Owner": self.user_json(twin.owner),
                            "module": {"api_name": module.api_name, "id": module.id.to_string()},
                        },
                    }),
                ));
            }
        }
        Ok(())
    }

    /// The records that hold this value in a field; case counts only where the field says so.
    pub(crate) fn find_by_value(&self, module: &str, field: &Field, value: &Value) -> Vec<u64> {
        let case_sensitive = field.unique == Some(true);
        let same = |stored: &Value| match (stored.as_str(), value.as_str()) {
            (Some(stored), Some(value)) if !case_sensitive => stored.to_lowercase() == value.to_lowercase(),
            _ => stored == value,
        };
        let held: Vec<&Record> = if field.is_indexed() {
            let ids = self.unique.find(module, &field.api_name, value);
            ids.filter_map(|id| self.record(module, id)).collect()
        } else {
            self.records.get(module).into_iter().flat_map(|records| records.values()).collect()
        };
        held.into_iter()
            .filter(|record| record.fields.get(&field.api_name).is_some_and(same))
            .map(|record| record.id)
            .collect()
    }

    /// A sent value in stored form. `null` and the empty text clear a field.
    pub(crate) fn checked(&self, field: &Field, value: &Value, path: &str) -> Result<Value, Problem> {
        let name = field.api_name.as_str();
        let expected = || Problem::wrong_type(name, path, field.kind.data_type());
        if value.is_null() || value.as_str() == Some("") {
            return Ok(Value::Null);
        }
        match field.kind {
            Kind::Text | Kind::TextArea | Kind::Email | Kind::Phone | Kind::Website | Kind::Picklist => {
                let text = value.as_str().ok_or_else(expected)?;
                if text.chars().count() > field.length {
                    return Err(Problem::too_long(name, path, field.length));
                }
                let well_formed = match field.kind {
                    Kind::Email => is_email(text),
                    Kind::Phone => is_phone(text),
                    Kind::Website => !text.contains(char::is_whitespace),
                    _ => true,
                };
                if !well_formed {
                    return Err(expected());
                }
                // Picklists take values that are not in the list.
                Ok(if text == "-None-" { Value::Null } else { value.clone() })
            }
            Kind::MultiPicklist => {
                let values = value.as_array().ok_or_else(|| Problem::wrong_type(name, path, "jsonarray"))?;
                if values.iter().all(Value::is_string) { Ok(value.clone()) } else { Err(expected()) }
            }
            Kind::Integer => {
                let amount = value.is_number().then(|| decimal(value)).flatten().ok_or_else(expected)?;
                if !amount.is_integer() {
                    return Err(expected());
                }
                let digits = amount.abs().normalize().to_string().len();
                if digits > field.length {
                    Err(Problem::too_long(name, path, field.length))
                } else {
                    Ok(number(amount))
                }
            }
            Kind::BigInt => {
                let amount = decimal(value).filter(Decimal::is_integer).ok_or_else(expected)?;
                let digits = amount.abs().normalize().to_string();
                if digits.len() > field.length {
                    return Err(Problem::too_long(name, path, field.length));
                }
                Ok(Value::String(amount.normalize().to_string()))
            }
            Kind::Double | Kind::Currency | Kind::Percent => {
                let amount = value.is_number().then(|| decimal(value)).flatten().ok_or_else(expected)?;
                if !fits(amount) {
                    return Err(Problem::too_long(name, path, WHOLE_DIGITS));
                }
                if field.kind == Kind::Percent {
                    let any = self.answers.percents == Percents::Any;
                    if !(any || (Decimal::ZERO..=Decimal::ONE_HUNDRED).contains(&amount)) {
                        return Err(Problem::invalid(name, path));
                    }
                    if amount.trunc().abs().to_string().len() > field.length {
                        return Err(Problem::too_long(name, path, field.length));
                    }
                }
                if amount.normalize().scale() <= field.decimals {
                    return Ok(number(amount));
                }
                match self.answers.decimals {
                    Decimals::Refused => Err(Problem::new(
                        400,
                        "INVALID_DATA",
                        "invalid data",
                        json!({"maximum_decimal_place": field.decimals, "api_name": name, "json_path": path}),
                    )),
                    Decimals::Rounded => {
                        let away = RoundingStrategy::MidpointAwayFromZero;
                        Ok(number(amount.round_dp_with_strategy(field.decimals, away)))
                    }
                }
            }
            Kind::Date => {
                let text = value.as_str().filter(|text| text.len() == 10).ok_or_else(expected)?;
                NaiveDate::parse_from_str(text, "%Y-%m-%d").map_err(|_| expected())?;
                Ok(value.clone())
            }
            Kind::DateTime => {
                let text = value.as_str().ok_or_else(expected)?;
                let instant = DateTime::parse_from_rfc3339(text).map_err(|_| expected())?.with_timezone(&Utc);
                Ok(Value::String(instant.to_rfc3339_opts(SecondsFormat::Secs, true)))
            }
            Kind::Boolean => value.as_bool().map(Value::Bool).ok_or_else(expected),
            Kind::Lookup => {
                let id = id_of(value).ok_or_else(|| Problem::wrong_type(name, path, "jsonobject"))?;
                let target = field.target.as_deref().unwrap_or_default();
                if self.record(target, id).is_none() {
                    return Err(Problem::invalid_id(name, path));
                }
                Ok(json!({"id": id.to_string()}))
            }
            Kind::ProductTax => self.checked_product_tax(name, value, path),
            Kind::Owner
            | Kind::Subform
            | Kind::AutoNumber
            | Kind::Formula
            | Kind::LineTax
            | Kind::Tags
            | Kind::RecordId
            | Kind::LayoutOf => Ok(Value::Null),
        }
    }

    fn checked_product_tax(&self, name: &str, value: &Value, path: &str) -> Result<Value, Problem> {
        let values = value.as_array().ok_or_else(|| Problem::wrong_type(name, path, "jsonarray"))?;
        let mut out = Vec::new();
        for (index, value) in values.iter().enumerate() {
            let label = value.as_str().or_else(|| value.get("value").and_then(Value::as_str));
            let tax = self.taxes.iter().find(|tax| {
                let shown = format!("{} - {} %", tax.name, tax.percentage.normalize());
                value.get("id").and_then(id_of) == Some(tax.id)
                    || label.is_some_and(|label| label == shown || label == tax.name)
            });
            let tax = tax.ok_or_else(|| Problem::invalid(name, &format!("{path}[{index}]")))?;
            let shown = format!("{} - {} %", tax.name, tax.percentage.normalize());
            out.push(json!({"id": tax.id.to_string(), "value": shown}));
        }
        Ok(Value::Array(out))
    }
}

/// Whether a number has at most 16 digits before the point and 9 after it.
pub(crate) fn fits(amount: Decimal) -> bool {
    let amount = amount.normalize();
    amount.scale() <= DECIMALS && amount.trunc().abs().to_string().len() <= WHOLE_DIGITS
}

fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    !local.is_empty()
        && !text.contains(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '<' | '>' | '(' | ')'))
        && domain.contains('.')
        && !domain.starts_with('.')
        && !domain.ends_with('.')
        && !domain.contains('@')
}

/// Digits, letters and the usual signs between them; starts like a number and ends like one.
fn is_phone(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || " +().,;#-".contains(c);
    let first = text.chars().next();
    let last = text.chars().last();
    text.chars().all(allowed)
        && first.is_some_and(|c| c.is_ascii_alphanumeric() || c == '+' || c == '(')
        && last.is_some_and(|c| c.is_ascii_alphanumeric() || c == '#' || c == ')')
}
