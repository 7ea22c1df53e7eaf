//! The log: what became of each record, the runs, a picture of the last 30 days, and the details of an entry.
//!
//! What is asked for stands in the page's address: filters, the open entry. So a link to it can be kept and sent, and
//! what changes the address is all that changes the screen.

mod days;
mod details;
mod entries;
mod file;
mod filters;
mod runs;
pub mod state;
mod time;

use super::app::App;
use super::client::{get, post};
use super::parts;
use super::route::Screen;
use crate::portal::reactive::*;
use crate::portal::words::log::Log;
use crate::state::Fault;
use crate::view::dom::{El, el, live};
use chrono::{DateTime, Utc};
use leptos::ev;
use shared::api::portal::{DaysView, LogRows, MappingView};
use shared::organisation::{CrmOrganisation, XeroOrganisation};
use state::address::{Address, Filters, Tab};
use state::details::{Details, Do};
use state::file::is_full;
use state::list::{Ask, List};
use state::runs::Runs;
use std::sync::Arc;
use std::time::Duration;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

/// How often newer entries are looked for.
const LOOK_EVERY: Duration = Duration::from_secs(20);
/// How soon the run of a retry is looked at again.
const RUN_PAUSE: Duration = Duration::from_secs(1);

/// What the parts of the screen share.
#[derive(Clone, Copy)]
struct Desk {
    app: App,
    /// What is asked for.
    address: Memo<Address>,
    list: RwSignal<List>,
    runs: RwSignal<Runs>,
    details: RwSignal<Details>,
    /// The last 30 days; none until they are there.
    days: RwSignal<Option<Result<DaysView, Fault>>>,
    /// Whether both organisations have been asked for.
    asked: StoredValue<bool>,
    /// Both organisations, for links to records; administrators only.
    organisations: RwSignal<Option<Arc<(CrmOrganisation, XeroOrganisation)>>>,
    /// Whether the file is being made.
    exporting: RwSignal<bool>,
    /// What became of it: what is to be known of it, or why it could not be made.
    exported: RwSignal<Option<Result<&'static str, Fault>>>,
    /// The row that was looked at last.
    wanted: StoredValue<usize>,
    /// Whether somebody will see to the wanted row already.
    seeing: StoredValue<bool>,
    /// Whether the entry that opens next is the outcome of a retry.
    retried: StoredValue<bool>,
    /// How it has ended: told within the drawer, because the rest of the page is silent while it is open.
    told: RwSignal<String>,
}

/// The screen.
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
        told: RwSignal::new(String::new()),
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

impl Desk {
    /// Reads what the address asks for, now and whenever it changes.
    fn follow_address(self) {
        let asked = Memo::new(move |_| self.address.with(|address| (address.tab, address.filters.clone())));
        Effect::new(move |_| {
            let (tab, filters) = asked.get();
            // What was said is of the filters from before.
            self.exported.set(None);
            match tab {
                Tab::Entries => self.read_list(filters),
                Tab::Runs => self.read_runs(true),
            }
        });
        let entry = Memo::new(move |_| self.address.with(|address| address.entry.clone()));
        Effect::new(move |_| {
            let entry = entry.get();
            let opens = entry.is_some();
            let todo = self.details.try_update(|details| details.open(entry)).flatten();
            self.perform(todo);
            if opens {
                self.read_organisations();
            }
        });
    }

    /// Changes what is asked for.
    fn ask(self, change: impl FnOnce(&mut Address)) {
        let mut address = self.address.get_untracked();
        change(&mut address);
        self.app.replace(address.route());
    }

    /// Asks for other entries.
    fn filter(self, change: impl FnOnce(Filters) -> Filters) {
        self.ask(|address| {
            address.tab = Tab::Entries;
            address.filters = change(std::mem::take(&mut address.filters));
        });
    }

    fn read_list(self, filters: Filters) {
        self.wanted.set_value(0);
        if let Some(ask) = self.list.try_update(|list| list.read(filters)) {
            self.read_page(ask);
        }
    }

    fn read_page(self, ask: Ask) {
        self.app.call(get(ask.path), move |page: Result<LogRows, Fault>| {
            self.list.try_update(|list| list.arrived(ask.reading, page));
            self.see();
        });
    }

    /// Sees to it that this row comes. It is called while rows are built, so what follows from it waits for that.
    fn want(self, row: usize) {
        self.wanted.set_value(row);
        if self.seeing.try_update_value(|seeing| std::mem::replace(seeing, true)) == Some(false) {
            set_timeout(
                move || {
                    self.seeing.try_update_value(|seeing| *seeing = false);
                    self.see();
                },
                Duration::ZERO,
            );
        }
    }

    fn see(self) {
        let Some(wanted) = self.wanted.try_get_value() else { return };
        // A look alone must not make all rows compare themselves.
        if self.list.try_with_untracked(|list| list.needs(wanted)) == Some(true)
            && let Some(Some(ask)) = self.list.try_update(|list| list.next(wanted))
        {
            self.read_page(ask);
        }
    }

    /// Reads again what did not come.
    fn again(self) {
        if let Some(Some(ask)) = self.list.try_update(List::again) {
            self.read_page(ask);
        }
    }

