//! The controls of all screens: frames, fields, buttons, windows, tables, signs and meters.
//!
//! Every control is the browser's own, so that keyboard, screen readers and the system's look come with it. What it
//! shows follows the state; what the person does is reported and changes nothing by itself.

mod element;
mod overlay;
mod table;
mod windowed;

pub(super) use element::fresh_id;
use element::{digits, set_style};
pub(crate) use overlay::asking;
pub use overlay::{dialog, drawer};
pub(crate) use overlay::{focus_heading, heading_has_focus};
pub(super) use table::{hidden, table, words};
pub use windowed::{windowed, windowed_table};

use super::app::{App, is_of_rights};
use super::places;
use super::route::{Route, Screen};
use crate::fault::Fault;
use crate::fault::own_problem;
use crate::format::{iso, millis};
use crate::popup::spawn;
use crate::portal::reactive::*;
use crate::tone::Tone;
use crate::view::dom::{El, Gives, Takes, button, el, link, live, nothing};
use crate::view::sign as drawn;
use chrono::{DateTime, Utc};
use shared::api::Outcome;
use shared::module::Module;
use shared::problem::{Code, Problem, Severity};
use shared::settings::Direction;
use std::sync::Arc;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, HtmlInputElement, HtmlSelectElement};

/// Milliseconds in a minute, and minutes in an hour and in a day.
const MINUTE: f64 = 60_000.0;
const HOUR: i64 = 60;
const DAY: i64 = 1_440;
/// Days after which a date says more than "6 days ago".
const DAYS_IN_WORDS: i64 = 7;

/// A text that follows what it reads.
type LiveText = Arc<dyn Gives<String> + Send + Sync>;
/// Takes what was chosen or typed.
type TakesText = Taker<String>;
/// Shows the state in an element, or reads from it what the person did.
type OfElement = Arc<dyn for<'a> Takes<&'a Element> + Send + Sync>;

/// The frame of a screen: its only h1, a sentence below it, actions at the right, then the content.
///
/// The heading takes the focus when the person comes to the screen.
pub fn screen(id: &'static str, title: &str, lead: &str, actions: Vec<El>, content: Vec<El>) -> El {
    let lead = (!lead.is_empty()).then(|| el("p").class("screen-lead").text(lead.to_owned()));
    let text = el("div")
        .class("screen-text")
        .child(el("h1").attr("tabindex", "-1").id("screen-title").text(title.to_owned()))
        .maybe(lead);
    let actions = (!actions.is_empty()).then(|| el("div").class("actions").children(actions));
    el("div")
        .class(["screen screen-", id].concat())
        .id(id)
        .child(el("header").class("screen-head").child(text).maybe(actions))
        .children(content)
}

/// A titled block (h2) within a screen; `id` is its `data-testid`.
pub fn card(id: &'static str, title: &str, content: Vec<El>) -> El {
    let heading = fresh_id("card");
    el("section")
        .class("card")
        .id(id)
        .attr("aria-labelledby", heading.clone())
        .child(el("h2").attr("id", heading).text(title.to_owned()))
        .children(content)
}

/// What is wrong with a value, following what it reads.
pub(crate) type LiveError = Arc<dyn Gives<Option<String>> + Send + Sync>;

/// What stands around a control.
#[derive(Default)]
#[expect(missing_debug_implementations, reason = "closures have none")]
pub struct About {
    /// What it is for.
    pub hint: Option<String>,
    /// A short mark beside the label: `Guess`.
    pub mark: Option<String>,
    /// What is wrong with the value.
    pub error: Option<LiveError>,
}

/// A labelled control with a hint, a mark, and what is wrong with it, tied for screen readers. `control` has to be the
/// input or select itself.
pub fn field(label: &str, control: El, about: About) -> El {
    let id = fresh_id("field");
    let hint_id = [&id, "-hint"].concat();
    let error_id = [&id, "-error"].concat();
    let mark = about.mark.map(|mark| el("span").class("mark").text(mark));
    let label =
        el("span").class("field-head").child(el("label").attr("for", id.clone()).text(label.to_owned())).maybe(mark);
    let hint = about.hint.map(|hint| el("p").class("field-hint").attr("id", hint_id.clone()).text(hint));
    let mut control = control.attr("id", id);
    let Some(error) = about.error else {
        if hint.is_some() {
            control = control.attr("aria-describedby", hint_id);
        }
        return el("div").class("field").child(label).child(control).maybe(hint);
    };
    let error = Memo::new(move |_| error.give());
    let described = [if hint.is_some() { [&hint_id, " "].concat() } else { String::new() }, error_id.clone()].concat();
    let control = control
        .attr("aria-describedby", described)
        .live_attr("aria-invalid", move || error.with(Option::is_some).to_string());
    // The element is always there: only then do screen readers tell a text that comes into it.
    let said =
        el("p").class("field-error").attr("id", error_id).attr("aria-live", "polite").live(move || match error.get() {
            Some(error) => el("span").child(sign(Tone::Bad)).text(error).into(),
            None => nothing(),
        });
    el("div").class("field").child(label).child(control).maybe(hint).child(said)
}

