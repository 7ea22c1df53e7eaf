//! The addresses of the API, one row each: method and path, who may ask and whom it asks, why it may be sent again, what goes
//! in and comes out.
//!
//! The Worker finds its route here, and `docs/openapi.json` is made from it. A test of the widget holds that it calls nothing
//! else.

#[cfg(feature = "schema")]
use super::portal::{
    AdministratorsView, AuditPage, DaysView, LogRows, MappingView, RecordsFound, SettingsView, SetupView, StatusView,
};
#[cfg(feature = "schema")]
use super::runs::{BudgetView, ConfirmationRequest, LogPage, RunRequest, RunView, RunsPage, ScheduleView, WaitingView};
#[cfg(feature = "schema")]
use super::schema::{Document, Query, Tag, json, nothing, of, text};
#[cfg(feature = "schema")]
use super::{
    ChoiceRequest, ClaimReply, ClaimRequest, ConnectRequest, DecisionRequest, EntriesPage, EntryView, FlowStateReply,
    FlowStateRequest, InvitationsView, PopupReply, ProgressView, RecordView, SessionView, SessionsView,
    SettingChangeRequest, SignInRequest, SyncReply, SyncRequest, XeroClaimReply,
};
use crate::id::{OrgId, ZohoId};
use crate::module::Module;
#[cfg(feature = "schema")]
use crate::settings::{Schedule, Settings};

/// What a request asks, beside who asks it: each has its own share ([`Row::by`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asks {
    /// What we know ourselves.
    Own,
    /// A vendor, too.
    Vendor,
}

/// Who may ask. What only administrators may do demands an `Administrator` where it is done; the compiler sees to that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// Anybody: the Worker answers at its door, before it is known who asks.
    Door,
    /// A member of the organisation, by an answer of Zoho of the last ten minutes.
    Member(Asks),
    /// The same, by an answer that Zoho gives for this very request, because it changes who or what is trusted. So it asks a
    /// vendor.
    MemberNow,
}

/// Why a request that is sent again does no harm: a client may not have heard the answer, and somebody may have changed
/// something meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeated {
    /// It changes nothing.
    Reads,
    /// It names the version that it replaces.
    Version,
    /// Its client names it (`Idempotency-Key`): the second one finds what the first one did.
    Key,
    /// It names what it acts on, and there is nothing left to do, or it does the same once more.
    Same,
    /// It begins what only its own claim ends, and what nobody claims ends by itself.
    Flow,
    /// It brings a code that works once.
    Code,
}

/// What else is peculiar to an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// It is counted by the address that it comes from: what somebody asks of whom nothing is known yet, and what begins a
    /// flow for somebody of whom something is.
    CountedByAddress,
    /// It may start or end a run, so that the organisation has something to do afterwards.
    StirsRuns,
}

/// What is known of one address.
#[derive(Debug)]
pub struct Row {
    /// In capitals.
    pub method: &'static str,
    /// With its parameters in braces: `/api/runs/{id}`.
    pub path: &'static str,
    /// Who may ask.
    pub by: By,
    /// Why it may be sent again.
    pub repeated: Repeated,
    marks: &'static [Mark],
    /// The address, of the path's parameters; none where one of them is none.
    read: fn(&[&str]) -> Option<Address>,
    #[cfg(feature = "schema")]
    pub(super) document: Document,
}

impl Row {
    /// Whether it is so.
    #[must_use]
    pub fn is(&self, mark: Mark) -> bool {
        self.marks.contains(&mark)
    }

    /// Whether it asks a vendor, too, or only what we know ourselves.
    #[must_use]
    pub fn asks(&self) -> Asks {
        match self.by {
            By::Member(asks) => asks,
            By::MemberNow => Asks::Vendor,
            By::Door => Asks::Own,
        }
    }

    /// The address, if the path has this form.
    fn at(&self, path: &[&str]) -> Option<Address> {
        let template = || self.path.split('/');
        if template().count() != path.len() {
            return None;
        }
        let mut parameters = Vec::new();
        for (wanted, part) in template().zip(path) {
            match wanted.starts_with('{') {
                true => parameters.push(*part),
                false if wanted != *part => return None,
                false => {}
            }
        }
        (self.read)(&parameters)
    }
}

