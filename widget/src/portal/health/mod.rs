//! Health: the connection, both APIs' limits, the last runs, the records that wait, and the choices that broke. For
//! everybody; what only administrators may see or do, only they see.

pub mod state;

use super::app::App;
use super::parts;
use super::parts::{hidden, table, to, words};
use super::places;
use super::route::{Route, Screen};
use super::runs::telling::{result_in_words, tone};
use super::section::Section;
use super::words::health::Health;
use crate::client::{get, post};
use crate::portal::reactive::*;
use crate::portal::words::run::RunNames;
use crate::portal::words::settings::SettingNames;
use crate::tone::Tone;
use crate::view::dom::{El, button, el, link, nothing};
use shared::api::portal::{MappingView, StatusView};
use shared::api::runs::{BudgetView, RunView, WaitingRecord, WaitingView};
use shared::problem::place_crm;
use state::{
    Access, Finding, Gauge, HealthEffect, HealthMsg, HealthState, access, day, findings, is_by_hand, minute,
    retry_request, update, waits_for_release,
};
use std::sync::Arc;

#[derive(Debug, Clone, Copy)]
struct HealthUi {
    app: App,
    model: RwSignal<HealthState>,
}

impl HealthUi {
    fn words(self) -> &'static Health {
        self.app.words::<Health>()
    }

    /// A slice of the model that tells only when it has changed.
    fn slice<T: PartialEq + Send + Sync + 'static>(
        self,
        part: impl Fn(&HealthState) -> T + Send + Sync + 'static,
    ) -> Memo<T> {
        self.model.slice(part)
    }

    /// A part of what the edge tells, shown as soon as it is there.
    fn part<T: Clone + PartialEq + Send + Sync + 'static>(
        self,
        class: &'static str,
        of: fn(&StatusView) -> T,
        show: fn(HealthUi, T) -> El,
    ) -> El {
        let part = self.slice(move |model| model.status.as_ref().map(|status| of(status)));
        let failed = self.slice(|model| model.fault.is_some());
        parts::part(class, move || match part.get() {
            Some(part) => show(self, part).into(),
            None if failed.get() => nothing(),
            None => parts::skeleton(3).into(),
        })
    }

    fn number(self, number: u32) -> String {
        self.app.formats.with(|formats| formats.number(&number.to_string()))
    }

    /// Applies an event and does what follows from it.
    fn send(self, msg: HealthMsg) {
        // Whoever has left the screen is not told any more.
        for effect in self.model.try_update(|model| update(model, msg)).unwrap_or_default() {
            self.perform(effect);
        }
    }

    fn perform(self, effect: HealthEffect) {
        let app = self.app;
        match effect {
            HealthEffect::ReadStatus(ticket) => app.call(get("/api/status"), move |result| {
                self.send(HealthMsg::StatusArrived(ticket, result.map(Box::new)));
            }),
            HealthEffect::ReadWaiting(ticket) => {
                app.call(get("/api/waiting"), move |result: Result<WaitingView, _>| {
                    self.send(HealthMsg::WaitingArrived(ticket, result));
                });
            }
            HealthEffect::ReadCrm => {
                app.call(get("/api/mapping?fresh=false"), move |view: Result<MappingView, _>| {
                    self.send(HealthMsg::CrmArrived(view.ok().map(|view| Arc::new(view.crm))));
                });
            }
            HealthEffect::Start(request) => {
                app.call(post("/api/runs", &request), move |result: Result<RunView, _>| {
                    self.send(HealthMsg::RetryBegan(request, result.map(|run| run.id)));
                });
            }
            HealthEffect::SayRetryBegan => app.announce(self.words().retry_began),
        }
    }
}

