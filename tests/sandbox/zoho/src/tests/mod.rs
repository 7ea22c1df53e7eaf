//! One test for each rule that the stand-in CRM has to keep.

mod lines;
mod metadata;
mod numbers;
mod people;
mod queries;
mod records;
mod rights;
mod signing_in;

use crate::{Client, Config, Edition, Peer, Zoho};
use bytes::Bytes;
use chrono::{DateTime, Duration, TimeZone, Utc};
use http::Method;
use sandbox_kernel::{Api, Call, Request, Response};
use serde_json::{Value, json};

const CLIENT: &str = "1000.TESTCLIENT";
const SECRET: &str = "the-secret";
const REDIRECT: &str = "http://localhost:8787/auth/zoho/callback";
const ANA: &str = "ana@bluegum.example";
const SAM: &str = "sam@bluegum.example";
const RITA: &str = "rita@bluegum.example";
const ALL_SCOPES: &[&str] = &[
    "ZohoCRM.modules.ALL",
    "ZohoCRM.settings.ALL",
    "ZohoCRM.org.ALL",
    "ZohoCRM.users.READ",
    "ZohoCRM.coql.READ",
    "ZohoCRM.composite_requests.CUSTOM",
    "ZohoCRM.notifications.ALL",
    "ZohoSearch.securesearch.READ",
];

fn config(location: &str) -> Config {
    let (base, peer, peer_base) = if location == "us" { ("zoho", "eu", "zoho-eu") } else { ("zoho-eu", "us", "zoho") };
    Config {
        base_url: format!("http://localhost:8790/{base}"),
        location: location.into(),
        peers: vec![Peer { location: peer.into(), accounts: format!("http://localhost:8790/{peer_base}/accounts") }],
        clients: vec![Client {
            id: CLIENT.into(),
            secret: SECRET.into(),
            redirect_uris: vec!["http://localhost:*/auth/zoho/callback".into()],
        }],
        edition: Edition::Enterprise,
        seed: 7,
    }
}

/// The CRM, the time, and the token of whoever calls.
struct Desk {
    zoho: Zoho,
    now: DateTime<Utc>,
    token: String,
    in_flight: u32,
}

/// An answer: status, body (null when empty) and the whole response.
struct Answer {
    status: u16,
    body: Value,
    response: Response,
}

impl Answer {
    /// The first row's code, or the envelope's.
    fn code(&self) -> &str {
        let row = ["data", "fields", "variables", "watch", "__composite_requests"]
            .iter()
            .find_map(|key| self.body.get(key)?.get(0)?.get("code"));
        row.or_else(|| self.body.get("code")).and_then(Value::as_str).unwrap_or("")
    }

    fn id(&self) -> String {
        self.body["data"][0]["details"]["id"].as_str().unwrap_or_else(|| panic!("no id in {}", self.body)).to_owned()
    }
}

impl Desk {
    fn new() -> Self {
        let now = Utc.with_ymd_and_hms(2026, 11, 2, 1, 30, 0).unwrap();
        let mut zoho = Zoho::new(config("us"));
        zoho.set_now(now);
        let token = zoho.grant(CLIENT, ANA, ALL_SCOPES).unwrap().access_token;
        Self { zoho, now, token, in_flight: 1 }
    }

    fn sign_in(&mut self, email: &str) {
        self.token = self.zoho.grant(CLIENT, email, ALL_SCOPES).unwrap().access_token;
    }

    fn wait(&mut self, duration: Duration) {
        self.now += duration;
        self.zoho.set_now(self.now);
    }

    fn send(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Answer {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let mut map = http::HeaderMap::new();
        for (name, value) in headers {
            map.insert(http::HeaderName::from_bytes(name.as_bytes()).unwrap(), value.parse().unwrap());
        }
        let request = Request {
            method: method.parse::<Method>().unwrap(),
            path: path.into(),
            query: query
                .split('&')
                .filter(|pair| !pair.is_empty())
                .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
                .map(|(name, value)| (name.to_owned(), crate::oauth::decode(value, true)))
                .collect(),
            headers: map,
            body: body.into(),
        };
        let call = Call { now: self.now, in_flight: self.in_flight };
        let response = self.zoho.handle(&call, &request);
        let body = serde_json::from_slice(response.body()).unwrap_or(Value::Null);
        Answer { status: response.status().as_u16(), body, response }
    }

    /// A call of the REST API with the token and these headers.
    fn with(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
        let authorization = format!("Zoho-oauthtoken {}", self.token);
        let mut all = vec![("authorization", authorization.as_str())];
        all.extend_from_slice(headers);
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.send(method, &format!("/api/crm/v8/{path}"), &all, body)
    }

    fn get(&mut self, path: &str) -> Answer {
        self.with("GET", path, &[], &Value::Null)
    }

    fn post(&mut self, path: &str, row: &Value) -> Answer {
        self.with("POST", path, &[], &json!({"data": [row]}))
    }

    fn put(&mut self, path: &str, row: &Value) -> Answer {
        self.with("PUT", path, &[], &json!({"data": [row]}))
    }

    fn coql(&mut self, query: &str) -> Answer {
        self.with("POST", "coql", &[], &json!({"select_query": query}))
    }

    fn account(&mut self, name: &str) -> String {
        self.zoho.insert("Accounts", &json!({"Account_Name": name})).unwrap()
    }

    /// The record as `GET` gives it.
    fn record(&mut self, module: &str, id: &str) -> Value {
        let answer = self.get(&format!("{module}/{id}"));
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body["data"][0].clone()
    }
}
