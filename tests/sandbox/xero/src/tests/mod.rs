//! The rules, one by one, through the API as a client meets it.

mod contacts;
mod documents;
mod edges;
mod identity;
mod money;
mod plain;
mod requests;

use base64::Engine as _;
use chrono::{DateTime, TimeDelta, Utc};
use http::Method;
use sandbox_kernel::{Api as _, Call, Request, Response};
use serde_json::{Value, json};

use crate::{Client, Config, Tier, Xero};

const SCOPES: &str = "offline_access openid profile email accounting.contacts accounting.invoices accounting.payments accounting.settings.read";
const CALLBACK: &str = "http://localhost:8787/auth/xero/callback";

/// A sandbox with a connected application and a clock.
struct World {
    xero: Xero,
    now: DateTime<Utc>,
    tenant: String,
    access: String,
    refresh: String,
    headers: Vec<(&'static str, String)>,
}

fn fresh() -> Xero {
    Xero::new(config())
}

fn config() -> Config {
    Config {
        base_url: "http://localhost:8790/xero".into(),
        clients: vec![Client {
            id: "CLIENT".into(),
            secret: "secret".into(),
            redirect_uris: vec!["http://localhost:*/auth/xero/callback".into()],
        }],
        tier: Tier::Core,
        seed: 42,
    }
}

fn start() -> DateTime<Utc> {
    "2026-11-20T01:00:00Z".parse().unwrap()
}

fn form(fields: &[(&str, &str)]) -> Vec<u8> {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish().into_bytes()
}

fn body(response: &Response) -> Value {
    serde_json::from_slice(response.body()).unwrap_or(Value::Null)
}

fn header<'a>(response: &'a Response, name: &str) -> Option<&'a str> {
    response.headers().get(name).map(|value| value.to_str().unwrap())
}

impl World {
    /// Connected to the Australian organisation.
    fn new() -> Self {
        Self::of(0)
    }

    fn of(organisation: usize) -> Self {
        Self::with(fresh(), organisation)
    }

    /// The organisation of a country.
    fn in_country(country: &str) -> Self {
        Self::with(Xero::in_countries(config(), &[country]), 0)
    }

    fn with(xero: Xero, organisation: usize) -> Self {
        let tenant = xero.organisations()[organisation].tenant.clone();
        let mut world = Self {
            xero,
            now: start(),
            tenant: tenant.clone(),
            access: String::new(),
            refresh: String::new(),
            headers: Vec::new(),
        };
        world.connect(&tenant, SCOPES);
        world
    }

