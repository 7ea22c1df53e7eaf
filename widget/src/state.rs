//! What the panel knows, as plain data, and how every event changes it.
//!
//! No browser, no clock, no I/O: [`update`] takes an event and returns what is to be done outside ([`Effect`]).
//! The shell does those things and comes back with further events; the views only show a [`Model`].
//! So whatever can go wrong between a click and its outcome is tested natively.

mod bulk;

pub use bulk::{Ask, Asking, Bulk, Run, Taken, Wanted};

use crate::popup::flow::{Act, Shown};
use crate::words;
use chrono::{DateTime, Utc};
use shared::api::{
    Action, ClaimReply, ConnectionState, EntriesPage, EntryView, Outcome, ProgressView, RecordView, SessionView, Step,
    SyncReply, Written,
};
use shared::id::{XeroId, ZohoId};
use shared::module::Module;
use shared::problem::{Code, Problem, Severity};
use shared::question::Decision;
use shared::settings::SettingChange;
use std::fmt;

/// How many records of a short list are synced at the same time.
const LANES: usize = 2;
/// How many entries a status reply brings at most; as many may mean that there are older ones.
const ENTRIES_IN_VIEW: usize = 5;

/// Something that only this page and the edge know. Its debug output does not tell it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(pub String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// How a request says whose session it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    /// By our cookie. The browser sends it, and no script can read it.
    Cookie,
    /// By a token that this page keeps, because the browser keeps no cookie of ours here.
    Bearer(Secret),
}

impl Credential {
    /// What a sign-in leaves behind: the token where the browser has kept no cookie.
    #[must_use]
    pub fn of_claim(token: Option<String>) -> Self {
        token.map_or(Self::Cookie, |token| Self::Bearer(Secret(token)))
    }
}

/// A user of the CRM, as its script tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CrmUser {
    /// The user's id.
    pub id: String,
    /// The user's name; empty where it is not told.
    pub name: String,
}

/// What the CRM's script says of who is at work. It may only take a session away.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum AtWork {
    /// Nobody has asked yet.
    #[default]
    Unasked,
    /// It is being asked.
    Asked,
    /// It does not say.
    Untold,
    /// This one.
    Told(CrmUser),
}

impl AtWork {
    /// Whether a session is that of somebody else, whatever the browser keeps.
    #[must_use]
    pub fn is_other(&self, session: &SessionView) -> bool {
        matches!(self, Self::Told(user) if user.id != session.user_id.as_str())
    }

    /// Whether there is nothing more to wait for.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        matches!(self, Self::Untold | Self::Told(_))
    }

    /// The user's name, if it is told.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Told(user) => &user.name,
            Self::Unasked | Self::Asked | Self::Untold => "",
        }
    }
}

/// Where the panel was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// The related list of a record page: shows the status and waits for a click.
    Panel,
    /// The popup of a record's button: syncs at once.
    Button,
    /// The popup of a list's button: syncs several records.
    List,
}

impl Mode {
    /// Reads it from the address of the page: its path (`/panel/button`, `/panel/list`), or the query of the addresses of
    /// before the paths (`?mode=button&serviceOrigin=…`), in which the CRM may have put a second `?`.
    #[must_use]
    pub fn of_address(path: &str, query: &str) -> Self {
        let of_query = || query.split(['?', '&']).find_map(|pair| pair.strip_prefix("mode="));
        match path.trim_end_matches('/').strip_prefix("/panel/").or_else(of_query) {
            Some("button") => Self::Button,
            Some("list") => Self::List,
            _ => Self::Panel,
        }
    }
}

/// What the CRM's script told about the page around the panel. A hint: the edge checks every right.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PageContext {
    /// The module's API name.
    pub entity: Option<String>,
    /// The records' ids; the script gives one text or a list.
    pub ids: Vec<String>,
}

/// Which records the panel is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Page {
    /// The CRM has not told yet.
    Waiting,
    /// The CRM did not tell in time. It may still do so.
    SdkMissing,
    /// The page has no saved record.
    NoRecord,
    /// The page's module is none of the six.
    Unsupported(String),
    /// One or more records of a module.
    Records(Module, Vec<String>),
}

/// What a vendor's window was opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Signing in with Zoho.
    SignIn,
    /// Signing in and connecting the CRM organisation by the same consent.
    ConnectZoho,
    /// Connecting a Xero organisation.
    ConnectXero,
}

/// Why there is no session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Absence {
    /// Nobody is signed in.
    Nobody,
    /// The one that was there has ended.
    Ended,
}

/// Why a call to the edge did not succeed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// There is no session.
    SignedOut(Absence),
    /// Anything else.
    Problem(Box<Problem>),
}

/// What was being done when something failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum During {
    /// Reading where the record stands.
    Read,
    /// Syncing it.
    Sync,
}

/// A record of the list.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The CRM record.
    pub id: String,
    /// Its name, once known.
    pub name: Option<String>,
    /// How far it is.
    pub phase: Phase,
}

/// How far a record of the list is.
#[derive(Debug, Clone, PartialEq)]
pub enum Phase {
    /// Its turn has not come.
    Waiting,
    /// Being synced.
    Working,
    /// Ended with an entry.
    Ended(Ending),
    /// The call itself failed.
    Refused(Box<Problem>),
}

/// How a record of the list ended: what its row shows of the entry.
#[derive(Debug, Clone, PartialEq)]
pub struct Ending {
    /// How.
    pub outcome: Outcome,
    /// Whether Xero was written, or else only the CRM.
    pub wrote_xero: bool,
    /// What was wrong or worth knowing.
    pub problems: Vec<Problem>,
}

impl From<EntryView> for Ending {
    fn from(entry: EntryView) -> Self {
        Self { outcome: entry.outcome, wrote_xero: wrote_xero(&entry), problems: entry.problems }
    }
}

impl Phase {
    /// Whether trying again makes sense: it failed or was put off.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Ended(ending) => {
                let again = matches!(ending.outcome, Outcome::Failed | Outcome::Deferred | Outcome::Undecided);
                again && !ending.problems.iter().any(Problem::takes_another)
            }
            Self::Refused(problem) => !problem.takes_another(),
            Self::Waiting | Self::Working => false,
        }
    }

    /// The problems that it ended with.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        match self {
            Self::Ended(ending) => &ending.problems,
            Self::Refused(problem) => std::slice::from_ref(problem),
            Self::Waiting | Self::Working => &[],
        }
    }
}

/// Older entries of the log, read on request.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Older {
    /// Those read so far, newest first.
    pub entries: Vec<EntryView>,
    /// Whether there are more; none before the first page was read.
    pub more: Option<bool>,
    /// Whether a page is on its way.
    pub loading: bool,
}

