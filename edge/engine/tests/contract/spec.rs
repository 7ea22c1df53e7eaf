//! The vendors' OpenAPI files as a list of operations with JSON Schemas.

use jsonschema::Registry;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Where Zoho's files point to each other.
const ZOHO_REMOTE: &str = "https://raw.githubusercontent.com/Zohocorp-Pvt-Ltd/crm-oas/refs/heads/main/v8.0/";

/// The files: vendor's name, file, and the path that the operations of the file have before their own in the journal.
const FILES: [(Vendor, &str, &str); 9] = [
    (Vendor::Xero, "xero/xero_accounting.yaml", "/api/api.xro/2.0"),
    // Its paths begin with a capital ("/Connections"), the API's do not (facts: Xero, Endpoints).
    (Vendor::Xero, "xero/xero-identity.yaml", "/api"),
    (Vendor::Zoho, "zoho/record.json", "/api"),
    (Vendor::Zoho, "zoho/related_records.json", "/api"),
    (Vendor::Zoho, "zoho/fields.json", "/api"),
    (Vendor::Zoho, "zoho/org.json", "/api"),
    (Vendor::Zoho, "zoho/users.json", "/api"),
    (Vendor::Zoho, "zoho/composite_requests.json", "/api"),
    (Vendor::Zoho, "zoho/coql.json", "/api"),
];

/// Files that hold schemas for the others only.
const SCHEMAS_ONLY: [&str; 4] =
    ["zoho/common.json", "zoho/layouts.json", "zoho/modules.json", "zoho/related_lists.json"];

/// Zoho's files that the others point to and that are not there: what they describe is not checked.
const ABSENT: [&str; 3] = ["custom_views", "profiles", "tags"];

/// Whose API an operation belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Vendor {
    /// Zoho CRM.
    Zoho,
    /// Xero.
    Xero,
}

/// How strictly a schema is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// For requests: a member that the schema does not know is an error, a read-only one too.
    Strict,
    /// For responses: further members are allowed. A vendor adds members at any time.
    Lenient,
}

impl Mode {
    fn name(self) -> &'static str {
        match self {
            Self::Strict => "strict",
            Self::Lenient => "lenient",
        }
    }
}

/// A parameter of an operation.
#[derive(Debug)]
pub(crate) struct Parameter {
    /// Its name.
    pub(crate) name: String,
    /// `query`, `header` or `path`.
    pub(crate) place: String,
    /// Whether a call must have it.
    pub(crate) required: bool,
    /// Its schema as the file has it.
    pub(crate) schema: Value,
}

/// An operation.
#[derive(Debug)]
pub(crate) struct Operation {
    /// The vendor.
    pub(crate) vendor: Vendor,
    /// `GET`, `POST`, …
    pub(crate) method: String,
    /// The path with its `{parameters}`, as the journal has it.
    pub(crate) template: String,
    /// The parameters of the operation and of its path.
    pub(crate) parameters: Vec<Parameter>,
    /// The request's body: its schema, and whether a call must have one.
    pub(crate) request: Option<(Value, bool)>,
    /// The responses by status; `None` for one without a JSON schema.
    pub(crate) responses: BTreeMap<u16, Option<Value>>,
}

impl Operation {
    /// Its name in reports and in the table of deviations.
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.method, self.template)
    }

    /// How well a path fits: how many of its segments are the template's own, and how many are what a parameter is
    /// known to look like. `None` when the path is another's.
    fn fits(&self, path: &str) -> Option<(usize, usize)> {
        let (wanted, given): (Vec<_>, Vec<_>) = (self.template.split('/').collect(), path.split('/').collect());
        if wanted.len() != given.len() {
            return None;
        }
        let (mut own, mut alike) = (0, 0);
        for (wanted, given) in wanted.iter().zip(given) {
            let Some(name) = wanted.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) else {
                if *wanted != given {
                    return None;
                }
                own += 1;
                continue;
            };
            let declared = self.parameters.iter().find(|one| one.place == "path" && one.name == name);
            let by_schema = declared.and_then(|one| is_like(&one.schema, given));
            match by_schema.or_else(|| is_like_its_name(name, given)) {
                Some(false) => return None,
                Some(true) => alike += 1,
                None => {}
            }
        }
        Some((own, alike))
    }
}

