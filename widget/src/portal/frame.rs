//! The page around the screens: the rail, who is signed in, and what stands there before anybody is.

use super::app::{App, Stage};
use super::parts;
use super::route::{Route, Screen};
use super::screens::{self, Screens};
use super::windows::{cancel_window, window_button, window_dialog, window_note};
use super::words::Language;
use crate::fault::own_problem;
use crate::fault::{Absence, Fault};
use crate::popup;
use crate::portal::reactive::*;
use crate::session::Purpose;
use crate::view::dom::{El, button, el, live, nothing};
use shared::api::ConnectionState;
use shared::problem::{Code, Severity};
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{HtmlElement, Window};

/// What stays in sight before the current screen's name, in CSS pixels: enough to see that there is more.
const RAIL_MARGIN: i32 = 48;

/// The whole portal, with screens from there.
pub fn portal(app: App, screens: Screens) -> AnyView {
    let stage = app.session.slice(super::app::Session::stage);
    let screen = app.route.slice(|route| route.screen);
    let whose = app.session.slice(|session| session.turn);
    follow_screen(app, screen, stage, whose);
    // Another language builds everything anew: no text has to watch for it.
    let page = move || {
        app.language.track();
        untrack(|| {
            el("div")
                .class("portal")
                .live_attr("data-stage", move || stage_name(stage.get()).to_owned())
                .child(button("skip", "skip").text(app.common().skip).on_click(parts::focus_heading))
                .live(move || match stage.get() {
                    Stage::Ready => {
                        // What it leads to goes by what somebody may do.
                        whose.get();
                        untrack(|| rail(app, screens, screen))
                    }
                    Stage::Asking => el("div").class("rail").attr("aria-hidden", "true").child(bones()).into(),
                    Stage::SignedOut | Stage::Failed | Stage::CrmMissing => nothing(),
                })
                .child(content(app, screens, stage, screen, whose))
                .child(foot(app))
                .into()
        })
    };
    let told = el("p")
        .class("visually-hidden")
        .attr("role", "status")
        .id("announcement")
        .live_text(move || app.announcement.get());
    el("div").class("page").live(page).child(window_dialog(app)).child(told).into()
}

/// Names the page after its screen, and moves the focus to the screen's heading on the way from one to the next.
fn follow_screen(app: App, screen: Memo<Screen>, stage: Memo<Stage>, whose: Memo<u32>) {
    Effect::new(move |before: Option<Screen>| {
        let (screen, ready) = (screen.get(), stage.get() == Stage::Ready);
        app.language.track();
        // The rail is built anew for another person.
        whose.get();
        let words = app.common();
        let title =
            if ready { [(words.screen)(screen), " · ", words.product].concat() } else { words.product.to_owned() };
        if let Some(document) = web_sys::window().and_then(|window| window.document()) {
            document.set_title(&title);
        }
        request_animation_frame(show_in_rail);
        if before.is_some_and(|before| before != screen) {
            request_animation_frame(|| {
                if let Some(window) = web_sys::window() {
                    window.scroll_to_with_x_and_y(0.0, 0.0);
                }
                parts::focus_heading();
            });
        }
        screen
    });
}

/// Keeps the screen's name in sight when the window becomes narrow: then the rail begins to scroll sideways.
pub(super) fn follow_width(window: &Window) {
    let listener = Closure::<dyn Fn()>::new(show_in_rail);
    // Without it the rail can still be scrolled by hand.
    let _ = window.add_event_listener_with_callback("resize", listener.as_ref().unchecked_ref());
    // It listens as long as the page lives.
    listener.forget();
}

/// Brings the screen's name into sight where the rail scrolls sideways.
fn show_in_rail() {
    let Some(document) = web_sys::window().and_then(|window| window.document()) else { return };
    let find = |selector: &str| document.query_selector(selector).ok()??.dyn_into::<HtmlElement>().ok();
    if let (Some(rail), Some(link)) = (find(".rail"), find(".rail [aria-current=page]")) {
        rail.set_scroll_left(link.offset_left() - RAIL_MARGIN);
    }
}

