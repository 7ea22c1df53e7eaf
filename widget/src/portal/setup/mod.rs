//! Set up: the steps from nothing to the first synced record, the connection, and what administrators changed.

mod audit;
mod checklist;
mod connection;
mod record;
pub mod state;
pub mod trail;
mod ui;

use super::app::App;
use super::parts;
use super::route::Screen;
use crate::portal::reactive::*;
use crate::view::dom::live;
use state::{Msg, Page, SetupState};
use ui::SetupUi;

/// Builds the page of the set-up that the address names: the steps, the connection, or the audit trail.
pub fn screen(app: App) -> AnyView {
    // On the way to another screen the address is not ours any more.
    let part = Memo::new(move |before: Option<&String>| {
        app.route.with(|route| match route.screen {
            Screen::Setup => route.part.clone(),
            _ => before.cloned().unwrap_or_default(),
        })
    });
    // The link that led here has gone with its page.
    Effect::new(move |before: Option<String>| {
        let part = part.get();
        if before.is_some_and(|before| before != part) {
            request_animation_frame(parts::focus_heading);
        }
        part
    });
    live(move || match part.get().as_str() {
        "connection" => page(app, Page::Connection),
        "audit" => audit::view(app),
        _ => page(app, Page::Checklist),
    })
}

fn page(app: App, page: Page) -> AnyView {
    let ui = SetupUi { app, model: RwSignal::new(SetupState::new(page)) };
    Effect::new(move |_| {
        let connection = app.session.with(|session| session.view.as_ref().map(|view| view.connection));
        ui.send(Msg::Session(connection));
    });
    Effect::new(move |_| {
        if app.window.get().is_none() {
            ui.send(Msg::WindowGone);
        }
    });
    match page {
        Page::Checklist => checklist::view(ui),
        Page::Connection => connection::view(ui),
    }
}