/// Everything that the panel knows.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    /// Where it was opened.
    pub mode: Mode,
    /// How requests say whose session they belong to; none: nobody is signed in. Whether a cookie is there is not known
    /// before the edge has answered.
    pub credential: Option<Credential>,
    /// Who is signed in, once known.
    pub session: Option<SessionView>,
    /// Who is at work, as the CRM tells.
    pub at_work: AtWork,
    /// Which records it is about.
    pub page: Page,
    /// The vendor's window that is open.
    pub window: Option<Shown>,
    /// What went wrong beside the record itself: the sign-in window, a setting that could not be saved.
    pub notice: Option<Problem>,
    /// Counts the records and sessions shown, so that late answers to earlier questions are told apart.
    pub ticket: u32,
    /// Whether the status is being read.
    pub reading: bool,
    /// Where the record stands.
    pub view: Option<RecordView>,
    /// Why the last reading or sync failed as a whole.
    pub fault: Option<(During, Problem)>,
    /// The steps of the sync that is under way.
    pub work: Option<Vec<Step>>,
    /// What the last click in this panel did.
    pub entry: Option<EntryView>,
    /// Whether a setting is being saved.
    pub saving: bool,
    /// Older entries of the log.
    pub older: Older,
    /// Whether the popup is about to close by itself.
    pub closing: bool,
    /// A session is being ended: until the edge has heard of it, this browser's cookie says nothing of who is signed in.
    pub leaving: bool,
    /// The records of the list.
    pub rows: Vec<Row>,
    /// Whose outcomes they show.
    pub rows_of: Option<ZohoId>,
    /// Whether the list was stopped before its end.
    pub stopped: bool,
    /// The run that syncs a longer list.
    pub bulk: Bulk,
    /// Whether the browser says that this page was loaded anew: then the CRM may have told already which record is open,
    /// and tell it only once.
    pub reloaded: bool,
}

impl Model {
    /// A panel that has just opened.
    #[must_use]
    pub fn new(mode: Mode, credential: Option<Credential>) -> Self {
        Self {
            mode,
            credential,
            session: None,
            at_work: AtWork::Unasked,
            page: Page::Waiting,
            window: None,
            notice: None,
            ticket: 0,
            reading: false,
            view: None,
            fault: None,
            work: None,
            entry: None,
            saving: false,
            older: Older::default(),
            closing: false,
            leaving: false,
            rows: Vec::new(),
            rows_of: None,
            stopped: false,
            bulk: Bulk::default(),
            reloaded: false,
        }
    }
}

/// What the whole panel is in, one name each; also the `data-state` attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// Nobody is signed in.
    SignedOut,
    /// No administrator has connected the CRM.
    ZohoMissing,
    /// Xero is not connected.
    XeroMissing,
    /// A connection that was there is dead.
    Broken,
    /// The first answer is on its way.
    Loading,
    /// Not in Xero, or not linked.
    NotSynced,
    /// Both sides agree.
    InStep,
    /// A sync would change something.
    Changes,
    /// A sync is under way.
    Working,
    /// The click changed something.
    Done,
    /// It could not be sent, or can't be.
    Failed,
    /// Left alone on purpose.
    Skipped,
    /// Xero takes no changes.
    Locked,
    /// A limit is reached, or something has to be waited for.
    Limited,
    /// The CRM's script did not answer.
    SdkMissing,
    /// The status could not be read.
    Error,
    /// Several records.
    List,
}

impl State {
    /// All of them.
    pub const ALL: [Self; 17] = [
        Self::SignedOut,
        Self::ZohoMissing,
        Self::XeroMissing,
        Self::Broken,
        Self::Loading,
        Self::NotSynced,
        Self::InStep,
        Self::Changes,
        Self::Working,
        Self::Done,
        Self::Failed,
        Self::Skipped,
        Self::Locked,
        Self::Limited,
        Self::SdkMissing,
        Self::Error,
        Self::List,
    ];

    /// The name as it stands in `data-state`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SignedOut => "signed-out",
            Self::ZohoMissing => "zoho-missing",
            Self::XeroMissing => "xero-missing",
            Self::Broken => "broken",
            Self::Loading => "loading",
            Self::NotSynced => "not-synced",
            Self::InStep => "in-step",
            Self::Changes => "changes",
            Self::Working => "working",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::Locked => "locked",
            Self::Limited => "limited",
            Self::SdkMissing => "sdk-missing",
            Self::Error => "error",
            Self::List => "list",
        }
    }
}

/// What the primary button does when it is pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Press {
    /// Opens the vendor's window.
    Open(Purpose),
    /// Reads the status again.
    CheckAgain,
    /// Syncs the record.
    Sync,
    /// Loads the panel anew.
    Reload,
    /// Closes the popup; the CRM's page is loaded anew.
    Close,
    /// Starts no further record of a short list.
    Stop,
    /// Ends the list's run.
    Cancel,
    /// Takes up the list's records that failed, were put off or did not get their turn.
    Retry,
    /// Nothing: something is under way.
    Nothing,
}

/// The one primary button.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Primary {
    /// What it says.
    pub label: &'static str,
    /// What it does.
    pub press: Press,
    /// Whether it stands back, because there is nothing to do.
    pub quiet: bool,
}

/// How an outcome looks: never by colour alone, each has a sign of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Nothing to say yet.
    Quiet,
    /// Well.
    Good,
    /// Something waits for a click.
    Pending,
    /// Something is under way.
    Busy,
    /// Something should be known.
    Warn,
    /// Something failed.
    Bad,
    /// Xero has locked it.
    Locked,
}

impl Tone {
    /// The name as it stands in the style sheet.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Quiet => "quiet",
            Self::Good => "good",
            Self::Pending => "pending",
            Self::Busy => "busy",
            Self::Warn => "warn",
            Self::Bad => "bad",
            Self::Locked => "locked",
        }
    }
}

/// How many records of the list ended how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// All of them.
    pub total: usize,
    /// Ended in any way.
    pub ended: usize,
    /// Created in Xero.
    pub created: usize,
    /// Updated on either side.
    pub updated: usize,
    /// Agreed already.
    pub unchanged: usize,
    /// Left alone on purpose.
    pub skipped: usize,
    /// Failed.
    pub failed: usize,
    /// Put off.
    pub deferred: usize,
    /// Need a decision.
    pub undecided: usize,
}

/// How the work on the list goes, while some of its records have no outcome yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Course {
    /// It is being done.
    UnderWay,
    /// Its run waits and goes on by itself.
    Waiting,
    /// It has ended early.
    Stopped,
    /// The edge has not taken it up.
    NotStarted,
}