/// What the styles go by: one thing in the middle, the places of a screen, or a screen.
fn stage_name(stage: Stage) -> &'static str {
    match stage {
        Stage::Ready => "ready",
        Stage::Asking => "asking",
        Stage::SignedOut | Stage::Failed | Stage::CrmMissing => "front",
    }
}

/// The outline of a rail, as short as the shortest.
fn bones() -> El {
    let bone = || el("li").child(el("span").class("bone"));
    el("ul").class("rail-bones").children([bone(), bone()])
}

fn rail(app: App, screens: Screens, screen: Memo<Screen>) -> AnyView {
    let words = app.common();
    let administrator = app.is_administrator();
    let entry = |to: Screen| {
        let name = (words.screen)(to);
        let icon = el("span").class("rail-icon").attr("aria-hidden", "true").markup(icon(to));
        let link = el("a")
            .attr("href", Route::to(to).hash())
            .id(test_name(to))
            .live_attr("aria-current", move || if screen.get() == to { "page" } else { "false" }.to_owned())
            // Whoever points at it is about to open it.
            .on("pointerenter", move |_| screens::prepare(screens, to))
            .child(icon)
            .child(el("span").text(name));
        el("li").child(link)
    };
    let entries = Screen::ALL.into_iter().filter(|screen| screen.is_in_rail(administrator));
    el("nav")
        .class("rail")
        .id("rail")
        .attr("aria-label", words.rail)
        .child(el("ul").children(entries.map(entry)))
        .into()
}

fn test_name(screen: Screen) -> &'static str {
    match screen {
        Screen::Setup => "rail-setup",
        Screen::Mapping => "rail-mapping",
        Screen::Runs => "rail-runs",
        Screen::Schedule => "rail-schedule",
        Screen::Log => "rail-log",
        Screen::Health => "rail-health",
        Screen::Access => "rail-access",
    }
}

fn content(app: App, screens: Screens, stage: Memo<Stage>, screen: Memo<Screen>, whose: Memo<u32>) -> El {
    el("main")
        .class("main")
        .id("portal")
        .live_attr("data-screen", move || screen.get().name().to_owned())
        .live_attr("aria-busy", move || (stage.get() == Stage::Asking).to_string())
        .live(move || if stage.get() == Stage::Ready { strip(app) } else { nothing() })
        .live(move || match stage.get() {
            Stage::SignedOut => untrack(|| front(app)),
            Stage::Asking => {
                parts::screen("asking", app.common().loading, "", Vec::new(), vec![parts::skeleton(6)]).into()
            }
            Stage::Failed => untrack(|| asking_failed(app)),
            Stage::CrmMissing => untrack(|| crm_missing(app)),
            Stage::Ready => {
                // What was read with one person's rights is not shown to the next.
                whose.get();
                let screen = screen.get();
                // What a screen reads while it is built must not build it anew.
                untrack(|| screen_view(app, screens, screen))
            }
        })
}

fn screen_view(app: App, screens: Screens, screen: Screen) -> AnyView {
    if !app.is_administrator() && !screen.is_for_everybody() {
        let words = app.common();
        let open =
            el("a").class("button").attr("href", Route::to(Screen::Log).hash()).id("open-log").text(words.open_log);
        let lead = words.administrators_only_lead;
        let told = app.session.with_untracked(|session| session.demoted.clone());
        let told = told.map(|problem| parts::problem(app, &problem, Vec::new()));
        let content = told.into_iter().chain([open]).collect();
        return parts::screen("refused", words.administrators_only, lead, Vec::new(), content).into();
    }
    screens::view(app, screens, screen)
}

