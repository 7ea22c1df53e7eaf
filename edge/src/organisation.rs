//! The Durable Object of one CRM organisation: all of its requests that touch Xero or its records meet here, so that
//! tokens are refreshed once, the call budget is one, and nobody works on a record at the same time as another.
//!
//! Runs go on by its alarm, one chunk at each ring. D1 is the truth: an object that was ended anywhere finds there
//! what is to be done.

use crate::alarm;
use crate::clock::{WAKE_HEADER, WAKE_PATH};
use crate::operator::{self, REQUEST_HEADER, RequestId};
use crate::runtime::{Environment, Runtime, now};
use crate::web::claims;
use crate::web::door;
use crate::web::events;
use crate::web::organisation_routes as routes;
use crate::web::query;
use crate::web::reply::{self, Answer};
use chrono::TimeDelta;
use engine::access::Refusal;
use engine::operator::OperatorNote;
use engine::runs::Next;
use engine::store::sessions::{Device, Session};
use engine::sync::{Desk, Engine};
use serde::{Deserialize, Serialize};
use shared::api::address::{Address, By, Found, Mark};
use shared::api::{ClaimReply, Page};
use shared::id::OrgId;
use shared::language::Language;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use url::Url;
use worker::{DurableObject, Env, Request, Response, Result, State, durable_object};

/// Where in its storage the object keeps its [`Home`].
const HOME: &str = "home";

/// What an alarm has to know and nobody tells it: an object that is started by its alarm has no name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Home {
    /// Whose object this is.
    org: OrgId,
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

    async fn fetch(&self, request: Request) -> Result<Response> {
        let id = RequestId::told(request.headers().get(REQUEST_HEADER)?);
        match self.handle(request, &id).await {
            Ok(response) => Ok(response),
            // The runtime would write the error's own text to the log.
            Err(error) => {
                let note = OperatorNote::of("the organisation could not answer").because(&operator::about(&error));
                reply::failed(&id, note)
            }
        }
    }

    /// Carries the run under way on by one chunk. What fails in a run is in the run; what is left is our own failure
    /// (a secret that is not set, a database that does not answer), and that is tried again: an error would make the
    /// runtime give up after a few tries.
    async fn alarm(&self) -> Result<Response> {
        self.looked_after.set(true);
        match self.advance().await {
            Ok(next) => self.plan(next).await?,
            Err(error) => {
                operator::failed(&OperatorNote::of("the alarm could do nothing").because(&operator::about(&error)));
                self.plan(Next::At(now() + alarm::AGAIN_AFTER)).await?;
            }
        }
        Response::empty()
    }
}

impl Organisation {
    async fn handle(&self, mut request: Request, id: &RequestId) -> Result<Response> {
        let url = request.url()?;
        match url.path() {
            WAKE_PATH => return self.wake(&request, id).await,
            claims::PATH => return self.claim(request, &url, id).await,
            _ => {}
        }
        let session = match routes::session(&request) {
            Ok(session) => session,
            Err(refusal) => return reply::respond(Err(refusal), id),
        };
        let wanted = match Address::find(&request.inner().method(), url.path()) {
            Found::Route(wanted) => wanted,
            Found::OtherMethods(allow) => return reply::other_methods(&allow),
            Found::Nothing => return reply::unknown_address(),
        };
        if wanted.row().by == By::Door {
            return reply::unknown_address();
        }
        let key = request.headers().get(query::KEY_HEADER)?;
        let language = door::language(&request)?;
        let body = request.text().await?;
        let _admitted = match self.desk.shares.admit(&session.key, wanted.row().asks(), now()).await {
            Ok(admitted) => admitted,
            Err(refusal) => return reply::respond(Err(refusal), id),
        };
        self.settle(&session.user.org).await?;
        if wanted == Address::Erase {
            let answer = self.answer(wanted, (&url, &body, key.as_deref(), language), &session, id).await?;
            if answer.status_code() < 300 {
                self.forget().await?;
            }
            return Ok(answer);
        }
        if !wanted.row().is(Mark::StirsRuns) {
            return self.answer(wanted, (&url, &body, key.as_deref(), language), &session, id).await;
        }
        // The alarm is set before the run is noted, and brought forward afterwards: whatever is cut off between the
        // two, no run is left without one.
        alarm::ring_by(&self.state, now() + alarm::AGAIN_AFTER).await?;
        let answer = self.answer(wanted, (&url, &body, key.as_deref(), language), &session, id).await;
        alarm::ring_by(&self.state, now()).await?;
        answer
    }

