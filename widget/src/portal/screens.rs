//! How screens come into the page: with it, or when somebody opens them for the first time.
//!
//! The portal's binary decides which come when (the build makes a file of each that comes later); here is what people
//! see meanwhile, and when a file does not come.

use super::app::App;
use super::parts::{self, focus_heading};
use super::route::Screen;
use crate::fault::Fault;
use crate::fault::own_problem;
use crate::popup::spawn;
use crate::portal::reactive::*;
use crate::view::dom::live;
use shared::problem::{Code, Severity};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

/// Builds a screen.
pub type Open = fn(App) -> AnyView;

/// A screen on its way; none when its file could not be loaded. Asking again tries again.
pub type Coming = Pin<Box<dyn Future<Output = Option<Open>>>>;

/// Gets a screen.
pub type Screens = fn(Screen) -> Coming;

#[derive(Debug, Clone, Copy)]
enum State {
    Coming,
    Here(Open),
    Failed,
}

/// Brings a screen before somebody opens it. If that fails, nobody is told: it is tried again when it is opened.
pub(super) fn prepare(screens: Screens, screen: Screen) {
    spawn(async move {
        let _ = screens(screen).await;
    });
}

/// A screen, its outline until it is there.
pub(super) fn view(app: App, screens: Screens, screen: Screen) -> AnyView {
    let state = RwSignal::new(State::Coming);
    bring(state, screens, screen);
    live(move || match state.get() {
        // What a screen reads while it is built must not build it anew.
        State::Here(open) => untrack(|| open(app)),
        State::Coming => around(app, screen, "coming", parts::skeleton(6)),
        State::Failed => {
            let problem = own_problem(Severity::Error, Code::Internal, app.common().not_loaded);
            let again = move || {
                state.set(State::Coming);
                bring(state, screens, screen);
            };
            around(app, screen, "not-loaded", parts::fault(app, &Fault::Problem(Box::new(problem)), again))
        }
    })
}

fn around(app: App, screen: Screen, id: &'static str, inside: crate::view::dom::El) -> AnyView {
    parts::screen(id, (app.common().screen)(screen), "", Vec::new(), vec![inside]).into()
}

fn bring(state: RwSignal<State>, screens: Screens, screen: Screen) {
    let mut coming = screens(screen);
    // What is there already is shown at once, without an outline in between.
    if let Poll::Ready(open) = coming.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        state.set(open.map_or(State::Failed, State::Here));
        return;
    }
    spawn(async move {
        let open = coming.await;
        let on_heading = parts::heading_has_focus();
        // Whoever has gone on to another screen is not told any more.
        let told = state.try_update(|state| *state = open.map_or(State::Failed, State::Here));
        if told.is_some() && on_heading {
            request_animation_frame(focus_heading);
        }
    });
}
