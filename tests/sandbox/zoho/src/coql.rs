//! `POST /coql`: queries that see every write at once.

use crate::answers::{Equals, HiddenColumn, InnerPercent, Like};
use crate::api::{ApiCall, Caller};
use crate::coql_parser::{Condition, Literal, Query, parse};
use crate::errors::{Problem, Reply};
use crate::schema::{Field, Kind};
use crate::state::{Record, Zoho, decimal, id_of};
use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};
use std::cmp::Ordering;
use std::collections::BTreeSet;

/// Limits of one query (the version 7 pages; what version 8 raised is not documented in its OpenAPI file).
const MOST_COLUMNS: usize = 50;
const MOST_ROWS: usize = 200;
const LAST_ROW: usize = 10_000;
const MOST_IN: usize = 50;
const MOST_ORDER: usize = 10;
const MOST_JOINS: usize = 2;
/// Of the version 2 page: whether later ones take more is not known.
const MOST_CRITERIA: usize = 25;

impl Zoho {
    pub(crate) fn coql(&self, caller: &Caller, call: &ApiCall) -> Result<Reply, Problem> {
        let text =
            call.object()?.get("select_query").ok_or_else(|| Problem::mandatory("select_query", "$.select_query"))?;
        let text = text.as_str().ok_or_else(|| Problem::wrong_type("select_query", "$.select_query", "text"))?;
        let query = parse(text)?;
        let module = self
            .module(&query.module)
            .filter(|module| module.parent.is_none())
            .ok_or_else(|| invalid_query("invalid query formed", json!({"module": query.module})))?
            .api_name
            .clone();
        self.require_module(caller, &module, "READ")?;
        self.allow_module(caller, &module, false)?;
        self.check_query(caller, &module, &query)?;
        let test = self.prepare(&module, &query.condition)?;
        let mut found: Vec<&Record> = Vec::new();
        for record in self.records.get(&module).into_iter().flat_map(|records| records.values()) {
            if self.sees(caller, &module, record) && self.holds(caller, &module, record, &test) {
                found.push(record);
            }
        }
        found.sort_by(|left, right| {
            query
                .order
                .iter()
                .map(|(column, descending)| {
                    let order = compare(
                        &self.column(caller, &module, left, column),
                        &self.column(caller, &module, right, column),
                    );
                    if *descending { order.reverse() } else { order }
                })
                .find(|order| order.is_ne())
                .unwrap_or_else(|| left.id.cmp(&right.id))
        });
        let rows: Vec<Value> = found
            .iter()
            .skip(query.offset)
            .take(query.limit)
            .map(|record| {
                let mut row: Map<String, Value> = query
                    .columns
                    .iter()
                    .filter(|column| self.shows_column(caller, &module, column))
                    .map(|column| (column.clone(), self.column(caller, &module, record, column)))
                    .collect();
                row.insert("id".into(), record.id.to_string().into());
                Value::Object(row)
            })
            .collect();
        if rows.is_empty() {
            return Ok(Reply::empty(204));
        }
        let more = found.len() > query.offset + rows.len();
        Ok(Reply::ok(json!({"info": {"count": rows.len(), "more_records": more}, "data": rows})))
    }

    fn check_query(&self, caller: &Caller, module: &str, query: &Query) -> Result<(), Problem> {
        let limit = |clause: &str, limit: usize| {
            Problem::new(400, "LIMIT_EXCEEDED", "limit exceeded", json!({"clause": clause, "limit": limit}))
        };
        if query.columns.len() > MOST_COLUMNS {
            return Err(limit("select", MOST_COLUMNS));
        }
        if query.limit > MOST_ROWS || query.offset + query.limit > LAST_ROW {
            return Err(limit("limit", MOST_ROWS));
        }
        if query.order.len() > MOST_ORDER {
            return Err(limit("order by", MOST_ORDER));
        }
        let mut columns: Vec<&str> = query.columns.iter().map(String::as_str).collect();
        columns.extend(query.order.iter().map(|(column, _)| column.as_str()));
        let mut criteria = 0;
        let mut conditions = vec![&query.condition];
        while let Some(condition) = conditions.pop() {
            match condition {
                Condition::And(left, right) | Condition::Or(left, right) => conditions.extend([&**left, &**right]),
                Condition::Compare { column, values, .. } => {
                    criteria += 1;
                    columns.push(column);
                    if values.len() > MOST_IN {
                        return Err(limit("in", MOST_IN));
                    }
                }
            }
        }
        if criteria > MOST_CRITERIA {
            return Err(limit("where", MOST_CRITERIA));
        }
        let mut joins: Vec<&str> = Vec::new();
        for column in columns {
            self.check_column(caller, module, column)?;
            if let Some((join, rest)) = column.split_once('.')
                && rest != "id"
                && !joins.contains(&join)
            {
                joins.push(join);
            }
        }
        if joins.len() > MOST_JOINS { Err(limit("join", MOST_JOINS)) } else { Ok(()) }
    }

