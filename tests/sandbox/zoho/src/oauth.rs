//! The accounts server: consent, codes, tokens and the limits on them.

use crate::errors::{json_response, respond};
use crate::pages;
use crate::people::Trouble;
use crate::state::Zoho;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Duration, Utc};
use sandbox_kernel::{Request, Response};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// An application registered with Zoho.
#[derive(Debug, Clone)]
pub struct Client {
    /// The client id, the same in every data centre.
    pub id: String,
    /// The secret of this data centre.
    pub secret: String,
    /// The addresses that the user may be sent back to; `*` stands for any digits, such as a port.
    pub redirect_uris: Vec<String>,
}

/// Another data centre.
#[derive(Debug, Clone)]
pub struct Peer {
    /// Its short name, such as `eu`.
    pub location: String,
    /// The base of its accounts server.
    pub accounts: String,
}

/// Lifetime of a code in the redirect flow.
const CODE_LIFE: Duration = Duration::minutes(1);
/// Lifetime of an access token.
const ACCESS_LIFE: Duration = Duration::hours(1);
/// Access tokens that one refresh token gives within [`REFRESH_WINDOW`].
const REFRESHES: usize = 10;
const REFRESH_WINDOW: Duration = Duration::minutes(10);
/// Live access tokens of one refresh token; the oldest goes first.
const LIVE_ACCESS_TOKENS: usize = 30;
/// Refresh tokens of one user for one client; the oldest goes first.
const REFRESH_TOKENS: usize = 20;

#[derive(Debug, Clone)]
struct Code {
    client: String,
    redirect_uri: String,
    user: u64,
    scopes: Vec<String>,
    offline: bool,
    challenge: Option<String>,
    expires: DateTime<Utc>,
}

#[derive(Debug, Clone)]
struct RefreshToken {
    token: String,
    client: String,
    user: u64,
    scopes: Vec<String>,
    given: Vec<DateTime<Utc>>,
}

#[derive(Debug, Clone)]
pub(crate) struct AccessToken {
    token: String,
    refresh: Option<String>,
    pub(crate) user: u64,
    pub(crate) scopes: Vec<String>,
    expires: DateTime<Utc>,
}

/// What the accounts server remembers.
#[derive(Debug, Clone, Default)]
pub(crate) struct OAuth {
    codes: BTreeMap<String, Code>,
    refresh_tokens: Vec<RefreshToken>,
    access_tokens: Vec<AccessToken>,
    granted_offline: BTreeSet<(u64, String)>,
}

/// Tokens that a test takes without a browser.
#[derive(Debug, Clone)]
pub struct Grant {
    /// The refresh token.
    pub refresh_token: String,
    /// An access token, good for an hour.
    pub access_token: String,
}

type Parameters = BTreeMap<String, String>;

impl Zoho {
    pub(crate) fn accounts(&mut self, request: &Request, path: &str) -> Response {
        let method = request.method.as_str();
        match (method, path) {
            ("GET", "/oauth/v2/auth") => self.guarded(self.authorize(&request.query.iter().cloned().collect())),
            ("POST", "/oauth/v2/auth/consent") => {
                let response = self.consent(&body_parameters(request));
                self.guarded(response)
            }
            ("POST", "/oauth/v2/token") => self.token(&body_parameters(request)),
            ("POST", "/oauth/v2/token/revoke") => self.revoke(&body_parameters(request)),
            ("GET", "/oauth/serverinfo") => {
                let mut locations: Map<String, Value> = self
                    .config
                    .peers
                    .iter()
                    .map(|peer| (peer.location.clone(), Value::String(peer.accounts.clone())))
                    .collect();
                locations.insert(self.config.location.clone(), Value::String(self.accounts_base()));
                json_response(200, &json!({"result": "success", "locations": locations}))
            }
            _ => respond(404, &[("content-type", "text/html;charset=UTF-8".into())], pages::not_found()),
        }
    }

    /// A page, or a redirect, with the opener policy.
    fn guarded(&self, mut response: Response) -> Response {
        if self.cut_off {
            let policy = http::HeaderValue::from_static("same-origin");
            response.headers_mut().insert("cross-origin-opener-policy", policy);
        }
        response
    }

    pub(crate) fn accounts_base(&self) -> String {
        format!("{}/accounts", self.config.base_url)
    }

    fn client(&self, id: &str) -> Option<&Client> {
        self.config.clients.iter().find(|client| client.id == id)
    }

