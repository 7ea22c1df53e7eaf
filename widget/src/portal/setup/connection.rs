//! Both organisations: who connected them, how they stand, and what ends the connection.

use super::checklist::connect_actions;
use super::state::{Msg, Question, Standing, Step, Work};
use super::ui::{SetupUi, action, fault_at, pages};
use crate::portal::parts::hidden;
use crate::portal::parts::{self, About};
use crate::portal::reactive::*;
use crate::tone::Tone;
use crate::view::dom::{El, button, el, link, live, nothing};
use shared::api::portal::ConnectedView;
use std::sync::Arc;

pub(super) fn view(ui: SetupUi) -> AnyView {
    let words = ui.words();
    let erased = ui.slice(|model| model.erased);
    let body = parts::part("setup-connection", move || {
        let words = ui.words();
        if erased.get() { parts::empty(words.erased, words.erased_lead, Vec::new()).into() } else { sides(ui).into() }
    });
    let content = vec![pages(ui.app, "connection"), body];
    parts::screen("connection", words.connection, words.connection_lead, Vec::new(), content).into()
}

fn sides(ui: SetupUi) -> El {
    let fault = ui.slice(|model| model.read_fault.clone());
    let fault = parts::part("setup-fault", move || match fault.get() {
        Some(fault) => parts::fault(ui.app, &fault, move || ui.send(Msg::ReadAgain)).into(),
        None => nothing(),
    });
    el("div")
        .child(fault)
        .child(el("div").class("setup-sides").child(side(ui, Step::Crm)).child(side(ui, Step::Xero)))
        .child(danger(ui))
        .child(question(ui))
}

/// One side: what is known of it, and what can be done.
fn side(ui: SetupUi, step: Step) -> El {
    let words = ui.words();
    let standing = ui.slice(move |model| model.standing(step));
    let known = ui.slice(move |model| model.side(step).cloned());
    let waits = ui.slice(|model| model.reading && model.setup.is_none());
    let about = ui.slice(move |model| {
        let setup = model.setup.as_ref()?;
        Some(if step == Step::Crm { setup.time_zone.clone() } else { setup.links.to_string() })
    });
    let facts = live(move || {
        if waits.get() {
            return parts::skeleton(5).into();
        }
        facts(ui, step, standing.get(), known.get(), about.get()).into()
    });
    let (id, title, connect) = if step == Step::Crm {
        ("crm-side", words.crm_side, "connect-crm")
    } else {
        ("xero-side", words.xero_side, "connect-xero")
    };
    let mut more = Vec::new();
    if step == Step::Xero {
        let absent = ui.slice(|model| !matches!(model.standing(Step::Xero), Standing::Done | Standing::Broken));
        let busy = ui.slice(|model| model.busy);
        let ask = |id: &'static str, label: fn(SetupUi) -> String, question: Question| {
            let press = move || ui.send(Msg::Ask(question));
            let asks = action(id, || false, move || label(ui), move || busy.get().is_none(), press);
            hidden(asks, move || absent.get())
        };
        more.push(ask("switch", |ui| ui.words().switch.to_owned(), Question::Switch));
        more.push(ask("disconnect", disconnect_label, Question::Disconnect));
    }
    let actions = connect_actions(ui, step, connect, more);
    parts::card(id, title, vec![el("div").child(facts), fault_at(ui, step), actions])
}

fn disconnect_label(ui: SetupUi) -> String {
    let working = ui.model.with(|model| model.busy == Some(Work::Disconnect));
    if working { ui.words().disconnecting } else { ui.words().disconnect }.to_owned()
}

