//! Records as the API gives them.

use crate::answers::{DeletedProduct, HiddenField, TotalTax};
use crate::api::Caller;
use crate::schema::{Field, Kind};
use crate::state::{Approval, Discount, Line, LineTax, Record, Zoho, decimal, full_name, number};
use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

impl Zoho {
    /// A record with all that the user may see. `only` limits it to these fields; lists leave the lines out.
    pub(crate) fn render(
        &self,
        caller: &Caller,
        module_name: &str,
        record: &Record,
        only: Option<&[String]>,
        with_lines: bool,
    ) -> Value {
        let mut out = Map::new();
        let Some(module) = self.module(module_name) else { return Value::Null };
        let wanted = |name: &str| only.is_none_or(|names| names.iter().any(|candidate| candidate == name));
        for field in &module.fields {
            if !wanted(&field.api_name) {
                continue;
            }
            if !self.shows(caller, module_name, &field.api_name) {
                if self.answers.hidden_field == HiddenField::Null && (with_lines || field.kind != Kind::Subform) {
                    out.insert(field.api_name.clone(), Value::Null);
                }
                continue;
            }
            if field.kind == Kind::Subform {
                if with_lines {
                    let lines = record.lines.iter().enumerate();
                    let lines = lines.map(|(index, line)| self.render_line(caller, module_name, record, index, line));
                    out.insert(field.api_name.clone(), lines.collect());
                }
                continue;
            }
            out.insert(field.api_name.clone(), self.field_value(caller.user, module_name, record, field));
        }
        out.insert("id".into(), record.id.to_string().into());
        if only.is_none() {
            self.system_keys(caller, module_name, record, with_lines, &mut out);
        }
        Value::Object(out)
    }

    fn system_keys(&self, caller: &Caller, module: &str, record: &Record, one: bool, out: &mut Map<String, Value>) {
        let approved = record.approval == Approval::Approved;
        let keys = json!({
            "$approved": approved,
            "$approval": {"delegate": false, "approve": false, "reject": false, "resubmit": false},
            "$approval_state": record.approval.as_str(),
            "$editable": self.editable(caller, module, record),
            "$currency_symbol": self.symbol_of(record),
            "$field_states": Value::Null,
            "$has_more": Value::Null,
            "$in_merge": false,
            "$locked_for_me": self.locked_for(caller, record),
            "$process_flow": record.in_blueprint,
            "$review": Value::Null,
            "$state": "save",
        });
        if let Value::Object(keys) = keys {
            out.extend(keys);
        }
        let taxed = self.module(module).is_some_and(|module| module.lines_field().is_some());
        // No list of fields has it, and nothing says whether a profile can hide it.
        let told = self.answers.total_tax == TotalTax::OnEach || !record.document_tax.is_empty();
        if one && taxed && told && self.shows(caller, module, "$line_tax") {
            out.insert("$line_tax".into(), record.document_tax.iter().map(render_tax).collect());
        }
    }

    fn symbol_of(&self, record: &Record) -> String {
        let code = record.fields.get("Currency").and_then(Value::as_str).unwrap_or(&self.org.iso_code);
        self.currencies.iter().find(|currency| currency.iso_code == code).map_or("", |currency| currency.symbol).into()
    }

    /// The value of one field.
    pub(crate) fn field_value(&self, user: u64, module: &str, record: &Record, field: &Field) -> Value {
        match field.api_name.as_str() {
            "Owner" => self.user_json(record.owner),
            "Created_By" => self.user_json(record.created_by),
            "Modified_By" => self.user_json(record.modified_by),
            "Created_Time" => self.time(user, record.created),
            "Modified_Time" => self.time(user, record.modified),
            "Locked__s" => Value::Bool(record.locked),
            "Record_Status__s" => "Available".into(),
            "id" => record.id.to_string().into(),
            "Tag" => json!([]),
            "Layout" => {
                let layout = self.module(module).map(|module| module.layout_id).unwrap_or_default();
                json!({"name": "Standard", "display_label": "Standard", "id": layout.to_string()})
            }
            // As a recorded organisation has it: nine decimals, whatever they are.
            "Exchange_Rate" => match record.fields.get("Exchange_Rate").and_then(decimal) {
                Some(rate) => format!("{rate:.9}").parse().map_or(Value::Null, Value::Number),
                None => Value::Null,
            },
            "Full_Name" if module == "Contacts" => full_name(&record.fields).into(),
            name => self.stored_value(user, field, record.fields.get(name)),
        }
    }

