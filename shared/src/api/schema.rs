//! The OpenAPI 3.1 document of the API: the types of [`crate::api`] and the table of addresses below.
//!
//! `docs/openapi.json` holds it; the test `openapi` keeps that file up to date, and a tester that reads it is let loose
//! on the running Worker.

use super::portal::{
    AdministratorsView, AuditPage, DaysView, LogRows, MappingView, RecordsFound, RecordsQuery, SettingsView, SetupView,
    StatusView,
};
use super::runs::{
    BudgetView, ConfirmationRequest, LogPage, LogQuery, RunRequest, RunView, RunsPage, ScheduleView, WaitingView,
};
use super::{
    ChoiceRequest, ClaimReply, ClaimRequest, ConnectRequest, DecisionRequest, EntriesPage, EntryView, ErrorDocument,
    FlowStateReply, FlowStateRequest, InvitationsView, PopupReply, ProgressView, RecordView, SessionView, SessionsView,
    SettingChangeRequest, SignInRequest, SyncReply, XeroClaimReply,
};
use crate::id::{OrgId, ZohoId};
use crate::module::Module;
use crate::settings::{Schedule, Settings};
use schemars::generate::{Contract, SchemaSettings};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// Where a document keeps its schemas.
const SCHEMAS: &str = "#/components/schemas/";

/// The schema of a type, as a reference to its definition.
type SchemaOf = fn(&mut SchemaGenerator) -> Schema;

/// One address with one method.
struct Endpoint {
    method: &'static str,
    path: &'static str,
    /// `operationId`: unique, and what a client generated from the document calls it.
    id: &'static str,
    summary: &'static str,
    tag: Tag,
    query: Query,
    /// Whether the client names the request, so that it can send it again.
    keyed: bool,
    request: Option<SchemaOf>,
    status: u16,
    answer: Answer,
    /// Status codes with which it can fail, beside those of everything that needs a session.
    failures: &'static [u16],
}

