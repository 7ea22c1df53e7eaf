//! The vendors' windows and how this browser keeps a session: what panel and portal share of signing in and connecting.
//!
//! A window is opened on a page of our own origin, which leads on to the vendor, and comes back to one that posts its
//! code to us; messages of other origins or windows are not read. A code alone is worth nothing: it is claimed with a
//! verifier that never leaves this page. What is to be done when is decided in [`flow`].

pub mod flow;
pub mod words;

use crate::fault::Fault;
use crate::session::{Credential, Purpose, Secret};
use crate::{client, sdk};
use flow::{Act, Claimed, Effect, Ended, Event, Flow, Shown};
use shared::api::{PopupMessage, SignInRequest};
use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Document, HtmlDocument, MessageEvent, Window};

/// Where the token is kept, for this tab alone.
const STORAGE_KEY: &str = "ledgerlink.session";
/// What the messages of our own pages carry as their `source`.
const MESSAGE_SOURCE: &str = "ledgerlink";
/// Milliseconds between two looks whether the vendor's window is still open.
const WINDOW_PAUSE: i32 = 400;
/// Milliseconds between two questions how far it is.
const ASK_PAUSE: i32 = 1_500;
/// Milliseconds that its page has to say its code.
const CODE_PAUSE: i32 = 1_000;
/// Milliseconds after which nothing comes of a window any more: the edge's own limit.
const TIME: i32 = 900_000;
/// A cookie that finds out whether the browser keeps any of ours, and one that takes it away.
const TRIAL: &str = "__Host-ledgerlink-trial=1; Path=/; Secure; SameSite=None; Partitioned; Max-Age=";

/// What is told of a window.
#[derive(Debug)]
pub enum Heard {
    /// What is shown of it has changed.
    Shown(Option<Shown>),
    /// It has ended.
    Ended(Ended),
}

/// Hears of a window.
type Hears = Rc<dyn Fn(Heard)>;

/// The window that is open, and what is needed when it comes back.
#[derive(Default)]
struct Desk {
    flow: Flow,
    shown: Option<Shown>,
    window: Option<Window>,
    verifier: Option<Secret>,
    credential: Option<Credential>,
    hears: Option<Hears>,
}

thread_local! {
    static DESK: RefCell<Desk> = RefCell::default();
}

/// Runs a future by itself. Boxed, so that there is one kind of task and not one for each call.
pub(crate) fn spawn(future: impl Future<Output = ()> + 'static) {
    let future: Pin<Box<dyn Future<Output = ()>>> = Box::pin(future);
    wasm_bindgen_futures::spawn_local(future);
}

/// How this tab may have a session: by the token that it keeps, else perhaps by our cookie, which nobody sees here.
#[must_use]
pub fn kept(window: &Window) -> Credential {
    let token = window.session_storage().ok().flatten().and_then(|storage| storage.get_item(STORAGE_KEY).ok()?);
    Credential::of_claim(token)
}

/// Keeps the token for this tab, or forgets it. Where the browser lets us keep nothing, it lives as long as the page.
pub fn remember(credential: Option<&Credential>) {
    let Some(Ok(Some(storage))) = web_sys::window().map(|window| window.session_storage()) else { return };
    let _ = match credential {
        Some(Credential::Bearer(Secret(token))) => storage.set_item(STORAGE_KEY, token),
        Some(Credential::Cookie) | None => storage.remove_item(STORAGE_KEY),
    };
}

/// Whether the browser keeps cookies of ours here. Where it does not, each tab has to ask.
#[must_use]
pub fn keeps_cookies() -> bool {
    let document = web_sys::window().and_then(|window| window.document()?.dyn_into::<HtmlDocument>().ok());
    let Some(document) = document else { return false };
    let set = |seconds: &str| document.set_cookie(&[TRIAL, seconds].concat());
    let kept = set("60").and_then(|()| document.cookie()).is_ok_and(|cookies| cookies.contains("ledgerlink-trial"));
    // Where it can't be set, it can't be taken away either.
    let _ = set("0");
    kept
}

