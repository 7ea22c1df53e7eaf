//! Who calls, for which organisation, and whether the token's scopes cover it; and the list of connections.

use chrono::{DateTime, Utc};
use sandbox_kernel::{Request, Response};
use serde_json::{Value, json};

use crate::answers::ItemScope;
use crate::guids::Guids;
use crate::identity::{Access, Connection, Identity};
use crate::reply;

/// Finds the caller's token.
///
/// # Errors
/// The 401 that Xero gives for no token, an unknown one or an expired one.
pub(crate) fn token<'a>(
    identity: &'a Identity,
    now: DateTime<Utc>,
    request: &Request,
    traces: &mut Guids,
) -> Result<&'a Access, Box<Response>> {
    let given = request.header("authorization").and_then(|value| value.strip_prefix("Bearer "));
    let Some(access) = given.and_then(|token| identity.access.get(token.trim())) else {
        return Err(Box::new(reply::problem(401, "Unauthorized", "AuthenticationUnsuccessful", &traces.guid())));
    };
    if now >= access.expires {
        let detail = format!("TokenExpired: token expired at {}", access.expires.format("%m/%d/%Y %H:%M:%S"));
        return Err(Box::new(reply::problem(401, "Unauthorized", &detail, &traces.guid())));
    }
    Ok(access)
}

/// Finds the organisation that the caller names, if the token's person connected it.
///
/// # Errors
/// The 403 for a header that is absent, wrong, or names an organisation that was disconnected.
pub(crate) fn tenant(
    identity: &Identity,
    token: &Access,
    request: &Request,
    traces: &mut Guids,
) -> Result<String, Box<Response>> {
    let named = request.header("xero-tenant-id").unwrap_or_default().to_ascii_lowercase();
    let linked = identity.connections.iter().any(|link| belongs(link, token) && link.tenant == named);
    if linked {
        Ok(named)
    } else {
        Err(Box::new(reply::problem(403, "Forbidden", "AuthenticationUnsuccessful", &traces.guid())))
    }
}

/// The scopes of which one is needed for this resource. The `.read` ones are enough for reading.
fn families(resource: &str, items: ItemScope) -> &'static [&'static str] {
    match resource {
        "Invoices" | "CreditNotes" => &["accounting.invoices"],
        "Items" => match items {
            ItemScope::Either => &["accounting.invoices", "accounting.settings"],
            ItemScope::Invoices => &["accounting.invoices"],
            ItemScope::Settings => &["accounting.settings"],
        },
        "Payments" | "Overpayments" | "Prepayments" => &["accounting.payments"],
        "Contacts" => &["accounting.contacts"],
        _ => &["accounting.settings"],
    }
}

/// Checks the token's scopes for this resource.
///
/// # Errors
/// The 401 of a missing scope, with its `WWW-Authenticate`.
pub(crate) fn scope(
    scopes: &[String],
    items: ItemScope,
    resource: &str,
    write: bool,
    traces: &mut Guids,
) -> Result<(), Box<Response>> {
    let covered = families(resource, items).iter().any(|family| {
        scopes.iter().any(|scope| scope == family || (!write && scope.strip_suffix(".read") == Some(family)))
    });
    if covered {
        return Ok(());
    }
    let mut response = reply::problem(401, "Unauthorized", "AuthorizationUnsuccessful", &traces.guid());
    reply::header(&mut response, "www-authenticate", "Bearer error=\"insufficient_scope\"");
    Err(Box::new(response))
}

/// Whether a connection is of the application and the person of a token.
fn belongs(link: &Connection, token: &Access) -> bool {
    link.client == token.client && link.person == token.person
}

fn stamp(at: DateTime<Utc>) -> String {
    // Seven digits of fraction and no zone, as .NET writes it.
    format!("{}{:07}", at.format("%Y-%m-%dT%H:%M:%S."), at.timestamp_subsec_nanos() / 100)
}

fn row(link: &Connection, name: &str) -> Value {
    json!({
        "id": link.id,
        "authEventId": link.auth_event,
        "tenantId": link.tenant,
        "tenantType": "ORGANISATION",
        "tenantName": name,
        "createdDateUtc": stamp(link.created),
        "updatedDateUtc": stamp(link.updated),
    })
}

/// `GET /connections[?authEventId=]` and `DELETE /connections/{id}`. `name` gives an organisation's name.
pub(crate) fn connections(
    identity: &mut Identity,
    token: &Access,
    request: &Request,
    name: impl Fn(&str) -> String,
) -> Response {
    let id = request.path.rsplit('/').next().filter(|last| !last.eq_ignore_ascii_case("connections"));
    match (&request.method, id) {
        (&http::Method::GET, None) => {
            let event = request.query("authEventId");
            let rows: Vec<Value> = identity
                .connections
                .iter()
                .filter(|link| belongs(link, token) && event.is_none_or(|event| link.auth_event == event))
                .map(|link| row(link, &name(&link.tenant)))
                .collect();
            reply::json(200, &Value::Array(rows))
        }
        (&http::Method::DELETE, Some(id)) => {
            let before = identity.connections.len();
            identity.connections.retain(|link| !(belongs(link, token) && link.id == id));
            reply::empty(if identity.connections.len() < before { 204 } else { 404 })
        }
        _ => reply::empty(405),
    }
}
