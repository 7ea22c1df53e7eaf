//! What each address does.

pub(crate) mod claims;
mod cookies;
pub(crate) mod door;
pub(crate) mod events;
#[cfg(test)]
mod invocations;
mod letters;
pub(crate) mod organisation_routes;
mod pages;
pub(crate) mod query;
mod rate;
pub(crate) mod reply;
pub(crate) mod route;
mod widget_address;

use crate::operator::{REQUEST_HEADER, RequestId};
use crate::runtime::{Bindings, Environment, Runtime};
use cookies::{Keeps, Kept};
use engine::access::{Refusal, flow, sign_in};
use engine::config::Config;
use engine::store::sessions::Session;
use futures_util::TryStreamExt;
use reply::Answer;
use route::Route;
use shared::api::address::{Address, Found};
use shared::api::{CRM_USER_HEADER, ClaimReply, ClaimRequest, FlowStateRequest, OWN_HEADER, Page, PopupReply};
use shared::problem::Code;
use worker::{Env, Headers, Method, Request, RequestInit, Response, Result};

/// How many bytes a body may have.
const MOST_BYTES: usize = 1_000_000;

/// How many characters an address may have, query included.
const MOST_ADDRESS: usize = 8_000;

/// Answers a request from a browser that came through the [`door`].
async fn handle(mut request: Request, env: &Env, id: &RequestId) -> Result<Response> {
    let url = request.url()?;
    if url.as_str().len() > MOST_ADDRESS {
        return reply::too_long(MOST_ADDRESS);
    }
    if let Some(straight) = widget_address::straightened(&url) {
        return Response::redirect_with_status(straight, 307);
    }
    // `Method` takes a method that it does not know for GET.
    let route = match route::find(&request.inner().method(), url.path()) {
        Found::Route(route) => route,
        Found::OtherMethods(allow) => return reply::other_methods(&allow),
        Found::Nothing => return reply::unknown_address(),
    };
    if let Route::Asset = route {
        return pages::asset(&request, env).await;
    }
    if route.is_counted_by_address() && !rate::lets_in(&request, env).await {
        return reply::respond(Err(rate::too_many()), id);
    }
    let mut environment = match Environment::read(env) {
        Ok(environment) => environment,
        Err(missing) => return pages::not_installed(id, &missing),
    };
    match route {
        Route::Panel => return pages::widget("panel", env, &environment).await,
        Route::Portal => return pages::widget("portal", env, &environment).await,
        _ => {}
    }
    // Before the body is read: what another site's page sends is not even looked at.
    let own_origin = url.origin().ascii_serialization();
    if url.path().starts_with("/api/") && !is_own(&request, &own_origin) {
        let reason = format!("a change carries the header {OWN_HEADER} and comes from a page of this installation");
        let refusal = Refusal::of(Code::InvalidRequest, &[("field", "origin".to_owned()), ("reason", reason)]);
        return reply::respond_with(Err(refusal), 403, id);
    }
    let language = door::language(&request)?;
    let Some(body) = take_body(&mut request).await? else { return reply::too_large(MOST_BYTES) };
    let runtime = match Runtime::open(env).await {
        Ok(runtime) => runtime,
        Err(refusal) => return reply::respond(Err(refusal), id),
    };
    environment.config.public_url = match runtime.public_url(env, Some(&url)).await {
        Ok(address) => address,
        Err(refusal) => return reply::respond(Err(refusal), id),
    };
    match route {
        Route::FirstPage => pages::first((id, language), &url, &runtime, &environment.config),
        Route::ZohoCallback => pages::zoho_callback((id, language), &url, &runtime, &environment.config).await,
        Route::XeroCallback => pages::xero_callback((id, language), &url, &runtime, &environment.config).await,
        Route::OpenLink(link) => letters::open((id, language), link, &url, &runtime).await,
        Route::FollowLink(link) => letters::act((id, language), link, &body, &runtime, &environment.config).await,
        Route::Organisation(_) => forward(&request, body, env, (&runtime, &environment.config), id).await,
        Route::Door(Address::Claim) => claim(&request, &body, env, &runtime, id).await,
        Route::Door(address) => {
            let answer = answer(&address, &request, &body, &runtime, &environment).await;
            reply::respond(answer, id)
        }
        Route::Panel | Route::Portal | Route::Asset => reply::unknown_address(),
    }
}

