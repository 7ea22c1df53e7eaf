//! The schedule's controls, its next starts, and the bar that saves it.

use super::state::ScheduleDraft;
use super::state::{
    NOTICE_RULES, NOTICES, NextRuns, PAIRS, Preset, START_RULES, ZONE, address_path, can_ask, notice_name, notice_of,
    pair_path, start_name, start_of, times_in_words,
};
use super::telling::start_in_words;
use super::ui::ScheduleUi;
use crate::fault::Fault;
use crate::format::millis;
use crate::portal::parts::{self, About};
use crate::portal::reactive::*;
use crate::portal::runs::form::{off_while, pair_ids};
use crate::portal::runs::state::{direction_name, direction_of};
use crate::portal::zones;
use crate::tone::Tone;
use crate::view::dom::{El, button, el, nothing};
use chrono::{DateTime, Utc};
use shared::api::runs::Standing;
use shared::module::Module;
use std::sync::Arc;
use wasm_bindgen::JsCast;

/// The id that ties the field of the zone to the list of zones.
const ZONE_LIST: &str = "schedule-zones";

pub(super) fn form(ui: ScheduleUi) -> El {
    let main = el("div").class("schedule-main").children([switch(ui), times(ui), pairs(ui), start(ui), notices(ui)]);
    el("div")
        .class("schedule-form")
        .child(el("div").class("schedule-columns").child(main).child(next(ui)))
        .child(save_bar(ui))
}

/// What is wrong at a path, in words.
fn wrong_at(ui: ScheduleUi, path: String) -> impl Fn() -> Option<String> + Send + Sync + 'static {
    let wrong = ui.slice(move |model| model.wrong_at(&path));
    move || wrong.with(|wrong| wrong.as_ref().map(|wrong| (ui.words().wrong)(wrong)))
}

/// What is wrong with several controls together, below them.
fn error(id: &'static str, wrong: impl Fn() -> Option<String> + Send + Sync + 'static) -> El {
    el("p").class("schedule-error").id(id).attr("aria-live", "polite").live(move || match wrong() {
        Some(wrong) => el("span").child(parts::sign(Tone::Bad)).text(wrong).into(),
        None => nothing(),
    })
}

fn hint(text: &'static str) -> El {
    el("p").class("schedule-hint").text(text)
}

fn switch(ui: ScheduleUi) -> El {
    let words = ui.words();
    let enabled = ui.slice(|model| model.draft.enabled);
    let check = parts::checkbox(
        "schedule-enabled",
        words.enabled,
        move || enabled.get(),
        move |on| {
            ui.change(|model| model.draft.enabled = on);
        },
    );
    parts::card("schedule-switch", words.switch, vec![check, hint(words.enabled_hint)])
}

fn times(ui: ScheduleUi) -> El {
    let words = ui.words();
    let preset = ui.slice(super::state::ScheduleDraft::preset);
    let options = Preset::ALL.map(|preset| (preset.name().to_owned(), (words.preset)(preset).to_owned())).to_vec();
    let segments = parts::segments(
        "schedule-preset",
        words.times_legend,
        options,
        move || preset.get().name().to_owned(),
        move |picked| {
            if let Some(preset) = Preset::of_name(&picked) {
                ui.change(|model| model.choose_preset(preset));
            }
        },
    );
    let own = Memo::new(move |_| preset.get() == Preset::Own);
    let chosen =
        parts::part("schedule-times", move || if own.get() { own_times(ui).into() } else { told_times(ui).into() });
    let wrong = ui.slice(|model| model.times_wrong());
    let wrong =
        error("schedule-times-error", move || wrong.with(|wrong| wrong.as_ref().map(|wrong| (words.wrong)(wrong))));
    parts::card("schedule-when", words.times, vec![segments, chosen, wrong, zone(ui)])
}

/// A preset's times, to be read only.
fn told_times(ui: ScheduleUi) -> El {
    let times = ui.slice(|model| times_in_words(&model.draft.times));
    el("p").class("schedule-told").id("schedule-told").live_text(move || times.get())
}

