//! The contract: every request that the engine sends and every answer of the sandbox, against the vendors' OpenAPI
//! files.
//!
//! Requests are read strictly: a member, a query parameter or a header that the file does not know is an error.
//! Responses may have further members, but types, enumerations and required members must be right.
//! Where the files are known to be wrong, [`DEVIATIONS`] says so with the reason; one that is not needed any more fails
//! the test. The files are not part of the project: without them the tests say so and do nothing.

#![allow(clippy::unwrap_used, reason = "a test")]

#[path = "contract/spec.rs"]
mod spec;
use crate::support;

use engine::sync::Desk;
use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{Registry, ValidationError, Validator};
use ports::Clock;
use sandbox::{ApiName, Effect, Entry, Phase, Rule, World, seed};
use serde_json::{Value, json};
use shared::api::Outcome;
use shared::api::runs::Scope;
use shared::module::Module;
use shared::settings::{ApprovedEdits, Direction, SettingChange};
use spec::{Operation, Specs, Vendor};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use support::{BASE, Stage};

/// Which half of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Side {
    Request,
    Response,
}

/// Something that the files do not allow.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Finding {
    operation: String,
    side: Side,
    /// The place in the body with `*` for each index, or the parameter's or header's name.
    place: String,
    /// What is wrong there.
    problem: String,
}

/// A difference that is known: the files are wrong, or silent.
struct Deviation {
    operation: &'static str,
    side: Side,
    /// The place; `…` at its end stands for anything.
    place: &'static str,
    /// The problem.
    problem: &'static str,
    /// Why the file is not followed, with the source.
    reason: &'static str,
}

/// Where the engine and the sandbox differ from the files, and why.
const DEVIATIONS: &[Deviation] = &[
    Deviation {
        operation: "GET /api/connections",
        side: Side::Response,
        place: "/*/createdDateUtc",
        problem: "format is broken",
        reason: "the file's own example has no offset, as the API: 2019-12-07T18:46:19.5165400",
    },
    Deviation {
        operation: "GET /api/connections",
        side: Side::Response,
        place: "/*/updatedDateUtc",
        problem: "format is broken",
        reason: "as createdDateUtc",
    },
    Deviation {
        operation: "GET /api/crm/v8/settings/fields",
        side: Side::Response,
        place: "/fields/*/…",
        problem: "null for object",
        reason: "the file marks no reference as nullable; what a field does not have is null",
    },
    Deviation {
        operation: "GET /api/crm/v8/settings/fields",
        side: Side::Response,
        place: "/fields/*/autonumber/…",
        problem: "missing",
        reason: "an empty object unless the field is an automatic number",
    },
    Deviation {
        operation: "GET /api/crm/v8/settings/fields",
        side: Side::Response,
        place: "/fields/*/_update_existing_records",
        problem: "missing",
        reason: "belongs to a request only: the same schema serves both",
    },
    Deviation {
        operation: "GET /api/crm/v8/settings/fields",
        side: Side::Response,
        place: "/fields/*/common.picklist",
        problem: "missing",
        reason: "named so only for pick lists; the engine does not read it",
    },
    Deviation {
        operation: "POST /api/crm/v8/settings/fields",
        side: Side::Request,
        place: "/fields/*/…",
        problem: "missing",
        reason: "the file requires all that a field can have; a new field needs its label and type \
                 (https://www.zoho.com/crm/developer/docs/api/v8/create-field.html)",
    },
    Deviation {
        operation: "GET /api/crm/v8/{module_api_name}",
        side: Side::Response,
        place: "/info/…",
        problem: "null for string",
        reason: "on the last page there is no token for another one: Zoho's own sample shows null \
                 (https://www.zoho.com/crm/developer/docs/api/v8/get-records.html)",
    },
    Deviation {
        operation: "GET /api/crm/v8/org",
        side: Side::Response,
        place: "/org/*/…",
        problem: "null for string",
        reason: "what an organisation has not filled in is null: website, employee_count, trial_action",
    },
    Deviation {
        operation: "GET /api/crm/v8/org",
        side: Side::Response,
        place: "/org/*/zia_zgid",
        problem: "null for integer",
        reason: "an organisation without Zia has none",
    },
    Deviation {
        operation: "GET /api/crm/v8/{module_api_name}/{record_id}/{related_list_api_name}",
        side: Side::Response,
        place: "/info/…",
        problem: "null for string",
        reason: "the only page has no token of another one; the documentation's example has null \
                 (https://www.zoho.com/crm/developer/docs/api/v8/get-records.html)",
    },
    Deviation {
        operation: "GET /api/crm/v8/users",
        side: Side::Response,
        place: "/users/*/email",
        problem: "pattern is broken",
        reason: "the file's pattern fits one example address only",
    },
    Deviation {
        operation: "GET /api/crm/v8/users",
        side: Side::Response,
        place: "/users/*/time_zone",
        problem: "text for null or object",
        reason: "the name of a time zone is a text (https://www.zoho.com/crm/developer/docs/api/v8/get-users.html)",
    },
    Deviation {
        operation: "POST /api/crm/v8/__composite_requests",
        side: Side::Request,
        place: "/concurrent_execution",
        problem: "missing",
        reason: "optional by the documentation, whatever its name",
    },
];