/// An event.
#[derive(Debug, Clone, PartialEq)]
pub enum Msg {
    /// The panel was opened.
    Started,
    /// The CRM's script told about the page.
    PageLoad(PageContext),
    /// The CRM's script did not answer in time.
    SdkSilent,
    /// The primary button, or one that does the same, was pressed.
    Pressed(Press),
    /// "Check again" beside the primary button was pressed.
    Refresh,
    /// The CRM's script told who is at work, or does not.
    AtWork(Option<CrmUser>),
    /// The page is in sight again: somebody may have signed in or out in another tab.
    InSight,
    /// The person does something about the vendor's window.
    Window(Act),
    /// What is shown of the vendor's window has changed.
    WindowShown(Option<Shown>),
    /// The window came back: signed in.
    SignedIn(Box<ClaimReply>),
    /// The window came back: Xero is connected.
    XeroConnected,
    /// Nothing has come of the window in time.
    WindowLate,
    /// The window came back with a problem, or could not be sent to the vendor.
    WindowFailed(Fault),
    /// Who is signed in.
    SessionArrived(u32, Result<SessionView, Fault>),
    /// Somebody has signed in elsewhere in this browser.
    SessionFound(u32, SessionView),
    /// Where the record stands.
    RecordArrived(u32, Result<Box<RecordView>, Fault>),
    /// The steps of the sync that is under way.
    ProgressArrived(u32, ProgressView),
    /// A sync ended: ticket, CRM record, outcome.
    SyncEnded(u32, String, Result<Box<SyncReply>, Fault>),
    /// "Save" of a remedy was pressed.
    RemedyChosen(SettingChange),
    /// A question's answer was saved, or a decision without a question: the CRM record and the decision.
    Decided(Module, String, Decision),
    /// The setting or decision was saved, or not.
    RemedySaved(u32, Result<(), Fault>),
    /// "Show older entries" was pressed.
    OlderWanted,
    /// A page of older entries.
    OlderArrived(u32, Result<EntriesPage, Fault>),
    /// The names of the list's records: (id, name).
    NamesArrived(u32, Vec<(String, String)>),
    /// A call about a run was answered: the question's number, the question, the run.
    RunArrived(u32, Ask, Result<Box<Run>, Fault>),
    /// A page of the run's outcomes, for the question of this number.
    OutcomesArrived(u32, Result<EntriesPage, Fault>),
    /// The moment to look at the run again has come.
    LookDue(u32),
    /// The moment to close the popup has come.
    CloseDue,
    /// "Keep open" was pressed.
    KeepOpen,
    /// "Sign out" was pressed.
    SignOut,
    /// The edge has ended the session, or says that there was none.
    SessionEnded,
    /// The edge could not be told that this session is over.
    StillSignedIn(Credential),
}

/// Something to be done outside.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Wait for the CRM's script and listen to it.
    StartSdk,
    /// Ask the CRM's script who is at work.
    AskAtWork,
    /// Keep the token for this tab, or forget the one that is kept.
    Remember(Option<Credential>),
    /// Tell the edge that this session is over.
    EndSession(Credential),
    /// Ask who is signed in.
    ReadSession(u32),
    /// Ask whether somebody has signed in elsewhere in this browser.
    FindSession(u32),
    /// Ask where a record stands.
    ReadRecord(u32, Module, String),
    /// Sync a record.
    Sync(u32, Module, String),
    /// Follow the steps of a sync until it ends.
    Watch(u32, Module, String),
    /// Ask for log entries older than this one.
    ReadEntries(u32, Module, String, String),
    /// Ask the CRM for records' names.
    ReadNames(u32, Module, Vec<String>),
    /// Make a call about a run. The number comes back with the answer; so for the next two.
    Run(u32, Ask),
    /// Ask for a page of a run's outcomes.
    ReadOutcomes(u32, Wanted),
    /// Tell when the moment to look at the run again has come: after about a second, or a longer while.
    LookSoon(u32, bool),
    /// Save a setting.
    Save(u32, SettingChange),
    /// Save what was decided about a record.
    Decide(u32, Module, String, Decision),
    /// Open a vendor's window, at once: browsers allow it only after a click.
    OpenWindow(Purpose),
    /// Tell the vendor's window what the person does about it.
    Window(Act),
    /// Close our own popup after a moment that a screen reader can follow.
    CloseSoon,
    /// Close our own popup and load the CRM's page anew.
    Close,
    /// Load the panel anew.
    Reload,
}

/// Takes an event and returns what is to be done outside, in this order.
pub fn update(model: &mut Model, msg: Msg) -> Vec<Effect> {
    match msg {
        Msg::Started => {
            let mut effects = vec![Effect::StartSdk];
            if model.credential.is_some() {
                effects.push(Effect::ReadSession(model.ticket));
            }
            effects
        }
        Msg::PageLoad(context) => page_load(model, context),
        Msg::SdkSilent => {
            if model.page == Page::Waiting {
                model.page = Page::SdkMissing;
            }
            Vec::new()
        }
        Msg::Pressed(press) => pressed(model, press),
        Msg::Refresh => refresh(model),
        Msg::AtWork(told) => at_work(model, told),
        Msg::InSight => match (&model.credential, &model.window) {
            (Some(_), _) => vec![Effect::ReadSession(model.ticket)],
            (None, None) if !model.leaving => vec![Effect::FindSession(model.ticket)],
            (None, _) => Vec::new(),
        },
        Msg::Window(act) => vec![Effect::Window(act)],
        Msg::WindowShown(shown) => {
            model.window = shown;
            Vec::new()
        }
        Msg::WindowLate => {
            model.notice = Some(words::window_late());
            Vec::new()
        }
        Msg::WindowFailed(fault) => match fault {
            Fault::SignedOut(absence) => signed_out(model, absence),
            Fault::Problem(problem) => {
                model.notice = Some(*problem);
                Vec::new()
            }
        },
        Msg::SignedIn(reply) => {
            let reply = *reply;
            let credential = Credential::of_claim(reply.token);
            let mut effects = vec![Effect::Remember(Some(credential.clone()))];
            effects.extend(enter(model, credential, reply.session));
            effects
        }
        Msg::XeroConnected => {
            model.notice = None;
            model.session = None;
            model.fault = None;
            let mut effects = vec![Effect::ReadSession(model.ticket)];
            effects.extend(begin(model));
            effects
        }
        Msg::SessionArrived(ticket, result) => session_arrived(model, ticket, result),
        Msg::SessionFound(ticket, session) => {
            if ticket != model.ticket || model.credential.is_some() || model.window.is_some() {
                return Vec::new();
            }
            enter(model, Credential::Cookie, session)
        }
        Msg::RecordArrived(ticket, result) => record_arrived(model, ticket, result),
        Msg::ProgressArrived(ticket, progress) => {
            // The last question may be answered before the first; steps only grow.
            if let Some(steps) = &mut model.work
                && ticket == model.ticket
                && progress.steps.len() >= steps.len()
            {
                *steps = progress.steps;
            }
            Vec::new()
        }
        Msg::SyncEnded(ticket, id, result) => sync_ended(model, ticket, &id, result),
        Msg::RemedyChosen(change) => {
            if model.saving {
                return Vec::new();
            }
            model.saving = true;
            model.notice = None;
            vec![Effect::Save(model.ticket, change)]
        }
        Msg::Decided(module, id, decision) => {
            if model.saving {
                return Vec::new();
            }
            model.saving = true;
            model.notice = None;
            vec![Effect::Decide(model.ticket, module, id, decision)]
        }
        Msg::RemedySaved(ticket, result) => remedy_saved(model, ticket, result),
        Msg::OlderWanted => older_wanted(model),
        Msg::OlderArrived(ticket, result) => older_arrived(model, ticket, result),
        Msg::NamesArrived(ticket, names) => {
            if ticket == model.ticket {
                for row in &mut model.rows {
                    // What the edge said is better than what the script said.
                    if row.name.is_none() {
                        row.name = names.iter().find(|(id, _)| *id == row.id).map(|(_, name)| name.clone());
                    }
                }
            }
            Vec::new()
        }
        Msg::RunArrived(turn, ask, result) => bulk::arrived(model, turn, &ask, result),
        Msg::OutcomesArrived(turn, result) => bulk::outcomes_arrived(model, turn, result),
        Msg::LookDue(turn) => bulk::look_due(model, turn),
        Msg::CloseDue => {
            if model.closing {
                vec![Effect::Close]
            } else {
                Vec::new()
            }
        }
        Msg::KeepOpen => {
            model.closing = false;
            Vec::new()
        }
        Msg::SignOut => {
            let credential = model.credential.take();
            model.leaving = credential.is_some();
            let mut effects = forget(model);
            effects.push(Effect::Remember(None));
            effects.extend(credential.map(Effect::EndSession));
            effects
        }
        Msg::SessionEnded => {
            model.leaving = false;
            Vec::new()
        }
        Msg::StillSignedIn(credential) => {
            model.leaving = false;
            if model.credential.is_some() {
                return Vec::new();
            }
            // Whoever comes next would be signed in all the same: it has to be said.
            model.credential = Some(credential.clone());
            model.notice = Some(words::still_signed_in());
            let mut effects = vec![Effect::Remember(Some(credential)), Effect::ReadSession(model.ticket)];
            effects.extend(read(model));
            effects
        }
    }
}