/// The routes that need no organisation's Durable Object: signing in and out, and where a popup goes.
async fn answer(
    address: &Address,
    request: &Request,
    body: &str,
    runtime: &Runtime,
    environment: &Environment,
) -> std::result::Result<Answer, Refusal> {
    let config = &environment.config;
    match address {
        Address::SignIn => {
            let asked = query::body(body)?;
            let url = sign_in::begin(runtime, config, &asked).await?;
            // Whether it comes back with the claim tells whether this browser keeps cookies of ours here.
            Ok(Answer::json(&PopupReply { url })?.with_cookie(cookies::probe()))
        }
        Address::FlowState => {
            let asked: FlowStateRequest = query::body(body)?;
            Answer::json(&flow::state(runtime, &asked.verifier).await?)
        }
        Address::SignOut => {
            let kept = cookies::read(request);
            if let Some(token) = kept.token() {
                sign_in::end(runtime, token).await?;
            }
            Ok(Answer::empty().with_cookie(cookies::none()))
        }
        Address::Health => Ok(Answer::text("ok")),
        _ => Err(Refusal::of(Code::InvalidRequest, &[("field", "address".to_owned())])),
    }
}

/// Lets the organisation's Durable Object make a claim: to connect the CRM reads a dozen lists of its fields, more than the
/// Worker has the time for ([limits](https://developers.cloudflare.com/workers/platform/limits/#cpu-time)). Whether the token
/// goes into a cookie is for the door to say.
async fn claim(request: &Request, body: &str, env: &Env, runtime: &Runtime, id: &RequestId) -> Result<Response> {
    let found = match query::body::<ClaimRequest>(body) {
        Ok(asked) => flow::organisation(runtime, &asked.verifier).await,
        Err(refusal) => Err(refusal),
    };
    let org = match found {
        Ok(Some(org)) => org,
        Ok(None) => return reply::respond(Err(Refusal::of(Code::FlowOver, &[])), id),
        Err(refusal) => return reply::respond(Err(refusal), id),
    };
    let stub = env.durable_object(Bindings::ORGANISATION)?.get_by_name(org.as_str())?;
    let headers = Headers::new();
    headers.set(REQUEST_HEADER, id.as_str())?;
    let browser = request.headers().get("user-agent")?.unwrap_or_default();
    headers.set(claims::BROWSER_HEADER, &claims::browser(&browser))?;
    if let Some(page) = request.headers().get(OWN_HEADER)?.as_deref().and_then(Page::of) {
        headers.set(claims::PAGE_HEADER, page.as_str())?;
    }
    let mut init = RequestInit::new();
    init.with_method(Method::Post).with_headers(headers).with_body(Some(body.into()));
    // The address that the browser has called stays, so that the object knows the way back.
    let mut url = request.url()?;
    url.set_path(claims::PATH);
    let mut made = stub.fetch_with_request(Request::new_with_init(url.as_str(), &init)?).await?;
    if made.status_code() >= 300 {
        return Ok(made);
    }
    let signed_in: ClaimReply = made.json().await?;
    let token = signed_in.token.unwrap_or_default();
    let kept = cookies::read(request);
    if let Some(before) = kept.token().filter(|before| *before != token && kept.probed) {
        // The new cookie takes its place, so nobody could end it any more. Nobody's sign-in fails for it.
        let _ = sign_in::end(runtime, before).await;
    }
    let reply = ClaimReply { token: (!kept.probed).then(|| token.clone()), session: signed_in.session };
    let answer = Answer::json(&reply);
    reply::respond(
        answer.map(|answer| if kept.probed { answer.with_cookie(cookies::session(&token)) } else { answer }),
        id,
    )
}