/// Members that a request must have, whatever [`DEVIATIONS`] lets pass.
const REQUIRED: [(&str, &str); 2] = [
    ("POST /api/crm/v8/settings/fields", "/fields/*/field_label"),
    ("POST /api/crm/v8/settings/fields", "/fields/*/data_type"),
];

/// Calls that no file describes, and why.
const NOT_DESCRIBED: &[(&str, &str)] = &[
    ("POST /accounts/oauth/v2/auth/consent", "the browser's click on the stand-in's page of consent"),
    ("POST /accounts/oauth/v2/token", "OAuth: the files describe the CRM only"),
    ("POST /login/identity/connect/authorize", "the browser's click on the stand-in's page of consent"),
    ("POST /identity/connect/token", "OAuth: the identity file describes the connections only"),
    ("GET /api/crm/v8/org/taxes", "no file has taxes; Zoho's SDK for Node has"),
    ("GET /api/crm/v8/settings/profiles/{id}", "no file has profiles; Zoho's page Get Profiles has"),
];

/// Headers that any call may have.
const ORDINARY_HEADERS: [&str; 4] = ["authorization", "accept", "content-type", "user-agent"];

/// One call, from the journal or from within a composite one.
struct Call<'a> {
    vendor: Vendor,
    method: &'a str,
    path: &'a str,
    query: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    request: Option<Value>,
    /// The status and the body, where it is JSON.
    response: Option<(u16, Option<Value>)>,
}

/// What was looked at.
#[derive(Debug, Default)]
struct Tally {
    calls: usize,
    inner_calls: usize,
    requests: usize,
    request_bodies: usize,
    responses: usize,
    /// How often something was skipped, by what it was.
    skipped: BTreeMap<String, usize>,
    by_operation: BTreeMap<String, usize>,
    /// How often each finding was made, with an example.
    findings: BTreeMap<Finding, (usize, String)>,
}

/// The files, ready to look at calls, and what came of it.
struct Contract<'a> {
    specs: &'a Specs,
    registry: &'a Registry<'a>,
    /// By operation and, for responses, status.
    validators: HashMap<(usize, Option<u16>), Validator>,
    tally: Tally,
}

impl<'a> Contract<'a> {
    fn new(specs: &'a Specs, registry: &'a Registry<'a>) -> Self {
        Self { specs, registry, validators: HashMap::new(), tally: Tally::default() }
    }

    /// Looks at all calls of a world's journal and forgets them there.
    fn check(&mut self, stage: &Stage) {
        let entries: Vec<Entry> = stage.world.borrow().gate.journal.entries().cloned().collect();
        stage.world.borrow_mut().gate.journal.clear();
        for entry in &entries {
            self.check_entry(entry);
        }
    }

