//! From method and path to what is wanted.

use shared::id::ZohoId;
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
    /// Zoho sends the popup back.
    ZohoCallback,
    /// Xero sends the popup back.
    XeroCallback,
    /// The popup's choice among several Xero organisations.
    XeroChoice,
    /// Claim a session.
    Claim,
    /// Who is signed in.
    Session,
    /// Sign out.
    SignOut,
    /// Begin to connect Xero.
    ConnectXero,
    /// Whether the Worker and its database answer.
    Health,
    /// Anything that belongs to the organisation's Durable Object.
    Organisation,
}

/// What is wanted of the organisation's Durable Object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum OrganisationRoute {
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

impl OrganisationRoute {
    /// Whether it may start or end a run, so that the Durable Object has something to do afterwards.
    pub(crate) fn stirs_runs(&self) -> bool {
        matches!(
            self,
            Self::StartRun | Self::BeginRun(_) | Self::CancelRun(_) | Self::RetryRun(_) | Self::RetryEntry(_)
        )
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
        "/panel" => vec![("GET", Route::Panel)],
        "/portal" => vec![("GET", Route::Portal)],
        "/auth/zoho/callback" => vec![("GET", Route::ZohoCallback)],
        "/auth/xero/callback" => vec![("GET", Route::XeroCallback)],
        "/auth/xero/choice" => vec![("POST", Route::XeroChoice)],
        "/api/sign-in" => vec![("POST", Route::SignIn)],
        "/api/session" => vec![("GET", Route::Session), ("POST", Route::Claim), ("DELETE", Route::SignOut)],
        "/api/connection/xero" => vec![("POST", Route::ConnectXero), ("DELETE", Route::Organisation)],
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
    match parts.as_slice() {
        ["setup"] => vec![("GET", Wanted::Setup)],
        ["setup", "fields"] => vec![("POST", Wanted::CreateFields)],
        ["connection"] => vec![("DELETE", Wanted::Erase)],
        ["connection", "xero"] => vec![("DELETE", Wanted::DisconnectXero)],
        ["mapping"] => vec![("GET", Wanted::Mapping)],
        ["records", module] => {
            let module = Module::from_api_name(module);
            module.into_iter().map(|module| ("GET", Wanted::FindRecords(module))).collect()
        }
        ["records", module, id, rest @ ..] => record(module, id, rest),
        ["settings"] => vec![("GET", Wanted::Settings), ("PUT", Wanted::SaveSettings)],
        ["settings", "changes"] => vec![("POST", Wanted::ChangeSetting)],
        ["schedule"] => vec![("GET", Wanted::Schedule), ("PUT", Wanted::SaveSchedule)],
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

fn record(module: &str, id: &str, rest: &[&str]) -> Methods<OrganisationRoute> {
    let (Some(module), Ok(id)) = (Module::from_api_name(module), ZohoId::new(id)) else { return Vec::new() };
    match rest {
        [] => vec![("GET", OrganisationRoute::View(module, id))],
        ["preview"] => vec![("POST", OrganisationRoute::PreviewWith(module, id))],
        ["sync"] => vec![("POST", OrganisationRoute::Sync(module, id))],
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
            ("GET", "/assets/panel-1a2b.wasm", Some(Route::Asset)),
            ("HEAD", "/assets/panel-1a2b.wasm", Some(Route::Asset)),
            ("POST", "/api/sign-in", Some(Route::SignIn)),
            ("GET", "/api/session", Some(Route::Session)),
            ("POST", "/api/session", Some(Route::Claim)),
            ("DELETE", "/api/session", Some(Route::SignOut)),
            ("POST", "/api/connection/xero", Some(Route::ConnectXero)),
            ("DELETE", "/api/connection/xero", Some(Route::Organisation)),
            ("DELETE", "/api/connection", Some(Route::Organisation)),
            ("GET", "/api/health", Some(Route::Health)),
            ("GET", "/auth/zoho/callback", Some(Route::ZohoCallback)),
            ("GET", "/auth/xero/callback", Some(Route::XeroCallback)),
            ("POST", "/auth/xero/choice", Some(Route::XeroChoice)),
            ("GET", "/api/records/Accounts/123", Some(Route::Organisation)),
            ("POST", "/api/runs", Some(Route::Organisation)),
            ("GET", "/api/records/Accounts", Some(Route::Organisation)),
            ("GET", "/api/records/Leads", None),
            ("GET", "/api/records/", None),
            ("GET", "/api/connection/zoho", None),
            ("GET", "/portal/", None),
            ("GET", "/api/records/Leads/123", None),
            ("GET", "/api/records/Accounts/12a", None),
            ("GET", "/api/records/Accounts/123/else", None),
            ("GET", "/api/runs/", None),
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
            ("GET", "setup", Wanted::Setup),
            ("POST", "setup/fields", Wanted::CreateFields),
            ("DELETE", "connection", Wanted::Erase),
            ("DELETE", "connection/xero", Wanted::DisconnectXero),
            ("GET", "mapping", Wanted::Mapping),
            ("GET", "records/Purchase_Orders", Wanted::FindRecords(Module::PurchaseOrders)),
            ("GET", "records/Accounts/123", Wanted::View(account().0, account().1)),
            ("POST", "records/Accounts/123/preview", Wanted::PreviewWith(account().0, account().1)),
            ("POST", "records/Accounts/123/sync", Wanted::Sync(account().0, account().1)),
            ("GET", "records/Accounts/123/progress", Wanted::Progress(account().0, account().1)),
            ("GET", "records/Accounts/123/entries", Wanted::RecordEntries(account().0, account().1)),
            ("POST", "settings/changes", Wanted::ChangeSetting),
            ("GET", "settings", Wanted::Settings),
            ("PUT", "settings", Wanted::SaveSettings),
            ("GET", "schedule", Wanted::Schedule),
            ("PUT", "schedule", Wanted::SaveSchedule),
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
            let path = path.replace("{module}", "Accounts").replace("{id}", "1");
            assert!(matches!(find(&method, &path), Found::Route(_)), "{method} {path}");
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
            ("POST", "/portal", "GET"),
            ("GET", "/api/connection/xero", "POST, DELETE"),
            ("POST", "/api/connection", "DELETE"),
            ("POST", "/api/mapping", "GET"),
        ];
        for (method, path, allow) in cases {
            assert_eq!(find(method, path), Found::OtherMethods(allow.to_owned()), "{method} {path}");
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
