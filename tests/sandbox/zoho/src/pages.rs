//! The pages of the accounts server: plain HTML, usable with a keyboard, with stable ids for tests.

use crate::state::Zoho;
use std::collections::BTreeMap;
use std::fmt::Write;

/// Escapes text for HTML.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn page(title: &str, body: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title>\
         <meta name=\"viewport\" content=\"width=device-width\">\
         <style>body{{font:16px/1.5 system-ui,sans-serif;max-width:36rem;margin:3rem auto;padding:0 1rem}}\
         fieldset{{border:1px solid #767676;border-radius:.5rem;margin:1rem 0}}label{{display:block;padding:.25rem 0}}\
         button{{font:inherit;padding:.5rem 1.5rem;margin-right:.5rem}}code{{overflow-wrap:anywhere}}</style></head>\
         <body><main><h1>{title}</h1>{body}</main></body></html>"
    )
}

/// The page for a request that cannot be granted.
pub(crate) fn refused(problem: &str) -> String {
    page("Error occurred", &format!("<p id=\"oauth-error\" data-testid=\"oauth-error\">{}</p>", escape(problem)))
}

pub(crate) fn not_found() -> String {
    page("Not found", "<p>There is no such page.</p>")
}

pub(crate) fn unavailable() -> String {
    page("Service unavailable", "<p>Please try again after some time.</p>")
}

/// The consent page: who signs in, what the application wants, Accept and Reject.
pub(crate) fn consent(zoho: &Zoho, parameters: &BTreeMap<String, String>) -> String {
    let mut body = String::new();
    let location = zoho.config.location.to_uppercase();
    let client = parameters.get("client_id").map_or("", String::as_str);
    // Writing to a String cannot fail.
    let _ = write!(
        body,
        "<p>Zoho accounts, data centre <strong>{location}</strong> (stand-in). \
         The application <code>{}</code> asks for access to {}.</p>\
         <form id=\"consent\" data-testid=\"consent\" method=\"post\" action=\"{}/oauth/v2/auth/consent\">",
        escape(client),
        escape(&zoho.org.company_name),
        escape(&zoho.accounts_base()),
    );
    for (name, value) in parameters {
        let _ = write!(body, "<input type=\"hidden\" name=\"{}\" value=\"{}\">", escape(name), escape(value));
    }
    body.push_str("<fieldset><legend>Sign in as</legend>");
    for (index, user) in zoho.users.iter().filter(|user| user.is_active()).enumerate() {
        let slug = user.full_name().to_lowercase().replace(' ', "-");
        let profile = zoho.profile(user.id).map_or("", |profile| profile.name.as_str());
        let checked = if index == 0 { " checked" } else { "" };
        let _ = write!(
            body,
            "<label><input type=\"radio\" name=\"user\" value=\"{}\" id=\"user-{slug}\" \
             data-testid=\"user-{slug}\"{checked}> {} ({}, {})</label>",
            user.id,
            escape(&user.full_name()),
            escape(&user.email),
            escape(profile),
        );
    }
    for peer in &zoho.config.peers {
        let location = escape(&peer.location);
        let _ = write!(
            body,
            "<label><input type=\"radio\" name=\"user\" value=\"dc:{location}\" id=\"user-dc-{location}\" \
             data-testid=\"user-dc-{location}\"> A user of the data centre {}</label>",
            location.to_uppercase(),
        );
    }
    body.push_str("</fieldset><p>It would like to use:</p><ul id=\"scopes\" data-testid=\"scopes\">");
    for scope in parameters.get("scope").map_or("", String::as_str).split(',') {
        let _ = write!(body, "<li><code>{}</code></li>", escape(scope.trim()));
    }
    body.push_str(
        "</ul><button type=\"submit\" name=\"decision\" value=\"accept\" id=\"accept\" data-testid=\"accept\">Accept\
         </button><button type=\"submit\" name=\"decision\" value=\"reject\" id=\"reject\" data-testid=\"reject\">\
         Reject</button></form>",
    );
    page("Permission request", &body)
}
