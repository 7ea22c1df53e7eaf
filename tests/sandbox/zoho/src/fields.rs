//! Fields as metadata, and fields that the organisation makes.

use crate::answers::{FieldProfiles, FieldRights, Unnamed};
use crate::api::{ApiCall, Caller};
use crate::errors::{Problem, Reply};
use crate::profiles::Permission;
use crate::schema::{Field, Kind, Mark, Module, Pick};
use crate::state::Zoho;
use serde_json::{Map, Value, json};

/// Fields of one creating call.
const MOST_NEW: usize = 5;
/// Unique fields of one module, in every edition.
const MOST_UNIQUE: usize = 2;

impl Zoho {
    pub(crate) fn field_list(&self, caller: &Caller, call: &ApiCall) -> Result<Reply, Problem> {
        let module = self.module_param(call)?;
        let fields: Vec<Value> = module
            .fields
            .iter()
            .enumerate()
            .filter(|(_, field)| self.shows(caller, &module.api_name, &field.api_name))
            .map(|(index, field)| self.field_json(caller, module, index, field))
            .collect();
        Ok(Reply::ok(json!({"fields": fields})))
    }

    pub(crate) fn one_field(&self, caller: &Caller, call: &ApiCall, id: &str) -> Result<Reply, Problem> {
        let module = self.module_param(call)?;
        let found =
            module.fields.iter().enumerate().find(|(_, field)| field.id.to_string() == id || field.api_name == id);
        let found = found.filter(|(_, field)| self.shows(caller, &module.api_name, &field.api_name));
        Ok(found.map_or_else(
            || Reply::empty(204),
            |(index, field)| Reply::ok(json!({"fields": [self.field_json(caller, module, index, field)]})),
        ))
    }

    pub(crate) fn create_fields(&mut self, caller: &Caller, call: &ApiCall) -> Result<Reply, Problem> {
        self.allow_setup(caller)?;
        let module = self.module_param(call)?.api_name.clone();
        let rows = call.rows("fields", MOST_NEW)?;
        let results = rows
            .iter()
            .enumerate()
            .map(|(index, row)| {
                let at = format!("$.fields[{index}]");
                let row = row.as_object().ok_or_else(|| Problem::wrong_type("fields", &at, "jsonobject"))?;
                let permissions = self.permissions_at_creation(row, &at)?;
                let field = self.new_field(&module, row, &at)?;
                let (id, name) = (field.id, field.api_name.clone());
                if let Some(module) = self.modules.iter_mut().find(|candidate| candidate.api_name == module) {
                    module.fields.push(field);
                }
                self.set_permissions(&module, &name, &permissions);
                Ok(json!({"code": "SUCCESS", "details": {"id": id.to_string()}, "message": "field created", "status": "success"}))
            })
            .collect();
        Ok(Reply::rows("fields", results, 201, 400))
    }

    /// What profiles may do with a new field: what its row says, or everything for all.
    fn permissions_at_creation(&self, row: &Map<String, Value>, at: &str) -> Result<Vec<(u64, Permission)>, Problem> {
        let path = format!("{at}.profiles");
        let Some(sent) = row.get("profiles").filter(|sent| !sent.is_null()) else { return Ok(Vec::new()) };
        if self.answers.field_profiles != FieldProfiles::Taken {
            return Err(refused("profiles", &path));
        }
        let named = self.sent_permissions(sent, &path)?;
        let rest = match self.answers.unnamed_profile {
            Unnamed::ReadsAndWrites => Permission::ReadWrite,
            Unnamed::SeesNothing => Permission::Hidden,
        };
        let of = |id| named.iter().find(|(named, _)| *named == id).map_or(rest, |(_, permission)| *permission);
        Ok(self.profiles.iter().map(|profile| (profile.id, of(profile.id))).collect())
    }

