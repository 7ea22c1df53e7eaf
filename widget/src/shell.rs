//! Does what the state asks for: calls, windows, storage and timers of the browser.
//!
//! A vendor's window is opened empty within the click and sent on afterwards, because browsers block windows that
//! open later. It comes back to a page of our own origin, which posts a message; messages of other origins are not
//! read. A code alone is worth nothing: it is claimed with a verifier that never leaves this page.

use crate::format::{Formats, document_language, language_tag};
use crate::state::{Effect, Fault, Mode, Model, Msg, Purpose, Token, update};
use crate::view::{self, Ui};
use crate::{client, sdk};
use leptos::prelude::*;
use shared::api::{ClaimRequest, PopupMessage, SignInRequest};
use shared::module::Module;
use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::time::Duration;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{MessageEvent, ResizeObserver, Window};

/// Where the token is kept.
const STORAGE_KEY: &str = "ledgerlink.session";
/// What the messages of our own pages carry as their `source`.
const MESSAGE_SOURCE: &str = "ledgerlink";
/// Milliseconds between two looks at the steps of a sync.
const PROGRESS_PAUSE: i32 = 500;
/// Milliseconds between two looks at a run, and while it waits or does not answer.
const RUN_PAUSE: i32 = 1_000;
const LONG_RUN_PAUSE: i32 = 5_000;
/// Milliseconds between two looks whether the vendor's window is still open.
const WINDOW_PAUSE: i32 = 400;
/// Milliseconds that a message may take after its window has closed.
const MESSAGE_GRACE: i32 = 1_500;
/// Milliseconds before the popup closes by itself: long enough to read a line, or to hear it.
const CLOSE_PAUSE: i32 = 4_000;
/// How often "2 min ago" is looked at again.
const CLOCK_TICK: Duration = Duration::from_secs(20);
/// Milliseconds that a size must last before the page is asked for it.
const RESIZE_PAUSE: Duration = Duration::from_millis(60);
/// Smallest and greatest height to ask for, and the width of each popup, in CSS pixels.
const HEIGHTS: (i32, i32) = (96, 6_000);
const POPUP_HEIGHT: i32 = 640;
const BUTTON_WIDTH: i32 = 560;
const LIST_WIDTH: i32 = 800;

/// A vendor's window that is open, and what is needed when it comes back.
struct Attempt {
    number: u32,
    window: Window,
    verifier: Option<String>,
}

thread_local! {
    static ATTEMPT: RefCell<Option<Attempt>> = const { RefCell::new(None) };
    static ATTEMPTS: Cell<u32> = const { Cell::new(0) };
    static ASKED_HEIGHT: Cell<i32> = const { Cell::new(0) };
}

/// Starts the panel in this page.
pub fn run() {
    let Some(window) = web_sys::window() else { return };
    let Some(document) = window.document() else { return };
    let Some(body) = document.body() else { return };
    let mode = Mode::from_query(&window.location().search().unwrap_or_default());
    let model = RwSignal::new(Model::new(mode, stored_token(&window)));
    let ui = Ui {
        model,
        formats: RwSignal::new(Formats::default()),
        now: RwSignal::new(js_sys::Date::now()),
        act: Callback::new(|_| {}),
    };
    let ui = Ui { act: Callback::new(move |msg| dispatch(ui, msg)), ..ui };
    // The placeholder of the page goes the moment that the panel is there.
    body.set_text_content(None);
    leptos::mount::mount_to(body, move || view::panel(ui)).forget();
    set_interval(move || ui.now.set(js_sys::Date::now()), CLOCK_TICK);
    listen(&window, ui);
    follow_size(&document, mode);
    dispatch(ui, Msg::Started);
}

/// Applies an event and does what follows from it.
fn dispatch(ui: Ui, msg: Msg) {
    let effects = ui.model.try_update(|model| update(model, msg)).unwrap_or_default();
    ui.now.set(js_sys::Date::now());
    for effect in effects {
        perform(ui, effect);
    }
}

