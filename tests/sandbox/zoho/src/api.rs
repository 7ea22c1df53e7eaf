//! The way of a call through the REST API: token, limits, route, answer.

use crate::errors::{Problem, Reply, json_response, respond};
use crate::oauth::decode;
use crate::state::Zoho;
use sandbox_kernel::{Api, Call, Request, Response};
use serde_json::{Map, Value, json};

/// A call of the REST API, whether it came by itself or inside a composite request.
#[derive(Debug, Clone)]
pub(crate) struct ApiCall {
    pub(crate) method: String,
    pub(crate) segments: Vec<String>,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) if_modified_since: Option<String>,
    pub(crate) if_unmodified_since: Option<String>,
    pub(crate) external: Option<String>,
    pub(crate) body: Option<Value>,
}

impl ApiCall {
    pub(crate) fn param(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    /// The body's object, or the error for a body that is none.
    pub(crate) fn object(&self) -> Result<&Map<String, Value>, Problem> {
        self.body
            .as_ref()
            .and_then(Value::as_object)
            .ok_or_else(|| Problem::new(400, "INVALID_DATA", "body", json!({"expected_data_type": "jsonobject"})))
    }

    /// The rows under a key of the body.
    pub(crate) fn rows(&self, key: &str, most: usize) -> Result<&Vec<Value>, Problem> {
        let path = format!("$.{key}");
        let value = self.object()?.get(key).ok_or_else(|| Problem::mandatory(key, &path))?;
        let rows = value.as_array().ok_or_else(|| Problem::wrong_type(key, &path, "jsonarray"))?;
        if rows.is_empty() {
            return Err(Problem::mandatory(key, &path));
        }
        if rows.len() > most {
            return Err(Problem::too_long(key, &path, most));
        }
        Ok(rows)
    }
}

/// Who calls.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub(crate) user: u64,
    /// The scopes of the token; `None` for the test API, which may do everything.
    pub(crate) scopes: Option<Vec<String>>,
    /// Whether no right of the user counts: the test API as the organisation itself.
    pub(crate) unlimited: bool,
}

impl Api for Zoho {
    fn handle(&mut self, call: &Call, request: &Request) -> Response {
        self.now = call.now;
        if let Some(path) = request.path.strip_prefix("/accounts") {
            let path = path.to_owned();
            return self.accounts(request, &path);
        }
        let Some(path) = request.path.strip_prefix(self.api_path()).and_then(|path| path.strip_prefix("/crm/v8/"))
        else {
            return json_response(404, &Problem::unknown_url().body());
        };
        let segments = path.trim_end_matches('/').split('/').map(|segment| decode(segment, false)).collect();
        let reply = self.authenticated(call, request, segments).unwrap_or_else(Reply::from);
        let mut headers = Vec::new();
        if let Some(remaining) = self.credits_header() {
            headers.push(("X-API-CREDITS-REMAINING", remaining));
        }
        match reply.body {
            Some(body) => {
                headers.push(("content-type", "application/json;charset=UTF-8".to_owned()));
                respond(reply.status, &headers, body.to_string())
            }
            None => respond(reply.status, &headers, ""),
        }
    }
}

