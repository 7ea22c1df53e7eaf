//! `GET /{Module}/search`: an index that lags behind, and whose `equals` also finds parts of a value.

use crate::api::{ApiCall, Caller};
use crate::errors::{Problem, Reply};
use crate::read::{MOST_PER_PAGE, number_param};
use crate::state::{Record, Zoho, decimal, full_name, id_of};
use serde_json::{Map, Value, json};

/// Conditions of one search.
const MOST_CONDITIONS: usize = 10;
/// The last row that a search reaches.
const MOST_ROWS: usize = 2_000;

/// What a search asks of the indexed fields of a record.
type Test = Box<dyn Fn(&Map<String, Value>) -> bool>;

/// A search criterion.
#[derive(Debug, Clone)]
enum Criterion {
    Condition { field: String, operator: String, value: String },
    Both(Box<Criterion>, Box<Criterion>),
    Either(Box<Criterion>, Box<Criterion>),
}

impl Criterion {
    fn count(&self) -> usize {
        match self {
            Self::Condition { .. } => 1,
            Self::Both(left, right) | Self::Either(left, right) => left.count() + right.count(),
        }
    }

    fn holds(&self, fields: &Map<String, Value>) -> bool {
        match self {
            Self::Both(left, right) => left.holds(fields) && right.holds(fields),
            Self::Either(left, right) => left.holds(fields) || right.holds(fields),
            Self::Condition { field, operator, value } => {
                let stored = match fields.get(field) {
                    None | Some(Value::Null) => return false,
                    Some(Value::String(text)) => text.clone(),
                    Some(object @ Value::Object(_)) => id_of(object).map(|id| id.to_string()).unwrap_or_default(),
                    Some(other) => other.to_string(),
                };
                let (stored_text, value_text) = (stored.to_lowercase(), value.to_lowercase());
                match operator.as_str() {
                    // As documented: "equals" works like "contains".
                    "equals" => stored_text.contains(&value_text),
                    "starts_with" => stored_text.starts_with(&value_text),
                    "in" => value_text.split(',').any(|value| stored_text == value.trim()),
                    "not_equal" => stored_text != value_text,
                    _ => {
                        let both = decimal(&Value::String(stored)).zip(decimal(&Value::String(value.clone())));
                        let order = both.map_or_else(|| stored_text.cmp(&value_text), |(left, right)| left.cmp(&right));
                        match operator.as_str() {
                            "greater_than" => order.is_gt(),
                            "greater_equal" => order.is_ge(),
                            "less_than" => order.is_lt(),
                            _ => order.is_le(),
                        }
                    }
                }
            }
        }
    }
}

impl Zoho {
    /// What the search index knows now of the fields that this user sees of a record, or nothing yet.
    fn indexed_fields(&self, caller: &Caller, module: &str, record: &Record) -> Option<Map<String, Value>> {
        let mut fields = if self.now - record.modified >= self.index_lag {
            record.fields.clone()
        } else {
            record.indexed.clone()?
        };
        fields.insert("id".into(), record.id.to_string().into());
        if module == "Contacts" {
            let name = full_name(&fields);
            fields.insert("Full_Name".into(), name.into());
        }
        fields.retain(|name, _| self.shows(caller, module, name));
        Some(fields)
    }

