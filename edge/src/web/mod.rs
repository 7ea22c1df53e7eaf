//! What each address does.

pub(crate) mod organisation_routes;
mod pages;
pub(crate) mod reply;
mod route;

use crate::runtime::{Bindings, Environment, Runtime};
use engine::access::tokens::TokenDesk;
use engine::access::{Refusal, connect, sign_in};
use engine::store::{entries, migrations, sessions};
use ports::{Clock, Database};
use reply::Answer;
use route::Route;
use serde::de::DeserializeOwned;
use shared::api::PopupReply;
use shared::problem::Code;
use std::cell::Cell;
use worker::{Env, Headers, Method, Request, RequestInit, Response, Result};

/// How long entries are kept.
const KEPT_DAYS: i64 = 30;

/// How many entries one statement removes.
const PURGE_BATCH: i64 = 1_000;

/// How many statements one purge makes at most: a Worker may not run for ever.
const PURGE_ROUNDS: usize = 40;

thread_local! {
    /// Whether this isolate has seen the schema up to date.
    static MIGRATED: Cell<bool> = const { Cell::new(false) };
}

/// Answers a request from a browser.
pub(crate) async fn handle(request: Request, env: &Env) -> Result<Response> {
    let url = request.url()?;
    let route = route::find(request.method().as_ref(), url.path());
    if let Route::Asset = route {
        return pages::asset(&request, env).await;
    }
    let environment = match Environment::read(env, &url.origin().ascii_serialization()) {
        Ok(environment) => environment,
        Err(error) => return pages::not_installed(&error),
    };
    if let Route::Panel = route {
        return pages::panel(env, &environment).await;
    }
    let runtime = Runtime::new(env.d1(Bindings::DATABASE)?);
    migrate(&runtime).await?;
    match route {
        Route::ZohoCallback => pages::zoho_callback(&url, &runtime, &environment.config).await,
        Route::XeroCallback => pages::xero_callback(&url, &runtime, &environment.config).await,
        Route::XeroChoice => pages::xero_choice(request, &runtime, &environment.config).await,
        Route::Organisation => forward(request, env, &runtime).await,
        route => {
            let answer = answer(route, request, &runtime, &environment).await;
            reply::respond(answer)
        }
    }
}

/// Removes what is older than it may be.
pub(crate) async fn purge(env: &Env) -> Result<()> {
    let runtime = Runtime::new(env.d1(Bindings::DATABASE)?);
    migrate(&runtime).await?;
    let failed = |error: ports::DatabaseError| worker::Error::RustError(error.to_string());
    let before = runtime.now() - chrono::Duration::days(KEPT_DAYS);
    for _ in 0..PURGE_ROUNDS {
        if entries::purge(&runtime, before, PURGE_BATCH).await.map_err(failed)? == 0 {
            break;
        }
    }
    runtime.batch(sessions::purge(runtime.now())).await.map_err(failed)?;
    Ok(())
}

async fn migrate(runtime: &Runtime) -> Result<()> {
    if !MIGRATED.get() {
        let applied = migrations::apply(runtime, runtime.now()).await;
        applied.map_err(|error| worker::Error::RustError(error.to_string()))?;
        MIGRATED.set(true);
    }
    Ok(())
}

/// The routes that need no organisation's Durable Object: who is signed in, and where a popup goes.
async fn answer(
    route: Route,
    mut request: Request,
    runtime: &Runtime,
    environment: &Environment,
) -> std::result::Result<Answer, Refusal> {
    let config = &environment.config;
    let desk = TokenDesk::default();
    match route {
        Route::SignIn => {
            let asked = body(&mut request).await?;
            let url = sign_in::begin(runtime, config, &asked).await?;
            Answer::json(&PopupReply { url })
        }
        Route::Claim => {
            let asked = body(&mut request).await?;
            Answer::json(&sign_in::claim(runtime, &asked).await?)
        }
        Route::Session => {
            let user = sign_in::authenticate(runtime, bearer(&request).as_deref()).await?;
            Answer::json(&sign_in::describe(runtime, &user).await?)
        }
        Route::SignOut => {
            if let Some(token) = bearer(&request) {
                sign_in::end(runtime, &token).await?;
            }
            Ok(Answer::empty())
        }
        Route::ConnectXero => {
            let user = sign_in::authenticate(runtime, bearer(&request).as_deref()).await?;
            let url = connect::begin(runtime, config, &desk, &user).await?;
            Answer::json(&PopupReply { url })
        }
        Route::Health => Ok(Answer::text("ok")),
        _ => Err(Refusal::of(Code::InvalidRequest, &[("field", "address".to_owned())])),
    }
}

/// Hands a request over to its organisation's Durable Object, together with who asks. Nobody else can reach it.
async fn forward(mut request: Request, env: &Env, runtime: &Runtime) -> Result<Response> {
    let user = match sign_in::authenticate(runtime, bearer(&request).as_deref()).await {
        Ok(user) => user,
        Err(refusal) => return reply::respond(Err(refusal)),
    };
    let stub = env.durable_object(Bindings::ORGANISATION)?.get_by_name(user.org.as_str())?;
    // A request of our own: the browser's headers end here, and its body is read here, not left to whoever wants it.
    let headers = Headers::new();
    headers.set(organisation_routes::USER_HEADER, &organisation_routes::seal(&user)?)?;
    let mut init = RequestInit::new();
    init.with_method(request.method()).with_headers(headers);
    if request.method() != Method::Get {
        init.with_body(Some(request.text().await?.into()));
    }
    stub.fetch_with_request(Request::new_with_init(request.url()?.as_str(), &init)?).await
}

/// The session token of a request.
fn bearer(request: &Request) -> Option<String> {
    let header = request.headers().get("authorization").ok().flatten()?;
    header.strip_prefix("Bearer ").map(str::to_owned)
}

/// The body as the route wants it.
pub(crate) async fn body<T: DeserializeOwned>(request: &mut Request) -> std::result::Result<T, Refusal> {
    debug_assert!(request.method() != Method::Get, "a GET has no body");
    let text = request.text().await.map_err(Refusal::internal)?;
    serde_json::from_str(&text).map_err(|error| {
        let facts = [("field", "body".to_owned()), ("reason", error.to_string())];
        Refusal::of(Code::InvalidRequest, &facts)
    })
}
