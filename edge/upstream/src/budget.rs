//! The call budget of one Xero organisation: its limits are kept before they are reached, and whoever waits gets their
//! turn in a fair order (<https://developer.xero.com/documentation/guides/oauth2/limits/>).
//!
//! What is decided stands in [`crate::limits`]; this is the waiting.

use crate::call::retry_after;
use crate::limits::{Admission, Caller, Limits};
use crate::{Api, Error, LimitScope};
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::{Either, select};
use ports::{Clock, Response};
use serde::{Deserialize, Serialize};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::pin::pin;
use std::task::{Poll, Waker};
use std::time::Duration;

/// How long a call waits for its turn when nothing else is said.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long somebody who has long lost patience is still let go first: whoever never comes back holds up nobody.
const GRACE: TimeDelta = TimeDelta::seconds(5);
/// How long a day limit is taken to last when Xero does not say.
const DAY_UNKNOWN: Duration = Duration::from_secs(3600);
/// How long a minute limit lasts at most.
const MINUTE: Duration = Duration::from_secs(60);
/// After how long a call is worth another try that found all places taken.
const BUSY: Duration = Duration::from_secs(5);

/// The call budget of one Xero organisation, in memory. Share one instance by reference among all calls to it.
#[derive(Debug)]
pub struct Budget {
    state: RefCell<State>,
    patience: Duration,
}

#[derive(Debug, Default)]
struct State {
    limits: Limits,
    waiting: Vec<Waiting>,
    /// The number of the next who comes.
    next: u64,
    /// Calls that have begun since the state was kept.
    unkept: u32,
}

/// Somebody who waits for their turn.
#[derive(Debug)]
struct Waiting {
    number: u64,
    caller: Caller,
    since: DateTime<Utc>,
    /// None before the first look.
    waker: Option<Waker>,
}

impl State {
    /// Lets everybody look again.
    fn wake(&self) {
        for one in &self.waiting {
            if let Some(waker) = &one.waker {
                waker.wake_by_ref();
            }
        }
    }

    /// Whether somebody who may begin now goes before this one.
    fn is_preceded(&self, number: u64, caller: &Caller, now: DateTime<Utc>) -> bool {
        let own = (self.limits.rank(caller), number);
        self.waiting.iter().any(|one| {
            one.number != number
                && (self.limits.rank(&one.caller), one.number) < own
                && self.limits.admit(&one.caller, now) == Admission::Go
        })
    }
}

/// How the budget stands, for a meter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BudgetView {
    /// Calls left today, as of Xero's last answer.
    pub day_remaining: Option<u32>,
    /// Calls that began in the last 60 seconds.
    pub minute_used: usize,
    /// Calls under way.
    pub in_flight: usize,
    /// Until when the day limit lasts, if it was reached.
    pub day_limit_until: Option<DateTime<Utc>>,
}

/// What is known of the limits that last a day, to be kept where it survives this memory.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct BudgetState {
    /// Calls left in Xero's day, as of `learned_at`.
    pub day_remaining: Option<u32>,
    /// Calls that Xero allows a day: 1,000 or 5,000.
    ///
    /// Xero tells only what is left, so it is concluded: more than 1,000 left means 5,000; a rise by more than 100 to
    /// 1,000 or less means 1,000, because a day has begun; else it stays as known, at first 1,000.
    pub day_limit: Option<u32>,
    /// Until when the day limit lasts, if it was reached.
    pub day_until: Option<DateTime<Utc>>,
    /// When Xero last told of the day.
    pub learned_at: Option<DateTime<Utc>>,
    /// Zoho's API credits left, when they were last told ([`Budget::note_zoho_credits`]).
    pub zoho_credits: Option<u32>,
    /// Calls of each user in Xero's day so far.
    #[serde(default)]
    pub day_used: BTreeMap<String, u32>,
}

impl Default for Budget {
    fn default() -> Self {
        Self::new()
    }
}

impl Budget {
    /// A fresh budget; a call waits at most 20 seconds for the minute limit.
    #[must_use]
    pub fn new() -> Self {
        Self::with_patience(PATIENCE)
    }

    /// A fresh budget in which a call waits at most `patience` for the minute limit.
    #[must_use]
    pub fn with_patience(patience: Duration) -> Self {
        Self { state: RefCell::default(), patience }
    }