impl Zoho {
    /// Where the API of this organisation is, below the base.
    pub(crate) fn api_path(&self) -> &'static str {
        if self.is_sandbox { "/sandbox/api" } else { "/api" }
    }

    fn authenticated(&mut self, call: &Call, request: &Request, segments: Vec<String>) -> Result<Reply, Problem> {
        let unauthenticated = || Problem::new(401, "AUTHENTICATION_FAILURE", "Authentication failed", json!({}));
        let authorization = request.header("authorization").ok_or_else(unauthenticated)?;
        let token = authorization.strip_prefix("Zoho-oauthtoken ").ok_or_else(unauthenticated)?;
        let access = self
            .access_token(token.trim())
            .ok_or_else(|| Problem::new(401, "INVALID_TOKEN", "invalid oauth token", json!({})))?;
        let caller = Caller { user: access.user, scopes: Some(access.scopes.clone()), unlimited: false };
        self.allow_user(caller.user, &segments)?;
        let header = |name: &str| request.header(name).map(str::to_owned);
        let body =
            if request.body.is_empty() {
                None
            } else {
                Some(serde_json::from_slice(&request.body).map_err(|_| {
                    Problem::new(400, "INVALID_DATA", "body", json!({"expected_data_type": "jsonobject"}))
                })?)
            };
        let api_call = ApiCall {
            method: request.method.as_str().to_owned(),
            segments,
            query: request.query.clone(),
            if_modified_since: header("if-modified-since"),
            if_unmodified_since: header("if-unmodified-since"),
            external: header("x-external"),
            body,
        };
        self.spend(call.in_flight, &api_call)?;
        self.route(&caller, &api_call)
    }

    /// Answers one call of a caller whose token is good.
    pub(crate) fn route(&mut self, caller: &Caller, call: &ApiCall) -> Result<Reply, Problem> {
        let segments: Vec<&str> = call.segments.iter().map(String::as_str).collect();
        let method = call.method.as_str();
        let read = method == "GET";
        match segments.as_slice() {
            ["coql"] if method == "POST" => {
                self.require(caller, "coql", "READ")?;
                self.coql(caller, call)
            }
            ["__composite_requests"] if method == "POST" => {
                self.require(caller, "composite_requests", "CUSTOM")?;
                self.composite(caller, call)
            }
            ["org"] if read => {
                self.require(caller, "org", "READ")?;
                Ok(self.org_info())
            }
            ["org", "currencies"] if read => {
                self.require(caller, "settings.currencies", "READ")?;
                Ok(self.currency_list(caller))
            }
            ["org", "taxes", rest @ ..] if rest.len() < 2 => {
                // Its scope is documented nowhere: only the widest ones are known to do.
                self.require(caller, "org.taxes", "ALL")?;
                self.taxes_are_open()?;
                self.org_taxes(caller, call, rest.first().copied())
            }
            ["users"] if read => {
                self.require(caller, "users", "READ")?;
                self.user_list(caller, call)
            }
            ["users", id] if read => {
                self.require(caller, "users", "READ")?;
                self.one_user(caller, id)
            }
            ["settings", "profiles"] if read => {
                self.require(caller, "settings.profiles", "READ")?;
                self.profile_list(caller)
            }
            ["settings", "profiles", id] if read => {
                self.require(caller, "settings.profiles", "READ")?;
                self.one_profile(caller, id)
            }
            ["settings", "modules"] if read => {
                self.require(caller, "settings.modules", "READ")?;
                Ok(self.module_list(caller, call))
            }
            ["settings", "modules", name] if read => {
                self.require(caller, "settings.modules", "READ")?;
                self.one_module(caller, name)
            }
            ["settings", "fields"] => match method {
                "GET" => {
                    self.require(caller, "settings.fields", "READ")?;
                    self.field_list(caller, call)
                }
                "POST" => {
                    self.require(caller, "settings.fields", "CREATE")?;
                    self.create_fields(caller, call)
                }
                "PATCH" => {
                    self.require(caller, "settings.fields", "UPDATE")?;
                    self.change_fields(caller, call, None)
                }
                _ => Err(Problem::wrong_method()),
            },
            ["settings", "fields", id] => match method {
                "GET" => {
                    self.require(caller, "settings.fields", "READ")?;
                    self.one_field(caller, call, id)
                }
                "PATCH" => {
                    self.require(caller, "settings.fields", "UPDATE")?;
                    self.change_fields(caller, call, Some(id))
                }
                "DELETE" => {
                    self.require(caller, "settings.fields", "DELETE")?;
                    self.delete_field(caller, call, id)
                }
                _ => Err(Problem::wrong_method()),
            },
            ["settings", "layouts"] if read => {
                self.require(caller, "settings.layouts", "READ")?;
                self.layout_list(caller, call)
            }
            ["settings", "related_lists"] if read => {
                self.require(caller, "settings.related_lists", "READ")?;
                self.related_list_list(caller, call)
            }
            ["settings", "variables", rest @ ..] if rest.len() < 2 => {
                let operation = match method {
                    "GET" => "READ",
                    "POST" => "CREATE",
                    "PUT" => "UPDATE",
                    "DELETE" => "DELETE",
                    _ => return Err(Problem::wrong_method()),
                };
                self.require(caller, "settings.variables", operation)?;
                self.variables_call(caller, call, rest.first().copied())
            }
            ["actions", "watch"] => {
                self.require(caller, "notifications", if read { "READ" } else { "CREATE" })?;
                self.watch(caller, call)
            }
            ["coql" | "__composite_requests" | "org" | "users" | "settings" | "actions", ..] => {
                let known = matches!(
                    segments.as_slice(),
                    ["coql" | "__composite_requests" | "org" | "users"]
                        | ["org", "currencies"]
                        | ["users", _]
                        | ["settings", "modules" | "layouts" | "related_lists" | "profiles", ..]
                );
                Err(if known { Problem::wrong_method() } else { Problem::unknown_url() })
            }
            [module, rest @ ..] => self.module_call(caller, call, module, rest),
            [] => Err(Problem::unknown_url()),
        }
    }

    fn module_call(&mut self, caller: &Caller, call: &ApiCall, module: &str, rest: &[&str]) -> Result<Reply, Problem> {
        let known = self.module(module).ok_or_else(|| Problem::invalid_module(module))?;
        let module = known.api_name.clone();
        if known.parent.is_some() {
            return Err(Problem::new(
                400,
                "NOT_SUPPORTED",
                "Please check whether the input values are correct",
                json!({"module": module}),
            ));
        }
        let method = call.method.as_str();
        let operation = match (method, rest) {
            ("GET", _) => "READ",
            ("POST", ["upsert"] | []) => "CREATE",
            ("PUT", [] | [_]) => "UPDATE",
            ("DELETE", [] | [_]) => "DELETE",
            _ => return Err(Problem::wrong_method()),
        };
        self.require_module(caller, &module, operation)?;
        if operation == "CREATE" && rest == ["upsert"] {
            self.require_module(caller, &module, "UPDATE")?;
        }
        self.allow_module(caller, &module, operation != "READ")?;
        match (method, rest) {
            ("GET", []) => self.list(caller, call, &module),
            ("POST", []) => self.insert_rows(caller, call, &module),
            ("PUT", []) => self.update_rows(caller, call, &module, None),
            ("DELETE", []) => {
                let ids = call.param("ids").ok_or_else(|| Problem::param_missing("ids"))?;
                self.delete_rows(caller, &module, ids.split(',').map(str::trim).map(str::to_owned).collect(), call)
            }
            ("POST", ["upsert"]) => self.upsert_rows(caller, call, &module),
            ("GET", ["deleted"]) => self.deleted_list(caller, call, &module),
            ("GET", ["search"]) => {
                self.require(caller, "search", "READ")?;
                self.search(caller, call, &module)
            }
            ("GET", ["actions", "count"]) => Ok(self.count(caller, &module)),
            ("GET", [id]) => self.get_one(caller, call, &module, id),
            ("PUT", [id]) => self.update_rows(caller, call, &module, Some(id)),
            ("DELETE", [id]) => self.delete_rows(caller, &module, vec![(*id).to_owned()], call),
            ("GET", [id, related]) => self.related(caller, call, &module, id, related),
            _ => Err(Problem::unknown_url()),
        }
    }
}
