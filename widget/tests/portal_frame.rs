//! The portal around its screens, in a real browser: who sees what, in which language, and where the focus goes.
#![allow(clippy::unwrap_used, reason = "a test may panic")]
#![cfg(target_arch = "wasm32")]

use js_sys::{Function, Promise};
use leptos::prelude::AnyView;
use leptos::task::tick;
use shared::api::{ConnectionState, SessionView};
use shared::id::ZohoId;
use std::cell::RefCell;
use std::future::ready;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::{Element, Event, HtmlElement, HtmlSelectElement};
use widget::fault::{Absence, Fault};
use widget::popup::flow::{Scene, Shown, Sight, Wrong};
use widget::portal::app::{App, Session};
use widget::portal::frame;
use widget::portal::parts;
use widget::portal::route::{Route, Screen};
use widget::portal::screens::{Coming, Open, Screens};
use widget::portal::words::Language;
use widget::session::{AtWork, Credential, CrmUser, Purpose};

wasm_bindgen_test_configure!(run_in_browser);

fn document() -> web_sys::Document {
    web_sys::window().unwrap().document().unwrap()
}

fn user(administrator: bool, connection: ConnectionState) -> Session {
    let view = SessionView {
        user: "Ana".into(),
        user_id: ZohoId::new("1").unwrap(),
        administrator,
        crm_organisation: "Acme".into(),
        connection,
        xero_organisation: Some("Acme Australia".into()),
    };
    let at_work = AtWork::Untold;
    Session { credential: Some(Credential::Cookie), view: Some(view), at_work, ..Session::default() }
}

/// A screen like any other.
fn arrived(_: App) -> AnyView {
    parts::screen("arrived", "It is here", "", Vec::new(), Vec::new()).into()
}

/// Screens that come with the page.
fn at_once(_: Screen) -> Coming {
    Box::pin(ready(Some(arrived as Open)))
}

thread_local! {
    /// What ends the wait for the screen that was asked for last: well, or not.
    static WAITING: RefCell<Option<[Function; 2]>> = const { RefCell::new(None) };
}

/// Screens that come when the test says so.
fn later(_: Screen) -> Coming {
    let promise = Promise::new(&mut |come, fail| WAITING.set(Some([come, fail])));
    Box::pin(async move { JsFuture::from(promise).await.ok().map(|_| arrived as Open) })
}

async fn end_wait(well: bool) {
    let [come, fail] = WAITING.take().unwrap();
    if well { come } else { fail }.call0(&JsValue::NULL).unwrap();
    drawn().await;
}

struct Stage {
    app: App,
    root: Element,
}

impl Stage {
    fn new(session: Session, screen: Screen) -> Self {
        Self::with(at_once, session, screen)
    }

    fn with(screens: Screens, session: Session, screen: Screen) -> Self {
        let root = document().create_element("div").unwrap();
        document().body().unwrap().append_child(&root).unwrap();
        // An address in the page: otherwise the portal goes home by itself.
        let route = Route::to(screen);
        web_sys::window().unwrap().location().set_hash(&route.hash()).unwrap();
        let app = App::new(None, route, Language::English, js_sys::Date::now());
        app.session.set(session);
        leptos::mount::mount_to(root.clone().unchecked_into(), move || frame::portal(app, screens)).forget();
        Self { app, root }
    }

    fn texts(&self, selector: &str) -> Vec<String> {
        let found = self.root.query_selector_all(selector).unwrap();
        (0..found.length()).filter_map(|at| found.item(at)?.text_content()).collect()
    }

    #[track_caller]
    fn get<T: JsCast>(&self, selector: &str) -> T {
        let found = self.root.query_selector(selector).unwrap();
        found.unwrap_or_else(|| panic!("no {selector} in {}", self.root.inner_html())).dyn_into().unwrap()
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.root.remove();
    }
}

async fn drawn() {
    for _ in 0..2 {
        let frame = js_sys::Promise::new(&mut |resolve, _| {
            web_sys::window().unwrap().request_animation_frame(&resolve).unwrap();
        });
        JsFuture::from(frame).await.unwrap();
        tick().await;
    }
}

#[wasm_bindgen_test]
async fn who_is_not_signed_in_sees_the_way_in_and_no_rail() {
    let stage = Stage::new(Session::default(), Screen::Runs);
    tick().await;
    assert_eq!(stage.texts("h1"), ["Ledgerlink keeps Zoho CRM and Xero in step"]);
    assert_eq!(stage.texts("main button"), ["Sign in with Zoho", "Connect Zoho CRM"]);
    assert_eq!(stage.texts("nav"), Vec::<String>::new());
    // A session that has ended says so, and leads back to the same address.
    stage.app.session.set(Session { fault: Some(Fault::SignedOut(Absence::Ended)), ..Session::default() });
    tick().await;
    stage.app.session.set(user(true, ConnectionState::ZohoMissing));
    tick().await;
    stage.app.session.set(Session { fault: Some(Fault::SignedOut(Absence::Ended)), ..Session::default() });
    tick().await;
    assert_eq!(stage.texts("main .what"), ["Warning: Your session has ended."]);
    assert_eq!(stage.texts("main button"), ["Sign in with Zoho"]);
    assert_eq!(stage.app.route.get_untracked(), Route::to(Screen::Runs));
}

