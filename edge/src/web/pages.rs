//! Pages and files: the panel and the portal, their assets, and the last pages of the popups.

use crate::runtime::{Bindings, Environment, Runtime};
use engine::Config;
use engine::access::tokens::TokenDesk;
use engine::access::{Refusal, connect, sign_in};
use engine::store::connections::Tenant;
use engine::text;
use shared::api::PopupMessage;
use shared::id::TenantId;
use url::Url;
use worker::{EncodeBody, Env, Headers, Request, Response, ResponseBuilder, Result, console_error};

/// A file whose name carries its content's hash never changes.
const FOR_EVER: &str = "public, max-age=31536000, immutable";

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
    // The widget's pages ask for the wasm file with CORS, as `preload` has to.
    headers.set("cross-origin-resource-policy", "same-origin")?;
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
pub(crate) fn not_installed(error: &worker::Error) -> Result<Response> {
    console_error!("not installed: {error}");
    Response::error(format!("This installation is not complete. {error}"), 503)
}

/// Zoho sends the popup back.
pub(crate) async fn zoho_callback(url: &Url, runtime: &Runtime, config: &Config) -> Result<Response> {
    let parameter = |name: &str| query(url, name);
    let callback = sign_in::Callback {
        state: parameter("state").unwrap_or_default(),
        code: parameter("code"),
        accounts_server: parameter("accounts-server"),
        error: parameter("error"),
    };
    match sign_in::complete(runtime, config, &TokenDesk::default(), &callback).await {
        Ok(code) => done(runtime, "Signed in", Some(code)),
        Err(refusal) => failed(runtime, refusal),
    }
}

/// Xero sends the popup back.
pub(crate) async fn xero_callback(url: &Url, runtime: &Runtime, config: &Config) -> Result<Response> {
    let state = query(url, "state").unwrap_or_default();
    let (code, error) = (query(url, "code"), query(url, "error"));
    let desk = TokenDesk::default();
    let completed = connect::complete(runtime, config, &desk, &state, code.as_deref(), error.as_deref()).await;
    after_xero(runtime, completed)
}

/// The administrator chose among several organisations.
pub(crate) async fn xero_choice(form: &str, runtime: &Runtime, config: &Config) -> Result<Response> {
    let field = |name: &str| {
        url::form_urlencoded::parse(form.as_bytes()).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    };
    let state = field("state").unwrap_or_default();
    let completed = match field("tenant").and_then(|tenant| TenantId::new(tenant).ok()) {
        Some(tenant) => connect::choose(runtime, config, &TokenDesk::default(), &state, &tenant).await,
        None => Err(Refusal::of(shared::problem::Code::InvalidRequest, &[("field", "tenant".to_owned())])),
    };
    after_xero(runtime, completed)
}

fn after_xero(runtime: &Runtime, completed: std::result::Result<connect::Completed, Refusal>) -> Result<Response> {
    match completed {
        Ok(connect::Completed::Connected(tenant)) => done(runtime, &format!("{} is connected", tenant.name), None),
        Ok(connect::Completed::Choose(state, tenants)) => choice(&state, &tenants),
        Err(refusal) => failed(runtime, refusal),
    }
}

fn query(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

fn done(runtime: &Runtime, headline: &str, code: Option<String>) -> Result<Response> {
    let message = PopupMessage { source: "ledgerlink".to_owned(), code, problem: None };
    last_page(runtime, headline, "You can close this window.", &message, 200)
}

fn failed(runtime: &Runtime, refusal: Refusal) -> Result<Response> {
    if let Some(detail) = &refusal.detail {
        console_error!("{}: {detail}", refusal.problem.code.as_str());
    }
    let problem = refusal.problem;
    let (headline, words) = (problem.what.clone(), format!("{} {}", problem.why, problem.fix));
    let message = PopupMessage { source: "ledgerlink".to_owned(), code: None, problem: Some(problem) };
    last_page(runtime, &headline, &words, &message, 400)
}

/// The popup's last page hands its message to the page that opened it, on our own origin only, and closes itself on success.
fn last_page(runtime: &Runtime, headline: &str, words: &str, message: &PopupMessage, status: u16) -> Result<Response> {
    let nonce = text::secret(runtime);
    // In a script, `<` is the only character that could end the element.
    let json = serde_json::to_string(message)?.replace('<', "\\u003c");
    let close = if message.problem.is_none() { "window.close();" } else { "" };
    let script = format!("if (window.opener) {{ window.opener.postMessage({json}, window.location.origin); {close} }}");
    let page = page(headline, &format!("<p>{}</p><script nonce=\"{nonce}\">{script}</script>", escape(words)), &nonce);
    let policy = format!(
        "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'"
    );
    html(&page, &policy, status)
}

fn choice(state: &str, tenants: &[Tenant]) -> Result<Response> {
    let mut form = String::from("<p>Which Xero organisation belongs to this CRM? The others are left alone.</p>");
    form.push_str("<form method=\"post\" action=\"/auth/xero/choice\">");
    form.push_str(&format!("<input type=\"hidden\" name=\"state\" value=\"{}\">", escape(state)));
    for tenant in tenants {
        form.push_str(&format!(
            "<p><button name=\"tenant\" value=\"{}\" data-testid=\"tenant\">{}</button></p>",
            escape(tenant.id.as_str()),
            escape(&tenant.name)
        ));
    }
    form.push_str("</form>");
    // No secret is in the nonce's way here: the page has no script.
    let policy =
        "default-src 'none'; style-src 'nonce-choice'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
    html(&page("Choose the Xero organisation", &form, "choice"), policy, 200)
}

fn page(headline: &str, body: &str, nonce: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{0}</title>\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <style nonce=\"{nonce}\">:root{{color-scheme:light dark;font:15px/1.5 system-ui,sans-serif}}\
         body{{max-width:30rem;margin:15vh auto;padding:0 1.5rem}}h1{{font-size:1.25rem}}\
         button{{font:inherit;padding:.5rem .75rem;width:100%;text-align:left}}</style></head>\
         <body><main><h1>{0}</h1>{body}</main></body></html>",
        escape(headline)
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn html(page: &str, policy: &str, status: u16) -> Result<Response> {
    let headers = Headers::new();
    headers.set("content-type", "text/html; charset=utf-8")?;
    headers.set("content-security-policy", policy)?;
    headers.set("cache-control", "no-store")?;
    headers.set("referrer-policy", "no-referrer")?;
    headers.set("x-content-type-options", "nosniff")?;
    Ok(ResponseBuilder::new().with_status(status).with_headers(headers).fixed(page.as_bytes().to_vec()))
}

/// For the tests of the reply module's users.
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_organisations_are_escaped() {
        assert_eq!(escape("<b>\"A & B\"</b>"), "&lt;b&gt;&quot;A &amp; B&quot;&lt;/b&gt;");
    }
}
