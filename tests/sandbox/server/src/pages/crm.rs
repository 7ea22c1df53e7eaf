//! The pages of the stand-in CRM: lists, records, and the frames that the widget lives in.
//!
//! | Address | Page |
//! |---|---|
//! | `/crm` | who is signed in, modules, good places to start |
//! | `/crm/tab/xero` | web tab: the bar above one frame that is as high as the window's rest |
//! | `/crm/{Module}` | list with check boxes and the button "Sync to Xero" |
//! | `/crm/{Module}/{id}` | record with fields, lines, contacts, the button and the related list "Xero" |
//! | `/crm/{Module}/{id}?edit=1` | the same with entry fields |
//! | `/crm/org{zgid}`, `/crm/org{zgid}/tab/{Module}/{id}` | the CRM's own deep links: lead to the pages above |
//! | `/crm/data/{Module}/{id}` | the record as JSON, as the signed-in user sees it |
//!
//! Switches in the address, for tests: `?entityid=array|string`, `?sdk=late|never|early` (early: the script registers while
//! it loads), `?again=silent` (a frame that registers again gets no answer), `?base=query|slash` (the widget's addresses as
//! of before their paths, or with a slash at the end), `?appended=second` (`?serviceOrigin=` also behind a query),
//! `?theme=night|day`, and those of [`Host`](super::Host): `?coop=same-origin`, `?frames=sandboxed`, `?user=flat`,
//! `?zdk=silent|refused|blocked|hangs`.
//!
//! Stable names (`data-testid`, most of them ids too): `user-select`, `login`, `theme-switch`, `nav-{Module}`, `nav-xero`,
//! `start-{id}`, `records`, `select-{id}`, `all`, `list-sync-button`, `chosen`, `sync-button`, `edit`, `save`,
//! `field-{Field}`, `f.{Field}`, `l.{line id}.{Field}`, `n.{Field}`, `lines`, `total-{Field}`, `contacts`, `xero-panel` (frame),
//! `popup`, `popup-close`, `xero-popup` (frame), `xero-portal` (frame), `problem`.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode};
use sandbox_kernel::Request;
use sandbox_zoho::User;
use serde_json::{Map, Value, json};

use super::Site;
use super::html::{self, Bar, Link, amount, escape, label, plain, segment};
use super::layout::{Entry, LAYOUTS, LINE_FIELDS, Layout, TOTALS, layout};
use crate::seed::{self, PLACES_TO_START};
use crate::world::World;

/// How late a late PageLoad comes.
const LATE_MILLIS: u32 = 3_000;

/// The web tab, among the modules.
const WEB_TAB: &str = "tab";

/// Who looks at the page, and how.
struct Viewer {
    email: String,
    theme: &'static str,
    /// Whether the CRM lets this user in.
    welcome: bool,
}

impl Viewer {
    /// The user of the cookie, if the CRM knows of one, else the first who may come in.
    fn of(world: &World, request: &Request) -> Self {
        let users = world.zoho.users();
        let wanted = html::cookie(request, "crm_user").unwrap_or_default();
        let found = users.iter().find(|user| user.email == wanted);
        let user = found.or_else(|| users.iter().find(|user| user.is_active()));
        Self {
            email: user.map(|user| user.email.clone()).unwrap_or_default(),
            theme: html::theme(request),
            welcome: user.is_some_and(User::is_active),
        }
    }

