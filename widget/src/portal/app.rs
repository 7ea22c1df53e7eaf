//! What all screens share: who is signed in, where they are, how things are written, and the way to the edge.

use super::client::{self, Call};
use super::frame;
use super::parts::own_problem;
use super::route::{Route, Screen};
use super::screens::{self, Screens};
use super::words::common::Common;
use super::words::{Language, Texts};
use crate::format::{Formats, language_tag};
use crate::popup::{self, Ended, spawn};
use crate::portal::reactive::*;
use crate::sdk;
use crate::state::{Fault, Purpose, Token};
use serde::de::DeserializeOwned;
use shared::api::{ClaimReply, ConnectionState, SessionView};
use shared::problem::{Code, Severity};
use std::cell::Cell;
use std::time::Duration;
use wasm_bindgen::prelude::*;
use web_sys::Window;

/// Where the chosen language is kept.
const LANGUAGE_KEY: &str = "ledgerlink.language";
/// How often "2 min ago" is looked at again.
const CLOCK_TICK: Duration = Duration::from_secs(20);

/// Who is signed in.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Session {
    /// The session's token.
    pub token: Option<Token>,
    /// Who it is; none until the edge has answered.
    pub view: Option<SessionView>,
    /// Why nobody knows who it is.
    pub fault: Option<Fault>,
}

/// How far somebody has come who opens the portal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Nobody is signed in.
    SignedOut,
    /// It is being asked who it is.
    Asking,
    /// It could not be found out.
    Failed,
    /// Somebody is signed in, and the CRM is not connected.
    CrmMissing,
    /// Somebody is signed in.
    Ready,
}

impl Session {
    /// How far it is.
    #[must_use]
    pub fn stage(&self) -> Stage {
        match (&self.token, &self.view, &self.fault) {
            (None, ..) => Stage::SignedOut,
            (_, Some(view), _) if view.connection == ConnectionState::ZohoMissing => Stage::CrmMissing,
            (_, Some(_), _) => Stage::Ready,
            (_, None, Some(_)) => Stage::Failed,
            (_, None, None) => Stage::Asking,
        }
    }
}

/// Where somebody begins who asks for no screen: the log, and before both sides are connected the set-up.
#[must_use]
pub fn home(session: &SessionView) -> Screen {
    let set_up = session.connection != ConnectionState::XeroMissing;
    if set_up || !session.administrator { Screen::Log } else { Screen::Setup }
}

/// The locale in which numbers and days are written: the user's own, unless another language was chosen for the texts.
#[must_use]
pub fn notation(language: Language, locale: Option<&str>) -> String {
    let own = locale.and_then(language_tag);
    own.filter(|tag| Language::of_tag(tag) == language).unwrap_or_else(|| language.tag().to_owned())
}

/// What all screens share.
#[derive(Debug, Clone, Copy)]
pub struct App {
    /// Who is signed in.
    pub session: RwSignal<Session>,
    /// Where they are.
    pub route: RwSignal<Route>,
    /// The user's notation.
    pub formats: RwSignal<Formats>,
    /// Now, in milliseconds since 1970.
    pub now: RwSignal<f64>,
    /// In which language.
    pub language: RwSignal<Language>,
    /// What screen readers are told.
    pub announcement: RwSignal<String>,
    /// The vendor's window that is open.
    pub window: RwSignal<Option<Purpose>>,
    /// The locale of the CRM's user, else the browser's.
    locale: RwSignal<Option<String>>,
}

impl App {
    /// A portal that begins at this route; it asks nobody yet.
    #[must_use]
    pub fn new(token: Option<Token>, route: Route, language: Language, now: f64) -> Self {
        Self {
            session: RwSignal::new(Session { token, ..Session::default() }),
            route: RwSignal::new(route),
            formats: RwSignal::new(Formats::default()),
            now: RwSignal::new(now),
            language: RwSignal::new(language),
            announcement: RwSignal::new(String::new()),
            window: RwSignal::new(None),
            locale: RwSignal::new(None),
        }
    }