/// Calls `then` whenever the page comes into sight again: somebody may have signed in or out in another tab.
pub fn follow_sight(document: &Document, then: impl Fn() + 'static) {
    let looked_at = document.clone();
    let listener = Closure::<dyn Fn()>::new(move || {
        if !looked_at.hidden() {
            then();
        }
    });
    // It fails only for arguments that are not these.
    let _ = document.add_event_listener_with_callback("visibilitychange", listener.as_ref().unchecked_ref());
    // The page listens as long as it lives.
    listener.forget();
}

/// Opens a window for `purpose`. Has to be called within a click.
pub fn open(purpose: Purpose, credential: Option<Credential>, hears: impl Fn(Heard) + 'static) {
    DESK.with_borrow_mut(|desk| {
        desk.credential = credential;
        desk.hears = Some(Rc::new(hears));
        // Whoever hears from now on has been told nothing yet.
        desk.shown = None;
    });
    feed(Event::Begin(purpose));
}

/// The person does something about the window. Opening it again has to be within a click.
pub fn act(act: Act) {
    feed(Event::Act(act));
}

fn feed(event: Event) {
    let (effects, hears, shown) = DESK.with_borrow_mut(|desk| {
        let effects = desk.flow.update(event);
        let shown = desk.flow.shown();
        let changed = shown != desk.shown;
        desk.shown.clone_from(&shown);
        (effects, desk.hears.clone(), changed.then_some(shown))
    });
    if let (Some(hears), Some(shown)) = (&hears, shown) {
        hears(Heard::Shown(shown));
    }
    for effect in effects {
        perform(effect, hears.as_ref());
    }
}

fn perform(effect: Effect, hears: Option<&Hears>) {
    match effect {
        Effect::Ask(number, purpose, key) => spawn(async move {
            let address = ask(number, purpose, key).await;
            feed(Event::Address(number, address));
        }),
        Effect::Open(number, url) => open_window(number, &url),
        Effect::Close => {
            if let Some(window) = DESK.with_borrow_mut(|desk| desk.window.take()) {
                // A window that is closed already can't be closed again.
                let _ = window.close();
            }
        }
        Effect::AskSoon(number) => later(ASK_PAUSE, Event::AskDue(number)),
        Effect::CodeSoon(number) => later(CODE_PAUSE, Event::CodeDue(number)),
        Effect::EndLater(number) => later(TIME, Event::TimeOver(number)),
        Effect::AskState(number) => spawn(async move {
            let Some(verifier) = verifier() else { return };
            feed(Event::State(number, client::flow_state(&verifier).await));
        }),
        Effect::Claim(number, purpose, code) => spawn(async move {
            let Some(verifier) = verifier() else { return };
            let claimed = match (purpose, credential()) {
                (Purpose::SignIn | Purpose::ConnectZoho, _) => {
                    client::claim(&code, &verifier).await.map(|reply| Claimed::Session(Box::new(reply)))
                }
                (Purpose::ConnectXero, Some(credential)) => {
                    client::claim_xero(&credential, &code, &verifier).await.map(Claimed::Xero)
                }
                (Purpose::ConnectXero, None) => return,
            };
            feed(Event::Claimed(number, claimed));
        }),
        Effect::Choose(number, tenant) => spawn(async move {
            let (Some(verifier), Some(credential)) = (verifier(), credential()) else { return };
            let claimed = client::choose_xero(&credential, &verifier, tenant).await.map(Claimed::Xero);
            feed(Event::Claimed(number, claimed));
        }),
        Effect::End(ended) => {
            if let Some(hears) = hears {
                hears(Heard::Ended(ended));
            }
        }
    }
}

fn later(pause: i32, event: Event) {
    spawn(async move {
        sdk::sleep(pause).await;
        feed(event);
    });
}

fn verifier() -> Option<Secret> {
    DESK.with_borrow(|desk| desk.verifier.clone())
}

fn credential() -> Option<Credential> {
    DESK.with_borrow(|desk| desk.credential.clone())
}