/// Somebody is signed in, from now on.
fn enter(model: &mut Model, credential: Credential, session: SessionView) -> Vec<Effect> {
    next_ticket(model);
    model.notice = None;
    model.credential = Some(credential);
    if model.at_work.is_other(&session) {
        return other_user(model, &session.user);
    }
    adopt(model, session);
    begin(model)
}

/// Takes over who is signed in. What the list tells was read with the rights of whoever was it before.
fn adopt(model: &mut Model, session: SessionView) {
    if model.rows_of.as_ref().is_some_and(|before| *before != session.user_id) {
        model.rows.clear();
        model.bulk = model.bulk.anew();
    }
    model.rows_of = Some(session.user_id.clone());
    model.session = Some(session);
}

/// The CRM told who is at work: only then is anything read.
fn at_work(model: &mut Model, told: Option<CrmUser>) -> Vec<Effect> {
    match (told, &model.at_work) {
        (Some(user), _) => {
            let waited = !model.at_work.is_settled();
            model.at_work = AtWork::Told(user);
            match model.session.as_ref().filter(|session| model.at_work.is_other(session)) {
                Some(session) => {
                    let name = session.user.clone();
                    other_user(model, &name)
                }
                None if waited => begin(model),
                None => Vec::new(),
            }
        }
        (None, AtWork::Unasked | AtWork::Asked) => {
            model.at_work = AtWork::Untold;
            begin(model)
        }
        (None, AtWork::Untold | AtWork::Told(_)) => Vec::new(),
    }
}

/// The session is another user's than the one who is at work in the CRM. It stays with the browser and is not used here.
fn other_user(model: &mut Model, signed_in: &str) -> Vec<Effect> {
    model.credential = None;
    let mut effects = forget(model);
    model.rows.clear();
    model.bulk = model.bulk.anew();
    model.notice = Some(words::other_user(signed_in, model.at_work.name()));
    effects.push(Effect::Remember(None));
    effects
}

fn page_load(model: &mut Model, context: PageContext) -> Vec<Effect> {
    let module = context.entity.as_deref().and_then(Module::from_api_name);
    model.page = match (module, context.entity) {
        (_, None) => Page::NoRecord,
        (None, Some(entity)) => Page::Unsupported(entity),
        (Some(_), Some(_)) if context.ids.is_empty() => Page::NoRecord,
        (Some(module), Some(_)) => Page::Records(module, context.ids),
    };
    next_ticket(model);
    if model.at_work == AtWork::Unasked {
        model.at_work = AtWork::Asked;
        return vec![Effect::AskAtWork];
    }
    begin(model)
}

/// From here on answers to earlier questions are too late.
fn next_ticket(model: &mut Model) {
    model.ticket += 1;
    model.reading = false;
    model.view = None;
    model.fault = None;
    model.work = None;
    model.entry = None;
    model.saving = false;
    model.older = Older::default();
    model.closing = false;
}

/// Starts what this mode does by itself, as soon as there are both a session and a record.
fn begin(model: &mut Model) -> Vec<Effect> {
    let Page::Records(module, ids) = &model.page else { return Vec::new() };
    if model.credential.is_none() || !model.at_work.is_settled() || model.connection_state().is_some() {
        return Vec::new();
    }
    if model.is_list() {
        if model.rows.iter().map(|row| &row.id).ne(ids) {
            model.rows = ids.iter().map(|id| Row { id: id.clone(), name: None, phase: Phase::Waiting }).collect();
            model.bulk = model.bulk.anew();
        }
        model.stopped = false;
        let mut effects = vec![Effect::ReadNames(model.ticket, *module, ids.clone())];
        effects.extend(if model.is_bulk() { bulk::resume(model) } else { pump(model) });
        effects
    } else if model.mode == Mode::Button {
        sync(model)
    } else {
        read(model)
    }
}

fn read(model: &mut Model) -> Vec<Effect> {
    let Some((module, id)) = model.record() else { return Vec::new() };
    model.reading = true;
    vec![Effect::ReadRecord(model.ticket, module, id)]
}

fn sync(model: &mut Model) -> Vec<Effect> {
    let Some((module, id)) = model.record() else { return Vec::new() };
    if model.work.is_some() {
        return Vec::new();
    }
    // A reading that is still on its way would tell how things stood before the sync.
    let view = model.view.take();
    next_ticket(model);
    model.view = view;
    model.work = Some(vec![Step::Read]);
    model.notice = None;
    vec![Effect::Sync(model.ticket, module, id.clone()), Effect::Watch(model.ticket, module, id)]
}

fn pressed(model: &mut Model, press: Press) -> Vec<Effect> {
    match press {
        Press::Open(purpose) => {
            model.notice = None;
            vec![Effect::OpenWindow(purpose)]
        }
        Press::CheckAgain => refresh(model),
        Press::Sync => sync(model),
        Press::Reload => vec![Effect::Reload],
        Press::Close => vec![Effect::Close],
        Press::Stop => {
            model.stopped = true;
            Vec::new()
        }
        Press::Cancel => bulk::cancel(model),
        Press::Retry => retry(model),
        Press::Nothing => Vec::new(),
    }
}

fn refresh(model: &mut Model) -> Vec<Effect> {
    if model.reading || model.work.is_some() {
        return Vec::new();
    }
    model.notice = None;
    // What kept us from the record may be over: the connection, the limit, the fault.
    let mut effects = Vec::new();
    if model.connection_state().is_some() {
        model.session = None;
        model.fault = None;
        effects.push(Effect::ReadSession(model.ticket));
        effects.extend(begin(model));
    } else {
        effects.extend(read(model));
    }
    effects
}