    fn check_entry(&mut self, entry: &Entry) {
        self.tally.calls += 1;
        let name = format!("{} {}", entry.method, entry.path);
        // A path that no file knows has its ids in it.
        let ids = |part: &str| {
            if part.bytes().all(|byte| byte.is_ascii_digit()) { "{id}".to_owned() } else { part.to_owned() }
        };
        let nameless: Vec<String> = name.split('/').map(ids).collect();
        if let Some((name, reason)) = NOT_DESCRIBED.iter().find(|(known, _)| *known == nameless.join("/")) {
            self.skip(format!("{name}: {reason}"));
            return;
        }
        let request = (!entry.request_body.is_empty()).then(|| serde_json::from_str(&entry.request_body).unwrap());
        self.check_call(&Call {
            vendor: if entry.api == ApiName::Xero { Vendor::Xero } else { Vendor::Zoho },
            method: &entry.method,
            path: &entry.path,
            query: entry.query.clone(),
            headers: entry.request_headers.clone(),
            request,
            response: entry.status.map(|status| (status, entry.response_json())),
        });
    }

    fn check_call(&mut self, call: &Call<'_>) {
        let specs = self.specs;
        let Some(at) = specs.find(call.vendor, call.method, call.path) else {
            let operation = format!("{} {}", call.method, call.path);
            self.find(operation, Side::Request, String::new(), "no file has this operation", "");
            return;
        };
        let operation = &specs.operations[at];
        *self.tally.by_operation.entry(operation.name()).or_default() += 1;
        self.check_parameters(operation, call);
        self.check_request(at, operation, call);
        match &call.response {
            None => self.skip("no response came".to_owned()),
            Some((status, body)) => self.check_response(at, operation, *status, body.as_ref()),
        }
        if call.path.ends_with("/__composite_requests") {
            self.check_parts(call);
        }
    }

    fn check_parameters(&mut self, operation: &Operation, call: &Call<'_>) {
        let query = call.query.iter().map(|(name, value)| ("query", name.clone(), value));
        let headers = call.headers.iter().map(|(name, value)| ("header", name.to_lowercase(), value));
        let headers = headers.filter(|(_, name, _)| !ORDINARY_HEADERS.contains(&name.as_str()));
        let mut seen = BTreeSet::new();
        for (place, name, value) in query.chain(headers) {
            let same = |one: &str| if place == "header" { one.eq_ignore_ascii_case(&name) } else { one == name };
            let declared = operation.parameters.iter().find(|one| one.place == place && same(&one.name));
            let problem = declared.map_or_else(|| Some("unknown".to_owned()), |one| misfit(&one.schema, value));
            seen.extend(declared.map(|one| &one.name));
            if let Some(problem) = problem {
                self.find(operation.name(), Side::Request, format!("{place} {name}"), &problem, value);
            }
        }
        for one in &operation.parameters {
            if one.required && one.place != "path" && !seen.contains(&one.name) {
                let place = format!("{} {}", one.place, one.name);
                self.find(operation.name(), Side::Request, place, "missing", "");
            }
        }
    }

    fn check_request(&mut self, at: usize, operation: &Operation, call: &Call<'_>) {
        self.tally.requests += 1;
        let problem = match (&operation.request, &call.request) {
            (None, None) | (Some((_, false)), None) => return,
            (Some((_, true)), None) => "missing",
            (None, Some(_)) => "unknown",
            (Some((schema, _)), Some(body)) => {
                self.tally.request_bodies += 1;
                self.validate((at, None), schema, operation, Side::Request, body);
                return;
            }
        };
        self.find(operation.name(), Side::Request, "body".to_owned(), problem, "");
    }

    fn check_response(&mut self, at: usize, operation: &Operation, status: u16, body: Option<&Value>) {
        // For Zoho's records the file names 200 only; 201 and 207 have the same envelope
        // (https://www.zoho.com/crm/developer/docs/api/v8/insert-records.html).
        let same_as_200 = matches!(status, 201 | 207) && !operation.responses.contains_key(&status);
        let described = if same_as_200 { 200 } else { status };
        match (operation.responses.get(&described), body) {
            (None, _) => self.skip(format!("{}: its status {status} is not described", operation.name())),
            (Some(None), Some(_)) => self.skip(format!("{}: its status {status} has no schema", operation.name())),
            (Some(None), None) => self.tally.responses += 1,
            (Some(Some(_)), None) => {
                self.find(operation.name(), Side::Response, "body".to_owned(), "not JSON", "");
            }
            (Some(Some(schema)), Some(body)) => {
                self.tally.responses += 1;
                self.validate((at, Some(described)), schema, operation, Side::Response, body);
            }
        }
    }

