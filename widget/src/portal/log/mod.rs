//! The log: what became of each record, the runs, a picture of the last 30 days, and the details of an entry.
//!
//! What is asked for stands in the page's address: filters, the open entry. So a link to it can be kept and sent, and
//! what changes the address is all that changes the screen.

mod days;
mod desk;
mod details;
mod entries;
mod file;
mod filters;
mod runs;
pub mod state;
mod time;

use super::app::App;
use super::parts;
use super::route::Screen;
use crate::portal::reactive::*;
use crate::portal::words::log::Log;
use crate::view::dom::{El, el, live};
use desk::Desk;
use leptos::ev;
use state::address::{Address, Tab};
use state::details::Details;
use state::list::List;
use state::runs::Runs;
use std::time::Duration;

/// How often newer entries are looked for.
const LOOK_EVERY: Duration = Duration::from_secs(20);
/// Builds the log. What it shows follows the page's address.
pub fn screen(app: App) -> AnyView {
    let address = Memo::new(move |before: Option<&Address>| {
        app.route.with(|route| match route.screen {
            Screen::Log => Address::of(route),
            // The screen is about to go: nothing is to be read for it.
            _ => before.cloned().unwrap_or_default(),
        })
    });
    let desk = Desk {
        app,
        address,
        list: RwSignal::new(List::default()),
        runs: RwSignal::new(Runs::default()),
        details: RwSignal::new(Details::default()),
        days: RwSignal::new(None),
        asked: StoredValue::new(false),
        organisations: RwSignal::new(None),
        exporting: RwSignal::new(false),
        exported: RwSignal::new(None),
        wanted: StoredValue::new(0),
        seeing: StoredValue::new(false),
        retried: StoredValue::new(false),
        retry_ended: RwSignal::new(String::new()),
    };
    desk.follow_address();
    desk.read_days();
    let clock = set_interval_with_handle(move || desk.look(false), LOOK_EVERY).ok();
    let keys = window_event_listener(ev::keydown, move |event| details::key_down(desk, &event));
    on_cleanup(move || {
        keys.remove();
        if let Some(clock) = clock {
            clock.clear();
        }
    });

    let words = app.words::<Log>();
    let refresh = parts::secondary("log-refresh", app.common().refresh, move || desk.refresh());
    let tab = Memo::new(move |_| address.with(|address| address.tab));
    let content = live(move || match tab.get() {
        Tab::Entries => entries::section(desk).into(),
        Tab::Runs => runs::section(desk).into(),
    });
    let content = el("div").class("log-content").child(content);
    let content = vec![days::section(desk), filters::section(desk), content, details::section(desk)];
    parts::screen("log", words.title, words.lead, vec![refresh, export_button(desk)], content).into()
}

/// Makes the file of the present filters.
fn export_button(desk: Desk) -> El {
    let words = desk.app.words::<Log>();
    let (label, busy) = (words.export, words.exporting);
    crate::view::dom::button("button", "log-export")
        .live_attr("aria-disabled", move || desk.exporting.get().to_string())
        .live_text(move || if desk.exporting.get() { busy } else { label }.to_owned())
        .on_click(move || desk.export())
}