    /// A bare request.
    fn raw(&mut self, method: Method, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Response {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let mut map = http::HeaderMap::new();
        for (name, value) in headers {
            map.insert(http::HeaderName::from_bytes(name.as_bytes()).unwrap(), value.parse().unwrap());
        }
        let query = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let request = Request { method, path: path.into(), query, headers: map, body: body.into() };
        self.xero.handle(&Call { now: self.now, in_flight: 1 }, &request)
    }

    fn authorize(&mut self, tenant: &str, scopes: &str, decision: &str) -> Response {
        let fields = [
            ("response_type", "code"),
            ("client_id", "CLIENT"),
            ("redirect_uri", CALLBACK),
            ("scope", scopes),
            ("state", "s t"),
            ("tenant", tenant),
            ("decision", decision),
        ];
        self.raw(Method::POST, "/login/identity/connect/authorize", &[], form(&fields))
    }

    fn code(&mut self, tenant: &str, scopes: &str) -> String {
        let response = self.authorize(tenant, scopes, "allow");
        assert_eq!(response.status(), 302, "{response:?}");
        let target = url::Url::parse(header(&response, "location").unwrap()).unwrap();
        target.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned()
    }

    fn token(&mut self, fields: &[(&str, &str)]) -> Response {
        let basic = format!("Basic {}", base64::engine::general_purpose::STANDARD.encode("CLIENT:secret"));
        self.raw(Method::POST, "/identity/connect/token", &[("authorization", &basic)], form(fields))
    }

    fn exchange(&mut self, code: &str) -> Response {
        self.token(&[("grant_type", "authorization_code"), ("code", code), ("redirect_uri", CALLBACK)])
    }

    fn renew(&mut self, refresh: &str) -> Response {
        self.token(&[("grant_type", "refresh_token"), ("refresh_token", refresh)])
    }

    fn connect(&mut self, tenant: &str, scopes: &str) {
        let code = self.code(tenant, scopes);
        let answer = body(&self.exchange(&code));
        self.access = answer["access_token"].as_str().unwrap().to_owned();
        self.refresh = answer["refresh_token"].as_str().unwrap_or_default().to_owned();
    }

    /// A call of the accounting API.
    fn call(&mut self, method: Method, path: &str, content: &Value) -> Response {
        let bearer = format!("Bearer {}", self.access);
        let tenant = self.tenant.clone();
        let own = self.headers.clone();
        let mut headers: Vec<(&str, &str)> =
            vec![("authorization", &bearer), ("xero-tenant-id", &tenant), ("accept", "application/json")];
        headers.extend(own.iter().map(|(name, value)| (*name, value.as_str())));
        let content = if content.is_null() { Vec::new() } else { content.to_string().into_bytes() };
        self.raw(method, &format!("/api/api.xro/2.0/{path}"), &headers, content)
    }

    fn get(&mut self, path: &str) -> Value {
        let response = self.call(Method::GET, path, &Value::Null);
        assert_eq!(response.status(), 200, "{path}: {:?}", response.body());
        body(&response)
    }

    /// The first row of an answer.
    fn one(&mut self, path: &str) -> Value {
        let plural = path.split(['/', '?']).next().unwrap().to_owned();
        self.get(path)[&plural][0].clone()
    }

    /// Writes one element that must be saved; gives it as the answer has it.
    fn save(&mut self, method: Method, path: &str, content: Value) -> Value {
        let plural = path.split(['/', '?']).next().unwrap().to_owned();
        let response = self.call(method, path, &content);
        let answer = body(&response);
        assert_eq!(response.status(), 200, "{path}: {answer}");
        answer[&plural][0].clone()
    }

    /// Writes one element that must be refused; gives all messages.
    fn refused(&mut self, method: Method, path: &str, content: Value) -> Vec<String> {
        let response = self.call(method, path, &content);
        let answer = body(&response);
        assert_eq!(response.status(), 400, "{path}: {answer}");
        assert_eq!(answer["ErrorNumber"], json!(10), "{answer}");
        let mut messages = Vec::new();
        gather(&answer["Elements"], &mut messages);
        messages
    }

    fn contact(&mut self, name: &str) -> String {
        let row = self.save(Method::PUT, "Contacts", json!({ "Name": name }));
        row["ContactID"].as_str().unwrap().to_owned()
    }

    fn invoice(&mut self, kind: &str, status: &str, amount: &str) -> Value {
        let contact = self.any_contact();
        let (account, tax) = if kind.starts_with("ACCREC") { ("200", "OUTPUT") } else { ("429", "INPUT") };
        let path = if kind.ends_with("CREDIT") { "CreditNotes" } else { "Invoices" };
        let mut document = json!({
            "Type": kind, "Contact": { "ContactID": contact }, "Date": "2026-11-20", "Status": status,
            "LineItems": [{ "Description": "Work", "Quantity": 1, "UnitAmount": amount, "AccountCode": account, "TaxType": tax }],
        });
        if path == "Invoices" {
            document["DueDate"] = json!("2026-12-20");
        }
        self.save(Method::PUT, path, document)
    }

    fn any_contact(&mut self) -> String {
        match self.xero.all(&self.tenant, "Contacts").first() {
            Some(contact) => contact["ContactID"].as_str().unwrap().to_owned(),
            None => self.contact("Acme"),
        }
    }

    fn pay(&mut self, invoice: &str, amount: &str) -> Value {
        let payment = json!({ "Invoice": { "InvoiceID": invoice }, "Account": { "Code": "090" }, "Amount": amount, "Date": "2026-11-20" });
        self.save(Method::PUT, "Payments", payment)
    }

    fn later(&mut self, seconds: i64) {
        self.now += TimeDelta::seconds(seconds);
    }
}

fn gather(value: &Value, out: &mut Vec<String>) {
    match value {
        Value::Array(rows) => rows.iter().for_each(|row| gather(row, out)),
        Value::Object(fields) => {
            out.extend(fields.get("Message").and_then(Value::as_str).map(str::to_owned));
            fields.values().for_each(|value| gather(value, out));
        }
        _ => {}
    }
}

fn id(row: &Value, name: &str) -> String {
    row[name].as_str().unwrap_or_else(|| panic!("{name} in {row}")).to_owned()
}
