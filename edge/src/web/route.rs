//! From method and path to what is wanted.

use super::letters::Link;
use super::widget_address;
use engine::share::Asks;
use shared::id::{OrgId, ZohoId};
use shared::module::Module;

/// What a browser wants of the Worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Route {
    /// The panel's page.
    Panel,
    /// The portal's page.
    Portal,
    /// A file of the widget.
    Asset,
    /// Begin to sign in.
    SignIn,
    /// The popup's first page.
    FirstPage,
    /// Zoho sends the popup back.
    ZohoCallback,
    /// Xero sends the popup back.
    XeroCallback,
    /// How far a popup is.
    FlowState,
    /// Claim a session.
    Claim,
    /// Sign out.
    SignOut,
    /// The page behind the link of a letter.
    OpenLink(Link),
    /// The button of that page.
    FollowLink(Link),
    /// Whether the Worker and its database answer.
    Health,
    /// Anything that belongs to the organisation's Durable Object.
    Organisation,
}

/// What is wanted of the organisation's Durable Object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum OrganisationRoute {
    /// Who is signed in.
    Session,
    /// Who is signed in where.
    Sessions,
    /// End sessions: a person's, or all.
    EndSessions,
    /// End one session.
    EndSession(String),
    /// Who counts as an administrator.
    Administrators,
    /// Whether a user counts as an administrator.
    CountAdministrator(ZohoId),
    /// Do not count a user as an administrator.
    TakeAdministratorOut(ZohoId),
    /// Who else may use this installation.
    Invitations,
    /// Invite an organisation.
    Invite(OrgId),
    /// Take an invitation back.
    Uninvite(OrgId),
    /// Begin to connect Xero.
    ConnectXero,
    /// Let what Xero granted take effect.
    ClaimXero,
    /// Choose among several Xero organisations.
    ChooseXero,
    /// How far the set-up is.
    Setup,
    /// Create the CRM fields that are missing.
    CreateFields,
    /// Disconnect Xero.
    DisconnectXero,
    /// Disconnect both sides and erase everything.
    Erase,
    /// CRM records by name or by ids.
    FindRecords(Module),
    /// Where a record stands.
    View(Module, ZohoId),
    /// What a sync would do under settings that are not saved.
    PreviewWith(Module, ZohoId),
    /// Sync a record.
    Sync(Module, ZohoId),
    /// Decide about a record's link.
    Decide(Module, ZohoId),
    /// The steps under way.
    Progress(Module, ZohoId),
    /// A page of a record's log.
    RecordEntries(Module, ZohoId),
    /// Change a setting.
    ChangeSetting,
    /// All settings and what they can be chosen from.
    Mapping,
    /// All settings.
    Settings,
    /// Replace all settings.
    SaveSettings,
    /// The schedule.
    Schedule,
    /// Replace the schedule.
    SaveSchedule,
    /// Ask for the confirmation of an address of the schedule.
    AskForConfirmation,
    /// A page of runs.
    Runs,
    /// Start a run, or preview one.
    StartRun,
    /// One run.
    Run(String),
    /// One run, live.
    RunEvents(String),
    /// Start a run that was previewed.
    BeginRun(String),
    /// End a run.
    CancelRun(String),
    /// Take up again what failed in a run.
    RetryRun(String),
    /// A page of the log.
    Log,
    /// A page of the log as a table.
    LogRows,
    /// The log as a file.
    LogFile,
    /// One entry of the log.
    Entry(String),
    /// Take up one entry's record again.
    RetryEntry(String),
    /// Records that failed or wait.
    Waiting,
    /// What is left of the APIs' limits.
    Budget,
    /// The last 30 days, counted.
    Days,
    /// A page of what administrators changed.
    Audit,
    /// How the sync is.
    Status,
}

