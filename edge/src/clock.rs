//! The clock: it wakes every organisation that is due, page by page, however many there are.
//!
//! The cron only sets it going. Its alarm takes one page, remembers where it is, and rings again for the next one, so
//! that no invocation does more than it may, and a page that was cut off is taken once more: to be woken twice does an
//! organisation no harm.

use crate::alarm;
use crate::operator;
use crate::runtime::{Bindings, Environment, Runtime, SCHEMA_PATH, apply_a_part, pace};
use engine::access::{Refusal, leavers, unclaimed};
use engine::config::Pace;
use engine::operator::OperatorNote;
use engine::store::agenda;
use engine::store::grants::{self, Resealed};
use futures_util::future::{Either, select};
use futures_util::{StreamExt, stream};
use ports::Clock as _;
use shared::id::OrgId;
use std::pin::pin;
use std::time::Duration;
use worker::{
    Delay, DurableObject, Env, Error, Headers, Method, Request, RequestInit, Response, Result, State, durable_object,
};

/// The cron of the daily purge, as wrangler.toml has it. Every other one is the clock's.
const PURGE_CRON: &str = "17 3 * * *";

/// The name of the only instance.
const NAME: &str = "clock";

/// Where in its storage the clock keeps the last organisation of the page before.
const AFTER: &str = "after";

/// Where an organisation's Durable Object is woken. The Worker's door never lets this address through.
pub(crate) const WAKE_PATH: &str = "/internal/wake";

/// Names the organisation that is woken. The Worker's door never sets this header.
pub(crate) const WAKE_HEADER: &str = "x-ledgerlink-wake";

/// How many organisations are woken at a time: a Worker has at most six connections open at once
/// (<https://developers.cloudflare.com/workers/platform/limits/#simultaneous-open-connections>).
const AT_ONCE: usize = 6;

/// How long an organisation may take before the clock no longer waits for it.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a cron is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Errand {
    /// Remove what is too old.
    Purge,
    /// Set the clock going.
    Tick,
}

/// What this cron is there for.
pub(crate) fn errand(cron: &str) -> Errand {
    if cron == PURGE_CRON { Errand::Purge } else { Errand::Tick }
}

/// Seals anew what an older key has sealed, and removes what is older than it may be.
pub(crate) async fn purge(env: &Env) -> Result<()> {
    let runtime = Runtime::open(env).await.map_err(refused)?;
    match reseal(env, &runtime).await {
        Ok(done) if done == Resealed::default() => {}
        Ok(done) => {
            let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
            let note = OperatorNote::of(done.words()).number("grants", count(done.anew));
            operator::told(&note.number("unreadable", count(done.closed)));
        }
        // They are good under the older key; the next day tries again.
        Err(why) => operator::failed(&OperatorNote::of("grants could not be sealed anew").because(&why)),
    }
    engine::purge::purge(&runtime).await.map_err(failed)
}

/// Gives back what nobody has claimed and what people have left behind, and sets the clock going; one that goes already just goes on.
pub(crate) async fn tick(env: &Env) -> Result<()> {
    if let Err(why) = give_back(env).await {
        // The clock goes on whatever becomes of it; the next cron tries again.
        operator::failed(&OperatorNote::of("what nobody needs any more could not be given back").because(&why));
    }
    let clock = env.durable_object(Bindings::CLOCK)?.get_by_name(NAME)?;
    clock.fetch_with_str("http://clock/tick").await?;
    Ok(())
}

async fn reseal(env: &Env, runtime: &Runtime) -> std::result::Result<Resealed, OperatorNote> {
    let environment = Environment::read(env).map_err(|missing| missing.note())?;
    grants::reseal(runtime, &environment.config.vault).await.map_err(OperatorNote::from)
}

async fn give_back(env: &Env) -> std::result::Result<(), OperatorNote> {
    let runtime = Runtime::open(env).await.map_err(why)?;
    let environment = Environment::read(env).map_err(|missing| missing.note())?;
    unclaimed::round(&runtime, &environment.config).await.map_err(why)?;
    leavers::round(&runtime, &environment.config).await.map_err(why)
}

fn why(refusal: Refusal) -> OperatorNote {
    refusal.note.unwrap_or_else(|| OperatorNote::of("it was refused"))
}

/// How many organisations a page has: each is one subrequest, of which the free plan allows 50 an invocation
/// (<https://developers.cloudflare.com/workers/platform/limits/#subrequests>).
fn page_size(pace: Pace) -> usize {
    match pace {
        Pace::Free => 20,
        Pace::Paid => 100,
    }
}

