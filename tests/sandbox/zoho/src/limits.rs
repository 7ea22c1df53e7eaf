//! API credits in 24 hours and calls at the same time.

use crate::api::ApiCall;
use crate::errors::Problem;
use crate::state::Zoho;
use chrono::Duration;
use serde_json::Value;

/// The edition of the CRM, which sets credits and concurrency (Zoho's page "API limits").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edition {
    /// 5,000 credits a day, 5 calls at once.
    Free,
    /// 50,000 credits and 250 for each user, 10 calls at once.
    Standard,
    /// 50,000 credits and 500 for each user, 15 calls at once.
    Professional,
    /// 50,000 credits and 1,000 for each user, 20 calls at once.
    Enterprise,
    /// 50,000 credits and 2,000 for each user, 25 calls at once.
    Ultimate,
}

/// Users that the stand-in organisation pays for.
pub(crate) const LICENCES: u32 = 5;
/// Heavy calls at once, in every edition.
const HEAVY_AT_ONCE: u32 = 10;
/// What a composite request counts for among the calls at once.
const COMPOSITE_WEIGHT: u32 = 5;

impl Edition {
    /// Credits in any 24 hours.
    #[must_use]
    pub fn daily_credits(self) -> u32 {
        match self {
            Self::Free => 5_000,
            Self::Standard => 50_000 + 250 * LICENCES,
            Self::Professional => 50_000 + 500 * LICENCES,
            Self::Enterprise => 50_000 + 1_000 * LICENCES,
            Self::Ultimate => 50_000 + 2_000 * LICENCES,
        }
    }

    /// Calls at the same time.
    #[must_use]
    pub fn concurrency(self) -> u32 {
        match self {
            Self::Free => 5,
            Self::Standard => 10,
            Self::Professional => 15,
            Self::Enterprise => 20,
            Self::Ultimate => 25,
        }
    }

    /// The name in `license_details`.
    #[must_use]
    pub fn paid_type(self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::Standard => "standard",
            Self::Professional => "professional",
            Self::Enterprise => "enterprise",
            Self::Ultimate => "ultimate",
        }
    }
}

fn row_count(call: &ApiCall) -> usize {
    call.body.as_ref().and_then(|body| body.get("data")).and_then(Value::as_array).map_or(1, Vec::len)
}

/// What a call costs in credits.
fn cost(call: &ApiCall) -> u32 {
    let segments: Vec<&str> = call.segments.iter().map(String::as_str).collect();
    let rows = || u32::try_from(row_count(call).div_ceil(10).max(1)).unwrap_or(u32::MAX);
    match (call.method.as_str(), segments.as_slice()) {
        ("POST", ["__composite_requests"]) => {
            let rollback = call.body.as_ref().and_then(|body| body.get("rollback_on_fail")) == Some(&Value::Bool(true));
            if rollback { 2 } else { 1 }
        }
        ("GET", [_, "deleted"]) => 2,
        ("GET", [_]) if call.param("cvid").is_some() => 3,
        ("POST" | "PUT", [_] | [_, "upsert"]) => rows(),
        _ => 1,
    }
}

fn heavy(call: &ApiCall) -> bool {
    let segments: Vec<&str> = call.segments.iter().map(String::as_str).collect();
    match (call.method.as_str(), segments.as_slice()) {
        (_, ["coql"] | [_, "search"]) => true,
        ("POST" | "PUT", [_] | [_, "upsert"]) => row_count(call) > 10,
        _ => call.param("cvid").is_some(),
    }
}

impl Zoho {
    /// Charges a call, or refuses it. Both causes give the same answer, with no hint when to come again.
    pub(crate) fn spend(&mut self, in_flight: u32, call: &ApiCall) -> Result<(), Problem> {
        let composite = call.segments.first().is_some_and(|segment| segment == "__composite_requests");
        let weight = if composite { in_flight + COMPOSITE_WEIGHT - 1 } else { in_flight };
        if weight > self.config.edition.concurrency() || (heavy(call) && in_flight > HEAVY_AT_ONCE) {
            return Err(Problem::too_many_requests());
        }
        let horizon = self.now - Duration::hours(24);
        while self.credits.front().is_some_and(|(at, _)| *at <= horizon) {
            self.credits.pop_front();
        }
        let cost = cost(call);
        if self.credits_used() + cost > self.credit_limit {
            return Err(Problem::too_many_requests());
        }
        self.credits.push_back((self.now, cost));
        Ok(())
    }

    /// The credits spent in the last 24 hours.
    #[must_use]
    pub fn credits_used(&self) -> u32 {
        self.credits.iter().map(|(_, cost)| cost).sum()
    }

    /// The header that tells what is left, once half is gone.
    pub(crate) fn credits_header(&self) -> Option<String> {
        let used = self.credits_used();
        (used * 2 >= self.credit_limit).then(|| (self.credit_limit - used.min(self.credit_limit)).to_string())
    }
}
