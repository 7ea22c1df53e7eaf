//! A stand-in Xero: its identity service and its accounting API, as state and rules without sockets.
//!
//! It is written from Xero's OpenAPI files and from what is known of its behaviour, never from what a client sends.
//! Where Xero's own wording of a message is known it is used to the letter; the others are plain sentences.
//!
//! Paths: `/login/identity/connect/authorize`, `/identity/connect/token`, `/identity/connect/revocation`,
//! `/identity/.well-known/openid-configuration`, `/api/connections`, `/api/api.xro/2.0/…`.

mod access;
mod accounting;
mod answers;
mod arithmetic;
mod batch;
mod characters;
mod charts;
mod contacts;
mod control;
mod credit_notes;
mod dates;
mod documents;
mod filter;
mod guids;
mod history;
mod idempotency;
mod identity;
mod invoices;
mod items;
mod json;
mod limits;
mod lines;
mod listing;
mod organisation;
mod pages;
mod payments;
mod people;
mod reply;
mod settings;
mod settings_write;
mod surpluses;
mod table;

use std::collections::BTreeMap;

use sandbox_kernel::{Api, Call, Request, Response};

pub use answers::{
    Answers, BillReference, ContactNames, Countries, Edges, ItemScope, KeyMemory, LostTracking, PaidBills, PeriodLock,
    RepeatedConsent, TaxTypes, UnseenChanges, ZeroPaid,
};
pub use characters::{Characters, Control, Emoji};
pub use control::{Organisation, Refused};
pub use organisation::PlanLimit;
pub use people::{Link, Person};
pub use surpluses::SurplusKind;

use guids::Guids;
use idempotency::{Cache, Verdict};
use identity::Identity;
use limits::Limits;
use organisation::Org;

/// The organisation's own lists.
const SETTINGS: &[&str] =
    &["Accounts", "TaxRates", "BrandingThemes", "TrackingCategories", "Currencies", "Organisation"];

/// An application that may use the sandbox.
#[derive(Debug, Clone)]
pub struct Client {
    /// `client_id`.
    pub id: String,
    /// `client_secret`.
    pub secret: String,
    /// Where the consent page may return to: exact, but `:*` stands for any port.
    pub redirect_uris: Vec<String>,
}

/// How many calls a day an organisation allows the application.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tier {
    /// 1,000 a day.
    Starter,
    /// 5,000 a day.
    Core,
}

impl Tier {
    fn day_limit(self) -> u32 {
        match self {
            Self::Starter => 1_000,
            Self::Core => 5_000,
        }
    }
}

/// What a sandbox is made with.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where the sandbox is served, without a slash at the end: `http://localhost:8790/xero`.
    pub base_url: String,
    /// The applications.
    pub clients: Vec<Client>,
    /// The day's limit.
    pub tier: Tier,
    /// The same seed gives the same identifiers.
    pub seed: u64,
}

/// The stand-in Xero. A clone is a world of its own.
#[derive(Debug, Clone)]
pub struct Xero {
    config: Config,
    organisations: Vec<Org>,
    identity: Identity,
    limits: Limits,
    cache: Cache,
    /// What is down, with its text: an organisation's id, or "" for the whole API.
    offline: BTreeMap<String, String>,
    /// Whether a list of which nothing changed is 304.
    not_modified: bool,
    /// Identifiers of answers, apart from those of records so that reading changes no record's id.
    traces: Guids,
}

