//! The world around the program under test: two Zoho data centres, Xero, and what stands before them.
//!
//! A [`World`] has no sockets and no threads; [`World::call`] answers at once. The server puts one behind a port.

use std::str::FromStr;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{Request, Response};
use sandbox_kernel::{Api, Call};
use sandbox_xero::Xero;
use sandbox_zoho::Zoho;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::clock::Clock;
use crate::gate::{Dropped, Gate, Pending};
use crate::journal::{Entry, Mark};
use crate::pages::Host;
use crate::seed::{self, Seed};

/// The instant at which a new world begins: 21 November 2026, nine in the morning in Sydney.
pub const START: &str = "2026-11-20T22:00:00Z";

/// The Zoho client that the sandbox knows.
pub const ZOHO_CLIENT: (&str, &str) = ("1000.SANDBOXCLIENT", "sandbox-zoho-secret");

/// The Xero client that the sandbox knows.
pub const XERO_CLIENT: (&str, &str) = ("SANDBOXXEROCLIENT", "sandbox-xero-secret");

/// Where the program under test may be sent back to: any port of localhost.
const ZOHO_REDIRECT: &str = "http://localhost:*/auth/zoho/callback";
const XERO_REDIRECT: &str = "http://localhost:*/auth/xero/callback";

/// The scopes that tokens get when a test names none: all that the program asks for, and what the CRM's pages need.
const ZOHO_SCOPES: [&str; 8] = [
    "ZohoCRM.modules.ALL",
    "ZohoCRM.settings.ALL",
    "ZohoCRM.users.READ",
    "ZohoCRM.org.ALL",
    "ZohoCRM.coql.READ",
    "ZohoCRM.composite_requests.CUSTOM",
    "ZohoCRM.notifications.ALL",
    "ZohoSearch.securesearch.READ",
];

/// The Xero scopes that a test's tokens get.
const XERO_SCOPES: &str = "openid profile email offline_access accounting.contacts accounting.invoices \
                           accounting.payments accounting.settings accounting.attachments";

/// Tokens for an organisation of Xero.
#[derive(Debug, Clone)]
pub struct XeroGrant {
    /// The organisation's id.
    pub tenant: String,
    /// The refresh token.
    pub refresh_token: String,
    /// The access token.
    pub access_token: String,
}

/// The APIs of the sandbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ApiName {
    /// Zoho's data centre in the US: accounts server and CRM.
    Zoho,
    /// Zoho's data centre in the EU.
    ZohoEu,
    /// Xero: login, identity and API.
    Xero,
}

impl ApiName {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Zoho, Self::ZohoEu, Self::Xero];

    /// The name in URLs and in the control API: `zoho`, `zoho-eu`, `xero`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Zoho => "zoho",
            Self::ZohoEu => "zoho-eu",
            Self::Xero => "xero",
        }
    }

    /// The API that a path belongs to, and the rest of the path: `/zoho/api/crm` is `(Zoho, "/api/crm")`.
    #[must_use]
    pub fn route(path: &str) -> Option<(Self, &str)> {
        let (first, _) = path.strip_prefix('/')?.split_once('/')?;
        let api = first.parse().ok()?;
        Some((api, &path[1 + first.len()..]))
    }
}

impl FromStr for ApiName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|api| api.as_str() == text)
            .ok_or_else(|| format!("\"{text}\" is none of the APIs zoho, zoho-eu, xero"))
    }
}

/// Everything outside the program under test. A clone is an independent copy.
#[derive(Debug, Clone)]
pub struct World {
    /// Zoho in the US, with the seed data.
    pub zoho: Zoho,
    /// Zoho in the EU, with settings only.
    pub zoho_eu: Zoho,
    /// Xero, with its organisations.
    pub xero: Xero,
    /// Faults, latency, journal and clock.
    pub gate: Gate,
    /// How the CRM's pages treat what they open and embed.
    pub host: Host,
    base_url: String,
}

impl World {
    /// A world with the seed data of a trading company; see [`seed`].
    #[must_use]
    pub fn standard(base_url: &str) -> Self {
        Self::with_seed(Seed::Standard, base_url)
    }

    /// The same trading company with the tax on the total of each document, not on its lines.
    #[must_use]
    pub fn total_tax(base_url: &str) -> Self {
        Self::with_seed(Seed::TotalTax, base_url)
    }

    /// A world with the organisations' settings and nothing else.
    #[must_use]
    pub fn empty(base_url: &str) -> Self {
        Self::with_seed(Seed::Empty, base_url)
    }

    /// A world whose CRM has so many ordinary invoices, with their accounts and products, and whose Xero has nothing but
    /// its settings; see [`seed::bulk`].
    ///
    /// # Panics
    /// As [`World::with_seed`].
    #[must_use]
    pub fn bulk(base_url: &str, invoices: usize) -> Self {
        let mut world = Self::empty(base_url);
        if let Err(problem) = seed::bulk::fill_crm(&mut world, invoices) {
            panic!("the bulk data are refused: {problem}");
        }
        world
    }