/// Own times, each with a button that removes it, and a control that adds one.
fn own_times(ui: ScheduleUi) -> El {
    let words = ui.words();
    let times = ui.slice(|model| model.draft.times.clone());
    let list = parts::part("schedule-chips", move || {
        let chips = times.get().into_iter().enumerate().map(|(at, time)| chip(ui, at, time));
        el("ul").id("schedule-times").attr("aria-label", words.times_list).children(chips).into()
    });
    let free = ui.slice(super::state::ScheduleDraft::free_times);
    let offered = ui.slice(super::state::ScheduleDraft::offered_time);
    let pick = parts::part("schedule-pick", move || {
        let options = free.get().into_iter().map(|time| (time.clone(), time)).collect();
        let select = parts::select(
            "schedule-add-time",
            options,
            move || offered.get().unwrap_or_default(),
            move |picked| {
                ui.change(|model| model.picked_time = Some(picked));
            },
        );
        parts::field(words.add_time, select, About::default()).into()
    });
    let add = parts::secondary("schedule-add", words.add, move || {
        ui.change(|model| {
            if let Some(time) = model.offered_time() {
                model.add_time(&time);
            }
        });
    })
    .live_attr("aria-disabled", move || offered.with(Option::is_none).to_string());
    el("div").class("schedule-own").child(list).child(el("div").class("schedule-adding").child(pick).child(add))
}

fn chip(ui: ScheduleUi, at: usize, time: String) -> El {
    let remove = button("button quiet icon", "schedule-time-remove")
        .attr("data-at", at.to_string())
        .attr("aria-label", (ui.words().remove)(&time))
        .child(el("span").attr("aria-hidden", "true").text("✕"));
    let removed = time.clone();
    let remove = remove.on_click(move || {
        ui.change(|model| model.remove_time(&removed));
        // The one that has come into its place, else the one before it.
        let last = ui.model.with_untracked(|model| model.draft.times.len()).saturating_sub(1);
        focus(placed("schedule-time-remove", at.min(last)), "[data-testid=schedule-add-time]");
    });
    el("li")
        .class("schedule-chip")
        .id("schedule-time")
        .attr("data-time", time.clone())
        .child(el("span").text(time))
        .child(remove)
}

fn zone(ui: ScheduleUi) -> El {
    let words = ui.words();
    let known = Arc::new(zones::names());
    let list = el("datalist")
        .attr("id", ZONE_LIST)
        .children(known.iter().map(|name| el("option").attr("value", name.clone())));
    let typed = ui.slice(|model| model.draft.time_zone.clone().unwrap_or_default());
    let home = ui.slice(|model| model.home_zone.clone().unwrap_or_default());
    let control = parts::input(
        "schedule-zone",
        "text",
        move || typed.get(),
        move |text| {
            ui.change(|model| model.type_zone(&text, &known));
        },
    );
    let control = control
        .attr("list", ZONE_LIST)
        .attr("spellcheck", "false")
        .attr("autocapitalize", "off")
        .live_attr("placeholder", move || home.get());
    let about = About {
        hint: Some(words.zone_hint.to_owned()),
        error: Some(Arc::new(wrong_at(ui, ZONE.to_owned()))),
        ..About::default()
    };
    el("div").class("schedule-zone").child(parts::field(words.zone, control, about)).child(list)
}

fn pairs(ui: ScheduleUi) -> El {
    let words = ui.words();
    let some = ui.slice(|model| model.some_pairs);
    let segments = parts::segments(
        "schedule-pairs",
        words.pairs_legend,
        vec![("all".to_owned(), words.all_pairs.to_owned()), ("some".to_owned(), words.some_pairs.to_owned())],
        move || if some.get() { "some" } else { "all" }.to_owned(),
        move |picked| {
            ui.change(|model| model.choose_pairs(picked == "some"));
        },
    );
    let list = parts::part("schedule-chosen", move || {
        if some.get() {
            el("ul").class("runs-pair-list").children(Module::ALL.map(|module| pair(ui, module))).into()
        } else {
            hint(words.all_pairs_hint).into()
        }
    });
    let none = error("schedule-pairs-error", wrong_at(ui, PAIRS.to_owned()));
    parts::card("schedule-what", words.pairs, vec![segments, list, none])
}

