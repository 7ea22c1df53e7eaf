//! The portal's start in a page: what it shows at first, and whom it listens to.

use super::app::{App, asked_route, set_root_attribute};
use super::frame;
use super::route::{Route, Screen};
use super::screens::{self, Screens};
use super::unanswered::unanswered;
use super::words::Language;
use crate::client;
use crate::popup::{self, spawn};
use crate::portal::reactive::*;
use crate::sdk;
use std::time::Duration;
use wasm_bindgen::prelude::*;
use web_sys::Window;

/// How often "2 min ago" is looked at again.
const CLOCK_TICK: Duration = Duration::from_secs(20);

/// Starts the portal in this page, with screens from there.
pub fn run(screens: Screens) {
    let Some(window) = web_sys::window() else { return };
    let Some(body) = window.document().and_then(|document| document.body()) else { return };
    let asked = asked_route(&window);
    let route = asked.clone().unwrap_or_else(|| Route::to(Screen::Log));
    let app = App::new(Some(popup::kept(&window)), route, Language::default(), js_sys::Date::now());
    client::tell_by(unanswered);
    app.adopt_locale(window.navigator().language().unwrap_or_default());
    // The placeholder of the page goes the moment that the portal is there.
    body.set_text_content(None);
    leptos::mount::mount_to(body, move || frame::portal(app, screens)).forget();
    set_interval(move || app.now.set(js_sys::Date::now()), CLOCK_TICK);
    follow_address(&window, app);
    frame::follow_width(&window);
    ask_crm(&window, app);
    if let Some(document) = window.document() {
        popup::follow_sight(&document, move || app.in_sight());
    }
    // Both come side by side.
    screens::prepare(screens, app.route.with_untracked(|route| route.screen));
    app.read_session();
}

/// Follows the address that people, links and the browser's own buttons change.
fn follow_address(window: &Window, app: App) {
    let listener = Closure::<dyn Fn()>::new(move || {
        if let Some(route) = web_sys::window().as_ref().and_then(asked_route) {
            app.route.set(route);
        }
    });
    // It fails only for arguments that are not these.
    let _ = window.add_event_listener_with_callback("hashchange", listener.as_ref().unchecked_ref());
    // The page listens as long as it lives.
    listener.forget();
}

/// Asks the CRM's page who its user is and how they like to see things. In a tab of its own, nobody answers.
fn ask_crm(window: &Window, app: App) {
    popup::listen(window, move |data| {
        if let Some(locale) = popup::told_locale(data) {
            app.adopt_locale(locale);
        }
    });
    let alone = window.parent().ok().flatten().is_none_or(|parent| parent == *window);
    if alone {
        return app.at_work_told(None);
    }
    let on_page_load = move |_| {
        spawn(async move {
            if let Some(dark) = sdk::is_dark().await {
                set_root_attribute("data-theme", if dark { "dark" } else { "light" });
            }
        });
        spawn(async move {
            let Some(user) = sdk::user().await else { return app.at_work_told(None) };
            app.formats.update(|formats| formats.time_zone = user.time_zone);
            if let Some(locale) = user.locale {
                app.adopt_locale(locale);
            }
            app.at_work_told(user.at_work);
        });
    };
    spawn(async move {
        if !sdk::start(on_page_load).await {
            app.at_work_told(None);
        }
    });
    spawn(async move {
        sdk::sleep(sdk::USER_PATIENCE).await;
        app.at_work_told(None);
    });
}
