//! Insert, update, upsert and delete.

use crate::api::{ApiCall, Caller};
use crate::errors::{Problem, Reply};
use crate::schema::{Kind, Module};
use crate::state::{Approval, AutomationRun, Deleted, Record, Zoho, id_of};
use chrono::{DateTime, SubsecRound, Utc};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// Rows of one write.
const MOST_ROWS: usize = 100;
/// The automations that a write may name; all of them run when it names none.
const TRIGGERS: [&str; 5] = ["workflow", "approval", "blueprint", "pathfinder", "orchestration"];

impl Zoho {
    pub(crate) fn insert_rows(&mut self, caller: &Caller, call: &ApiCall, module: &str) -> Result<Reply, Problem> {
        let module = self.module(module).cloned().ok_or_else(|| Problem::invalid_module(module))?;
        let triggers = triggers(call)?;
        let rows = call.rows("data", MOST_ROWS)?;
        let results = rows
            .iter()
            .enumerate()
            .map(|(index, row)| {
                let at = format!("$.data[{index}]");
                let row = row.as_object().ok_or_else(|| Problem::wrong_type("data", &at, "jsonobject"))?;
                let id = self.insert_row(caller, &module, row, &at, None)?;
                self.ran(&module, id, "create", &triggers);
                Ok(self.row_success(caller, &module.api_name, id, "record added"))
            })
            .collect();
        Ok(Reply::rows("data", results, 201, self.answers.all_rows_failed))
    }

    /// Makes one record and returns its id.
    pub(crate) fn insert_row(
        &mut self,
        caller: &Caller,
        module: &Module,
        row: &Map<String, Value>,
        at: &str,
        given_id: Option<u64>,
    ) -> Result<u64, Problem> {
        let mut record = Record {
            id: 0,
            owner: caller.user,
            created_by: caller.user,
            modified_by: caller.user,
            created: self.second(),
            modified: self.second(),
            fields: Map::new(),
            lines: Vec::new(),
            document_tax: Vec::new(),
            locked: false,
            in_blueprint: false,
            approval: Approval::Approved,
            territories: BTreeSet::new(),
            indexed: None,
        };
        self.apply_row(caller, module, &mut record, row, at, true)?;
        record.id = given_id.unwrap_or_else(|| self.id());
        for field in module.fields.iter().filter(|field| field.kind == Kind::AutoNumber) {
            let value = if field.custom {
                let count = self.records.get(&module.api_name).map_or(0, |records| records.len());
                (count + 1).to_string()
            } else {
                self.invoice_counter += 1;
                format!("INV-{:04}", self.invoice_counter)
            };
            record.fields.insert(field.api_name.clone(), Value::String(value));
        }
        let id = record.id;
        self.store(module, record);
        Ok(id)
    }

    pub(crate) fn update_rows(
        &mut self,
        caller: &Caller,
        call: &ApiCall,
        module: &str,
        id: Option<&str>,
    ) -> Result<Reply, Problem> {
        let module = self.module(module).cloned().ok_or_else(|| Problem::invalid_module(module))?;
        let triggers = triggers(call)?;
        let unmodified_since = call.if_unmodified_since.as_deref().map(instant).transpose()?;
        let rows = call.rows("data", if id.is_some() { 1 } else { MOST_ROWS })?;
        let results = rows
            .iter()
            .enumerate()
            .map(|(index, row)| {
                let at = format!("$.data[{index}]");
                let row = row.as_object().ok_or_else(|| Problem::wrong_type("data", &at, "jsonobject"))?;
                let target = match id {
                    Some(id) => self.addressed(call, &module, id)?,
                    None => {
                        let id = row.get("id").ok_or_else(|| Problem::mandatory("id", &format!("{at}.id")))?;
                        id_of(id).ok_or_else(|| Problem::invalid_id("id", &format!("{at}.id")))?
                    }
                };
                self.update_row(caller, &module, target, row, &at, unmodified_since)?;
                self.ran(&module, target, "edit", &triggers);
                Ok(self.row_success(caller, &module.api_name, target, "record updated"))
            })
            .collect();
        Ok(Reply::rows("data", results, 200, self.answers.all_rows_failed))
    }

    /// The record that a path names: by id, or by the external field of the `X-EXTERNAL` header.
    pub(crate) fn addressed(&self, call: &ApiCall, module: &Module, name: &str) -> Result<u64, Problem> {
        let Some(external) = call.external.as_deref() else {
            return name.parse().map_err(|_| Problem::invalid_id("id", "$.id"));
        };
        let field = self.external_field(module, external)?;
        let found = self.find_by_value(&module.api_name, field, &Value::String(name.to_owned()));
        found.first().copied().ok_or_else(|| {
            Problem::new(
                400,
                "INVALID_DATA",
                "The value of the external field is invalid.",
                json!({"api_name": field.api_name}),
            )
        })
    }

