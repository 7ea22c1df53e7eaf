//! Pages and files: the panel and the portal, their assets, and the last pages of the popups.

use crate::operator::{self, RequestId};
use crate::runtime::{Bindings, Environment, NotInstalled, Runtime};
use engine::Config;
use engine::access::flow::{Flow, Offered, Words};
use engine::access::{Refusal, connect, sign_in};
use engine::text;
use shared::api::PopupMessage;
use shared::language::Language;
use shared::problem::{self, Code};
use url::Url;
use worker::{EncodeBody, Env, Headers, Request, Response, ResponseBuilder, Result};

/// A file whose name carries its content's hash never changes.
const FOR_EVER: &str = "max-age=31536000, immutable";

/// A file of the widget, compressed with Brotli where the browser takes it.
pub(crate) async fn asset(request: &Request, env: &Env) -> Result<Response> {
    let assets = env.assets(Bindings::ASSETS)?;
    let mut url = request.url()?;
    let path = url.path().to_owned();
    let accepts = request.headers().get("accept-encoding")?.unwrap_or_default();
    let brotli = accepts.split(',').any(|coding| coding.trim().starts_with("br"));
    if brotli {
        url.set_path(&format!("{path}.br"));
    }
    let mut found = assets.fetch(url.as_str(), None).await?;
    if found.status_code() != 200 {
        return Response::error("There is no such file.", 404);
    }
    let headers = Headers::new();
    headers.set("content-type", content_type(&path))?;
    headers.set("cache-control", FOR_EVER)?;
    headers.set("vary", "accept-encoding")?;
    headers.set("x-content-type-options", "nosniff")?;
    let mut builder = ResponseBuilder::new();
    if brotli {
        headers.set("content-encoding", "br")?;
        builder = builder.with_encode_body(EncodeBody::Manual);
    }
    Ok(builder.with_headers(headers).fixed(found.bytes().await?))
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("wasm") => "application/wasm",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

/// A page of the widget, with the address of the CRM's script and a policy that allows nothing else.
pub(crate) async fn widget(name: &str, env: &Env, environment: &Environment) -> Result<Response> {
    let mut page = env.assets(Bindings::ASSETS)?.fetch(&format!("http://assets/{name}.html"), None).await?;
    let page = page.text().await?.replace("{{sdk}}", &environment.sdk_url);
    let policy = format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval' {}; style-src 'self'; img-src 'self' data:; \
         connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors {}",
        environment.script_sources, environment.frame_ancestors
    );
    html(&page, &policy, 200)
}

/// What an installation without its secrets says.
pub(crate) fn not_installed(request: &RequestId, missing: &NotInstalled) -> Result<Response> {
    operator::refused(request, Code::Internal, &missing.note());
    Response::error(format!("This installation is not complete. {missing}"), 503)
}

/// The popup's first page: who asks for what, and a way to refuse.
pub(crate) fn first(
    (request, language): (&RequestId, Language),
    url: &Url,
    runtime: &Runtime,
    config: &Config,
) -> Result<Response> {
    let state = query(url, "state").unwrap_or_default();
    let words = Flow::open(runtime, config, &state).and_then(|flow| flow.words(config, &state, language));
    let words = match words {
        Ok(words) => words,
        Err(refusal) => return failed((request, language), runtime, refusal),
    };
    let nonce = text::secret(runtime);
    let refused = problem::flow_refused(None).in_language(language);
    let refused = PopupMessage { source: SOURCE.to_owned(), code: None, problem: Some(refused) };
    // A page of ours that opened this one is one that somebody has open in the own CRM: it may go on by itself.
    let by_itself = match words.by_itself {
        true => format!(
            "try {{ if (window.opener && window.opener.location.origin === window.location.origin) \
             window.location.replace({}); }} catch {{}}",
            script_text(&words.url)?
        ),
        false => String::new(),
    };
    let script = format!(
        "{by_itself}document.getElementById('refuse').addEventListener('click', () => {{ \
         if (window.opener) window.opener.postMessage({}, window.location.origin); window.close(); \
         document.getElementById('refused').hidden = false; }});",
        script_json(&refused)?
    );
    html(&first_page(&words, language, &script, &nonce), &popup_policy(&nonce), 200)
}

