//! The vendors' windows and the session's token: what panel and portal share of signing in and connecting.
//!
//! A vendor's window is opened empty within the click and sent on afterwards, because browsers block windows that
//! open later. It comes back to a page of our own origin, which posts a message; messages of other origins are not
//! read. A code alone is worth nothing: it is claimed with a verifier that never leaves this page.

use crate::state::{Fault, Purpose, Token};
use crate::{client, sdk};
use shared::api::{ClaimReply, ClaimRequest, PopupMessage, SignInRequest};
use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{MessageEvent, Window};

/// Where the token is kept.
const STORAGE_KEY: &str = "ledgerlink.session";
/// What the messages of our own pages carry as their `source`.
const MESSAGE_SOURCE: &str = "ledgerlink";
/// Milliseconds between two looks whether the vendor's window is still open.
const WINDOW_PAUSE: i32 = 400;
/// Milliseconds that a message may take after its window has closed.
const MESSAGE_GRACE: i32 = 1_500;

/// How a vendor's window ended.
#[derive(Debug)]
pub enum Ended {
    /// The browser let none open.
    Blocked,
    /// The person closed it before the end.
    Closed,
    /// It could not be done.
    Failed(Fault),
    /// Xero is connected.
    Connected,
    /// Somebody is signed in.
    SignedIn(Box<ClaimReply>),
}

/// Hears how a window ended, at most once for each.
type Hears = Rc<dyn Fn(Ended)>;

/// A vendor's window that is open, and what is needed when it comes back.
struct Attempt {
    number: u32,
    window: Window,
    verifier: Option<String>,
    hears: Hears,
}

thread_local! {
    static ATTEMPT: RefCell<Option<Attempt>> = const { RefCell::new(None) };
    static ATTEMPTS: Cell<u32> = const { Cell::new(0) };
}

/// Runs a future by itself. Boxed, so that there is one kind of task and not one for each call.
pub(crate) fn spawn(future: impl Future<Output = ()> + 'static) {
    let future: Pin<Box<dyn Future<Output = ()>>> = Box::pin(future);
    wasm_bindgen_futures::spawn_local(future);
}

/// The token of the last visit, where the browser lets a frame keep anything.
#[must_use]
pub fn stored_token(window: &Window) -> Option<Token> {
    window.local_storage().ok()??.get_item(STORAGE_KEY).ok()?.map(Token)
}

/// Keeps or forgets the token. Where the browser does not let us, it lives as long as the page.
pub fn remember(token: Option<&Token>) {
    let Some(Ok(Some(storage))) = web_sys::window().map(|window| window.local_storage()) else { return };
    let _ = match token {
        Some(token) => storage.set_item(STORAGE_KEY, &token.0),
        None => storage.remove_item(STORAGE_KEY),
    };
}

/// Opens a window for `purpose` with `waiting` in it until the vendor's page comes. Has to be called within a click.
pub fn open(purpose: Purpose, token: Option<Token>, waiting: &str, hears: impl Fn(Ended) + 'static) {
    drop_window();
    let opened = web_sys::window().and_then(|window| {
        window.open_with_url_and_target_and_features("about:blank", "ledgerlink", "popup,width=560,height=720").ok()?
    });
    let Some(popup) = opened else { return hears(Ended::Blocked) };
    if let Some(body) = popup.document().and_then(|document| document.body()) {
        body.set_text_content(Some(waiting));
    }
    let hears: Hears = Rc::new(hears);
    let number = ATTEMPTS.get() + 1;
    ATTEMPTS.set(number);
    ATTEMPT.set(Some(Attempt { number, window: popup.clone(), verifier: None, hears: hears.clone() }));
    spawn(async move {
        let address = match (purpose, token) {
            (Purpose::SignIn | Purpose::ConnectZoho, _) => ask_sign_in(number, purpose == Purpose::ConnectZoho).await,
            (Purpose::ConnectXero, Some(token)) => client::connect_xero(&token).await.map(|reply| reply.url),
            (Purpose::ConnectXero, None) => Err(Fault::SignedOut),
        };
        if !is_current(number) {
            return;
        }
        match address {
            Ok(url) if popup.location().set_href(&url).is_ok() => watch(number, &popup, &hears).await,
            Ok(_) => hears(Ended::Closed),
            Err(fault) => {
                drop_window();
                hears(Ended::Failed(fault));
            }
        }
    });
}

