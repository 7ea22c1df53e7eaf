//! What is listed: entries or runs, the filters, and those that are set as chips that can be removed.

use super::desk::{Desk, find, focus};
use super::state::address::{Filter, Filters, Tab, read, word};
use super::state::list::{List, Seen};
use super::state::picture::chosen;
use super::time;
use crate::portal::parts::{self, About};
use crate::portal::reactive::*;
use crate::portal::words::log::Log;
use crate::view::dom::{El, button, el, live, nothing};
use leptos::leptos_dom::helpers::TimeoutHandle;
use shared::api::Outcome;
use shared::module::Module;
use shared::problem::Code;
use std::time::Duration;

/// How long somebody who types rests before it is searched.
const REST: Duration = Duration::from_millis(300);

const OUTCOMES: [Outcome; 7] = [
    Outcome::Created,
    Outcome::Updated,
    Outcome::Unchanged,
    Outcome::Skipped,
    Outcome::Failed,
    Outcome::Deferred,
    Outcome::Undecided,
];

/// The bar with the controls, and below it how many entries there are and by what they are filtered.
pub(super) fn section(desk: Desk) -> El {
    let words = desk.app.words::<Log>();
    let tab = Memo::new(move |_| desk.address.with(|address| address.tab));
    let tabs = vec![("entries".to_owned(), words.entries.to_owned()), ("runs".to_owned(), words.runs.to_owned())];
    let tabs = parts::segments(
        "log-show",
        words.show,
        tabs,
        move || if tab.get() == Tab::Runs { "runs" } else { "entries" }.to_owned(),
        move |picked| {
            desk.ask(|address| address.tab = if picked == "runs" { Tab::Runs } else { Tab::Entries });
        },
    );
    let controls = live(move || match tab.get() {
        Tab::Entries => controls(desk).into(),
        Tab::Runs => nothing(),
    });
    let line = live(move || match tab.get() {
        Tab::Entries => line(desk).into(),
        Tab::Runs => nothing(),
    });
    el("div")
        .class("log-filters")
        .attr("role", "search")
        .attr("aria-label", words.filters)
        .child(el("div").class("log-bar-row").child(tabs).child(controls))
        .child(line)
        .child(exported(desk))
}

fn controls(desk: Desk) -> El {
    let app = desk.app;
    let words = app.words::<Log>();
    let all = || (String::new(), words.all.to_owned());
    let chosen = move |value: fn(&Filters) -> Option<String>| {
        move || desk.address.with(|address| value(&address.filters)).unwrap_or_default()
    };

    let modules = Module::ALL.map(|module| (module.api_name().to_owned(), parts::module_name(app, module).to_owned()));
    let modules = parts::select(
        "log-pair",
        std::iter::once(all()).chain(modules).collect(),
        chosen(|filters| filters.module.map(|module| module.api_name().to_owned())),
        move |picked| desk.filter(|filters| Filters { module: Module::from_api_name(&picked), ..filters }),
    );
    let outcomes = OUTCOMES.map(|outcome| (word(&outcome), parts::outcome_name(app, outcome).to_owned()));
    let outcomes = parts::select(
        "log-outcome",
        std::iter::once(all()).chain(outcomes).collect(),
        chosen(|filters| filters.outcome.map(|outcome| word(&outcome))),
        move |picked| desk.filter(|filters| Filters { outcome: read(&picked), ..filters }),
    );
    let codes = offered(desk);
    let problems = parts::part("log-problem-field", move || {
        let codes = codes.get().into_iter().map(|code| (word(&code), sentence(desk, code)));
        let select = parts::select(
            "log-problem",
            std::iter::once((String::new(), words.all.to_owned())).chain(codes).collect(),
            chosen(|filters| filters.problem.map(|code| word(&code))),
            move |picked| desk.filter(|filters| Filters { problem: read(&picked), ..filters }),
        );
        parts::field(words.problem, select, About::default()).into()
    });
    el("div")
        .class("log-controls")
        .child(parts::field(words.name, name(desk), About::default()))
        .child(parts::field(words.pair, modules, About::default()))
        .child(parts::field(words.outcome, outcomes, About::default()))
        .child(problems)
}

/// The problems to choose from. While somebody is about to choose one, the choice stays as it is.
fn offered(desk: Desk) -> RwSignal<Vec<Code>> {
    let offered = RwSignal::new(Vec::new());
    let codes = desk.list.slice(List::codes);
    Effect::new(move |_| {
        let codes = codes.get();
        let busy = find("log-problem").is_some_and(|select| select.matches(":focus").unwrap_or(false));
        if !busy || offered.with_untracked(Vec::is_empty) {
            offered.set(codes);
        }
    });
    offered
}

/// A problem in words, without the facts of a case.
fn sentence(desk: Desk, code: Code) -> String {
    desk.list.with(|list| list.called(code).unwrap_or(desk.app.words::<Log>().problem).to_owned())
}