fn session_arrived(model: &mut Model, ticket: u32, result: Result<SessionView, Fault>) -> Vec<Effect> {
    match result {
        // A session is of the browser, not of the record: a late answer is good as long as somebody is signed in.
        Ok(session) if model.at_work.is_other(&session) => {
            // The edge may have refused the record already; it does not say who is signed in.
            let untold = model.notice.is_none() && model.window.is_none();
            if model.credential.is_some() || untold { other_user(model, &session.user) } else { Vec::new() }
        }
        Ok(session) => {
            let Some(credential) = model.credential.clone() else { return Vec::new() };
            // Somebody else has signed in in another tab.
            if model.rows_of.as_ref().is_some_and(|before| *before != session.user_id) {
                return enter(model, credential, session);
            }
            adopt(model, session);
            Vec::new()
        }
        Err(Fault::SignedOut(absence)) if ticket == model.ticket || model.session.is_none() => {
            signed_out(model, absence)
        }
        // The record's own answer tells whatever else is wrong.
        Err(_) => Vec::new(),
    }
}

fn record_arrived(model: &mut Model, ticket: u32, result: Result<Box<RecordView>, Fault>) -> Vec<Effect> {
    if ticket != model.ticket {
        return Vec::new();
    }
    model.reading = false;
    match result {
        Ok(view) => {
            model.view = Some(*view);
            model.fault = None;
            model.entry = None;
            model.older = Older::default();
            Vec::new()
        }
        Err(Fault::SignedOut(absence)) => signed_out(model, absence),
        Err(Fault::Problem(problem)) => {
            model.fault = Some((During::Read, *problem));
            Vec::new()
        }
    }
}

fn sync_ended(model: &mut Model, ticket: u32, id: &str, result: Result<Box<SyncReply>, Fault>) -> Vec<Effect> {
    if ticket != model.ticket {
        return Vec::new();
    }
    if let Err(Fault::SignedOut(absence)) = result {
        return signed_out(model, absence);
    }
    if model.is_list() {
        return row_ended(model, id, result);
    }
    model.work = None;
    match result {
        Ok(reply) => {
            let reply = *reply;
            model.closing = model.mode == Mode::Button && went_well(&reply.entry);
            model.view = Some(reply.view);
            model.entry = Some(reply.entry);
            model.older = Older::default();
        }
        Err(Fault::Problem(problem)) => model.fault = Some((During::Sync, *problem)),
        Err(Fault::SignedOut(_)) => {}
    }
    if model.closing { vec![Effect::CloseSoon] } else { Vec::new() }
}

/// Whether there is nothing that the person has to read.
fn went_well(entry: &EntryView) -> bool {
    matches!(entry.outcome, Outcome::Created | Outcome::Updated | Outcome::Unchanged)
        && entry.problems.is_empty()
        && entry.dependencies.iter().all(|dependency| dependency.problems.is_empty())
}

fn row_ended(model: &mut Model, id: &str, result: Result<Box<SyncReply>, Fault>) -> Vec<Effect> {
    let mut name = None;
    let phase = match result {
        Ok(reply) => {
            name = Some(reply.entry.name.clone());
            Phase::Ended(reply.entry.into())
        }
        Err(Fault::Problem(problem)) => {
            if connection_of(problem.code).is_some() {
                // Nothing that follows can succeed: the records keep their turn for later.
                model.fault = Some((During::Sync, *problem));
                for row in &mut model.rows {
                    if row.phase == Phase::Working {
                        row.phase = Phase::Waiting;
                    }
                }
                model.ticket += 1;
                return Vec::new();
            }
            Phase::Refused(problem)
        }
        Err(Fault::SignedOut(_)) => Phase::Waiting,
    };
    // The same limit would meet all that follow.
    if phase.problems().iter().any(|problem| is_limit(problem.code)) {
        model.stopped = true;
    }
    if let Some(row) = model.rows.iter_mut().find(|row| row.id == id) {
        row.name = name.or(row.name.take());
        row.phase = phase;
    }
    pump(model)
}

/// Starts as many records of a short list as may be under way.
fn pump(model: &mut Model) -> Vec<Effect> {
    let Page::Records(module, _) = model.page else { return Vec::new() };
    let mut effects = Vec::new();
    if model.stopped {
        return effects;
    }
    let mut busy = model.rows.iter().filter(|row| row.phase == Phase::Working).count();
    for row in &mut model.rows {
        if busy >= LANES {
            break;
        }
        if row.phase == Phase::Waiting {
            row.phase = Phase::Working;
            busy += 1;
            effects.push(Effect::Sync(model.ticket, module, row.id.clone()));
        }
    }
    effects
}

fn retry(model: &mut Model) -> Vec<Effect> {
    if model.is_bulk() {
        return bulk::take_up(model);
    }
    for row in &mut model.rows {
        if row.phase.is_retryable() {
            row.phase = Phase::Waiting;
        }
    }
    model.stopped = false;
    model.notice = None;
    pump(model)
}

fn remedy_saved(model: &mut Model, ticket: u32, result: Result<(), Fault>) -> Vec<Effect> {
    if ticket != model.ticket {
        return Vec::new();
    }
    model.saving = false;
    match result {
        Ok(()) if model.is_list() => retry(model),
        // Who has asked for a sync gets it; who was only looking is shown what it would do now.
        Ok(()) if model.was_attempted() => sync(model),
        Ok(()) => read(model),
        Err(Fault::SignedOut(absence)) => signed_out(model, absence),
        Err(Fault::Problem(problem)) => {
            model.notice = Some(*problem);
            Vec::new()
        }
    }
}

fn older_wanted(model: &mut Model) -> Vec<Effect> {
    let last = model.entries().last().map(|entry| entry.id.clone());
    let (Some((module, id)), Some(last)) = (model.record(), last) else { return Vec::new() };
    if model.older.loading {
        return Vec::new();
    }
    model.older.loading = true;
    vec![Effect::ReadEntries(model.ticket, module, id, last)]
}

fn older_arrived(model: &mut Model, ticket: u32, result: Result<EntriesPage, Fault>) -> Vec<Effect> {
    // A sync in between starts the log anew; then nobody waits for this page any more.
    if ticket != model.ticket || !model.older.loading {
        return Vec::new();
    }
    model.older.loading = false;
    match result {
        Ok(page) => {
            model.older.entries.extend(page.entries);
            model.older.more = Some(page.more);
            Vec::new()
        }
        Err(Fault::SignedOut(absence)) => signed_out(model, absence),
        Err(Fault::Problem(problem)) => {
            model.notice = Some(*problem);
            Vec::new()
        }
    }
}

/// The edge knows of no session, or of none any more.
fn signed_out(model: &mut Model, absence: Absence) -> Vec<Effect> {
    if model.credential.take().is_none() {
        return Vec::new();
    }
    // Who has not been signed in here has nothing to be told.
    let was_here = absence == Absence::Ended || model.session.is_some();
    let mut effects = forget(model);
    model.notice = was_here.then(words::session_over);
    effects.push(Effect::Remember(None));
    effects
}

/// Leaves nothing of the signed-in person on the screen; what the list has not done keeps its turn.
fn forget(model: &mut Model) -> Vec<Effect> {
    next_ticket(model);
    model.session = None;
    model.notice = None;
    model.bulk.let_go();
    for row in &mut model.rows {
        if row.phase == Phase::Working {
            row.phase = Phase::Waiting;
        }
    }
    // A window that connects Xero does it for the session that is gone.
    let connects = model.window.as_ref().is_some_and(|window| window.purpose == Purpose::ConnectXero);
    if connects { vec![Effect::Window(Act::Cancel)] } else { Vec::new() }
}