    /// Looks for newer entries. They are shown at once where nothing moves under the reader's eyes, or when somebody
    /// wants them `now`.
    fn look(self, now: bool) {
        let document = web_sys::window().and_then(|window| window.document());
        let hidden = document.is_none_or(|document| document.hidden());
        let Some(Tab::Entries) = self.address.try_with_untracked(|address| address.tab) else { return };
        let today = DateTime::<Utc>::from_timestamp_millis(js_sys::Date::now() as i64).unwrap_or_default();
        let Some(Some(ask)) = self.list.try_with_untracked(|list| list.look(today)) else { return };
        if hidden && !now {
            return;
        }
        self.app.call(get(ask.path), move |page: Result<LogRows, Fault>| {
            // One look that fails is followed by another.
            let Ok(page) = page else { return };
            let Some(news) = self.list.try_update(|list| {
                list.looked(ask.reading, page);
                list.has_news()
            }) else {
                return;
            };
            let calm = || self.address.with_untracked(|address| address.entry.is_none()) && is_at_top();
            if news && (now || calm()) {
                self.show_news();
            }
        });
    }

    /// Shows the newer entries, in the picture, too.
    fn show_news(self) {
        if let Some(Some(ask)) = self.list.try_update(List::show_news) {
            self.read_page(ask);
        }
        self.read_days();
    }

    fn refresh(self) {
        self.read_days();
        let (tab, filters) = self.address.with_untracked(|address| (address.tab, address.filters.clone()));
        match tab {
            Tab::Entries => self.read_list(filters),
            Tab::Runs => self.read_runs(true),
        }
    }

    fn read_days(self) {
        self.app.call(get("/api/days"), move |days: Result<DaysView, Fault>| {
            self.days.try_update(|known| {
                // Old days are better than none.
                if days.is_ok() || !matches!(known, Some(Ok(_))) {
                    *known = Some(days);
                }
            });
        });
    }

    fn read_runs(self, anew: bool) {
        let path = self.runs.try_update(|runs| if anew { runs.begin() } else { runs.next_page() }).flatten();
        if let Some(path) = path {
            self.app.call(get(path), move |page| {
                self.runs.try_update(|runs| runs.arrived(page));
            });
        }
    }

    /// Reads both organisations once, for links to their records.
    fn read_organisations(self) {
        let asked = self.asked.try_update_value(|asked| std::mem::replace(asked, true));
        if asked != Some(false) || !self.app.is_administrator() {
            return;
        }
        self.app.call(get("/api/mapping?fresh=false"), move |view: Result<MappingView, Fault>| {
            // Without them there are no links; what is worse is told where the mapping is.
            if let Ok(view) = view {
                self.organisations.try_set(Some(Arc::new((view.crm, view.xero))));
            }
        });
    }

    /// Does what the details ask for.
    fn perform(self, todo: Option<Do>) {
        let Some(todo) = todo else { return };
        let Some(Some(id)) = self.details.try_with_untracked(|details| details.id().map(str::to_owned)) else { return };
        let run = move |id: String| {
            move |run| {
                let todo = self.details.try_update(|details| details.run_arrived(&id, run)).flatten();
                self.perform(todo);
            }
        };
        match todo {
            Do::Read(path) => self.app.call(get(path), move |entry| {
                self.details.try_update(|details| details.arrived(&id, entry));
                self.tell_retried();
            }),
            Do::Start(path) => {
                self.told.set(String::new());
                self.app.call(post(path, &serde_json::Map::new()), run(id));
            }
            Do::LookSoon(path) => set_timeout(move || self.app.call(get(path), run(id)), RUN_PAUSE),
            Do::Find(path) => self.app.call(get(path), move |rows| {
                let todo = self.details.try_update(|details| details.found(&id, rows)).flatten();
                self.perform(todo);
            }),
            Do::Show(entry) => {
                self.retried.set_value(true);
                self.ask(|address| address.entry = Some(entry));
                self.look(true);
            }
        }
    }

    /// Tells screen readers how a retry has ended.
    fn tell_retried(self) {
        let ended =
            self.details.try_with_untracked(|details| details.entry().map(|entry| (entry.name.clone(), entry.outcome)));
        if let Some(Some((name, outcome))) = ended
            && self.retried.try_update_value(std::mem::take) == Some(true)
        {
            self.told.set((self.app.words::<Log>().retried)(&name, parts::outcome_name(self.app, outcome)));
            // The button that was pressed is gone.
            request_animation_frame(|| focus("log-entry-name"));
        }
    }

    fn export(self) {
        if self.exporting.get_untracked() {
            return;
        }
        self.exporting.set(true);
        self.exported.set(None);
        let path = self.address.with_untracked(|address| address.filters.file());
        self.app.call_text(get(path), move |text| {
            if !self.exporting.try_set(false) {
                return;
            }
            let words = self.app.words::<Log>();
            let said = text.map(|text| match file::save(words.file, &text) {
                Ok(()) if is_full(&text) => words.exported_part,
                Ok(()) => words.exported,
                Err(_) => words.not_exported,
            });
            if let Ok(said) = &said {
                self.app.announce(*said);
            }
            self.exported.set(Some(said));
        });
    }

    /// A count in the user's notation.
    fn number(self, count: u32) -> String {
        self.app.formats.with(|formats| formats.number(&count.to_string()))
    }
}

/// The element of this test name.
fn find(id: &str) -> Option<HtmlElement> {
    let selector = ["[data-testid=\"", id, "\"]"].concat();
    let element: Element = web_sys::window()?.document()?.query_selector(&selector).ok()??;
    element.dyn_into().ok()
}

/// Moves the focus to the element of this test name.
fn focus(id: &str) {
    if let Some(element) = find(id) {
        // It fails for no element that is in the page.
        let _ = element.focus();
    }
}

/// Whether the list shows its first row, so that newer ones above it move nothing.
fn is_at_top() -> bool {
    let rows = find("log-rows");
    let focused = rows.as_ref().is_some_and(|rows| rows.query_selector("[data-row]:focus").ok().flatten().is_some());
    rows.is_none_or(|rows| rows.scroll_top() == 0) && !focused
}
