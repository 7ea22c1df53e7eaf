//! The organisation's variables.

use crate::api::{ApiCall, Caller};
use crate::errors::{Problem, Reply};
use crate::state::{Variable, Zoho, id_of};
use serde_json::{Map, Value, json};

/// The types of variables, in the words of the documentation and of the OpenAPI file.
const TYPES: [&str; 15] = [
    "text", "textarea", "integer", "long", "decimal", "double", "percent", "currency", "date", "datetime", "email",
    "phone", "url", "website", "checkbox",
];
/// Variables of one call.
const MOST_ROWS: usize = 50;

impl Zoho {
    pub(crate) fn variables_call(
        &mut self,
        caller: &Caller,
        call: &ApiCall,
        name: Option<&str>,
    ) -> Result<Reply, Problem> {
        if call.method != "GET" {
            self.allow_setup(caller)?;
        }
        match (call.method.as_str(), name) {
            ("GET", None) => {
                let group = call.param("group");
                let shown = self.variables.iter().filter(|variable| group.is_none_or(|group| variable.group == group));
                let shown: Vec<Value> = shown.map(|variable| self.variable_json(variable)).collect();
                Ok(if shown.is_empty() { Reply::empty(204) } else { Reply::ok(json!({"variables": shown})) })
            }
            ("GET", Some(name)) => {
                let group = call.param("group").ok_or_else(|| Problem::param_missing("group"))?;
                let found = self.variable_position(name).map(|position| &self.variables[position]);
                let found = found.filter(|variable| variable.group == group || self.group_id(&variable.group) == group);
                Ok(found.map_or_else(
                    || Reply::empty(204),
                    |variable| Reply::ok(json!({"variables": [self.variable_json(variable)]})),
                ))
            }
            ("POST", None) => self.each_variable(call, |zoho, row, at| zoho.new_variable(row, at)),
            ("PUT", None) => self.each_variable(call, |zoho, row, at| {
                let id = row.get("id").and_then(id_of).ok_or_else(|| Problem::mandatory("id", &format!("{at}.id")))?;
                zoho.change_variable(&id.to_string(), row, at)
            }),
            ("PUT", Some(name)) => {
                let name = name.to_owned();
                self.each_variable(call, |zoho, row, at| zoho.change_variable(&name, row, at))
            }
            ("DELETE", name) => {
                let ids = name.or(call.param("ids")).ok_or_else(|| Problem::param_missing("ids"))?.to_owned();
                let results = ids
                    .split(',')
                    .map(|id| {
                        let position = self.variable_position(id).ok_or_else(|| Problem::invalid_id("id", "$.id"))?;
                        let variable = self.variables.remove(position);
                        Ok(success(variable.id, "variable deleted"))
                    })
                    .collect();
                // The OpenAPI file gives 201 for every successful write of variables.
                Ok(Reply::rows("variables", results, 201, 400))
            }
            _ => Err(Problem::wrong_method()),
        }
    }

    fn each_variable(
        &mut self,
        call: &ApiCall,
        act: impl Fn(&mut Self, &Map<String, Value>, &str) -> Result<Value, Problem>,
    ) -> Result<Reply, Problem> {
        let rows = call.rows("variables", MOST_ROWS)?;
        let results = rows
            .iter()
            .enumerate()
            .map(|(index, row)| {
                let at = format!("$.variables[{index}]");
                let row = row.as_object().ok_or_else(|| Problem::wrong_type("variables", &at, "jsonobject"))?;
                act(self, row, &at)
            })
            .collect();
        Ok(Reply::rows("variables", results, 201, 400))
    }

    fn new_variable(&mut self, row: &Map<String, Value>, at: &str) -> Result<Value, Problem> {
        let text = |name: &str| {
            row.get(name).and_then(Value::as_str).ok_or_else(|| Problem::mandatory(name, &format!("{at}.{name}")))
        };
        let (name, api_name, kind) = (text("name")?, text("api_name")?, text("type")?);
        if !TYPES.contains(&kind) {
            return Err(Problem::invalid("type", &format!("{at}.type")));
        }
        let named = api_name.chars().all(|sign| sign.is_ascii_alphanumeric() || sign == '_');
        if !named || !api_name.starts_with(|sign: char| sign.is_ascii_alphabetic()) {
            return Err(Problem::invalid("api_name", &format!("{at}.api_name")));
        }
        if self.variables.iter().any(|variable| variable.api_name == api_name) {
            let path = format!("{at}.api_name");
            return Err(Problem::new(
                400,
                "DUPLICATE_DATA",
                "duplicate data",
                json!({"api_name": "api_name", "json_path": path}),
            ));
        }
        let group = row.get("variable_group");
        let group = group.ok_or_else(|| Problem::mandatory("variable_group", &format!("{at}.variable_group")))?;
        let group = ["name", "api_name"].iter().find_map(|key| group.get(*key)?.as_str()).unwrap_or("General");
        let id = self.id();
        self.variables.push(Variable {
            id,
            api_name: api_name.to_owned(),
            name: name.to_owned(),
            kind: kind.to_owned(),
            group: group.to_owned(),
            value: row.get("value").cloned().unwrap_or(Value::Null),
            description: row.get("description").and_then(Value::as_str).map(str::to_owned),
        });
        Ok(success(id, "variable created"))
    }

    fn change_variable(&mut self, name: &str, row: &Map<String, Value>, at: &str) -> Result<Value, Problem> {
        let position = self.variable_position(name).ok_or_else(|| Problem::invalid_id("id", &format!("{at}.id")))?;
        let variable = &mut self.variables[position];
        // Type and group never change.
        if let Some(value) = row.get("value") {
            variable.value = value.clone();
        }
        if let Some(name) = row.get("name").and_then(Value::as_str) {
            name.clone_into(&mut variable.name);
        }
        if let Some(description) = row.get("description") {
            variable.description = description.as_str().map(str::to_owned);
        }
        Ok(success(variable.id, "variable updated"))
    }

    fn variable_position(&self, name: &str) -> Option<usize> {
        self.variables.iter().position(|variable| variable.api_name == name || variable.id.to_string() == name)
    }

    fn group_id(&self, group: &str) -> String {
        (self.org.id + 1_000 + group.bytes().map(u64::from).sum::<u64>()).to_string()
    }

    fn variable_json(&self, variable: &Variable) -> Value {
        json!({
            "id": variable.id.to_string(),
            "api_name": variable.api_name,
            "name": variable.name,
            "type": variable.kind,
            "value": variable.value,
            "description": variable.description,
            "source": "crm",
            "read_only": false,
            "variable_group": {
                "api_name": variable.group, "name": variable.group, "id": self.group_id(&variable.group),
            },
        })
    }
}

fn success(id: u64, message: &str) -> Value {
    json!({"code": "SUCCESS", "details": {"id": id.to_string()}, "message": message, "status": "success"})
}