    fn check_column(&self, caller: &Caller, module: &str, column: &str) -> Result<(), Problem> {
        let bad =
            || invalid_query("column given seems to be invalid", json!({"column_name": column, "module": module}));
        if column == "id" {
            return Ok(());
        }
        let (name, rest) = column.split_once('.').map_or((column, None), |(name, rest)| (name, Some(rest)));
        let field = self.module(module).and_then(|module| module.field(name)).ok_or_else(bad)?;
        let refused = self.answers.hidden_column == HiddenColumn::Refused && !self.shows(caller, module, name);
        if refused || matches!(field.kind, Kind::Subform | Kind::LineTax) {
            return Err(bad());
        }
        match (rest, self.lookup_target(field), field.kind) {
            (None, ..) => Ok(()),
            (Some("id"), _, Kind::Lookup | Kind::Owner) => Ok(()),
            (Some(rest), Some(target), _) => {
                // What is behind a join is read as much as what is before it.
                self.require_module(caller, target, "READ")?;
                self.allow_module(caller, target, false)?;
                self.check_column(caller, target, rest)
            }
            _ => Err(bad()),
        }
    }

    /// Whether the profile shows every field on the way of a column.
    fn shows_column(&self, caller: &Caller, module: &str, column: &str) -> bool {
        let (name, rest) = column.split_once('.').map_or((column, None), |(name, rest)| (name, Some(rest)));
        let target = self.module(module).and_then(|module| self.lookup_target(module.field(name)?));
        let behind = rest.zip(target).is_none_or(|(rest, target)| self.shows_column(caller, target, rest));
        self.shows(caller, module, name) && behind
    }

    /// A column's value as the answer gives it.
    fn column(&self, caller: &Caller, module: &str, record: &Record, column: &str) -> Value {
        if column == "id" {
            return record.id.to_string().into();
        }
        let (name, rest) = column.split_once('.').map_or((column, None), |(name, rest)| (name, Some(rest)));
        let Some(field) = self.module(module).and_then(|module| module.field(name)) else { return Value::Null };
        if !self.shows(caller, module, name) {
            return Value::Null;
        }
        let value = self.field_value(caller.user, module, record, field);
        match (rest, self.lookup_target(field)) {
            (None, _) => value,
            (Some("id"), _) => value.get("id").cloned().unwrap_or(Value::Null),
            (Some(rest), Some(target)) => id_of(&value)
                .and_then(|id| self.visible(caller, target, id))
                .map_or(Value::Null, |record| self.column(caller, target, record, rest)),
            (Some(_), None) => Value::Null,
        }
    }

    /// The field that a column ends in; `None` for ids.
    fn column_field(&self, module: &str, column: &str) -> Option<&Field> {
        let (name, rest) = column.split_once('.').map_or((column, None), |(name, rest)| (name, Some(rest)));
        let field = self.module(module)?.field(name)?;
        match rest {
            None => Some(field),
            Some("id") => None,
            Some(rest) => self.column_field(self.lookup_target(field)?, rest),
        }
    }