/// Builds the screen, and begins to read what its reader may see.
pub fn screen(app: App) -> AnyView {
    let ui = HealthUi { app, model: RwSignal::new(HealthState::new(app.is_administrator())) };
    let words = ui.words();
    ui.send(HealthMsg::Wanted);
    let reading = ui.slice(|model| model.open > 0);
    let refresh = button("button", "refresh")
        .live_attr("aria-disabled", move || reading.get().to_string())
        .live_text(move || {
            let label = if reading.get() { ui.words().refreshing } else { ui.app.common().refresh };
            label.to_owned()
        })
        .on_click(move || {
            if !reading.get_untracked() {
                ui.send(HealthMsg::Wanted);
            }
        });
    let fault = ui.slice(|model| model.fault.clone());
    let unread = ui.slice(|model| model.fault.is_some());
    let fault = parts::part("health-fault", move || match fault.get() {
        Some(fault) => parts::fault(app, &fault, move || ui.send(HealthMsg::Wanted)).into(),
        None => nothing(),
    });
    let cards = el("div").class("health-cards").children([
        parts::card("limits", words.limits, vec![ui.part("health-part", |status| status.budget.clone(), limits)]),
        parts::card(
            "service",
            words.service,
            vec![ui.part("health-part", |status| status.clone(), |ui, status| service(ui, &status))],
        ),
    ]);
    let runs = parts::card(
        "last-runs",
        words.runs,
        vec![ui.part("health-part", |status| status.runs.clone(), |ui, runs| last_runs(ui, &runs))],
    );
    // What waits for a release is told with the records, which come by themselves.
    let to_release = ui.slice(HealthState::to_release);
    let status = ui.slice(|model| model.status.clone());
    let summary = parts::part("health-summary-place", move || match status.get() {
        Some(status) => summary(ui, &status, to_release.get()).into(),
        None if unread.get() => nothing(),
        None => parts::skeleton(3).into(),
    });
    let mut content = vec![fault, summary, cards, waiting(ui)];
    // Other users are not told whether a setting broke.
    content.extend(app.is_administrator().then(|| mapping(ui)));
    content.push(runs);
    parts::screen("health", words.title, words.lead, vec![refresh], content).into()
}

/// Whether all is well, and if not, what should be known.
fn summary(ui: HealthUi, status: &StatusView, to_release: u32) -> El {
    let words = ui.words();
    let found = findings(status, to_release);
    let section = el("section").class("health-summary").id("summary").attr("data-findings", found.len().to_string());
    let by_hand = is_by_hand(status);
    let title = |title: &str| {
        let title = if by_hand { [title, " · ", words.nothing_by_itself].concat() } else { title.to_owned() };
        el("h2").id("summary-title").text(title)
    };
    if found.is_empty() {
        let lead = if by_hand { words.by_hand_lead } else { words.fine_lead };
        let text = el("div").child(title(words.fine)).child(el("p").text(lead));
        return section.child(parts::sign(Tone::Good)).child(text);
    }
    let newest = status.runs.first().map(|run| run.id.clone());
    let lines = found.iter().map(|found| finding(ui, *found, newest.as_deref()));
    let text =
        el("div").child(title(&(words.found)(found.len()))).child(el("ul").class("health-findings").children(lines));
    section.child(text)
}

fn finding(ui: HealthUi, finding: Finding, newest: Option<&str>) -> El {
    let words = ui.words();
    let administrator = ui.app.is_administrator();
    let more = match finding {
        Finding::Connection(_) | Finding::CrmLacks(_) | Finding::XeroLacks(_) if administrator => {
            Some(to(Route::to(Screen::Setup).at("connection"), words.open_connection, "open-connection"))
        }
        Finding::Settings(_) if administrator => {
            Some(to(Route::to(Screen::Mapping), ui.app.common().open_mapping, "open-mapping"))
        }
        Finding::RunFailed => newest.map(|run| to(run_route(ui, run), words.open_run, "open-failed-run")),
        Finding::Parked(_) => {
            Some(to(Route::to(Screen::Log).with("outcome", "failed"), words.open_failed, "open-failed"))
        }
        Finding::Emails(_) => {
            Some(to(Route::to(Screen::Log).with("problem", "email-held"), words.open_emails, "open-held-emails"))
        }
        Finding::DayLimit(until) => {
            Some(el("span").class("muted").text(words.until).text(" ").child(parts::ago(ui.app, until)))
        }
        _ => None,
    };
    let text = el("span").text((words.finding)(finding)).text(" ").maybe(more);
    el("li").id("finding").child(parts::sign(finding.tone())).child(text)
}

/// A run's own page is for administrators; the log has its records for everybody.
fn run_route(ui: HealthUi, run: &str) -> Route {
    if ui.app.is_administrator() { Route::to(Screen::Runs).at(run) } else { Route::to(Screen::Log).with("run", run) }
}