    pub(crate) fn search(&self, caller: &Caller, call: &ApiCall, module: &str) -> Result<Reply, Problem> {
        let definition = self.module(module).ok_or_else(|| Problem::invalid_module(module))?;
        let test: Test = if let Some(criteria) = call.param("criteria") {
            let criterion = parse(criteria)?;
            if criterion.count() > MOST_CONDITIONS {
                return Err(Problem::limit("Record count exceeded", MOST_CONDITIONS));
            }
            Box::new(move |fields| criterion.holds(fields))
        } else if let Some((kind, text)) =
            ["email", "phone", "word"].iter().find_map(|kind| Some((*kind, call.param(kind)?.to_lowercase())))
        {
            let names: Vec<String> = definition
                .fields
                .iter()
                .filter(|field| kind == "word" || field.kind.data_type() == kind)
                .map(|field| field.api_name.clone())
                .collect();
            Box::new(move |fields| {
                names
                    .iter()
                    .filter_map(|name| fields.get(name).and_then(Value::as_str))
                    .any(|value| value.to_lowercase().contains(&text))
            })
        } else {
            return Err(Problem::param_missing("criteria"));
        };
        let per_page = number_param(call, "per_page")?.unwrap_or(MOST_PER_PAGE).clamp(1, MOST_PER_PAGE);
        let page = number_param(call, "page")?.unwrap_or(1).max(1);
        if page * per_page > MOST_ROWS {
            return Err(Problem::new(400, "LIMIT_REACHED", "Record count exceeded", json!({"limit": MOST_ROWS})));
        }
        let fields: Option<Vec<String>> =
            call.param("fields").map(|names| names.split(',').map(|name| name.trim().to_owned()).collect());
        let found: Vec<&Record> = self
            .records
            .get(module)
            .into_iter()
            .flat_map(|records| records.values().rev())
            .filter(|record| self.sees(caller, module, record))
            .filter(|record| self.indexed_fields(caller, module, record).is_some_and(|fields| test(&fields)))
            .collect();
        let rows: Vec<Value> = found
            .iter()
            .skip((page - 1) * per_page)
            .take(per_page)
            .map(|record| self.render(caller, module, record, fields.as_deref(), false))
            .collect();
        if rows.is_empty() {
            return Ok(Reply::empty(204));
        }
        let more = found.len() > (page - 1) * per_page + rows.len();
        let info = json!({"per_page": per_page, "count": rows.len(), "page": page, "more_records": more});
        Ok(Reply::ok(json!({"data": rows, "info": info})))
    }
}

/// Parses `((A:equals:x)and(B:starts_with:y))`; a backslash makes the next sign part of the value.
fn parse(text: &str) -> Result<Criterion, Problem> {
    let signs: Vec<char> = text.chars().collect();
    let mut at = 0;
    let criterion = group(&signs, &mut at).filter(|_| at == signs.len());
    criterion.ok_or_else(|| Problem::new(400, "INVALID_QUERY", "invalid query formed", json!({"param": "criteria"})))
}

fn group(signs: &[char], at: &mut usize) -> Option<Criterion> {
    skip_spaces(signs, at);
    if signs.get(*at) != Some(&'(') {
        return None;
    }
    *at += 1;
    skip_spaces(signs, at);
    let inner = if signs.get(*at) == Some(&'(') { chain(signs, at)? } else { condition(signs, at)? };
    skip_spaces(signs, at);
    if signs.get(*at) != Some(&')') {
        return None;
    }
    *at += 1;
    // `(A:equals:x)and(B:equals:y)` without outer brackets is accepted too.
    continued(inner, signs, at)
}

fn chain(signs: &[char], at: &mut usize) -> Option<Criterion> {
    let first = group(signs, at)?;
    continued(first, signs, at)
}

fn continued(left: Criterion, signs: &[char], at: &mut usize) -> Option<Criterion> {
    skip_spaces(signs, at);
    let word: String = signs.iter().skip(*at).take_while(|sign| sign.is_ascii_alphabetic()).collect();
    let make: fn(Box<Criterion>, Box<Criterion>) -> Criterion = match word.to_lowercase().as_str() {
        "and" => Criterion::Both,
        "or" => Criterion::Either,
        _ => return Some(left),
    };
    *at += word.len();
    let right = group(signs, at)?;
    Some(make(Box::new(left), Box::new(right)))
}

fn condition(signs: &[char], at: &mut usize) -> Option<Criterion> {
    let mut parts = vec![String::new()];
    while let Some(sign) = signs.get(*at) {
        match sign {
            '\\' => {
                *at += 1;
                parts.last_mut()?.push(*signs.get(*at)?);
            }
            ')' => break,
            ':' if parts.len() < 3 => parts.push(String::new()),
            _ => parts.last_mut()?.push(*sign),
        }
        *at += 1;
    }
    let [field, operator, value] = <[String; 3]>::try_from(parts).ok()?;
    let known =
        ["equals", "starts_with", "in", "not_equal", "greater_than", "greater_equal", "less_than", "less_equal"];
    known.contains(&operator.as_str()).then_some(Criterion::Condition { field, operator, value })
}

fn skip_spaces(signs: &[char], at: &mut usize) {
    while signs.get(*at).is_some_and(|sign| sign.is_whitespace()) {
        *at += 1;
    }
}
