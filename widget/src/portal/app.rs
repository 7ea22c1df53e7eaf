//! What all screens share: who is signed in, where they are, how things are written, and the way to the edge.

use super::route::{Route, Screen};
use super::words::common::Common;
use super::words::{Language, Texts};
use crate::client::{self, Call};
use crate::fault::own_problem;
use crate::fault::{Absence, Fault};
use crate::format::{Formats, language_tag};
use crate::popup::flow::{Act, Ended, Shown};
use crate::popup::{self, Heard, spawn};
use crate::portal::reactive::*;
use crate::session::{AtWork, Credential, CrmUser, Purpose};
use serde::de::DeserializeOwned;
use shared::api::{ClaimReply, ConnectionState, SessionView};
use shared::problem::{Code, Problem, Severity};
use std::cell::Cell;
use wasm_bindgen::prelude::*;
use web_sys::Window;

/// Where the chosen language is kept.
const LANGUAGE_KEY: &str = "ledgerlink.language";

/// Who is signed in.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Session {
    /// How requests say whose session they belong to; none: nobody is signed in. Whether a cookie is there is not known
    /// before the edge has answered.
    pub credential: Option<Credential>,
    /// Who it is; none until the edge has answered.
    pub view: Option<SessionView>,
    /// Why nobody knows who it is.
    pub fault: Option<Fault>,
    /// Who is at work, as the CRM tells.
    pub at_work: AtWork,
    /// Whose session the browser keeps, where that is somebody else.
    pub other: Option<String>,
    /// Whether somebody has been signed in here of an organisation that is connected: it needs no first connection.
    pub was_connected: bool,
    /// What an administrator was told who is none any more.
    pub demoted: Option<Box<Problem>>,
    /// Counts those who were signed in, and what they may do: what is answered late is about somebody of before.
    pub turn: u32,
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
    /// Whether the signed-in user administers the CRM.
    #[must_use]
    pub fn is_administrator(&self) -> bool {
        self.view.as_ref().is_some_and(|view| view.administrator)
    }

    /// How far it is.
    #[must_use]
    pub fn stage(&self) -> Stage {
        match (&self.credential, &self.view, &self.fault) {
            (None, ..) => Stage::SignedOut,
            // Nothing is read before it is known whether it is the same one.
            (_, Some(_), _) if !self.at_work.is_settled() => Stage::Asking,
            (_, Some(view), _) if view.connection == ConnectionState::ZohoMissing => Stage::CrmMissing,
            (_, Some(_), _) => Stage::Ready,
            (_, None, Some(_)) => Stage::Failed,
            (_, None, None) => Stage::Asking,
        }
    }

    /// Nobody any more; `fault` says why, where there is something to say.
    fn nobody(&self, fault: Option<Fault>) -> Self {
        let connected = self.view.as_ref().is_some_and(|view| view.connection != ConnectionState::ZohoMissing);
        let was_connected = self.was_connected || connected;
        Self { fault, at_work: self.at_work.clone(), was_connected, turn: self.turn + 1, ..Self::default() }
    }

    /// With what was answered to an administrator who may be none any more; none: it says nothing of that, or it is known.
    #[must_use]
    pub fn doubted(&self, fault: &Fault) -> Option<Self> {
        match fault {
            Fault::Problem(problem) if self.is_administrator() && is_of_rights(problem.code) => {
                Some(Self { demoted: Some(problem.clone()), ..self.clone() })
            }
            _ => None,
        }
    }

    /// This one, unless somebody else is at work.
    #[must_use]
    pub fn of(&self, credential: Credential, view: SessionView) -> Self {
        if self.at_work.is_other(&view) {
            return Self { other: Some(view.user), ..self.nobody(None) };
        }
        let same_user = self.view.as_ref().is_some_and(|before| before.user_id == view.user_id);
        // What stands there is built by what somebody may do.
        let same = same_user && self.is_administrator() == view.administrator;
        let turn = if same { self.turn } else { self.turn + 1 };
        let demoted = self.demoted.clone().filter(|_| same_user && !view.administrator);
        Self { credential: Some(credential), view: Some(view), fault: None, other: None, demoted, turn, ..self.clone() }
    }

    /// The CRM has told who is at work, or does not. It may only take the session away.
    #[must_use]
    pub fn with_at_work(&self, user: Option<CrmUser>) -> Self {
        let at_work = match user {
            Some(user) => AtWork::Told(user),
            None if self.at_work.is_settled() => return self.clone(),
            None => AtWork::Untold,
        };
        let session = Self { at_work, ..self.clone() };
        match (&session.credential, &session.view) {
            (Some(credential), Some(view)) => session.of(credential.clone(), view.clone()),
            _ => session,
        }
    }
}