/// The state that a problem of the connection puts the panel in.
fn connection_of(code: Code) -> Option<State> {
    match code {
        Code::ZohoNotConnected => Some(State::ZohoMissing),
        Code::XeroNotConnected => Some(State::XeroMissing),
        Code::ZohoDisconnected | Code::XeroDisconnected | Code::XeroScopeMissing | Code::ZohoScopeMissing => {
            Some(State::Broken)
        }
        _ => None,
    }
}

fn is_limit(code: Code) -> bool {
    matches!(
        code,
        Code::XeroMinuteLimit
            | Code::XeroMinuteShare
            | Code::XeroDayLimit
            | Code::XeroDayShare
            | Code::DayReserve
            | Code::XeroConcurrentLimit
            | Code::ZohoLimit
            | Code::ZohoTokenLimit
            | Code::TooManyRequests
            | Code::DatabaseDayLimit
    )
}

impl Model {
    /// Whether it shows several records as a list.
    #[must_use]
    pub fn is_list(&self) -> bool {
        self.mode == Mode::List
            || matches!(&self.page, Page::Records(_, ids) if self.mode == Mode::Button && ids.len() > 1)
    }

    /// Whether its list is so long that a run syncs it.
    #[must_use]
    pub fn is_bulk(&self) -> bool {
        self.is_list() && matches!(&self.page, Page::Records(_, ids) if ids.len() > bulk::ONE_BY_ONE)
    }

    /// Whether the list is being worked on.
    #[must_use]
    pub fn is_list_busy(&self) -> bool {
        self.bulk.live || self.bulk.asking.is_some() || self.rows.iter().any(|row| row.phase == Phase::Working)
    }

    /// How the work on the list goes.
    #[must_use]
    pub fn course(&self) -> Course {
        if self.bulk.waits() {
            Course::Waiting
        } else if self.bulk.fault.is_some() && !self.is_list_busy() {
            Course::NotStarted
        } else if self.stopped {
            Course::Stopped
        } else {
            Course::UnderWay
        }
    }

    /// What is wrong with the list's run as a whole, and when it goes on by itself.
    #[must_use]
    pub fn run_problem(&self) -> Option<(&Problem, Option<DateTime<Utc>>)> {
        if let Some(fault) = &self.bulk.fault {
            return Some((fault, None));
        }
        let run = self.bulk.run.as_ref().filter(|run| self.bulk.waits() || run.state.ended())?;
        Some((run.problem.as_ref()?, run.resumes_at))
    }

    /// The one record that it shows.
    #[must_use]
    pub fn record(&self) -> Option<(Module, String)> {
        match &self.page {
            Page::Records(module, ids) if !self.is_list() => ids.first().map(|id| (*module, id.clone())),
            _ => None,
        }
    }

    /// The state in which a missing or dead connection puts the panel; none while nothing of the kind is known.
    #[must_use]
    pub fn connection_state(&self) -> Option<State> {
        if let Some(state) = self.fault.as_ref().and_then(|(_, problem)| connection_of(problem.code)) {
            return Some(state);
        }
        match self.session.as_ref()?.connection {
            ConnectionState::ZohoMissing => Some(State::ZohoMissing),
            ConnectionState::XeroMissing => Some(State::XeroMissing),
            ConnectionState::ZohoBroken | ConnectionState::XeroBroken => Some(State::Broken),
            ConnectionState::Connected => None,
        }
    }

    /// Whether it is Zoho's side of the connection that is missing or dead.
    #[must_use]
    pub fn is_zoho_side(&self) -> bool {
        match self.fault.as_ref().map(|(_, problem)| problem.code) {
            Some(Code::ZohoNotConnected | Code::ZohoDisconnected | Code::ZohoScopeMissing) => true,
            Some(Code::XeroNotConnected | Code::XeroDisconnected | Code::XeroScopeMissing) => false,
            _ => matches!(
                self.session.as_ref().map(|session| session.connection),
                Some(ConnectionState::ZohoMissing | ConnectionState::ZohoBroken)
            ),
        }
    }

    /// Whether the signed-in person administers the CRM.
    #[must_use]
    pub fn is_administrator(&self) -> bool {
        match (&self.session, &self.view) {
            (Some(session), _) => session.administrator,
            (None, Some(view)) => view.administrator,
            (None, None) => false,
        }
    }

    /// Whether it waits for somebody's answer, and for nothing else.
    pub(crate) fn is_undecided(&self) -> bool {
        let problems = self.problems();
        let mut stopping = problems.iter().filter(|problem| problem.stops()).peekable();
        stopping.peek().is_some() && stopping.all(Problem::is_open)
    }

    /// Whether the last thing asked for in this panel was a sync that did not succeed.
    fn was_attempted(&self) -> bool {
        match (&self.fault, &self.entry) {
            (Some((during, _)), _) => *during == During::Sync,
            (None, Some(entry)) => !matches!(entry.outcome, Outcome::Created | Outcome::Updated | Outcome::Unchanged),
            (None, None) => false,
        }
    }

    /// The entries of the log that are known, newest first.
    pub fn entries(&self) -> impl Iterator<Item = &EntryView> {
        self.view.iter().flat_map(|view| &view.entries).chain(&self.older.entries)
    }

    /// Whether the log may have older entries.
    #[must_use]
    pub fn has_older(&self) -> bool {
        let in_view = self.view.as_ref().map_or(0, |view| view.entries.len());
        self.older.more.unwrap_or(in_view >= ENTRIES_IN_VIEW)
    }

    /// What the panel is in.
    #[must_use]
    pub fn state(&self) -> State {
        match self.page {
            Page::SdkMissing => return State::SdkMissing,
            Page::NoRecord | Page::Unsupported(_) => return State::Error,
            Page::Waiting | Page::Records(..) => {}
        }
        if self.credential.is_none() {
            return State::SignedOut;
        }
        if let Some(state) = self.connection_state() {
            return state;
        }
        if self.page == Page::Waiting {
            return State::Loading;
        }
        if self.is_list() {
            return State::List;
        }
        if self.work.is_some() {
            return State::Working;
        }
        if let Some((during, problem)) = &self.fault {
            return match during {
                _ if problem.severity == Severity::Waiting || is_limit(problem.code) => State::Limited,
                During::Read => State::Error,
                During::Sync => State::Failed,
            };
        }
        if let Some(entry) = &self.entry {
            match entry.outcome {
                Outcome::Created | Outcome::Updated => return State::Done,
                Outcome::Failed | Outcome::Undecided => return State::Failed,
                Outcome::Deferred => return State::Limited,
                Outcome::Skipped => return State::Skipped,
                // Then the view says it better.
                Outcome::Unchanged => {}
            }
        }
        let Some(view) = &self.view else { return State::Loading };
        let locked = view.xero.as_ref().is_some_and(|xero| xero.lock.is_some());
        match view.preview.action {
            Action::Create | Action::Adopt => State::NotSynced,
            Action::UpdateXero | Action::UpdateCrm => State::Changes,
            Action::Unchanged | Action::Skip | Action::Blocked if locked => State::Locked,
            Action::Unchanged => State::InStep,
            Action::Skip => State::Skipped,
            Action::Blocked => {
                let mut errors = view.preview.problems.iter().filter(|problem| problem.severity != Severity::Warning);
                let waits = errors.clone().next().is_some() && errors.all(|e| e.severity == Severity::Waiting);
                if waits { State::Limited } else { State::Failed }
            }
        }
    }