    /// `PATCH /settings/fields[/{id}]`: label, length, tooltip, and what profiles may. What is not sent stays, and so
    /// does what profiles may that are not named.
    pub(crate) fn change_fields(
        &mut self,
        caller: &Caller,
        call: &ApiCall,
        id: Option<&str>,
    ) -> Result<Reply, Problem> {
        self.allow_setup(caller)?;
        let module = self.module_param(call)?.api_name.clone();
        let rows = call.rows("fields", if id.is_some() { 1 } else { MOST_NEW })?;
        let results = rows
            .iter()
            .enumerate()
            .map(|(index, row)| {
                let at = format!("$.fields[{index}]");
                let row = row.as_object().ok_or_else(|| Problem::wrong_type("fields", &at, "jsonobject"))?;
                let id = match id {
                    Some(id) => id.to_owned(),
                    None => {
                        let id = row.get("id").ok_or_else(|| Problem::mandatory("id", &format!("{at}.id")))?;
                        id.as_str().map_or_else(|| id.to_string(), str::to_owned)
                    }
                };
                self.change_field(&module, &id, row, &at)?;
                Ok(json!({"code": "SUCCESS", "details": {"id": id}, "message": "field updated", "status": "success"}))
            })
            .collect();
        Ok(Reply::rows("fields", results, 200, 400))
    }

    fn change_field(&mut self, module: &str, id: &str, row: &Map<String, Value>, at: &str) -> Result<(), Problem> {
        let permissions = match row.get("profiles").filter(|sent| !sent.is_null()) {
            None => Vec::new(),
            Some(_) if self.answers.field_profiles == FieldProfiles::Refused => {
                return Err(refused("profiles", &format!("{at}.profiles")));
            }
            Some(sent) => self.sent_permissions(sent, &format!("{at}.profiles"))?,
        };
        let definition = self.modules.iter_mut().find(|candidate| candidate.api_name == module);
        let definition = definition.ok_or_else(|| Problem::invalid_module(module))?;
        let field = definition.fields.iter_mut().find(|field| field.id.to_string() == id);
        let field = field.ok_or_else(|| Problem::invalid_id("id", &format!("{at}.id")))?;
        if let Some(label) = row.get("field_label").and_then(Value::as_str) {
            if !field.custom {
                return Err(refused("field_label", &format!("{at}.field_label")));
            }
            label.clone_into(&mut field.label);
        }
        if let Some(length) = row.get("length").filter(|length| !length.is_null()) {
            let length = length.as_u64().and_then(|length| usize::try_from(length).ok());
            let length = length.filter(|length| field.custom && (1..=255).contains(length));
            field.length = length.ok_or_else(|| Problem::wrong_type("length", &format!("{at}.length"), "integer"))?;
        }
        if let Some(tooltip) = row.get("tooltip") {
            field.tooltip = tooltip_of(tooltip);
        }
        let name = field.api_name.clone();
        self.set_permissions(module, &name, &permissions);
        Ok(())
    }