    /// A screen's texts, in the chosen language. Everything in sight is built anew when another one is chosen.
    #[must_use]
    pub fn words<T: Texts>(self) -> &'static T {
        T::of(self.language.get_untracked())
    }

    /// The texts that several screens say, in the chosen language.
    #[must_use]
    pub fn common(self) -> &'static Common {
        self.words()
    }

    /// Whether the signed-in user administers the CRM.
    #[must_use]
    pub fn is_administrator(self) -> bool {
        // Read within handlers, too: who is signed in does not change while a screen is open.
        self.session.with_untracked(|session| session.view.as_ref().is_some_and(|view| view.administrator))
    }

    /// Goes to another address.
    pub fn go(self, route: Route) {
        let moved = web_sys::window().is_some_and(|window| window.location().set_hash(&route.hash()).is_ok());
        // The browser's own event follows; without a browser, nothing would.
        if !moved || self.route.with_untracked(|known| *known == route) {
            self.route.set(route);
        }
    }

    /// Changes the address without a step back: filters, open details.
    pub fn replace(self, route: Route) {
        if let Some(history) = web_sys::window().and_then(|window| window.history().ok()) {
            // An address that the browser does not take stays as it is; the screen follows the route all the same.
            let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&route.hash()));
        }
        self.route.set(route);
    }

    /// Tells screen readers. The same words twice are told twice.
    pub fn announce(self, text: impl Into<String>) {
        let mut text = text.into();
        if self.announcement.with_untracked(|told| *told == text) {
            text.push('\u{a0}');
        }
        self.announcement.set(text);
    }

    /// Makes a call with the session, and hands over its answer. A session that is over shows the way to sign in, and
    /// `then` hears of it, too.
    pub fn call<T: DeserializeOwned + 'static>(self, call: Call, then: impl FnOnce(Result<T, Fault>) + 'static) {
        let words = self.common();
        self.send(call, Box::new(move |answer| then(answer.and_then(|text| client::read(&text, words)))));
    }

    /// Makes a call whose answer has no body.
    pub fn call_empty(self, call: Call, then: impl FnOnce(Result<(), Fault>) + 'static) {
        self.send(call, Box::new(move |answer| then(answer.map(drop))));
    }

    /// Makes a call whose answer is no JSON: a file.
    pub fn call_text(self, call: Call, then: impl FnOnce(Result<String, Fault>) + 'static) {
        self.send(call, Box::new(then));
    }

    fn send(self, call: Call, then: Box<dyn FnOnce(Result<String, Fault>)>) {
        let token = self.session.with_untracked(|session| session.token.clone());
        let words = self.common();
        spawn(async move {
            let answer = client::send(call, token.clone(), words).await;
            self.now.set(js_sys::Date::now());
            if matches!(answer, Err(Fault::SignedOut)) {
                self.session_over(token.as_ref());
            }
            then(answer);
        });
    }

    /// Forgets a session that the edge does not know any more, unless there is a newer one.
    fn session_over(self, token: Option<&Token>) {
        if self.session.with_untracked(|session| session.token.as_ref() == token) {
            popup::remember(None);
            self.session.set(Session { token: None, view: None, fault: Some(Fault::SignedOut) });
        }
    }

    /// Opens a vendor's window: to sign in, or to connect a side. Has to be called within a click. The session is read
    /// again before `then` hears how it ended.
    pub fn open_window(self, purpose: Purpose, then: impl FnOnce(Result<(), Fault>) + 'static) {
        let words = self.common();
        let token = self.session.with_untracked(|session| session.token.clone());
        let waiting = if purpose == Purpose::ConnectXero { words.opening_xero } else { words.opening_zoho };
        let then = Cell::new(Some(then));
        self.window.set(Some(purpose));
        popup::open(purpose, token, waiting, move |ended| {
            self.window.set(None);
            let Some(then) = then.take() else { return };
            let problem = |severity, said| Fault::Problem(Box::new(own_problem(severity, Code::NotSignedIn, said)));
            match ended {
                Ended::Blocked => then(Err(problem(Severity::Error, words.popup_blocked))),
                Ended::Closed => then(Err(problem(Severity::Warning, words.popup_closed))),
                Ended::Failed(fault) => {
                    if fault == Fault::SignedOut {
                        self.session_over(self.session.with_untracked(|session| session.token.clone()).as_ref());
                    }
                    then(Err(fault));
                }
                Ended::SignedIn(reply) => {
                    self.signed_in(*reply);
                    then(Ok(()));
                }
                Ended::Connected => self.ask_session(Box::new(then)),
            }
        });
    }

    /// Closes the vendor's window, if one is open.
    pub fn drop_window(self) {
        popup::drop_window();
        self.window.set(None);
    }

    fn signed_in(self, reply: ClaimReply) {
        let token = Token(reply.token);
        popup::remember(Some(&token));
        self.enter(Session { token: Some(token), view: Some(reply.session), fault: None });
    }

    /// Takes over who it is, and goes home where the address names no screen. Home comes first: a screen that nobody
    /// asked for is not even loaded.
    fn enter(self, session: Session) {
        let nowhere = web_sys::window().is_some_and(|window| asked_route(&window).is_none());
        if let Some(view) = session.view.as_ref().filter(|_| nowhere && session.stage() == Stage::Ready) {
            self.replace(Route::to(home(view)));
        }
        self.session.set(session);
    }

    /// Reads the session again.
    pub fn read_session(self) {
        self.ask_session(Box::new(|_| {}));
    }

    fn ask_session(self, then: Box<dyn FnOnce(Result<(), Fault>)>) {
        self.session.update(|session| session.fault = None);
        self.call(client::get("/api/session"), move |answer: Result<SessionView, Fault>| {
            then(match answer {
                Ok(view) => {
                    let session = self.session.get_untracked();
                    self.enter(Session { view: Some(view), ..session });
                    Ok(())
                }
                Err(Fault::SignedOut) => Err(Fault::SignedOut),
                Err(fault) => {
                    self.session.update(|session| session.fault = Some(fault.clone()));
                    Err(fault)
                }
            });
        });
    }

    /// Signs out. The address stays: whoever signs in next begins there.
    pub fn sign_out(self) {
        let token = self.session.with_untracked(|session| session.token.clone());
        popup::remember(None);
        self.session.set(Session::default());
        if let Some(token) = token {
            spawn(async move {
                // Here the token is forgotten already; at the edge it ends by itself if this call fails.
                let _ = crate::client::end_session(&token).await;
            });
        }
    }

    /// Chooses the language of the texts, and keeps the choice.
    pub fn choose_language(self, language: Language) {
        if let Some(storage) = storage() {
            // Where the browser keeps nothing, the choice lives as long as the page.
            let _ = storage.set_item(LANGUAGE_KEY, language.tag());
        }
        self.set_language(language);
    }

    fn set_language(self, language: Language) {
        set_root_attribute("lang", language.tag());
        let notation = self.locale.with_untracked(|locale| notation(language, locale.as_deref()));
        self.formats.update(|formats| formats.locale = Some(notation));
        if self.language.get_untracked() != language {
            self.language.set(language);
        }
    }

    /// Takes over a locale. It chooses the language, too, where the person has chosen none.
    fn adopt_locale(self, locale: String) {
        let told = Language::of_tag(&locale);
        self.locale.set(Some(locale));
        self.set_language(chosen_language().unwrap_or(told));
    }
}