    /// Reads the literals of a condition in the types of their columns, once for all records.
    fn prepare<'a>(&self, module: &str, condition: &'a Condition) -> Result<Test<'a>, Problem> {
        let both = |left: &'a Condition, right: &'a Condition| -> Result<_, Problem> {
            Ok((Box::new(self.prepare(module, left)?), Box::new(self.prepare(module, right)?)))
        };
        Ok(match condition {
            Condition::And(left, right) => {
                let (left, right) = both(left, right)?;
                Test::And(left, right)
            }
            Condition::Or(left, right) => {
                let (left, right) = both(left, right)?;
                Test::Or(left, right)
            }
            Condition::Compare { column, operator, values } => {
                let field = self.column_field(module, column);
                let mut wanted: Vec<Value> =
                    values.iter().map(|literal| typed(field, column, literal)).collect::<Result<_, _>>()?;
                let plain = field.is_none_or(|field| field.kind != Kind::DateTime);
                if operator.ends_with("like") && self.answers.inner_percent == InnerPercent::Refused {
                    let inner = |value: &Value| value.as_str().is_some_and(|text| within(text).contains('%'));
                    if wanted.iter().any(inner) {
                        let details = json!({"column_name": column, "operator": operator});
                        return Err(invalid_query("value given seems to be invalid for the column", details));
                    }
                }
                if plain && is_equality(operator) && self.answers.equals == Equals::IgnoreCase {
                    wanted.iter_mut().for_each(lower);
                }
                let texts = wanted.iter().map(|value| value.as_str().map(str::to_owned));
                let set = texts.collect::<Option<BTreeSet<String>>>().filter(|_| plain);
                Test::Compare { column, operator, wanted, set }
            }
        })
    }

    fn holds(&self, caller: &Caller, module: &str, record: &Record, test: &Test<'_>) -> bool {
        let (column, operator, wanted, set) = match test {
            Test::And(left, right) => {
                return self.holds(caller, module, record, left) && self.holds(caller, module, record, right);
            }
            Test::Or(left, right) => {
                return self.holds(caller, module, record, left) || self.holds(caller, module, record, right);
            }
            Test::Compare { column, operator, wanted, set } => (*column, *operator, wanted, set),
        };
        let mut value = self.column(caller, module, record, column);
        if value.is_object() {
            // A lookup compares by its id.
            value = value.get("id").cloned().unwrap_or(Value::Null);
        }
        let folds = is_equality(operator) && self.answers.equals == Equals::IgnoreCase;
        if folds && !self.column_field(module, column).is_some_and(|field| field.kind == Kind::DateTime) {
            lower(&mut value);
        }
        let among = || match (set, value.as_str()) {
            (Some(set), Some(text)) => set.contains(text),
            _ => wanted.iter().any(|wanted| compare(&value, wanted).is_eq()),
        };
        let first = wanted.first().unwrap_or(&Value::Null);
        let known = !value.is_null();
        match operator {
            "is null" => !known,
            "is not null" => known,
            "=" => known && compare(&value, first).is_eq(),
            "!=" => compare(&value, first).is_ne(),
            "in" => known && among(),
            "not in" => !among(),
            "like" => known && like(&value, first, self.answers.like, self.answers.inner_percent),
            "not like" => !like(&value, first, self.answers.like, self.answers.inner_percent),
            "between" => {
                known
                    && compare(&value, first).is_ge()
                    && wanted.get(1).is_some_and(|high| compare(&value, high).is_le())
            }
            ">" => known && compare(&value, first).is_gt(),
            ">=" => known && compare(&value, first).is_ge(),
            "<" => known && compare(&value, first).is_lt(),
            _ => known && compare(&value, first).is_le(),
        }
    }
}

/// A condition whose literals are in the types of their columns.
enum Test<'a> {
    And(Box<Self>, Box<Self>),
    Or(Box<Self>, Box<Self>),
    Compare {
        column: &'a str,
        operator: &'a str,
        wanted: Vec<Value>,
        /// The same, where all are texts that are compared sign by sign.
        set: Option<BTreeSet<String>>,
    },
}

fn invalid_query(message: &str, details: Value) -> Problem {
    Problem::new(400, "INVALID_QUERY", message, details)
}

