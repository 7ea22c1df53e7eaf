//! Zoho's error envelope and the answers of the API.

use bytes::Bytes;
use sandbox_kernel::Response;
use serde_json::{Value, json};

/// Something that Zoho refuses: an HTTP status for when it is the whole answer, and the envelope.
#[derive(Debug, Clone)]
pub(crate) struct Problem {
    pub(crate) status: u16,
    pub(crate) code: &'static str,
    pub(crate) message: String,
    pub(crate) details: Value,
}

impl Problem {
    pub(crate) fn new(status: u16, code: &'static str, message: impl Into<String>, details: Value) -> Self {
        Self { status, code, message: message.into(), details }
    }

    /// `INVALID_DATA` for one key of a row.
    pub(crate) fn invalid(api_name: &str, json_path: &str) -> Self {
        Self::new(400, "INVALID_DATA", "invalid data", json!({"api_name": api_name, "json_path": json_path}))
    }

    /// `INVALID_DATA` with the type that Zoho wanted.
    pub(crate) fn wrong_type(api_name: &str, json_path: &str, expected: &str) -> Self {
        Self::new(
            400,
            "INVALID_DATA",
            "invalid data",
            json!({"expected_data_type": expected, "api_name": api_name, "json_path": json_path}),
        )
    }

    /// `INVALID_DATA` for text that is too long.
    pub(crate) fn too_long(api_name: &str, json_path: &str, maximum: usize) -> Self {
        Self::new(
            400,
            "INVALID_DATA",
            "invalid data",
            json!({"maximum_length": maximum, "api_name": api_name, "json_path": json_path}),
        )
    }

    /// `INVALID_DATA` for an id that names nothing (or nothing that this user may see).
    pub(crate) fn invalid_id(api_name: &str, json_path: &str) -> Self {
        Self::new(
            400,
            "INVALID_DATA",
            "the id given seems to be invalid",
            json!({"api_name": api_name, "json_path": json_path}),
        )
    }

    pub(crate) fn mandatory(api_name: &str, json_path: &str) -> Self {
        Self::new(
            400,
            "MANDATORY_NOT_FOUND",
            "required field not found",
            json!({"api_name": api_name, "json_path": json_path}),
        )
    }

    pub(crate) fn param_missing(param: &str) -> Self {
        Self::new(
            400,
            "REQUIRED_PARAM_MISSING",
            "One of the expected parameter is missing",
            json!({"param_name": param, "param": param}),
        )
    }

    pub(crate) fn invalid_param(param: &str) -> Self {
        Self::new(400, "INVALID_DATA", "invalid data", json!({"param_name": param, "param": param}))
    }

    pub(crate) fn limit(message: &str, limit: usize) -> Self {
        Self::new(400, "LIMIT_EXCEEDED", message, json!({"limit": limit}))
    }

    pub(crate) fn invalid_module(name: &str) -> Self {
        Self::new(
            400,
            "INVALID_MODULE",
            "The module name given seems to be invalid",
            json!({"resource_path_index": 0, "api_name": name}),
        )
    }

    pub(crate) fn no_permission(permission: &str) -> Self {
        Self::new(403, "NO_PERMISSION", "permission denied", json!({"permissions": [permission]}))
    }

    /// A row for a record that the profile or the record's sharing does not let this user change.
    pub(crate) fn not_editable(right: &str, module: &str, id: u64) -> Self {
        let details = json!({"permissions": [format!("Crm_Implied_{right}_{module}")], "id": id.to_string()});
        Self::new(403, "NO_PERMISSION", "permission denied", details)
    }

    pub(crate) fn too_many_requests() -> Self {
        let message = "You have made too many requests continuously. Please try again after some time.";
        Self::new(429, "TOO_MANY_REQUESTS", message, json!({}))
    }

    pub(crate) fn unknown_url() -> Self {
        Self::new(404, "INVALID_URL_PATTERN", "Please check if the URL trying to access is a correct one", json!({}))
    }

    pub(crate) fn wrong_method() -> Self {
        Self::new(400, "INVALID_REQUEST_METHOD", "The http request method type is not a valid one", json!({}))
    }

    /// The envelope as JSON.
    pub(crate) fn body(&self) -> Value {
        json!({"code": self.code, "details": self.details, "message": self.message, "status": "error"})
    }
}

/// An answer before it is bytes.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: Option<Value>,
}

impl Reply {
    pub(crate) fn ok(body: Value) -> Self {
        Self { status: 200, body: Some(body) }
    }

    pub(crate) fn with(status: u16, body: Value) -> Self {
        Self { status, body: Some(body) }
    }

    /// An answer without a body: 204 or 304.
    pub(crate) fn empty(status: u16) -> Self {
        Self { status, body: None }
    }

    /// The answer to several rows: `ok` when all passed, 207 when some of several failed, and
    /// `all_failed` when the only row failed or every row did.
    pub(crate) fn rows(key: &str, rows: Vec<Result<Value, Problem>>, ok: u16, all_failed: u16) -> Self {
        let failed = rows.iter().filter(|row| row.is_err()).count();
        let status = if failed == 0 {
            ok
        } else if failed == rows.len() {
            rows.iter()
                .find_map(|row| row.as_ref().err())
                .filter(|problem| problem.status != 400)
                .map_or(all_failed, |problem| problem.status)
        } else {
            207
        };
        let rows: Vec<Value> = rows.into_iter().map(|row| row.unwrap_or_else(|problem| problem.body())).collect();
        Self::with(status, json!({ key: rows }))
    }
}

impl From<Problem> for Reply {
    fn from(problem: Problem) -> Self {
        Self::with(problem.status, problem.body())
    }
}

/// Makes a response. The parts are the sandbox's own and always valid; should they not be, the answer is an empty 500.
pub(crate) fn respond(status: u16, headers: &[(&str, String)], body: impl Into<Bytes>) -> Response {
    let mut builder = http::Response::builder().status(status);
    for (name, value) in headers {
        builder = builder.header(*name, value);
    }
    builder.body(body.into()).unwrap_or_else(|_| {
        let mut response = http::Response::new(Bytes::new());
        *response.status_mut() = http::StatusCode::INTERNAL_SERVER_ERROR;
        response
    })
}

/// A JSON response.
pub(crate) fn json_response(status: u16, body: &Value) -> Response {
    respond(status, &[("content-type", "application/json;charset=UTF-8".into())], body.to_string())
}
