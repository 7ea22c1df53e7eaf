//! The world around the program under test: two Zoho data centres, Xero, and what stands before them.
//!
//! A [`World`] has no sockets and no threads; [`World::call`] answers at once. The server puts one behind a port.

use std::str::FromStr;
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{Request, Response};
use sandbox_xero::Xero;
use sandbox_zoho::Zoho;
use serde::{Deserialize, Serialize};

use crate::clock::Clock;
use crate::gate::{Dropped, Gate, Pending};
use crate::journal::{Entry, Mark};
use crate::seed;

/// The instant at which a new world begins: 21 November 2026, nine in the morning in Sydney.
pub const START: &str = "2026-11-20T22:00:00Z";

/// The Zoho client that the sandbox knows.
pub const ZOHO_CLIENT: (&str, &str) = ("1000.SANDBOXCLIENT", "sandbox-zoho-secret");

/// The Xero client that the sandbox knows.
pub const XERO_CLIENT: (&str, &str) = ("SANDBOXXEROCLIENT", "sandbox-xero-secret");

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
    base_url: String,
}

impl World {
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
            query: url::form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes())
                .into_owned()
                .collect(),
            headers: parts.headers,
            body,
        };
        let handler: &mut dyn sandbox_kernel::Api = match api {
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