#[wasm_bindgen_test]
async fn another_user_of_the_crm_is_asked_to_sign_in_and_what_was_read_is_gone() {
    let stage = Stage::new(user(true, ConnectionState::Connected), Screen::Log);
    tick().await;
    assert_eq!(stage.texts("h1"), ["It is here"]);
    let sam = CrmUser { id: "2".into(), name: "Sam Sales".into() };
    let session = stage.app.session.get_untracked().with_at_work(Some(sam));
    stage.app.session.set(session);
    tick().await;
    let told = "Warning: This browser is signed in as Ana, but the CRM says that you are Sam Sales.";
    assert_eq!(stage.texts("main .what"), [told]);
    assert_eq!(stage.texts("main button"), ["Sign in with Zoho"]);
    assert_eq!(stage.texts("[data-testid=user]"), Vec::<String>::new());
}

#[wasm_bindgen_test]
async fn what_a_window_needs_is_asked_for_over_every_screen() {
    let stage = Stage::new(user(true, ConnectionState::Connected), Screen::Log);
    tick().await;
    let show = async |scene: Scene| {
        stage.app.window.set(Some(Shown { purpose: Purpose::ConnectXero, scene }));
        drawn().await;
    };
    show(Scene::Waiting(Sight::Closed)).await;
    assert_eq!(stage.texts("dialog"), Vec::<String>::new());
    show(Scene::Code { wrong: None }).await;
    assert_eq!(stage.texts("dialog h2"), ["Connect Xero"]);
    assert_eq!(stage.texts("dialog label"), ["Type the code that the window shows"]);
    assert!(document().active_element().unwrap().matches("[data-testid=code]").unwrap());
    show(Scene::Code { wrong: Some(Wrong::Form) }).await;
    assert!(stage.texts("[data-testid=ask-error]").concat().contains("none of 0, 1, I, L, O and U"));
    assert_eq!(stage.texts("dialog").len(), 1);
    show(Scene::Claiming).await;
    assert_eq!(stage.texts("dialog"), Vec::<String>::new());
    stage.app.window.set(None);
}

#[wasm_bindgen_test]
async fn a_user_who_is_no_administrator_is_told_why_a_screen_is_closed() {
    let stage = Stage::new(user(false, ConnectionState::Connected), Screen::Mapping);
    tick().await;
    assert_eq!(stage.texts("nav a"), ["Log", "Health"]);
    assert_eq!(stage.texts("h1"), ["Only CRM administrators see this"]);
    assert_eq!(stage.get::<Element>("[data-testid=open-log]").get_attribute("href").as_deref(), Some("#/log"));
    assert_eq!(stage.texts("[data-testid=organisations] p"), ["CRM: Acme", "Xero: Acme Australia"]);
    assert_eq!(stage.texts("[data-testid=strip]"), Vec::<String>::new());
}

#[wasm_bindgen_test]
async fn a_connection_that_is_broken_is_told_above_every_screen() {
    let stage = Stage::new(user(false, ConnectionState::XeroBroken), Screen::Schedule);
    tick().await;
    assert_eq!(stage.texts("[data-testid=strip] button"), Vec::<String>::new());
    let told = stage.texts("[data-testid=strip]").concat();
    assert!(told.contains("Xero no longer accepts our access") && told.contains("Ask a CRM administrator"), "{told}");
    stage.app.session.set(user(false, ConnectionState::Connected));
    tick().await;
    assert_eq!(stage.texts("[data-testid=strip]"), Vec::<String>::new());
}

#[wasm_bindgen_test]
async fn without_the_crm_an_administrator_connects_it_and_others_ask() {
    let stage = Stage::new(user(true, ConnectionState::ZohoMissing), Screen::Log);
    tick().await;
    assert_eq!(
        (stage.texts("h1").concat(), stage.texts("main button").concat()),
        ("Zoho CRM is not connected yet".into(), "Connect Zoho CRM".into())
    );
    drop(stage);
    let stage = Stage::new(user(false, ConnectionState::ZohoMissing), Screen::Log);
    tick().await;
    assert_eq!(stage.texts("main button"), Vec::<String>::new());
    assert!(stage.texts("main").concat().contains("Ask a CRM administrator"));
}