fn option((value, label): (String, String)) -> El {
    el("option").attr("value", value).text(label)
}

/// A native select. `options` are (value, label); `chosen` follows the state; `pick` gets the value. A chosen value that
/// is not offered shows as empty.
pub fn select(
    id: &'static str,
    options: Vec<(String, String)>,
    chosen: impl Fn() -> String + Send + Sync + 'static,
    pick: impl Fn(String) + Send + Sync + 'static,
) -> El {
    select_of(id, options.into_iter().map(option).collect(), Arc::new(chosen), Arc::new(pick))
}

/// A native select with titled groups: (title, (value, label)…). A group without a title stands by itself.
pub fn grouped_select(
    id: &'static str,
    groups: Vec<(String, Vec<(String, String)>)>,
    chosen: impl Fn() -> String + Send + Sync + 'static,
    pick: impl Fn(String) + Send + Sync + 'static,
) -> El {
    grouped(id, groups, Arc::new(chosen), Arc::new(pick))
}

fn grouped(id: &'static str, groups: Vec<(String, Vec<(String, String)>)>, chosen: LiveText, pick: TakesText) -> El {
    let mut options = Vec::new();
    for (title, members) in groups {
        let members = members.into_iter().map(option);
        if title.is_empty() {
            options.extend(members);
        } else {
            options.push(el("optgroup").attr("label", title).children(members));
        }
    }
    select_of(id, options, chosen, pick)
}

#[inline(never)]
fn select_of(id: &'static str, options: Vec<El>, chosen: LiveText, pick: TakesText) -> El {
    let show = move |element: &Element| {
        let element: &HtmlSelectElement = element.unchecked_ref();
        let chosen = chosen.give();
        if element.value() != chosen {
            element.set_value(&chosen);
        }
    };
    let report = move |element: &Element| pick.take(element.unchecked_ref::<HtmlSelectElement>().value());
    follows(el("select").class("control").id(id).children(options), "change", Arc::new(show), Arc::new(report))
}

/// A control that shows the state. Where the state does not take what the person did, the control does not show it
/// either.
fn follows(control: El, event: &'static str, show: OfElement, report: OfElement) -> El {
    let shown = show.clone();
    control
        // What is chosen in a select can only be set once its options are in it: an effect runs after that.
        .made(move |element| {
            let shown = shown.clone();
            Effect::new(move |_| shown.take(&element));
        })
        .on(event, move |event| {
            let control = event.current_target().and_then(|control| control.dyn_into::<Element>().ok());
            let Some(element) = control else { return };
            report.take(&element);
            // After what follows from the report has been worked out.
            let show = show.clone();
            spawn(async move { untrack(|| show.take(&element)) });
        })
}

/// A native input. `kind`: `text`, `number`, `email`, `date`, `time`, `search`; `change` at every input event.
pub fn input(
    id: &'static str,
    kind: &'static str,
    value: impl Fn() -> String + Send + Sync + 'static,
    change: impl Fn(String) + Send + Sync + 'static,
) -> El {
    input_of(id, kind, Arc::new(value), Arc::new(change))
}

#[inline(never)]
fn input_of(id: &'static str, kind: &'static str, value: LiveText, change: TakesText) -> El {
    let show = move |element: &Element| {
        let element: &HtmlInputElement = element.unchecked_ref();
        let value = value.give();
        // What is half typed, as `1.` in a number, reads as empty and must stay.
        if element.value() != value {
            element.set_value(&value);
        }
    };
    let report = move |element: &Element| change.take(element.unchecked_ref::<HtmlInputElement>().value());
    let control = el("input").class("control").id(id).attr("type", kind).attr("autocomplete", "off");
    follows(control, "input", Arc::new(show), Arc::new(report))
}

/// A native checkbox with its label.
pub fn checkbox(
    id: &'static str,
    label: &str,
    on: impl Fn() -> bool + Send + Sync + 'static,
    set: impl Fn(bool) + Send + Sync + 'static,
) -> El {
    checkbox_of(id, label, Arc::new(on), Arc::new(set))
}

