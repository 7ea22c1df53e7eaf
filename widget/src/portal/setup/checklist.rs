//! The steps.

use super::record;
use super::state::{Msg, SetupState, Standing, Step, Subject, Work, by_section, subject};
use super::ui::{SetupUi, action, fault_at, focus, focus_soon, is_focus_lost, pages, problem};
use crate::portal::parts;
use crate::portal::parts::{hidden, table, to, words};
use crate::portal::places;
use crate::portal::reactive::*;
use crate::portal::route::{Route, Screen};
use crate::portal::section::Section;
use crate::portal::windows::window_note;
use crate::portal::words::settings::SettingNames;
use crate::tone::Tone;
use crate::view::dom::{El, button, el, live, nothing};
use shared::api::portal::ModuleFields;
use shared::settings::guesses::Guess;

/// Lines of the outline: about as high as five steps, one of them open.
const OUTLINE: usize = 12;

/// Lines of the outline of the guesses beside a line for each: the headings of their sections.
const GUESSES_HEADINGS: usize = 6;

pub(super) fn view(ui: SetupUi) -> AnyView {
    let words = ui.words();
    keep_focus(ui);
    let fault = ui.slice(|model| model.read_fault.clone());
    let fault = parts::part("setup-fault", move || match fault.get() {
        Some(fault) => parts::fault(ui.app, &fault, move || ui.send(Msg::ReadAgain)).into(),
        None => nothing(),
    });
    let waits = ui.slice(SetupState::is_waiting);
    // Which step is open is known with the answer: before it, steps would fold and unfold under the reader's eyes.
    let steps = parts::part("setup-checklist-place", move || match waits.get() {
        true => parts::skeleton(OUTLINE).into(),
        false => untrack(|| steps(ui)),
    });
    let content = vec![pages(ui.app, ""), fault, complete(ui), steps];
    parts::screen("setup", words.title, words.lead, Vec::new(), content).into()
}

/// How far it is, and the steps.
fn steps(ui: SetupUi) -> AnyView {
    let done = ui.slice(|model| model.done());
    let progress = el("p")
        .class("setup-progress")
        .id("setup-progress")
        .live_text(move || (ui.words().progress)(done.get(), Step::ALL.len()));
    let steps = el("ol").class("setup-steps").id("steps").children(Step::ALL.map(|step| step_view(ui, step)));
    el("div").class("setup-checklist").child(progress).child(steps).into()
}

/// The button that was pressed leaves the page with the step that it has ended: the next step takes the focus.
fn keep_focus(ui: SetupUi) {
    let expanded = ui.slice(|model| model.expanded());
    Effect::new(move |before: Option<Option<Step>>| {
        let now = expanded.get();
        if let Some(before) = before.flatten()
            && now != Some(before)
        {
            let step = now.unwrap_or(before);
            request_animation_frame(move || {
                if is_focus_lost() {
                    focus(&format!("[data-step={}] [data-testid=step-toggle]", step.name()));
                }
            });
        }
        now
    });
}

/// What comes after the steps.
fn complete(ui: SetupUi) -> El {
    let complete = ui.slice(|model| model.is_complete());
    parts::part("setup-complete-place", move || {
        if !complete.get() {
            return nothing();
        }
        let words = ui.words();
        let log = to(Route::to(Screen::Log), ui.app.common().open_log, "open-log");
        el("section")
            .class("setup-complete")
            .id("setup-complete")
            .child(parts::sign(Tone::Good))
            .child(
                el("div")
                    .child(el("p").class("setup-complete-title").text(words.complete))
                    .child(el("p").text(words.complete_lead).text(" ").child(log)),
            )
            .into()
    })
}

