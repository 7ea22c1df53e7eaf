//! What the panel knows, what may happen to it, and what it asks for, as plain data.

use crate::dictionary::{say, spoken};
use crate::fault::Fault;
use crate::hearing::PageContext;
use crate::panel::page::{Mode, Page};
use crate::panel::rows::{Counts, ListProgress, ListRow, Phase};
use crate::panel::words;
use crate::popup::flow::{Act, Shown};
use crate::session::{AtWork, Credential, CrmUser, Purpose};
use crate::tone::Tone;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use shared::api::runs::RunState;
use shared::api::{
    Action, ClaimReply, ConnectionState, EntriesPage, EntryView, Outcome, ProgressView, RecordView, SessionView, Step,
    SyncReply, Why,
};
use shared::id::{XeroId, ZohoId};
use shared::module::Module;
use shared::problem::{Code, Problem, Severity};
use shared::question::Decision;
use shared::settings::SettingChange;

/// How many records of a short list are synced at the same time.
pub(super) const LANES: usize = 2;
/// How many entries a status reply brings at most; as many may mean that there are older ones.
pub(super) const ENTRIES_IN_VIEW: usize = 5;

/// A run, as far as the panel shows it: some fields of the API's `RunView`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Run {
    /// The run.
    pub id: String,
    /// Where it stands.
    pub state: RunState,
    /// When it goes on by itself, while it waits.
    #[serde(default, deserialize_with = "shared::instant::read_option")]
    pub resumes_at: Option<DateTime<Utc>>,
    /// Why it waits, or why it ended before its end.
    pub problem: Option<Problem>,
    /// What became of its records.
    pub counts: Taken,
}

/// How many records a run has taken up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
pub struct Taken {
    /// All of them, however they ended.
    pub candidates: u32,
}

/// A call about a run. Each is answered with the run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunCall {
    /// Start one of these records.
    Start(Module, Vec<String>),
    /// Start one of what failed or was put off in this one.
    Retry(String),
    /// Where does it stand?
    Look(String),
    /// End it.
    Cancel(String),
}

/// A page of a run's outcomes that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The run.
    pub run: String,
    /// Only what ended at or after this instant.
    pub from: Option<DateTime<Utc>>,
    /// After this entry, the last one of the page before.
    pub before: Option<String>,
}

/// A call about which the person waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asking {
    /// A run is being started.
    Start,
    /// The run is being ended.
    Cancel,
}

/// Up to so many records are synced one by one: that is quicker than a run, and never meets another run.
pub(super) const ONE_BY_ONE: usize = 3;

/// The run of a list.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Bulk {
    /// The number of the newest question.
    pub turn: u32,
    /// The run, once the edge has taken it up.
    pub run: Option<Run>,
    /// The call about which the person waits.
    pub asking: Option<Asking>,
    /// Whether the run is followed: it has not ended, or its last outcomes are still to be read.
    pub live: bool,
    /// Why the last call failed.
    pub fault: Option<Problem>,
    /// Whether a setting was saved meanwhile, so that what has failed is taken up again after the run.
    pub again: bool,
    /// How many records were taken up when the outcomes were read last.
    pub(super) taken_up: u32,
    /// From when on outcomes may be new.
    pub(super) since: Option<DateTime<Utc>>,
    /// The newest outcome on the first of the pages that are being read.
    pub(super) newest: Option<DateTime<Utc>>,
}

impl Bulk {
    /// Of another list. Answers to what was asked before come too late.
    pub(super) fn anew(&self) -> Self {
        Self { turn: self.turn + 1, ..Self::default() }
    }

    /// Nobody is signed in any more. The run goes on without us.
    pub(super) fn let_go(&mut self) {
        self.turn += 1;
        self.asking = None;
        self.fault = None;
    }

    /// Whether the run waits for a limit, or for a vendor that does not answer.
    pub(super) fn waits(&self) -> bool {
        self.live && self.run.as_ref().is_some_and(|run| run.state == RunState::Waiting)
    }

    pub(super) fn ended(&self) -> bool {
        self.run.as_ref().is_some_and(|run| run.state.ended())
    }

    pub(super) fn ask(&mut self, ask: RunCall) -> Vec<Effect> {
        self.turn += 1;
        vec![Effect::Run(self.turn, ask)]
    }

    pub(super) fn look_soon(&mut self) -> Vec<Effect> {
        self.turn += 1;
        // What waits or does not answer is not hurried by more questions.
        vec![Effect::LookSoon(self.turn, self.waits() || self.fault.is_some())]
    }

    pub(super) fn look(&mut self) -> Vec<Effect> {
        match &self.run {
            Some(run) if run.state.ended() => self.read_outcomes(None),
            Some(run) => {
                let ask = RunCall::Look(run.id.clone());
                self.ask(ask)
            }
            None => Vec::new(),
        }
    }

