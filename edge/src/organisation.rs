//! The Durable Object of one CRM organisation: all of its requests that touch Xero or its records meet here, so that
//! tokens are refreshed once, the call budget is one, and nobody works on a record at the same time as another.

use crate::runtime::{Bindings, Environment, Runtime};
use crate::web::{organisation_routes, reply};
use engine::sync::Desk;
use worker::{DurableObject, Env, Request, Response, Result, State, durable_object};

/// One CRM organisation. It keeps nothing of its own: D1 is the truth.
#[durable_object(fetch)]
#[expect(missing_debug_implementations, reason = "the runtime's handles have none")]
pub struct Organisation {
    env: Env,
    desk: Desk,
}

impl DurableObject for Organisation {
    fn new(_state: State, env: Env) -> Self {
        Self { env, desk: Desk::default() }
    }

    async fn fetch(&self, request: Request) -> Result<Response> {
        let origin = request.url()?.origin().ascii_serialization();
        let environment = Environment::read(&self.env, &origin)?;
        let runtime = Runtime::new(self.env.d1(Bindings::DATABASE)?);
        let answer = organisation_routes::answer(request, &runtime, &environment.config, &self.desk).await;
        reply::respond(answer)
    }
}