/// Whether a segment is what its schema says; `None` when the schema does not say.
fn is_like(schema: &Value, segment: &str) -> Option<bool> {
    (schema["format"] == "uuid").then(|| segment.len() == 36 && segment.split('-').count() == 5)
}

/// Whether a segment is what the parameter's name says; `None` for names that say nothing. Zoho's files say nothing of
/// a segment's form, so `/org/taxes` would pass for a record of a module.
fn is_like_its_name(name: &str, segment: &str) -> Option<bool> {
    match name {
        "module_api_name" => Some(shared::module::Module::ALL.iter().any(|module| module.api_name() == segment)),
        "id" | "record_id" => Some(segment.bytes().all(|one| one.is_ascii_digit())),
        _ => None,
    }
}

/// All operations, and the schemas that they point to.
#[derive(Debug)]
pub(crate) struct Specs {
    /// The operations.
    pub(crate) operations: Vec<Operation>,
    documents: Vec<(String, Value)>,
}

impl Specs {
    /// Where the files are, beside the project; `None` when they are not.
    pub(crate) fn folder() -> Option<PathBuf> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/specs");
        folder.is_dir().then_some(folder)
    }

    /// Reads the files.
    pub(crate) fn read(folder: &Path) -> Self {
        let mut specs = Self { operations: Vec::new(), documents: Vec::new() };
        for (vendor, file, base) in FILES {
            let document = load(folder, file);
            specs.add_operations(vendor, base, &stem(file), &document);
            specs.add_schemas(&stem(file), &document);
        }
        for file in SCHEMAS_ONLY {
            specs.add_schemas(&stem(file), &load(folder, file));
        }
        specs
    }

    /// The schemas for validators.
    pub(crate) fn registry(&self) -> Registry<'_> {
        let mut builder = Registry::new();
        for (uri, document) in &self.documents {
            builder = builder.add(uri, document).unwrap();
        }
        builder.prepare().unwrap()
    }

    /// The operation that a call belongs to: of several that fit, the one with the most segments of its own.
    pub(crate) fn find(&self, vendor: Vendor, method: &str, path: &str) -> Option<usize> {
        let fitting =
            self.operations.iter().enumerate().filter(|(_, one)| one.vendor == vendor && one.method == method);
        let ranked = fitting.filter_map(|(at, one)| Some((one.fits(path)?, std::cmp::Reverse(at))));
        ranked.max().map(|(_, std::cmp::Reverse(at))| at)
    }

    fn add_schemas(&mut self, file: &str, document: &Value) {
        let empty = Map::new();
        let schemas = document.pointer("/components/schemas").and_then(Value::as_object).unwrap_or(&empty);
        for mode in [Mode::Strict, Mode::Lenient] {
            let converted: Map<_, _> =
                schemas.iter().map(|(name, one)| (name.clone(), schema(one, file, mode))).collect();
            self.documents.push((uri(mode, file), json!({ "$defs": converted })));
        }
    }

    fn add_operations(&mut self, vendor: Vendor, base: &str, file: &str, document: &Value) {
        for (path, item) in document["paths"].as_object().unwrap() {
            let path = if file == "xero-identity" { path.replacen("/C", "/c", 1) } else { path.clone() };
            let shared_parameters = item["parameters"].as_array().cloned().unwrap_or_default();
            for (method, operation) in item.as_object().unwrap() {
                if !["get", "put", "post", "patch", "delete"].contains(&method.as_str()) {
                    continue;
                }
                let own = operation["parameters"].as_array().cloned().unwrap_or_default();
                let parameters = shared_parameters.iter().chain(&own).map(|one| parameter(resolve(document, one)));
                let request = operation.get("requestBody").map(|body| {
                    let body = resolve(document, body);
                    let given = &body["content"]["application/json"]["schema"];
                    (schema(given, file, Mode::Strict), body["required"] == true)
                });
                let responses = operation["responses"].as_object().unwrap().iter().filter_map(|(status, response)| {
                    let content = resolve(document, response)["content"].get("application/json");
                    let given = content.and_then(|content| content.get("schema"));
                    Some((status.parse().ok()?, given.map(|given| schema(given, file, Mode::Lenient))))
                });
                self.operations.push(Operation {
                    vendor,
                    method: method.to_uppercase(),
                    template: format!("{base}{path}"),
                    parameters: parameters.collect(),
                    request,
                    responses: responses.collect(),
                });
            }
        }
    }
}