/// Whether a request is counted by the address that it comes from: what somebody asks of whom nothing is known yet, and
/// what begins a flow for somebody of whom something is.
pub(crate) fn is_counted_by_address(route: Route, method: &str, path: &str) -> bool {
    match route {
        Route::SignIn | Route::FirstPage | Route::ZohoCallback | Route::XeroCallback | Route::Claim => true,
        Route::Organisation => find_organisation(method, path) == Found::Route(OrganisationRoute::ConnectXero),
        // A panel asks it again and again while a window is open: one row, by the hash of a secret.
        Route::FlowState
        | Route::Panel
        | Route::Portal
        | Route::Asset
        | Route::SignOut
        | Route::OpenLink(_)
        | Route::FollowLink(_)
        | Route::Health => false,
    }
}

impl OrganisationRoute {
    /// Whether it asks a vendor, too, or only what the object and its database know. Every route is named: a new one has
    /// to say.
    pub(crate) fn asks(&self) -> Asks {
        match self {
            // Those that change who or what is trusted, and runs, ask Zoho who it is that asks.
            Self::EndSessions
            | Self::EndSession(_)
            | Self::Administrators
            | Self::CountAdministrator(_)
            | Self::TakeAdministratorOut(_)
            | Self::Invite(_)
            | Self::Uninvite(_)
            | Self::ConnectXero
            | Self::ClaimXero
            | Self::ChooseXero
            | Self::Setup
            | Self::CreateFields
            | Self::DisconnectXero
            | Self::Erase
            | Self::FindRecords(_)
            | Self::View(..)
            | Self::PreviewWith(..)
            | Self::Sync(..)
            | Self::RecordEntries(..)
            | Self::Decide(..)
            | Self::ChangeSetting
            | Self::Mapping
            | Self::SaveSettings
            | Self::SaveSchedule
            | Self::AskForConfirmation
            | Self::StartRun
            | Self::BeginRun(_)
            | Self::CancelRun(_)
            | Self::RetryRun(_)
            | Self::RetryEntry(_) => Asks::Vendor,
            // Once in ten minutes one of these asks Zoho the same.
            Self::Session
            | Self::Sessions
            | Self::Invitations
            | Self::Progress(..)
            | Self::Settings
            | Self::Schedule
            | Self::Runs
            | Self::Run(_)
            | Self::RunEvents(_)
            | Self::Log
            | Self::LogRows
            | Self::LogFile
            | Self::Entry(_)
            | Self::Waiting
            | Self::Budget
            | Self::Days
            | Self::Audit
            | Self::Status => Asks::Own,
        }
    }

    /// Whether it may start or end a run, so that the Durable Object has something to do afterwards.
    pub(crate) fn stirs_runs(&self) -> bool {
        matches!(
            self,
            Self::StartRun | Self::BeginRun(_) | Self::CancelRun(_) | Self::RetryRun(_) | Self::RetryEntry(_)
        )
    }
}

/// Why a request that is sent again does no harm: a client may not have heard the answer, and somebody may have changed
/// something meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Repeated {
    /// It changes nothing.
    Reads,
    /// It names the version that it replaces.
    Version,
    /// Its client names it (`Idempotency-Key`): the second one finds what the first one did.
    Key,
    /// It names what it acts on, and there is nothing left to do, or it does the same once more.
    Same,
}