    fn page(&self, world: &World, status: StatusCode, title: &str, current: &str, body: &str) -> Response<Bytes> {
        let links = LAYOUTS
            .iter()
            .map(|layout| Link::new(format!("/crm/{}", layout.module), layout.plural, layout.module == current))
            .chain([
                Link::new("/crm/tab/xero", "Xero", current == WEB_TAB).named("nav-xero"),
                Link::new("/books", "Xero stand-in", false),
            ])
            .collect();
        let options: String = world
            .zoho
            .users()
            .iter()
            .filter(|user| user.is_active())
            .map(|user| {
                let chosen = if user.email == self.email { " selected" } else { "" };
                format!("<option value=\"{}\"{chosen}>{}</option>", escape(&user.email), escape(&user.full_name()))
            })
            .collect();
        let end = format!(
            "<form method=\"post\" action=\"/crm/login\"><label for=\"user-select\">Signed in as</label>\
             <select id=\"user-select\" name=\"user\" data-testid=\"user-select\">{options}</select>\
             <button data-testid=\"login\">Switch</button></form>{}",
            html::theme_switch(self.theme)
        );
        let bar = Bar { site: "CRM stand-in", home: "/crm", links, end };
        html::page(status, title, self.theme, &bar, body)
    }
}

/// Answers a request below `/crm`; `path` holds the segments after it.
pub(crate) fn respond(world: &mut World, site: &Site, request: &Request, path: &[&str]) -> Response<Bytes> {
    let mut response = answer(world, site, request, path);
    if world.host.of(request).cut_off {
        let policy = HeaderValue::from_static("same-origin");
        response.headers_mut().insert("cross-origin-opener-policy", policy);
    }
    response
}

fn answer(world: &mut World, site: &Site, request: &Request, path: &[&str]) -> Response<Bytes> {
    let viewer = Viewer::of(world, request);
    match (request.method.as_str(), path) {
        ("POST", ["login"]) => {
            let user = html::form(request).into_iter().find(|(name, _)| name == "user").map(|(_, value)| value);
            html::see_other("/crm", &[format!("crm_user={}", user.unwrap_or_default())])
        }
        _ if !viewer.welcome => unwelcome(world, &viewer),
        ("GET", []) => home(world, &viewer),
        ("GET", ["data", module, id]) => match world.zoho.get_as(&viewer.email, module, id) {
            Some(record) => html::json(StatusCode::OK, &record),
            None => html::json(StatusCode::NOT_FOUND, &json!({ "message": "no such record for this user" })),
        },
        ("GET", [org]) if is_org(org) => html::see_other("/crm", &[]),
        ("GET", [org, "tab", module, id]) if is_org(org) && layout(module).is_some() => {
            html::see_other(&format!("/crm/{module}/{}", segment(id)), &[])
        }
        ("GET", ["tab", "xero"]) => web_tab(world, site, request, &viewer),
        ("GET", [module]) => match layout(module) {
            Some(layout) => list(world, site, request, &viewer, layout),
            None => missing(world, &viewer),
        },
        ("GET", [module, id]) => match layout(module) {
            Some(layout) => record(world, site, request, &viewer, layout, id, None),
            None => missing(world, &viewer),
        },
        ("POST", [module, id]) => match layout(module) {
            Some(layout) => save(world, site, request, &viewer, layout, id),
            None => missing(world, &viewer),
        },
        _ => missing(world, &viewer),
    }
}

/// Whether a segment names an organisation, as the CRM's own addresses do.
fn is_org(segment: &str) -> bool {
    segment.strip_prefix("org").is_some_and(|id| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit()))
}

fn unwelcome(world: &World, viewer: &Viewer) -> Response<Bytes> {
    let body = "<h1>Signed out</h1><p data-testid=\"problem\">This user may not come in any more.</p>";
    viewer.page(world, StatusCode::FORBIDDEN, "Signed out", "", body)
}

fn missing(world: &World, viewer: &Viewer) -> Response<Bytes> {
    let body = "<h1>Not found</h1><p data-testid=\"problem\">There is no such page or record, or this user may not see it.</p>";
    viewer.page(world, StatusCode::NOT_FOUND, "Not found", "", body)
}