/// What a method finds at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found<R> {
    /// This.
    Route(R),
    /// The path knows other methods only: these, as the header `Allow` lists them.
    OtherMethods(String),
    /// There is no such path.
    Nothing,
}

impl<R> Found<R> {
    /// What a method finds, of all that a path answers to.
    #[must_use]
    pub fn choose(method: &str, methods: Vec<(&'static str, R)>) -> Self {
        if methods.is_empty() {
            return Self::Nothing;
        }
        let mut allow: Vec<&str> = methods.iter().map(|(known, _)| *known).collect();
        allow.sort_by_key(|known| ["GET", "HEAD", "POST", "PUT", "DELETE"].iter().position(|one| one == known));
        let allow = allow.join(", ");
        let route = methods.into_iter().find(|(known, _)| *known == method);
        route.map_or(Self::OtherMethods(allow), |(_, route)| Self::Route(route))
    }
}

/// A parameter of a path.
trait Parameter: Sized {
    /// None where the text is no such thing: there is nothing at that path then.
    fn read(text: &str) -> Option<Self>;
}

impl Parameter for Module {
    fn read(text: &str) -> Option<Self> {
        Self::from_api_name(text)
    }
}

impl Parameter for ZohoId {
    fn read(text: &str) -> Option<Self> {
        Self::new(text).ok()
    }
}

impl Parameter for OrgId {
    fn read(text: &str) -> Option<Self> {
        Self::new(text).ok()
    }
}

/// An id of ours, before anything is looked up under it.
impl Parameter for String {
    fn read(text: &str) -> Option<Self> {
        let is_id = (1..=40).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        is_id.then(|| text.to_owned())
    }
}

/// The table's rows become [`Address`], what is known of each, and the list of them all.
macro_rules! addresses {
    ($(
        $(#[doc = $summary:literal])+
        $name:ident $(($($parameter:ident: $kind:ty),+))? = $method:ident $path:literal, $id:literal, $tag:ident {
            by: $by:expr, repeated: $repeated:ident,
            $(marks: [$($mark:ident),+],)?
            $(query: $query:ident $({ $most:ident: $count:literal })?,)?
            $(takes: $request:ty,)?
            answers: $status:literal $answer:expr, fails: $fails:expr,
        }
    )+) => {
        /// One address of the API with what its path names.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum Address {
            $($(#[doc = $summary])+ $name $(($($kind),+))?,)+
        }

        #[allow(non_upper_case_globals, reason = "each has its address's name")]
        mod rows {
            use super::By::*;
            use super::*;
            use Asks::*;

            $(pub(super) const $name: Row = Row {
                method: stringify!($method),
                path: $path,
                by: $by,
                repeated: Repeated::$repeated,
                marks: &[$($(Mark::$mark),+)?],
                read: |parameters| {
                    let mut _rest = parameters.iter();
                    Some(Address::$name $(($(<$kind as Parameter>::read(_rest.next()?)?),+))?)
                },
                #[cfg(feature = "schema")]
                document: Document {
                    id: $id,
                    summary: concat!($($summary),+),
                    tag: Tag::$tag,
                    query: addresses!(@or Query::Nothing $(, Query::$query $({ $most: $count })?)?),
                    request: addresses!(@or None $(, Some(of::<$request>()))?),
                    status: $status,
                    answer: $answer,
                    failures: &$fails,
                },
            };)+
        }

        /// All rows, in the document's order.
        pub static ROWS: &[Row] = &[$(rows::$name),+];

        impl Address {
            /// What is known of it.
            #[must_use]
            pub fn row(&self) -> &'static Row {
                match self {
                    $(Self::$name { .. } => &rows::$name,)+
                }
            }
        }
    };
    (@or $default:expr) => { $default };
    (@or $default:expr, $given:expr) => { $given };
}

impl Address {
    /// What a request asks for.
    #[must_use]
    pub fn find(method: &str, path: &str) -> Found<Self> {
        Found::choose(method, Self::at(path))
    }

    /// What a path answers to, method by method.
    #[must_use]
    pub fn at(path: &str) -> Vec<(&'static str, Self)> {
        let parts: Vec<&str> = path.split('/').collect();
        ROWS.iter().filter_map(|row| Some((row.method, row.at(&parts)?))).collect()
    }
}

/// Failures of what asks Zoho who is at work, and nothing else.
#[cfg(feature = "schema")]
const RIGHTS: [u16; 4] = [403, 422, 429, 503];

/// Failures of what talks to the vendors about a connected organisation.
#[cfg(feature = "schema")]
const VENDORS: [u16; 4] = [409, 422, 429, 503];

addresses! {
    /// Whether the Worker and its database answer.
    Health = GET "/api/health", "health", Access {
        by: Door, repeated: Reads,
        answers: 200 text("text/plain", "`ok`"), fails: [],
    }
    /// Begins a sign-in.
    SignIn = POST "/api/sign-in", "beginSignIn", Access {
        by: Door, repeated: Flow, marks: [CountedByAddress],
        takes: SignInRequest, answers: 200 json::<PopupReply>(), fails: [400, 403, 413],
    }
    /// How far a popup is. It tells no code.
    FlowState = POST "/api/flows/state", "flowState", Access {
        by: Door, repeated: Reads,
        takes: FlowStateRequest, answers: 200 json::<FlowStateReply>(), fails: [400, 403, 413],
    }
    /// Exchanges the popup's code for a session, in a cookie where the browser keeps it.
    Claim = POST "/api/session", "claimSession", Access {
        by: Door, repeated: Code, marks: [CountedByAddress],
        takes: ClaimRequest, answers: 200 json::<ClaimReply>(), fails: [400, 401, 403, 409, 413, 422, 429, 503],
    }
    /// Who is signed in.
    Session = GET "/api/session", "session", Access {
        by: Member(Own), repeated: Reads,
        answers: 200 json::<SessionView>(), fails: RIGHTS,
    }
    /// Ends the session.
    SignOut = DELETE "/api/session", "signOut", Access {
        by: Door, repeated: Same,
        answers: 204 nothing(), fails: [403, 413],
    }
    /// Who is signed in where: everybody for administrators, oneself for others.
    Sessions = GET "/api/sessions", "sessions", Access {
        by: Member(Own), repeated: Reads,
        answers: 200 json::<SessionsView>(), fails: RIGHTS,
    }
    /// Ends a person's sessions, or all; other people's for administrators.
    EndSessions = DELETE "/api/sessions", "endSessions", Access {
        by: MemberNow, repeated: Same, query: User,
        answers: 204 nothing(), fails: [400, 403, 413, 422, 429, 503],
    }
    /// Ends one session; somebody else's for administrators.
    EndSession(id: String) = DELETE "/api/sessions/{id}", "endSession", Access {
        by: MemberNow, repeated: Same,
        answers: 204 nothing(), fails: [400, 403, 404, 413, 422, 429, 503],
    }
    /// Who counts as an administrator here (administrators).
    Administrators = GET "/api/administrators", "administrators", Access {
        by: Member(Vendor), repeated: Reads,
        answers: 200 json::<AdministratorsView>(), fails: [403, 409, 422, 429, 503],
    }
    /// Lets somebody count as an administrator again (administrators).
    CountAdministrator(id: ZohoId) = PUT "/api/administrators/{id}", "countAdministrator", Access {
        by: MemberNow, repeated: Same,
        answers: 200 json::<AdministratorsView>(), fails: [400, 403, 404, 409, 413, 422, 429, 503],
    }
    /// Lets somebody count as an administrator no more, whatever the profile says (administrators).
    TakeAdministratorOut(id: ZohoId) = DELETE "/api/administrators/{id}", "takeAdministratorOut", Access {
        by: MemberNow, repeated: Same,
        answers: 200 json::<AdministratorsView>(), fails: [400, 403, 404, 409, 413, 422, 429, 503],
    }
    /// Which organisations may use this installation (administrators of its owner).
    Invitations = GET "/api/invitations", "invitations", Access {
        by: Member(Own), repeated: Reads,
        answers: 200 json::<InvitationsView>(), fails: RIGHTS,
    }
    /// Invites an organisation (administrators of the owner).
    Invite(org: OrgId) = PUT "/api/invitations/{org}", "invite", Access {
        by: MemberNow, repeated: Same,
        answers: 200 json::<InvitationsView>(), fails: [400, 403, 404, 413, 422, 429, 503],
    }
    /// Takes an invitation back and erases what is kept of that organisation (administrators of the owner).
    Uninvite(org: OrgId) = DELETE "/api/invitations/{org}", "uninvite", Access {
        by: MemberNow, repeated: Same,
        answers: 200 json::<InvitationsView>(), fails: [400, 403, 404, 413, 422, 429, 503],
    }
    /// Begins to connect Xero (administrators).
    ConnectXero = POST "/api/connection/xero", "connectXero", Access {
        by: MemberNow, repeated: Same, marks: [CountedByAddress],
        takes: ConnectRequest, answers: 200 json::<PopupReply>(), fails: [400, 403, 409, 413, 422, 429, 503],
    }
    /// Lets what Xero granted take effect (administrators).
    ClaimXero = POST "/api/connection/xero/claim", "claimXero", Access {
        by: MemberNow, repeated: Same,
        takes: ClaimRequest, answers: 200 json::<XeroClaimReply>(), fails: [400, 403, 409, 413, 422, 429, 503],
    }
    /// Chooses among several Xero organisations (administrators).
    ChooseXero = POST "/api/connection/xero/choice", "chooseXero", Access {
        by: MemberNow, repeated: Same,
        takes: ChoiceRequest, answers: 200 json::<XeroClaimReply>(), fails: [400, 403, 409, 413, 422, 429, 503],
    }
    /// Disconnects Xero (administrators). Settings, links and log stay.
    DisconnectXero = DELETE "/api/connection/xero", "disconnectXero", Setup {
        by: MemberNow, repeated: Same,
        answers: 204 nothing(), fails: [403, 409, 422, 429, 503],
    }
    /// Disconnects both sides and erases everything of the organisation, sessions too (administrators).
    Erase = DELETE "/api/connection", "erase", Setup {
        by: MemberNow, repeated: Same,
        answers: 204 nothing(), fails: [403, 409, 422, 429, 503],
    }
    /// How far the set-up is (administrators).
    Setup = GET "/api/setup", "setup", Setup {
        by: Member(Vendor), repeated: Reads,
        answers: 200 json::<SetupView>(), fails: [403, 409, 422, 429, 503],
    }
    /// Creates the CRM fields that are missing (administrators).
    CreateFields = POST "/api/setup/fields", "createFields", Setup {
        by: MemberNow, repeated: Same,
        answers: 200 json::<SetupView>(), fails: [403, 409, 422, 429, 503],
    }
    /// CRM records by name or by ids, last changed first.
    FindRecords(module: Module) = GET "/api/records/{module}", "findRecords", Records {
        by: Member(Vendor), repeated: Reads, query: Records,
        answers: 200 json::<RecordsFound>(), fails: [400, 403, 404, 409, 422, 429, 503],
    }
    /// Where a record stands and what a sync would do.
    View(module: Module, id: ZohoId) = GET "/api/records/{module}/{id}", "record", Records {
        by: Member(Vendor), repeated: Reads,
        answers: 200 json::<RecordView>(), fails: [400, 403, 404, 409, 422, 429, 503],
    }
    /// What a sync would do under these settings, which are not saved (administrators).
    PreviewWith(module: Module, id: ZohoId) = POST "/api/records/{module}/{id}/preview", "previewRecord", Records {
        by: Member(Vendor), repeated: Reads,
        takes: Settings, answers: 200 json::<RecordView>(), fails: [400, 403, 404, 409, 413, 422, 429, 503],
    }
    /// Syncs a record.
    Sync(module: Module, id: ZohoId) = POST "/api/records/{module}/{id}/sync", "syncRecord", Records {
        by: Member(Vendor), repeated: Same,
        takes: SyncRequest, answers: 200 json::<SyncReply>(), fails: [400, 403, 404, 409, 413, 422, 429, 503],
    }
    /// The steps of a sync that is under way.
    Progress(module: Module, id: ZohoId) = GET "/api/records/{module}/{id}/progress", "recordProgress", Records {
        by: Member(Own), repeated: Reads,
        answers: 200 json::<ProgressView>(), fails: [400, 404],
    }
    /// Decides about a record's link: which Xero record it is, that it is sent anew, or that its link is let go
    /// (administrators). The next sync does it.
    Decide(module: Module, id: ZohoId) = POST "/api/records/{module}/{id}/decision", "decideRecord", Records {
        by: MemberNow, repeated: Key,
        takes: DecisionRequest, answers: 204 nothing(), fails: [400, 403, 404, 409, 413, 422, 429, 503],
    }
    /// A page of a record's log, newest first.
    RecordEntries(module: Module, id: ZohoId) = GET "/api/records/{module}/{id}/entries", "recordEntries", Records {
        by: Member(Vendor), repeated: Reads, query: Before,
        answers: 200 json::<EntriesPage>(), fails: [400, 403, 404, 409, 422, 429, 503],
    }
    /// Begins a run; the answer comes before its first call.
    StartRun = POST "/api/runs", "startRun", Runs {
        by: MemberNow, repeated: Key, marks: [StirsRuns],
        takes: RunRequest, answers: 201 json::<RunView>(), fails: [400, 403, 409, 413, 422, 429, 503],
    }
    /// Runs, newest first.
    Runs = GET "/api/runs", "runs", Runs {
        by: Member(Own), repeated: Reads, query: Before,
        answers: 200 json::<RunsPage>(), fails: [400],
    }
    /// Where a run stands.
    Run(id: String) = GET "/api/runs/{id}", "run", Runs {
        by: Member(Own), repeated: Reads,
        answers: 200 json::<RunView>(), fails: [400, 403, 404],
    }
    /// A run's progress while it lasts.
    RunEvents(id: String) = GET "/api/runs/{id}/events", "runEvents", Runs {
        by: Member(Own), repeated: Reads,
        answers: 200 text(
            "text/event-stream",
            "Server-sent events: `event: run` with a RunView as data whenever it changes. The stream ends with the run, or \
             after 5 minutes.",
        ), fails: [400, 403, 404],
    }
    /// Starts a run that was only previewed.
    BeginRun(id: String) = POST "/api/runs/{id}/start", "beginRun", Runs {
        by: MemberNow, repeated: Same, marks: [StirsRuns],
        answers: 200 json::<RunView>(), fails: [400, 403, 404, 409, 422, 429, 503],
    }
    /// Ends a run after the records that it is working on.
    CancelRun(id: String) = POST "/api/runs/{id}/cancel", "cancelRun", Runs {
        by: MemberNow, repeated: Same, marks: [StirsRuns],
        answers: 200 json::<RunView>(), fails: [400, 403, 404, 409, 422],
    }
    /// Begins a run of all records that failed or were deferred in this one.
    RetryRun(id: String) = POST "/api/runs/{id}/retry", "retryRun", Runs {
        by: MemberNow, repeated: Key, marks: [StirsRuns],
        answers: 201 json::<RunView>(), fails: [400, 403, 404, 409, 422, 429, 503],
    }
    /// Records that failed or were deferred in their last run (administrators).
    Waiting = GET "/api/waiting", "waiting", Runs {
        by: Member(Own), repeated: Reads,
        answers: 200 json::<WaitingView>(), fails: [403],
    }
    /// What is left of the limits.
    Budget = GET "/api/budget", "budget", Runs {
        by: Member(Own), repeated: Reads,
        answers: 200 json::<BudgetView>(), fails: [],
    }
    /// The log, newest first.
    Log = GET "/api/entries", "entries", Log {
        by: Member(Own), repeated: Reads, query: Log { most: 200 },
        answers: 200 json::<LogPage>(), fails: [400],
    }
    /// The log as a file.
    LogFile = GET "/api/entries.csv", "entriesFile", Log {
        by: Member(Own), repeated: Reads, query: Log { most: 10_000 },
        answers: 200 text("text/csv", "RFC 4180, UTF-8, one line of names, then one line an entry."), fails: [400],
    }
    /// The log as a table, newest first.
    LogRows = GET "/api/log", "log", Log {
        by: Member(Own), repeated: Reads, query: Log { most: 200 },
        answers: 200 json::<LogRows>(), fails: [400],
    }
    /// One entry with all of it.
    Entry(id: String) = GET "/api/entries/{id}", "entry", Log {
        by: Member(Own), repeated: Reads,
        answers: 200 json::<EntryView>(), fails: [400, 403, 404],
    }
    /// The last 30 days, counted.
    Days = GET "/api/days", "days", Log {
        by: Member(Own), repeated: Reads,
        answers: 200 json::<DaysView>(), fails: [],
    }
    /// Begins a run of the one record of this entry.
    RetryEntry(id: String) = POST "/api/entries/{id}/retry", "retryEntry", Log {
        by: MemberNow, repeated: Key, marks: [StirsRuns],
        answers: 201 json::<RunView>(), fails: [400, 403, 404, 409, 422, 429, 503],
    }
    /// When records are synced by themselves.
    Schedule = GET "/api/schedule", "schedule", Settings {
        by: Member(Own), repeated: Reads,
        answers: 200 json::<ScheduleView>(), fails: VENDORS,
    }
    /// Saves the schedule (administrators).
    SaveSchedule = PUT "/api/schedule", "saveSchedule", Settings {
        by: MemberNow, repeated: Version, query: Version,
        takes: Schedule, answers: 200 json::<ScheduleView>(), fails: [400, 403, 409, 413, 422, 429, 503],
    }
    /// Asks the owner of an address of the schedule whether it may get letters (administrators).
    AskForConfirmation = POST "/api/schedule/confirmations", "askForConfirmation", Settings {
        by: MemberNow, repeated: Same,
        takes: ConfirmationRequest, answers: 200 json::<ScheduleView>(), fails: [400, 403, 409, 413, 422, 429, 503],
    }
    /// All settings and what they can be chosen from (administrators).
    Mapping = GET "/api/mapping", "mapping", Settings {
        by: Member(Vendor), repeated: Reads, query: Fresh,
        answers: 200 json::<MappingView>(), fails: [400, 403, 409, 422, 429, 503],
    }
    /// All settings (administrators).
    Settings = GET "/api/settings", "settings", Settings {
        by: Member(Own), repeated: Reads,
        answers: 200 json::<SettingsView>(), fails: [403, 409, 422, 429, 503],
    }
    /// Saves all settings (administrators). What is absent takes its default.
    SaveSettings = PUT "/api/settings", "saveSettings", Settings {
        by: MemberNow, repeated: Version, query: Version,
        takes: Settings, answers: 200 json::<SettingsView>(), fails: [400, 403, 409, 413, 422, 429, 503],
    }
    /// Applies one change (administrators).
    ChangeSetting = POST "/api/settings/changes", "changeSetting", Settings {
        by: MemberNow, repeated: Key,
        takes: SettingChangeRequest, answers: 204 nothing(), fails: [400, 403, 404, 409, 413, 422, 429, 503],
    }
    /// What administrators changed, newest first (administrators).
    Audit = GET "/api/audit", "audit", Settings {
        by: Member(Own), repeated: Reads, query: Before,
        answers: 200 json::<AuditPage>(), fails: [400, 403],
    }
    /// How the sync is.
    Status = GET "/api/status", "status", Status {
        by: Member(Own), repeated: Reads,
        answers: 200 json::<StatusView>(), fails: [],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_finds_itself_by_its_own_path() {
        let mut seen = std::collections::BTreeSet::new();
        for row in ROWS {
            let path = row.path.replace("{module}", "Accounts").replace("{id}", "1").replace("{org}", "us.1");
            let Found::Route(address) = Address::find(row.method, &path) else { panic!("{} {path}", row.method) };
            assert_eq!((address.row().method, address.row().path), (row.method, row.path));
            assert!(seen.insert((row.method, row.path)), "{} {} is there twice", row.method, row.path);
        }
        assert!(seen.len() > 50);
    }

    #[test]
    fn what_is_no_such_parameter_finds_nothing() {
        for path in [
            "/api/records/Leads",
            "/api/records/",
            "/api/records/Accounts/12a",
            "/api/records/Accounts/123/else",
            "/api/administrators/ana",
            "/api/invitations/60001",
            "/api/runs/",
            "/api/runs//start",
            "/api/runs/%31",
            "/api/runs/a;b",
            "/api/runs/1/",
            "/api/entries/12345678901234567890123456789012345678901",
            "/api/connection/zoho",
            "/api",
            "/",
            "",
        ] {
            for row in ROWS {
                assert_eq!(Address::find(row.method, path), Found::Nothing, "{} {path}", row.method);
            }
        }
    }

    #[test]
    fn what_changes_something_says_why_it_may_be_sent_again() {
        for row in ROWS {
            let reads = row.repeated == Repeated::Reads;
            // A preview under other settings, and where a window is, are asked with a body.
            let asks = ["/api/records/{module}/{id}/preview", "/api/flows/state"].contains(&row.path);
            assert_eq!(reads, row.method == "GET" || asks, "{} {}", row.method, row.path);
        }
    }
}