impl OrganisationRoute {
    /// Why it may be sent again.
    pub(crate) fn repeated(&self) -> Repeated {
        match self {
            Self::Session
            | Self::Sessions
            | Self::Administrators
            | Self::Invitations
            | Self::Setup
            | Self::FindRecords(_)
            | Self::View(..)
            | Self::PreviewWith(..)
            | Self::Progress(..)
            | Self::RecordEntries(..)
            | Self::Mapping
            | Self::Settings
            | Self::Schedule
            | Self::Runs
            | Self::Run(_)
            | Self::RunEvents(_)
            | Self::Log
            | Self::LogRows
            | Self::LogFile
            | Self::Entry(_)
            | Self::Waiting
            | Self::Budget
            | Self::Days
            | Self::Audit
            | Self::Status => Repeated::Reads,
            Self::SaveSettings | Self::SaveSchedule => Repeated::Version,
            Self::StartRun | Self::RetryRun(_) | Self::RetryEntry(_) | Self::ChangeSetting | Self::Decide(..) => {
                Repeated::Key
            }
            // A flow takes effect once, and whoever begins it anew has a new one. Sessions, invitations and who counts
            // are named. Fields that are there are left alone; what is disconnected or erased is gone; a record that agrees is
            // left as it is, and one that is being created is found by its natural key; a run is started and ended
            // once.
            Self::EndSessions
            | Self::EndSession(_)
            | Self::CountAdministrator(_)
            | Self::TakeAdministratorOut(_)
            | Self::Invite(_)
            | Self::Uninvite(_)
            | Self::ConnectXero
            | Self::ClaimXero
            | Self::ChooseXero
            | Self::AskForConfirmation
            | Self::CreateFields
            | Self::DisconnectXero
            | Self::Erase
            | Self::Sync(..)
            | Self::BeginRun(_)
            | Self::CancelRun(_) => Repeated::Same,
        }
    }
}

/// What a method finds at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Found<R> {
    /// This.
    Route(R),
    /// The path knows other methods only: these, as the header `Allow` lists them.
    OtherMethods(String),
    /// There is no such path.
    Nothing,
}