    /// The calls inside a composite one, as if each had been made by itself.
    fn check_parts(&mut self, call: &Call<'_>) {
        let parts = call.request.as_ref().unwrap()["__composite_requests"].as_array().unwrap();
        let answers = call.response.as_ref().and_then(|(_, body)| body.as_ref()?["__composite_requests"].as_array());
        for (at, part) in parts.iter().enumerate() {
            self.tally.inner_calls += 1;
            let response = answers.map(|answers| &answers[at]["details"]["response"]).and_then(|inner| {
                let body = &inner["body"];
                let body = body.is_object().then(|| body.clone());
                Some((u16::try_from(inner["status_code"].as_u64()?).ok()?, body))
            });
            let texts = |of: &str| {
                let members = part[of].as_object().unwrap().iter();
                members.map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned())).collect()
            };
            let body = part["body"].as_object().unwrap();
            self.check_call(&Call {
                vendor: call.vendor,
                method: part["method"].as_str().unwrap(),
                path: &format!("/api{}", part["uri"].as_str().unwrap()),
                query: texts("params"),
                headers: texts("headers"),
                request: (!body.is_empty()).then(|| part["body"].clone()),
                response,
            });
        }
    }

    fn validate(&mut self, key: (usize, Option<u16>), schema: &Value, operation: &Operation, side: Side, body: &Value) {
        let registry = self.registry;
        let validator = self.validators.entry(key).or_insert_with(|| {
            let options = jsonschema::draft202012::options().should_validate_formats(true).with_registry(registry);
            options.build(schema).unwrap_or_else(|error| panic!("{} {side:?}: {error}", operation.name()))
        });
        let mut findings = Vec::new();
        for error in validator.iter_errors(body) {
            collect(&error, &mut findings);
        }
        for (place, problem, example) in findings {
            self.find(operation.name(), side, place, &problem, &example);
        }
    }

    fn skip(&mut self, what: String) {
        *self.tally.skipped.entry(what).or_default() += 1;
    }

    fn find(&mut self, operation: String, side: Side, place: String, problem: &str, example: &str) {
        let finding = Finding { operation, side, place, problem: problem.to_owned() };
        let example = || (0, example.chars().take(160).collect());
        self.tally.findings.entry(finding).or_insert_with(example).0 += 1;
    }

    /// What was found and stands in no table.
    fn unknown(&self) -> Vec<String> {
        let unknown = self.tally.findings.iter().filter(|(found, _)| !DEVIATIONS.iter().any(|one| one.covers(found)));
        unknown
            .map(|(found, (count, example))| {
                let Finding { operation, side, place, problem } = found;
                format!("{operation} {side:?} {place}: {problem} ({count} times, such as {example})")
            })
            .collect()
    }

    /// The lines of the table that nothing needed.
    fn idle(&self) -> Vec<String> {
        let idle = DEVIATIONS.iter().filter(|one| !self.tally.findings.keys().any(|found| one.covers(found)));
        idle.map(|one| format!("{} {:?} {}: {}", one.operation, one.side, one.place, one.reason)).collect()
    }

    /// Prints what was looked at.
    fn report(&self) {
        let tally = &self.tally;
        println!(
            "{} calls and {} calls inside composite ones: {} requests ({} with a body) and {} responses validated",
            tally.calls, tally.inner_calls, tally.requests, tally.request_bodies, tally.responses
        );
        for (operation, count) in &tally.by_operation {
            println!("{count:5} {operation}");
        }
        println!("{} skipped as not described", tally.skipped.values().sum::<usize>());
        for (what, count) in &tally.skipped {
            println!("{count:5} {what}");
        }
    }
}