    /// A world whose Xero has so many ordinary invoices, with their contacts and items, and whose CRM has nothing but
    /// its settings; see [`seed::bulk`].
    ///
    /// # Panics
    /// As [`World::with_seed`].
    #[must_use]
    pub fn bulk_books(base_url: &str, invoices: usize) -> Self {
        let mut world = Self::empty(base_url);
        if let Err(problem) = seed::bulk::fill_books(&mut world, invoices) {
            panic!("the bulk data are refused: {problem}");
        }
        world
    }

    /// The same as [`World::standard`], but that the organisation of the EU and its administrator have the numbers of
    /// those in the US. Zoho documents them as unique in a data centre only.
    #[must_use]
    pub fn twins(base_url: &str) -> Self {
        let mut world = Self::standard(base_url);
        world.zoho_eu.take_numbers_of(&world.zoho);
        world
    }

    /// A world with a seed data set. Its clock stands at [`START`].
    ///
    /// `base_url` is the sandbox's own, without a slash at the end: `http://localhost:8790`.
    ///
    /// # Panics
    /// When the APIs refuse their own seed data, which a test of this crate rules out.
    #[must_use]
    pub fn with_seed(seed: Seed, base_url: &str) -> Self {
        let zoho = |location: &str, name: &str, peer: &str, peer_name: &str| {
            Zoho::new(sandbox_zoho::Config {
                base_url: format!("{base_url}/{name}"),
                location: location.to_owned(),
                peers: vec![sandbox_zoho::Peer {
                    location: peer.to_owned(),
                    accounts: format!("{base_url}/{peer_name}/accounts"),
                }],
                clients: vec![sandbox_zoho::Client {
                    id: ZOHO_CLIENT.0.to_owned(),
                    secret: ZOHO_CLIENT.1.to_owned(),
                    redirect_uris: vec![ZOHO_REDIRECT.to_owned()],
                }],
                edition: sandbox_zoho::Edition::Enterprise,
                seed: 1,
            })
        };
        let books = sandbox_xero::Config {
            base_url: format!("{base_url}/xero"),
            clients: vec![sandbox_xero::Client {
                id: XERO_CLIENT.0.to_owned(),
                secret: XERO_CLIENT.1.to_owned(),
                redirect_uris: vec![XERO_REDIRECT.to_owned()],
            }],
            tier: sandbox_xero::Tier::Core,
            seed: 1,
        };
        let xero = Xero::in_countries(books, &seed.countries());
        let mut world = Self {
            zoho: zoho("us", "zoho", "eu", "zoho-eu"),
            zoho_eu: zoho("eu", "zoho-eu", "us", "zoho"),
            xero,
            gate: Gate::new(Clock::at(START.parse().unwrap_or_default())),
            host: Host::USUAL,
            base_url: base_url.to_owned(),
        };
        world.wind();
        if let Err(problem) = seed::fill(&mut world, seed) {
            panic!("the seed data are refused: {problem}");
        }
        world
    }

    /// Tells Zoho the time. A call does so by itself; whoever uses Zoho's own methods does it before.
    pub fn wind(&mut self) {
        let now = self.now();
        self.zoho.set_now(now);
        self.zoho_eu.set_now(now);
    }

    /// Tokens of a user of the US organisation for the program under test, without the consent page.
    ///
    /// No scopes means all that the program asks for. `None` when there is no user with this e-mail address.
    pub fn zoho_grant(&mut self, email: &str, scopes: &[&str]) -> Option<sandbox_zoho::Grant> {
        self.wind();
        self.zoho.grant(ZOHO_CLIENT.0, email, if scopes.is_empty() { &ZOHO_SCOPES } else { scopes })
    }

    /// The same for a user of the EU organisation.
    pub fn zoho_eu_grant(&mut self, email: &str, scopes: &[&str]) -> Option<sandbox_zoho::Grant> {
        self.wind();
        self.zoho_eu.grant(ZOHO_CLIENT.0, email, if scopes.is_empty() { &ZOHO_SCOPES } else { scopes })
    }

    /// Tokens for an organisation of Xero, which is connected to the program under test as by its consent page, by the
    /// first person who is a user of it.
    ///
    /// `None` when there is no such organisation.
    pub fn xero_grant(&mut self, tenant: &str) -> Option<XeroGrant> {
        let person = self.xero.people().iter().find(|person| person.tenants.contains(tenant))?.id.clone();
        self.xero_grant_by(&person, tenant)
    }

    /// The same by the person with this e-mail address. `None` when that is no user of the organisation.
    pub fn xero_grant_of(&mut self, email: &str, tenant: &str) -> Option<XeroGrant> {
        let person = self.xero.people().iter().find(|person| person.email == email)?.id.clone();
        self.xero_grant_by(&person, tenant)
    }