    /// The first thing wrong with an authorization request, as the consent page names it.
    fn authorization_problem(&self, parameters: &Parameters) -> Option<&'static str> {
        let get = |name: &str| parameters.get(name).map_or("", String::as_str);
        let Some(client) = self.client(get("client_id")) else { return Some("Invalid Client ID") };
        if get("response_type") != "code" {
            return Some("Invalid Response Type");
        }
        if !client.redirect_uris.iter().any(|pattern| matches(pattern, get("redirect_uri"))) {
            return Some("Invalid Redirect Uri");
        }
        if get("scope").split(',').all(|scope| scope.trim().is_empty()) || get("scope").contains(' ') {
            return Some("Scope does not exist");
        }
        let challenged = parameters.contains_key("code_challenge");
        if challenged && get("code_challenge_method") != "S256" {
            return Some("Invalid Code Challenge Method");
        }
        None
    }

    fn authorize(&self, parameters: &Parameters) -> Response {
        let html = [("content-type", "text/html;charset=UTF-8".to_owned())];
        match self.authorization_problem(parameters) {
            Some(problem) => respond(400, &html, pages::refused(problem)),
            None => respond(200, &html, pages::consent(self, parameters)),
        }
    }

    fn consent(&mut self, parameters: &Parameters) -> Response {
        if let Some(problem) = self.authorization_problem(parameters) {
            let html = [("content-type", "text/html;charset=UTF-8".to_owned())];
            return respond(400, &html, pages::refused(problem));
        }
        let get = |name: &str| parameters.get(name).cloned().unwrap_or_default();
        let mut answer = vec![("state".to_owned(), get("state"))];
        if get("decision") != "accept" {
            if let Some(word) = self.answers.refusal {
                answer.insert(0, ("error".to_owned(), word.to_owned()));
            }
            return redirect(&get("redirect_uri"), &answer);
        }
        let chosen = get("user");
        if let Some(location) = chosen.strip_prefix("dc:") {
            let Some(peer) = self.config.peers.iter().find(|peer| peer.location == location) else {
                let html = [("content-type", "text/html;charset=UTF-8".to_owned())];
                return respond(400, &html, pages::refused("Unknown data centre"));
            };
            let again: Vec<(String, String)> = parameters
                .iter()
                .filter(|(name, _)| !matches!(name.as_str(), "decision" | "user"))
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect();
            return redirect(&format!("{}/oauth/v2/auth", peer.accounts), &again);
        }
        let Some(user) = self.users.iter().find(|user| user.is_active() && user.id.to_string() == chosen) else {
            let html = [("content-type", "text/html;charset=UTF-8".to_owned())];
            return respond(400, &html, pages::refused("Unknown user"));
        };
        let (user, client) = (user.id, get("client_id"));
        // A refresh token comes the first time only, unless consent is asked for again.
        let first = !self.oauth.granted_offline.contains(&(user, client.clone()));
        let offline = get("access_type") == "offline" && (first || get("prompt") == "consent");
        let code = format!("1000.{}.{}", self.secret(), self.secret());
        self.oauth.codes.insert(
            code.clone(),
            Code {
                client,
                redirect_uri: get("redirect_uri"),
                user,
                scopes: get("scope")
                    .split(',')
                    .map(|scope| scope.trim().to_owned())
                    .filter(|scope| !self.withheld_scopes.contains(scope))
                    .collect(),
                offline,
                challenge: parameters.get("code_challenge").cloned(),
                expires: self.now + CODE_LIFE,
            },
        );
        answer.insert(0, ("code".to_owned(), code));
        answer.insert(1, ("location".to_owned(), self.config.location.clone()));
        answer.insert(2, ("accounts-server".to_owned(), self.accounts_base()));
        redirect(&get("redirect_uri"), &answer)
    }

    fn token(&mut self, parameters: &Parameters) -> Response {
        let get = |name: &str| parameters.get(name).map_or("", String::as_str);
        // Zoho answers these with HTTP 200.
        let refuse = |error: &str| json_response(200, &json!({ "error": error }));
        let Some(client) = self.client(get("client_id")).cloned() else { return refuse("invalid_client") };
        if client.secret != get("client_secret") {
            return refuse("invalid_client");
        }
        match get("grant_type") {
            "authorization_code" => {
                // Whatever follows, the code is used up.
                let Some(code) = self.oauth.codes.remove(get("code")) else { return refuse("invalid_code") };
                if code.client != client.id || code.expires <= self.now {
                    return refuse("invalid_code");
                }
                if code.redirect_uri != get("redirect_uri") {
                    return refuse("invalid_redirect_uri");
                }
                if let Some(challenge) = &code.challenge
                    && *challenge != URL_SAFE_NO_PAD.encode(Sha256::digest(get("code_verifier").as_bytes()))
                {
                    return refuse("invalid_code");
                }
                if let Some(refusal) = self.refusal_of(code.user) {
                    return refusal;
                }
                let refresh = code.offline.then(|| self.new_refresh_token(code.user, &client.id, &code.scopes));
                let access = self.new_access_token(code.user, &code.scopes, refresh.clone());
                self.token_answer(access, refresh, &code.scopes)
            }
            "refresh_token" => {
                let now = self.now;
                let token = get("refresh_token");
                let found = self.oauth.refresh_tokens.iter_mut().find(|it| it.token == token && it.client == client.id);
                let Some(refresh) = found else { return refuse("invalid_code") };
                refresh.given.retain(|given| *given + REFRESH_WINDOW > now);
                if refresh.given.len() >= REFRESHES {
                    return throttled();
                }
                refresh.given.push(now);
                let (user, scopes, token) = (refresh.user, refresh.scopes.clone(), refresh.token.clone());
                if let Some(refusal) = self.refusal_of(user) {
                    return refusal;
                }
                let access = self.new_access_token(user, &scopes, Some(token));
                self.token_answer(access, None, &scopes)
            }
            _ => refuse("unsupported_grant_type"),
        }
    }

    /// What the token endpoint says to a user who may not come in, or whose calls go wrong.
    fn refusal_of(&self, user: u64) -> Option<Response> {
        if !self.has_tokens(user) {
            return Some(json_response(200, &json!({"error": "invalid_code"})));
        }
        match self.user(user)?.trouble? {
            Trouble::Throttled => Some(throttled()),
            Trouble::Outage => {
                let html = [("content-type", "text/html;charset=UTF-8".to_owned())];
                Some(respond(503, &html, pages::unavailable()))
            }
        }
    }

    fn token_answer(&self, access: String, refresh: Option<String>, scopes: &[String]) -> Response {
        let mut body = json!({
            "access_token": access,
            "scope": scopes.join(" "),
            "api_domain": format!("{}{}", self.config.base_url, self.api_path()),
            "token_type": "Bearer",
            "expires_in": ACCESS_LIFE.num_seconds(),
        });
        if let Some(refresh) = refresh {
            body["refresh_token"] = Value::String(refresh);
        }
        json_response(200, &body)
    }

    fn revoke(&mut self, parameters: &Parameters) -> Response {
        let token = parameters.get("token").map_or("", String::as_str);
        let oauth = &mut self.oauth;
        let before = oauth.refresh_tokens.len() + oauth.access_tokens.len();
        oauth.refresh_tokens.retain(|refresh| refresh.token != token);
        oauth.access_tokens.retain(|access| access.token != token && access.refresh.as_deref() != Some(token));
        if oauth.refresh_tokens.len() + oauth.access_tokens.len() == before {
            return json_response(200, &json!({"error": "invalid_token"}));
        }
        json_response(200, &json!({"status": "success"}))
    }

    fn new_refresh_token(&mut self, user: u64, client: &str, scopes: &[String]) -> String {
        let token = format!("1000.{}.{}", self.secret(), self.secret());
        self.oauth.granted_offline.insert((user, client.to_owned()));
        self.oauth.refresh_tokens.push(RefreshToken {
            token: token.clone(),
            client: client.to_owned(),
            user,
            scopes: scopes.to_vec(),
            given: Vec::new(),
        });
        let same = |it: &RefreshToken| it.user == user && it.client == client;
        let surplus = self.oauth.refresh_tokens.iter().filter(|it| same(it)).count().saturating_sub(REFRESH_TOKENS);
        for _ in 0..surplus {
            if let Some(oldest) = self.oauth.refresh_tokens.iter().position(same) {
                self.oauth.refresh_tokens.remove(oldest);
            }
        }
        token
    }

    fn new_access_token(&mut self, user: u64, scopes: &[String], refresh: Option<String>) -> String {
        let token = format!("1000.{}.{}", self.secret(), self.secret());
        let now = self.now;
        let tokens = &mut self.oauth.access_tokens;
        tokens.retain(|access| access.expires > now);
        if refresh.is_some() {
            let same = |access: &AccessToken| access.refresh == refresh;
            let live = tokens.iter().filter(|access| same(access)).count();
            if live >= LIVE_ACCESS_TOKENS
                && let Some(oldest) = tokens.iter().position(same)
            {
                tokens.remove(oldest);
            }
        }
        let scopes = scopes.to_vec();
        tokens.push(AccessToken { token: token.clone(), refresh, user, scopes, expires: now + ACCESS_LIFE });
        token
    }

    pub(crate) fn access_token(&self, token: &str) -> Option<&AccessToken> {
        self.oauth.access_tokens.iter().find(|access| access.token == token && access.expires > self.now)
    }

    /// Thirty-two hexadecimal digits that come out the same for the same seed.
    pub(crate) fn secret(&mut self) -> String {
        self.next_secret = self.next_secret.wrapping_add(1);
        let seed = format!("{}:{}:{}", self.config.location, self.config.seed, self.next_secret);
        Sha256::digest(seed.as_bytes()).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }

    /// Gives a user's tokens to a client without the consent page. `None` when there is no such client or user.
    pub fn grant(&mut self, client: &str, email: &str, scopes: &[&str]) -> Option<Grant> {
        self.client(client)?;
        let user = self.users.iter().find(|user| user.email == email)?.id;
        let scopes: Vec<String> = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        let refresh_token = self.new_refresh_token(user, client, &scopes);
        let access_token = self.new_access_token(user, &scopes, Some(refresh_token.clone()));
        Some(Grant { refresh_token, access_token })
    }

    /// Ends every access token now, as the end of their hour would.
    pub fn expire_access_tokens(&mut self) {
        self.oauth.access_tokens.clear();
    }

    /// Ends every token, as a user who takes the application's access away does.
    pub fn revoke_all_tokens(&mut self) {
        self.oauth.access_tokens.clear();
        self.oauth.refresh_tokens.clear();
        self.oauth.codes.clear();
    }

    /// How many refresh tokens a client holds.
    #[must_use]
    pub fn refresh_token_count(&self, client: &str) -> usize {
        self.oauth.refresh_tokens.iter().filter(|refresh| refresh.client == client).count()
    }
}