    fn new_field(&mut self, module: &str, row: &Map<String, Value>, at: &str) -> Result<Field, Problem> {
        let text = |name: &str| {
            let value = row.get(name).filter(|value| !value.is_null());
            let value = value.ok_or_else(|| Problem::mandatory(name, &format!("{at}.{name}")))?;
            value.as_str().ok_or_else(|| Problem::wrong_type(name, &format!("{at}.{name}"), "text"))
        };
        let label = text("field_label")?.trim().to_owned();
        let data_type = text("data_type")?;
        let kind =
            Kind::creatable(data_type).ok_or_else(|| Problem::invalid("data_type", &format!("{at}.data_type")))?;
        let api_name = api_name(&label);
        if api_name.is_empty() {
            return Err(Problem::invalid("field_label", &format!("{at}.field_label")));
        }
        let definition = self.module(module).ok_or_else(|| Problem::invalid_module(module))?;
        let taken =
            |field: &Field| field.api_name.eq_ignore_ascii_case(&api_name) || field.label.eq_ignore_ascii_case(&label);
        if definition.fields.iter().any(taken) {
            return Err(Problem::new(
                400,
                "DUPLICATE_DATA",
                "duplicate data",
                json!({"api_name": "field_label", "json_path": format!("{at}.field_label")}),
            ));
        }
        let unique = row.get("unique").filter(|unique| unique.is_object());
        // Zoho spells the key both ways.
        let case_sensitive = unique.map(|unique| {
            ["case_sensitive", "casesensitive"].iter().any(|key| {
                unique.get(*key).is_some_and(|value| value == &Value::Bool(true) || value.as_str() == Some("true"))
            })
        });
        let used = definition.fields.iter().filter(|field| field.unique.is_some()).count();
        if case_sensitive.is_some() && used >= MOST_UNIQUE {
            return Err(Problem::new(
                400,
                "LIMIT_EXCEEDED",
                "unique fields limit exceeded",
                json!({"limit": MOST_UNIQUE, "api_name": "unique", "json_path": format!("{at}.unique")}),
            ));
        }
        let external = row.get("external").is_some_and(Value::is_object);
        if external && kind != Kind::Text {
            return Err(Problem::invalid("external", &format!("{at}.external")));
        }
        let length = match (kind, row.get("length")) {
            (Kind::TextArea, _) => {
                match row.get("textarea").and_then(|area| area.get("type")).and_then(Value::as_str) {
                    Some("large") => 32_000,
                    Some("rich_text") => 50_000,
                    _ => 2_000,
                }
            }
            (_, None | Some(Value::Null)) => kind.default_length(),
            (_, Some(length)) => {
                let length = length.as_u64().and_then(|length| usize::try_from(length).ok());
                let length = length.filter(|length| (1..=255).contains(length));
                length.ok_or_else(|| Problem::wrong_type("length", &format!("{at}.length"), "integer"))?
            }
        };
        let mut picks = Vec::new();
        if matches!(kind, Kind::Picklist | Kind::MultiPicklist) {
            let path = format!("{at}.pick_list_values");
            let values = row.get("pick_list_values").and_then(Value::as_array);
            for value in values.ok_or_else(|| Problem::mandatory("pick_list_values", &path))? {
                let display = value.get("display_value").and_then(Value::as_str);
                let display = display.ok_or_else(|| Problem::mandatory("display_value", &path))?.to_owned();
                let actual = value.get("actual_value").and_then(Value::as_str).unwrap_or(&display).to_owned();
                picks.push(Pick { id: self.id(), display, actual });
            }
        }
        let target = if kind == Kind::Lookup {
            let path = format!("{at}.lookup");
            let target =
                row.get("lookup").and_then(|lookup| lookup.get("module")).and_then(|module| module.get("api_name"));
            let target = target.and_then(Value::as_str).ok_or_else(|| Problem::mandatory("lookup", &path))?;
            Some(self.module(target).ok_or_else(|| Problem::invalid_module(target))?.api_name.clone())
        } else {
            None
        };
        let decimals = row.get("decimal_place").and_then(Value::as_u64);
        if kind == Kind::Currency {
            currency_rules(row, decimals, at)?;
        }
        let tooltip = row.get("tooltip").and_then(tooltip_of);
        Ok(Field {
            id: self.id(),
            api_name,
            label,
            kind,
            length,
            mandatory: false,
            layout_mandatory: false,
            read_only: false,
            mark: Mark::All,
            zero: false,
            custom: true,
            unique: case_sensitive,
            external,
            picks,
            target,
            decimals: decimals.and_then(|decimals| u32::try_from(decimals).ok()).unwrap_or(2),
            tooltip,
            created: Some(self.second()),
        })
    }

    pub(crate) fn delete_field(&mut self, caller: &Caller, call: &ApiCall, id: &str) -> Result<Reply, Problem> {
        self.allow_setup(caller)?;
        let module = self.module_param(call)?.api_name.clone();
        let definition = self.modules.iter_mut().find(|candidate| candidate.api_name == module);
        let definition = definition.ok_or_else(|| Problem::invalid_module(&module))?;
        let position = definition.fields.iter().position(|field| field.custom && field.id.to_string() == id);
        let position = position.ok_or_else(|| Problem::invalid_id("id", "$.id"))?;
        let field = definition.fields.remove(position);
        self.unique.forget(&module, &field.api_name);
        for profile in &mut self.profiles {
            profile.set_permission(&module, &field.api_name, Permission::ReadWrite);
        }
        for record in self.records.get_mut(&module).into_iter().flat_map(|records| records.values_mut()) {
            record.fields.remove(&field.api_name);
        }
        let success =
            json!({"code": "SUCCESS", "details": {"id": id}, "message": "field deleted", "status": "success"});
        Ok(Reply::ok(json!({"fields": [success]})))
    }