    /// Waits until a call may begin, and counts it. Of several who wait, a click goes before a run and a run before a
    /// preview; then goes whoever had the fewest calls of the last minute, then whoever came first.
    ///
    /// # Errors
    /// [`Error::RateLimited`] at once while the day has nothing left for the caller, and when the minute has nothing
    /// within the patience.
    pub async fn acquire<C: Clock>(&self, clock: &C, caller: &Caller) -> Result<Permit<'_>, Error> {
        let place = Place::take(self, caller, clock.now());
        let permit = || Permit { budget: self, number: place.number };
        let limited = |scope, wait| Error::RateLimited { api: Api::Xero, scope, retry_after: Some(wait) };
        loop {
            let look = std::future::poll_fn(|context| Poll::Ready(place.look(clock.now(), context.waker())));
            let (until, queued) = match look.await {
                Turn::Go => return Ok(permit()),
                Turn::Refuse(scope, wait) => return Err(limited(scope, wait)),
                Turn::Wait(wait) => (wait, false),
                Turn::Queue(patience) => (patience, true),
            };
            // Whoever waits for an instant looks again when something changes: the order may have. A look that finds its
            // turn has begun the call, so its answer counts and is not asked for twice.
            let changed = std::future::poll_fn(|context| match place.look(clock.now(), context.waker()) {
                Turn::Queue(_) => Poll::Pending,
                Turn::Wait(_) if !queued => Poll::Pending,
                turn => Poll::Ready(turn),
            });
            let time = async {
                match queued {
                    true => clock.patience(until).await,
                    false => clock.sleep(until).await,
                }
            };
            match select(pin!(changed), pin!(time)).await {
                Either::Left((Turn::Go, _)) => return Ok(permit()),
                Either::Left((Turn::Refuse(scope, wait), _)) => return Err(limited(scope, wait)),
                Either::Left(_) | Either::Right(_) => {}
            }
        }
    }

    /// Takes over what an answer says about the limits.
    pub(crate) fn learn(&self, response: &Response, now: DateTime<Utc>) {
        let mut state = self.state.borrow_mut();
        let limits = &mut state.limits;
        if let Some(remaining) = response.header("x-daylimit-remaining").and_then(|text| text.trim().parse().ok()) {
            limits.learn_day(remaining, now);
        }
        if response.status != 429 {
            return;
        }
        let until = |unknown: Duration| {
            now.checked_add_signed(TimeDelta::from_std(retry_after(response).unwrap_or(unknown)).ok()?)
        };
        match limit_scope(response) {
            LimitScope::Day => {
                limits.day_until = until(DAY_UNKNOWN);
                limits.day_remaining = Some(0);
                limits.learned_at = Some(now);
            }
            LimitScope::App => limits.app_until = until(MINUTE),
            LimitScope::Minute => limits.minute_until = until(MINUTE),
            LimitScope::Concurrent
            | LimitScope::Token
            | LimitScope::DayReserve
            | LimitScope::MinuteShare
            | LimitScope::DayShare
            | LimitScope::Store => {}
        }
        // Who waits learns that it takes longer.
        state.wake();
    }

    /// How the budget stands at `now`.
    #[must_use]
    pub fn view(&self, now: DateTime<Utc>) -> BudgetView {
        let mut state = self.state.borrow_mut();
        state.limits.forget(now);
        BudgetView {
            day_remaining: state.limits.day_remaining,
            minute_used: state.limits.recent.len(),
            in_flight: state.limits.under_way.len(),
            day_limit_until: state.limits.day_until,
        }
    }

    /// Calls left in Xero's day at `now`; none while that is not known. What was told 24 hours ago or more, and what was
    /// told under a day limit that is over, counts no longer: the window resets once a day.
    #[must_use]
    pub fn day_remaining(&self, now: DateTime<Utc>) -> Option<u32> {
        self.view(now).day_remaining
    }

    /// What is known of the limits that last a day, whatever its age.
    #[must_use]
    pub fn state(&self) -> BudgetState {
        let state = self.state.borrow();
        let limits = &state.limits;
        BudgetState {
            day_remaining: limits.day_remaining,
            day_limit: limits.day_limit,
            day_until: limits.day_until,
            learned_at: limits.learned_at,
            zoho_credits: limits.zoho_credits,
            day_used: limits.day_used.clone(),
        }
    }

    /// What is known of the limits that last a day, to be kept now.
    #[must_use]
    pub fn keep(&self) -> BudgetState {
        self.state.borrow_mut().unkept = 0;
        self.state()
    }

    /// Calls that have begun since somebody asked for what is to be kept.
    #[must_use]
    pub fn unkept(&self) -> u32 {
        self.state.borrow().unkept
    }

    /// Takes over what was known before. Does nothing when Xero has told this budget something at the same time or
    /// later.
    pub fn restore(&self, state: &BudgetState) {
        let mut own = self.state.borrow_mut();
        let limits = &mut own.limits;
        if limits.learned_at.is_some() && limits.learned_at >= state.learned_at {
            return;
        }
        limits.day_remaining = state.day_remaining;
        limits.day_limit = state.day_limit;
        limits.day_until = state.day_until;
        limits.learned_at = state.learned_at;
        limits.zoho_credits = state.zoho_credits.or(limits.zoho_credits);
        for (person, used) in &state.day_used {
            let own = limits.day_used.entry(person.clone()).or_default();
            *own = own.saturating_add(*used);
        }
    }

    /// Forgets what is known of Xero's limits for the organisation: another one is called from now on. The limit of all
    /// organisations together, the calls in flight and Zoho's credits stay.
    pub fn forget(&self) {
        let mut state = self.state.borrow_mut();
        let Limits { under_way, app_until, zoho_credits, .. } = std::mem::take(&mut state.limits);
        state.limits = Limits { under_way, app_until, zoho_credits, ..Limits::default() };
        state.wake();
    }

    /// Keeps what [`crate::CallLog::credits`] told, so that [`Budget::state`] has it; none changes nothing.
    pub fn note_zoho_credits(&self, credits: Option<u32>) {
        let mut state = self.state.borrow_mut();
        state.limits.zoho_credits = credits.or(state.limits.zoho_credits);
    }
}