fn perform(ui: Ui, effect: Effect) {
    match effect {
        Effect::StartSdk => start_sdk(ui),
        Effect::Remember(token) => remember(token.as_ref()),
        Effect::EndSession(token) => spawn(async move {
            // Here the token is forgotten already; at the edge it ends by itself if this call fails.
            let _ = client::end_session(&token).await;
        }),
        Effect::ReadSession(ticket) => with_token(ui, move |token| async move {
            dispatch(ui, Msg::SessionArrived(ticket, client::session(&token).await));
        }),
        Effect::ReadRecord(ticket, module, id) => with_token(ui, move |token| async move {
            let result = client::record(&token, module, &id).await.map(Box::new);
            dispatch(ui, Msg::RecordArrived(ticket, result));
        }),
        Effect::Sync(ticket, module, id) => with_token(ui, move |token| async move {
            let result = client::sync(&token, module, &id).await.map(Box::new);
            dispatch(ui, Msg::SyncEnded(ticket, id, result));
        }),
        Effect::Watch(ticket, module, id) => with_token(ui, move |token| watch(ui, token, ticket, module, id)),
        Effect::ReadEntries(ticket, module, id, before) => with_token(ui, move |token| async move {
            let result = client::entries(&token, module, &id, &before).await;
            dispatch(ui, Msg::OlderArrived(ticket, result));
        }),
        Effect::ReadNames(ticket, module, ids) => spawn(async move {
            let names = sdk::names(module, &ids).await;
            dispatch(ui, Msg::NamesArrived(ticket, names));
        }),
        Effect::Run(turn, ask) => with_token(ui, move |token| async move {
            let result = client::run(&token, &ask).await.map(Box::new);
            dispatch(ui, Msg::RunArrived(turn, ask, result));
        }),
        Effect::ReadOutcomes(turn, wanted) => with_token(ui, move |token| async move {
            dispatch(ui, Msg::OutcomesArrived(turn, client::outcomes(&token, &wanted).await));
        }),
        Effect::LookSoon(turn, later) => spawn(async move {
            sdk::sleep(if later { LONG_RUN_PAUSE } else { RUN_PAUSE }).await;
            dispatch(ui, Msg::LookDue(turn));
        }),
        Effect::Save(ticket, change) => with_token(ui, move |token| async move {
            dispatch(ui, Msg::RemedySaved(ticket, client::change_setting(&token, change).await));
        }),
        Effect::OpenPopup(purpose) => open_popup(ui, purpose),
        Effect::DropPopup => drop_popup(),
        Effect::CloseSoon => spawn(async move {
            sdk::sleep(CLOSE_PAUSE).await;
            dispatch(ui, Msg::CloseDue);
        }),
        Effect::Close => sdk::close_reload(),
        Effect::Reload => {
            if let Some(window) = web_sys::window() {
                // A page that can't be loaded anew stays as it is.
                let _ = window.location().reload();
            }
        }
    }
}

/// Runs a future by itself. Boxed, so that there is one kind of task and not one for each call.
fn spawn(future: impl Future<Output = ()> + 'static) {
    let future: Pin<Box<dyn Future<Output = ()>>> = Box::pin(future);
    wasm_bindgen_futures::spawn_local(future);
}

/// Runs a call that needs the session; without one there is nobody to call for.
fn with_token<F: Future<Output = ()> + 'static>(ui: Ui, call: impl FnOnce(Token) -> F) {
    if let Some(token) = ui.model.with_untracked(|model| model.token.clone()) {
        spawn(call(token));
    }
}

async fn watch(ui: Ui, token: Token, ticket: u32, module: Module, id: String) {
    loop {
        sdk::sleep(PROGRESS_PAUSE).await;
        let under_way = ui.model.with_untracked(|model| model.ticket == ticket && model.work.is_some());
        if !under_way {
            return;
        }
        // The steps are a nicety: if they can't be read, the sync's own answer tells all.
        let Ok(progress) = client::progress(&token, module, &id).await else { return };
        dispatch(ui, Msg::ProgressArrived(ticket, progress));
    }
}