/// The answer to too many calls of one refresh token.
fn throttled() -> Response {
    json_response(
        400,
        &json!({
            "error": "Access Denied",
            "error_description": "You have made too many requests continuously. Please try again after some time.",
            "status": "failure",
        }),
    )
}

/// Whether an address fits a pattern in which `*` stands for digits.
fn matches(pattern: &str, address: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == address,
        Some((before, after)) => address
            .strip_prefix(before)
            .and_then(|rest| rest.strip_suffix(after))
            .is_some_and(|middle| !middle.is_empty() && middle.bytes().all(|byte| byte.is_ascii_digit())),
    }
}

fn redirect(to: &str, parameters: &[(String, String)]) -> Response {
    let query: Vec<String> =
        parameters.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    let separator = if to.contains('?') { '&' } else { '?' };
    respond(302, &[("location", format!("{to}{separator}{}", query.join("&")))], "")
}

/// Percent-encodes everything but the unreserved characters.
pub(crate) fn encode(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

/// Undoes percent-encoding; with `plus`, a plus sign is a space.
pub(crate) fn decode(text: &str, plus: bool) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = (bytes[at] == b'%')
            .then(|| text.get(at + 1..at + 3))
            .flatten()
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match hex {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(if plus && bytes[at] == b'+' { b' ' } else { bytes[at] });
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// The parameters of a form, sent in the query, as a URL-encoded body or as multipart form data: Zoho takes all three.
fn body_parameters(request: &Request) -> Parameters {
    let mut parameters: Parameters = request.query.iter().cloned().collect();
    let body = String::from_utf8_lossy(&request.body);
    let boundary = request
        .header("content-type")
        .filter(|kind| kind.starts_with("multipart/form-data"))
        .and_then(|kind| kind.split("boundary=").nth(1))
        .map(|boundary| boundary.trim_matches('"').to_owned());
    match boundary {
        Some(boundary) => {
            for part in body.split(&format!("--{boundary}")) {
                let Some((head, value)) = part.split_once("\r\n\r\n") else { continue };
                let name = head.split("name=\"").nth(1).and_then(|rest| rest.split('"').next());
                if let Some(name) = name {
                    parameters.insert(name.to_owned(), value.trim_end_matches("\r\n").to_owned());
                }
            }
        }
        None => {
            for pair in body.split('&').filter(|pair| !pair.is_empty()) {
                let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                parameters.insert(decode(name, true), decode(value, true));
            }
        }
    }
    parameters
}