fn pair(ui: ScheduleUi, module: Module) -> El {
    let (id, direction_id) = pair_ids(module);
    let name = parts::module_name(ui.app, module);
    let chosen = ui.slice(move |model| model.draft.pairs.contains_key(&module));
    let check = parts::checkbox(
        id,
        name,
        move || chosen.get(),
        move |on| {
            ui.change(|model| model.choose(module, on));
        },
    );
    let directions = ui.slice(move |model| model.directions(module));
    let direction = ui.slice(move |model| direction_name(model.direction(module)).to_owned());
    let wrong_id = parts::fresh_id("direction");
    let described = wrong_id.clone();
    let control = parts::part("runs-direction", move || {
        let options = directions.get().into_iter();
        let options =
            options.map(|one| (direction_name(one).to_owned(), parts::direction_name(ui.app, one).to_owned()));
        parts::select(
            direction_id,
            options.collect(),
            move || direction.get(),
            move |picked| {
                if let Some(direction) = direction_of(&picked) {
                    ui.change(|model| model.turn(module, direction));
                }
            },
        )
        .attr("aria-label", (ui.words().direction_of)(name))
        .attr("aria-describedby", described.clone())
        .made(off_while(move || !chosen.get()))
        .into()
    });
    let wrong = error("schedule-pair-error", wrong_at(ui, pair_path(module))).attr("id", wrong_id);
    el("li").class("runs-pair").child(check).child(control).child(wrong)
}

fn start(ui: ScheduleUi) -> El {
    let words = ui.words();
    let rule = ui.slice(|model| model.draft.start);
    let options = START_RULES.map(|rule| (start_name(rule).to_owned(), (words.start_rule)(rule).to_owned())).to_vec();
    let segments = parts::segments(
        "schedule-start",
        words.start_legend,
        options,
        move || start_name(rule.get()).to_owned(),
        move |picked| {
            if let Some(rule) = start_of(&picked) {
                ui.change(|model| model.choose_start(rule));
            }
        },
    );
    let hint = el("p")
        .class("schedule-hint schedule-start-hint")
        .live_text(move || (words.start_rule_hint)(rule.get()).to_owned());
    parts::card("schedule-begin", words.start, vec![segments, hint])
}

fn notices(ui: ScheduleUi) -> El {
    let words = ui.words();
    let count = ui.slice(|model| model.draft.notices.len());
    let list = parts::part("schedule-notices", move || match count.get() {
        0 => hint(words.notices_none).into(),
        count => el("ul").class("schedule-notice-list").children((0..count).map(|at| notice(ui, at))).into(),
    });
    let add = parts::secondary("schedule-add-notice", words.add_notice, move || {
        let at = ui.change(|model| {
            model.add_notice();
            model.draft.notices.len() - 1
        });
        focus(placed("schedule-address", at.unwrap_or_default()), "[data-testid=schedule-add-notice]");
    });
    let many = error("schedule-notices-error", wrong_at(ui, NOTICES.to_owned()));
    let unasked = problem("schedule-unasked", ui, |model| model.unasked.clone());
    let hints = [hint(words.notices_hint), hint(words.notices_strangers)];
    let content = hints.into_iter().chain([list, many, unasked, el("div").child(add)]).collect();
    parts::card("schedule-told-by", words.notices, content)
}