fn start_sdk(ui: Ui) {
    spawn(sdk::start(move |context| {
        dispatch(ui, Msg::PageLoad(context));
        // What was asked for before the page listened is lost.
        ASKED_HEIGHT.set(0);
        ask_size(ui.model.with_untracked(|model| model.mode));
        // The page answers now, so it also tells how the user likes to see things.
        spawn(async move {
            if let Some(dark) = sdk::is_dark().await {
                set_root_attribute("data-theme", if dark { "dark" } else { "light" });
            }
        });
        spawn(async move {
            if let Some(user) = sdk::user().await {
                adopt_locale(ui, user.locale.as_deref());
                ui.formats.update(|formats| formats.time_zone = user.time_zone);
            }
        });
    }));
    spawn(async move {
        sdk::sleep(sdk::SILENCE_LIMIT).await;
        dispatch(ui, Msg::SdkSilent);
    });
}

fn adopt_locale(ui: Ui, locale: Option<&str>) {
    let Some(tag) = locale.and_then(language_tag) else { return };
    set_root_attribute("lang", document_language(Some(&tag)));
    ui.formats.update(|formats| formats.locale = Some(tag));
}

fn set_root_attribute(name: &str, value: &str) {
    let root = web_sys::window().and_then(|window| window.document()).and_then(|document| document.document_element());
    if let Some(root) = root {
        // It fails only for names that are none.
        let _ = root.set_attribute(name, value);
    }
}

/// The token of the last visit, where the browser lets a frame keep anything.
fn stored_token(window: &Window) -> Option<Token> {
    window.local_storage().ok()??.get_item(STORAGE_KEY).ok()?.map(Token)
}

/// Keeps or forgets the token. Where the browser does not let us, it lives as long as the page.
fn remember(token: Option<&Token>) {
    let Some(Ok(Some(storage))) = web_sys::window().map(|window| window.local_storage()) else { return };
    let _ = match token {
        Some(token) => storage.set_item(STORAGE_KEY, &token.0),
        None => storage.remove_item(STORAGE_KEY),
    };
}

