//! What each address does.

pub(crate) mod events;
pub(crate) mod organisation_routes;
mod pages;
mod query;
pub(crate) mod reply;
pub(crate) mod route;

use crate::runtime::{Bindings, Environment, Runtime};
use engine::access::tokens::TokenDesk;
use engine::access::{Refusal, connect, sign_in};
use futures_util::TryStreamExt;
use reply::Answer;
use route::{Found, Route};
use shared::api::PopupReply;
use shared::problem::Code;
use worker::{Env, Headers, Method, Request, RequestInit, Response, Result};

/// How many bytes a body may have.
const MOST_BYTES: usize = 1_000_000;

/// Answers a request from a browser.
pub(crate) async fn handle(mut request: Request, env: &Env) -> Result<Response> {
    let url = request.url()?;
    // `Method` takes a method that it does not know for GET.
    let route = match route::find(&request.inner().method(), url.path()) {
        Found::Route(route) => route,
        Found::OtherMethods(allow) => return reply::other_methods(&allow),
        Found::Nothing => return reply::unknown_address(),
    };
    if let Route::Asset = route {
        return pages::asset(&request, env).await;
    }
    let environment = match Environment::read(env, &url.origin().ascii_serialization()) {
        Ok(environment) => environment,
        Err(error) => return pages::not_installed(&error),
    };
    match route {
        Route::Panel => return pages::widget("panel", env, &environment).await,
        Route::Portal => return pages::widget("portal", env, &environment).await,
        _ => {}
    }
    let Some(body) = take_body(&mut request).await? else { return reply::too_large(MOST_BYTES) };
    let runtime = Runtime::open(env).await?;
    match route {
        Route::ZohoCallback => pages::zoho_callback(&url, &runtime, &environment.config).await,
        Route::XeroCallback => pages::xero_callback(&url, &runtime, &environment.config).await,
        Route::XeroChoice => pages::xero_choice(&body, &runtime, &environment.config).await,
        Route::Organisation => forward(&request, body, env, &runtime).await,
        route => {
            let answer = answer(route, &request, &body, &runtime, &environment).await;
            reply::respond(answer)
        }
    }
}

/// The routes that need no organisation's Durable Object: who is signed in, and where a popup goes.
async fn answer(
    route: Route,
    request: &Request,
    body: &str,
    runtime: &Runtime,
    environment: &Environment,
) -> std::result::Result<Answer, Refusal> {
    let config = &environment.config;
    let desk = TokenDesk::default();
    match route {
        Route::SignIn => {
            let asked = query::body(body)?;
            let url = sign_in::begin(runtime, config, &asked).await?;
            Answer::json(&PopupReply { url })
        }
        Route::Claim => {
            let asked = query::body(body)?;
            Answer::json(&sign_in::claim(runtime, &asked).await?)
        }
        Route::Session => {
            let user = sign_in::authenticate(runtime, bearer(request).as_deref()).await?;
            Answer::json(&sign_in::describe(runtime, &user).await?)
        }
        Route::SignOut => {
            if let Some(token) = bearer(request) {
                sign_in::end(runtime, &token).await?;
            }
            Ok(Answer::empty())
        }
        Route::ConnectXero => {
            let user = sign_in::authenticate(runtime, bearer(request).as_deref()).await?;
            let url = connect::begin(runtime, config, &desk, &user).await?;
            Answer::json(&PopupReply { url })
        }
        Route::Health => Ok(Answer::text("ok")),
        _ => Err(Refusal::of(Code::InvalidRequest, &[("field", "address".to_owned())])),
    }
}

/// Hands a request over to its organisation's Durable Object, together with who asks. Nobody else can reach it.
async fn forward(request: &Request, body: String, env: &Env, runtime: &Runtime) -> Result<Response> {
    let user = match sign_in::authenticate(runtime, bearer(request).as_deref()).await {
        Ok(user) => user,
        Err(refusal) => return reply::respond(Err(refusal)),
    };
    let stub = env.durable_object(Bindings::ORGANISATION)?.get_by_name(user.org.as_str())?;
    // A request of our own: the browser's headers end here, and its body was read here, not left to whoever wants it.
    let headers = Headers::new();
    headers.set(organisation_routes::USER_HEADER, &organisation_routes::seal(&user)?)?;
    let mut init = RequestInit::new();
    init.with_method(request.method()).with_headers(headers);
    if request.method() != Method::Get {
        init.with_body(Some(body.into()));
    }
    stub.fetch_with_request(Request::new_with_init(request.url()?.as_str(), &init)?).await
}

/// The session token of a request.
fn bearer(request: &Request) -> Option<String> {
    let header = request.headers().get("authorization").ok().flatten()?;
    header.strip_prefix("Bearer ").map(str::to_owned)
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
