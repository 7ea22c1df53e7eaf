//! One run: how it is, what it would do, how far it is, what became of its records.

use super::span::Span;
use super::state::{Buttons, RunAction, buttons, is_checked, moves};
use super::telling::{self, OUTCOMES, Progress};
use super::ui::{RunsUi, refusal};
use crate::format::millis;
use crate::portal::parts;
use crate::portal::reactive::*;
use crate::portal::route::{Route, Screen};
use crate::tone::Tone;
use crate::view::dom::{El, el, live, nothing};
use chrono::{DateTime, Utc};
use shared::api::Outcome;
use shared::api::runs::{Forecast, RunView};
use shared::module::Module;
use shared::settings::Direction;

/// The run that is shown. It is built anew only for another run.
pub(super) fn card(ui: RunsUi) -> AnyView {
    let frame = of_run(ui, |run| {
        let pairs: Vec<_> = run.pairs.iter().map(|pair| (pair.module, pair.direction)).collect();
        (run.id.clone(), pairs)
    });
    live(move || match frame.get() {
        Some((id, pairs)) => content(ui, &id, &pairs).into(),
        None => nothing(),
    })
}

/// A part of the shown run.
fn of_run<T: PartialEq + Send + Sync + 'static>(
    ui: RunsUi,
    part: impl Fn(&RunView) -> T + Send + Sync + 'static,
) -> Memo<Option<T>> {
    ui.slice(move |model| model.run.as_ref().map(&part))
}

fn content(ui: RunsUi, id: &str, pairs: &[(Module, Direction)]) -> El {
    let checked = of_run(ui, is_checked);
    let pairs = pairs.to_vec();
    let id = id.to_owned();
    let what = {
        let id = id.clone();
        parts::part("run-what", move || match checked.get() {
            Some(true) => forecast(ui),
            Some(false) => work(ui, &id, &pairs),
            None => nothing(),
        })
    };
    el("section")
        .class("card run")
        .id("run")
        .attr("aria-labelledby", "run-headline")
        .child(headline(ui))
        .child(about(ui))
        .child(trouble(ui))
        .child(what)
        .child(refusal(ui))
        .child(actions(ui, id))
        .live(move || question(ui))
}

fn headline(ui: RunsUi) -> El {
    let headline = of_run(ui, move |run| {
        let headline = telling::headline(run, ui.words(), &|number| ui.number(number));
        (headline.tone, headline.text)
    });
    let tone = Memo::new(move |_| headline.get().map_or(Tone::Quiet, |(tone, _)| tone));
    el("h2")
        .class("run-headline")
        .attr("id", "run-headline")
        .attr("tabindex", "-1")
        .id("run-headline")
        .live_attr("data-tone", move || tone.get().as_str().to_owned())
        .live(move || parts::sign(tone.get()).into())
        .child(el("span").live_text(move || headline.get().map(|(_, text)| text).unwrap_or_default()))
}

/// Which records, how it was started, by whom, when, how long it took.
fn about(ui: RunsUi) -> El {
    let told = of_run(ui, move |run| {
        let words = ui.words();
        let scope = telling::scope(&run.scope, words, &|number| ui.number(number));
        let by = run.by.as_deref().map(|name| format!(" {}", (words.by)(name))).unwrap_or_default();
        let took = run.ended_at.and_then(|ended| Span::between(run.started_at, ended));
        let took = took.map(|span| (words.took)(&(words.span)(span)));
        (format!("{scope} · {}{by} · ", (words.names.kind)(run.kind)), run.started_at, took)
    });
    el("p").class("run-about").id("run-about").live(move || match told.get() {
        Some((text, at, took)) => el("span")
            .text(text)
            .child(parts::ago(ui.app, at))
            .text(took.map(|took| format!(" · {took}")).unwrap_or_default())
            .into(),
        None => nothing(),
    })
}

/// Why it waits, or could not go on.
fn trouble(ui: RunsUi) -> El {
    let found = of_run(ui, |run| (run.problem.clone(), run.resumes_at.filter(|_| moves(run.state))));
    parts::part("run-trouble", move || match found.get() {
        Some((Some(problem), at)) => {
            let settle = parts::way_out(ui.app, problem.code, "run-open-place");
            let more = at.map(|at| resumes(ui, at)).into_iter().chain(settle).collect();
            parts::problem(ui.app, &problem, more).into()
        }
        Some((None, Some(at))) => resumes(ui, at).into(),
        _ => nothing(),
    })
}

