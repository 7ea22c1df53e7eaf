//! Calls to the edge. Every failure becomes a [`Fault`] that can be shown as it is.

use crate::fault::{Absence, Fault, own_problem};
use crate::naming;
use crate::session::{Credential, Secret};
use gloo_net::http::{Method, RequestBuilder};
use serde::Serialize;
use serde::de::DeserializeOwned;
use shared::api::{
    CRM_USER_HEADER, ChoiceRequest, ClaimReply, ClaimRequest, ConnectRequest, ErrorDocument, FlowStateReply,
    FlowStateRequest, OWN_HEADER, Page, PopupReply, SessionView, SignInRequest, XeroClaimReply,
};
use shared::id::TenantId;
use shared::language::Language;
use shared::problem::{Code, Problem, Severity};
use std::cell::{Cell, RefCell};

/// Milliseconds after which a reading is given up. The edge's own limits are shorter.
const READ_LIMIT: u32 = 30_000;
/// Milliseconds after which a change's answer is no longer waited for: the edge may have to ask both vendors first, and
/// of a sync many dependencies may go first.
const WRITE_LIMIT: u32 = 120_000;
/// How much of an answer that nobody understands is shown.
const SAID_LIMIT: usize = 300;

thread_local! {
    /// Who is at work, as the CRM's script tells.
    static AT_WORK: RefCell<Option<String>> = const { RefCell::new(None) };
    /// The language in which problems are to be told.
    static LANGUAGE: Cell<Language> = const { Cell::new(Language::English) };
    /// How this page tells that it has no answer of the service's.
    static TELL: Cell<fn(Unanswered, Language) -> Problem> = const { Cell::new(in_no_words) };
}

/// Why there is no answer of the service's own, or none that this page understands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unanswered {
    /// The service can't be reached.
    Unreachable,
    /// It took too long: nobody knows what has become of the request.
    TooSlow,
    /// An answer of this status and these words that is none of the service's, or of another version of it.
    Unreadable(u16, String),
}

/// Before the page has said how it tells it: both say so before their first call.
fn in_no_words(_: Unanswered, _: Language) -> Problem {
    own_problem(Severity::Error, Code::OutcomeUnknown, ["", "", ""])
}

/// From now on this page tells in this way that there is no answer.
pub fn tell_by(tell: fn(Unanswered, Language) -> Problem) {
    TELL.set(tell);
}

/// From now on every answer's problems are told in this language.
pub fn speak(language: Language) {
    LANGUAGE.set(language);
}

/// What a page shows where there is no answer.
#[must_use]
pub(crate) fn unanswered(why: Unanswered) -> Fault {
    Fault::Problem(Box::new(TELL.get()(why, LANGUAGE.get())))
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

/// Which page of ours this is: lists of sessions tell it of those that begin here.
fn page() -> &'static str {
    let path = web_sys::window().and_then(|window| window.location().pathname().ok());
    path.and_then(|path| Page::of(&path)).map_or("1", Page::as_str)
}

/// The same, whoever is at work.
fn request_of_anybody(method: Method, path: &str, credential: Option<&Credential>) -> RequestBuilder {
    let changes = !matches!(method, Method::GET);
    // The browser would send what it was set to itself, and the page may speak another language.
    let mut request = RequestBuilder::new(path).method(method).header("Accept-Language", LANGUAGE.get().tag());
    if changes {
        // A form of another site can't set it.
        request = request.header(OWN_HEADER, page());
    }
    match credential {
        Some(Credential::Bearer(Secret(token))) => request.header("Authorization", &["Bearer ", token].concat()),
        Some(Credential::Cookie) | None => request,
    }
}