#[inline(never)]
fn checkbox_of(id: &'static str, label: &str, on: Arc<dyn Gives<bool> + Send + Sync>, set: Taker<bool>) -> El {
    let show = move |element: &Element| element.unchecked_ref::<HtmlInputElement>().set_checked(on.give());
    let report = move |element: &Element| set.take(element.unchecked_ref::<HtmlInputElement>().checked());
    let control = el("input").id(id).attr("type", "checkbox");
    let control = follows(control, "change", Arc::new(show), Arc::new(report));
    el("label").class("check").child(control).child(el("span").text(label.to_owned()))
}

/// Radio buttons as one row of segments: (value, label). Each one's test name is `{id}-{value}` in `data-segment`.
pub fn segments(
    id: &'static str,
    legend: &str,
    options: Vec<(String, String)>,
    chosen: impl Fn() -> String + Send + Sync + 'static,
    pick: impl Fn(String) + Send + Sync + 'static,
) -> El {
    segments_of(id, legend, options, Arc::new(chosen), Arc::new(pick))
}

#[inline(never)]
fn segments_of(
    id: &'static str,
    legend: &str,
    options: Vec<(String, String)>,
    chosen: LiveText,
    pick: TakesText,
) -> El {
    let name = fresh_id(id);
    let segments = options.into_iter().map(|(value, label)| {
        let control = el("input")
            .attr("type", "radio")
            .attr("name", name.clone())
            .attr("data-segment", [id, "-", &value].concat())
            .attr("value", value);
        el("label").class("segment").child(control).child(el("span").text(label))
    });
    let row = el("div").class("segments-row").children(segments);
    let show = move |row: &Element| {
        let chosen = chosen.give();
        for radio in radios(row) {
            radio.set_checked(radio.value() == chosen);
        }
    };
    let report = move |row: &Element| {
        if let Some(radio) = radios(row).into_iter().find(HtmlInputElement::checked) {
            pick.take(radio.value());
        }
    };
    let row = follows(row, "change", Arc::new(show), Arc::new(report));
    el("fieldset").class("segments").id(id).child(el("legend").text(legend.to_owned())).child(row)
}

/// The radio buttons of a row of segments.
fn radios(row: &Element) -> Vec<HtmlInputElement> {
    let labels = row.children();
    let label = |at: u32| labels.item(at)?.first_element_child()?.dyn_into().ok();
    (0..labels.length()).filter_map(label).collect()
}

/// The button that does what the screen is for. While it is not enabled it keeps the focus, says so and does nothing.
pub fn primary(
    id: &'static str,
    label: &str,
    enabled: impl Fn() -> bool + Send + Sync + 'static,
    press: impl Fn() + Send + Sync + 'static,
) -> El {
    primary_of(id, label, Arc::new(enabled), Arc::new(press))
}

#[inline(never)]
fn primary_of(
    id: &'static str,
    label: &str,
    enabled: Arc<dyn Gives<bool> + Send + Sync>,
    press: Arc<dyn Gives<()> + Send + Sync>,
) -> El {
    let enabled = Memo::new(move |_| enabled.give());
    button("button primary", id)
        .live_attr("aria-disabled", move || (!enabled.get()).to_string())
        .text(label.to_owned())
        .on_click(move || {
            if enabled.get_untracked() {
                press.give();
            }
        })
}

/// A link within the portal.
pub(super) fn to(route: Route, label: impl Into<String>, id: &'static str) -> El {
    el("a").attr("href", route.hash()).id(id).text(label.into())
}

/// Any other button.
pub fn secondary(id: &'static str, label: &str, press: impl Fn() + Send + Sync + 'static) -> El {
    button("button", id).text(label.to_owned()).on_click(press)
}

/// A button after which something is gone. It asks first: see [`dialog`].
pub fn danger(id: &'static str, label: &str, press: impl Fn() + Send + Sync + 'static) -> El {
    button("button danger", id).text(label.to_owned()).on_click(press)
}

