//! The pages of the identity service. They refuse to be framed, as Xero's do.

use sandbox_kernel::Response;

use crate::people::Person;
use crate::reply::{self, escape};

/// Forbids framing and storing.
pub(crate) fn protect(response: &mut Response) {
    reply::header(response, "content-security-policy", "frame-ancestors 'none'");
    reply::header(response, "x-frame-options", "DENY");
    reply::header(response, "cache-control", "no-store");
}

fn page(status: u16, title: &str, main: &str) -> Response {
    let html = format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
<title>{title}</title><style>body{{font:16px/1.5 system-ui,sans-serif;margin:0;background:#f2f4f7;color:#1b2430}}\
main{{max-width:26rem;margin:3rem auto;padding:2rem;background:#fff;border-radius:8px;border:1px solid #d5dae1}}\
h1{{font-size:1.3rem;margin-top:0}}label{{display:block;margin:.4rem 0}}\
button{{font:inherit;padding:.5rem 1.2rem;margin-right:.5rem;border-radius:4px;border:1px solid #0b6b8a;background:#fff;color:#0b6b8a}}\
button[value=allow]{{background:#0b6b8a;color:#fff}}</style></head><body><main>{main}</main></body></html>"
    );
    let mut response = reply::raw(status, "text/html; charset=utf-8", html);
    protect(&mut response);
    response
}

/// The consent page: who it is where there are several people, which organisation, and Allow or Cancel. It posts the
/// request's own fields back with the answer.
pub(crate) fn consent(
    people: &[Person],
    organisations: &[(String, String)],
    scopes: &[String],
    asked: &[(String, String)],
) -> Response {
    let hidden: String = asked
        .iter()
        .map(|(name, value)| format!("<input type=\"hidden\" name=\"{}\" value=\"{}\">", escape(name), escape(value)))
        .collect();
    let choices: String = organisations
        .iter()
        .enumerate()
        .map(|(at, (id, name))| {
            format!(
                "<label><input type=\"radio\" name=\"tenant\" id=\"tenant-{at}\" data-testid=\"tenant\" value=\"{}\"{}> {}</label>",
                escape(id),
                if at == 0 { " checked" } else { "" },
                escape(name)
            )
        })
        .collect();
    let persons: String = people
        .iter()
        .enumerate()
        .map(|(at, person)| {
            let slug = person.name().to_lowercase().replace(' ', "-");
            format!(
                "<label><input type=\"radio\" name=\"person\" id=\"person-{slug}\" data-testid=\"person-{slug}\" value=\"{}\"{}> {} ({})</label>",
                escape(&person.id),
                if at == 0 { " checked" } else { "" },
                escape(&person.name()),
                escape(&person.email)
            )
        })
        .collect();
    let persons = if people.len() > 1 {
        format!("<fieldset><legend>You are</legend>{persons}</fieldset>")
    } else {
        String::new()
    };
    let scopes: String = scopes.iter().map(|scope| format!("<li><code>{}</code></li>", escape(scope))).collect();
    page(
        200,
        "Allow access (stand-in Xero)",
        &format!(
            "<h1>Ledgerlink wants access to your Xero organisation</h1><p>This is the sandbox's stand-in for Xero.</p>\
<form method=\"post\" id=\"consent\">{hidden}{persons}<fieldset><legend>Organisation</legend>{choices}</fieldset>\
<details><summary>What is asked for</summary><ul>{scopes}</ul></details>\
<p><button id=\"allow\" data-testid=\"allow\" name=\"decision\" value=\"allow\">Allow access</button>\
<button id=\"cancel\" data-testid=\"cancel\" name=\"decision\" value=\"cancel\">Cancel</button></p></form>"
        ),
    )
}

/// The page of a request that cannot be sent back to anyone.
pub(crate) fn refusal(code: &str, detail: &str) -> Response {
    page(
        400,
        "Error (stand-in Xero)",
        &format!(
            "<h1>Sorry, something went wrong</h1><p id=\"error\" data-testid=\"error\">Error: {}</p><p id=\"error-detail\">{}</p>",
            escape(code),
            escape(detail)
        ),
    )
}