/// What an answer that is no success means.
fn refused(status: u16, text: &str, asked_by: bool) -> Fault {
    match crate::json::read::<ErrorDocument>(text) {
        // Only the session itself is answered with 401; without one there is none to be over.
        Ok(ErrorDocument { problem, .. }) if status == 401 && asked_by => {
            Fault::SignedOut(if problem.code == Code::SessionExpired { Absence::Ended } else { Absence::Nobody })
        }
        Ok(document) => Fault::Problem(Box::new(document.problem)),
        Err(_) => unanswered(Unanswered::Unreadable(status, text.chars().take(SAID_LIMIT).collect())),
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

/// One call: method, address, body, and how long to wait for its answer.
#[derive(Debug, Clone)]
pub struct Call {
    method: Method,
    path: String,
    body: Option<String>,
    limit: u32,
}

impl Call {
    fn new(method: Method, path: String, body: Option<String>) -> Self {
        let limit = if method == Method::GET { READ_LIMIT } else { WRITE_LIMIT };
        Self { method, path, body, limit }
    }

    /// A change that asks no vendor: it is given up as soon as a reading.
    pub(crate) fn quick(self) -> Self {
        Self { limit: READ_LIMIT, ..self }
    }
}

/// Reads.
#[must_use]
pub fn get(path: impl Into<String>) -> Call {
    Call::new(Method::GET, path.into(), None)
}

/// Starts or creates something.
#[must_use]
pub fn post(path: impl Into<String>, body: &impl Serialize) -> Call {
    Call::new(Method::POST, path.into(), json(body))
}

/// Starts something that needs no more than its address.
#[must_use]
pub fn post_empty(path: impl Into<String>) -> Call {
    // A text, because writing an empty map would link what writes JSON of any kind.
    Call::new(Method::POST, path.into(), Some("{}".to_owned()))
}

/// Replaces something.
#[must_use]
pub fn put(path: impl Into<String>, body: &impl Serialize) -> Call {
    Call::new(Method::PUT, path.into(), json(body))
}

/// Ends something.
#[must_use]
pub fn delete(path: impl Into<String>) -> Call {
    Call::new(Method::DELETE, path.into(), None)
}

/// The requests are plain structures of texts: writing them as JSON can't fail.
fn json(request: &impl Serialize) -> Option<String> {
    serde_json::to_string(request).ok()
}

/// `POST /api/sign-in`
///
/// # Errors
/// What kept the call from succeeding; so for all calls below.
pub async fn sign_in(request: &SignInRequest) -> Result<PopupReply, Fault> {
    read(&send(post("/api/sign-in", request).quick(), None).await?)
}

/// `POST /api/flows/state`
///
/// # Errors
/// See [`sign_in`].
pub async fn flow_state(verifier: &Secret) -> Result<FlowStateReply, Fault> {
    read(&send(post("/api/flows/state", &FlowStateRequest { verifier: verifier.0.clone() }).quick(), None).await?)
}

/// `POST /api/session`
///
/// # Errors
/// See [`sign_in`].
pub async fn claim(code: &Secret, verifier: &Secret) -> Result<ClaimReply, Fault> {
    read(&send(post("/api/session", &claim_request(code, verifier)), None).await?)
}

/// `GET /api/session`. Whose it is has to be known where it is another's, too: so who is at work is not said.
///
/// # Errors
/// See [`sign_in`].
pub async fn session(credential: &Credential) -> Result<SessionView, Fault> {
    let request = request_of_anybody(Method::GET, "/api/session", Some(credential));
    read(&answer(request, None, true, None, READ_LIMIT).await?)
}

/// `DELETE /api/session`
///
/// # Errors
/// See [`sign_in`].
pub async fn end_session(credential: &Credential) -> Result<(), Fault> {
    send(delete("/api/session").quick(), Some(credential)).await.map(drop)
}

/// `POST /api/connection/xero`
///
/// # Errors
/// See [`sign_in`].
pub async fn connect_xero(credential: &Credential, challenge: String) -> Result<PopupReply, Fault> {
    read(&send(post("/api/connection/xero", &ConnectRequest { challenge }).quick(), Some(credential)).await?)
}

/// `POST /api/connection/xero/claim`
///
/// # Errors
/// See [`sign_in`].
pub async fn claim_xero(credential: &Credential, code: &Secret, verifier: &Secret) -> Result<XeroClaimReply, Fault> {
    let call = post("/api/connection/xero/claim", &claim_request(code, verifier));
    read(&send(call, Some(credential)).await?)
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
    read(
        &send(
            post("/api/connection/xero/choice", &ChoiceRequest { verifier: verifier.0.clone(), tenant }),
            Some(credential),
        )
        .await?,
    )
}

fn claim_request(Secret(code): &Secret, Secret(verifier): &Secret) -> ClaimRequest {
    ClaimRequest { code: code.clone(), verifier: verifier.clone() }
}

/// A text as a part of an address.
pub(crate) fn encode(text: &str) -> String {
    js_sys::encode_uri_component(text).into()
}

/// What a successful answer says.
pub(crate) fn read<T: DeserializeOwned>(text: &str) -> Result<T, Fault> {
    crate::json::read(text).map_err(|error| unanswered(Unanswered::Unreadable(200, error.to_string())))
}

/// Sends a call for somebody and returns the body of a successful answer.
pub(crate) async fn send(call: Call, credential: Option<&Credential>) -> Result<String, Fault> {
    // What starts or changes something names itself: a second try of it is the same request.
    let named = (call.method == Method::POST).then(|| naming::asked(&call.path, call.body.as_deref()));
    let request = request(call.method, &call.path, credential);
    let request = match &named {
        Some(asked) => request.header("Idempotency-Key", &naming::of(asked)),
        None => request,
    };
    answer(request, call.body, credential.is_some(), named, call.limit).await
}

async fn answer(
    request: RequestBuilder,
    body: Option<String>,
    asked_by: bool,
    named: Option<String>,
    limit: u32,
) -> Result<String, Fault> {
    let signal = web_sys::AbortSignal::timeout_with_u32(limit);
    let request = request.abort_signal(Some(&signal));
    let request = match body {
        Some(body) => request.header("Content-Type", "application/json").body(body),
        None => request.build(),
    };
    let lost = |_| unanswered(if signal.aborted() { Unanswered::TooSlow } else { Unanswered::Unreachable });
    let response = request.map_err(lost)?.send().await.map_err(lost)?;
    let text = response.text().await.map_err(lost)?;
    if let Some(asked) = named.as_ref().filter(|_| has_answered(response.status(), &text)) {
        naming::answered(asked);
    }
    if response.ok() {
        return Ok(text);
    }
    Err(refused(response.status(), &text, asked_by))
}