/// A literal in the type of its column.
fn typed(field: Option<&Field>, column: &str, literal: &Literal) -> Result<Value, Problem> {
    let bad = |expected: &str| {
        invalid_query(
            "value given seems to be invalid for the column",
            json!({"column_name": column, "expected_data_type": expected}),
        )
    };
    let text = match literal {
        Literal::Text(text) | Literal::Bare(text) => text,
    };
    let kind = field.map(|field| field.kind);
    match kind {
        Some(Kind::DateTime) => {
            DateTime::parse_from_rfc3339(text).map_err(|_| bad("datetime"))?;
            Ok(Value::String(text.clone()))
        }
        Some(Kind::Boolean) => text.to_lowercase().parse().map(Value::Bool).map_err(|_| bad("boolean")),
        Some(kind) if kind.json_type() == "double" || kind == Kind::Integer => {
            decimal(&Value::String(text.clone())).map(crate::state::number).ok_or_else(|| bad(kind.data_type()))
        }
        None | Some(Kind::Lookup | Kind::Owner) => {
            if text.bytes().all(|byte| byte.is_ascii_digit()) && !text.is_empty() {
                Ok(Value::String(text.clone()))
            } else {
                Err(bad("bigint"))
            }
        }
        // Text has to be quoted.
        _ => match literal {
            Literal::Text(text) => Ok(Value::String(text.clone())),
            Literal::Bare(_) => Err(bad("text")),
        },
    }
}

/// Orders two values: numbers by size, instants in time, ids as numbers, other text by its signs.
fn compare(left: &Value, right: &Value) -> Ordering {
    match (left, right) {
        (Value::Null, Value::Null) => Ordering::Equal,
        (Value::Null, _) => Ordering::Less,
        (_, Value::Null) => Ordering::Greater,
        (Value::Bool(left), Value::Bool(right)) => left.cmp(right),
        (Value::Number(_), Value::Number(_)) => decimal(left).cmp(&decimal(right)),
        (Value::String(left), Value::String(right)) => {
            let instants = instant(left).zip(instant(right));
            instants.map_or_else(|| left.cmp(right), |(left, right)| left.cmp(&right))
        }
        _ => left.to_string().cmp(&right.to_string()),
    }
}

fn instant(text: &str) -> Option<DateTime<Utc>> {
    // Most texts are no instants, and reading one is slow.
    if text.as_bytes().get(10) != Some(&b'T') {
        return None;
    }
    DateTime::parse_from_rfc3339(text).ok().map(|instant| instant.with_timezone(&Utc))
}

/// Operators that ask whether two values are the same.
fn is_equality(operator: &str) -> bool {
    matches!(operator, "=" | "!=" | "in" | "not in")
}

fn lower(value: &mut Value) {
    if let Value::String(text) = value {
        *text = text.to_lowercase();
    }
}

/// What of a pattern lies within, between the signs for anything at its ends.
fn within(pattern: &str) -> &str {
    pattern.trim_matches('%')
}

/// `like` with `%` at the ends or within.
fn like(value: &Value, pattern: &Value, case: Like, inner: InnerPercent) -> bool {
    let (Some(value), Some(pattern)) = (value.as_str(), pattern.as_str()) else { return false };
    let (value, pattern) = match case {
        Like::IgnoresCase => (value.to_lowercase(), pattern.to_lowercase()),
        Like::MindsCase => (value.to_owned(), pattern.to_owned()),
    };
    if inner == InnerPercent::IsASign {
        let text = within(&pattern);
        return match (pattern.starts_with('%'), pattern.ends_with('%')) {
            (true, true) => value.contains(text),
            (true, false) => value.ends_with(text),
            (false, true) => value.starts_with(text),
            (false, false) => value == text,
        };
    }
    let parts: Vec<&str> = pattern.split('%').collect();
    let mut rest = value.as_str();
    for (index, part) in parts.iter().enumerate() {
        let (first, last) = (index == 0, index + 1 == parts.len());
        if first && last {
            return rest == *part;
        }
        if first {
            let Some(after) = rest.strip_prefix(part) else { return false };
            rest = after;
        } else if last {
            return rest.ends_with(part);
        } else {
            let Some(position) = rest.find(part) else { return false };
            rest = &rest[position + part.len()..];
        }
    }
    true
}