#[wasm_bindgen_test]
async fn the_way_from_screen_to_screen_names_the_page_and_takes_the_focus_along() {
    let stage = Stage::new(user(false, ConnectionState::Connected), Screen::Mapping);
    drawn().await;
    assert_eq!(document().title(), "Mapping · Xero");
    assert_eq!(stage.texts("[aria-current=page]"), Vec::<String>::new());
    stage.app.go(Route::to(Screen::Schedule));
    stage.app.route.set(Route::to(Screen::Schedule));
    drawn().await;
    assert_eq!(document().title(), "Schedule · Xero");
    assert_eq!(web_sys::window().unwrap().location().hash().unwrap(), "#/schedule");
    let focused = document().active_element().unwrap();
    assert!(focused.is_same_node(Some(&stage.get::<Element>("h1"))), "the focus is on {}", focused.outer_html());
    // A filter is no other screen.
    stage.get::<HtmlElement>("[data-testid=rail-log]").focus().unwrap();
    stage.app.replace(Route::to(Screen::Schedule).with("day", "2026-11-22"));
    drawn().await;
    assert_eq!(web_sys::window().unwrap().location().hash().unwrap(), "#/schedule?day=2026-11-22");
    assert!(document().active_element().unwrap().matches("[data-testid=rail-log]").unwrap());
}

#[wasm_bindgen_test]
async fn a_screen_on_its_way_shows_its_outline_and_keeps_the_focus() {
    let stage = Stage::with(later, user(true, ConnectionState::Connected), Screen::Health);
    end_wait(true).await;
    stage.app.go(Route::to(Screen::Mapping));
    stage.app.route.set(Route::to(Screen::Mapping));
    drawn().await;
    assert_eq!((stage.texts("h1"), stage.texts(".skeleton").len()), (vec!["Mapping".to_owned()], 1));
    end_wait(true).await;
    assert_eq!((stage.texts("h1"), stage.texts(".skeleton").len()), (vec!["It is here".to_owned()], 0));
    let focused = document().active_element().unwrap();
    assert!(focused.is_same_node(Some(&stage.get::<Element>("h1"))), "the focus is on {}", focused.outer_html());
}

#[wasm_bindgen_test]
async fn a_screen_that_does_not_come_is_told_and_can_be_tried_again() {
    let stage = Stage::with(later, user(true, ConnectionState::Connected), Screen::Runs);
    tick().await;
    end_wait(false).await;
    assert_eq!(stage.texts("h1"), ["Run"]);
    assert_eq!(stage.texts("main .what"), ["Problem: This screen could not be loaded."]);
    stage.get::<HtmlElement>("[data-testid=try-again]").click();
    tick().await;
    assert_eq!((stage.texts("main .what").len(), stage.texts(".skeleton").len()), (0, 1));
    end_wait(true).await;
    assert_eq!(stage.texts("h1"), ["It is here"]);
}

#[wasm_bindgen_test]
async fn a_screen_that_comes_too_late_does_not_push_another_aside() {
    let stage = Stage::with(later, user(true, ConnectionState::Connected), Screen::Runs);
    tick().await;
    let late = WAITING.take().unwrap();
    stage.app.go(Route::to(Screen::Health));
    stage.app.route.set(Route::to(Screen::Health));
    drawn().await;
    let current = WAITING.replace(Some(late)).unwrap();
    end_wait(true).await;
    assert_eq!(stage.texts("h1"), ["Health"]);
    WAITING.set(Some(current));
    end_wait(true).await;
    assert_eq!(stage.texts("h1"), ["It is here"]);
}

#[wasm_bindgen_test]
async fn another_language_changes_every_text_at_once_and_is_kept() {
    let stage = Stage::new(user(false, ConnectionState::Connected), Screen::Mapping);
    tick().await;
    let select: HtmlSelectElement = stage.get("[data-testid=language]");
    assert_eq!(select.value(), "en");
    select.set_value("de");
    select.dispatch_event(&Event::new("change").unwrap()).unwrap();
    drawn().await;
    assert_eq!(stage.texts("nav a"), ["Protokoll", "Zustand"]);
    assert_eq!(stage.texts("h1"), ["Nur für CRM-Administratoren"]);
    assert_eq!(document().title(), "Zuordnung · Xero");
    assert_eq!(document().document_element().unwrap().get_attribute("lang").as_deref(), Some("de"));
    assert_eq!(stage.app.formats.get_untracked().locale.as_deref(), Some("de"));
    let storage = web_sys::window().unwrap().local_storage().unwrap().unwrap();
    assert_eq!(storage.get_item("ledgerlink.language").unwrap().as_deref(), Some("de"));
    storage.remove_item("ledgerlink.language").unwrap();
}
