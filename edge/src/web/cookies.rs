//! The session's cookie: out of every script's reach, only over https, only to us, and apart for each site that frames us
//! (CHIPS, <https://developers.google.com/privacy-sandbox/cookies/chips>), so that one sign-in serves all tabs of one CRM.
//!
//! Where a browser keeps none, the panel holds the token itself and sends it as `Authorization: Bearer`. Whether it keeps
//! any is found out by a cookie without a value that begins with each sign-in.

use engine::store::sessions::HOURS;
use worker::Request;

/// The session's token. Browsers take a name with this prefix only with `Secure`, `Path=/` and no `Domain`.
const SESSION: &str = "__Host-ledgerlink";
/// Tells, when it comes back, that the browser keeps cookies of ours.
const PROBE: &str = "__Host-ledgerlink-probe";
/// How long a sign-in may take, in seconds.
const PROBE_SECONDS: i64 = 1_200;

/// How a browser keeps its session.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Keeps {
    /// By our cookie.
    Cookie(String),
    /// By itself.
    Bearer(String),
    /// It has none.
    Nothing,
}

/// What a request brings of ours.
#[derive(Clone)]
pub(crate) struct Kept {
    pub(crate) session: Keeps,
    /// Whether the browser keeps cookies of ours.
    pub(crate) probed: bool,
}

impl Kept {
    /// The session's token.
    pub(crate) fn token(&self) -> Option<&str> {
        match &self.session {
            Keeps::Cookie(token) | Keeps::Bearer(token) => Some(token),
            Keeps::Nothing => None,
        }
    }
}

/// What a request brings of ours. A token that the page sends by itself goes before the cookie: it was asked for.
pub(crate) fn read(request: &Request) -> Kept {
    let header = |name: &str| request.headers().get(name).ok().flatten();
    kept(header("authorization").as_deref(), header("cookie").as_deref())
}

fn kept(authorization: Option<&str>, cookies: Option<&str>) -> Kept {
    let cookie = |name: &str| {
        let mut pairs = cookies.unwrap_or_default().split(';').filter_map(|pair| pair.trim().split_once('='));
        pairs.find(|(key, _)| *key == name).map(|(_, value)| value.to_owned())
    };
    let session = match (authorization.and_then(|header| header.strip_prefix("Bearer ")), cookie(SESSION)) {
        (Some(token), _) => Keeps::Bearer(token.to_owned()),
        (None, Some(token)) if !token.is_empty() => Keeps::Cookie(token),
        (None, _) => Keeps::Nothing,
    };
    Kept { session, probed: cookie(PROBE).is_some() }
}

fn cookie(name: &str, value: &str, seconds: i64) -> String {
    format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; Secure; SameSite=None; Partitioned")
}

/// Keeps a session.
pub(crate) fn session(token: &str) -> String {
    cookie(SESSION, token, HOURS * 3_600)
}

/// Keeps none any more.
pub(crate) fn none() -> String {
    cookie(SESSION, "", 0)
}

/// Finds out whether any is kept.
pub(crate) fn probe() -> String {
    cookie(PROBE, "1", PROBE_SECONDS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_s_session_is_found_among_other_cookies() {
        let found = |authorization, cookies| kept(authorization, cookies).token().map(str::to_owned);
        assert_eq!(found(None, Some("a=b; __Host-ledgerlink=t; c=d")).as_deref(), Some("t"));
        assert_eq!(found(None, Some("__Host-ledgerlink-probe=1; x__Host-ledgerlink=t")), None);
        assert_eq!(found(None, Some("__Host-ledgerlink=")), None);
        assert_eq!(found(Some("Bearer b"), Some("__Host-ledgerlink=t")).as_deref(), Some("b"));
        assert_eq!(found(Some("Basic b"), None), None);
        assert!(kept(None, Some("__Host-ledgerlink-probe=1")).probed);
        assert!(!kept(None, None).probed);
    }

    #[test]
    fn our_cookies_are_out_of_reach() {
        for cookie in [session("t"), probe(), none()] {
            for part in ["__Host-", "; Path=/;", "; HttpOnly;", "; Secure;", "; SameSite=None;", "; Partitioned"] {
                assert!(cookie.contains(part), "{cookie}");
            }
            assert!(!cookie.contains("Domain"), "{cookie}");
        }
    }
}
