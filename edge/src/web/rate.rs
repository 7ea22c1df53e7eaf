//! The rate limit: requests of whom nothing is known yet are counted by the address that they come from, with Cloudflare's
//! rate limit (<https://developers.cloudflare.com/workers/runtime-apis/bindings/rate-limit/>). A runtime that has no such
//! binding goes on without.

use crate::runtime::Bindings;
use chrono::TimeDelta;
use engine::access::Refusal;
use shared::problem::Code;
use worker::{Env, Request};

/// The period of the limit in wrangler.toml.
const PERIOD: TimeDelta = TimeDelta::seconds(60);

/// Whether one more request of this address is let in.
pub(crate) async fn lets_in(request: &Request, env: &Env) -> bool {
    let Ok(limiter) = env.rate_limiter(Bindings::DOOR) else { return true };
    let address = request.headers().get("cf-connecting-ip").ok().flatten().unwrap_or_default();
    // A limit that does not answer keeps nobody out: what follows has limits of its own.
    limiter.limit(place(&address)).await.map_or(true, |outcome| outcome.success)
}

/// Why it is not.
pub(crate) fn too_many() -> Refusal {
    let reason = "Too many sign-ins come from your network at the moment.";
    Refusal::limited(Code::TooManyRequests, PERIOD, &[("reason", reason.to_owned())])
}

/// What is counted together: an IPv4 address, or the network of an IPv6 address, of which everybody has as many
/// addresses as they like.
fn place(address: &str) -> String {
    match address.parse() {
        Ok(std::net::IpAddr::V6(address)) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
        _ => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_has_a_whole_network_counts_once() {
        assert_eq!(place("203.0.113.7"), "203.0.113.7");
        assert_eq!(place("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
        assert_eq!(place("2001:db8:1:2::9"), place("2001:db8:1:2:3:4:5:6"));
        assert_ne!(place("2001:db8:1:3::9"), place("2001:db8:1:2::9"));
        assert_eq!(place(""), "");
    }
}