/// Starts the portal in this page, with screens from there.
pub fn run(screens: Screens) {
    let Some(window) = web_sys::window() else { return };
    let Some(body) = window.document().and_then(|document| document.body()) else { return };
    let asked = asked_route(&window);
    let route = asked.clone().unwrap_or_else(|| Route::to(Screen::Log));
    let app = App::new(popup::stored_token(&window), route, Language::default(), js_sys::Date::now());
    app.adopt_locale(window.navigator().language().unwrap_or_default());
    // The placeholder of the page goes the moment that the portal is there.
    body.set_text_content(None);
    leptos::mount::mount_to(body, move || frame::portal(app, screens)).forget();
    set_interval(move || app.now.set(js_sys::Date::now()), CLOCK_TICK);
    follow_address(&window, app);
    ask_crm(&window, app);
    if app.session.with_untracked(|session| session.token.is_some()) {
        // Both come side by side.
        screens::prepare(screens, app.route.with_untracked(|route| route.screen));
        app.read_session();
    }
}

/// The route that the page's address names, if it names one.
fn asked_route(window: &Window) -> Option<Route> {
    Route::parse(&window.location().hash().unwrap_or_default())
}

/// Follows the address that people, links and the browser's own buttons change.
fn follow_address(window: &Window, app: App) {
    let listener = Closure::<dyn Fn()>::new(move || {
        if let Some(route) = web_sys::window().as_ref().and_then(asked_route) {
            app.route.set(route);
        }
    });
    // It fails only for arguments that are not these.
    let _ = window.add_event_listener_with_callback("hashchange", listener.as_ref().unchecked_ref());
    // The page listens as long as it lives.
    listener.forget();
}

