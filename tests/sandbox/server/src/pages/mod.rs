//! The sandbox as people see it: the stand-in CRM, the stand-in books, and the scripts that pages load.

mod books;
mod crm;
mod host;
pub(crate) mod html;
mod layout;

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use sandbox_kernel::Request;

use crate::control;
use crate::world::World;

pub use host::{Host, SecondScript};

/// A script that never arrives: only the server can keep a caller waiting.
pub(crate) const HANGING: &str = "/sdk/hanging.js";

/// What the pages need to know beside the world.
#[derive(Debug, Clone)]
pub struct Site {
    /// The widget's base URL, without a slash at the end: `http://localhost:8787`.
    pub widget_url: String,
}

const STYLE: &str = include_str!("style.css");
const HOST: &str = include_str!("host.js");
const SDK: &str = include_str!("../sdk/ZohoEmbededAppSDK.js");
const ZDK: &str = include_str!("../sdk/zdk.js");

/// Answers everything that is not one of the APIs. The request's path is the whole one.
pub fn respond(world: &mut World, site: &Site, request: &Request) -> Response<Bytes> {
    let decoded: Vec<String> = request
        .path
        .split('/')
        .filter(|segment| !segment.is_empty())
        .map(|segment| {
            // A plus sign in a path is a plus sign.
            url::form_urlencoded::parse(segment.replace('+', "%2B").as_bytes())
                .next()
                .map(|(name, _)| name.into_owned())
                .unwrap_or_default()
        })
        .collect();
    let path: Vec<&str> = decoded.iter().map(String::as_str).collect();
    match (request.method.as_str(), path.as_slice()) {
        ("GET", []) => html::see_other("/crm", &[]),
        ("GET", ["assets", "style.css"]) => html::text(StatusCode::OK, "text/css; charset=utf-8", STYLE),
        ("GET", ["assets", "host.js"]) => script(HOST),
        ("GET", ["sdk", "ZohoEmbededAppSDK.js"]) => script(SDK),
        ("GET", ["sdk", "zdk.js"]) => script(ZDK),
        ("POST", ["theme"]) => theme(request),
        (_, ["crm", rest @ ..]) => crm::respond(world, site, request, rest),
        (_, ["books", rest @ ..]) => books::respond(world, request, rest),
        ("GET", ["app" | "organisationlogin", ..]) => books::respond(world, request, &path),
        (_, ["control", rest @ ..]) => control::respond(world, request, rest),
        _ => html::text(StatusCode::NOT_FOUND, "text/plain; charset=utf-8", "The sandbox has no such page."),
    }
}

/// A script that a page of any origin may load.
fn script(text: &'static str) -> Response<Bytes> {
    let mut response = html::text(StatusCode::OK, "text/javascript; charset=utf-8", text);
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("cross-origin"));
    response
}

/// Remembers light or dark and goes back to the page that asked.
fn theme(request: &Request) -> Response<Bytes> {
    let night = html::form(request).iter().any(|(name, value)| name == "theme" && value == "night");
    let back = request
        .header("referer")
        .and_then(|referer| url::Url::parse(referer).ok())
        .map_or_else(|| "/crm".to_owned(), |referer| referer.path().to_owned());
    html::see_other(&back, &[format!("theme={}", if night { "night" } else { "day" })])
}