    /// A field as metadata. Keys that do not apply to its type are null or empty, as Zoho gives them.
    pub(crate) fn field_json(&self, caller: &Caller, module: &Module, index: usize, field: &Field) -> Value {
        let none = Pick { id: field.id + 70_000_000, display: "-None-".to_owned(), actual: "-None-".to_owned() };
        let none = Some(&none).filter(|_| field.kind == Kind::Picklist);
        let picks: Vec<Value> = none
            .into_iter()
            .chain(&field.picks)
            .enumerate()
            .map(|(index, pick)| {
                json!({
                    "id": pick.id.to_string(),
                    "display_value": pick.display,
                    "actual_value": pick.actual,
                    "reference_value": pick.actual,
                    "sequence_number": index + 1,
                    "type": "used",
                    "colour_code": Value::Null,
                })
            })
            .collect();
        let target = field.target.as_deref().and_then(|target| self.module(target));
        let target_json = target.map(|target| json!({"api_name": target.api_name, "id": target.id.to_string()}));
        let lookup = match (field.kind, &target_json) {
            (Kind::Lookup, Some(target)) => json!({
                "display_label": field.label,
                "api_name": format!("{}_{}", module.api_name, field.api_name),
                "module": target,
                "id": (field.id + 50_000_000).to_string(),
                "query_details": {},
                "revalidate_filter_during_edit": false,
                "show_fields": [],
            }),
            _ => json!({}),
        };
        let subform = match (field.kind, target) {
            (Kind::Subform, Some(target)) => json!({"module": target.api_name, "id": target.id.to_string()}),
            _ => Value::Null,
        };
        let associated = match (field.kind, target) {
            (Kind::Subform, Some(target)) => {
                json!({"api_name": target.api_name, "module": target.api_name, "id": target.id.to_string()})
            }
            _ => Value::Null,
        };
        let computed = field.read_only || field.kind == Kind::AutoNumber;
        let marked = |by: Mark| computed && (field.mark == by || field.mark == Mark::All);
        let writable = !marked(Mark::Operations);
        let is_money = field.kind == Kind::Currency;
        let number = matches!(field.kind, Kind::Currency | Kind::Double | Kind::Formula | Kind::Percent);
        let named = field.api_name == module.name_field;
        let out = json!({
            "id": field.id.to_string(),
            "api_name": field.api_name,
            "field_label": field.label,
            "display_label": field.label,
            "data_type": field.kind.data_type(),
            "json_type": field.kind.json_type(),
            "length": field.length,
            "decimal_place": if number { json!(field.decimals) } else { Value::Null },
            "system_mandatory": field.mandatory,
            "read_only": marked(Mark::ReadOnly),
            "field_read_only": marked(Mark::FieldReadOnly),
            "custom_field": field.custom,
            "visible": true,
            "unique": field.unique.map_or_else(|| json!({}), |case| json!({"casesensitive": case.to_string()})),
            "external": field.external.then(|| json!({"show": false, "type": "org"})),
            "pick_list_values": picks,
            "lookup": lookup,
            "subform": subform,
            "associated_module": associated,
            "operation_type": {
                "web_update": writable, "api_create": writable, "web_create": writable, "api_update": writable,
            },
            "view_type": {"view": true, "edit": writable, "quick_create": field.mandatory, "create": writable},
            "tooltip": field.tooltip.as_ref().map(|(name, value)| json!({"name": name, "value": value})),
            "currency": if is_money { json!({"rounding_option": "normal", "precision": field.decimals.saturating_sub(1)}) } else { json!({}) },
            "formula": if field.kind == Kind::Formula { json!({"return_type": "currency", "expression": ""}) } else { json!({}) },
            "autonumber": if field.kind == Kind::AutoNumber {
                json!({"prefix": "INV-", "start_number": 1, "suffix": "", "starting_number_length": 4})
            } else {
                json!({})
            },
            "auto_number": {},
            "created_time": field.created.map(|created| self.time(caller.user, created)),
            "modified_time": field.created.map(|created| self.time(caller.user, created)),
            "display_field": named,
            "sequence_number": index + 1,
        });
        let rest = json!({
            "webhook": true,
            "blueprint_supported": writable,
            "virtual_field": false,
            "customizable_properties": [],
            "businesscard_supported": true,
            "filterable": field.kind != Kind::Subform,
            "available_in_user_layout": true,
            "pick_list_values_sorted_lexically": false,
            "sortable": field.kind != Kind::Subform,
            "layout_associations": [{"api_name": "Standard", "name": "Standard", "id": module.layout_id.to_string()}],
            "separator": number,
            "number_separator": number,
            "searchable": true,
            "enable_colour_code": false,
            "colour_code_enabled_by_system": false,
            "mass_update": writable,
            "created_source": if field.custom { "api" } else { "default" },
            "type": "used",
            "column_name": field.api_name.to_uppercase(),
            "display_type": -1,
            "ui_type": 1,
            "quick_sequence_number": (index + 1).to_string(),
            "email_parser": {"fields_update_supported": true, "record_operations_supported": true},
            "rollup_summary": {},
            "refer_from_field": Value::Null,
            "show_type": 7,
            "category": 1,
            "multi_module_lookup": {},
            "sharing_properties": Value::Null,
            "file_upolad_optionlist": [],
            "profiles": self.field_profiles(module, field),
            "sub_module": Value::Null,
            "convert_mapping": Value::Null,
            "multiselectlookup": {},
            "multiuserlookup": Value::Null,
            "crypt": Value::Null,
            "history_tracking": Value::Null,
            "association_details": Value::Null,
            "allowed_modules": [],
            "additional_column": Value::Null,
            "hipaa_compliance_enabled": false,
            "hipaa_compliance": Value::Null,
            "textarea": Value::Null,
            "static_field": false,
        });
        match (out, rest) {
            (Value::Object(mut out), Value::Object(rest)) => {
                out.extend(rest);
                if self.answers.field_rights == FieldRights::Untold {
                    out.remove("profiles");
                }
                Value::Object(out)
            }
            (out, _) => out,
        }
    }
}