/// Hands a request over to its organisation's Durable Object, together with who asks. Nobody else can reach it.
async fn forward(
    request: &Request,
    body: String,
    env: &Env,
    (runtime, config): (&Runtime, &Config),
    id: &RequestId,
) -> Result<Response> {
    let kept = cookies::read(request);
    let session = match signed_in(request, &kept, runtime, config).await {
        Ok(session) => session,
        Err(refusal) => return reply::respond(Err(refusal), id),
    };
    let renewed = match sign_in::renew(runtime, &session).await {
        Ok(renewed) => renewed,
        Err(refusal) => return reply::respond(Err(refusal), id),
    };
    let stub = env.durable_object(Bindings::ORGANISATION)?.get_by_name(session.user.org.as_str())?;
    // A request of our own: the browser's headers end here, and its body was read here, not left to whoever wants it.
    let headers = Headers::new();
    headers.set(organisation_routes::SESSION_HEADER, &organisation_routes::seal(&session)?)?;
    headers.set(REQUEST_HEADER, id.as_str())?;
    // Only a stream is told in it there: every other answer is translated at the door.
    headers.set("accept-language", door::language(request)?.tag())?;
    if let Some(key) = request.headers().get(query::KEY_HEADER)? {
        headers.set(query::KEY_HEADER, &key)?;
    }
    let mut init = RequestInit::new();
    init.with_method(request.method()).with_headers(headers);
    if request.method() != Method::Get {
        init.with_body(Some(body.into()));
    }
    let response = stub.fetch_with_request(Request::new_with_init(request.url()?.as_str(), &init)?).await?;
    match (&kept.session, renewed) {
        (Keeps::Cookie(token), true) => {
            // The cookie lives as long as its session.
            let headers = Headers::new();
            for (name, value) in response.headers().entries() {
                headers.append(&name, &value)?;
            }
            headers.append("set-cookie", &cookies::session(token))?;
            Ok(response.with_headers(headers))
        }
        _ => Ok(response),
    }
}

/// Who is signed in. What the CRM's page says of its own user may only take the session away.
async fn signed_in(
    request: &Request,
    kept: &Kept,
    runtime: &Runtime,
    config: &Config,
) -> std::result::Result<Session, Refusal> {
    let session = sign_in::authenticate(runtime, config, kept.token()).await?;
    let told = request.headers().get(CRM_USER_HEADER).ok().flatten().filter(|told| !told.is_empty());
    match told {
        Some(told) if told != session.user.id.as_str() => Err(Refusal::of(Code::NotSignedIn, &[])),
        _ => Ok(session),
    }
}

/// Whether a request to the API reads only, or comes from a page of ours: every one that changes something carries a
/// header that no form can set, and comes from the origin at which it arrives. Reading is safe without: no other origin
/// reads our answers.
fn is_own(request: &Request, own_origin: &str) -> bool {
    let header = |name: &str| request.headers().get(name).ok().flatten();
    matches!(request.method(), Method::Get | Method::Head)
        || (header("origin").as_deref() == Some(own_origin) && header(OWN_HEADER).is_some())
}

/// The body as text; none when it is larger than a body may be. No more of it is read than is needed to know that.
async fn take_body(request: &mut Request) -> Result<Option<String>> {
    if request.inner().body().is_none() {
        return Ok(Some(String::new()));
    }
    let mut body = Vec::new();
    let mut pieces = request.stream()?;
    while let Some(piece) = pieces.try_next().await? {
        if body.len() + piece.len() > MOST_BYTES {
            return Ok(None);
        }
        body.extend_from_slice(&piece);
    }
    // What is no UTF-8 is no JSON either: the replacement character says so where the text is read.
    Ok(Some(String::from_utf8_lossy(&body).into_owned()))
}