fn first_page(words: &Words, language: Language, script: &str, nonce: &str) -> String {
    let body = format!(
        "<p>{}</p><p><a class=\"go\" href=\"{}\" data-testid=\"go-on\">{}</a></p>\
         <p><button id=\"refuse\" data-testid=\"refuse\">{}</button></p>\
         <p id=\"refused\" role=\"status\" hidden>{}</p>\
         <script nonce=\"{nonce}\">{script}</script>",
        escape(&words.text),
        escape(&words.url),
        words.go_on,
        language.of("No, I did not ask for this", "Nein, das war ich nicht"),
        language.of(
            "Nothing was changed. You can close this window.",
            "Nichts wurde geändert. Sie können dieses Fenster schließen."
        )
    );
    page(language, &words.headline, &body, nonce)
}

/// Zoho sends the popup back.
pub(crate) async fn zoho_callback(
    asked: (&RequestId, Language),
    url: &Url,
    runtime: &Runtime,
    config: &Config,
) -> Result<Response> {
    let parameter = |name: &str| query(url, name);
    let callback = sign_in::Callback {
        state: parameter("state").unwrap_or_default(),
        code: parameter("code"),
        accounts_server: parameter("accounts-server"),
        error: parameter("error"),
    };
    after(asked, runtime, sign_in::returned(runtime, config, &callback).await)
}

/// Xero sends the popup back.
pub(crate) async fn xero_callback(
    asked: (&RequestId, Language),
    url: &Url,
    runtime: &Runtime,
    config: &Config,
) -> Result<Response> {
    let state = query(url, "state").unwrap_or_default();
    let (code, error) = (query(url, "code"), query(url, "error"));
    after(asked, runtime, connect::returned(runtime, config, &state, code.as_deref(), error.as_deref()).await)
}

fn after(
    asked: (&RequestId, Language),
    runtime: &Runtime,
    came_back: std::result::Result<Offered, Refusal>,
) -> Result<Response> {
    match came_back {
        Ok(offered) => offer(asked.1, runtime, &offered),
        Err(refusal) => failed(asked, runtime, refusal),
    }
}

fn query(url: &Url, name: &str) -> Option<String> {
    value_of(url.query().unwrap_or_default(), name)
}