/// Makes a verifier and asks where the window leads.
async fn ask(number: u32, purpose: Purpose, key: Option<Secret>) -> Result<String, Fault> {
    let Some((verifier, challenge)) = verifier_and_challenge().await else {
        return Err(client::unanswered(client::Unanswered::Unreachable));
    };
    DESK.with_borrow_mut(|desk| {
        if desk.flow.is(number) {
            desk.verifier = Some(verifier);
        }
    });
    let reply = match (purpose, credential()) {
        (Purpose::SignIn | Purpose::ConnectZoho, _) => {
            let connect = purpose == Purpose::ConnectZoho;
            let installation_key = key.map(|Secret(key)| key);
            client::sign_in(&SignInRequest { challenge, connect, installation_key }).await
        }
        (Purpose::ConnectXero, Some(credential)) => client::connect_xero(&credential, challenge).await,
        (Purpose::ConnectXero, None) => Err(Fault::SignedOut(crate::fault::Absence::Nobody)),
    };
    reply.map(|reply| reply.url)
}

/// A fresh secret and the base64url of its SHA-256.
async fn verifier_and_challenge() -> Option<(Secret, String)> {
    let window = web_sys::window()?;
    let crypto = window.crypto().ok()?;
    let mut secret = [0_u8; 32];
    crypto.get_random_values_with_u8_array(&mut secret).ok()?;
    let verifier = base64url(&window, &secret)?;
    let digest = crypto.subtle().digest_with_str_and_js_u8_array("SHA-256", &verifier.as_bytes().into()).ok()?;
    let digest = js_sys::Uint8Array::new(&JsFuture::from(digest).await.ok()?).to_vec();
    let challenge = base64url(&window, &digest)?;
    Some((Secret(verifier), challenge))
}

fn base64url(window: &Window, bytes: &[u8]) -> Option<String> {
    let binary: String = bytes.iter().map(|byte| char::from(*byte)).collect();
    let text = window.btoa(&binary).ok()?;
    Some(text.trim_end_matches('=').replace('+', "-").replace('/', "_"))
}

/// Opens the window with its address: one that is cut off from here could not be sent on afterwards.
fn open_window(number: u32, url: &str) {
    let opened = web_sys::window().and_then(|window| {
        window.open_with_url_and_target_and_features(url, "ledgerlink", "popup,width=560,height=720").ok()?
    });
    let handed = opened.is_some();
    DESK.with_borrow_mut(|desk| desk.window.clone_from(&opened));
    feed(Event::Opened(number, handed));
    if let Some(opened) = opened {
        spawn(watch(number, opened));
    }
}

/// Tells when the window seems to be closed.
async fn watch(number: u32, window: Window) {
    while is_watched(number, &window) {
        if window.closed().unwrap_or(true) {
            return feed(Event::Closed(number));
        }
        sdk::sleep(WINDOW_PAUSE).await;
    }
}

fn is_watched(number: u32, window: &Window) -> bool {
    DESK.with_borrow(|desk| desk.flow.waits(number) && desk.window.as_ref() == Some(window))
}

/// Reads a message if it comes from a page of our own origin; others are handed back to whom they may concern.
pub fn listen(window: &Window, of_others: impl Fn(&JsValue) + 'static) {
    let own_origin = window.location().origin().unwrap_or_default();
    let listener = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
        let data = event.data();
        if event.origin() == own_origin {
            message(&event, &data);
        } else {
            of_others(&data);
        }
    });
    // It fails only for arguments that are not these.
    let _ = window.add_event_listener_with_callback("message", listener.as_ref().unchecked_ref());
    // The page listens as long as it lives.
    listener.forget();
}

fn message(event: &MessageEvent, data: &JsValue) {
    let ours = DESK.with_borrow(|desk| match (&desk.window, event.source()) {
        (Some(window), Some(source)) => {
            let (window, source): (&JsValue, &JsValue) = (window.as_ref(), source.as_ref());
            window == source
        }
        // One that was opened out of our reach has no way to us either. If it has, what it says is checked by the edge.
        _ => true,
    });
    let Some(text) = js_sys::JSON::stringify(data).ok().and_then(|text| text.as_string()) else { return };
    let Ok(message) = crate::json::read::<PopupMessage>(&text) else { return };
    if ours && message.source == MESSAGE_SOURCE {
        feed(Event::Said(message));
    }
}

/// The locale that the CRM's page tells in its message, if this is that message. The worst that a forged one does is
/// another notation.
#[must_use]
pub fn told_locale(data: &JsValue) -> Option<String> {
    (sdk::field(data, "eventName").as_string().as_deref() == Some("SET_CONTEXT"))
        .then(|| sdk::field(&sdk::field(data, "data"), "locale").as_string())?
}
