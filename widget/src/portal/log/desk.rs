//! What the parts of the log share, and what each of them asks the edge for.

use super::file;
use super::state::address::{Address, Filters, Tab};
use super::state::details::{Details, Do};
use super::state::file::is_full;
use super::state::list::{List, PageCall};
use super::state::runs::Runs;
use crate::client::{get, post_empty};
use crate::fault::Fault;
use crate::portal::app::App;
use crate::portal::parts;
use crate::portal::reactive::*;
use crate::portal::words::log::Log;
use chrono::{DateTime, Utc};
use shared::api::portal::{DaysView, LogRows, MappingView};
use shared::organisation::{CrmOrganisation, XeroOrganisation};
use std::sync::Arc;
use std::time::Duration;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

/// How soon the run of a retry is looked at again.
const RUN_PAUSE: Duration = Duration::from_secs(1);

/// What the parts of the screen share.
#[derive(Clone, Copy)]
pub(super) struct Desk {
    pub(super) app: App,
    /// What is asked for.
    pub(super) address: Memo<Address>,
    pub(super) list: RwSignal<List>,
    pub(super) runs: RwSignal<Runs>,
    pub(super) details: RwSignal<Details>,
    /// The last 30 days; none until they are there.
    pub(super) days: RwSignal<Option<Result<DaysView, Fault>>>,
    /// Whether both organisations have been asked for.
    pub(super) asked: StoredValue<bool>,
    /// Both organisations, for links to records; administrators only.
    pub(super) organisations: RwSignal<Option<Arc<(CrmOrganisation, XeroOrganisation)>>>,
    /// Whether the file is being made.
    pub(super) exporting: RwSignal<bool>,
    /// What became of it: what is to be known of it, or why it could not be made.
    pub(super) exported: RwSignal<Option<Result<&'static str, Fault>>>,
    /// The row that was looked at last.
    pub(super) wanted: StoredValue<usize>,
    /// Whether somebody will see to the wanted row already.
    pub(super) seeing: StoredValue<bool>,
    /// Whether the entry that opens next is the outcome of a retry.
    pub(super) retried: StoredValue<bool>,
    /// How it has ended: told within the drawer, because the rest of the page is silent while it is open.
    pub(super) retry_ended: RwSignal<String>,
}

impl Desk {
    /// Reads what the address asks for, now and whenever it changes.
    pub(super) fn follow_address(self) {
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
    pub(super) fn ask(self, change: impl FnOnce(&mut Address)) {
        let mut address = self.address.get_untracked();
        change(&mut address);
        self.app.replace(address.route());
    }

    /// Asks for other entries.
    pub(super) fn filter(self, change: impl FnOnce(Filters) -> Filters) {
        self.ask(|address| {
            address.tab = Tab::Entries;
            address.filters = change(std::mem::take(&mut address.filters));
        });
    }

    pub(super) fn read_list(self, filters: Filters) {
        self.wanted.set_value(0);
        if let Some(ask) = self.list.try_update(|list| list.read(filters)) {
            self.read_page(ask);
        }
    }

    pub(super) fn read_page(self, ask: PageCall) {
        self.app.call(get(ask.path), move |page: Result<LogRows, Fault>| {
            self.list.try_update(|list| list.arrived(ask.reading, page));
            self.see();
        });
    }

    /// Sees to it that this row comes. It is called while rows are built, so what follows from it waits for that.
    pub(super) fn want(self, row: usize) {
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

    pub(super) fn see(self) {
        let Some(wanted) = self.wanted.try_get_value() else { return };
        // A look alone must not make all rows compare themselves.
        if self.list.try_with_untracked(|list| list.needs(wanted)) == Some(true)
            && let Some(Some(ask)) = self.list.try_update(|list| list.next(wanted))
        {
            self.read_page(ask);
        }
    }

    /// Reads again what did not come.
    pub(super) fn again(self) {
        if let Some(Some(ask)) = self.list.try_update(List::again) {
            self.read_page(ask);
        }
    }

    /// Looks for newer entries. They are shown at once where nothing moves under the reader's eyes, or when somebody
    /// wants them `now`.
    pub(super) fn look(self, now: bool) {
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
    pub(super) fn show_news(self) {
        if let Some(Some(ask)) = self.list.try_update(List::show_news) {
            self.read_page(ask);
        }
        self.read_days();
    }

    pub(super) fn refresh(self) {
        self.read_days();
        let (tab, filters) = self.address.with_untracked(|address| (address.tab, address.filters.clone()));
        match tab {
            Tab::Entries => self.read_list(filters),
            Tab::Runs => self.read_runs(true),
        }
    }

    pub(super) fn read_days(self) {
        self.app.call(get("/api/days"), move |days: Result<DaysView, Fault>| {
            self.days.try_update(|known| {
                // Old days are better than none.
                if days.is_ok() || !matches!(known, Some(Ok(_))) {
                    *known = Some(days);
                }
            });
        });
    }

    pub(super) fn read_runs(self, anew: bool) {
        let path = self.runs.try_update(|runs| if anew { runs.begin() } else { runs.next_page() }).flatten();
        if let Some(path) = path {
            self.app.call(get(path), move |page| {
                self.runs.try_update(|runs| runs.arrived(page));
            });
        }
    }

    /// Reads both organisations once, for links to their records.
    pub(super) fn read_organisations(self) {
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
    pub(super) fn perform(self, todo: Option<Do>) {
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
                self.retry_ended.set(String::new());
                self.app.call(post_empty(path), run(id));
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
    pub(super) fn tell_retried(self) {
        let ended =
            self.details.try_with_untracked(|details| details.entry().map(|entry| (entry.name.clone(), entry.outcome)));
        if let Some(Some((name, outcome))) = ended
            && self.retried.try_update_value(std::mem::take) == Some(true)
        {
            self.retry_ended.set((self.app.words::<Log>().retried)(&name, parts::outcome_name(self.app, outcome)));
            // The button that was pressed is gone.
            request_animation_frame(|| focus("log-entry-name"));
        }
    }

    pub(super) fn export(self) {
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
    pub(super) fn number(self, count: u32) -> String {
        self.app.formats.with(|formats| formats.number(&count.to_string()))
    }
}

/// The element of this test name.
pub(super) fn find(id: &str) -> Option<HtmlElement> {
    let selector = ["[data-testid=\"", id, "\"]"].concat();
    let element: Element = web_sys::window()?.document()?.query_selector(&selector).ok()??;
    element.dyn_into().ok()
}

/// Moves the focus to the element of this test name.
pub(super) fn focus(id: &str) {
    if let Some(element) = find(id) {
        // It fails for no element that is in the page.
        let _ = element.focus();
    }
}

/// Whether the list shows its first row, so that newer ones above it move nothing.
pub(super) fn is_at_top() -> bool {
    let rows = find("log-rows");
    let focused = rows.as_ref().is_some_and(|rows| rows.query_selector("[data-row]:focus").ok().flatten().is_some());
    rows.is_none_or(|rows| rows.scroll_top() == 0) && !focused
}
