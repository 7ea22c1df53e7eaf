//! The OpenAPI 3.1 document of the API: the types of [`crate::api`] and its table of addresses ([`super::address`]).
//!
//! `docs/openapi.json` holds it; the test `openapi` keeps that file up to date, and a tester that reads it is let loose
//! on the running Worker.

use super::ErrorDocument;
use super::address::{By, ROWS, Repeated, Row};
use super::portal::RecordsQuery;
use super::runs::LogQuery;
use crate::id::{OrgId, ZohoId};
use crate::module::Module;
use schemars::generate::{Contract, SchemaSettings};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// Where a document keeps its schemas.
const SCHEMAS: &str = "#/components/schemas/";

/// The schema of a type, as a reference to its definition.
pub(super) type SchemaOf = fn(&mut SchemaGenerator) -> Schema;

/// What the document says of an address beside its row's method and path.
#[derive(Debug)]
pub(super) struct Document {
    /// `operationId`: unique, and what a client generated from the document calls it.
    pub(super) id: &'static str,
    /// One sentence, or two.
    pub(super) summary: &'static str,
    pub(super) tag: Tag,
    pub(super) query: Query,
    pub(super) request: Option<SchemaOf>,
    /// Of a success.
    pub(super) status: u16,
    pub(super) answer: Answer,
    /// Status codes with which it can fail, beside those of everything that needs a session.
    pub(super) failures: &'static [u16],
}

/// A group of addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tag {
    /// Needs no session, except for the session itself.
    Access,
    Setup,
    Records,
    Runs,
    Log,
    Settings,
    Status,
}

impl Tag {
    const ALL: [(Self, &'static str, &'static str); 7] = [
        (Self::Access, "Access", "Signing in and connecting."),
        (Self::Setup, "Set-up", "From nothing to the first record, and back."),
        (Self::Records, "Records", "One record of the CRM beside its partner in Xero."),
        (Self::Runs, "Runs", "Many records in one go."),
        (Self::Log, "Log", "What became of each record."),
        (Self::Settings, "Settings", "What administrators choose."),
        (Self::Status, "Status", "How the sync is."),
    ];

    fn name(self) -> &'static str {
        Self::ALL.into_iter().find(|(tag, ..)| *tag == self).map_or("", |(_, name, _)| name)
    }
}

/// What may stand after the question mark.
#[derive(Debug)]
pub(super) enum Query {
    Nothing,
    /// A page that begins after the entry or run of this id.
    Before,
    /// Whether both organisations' lists are read anew.
    Fresh,
    /// The settings' version that was seen before they were changed.
    Version,
    /// Whose sessions.
    User,
    /// The fields of [`RecordsQuery`].
    Records,
    /// The fields of [`LogQuery`], with at most so many entries.
    Log {
        most: u32,
    },
}

/// What a success looks like.
#[derive(Debug)]
pub(super) enum Answer {
    Nothing,
    Json(SchemaOf),
    Text(&'static str, &'static str),
}

/// The schema of what is asked for.
pub(super) const fn of<T: JsonSchema>() -> SchemaOf {
    SchemaGenerator::subschema_for::<T>
}

/// A success without a body.
pub(super) const fn nothing() -> Answer {
    Answer::Nothing
}

/// A success with this type as its body.
pub(super) const fn json<T: JsonSchema>() -> Answer {
    Answer::Json(of::<T>())
}

/// A success with a body of this media type, and what it holds.
pub(super) const fn text(kind: &'static str, words: &'static str) -> Answer {
    Answer::Text(kind, words)
}

/// The whole document.
#[must_use]
pub fn document() -> Value {
    let mut schemas = Schemas::new();
    let mut paths = Map::new();
    for row in ROWS {
        let operation = operation(row, &mut schemas);
        let path = paths.entry(row.path).or_insert_with(|| json!({}));
        path[row.method.to_lowercase()] = operation;
    }
    let tags = Tag::ALL.map(|(_, name, description)| json!({ "name": name, "description": description }));
    let mut document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Ledgerlink",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Money is a decimal as text, an instant is RFC 3339 in UTC, a calendar day is `YYYY-MM-DD`. \
                            Every error is a problem document as RFC 9457 has them.",
            "license": { "name": "MIT or Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": "/", "description": "The installation's own address." }],
        "security": [{ "cookie": [] }, { "session": [] }],
        "tags": tags,
        "paths": paths,
        "components": {
            "securitySchemes": {
                "cookie": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": "__Host-ledgerlink",
                    "description": "Set by `POST /api/session`, partitioned: for us within the pages of one CRM.",
                },
                "session": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "The token of `POST /api/session`, where the browser keeps no cookie.",
                },
            },
        },
    });
    schemas.settle(&mut document);
    plain_words(&mut document);
    document
}