/// The clock. It keeps nothing but its place in the page-by-page round.
#[durable_object(alarm)]
#[expect(missing_debug_implementations, reason = "the runtime's handles have none")]
pub struct Clock {
    state: State,
    env: Env,
}

impl DurableObject for Clock {
    fn new(state: State, env: Env) -> Self {
        Self { state, env }
    }

    async fn fetch(&self, request: Request) -> Result<Response> {
        if request.path() == SCHEMA_PATH {
            return apply_a_part(&self.env).await;
        }
        alarm::ring_by(&self.state, crate::runtime::now()).await?;
        Response::empty()
    }

    async fn alarm(&self) -> Result<Response> {
        match self.page().await {
            Ok(true) => alarm::ring_by(&self.state, crate::runtime::now()).await?,
            Ok(false) => {}
            Err(error) => {
                operator::failed(
                    &OperatorNote::of("the clock stands still for a minute").because(&operator::about(&error)),
                );
                alarm::ring_by(&self.state, crate::runtime::now() + alarm::AGAIN_AFTER).await?;
            }
        }
        Response::empty()
    }
}

impl Clock {
    /// Wakes one page of organisations. Says whether there may be another one.
    async fn page(&self) -> Result<bool> {
        let runtime = Runtime::open(&self.env).await.map_err(refused)?;
        let size = page_size(pace(&self.env)?);
        let storage = self.state.storage();
        let after: Option<(String, String)> = storage.get(AFTER).await?;
        let due = agenda::due(&runtime, runtime.now(), after.as_ref(), size).await.map_err(failed)?;
        stream::iter(&due)
            .for_each_concurrent(AT_ONCE, |(_, org)| async move {
                // One organisation that can't be woken is no reason to let the others sleep; it stays due.
                if let Err(error) = self.wake(org).await {
                    let note = OperatorNote::of("an organisation could not be woken").id("organisation", org.as_str());
                    operator::failed(&note.because(&error));
                }
            })
            .await;
        match due.last() {
            Some((next_at, org)) if due.len() == size => {
                storage.put(AFTER, (next_at, org.as_str())).await?;
                Ok(true)
            }
            _ => {
                storage.delete(AFTER).await?;
                Ok(false)
            }
        }
    }

    async fn wake(&self, org: &OrgId) -> std::result::Result<(), OperatorNote> {
        let status = self.ring(org).await.map_err(|error| operator::about(&error))?;
        match status {
            Some(200..=299) => Ok(()),
            Some(status) => Err(OperatorNote::of("it refused").number("status", status)),
            None => Err(OperatorNote::of("it did not answer in time")),
        }
    }

    /// Wakes an organisation; the status of its answer, if it came in time.
    async fn ring(&self, org: &OrgId) -> Result<Option<u16>> {
        let stub = self.env.durable_object(Bindings::ORGANISATION)?.get_by_name(org.as_str())?;
        let headers = Headers::new();
        headers.set(WAKE_HEADER, org.as_str())?;
        let mut init = RequestInit::new();
        init.with_method(Method::Post).with_headers(headers);
        let request = Request::new_with_init(&format!("http://organisation{WAKE_PATH}"), &init)?;
        let woken = pin!(stub.fetch_with_request(request));
        match select(woken, pin!(Delay::from(PATIENCE))).await {
            Either::Left((response, _)) => Ok(Some(response?.status_code())),
            Either::Right(((), _)) => Ok(None),
        }
    }
}

/// As an error of the runtime, for who hears of nothing else.
fn refused(refusal: Refusal) -> Error {
    Error::RustError(why(refusal).to_string())
}

fn failed(error: ports::DatabaseError) -> Error {
    Error::RustError(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_crons_are_those_of_the_deployment() {
        let toml = include_str!("../../wrangler.toml");
        let line = toml.lines().find(|line| line.starts_with("crons")).unwrap();
        let crons: Vec<&str> = line.split('"').skip(1).step_by(2).collect();
        let errands: Vec<Errand> = crons.iter().map(|cron| errand(cron)).collect();
        assert_eq!(errands, [Errand::Tick, Errand::Purge], "{crons:?}");
    }

    #[test]
    fn the_door_lets_no_wake_through() {
        use crate::web::route::find;
        use shared::api::address::Found;
        for method in ["GET", "POST"] {
            assert_eq!(find(method, WAKE_PATH), Found::Nothing, "{method}");
        }
    }

    #[test]
    fn a_page_fits_into_an_invocation() {
        // Besides the page: a look at the schema and its parts, the page's own statement, and the storage.
        assert!(page_size(Pace::Free) + 10 <= 50);
        assert!(page_size(Pace::Paid) > page_size(Pace::Free));
    }
}