    /// Reads what is new. At the end everything once more: while records are taken up again, an outcome that was read
    /// may have changed.
    pub(super) fn read_outcomes(&mut self, before: Option<String>) -> Vec<Effect> {
        let Some(run) = &self.run else { return Vec::new() };
        self.turn += 1;
        let from = self.since.filter(|_| !run.state.ended());
        vec![Effect::ReadOutcomes(self.turn, Wanted { run: run.id.clone(), from, before })]
    }
}

/// What was being done when something failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum During {
    /// Reading where the record stands.
    Read,
    /// Syncing it.
    Sync,
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
pub struct Panel {
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
    pub rows: Vec<ListRow>,
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

impl Panel {
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

/// What happened: a press, an answer of the edge, a word of the CRM's script, or a moment that has come.
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
    RunArrived(u32, RunCall, Result<Box<Run>, Fault>),
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
    /// Sync a record with the word of the preview that is shown.
    SyncAsShown(u32, Module, String, String),
    /// Follow the steps of a sync until it ends.
    Watch(u32, Module, String),
    /// Ask for log entries older than this one.
    ReadEntries(u32, Module, String, String),
    /// Ask the CRM for records' names.
    ReadNames(u32, Module, Vec<String>),
    /// Make a call about a run. The number comes back with the answer; so for the next two.
    Run(u32, RunCall),
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

/// The state that a problem of the connection puts the panel in.
pub(super) fn connection_of(code: Code) -> Option<State> {
    match code {
        Code::ZohoNotConnected => Some(State::ZohoMissing),
        Code::XeroNotConnected => Some(State::XeroMissing),
        Code::ZohoDisconnected | Code::XeroDisconnected | Code::XeroScopeMissing | Code::ZohoScopeMissing => {
            Some(State::Broken)
        }
        _ => None,
    }
}

impl Panel {
    /// Whether it shows several records as a list.
    #[must_use]
    pub fn is_list(&self) -> bool {
        self.mode == Mode::List
            || matches!(&self.page, Page::Records(_, ids) if self.mode == Mode::Button && ids.len() > 1)
    }

    /// Whether its list is so long that a run syncs it.
    #[must_use]
    pub fn is_bulk(&self) -> bool {
        self.is_list() && matches!(&self.page, Page::Records(_, ids) if ids.len() > ONE_BY_ONE)
    }

    /// Whether the list is being worked on.
    #[must_use]
    pub fn is_list_busy(&self) -> bool {
        self.bulk.live || self.bulk.asking.is_some() || self.rows.iter().any(|row| row.phase == Phase::Working)
    }

    /// How the work on the list goes.
    #[must_use]
    pub fn list_progress(&self) -> ListProgress {
        if self.bulk.waits() {
            ListProgress::Waiting
        } else if self.bulk.fault.is_some() && !self.is_list_busy() {
            ListProgress::NotStarted
        } else if self.stopped {
            ListProgress::Stopped
        } else {
            ListProgress::UnderWay
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
    pub(super) fn was_attempted(&self) -> bool {
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
                _ if problem.severity == Severity::Waiting || problem.code.is_limit() => State::Limited,
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
            State::Done | State::InStep if self.mode == Mode::Button && !self.saves_back() => {
                button(words::CLOSE, Press::Close)
            }
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
            Some(Action::UpdateCrm) if self.saves_back() => (words::SAVE_TO_CRM, false),
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
        only_crm && !self.saves_back() && matches!(self.state(), State::Changes | State::Done)
    }

    /// Whether a click would only tell the CRM which record it is in Xero, and write over nobody's values: it is there, and the
    /// CRM did not take that so far.
    #[must_use]
    pub fn saves_back(&self) -> bool {
        self.view.as_ref().is_some_and(|view| {
            let changes = || view.preview.changes.iter().filter(|change| change.why != Why::Held);
            let named = changes().next().is_none() || changes().any(|change| change.key == shared::plan::NAMED);
            view.preview.action == Action::UpdateCrm && named && changes().all(|change| change.key.starts_with("xero_"))
        })
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
                match self.problems().iter().find(|problem| problem.code.is_limit()).map(|problem| problem.code) {
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
            State::List => return words::list_headline(self.counts(), self.list_progress()),
        };
        spoken(text)
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
            State::List if self.bulk.waits() => spoken(words::STANDSTILL),
            State::List if self.is_list_busy() => spoken(words::OUT_OF_DATE),
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
            text.push_str(say(words::CLOSING));
        }
        text
    }
}

/// The id of a Xero record in a text: the id itself, or the address of the record's page.
#[must_use]
pub fn named_id(text: &str) -> Option<XeroId> {
    text.split(|letter: char| !letter.is_ascii_hexdigit() && letter != '-')
        .find(|part| part.len() == 36 && part.matches('-').count() == 4)
        .and_then(|part| XeroId::new(part.to_ascii_lowercase()).ok())
}