fn limits(ui: HealthUi, budget: Option<BudgetView>) -> El {
    let words = ui.words();
    let Some(budget) = budget else { return el("p").class("muted").text(words.no_limits) };
    let reserve = budget.xero_day_reserve;
    let kept = (reserve > 0).then(|| (words.reserve)(&ui.number(reserve)));
    let with_reserve = |text: String| kept.as_ref().map_or_else(|| text.clone(), |kept| format!("{text}. {kept}"));
    let of_day = match (day(&budget), budget.xero_day_remaining) {
        (Some(gauge), _) => {
            let text = with_reserve((words.day_words)(&ui.number(gauge.left()), &ui.number(gauge.most)));
            bar("xero-day", words.day, gauge, Some(reserve), &text)
        }
        (None, Some(left)) => said("xero-day", words.day, (words.day_left)(&ui.number(left))),
        (None, None) => said("xero-day", words.day, words.day_unknown.to_owned()),
    };
    let gauge = minute(&budget);
    let text = (words.minute_words)(&ui.number(gauge.used), &ui.number(gauge.most));
    let of_minute = bar("xero-minute", words.minute, gauge, None, &text);
    let credits = match budget.zoho_credits_remaining {
        Some(left) => (words.credits_left)(&ui.number(left)),
        None => words.credits_unknown.to_owned(),
    };
    el("div").class("health-limits").children([
        of_day,
        of_minute,
        said("zoho-credits", words.credits, credits),
        el("p").class("muted").text(words.as_of).text(" ").child(parts::ago(ui.app, budget.as_of)),
    ])
}

fn bar(id: &'static str, label: &str, gauge: Gauge, reserve: Option<u32>, text: &str) -> El {
    parts::meter(id, label, gauge.used.into(), gauge.most.into(), reserve.map(f64::from), text)
}

/// What is known of a limit that has no bar.
fn said(id: &'static str, label: &'static str, text: String) -> El {
    el("div").class("health-said").id(id).child(el("p").class("meter-label").text(label)).child(el("p").text(text))
}

fn service(ui: HealthUi, status: &StatusView) -> El {
    let words = ui.words();
    let fact = |term: &'static str, id: &'static str, value: El| {
        el("div").class("health-fact").child(el("dt").text(term)).child(el("dd").id(id).child(value))
    };
    let (crm, xero) = access(status);
    // What works is not said to be broken: what lacks stands beside it, by the vendor's own names.
    let of_access = |access: Access, lacks: &[String]| {
        let (tone, text) = match access {
            Access::Renewed(_) => (Tone::Good, words.renewed),
            Access::Unused => (Tone::Good, words.unused),
            Access::Missing => (Tone::Quiet, words.missing),
            Access::Refused => (Tone::Bad, words.refused),
        };
        let line = el("span").class("health-access").child(parts::sign(tone)).text(text);
        let line = match access {
            Access::Renewed(at) => line.text(" ").child(parts::ago(ui.app, at)),
            _ => line,
        };
        let lacks = (!lacks.is_empty()).then(|| {
            let line = el("span").class("health-access").id("lacks").child(parts::sign(Tone::Warn));
            line.text([words.lacks, &lacks.join(", ")].concat())
        });
        el("span").child(line).maybe(lacks)
    };
    let next = match status.next_run {
        Some(at) => el("span").child(parts::ago(ui.app, at)),
        None => el("span").text(words.schedule_off),
    };
    el("dl").class("health-facts").children([
        fact(words.crm_access, "crm-access", of_access(crm, &status.crm_lacks)),
        fact(words.xero_access, "xero-access", of_access(xero, &status.xero_lacks)),
        fact(words.next_run, "next-run", next),
        fact(words.time_zone, "time-zone", el("span").text(status.time_zone.clone())),
        fact(words.version, "version", el("span").class("numeric").text(status.version.clone())),
    ])
}

