//! The Worker's door: what holds for every request and every answer, whatever it is about.

use super::{handle, reply};
use crate::operator::{self, REQUEST_HEADER, RequestId};
use crate::runtime;
use engine::operator::OperatorNote;
use shared::language::Language;
use shared::problem::answer_in_language;
use url::Url;
use worker::{Env, Headers, Request, Response, ResponseBuilder, Result};

/// For a year, browsers ask for nothing in the clear. Neighbours of our host are none of our business.
const HSTS: &str = "max-age=31536000";

/// What an answer carries unless it says otherwise itself: a page has a policy of its own.
const USUAL: [(&str, &str); 4] = [
    ("content-security-policy", "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"),
    ("referrer-policy", "no-referrer"),
    // What a page could ask people for, and what could spy on them. It goes with every file, so it is short.
    (
        "permissions-policy",
        "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), serial=(), usb=()",
    ),
    ("x-content-type-options", "nosniff"),
];

/// The only one of them that a file of a page carries: the others speak of documents, which a style, a script or a module is
/// none, and a page has twenty of them.
const OF_FILES: &str = "x-content-type-options";

/// Where the files of our pages are.
const FILES: &str = "/assets/";

/// Answers a request from a browser: in the clear it is sent on to https, and whatever is answered carries what every
/// answer has to.
pub(crate) async fn answer(request: Request, env: &Env) -> Result<Response> {
    let id = RequestId::fresh();
    let url = request.url()?;
    let language = language(&request)?;
    let found = match secure(&url, runtime::has_sandbox(env)) {
        Some(secure) => Response::redirect_with_status(secure, 308),
        None => handle(request, env, &id).await,
    };
    let response = match found {
        Ok(response) => response,
        // The runtime would write the error's own text to the log.
        Err(error) => {
            let note = OperatorNote::of("a request could not be answered").because(&operator::about(&error));
            reply::failed(&id, note)?
        }
    };
    dress(translated(response, language).await?, &url, &id)
}

/// The language of whoever asks: the widget says which one it speaks, everybody else's browser what it was set to.
pub(crate) fn language(request: &Request) -> Result<Language> {
    Ok(Language::accepted(&request.headers().get("accept-language")?.unwrap_or_default()))
}

/// The answer with its problems in the language of whoever asks. Here, where every answer comes by, none is forgotten; a
/// stream tells its own.
async fn translated(mut response: Response, language: Language) -> Result<Response> {
    let kind = response.headers().get("content-type")?.unwrap_or_default();
    if language == Language::English || !matches!(kind.as_str(), "application/json" | "application/problem+json") {
        return Ok(response);
    }
    let text = answer_in_language(response.text().await?, language);
    let headers = Headers::new();
    for (name, value) in response.headers() {
        // It was the other text's.
        if name != "content-length" {
            headers.append(&name, &value)?;
        }
    }
    Ok(ResponseBuilder::new().with_status(response.status_code()).with_headers(headers).fixed(text.into_bytes()))
}

/// Whether an answer is a file of a page, and not the word that there is none.
fn is_file(path: &str, status: u16) -> bool {
    path.starts_with(FILES) && (status == 200 || status == 304)
}

/// Where a request in the clear is to be made instead. On one's own machine there is no other way.
fn secure(url: &Url, sandbox: bool) -> Option<Url> {
    let own_machine = matches!(url.host_str(), None | Some("localhost" | "127.0.0.1" | "[::1]"));
    if url.scheme() != "http" || own_machine || sandbox {
        return None;
    }
    let mut secure = url.clone();
    // Both fail only for schemes that are none of these two.
    secure.set_scheme("https").ok()?;
    secure.set_port(None).ok()?;
    Some(secure)
}

/// The answer with all headers. One that came from elsewhere can't be changed, so this is another one with its body.
fn dress(response: Response, url: &Url, id: &RequestId) -> Result<Response> {
    let is_file = is_file(url.path(), response.status_code());
    let headers = Headers::new();
    for (name, value) in response.headers() {
        headers.append(&name, &value)?;
    }
    for (name, value) in USUAL {
        if !headers.has(name)? && (!is_file || name == OF_FILES) {
            headers.set(name, value)?;
        }
    }
    if url.scheme() == "https" {
        headers.set("strict-transport-security", HSTS)?;
    }
    headers.set(REQUEST_HEADER, id.as_str())?;
    Ok(response.with_headers(headers))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_in_the_clear_is_sent_on() {
        for (asked, expected) in [
            (
                "http://ledgerlink.example.workers.dev/panel?x=1",
                Some("https://ledgerlink.example.workers.dev/panel?x=1"),
            ),
            ("http://ledgerlink.example:8080/api/runs", Some("https://ledgerlink.example/api/runs")),
            ("http://localhost.evil.example/", Some("https://localhost.evil.example/")),
            ("https://ledgerlink.example.workers.dev/panel", None),
            ("http://localhost:8787/panel", None),
            ("http://127.0.0.1:8787/panel", None),
            ("http://[::1]:8787/panel", None),
        ] {
            let found = secure(&Url::parse(asked).unwrap(), false);
            assert_eq!(found.as_ref().map(Url::as_str), expected, "{asked}");
            assert_eq!(secure(&Url::parse(asked).unwrap(), true), None, "{asked}");
        }
    }

    #[test]
    fn only_a_file_that_is_there_is_one() {
        assert!(USUAL.iter().any(|(name, _)| *name == OF_FILES));
        assert!(
            is_file("/assets/panel-0123456789abcdef.css", 200) && is_file("/assets/panel-0123456789abcdef.css", 304)
        );
        for (path, status) in [("/assets/none.js", 404), ("/panel", 200), ("/api/assets/", 200), ("/assets", 200)] {
            assert!(!is_file(path, status), "{path} {status}");
        }
    }

    #[test]
    fn an_answer_of_the_api_can_do_and_be_embedded_nowhere() {
        let policy = USUAL.iter().find(|(name, _)| *name == "content-security-policy").unwrap().1;
        for part in ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'"] {
            assert!(policy.contains(part), "{policy}");
        }
        assert!(USUAL.iter().all(|(name, value)| name.is_ascii() && !value.contains('\n') && !value.contains("  ")));
        assert!(HSTS.strip_prefix("max-age=").unwrap().parse::<u32>().unwrap() >= 31_536_000);
    }
}