fn home(world: &World, viewer: &Viewer) -> Response<Bytes> {
    let has_seed = world.zoho.get_as(&viewer.email, "Invoices", seed::FIRST_INVOICE).is_some();
    let places: String = PLACES_TO_START
        .iter()
        .map(|(module, id, text)| {
            format!("<li><a href=\"/crm/{module}/{id}\" data-testid=\"start-{id}\">{}</a> <span class=\"quiet\">{}</span></li>", escape(text), label(module))
        })
        .collect();
    let start = if has_seed {
        format!("<section class=\"card\"><h2>Good places to start</h2><ul class=\"plain\">{places}</ul></section>")
    } else {
        "<p class=\"note\">This organisation has no seed data, or this user sees none of it.</p>".to_owned()
    };
    let modules: String = LAYOUTS
        .iter()
        .map(|layout| {
            format!("<li><a href=\"/crm/{0}\" data-testid=\"nav-{0}\">{1}</a></li>", layout.module, layout.plural)
        })
        .collect();
    let body = format!(
        "<div class=\"head\"><h1>Blue Gum Trading Pty Ltd</h1></div>\
         <p class=\"quiet\">A stand-in for Zoho CRM with made-up data. Sync to Xero from a record page or a list; \
         what arrives is in the <a href=\"/books\">Xero stand-in</a>.</p>{start}\
         <section class=\"card\"><h2>Modules</h2><ul class=\"plain\">{modules}</ul></section>"
    );
    viewer.page(world, StatusCode::OK, "Home", "", &body)
}

/// A web tab: a page of somebody else's within the CRM's own, which knows of no record.
fn web_tab(world: &World, site: &Site, request: &Request, viewer: &Viewer) -> Response<Bytes> {
    let body = format!(
        "<iframe class=\"tab\" id=\"xero-portal\" data-testid=\"xero-portal\" title=\"Xero\"></iframe>{}",
        host_config(world, site, request, viewer, "", None)
    );
    viewer.page(world, StatusCode::OK, "Xero", WEB_TAB, &body)
}

/// What the page's script needs to know.
fn host_config(
    world: &World,
    site: &Site,
    request: &Request,
    viewer: &Viewer,
    module: &str,
    id: Option<&str>,
) -> String {
    let user = world.zoho.users().iter().find(|user| user.email == viewer.email).map(|user| {
        let profile = world.zoho.profile_of(&user.email);
        json!({
            "id": user.id.to_string(),
            "zuid": user.zuid.to_string(),
            "email": user.email,
            "first_name": user.first_name,
            "last_name": user.last_name,
            "full_name": user.full_name(),
            "time_zone": user.time_zone,
            "status": user.status(),
            "role": world.zoho.role_of(&user.email),
            "profile": profile.map(|profile| json!({ "id": profile.id.to_string(), "name": profile.name })),
        })
    });
    let org = world.zoho.org();
    let org = json!({
        "id": org.id.to_string(),
        "zgid": org.zgid.to_string(),
        "company_name": org.company_name,
        "iso_code": org.iso_code,
        "currency_symbol": org.currency_symbol,
        "time_zone": org.time_zone,
        "country_code": org.country_code,
        "primary_email": org.primary_email,
    });
    let host = world.host.of(request);
    let config = json!({
        "widgetUrl": site.widget_url,
        "module": module,
        "recordId": id,
        "entityId": request.query("entityid"),
        "sdk": request.query("sdk"),
        "again": request.query("again"),
        "base": request.query("base"),
        "appended": request.query("appended"),
        "lateMillis": LATE_MILLIS,
        "sandboxed": host.sandboxed,
        "flatUser": host.flat_user,
        "secondScript": host.second_script.as_str(),
        "hangingScript": super::HANGING,
        "locale": "en_AU",
        "theme": viewer.theme,
        "user": user,
        "org": org,
    });
    // "</script>" in a value must not end the element.
    let text = config.to_string().replace('<', "\\u003c");
    format!(
        "<dialog id=\"popup\" data-testid=\"popup\" aria-labelledby=\"popup-title\"><div class=\"title\">\
         <strong id=\"popup-title\">Sync to Xero</strong>\
         <button type=\"button\" id=\"popup-close\" data-testid=\"popup-close\" aria-label=\"Close\">✕</button></div>\
         <div id=\"popup-body\"></div></dialog>\
         <script type=\"application/json\" id=\"host-config\">{text}</script><script src=\"/assets/host.js\" defer></script>"
    )
}