    async fn answer(
        &self,
        wanted: Address,
        (url, body, key, language): (&Url, &str, Option<&str>, Language),
        session: &Session,
        id: &RequestId,
    ) -> Result<Response> {
        let (runtime, environment) = match self.open(Some(url)).await {
            Ok(opened) => opened,
            Err(refusal) => return reply::respond(Err(refusal), id),
        };
        let asks = {
            let engine = Engine { ports: &runtime, config: &environment.config, desk: &self.desk, language };
            routes::member(&wanted, session, &engine).await
        };
        let member = match asks {
            Ok(member) => member,
            Err(refusal) => return reply::respond(Err(refusal), id),
        };
        if let Address::RunEvents(run) = wanted {
            let asked = (id.clone(), language);
            let stream = events::stream(asked, runtime, environment.config, self.desk.clone(), member, run).await;
            return stream.or_else(|refusal| reply::respond(Err(refusal), id));
        }
        let engine = Engine { ports: &runtime, config: &environment.config, desk: &self.desk, language };
        reply::respond(routes::answer(wanted, url, body, key, session, &member, &engine).await, id)
    }

    /// The outside and the installation. `asked` is the address at which a browser has called, if one has.
    async fn open(&self, asked: Option<&Url>) -> std::result::Result<(Runtime, Environment), Refusal> {
        let mut environment = Environment::read(&self.env).map_err(|missing| Refusal::internal(missing.note()))?;
        let runtime = Runtime::open(&self.env).await?;
        environment.config.public_url = runtime.public_url(&self.env, asked).await?;
        Ok((runtime, environment))
    }

    /// The clock's call.
    async fn wake(&self, request: &Request, id: &RequestId) -> Result<Response> {
        let Some(org) = request.headers().get(WAKE_HEADER)?.and_then(|org| OrgId::new(org).ok()) else {
            return reply::unknown_address();
        };
        self.settle(&org).await?;
        alarm::ring_by(&self.state, now() + alarm::AGAIN_AFTER).await?;
        let (runtime, environment) = match self.open(None).await {
            Ok(opened) => opened,
            Err(refusal) => return reply::respond(Err(refusal), id),
        };
        let engine =
            Engine { ports: &runtime, config: &environment.config, desk: &self.desk, language: Language::English };
        let woken = engine.wake(&org).await;
        // Otherwise it is the clock who comes back in time. One that failed may have started a run nevertheless.
        if !matches!(woken, Ok(Next::At(_) | Next::Idle)) {
            alarm::ring_by(&self.state, now()).await?;
        }
        reply::respond(woken.map(|_| Answer::empty()), id)
    }

    async fn advance(&self) -> Result<Next> {
        // An alarm may be on its way while everything of the organisation is erased.
        let Some(home) = self.home().await? else { return Ok(Next::Idle) };
        let (runtime, environment) = match self.open(None).await {
            Ok(opened) => opened,
            Err(refusal) => {
                // A day that is used up is waited for; whatever else it is may pass sooner.
                if let Some(note) = &refusal.note {
                    operator::failed(&OperatorNote::of("the alarm could do nothing").because(note));
                }
                let wait = refusal.wait().and_then(|wait| TimeDelta::from_std(wait).ok());
                return Ok(Next::At(now() + wait.unwrap_or(alarm::AGAIN_AFTER)));
            }
        };
        Ok(Engine { ports: &runtime, config: &environment.config, desk: &self.desk, language: Language::English }
            .advance(&home.org)
            .await)
    }

    /// Makes a claim for the Worker. Nothing of the organisation is settled here: it may well be refused.
    async fn claim(&self, mut request: Request, url: &Url, id: &RequestId) -> Result<Response> {
        let browser = claims::browser_told(request.headers().get(claims::BROWSER_HEADER)?);
        let page = request.headers().get(claims::PAGE_HEADER)?.as_deref().and_then(Page::of);
        let device = Device { browser: &browser, page };
        let body = request.text().await?;
        let made = match self.open(Some(url)).await {
            Ok((runtime, environment)) => {
                let engine = Engine {
                    ports: &runtime,
                    config: &environment.config,
                    desk: &self.desk,
                    language: Language::English,
                };
                match query::body(&body) {
                    Ok(asked) => engine.claim_session(&asked, device).await,
                    Err(refusal) => Err(refusal),
                }
            }
            Err(refusal) => Err(refusal),
        };
        let made = made.and_then(|signed_in| {
            Answer::json(&ClaimReply { token: Some(signed_in.token), session: signed_in.reply.session })
        });
        reply::respond(made, id)
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
    async fn settle(&self, org: &OrgId) -> Result<()> {
        let home = Home { org: org.clone() };
        if self.home().await?.as_ref() != Some(&home) {
            self.state.storage().put(HOME, &home).await?;
            *self.home.borrow_mut() = Some(home);
        }
        if !self.looked_after.replace(true) && self.state.storage().get_alarm().await?.is_none() {
            self.state.storage().set_alarm(now()).await?;
        }
        Ok(())
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