fn step_view(ui: SetupUi, step: Step) -> El {
    let words = ui.words();
    let standing = ui.slice(move |model| model.standing(step));
    let expanded = ui.slice(move |model| model.expanded() == Some(step));
    let region = parts::fresh_id("step");
    let marker = el("span").class("setup-marker").attr("aria-hidden", "true").live(move || match standing.get() {
        Standing::Done => parts::sign(Tone::Good).into(),
        Standing::Broken => parts::sign(Tone::Bad).into(),
        Standing::Open | Standing::Later | Standing::Unknown => {
            el("span").class("setup-number").text(step.number().to_string()).into()
        }
    });
    let title = el("span")
        .class("setup-step-title")
        .child(el("span").class("visually-hidden").text(format!("{}: ", (words.step_number)(step.number()))))
        .text((words.step)(step));
    let state = el("span")
        .class("setup-standing")
        .id("step-standing")
        .live_text(move || (ui.words().standing)(standing.get()).to_owned());
    let toggle = button("setup-toggle", "step-toggle")
        .live_attr("aria-expanded", move || expanded.get().to_string())
        .attr("aria-controls", region.clone())
        .child(marker)
        .child(title)
        .child(state)
        .child(el("span").class("setup-chevron").attr("aria-hidden", "true"))
        .on_click(move || ui.send(Msg::Toggled(step)));
    let content = el("div")
        .class("setup-step-content")
        .attr("id", region)
        .live(move || if expanded.get() { content(ui, step).into() } else { nothing() });
    el("li")
        .class("setup-step")
        .id("step")
        .attr("data-step", step.name())
        .live_attr("data-standing", move || standing_name(standing.get()).to_owned())
        .live_attr("data-expanded", move || expanded.get().to_string())
        .child(el("h2").child(toggle))
        .child(summary(ui, step))
        .child(content)
}

/// The standing's name in the page, for the style sheet and for tests.
fn standing_name(standing: Standing) -> &'static str {
    match standing {
        Standing::Done => "done",
        Standing::Open => "open",
        Standing::Broken => "broken",
        Standing::Later => "later",
        Standing::Unknown => "unknown",
    }
}

/// What the step did, or what it waits for.
fn summary(ui: SetupUi, step: Step) -> El {
    let slice = ui.slice(move |model| {
        let side = model.side(step).map(|side| (side.name.clone(), side.by.clone(), side.at));
        let setup = model.setup.as_ref();
        let counts = (model.field_counts(), setup.map(|setup| (setup.guesses, setup.links)));
        let did = (model.created, model.confirmed);
        (model.standing(step), model.needed(step), side, counts, did)
    });
    el("div").class("setup-summary").id("step-summary").live(move || {
        let words = ui.words();
        let (standing, needed, side, ((present, missing), counts), (created, confirmed)) = slice.get();
        let (guesses, links) = counts.unwrap_or_default();
        if let Some(needed) = needed
            && standing == Standing::Later
        {
            return el("span").text((words.first)(needed)).into();
        }
        if matches!(standing, Standing::Later | Standing::Unknown) {
            return nothing();
        }
        match step {
            Step::Crm | Step::Xero => match side {
                _ if standing == Standing::Broken => {
                    el("span").text(if step == Step::Crm { words.crm_broken } else { words.xero_broken }).into()
                }
                Some((name, by, at)) => {
                    el("span").text((words.connected)(&name, &by)).text(" · ").child(parts::ago(ui.app, at)).into()
                }
                None => nothing(),
            },
            Step::Fields => {
                let there = match missing {
                    0 => (words.fields_all)(present),
                    _ => (words.fields_some)(present, missing),
                };
                let did =
                    created.filter(|count| *count > 0).map(|count| format!(" · {}", (words.fields_created)(count)));
                el("span").text(there).text(did.unwrap_or_default()).into()
            }
            Step::Mapping => {
                let left = if guesses == 0 { words.mapping_done.to_owned() } else { (words.guesses_left)(guesses) };
                let did = confirmed
                    .filter(|count| *count > 0)
                    .map(|count| format!(" · {}", (words.guesses_confirmed)(count)));
                el("span").text(left).text(did.unwrap_or_default()).into()
            }
            Step::Record => {
                el("span").text(if links == 0 { words.no_links.to_owned() } else { (words.links)(links) }).into()
            }
        }
    })
}