/// The name that is searched for, once whoever types it rests.
fn name(desk: Desk) -> El {
    let set = move || desk.address.with(|address| address.filters.name.clone()).unwrap_or_default();
    let typed = RwSignal::new(untrack(set));
    let timer = StoredValue::new(None::<TimeoutHandle>);
    let set = Memo::new(move |_| set());
    Effect::new(move |_| {
        let set = set.get();
        // What is being typed is not taken away; what was changed elsewhere is shown.
        let same = typed.with_untracked(|typed| Filters::default().named(typed).name.unwrap_or_default() == set);
        if !same {
            typed.set(set);
        }
    });
    on_cleanup(move || {
        if let Some(Some(timer)) = timer.try_get_value() {
            timer.clear();
        }
    });
    parts::input(
        "log-name",
        "search",
        move || typed.get(),
        move |text| {
            typed.set(text);
            if let Some(timer) = timer.get_value() {
                timer.clear();
            }
            let search = move || {
                if let Some(text) = typed.try_get_untracked() {
                    desk.filter(|filters| filters.named(&text));
                }
            };
            timer.set_value(set_timeout_with_handle(search, REST));
        },
    )
}

/// How many entries there are, the chips, and whether newer entries wait.
fn line(desk: Desk) -> El {
    let app = desk.app;
    let words = app.words::<Log>();
    let count = Memo::new(move |_| {
        desk.list.with(|list| match list.seen() {
            Seen::Rows(_) => Some(list.count()),
            Seen::Nothing | Seen::NoneFits => Some(0),
            Seen::Reading | Seen::Failed(_) => None,
        })
    });
    let total =
        el("p").class("log-total").id("log-total").attr("role", "status").attr("tabindex", "-1").live_text(move || {
            match count.get() {
                Some(count) => {
                    let text = app.formats.with(|formats| formats.number(&count.to_string()));
                    (words.total)(&text, count == 1)
                }
                None => app.common().loading.to_owned(),
            }
        });
    let filters = Memo::new(move |_| desk.address.with(|address| address.filters.clone()));
    let chips = live(move || {
        let filters = filters.get();
        let set = filters.set();
        if set.is_empty() {
            return nothing();
        }
        let clear = button("link", "log-clear").text(words.clear).on_click(move || {
            desk.filter(|_| Filters::default());
            focus("log-total");
        });
        let chips = set.into_iter().map(|filter| el("li").child(chip(desk, &filters, filter)));
        el("div")
            .class("log-chips")
            .child(el("ul").id("log-chips").attr("aria-label", words.filters).children(chips))
            .child(clear)
            .into()
    });
    let has_news = desk.list.slice(List::has_news);
    let news = live(move || {
        if !has_news.get() {
            return nothing();
        }
        let show = move || {
            desk.show_news();
            if let Some(rows) = find("log-rows") {
                rows.set_scroll_top(0);
            }
            focus("log-total");
        };
        button("button log-news", "log-news").text(words.news).on_click(show).into()
    });
    el("div").class("log-line").child(total).child(chips).child(news)
}

/// What became of the file. It is announced, too.
fn exported(desk: Desk) -> AnyView {
    live(move || match desk.exported.get() {
        Some(Ok(said)) => el("p").class("log-exported").id("log-exported").text(said).into(),
        Some(Err(fault)) => parts::fault(desk.app, &fault, move || desk.export()).into(),
        None => nothing(),
    })
}

fn chip(desk: Desk, filters: &Filters, filter: Filter) -> El {
    let text = told(desk, filters, filter);
    let label = (desk.app.words::<Log>().remove)(&text);
    button("log-chip", "log-chip")
        .attr("data-filter", kind(filter))
        .attr("aria-label", label)
        .text(text)
        .child(el("span").class("log-cross").attr("aria-hidden", "true").text("✕"))
        .on_click(move || {
            desk.filter(|filters| filters.without(filter));
            // The chip is gone: the focus goes where the outcome is told.
            focus("log-total");
        })
}

fn kind(filter: Filter) -> &'static str {
    match filter {
        Filter::Module(_) => "module",
        Filter::Outcome(_) => "outcome",
        Filter::Problem(_) => "problem",
        Filter::Name => "name",
        Filter::Run => "run",
        Filter::Record => "record",
        Filter::Time(..) => "time",
    }
}

fn told(desk: Desk, filters: &Filters, filter: Filter) -> String {
    let app = desk.app;
    let words = app.words::<Log>();
    match filter {
        Filter::Module(module) => parts::module_name(app, module).to_owned(),
        Filter::Outcome(outcome) => parts::outcome_name(app, outcome).to_owned(),
        Filter::Problem(code) => sentence(desk, code),
        Filter::Name => (words.chip_name)(filters.name.as_deref().unwrap_or_default()),
        Filter::Run => words.chip_run.to_owned(),
        Filter::Record => words.chip_record.to_owned(),
        Filter::Time(from, until) => desk.days.with(|days| {
            let day = days.as_ref().and_then(|days| chosen(days.as_ref().ok()?, from, until));
            app.formats.with(|formats| match day {
                Some(day) => formats.day(&day.day),
                None => {
                    let text = |at| time::short(formats, at);
                    let (from, until) = (from.map(text), until.map(text));
                    (words.chip_time)(from.as_deref(), until.as_deref())
                }
            })
        }),
    }
}
