//! Calls to the edge. Every failure becomes a [`Fault`] that can be shown as it is.

use crate::format::iso;
use crate::naming;
use crate::state::{Absence, Ask, Credential, Fault, Run, Secret, Wanted};
use crate::words;
use gloo_net::http::{Method, RequestBuilder};
use serde::Serialize;
use serde::de::DeserializeOwned;
use shared::api::runs::{PairChoice, RecordRef, RunRequest, Scope};
use shared::api::{
    CRM_USER_HEADER, ChoiceRequest, ClaimReply, ClaimRequest, ConnectRequest, DecisionRequest, EntriesPage,
    ErrorDocument, FlowStateReply, FlowStateRequest, OWN_HEADER, PopupReply, ProgressView, RecordView, SessionView,
    SettingChangeRequest, SignInRequest, SyncReply, XeroClaimReply,
};
use shared::id::TenantId;
use shared::module::Module;
use shared::problem::Code;
use shared::question::Decision;
use shared::settings::{Direction, SettingChange};
use std::cell::RefCell;

/// Milliseconds after which a reading is given up. The edge's own limits are shorter.
const READ_LIMIT: u32 = 30_000;
/// Milliseconds after which a sync's answer is no longer waited for: many dependencies may go first.
const SYNC_LIMIT: u32 = 120_000;
/// How many outcomes a page has at most, which is what the edge allows.
const OUTCOMES_PAGE: &str = "/api/entries?limit=200&run=";
/// How much of an answer that nobody understands is shown.
const SAID_LIMIT: usize = 300;