fn content(ui: SetupUi, step: Step) -> El {
    let body = match step {
        Step::Crm | Step::Xero => connect(ui, step),
        Step::Fields => fields(ui),
        Step::Mapping => mapping(ui),
        Step::Record => record::content(ui),
    };
    el("div").class("setup-body").child(body).child(fault_at(ui, step))
}

/// Connecting one side.
fn connect(ui: SetupUi, step: Step) -> El {
    let words = ui.words();
    let (what, id) =
        if step == Step::Crm { (words.crm_what, "connect-crm") } else { (words.xero_what, "connect-xero") };
    el("div").child(el("p").text(what)).child(connect_actions(ui, step, id, Vec::new()))
}

/// The button that connects a side, or connects it again, and the one that gives it up while the window is open; `more`
/// beside them.
pub(super) fn connect_actions(ui: SetupUi, step: Step, id: &'static str, more: Vec<El>) -> El {
    let open = ui.slice(move |model| model.busy == Some(Work::Window(step)));
    let cancel = parts::secondary("cancel-window", ui.app.common().cancel, move || {
        ui.app.drop_window();
        // This button goes, too.
        focus_soon(if step == Step::Crm { "[data-testid=connect-crm]" } else { "[data-testid=connect-xero]" });
    });
    let buttons = el("div")
        .class("actions")
        .child(connect_button(ui, step, id))
        .child(hidden(cancel, move || !open.get()))
        .children(more);
    el("div").child(buttons).child(hidden(window_note(ui.app), move || !open.get()))
}

fn connect_button(ui: SetupUi, step: Step, id: &'static str) -> El {
    let standing = ui.slice(move |model| model.standing(step));
    let busy = ui.slice(|model| model.busy);
    let label = move || {
        let words = ui.app.common();
        let label = match (step, standing.get()) {
            _ if busy.get() == Some(Work::Window(step)) => words.waiting_for_window,
            (Step::Crm, Standing::Done | Standing::Broken) => words.reconnect_crm,
            (Step::Crm, _) => words.connect_crm,
            (_, Standing::Done | Standing::Broken) => words.reconnect_xero,
            _ => words.connect_xero,
        };
        label.to_owned()
    };
    action(
        id,
        move || matches!(standing.get(), Standing::Open | Standing::Broken),
        label,
        move || busy.get().is_none() && matches!(standing.get(), Standing::Done | Standing::Open | Standing::Broken),
        move || ui.send(Msg::Pressed(step)),
    )
}

/// The sync's own CRM fields, module by module.
fn fields(ui: SetupUi) -> El {
    let words = ui.words();
    let known = ui.slice(|model| model.setup.as_ref().map(|setup| (setup.fields.clone(), setup.problems.clone())));
    let table = live(move || match known.get() {
        Some((rows, problems)) => {
            // What was tried and did not work, with the vendor's own words.
            let problems = problems.iter().map(|found| problem(ui.app, found));
            let open: usize = rows.iter().map(|row| row.open.len()).sum();
            let told = (open > 0)
                .then(|| el("p").id("fields-open").child(parts::sign(Tone::Warn)).text((ui.words().fields_open)(open)));
            el("div").child(fields_table(ui, rows)).maybe(told).children(problems).into()
        }
        None => parts::skeleton(4).into(),
    });
    let missing = ui.slice(|model| model.field_counts().1);
    let busy = ui.slice(|model| model.busy);
    let can = ui.slice(|model| matches!(model.standing(Step::Fields), Standing::Open | Standing::Done));
    let label = move || {
        let words = ui.words();
        let label = match missing.get() {
            _ if busy.get() == Some(Work::Fields) => words.creating,
            0 => words.check_fields,
            _ => words.create_missing,
        };
        label.to_owned()
    };
    let create = action(
        "create-fields",
        move || missing.get() > 0,
        label,
        move || busy.get().is_none() && can.get(),
        move || ui.send(Msg::Pressed(Step::Fields)),
    );
    el("div").child(el("p").text(words.fields_what)).child(table).child(el("div").class("actions").child(create))
}