/// What somebody who looks whether it is their turn finds.
enum Turn {
    Go,
    /// When something changes; no longer than so long.
    Queue(Duration),
    Wait(Duration),
    Refuse(LimitScope, Duration),
}

/// A place among those who wait; dropping it gives it up.
struct Place<'a> {
    budget: &'a Budget,
    number: u64,
}

impl<'a> Place<'a> {
    fn take(budget: &'a Budget, caller: &Caller, now: DateTime<Utc>) -> Self {
        let mut state = budget.state.borrow_mut();
        let number = state.next;
        state.next += 1;
        state.waiting.push(Waiting { number, caller: caller.clone(), since: now, waker: None });
        Self { budget, number }
    }

    /// Begins the call if it is its turn now; else it is woken when something changes.
    fn look(&self, now: DateTime<Utc>, waker: &Waker) -> Turn {
        let mut state = self.budget.state.borrow_mut();
        state.limits.forget(now);
        let patience = TimeDelta::from_std(self.budget.patience).unwrap_or(TimeDelta::MAX);
        state.waiting.retain(|one| one.number == self.number || now - one.since <= patience + GRACE);
        let Some(own) = state.waiting.iter_mut().find(|one| one.number == self.number) else {
            // It did not look for so long that it was given up.
            return Turn::Refuse(LimitScope::Concurrent, BUSY);
        };
        own.waker = Some(waker.clone());
        let caller = own.caller.clone();
        let patience = (patience - (now - own.since)).to_std().unwrap_or_default();
        match state.limits.admit(&caller, now) {
            Admission::Go if !state.is_preceded(self.number, &caller, now) => {
                state.waiting.retain(|one| one.number != self.number);
                state.limits.begin(self.number, &caller, now);
                state.unkept = state.unkept.saturating_add(1);
                state.wake();
                Turn::Go
            }
            Admission::Go | Admission::Busy if patience.is_zero() => Turn::Refuse(LimitScope::Concurrent, BUSY),
            Admission::Go | Admission::Busy => Turn::Queue(patience),
            Admission::Later(_, wait) if wait <= patience => Turn::Wait(wait),
            Admission::Later(scope, wait) | Admission::Refuse(scope, wait) => Turn::Refuse(scope, wait),
        }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut state = self.budget.state.borrow_mut();
        let before = state.waiting.len();
        state.waiting.retain(|one| one.number != self.number);
        if state.waiting.len() < before {
            state.wake();
        }
    }
}

/// Which limit a 429 of Xero means. Without the header it is the one that passes soonest.
pub(crate) fn limit_scope(response: &Response) -> LimitScope {
    match response.header("x-rate-limit-problem").map(|text| text.trim().to_ascii_lowercase()).as_deref() {
        Some("day" | "daily") => LimitScope::Day,
        Some("minute") => LimitScope::Minute,
        Some("appminute" | "app minute") => LimitScope::App,
        Some("concurrent") => LimitScope::Concurrent,
        _ if response.header("x-daylimit-remaining") == Some("0") => LimitScope::Day,
        _ if retry_after(response).is_some() => LimitScope::Minute,
        _ => LimitScope::Concurrent,
    }
}

/// A call under way; dropping it lets the next one begin.
#[derive(Debug)]
pub struct Permit<'a> {
    budget: &'a Budget,
    number: u64,
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        let mut state = self.budget.state.borrow_mut();
        state.limits.end(self.number);
        state.wake();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scope_of_a_429() {
        let response = |headers: &[(&str, &str)]| Response {
            status: 429,
            headers: headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            body: Vec::new(),
        };
        let table: [(&[(&str, &str)], LimitScope); 7] = [
            (&[("x-rate-limit-problem", "minute"), ("retry-after", "26")], LimitScope::Minute),
            (&[("x-rate-limit-problem", "day"), ("retry-after", "66975")], LimitScope::Day),
            (&[("x-rate-limit-problem", "appminute")], LimitScope::App),
            (&[("x-rate-limit-problem", "Concurrent")], LimitScope::Concurrent),
            (&[("x-daylimit-remaining", "0"), ("retry-after", "100")], LimitScope::Day),
            (&[("retry-after", "100")], LimitScope::Minute),
            (&[], LimitScope::Concurrent),
        ];
        for (headers, expected) in table {
            assert_eq!(limit_scope(&response(headers)), expected, "{headers:?}");
        }
    }
}
