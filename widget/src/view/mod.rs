//! What the panel looks like. Each section shows a slice of the model and is built anew only when that slice changes,
//! so that open details, a chosen remedy and the keyboard's focus survive whatever happens elsewhere.

mod changes;
mod history;
mod list;
mod problem;
mod record;
mod sign;

use crate::format::{Ago, Formats, ago};
use crate::state::{Model, Msg, Page, Press, Purpose, State};
use crate::words;
use chrono::{DateTime, Utc};
use leptos::prelude::*;
use shared::problem::Code;

/// What every view needs: the model, how to write things, the time, and where to report what the person does.
#[derive(Debug, Clone, Copy)]
pub struct Ui {
    /// What the panel knows.
    pub model: RwSignal<Model>,
    /// The user's notation.
    pub formats: RwSignal<Formats>,
    /// Now, in milliseconds since 1970.
    pub now: RwSignal<f64>,
    /// Takes events.
    pub act: Callback<Msg>,
}

impl Ui {
    /// A slice of the model that tells only when it has changed.
    fn slice<T: PartialEq + Send + Sync + 'static>(
        self,
        part: impl Fn(&Model) -> T + Send + Sync + 'static,
    ) -> Memo<T> {
        Memo::new(move |_| self.model.with(&part))
    }

    fn send(self, msg: Msg) {
        self.act.run(msg);
    }
}

/// The whole panel.
pub fn panel(ui: Ui) -> impl IntoView {
    let state = ui.slice(Model::state);
    let mode = ui.slice(|model| match model.mode {
        crate::state::Mode::Panel => "panel",
        crate::state::Mode::Button => "button",
        crate::state::Mode::List => "list",
    });
    let busy = ui.slice(|model| model.reading || matches!(model.state(), State::Loading | State::Working));
    let announcement = ui.slice(Model::announcement);
    view! {
        <main
            class="panel"
            data-testid="panel"
            data-state=move || state.get().as_str()
            data-mode=move || mode.get()
            aria-busy=move || if busy.get() { "true" } else { "false" }
        >
            {head(ui)}
            <p class="visually-hidden" role="status" data-testid="announcement">
                {move || announcement.get()}
            </p>
            {notice(ui)}
            {hint(ui)}
            {skeleton(ui)}
            {record::facts(ui)}
            {record::steps(ui)}
            {problem::stopping(ui)}
            {changes::section(ui)}
            {problem::warnings(ui)}
            {list::section(ui)}
            {history::section(ui)}
            {foot(ui)}
        </main>
    }
}

/// The answer, and what to do about it.
fn head(ui: Ui) -> AnyView {
    let tone = ui.slice(Model::tone);
    let headline = ui.slice(Model::headline);
    let primary = ui.slice(Model::primary);
    let can_refresh = ui.slice(Model::can_refresh);
    let can_close = ui.slice(Model::can_close);
    let reading = ui.slice(|model| model.reading);
    let popup = ui.slice(|model| model.popup.is_some());
    let closing = ui.slice(|model| model.closing);
    view! {
        <header class="head">
            {move || sign::sign(tone.get(), false)}
            <div class="head-text">
                <h1 class="headline" data-testid="headline">
                    {move || headline.get()}
                </h1>
                {record::summary(ui)}
            </div>
            <div class="actions">
                {move || {
                    can_refresh
                        .get()
                        .then(|| {
                            let label = move || if reading.get() { "Refreshing…" } else { "Refresh" };
                            view! {
                                <button
                                    type="button"
                                    class="button quiet"
                                    data-testid="refresh"
                                    aria-disabled=move || reading.get().to_string()
                                    on:click=move |_| ui.send(Msg::Refresh)
                                >
                                    {label}
                                </button>
                            }
                                .into_any()
                        })
                }}
                {move || closing.get().then(|| small_button(ui, "keep-open", "Keep open", Msg::KeepOpen))}
                {move || popup.get().then(|| small_button(ui, "cancel-window", "Cancel", Msg::PopupCancelled))}
                {move || {
                    can_close.get().then(|| small_button(ui, "close", words::CLOSE, Msg::Pressed(Press::Close)))
                }}
                <button
                    type="button"
                    class=move || if primary.get().quiet { "button primary quiet" } else { "button primary" }
                    data-testid="primary"
                    aria-disabled=move || (primary.get().press == Press::Nothing).to_string()
                    on:click=move |_| ui.send(Msg::Pressed(primary.get_untracked().press))
                >
                    {move || primary.get().label}
                </button>
            </div>
        </header>
    }
    .into_any()
}