/// `about`: the time zone of the CRM, or how many records are linked with Xero.
fn facts(ui: SetupUi, step: Step, standing: Standing, known: Option<ConnectedView>, about: Option<String>) -> El {
    let words = ui.words();
    let fact = |term: &'static str, value: El| {
        el("div").class("setup-fact").child(el("dt").text(term)).child(el("dd").child(value))
    };
    let (tone, status) = match standing {
        Standing::Done => (Tone::Good, words.works),
        Standing::Broken => (Tone::Bad, words.refused),
        Standing::Open | Standing::Later => (Tone::Quiet, words.absent),
        Standing::Unknown => (Tone::Quiet, (words.standing)(standing)),
    };
    let status = el("span").class("setup-status").id("side-status").child(parts::sign(tone)).text(status);
    let list = el("dl").class("setup-facts").id("side-facts");
    let Some(known) = known.filter(|_| matches!(standing, Standing::Done | Standing::Broken)) else {
        return list.child(fact(words.status, status));
    };
    let name = link(known.url.clone(), known.name.clone(), "side-name");
    let by = el("span").text(known.by).text(" · ").child(parts::ago(ui.app, known.at));
    let renewed = match known.renewed_at {
        Some(at) => el("span").child(parts::ago(ui.app, at)),
        None => el("span").text(words.never),
    };
    let about = about.map(|about| {
        let term = if step == Step::Crm { words.time_zone } else { words.linked };
        fact(term, el("span").class("numeric").id("side-about").text(about))
    });
    list.child(fact(words.organisation, name))
        .child(fact(words.status, status))
        .child(fact(words.by, by))
        .child(fact(words.renewed, renewed))
        .maybe(about)
}

/// What can't be undone.
fn danger(ui: SetupUi) -> El {
    let words = ui.words();
    let connected = ui.slice(|model| model.setup.is_some());
    let busy = ui.slice(|model| model.busy);
    let erase = button("button danger", "erase")
        .live_attr("aria-disabled", move || (busy.get().is_some() || !connected.get()).to_string())
        .live_text(move || {
            let working = busy.get() == Some(Work::Erase);
            if working { ui.words().erasing } else { ui.words().erase }.to_owned()
        })
        .on_click(move || {
            if connected.get_untracked() {
                ui.send(Msg::Ask(Question::Erase));
            }
        });
    let content = vec![el("p").text(words.danger_lead), el("div").class("actions").child(erase)];
    parts::card("danger", words.danger, content)
}

/// The question that is being asked.
fn question(ui: SetupUi) -> AnyView {
    let asked = ui.slice(|model| model.asked.as_ref().map(|asked| asked.question));
    live(move || {
        let Some(question) = asked.get() else { return nothing() };
        let words = ui.words();
        let (crm, xero) = ui.model.with_untracked(|model| {
            let name = |step| model.side(step).map(|side| side.name.clone()).unwrap_or_default();
            (name(Step::Crm), name(Step::Xero))
        });
        let answer = move |yes: bool| ui.send(Msg::Answered(yes));
        match question {
            Question::Switch => {
                let points = points("switch-points", (words.switch_points)(&xero));
                let confirm = (words.switch_confirm.to_owned(), false);
                parts::dialog(ui.app, "switch-dialog", words.switch_title, vec![points], confirm, answer)
            }
            Question::Disconnect => {
                let points = points("disconnect-points", words.disconnect_points.map(str::to_owned));
                let confirm = (words.disconnect_confirm.to_owned(), true);
                let title = (words.disconnect_title)(&xero);
                parts::dialog(ui.app, "disconnect-dialog", &title, vec![points], confirm, answer)
            }
            Question::Erase => {
                let confirm = (words.erase_confirm.to_owned(), true);
                parts::dialog(ui.app, "erase-dialog", words.erase_title, erase_content(ui, crm), confirm, answer)
            }
        }
    })
}

fn erase_content(ui: SetupUi, name: String) -> Vec<El> {
    let words = ui.words();
    let label = (words.type_name)(&name);
    let mistyped = ui.slice(|model| model.asked.as_ref().is_some_and(|asked| asked.mistyped));
    let input = parts::input(
        "erase-name",
        "text",
        move || ui.model.with(|model| model.asked.as_ref().map(|asked| asked.typed.clone()).unwrap_or_default()),
        move |typed| ui.send(Msg::NameTyped(typed)),
    );
    let error = Arc::new(move || mistyped.get().then(|| (ui.words().mistyped)(&name)));
    let about = About { error: Some(error), ..About::default() };
    vec![
        el("div").child(el("h3").text(words.gone)).child(points("gone-points", words.gone_points.map(str::to_owned))),
        el("div")
            .child(el("h3").text(words.stays))
            .child(points("stays-points", words.stays_points.map(str::to_owned))),
        parts::field(&label, input, about),
    ]
}

fn points<const COUNT: usize>(id: &'static str, points: [String; COUNT]) -> El {
    el("ul").class("setup-points").id(id).children(points.map(|point| el("li").text(point)))
}