/// What a new amount of money needs: a rule of rounding, and a precision, where one is said, that is less than its
/// decimals (Zoho's page "Custom Fields").
fn currency_rules(row: &Map<String, Value>, decimals: Option<u64>, at: &str) -> Result<(), Problem> {
    let path = format!("{at}.currency");
    let currency = row.get("currency").ok_or_else(|| Problem::mandatory("currency", &path))?;
    let rounding = currency.get("rounding_option").and_then(Value::as_str);
    rounding.ok_or_else(|| Problem::mandatory("rounding_option", &format!("{path}.rounding_option")))?;
    match currency.get("precision").filter(|precision| !precision.is_null()).map(Value::as_u64) {
        None => Ok(()),
        Some(Some(precision)) if decimals.is_some_and(|decimals| precision < decimals) => Ok(()),
        Some(_) => Err(Problem::invalid("precision", &format!("{path}.precision"))),
    }
}

/// A tooltip's kind and text.
fn tooltip_of(sent: &Value) -> Option<(String, String)> {
    Some((sent.get("name")?.as_str()?.to_owned(), sent.get("value")?.as_str()?.to_owned()))
}

/// A key of a field's row that is not taken.
fn refused(key: &str, path: &str) -> Problem {
    Problem::new(400, "NOT_ALLOWED", "not allowed", json!({"api_name": key, "json_path": path}))
}

/// The API name that Zoho derives from a label: letters and digits, everything else an underscore.
fn api_name(label: &str) -> String {
    let mut name = String::new();
    for sign in label.chars() {
        if sign.is_ascii_alphanumeric() {
            name.push(sign);
        } else if !name.is_empty() && !name.ends_with('_') {
            name.push('_');
        }
    }
    name.trim_end_matches('_').to_owned()
}