fn list(world: &World, site: &Site, request: &Request, viewer: &Viewer, layout: &Layout) -> Response<Bytes> {
    let rows = world.zoho.records_as(&viewer.email, layout.module);
    let mut columns = vec!["Select"];
    let titles: Vec<String> = layout
        .columns
        .iter()
        .map(|column| if is_amount(column) { format!("{}#", label(column)) } else { label(column) })
        .collect();
    columns.extend(titles.iter().map(String::as_str));
    let table: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            let id = escape(&plain(&row["id"]));
            let title = escape(&plain(&row[layout.columns[0]]));
            let mut cells = vec![format!(
                "<input type=\"checkbox\" name=\"ids\" value=\"{id}\" data-testid=\"select-{id}\" aria-label=\"Select {title}\">"
            )];
            cells.push(format!("<a href=\"/crm/{}/{id}\" data-testid=\"record-{id}\">{title}</a>", layout.module));
            cells.extend(layout.columns[1..].iter().map(|column| escape(&shown(column, &row[*column]))));
            cells
        })
        .collect();
    let body = format!(
        "<div class=\"head\"><h1>{plural}</h1><span class=\"quiet\">{count} records</span>\
         <label><input type=\"checkbox\" id=\"all\" data-testid=\"all\"> Select all</label>\
         <span id=\"chosen\" data-testid=\"chosen\" role=\"status\">0 selected</span>\
         <button type=\"button\" class=\"primary\" id=\"list-sync-button\" data-testid=\"list-sync-button\" disabled>Sync to Xero</button></div>\
         <div class=\"card\">{table}</div>{host}",
        plural = layout.plural,
        count = rows.len(),
        table = html::table("records", &columns, &table),
        host = host_config(world, site, request, viewer, layout.module, None),
    );
    viewer.page(world, StatusCode::OK, layout.plural, layout.module, &body)
}

fn is_amount(field: &str) -> bool {
    matches!(field, "Unit_Price" | "Grand_Total" | "Sub_Total" | "Tax" | "Discount" | "Adjustment")
}

fn shown(field: &str, value: &Value) -> String {
    if is_amount(field) { amount(value) } else { plain(value) }
}

/// An entry field of a form.
fn input(name: &str, entry: Entry, title: &str, value: &Value) -> String {
    let (name, title) = (escape(name), escape(title));
    let text = escape(&plain(value));
    let common = format!("name=\"{name}\" id=\"{name}\" data-testid=\"{name}\" aria-label=\"{title}\"");
    match entry {
        Entry::Shown => text,
        Entry::Text | Entry::Number => format!("<input type=\"text\" {common} value=\"{text}\">"),
        Entry::Lines => format!("<textarea {common} rows=\"2\">\n{text}</textarea>"),
        Entry::YesNo => {
            let yes = if value == &Value::Bool(true) { " selected" } else { "" };
            format!(
                "<select {common}><option value=\"false\">No</option><option value=\"true\"{yes}>Yes</option></select>"
            )
        }
        Entry::Suggest(values) => {
            let options: String = values.iter().map(|value| format!("<option value=\"{value}\"></option>")).collect();
            format!(
                "<input type=\"text\" {common} value=\"{text}\" list=\"{name}-values\"><datalist id=\"{name}-values\">{options}</datalist>"
            )
        }
    }
}

/// The custom fields that the connect step made, in the record's order.
fn xero_fields(record: &Value) -> Vec<&String> {
    record.as_object().into_iter().flat_map(Map::keys).filter(|key| key.starts_with("Xero_")).collect()
}