/// What happened, why, what to do, the place, the vendor's words; `more`: buttons of ours such as Retry.
pub fn problem(app: App, problem: &Problem, more: Vec<El>) -> El {
    let words = app.common();
    let (class, kind, tone) = match problem.severity {
        Severity::Warning => ("problem tone-warn", words.warning, Tone::Warn),
        Severity::Error => ("problem tone-bad", words.problem, Tone::Bad),
        Severity::Waiting => ("problem tone-warn", words.waiting, Tone::Warn),
    };
    let part = |label: &'static str, text: &str| {
        (!text.is_empty()).then(|| el("p").child(el("b").text(label)).text([" ", text].concat()))
    };
    let place =
        problem.place.as_ref().map(|place| el("p").child(link(place.url.clone(), place.label.clone(), "place")));
    let said = problem.said.as_ref().map(|said| {
        let label = match problem.code {
            Code::Internal | Code::InvalidRequest => words.service_said,
            code if is_of_zoho(code) => words.zoho_said,
            _ => words.xero_said,
        };
        el("details")
            .class("said")
            .child(el("summary").id("said").text(label))
            .child(el("blockquote").text(said.clone()))
    });
    let more = (!more.is_empty()).then(|| el("div").class("problem-more").children(more));
    let kind = el("span").class("visually-hidden").text([kind, " "].concat());
    el("article")
        .class(class)
        .id("problem")
        .attr("data-code", problem.code.as_str())
        .child(el("p").class("what").child(sign(tone)).child(kind).text(problem.what.clone()))
        .maybe(part(words.why, &problem.why))
        .maybe(part(words.fix, &problem.fix))
        .maybe(place)
        .maybe(more)
        .maybe(said)
}

fn is_of_zoho(of: Code) -> bool {
    let name = of.as_str();
    name.starts_with("crm-") || name.starts_with("zoho-")
}

/// A call that failed, with Try again.
pub fn fault(app: App, fault: &Fault, retry: impl Fn() + Send + Sync + 'static) -> El {
    let words = app.common();
    let again = secondary("try-again", words.try_again, retry);
    match fault {
        Fault::SignedOut(_) => {
            problem(app, &own_problem(Severity::Warning, Code::SessionExpired, words.session_over), Vec::new())
        }
        // Another try gives nobody a right.
        Fault::Problem(found) if is_of_rights(found.code) => problem(app, found, Vec::new()),
        Fault::Problem(found) => problem(app, found, vec![again]),
    }
}

/// The way to the screen where a problem is settled; none for one that is settled elsewhere. Only administrators can go
/// there.
pub fn way_out(app: App, code: Code, id: &'static str) -> Option<El> {
    let route = places::of_problem(code).filter(|_| app.is_administrator())?;
    Some(el("a").class("button").attr("href", route.hash()).id(id).text(way_out_label(app, &route)))
}

/// What a way out is called.
pub fn way_out_label(app: App, route: &Route) -> &'static str {
    match route.screen {
        Screen::Setup => app.common().open_setup,
        Screen::Schedule => (app.common().screen)(Screen::Schedule),
        _ => app.common().open_mapping,
    }
}

/// The small sign of a tone. Its shape tells it as well as its colour.
pub fn sign(tone: Tone) -> El {
    el("span").class("sign-place").attr("aria-hidden", "true").child(drawn::sign(tone, true))
}

/// How an outcome looks.
#[must_use]
pub fn outcome_tone(outcome: Outcome) -> Tone {
    match outcome {
        Outcome::Created | Outcome::Updated => Tone::Good,
        Outcome::Unchanged | Outcome::Skipped => Tone::Quiet,
        Outcome::Failed => Tone::Bad,
        Outcome::Deferred | Outcome::Undecided => Tone::Warn,
    }
}

/// An outcome's word.
#[must_use]
pub fn outcome_name(app: App, outcome: Outcome) -> &'static str {
    let words = app.common();
    match outcome {
        Outcome::Created => words.created,
        Outcome::Updated => words.updated,
        Outcome::Unchanged => words.unchanged,
        Outcome::Skipped => words.skipped,
        Outcome::Failed => words.failed,
        Outcome::Deferred => words.deferred,
        Outcome::Undecided => words.undecided,
    }
}

/// Sign and word of an outcome.
pub fn outcome(app: App, outcome: Outcome) -> El {
    el("span").class("outcome").child(sign(outcome_tone(outcome))).text(outcome_name(app, outcome))
}

/// A bar with its value in words below it: `used` of `most`, with a mark where the reserve begins.
pub fn meter(id: &'static str, label: &str, used: f64, most: f64, reserve: Option<f64>, words: &str) -> El {
    let share = |value: f64| if most > 0.0 { (value / most * 100.0).clamp(0.0, 100.0) } else { 0.0 };
    let filled = share(used);
    let begins = reserve.filter(|reserve| *reserve > 0.0).map(|reserve| share(most - reserve));
    let class = match begins {
        Some(begins) if filled >= begins => "meter-fill full",
        _ if filled >= 100.0 => "meter-fill full",
        _ => "meter-fill",
    };
    let mark = begins.map(|at| el("span").class("meter-reserve").made(move |mark| place(&mark, "left", at)));
    let bar = el("div")
        .class("meter-bar")
        .id(id)
        .attr("role", "meter")
        .attr("aria-label", label.to_owned())
        .attr("aria-valuemin", "0")
        .attr("aria-valuemax", digits(most))
        .attr("aria-valuenow", digits(used.clamp(0.0, most.max(0.0))))
        .attr("aria-valuetext", words.to_owned())
        .child(el("span").class(class).made(move |fill| place(&fill, "width", filled)))
        .maybe(mark);
    el("div")
        .class("meter")
        .child(el("p").class("meter-label").text(label.to_owned()))
        .child(bar)
        .child(el("p").class("meter-words").text(words.to_owned()))
}