fn operation(row: &Row, schemas: &mut Schemas) -> Value {
    let endpoint = &row.document;
    // Signing out works without a session too: it then has nothing to end.
    let open = row.by == By::Door && endpoint.id != "signOut";
    let mut responses = Map::new();
    let content = match &endpoint.answer {
        Answer::Nothing => None,
        Answer::Json(schema) => Some(json!({ "application/json": { "schema": schemas.answered(*schema) } })),
        Answer::Text(kind, words) => Some(json!({ (*kind): { "schema": { "type": "string", "description": words } } })),
    };
    let mut success = json!({ "description": meaning(endpoint.status) });
    if let Some(content) = content {
        success["content"] = content;
    }
    if endpoint.status == 201 {
        let words = "The run's own address.";
        success["headers"] =
            json!({ "Location": { "description": words, "required": true, "schema": { "type": "string" } } });
    }
    responses.insert(endpoint.status.to_string(), success);
    let mut failures: BTreeSet<u16> = endpoint.failures.iter().copied().collect();
    failures.insert(500);
    // Who is signed in is asked by every tab; everything else is counted.
    if !matches!((row.method, row.path), (_, "/api/health") | ("GET" | "DELETE", "/api/session")) {
        failures.insert(429);
    }
    if !open && endpoint.id != "signOut" {
        failures.insert(401);
    }
    for status in failures {
        let failure = json!({ "$ref": format!("#/components/responses/{status}") });
        responses.insert(status.to_string(), failure);
    }
    let mut operation = json!({
        "operationId": endpoint.id,
        "summary": endpoint.summary.trim(),
        "tags": [endpoint.tag.name()],
        "responses": responses,
    });
    let mut parameters = path_parameters(row.path, schemas);
    parameters.extend(query_parameters(&endpoint.query, schemas));
    if row.repeated == Repeated::Key {
        parameters.push(json!({
            "name": "Idempotency-Key",
            "in": "header",
            "required": true,
            "description": "Names the request, for a day: when it is sent again, the answer is what the first one did.",
            "schema": { "type": "string", "pattern": "^[0-9A-Za-z_-]{8,64}$" },
        }));
    }
    if row.method != "GET" {
        parameters.push(json!({
            "name": "X-Ledgerlink",
            "in": "header",
            "required": true,
            "description": "Any value; our own pages say which they are. Together with an `Origin` of this installation it \
                            says that a page of ours asks: a form of another site can't set it.",
            "schema": { "type": "string", "pattern": "^([0-9]|panel|portal)$" },
        }));
    }
    if !parameters.is_empty() {
        operation["parameters"] = Value::Array(parameters);
    }
    if let Some(request) = endpoint.request {
        operation["requestBody"] = json!({
            // Whoever has nothing to let go sends a sync without a word.
            "required": endpoint.id != "syncRecord",
            "content": { "application/json": { "schema": schemas.asked(request) } },
        });
    }
    if open {
        operation["security"] = json!([]);
    }
    if endpoint.id == "signOut" {
        // Whoever has no session is signed out already.
        operation["security"] = json!([{}, { "cookie": [] }, { "session": [] }]);
    }
    operation
}

fn path_parameters(path: &str, schemas: &mut Schemas) -> Vec<Value> {
    let names = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let parameter = |name: &str| {
        // Ids of ours sort by time: milliseconds, then what tells those of one moment apart.
        let ours = json!({ "type": "string", "pattern": "^[0-9]{13}-[0-9A-Za-z_-]{16}$" });
        let (schema, words) = match name {
            "module" => (schemas.asked(of::<Module>()), "The pair, by the CRM's name of the module."),
            _ if path.starts_with("/api/records/") => (schemas.asked(of::<ZohoId>()), "The CRM record."),
            _ if path.starts_with("/api/entries/") => (ours, "The entry of the log."),
            "org" => (schemas.asked(of::<OrgId>()), "The organisation: data centre and number."),
            _ if path.starts_with("/api/administrators/") => (schemas.asked(of::<ZohoId>()), "The CRM user."),
            _ if path.starts_with("/api/sessions/") => {
                (json!({ "type": "string", "pattern": "^[0-9A-Za-z_-]{16}$" }), "The session, as the list names it.")
            }
            _ => (ours, "The run."),
        };
        json!({ "name": name, "in": "path", "required": true, "description": words, "schema": schema })
    };
    names.map(parameter).collect()
}

