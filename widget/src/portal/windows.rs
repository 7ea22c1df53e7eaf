//! The vendors' windows as the portal shows them: the buttons that open and give them up, and what they need of the page.

use super::app::App;
use super::parts;
use crate::fault::Fault;
use crate::popup;
use crate::popup::flow::{Act, Scene, Shown, Sight};
use crate::portal::reactive::*;
use crate::session::Purpose;
use crate::view::dom::{El, button, live, nothing};
use crate::view::window;
use std::sync::Arc;

/// What a vendor's window needs of this page, wherever it was opened from.
pub(super) fn window_dialog(app: App) -> AnyView {
    let shown = app.window.slice(|window| window.clone().filter(|window| needs_answer(&window.scene)));
    let purpose =
        app.window.slice(|window| window.as_ref().map(|window| (window.purpose, needs_answer(&window.scene))));
    let typed = StoredValue::new(String::new());
    let act: window::Acts = Arc::new(popup::act);
    live(move || {
        let Some((purpose, true)) = purpose.get() else {
            // Code or key of another window.
            if purpose.get().is_none() {
                typed.set_value(String::new());
            }
            return nothing();
        };
        app.language.track();
        let words = app.common();
        let act = act.clone();
        let inside = parts::part("window", move || match shown.get() {
            Some(shown) => untrack(|| window::view(words.window, &shown.scene, typed, &act)),
            None => nothing(),
        });
        let title = match purpose {
            Purpose::SignIn => words.sign_in,
            Purpose::ConnectZoho => words.connect_crm,
            Purpose::ConnectXero => words.connect_xero,
        };
        parts::asking(app, "window-dialog", title, vec![inside], || popup::act(Act::Cancel))
    })
}

/// Whether a window waits for something to be typed or chosen here, or for what follows from that.
fn needs_answer(scene: &Scene) -> bool {
    matches!(scene, Scene::Code { .. } | Scene::Key { .. } | Scene::Choice { .. })
}

/// A button that opens a vendor's window, and waits for it.
pub(super) fn window_button(
    app: App,
    class: &'static str,
    id: &'static str,
    label: &'static str,
    purpose: Purpose,
    failed: RwSignal<Option<Fault>>,
) -> El {
    let waits = move |window: &Option<Shown>| window.as_ref().is_some_and(|window| window.purpose == purpose);
    let waiting = app.common().waiting_for_window;
    button(class, id)
        .live_attr("aria-disabled", move || app.window.with(waits).to_string())
        .live_text(move || if app.window.with(waits) { waiting } else { label }.to_owned())
        .on_click(move || {
            if !app.window.with_untracked(waits) {
                failed.set(None);
                app.open_window(purpose, move |ended| failed.set(ended.err()));
            }
        })
}

/// Gives up a window that is open, perhaps hidden behind the others.
pub(super) fn cancel_window(app: App) -> AnyView {
    let label = app.common().cancel;
    let open = app.window.slice(|window| window.as_ref().is_some_and(|window| window.scene.can_cancel()));
    live(move || match open.get() {
        true => parts::secondary("cancel-window", label, move || app.drop_window()).into(),
        false => nothing(),
    })
}

/// A quiet line beside the buttons where a window seems to be closed, or is none.
pub(super) fn window_note(app: App) -> El {
    let scene = app.window.slice(|window| {
        let scene = window.as_ref().map(|window| window.scene.clone());
        scene.filter(|scene| matches!(scene, Scene::Waiting(Sight::Closed | Sight::Unseen)))
    });
    let typed = StoredValue::new(String::new());
    let act: window::Acts = Arc::new(popup::act);
    parts::part("window-note", move || match scene.get() {
        Some(scene) => window::view(app.common().window, &scene, typed, &act),
        None => nothing(),
    })
}