    /// The one primary button. It is always there, so that the keyboard's focus on it is never lost.
    #[must_use]
    pub fn primary(&self) -> Primary {
        let button = |label, press| Primary { label, press, quiet: false };
        let quiet = |label, press| Primary { label, press, quiet: true };
        let by_administrator = |label, purpose| match (&self.window, self.is_administrator()) {
            (Some(_), _) => quiet(words::WAITING_FOR_WINDOW, Press::Nothing),
            (None, true) => button(label, Press::Open(purpose)),
            (None, false) => button(words::CHECK_AGAIN, Press::CheckAgain),
        };
        match self.state() {
            State::SignedOut if self.window.is_some() => quiet(words::WAITING_FOR_WINDOW, Press::Nothing),
            State::SignedOut => button(words::SIGN_IN, Press::Open(Purpose::SignIn)),
            State::ZohoMissing => by_administrator(words::CONNECT_ZOHO, Purpose::ConnectZoho),
            State::XeroMissing => by_administrator(words::CONNECT_XERO, Purpose::ConnectXero),
            State::Broken if self.is_zoho_side() => by_administrator(words::RECONNECT_ZOHO, Purpose::ConnectZoho),
            State::Broken => by_administrator(words::RECONNECT_XERO, Purpose::ConnectXero),
            State::Loading => quiet(words::CHECKING, Press::Nothing),
            State::Working => quiet(words::WORKING, Press::Nothing),
            State::Done | State::InStep if self.mode == Mode::Button => button(words::CLOSE, Press::Close),
            State::NotSynced | State::InStep | State::Changes | State::Done | State::Locked => self.next_step(),
            // The same click ends the same, until somebody else has clicked or somebody has answered.
            State::Failed if self.takes_another() || self.is_undecided() => {
                quiet(words::CHECK_AGAIN, Press::CheckAgain)
            }
            State::Failed => button(words::TRY_AGAIN, Press::Sync),
            State::Skipped if self.mode == Mode::Button => button(words::CLOSE, Press::Close),
            State::Skipped => quiet(words::CHECK_AGAIN, Press::CheckAgain),
            State::Limited if self.was_attempted() => button(words::TRY_AGAIN, Press::Sync),
            State::Limited => button(words::TRY_AGAIN, Press::CheckAgain),
            // Once more the same is unlikely to help.
            State::SdkMissing if self.reloaded => quiet(words::RELOAD, Press::Reload),
            State::SdkMissing => button(words::RELOAD, Press::Reload),
            State::Error if self.fault.is_some() => button(words::TRY_AGAIN, Press::CheckAgain),
            State::Error => quiet(words::RELOAD, Press::Reload),
            State::List => {
                let counts = self.counts();
                if self.bulk.asking == Some(Asking::Cancel) {
                    quiet(words::CANCELLING, Press::Nothing)
                } else if self.bulk.asking.is_some() {
                    quiet(words::WORKING, Press::Nothing)
                } else if self.bulk.live {
                    match &self.bulk.run {
                        Some(run) if !run.state.ended() => quiet(words::CANCEL, Press::Cancel),
                        _ => quiet(words::WORKING, Press::Nothing),
                    }
                } else if self.is_list_busy() {
                    if self.stopped || counts.ended + LANES >= counts.total {
                        quiet(words::WORKING, Press::Nothing)
                    } else {
                        quiet(words::STOP, Press::Stop)
                    }
                } else if self.bulk.fault.is_some() {
                    button(words::TRY_AGAIN, Press::Retry)
                } else if counts.ended < counts.total {
                    button(words::CONTINUE, Press::Retry)
                } else if self.rows.iter().any(|row| row.phase.is_retryable()) {
                    button(words::RETRY_FAILED, Press::Retry)
                } else {
                    button(words::CLOSE, Press::Close)
                }
            }
        }
    }

    /// What a click would do to the record as it stands.
    fn next_step(&self) -> Primary {
        let (label, quiet) = match self.view.as_ref().map(|view| view.preview.action) {
            Some(Action::Create) => (words::SEND, false),
            Some(Action::Adopt) => (words::LINK, false),
            Some(Action::UpdateXero) => (words::UPDATE_XERO, false),
            // What writes over the CRM's values has a button of its own, see `can_overwrite`.
            Some(Action::UpdateCrm) if self.reading => {
                return Primary { label: words::CHECKING, press: Press::Nothing, quiet: true };
            }
            Some(Action::UpdateCrm) => {
                return Primary { label: words::CHECK_AGAIN, press: Press::CheckAgain, quiet: true };
            }
            Some(Action::Unchanged) => (words::NOTHING_TO_SYNC, true),
            Some(Action::Skip | Action::Blocked) | None => (words::CHECK_AGAIN, true),
        };
        Primary { label, press: Press::Sync, quiet }
    }

    /// Whether a click would only write Xero's values into the CRM.
    #[must_use]
    pub fn can_overwrite(&self) -> bool {
        let only_crm = self.view.as_ref().is_some_and(|view| view.preview.action == Action::UpdateCrm);
        only_crm && matches!(self.state(), State::Changes | State::Done)
    }

    /// Whether "Check again" is of use beside the primary button: there is a record, and that one does something else.
    #[must_use]
    pub fn can_refresh(&self) -> bool {
        self.mode == Mode::Panel
            && !self.can_overwrite()
            && self.primary().press != Press::CheckAgain
            && matches!(
                self.state(),
                State::NotSynced | State::InStep | State::Changes | State::Done | State::Failed | State::Locked
            )
    }

    /// Whether the vendor's window can be given up.
    #[must_use]
    pub fn can_cancel(&self) -> bool {
        self.window.as_ref().is_some_and(|window| window.scene.can_cancel())
    }

    /// Whether a second button closes the popup.
    #[must_use]
    pub fn can_close(&self) -> bool {
        self.mode != Mode::Panel && !self.closing && self.work.is_none() && self.primary().press != Press::Close
    }

    /// The sign before the headline.
    #[must_use]
    pub fn tone(&self) -> Tone {
        let warned = self.problems().iter().any(|problem| problem.severity == Severity::Warning);
        match self.state() {
            State::SignedOut | State::Loading | State::Skipped => Tone::Quiet,
            State::ZohoMissing | State::XeroMissing | State::NotSynced | State::Changes => Tone::Pending,
            State::Working => Tone::Busy,
            State::InStep | State::Done if warned => Tone::Warn,
            State::InStep | State::Done => Tone::Good,
            State::Locked => Tone::Locked,
            State::Limited | State::SdkMissing => Tone::Warn,
            State::Failed if self.is_undecided() => Tone::Pending,
            State::Broken | State::Failed | State::Error => Tone::Bad,
            State::List => {
                let counts = self.counts();
                match counts {
                    _ if self.bulk.waits() => Tone::Warn,
                    _ if self.is_list_busy() => Tone::Busy,
                    _ if counts.failed > 0 => Tone::Bad,
                    _ if counts.ended < counts.total || counts.deferred + counts.skipped + counts.undecided > 0 => {
                        Tone::Warn
                    }
                    _ => Tone::Good,
                }
            }
        }
    }