    /// A stored value as the API gives it: lookups with their names, instants in the user's offset.
    fn stored_value(&self, user: u64, field: &Field, stored: Option<&Value>) -> Value {
        let Some(stored) = stored else {
            return match field.kind {
                Kind::Boolean => Value::Bool(false),
                Kind::BigInt if field.zero => "0".into(),
                _ if field.zero => number(0.into()),
                _ => Value::Null,
            };
        };
        if let Some(target) = self.lookup_target(field) {
            return self.lookup_json(target, crate::state::id_of(stored));
        }
        if field.kind == Kind::DateTime {
            return stored
                .as_str()
                .and_then(|text| DateTime::parse_from_rfc3339(text).ok())
                .map_or(Value::Null, |instant| self.time(user, instant.with_timezone(&Utc)));
        }
        stored.clone()
    }

    /// A lookup: name and id, or null when the record is gone.
    pub(crate) fn lookup_json(&self, module: &str, id: Option<u64>) -> Value {
        id.and_then(|id| self.record(module, id)).map_or(
            Value::Null,
            |target| json!({"name": self.display_name(module, target), "id": target.id.to_string()}),
        )
    }

    fn render_line(&self, caller: &Caller, module: &str, record: &Record, index: usize, line: &Line) -> Value {
        let deleted = || {
            let named = self.answers.deleted_product == DeletedProduct::StillNamed;
            let known =
                self.deleted.iter().find(|known| named && known.module == "Products" && known.id == line.product);
            known.map_or(Value::Null, |known| json!({"name": known.display_name, "id": known.id.to_string()}))
        };
        let product = self.record("Products", line.product).map_or_else(deleted, |product| {
            json!({
                "Product_Code": product.fields.get("Product_Code").cloned().unwrap_or(Value::Null),
                "name": self.display_name("Products", product),
                "id": product.id.to_string(),
            })
        });
        let discount = match line.discount {
            Discount::Amount(amount) => number(amount),
            Discount::Percent(percent) => Value::String(format!("{}%", percent.normalize())),
        };
        let mut out = json!({
            "id": line.id.to_string(),
            "Parent_Id": {"name": self.display_name(module, record), "id": record.id.to_string()},
            "Sequence_Number": index + 1,
            "Product_Name": product,
            "Description": line.description,
            "Quantity": number(line.quantity),
            "List_Price": number(line.list_price),
            "Total": number(line.total),
            "Discount": discount,
            "Total_After_Discount": number(line.total_after_discount),
            "Tax": number(line.tax),
            "Net_Total": number(line.net_total),
            "Line_Tax": line.taxes.iter().map(render_tax).collect::<Vec<_>>(),
            "Price_Book_Name": self.lookup_json("Price_Books", line.price_book),
            "Created_Time": self.time(caller.user, line.created),
            "Modified_Time": self.time(caller.user, line.modified),
            "$in_merge": false,
            "$field_states": Value::Null,
        });
        if let (Some(out), Some(lines)) =
            (out.as_object_mut(), self.module(module).and_then(|module| module.lines_field()?.target.as_deref()))
        {
            for field in self.module(lines).iter().flat_map(|lines| &lines.fields).filter(|field| field.custom) {
                let value = self.stored_value(caller.user, field, line.extra.get(&field.api_name));
                out.insert(field.api_name.clone(), value);
            }
            match self.answers.hidden_field {
                HiddenField::Absent => out.retain(|name, _| self.shows(caller, lines, name)),
                HiddenField::Null => {
                    let hidden = out.iter_mut().filter(|(name, _)| !self.shows(caller, lines, name));
                    hidden.for_each(|(_, value)| *value = Value::Null);
                }
            }
        }
        out
    }
}

fn render_tax(tax: &LineTax) -> Value {
    json!({
        "percentage": number(tax.percentage),
        "name": tax.name,
        "id": tax.id.map(|id| id.to_string()),
        "value": number(tax.value),
    })
}