fn last_runs(ui: HealthUi, runs: &[RunView]) -> El {
    let texts = ui.words();
    let all = to(Route::to(Screen::Runs), texts.all_runs, "all-runs");
    let all = ui.app.is_administrator().then(|| el("p").child(all));
    if runs.is_empty() {
        return el("div").child(el("p").class("muted").text(texts.no_runs)).maybe(all);
    }
    let rows = runs.iter().map(|run| {
        let open = el("a")
            .attr("href", run_route(ui, &run.id).hash())
            .id("open-run")
            .child(el("span").class("visually-hidden").text(format!("{}: ", texts.details)))
            .child(parts::ago(ui.app, run.started_at));
        let of_runs = ui.app.words::<RunNames>();
        let by = match &run.by {
            Some(by) => format!("{} · {by}", (of_runs.kind)(run.kind)),
            None => (of_runs.kind)(run.kind).to_owned(),
        };
        let counts = result_in_words(run.counts, of_runs, &|number| ui.number(number));
        let state = words("").child(parts::sign(tone(run))).text((of_runs.state)(run.state));
        let line = el("tr").id("last-run").attr("data-run", run.id.clone());
        (line, vec![open, words(by), words(counts), state])
    });
    let columns = [texts.started, texts.kind, texts.records, texts.state];
    el("div").child(table("runs-table", texts.runs, &columns, rows.collect())).maybe(all)
}

/// Records that failed or wait: which for administrators, how many for everybody.
fn waiting(ui: HealthUi) -> El {
    let words = ui.words();
    if !ui.app.is_administrator() {
        let count = ui.part(
            "health-part",
            |status| (status.waiting, status.parked),
            |ui, (all, parked)| el("p").id("waiting-count").text((ui.words().waiting_count)(all, parked)),
        );
        return parts::card("waiting", words.waiting, vec![count]);
    }
    let records = ui.slice(|model| model.waiting.clone());
    let failed = ui.slice(|model| model.fault.is_some());
    let list = parts::part("health-part", move || match records.get() {
        Some(records) if records.is_empty() => el("p").id("none-waiting").text(ui.words().none_waiting).into(),
        Some(records) => waiting_table(ui, &records).into(),
        None if failed.get() => nothing(),
        None => parts::skeleton(3).into(),
    });
    let fault = ui.slice(|model| model.retry_fault.clone());
    let fault = parts::part("health-fault", move || match fault.get() {
        Some(fault) => parts::fault(ui.app, &fault, move || ui.send(HealthMsg::Wanted)).into(),
        None => nothing(),
    });
    let all = move || records.with(|records| records.clone().unwrap_or_default());
    let open = Memo::new(move |_| {
        ui.model.with(|model| {
            let waiting = model.waiting.as_deref().unwrap_or_default();
            let retryable = |record: &&WaitingRecord| record.crm_id.is_some() && !waits_for_release(record);
            waiting.iter().filter(retryable).filter(|record| !model.is_retried(record)).count()
        })
    });
    let retry_all = button("button", "retry-all")
        .live_text(move || (ui.words().retry_all)(open.get()))
        .on_click(move || ui.send(HealthMsg::Retried(untrack(all))));
    let retry_all = hidden(retry_all, move || open.get() < 2);
    let actions = el("div").class("actions").child(retry_all);
    parts::card("waiting", words.waiting, vec![el("p").class("muted").text(words.waiting_lead), list, fault, actions])
}

fn waiting_table(ui: HealthUi, records: &[WaitingRecord]) -> El {
    let texts = ui.words();
    let columns = [texts.record, texts.why, texts.attempts, texts.last, ui.app.common().retry];
    table("waiting-table", texts.waiting, &columns, records.iter().map(|record| waiting_row(ui, record)).collect())
}

