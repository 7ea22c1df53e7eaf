//! The Durable Object of one CRM organisation: all of its requests that touch Xero or its records meet here, so that
//! tokens are refreshed once, the call budget is one, and nobody works on a record at the same time as another.
//!
//! Runs go on by its alarm, one chunk at each ring. D1 is the truth: an object that was ended anywhere finds there
//! what is to be done.

use crate::alarm;
use crate::clock::{WAKE_HEADER, WAKE_PATH};
use crate::runtime::{Environment, Runtime, now};
use crate::web::events;
use crate::web::organisation_routes as routes;
use crate::web::reply::{self, Answer};
use crate::web::route::{self, Found, OrganisationRoute};
use engine::runs::Next;
use engine::store::sessions::User;
use engine::sync::{Desk, Engine};
use serde::{Deserialize, Serialize};
use shared::id::ZohoOrgId;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use url::Url;
use worker::{DurableObject, Env, Request, Response, Result, State, console_error, durable_object};

/// Where in its storage the object keeps its [`Home`].
const HOME: &str = "home";

/// What an alarm has to know and nobody tells it: an object that is started by its alarm has no name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Home {
    /// Whose object this is.
    org: ZohoOrgId,
    /// The Worker's own address, as the last browser called it; empty before the first one did.
    origin: String,
}

/// One CRM organisation. It keeps nothing of its own but its [`Home`].
#[durable_object(alarm)]
#[expect(missing_debug_implementations, reason = "the runtime's handles have none")]
pub struct Organisation {
    state: State,
    env: Env,
    /// Shared with the streams that outlive their request's handler.
    desk: Rc<Desk>,
    home: RefCell<Option<Home>>,
    /// Whether this instance has made sure that a run under way has its alarm.
    looked_after: Cell<bool>,
}

impl DurableObject for Organisation {
    fn new(state: State, env: Env) -> Self {
        Self { state, env, desk: Rc::default(), home: RefCell::default(), looked_after: Cell::new(false) }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let url = request.url()?;
        if url.path() == WAKE_PATH {
            return self.wake(&request).await;
        }
        let user = match routes::user(&request) {
            Ok(user) => user,
            Err(refusal) => return reply::respond(Err(refusal)),
        };
        let wanted = match route::find_organisation(&request.inner().method(), url.path()) {
            Found::Route(wanted) => wanted,
            Found::OtherMethods(allow) => return reply::other_methods(&allow),
            Found::Nothing => return reply::unknown_address(),
        };
        let body = request.text().await?;
        self.settle(&user.org, Some(url.origin().ascii_serialization())).await?;
        if wanted == OrganisationRoute::Erase {
            let answer = self.answer(wanted, &url, &body, user).await?;
            if answer.status_code() < 300 {
                self.forget().await?;
            }
            return Ok(answer);
        }
        if !wanted.stirs_runs() {
            return self.answer(wanted, &url, &body, user).await;
        }
        // The alarm is set before the run is noted, and brought forward afterwards: whatever is cut off between the
        // two, no run is left without one.
        alarm::ring_by(&self.state, now() + alarm::AGAIN_AFTER).await?;
        let answer = self.answer(wanted, &url, &body, user).await;
        alarm::ring_by(&self.state, now()).await?;
        answer
    }

    /// Carries the run under way on by one chunk. What fails in a run is in the run; what is left is our own failure
    /// (a secret that is not set, a database that does not answer), and that is tried again: an error would make the
    /// runtime give up after a few tries.
    async fn alarm(&self) -> Result<Response> {
        self.looked_after.set(true);
        match self.advance().await {
            Ok(next) => self.plan(next).await?,
            Err(error) => {
                console_error!("the alarm could do nothing: {error}");
                self.plan(Next::At(now() + alarm::AGAIN_AFTER)).await?;
            }
        }
        Response::empty()
    }
}

impl Organisation {
    async fn answer(&self, wanted: OrganisationRoute, url: &Url, body: &str, user: User) -> Result<Response> {
        let environment = Environment::read(&self.env, &url.origin().ascii_serialization())?;
        let runtime = Runtime::open(&self.env).await?;
        if let OrganisationRoute::RunEvents(id) = wanted {
            let stream = events::stream(runtime, environment.config, self.desk.clone(), user, id).await;
            return stream.or_else(|refusal| reply::respond(Err(refusal)));
        }
        let engine = Engine { ports: &runtime, config: &environment.config, desk: &self.desk };
        reply::respond(routes::answer(wanted, url, body, &user, &engine).await)
    }

    /// The clock's call.
    async fn wake(&self, request: &Request) -> Result<Response> {
        let Some(org) = request.headers().get(WAKE_HEADER)?.and_then(|org| ZohoOrgId::new(org).ok()) else {
            return reply::unknown_address();
        };
        let home = self.settle(&org, None).await?;
        alarm::ring_by(&self.state, now() + alarm::AGAIN_AFTER).await?;
        let environment = Environment::read(&self.env, &home.origin)?;
        let runtime = Runtime::open(&self.env).await?;
        let engine = Engine { ports: &runtime, config: &environment.config, desk: &self.desk };
        let woken = engine.wake(&org).await;
        // Otherwise it is the clock who comes back in time. One that failed may have started a run nevertheless.
        if !matches!(woken, Ok(Next::At(_) | Next::Idle)) {
            alarm::ring_by(&self.state, now()).await?;
        }
        reply::respond(woken.map(|_| Answer::empty()))
    }

    async fn advance(&self) -> Result<Next> {
        // An alarm may be on its way while everything of the organisation is erased.
        let Some(home) = self.home().await? else { return Ok(Next::Idle) };
        let environment = Environment::read(&self.env, &home.origin)?;
        let runtime = Runtime::open(&self.env).await?;
        Ok(Engine { ports: &runtime, config: &environment.config, desk: &self.desk }.advance(&home.org).await)
    }

    /// Forgets whose object this is, and its alarm: the organisation was erased. What the desk held, the engine has
    /// removed from it.
    async fn forget(&self) -> Result<()> {
        self.home.replace(None);
        self.looked_after.set(false);
        self.state.storage().delete_alarm().await?;
        self.state.storage().delete_all().await
    }

    async fn plan(&self, next: Next) -> Result<()> {
        match next {
            Next::Now => alarm::ring_by(&self.state, now()).await,
            Next::At(at) => alarm::ring_by(&self.state, at).await,
            Next::Idle => Ok(()),
        }
    }

    /// Remembers whose object this is. The first request of an instance also lets the alarm ring if none is set: should
    /// a run have lost its alarm, it goes on; if there is no run, the alarm finds that out with one query.
    async fn settle(&self, org: &ZohoOrgId, origin: Option<String>) -> Result<Home> {
        let known = self.home().await?;
        let origin = origin.or_else(|| known.as_ref().map(|home| home.origin.clone())).unwrap_or_default();
        let home = Home { org: org.clone(), origin };
        if known.as_ref() != Some(&home) {
            self.state.storage().put(HOME, &home).await?;
            *self.home.borrow_mut() = Some(home.clone());
        }
        if !self.looked_after.replace(true) && self.state.storage().get_alarm().await?.is_none() {
            self.state.storage().set_alarm(now()).await?;
        }
        Ok(home)
    }

    async fn home(&self) -> Result<Option<Home>> {
        if let Some(home) = self.home.borrow().clone() {
            return Ok(Some(home));
        }
        let stored: Option<Home> = self.state.storage().get(HOME).await?;
        self.home.borrow_mut().clone_from(&stored);
        Ok(stored)
    }
}