fn open_popup(ui: Ui, purpose: Purpose) {
    drop_popup();
    let opened = web_sys::window().and_then(|window| {
        window.open_with_url_and_target_and_features("about:blank", "ledgerlink", "popup,width=560,height=720").ok()?
    });
    let Some(popup) = opened else { return dispatch(ui, Msg::PopupBlocked) };
    if let Some(body) = popup.document().and_then(|document| document.body()) {
        let vendor = if purpose == Purpose::ConnectXero { "Opening Xero…" } else { "Opening Zoho…" };
        body.set_text_content(Some(vendor));
    }
    let number = ATTEMPTS.get() + 1;
    ATTEMPTS.set(number);
    ATTEMPT.set(Some(Attempt { number, window: popup.clone(), verifier: None }));
    spawn(async move {
        let address = match purpose {
            Purpose::SignIn | Purpose::ConnectZoho => ask_sign_in(number, purpose == Purpose::ConnectZoho).await,
            Purpose::ConnectXero => match ui.model.with_untracked(|model| model.token.clone()) {
                Some(token) => client::connect_xero(&token).await.map(|reply| reply.url),
                None => Err(Fault::SignedOut),
            },
        };
        if !is_current(number) {
            return;
        }
        match address {
            Ok(url) if popup.location().set_href(&url).is_ok() => watch_popup(ui, number, &popup).await,
            Ok(_) => dispatch(ui, Msg::PopupClosed),
            Err(fault) => {
                drop_popup();
                dispatch(ui, Msg::PopupFailed(fault));
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
async fn watch_popup(ui: Ui, number: u32, popup: &Window) {
    loop {
        sdk::sleep(WINDOW_PAUSE).await;
        if !is_current(number) {
            return;
        }
        if popup.closed().unwrap_or(true) {
            sdk::sleep(MESSAGE_GRACE).await;
            if is_current(number) {
                dispatch(ui, Msg::PopupClosed);
            }
            return;
        }
    }
}

fn drop_popup() {
    if let Some(attempt) = ATTEMPT.take() {
        // A window that is closed already can't be closed again.
        let _ = attempt.window.close();
    }
}

fn listen(window: &Window, ui: Ui) {
    let own_origin = window.location().origin().unwrap_or_default();
    let listener = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
        let data = event.data();
        if event.origin() == own_origin {
            popup_message(ui, &data);
        } else if sdk::field(&data, "eventName").as_string().as_deref() == Some("SET_CONTEXT") {
            // The page's locale, until the user's own is known. The worst that a forged one does is another notation.
            let known = ui.formats.with_untracked(|formats| formats.locale.is_some());
            if !known {
                adopt_locale(ui, sdk::field(&sdk::field(&data, "data"), "locale").as_string().as_deref());
            }
        }
    });
    // It fails only for arguments that are not these.
    let _ = window.add_event_listener_with_callback("message", listener.as_ref().unchecked_ref());
    // The page listens as long as it lives.
    listener.forget();
}

fn popup_message(ui: Ui, data: &JsValue) {
    let Some(text) = js_sys::JSON::stringify(data).ok().and_then(|text| text.as_string()) else { return };
    let Ok(message) = serde_json::from_str::<PopupMessage>(&text) else { return };
    if message.source != MESSAGE_SOURCE {
        return;
    }
    let Some(attempt) = ATTEMPT.take() else { return };
    // Its page closes itself too; whoever is first.
    let _ = attempt.window.close();
    match (message.problem, message.code, attempt.verifier) {
        (Some(problem), _, _) => dispatch(ui, Msg::PopupFailed(Fault::Problem(Box::new(problem)))),
        (None, Some(code), Some(verifier)) => spawn(async move {
            match client::claim(&ClaimRequest { code, verifier }).await {
                Ok(reply) => dispatch(ui, Msg::SignedIn(Box::new(reply))),
                Err(fault) => dispatch(ui, Msg::PopupFailed(fault)),
            }
        }),
        (None, None, None) => dispatch(ui, Msg::XeroConnected),
        (None, _, _) => dispatch(ui, Msg::PopupClosed),
    }
}

/// Keeps the frame as high as its content. The content's height depends on the frame's width alone, so asking for a
/// height changes nothing that would ask again.
fn follow_size(document: &web_sys::Document, mode: Mode) {
    let Some(panel) = panel_element(document) else { return };
    let pending: Cell<Option<TimeoutHandle>> = Cell::new(None);
    let callback = Closure::<dyn Fn()>::new(move || {
        if let Some(earlier) = pending.take() {
            earlier.clear();
        }
        pending.set(set_timeout_with_handle(move || ask_size(mode), RESIZE_PAUSE).ok());
    });
    if let Ok(observer) = ResizeObserver::new(callback.as_ref().unchecked_ref()) {
        observer.observe(&panel);
        // Both watch as long as the page lives; the browser keeps the observer, we keep its callback.
        callback.forget();
    }
}

/// Asks the page for the content's height, unless it has been asked for it.
fn ask_size(mode: Mode) {
    let Some(document) = web_sys::window().and_then(|window| window.document()) else { return };
    let Some(panel) = panel_element(&document) else { return };
    let height = panel.get_bounding_client_rect().height().ceil();
    #[expect(clippy::cast_possible_truncation, reason = "an element is never that high")]
    let height = (height as i32).clamp(HEIGHTS.0, HEIGHTS.1);
    if ASKED_HEIGHT.replace(height) != height {
        match mode {
            Mode::Panel => sdk::resize(frame_width(), height),
            Mode::Button => sdk::resize(BUTTON_WIDTH, height.min(POPUP_HEIGHT)),
            Mode::List => sdk::resize(LIST_WIDTH, height.min(POPUP_HEIGHT)),
        }
    }
}

fn panel_element(document: &web_sys::Document) -> Option<web_sys::Element> {
    document.query_selector("main").ok()?
}

fn frame_width() -> i32 {
    let width = web_sys::window().and_then(|window| window.inner_width().ok()).and_then(|width| width.as_f64());
    #[expect(clippy::cast_possible_truncation, reason = "a window is never that wide")]
    width.map_or(0, |width| width as i32)
}