fn fields_table(ui: SetupUi, rows: Vec<ModuleFields>) -> El {
    let texts = ui.words();
    let rows = rows.into_iter().map(|row| {
        let line = el("tr").attr("data-module", row.module.api_name());
        let name = words(parts::module_name(ui.app, row.module));
        if !row.exists {
            return (line, vec![name, words(texts.module_absent).class("muted"), words("–")]);
        }
        let present = if row.present.is_empty() {
            words("0")
        } else {
            el("details")
                .child(el("summary").text(row.present.len().to_string()))
                .child(el("p").class("muted").text(row.present.join(", ")))
        };
        let missing = if row.missing.is_empty() { "0".to_owned() } else { row.missing.join(", ") };
        (line, vec![name, present, words(missing)])
    });
    let columns = [texts.module, texts.present, texts.missing];
    table("fields-table", (texts.step)(Step::Fields), &columns, rows.collect())
}

/// What was guessed, by the section in which it can be changed.
fn mapping(ui: SetupUi) -> El {
    let words = ui.words();
    let groups = ui.slice(|model| model.mapping.as_ref().map(|_| by_section(&model.guesses)));
    let reading = ui.slice(|model| model.reading_mapping);
    // How many will come is known before they come: the step below them stays where it is.
    let expected = ui.slice(|model| model.setup.as_ref().map_or(0, |setup| setup.guesses as usize));
    let list = live(move || match groups.get() {
        Some(groups) if groups.is_empty() => el("p").id("no-guesses").text(ui.words().mapping_done).into(),
        Some(groups) => {
            el("div").children(groups.into_iter().map(|(section, group)| guesses(ui, section, group))).into()
        }
        None if reading.get() => parts::skeleton(expected.get() + GUESSES_HEADINGS).into(),
        None => nothing(),
    });
    let count = ui.slice(|model| model.guesses.len());
    let busy = ui.slice(|model| model.busy);
    let confirm = action(
        "confirm-guesses",
        || true,
        move || match busy.get() {
            Some(Work::Confirm) => ui.app.common().saving.to_owned(),
            _ => (ui.words().confirm_all)(count.get()),
        },
        move || busy.get().is_none() && count.get() > 0,
        move || ui.send(Msg::Pressed(Step::Mapping)),
    );
    let confirm = hidden(confirm, move || count.get() == 0);
    let open = to(Route::to(Screen::Mapping), ui.app.common().open_mapping, "open-mapping");
    el("div")
        .child(el("p").text(words.mapping_what))
        .child(list)
        .child(el("div").class("actions").child(confirm).child(open))
}

/// The guesses of one section.
fn guesses(ui: SetupUi, section: Option<Section>, group: Vec<Guess>) -> El {
    let texts = ui.words();
    let names = ui.app.words::<SettingNames>();
    let name = section.map_or(texts.other, names.section);
    let place = group.first().map(|guess| places::of_setting(&guess.path));
    let change = place.map(|place| to(place, (texts.change)(name), "change-guesses"));
    let rows = group.into_iter().map(|guess| {
        let what = match subject(&guess.path) {
            Some(Subject::Status(module, status)) => {
                let name = parts::module_name(ui.app, module);
                (texts.subject)(&Subject::Status(module, status), name)
            }
            Some(subject) => (texts.subject)(&subject, ""),
            None => guess.what,
        };
        // Meanings are our own words; all else comes from the vendors' lists.
        let meaning = (section == Some(Section::Statuses)).then(|| (names.value)("statuses", &guess.value));
        let shown = meaning.flatten().map_or(guess.shown, str::to_owned);
        (el("tr").id("guess").attr("data-path", guess.path), vec![words(what), words(shown)])
    });
    let head = el("div").class("setup-guesses-head").child(el("h3").text(name)).maybe(change);
    let table = table("guesses", name, &[texts.guess_of, texts.guess_is], rows.collect());
    el("section").class("setup-guesses").child(head).child(table)
}