impl Xero {
    /// Two organisations, an Australian one and one of New Zealand, with their settings and nothing else.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self::in_countries(config, &["AU", "NZ"])
    }

    /// An organisation of each of these countries (`AU`, `NZ`, `GB`, `US`, `ZA` or `SG`), with their settings and nothing else.
    #[must_use]
    pub fn in_countries(config: Config, countries: &[&str]) -> Self {
        // The organisations are older than any test's clock.
        let created = chrono::DateTime::from_timestamp(1_577_836_800, 0).unwrap_or(chrono::DateTime::UNIX_EPOCH);
        let of = |country: &&str| charts::of_country(country, config.seed, created);
        let organisations: Vec<Org> = countries.iter().filter_map(of).collect();
        Self {
            identity: Identity::new(config.seed, organisations.iter().map(|org| org.id.clone())),
            organisations,
            limits: Limits::new(config.tier.day_limit()),
            cache: Cache::new(),
            offline: BTreeMap::new(),
            not_modified: false,
            traces: Guids::new(config.seed, "traces"),
            config,
        }
    }

    fn route(&mut self, call: &Call, request: &Request) -> Response {
        use http::Method;
        match (&request.method, request.path.as_str()) {
            (&Method::GET | &Method::POST, "/login/identity/connect/authorize") => {
                let rows: Vec<(String, String)> =
                    self.organisations.iter().map(|org| (org.id.clone(), org.profile.name.clone())).collect();
                self.identity.authorize(&self.config, &rows, call.now, request)
            }
            (&Method::POST, "/identity/connect/token") => self.identity.token(&self.config, call.now, request),
            (&Method::POST, "/identity/connect/revocation") => self.identity.revoke(&self.config, request),
            (&Method::GET, "/identity/.well-known/openid-configuration") => self.identity.discovery(&self.config),
            (_, path) if path.strip_prefix("/api/").is_some_and(is_connections) => self.connections(call, request),
            (_, path) if path.starts_with(accounting::BASE) => self.accounting(call, request),
            _ => reply::fault(&json::Fault::NotFound),
        }
    }

    fn connections(&mut self, call: &Call, request: &Request) -> Response {
        let token = match access::token(&self.identity, call.now, request, &mut self.traces) {
            Ok(token) => token.clone(),
            Err(response) => return *response,
        };
        let names: BTreeMap<String, String> =
            self.organisations.iter().map(|org| (org.id.clone(), org.profile.name.clone())).collect();
        access::connections(&mut self.identity, &token, request, |id| names.get(id).cloned().unwrap_or_default())
    }

    /// Token, organisation, scope, limits, Idempotency-Key, outage, and then the endpoint.
    fn accounting(&mut self, call: &Call, request: &Request) -> Response {
        let (client, tenant) = match self.caller(call, request) {
            Ok(caller) => caller,
            Err(response) => return *response,
        };
        let left = match self.limits.take(&tenant, call) {
            Ok(left) => left,
            Err(response) => return *response,
        };
        let mut response = self.within_limits(call, request, &client, &tenant);
        left.write(&mut response);
        if reply::wants_json(request.header("accept")) { response } else { reply::to_xml(response) }
    }

    /// The application and the organisation of a call, if it may be made.
    fn caller(&mut self, call: &Call, request: &Request) -> Result<(String, String), Box<Response>> {
        let (resource, _) = accounting::split(&request.path);
        let write = request.method != http::Method::GET;
        let token = access::token(&self.identity, call.now, request, &mut self.traces)?.clone();
        let tenant = access::tenant(&self.identity, &token, request, &mut self.traces)?;
        let items = self.organisations.iter().find(|org| org.id == tenant).map(|org| org.answers.item_scope);
        let items = items.unwrap_or(ItemScope::Either);
        access::scope(&token.scopes, items, &resource, write, &mut self.traces)?;
        Ok((token.client, tenant))
    }

    fn within_limits(&mut self, call: &Call, request: &Request, client: &str, tenant: &str) -> Response {
        let verdict = self.cache.look(client, call.now, request);
        if let Verdict::Answer(response) = verdict {
            return response;
        }
        let offline = self.offline.get(tenant).or_else(|| self.offline.get(""));
        let response = match (offline, self.organisations.iter_mut().find(|org| org.id == tenant)) {
            (Some(text), _) => reply::raw(503, "text/plain; charset=utf-8", text.clone()),
            (None, Some(org)) => {
                let context =
                    accounting::Context { now: call.now, traces: &mut self.traces, not_modified: self.not_modified };
                accounting::handle(org, context, request)
            }
            (None, None) => reply::fault(&json::Fault::NotFound),
        };
        // Whatever came of it, an outage too.
        if let Verdict::New(key) = verdict {
            self.cache.keep(client, key, call.now, request, &response);
        }
        response
    }
}

/// `connections` or `connections/{id}`, in any case.
fn is_connections(path: &str) -> bool {
    let mut parts = path.split('/');
    parts.next().is_some_and(|first| first.eq_ignore_ascii_case("connections")) && parts.count() <= 1
}

impl Api for Xero {
    fn handle(&mut self, call: &Call, request: &Request) -> Response {
        let mut response = self.route(call, request);
        let correlation = self.traces.guid();
        reply::header(&mut response, "xero-correlation-id", &correlation);
        response
    }
}

#[cfg(test)]
mod tests;