/// What one path answers to, method by method.
type Methods<R> = Vec<(&'static str, R)>;

/// The route of a request.
pub(crate) fn find(method: &str, path: &str) -> Found<Route> {
    let methods: Methods<Route> = match path {
        path if widget_address::is_panel(path) => vec![("GET", Route::Panel)],
        path if widget_address::is_portal(path) => vec![("GET", Route::Portal)],
        "/auth/zoho/callback" => vec![("GET", Route::ZohoCallback)],
        "/auth/xero/callback" => vec![("GET", Route::XeroCallback)],
        "/auth/begin" => vec![("GET", Route::FirstPage)],
        "/letters/confirm" => vec![("GET", Route::OpenLink(Link::Confirm)), ("POST", Route::FollowLink(Link::Confirm))],
        "/letters/stop" => vec![("GET", Route::OpenLink(Link::Stop)), ("POST", Route::FollowLink(Link::Stop))],
        "/api/sign-in" => vec![("POST", Route::SignIn)],
        "/api/flows/state" => vec![("POST", Route::FlowState)],
        "/api/session" => vec![("GET", Route::Organisation), ("POST", Route::Claim), ("DELETE", Route::SignOut)],
        "/api/health" => vec![("GET", Route::Health)],
        path if path.starts_with("/assets/") => vec![("GET", Route::Asset), ("HEAD", Route::Asset)],
        path => of_organisation(path).into_iter().map(|(method, _)| (method, Route::Organisation)).collect(),
    };
    choose(method, methods)
}

/// The route within the organisation's Durable Object.
pub(crate) fn find_organisation(method: &str, path: &str) -> Found<OrganisationRoute> {
    choose(method, of_organisation(path))
}

fn choose<R>(method: &str, methods: Methods<R>) -> Found<R> {
    if methods.is_empty() {
        return Found::Nothing;
    }
    let allow: Vec<&str> = methods.iter().map(|(known, _)| *known).collect();
    let allow = allow.join(", ");
    let route = methods.into_iter().find(|(known, _)| *known == method);
    route.map_or(Found::OtherMethods(allow), |(_, route)| Found::Route(route))
}

fn of_organisation(path: &str) -> Methods<OrganisationRoute> {
    use OrganisationRoute as Wanted;
    let Some(path) = path.strip_prefix("/api/") else { return Vec::new() };
    let parts: Vec<&str> = path.split('/').collect();
    if parts.contains(&"") {
        return Vec::new();
    }
    // An id of ours, before anything is looked up under it.
    if let ["runs" | "entries", id, ..] = parts.as_slice()
        && !is_id(id)
    {
        return Vec::new();
    }
    match parts.as_slice() {
        ["session"] => vec![("GET", Wanted::Session)],
        ["sessions"] => vec![("GET", Wanted::Sessions), ("DELETE", Wanted::EndSessions)],
        ["sessions", id] => vec![("DELETE", Wanted::EndSession((*id).to_owned()))],
        ["administrators"] => vec![("GET", Wanted::Administrators)],
        ["administrators", id] => match ZohoId::new(*id) {
            Ok(id) => {
                vec![("PUT", Wanted::CountAdministrator(id.clone())), ("DELETE", Wanted::TakeAdministratorOut(id))]
            }
            Err(_) => Vec::new(),
        },
        ["invitations"] => vec![("GET", Wanted::Invitations)],
        ["invitations", org] => match OrgId::new(*org) {
            Ok(org) => vec![("PUT", Wanted::Invite(org.clone())), ("DELETE", Wanted::Uninvite(org))],
            Err(_) => Vec::new(),
        },
        ["setup"] => vec![("GET", Wanted::Setup)],
        ["setup", "fields"] => vec![("POST", Wanted::CreateFields)],
        ["connection"] => vec![("DELETE", Wanted::Erase)],
        ["connection", "xero"] => vec![("POST", Wanted::ConnectXero), ("DELETE", Wanted::DisconnectXero)],
        ["connection", "xero", "claim"] => vec![("POST", Wanted::ClaimXero)],
        ["connection", "xero", "choice"] => vec![("POST", Wanted::ChooseXero)],
        ["mapping"] => vec![("GET", Wanted::Mapping)],
        ["records", module] => {
            let module = Module::from_api_name(module);
            module.into_iter().map(|module| ("GET", Wanted::FindRecords(module))).collect()
        }
        ["records", module, id, rest @ ..] => record(module, id, rest),
        ["settings"] => vec![("GET", Wanted::Settings), ("PUT", Wanted::SaveSettings)],
        ["settings", "changes"] => vec![("POST", Wanted::ChangeSetting)],
        ["schedule"] => vec![("GET", Wanted::Schedule), ("PUT", Wanted::SaveSchedule)],
        ["schedule", "confirmations"] => vec![("POST", Wanted::AskForConfirmation)],
        ["runs"] => vec![("GET", Wanted::Runs), ("POST", Wanted::StartRun)],
        ["runs", id] => vec![("GET", Wanted::Run((*id).to_owned()))],
        ["runs", id, "events"] => vec![("GET", Wanted::RunEvents((*id).to_owned()))],
        ["runs", id, "start"] => vec![("POST", Wanted::BeginRun((*id).to_owned()))],
        ["runs", id, "cancel"] => vec![("POST", Wanted::CancelRun((*id).to_owned()))],
        ["runs", id, "retry"] => vec![("POST", Wanted::RetryRun((*id).to_owned()))],
        ["entries"] => vec![("GET", Wanted::Log)],
        ["entries.csv"] => vec![("GET", Wanted::LogFile)],
        ["entries", id] => vec![("GET", Wanted::Entry((*id).to_owned()))],
        ["log"] => vec![("GET", Wanted::LogRows)],
        ["entries", id, "retry"] => vec![("POST", Wanted::RetryEntry((*id).to_owned()))],
        ["waiting"] => vec![("GET", Wanted::Waiting)],
        ["budget"] => vec![("GET", Wanted::Budget)],
        ["days"] => vec![("GET", Wanted::Days)],
        ["audit"] => vec![("GET", Wanted::Audit)],
        ["status"] => vec![("GET", Wanted::Status)],
        _ => Vec::new(),
    }
}

/// Whether this has the form of an id of ours.
fn is_id(text: &str) -> bool {
    (1..=40).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

fn record(module: &str, id: &str, rest: &[&str]) -> Methods<OrganisationRoute> {
    let (Some(module), Ok(id)) = (Module::from_api_name(module), ZohoId::new(id)) else { return Vec::new() };
    match rest {
        [] => vec![("GET", OrganisationRoute::View(module, id))],
        ["preview"] => vec![("POST", OrganisationRoute::PreviewWith(module, id))],
        ["sync"] => vec![("POST", OrganisationRoute::Sync(module, id))],
        ["decision"] => vec![("POST", OrganisationRoute::Decide(module, id))],
        ["progress"] => vec![("GET", OrganisationRoute::Progress(module, id))],
        ["entries"] => vec![("GET", OrganisationRoute::RecordEntries(module, id))],
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_finds_its_route_and_nothing_else_does() {
        let cases = [
            ("GET", "/panel", Some(Route::Panel)),
            ("GET", "/portal", Some(Route::Portal)),
            ("GET", "/panel/", Some(Route::Panel)),
            ("GET", "/panel/button", Some(Route::Panel)),
            ("GET", "/panel/button/", Some(Route::Panel)),
            ("GET", "/panel/list", Some(Route::Panel)),
            ("GET", "/panel/list/", Some(Route::Panel)),
            ("GET", "/panel/other", None),
            ("GET", "/panel//", None),
            ("GET", "/assets/panel-1a2b.wasm", Some(Route::Asset)),
            ("HEAD", "/assets/panel-1a2b.wasm", Some(Route::Asset)),
            ("POST", "/api/sign-in", Some(Route::SignIn)),
            ("GET", "/api/session", Some(Route::Organisation)),
            ("POST", "/api/flows/state", Some(Route::FlowState)),
            ("GET", "/auth/begin", Some(Route::FirstPage)),
            ("POST", "/api/session", Some(Route::Claim)),
            ("DELETE", "/api/session", Some(Route::SignOut)),
            ("POST", "/api/connection/xero", Some(Route::Organisation)),
            ("DELETE", "/api/connection/xero", Some(Route::Organisation)),
            ("DELETE", "/api/connection", Some(Route::Organisation)),
            ("GET", "/api/health", Some(Route::Health)),
            ("GET", "/auth/zoho/callback", Some(Route::ZohoCallback)),
            ("GET", "/auth/xero/callback", Some(Route::XeroCallback)),
            ("POST", "/auth/xero/choice", None),
            ("PUT", "/api/invitations/60001", None),
            ("DELETE", "/api/administrators/ana", None),
            ("GET", "/letters/confirm", Some(Route::OpenLink(Link::Confirm))),
            ("POST", "/letters/confirm", Some(Route::FollowLink(Link::Confirm))),
            ("GET", "/letters/stop", Some(Route::OpenLink(Link::Stop))),
            ("POST", "/letters/stop", Some(Route::FollowLink(Link::Stop))),
            ("GET", "/letters", None),
            ("GET", "/api/letters/confirm", None),
            ("GET", "/api/records/Accounts/123", Some(Route::Organisation)),
            ("POST", "/api/runs", Some(Route::Organisation)),
            ("GET", "/api/records/Accounts", Some(Route::Organisation)),
            ("GET", "/api/records/Leads", None),
            ("GET", "/api/records/", None),
            ("GET", "/api/connection/zoho", None),
            ("GET", "/portal/", Some(Route::Portal)),
            ("GET", "/portal/log", None),
            ("GET", "/api/records/Leads/123", None),
            ("GET", "/api/records/Accounts/12a", None),
            ("GET", "/api/records/Accounts/123/else", None),
            ("GET", "/api/runs/", None),
            ("GET", "/api/runs/%31", None),
            ("GET", "/api/runs/a;b", None),
            ("GET", "/api/entries/12345678901234567890123456789012345678901", None),
            ("GET", "/api/entries/1/else", None),
            ("POST", "/api/runs//start", None),
            ("POST", "/internal/wake", None),
            ("GET", "/api/internal/wake", None),
            ("POST", "/wake", None),
            ("GET", "/", None),
        ];
        for (method, path, route) in cases {
            let expected = route.map_or(Found::Nothing, Found::Route);
            assert_eq!(find(method, path), expected, "{method} {path}");
        }
    }

    #[test]
    fn every_address_of_an_organisation_finds_its_route() {
        use OrganisationRoute as Wanted;
        let account = || (Module::Accounts, ZohoId::new("123").unwrap());
        let id = || "0001-ab".to_owned();
        let cases = [
            ("GET", "session", Wanted::Session),
            ("GET", "sessions", Wanted::Sessions),
            ("DELETE", "sessions", Wanted::EndSessions),
            ("DELETE", "sessions/0001-ab", Wanted::EndSession(id())),
            ("GET", "administrators", Wanted::Administrators),
            ("PUT", "administrators/123", Wanted::CountAdministrator(account().1)),
            ("DELETE", "administrators/123", Wanted::TakeAdministratorOut(account().1)),
            ("GET", "invitations", Wanted::Invitations),
            ("PUT", "invitations/eu.60001", Wanted::Invite(OrgId::new("eu.60001").unwrap())),
            ("DELETE", "invitations/eu.60001", Wanted::Uninvite(OrgId::new("eu.60001").unwrap())),
            ("POST", "connection/xero", Wanted::ConnectXero),
            ("POST", "connection/xero/claim", Wanted::ClaimXero),
            ("POST", "connection/xero/choice", Wanted::ChooseXero),
            ("GET", "setup", Wanted::Setup),
            ("POST", "setup/fields", Wanted::CreateFields),
            ("DELETE", "connection", Wanted::Erase),
            ("DELETE", "connection/xero", Wanted::DisconnectXero),
            ("GET", "mapping", Wanted::Mapping),
            ("GET", "records/Purchase_Orders", Wanted::FindRecords(Module::PurchaseOrders)),
            ("GET", "records/Accounts/123", Wanted::View(account().0, account().1)),
            ("POST", "records/Accounts/123/preview", Wanted::PreviewWith(account().0, account().1)),
            ("POST", "records/Accounts/123/sync", Wanted::Sync(account().0, account().1)),
            ("POST", "records/Accounts/123/decision", Wanted::Decide(account().0, account().1)),
            ("GET", "records/Accounts/123/progress", Wanted::Progress(account().0, account().1)),
            ("GET", "records/Accounts/123/entries", Wanted::RecordEntries(account().0, account().1)),
            ("POST", "settings/changes", Wanted::ChangeSetting),
            ("GET", "settings", Wanted::Settings),
            ("PUT", "settings", Wanted::SaveSettings),
            ("GET", "schedule", Wanted::Schedule),
            ("PUT", "schedule", Wanted::SaveSchedule),
            ("POST", "schedule/confirmations", Wanted::AskForConfirmation),
            ("GET", "runs", Wanted::Runs),
            ("POST", "runs", Wanted::StartRun),
            ("GET", "runs/0001-ab", Wanted::Run(id())),
            ("GET", "runs/0001-ab/events", Wanted::RunEvents(id())),
            ("POST", "runs/0001-ab/start", Wanted::BeginRun(id())),
            ("POST", "runs/0001-ab/cancel", Wanted::CancelRun(id())),
            ("POST", "runs/0001-ab/retry", Wanted::RetryRun(id())),
            ("GET", "entries", Wanted::Log),
            ("GET", "log", Wanted::LogRows),
            ("GET", "entries/0001-ab", Wanted::Entry(id())),
            ("GET", "entries.csv", Wanted::LogFile),
            ("POST", "entries/0001-ab/retry", Wanted::RetryEntry(id())),
            ("GET", "waiting", Wanted::Waiting),
            ("GET", "budget", Wanted::Budget),
            ("GET", "days", Wanted::Days),
            ("GET", "audit", Wanted::Audit),
            ("GET", "status", Wanted::Status),
        ];
        for (method, path, route) in cases {
            let path = format!("/api/{path}");
            assert_eq!(find_organisation(method, &path), Found::Route(route), "{method} {path}");
            assert_eq!(find(method, &path), Found::Route(Route::Organisation), "{method} {path}");
        }
    }

    #[test]
    fn every_address_of_the_api_s_document_finds_a_route() {
        let addresses = shared::api::schema::addresses();
        assert!(addresses.len() > 20, "{addresses:?}");
        for (method, path) in addresses {
            let path = path.replace("{module}", "Accounts").replace("{id}", "1").replace("{org}", "us.1");
            assert!(matches!(find(&method, &path), Found::Route(_)), "{method} {path}");
        }
    }

    /// Why a request that the door answers itself may be sent again.
    #[derive(Debug, PartialEq, Eq)]
    enum AtDoor {
        Reads,
        /// It begins what only its own claim ends, and what nobody claims ends by itself.
        Flow,
        /// It brings a code that works once.
        Code,
        /// There is nothing left to do.
        Same,
        /// See [`Repeated`].
        Organisation,
    }

    fn at_door_of(route: Route) -> AtDoor {
        match route {
            Route::Panel | Route::Portal | Route::Asset | Route::Health => AtDoor::Reads,
            Route::FirstPage | Route::FlowState | Route::OpenLink(_) => AtDoor::Reads,
            Route::SignIn => AtDoor::Flow,
            Route::ZohoCallback | Route::XeroCallback | Route::Claim => AtDoor::Code,
            Route::SignOut | Route::FollowLink(_) => AtDoor::Same,
            Route::Organisation => AtDoor::Organisation,
        }
    }

    /// Each address that changes something, and why it may be sent again. A new one needs a row here.
    const AT_DOOR: [(&str, &str, AtDoor); 4] = [
        ("POST", "/api/flows/state", AtDoor::Reads),
        ("POST", "/api/sign-in", AtDoor::Flow),
        ("POST", "/api/session", AtDoor::Code),
        ("DELETE", "/api/session", AtDoor::Same),
    ];

    /// The same of an organisation's addresses.
    const OF_ORGANISATION: [(&str, &str, Repeated); 24] = [
        ("DELETE", "/api/sessions", Repeated::Same),
        ("DELETE", "/api/sessions/{id}", Repeated::Same),
        ("PUT", "/api/administrators/{id}", Repeated::Same),
        ("DELETE", "/api/administrators/{id}", Repeated::Same),
        ("PUT", "/api/invitations/{org}", Repeated::Same),
        ("DELETE", "/api/invitations/{org}", Repeated::Same),
        ("POST", "/api/connection/xero", Repeated::Same),
        ("POST", "/api/connection/xero/claim", Repeated::Same),
        ("POST", "/api/connection/xero/choice", Repeated::Same),
        ("POST", "/api/schedule/confirmations", Repeated::Same),
        ("DELETE", "/api/connection/xero", Repeated::Same),
        ("DELETE", "/api/connection", Repeated::Same),
        ("POST", "/api/setup/fields", Repeated::Same),
        ("POST", "/api/records/{module}/{id}/preview", Repeated::Reads),
        ("POST", "/api/records/{module}/{id}/sync", Repeated::Same),
        ("POST", "/api/records/{module}/{id}/decision", Repeated::Key),
        ("POST", "/api/runs", Repeated::Key),
        ("POST", "/api/runs/{id}/start", Repeated::Same),
        ("POST", "/api/runs/{id}/cancel", Repeated::Same),
        ("POST", "/api/runs/{id}/retry", Repeated::Key),
        ("POST", "/api/entries/{id}/retry", Repeated::Key),
        ("PUT", "/api/schedule", Repeated::Version),
        ("PUT", "/api/settings", Repeated::Version),
        ("POST", "/api/settings/changes", Repeated::Key),
    ];

    #[test]
    fn every_change_takes_a_version_or_is_the_same_when_it_is_sent_again() {
        let addresses: Vec<_> =
            shared::api::schema::addresses().into_iter().filter(|(name, _)| name != "GET").collect();
        let at_door = AT_DOOR.iter().map(|(method, path, _)| ((*method).to_owned(), *path));
        let named: Vec<_> =
            at_door.chain(OF_ORGANISATION.iter().map(|(method, path, _)| ((*method).to_owned(), *path))).collect();
        let mut differ: Vec<_> = addresses.iter().filter(|address| !named.contains(address)).collect();
        differ.extend(named.iter().filter(|address| !addresses.contains(address)));
        assert!(differ.is_empty(), "a row is missing or too many: {differ:?}");
        for (method, path, expected) in AT_DOOR {
            let Found::Route(route) = find(method, path) else { panic!("{method} {path}") };
            assert_eq!(at_door_of(route), expected, "{method} {path}");
        }
        for (method, path, expected) in OF_ORGANISATION {
            let path = path.replace("{module}", "Accounts").replace("{id}", "1").replace("{org}", "us.1");
            let Found::Route(route) = find_organisation(method, &path) else { panic!("{method} {path}") };
            assert_eq!(route.repeated(), expected, "{method} {path}");
        }
    }

    #[test]
    fn another_method_learns_which_ones_there_are() {
        let cases = [
            ("DELETE", "/api/runs", "GET, POST"),
            ("HEAD", "/api/runs", "GET, POST"),
            ("POST", "/api/schedule", "GET, PUT"),
            ("PUT", "/api/session", "GET, POST, DELETE"),
            ("POST", "/api/records/Accounts/123", "GET"),
            ("GET", "/api/records/Accounts/123/sync", "POST"),
            ("get", "/api/budget", "GET"),
            ("POST", "/panel", "GET"),
            ("POST", "/panel/list", "GET"),
            ("POST", "/portal", "GET"),
            ("HEAD", "/letters/stop", "GET, POST"),
            ("GET", "/api/schedule/confirmations", "POST"),
            ("GET", "/api/connection/xero", "POST, DELETE"),
            ("POST", "/api/connection", "DELETE"),
            ("POST", "/api/mapping", "GET"),
        ];
        for (method, path, allow) in cases {
            assert_eq!(find(method, path), Found::OtherMethods(allow.to_owned()), "{method} {path}");
        }
    }

    #[test]
    fn what_is_asked_without_a_session_is_counted_by_address() {
        for (method, path, counted) in [
            ("POST", "/api/sign-in", true),
            ("POST", "/api/session", true),
            ("GET", "/auth/zoho/callback", true),
            ("GET", "/auth/xero/callback", true),
            ("GET", "/auth/begin", true),
            ("POST", "/api/flows/state", false),
            ("POST", "/api/connection/xero", true),
            ("DELETE", "/api/connection/xero", false),
            ("DELETE", "/api/session", false),
            ("GET", "/panel", false),
            ("GET", "/api/session", false),
            ("GET", "/api/runs", false),
        ] {
            let Found::Route(route) = find(method, path) else { panic!("{method} {path}") };
            assert_eq!(is_counted_by_address(route, method, path), counted, "{method} {path}");
        }
    }

    #[test]
    fn only_what_starts_or_ends_a_run_stirs_it() {
        for (method, path, stirs) in [
            ("POST", "/api/runs", true),
            ("POST", "/api/runs/1/start", true),
            ("POST", "/api/runs/1/cancel", true),
            ("POST", "/api/runs/1/retry", true),
            ("POST", "/api/entries/1/retry", true),
            // Both end the run under way at once: nothing is left to go on with.
            ("DELETE", "/api/connection/xero", false),
            ("DELETE", "/api/connection", false),
            ("PUT", "/api/settings", false),
            ("GET", "/api/runs", false),
            ("GET", "/api/runs/1/events", false),
            ("PUT", "/api/schedule", false),
            ("POST", "/api/records/Accounts/1/sync", false),
        ] {
            let Found::Route(route) = find_organisation(method, path) else { panic!("{method} {path}") };
            assert_eq!(route.stirs_runs(), stirs, "{method} {path}");
        }
    }
}