fn load(folder: &Path, file: &str) -> Value {
    let text = std::fs::read_to_string(folder.join(file)).unwrap();
    if file.ends_with(".yaml") { serde_yaml_ng::from_str(&text).unwrap() } else { serde_json::from_str(&text).unwrap() }
}

fn stem(file: &str) -> String {
    Path::new(file).file_stem().unwrap().to_str().unwrap().to_owned()
}

fn uri(mode: Mode, file: &str) -> String {
    format!("https://specs.invalid/{}/{file}", mode.name())
}

/// The object itself, or what its `$ref` within the file points to.
fn resolve<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    match value["$ref"].as_str() {
        None => value,
        Some(reference) => document.pointer(reference.strip_prefix('#').unwrap()).unwrap(),
    }
}

fn parameter(given: &Value) -> Parameter {
    Parameter {
        name: given["name"].as_str().unwrap().to_owned(),
        place: given["in"].as_str().unwrap().to_owned(),
        required: given["required"] == true,
        schema: given["schema"].clone(),
    }
}

/// An OpenAPI 3.0 schema as a JSON Schema: `nullable` becomes a type, references become absolute, examples, defaults
/// and `x-…` go.
fn schema(given: &Value, file: &str, mode: Mode) -> Value {
    let Some(given) = given.as_object() else { return json!(true) };
    // In OpenAPI 3.0 nothing beside a reference counts.
    if let Some(reference) = given.get("$ref").and_then(Value::as_str) {
        return refer(reference, file, mode);
    }
    let mut made = Map::new();
    for (key, value) in given {
        match key.as_str() {
            "type" | "enum" | "format" | "pattern" | "maxLength" | "minLength" | "minimum" | "maximum" | "minItems"
            | "maxItems" | "required" => {
                made.insert(key.clone(), value.clone());
            }
            "items" => {
                made.insert(key.clone(), schema(value, file, mode));
            }
            "additionalProperties" if value.is_object() => {
                made.insert(key.clone(), schema(value, file, mode));
            }
            "properties" => {
                let known = value.as_object().unwrap().iter();
                let known = known.filter(|(_, one)| mode == Mode::Lenient || one["readOnly"] != true);
                let known: Map<_, _> = known.map(|(name, one)| (name.clone(), schema(one, file, mode))).collect();
                made.insert(key.clone(), Value::Object(known));
                if given.contains_key("additionalProperties") {
                    continue;
                }
                if mode == Mode::Strict {
                    made.insert("additionalProperties".to_owned(), json!(false));
                } else {
                    // Many a schema requires nothing. An object of which it knows no member is something else.
                    let one_of_them = value.as_object().unwrap().keys().map(|name| json!({ "required": [name] }));
                    let some: Vec<_> = one_of_them.chain([json!({ "maxProperties": 0 })]).collect();
                    made.insert("allOf".to_owned(), json!([{ "anyOf": some }]));
                }
            }
            // Without required members many an object fits several of `oneOf`, so one that fits must do.
            "oneOf" | "anyOf" => {
                let options = value.as_array().unwrap().iter().map(|one| schema(one, file, mode));
                made.insert("anyOf".to_owned(), options.collect());
            }
            // What says nothing of the form.
            "nullable" | "example" | "examples" | "description" | "default" | "externalDocs" | "readOnly" => {}
            _ if key.starts_with("x-") => {}
            "additionalProperties" if value == true => {}
            _ => panic!("{file}: a schema has {key}"),
        }
    }
    if given.get("nullable") == Some(&json!(true)) {
        if let Some(kind) = made.get("type").cloned() {
            made.insert("type".to_owned(), json!([kind, "null"]));
        }
        if let Some(Value::Array(options)) = made.get_mut("enum") {
            options.push(Value::Null);
        }
    }
    Value::Object(made)
}

fn refer(reference: &str, file: &str, mode: Mode) -> Value {
    let (file, pointer) = match reference.strip_prefix(ZOHO_REMOTE) {
        None => (file, reference.strip_prefix('#').unwrap()),
        Some(remote) => remote.split_once(".json#").unwrap(),
    };
    if ABSENT.contains(&file) {
        return json!(true);
    }
    let name = pointer.strip_prefix("/components/schemas/").unwrap();
    json!({ "$ref": format!("{}#/$defs/{name}", uri(mode, file)) })
}
