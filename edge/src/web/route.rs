//! From method and path to what is wanted.

use shared::id::ZohoId;
use shared::module::Module;

/// What a browser wants of the Worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Route {
    /// The panel's page.
    Panel,
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
    /// Nothing.
    Unknown,
}

/// What is wanted of the organisation's Durable Object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum OrganisationRoute {
    /// Where a record stands.
    View(Module, ZohoId),
    /// Sync a record.
    Sync(Module, ZohoId),
    /// The steps under way.
    Progress(Module, ZohoId),
    /// A page of a record's log.
    Entries(Module, ZohoId),
    /// Change a setting.
    ChangeSetting,
}

/// The route of a request.
pub(crate) fn find(method: &str, path: &str) -> Route {
    match (method, path) {
        ("GET", "/panel") => Route::Panel,
        ("GET", "/auth/zoho/callback") => Route::ZohoCallback,
        ("GET", "/auth/xero/callback") => Route::XeroCallback,
        ("POST", "/auth/xero/choice") => Route::XeroChoice,
        ("POST", "/api/sign-in") => Route::SignIn,
        ("POST", "/api/session") => Route::Claim,
        ("GET", "/api/session") => Route::Session,
        ("DELETE", "/api/session") => Route::SignOut,
        ("POST", "/api/connection/xero") => Route::ConnectXero,
        ("GET", "/api/health") => Route::Health,
        _ if find_organisation(method, path).is_some() => Route::Organisation,
        ("GET" | "HEAD", path) if path.starts_with("/assets/") => Route::Asset,
        _ => Route::Unknown,
    }
}

/// The route within the organisation's Durable Object.
pub(crate) fn find_organisation(method: &str, path: &str) -> Option<OrganisationRoute> {
    let parts: Vec<&str> = path.strip_prefix("/api/")?.split('/').collect();
    match (method, parts.as_slice()) {
        ("GET", ["records", module, id]) => record(module, id).map(|(module, id)| OrganisationRoute::View(module, id)),
        ("POST", ["records", module, id, "sync"]) => {
            record(module, id).map(|(module, id)| OrganisationRoute::Sync(module, id))
        }
        ("GET", ["records", module, id, "progress"]) => {
            record(module, id).map(|(module, id)| OrganisationRoute::Progress(module, id))
        }
        ("GET", ["records", module, id, "entries"]) => {
            record(module, id).map(|(module, id)| OrganisationRoute::Entries(module, id))
        }
        ("POST", ["settings", "changes"]) => Some(OrganisationRoute::ChangeSetting),
        _ => None,
    }
}

fn record(module: &str, id: &str) -> Option<(Module, ZohoId)> {
    Some((Module::from_api_name(module)?, ZohoId::new(id).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_finds_its_route_and_nothing_else_does() {
        let cases = [
            ("GET", "/panel", Route::Panel),
            ("GET", "/assets/panel-1a2b.wasm", Route::Asset),
            ("POST", "/api/sign-in", Route::SignIn),
            ("GET", "/api/session", Route::Session),
            ("POST", "/api/session", Route::Claim),
            ("DELETE", "/api/session", Route::SignOut),
            ("GET", "/auth/zoho/callback", Route::ZohoCallback),
            ("GET", "/api/records/Accounts/123", Route::Organisation),
            ("POST", "/api/records/Purchase_Orders/123/sync", Route::Organisation),
            ("POST", "/api/records/Accounts/123", Route::Unknown),
            ("GET", "/api/records/Leads/123", Route::Unknown),
            ("GET", "/api/records/Accounts/12a", Route::Unknown),
            ("GET", "/api/records/Accounts/123/sync", Route::Unknown),
            ("GET", "/", Route::Unknown),
        ];
        for (method, path, route) in cases {
            assert_eq!(find(method, path), route, "{method} {path}");
        }
    }
}