fn record(
    world: &World,
    site: &Site,
    request: &Request,
    viewer: &Viewer,
    layout: &Layout,
    id: &str,
    problem: Option<&str>,
) -> Response<Bytes> {
    let Some(record) = world.zoho.get_as(&viewer.email, layout.module, id) else { return missing(world, viewer) };
    let editing = request.query("edit").is_some() || problem.is_some();
    let title = match plain(&record[layout.title]) {
        title if title.is_empty() => layout.singular.to_owned(),
        title => title,
    };
    let rows: Vec<(String, String)> = layout
        .fields
        .iter()
        .filter(|(field, _)| record.get(*field).is_some())
        .map(|(field, entry)| {
            let value = &record[*field];
            let cell = if editing && *entry != Entry::Shown {
                input(&format!("f.{field}"), *entry, &label(field), value)
            } else {
                lookup_link(field, value).unwrap_or_else(|| escape(&shown(field, value)))
            };
            ((*field).to_owned(), cell)
        })
        .collect();
    let mut parts =
        format!("<section class=\"card\"><h2>{} information</h2>{}</section>", layout.singular, html::fields(&rows));
    let xero = xero_fields(&record);
    if !xero.is_empty() {
        let rows: Vec<(String, String)> = xero
            .into_iter()
            .map(|field| {
                let value = &record[field.as_str()];
                let cell = if editing && value.is_boolean() {
                    input(&format!("f.{field}"), Entry::YesNo, &label(field), value)
                } else {
                    linked(&plain(value))
                };
                (field.clone(), cell)
            })
            .collect();
        parts.push_str(&format!("<section class=\"card\"><h2>Xero fields</h2>{}</section>", html::fields(&rows)));
    }
    if let Some(subform) = layout.lines {
        let products = if editing { world.zoho.records_as(&viewer.email, "Products") } else { Vec::new() };
        parts.push_str(&lines(&record, subform, editing, &products));
    }
    if editing {
        parts = format!(
            "<form method=\"post\" action=\"/crm/{}/{}\">{parts}<p><button class=\"primary\" data-testid=\"save\">Save</button> \
             <a class=\"button\" href=\"/crm/{0}/{1}\">Cancel</a></p></form>",
            layout.module,
            segment(id)
        );
    }
    if layout.has_contacts {
        let columns = ["Full_Name", "Title", "Email", "Phone", "Mobile"];
        let mut people = world.zoho.records_as(&viewer.email, "Contacts");
        people.retain(|person| person[layout.title]["id"] == id);
        let rows: Vec<Vec<String>> = people
            .iter()
            .map(|person| {
                let mut cells: Vec<String> = columns.iter().map(|column| escape(&plain(&person[*column]))).collect();
                let id = escape(&plain(&person["id"]));
                cells[0] = format!("<a href=\"/crm/Contacts/{id}\">{}</a>", cells[0]);
                cells
            })
            .collect();
        let titles = columns.map(label);
        let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
        parts.push_str(&format!(
            "<section class=\"card\"><h2>Contacts</h2>{}</section>",
            html::table("contacts", &titles, &rows)
        ));
    }
    let problem = problem
        .map(|text| format!("<p class=\"note\" role=\"alert\" data-testid=\"problem\">{}</p>", escape(text)))
        .unwrap_or_default();
    let edit = if editing {
        String::new()
    } else {
        format!(
            "<a class=\"button\" href=\"/crm/{}/{}?edit=1\" data-testid=\"edit\">Edit</a>",
            layout.module,
            segment(id)
        )
    };
    let body = format!(
        "<div class=\"head\"><h1 data-testid=\"title\">{title}</h1>{edit}\
         <button type=\"button\" class=\"primary\" id=\"sync-button\" data-testid=\"sync-button\">Sync to Xero</button></div>\
         {problem}<section class=\"card\" aria-labelledby=\"xero-heading\"><h2 id=\"xero-heading\">Xero</h2>\
         <iframe id=\"xero-panel\" data-testid=\"xero-panel\" title=\"Xero\"></iframe></section>{parts}{host}",
        title = escape(&title),
        host = host_config(world, site, request, viewer, layout.module, Some(id)),
    );
    let status = if problem.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    viewer.page(world, status, &title, layout.module, &body)
}