fn small_button(ui: Ui, id: &'static str, label: &'static str, msg: Msg) -> AnyView {
    view! {
        <button type="button" class="button quiet" data-testid=id on:click=move |_| ui.send(msg.clone())>
            {label}
        </button>
    }
    .into_any()
}

/// What went wrong beside the record: the window, a setting.
fn notice(ui: Ui) -> AnyView {
    let notice = ui.slice(|model| model.notice.clone());
    (move || {
        notice.get().map(|problem| {
            view! { <section class="block" data-testid="notice">{problem::block(ui, problem, false)}</section> }
                .into_any()
        })
    })
    .into_any()
}

/// A sentence on what this state asks for, where there is no record to show.
fn hint(ui: Ui) -> AnyView {
    let hint = ui.slice(|model| match model.state() {
        State::SignedOut => Some(words::SIGN_IN_WHY.to_owned()),
        state @ (State::ZohoMissing | State::XeroMissing | State::Broken) => {
            let broken = state == State::Broken;
            let text = words::connect_hint(model.is_administrator(), broken, model.is_zoho_side());
            Some(text.to_owned())
        }
        State::SdkMissing => Some(words::no_record(&model.page)),
        State::Error if !matches!(model.page, Page::Records(..)) => Some(words::no_record(&model.page)),
        State::List => Some(words::LIST_HINT.to_owned()),
        _ if model.closing => Some([words::CLOSING, "."].concat()),
        _ => None,
    });
    // Whoever installs it is the first to open it. Where nobody can sign in before the CRM is connected, the way to
    // connect it must not depend on being signed in.
    let first = ui.slice(|model| {
        let unconnected = model.notice.as_ref().is_some_and(|notice| notice.code == Code::ZohoNotConnected);
        unconnected && model.state() == State::SignedOut
    });
    (move || {
        hint.get().map(|text| {
            view! {
                <section class="block hint">
                    <p data-testid="hint">{text}</p>
                    {move || {
                        first
                            .get()
                            .then(|| {
                                view! {
                                    <p class="muted">
                                        "Are you a CRM administrator? "
                                        <button
                                            type="button"
                                            class="link"
                                            data-testid="connect-zoho"
                                            on:click=move |_| {
                                                ui.send(Msg::Pressed(Press::Open(Purpose::ConnectZoho)));
                                            }
                                        >
                                            "Connect Zoho CRM now"
                                        </button>
                                    </p>
                                }
                                    .into_any()
                            })
                    }}
                </section>
            }
            .into_any()
        })
    })
    .into_any()
}

/// Holds the place of what is on its way.
fn skeleton(ui: Ui) -> AnyView {
    let shown = ui.slice(|model| model.state() == State::Loading);
    (move || {
        shown.get().then(|| {
            view! {
                <div class="skeleton" aria-hidden="true">
                    <span class="bone"></span>
                    <span class="bone"></span>
                </div>
            }
            .into_any()
        })
    })
    .into_any()
}

/// Who is signed in, and which organisations are connected.
fn foot(ui: Ui) -> AnyView {
    let session = ui.slice(|model| model.session.clone());
    (move || {
        session.get().map(|session| {
            let organisations = match session.xero_organisation {
                Some(xero) => [&session.crm_organisation, " ↔ ", &xero].concat(),
                None => session.crm_organisation,
            };
            view! {
                <footer class="foot">
                    <span data-testid="organisations">{organisations}</span>
                    <span>
                        <span data-testid="user">{session.user}</span>
                        " · "
                        <button
                            type="button"
                            class="link"
                            data-testid="sign-out"
                            on:click=move |_| ui.send(Msg::SignOut)
                        >
                            "Sign out"
                        </button>
                    </span>
                </footer>
            }
            .into_any()
        })
    })
    .into_any()
}

/// A time as people say it, with the exact instant on hover.
fn time(ui: Ui, at: DateTime<Utc>) -> AnyView {
    #[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 fit a double until the year 287396")]
    let then = at.timestamp_millis() as f64;
    let machine: String = js_sys::Date::new(&then.into()).to_iso_string().into();
    view! {
        <time datetime=machine title=move || ui.formats.with(|formats| formats.instant(then))>
            {move || match ago(ui.now.get(), then) {
                Ago::Words(words) => words,
                Ago::Date => ui.formats.with(|formats| formats.day_of(then)),
            }}
        </time>
    }
    .into_any()
}