/// A group of addresses.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tag {
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
enum Query {
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
enum Answer {
    Nothing,
    Json(SchemaOf),
    Text(&'static str, &'static str),
}

fn of<T: JsonSchema>() -> SchemaOf {
    SchemaGenerator::subschema_for::<T>
}

/// Failures of what asks Zoho who is at work, and nothing else.
const RIGHTS: [u16; 4] = [403, 422, 429, 503];

/// Failures of what talks to the vendors about a connected organisation.
const VENDORS: [u16; 4] = [409, 422, 429, 503];

/// The table of addresses.
#[allow(clippy::too_many_lines, reason = "it is one table")]
fn endpoints() -> Vec<Endpoint> {
    let get = |path, id, summary, tag, answer| Endpoint {
        method: "get",
        path,
        id,
        summary,
        tag,
        query: Query::Nothing,
        keyed: false,
        request: None,
        status: 200,
        answer,
        failures: &[],
    };
    let post = |path, id, summary, tag, answer| Endpoint { method: "post", ..get(path, id, summary, tag, answer) };
    let put = |path, id, summary, tag, answer| Endpoint { method: "put", ..get(path, id, summary, tag, answer) };
    let delete = |path, id, summary, tag, answer| Endpoint { method: "delete", ..get(path, id, summary, tag, answer) };
    let begins = "Begins a run; the answer comes before its first call.";
    vec![
        get(
            "/api/health",
            "health",
            "Whether the Worker and its database answer.",
            Tag::Access,
            Answer::Text("text/plain", "`ok`"),
        ),
        Endpoint {
            request: Some(of::<SignInRequest>()),
            failures: &[400, 403, 413],
            ..post("/api/sign-in", "beginSignIn", "Begins a sign-in.", Tag::Access, Answer::Json(of::<PopupReply>()))
        },
        Endpoint {
            request: Some(of::<FlowStateRequest>()),
            failures: &[400, 403, 413],
            ..post(
                "/api/flows/state",
                "flowState",
                "How far a popup is. It tells no code.",
                Tag::Access,
                Answer::Json(of::<FlowStateReply>()),
            )
        },
        Endpoint {
            request: Some(of::<ClaimRequest>()),
            failures: &[400, 401, 403, 409, 413, 422, 429, 503],
            ..post(
                "/api/session",
                "claimSession",
                "Exchanges the popup's code for a session, in a cookie where the browser keeps it.",
                Tag::Access,
                Answer::Json(of::<ClaimReply>()),
            )
        },
        Endpoint {
            failures: &RIGHTS,
            ..get("/api/session", "session", "Who is signed in.", Tag::Access, Answer::Json(of::<SessionView>()))
        },
        Endpoint {
            status: 204,
            failures: &[403, 413],
            ..delete("/api/session", "signOut", "Ends the session.", Tag::Access, Answer::Nothing)
        },
        Endpoint {
            failures: &RIGHTS,
            ..get(
                "/api/sessions",
                "sessions",
                "Who is signed in where: everybody for administrators, oneself for others.",
                Tag::Access,
                Answer::Json(of::<SessionsView>()),
            )
        },
        Endpoint {
            query: Query::User,
            status: 204,
            failures: &[400, 403, 413, 422, 429, 503],
            ..delete(
                "/api/sessions",
                "endSessions",
                "Ends a person's sessions, or all; other people's for administrators.",
                Tag::Access,
                Answer::Nothing,
            )
        },
        Endpoint {
            status: 204,
            failures: &[400, 403, 404, 413, 422, 429, 503],
            ..delete(
                "/api/sessions/{id}",
                "endSession",
                "Ends one session; somebody else's for administrators.",
                Tag::Access,
                Answer::Nothing,
            )
        },
        Endpoint {
            failures: &[403, 409, 422, 429, 503],
            ..get(
                "/api/administrators",
                "administrators",
                "Who counts as an administrator here (administrators).",
                Tag::Access,
                Answer::Json(of::<AdministratorsView>()),
            )
        },
        Endpoint {
            failures: &[400, 403, 404, 409, 413, 422, 429, 503],
            ..put(
                "/api/administrators/{id}",
                "countAdministrator",
                "Lets somebody count as an administrator again (administrators).",
                Tag::Access,
                Answer::Json(of::<AdministratorsView>()),
            )
        },
        Endpoint {
            failures: &[400, 403, 404, 409, 413, 422, 429, 503],
            ..delete(
                "/api/administrators/{id}",
                "takeAdministratorOut",
                "Lets somebody count as an administrator no more, whatever the profile says (administrators).",
                Tag::Access,
                Answer::Json(of::<AdministratorsView>()),
            )
        },
        Endpoint {
            failures: &RIGHTS,
            ..get(
                "/api/invitations",
                "invitations",
                "Which organisations may use this installation (administrators of its owner).",
                Tag::Access,
                Answer::Json(of::<InvitationsView>()),
            )
        },
        Endpoint {
            failures: &[400, 403, 404, 413, 422, 429, 503],
            ..put(
                "/api/invitations/{org}",
                "invite",
                "Invites an organisation (administrators of the owner).",
                Tag::Access,
                Answer::Json(of::<InvitationsView>()),
            )
        },
        Endpoint {
            failures: &[400, 403, 404, 413, 422, 429, 503],
            ..delete(
                "/api/invitations/{org}",
                "uninvite",
                "Takes an invitation back and erases what is kept of that organisation (administrators of the owner).",
                Tag::Access,
                Answer::Json(of::<InvitationsView>()),
            )
        },
        Endpoint {
            request: Some(of::<ConnectRequest>()),
            failures: &[400, 403, 409, 413, 422, 429, 503],
            ..post(
                "/api/connection/xero",
                "connectXero",
                "Begins to connect Xero (administrators).",
                Tag::Access,
                Answer::Json(of::<PopupReply>()),
            )
        },
        Endpoint {
            request: Some(of::<ClaimRequest>()),
            failures: &[400, 403, 409, 413, 422, 429, 503],
            ..post(
                "/api/connection/xero/claim",
                "claimXero",
                "Lets what Xero granted take effect (administrators).",
                Tag::Access,
                Answer::Json(of::<XeroClaimReply>()),
            )
        },
        Endpoint {
            request: Some(of::<ChoiceRequest>()),
            failures: &[400, 403, 409, 413, 422, 429, 503],
            ..post(
                "/api/connection/xero/choice",
                "chooseXero",
                "Chooses among several Xero organisations (administrators).",
                Tag::Access,
                Answer::Json(of::<XeroClaimReply>()),
            )
        },
        Endpoint {
            failures: &[403, 409, 422, 429, 503],
            status: 204,
            ..delete(
                "/api/connection/xero",
                "disconnectXero",
                "Disconnects Xero (administrators). Settings, links and log stay.",
                Tag::Setup,
                Answer::Nothing,
            )
        },
        Endpoint {
            failures: &[403, 409, 422, 429, 503],
            status: 204,
            ..delete(
                "/api/connection",
                "erase",
                "Disconnects both sides and erases everything of the organisation, sessions too (administrators).",
                Tag::Setup,
                Answer::Nothing,
            )
        },
        Endpoint {
            failures: &[403, 409, 422, 429, 503],
            ..get(
                "/api/setup",
                "setup",
                "How far the set-up is (administrators).",
                Tag::Setup,
                Answer::Json(of::<SetupView>()),
            )
        },
        Endpoint {
            failures: &[403, 409, 422, 429, 503],
            ..post(
                "/api/setup/fields",
                "createFields",
                "Creates the CRM fields that are missing (administrators).",
                Tag::Setup,
                Answer::Json(of::<SetupView>()),
            )
        },
        Endpoint {
            query: Query::Records,
            failures: &[400, 403, 404, 409, 422, 429, 503],
            ..get(
                "/api/records/{module}",
                "findRecords",
                "CRM records by name or by ids, last changed first.",
                Tag::Records,
                Answer::Json(of::<RecordsFound>()),
            )
        },
        Endpoint {
            failures: &[400, 403, 404, 409, 422, 429, 503],
            ..get(
                "/api/records/{module}/{id}",
                "record",
                "Where a record stands and what a sync would do.",
                Tag::Records,
                Answer::Json(of::<RecordView>()),
            )
        },
        Endpoint {
            request: Some(of::<Settings>()),
            failures: &[400, 403, 404, 409, 413, 422, 429, 503],
            ..post(
                "/api/records/{module}/{id}/preview",
                "previewRecord",
                "What a sync would do under these settings, which are not saved (administrators).",
                Tag::Records,
                Answer::Json(of::<RecordView>()),
            )
        },
        Endpoint {
            failures: &[400, 403, 404, 409, 422, 429, 503],
            ..post(
                "/api/records/{module}/{id}/sync",
                "syncRecord",
                "Syncs a record.",
                Tag::Records,
                Answer::Json(of::<SyncReply>()),
            )
        },
        Endpoint {
            failures: &[400, 404],
            ..get(
                "/api/records/{module}/{id}/progress",
                "recordProgress",
                "The steps of a sync that is under way.",
                Tag::Records,
                Answer::Json(of::<ProgressView>()),
            )
        },
        Endpoint {
            keyed: true,
            request: Some(of::<DecisionRequest>()),
            status: 204,
            failures: &[400, 403, 404, 409, 413, 422, 429, 503],
            ..post(
                "/api/records/{module}/{id}/decision",
                "decideRecord",
                "Decides about a record's link: which Xero record it is, that it is sent anew, or that its link is let go \
                 (administrators). The next sync does it.",
                Tag::Records,
                Answer::Nothing,
            )
        },
        Endpoint {
            query: Query::Before,
            failures: &[400, 403, 404, 409, 422, 429, 503],
            ..get(
                "/api/records/{module}/{id}/entries",
                "recordEntries",
                "A page of a record's log, newest first.",
                Tag::Records,
                Answer::Json(of::<EntriesPage>()),
            )
        },
        Endpoint {
            keyed: true,
            request: Some(of::<RunRequest>()),
            status: 201,
            failures: &[400, 403, 409, 413, 422, 429, 503],
            ..post("/api/runs", "startRun", begins, Tag::Runs, Answer::Json(of::<RunView>()))
        },
        Endpoint {
            query: Query::Before,
            failures: &[400],
            ..get("/api/runs", "runs", "Runs, newest first.", Tag::Runs, Answer::Json(of::<RunsPage>()))
        },
        Endpoint {
            failures: &[400, 403, 404],
            ..get("/api/runs/{id}", "run", "Where a run stands.", Tag::Runs, Answer::Json(of::<RunView>()))
        },
        Endpoint {
            failures: &[400, 403, 404],
            ..get(
                "/api/runs/{id}/events",
                "runEvents",
                "A run's progress while it lasts.",
                Tag::Runs,
                Answer::Text(
                    "text/event-stream",
                    "Server-sent events: `event: run` with a RunView as data whenever it changes. The stream ends \
                     with the run, or after 5 minutes.",
                ),
            )
        },
        Endpoint {
            failures: &[400, 403, 404, 409, 422, 429, 503],
            ..post(
                "/api/runs/{id}/start",
                "beginRun",
                "Starts a run that was only previewed.",
                Tag::Runs,
                Answer::Json(of::<RunView>()),
            )
        },
        Endpoint {
            failures: &[400, 403, 404, 409, 422],
            ..post(
                "/api/runs/{id}/cancel",
                "cancelRun",
                "Ends a run after the records that it is working on.",
                Tag::Runs,
                Answer::Json(of::<RunView>()),
            )
        },
        Endpoint {
            keyed: true,
            status: 201,
            failures: &[400, 403, 404, 409, 422, 429, 503],
            ..post(
                "/api/runs/{id}/retry",
                "retryRun",
                "Begins a run of all records that failed or were deferred in this one.",
                Tag::Runs,
                Answer::Json(of::<RunView>()),
            )
        },
        Endpoint {
            failures: &[403],
            ..get(
                "/api/waiting",
                "waiting",
                "Records that failed or were deferred in their last run (administrators).",
                Tag::Runs,
                Answer::Json(of::<WaitingView>()),
            )
        },
        get("/api/budget", "budget", "What is left of the limits.", Tag::Runs, Answer::Json(of::<BudgetView>())),
        Endpoint {
            query: Query::Log { most: 200 },
            failures: &[400],
            ..get("/api/entries", "entries", "The log, newest first.", Tag::Log, Answer::Json(of::<LogPage>()))
        },
        Endpoint {
            query: Query::Log { most: 10_000 },
            failures: &[400],
            ..get(
                "/api/entries.csv",
                "entriesFile",
                "The log as a file.",
                Tag::Log,
                Answer::Text("text/csv", "RFC 4180, UTF-8, one line of names, then one line an entry."),
            )
        },
        Endpoint {
            query: Query::Log { most: 200 },
            failures: &[400],
            ..get("/api/log", "log", "The log as a table, newest first.", Tag::Log, Answer::Json(of::<LogRows>()))
        },
        Endpoint {
            failures: &[400, 403, 404],
            ..get("/api/entries/{id}", "entry", "One entry with all of it.", Tag::Log, Answer::Json(of::<EntryView>()))
        },
        get("/api/days", "days", "The last 30 days, counted.", Tag::Log, Answer::Json(of::<DaysView>())),
        Endpoint {
            keyed: true,
            status: 201,
            failures: &[400, 403, 404, 409, 422, 429, 503],
            ..post(
                "/api/entries/{id}/retry",
                "retryEntry",
                "Begins a run of the one record of this entry.",
                Tag::Log,
                Answer::Json(of::<RunView>()),
            )
        },
        Endpoint {
            failures: &VENDORS,
            ..get(
                "/api/schedule",
                "schedule",
                "When records are synced by themselves.",
                Tag::Settings,
                Answer::Json(of::<ScheduleView>()),
            )
        },
        Endpoint {
            query: Query::Version,
            request: Some(of::<Schedule>()),
            failures: &[400, 403, 409, 413, 422, 429, 503],
            ..put(
                "/api/schedule",
                "saveSchedule",
                "Saves the schedule (administrators).",
                Tag::Settings,
                Answer::Json(of::<ScheduleView>()),
            )
        },
        Endpoint {
            request: Some(of::<ConfirmationRequest>()),
            failures: &[400, 403, 409, 413, 422, 429, 503],
            ..post(
                "/api/schedule/confirmations",
                "askForConfirmation",
                "Asks the owner of an address of the schedule whether it may get letters (administrators).",
                Tag::Settings,
                Answer::Json(of::<ScheduleView>()),
            )
        },
        Endpoint {
            query: Query::Fresh,
            failures: &[400, 403, 409, 422, 429, 503],
            ..get(
                "/api/mapping",
                "mapping",
                "All settings and what they can be chosen from (administrators).",
                Tag::Settings,
                Answer::Json(of::<MappingView>()),
            )
        },
        Endpoint {
            failures: &[403, 409, 422, 429, 503],
            ..get(
                "/api/settings",
                "settings",
                "All settings (administrators).",
                Tag::Settings,
                Answer::Json(of::<SettingsView>()),
            )
        },
        Endpoint {
            query: Query::Version,
            request: Some(of::<Settings>()),
            failures: &[400, 403, 409, 413, 422, 429, 503],
            ..put(
                "/api/settings",
                "saveSettings",
                "Saves all settings (administrators). What is absent takes its default.",
                Tag::Settings,
                Answer::Json(of::<SettingsView>()),
            )
        },
        Endpoint {
            keyed: true,
            request: Some(of::<SettingChangeRequest>()),
            status: 204,
            failures: &[400, 403, 404, 409, 413, 422, 429, 503],
            ..post(
                "/api/settings/changes",
                "changeSetting",
                "Applies one change (administrators).",
                Tag::Settings,
                Answer::Nothing,
            )
        },
        Endpoint {
            query: Query::Before,
            failures: &[400, 403],
            ..get(
                "/api/audit",
                "audit",
                "What administrators changed, newest first (administrators).",
                Tag::Settings,
                Answer::Json(of::<AuditPage>()),
            )
        },
        get("/api/status", "status", "How the sync is.", Tag::Status, Answer::Json(of::<StatusView>())),
    ]
}

/// Method, in capitals, and path of every endpoint in the document, in its order: `("GET", "/api/runs/{id}")`.
#[must_use]
pub fn addresses() -> Vec<(String, &'static str)> {
    endpoints().iter().map(|endpoint| (endpoint.method.to_uppercase(), endpoint.path)).collect()
}

/// The whole document.
#[must_use]
pub fn document() -> Value {
    let mut schemas = Schemas::new();
    let mut paths = Map::new();
    for endpoint in endpoints() {
        let operation = operation(&endpoint, &mut schemas);
        let path = paths.entry(endpoint.path).or_insert_with(|| json!({}));
        path[endpoint.method] = operation;
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

fn operation(endpoint: &Endpoint, schemas: &mut Schemas) -> Value {
    // Signing out works without a session too: it then has nothing to end.
    let open = matches!(endpoint.id, "health" | "beginSignIn" | "flowState" | "claimSession");
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
    if !matches!((endpoint.method, endpoint.path), (_, "/api/health") | ("get" | "delete", "/api/session")) {
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
        "summary": endpoint.summary,
        "tags": [endpoint.tag.name()],
        "responses": responses,
    });
    let mut parameters = path_parameters(endpoint.path, schemas);
    parameters.extend(query_parameters(&endpoint.query, schemas));
    if endpoint.keyed {
        parameters.push(json!({
            "name": "Idempotency-Key",
            "in": "header",
            "required": true,
            "description": "Names the request, for a day: when it is sent again, the answer is what the first one did.",
            "schema": { "type": "string", "pattern": "^[0-9A-Za-z_-]{8,64}$" },
        }));
    }
    if endpoint.method != "get" {
        parameters.push(json!({
            "name": "X-Ledgerlink",
            "in": "header",
            "required": true,
            "description": "Any value. Together with an `Origin` of this installation it says that a page of ours asks: \
                            a form of another site can't set it.",
            "schema": { "type": "string", "pattern": "^[0-9]$" },
        }));
    }
    if !parameters.is_empty() {
        operation["parameters"] = Value::Array(parameters);
    }
    if let Some(request) = endpoint.request {
        operation["requestBody"] = json!({
            "required": true,
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