async fn ask_sign_in(number: u32, connect: bool) -> Result<String, Fault> {
    let Some((verifier, challenge)) = verifier_and_challenge().await else {
        return Err(Fault::Problem(Box::new(crate::words::unreachable())));
    };
    ATTEMPT.with_borrow_mut(|attempt| {
        if let Some(attempt) = attempt.as_mut().filter(|attempt| attempt.number == number) {
            attempt.verifier = Some(verifier);
        }
    });
    client::sign_in(&SignInRequest { challenge, connect }).await.map(|reply| reply.url)
}

/// A fresh secret and the base64url of its SHA-256.
async fn verifier_and_challenge() -> Option<(String, String)> {
    let window = web_sys::window()?;
    let crypto = window.crypto().ok()?;
    let mut secret = [0_u8; 32];
    crypto.get_random_values_with_u8_array(&mut secret).ok()?;
    let verifier = base64url(&window, &secret)?;
    let digest = crypto.subtle().digest_with_str_and_js_u8_array("SHA-256", &verifier.as_bytes().into()).ok()?;
    let digest = js_sys::Uint8Array::new(&JsFuture::from(digest).await.ok()?).to_vec();
    let challenge = base64url(&window, &digest)?;
    Some((verifier, challenge))
}

fn base64url(window: &Window, bytes: &[u8]) -> Option<String> {
    let binary: String = bytes.iter().map(|byte| char::from(*byte)).collect();
    let text = window.btoa(&binary).ok()?;
    Some(text.trim_end_matches('=').replace('+', "-").replace('/', "_"))
}

fn is_current(number: u32) -> bool {
    ATTEMPT.with_borrow(|attempt| attempt.as_ref().is_some_and(|attempt| attempt.number == number))
}

/// Tells when the person closes the window. Its message is still read if it comes after all.
async fn watch(number: u32, popup: &Window, hears: &Hears) {
    loop {
        sdk::sleep(WINDOW_PAUSE).await;
        if !is_current(number) {
            return;
        }
        if popup.closed().unwrap_or(true) {
            sdk::sleep(MESSAGE_GRACE).await;
            if is_current(number) {
                hears(Ended::Closed);
            }
            return;
        }
    }
}

/// Closes the window, if one is open; nobody hears of it any more.
pub fn drop_window() {
    if let Some(attempt) = ATTEMPT.take() {
        // A window that is closed already can't be closed again.
        let _ = attempt.window.close();
    }
}

/// Reads a message if it comes from a page of our own origin; others are handed back to whom they may concern.
pub fn listen(window: &Window, of_others: impl Fn(&JsValue) + 'static) {
    let own_origin = window.location().origin().unwrap_or_default();
    let listener = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
        let data = event.data();
        if event.origin() == own_origin {
            message(&data);
        } else {
            of_others(&data);
        }
    });
    // It fails only for arguments that are not these.
    let _ = window.add_event_listener_with_callback("message", listener.as_ref().unchecked_ref());
    // The page listens as long as it lives.
    listener.forget();
}

fn message(data: &JsValue) {
    let Some(text) = js_sys::JSON::stringify(data).ok().and_then(|text| text.as_string()) else { return };
    let Ok(message) = crate::json::read::<PopupMessage>(&text) else { return };
    if message.source != MESSAGE_SOURCE {
        return;
    }
    let Some(attempt) = ATTEMPT.take() else { return };
    // Its page closes itself too; whoever is first.
    let _ = attempt.window.close();
    let hears = attempt.hears;
    match (message.problem, message.code, attempt.verifier) {
        (Some(problem), _, _) => hears(Ended::Failed(Fault::Problem(Box::new(problem)))),
        (None, Some(code), Some(verifier)) => spawn(async move {
            hears(match client::claim(&ClaimRequest { code, verifier }).await {
                Ok(reply) => Ended::SignedIn(Box::new(reply)),
                Err(fault) => Ended::Failed(fault),
            });
        }),
        (None, None, None) => hears(Ended::Connected),
        (None, _, _) => hears(Ended::Closed),
    }
}

/// The locale that the CRM's page tells in its message, if this is that message. The worst that a forged one does is
/// another notation.
#[must_use]
pub fn told_locale(data: &JsValue) -> Option<String> {
    (sdk::field(data, "eventName").as_string().as_deref() == Some("SET_CONTEXT"))
        .then(|| sdk::field(&sdk::field(data, "data"), "locale").as_string())?
}
