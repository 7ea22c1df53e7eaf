//! What the panel looks like. Each section shows a slice of the model and is built anew only when that slice changes,
//! so that open details, a chosen remedy and the keyboard's focus survive whatever happens elsewhere.

mod changes;
mod history;
mod link;
mod list;
mod problem;
mod record;
mod ui;
mod values;

pub use ui::PanelUi;

use crate::dictionary::{say, spoken};
use crate::panel::page::{Mode, Page};
use crate::panel::state::{Msg, Panel, Press, State};
use crate::panel::words;
use crate::popup;
use crate::popup::flow::Act;
use crate::session::{Credential, Purpose};
use crate::view::dom::{button, el, live, nothing};
use crate::view::{sign, window};
use leptos::prelude::*;
use shared::problem::Code;
use std::sync::Arc;
use wasm_bindgen::JsCast;

/// The whole panel.
pub fn panel(ui: PanelUi) -> AnyView {
    let state = ui.words(|model| model.state().as_str().to_owned());
    let mode = match ui.model.with_untracked(|model| model.mode) {
        Mode::Panel => "panel",
        Mode::Button => "button",
        Mode::List => "list",
    };
    let busy = ui.whether(|model| model.reading || matches!(model.state(), State::Loading | State::Working));
    el("main")
        .class("panel")
        .id("panel")
        .attr("data-mode", mode)
        .live_attr("data-state", move || state.get())
        .live_attr("aria-busy", move || busy.get().to_string())
        .live(move || {
            // In another language everything is told anew.
            ui.language.track();
            inside(ui)
        })
        .into()
}

fn inside(ui: PanelUi) -> AnyView {
    let announcement = ui.words(Panel::announcement);
    let announced = el("p").class("visually-hidden").attr("role", "status").id("announcement");
    let parts = vec![
        head(ui),
        announced.live_text(move || announcement.get()).into(),
        notice(ui),
        window(ui),
        hint(ui),
        skeleton(ui),
        record::facts(ui),
        record::steps(ui),
        problem::stopping(ui),
        changes::section(ui),
        problem::warnings(ui),
        list::section(ui),
        history::section(ui),
        link::section(ui),
        foot(ui),
    ];
    parts.into_any()
}

/// The answer, and what to do about it.
fn head(ui: PanelUi) -> AnyView {
    let tone = ui.slice(Panel::tone);
    let headline = ui.words(Panel::headline);
    let primary = ui.slice(Panel::primary);
    let can_refresh = ui.whether(Panel::can_refresh);
    let reading = ui.whether(|model| model.reading);
    let can_overwrite = ui.whether(Panel::can_overwrite);
    let stays = StoredValue::new_local(None::<web_sys::HtmlElement>);
    let overwrite = move || {
        button("button quiet", "overwrite")
            .text(say(words::OVERWRITE))
            .on_click(move || {
                // This button goes while it works; the focus stays at hand.
                stays.with_value(|stays| stays.as_ref().map(web_sys::HtmlElement::focus));
                ui.send(Msg::Pressed(Press::Sync));
            })
            .into()
    };
    let refresh = move || {
        button("button quiet", "refresh")
            .live_attr("aria-disabled", move || reading.get().to_string())
            .live_text(move || spoken(if reading.get() { words::CHECKING } else { words::CHECK_AGAIN }))
            .on_click(move || ui.send(Msg::Refresh))
            .into()
    };
    let main_button = button("", "primary")
        .live_attr("class", move || {
            if primary.get().quiet { "button primary quiet" } else { "button primary" }.to_owned()
        })
        .live_attr("aria-disabled", move || (primary.get().press == Press::Nothing).to_string())
        .live_text(move || spoken(primary.get().label))
        .on_click(move || ui.send(Msg::Pressed(primary.get_untracked().press)))
        .made(move |element| stays.set_value(element.dyn_into().ok()));
    let actions = el("div")
        .class("actions")
        .live(move || if can_refresh.get() { refresh() } else { nothing() })
        .live(move || if can_overwrite.get() { overwrite() } else { nothing() })
        .child(small_button(ui, |model| model.closing, "keep-open", "Keep open", Msg::KeepOpen))
        .child(small_button(ui, Panel::can_cancel, "cancel-window", "Cancel", Msg::Window(Act::Cancel)))
        .child(small_button(ui, Panel::can_close, "close", words::CLOSE, Msg::Pressed(Press::Close)))
        .child(main_button);
    let text = el("div")
        .class("head-text")
        .child(el("h1").class("headline").id("headline").live_text(move || headline.get()))
        .child(record::summary(ui));
    el("header").class("head").live(move || sign::sign(tone.get(), false)).child(text).child(actions).into()
}