/// Asks the CRM's page how its user likes to see things. In a tab of its own, nobody answers.
fn ask_crm(window: &Window, app: App) {
    popup::listen(window, move |data| {
        if let Some(locale) = popup::told_locale(data) {
            app.adopt_locale(locale);
        }
    });
    spawn(sdk::start(move |_| {
        spawn(async move {
            if let Some(dark) = sdk::is_dark().await {
                set_root_attribute("data-theme", if dark { "dark" } else { "light" });
            }
        });
        spawn(async move {
            if let Some(user) = sdk::user().await {
                app.formats.update(|formats| formats.time_zone = user.time_zone);
                if let Some(locale) = user.locale {
                    app.adopt_locale(locale);
                }
            }
        });
    }));
}

fn storage() -> Option<web_sys::Storage> {
    web_sys::window()?.local_storage().ok()?
}

fn chosen_language() -> Option<Language> {
    let tag = storage()?.get_item(LANGUAGE_KEY).ok()??;
    Language::ALL.into_iter().find(|language| language.tag() == tag)
}

fn set_root_attribute(name: &str, value: &str) {
    let root = web_sys::window().and_then(|window| window.document()).and_then(|document| document.document_element());
    if let Some(root) = root {
        // It fails only for names that are none.
        let _ = root.set_attribute(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(administrator: bool, connection: ConnectionState) -> SessionView {
        SessionView {
            user: "Ana".into(),
            administrator,
            crm_organisation: "Acme".into(),
            connection,
            xero_organisation: None,
        }
    }

    #[test]
    fn a_session_is_where_its_answers_left_it() {
        let token = Some(Token("t".into()));
        let session = |token, view, fault| Session { token, view, fault }.stage();
        assert_eq!(session(None, None, Some(Fault::SignedOut)), Stage::SignedOut);
        assert_eq!(session(token.clone(), None, None), Stage::Asking);
        assert_eq!(session(token.clone(), None, Some(Fault::SignedOut)), Stage::Failed);
        assert_eq!(session(token.clone(), Some(view(true, ConnectionState::ZohoMissing)), None), Stage::CrmMissing);
        assert_eq!(session(token, Some(view(false, ConnectionState::XeroBroken)), None), Stage::Ready);
    }

    #[test]
    fn the_log_is_home_once_both_sides_are_connected() {
        assert_eq!(home(&view(true, ConnectionState::Connected)), Screen::Log);
        assert_eq!(home(&view(true, ConnectionState::XeroBroken)), Screen::Log);
        assert_eq!(home(&view(true, ConnectionState::XeroMissing)), Screen::Setup);
        assert_eq!(home(&view(false, ConnectionState::XeroMissing)), Screen::Log);
    }

    #[test]
    fn numbers_follow_the_users_locale_as_long_as_it_is_of_the_language() {
        for (language, locale, expected) in [
            (Language::English, Some("en_AU"), "en-AU"),
            (Language::German, Some("de_CH"), "de-CH"),
            (Language::German, Some("en_AU"), "de"),
            (Language::English, Some("de"), "en"),
            (Language::English, None, "en"),
        ] {
            assert_eq!(notation(language, locale), expected, "{language:?} {locale:?}");
        }
    }
}