/// When it goes on by itself, with the exact instant on hover.
fn resumes(ui: RunsUi, at: DateTime<Utc>) -> El {
    let words = ui.words();
    let then = millis(at);
    let text = move || {
        #[expect(clippy::cast_possible_truncation, reason = "milliseconds since 1970 fit")]
        let now = DateTime::from_timestamp_millis(ui.app.now.get() as i64);
        match now.and_then(|now| Span::between(now, at)) {
            Some(span) => (words.resumes)(&(words.span)(span)),
            None => words.resumes_now.to_owned(),
        }
    };
    el("p")
        .class("run-resumes")
        .id("run-resumes")
        .live_attr("title", move || ui.app.formats.with(|formats| formats.instant(then)))
        .live_text(text)
}

/// The bars and the counts.
fn work(ui: RunsUi, id: &str, pairs: &[(Module, Direction)]) -> AnyView {
    let words = ui.words();
    let whole = of_run(ui, Progress::of);
    let bar = parts::progress("run-progress", words.all_pairs, move || whole.get().unwrap_or_default().bar());
    let counts = OUTCOMES.map(|outcome| count(ui, id, outcome));
    let rows = pairs.iter().enumerate().map(|(at, (module, direction))| pair(ui, at, *module, *direction));
    let calls = of_run(ui, move |run| (words.calls)(&ui.number(run.calls.xero), &ui.number(run.calls.zoho)));
    el("div")
        .class("run-work")
        .child(bar)
        .child(el("ul").class("run-counts").id("run-counts").attr("aria-label", words.counts).children(counts))
        .child(el("ul").class("run-pairs").attr("aria-label", words.pairs).children(rows))
        .child(el("p").class("run-calls").id("run-calls").live_text(move || calls.get().unwrap_or_default()))
        .into()
}

/// How many records had an outcome: a link to them in the log.
fn count(ui: RunsUi, id: &str, outcome: Outcome) -> El {
    let words = ui.words();
    let count = of_run(ui, move |run| telling::count(run.counts, outcome));
    let some = Memo::new(move |_| count.get().unwrap_or_default() > 0);
    let href = log(id).with("outcome", telling::outcome_name(outcome)).hash();
    let figure = move || el("span").class("run-figure").live_text(move || ui.number(count.get().unwrap_or_default()));
    el("li").class("run-count").id("run-count").attr("data-outcome", telling::outcome_name(outcome)).live(move || {
        let inside = |part: El| part.child(figure()).child(parts::outcome(ui.app, outcome));
        if !some.get() {
            return inside(el("span").class("run-none")).into();
        }
        let opens = el("span").class("visually-hidden").text(format!(", {}", words.open_log));
        inside(el("a").attr("href", href.clone())).child(opens).into()
    })
}

fn log(id: &str) -> Route {
    Route::to(Screen::Log).with("run", id)
}

/// A pair: its name, its bar, and what became of its records.
fn pair(ui: RunsUi, at: usize, module: Module, direction: Direction) -> El {
    let words = ui.words();
    let name = parts::module_name(ui.app, module);
    let told = of_run(ui, move |run| {
        run.pairs.get(at).map(|pair| {
            let number = |number| ui.number(number);
            let progress = Progress::of_pair(pair);
            // Nothing is looked for any more in a run that has ended.
            let progress = Progress { listing: progress.listing && moves(run.state), ..progress };
            (progress, progress.in_words(words, &number), telling::counts_in_words(pair.counts, words.names, &number))
        })
    });
    let told = Memo::new(move |_| told.get().flatten().unwrap_or_default());
    el("li")
        .class("run-pair")
        .id("run-pair")
        .attr("data-module", module.api_name())
        .child(
            el("div")
                .class("run-pair-head")
                .child(el("span").class("run-pair-name").text(name))
                .child(el("span").class("run-pair-direction").text(parts::direction_name(ui.app, direction)))
                .child(el("span").class("run-pair-taken").id("run-pair-taken").live_text(move || told.get().1)),
        )
        .child(parts::progress("run-pair-progress", name, move || told.get().0.bar()))
        .child(el("p").class("run-pair-counts").id("run-pair-counts").live_text(move || told.get().2))
}

/// What a checked run would do and cost.
fn forecast(ui: RunsUi) -> AnyView {
    let forecast = of_run(ui, |run| run.forecast.clone());
    live(move || match forecast.get().flatten() {
        Some(forecast) => told(ui, &forecast).into(),
        None => nothing(),
    })
}