    /// The problems to show: those of the click first, then those that the record still has, none twice.
    #[must_use]
    pub fn problems(&self) -> Vec<Problem> {
        let mut shown: Vec<Problem> = Vec::new();
        let fault = self.fault.iter().map(|(_, problem)| problem);
        let clicked = self.entry.iter().flat_map(|entry| &entry.problems);
        let standing = self.view.iter().flat_map(|view| {
            view.preview.problems.iter().chain(view.xero.iter().filter_map(|xero| xero.lock.as_ref()))
        });
        let user = self.session.as_ref().map(|session| session.user.as_str()).unwrap_or_default();
        let is_there = matches!(self.state(), State::Done | State::InStep);
        for problem in fault.chain(clicked).chain(standing) {
            let told = problem.clone().told_to(user);
            let told = if is_there { told.arrived() } else { told };
            if !shown.iter().any(|other| other.code == told.code && other.what == told.what) {
                shown.push(told);
            }
        }
        // What stops comes before what is only worth knowing; the order is otherwise kept.
        let (warnings, mut stopping): (Vec<_>, Vec<_>) =
            shown.into_iter().partition(|problem| problem.severity == Severity::Warning);
        stopping.extend(warnings);
        stopping
    }

    /// How many records of the list ended how.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let mut counts = Counts { total: self.rows.len(), ..Counts::default() };
        for row in &self.rows {
            let count = match &row.phase {
                Phase::Waiting | Phase::Working => continue,
                Phase::Refused(_) => &mut counts.failed,
                Phase::Ended(ending) => match ending.outcome {
                    Outcome::Created => &mut counts.created,
                    Outcome::Updated => &mut counts.updated,
                    Outcome::Unchanged => &mut counts.unchanged,
                    Outcome::Skipped => &mut counts.skipped,
                    Outcome::Failed => &mut counts.failed,
                    Outcome::Deferred => &mut counts.deferred,
                    Outcome::Undecided => &mut counts.undecided,
                },
            };
            *count += 1;
            counts.ended += 1;
        }
        counts
    }

    /// Whether only somebody else, or another right, gets the record to Xero.
    fn takes_another(&self) -> bool {
        self.problems().iter().any(|problem| problem.stops() && problem.takes_another())
    }

    /// Whether it may have been sent all the same: no answer came of it.
    fn is_unknown(&self) -> bool {
        self.was_attempted() && self.problems().iter().any(|problem| problem.code == Code::OutcomeUnknown)
    }

    /// The answer first: is this record in Xero, and is it right?
    #[must_use]
    pub fn headline(&self) -> String {
        let changes = self.view.as_ref().map_or(0, |view| view.preview.changes.len());
        let text = match self.state() {
            State::SignedOut => "Sign in to Ledgerlink to see this record in Xero",
            State::ZohoMissing => "Zoho CRM is not connected yet",
            State::XeroMissing => "Xero is not connected yet",
            State::Broken if self.is_zoho_side() => "The connection to Zoho CRM is broken",
            State::Broken => "The connection to Xero is broken",
            State::Loading => "Checking Xero…",
            State::NotSynced => match self.view.as_ref().map(|view| view.preview.action) {
                Some(Action::Adopt) => "In Xero already, not linked yet",
                _ => "Not in Xero yet",
            },
            State::InStep => "In step with Xero",
            State::Changes => return words::changes_waiting(changes),
            State::Working => "Syncing with Xero…",
            State::Done => self.entry.as_ref().map_or("Done", words::done),
            State::Failed if self.is_unknown() => "Not known yet whether it was sent",
            State::Failed if self.is_undecided() => "Needs a decision",
            State::Failed if self.was_attempted() => "Could not be sent",
            State::Failed => "Can’t be sent yet",
            State::Skipped => "Left alone",
            State::Locked => match self.view.as_ref().map(|view| view.preview.action) {
                Some(Action::Unchanged) => "In step with Xero, and locked there",
                _ => "Locked by Xero",
            },
            State::Limited => {
                match self.problems().iter().find(|problem| is_limit(problem.code)).map(|problem| problem.code) {
                    Some(Code::ZohoLimit | Code::ZohoTokenLimit) => "Zoho’s call limit is reached",
                    Some(Code::TooManyRequests) => "Too much at once",
                    Some(Code::XeroMinuteShare | Code::XeroDayShare) => "Your share of Xero’s calls is used up",
                    Some(Code::DatabaseDayLimit) => "The day’s limit of the database is reached",
                    Some(_) => "Xero’s call limit is reached",
                    None if self.was_attempted() => "Put off",
                    None => "This record could not be checked",
                }
            }
            State::SdkMissing => "The CRM did not answer",
            State::Error if self.fault.is_none() => "There is no record to sync here",
            State::Error => "This record could not be checked",
            State::List => return words::list_headline(self.counts(), self.course()),
        };
        text.to_owned()
    }

    /// What a screen reader says when the state changes: the headline and the first thing that matters.
    #[must_use]
    pub fn announcement(&self) -> String {
        if let Some(window) = &self.window {
            return words::window(&window.scene);
        }
        let mut text = match self.state() {
            // Each record of a list would be one announcement; its end is what matters, and what keeps it from it.
            State::List if self.is_list_busy() && self.run_problem().is_none() => return String::new(),
            // The headline counts: it would be announced with every outcome that comes.
            State::List if self.bulk.waits() => words::STANDSTILL.to_owned(),
            State::List if self.is_list_busy() => words::OUT_OF_DATE.to_owned(),
            _ => self.headline(),
        };
        let of_run = || self.run_problem().filter(|_| self.state() == State::List).map(|(problem, _)| problem.clone());
        let problem = self.notice.clone().or_else(of_run).or_else(|| self.problems().into_iter().next());
        if let Some(problem) = problem {
            text.push_str(". ");
            text.push_str(&problem.what);
        }
        if self.closing {
            text.push_str(". ");
            text.push_str(words::CLOSING);
        }
        text
    }
}

/// Whether an entry wrote to Xero, or else only to the CRM.
#[must_use]
pub fn wrote_xero(entry: &EntryView) -> bool {
    entry.changes.is_empty() || entry.changes.iter().any(|change| change.written == Written::Xero)
}

/// The id of a Xero record in a text: the id itself, or the address of the record's page.
#[must_use]
pub fn named_id(text: &str) -> Option<XeroId> {
    text.split(|letter: char| !letter.is_ascii_hexdigit() && letter != '-')
        .find(|part| part.len() == 36 && part.matches('-').count() == 4)
        .and_then(|part| XeroId::new(part.to_ascii_lowercase()).ok())
}
