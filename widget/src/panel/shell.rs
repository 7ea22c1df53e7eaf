//! Does what the panel's state asks for: calls, windows, storage and timers of the browser.

use super::{calls, words};
use crate::fault::Fault;
use crate::format::{Formats, document_language, language_tag};
use crate::panel::page::Mode;
use crate::panel::state::{Effect, Msg, Panel, update};
use crate::panel::view::{self, PanelUi};
use crate::popup::flow::Ended;
use crate::popup::{self, Heard, kept, remember, spawn};
use crate::session::{Credential, Purpose};
use crate::{client, language, sdk};
use leptos::prelude::*;
use shared::language::Language;
use shared::module::Module;
use std::cell::Cell;
use std::time::Duration;
use wasm_bindgen::prelude::*;
use web_sys::{ResizeObserver, Window};

/// Milliseconds between two looks at the steps of a sync.
const PROGRESS_PAUSE: i32 = 500;
/// Milliseconds between two looks at a run, and while it waits or does not answer.
const RUN_PAUSE: i32 = 1_000;
const LONG_RUN_PAUSE: i32 = 5_000;
/// Milliseconds before the popup closes by itself: long enough to read a line, or to hear it.
const CLOSE_PAUSE: i32 = 4_000;
/// Milliseconds before a session that somebody may have begun elsewhere is asked for again: no answer is not a "no".
const FIND_PAUSES: [i32; 4] = [1_000, 5_000, 20_000, 60_000];
/// Milliseconds after each try to tell the edge that a session is over.
const END_PAUSES: [i32; 2] = [500, 0];
/// How often "2 min ago" is looked at again.
const CLOCK_TICK: Duration = Duration::from_secs(20);
/// Milliseconds that a size must last before the page is asked for it.
const RESIZE_PAUSE: Duration = Duration::from_millis(60);
/// Smallest and greatest height to ask for, and the width of each popup, in CSS pixels.
const HEIGHTS: (i32, i32) = (96, 6_000);
const POPUP_HEIGHT: i32 = 640;
const BUTTON_WIDTH: i32 = 560;
const LIST_WIDTH: i32 = 800;

thread_local! {
    static ASKED_HEIGHT: Cell<i32> = const { Cell::new(0) };
}

/// Starts the panel in this page.
pub fn run() {
    let Some(window) = web_sys::window() else { return };
    let Some(document) = window.document() else { return };
    let Some(body) = document.body() else { return };
    let part = |part: Result<String, JsValue>| part.unwrap_or_default();
    let mode = Mode::of_address(&part(window.location().pathname()), &part(window.location().search()));
    let model = Panel { reloaded: sdk::was_reloaded(), ..Panel::new(mode, Some(kept(&window))) };
    let model = RwSignal::new(model);
    let ui = PanelUi {
        model,
        formats: RwSignal::new(Formats::default()),
        language: RwSignal::new(language::loaded()),
        now: RwSignal::new(js_sys::Date::now()),
        act: Callback::new(|_| {}),
    };
    let language = ui.language.get_untracked();
    client::tell_by(words::unanswered);
    client::speak(language);
    tell_language(ui, language);
    let ui = PanelUi { act: Callback::new(move |msg| dispatch(ui, msg)), ..ui };
    // The placeholder of the page goes the moment that the panel is there.
    body.set_text_content(None);
    leptos::mount::mount_to(body, move || view::panel(ui)).forget();
    set_interval(move || ui.now.set(js_sys::Date::now()), CLOCK_TICK);
    listen(&window, ui);
    follow_size(&document, mode);
    popup::follow_sight(&document, move || dispatch(ui, Msg::InSight));
    dispatch(ui, Msg::Started);
}

/// Applies an event and does what follows from it.
fn dispatch(ui: PanelUi, msg: Msg) {
    let effects = ui.model.try_update(|model| update(model, msg)).unwrap_or_default();
    ui.now.set(js_sys::Date::now());
    for effect in effects {
        perform(ui, effect);
    }
}

/// Asks whether this browser has a session by now. A limit or an outage says nothing of that, so it is asked again.
async fn find_session(ui: PanelUi, ticket: u32) {
    for pause in FIND_PAUSES {
        match client::session(&Credential::Cookie).await {
            Ok(session) => return dispatch(ui, Msg::SessionFound(ticket, session)),
            Err(Fault::SignedOut(_)) => return,
            Err(Fault::Problem(_)) => sdk::sleep(pause).await,
        }
    }
}

