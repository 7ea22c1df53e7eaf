//! Follows a run while it is at work: by the edge's events, and where these do not come by asking again and again.

use super::feed::Feed;
use super::state::moves;
use super::ui::{RunsUi, run_path};
use crate::client::get;
use crate::client::request;
use crate::popup::spawn;
use crate::portal::reactive::*;
use crate::sdk::sleep;
use gloo_net::http::Method;
use js_sys::{Reflect, Uint8Array};
use leptos::leptos_dom::helpers::TimeoutHandle;
use shared::api::runs::{RunState, RunView};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, ReadableStreamDefaultReader};

/// The edge breaks a stream's silence every 15 seconds. One that is silent for longer is dead.
const SILENCE: Duration = Duration::from_secs(20);
/// Milliseconds between two streams.
const PAUSE: i32 = 1_000;
/// Milliseconds between two questions about a run that waits.
const LONG_PAUSE: i32 = 5_000;

/// A run that is followed until this is dropped.
#[derive(Debug)]
pub(super) struct Following(Arc<AtomicBool>);

impl Drop for Following {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Follows a run.
pub(super) fn follow(ui: RunsUi, id: String) -> Following {
    let over = Arc::new(AtomicBool::new(false));
    let watch = Watch { ui, id, over: over.clone() };
    spawn(async move { watch.run().await });
    Following(over)
}

struct Watch {
    ui: RunsUi,
    id: String,
    over: Arc<AtomicBool>,
}

impl Watch {
    async fn run(self) {
        while self.is_wanted() {
            let heard = self.listen().await.unwrap_or(false);
            if !self.is_wanted() {
                return;
            }
            if !heard {
                self.look();
            }
            let waits = self.ui.state(|model| model.run.as_ref().map(|run| run.state)) == Some(Some(RunState::Waiting));
            sleep(if waits { LONG_PAUSE } else { PAUSE }).await;
        }
    }

    /// Whether the screen is still there and shows a run that moves.
    fn is_wanted(&self) -> bool {
        let followed = self.ui.state(|model| model.followed() == Some(self.id.as_str()));
        !self.over.load(Ordering::Relaxed) && followed == Some(true)
    }

    /// Asks once. What keeps the edge from answering is shown, where nothing is known of the run yet.
    fn look(&self) {
        let (ui, id) = (self.ui, self.id.clone());
        ui.app.call(get(run_path(&id, "")), move |answer| match answer {
            Ok(run) => ui.hear(run),
            Err(fault) => {
                ui.change(move |model| model.missed(&id, fault));
            }
        });
    }

    /// Listens until the stream ends. Whether anything was heard; none when there is no stream.
    async fn listen(&self) -> Option<bool> {
        let controller = AbortController::new().ok()?;
        let silence = Silence::begin(&controller);
        let credential = self.ui.app.session.with_untracked(|session| session.credential.clone());
        let request = request(Method::GET, &run_path(&self.id, "/events"), credential.as_ref());
        let response = request.abort_signal(Some(&controller.signal())).send().await.ok()?;
        if !response.ok() {
            return None;
        }
        let reader: ReadableStreamDefaultReader = response.body()?.get_reader().dyn_into().ok()?;
        let mut feed = Feed::default();
        let mut heard = false;
        let mut silence = Some(silence);
        while let Ok(read) = JsFuture::from(reader.read()).await {
            // The former one ends before the next one begins.
            drop(silence.take());
            let value = Reflect::get(&read, &JsValue::from_str("value")).ok();
            let Some(piece) = value.and_then(|value| value.dyn_into::<Uint8Array>().ok()) else { break };
            for data in feed.push(&piece.to_vec()) {
                if let Ok(run) = crate::json::read::<RunView>(&data) {
                    heard = true;
                    let moving = moves(run.state);
                    self.ui.hear(run);
                    if !moving {
                        break;
                    }
                }
            }
            if !self.is_wanted() {
                controller.abort();
                break;
            }
            silence = Some(Silence::begin(&controller));
        }
        Some(heard)
    }
}

/// Ends a stream that is silent for too long, unless it is dropped before.
struct Silence(Option<TimeoutHandle>);

impl Silence {
    fn begin(controller: &AbortController) -> Self {
        let controller = controller.clone();
        Self(set_timeout_with_handle(move || controller.abort(), SILENCE))
    }
}

impl Drop for Silence {
    fn drop(&mut self) {
        if let Some(timeout) = self.0.take() {
            timeout.clear();
        }
    }
}
