//! Calls to the edge. Every failure becomes a [`Fault`] that can be shown as it is.

use crate::format::iso;
use crate::state::{Ask, Fault, Run, Token, Wanted};
use crate::words;
use gloo_net::http::{Method, RequestBuilder};
use serde::Serialize;
use serde::de::DeserializeOwned;
use shared::api::runs::{PairChoice, RecordRef, RunRequest, Scope};
use shared::api::{
    ClaimReply, ClaimRequest, EntriesPage, ErrorDocument, PopupReply, ProgressView, RecordView, SessionView,
    SettingChangeRequest, SignInRequest, SyncReply,
};
use shared::module::Module;
use shared::settings::{Direction, SettingChange};

/// Milliseconds after which a reading is given up. The edge's own limits are shorter.
const READ_LIMIT: u32 = 30_000;
/// Milliseconds after which a sync's answer is no longer waited for: many dependencies may go first.
const SYNC_LIMIT: u32 = 120_000;
/// How many outcomes a page has at most, which is what the edge allows.
const OUTCOMES_PAGE: &str = "/api/entries?limit=200&run=";
/// How much of an answer that nobody understands is shown.
const SAID_LIMIT: usize = 300;

/// `POST /api/sign-in`
///
/// # Errors
/// What kept the call from succeeding; so for all calls below.
pub async fn sign_in(request: &SignInRequest) -> Result<PopupReply, Fault> {
    read(&call(Method::POST, "/api/sign-in", None, body(request), READ_LIMIT).await?)
}

/// `POST /api/session`
///
/// # Errors
/// See [`sign_in`].
pub async fn claim(request: &ClaimRequest) -> Result<ClaimReply, Fault> {
    read(&call(Method::POST, "/api/session", None, body(request), READ_LIMIT).await?)
}

/// `GET /api/session`
///
/// # Errors
/// See [`sign_in`].
pub async fn session(token: &Token) -> Result<SessionView, Fault> {
    read(&call(Method::GET, "/api/session", Some(token), None, READ_LIMIT).await?)
}

/// `DELETE /api/session`
///
/// # Errors
/// See [`sign_in`].
pub async fn end_session(token: &Token) -> Result<(), Fault> {
    call(Method::DELETE, "/api/session", Some(token), None, READ_LIMIT).await.map(drop)
}

/// `POST /api/connection/xero`
///
/// # Errors
/// See [`sign_in`].
pub async fn connect_xero(token: &Token) -> Result<PopupReply, Fault> {
    read(&call(Method::POST, "/api/connection/xero", Some(token), Some("{}".to_owned()), READ_LIMIT).await?)
}

/// `GET /api/records/{module}/{id}`
///
/// # Errors
/// See [`sign_in`].
pub async fn record(token: &Token, module: Module, id: &str) -> Result<RecordView, Fault> {
    read(&call(Method::GET, &record_path(module, id, ""), Some(token), None, READ_LIMIT).await?)
}

/// `POST /api/records/{module}/{id}/sync`
///
/// # Errors
/// See [`sign_in`].
pub async fn sync(token: &Token, module: Module, id: &str) -> Result<SyncReply, Fault> {
    read(&call(Method::POST, &record_path(module, id, "/sync"), Some(token), Some("{}".to_owned()), SYNC_LIMIT).await?)
}

/// `GET /api/records/{module}/{id}/progress`
///
/// # Errors
/// See [`sign_in`].
pub async fn progress(token: &Token, module: Module, id: &str) -> Result<ProgressView, Fault> {
    read(&call(Method::GET, &record_path(module, id, "/progress"), Some(token), None, READ_LIMIT).await?)
}

/// `GET /api/records/{module}/{id}/entries?before={entry}`
///
/// # Errors
/// See [`sign_in`].
pub async fn entries(token: &Token, module: Module, id: &str, before: &str) -> Result<EntriesPage, Fault> {
    let mut path = record_path(module, id, "/entries?before=");
    path.push_str(&encode(before));
    read(&call(Method::GET, &path, Some(token), None, READ_LIMIT).await?)
}

