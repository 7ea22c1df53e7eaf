//! The Worker: three entrances (requests, the clock, the organisation's Durable Object) and nothing else.
//!
//! What it does stands in the `engine`; how it talks to the runtime in [`runtime`]; which address does what in [`web`].

mod organisation;
mod runtime;
mod web;

use worker::{Context, Env, Request, Response, Result, ScheduleContext, ScheduledEvent, console_error, event};

/// A request from a browser.
#[event(fetch)]
async fn fetch(request: Request, env: Env, _context: Context) -> Result<Response> {
    web::handle(request, &env).await
}

/// The clock: once a day, what is older than it may be is removed.
#[event(scheduled)]
async fn scheduled(_event: ScheduledEvent, env: Env, _context: ScheduleContext) {
    // Nothing stands above a scheduled event: what fails is told here.
    if let Err(error) = web::purge(&env).await {
        console_error!("purge failed: {error}");
    }
}