    fn xero_grant_by(&mut self, person: &str, tenant: &str) -> Option<XeroGrant> {
        let redirect_uri = XERO_REDIRECT.replace('*', "8787");
        let form =
            |pairs: &[(&str, &str)]| url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        let consent = form(&[
            ("response_type", "code"),
            ("client_id", XERO_CLIENT.0),
            ("redirect_uri", &redirect_uri),
            ("scope", XERO_SCOPES),
            ("state", "grant"),
            ("person", person),
            ("tenant", tenant),
            ("decision", "allow"),
        ]);
        let answer = self.post_to_xero("/login/identity/connect/authorize", consent, None);
        let location = url::Url::parse(answer.headers().get(http::header::LOCATION)?.to_str().ok()?).ok()?;
        let (_, code) = location.query_pairs().find(|(name, _)| name == "code")?;
        let exchange = form(&[("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", &redirect_uri)]);
        let basic = STANDARD.encode(format!("{}:{}", XERO_CLIENT.0, XERO_CLIENT.1));
        let answer = self.post_to_xero("/identity/connect/token", exchange, Some(format!("Basic {basic}")));
        let tokens: Value = serde_json::from_slice(answer.body()).ok()?;
        Some(XeroGrant {
            tenant: tenant.to_owned(),
            refresh_token: tokens["refresh_token"].as_str()?.to_owned(),
            access_token: tokens["access_token"].as_str()?.to_owned(),
        })
    }

    /// Posts a form to Xero past the gate: no fault, no latency, no place in the journal.
    fn post_to_xero(&mut self, path: &str, form: String, authorization: Option<String>) -> Response<Bytes> {
        let mut headers = http::HeaderMap::new();
        let form_type = http::HeaderValue::from_static("application/x-www-form-urlencoded");
        headers.insert(http::header::CONTENT_TYPE, form_type);
        if let Some(value) = authorization.and_then(|text| text.parse().ok()) {
            headers.insert(http::header::AUTHORIZATION, value);
        }
        let request = sandbox_kernel::Request {
            method: http::Method::POST,
            path: path.to_owned(),
            query: Vec::new(),
            headers,
            body: Bytes::from(form),
        };
        self.xero.handle(&Call { now: self.now(), in_flight: 1 }, &request)
    }

    /// Edits a record of the US organisation as the user with this e-mail address would on its page.
    ///
    /// # Errors
    /// With Zoho's error envelope when the change is refused.
    pub fn edit(&mut self, email: &str, module: &str, id: &str, changes: &Value) -> Result<(), Value> {
        self.wind();
        self.zoho.update_as(email, module, id, changes)
    }

    /// Makes a call and returns what the caller gets. The clock moves by the API's latency when tests own it.
    ///
    /// The request's URL may be whole or only a path; the path's first segment names the API.
    ///
    /// # Errors
    /// When a fault left the call without a response.
    pub fn call(&mut self, request: Request<Bytes>) -> Result<Response<Bytes>, Dropped> {
        let pending = self.begin(request);
        if !self.gate.clock.is_real() {
            let latency = pending.latency();
            self.gate.clock.advance_millis(u64::try_from(latency.as_millis()).unwrap_or(u64::MAX));
        }
        self.finish(pending)
    }

    /// Makes a call that stays in flight until [`World::finish`]: for callers that want several at a time.
    pub fn begin(&mut self, request: Request<Bytes>) -> Pending {
        let (parts, body) = request.into_parts();
        let Some((api, path)) = ApiName::route(parts.uri.path()) else {
            let mut response = Response::new(Bytes::from_static(b"The sandbox has no such API."));
            *response.status_mut() = http::StatusCode::NOT_FOUND;
            return Pending::answered(response);
        };
        let request = sandbox_kernel::Request {
            method: parts.method,
            path: path.to_owned(),
            query: url::form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()).into_owned().collect(),
            headers: parts.headers,
            body,
        };
        let handler: &mut dyn Api = match api {
            ApiName::Zoho => &mut self.zoho,
            ApiName::ZohoEu => &mut self.zoho_eu,
            ApiName::Xero => &mut self.xero,
        };
        self.gate.begin(api, handler, &request)
    }

    /// Ends a call that [`World::begin`] made.
    ///
    /// # Errors
    /// When a fault left the call without a response.
    pub fn finish(&mut self, pending: Pending) -> Result<Response<Bytes>, Dropped> {
        self.gate.finish(pending)
    }

    /// The base URL that the world was built with, without a slash at the end.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// The sandbox's present time.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.gate.clock.now()
    }

    /// The present end of the journal.
    #[must_use]
    pub fn mark(&self) -> Mark {
        self.gate.journal.mark()
    }

    /// The calls after a mark.
    #[must_use]
    pub fn calls_since(&self, mark: Mark) -> Vec<&Entry> {
        self.gate.journal.since(mark).collect()
    }

    /// How many calls to one API came after a mark, with one method or with any.
    #[must_use]
    pub fn count(&self, mark: Mark, api: ApiName, method: Option<&str>) -> usize {
        self.gate
            .journal
            .since(mark)
            .filter(|entry| entry.api == api && method.is_none_or(|method| entry.method == method))
            .count()
    }

    /// How many calls there have been.
    #[must_use]
    pub fn total_calls(&self) -> u64 {
        self.gate.journal.total()
    }

    /// Sets how long a call to an API takes.
    pub fn set_latency(&mut self, api: ApiName, latency: Duration) {
        self.gate.set_latency(api, latency);
    }
}
