//! From method and path to what is wanted: the API's addresses ([`Address`]), and what a browser opens beside them.

use super::letters::Link;
use super::widget_address;
use shared::api::address::{Address, By, Found, Mark};

/// What a browser wants of the Worker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Route {
    /// The panel's page.
    Panel,
    /// The portal's page.
    Portal,
    /// A file of the widget.
    Asset,
    /// The popup's first page.
    FirstPage,
    /// Zoho sends the popup back.
    ZohoCallback,
    /// Xero sends the popup back.
    XeroCallback,
    /// The page behind the link of a letter.
    OpenLink(Link),
    /// The button of that page.
    FollowLink(Link),
    /// An address of the API that the Worker answers at its door.
    Door(Address),
    /// One that belongs to the organisation's Durable Object.
    Organisation(Address),
}

impl Route {
    fn of(address: Address) -> Self {
        match address.row().by {
            By::Door => Self::Door(address),
            By::Member(_) | By::MemberNow => Self::Organisation(address),
        }
    }

    /// Whether a request is counted by the address that it comes from: see [`Mark::CountedByAddress`].
    pub(crate) fn is_counted_by_address(&self) -> bool {
        match self {
            Self::FirstPage | Self::ZohoCallback | Self::XeroCallback => true,
            Self::Door(address) | Self::Organisation(address) => address.row().is(Mark::CountedByAddress),
            Self::Panel | Self::Portal | Self::Asset | Self::OpenLink(_) | Self::FollowLink(_) => false,
        }
    }
}

/// The route of a request.
pub(crate) fn find(method: &str, path: &str) -> Found<Route> {
    let methods = match path {
        path if widget_address::is_panel(path) => vec![("GET", Route::Panel)],
        path if widget_address::is_portal(path) => vec![("GET", Route::Portal)],
        "/auth/zoho/callback" => vec![("GET", Route::ZohoCallback)],
        "/auth/xero/callback" => vec![("GET", Route::XeroCallback)],
        "/auth/begin" => vec![("GET", Route::FirstPage)],
        "/letters/confirm" => vec![("GET", Route::OpenLink(Link::Confirm)), ("POST", Route::FollowLink(Link::Confirm))],
        "/letters/stop" => vec![("GET", Route::OpenLink(Link::Stop)), ("POST", Route::FollowLink(Link::Stop))],
        path if path.starts_with("/assets/") => vec![("GET", Route::Asset), ("HEAD", Route::Asset)],
        path => Address::at(path).into_iter().map(|(method, address)| (method, Route::of(address))).collect(),
    };
    Found::choose(method, methods)
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::api::address::{ROWS, Repeated, Row};
    use shared::id::{OrgId, ZohoId};
    use shared::module::Module;

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
            ("POST", "/api/sign-in", Some(Route::Door(Address::SignIn))),
            ("POST", "/api/flows/state", Some(Route::Door(Address::FlowState))),
            ("GET", "/auth/begin", Some(Route::FirstPage)),
            ("POST", "/api/session", Some(Route::Door(Address::Claim))),
            ("DELETE", "/api/session", Some(Route::Door(Address::SignOut))),
            ("GET", "/api/health", Some(Route::Door(Address::Health))),
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
        use Address as Wanted;
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
            assert_eq!(find(method, &path), Found::Route(Route::Organisation(route)), "{method} {path}");
        }
    }

    /// Each address that changes something, and why it may be sent again. A new one needs a row here.
    const CHANGES: [(&str, &str, Repeated); 28] = [
        ("POST", "/api/flows/state", Repeated::Reads),
        ("POST", "/api/sign-in", Repeated::Flow),
        ("POST", "/api/session", Repeated::Code),
        ("DELETE", "/api/session", Repeated::Same),
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
        let changes = |row: &&Row| row.method != "GET";
        let found: Vec<_> = ROWS.iter().filter(changes).map(|row| (row.method, row.path, row.repeated)).collect();
        let differ: Vec<_> = found.iter().filter(|one| !CHANGES.contains(one)).collect();
        assert!(differ.is_empty() && found.len() == CHANGES.len(), "a row is missing or too many: {differ:?}");
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
            assert_eq!(route.is_counted_by_address(), counted, "{method} {path}");
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
            let Found::Route(address) = Address::find(method, path) else { panic!("{method} {path}") };
            assert_eq!(address.row().is(Mark::StirsRuns), stirs, "{method} {path}");
        }
    }
}