/// A lookup as a link to the record that it names.
fn lookup_link(field: &str, value: &Value) -> Option<String> {
    let module = match field {
        "Account_Name" => "Accounts",
        "Contact_Name" => "Contacts",
        "Vendor_Name" => "Vendors",
        _ => return None,
    };
    let id = value.get("id")?.as_str()?;
    Some(format!("<a href=\"/crm/{module}/{}\">{}</a>", segment(id), escape(&plain(value))))
}

/// Text, as a link when it is an address.
fn linked(text: &str) -> String {
    let safe = escape(text);
    if text.starts_with("https://") || text.starts_with("http://") {
        format!("<a href=\"{safe}\" target=\"_blank\" rel=\"noopener\">{safe}</a>")
    } else {
        safe
    }
}

/// The line items and the totals; `products` are those that a new line can have.
fn lines(record: &Value, subform: &str, editing: bool, products: &[Value]) -> String {
    let empty = Vec::new();
    let items = record[subform].as_array().unwrap_or(&empty);
    let mut columns =
        vec!["Product", "Description", "Quantity#", "List Price#", "Discount#", "Tax#", "Total#", "Taxes"];
    if editing {
        columns.push("Remove");
    }
    let mut rows: Vec<Vec<String>> = items
        .iter()
        .map(|item| {
            let id = plain(&item["id"]);
            let product = &item["Product_Name"];
            let code = plain(&product["Product_Code"]);
            let name = escape(&plain(product));
            let mut cells = vec![
                format!(
                    "<a href=\"/crm/Products/{}\">{name}</a>{}",
                    escape(&plain(&product["id"])),
                    if code.is_empty() { String::new() } else { format!("<br><span class=\"quiet\">{}</span>", escape(&code)) }
                ),
            ];
            cells.extend(LINE_FIELDS.iter().map(|(field, entry)| {
                if editing {
                    input(&format!("l.{id}.{field}"), *entry, &format!("{} of {}", label(field), plain(product)), &item[*field])
                } else {
                    escape(&plain(&item[*field]))
                }
            }));
            cells.push(escape(&amount(&item["Tax"])));
            cells.push(escape(&amount(&item["Net_Total"])));
            cells.push(escape(&taxes(&item["Line_Tax"])));
            if editing {
                cells.push(format!(
                    "<input type=\"checkbox\" name=\"l.{id}._delete\" data-testid=\"l.{id}._delete\" aria-label=\"Remove {name}\">"
                ));
            }
            cells
        })
        .collect();
    if editing {
        let options: String = products
            .iter()
            .map(|product| {
                let (id, name) = (escape(&plain(&product["id"])), escape(&plain(&product["Product_Name"])));
                format!("<option value=\"{id}\">{name}</option>")
            })
            .collect();
        let mut cells = vec![format!(
            "<select name=\"n.Product_Name\" id=\"n.Product_Name\" data-testid=\"n.Product_Name\" \
             aria-label=\"Product of a new line\" style=\"max-width:180px\"><option value=\"\">New line…</option>{options}</select>"
        )];
        cells.extend(LINE_FIELDS.iter().map(|(field, entry)| {
            input(&format!("n.{field}"), *entry, &format!("{} of a new line", label(field)), &Value::Null)
        }));
        cells.extend(["", "", "", ""].map(str::to_owned));
        rows.push(cells);
    }
    let totals: String = TOTALS
        .iter()
        .map(|field| {
            format!(
                "<div><dt>{}</dt><dd data-testid=\"total-{field}\">{}</dd></div>",
                label(field),
                escape(&amount(&record[*field]))
            )
        })
        .collect();
    let document_tax = taxes(&record["$line_tax"]);
    let document_tax = if document_tax.is_empty() {
        String::new()
    } else {
        format!("<div><dt>Tax on the total</dt><dd data-testid=\"document-tax\">{}</dd></div>", escape(&document_tax))
    };
    format!(
        "<section class=\"card\"><h2>{}</h2>{}<dl class=\"fields\" style=\"margin-top:12px\">{totals}{document_tax}</dl></section>",
        label(subform),
        html::table("lines", &columns, &rows)
    )
}