impl Deviation {
    fn covers(&self, finding: &Finding) -> bool {
        if REQUIRED.contains(&(finding.operation.as_str(), finding.place.as_str())) && finding.problem == "missing" {
            return false;
        }
        let place = match self.place.strip_suffix('…') {
            Some(beginning) => finding.place.starts_with(beginning),
            None => finding.place == self.place,
        };
        place && self.side == finding.side && finding.operation == self.operation && finding.problem == self.problem
    }
}

/// What is wrong with a parameter's text, if anything is.
fn misfit(schema: &Value, text: &str) -> Option<String> {
    let fits = match schema["type"].as_str() {
        Some("integer") => text.parse::<i64>().is_ok(),
        Some("boolean") => matches!(text, "true" | "false"),
        Some("array") => text.split(',').all(|part| misfit(&schema["items"], part).is_none()),
        _ => schema["enum"].as_array().is_none_or(|options| options.iter().any(|option| option == text)),
    };
    let sized = schema["maxLength"].as_u64().is_none_or(|most| text.chars().count() as u64 <= most);
    (!fits || !sized).then(|| format!("does not fit {schema}"))
}

/// The problems in an error as place, problem and example; of several options, those of the one that comes nearest.
fn collect(error: &ValidationError<'_>, into: &mut Vec<(String, String, String)>) {
    let path = error.instance_path().as_str().to_owned();
    let place = normalised(&path);
    let example = error.instance().to_string();
    match error.kind() {
        ValidationErrorKind::AnyOf { context } => {
            // An option that is wrong further in is nearer than one that is wrong at once.
            let rank = |errors: &&Vec<ValidationError<'static>>| {
                (errors.iter().filter(|one| one.instance_path().as_str() == path).count(), errors.len())
            };
            match context.iter().min_by_key(rank) {
                Some(errors) => errors.iter().for_each(|error| collect(error, into)),
                None => into.push((place, "fits no option".to_owned(), example)),
            }
        }
        ValidationErrorKind::Required { property } => {
            into.push((format!("{place}/{}", property.as_str().unwrap_or_default()), "missing".to_owned(), example));
        }
        ValidationErrorKind::AdditionalProperties { unexpected } => {
            into.extend(
                unexpected.iter().map(|name| (format!("{place}/{name}"), "unknown".to_owned(), example.clone())),
            );
        }
        ValidationErrorKind::Type { kind } => {
            let wanted = match kind {
                TypeKind::Single(kind) => kind.to_string(),
                TypeKind::Multiple(kinds) => kinds.iter().map(|kind| kind.to_string()).collect::<Vec<_>>().join(" or "),
            };
            into.push((place, format!("{} for {wanted}", kind_of(error.instance())), example));
        }
        kind => into.push((place, format!("{} is broken", kind.keyword()), example)),
    }
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "text",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// A JSON pointer with `*` for each index.
fn normalised(pointer: &str) -> String {
    let segments = pointer.split('/').map(|one| if one.parse::<usize>().is_ok() { "*" } else { one });
    segments.collect::<Vec<_>>().join("/")
}

/// The files, or `None` with a word about it.
fn specs() -> Option<Specs> {
    let folder = Specs::folder();
    if folder.is_none() {
        println!("specs absent: contract test skipped");
    }
    folder.map(|folder| Specs::read(&folder))
}