/// What keeps the sync from a side, above every screen but the one that settles it.
fn strip(app: App) -> AnyView {
    let words = app.common();
    let connection = app.session.slice(|session| session.view.as_ref().map(|view| view.connection));
    let at_setup = app.route.slice(|route| route.screen == Screen::Setup);
    let failed = RwSignal::new(None::<Fault>);
    live(move || {
        let (text, label, purpose) = match connection.get() {
            Some(ConnectionState::XeroMissing) if !at_setup.get() => (words.xero_missing, words.open_setup, None),
            Some(ConnectionState::XeroBroken) => (words.xero_broken, words.reconnect_xero, Some(Purpose::ConnectXero)),
            Some(ConnectionState::ZohoBroken) => (words.crm_broken, words.reconnect_crm, Some(Purpose::ConnectZoho)),
            _ => return nothing(),
        };
        let action = match purpose {
            _ if !app.is_administrator() => el("span").text(words.ask_administrator),
            None => el("a").class("button").attr("href", Route::to(Screen::Setup).hash()).id("strip-setup").text(label),
            Some(purpose) => el("div")
                .class("actions")
                .child(window_button(app, "button", "strip-connect", label, purpose, failed))
                .child(cancel_window(app))
                .child(window_note(app)),
        };
        let text = el("p").child(parts::sign(crate::tone::Tone::Warn)).text(text);
        el("aside")
            .class("strip")
            .id("strip")
            .attr("aria-label", words.warning)
            .child(text)
            .child(action)
            .live(move || failed_view(app, failed))
            .into()
    })
}

fn failed_view(app: App, failed: RwSignal<Option<Fault>>) -> AnyView {
    match failed.get() {
        Some(Fault::Problem(found)) => parts::problem(app, &found, Vec::new()).into(),
        Some(Fault::SignedOut(_)) | None => nothing(),
    }
}

/// Before anybody is signed in.
fn front(app: App) -> AnyView {
    let words = app.common();
    let failed = RwSignal::new(None);
    let (over, other, at_work, connected) = app.session.with_untracked(|session| {
        let over = matches!(session.fault, Some(Fault::SignedOut(_)));
        (over, session.other.clone(), session.at_work.name().to_owned(), session.was_connected)
    });
    let was_here = over || other.is_some() || connected;
    let told = match other {
        Some(signed_in) => {
            let mut problem =
                own_problem(Severity::Warning, Code::NotSignedIn, ["", words.other_user_why, words.other_user_fix]);
            problem.what = (words.other_user)(&signed_in, &at_work);
            Some(problem)
        }
        None if over => Some(own_problem(Severity::Warning, Code::SessionExpired, words.session_over)),
        None => None,
    };
    let told = told.map(|problem| parts::problem(app, &problem, Vec::new()));
    let each_tab = (!popup::keeps_cookies()).then(|| el("p").class("muted").id("each-tab").text(words.each_tab));
    let sign_in = window_button(app, "button primary", "sign-in", words.sign_in, Purpose::SignIn, failed);
    // Whoever had a session needs no first connection.
    let first = (!was_here).then(|| {
        el("div").class("front-first").child(el("p").text(words.first_lead)).child(window_button(
            app,
            "button",
            "connect-zoho",
            words.connect_crm,
            Purpose::ConnectZoho,
            failed,
        ))
    });
    let inside = el("div")
        .class("front-inside")
        .maybe(told)
        .live(move || failed_view(app, failed))
        .child(el("div").class("actions").child(sign_in).child(cancel_window(app)))
        .child(window_note(app))
        .child(el("p").class("muted").text(words.sign_in_why))
        .maybe(each_tab)
        .maybe(first);
    parts::screen("front", words.welcome, words.welcome_lead, Vec::new(), vec![inside]).into()
}

fn crm_missing(app: App) -> AnyView {
    let words = app.common();
    let failed = RwSignal::new(None);
    if !app.is_administrator() {
        return parts::screen("front", words.crm_missing, words.crm_missing_user, Vec::new(), Vec::new()).into();
    }
    let connect = window_button(app, "button primary", "connect-zoho", words.connect_crm, Purpose::ConnectZoho, failed);
    let actions = el("div").class("actions").child(connect).child(cancel_window(app));
    let inside =
        el("div").class("front-inside").live(move || failed_view(app, failed)).child(actions).child(window_note(app));
    parts::screen("front", words.crm_missing, words.crm_missing_administrator, Vec::new(), vec![inside]).into()
}