fn query_parameters(query: &Query, schemas: &mut Schemas) -> Vec<Value> {
    match query {
        Query::Nothing => Vec::new(),
        Query::Before => vec![json!({
            "name": "before",
            "in": "query",
            "description": "The last id of the page before.",
            "schema": { "type": "string", "minLength": 1, "maxLength": 40 },
        })],
        Query::Fresh => vec![json!({
            "name": "fresh",
            "in": "query",
            "description": "Whether both organisations' lists are read anew.",
            "schema": { "type": "boolean", "default": false },
        })],
        Query::Version => vec![json!({
            "name": "version",
            "in": "query",
            "required": true,
            "description": "The settings' version that was seen before they were changed: a newer one is not \
                            overwritten.",
            "schema": { "type": "integer", "format": "int64" },
        })],
        Query::User => vec![json!({
            "name": "user",
            "in": "query",
            "description": "The CRM user's id; everybody when it is absent.",
            "schema": schemas.asked(of::<ZohoId>()),
        })],
        Query::Records => vec![
            json!({
                "name": "name",
                "in": "query",
                "description": "A part of the name or number; all records when it is empty or absent.",
                "schema": { "type": "string", "maxLength": 100 },
            }),
            json!({
                "name": "ids",
                "in": "query",
                "description": "Records by their CRM ids, comma separated. Not together with `name`. Those that are not \
                                there, or not for the user, are left out.",
                "schema": {
                    "type": "string",
                    "pattern": format!("^[0-9]{{1,20}}(,[0-9]{{1,20}}){{0,{}}}$", RecordsQuery::MOST_IDS - 1),
                },
            }),
        ],
        Query::Log { most } => {
            let schema = LogQuery::json_schema(&mut schemas.asked);
            let properties = schema.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
            let mut parameters: Vec<Value> =
                properties.into_iter().map(|(name, schema)| query_parameter(&name, schema)).collect();
            for parameter in parameters.iter_mut().filter(|parameter| parameter["name"] == "limit") {
                parameter["schema"]["maximum"] = json!(most);
            }
            parameters
        }
    }
}

/// A field of a query as a parameter: absent where a body would have null.
fn query_parameter(name: &str, mut schema: Value) -> Value {
    let description = schema.as_object_mut().and_then(|schema| schema.remove("description")).unwrap_or_default();
    if let Some(schema) = schema.as_object_mut() {
        schema.remove("default");
        let kinds = schema.get("type").and_then(Value::as_array).cloned().unwrap_or_default();
        if let [kind] = kinds.into_iter().filter(|kind| kind != "null").collect::<Vec<_>>().as_slice() {
            schema.insert("type".to_owned(), kind.clone());
            // `?run=` asks for nothing: it is refused.
            if kind == "string" && !schema.contains_key("format") {
                schema.insert("minLength".to_owned(), json!(1));
                // As `edge/src/web/query.rs` reads them: ids, and parts of names.
                schema.insert("maxLength".to_owned(), json!(if name == "name" { 100 } else { 40 }));
            }
        }
    }
    if let Some(choices) = schema.get("anyOf").and_then(Value::as_array) {
        let real: Vec<_> = choices.iter().filter(|choice| choice["type"] != "null").collect();
        if let [only] = real.as_slice() {
            schema = (*only).clone();
        }
    }
    json!({ "name": name, "in": "query", "description": description, "schema": schema })
}

fn meaning(status: u16) -> &'static str {
    match status {
        200 => "Done.",
        201 => "A run was begun.",
        204 => "Done; there is nothing to say.",
        400 => "The request is not as it has to be; the problem names the field.",
        401 => "There is no session, or it has ended.",
        403 => "The user may not do or see this.",
        404 => "There is no such record, run or entry, as far as the user may see.",
        409 => "The state of the connection or of another run does not allow it now.",
        413 => "The body is too large.",
        422 => "It is understood, but a problem has to be solved first.",
        429 => "A limit is reached: a vendor's, or the share of whoever asks. The problem says until when.",
        500 => "A failure of the Worker itself.",
        503 => "A vendor does not answer.",
        _ => "",
    }
}

/// The schemas that the document needs. What is asked for may leave out what has a default; what is answered never
/// does, so that the same type can have two schemas.
struct Schemas {
    asked: SchemaGenerator,
    answered: SchemaGenerator,
}

impl Schemas {
    fn new() -> Self {
        let generator = |contract: Contract| {
            let settings = SchemaSettings::draft2020_12().with(|settings| {
                settings.definitions_path = SCHEMAS.trim_start_matches('#').trim_end_matches('/').into();
                settings.meta_schema = None;
                settings.contract = contract;
            });
            settings.into_generator()
        };
        Self { asked: generator(Contract::Deserialize), answered: generator(Contract::Serialize) }
    }