fn small_button(ui: PanelUi, shown: fn(&Panel) -> bool, id: &'static str, label: &'static str, msg: Msg) -> AnyView {
    let shown = ui.whether(shown);
    live(move || {
        if !shown.get() {
            return nothing();
        }
        let msg = msg.clone();
        button("button quiet", id).text(say(label)).on_click(move || ui.send(msg.clone())).into()
    })
}

/// What went wrong beside the record: the window, a setting.
fn notice(ui: PanelUi) -> AnyView {
    let notice = ui.slice(|model| model.notice.clone());
    live(move || match notice.get() {
        Some(found) => el("section").class("block").id("notice").child(problem::block(ui, &found, false)).into(),
        None => nothing(),
    })
}

/// What a vendor's window needs of this page.
fn window(ui: PanelUi) -> AnyView {
    let scene = ui.slice(|model| model.window.as_ref().map(|window| window.scene.clone()));
    let needed = ui.whether(|model| model.window.as_ref().is_some_and(|window| !window.scene.is_patient()));
    let typed = StoredValue::new(String::new());
    let act: window::Acts = Arc::new(move |act| ui.send(Msg::Window(act)));
    live(move || {
        if !needed.get() {
            // Code or key of another window.
            if scene.with(Option::is_none) {
                typed.set_value(String::new());
            }
            return nothing();
        }
        let act = act.clone();
        let inside = move || match scene.get() {
            Some(scene) => window::view(&words::window_words(), &scene, typed, &act),
            None => nothing(),
        };
        el("section").class("block").id("window").live(inside).into()
    })
}

/// A sentence on what this state asks for, where there is no record to show.
fn hint(ui: PanelUi) -> AnyView {
    let hint = ui.words(|model| match model.state() {
        State::SignedOut => spoken(words::SIGN_IN_WHY),
        state @ (State::ZohoMissing | State::XeroMissing | State::Broken) => {
            words::connect_hint(model.is_administrator(), state == State::Broken, model.is_zoho_side()).to_owned()
        }
        State::SdkMissing => words::no_record(&model.page, model.mode, model.reloaded),
        State::Error if !matches!(model.page, Page::Records(..)) => {
            words::no_record(&model.page, model.mode, model.reloaded)
        }
        State::List if model.bulk.live => spoken(words::RUN_HINT),
        State::List => spoken(words::LIST_HINT),
        _ if model.closing => [say(words::CLOSING), "."].concat(),
        _ => String::new(),
    });
    // Whoever installs it is the first to open it. Where nobody can sign in before the CRM is connected, the way to
    // connect it must not depend on being signed in.
    let first = ui.whether(|model| {
        let unconnected = model.notice.as_ref().is_some_and(|notice| notice.code == Code::ZohoNotConnected);
        unconnected && model.state() == State::SignedOut
    });
    let each_tab = ui.whether(|model| model.state() == State::SignedOut);
    live(move || {
        let text = hint.get();
        if text.is_empty() {
            return nothing();
        }
        let each_tab = (each_tab.get() && !popup::keeps_cookies())
            .then(|| el("p").class("muted").id("each-tab").text(say(words::EACH_TAB)));
        let way_in = first.get().then(|| {
            let connect = button("link", "connect-zoho")
                .text(say("Connect Zoho CRM now"))
                .on_click(move || ui.send(Msg::Pressed(Press::Open(Purpose::ConnectZoho))));
            el("p").text(say("Are you a CRM administrator? ")).child(connect)
        });
        el("section").class("block hint").child(el("p").id("hint").text(text)).maybe(each_tab).maybe(way_in).into()
    })
}

/// Holds the place of what is on its way.
fn skeleton(ui: PanelUi) -> AnyView {
    let shown = ui.whether(|model| model.state() == State::Loading);
    live(move || {
        if !shown.get() {
            return nothing();
        }
        let bone = || el("span").class("bone");
        el("div").class("skeleton").attr("aria-hidden", "true").child(bone()).child(bone()).into()
    })
}

/// Who is signed in, and which organisations are connected.
fn foot(ui: PanelUi) -> AnyView {
    let session = ui.slice(|model| model.session.clone());
    let in_tab = ui.whether(|model| matches!(model.credential, Some(Credential::Bearer(_))));
    live(move || {
        let Some(session) = session.get() else { return nothing() };
        let each_tab = in_tab.get().then(|| el("span").id("each-tab").text(say(words::EACH_TAB)));
        let organisations = match session.xero_organisation {
            Some(xero) => ["CRM: ", &session.crm_organisation, " ↔ Xero: ", &xero].concat(),
            None => session.crm_organisation,
        };
        let sign_out = button("link", "sign-out").text(say("Sign out")).on_click(move || ui.send(Msg::SignOut));
        el("footer")
            .class("foot")
            .child(el("span").id("organisations").text(organisations))
            .child(el("span").child(el("span").id("user").text(session.user)).text(" · ").child(sign_out))
            .maybe(each_tab)
            .into()
    })
}