/// Taxes as "GST 10 %".
fn taxes(value: &Value) -> String {
    value
        .as_array()
        .into_iter()
        .flatten()
        .map(|tax| format!("{} {} %", plain(&tax["name"]), plain(&tax["percentage"])))
        .collect::<Vec<_>>()
        .join(", ")
}

/// What was typed, as JSON: nothing is null, a number stays as it was typed.
fn typed(entry: Entry, text: &str) -> Value {
    let text = text.replace("\r\n", "\n");
    let text = text.trim();
    match entry {
        _ if text.is_empty() => Value::Null,
        Entry::Number => text.parse().map_or_else(|_| text.into(), Value::Number),
        Entry::YesNo => Value::Bool(text == "true"),
        Entry::Shown | Entry::Text | Entry::Lines | Entry::Suggest(_) => text.into(),
    }
}

/// A line's discount: a bare number is an amount, everything else goes as it was typed ("5%").
fn line_value(field: &str, entry: Entry, text: &str) -> Value {
    if field == "Discount" && text.trim().parse::<serde_json::Number>().is_ok() {
        typed(Entry::Number, text)
    } else {
        typed(entry, text)
    }
}

/// What differs between the record and the form.
fn differences(record: &Value, form: &[(String, String)], layout: &Layout) -> Value {
    let mut changes = json!({});
    for (name, text) in form {
        let Some(field) = name.strip_prefix("f.") else { continue };
        let entry =
            layout.fields.iter().find(|(candidate, _)| *candidate == field).map_or(Entry::YesNo, |(_, entry)| *entry);
        let now = typed(entry, text);
        if plain(&record[field]) != plain(&now) {
            changes[field] = now;
        }
    }
    let Some(subform) = layout.lines else { return changes };
    let mut rows = Vec::new();
    for item in record[subform].as_array().into_iter().flatten() {
        let id = plain(&item["id"]);
        let mut row = json!({ "id": id });
        let mut changed = false;
        for (field, entry) in LINE_FIELDS {
            let Some((_, text)) = form.iter().find(|(name, _)| *name == format!("l.{id}.{field}")) else { continue };
            let now = line_value(field, entry, text);
            if plain(&item[field]) != plain(&now) {
                row[field] = now;
                changed = true;
            }
        }
        if form.iter().any(|(name, _)| *name == format!("l.{id}._delete")) {
            row = json!({ "id": id, "_delete": null });
            changed = true;
        }
        if changed {
            rows.push(row);
        }
    }
    let new = |field: &str| form.iter().find(|(name, _)| *name == format!("n.{field}")).map(|(_, text)| text.trim());
    if let Some(product) = new("Product_Name").filter(|id| !id.is_empty()) {
        let mut row = json!({ "Product_Name": { "id": product } });
        for (field, entry) in LINE_FIELDS {
            if let Some(text) = new(field).filter(|text| !text.is_empty()) {
                row[field] = line_value(field, entry, text);
            }
        }
        rows.push(row);
    }
    if !rows.is_empty() {
        changes[subform] = Value::Array(rows);
    }
    changes
}

fn save(
    world: &mut World,
    site: &Site,
    request: &Request,
    viewer: &Viewer,
    layout: &Layout,
    id: &str,
) -> Response<Bytes> {
    let Some(before) = world.zoho.get_as(&viewer.email, layout.module, id) else { return missing(world, viewer) };
    let changes = differences(&before, &html::form(request), layout);
    if changes.as_object().is_some_and(|changes| !changes.is_empty())
        && let Err(refusal) = world.edit(&viewer.email, layout.module, id, &changes)
    {
        let problem = format!("Not saved: {refusal}");
        return record(world, site, request, viewer, layout, id, Some(&problem));
    }
    html::see_other(&format!("/crm/{}/{}", layout.module, segment(id)), &[])
}
