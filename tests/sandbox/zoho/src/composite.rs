//! `POST /__composite_requests`: up to five calls in one.

use crate::answers::CompositeRows;
use crate::api::{ApiCall, Caller};
use crate::errors::{Problem, Reply};
use crate::oauth::decode;
use crate::state::Zoho;
use serde_json::{Map, Value, json};

/// Calls of one composite request.
const MOST_CALLS: usize = 5;
/// Rows of a part that lists something.
const MOST_ROWS: usize = 25;
const KEY: &str = "__composite_requests";

impl Zoho {
    /// Runs the calls in order. `parallel_execution` changes nothing that can be seen here, since no call waits.
    pub(crate) fn composite(&mut self, caller: &Caller, call: &ApiCall) -> Result<Reply, Problem> {
        let rollback = flag(call.object()?, "rollback_on_fail")?;
        flag(call.object()?, "parallel_execution")?;
        flag(call.object()?, "concurrent_execution")?;
        let rows = call.rows(KEY, MOST_CALLS)?;
        let before = rollback.then(|| self.clone());
        let mut results = Vec::new();
        let mut seen = Vec::new();
        let mut failed = None;
        for (index, row) in rows.iter().enumerate() {
            let result = sub_call(row, index, &mut seen).map(|mut sub| match self.within_rows(&mut sub) {
                Ok(()) => self.route(caller, &sub).unwrap_or_else(Reply::from),
                Err(problem) => problem.into(),
            });
            let fine = matches!(&result, Ok(reply) if reply.status < 400 && reply.status != 207);
            if !fine && failed.is_none() {
                failed = Some(index);
            }
            results.push(result.map(|reply| {
                json!({
                    "code": "SUCCESS",
                    "details": {
                        "response": {
                            "headers": if reply.body.is_some() {
                                json!({"Content-Type": "application/json;charset=UTF-8"})
                            } else {
                                json!({})
                            },
                            "body": reply.body,
                            "status_code": reply.status,
                        },
                    },
                    "message": "sub request executed successfully",
                    "status": "success",
                })
            }));
            if rollback && !fine {
                break;
            }
        }
        if let (Some(before), Some(failed)) = (before, failed) {
            // Everything is as before, except that the credits stay spent.
            let credits = self.credits.clone();
            *self = before;
            self.credits = credits;
            let undone = || {
                Problem::new(
                    400,
                    "ROLLBACK_PERFORMED",
                    "the sub request is rolled back",
                    json!({"rollbacked_by_sub_request_index": failed}),
                )
            };
            for (index, result) in results.iter_mut().enumerate() {
                if index != failed {
                    *result = Err(undone());
                }
            }
            while results.len() < rows.len() {
                results.push(Err(Problem::new(
                    400,
                    "PROCESSING_STOPPED",
                    "the sub request is not processed",
                    json!({}),
                )));
            }
        }
        Ok(Reply::rows(KEY, results, 200, 400))
    }
}

impl Zoho {
    /// Keeps a part to the rows that a part may ask for: lists, searches, related lists, queries and users (Zoho's page
    /// "Composite Request", table "Allowed APIs").
    fn within_rows(&self, sub: &mut ApiCall) -> Result<(), Problem> {
        let cut = match self.answers.composite_rows {
            CompositeRows::Cut => true,
            CompositeRows::Refused => false,
        };
        let segments: Vec<&str> = sub.segments.iter().map(String::as_str).collect();
        if segments == ["coql"] {
            let query = sub.body.as_ref().and_then(|body| body.get("select_query")).and_then(Value::as_str);
            let Some((before, clause)) = query.and_then(|query| query.rsplit_once("limit ")) else { return Ok(()) };
            let (offset, rows) = clause.split_once(',').map_or(("0", clause), |(offset, rows)| (offset, rows));
            let asked: usize = rows.trim().parse().unwrap_or_default();
            if asked <= MOST_ROWS {
                return Ok(());
            }
            let query = format!("{before}limit {}, {MOST_ROWS}", offset.trim());
            if cut {
                sub.body = Some(json!({"select_query": query}));
            }
            return if cut { Ok(()) } else { Err(too_many_rows()) };
        }
        let lists = match (sub.method.as_str(), segments.as_slice()) {
            ("GET", ["users"] | [_, "search"]) => true,
            ("GET", [module] | [module, _, _]) => self.module(module).is_some(),
            _ => false,
        };
        if !lists {
            return Ok(());
        }
        let asked = sub.param("per_page").and_then(|rows| rows.parse::<usize>().ok());
        if asked.is_some_and(|asked| asked > MOST_ROWS) && !cut {
            return Err(too_many_rows());
        }
        let rows = asked.unwrap_or(MOST_ROWS).min(MOST_ROWS).to_string();
        sub.query.retain(|(name, _)| name != "per_page");
        sub.query.push(("per_page".to_owned(), rows));
        Ok(())
    }
}

fn too_many_rows() -> Problem {
    Problem::new(400, "LIMIT_EXCEEDED", "limit exceeded", json!({"by": "limit", "limit": MOST_ROWS}))
}

fn flag(body: &Map<String, Value>, name: &str) -> Result<bool, Problem> {
    match body.get(name) {
        None | Some(Value::Null) => Ok(false),
        Some(Value::Bool(flag)) => Ok(*flag),
        Some(_) => Err(Problem::wrong_type(name, &format!("$.{name}"), "boolean")),
    }
}

/// One sub request as a call, or what is wrong with it.
fn sub_call(row: &Value, index: usize, seen: &mut Vec<String>) -> Result<ApiCall, Problem> {
    let at = format!("$.{KEY}[{index}]");
    let row = row.as_object().ok_or_else(|| Problem::wrong_type(KEY, &at, "jsonobject"))?;
    let text = |name: &str| {
        let value = row.get(name).ok_or_else(|| Problem::mandatory(name, &format!("{at}.{name}")))?;
        value.as_str().ok_or_else(|| Problem::wrong_type(name, &format!("{at}.{name}"), "text"))
    };
    let method = text("method")?.to_uppercase();
    let uri = text("uri")?;
    if let Some(id) = row.get("sub_request_id").and_then(Value::as_str) {
        if seen.iter().any(|earlier| earlier == id) {
            return Err(Problem::new(
                400,
                "DUPLICATE_DATA",
                "duplicate data",
                json!({"api_name": "sub_request_id", "json_path": format!("{at}.sub_request_id"), "sub_request_indexes": [index]}),
            ));
        }
        seen.push(id.to_owned());
    }
    let (path, inline) = uri.split_once('?').unwrap_or((uri, ""));
    let path = path.strip_prefix("/crm/v8/").filter(|path| !path.starts_with(KEY)).ok_or_else(|| {
        Problem::new(
            400,
            "NOT_SUPPORTED",
            "the uri is not supported",
            json!({"api_name": "uri", "json_path": format!("{at}.uri")}),
        )
    })?;
    let plain = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let mut query: Vec<(String, String)> = inline
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (decode(name, true), decode(value, true)))
        .collect();
    for (name, value) in row.get("params").and_then(Value::as_object).into_iter().flatten() {
        query.push((name.clone(), plain(value)));
    }
    let header = |name: &str| {
        let headers = row.get("headers")?.as_object()?;
        headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| plain(value))
    };
    Ok(ApiCall {
        method,
        segments: path.trim_end_matches('/').split('/').map(|segment| decode(segment, false)).collect(),
        query,
        if_modified_since: header("if-modified-since"),
        if_unmodified_since: header("if-unmodified-since"),
        external: header("x-external"),
        body: row.get("body").filter(|body| !body.is_null()).cloned(),
    })
}