/// How an address stands, with a way to ask its owner. The button stays the same one while what stands before it changes:
/// it keeps the focus.
fn standing(ui: ScheduleUi, at: usize) -> El {
    let words = ui.words();
    let view = ui.slice(move |model| model.standing(at));
    let busy = ui.slice(|model| model.asking.is_some());
    let told = parts::part("schedule-stands", move || {
        let Some(view) = view.get() else { return nothing() };
        let tone = match view.standing {
            Standing::User | Standing::Confirmed => Tone::Good,
            Standing::Waits => Tone::Pending,
            Standing::Unasked | Standing::Stopped => Tone::Warn,
        };
        let asked_at = view.asked_at.filter(|_| view.standing == Standing::Waits);
        let asked_at = asked_at.map(|asked_at| el("span").text(" (").child(parts::ago(ui.app, asked_at)).text(")"));
        el("p")
            .attr("data-standing", standing_name(view.standing))
            .child(parts::sign(tone))
            .text((words.standing)(view.standing))
            .maybe(asked_at)
            .into()
    });
    let asks = ui.slice(move |model| model.standing(at).is_some_and(|view| can_ask(view.standing)));
    let again = ui.slice(move |model| model.standing(at).is_some_and(|view| view.standing == Standing::Waits));
    let label = move || if again.get() { words.ask_again } else { words.ask };
    let ask = parts::part("schedule-asks", move || match asks.get() {
        false => nothing(),
        true => parts::secondary("schedule-ask", "", move || ui.ask(at))
            .live_text(move || label().to_owned())
            .live_attr("aria-label", move || {
                let address = view.with(|view| view.as_ref().map(|view| view.address.clone()));
                [label(), ": ", &address.unwrap_or_default()].concat()
            })
            .live_attr("aria-disabled", move || busy.get().to_string())
            .into(),
    });
    el("div").class("schedule-standing").id("schedule-standing").child(told.attr("aria-live", "polite")).child(ask)
}

/// The value of a standing in the page.
fn standing_name(standing: Standing) -> &'static str {
    match standing {
        Standing::User => "user",
        Standing::Confirmed => "confirmed",
        Standing::Waits => "waits",
        Standing::Unasked => "unasked",
        Standing::Stopped => "stopped",
    }
}

fn notice(ui: ScheduleUi, at: usize) -> El {
    let words = ui.words();
    let address =
        ui.slice(move |model| model.draft.notices.get(at).map(|notice| notice.address.clone()).unwrap_or_default());
    let when = ui.slice(move |model| model.draft.notices.get(at).map(|notice| notice.when).unwrap_or_default());
    let control = parts::input(
        "schedule-address",
        "email",
        move || address.get(),
        move |typed| {
            ui.change(|model| model.type_address(at, &typed));
        },
    );
    let control = control.attr("data-at", at.to_string());
    let about = About { error: Some(Arc::new(wrong_at(ui, address_path(at)))), ..About::default() };
    let rules = NOTICE_RULES.map(|rule| (notice_name(rule).to_owned(), (words.notice_rule)(rule).to_owned())).to_vec();
    let select = parts::select(
        "schedule-notice-when",
        rules,
        move || notice_name(when.get()).to_owned(),
        move |picked| {
            if let Some(rule) = notice_of(&picked) {
                ui.change(|model| model.choose_notice(at, rule));
            }
        },
    );
    let remove = button("button quiet icon", "schedule-notice-remove")
        .attr("data-at", at.to_string())
        .live_attr("aria-label", move || {
            address.with(|address| (words.remove)(if address.is_empty() { words.no_address } else { address }))
        })
        .child(el("span").attr("aria-hidden", "true").text("✕"))
        .on_click(move || {
            ui.change(|model| model.remove_notice(at));
            let last = ui.model.with_untracked(|model| model.draft.notices.len()).saturating_sub(1);
            focus(placed("schedule-notice-remove", at.min(last)), "[data-testid=schedule-add-notice]");
        });
    let number = at + 1;
    el("li")
        .class("schedule-notice")
        .id("schedule-notice")
        .child(parts::field(&(words.address)(number), control, about))
        .child(parts::field(&(words.told)(number), select, About::default()))
        .child(remove)
        .child(standing(ui, at))
}

