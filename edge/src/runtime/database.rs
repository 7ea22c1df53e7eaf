//! The database port on D1.

use super::{Runtime, now};
use ports::{DatabaseError, Row, Statement, Value};
use serde::de::{Deserialize, Deserializer, Visitor};
use std::collections::HashMap;
use wasm_bindgen::JsValue;
use worker::{D1PreparedStatement, Error};

impl ports::Database for Runtime {
    async fn query(&self, statement: Statement) -> Result<Vec<Row>, DatabaseError> {
        Ok(self.batch(vec![statement]).await?.pop().unwrap_or_default())
    }

    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Vec<Row>>, DatabaseError> {
        self.asked.set(self.asked.get() + statements.len());
        let prepared = statements.iter().map(|statement| self.prepare(statement)).collect::<Result<Vec<_>, _>>()?;
        // Single statements go as a batch, too: only there D1's errors keep their cause.
        let results = self.database.batch(prepared).await.map_err(classify)?;
        results
            .into_iter()
            .map(|result| {
                if let Some(error) = result.error() {
                    return Err(named(&error));
                }
                let rows: Vec<HashMap<String, Column>> = result.results().map_err(classify)?;
                Ok(rows
                    .into_iter()
                    .map(|row| Row(row.into_iter().map(|(name, column)| (name, column.0)).collect()))
                    .collect())
            })
            .collect()
    }

    fn asked(&self) -> usize {
        self.asked.get()
    }
}

impl Runtime {
    fn prepare(&self, statement: &Statement) -> Result<D1PreparedStatement, DatabaseError> {
        let parameters: Vec<JsValue> = statement
            .parameters
            .iter()
            .map(|value| match value {
                Value::Null => JsValue::NULL,
                // D1 takes no BigInt; a double holds every integer that the port allows.
                #[expect(clippy::cast_precision_loss, reason = "the port's integers are within ±2^53")]
                Value::Integer(number) => JsValue::from_f64(*number as f64),
                Value::Text(text) => JsValue::from_str(text),
            })
            .collect();
        self.database.prepare(statement.sql).bind(&parameters).map_err(classify)
    }
}

/// A column as D1 hands it over: every number is a double, also an integer's.
struct Column(serde_json::Value);

impl<'de> Deserialize<'de> for Column {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ColumnVisitor)
    }
}

struct ColumnVisitor;

impl Visitor<'_> for ColumnVisitor {
    type Value = Column;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a text, a number or null")
    }

    fn visit_unit<E>(self) -> Result<Column, E> {
        Ok(Column(serde_json::Value::Null))
    }

    fn visit_none<E>(self) -> Result<Column, E> {
        Ok(Column(serde_json::Value::Null))
    }

    fn visit_str<E>(self, text: &str) -> Result<Column, E> {
        Ok(Column(serde_json::Value::from(text)))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Column, E> {
        Ok(Column(serde_json::Value::from(number)))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Column, E> {
        Ok(Column(serde_json::Value::from(number)))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Column, E> {
        #[expect(clippy::cast_possible_truncation, reason = "checked to be whole")]
        let whole = (number.fract() == 0.0).then_some(number as i64);
        Ok(Column(whole.map_or_else(|| serde_json::Value::from(number), serde_json::Value::from)))
    }
}

fn classify(error: Error) -> DatabaseError {
    match &error {
        Error::D1(error) => named(&error.cause()),
        error => named(&error.to_string()),
    }
}

fn named(text: &str) -> DatabaseError {
    DatabaseError::named(text, now())
}