    /// A type of a request.
    fn asked(&mut self, schema: SchemaOf) -> Value {
        // Told apart from an answer's until all are known.
        let mut schema = schema(&mut self.asked).to_value();
        rename(&mut schema, &|name| Some(format!("{ASKED}{name}")));
        schema
    }

    /// A type of an answer.
    fn answered(&mut self, schema: SchemaOf) -> Value {
        schema(&mut self.answered).to_value()
    }

    /// Puts all schemas and the failures into the document. Where a type is asked for as it is answered, one schema
    /// serves both; otherwise the one that is asked for is called `…Input`.
    fn settle(mut self, document: &mut Value) {
        let error = self.answered(of::<ErrorDocument>());
        let mut answered = self.answered.take_definitions(true);
        let mut asked = self.asked.take_definitions(true);
        let mut different: BTreeSet<String> = BTreeSet::new();
        loop {
            let same = |name: &String, schema: &Value| {
                let Some(other) = answered.get(name) else { return true };
                other == schema && !references(schema).iter().any(|name| different.contains(name))
            };
            let found: BTreeSet<String> =
                asked.iter().filter(|(name, schema)| !same(name, schema)).map(|(name, _)| name.clone()).collect();
            if found == different {
                break;
            }
            different = found;
        }
        let named = |name: &str| if different.contains(name) { format!("{name}Input") } else { name.to_owned() };
        for schema in asked.values_mut() {
            rename(schema, &|name| Some(named(name)));
        }
        for (name, mut schema) in asked {
            close(&mut schema);
            answered.insert(named(&name), schema);
        }
        rename(document, &|name| name.strip_prefix(ASKED).map(named));
        let failures = [400_u16, 401, 403, 404, 409, 413, 422, 429, 500, 503].map(|status| {
            let content = json!({ "application/problem+json": { "schema": error } });
            let mut failure = json!({ "description": meaning(status), "content": content });
            if status == 429 {
                failure["headers"] = json!({ "Retry-After": {
                    "description": "Seconds after which it is worth another try.",
                    "required": true,
                    "schema": { "type": "integer", "minimum": 1 },
                }});
            }
            (status.to_string(), failure)
        });
        document["components"]["responses"] = Value::Object(failures.into_iter().collect());
        answered.sort_keys();
        document["components"]["schemas"] = Value::Object(answered);
    }
}

/// What is asked for has no members but these.
fn close(schema: &mut Value) {
    match schema {
        Value::Array(values) => values.iter_mut().for_each(close),
        Value::Object(members) => {
            if members.get("properties").is_some_and(Value::is_object) && !members.contains_key("additionalProperties")
            {
                members.insert("additionalProperties".to_owned(), json!(false));
            }
            for (key, value) in members {
                // An example or a default is no schema.
                if !matches!(key.as_str(), "default" | "examples" | "enum" | "const") {
                    close(value);
                }
            }
        }
        _ => {}
    }
}

/// Marks a reference to what is asked for.
const ASKED: &str = "asked:";

/// Gives references to schemas other names; those for which there is none stay.
fn rename(value: &mut Value, name: &dyn Fn(&str) -> Option<String>) {
    match value {
        Value::Array(values) => values.iter_mut().for_each(|value| rename(value, name)),
        Value::Object(members) => {
            for (key, value) in members {
                let new = value.as_str().and_then(|text| text.strip_prefix(SCHEMAS)).and_then(name);
                match new {
                    Some(new) if key == "$ref" => *value = Value::String(format!("{SCHEMAS}{new}")),
                    _ => rename(value, name),
                }
            }
        }
        _ => {}
    }
}

/// The names of the schemas that a schema refers to.
fn references(value: &Value) -> Vec<String> {
    match value {
        Value::Array(values) => values.iter().flat_map(references).collect(),
        Value::Object(members) => {
            let own = members.get("$ref").and_then(Value::as_str).and_then(|text| text.strip_prefix(SCHEMAS));
            own.map(str::to_owned).into_iter().chain(members.values().flat_map(references)).collect()
        }
        _ => Vec::new(),
    }
}

/// Descriptions come from comments in the code: their links lead nowhere here.
fn plain_words(value: &mut Value) {
    match value {
        Value::Array(values) => values.iter_mut().for_each(plain_words),
        Value::Object(members) => {
            for (key, value) in members {
                match value {
                    Value::String(text) if key == "description" => {
                        *text = text.replace("[`", "`").replace("`]", "`").replace('\n', " ");
                    }
                    value => plain_words(value),
                }
            }
        }
        _ => {}
    }
}