/// Whether a problem says that somebody is no administrator.
pub(super) fn is_of_rights(code: Code) -> bool {
    matches!(code, Code::NotAdministrator | Code::TakenOut)
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
    pub window: RwSignal<Option<Shown>>,
    /// The locale of the CRM's user, else the browser's.
    locale: RwSignal<Option<String>>,
}

impl App {
    /// A portal that begins at this route; it asks nobody yet.
    #[must_use]
    pub fn new(credential: Option<Credential>, route: Route, language: Language, now: f64) -> Self {
        Self {
            session: RwSignal::new(Session { credential, ..Session::default() }),
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
        // Read within handlers, too: when it changes, every screen is built anew.
        self.session.with_untracked(Session::is_administrator)
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

    /// Tells screen readers. They ignore a text that has not changed, so a repeated one is made to differ.
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
        self.send(call, Box::new(move |answer| then(answer.and_then(|text| client::read(&text)))));
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
        let (credential, turn) = self.session.with_untracked(|session| (session.credential.clone(), session.turn));
        spawn(async move {
            let answer = client::send(call, credential.as_ref()).await;
            self.now.set(js_sys::Date::now());
            if let Err(fault) = &answer {
                match fault {
                    Fault::SignedOut(absence) => self.session_over(turn, *absence),
                    Fault::Problem(_) => self.doubt(turn, fault),
                }
            }
            then(answer);
        });
    }

    /// Asks again what somebody may do who was told to be no administrator: the page offers only what they may do.
    fn doubt(self, turn: u32, fault: &Fault) {
        let session = self.session.get_untracked();
        if let Some(doubted) = session.doubted(fault).filter(|_| session.turn == turn) {
            self.session.set(doubted);
            self.ask_session(Box::new(|_| {}));
        }
    }

    /// Forgets a session that the edge does not know, or not any more, unless there is a newer one.
    fn session_over(self, turn: u32, absence: Absence) {
        let session = self.session.get_untracked();
        if session.turn == turn && session.credential.is_some() {
            popup::remember(None);
            // Who has not been signed in here has nothing to be told.
            let was_here = absence == Absence::Ended || session.view.is_some();
            self.session.set(session.nobody(was_here.then_some(Fault::SignedOut(Absence::Ended))));
        }
    }

    /// Opens a vendor's window: to sign in, or to connect a side. Has to be called within a click. The session is read
    /// again before `then` hears how it ended.
    pub fn open_window(self, purpose: Purpose, then: impl FnOnce(Result<(), Fault>) + 'static) {
        let words = self.common();
        let (credential, turn) = self.session.with_untracked(|session| (session.credential.clone(), session.turn));
        let then = Cell::new(Some(then));
        popup::open(purpose, credential, move |heard| {
            let ended = match heard {
                Heard::Shown(shown) => return self.window.set(shown),
                Heard::Ended(ended) => ended,
            };
            let Some(then) = then.take() else { return };
            match ended {
                Ended::Late => {
                    let late = own_problem(Severity::Warning, Code::FlowOver, words.window_late);
                    then(Err(Fault::Problem(Box::new(late))));
                }
                Ended::Failed(fault) => {
                    if let Fault::SignedOut(absence) = fault {
                        self.session_over(turn, absence);
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

    /// Gives up the vendor's window, if one is open and it is not too late.
    pub fn drop_window(self) {
        popup::act(Act::Cancel);
    }

    fn signed_in(self, reply: ClaimReply) {
        let credential = Credential::of_claim(reply.token);
        popup::remember(Some(&credential));
        let session = self.session.get_untracked();
        self.enter(session.of(credential, reply.session));
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
        let session = self.session.get_untracked();
        let Some(credential) = session.credential else { return then(Err(Fault::SignedOut(Absence::Nobody))) };
        spawn(async move {
            let answer = client::session(&credential).await;
            self.now.set(js_sys::Date::now());
            then(match answer {
                Ok(view) => {
                    self.enter(self.session.get_untracked().of(credential, view));
                    Ok(())
                }
                Err(fault) => {
                    match fault {
                        Fault::SignedOut(absence) => self.session_over(session.turn, absence),
                        Fault::Problem(_) => self.session.update(|session| session.fault = Some(fault.clone())),
                    }
                    Err(fault)
                }
            });
        });
    }

    /// The page is in sight again: somebody may have signed in or out in another tab.
    pub(super) fn in_sight(self) {
        let session = self.session.get_untracked();
        if session.credential.is_some() {
            return self.ask_session(Box::new(|_| {}));
        }
        if self.window.with_untracked(Option::is_some) {
            return;
        }
        spawn(async move {
            let Ok(view) = client::session(&Credential::Cookie).await else { return };
            let now = self.session.get_untracked();
            if now.turn == session.turn && now.credential.is_none() && self.window.with_untracked(Option::is_none) {
                self.enter(now.of(Credential::Cookie, view));
            }
        });
    }

    /// The CRM has told who is at work, or does not.
    pub(super) fn at_work_told(self, user: Option<CrmUser>) {
        if let Some(user) = &user {
            client::tell_at_work(user.id.clone());
        }
        let session = self.session.get_untracked().with_at_work(user);
        self.enter(session);
    }

    /// Signs out. The address stays: whoever signs in next begins there.
    pub fn sign_out(self) {
        let session = self.session.get_untracked();
        popup::remember(None);
        self.drop_window();
        self.session.set(session.nobody(None));
        let Some(credential) = session.credential else { return };
        spawn(async move {
            let Err(fault @ Fault::Problem(_)) = client::end_session(&credential).await else { return };
            // Whoever comes next would be signed in all the same: it has to be said.
            let now = self.session.get_untracked();
            if now.credential.is_none() {
                popup::remember(Some(&credential));
                self.session.set(Session { credential: Some(credential), fault: Some(fault), ..now });
            }
        });
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
        client::speak(language);
        let notation = self.locale.with_untracked(|locale| notation(language, locale.as_deref()));
        self.formats.update(|formats| formats.locale = Some(notation));
        if self.language.get_untracked() != language {
            self.language.set(language);
        }
    }

    /// Takes over a locale. It chooses the language, too, where the person has chosen none.
    pub(super) fn adopt_locale(self, locale: String) {
        let told = Language::of_tag(&locale);
        self.locale.set(Some(locale));
        self.set_language(chosen_language().unwrap_or(told));
    }
}

/// The route that the page's address names, if it names one.
pub(super) fn asked_route(window: &Window) -> Option<Route> {
    Route::parse(&window.location().hash().unwrap_or_default())
}

fn storage() -> Option<web_sys::Storage> {
    web_sys::window()?.local_storage().ok()?
}

fn chosen_language() -> Option<Language> {
    let tag = storage()?.get_item(LANGUAGE_KEY).ok()??;
    Language::ALL.into_iter().find(|language| language.tag() == tag)
}

pub(super) fn set_root_attribute(name: &str, value: &str) {
    let root = web_sys::window().and_then(|window| window.document()).and_then(|document| document.document_element());
    if let Some(root) = root {
        // It fails only for names that are none.
        let _ = root.set_attribute(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::id::ZohoId;

    fn view(administrator: bool, connection: ConnectionState) -> SessionView {
        SessionView {
            user: "Ana".into(),
            user_id: ZohoId::new("1").unwrap(),
            administrator,
            crm_organisation: "Acme".into(),
            connection,
            xero_organisation: None,
        }
    }

    #[test]
    fn a_session_is_where_its_answers_left_it() {
        let over = Some(Fault::SignedOut(Absence::Ended));
        let kept = Some(Credential::Cookie);
        let session = |credential, view, fault, at_work| {
            Session { credential, view, fault, at_work, ..Session::default() }.stage()
        };
        let untold = || AtWork::Untold;
        assert_eq!(session(None, None, over.clone(), untold()), Stage::SignedOut);
        assert_eq!(session(kept.clone(), None, None, untold()), Stage::Asking);
        assert_eq!(session(kept.clone(), None, over, untold()), Stage::Failed);
        let missing = Some(view(true, ConnectionState::ZohoMissing));
        assert_eq!(session(kept.clone(), missing, None, untold()), Stage::CrmMissing);
        let broken = Some(view(false, ConnectionState::XeroBroken));
        assert_eq!(session(kept.clone(), broken.clone(), None, untold()), Stage::Ready);
        assert_eq!(
            session(kept, broken, None, AtWork::Unasked),
            Stage::Asking,
            "nothing is read before the CRM has told"
        );
    }

    #[test]
    fn what_the_crm_says_of_its_user_only_takes_a_session_away() {
        let user = |id: &str| CrmUser { id: id.into(), name: "Sam Sales".into() };
        let ana = Session::default().of(Credential::Cookie, view(true, ConnectionState::Connected));
        let same = ana.with_at_work(Some(user("1")));
        assert_eq!((same.stage(), same.turn), (Stage::Ready, ana.turn));
        let other = ana.with_at_work(Some(user("2")));
        assert_eq!((other.stage(), &other.view, other.other.as_deref()), (Stage::SignedOut, &None, Some("Ana")));
        assert!(other.turn > ana.turn, "what was asked for Ana is answered too late");
        // However late it comes.
        let late = ana.with_at_work(None).with_at_work(Some(user("2")));
        assert_eq!((late.stage(), late.view), (Stage::SignedOut, None));
        // It makes nobody somebody.
        assert_eq!(Session::default().with_at_work(Some(user("1"))).stage(), Stage::SignedOut);
        // Nor does signing in as somebody else again.
        let again = other.of(Credential::Cookie, view(true, ConnectionState::Connected));
        assert_eq!((again.stage(), again.other.as_deref()), (Stage::SignedOut, Some("Ana")));
        let sam = SessionView { user_id: ZohoId::new("2").unwrap(), ..view(false, ConnectionState::Connected) };
        assert_eq!(other.of(Credential::Cookie, sam).stage(), Stage::Ready);
        // Silence after the answer changes nothing.
        assert_eq!(same.with_at_work(None), same);
    }

    #[test]
    fn an_administrator_who_is_taken_out_sees_what_everybody_sees() {
        let told = |code| Fault::Problem(Box::new(shared::problem::of(code, &[])));
        let ana = Session::default().of(Credential::Cookie, view(true, ConnectionState::Connected));
        let doubted = ana.doubted(&told(Code::TakenOut)).unwrap();
        assert_eq!(
            (doubted.turn, doubted.is_administrator()),
            (ana.turn, true),
            "nothing changes before Zoho has told"
        );
        let now = doubted.of(Credential::Cookie, view(false, ConnectionState::Connected));
        assert!(now.turn > ana.turn && !now.is_administrator(), "every screen is built anew");
        assert_eq!(now.demoted.as_ref().map(|problem| problem.code), Some(Code::TakenOut));
        assert_eq!(now.doubted(&told(Code::TakenOut)), None, "it is known");
        // Where it was not so, or is not so any more, nothing is told.
        let still = doubted.of(Credential::Cookie, view(true, ConnectionState::Connected));
        assert_eq!((still.turn, still.demoted), (ana.turn, None));
        let again = now.of(Credential::Cookie, view(true, ConnectionState::Connected));
        assert_eq!((again.turn > now.turn, again.demoted), (true, None));
        assert!(ana.doubted(&told(Code::NotAdministrator)).is_some());
        assert_eq!(ana.doubted(&told(Code::XeroUnavailable)), None);
    }

    #[test]
    fn a_connected_organisation_needs_no_first_connection() {
        let of = |connection| Session::default().of(Credential::Cookie, view(false, connection)).nobody(None);
        assert!(
            of(ConnectionState::Connected).was_connected && of(ConnectionState::XeroBroken).nobody(None).was_connected
        );
        assert!(!of(ConnectionState::ZohoMissing).was_connected && !Session::default().nobody(None).was_connected);
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