/// Sets a share of the whole, in per cent. By the object model, because the page's policy forbids style attributes.
fn place(element: &Element, property: &str, percent: f64) {
    if let Some(element) = element.dyn_ref::<HtmlElement>() {
        set_style(element, property, &[&*digits(percent), "%"].concat());
    }
}

/// A bar of work: (done, of). Nothing to do yet shows as under way without an end.
pub fn progress(id: &'static str, label: &str, done: impl Fn() -> (u32, u32) + Send + Sync + 'static) -> El {
    progress_of(id, label, Memo::new(move |_| done()))
}

#[inline(never)]
fn progress_of(id: &'static str, label: &str, done: Memo<(u32, u32)>) -> El {
    el("div")
        .class("progress")
        .id(id)
        .attr("role", "progressbar")
        .attr("aria-label", label.to_owned())
        .attr("aria-valuemin", "0")
        .live_attr("aria-valuemax", move || done.get().1.to_string())
        .live_attr("aria-valuenow", move || done.get().0.min(done.get().1).to_string())
        .live_attr("data-open", move || (done.get().1 == 0).to_string())
        .child(el("span").class("progress-fill").made(move |fill| {
            Effect::new(move |_| {
                let (done, of) = done.get();
                place(&fill, "width", if of == 0 { 0.0 } else { f64::from(done.min(of)) / f64::from(of) * 100.0 });
            });
        }))
}

/// A time as people say it, past or to come, with the exact instant on hover.
pub fn ago(app: App, at: DateTime<Utc>) -> El {
    let then = millis(at);
    el("time")
        .attr("datetime", iso(at))
        .live_attr("title", move || app.formats.with(|formats| formats.instant(then)))
        .live_text(move || ago_text(app, then))
}

/// The same as a text; `then` in milliseconds since 1970.
#[must_use]
pub fn ago_text(app: App, then: f64) -> String {
    let words = app.common();
    #[expect(clippy::cast_possible_truncation, reason = "the minutes of a million years fit")]
    let minutes = ((app.now.get() - then) / MINUTE) as i64;
    let (hours, days) = (minutes / HOUR, minutes / DAY);
    match () {
        () if days.abs() >= DAYS_IN_WORDS => app.formats.with(|formats| formats.day_of(then)),
        () if days < 0 => (words.in_days)(-days),
        () if hours < 0 => (words.in_hours)(-hours),
        () if minutes < 0 => (words.in_minutes)(-minutes),
        () if minutes < 1 => words.just_now.to_owned(),
        () if hours < 1 => (words.minutes_ago)(minutes),
        () if days < 1 => (words.hours_ago)(hours),
        () if days < 2 => words.yesterday.to_owned(),
        () => (words.days_ago)(days),
    }
}

/// Holds the place of what is on its way.
pub fn skeleton(lines: usize) -> El {
    el("div").class("skeleton").attr("aria-hidden", "true").children((0..lines).map(|_| el("span").class("bone")))
}

/// Nothing is here yet: what that means and what to do.
pub fn empty(title: &str, what_to_do: &str, actions: Vec<El>) -> El {
    let actions = (!actions.is_empty()).then(|| el("div").class("actions").children(actions));
    el("div")
        .class("empty")
        .id("empty")
        .child(el("p").class("empty-title").text(title.to_owned()))
        .child(el("p").class("empty-lead").text(what_to_do.to_owned()))
        .maybe(actions)
}

/// What a CRM module is called.
#[must_use]
pub fn module_name(app: App, module: Module) -> &'static str {
    (app.common().module)(module)
}

/// What its records are in Xero.
#[must_use]
pub fn xero_name(app: App, module: Module) -> &'static str {
    (app.common().xero)(module)
}

/// Which way a pair is synced.
#[must_use]
pub fn direction_name(app: App, direction: Direction) -> &'static str {
    (app.common().direction)(direction)
}

/// A part that is built anew when what it reads has changed, as an element that can stand among others.
pub fn part(class: &'static str, content: impl Fn() -> AnyView + Send + Sync + 'static) -> El {
    el("div").class(class).child(live(content))
}