/// `POST /api/runs`, `GET /api/runs/{id}`, `POST /api/runs/{id}/retry` and `POST /api/runs/{id}/cancel`
///
/// # Errors
/// See [`sign_in`].
pub async fn run(token: &Token, ask: &Ask) -> Result<Run, Fault> {
    let path = |id: &str, rest: &str| ["/api/runs/", &encode(id), rest].concat();
    let empty = || Some("{}".to_owned());
    let (method, path, body, limit) = match ask {
        Ask::Start(module, ids) => {
            let records = ids.iter().map(|id| RecordRef { module: *module, id: id.clone() }).collect();
            let pairs = vec![PairChoice { module: *module, direction: Direction::Both }];
            let request = RunRequest { pairs, scope: Scope::Records(records), preview: false };
            (Method::POST, "/api/runs".to_owned(), body(&request), READ_LIMIT)
        }
        Ask::Retry(id) => (Method::POST, path(id, "/retry"), empty(), READ_LIMIT),
        Ask::Look(id) => (Method::GET, path(id, ""), None, READ_LIMIT),
        // What is under way comes to its end first.
        Ask::Cancel(id) => (Method::POST, path(id, "/cancel"), empty(), SYNC_LIMIT),
    };
    read(&call(method, &path, Some(token), body, limit).await?)
}

/// `GET /api/entries?run={run}`
///
/// # Errors
/// See [`sign_in`].
pub async fn outcomes(token: &Token, wanted: &Wanted) -> Result<EntriesPage, Fault> {
    let mut path = [OUTCOMES_PAGE, &encode(&wanted.run)].concat();
    if let Some(from) = wanted.from {
        path.push_str("&from=");
        path.push_str(&iso(from));
    }
    if let Some(before) = &wanted.before {
        path.push_str("&before=");
        path.push_str(&encode(before));
    }
    read(&call(Method::GET, &path, Some(token), None, READ_LIMIT).await?)
}

/// `POST /api/settings/changes`
///
/// # Errors
/// See [`sign_in`].
pub async fn change_setting(token: &Token, change: SettingChange) -> Result<(), Fault> {
    let body = body(&SettingChangeRequest { change });
    call(Method::POST, "/api/settings/changes", Some(token), body, READ_LIMIT).await.map(drop)
}

fn record_path(module: Module, id: &str, rest: &str) -> String {
    // The id comes from the page around us: it must not be able to name another route.
    ["/api/records/", module.api_name(), "/", &encode(id), rest].concat()
}

fn encode(text: &str) -> String {
    js_sys::encode_uri_component(text).into()
}

/// The requests are plain structures of texts: writing them as JSON can't fail.
fn body(request: &impl Serialize) -> Option<String> {
    serde_json::to_string(request).ok()
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T, Fault> {
    crate::json::read(text).map_err(|error| Fault::Problem(Box::new(words::unreadable(200, error.to_string()))))
}

/// Sends a request and returns the body of a successful answer.
async fn call(
    method: Method,
    path: &str,
    token: Option<&Token>,
    body: Option<String>,
    limit: u32,
) -> Result<String, Fault> {
    let signal = web_sys::AbortSignal::timeout_with_u32(limit);
    let mut request = RequestBuilder::new(path).method(method).abort_signal(Some(&signal));
    if let Some(token) = token {
        request = request.header("Authorization", &["Bearer ", &token.0].concat());
    }
    let request = match body {
        Some(body) => request.header("Content-Type", "application/json").body(body),
        None => request.build(),
    };
    let unanswered =
        |_| Fault::Problem(Box::new(if signal.aborted() { words::too_slow() } else { words::unreachable() }));
    let response = request.map_err(unanswered)?.send().await.map_err(unanswered)?;
    let text = response.text().await.map_err(unanswered)?;
    if response.ok() {
        return Ok(text);
    }
    // Only the session itself is answered with 401; without one there is none to be over.
    if response.status() == 401 && token.is_some() {
        return Err(Fault::SignedOut);
    }
    let problem = match crate::json::read::<ErrorDocument>(&text) {
        Ok(document) => document.problem,
        Err(_) => words::unreadable(response.status(), text.chars().take(SAID_LIMIT).collect()),
    };
    Err(Fault::Problem(Box::new(problem)))
}