thread_local! {
    /// Who is at work, as the CRM's script tells.
    static AT_WORK: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// From now on every request says that this CRM user is at work: a session of somebody else is then of no use.
pub fn tell_at_work(user: String) {
    AT_WORK.set(Some(user));
}

/// Begins a request with all that the edge wants to know of who asks. Without a credential nobody does.
pub(crate) fn request(method: Method, path: &str, credential: Option<&Credential>) -> RequestBuilder {
    let request = request_of_anybody(method, path, credential);
    match AT_WORK.with_borrow(Clone::clone) {
        Some(user) if credential.is_some() => request.header(CRM_USER_HEADER, &user),
        _ => request,
    }
}

/// The same, whoever is at work.
fn request_of_anybody(method: Method, path: &str, credential: Option<&Credential>) -> RequestBuilder {
    let changes = !matches!(method, Method::GET);
    let mut request = RequestBuilder::new(path).method(method);
    if changes {
        // A form of another site can't set it.
        request = request.header(OWN_HEADER, "1");
    }
    match credential {
        Some(Credential::Bearer(Secret(token))) => request.header("Authorization", &["Bearer ", token].concat()),
        Some(Credential::Cookie) | None => request,
    }
}

/// What an answer that is no success means.
pub(crate) fn refused(status: u16, text: &str, asked_by: bool, unreadable: impl FnOnce(String) -> Fault) -> Fault {
    match crate::json::read::<ErrorDocument>(text) {
        // Only the session itself is answered with 401; without one there is none to be over.
        Ok(ErrorDocument { problem, .. }) if status == 401 && asked_by => {
            Fault::SignedOut(if problem.code == Code::SessionExpired { Absence::Ended } else { Absence::Nobody })
        }
        Ok(document) => Fault::Problem(Box::new(document.problem)),
        Err(_) => unreadable(text.chars().take(SAID_LIMIT).collect()),
    }
}

/// Whether an answer of this status that is none of the service's own comes from somebody in its place: Cloudflare, or a
/// proxy.
#[must_use]
pub fn is_in_its_place(status: u16) -> bool {
    (500..600).contains(&status)
}

/// Whether the service has answered. If somebody else has in its place, nobody knows what has become of the request: a
/// second try has to have the same name.
#[must_use]
pub fn has_answered(status: u16, text: &str) -> bool {
    !is_in_its_place(status) || crate::json::read::<ErrorDocument>(text).is_ok()
}

/// `POST /api/sign-in`
///
/// # Errors
/// What kept the call from succeeding; so for all calls below.
pub async fn sign_in(request: &SignInRequest) -> Result<PopupReply, Fault> {
    read(&call(Method::POST, "/api/sign-in", None, body(request), READ_LIMIT).await?)
}

/// `POST /api/flows/state`
///
/// # Errors
/// See [`sign_in`].
pub async fn flow_state(verifier: &Secret) -> Result<FlowStateReply, Fault> {
    let body = body(&FlowStateRequest { verifier: verifier.0.clone() });
    read(&call(Method::POST, "/api/flows/state", None, body, READ_LIMIT).await?)
}

/// `POST /api/session`
///
/// # Errors
/// See [`sign_in`].
pub async fn claim(code: &Secret, verifier: &Secret) -> Result<ClaimReply, Fault> {
    read(&call(Method::POST, "/api/session", None, claim_body(code, verifier), SYNC_LIMIT).await?)
}

/// `GET /api/session`. Whose it is has to be known where it is another's, too: so who is at work is not said.
///
/// # Errors
/// See [`sign_in`].
pub async fn session(credential: &Credential) -> Result<SessionView, Fault> {
    let request = request_of_anybody(Method::GET, "/api/session", Some(credential));
    read(&send(request, None, (true, None), READ_LIMIT).await?)
}

/// `DELETE /api/session`
///
/// # Errors
/// See [`sign_in`].
pub async fn end_session(credential: &Credential) -> Result<(), Fault> {
    call(Method::DELETE, "/api/session", Some(credential), None, READ_LIMIT).await.map(drop)
}

/// `POST /api/connection/xero`
///
/// # Errors
/// See [`sign_in`].
pub async fn connect_xero(credential: &Credential, challenge: String) -> Result<PopupReply, Fault> {
    let body = body(&ConnectRequest { challenge });
    read(&call(Method::POST, "/api/connection/xero", Some(credential), body, READ_LIMIT).await?)
}

/// `POST /api/connection/xero/claim`
///
/// # Errors
/// See [`sign_in`].
pub async fn claim_xero(credential: &Credential, code: &Secret, verifier: &Secret) -> Result<XeroClaimReply, Fault> {
    let body = claim_body(code, verifier);
    read(&call(Method::POST, "/api/connection/xero/claim", Some(credential), body, SYNC_LIMIT).await?)
}

/// `POST /api/connection/xero/choice`
///
/// # Errors
/// See [`sign_in`].
pub async fn choose_xero(
    credential: &Credential,
    verifier: &Secret,
    tenant: TenantId,
) -> Result<XeroClaimReply, Fault> {
    let body = body(&ChoiceRequest { verifier: verifier.0.clone(), tenant });
    read(&call(Method::POST, "/api/connection/xero/choice", Some(credential), body, SYNC_LIMIT).await?)
}

fn claim_body(Secret(code): &Secret, Secret(verifier): &Secret) -> Option<String> {
    body(&ClaimRequest { code: code.clone(), verifier: verifier.clone() })
}

/// `GET /api/records/{module}/{id}`
///
/// # Errors
/// See [`sign_in`].
pub async fn record(credential: &Credential, module: Module, id: &str) -> Result<RecordView, Fault> {
    read(&call(Method::GET, &record_path(module, id, ""), Some(credential), None, READ_LIMIT).await?)
}

/// `POST /api/records/{module}/{id}/sync`
///
/// # Errors
/// See [`sign_in`].
pub async fn sync(credential: &Credential, module: Module, id: &str) -> Result<SyncReply, Fault> {
    read(
        &call(Method::POST, &record_path(module, id, "/sync"), Some(credential), Some("{}".to_owned()), SYNC_LIMIT)
            .await?,
    )
}

/// `GET /api/records/{module}/{id}/progress`
///
/// # Errors
/// See [`sign_in`].
pub async fn progress(credential: &Credential, module: Module, id: &str) -> Result<ProgressView, Fault> {
    read(&call(Method::GET, &record_path(module, id, "/progress"), Some(credential), None, READ_LIMIT).await?)
}

/// `GET /api/records/{module}/{id}/entries?before={entry}`
///
/// # Errors
/// See [`sign_in`].
pub async fn entries(credential: &Credential, module: Module, id: &str, before: &str) -> Result<EntriesPage, Fault> {
    let mut path = record_path(module, id, "/entries?before=");
    path.push_str(&encode(before));
    read(&call(Method::GET, &path, Some(credential), None, READ_LIMIT).await?)
}

/// `POST /api/runs`, `GET /api/runs/{id}`, `POST /api/runs/{id}/retry` and `POST /api/runs/{id}/cancel`
///
/// # Errors
/// See [`sign_in`].
pub async fn run(credential: &Credential, ask: &Ask) -> Result<Run, Fault> {
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
    read(&call(method, &path, Some(credential), body, limit).await?)
}

/// `GET /api/entries?run={run}`
///
/// # Errors
/// See [`sign_in`].
pub async fn outcomes(credential: &Credential, wanted: &Wanted) -> Result<EntriesPage, Fault> {
    let mut path = [OUTCOMES_PAGE, &encode(&wanted.run)].concat();
    if let Some(from) = wanted.from {
        path.push_str("&from=");
        path.push_str(&iso(from));
    }
    if let Some(before) = &wanted.before {
        path.push_str("&before=");
        path.push_str(&encode(before));
    }
    read(&call(Method::GET, &path, Some(credential), None, READ_LIMIT).await?)
}

/// `POST /api/settings/changes`
///
/// # Errors
/// See [`sign_in`].
pub async fn change_setting(credential: &Credential, change: SettingChange) -> Result<(), Fault> {
    let body = body(&SettingChangeRequest { change });
    call(Method::POST, "/api/settings/changes", Some(credential), body, READ_LIMIT).await.map(drop)
}

/// `POST /api/records/{module}/{id}/decision`
///
/// # Errors
/// See [`sign_in`].
pub async fn decide(credential: &Credential, module: Module, id: &str, decision: Decision) -> Result<(), Fault> {
    let body = body(&DecisionRequest { decision });
    let path = record_path(module, id, "/decision");
    call(Method::POST, &path, Some(credential), body, READ_LIMIT).await.map(drop)
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

/// Makes a call and returns the body of a successful answer.
async fn call(
    method: Method,
    path: &str,
    credential: Option<&Credential>,
    body: Option<String>,
    limit: u32,
) -> Result<String, Fault> {
    let named = name(&method, path, body.as_deref());
    let request = name_it(request(method, path, credential), named.as_deref());
    send(request, body, (credential.is_some(), named), limit).await
}

/// Under which text a request has its name. What starts or changes something names itself: a second try of it is the
/// same request.
pub(crate) fn name(method: &Method, path: &str, body: Option<&str>) -> Option<String> {
    (*method == Method::POST).then(|| naming::asked(path, body))
}

/// The request with its name.
pub(crate) fn name_it(request: RequestBuilder, named: Option<&str>) -> RequestBuilder {
    match named {
        Some(asked) => request.header("Idempotency-Key", &naming::of(asked)),
        None => request,
    }
}

async fn send(
    request: RequestBuilder,
    body: Option<String>,
    (asked_by, named): (bool, Option<String>),
    limit: u32,
) -> Result<String, Fault> {
    let signal = web_sys::AbortSignal::timeout_with_u32(limit);
    let request = request.abort_signal(Some(&signal));
    let request = match body {
        Some(body) => request.header("Content-Type", "application/json").body(body),
        None => request.build(),
    };
    let unanswered =
        |_| Fault::Problem(Box::new(if signal.aborted() { words::too_slow() } else { words::unreachable() }));
    let response = request.map_err(unanswered)?.send().await.map_err(unanswered)?;
    let text = response.text().await.map_err(unanswered)?;
    if let Some(asked) = named.as_ref().filter(|_| has_answered(response.status(), &text)) {
        naming::answered(asked);
    }
    if response.ok() {
        return Ok(text);
    }
    let unreadable = |said| Fault::Problem(Box::new(words::unreadable(response.status(), said)));
    Err(refused(response.status(), &text, asked_by, unreadable))
}