    fn external_field<'a>(&self, module: &'a Module, header: &str) -> Result<&'a crate::schema::Field, Problem> {
        let name = header.strip_prefix(&format!("{}.", module.api_name)).unwrap_or_default();
        module.field(name).filter(|field| field.external).ok_or_else(|| Problem::invalid_param("X-EXTERNAL"))
    }

    /// Changes one record.
    pub(crate) fn update_row(
        &mut self,
        caller: &Caller,
        module: &Module,
        id: u64,
        row: &Map<String, Value>,
        at: &str,
        unmodified_since: Option<DateTime<Utc>>,
    ) -> Result<(), Problem> {
        let name = module.api_name.as_str();
        let mut record =
            self.visible(caller, name, id).cloned().ok_or_else(|| Problem::invalid_id("id", &format!("{at}.id")))?;
        if unmodified_since.is_some_and(|since| record.modified > since.trunc_subsecs(0)) {
            return Err(Problem::new(
                412,
                "ALREADY_MODIFIED",
                "the record has already been modified",
                json!({"id": id.to_string()}),
            ));
        }
        self.changeable(caller, name, &record, "Edit", at)?;
        if record.in_blueprint && row.contains_key("Status") {
            let details = json!({"id": id.to_string()});
            return Err(Problem::new(400, "RECORD_IN_BLUEPRINT", "The record is in blue print", details));
        }
        let before = (record.modified, record.fields.clone());
        self.apply_row(caller, module, &mut record, row, at, false)?;
        let now = self.second();
        // The index holds the version before this one once it has caught up with it.
        if now - before.0 >= self.index_lag {
            record.indexed = Some(before.1);
        }
        record.modified = now;
        record.modified_by = caller.user;
        self.store(module, record);
        Ok(())
    }

    pub(crate) fn upsert_rows(&mut self, caller: &Caller, call: &ApiCall, module: &str) -> Result<Reply, Problem> {
        let module = self.module(module).cloned().ok_or_else(|| Problem::invalid_module(module))?;
        let triggers = triggers(call)?;
        let fields = self.duplicate_fields(call, &module)?;
        let rows = call.rows("data", MOST_ROWS)?;
        let mut inserted = 0;
        let results: Vec<Result<Value, Problem>> = rows
            .iter()
            .enumerate()
            .map(|(index, row)| {
                let at = format!("$.data[{index}]");
                let row = row.as_object().ok_or_else(|| Problem::wrong_type("data", &at, "jsonobject"))?;
                let by_id = row.get("id").and_then(id_of);
                let by_field = || {
                    fields.iter().find_map(|name| {
                        let value = row.get(name).filter(|value| !value.is_null())?;
                        let found = self.find_by_value(&module.api_name, module.field(name)?, value);
                        Some((found.first().copied()?, name.clone()))
                    })
                };
                let found = by_id.map(|id| (id, None)).or_else(|| by_field().map(|(id, name)| (id, Some(name))));
                let (id, action, message, field) = match found {
                    Some((id, field)) => {
                        self.update_row(caller, &module, id, row, &at, None)?;
                        (id, "update", "record updated", field)
                    }
                    None => {
                        let id = self.insert_row(caller, &module, row, &at, None)?;
                        inserted += 1;
                        (id, "insert", "record added", None)
                    }
                };
                self.ran(&module, id, if action == "insert" { "create" } else { "edit" }, &triggers);
                let mut success = self.row_success(caller, &module.api_name, id, message);
                success["action"] = action.into();
                success["duplicate_field"] = field.map_or(Value::Null, Value::String);
                Ok(success)
            })
            .collect();
        let ok = if inserted == results.len() { 201 } else { 200 };
        Ok(Reply::rows("data", results, ok, self.answers.all_rows_failed))
    }

    /// The fields that find duplicates for an upsert.
    fn duplicate_fields(&self, call: &ApiCall, module: &Module) -> Result<Vec<String>, Problem> {
        if let Some(external) = call.external.as_deref() {
            return Ok(vec![self.external_field(module, external)?.api_name.clone()]);
        }
        let system = module.system_duplicate_field();
        let unique = |name: &str| module.field(name).is_some_and(|field| field.unique.is_some() || field.external);
        let Some(named) = call.object()?.get("duplicate_check_fields") else {
            let unique = module.fields.iter().map(|field| field.api_name.as_str()).filter(|name| unique(name));
            return Ok(system.into_iter().chain(unique).map(str::to_owned).collect());
        };
        let path = "$.duplicate_check_fields";
        let named = named.as_array().ok_or_else(|| Problem::wrong_type("duplicate_check_fields", path, "jsonarray"))?;
        named
            .iter()
            .enumerate()
            .map(|(index, name)| {
                name.as_str()
                    .filter(|name| system == Some(*name) || unique(name))
                    .map(str::to_owned)
                    .ok_or_else(|| Problem::invalid("duplicate_check_fields", &format!("{path}[{index}]")))
            })
            .collect()
    }

    pub(crate) fn delete_rows(
        &mut self,
        caller: &Caller,
        module: &str,
        ids: Vec<String>,
        call: &ApiCall,
    ) -> Result<Reply, Problem> {
        let definition = self.module(module).cloned().ok_or_else(|| Problem::invalid_module(module))?;
        if ids.len() > MOST_ROWS {
            return Err(Problem::limit("Record count exceeded", MOST_ROWS));
        }
        let silent = call.param("wf_trigger") == Some("false");
        let triggers: Vec<String> = if silent { Vec::new() } else { vec!["workflow".to_owned()] };
        let results = ids
            .iter()
            .enumerate()
            .map(|(index, id)| {
                let id = self.addressed(call, &definition, id)?;
                let record = self.visible(caller, module, id).ok_or_else(|| {
                    Problem::new(400, "INVALID_DATA", "the id given seems to be invalid", json!({"id": id.to_string()}))
                })?;
                self.changeable(caller, module, record, "Delete", &format!("$.data[{index}]"))?;
                self.remove(caller.user, module, id);
                self.ran(&definition, id, "delete", &triggers);
                Ok(json!({
                    "code": "SUCCESS",
                    "details": {"id": id.to_string()},
                    "message": "record deleted",
                    "status": "success",
                }))
            })
            .collect();
        Ok(Reply::rows("data", results, 200, self.answers.all_rows_failed))
    }

    /// Moves a record to the recycle bin.
    pub(crate) fn remove(&mut self, user: u64, module: &str, id: u64) -> bool {
        let Some(definition) = self.module(module).cloned() else { return false };
        let Some(record) = self.unstore(&definition, id) else { return false };
        let display_name = self.display_name(module, &record);
        self.deleted.push(Deleted {
            module: module.to_owned(),
            id,
            display_name,
            deleted: self.second(),
            deleted_by: user,
            created_by: record.created_by,
            owner: record.owner,
        });
        true
    }

    fn ran(&mut self, module: &Module, id: u64, operation: &'static str, triggers: &[String]) {
        self.automation_runs.push(AutomationRun {
            module: module.api_name.clone(),
            id: id.to_string(),
            operation,
            triggers: triggers.to_vec(),
        });
    }

    fn row_success(&self, caller: &Caller, module: &str, id: u64, message: &str) -> Value {
        let Some(record) = self.record(module, id) else { return Value::Null };
        json!({
            "code": "SUCCESS",
            "details": {
                "Modified_Time": self.time(caller.user, record.modified),
                "Modified_By": self.user_brief(record.modified_by),
                "Created_Time": self.time(caller.user, record.created),
                "id": id.to_string(),
                "Created_By": self.user_brief(record.created_by),
                "$approval_state": record.approval.as_str(),
            },
            "message": message,
            "status": "success",
        })
    }
}

/// The automations that a write lets run: those it names, all when it names none.
fn triggers(call: &ApiCall) -> Result<Vec<String>, Problem> {
    let Some(named) = call.object()?.get("trigger").filter(|named| !named.is_null()) else {
        return Ok(TRIGGERS.map(str::to_owned).to_vec());
    };
    let named = named.as_array().ok_or_else(|| Problem::wrong_type("trigger", "$.trigger", "jsonarray"))?;
    named
        .iter()
        .map(|name| {
            let name = name.as_str().filter(|name| TRIGGERS.contains(name));
            name.map(str::to_owned).ok_or_else(|| Problem::invalid("trigger", "$.trigger"))
        })
        .collect()
}

/// An instant of a header.
pub(crate) fn instant(text: &str) -> Result<DateTime<Utc>, Problem> {
    DateTime::parse_from_rfc3339(text)
        .map(|instant| instant.with_timezone(&Utc))
        .map_err(|_| Problem::new(400, "INVALID_DATA", "invalid data", json!({"expected_data_type": "datetime"})))
}