/// A field of a query or a form.
pub(super) fn value_of(pairs: &str, name: &str) -> Option<String> {
    url::form_urlencoded::parse(pairs.as_bytes()).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

/// The popup's last page: hands its code to the page that opened it, on our own origin only. Where it was cut off from that
/// page, or opened by none, it shows the code instead.
fn offer(language: Language, runtime: &Runtime, offered: &Offered) -> Result<Response> {
    let nonce = text::secret(runtime);
    let message = PopupMessage { source: SOURCE.to_owned(), code: Some(offered.code.clone()), problem: None };
    // The panel closes this window as soon as it has the code. If nobody does, there is nobody.
    let script = format!(
        "const typed = document.getElementById('typed'); if (window.opener) {{ typed.hidden = true; \
         window.opener.postMessage({}, window.location.origin); \
         setTimeout(() => {{ typed.hidden = false; }}, 1500); }}",
        script_json(&message)?
    );
    html(&last_page(offered, language, &script, &nonce), &popup_policy(&nonce), 200)
}

fn last_page(offered: &Offered, language: Language, script: &str, nonce: &str) -> String {
    let words = offered.words(language);
    let (first, second) = offered.code.split_at(offered.code.len() / 2);
    let body = format!(
        "<p data-testid=\"what\">{}</p>\
         <div id=\"typed\"><p data-testid=\"warning\"><strong>{}</strong> {}</p>\
         <p>{}</p>\
         <p class=\"code\" data-testid=\"code\">{}-{}</p>\
         <p>{}</p></div>\
         <script nonce=\"{nonce}\">{script}</script>",
        escape(&words.what),
        words.only,
        escape(&words.else_asks),
        language.of(
            "If the page that you came from still waits, its code is:",
            "Wenn die Seite, von der Sie kommen, noch wartet, ist das ihr Code:"
        ),
        escape(first),
        escape(second),
        language.of("It is good for two minutes and for nothing else.", "Er gilt zwei Minuten und für nichts anderes.")
    );
    page(language, words.headline, &body, nonce)
}

fn failed((request, language): (&RequestId, Language), runtime: &Runtime, refusal: Refusal) -> Result<Response> {
    if let Some(note) = &refusal.note {
        operator::refused(request, refusal.problem.code, note);
    }
    let problem = refusal.problem.in_language(language);
    let nonce = text::secret(runtime);
    let (headline, words) = (problem.what.clone(), format!("{} {}", problem.why, problem.fix));
    let message = PopupMessage { source: SOURCE.to_owned(), code: None, problem: Some(problem) };
    let script =
        format!("if (window.opener) window.opener.postMessage({}, window.location.origin);", script_json(&message)?);
    let body = format!("<p>{}</p><script nonce=\"{nonce}\">{script}</script>", escape(&words));
    html(&page(language, &headline, &body, &nonce), &popup_policy(&nonce), 400)
}

/// What the messages of our own pages carry as their `source`.
const SOURCE: &str = "ledgerlink";

/// JSON within a script: `<` is the only character that could end the element.
fn script_json(value: &impl serde::Serialize) -> Result<String> {
    Ok(serde_json::to_string(value)?.replace('<', "\\u003c"))
}

fn script_text(text: &str) -> Result<String> {
    script_json(&text)
}

fn popup_policy(nonce: &str) -> String {
    format!(
        "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'"
    )
}

/// A page of ours in a language.
pub(super) fn page(language: Language, headline: &str, body: &str, nonce: &str) -> String {
    format!(
        "<!doctype html><html lang=\"{1}\"><head><meta charset=\"utf-8\"><title>{0}</title>\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <style nonce=\"{nonce}\">:root{{color-scheme:light dark;font:15px/1.5 system-ui,sans-serif}}\
         body{{max-width:30rem;margin:15vh auto;padding:0 1.5rem}}h1{{font-size:1.25rem}}\
         button,.go{{font:inherit;display:block;box-sizing:border-box;padding:.6rem .8rem;width:100%;text-align:center;\
         border:1px solid;border-radius:6px;background:none;color:inherit;text-decoration:none;cursor:pointer}}\
         .go{{background:#1463c0;border-color:#1463c0;color:#fff;font-weight:600}}\
         .code{{font:600 1.75rem/1.2 ui-monospace,monospace;letter-spacing:.08em}}</style></head>\
         <body><main><h1>{0}</h1>{body}</main></body></html>",
        escape(headline),
        language.tag()
    )
}

pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

pub(super) fn html(page: &str, policy: &str, status: u16) -> Result<Response> {
    let headers = Headers::new();
    headers.set("content-type", "text/html; charset=utf-8")?;
    headers.set("content-security-policy", policy)?;
    headers.set("cache-control", "no-store")?;
    headers.set("referrer-policy", "no-referrer")?;
    headers.set("x-content-type-options", "nosniff")?;
    Ok(ResponseBuilder::new().with_status(status).with_headers(headers).fixed(page.as_bytes().to_vec()))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use engine::access::flow::Purpose;

    /// Holds that two pages say the same, in English and in German, and that nothing which the English one says stands in
    /// the German one but these names.
    pub(in crate::web) fn assert_translated(english: &str, german: &str, names: &[&str]) {
        assert!(english.contains("<html lang=\"en\">") && german.contains("<html lang=\"de\">"), "{german}");
        let pieces = |page: &str| -> Vec<String> {
            let pieces = page.split(['<', '>']).skip(2).step_by(2).map(|piece| piece.trim().to_owned());
            pieces.filter(|piece| !piece.is_empty() && !piece.contains('{')).collect()
        };
        let (english, german) = (pieces(english), pieces(german));
        assert_eq!(english.len(), german.len(), "{german:?}");
        for piece in &german {
            assert!(names.contains(&piece.as_str()) || !english.contains(piece), "{piece}");
        }
    }

    #[test]
    fn the_pages_of_a_popup_have_nothing_in_english_for_whoever_reads_german() {
        for purpose in [Purpose::SignIn, Purpose::ConnectCrm, Purpose::ConnectXero] {
            let of = ("Ana".to_owned(), "Blue Gum".to_owned());
            let offered = Offered { purpose, of, code: "ABCDEFGH".to_owned() };
            let [english, german] = Language::ALL.map(|language| last_page(&offered, language, "{}", "n"));
            assert_translated(&english, &german, &["ABCD-EFGH"]);
        }
        let words = |text: &str, go_on| Words {
            headline: text.to_owned(),
            text: text.to_owned(),
            go_on,
            url: String::new(),
            by_itself: false,
        };
        let english = first_page(&words("Sign in", "Continue"), Language::English, "{}", "n");
        let german = first_page(&words("Anmelden", "Weiter"), Language::German, "{}", "n");
        assert_translated(&english, &german, &[]);
    }

    #[test]
    fn names_of_organisations_are_escaped() {
        assert_eq!(escape("<b>\"A & B\"</b>"), "&lt;b&gt;&quot;A &amp; B&quot;&lt;/b&gt;");
    }
}