/// For each pair a record, a change of it in the CRM and one in Xero.
fn pairs() -> [(Module, &'static str, Value, Value); 6] {
    let due = json!({"Due_Date": "2026-12-24"});
    [
        (Module::Accounts, seed::FIRST_ACCOUNT, json!({"Phone": "02 9000 0000"}), json!({"AccountNumber": "77"})),
        (Module::Contacts, seed::CONTACT_ALONE, json!({"Phone": "02 9000 0001"}), json!({"FirstName": "Jo"})),
        (Module::Vendors, seed::FIRST_VENDOR, json!({"City": "Hobart"}), json!({"EmailAddress": "new@vendor.example"})),
        (Module::Products, seed::FIRST_PRODUCT, json!({"Unit_Price": 12.5}), json!({"Name": "Renamed"})),
        (Module::Invoices, seed::FIRST_INVOICE, due.clone(), json!({"Reference": "PO 9"})),
        (Module::PurchaseOrders, seed::FIRST_PURCHASE_ORDER, due, json!({"DueDate": "2026-12-31"})),
    ]
}

/// Every record of the seed data set: a preview, then a click.
fn whole_seed(contract: &mut Contract<'_>, world: World) {
    let (stage, user) = Stage::connected(world);
    for module in Module::ALL {
        let records = stage.world.borrow().zoho.records(module.api_name());
        for record in records {
            let record = record["id"].as_str().unwrap();
            stage.advance(5);
            stage.view(&user, module, record).unwrap();
            stage.click(&user, module, record);
            contract.check(&stage);
        }
    }
}

/// Each pair: created, changed on either side; and found again when the answer to its creation was lost.
fn changes(contract: &mut Contract<'_>, world: &World) {
    for (module, record, in_crm, in_xero) in pairs() {
        let resource = support::resource(module);
        let (stage, user) = Stage::connected(world.clone());
        stage.click(&user, module, record);
        // So that an approved document's change is sent, too.
        let setting = SettingChange::ApprovedEdits { rule: ApprovedEdits::CrmGoesThrough };
        stage.run(stage.engine(&Desk::default()).change_setting(&user, &setting)).unwrap();
        stage.edit(module, record, &in_crm);
        let reply = stage.click(&user, module, record);
        assert_eq!(reply.entry.outcome, Outcome::Updated, "{module:?} {:#?}", reply.entry.problems);
        let there = stage.xero(module, record);
        let id = format!("{}ID", resource.trim_end_matches('s'));
        let named = if resource == "Items" { "Code" } else { &id };
        let mut change = in_xero;
        change[named] = there[named].clone();
        stage.edit_xero(resource, there[&id].as_str().unwrap(), change);
        stage.click(&user, module, record);
        stage.view(&user, module, record).unwrap();
        contract.check(&stage);

        let (stage, user) = Stage::connected(world.clone());
        let path = format!("/api/api.xro/2.0/{resource}");
        let lost = Rule::at(ApiName::Xero, &http::Method::PUT, &path, Phase::After, Effect::Drop);
        stage.world.borrow_mut().gate.faults.add(lost);
        for _ in 0..3 {
            stage.advance(400);
            stage.click(&user, module, record);
        }
        assert!(stage.crm(module, record)["Xero_ID"].is_string(), "{module:?}");
        contract.check(&stage);
    }
}

/// Runs both ways: everything, then changes on both sides, then again; and Xero's books into an empty CRM.
fn runs(contract: &mut Contract<'_>, world: World) {
    let (stage, user) = Stage::connected(world);
    let modules = [
        Module::Accounts,
        Module::Contacts,
        Module::Vendors,
        Module::Products,
        Module::Invoices,
        Module::PurchaseOrders,
    ];
    let run = || stage.run_all(&user, &modules, Direction::Both, Scope::SinceLast);
    run();
    stage.advance(60);
    for (module, field, value) in [
        (Module::Accounts, "Phone", json!("+61 2 5550 0000")),
        (Module::Products, "Unit_Price", json!(12.5)),
        (Module::Invoices, "Subject", json!("Another subject")),
    ] {
        let ids: Vec<String> = stage
            .world
            .borrow()
            .zoho
            .records(module.api_name())
            .iter()
            .take(30)
            .map(|record| record["id"].as_str().unwrap().to_owned())
            .collect();
        for id in ids {
            stage.edit(module, &id, &json!({ field: value }));
        }
    }
    run();
    contract.check(&stage);
}

/// An invoice that is paid in part and then in full, with a change in the CRM after each payment.
fn payments(contract: &mut Contract<'_>, world: World) {
    let (stage, user) = Stage::connected(world);
    let record = seed::FIRST_INVOICE;
    stage.click(&user, Module::Invoices, record);
    let invoice = stage.crm(Module::Invoices, record);
    let total: rust_decimal::Decimal = invoice["Grand_Total"].to_string().parse().unwrap();
    let part = "100".parse().unwrap();
    for (amount, due) in [(part, "2026-12-24"), (total - part, "2026-12-25")] {
        let (tenant, now, there) = (stage.tenant(0), stage.now(), invoice["Xero_ID"].as_str().unwrap());
        stage.world.borrow_mut().xero.pay(&tenant, there, amount, now.date_naive(), now).unwrap();
        stage.click(&user, Module::Invoices, record);
        stage.edit(Module::Invoices, record, &json!({ "Due_Date": due }));
        stage.click(&user, Module::Invoices, record);
    }
    assert_eq!(stage.xero(Module::Invoices, record)["Status"], json!("PAID"));
    contract.check(&stage);
}

#[test]
fn every_call_is_as_the_vendors_describe_it() {
    let Some(specs) = specs() else { return };
    let registry = specs.registry();
    let mut contract = Contract::new(&specs, &registry);
    for world in [World::standard(BASE), World::total_tax(BASE)] {
        whole_seed(&mut contract, world.clone());
        changes(&mut contract, &world);
        runs(&mut contract, world.clone());
        payments(&mut contract, world);
    }
    let european = Stage::new(World::empty(BASE));
    european.sign_in_european(true);
    contract.check(&european);
    contract.report();
    let (unknown, idle) = (contract.unknown(), contract.idle());
    assert!(unknown.is_empty(), "{} findings:\n{}", unknown.len(), unknown.join("\n"));
    assert!(idle.is_empty(), "deviations that nothing needs:\n{}", idle.join("\n"));
    let operations = contract.tally.by_operation.keys();
    let writes: Vec<_> = operations.filter(|name| !name.starts_with("GET")).map(String::as_str).collect();
    let expected = [
        "POST /api/api.xro/2.0/Contacts",
        "POST /api/api.xro/2.0/Contacts/{ContactID}",
        "POST /api/api.xro/2.0/Invoices",
        "POST /api/api.xro/2.0/Invoices/{InvoiceID}",
        "POST /api/api.xro/2.0/Items",
        "POST /api/api.xro/2.0/Items/{ItemID}",
        "POST /api/crm/v8/__composite_requests",
        "POST /api/crm/v8/coql",
        "POST /api/crm/v8/settings/fields",
        "POST /api/crm/v8/{module_api_name}",
        "PUT /api/api.xro/2.0/Contacts",
        "PUT /api/api.xro/2.0/Invoices",
        "PUT /api/api.xro/2.0/Items",
        "PUT /api/crm/v8/{module_api_name}",
    ];
    assert_eq!(writes, expected, "every kind of write is among the calls");
}

/// How a call is spoilt.
type Spoil = fn(&mut Entry);

/// Changes the first call with this method and path ending, and gives what the contract finds.
fn spoilt(specs: &Specs, registry: &Registry<'_>, calls: &[Entry], method: &str, ending: &str, how: Spoil) -> String {
    let fits = |entry: &&Entry| entry.method == method && entry.path.ends_with(ending) && entry.api != ApiName::ZohoEu;
    let entry = calls.iter().find(fits).unwrap_or_else(|| panic!("no call {method} …{ending}"));
    let mut contract = Contract::new(specs, registry);
    contract.check_entry(entry);
    assert_eq!(contract.unknown(), Vec::<String>::new(), "before it is spoilt");
    let mut entry = entry.clone();
    how(&mut entry);
    contract.check_entry(&entry);
    contract.unknown().join("\n")
}

/// Puts a value into a body.
fn put(body: &mut String, pointer: &str, value: &Value) {
    let mut whole: Value = serde_json::from_str(body).unwrap();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    whole.pointer_mut(parent).unwrap()[name] = value.clone();
    *body = whole.to_string();
}

#[test]
fn a_call_that_is_not_as_described_is_found() {
    let Some(specs) = specs() else { return };
    let registry = specs.registry();
    let (stage, user) = Stage::connected(World::standard(BASE));
    stage.click(&user, Module::Invoices, seed::FIRST_INVOICE);
    let calls: Vec<Entry> = stage.world.borrow().gate.journal.entries().cloned().collect();
    // The method and the ending of the path, how the call is spoilt, and what must be found.
    let cases: [(&str, &str, Spoil, &str); 15] = [
        (
            "PUT",
            "/2.0/Invoices",
            |call| put(&mut call.request_body, "/Invoices/0/Colour", &json!("red")),
            "/Invoices/*/Colour: unknown",
        ),
        (
            "PUT",
            "/2.0/Invoices",
            |call| put(&mut call.request_body, "/Invoices/0/Total", &json!(1)),
            "/Invoices/*/Total: unknown",
        ),
        (
            "PUT",
            "/2.0/Invoices",
            |call| put(&mut call.request_body, "/Invoices/0/Status", &json!("OPEN")),
            "/Invoices/*/Status: enum is broken",
        ),
        (
            "PUT",
            "/2.0/Invoices",
            |call| put(&mut call.request_body, "/Invoices/0/LineItems/0/Quantity", &json!("1")),
            "/Quantity: text for number",
        ),
        (
            "PUT",
            "/2.0/Invoices",
            |call| call.query.push(("dryRun".to_owned(), "true".to_owned())),
            "query dryRun: unknown",
        ),
        (
            "PUT",
            "/2.0/Invoices",
            |call| call.query = vec![("unitdp".to_owned(), "four".to_owned())],
            "query unitdp: does not fit",
        ),
        (
            "PUT",
            "/2.0/Invoices",
            |call| call.request_headers.push(("x-more".to_owned(), "1".to_owned())),
            "header x-more: unknown",
        ),
        (
            "PUT",
            "/2.0/Invoices",
            |call| call.request_headers.retain(|(name, _)| name != "xero-tenant-id"),
            "header xero-tenant-id: missing",
        ),
        ("PUT", "/2.0/Invoices", |call| call.path.push_str("/Nowhere/Else"), "no file has this operation"),
        (
            "PUT",
            "/2.0/Invoices",
            |call| put(&mut call.response_body, "/Invoices/0/InvoiceID", &json!("7")),
            "/Invoices/*/InvoiceID: format is broken",
        ),
        (
            "PUT",
            "/2.0/Contacts",
            |call| put(&mut call.response_body, "/Contacts/0/Addresses", &json!({})),
            "/Contacts/*/Addresses: object for array",
        ),
        (
            "PUT",
            "/2.0/Contacts",
            |call| put(&mut call.request_body, "/Contacts/0/ContactNumber", &json!("7".repeat(51))),
            "/ContactNumber: maxLength is broken",
        ),
        ("PUT", "/v8/Invoices", |call| put(&mut call.request_body, "/triggers", &json!([])), "/triggers: unknown"),
        (
            "PUT",
            "/v8/Invoices",
            |call| put(&mut call.response_body, "/data/0/status", &json!("fine")),
            "/data/*/status: enum is broken",
        ),
        (
            "GET",
            "/v8/users",
            |call| put(&mut call.response_body, "/users/0/id", &json!(5)),
            "/users/*/id: number for null or string",
        ),
    ];
    for (method, ending, how, wanted) in cases {
        let found = spoilt(&specs, &registry, &calls, method, ending, how);
        assert!(found.contains(wanted), "{method} …{ending}, {wanted}: found only \"{found}\"");
        println!("{wanted}");
    }
    // An answer that is no envelope at all, and a call within a composite one.
    let record = format!("/Invoices/{}", seed::FIRST_INVOICE);
    let found =
        spoilt(&specs, &registry, &calls, "GET", &record, |call| call.response_body = r#"{"rows":[]}"#.to_owned());
    assert!(found.contains("Response"), "{found}");
    let bare = |call: &mut Entry| put(&mut call.request_body, "/fields", &json!([{"field_label": "Xero ID"}]));
    let found = spoilt(&specs, &registry, &calls, "POST", "/settings/fields", bare);
    assert!(found.contains("/fields/*/data_type: missing"), "{found}");
    let part = |call: &mut Entry| put(&mut call.request_body, "/__composite_requests/0/params/rows", &json!("5"));
    let found = spoilt(&specs, &registry, &calls, "POST", "/__composite_requests", part);
    assert!(found.contains("query rows: unknown"), "{found}");
}