fn waiting_row(ui: HealthUi, record: &WaitingRecord) -> (El, Vec<El>) {
    let texts = ui.words();
    let (tone, state) = match (record.parked, waits_for_release(record)) {
        (_, true) => (Tone::Warn, texts.to_release),
        (true, false) => (Tone::Warn, texts.parked),
        (false, false) => (Tone::Pending, texts.again),
    };
    let name = el("div")
        .child(el("p").class("health-name").text(record.name.clone()))
        .child(el("p").class("muted").text(parts::module_name(ui.app, record.module)));
    // Without the facts of the case, which the log's entry has.
    let told = ui.model.with_untracked(|model| model.told(record.problem).cloned());
    let settle = places::of_problem(record.problem).map(|place| {
        let label = parts::way_out_label(ui.app, &place);
        el("p").child(to(place, label, "open-place"))
    });
    let id = record.crm_id.clone().or_else(|| record.xero_id.clone()).unwrap_or_default();
    let log = to(Route::to(Screen::Log).with("record", id.clone()), ui.app.common().open_log, "open-record-log");
    let mut why = el("details");
    if let Some(told) = told {
        why = why.child(el("summary").id("waiting-why").text(told.what));
        why = why.child(el("p").text(told.why)).child(el("p").text(told.fix));
    }
    let why = why.maybe(settle).child(el("p").child(log));
    let last = el("div")
        .child(el("p").child(parts::ago(ui.app, record.at)))
        .child(el("p").class("health-state").child(parts::sign(tone)).text(state));
    let line = el("tr").id("waiting-record").attr("data-record", id).attr("data-parked", record.parked.to_string());
    (line, vec![name, why, words(ui.number(record.times)), last, retry_cell(ui, record.clone())])
}

fn retry_cell(ui: HealthUi, record: WaitingRecord) -> El {
    if let Some(id) = record.crm_id.as_ref().filter(|_| waits_for_release(&record)) {
        let crm = ui.slice(|model| model.crm.clone());
        // A run by whoever presses would release it: so it is opened instead, and sent there.
        let place = crm.get().map(|crm| place_crm(&crm, record.module, id, ui.words().look_and_send));
        return match place {
            Some(place) => link(place.url, place.label, "look-and-send").attr("title", ui.words().release_how),
            None => el("span").class("muted").text(ui.words().release_how),
        };
    }
    if retry_request(std::slice::from_ref(&record)).is_none() {
        return el("span").class("muted").text(ui.words().xero_only);
    }
    let of = record.clone();
    let retried = ui.slice(move |model| (model.is_retried(&of), model.run_of(&of).cloned()));
    let name = (ui.words().retry)(&record.name);
    let retry = button("button", "retry")
        .attr("aria-label", name)
        .live_attr("aria-disabled", move || retried.get().0.to_string())
        .live_text(move || if retried.get().0 { ui.words().retrying } else { ui.app.common().retry }.to_owned())
        .on_click(move || ui.send(HealthMsg::Retried(vec![record.clone()])));
    let retry = hidden(retry, move || retried.get().1.is_some());
    let run = parts::part("health-run", move || match retried.get().1 {
        Some(run) => to(run_route(ui, &run), ui.words().in_run, "open-retry").into(),
        None => nothing(),
    });
    el("div").child(retry).child(run)
}

/// Saved choices that work no longer.
fn mapping(ui: HealthUi) -> El {
    let words = ui.words();
    let broken = ui.part(
        "health-part",
        |status| status.broken.clone(),
        |ui, broken| {
            let words = ui.words();
            if broken.is_empty() {
                let line = el("p").class("health-line").id("mapping-fine");
                return line.child(parts::sign(Tone::Good)).text(words.mapping_fine);
            }
            let rows = broken.into_iter().map(|one| {
                let place = to(places::of_setting(&one.path), ui.app.common().open_mapping, "open-setting");
                let in_xero = one.problem.place.clone().map(|place| link(place.url, place.label, "place"));
                let name = el("strong").text(setting_name(ui, &one.path));
                let why = [" – ", &one.problem.why].concat();
                let said =
                    el("p").class("health-line").child(parts::sign(Tone::Bad)).child(el("span").child(name).text(why));
                let links = el("p").class("health-links").child(place).maybe(in_xero);
                el("li").id("broken-setting").attr("data-path", one.path).child(said).child(links)
            });
            el("div").child(el("p").text(words.mapping_broken)).child(el("ul").class("health-broken").children(rows))
        },
    );
    parts::card("mapping-problems", words.mapping, vec![broken])
}

/// A setting for people: its own name, else its section with what it is about.
fn setting_name(ui: HealthUi, path: &str) -> String {
    let words = ui.app.words::<SettingNames>();
    (words.setting)(path).map_or_else(
        || {
            let section = Section::of_path(path).map(|section| (words.section)(section)).unwrap_or_default();
            let rest = path.split_once('.').map_or(path, |(_, rest)| rest).replace('.', ", ");
            [section, ": ", &rest].concat()
        },
        str::to_owned,
    )
}