/// Tells the edge that a session is over, and once more where it does not answer. Whoever signs in meanwhile has the same
/// cookie, so it is not asked again then.
async fn end_session(ui: PanelUi, credential: Credential) {
    for pause in END_PAUSES {
        if !matches!(client::end_session(&credential).await, Err(Fault::Problem(_))) {
            return dispatch(ui, Msg::SessionEnded);
        }
        sdk::sleep(pause).await;
        if ui.model.with_untracked(|model| model.credential.is_some() || model.window.is_some()) {
            return dispatch(ui, Msg::SessionEnded);
        }
    }
    dispatch(ui, Msg::StillSignedIn(credential));
}

fn perform(ui: PanelUi, effect: Effect) {
    match effect {
        Effect::StartSdk => start_sdk(ui),
        Effect::AskAtWork => ask_at_work(ui),
        Effect::Remember(credential) => remember(credential.as_ref()),
        Effect::EndSession(credential) => spawn(end_session(ui, credential)),
        Effect::ReadSession(ticket) => with_credential(ui, move |credential| async move {
            dispatch(ui, Msg::SessionArrived(ticket, client::session(&credential).await));
        }),
        Effect::FindSession(ticket) => spawn(find_session(ui, ticket)),
        Effect::ReadRecord(ticket, module, id) => with_credential(ui, move |credential| async move {
            let result = calls::record(&credential, module, &id).await.map(Box::new);
            dispatch(ui, Msg::RecordArrived(ticket, result));
        }),
        Effect::Sync(ticket, module, id) => with_credential(ui, move |credential| async move {
            let result = calls::sync(&credential, module, &id, None).await.map(Box::new);
            dispatch(ui, Msg::SyncEnded(ticket, id, result));
        }),
        Effect::SyncAsShown(ticket, module, id, word) => with_credential(ui, move |credential| async move {
            let result = calls::sync(&credential, module, &id, Some(word)).await.map(Box::new);
            dispatch(ui, Msg::SyncEnded(ticket, id, result));
        }),
        Effect::Watch(ticket, module, id) => {
            with_credential(ui, move |credential| watch(ui, credential, ticket, module, id))
        }
        Effect::ReadEntries(ticket, module, id, before) => with_credential(ui, move |credential| async move {
            let result = calls::entries(&credential, module, &id, &before).await;
            dispatch(ui, Msg::OlderArrived(ticket, result));
        }),
        Effect::ReadNames(ticket, module, ids) => spawn(async move {
            let names = sdk::names(module, &ids).await;
            dispatch(ui, Msg::NamesArrived(ticket, names));
        }),
        Effect::Run(turn, ask) => with_credential(ui, move |credential| async move {
            let result = calls::run(&credential, &ask).await.map(Box::new);
            dispatch(ui, Msg::RunArrived(turn, ask, result));
        }),
        Effect::ReadOutcomes(turn, wanted) => with_credential(ui, move |credential| async move {
            dispatch(ui, Msg::OutcomesArrived(turn, calls::outcomes(&credential, &wanted).await));
        }),
        Effect::LookSoon(turn, later) => spawn(async move {
            sdk::sleep(if later { LONG_RUN_PAUSE } else { RUN_PAUSE }).await;
            dispatch(ui, Msg::LookDue(turn));
        }),
        Effect::Save(ticket, change) => with_credential(ui, move |credential| async move {
            dispatch(ui, Msg::RemedySaved(ticket, calls::change_setting(&credential, change).await));
        }),
        Effect::Decide(ticket, module, id, decision) => with_credential(ui, move |credential| async move {
            dispatch(ui, Msg::RemedySaved(ticket, calls::decide(&credential, module, &id, decision).await));
        }),
        Effect::OpenWindow(purpose) => open_window(ui, purpose),
        Effect::Window(act) => popup::act(act),
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

/// Runs a call that needs the session; without one there is nobody to call for.
fn with_credential<F: Future<Output = ()> + 'static>(ui: PanelUi, call: impl FnOnce(Credential) -> F) {
    if let Some(credential) = ui.model.with_untracked(|model| model.credential.clone()) {
        spawn(call(credential));
    }
}

async fn watch(ui: PanelUi, credential: Credential, ticket: u32, module: Module, id: String) {
    loop {
        sdk::sleep(PROGRESS_PAUSE).await;
        let under_way = ui.model.with_untracked(|model| model.ticket == ticket && model.work.is_some());
        if !under_way {
            return;
        }
        // The steps are a nicety: if they can't be read, the sync's own answer tells all.
        let Ok(progress) = calls::progress(&credential, module, &id).await else { return };
        dispatch(ui, Msg::ProgressArrived(ticket, progress));
    }
}

fn start_sdk(ui: PanelUi) {
    let on_page_load = move |context| {
        if let Some(context) = context {
            dispatch(ui, Msg::PageLoad(context));
        }
        // What was asked for before the page listened is lost.
        ASKED_HEIGHT.set(0);
        ask_size(ui.model.with_untracked(|model| model.mode));
        // The page answers now, so it also tells how the user likes to see things.
        spawn(async move {
            if let Some(dark) = sdk::is_dark().await {
                set_root_attribute("data-theme", if dark { "dark" } else { "light" });
            }
        });
    };
    spawn(async move {
        // Without the script there is no record, and the panel says so in a while.
        sdk::start(on_page_load).await;
    });
    spawn(async move {
        sdk::sleep(sdk::SILENCE_LIMIT).await;
        dispatch(ui, Msg::SdkSilent);
    });
}

/// Asks the CRM who is at work. Nothing is read before it has told, or has had its time.
fn ask_at_work(ui: PanelUi) {
    spawn(async move {
        let Some(user) = sdk::user().await else { return dispatch(ui, Msg::AtWork(None)) };
        adopt_locale(ui, user.locale.as_deref());
        ui.formats.update(|formats| formats.time_zone = user.time_zone);
        if let Some(user) = &user.at_work {
            client::tell_at_work(user.id.clone());
        }
        dispatch(ui, Msg::AtWork(user.at_work));
    });
    spawn(async move {
        sdk::sleep(sdk::USER_PATIENCE).await;
        dispatch(ui, Msg::AtWork(None));
    });
}

fn adopt_locale(ui: PanelUi, locale: Option<&str>) {
    let Some(tag) = locale.and_then(language_tag) else { return };
    let language = language::adopt(&tag);
    ui.formats.update(|formats| formats.locale = Some(tag));
    client::speak(language);
    if language == ui.language.get_untracked() {
        return tell_language(ui, language);
    }
    spawn(async move {
        if language::load(language).await {
            ui.language.set(language);
            tell_language(ui, language);
        }
    });
}

/// Tells the page's language to whoever reads it aloud.
fn tell_language(ui: PanelUi, language: Language) {
    let tag = ui.formats.with_untracked(|formats| formats.locale.clone());
    set_root_attribute("lang", document_language(language, tag.as_deref()));
}

fn set_root_attribute(name: &str, value: &str) {
    let root = web_sys::window().and_then(|window| window.document()).and_then(|document| document.document_element());
    if let Some(root) = root {
        // It fails only for names that are none.
        let _ = root.set_attribute(name, value);
    }
}

fn open_window(ui: PanelUi, purpose: Purpose) {
    let credential = ui.model.with_untracked(|model| model.credential.clone());
    popup::open(purpose, credential, move |heard| {
        dispatch(
            ui,
            match heard {
                Heard::Shown(shown) => Msg::WindowShown(shown),
                Heard::Ended(Ended::Late) => Msg::WindowLate,
                Heard::Ended(Ended::Failed(fault)) => Msg::WindowFailed(fault),
                Heard::Ended(Ended::Connected) => Msg::XeroConnected,
                Heard::Ended(Ended::SignedIn(reply)) => Msg::SignedIn(reply),
            },
        );
    });
}

fn listen(window: &Window, ui: PanelUi) {
    popup::listen(window, move |data| {
        // The page's locale, until the user's own is known.
        let known = ui.formats.with_untracked(|formats| formats.locale.is_some());
        if !known {
            adopt_locale(ui, popup::told_locale(data).as_deref());
        }
    });
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