fn told(ui: RunsUi, forecast: &Forecast) -> El {
    let words = ui.words();
    let cost = telling::cost(forecast, words, &|number| ui.number(number));
    let head = |text: &'static str| el("th").attr("scope", "col").text(text);
    let figure = |number: u32| el("td").class("figure").text(ui.number(number));
    let row = |name: &'static str, [create, update, leave]: [u32; 3]| {
        el("tr")
            .child(el("th").attr("scope", "row").text(name))
            .child(figure(create))
            .child(figure(update))
            .child(figure(leave))
    };
    let rows = forecast.pairs.iter().map(|pair| {
        row(parts::module_name(ui.app, pair.module), [pair.create, pair.update, pair.skip])
            .id("forecast-pair")
            .attr("data-module", pair.module.api_name())
    });
    let table = el("table")
        .class("run-forecast")
        .id("forecast")
        .child(el("caption").text(words.forecast))
        .child(
            el("thead").child(
                el("tr")
                    .child(head(words.pair))
                    .child(head(words.create))
                    .child(head(words.update))
                    .child(head(words.leave)),
            ),
        )
        .child(el("tbody").children(rows))
        .child(el("tfoot").child(row(words.all_pairs, telling::forecast_sum(forecast)).id("forecast-sum")));
    let short = cost
        .short
        .map(|short| el("p").class("run-short").id("forecast-short").child(parts::sign(Tone::Warn)).text(short));
    el("div")
        .class("run-told")
        .child(
            el("div")
                .class("run-scroll")
                .attr("tabindex", "0")
                .attr("role", "group")
                .attr("aria-label", words.forecast)
                .child(table),
        )
        .child(el("p").class("runs-hint").text(words.forecast_hint))
        .child(
            el("ul")
                .class("run-cost")
                .id("forecast-cost")
                .child(el("li").text(cost.calls))
                .child(el("li").text(cost.time))
                .child(el("li").text(cost.day)),
        )
        .maybe(short)
}

/// The buttons. They are built anew only when other ones are wanted.
fn actions(ui: RunsUi, id: String) -> El {
    let words = ui.words();
    let wanted = of_run(ui, buttons);
    let asking = ui.slice(|model| model.asking);
    let free = move || asking.get().is_none();
    let label = move |ask: RunAction, busy: &'static str, idle: &'static str| {
        move || if asking.get() == Some(ask) { busy } else { idle }.to_owned()
    };
    let another = move || parts::secondary("run-another", words.another, move || ui.start_another());
    parts::part("actions run-actions", move || {
        let row = el("div").class("actions");
        let row = match wanted.get() {
            None => return nothing(),
            Some(Buttons::Checked(has_work)) => row
                .child(
                    parts::primary("run-begin", "", move || has_work && free(), move || ui.ask(RunAction::Begin))
                        .live_text(label(RunAction::Begin, words.starting, words.start_checked)),
                )
                .child(parts::secondary("run-discard", words.drop_checked, move || ui.ask(RunAction::Cancel))),
            Some(Buttons::Moving) => row.child(
                parts::danger("run-cancel", "", move || {
                    ui.change(|model| model.confirming = model.asking.is_none());
                })
                .live_text(label(RunAction::Cancel, words.cancelling, words.cancel)),
            ),
            Some(Buttons::Ended(can_retry)) => {
                let retry = can_retry.then(|| {
                    parts::primary("run-retry", "", free, move || ui.ask(RunAction::Retry)).live_text(label(
                        RunAction::Retry,
                        words.retrying,
                        words.retry,
                    ))
                });
                row.maybe(retry).child(another())
            }
        };
        let entries = el("a").class("run-entries").id("run-entries").attr("href", log(&id).hash()).text(words.entries);
        match wanted.get() {
            Some(Buttons::Checked(_)) => row.into(),
            _ => row.child(entries).into(),
        }
    })
}

/// Whether to cancel it indeed.
fn question(ui: RunsUi) -> AnyView {
    let confirming = ui.slice(|model| model.confirming);
    live(move || {
        if !confirming.get() {
            return nothing();
        }
        let words = ui.words();
        let content = vec![el("p").text(words.cancel_stays), el("p").text(words.cancel_left)];
        parts::dialog(
            ui.app,
            "run-cancel-dialog",
            words.cancel_title,
            content,
            (words.cancel_confirm.to_owned(), true),
            move |yes| {
                ui.change(|model| model.confirming = false);
                if yes {
                    ui.ask(RunAction::Cancel);
                }
            },
        )
    })
}
