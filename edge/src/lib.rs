//! The Worker: four entrances (requests, the cron, the organisation's Durable Object, the clock's) and nothing else.
//!
//! What it does stands in the `engine`; how it talks to the runtime in [`runtime`]; which address does what in [`web`].

mod alarm;
mod clock;
mod operator;
mod organisation;
mod runtime;
mod web;

use engine::operator::OperatorNote;
use worker::{Context, Env, Request, Response, Result, ScheduleContext, ScheduledEvent, event};

/// A request from a browser.
#[event(fetch)]
async fn fetch(request: Request, env: Env, _context: Context) -> Result<Response> {
    web::door::answer(request, &env).await
}

/// The cron: once a day, what is older than it may be is removed; every quarter of an hour the clock is set going.
#[event(scheduled)]
async fn scheduled(event: ScheduledEvent, env: Env, _context: ScheduleContext) {
    let done = match clock::errand(&event.cron()) {
        clock::Errand::Purge => clock::purge(&env).await,
        clock::Errand::Tick => clock::tick(&env).await,
    };
    // Nothing stands above a scheduled event: what fails is told here.
    if let Err(error) = done {
        operator::failed(&OperatorNote::of("the cron failed").because(&operator::about(&error)));
    }
}
