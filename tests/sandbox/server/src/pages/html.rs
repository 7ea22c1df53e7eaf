//! The frame of every page, and the small pieces that pages share.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use serde_json::Value;

/// Text as HTML.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Text as one segment of a path.
pub(crate) fn segment(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

/// A name of the API as a label: `Invoice_Date` is `Invoice Date`.
pub(crate) fn label(api_name: &str) -> String {
    api_name.replace('_', " ")
}

/// A value as a person reads it: lookups by their name, nothing for null.
pub(crate) fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Bool(flag) => if *flag { "Yes" } else { "No" }.to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(", "),
        Value::Object(object) => {
            ["name", "full_name", "Name", "id"].iter().find_map(|key| object.get(*key)).map(plain).unwrap_or_default()
        }
    }
}

/// An amount with at least two decimals and all that it has; other values as they are.
pub(crate) fn amount(value: &Value) -> String {
    let text = plain(value);
    if !value.is_number() {
        return text;
    }
    match text.split_once('.') {
        None => format!("{text}.00"),
        Some((_, cents)) if cents.len() == 1 => format!("{text}0"),
        Some(_) => text,
    }
}

/// A link at the top of a page.
pub(crate) struct Link {
    address: String,
    text: String,
    /// Whether it is the present page.
    current: bool,
    /// The name by which tests find it, if it has one.
    name: Option<&'static str>,
}

impl Link {
    /// A link; `current` says that its page is the present one.
    pub(crate) fn new(address: impl Into<String>, text: impl Into<String>, current: bool) -> Self {
        Self { address: address.into(), text: text.into(), current, name: None }
    }

    /// The same with a name by which tests find it.
    pub(crate) fn named(self, name: &'static str) -> Self {
        Self { name: Some(name), ..self }
    }

    fn html(&self) -> String {
        let name = self.name.map(|name| format!(" data-testid=\"{name}\"")).unwrap_or_default();
        let current = if self.current { " aria-current=\"page\"" } else { "" };
        format!("<a href=\"{}\"{name}{current}>{}</a>", escape(&self.address), escape(&self.text))
    }
}

/// The links at the top of a page.
pub(crate) struct Bar<'a> {
    /// The site's name.
    pub(crate) site: &'a str,
    /// Where the name leads.
    pub(crate) home: &'a str,
    /// The links, in their order.
    pub(crate) links: Vec<Link>,
    /// What stands at the right end, as HTML.
    pub(crate) end: String,
}

/// A whole page. `theme` is `day` or `night`; `body` is HTML.
pub(crate) fn page(status: StatusCode, title: &str, theme: &str, bar: &Bar<'_>, body: &str) -> Response<Bytes> {
    let links: String = bar.links.iter().map(Link::html).collect();
    let html = format!(
        "<!doctype html>\n<html lang=\"en\" data-theme=\"{theme}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title} – {site}</title>\n\
         <link rel=\"icon\" href=\"data:,\">\n<link rel=\"stylesheet\" href=\"/assets/style.css\">\n</head>\n<body>\n\
         <a class=\"skip\" href=\"#main\">Skip to the content</a>\n\
         <header class=\"bar\"><strong><a href=\"{home}\">{site}</a></strong><nav aria-label=\"Main\">{links}</nav>{end}</header>\n\
         <main id=\"main\">\n{body}\n</main>\n</body>\n</html>\n",
        theme = escape(theme),
        title = escape(title),
        site = escape(bar.site),
        home = escape(bar.home),
        end = bar.end,
    );
    let mut response = text(status, "text/html; charset=utf-8", html);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// A response of a type.
pub(crate) fn text(status: StatusCode, media_type: &'static str, body: impl Into<String>) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(body.into()));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    response
}

/// JSON.
pub(crate) fn json(status: StatusCode, value: &Value) -> Response<Bytes> {
    let mut response = text(status, "application/json", value.to_string());
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// A redirection after a form, with cookies.
pub(crate) fn see_other(address: &str, cookies: &[String]) -> Response<Bytes> {
    let mut response = text(StatusCode::SEE_OTHER, "text/plain; charset=utf-8", "");
    if let Ok(value) = HeaderValue::from_str(address) {
        response.headers_mut().insert(header::LOCATION, value);
    }
    for cookie in cookies {
        if let Ok(value) = HeaderValue::from_str(&format!("{cookie}; Path=/; SameSite=Lax")) {
            response.headers_mut().append(header::SET_COOKIE, value);
        }
    }
    response
}

/// The value of a cookie.
pub(crate) fn cookie(request: &sandbox_kernel::Request, name: &str) -> Option<String> {
    let cookies = request.header("cookie")?;
    cookies.split(';').find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('=').map(str::to_owned))
}

/// The fields of a posted form.
pub(crate) fn form(request: &sandbox_kernel::Request) -> Vec<(String, String)> {
    url::form_urlencoded::parse(&request.body).into_owned().collect()
}

/// The theme that a page is shown in: `?theme=`, else the cookie, else day.
pub(crate) fn theme(request: &sandbox_kernel::Request) -> &'static str {
    let chosen = request.query("theme").map(str::to_owned).or_else(|| cookie(request, "theme"));
    if chosen.as_deref() == Some("night") { "night" } else { "day" }
}

/// A form with the button that changes between light and dark.
pub(crate) fn theme_switch(theme: &str) -> String {
    let (other, word) = if theme == "night" { ("day", "Light") } else { ("night", "Dark") };
    format!(
        "<form method=\"post\" action=\"/theme\"><button name=\"theme\" value=\"{other}\" data-testid=\"theme-switch\">{word}</button></form>"
    )
}

/// A table; cells are HTML, and a column whose title ends in `#` holds numbers.
pub(crate) fn table(test_id: &str, columns: &[&str], rows: &[Vec<String>]) -> String {
    let class =
        |at: usize| if columns.get(at).is_some_and(|name| name.ends_with('#')) { " class=\"number\"" } else { "" };
    let head: String = columns
        .iter()
        .enumerate()
        .map(|(at, name)| format!("<th scope=\"col\"{}>{}</th>", class(at), escape(name.trim_end_matches('#'))))
        .collect();
    let body: String = rows
        .iter()
        .map(|row| {
            let cells: String =
                row.iter().enumerate().map(|(at, cell)| format!("<td{}>{cell}</td>", class(at))).collect();
            format!("<tr>{cells}</tr>\n")
        })
        .collect();
    format!("<table data-testid=\"{test_id}\"><thead><tr>{head}</tr></thead><tbody>\n{body}</tbody></table>")
}

/// A list of names and values; values are HTML.
pub(crate) fn fields(rows: &[(String, String)]) -> String {
    let rows: String = rows
        .iter()
        .map(|(name, value)| {
            format!(
                "<div><dt>{}</dt><dd data-testid=\"field-{}\">{value}</dd></div>\n",
                escape(&label(name)),
                escape(name)
            )
        })
        .collect();
    format!("<dl class=\"fields\">\n{rows}</dl>")
}