/// The next starts, beside the controls.
fn next(ui: ScheduleUi) -> El {
    let words = ui.words();
    // None: nothing to be seen yet, and why.
    let next = ui.slice(|model| match model.next() {
        NextRuns::Off => Err(false),
        NextRuns::AfterSaving => Err(true),
        NextRuns::At(view) => Ok((view.next.clone(), view.time_zone.clone())),
    });
    let list = parts::part("schedule-next", move || match next.get() {
        Err(unsaved) => hint(if unsaved { words.next_unsaved } else { words.next_off }).id("schedule-next-none").into(),
        Ok((starts, zone)) => {
            let starts = starts.into_iter().map(|at| start_at(ui, at, zone.clone()));
            el("ol").id("schedule-next-list").children(starts).into()
        }
    });
    el("aside").class("schedule-aside").child(parts::card("schedule-next", words.next, vec![list]))
}

fn start_at(ui: ScheduleUi, at: DateTime<Utc>, zone: String) -> El {
    let then = millis(at);
    let told = move || {
        let here = || ui.app.formats.with(|formats| formats.instant(then));
        let today = zones::local(ui.app.now.get(), &zone);
        match (zones::local(then, &zone), today) {
            (Some(start), Some(today)) => start_in_words(start, today.date(), &zone, ui.words()),
            // A browser that does not know the zone tells the time in the user's own.
            _ => here(),
        }
    };
    el("li").id("schedule-next-run").child(el("span").live_text(told)).child(parts::ago(ui.app, at))
}

/// The bar that saves what is changed. Its place is reserved.
fn save_bar(ui: ScheduleUi) -> El {
    let dirty = ui.slice(crate::portal::unsaved::Draft::is_dirty);
    parts::part("schedule-bar", move || if dirty.get() { saving(ui).into() } else { nothing() })
}

fn saving(ui: ScheduleUi) -> El {
    let words = ui.words();
    let common = ui.app.common();
    let wrong = ui.slice(|model| model.wrong().len());
    let busy = ui.slice(|model| model.saving.is_some());
    let problem = problem("schedule-refused", ui, |model| model.refused.clone());
    let text = move || match wrong.get() {
        0 => words.unsaved.to_owned(),
        count => (words.wrong_count)(count),
    };
    let save = parts::primary("schedule-save", "", move || wrong.get() == 0 && !busy.get(), move || ui.save())
        .live_text(move || if busy.get() { common.saving } else { common.save }.to_owned());
    el("section").class("schedule-save").id("schedule-bar").attr("aria-label", words.unsaved).child(problem).child(
        el("div")
            .class("schedule-save-row")
            .child(el("p").id("schedule-unsaved").attr("aria-live", "polite").live_text(text))
            .child(parts::secondary("schedule-discard", common.discard, move || ui.discard()))
            .child(save),
    )
}

/// Why something could not be done, where there is a reason.
fn problem(id: &'static str, ui: ScheduleUi, fault: fn(&ScheduleDraft) -> Option<Fault>) -> El {
    let fault = ui.slice(fault);
    parts::part(id, move || match fault.get() {
        Some(Fault::Problem(problem)) => {
            el("div").attr("role", "alert").child(parts::problem(ui.app, &problem, Vec::new())).into()
        }
        _ => nothing(),
    })
}

/// Gives the focus to an element that is there after the page has changed, else to another one: the one that had it is
/// gone.
fn focus(first: String, other: &'static str) {
    request_animation_frame(move || {
        let Some(document) = web_sys::window().and_then(|window| window.document()) else { return };
        let find =
            |selector: &str| document.query_selector(selector).ok().flatten()?.dyn_into::<web_sys::HtmlElement>().ok();
        if let Some(element) = find(&first).or_else(|| find(other)) {
            // An element that does not take the focus leaves it where it is.
            let _ = element.focus();
        }
    });
}

/// The element of this test name at a place of a list.
fn placed(id: &str, at: usize) -> String {
    format!("[data-testid={id}][data-at='{at}']")
}