fn asking_failed(app: App) -> AnyView {
    let fault =
        app.session.with_untracked(|session| session.fault.clone()).unwrap_or(Fault::SignedOut(Absence::Nobody));
    let words = app.common();
    let inside = parts::fault(app, &fault, move || app.read_session());
    parts::screen("front", words.welcome, "", Vec::new(), vec![inside]).into()
}

/// Who is signed in, the organisations, the language.
fn foot(app: App) -> El {
    let words = app.common();
    let options = Language::ALL.into_iter().map(|language| (language.tag().to_owned(), language.name().to_owned()));
    let language = parts::select(
        "language",
        options.collect(),
        move || app.language.get().tag().to_owned(),
        move |tag| app.choose_language(Language::of_tag(&tag)),
    )
    .attr("aria-label", words.language);
    let view = app.session.slice(|session| session.view.clone());
    let who = live(move || {
        let Some(view) = view.get() else { return nothing() };
        let organisation = |side: &str, name: String| el("p").text([side, ": ", &name].concat());
        let organisations = el("div")
            .class("who-organisations")
            .id("organisations")
            .child(organisation(words.crm, view.crm_organisation))
            .maybe(view.xero_organisation.map(|name| organisation(words.xero_side, name)));
        el("div")
            .class("who")
            .child(el("p").class("who-name").id("user").text(view.user))
            .child(organisations)
            .child(
                el("div")
                    .class("who-links")
                    .child(
                        el("a").attr("href", Route::to(Screen::Access).hash()).id("own-sessions").text(words.sessions),
                    )
                    .child(button("link", "sign-out").text(words.sign_out).on_click(move || app.sign_out())),
            )
            .into()
    });
    el("footer").class("foot").child(who).child(language)
}

fn icon(screen: Screen) -> &'static str {
    match screen {
        Screen::Log => concat!(
            r#"<svg viewBox="0 0 20 20" fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round">"#,
            r#"<path d="M3.5 5h.1M3.5 10h.1M3.5 15h.1M7 5h10M7 10h10M7 15h10"/></svg>"#,
        ),
        Screen::Runs => concat!(
            r#"<svg viewBox="0 0 20 20" fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round" "#,
            r#"stroke-linejoin="round"><path d="M3.5 8a6.8 6.8 0 0 1 12-2.2M16.5 12a6.8 6.8 0 0 1-12 2.2"/>"#,
            r#"<path d="M16 2.5v3.6h-3.6M4 17.5v-3.6h3.6"/></svg>"#,
        ),
        Screen::Schedule => concat!(
            r#"<svg viewBox="0 0 20 20" fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round" "#,
            r#"stroke-linejoin="round"><circle cx="10" cy="10" r="7.2"/><path d="M10 5.8V10l2.8 2"/></svg>"#,
        ),
        Screen::Mapping => concat!(
            r#"<svg viewBox="0 0 20 20" fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round" "#,
            r#"stroke-linejoin="round"><path d="M3 6.5h13m-3-3 3 3-3 3M17 13.5H4m3-3-3 3 3 3"/></svg>"#,
        ),
        Screen::Setup => concat!(
            r#"<svg viewBox="0 0 20 20" fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round" "#,
            r#"stroke-linejoin="round"><path d="m2.8 5.2 1.6 1.6L7 4M2.8 13.2l1.6 1.6L7 12M10 6h7M10 14h7"/></svg>"#,
        ),
        Screen::Health => concat!(
            r#"<svg viewBox="0 0 20 20" fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round" "#,
            r#"stroke-linejoin="round"><path d="M2.5 10.5h3.2L8 4.5l4 11 2.3-5h3.2"/></svg>"#,
        ),
        Screen::Access => concat!(
            r#"<svg viewBox="0 0 20 20" fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round" "#,
            r#"stroke-linejoin="round"><circle cx="6.8" cy="13.2" r="3.6"/><path d="m9.5 10.5 7-7M13.5 6.5l2.5 2.5"/></svg>"#,
        ),
    }
}
